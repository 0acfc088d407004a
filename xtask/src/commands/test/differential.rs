//! What prints the same in the machine's own CPython and in ours. Skipped where the machine has no CPython of the same
//! minor version.
//!
//! * Random programs (`tests/differential`), also in MicroPython what both know. A program is a number; a line of output
//!   says all that it saw.
//! * Tables of calls of a module (`tests/differential.toml` of an extension, whose form `tests/differential/table.py`
//!   tells), which the machine's CPython makes of the standard library or of a PyPI package.
//! * What a program sees of its options (`options.rs`).
//! * Random programs of DuckDB's API, which its PyPI package runs; with `--full` the questions of TPC-H, which both answer.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use camino::{Utf8Path, Utf8PathBuf};

use super::options;
use super::subject::Subject;
use super::suite::{Counts, Test};
use crate::commands::bench::measure;
use crate::commands::native_python::NativePython;

/// A script and how many of its programs are run. With `--full` there are ten times as many.
struct Script {
    name: &'static str,
    programs: usize,
    /// Packages of PyPI that the native programs import, in place of a module of the machine's or because that package wants them.
    packages: &'static [&'static str],
}

impl Script {
    const fn new(name: &'static str, programs: usize) -> Script {
        Script { name, programs, packages: &[] }
    }
}

const CPYTHON: &[Script] = &[
    Script::new("descriptors.py", 2000),
    Script::new("raw_files.py", 2000),
    Script::new("file_objects.py", 200),
    Script::new("sockets.py", 200),
    Script { packages: &["pysqlite3==0.6.1"], ..Script::new("sqlite_scripts.py", 500) },
];

const DUCKDB: Script = Script {
    packages: &["duckdb==2.0.0", "pytz==2026.6", "numpy==2.5.5"],
    ..Script::new("duckdb_scripts.py", 60)
};

const MICROPYTHON: &[Script] = &[Script::new("raw_files.py", 2000)];

/// Differences that are shown.
const SHOWN: usize = 3;

pub(super) const FOLDER: &str = "tests/differential";

/// Makes the calls of a table.
const CALLER: &str = "table.py";

/// Where an extension has its table.
const TABLE: &str = "tests/differential.toml";

pub(super) const SKIPPED: Counts =
    Counts { passed: 0, failed: 0, skipped: 1, output: String::new() };

pub fn tests<'a>(
    cpython: &'a Subject<'a>,
    micropython: &'a Subject<'a>,
    full: bool,
) -> Vec<Test<'a>> {
    let named = |subject: &'a Subject<'a>, runtime: &str, script: &'static Script| {
        Test::new(format!("{} {runtime}", script.name), move || run(subject, script, full))
    };
    let options = options::test(cpython);
    let cpython = CPYTHON.iter().map(|script| named(cpython, "cpython", script));
    let micropython = MICROPYTHON.iter().map(|script| named(micropython, "micropython", script));
    cpython.chain(micropython).chain([options]).collect()
}

/// A table for each extension that has one, in this subject's linkage.
pub fn tables<'a>(subject: &'a Subject<'a>) -> Result<Vec<Test<'a>>> {
    let root = subject.session.root();
    let tables = subject.extensions()?.into_iter().map(|extension| extension.dir.join(TABLE));
    let tables = tables.filter(|table| root.join(table).is_file());
    let named = |table: Utf8PathBuf| {
        Test::new(format!("{table}{}", subject.variant()), move || compare_table(subject, &table))
    };
    Ok(tables.map(named).collect())
}

fn compare_table(subject: &Subject, table: &Utf8Path) -> Result<Counts> {
    let root = subject.session.root();
    let path = root.join(table);
    let Some(native) = alike(subject)? else { return Ok(SKIPPED) };
    let packages = tempfile::tempdir()?;
    for package in packages_of(&path)? {
        native.install(&package, packages.path())?;
    }
    let mut reference = Command::new(&native.program);
    reference.arg(root.join(FOLDER).join(CALLER)).arg(&path);
    reference.env("PYTHONPATH", packages.path());
    let reference = measure::run(&mut reference).context("the machine's own Python")?;

    let folder = path.parent().context("a table is in a folder")?;
    let mut ours = subject.composectl()?;
    ours.args(["--timeout", "10m", "--dir"]).arg(mount(&root.join(FOLDER), "/programs:ro"));
    ours.arg("--dir").arg(mount(folder, "/tables:ro")).arg(&subject.built()?.pylon).arg("--");
    ours.arg(format!("/programs/{CALLER}")).arg("/tables/differential.toml");
    let ours = measure::run(&mut ours).context("Python in wasm")?;
    compare(&reference, &ours)
}

