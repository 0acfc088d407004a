//! What a step depends on.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::files::FileDigests;
use super::{Artifact, Digest, DigestBuilder};

/// The declared inputs of a step, in order: `(label, value)`. A label never carries a path of this machine, so
/// that two checkouts share what they make.
pub struct Inputs<'a> {
    root: &'a Path,
    files: &'a FileDigests,
    entries: Vec<(String, String)>,
    paths: Vec<PathBuf>,
    pending: bool,
}

impl<'a> Inputs<'a> {
    pub(super) fn new(root: &'a Path, files: &'a FileDigests) -> Inputs<'a> {
        Inputs { root, files, entries: Vec::new(), paths: Vec::new(), pending: false }
    }

    /// A flag, a name, a version.
    pub fn text(&mut self, label: impl Into<String>, value: impl Into<String>) {
        self.entries.push((label.into(), value.into()));
    }

    /// A list in which order matters, such as compiler flags.
    pub fn list<S: AsRef<str>>(&mut self, label: &str, values: impl IntoIterator<Item = S>) {
        for (index, value) in values.into_iter().enumerate() {
            self.text(format!("{label}[{index}]"), value.as_ref());
        }
    }

    /// Content that the step was given, such as a generated file.
    pub fn bytes(&mut self, label: impl Into<String>, bytes: impl AsRef<[u8]>) {
        self.text(label, Digest::of(bytes).to_string());
    }

    /// A file of the checkout, by its content.
    pub fn file(&mut self, path: &Path) -> Result<()> {
        let label = path.strip_prefix(self.root).unwrap_or(path).display().to_string();
        self.file_as(&label, path)
    }

    /// A file from outside the checkout, under a name that is the same on every machine.
    pub fn file_as(&mut self, label: &str, path: &Path) -> Result<()> {
        let digest = self.files.of(path)?;
        self.text(format!("file {label}"), digest.to_string());
        self.paths.push(path.to_owned());
        Ok(())
    }

    /// The output of another step.
    pub fn artifact(&mut self, label: &str, artifact: &Artifact) {
        match artifact.digest {
            Some(digest) => self.text(format!("output {label}"), digest.to_string()),
            None => self.pending = true,
        }
    }

    /// True where an input has yet to be made (in a dry run only).
    pub(super) fn pending(&self) -> bool {
        self.pending
    }

    pub(super) fn key(&self, kind: &str, version: u32) -> Digest {
        let mut key = DigestBuilder::default();
        key.push(kind);
        key.push(version.to_le_bytes());
        for (label, value) in &self.entries {
            key.push(label);
            key.push(value);
        }
        key.finish()
    }

    /// What was declared, and the files among it.
    pub(super) fn into_parts(self) -> (Vec<(String, String)>, Vec<PathBuf>) {
        (self.entries, self.paths)
    }
}
