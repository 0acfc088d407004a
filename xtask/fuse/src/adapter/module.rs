//! An adapter module as bytes.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use wasm_encoder::{
    BlockType, Catch, CodeSection, ConstExpr, ElementSection, Elements, EntityType, ExportKind,
    ExportSection, Function, FunctionSection, GlobalSection, GlobalType, ImportSection,
    Instruction as I, MemoryType, Module, NameMap, NameSection, RefType, TableSection, TableType,
    TypeSection, ValType,
};

use super::call::Scope;
use super::code::{Code, Op};
use super::imports::{CoreIndex, Import, Memory, PartId};
use super::{Definers, Job, utf8};
use crate::abi::Signature;

/// The finished module and what it wants to be instantiated with. All imports are of the module "".
pub struct Adapter {
    /// The function of the job `n` is exported as `n`.
    pub module: Vec<u8>,
    /// Imports `m0`, `m1`, ..
    pub memories: Vec<Memory>,
    /// Imports `f0`, `f1`, ..
    pub functions: Vec<Import>,
    /// Flags of parts: imports `g<part>`.
    pub flags: Vec<PartId>,
    /// Flags of parts that had none: exports `g<part>`.
    pub new_flags: Vec<PartId>,
    /// How many slots its table has, for the jobs that are promises, in their order. It is exported as `t`.
    pub slots: usize,
}

/// Makes the module for `jobs`. `guarded` parts have flags, globals that say whether the part may call out; `flags`: those
/// that exist.
pub fn build(
    jobs: &[Job],
    definers: Definers,
    guarded: &BTreeSet<PartId>,
    flags: &BTreeMap<PartId, CoreIndex>,
) -> Result<Adapter> {
    let mut builder = Builder::default();
    let mut functions = Vec::new();
    for job in jobs {
        let signature = job.task.signature();
        let ty = builder.type_index(&signature);
        let code = job.task.code(&mut builder, definers, guarded)?;
        functions.push(Made { ty, code, job });
    }
    builder.note_uses(&functions);
    builder.finish(&functions, flags)
}

/// A function whose body calls what has no index yet.
struct Made<'a> {
    ty: u32,
    code: Code<'a>,
    job: &'a Job,
}

#[derive(Default)]
struct Builder {
    types: Vec<Signature>,
    memories: Vec<Memory>,
    /// With the index of its type.
    functions: Vec<(Import, u32)>,
    /// Memories whose strings are checked.
    checked: BTreeSet<u32>,
    /// Parts whose flags are used.
    flags: BTreeSet<PartId>,
    /// Types of what the slots of the table will have.
    slots: Vec<u32>,
}

impl Scope for Builder {
    fn memory(&mut self, memory: Memory) -> u32 {
        position_or_push(&mut self.memories, memory)
    }

    fn function(&mut self, import: Import, signature: &Signature) {
        if !self.functions.iter().any(|(known, _)| *known == import) {
            let ty = self.type_index(signature);
            self.functions.push((import, ty));
        }
    }

    fn slot(&mut self, signature: &Signature) -> (u32, u32) {
        let ty = self.type_index(signature);
        self.slots.push(ty);
        (self.slots.len() as u32 - 1, ty)
    }
}

fn position_or_push<T: PartialEq>(list: &mut Vec<T>, item: T) -> u32 {
    let position = list.iter().position(|known| *known == item);
    position.unwrap_or_else(|| {
        list.push(item);
        list.len() - 1
    }) as u32
}

/// Indices of what the module has.
struct Indices {
    functions: BTreeMap<Import, u32>,
    /// The check of the strings in a memory.
    checks: BTreeMap<u32, u32>,
    flags: BTreeMap<PartId, u32>,
}

impl Builder {
    fn type_index(&mut self, signature: &Signature) -> u32 {
        position_or_push(&mut self.types, signature.clone())
    }

