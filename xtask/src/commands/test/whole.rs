//! All of CPython's own tests, module by module, in an interpreter that has its test modules in C and the network: what became of
//! each test is compared with `tests/fidelity/whole.toml`, and counted on a page. What was found of a module is kept below
//! `target/pylon/fidelity`, so a run that was ended goes on where it was.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, Result, bail};
use fs_err as fs;
use serde::Deserialize;

use super::expected::{Outcome, Verdict, matches};
use super::fidelity::{Library, Module, SharedLibrary, verdicts_of};
use super::page::Page;
use super::subject::Subject;
use super::suite::{Counts, Test};
use crate::commands::usage;
use crate::graph::Digest;

const FILE: &str = "tests/fidelity/whole.toml";
const SCHEMA: &str = "pylon:fidelity-whole@0.1.0";
const COMMAND: &str = "test --fidelity --all";

/// Why a test does not pass. That pylon is to be mended is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    /// WASI lacks it, or has it otherwise.
    Wasi,
    /// It is about another system, or a CPython that is built otherwise.
    Elsewhere,
    /// It is not asked for: gigabytes, hours, hosts of the internet.
    Asked,
    /// It is not about Python: of the tests' own tools, or the folder that they run in.
    Tests,
}

impl Kind {
    fn text(self) -> &'static str {
        match self {
            Kind::Wasi => "WASI lacks it",
            Kind::Elsewhere => "another system or build",
            Kind::Asked => "not asked for",
            Kind::Tests => "not about Python",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whole {
    schema: String,
    skipped: Vec<Skips>,
    #[serde(default)]
    failed: Vec<Fails>,
}

/// What tests say that skip themselves, all for one reason.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Skips {
    why: Kind,
    reason: String,
    /// Whole texts; `*` stands for any part.
    says: Vec<String>,
}

/// Tests that fail for one reason.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fails {
    why: Kind,
    reason: String,
    /// A part of the traceback.
    says: String,
    /// Whether they may pass as well: the host or chance decides.
    #[serde(default)]
    sometimes: bool,
    /// That they would wait for ever or fill the memory: they are not even started.
    #[serde(default)]
    never: bool,
    /// IDs as `test_x.Class.test_y`; `*` stands for any text, and then all that match must fail.
    tests: Vec<String>,
}

impl Whole {
    fn load(root: &Path) -> Result<Whole> {
        parse(&fs::read_to_string(root.join(FILE))?).context(FILE)
    }

    /// Those that are not to be started.
    fn never(&self) -> Vec<&str> {
        let never = self.failed.iter().filter(|group| group.never);
        never.flat_map(|group| group.tests.iter().map(String::as_str)).collect()
    }

    /// What each verdict of `module` is, and what is not as the list says.
    fn compare(&self, module: &str, verdicts: &BTreeMap<String, Verdict>) -> (Row, Vec<String>) {
        let (mut row, mut wrong) = (Row::default(), Vec::new());
        let mut failing = BTreeMap::new();
        for group in &self.failed {
            for pattern in group.tests.iter().filter(|pattern| is_of(pattern, module)) {
                let before = failing.len();
                let listed = verdicts.keys().filter(|id| matches(pattern, id));
                failing.extend(listed.map(|id| (id.clone(), group)));
                if failing.len() == before {
                    wrong.push(format!("{pattern} is listed, but there is no such test, or twice"));
                }
            }
        }
        for (id, Verdict { outcome, text }) in verdicts {
            let group = failing.get(id);
            match (outcome, group) {
                (Outcome::Passed, None) => row.passed += 1,
                // One that can go either way counts as what is listed, so that the page does not depend on it.
                (Outcome::Failed, Some(group)) if text.contains(&group.says) => row.fails(group),
                (Outcome::Passed, Some(group)) if group.sometimes => row.fails(group),
                (Outcome::Skipped, None) => {
                    match self.skipped.iter().find(|skips| skips.covers(text)) {
                        Some(skips) => row.skips(skips),
                        None => wrong.push(format!("{id} skips, and why is not listed: {text}")),
                    }
                }
                (_, None) => wrong.push(format!("{id} fails, and is not listed\n{text}")),
                (Outcome::Failed, Some(group)) => {
                    wrong.push(format!("{id} fails, but does not say `{}`\n{text}", group.says));
                }
                (_, Some(group)) => wrong
                    .push(format!("{id} does not fail, but is listed: {}\n{text}", group.reason)),
            }
        }
        (row, wrong)
    }
}

impl Skips {
    fn covers(&self, text: &str) -> bool {
        self.says.iter().any(|says| matches(says, text.trim()))
    }
}

