//! How a trap is shown: what happened, where in the guest, and what that usually means.

use std::fmt::Write;
use std::path::Path;

use wasmtime::{Trap, WasmBacktrace};

use crate::exit::{Failure, TRAPPED};

/// Frames at each end of a long trace that are worth showing.
const FRAMES_AT_EACH_END: usize = 8;

/// The failure for an error that ended the guest and is no exit.
pub fn failure(path: &Path, error: &wasmtime::Error) -> Failure {
    let name = path.display();
    let mut message = match error.downcast_ref::<Trap>() {
        Some(trap) => {
            let what = trap.to_string();
            format!("{name} trapped: {}", what.strip_prefix("wasm trap: ").unwrap_or(&what))
        }
        None => format!("{name} was stopped by the host: {}", host_error(error)),
    };
    if let Some(trace) = error.downcast_ref::<WasmBacktrace>() {
        render(trace, &mut message);
    }
    let failure = Failure::new(TRAPPED, message);
    match error.downcast_ref::<Trap>().and_then(meaning) {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    }
}

/// The causes of an error without the trace, which is shown below them.
fn host_error(error: &wasmtime::Error) -> String {
    let causes = error.chain().map(ToString::to_string);
    let causes: Vec<_> =
        causes.filter(|text| !text.starts_with("error while executing at wasm")).collect();
    causes.join(": ")
}

fn meaning(trap: &Trap) -> Option<&'static str> {
    Some(match trap {
        Trap::UnreachableCodeReached => {
            "the guest gave up by itself: abort(), a failed assertion or a fatal error of its runtime"
        }
        Trap::StackOverflow => {
            "recursion in C code ran out of stack; pure Python recursion raises RecursionError instead"
        }
        Trap::MemoryOutOfBounds | Trap::HeapMisaligned => {
            "a bad pointer in C code; the guest cannot have harmed anything outside of itself"
        }
        Trap::IndirectCallToNull | Trap::BadSignature | Trap::TableOutOfBounds => {
            "a call through a bad function pointer, or one of another type"
        }
        _ => return None,
    })
}

/// Appends the frames, innermost first; the middle of deep recursion is left out.
fn render(trace: &WasmBacktrace, message: &mut String) {
    let frames = trace.frames();
    for (index, frame) in frames.iter().enumerate() {
        let hidden = FRAMES_AT_EACH_END..frames.len().saturating_sub(FRAMES_AT_EACH_END);
        if hidden.len() > 1 && hidden.contains(&index) {
            if index == hidden.start {
                let _ = write!(message, "\n      ... {} more ...", hidden.len());
            }
            continue;
        }
        let module = frame.module().name().unwrap_or("module");
        let _ = write!(message, "\n  {index:>3}: {module}!");
        let _ = match frame.func_name() {
            Some(name) => write!(message, "{name}"),
            None => write!(message, "function[{}]", frame.func_index()),
        };
        if let Some(offset) = frame.module_offset() {
            let _ = write!(message, " (at {offset:#x})");
        }
    }
}
