//! How a step's output comes to be: looked up by its key, made where it is not there, and made again where its files
//! turn out not to be what was made.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Instant, SystemTime};

use anyhow::{Context as _, Result, anyhow};

use super::cache::Stamp;
use super::context::{Slot, SlotState, lock};
use super::failure::{Changed, Failed, NotStarted};
use super::files::change_time;
use super::found::Found;
use super::inputs::Declared;
use super::{Artifact, Context, Digest, DigestBuilder, Finished, Inputs, Planned, Step, Work};

/// An artifact of this run, as far as its files are concerned.
pub struct Use {
    /// Once its files were found to be what was made: the artifact, which may be another than first thought.
    sound: Mutex<Option<Artifact>>,
    make_again: Box<Making>,
}

type Making = dyn Fn(&Context) -> Result<Artifact> + Send + Sync;

/// What to think of an entry of the cache.
#[derive(Clone, Copy, PartialEq)]
enum Belief {
    /// Its files are looked at when they are used.
    Stamp,
    /// Its files are looked at now.
    Files,
}

impl Context {
    pub(super) fn make<S: Step>(&self, step: &S, slot: &Arc<Slot>) -> Result<Artifact> {
        let artifact = self.settle(step, Belief::Stamp)?;
        if artifact.digest.is_some() && !self.options().dry_run {
            let (step, slot, current) = (step.clone(), slot.clone(), self.current);
            let make_again = Box::new(move |asking: &Context| {
                let cx = Context { current, ..asking.clone() };
                let artifact = cx.settle(&step, Belief::Files)?;
                *lock(&slot.state) = SlotState::Done(Ok(artifact.clone()));
                Ok(artifact)
            });
            let used = Use { sound: Mutex::default(), make_again };
            lock(&self.shared.uses).insert(artifact.dir.clone(), Arc::new(used));
        }
        Ok(artifact)
    }

    /// The artifact, whose files may be read from now on: the same, or the one that was made again.
    pub(super) fn sound(&self, artifact: &Artifact) -> Result<Artifact> {
        let Some(used) = lock(&self.shared.uses).get(&artifact.dir).cloned() else {
            return Ok(artifact.clone());
        };
        let mut sound = lock(&used.sound);
        if let Some(artifact) = &*sound {
            return Ok(artifact.clone());
        }
        let artifact = match self.shared.cache.check(artifact) {
            Ok(()) => artifact.clone(),
            Err(damage) => {
                let damage = format!("{damage:#}");
                let damage = damage.lines().next().unwrap_or_default();
                self.report().note(&format!("note: made again, since {damage}"));
                (used.make_again)(self)?
            }
        };
        *sound = Some(artifact.clone());
        Ok(artifact)
    }

    fn settle<S: Step>(&self, step: &S, belief: Belief) -> Result<Artifact> {
        // Somebody may save a file while it is being compiled: what came out then belongs to no key.
        for _ in 0..4 {
            match self.make_once(step, belief) {
                Err(error) if error.is::<Changed>() => continue,
                result => return result,
            }
        }
        self.make_once(step, belief)
    }

    fn make_once<S: Step>(&self, step: &S, belief: Belief) -> Result<Artifact> {
        let label = step.label();
        let mut inputs = Inputs::new(self.root(), &self.shared.files, &self.shared.names);
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
        let key = inputs.key(S::KIND, S::VERSION);
        let declared = inputs.into_declared();
        if let Some(hit) = self.lookup::<S>(key, &label, belief) {
            return Ok(hit);
        }
        if self.options().dry_run {
            return planned(self);
        }
        if self.shared.stop.load(Ordering::Relaxed) {
            return Err(NotStarted.into());
        }
        let failed = || format!("{} {label} failed", S::KIND);
        let lock = self.shared.cache.lock(key).with_context(failed)?;
        // Another process may have made it while this one waited.
        if let Some(hit) = self.lookup::<S>(key, &label, belief) {
            return Ok(hit);
        }
        for artifact in &declared.artifacts {
            if self.sound(artifact)?.digest != artifact.digest {
                return Err(Changed(artifact.dir.display().to_string()).into());
            }
        }
        let artifact = self.run(step, key, &label, declared);
        drop(lock);
        let failed = artifact.as_ref().is_err_and(|error| !error.is::<Changed>());
        if failed && !self.options().keep_going {
            self.shared.stop.store(true, Ordering::Relaxed);
        }
        artifact
    }

    /// The cached output for these inputs and for what an earlier run found, as it is now.
    fn lookup<S: Step>(&self, declared: Digest, label: &str, belief: Belief) -> Option<Artifact> {
        let hit = |key: Digest| {
            let (artifact, stamp) = self.shared.cache.lookup(key)?;
            if belief == Belief::Files {
                self.shared.cache.check(&artifact).ok()?;
            }
            lock(&self.shared.finished).push(Finished {
                kind: S::KIND,
                label: label.to_owned(),
                key,
                digest: stamp.digest,
                cached: true,
                seconds: stamp.seconds,
                inputs: stamp.inputs,
            });
            self.shared.report.cached(S::KIND, label);
            Some(artifact)
        };
        let seen = self.shared.cache.seen(declared);
        let as_then =
            seen.iter().find_map(|found| hit(full_key(declared, &self.states(found).ok()?)));
        as_then.or_else(|| hit(declared))
    }

