//! Pinned Debian packages, unpacked and arranged as a WASI SDK.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::debian::{self, Pins, Role};
use crate::graph::{Artifact, Context, Inputs, Step, Work};

/// Below the SDK: shared libraries of the compiler that the machine lacks.
pub const HOST_LIBRARIES: &str = "lib/host";

/// What builds use of the LLVM packages' two hundred programs.
const PROGRAMS: &[&str] = &["clang", "lld", "llvm-ar", "llvm-nm", "llvm-objcopy", "llvm-objdump"];
const ALIASES: &[(&str, &str)] = &[
    ("clang++", "clang"),
    ("wasm-ld", "lld"),
    ("llvm-ranlib", "llvm-ar"),
    ("llvm-strip", "llvm-objcopy"),
];

/// The packages of one role, as files in one folder.
#[derive(Clone, Debug)]
pub struct Packages {
    pub pins: Pins,
    pub role: Role,
}

impl Step for Packages {
    const KIND: &'static str = "fetch";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        format!("Debian packages ({})", self.role.describe())
    }

    fn inputs(&self, _: &Context, inputs: &mut Inputs) -> Result<()> {
        self.pins.input(self.role, inputs);
        Ok(())
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        debian::fetch_packages(cx, work, &self.pins, self.role)
    }
}

/// The assembled SDK: `bin/`, `lib/`, `share/wasi-sysroot/`.
#[derive(Clone, Debug)]
pub struct Sdk {
    pub pins: Pins,
}

impl Sdk {
    fn packages(&self, cx: &Context, role: Role) -> Result<Artifact> {
        cx.ensure(&Packages { pins: self.pins.clone(), role })
    }
}

impl Step for Sdk {
    const KIND: &'static str = "assemble";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        "SDK (clang, lld, wasi-libc)".to_owned()
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        inputs.artifact("packages", &self.packages(cx, Role::Sdk)?);
        self.pins.input(Role::HostLibrary, inputs);
        Ok(())
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let unpacked = work.scratch()?.join("unpacked");
        unpack(work, &self.packages(cx, Role::Sdk)?, &unpacked)?;
        arrange(&unpacked, work.out())?;
        if !missing_libraries(work.out())?.is_empty() {
            let libraries = work.scratch()?.join("libraries");
            unpack(work, &self.packages(cx, Role::HostLibrary)?, &libraries)?;
            arrange_libraries(&libraries, &work.out().join(HOST_LIBRARIES))?;
        }
        let missing = missing_libraries(work.out())?;
        if !missing.is_empty() {
            bail!(
                "clang cannot start on this machine: {} missing\n\
                 hint: install what provides it, or set WASI_SDK_PATH to {}",
                missing.join(", "),
                super::FITTING_SDK
            );
        }
        Ok(())
    }
}

/// Unpacks them all into one folder.
pub fn unpack(work: &Work, packages: &Artifact, to: &Path) -> Result<()> {
    for package in super::walk(&packages.dir)? {
        work.process("dpkg-deb").arg("--extract").arg(&package).arg(to).run()?;
    }
    Ok(())
}

/// Moves the parts that builds need from a Debian tree to where an SDK has them. clang and lld look for their
/// libraries in `../lib` by themselves.
fn arrange(debian: &Path, sdk: &Path) -> Result<()> {
    let usr = debian.join("usr");
    let llvm = usr.join("lib/llvm-22");
    for dir in ["bin", "lib", "share/wasi-sysroot/include", "share/wasi-sysroot/lib"] {
        fs::create_dir_all(sdk.join(dir))?;
    }
    for program in PROGRAMS {
        take(&llvm.join("bin").join(program), &sdk.join("bin").join(program))?;
    }
    for (alias, program) in ALIASES {
        symlink(program, sdk.join("bin").join(alias))?;
    }
    take(&usr.join("bin/make"), &sdk.join("bin/make"))?;
    for entry in fs::read_dir(usr.join("lib/x86_64-linux-gnu"))? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            take(&entry.path(), &sdk.join("lib").join(entry.file_name()))?;
        }
    }
    take(&llvm.join("lib/clang"), &sdk.join("lib/clang"))?;
    for part in ["include", "lib"] {
        for target in ["wasm32-wasip1", "wasm32-wasip2"] {
            let to = sdk.join("share/wasi-sysroot").join(part).join(target);
            // The packages call wasip1 by its old name and link to it.
            let from = usr.join(part).join(target);
            let from = fs::canonicalize(&from)
                .with_context(|| format!("the packages have no {}", from.display()))?;
            take(&from, &to)?;
        }
    }
    Ok(())
}

fn arrange_libraries(debian: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for file in super::walk(debian)? {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.contains(".so.") {
            // Following links: each name that a program asks for becomes a file.
            fs::copy(&file, to.join(&name))
                .with_context(|| format!("cannot copy {}", file.display()))?;
        }
    }
    Ok(())
}

fn take(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).with_context(|| format!("the packages have no {}", from.display()))
}

/// The shared libraries that the SDK's programs do not find, as the dynamic linker names them.
fn missing_libraries(sdk: &Path) -> Result<Vec<String>> {
    let mut missing = Vec::new();
    for program in ["clang", "wasm-ld", "llvm-ar"] {
        let path = sdk.join("bin").join(program);
        let output = Command::new(&path)
            .arg("--version")
            .env_clear()
            .env("LD_LIBRARY_PATH", sdk.join(HOST_LIBRARIES))
            .output()
            .with_context(|| format!("cannot start {}", path.display()))?;
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            let library =
                text.split("shared libraries: ").nth(1).and_then(|rest| rest.split(':').next());
            let name = library.map_or_else(|| text.trim().to_owned(), str::to_owned);
            if !missing.contains(&name) {
                missing.push(name);
            }
        }
    }
    Ok(missing)
}
