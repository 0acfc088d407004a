//! Values from one memory to another: as core values in locals, and in memory. Both ends of a call have the same shape, so
//! nothing goes from locals into memory or back, but what pointers lead to.
//!
//! Source: the component model's `CanonicalABI.md`, "Loading", "Storing", "Lifting Flat Values", "Lowering Flat Values".

use anyhow::{Context, Result, ensure};
use wasm_encoder::{Instruction as I, MemArg, ValType};

use super::code::Code;
use super::imports::{HOST, HandleOp, Import, PartId};
use super::{Definers, key};
use crate::abi::{ResourceId, Type, discriminant_size, field_offsets, payload_offset};

/// From where to where values go in one direction of a call. Memories have the adapter module's own indices.
#[derive(Clone, Copy)]
pub struct Way<'a> {
    pub from: PartId,
    pub to: PartId,
    pub from_memory: Option<u32>,
    pub to_memory: Option<u32>,
    pub realloc: Option<Import>,
    /// Parameters to the callee: only they may have borrows.
    pub down: bool,
    /// Whether the definer may meet the end of a resource during the call that lends it.
    pub count_lends: bool,
    pub definers: Definers<'a>,
}

/// Both memories of a [`Way`].
#[derive(Clone, Copy)]
pub struct Memories {
    pub from: u32,
    pub to: u32,
}

/// A place in memory: a local with an address, and an offset.
#[derive(Clone, Copy)]
pub struct Place {
    pub base: u32,
    pub offset: u32,
}

impl Place {
    pub fn at(base: u32) -> Place {
        Place { base, offset: 0 }
    }

    fn plus(self, offset: u32) -> Place {
        Place { offset: self.offset + offset, ..self }
    }

    pub fn arg(self, memory: u32, size: u32) -> MemArg {
        MemArg { offset: self.offset.into(), align: size.ilog2(), memory_index: memory }
    }
}

