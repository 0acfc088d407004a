//! What a step depends on.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::files::FileDigests;
use super::names::NamesOfFolders;
use super::{Artifact, Digest, DigestBuilder};

/// The declared inputs of a step, in order: `(label, value)`. A label never carries a path of this machine, so
/// that two checkouts share what they make.
pub struct Inputs<'a> {
    root: &'a Path,
    files: &'a FileDigests,
    names: &'a NamesOfFolders,
    declared: Declared,
    pending: bool,
}

/// What a step declared.
#[derive(Default)]
pub(super) struct Declared {
    pub entries: Vec<(String, String)>,
    /// The files among it.
    pub files: Vec<PathBuf>,
    /// The folders that it searches, with the digest of the names below each.
    pub folders: Vec<(PathBuf, Digest)>,
    /// The outputs of other steps among it.
    pub artifacts: Vec<Artifact>,
}

impl<'a> Inputs<'a> {
    pub(super) fn new(
        root: &'a Path,
        files: &'a FileDigests,
        names: &'a NamesOfFolders,
    ) -> Inputs<'a> {
        Inputs { root, files, names, declared: Declared::default(), pending: false }
    }

    /// A flag, a name, a version.
    pub fn text(&mut self, label: impl Into<String>, value: impl Into<String>) {
        self.declared.entries.push((label.into(), value.into()));
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
        self.declared.files.push(path.to_owned());
        Ok(())
    }

    /// The names below a folder of the checkout that the step searches, which need not exist. Not what is in the
    /// files: that is declared by who finds them, see [`super::Work::discovered`].
    pub fn names(&mut self, folder: &Path) -> Result<()> {
        let digest = self.names.below(folder)?.digest;
        let label = folder.strip_prefix(self.root).unwrap_or(folder).display();
        self.text(format!("names below {label}"), digest.to_string());
        self.declared.folders.push((folder.to_owned(), digest));
        Ok(())
    }

    /// The output of another step.
    pub fn artifact(&mut self, label: &str, artifact: &Artifact) {
        match artifact.digest {
            Some(digest) => {
                self.text(format!("output {label}"), digest.to_string());
                self.declared.artifacts.push(artifact.clone());
            }
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
        for (label, value) in &self.declared.entries {
            key.push(label);
            key.push(value);
        }
        key.finish()
    }

    pub(super) fn into_declared(self) -> Declared {
        self.declared
    }
}
