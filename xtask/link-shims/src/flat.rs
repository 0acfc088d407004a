//! The canonical ABI's numbers: what an argument is on its way into a core function.

use wit_parser::abi::WasmType;
use wit_parser::{Handle, Type, TypeDefKind};

use crate::header::Header;
use crate::names;
use crate::place::Place;
use crate::text::Text;

/// A type of a core function, on wasm32.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Flat {
    I32,
    I64,
    F32,
    F64,
}

impl Flat {
    pub fn of(ty: WasmType) -> Flat {
        match ty {
            WasmType::I32 | WasmType::Pointer | WasmType::Length => Flat::I32,
            WasmType::I64 | WasmType::PointerOrI64 => Flat::I64,
            WasmType::F32 => Flat::F32,
            WasmType::F64 => Flat::F64,
        }
    }

    pub fn c_type(self) -> &'static str {
        match self {
            Flat::I32 => "int32_t",
            Flat::I64 => "int64_t",
            Flat::F32 => "float",
            Flat::F64 => "double",
        }
    }

    /// What holds a number of either type.
    fn join(self, other: Flat) -> Flat {
        match (self, other) {
            _ if self == other => self,
            (Flat::I32, Flat::F32) | (Flat::F32, Flat::I32) => Flat::I32,
            _ => Flat::I64,
        }
    }
}

/// An argument's number.
pub struct Number {
    pub expression: String,
    pub flat: Flat,
}

impl Number {
    fn i32(expression: String) -> Number {
        Number { expression, flat: Flat::I32 }
    }

    /// Its bits as a number of the type that it was joined to.
    fn as_joined(&self, joined: Flat) -> String {
        let Number { expression, flat } = self;
        match (flat, joined) {
            _ if *flat == joined => expression.clone(),
            (Flat::F32, Flat::I32) => format!("lower_float({expression})"),
            (Flat::F32, _) => format!("(uint32_t)lower_float({expression})"),
            (Flat::F64, _) => format!("lower_double({expression})"),
            (Flat::I32 | Flat::I64, _) => format!("(uint32_t)({expression})"),
        }
    }
}

/// Writes what lowering takes beyond expressions.
pub struct Lower<'a> {
    header: &'a Header,
    text: &'a mut Text,
    variables: usize,
}

impl<'a> Lower<'a> {
    pub fn new(header: &'a Header, text: &'a mut Text) -> Self {
        Lower { header, text, variables: 0 }
    }

    /// The numbers of a value.
    pub fn value(&mut self, ty: &Type, place: &Place) -> Vec<Number> {
        let header = self.header;
        let cast = |flat: Flat| {
            let expression = format!("({}){}", flat.c_type(), place.value());
            vec![Number { expression, flat }]
        };
        let Some(kind) = header.kind(ty) else {
            return match header.resolved(ty) {
                Type::String => list(place),
                Type::U64 | Type::S64 => cast(Flat::I64),
                Type::F32 => cast(Flat::F32),
                Type::F64 => cast(Flat::F64),
                _ => cast(Flat::I32),
            };
        };
        match kind {
            TypeDefKind::List(_) => list(place),
            TypeDefKind::Handle(Handle::Own(_)) => {
                vec![Number::i32(place.get("__handle"))]
            }
            // The representation: a cap in Rust has no handles of others.
            TypeDefKind::Handle(Handle::Borrow(_)) => {
                vec![Number::i32(format!("(int32_t)(intptr_t){}", place.value()))]
            }
            TypeDefKind::Record(record) => {
                let fields = record.fields.iter();
                let lower = |field: &wit_parser::Field| {
                    self.value(&field.ty, &place.member(&names::identifier(&field.name)))
                };
                fields.flat_map(lower).collect()
            }
            TypeDefKind::Tuple(tuple) => {
                let items = tuple.types.iter().enumerate();
                items.flat_map(|(i, ty)| self.value(ty, &place.member(&format!("f{i}")))).collect()
            }
            TypeDefKind::Option(payload) => {
                let some = place.get("is_some");
                self.cases(&some, vec![(format!("if ({some})"), *payload, place.member("val"))])
            }
            TypeDefKind::Result(result) => {
                let failed = place.get("is_err");
                let ok = result.ok.map(|ty| (format!("if (!{failed})"), ty, "val.ok"));
                let err = result.err.map(|ty| (format!("if ({failed})"), ty, "val.err"));
                let cases = ok.into_iter().chain(err);
                let cases = cases.map(|(test, ty, name)| (test, ty, place.member(name))).collect();
                self.cases(&failed, cases)
            }
            TypeDefKind::Variant(variant) => {
                let tag = place.get("tag");
                let cases = variant.cases.iter().enumerate().filter_map(|(i, case)| {
                    let member = place.member(&format!("val.{}", names::identifier(&case.name)));
                    Some((format!("if ({tag} == {i})"), case.ty?, member))
                });
                self.cases(&tag, cases.collect())
            }
            _ => cast(Flat::I32),
        }
    }

