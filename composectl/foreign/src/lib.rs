//! What must hold for every parser of foreign bytes, whatever the bytes are: it does not panic, an error says where,
//! and what is printed of a result is read as the same result.
//!
//! A target is a function of bytes that panics where something does not hold. There is one place for them, and two who
//! call it: `tests/replay.rs`, always, with the corpus and a fixed sequence of mutations of it; and the fuzz targets of
//! `../fuzz`, as long as somebody lets them (`docs/fuzz.md`).

mod documents;
mod registry;
mod texts;
mod wasm;

/// One parser, or a few that read the same.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The name of its fuzz target and of its corpus.
    pub name: &'static str,
    /// Panics where something does not hold for these bytes.
    pub check: fn(&[u8]),
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target { name: "answers", check: registry::answers },
    Target { name: "index", check: documents::index },
    Target { name: "key", check: texts::key },
    Target { name: "manifest", check: registry::manifest },
    Target { name: "plan", check: documents::plan },
    Target { name: "policy", check: documents::policy },
    Target { name: "python_memory", check: wasm::python_memory },
    Target { name: "revocations", check: texts::revocations },
    Target { name: "signatures", check: documents::signatures },
    Target { name: "texts", check: texts::texts },
    Target { name: "wasm", check: wasm::file },
];

/// What the target `name` checks.
///
/// # Panics
///
/// If there is none, or if something does not hold.
pub fn check(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.expect("a target of that name").check)(bytes);
}
