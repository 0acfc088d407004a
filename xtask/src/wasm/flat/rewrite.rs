//! Writing a module with other bodies, and perhaps more globals and functions.

use std::borrow::Cow;
use std::collections::BTreeMap;

use anyhow::{Result, anyhow};
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    CodeSection, ConstExpr, CustomSection, ExportSection, Function, FunctionSection, GlobalSection,
    GlobalType, Instruction, Module as Output, NameMap, NameSection, RawSection, SectionId,
    StartSection, ValType,
};
use wasmparser::{ExternalKind, Operator, Parser, Payload};

use super::features::encode_error;
use super::{Body, Module};
use crate::wasm::inspect;

/// What is to differ. Indices of functions and globals stay; new ones follow the old ones.
#[derive(Debug, Default)]
pub struct Changes {
    /// The new body of every function that is defined here, in order.
    pub bodies: Vec<Function>,
    /// New mutable globals, initially zero: type and name.
    pub globals: Vec<(ValType, String)>,
    /// New functions: type index, name, body.
    pub functions: Vec<(u32, String, Function)>,
    /// Exports and the start function that shall lead to another function.
    pub redirect: BTreeMap<u32, u32>,
    /// Whether the tag section goes.
    pub drop_tags: bool,
}

impl Changes {
    /// Writes `module` with these changes.
    ///
    /// Custom sections about code offsets (`.debug_*`, `reloc.*`, `linking`) and about the features
    /// used (`target_features`) would be wrong and go; the name section is written anew, without
    /// names of locals and labels.
    pub fn write(self, module: &Module) -> Result<Vec<u8>> {
        let mut output = Output::new();
        let mut globals = GlobalSection::new();
        for (ty, _) in &self.globals {
            globals.global(
                GlobalType { val_type: *ty, mutable: true, shared: false },
                &zero_expression(*ty)?,
            );
        }
        let mut globals = (!globals.is_empty()).then_some(globals);
        for payload in Parser::new(0).parse_all(module.wasm) {
            let payload = payload.map_err(inspect::parse_error)?;
            if globals.is_some() && comes_after_globals(&payload) {
                output.section(&globals.take().expect("invariant: checked above"));
            }
            match payload {
                Payload::FunctionSection(section) => {
                    let mut functions = FunctionSection::new();
                    RoundtripReencoder
                        .parse_function_section(&mut functions, section)
                        .map_err(encode_error)?;
                    for (ty, ..) in &self.functions {
                        functions.function(*ty);
                    }
                    output.section(&functions);
                }
                Payload::GlobalSection(section) => {
                    let mut all = GlobalSection::new();
                    RoundtripReencoder
                        .parse_global_section(&mut all, section)
                        .map_err(encode_error)?;
                    globals = None;
                    for (ty, _) in &self.globals {
                        let ty_ = GlobalType { val_type: *ty, mutable: true, shared: false };
                        all.global(ty_, &zero_expression(*ty)?);
                    }
                    output.section(&all);
                }
                Payload::TagSection(_) if self.drop_tags => {}
                Payload::ExportSection(section) => {
                    let mut exports = ExportSection::new();
                    for export in section {
                        let mut export = export.map_err(inspect::parse_error)?;
                        if export.kind == ExternalKind::Func {
                            export.index = self.entry(export.index);
                        }
                        RoundtripReencoder
                            .parse_export(&mut exports, export)
                            .map_err(encode_error)?;
                    }
                    output.section(&exports);
                }
                Payload::StartSection { func, .. } => {
                    output.section(&StartSection { function_index: self.entry(func) });
                }
                Payload::CodeSectionStart { .. } => {
                    let mut code = CodeSection::new();
                    for body in self.bodies.iter().chain(self.functions.iter().map(|new| &new.2)) {
                        code.function(body);
                    }
                    output.section(&code);
                }
                Payload::CodeSectionEntry(_) => {}
                Payload::CustomSection(section) => match section.name() {
                    "name" => {
                        output.section(&self.names(module));
                    }
                    "target_features" | "linking" => {}
                    name if name.starts_with(".debug") || name.starts_with("reloc.") => {}
                    name => {
                        output.section(&CustomSection {
                            name: Cow::Borrowed(name),
                            data: Cow::Borrowed(section.data()),
                        });
                    }
                },
                other => {
                    if let Some((id, range)) = other.as_section() {
                        output
                            .section(&RawSection { id, data: inspect::slice(module.wasm, range)? });
                    }
                }
            }
        }
        Ok(output.finish())
    }

