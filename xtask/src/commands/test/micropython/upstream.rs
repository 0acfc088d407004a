//! MicroPython's own tests, from the fetched source, by its own `tests/run-tests.py`: on WAMR, and on wasmtime with a
//! collection at every allocation and freed memory overwritten. The machine's Python runs them, and says what is
//! expected where no file does. All is compared with `runtimes/micropython/tests/expected.toml`.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use serde::Deserialize;

use super::super::expected::{Expected, Outcome, Part, Verdict};
use super::super::suite::{Counts, Test};
use super::engine::{self, Engine, Grants};
use super::subject::{Built, Subject};
use crate::sources;

/// For one folder.
const TIMEOUT: Duration = Duration::from_secs(60 * 60);
/// What the script gives a test, and what it is to give it: more than a test takes that does not hang, also on a busy machine
/// and with a collection at every allocation.
const OF_ONE: [&str; 2] = ["TEST_TIMEOUT = 30\n", "TEST_TIMEOUT = 300\n"];
/// How the collector is put under stress. The heap is small, and grows while it is.
const GCSTRESS: &[&str] = &["-X", "gcstress", "-X", "heapmax=320k"];
/// Where the script has tests look for the `unittest` of another archive, below the tree.
const UNITTEST: &str = "lib/micropython-lib/python-stdlib/unittest/unittest.py";

/// A folder of MicroPython's `tests`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Folder {
    name: String,
    /// Whether it runs a second time under stress.
    #[serde(default)]
    gcstress: bool,
    /// Whether its tests run one after the other: some write to the same file.
    #[serde(default)]
    one_by_one: bool,
}

impl Part for Folder {
    const FILE: &'static str = "runtimes/micropython/tests/expected.toml";
    const SCHEMA: &'static str = "pylon:micropython-tests@0.1.0";
    const SEPARATOR: char = '/';
    const SKIPS_SAY_WHY: bool = false;

    fn name(&self) -> &str {
        &self.name
    }
}

/// Which engine, and how.
#[derive(Clone, Copy)]
enum How {
    Wamr,
    Gcstress,
}

/// A tree with what the script needs, to be written to: some tests leave files behind.
struct Tree {
    folder: tempfile::TempDir,
    /// Not what a version manager puts into PATH, which takes longer to start than most tests run.
    python: String,
}

pub fn tests<'a>(subject: &'a Subject<'a>) -> Result<Vec<Test<'a>>> {
    let expected = Arc::new(Expected::<Folder>::load(subject.session.root())?);
    let tree = Arc::new(OnceLock::new());
    let test = |folder: &Folder, how: How| {
        let shown = match how {
            How::Wamr => format!("upstream {} (WAMR)", folder.name),
            How::Gcstress => format!("upstream {} gcstress (wasmtime)", folder.name),
        };
        let (expected, tree, folder) = (expected.clone(), tree.clone(), folder.clone());
        Test::new(shown, move || run(subject, &tree, &expected, &folder, how))
    };
    let normal = expected.parts.iter().map(|folder| test(folder, How::Wamr));
    let stressed = expected.parts.iter().filter(|folder| folder.gcstress);
    Ok(normal.chain(stressed.map(|folder| test(folder, How::Gcstress))).collect())
}

fn run(
    subject: &Subject,
    tree: &OnceLock<Result<Tree, String>>,
    expected: &Expected<Folder>,
    folder: &Folder,
    how: How,
) -> Result<Counts> {
    let built = subject.built()?;
    let new = || Tree::new(subject, built).map_err(|error| format!("{error:#}"));
    let tree = tree.get_or_init(new).as_ref().map_err(|error| anyhow!("{error}"))?;
    let jobs = if folder.one_by_one { 1 } else { subject.session.global.jobs };
    let results = match how {
        How::Wamr => tree.run(&built.wamr, &built.image, &[], &folder.name, jobs)?,
        How::Gcstress => tree.run(&built.composectl, &built.image, GCSTRESS, &folder.name, jobs)?,
    };
    let compared = expected.compare(&folder.name, &built.version.parse()?, &results);
    Ok(Counts {
        passed: compared.passed,
        failed: compared.unexpected.len(),
        // A test that is listed as failing is set aside as one that is listed as skipped is.
        skipped: compared.not_passed,
        output: compared.unexpected.join("\n"),
    })
}

