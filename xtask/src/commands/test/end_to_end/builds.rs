//! Builds in copies of the checkout, with caches of their own: at once, killed, elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::super::micropython::subject as micropython;
use super::super::subject::Subject;
use super::super::suite::Test;
use super::Ended;
use crate::commands::copy::Checkout;
use crate::commands::dynlink;
use crate::graph::{Digest, Stamp};
use crate::manifest::Linkage;
use crate::micropython::Modules;

/// Kinds of steps that are taken from the user's cache wherever a build is not the subject itself.
const SOURCES: &[&str] = &["fetch", "unpack", "assemble", "probe"];
/// What takes minutes.
const LARGE: &[&str] = &["cpython", "configure"];
const FROZEN: &[&str] = &["freeze", "generate"];
/// In seconds. Builds that are killed, or that run at once, take from the cache what took longer: it would be begun again after
/// each kill.
const LONG: f64 = 10.0;
/// What a name of a folder may have in it, and a shell, a makefile or a compiler may take for something else.
const ODD: &str = "o'brien & \"söhne\" $HOME #1 (ltd) ";
/// How often a build is killed.
const KILLS: u32 = 8;

pub fn tests<'a>(subject: &'a Subject<'a>, full: bool) -> Vec<Test<'a>> {
    let elsewhere =
        if full { "a second folder, libpython, OpenSSL and all" } else { "a second folder" };
    vec![
        Test::simple("two builds at once succeed in one checkout and in two", move || {
            at_once(subject)
        }),
        Test::simple("a killed build is repaired by the next", move || killed(subject)),
        Test::simple("a build that fails leaves the last good output", move || fails(subject)),
        Test::simple("gen --check finds what was edited, and says what mends it", move || {
            edited_bindings(subject)
        }),
        Test::simple("without the network and the cache it says what is missing", move || {
            offline(subject)
        }),
        Test::simple(format!("{elsewhere} gives the same bytes"), move || {
            same_bytes(subject, full)
        }),
    ]
}

/// A copy whose cache has the outputs of these kinds, and no others.
fn copy(subject: &Subject, kinds: &[&[&str]]) -> Result<Checkout> {
    copy_with(subject, |stamp| is_of(kinds, stamp))
}

fn copy_with(subject: &Subject, keep: impl Fn(&Stamp) -> bool) -> Result<Checkout> {
    subject.built()?;
    let cx = subject.session.context()?;
    let copy = Checkout::copy_below(ODD, subject.session.root(), Some(cx.cache_root()))?;
    forget_all_but(&copy.cache_dir(), keep)?;
    Ok(copy)
}

fn is_of(kinds: &[&[&str]], stamp: &Stamp) -> bool {
    kinds.iter().any(|kinds| kinds.contains(&stamp.kind.as_str()))
}

fn is_small(stamp: &Stamp) -> bool {
    stamp.seconds < LONG && !is_of(&[SOURCES, LARGE, FROZEN], stamp)
}

fn forget_all_but(cache: &Path, keep: impl Fn(&Stamp) -> bool) -> Result<()> {
    for shard in fs::read_dir(cache.join("v1/steps"))? {
        for entry in fs::read_dir(shard?.path())? {
            let entry = entry?.path();
            let stamp = fs::read(entry.join("stamp.json"));
            let stamp = stamp.ok().and_then(|stamp| serde_json::from_slice(&stamp).ok());
            if stamp.is_some_and(|stamp| keep(&stamp)) {
                continue;
            }
            // The entry is a link into the user's cache until a build of the copy makes one.
            match fs::symlink_metadata(&entry)?.is_symlink() {
                true => fs::remove_file(&entry)?,
                false => fs::remove_dir_all(&entry)?,
            }
        }
    }
    Ok(())
}

fn compose(copy: &Checkout) -> Command {
    copy.xtask(&["compose", "--json", "--quiet"])
}

/// Fails unless what was built is what the subject is.
fn check_built(subject: &Subject, copy: &Checkout, said: &Value) -> Result<()> {
    let built = subject.built()?;
    let target = copy.root().join("target/pylon");
    let parts = built.parts.iter().map(|(name, path)| (name.as_str(), path));
    for (name, path) in parts.chain([("pylon.wasm", &built.pylon)]) {
        let (ours, theirs) = (Digest::of_file(path)?, Digest::of_file(&target.join(name))?);
        ensure!(ours == theirs, "{name} is {theirs} and not {ours}:\n{said:#}");
    }
    let digest = Digest::of_file(&built.pylon)?.to_string();
    ensure!(said["sha256"] == digest, "compose says sha256 {}, not {digest}", said["sha256"]);
    Ok(())
}

