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

/// Declared leaves, resolved.
#[derive(Clone, Debug, Default)]
pub struct Leaves(BTreeSet<u32>);

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
    /// Resolves `declared`. Fails on names that no function or more than one has.
    pub fn resolve(module: &Module, declared: &[FunctionRef]) -> Result<Self> {
        let mut leaves = BTreeSet::new();
        for function in declared {
            leaves.insert(match function {
                FunctionRef::Name(name) => module.find_function(name)?,
                FunctionRef::Index(index) => {
                    module.function_type(*index)?;
                    *index
                }
            });
        }
        Ok(Leaves(leaves))
    }

    pub fn contains(&self, function: u32) -> bool {
        self.0.contains(&function)
    }

    /// Fails when a leaf reaches one of `targets`, of which `what` says what they do, by direct
    /// calls or through functions that are not leaves.
    pub fn check(
        &self,
        module: &Module,
        graph: &CallGraph,
        targets: impl IntoIterator<Item = u32>,
        what: &str,
    ) -> Result<()> {
        let reach = graph.reach(module, self, targets);
        match self.0.iter().find(|leaf| reach.function(**leaf)) {
            Some(leaf) => {
                Err(NoLeaf { what: what.to_owned(), path: reach.path(module, *leaf) }.into())
            }
            None => Ok(()),
        }
    }
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
    declared: &[FunctionRef],
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
    let depth = module.next_global()?;
    let mut report = Report { leaves: leaves.0.len(), guarded_calls: 0 };
    let mut changes = rewrite::Changes {
        globals: vec![(ValType::I32, "leaf_depth".to_string())],
        ..Default::default()
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
