//! From a file name to a program that is ready to run: by the cache where possible, else by compiling.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::time::{Instant, SystemTime};

use composectl_plan::{MAX_BLOB_BYTES, Opening, Stamp, open, read_opened};
use composectl_wasm::names;
use wasmparser::Parser;
use wasmtime::Engine;

use crate::code::{Code, Program};
use crate::compiled_cache::{CompiledCache, Key};
use crate::digest_index::HexDigest;
use crate::engine::{self, Role};
use crate::exit::{CANNOT_RUN, FAILED, Failure, NOT_FOUND};
use crate::report::Reporter;

/// How hints begin that explain the order of `composectl run`'s words.
pub const ORDER_OF_WORDS: &str = "flags of composectl stand before FILE";

/// A program, the digest of its bytes, and whether it had to be compiled.
pub struct Loaded {
    pub code: Program,
    pub digest: HexDigest,
    pub compiled_now: bool,
}

/// Loads the program in `path` for `engine`, whose role is `role`.
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
        && let Some(code) = cache.load(engine, &Key::new(&digest, engine))
    {
        return Ok(Loaded { code, digest, compiled_now: false });
    }

    let (bytes, digest) = read(path, cache.as_ref(), reporter)?;
    let key = Key::new(&digest, engine);
    let loaded = compile_once(cache.as_ref(), &key, engine, reporter, || {
        compile(path, role, &bytes, reporter)
    });
    loaded.map(|(code, compiled_now)| Loaded { code, digest, compiled_now })
}

/// The code that belongs to `key`: from the cache, or by `compile`, whose code is kept. Processes that
/// want the same entry at once compile it once. The flag says whether it was compiled here.
pub fn compile_once<C: Code, E: From<Failure>>(
    cache: Option<&CompiledCache>,
    key: &Key,
    engine: &Engine,
    reporter: Reporter,
    compile: impl FnOnce() -> Result<Vec<u8>, E>,
) -> Result<(C, bool), E> {
    let Some(cache) = cache else {
        let code = compile()?;
        return Ok((from_code(&code, engine)?, true));
    };
    if let Some(loaded) = cache.load(engine, key) {
        return Ok((loaded, false));
    }
    cache.alone(key, || {
        // Another process may have compiled it while this one waited.
        if let Some(loaded) = cache.load(engine, key) {
            return Ok((loaded, false));
        }
        let code = compile()?;
        if let Err(error) = cache.store(key, &code) {
            reporter.warn(&format!(
                "compiled code is not kept: {}: {error}",
                cache.code_path(key).display()
            ));
        }
        // From the file rather than from `code`: mapped pages are shared with every other run.
        let loaded = cache.load(engine, key).map_or_else(|| from_code(&code, engine), Ok)?;
        Ok((loaded, true))
    })
}

/// Reads the file and digests the very bytes that were read; tells the index if the file held still.
fn read(
    path: &Path,
    cache: Option<&CompiledCache>,
    reporter: Reporter,
) -> Result<(Vec<u8>, HexDigest), Failure> {
    let fail = |error: std::io::Error| file_failure(path, &error);
    let file = open(path, Opening::Read).map_err(fail)?;
    let before = file.metadata().map_err(fail)?;
    let read_at = SystemTime::now();
    let bytes = read_opened(&file, MAX_BLOB_BYTES).map_err(fail)?;
    let digest = HexDigest::of(&bytes);
    let (stamp, after) = (Stamp::of(&before), Stamp::of(&file.metadata().map_err(fail)?));
    if let Some(cache) = cache
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

/// Tells what the file is if it cannot be what the role asks for.
fn recognize(path: &Path, role: Role, bytes: &[u8]) -> Result<(), Failure> {
    let core_module = Parser::is_core_wasm(bytes);
    if Parser::is_component(bytes) || core_module && role == Role::Program {
        return Ok(());
    }
    let (what, hint) = if core_module {
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

/// Compiles a component, or as a program a core module, to native code.
pub fn compile(
    path: &Path,
    role: Role,
    bytes: &[u8],
    reporter: Reporter,
) -> Result<Vec<u8>, Failure> {
    recognize(path, role, bytes)?;
    let start = Instant::now();
    let compiler = engine::compiler(role)?;
    let note =
        format!("compiling {} (its first run on this machine; takes some seconds)", path.display());
    let nameless = match role {
        Role::Program => names::hidden(bytes),
        // An error value names functions where no file is at hand.
        Role::Provider => bytes.to_vec(),
    };
    let code =
        reporter.slow(&note, || Program::compile(&compiler, &nameless)).map_err(|error| {
            let kind = if Parser::is_core_wasm(bytes) { "core module" } else { "component" };
            Failure::new(
            CANNOT_RUN,
            format_args!("{} is not a valid {kind}: {error:#}", path.display()),
        )
        .with_hint(
            "it may be truncated, or made with features that are not offered here; build it again",
        )
        })?;
    reporter.detail(|| {
        format!("compiled {} bytes to {} in {:.2?}", bytes.len(), code.len(), start.elapsed())
    });
    Ok(code)
}

/// What was compiled a moment ago.
fn from_code<C: Code>(code: &[u8], engine: &Engine) -> Result<C, Failure> {
    // SAFETY: `code` is what `compile` returned; it never left this process.
    unsafe { C::from_bytes(engine, code) }.map_err(|error| {
        Failure::new(FAILED, format_args!("cannot load code compiled just now: {error:#}"))
    })
}