impl Tree {
    fn new(subject: &Subject, built: &Built) -> Result<Tree> {
        // Short and without links, since it is in what some tests print.
        let folder = tempfile::Builder::new().prefix("mp-").tempdir()?;
        sources::copy_tree(&built.tree.path("tests"), &folder.path().join("tests"))?;
        let unittest = folder.path().join(UNITTEST);
        fs::create_dir_all(unittest.parent().context("it has a folder")?)?;
        let ours = subject.session.root().join("runtimes/micropython/tests/unittest.py");
        fs::copy(&ours, unittest).with_context(|| format!("cannot copy {}", ours.display()))?;
        let script = folder.path().join("tests/run-tests.py");
        let text = fs::read_to_string(&script)?;
        ensure!(text.contains(OF_ONE[0]), "run-tests.py has no `{}`", OF_ONE[0].trim());
        fs::write(&script, text.replace(OF_ONE[0], OF_ONE[1]))?;
        let output = Command::new("python3")
            .args(["-c", "import sys; print(sys.executable, end='')"])
            .output()
            .context("cannot start python3, which MicroPython's tests need")?;
        ensure!(output.status.success(), "python3: {output:?}");
        Ok(Tree { folder, python: String::from_utf8(output.stdout)? })
    }

    /// What becomes of each test of `folder`.
    fn run(
        &self,
        engine: &Engine,
        image: &Path,
        flags: &[&str],
        folder: &str,
        jobs: usize,
    ) -> Result<BTreeMap<String, Verdict>> {
        let root = self.folder.path().canonicalize()?;
        let program = root.join("micropython");
        // All of it: they look at the root, and find out where they are.
        let grants = Grants {
            folders: &[OsStr::new("/")],
            env: &["PWD", "MICROPYPATH"],
            ..Grants::default()
        };
        write_program(&program, engine.command(image, &grants).args(flags))?;
        let results = tempfile::tempdir_in(&root)?;
        let mut command = Command::new(&self.python);
        command.arg("run-tests.py").arg("-j").arg(jobs.to_string());
        command.arg("-r").arg(results.path()).args(["-d", folder]);
        command.env("MICROPY_MICROPYTHON", &program).env("MICROPY_CPYTHON3", &self.python);
        // What the script would take for itself.
        for name in ["MICROPYPATH", "GITHUB_ACTIONS", "PYTHONPATH", "PYTHONWARNINGS"] {
            command.env_remove(name);
        }
        let output = engine::output(command.current_dir(root.join("tests")), b"", TIMEOUT)?;
        let printed = String::from_utf8_lossy(&output.stdout);
        let all = || format!("{printed}{}", String::from_utf8_lossy(&output.stderr));
        let results = Results::read(results.path(), &printed).with_context(all)?;
        results.verdicts(&tests_of(&root.join("tests"), folder)?).with_context(all)
    }
}

/// The IDs of a folder's tests: `basics/int1.py`.
fn tests_of(tests: &Path, folder: &str) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(tests.join(folder))? {
        let name = entry?.file_name();
        let name = name.to_str().context("a test's name is not UTF-8")?;
        if name.ends_with(".py") {
            names.push(format!("{folder}/{name}"));
        }
    }
    names.sort();
    Ok(names)
}

/// A program that becomes `command` with its own arguments behind; `--env=NAME` passes its own NAME on.
fn write_program(path: &Path, command: &Command) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let word = |word: &OsStr| {
        let text = word.to_str().context("a path is not UTF-8")?;
        Ok(match text.strip_prefix("--env=") {
            Some(name) => format!("--env={name}=\"${name}\""),
            None => format!("'{}'", text.replace('\'', r"'\''")),
        })
    };
    let words = std::iter::once(command.get_program()).chain(command.get_args()).map(word);
    let words: Vec<String> = words.collect::<Result<_>>()?;
    fs::write(path, format!("#!/bin/sh\nexec {} \"$@\"\n", words.join(" ")))?;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o755))?)
}

/// What the script says.
struct Results {
    /// IDs, with what was expected and what was found.
    failed: BTreeMap<String, String>,
    /// Names without folder and ending.
    skipped: Vec<String>,
    passed: usize,
}

