//! Value types as the canonical ABI sees them, and where it puts them.
//!
//! Source: the component model's `CanonicalABI.md`, "Alignment", "Element Size" and "Flattening".

use wasm_encoder::ValType;

/// A number for a resource type, which is the same in each run over the same component.
pub type ResourceId = usize;

/// A value type, despecialized: a tuple is a record; an enum, an option and a result are variants. Names do not matter
/// here.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    Bool,
    S8,
    U8,
    S16,
    U16,
    S32,
    U32,
    S64,
    U64,
    F32,
    F64,
    Char,
    String,
    List(Box<Type>),
    Record(Vec<Type>),
    Variant(Vec<Option<Type>>),
    /// With so many of them.
    Flags(u32),
    Own(ResourceId),
    Borrow(ResourceId),
}

/// The next multiple of `align` from `n` on.
fn align_to(n: u32, align: u32) -> u32 {
    n.div_ceil(align) * align
}

impl Type {
    /// In bytes.
    pub fn align(&self) -> u32 {
        match self {
            Type::Record(fields) => fields.iter().map(Type::align).max().unwrap_or(1),
            Type::Variant(cases) => discriminant_size(cases.len()).max(payload_align(cases)),
            Type::String | Type::List(_) => 4,
            scalar => scalar.size(),
        }
    }

    /// In bytes, with the padding behind it.
    pub fn size(&self) -> u32 {
        match self {
            Type::Bool | Type::S8 | Type::U8 => 1,
            Type::S16 | Type::U16 => 2,
            Type::S32 | Type::U32 | Type::F32 | Type::Char | Type::Own(_) | Type::Borrow(_) => 4,
            Type::S64 | Type::U64 | Type::F64 | Type::String | Type::List(_) => 8,
            Type::Record(fields) => align_to(end_of_fields(fields), self.align()),
            Type::Variant(cases) => {
                let payload = cases.iter().flatten().map(Type::size).max().unwrap_or(0);
                align_to(payload_offset(cases) + payload, self.align())
            }
            Type::Flags(count) => match count {
                0..=8 => 1,
                9..=16 => 2,
                _ => 4,
            },
        }
    }

    /// The core values that stand for one of it.
    pub fn flattened(&self) -> Vec<ValType> {
        let mut out = Vec::new();
        self.flatten(&mut out);
        out
    }

    fn flatten(&self, out: &mut Vec<ValType>) {
        match self {
            Type::S64 | Type::U64 => out.push(ValType::I64),
            Type::F32 => out.push(ValType::F32),
            Type::F64 => out.push(ValType::F64),
            Type::String | Type::List(_) => out.extend([ValType::I32, ValType::I32]),
            Type::Record(fields) => fields.iter().for_each(|field| field.flatten(out)),
            Type::Variant(cases) => {
                out.push(ValType::I32);
                let start = out.len();
                for case in cases.iter().flatten() {
                    for (at, ty) in case.flattened().into_iter().enumerate() {
                        match out.get_mut(start + at) {
                            Some(old) => *old = join(*old, ty),
                            None => out.push(ty),
                        }
                    }
                }
            }
            _ => out.push(ValType::I32),
        }
    }

    /// Whether its core values are passed on unchanged: each bit pattern is a value.
    pub fn passes_flat(&self) -> bool {
        match self {
            Type::S32 | Type::U32 | Type::S64 | Type::U64 | Type::F32 | Type::F64 => true,
            Type::Record(fields) => fields.iter().all(Type::passes_flat),
            _ => false,
        }
    }

    /// How a run of them in memory is carried over.
    pub fn bulk(&self) -> Bulk {
        match self {
            Type::String | Type::List(_) | Type::Own(_) | Type::Borrow(_) => Bulk::Apart,
            Type::Bool | Type::Char => Bulk::Mended,
            Type::Flags(_) => self.bulk_of_mask(),
            // Where only bits are to be cleared.
            Type::Record(fields) => {
                let masked = |field: &Type| match field {
                    Type::Bool | Type::Char | Type::Variant(_) => field.bulk() == Bulk::Copied,
                    _ => field.bulk() != Bulk::Apart,
                };
                match fields.iter().all(masked) {
                    true => self.bulk_of_mask(),
                    false => Bulk::Apart,
                }
            }
            Type::Variant(cases) if cases.iter().all(Option::is_none) => {
                match cases.len() as u64 == 1 << (self.size() * 8) {
                    true => Bulk::Copied,
                    false => Bulk::Mended,
                }
            }
            // What a case leaves unused must not be seen.
            Type::Variant(_) => Bulk::Apart,
            _ => Bulk::Copied,
        }
    }

