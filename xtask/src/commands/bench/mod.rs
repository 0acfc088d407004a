//! `cargo xtask bench`: the figures that pylon must reach, side by side with their references in one run.

mod builds;
mod calls;
mod crossings;
mod files;
mod first_use;
mod links;
pub(super) mod measure;
mod methods;
mod micropython;
mod python;
mod resolving;
mod runs;
mod ssl;
mod table;

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use super::Session;
use crate::cli;
use crate::commands::compose;
use crate::commands::copy::Checkout;
use crate::cpython;
use crate::pylon::Pylon;
use runs::Programs;
use table::Row;

/// The rows of a group share their set-up, so that they are measured together.
struct Group {
    rows: &'static [&'static str],
    measure: fn(&Bench) -> Result<Vec<Row>>,
}

type Measure<'a> = Box<dyn Fn(&Bench) -> Result<Vec<Row>> + 'a>;

/// A group of any kind.
struct Measurement<'a> {
    rows: Vec<String>,
    /// Whether an extension declares them.
    of_cap: bool,
    measure: Measure<'a>,
}

const GROUPS: &[Group] = &[
    Group { rows: &["compose-nothing"], measure: builds::nothing_to_do },
    Group { rows: &["edit-cap", "edit-extension"], measure: builds::edits },
    Group { rows: &["switch-first", "switch-again"], measure: builds::switches },
    Group { rows: &["caps-new"], measure: builds::new_cap },
    Group { rows: &["caps-method"], measure: methods::rows },
    Group { rows: &["process-pass", "process-imports"], measure: runs::processes },
    Group {
        rows: &[
            "python-programs",
            "python-programs-guided",
            "python-small",
            "python-small-guided",
            "python-worst",
        ],
        measure: python::rows,
    },
    Group { rows: &["crc32c"], measure: runs::crc32c },
    Group {
        rows: &[
            "files-write",
            "files-read",
            "files-small-writes",
            "files-seeks",
            "files-listdir",
            "files-stat",
        ],
        measure: files::files,
    },
    Group { rows: &["files-session"], measure: files::session },
    Group { rows: &["size", "size-gzip"], measure: runs::sizes },
    Group {
        rows: &["size-library", "size-sources", "size-zones"],
        measure: runs::sizes_of_library,
    },
    Group { rows: &["ssl-host-context"], measure: ssl::processes },
    Group { rows: &["ssl-session"], measure: ssl::session },
    Group {
        rows: &[
            "dynlink-raw",
            "dynlink-generated",
            "dynlink-mebibyte",
            "dynlink-resolve",
            "dynlink-embed-scalars",
            "dynlink-callback",
        ],
        measure: links::calls,
    },
    Group {
        rows: &[
            "links-scalars",
            "links-take-0",
            "links-take-64",
            "links-take-1k",
            "links-take-1m",
            "links-land-64",
            "links-land-1k",
            "links-give-64",
            "links-take-text",
            "links-take-bools",
            "links-take-entries",
            "links-method",
            "links-make-and-drop",
            "links-callback",
        ],
        measure: crossings::rows,
    },
    Group { rows: &["fusing"], measure: crossings::fusing },
    Group { rows: &["dynlink-first-use", "dynlink-first-use-cold"], measure: links::first_use },
    Group { rows: &["dynlink-python"], measure: links::python },
    Group { rows: &["mp-size-small", "mp-size", "mp-size-caps"], measure: micropython::sizes },
    Group { rows: &["mp-passes"], measure: micropython::passes },
    Group { rows: &["mp-native"], measure: micropython::native },
    Group { rows: &["mp-start-wamr", "mp-start-wasmtime"], measure: micropython::starts },
    Group { rows: &["mp-edit-cap"], measure: micropython::edit },
    Group { rows: &["cold", "cold-work"], measure: builds::cold },
];

/// Whether FILTER asks for a row, by the beginnings of words of its name, or for all rows of caps. What takes minutes must be
/// asked for by its name.
fn wanted(filter: &[String], row: &str, of_cap: bool) -> bool {
    for long in ["cold", "python"] {
        if row.split('-').next() == Some(long) {
            return filter.iter().any(|part| part == long || part == row);
        }
    }
    let begins = |part: &String| row.starts_with(part) || row.contains(&format!("-{part}"));
    filter.is_empty() || filter.iter().any(|part| begins(part) || (of_cap && part == "caps"))
}

