//! The cache of compiled code, and why what lies in it may be executed.
//!
//! ```text
//! $PYLON_CACHE_DIR | $XDG_CACHE_HOME/pylon | ~/.cache/pylon
//!   compiled/                          0700, ours
//!     <component>-<engine>.cwasm       0600, native code that wasmtime wrote
//!     <component>-<engine>.json        the .cwasm's stamp and SHA-256
//!     index/<device>-<inode>           digest_index.rs
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
//! * **Nobody else can write it.** The folder must be a real folder (no link) of the effective user without any
//!   permission for others, an entry a regular file of that user that others cannot write. A folder that is not
//!   like that is not used at all: neither read nor written. Who can write there nevertheless is this user or
//!   root, and could as well replace composectl. Running as root with a user's cache (sudo) fails the check.
//! * **It is what was written.** A `.cwasm` without a `.json` was never completed. The `.json` holds the stamp
//!   of the finished file; as long as it is equal nothing has touched the file since, and it is mapped without being
//!   read (hashing 25 MB would cost more than the whole start). If the stamp differs (restored from a backup,
//!   truncated, edited) the content is hashed and decides: equal, and the stamp is renewed; else both files are
//!   removed and the component is compiled anew.
//! * **It fits.** wasmtime compares version, settings and processor; a refusal also removes the entry.
//!
//! Files are written under a temporary name, synced and renamed. Processes that want the same component at once
//! wait for the first to compile it (a lock on a file, released by the kernel when its holder dies); where locks do not work
//! all compile, and all are right. A cache that cannot be written is a warning, never an error.

use std::fs::{self, DirBuilder};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use composectl_plan::{Opening, Stamp, open, read_bounded};
use serde::{Deserialize, Serialize};
use wasmtime::Engine;

use crate::code::Code;
use crate::digest_index::{DigestIndex, HexDigest, MAX_ENTRY_BYTES, write_atomically};
use crate::engine;
use crate::report::Reporter;

/// Older entries go when a new one would bring the sum above this.
const MAX_TOTAL_BYTES: u64 = 1 << 30;
/// What a killed process left behind goes after this.
const LEFTOVER_AGE: Duration = Duration::from_secs(24 * 3600);
/// Index entries, whose files may be long gone, go after this; it costs their owner one hashing.
const INDEX_AGE: Duration = Duration::from_secs(90 * 24 * 3600);

/// The name of an entry: a component for an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// The key of the component with `digest` on `engine`.
    pub fn new(digest: &HexDigest, engine: &Engine) -> Self {
        Self(format!("{}-{:016x}", digest.as_str(), engine::compatibility(engine)))
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
    folder: PathBuf,
    pub index: DigestIndex,
    reporter: Reporter,
}

impl CompiledCache {
    /// The user's cache, or the reason why there is none to use.
    pub fn open(reporter: Reporter) -> Result<Self, String> {
        let root = cache_root()?;
        Self::open_in(&root, reporter)
    }

    /// The cache below `root`, created if need be.
    fn open_in(root: &Path, reporter: Reporter) -> Result<Self, String> {
        let folder = root.join("compiled");
        // Only its absence is worth creating anything; this is on the path of every start.
        if matches!(fs::symlink_metadata(&folder), Err(error) if error.kind() == io::ErrorKind::NotFound)
        {
            let made = fs::create_dir_all(root).and_then(|()| {
                match DirBuilder::new().mode(0o700).create(&folder) {
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
                    made => made,
                }
            });
            made.map_err(|error| format!("cannot create {}: {error}", folder.display()))?;
        }
        let metadata = fs::symlink_metadata(&folder)
            .map_err(|error| format!("{}: {error}", folder.display()))?;
        let problem = if !metadata.is_dir() {
            Some("is no folder")
        } else if metadata.uid() != effective_user() {
            Some("belongs to another user")
        } else if metadata.mode() & 0o077 != 0 {
            Some(
                "is open to other users (remove it, or `chmod 700` it if nobody else has written there)",
            )
        } else {
            None
        };
        if let Some(problem) = problem {
            return Err(format!("{} {problem}", folder.display()));
        }
        let index = DigestIndex::new(folder.join("index"));
        Ok(Self { folder, index, reporter })
    }

    /// The compiled code, if it is there and sound. What is not sound is removed.
    pub fn load<C: Code>(&self, engine: &Engine, key: &Key) -> Option<C> {
        let seal = read_bounded(&self.seal_path(key), MAX_ENTRY_BYTES).ok()?;
        let path = self.code_path(key);
        let loaded = serde_json::from_slice(&seal)
            .map_err(|error| format!("its seal cannot be read: {error}"))
            .and_then(|seal| self.check(key, &seal))
            .and_then(|()| {
                // SAFETY: the file is code that this composectl's engine wrote: nobody else can write in the
                // folder, and its stamp or content is the one noted when it was finished (see the module's text).
                unsafe { C::from_file(engine, &path) }.map_err(|error| format!("{error:#}"))
            });
        loaded
            .inspect_err(|problem| {
                self.reporter.detail(|| format!("{}: {problem}; compiling anew", path.display()));
                let _ = fs::remove_file(self.seal_path(key));
                let _ = fs::remove_file(&path);
            })
            .ok()
    }

