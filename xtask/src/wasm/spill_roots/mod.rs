//! Makes pointers visible to a conservative garbage collector that scans the C stack.
//!
//! MicroPython's collector looks for roots on the stack, from its own frame up, and natively in the
//! registers of its callers. In WebAssembly those "registers" are locals and the operand stack of
//! the engine, which no code can read: an object to which only a local points is freed while in
//! use. This pass stores such pointers into a frame on the C stack, in linear memory.
//!
//! # What it does
//!
//! A *collecting* call is one that may reach the collector, or one of a leaf that may call back. In each function with such a call:
//!
//! * [`values`] finds which locals and operands may be pointers;
//! * [`liveness`] finds which of them are needed after a collecting call;
//! * a local gets a slot in the frame, if a collecting call finds it in use; each assignment whose
//!   value such a call can find is followed by a store to the slot;
//! * an operand that lies on the operand stack during a collecting call gets a slot, too, and is
//!   stored where it is produced. One that is just the value of a local shares the local's slot;
//! * the function begins by moving `__stack_pointer` down by the frame's size and ends, on every way
//!   out, by moving it back.
//!
//! A function that calls the *stack check* gets a frame of a minimal size. Recursion costs the
//! engine's stack even where it costs no C stack; the check, which looks at the C stack only, bounds
//! both when every checked function uses some.
//!
//! # Why it is sound
//!
//! * When a collecting call is executed, every pointer that the function uses afterwards is in the
//!   frame: the value was assigned or produced somewhere before, and between there and the call it
//!   was stored and its slot was not written again. Values in memory are the collector's business.
//! * Arguments are the callee's: if it needs them after a collecting call, it stores them.
//! * Frames are above the frame of the collector, hence scanned: `__stack_pointer` is at or below
//!   each frame for as long as its function runs. LLVM's own frame lies below ours and is undone
//!   before, and what LLVM's handlers restore after a `longjmp` is the pointer of their function's
//!   LLVM frame.
//! * What is stored in excess, and what a slot holds from before, is an integer that looks like a
//!   pointer: something may be freed later than it could. Nothing depends on its being freed.
//!
//! # What it assumes
//!
//! * A pointer is a whole, aligned 32-bit word: in an `i32`, or in either half of an `i64` (LLVM
//!   moves two at once). Not in a float, not shifted, multiplied or encoded otherwise, and not kept
//!   as the distance to something else only.
//! * The collector knows objects by what the compiler keeps. As on any machine, a pointer into the
//!   middle of an object may be all that is kept of it.
//! * Constants are addresses of static data, which the collector's own roots cover; so are integers
//!   of 8 and 16 bits no pointers, and neither is `__stack_pointer` plus something.
//! * The collector scans from its own frame to a top that lies above the frames of all functions
//!   that hold pointers. The function that takes the address of one of its variables for the top
//!   holds none itself: its frame is above that variable.
//! * The collector and the stack check are functions of their own, not inlined anywhere.
//! * Imported functions do not call back; [leaves](super::flat::leaves) were guarded. Those that call back, through the gate,
//!   hold no pointers.
//! * The name section tells the collector, the stack check and `__stack_pointer`.
//!
//! # What it costs
//!
//! A store for each assignment that matters, and C stack: a frame for each function that may
//! collect. On MicroPython some 9 % of code, and of time 8 % in WAMR's fast interpreter and 17 % in
//! wasmtime.

mod frame;
mod liveness;
mod values;

use anyhow::{Result, ensure};
use wasmparser::{Operator, ValType};

use super::flat::calls::{CallGraph, Reach};
use super::flat::features::Dialect;
use super::flat::leaves::{Declared, Leaves};
use super::flat::{Body, Module, rewrite};
use frame::Frame;

/// The functions that the pass has to know, by their names in the name section.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// The function that scans the stack, `gc_collect`.
    pub collector: &'a str,
    /// The function that checks how deep the C stack is, and the least frame in bytes of functions
    /// that call it.
    pub stack_check: Option<(&'a str, u32)>,
}

/// What [`run`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many functions may reach the collector.
    pub collecting: usize,
    /// How many functions got a frame.
    pub frames: usize,
    pub slots: usize,
    /// How many store instructions there are.
    pub stores: usize,
    /// The size in bytes of the largest frame.
    pub largest_frame: u32,
}

/// Spills the roots of `wasm`, which is of the [plain dialect](Dialect::Plain), and so is the
/// result. Leaves are `declared` and must have been
/// [guarded](super::flat::leaves::guard). Indices of functions and globals are kept.
///
/// Fails if a function or global of `options` is not there, or a leaf reaches the collector.
pub fn run(wasm: &[u8], declared: Declared, options: &Options) -> Result<(Vec<u8>, Report)> {
    let module = Module::read(wasm, Dialect::Plain)?;
    let leaves = Leaves::resolve(&module, declared)?;
    let collector = module.find_function(options.collector)?;
    let (check, least) = match options.stack_check {
        Some((name, least)) => (Some(module.find_function(name)?), least),
        None => (None, 0),
    };
    let stack_pointer = find_stack_pointer(&module)?;
    let graph = CallGraph::of(&module);
    leaves.check(&module, &graph, [collector], "reaches the collector")?;
    let collects = graph.reach(&module, &leaves, leaves.asking().chain([collector]));

    let mut report = Report { collecting: collects.count(), ..Default::default() };
    let mut changes = rewrite::Changes::default();
    for body in &module.bodies {
        let least = if calls(body, check) { least } else { 0 };
        // The collector's own pointers are for it to know.
        let frame = if collects.function(body.function) && body.function != collector {
            plan(&module, body, &collects, stack_pointer, least)
        } else {
            Frame::empty(body, least)
        };
        if !frame.is_empty() {
            report.frames += 1;
            report.slots += frame.slots();
            report.largest_frame = report.largest_frame.max(frame.size());
        }
        let (function, stores) = frame.emit(body, stack_pointer)?;
        report.stores += stores;
        changes.bodies.push(function);
    }
    let spilled = changes.write(&module)?;
    Dialect::Plain.check(&spilled, &module.names)?;
    Ok((spilled, report))
}

fn find_stack_pointer(module: &Module) -> Result<u32> {
    let (index, ty) = module.find_global("__stack_pointer")?;
    ensure!(ty.mutable && ty.content_type == ValType::I32, "__stack_pointer is not a mutable i32");
    Ok(index)
}

fn calls(body: &Body, function: Option<u32>) -> bool {
    let is_call = |op: &Operator| matches!(op, Operator::Call { function_index } if Some(*function_index) == function);
    body.ops.iter().any(is_call)
}

/// Decides what of `body` is stored, and where.
fn plan(module: &Module, body: &Body, collects: &Reach, stack_pointer: u32, least: u32) -> Frame {
    let collecting = |op: &Operator| collects.call(body.function, op);
    let values = values::Values::of(module, body, stack_pointer, &collecting);
    let needed = liveness::Needed::of(body, &values, &collecting);
    Frame::new(body, &values, &needed, least)
}