    /// What was found, as it is now.
    fn states(&self, found: &[Found]) -> Result<Vec<(String, String)>> {
        let state = |found: &Found| {
            let path = found.path(self.root());
            let state = match found {
                Found::File(_) => self.shared.files.of_any(&path)?,
                Found::Names(_) => Some(self.shared.names.below(&path)?.digest),
            };
            Ok((found.label(), state.map_or("absent".to_owned(), |digest| digest.to_string())))
        };
        found.iter().map(state).collect()
    }

    fn run<S: Step>(
        &self,
        step: &S,
        declared_key: Digest,
        label: &str,
        declared: Declared,
    ) -> Result<Artifact> {
        let _token = match self.has_token {
            true => None,
            false => Some(self.jobs().acquire().context("cannot take from the job budget")?),
        };
        let inside = Context { has_token: true, ..self.clone() };
        let running = self.shared.report.start(S::KIND, label);
        let what = || format!("{} {label} failed", S::KIND);
        let (begun, begun_at) = (Instant::now(), SystemTime::now());
        let unfinished = self.shared.cache.begin().with_context(what)?;
        let resumed = self.shared.cache.resumed(declared_key);
        let work = Work::new(&inside, &unfinished, &running, resumed);
        let ran = step.run(&inside, &work);
        let (log, found) = (work.take_log(), work.take_found());
        drop(work);
        if let Err(error) = ran {
            running.failed();
            if error.is::<Failed>() || error.is::<NotStarted>() || error.is::<Changed>() {
                return Err(error);
            }
            let kept = self.shared.cache.keep_log(declared_key, &format!("{log}{error:#}\n"));
            let mut message = format!("{}: {error:#}", what());
            if !log.trim().is_empty() {
                message += &format!("\n\n{}\n", tail(log.trim_end()));
                message += &format!("\nhint: this log is kept as {}", kept.display());
            }
            return Err(anyhow!(message));
        }
        unfinished.remove_scratch().with_context(what)?;
        if let Some(path) = self.changed_since(begun_at, &declared, &found).with_context(what)? {
            running.failed();
            return Err(Changed(path.display().to_string()).into());
        }
        let states = self.states(&found).with_context(what)?;
        let key = full_key(declared_key, &states);
        let inputs: Vec<_> = declared.entries.into_iter().chain(states).collect();
        let seconds = begun.elapsed().as_secs_f64();
        let stamp = Stamp {
            kind: S::KIND.to_owned(),
            label: label.to_owned(),
            digest: declared_key,
            files: 0,
            bytes: 0,
            seconds,
            inputs: inputs.clone(),
        };
        let artifact = self.shared.cache.commit(key, unfinished, stamp).with_context(what)?;
        self.shared.cache.forget(declared_key);
        if !found.is_empty() {
            self.shared.cache.add_seen(declared_key, found).with_context(what)?;
        }
        running.finished(seconds, &log);
        lock(&self.shared.finished).push(Finished {
            kind: S::KIND,
            label: label.to_owned(),
            key,
            digest: artifact.digest.unwrap_or(key),
            cached: false,
            seconds,
            inputs,
        });
        Ok(artifact)
    }

    /// What of its inputs was changed while the step ran.
    fn changed_since(
        &self,
        begun: SystemTime,
        declared: &Declared,
        found: &[Found],
    ) -> Result<Option<PathBuf>> {
        let names = &self.shared.names;
        for (folder, digest) in &declared.folders {
            if names.below_now(folder)?.digest != *digest {
                return Ok(Some(folder.clone()));
            }
        }
        for found in found {
            let path = found.path(self.root());
            let changed = match found {
                Found::Names(_) => names.below_now(&path)?.changed > begun,
                Found::File(_) => written_since(&path, begun),
            };
            if changed {
                return Ok(Some(path));
            }
        }
        Ok(declared.files.iter().find(|path| written_since(path, begun)).cloned())
    }
}

/// The end of a log: what went wrong is there, before it what went well.
fn tail(log: &str) -> String {
    let lines: Vec<_> = log.lines().collect();
    match lines.len().checked_sub(LINES_SHOWN) {
        None | Some(0) => log.to_owned(),
        Some(before) => {
            format!("({before} lines before these)\n{}", lines[before..].join("\n"))
        }
    }
}

/// Of a log in an error.
const LINES_SHOWN: usize = 100;

fn full_key(declared: Digest, found: &[(String, String)]) -> Digest {
    if found.is_empty() {
        return declared;
    }
    let mut key = DigestBuilder::default();
    key.push(declared.to_string());
    for (label, state) in found {
        key.push(label);
        key.push(state);
    }
    key.finish()
}

/// Whether the file was written to after `time`; for one that is not there, whether it may have been.
fn written_since(path: &Path, time: SystemTime) -> bool {
    let there = path.ancestors().find_map(|path| std::fs::metadata(path).ok());
    there.is_none_or(|meta| change_time(&meta) > time)
}
