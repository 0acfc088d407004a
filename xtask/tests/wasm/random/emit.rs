//! A program as a WebAssembly module, the way clang would write it: legacy exceptions, one tag, a
//! stack pointer, a function `gc_collect`.

use std::borrow::Cow;

use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, ElementSection, Elements, EntityType, ExportKind,
    ExportSection, Function, FunctionSection, GlobalSection, GlobalType, ImportSection,
    InstructionSink, MemArg, MemorySection, MemoryType, Module, NameMap, NameSection, RefType,
    TableSection, TableType, TagKind, TagSection, TagType, TypeSection, ValType,
};

use super::STACK_TOP;
use super::interpret::is_wide;
use super::program::{self, Handler, Identity, Node, Operation, Program, Type};

// Indices: imported functions, then ours, then those of the program.
const HOST_ALLOCATE: u32 = 0;
const HOST_USE: u32 = 1;
const HOST_LOG: u32 = 2;
const HOST_COLLECT: u32 = 3;
const GC_COLLECT: u32 = 4;
const ALLOCATE: u32 = 5;
const FIRST: u32 = 6;

// Types of those; the program's functions have types of their own after them.
const TAKES_NUMBER: u32 = 0;
const GIVES_NUMBER: u32 = 1;
const NOTHING: u32 = 2;
const FIRST_TYPE: u32 = 3;

const STACK_POINTER: u32 = 0;
const FUEL: u32 = 1;

/// Writes `program`. Imports `host.{allocate, use, log, collect}`, exports `run`, the memory and the
/// stack pointer.
pub fn emit(program: &Program) -> Vec<u8> {
    let count = program.functions.len() as u32;
    let mut types = TypeSection::new();
    types.ty().function([ValType::I32], []);
    types.ty().function([], [ValType::I32]);
    types.ty().function([], []);
    for function in &program.functions {
        types.ty().function(
            function.parameters.iter().map(value_type),
            function.result.as_ref().map(value_type),
        );
    }
    let mut imports = ImportSection::new();
    for (name, ty) in [
        ("allocate", GIVES_NUMBER),
        ("use", TAKES_NUMBER),
        ("log", TAKES_NUMBER),
        ("collect", TAKES_NUMBER),
    ] {
        imports.import("host", name, EntityType::Function(ty));
    }
    let mut functions = FunctionSection::new();
    functions.function(NOTHING).function(GIVES_NUMBER);
    for index in 0..count {
        functions.function(FIRST_TYPE + index);
    }
    let mut tables = TableSection::new();
    tables.table(TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: count.into(),
        maximum: None,
        shared: false,
    });
    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: 16,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    let mut tags = TagSection::new();
    tags.tag(TagType { kind: TagKind::Exception, func_type_idx: TAKES_NUMBER });
    let mut globals = GlobalSection::new();
    let mutable = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
    globals.global(mutable, &ConstExpr::i32_const(STACK_TOP as i32));
    globals.global(mutable, &ConstExpr::i32_const(program.fuel));
    let mut exports = ExportSection::new();
    exports.export("run", ExportKind::Func, FIRST);
    exports.export("memory", ExportKind::Memory, 0);
    exports.export("stack_pointer", ExportKind::Global, STACK_POINTER);
    let mut elements = ElementSection::new();
    let called: Vec<u32> = (FIRST..FIRST + count).collect();
    elements.active(None, &ConstExpr::i32_const(0), Elements::Functions(Cow::Owned(called)));

    let mut code = CodeSection::new();
    let mut gc_collect = Function::new([]);
    gc_collect.instructions().global_get(STACK_POINTER).call(HOST_COLLECT).end();
    code.function(&gc_collect);
    let mut allocate = Function::new([]);
    allocate.instructions().call(GC_COLLECT).call(HOST_ALLOCATE).end();
    code.function(&allocate);
    for function in &program.functions {
        code.function(&body(function));
    }

    let mut names = NameSection::new();
    let mut function_names = NameMap::new();
    function_names.append(GC_COLLECT, "gc_collect");
    names.functions(&function_names);
    let mut global_names = NameMap::new();
    global_names.append(STACK_POINTER, "__stack_pointer");
    names.globals(&global_names);

    let mut module = Module::new();
    module
        .section(&types)
        .section(&imports)
        .section(&functions)
        .section(&tables)
        .section(&memories)
        .section(&tags)
        .section(&globals)
        .section(&exports)
        .section(&elements)
        .section(&code)
        .section(&names);
    module.finish()
}

fn value_type(ty: &Type) -> ValType {
    if is_wide(*ty) { ValType::I64 } else { ValType::I32 }
}

fn block_type(ty: Option<Type>) -> BlockType {
    ty.map_or(BlockType::Empty, |ty| BlockType::Result(value_type(&ty)))
}

fn body(function: &program::Function) -> Function {
    let locals = &function.locals[function.parameters.len()..];
    let mut output = Function::new_with_locals_types(locals.iter().map(value_type));
    let mut writer = Writer { result: function.result, output: output.instructions() };
    writer.use_fuel();
    writer.list(&function.body);
    writer.output.end();
    output
}

struct Writer<'o> {
    result: Option<Type>,
    output: InstructionSink<'o>,
}