fn at_once(subject: &Subject) -> Result<()> {
    let one = copy_with(subject, |stamp| !is_small(stamp))?;
    let two = copy(subject, &[])?;
    let start = |checkout: &Checkout| -> Result<Child> {
        let mut command = compose(checkout);
        command.env("PYLON_CACHE_DIR", one.cache_dir());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().context("cannot start xtask")
    };
    let running = [start(&one)?, start(&one)?, start(&two)?];
    for (child, checkout) in running.into_iter().zip([&one, &one, &two]) {
        let ended = Ended::new("compose".to_owned(), child.wait_with_output()?);
        check_built(subject, checkout, &ended.json()?)?;
    }
    Ok(())
}

fn killed(subject: &Subject) -> Result<()> {
    let copy = copy_with(subject, |stamp| !is_small(stamp))?;
    let begun = Instant::now();
    Ended::of(&mut compose(&copy))?.succeeded()?;
    let whole = begun.elapsed();
    forget_all_but(&copy.cache_dir(), |stamp| !is_small(stamp))?;
    let seed = SystemTime::now().duration_since(UNIX_EPOCH)?.subsec_nanos();
    let mut survived = 0;
    for round in 0..KILLS {
        let mut child =
            compose(&copy).stdout(Stdio::null()).stderr(Stdio::null()).spawn().context("xtask")?;
        // Each round gets further: what was finished before the last kill is in the cache.
        let random = seed.rotate_left(round * 4) % 1000;
        std::thread::sleep(whole * 2 * random / 1000 / KILLS + Duration::from_millis(20));
        if child.try_wait()?.is_some() {
            survived += 1;
        }
        child.kill()?;
        child.wait()?;
    }
    ensure!(survived < KILLS, "each of {KILLS} builds had ended before it was to be killed");
    let said = Ended::of(&mut compose(&copy))?.json()?;
    check_built(subject, &copy, &said).with_context(|| format!("seed {seed}"))?;
    let again = Ended::of(&mut compose(&copy))?.json()?;
    ensure!(again["steps"]["run"] == 0, "the next build ran steps again:\n{again:#}");
    let left = fs::read_dir(copy.cache_dir().join("v1/tmp"))?.count();
    ensure!(left == 0, "{left} half-made outputs are left (seed {seed})");
    Ok(())
}

fn fails(subject: &Subject) -> Result<()> {
    let copy = copy(subject, &[SOURCES, LARGE, FROZEN, EVERYTHING_ELSE])?;
    Ended::of(&mut compose(&copy))?.succeeded()?;
    let source = Path::new("caps/crc32c/src/crc32c.c");
    copy.edit(source, |text| format!("{text}\nint broken = ;\n"))?;
    let broken = Ended::of(&mut compose(&copy))?;
    broken.refused(1, &["crc32c.c", "expected expression", "this log is kept as"])?;
    let target = copy.root().join("target/pylon/pylon.wasm");
    let (ours, left) = (Digest::of_file(&subject.built()?.pylon)?, Digest::of_file(&target)?);
    ensure!(ours == left, "pylon.wasm was changed by a build that failed");
    copy.edit(source, |text| text.replace("\nint broken = ;\n", ""))?;
    let said = Ended::of(&mut compose(&copy))?.json()?;
    check_built(subject, &copy, &said)
}

/// Kinds that are neither sources nor libpython nor frozen modules.
const EVERYTHING_ELSE: &[&str] =
    &["compile", "cargo", "archive", "link", "snapshot", "component", "compose"];

const CONTRACT: &str = "wit/crc32c/crc32c.wit";

fn edited_bindings(subject: &Subject) -> Result<()> {
    let copy = Checkout::copy(subject.session.root(), None)?;
    let check = || Ended::of(&mut copy.xtask(&["gen", "--check"]));
    check()?.succeeded()?;
    let file = Path::new("caps/zlib/gen/zlib_cap.h");
    copy.edit(file, |text| text.replace("#define", "#  define"))?;
    check()?.refused(3, &["caps/zlib/gen/zlib_cap.h", "cargo xtask gen zlib"])?;
    Ended::of(&mut copy.xtask(&["gen", "zlib"]))?.succeeded()?;
    check()?.succeeded()?;
    let now = fs::read(copy.root().join(file))?;
    ensure!(now == fs::read(subject.session.root().join(file))?, "gen wrote something else");
    // Bindings of another contract are not even built.
    copy.edit(Path::new(CONTRACT), |text| text.replace("interface ", "/// Another.\ninterface "))?;
    let built = Ended::of(&mut copy.xtask(&["compose", "--offline"]))?;
    built.refused(3, &["cargo xtask gen crc32c"])
}

