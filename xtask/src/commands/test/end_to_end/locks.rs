//! Processes that write to one database at once, in composectl and natively: nothing is lost, and nobody stays locked out. And a
//! database that may only be read.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use super::super::subject::Subject;
use super::super::suite::Test;
use super::{Bench, Ended};
use crate::commands::native_python::NativePython;

const SCRIPT: &str = "sqlite_shares.py";
const TRANSACTIONS: &str = "15";

const READ_ONLY: &str = "SQLITE_READONLY attempt to write a readonly database\n";

pub fn tests<'a>(subject: &'a Subject<'a>) -> Vec<Test<'a>> {
    let shared = move || {
        let bench = Bench::new(subject)?;
        let native = native_python(&bench)?;
        together(&bench, &native)?;
        after_kills(&bench, &native)
    };
    vec![
        Test::simple("processes share a database, native ones too", shared),
        Test::simple("a database that may only be read", move || read_only(&Bench::new(subject)?)),
    ]
}

fn native_python(bench: &Bench) -> Result<NativePython> {
    let version = bench.subject.python()?.version;
    NativePython::find(&version)
}

fn read_only(bench: &Bench) -> Result<()> {
    let database = bench.path("a.db");
    Ended::of(&mut natively(bench, &native_python(bench)?, &database, "2"))?.succeeded()?;
    let mount = format!("{}::/data:ro", bench.folder.path().display());
    let pylon = &bench.subject.built()?.pylon;
    let found = bench.script_of(pylon, "sqlite_reads.py", &["--dir", &mount])?;
    let cannot_open = "SQLITE_CANTOPEN unable to open database file\n";
    let expected = format!("20\n{}{cannot_open}", READ_ONLY.repeat(4));
    ensure!(found.succeeded()? == expected, "{}", found.all());
    Ok(())
}

/// Two in composectl and one native write at once.
fn together(bench: &Bench, native: &NativePython) -> Result<()> {
    let database = bench.path("together.db");
    let mut writers = Vec::new();
    for _ in 0..2 {
        writers.push(start(&mut in_composectl(bench, "together.db", TRANSACTIONS)?)?);
    }
    writers.push(start(&mut natively(bench, native, &database, TRANSACTIONS))?);
    for writer in writers {
        let output = writer.wait_with_output()?;
        Ended::new("a writer".into(), output).succeeded()?;
    }
    let found = Ended::of(&mut natively(bench, native, &database, "0"))?;
    let found = found.succeeded()?.trim();
    ensure!(found == "45", "45 transactions were committed, and {found} are there");
    Ok(())
}

/// A native writer goes on at once where one in composectl was killed.
fn after_kills(bench: &Bench, native: &NativePython) -> Result<()> {
    let database = bench.path("kills.db");
    for kill in 0..4 {
        let mut writer = start(&mut in_composectl(bench, "kills.db", "1000000")?)?;
        while !database.exists() {
            ensure!(writer.try_wait()?.is_none(), "the writer ended before it was killed");
            thread::sleep(Duration::from_millis(10));
        }
        thread::sleep(Duration::from_millis(100 + kill * 37));
        writer.kill()?;
        writer.wait()?;
        Ended::of(&mut natively(bench, native, &database, "2"))?.succeeded()?;
    }
    Ok(())
}

fn start(command: &mut Command) -> Result<Child> {
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().context("starting a writer")
}

fn in_composectl(bench: &Bench, database: &str, transactions: &str) -> Result<Command> {
    let scripts = bench.subject.session.root().join("tests/end-to-end");
    let mut command = bench.subject.composectl()?;
    command.args(["--dir", &format!("{}::/tests:ro", scripts.display())]);
    command.args(["--dir", &format!("{}::/data", bench.folder.path().display())]);
    command.arg(&bench.subject.built()?.pylon);
    command.args(["--", &format!("/tests/{SCRIPT}"), &format!("/data/{database}"), transactions]);
    Ok(command)
}

fn natively(bench: &Bench, native: &NativePython, database: &Path, transactions: &str) -> Command {
    let script = bench.subject.session.root().join("tests/end-to-end").join(SCRIPT);
    let mut command = Command::new(&native.program);
    command.arg(script).arg(database).arg(transactions);
    command
}
