//! Lists of tests of an interpreter's own that do not pass, and why: `expected.toml`. What one says is compared in both
//! directions.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What of an interpreter's tests is run and compared as one.
pub trait Part: DeserializeOwned {
    /// The list, relative to the checkout.
    const FILE: &'static str;
    const SCHEMA: &'static str;
    /// Between the part's name and the rest of a test's ID.
    const SEPARATOR: char;
    /// Whether a test that skips says why.
    const SKIPS_SAY_WHY: bool;

    fn name(&self) -> &str;
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound = "P: Part")]
pub struct Expected<P> {
    schema: String,
    #[serde(rename = "module", alias = "folder")]
    pub parts: Vec<P>,
    #[serde(default)]
    skipped: Vec<Group>,
    #[serde(default)]
    failed: Vec<Group>,
}

/// Tests that do not pass for one reason.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    reason: String,
    /// What the test says when it skips or fails must contain this.
    #[serde(default)]
    says: String,
    /// Whether they may pass as well: chance decides.
    #[serde(default)]
    sometimes: bool,
    /// The first version of the interpreter that it is about.
    since: Option<semver::Version>,
    /// The first one that it is not about any more.
    before: Option<semver::Version>,
    /// IDs; `*` stands for any text, and then all that match are meant.
    tests: Vec<String>,
}

/// What became of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    Passed,
    Failed,
    Skipped,
}

/// A test's outcome with its traceback or its reason.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Verdict {
    pub outcome: Outcome,
    pub text: String,
}

impl<P: Part> Expected<P> {
    pub fn load(root: &Path) -> Result<Expected<P>> {
        let text = std::fs::read_to_string(root.join(P::FILE))
            .with_context(|| format!("cannot read {}", P::FILE))?;
        parse(&text).with_context(|| P::FILE.to_owned())
    }

    /// Compares the verdicts of the part called `part`, of that version of the interpreter, with the list.
    pub fn compare(
        &self,
        part: &str,
        version: &semver::Version,
        verdicts: &BTreeMap<String, Verdict>,
    ) -> Comparison {
        let mut gone = Vec::new();
        let mut listed = BTreeSet::new();
        let mut differing = BTreeMap::new();
        let groups = self.skipped.iter().map(|group| (Outcome::Skipped, group));
        let groups = groups.chain(self.failed.iter().map(|group| (Outcome::Failed, group)));
        for (outcome, group) in groups.filter(|(_, group)| group.is_about(version)) {
            for pattern in group.tests.iter().filter(|pattern| belongs::<P>(pattern, part)) {
                let before = listed.len();
                for (id, verdict) in verdicts.iter().filter(|(id, _)| matches(pattern, id)) {
                    listed.insert(id.clone());
                    if let Some(difference) = group.difference(outcome, verdict) {
                        differing.insert(id.clone(), format!("{id}: {difference}"));
                    }
                }
                if listed.len() == before {
                    gone.push(format!("{pattern} is listed, but there is no such test, or twice"));
                }
            }
        }
        for (id, Verdict { outcome, text }) in verdicts {
            if *outcome != Outcome::Passed && !listed.contains(id) {
                let difference = format!("{id}: {}, and is not listed\n{text}", outcome.name());
                differing.insert(id.clone(), difference);
            }
        }
        let as_expected = |passed: bool| {
            let expected = verdicts.iter().filter(|(id, _)| !differing.contains_key(*id));
            expected.filter(|(_, verdict)| (verdict.outcome == Outcome::Passed) == passed).count()
        };
        Comparison {
            passed: as_expected(true),
            not_passed: as_expected(false),
            unexpected: gone.into_iter().chain(differing.into_values()).collect(),
        }
    }
}

impl Group {
    fn is_about(&self, version: &semver::Version) -> bool {
        self.since.as_ref().is_none_or(|since| since <= version)
            && self.before.as_ref().is_none_or(|before| version < before)
    }

