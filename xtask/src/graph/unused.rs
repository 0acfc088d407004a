//! What of the cache no command has used for long.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use fs_err as fs;

use super::cache::{STAMP, Stamp, USE_LOCK, prepare};

/// What [`remove_unused`] removed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Removed {
    pub outputs: usize,
    pub bytes: u64,
}

/// Removes outputs of the cache below `folder` that no command has used for so long, and what is known of how they came to
/// be. None while a command is at work with the cache. In a dry run it only counts.
pub fn remove_unused(folder: &Path, unused: Duration, dry_run: bool) -> Result<Option<Removed>> {
    let root = prepare(folder)?;
    let alone = File::create(root.join(USE_LOCK))?;
    if alone.try_lock().is_err() {
        return Ok(None);
    }
    let is_old = |path: &Path| {
        let used = fs::metadata(path).and_then(|meta| meta.modified());
        // What has no mark is half of an entry, which a clean that was killed left.
        used.map_or(true, |used| used.elapsed().is_ok_and(|age| age >= unused))
    };
    let mut removed = Removed::default();
    for shard in below(&root.join("steps"))? {
        for entry in below(&shard)? {
            let stamp = entry.join(STAMP);
            if !is_old(&stamp) {
                continue;
            }
            let made = fs::read(&stamp).ok().and_then(|text| serde_json::from_slice(&text).ok());
            removed.outputs += 1;
            removed.bytes += made.map_or(0, |stamp: Stamp| stamp.bytes);
            if !dry_run {
                remove_entry(&entry)?;
            }
        }
    }
    for folder in ["seen", "logs", "locks"] {
        for file in below(&root.join(folder))?.iter().filter(|file| !dry_run && is_old(file)) {
            fs::remove_file(file)?;
        }
    }
    Ok(Some(removed))
}

fn below(folder: &Path) -> Result<Vec<PathBuf>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
}

fn remove_entry(entry: &Path) -> io::Result<()> {
    if fs::symlink_metadata(entry)?.is_symlink() {
        // It belongs to another cache.
        return fs::remove_file(entry);
    }
    // First that without which nobody finds it.
    let _ = fs::remove_file(entry.join(STAMP));
    fs::remove_dir_all(entry)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::time::SystemTime;

    use super::super::cache::tests::make;
    use super::super::cache::{Cache, DAY, shard_of};
    use super::super::digest::Digest;
    use super::*;

    #[test]
    fn what_was_long_not_used_is_removed_and_what_was_found_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open(dir.path()).unwrap();
        let (old, used) = (Digest::of("old"), Digest::of("used"));
        let age = |key: Digest, days: u32| {
            let stamp = File::open(cache.entry(key).join(STAMP)).unwrap();
            stamp.set_modified(SystemTime::now() - DAY * days).unwrap();
        };
        for key in [old, used] {
            make(&cache, key, "12345");
            age(key, 30);
            cache.add_seen(key, vec![]).unwrap();
        }
        assert!(cache.lookup(used).is_some());
        let remove = |dry_run| remove_unused(dir.path(), DAY * 7, dry_run).unwrap();
        assert_eq!(remove(false), None, "the cache is in use");
        let entry = cache.entry(old);
        drop(cache);
        let removed = Some(Removed { outputs: 1, bytes: 5 });
        assert_eq!(remove(true), removed);
        assert!(entry.exists());
        assert_eq!(remove(false), removed);
        assert!(!entry.exists());
        assert_eq!(remove(false), Some(Removed::default()));
        let cache = Cache::open(dir.path()).unwrap();
        assert!(cache.lookup(old).is_none() && cache.lookup(used).is_some());
        cache.check(&cache.lookup(used).unwrap().0).unwrap();
    }

    #[test]
    fn an_entry_of_another_cache_is_removed_as_a_link() {
        let dirs = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let [one, other] = [&dirs[0], &dirs[1]].map(|dir| Cache::open(dir.path()).unwrap());
        let key = Digest::of("key");
        let made = make(&one, key, "12345");
        let linked = other.entry(key);
        fs::create_dir_all(shard_of(&linked)).unwrap();
        symlink(one.entry(key), &linked).unwrap();
        let stamp = File::open(linked.join(STAMP)).unwrap();
        stamp.set_modified(SystemTime::now() - DAY * 2).unwrap();
        drop(other);
        let removed = remove_unused(dirs[1].path(), DAY, false).unwrap().unwrap();
        assert_eq!(removed.outputs, 1);
        assert!(fs::symlink_metadata(&linked).is_err());
        assert_eq!(one.lookup(key).unwrap().0, made);
        one.check(&made).unwrap();
    }
}
