//! `composectl precompile`: fills the cache.

use std::path::Path;
use std::time::Instant;

use crate::cli::PrecompileArgs;
use crate::component;
use crate::dynlink;
use crate::engine::{self, Role};
use crate::exit::{Failure, Outcome};
use crate::report::Reporter;

/// Compiles each component for what it is, a program or a provider, unless the cache has it.
pub fn run(args: &PrecompileArgs, reporter: Reporter) -> Outcome {
    for file in &args.files {
        for role in roles(file) {
            precompile(file, role, reporter)?;
        }
    }
    Ok(0)
}

fn precompile(file: &Path, role: Role, reporter: Reporter) -> Result<(), Failure> {
    let start = Instant::now();
    let engine = engine::runtime(role)?;
    let loaded = component::load(file, role, &engine, reporter)?;
    let done = if loaded.compiled_now { "compiled" } else { "was compiled before" };
    let role = if role == Role::Provider { " as a provider" } else { "" };
    reporter.say(&format!("{} {done}{role} ({:.1?})", file.display(), start.elapsed()));
    Ok(())
}

/// What the component can be run as. What cannot be read or is no component is a program here: loading it says what
/// is wrong with it.
fn roles(file: &Path) -> Vec<Role> {
    match std::fs::read(file).map(|bytes| dynlink::kinds(&bytes)) {
        Ok(kinds) if kinds.provider && kinds.program => vec![Role::Program, Role::Provider],
        Ok(kinds) if kinds.provider => vec![Role::Provider],
        _ => vec![Role::Program],
    }
}
