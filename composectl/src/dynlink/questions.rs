//! What lies between a provider that asks in the middle of a call and the consumer that made the call:
//! `compose:dynlink/consumer`, and the desk over which both hand each other calls, questions, replies and answers.
//!
//! Only one of both runs at a time, and who runs is who was given something last. A question makes the provider's
//! function wait (`asking.rs` has the stack on which it does), and the consumer gets it as the outcome of its call. While
//! it looks for the answer the consumer may call the same instance again: the provider gets that call as the outcome of
//! its question. So no instance is ever entered twice, and replies come in the opposite order of calls.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use composectl_plan::Code;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, WasmList, WasmStr};

use super::error::{LinkError, Outcome, Question, Step};
use super::provider::{MOST_TICKS, ProviderState, Reply};
use super::surface::CONSUMER;

/// The desk of one instance.
#[derive(Clone, Default)]
pub struct Desk(Arc<Mutex<Content>>);

#[derive(Default)]
struct Content {
    /// Who waits for whom, the innermost last. The first is the consumer, and both take turns.
    waiting: Vec<Waiting>,
    to_provider: Option<Step>,
    to_consumer: Option<Step>,
    /// The tick at which the consumer's own time is over.
    deadline: u64,
}

/// Who waits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Waiting {
    /// The consumer for the reply of a call, in which it answers questions or not.
    Consumer { answers: bool },
    /// The provider for the answer to a question.
    Provider,
}

impl Desk {
    fn content(&self) -> MutexGuard<'_, Content> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // ---- The consumer's side. ----

    /// How many calls are open.
    pub fn calls(&self) -> usize {
        self.content().waiting.len().div_ceil(2)
    }

    /// Opens a call; `question` is there if it is made while another one is open.
    pub fn call(&self, question: Option<Question>, answers: bool, deadline: u64) {
        let mut content = self.content();
        content.waiting.push(Waiting::Consumer { answers });
        content.to_provider = question.map(|question| Ok(Outcome::Call(question)));
        content.deadline = deadline;
    }

    /// Answers the question with which the provider waits.
    pub fn answer(&self, answer: Reply, deadline: u64) {
        let mut content = self.content();
        content.waiting.pop();
        content.to_provider = Some(answer.map(Outcome::Done));
        content.deadline = deadline;
    }

    /// What the provider, which waits now, has handed over.
    pub fn take(&self) -> Option<Step> {
        self.content().to_consumer.take()
    }

    /// The provider is through with its outermost call: how many were open.
    pub fn close(&self) -> usize {
        let calls = self.calls();
        self.content().waiting.clear();
        calls
    }

    // ---- The provider's side. ----

    fn takes_questions(&self) -> bool {
        self.content().waiting.last() == Some(&Waiting::Consumer { answers: true })
    }

    fn ask(&self, question: Question) {
        let mut content = self.content();
        content.waiting.push(Waiting::Provider);
        content.to_consumer = Some(Ok(Outcome::Call(question)));
    }

    /// Replies to the innermost call; false if that is the outermost, to which `handle` replies by returning.
    fn reply(&self, reply: Reply) -> bool {
        let mut content = self.content();
        if content.waiting.len() < 2 {
            return false;
        }
        content.waiting.pop();
        content.to_consumer = Some(reply.map(Outcome::Done));
        true
    }
}

/// Adds the interface to a linker.
pub fn add_to_linker(linker: &mut Linker<ProviderState>) -> wasmtime::Result<()> {
    let mut interface = linker.instance(CONSUMER)?;
    interface.func_wrap_async(
        "ask",
        |store: StoreContextMut<'_, ProviderState>, (method, payload): (WasmStr, WasmList<u8>)| {
            let asked = ask(&store, &method, &payload);
            Box::new(async move {
                match asked? {
                    Ok(()) => Ok((wait(store).await,)),
                    Err(error) => Ok((Err(error) as Step,)),
                }
            })
        },
    )?;
    interface.func_wrap_async(
        "reply",
        |store: StoreContextMut<'_, ProviderState>,
         (reply,): (Result<WasmList<u8>, LinkError>,)| {
            let replied = desk(&store).reply(within_bounds(&store, reply));
            Box::new(async move {
                if replied {
                    return Ok((wait(store).await,));
                }
                let error = "no call is to be replied to by this (`handle` replies by returning)";
                Ok((Err(LinkError::new(Code::InvalidInput, error)) as Step,))
            })
        },
    )
}

fn desk(store: &StoreContextMut<'_, ProviderState>) -> Desk {
    store.data().desk().expect("invariant: who imports `consumer` has a desk")
}

/// Puts a question on the desk, or says why it cannot be asked.
fn ask(
    store: &StoreContextMut<'_, ProviderState>,
    method: &WasmStr,
    payload: &WasmList<u8>,
) -> wasmtime::Result<Result<(), LinkError>> {
    let desk = desk(store);
    if !desk.takes_questions() {
        let error = "the consumer takes no questions in this call";
        return Ok(Err(LinkError::new(Code::NotImplemented, error)));
    }
    let payload = payload.as_le_slice(store);
    let most = store.data().limits().payload_bytes;
    if payload.len() as u64 > most {
        let error =
            format!("a question of {} bytes; {most} are carried (payload_bytes)", payload.len());
        return Ok(Err(LinkError::new(Code::InvalidInput, error)));
    }
    let method = method.to_str(store)?.into_owned();
    desk.ask(Question { method, payload: payload.to_vec() });
    Ok(Ok(()))
}

/// The reply to a call inside of another one, copied; an error if it is longer than replies may be.
fn within_bounds(
    store: &StoreContextMut<'_, ProviderState>,
    reply: Result<WasmList<u8>, LinkError>,
) -> Reply {
    let reply = reply?;
    let reply = reply.as_le_slice(store);
    let most = store.data().limits().payload_bytes;
    if reply.len() as u64 > most {
        let error = format!("a reply of {} bytes; {most} are carried (payload_bytes)", reply.len());
        return Err(LinkError::new(Code::InternalError, error));
    }
    Ok(reply.to_vec())
}

/// Lets the consumer go on until it hands something over. Its time is not the provider's, which has afterwards what was
/// left, or what is left to the consumer itself.
async fn wait(mut store: StoreContextMut<'_, ProviderState>) -> Step {
    let desk = desk(&store);
    let left = store.data().ticks_left();
    let step = poll_fn(|_| match desk.content().to_provider.take() {
        Some(step) => Poll::Ready(step),
        None => Poll::Pending,
    })
    .await;
    let deadline = desk.content().deadline;
    let left = store.data_mut().go_on(left, deadline);
    store.set_epoch_deadline(left.min(MOST_TICKS));
    step
}
