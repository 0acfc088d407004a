//! The machine's Rust: the compiler by which xtask itself was compiled, and its standard library for wasm.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock};

use anyhow::{Context as _, Result, anyhow, bail, ensure};

use crate::graph::{Context, Inputs};

/// What caps in Rust are compiled for. Its standard library has no input and no output: what is linked of it imports
/// nothing.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// Debian's package of the target, beside its rustc.
const DEBIAN_PACKAGE: &str = "libstd-rust-dev-wasm32";

/// A Rust compiler.
#[derive(Clone, Debug)]
pub struct Rustc {
    sysroot: PathBuf,
    /// `rustc -vV`: version, commit, LLVM.
    version: String,
}

impl Rustc {
    /// The one that `rustc` is where xtask was started.
    pub fn find() -> Result<Rustc> {
        static FOUND: OnceLock<Result<Rustc, String>> = OnceLock::new();
        let found = FOUND.get_or_init(|| {
            let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
            Rustc::ask(&rustc).map_err(|error| format!("{error:#}"))
        });
        found.clone().map_err(|error| anyhow!(error))
    }

    /// The one in `bin/` of a folder.
    pub fn at(folder: &Path) -> Result<Rustc> {
        Rustc::ask(folder.join("bin/rustc").as_os_str())
    }

    fn ask(rustc: &OsStr) -> Result<Rustc> {
        let ask = |flags: &[&str]| -> Result<String> {
            let output = Command::new(rustc)
                .args(flags)
                .output()
                .with_context(|| format!("cannot start {}", rustc.display()))?;
            let errors = String::from_utf8_lossy(&output.stderr);
            ensure!(output.status.success(), "{} {}: {errors}", rustc.display(), flags.join(" "));
            Ok(String::from_utf8(output.stdout)?.trim().to_owned())
        };
        Ok(Rustc { sysroot: ask(&["--print", "sysroot"])?.into(), version: ask(&["-vV"])? })
    }

    /// The compiler itself, not a proxy that chooses one.
    pub fn rustc(&self) -> PathBuf {
        self.sysroot.join("bin/rustc")
    }

    /// The cargo beside it, else the one that started xtask.
    pub fn cargo(&self) -> PathBuf {
        let beside = self.sysroot.join("bin/cargo");
        let other = || std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()).into();
        if beside.is_file() { beside } else { other() }
    }

    /// Declares it as an input of a step. It is known by what it says; a standard library by the names of its files, in which
    /// there are digests.
    pub fn input(&self, inputs: &mut Inputs) {
        inputs.text("rustc", &self.version);
        inputs.list("std", self.standard_library());
    }

    /// Where the sources of the standard library are if they are installed, and what stands for it where they are not.
    pub fn sources(&self) -> (PathBuf, String) {
        let commit = self.version.lines().find_map(|line| line.strip_prefix("commit-hash: "));
        let virtual_path = format!("/rustc/{}", commit.unwrap_or("unknown"));
        (self.sysroot.join("lib/rustlib/src/rust"), virtual_path)
    }

    /// The names of the target's libraries, sorted; none where it is not installed.
    fn standard_library(&self) -> Vec<String> {
        let folder = self.sysroot.join("lib/rustlib").join(TARGET).join("lib");
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let mut names: Vec<_> = names.filter(|name| name.ends_with(".rlib")).collect();
        names.sort();
        names
    }

    /// Whether it can compile for [`TARGET`].
    pub fn has_target(&self) -> bool {
        self.standard_library().iter().any(|name| name.starts_with("libstd-"))
    }

    /// Has rustup add the target if it is not there.
    ///
    /// Fails where rustup is not what installed this compiler, or is not to use the network.
    pub fn ensure_target(&self, cx: &Context) -> Result<()> {
        static ADDING: Mutex<()> = Mutex::new(());
        let _adding = ADDING.lock().expect("invariant: no panic while it is held");
        if self.has_target() || cx.options().dry_run {
            return Ok(());
        }
        let Some(toolchain) = self.toolchain_of_rustup() else { bail!("{}", self.lacks_target()) };
        if cx.options().offline {
            bail!(
                "--offline is given, and {}\nhint: run the same command once without --offline",
                self.lacks_target()
            );
        }
        cx.report().note(&format!("rustup adds the target {TARGET} to its toolchain {toolchain}"));
        let output = Command::new("rustup")
            .args(["target", "add", TARGET, "--toolchain", toolchain])
            .output()
            .context("cannot start rustup")
            .with_context(|| self.lacks_target())?;
        if !output.status.success() || !self.has_target() {
            let errors = String::from_utf8_lossy(&output.stderr);
            bail!("{}\nrustup target add {TARGET}:\n{errors}", self.lacks_target());
        }
        Ok(())
    }

    /// Whether rustup installed it, which can add the target then.
    pub fn is_of_rustup(&self) -> bool {
        self.toolchain_of_rustup().is_some()
    }

    /// What rustup calls the toolchain, if it is one of rustup's: `toolchains/<name>` in its folder.
    fn toolchain_of_rustup(&self) -> Option<&str> {
        let folder = self.sysroot.parent().and_then(Path::file_name);
        folder.filter(|folder| *folder == "toolchains")?;
        self.sysroot.file_name()?.to_str()
    }

    /// That the target is missing, and the ways to get it.
    pub fn lacks_target(&self) -> String {
        format!(
            "the Rust in {} has no {TARGET}, for which caps in Rust are compiled\n\
             hint: with rustup, run `rustup target add {TARGET}`; with Debian's rustc, install {DEBIAN_PACKAGE}; or leave \
             the caps in Rust out, by WITH_<CAP>=0",
            self.sysroot.display()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{Options, Report};

    fn rustc(sysroot: &Path) -> Rustc {
        Rustc { sysroot: sysroot.to_owned(), version: "rustc 1.95.0\ncommit-hash: abc".to_owned() }
    }

    #[test]
    fn a_target_is_there_when_its_standard_library_is() {
        let folder = tempfile::tempdir().unwrap();
        let rustc = rustc(folder.path());
        assert!(!rustc.has_target());
        let lib = folder.path().join("lib/rustlib").join(TARGET).join("lib");
        fs::create_dir_all(&lib).unwrap();
        fs::write(lib.join("libcore-0123.rlib"), "").unwrap();
        assert!(!rustc.has_target());
        fs::write(lib.join("libstd-4567.rlib"), "").unwrap();
        assert!(rustc.has_target());
        assert_eq!(rustc.standard_library(), ["libcore-0123.rlib", "libstd-4567.rlib"]);
    }

    #[test]
    fn without_the_target_the_error_names_every_way_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let options = Options { jobs: 1, ..Options::default() };
        let report = Report::new(Default::default(), Default::default());
        let cx =
            Context::new(folder.path(), &folder.path().join("cache"), options, report).unwrap();
        let error = rustc(&folder.path().join("usr")).ensure_target(&cx).unwrap_err().to_string();
        for way in ["rustup target add", DEBIAN_PACKAGE, "WITH_<CAP>=0"] {
            assert!(error.contains(way), "{error}");
        }
    }

    #[test]
    fn rustup_is_asked_for_its_own_toolchains_only() {
        let of = |path: &str| rustc(Path::new(path)).toolchain_of_rustup().map(str::to_owned);
        assert_eq!(of("/x/.rustup/toolchains/stable-x86_64"), Some("stable-x86_64".to_owned()));
        assert_eq!(of("/usr"), None);
    }
}
