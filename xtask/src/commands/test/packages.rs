//! Quick starts of packages, each a program inside pylon.wasm: `tests/packages/NAME.py`. Its docstring says what it is, what is
//! installed for it (`with: NAME==VERSION ..`), what it is granted (`grants: ..`, as the programs of `programs.rs`), what of a
//! package's source distribution it sees as /source (`source: NAME==VERSION sha256:HEX`), that a plain `cargo xtask test` runs it too
//! (`always: it takes a second`), and, where the package cannot work, what it fails with
//! (`fails: TEXT`). All are of one lock, `tests/packages/pylock.toml`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, ensure};

use super::page::{Page, bless};
use super::programs::{grant, says};
use super::subject::Subject;
use super::suite::{Counts, Test};
use crate::commands::{Session, packages, usage};
use crate::packages::{Lock, Requirement, Source, resolve};

const FOLDER: &str = "tests/packages";
const COMMAND: &str = "test --packages";
const TIMEOUT: &str = "10m";

/// A program with what its docstring says.
#[derive(Clone)]
struct QuickStart {
    name: String,
    text: String,
    with: Vec<Requirement>,
}

impl QuickStart {
    fn says(&self, beginning: &str) -> Option<&str> {
        says(&self.text, beginning)
    }
}

/// All quick starts, or those named; without `all` those that are always run. With `UPDATE_EXPECT=1` the lock is first
/// given what it lacks.
pub fn tests<'a>(subject: &'a Subject<'a>, all: bool, named: &[String]) -> Result<Vec<Test<'a>>> {
    let session = subject.session;
    let starts = load(&session.root().join(FOLDER))?;
    if bless() && all {
        relock(session, &starts)?;
    }
    if all && let Some(name) = named.iter().find(|name| starts.iter().all(|s| s.name != **name)) {
        let names: Vec<_> = starts.iter().map(|start| start.name.as_str()).collect();
        let names = names.join(", ");
        return Err(usage(format!("{FOLDER} has no `{name}`\nhint: it has {names}")));
    }
    let mut tests = Vec::new();
    if named.is_empty() || !all {
        let starts = starts.clone();
        tests.push(Test::simple("lock and page", move || up_to_date(session, &starts)));
    }
    for start in starts {
        let wanted = match all {
            true => named.is_empty() || named.contains(&start.name),
            false => start.says("always: ").is_some(),
        };
        if wanted {
            tests.push(Test::new(start.name.clone(), move || run(subject, &start, all)));
        }
    }
    Ok(tests)
}

fn load(folder: &Path) -> Result<Vec<QuickStart>> {
    let mut starts = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        if path.extension().is_none_or(|extension| extension != "py") {
            continue;
        }
        let text = fs_err::read_to_string(&path)?;
        let with = text.lines().filter_map(|line| line.strip_prefix("with: "));
        let with = with.flat_map(str::split_whitespace).map(str::parse);
        let with = with.collect::<Result<Vec<Requirement>, _>>();
        let with = with.map_err(|problem| anyhow!("{}: {problem}", path.display()))?;
        ensure!(!with.is_empty(), "{} does not say `with: `", path.display());
        starts.push(QuickStart { name: stem.to_owned(), text, with });
    }
    starts.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(starts)
}

fn lock_file(session: &Session) -> PathBuf {
    session.root().join(FOLDER).join("pylock.toml")
}

/// Resolves for all together, keeping the versions that are locked.
fn relock(session: &Session, starts: &[QuickStart]) -> Result<()> {
    let file = lock_file(session);
    let mut wanted: Vec<_> = starts.iter().flat_map(|start| start.with.clone()).collect();
    wanted.sort_by_key(Requirement::to_string);
    wanted.dedup_by_key(|requirement| requirement.to_string());
    let mut lock = if file.is_file() { Lock::read(&file)? } else { Lock::default() };
    let serves = |one: &Requirement| lock.closure(std::slice::from_ref(one)).is_ok();
    let changed: Vec<_> =
        wanted.iter().filter(|one| !serves(one)).map(|one| one.name.clone()).collect();
    lock.packages.retain(|name, _| !changed.contains(name));
    resolve(&packages::python(session)?, &wanted, &lock)?.write(&file)
}

