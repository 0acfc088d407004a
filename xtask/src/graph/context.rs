//! [`Context`]: memo, cycle detection, dry run, parallel work, and what a run did.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result, anyhow};
use serde::Serialize;

use super::cache::{Cache, Stamp};
use super::files::FileDigests;
use super::{Artifact, Digest, DigestBuilder, Inputs, Report, Step, Work};

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

/// A step's identity within a run: its kind and its `{:?}`.
type StepId = (&'static str, String);

#[derive(Default)]
struct Slot {
    state: Mutex<SlotState>,
    done: Condvar,
}

#[derive(Default)]
enum SlotState {
    #[default]
    Free,
    Running,
    Done(Result<Artifact, Failed>),
}

/// The first error of a step, shared by all that depend on it.
#[derive(Clone)]
struct Failed(Arc<anyhow::Error>);

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:#}", self.0)
    }
}

impl std::fmt::Debug for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl std::error::Error for Failed {}

#[derive(Debug, thiserror::Error)]
#[error("{0} kept changing while it was built")]
struct Changed(String);

#[derive(Debug, thiserror::Error)]
#[error("not started, since another step had failed")]
struct NotStarted;

struct Shared {
    root: PathBuf,
    cache: Cache,
    files: FileDigests,
    options: Options,
    jobs: jobserver::Client,
    report: Report,
    slots: Mutex<BTreeMap<StepId, Arc<Slot>>>,
    /// Which step asked for which; acyclic.
    edges: Mutex<BTreeMap<StepId, BTreeSet<StepId>>>,
    planned: Mutex<Vec<Planned>>,
    finished: Mutex<Vec<Finished>>,
    stop: AtomicBool,
}

/// Handed down through all build work: the checkout, the cache, the options, and who is asking.
#[derive(Clone)]
pub struct Context {
    shared: Arc<Shared>,
    current: Option<StepId>,
    /// True within a running step: what it ensures runs on its share of the job budget.
    has_token: bool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("invariant: no panic while a table of the context is held")
}

