//! `cargo xtask doctor`: what this machine lacks and what is wrong with this checkout, each with its mend.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::json;

use super::{Failure, Session, cache_dir};
use crate::bindings;
use crate::cli;
use crate::configured::on_path;
use crate::cpython;
use crate::graph::prepare_cache;
use crate::manifest::{BuildKind, Package, Source, Workspace};
use crate::pypi;
use crate::rust::{self, TARGET};
use crate::toolchain::FITTING_SDK;

pub fn run(session: &Session) -> Result<()> {
    let mut report = Checks::default();
    for (program, why) in [
        ("cc", "Rust links with it"),
        ("sh", "configure is a shell script"),
        ("awk", "configure uses it"),
        ("sed", "configure uses it"),
        ("grep", "configure uses it"),
    ] {
        let found = on_path(program);
        report.check(program, found, &format!("not found ({why}); install it"));
    }
    match std::env::var("WASI_SDK_PATH").ok().filter(|path| !path.is_empty()) {
        Some(path) => {
            report.check("make", on_path("make"), "not found (CPython is built by it); install it");
            let found = std::path::Path::new(&path).join("bin/clang").is_file();
            report.check(
                "WASI_SDK_PATH",
                found,
                &format!("{path} has no bin/clang; the SDK that serves is {FITTING_SDK}"),
            );
        }
        None => {
            let apt = std::path::Path::new("/usr/bin/apt-get").is_file();
            report.check("apt-get", apt, &format!("not found; set WASI_SDK_PATH to {FITTING_SDK}"));
        }
    }
    let cache = cache_dir()?;
    let usable = prepare_cache(&cache).and_then(|root| Ok(tempfile::tempfile_in(root).map(drop)?));
    let problem = usable.as_ref().map_or_else(|error| format!("{error:#}"), |()| String::new());
    report.check("cache", usable.is_ok(), &problem);
    match session.workspace() {
        Ok(workspace) => {
            report.check("manifests and contracts", true, "");
            check_checkout(session, workspace, &mut report)?;
        }
        Err(error) => report.check("manifests and contracts", false, &format!("{error:#}")),
    }
    let json: Vec<_> = report
        .rows
        .iter()
        .map(|(name, ok, text)| json!({ "check": name, "ok": ok, "mend": text }))
        .collect();
    let failed = report.rows.iter().filter(|row| !row.1).count();
    let lines: String = report
        .rows
        .iter()
        .map(
            |(name, ok, text)| {
                if *ok { format!("ok    {name}\n") } else { format!("WRONG {name}: {text}\n") }
            },
        )
        .collect();
    session.result(json!({ "checks": json }), &lines)?;
    if failed > 0 {
        return Err(Failure::Checkout(format!("{failed} checks failed")).into());
    }
    Ok(())
}

/// What this checkout wants beside what any does.
fn check_checkout(session: &Session, workspace: &Workspace, report: &mut Checks) -> Result<()> {
    for (interpreter, recipe) in interpreters(workspace) {
        let problem = format!("not found (it configures {recipe}); install it");
        report.check(interpreter, on_path(interpreter), &problem);
    }
    for (recipe, Package { local, form, .. }) in packages(workspace) {
        let problem = format!(
            "not found (it fetches the sources of {recipe}); install python3-pip, or set {local} to the {}",
            form.name()
        );
        report.check("pip", pypi::is_there(local) || pypi::has_pip(), &problem);
    }
    if workspace.caps.iter().any(|cap| cap.rust.is_some()) {
        let (found, problem) = rust::is_there(session.root());
        report.check(TARGET, found, &problem);
    }
    match python(session) {
        Ok(python) => report.check(&python, true, ""),
        Err(error) => report.check("CPython", false, &format!("{error:#}")),
    }
    let stale: Vec<_> = bindings::all(workspace, &[])?
        .iter()
        .filter(|bindings| bindings.check_fresh(session.root()).is_err())
        .map(|bindings| bindings.name.clone())
        .collect();
    report.check(
        "bindings",
        stale.is_empty(),
        &format!("stale; run `cargo xtask gen {}`", stale.join(" ")),
    );
    Ok(())
}

/// Which CPython builds take, as far as that is known without fetching it.
fn python(session: &Session) -> Result<String> {
    let dry = Session::new(cli::Global { dry_run: true, ..session.global.clone() })?;
    let chosen = cpython::settle(dry.context()?, session.workspace()?)?;
    let cpython::Chosen { version, instead, .. } = &chosen;
    Ok(match instead {
        Some(reasons) => format!("CPython {version}, since {reasons}"),
        None if chosen.is_here() => format!("CPython {version}"),
        None => format!("CPython {version}, if it can be had (not fetched yet)"),
    })
}

/// What configures libraries, besides the shell, and one library each.
fn interpreters(workspace: &Workspace) -> BTreeMap<&str, &str> {
    let configured = workspace.vendors.iter().filter_map(|recipe| match &recipe.kind {
        BuildKind::Configure(configure) => Some((configure.interpreter, recipe.name.as_str())),
        BuildKind::Objects(_) => None,
    });
    configured.filter(|(interpreter, _)| *interpreter != "sh").collect()
}

/// Libraries whose sources come out of a package of PyPI.
fn packages(workspace: &Workspace) -> impl Iterator<Item = (&str, &Package)> {
    workspace.vendors.iter().filter_map(|recipe| match &recipe.source {
        Source::Package(package) => Some((recipe.name.as_str(), package)),
        Source::Crate { .. } => None,
    })
}

#[derive(Default)]
struct Checks {
    rows: Vec<(String, bool, String)>,
}

impl Checks {
    fn check(&mut self, name: &str, ok: bool, mend: &str) {
        self.rows.push((name.to_owned(), ok, mend.to_owned()));
    }
}
