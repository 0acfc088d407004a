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
/// the resolution of its clock (see [`FileDigests::of`]).
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Identity(u64, i64, i64, i64, i64, u64);

impl Identity {
    fn of(meta: &std::fs::Metadata) -> Identity {
        let (m, mn, c, cn) = (meta.mtime(), meta.mtime_nsec(), meta.ctime(), meta.ctime_nsec());
        Identity(meta.size(), m, mn, c, cn, meta.ino())
    }
}

/// A file that was changed more recently than this before it was hashed may change again without its
/// times showing it, so its digest is not remembered.
const CLOCK_RESOLUTION: Duration = Duration::from_millis(50);

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
        let identity = Identity::of(&meta);
        if let Some((known, digest)) = self.lock().known.get(path)
            && *known == identity
        {
            return Ok(*digest);
        }
        let digest = Digest::of_file(path)?;
        let settled = meta.modified().ok().is_some_and(|modified| {
            SystemTime::now().duration_since(modified).is_ok_and(|age| age > CLOCK_RESOLUTION)
        });
        if settled {
            let mut table = self.lock();
            table.known.insert(path.to_owned(), (identity, digest));
            table.changed = true;
        }
        Ok(digest)
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