fn parse(text: &str) -> Result<Whole> {
    let whole: Whole = toml_edit::de::from_str(text)?;
    if whole.schema != SCHEMA {
        bail!("unknown schema \"{}\"\nhint: this xtask knows \"{SCHEMA}\"", whole.schema);
    }
    if let Some(group) = whole.failed.iter().find(|group| group.says.is_empty()) {
        bail!("a group of tests says nothing: {:?}", group.tests);
    }
    let reasons = whole.skipped.iter().map(|group| &group.reason);
    if reasons.chain(whole.failed.iter().map(|group| &group.reason)).any(String::is_empty) {
        bail!("a group has no reason");
    }
    Ok(whole)
}

fn is_of(pattern: &str, module: &str) -> bool {
    pattern.split('.').next() == Some(module)
}

/// What was found of a module.
#[derive(Default)]
struct Row {
    passed: usize,
    skipped: usize,
    failed: usize,
    /// How many for which reason.
    reasons: BTreeMap<(Kind, String), (usize, usize)>,
}

impl Row {
    fn skips(&mut self, group: &Skips) {
        self.skipped += 1;
        self.reasons.entry((group.why, group.reason.clone())).or_default().0 += 1;
    }

    fn fails(&mut self, group: &Fails) {
        self.failed += 1;
        self.reasons.entry((group.why, group.reason.clone())).or_default().1 += 1;
    }
}

/// One run.
pub struct Run<'a> {
    subject: &'a Subject<'a>,
    whole: Whole,
    library: SharedLibrary,
    rows: Mutex<BTreeMap<String, Row>>,
}

impl<'a> Run<'a> {
    pub fn new(subject: &'a Subject<'a>) -> Result<Arc<Run<'a>>> {
        let whole = Whole::load(subject.session.root())?;
        Ok(Arc::new(Run { subject, whole, library: SharedLibrary::new(), rows: Mutex::default() }))
    }

    /// Of all modules, or of those named.
    pub fn tests(self: &Arc<Self>, named: &[String]) -> Result<Vec<Test<'a>>> {
        let source =
            self.subject.session.context()?.ensure_files(&self.subject.python()?.tree())?;
        let all = modules(&source.path("Lib/test"))?;
        if let Some(unknown) = named.iter().find(|name| !all.contains(*name)) {
            return Err(usage(format!("CPython has no module `{unknown}` of tests")));
        }
        let wanted = all.into_iter().filter(|name| named.is_empty() || named.contains(name));
        let test = |name: String| {
            let run = Arc::clone(self);
            Test::new(name.clone(), move || run.module(&name))
        };
        Ok(wanted.map(test).collect())
    }

    fn module(&self, name: &str) -> Result<Counts> {
        let kept = self.kept()?.join(format!("{name}.json"));
        let known = fs::read(&kept).ok().and_then(|text| serde_json::from_slice(&text).ok());
        // What was not as it is listed is looked at again.
        let known = known.filter(|verdicts| self.whole.compare(name, verdicts).1.is_empty());
        let (verdicts, output) = match known {
            Some(verdicts) => (verdicts, String::new()),
            None => {
                let library = Library::shared(&self.library, self.subject)?;
                let module = Module::with_network(name);
                let (verdicts, output) =
                    verdicts_of(self.subject, library, &module, &self.whole.never())?;
                fs::write(&kept, serde_json::to_vec(&verdicts)?)?;
                (verdicts, output)
            }
        };
        let (row, wrong) = self.whole.compare(name, &verdicts);
        let counts = Counts {
            passed: row.passed,
            failed: wrong.len(),
            skipped: row.skipped + row.failed,
            output: format!("{}\n{output}", wrong.join("\n")),
        };
        self.rows.lock().expect("invariant: no panic while held").insert(name.to_owned(), row);
        Ok(counts)
    }

    /// Where that is which was found by the same interpreter and the same runner.
    fn kept(&self) -> Result<PathBuf> {
        let root = self.subject.session.root();
        let mut found = vec![Digest::of_file(&self.subject.built()?.pylon)?.to_string()];
        for file in ["runner.py", "threads.py", "rewritten.py"] {
            found.push(Digest::of_file(&root.join("tests/fidelity").join(file))?.to_string());
        }
        let digest = Digest::of(found.join("\n")).to_string();
        let folder = root.join("target/pylon/fidelity").join(&digest[..16]);
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// Compares the page with what was found of all modules.
    pub fn page(&self) -> Result<()> {
        let page =
            Page::new(self.subject.session.root().join("docs/reference/fidelity.md"), COMMAND);
        let rows = self.rows.lock().expect("invariant: no panic while held");
        page.check("reasons", &reasons(&rows))?;
        page.check("modules", &table(&rows))
    }
}

