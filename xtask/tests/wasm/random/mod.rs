//! Generated programs: the passes change no result, and no object in use is ever collected.
//!
//! What a program means is said by [`interpret`], which knows nothing of WebAssembly. Whether it and
//! [`emit`] are right, V8 says independently: it runs the modules before the passes. No engine that is
//! a Rust crate runs legacy exceptions, so this needs `node`; where that is not installed, `v8.txt`
//! tells what V8 did with the very same modules.

mod author;
mod emit;
mod host;
mod interpret;
mod program;

use std::fmt::Write as _;

use expect_test::expect_file;
use sha2::{Digest as _, Sha256};
use xtask::wasm::flat::{self, Declared};
use xtask::wasm::{lower_eh, spill_roots};

use crate::engine;
use host::Collector;

/// Where the C stack begins, growing down.
const STACK_TOP: u32 = 0x1_0000;
/// Object `n`, from 1 on, lies at `HEAP + n * OBJECT`.
const HEAP: u32 = 0x2_0000;
const OBJECT: u32 = 16;

/// All that can be seen of a run.
#[derive(Debug, PartialEq, Eq)]
struct Observed {
    /// What function 0 returned; nothing if an exception left it.
    result: Option<i32>,
    /// The numbers that were logged and the objects that were used, in order.
    trace: Vec<i32>,
}

/// How many programs each test makes up.
fn seeds() -> std::ops::Range<u64> {
    let count = std::env::var("PYLON_RANDOM_PROGRAMS").ok();
    0..count.map_or(200, |count| count.parse().expect("PYLON_RANDOM_PROGRAMS is a number"))
}

const ROOTS: spill_roots::Options =
    spill_roots::Options { collector: "gc_collect", stack_check: None };
const NO_LEAVES: Declared = Declared { leaves: &[], gate: None, asking: &[] };

#[test]
fn lowered_programs_do_what_the_language_says() {
    let (mut uncaught, mut results) = (0, 0);
    for seed in seeds() {
        let program = author::generate(seed);
        let expected = interpret::interpret(&program);
        let (lowered, _) = lower_eh::run(&emit::emit(&program), NO_LEAVES).unwrap();
        let observed = host::run(&lowered, Collector::Off);
        assert_eq!(observed.as_ref(), Ok(&expected), "seed {seed}: {program:#?}");
        uncaught += usize::from(expected.result.is_none());
        results += usize::from(expected.trace.len() > 3);
    }
    // The programs are worth running.
    assert!(uncaught * 20 > seeds().count(), "exceptions leave {uncaught} programs");
    assert!(results * 3 > seeds().count(), "{results} programs do something");
}

#[test]
fn no_object_in_use_is_collected() {
    let mut unsound_without = 0;
    for seed in seeds() {
        let program = author::generate(seed);
        let expected = interpret::interpret(&program);
        let wasm = emit::emit(&program);
        let options = flat::Options { declared: NO_LEAVES, roots: Some(ROOTS) };
        let (prepared, _) = flat::prepare(&wasm, &options).unwrap();
        let observed = host::run(&prepared, Collector::EachAllocation);
        assert_eq!(observed.as_ref(), Ok(&expected), "seed {seed}: {program:#?}");

        let (lowered, _) = lower_eh::run(&wasm, NO_LEAVES).unwrap();
        let observed = host::run(&lowered, Collector::EachAllocation);
        unsound_without += usize::from(observed != Ok(expected));
    }
    // Without the pass, the collector frees what is in use, and it is noticed.
    assert!(unsound_without * 6 > seeds().count(), "{unsound_without} programs need the pass");
}

/// The programs that `v8.txt` is about.
const RECORDED: std::ops::Range<u64> = 0..200;

/// The same programs before the passes, in V8.
#[test]
fn an_engine_with_exceptions_agrees() {
    let folder = tempfile::tempdir().unwrap();
    let (mut expected, mut record) = (String::new(), String::new());
    for seed in 0..seeds().end.max(RECORDED.end) {
        let program = author::generate(seed);
        let wasm = emit::emit(&program);
        let file = format!("{seed:08}.wasm");
        std::fs::write(folder.path().join(&file), &wasm).unwrap();
        let Observed { result, trace } = interpret::interpret(&program);
        let result = result.map_or("uncaught".to_string(), |result| result.to_string());
        let trace: Vec<String> = trace.iter().map(i32::to_string).collect();
        let line = format!("{file} run() = {result} [{}]", trace.join(","));
        writeln!(expected, "{line}").unwrap();
        if RECORDED.contains(&seed) {
            writeln!(record, "{seed} {} {}", digest(&wasm), digest(line.as_bytes())).unwrap();
        }
    }
    match engine::run_folder(folder.path()) {
        Some(observed) => {
            for (ours, theirs) in expected.lines().zip(observed.lines()) {
                assert_eq!(ours, theirs);
            }
            assert_eq!(expected.lines().count(), observed.lines().count());
        }
        None => assert!(std::env::var_os("UPDATE_EXPECT").is_none(), "v8.txt cannot be made here"),
    }
    // For each seed the module and what V8 says about it, as digests.
    expect_file!["v8.txt"].assert_eq(&record);
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes)[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}