    fn bulk_of_mask(&self) -> Bulk {
        match self.mask().iter().all(|byte| *byte == 0xff) {
            true => Bulk::Copied,
            // Larger ones take too much code.
            false if self.size() <= 128 => Bulk::Mended,
            false => Bulk::Apart,
        }
    }

    /// Which bits in memory may be set, of what is copied and cleared.
    pub fn mask(&self) -> Vec<u8> {
        let mut mask = vec![0; self.size() as usize];
        match self {
            Type::Record(fields) => {
                for (field, offset) in fields.iter().zip(field_offsets(fields)) {
                    let field = field.mask();
                    mask[offset as usize..][..field.len()].copy_from_slice(&field);
                }
            }
            Type::Flags(count) => {
                (0..*count as usize).for_each(|flag| mask[flag / 8] |= 1 << (flag % 8));
            }
            _ => mask.fill(0xff),
        }
        mask
    }

    /// Whether it is, or has in it, what `test` looks for.
    pub fn any(&self, test: &mut dyn FnMut(&Type) -> bool) -> bool {
        test(self)
            || match self {
                Type::List(element) => element.any(test),
                Type::Record(fields) => fields.iter().any(|field| field.any(test)),
                Type::Variant(cases) => cases.iter().flatten().any(|case| case.any(test)),
                _ => false,
            }
    }
}

/// How a run of values in memory is carried over, from the simplest way on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bulk {
    /// As bytes: each bit pattern is a value and there is no padding.
    Copied,
    /// As bytes, and then each one is checked, normalized, or has its padding cleared.
    Mended,
    /// Each for itself.
    Apart,
}

/// Where each field of a record is.
pub fn field_offsets(fields: &[Type]) -> Vec<u32> {
    let mut end = 0;
    let offset = |field: &Type| {
        let here = align_to(end, field.align());
        end = here + field.size();
        here
    };
    fields.iter().map(offset).collect()
}

fn end_of_fields(fields: &[Type]) -> u32 {
    let last = field_offsets(fields).into_iter().zip(fields).next_back();
    last.map_or(0, |(offset, field)| offset + field.size())
}

/// What a place that is shared by two cases of a variant holds.
fn join(a: ValType, b: ValType) -> ValType {
    match (a, b) {
        _ if a == b => a,
        (ValType::I32, ValType::F32) | (ValType::F32, ValType::I32) => ValType::I32,
        _ => ValType::I64,
    }
}

/// Of a variant with so many cases, in bytes.
pub fn discriminant_size(cases: usize) -> u32 {
    match cases {
        0..=0x100 => 1,
        0x101..=0x10000 => 2,
        _ => 4,
    }
}

fn payload_align(cases: &[Option<Type>]) -> u32 {
    cases.iter().flatten().map(Type::align).max().unwrap_or(1)
}

/// Where a variant has what belongs to a case.
pub fn payload_offset(cases: &[Option<Type>]) -> u32 {
    align_to(discriminant_size(cases.len()), payload_align(cases))
}

/// A function's type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FuncType {
    pub params: Vec<Type>,
    pub result: Option<Type>,
}

/// More core parameters than these are passed in memory.
pub const MAX_FLAT_PARAMS: usize = 16;
/// More core results than these are passed in memory.
pub const MAX_FLAT_RESULTS: usize = 1;

/// A core function's parameters and results.
pub type Signature = (Vec<ValType>, Vec<ValType>);

impl FuncType {
    pub fn flat_params(&self) -> Vec<ValType> {
        self.params.iter().flat_map(Type::flattened).collect()
    }

    pub fn flat_result(&self) -> Vec<ValType> {
        self.result.as_ref().map(Type::flattened).unwrap_or_default()
    }

    fn core_params(&self) -> Vec<ValType> {
        let params = self.flat_params();
        if params.len() > MAX_FLAT_PARAMS { vec![ValType::I32] } else { params }
    }

    /// Whether the result is passed in memory.
    pub fn result_in_memory(&self) -> bool {
        self.flat_result().len() > MAX_FLAT_RESULTS
    }

    /// What `canon lower` makes of it: a result in memory goes where the last parameter points.
    pub fn lowered(&self) -> Signature {
        let mut params = self.core_params();
        match self.result_in_memory() {
            true => {
                params.push(ValType::I32);
                (params, Vec::new())
            }
            false => (params, self.flat_result()),
        }
    }

    /// What `canon lift` takes: a result in memory is where the returned value points.
    pub fn lifted(&self) -> Signature {
        let results = if self.result_in_memory() { vec![ValType::I32] } else { self.flat_result() };
        (self.core_params(), results)
    }

