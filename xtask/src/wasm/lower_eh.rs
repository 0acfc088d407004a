//! Lowers exceptions to plain control flow, so that engines without them can run the module.
//!
//! Input is what LLVM makes of C's `setjmp` and `longjmp` (`-mllvm -wasm-enable-sjlj
//! -mllvm -wasm-use-legacy-eh=true`): legacy exceptions, one tag. No encoding of exceptions runs on
//! all engines, and the ones of WAMR that know any are its slow ones.
//!
//! # What it does
//!
//! An exception is a mutable global, *pending*, 0 or 1, and one global for each value that the tag
//! carries. A function that may throw returns as usual and leaves `pending` set; what it returns
//! then (zeros) is discarded.
//!
//! | before | after |
//! |---|---|
//! | a call that may throw | the call; `global.get $pending` `br_if` *target* |
//! | `throw` | set the payload, set pending; `br` *target* |
//! | `try` .. `catch` H `end` | `block` `block` .. `br 1` `end` clear pending, push the payload; H `end` |
//! | `catch_all` | the same without pushing |
//! | `try` .. `delegate` | `block` .. `end`; *target* inside is that of the block delegated to |
//! | `try` .. `end` without a handler | `block` .. `end` |
//! | body of a function that may throw | `block` body `return` `end` zeros |
//! | body of the [gate](super::flat::leaves::Gate), if it may | `block` body `return` `end` trap |
//! | exported function that may throw | a wrapper: call it; if pending, clear that and trap |
//!
//! *target* is the end of the inner block of the innermost `try` with a handler around, or else of
//! the block around the function's body. A handler is outside of its own `try`.
//!
//! # Why it is sound
//!
//! * Every function that can throw is found: it has a `throw`, or calls one that can, directly or
//!   by type through the table ([`calls`](super::flat::calls)).
//! * `pending` is set only between a `throw` and the handler, and nothing but jumps and returns is
//!   executed in between, so calls always begin with `pending` clear.
//! * `br_if` to a label without results drops whatever the operand stack holds, as unwinding does.
//! * The C stack pointer after unwinding is restored by code that LLVM puts into each handler; it
//!   does not rely on the engine for that, so nothing changes.
//! * An exception that nobody catches traps at the export through which the host came in, and is
//!   gone: the host gets an error and may call again, as in an engine with exceptions.
//!
//! # What it assumes
//!
//! Imported functions throw nothing and call nothing back while an exception is pending; leaves (see
//! [`leaves`](super::flat::leaves)) were guarded. A module that could exchange exceptions or
//! functions with another one (an imported or exported tag, an exported table with functions that
//! may throw) is refused. So are `rethrow`, a second tag, and a `try` with two handlers; clang emits
//! none of them for C. Blocks with parameters or several results are not of the dialect.
//!
//! # What it costs
//!
//! Two instructions after each call that may throw, a load and a branch not taken: on MicroPython some
//! 4 % of code, less than the shortest encoding of indices saves. `setjmp` costs nothing but the
//! block; raising is a chain of returns.

use anyhow::{Result, bail, ensure};
use wasm_encoder::{BlockType, Function, Instruction, ValType};
use wasmparser::{ExternalKind, Operator};

use super::flat::calls::{CallGraph, Reach};
use super::flat::features::Dialect;
use super::flat::leaves::{self, Declared, Leaves};
use super::flat::{Body, Module, body, rewrite};

/// What [`run`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub functions: usize,
    /// How many of them may throw.
    pub throwing: usize,
    /// How many calls are followed by a test.
    pub tested_calls: usize,
}

/// Lowers the exceptions of `wasm`. Leaves are `declared`, and must have been
/// [guarded](leaves::guard).
///
/// The result is of the [plain dialect](Dialect::Plain); indices of functions and globals are kept.
/// Fails on what the head of this file lists; the error names function and offset.
pub fn run(wasm: &[u8], declared: Declared) -> Result<(Vec<u8>, Report)> {
    let module = Module::read(wasm, Dialect::Exceptions)?;
    let leaves = Leaves::resolve(&module, declared)?;
    let graph = CallGraph::of(&module);
    let throwers = leaves::throwers(&module);
    leaves.check(&module, &graph, throwers.iter().copied(), "throws")?;
    let throws = graph.reach_without(&module, &leaves, throwers, leaves.gate());
    refuse_exchange(&module, &throws)?;

    let exception = Exception::of(&module)?;
    let mut report =
        Report { functions: module.functions.len(), throwing: throws.count(), tested_calls: 0 };
    let mut changes =
        rewrite::Changes { globals: exception.globals()?, drop_tags: true, ..Default::default() };
    for body in &module.bodies {
        let is_gate = leaves.gate() == Some(body.function);
        let lowering = Lowering::new(&module, body, &exception, &throws, is_gate)?;
        let (function, tested_calls) = lowering.run()?;
        changes.bodies.push(function);
        report.tested_calls += tested_calls;
    }
    add_entries(&module, &exception, &throws, &mut changes)?;

    let lowered = changes.write(&module)?;
    Dialect::Plain.check(&lowered, &module.names)?;
    Ok((lowered, report))
}

