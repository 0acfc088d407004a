//! The part that answers callbacks where a composition cannot have them: all of it exists before what it would call.
//!
//! A function that returns a `result` fails with [`TEXT`]: an error has that in each of its strings and the case
//! `unavailable` in each enum and variant that has one, else the first case; numbers are 0, lists empty, options none. What
//! returns no `result`, or an error with a handle in it, traps in a function called `<function> is not available here`.

use anyhow::{Context, Result};
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ExportKind, ExportSection, Function, FunctionSection,
    Instruction as I, MemorySection, MemoryType, Module, NameMap, NameSection, TypeSection,
    ValType,
};
use wit_component::StringEncoding;
use wit_parser::abi::{AbiVariant, WasmType};
use wit_parser::{Int, Resolve, SizeAlign, Type, TypeDefKind, WorldId, WorldItem};

use crate::component;

/// What an error says.
const TEXT: &str = "not available here";
/// The case for it.
const CASE: &str = "unavailable";

/// A component that exports `interfaces`, which `composed` imports.
pub fn stub(composed: &[u8], interfaces: &[String]) -> Result<Vec<u8>> {
    let decoded = wit_component::decode(composed).context("reading the composition")?;
    let mut resolve = decoded.resolve().clone();
    let exports: String = interfaces.iter().map(|name| format!("export {name};\n")).collect();
    let world = format!("package pylon:no-callbacks;\nworld stub {{\n{exports}}}\n");
    let package = resolve.push_str("stub.wit", &world)?;
    let world = resolve.select_world(&[package], Some("stub"))?;
    let mut module = Stub::new(&resolve)?.module(world);
    wit_component::embed_component_metadata(
        &mut module,
        &resolve,
        world,
        StringEncoding::UTF8,
        false,
    )?;
    component::encode(&module, None)
}

/// Where the answers are; before it is nothing, behind their page what callers pass.
const ANSWERS: usize = 1024;
const PAGE: usize = 1 << 16;

struct Stub<'a> {
    resolve: &'a Resolve,
    sizes: SizeAlign,
    /// What memory has from [`ANSWERS`] on. The text comes first.
    answers: Vec<u8>,
}

