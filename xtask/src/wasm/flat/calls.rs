//! Who may call whom, and from where a function can be reached.
//!
//! A direct call is an edge. An indirect call may reach every function that an element segment
//! mentions and that has its type. Nothing else gets into the table: the dialects' `table.init` and
//! `table.copy` move what element segments mention, and a module that imports a table, or exports
//! one where it matters, is refused. Imported functions call nothing: WASI never calls back. (The host
//! of a component does call one function while an import runs, `cabi_realloc`; who prepares the core
//! of a component declares that a leaf.)

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use wasmparser::Operator;

use super::Module;
use super::leaves::Leaves;

/// The callers of every function.
#[derive(Debug)]
pub struct CallGraph {
    /// For each function, who calls it directly.
    callers: Vec<BTreeSet<u32>>,
    /// For each type that is called indirectly, who does it.
    indirect_callers: BTreeMap<u32, BTreeSet<u32>>,
    /// For each type, the first type that equals it.
    canonical: Vec<u32>,
}

/// The functions from which one of some given functions can be reached.
#[derive(Debug)]
pub struct Reach<'m> {
    leaves: &'m Leaves,
    canonical: Vec<u32>,
    /// For each function that reaches, the callee through which it does, and whether it calls that
    /// indirectly; a target has itself.
    next: Vec<Option<(u32, bool)>>,
    /// The types whose indirect calls may reach.
    types: BTreeSet<u32>,
    /// A function that may, and whose callers do not.
    gate: Option<u32>,
}

impl CallGraph {
    pub fn of(module: &Module) -> Self {
        let canonical: Vec<u32> = module
            .types
            .iter()
            .map(|ty| (0u32..).zip(&module.types).find(|(_, other)| *other == ty))
            .map(|found| found.expect("invariant: a type equals itself").0)
            .collect();
        let mut callers = vec![BTreeSet::new(); module.functions.len()];
        let mut indirect_callers: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        for body in &module.bodies {
            for op in &body.ops {
                match op {
                    Operator::Call { function_index } => {
                        callers[*function_index as usize].insert(body.function);
                    }
                    Operator::CallIndirect { type_index, .. } => {
                        let ty = canonical[*type_index as usize];
                        indirect_callers.entry(ty).or_default().insert(body.function);
                    }
                    _ => {}
                }
            }
        }
        CallGraph { callers, indirect_callers, canonical }
    }

    /// All functions from which one of `targets` can be reached. The indirect calls of `leaves`
    /// reach none of them, as declared; their direct calls are followed like all others, so a leaf
    /// that shows up in the answer was declared wrongly.
    pub fn reach<'m>(
        &self,
        module: &Module,
        leaves: &'m Leaves,
        targets: impl IntoIterator<Item = u32>,
    ) -> Reach<'m> {
        self.reach_without(module, leaves, targets, None)
    }

    /// The same, but not through `gate`: it reaches, and who calls it does not.
    pub fn reach_without<'m>(
        &self,
        module: &Module,
        leaves: &'m Leaves,
        targets: impl IntoIterator<Item = u32>,
        gate: Option<u32>,
    ) -> Reach<'m> {
        let mut reach = Reach {
            leaves,
            canonical: self.canonical.clone(),
            next: vec![None; module.functions.len()],
            types: BTreeSet::new(),
            gate,
        };
        let mut queue: VecDeque<u32> = targets.into_iter().collect();
        for target in &queue {
            reach.next[*target as usize] = Some((*target, false));
        }
        while let Some(callee) = queue.pop_front() {
            if Some(callee) == gate {
                continue;
            }
            let direct = &self.callers[callee as usize];
            let mut callers = direct.clone();
            let ty = self.canonical[module.functions[callee as usize] as usize];
            if module.in_table.contains(&callee) && reach.types.insert(ty) {
                let indirect = self.indirect_callers.get(&ty).into_iter().flatten();
                callers.extend(indirect.filter(|caller| !leaves.contains(**caller)));
            }
            for caller in callers {
                if reach.next[caller as usize].is_none() {
                    reach.next[caller as usize] = Some((callee, !direct.contains(&caller)));
                    queue.push_back(caller);
                }
            }
        }
        reach
    }
}

impl Reach<'_> {
    /// Whether `function` may reach a target; a target does.
    pub fn function(&self, function: u32) -> bool {
        self.next[function as usize].is_some()
    }

    /// Whether `op` in `function` is a call that may reach a target.
    pub fn call(&self, function: u32, op: &Operator) -> bool {
        match op {
            Operator::Call { function_index } => {
                Some(*function_index) != self.gate && self.function(*function_index)
            }
            Operator::CallIndirect { type_index, .. } => {
                !self.leaves.contains(function) && self.indirect_by_type(*type_index)
            }
            _ => false,
        }
    }

    /// Whether an indirect call of type `ty` may reach a target, declarations aside.
    pub fn indirect_by_type(&self, ty: u32) -> bool {
        self.types.contains(&self.canonical[ty as usize])
    }

    /// How many functions may reach a target.
    pub fn count(&self) -> usize {
        self.next.iter().flatten().count()
    }

    /// A way from `function` to a target: `a -> b -> gc_collect`. An arrow `=>` is an indirect call.
    pub fn path(&self, module: &Module, function: u32) -> String {
        let mut path = module.names.function(function);
        let mut at = function;
        while let Some((next, indirect)) = self.next[at as usize].filter(|(next, _)| *next != at) {
            path += if indirect { " => " } else { " -> " };
            path += &module.names.function(next);
            at = next;
        }
        path
    }
}
