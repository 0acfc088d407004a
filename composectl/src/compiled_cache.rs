//! The cache of compiled code, and why what lies in it may be executed.
//!
//! ```text
//! $PYLON_CACHE_DIR | $XDG_CACHE_HOME/pylon | ~/.cache/pylon
//!   compiled/                          0700, ours
//!     <component>-<engine>.cwasm       0600, native code that wasmtime wrote
//!     <component>-<engine>.json        the .cwasm's stamp and SHA-256; its time is when it was last used, to the hour
//!     index/<device>-<inode>-<mount>   digest_index.rs
//! ```
//!
//! `<component>` is the SHA-256 of the component's very bytes, `<engine>` wasmtime's compatibility hash (version
//! and settings). Another composectl thus uses other entries.
//!
//! # Trust
//!
//! Loading a `.cwasm` maps native code: whoever can write one can run anything as this user. wasmtime checks
//! that the file fits the engine, not that it is honest. So:
//!
//! * **Nobody else can write it.** Nobody but this user and root can write in the folder or exchange it
//!   (`private_folder.rs`), an entry is a regular file of this user that others cannot write. A folder that is not
//!   like that is not used at all: neither read nor written. Who can write there nevertheless is this user or
//!   root, and could as well replace composectl. Running as root with a user's cache (sudo) fails the check.
//! * **What was checked is what is mapped**, by its descriptor.
//! * **It is what was written.** A `.cwasm` without a `.json` was never completed. The `.json` holds the stamp
//!   of the finished file; as long as it is equal nothing has touched the file since, and it is mapped without being
//!   read (hashing 25 MB would cost more than the whole start). If the stamp differs (restored from a backup,
//!   truncated, edited) the content is hashed and decides: equal, and the stamp is renewed; else both files are
//!   removed and the component is compiled anew.
//! * **It fits.** wasmtime compares version, settings and processor; a refusal also removes the entry.
//!
//! Files are written under a temporary name, synced and renamed. Processes that want the same component at once
//! wait for the first to compile it (a lock on a file, released by the kernel when its holder dies), but not for ever; where
//! locks do not work all compile, and all are right. A cache that cannot be written is a warning, never an error.

use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use composectl_plan::{Deadline, Stamp};
use serde::{Deserialize, Serialize};
use wasmtime::Engine;

use crate::code::Code;
use crate::digest_index::{self, DigestIndex, HexDigest};
use crate::engine;
use crate::private_folder::{Entry, PrivateFolder, user};
use crate::report::Reporter;

/// What was not used for longest goes when a new entry brings the sum above this.
/// DuckDB alone is 156 MB, Python with its caps 43 MB for each choice of them.
const MAX_TOTAL_BYTES: u64 = 4 << 30;
/// Code is written in pieces of this size. The page cache keeps what is written at once in one piece, as large as it can, and Linux
/// maps a whole piece when one page of it is touched: a start of pylon.wasm 8 MB more than with these (docs/adr/0049).
const PIECE: usize = 64 << 10;
/// What a killed process left behind goes after this.
const LEFTOVER_AGE: Duration = Duration::from_secs(24 * 3600);
/// Index entries, whose files may be long gone, go after this; it costs their owner one hashing.
const INDEX_AGE: Duration = Duration::from_secs(90 * 24 * 3600);
/// How often is looked whether another process has compiled what this one needs.
const LOOK: Duration = Duration::from_millis(10);

/// The name of an entry: a component for an engine.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(String);

impl Key {
    /// The key of the component with `digest` on `engine`.
    pub fn new(digest: &HexDigest, engine: &Engine) -> Self {
        Self(format!("{}-{:016x}", digest.as_str(), engine::compatibility(engine)))
    }

    fn code(&self) -> String {
        format!("{}.cwasm", self.0)
    }

    fn seal(&self) -> String {
        format!("{}.json", self.0)
    }

    fn lock(&self) -> String {
        format!("{}.lock", self.0)
    }
}

/// The stamp and content of a finished entry.
#[derive(Serialize, Deserialize)]
struct Seal {
    stamp: Stamp,
    sha256: HexDigest,
}

/// A cache folder that passed the checks above.
#[derive(Debug)]
pub struct CompiledCache {
    folder: PrivateFolder,
    reporter: Reporter,
}

impl CompiledCache {
    /// The user's cache, created if need be, or the reason why there is none to use.
    pub fn open(reporter: Reporter) -> Result<Self, String> {
        let folder = PrivateFolder::open(&cache_root()?, "compiled")?;
        Ok(Self { folder, reporter })
    }

