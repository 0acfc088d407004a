//! Pre-initialisation: run a core module's start-up once at build time and bake what it left in
//! memory, so that no run has to do it again.
//!
//! The technique is that of wizer (Fitzgerald, <https://github.com/bytecodealliance/wizer>); ours
//! works on the core module of a wasip2 program before it becomes a component, and executes it in
//! the wasmi interpreter: no code generator, the same result on every machine.
//!
//! The guest sees a world in which nothing varies: [`host`] lists what it may call. Whatever else
//! it calls is an error that names the import, because an answer of the build machine would be
//! baked into the artifact.

mod bake;
mod host;
mod trace;

use anyhow::{Context, Result, anyhow};

use bake::Shape;
use host::World;

/// Runs the export `entry` of the core module `core` and returns the module as that run left it:
/// linear memory in data segments, memory size and mutable globals at their final values, the
/// start section (it has run) and the export `entry` (it must not run again) gone. Everything
/// else, custom sections included, is kept byte for byte.
///
/// `entry` takes nothing and returns nothing, or one `i32`: 0, or the address of a NUL-terminated
/// text that says why there can be no snapshot. The module must define its one 32-bit memory and export it
/// as `memory`, and import functions only; a guest that asks for lists needs `cabi_realloc`.
///
/// Fails, with what the guest wrote and its call stack in the error, when the guest traps, exits,
/// calls an import that has no answer at build time, or ends with a host handle open (a handle is
/// an index into a table of the running host; baked, it would mean something else).
///
/// A passive data segment that the run dropped is there again in the result: only a program that
/// relies on `memory.init` to trap can tell.
pub fn snapshot(core: &[u8], entry: &str) -> Result<Vec<u8>> {
    taken(core, entry, World::Constant)
}

/// Like [`snapshot`], for an `entry` that has nothing to ask of anybody, such as the constructors of a library: every call
/// of an import is an error.
pub fn without_imports(core: &[u8], entry: &str) -> Result<Vec<u8>> {
    taken(core, entry, World::Silent)
}

fn taken(core: &[u8], entry: &str, world: World) -> Result<Vec<u8>> {
    let shape = Shape::of(core, entry)?;
    let exposed = bake::expose(core, &shape)?;
    let engine = host::engine();
    let module = wasmi::Module::new(&engine, &exposed[..])
        .map_err(|error| anyhow!("{error}"))
        .context("the module cannot be interpreted")?;
    match host::run(&engine, &module, entry, &shape.mutable_globals(), world) {
        Ok(state) => bake::bake(core, &shape, entry, &state),
        Err(failure) => {
            let stack = trace::call_stack(&engine, core, entry, world).unwrap_or_default();
            Err(failure.describe(entry, &stack))
        }
    }
}

#[cfg(test)]
mod tests;
