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

const MODES: &[&str] = &["delete", "truncate", "persist", "wal"];

/// `full`: at 200 moments.
pub fn test<'a>(subject: &'a Subject<'a>, full: bool) -> Test<'a> {
    let kills = if full { 50 } else { 6 };
    Test::simple("what was committed to a database outlives a kill", move || {
        let bench = Bench::new(subject)?;
        MODES.iter().try_for_each(|mode| killed(&bench, mode, kills))
    })
}

/// Kills a program as often, over the same database, at moments that differ.
fn killed(bench: &Bench, mode: &str, kills: u64) -> Result<()> {
    let data = bench.path(&format!("data-{mode}"));
    fs::create_dir(&data)?;
    let mount = format!("{}::/data", data.display());
    let pylon = &bench.subject.built()?.pylon;
    let scripts = bench.subject.session.root().join("tests/end-to-end");
    for kill in 0..kills {
        let mut command = bench.subject.composectl()?;
        command.args(["--dir", &format!("{}::/tests:ro", scripts.display()), "--dir", &mount]);
        command.arg(pylon).args(["--", "/tests/sqlite_writes.py", mode]);
        let mut child = command.stdout(Stdio::piped()).spawn().context("starting the writer")?;
        let mut lines =
            BufReader::new(child.stdout.take().expect("invariant: it is piped")).lines();
        let begun = lines.next().context("the writer has not begun")??;
        thread::sleep(Duration::from_millis(kill * 37 % 150));
        child.kill()?;
        child.wait()?;
        let told = lines.last().transpose()?.unwrap_or(begun);
        let told: u64 = told.parse().with_context(|| format!("the writer said {told:?}"))?;
        let found = bench.script_of(pylon, "sqlite_is_whole.py", &["--dir", &mount])?;
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
