//! A cap whose contract has everything that a generated module maps, in a copy of the checkout with `tests/mapping` over it:
//! called from Python, linked in every mode and loaded, from MicroPython, and its stub as a type checker reads it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::micropython::{in_component, on_engine};
use super::{Ended, callbacks, copied};
use crate::commands::copy::Checkout;
use crate::commands::native_python::NativePython;
use crate::commands::test::micropython::engine::Engine;
use crate::commands::test::subject::Subject;
use crate::commands::test::suite::{Counts, Test};

const FOLDER: &str = "tests/mapping";

/// Flags of `compose`, and what the tests are told. The last one has no module of it, which is made at run time.
const MODES: &[(&[&str], &[&str])] = &[
    (&[], &["embed"]),
    (&["--no-fuse"], &["embed"]),
    (&["--link", "probe-mapping=dynlink"], &["dynlink"]),
    (&["--link", "probe-mapping=static"], &["static"]),
    (&["--profile", "dynlink", "WITH_PROBE_MAPPING=0"], &["dynlink", "load"]),
];

const LEAN_MICROPYTHON: &[&str] =
    &["--runtime", "micropython", "--profile", "lean", "WITH_PROBE_MAPPING=1"];

/// The type checker and what it needs.
const CHECKER: &[&str] = &["mypy==1.15.0", "mypy_extensions==1.1.0", "typing_extensions==4.15.0"];

pub fn tests<'a>(subject: &'a Subject<'a>, full: bool) -> Vec<Test<'a>> {
    let mut tests = vec![
        Test::new("what Python makes of a contract", move || mapping(subject)),
        Test::simple("what MicroPython makes of a contract", move || micropython(subject)),
    ];
    if full {
        tests.push(Test::simple("stubs of generated modules", move || stubs(subject)));
    }
    tests
}

fn mapping(subject: &Subject) -> Result<Counts> {
    let copy = copied::with_caps(subject, &[FOLDER])?;
    let mut counts = Counts::default();
    Ended::of(&mut copy.xtask(&["dynlink", "probe-mapping", "--quiet"]))?.succeeded()?;
    for (flags, mode) in MODES {
        copy.compose(flags)?;
        let ended = suite(subject, &copy, mode).with_context(|| format!("{flags:?}"));
        counts.add(&ended?);
    }
    Ok(counts)
}

/// The same for MicroPython, as an image and as a component.
fn micropython(subject: &Subject) -> Result<()> {
    let copy = copied::with_caps(subject, &[FOLDER])?;
    let program = ["-X", "heapmax=1m", "mp_mapping.py"];
    let image = copied::small_image(&copy)?;
    for engine in [Engine::wamr(subject.session)?, Engine::composectl(subject.session)?] {
        on_engine(&copy.root(), &engine, &image, &program)?;
    }
    copy.compose(LEAN_MICROPYTHON)?;
    in_component(&copy, &program)
}

fn suite(subject: &Subject, copy: &Checkout, mode: &[&str]) -> Result<Counts> {
    let folder = subject.session.root().join(FOLDER);
    let program = [&["test_mapping.py"], mode].concat();
    copied::suite(subject, copy, &["--max-memory", "128M"], &folder, &program)
}

/// Every stub is one without a fault, and a program that uses one has those that it says.
fn stubs(subject: &Subject) -> Result<()> {
    let root = subject.session.root();
    let native = NativePython::find(&subject.python()?.version)?;
    // The stub of what calls back has who answers.
    let copy = copied::with_caps(subject, &[FOLDER, callbacks::FOLDER])?;
    let packages = copy.scratch().join("packages");
    for package in CHECKER {
        native.install(package, &packages)?;
    }
    let checker = |files: &[PathBuf]| -> Result<std::process::Output> {
        let mut command = Command::new(&native.program);
        command.env("PYTHONPATH", &packages).current_dir(copy.scratch());
        let stubs = ["cpython-ext/_probe_mapping_cap/gen", "runtimes/cpython/lib"];
        let stubs = stubs.map(|folder| copy.root().join(folder));
        command.env("MYPYPATH", std::env::join_paths(stubs)?);
        command.args(["-m", "mypy", "--strict", "--python-version", "3.13", "--no-pretty"]);
        Ok(command.args(files).output()?)
    };
    let mut stubs = all_stubs(&copy.root().join("cpython-ext"))?;
    stubs.push(copy.root().join("runtimes/cpython/lib/pylon.pyi"));
    ensure!(stubs.len() > 1, "only {stubs:?}");
    let said = checker(&stubs)?;
    ensure!(said.status.success(), "{}", String::from_utf8_lossy(&said.stdout));

    let uses = root.join(FOLDER).join("uses.py");
    let said = checker(std::slice::from_ref(&uses))?;
    let said = String::from_utf8(said.stdout)?;
    let expected = expected_faults(&fs::read_to_string(&uses)?);
    ensure!(faults(&said) == expected, "expected {expected:?}, but:\n{said}");
    Ok(())
}

fn all_stubs(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut stubs = Vec::new();
    for extension in fs::read_dir(folder)? {
        for file in fs::read_dir(extension?.path().join("gen")).into_iter().flatten() {
            let file = file?.path();
            stubs.extend(file.extension().is_some_and(|end| end == "pyi").then_some(file));
        }
    }
    stubs.sort();
    Ok(stubs)
}

/// Lines and kinds of the faults that a program says of itself: `# wrong: [kind]`.
fn expected_faults(program: &str) -> BTreeSet<(usize, String)> {
    let kind = |line: &str| Some(line.split_once("# wrong: ")?.1.to_owned());
    let lines = program.lines().enumerate().filter(|(i, _)| *i > 0);
    lines.filter_map(|(i, line)| Some((i + 1, kind(line)?))).collect()
}

/// Those that the type checker says: `uses.py:11: error: ..  [kind]`.
fn faults(said: &str) -> BTreeSet<(usize, String)> {
    let fault = |line: &str| {
        let (place, text) = line.split_once(": error: ")?;
        let number = place.rsplit(':').next()?.parse().ok()?;
        Some((number, text[text.rfind('[')?..].to_owned()))
    };
    said.lines().filter_map(fault).collect()
}
