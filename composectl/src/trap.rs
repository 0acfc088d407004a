//! How a trap is shown: what happened, where in the guest, and what that usually means.

use std::collections::BTreeMap;
use std::path::Path;

use composectl_plan::{MAX_BLOB_BYTES, read_bounded};
use composectl_wasm::names::{self, Named, Place};
use composectl_wasm::python_frames;
use wasmtime::{AsContextMut, FrameInfo, Trap, Val, WasmBacktrace, WasmCoreDump};

use crate::digest_index::HexDigest;
use crate::exit::{Failure, TRAPPED};

/// Frames at each end of a long trace that are worth showing.
const FRAMES_AT_EACH_END: usize = 8;

/// How many lines of a Python program are shown.
const PYTHON_FRAMES: usize = 8;

/// The file of a guest, and the digest of the bytes that are running.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    pub path: &'a Path,
    pub digest: &'a HexDigest,
}

/// The failure for an error that ended the guest of `store` and is no exit.
pub fn failure(source: Source<'_>, error: &wasmtime::Error, store: impl AsContextMut) -> Failure {
    let name = source.path.display();
    let dump = error.downcast_ref::<WasmCoreDump>();
    let remains = dump.map(|dump| Remains::read(dump, store)).unwrap_or_default();
    let message = match error.downcast_ref::<Trap>() {
        // How the end of the part of the stack that is in the guest's memory shows.
        Some(Trap::MemoryOutOfBounds) if remains.stack_overflowed => {
            format!("{name} trapped: stack of C exhausted")
        }
        Some(trap) => {
            let what = trap.to_string();
            format!("{name} trapped: {}", what.strip_prefix("wasm trap: ").unwrap_or(&what))
        }
        None => format!("{name} was stopped by the host: {}", host_error(error)),
    };
    let mut failure = Failure::new(TRAPPED, message);
    if let Some(trace) = error.downcast_ref::<WasmBacktrace>() {
        failure.details = render(trace, source);
    }
    if !remains.python.is_empty() {
        failure.details.push("  in Python, innermost first:".to_owned());
        failure.details.extend(remains.python.iter().map(|frame| format!("    {frame}")));
    }
    let trap = error.downcast_ref::<Trap>().map(|trap| match trap {
        Trap::MemoryOutOfBounds if remains.stack_overflowed => &Trap::StackOverflow,
        trap => trap,
    });
    match trap.and_then(meaning) {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    }
}

/// What the guest's memory and globals say after its end.
#[derive(Default)]
struct Remains {
    python: Vec<python_frames::Frame>,
    stack_overflowed: bool,
}

impl Remains {
    fn read(dump: &WasmCoreDump, mut store: impl AsContextMut) -> Remains {
        let mut remains = Remains::default();
        for memory in dump.memories() {
            let found =
                python_frames::innermost(memory.data(store.as_context_mut()), PYTHON_FRAMES);
            if !found.is_empty() {
                remains.python = found;
                break;
            }
        }
        remains.stack_overflowed = dump.globals().iter().any(|global| {
            let value = global.get(store.as_context_mut());
            // The stack lies below all data, grows down and is aligned: a pointer into it that is below zero.
            matches!(value, Val::I32(address) if (-MAX_STACK..0).contains(&address) && address % 16 == 0)
        });
        remains
    }
}

/// More than any C stack in a guest's memory.
const MAX_STACK: i32 = 64 << 20;

/// The causes of an error without the trace and what else is noted about the guest.
pub fn host_error(error: &wasmtime::Error) -> String {
    const NOTES: [&str; 2] = ["error while executing at wasm", "wasm coredump generated"];
    let causes = error.chain().map(ToString::to_string);
    let causes: Vec<_> =
        causes.filter(|text| !NOTES.iter().any(|note| text.starts_with(note))).collect();
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

/// A line for each frame, innermost first; the middle of deep recursion is left out.
fn render(trace: &WasmBacktrace, source: Source<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    let frames = trace.frames();
    let hidden = FRAMES_AT_EACH_END..frames.len().saturating_sub(FRAMES_AT_EACH_END);
    let is_hidden = |index: usize| hidden.len() > 1 && hidden.contains(&index);
    let places: Vec<_> = (0..frames.len()).map(|index| place(frames, index)).collect();
    let shown = (0..frames.len()).filter(|index| !is_hidden(*index));
    let names = names(source, shown.filter_map(|index| places[index]));
    for (index, frame) in frames.iter().enumerate() {
        if is_hidden(index) {
            if index == hidden.start {
                lines.push(format!("      ... {} more ...", hidden.len()));
            }
            continue;
        }
        let named = places[index].and_then(|place| names.get(&place)).cloned().unwrap_or_default();
        let module = named.module.as_deref().unwrap_or("module");
        let function =
            named.function.unwrap_or_else(|| format!("function[{}]", frame.func_index()));
        let offset = frame.module_offset().map(|offset| format!(" (at {offset:#x})"));
        lines.push(format!("  {index:>3}: {module}!{function}{}", offset.unwrap_or_default()));
    }
    lines
}

/// Where in the file a frame is. The check of the stack at a function's begin has no offset: the function is then looked
/// for in the module of its caller, if that looks the same.
fn place(frames: &[FrameInfo], index: usize) -> Option<Place> {
    let offset = |frame: &FrameInfo| u64::try_from(frame.module_offset()?).ok();
    let frame = &frames[index];
    if let Some(offset) = offset(frame) {
        return Some(Place { offset, function: None });
    }
    let caller = frames.get(index + 1)?;
    let outside = |frame: &FrameInfo| {
        let exports = frame.module().exports().map(|export| export.name().to_owned());
        exports.collect::<Vec<_>>()
    };
    let same = outside(frame) == outside(caller);
    let function = Some(frame.func_index());
    offset(caller).filter(|_| same).map(|offset| Place { offset, function })
}

/// What the file calls the functions at these places, if it is still the file that runs.
fn names(source: Source<'_>, places: impl Iterator<Item = Place>) -> BTreeMap<Place, Named> {
    let places: Vec<_> = places.collect();
    match read_bounded(source.path, MAX_BLOB_BYTES) {
        Ok(bytes) if HexDigest::of(&bytes) == *source.digest => names::at(&bytes, &places),
        _ => BTreeMap::new(),
    }
}
