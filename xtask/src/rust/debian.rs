//! Debian's Rust, for a machine whose own has no standard library for wasm and no rustup to add it: pinned packages, unpacked and
//! never installed. They are of a later release than the machine may be, so the C library that they were built for comes along.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use anyhow::{Context as _, Result};

use super::rustc::{Rustc, TARGET};
use crate::graph::{Artifact, Context, Inputs, Step, Work};
use crate::toolchain::{Packages, Pins, Role, unpack, walk};

/// What build scripts and procedural macros are compiled for.
const HOST: &str = "x86_64-unknown-linux-gnu";
/// Debian's folder of shared libraries.
const MULTIARCH: &str = "x86_64-linux-gnu";

/// Starts rustc with the libraries that lie beside it, wherever the folder is.
const WRAPPER: &str = "#!/bin/sh
root=${0%/bin/rustc}
exec \"$root/libexec/lib/ld-linux-x86-64.so.2\" --library-path \"$root/libexec/lib\" \\
    \"$root/libexec/rustc\" --sysroot \"$root\" \"$@\"
";

/// A folder as that of a toolchain of rustup's, but for cargo: `bin/rustc`, `lib/rustlib`.
#[derive(Clone, Debug)]
pub struct DebianRust {
    pins: Pins,
}

impl DebianRust {
    /// The one of the checkout's pins.
    pub fn new(root: &Path) -> Result<DebianRust> {
        Ok(DebianRust { pins: Pins::load(root)? })
    }

    /// Why it cannot be had on this machine, if so.
    pub fn unavailable(&self) -> Option<String> {
        self.pins.unavailable(Role::Rust)
    }

    /// The compiler, which is fetched if need be.
    pub fn rustc(&self, cx: &Context) -> Result<Rustc> {
        Rustc::at(&cx.ensure_files(self)?.dir)
    }

    fn packages(&self, cx: &Context) -> Result<Artifact> {
        cx.ensure(&Packages { pins: self.pins.clone(), role: Role::Rust })
    }
}

impl Step for DebianRust {
    const KIND: &'static str = "assemble";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        "Debian's Rust".to_owned()
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        inputs.artifact("packages", &self.packages(cx)?);
        Ok(())
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let unpacked = work.scratch()?.join("unpacked");
        unpack(work, &self.packages(cx)?, &unpacked)?;
        arrange(&unpacked.join("usr"), work.out())?;
        Rustc::at(work.out()).map(drop).context("Debian's rustc does not start on this machine")
    }
}

/// Moves what is needed of a Debian tree's `usr` to where rustc looks for it.
fn arrange(usr: &Path, out: &Path) -> Result<()> {
    for folder in ["bin", "libexec/lib", "lib/rustlib"] {
        fs::create_dir_all(out.join(folder))?;
    }
    for entry in fs::read_dir(usr.join("lib").join(MULTIARCH))? {
        let file = entry?.path();
        let name = file.file_name().unwrap_or_default();
        let to = out.join("libexec/lib").join(name);
        // Following links: each name that a program asks for becomes a file. Some packages link to others that are not here.
        if name.to_string_lossy().contains(".so") && file.is_file() {
            fs::copy(&file, to).with_context(|| format!("cannot copy {}", file.display()))?;
        }
    }
    take(&usr.join("bin/rustc"), &out.join("libexec/rustc"))?;
    for target in [HOST, TARGET] {
        let to = out.join("lib/rustlib").join(target);
        take(&usr.join("lib/rustlib").join(target), &to)?;
        for file in walk(&to)? {
            // The package has the host's shared standard library with the shared libraries, and a link to it here.
            if file.is_symlink() {
                let name = file.file_name().context("invariant: a file has a name")?;
                fs::remove_file(&file)?;
                symlink(Path::new("../../../../libexec/lib").join(name), &file)?;
            }
        }
    }
    let wrapper = out.join("bin/rustc");
    fs::write(&wrapper, WRAPPER)?;
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755)).map_err(Into::into)
}

fn take(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).with_context(|| format!("the packages have no {}", from.display()))
}
