//! Tests of any kind as named pieces of work that count what they found: chosen by the filter, run in parallel
//! where they may be, told about as they end.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Instant;

use anyhow::Result;
use serde_json::json;

use crate::commands::{Failure, Session, usage};
use crate::output;

/// What one piece of work found.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    pub passed: usize,
    pub failed: usize,
    pub skipped: usize,
    /// Shown when something failed: everything that helps to see why.
    pub output: String,
}

impl Counts {
    pub fn passed(count: usize) -> Counts {
        Counts { passed: count, ..Counts::default() }
    }

    pub fn failed(output: impl Into<String>) -> Counts {
        Counts { failed: 1, output: output.into(), ..Counts::default() }
    }

    /// What else was found; its output is shown after what there is.
    pub fn add(&mut self, other: &Counts) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.output += &other.output;
    }

    fn line(&self) -> String {
        format!("{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

/// All groups.
const GROUPS: &[&str] = &[
    "rust",
    "linkage",
    "registry",
    "native",
    "python",
    "packages",
    "mp",
    "runtimes",
    "differential",
    "stock",
    "audit",
    "fidelity",
    "end-to-end",
];

type Work<'a> = Box<dyn Fn() -> Result<Counts> + Send + Sync + 'a>;

/// A piece of work that is chosen and reported as one; it may hold many tests.
pub struct Test<'a> {
    name: String,
    work: Work<'a>,
}

impl<'a> Test<'a> {
    pub fn new(
        name: impl Into<String>,
        work: impl Fn() -> Result<Counts> + Send + Sync + 'a,
    ) -> Test<'a> {
        Test { name: name.into(), work: Box::new(work) }
    }

    /// A test that passes unless it returns an error, which is then shown.
    pub fn simple(
        name: impl Into<String>,
        work: impl Fn() -> Result<()> + Send + Sync + 'a,
    ) -> Test<'a> {
        Test::new(name, move || work().map(|()| Counts::passed(1)))
    }
}

struct Finished {
    group: &'static str,
    name: String,
    counts: Counts,
    seconds: f64,
}

/// Tests of a group that are run one after the other: one, or all of a group that has the machine's cores by itself.
type Chain<'a> = (&'static str, Vec<Test<'a>>);

/// One run of `cargo xtask test`.
pub struct Suite<'a> {
    session: &'a Session,
    filter: &'a [String],
    begun: Instant,
    /// In the order in which they are told of at the end.
    chains: Vec<Chain<'a>>,
}

impl<'a> Suite<'a> {
    pub fn new(session: &'a Session, filter: &'a [String]) -> Suite<'a> {
        Suite { session, filter, begun: Instant::now(), chains: Vec::new() }
    }

    /// Whether the filter leaves a test in. The full name is `<group> <name>`; the name of a group means that group.
    fn wants(&self, group: &str, name: &str) -> bool {
        let name = format!("{group} {name}");
        let wanted = |part: &String| match GROUPS.contains(&part.as_str()) {
            true => part == group,
            false => name.contains(part),
        };
        self.filter.is_empty() || self.filter.iter().any(wanted)
    }

    /// Takes those of `tests` that the filter wants, to be run at once.
    pub fn group(&mut self, group: &'static str, tests: Vec<Test<'a>>) {
        let wanted = self.wanted(group, tests);
        self.chains.extend(wanted.into_iter().map(|test| (group, vec![test])));
    }

    /// The same, to be run one after the other, beside those of other groups.
    pub fn chain(&mut self, group: &'static str, tests: Vec<Test<'a>>) {
        let wanted = self.wanted(group, tests);
        self.chains.push((group, wanted));
    }

    fn wanted(&self, group: &'static str, mut tests: Vec<Test<'a>>) -> Vec<Test<'a>> {
        debug_assert!(GROUPS.contains(&group), "{group} is no group that a filter can name");
        tests.retain(|test| self.wants(group, &test.name));
        tests
    }

    /// Runs `jobs` chains at once, those of many tests first: so no core is without work at the end.
    fn run_all(&self, jobs: usize) -> Vec<Finished> {
        let mut waiting: Vec<_> = self.chains.iter().enumerate().collect();
        waiting.sort_by_key(|(_, (_, tests))| tests.len() <= 1);
        let waiting = Mutex::new(VecDeque::from(waiting));
        let finished = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for _ in 0..jobs {
                scope.spawn(|| {
                    loop {
                        let next =
                            waiting.lock().expect("invariant: no panic while held").pop_front();
                        let Some((place, (group, tests))) = next else { break };
                        for test in tests {
                            let result = (place, self.run(group, test));
                            finished.lock().expect("invariant: no panic while held").push(result);
                        }
                    }
                });
            }
        });
        let mut finished = finished.into_inner().expect("invariant: no panic while held");
        finished.sort_by_key(|(place, _)| *place);
        finished.into_iter().map(|(_, finished)| finished).collect()
    }

    fn run(&self, group: &'static str, test: &Test<'_>) -> Finished {
        let begun = Instant::now();
        let counts = (test.work)().unwrap_or_else(|error| Counts::failed(format!("{error:#}")));
        let seconds = begun.elapsed().as_secs_f64();
        let Test { name, .. } = test;
        self.session.note(&format!("{group:>10} {name}: {} ({seconds:.1} s)", counts.line()));
        if counts.failed > 0 {
            let said = counts.output.trim_end();
            // Failures are errors: shown with --quiet, too.
            output::say(&format!("--- {group} {name} failed:\n{said}\n--- end of {group} {name}"));
        }
        Finished { group, name: name.clone(), counts, seconds }
    }

    /// The last lines, and the command's result.
    pub fn finish(self) -> Result<()> {
        let tests = self
            .chains
            .iter()
            .flat_map(|(group, tests)| tests.iter().map(move |test| (group, test)));
        let names: Vec<_> = tests.map(|(group, test)| format!("{group} {}", test.name)).collect();
        if names.is_empty() {
            let parts = self.filter.join("` or `");
            return Err(usage(format!("no test has `{parts}` in its name")));
        }
        if self.session.global.dry_run {
            let text = format!("{}\n{} would run", names.join("\n"), names.len());
            return self.session.result(json!({ "planned": names }), &text);
        }
        let all = self.run_all(self.session.global.jobs);
        let mut total = Counts::default();
        for finished in &all {
            total.add(&finished.counts);
        }
        let seconds = self.begun.elapsed().as_secs_f64();
        self.session.note(&format!("{:>10} {seconds:.1} s", "in"));
        let rows: Vec<_> = all
            .iter()
            .map(|Finished { group, name, counts, seconds }| {
                json!({
                    "group": group,
                    "name": name,
                    "passed": counts.passed,
                    "failed": counts.failed,
                    "skipped": counts.skipped,
                    "seconds": seconds,
                    "output": counts.output,
                })
            })
            .collect();
        let json = json!({
            "passed": total.passed,
            "failed": total.failed,
            "skipped": total.skipped,
            "seconds": seconds,
            "tests": rows,
        });
        self.session.result(json, &total.line())?;
        if total.failed == 0 {
            return Ok(());
        }
        let failed = all.iter().filter(|finished| finished.counts.failed > 0);
        let names: Vec<_> =
            failed.map(|Finished { group, name, .. }| format!("{group} {name}")).collect();
        Err(Failure::Tests(format!("these tests failed: {}", names.join(", "))).into())
    }
}
