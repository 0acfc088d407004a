//! Programs that are killed over a database: what was committed is there, and nobody has left a lock.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use super::super::subject::Subject;
use super::super::suite::Test;
use super::Bench;

/// A program in `tests/end-to-end` that commits 20 rows at a time, and one that counts them.
struct Database {
    name: &'static str,
    writes: &'static str,
    is_whole: &'static str,
    /// How the database keeps what is not committed: the program's argument.
    modes: &'static [&'static str],
    /// The longest time that the program may write, in milliseconds.
    longest: u64,
}

const SQLITE: Database = Database {
    name: "sqlite",
    writes: "/tests/sqlite_writes.py",
    is_whole: "sqlite_is_whole.py",
    modes: &["delete", "truncate", "persist", "wal"],
    longest: 150,
};

const DUCKDB: Database = Database {
    name: "duckdb",
    writes: "/tests/duckdb_writes.py",
    is_whole: "duckdb_is_whole.py",
    modes: &["often", "seldom", "never"],
    longest: 400,
};

/// `full`: at 200 moments, and 102.
pub fn tests<'a>(
    subject: &'a Subject,
    dynlinked: &'a Subject,
    full: bool,
) -> Result<Vec<Test<'a>>> {
    let mut tests = vec![test(subject, &SQLITE, if full { 50 } else { 6 })];
    // It is left out where it is not wanted.
    if dynlinked.extensions()?.iter().any(|extension| extension.name == DUCKDB.name) {
        tests.push(test(dynlinked, &DUCKDB, if full { 34 } else { 2 }));
    }
    Ok(tests)
}

fn test<'a>(subject: &'a Subject, database: &'static Database, kills: u64) -> Test<'a> {
    let name = format!("what was committed to {} outlives a kill", database.name);
    Test::simple(name, move || {
        let bench = Bench::new(subject)?;
        database.modes.iter().try_for_each(|mode| killed(&bench, database, mode, kills))
    })
}

/// Kills a program as often, over the same database, at moments that differ.
fn killed(bench: &Bench, database: &Database, mode: &str, kills: u64) -> Result<()> {
    let data = bench.path(&format!("data-{mode}"));
    fs::create_dir(&data)?;
    let mount = format!("{}::/data", data.display());
    let pylon = &bench.subject.built()?.pylon;
    let scripts = bench.subject.session.root().join("tests/end-to-end");
    for kill in 0..kills {
        let mut command = bench.subject.composectl()?;
        command.args(["--dir", &format!("{}::/tests:ro", scripts.display()), "--dir", &mount]);
        command.arg(pylon).args(["--", database.writes, mode]);
        let mut child = command.stdout(Stdio::piped()).spawn().context("starting the writer")?;
        let mut lines =
            BufReader::new(child.stdout.take().expect("invariant: it is piped")).lines();
        let begun = lines.next().context("the writer has not begun")??;
        thread::sleep(Duration::from_millis(kill * 37 % database.longest));
        child.kill()?;
        child.wait()?;
        let told = lines.last().transpose()?.unwrap_or(begun);
        let told: u64 = told.parse().with_context(|| format!("the writer said {told:?}"))?;
        let found = bench.script_of(pylon, database.is_whole, &["--dir", &mount])?;
        let count = found.succeeded()?.trim().parse::<u64>();
        let count = count.with_context(|| format!("{mode}, kill {kill}: {}", found.all()))?;
        // A commit may be done and not told of.
        ensure!(
            count == told || count == told + 20,
            "{mode}, kill {kill}: {told} rows were committed, and there are {count}"
        );
    }
    Ok(())
}