/// The modules and packages of tests in a folder, by name.
fn modules(folder: &Path) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let name = name.strip_suffix(".py").unwrap_or(&name);
        if name.starts_with("test_") && !name.contains('.') {
            names.insert(name.to_owned());
        }
    }
    Ok(names)
}

fn reasons(rows: &BTreeMap<String, Row>) -> String {
    let mut sums: BTreeMap<&(Kind, String), (usize, usize)> = BTreeMap::new();
    for (reason, (skipped, failed)) in rows.values().flat_map(|row| &row.reasons) {
        let sum = sums.entry(reason).or_default();
        *sum = (sum.0 + skipped, sum.1 + failed);
    }
    let mut text = "| | why | skip | fail |\n|---|---|---|---|\n".to_owned();
    for ((kind, reason), (skipped, failed)) in sums {
        text += &format!("| {} | {reason} | {skipped} | {failed} |\n", kind.text());
    }
    text
}

fn table(rows: &BTreeMap<String, Row>) -> String {
    let sum = |of: fn(&Row) -> usize| rows.values().map(of).sum::<usize>();
    let (passed, skipped, failed) =
        (sum(|row| row.passed), sum(|row| row.skipped), sum(|row| row.failed));
    let mut text = "| module | passed | skipped | failed |\n|---|---|---|---|\n".to_owned();
    text += &format!("| all {} | {passed} | {skipped} | {failed} |\n", rows.len());
    for (name, Row { passed, skipped, failed, .. }) in rows {
        text += &format!("| `{name}` | {passed} | {skipped} | {failed} |\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = r#"
        schema = "pylon:fidelity-whole@0.1.0"
        [[skipped]]
        why = "wasi"
        reason = "no processes"
        says = ["requires * support"]
        [[failed]]
        why = "tests"
        reason = "its own tools"
        says = "ValueError"
        tests = ["test_x.T.test_b"]
        [[failed]]
        why = "wasi"
        reason = "chance"
        says = "OSError"
        sometimes = true
        tests = ["test_x.T.test_c*"]
    "#;

    fn compare(verdicts: &[(&str, Outcome, &str)]) -> (Row, Vec<String>) {
        let verdicts = verdicts.iter().map(|(id, outcome, text)| {
            let id = format!("test_x.T.test_{id}");
            (id, Verdict { outcome: *outcome, text: (*text).to_owned() })
        });
        parse(LIST).unwrap().compare("test_x", &verdicts.collect())
    }

    #[test]
    fn what_is_as_listed_is_counted_by_its_reason() {
        let (row, wrong) = compare(&[
            ("a", Outcome::Skipped, "requires fork support"),
            ("b", Outcome::Failed, "ValueError: 1"),
            ("c1", Outcome::Passed, ""),
            ("c2", Outcome::Failed, "OSError"),
            ("d", Outcome::Passed, ""),
        ]);
        assert_eq!(wrong, Vec::<String>::new());
        assert_eq!((row.passed, row.skipped, row.failed), (1, 1, 3));
        let page = reasons(&BTreeMap::from([("test_x".to_owned(), row)]));
        assert!(page.contains("| WASI lacks it | chance | 0 | 2 |"), "{page}");
    }

    #[test]
    fn each_difference_is_found() {
        let good = [("b", Outcome::Failed, "ValueError"), ("c", Outcome::Failed, "OSError")];
        for (id, outcome, text, says) in [
            ("a", Outcome::Skipped, "another", "test_a skips, and why is not listed"),
            ("a", Outcome::Failed, "boom", "test_a fails, and is not listed"),
            ("b", Outcome::Passed, "", "test_b does not fail, but is listed"),
            ("b", Outcome::Failed, "boom", "test_b fails, but does not say"),
        ] {
            let mut verdicts = good.to_vec();
            verdicts.push((id, outcome, text));
            let (_, wrong) = compare(&verdicts);
            assert!(wrong.len() == 1 && wrong[0].contains(says), "{wrong:?}");
        }
        let (_, wrong) = compare(&good[..1]);
        assert_eq!(wrong, ["test_x.T.test_c* is listed, but there is no such test, or twice"]);
    }

    #[test]
    fn a_list_without_reasons_is_refused() {
        for (from, to) in
            [("no processes", ""), ("OSError", ""), ("whole@0.1", "whole@9.1"), ("wasi", "ours")]
        {
            assert!(parse(&LIST.replace(from, to)).is_err(), "{from}");
        }
    }
}
