//! What may stand in a flat module: before the passes and after them.
//!
//! The plain dialect is what the oldest engine that we serve runs (WAMR of 2020): the MVP,
//! bulk-memory, sign-extension, saturating-float-to-int and mutable-global. It is checked twice, by
//! the validator with exactly these features and by a list of opcode bytes of our own, because the
//! passes and the validator share the library that decodes.

use anyhow::{Result, anyhow};
use wasmparser::{Operator, Parser, Payload, Validator, WasmFeatures};

use super::names::Names;
use crate::wasm::inspect;

/// A set of WebAssembly features.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// What clang makes of C with setjmp: the plain dialect and LLVM's legacy exceptions, and table
    /// indices of indirect calls in more bytes than they need.
    Exceptions,
    /// What every engine runs.
    Plain,
}

impl Dialect {
    fn features(self) -> WasmFeatures {
        let plain = WasmFeatures::MVP
            | WasmFeatures::BULK_MEMORY
            | WasmFeatures::SIGN_EXTENSION
            | WasmFeatures::SATURATING_FLOAT_TO_INT
            | WasmFeatures::MUTABLE_GLOBAL;
        match self {
            Dialect::Plain => plain,
            Dialect::Exceptions => {
                plain
                    | WasmFeatures::CALL_INDIRECT_OVERLONG
                    | WasmFeatures::EXCEPTIONS
                    | WasmFeatures::LEGACY_EXCEPTIONS
            }
        }
    }

    /// Fails unless `wasm` is a valid core module of this dialect. Errors name the function, by
    /// `names`, and the offset.
    pub fn check(self, wasm: &[u8], names: &Names) -> Result<()> {
        let mut index = 0;
        for payload in Parser::new(0).parse_all(wasm) {
            match payload.map_err(inspect::parse_error)? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import.map_err(inspect::parse_error)?;
                        index += u32::from(matches!(import.ty, wasmparser::TypeRef::Func(_)));
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    let explain = |error: wasmparser::Error| names.explain(&error);
                    let mut reader = body.get_operators_reader().map_err(explain)?;
                    while !reader.eof() {
                        let (op, offset) = reader.read_with_offset().map_err(explain)?;
                        let bytes = inspect::slice(wasm, offset..reader.original_position())?;
                        if let Some(what) = self.forbids(&op, bytes) {
                            return Err(names.locate(index, offset, what));
                        }
                    }
                    index += 1;
                }
                _ => {}
            }
        }
        Validator::new_with_features(self.features())
            .validate_all(wasm)
            .map(|_| ())
            .map_err(|error| names.explain(&error))
    }

    /// Why `op`, encoded as `bytes`, may not stand in a module of this dialect.
    fn forbids(self, op: &Operator, bytes: &[u8]) -> Option<String> {
        let opcode = *bytes.first()?;
        let plain = match opcode {
            // Control, calls; parametric; variables; memory; numeric with sign extension.
            0x00..=0x05 | 0x0b..=0x11 | 0x1a..=0x1b | 0x20..=0x24 | 0x28..=0xc4 => true,
            // Saturating truncation, bulk memory.
            0xfc => bytes.get(1).is_some_and(|minor| *minor <= 0x0e),
            _ => false,
        };
        match (self, op) {
            // try, catch, throw, rethrow; delegate, catch_all
            (Dialect::Exceptions, _) if matches!(opcode, 0x06..=0x09 | 0x18..=0x19) => None,
            (Dialect::Exceptions, Operator::TryTable { .. } | Operator::ThrowRef) => {
                Some("exnref exceptions; compile with -mllvm -wasm-use-legacy-eh=true".to_string())
            }
            (Dialect::Plain, Operator::CallIndirect { .. }) if !short_table_index(bytes) => {
                Some("the table index of call_indirect is not one byte".to_string())
            }
            _ if plain => None,
            _ => {
                let debug = format!("{op:?}");
                let name = debug.split(" {").next().unwrap_or_default();
                Some(format!("{name} is not of the MVP and the few features allowed here"))
            }
        }
    }
}

/// Whether `bytes`, a `call_indirect`, ends in the single byte 0 after its type index.
fn short_table_index(bytes: &[u8]) -> bool {
    let ty = bytes[1..].iter().position(|byte| byte & 0x80 == 0);
    ty.is_some_and(|last| bytes[1 + last + 1..] == [0])
}

/// An error of `wasm_encoder`'s translation, which knows no offset.
pub(super) fn encode_error(error: wasm_encoder::reencode::Error) -> anyhow::Error {
    anyhow!("cannot be encoded: {error}")
}
