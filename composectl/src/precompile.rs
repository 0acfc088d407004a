//! `composectl precompile`: fills the cache.

use std::time::Instant;

use crate::cli::PrecompileArgs;
use crate::component;
use crate::engine;
use crate::exit::Outcome;
use crate::report::Reporter;

/// Compiles the component unless the cache has it.
pub fn run(args: &PrecompileArgs, reporter: Reporter) -> Outcome {
    let start = Instant::now();
    let engine = engine::runtime()?;
    let loaded = component::load(&args.file, &engine, reporter)?;
    let done = if loaded.compiled_now { "compiled" } else { "was compiled before" };
    reporter.say(&format!("{} {done} ({:.1?})", args.file.display(), start.elapsed()));
    Ok(0)
}
