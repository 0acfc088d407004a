//! What a program in pylon.wasm can reach with each kind of grant, and what ends it beyond each bound: `tests/audit`
//! tries. An attempt that succeeds without a grant that gives it fails, whatever the page says; the page,
//! `docs/reference/audit.md`, has the tables as they were last found.

mod playground;
mod tables;

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::page::Page;
use super::subject::Subject;
use super::suite::Test;
use crate::commands::Session;
use playground::{MACHINE_SECRET, Playground};

const PROGRAMS: &str = "tests/audit";

/// A kind of grant: what it is called by the attempts and in the table, and its flags.
struct Grant {
    name: &'static str,
    title: &'static str,
    flags: &'static [&'static str],
}

const GRANTS: &[Grant] = &[
    Grant { name: "nothing", title: "nothing", flags: &[] },
    Grant { name: "dir", title: "`--dir FOLDER`", flags: &["--dir", "FOLDER"] },
    Grant { name: "ro", title: "`--dir FOLDER:ro`", flags: &["--dir", "FOLDER:ro"] },
    Grant { name: "root", title: "`--dir /`", flags: &["--dir", "/"] },
    Grant { name: "proc", title: "`--system-dir /proc`", flags: &["--system-dir", "/proc"] },
    Grant { name: "env", title: "`--env NAME=VALUE`", flags: &["--env", "NAMED=named"] },
    Grant { name: "inherit", title: "`--inherit-env`", flags: &["--inherit-env"] },
    Grant { name: "net-list", title: "`--net=ADDR:PORT`", flags: &["--net=127.0.0.1:LISTED"] },
    Grant { name: "net", title: "`--net`", flags: &["--net"] },
    Grant { name: "plan", title: "`--plan PLAN`", flags: &["--plan", "PLAN", "--store", "STORE"] },
    Grant { name: "all", title: "`--allow-all`", flags: &["--allow-all"] },
];

/// What an attempt says of itself.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Attempt {
    subject: String,
    title: String,
    given_by: Vec<String>,
    outcome: String,
}

impl Attempt {
    fn succeeded(&self) -> bool {
        self.outcome == "yes"
    }
}

/// A way to go on beyond a bound: the attempt's name, its title, the flags, and how it ends.
struct Bound {
    attempt: &'static str,
    title: &'static str,
    flags: &'static [&'static str],
    ends: Ends,
}

/// How a program ends at a bound.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Ends {
    /// composectl ends it.
    Ended,
    /// It gets no more memory, and goes on.
    MemoryError,
}

impl Ends {
    fn told(self) -> &'static str {
        match self {
            Ends::Ended => "ended, exit code 124",
            Ends::MemoryError => "MemoryError",
        }
    }
}

const TIMEOUT: &[&str] = &["--timeout", "300ms"];
const MEMORY: &[&str] = &["--max-memory", "128M"];

const BOUNDS: &[Bound] = &[
    Bound { attempt: "spin", title: "compute for ever", flags: TIMEOUT, ends: Ends::Ended },
    Bound {
        attempt: "catch",
        title: "catch whatever is raised",
        flags: TIMEOUT,
        ends: Ends::Ended,
    },
    Bound { attempt: "search", title: "compute for ever in C", flags: TIMEOUT, ends: Ends::Ended },
    Bound { attempt: "sleep", title: "sleep", flags: TIMEOUT, ends: Ends::Ended },
    Bound { attempt: "read", title: "wait for input", flags: TIMEOUT, ends: Ends::Ended },
    Bound {
        attempt: "write",
        title: "write where nobody reads",
        flags: TIMEOUT,
        ends: Ends::Ended,
    },
    Bound {
        attempt: "allocate",
        title: "a block of 1 GiB",
        flags: MEMORY,
        ends: Ends::MemoryError,
    },
    Bound {
        attempt: "collect",
        title: "blocks of 1 MiB for ever",
        flags: MEMORY,
        ends: Ends::MemoryError,
    },
    Bound { attempt: "text", title: "a text of 1 GiB", flags: MEMORY, ends: Ends::MemoryError },
    Bound {
        attempt: "compute",
        title: "a number of 1 GiB",
        flags: MEMORY,
        ends: Ends::MemoryError,
    },
];

/// Beyond any bound above, on any machine.
const FOR_EVER: Duration = Duration::from_secs(60);

