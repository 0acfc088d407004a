//! Which locals and operands may be pointers.
//!
//! An abstract run over a function: each operand is known by the operator that produced it and
//! whether it may be a pointer. What may be one: what is loaded as a whole word, what a call
//! returns, a parameter, the result of a block, the value of a mutable global other than the stack
//! pointer; and what is computed from one, be it together with something else, by an operation after
//! which it still is one, alone or in one half of an `i64`. Everything else is not. A local may be a
//! pointer if any assignment of it assigns one, which takes a few runs until nothing changes.

use std::collections::BTreeMap;

use wasmparser::{
    BlockType, ContType, FrameKind, FuncType, ModuleArity, Operator, RefType, SubType, ValType,
};

use super::liveness::Locals;
use crate::wasm::flat::Body;
use crate::wasm::flat::Module;

/// What a collecting call finds below its arguments on the operand stack and may be a pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// Still the value of that local.
    Local(u32),
    /// The result of operator `producer`, at that position of the operand stack.
    Stored { producer: usize, position: usize, wide: bool },
}

/// What may be a pointer in one function.
#[derive(Debug)]
pub struct Values {
    /// The locals that may hold one.
    pub pointers: Locals,
    /// For each operator, whether it assigns something to a local that may be one.
    pub assigns_pointer: Vec<bool>,
    /// For each collecting call that can be executed, what lies on the operand stack below it.
    pub operands: BTreeMap<usize, Vec<Operand>>,
}

impl Values {
    /// Analyses `body`; `collecting` says which of its calls may reach the collector.
    pub fn of(
        module: &Module,
        body: &Body,
        stack_pointer: u32,
        collecting: &impl Fn(&Operator) -> bool,
    ) -> Self {
        let mut pointers = Locals::new(body.locals.len());
        for (local, ty) in (0..).zip(&body.locals[..body.parameters]) {
            if Width::of(*ty).is_some() {
                pointers.insert(local);
            }
        }
        let mut values = Values {
            pointers,
            assigns_pointer: vec![false; body.ops.len()],
            operands: BTreeMap::new(),
        };
        loop {
            let mut run = Run {
                module,
                body,
                stack_pointer,
                values: &mut values,
                stack: Vec::new(),
                open: Vec::new(),
                new_pointers: false,
            };
            run.all(collecting);
            if !run.new_pointers {
                return values;
            }
        }
    }
}

/// An operand on the abstract stack.
#[derive(Clone, Copy)]
struct Value {
    producer: usize,
    /// What it may be a pointer in; nothing if it is none.
    pointer: Option<Width>,
}

/// The type of what may be a pointer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Width {
    I32,
    I64,
}

impl Width {
    /// The width of a pointer in a value of type `ty`, if it can hold one.
    fn of(ty: ValType) -> Option<Self> {
        match ty {
            ValType::I32 => Some(Width::I32),
            ValType::I64 => Some(Width::I64),
            _ => None,
        }
    }
}

/// A block around the operator at hand.
struct Open {
    begin: usize,
    /// How high the operand stack is below the block.
    height: usize,
}

/// One run over a function.
struct Run<'p, 'a> {
    module: &'p Module<'a>,
    body: &'p Body<'a>,
    stack_pointer: u32,
    values: &'p mut Values,
    stack: Vec<Value>,
    open: Vec<Open>,
    new_pointers: bool,
}

impl Run<'_, '_> {
    fn all(&mut self, collecting: &impl Fn(&Operator) -> bool) {
        let mut at = 0;
        while at < self.body.ops.len() {
            if collecting(&self.body.ops[at]) {
                self.note_operands(at);
            }
            at = if self.step(at) { at + 1 } else { self.end_of_dead_code(at + 1) };
        }
    }

