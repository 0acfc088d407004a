//! [`Context`]: memo, cycle detection, dry run, parallel work, and what a run did.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use anyhow::{Context as _, Result, anyhow};
use serde::Serialize;

use super::asked::{Asked, Number};
use super::cache::Cache;
use super::failure::{Failed, combine};
use super::files::FileDigests;
use super::making::Use;
use super::names::NamesOfFolders;
use super::{Artifact, Digest, Report, Step};
use crate::plain_names;

/// What the user said about how to build; none of it changes what is built.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Processes at once; at least 1.
    pub jobs: usize,
    pub dry_run: bool,
    pub keep_going: bool,
    pub offline: bool,
    /// No lock file may change.
    pub locked: bool,
}

/// A step that a dry run would have run.
#[derive(Clone, Debug, Serialize)]
pub struct Planned {
    pub kind: &'static str,
    pub label: String,
}

/// A step that was asked for, and what it took.
#[derive(Clone, Debug, Serialize)]
pub struct Finished {
    pub kind: &'static str,
    pub label: String,
    pub key: Digest,
    pub digest: Digest,
    /// True when the cache had it.
    pub cached: bool,
    pub seconds: f64,
    #[serde(skip)]
    pub inputs: Vec<(String, String)>,
}

#[derive(Default)]
pub(super) struct Slot {
    pub state: Mutex<SlotState>,
    done: Condvar,
}

#[derive(Default)]
pub(super) enum SlotState {
    #[default]
    Free,
    Running,
    Done(Result<Artifact, Failed>),
}

pub(super) struct Shared {
    root: PathBuf,
    pub cache: Cache,
    pub files: FileDigests,
    pub names: NamesOfFolders,
    options: Options,
    jobs: jobserver::Client,
    pub report: Report,
    asked: Asked,
    pub planned: Mutex<Vec<Planned>>,
    pub finished: Mutex<Vec<Finished>>,
    pub stop: AtomicBool,
    /// The artifacts of this run by their folders.
    pub uses: Mutex<BTreeMap<PathBuf, Arc<Use>>>,
}

/// Handed down through all build work: the checkout, the cache, the options, and who is asking.
#[derive(Clone)]
pub struct Context {
    pub(super) shared: Arc<Shared>,
    pub(super) current: Option<Number>,
    /// True within a running step: what it ensures runs on its share of the job budget.
    pub(super) has_token: bool,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("invariant: no panic while a table of the context is held")
}

impl Context {
    /// A context for the checkout at `root`, with its cache in `cache_dir`.
    pub fn new(root: &Path, cache_dir: &Path, options: Options, report: Report) -> Result<Context> {
        plain_names::check("the checkout", root)?;
        plain_names::check("the cache", cache_dir)?;
        let cache = Cache::open(cache_dir)?;
        let checkout = Digest::of(root.as_os_str().as_encoded_bytes()).to_string();
        let files =
            FileDigests::load(cache.root().join("files").join(format!("{}.json", &checkout[..16])));
        let jobs =
            jobserver::Client::new(options.jobs.max(1)).context("cannot make the job budget")?;
        Ok(Context {
            shared: Arc::new(Shared {
                root: root.to_owned(),
                cache,
                files,
                names: NamesOfFolders::new(root),
                options,
                jobs,
                report,
                asked: Asked::default(),
                planned: Mutex::default(),
                finished: Mutex::default(),
                stop: AtomicBool::new(false),
                uses: Mutex::default(),
            }),
            current: None,
            has_token: false,
        })
    }

    /// The checkout.
    pub fn root(&self) -> &Path {
        &self.shared.root
    }

    pub fn options(&self) -> &Options {
        &self.shared.options
    }

    pub fn report(&self) -> &Report {
        &self.shared.report
    }

    /// The folder that all checkouts of this user share.
    pub fn cache_root(&self) -> &Path {
        self.shared.cache.root()
    }

    pub(super) fn jobs(&self) -> &jobserver::Client {
        &self.shared.jobs
    }

    /// The digest of a file of the checkout.
    pub fn digest_of_file(&self, path: &Path) -> Result<Digest> {
        self.shared.files.of(path)
    }

    /// The steps that a dry run found would have to run, in an order in which they could.
    pub fn planned(&self) -> Vec<Planned> {
        lock(&self.shared.planned).clone()
    }

    /// The steps that were asked for so far.
    pub fn finished(&self) -> Vec<Finished> {
        lock(&self.shared.finished).clone()
    }

