//! The content-addressed cache of step outputs, shared by all checkouts of a user.
//!
//! ```text
//! <cache>/v1/steps/ab/<key>/stamp.json   what was made, from which inputs, with which digest
//!                           files.json   every file of the output with size and digest
//!                           out/         the output
//!            seen/<key>.json             headers that a step turned out to read (see `Work::discovered`)
//!            locks/<key>.lock            held while the step runs
//!            tmp/<random>/               half-made outputs; swept when their owner is gone
//!            logs/                       logs of failed steps
//! ```
//!
//! **Invariant**: an entry below `steps/` is complete. It is made in `tmp/` and renamed, so that a build that
//! is killed, or that runs out of disk, leaves nothing that a later one would take for an output.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use serde::{Deserialize, Serialize};

use super::digest::{Digest, DigestBuilder};

/// The files that a step made. `digest` covers their names, content and executable bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// The folder that holds them. Never written to.
    pub dir: PathBuf,
    /// `None` in a dry run, for an output that would have to be made first.
    pub digest: Option<Digest>,
}

impl Artifact {
    /// A file of the output.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }
}

/// Why an artifact is what it is: written beside it, printed by `explain`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stamp {
    pub kind: String,
    pub label: String,
    pub digest: Digest,
    pub files: usize,
    pub bytes: u64,
    pub seconds: f64,
    /// `(label, value)` in the order in which the step declared them.
    pub inputs: Vec<(String, String)>,
}

#[derive(Serialize, Deserialize)]
struct FileEntry {
    path: String,
    size: u64,
    /// Digest of the content, or the target of a symbolic link.
    content: String,
    executable: bool,
}

pub struct Cache {
    root: PathBuf,
}

/// Up to this many files a hit is checked for being all there; a larger tree is taken on its stamp.
const CHECKED_FILES: usize = 64;

