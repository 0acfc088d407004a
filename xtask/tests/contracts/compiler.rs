//! The clang that generated files are compiled with.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use xtask::commands::cache_dir;
use xtask::compile::OUR_WARNINGS;
use xtask::graph::{Context, Options, Report, Verbosity};
use xtask::toolchain::{Target, Toolchain};

use crate::checkout::repository;

pub struct Compiler {
    toolchain: Toolchain,
}

impl Compiler {
    /// The toolchain, where this machine has it: nothing is fetched for a test.
    pub fn find() -> Option<Compiler> {
        let options =
            Options { jobs: 1, dry_run: false, keep_going: false, offline: true, locked: true };
        let report = Report::new(Verbosity::Quiet, Default::default());
        let context = Context::new(repository(), &cache_dir().unwrap(), options, report).unwrap();
        match Toolchain::ensure(&context) {
            Ok(toolchain) => Some(Compiler { toolchain }),
            Err(error) => {
                eprintln!(
                    "not compiled, no toolchain here (`cargo xtask setup` makes one): {error:#}"
                );
                None
            }
        }
    }

    /// What the compiler has to say about the C files among `files`, with the flags that builds give it.
    pub fn errors(&self, files: &[PathBuf], include: &[PathBuf]) -> String {
        let (shims, bindings): (Vec<_>, Vec<_>) = files
            .iter()
            .filter(|path| path.extension().is_some_and(|end| end == "c"))
            .partition(|path| {
                let name = path.file_stem().unwrap().to_string_lossy();
                ["_dynlink", "_endpoint", "_static"].iter().any(|end| name.ends_with(end))
            });
        // As builds have it: wit-bindgen's output is not written to our warnings.
        let bindings = self.run(&bindings, &["-w"], include);
        bindings + &self.run(&shims, OUR_WARNINGS, include)
    }

    /// Types and macros in lower case of the headers that generated code includes.
    pub fn names_of_headers(&self) -> BTreeSet<String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("headers.c");
        let headers = ["stdint.h", "stdbool.h", "stddef.h", "stdlib.h", "string.h"];
        std::fs::write(&file, headers.map(|name| format!("#include <{name}>\n")).concat()).unwrap();
        let printed = |mode: &[&str]| {
            let output = self.clang().args(["-std=c11", "-E", "-P"]).args(mode).arg(&file).output();
            String::from_utf8(output.unwrap().stdout).unwrap()
        };
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let (macros, types) = (printed(&["-dM"]), printed(&[]));
        let macros = macros
            .lines()
            .filter_map(|line| line.strip_prefix("#define ")?.split(|c| !is_word(c)).next());
        let types = types.lines().filter_map(|line| {
            line.strip_prefix("typedef ")?.strip_suffix(';')?.rsplit(|c| !is_word(c)).next()
        });
        let from_a_contract = |name: &&str| {
            name.starts_with(|c: char| c.is_ascii_lowercase()) && !name.contains(char::is_uppercase)
        };
        macros.chain(types).filter(from_a_contract).map(str::to_owned).collect()
    }

    fn clang(&self) -> Command {
        let sdk = self.toolchain.root();
        let mut clang = Command::new(sdk.join("bin/clang"));
        clang
            .env("LD_LIBRARY_PATH", sdk.join("lib/host"))
            .arg(format!("--target={}", Target::Wasip2.triple()))
            .arg(format!("--sysroot={}", self.toolchain.sysroot().display()))
            .arg("-fdiagnostics-color=never");
        clang
    }

    fn run(&self, files: &[&PathBuf], flags: &[&str], include: &[PathBuf]) -> String {
        if files.is_empty() {
            return String::new();
        }
        let common = ["cpython-ext/common", "caps/common"].map(|folder| repository().join(folder));
        let mut clang = self.clang();
        clang.arg("-fsyntax-only").args(flags);
        for folder in include.iter().chain(&common) {
            clang.arg("-I").arg(folder);
        }
        let output = clang.args(files).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.success(), said.is_empty(), "{said}");
        said
    }
}