/// Makes the data of TPC-H, at scale factor 0.1.
const TPCH_DATA: &str = "tpchgen-cli==4.0.0";

/// Random programs of DuckDB's API, and with `--full` the questions of TPC-H over Parquet files, if the subject has DuckDB.
pub fn duckdb<'a>(subject: &'a Subject<'a>, full: bool) -> Result<Vec<Test<'a>>> {
    let extensions = subject.extensions()?;
    let Some(duckdb) = extensions.iter().find(|extension| extension.name == "duckdb") else {
        return Ok(Vec::new());
    };
    let table = subject.session.root().join(duckdb.dir.join(TABLE));
    let mut tests = vec![Test::new(DUCKDB.name, move || run(subject, &DUCKDB, full))];
    if full {
        tests.push(Test::new("the questions of TPC-H", move || answer_tpch(subject, &table)));
    }
    Ok(tests)
}

fn answer_tpch(subject: &Subject, table: &Path) -> Result<Counts> {
    let Some(native) = alike(subject)? else { return Ok(SKIPPED) };
    let folder = tempfile::tempdir()?;
    let [packages, data] = ["packages", "data"].map(|name| folder.path().join(name));
    for package in packages_of(table)?.iter().map(String::as_str).chain([TPCH_DATA]) {
        native.install(package, &packages)?;
    }
    let mut generate = Command::new(packages.join("bin/tpchgen-cli"));
    generate.args(["parquet", "--scale-factor", "0.1", "--output-dir"]).arg(&data);
    measure::run(&mut generate).context("the generator of TPC-H's data")?;

    let scripts = table.parent().context("a table is in a folder")?.to_path_buf();
    let mut reference = Command::new(&native.program);
    reference.env("PYTHONPATH", &packages).arg(scripts.join("duckdb_tpch.py")).arg(&data);
    let reference = measure::run(&mut reference).context("the machine's own Python")?;
    let mut ours = subject.composectl()?;
    ours.args(["--timeout", "20m", "--dir"]).arg(mount(&scripts, "/programs:ro"));
    ours.arg("--dir").arg(mount(&data, "/tpch:ro")).arg(&subject.built()?.pylon);
    ours.args(["--", "/programs/duckdb_tpch.py", "/tpch"]);
    compare(&reference, &measure::run(&mut ours).context("Python in wasm")?)
}

/// The PyPI package that a table is compared with, and those that it needs.
fn packages_of(table: &Path) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(table)?;
    let table: toml_edit::DocumentMut =
        text.parse().with_context(|| table.display().to_string())?;
    let package = table.get("package").and_then(|package| package.as_str());
    let needs = table.get("needs").and_then(|needs| needs.as_array());
    let needs = needs.into_iter().flatten().filter_map(|package| package.as_str());
    Ok(package.into_iter().chain(needs).map(str::to_owned).collect())
}

fn run(subject: &Subject, script: &Script, full: bool) -> Result<Counts> {
    let folder = subject.session.root().join(FOLDER);
    let count = (script.programs * if full { 10 } else { 1 }).to_string();
    let Some(native) = alike(subject)? else { return Ok(SKIPPED) };

    let packages = tempfile::tempdir()?;
    for package in script.packages {
        native.install(package, packages.path())?;
    }
    let work = tempfile::tempdir()?;
    let mut reference = Command::new(&native.program);
    reference.env("PYTHONPATH", packages.path());
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

/// The machine's CPython, if it is of the version that ours is: buffers of files and errors differ from minor version to
/// minor version.
pub(super) fn alike(subject: &Subject) -> Result<Option<NativePython>> {
    let version = subject.python()?.version;
    let native = NativePython::find(&version)?;
    Ok(native.is_alike(&version).then_some(native))
}

pub(super) fn mount(path: &Path, guest: &str) -> std::ffi::OsString {
    let mut mount = path.as_os_str().to_owned();
    mount.push("::");
    mount.push(guest);
    mount
}

/// Each line is a program that passed or failed.
pub(super) fn compare(reference: &str, ours: &str) -> Result<Counts> {
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
