//! What the tests share: the module of a contract in one WIT file, whose world imports it.

#![allow(dead_code, reason = "each test uses a part")]

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use link_shims::{CFile, Side};
use python_modules::{ByHand, Module};
use wit_parser::Resolve;

/// The files of a contract's module, which is called `_demo_cap`.
pub fn module(path: &Path, by_hand: &[ByHand]) -> Result<Vec<CFile>> {
    module_of(&fs::read_to_string(path)?, by_hand)
}

/// The same from the contract's text.
pub fn module_of(text: &str, by_hand: &[ByHand]) -> Result<Vec<CFile>> {
    let mut resolve = Resolve::new();
    let package = resolve.push_str("test.wit", text)?;
    let world = *resolve.packages[package].worlds.values().next().context("no world")?;
    let module = Module { name: "_demo_cap", description: "A demonstration.", by_hand };
    python_modules::module(&Side { resolve: &resolve, world }, &module)
}

/// The folder of the tests.
pub fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}