    /// Where code can be executed again after an unconditional branch before `at`.
    fn end_of_dead_code(&self, mut at: usize) -> usize {
        while !matches!(self.body.ops[at], Operator::Else | Operator::End) {
            let opens = crate::wasm::flat::body::opens(&self.body.ops[at]);
            at = if opens { self.body.block_end(at) + 1 } else { at + 1 };
        }
        at
    }

    /// Executes operator `at`; false if what follows cannot be executed.
    fn step(&mut self, at: usize) -> bool {
        use Operator as O;
        match &self.body.ops[at] {
            O::Block { .. } | O::Loop { .. } => self.enter(at),
            O::If { .. } => {
                self.pop(1);
                self.enter(at);
            }
            O::Else => {
                let block = self.open.last().expect("invariant: an else is in an if");
                self.stack.truncate(block.height);
            }
            O::End => self.leave(at),
            O::Br { .. } | O::BrTable { .. } | O::Return | O::Unreachable => return false,
            O::BrIf { .. } | O::Drop => {
                self.pop(1);
            }

            O::LocalGet { local_index } => self.push(at, self.pointer_in_local(*local_index)),
            O::LocalSet { local_index } => {
                let pointer = self.pop(1);
                self.assign(at, *local_index, pointer);
            }
            O::LocalTee { local_index } => {
                let pointer = self.pop(1);
                self.assign(at, *local_index, pointer);
                self.push(at, pointer);
            }
            O::GlobalGet { global_index } => {
                let ty = self.module.globals[*global_index as usize];
                let holds_data = ty.mutable && *global_index != self.stack_pointer;
                self.push(at, Width::of(ty.content_type).filter(|_| holds_data));
            }

            O::Call { function_index } => {
                let ty = self.module.functions[*function_index as usize];
                self.call(at, &self.module.types[ty as usize]);
            }
            O::CallIndirect { type_index, .. } => {
                self.pop(1);
                self.call(at, &self.module.types[*type_index as usize]);
            }

            O::I32Load { .. } => {
                self.pop(1);
                self.push(at, Some(Width::I32));
            }
            // The 32-bit load into an i64 is how LLVM begins to pack two pointers.
            O::I64Load { .. } | O::I64Load32U { .. } | O::I64Load32S { .. } => {
                self.pop(1);
                self.push(at, Some(Width::I64));
            }
            O::I32Add | O::I32Sub | O::I32And | O::I32Or | O::I32Xor => {
                self.compute(at, 2, Width::I32);
            }
            O::I32WrapI64 => self.compute(at, 1, Width::I32),
            O::I64ExtendI32U | O::I64ExtendI32S | O::I64Extend32S => {
                self.compute(at, 1, Width::I64);
            }
            O::I64Add
            | O::I64Sub
            | O::I64And
            | O::I64Or
            | O::I64Xor
            | O::I64Shl
            | O::I64ShrS
            | O::I64ShrU
            | O::I64Rotl
            | O::I64Rotr => self.compute(at, 2, Width::I64),
            O::Select => {
                self.pop(1);
                let pointer = self.pop(2);
                self.push(at, pointer);
            }
            other => {
                let (operands, results) = other
                    .operator_arity(&NoContext)
                    .expect("invariant: what depends on a context is handled above");
                self.pop(operands as usize);
                for _ in 0..results {
                    self.push(at, None);
                }
            }
        }
        true
    }

    fn push(&mut self, producer: usize, pointer: Option<Width>) {
        self.stack.push(Value { producer, pointer });
    }

    /// Removes `count` operands, and says what the first pointer among them is in.
    fn pop(&mut self, count: usize) -> Option<Width> {
        let operands = self.stack.split_off(self.stack.len() - count);
        operands.iter().find_map(|value| value.pointer)
    }

    /// Replaces `operands` operands by a result that may be a pointer if one of them may.
    fn compute(&mut self, at: usize, operands: usize, width: Width) {
        let pointer = self.pop(operands);
        self.push(at, pointer.map(|_| width));
    }

