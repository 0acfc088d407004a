//! `cargo xtask vendor`: vendor libraries as archives for both targets.

use anyhow::Result;
use serde_json::json;

use super::{Session, usage};
use crate::cli;
use crate::compile::Library;
use crate::manifest::Language;
use crate::toolchain::{Target, Toolchain};
use crate::vendored::vendored;

pub fn run(session: &Session, args: &cli::Names) -> Result<()> {
    let cx = session.context()?;
    let workspace = session.workspace()?;
    let recipes = match args.names.as_slice() {
        [] => workspace.vendors.iter().collect(),
        names => names
            .iter()
            .map(|name| workspace.vendor(name).map_err(usage))
            .collect::<Result<Vec<_>>>()?,
    };
    let toolchain = Toolchain::ensure(cx)?;
    let mut libraries: Vec<(Target, Library)> = Vec::new();
    for recipe in recipes {
        let targets: &[_] = match recipe.language {
            Language::Cxx => &[Target::Wasip2],
            Language::C | Language::Rust => &[Target::Wasip1, Target::Wasip2],
        };
        for target in targets {
            let vendored = vendored(cx, &toolchain, workspace, recipe, *target)?;
            libraries.push((*target, vendored.library));
        }
    }
    let artifacts = cx.parallel(&libraries, |cx, (_, library)| cx.ensure_files(library))?;
    if session.planned()? {
        return Ok(());
    }
    let mut built = Vec::new();
    let mut lines = String::new();
    for ((target, library), artifact) in libraries.iter().zip(artifacts) {
        let path = artifact.path(&format!("lib{}.a", library.name));
        lines += &format!("{} {} {}\n", library.name, target.triple(), path.display());
        built.push(json!({ "name": library.name, "target": target.triple(), "path": path }));
    }
    session.result(json!({ "libraries": built, "steps": session.steps()? }), &lines)
}
