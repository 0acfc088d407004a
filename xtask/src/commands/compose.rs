//! `cargo xtask compose`: everything that pylon.wasm needs, and pylon.wasm.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::json;

use super::{Session, usage};
use crate::cli;
use crate::graph::{Context, Digest, write_atomic};
use crate::manifest::{Workspace, switch_name};
use crate::pylon::{Pylon, Recipe};

pub fn run(session: &Session, args: &cli::Compose) -> Result<()> {
    let built = compose(session, args)?;
    if session.planned()? {
        return Ok(());
    }
    let Built { output, installed, caps, imports } = built;
    let shown = output.strip_prefix(session.root()).unwrap_or(&output);
    let text = format!(
        "{}  {} bytes  sha256:{}\ncaps: {}",
        shown.display(),
        installed.bytes,
        installed.digest,
        if caps.is_empty() { "none".to_owned() } else { caps.join(", ") },
    );
    let json = json!({
        "artifact": output,
        "bytes": installed.bytes,
        "sha256": installed.digest,
        "caps": caps,
        "imports": imports,
        "steps": session.steps()?,
    });
    session.result(json, &text);
    Ok(())
}

/// What [`compose`] left behind.
pub struct Built {
    pub output: PathBuf,
    pub installed: Installed,
    pub caps: Vec<String>,
    pub imports: Vec<String>,
}

/// Builds pylon.wasm and installs it where the user wants it; in its usual place, with its parts beside it. In a
/// dry run nothing is installed.
pub fn compose(session: &Session, args: &cli::Compose) -> Result<Built> {
    let cx = session.context()?;
    let workspace = session.workspace()?;
    let recipe = recipe(workspace, args, std::env::vars())?;
    let pylon = Pylon::new(cx, workspace, &recipe)?;
    let artifact = cx.ensure(&pylon)?;
    let folder = session.root().join("target/pylon");
    let output = match &args.output {
        Some(output) => std::path::absolute(output)?,
        None => folder.join("pylon.wasm"),
    };
    let caps: Vec<_> = recipe.selection.caps.keys().cloned().collect();
    if artifact.digest.is_none() || session.global.dry_run {
        let installed = Installed { digest: Digest::of(""), bytes: 0 };
        return Ok(Built { output, installed, caps, imports: Vec::new() });
    }
    if args.output.is_none() {
        for (name, path) in pylon.parts(cx)? {
            install(cx, &path, &folder.join(name))?;
        }
        for cap in workspace.caps.iter().filter(|cap| !caps.contains(&cap.name)) {
            // An earlier build's part, which this one does not have.
            let _ = fs::remove_file(folder.join(format!("{}.wasm", cap.name)));
        }
    }
    let installed = install(cx, &artifact.path("pylon.wasm"), &output)?;
    let lines = |name: &str| -> Result<Vec<String>> {
        let text = fs::read_to_string(artifact.path(name))?;
        Ok(text.lines().map(str::to_owned).collect())
    };
    lines("notes.txt")?.iter().for_each(|note| session.note(&format!("note: {note}")));
    let mut caps = lines("caps.txt")?;
    caps.sort();
    Ok(Built { output, installed, caps, imports: lines("imports.txt")? })
}

/// Arguments and environment (arguments win) to a recipe.
pub fn recipe(
    workspace: &Workspace,
    args: &cli::Compose,
    environment: impl Iterator<Item = (String, String)>,
) -> Result<Recipe> {
    let mut switches: BTreeMap<String, bool> = BTreeMap::new();
    let mut replaced: BTreeMap<String, PathBuf> = BTreeMap::new();
    for (name, value) in environment {
        if name.starts_with("WITH_") {
            let (name, on) = cli::parse_switch(&format!("{name}={value}"))
                .map_err(|error| usage(format!("the environment has {name}={value}: {error}")))?;
            switches.insert(name, on);
        } else if let Some(cap) = name.strip_suffix("_COMPONENT_WASM") {
            let known = workspace
                .caps
                .iter()
                .find(|known| switch_name(&known.name) == format!("WITH_{cap}"));
            if let Some(known) = known.filter(|_| !value.is_empty()) {
                replaced.insert(known.name.clone(), std::path::absolute(value)?);
            }
        }
    }
    switches.extend(args.switches.iter().cloned());
    for (cap, file) in &args.component {
        replaced.insert(cap.clone(), std::path::absolute(file)?);
    }
    let selection = workspace.selection(&args.profile, &switches).map_err(usage)?;
    for (name, path) in &replaced {
        let cap = workspace.cap(name).map_err(usage)?;
        if !selection.caps.contains_key(name) {
            return Err(usage(format!(
                "a component is given for `{name}`, which is not in this build\nhint: set {}=1",
                switch_name(&cap.name)
            )));
        }
        if !path.is_file() {
            return Err(usage(format!(
                "the component for `{name}`, {}, is not a file",
                path.display()
            )));
        }
    }
    Ok(Recipe {
        selection,
        replaced,
        snapshot: !args.no_snapshot,
        validate: workspace.profile(&args.profile)?.validate,
    })
}

/// A file that was put where the user looks for it.
pub struct Installed {
    pub digest: Digest,
    pub bytes: u64,
}

/// Copies `from` to `to` unless it is there already. A reader sees the old file or the new one.
pub fn install(cx: &Context, from: &Path, to: &Path) -> Result<Installed> {
    let digest = cx.digest_of_file(from)?;
    if !to.is_file() || cx.digest_of_file(to)? != digest {
        write_atomic(
            to,
            &fs::read(from).with_context(|| format!("cannot read {}", from.display()))?,
        )?;
    }
    Ok(Installed { digest, bytes: fs::metadata(to)?.len() })
}