fn offline(subject: &Subject) -> Result<()> {
    let copy = Checkout::copy(subject.session.root(), None)?;
    let mut command = copy.xtask(&["compose", "--offline"]);
    command.env_remove("WASI_SDK_PATH").env_remove("PYLON_CPYTHON_ARCHIVE");
    Ended::of(&mut command)?.refused(1, &["--offline is given", "is not in the cache"])
}

/// In a folder with a path of another length; everything but sources is made anew, what is large if `full`.
fn same_bytes(subject: &Subject, full: bool) -> Result<()> {
    let taken: &[&[&str]] = if full { &[SOURCES] } else { &[SOURCES, LARGE] };
    let copy = copy(subject, taken)?;
    let lengths = (copy.root().as_os_str().len(), subject.session.root().as_os_str().len());
    ensure!(lengths.0 != lengths.1, "both folders have paths of {} bytes", lengths.0);
    let said = Ended::of(&mut compose(&copy))?.json()?;
    let steps = said["steps"]["steps"].as_array().context("compose told of no steps")?;
    let kind = |step: &Value| step["kind"].as_str().unwrap_or_default().to_owned();
    for step in steps.iter().filter(|step| step["cached"] == true) {
        ensure!(taken.concat().contains(&kind(step).as_str()), "this was not made anew: {step}");
    }
    for made in FROZEN.iter().chain(EVERYTHING_ELSE) {
        ensure!(steps.iter().any(|step| kind(step) == *made), "nothing of kind {made} was made");
    }
    check_built(subject, &copy, &said)?;
    same_providers(subject, &copy, full)?;
    same_micropython(subject, &copy)
}

/// Fails unless MicroPython's image and component that the copy builds are those of the subject's checkout.
fn same_micropython(subject: &Subject, copy: &Checkout) -> Result<()> {
    let said = Ended::of(&mut copy.xtask(&["static-mp", "--json", "--quiet"]))?.json()?;
    let steps = said["steps"]["steps"].as_array().context("static-mp told of no steps")?;
    for kind in ["qstrs", "generate", "compile", "freeze", "link"] {
        let made = |step: &&Value| step["kind"] == kind && step["cached"] == false;
        ensure!(steps.iter().any(|step| made(&step)), "nothing of kind {kind} was made");
    }
    let session = subject.session;
    let image = micropython::Subject::new(session).image(&BTreeMap::new(), Modules::default())?;
    let ours = Digest::of_file(&image)?.to_string();
    ensure!(said["sha256"] == ours, "the image is {}, not {ours}", said["sha256"]);

    let compose = ["compose", "--runtime", "micropython", "--json", "--quiet"];
    let said = Ended::of(&mut copy.xtask(&compose))?.json()?;
    let ours = Digest::of_file(&Subject::micropython(session).built()?.pylon)?.to_string();
    ensure!(said["sha256"] == ours, "micropython.wasm is {}, not {ours}", said["sha256"]);
    Ok(())
}

/// Fails unless the providers that the copy builds are those of the subject's checkout; large ones if `full`.
fn same_providers(subject: &Subject, copy: &Checkout, full: bool) -> Result<()> {
    let caps = subject.session.workspace()?.caps.iter();
    let caps = caps.filter(|cap| cap.modes.contains(&Linkage::Dynlink) && (full || !cap.large));
    let mut dynlink = copy.xtask(&["dynlink", "--json", "--quiet"]);
    let said = Ended::of(dynlink.args(caps.map(|cap| &cap.name)))?.json()?;
    let theirs = said["providers"].as_array().context("dynlink told of no providers")?;
    let names: Option<BTreeSet<_>> =
        theirs.iter().map(|provider| provider["name"].as_str().map(str::to_owned)).collect();
    let names = names.context("a provider has no name")?;
    ensure!(!names.is_empty(), "no cap has a provider");
    let ours = dynlink::providers(subject.session, &dynlink::Wanted::own(&names))?;
    for ((name, path), theirs) in ours.iter().zip(theirs) {
        let ours = Digest::of_file(path)?.to_string();
        ensure!(theirs["sha256"] == ours, "the provider {name} is {theirs} and not {ours}");
    }
    Ok(())
}
