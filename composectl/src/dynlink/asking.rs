//! Calls of providers that may ask their consumer: `handle` runs on a native stack of its own, and stays there while it
//! waits for an answer.
//!
//! That is wasmtime's `call_async`, polled by hand: the only thing that such a call ever waits for lies on the desk before
//! it is polled again, so there is no executor. (Where wasmtime collects the exceptions of a guest it pauses, and says at
//! once that it can go on.) A call that waits owns its Store. It cannot be given up without it: dropping both unwinds the
//! stack, without any of the guest's code being run.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use composectl_plan::Code;
use wasmtime::Store;
use wasmtime::component::{Instance, InstancePre};

use super::error::{LinkError, Outcome, Question, Step};
use super::failure::{brief, outcome};
use super::provider::{Handle, Life, Provider, ProviderState, Reply, begin_call};
use super::questions::Desk;
use super::trace::Noted;

/// A call on its way; at its end it gives back the Store, and the name of the method for messages.
pub type Running = Pin<Box<dyn Future<Output = Returned> + Send>>;
/// What is there at its end.
pub type Returned = (Store<ProviderState>, String, wasmtime::Result<(Reply,)>);

/// Whether a future that was polled has said that it can go on.
#[derive(Default)]
struct CanGoOn(AtomicBool);

impl Wake for CanGoOn {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Lets a future run as far as it comes by itself.
fn run<F: Future + ?Sized>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    let can_go_on = Arc::new(CanGoOn::default());
    let waker = Waker::from(can_go_on.clone());
    loop {
        let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
        if polled.is_ready() || !can_go_on.0.swap(false, Ordering::Relaxed) {
            return polled;
        }
    }
}

/// Makes an instance of a component that may ask, which it cannot yet do.
pub fn instantiate(
    code: &InstancePre<ProviderState>,
    store: &mut Store<ProviderState>,
) -> wasmtime::Result<Instance> {
    match run(pin!(code.instantiate_async(store))) {
        Poll::Ready(result) => result,
        Poll::Pending => Err(wasmtime::Error::msg("it waits at its start")),
    }
}

impl Provider {
    /// Calls `handle(method, payload)`, in which the provider may ask: the outcome then is its question. Also while the
    /// instance waits for an answer.
    pub fn start(&mut self, deadline: u64, method: &str, payload: &[u8]) -> Step {
        self.begin(deadline, method, payload, true)
    }

    /// Answers the question with which the instance waits, and lets it go on. For an answer that is too long it gets an
    /// error: whatever the consumer gives, the question is over.
    pub fn resume(&mut self, deadline: u64, answer: Result<&[u8], LinkError>) -> Step {
        match &self.life {
            Life::Ended(error) => return Err(error.clone()),
            Life::Waiting(_) => {}
            Life::Alive(_) | Life::Runs => {
                let error = format_args!("provider `{}` has asked nothing", self.id);
                return Err(LinkError::new(Code::InvalidInput, error));
            }
        }
        let length = answer.as_ref().map_or_else(LinkError::length, |answer| answer.len());
        let answer = self.check_length("an answer", length).and(answer);
        if let (Some(trace), Some(noted)) = (self.trace, self.noted.pop()) {
            trace.asked(self.depth, &self.id, &noted, answer.as_ref().map(|answer| answer.len()));
        }
        let answer = answer.map(<[u8]>::to_vec);
        let step = self.go_on(|desk| desk.answer(answer, deadline));
        self.note(&step);
        step
    }

    /// Makes a call, and keeps a note of it for the trace.
    pub(super) fn begin(
        &mut self,
        deadline: u64,
        method: &str,
        payload: &[u8],
        answers: bool,
    ) -> Step {
        if !matches!(self.life, Life::Ended(_)) {
            self.check_length("a payload", payload.len())?;
        }
        if self.trace.is_none() {
            return self.call(deadline, method, payload, answers);
        }
        self.noted.push(Noted::new(brief(method), payload.len()));
        let step = self.call(deadline, method, payload, answers);
        self.note(&step);
        step
    }