    /// How a verdict is not what the group says.
    fn difference(&self, outcome: Outcome, verdict: &Verdict) -> Option<String> {
        let Verdict { outcome: found, text } = verdict;
        if self.sometimes && *found == Outcome::Passed {
            None
        } else if *found != outcome {
            let (found, outcome) = (found.name(), outcome.name());
            Some(format!("{found}, but it is listed as {outcome}: {}\n{text}", self.reason))
        } else if !text.contains(&self.says) {
            Some(format!("{}, but it does not say `{}`\n{text}", found.name(), self.says))
        } else {
            None
        }
    }
}

/// Verdicts against the list.
pub struct Comparison {
    /// How many passed as they should.
    pub passed: usize,
    /// How many skipped or failed as is listed.
    pub not_passed: usize,
    /// The rest, each with what is wrong about it.
    pub unexpected: Vec<String>,
}

impl Outcome {
    fn name(self) -> &'static str {
        match self {
            Outcome::Passed => "passed",
            Outcome::Failed => "failed",
            Outcome::Skipped => "skipped",
        }
    }
}

fn parse<P: Part>(text: &str) -> Result<Expected<P>> {
    let expected: Expected<P> = toml_edit::de::from_str(text)?;
    if expected.schema != P::SCHEMA {
        bail!("unknown schema \"{}\"\nhint: this xtask knows \"{}\"", expected.schema, P::SCHEMA);
    }
    let skipped = expected.skipped.iter().map(|group| (group, P::SKIPS_SAY_WHY));
    for (group, says) in skipped.chain(expected.failed.iter().map(|group| (group, true))) {
        if group.reason.is_empty() || (says && group.says.is_empty()) {
            bail!("a group of tests has no reason, or what it says is empty: {:?}", group.tests);
        }
        for pattern in &group.tests {
            if !expected.parts.iter().any(|part| belongs::<P>(pattern, part.name())) {
                bail!("{pattern} belongs to none of the parts");
            }
        }
    }
    Ok(expected)
}

fn belongs<P: Part>(pattern: &str, part: &str) -> bool {
    let rest = pattern.strip_prefix(part);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(P::SEPARATOR))
}

/// Whether a text is as the pattern says, in which `*` stands for any text.
pub fn matches(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(rest) = text.strip_prefix(head) else {
        return false;
    };
    (0..=rest.len()).any(|at| rest.is_char_boundary(at) && matches(tail, &rest[at..]))
}

#[cfg(test)]
mod tests {
    use super::super::fidelity::Module;
    use super::*;

    const VERSION: semver::Version = semver::Version::new(3, 2, 0);
    const TEXT: &str = r#"
        schema = "pylon:fidelity@0.1.0"
        module = [{ name = "test_x", ci = true }, { name = "test_xy", ci = false }]
        [[skipped]]
        reason = "WASI has no processes"
        says = "requires subprocess"
        tests = ["test_x.Commands.*"]
        [[failed]]
        reason = "a bug"
        says = "ValueError"
        tests = ["test_x.Numbers.test_one"]
    "#;

    fn compare(rows: &[(&str, Outcome, &str)]) -> Vec<String> {
        let verdict = |&(id, outcome, text): &(&str, Outcome, &str)| {
            (id.to_owned(), Verdict { outcome, text: text.to_owned() })
        };
        let verdicts: BTreeMap<_, _> = rows.iter().map(verdict).collect();
        let Comparison { passed, not_passed, unexpected } =
            parse::<Module>(TEXT).unwrap().compare("test_x", &VERSION, &verdicts);
        if unexpected.is_empty() {
            assert_eq!((passed, not_passed), (1, 3));
        }
        unexpected
    }

    const AS_LISTED: [(&str, Outcome, &str); 4] = [
        ("test_x.Commands.test_a", Outcome::Skipped, "requires subprocess support"),
        ("test_x.Commands.test_b", Outcome::Skipped, "requires subprocess support"),
        ("test_x.Numbers.test_one", Outcome::Failed, "ValueError: 1"),
        ("test_x.Numbers.test_two", Outcome::Passed, ""),
    ];

