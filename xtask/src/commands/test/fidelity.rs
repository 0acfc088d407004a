//! CPython's own tests, from the fetched source, inside pylon.wasm. `tests/fidelity/runner.py` runs one module and
//! writes down what came of each test; here what an interpreter did not live to write is added, and all is compared
//! with `tests/fidelity/expected.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::OnceLock;

use anyhow::{Context as _, Result, anyhow, bail};
use serde::Deserialize;

use super::expected::{self, Expected, Outcome, Verdict};
use super::subject::Subject;
use super::suite::{Counts, Test};
use crate::{cpython, sources};

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
struct Library {
    folder: tempfile::TempDir,
}

type SharedLibrary = OnceLock<Result<Library, String>>;

/// The modules of CI, or `named` ones; all if none are named.
pub fn tests<'a>(subject: &'a Subject<'a>, named: Option<&[String]>) -> Result<Vec<Test<'a>>> {
    let expected = std::sync::Arc::new(Expected::load(subject.session.root())?);
    let mut modules = expected.module.clone();
    match named {
        None => modules.retain(|module| module.ci),
        Some([]) => {}
        Some(names) => {
            for name in names {
                if !modules.iter().any(|module| module.name == *name) {
                    let known: Vec<_> = modules.iter().map(|module| module.name.as_str()).collect();
                    bail!(
                        "{} has no module `{name}`\nhint: it has {}",
                        expected::FILE,
                        known.join(", ")
                    );
                }
            }
            modules.retain(|module| names.contains(&module.name));
        }
    }
    let library = std::sync::Arc::new(SharedLibrary::new());
    let test = |module: expected::Module| {
        let (expected, library) = (expected.clone(), library.clone());
        let name = module.name.clone();
        Test::new(name, move || run(subject, &library, &expected, &module.name))
    };
    Ok(modules.into_iter().map(test).collect())
}

fn run(
    subject: &Subject,
    library: &SharedLibrary,
    expected: &Expected,
    module: &str,
) -> Result<Counts> {
    let library = library
        .get_or_init(|| Library::new(subject).map_err(|error| format!("{error:#}")))
        .as_ref()
        .map_err(|error| anyhow!("{error}"))?;
    let (verdicts, output) = verdicts(subject, library, module)?;
    let compared = expected.compare(module, &verdicts);
    Ok(Counts {
        passed: compared.passed,
        failed: compared.unexpected.len(),
        // A test that is listed as failing is set aside as one that is listed as skipped is.
        skipped: compared.not_passed,
        output: format!("{}\n{output}", compared.unexpected.join("\n")),
    })
}

impl Library {
    fn new(subject: &Subject) -> Result<Library> {
        let cx = subject.session.context()?;
        let source = cx.ensure(&cpython::source_tree(cx.root())?)?;
        let folder = tempfile::tempdir()?;
        sources::copy_tree(&source.path("Lib"), folder.path())?;
        Ok(Library { folder })
    }
}

/// Runs a module's tests to the last, in as many processes as it takes: one that dies or hangs costs the test that
/// it was running. Returns also what the processes that died had printed.
fn verdicts(
    subject: &Subject,
    library: &Library,
    module: &str,
) -> Result<(BTreeMap<String, Verdict>, String)> {
    let folder = tempfile::tempdir()?;
    let mut verdicts = BTreeMap::new();
    let mut printed = String::new();
    let mut left: Option<BTreeSet<String>> = None;
    loop {
        let round = Round::run(subject, library, module, folder.path(), left.as_ref())?;
        verdicts.extend(round.told);
        let all = left.get_or_insert_with(|| round.tests.iter().cloned().collect());
        all.retain(|id| !verdicts.contains_key(id));
        let output = &round.output;
        let text = format!(
            "{}\n{}{}",
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        if round.ended && output.status.success() {
            // What was not told of was not run: an error of the runner.
            let missing =
                all.iter().map(|id| (id.clone(), failed("the runner says nothing of it")));
            verdicts.extend(missing);
            return Ok((verdicts, printed));
        }
        printed += &text;
        match round.running {
            Some(id) => {
                let dead = format!("the interpreter ended while it ran: {text}");
                all.remove(&id);
                verdicts.insert(id, failed(&dead));
            }
            None => bail!("the interpreter ended between tests: {text}"),
        }
        if all.is_empty() {
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
        module: &str,
        folder: &Path,
        only: Option<&BTreeSet<String>>,
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
        command.arg(&subject.built()?.pylon).args(["--", "/runner/runner.py"]);
        command.args(["--results", "/exchange/results", "--resources", RESOURCES]);
        if let Some(ids) = only {
            let ids: Vec<_> = ids.iter().map(String::as_str).collect();
            std::fs::write(exchange.join("only"), ids.join("\n"))?;
            command.args(["--only", "/exchange/only"]);
        }
        let output = command
            .arg(format!("test.{module}"))
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
            bail!(
                "the runner found no tests: {}\n{}{}",
                round.output.status,
                String::from_utf8_lossy(&round.output.stdout),
                String::from_utf8_lossy(&round.output.stderr)
            );
        }
        Ok(round)
    }
}
