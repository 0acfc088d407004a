//! Rows that an extension declares (`bench.toml`): calls of its module, in ours and in native Python, which has the
//! module of the standard library or the package of PyPI.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;

use super::Bench;
use super::measure::{self, Sample};
use super::table::{Figure, Row, Target, Unit};
use crate::commands::Session;
use crate::manifest::document::{Document, Table};
use crate::manifest::{Diagnostics, names};

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
    rows: Vec<Declared>,
}

struct Declared {
    name: String,
    what: String,
    at_most: f64,
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
    let files = workspace.extensions.iter().map(|extension| extension.dir.join(FILE));
    let files = files.filter(|file| workspace.root.join(file).is_file());
    let mut diagnostics = Diagnostics::default();
    let mut tables = Vec::new();
    for file in files {
        match read(&workspace.root, file) {
            Ok(calls) => tables.push(calls),
            Err(errors) => diagnostics.append(errors),
        }
    }
    Ok(diagnostics.into_result(Some(tables))?)
}

fn read(root: &Utf8Path, file: Utf8PathBuf) -> Result<Calls, Diagnostics> {
    let document = Document::read(root, &file)?;
    let top = document.root();
    // The script reads these by itself.
    top.required_str("setup");
    let package = top.optional_str("package").map(|package| package.value);
    let rows = top.tables("rows").iter().filter_map(read_row).collect();
    document.finish().into_result(Some(Calls { file, package, rows }))
}

fn read_row(table: &Table<'_>) -> Option<Declared> {
    table.required_str("call");
    table.optional_str("note");
    let name = table.required_shaped("name", names::kebab_case);
    let what = table.required_shaped("what", names::one_line);
    let at_most = table.required_number("at_most");
    Some(Declared { name: name?.value, what: what?.value, at_most: at_most?.value })
}

impl Calls {
    /// The names of its rows.
    pub fn names(&self) -> Vec<String> {
        self.rows.iter().map(|row| row.name.clone()).collect()
    }

    /// The same script with the same corpus in both interpreters, in turns; it times itself.
    pub fn measure(&self, bench: &Bench) -> Result<Vec<Row>> {
        let (root, programs) = (bench.session.root(), bench.programs()?);
        let corpus = corpus(bench)?;
        let (scripts, folder) =
            (root.join("bench"), root.join(self.file.parent().unwrap_or(&self.file)));
        let packages = tempfile::tempdir()?;
        if let Some(package) = &self.package {
            programs.native.install(package, packages.path())?;
        }
        let mounts = [(&scripts, "/bench"), (&folder, "/table"), (&corpus, "/corpus")]
            .map(|(path, guest)| format!("--dir={}::{guest}:ro", path.display()));
        let flags = mounts.each_ref().map(String::as_str);
        let in_guest = ["/bench/calls.py", "/table/bench.toml", "/corpus/corpus.bin"];
        let mut runs: [Vec<BTreeMap<String, Measured>>; 2] = Default::default();
        for _ in 0..ROUNDS {
            let mut native = Command::new(&programs.native.program);
            native.env("PYTHONPATH", packages.path()).arg(scripts.join("calls.py"));
            native.arg(root.join(&self.file)).arg(corpus.join("corpus.bin"));
            let ours = programs.pylon(&flags, &in_guest);
            for (mut command, runs) in [ours, native].into_iter().zip(&mut runs) {
                let said = measure::run(&mut command)?;
                runs.push(serde_json::from_str(&said).context("calls.py printed no JSON")?);
            }
        }
        let reference = self.package.as_ref().unwrap_or(&programs.native.version);
        self.rows.iter().map(|row| row.of(&runs, reference)).collect()
    }
}

impl Declared {
    fn of(&self, runs: &[Vec<BTreeMap<String, Measured>>; 2], reference: &str) -> Result<Row> {
        let of_side = |side: usize| -> Result<Vec<&Measured>> {
            let rows = runs[side].iter().map(|run| run.get(&self.name));
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
            name: self.name.clone(),
            what: self.what.clone(),
            unit: Unit::Seconds,
            ours: figure(&ours),
            reference: Some(figure(&native)),
            target: Target::Ratio(self.at_most),
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
    let sources = session.context()?.ensure_files(&crate::cpython::source_tree(session.root())?)?;
    let mut make = Command::new(&programs.native.program);
    make.arg(session.root().join("bench/corpus.py")).arg(file).arg(CORPUS_BYTES.to_string());
    measure::run(make.arg(&sources.dir).arg(&programs.pylon)).map(drop)
}
