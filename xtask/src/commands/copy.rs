//! A copy of the checkout to be edited and built without touching the user's, over a cache of its own that has
//! all of the user's cache in it.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::bench::measure::{self, Timed};
use super::compose;
use crate::checkout::VARIABLE as CHECKOUT;
use crate::graph::create_private;

/// For measurements and tests. Gone, with its cache, when dropped.
pub struct Checkout {
    folder: tempfile::TempDir,
    /// A copy, since the user's may be built anew any time.
    xtask: PathBuf,
}

impl Checkout {
    /// Copies the checkout at `root`, without what was built there. `cache` is the user's cache (`.../v1`), or
    /// `None` for an empty one.
    pub fn copy(root: &Path, cache: Option<&Path>) -> Result<Checkout> {
        Checkout::copy_below("pylon-checkout-", root, cache)
    }

    /// The same, in a folder whose name begins with `prefix`.
    pub fn copy_below(prefix: &str, root: &Path, cache: Option<&Path>) -> Result<Checkout> {
        let folder = tempfile::Builder::new().prefix(prefix).tempdir()?;
        let xtask = folder.path().join("xtask");
        copy_xtask(&xtask)?;
        let checkout = Checkout { folder, xtask };
        copy_tree(root, &checkout.root(), &["target", ".git"])?;
        create_private(&checkout.cache_dir())?;
        if let Some(cache) = cache {
            overlay(cache, &checkout.cache_dir().join("v1"))?;
        }
        Ok(checkout)
    }

    /// Copies `folder` over it: what is in both is merged.
    pub fn add(&self, folder: &Path) -> Result<()> {
        copy_tree(folder, &self.root(), &[])
    }

    pub fn root(&self) -> PathBuf {
        self.folder.path().join("pylon")
    }

    /// For `PYLON_CACHE_DIR`.
    pub fn cache_dir(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    /// Room for other files.
    pub fn scratch(&self) -> &Path {
        self.folder.path()
    }

    /// xtask, to work on the copy with all caps but large ones, and no settings of the user's.
    pub fn xtask(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.xtask);
        command.args(args).current_dir(self.root());
        command.env(CHECKOUT, self.root());
        self.settle(&mut command);
        command
    }

    /// Gives a command the copy's cache, and takes from it what the user set for builds, and what is large.
    pub fn settle(&self, command: &mut Command) {
        command.env("PYLON_CACHE_DIR", self.cache_dir());
        compose::as_tested(command, &self.root());
    }

    /// `compose` with `args`; what it took, and what it said with `--json`.
    pub fn compose(&self, args: &[&str]) -> Result<(Timed, Value)> {
        let mut command = self.xtask(&[&["compose", "--json", "--quiet"], args].concat());
        let (timed, said) = measure::timed(&mut command)?;
        let said = serde_json::from_str(&said).context("compose printed no JSON")?;
        Ok((timed, said))
    }

    /// `compose` with everything cached. Fails if something would have to be built, which the copy is not there to
    /// measure and which could take minutes.
    pub fn warm_up(&self) -> Result<()> {
        let (_, plan) = self.compose(&["--dry-run"])?;
        if plan["planned"].as_array().is_none_or(|steps| !steps.is_empty()) {
            bail!("the checkout was changed while it was copied\nhint: run this again");
        }
        self.compose(&[]).map(drop)
    }

    /// Changes the text of a file.
    pub fn edit(&self, file: &Path, change: impl FnOnce(String) -> String) -> Result<()> {
        let path = self.root().join(file);
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        fs::write(&path, change(text)).with_context(|| format!("cannot write {}", path.display()))
    }
}

/// Copies the xtask that is running, by another process: if this one wrote the copy, what other threads start meanwhile would have
/// it open, too, for a moment; and what somebody writes to cannot be run ("text file busy").
pub fn copy_xtask(to: &Path) -> Result<()> {
    // Not `current_exe`: cargo may have put another file in its place since it was started.
    let running = format!("/proc/{}/exe", std::process::id());
    measure::run(Command::new("cp").arg(running).arg(to)).context("cannot copy xtask").map(drop)
}

/// A cache with the entries of `cache`, which is never written to: the folders are new, the entries links.
fn overlay(cache: &Path, to: &Path) -> Result<()> {
    for shard in entries(&cache.join("steps"))? {
        let new = to.join("steps").join(shard.file_name().unwrap_or_default());
        create_private(&new)?;
        for entry in entries(&shard)? {
            symlink(&entry, new.join(entry.file_name().unwrap_or_default()))?;
        }
    }
    copy_tree(&cache.join("seen"), &to.join("seen"), &[])
}

/// Copies a folder, but for those entries of it that are named in `without`. Symbolic links stay links. Others may write there
/// meanwhile: what they had not finished may be gone before it is copied.
fn copy_tree(from: &Path, to: &Path, without: &[&str]) -> Result<()> {
    create_private(to)?;
    for path in entries(from)? {
        let name = path.file_name().unwrap_or_default();
        if without.iter().any(|left_out| name == *left_out) {
            continue;
        }
        let copy = to.join(name);
        let context = || format!("cannot copy {}", path.display());
        let meta = match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            meta => meta.with_context(context)?,
        };
        if meta.is_dir() {
            copy_tree(&path, &copy, &[])?;
            continue;
        }
        let copied = if meta.is_symlink() {
            fs::read_link(&path).and_then(|target| symlink(target, copy))
        } else if meta.is_file() {
            fs::copy(&path, copy).map(drop)
        } else {
            Ok(())
        };
        match copied {
            Err(_) if fs::symlink_metadata(&path).is_err() => {}
            copied => copied.with_context(context)?,
        }
    }
    Ok(())
}

fn entries(dir: &Path) -> Result<Vec<PathBuf>> {
    let context = || format!("cannot read {}", dir.display());
    let entries = fs::read_dir(dir).with_context(context)?;
    entries.map(|entry| Ok(entry.with_context(context)?.path())).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn what_others_have_not_finished_is_no_error() {
        let folder = tempfile::tempdir().unwrap();
        let from = folder.path().join("from");
        fs::create_dir(&from).unwrap();
        (0..20).for_each(|number| fs::write(from.join(format!("{number}")), "text").unwrap());
        let ended = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !ended.load(Ordering::Relaxed) {
                    fs::write(from.join("unfinished"), "text").unwrap();
                    fs::remove_file(from.join("unfinished")).unwrap();
                }
            });
            let copies = (0..200).map(|round| folder.path().join(format!("to{round}")));
            let failed: Vec<_> = copies.filter(|to| copy_tree(&from, to, &[]).is_err()).collect();
            ended.store(true, Ordering::Relaxed);
            assert_eq!(failed, Vec::<PathBuf>::new());
        });
        assert_eq!(fs::read_to_string(folder.path().join("to199/19")).unwrap(), "text");
    }
}
