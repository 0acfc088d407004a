//! `composectl precompile`: fills the cache.

use std::path::Path;
use std::time::Instant;

use composectl_plan::{Deadline, MAX_BLOB_BYTES, read_file};
use composectl_wasm::surface;
use serde_json::{Value, json};

use crate::cli::PrecompileArgs;
use crate::code::Program;
use crate::commands::output;
use crate::compiled_cache::{CompiledCache, LazyCache};
use crate::component::{self, Content, Found, Job};
use crate::engine::{self, Role};
use crate::exit::{Failure, Outcome};
use crate::report::Reporter;

/// Compiles each component for what it is, a program or a provider, unless the cache has it. A file that is none
/// does not keep the others from being compiled; the first such file's code is the process's.
pub fn run(args: &PrecompileArgs, reporter: Reporter) -> Outcome {
    let mut code = 0;
    let mut shown = Vec::new();
    let cache = LazyCache::new(reporter);
    for file in &args.files {
        for role in roles(file, args.untimed) {
            match precompile(file, role, cache.get(), args.json, reporter) {
                Ok(done) => shown.push(done),
                Err(failure) => {
                    reporter.error(&failure);
                    code = if code == 0 { failure.code } else { code };
                    shown.push(json!({
                        "file": file.display().to_string(), "error": failure.message, "hint": failure.hint,
                    }));
                }
            }
        }
    }
    if args.json {
        output::json(&json!({ "files": shown }))?;
    }
    Ok(code)
}

fn precompile(
    file: &Path,
    role: Role,
    cache: Option<&CompiledCache>,
    quiet: bool,
    reporter: Reporter,
) -> Result<Value, Failure> {
    let start = Instant::now();
    let engine = engine::runtime(role)?;
    let found = component::find(file, role, &engine, cache, reporter, |_| Ok(()));
    let Found { digest, content } = found.map_err(|failure| match &failure.hint {
        Some(hint) if hint.starts_with(component::ORDER_OF_WORDS) => {
            failure.with_hint("every word after `precompile` is the file of a component")
        }
        _ => failure,
    })?;
    let compiled = match content {
        Content::Code(_) => false,
        Content::Bytes(bytes) => {
            let job = Job {
                name: &file.display().to_string(),
                bytes: &bytes,
                digest: &digest,
                role,
                deadline: Deadline::NEVER,
                patience: Deadline::after(component::PATIENCE),
            };
            let made = job.code::<Program>(&engine, cache, reporter).map(|made| made.1);
            made.map_err(|fault| component::not_compiled(file, &fault))?
        }
    };
    let done = if compiled { "compiled" } else { "was compiled before" };
    let provider = role != Role::Program;
    if !quiet {
        let role = if provider { " as a provider" } else { "" };
        reporter.say(&format!("{} {done}{role} ({:.1?})", file.display(), start.elapsed()));
    }
    Ok(json!({
        "file": file.display().to_string(),
        "role": if provider { "provider" } else { "program" },
        "compiled": compiled,
    }))
}

/// What the component can be run as. What cannot be read or is no component is a program here: loading it says what
/// is wrong with it.
fn roles(file: &Path, untimed: bool) -> Vec<Role> {
    let provider = if untimed { Role::Untimed } else { Role::Provider };
    match read_file(file, MAX_BLOB_BYTES).map(|bytes| surface::kinds(&bytes)) {
        Ok(kinds) if kinds.provider && kinds.program => vec![Role::Program, provider],
        Ok(kinds) if kinds.provider => vec![provider],
        _ => vec![Role::Program],
    }
}