impl<'a> Stub<'a> {
    fn new(resolve: &'a Resolve) -> Result<Stub<'a>> {
        let mut sizes = SizeAlign::default();
        sizes.fill(resolve)?;
        Ok(Stub { resolve, sizes, answers: TEXT.as_bytes().to_vec() })
    }

    fn module(mut self, world: WorldId) -> Vec<u8> {
        let mut types = TypeSection::new();
        let mut functions = FunctionSection::new();
        let mut exports = ExportSection::new();
        let mut code = CodeSection::new();
        let mut names = NameMap::new();
        types.ty().function([ValType::I32; 4], [ValType::I32]);
        let mut index = 0;
        for (key, item) in &self.resolve.worlds[world].exports {
            let WorldItem::Interface { id, .. } = item else { continue };
            let interface = self.resolve.name_world_key(key);
            for function in self.resolve.interfaces[*id].functions.values() {
                let name = format!("{interface}#{}", function.name);
                let signature = self.resolve.wasm_signature(AbiVariant::GuestExport, function);
                let [params, results] = [&signature.params, &signature.results]
                    .map(|types| types.iter().map(core_type).collect::<Vec<_>>());
                types.ty().function(params, results);
                functions.function(index + 1);
                exports.export(&name, ExportKind::Func, index);
                names.append(index, &format!("{name} is not available here"));
                let mut body = Function::new([]);
                match function.result.and_then(|ty| self.answer(&ty, signature.retptr)) {
                    Some(answer) => body.instruction(&I::I32Const(answer as i32)),
                    None => body.instruction(&I::Unreachable),
                };
                body.instruction(&I::End);
                code.function(&body);
                index += 1;
            }
        }
        let pages = (ANSWERS + self.answers.len()).div_ceil(PAGE);
        functions.function(0);
        code.function(&realloc(pages));
        exports.export("cabi_realloc", ExportKind::Func, index);
        exports.export("memory", ExportKind::Memory, 0);
        let mut memory = MemorySection::new();
        memory.memory(MemoryType {
            minimum: pages as u64,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        let mut data = DataSection::new();
        data.active(0, &ConstExpr::i32_const(ANSWERS as i32), self.answers);
        let mut name_section = NameSection::new();
        name_section.module("no-callbacks");
        name_section.functions(&names);
        let mut module = Module::new();
        module.section(&types).section(&functions).section(&memory).section(&exports);
        module.section(&code).section(&data).section(&name_section);
        module.finish()
    }
}

impl Stub<'_> {
    /// What a function returns as a core value that returns `ty`, if that can fail.
    fn answer(&mut self, ty: &Type, in_memory: bool) -> Option<usize> {
        let Some(TypeDefKind::Result(_)) = self.kind(ty) else { return None };
        if !in_memory {
            // A result without payloads: that it is an error.
            return Some(1);
        }
        let (size, align) =
            (self.sizes.size(ty).size_wasm32(), self.sizes.align(ty).align_wasm32());
        let start = (ANSWERS + self.answers.len()).next_multiple_of(align);
        self.answers.resize(start - ANSWERS + size, 0);
        self.write(start, ty).map(|()| start)
    }

    /// The definition behind aliases.
    fn kind(&self, ty: &Type) -> Option<TypeDefKind> {
        let Type::Id(id) = ty else { return None };
        match &self.resolve.types[*id].kind {
            TypeDefKind::Type(target) => self.kind(target),
            kind => Some(kind.clone()),
        }
    }

    fn put(&mut self, at: usize, value: usize, size: usize) {
        let at = at - ANSWERS;
        self.answers[at..at + size].copy_from_slice(&(value as u32).to_le_bytes()[..size]);
    }

    /// Writes the value for `ty` where there are zeros. None if there can be none.
    fn write(&mut self, at: usize, ty: &Type) -> Option<()> {
        if *ty == Type::String {
            self.put(at, ANSWERS, 4);
            self.put(at + 4, TEXT.len(), 4);
            return Some(());
        }
        let (cases, chosen) = match self.kind(ty) {
            None | Some(TypeDefKind::Flags(_) | TypeDefKind::Option(_)) => return Some(()),
            Some(TypeDefKind::List(_)) => {
                // Empty; its address is aligned for whatever it could have.
                self.put(at, ANSWERS, 4);
                return Some(());
            }
            Some(TypeDefKind::Record(record)) => {
                let types: Vec<_> = record.fields.iter().map(|field| field.ty).collect();
                return self.write_fields(at, &types);
            }
            Some(TypeDefKind::Tuple(tuple)) => return self.write_fields(at, &tuple.types),
            Some(TypeDefKind::Enum(cases)) => {
                let named = cases.cases.iter().position(|case| case.name == CASE);
                (vec![None; cases.cases.len()], named)
            }
            Some(TypeDefKind::Variant(variant)) => {
                let named = variant.cases.iter().position(|case| case.name == CASE);
                (variant.cases.iter().map(|case| case.ty).collect(), named)
            }
            Some(TypeDefKind::Result(result)) => (vec![result.ok, result.err], Some(1)),
            Some(_) => return None,
        };
        let chosen = chosen.unwrap_or(0);
        let (tag, tag_size) = match cases.len() {
            0..=0x100 => (Int::U8, 1),
            0x101..=0x10000 => (Int::U16, 2),
            _ => (Int::U32, 4),
        };
        self.put(at, chosen, tag_size);
        let Some(payload) = cases[chosen] else { return Some(()) };
        let offset = self.sizes.payload_offset(tag, cases.iter().map(Option::as_ref));
        self.write(at + offset.size_wasm32(), &payload)
    }

    fn write_fields(&mut self, at: usize, types: &[Type]) -> Option<()> {
        let offsets = self.sizes.field_offsets(types);
        let places: Vec<_> =
            offsets.into_iter().map(|(offset, ty)| (at + offset.size_wasm32(), *ty)).collect();
        places.iter().try_for_each(|(at, ty)| self.write(*at, ty))
    }
}

/// `cabi_realloc`: nobody reads what is passed, so all of it has one place.
fn realloc(pages: usize) -> Function {
    let mut body = Function::new([(1, ValType::I32)]);
    let (size, missing) = (3, 4);
    for instruction in [
        // How many pages are missing, in 64 bits since sizes go up to 4 GiB.
        I::LocalGet(size),
        I::I64ExtendI32U,
        I::I64Const((pages * PAGE + PAGE - 1) as i64),
        I::I64Add,
        I::I64Const(16),
        I::I64ShrU,
        I::I32WrapI64,
        I::MemorySize(0),
        I::I32Sub,
        I::LocalTee(missing),
        I::I32Const(0),
        I::I32GtS,
        I::If(wasm_encoder::BlockType::Empty),
        I::LocalGet(missing),
        I::MemoryGrow(0),
        I::I32Const(-1),
        I::I32Eq,
        I::If(wasm_encoder::BlockType::Empty),
        I::Unreachable,
        I::End,
        I::End,
        I::I32Const((pages * PAGE) as i32),
        I::End,
    ] {
        body.instruction(&instruction);
    }
    body
}

fn core_type(ty: &WasmType) -> ValType {
    match ty {
        WasmType::I32 | WasmType::Pointer | WasmType::Length => ValType::I32,
        WasmType::I64 | WasmType::PointerOrI64 => ValType::I64,
        WasmType::F32 => ValType::F32,
        WasmType::F64 => ValType::F64,
    }
}
