//! Digests of the checkout's files. Content decides; what is to be seen of a file otherwise is only a fast path in front
//! of hashing, kept from one run to the next.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};
use file_sighting::Sighting;
use serde::{Deserialize, Serialize};

use super::Digest;

/// What the file system says of a file of this user's cache; any change of content changes one of these, except within
/// the resolution of its clock (see [`Identity::settled`]). Others' files take a [`Sighting`].
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
    known: BTreeMap<PathBuf, (Sighting, Digest)>,
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
        let cannot = || format!("cannot read {}", path.display());
        let now = Sighting::at(path).with_context(cannot)?;
        if let (Some(now), Some((known, digest))) = (now, self.lock().known.get(path))
            && *known == now
        {
            return Ok(*digest);
        }
        let file = File::open(path).with_context(cannot)?;
        let before = Sighting::to_remember(&file);
        let digest = Digest::of_file(path)?;
        if let Some(sighting) = before
            && Sighting::at(path).ok().flatten() == before
        {
            let mut table = self.lock();
            table.known.insert(path.to_owned(), (sighting, digest));
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
    use std::ptr::null_mut;

    use rustix::mm::{MapFlags, ProtFlags};

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

    /// Without any time of the file changing.
    #[test]
    fn a_file_rewritten_through_a_dirty_page_gets_a_new_digest() {
        // On a disk: of files in memory nothing is remembered.
        let folder = std::env::current_exe().unwrap();
        let dir = tempfile::tempdir_in(folder.parent().unwrap()).unwrap();
        let path = dir.path().join("a.c");
        std::fs::write(&path, "one").unwrap();
        let file = File::options().read(true).write(true).open(&path).unwrap();
        file.sync_all().unwrap();
        // SAFETY: a fresh mapping of one page, of which the file's three bytes are used.
        let page = unsafe {
            let protection = ProtFlags::READ | ProtFlags::WRITE;
            rustix::mm::mmap(null_mut(), 3, protection, MapFlags::SHARED, &file, 0).unwrap()
        };
        let page = page.cast::<[u8; 3]>();
        // SAFETY: as above.
        unsafe { page.write_volatile(*b"one") };
        std::thread::sleep(std::time::Duration::from_millis(2_200));
        let digests = FileDigests::load(dir.path().join("digests"));
        assert_eq!(digests.of(&path).unwrap(), Digest::of("one"));
        assert_eq!(digests.lock().known.len(), 1);
        // SAFETY: as above.
        unsafe { page.write_volatile(*b"two") };
        assert_eq!(digests.of(&path).unwrap(), Digest::of("two"));
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
