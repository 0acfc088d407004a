//! Rows that an extension declares (`bench.toml`): calls of its module, in ours and in native Python, which has the
//! module of the standard library or the package of PyPI.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;

use super::Bench;
use super::files;
use super::first_use::{ComponentSize, FirstUse, Start};
use super::measure::{self, Sample};
use super::resolving::Resolving;
use super::table::{Figure, Row, Target, Unit};
use crate::commands::Session;
use crate::manifest::document::{Document, Table};
use crate::manifest::{Diagnostics, names, switch_name};

/// The table of an extension, in its folder.
const FILE: &str = "bench.toml";
const CORPUS_BYTES: usize = 16 << 20;
/// Processes of each side, in turns; each measures every row several times.
const ROUNDS: usize = 3;

/// What an extension has measured.
pub struct Calls {
    file: Utf8PathBuf,
    /// `NAME==VERSION` of PyPI; native Python's own module without it.
    package: Option<String>,
    /// What that needs.
    needs: Vec<String>,
    rows: Vec<Declared>,
    start: Option<Start>,
    first_use: Option<FirstUse>,
    component: Option<ComponentSize>,
    /// What the extension is over.
    caps: BTreeSet<String>,
}

struct Declared {
    name: String,
    what: String,
    target: Target,
    /// Where the caps are resolved at run time; it is not measured there without it.
    at_most_dynlink: Option<f64>,
}

/// What `bench/calls.py` prints of a row.
#[derive(Deserialize)]
struct Measured {
    seconds: Vec<f64>,
    note: String,
}

/// All tables of the checkout.
pub fn declared(session: &Session) -> Result<Vec<Calls>> {
    let workspace = session.workspace()?;
    let mut diagnostics = Diagnostics::default();
    let mut tables = Vec::new();
    for extension in &workspace.extensions {
        if workspace.caps_of(extension).iter().any(|cap| cap.large && is_left_out(&cap.name)) {
            continue;
        }
        let file = extension.dir.join(FILE);
        if !workspace.root.join(&file).is_file() {
            continue;
        }
        let caps = workspace.caps_of(extension).iter().map(|cap| cap.name.clone()).collect();
        match read(&workspace.root, file, caps) {
            Ok(calls) => tables.push(calls),
            Err(errors) => diagnostics.append(errors),
        }
    }
    Ok(diagnostics.into_result(Some(tables))?)
}

/// Whether the user builds without a cap: what is large is not built to be measured then.
fn is_left_out(cap: &str) -> bool {
    std::env::var(switch_name(cap)).is_ok_and(|value| value == "0")
}

fn read(root: &Utf8Path, file: Utf8PathBuf, caps: BTreeSet<String>) -> Result<Calls, Diagnostics> {
    let document = Document::read(root, &file)?;
    let top = document.root();
    // The script reads these by itself.
    top.required_str("setup");
    let package = top.optional_str("package").map(|package| package.value);
    let rows = top.tables("rows").iter().filter_map(read_row).collect();
    let needs = top.optional_list("needs").into_iter().map(|package| package.value).collect();
    let start = top.optional_table("start").and_then(|table| Start::read(&table));
    let first_use = top.optional_table("first_use").and_then(|table| FirstUse::read(&table));
    let component = top.optional_table("component").and_then(|table| ComponentSize::read(&table));
    let calls = Calls { file, package, needs, rows, start, first_use, component, caps };
    document.finish().into_result(Some(calls))
}

fn read_row(table: &Table<'_>) -> Option<Declared> {
    table.required_str("call");
    table.optional_str("each");
    table.optional_str("native");
    table.optional_str("note");
    let name = table.required_shaped("name", names::kebab_case);
    let what = table.required_shaped("what", names::one_line);
    // A time of its own where that is what is asked for; else a part of the native time.
    let target = match table.optional_number("within_ms") {
        Some(most) => Target::AtMost(most.value / 1e3),
        None => Target::Ratio(table.required_number("at_most")?.value),
    };
    let at_most_dynlink = table.optional_number("at_most_dynlink").map(|number| number.value);
    Some(Declared { name: name?.value, what: what?.value, target, at_most_dynlink })
}

