//! What the engine promises, on steps that write small files.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};

use anyhow::{Result, bail};

use super::*;

struct Checkout {
    dir: tempfile::TempDir,
}

impl Checkout {
    fn new() -> Checkout {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("src")).unwrap();
        Checkout { dir }
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.dir.path().join("src").join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn context_with(&self, options: Options) -> Context {
        let root = self.dir.path().join("src");
        Context::new(&root, &self.dir.path().join("cache"), options, Report::silent()).unwrap()
    }

    fn context(&self) -> Context {
        self.context_with(Options { jobs: 2, ..Options::default() })
    }

    /// Runs `step`; returns the labels of what had to be made.
    fn made(&self, step: &impl Step) -> Vec<String> {
        let cx = self.context();
        cx.ensure_files(step).unwrap();
        cx.finish();
        made(&cx)
    }
}

fn made(cx: &Context) -> Vec<String> {
    let mut labels: Vec<_> =
        cx.finished().into_iter().filter(|step| !step.cached).map(|step| step.label).collect();
    labels.sort();
    labels
}

/// Copies a file, and the file that its first line names with `include `.
#[derive(Clone, Debug)]
struct Compile {
    source: String,
    flag: String,
}

impl Step for Compile {
    const KIND: &'static str = "compile";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        self.source.clone()
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        inputs.text("flag", &self.flag);
        inputs.file(&cx.root().join(&self.source))
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let mut text = fs::read_to_string(cx.root().join(&self.source))?;
        if let Some(header) = text.clone().strip_prefix("include ") {
            let header = cx.root().join(header.trim());
            work.discovered(&header)?;
            text += &fs::read_to_string(header)?;
        }
        if text.contains("error") {
            work.log("line one of the log\nline two of the log");
            bail!("the source says error");
        }
        Ok(fs::write(work.out().join("object"), text.to_uppercase())?)
    }
}

#[derive(Clone, Debug)]
struct Link(Vec<Compile>);

impl Step for Link {
    const KIND: &'static str = "link";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        "program".to_owned()
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        for (compile, object) in self.0.iter().zip(cx.ensure_all(&self.0)?) {
            inputs.artifact(&compile.source, &object);
        }
        Ok(())
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let mut program = String::new();
        for object in cx.ensure_all(&self.0)? {
            program += &fs::read_to_string(object.path("object"))?;
        }
        Ok(fs::write(work.out().join("program"), program)?)
    }
}

fn compile(source: &str) -> Compile {
    Compile { source: source.to_owned(), flag: "-O2".to_owned() }
}

fn program() -> Link {
    Link(vec![compile("a.c"), compile("b.c")])
}

#[test]
fn a_change_rebuilds_exactly_what_depends_on_it() {
    let checkout = Checkout::new();
    checkout.write("a.c", "a");
    checkout.write("b.c", "b");
    assert_eq!(checkout.made(&program()), ["a.c", "b.c", "program"]);
    assert_eq!(checkout.made(&program()), [] as [&str; 0]);
    checkout.write("b.c", "other");
    assert_eq!(checkout.made(&program()), ["b.c", "program"]);
    // Another flag for one of them.
    let mut flagged = program();
    flagged.0[0].flag = "-O3".to_owned();
    // The object comes out the same, so nothing is linked again.
    assert_eq!(checkout.made(&flagged), ["a.c"]);
    // Back to what was: all of it is still in the cache.
    checkout.write("b.c", "b");
    assert_eq!(checkout.made(&program()), [] as [&str; 0]);
}

/// Runs a program that another step made, in an environment of its own.
#[derive(Clone, Debug)]
struct RunTool {
    tool: Compile,
    environment: &'static str,
}

impl Step for RunTool {
    const KIND: &'static str = "run";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        "tool".to_owned()
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        inputs.artifact("tool", &cx.ensure(&self.tool)?);
        inputs.text("environment MODE", self.environment);
        Ok(())
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let tool = cx.ensure(&self.tool)?.path("object");
        let printed = work.process("cat").arg(tool).env("MODE", self.environment).run()?;
        Ok(fs::write(work.out().join("printed"), printed)?)
    }
}