/// The lock has what the programs ask for, and the page has a row for each.
fn up_to_date(session: &Session, starts: &[QuickStart]) -> Result<()> {
    let lock = Lock::read(&lock_file(session))?;
    let mut table = "| package | version | what is tried | works |\n|---|---|---|---|\n".to_owned();
    for start in starts {
        let name = &start.name;
        let locked = lock.closure(&start.with).map_err(|problem| {
            anyhow!(
                "{FOLDER}/{name}.py: {problem}\n`UPDATE_EXPECT=1 cargo xtask {COMMAND}` locks it"
            )
        })?;
        let first = &start.with[0].name;
        let package = locked.iter().find(|package| package.name == *first);
        let package =
            package.with_context(|| format!("invariant: {first} is in its own closure"))?;
        let what = start.text.lines().next().unwrap_or_default().trim_matches('"');
        let what = what.split_once(": ").map_or(what, |(_, what)| what).trim_end_matches('.');
        let works = match start.says("fails: ") {
            Some(text) => format!("no: `{text}`"),
            None => "yes".to_owned(),
        };
        table += &format!("| `{first}` | {} | {what} | {works} |\n", package.version);
    }
    let page = Page::new(session.root().join("docs/reference/packages.md"), COMMAND);
    page.check("packages", &table)
}

fn run(subject: &Subject, start: &QuickStart, all: bool) -> Result<Counts> {
    let session = subject.session;
    let site = match packages::site(session, &start.with, &lock_file(session), false) {
        Ok(site) => site,
        // A plain run of the tests needs no registry.
        Err(error) if !all && is_unreached(&format!("{error:#}")) => {
            return Ok(Counts { skipped: 1, output: format!("{error:#}"), ..Counts::default() });
        }
        // What cannot be installed fails with the reason.
        Err(error)
            if start.says("fails: ").is_some_and(|text| format!("{error:#}").contains(text)) =>
        {
            return Ok(Counts { skipped: 1, output: format!("{error:#}"), ..Counts::default() });
        }
        Err(error) => return Err(error),
    };
    let mut command = subject.composectl()?;
    command.args(["--timeout", TIMEOUT]).arg("--site").arg(site);
    let folder = session.root().join(FOLDER);
    command.args(["--dir", &format!("{}::/tests:ro", folder.display())]);
    let work = tempfile::tempdir()?;
    let _beside = grant(subject, &start.text, &start.name, work.path(), &mut command)?;
    if let Some(source) = start.says("source: ") {
        let source: Source =
            source.parse().map_err(|problem| anyhow!("{FOLDER}/{}.py: {problem}", start.name))?;
        let source = session.context()?.ensure_files(&source)?;
        command.args(["--dir", &format!("{}::/source:ro", source.dir.display())]);
    }
    // Its own folder has files with the names of the packages.
    let file = format!("/tests/{}.py", start.name);
    let output = command.arg(&subject.built()?.pylon).args(["--", "-P", &file]).output()?;
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let said = text(&output.stderr);
    let shown = format!("{}\n{}{said}", output.status, text(&output.stdout));
    Ok(match start.says("fails: ") {
        None if output.status.success() => Counts::passed(1),
        None => Counts::failed(shown),
        Some(_) if output.status.success() => {
            Counts::failed("it works now: its docstring says `fails: `, and the page, too")
        }
        Some(expected) if said.contains(expected) => {
            Counts { skipped: 1, output: shown, ..Counts::default() }
        }
        Some(expected) => {
            Counts::failed(format!("it fails otherwise than by {expected}:\n{shown}"))
        }
    })
}

/// Whether no more is wrong than that a package could not be had.
fn is_unreached(error: &str) -> bool {
    let offline = error.contains("--offline is given");
    (offline || error.contains("pip cannot fetch")) && !error.contains("DO NOT MATCH THE HASHES")
}