impl Calls {
    /// The names of its rows.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.rows.iter().map(|row| row.name.clone()).collect();
        names.extend(self.in_dynlink().map(|row| dynlink_name(&row.name)));
        names.extend(self.start.iter().map(|it| it.name.clone()));
        names
            .extend(self.first_use.iter().flat_map(|it| [it.name.clone(), dynlink_name(&it.name)]));
        names.extend(self.component.iter().flat_map(ComponentSize::names));
        names
    }

    fn in_dynlink(&self) -> impl Iterator<Item = &Declared> {
        self.rows.iter().filter(|row| row.at_most_dynlink.is_some())
    }

    /// The rows of calls, and what else it declares.
    pub fn measure(&self, bench: &Bench) -> Result<Vec<Row>> {
        let mut rows = match bench.resolves(&self.caps)? {
            true => self.resolved(bench)?,
            false => self.embedded(bench)?,
        };
        if let Some(start) = &self.start {
            rows.push(start.measure(bench, &self.caps)?);
        }
        if let (Some(component), Some(cap)) = (&self.component, self.caps.first()) {
            rows.extend(component.measure(bench, cap)?);
        }
        Ok(rows)
    }

    /// Of caps that pylon.wasm resolves by default.
    fn resolved(&self, bench: &Bench) -> Result<Vec<Row>> {
        let resolving = Resolving::by_default(bench, &self.caps)?;
        let programs = bench.programs()?;
        let ours = |flags: &[&str], args: &[&str]| resolving.command(programs, flags, args);
        let mut rows = self.calls(bench, &ours, None)?;
        if let Some(first_use) = &self.first_use {
            rows.extend(first_use.resolved(bench, &resolving)?);
        }
        Ok(rows)
    }

    /// Of caps that it has in it; where that is asked for, also of those resolved.
    fn embedded(&self, bench: &Bench) -> Result<Vec<Row>> {
        let is_resolved = self.in_dynlink().next().is_some() || self.first_use.is_some();
        let resolving = is_resolved.then(|| Resolving::build(bench, &self.caps)).transpose()?;
        let programs = bench.programs()?;
        let ours = |flags: &[&str], args: &[&str]| programs.pylon(flags, args);
        let mut rows = self.calls(bench, &ours, resolving.as_ref())?;
        if let (Some(first_use), Some(resolving)) = (&self.first_use, &resolving) {
            rows.extend(first_use.measure(bench, resolving)?);
        }
        Ok(rows)
    }

    /// The same script with the same corpus in both interpreters, and in one that resolves the caps, in turns; it times itself.
    /// Native Python goes first: its set-up makes the files that both read.
    fn calls(
        &self,
        bench: &Bench,
        ours: &dyn Fn(&[&str], &[&str]) -> Command,
        resolving: Option<&Resolving>,
    ) -> Result<Vec<Row>> {
        let (root, programs) = (bench.session.root(), bench.programs()?);
        let corpus = corpus(bench)?;
        let (scripts, folder) =
            (root.join("bench"), root.join(self.file.parent().unwrap_or(&self.file)));
        let packages = tempfile::tempdir()?;
        for package in self.package.iter().chain(&self.needs) {
            programs.native.install(package, packages.path())?;
        }
        let scratch = tempfile::tempdir_in(files::in_memory(bench)?)?;
        let read = [(&scripts, "/bench"), (&folder, "/table"), (&corpus, "/corpus")]
            .map(|(path, guest)| format!("--dir={}::{guest}:ro", path.display()));
        let mut flags: Vec<&str> = read.iter().map(String::as_str).collect();
        let written = format!("--dir={}::/scratch", scratch.path().display());
        flags.push(&written);
        let in_guest = ["/bench/calls.py", "/table/bench.toml", "/corpus/corpus.bin", "/scratch"];
        let mut in_resolving = in_guest.to_vec();
        in_resolving.extend(self.in_dynlink().map(|row| row.name.as_str()));
        let mut runs: [Vec<BTreeMap<String, Measured>>; 3] = Default::default();
        for _ in 0..ROUNDS {
            let mut native = Command::new(&programs.native.program);
            native.env("PYTHONPATH", packages.path()).arg(scripts.join("calls.py"));
            native.arg("--native").arg(root.join(&self.file)).arg(corpus.join("corpus.bin"));
            native.arg(scratch.path());
            let ours = ours(&flags, &in_guest);
            let resolving = resolving
                .filter(|_| in_resolving.len() > in_guest.len())
                .map(|it| it.command(programs, &flags, &in_resolving));
            let sides = [Some(native), Some(ours), resolving];
            for (command, runs) in sides.into_iter().zip(&mut runs) {
                let Some(mut command) = command else { continue };
                let said = measure::run(&mut command)?;
                runs.push(serde_json::from_str(&said).context("calls.py printed no JSON")?);
            }
        }
        let [native, embed, dynlink] = &runs;
        let reference = self.package.as_ref().unwrap_or(&programs.native.version);
        let embedded =
            self.rows.iter().map(|row| row.of(&row.name, [embed, native], reference, row.target));
        let resolved = self.in_dynlink().filter_map(|row| {
            let name = dynlink_name(&row.name);
            let target = Target::Ratio(row.at_most_dynlink?);
            Some(row.of(&name, [dynlink, native], reference, target))
        });
        embedded.chain(resolved).collect()
    }
}

