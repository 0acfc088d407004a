//! Bindings as they are in the checkout: compared, written, and whether they are of the contract as it is.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use link_shims::CFile;

use super::{Bindings, GENERATOR, MODULE_GENERATOR, SHIM_GENERATOR, rust, stem};
use crate::graph::write_atomic;

/// Checked-in bindings of another contract than the one in `wit/`.
#[derive(Debug, thiserror::Error)]
#[error(
    "{}:1: the bindings were not generated from the contract as it is now\nhint: run `cargo xtask gen {name}`",
    path.display()
)]
pub struct Stale {
    path: PathBuf,
    name: String,
}

impl Bindings {
    /// What differs between the folder and `generated`, as `path: what`.
    pub fn differences(
        &self,
        root: &Path,
        generated: &BTreeMap<String, Vec<u8>>,
    ) -> Result<Vec<String>> {
        let dir = root.join(&self.dir);
        let mut differences = Vec::new();
        for (name, content) in generated {
            let what = match fs::read(dir.join(name)) {
                Ok(bytes) if bytes == *content => continue,
                Ok(_) => "is stale",
                Err(_) => "is missing",
            };
            differences.push(format!("{}/{name} {what}", self.dir.display()));
        }
        for stray in self.strays(root, generated)? {
            differences.push(format!("{} is not generated any more", stray.display()));
        }
        Ok(differences)
    }

    /// Files in the folder that nothing generates, relative to the checkout.
    fn strays(&self, root: &Path, generated: &BTreeMap<String, Vec<u8>>) -> Result<Vec<PathBuf>> {
        let dir = root.join(&self.dir);
        let mut strays = Vec::new();
        for entry in fs::read_dir(&dir).into_iter().flatten() {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if !generated.contains_key(&name) {
                strays.push(self.dir.join(name));
            }
        }
        strays.sort();
        Ok(strays)
    }

    /// Makes the folder what it should be; returns whether anything changed. Files that are right keep their times.
    pub fn write(&self, root: &Path, generated: &BTreeMap<String, Vec<u8>>) -> Result<bool> {
        let changed = !self.differences(root, generated)?.is_empty();
        for (name, content) in generated {
            let path = root.join(&self.dir).join(name);
            if fs::read(&path).ok().as_ref() != Some(content) {
                write_atomic(&path, content)?;
            }
        }
        for stray in self.strays(root, generated)? {
            fs::remove_file(root.join(stray))?;
        }
        Ok(changed)
    }

    /// Fails when a module is not what would be generated: of its contract, and of what the manifest says.
    fn check_modules_fresh(&self, root: &Path) -> Result<()> {
        let first_line = self.first_line(MODULE_GENERATOR);
        for CFile { name, text } in self.python_modules()? {
            let path = self.dir.join(name);
            let written = fs::read_to_string(root.join(&path)).unwrap_or_default();
            let right = match path.extension().is_some_and(|extension| extension == "pyi") {
                true => first_line.replacen("//", "#", 1) + &text,
                false => first_line.clone() + &text,
            };
            if written != right {
                return Err(Stale { path, name: self.name.clone() }.into());
            }
        }
        Ok(())
    }

    /// Fails when the checked-in files were made from another contract.
    pub fn check_fresh(&self, root: &Path) -> Result<()> {
        let fresh = |ending: &str, generator: &str, needed: bool| {
            let path = self.dir.join(format!("{}{ending}", stem(&self.world)));
            match fs::read_to_string(root.join(&path)) {
                Ok(text) if text.starts_with(&self.first_line(generator)) => Ok(()),
                Err(_) if !needed => Ok(()),
                _ => Err(Stale { path, name: self.name.clone() }),
            }
        };
        fresh(".h", GENERATOR, true)?;
        for (ending, mode) in self.shims.files() {
            fresh(ending, SHIM_GENERATOR, self.shims.need(*mode))?;
        }
        if self.shims.is_native() {
            fresh("_native.c", SHIM_GENERATOR, true)?;
        }
        if self.shims.is_rust() {
            fresh(".rs", rust::GENERATOR, true)?;
            fresh("_rust.c", SHIM_GENERATOR, true)?;
        }
        self.check_modules_fresh(root)
    }
}
