//! The frame that a function gets on the C stack, and the function with it.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use wasm_encoder::{BlockType, Function, Instruction, MemArg, ValType};
use wasmparser::Operator;

use super::liveness::Needed;
use super::values::{Operand, Values};
use crate::wasm::flat::{Body, rewrite};

/// The alignment of the C stack.
const ALIGNMENT: u32 = 16;

/// A place in the frame: 4 bytes, or 8 for a value of 64 bits.
#[derive(Clone, Copy, Debug)]
struct Slot {
    offset: u32,
    wide: bool,
}

/// What is stored where.
#[derive(Debug)]
pub struct Frame {
    size: u32,
    slots: usize,
    /// The slots of locals that have one.
    locals: BTreeMap<u32, Slot>,
    /// The parameters to store at the beginning.
    parameters: Vec<u32>,
    /// For each operator that assigns a local, whether that is stored.
    assignments: Vec<bool>,
    /// The slots of operands, by the operator that produces them.
    operands: BTreeMap<usize, Slot>,
}

impl Frame {
    /// A frame of at least `least` bytes without a slot.
    pub fn empty(body: &Body, least: u32) -> Self {
        Frame {
            size: least.next_multiple_of(ALIGNMENT),
            slots: 0,
            locals: BTreeMap::new(),
            parameters: Vec::new(),
            assignments: vec![false; body.ops.len()],
            operands: BTreeMap::new(),
        }
    }

    /// A frame of at least `least` bytes for what is `needed`, and for operands.
    pub fn new(body: &Body, values: &Values, needed: &Needed, least: u32) -> Self {
        let mut layout = Layout::default();
        let mut locals = BTreeMap::new();
        let mut add = |layout: &mut Layout, local: u32| {
            let wide = body.locals[local as usize] == wasmparser::ValType::I64;
            locals.entry(local).or_insert_with(|| layout.add(wide));
        };
        let parameters: Vec<u32> = (0..)
            .take(body.parameters)
            .filter(|local| needed.parameters.contains(*local))
            .collect();
        for local in &parameters {
            add(&mut layout, *local);
        }
        for (op, stored) in body.ops.iter().zip(&needed.assignments) {
            if let Operator::LocalSet { local_index } | Operator::LocalTee { local_index } = op
                && *stored
            {
                add(&mut layout, *local_index);
            }
        }
        // What lies at the same position of the operand stack never lies there at the same time.
        let mut positions: BTreeMap<(usize, bool), Slot> = BTreeMap::new();
        let mut operands = BTreeMap::new();
        for operand in values.operands.values().flatten() {
            if let Operand::Stored { producer, position, wide } = *operand {
                let slot = *positions.entry((position, wide)).or_insert_with(|| layout.add(wide));
                operands.insert(producer, slot);
            }
        }
        Frame {
            size: layout.end.max(least).next_multiple_of(ALIGNMENT),
            slots: layout.slots,
            locals,
            parameters,
            assignments: needed.assignments.clone(),
            operands,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.size == 0
    }

    /// The size in bytes.
    pub fn size(&self) -> u32 {
        self.size
    }

    pub fn slots(&self) -> usize {
        self.slots
    }

    /// The function of `body` with this frame, and how many stores it has.
    pub fn emit(&self, body: &Body, stack_pointer: u32) -> Result<(Function, usize)> {
        if self.is_empty() {
            let mut function = rewrite::function_like(body, &[])?;
            for op in &body.ops {
                rewrite::copy(&mut function, op)?;
            }
            return Ok((function, 0));
        }
        let frame_pointer = u32::try_from(body.locals.len())?;
        // Locals to duplicate an operand with.
        let (narrow, wide) = (frame_pointer + 1, frame_pointer + 2);
        let mut more = vec![ValType::I32];
        if !self.operands.is_empty() {
            more.extend([ValType::I32, ValType::I64]);
        }
        let mut output = Output {
            function: rewrite::function_like(body, &more)?,
            frame_pointer,
            stack_pointer,
            size: i32::try_from(self.size).context("the frame is too large")?,
            stores: 0,
        };
        output.prologue();
        for local in &self.parameters {
            output.store(*local, self.locals[local]);
        }
        // Every way out leads through the end of this block.
        output.emit(Instruction::Block(match body.results.first() {
            Some(ty) => BlockType::Result(rewrite::value_type(*ty)?),
            None => BlockType::Empty,
        }));
        let mut depth = 0;
        for (at, op) in body.ops.iter().enumerate() {
            match op {
                Operator::Return => output.emit(Instruction::Br(depth)),
                Operator::End if at + 1 == body.ops.len() => {
                    output.emit(Instruction::End);
                    output.epilogue();
                    output.emit(Instruction::End);
                }
                _ => rewrite::copy(&mut output.function, op)?,
            }
            match op {
                Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => depth += 1,
                Operator::End => depth = depth.saturating_sub(1),
                Operator::LocalSet { local_index } | Operator::LocalTee { local_index }
                    if self.assignments[at] =>
                {
                    output.store(*local_index, self.locals[local_index]);
                }
                _ => {}
            }
            if let Some(slot) = self.operands.get(&at) {
                let copy = if slot.wide { wide } else { narrow };
                output.emit(Instruction::LocalTee(copy));
                output.store(copy, *slot);
            }
        }
        Ok((output.function, output.stores))
    }
}

/// Where the next slot goes.
#[derive(Default)]
struct Layout {
    end: u32,
    slots: usize,
}

impl Layout {
    fn add(&mut self, wide: bool) -> Slot {
        let size = if wide { 8 } else { 4 };
        let offset = self.end.next_multiple_of(size);
        self.end = offset + size;
        self.slots += 1;
        Slot { offset, wide }
    }
}

/// A function as it is written.
struct Output {
    function: Function,
    frame_pointer: u32,
    stack_pointer: u32,
    size: i32,
    stores: usize,
}

impl Output {
    fn emit(&mut self, instruction: Instruction) {
        self.function.instruction(&instruction);
    }

    fn prologue(&mut self) {
        self.emit(Instruction::GlobalGet(self.stack_pointer));
        self.emit(Instruction::I32Const(self.size));
        self.emit(Instruction::I32Sub);
        self.emit(Instruction::LocalTee(self.frame_pointer));
        self.emit(Instruction::GlobalSet(self.stack_pointer));
    }

    fn epilogue(&mut self) {
        self.emit(Instruction::LocalGet(self.frame_pointer));
        self.emit(Instruction::I32Const(self.size));
        self.emit(Instruction::I32Add);
        self.emit(Instruction::GlobalSet(self.stack_pointer));
    }

    fn store(&mut self, local: u32, slot: Slot) {
        let align = if slot.wide { 3 } else { 2 };
        let memory = MemArg { offset: slot.offset.into(), align, memory_index: 0 };
        self.emit(Instruction::LocalGet(self.frame_pointer));
        self.emit(Instruction::LocalGet(local));
        self.emit(match slot.wide {
            true => Instruction::I64Store(memory),
            false => Instruction::I32Store(memory),
        });
        self.stores += 1;
    }
}