impl Cache {
    /// Opens the cache below `folder` and removes what killed builds left half-made.
    pub fn open(folder: &Path) -> Result<Cache> {
        let root = folder.join("v1");
        for part in ["steps", "seen", "locks", "tmp", "logs"] {
            let dir = root.join(part);
            fs::create_dir_all(&dir).with_context(|| {
                format!(
                    "cannot create the cache folder {} (PYLON_CACHE_DIR names another)",
                    dir.display()
                )
            })?;
        }
        let cache = Cache { root };
        cache.sweep();
        Ok(cache)
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    fn entry(&self, key: Digest) -> PathBuf {
        let key = key.to_string();
        self.root.join("steps").join(&key[..2]).join(key)
    }

    /// The artifact of `key`, if it has been made and is still all there.
    pub fn lookup(&self, key: Digest) -> Option<(Artifact, Stamp)> {
        let entry = self.entry(key);
        let stamp: Stamp =
            serde_json::from_slice(&fs::read(entry.join("stamp.json")).ok()?).ok()?;
        let dir = entry.join("out");
        if stamp.files <= CHECKED_FILES {
            let files: Vec<FileEntry> =
                serde_json::from_slice(&fs::read(entry.join("files.json")).ok()?).ok()?;
            let whole = files.iter().all(|file| {
                fs::symlink_metadata(dir.join(&file.path))
                    .is_ok_and(|meta| meta.is_symlink() || meta.len() == file.size)
            });
            if !whole {
                return None;
            }
        } else if !dir.is_dir() {
            return None;
        }
        Some((Artifact { dir, digest: Some(stamp.digest) }, stamp))
    }

    /// Waits until no other process makes `key`, and keeps others from it until the guard is dropped.
    pub fn lock(&self, key: Digest) -> Result<File> {
        let path = self.root.join("locks").join(format!("{key}.lock"));
        let file =
            File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
        file.lock().with_context(|| format!("cannot lock {}", path.display()))?;
        Ok(file)
    }

    /// A new folder to make an output in.
    pub fn begin(&self) -> Result<Unfinished> {
        let dir = tempfile::Builder::new()
            .prefix("")
            .tempdir_in(self.root.join("tmp"))
            .context("cannot create a folder in the cache")?;
        let guard = File::create(dir.path().join("owner.lock"))?;
        guard.lock()?;
        fs::create_dir(dir.path().join("out"))?;
        Ok(Unfinished { dir, _guard: guard })
    }

    /// Makes the finished output the artifact of `key`.
    pub fn commit(
        &self,
        key: Digest,
        unfinished: Unfinished,
        mut stamp: Stamp,
    ) -> Result<Artifact> {
        let files = list(&unfinished.out())?;
        stamp.digest = digest_of(&files);
        stamp.files = files.len();
        stamp.bytes = files.iter().map(|file| file.size).sum();
        let dir = unfinished.dir.path();
        fs::write(dir.join("files.json"), serde_json::to_vec(&files)?)?;
        fs::write(dir.join("stamp.json"), serde_json::to_vec_pretty(&stamp)?)?;
        let entry = self.entry(key);
        fs::create_dir_all(entry.parent().expect("invariant: an entry has a parent"))?;
        // A damaged entry (see `lookup`) stands in the way of the rename.
        if entry.exists() {
            let aside = self.root.join("tmp").join(format!("{key}.damaged"));
            let _ = fs::remove_dir_all(&aside);
            fs::rename(&entry, &aside)?;
            let _ = fs::remove_dir_all(&aside);
        }
        let _ = fs::remove_file(dir.join("owner.lock"));
        let kept = unfinished.dir.keep();
        fs::rename(&kept, &entry)
            .with_context(|| format!("cannot move the output to {}", entry.display()))?;
        Ok(Artifact { dir: entry.join("out"), digest: Some(stamp.digest) })
    }

    /// Sets of checkout files that runs of the step with this key read besides its declared inputs.
    pub fn seen(&self, key: Digest) -> Vec<Vec<String>> {
        let path = self.root.join("seen").join(format!("{key}.json"));
        fs::read(path)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }

    /// Adds a set to [`Cache::seen`]. The caller holds the key's lock.
    pub fn add_seen(&self, key: Digest, files: Vec<String>) -> Result<()> {
        let mut sets = self.seen(key);
        if !sets.contains(&files) {
            // Newest first: the likeliest to be asked for next.
            sets.insert(0, files);
            sets.truncate(8);
            let path = self.root.join("seen").join(format!("{key}.json"));
            write_atomic(&path, &serde_json::to_vec(&sets)?)?;
        }
        Ok(())
    }

    /// Keeps the log of a failed step; returns where.
    pub fn keep_log(&self, key: Digest, log: &str) -> PathBuf {
        let path = self.root.join("logs").join(format!("{key}.log"));
        let _ = write_atomic(&path, log.as_bytes());
        path
    }

    /// Removes half-made outputs whose owner is gone: its lock on them is free.
    fn sweep(&self) {
        for entry in fs::read_dir(self.root.join("tmp")).into_iter().flatten().flatten() {
            let lock = entry.path().join("owner.lock");
            match File::open(&lock) {
                Ok(file) if file.try_lock().is_ok() => drop(fs::remove_dir_all(entry.path())),
                Ok(_) => {}
                // Being made or being committed this very moment; left alone unless it is old.
                Err(_) => {
                    let old = entry
                        .metadata()
                        .and_then(|meta| meta.modified())
                        .is_ok_and(|time| time.elapsed().is_ok_and(|age| age.as_secs() > 3600));
                    if old {
                        let _ = fs::remove_dir_all(entry.path());
                    }
                }
            }
        }
    }
}

/// An output that is being made. Dropping it removes it.
pub struct Unfinished {
    dir: tempfile::TempDir,
    _guard: File,
}

impl Unfinished {
    pub fn out(&self) -> PathBuf {
        self.dir.path().join("out")
    }

    /// A folder for intermediate files, gone when the step ends.
    pub fn scratch(&self) -> Result<PathBuf> {
        let path = self.dir.path().join("scratch");
        fs::create_dir_all(&path)?;
        Ok(path)
    }

