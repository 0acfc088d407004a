//! A folder a case: `plans/<case>/plan.json` and what `expected` says about it. `UPDATE_EXPECT=1` writes `expected`.

// Tests open what they made themselves.
#![allow(clippy::disallowed_methods)]

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use composectl_plan::{Limits, Plan};

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plans");
    let entries = fs::read_dir(folder).expect("the cases are there");
    let mut cases: Vec<PathBuf> = entries.map(|entry| entry.expect("readable").path()).collect();
    cases.sort();
    cases
}

fn text_of(case: &Path) -> String {
    fs::read_to_string(case.join("plan.json")).expect("a case has a plan.json")
}

fn is_named_valid(case: &Path) -> bool {
    case.file_name().is_some_and(|name| name.to_string_lossy().starts_with("valid-"))
}

#[test]
fn every_plan_gives_what_is_expected() {
    for case in cases() {
        let text = text_of(&case);
        let result = Plan::check(&text);
        assert_eq!(result.is_ok(), is_named_valid(&case), "{}: {result:?}", case.display());
        let mut shown = String::new();
        match &result {
            Ok(plan) => describe(plan, &mut shown),
            Err(problems) => {
                for problem in problems {
                    writeln!(shown, "{problem} [{}]", problem.code).expect("into a string");
                    for hint in problem.hint.iter() {
                        writeln!(shown, "hint: {hint}").expect("into a string");
                    }
                }
            }
        }
        expect_test::expect_file![case.join("expected")].assert_eq(&shown);
    }
}

#[test]
fn failing_cases_outnumber_passing_ones() {
    let (valid, invalid): (Vec<_>, Vec<_>) =
        cases().into_iter().partition(|case| is_named_valid(case));
    assert!(!valid.is_empty() && invalid.len() > 3 * valid.len());
}

#[test]
fn the_first_problem_is_the_error() {
    for case in cases() {
        let text = text_of(&case);
        if let Err(problems) = Plan::check(&text) {
            let error = Plan::parse(&text).expect_err("it has problems");
            assert_eq!(error.message, problems[0].to_string());
            assert_eq!(error.code, problems[0].code);
            let file = Plan::load(&case.join("plan.json")).expect_err("it has problems");
            assert!(file.message.ends_with(&format!("plan.json:{}", problems[0])));
        }
    }
}

/// Problems point at the line and column where the key or value begins.
#[test]
fn positions_point_at_what_they_name() {
    let mut checked = 0;
    for case in cases() {
        let text = text_of(&case);
        let Err(problems) = Plan::check(&text) else { continue };
        for problem in problems.iter().filter(|problem| !problem.path.is_empty()) {
            let line = text.lines().nth(problem.line - 1).expect("the line is there");
            let at: String = line.chars().skip(problem.column - 1).collect();
            let last = problem.path.rsplit(['.', '[', ']']).find(|part| !part.is_empty());
            let last = last.expect("a path has parts");
            let begins_a_value = at.starts_with(['"', '{', '[', '-', 't', 'n'])
                || at.starts_with(|c: char| c.is_ascii_digit());
            assert!(begins_a_value, "{}: {problem}: {at:?}", case.display());
            if problem.message.starts_with("unknown key") && !last.starts_with('"') {
                assert!(at.starts_with(&format!("\"{last}\"")), "{}: {problem}", case.display());
            }
            checked += 1;
        }
    }
    assert!(checked > 80, "{checked}");
}

/// What the parts of a plan became.
fn describe(plan: &Plan, shown: &mut String) {
    let mut line = |text: String| writeln!(shown, "{text}").expect("into a string");
    let policy = &plan.policy;
    line(format!("root {}, {:?}, {:?}", plan.root, plan.linkage, policy.determinism));
    line(format!("trust {} {:?}", policy.trust.mode.as_str(), policy.trust.keys));
    line(format!("capabilities {:?}", policy.capabilities));
    let of =
        |limits: &Limits| limits.set().map(|(name, n)| format!(" {name}={n}")).collect::<String>();
    let run: String = policy.run.set().map(|(name, n)| format!(" {name}={n}")).collect();
    line(format!("at most{}{run} io_ops={:?}", of(&policy.most), policy.io_ops));
    for component in &plan.components {
        line(format!("component {} {}", component.id, component.digest));
        line(format!("  source {:?}", component.source));
        line(format!("  grants {:?}", component.grants));
        line(format!("  limits{}", of(&component.limits)));
        for entry in &component.signatures {
            line(format!("  signed {} {} {:?}", entry.key, entry.signature_text(), entry.expires));
        }
        line(format!("  may resolve {}", plan.may_resolve(&component.id)));
        line(format!("  for the root: {}", outcome(plan.lookup(None, &component.id))));
    }
    for binding in &plan.bindings {
        let consumer = binding.consumer_id.as_deref();
        let found = outcome(plan.lookup(consumer, &binding.import_name));
        line(format!(
            "binding {consumer:?} {} -> {found} ({})",
            binding.import_name, binding.export_name
        ));
    }
    line(format!("no-such-name: {}", outcome(plan.lookup(None, "no-such-name"))));
    line(format!("invoke: {:?}", plan.check_invoke().map_err(|error| error.code)));
}

fn outcome(found: composectl_plan::Result<&composectl_plan::Component>) -> String {
    match found {
        Ok(component) => component.id.clone(),
        Err(error) => format!("{} [{}]", error.message, error.code),
    }
}
