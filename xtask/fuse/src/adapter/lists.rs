//! Strings and lists: what a pointer and a length lead to.
//!
//! What can be is carried over by one `memory.copy`, and what is not as it has to be is then found or mended in the copy,
//! 16 bytes in a step. Parts see the copy only when all is done.

use anyhow::Result;
use wasm_encoder::{Instruction as I, MemArg, ValType};

use super::code::{Code, Op};
use super::values::{Memories, Place, Way, check_align, load, mend, store};
use crate::abi::{Bulk, Type, field_offsets};

impl Way<'_> {
    /// Copies a string or a list, whose address and length are in those locals. The address of the copy is in the local
    /// that is returned.
    pub fn run(&self, code: &mut Code, ty: &Type, pointer: u32, length: u32) -> Result<u32> {
        let Type::List(element) = ty else { return self.string(code, pointer, length) };
        let memories = self.memories()?;
        check_align(code, pointer, element.align());
        let bytes = byte_length(code, length, element.size());
        let copy = self.allocate(code, element.align(), |code| _ = code.get(bytes))?;
        match element.bulk() {
            Bulk::Apart => {
                self.each_in_bounds(code, element, memories, [pointer, copy, bytes])?;
            }
            Bulk::Copied => copy_bytes(code, memories, pointer, copy, bytes),
            Bulk::Mended => {
                code.get(bytes).c(STEP).i(I::I32GeU).begin_if();
                code.get(copy).get(pointer).get(bytes);
                code.i(I::MemoryCopy { src_mem: memories.from, dst_mem: memories.to });
                mend_copy(code, element, memories.to, copy, bytes);
                code.i(I::Else);
                // Not worth it.
                self.each_in_bounds(code, element, memories, [pointer, copy, bytes])?;
                code.end();
            }
        }
        Ok(copy)
    }

    fn string(&self, code: &mut Code, pointer: u32, length: u32) -> Result<u32> {
        let memories = self.memories()?;
        code.get(pointer).get(length).op(Op::CheckUtf8(memories.from));
        let copy = self.allocate(code, 1, |code| _ = code.get(length))?;
        copy_bytes(code, memories, pointer, copy, length);
        Ok(copy)
    }

    /// Element by element, from one local's address to another's, so many bytes.
    fn each_in_bounds(
        &self,
        code: &mut Code,
        element: &Type,
        memories: Memories,
        [pointer, copy, bytes]: [u32; 3],
    ) -> Result<()> {
        check_bounds(code, memories.from, pointer, Some(bytes));
        check_bounds(code, memories.to, copy, Some(bytes));
        // Locals of its own: lists nest.
        let (src, dst) = (code.local(ValType::I32), code.local(ValType::I32));
        let end = code.local(ValType::I32);
        code.get(pointer).set(src).get(copy).set(dst);
        code.get(pointer).get(bytes).i(I::I32Add).set(end);
        let mut done = Ok(());
        code.repeat(
            |code| _ = code.get(src).get(end).i(I::I32Eq),
            |code| {
                done = self.memory(code, element, Place::at(src), Place::at(dst));
                code.advance(src, element.size());
                code.advance(dst, element.size());
            },
        );
        done
    }
}

/// The local with the size of a run of `length` elements. Too large a one traps.
fn byte_length(code: &mut Code, length: u32, size: u32) -> u32 {
    if size == 1 {
        return length;
    }
    let bytes = code.local(ValType::I32);
    code.get(length).c(u32::MAX / size.max(1)).i(I::I32GtU).trap_if();
    code.get(length).c(size).i(I::I32Mul).set(bytes);
    bytes
}

/// One `memory.copy`, and `then` for what was copied. An empty run costs no copy, but where it starts is checked as ever.
fn copy_bytes(code: &mut Code, memories: Memories, src: u32, dst: u32, bytes: u32) {
    code.get(bytes).begin_if();
    code.get(dst).get(src).get(bytes);
    code.i(I::MemoryCopy { src_mem: memories.from, dst_mem: memories.to });
    code.i(I::Else);
    check_bounds(code, memories.from, src, None);
    check_bounds(code, memories.to, dst, None);
    code.end();
}

/// A run of so many bytes, or its start alone, must be in bounds.
fn check_bounds(code: &mut Code, memory: u32, start: u32, bytes: Option<u32>) {
    code.get(start).i(I::I64ExtendI32U);
    if let Some(bytes) = bytes {
        code.get(bytes).i(I::I64ExtendI32U).i(I::I64Add);
    }
    code.i(I::MemorySize(memory)).i(I::I64ExtendI32U).i(I::I64Const(16)).i(I::I64Shl);
    code.i(I::I64GtU).trap_if();
}

/// Checks and normalizes `bytes` bytes of elements, at least a [`STEP`], where they were copied to.
fn mend_copy(code: &mut Code, element: &Type, memory: u32, copy: u32, bytes: u32) {
    let (at, end) = (code.local(ValType::I32), code.local(ValType::I32));
    code.get(copy).set(at).get(copy).get(bytes).i(I::I32Add).set(end);
    Steps::of(element).mend(code, memory, at, end);
    code.repeat(
        |code| _ = code.get(at).get(end).i(I::I32Eq),
        |code| {
            mend_place(code, element, memory, Place::at(at));
            code.advance(at, element.size());
        },
    );
}