    /// Whether what is passed is the same core values on both sides, whatever they are.
    pub fn passes_as_it_is(&self) -> bool {
        let in_memory = self.flat_params().len() > MAX_FLAT_PARAMS || self.result_in_memory();
        !in_memory && self.params.iter().chain(&self.result).all(Type::passes_flat)
    }

    /// Whether a parameter or the result is, or has in it, what `test` looks for.
    pub fn any(&self, test: &mut dyn FnMut(&Type) -> bool) -> bool {
        self.params.iter().chain(&self.result).any(|ty| ty.any(test))
    }

    /// The resources whose handles it passes, sorted.
    pub fn resources(&self) -> Vec<ResourceId> {
        let mut found = Vec::new();
        self.any(&mut |ty| {
            if let Type::Own(id) | Type::Borrow(id) = ty {
                found.push(*id);
            }
            false
        });
        found.sort_unstable();
        found.dedup();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_laid_out_in_order_with_padding() {
        let fields = vec![Type::U8, Type::U64, Type::U16, Type::String];
        assert_eq!(field_offsets(&fields), [0, 8, 16, 20]);
        let record = Type::Record(fields);
        assert_eq!((record.size(), record.align()), (32, 8));
        assert_eq!((Type::Record(vec![]).size(), Type::Record(vec![]).align()), (0, 1));
    }

    #[test]
    fn a_discriminant_is_as_wide_as_it_must_be() {
        for (cases, size) in [(1, 1), (256, 1), (257, 2), (65536, 2), (65537, 4)] {
            let variant = Type::Variant(vec![None; cases]);
            assert_eq!((variant.size(), variant.align()), (size, size));
        }
        let option = Type::Variant(vec![None, Some(Type::U64)]);
        assert_eq!((option.size(), option.align()), (16, 8));
    }

    #[test]
    fn cases_of_a_variant_share_core_values() {
        use ValType::{F32, F64, I32, I64};
        let flat =
            |cases: &[Type]| Type::Variant(cases.iter().cloned().map(Some).collect()).flattened();
        assert_eq!(flat(&[Type::F32, Type::U32]), [I32, I32]);
        assert_eq!(flat(&[Type::F32, Type::F32]), [I32, F32]);
        assert_eq!(flat(&[Type::F64, Type::F32]), [I32, I64]);
        assert_eq!(flat(&[Type::String, Type::F64]), [I32, I64, I32]);
        assert_eq!(flat(&[Type::F64]), [I32, F64]);
    }

    #[test]
    fn runs_are_copied_where_every_byte_is_a_value() {
        let record = |fields: &[Type]| Type::Record(fields.to_vec()).bulk();
        assert_eq!(record(&[Type::U32, Type::F32]), Bulk::Copied);
        assert_eq!(record(&[Type::U32, Type::U64]), Bulk::Mended);
        assert_eq!(record(&[Type::U32, Type::Bool]), Bulk::Apart);
        assert_eq!(
            Type::Record(vec![Type::U8, Type::U16, Type::Flags(3)]).mask(),
            [0xff, 0, 0xff, 0xff, 7, 0]
        );
        assert_eq!(record(&[Type::U32, Type::String]), Bulk::Apart);
        assert_eq!(Type::Flags(8).bulk(), Bulk::Copied);
        assert_eq!(Type::Flags(9).bulk(), Bulk::Mended);
        assert_eq!(Type::Variant(vec![None; 256]).bulk(), Bulk::Copied);
        assert_eq!(Type::Variant(vec![None; 3]).bulk(), Bulk::Mended);
        assert_eq!(Type::Variant(vec![None, Some(Type::U8)]).bulk(), Bulk::Apart);
    }

    #[test]
    fn numbers_pass_as_they_are() {
        let passes = |params: &[Type], result: Type| {
            FuncType { params: params.to_vec(), result: Some(result) }.passes_as_it_is()
        };
        assert!(passes(&[Type::U32, Type::Record(vec![Type::S64, Type::F32])], Type::F64));
        assert!(!passes(&[Type::U8], Type::U32));
        assert!(!passes(&[Type::U32], Type::Bool));
        assert!(!passes(&[Type::Borrow(0)], Type::U32));
        assert!(!passes(&vec![Type::U32; 17], Type::U32));
        assert!(!passes(&[], Type::Record(vec![Type::U32, Type::U32])));
    }

    #[test]
    fn many_values_are_passed_in_memory() {
        let many = FuncType { params: vec![Type::U8; 17], result: Some(Type::String) };
        assert_eq!(many.lowered(), (vec![ValType::I32; 2], vec![]));
        assert_eq!(many.lifted(), (vec![ValType::I32], vec![ValType::I32]));
    }
}
