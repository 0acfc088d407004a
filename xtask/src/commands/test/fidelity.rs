//! CPython's own tests, from the fetched source, inside pylon.wasm. `tests/fidelity/runner.py` runs one module and
//! writes down what came of each test; here what an interpreter did not live to write is added, and all is compared
//! with `tests/fidelity/expected.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::OnceLock;

use anyhow::{Context as _, Result, anyhow, bail};
use serde::Deserialize;

use super::expected::{Expected, Outcome, Part, Verdict};
use super::subject::Subject;
use super::suite::{Counts, Test};
use crate::commands::usage;
use crate::manifest::Linkage;
use crate::sources;

/// A module of CPython's `test` package.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Module {
    pub name: String,
    /// Whether a plain `cargo xtask test` runs it too.
    pub ci: bool,
    /// Whether it runs once more where caps are providers.
    #[serde(default)]
    pub dynlink: bool,
    /// Whether it runs once more where caps are folded into Python.
    #[serde(default, rename = "static")]
    pub folded: bool,
    /// Whether it is granted the network, to talk to itself.
    #[serde(default)]
    pub network: bool,
}

impl Module {
    /// One of CPython's that no list has, granted the network.
    pub fn with_network(name: &str) -> Module {
        let name = name.to_owned();
        Module { name, ci: false, dynlink: false, folded: false, network: true }
    }
}

impl Part for Module {
    const FILE: &'static str = "tests/fidelity/expected.toml";
    const SCHEMA: &'static str = "pylon:fidelity@0.1.0";
    const SEPARATOR: char = '.';
    const SKIPS_SAY_WHY: bool = true;

    fn name(&self) -> &str {
        &self.name
    }
}

/// For the tests of a module that are run by one process.
const TIMEOUT: &str = "15m";
/// What `test.support.use_resources` allows: long computations; not the network, and not files of gigabytes.
const RESOURCES: &str = "cpu";

/// A line of the runner's results.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Tests { tests: Vec<String> },
    Start { start: String },
    Told { id: String, outcome: Outcome, text: String },
    End { end: bool },
}

/// CPython's Lib, to be written to: some tests compile modules in place.
pub struct Library {
    folder: tempfile::TempDir,
}

pub type SharedLibrary = OnceLock<Result<Library, String>>;

/// The modules of CI, or `named` ones; all if none are named. For a subject whose caps are not embedded: those among
/// them that are about caps.
pub fn tests<'a>(subject: &'a Subject<'a>, named: Option<&[String]>) -> Result<Vec<Test<'a>>> {
    let expected = std::sync::Arc::new(Expected::<Module>::load(subject.session.root())?);
    let mut modules = expected.parts.clone();
    match named {
        None => modules.retain(|module| module.ci),
        Some([]) => {}
        Some(names) => {
            for name in names {
                if !modules.iter().any(|module| module.name == *name) {
                    let known: Vec<_> = modules.iter().map(|module| module.name.as_str()).collect();
                    let known = known.join(", ");
                    return Err(usage(format!(
                        "{} has no module `{name}`\nhint: it has {known}",
                        Module::FILE
                    )));
                }
            }
            modules.retain(|module| names.contains(&module.name));
        }
    }
    match subject.linkage() {
        Linkage::Embed => {}
        Linkage::Dynlink => modules.retain(|module| module.dynlink),
        Linkage::Static => modules.retain(|module| module.folded),
    }
    let library = std::sync::Arc::new(SharedLibrary::new());
    let test = |module: Module| {
        let (expected, library) = (expected.clone(), library.clone());
        let name = format!("{}{}", module.name, subject.variant());
        Test::new(name, move || run(subject, &library, &expected, &module))
    };
    Ok(modules.into_iter().map(test).collect())
}

fn run(
    subject: &Subject,
    library: &SharedLibrary,
    expected: &Expected<Module>,
    module: &Module,
) -> Result<Counts> {
    let library = Library::shared(library, subject)?;
    let (verdicts, output) = verdicts_of(subject, library, module, &[])?;
    let version = subject.python()?.version.parse()?;
    let compared = expected.compare(&module.name, &version, &verdicts);
    Ok(Counts {
        passed: compared.passed,
        failed: compared.unexpected.len(),
        // A test that is listed as failing is set aside as one that is listed as skipped is.
        skipped: compared.not_passed,
        output: format!("{}\n{output}", compared.unexpected.join("\n")),
    })
}

