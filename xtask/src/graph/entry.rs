//! The files of a cache entry: what was made, and whether it still is.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};
use fs_err as fs;
use serde::{Deserialize, Serialize};

use super::cache::write_atomic;
use super::digest::{Digest, DigestBuilder};
use super::files::Identity;
use super::trust;

/// The list beside the output.
const LIST: &str = "files.json";

/// A file or a symbolic link of an output.
#[derive(Serialize, Deserialize)]
struct FileEntry {
    path: String,
    size: u64,
    /// Digest of the content, or the target of a symbolic link.
    content: String,
    executable: bool,
    /// As long as the file system says the same, nobody has written to the file.
    #[serde(default)]
    identity: Option<Identity>,
}

impl FileEntry {
    fn of(root: &Path, path: String, meta: &std::fs::Metadata) -> Result<FileEntry> {
        let place = root.join(&path);
        let content = if meta.is_symlink() {
            let target = fs::read_link(&place)?;
            target.to_str().ok_or_else(|| anyhow!("{target:?} is not UTF-8"))?.to_owned()
        } else if meta.is_file() {
            Digest::of_file(&place)?.to_string()
        } else {
            bail!("{} is neither a file nor a link", place.display());
        };
        let executable = meta.is_file() && meta.permissions().mode() & 0o111 != 0;
        let identity = Identity::settled(meta).filter(|_| meta.is_file());
        Ok(FileEntry { path, size: meta.len(), content, executable, identity })
    }

    fn has_content_of(&self, other: &FileEntry) -> bool {
        let parts = |file: &FileEntry| (file.size, file.content.clone(), file.executable);
        parts(self) == parts(other)
    }
}

/// All files of an output, sorted.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub struct Files(Vec<FileEntry>);

impl Files {
    /// Reads every file below `out`.
    pub fn of(out: &Path) -> Result<Files> {
        let files = walk(out)?;
        files
            .into_iter()
            .map(|(path, meta)| FileEntry::of(out, path, &meta))
            .collect::<Result<_>>()
            .map(Files)
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    pub fn bytes(&self) -> u64 {
        self.0.iter().map(|file| file.size).sum()
    }

    /// Covers names, content and executable bits.
    pub fn digest(&self) -> Digest {
        let mut digest = DigestBuilder::default();
        for file in &self.0 {
            digest.push(&file.path);
            digest.push(&file.content);
            digest.push([u8::from(file.executable)]);
        }
        digest.finish()
    }

    /// Writes the list to the folder of an entry.
    pub fn save(&self, entry: &Path) -> Result<()> {
        write_atomic(&entry.join(LIST), &serde_json::to_vec(self)?)
    }

    fn load(entry: &Path) -> Result<Files> {
        let path = entry.join(LIST);
        serde_json::from_slice(&fs::read(&path)?)
            .with_context(|| format!("{} cannot be read", path.display()))
    }
}

/// Fails unless `entry/out` holds the very files that were made, whose digest is `made`: no other name, no other byte,
/// all of them this user's. A file is read only if the file system says something else of it than before.
pub fn check(entry: &Path, made: Digest) -> Result<()> {
    let out = entry.join("out");
    trust::check_own(&out)?;
    let mut files = Files::load(entry)?;
    if files.digest() != made {
        bail!("{} was changed", entry.join(LIST).display());
    }
    let found = walk(&out)?;
    if !found.iter().map(|(path, _)| path).eq(files.0.iter().map(|file| &file.path)) {
        bail!("{} has other files than were made", out.display());
    }
    let mut renewed = false;
    for (file, (path, meta)) in files.0.iter_mut().zip(found) {
        if meta.is_file() && file.identity.as_ref() == Some(&Identity::of(&meta)) {
            continue;
        }
        let now = FileEntry::of(&out, path, &meta)?;
        if !now.has_content_of(file) {
            bail!("{} was changed", out.join(&file.path).display());
        }
        renewed |= now.identity.is_some();
        *file = now;
    }
    // A tree that was restored from a copy. An entry that is a link belongs to another cache.
    if renewed && !fs::symlink_metadata(entry)?.is_symlink() {
        // Failing to is no error: the next run reads them again.
        let _ = files.save(entry);
    }
    Ok(())
}

/// Every file and link below `out` by its path, sorted. Fails for what is not this user's.
fn walk(out: &Path) -> Result<Vec<(String, std::fs::Metadata)>> {
    let user = rustix::process::geteuid().as_raw();
    let mut files = Vec::new();
    let mut folders = vec![out.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let (path, meta) = (entry.path(), entry.metadata()?);
            if meta.uid() != user {
                bail!("{} belongs to user {}", path.display(), meta.uid());
            }
            if meta.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(out).expect("invariant: walked from the root");
            let name = name.to_str().ok_or_else(|| anyhow!("{name:?} is not a UTF-8 name"))?;
            files.push((name.to_owned(), meta));
        }
    }
    files.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(files)
}
