//! Digests of the checkout's files. Content decides; size, times and inode are only a fast path in front of
//! hashing, kept from one run to the next.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use super::Digest;

/// What the file system says of a file; any change of content changes one of these, except within
/// the resolution of its clock (see [`Identity::settled`]).
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity(u64, i64, i64, i64, i64, u64, u64);

impl Identity {
    pub fn of(meta: &std::fs::Metadata) -> Identity {
        let (m, mn, c, cn) = (meta.mtime(), meta.mtime_nsec(), meta.ctime(), meta.ctime_nsec());
        Identity(meta.size(), m, mn, c, cn, meta.ino(), meta.dev())
    }

    /// To be remembered with the content. None for a file that was changed so recently that it may change again
    /// without its times showing it. `meta` is from before the content was read.
    pub fn settled(meta: &std::fs::Metadata) -> Option<Identity> {
        let age = SystemTime::now().duration_since(change_time(meta));
        age.is_ok_and(|age| age > CLOCK_RESOLUTION).then(|| Identity::of(meta))
    }
}

/// Of file systems, and more.
const CLOCK_RESOLUTION: Duration = Duration::from_millis(50);

/// When the file was last written to, renamed or exchanged; no tool sets this time back.
pub fn change_time(meta: &std::fs::Metadata) -> SystemTime {
    let time = Duration::new(meta.ctime().max(0) as u64, meta.ctime_nsec() as u32);
    SystemTime::UNIX_EPOCH + time
}

pub struct FileDigests {
    store: PathBuf,
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    known: BTreeMap<PathBuf, (Identity, Digest)>,
    changed: bool,
}

impl FileDigests {
    /// Loads what an earlier run remembered in `store`; anything unreadable there counts as nothing.
    pub fn load(store: PathBuf) -> FileDigests {
        let known = std::fs::read(&store)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        FileDigests { store, table: Mutex::new(Table { known, changed: false }) }
    }

    /// The digest of the file's content now.
    pub fn of(&self, path: &Path) -> Result<Digest> {
        let meta =
            std::fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
        if let Some((known, digest)) = self.lock().known.get(path)
            && *known == Identity::of(&meta)
        {
            return Ok(*digest);
        }
        let settled = Identity::settled(&meta);
        let digest = Digest::of_file(path)?;
        if let Some(identity) = settled {
            let mut table = self.lock();
            table.known.insert(path.to_owned(), (identity, digest));
            table.changed = true;
        }
        Ok(digest)
    }

    /// The same, or `None` where there is no file at that path.
    pub fn of_any(&self, path: &Path) -> Result<Option<Digest>> {
        if path.is_file() { self.of(path).map(Some) } else { Ok(None) }
    }

    /// Remembers for the next run. Failing to is no error: the next run hashes again.
    pub fn save(&self) {
        let mut table = self.lock();
        if std::mem::take(&mut table.changed)
            && let Ok(bytes) = serde_json::to_vec(&table.known)
        {
            let _ = super::cache::write_atomic(&self.store, &bytes);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Table> {
        self.table.lock().expect("invariant: no panic while the table is held")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rewritten_file_of_the_same_size_gets_a_new_digest() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.c");
        let digests = FileDigests::load(dir.path().join("digests"));
        std::fs::write(&path, "one").unwrap();
        let one = digests.of(&path).unwrap();
        std::fs::write(&path, "two").unwrap();
        assert_ne!(digests.of(&path).unwrap(), one);
        std::fs::write(&path, "one").unwrap();
        assert_eq!(digests.of(&path).unwrap(), one);
    }

    #[test]
    fn a_damaged_store_counts_as_empty() {
        let dir = tempfile::tempdir().unwrap();
        let store = dir.path().join("digests");
        std::fs::write(&store, "{half").unwrap();
        std::fs::write(dir.path().join("f"), "x").unwrap();
        assert_eq!(FileDigests::load(store).of(&dir.path().join("f")).unwrap(), Digest::of("x"));
    }
}