    fn entry(&self, function: u32) -> u32 {
        *self.redirect.get(&function).unwrap_or(&function)
    }

    fn names(&self, module: &Module) -> NameSection {
        let map = |old: &BTreeMap<u32, String>, new: &[&str], first: usize| {
            let mut map = NameMap::new();
            for (index, name) in old {
                map.append(*index, name);
            }
            for (index, name) in (first as u32..).zip(new) {
                map.append(index, name);
            }
            map
        };
        let functions: Vec<&str> = self.functions.iter().map(|new| new.1.as_str()).collect();
        let globals: Vec<&str> = self.globals.iter().map(|new| new.1.as_str()).collect();
        let old = &module.names;
        let mut names = NameSection::new();
        if let Some(name) = &old.module {
            names.module(name);
        }
        names.functions(&map(&old.functions, &functions, module.functions.len()));
        names.globals(&map(&old.globals, &globals, module.globals.len()));
        names.data(&map(&old.data, &[], 0));
        names
    }
}

/// Whether the global section has its place before this section.
fn comes_after_globals(payload: &Payload) -> bool {
    const AFTER: [SectionId; 6] = [
        SectionId::Export,
        SectionId::Start,
        SectionId::Element,
        SectionId::DataCount,
        SectionId::Code,
        SectionId::Data,
    ];
    let id = payload.as_section().map(|(id, _)| id);
    AFTER.iter().any(|section| id == Some(*section as u8))
}

fn zero_expression(ty: ValType) -> Result<ConstExpr> {
    Ok(match ty {
        ValType::I32 => ConstExpr::i32_const(0),
        ValType::I64 => ConstExpr::i64_const(0),
        ValType::F32 => ConstExpr::f32_const(0f32.into()),
        ValType::F64 => ConstExpr::f64_const(0f64.into()),
        _ => return Err(anyhow!("a global of type {ty:?} has no zero")),
    })
}

/// The constant zero of `ty`.
pub fn zero(ty: wasmparser::ValType) -> Result<Instruction<'static>> {
    Ok(match ty {
        wasmparser::ValType::I32 => Instruction::I32Const(0),
        wasmparser::ValType::I64 => Instruction::I64Const(0),
        wasmparser::ValType::F32 => Instruction::F32Const(0f32.into()),
        wasmparser::ValType::F64 => Instruction::F64Const(0f64.into()),
        _ => return Err(anyhow!("a value of type {ty} has no zero")),
    })
}

/// `ty` for the encoder.
pub fn value_type(ty: wasmparser::ValType) -> Result<ValType> {
    RoundtripReencoder.val_type(ty).map_err(encode_error)
}

/// An empty body with the locals of `body` and then `more`.
pub fn function_like(body: &Body, more: &[ValType]) -> Result<Function> {
    let mut locals = Vec::new();
    for ty in &body.locals[body.parameters..] {
        locals.push(value_type(*ty)?);
    }
    locals.extend(more);
    Ok(Function::new_with_locals_types(locals))
}

/// Appends `op` unchanged, in its shortest encoding: that of the linker has five bytes for whatever
/// it had to relocate, and old engines want one byte for the table index of an indirect call.
pub fn copy(function: &mut Function, op: &Operator) -> Result<()> {
    function.instruction(&RoundtripReencoder.instruction(op.clone()).map_err(encode_error)?);
    Ok(())
}
