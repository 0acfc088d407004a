//! From a file name to a component that is ready to run: by the cache where possible, else by compiling.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::time::{Instant, SystemTime};

use composectl_plan::Stamp;
use wasmparser::Parser;
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::compiled_cache::{CompiledCache, Key};
use crate::digest_index::HexDigest;
use crate::engine::{self, Role};
use crate::exit::{CANNOT_RUN, FAILED, Failure, NOT_FOUND};
use crate::report::Reporter;

/// How hints begin that explain the order of `composectl run`'s words.
pub const ORDER_OF_WORDS: &str = "flags of composectl stand before FILE";

/// A component, the digest of its bytes, and whether it had to be compiled.
pub struct Loaded {
    pub component: Component,
    pub digest: HexDigest,
    pub compiled_now: bool,
}

/// Loads the component in `path` for `engine`, whose role is `role`.
pub fn load(
    path: &Path,
    role: Role,
    engine: &Engine,
    reporter: Reporter,
) -> Result<Loaded, Failure> {
    let metadata = fs::metadata(path).map_err(|error| file_failure(path, &error))?;
    if metadata.is_dir() {
        return Err(Failure::new(
            CANNOT_RUN,
            format_args!("{} is a folder, not a component", path.display()),
        ));
    }
    let cache = CompiledCache::open(reporter);
    let cache = cache
        .inspect_err(|problem| reporter.warn(&format!("compiled code is not kept: {problem}")))
        .ok();
    if let Some(cache) = &cache
        && let Some(digest) = cache.index.get(&Stamp::of(&metadata))
        && let Some(component) = cache.load(engine, &Key::new(&digest, engine))
    {
        return Ok(Loaded { component, digest, compiled_now: false });
    }

    let (bytes, digest) = read(path, cache.as_ref(), reporter)?;
    let key = Key::new(&digest, engine);
    let loaded = compile_once(cache.as_ref(), &key, engine, reporter, || {
        compile(path, role, &bytes, reporter)
    });
    loaded.map(|(component, compiled_now)| Loaded { component, digest, compiled_now })
}

/// The component that belongs to `key`: from the cache, or by `compile`, whose code is kept. Processes that
/// want the same entry at once compile it once. The flag says whether it was compiled here.
pub fn compile_once<E: From<Failure>>(
    cache: Option<&CompiledCache>,
    key: &Key,
    engine: &Engine,
    reporter: Reporter,
    compile: impl FnOnce() -> Result<Vec<u8>, E>,
) -> Result<(Component, bool), E> {
    let Some(cache) = cache else {
        let code = compile()?;
        return Ok((from_code(&code, engine)?, true));
    };
    if let Some(component) = cache.load(engine, key) {
        return Ok((component, false));
    }
    cache.alone(key, || {
        // Another process may have compiled it while this one waited.
        if let Some(component) = cache.load(engine, key) {
            return Ok((component, false));
        }
        let code = compile()?;
        if let Err(error) = cache.store(key, &code) {
            reporter.warn(&format!(
                "compiled code is not kept: {}: {error}",
                cache.code_path(key).display()
            ));
        }
        // From the file rather than from `code`: mapped pages are shared with every other run.
        let component = cache.load(engine, key).map_or_else(|| from_code(&code, engine), Ok)?;
        Ok((component, true))
    })
}

/// Reads the file and digests the very bytes that were read; tells the index if the file held still.
fn read(
    path: &Path,
    cache: Option<&CompiledCache>,
    reporter: Reporter,
) -> Result<(Vec<u8>, HexDigest), Failure> {
    let fail = |error: std::io::Error| file_failure(path, &error);
    let mut file = File::open(path).map_err(fail)?;
    let before = file.metadata().map_err(fail)?;
    let read_at = SystemTime::now();
    let mut bytes =
        Vec::with_capacity(usize::try_from(before.len()).unwrap_or(0).saturating_add(1));
    file.read_to_end(&mut bytes).map_err(fail)?;
    let digest = HexDigest::of(&bytes);
    let (stamp, after) = (Stamp::of(&before), Stamp::of(&file.metadata().map_err(fail)?));
    if let Some(cache) = cache
        && before.is_file()
        && stamp == after
        && let Err(error) = cache.index.put(&stamp, &digest, read_at)
    {
        reporter.detail(|| format!("the digest of {} is not kept: {error}", path.display()));
    }
    Ok((bytes, digest))
}

fn file_failure(path: &Path, error: &std::io::Error) -> Failure {
    match error.kind() {
        ErrorKind::NotFound => {
            let failure =
                Failure::new(NOT_FOUND, format_args!("{}: there is no such file", path.display()));
            if path.extension().is_none() {
                failure.with_hint(format!("{ORDER_OF_WORDS}; what is FILE here?"))
            } else {
                failure.with_hint("`cargo xtask compose` builds target/pylon/pylon.wasm")
            }
        }
        _ => Failure::new(CANNOT_RUN, format_args!("{}: {error}", path.display())),
    }
}

/// Tells what the file is if it cannot be a component.
fn recognize(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if Parser::is_component(bytes) {
        return Ok(());
    }
    let (what, hint) = if Parser::is_core_wasm(bytes) {
        (
            "is a core module, not a component",
            "make it one first (`wasm-tools component new`), or build it for wasm32-wasip2",
        )
    } else if bytes.is_empty() {
        ("is empty", "the build that wrote it may have failed")
    } else if bytes.starts_with(b"\x7fELF") {
        (
            "is native or precompiled code",
            "give the .wasm file: composectl runs no compiled code but its own cache's",
        )
    } else if bytes.trim_ascii_start().starts_with(b"(") {
        ("looks like WebAssembly text", "assemble it first (`wasm-tools parse`)")
    } else {
        (
            "is not WebAssembly",
            "flags of composectl stand before FILE, the guest's arguments after it",
        )
    };
    Err(Failure::new(CANNOT_RUN, format_args!("{} {what}", path.display())).with_hint(hint))
}

/// Compiles a component to native code.
pub fn compile(
    path: &Path,
    role: Role,
    bytes: &[u8],
    reporter: Reporter,
) -> Result<Vec<u8>, Failure> {
    recognize(path, bytes)?;
    let start = Instant::now();
    let compiler = engine::compiler(role)?;
    let note =
        format!("compiling {} (its first run on this machine; takes some seconds)", path.display());
    let code = reporter.slow(&note, || compiler.precompile_component(bytes)).map_err(|error| {
        Failure::new(CANNOT_RUN, format_args!("{} is not a valid component: {error:#}", path.display()))
            .with_hint("it may be truncated, or made for another version of the component model; build it again")
    })?;
    reporter.detail(|| {
        format!("compiled {} bytes to {} in {:.2?}", bytes.len(), code.len(), start.elapsed())
    });
    Ok(code)
}

/// The component whose code was compiled a moment ago.
fn from_code(code: &[u8], engine: &Engine) -> Result<Component, Failure> {
    // SAFETY: `code` is what `compile` returned; it never left this process.
    unsafe { Component::deserialize(engine, code) }.map_err(|error| {
        Failure::new(FAILED, format_args!("cannot load code compiled just now: {error:#}"))
    })
}
