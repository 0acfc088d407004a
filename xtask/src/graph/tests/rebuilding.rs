//! What is made again, and what is not.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;

use super::*;

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
