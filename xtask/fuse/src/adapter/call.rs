//! The functions of an adapter module, one for each task.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use wasm_encoder::{Instruction as I, MemArg, ValType};

use super::code::Code;
use super::imports::{HOST, HandleOp, Import, PartId};
use super::values::{Place, Way, check_align};
use super::{Call, Definers, Task, key};
use crate::abi::{FuncType, MAX_FLAT_PARAMS, MAX_FLAT_RESULTS, Signature, Type};

/// What memories and functions are called in the module that is being made.
pub trait Scope {
    /// The module's own index of a memory.
    fn memory(&mut self, memory: super::Memory) -> u32;
    /// Makes it known what a function takes and returns.
    fn function(&mut self, import: Import, signature: &Signature);
    /// The next slot of the module's table, for a function of that signature; its type's index.
    fn slot(&mut self, signature: &Signature) -> (u32, u32);
}

impl Task {
    pub fn signature(&self) -> Signature {
        let i32s = |count| vec![ValType::I32; count];
        match self {
            Task::Call(call) => call.ty.lowered(),
            Task::CallHost { signature, .. }
            | Task::Enter { signature, .. }
            | Task::Later { signature, .. } => signature.clone(),
            Task::ResourceNew { .. } | Task::ResourceRep { .. } => (i32s(1), i32s(1)),
            Task::ResourceDrop { .. } => (i32s(1), i32s(0)),
        }
    }

    pub fn code<'a>(
        &self,
        scope: &mut dyn Scope,
        definers: Definers,
        guarded: &'a BTreeSet<PartId>,
    ) -> Result<Code<'a>> {
        let mut code = Code::new(self.signature().0.len(), guarded);
        match self {
            Task::Call(call) => {
                let writer = Writer { call, definers };
                writer.write(&mut code, scope)?;
            }
            Task::CallHost { part, core, signature } => {
                code.check_may_leave(*part);
                pass_on(&mut code, scope, *part, *core, signature);
            }
            Task::Enter { part, core, signature } => {
                pass_on(&mut code, scope, *part, *core, signature);
            }
            Task::ResourceNew { part, resource } => {
                code.check_may_leave(*part);
                code.get(0).c(key(*part, *resource)).call(Import::Handles(HandleOp::New));
            }
            Task::ResourceRep { part, resource } => {
                code.get(0).c(key(*part, *resource)).call(Import::Handles(HandleOp::Rep));
            }
            Task::ResourceDrop { part, resource, destructor } => {
                code.check_may_leave(*part);
                code.get(0).c(key(*part, *resource)).call(Import::Handles(HandleOp::Drop));
                match destructor {
                    Some(destructor) => destroy(&mut code, scope, *destructor),
                    None => _ = code.i(I::Drop),
                }
            }
            Task::Later { signature, .. } => {
                let (slot, type_index) = scope.slot(signature);
                code.get_all(&(0..signature.0.len() as u32).collect::<Vec<_>>());
                code.c(slot).i(I::CallIndirect { type_index, table_index: 0 });
            }
        }
        Ok(code)
    }
}

/// Calls with the function's own parameters; until it returns the part may not call out.
fn pass_on(code: &mut Code, scope: &mut dyn Scope, part: PartId, core: u32, signature: &Signature) {
    let import = Import::Core(core);
    scope.function(import, signature);
    code.set_may_leave(part, false);
    code.get_all(&(0..signature.0.len() as u32).collect::<Vec<_>>());
    code.call(import);
    code.set_may_leave(part, true);
}

/// For what `drop` left on the stack: an own handle has an end, a borrow has not.
fn destroy(code: &mut Code, scope: &mut dyn Scope, destructor: u32) {
    let import = Import::Core(destructor);
    scope.function(import, &(vec![ValType::I32], Vec::new()));
    let dropped = code.local(ValType::I64);
    code.i(I::LocalTee(dropped)).i(I::I64Const(32)).i(I::I64ShrU).i(I::I32WrapI64);
    code.begin_if().get(dropped).i(I::I32WrapI64).call(import).end();
}

/// Whether the code that carries these values calls the realloc of who gets them.
fn allocates<'a>(mut types: impl Iterator<Item = &'a Type>) -> bool {
    types.any(|ty| ty.any(&mut |ty| matches!(ty, Type::String | Type::List(_))))
}

fn has_own(ty: &Type) -> bool {
    ty.any(&mut |ty| matches!(ty, Type::Own(_)))
}

fn zero(ty: ValType) -> I<'static> {
    match ty {
        ValType::I64 => I::I64Const(0),
        ValType::F32 => I::F32Const(0.0.into()),
        ValType::F64 => I::F64Const(0.0.into()),
        _ => I::I32Const(0),
    }
}

