//! Leaf functions: libraries that call neither back into the interpreter nor throw.
//!
//! Calls by type are too coarse for libraries: SQLite calls its file system through a table, with
//! types that hundreds of MicroPython's functions share, so every function of SQLite would seem to
//! reach the collector, be it only to read a page. Whoever knows better declares functions as
//! *leaves*: their indirect calls are taken to reach neither the collector nor a throw.
//!
//! A wrong declaration would corrupt memory, so it is not believed:
//!
//! * that a leaf reaches the collector or a throw by direct calls, or through functions that are no
//!   leaves, is an error, with the path;
//! * what an indirect call of a leaf reaches is checked as it runs. [`guard`] counts the indirect
//!   calls of leaves that are being executed and puts a test in front of the collector and of every
//!   throw that traps (`unreachable`) when the count is not zero. Only calls are counted whose type
//!   could do harm at all.
//!
//! What a library calls has to be declared with it, or be harmless by itself: SQLite's `open` ends in
//! libc's `printf` when an assertion fails, which writes through a table of functions.
//!
//! Since a throw below a counted call traps, a counted call always returns, and the count is right.
//!
//! # The gate
//!
//! What a library calls back may be a program of the interpreter's, which collects and throws. That goes through one function,
//! the [`Gate`], of which no leaf and nobody else sees more than that it returns:
//!
//! * it catches whatever is thrown below it; should an exception leave it all the same, that is a trap
//!   ([`lower_eh`](super::super::lower_eh));
//! * it takes the count away for as long as it runs, and puts it back;
//! * the frames of leaves hide what they hold from the collector, so they hold no pointer of its; the frames of those who
//!   called the leaves do, and are spilled: whoever calls a leaf that is declared as [asking](Declared::asking) calls the collector.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use wasm_encoder::{BlockType, Function, Instruction, ValType};
use wasmparser::Operator;

use super::calls::CallGraph;
use super::features::Dialect;
use super::{Module, rewrite};

/// A function, as a caller of a pass names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunctionRef<'a> {
    /// By its name in the name section, which must be unique.
    Name(&'a str),
    /// By its index; imported functions count.
    Index(u32),
}

/// What the builder of a module knows of it and no pass can see.
#[derive(Clone, Copy, Debug, Default)]
pub struct Declared<'a> {
    pub leaves: &'a [FunctionRef<'a>],
    pub gate: Option<Gate<'a>>,
    /// Leaves from which the gate may be reached, also by indirect calls of leaves, and which others than leaves call.
    pub asking: &'a [FunctionRef<'a>],
}

/// The function through which leaves call what is no leaf.
#[derive(Clone, Copy, Debug)]
pub struct Gate<'a> {
    pub function: &'a str,
    /// The global in which the indirect calls of leaves are counted: an `i32` that the function takes and puts back.
    pub depth: &'a str,
}

/// What was declared, resolved.
#[derive(Clone, Debug, Default)]
pub struct Leaves {
    functions: BTreeSet<u32>,
    /// The function and the global of the gate.
    gate: Option<(u32, u32)>,
    asking: BTreeSet<u32>,
}

/// A function that was declared a leaf and is none.
#[derive(Debug, thiserror::Error)]
#[error("a declared leaf {what}: {path}")]
pub struct NoLeaf {
    /// What it does.
    pub what: String,
    /// The way from it to where it does: see [`Reach::path`](super::calls::Reach::path).
    pub path: String,
}

/// What [`guard`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub leaves: usize,
    pub guarded_calls: usize,
}

impl Leaves {
    /// Resolves `declared`. Fails on names that no function or more than one has, and on a gate whose global cannot count.
    pub fn resolve(module: &Module, declared: Declared) -> Result<Self> {
        let gate = declared.gate.map(|gate| -> Result<_> {
            let function = module.find_function(gate.function)?;
            let (depth, ty) = module.find_global(gate.depth)?;
            ensure!(
                ty.mutable && ty.content_type == wasmparser::ValType::I32,
                "{} is not a mutable i32",
                gate.depth
            );
            Ok((function, depth))
        });
        Ok(Leaves {
            functions: indices(module, declared.leaves)?,
            gate: gate.transpose()?,
            asking: indices(module, declared.asking)?,
        })
    }

    pub fn contains(&self, function: u32) -> bool {
        self.functions.contains(&function)
    }

    /// The function that is the gate.
    pub fn gate(&self) -> Option<u32> {
        self.gate.map(|(function, _)| function)
    }

