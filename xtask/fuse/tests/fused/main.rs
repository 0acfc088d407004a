//! Fused components beside composed ones, in the engine whose own adapters are the reference: what works gives the same,
//! what traps traps.

mod full_table;
mod guests;
mod host;
mod loops;
mod may_leave;
mod misbehaving;
mod names;
mod random;
mod refused;
mod three_parts;
mod throwing;
mod utf8;

use std::fmt::Write;

use fuse::Loops;
use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine, Store};

/// How the export `run: func() -> u32` ends.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    Returned(u32),
    Trapped,
}

use Outcome::{Returned, Trapped};

fn engine() -> Engine {
    let mut config = Config::new();
    // Address space: many tests run at once.
    config.memory_reservation(1 << 20);
    Engine::new(&config).unwrap()
}

/// Component text to bytes.
fn component(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Fuses, twice for the same bytes. The engine validates them.
fn fuse(composed: &[u8]) -> Vec<u8> {
    fuse_with(composed, &Loops::new())
}

fn fuse_with(composed: &[u8], loops: &Loops) -> Vec<u8> {
    let fused = fuse::fuse(composed, loops).unwrap_or_else(|error| panic!("{error:#}"));
    assert!(fused != composed, "nothing was fused");
    assert!(fuse::fuse(composed, loops).unwrap() == fused, "two runs differ");
    fused
}

/// Runs the export `run` of a component that imports nothing.
fn run(engine: &Engine, bytes: &[u8]) -> Outcome {
    run_with(engine, bytes, &Linker::new(engine))
}

fn run_with(engine: &Engine, bytes: &[u8], linker: &Linker<()>) -> Outcome {
    let component = Component::new(engine, bytes).unwrap();
    let mut store = Store::new(engine, ());
    let instance = linker.instantiate(&mut store, &component).unwrap();
    let run = instance.get_typed_func::<(), (u32,)>(&mut store, "run").unwrap();
    match run.call(&mut store, ()) {
        Ok((value,)) => Returned(value),
        Err(_) => Trapped,
    }
}

/// Fails with all cases that end otherwise fused than composed, and with those that end otherwise than expected.
#[derive(Default)]
struct Report {
    text: String,
    cases: usize,
}

impl Report {
    fn check(&mut self, name: &str, composed: Outcome, fused: Outcome) {
        self.cases += 1;
        if composed != fused {
            _ = writeln!(self.text, "{name}: composed {composed:?}, fused {fused:?}");
        }
    }

    fn expect(&mut self, name: &str, expected: Outcome, composed: Outcome, fused: Outcome) {
        if composed != expected {
            _ = writeln!(self.text, "{name}: composed {composed:?}, and not {expected:?}");
        }
        self.check(name, composed, fused);
    }

    fn finish(self) {
        assert!(self.cases > 0, "no cases");
        assert!(self.text.is_empty(), "\n{}", self.text);
    }
}
