//! How steps run: failures, circles, several at once, their processes.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};

use anyhow::Result;

use super::*;

#[test]
fn a_failing_step_shows_its_whole_log_and_keeps_it() {
    let checkout = Checkout::new();
    checkout.write("a.c", "error");
    checkout.write("b.c", "b");
    let error = format!("{:#}", checkout.context().ensure(&program()).unwrap_err());
    assert!(error.contains("compile a.c failed: the source says error"), "{error}");
    assert!(error.contains("line one of the log\nline two of the log"), "{error}");
    let kept = error.split("kept as ").nth(1).unwrap().trim();
    assert!(fs::read_to_string(kept).unwrap().contains("line two of the log"));
    // Mended, the build goes on.
    checkout.write("a.c", "a");
    assert!(checkout.made(&program()).contains(&"program".to_owned()));
}

#[test]
fn keep_going_reports_every_failure_and_makes_the_rest() {
    let checkout = Checkout::new();
    for (name, text) in [("a.c", "error 1"), ("b.c", "b"), ("c.c", "error 2")] {
        checkout.write(name, text);
    }
    let options = Options { jobs: 1, keep_going: true, ..Options::default() };
    let cx = checkout.context_with(options);
    let all = Link(vec![compile("a.c"), compile("b.c"), compile("c.c")]);
    let error = format!("{:#}", cx.ensure(&all).unwrap_err());
    assert!(
        error.contains("compile a.c failed") && error.contains("compile c.c failed"),
        "{error}"
    );
    assert_eq!(made(&cx), ["b.c"]);
}

#[test]
fn a_dry_run_plans_what_would_run_and_makes_nothing() {
    let checkout = Checkout::new();
    checkout.write("a.c", "a");
    checkout.write("b.c", "b");
    checkout.made(&compile("a.c"));
    let cx = checkout.context_with(Options { jobs: 1, dry_run: true, ..Options::default() });
    assert_eq!(cx.ensure(&program()).unwrap().digest, None);
    let planned: Vec<_> =
        cx.planned().into_iter().map(|step| format!("{} {}", step.kind, step.label)).collect();
    assert_eq!(planned, ["compile b.c", "link program"]);
    assert_eq!(made(&cx), [] as [&str; 0]);
}

#[derive(Clone, Debug)]
struct Circle(u8);

impl Step for Circle {
    const KIND: &'static str = "circle";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        self.0.to_string()
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        inputs.artifact("next", &cx.ensure(&Circle((self.0 + 1) % 3))?);
        Ok(())
    }

    fn run(&self, _: &Context, _: &Work) -> Result<()> {
        Ok(())
    }
}

#[test]
fn a_circle_of_steps_is_named_and_does_not_hang() {
    let checkout = Checkout::new();
    let cx = checkout.context();
    let errors = cx.parallel(&[0, 1, 2], |cx, n| cx.ensure(&Circle(*n))).unwrap_err();
    let text = format!("{errors:#}");
    let circle = text.split_once("in a circle: ").expect(&text).1.lines().next().unwrap();
    let steps: Vec<&str> = circle.split(" -> ").collect();
    assert_eq!((steps.len(), steps[0]), (4, steps[3]), "{text}");
    let mut kinds = steps[1..].to_vec();
    kinds.sort();
    assert_eq!(kinds, ["circle 0", "circle 1", "circle 2"], "{text}");
}

/// Counts how often it really runs, across contexts.
#[derive(Clone)]
struct Slow(Arc<AtomicUsize>);

impl std::fmt::Debug for Slow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Slow")
    }
}

impl Step for Slow {
    const KIND: &'static str = "slow";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        "slow".to_owned()
    }

    fn inputs(&self, _: &Context, _: &mut Inputs) -> Result<()> {
        Ok(())
    }

    fn run(&self, _: &Context, work: &Work) -> Result<()> {
        self.0.fetch_add(1, Ordering::Relaxed);
        std::thread::sleep(std::time::Duration::from_millis(100));
        Ok(fs::write(work.out().join("done"), "")?)
    }
}

#[test]
fn two_builds_at_once_make_a_shared_step_once() {
    let checkout = Checkout::new();
    let step = Slow(Arc::default());
    let barrier = Barrier::new(2);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let cx = checkout.context();
                barrier.wait();
                cx.ensure(&step).unwrap();
            });
        }
    });
    assert_eq!(step.0.load(Ordering::Relaxed), 1);
}

#[derive(Clone, Debug)]
struct Environment;

impl Step for Environment {
    const KIND: &'static str = "environment";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        "environment".to_owned()
    }

    fn inputs(&self, _: &Context, _: &mut Inputs) -> Result<()> {
        Ok(())
    }

    fn run(&self, _: &Context, work: &Work) -> Result<()> {
        let printed = work.process(Path::new("/usr/bin/env")).env("GIVEN", "1").run()?;
        Ok(fs::write(work.out().join("env"), printed)?)
    }
}

#[test]
fn a_child_process_sees_only_what_is_allowed_or_given() {
    let checkout = Checkout::new();
    let made = checkout.context().ensure(&Environment).unwrap();
    let seen = fs::read_to_string(made.path("env")).unwrap();
    let mut names: Vec<_> = seen.lines().filter_map(|line| line.split('=').next()).collect();
    names.retain(|name| !["PATH", "HOME", "TMPDIR"].contains(name));
    names.sort();
    assert_eq!(names, ["GIVEN", "LC_ALL", "SOURCE_DATE_EPOCH", "TZ"]);
}

#[test]
fn a_full_disk_is_an_error_that_loses_nothing() {
    let checkout = Checkout::new();
    checkout.write("a.c", "a");
    checkout.made(&compile("a.c"));
    // /dev/full is what a full disk looks like to a writer.
    #[derive(Clone, Debug)]
    struct Full;
    impl Step for Full {
        const KIND: &'static str = "write";
        const VERSION: u32 = 1;
        fn label(&self) -> String {
            "full".to_owned()
        }
        fn inputs(&self, _: &Context, _: &mut Inputs) -> Result<()> {
            Ok(())
        }
        fn run(&self, _: &Context, work: &Work) -> Result<()> {
            std::os::unix::fs::symlink("/dev/full", work.out().join("disk"))?;
            Ok(fs::write(work.out().join("disk"), "x")?)
        }
    }
    let error = format!("{:#}", checkout.context().ensure(&Full).unwrap_err());
    assert!(error.contains("No space left on device"), "{error}");
    assert_eq!(checkout.made(&compile("a.c")), [] as [&str; 0]);
}

/// Takes a step inside its own run, as the toolchain does where a machine lacks libraries.
#[derive(Clone, Debug)]
struct Nested;

impl Step for Nested {
    const KIND: &'static str = "nested";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        "nested".to_owned()
    }

    fn inputs(&self, _: &Context, _: &mut Inputs) -> Result<()> {
        Ok(())
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let inner = cx.ensure(&compile("a.c"))?;
        Ok(fs::copy(inner.path("object"), work.out().join("object")).map(drop)?)
    }
}

#[test]
fn a_step_inside_a_step_needs_no_second_job() {
    let checkout = Checkout::new();
    checkout.write("a.c", "a");
    let cx = checkout.context_with(Options { jobs: 1, ..Options::default() });
    cx.ensure(&Nested).unwrap();
    assert_eq!(made(&cx), ["a.c", "nested"]);
}
