//! The names below a folder that a step searches. What a search finds, and what it does not find, follows from them:
//! a header that comes into being may hide another one that was read so far.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::SystemTime;

use anyhow::{Result, bail};
use fs_err as fs;

use super::files::change_time;
use super::{Digest, DigestBuilder};

/// The names below one folder.
#[derive(Clone, Copy)]
pub struct Names {
    /// Of each name's path and kind, and of each link's target.
    pub digest: Digest,
    /// When one of them last came, went or was exchanged.
    pub changed: SystemTime,
}

/// Names below folders of the checkout, listed once a run.
pub struct NamesOfFolders {
    /// The checkout, links resolved.
    root: PathBuf,
    listed: Mutex<BTreeMap<PathBuf, Names>>,
}

impl NamesOfFolders {
    pub fn new(root: &Path) -> NamesOfFolders {
        let root = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
        NamesOfFolders { root, listed: Mutex::default() }
    }

    /// The names below `folder`, which need not exist, as they were when this run first asked.
    ///
    /// Folders behind links are listed, too. A name that begins with a dot is not (editors and tools put such files
    /// anywhere): who searches for one has to declare that path. Fails for a link to a folder outside of the checkout.
    pub fn below(&self, folder: &Path) -> Result<Names> {
        if let Some(names) = self.lock().get(folder) {
            return Ok(*names);
        }
        self.below_now(folder)
    }

    /// The same, listed anew.
    pub fn below_now(&self, folder: &Path) -> Result<Names> {
        let mut walk =
            Walk { names: self, digest: DigestBuilder::default(), changed: SystemTime::UNIX_EPOCH };
        if folder.is_dir() {
            let real = fs::canonicalize(folder)?;
            walk.folder(folder, &mut vec![real])?;
        } else {
            walk.digest.push("absent");
        }
        let names = Names { digest: walk.digest.finish(), changed: walk.changed };
        self.lock().insert(folder.to_owned(), names);
        Ok(names)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<PathBuf, Names>> {
        self.listed.lock().expect("invariant: no panic while the table is held")
    }
}

struct Walk<'a> {
    names: &'a NamesOfFolders,
    digest: DigestBuilder,
    changed: SystemTime,
}

impl Walk<'_> {
    /// `above`: the folder and those around it, links resolved, so that a link to one of them ends the walk.
    fn folder(&mut self, folder: &Path, above: &mut Vec<PathBuf>) -> Result<()> {
        self.changed = self.changed.max(change_time(&fs::metadata(folder)?));
        let mut entries = fs::read_dir(folder)?.collect::<std::io::Result<Vec<_>>>()?;
        entries.retain(|entry| !entry.file_name().as_encoded_bytes().starts_with(b"."));
        entries.sort_by_key(|entry| entry.file_name());
        for entry in entries {
            let (path, kind) = (entry.path(), entry.file_type()?);
            self.digest.push(entry.file_name().as_encoded_bytes());
            if kind.is_symlink() {
                let target = fs::read_link(&path)?;
                self.digest.push(target.as_os_str().as_encoded_bytes());
            }
            match std::fs::metadata(&path) {
                Ok(meta) if meta.is_dir() => {
                    self.digest.push("folder");
                    let real = fs::canonicalize(&path)?;
                    self.inside(&path, &real)?;
                    // Where builds write, into the checkout as well, is no place for sources.
                    let built = real == self.names.root.join("target");
                    if !built && !above.contains(&real) {
                        above.push(real);
                        self.folder(&path, above)?;
                        above.pop();
                    }
                    self.digest.push("end");
                }
                Ok(meta) => self.digest.push(if meta.is_file() { "file" } else { "other" }),
                Err(_) => self.digest.push("dangling"),
            }
        }
        Ok(())
    }

    fn inside(&self, path: &Path, real: &Path) -> Result<()> {
        if !real.starts_with(&self.names.root) {
            bail!(
                "{} is a link to {}, outside of the checkout\n\
                 hint: what changes there would not be seen; copy what is needed into the checkout",
                path.display(),
                real.display()
            );
        }
        Ok(())
    }
}