/// `dynlinked`: its caps are resolved at run time, so that they, too, have to be granted.
pub fn tests<'a>(dynlinked: &'a Subject<'a>) -> Vec<Test<'a>> {
    vec![
        Test::simple("what a program reaches is what it was granted", move || {
            page(dynlinked.session).check("grants", &tables::of_grants(&reached(dynlinked)?)?)
        }),
        Test::simple("bounds end a program or what it asks for", move || {
            page(dynlinked.session).check("bounds", &tables::of_bounds(&bounded(dynlinked)?)?)
        }),
    ]
}

/// `cargo xtask test --audit`: prints the tables.
pub fn run(dynlinked: &Subject) -> Result<()> {
    let (reached, bounded) = (reached(dynlinked)?, bounded(dynlinked)?);
    let grants = tables::of_grants(&reached)?;
    let bounds = tables::of_bounds(&bounded)?;
    let with_grant = |(grant, attempts): &(&Grant, Vec<Attempt>)| json!({ "flags": grant.flags, "attempts": attempts });
    let with_bound = |(bound, outcome): &(&Bound, String)| json!({ "flags": bound.flags, "attempt": bound.attempt, "outcome": outcome });
    let json = json!({
        "grants": reached.iter().map(with_grant).collect::<Vec<_>>(),
        "bounds": bounded.iter().map(with_bound).collect::<Vec<_>>(),
    });
    let session = dynlinked.session;
    session.result(json, &format!("{grants}\n{bounds}"))?;
    page(session).check("grants", &grants)?;
    page(session).check("bounds", &bounds)
}

fn page(session: &Session) -> Page {
    Page::new(session.root().join("docs/reference/audit.md"), "test --audit")
}

/// Each kind of grant with what the attempts found.
fn reached(dynlinked: &Subject) -> Result<Vec<(&'static Grant, Vec<Attempt>)>> {
    let program = program(dynlinked, "grants.py")?;
    let of = |grant: &'static Grant| -> Result<_> {
        let playground = Playground::new(dynlinked)?;
        let mut command = Command::new(&dynlinked.built()?.composectl);
        command.arg("run").args(grant.flags.iter().map(|flag| playground.filled_in(flag)));
        command.env("AUDIT_SECRET", MACHINE_SECRET).arg(&dynlinked.built()?.pylon);
        command.args(["--", "-c", &program, &playground.parameters()]);
        let output = command.output().context("cannot start composectl")?;
        let text = String::from_utf8_lossy(&output.stdout);
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success(),
            "{}: it ended with {}: {said}",
            grant.title,
            output.status
        );
        let attempts = text.lines().map(serde_json::from_str);
        let attempts: Vec<Attempt> = attempts.collect::<Result<_, _>>()?;
        Ok((grant, attempts))
    };
    GRANTS.iter().map(of).collect()
}

/// How each attempt to go on beyond a bound ended.
fn bounded(dynlinked: &Subject) -> Result<Vec<(&'static Bound, String)>> {
    let program = program(dynlinked, "bounds.py")?;
    let ended = |bound: &'static Bound| -> Result<_> {
        let mut command = Command::new(&dynlinked.built()?.composectl);
        command.arg("run").args(bound.flags).arg(&dynlinked.built()?.pylon);
        command.args(["--", "-c", &program, bound.attempt]);
        // Pipes that nobody writes to, and that nobody reads before the end.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().context("cannot start composectl")?;
        let begin = Instant::now();
        while child.try_wait()?.is_none() {
            if begin.elapsed() > FOR_EVER {
                child.kill()?;
                return Ok((bound, "goes on".to_owned()));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let output = child.wait_with_output()?;
        let printed = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Ok((
            bound,
            match output.status.code() {
                Some(124) => Ends::Ended.told().to_owned(),
                Some(0) => printed,
                _ => output.status.to_string(),
            },
        ))
    };
    BOUNDS.iter().map(ended).collect()
}

/// The text of a program, which no folder has to be granted for.
fn program(dynlinked: &Subject, name: &str) -> Result<String> {
    let path = dynlinked.session.root().join(PROGRAMS).join(name);
    std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
}

/// A path as an argument behind text.
fn joined(path: &Path, text: &str) -> OsString {
    let mut joined = path.as_os_str().to_owned();
    joined.push(text);
    joined
}
