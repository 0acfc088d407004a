//! Which locals a later collecting call must find in their slots.
//!
//! Two analyses that go backwards over the operators of a function. The first is the usual one: a
//! local is *live* where its value may still be read. The second is about slots: the value of a
//! local is *needed* where some collecting call may follow, without an assignment in between, at
//! which the local is live (or lies on the operand stack) and may be a pointer. An assignment after
//! which its local is needed has to be stored; others have not.

use std::collections::BTreeMap;

use wasmparser::Operator;

use super::values::{Operand, Values};
use crate::wasm::flat::Body;

/// A set of locals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locals(Vec<u64>);

impl Locals {
    pub fn new(count: usize) -> Self {
        Locals(vec![0; count.div_ceil(64)])
    }

    pub fn contains(&self, local: u32) -> bool {
        self.0[local as usize / 64] >> (local % 64) & 1 != 0
    }

    /// Adds `local`; says whether it is new.
    pub fn insert(&mut self, local: u32) -> bool {
        let new = !self.contains(local);
        self.0[local as usize / 64] |= 1 << (local % 64);
        new
    }

    fn remove(&mut self, local: u32) {
        self.0[local as usize / 64] &= !(1 << (local % 64));
    }

    fn add(&mut self, other: &Locals) {
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }

    fn retain(&mut self, other: &Locals) {
        for (word, mask) in self.0.iter_mut().zip(&other.0) {
            *word &= mask;
        }
    }
}

/// The assignments whose values a collecting call must find.
#[derive(Debug)]
pub struct Needed {
    /// For each operator that assigns a local, whether the value is needed; false for others.
    pub assignments: Vec<bool>,
    /// The parameters that are needed from the beginning.
    pub parameters: Locals,
}

impl Needed {
    /// Analyses `body`; `collecting` says which of its calls may reach the collector.
    pub fn of(body: &Body, values: &Values, collecting: &impl Fn(&Operator) -> bool) -> Self {
        let mut live_after_call: BTreeMap<usize, Locals> = BTreeMap::new();
        backward(body, |at, live| match &body.ops[at] {
            Operator::LocalSet { local_index } | Operator::LocalTee { local_index } => {
                live.remove(*local_index);
            }
            Operator::LocalGet { local_index } => {
                live.insert(*local_index);
            }
            op if collecting(op) => {
                live_after_call.insert(at, live.clone());
            }
            _ => {}
        });

        let mut assignments = vec![false; body.ops.len()];
        let parameters = backward(body, |at, needed| match &body.ops[at] {
            Operator::LocalSet { local_index } | Operator::LocalTee { local_index } => {
                assignments[at] = values.assigns_pointer[at] && needed.contains(*local_index);
                needed.remove(*local_index);
            }
            _ => {
                if let Some(live) = live_after_call.get(&at) {
                    let mut found = live.clone();
                    found.retain(&values.pointers);
                    needed.add(&found);
                }
                for operand in values.operands.get(&at).into_iter().flatten() {
                    if let Operand::Local(local) = operand {
                        needed.insert(*local);
                    }
                }
            }
        });
        Needed { assignments, parameters }
    }
}

/// Solves a backward analysis: `step` turns the set after operator `at` into the set before it;
/// returns the set before the first. Nothing holds where the function ends.
///
/// Goes over the operators from last to first until the sets at the heads of loops are stable, so
/// `step` may note what it sees: the last time, it sees the solution. It must be monotone.
fn backward(body: &Body, mut step: impl FnMut(usize, &mut Locals)) -> Locals {
    /// A block on the way from its end to its beginning.
    struct Open {
        begin: usize,
        /// The set where a branch to the label goes: for a loop its head, else its end.
        label: Locals,
        /// The set after the block.
        after: Locals,
        /// The set before the `else` part, once that has been passed.
        else_part: Option<Locals>,
    }

    let empty = Locals::new(body.locals.len());
    let begins = begins(body);
    let mut heads: BTreeMap<usize, Locals> = BTreeMap::new();
    loop {
        let mut stable = true;
        let mut set = empty.clone();
        let mut open: Vec<Open> = Vec::new();
        for at in (0..body.ops.len()).rev() {
            let label = |depth: u32| match open.len().checked_sub(1 + depth as usize) {
                Some(block) => &open[block].label,
                None => &empty,
            };
            match &body.ops[at] {
                Operator::End => {
                    if let Some(begin) = begins[at] {
                        let is_loop = matches!(body.ops[begin], Operator::Loop { .. });
                        let label = match heads.get(&begin) {
                            Some(head) => head.clone(),
                            None if is_loop => empty.clone(),
                            None => set.clone(),
                        };
                        open.push(Open { begin, label, after: set.clone(), else_part: None });
                    }
                }
                Operator::Else => {
                    let block = open.last_mut().expect("invariant: an else is in an if");
                    block.else_part = Some(std::mem::replace(&mut set, block.after.clone()));
                }
                Operator::Block { .. } => {
                    open.pop();
                }
                Operator::If { .. } => {
                    let block = open.pop().expect("invariant: blocks are balanced");
                    set.add(&block.else_part.unwrap_or(block.after));
                }
                Operator::Loop { .. } => {
                    let block = open.pop().expect("invariant: blocks are balanced");
                    if block.label != set {
                        stable = false;
                        heads.insert(block.begin, set.clone());
                    }
                }
                Operator::Br { relative_depth } => set = label(*relative_depth).clone(),
                Operator::BrIf { relative_depth } => set.add(label(*relative_depth)),
                Operator::BrTable { targets } => {
                    set = label(targets.default()).clone();
                    for target in targets.targets() {
                        set.add(label(target.expect("invariant: the module is valid")));
                    }
                }
                Operator::Return | Operator::Unreachable => set = empty.clone(),
                _ => step(at, &mut set),
            }
        }
        if stable {
            return set;
        }
    }
}

/// For each `end`, the operator that opened the block; the last one ends the function.
fn begins(body: &Body) -> Vec<Option<usize>> {
    let mut begins = vec![None; body.ops.len()];
    for (begin, op) in body.ops.iter().enumerate() {
        if crate::wasm::flat::body::opens(op) {
            begins[body.block_end(begin)] = Some(begin);
        }
    }
    begins
}
