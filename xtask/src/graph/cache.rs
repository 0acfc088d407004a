//! The content-addressed cache of step outputs, shared by all checkouts of a user.
//!
//! ```text
//! <cache>/v1/steps/ab/<key>/stamp.json   what was made, from which inputs, with which digest
//!                           files.json   every file of the output with size, digest and times
//!                           out/         the output
//!            seen/<key>.json             what a step turned out to depend on (see `Found`)
//!            locks/<key>.lock            held while the step runs
//!            tmp/<random>/               half-made outputs; swept when their owner is gone
//!            resumed/<key>/               what an interrupted step left to its next run; swept after a week
//!            tmp.lock                    held alone by who sweeps, shared by who makes a folder there
//!            use.lock                    held alone by who removes what was long not used, shared by who uses the cache
//!            logs/                       logs of failed steps
//! ```
//!
//! **Invariant**: an entry below `steps/` is complete. It is made in `tmp/` and renamed, so that a build that
//! is killed, or that runs out of disk, leaves nothing that a later one would take for an output.
//!
//! **Invariant**: nobody but this user could have put anything here ([`trust`]), and what is used of an entry is what
//! was made ([`entry::check`]).

use std::fs::File;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, anyhow};
use fs_err as fs;
use serde::{Deserialize, Serialize};

use super::digest::Digest;
use super::entry::{self, Files};
use super::found::Found;
use super::trust;

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

pub struct Cache {
    root: PathBuf,
    /// As long as it is open, nothing of it is removed because it was not used.
    _in_use: Locked,
}

/// Creates what is missing of the cache below `folder`, and fails unless all of it can be believed.
pub fn prepare(folder: &Path) -> Result<PathBuf> {
    trust::create_private(folder)?;
    // Who could turn a link on the way here could do so after the check as well.
    let folder = fs::canonicalize(folder)?;
    trust::check_parents(&folder)?;
    trust::check_own(&folder)?;
    let root = folder.join("v1");
    trust::create_private(&root)?;
    trust::check_own(&root)?;
    for part in ["steps", "seen", "locks", "tmp", "resumed", "logs", "files"] {
        trust::create_private(&root.join(part))?;
        trust::check_own(&root.join(part))?;
    }
    Ok(root)
}

