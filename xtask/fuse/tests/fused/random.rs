//! Random types and values: what arrives is what was sent, or the same core values as composed.

use std::fmt::Write;

use wasmtime::component::{Component, Func, Linker, Val};
use wasmtime::{Engine, Store};

use super::{component, engine, fuse};

/// Numbers that are the same in each run (xorshift64*).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        ((self.next() >> 33) as usize) % bound
    }

    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

const PRIMITIVES: [&str; 12] =
    ["bool", "u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64", "f32", "f64", "char"];

#[derive(Clone, Debug)]
enum Type {
    Primitive(&'static str),
    String,
    List(Box<Type>),
    Tuple(Vec<Type>),
    Record(Vec<Type>),
    Variant(Vec<Option<Type>>),
    Option(Box<Type>),
    Result(Option<Box<Type>>, Option<Box<Type>>),
    Enum(usize),
    Flags(usize),
}

/// `depth`: how much may nest. `pointers`: whether strings and lists may be in it.
fn random_type(random: &mut Random, depth: usize, pointers: bool) -> Type {
    let kinds: &[&str] = match (depth > 0, pointers) {
        (true, true) => {
            &["primitive", "primitive", "run", "string", "list", "compound", "compound", "compound"]
        }
        (true, false) => &["primitive", "compound", "compound"],
        (false, true) => &["primitive", "primitive", "run", "string"],
        (false, false) => &["primitive"],
    };
    match random.pick(kinds) {
        "primitive" => Type::Primitive(random.pick(&PRIMITIVES)),
        "string" => Type::String,
        "list" => Type::List(Box::new(random_type(random, depth - 1, pointers))),
        // What is copied in bulk.
        "run" => Type::List(Box::new(match random.below(4) {
            0 => Type::Enum(random.pick(&[1, 3, 255, 256, 257, 300])),
            1 => Type::Flags(random.pick(&[1, 7, 8, 9, 16, 17, 32])),
            2 => Type::Tuple((0..2).map(|_| Type::Primitive(random.pick(&PRIMITIVES))).collect()),
            _ => Type::Primitive(random.pick(&PRIMITIVES)),
        })),
        _ => compound(random, depth - 1, pointers),
    }
}

fn compound(random: &mut Random, depth: usize, pointers: bool) -> Type {
    let some = |random: &mut Random, counts: &[usize]| -> Vec<Type> {
        let count = random.pick(counts);
        (0..count).map(|_| random_type(random, depth, pointers)).collect()
    };
    match random.below(7) {
        0 => Type::Tuple(some(random, &[1, 2, 3, 4])),
        1 => Type::Record(some(random, &[1, 2, 3, 4])),
        2 => {
            let counts: &[usize] = if depth == 0 { &[1, 2, 3, 5, 300] } else { &[1, 2, 3, 4] };
            let cases = some(random, counts).into_iter();
            Type::Variant(cases.map(|ty| (random.below(4) > 0).then_some(ty)).collect())
        }
        3 => Type::Option(Box::new(random_type(random, depth, pointers))),
        4 => {
            let side = |random: &mut Random| {
                (random.below(5) > 0).then(|| Box::new(random_type(random, depth, pointers)))
            };
            Type::Result(side(random), side(random))
        }
        5 => Type::Enum(random.pick(&[1, 2, 7, 300])),
        _ => Type::Flags(random.pick(&[1, 3, 8, 9, 17, 32])),
    }
}

/// Types in the text of components: those that must have a name get one.
#[derive(Default)]
struct Names(Vec<String>);

impl Names {
    fn text(&mut self, ty: &Type) -> String {
        let body = match ty {
            Type::Primitive(name) => return (*name).to_owned(),
            Type::String => return "string".to_owned(),
            Type::List(element) => return format!("(list {})", self.text(element)),
            Type::Tuple(types) => {
                let types: Vec<String> = types.iter().map(|ty| self.text(ty)).collect();
                return format!("(tuple {})", types.join(" "));
            }
            Type::Option(ty) => return format!("(option {})", self.text(ty)),
            Type::Result(ok, err) => {
                let ok = ok.as_ref().map(|ty| self.text(ty)).unwrap_or_default();
                let err = err.as_ref().map(|ty| format!("(error {})", self.text(ty)));
                return format!("(result {ok} {})", err.unwrap_or_default());
            }
            Type::Record(types) => {
                let field = |(at, ty)| format!("(field \"f{at}\" {})", self.text(ty));
                let fields: Vec<String> = types.iter().enumerate().map(field).collect();
                format!("(record {})", fields.concat())
            }
            Type::Variant(cases) => {
                let case = |(at, ty): (usize, &Option<Type>)| {
                    let ty = ty.as_ref().map(|ty| self.text(ty)).unwrap_or_default();
                    format!("(case \"c{at}\" {ty})")
                };
                let cases: Vec<String> = cases.iter().enumerate().map(case).collect();
                format!("(variant {})", cases.concat())
            }
            Type::Enum(count) => {
                let names: Vec<String> = (0..*count).map(|at| format!(" \"c{at}\"")).collect();
                format!("(enum{})", names.concat())
            }
            Type::Flags(count) => {
                let names: Vec<String> = (0..*count).map(|at| format!(" \"f{at}\"")).collect();
                format!("(flags{})", names.concat())
            }
        };
        self.0.push(body);
        format!("$t{}", self.0.len() - 1)
    }