    /// Takes what the bodies mention into the lists.
    fn note_uses(&mut self, functions: &[Made]) {
        for op in functions.iter().flat_map(|function| &function.code.ops) {
            match op {
                Op::Plain(_) => {}
                Op::Call(Import::Handles(op)) => {
                    self.function(Import::Handles(*op), &op.signature());
                }
                Op::Call(Import::ResetBuffer) => {
                    self.function(Import::ResetBuffer, &(Vec::new(), Vec::new()));
                }
                // The others are declared where they are called.
                Op::Call(_) => {}
                Op::CheckUtf8(memory) => _ = self.checked.insert(*memory),
                Op::GetMayLeave(part) | Op::SetMayLeave(part) => _ = self.flags.insert(*part),
            }
        }
        // What is called behind a barrier also needs a type without results.
        for (_, ty) in self.functions.clone() {
            if functions.iter().any(|function| function.job.barrier) {
                self.type_index(&self.caught(ty));
            }
        }
    }

    /// The type of a block that takes the parameters and leaves nothing.
    fn caught(&self, ty: u32) -> Signature {
        (self.types[ty as usize].0.clone(), Vec::new())
    }

    fn finish(
        mut self,
        functions: &[Made],
        existing: &BTreeMap<PartId, CoreIndex>,
    ) -> Result<Adapter> {
        let check_type = self.type_index(&(vec![ValType::I32; 2], Vec::new()));
        let is_there = |part: &PartId| existing.contains_key(part);
        let (flags, new_flags): (Vec<_>, Vec<_>) = self.flags.iter().copied().partition(is_there);
        let count = self.functions.len() as u32;
        let checks: Vec<u32> = self.checked.iter().copied().collect();
        let first = count + checks.len() as u32;
        let indices = Indices {
            functions: self.functions.iter().map(|(import, _)| *import).zip(0..).collect(),
            checks: checks.iter().copied().zip(count..).collect(),
            flags: flags.iter().chain(&new_flags).copied().zip(0..).collect(),
        };

        let mut declared = FunctionSection::new();
        let mut code = CodeSection::new();
        for &memory in &checks {
            declared.function(check_type);
            utf8::append(&mut code, memory)?;
        }
        for function in functions {
            declared.function(function.ty);
            code.function(&self.body(function, &indices));
        }
        // Until a slot has what was promised, it has a function of that type that traps.
        let early = first + functions.len() as u32;
        for &ty in &self.slots {
            declared.function(ty);
            let mut trap = Function::new([]);
            trap.instruction(&I::Unreachable).instruction(&I::End);
            code.function(&trap);
        }
        let mut module = Module::new();
        module.section(&self.type_section());
        module.section(&self.import_section(&flags));
        module.section(&declared);
        if !self.slots.is_empty() {
            module.section(&TableSection::new().table(slot_table(self.slots.len())).clone());
        }
        if !new_flags.is_empty() {
            module.section(&flag_section(new_flags.len()));
        }
        let mut exports = export_section(functions.len(), first, &new_flags, &indices);
        if !self.slots.is_empty() {
            exports.export("t", ExportKind::Table, 0);
        }
        module.section(&exports);
        if !self.slots.is_empty() {
            module.section(&all_slots(early..early + self.slots.len() as u32));
        }
        module.section(&code);
        module.section(&name_section(functions, count, first, self.slots.len()));
        let slots = self.slots.len();
        let functions = self.functions.into_iter().map(|(import, _)| import).collect();
        let memories = self.memories;
        Ok(Adapter { module: module.finish(), memories, functions, flags, new_flags, slots })
    }

    fn type_section(&self) -> TypeSection {
        let mut types = TypeSection::new();
        for (params, results) in &self.types {
            types.ty().function(params.iter().copied(), results.iter().copied());
        }
        types
    }

    fn import_section(&self, flags: &[PartId]) -> ImportSection {
        let mut imports = ImportSection::new();
        let any = MemoryType {
            minimum: 0,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        };
        for at in 0..self.memories.len() {
            imports.import("", &format!("m{at}"), EntityType::Memory(any));
        }
        for (at, (_, ty)) in self.functions.iter().enumerate() {
            imports.import("", &format!("f{at}"), EntityType::Function(*ty));
        }
        for part in flags {
            imports.import("", &format!("g{part}"), EntityType::Global(FLAG));
        }
        imports
    }