#[test]
fn a_change_of_tool_or_environment_rebuilds_exactly_what_depends_on_it() {
    let checkout = Checkout::new();
    checkout.write("tool.c", "one");
    checkout.write("a.c", "a");
    let run = |environment| RunTool { tool: compile("tool.c"), environment };
    checkout.made(&compile("a.c"));
    assert_eq!(checkout.made(&run("fast")), ["tool", "tool.c"]);
    assert_eq!(checkout.made(&run("small")), ["tool"]);
    assert_eq!(checkout.made(&run("fast")), [] as [&str; 0]);
    checkout.write("tool.c", "two");
    assert_eq!(checkout.made(&run("fast")), ["tool", "tool.c"]);
    assert_eq!(checkout.made(&compile("a.c")), [] as [&str; 0]);
}

#[test]
fn a_touched_file_rebuilds_nothing() {
    let checkout = Checkout::new();
    let source = checkout.write("a.c", "a");
    checkout.made(&compile("a.c"));
    let file = fs::File::options().append(true).open(source).unwrap();
    file.set_modified(std::time::SystemTime::now()).unwrap();
    assert_eq!(checkout.made(&compile("a.c")), [] as [&str; 0]);
}

#[test]
fn a_discovered_header_is_an_input_from_then_on() {
    let checkout = Checkout::new();
    checkout.write("a.c", "include h.h");
    checkout.write("h.h", "one");
    assert_eq!(checkout.made(&compile("a.c")), ["a.c"]);
    assert_eq!(checkout.made(&compile("a.c")), [] as [&str; 0]);
    checkout.write("h.h", "two");
    assert_eq!(checkout.made(&compile("a.c")), ["a.c"]);
    checkout.write("h.h", "one");
    assert_eq!(checkout.made(&compile("a.c")), [] as [&str; 0]);
    fs::remove_file(checkout.dir.path().join("src/h.h")).unwrap();
    let error = checkout.context().ensure(&compile("a.c")).unwrap_err();
    assert!(format!("{error:#}").contains("compile a.c failed"), "{error:#}");
}

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
    assert!(format!("{errors:#}").contains("in a circle"), "{errors:#}");
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

/// Copies its source, which somebody saves anew during the first run.
#[derive(Clone)]
struct Disturbed(Arc<AtomicUsize>);

impl std::fmt::Debug for Disturbed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Disturbed")
    }
}

impl Step for Disturbed {
    const KIND: &'static str = "disturbed";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        "a.c".to_owned()
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        inputs.file(&cx.root().join("a.c"))
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let source = cx.root().join("a.c");
        if self.0.fetch_add(1, Ordering::Relaxed) == 0 {
            // The clock of the file system is coarser than ours.
            std::thread::sleep(std::time::Duration::from_millis(20));
            fs::write(&source, "new")?;
        }
        Ok(fs::copy(&source, work.out().join("object")).map(drop)?)
    }
}

#[test]
fn a_file_saved_during_the_build_is_not_cached_under_its_old_content() {
    let checkout = Checkout::new();
    checkout.write("a.c", "old");
    let step = Disturbed(Arc::default());
    let made = checkout.context().ensure(&step).unwrap();
    assert_eq!(fs::read_to_string(made.path("object")).unwrap(), "new");
    assert_eq!(step.0.load(Ordering::Relaxed), 2);
    checkout.write("a.c", "old");
    let made = checkout.context().ensure(&step).unwrap();
    assert_eq!(fs::read_to_string(made.path("object")).unwrap(), "old");
}

/// Copies what a search through two folders finds, `first/h` or `second/h`, and notes what `first/link/../up` is.
#[derive(Clone, Debug)]
struct Search;

impl Step for Search {
    const KIND: &'static str = "search";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        "h".to_owned()
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        ["first", "second"].iter().try_for_each(|folder| inputs.names(&cx.root().join(folder)))
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let places = ["first/h", "second/h"].map(|path| cx.root().join(path));
        let found = places.iter().find(|path| path.is_file());
        let mut text = String::new();
        if let Some(found) = found {
            work.discovered(found)?;
            text += &fs::read_to_string(found)?;
        }
        let up = cx.root().join("first/link/../up");
        work.looked_for(&up);
        text += &fs::read_to_string(up).unwrap_or("nothing".to_owned());
        Ok(fs::write(work.out().join("object"), text)?)
    }
}