/// What becomes of a module's tests, and what processes printed that died. Those that match `never` are not started.
pub fn verdicts_of(
    subject: &Subject,
    library: &Library,
    module: &Module,
    never: &[&str],
) -> Result<(BTreeMap<String, Verdict>, String)> {
    let folder = tempfile::tempdir()?;
    verdicts(|left| Round::run(subject, library, module, folder.path(), left, never))
}

impl Library {
    /// Made by who needs it first.
    pub fn shared<'a>(shared: &'a SharedLibrary, subject: &Subject) -> Result<&'a Library> {
        let library =
            shared.get_or_init(|| Library::new(subject).map_err(|error| format!("{error:#}")));
        library.as_ref().map_err(|error| anyhow!("{error}"))
    }

    fn new(subject: &Subject) -> Result<Library> {
        let source = subject.session.context()?.ensure_files(&subject.python()?.tree())?;
        let folder = tempfile::tempdir()?;
        sources::copy_tree(&source.path("Lib"), folder.path())?;
        Ok(Library { folder })
    }
}

/// Runs a module's tests to the last, in as many processes as it takes: one that dies or hangs costs the test that
/// it was running. `run` is one process, given the tests that are left, or `None` for all. Returns also what the
/// processes that died had printed.
fn verdicts(
    mut run: impl FnMut(Option<&BTreeSet<String>>) -> Result<Round>,
) -> Result<(BTreeMap<String, Verdict>, String)> {
    let mut verdicts = BTreeMap::new();
    let mut printed = String::new();
    let mut left: Option<BTreeSet<String>> = None;
    loop {
        let round = run(left.as_ref())?;
        let text = round.text();
        verdicts.extend(round.told);
        let left = left.get_or_insert_with(|| round.tests.into_iter().collect());
        left.retain(|id| !verdicts.contains_key(id));
        if round.ended && round.output.status.success() {
            // What was not told of was not run: an error of the runner.
            for id in left.iter() {
                verdicts.insert(id.clone(), failed("the runner says nothing of it"));
            }
            return Ok((verdicts, printed));
        }
        printed += &text;
        let Some(id) = round.running else {
            bail!("the interpreter ended, but not while it ran a test: {text}");
        };
        left.remove(&id);
        verdicts.insert(id, failed(&format!("the interpreter ended while it ran: {text}")));
        if left.is_empty() {
            return Ok((verdicts, printed));
        }
    }
}

fn failed(text: &str) -> Verdict {
    Verdict { outcome: Outcome::Failed, text: text.to_owned() }
}

/// One process.
struct Round {
    tests: Vec<String>,
    told: Vec<(String, Verdict)>,
    /// The test that was begun last, if nothing is told of it.
    running: Option<String>,
    ended: bool,
    output: Output,
}

impl Round {
    fn run(
        subject: &Subject,
        library: &Library,
        module: &Module,
        folder: &Path,
        only: Option<&BTreeSet<String>>,
        never: &[&str],
    ) -> Result<Round> {
        // Fresh for each process: a test that died has not tidied up.
        let temporary = tempfile::tempdir_in(folder)?;
        let exchange = folder.join("exchange");
        std::fs::create_dir_all(&exchange)?;
        let _ = std::fs::remove_file(exchange.join("results"));
        let mount = |host: &Path, guest: &str| format!("{}::{guest}", host.display());
        let runner: PathBuf = subject.session.root().join("tests/fidelity");
        let mut command = subject.composectl()?;
        command.args(["--timeout", TIMEOUT, "--env", "TMPDIR=/tmp"]);
        command.args(["--env", "PYTHONPATH=/lib/python3.13"]);
        for mount in [
            mount(library.folder.path(), "/lib/python3.13"),
            mount(&runner, "/runner:ro"),
            mount(&exchange, "/exchange"),
            mount(temporary.path(), "/tmp"),
        ] {
            command.args(["--dir", &mount]);
        }
        if module.network {
            command.arg("--net");
        }
        command.arg(&subject.built()?.pylon).args(["--", "/runner/runner.py"]);
        if module.network {
            command.arg("--network");
        }
        std::fs::write(exchange.join("never"), never.join("\n"))?;
        command.args(["--never", "/exchange/never"]);
        command.args(["--results", "/exchange/results", "--resources", RESOURCES]);
        if let Some(ids) = only {
            let ids: Vec<_> = ids.iter().map(String::as_str).collect();
            std::fs::write(exchange.join("only"), ids.join("\n"))?;
            command.args(["--only", "/exchange/only"]);
        }
        let output = command
            .arg(format!("test.{}", module.name))
            .stdin(std::process::Stdio::null())
            .output()
            .context("cannot start composectl")?;
        let results = std::fs::read_to_string(exchange.join("results")).unwrap_or_default();
        Round::read(&results, output)
    }