    /// To be called at the end of a run.
    pub fn finish(&self) {
        self.shared.files.save();
        self.shared.report.finish();
    }

    /// The step's output: from this run, from the cache, or made now. Outside of a step's `run` its files may only be
    /// read after [`Context::ensure_files`].
    ///
    /// Fails with the step's own error, which names the step and carries its log; with an error that names the
    /// whole path when steps ask for each other in a circle.
    pub fn ensure<S: Step>(&self, step: &S) -> Result<Artifact> {
        if self.has_token { self.ensure_files(step) } else { self.ensure_named(step) }
    }

    /// The step's output for who reads its files: they are those that were made, or made again.
    pub fn ensure_files<S: Step>(&self, step: &S) -> Result<Artifact> {
        let artifact = self.ensure_named(step)?;
        if self.options().dry_run { Ok(artifact) } else { self.sound(&artifact) }
    }

    fn ensure_named<S: Step>(&self, step: &S) -> Result<Artifact> {
        let name = (S::KIND, format!("{step:?}"));
        let (number, slot) = self.shared.asked.ask(self.current, name, || step.label())?;
        let mut state = lock(&slot.state);
        loop {
            match &*state {
                SlotState::Done(Ok(artifact)) => return Ok(artifact.clone()),
                SlotState::Done(Err(failed)) => return Err(anyhow::Error::new(failed.clone())),
                SlotState::Running => {
                    state =
                        slot.done.wait(state).expect("invariant: no panic while a slot is held");
                }
                SlotState::Free => break,
            }
        }
        *state = SlotState::Running;
        drop(state);
        let child = Context { current: Some(number), ..self.clone() };
        // A panic must not leave the others waiting for ever.
        let result = std::panic::catch_unwind(AssertUnwindSafe(|| child.make(step, &slot)));
        let (outcome, panic) = match result {
            Ok(Ok(artifact)) => (Ok(artifact), None),
            Ok(Err(error)) => (Err(error), None),
            Err(panic) => {
                (Err(anyhow!("internal error: {} {} panicked", S::KIND, step.label())), Some(panic))
            }
        };
        let outcome = outcome.map_err(|error| match error.downcast::<Failed>() {
            Ok(failed) => failed,
            Err(error) => Failed(Arc::new(error)),
        });
        *lock(&slot.state) = SlotState::Done(outcome.clone());
        slot.done.notify_all();
        if let Some(panic) = panic {
            std::panic::resume_unwind(panic);
        }
        outcome.map_err(anyhow::Error::new)
    }

    /// Several steps, in parallel as far as their own dependencies allow.
    pub fn ensure_all<S: Step>(&self, steps: &[S]) -> Result<Vec<Artifact>> {
        self.parallel(steps, |cx, step| cx.ensure(step))
    }

    /// Two pieces of work that do not depend on each other.
    pub fn join<A: Send, B: Send>(
        &self,
        a: impl FnOnce(&Context) -> Result<A> + Send,
        b: impl FnOnce(&Context) -> Result<B> + Send,
    ) -> Result<(A, B)> {
        std::thread::scope(|scope| {
            let a = scope.spawn(move || a(self));
            let b = b(self);
            let a = a.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            match (a, b) {
                (Ok(a), Ok(b)) => Ok((a, b)),
                (Err(a), Err(b)) => Err(combine(vec![a, b])),
                (Err(error), _) | (_, Err(error)) => Err(error),
            }
        })
    }

    /// `work` for every item, in parallel; results in the order of the items. Without `--keep-going` nothing
    /// new is begun after the first error.
    pub fn parallel<I: Sync, T: Send>(
        &self,
        items: &[I],
        work: impl Fn(&Context, &I) -> Result<T> + Sync,
    ) -> Result<Vec<T>> {
        let next = std::sync::atomic::AtomicUsize::new(0);
        let results: Mutex<Vec<Option<Result<T>>>> =
            Mutex::new(items.iter().map(|_| None).collect());
        // More threads than jobs: most of them wait for a step that another one runs.
        let threads = items.len().min(self.options().jobs.max(1) * 4);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(item) = items.get(index) else { return };
                        let result = work(self, item);
                        lock(&results)[index] = Some(result);
                    }
                });
            }
        });
        let results = results.into_inner().expect("invariant: no panic while results are held");
        let mut values = Vec::new();
        let mut errors = Vec::new();
        for result in results {
            match result.expect("invariant: every item was worked on") {
                Ok(value) => values.push(value),
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() { Ok(values) } else { Err(combine(errors)) }
    }
}