    /// The leaves that may call back.
    pub fn asking(&self) -> impl Iterator<Item = u32> {
        self.asking.iter().copied()
    }

    /// Fails when a leaf reaches one of `targets`, of which `what` says what they do, by direct
    /// calls or through functions that are not leaves, and not through the gate.
    pub fn check(
        &self,
        module: &Module,
        graph: &CallGraph,
        targets: impl IntoIterator<Item = u32>,
        what: &str,
    ) -> Result<()> {
        let reach = graph.reach_without(module, self, targets, self.gate());
        match self.functions.iter().find(|leaf| reach.function(**leaf)) {
            Some(leaf) => {
                Err(NoLeaf { what: what.to_owned(), path: reach.path(module, *leaf) }.into())
            }
            None => Ok(()),
        }
    }
}

fn indices(module: &Module, functions: &[FunctionRef]) -> Result<BTreeSet<u32>> {
    let index = |function: &FunctionRef| match function {
        FunctionRef::Name(name) => module.find_function(name),
        FunctionRef::Index(index) => module.function_type(*index).map(|_| *index),
    };
    functions.iter().map(index).collect()
}

/// The functions with a `throw`.
pub fn throwers(module: &Module) -> Vec<u32> {
    let throws = |op: &Operator| matches!(op, Operator::Throw { .. } | Operator::Rethrow { .. });
    let bodies = module.bodies.iter().filter(|body| body.ops.iter().any(throws));
    bodies.map(|body| body.function).collect()
}

/// Makes the leaves' indirect calls safe as the head of this file says, and fails when a leaf is
/// none. `collector` is the function that collects garbage, if there is one.
///
/// Runs before the other passes. Costs two global updates per guarded call.
pub fn guard(
    wasm: &[u8],
    declared: Declared,
    collector: Option<&str>,
) -> Result<(Vec<u8>, Report)> {
    let module = Module::read(wasm, Dialect::Exceptions)?;
    let leaves = Leaves::resolve(&module, declared)?;
    let collector = collector.map(|name| module.find_function(name)).transpose()?;
    ensure!(
        collector.is_none_or(|index| module.body(index).is_some()),
        "the collector is imported, so nothing can be put in front of it"
    );
    let graph = CallGraph::of(&module);
    let throwers = throwers(&module);
    leaves.check(&module, &graph, throwers.iter().copied(), "throws")?;
    leaves.check(&module, &graph, collector, "reaches the collector")?;

    // By type, as if nothing were declared.
    let undeclared = Leaves::default();
    let harmful = graph.reach(&module, &undeclared, throwers.iter().copied().chain(collector));
    let mut report = Report { leaves: leaves.functions.len(), guarded_calls: 0 };
    let mut changes = rewrite::Changes::default();
    let depth = match leaves.gate {
        Some((_, depth)) => depth,
        None => {
            changes.globals.push((ValType::I32, "leaf_depth".to_string()));
            module.next_global()?
        }
    };
    for body in &module.bodies {
        let mut function = rewrite::function_like(body, &[])?;
        if Some(body.function) == collector {
            trap_in_leaf(&mut function, depth);
        }
        for op in &body.ops {
            match op {
                Operator::Throw { .. } => trap_in_leaf(&mut function, depth),
                Operator::CallIndirect { type_index, .. }
                    if leaves.contains(body.function) && harmful.indirect_by_type(*type_index) =>
                {
                    report.guarded_calls += 1;
                    count(&mut function, depth, 1);
                    rewrite::copy(&mut function, op)?;
                    count(&mut function, depth, -1);
                    continue;
                }
                _ => {}
            }
            rewrite::copy(&mut function, op)?;
        }
        changes.bodies.push(function);
    }
    Ok((changes.write(&module)?, report))
}

/// Operands that are already on the stack stay below.
fn count(function: &mut Function, depth: u32, by: i32) {
    function
        .instruction(&Instruction::GlobalGet(depth))
        .instruction(&Instruction::I32Const(by))
        .instruction(&Instruction::I32Add)
        .instruction(&Instruction::GlobalSet(depth));
}

fn trap_in_leaf(function: &mut Function, depth: u32) {
    function
        .instruction(&Instruction::GlobalGet(depth))
        .instruction(&Instruction::If(BlockType::Empty))
        .instruction(&Instruction::Unreachable)
        .instruction(&Instruction::End);
}