    /// Fails where the results say nothing at all: the module could not even be loaded.
    fn read(results: &str, output: Output) -> Result<Round> {
        let mut round =
            Round { tests: Vec::new(), told: Vec::new(), running: None, ended: false, output };
        for line in results.lines() {
            // The last line of a process that was killed can be cut off.
            match serde_json::from_str(line) {
                Ok(Line::Tests { tests }) => round.tests = tests,
                Ok(Line::Start { start }) => round.running = Some(start),
                Ok(Line::Told { id, outcome, text }) => {
                    round.running = round.running.filter(|running| *running != id);
                    round.told.push((id, Verdict { outcome, text }));
                }
                Ok(Line::End { end }) => round.ended = end,
                Err(_) => {}
            }
        }
        if round.tests.is_empty() {
            bail!("the runner found no tests: {}", round.text());
        }
        Ok(round)
    }

    /// How the process ended and what it printed.
    fn text(&self) -> String {
        let Output { status, stdout, stderr } = &self.output;
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        format!("{status}\n{}{}", text(stdout), text(stderr))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    use super::*;

    fn round(results: &str, code: i32) -> Result<Round> {
        let status = ExitStatus::from_raw(code << 8);
        Round::read(results, Output { status, stdout: Vec::new(), stderr: b"a trap".to_vec() })
    }

    /// The verdicts of processes with these results and exit codes, and the tests that each was given.
    fn run(rounds: &[(&str, i32)]) -> (Result<BTreeMap<String, Verdict>>, Vec<Vec<String>>) {
        let mut given = Vec::new();
        let result = verdicts(|left| {
            let (results, code) = rounds[given.len()];
            given.push(left.into_iter().flatten().cloned().collect());
            round(results, code)
        });
        (result.map(|(verdicts, _)| verdicts), given)
    }

    const TESTS: &str = "{\"tests\": [\"a\", \"b\", \"c\"]}\n";
    const END: &str = "{\"end\": true}\n";

    fn told(id: &str) -> String {
        format!(
            "{{\"start\": \"{id}\"}}\n{{\"id\": \"{id}\", \"outcome\": \"passed\", \"text\": \"\", \"seconds\": 0}}\n"
        )
    }

    #[test]
    fn a_process_that_dies_costs_the_test_it_was_running() {
        // The last line was not written to its end.
        let dies = format!("{TESTS}{}{{\"start\": \"b\"}}\n{{\"id\": \"b\", \"outc", told("a"));
        let goes_on = format!("{TESTS}{}{END}", told("c"));
        let (verdicts, given) = run(&[(&dies, 134), (&goes_on, 0)]);
        let verdicts = verdicts.unwrap();
        let outcomes: Vec<_> = verdicts.values().map(|verdict| verdict.outcome).collect();
        assert_eq!(outcomes, [Outcome::Passed, Outcome::Failed, Outcome::Passed]);
        assert!(verdicts["b"].text.contains("a trap"), "{}", verdicts["b"].text);
        assert_eq!(given, [vec![], vec!["c".to_owned()]]);
    }

    #[test]
    fn a_test_that_nothing_is_said_of_has_failed() {
        let (verdicts, _) = run(&[(&format!("{TESTS}{}{END}", told("a")), 0)]);
        let failed = verdicts.unwrap().values().filter(|v| v.outcome == Outcome::Failed).count();
        assert_eq!(failed, 2);
    }

    #[test]
    fn a_process_that_ends_badly_without_a_test_is_an_error() {
        let whole = format!("{TESTS}{}{}{}{END}", told("a"), told("b"), told("c"));
        assert!(run(&[(&whole, 1)]).0.is_err());
        assert!(run(&[(TESTS, 0)]).0.is_err());
        assert!(run(&[("", 0)]).0.is_err());
    }
}
