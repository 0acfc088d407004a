//! What the failure of a call into a provider means for its caller.

use composectl_plan::{Code, ProviderLimits};
use wasmtime::{Store, Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;

use super::error::LinkError;
use super::provider::{ProviderState, Reply};

/// What a call may carry out of a provider at the least, so that small bounds on replies leave room for an error
/// record and for WASI calls.
const LEAST_TRANSFER: usize = 1 << 20;
/// What is carried beside a payload: the name of a method.
const BESIDE_PAYLOAD: usize = 4096;
/// Frames of a trap's trace that are named.
const NAMED_FRAMES: usize = 8;

/// How many bytes a provider may hand to the host in one go.
pub fn most_transferred(limits: &ProviderLimits) -> usize {
    let payload = usize::try_from(limits.payload_bytes).unwrap_or(usize::MAX);
    payload.max(LEAST_TRANSFER).saturating_add(BESIDE_PAYLOAD)
}

/// What came of a call that is over: the provider's reply, or why it ends the instance.
pub fn outcome(
    id: &str,
    most: u64,
    store: &mut Store<ProviderState>,
    method: &str,
    result: wasmtime::Result<(Reply,)>,
) -> Result<Reply, LinkError> {
    match result {
        Ok((Ok(reply),)) if reply.len() as u64 > most => Err(too_long(id, reply.len(), most)),
        Ok((reply,)) => Ok(reply),
        Err(error) => {
            let what = format!("provider `{id}` in `{}`", brief(method));
            Err(failure(store, &error, &what))
        }
    }
}

fn too_long(id: &str, length: usize, most: u64) -> LinkError {
    LinkError::new(
        Code::ExecResourceExhausted,
        format_args!(
            "a reply of {length} bytes of provider `{id}`, which may give {most} (payload_bytes)"
        ),
    )
}

/// What the failure of a call into a guest means for the caller. `what` names the guest and what it was at.
pub fn failure(store: &mut Store<ProviderState>, error: &wasmtime::Error, what: &str) -> LinkError {
    let limits = store.data().limits();
    let frames = frames(error);
    let exhausted = |why: &str| {
        LinkError::new(Code::ExecResourceExhausted, format_args!("{what} {why}{frames}"))
    };
    match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => {
            return LinkError::new(
                Code::ExecTimeout,
                format_args!(
                    "{what} was stopped: its time (time_ms: {}) or its caller's is over{frames}",
                    limits.time_ms
                ),
            );
        }
        Some(Trap::StackOverflow) => return exhausted("recursed too deep"),
        _ => {}
    }
    if let Some(wanted) = store.data().refused() {
        return exhausted(&format!("wanted {wanted} and gave up"));
    }
    let reason = match (error.downcast_ref::<Trap>(), error.downcast_ref::<I32Exit>()) {
        (Some(trap), _) => {
            let text = trap.to_string();
            text.strip_prefix("wasm trap: ").unwrap_or(&text).to_owned()
        }
        (None, Some(exit)) => format!("it ended itself with exit code {}", exit.0),
        (None, None) => {
            let causes = error.chain().map(ToString::to_string);
            let causes: Vec<_> =
                causes.filter(|text| !text.starts_with("error while executing at wasm")).collect();
            let text = causes.join(": ");
            // wasmtime has no types for these two.
            if text.contains("fuel allocated for hostcalls") {
                return exhausted(&format!(
                    "gave more than {} bytes at once (payload_bytes)",
                    most_transferred(limits)
                ));
            }
            if text.contains("resource limit exceeded") {
                return exhausted(&format!("has more parts than it may have: {text}"));
            }
            text
        }
    };
    LinkError::new(Code::ExecTrap, format_args!("{what} trapped: {reason}{frames}"))
}

/// The innermost functions of a trap's trace, as far as they have names.
fn frames(error: &wasmtime::Error) -> String {
    let Some(trace) = error.downcast_ref::<WasmBacktrace>() else { return String::new() };
    let names: Vec<_> =
        trace.frames().iter().filter_map(|frame| frame.func_name()).take(NAMED_FRAMES).collect();
    if names.is_empty() { String::new() } else { format!(" (in {})", names.join(" < ")) }
}

/// A text of a guest's for a message: not too long.
pub fn brief(text: &str) -> String {
    match text.char_indices().nth(64) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