    /// The numbers of something with cases: which one it is, and variables for the payload, which is that of the case whose
    /// condition is true.
    pub fn cases(&mut self, which: &str, cases: Vec<(String, Type, Place)>) -> Vec<Number> {
        let mut joined: Vec<Flat> = Vec::new();
        for (_, ty, _) in &cases {
            for (index, flat) in flats(self.header, ty).into_iter().enumerate() {
                match joined.get_mut(index) {
                    Some(known) => *known = known.join(flat),
                    None => joined.push(flat),
                }
            }
        }
        let variables: Vec<_> = joined
            .iter()
            .map(|flat| {
                let name = format!("lowered_{}", self.variables);
                self.variables += 1;
                self.text.line(format!("{} {name} = 0;", flat.c_type()));
                name
            })
            .collect();
        for (condition, ty, place) in cases {
            self.text.open(format!("{condition} {{"));
            let numbers = self.value(&ty, &place);
            for ((number, variable), joined) in numbers.iter().zip(&variables).zip(&joined) {
                self.text.line(format!("{variable} = {};", number.as_joined(*joined)));
            }
            self.text.close("}");
        }
        let payload = variables.into_iter().zip(joined);
        let payload = payload.map(|(expression, flat)| Number { expression, flat });
        [Number::i32(which.to_owned())].into_iter().chain(payload).collect()
    }
}

/// An address and a length.
fn list(place: &Place) -> Vec<Number> {
    let address = format!("(int32_t)(intptr_t){}", place.get("ptr"));
    vec![Number::i32(address), Number::i32(format!("(int32_t){}", place.get("len")))]
}

/// The types of a value's numbers.
fn flats(header: &Header, ty: &Type) -> Vec<Flat> {
    let mut text = Text::default();
    let numbers = Lower::new(header, &mut text).value(ty, &Place::of("value"));
    numbers.into_iter().map(|number| number.flat).collect()
}

/// The member that holds all of a value which is one number.
pub fn only_member(header: &Header, ty: &Type, place: &Place) -> String {
    match header.kind(ty) {
        Some(TypeDefKind::Record(record)) => {
            let [field] = &record.fields[..] else { unreachable!("invariant: it is one number") };
            only_member(header, &field.ty, &place.member(&names::identifier(&field.name)))
        }
        Some(TypeDefKind::Tuple(tuple)) => {
            let [ty] = &tuple.types[..] else { unreachable!("invariant: it is one number") };
            only_member(header, ty, &place.member("f0"))
        }
        Some(TypeDefKind::Variant(_)) => place.get("tag"),
        Some(TypeDefKind::Result(_)) => place.get("is_err"),
        Some(TypeDefKind::Handle(_)) => place.get("__handle"),
        _ => place.value(),
    }
}