pub fn run(session: &Session, args: &cli::Bench) -> Result<()> {
    let declared = calls::declared(session)?;
    let (groups, others): (Vec<_>, Vec<_>) = measurements(&declared)
        .into_iter()
        .partition(|group| group.rows.iter().any(|row| wanted(&args.filter, row, group.of_cap)));
    if groups.is_empty() {
        let known: Vec<_> = others.into_iter().flat_map(|group| group.rows).collect();
        return Err(super::usage(format!(
            "no benchmark has a word that begins with `{}`\nhint: there are {}",
            args.filter.join("`, `"),
            known.join(", ")
        )));
    }
    let bench = Bench::new(session);
    if session.global.dry_run {
        bench.pylon()?;
        session.planned()?;
        return Ok(());
    }
    let mut rows = Vec::new();
    let mut failed = Vec::new();
    for group in groups {
        session.note(&format!("measuring {}", group.rows.join(", ")));
        match (group.measure)(&bench) {
            Ok(measured) => rows.extend(
                measured.into_iter().filter(|row| wanted(&args.filter, &row.name, group.of_cap)),
            ),
            Err(error) => failed.push(format!("{}: {error:#}", group.rows.join(", "))),
        }
    }
    let met = rows.iter().filter(|row| row.met()).count();
    // With --json there is one document, and that of a failure is printed where all failures are.
    if failed.is_empty() || !session.global.json {
        let text = format!("{}\n{met} of {} met", table::render(&rows), rows.len());
        let rows: Vec<_> = rows.iter().map(Row::json).collect();
        session.result(json!({ "rows": rows, "met": met }), &text)?;
    }
    if !failed.is_empty() {
        bail!("could not be measured: {}", failed.join("\n"));
    }
    Ok(())
}

/// Those of pylon and, after them, those that extensions declare.
fn measurements(declared: &[calls::Calls]) -> Vec<Measurement<'_>> {
    let own = GROUPS.iter().map(|group| Measurement {
        rows: group.rows.iter().map(|row| row.to_string()).collect(),
        of_cap: false,
        measure: Box::new(group.measure),
    });
    let of_extensions = declared.iter().map(|calls| Measurement {
        rows: calls.names(),
        of_cap: true,
        measure: Box::new(|bench| calls.measure(bench)),
    });
    own.chain(of_extensions).collect()
}

/// What the benchmarks share, made when the first of them asks for it.
struct Bench<'a> {
    session: &'a Session,
    pylon: OnceCell<PathBuf>,
    copy: OnceCell<Checkout>,
    programs: OnceCell<Programs>,
}

impl<'a> Bench<'a> {
    fn new(session: &'a Session) -> Bench<'a> {
        Bench { session, pylon: OnceCell::new(), copy: OnceCell::new(), programs: OnceCell::new() }
    }

    /// pylon.wasm with all caps, where it lies in the cache: nothing changes it there.
    fn pylon(&self) -> Result<&PathBuf> {
        once(&self.pylon, || {
            let pylon = self.composed(&cli::Compose::default())?;
            Ok(self.session.context()?.ensure_files(&pylon)?.path(pylon.file_name()))
        })
    }

    /// What `compose` with these arguments makes.
    fn composed(&self, args: &cli::Compose) -> Result<Pylon> {
        let workspace = self.session.workspace()?;
        let recipe = compose::recipe(workspace, args, std::iter::empty())?;
        Pylon::new(self.session.context()?, workspace, &recipe)
    }

    /// Whether that resolves all of these caps at run time.
    fn resolves(&self, caps: &BTreeSet<String>) -> Result<bool> {
        let workspace = self.session.workspace()?;
        let recipe = compose::recipe(workspace, &cli::Compose::default(), std::iter::empty())?;
        Ok(!caps.is_empty() && caps.is_subset(&recipe.linkages.providers))
    }

    /// A copy of the checkout, in which all is built.
    fn copy(&self) -> Result<&Checkout> {
        once(&self.copy, || {
            self.pylon()?;
            let cache = self.session.context()?.cache_root();
            let copy = Checkout::copy(self.session.root(), Some(cache))?;
            copy.warm_up()?;
            Ok(copy)
        })
    }

    /// What runs Python, ours and the native one.
    fn programs(&self) -> Result<&Programs> {
        once(&self.programs, || {
            let python = cpython::choose(self.session.context()?, self.session.workspace()?)?;
            runs::programs(self.copy()?, self.pylon()?.clone(), &python.version)
        })
    }
}

fn once<T>(cell: &OnceCell<T>, make: impl FnOnce() -> Result<T>) -> Result<&T> {
    if cell.get().is_none() {
        let _ = cell.set(make()?);
    }
    cell.get().context("a shared part was not kept")
}

#[cfg(test)]
mod tests {
    use super::wanted;

    #[test]
    fn what_takes_long_runs_only_by_its_name() {
        let filter = |parts: &[&str]| parts.iter().map(|part| part.to_string()).collect::<Vec<_>>();
        assert!(wanted(&[], "size", false));
        assert!(!wanted(&[], "cold", false));
        assert!(wanted(&filter(&["co"]), "compose-nothing", false));
        assert!(!wanted(&filter(&["co"]), "cold", false));
        assert!(wanted(&filter(&["caps"]), "zlib-crc32", true));
        assert!(!wanted(&filter(&["caps"]), "files-stat", false));
        assert!(wanted(&filter(&["cold"]), "cold-work", false));
    }

    #[test]
    fn a_filter_is_the_beginning_of_a_word() {
        let filter = ["mp".to_owned(), "pass".to_owned()];
        assert!(wanted(&filter, "mp-size", false));
        assert!(wanted(&filter, "process-pass", false));
        assert!(!wanted(&filter, "compose-nothing", false));
    }
}
