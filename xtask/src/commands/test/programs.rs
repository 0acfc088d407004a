//! unittest files of ours, each a program inside pylon.wasm. What a file must be granted stands in its docstring:
//! `grants: the network`, `grants: a folder as /data`, `grants: what tests share`; how much memory it may have at most:
//! `memory: 64M`; what runs beside it on the machine: `beside: tests/beside/tls_peer.py`; and that it takes so long that it is run with
//! `--full` only: `slow: 4 GiB are compressed`.

use std::path::Path;
use std::process::{Command, Output};

use anyhow::{Context as _, Result, anyhow, bail};

use super::beside::Beside;
use super::subject::Subject;
use super::suite::{Counts, Test};
use crate::commands::native_python::NativePython;
use crate::manifest::Linkage;

/// Modules that test files of several extensions import.
const SHARED: &str = "cpython-ext/common/tests/python";

pub fn tests<'a>(subject: &'a Subject<'a>, full: bool) -> Result<Vec<Test<'a>>> {
    let workspace = subject.session.workspace()?;
    let mut folders = Vec::new();
    if subject.linkage() == Linkage::Embed {
        folders.push("runtimes/cpython/tests".into());
    }
    folders.extend(subject.extensions()?.iter().map(|extension| extension.dir.join("tests")));
    let mut tests = Vec::new();
    for folder in folders.iter().map(|folder| workspace.root.join(folder)) {
        if !folder.is_dir() {
            continue;
        }
        let mut names: Vec<_> = folder
            .read_dir_utf8()?
            .map(|entry| Ok(entry?.file_name().to_owned()))
            .collect::<Result<_>>()?;
        names.retain(|name| name.starts_with("test_") && name.ends_with(".py"));
        names.sort();
        for name in names {
            let slow = says(&std::fs::read_to_string(folder.join(&name))?, "slow: ").is_some();
            if slow && !full {
                continue;
            }
            let shown = folder.strip_prefix(&workspace.root)?.join(&name);
            let shown = format!("{shown}{}", subject.variant());
            let folder = folder.clone();
            tests.push(Test::new(shown, move || run(subject, folder.as_std_path(), &name)));
        }
    }
    Ok(tests)
}

fn run(subject: &Subject, folder: &Path, name: &str) -> Result<Counts> {
    let text = std::fs::read_to_string(folder.join(name))?;
    let mut command = subject.composectl()?;
    let timeout = if says(&text, "slow: ").is_some() { "2h" } else { "10m" };
    command.args(["--timeout", timeout, "--dir", &format!("{}::/tests:ro", folder.display())]);
    if let Some(memory) = says(&text, "memory: ") {
        command.args(["--max-memory", memory]);
    } else if subject.linkage() != Linkage::Embed {
        // Loops that look for leaks end sooner with less memory; once with all of it is enough.
        let memory = 1 << 30;
        command.args(["--max-memory", &format!("{memory}")]);
        command.args(["--env", &format!("PYLON_TEST_MEMORY={memory}")]);
    }
    let work = tempfile::tempdir()?;
    let _beside = grant(subject, &text, name, work.path(), &mut command)?;
    let pylon = &subject.built()?.pylon;
    verdict(&command.arg(pylon).args(["--", &format!("/tests/{name}")]).output()?)
}

/// Grants what the docstring of a test asks for, and starts what it asks for beside it, which lives as long as what is returned;
/// `work` is an empty folder.
pub fn grant(
    subject: &Subject,
    text: &str,
    name: &str,
    work: &Path,
    command: &mut Command,
) -> Result<Option<Beside>> {
    let shared = subject.session.workspace()?.root.join(SHARED);
    for grant in text.lines().filter_map(|line| line.strip_prefix("grants: ")) {
        match grant.trim_end_matches('.') {
            "the network" => command.arg("--net"),
            "a folder as /data" => command.args(["--dir", &format!("{}::/data", work.display())]),
            "what tests share" => command
                .args(["--dir", &format!("{shared}::/shared:ro")])
                .args(["--env", "PYTHONPATH=/shared"]),
            unknown => bail!("{name} asks to be granted {unknown}, which is not known here"),
        };
    }
    let Some(script) = says(text, "beside: ") else { return Ok(None) };
    let python = NativePython::find(&subject.python()?.version)?;
    Beside::start(subject.session.root(), &python.program, script, command).map(Some)
}

/// What the line of a file says that begins so.
pub fn says<'t>(text: &'t str, beginning: &str) -> Option<&'t str> {
    text.lines().find_map(|line| line.strip_prefix(beginning))
}

/// What a program of unittest's found, by what it printed and how it ended.
pub fn verdict(output: &Output) -> Result<Counts> {
    let stderr = String::from_utf8_lossy(&output.stderr);
    let text = format!("{}\n{}{stderr}", output.status, String::from_utf8_lossy(&output.stdout));
    let mut counts = counts(&stderr).map_err(|error| anyhow!("{error:#}\n{text}"))?;
    // It may say that all is well and then not end well.
    if !output.status.success() && counts.failed == 0 {
        counts.failed = 1;
    }
    counts.output = text;
    Ok(counts)
}

/// From the last lines of unittest: `Ran 3 tests in 0.1s`, `FAILED (failures=1, skipped=1)`.
fn counts(text: &str) -> Result<Counts> {
    let last = |prefix: &str| text.lines().rev().find_map(|line| line.strip_prefix(prefix));
    let ran: usize = last("Ran ")
        .and_then(|line| line.split(' ').next()?.parse().ok())
        .context("the program did not end as unittest does")?;
    let details = last("OK").or_else(|| last("FAILED")).context("unittest gave no result")?;
    let number = |key: &str| -> usize {
        details
            .split([' ', '(', ')', ','])
            .find_map(|part| part.strip_prefix(key)?.parse().ok())
            .unwrap_or(0)
    };
    let failed = number("failures=") + number("errors=") + number("unexpected successes=");
    let skipped = number("skipped=");
    if ran == 0 {
        bail!("it holds no tests");
    }
    // An error in a class's fixture counts as an error, and its tests don't count as run.
    let passed = ran.saturating_sub(failed + skipped);
    Ok(Counts { passed, failed, skipped, output: String::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(text: &str) -> Option<(usize, usize, usize)> {
        counts(text).ok().map(|counts| (counts.passed, counts.failed, counts.skipped))
    }

    #[test]
    fn unittest_s_last_lines_are_counted() {
        assert_eq!(numbers("...\nRan 3 tests in 0.1s\n\nOK\n"), Some((3, 0, 0)));
        assert_eq!(numbers("Ran 9 tests in 1s\n\nOK (skipped=2)\n"), Some((7, 0, 2)));
        let failed = "Ran 9 tests in 1s\n\nFAILED (failures=1, errors=2, skipped=3)\n";
        assert_eq!(numbers(failed), Some((3, 3, 3)));
    }

    #[test]
    fn a_program_that_tests_nothing_or_dies_is_an_error() {
        assert_eq!(numbers(""), None);
        assert_eq!(numbers("Ran 0 tests in 0.0s\n\nNO TESTS RAN\n"), None);
        assert_eq!(numbers("...Ran out of memory"), None);
    }
}
