//! The check that a string is UTF-8, as a function of an adapter module.

use anyhow::{Context, Result, anyhow};
use wasm_encoder::CodeSection;
use wasm_encoder::reencode::{Error, Reencode};
use wasmparser::{Parser, Payload};

/// `utf8.wat`, assembled: a module with the function alone, over memory 0.
pub const WASM: &[u8] = include_bytes!("../utf8.wasm");

/// Adds the function, over that memory of the module: (pointer, length), traps unless it is UTF-8 in bounds.
pub fn append(code: &mut CodeSection, memory: u32) -> Result<()> {
    for payload in Parser::new(0).parse_all(WASM) {
        if let Payload::CodeSectionEntry(body) = payload? {
            let appended = OverMemory(memory).parse_function_body(code, body);
            return appended.map_err(|error| anyhow!("{error}"));
        }
    }
    None.context("invariant: utf8.wasm has a function")
}

struct OverMemory(u32);

impl Reencode for OverMemory {
    type Error = std::convert::Infallible;

    fn memory_index(&mut self, _: u32) -> Result<u32, Error<Self::Error>> {
        Ok(self.0)
    }
}
