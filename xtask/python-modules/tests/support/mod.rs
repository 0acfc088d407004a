//! What the tests share: the module of a contract in one WIT file, whose world imports it.

#![allow(dead_code, reason = "each test uses a part")]

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use link_shims::{CFile, Side};
use python_modules::{ByHand, Module};
use wit_parser::{Resolve, WorldId};

/// The files of a contract's module, which is called `_demo_cap`.
pub fn module(path: &Path, by_hand: &[ByHand]) -> Result<Vec<CFile>> {
    module_of(&fs::read_to_string(path)?, by_hand)
}

/// The same from the contract's text.
pub fn module_of(text: &str, by_hand: &[ByHand]) -> Result<Vec<CFile>> {
    let (resolve, world) = world_of(text)?;
    python_modules::module(&Side { resolve: &resolve, world }, &described(by_hand))
}

/// The same for MicroPython, where a handle of each class stands for so many bytes.
pub fn micropython_of(text: &str, by_hand: &[ByHand], sizes: &[(&str, u64)]) -> Result<Vec<CFile>> {
    let (resolve, world) = world_of(text)?;
    let sizes = sizes.iter().map(|(name, size)| ((*name).to_owned(), *size)).collect();
    python_modules::micropython(&Side { resolve: &resolve, world }, &described(by_hand), &sizes)
}

fn world_of(text: &str) -> Result<(Resolve, WorldId)> {
    let mut resolve = Resolve::new();
    let package = resolve.push_str("test.wit", text)?;
    let world = *resolve.packages[package].worlds.values().next().context("no world")?;
    Ok((resolve, world))
}

fn described(by_hand: &[ByHand]) -> Module<'_> {
    Module { name: "_demo_cap", description: "A demonstration.", by_hand }
}

/// The folder of the tests.
pub fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}