impl Context {
    /// A context for the checkout at `root`, with its cache in `cache_dir`.
    pub fn new(root: &Path, cache_dir: &Path, options: Options, report: Report) -> Result<Context> {
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
                options,
                jobs,
                report,
                slots: Mutex::default(),
                edges: Mutex::default(),
                planned: Mutex::default(),
                finished: Mutex::default(),
                stop: AtomicBool::new(false),
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

    /// The step's output: from this run, from the cache, or made now.
    ///
    /// Fails with the step's own error, which names the step and carries its log; with an error that names the
    /// whole path when steps ask for each other in a circle.
    pub fn ensure<S: Step>(&self, step: &S) -> Result<Artifact> {
        let id: StepId = (S::KIND, format!("{step:?}"));
        self.add_edge(&id)?;
        let slot = lock(&self.shared.slots).entry(id.clone()).or_default().clone();
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
        let child = Context { current: Some(id), ..self.clone() };
        // A panic must not leave the others waiting for ever.
        let result = std::panic::catch_unwind(AssertUnwindSafe(|| child.make(step)));
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

    fn add_edge(&self, to: &StepId) -> Result<()> {
        let Some(from) = &self.current else {
            return Ok(());
        };
        let mut edges = lock(&self.shared.edges);
        if let Some(path) = path_between(&edges, to, from) {
            let names: Vec<_> = path.iter().map(|(kind, name)| format!("{kind} {name}")).collect();
            return Err(anyhow!(
                "steps depend on each other in a circle: {} -> {} {}",
                names.join(" -> "),
                to.0,
                to.1
            ));
        }
        edges.entry(from.clone()).or_default().insert(to.clone());
        Ok(())
    }

    fn make<S: Step>(&self, step: &S) -> Result<Artifact> {
        // Somebody may save a file while it is being compiled: what came out then belongs to no key.
        for _ in 0..4 {
            match self.make_once(step) {
                Err(error) if error.is::<Changed>() => continue,
                result => return result,
            }
        }
        self.make_once(step)
    }

    fn make_once<S: Step>(&self, step: &S) -> Result<Artifact> {
        let label = step.label();
        let mut inputs = Inputs::new(self.root(), &self.shared.files);
        for (name, value) in super::process::FIXED {
            inputs.text(format!("environment {name}"), *value);
        }
        step.inputs(self, &mut inputs)?;
        let planned = |cx: &Context| {
            lock(&cx.shared.planned).push(Planned { kind: S::KIND, label: label.clone() });
            Ok(Artifact { dir: PathBuf::from("(not made yet)"), digest: None })
        };
        if inputs.pending() {
            return planned(self);
        }
        let declared = inputs.key(S::KIND, S::VERSION);
        let (entries, paths) = inputs.into_parts();
        if let Some(hit) = self.lookup::<S>(declared, &label, &entries) {
            return Ok(hit);
        }
        if self.options().dry_run {
            return planned(self);
        }
        if self.shared.stop.load(Ordering::Relaxed) {
            return Err(NotStarted.into());
        }
        let lock = self.shared.cache.lock(declared)?;
        // Another process may have made it while this one waited.
        if let Some(hit) = self.lookup::<S>(declared, &label, &entries) {
            return Ok(hit);
        }
        let artifact = self.run(step, declared, &label, entries, &paths);
        drop(lock);
        let failed = artifact.as_ref().is_err_and(|error| !error.is::<Changed>());
        if failed && !self.options().keep_going {
            self.shared.stop.store(true, Ordering::Relaxed);
        }
        artifact
    }

    /// The cached output for these inputs and the files that an earlier run discovered, as they are now.
    fn lookup<S: Step>(
        &self,
        declared: Digest,
        label: &str,
        entries: &[(String, String)],
    ) -> Option<Artifact> {
        let hit = |key: Digest| {
            let (artifact, stamp) = self.shared.cache.lookup(key)?;
            lock(&self.shared.finished).push(Finished {
                kind: S::KIND,
                label: label.to_owned(),
                key,
                digest: stamp.digest,
                cached: true,
                seconds: stamp.seconds,
                inputs: entries.to_vec(),
            });
            self.shared.report.cached(S::KIND, label);
            Some(artifact)
        };
        let seen = self.shared.cache.seen(declared);
        if seen.is_empty() {
            return hit(declared);
        }
        seen.iter().find_map(|files| hit(self.full_key(declared, files).ok()?))
    }

    fn full_key(&self, declared: Digest, discovered: &[String]) -> Result<Digest> {
        if discovered.is_empty() {
            return Ok(declared);
        }
        let mut key = DigestBuilder::default();
        key.push(declared.to_string());
        for file in discovered {
            key.push(file);
            key.push(self.shared.files.of(&self.root().join(file))?.to_string());
        }
        Ok(key.finish())
    }

    fn run<S: Step>(
        &self,
        step: &S,
        declared: Digest,
        label: &str,
        mut entries: Vec<(String, String)>,
        paths: &[PathBuf],
    ) -> Result<Artifact> {
        let _token = match self.has_token {
            true => None,
            false => Some(self.shared.jobs.acquire().context("cannot take from the job budget")?),
        };
        let inside = Context { has_token: true, ..self.clone() };
        let running = self.shared.report.start(S::KIND, label);
        let (begun, begun_at) = (Instant::now(), SystemTime::now());
        let unfinished = self.shared.cache.begin()?;
        let work = Work::new(&inside, &unfinished);
        if let Err(error) = step.run(&inside, &work) {
            running.failed();
            if error.is::<Failed>() || error.is::<NotStarted>() {
                return Err(error);
            }
            let log = work.take_log();
            let kept = self.shared.cache.keep_log(declared, &format!("{log}{error:#}\n"));
            let mut message = format!("{} {label} failed: {error:#}", S::KIND);
            if !log.trim().is_empty() {
                message += &format!("\n\n{}\n", log.trim_end());
                message += &format!("\nhint: this log is kept as {}", kept.display());
            }
            return Err(anyhow!(message));
        }
        let log = work.take_log();
        let discovered = work.take_discovered();
        drop(work);
        unfinished.remove_scratch()?;
        let discovered_paths = discovered.iter().map(|file| self.root().join(file));
        for path in paths.iter().cloned().chain(discovered_paths) {
            if changed_since(&path, begun_at) {
                running.failed();
                return Err(Changed(path.display().to_string()).into());
            }
        }
        let key = self.full_key(declared, &discovered)?;
        for file in &discovered {
            let digest = self.shared.files.of(&self.root().join(file))?;
            entries.push((format!("file {file}"), digest.to_string()));
        }
        let seconds = begun.elapsed().as_secs_f64();
        let stamp = Stamp {
            kind: S::KIND.to_owned(),
            label: label.to_owned(),
            digest: declared,
            files: 0,
            bytes: 0,
            seconds,
            inputs: entries.clone(),
        };
        let artifact = self.shared.cache.commit(key, unfinished, stamp)?;
        if !discovered.is_empty() {
            self.shared.cache.add_seen(declared, discovered)?;
        }
        running.finished(seconds, &log);
        lock(&self.shared.finished).push(Finished {
            kind: S::KIND,
            label: label.to_owned(),
            key,
            digest: artifact.digest.unwrap_or(key),
            cached: false,
            seconds,
            inputs: entries,
        });
        Ok(artifact)
    }
}

/// Whether the file was written to after `time`, or is gone. Not fooled by tools that set a file's times back.
fn changed_since(path: &Path, time: SystemTime) -> bool {
    let Ok(meta) = std::fs::metadata(path) else { return true };
    let Ok(time) = time.duration_since(SystemTime::UNIX_EPOCH) else { return true };
    let changed = Duration::new(meta.ctime().max(0) as u64, meta.ctime_nsec() as u32);
    changed > time
}

/// A path `from -> .. -> to` along the edges, if there is one.
fn path_between(
    edges: &BTreeMap<StepId, BTreeSet<StepId>>,
    from: &StepId,
    to: &StepId,
) -> Option<Vec<StepId>> {
    let mut stack = vec![vec![from.clone()]];
    let mut visited = BTreeSet::new();
    while let Some(path) = stack.pop() {
        let last = path.last().expect("invariant: a path is not empty");
        if last == to {
            return Some(path);
        }
        if visited.insert(last.clone()) {
            for next in edges.get(last).into_iter().flatten() {
                stack.push([path.as_slice(), std::slice::from_ref(next)].concat());
            }
        }
    }
    None
}

/// One error out of several: each step's once, and what was merely not started left out.
fn combine(errors: Vec<anyhow::Error>) -> anyhow::Error {
    let mut texts: Vec<String> = Vec::new();
    let mut first = None;
    for error in errors {
        if error.is::<NotStarted>()
            || error.downcast_ref::<Failed>().is_some_and(|f| f.0.is::<NotStarted>())
        {
            first.get_or_insert(error);
            continue;
        }
        let text = format!("{error:#}");
        if !texts.contains(&text) {
            if texts.is_empty() {
                first = Some(error);
            }
            texts.push(text);
        }
    }
    match (texts.len(), first) {
        (0 | 1, Some(error)) => error,
        _ => anyhow!(texts.join("\n\n")),
    }
}