impl Writer<'_> {
    fn use_fuel(&mut self) {
        let out = &mut self.output;
        out.global_get(FUEL).i32_const(1).i32_sub().global_set(FUEL);
        out.global_get(FUEL).i32_const(0).i32_lt_s().if_(BlockType::Empty);
        match self.result {
            Some(Type::Pair) => out.i64_const(0),
            Some(_) => out.i32_const(0),
            None => out,
        };
        self.output.return_().end();
    }

    fn list(&mut self, nodes: &[Node]) {
        for node in nodes {
            self.node(node);
        }
    }

    fn node(&mut self, node: &Node) {
        let field = |field: u32| MemArg { offset: (4 * field).into(), align: 2, memory_index: 0 };
        match node {
            Node::Number(number) => {
                self.output.i32_const(*number);
            }
            Node::Null(Type::Pair) => {
                self.output.i64_const(0);
            }
            Node::Null(_) => {
                self.output.i32_const(0);
            }
            Node::Get(local) => {
                self.output.local_get(*local);
            }
            Node::Set(local, node) => {
                self.node(node);
                self.output.local_set(*local);
            }
            Node::Tee(local, node) => {
                self.node(node);
                self.output.local_tee(*local);
            }
            Node::Drop(node) => {
                self.node(node);
                self.output.drop();
            }
            Node::Calculate(operation, a, b) => {
                self.node(a);
                self.node(b);
                match operation {
                    Operation::Add => self.output.i32_add(),
                    Operation::Sub => self.output.i32_sub(),
                    Operation::Mul => self.output.i32_mul(),
                    Operation::Xor => self.output.i32_xor(),
                    Operation::Less => self.output.i32_lt_s(),
                };
            }
            Node::Select(a, b, condition) => {
                self.node(a);
                self.node(b);
                self.node(condition);
                self.output.select();
            }
            Node::Allocate => {
                self.output.call(ALLOCATE);
            }
            Node::Load(index, object) => {
                self.node(object);
                self.output.i32_load(field(*index));
            }
            Node::LoadPair(object) => {
                self.node(object);
                self.output.i64_load(field(0));
            }
            Node::Store(index, object, value) => {
                self.node(object);
                self.node(value);
                self.output.i32_store(field(*index));
            }
            Node::Pack(low, high) => {
                self.node(low);
                self.output.i64_extend_i32_u();
                self.node(high);
                self.output.i64_extend_i32_u().i64_const(32).i64_shl().i64_or();
            }
            Node::Same(identity, object) => {
                self.node(object);
                match identity {
                    Identity::Add => self.output.i32_const(0).i32_add(),
                    Identity::Sub => self.output.i32_const(0).i32_sub(),
                    Identity::Or => self.output.i32_const(0).i32_or(),
                    Identity::Align => self.output.i32_const(-4).i32_and(),
                };
            }
            Node::Swap(pair) => {
                self.node(pair);
                self.output.i64_const(32).i64_rotl();
            }
            Node::Low(pair) => {
                self.node(pair);
                self.output.i32_wrap_i64();
            }
            Node::High(pair) => {
                self.node(pair);
                self.output.i64_const(32).i64_shr_u().i32_wrap_i64();
            }
            Node::Use(node) => {
                self.node(node);
                self.output.call(HOST_USE);
            }
            Node::Log(node) => {
                self.node(node);
                self.output.call(HOST_LOG);
            }
            Node::Call(callee, arguments) => {
                self.list(arguments);
                self.output.call(FIRST + *callee as u32);
            }
            Node::CallIndirect(callee, arguments) => {
                self.list(arguments);
                self.output.i32_const(*callee as i32);
                self.output.call_indirect(0, FIRST_TYPE + *callee as u32);
            }
            Node::Block(ty, nodes) => {
                self.output.block(block_type(*ty));
                self.list(nodes);
                self.output.end();
            }
            Node::Loop(ty, nodes) => {
                self.output.loop_(block_type(*ty));
                self.use_fuel();
                self.list(nodes);
                self.output.end();
            }
            Node::If(ty, condition, then, otherwise) => {
                self.node(condition);
                self.output.if_(block_type(*ty));
                self.list(then);
                self.output.else_();
                self.list(otherwise);
                self.output.end();
            }
            Node::Try(ty, nodes, handler) => {
                self.output.try_(block_type(*ty));
                self.list(nodes);
                match handler {
                    Handler::Catch(local, nodes) => {
                        self.output.catch(0).local_set(*local);
                        self.list(nodes);
                        self.output.end();
                    }
                    Handler::CatchAll(nodes) => {
                        self.output.catch_all();
                        self.list(nodes);
                        self.output.end();
                    }
                    Handler::Delegate(depth) => {
                        self.output.delegate(*depth);
                    }
                    Handler::None => {
                        self.output.end();
                    }
                }
            }
            Node::Throw(node) => {
                self.node(node);
                self.output.throw(0);
            }
            Node::Branch(depth, node) => {
                self.list(node.as_deref().map_or(&[], std::slice::from_ref));
                self.output.br(*depth);
            }
            Node::BranchIf(depth, condition) => {
                self.node(condition);
                self.output.br_if(*depth);
            }
            Node::BranchTable(depths, default, index) => {
                self.node(index);
                self.output.br_table(depths.iter().copied(), *default);
            }
            Node::Return(node) => {
                self.list(node.as_deref().map_or(&[], std::slice::from_ref));
                self.output.return_();
            }
        }
    }
}
