//! Random programs (`tests/differential`) print the same in the machine's own CPython and in ours, and in MicroPython
//! what both know. A program is a number; a line of output says all that it saw. Skipped where the machine has no
//! CPython of the same minor version.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::subject::Subject;
use super::suite::{Counts, Test};
use crate::commands::bench::measure;
use crate::commands::native_python::NativePython;

/// A script and how many of its programs are run. With `--full` there are ten times as many.
struct Script {
    name: &'static str,
    programs: usize,
}

const CPYTHON: &[Script] = &[
    Script { name: "descriptors.py", programs: 2000 },
    Script { name: "raw_files.py", programs: 2000 },
    Script { name: "file_objects.py", programs: 200 },
    Script { name: "sockets.py", programs: 200 },
];

const MICROPYTHON: &[Script] = &[Script { name: "raw_files.py", programs: 2000 }];

/// Differences that are shown.
const SHOWN: usize = 3;

const FOLDER: &str = "tests/differential";

pub fn tests<'a>(
    cpython: &'a Subject<'a>,
    micropython: &'a Subject<'a>,
    full: bool,
) -> Vec<Test<'a>> {
    let named = |subject: &'a Subject<'a>, runtime: &str, script: &'static Script| {
        Test::new(format!("{} {runtime}", script.name), move || run(subject, script, full))
    };
    let cpython = CPYTHON.iter().map(|script| named(cpython, "cpython", script));
    let micropython = MICROPYTHON.iter().map(|script| named(micropython, "micropython", script));
    cpython.chain(micropython).collect()
}

fn run(subject: &Subject, script: &Script, full: bool) -> Result<Counts> {
    let folder = subject.session.root().join(FOLDER);
    let count = (script.programs * if full { 10 } else { 1 }).to_string();
    let version = crate::cpython::source_tree(subject.session.root())?.archive.version;
    let native = NativePython::find(&version)?;
    if !native.is_alike(&version) {
        // Python's own buffers differ from version to version, and so does what is seen of a file.
        return Ok(Counts { skipped: 1, ..Counts::default() });
    }

    let work = tempfile::tempdir()?;
    let mut reference = Command::new(&native.program);
    reference.arg(folder.join(script.name)).arg(work.path()).args(["0", &count]);
    let reference = measure::run(&mut reference).context("the machine's own Python")?;

    let work = tempfile::tempdir()?;
    let mut ours = subject.composectl()?;
    ours.args(["--timeout", "20m", "--net=127.0.0.1"]);
    for (path, guest) in [(folder.as_path(), "/programs:ro"), (work.path(), "/work")] {
        ours.arg("--dir").arg(mount(path, guest));
    }
    ours.arg(&subject.built()?.pylon).arg("--");
    ours.arg(format!("/programs/{}", script.name)).args(["/work", "0", &count]);
    let ours = measure::run(&mut ours).context("Python in wasm")?;
    compare(&reference, &ours)
}

fn mount(path: &Path, guest: &str) -> std::ffi::OsString {
    let mut mount = path.as_os_str().to_owned();
    mount.push("::");
    mount.push(guest);
    mount
}

/// Each line is a program that passed or failed.
fn compare(reference: &str, ours: &str) -> Result<Counts> {
    let (expected, found): (Vec<_>, Vec<_>) = (reference.lines().collect(), ours.lines().collect());
    ensure!(!expected.is_empty(), "there was no program");
    let pairs = expected.iter().enumerate().map(|(i, line)| (*line, found.get(i).copied()));
    let wrong: Vec<_> = pairs.filter(|(line, found)| *found != Some(*line)).collect();
    let output = wrong.iter().take(SHOWN).map(|(line, found)| {
        format!("native: {line}\n ours:  {}\n", found.unwrap_or("(no more lines)"))
    });
    Ok(Counts {
        passed: expected.len() - wrong.len(),
        failed: wrong.len() + found.len().saturating_sub(expected.len()),
        skipped: 0,
        output: output.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_differs_or_is_missing_fails() {
        let counts = |reference, ours| {
            let counts = compare(reference, ours).unwrap();
            (counts.passed, counts.failed)
        };
        assert_eq!(counts("a\nb\n", "a\nb\n"), (2, 0));
        assert_eq!(counts("a\nb\n", "a\nc\n"), (1, 1));
        assert_eq!(counts("a\nb\n", "a\n"), (1, 1));
        assert_eq!(counts("a\n", "a\nb\n"), (1, 1));
        assert!(compare("", "").is_err());
    }
}