    fn pointer_in_local(&self, local: u32) -> Option<Width> {
        Width::of(self.body.locals[local as usize]).filter(|_| self.values.pointers.contains(local))
    }

    fn assign(&mut self, at: usize, local: u32, pointer: Option<Width>) {
        self.values.assigns_pointer[at] = pointer.is_some();
        if pointer.is_some() && self.values.pointers.insert(local) {
            self.new_pointers = true;
        }
    }

    fn call(&mut self, at: usize, ty: &FuncType) {
        self.pop(ty.params().len());
        for result in ty.results() {
            self.push(at, Width::of(*result));
        }
    }

    fn enter(&mut self, at: usize) {
        self.open.push(Open { begin: at, height: self.stack.len() });
    }

    fn leave(&mut self, at: usize) {
        // The last `end` is that of the function.
        let Some(block) = self.open.pop() else { return };
        self.stack.truncate(block.height);
        if let Operator::Block { blockty: BlockType::Type(ty) }
        | Operator::Loop { blockty: BlockType::Type(ty) }
        | Operator::If { blockty: BlockType::Type(ty) } = &self.body.ops[block.begin]
        {
            self.push(at, Width::of(*ty));
        }
    }

    /// Notes what lies on the stack below the arguments of the collecting call `at`.
    fn note_operands(&mut self, at: usize) {
        let arguments = match &self.body.ops[at] {
            Operator::Call { function_index } => {
                let ty = self.module.functions[*function_index as usize];
                self.module.types[ty as usize].params().len()
            }
            Operator::CallIndirect { type_index, .. } => {
                self.module.types[*type_index as usize].params().len() + 1
            }
            _ => return,
        };
        let below = self.stack.len() - arguments;
        let operands = self.stack[..below].iter().enumerate();
        let operands = operands
            .filter_map(|(position, value)| {
                Some(self.operand(position, value.producer, value.pointer?, at))
            })
            .collect();
        self.values.operands.insert(at, operands);
    }

    /// How the value at `position` can be found by the collecting call `call`.
    fn operand(&self, position: usize, producer: usize, width: Width, call: usize) -> Operand {
        if let Operator::LocalGet { local_index } | Operator::LocalTee { local_index } =
            self.body.ops[producer]
            && !self.may_be_assigned(local_index, producer, call)
        {
            return Operand::Local(local_index);
        }
        Operand::Stored { producer, position, wide: width == Width::I64 }
    }

    /// Whether `local` may be assigned on some way from `producer` to `call`. All of them lie
    /// between the two in the text, but for loops entered on the way, which may go round.
    fn may_be_assigned(&self, local: u32, producer: usize, call: usize) -> bool {
        let entered = self.open.iter().filter(|block| block.begin > producer);
        let mut loops =
            entered.filter(|block| matches!(self.body.ops[block.begin], Operator::Loop { .. }));
        let end = loops.next().map_or(call, |outermost| self.body.block_end(outermost.begin));
        self.body.ops[producer + 1..end].iter().any(|op| {
            matches!(op, Operator::LocalSet { local_index } | Operator::LocalTee { local_index }
                if *local_index == local)
        })
    }
}

/// Operators whose arity depends on nothing need no context.
struct NoContext;

impl ModuleArity for NoContext {
    fn sub_type_at(&self, _: u32) -> Option<&SubType> {
        None
    }
    fn tag_type_arity(&self, _: u32) -> Option<(u32, u32)> {
        None
    }
    fn type_index_of_function(&self, _: u32) -> Option<u32> {
        None
    }
    fn func_type_of_cont_type(&self, _: &ContType) -> Option<&FuncType> {
        None
    }
    fn sub_type_of_ref_type(&self, _: &RefType) -> Option<&SubType> {
        None
    }
    fn control_stack_height(&self) -> u32 {
        0
    }
    fn label_block(&self, _: u32) -> Option<(BlockType, FrameKind)> {
        None
    }
}