impl Cache {
    /// Opens the cache below `folder` and removes what killed builds left half-made.
    pub fn open(folder: &Path) -> Result<Cache> {
        let root = prepare(folder)?;
        let in_use = lock_file(&root.join(USE_LOCK), Lock::Shared)?;
        let cache = Cache { root, _in_use: in_use };
        cache.sweep();
        Ok(cache)
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn entry(&self, key: Digest) -> PathBuf {
        let key = key.to_string();
        self.root.join("steps").join(&key[..2]).join(key)
    }

    /// The artifact of `key`, if it has been made. Its files are not looked at: see [`Cache::check`].
    pub fn lookup(&self, key: Digest) -> Option<(Artifact, Stamp)> {
        let entry = self.entry(key);
        let stamp: Stamp = serde_json::from_slice(&read_and_mark(&entry.join(STAMP)).ok()?).ok()?;
        (is_ours(shard_of(&entry)) && is_ours(&entry))
            .then(|| (Artifact { dir: entry.join("out"), digest: Some(stamp.digest) }, stamp))
    }

    /// Fails, and says why, unless the files of an artifact of this cache are those that were made.
    pub fn check(&self, artifact: &Artifact) -> Result<()> {
        let entry = artifact.dir.parent().filter(|entry| entry.starts_with(&self.root));
        match (entry, artifact.digest) {
            (Some(entry), Some(made)) => entry::check(entry, made),
            // A toolchain that the user names, which was digested file by file.
            _ => Ok(()),
        }
    }

    /// Waits until no other process makes `key`, and keeps others from it until the guard is dropped.
    pub fn lock(&self, key: Digest) -> Result<Locked> {
        lock_file(&self.root.join("locks").join(format!("{key}.lock")), Lock::Alone)
    }

    /// A new folder to make an output in.
    pub fn begin(&self) -> Result<Unfinished> {
        // Between the folder and the lock that protects it nobody may sweep.
        let _no_sweep = lock_file(&self.root.join(SWEEP_LOCK), Lock::Shared)?;
        let tmp = self.root.join("tmp");
        let dir = tempfile::Builder::new()
            .prefix("")
            .tempdir_in(&tmp)
            .with_context(|| format!("cannot create a folder in {}", tmp.display()))?;
        let guard = lock_file(&dir.path().join(OWNER_LOCK), Lock::Alone)?;
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
        let files = Files::of(&unfinished.out())?;
        stamp.digest = files.digest();
        stamp.files = files.count();
        stamp.bytes = files.bytes();
        let dir = unfinished.dir.path();
        files.save(dir)?;
        fs::write(dir.join(STAMP), serde_json::to_vec_pretty(&stamp)?)?;
        let entry = self.entry(key);
        let shard = shard_of(&entry);
        if shard.exists() && !is_ours(shard) {
            self.remove(shard)?;
        }
        trust::create_private(shard)?;
        let artifact = Artifact { dir: entry.join("out"), digest: Some(stamp.digest) };
        if fs::symlink_metadata(&entry).is_ok() {
            // The same may have been made on another way here, and be in use.
            if self.lookup(key).is_some_and(|(there, _)| there == artifact)
                && self.check(&artifact).is_ok()
            {
                return Ok(artifact);
            }
            self.remove(&entry)?;
        }
        // Between the lock's end and the entry's name nobody may sweep.
        let _no_sweep = lock_file(&self.root.join(SWEEP_LOCK), Lock::Shared)?;
        let _ = fs::remove_file(dir.join(OWNER_LOCK));
        let kept = unfinished.dir.keep();
        fs::rename(&kept, &entry)?;
        Ok(artifact)
    }

    /// Removes what is damaged of `steps/`, in one step for who looks at it.
    fn remove(&self, entry: &Path) -> Result<()> {
        let aside = self.begin()?;
        fs::rename(entry, aside.out().join("damaged"))?;
        Ok(())
    }

    /// What runs of the step with this key depended on besides its declared inputs, a set a run.
    pub fn seen(&self, key: Digest) -> Vec<Vec<Found>> {
        read_and_mark(&self.seen_path(key))
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }

    /// Adds a set to [`Cache::seen`]. The caller holds the key's lock.
    pub fn add_seen(&self, key: Digest, found: Vec<Found>) -> Result<()> {
        let mut sets = self.seen(key);
        if !sets.contains(&found) {
            // Newest first: the likeliest to be asked for next.
            sets.insert(0, found);
            sets.truncate(8);
            write_atomic(&self.seen_path(key), &serde_json::to_vec(&sets)?)?;
        }
        Ok(())
    }

    fn seen_path(&self, key: Digest) -> PathBuf {
        self.root.join("seen").join(format!("{key}.json"))
    }

    /// The folder that an interrupted run of the step with this key leaves to the next one; it need not be there. The
    /// caller holds the key's lock.
    pub fn resumed(&self, key: Digest) -> PathBuf {
        self.root.join("resumed").join(key.to_string())
    }

    /// Removes [`Cache::resumed`].
    pub fn forget(&self, key: Digest) {
        let _ = fs::remove_dir_all(self.resumed(key));
    }

    /// Keeps the log of a failed step; returns where.
    pub fn keep_log(&self, key: Digest, log: &str) -> PathBuf {
        let path = self.root.join("logs").join(format!("{key}.log"));
        let _ = write_atomic(&path, log.as_bytes());
        path
    }

    /// Removes half-made outputs whose owner is gone: its lock on them is free, or it went without one. It is not worth
    /// waiting for.
    fn sweep(&self) {
        let Ok(_alone) = lock_file(&self.root.join(SWEEP_LOCK), Lock::AloneOrNot) else { return };
        for entry in fs::read_dir(self.root.join("tmp")).into_iter().flatten().flatten() {
            let owned = File::open(entry.path().join(OWNER_LOCK))
                .is_ok_and(|file| file.try_lock().is_err());
            if !owned {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        for entry in fs::read_dir(self.root.join("resumed")).into_iter().flatten().flatten() {
            let age = entry.metadata().and_then(|meta| meta.modified()).map(|time| time.elapsed());
            if age.is_ok_and(|age| age.is_ok_and(|age| age > RESUMABLE)) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }
}

/// The content of a file, whose time says that it was used: to the day.
fn read_and_mark(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = fs::File::open(path)?;
    let marked = file.metadata()?.modified()?;
    if marked.elapsed().is_ok_and(|age| age >= DAY) {
        // One that cannot be written to is somebody's copy.
        let _ = file.file().set_modified(SystemTime::now());
    }
    let mut content = Vec::new();
    io::Read::read_to_end(&mut file, &mut content)?;
    Ok(content)
}

pub(super) fn shard_of(entry: &Path) -> &Path {
    entry.parent().expect("invariant: an entry has a parent")
}

/// Somebody who could write here once must not go on by owning a folder.
fn is_ours(folder: &Path) -> bool {
    let user = rustix::process::geteuid().as_raw();
    fs::metadata(folder).is_ok_and(|meta| meta.uid() == user)
}

/// In a half-made output; held by who makes it.
const OWNER_LOCK: &str = "owner.lock";
const SWEEP_LOCK: &str = "tmp.lock";
pub(super) const USE_LOCK: &str = "use.lock";
/// Of an entry: what was made. Its time is when it was last used.
pub(super) const STAMP: &str = "stamp.json";

/// How long an interrupted step is remembered.
const RESUMABLE: Duration = DAY.saturating_mul(7);
pub const DAY: Duration = Duration::from_secs(24 * 3600);

enum Lock {
    Alone,
    /// Fails where another process holds it.
    AloneOrNot,
    Shared,
}

/// A file that is locked.
pub struct Locked(File);

impl Drop for Locked {
    /// Closing would not do: what other threads start has it open, too, until it is what it is to be.
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

/// Opens and locks a file until it is dropped.
fn lock_file(path: &Path, lock: Lock) -> Result<Locked> {
    let file = File::create(path).with_context(|| format!("cannot create {}", path.display()))?;
    let locked = match lock {
        Lock::Alone => file.lock(),
        Lock::AloneOrNot => file.try_lock().map_err(io::Error::from),
        Lock::Shared => file.lock_shared(),
    };
    locked.with_context(|| format!("cannot lock {}", path.display()))?;
    Ok(Locked(file))
}

/// An output that is being made. Dropping it removes it.
pub struct Unfinished {
    dir: tempfile::TempDir,
    _guard: Locked,
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
    let mode = std::fs::Permissions::from_mode(0o644);
    file.as_file().set_permissions(mode).with_context(context)?;
    file.persist(path).with_context(context)?;
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use std::os::unix::fs::symlink;

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

    pub fn make(cache: &Cache, key: Digest, content: &str) -> Artifact {
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
    fn what_is_not_as_it_was_made_is_found_and_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open(dir.path()).unwrap();
        let key = Digest::of("key");
        type Damage = (&'static str, fn(&Artifact));
        let damages: &[Damage] = &[
            ("a byte", |made| fs::write(made.path("a"), "12945").unwrap()),
            ("the end", |made| fs::write(made.path("a"), "1").unwrap()),
            ("a file more", |made| fs::write(made.path("b"), "").unwrap()),
            ("a file less", |made| fs::remove_file(made.path("a")).unwrap()),
            ("a bit", |made| {
                let mode = std::fs::Permissions::from_mode(0o755);
                fs::set_permissions(made.path("a"), mode).unwrap();
            }),
            ("a link for a file", |made| {
                fs::rename(made.path("a"), made.dir.with_file_name("a")).unwrap();
                symlink("../a", made.path("a")).unwrap();
            }),
            ("a link for all", |made| {
                fs::rename(&made.dir, made.dir.with_file_name("away")).unwrap();
                symlink("away", &made.dir).unwrap();
            }),
            ("a pipe", |made| {
                fs::remove_file(made.path("a")).unwrap();
                let status = std::process::Command::new("mkfifo").arg(made.path("a")).status();
                assert!(status.unwrap().success());
            }),
            ("the list", |made| {
                fs::write(made.dir.with_file_name("files.json"), "[]").unwrap();
            }),
            ("no list", |made| fs::remove_file(made.dir.with_file_name("files.json")).unwrap()),
        ];
        for (what, damage) in damages {
            let made = make(&cache, key, "12345");
            cache.check(&made).unwrap();
            damage(&made);
            assert!(cache.check(&made).is_err(), "{what}");
            let again = make(&cache, key, "12345");
            assert_eq!(cache.lookup(key).unwrap().0, again);
            cache.check(&again).unwrap();
        }
    }

    #[test]
    fn a_copy_with_other_times_is_what_was_made() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open(dir.path()).unwrap();
        let made = make(&cache, Digest::of("key"), "12345");
        let copy = made.path("copy");
        fs::copy(made.path("a"), &copy).unwrap();
        fs::rename(copy, made.path("a")).unwrap();
        cache.check(&made).unwrap();
    }

    #[test]
    fn a_folder_is_protected_from_sweeping_as_soon_as_it_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open(dir.path()).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| (0..500).for_each(|_| cache.sweep()));
            }
            for round in 0..500 {
                let unfinished = cache.begin().unwrap();
                assert!(unfinished.out().is_dir(), "round {round}");
            }
        });
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