/// Fails if exceptions could come from or go to another module.
fn refuse_exchange(module: &Module, throws: &Reach) -> Result<()> {
    ensure!(module.tags.len() <= 1, "{} tags, where C has one", module.tags.len());
    for (kind, _) in &module.exports {
        match kind {
            ExternalKind::Tag => bail!("the tag is exported"),
            ExternalKind::Table => {
                if let Some(function) =
                    module.in_table.iter().find(|index| throws.function(**index))
                {
                    bail!(
                        "the table is exported, and {} in it may throw",
                        module.names.function(*function)
                    );
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// The globals that are an exception.
struct Exception {
    pending: u32,
    /// One global for each value of the tag, in order.
    payload: Vec<(u32, wasmparser::ValType)>,
}

impl Exception {
    fn of(module: &Module) -> Result<Self> {
        let pending = module.next_global()?;
        let values = match module.tags.first() {
            Some(ty) => module.types[*ty as usize].params(),
            None => &[],
        };
        Ok(Exception { pending, payload: (pending + 1..).zip(values.iter().copied()).collect() })
    }

    fn globals(&self) -> Result<Vec<(ValType, String)>> {
        let mut globals = vec![(ValType::I32, "eh_pending".to_string())];
        for (at, (_, ty)) in self.payload.iter().enumerate() {
            globals.push((rewrite::value_type(*ty)?, format!("eh_payload_{at}")));
        }
        Ok(globals)
    }
}

/// Puts a wrapper that traps before every way from the host into a function that may throw.
fn add_entries(
    module: &Module,
    exception: &Exception,
    throws: &Reach,
    changes: &mut rewrite::Changes,
) -> Result<()> {
    let exported = module.exports.iter().filter(|(kind, _)| *kind == ExternalKind::Func);
    let entries = exported.map(|(_, index)| *index).chain(module.start);
    for entry in entries.filter(|index| throws.function(*index)) {
        if changes.redirect.contains_key(&entry) {
            continue;
        }
        let mut function = Function::new([]);
        for parameter in 0..module.function_type(entry)?.params().len() {
            function.instruction(&Instruction::LocalGet(u32::try_from(parameter)?));
        }
        function
            .instruction(&Instruction::Call(entry))
            .instruction(&Instruction::GlobalGet(exception.pending))
            .instruction(&Instruction::If(BlockType::Empty))
            .instruction(&Instruction::I32Const(0))
            .instruction(&Instruction::GlobalSet(exception.pending))
            .instruction(&Instruction::Unreachable)
            .instruction(&Instruction::End)
            .instruction(&Instruction::End);
        let name = match module.names.functions.get(&entry) {
            Some(name) => format!("{name}.entry"),
            None => format!("{entry}.entry"),
        };
        let index = u32::try_from(module.functions.len() + changes.functions.len())?;
        changes.functions.push((module.functions[entry as usize], name, function));
        changes.redirect.insert(entry, index);
    }
    Ok(())
}

/// What became of a block of the input. The first of two labels is the outer one, which is where a
/// branch to the block goes; the inner one is where exceptions go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    /// Two labels: the function, the block around its body.
    Function,
    /// One label.
    Plain,
    /// The body of a `try` with a handler. Two labels: the block, the handler's beginning.
    Try,
    /// The body of a `try` with `delegate` to that depth, counted from outside the `try`. One label.
    Delegate(u32),
}

impl Block {
    fn labels(self) -> u32 {
        match self {
            Block::Function | Block::Try => 2,
            Block::Plain | Block::Delegate(_) => 1,
        }
    }
}

/// The lowering of one function.
struct Lowering<'p, 'a> {
    module: &'p Module<'a>,
    body: &'p Body<'a>,
    exception: &'p Exception,
    throws: &'p Reach<'p>,
    /// Whether nobody expects that it throws.
    is_gate: bool,
    output: Function,
    /// The blocks around the operator at hand, innermost last.
    open: Vec<Block>,
    tested_calls: usize,
}

impl<'p, 'a> Lowering<'p, 'a> {
    fn new(
        module: &'p Module<'a>,
        body: &'p Body<'a>,
        exception: &'p Exception,
        throws: &'p Reach<'p>,
        is_gate: bool,
    ) -> Result<Self> {
        let output = rewrite::function_like(body, &[])?;
        let open = Vec::new();
        Ok(Lowering { module, body, exception, throws, is_gate, output, open, tested_calls: 0 })
    }

    /// The lowered function, and how many of its calls are tested.
    fn run(mut self) -> Result<(Function, usize)> {
        let may_throw = self.throws.function(self.body.function);
        if may_throw {
            self.emit(Instruction::Block(BlockType::Empty));
        }
        self.open.push(if may_throw { Block::Function } else { Block::Plain });
        for at in 0..self.body.ops.len() {
            self.lower(at)?;
        }
        Ok((self.output, self.tested_calls))
    }

    fn lower(&mut self, at: usize) -> Result<()> {
        let op = &self.body.ops[at];
        match op {
            Operator::Try { blockty } => {
                let kind = self.kind_of_try(at)?;
                // A block of the same type; its operator differs only in the opcode.
                rewrite::copy(&mut self.output, &Operator::Block { blockty: *blockty })?;
                if kind == Block::Try {
                    self.emit(Instruction::Block(BlockType::Empty));
                }
                self.open.push(kind);
            }
            Operator::Catch { .. } | Operator::CatchAll => {
                self.emit(Instruction::Br(1));
                self.emit(Instruction::End);
                self.emit(Instruction::I32Const(0));
                self.emit(Instruction::GlobalSet(self.exception.pending));
                if matches!(op, Operator::Catch { .. }) {
                    for (global, _) in &self.exception.payload {
                        self.output.instruction(&Instruction::GlobalGet(*global));
                    }
                }
                self.open.pop();
                self.open.push(Block::Plain);
            }
            Operator::Delegate { .. } => {
                self.open.pop();
                self.emit(Instruction::End);
            }
            Operator::End => {
                if self.open.pop() == Some(Block::Function) {
                    self.emit(Instruction::Return);
                    self.emit(Instruction::End);
                    if self.is_gate {
                        self.emit(Instruction::Unreachable);
                    }
                    for ty in self.body.results.iter().filter(|_| !self.is_gate) {
                        self.output.instruction(&rewrite::zero(*ty)?);
                    }
                }
                self.emit(Instruction::End);
            }
            Operator::Br { relative_depth } => {
                self.emit(Instruction::Br(self.label(*relative_depth)));
            }
            Operator::BrIf { relative_depth } => {
                self.emit(Instruction::BrIf(self.label(*relative_depth)));
            }
            Operator::BrTable { targets } => {
                let mut labels = Vec::new();
                for target in targets.targets() {
                    let target = target.map_err(super::inspect::parse_error)?;
                    labels.push(self.label(target));
                }
                self.emit(Instruction::BrTable(labels.into(), self.label(targets.default())));
            }
            Operator::Throw { .. } => {
                for (global, _) in self.exception.payload.iter().rev() {
                    self.output.instruction(&Instruction::GlobalSet(*global));
                }
                self.emit(Instruction::I32Const(1));
                self.emit(Instruction::GlobalSet(self.exception.pending));
                self.emit(Instruction::Br(self.target()));
            }
            Operator::Rethrow { .. } => {
                return Err(self.module.refuse(self.body, at, "rethrow, which C does not need"));
            }
            _ => {
                rewrite::copy(&mut self.output, op)?;
                if body::opens(op) {
                    self.open.push(Block::Plain);
                }
                if self.throws.call(self.body.function, op) {
                    self.tested_calls += 1;
                    self.emit(Instruction::GlobalGet(self.exception.pending));
                    self.emit(Instruction::BrIf(self.target()));
                }
            }
        }
        Ok(())
    }

    fn emit(&mut self, instruction: Instruction) {
        self.output.instruction(&instruction);
    }

    /// What the `try` at `at` becomes; only its handler tells.
    fn kind_of_try(&self, at: usize) -> Result<Block> {
        let handler = self.body.part_end[at];
        match &self.body.ops[handler] {
            Operator::Delegate { relative_depth } => Ok(Block::Delegate(*relative_depth)),
            Operator::End => Ok(Block::Plain),
            _ => {
                let next = self.body.part_end[handler];
                if !matches!(self.body.ops[next], Operator::End) {
                    return Err(self.module.refuse(self.body, next, "a second handler of a try"));
                }
                Ok(Block::Try)
            }
        }
    }

    /// The depth in the output of the label that has depth `depth` in the input.
    fn label(&self, depth: u32) -> u32 {
        let at = self.open.len() - 1 - depth as usize;
        self.labels_inside(at) + self.open[at].labels() - 1
    }

    /// The depth in the output of the label where an exception goes that is thrown here.
    fn target(&self) -> u32 {
        let mut at = self.open.len() - 1;
        loop {
            match self.open[at] {
                Block::Function | Block::Try => return self.labels_inside(at),
                Block::Plain => at -= 1,
                Block::Delegate(depth) => at -= 1 + depth as usize,
            }
        }
    }

    /// How many labels the blocks inside of block `at` have.
    fn labels_inside(&self, at: usize) -> u32 {
        self.open[at + 1..].iter().map(|block| block.labels()).sum()
    }
}
