//! `new --vendor CRATE`: the pin of a crate that bundles a C library, and a recipe by what the crate says of it.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};

use super::bundled::Found;
use super::files::File;
use crate::commands::{Session, usage};
use crate::graph::write_atomic;
use crate::manifest::{BuildKind, Source, VendorRecipe};
use crate::sources::Crate;

const MANIFEST: &str = "vendor/Cargo.toml";
const LOCK: &str = "vendor/Cargo.lock";
const LICENSES: &str = "LICENSE.md";
/// The row of the table of licences that those of libraries stand before.
const FIRST_OF_ALL: &str = "| wasi-libc, ";

/// A library behind a new cap.
pub struct Library {
    /// `vendor/<name>`.
    pub name: String,
    /// None where there is a recipe.
    pub recipe: Option<File>,
    /// As the table of licences has it.
    what: String,
    license: String,
}

/// Files as they were, which are put back unless all goes well.
pub struct Undo {
    files: Vec<(std::path::PathBuf, Vec<u8>)>,
}

impl Undo {
    pub fn of(root: &Utf8Path) -> Result<Undo> {
        let mut files = Vec::new();
        for name in [MANIFEST, LOCK, LICENSES] {
            let path = root.join(name).into_std_path_buf();
            let bytes =
                fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            files.push((path, bytes));
        }
        Ok(Undo { files })
    }

    pub fn keep(mut self) {
        self.files.clear();
    }
}

impl Drop for Undo {
    fn drop(&mut self) {
        for (path, bytes) in &self.files {
            let _ = fs::write(path, bytes);
        }
    }
}

/// The crate of `spec`, `NAME` or `NAME@VERSION`, and the version.
fn named(spec: &str) -> Result<(&str, Option<&str>)> {
    let (crate_name, version) = match spec.split_once('@') {
        Some((name, version)) => (name, Some(version)),
        None => (spec, None),
    };
    if crate_name.is_empty() || version.is_some_and(str::is_empty) {
        return Err(usage(format!(
            "`{spec}` names no crate\nhint: expected CRATE or CRATE@VERSION"
        )));
    }
    Ok((crate_name, version))
}

/// The recipe that is there for the crate `spec`.
pub fn kept<'a>(session: &'a Session, spec: &str) -> Result<Option<&'a VendorRecipe>> {
    let (crate_name, version) = named(spec)?;
    let is_its =
        |source: &Source| matches!(source, Source::Crate { name, .. } if name.value == crate_name);
    let kept = session.workspace()?.vendors.iter().find(|recipe| is_its(&recipe.source));
    if kept.is_some() {
        has_version(&session.root, crate_name, version)?;
    }
    Ok(kept)
}

/// What a recipe that is kept may not do.
pub fn said(recipe: &VendorRecipe) -> String {
    let does = match &recipe.kind {
        BuildKind::Objects(objects) => {
            let sources = objects.files.sources.iter().map(|source| source.value.as_str());
            format!("compiles {}", sources.collect::<Vec<_>>().join(", "))
        }
        BuildKind::Configure(_) => "is built by a system of its own".to_owned(),
    };
    format!(
        "{} was there already, and is kept as it is: it {does}\n\
         hint: what else the cap needs of the crate is added there, for all that use it",
        recipe.manifest
    )
}

/// Pins the crate `spec`, `NAME` or `NAME@VERSION`, and reads it.
pub fn library(session: &Session, spec: &str) -> Result<Library> {
    if let Some(recipe) = kept(session, spec)? {
        return Ok(Library {
            name: recipe.name.clone(),
            recipe: None,
            what: String::new(),
            license: String::new(),
        });
    }
    let (crate_name, version) = named(spec)?;
    let workspace = session.workspace()?;
    let name = ["-sys", "_sys", "-src"].iter().find_map(|end| crate_name.strip_suffix(end));
    let name = name.unwrap_or(crate_name).to_owned();
    let folder = Utf8PathBuf::from("vendor").join(&name);
    if workspace.root.join(&folder).exists() {
        return Err(usage(format!(
            "{folder} is there already, and its sources are not of `{crate_name}`"
        )));
    }
    pin(session, crate_name, version)?;
    let cx = session.context()?;
    let source = cx.ensure_files(&Crate { name: crate_name.to_owned() })?;
    let found = Found::of(&source.dir, &name).with_context(|| format!("the crate {crate_name}"))?;
    let text = found.recipe(crate_name, &name);
    Ok(Library {
        what: format!("{name} {}, of the crate `{crate_name}`", found.version),
        license: found.license,
        recipe: Some(File { path: folder.join("vendor.toml"), text }),
        name,
    })
}

/// Adds the row of a new library to the table of licences.
pub fn list_licence(root: &Utf8Path, library: &Library, cap: &str) -> Result<()> {
    if library.recipe.is_none() {
        return Ok(());
    }
    let path = root.join(LICENSES);
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    if !text.contains(FIRST_OF_ALL) {
        bail!("{path} has no row that begins with `{FIRST_OF_ALL}`");
    }
    let Library { what, license, .. } = library;
    let row = format!("| {what} | `{cap}.wasm`, `pylon.wasm` | {license} |");
    let text = text.replacen(FIRST_OF_ALL, &format!("{row}\n{FIRST_OF_ALL}"), 1);
    write_atomic(path.as_std_path(), text.as_bytes())
}

/// A line of `vendor/Cargo.toml` for exactly one version, and the lock file with it.
fn pin(session: &Session, name: &str, version: Option<&str>) -> Result<()> {
    let root = session.root();
    let spec = match version {
        Some(version) => format!("{name}@={version}"),
        None => name.to_owned(),
    };
    cargo(session, &["add", "--no-default-features", &spec])?;
    let mut manifest = manifest(&session.root)?;
    let exact = format!("={}", pinned(&manifest, name)?);
    manifest["dependencies"][name]["version"] = toml_edit::value(exact);
    write_atomic(&root.join(MANIFEST), manifest.to_string().as_bytes())?;
    cargo(session, &["fetch"])
}

/// Whether a crate that is pinned already is so in the version that was asked for.
fn has_version(root: &Utf8Path, name: &str, version: Option<&str>) -> Result<()> {
    let Some(version) = version else { return Ok(()) };
    let pinned = pinned(&manifest(root)?, name)?;
    match pinned == version {
        true => Ok(()),
        false => Err(usage(format!(
            "{MANIFEST} has `{name}` {pinned}, not {version}\nhint: `--vendor {name}` takes that one"
        ))),
    }
}

fn manifest(root: &Utf8Path) -> Result<toml_edit::DocumentMut> {
    let text = fs::read_to_string(root.join(MANIFEST)).context(MANIFEST)?;
    text.parse().context(MANIFEST)
}

/// The version of a dependency, without what stands before it.
fn pinned(manifest: &toml_edit::DocumentMut, name: &str) -> Result<String> {
    let dependency = &manifest["dependencies"][name];
    let version = dependency.as_str().or_else(|| dependency.get("version")?.as_str());
    let version = version.with_context(|| format!("{MANIFEST}: no version of {name}"))?;
    Ok(version.trim_start_matches('=').to_owned())
}

fn cargo(session: &Session, args: &[&str]) -> Result<()> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.args(args).arg("--quiet").arg("--manifest-path").arg(session.root().join(MANIFEST));
    if session.global.offline {
        command.arg("--offline");
    }
    let output = command.output().context("cannot start cargo")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(usage(format!("cargo {} failed: {}", args.join(" "), said.trim())));
    }
    Ok(())
}