    pub fn remove_scratch(&self) -> Result<()> {
        match fs::remove_dir_all(self.dir.path().join("scratch")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}

/// Writes `path` so that readers see the old content or the new, never a part.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<()> {
    let dir = path.parent().ok_or_else(|| anyhow!("{} has no folder", path.display()))?;
    fs::create_dir_all(dir).with_context(|| format!("cannot create {}", dir.display()))?;
    let context = || format!("cannot write {}", path.display());
    let mut file = tempfile::NamedTempFile::new_in(dir).with_context(context)?;
    io::Write::write_all(&mut file, bytes).with_context(context)?;
    let mode = fs::Permissions::from_mode(0o644);
    file.as_file().set_permissions(mode).with_context(context)?;
    file.persist(path).with_context(context)?;
    Ok(())
}

fn list(dir: &Path) -> Result<Vec<FileEntry>> {
    fn walk(root: &Path, dir: &Path, files: &mut Vec<FileEntry>) -> Result<()> {
        for entry in fs::read_dir(dir)? {
            let path = entry?.path();
            let meta = fs::symlink_metadata(&path)?;
            if meta.is_dir() {
                walk(root, &path, files)?;
                continue;
            }
            let name = path.strip_prefix(root).expect("invariant: walked from the root");
            let name = name.to_str().ok_or_else(|| anyhow!("{name:?} is not a UTF-8 name"))?;
            let content = if meta.is_symlink() {
                fs::read_link(&path)?.display().to_string()
            } else {
                Digest::of_file(&path)?.to_string()
            };
            let executable = meta.is_file() && meta.permissions().mode() & 0o111 != 0;
            files.push(FileEntry { path: name.to_owned(), size: meta.len(), content, executable });
        }
        Ok(())
    }
    let mut files = Vec::new();
    walk(dir, dir, &mut files)?;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn digest_of(files: &[FileEntry]) -> Digest {
    let mut digest = DigestBuilder::default();
    for file in files {
        digest.push(&file.path);
        digest.push(&file.content);
        digest.push([u8::from(file.executable)]);
    }
    digest.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp() -> Stamp {
        Stamp {
            kind: "test".into(),
            label: "x".into(),
            digest: Digest::of(""),
            files: 0,
            bytes: 0,
            seconds: 0.0,
            inputs: Vec::new(),
        }
    }

    fn make(cache: &Cache, key: Digest, content: &str) -> Artifact {
        let unfinished = cache.begin().unwrap();
        fs::write(unfinished.out().join("a"), content).unwrap();
        cache.commit(key, unfinished, stamp()).unwrap()
    }

    #[test]
    fn a_committed_output_is_found_and_a_dropped_one_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open(dir.path()).unwrap();
        let key = Digest::of("key");
        drop(cache.begin().unwrap());
        assert!(cache.lookup(key).is_none());
        let made = make(&cache, key, "1");
        assert_eq!(cache.lookup(key).unwrap().0, made);
        assert_eq!(fs::read_dir(dir.path().join("v1/tmp")).unwrap().count(), 0);
    }

    #[test]
    fn a_truncated_output_is_made_again() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open(dir.path()).unwrap();
        let key = Digest::of("key");
        let made = make(&cache, key, "12345");
        fs::write(made.path("a"), "1").unwrap();
        assert!(cache.lookup(key).is_none());
        let again = make(&cache, key, "12345");
        assert_eq!(cache.lookup(key).unwrap().0, again);
    }

    #[test]
    fn what_a_killed_build_left_is_swept() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open(dir.path()).unwrap();
        let mine = cache.begin().unwrap();
        // A killed owner holds no lock.
        let orphan = dir.path().join("v1/tmp/orphan");
        fs::create_dir(&orphan).unwrap();
        fs::write(orphan.join("owner.lock"), "").unwrap();
        Cache::open(dir.path()).unwrap();
        assert!(!orphan.exists());
        assert!(mine.out().exists());
    }

    #[test]
    fn equal_content_gives_equal_digests_under_any_key() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open(dir.path()).unwrap();
        let one = make(&cache, Digest::of("1"), "same");
        let two = make(&cache, Digest::of("2"), "same");
        let other = make(&cache, Digest::of("3"), "other");
        assert_eq!(one.digest, two.digest);
        assert_ne!(one.digest, other.digest);
    }
}