    #[test]
    fn what_is_as_listed_is_expected() {
        assert_eq!(compare(&AS_LISTED), Vec::<String>::new());
    }

    #[test]
    fn each_difference_is_found_in_either_direction() {
        for (row, outcome, text, says) in [
            (0, Outcome::Passed, "", "passed, but it is listed as skipped: WASI has no processes"),
            (0, Outcome::Skipped, "another reason", "does not say `requires subprocess`"),
            (1, Outcome::Failed, "boom", "failed, but it is listed as skipped"),
            (2, Outcome::Passed, "", "passed, but it is listed as failed: a bug"),
            (2, Outcome::Failed, "KeyError", "does not say `ValueError`"),
            (3, Outcome::Failed, "boom", "test_two: failed, and is not listed\nboom"),
            (3, Outcome::Skipped, "why", "test_two: skipped, and is not listed\nwhy"),
        ] {
            let mut rows = AS_LISTED;
            (rows[row].1, rows[row].2) = (outcome, text);
            let wrong = compare(&rows);
            assert!(wrong.len() == 1 && wrong[0].contains(says), "{wrong:?}");
        }
    }

    #[test]
    fn what_chance_decides_may_pass_as_well_but_not_fail_otherwise() {
        let text = TEXT.replace("reason = \"a bug\"", "reason = \"a bug\"\nsometimes = true");
        let wrong = |outcome, text_of_it: &str| {
            let verdict = Verdict { outcome, text: text_of_it.to_owned() };
            let verdicts = BTreeMap::from([("test_x.Numbers.test_one".to_owned(), verdict)]);
            let compared = parse::<Module>(&text).unwrap().compare("test_x", &VERSION, &verdicts);
            compared.unexpected.len()
        };
        // One for the other group, whose tests are not there.
        assert_eq!(wrong(Outcome::Passed, ""), 1);
        assert_eq!(wrong(Outcome::Failed, "ValueError"), 1);
        assert_eq!(wrong(Outcome::Failed, "KeyError"), 2);
    }

    #[test]
    fn a_group_may_be_about_versions_from_one_to_before_another() {
        let verdict = Verdict { outcome: Outcome::Failed, text: "ValueError".to_owned() };
        let verdicts = BTreeMap::from([("test_x.Numbers.test_one".to_owned(), verdict)]);
        let wrong = |bound: &str| {
            let text = TEXT.replace("reason = \"a bug\"", &format!("reason = \"a bug\"\n{bound}"));
            let compared = parse::<Module>(&text).unwrap().compare("test_x", &VERSION, &verdicts);
            compared.unexpected.len()
        };
        // One for the other group, whose tests are not there.
        assert_eq!(wrong("since = \"3.2.0\""), 1);
        assert_eq!(wrong("since = \"3.2.1\""), 2);
        assert_eq!(wrong("before = \"3.2.0\""), 2);
        assert_eq!(wrong("since = \"3.1.9\"\nbefore = \"3.10.0\""), 1);
    }

    #[test]
    fn a_listed_test_that_is_gone_is_told() {
        let wrong = compare(&AS_LISTED[..2]);
        assert_eq!(
            wrong,
            ["test_x.Numbers.test_one is listed, but there is no such test, or twice"]
        );
    }

    #[test]
    fn a_list_that_says_nothing_or_of_no_module_is_refused() {
        for (from, to) in [
            ("WASI has no processes", ""),
            ("requires subprocess", ""),
            ("test_x.Commands.*", "test_z.Commands.*"),
            ("fidelity@0.1.0", "fidelity@9.0.0"),
        ] {
            assert!(parse::<Module>(&TEXT.replace(from, to)).is_err(), "{from}");
        }
    }

    #[test]
    fn a_star_stands_for_any_text() {
        assert!(matches("a.*", "a.b.c") && matches("a*c", "abc") && matches("*", ""));
        assert!(matches("a*b*", "a1b2b") && matches("a.b", "a.b"));
        assert!(!matches("a.*", "b.a") && !matches("a*c", "acd") && !matches("a", "ab"));
    }
}