    /// Notes a question, or traces the end of the innermost call.
    fn note(&mut self, step: &Step) {
        let Some(trace) = self.trace else { return };
        let outcome = match step {
            Ok(Outcome::Call(Question { method, payload })) => {
                self.noted.push(Noted::new(brief(method), payload.len()));
                return;
            }
            Ok(Outcome::Done(reply)) => Ok(reply.len()),
            Err(error) => Err(error),
        };
        if let Some(noted) = self.noted.pop() {
            trace.invoked(self.depth, &self.id, &noted, outcome);
        }
    }

    /// A call of a provider that may ask; in this call only if the consumer `answers`.
    pub(super) fn converse(
        &mut self,
        deadline: u64,
        method: &str,
        payload: &[u8],
        answers: bool,
    ) -> Step {
        match &self.life {
            Life::Ended(error) => Err(error.clone()),
            Life::Alive(_) => self.first_call(deadline, method, payload, answers),
            Life::Waiting(_) if self.desk().calls() < self.nested => {
                let question = Question { method: method.to_owned(), payload: payload.to_vec() };
                self.go_on(|desk| desk.call(Some(question), answers, deadline))
            }
            Life::Waiting(_) => Err(LinkError::new(
                Code::ExecBusy,
                format_args!(
                    "{} calls of provider `{}` are open inside of each other, which is the most (depth)",
                    self.nested, self.id
                ),
            )),
            Life::Runs => Err(LinkError::new(Code::InternalError, "the instance runs already")),
        }
    }

    fn first_call(&mut self, deadline: u64, method: &str, payload: &[u8], answers: bool) -> Step {
        let Life::Alive(store) = &mut self.life else { unreachable!("looked at before") };
        begin_call(store, &self.ticker, deadline)?;
        let Life::Alive(mut store) = std::mem::replace(&mut self.life, Life::Runs) else {
            unreachable!("looked at before")
        };
        let (handle, method, payload) = (self.handle, method.to_owned(), payload.to_vec());
        let call: Running = Box::pin(async move {
            // SAFETY: `Provider::instantiate` has checked that this store's function has this type.
            let typed = unsafe { Handle::new_unchecked(handle) };
            let result = typed.call_async(&mut store, (&method, &payload)).await;
            (store, method, result)
        });
        self.life = Life::Waiting(call);
        self.go_on(|desk| desk.call(None, answers, deadline))
    }

    /// Puts something on the desk and lets the call that waits go on, until it waits again or is over.
    fn go_on(&mut self, hand_over: impl FnOnce(&Desk)) -> Step {
        let Life::Waiting(mut call) = std::mem::replace(&mut self.life, Life::Runs) else {
            unreachable!("looked at before")
        };
        hand_over(self.desk());
        let running = self.ticker.running();
        let polled = run(call.as_mut());
        drop(running);
        match polled {
            Poll::Ready(returned) => self.returned(returned),
            Poll::Pending => match self.desk().take() {
                Some(step) => {
                    self.life = Life::Waiting(call);
                    step
                }
                None => self.end(LinkError::new(
                    Code::InternalError,
                    format_args!("provider `{}` waits for something else than an answer", self.id),
                )),
            },
        }
    }

    /// `handle` has returned, or was ended.
    fn returned(&mut self, (mut store, method, result): Returned) -> Step {
        let calls = self.desk().close();
        let reply = match outcome(&self.id, self.payload_bytes, &mut store, &method, result) {
            Ok(reply) => reply,
            Err(error) => return self.end(error),
        };
        if calls > 1 {
            return self.end(LinkError::new(
                Code::ExecTrap,
                format_args!(
                    "provider `{}` returned from `{}` while {} calls inside of it had no reply",
                    self.id,
                    brief(&method),
                    calls - 1
                ),
            ));
        }
        self.life = Life::Alive(store);
        reply.map(Outcome::Done)
    }
}