impl Way<'_> {
    pub fn memories(&self) -> Result<Memories> {
        let from = self.from_memory.context("a memory is needed and not given")?;
        let to = self.to_memory.context("a memory is needed and not given")?;
        Ok(Memories { from, to })
    }

    /// Makes room in the destination: its address is in the local that is returned. `size` leaves the size on the stack.
    pub fn allocate(
        &self,
        code: &mut Code,
        align: u32,
        size: impl FnOnce(&mut Code),
    ) -> Result<u32> {
        let realloc = self.realloc.context("a realloc is needed and not given")?;
        let place = code.local(ValType::I32);
        code.c(0).c(0).c(align);
        size(code);
        code.call(realloc).set(place);
        check_align(code, place, align);
        Ok(place)
    }

    /// From the locals `src` to the locals `dst`, which are zero.
    pub fn flat(&self, code: &mut Code, ty: &Type, src: &[u32], dst: &[u32]) -> Result<()> {
        match ty {
            Type::String | Type::List(_) => {
                let copied = self.run(code, ty, src[0], src[1])?;
                code.get(copied).set(dst[0]).get(src[1]).set(dst[1]);
            }
            Type::Record(fields) => {
                let mut at = 0;
                for field in fields {
                    let end = at + field.flattened().len();
                    self.flat(code, field, &src[at..end], &dst[at..end])?;
                    at = end;
                }
            }
            Type::Variant(cases) => {
                check_discriminant(code, src[0], cases.len());
                code.get(src[0]).set(dst[0]);
                // What the case does not have stays zero.
                for (number, case) in cases.iter().enumerate() {
                    let Some(case) = case else { continue };
                    code.get(src[0]).c(number as u32).i(I::I32Eq).begin_if();
                    self.flat_case(code, case, &ty.flattened()[1..], &src[1..], &dst[1..])?;
                    code.end();
                }
            }
            _ => {
                code.get(src[0]);
                self.scalar(code, ty)?;
                code.set(dst[0]);
            }
        }
        Ok(())
    }

    /// What belongs to a case: it shares its places with other cases, as `joined` has them.
    fn flat_case(
        &self,
        code: &mut Code,
        case: &Type,
        joined: &[ValType],
        src: &[u32],
        dst: &[u32],
    ) -> Result<()> {
        let own = case.flattened();
        let (mut from, mut to) = (Vec::new(), Vec::new());
        for (at, &ty) in own.iter().enumerate() {
            if ty == joined[at] {
                from.push(src[at]);
                to.push(dst[at]);
                continue;
            }
            let (narrowed, result) = (code.local(ty), code.local(ty));
            code.get(src[at]);
            narrow(code, joined[at], ty);
            code.set(narrowed);
            from.push(narrowed);
            to.push(result);
        }
        self.flat(code, case, &from, &to)?;
        for (at, &ty) in own.iter().enumerate() {
            if ty != joined[at] {
                code.get(to[at]);
                widen(code, ty, joined[at]);
                code.set(dst[at]);
            }
        }
        Ok(())
    }

    /// From the place `src` of one memory to the place `dst` of the other.
    pub fn memory(&self, code: &mut Code, ty: &Type, src: Place, dst: Place) -> Result<()> {
        let Memories { from, to } = self.memories()?;
        match ty {
            Type::String | Type::List(_) => {
                let (pointer, length) = (code.local(ValType::I32), code.local(ValType::I32));
                code.get(src.base).i(I::I32Load(src.arg(from, 4))).set(pointer);
                code.get(src.base).i(I::I32Load(src.plus(4).arg(from, 4))).set(length);
                let copied = self.run(code, ty, pointer, length)?;
                code.get(dst.base).get(copied).i(I::I32Store(dst.arg(to, 4)));
                code.get(dst.base).get(length).i(I::I32Store(dst.plus(4).arg(to, 4)));
            }
            Type::Record(fields) => {
                for (field, offset) in fields.iter().zip(field_offsets(fields)) {
                    self.memory(code, field, src.plus(offset), dst.plus(offset))?;
                }
            }
            Type::Variant(cases) => {
                let discriminant = code.local(ValType::I32);
                let size = discriminant_size(cases.len());
                code.get(src.base).i(load(size, src.arg(from, size))).set(discriminant);
                check_discriminant(code, discriminant, cases.len());
                code.get(dst.base).get(discriminant).i(store(size, dst.arg(to, size)));
                let payload = payload_offset(cases);
                for (number, case) in cases.iter().enumerate() {
                    let Some(case) = case else { continue };
                    code.get(discriminant).c(number as u32).i(I::I32Eq).begin_if();
                    self.memory(code, case, src.plus(payload), dst.plus(payload))?;
                    code.end();
                }
            }
            Type::S64 | Type::U64 | Type::F64 => {
                // Bits are bits.
                code.get(dst.base).get(src.base);
                code.i(I::I64Load(src.arg(from, 8))).i(I::I64Store(dst.arg(to, 8)));
            }
            _ => {
                let size = ty.size();
                code.get(dst.base).get(src.base).i(load(size, src.arg(from, size)));
                self.scalar(code, ty)?;
                code.i(store(size, dst.arg(to, size)));
            }
        }
        Ok(())
    }

    /// The core value on the stack, checked or normalized; a handle becomes the callee's.
    fn scalar(&self, code: &mut Code, ty: &Type) -> Result<()> {
        match ty {
            Type::S8 => _ = code.i(I::I32Extend8S),
            Type::S16 => _ = code.i(I::I32Extend16S),
            Type::U8 => _ = code.c(0xff).i(I::I32And),
            Type::U16 => _ = code.c(0xffff).i(I::I32And),
            Type::Own(resource) => self.own(code, *resource)?,
            Type::Borrow(resource) => self.borrow(code, *resource)?,
            _ => mend(code, ty),
        }
        Ok(())
    }

    fn own(&self, code: &mut Code, resource: ResourceId) -> Result<()> {
        let definer = (self.definers)(resource)?;
        let (from, to) = (key(self.from, resource), key(self.to, resource));
        match (self.from, self.to) {
            // The host has its own numbers, which are the representations here.
            (HOST, _) => {
                ensure!(definer == HOST, "the host makes a resource of a part");
                code.c(to).call(Import::Handles(HandleOp::New));
            }
            (_, HOST) => _ = code.c(from).call(Import::Handles(HandleOp::Take)),
            _ => _ = code.c(from).c(to).call(Import::Handles(HandleOp::Move)),
        }
        Ok(())
    }

    fn borrow(&self, code: &mut Code, resource: ResourceId) -> Result<()> {
        ensure!(self.down, "a borrow in a result");
        code.c(key(self.from, resource));
        if (self.definers)(resource)? != self.to {
            code.c(key(self.to, resource)).call(Import::Handles(HandleOp::Lend));
        } else if self.count_lends {
            code.call(Import::Handles(HandleOp::LendRep));
        } else {
            code.call(Import::Handles(HandleOp::Peek));
        }
        Ok(())
    }
}