    /// The digests of component files.
    pub fn index(&self) -> DigestIndex<'_> {
        DigestIndex::new(&self.folder)
    }

    /// Who says what is to be said of it.
    pub fn reporter(&self) -> Reporter {
        self.reporter
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The compiled code, if it is there and sound. What is not sound is removed.
    pub fn load<C: Code>(&self, engine: &Engine, key: &Key) -> Option<C> {
        let seal = self.folder.read(&key.seal()).ok()?;
        let loaded = serde_json::from_slice(&seal)
            .map_err(|error| format!("its seal cannot be read: {error}"))
            .and_then(|seal| self.checked(key, &seal))
            .and_then(|file| {
                // SAFETY: the file is code that this composectl's engine wrote: nobody else can write in the
                // folder, and its stamp or content is the one noted when it was finished (see the module's text).
                unsafe { C::from_file(engine, &file) }.map_err(|error| format!("{error:#}"))
            });
        loaded
            .inspect(|_| self.folder.mark(&key.seal()))
            .inspect_err(|problem| {
                let path = self.code_path(key);
                self.reporter.detail(|| format!("{}: {problem}; compiling anew", path.display()));
                self.remove(key);
            })
            .ok()
    }

    /// The entry's code, if it is what was written.
    fn checked(&self, key: &Key, seal: &Seal) -> Result<File, String> {
        let opened = self.folder.open_file(&key.code());
        let mut file = opened.map_err(|error| error.to_string())?;
        let metadata = file.metadata().map_err(|error| error.to_string())?;
        if !metadata.is_file() || metadata.uid() != user() || metadata.mode() & 0o022 != 0 {
            return Err("is not a file that only this user can write".to_owned());
        }
        let stamp = Stamp::of(&metadata);
        if stamp == seal.stamp {
            return Ok(file);
        }
        if stamp.size != seal.stamp.size {
            return Err(format!("has {} bytes instead of {}", stamp.size, seal.stamp.size));
        }
        let mut code = Vec::new();
        file.read_to_end(&mut code).map_err(|error| error.to_string())?;
        if HexDigest::of(&code) != seal.sha256 {
            return Err("its content has changed".to_owned());
        }
        let seal = Seal { stamp, sha256: seal.sha256.clone() };
        self.seal(key, &seal).map_err(|error| error.to_string())?;
        Ok(file)
    }

    /// Stores `code`, which the engine of `key` has just compiled, and makes room for it.
    pub fn store(&self, key: &Key, code: &[u8]) -> io::Result<()> {
        let mut temporary = self.folder.new_file()?;
        for piece in code.chunks(PIECE) {
            temporary.write_all(piece)?;
        }
        temporary.file().sync_data()?;
        let file = temporary.keep(&key.code())?;
        // Through the handle, and after the renaming, which sets the change time.
        let stamp = Stamp::of(&file.metadata()?);
        self.seal(key, &Seal { stamp, sha256: HexDigest::of(code) })?;
        self.prune(key, MAX_TOTAL_BYTES);
        Ok(())
    }

    /// Removes an entry.
    pub fn remove(&self, key: &Key) {
        self.folder.remove(&key.seal());
        self.folder.remove(&key.code());
    }

    /// Whether files can be made in it.
    pub fn check_writable(&self) -> io::Result<()> {
        self.folder.new_file().map(drop)
    }

    /// Runs `work` while no other process that takes this lock compiles the same entry, `what`. At the deadline it is
    /// run all the same: who holds the lock may have been stopped, and all who compile are right.
    pub fn alone<T>(
        &self,
        key: &Key,
        what: &str,
        deadline: Deadline,
        work: impl FnOnce() -> T,
    ) -> T {
        let lock = self.folder.lock_file(&key.lock());
        let locked = lock.is_ok_and(|lock| self.lock(&lock, key, what, deadline));
        let result = work();
        if locked {
            // Who waits holds the file itself, finds the entry, and does not miss the name.
            self.folder.remove(&key.lock());
        }
        result
    }

    /// Whether the lock was had before the deadline.
    fn lock(&self, mut lock: &File, key: &Key, what: &str, deadline: Deadline) -> bool {
        let begin = Instant::now();
        let mut told = false;
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(_)) => return false,
            }
            if !told && begin.elapsed() > self.reporter.patience() {
                told = true;
                let mut holder = String::new();
                let _ = lock.take(20).read_to_string(&mut holder);
                let file = self.path().join(key.lock());
                let holder = format!("process {holder}, which compiles {what}");
                self.reporter.say(&format!("waiting for {holder} (it holds {})", file.display()));
            }
            if deadline.check(what).is_err() {
                return false;
            }
            thread::sleep(LOOK);
        }
        // For those who wait.
        let _ = lock.set_len(0).and_then(|()| write!(lock, "{}", std::process::id()));
        true
    }

    /// Where the entry's code lies.
    pub fn code_path(&self, key: &Key) -> PathBuf {
        self.path().join(key.code())
    }

    fn seal(&self, key: &Key, seal: &Seal) -> io::Result<()> {
        self.folder.write(&key.seal(), &serde_json::to_vec(seal)?)
    }

    /// Removes entries, those first that were not used for longest, until the rest has no more than `most` bytes; and
    /// leftovers. Errors are for the next time: somebody else may be doing the same. Code that a running process has mapped
    /// stays alive until it ends.
    fn prune(&self, keep: &Key, most: u64) {
        let mut used = HashMap::new();
        let mut codes = Vec::new();
        for file in self.folder.files(".") {
            match file.name.rsplit_once('.') {
                Some((stem, "json")) => drop(used.insert(stem.to_owned(), file.modified)),
                Some((stem, "cwasm")) => codes.push((stem.to_owned(), file)),
                _ if is_older(file.modified, LEFTOVER_AGE) => self.folder.remove(&file.name),
                _ => {}
            }
        }
        let entry = |(stem, file): (String, Entry)| {
            (*used.get(&stem).unwrap_or(&file.modified), file.bytes, Key(stem))
        };
        let mut entries: Vec<_> = codes.into_iter().map(entry).collect();
        entries.sort();
        let mut total: u64 = entries.iter().map(|(_, size, _)| size).sum();
        for (_, size, key) in entries {
            if total <= most {
                break;
            }
            if key != *keep {
                self.remove(&key);
                total -= size;
            }
        }
        for file in self.folder.files(digest_index::FOLDER) {
            if is_older(file.modified, INDEX_AGE) {
                self.folder.remove(&format!("{}/{}", digest_index::FOLDER, file.name));
            }
        }
    }
}