#[test]
fn what_was_looked_for_and_not_found_is_an_input() {
    let checkout = Checkout::new();
    let root = checkout.dir.path().join("src");
    for folder in ["first", "second", "far/deep", "near/deep"] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    std::os::unix::fs::symlink("../far/deep", root.join("first/link")).unwrap();
    let built = || {
        let cx = checkout.context();
        let made = cx.ensure_files(&Search).unwrap();
        cx.finish();
        let text = fs::read_to_string(made.path("object")).unwrap();
        (text, !self::made(&cx).is_empty())
    };
    let built_anew = |text: &str| assert_eq!(built(), (text.to_owned(), true));
    checkout.write("second/h", "2 ");
    built_anew("2 nothing");
    checkout.write("unrelated", "");
    assert_eq!(built(), ("2 nothing".to_owned(), false));
    checkout.write("first/h", "1 ");
    built_anew("1 nothing");
    checkout.write("far/up", "far");
    built_anew("1 far");
    // The name of the same place by its text.
    checkout.write("first/up", "by text");
    assert_eq!(built().0, "1 far");
    fs::remove_file(root.join("first/up")).unwrap();
    fs::remove_file(root.join("first/link")).unwrap();
    std::os::unix::fs::symlink("../near/deep", root.join("first/link")).unwrap();
    built_anew("1 nothing");
    fs::remove_file(root.join("first/h")).unwrap();
    built_anew("2 nothing");
    // Back to what was: all of it is still in the cache.
    checkout.write("first/h", "1 ");
    assert_eq!(built(), ("1 nothing".to_owned(), false));
}

#[test]
fn a_file_outside_of_the_checkout_is_refused_by_its_true_name() {
    let checkout = Checkout::new();
    let outside = checkout.dir.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("h.h"), "one").unwrap();
    std::os::unix::fs::symlink(&outside, checkout.dir.path().join("src/inc")).unwrap();
    checkout.write("a.c", "include inc/h.h");
    let error = format!("{:#}", checkout.context().ensure(&compile("a.c")).unwrap_err());
    let real = fs::canonicalize(outside.join("h.h")).unwrap();
    assert!(
        error.contains(&format!("inc/h.h is outside of the checkout: it is {}", real.display())),
        "{error}"
    );
    assert!(error.contains("hint:"), "{error}");
    // A search through such a folder could find anything.
    let error = format!("{:#}", checkout.context().ensure(&SearchIn("")).unwrap_err());
    assert!(error.contains("src/inc is a link to"), "{error}");
}

/// Searches a folder.
#[derive(Clone, Debug)]
struct SearchIn(&'static str);

impl Step for SearchIn {
    const KIND: &'static str = "search";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        self.0.to_owned()
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        inputs.names(&cx.root().join(self.0))
    }

    fn run(&self, _: &Context, work: &Work) -> Result<()> {
        Ok(fs::write(work.out().join("object"), "")?)
    }
}

/// The one file of a step's output, in the cache.
fn object(checkout: &Checkout, step: &impl Step, name: &str) -> PathBuf {
    checkout.context().ensure(step).unwrap().path(name)
}

#[test]
fn a_damaged_output_is_made_again_when_it_is_used() {
    let checkout = Checkout::new();
    checkout.write("a.c", "a");
    checkout.write("b.c", "b");
    checkout.made(&program());
    let program_file = object(&checkout, &program(), "program");
    let object_file = object(&checkout, &compile("a.c"), "object");
    fs::write(&program_file, "XX").unwrap();
    assert_eq!(checkout.made(&program()), ["program"]);
    assert_eq!(fs::read_to_string(&program_file).unwrap(), "AB");
    // One that nothing reads is left as it is, until something does.
    fs::write(&object_file, "X").unwrap();
    assert_eq!(checkout.made(&program()), [] as [&str; 0]);
    checkout.write("b.c", "c");
    assert_eq!(checkout.made(&program()), ["a.c", "b.c", "program"]);
    assert_eq!(fs::read_to_string(&program_file).unwrap(), "AB");
    let again = object(&checkout, &program(), "program");
    assert_eq!(fs::read_to_string(again).unwrap(), "AC");
}

#[test]
fn a_damaged_stamp_does_not_stand_for_an_output() {
    let checkout = Checkout::new();
    checkout.write("a.c", "a");
    checkout.write("b.c", "b");
    checkout.made(&program());
    let object_file = object(&checkout, &compile("a.c"), "object");
    let stamp = object_file.parent().unwrap().with_file_name("stamp.json");
    let text = fs::read_to_string(&stamp).unwrap();
    let digest = text.split("\"digest\": \"").nth(1).unwrap()[..64].to_owned();
    fs::write(&stamp, text.replace(&digest, &"0".repeat(64))).unwrap();
    assert_eq!(checkout.made(&program()), ["a.c"]);
    fs::write(&stamp, "{").unwrap();
    assert_eq!(checkout.made(&program()), ["a.c"]);
}
