//! What a running step may use.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Result, bail};

use super::cache::Unfinished;
use super::found::Found;
use super::report::Running;
use super::{Context, Process, create_private};

/// Handed to [`super::Step::run`]: where to write, what to log, what may be touched.
pub struct Work<'a> {
    cx: &'a Context,
    unfinished: &'a Unfinished,
    running: &'a Running,
    resumed: PathBuf,
    out: PathBuf,
    log: Mutex<String>,
    found: Mutex<BTreeSet<Found>>,
}

impl<'a> Work<'a> {
    /// `resumed` is the folder that an interrupted run of the step leaves to the next one.
    pub(super) fn new(
        cx: &'a Context,
        unfinished: &'a Unfinished,
        running: &'a Running,
        resumed: PathBuf,
    ) -> Work<'a> {
        Work {
            cx,
            unfinished,
            running,
            resumed,
            out: unfinished.out(),
            log: Mutex::default(),
            found: Mutex::default(),
        }
    }

    /// The folder that becomes the artifact; empty at first.
    pub fn out(&self) -> &Path {
        &self.out
    }

    /// A folder for intermediate files.
    pub fn scratch(&self) -> Result<PathBuf> {
        self.unfinished.scratch()
    }

    /// A folder for intermediate files that is there again if the step fails or is killed, and then runs with the same
    /// key; gone when it ends well. Whoever uses it must know what in it is whole.
    pub fn resumed(&self) -> Result<PathBuf> {
        create_private(&self.resumed)?;
        Ok(self.resumed.clone())
    }

    /// Tells whoever watches that `done` of `total` pieces are done.
    pub fn progress(&self, done: usize, total: usize) {
        self.running.progress(done, total);
    }

    /// A child process with a cleared environment whose output goes to the step's log.
    pub fn process(&self, program: impl AsRef<Path>) -> Process<'_> {
        Process::new(self.cx, self, program.as_ref())
    }

    /// Adds to the step's log, which is shown when the step fails.
    pub fn log(&self, text: &str) {
        if text.is_empty() {
            return;
        }
        let mut log = self.log.lock().expect("invariant: no panic while the log is held");
        log.push_str(text);
        if !text.ends_with('\n') {
            log.push('\n');
        }
    }

    pub(super) fn take_log(&self) -> String {
        std::mem::take(&mut self.log.lock().expect("invariant: no panic while the log is held"))
    }

    /// Records a file that the step read without having declared it (a header that a compiler found). From now on the
    /// step depends on it.
    ///
    /// Fails for a file outside of the checkout. Files of declared artifacts are not to be recorded.
    pub fn discovered(&self, path: &Path) -> Result<()> {
        self.find(Found::File(Found::spelled(self.cx.root(), path)?));
        Ok(())
    }

    /// Records a path that may have been looked for in vain. One that is not below the checkout's is ignored.
    pub fn looked_for(&self, path: &Path) {
        if let Some(relative) = path.strip_prefix(self.cx.root()).ok().and_then(Path::to_str) {
            self.find(Found::File(relative.to_owned()));
        }
    }

    /// Records a folder of the checkout in which the step searched for names without having declared it.
    pub fn searched(&self, folder: &Path) -> Result<()> {
        self.find(Found::Names(Found::spelled(self.cx.root(), folder)?));
        Ok(())
    }

    fn find(&self, found: Found) {
        self.found.lock().expect("invariant: no panic while it is held").insert(found);
    }

    pub(super) fn take_found(&self) -> Vec<Found> {
        let mut found = self.found.lock().expect("invariant: no panic while it is held");
        std::mem::take(&mut *found).into_iter().collect()
    }

    /// To be called before the network is touched.
    pub fn network(&self, what: &str) -> Result<()> {
        if self.cx.options().offline {
            bail!(
                "--offline is given, but {what} is not in the cache\n\
                 hint: run the same command once without --offline"
            );
        }
        Ok(())
    }
}
