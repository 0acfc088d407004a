//! The crates that a cap in Rust is made of besides its own, by its `Cargo.lock`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use toml_edit::DocumentMut;

use super::rustc::Rustc;
use crate::graph::{Context, Inputs, Step, Work};
use crate::sources::{LockedPackage, locked_packages};

/// All packages of a lock file but the crate itself, unpacked as `cargo vendor` does.
#[derive(Clone, Debug)]
pub struct Crates {
    /// The crate's folder, relative to the checkout.
    folder: PathBuf,
}

impl Crates {
    /// `None` for a crate that depends on nothing.
    ///
    /// Fails where the lock file pins something without a checksum, such as a branch of a repository.
    pub fn of(root: &Path, folder: &Path) -> Result<Option<Crates>> {
        let packages = packages(root, folder)?;
        Ok((!packages.is_empty()).then(|| Crates { folder: folder.to_owned() }))
    }
}

/// What the lock file of the crate in `folder` pins, besides the crate.
pub fn packages(root: &Path, folder: &Path) -> Result<Vec<LockedPackage>> {
    let path = folder.join("Cargo.lock");
    let mut packages = locked_packages(&root.join(&path))?;
    packages.retain(|package| package.source.is_some());
    for LockedPackage { name, checksum, .. } in &packages {
        if checksum.is_none() {
            bail!("{} has no checksum for {name}: take it from a registry", path.display());
        }
    }
    Ok(packages)
}

/// A crate that a cap is linked with, and under which terms.
pub struct LicensedCrate {
    pub name: String,
    pub version: String,
    /// As its manifest says, an SPDX expression or the name of a file.
    pub license: String,
}

impl LicensedCrate {
    pub fn json(&self) -> Value {
        json!({ "name": self.name, "version": self.version, "license": self.license })
    }
}

/// The [`packages`] with their licences, which only their manifests tell. Fetches what is not there yet; a dry run knows none.
pub fn licensed_crates(cx: &Context, folder: &Path) -> Result<Vec<LicensedCrate>> {
    let Some(crates) = Crates::of(cx.root(), folder)? else { return Ok(Vec::new()) };
    let sources = cx.ensure_files(&crates)?;
    if sources.digest.is_none() {
        return Ok(Vec::new());
    }
    let license = |LockedPackage { name, version, .. }: &LockedPackage| -> Result<String> {
        let path = sources.path(&format!("{name}-{version}/Cargo.toml"));
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let manifest: DocumentMut = text.parse()?;
        let package = &manifest["package"];
        let file = package.get("license-file").and_then(|it| it.as_str());
        let license = package.get("license").and_then(|it| it.as_str()).or(file);
        Ok(license.unwrap_or("no licence is named").to_owned())
    };
    let licensed = packages(cx.root(), folder)?.into_iter().map(|package| {
        let license = license(&package)?;
        let LockedPackage { name, version, .. } = package;
        Ok(LicensedCrate { name, version, license })
    });
    licensed.collect()
}

impl Step for Crates {
    const KIND: &'static str = "fetch";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        format!("crates of {}", self.folder.display())
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        // Features choose crates, too, but not without the lock file.
        ["Cargo.toml", "Cargo.lock"]
            .iter()
            .try_for_each(|file| inputs.file(&cx.root().join(&self.folder).join(file)))
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let manifest = self.manifest(cx, work)?;
        let vendor = |flags: &[&str]| {
            let cargo = work.process(Rustc::find()?.cargo()).network().quiet();
            let cargo = cargo.args(["vendor", "--locked", "--versioned-dirs", "--manifest-path"]);
            cargo.arg(&manifest).args(flags).arg(work.out()).run()
        };
        // Cargo may have them already; only then does --offline not matter.
        if vendor(&["--offline"]).is_err() {
            work.network(&self.label())?;
            vendor(&[])?;
        }
        Ok(())
    }
}

impl Crates {
    /// The crate's manifest in a folder in which nothing else is taken for its workspace.
    fn manifest(&self, cx: &Context, work: &Work) -> Result<PathBuf> {
        let folder = work.scratch()?;
        for file in ["Cargo.toml", "Cargo.lock"] {
            let from = cx.root().join(&self.folder).join(file);
            fs::copy(&from, folder.join(file))
                .with_context(|| format!("cannot copy {}", from.display()))?;
        }
        fs::create_dir(folder.join("src"))?;
        fs::write(folder.join("src/lib.rs"), "")?;
        Ok(folder.join("Cargo.toml"))
    }
}
