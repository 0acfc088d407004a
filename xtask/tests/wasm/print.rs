//! A module as text, for reading what a pass did: flat, one operator a line, with names.

use std::fmt::Write;

use wasmparser::{BlockType, ExternalKind, FuncType, Operator, ValType};
use xtask::wasm::flat::features::Dialect;
use xtask::wasm::flat::{Body, Module};

/// Prints the functions, globals and exports of `wasm`, which is of the plain dialect.
pub fn print(wasm: &[u8]) -> String {
    let module = Module::read(wasm, Dialect::Plain).expect("the output of a pass is plain");
    let mut text = String::new();
    for (index, ty) in (0..).zip(&module.globals) {
        let mutable = if ty.mutable { "mut " } else { "" };
        writeln!(text, "global {} {mutable}{}", global(&module, index), ty.content_type).unwrap();
    }
    for (kind, index) in &module.exports {
        if *kind == ExternalKind::Func {
            writeln!(text, "export {}", function(&module, *index)).unwrap();
        }
    }
    for body in &module.bodies {
        let ty = module.function_type(body.function).unwrap();
        writeln!(text, "func {}{}", function(&module, body.function), signature(ty)).unwrap();
        let locals = &body.locals[body.parameters..];
        if !locals.is_empty() {
            writeln!(text, "  local{}", types(locals)).unwrap();
        }
        print_code(&mut text, &module, body);
    }
    text
}

fn print_code(text: &mut String, module: &Module, body: &Body) {
    let mut depth = 1usize;
    for op in &body.ops {
        if matches!(op, Operator::End | Operator::Else) {
            depth -= 1;
        }
        if depth > 0 {
            writeln!(text, "{}{}", "  ".repeat(depth), operator(module, op)).unwrap();
        }
        if matches!(
            op,
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } | Operator::Else
        ) {
            depth += 1;
        }
    }
}

fn operator(module: &Module, op: &Operator) -> String {
    match op {
        Operator::Block { blockty } => format!("block{}", result(*blockty)),
        Operator::Loop { blockty } => format!("loop{}", result(*blockty)),
        Operator::If { blockty } => format!("if{}", result(*blockty)),
        Operator::Call { function_index } => format!("call {}", function(module, *function_index)),
        Operator::CallIndirect { type_index, .. } => {
            format!("call_indirect{}", signature(&module.types[*type_index as usize]))
        }
        Operator::GlobalGet { global_index } => {
            format!("global.get {}", global(module, *global_index))
        }
        Operator::GlobalSet { global_index } => {
            format!("global.set {}", global(module, *global_index))
        }
        Operator::BrTable { targets } => {
            let depths: Vec<String> =
                targets.targets().map(|depth| depth.unwrap().to_string()).collect();
            format!("br_table {} {}", depths.join(" "), targets.default())
        }
        other => plain(&format!("{other:?}")),
    }
}

/// `I32Load { memarg: MemArg { .., offset: 4, .. } }` as `i32.load offset=4`, and so on.
fn plain(debug: &str) -> String {
    let (name, fields) = debug.split_once(" { ").unwrap_or((debug, ""));
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !text.is_empty() {
            let group = ["i32", "i64", "f32", "f64", "local", "memory", "table"];
            text.push(if group.contains(&text.as_str()) { '.' } else { '_' });
        }
        text.extend(letter.to_lowercase());
    }
    if let Some((_, offset)) = fields.split_once("offset: ") {
        let offset = offset.split(',').next().unwrap();
        return if offset == "0" { text } else { format!("{text} offset={offset}") };
    }
    if let Some((_, value)) = fields.split_once(": ") {
        write!(text, " {}", value.trim_end_matches(" }")).unwrap();
    }
    text
}

fn function(module: &Module, index: u32) -> String {
    module.names.functions.get(&index).map_or(index.to_string(), |name| format!("${name}"))
}

fn global(module: &Module, index: u32) -> String {
    module.names.globals.get(&index).map_or(index.to_string(), |name| format!("${name}"))
}

fn types(types: &[ValType]) -> String {
    types.iter().map(|ty| format!(" {ty}")).collect()
}

fn signature(ty: &FuncType) -> String {
    match ty.results() {
        [] => types(ty.params()),
        results => format!("{} ->{}", types(ty.params()), types(results)),
    }
}

fn result(ty: BlockType) -> String {
    match ty {
        BlockType::Empty => String::new(),
        BlockType::Type(ty) => format!(" {ty}"),
        BlockType::FuncType(index) => format!(" type {index}"),
    }
}