    fn body(&self, made: &Made, indices: &Indices) -> Function {
        let mut function = Function::new_with_locals_types(made.code.locals.iter().copied());
        for op in &made.code.ops {
            match op {
                Op::Plain(instruction) => _ = function.instruction(instruction),
                Op::Call(import @ Import::Core(_)) if made.job.barrier => {
                    self.call_behind_barrier(&mut function, indices.functions[import]);
                }
                Op::Call(import) => {
                    function.instruction(&I::Call(indices.functions[import]));
                }
                Op::CheckUtf8(memory) => {
                    function.instruction(&I::Call(indices.checks[memory]));
                }
                Op::GetMayLeave(part) => {
                    function.instruction(&I::GlobalGet(indices.flags[part]));
                }
                Op::SetMayLeave(part) => {
                    function.instruction(&I::GlobalSet(indices.flags[part]));
                }
            }
        }
        function.instruction(&I::End);
        function
    }

    /// An exception of one part does not unwind into another: it traps here.
    fn call_behind_barrier(&self, function: &mut Function, callee: u32) {
        let ty = self.functions[callee as usize].1;
        let caught = self.caught(ty);
        let caught = self.types.iter().position(|known| *known == caught);
        let caught = caught.expect("invariant: note_uses has made it") as u32;
        function
            .instruction(&I::Block(BlockType::FunctionType(ty)))
            .instruction(&I::Block(BlockType::FunctionType(caught)))
            .instruction(&I::TryTable(
                BlockType::FunctionType(ty),
                [Catch::All { label: 0 }].as_slice().into(),
            ))
            .instruction(&I::Call(callee))
            .instruction(&I::End)
            .instruction(&I::Br(1))
            .instruction(&I::End)
            .instruction(&I::Unreachable)
            .instruction(&I::End);
    }
}

const FLAG: GlobalType = GlobalType { val_type: ValType::I32, mutable: true, shared: false };

/// Flags: each part may call out at first.
fn flag_section(count: usize) -> GlobalSection {
    let mut globals = GlobalSection::new();
    for _ in 0..count {
        globals.global(FLAG, &ConstExpr::i32_const(1));
    }
    globals
}

fn export_section(
    functions: usize,
    first: u32,
    new_flags: &[PartId],
    indices: &Indices,
) -> ExportSection {
    let mut exports = ExportSection::new();
    for at in 0..functions {
        exports.export(&at.to_string(), ExportKind::Func, first + at as u32);
    }
    for part in new_flags {
        exports.export(&format!("g{part}"), ExportKind::Global, indices.flags[part]);
    }
    exports
}

fn slot_table(slots: usize) -> TableType {
    TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: slots as u64,
        maximum: Some(slots as u64),
        shared: false,
    }
}

/// Puts functions into the table, from its start.
fn all_slots(functions: std::ops::Range<u32>) -> ElementSection {
    let functions: Vec<u32> = functions.collect();
    let mut elements = ElementSection::new();
    elements.active(None, &ConstExpr::i32_const(0), Elements::Functions(functions.into()));
    elements
}

/// The module that puts what was promised into the table of an adapter module: it imports the table as `t` and the function
/// for slot `n` as `n`, of these signatures.
pub fn filler(signatures: &[Signature]) -> Vec<u8> {
    let mut types = TypeSection::new();
    let mut imports = ImportSection::new();
    imports.import("", "t", EntityType::Table(slot_table(signatures.len())));
    for (at, (params, results)) in signatures.iter().enumerate() {
        types.ty().function(params.iter().copied(), results.iter().copied());
        imports.import("", &at.to_string(), EntityType::Function(at as u32));
    }
    let mut module = Module::new();
    module.section(&types).section(&imports);
    module.section(&all_slots(0..signatures.len() as u32));
    module.finish()
}

fn name_section(functions: &[Made], first_check: u32, first: u32, slots: usize) -> NameSection {
    let mut map = NameMap::new();
    for check in first_check..first {
        map.append(check, "check-utf8");
    }
    for (function, index) in functions.iter().zip(first..) {
        if let Some(name) = &function.job.name {
            map.append(index, name);
        }
    }
    for early in (first + functions.len() as u32..).take(slots) {
        map.append(early, "called-back-before-all-parts-are-instantiated");
    }
    let mut names = NameSection::new();
    names.module("fuse-adapter");
    names.functions(&map);
    names
}
