//! Every target with its corpus, and with a fixed sequence of mutations of it; within bounds of time and memory.

// Tests open what they made themselves.
#![allow(clippy::disallowed_methods)]

mod memory;
mod mutate;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use composectl_foreign::{TARGETS, Target};
use mutate::Mutator;

/// Mutated inputs of each target.
const MUTATED: usize = 20_000;
/// No input takes longer.
const MOST_TIME: Duration = Duration::from_secs(2);
/// No input takes more memory, in bytes.
const MOST_MEMORY: usize = 64 << 20;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz")
}

fn names_in(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let names = entries.map(|entry| entry.expect("readable").file_name());
    names.map(|name| name.into_string().expect("a plain name")).collect()
}

fn corpus(target: &Target) -> Vec<Vec<u8>> {
    let folder = fuzz().join("corpus").join(target.name);
    let files = names_in(&folder).into_iter().map(|name| folder.join(name));
    files.map(|file| fs::read(file).expect("readable")).collect()
}

/// The target's check of the bytes, within bounds; `what` tells which they are.
fn check(target: &Target, bytes: &[u8], what: &str) {
    let begin = thread_time();
    let result = memory::peak_of(|| std::panic::catch_unwind(|| (target.check)(bytes)));
    let took = thread_time() - begin;
    let name = target.name;
    let shown = || String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]).into_owned();
    let (peak, outcome) = result;
    assert!(outcome.is_ok(), "{name}, {what}: {:?}", shown());
    assert!(took < MOST_TIME, "{name}, {what} took {took:?}: {:?}", shown());
    assert!(peak < MOST_MEMORY, "{name}, {what} took {peak} bytes: {:?}", shown());
}

/// The processor time of this thread: what else runs on the machine does not matter.
fn thread_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a timespec that can be written.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    assert_eq!(result, 0);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

fn replay(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target");
    let corpus = corpus(target);
    for (number, bytes) in corpus.iter().enumerate() {
        check(target, bytes, &format!("file {number} of the corpus"));
    }
    let mut mutator = Mutator::new(&corpus);
    for number in 0..MUTATED {
        check(target, &mutator.next(), &format!("mutation {number}"));
    }
}

macro_rules! replayed {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            replay(stringify!($name));
        })*

        const REPLAYED: &[&str] = &[$(stringify!($name)),*];
    };
}

replayed! { answers index key manifest plan policy python_memory revocations signatures texts wasm }

#[test]
fn every_target_is_replayed_and_can_be_fuzzed() {
    let names: BTreeSet<String> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    assert_eq!(REPLAYED.iter().map(ToString::to_string).collect::<BTreeSet<_>>(), names);
    assert_eq!(names_in(&fuzz().join("corpus")), names);
    let sources: BTreeSet<String> = names.iter().map(|name| format!("{name}.rs")).collect();
    assert_eq!(names_in(&fuzz().join("fuzz_targets")), sources);
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).expect("readable");
    for name in names {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name} is no program");
        let source = fs::read_to_string(fuzz().join(format!("fuzz_targets/{name}.rs")));
        let call = format!("composectl_foreign::check(\"{name}\", bytes)");
        assert!(source.expect("readable").contains(&call), "{name} calls {call}");
    }
}
