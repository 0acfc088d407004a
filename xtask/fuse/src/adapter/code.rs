//! The body of a function of an adapter module, while it is written: what it calls has no index yet.

use std::collections::BTreeSet;

use wasm_encoder::{BlockType, Instruction as I, ValType};

use super::imports::{Import, PartId};

/// An instruction, or one whose index is known when the module is complete.
#[derive(Clone, Debug)]
pub enum Op {
    Plain(I<'static>),
    Call(Import),
    /// Of the check for UTF-8 in that memory, which has the module's own index.
    CheckUtf8(u32),
    /// Whether a part may call out: an i32.
    GetMayLeave(PartId),
    SetMayLeave(PartId),
}

/// A function's locals and instructions.
pub struct Code<'a> {
    params: usize,
    guarded: &'a BTreeSet<PartId>,
    pub locals: Vec<ValType>,
    pub ops: Vec<Op>,
}

impl<'a> Code<'a> {
    /// Of a function with so many parameters. `guarded`: the parts that have a flag which says whether they may call out.
    pub fn new(params: usize, guarded: &'a BTreeSet<PartId>) -> Self {
        Code { params, guarded, locals: Vec::new(), ops: Vec::new() }
    }

    /// A new local, which is zero.
    pub fn local(&mut self, ty: ValType) -> u32 {
        self.locals.push(ty);
        (self.params + self.locals.len() - 1) as u32
    }

    pub fn op(&mut self, op: Op) -> &mut Self {
        self.ops.push(op);
        self
    }

    pub fn i(&mut self, instruction: I<'static>) -> &mut Self {
        self.op(Op::Plain(instruction))
    }

    pub fn get(&mut self, local: u32) -> &mut Self {
        self.i(I::LocalGet(local))
    }

    pub fn get_all(&mut self, locals: &[u32]) -> &mut Self {
        locals.iter().for_each(|&local| _ = self.get(local));
        self
    }

    pub fn set(&mut self, local: u32) -> &mut Self {
        self.i(I::LocalSet(local))
    }

    /// The constant `n`, an i32.
    pub fn c(&mut self, n: u32) -> &mut Self {
        self.i(I::I32Const(n as i32))
    }

    pub fn call(&mut self, import: Import) -> &mut Self {
        self.op(Op::Call(import))
    }

    pub fn begin_if(&mut self) -> &mut Self {
        self.i(I::If(BlockType::Empty))
    }

    pub fn end(&mut self) -> &mut Self {
        self.i(I::End)
    }

    /// Traps if the i32 on the stack is not zero.
    pub fn trap_if(&mut self) -> &mut Self {
        self.begin_if().i(I::Unreachable).end()
    }

    /// A loop until the i32 that `done` leaves on the stack is not zero.
    pub fn repeat(&mut self, done: impl FnOnce(&mut Code), body: impl FnOnce(&mut Code)) {
        self.i(I::Block(BlockType::Empty)).i(I::Loop(BlockType::Empty));
        done(self);
        self.i(I::BrIf(1));
        body(self);
        self.i(I::Br(0)).end().end();
    }

    /// Adds a constant to a local.
    pub fn advance(&mut self, local: u32, by: u32) {
        self.get(local).c(by).i(I::I32Add).set(local);
    }

    /// Traps unless the part may call out.
    pub fn check_may_leave(&mut self, part: PartId) {
        if self.guarded.contains(&part) {
            self.op(Op::GetMayLeave(part)).i(I::I32Eqz).trap_if();
        }
    }

    pub fn set_may_leave(&mut self, part: PartId, may: bool) {
        if self.guarded.contains(&part) {
            self.c(may.into()).op(Op::SetMayLeave(part));
        }
    }
}