    /// In an instance's type and in a component that defines them.
    fn declared(&self) -> String {
        let mut text = String::new();
        for (at, body) in self.0.iter().enumerate() {
            _ = write!(text, "(type $t{at}' {body}) (export \"t{at}\" (type $t{at} (eq $t{at}')))");
        }
        text
    }

    /// In a component that is given them, as encoders do it around an exported interface.
    fn imported(&self) -> String {
        let mut text = String::new();
        for (at, body) in self.0.iter().enumerate() {
            _ = write!(
                text,
                "(type $t{at}' {body}) (import \"import-type-t{at}\" (type $t{at} (eq $t{at}')))"
            );
        }
        text
    }

    fn defined(&self) -> String {
        let mut text = String::new();
        for (at, body) in self.0.iter().enumerate() {
            _ = write!(text, "(type $t{at}' {body}) (export $t{at} \"t{at}\" (type $t{at}'))");
        }
        text
    }
}

const CHARS: [char; 6] = ['a', '\u{e4}', '\u{d7ff}', '\u{e000}', '\u{10ffff}', '\0'];
const TEXTS: [&str; 7] =
    ["aaaaaaaaaaaaaaaaaaaa", "z", "\u{e4}", "\u{20ac}", "\u{1f600}", "\u{d7ff}", ""];

fn primitive(random: &mut Random, ty: &str) -> Val {
    let bits = match random.below(4) {
        0 => 0,
        1 => u64::MAX,
        2 => 1 << 63 | 1 << 31 | 1 << 15 | 1 << 7,
        _ => random.next(),
    };
    match ty {
        "bool" => Val::Bool(bits & 1 == 1),
        "u8" => Val::U8(bits as u8),
        "s8" => Val::S8(bits as i8),
        "u16" => Val::U16(bits as u16),
        "s16" => Val::S16(bits as i16),
        "u32" => Val::U32(bits as u32),
        "s32" => Val::S32(bits as i32),
        "u64" => Val::U64(bits),
        "s64" => Val::S64(bits as i64),
        "f32" => Val::Float32(random.pick(&[0.0, -0.0, 1.5, f32::INFINITY, -1e30])),
        "f64" => Val::Float64(random.pick(&[0.0, -0.0, 1.1, f64::NEG_INFINITY, 5e-324])),
        _ => Val::Char(random.pick(&CHARS)),
    }
}

fn value(random: &mut Random, ty: &Type) -> Val {
    match ty {
        Type::Primitive(name) => primitive(random, name),
        Type::String => {
            let count = random.below(6);
            Val::String((0..count).map(|_| random.pick(&TEXTS)).collect())
        }
        Type::List(element) => {
            let count = random.pick(&[0, 1, 2, 5, 17, 33]);
            Val::List((0..count).map(|_| value(random, element)).collect())
        }
        Type::Tuple(types) => Val::Tuple(types.iter().map(|ty| value(random, ty)).collect()),
        Type::Record(types) => {
            let field = |(at, ty)| (format!("f{at}"), value(random, ty));
            Val::Record(types.iter().enumerate().map(field).collect())
        }
        Type::Variant(cases) => {
            let at = random.below(cases.len());
            let payload = cases[at].as_ref().map(|ty| Box::new(value(random, ty)));
            Val::Variant(format!("c{at}"), payload)
        }
        Type::Option(ty) => Val::Option((random.below(5) > 1).then(|| Box::new(value(random, ty)))),
        Type::Result(ok, err) => {
            let is_ok = random.below(2) == 0;
            let side = if is_ok { ok } else { err };
            let payload = side.as_ref().map(|ty| Box::new(value(random, ty)));
            Val::Result(if is_ok { Ok(payload) } else { Err(payload) })
        }
        Type::Enum(count) => Val::Enum(format!("c{}", random.below(*count))),
        Type::Flags(count) => {
            let flags = (0..*count).filter(|_| random.below(2) == 0);
            Val::Flags(flags.map(|at| format!("f{at}")).collect())
        }
    }
}

/// The core types that stand for a value: written anew for the test.
fn flat(ty: &Type) -> Vec<&'static str> {
    let cases = |cases: Vec<Vec<&'static str>>| {
        let mut joined = vec!["i32"];
        for case in cases {
            for (at, core) in case.into_iter().enumerate() {
                match joined.get_mut(at + 1) {
                    None => joined.push(core),
                    Some(old) if *old == core => {}
                    Some(old)
                        if [*old, core] == ["i32", "f32"] || [*old, core] == ["f32", "i32"] =>
                    {
                        *old = "i32";
                    }
                    Some(old) => *old = "i64",
                }
            }
        }
        joined
    };
    match ty {
        Type::Primitive("u64" | "s64") => vec!["i64"],
        Type::Primitive("f32") => vec!["f32"],
        Type::Primitive("f64") => vec!["f64"],
        Type::Primitive(_) | Type::Enum(_) | Type::Flags(_) => vec!["i32"],
        Type::String | Type::List(_) => vec!["i32", "i32"],
        Type::Tuple(types) | Type::Record(types) => types.iter().flat_map(flat).collect(),
        Type::Variant(types) => cases(types.iter().flatten().map(flat).collect()),
        Type::Option(ty) => cases(vec![flat(ty)]),
        Type::Result(ok, err) => {
            cases([ok, err].into_iter().flatten().map(|ty| flat(ty)).collect())
        }
    }
}

