//! The C toolchain: **a WASI SDK-shaped folder**, the one thing that xtask knows. `WASI_SDK_PATH` names one;
//! otherwise it is assembled from pinned Debian packages ([`debian`]). Either is probed before use ([`probe`]).

mod assemble;
pub mod debian;
mod libc_layout;
mod probe;
mod test_tool;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::graph::{Artifact, Context, DigestBuilder, Inputs, Process, Work};

pub use assemble::{Packages, unpack};
pub use debian::{Pins, Role, SourcePackage};
pub use test_tool::{Program, TestTool};

/// The released SDK that serves, named in errors.
pub const FITTING_SDK: &str =
    "wasi-sdk 33 (whose libc for wasm32-wasip2 is laid out as runtimes/common/libc knows it)";

/// A target of the cross compiler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    Wasip1,
    Wasip2,
}

impl Target {
    pub fn triple(self) -> &'static str {
        match self {
            Target::Wasip1 => "wasm32-wasip1",
            Target::Wasip2 => "wasm32-wasip2",
        }
    }
}

/// A probed SDK.
#[derive(Clone, Debug)]
pub struct Toolchain {
    sdk: Artifact,
}

impl Toolchain {
    /// The SDK that this machine's builds use; fetched and assembled if need be.
    pub fn ensure(cx: &Context) -> Result<Toolchain> {
        let sdk = match std::env::var_os("WASI_SDK_PATH").filter(|path| !path.is_empty()) {
            Some(path) => external(cx, Path::new(&path))?,
            None => cx.ensure(&assemble::Sdk { pins: Pins::load(cx.root())? })?,
        };
        let toolchain = Toolchain { sdk };
        cx.ensure(&probe::Probe { toolchain: toolchain.clone() })?;
        Ok(toolchain)
    }

    /// A folder that stands for an SDK.
    #[cfg(test)]
    pub fn at(dir: &Path) -> Toolchain {
        let digest = Some(crate::graph::Digest::of("an SDK"));
        Toolchain { sdk: Artifact { dir: dir.to_owned(), digest } }
    }

    /// Declares the toolchain as an input of a step.
    pub fn input(&self, inputs: &mut Inputs) {
        inputs.artifact("toolchain", &self.sdk);
    }

    pub fn root(&self) -> &Path {
        &self.sdk.dir
    }

    /// A program of the SDK, ready to run in `work`.
    pub fn tool<'a>(&self, work: &'a Work<'_>, name: &str) -> Process<'a> {
        self.environment(work.process(self.root().join("bin").join(name)))
    }

    /// Adds what the SDK's programs need in order to start.
    pub fn environment<'a>(&self, process: Process<'a>) -> Process<'a> {
        let libraries = self.root().join(assemble::HOST_LIBRARIES);
        if libraries.is_dir() { process.env("LD_LIBRARY_PATH", libraries) } else { process }
    }

    pub fn sysroot(&self) -> PathBuf {
        self.root().join("share/wasi-sysroot")
    }

    /// The folder with the target's `libc.a`.
    pub fn library_dir(&self, target: Target) -> PathBuf {
        self.sysroot().join("lib").join(target.triple())
    }

    /// compiler-rt's builtins for wasm32; SDKs disagree about the folder.
    pub fn builtins(&self) -> Result<PathBuf> {
        let versions = self.root().join("lib/clang");
        let mut found: Vec<PathBuf> = Vec::new();
        for version in std::fs::read_dir(&versions)
            .with_context(|| format!("cannot read {}", versions.display()))?
        {
            for (folder, file) in [
                ("wasi", "libclang_rt.builtins-wasm32.a"),
                ("wasip1", "libclang_rt.builtins-wasm32.a"),
                ("wasm32-unknown-wasip1", "libclang_rt.builtins.a"),
                ("wasm32-unknown-wasi", "libclang_rt.builtins.a"),
            ] {
                let path = version.as_ref().map_or_else(
                    |_| versions.join("unreadable"),
                    |version| version.path().join("lib").join(folder).join(file),
                );
                if path.is_file() {
                    found.push(path);
                }
            }
        }
        found.sort();
        match found.pop() {
            Some(path) => Ok(path),
            None => bail!("no compiler-rt builtins for wasm32 below {}", versions.display()),
        }
    }

    /// GNU make: the SDK's own where it has one, the machine's otherwise.
    pub fn make(&self) -> PathBuf {
        let own = self.root().join("bin/make");
        if own.is_file() { own } else { PathBuf::from("make") }
    }
}

/// An SDK that the user names, digested over what builds can see of it.
fn external(cx: &Context, root: &Path) -> Result<Artifact> {
    let root = std::path::absolute(root)?;
    let check = |path: PathBuf| {
        if !path.exists() {
            bail!(
                "WASI_SDK_PATH is {}, which has no {}\nhint: the SDK that serves is {FITTING_SDK}",
                root.display(),
                path.strip_prefix(&root).unwrap_or(&path).display(),
            );
        }
        Ok(path)
    };
    let mut files = Vec::new();
    for tool in ["clang", "wasm-ld", "llvm-ar", "llvm-ranlib", "llvm-nm"] {
        files.push(check(root.join("bin").join(tool))?);
    }
    for target in [Target::Wasip1, Target::Wasip2] {
        for part in ["lib", "include"] {
            let dir = check(root.join("share/wasi-sysroot").join(part).join(target.triple()))?;
            files.extend(walk(&dir)?);
        }
    }
    files.extend(walk(&check(root.join("lib/clang"))?)?);
    files.sort();
    let mut digest = DigestBuilder::default();
    for file in files {
        let name = file.strip_prefix(&root).unwrap_or(&file);
        digest.push(name.as_os_str().as_encoded_bytes());
        digest.push(cx.digest_of_file(&file)?.to_string());
    }
    Ok(Artifact { dir: root, digest: Some(digest.finish()) })
}

/// Every file below `dir`, unordered.
pub fn walk(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut dirs = vec![dir.to_owned()];
    while let Some(dir) = dirs.pop() {
        let context = || format!("cannot read {}", dir.display());
        for entry in std::fs::read_dir(&dir).with_context(context)? {
            let path = entry.with_context(context)?.path();
            if path.is_dir() { dirs.push(path) } else { files.push(path) }
        }
    }
    Ok(files)
}
