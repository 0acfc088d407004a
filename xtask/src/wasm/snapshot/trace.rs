//! The call stack of a guest that failed.
//!
//! wasmi reports a trap but not where. A run is deterministic, so the failing one is repeated in a
//! copy of the module that keeps a shadow stack in a second memory: word 0 is the depth, the words
//! behind it are the indices of the active functions. Each function pushes itself on entry, and
//! sets the depth back to its own after each call: what its callees pushed is dropped then.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow};
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{
    CodeSection, ExportKind, ExportSection, Function, MemArg, MemorySection, MemoryType, Module,
};
use wasmi::Engine;
use wasmparser::{
    CompositeInnerType, FunctionBody, KnownCustom, Name, Operator, Parser, Payload, TypeRef,
};

use super::host::{self, World};

/// The export name, and the index (the guest has one memory of its own), of the shadow stack.
const TRACE: &str = "pylon:snapshot/trace";
const TRACE_INDEX: u32 = 1;

/// How many frames are worth showing.
const SHOWN: usize = 24;

/// Repeats the run of `entry` in `core` and returns the functions that were active when it failed,
/// innermost first, by name if the module has a name section.
pub fn call_stack(engine: &Engine, core: &[u8], entry: &str, world: World) -> Result<Vec<String>> {
    let functions = Functions::of(core)?;
    let mut module = Module::new();
    Instrument { functions: &functions, next: functions.imported }
        .parse_core_module(&mut module, Parser::new(0), core)
        .map_err(|error| anyhow!("{error}"))?;
    let module =
        wasmi::Module::new(engine, module.as_slice()).map_err(|error| anyhow!("{error}"))?;
    let Some(memory) = host::trace_of_failure(engine, &module, entry, TRACE, world) else {
        return Ok(Vec::new());
    };
    let words: Vec<u32> =
        memory.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word)).collect();
    let Some((&depth, frames)) = words.split_first() else { return Ok(Vec::new()) };
    let active = frames.get(..depth as usize).unwrap_or(frames);
    let mut stack: Vec<String> =
        active.iter().rev().take(SHOWN).map(|&index| functions.name(index)).collect();
    if active.len() > SHOWN {
        stack.push(format!("... {} more", active.len() - SHOWN));
    }
    Ok(stack)
}

/// What is known of a module's functions.
struct Functions {
    imported: u32,
    /// Parameter counts of the defined functions.
    params: Vec<u32>,
    names: BTreeMap<u32, String>,
}

impl Functions {
    fn of(core: &[u8]) -> Result<Functions> {
        let mut functions = Functions { imported: 0, params: Vec::new(), names: BTreeMap::new() };
        let mut type_params = Vec::new();
        for payload in Parser::new(0).parse_all(core) {
            match payload? {
                Payload::TypeSection(section) => {
                    for group in section {
                        for ty in group?.into_types() {
                            type_params.push(match ty.composite_type.inner {
                                CompositeInnerType::Func(ty) => ty.params().len() as u32,
                                _ => 0,
                            });
                        }
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        functions.imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                    }
                }
                Payload::FunctionSection(section) => {
                    for ty in section {
                        functions.params.push(type_params.get(ty? as usize).copied().unwrap_or(0));
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        if export.kind == wasmparser::ExternalKind::Func {
                            functions.names.entry(export.index).or_insert(export.name.to_string());
                        }
                    }
                }
                // Names are a help: a broken name section is no error.
                Payload::CustomSection(section) => {
                    if let KnownCustom::Name(names) = section.as_known() {
                        for names in names.into_iter().map_while(Result::ok) {
                            let Name::Function(names) = names else { continue };
                            for name in names.into_iter().map_while(Result::ok) {
                                functions.names.insert(name.index, name.name.to_string());
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(functions)
    }

    fn name(&self, index: u32) -> String {
        self.names
            .get(&index)
            .cloned()
            .unwrap_or_else(|| format!("function {index} (no name section)"))
    }
}

/// Adds the shadow stack to a module.
struct Instrument<'a> {
    functions: &'a Functions,
    /// The index of the function whose body comes next.
    next: u32,
}

const WORD: MemArg = MemArg { offset: 0, align: 2, memory_index: TRACE_INDEX };

impl Reencode for Instrument<'_> {
    type Error = std::convert::Infallible;

    fn parse_memory_section(
        &mut self,
        memories: &mut MemorySection,
        section: wasmparser::MemorySectionReader<'_>,
    ) -> Result<(), Error> {
        utils::parse_memory_section(self, memories, section)?;
        let pages = ((host::MAX_DEPTH + 2) * 4).div_ceil(65536) as u64;
        memories.memory(MemoryType {
            minimum: pages,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: wasmparser::ExportSectionReader<'_>,
    ) -> Result<(), Error> {
        utils::parse_export_section(self, exports, section)?;
        exports.export(TRACE, ExportKind::Memory, TRACE_INDEX);
        Ok(())
    }

    fn parse_custom_section(
        &mut self,
        _: &mut Module,
        _: wasmparser::CustomSectionReader<'_>,
    ) -> Result<(), Error> {
        Ok(())
    }

    fn parse_function_body(
        &mut self,
        code: &mut CodeSection,
        body: FunctionBody<'_>,
    ) -> Result<(), Error> {
        let index = self.next;
        self.next += 1;
        let defined = (index - self.functions.imported) as usize;
        let mut local = self.functions.params.get(defined).copied().unwrap_or(0);
        let mut locals = Vec::new();
        for group in body.get_locals_reader()? {
            let (count, ty) = group?;
            local += count;
            locals.push((count, self.val_type(ty)?));
        }
        locals.push((1, wasm_encoder::ValType::I32));
        let mut function = Function::new(locals);
        // local = depth + 1; trace[local] = index; depth = local
        function.instructions().i32_const(0).i32_load(WORD).i32_const(1).i32_add().local_tee(local);
        function
            .instructions()
            .i32_const(4)
            .i32_mul()
            .i32_const(index.cast_signed())
            .i32_store(WORD);
        let restore = |function: &mut Function| {
            function.instructions().i32_const(0).local_get(local).i32_store(WORD);
        };
        restore(&mut function);
        for op in body.get_operators_reader()? {
            let op = op?;
            let call = matches!(
                op,
                Operator::Call { .. } | Operator::CallIndirect { .. } | Operator::CallRef { .. }
            );
            function.instruction(&self.instruction(op)?);
            if call {
                restore(&mut function);
            }
        }
        code.function(&function);
        Ok(())
    }
}