struct Writer<'a> {
    call: &'a Call,
    definers: Definers<'a>,
}

/// What a call has to know about the borrows that it passes.
struct Borrows {
    /// The callee does not define the resource, and gets a handle that it must drop.
    third: bool,
    /// The callee defines it, and the same call could end it.
    lent: bool,
}

impl Writer<'_> {
    fn write(&self, code: &mut Code, scope: &mut dyn Scope) -> Result<()> {
        let Call { ty, caller, callee, .. } = self.call;
        let borrows = self.borrows()?;
        let down = self.way(scope, true, borrows.lent);
        let up = self.way(scope, false, false);
        code.check_may_leave(caller.part);
        if callee.part == HOST {
            code.call(Import::ResetBuffer);
        } else if borrows.third || borrows.lent || self.gives_handles() {
            self.make_room(code, scope);
        }
        let (mark, before) = (code.local(ValType::I32), code.local(ValType::I32));
        if borrows.lent {
            code.call(Import::Handles(HandleOp::Mark)).set(mark);
        }
        if borrows.third {
            code.call(Import::Handles(HandleOp::Borrows)).set(before);
        }
        let args = self.args(code, &down)?;
        let returned = self.invoke(code, scope, &down, args)?;
        if borrows.third {
            // Every borrow that the callee got must be gone.
            code.call(Import::Handles(HandleOp::Borrows)).get(before).i(I::I32Ne).trap_if();
        }
        if borrows.lent {
            code.get(mark).call(Import::Handles(HandleOp::Unlend));
        }
        let results = self.results(code, &up, &returned)?;
        self.post_return(code, scope, ty, &returned);
        code.get_all(&results);
        Ok(())
    }

    fn borrows(&self) -> Result<Borrows> {
        let Call { ty, callee, .. } = self.call;
        let mut borrows = Borrows { third: false, lent: false };
        for resource in ty.resources() {
            if !ty.any(&mut |ty| *ty == Type::Borrow(resource)) {
                continue;
            }
            if (self.definers)(resource)? != callee.part {
                borrows.third = true;
            } else {
                let own = Type::Own(resource);
                borrows.lent |= self.call.comes_back;
                borrows.lent |= ty.params.iter().any(|param| param.any(&mut |ty| *ty == own));
            }
        }
        Ok(borrows)
    }

    /// Whether what comes back may have handles that the call makes.
    fn gives_handles(&self) -> bool {
        self.call.ty.result.as_ref().is_some_and(has_own)
    }

    /// Nothing is called where there is no room for handles: the caller is told, and gets zeros, or an error of zeros where it
    /// would get a handle or an error. Handles that it gave stay with it, and it does not know. A caller that cannot be told gets
    /// zero where nothing but a handle comes back, which is none; others trap when there is no room at all.
    fn make_room(&self, code: &mut Code, scope: &mut dyn Scope) {
        let Call { ty, caller, .. } = self.call;
        let flat = ty.flat_result();
        match caller.no_memory {
            Some(told) => {
                scope.function(told, &(Vec::new(), Vec::new()));
                code.call(Import::Handles(HandleOp::Room)).i(I::I32Eqz).begin_if().call(told);
            }
            None if matches!(ty.result, Some(Type::Own(_))) => {
                code.call(Import::Handles(HandleOp::Room)).i(I::I32Eqz).begin_if();
            }
            None => return,
        }
        match (&ty.result, caller.memory) {
            (Some(result), Some(memory)) if ty.result_in_memory() => {
                let (area, size) = (ty.lowered().0.len() as u32 - 1, result.size());
                let memory = scope.memory(memory);
                code.get(area).c(0).c(size).i(I::MemoryFill(memory));
                if let Type::Variant(cases) = result
                    && let [Some(ok), _] = cases.as_slice()
                    && has_own(ok)
                {
                    let discriminant = MemArg { offset: 0, align: 0, memory_index: memory };
                    code.get(area).c(1).i(I::I32Store8(discriminant));
                }
            }
            _ => flat.iter().for_each(|ty| _ = code.i(zero(*ty))),
        }
        code.i(I::Return).end();
    }

    fn way(&self, scope: &mut dyn Scope, down: bool, count_lends: bool) -> Way<'_> {
        let Call { caller, callee, .. } = self.call;
        let (from, to) = if down { (caller, callee) } else { (callee, caller) };
        if let Some(realloc) = to.realloc {
            scope.function(realloc, &(vec![ValType::I32; 4], vec![ValType::I32]));
        }
        Way {
            from: from.part,
            to: to.part,
            from_memory: from.memory.map(|memory| scope.memory(memory)),
            to_memory: to.memory.map(|memory| scope.memory(memory)),
            realloc: to.realloc,
            down,
            count_lends,
            definers: self.definers,
        }
    }

    /// Does `carry`, in which the part that gets values may not call out where its realloc runs.
    fn entering<T>(
        &self,
        code: &mut Code,
        part: PartId,
        allocates: bool,
        carry: impl FnOnce(&mut Code) -> Result<T>,
    ) -> Result<T> {
        let guarded = allocates && part != HOST;
        if guarded {
            code.set_may_leave(part, false);
        }
        let carried = carry(code)?;
        if guarded {
            code.set_may_leave(part, true);
        }
        Ok(carried)
    }

    /// The parameters as the callee gets them: locals.
    fn args(&self, code: &mut Code, down: &Way) -> Result<Vec<u32>> {
        let ty = &self.call.ty;
        let in_memory = ty.flat_params().len() > MAX_FLAT_PARAMS;
        let allocates = in_memory || allocates(ty.params.iter());
        self.entering(code, down.to, allocates, |code| match in_memory {
            true => self.args_in_memory(code, down),
            false => self.flat_args(code, down),
        })
    }

    fn args_in_memory(&self, code: &mut Code, down: &Way) -> Result<Vec<u32>> {
        let area = Type::Record(self.call.ty.params.clone());
        check_align(code, 0, area.align());
        let copy = down.allocate(code, area.align(), |code| _ = code.c(area.size()))?;
        down.memory(code, &area, Place::at(0), Place::at(copy))?;
        Ok(vec![copy])
    }

    fn flat_args(&self, code: &mut Code, down: &Way) -> Result<Vec<u32>> {
        let mut args = Vec::new();
        let mut at = 0;
        for param in &self.call.ty.params {
            let flat = param.flattened();
            let src: Vec<u32> = (at..at + flat.len() as u32).collect();
            at += flat.len() as u32;
            if param.passes_flat() {
                args.extend(src);
                continue;
            }
            let dst: Vec<u32> = flat.iter().map(|&ty| code.local(ty)).collect();
            down.flat(code, param, &src, &dst)?;
            args.extend(dst);
        }
        Ok(args)
    }

    /// Calls; what came back is in the locals that are returned.
    fn invoke(
        &self,
        code: &mut Code,
        scope: &mut dyn Scope,
        down: &Way,
        args: Vec<u32>,
    ) -> Result<Vec<u32>> {
        let Call { ty, callee, core, .. } = self.call;
        let import = Import::Core(*core);
        if callee.part == HOST && ty.result_in_memory() {
            // It is lowered: it wants to be told where the result goes.
            scope.function(import, &ty.lowered());
            let result = ty.result.as_ref().context("invariant: a result in memory is one")?;
            let area = down.allocate(code, result.align(), |code| _ = code.c(result.size()))?;
            code.get_all(&args).get(area).call(import);
            return Ok(vec![area]);
        }
        let signature = ty.lifted();
        scope.function(import, &signature);
        code.get_all(&args).call(import);
        let returned: Vec<u32> = signature.1.iter().map(|&ty| code.local(ty)).collect();
        returned.iter().rev().for_each(|&local| _ = code.set(local));
        Ok(returned)
    }

    /// The results as the caller gets them: locals, or none if they are in memory.
    fn results(&self, code: &mut Code, up: &Way, returned: &[u32]) -> Result<Vec<u32>> {
        let Some(result) = &self.call.ty.result else { return Ok(Vec::new()) };
        let flat = result.flattened();
        self.entering(code, up.to, allocates([result].into_iter()), |code| {
            if flat.len() > MAX_FLAT_RESULTS {
                let area = self.call.ty.lowered().0.len() as u32 - 1;
                check_align(code, area, result.align());
                check_align(code, returned[0], result.align());
                up.memory(code, result, Place::at(returned[0]), Place::at(area))?;
                return Ok(Vec::new());
            }
            if result.passes_flat() {
                return Ok(returned.to_vec());
            }
            let results: Vec<u32> = flat.iter().map(|&ty| code.local(ty)).collect();
            up.flat(code, result, returned, &results)?;
            Ok(results)
        })
    }

    fn post_return(&self, code: &mut Code, scope: &mut dyn Scope, ty: &FuncType, returned: &[u32]) {
        let Some(post_return) = self.call.post_return else { return };
        let import = Import::Core(post_return);
        scope.function(import, &(ty.lifted().1, Vec::new()));
        code.set_may_leave(self.call.callee.part, false);
        code.get_all(returned).call(import);
        code.set_may_leave(self.call.callee.part, true);
    }
}