/// The value of a type without handles on the stack, as it has to be: trapping if it is none, else normalized.
pub fn mend(code: &mut Code, ty: &Type) {
    match ty {
        Type::Bool => _ = code.i(I::I32Eqz).i(I::I32Eqz),
        Type::Char => {
            let char = code.local(ValType::I32);
            code.i(I::LocalTee(char)).c(0x10ffff).i(I::I32GtU);
            // a surrogate
            code.get(char).c(0xd800).i(I::I32Sub).c(0x800).i(I::I32LtU).i(I::I32Or).trap_if();
            code.get(char);
        }
        Type::Flags(count) if *count < 32 => _ = code.c((1 << count) - 1).i(I::I32And),
        Type::Variant(cases) => {
            let discriminant = code.local(ValType::I32);
            code.set(discriminant);
            check_discriminant(code, discriminant, cases.len());
            code.get(discriminant);
        }
        _ => {}
    }
}

fn check_discriminant(code: &mut Code, discriminant: u32, cases: usize) {
    code.get(discriminant).c(cases as u32).i(I::I32GeU).trap_if();
}

/// The address in that local must be aligned.
pub fn check_align(code: &mut Code, pointer: u32, align: u32) {
    if align > 1 {
        code.get(pointer).c(align - 1).i(I::I32And).trap_if();
    }
}

fn narrow(code: &mut Code, joined: ValType, own: ValType) {
    match (joined, own) {
        (ValType::I32, ValType::F32) => code.i(I::F32ReinterpretI32),
        (ValType::I64, ValType::I32) => code.i(I::I32WrapI64),
        (ValType::I64, ValType::F32) => code.i(I::I32WrapI64).i(I::F32ReinterpretI32),
        (ValType::I64, ValType::F64) => code.i(I::F64ReinterpretI64),
        _ => unreachable!("invariant: {joined:?} is no join of {own:?}"),
    };
}

fn widen(code: &mut Code, own: ValType, joined: ValType) {
    match (own, joined) {
        (ValType::F32, ValType::I32) => code.i(I::I32ReinterpretF32),
        (ValType::I32, ValType::I64) => code.i(I::I64ExtendI32U),
        (ValType::F32, ValType::I64) => code.i(I::I32ReinterpretF32).i(I::I64ExtendI32U),
        (ValType::F64, ValType::I64) => code.i(I::I64ReinterpretF64),
        _ => unreachable!("invariant: {joined:?} is no join of {own:?}"),
    };
}

/// An i32 from so many bytes, which are unsigned.
pub fn load(size: u32, arg: MemArg) -> I<'static> {
    match size {
        1 => I::I32Load8U(arg),
        2 => I::I32Load16U(arg),
        _ => I::I32Load(arg),
    }
}

/// An i32 to so many bytes.
pub fn store(size: u32, arg: MemArg) -> I<'static> {
    match size {
        1 => I::I32Store8(arg),
        2 => I::I32Store16(arg),
        _ => I::I32Store(arg),
    }
}