impl Results {
    /// `folder` has `_results.json` and two files for each test that failed; only the last lines of `printed` say what
    /// was skipped. Before, lines of tests that run at once may be mixed.
    fn read(folder: &Path, printed: &str) -> Result<Results> {
        #[derive(Deserialize)]
        struct Json {
            failed_tests: Vec<String>,
        }
        let json = fs::read_to_string(folder.join("_results.json"));
        let json: Json = serde_json::from_str(&json.context("run-tests.py did not end well")?)?;
        let text = |id: &str, ending: &str| {
            let name = format!("{}.{ending}", id.replace('/', "_"));
            let bytes = fs::read(folder.join(name)).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let failed = json.failed_tests.into_iter().map(|id| {
            let (expected, found) = (text(&id, "exp"), text(&id, "out"));
            let text = format!("{}it should print\n{expected}", difference(&found, &expected));
            (id, text)
        });
        let last = |middle: &str| {
            let line = printed.lines().rev().find_map(|line| line.split_once(middle));
            line.map(|(number, rest)| (number.trim().parse::<usize>(), rest))
        };
        let skipped: Vec<_> = match last(" tests skipped: ") {
            Some((_, names)) => names.split_whitespace().map(str::to_owned).collect(),
            None => Vec::new(),
        };
        let (passed, _) = last(" tests passed").context("run-tests.py does not say what passed")?;
        Ok(Results { failed: failed.collect(), skipped, passed: passed? })
    }

    /// A verdict for each of `tests`. Fails if the numbers don't agree.
    fn verdicts(mut self, tests: &[String]) -> Result<BTreeMap<String, Verdict>> {
        let mut verdicts = BTreeMap::new();
        for id in tests {
            let name = id.rsplit('/').next().and_then(|name| name.strip_suffix(".py"));
            let (outcome, text) = if let Some(text) = self.failed.remove(id) {
                (Outcome::Failed, text)
            } else if self.skipped.iter().any(|skipped| Some(skipped.as_str()) == name) {
                (Outcome::Skipped, String::new())
            } else {
                (Outcome::Passed, String::new())
            };
            verdicts.insert(id.clone(), Verdict { outcome, text });
        }
        let passed = verdicts.values().filter(|verdict| verdict.outcome == Outcome::Passed).count();
        ensure!(
            passed == self.passed && self.failed.is_empty(),
            "run-tests.py says that {} passed; by what it says of each it is {passed}",
            self.passed
        );
        Ok(verdicts)
    }
}

/// The lines of `found` from the first that is not as `expected`.
fn difference(found: &str, expected: &str) -> String {
    const SHOWN: usize = 20;
    let mut expected = expected.lines();
    let mut lines = found.lines().enumerate().skip_while(|(_, line)| expected.next() == Some(line));
    let Some((number, first)) = lines.next() else {
        return "it ended too early\n".to_owned();
    };
    let rest = lines.take(SHOWN).map(|(_, line)| line);
    let shown: Vec<_> = std::iter::once(first).chain(rest).collect();
    format!("from line {} on it printed\n{}\n", number + 1, shown.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str, printed: &str) -> Result<BTreeMap<String, Verdict>> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("_results.json"), json).unwrap();
        fs::write(folder.path().join("d_bad.py.out"), "1\nTIMEOUT\n").unwrap();
        fs::write(folder.path().join("d_bad.py.exp"), "1\n2\n").unwrap();
        let tests = ["d/bad.py", "d/good.py", "d/none.py"].map(str::to_owned);
        Results::read(folder.path(), printed)?.verdicts(&tests)
    }

    const JSON: &str = r#"{"args": {}, "failed_tests": ["d/bad.py"]}"#;
    const PRINTED: &str = "2 tests performed (9 individual testcases)\n1 tests passed\n\
                           1 tests skipped: none\n1 tests failed: bad\n";

    #[test]
    fn each_test_gets_the_verdict_of_the_script() {
        let verdicts = read(JSON, PRINTED).unwrap();
        let outcomes: Vec<_> = verdicts.values().map(|verdict| verdict.outcome).collect();
        assert_eq!(outcomes, [Outcome::Failed, Outcome::Passed, Outcome::Skipped]);
        assert!(verdicts["d/bad.py"].text.starts_with("from line 2 on it printed\nTIMEOUT\n"));
    }

    #[test]
    fn a_script_that_dies_or_counts_otherwise_is_an_error() {
        assert!(read(JSON, "").is_err());
        assert!(read("", PRINTED).is_err());
        assert!(read(JSON, &PRINTED.replace("1 tests passed", "2 tests passed")).is_err());
        assert!(read(&JSON.replace("bad", "gone"), PRINTED).is_err());
    }

    #[test]
    fn the_list_of_the_checkout_is_sound() {
        let root = crate::checkout::own().unwrap();
        let expected = Expected::<Folder>::load(&root).unwrap();
        assert!(expected.parts.iter().any(|folder| folder.gcstress));
    }
}