    /// Whether the entry's code is what was written.
    fn check(&self, key: &Key, seal: &Seal) -> Result<(), String> {
        let mut file =
            open(&self.code_path(key), Opening::ReadNoLink).map_err(|error| error.to_string())?;
        let metadata = file.metadata().map_err(|error| error.to_string())?;
        if metadata.uid() != effective_user() || metadata.mode() & 0o022 != 0 {
            return Err("is not a file that only this user can write".to_owned());
        }
        let stamp = Stamp::of(&metadata);
        if stamp == seal.stamp {
            return Ok(());
        }
        if stamp.size != seal.stamp.size {
            return Err(format!("has {} bytes instead of {}", stamp.size, seal.stamp.size));
        }
        let mut code = Vec::new();
        file.read_to_end(&mut code).map_err(|error| error.to_string())?;
        if HexDigest::of(&code) != seal.sha256 {
            return Err("its content has changed".to_owned());
        }
        self.seal(key, &Seal { stamp, sha256: seal.sha256.clone() })
            .map_err(|error| error.to_string())
    }

    /// Stores `code`, which the engine of `key` has just compiled, and makes room for it.
    pub fn store(&self, key: &Key, code: &[u8]) -> io::Result<()> {
        let mut temporary = tempfile::NamedTempFile::new_in(&self.folder)?;
        temporary.write_all(code)?;
        temporary.as_file().sync_data()?;
        let file = temporary.persist(self.code_path(key))?;
        // Through the handle, and after the renaming, which sets the change time.
        let stamp = Stamp::of(&file.metadata()?);
        self.seal(key, &Seal { stamp, sha256: HexDigest::of(code) })?;
        self.prune(key);
        Ok(())
    }

    /// Runs `work` while no other process that takes this lock compiles the same entry.
    pub fn alone<T>(&self, key: &Key, work: impl FnOnce() -> T) -> T {
        let path = self.folder.join(format!("{}.lock", key.0));
        let locked = open(&path, Opening::Lock(0o600));
        let locked = locked.and_then(|file| file.lock().map(|()| file));
        let result = work();
        if locked.is_ok() {
            // Who waits holds the file itself, finds the entry, and does not miss the name.
            let _ = fs::remove_file(&path);
        }
        result
    }

    /// Where the entry's code lies.
    pub fn code_path(&self, key: &Key) -> PathBuf {
        self.folder.join(format!("{}.cwasm", key.0))
    }

    fn seal_path(&self, key: &Key) -> PathBuf {
        self.folder.join(format!("{}.json", key.0))
    }

    fn seal(&self, key: &Key, seal: &Seal) -> io::Result<()> {
        write_atomically(&self.folder, &self.seal_path(key), &serde_json::to_vec(seal)?)
    }

    /// Removes the oldest entries until the rest fits, and leftovers. Errors are for the next time: somebody
    /// else may be doing the same. Code that a running process has mapped stays alive until it ends.
    fn prune(&self, keep: &Key) {
        let mut entries = Vec::new();
        for (path, metadata) in files_in(&self.folder) {
            let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            if path.extension().is_some_and(|extension| extension == "cwasm") {
                entries.push((modified, metadata.len(), path));
            } else if path.extension().is_none_or(|extension| extension != "json")
                && is_older(modified, LEFTOVER_AGE)
            {
                let _ = fs::remove_file(path);
            }
        }
        entries.sort();
        let mut total: u64 = entries.iter().map(|(_, size, _)| size).sum();
        for (_, size, path) in entries {
            if total <= MAX_TOTAL_BYTES {
                break;
            }
            if path != self.code_path(keep) {
                let _ = fs::remove_file(path.with_extension("json"));
                let _ = fs::remove_file(path);
                total -= size;
            }
        }
        for (path, metadata) in files_in(self.index.folder()) {
            if metadata.modified().is_ok_and(|modified| is_older(modified, INDEX_AGE)) {
                let _ = fs::remove_file(path);
            }
        }
    }
}

fn is_older(modified: SystemTime, limit: Duration) -> bool {
    modified.elapsed().is_ok_and(|age| age > limit)
}

/// The regular files of a folder; none if it cannot be read.
fn files_in(folder: &Path) -> Vec<(PathBuf, fs::Metadata)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let files = entries.filter_map(|entry| Some((entry.path(), entry.metadata().ok()?)));
    files.filter(|(_, metadata)| metadata.is_file()).collect()
}

/// Where all caches of pylon lie.
fn cache_root() -> Result<PathBuf, String> {
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

fn effective_user() -> u32 {
    // SAFETY: geteuid has no arguments and cannot fail.
    unsafe { libc::geteuid() }
}
