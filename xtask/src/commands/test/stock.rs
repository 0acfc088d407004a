//! pylon.wasm in an engine that is not ours: the wasmtime of PyPI, which has wasmtime's own files, clocks and waits
//! where composectl has some of its own. With `--full`, since pip fetches it.

use std::process::Command;

use anyhow::{Context as _, Result};

use super::programs;
use super::subject::Subject;
use super::suite::{Counts, Test};
use crate::commands::bench::measure;
use crate::commands::native_python::NativePython;

const ENGINE: &str = "wasmtime==48.0.0";

/// Programs of `runtimes/cpython/tests` that ask for no network and no deep stack, which that engine cannot give.
const PROGRAMS: &[&str] = &["test_files.py", "test_waits.py"];

pub fn tests<'a>(subject: &'a Subject<'a>, full: bool) -> Vec<Test<'a>> {
    let programs = if full { PROGRAMS } else { &[] };
    programs.iter().map(|name| Test::new(*name, move || run(subject, name))).collect()
}

fn run(subject: &Subject, name: &str) -> Result<Counts> {
    let root = subject.session.root();
    let version = crate::cpython::source_tree(root)?.archive.version;
    let native = NativePython::find(&version)?;
    let packages = tempfile::tempdir()?;
    let mut install = Command::new(&native.program);
    install.args(["-m", "pip", "install", "--quiet", "--no-deps", "--target"]);
    measure::run(install.arg(packages.path()).arg(ENGINE)).context("cannot fetch wasmtime")?;

    let work = tempfile::tempdir()?;
    let mut command = Command::new(&native.program);
    command.env("PYTHONPATH", packages.path());
    command.arg(root.join("tests/stock/run.py")).arg(&subject.built()?.pylon);
    command.arg(format!("{}::/tests:ro", root.join("runtimes/cpython/tests").display()));
    command.arg(format!("{}::/data", work.path().display()));
    programs::verdict(&command.arg("--").arg(format!("/tests/{name}")).output()?)
}