const LIBC: &str = concat!(
    "(core module $libc
        (memory (export \"memory\") 64)
        (global $end (mut i32) (i32.const 65536))
        (func (export \"realloc\") (param i32 i32 i32 i32) (result i32) ",
    crate::bump!(),
    "))
    (core instance $libc (instantiate $libc))
    (alias core export $libc \"memory\" (core memory $memory))
    (alias core export $libc \"realloc\" (core func $realloc))"
);

const OPTIONS: &str = "(memory $memory) (realloc (core func $realloc))";

/// A function of a cap behind a user that passes it on.
struct Shape {
    names: Names,
    ty: String,
    /// Core parameters, and bodies on both sides.
    params: String,
    cap: String,
}

/// Sixteen more parameters, so that all are in memory.
const MORE: usize = 17;

impl Shape {
    /// The value comes back, through memory.
    fn memory(ty: &Type) -> Shape {
        let mut names = Names::default();
        let text = names.text(ty);
        let more: Vec<String> = (0..MORE).map(|at| format!("(param \"p{at}\" u8)")).collect();
        let types = " u8".repeat(MORE);
        Shape {
            names,
            ty: format!("(param \"x\" {text}) {} (result (tuple {text}{types}))", more.concat()),
            params: "i32".to_owned(),
            cap: "(local.get 0)".to_owned(),
        }
    }

    /// A list of the core values comes back.
    fn flat(ty: &Type) -> Shape {
        let mut names = Names::default();
        let text = names.text(ty);
        let flat = flat(ty);
        let mut cap = String::new();
        for (at, core) in flat.iter().enumerate() {
            let get = format!("(local.get {at})");
            let bits = match *core {
                "i32" => format!("(i64.extend_i32_u {get})"),
                "f32" => format!("(i64.extend_i32_u (i32.reinterpret_f32 {get}))"),
                "f64" => format!("(i64.reinterpret_f64 {get})"),
                _ => get,
            };
            _ = write!(cap, "(i64.store offset={} (i32.const 2048) {bits})", 8 * at);
        }
        _ = write!(
            cap,
            "(i32.store (i32.const 1024) (i32.const 2048))
            (i32.store (i32.const 1028) (i32.const {})) (i32.const 1024)",
            flat.len()
        );
        let ty = format!("(param \"x\" {text}) (result (list u64))");
        Shape { names, ty, params: flat.join(" "), cap }
    }

    fn composed(&self) -> String {
        let Shape { names, ty, params, cap } = self;
        let count = params.split(' ').count();
        let gets: Vec<String> = (0..count).map(|at| format!("(local.get {at})")).collect();
        let gets = gets.concat();
        let (declared, defined, imported) = (names.declared(), names.defined(), names.imported());
        let types = (0..names.0.len())
            .map(|at| format!("(alias export $api \"t{at}\" (type $t{at}))"))
            .collect::<String>();
        // Those of the exported interface are defined anew.
        let shown = names.defined().replace("$t", "$x");
        let given = (0..names.0.len())
            .map(|at| format!("(with \"import-type-t{at}\" (type $t{at}))"))
            .collect::<String>();
        let shown_ty = ty.replace("$t", "$x");
        format!(
            "(component
                (component $Cap {LIBC} {defined}
                    (core module $main
                        (import \"libc\" \"memory\" (memory 1))
                        (func (export \"f\") (param {params}) (result i32) {cap}))
                    (core instance $main (instantiate $main (with \"libc\" (instance $libc))))
                    (func (export \"f\") {ty} (canon lift (core func $main \"f\") {OPTIONS})))
                (component $User
                    (import \"api\" (instance $api {declared} (export \"f\" (func {ty}))))
                    {LIBC} {types}
                    (core func $f' (canon lower (func $api \"f\") {OPTIONS}))
                    (core module $main
                        (import \"api\" \"f\" (func $f (param {params} i32)))
                        (func (export \"f\") (param {params}) (result i32)
                            (call $f {gets} (i32.const 1024)) (i32.const 1024)))
                    (core instance $main (instantiate $main
                        (with \"api\" (instance (export \"f\" (func $f'))))))
                    (func $f {ty} (canon lift (core func $main \"f\") {OPTIONS}))
                    (component $Shim {imported}
                        (import \"import-f\" (func $f {ty}))
                        {shown}
                        (export \"f\" (func $f) (func {shown_ty})))
                    (instance $shim (instantiate $Shim {given} (with \"import-f\" (func $f))))
                    (export \"user\" (instance $shim)))
                (instance $cap (instantiate $Cap))
                (instance $user (instantiate $User (with \"api\" (instance $cap))))
                (alias export $user \"user\" (instance $shim))
                (export \"user\" (instance $shim)))"
        )
    }
}

struct Running {
    store: Store<()>,
    function: Func,
}

impl Running {
    fn new(engine: &Engine, bytes: &[u8]) -> Running {
        let component = Component::new(engine, bytes).unwrap();
        let mut store = Store::new(engine, ());
        let instance = Linker::new(engine).instantiate(&mut store, &component).unwrap();
        let user = instance.get_export_index(&mut store, None, "user").unwrap();
        let index = instance.get_export_index(&mut store, Some(&user), "f").unwrap();
        let function = instance.get_func(&mut store, index).unwrap();
        Running { store, function }
    }

    fn call(&mut self, arguments: &[Val]) -> Val {
        let mut results = [Val::Bool(false)];
        self.function.call(&mut self.store, arguments, &mut results).unwrap();
        let [result] = results;
        result
    }
}

const TYPES: u64 = 150;
const VALUES: usize = 8;

#[test]
fn random_values_arrive_through_memory() {
    let engine = engine();
    for seed in 0..TYPES {
        let mut random = Random::new(seed);
        let ty = random_type(&mut random, 3, true);
        let composed = component(&Shape::memory(&ty).composed());
        let mut fused = Running::new(&engine, &fuse(&composed));
        for _ in 0..VALUES {
            let mut arguments = vec![value(&mut random, &ty)];
            arguments.extend((0..MORE).map(|at| Val::U8(at as u8)));
            let result = fused.call(&arguments);
            assert_eq!(result, Val::Tuple(arguments), "{seed}: {ty:?}");
        }
    }
}

#[test]
fn random_values_have_the_core_values_that_they_have_composed() {
    let engine = engine();
    for seed in 0..TYPES {
        let mut random = Random::new(seed);
        let ty = loop {
            let ty = random_type(&mut random, 3, false);
            if (1..=16).contains(&flat(&ty).len()) {
                break ty;
            }
        };
        let composed = component(&Shape::flat(&ty).composed());
        let mut fused = Running::new(&engine, &fuse(&composed));
        let mut composed = Running::new(&engine, &composed);
        for _ in 0..VALUES {
            let value = [value(&mut random, &ty)];
            assert_eq!(composed.call(&value), fused.call(&value), "{seed}: {ty:?} {value:?}");
        }
    }
}