/// One value in memory.
fn mend_place(code: &mut Code, ty: &Type, memory: u32, place: Place) {
    match ty {
        Type::Record(fields) => {
            let mut end = 0;
            for (field, offset) in fields.iter().zip(field_offsets(fields)) {
                clear(code, memory, place, end..offset);
                if field.bulk() == Bulk::Mended {
                    let offset = place.offset + offset;
                    mend_place(code, field, memory, Place { offset, ..place });
                }
                end = offset + field.size();
            }
            clear(code, memory, place, end..ty.size());
        }
        // It is only looked at.
        Type::Char | Type::Variant(_) => {
            let size = ty.size();
            code.get(place.base).i(load(size, place.arg(memory, size)));
            mend(code, ty);
            code.i(I::Drop);
        }
        _ => {
            let size = ty.size();
            code.get(place.base).get(place.base).i(load(size, place.arg(memory, size)));
            mend(code, ty);
            code.i(store(size, place.arg(memory, size)));
        }
    }
}

/// Padding: what is there is not the callee's to see.
fn clear(code: &mut Code, memory: u32, place: Place, padding: std::ops::Range<u32>) {
    let mut at = padding.start;
    while at < padding.end {
        let offset = place.offset + at;
        let widest =
            [4, 2, 1].into_iter().find(|n| offset.is_multiple_of(*n) && at + n <= padding.end);
        let size = widest.unwrap_or(1);
        code.get(place.base).c(0);
        code.i(store(size, Place { offset, ..place }.arg(memory, size)));
        at += size;
    }
}

/// What is mended at once, in bytes.
const STEP: u32 = 16;

/// How elements are mended in steps.
enum Steps {
    /// Each byte becomes 0 or 1.
    Bool,
    /// Bits are cleared, over as many steps as it takes until the elements are where they were.
    Masked(Vec<[u8; STEP as usize]>),
    /// Lanes of that width must be less than that.
    Enum {
        width: u32,
        cases: u32,
    },
    Char,
}

impl Steps {
    fn of(element: &Type) -> Steps {
        match element {
            Type::Bool => Steps::Bool,
            Type::Char => Steps::Char,
            Type::Variant(cases) => {
                Steps::Enum { width: element.size(), cases: cases.len() as u32 }
            }
            _ => {
                let mask = element.mask();
                let period = mask.len() * STEP as usize / gcd(mask.len(), STEP as usize);
                let bytes: Vec<u8> = mask.into_iter().cycle().take(period).collect();
                Steps::Masked(bytes.as_chunks().0.to_vec())
            }
        }
    }

    /// In bytes.
    fn period(&self) -> u32 {
        match self {
            Steps::Masked(masks) => masks.len() as u32 * STEP,
            _ => STEP,
        }
    }

    /// From the local `at` on, which is then behind the last whole period before `end`.
    fn mend(&self, code: &mut Code, memory: u32, at: u32, end: u32) {
        // Whether one is wrong, or the largest one.
        let seen = code.local(ValType::V128);
        code.repeat(
            |code| {
                _ = code.get(end).get(at).i(I::I32Sub).c(self.period()).i(I::I32LtU);
            },
            |code| {
                self.mend_period(code, memory, at, seen);
                code.advance(at, self.period());
            },
        );
        match self {
            Steps::Bool | Steps::Masked(_) => {}
            Steps::Char => _ = code.get(seen).i(I::V128AnyTrue).trap_if(),
            Steps::Enum { width, cases } => {
                code.get(seen).i(splat(*width, *cases));
                code.i(match width {
                    1 => I::I8x16GeU,
                    2 => I::I16x8GeU,
                    _ => I::I32x4GeU,
                });
                code.i(I::V128AnyTrue).trap_if();
            }
        }
    }

    fn mend_period(&self, code: &mut Code, memory: u32, at: u32, seen: u32) {
        let arg = |offset: usize| MemArg { offset: offset as u64, align: 0, memory_index: memory };
        match self {
            Steps::Bool => {
                code.get(at).get(at).i(I::V128Load(arg(0)));
                code.i(splat(1, 1)).i(I::I8x16MinU).i(I::V128Store(arg(0)));
            }
            Steps::Masked(masks) => {
                for (step, mask) in
                    masks.iter().enumerate().filter(|(_, mask)| **mask != [0xff; 16])
                {
                    let arg = arg(step * mask.len());
                    code.get(at).get(at).i(I::V128Load(arg));
                    code.i(I::V128Const(i128::from_le_bytes(*mask)));
                    code.i(I::V128And).i(I::V128Store(arg));
                }
            }
            Steps::Enum { width, .. } => {
                code.get(at).i(I::V128Load(arg(0))).get(seen);
                code.i(match width {
                    1 => I::I8x16MaxU,
                    2 => I::I16x8MaxU,
                    _ => I::I32x4MaxU,
                });
                code.set(seen);
            }
            Steps::Char => {
                let chars = code.local(ValType::V128);
                code.get(at).i(I::V128Load(arg(0))).i(I::LocalTee(chars));
                code.i(splat(4, 0x10ffff)).i(I::I32x4GtU);
                code.get(chars).i(splat(4, 0xd800)).i(I::I32x4Sub);
                code.i(splat(4, 0x800)).i(I::I32x4LtU);
                code.i(I::V128Or).get(seen).i(I::V128Or).set(seen);
            }
        }
    }
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// The constant with `value` in each lane of so many bytes.
fn splat(width: u32, value: u32) -> I<'static> {
    let lane = &value.to_le_bytes()[..width as usize];
    let lanes: Vec<u8> = lane.iter().copied().cycle().take(16).collect();
    I::V128Const(i128::from_le_bytes(lanes.try_into().expect("invariant: 16 bytes")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_has_its_value_in_each_lane() {
        let I::V128Const(value) = splat(2, 0x1234) else { panic!("no constant") };
        assert_eq!(value, 0x1234_1234_1234_1234_1234_1234_1234_1234);
    }
}