/// The name of a row where the caps are resolved at run time.
fn dynlink_name(name: &str) -> String {
    format!("{name}-dynlink")
}

impl Declared {
    fn of(
        &self,
        name: &str,
        sides: [&Vec<BTreeMap<String, Measured>>; 2],
        reference: &str,
        target: Target,
    ) -> Result<Row> {
        let of_side = |side: usize| -> Result<Vec<&Measured>> {
            let rows = sides[side].iter().map(|run| run.get(&self.name));
            rows.collect::<Option<_>>().with_context(|| format!("{} was not measured", self.name))
        };
        let [ours, native] = [of_side(0)?, of_side(1)?];
        let figure = |side: &[&Measured]| -> Figure {
            let wall = side.iter().flat_map(|run| &run.seconds).copied().collect();
            Sample { wall, cpu: None }.into()
        };
        let notes = [&ours, &native].map(|side| side.first().map_or("", |run| &run.note));
        let note = match notes {
            ["", ""] => String::new(),
            [ours, native] => format!("{ours}, native {native}; "),
        };
        Ok(Row {
            name: name.to_owned(),
            what: self.what.clone(),
            unit: Unit::Seconds,
            ours: figure(&ours),
            reference: Some(figure(&native)),
            target,
            note: format!("{note}against {reference}"),
        })
    }
}

/// A folder with `corpus.bin`, made once.
fn corpus(bench: &Bench) -> Result<PathBuf> {
    let folder = bench.copy()?.scratch().join("corpus");
    let file = folder.join("corpus.bin");
    if !file.exists() {
        fs::create_dir_all(&folder)?;
        make_corpus(bench, &file)?;
    }
    Ok(folder)
}

fn make_corpus(bench: &Bench, file: &Path) -> Result<()> {
    let (session, programs) = (bench.session, bench.programs()?);
    let cx = session.context()?;
    let python = crate::cpython::choose(cx, session.workspace()?)?;
    let sources = cx.ensure_files(&python.tree())?;
    let mut make = Command::new(&programs.native.program);
    make.arg(session.root().join("bench/corpus.py")).arg(file).arg(CORPUS_BYTES.to_string());
    measure::run(make.arg(&sources.dir).arg(&programs.pylon)).map(drop)
}
