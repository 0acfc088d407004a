//! From a file name or a plan's root to a program that is ready to run: by the cache where possible, else by compiling.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

use composectl_plan::{
    Deadline, MAX_BLOB_BYTES, Noted, Opening, Resolved, Resolver, Sighting, open, read_noted,
};
use wasmparser::Parser;
use wasmtime::Engine;

use crate::code::{Code, Program};
use crate::compiled_cache::{CompiledCache, Key};
use crate::compiler::{self, Fault};
use crate::digest_index::HexDigest;
use crate::engine::Role;
use crate::exit::{CANNOT_RUN, FAILED, Failure, NOT_FOUND};
use crate::report::Reporter;

/// How hints begin that explain the order of `composectl run`'s words.
pub const ORDER_OF_WORDS: &str = "flags of composectl stand before FILE";

/// How long another process that compiles the same program is waited for.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A program that was found.
pub struct Found {
    /// The digest of its bytes.
    pub digest: HexDigest,
    pub content: Content,
}

/// What there is of it.
pub enum Content {
    /// It was compiled before.
    Code(Program),
    /// These very bytes have to be compiled.
    Bytes(Vec<u8>),
}

/// The program in the file `path`, if `check` admits its digest. A file that is no WebAssembly is not read.
pub fn find(
    path: &Path,
    role: Role,
    engine: &Engine,
    cache: Option<&CompiledCache>,
    reporter: Reporter,
    check: impl Fn(&HexDigest) -> Result<(), Failure>,
) -> Result<Found, Failure> {
    if let Some(cache) = cache
        && let Ok(Some(sighting)) = Sighting::at(path)
        && let Some(digest) = cache.index().get(&sighting)
    {
        check(&digest)?;
        if let Some(code) = cache.load(engine, &Key::new(&digest, engine)) {
            return Ok(Found { digest, content: Content::Code(code) });
        }
    }
    let (bytes, digest) = read(path, role, cache, reporter)?;
    check(&digest)?;
    let code = cache.and_then(|cache| cache.load(engine, &Key::new(&digest, engine)));
    Ok(Found { digest, content: code.map_or(Content::Bytes(bytes), Content::Code) })
}

/// The root of a plan, which the resolver has verified.
pub fn find_root(
    resolver: &Resolver,
    root: &Resolved,
    engine: &Engine,
    cache: Option<&CompiledCache>,
) -> Result<Found, Failure> {
    let digest = HexDigest::from(&root.digest);
    let code = cache.and_then(|cache| cache.load(engine, &Key::new(&digest, engine)));
    let content = match code {
        Some(code) => Content::Code(code),
        None => {
            let bytes = resolver.bytes(root)?;
            recognize(&root.path, Role::Program, &bytes)?;
            Content::Bytes(bytes)
        }
    };
    Ok(Found { digest, content })
}

/// Something to be compiled.
#[derive(Clone, Copy)]
pub struct Job<'a> {
    /// What messages call it.
    pub name: &'a str,
    pub bytes: &'a [u8],
    pub digest: &'a HexDigest,
    pub role: Role,
    /// When the code has to be there.
    pub deadline: Deadline,
    /// How long another process that compiles the same is waited for.
    pub patience: Deadline,
}

impl Job<'_> {
    /// The code for `engine`: from the cache, or compiled and kept. Processes that want the same entry at once compile it
    /// once. The flag says whether it was compiled here.
    pub fn code<C: Code>(
        &self,
        engine: &Engine,
        cache: Option<&CompiledCache>,
        reporter: Reporter,
    ) -> Result<(C, bool), Fault> {
        let Some(cache) = cache else {
            return Ok((from_code(&self.compile(reporter)?, engine)?, true));
        };
        let key = &Key::new(self.digest, engine);
        cache.alone(key, self.name, self.patience, || {
            // Another process may have compiled it meanwhile.
            if let Some(loaded) = cache.load(engine, key) {
                return Ok((loaded, false));
            }
            let code = self.compile(reporter)?;
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

    fn compile(&self, reporter: Reporter) -> Result<Vec<u8>, Fault> {
        let start = Instant::now();
        let note =
            format!("compiling {} (its first run on this machine; takes some seconds)", self.name);
        let code =
            reporter.slow(&note, || compiler::compile(self.bytes, self.role, self.deadline))?;
        reporter.detail(|| {
            let (from, to) = (self.bytes.len(), code.len());
            format!("compiled {from} bytes to {to} in {:.2?}", start.elapsed())
        });
        Ok(code)
    }
}

/// What the failure to compile a program means.
pub fn not_compiled(path: &Path, fault: &Fault) -> Failure {
    let (code, hint) = match fault {
        Fault::Invalid(_) => (
            CANNOT_RUN,
            Some(
                "it may be truncated, or made with features that are not offered here; build it again",
            ),
        ),
        Fault::TooCostly(_) | Fault::Late => (CANNOT_RUN, None),
        Fault::Broken(_) => (FAILED, None),
    };
    let failure = Failure::new(code, format_args!("{} {fault}", path.display()));
    match hint {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    }
}

/// Reads the file and digests the very bytes that were read; tells the index if the file held still.
fn read(
    path: &Path,
    role: Role,
    cache: Option<&CompiledCache>,
    reporter: Reporter,
) -> Result<(Vec<u8>, HexDigest), Failure> {
    let fail = |error: io::Error| file_failure(path, &error);
    let file = open(path, Opening::Read).map_err(fail)?;
    recognize(path, role, &beginning(&file))?;
    let Noted { bytes, sighting } = read_noted(&file, MAX_BLOB_BYTES).map_err(fail)?;
    let digest = HexDigest::of(&bytes);
    if let Some(cache) = cache
        && let Some(sighting) = sighting
        && let Err(error) = cache.index().put(&sighting, &digest)
    {
        reporter.detail(|| format!("the digest of {} is not kept: {error}", path.display()));
    }
    Ok((bytes, digest))
}

/// Enough of a file to see what it is. What cannot be read is empty here; reading all of it says why.
fn beginning(file: &File) -> Vec<u8> {
    let mut bytes = vec![0; 64];
    let count = file.read_at(&mut bytes, 0).unwrap_or(0);
    bytes.truncate(count);
    bytes
}

fn file_failure(path: &Path, error: &io::Error) -> Failure {
    if path.is_dir() {
        let what = "is a folder, not a component";
        return Failure::new(CANNOT_RUN, format_args!("{} {what}", path.display()));
    }
    if error.kind() != ErrorKind::NotFound {
        return Failure::new(CANNOT_RUN, format_args!("{}: {error}", path.display()));
    }
    let failure =
        Failure::new(NOT_FOUND, format_args!("{}: there is no such file", path.display()));
    if path.extension().is_none() {
        failure.with_hint(format!("{ORDER_OF_WORDS}; what is FILE here?"))
    } else {
        failure.with_hint("`cargo xtask compose` builds target/pylon/pylon.wasm")
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

/// What was compiled a moment ago.
fn from_code<C: Code>(code: &[u8], engine: &Engine) -> Result<C, Fault> {
    // SAFETY: `code` is what the compiler's process handed over; nobody else has it.
    unsafe { C::from_bytes(engine, code) }
        .map_err(|error| Fault::Broken(format!("its code cannot be loaded: {error:#}")))
}