/// The cache, opened when it is first needed.
#[derive(Debug)]
pub struct LazyCache {
    reporter: Reporter,
    opened: OnceLock<Option<CompiledCache>>,
}

impl LazyCache {
    /// A cache that is not open yet, for everything that a process compiles.
    pub fn new(reporter: Reporter) -> Arc<Self> {
        Arc::new(Self { reporter, opened: OnceLock::new() })
    }

    /// The cache, unless there is none to use; why is said once.
    pub fn get(&self) -> Option<&CompiledCache> {
        let open = || {
            let opened = CompiledCache::open(self.reporter);
            let why = |problem: &String| format!("compiled code is not kept: {problem}");
            opened.inspect_err(|problem| self.reporter.warn(&why(problem))).ok()
        };
        self.opened.get_or_init(open).as_ref()
    }
}

fn is_older(modified: SystemTime, limit: Duration) -> bool {
    modified.elapsed().is_ok_and(|age| age > limit)
}

/// Where all caches of pylon lie.
pub fn cache_root() -> Result<PathBuf, String> {
    let folder =
        |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(root) = folder("PYLON_CACHE_DIR") {
        return std::path::absolute(&root)
            .map_err(|error| format!("PYLON_CACHE_DIR={}: {error}", root.display()));
    }
    // The specification of XDG_CACHE_HOME says that a relative path is to be ignored.
    let caches = folder("XDG_CACHE_HOME").filter(|path| path.is_absolute());
    let caches = caches.or_else(|| {
        folder("HOME").filter(|path| path.is_absolute()).map(|home| home.join(".cache"))
    });
    caches
        .map(|caches| caches.join("pylon"))
        .ok_or_else(|| "neither PYLON_CACHE_DIR nor XDG_CACHE_HOME nor HOME is set".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let parent = tempfile::tempdir().unwrap();
        let folder = PrivateFolder::open(parent.path(), "compiled").unwrap();
        let cache = CompiledCache { folder, reporter: Reporter::new(false) };
        let keys = ["a", "b", "c", "d"].map(|name| Key(name.to_owned()));
        for (key, days) in keys.iter().zip([4, 3, 2, 1]) {
            cache.store(key, &[0; 10]).unwrap();
            let seal = File::open(cache.path().join(key.seal())).unwrap();
            seal.set_modified(SystemTime::now() - Duration::from_secs(24 * 3600 * days)).unwrap();
        }
        // A start marks it.
        cache.folder.mark(&keys[0].seal());
        let left = |most| {
            cache.prune(&keys[1], most);
            let codes = keys.iter().filter(|key| cache.code_path(key).exists());
            codes.map(|key| key.0.as_str()).collect::<String>()
        };
        assert_eq!(left(40), "abcd");
        assert_eq!(left(30), "abd");
        assert_eq!(left(20), "ab");
        assert_eq!(left(0), "b");
    }
}
