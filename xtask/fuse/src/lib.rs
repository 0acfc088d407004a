//! Fusion: a component made of components becomes one whose core modules stand side by side, each with its own memory,
//! joined by generated adapter modules. Bytes in, bytes out.
//!
//! This is partial evaluation. Component-level instances are tables of names that exist while the pass runs and not in the
//! result; what a nested component does to core modules is done in the result, in the same order; a `canon lower` of a
//! function that another part lifted becomes a function of an adapter module, which moves values from memory to memory as
//! the canonical ABI demands it: every bound, alignment, discriminant and string is checked.
//!
//! A *part* is a component of the composition. What keeps parts apart:
//!
//! * A part's core modules are what they were, byte for byte, with the memories, tables and globals that they had. Only adapter
//!   modules see two memories.
//! * Handles of resources are in one table whose entries know their holder (`handles.wat`); so are those of the host's
//!   resources that more than one part can name.
//! * A part may not call out while its realloc or post-return function runs: their code shows that it does not, or else a
//!   global of the part says that it may not.
//! * No exception passes through an adapter.
//!
//! **Architecture invariant:** this crate knows bytes: no manifests, caps or steps. The same input gives the same output.

mod abi;
mod adapter;
mod canon;
mod emit;
mod evaluate;
mod inward;
mod jobs;
mod loops;
mod model;
mod names;
mod scope;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use wasm_encoder::ComponentBuilder;

use abi::ResourceId;
use adapter::PartId;

/// Raised when what the pass makes of the same bytes changes, for caches.
pub const VERSION: u32 = 9;

/// Which of its own exports serves an import of a component: names of instances, import to export. Both are gone when it is
/// fused: whoever imports calls whoever exports, whatever lies between them.
pub type Loops = BTreeMap<String, String>;

/// Fuses the component `bytes`. One in which nothing passes from part to part is returned as it is.
///
/// `loops` are what composition cannot express, since a part exists before those that use it: parts that call back.
/// Until all parts are instantiated, a call back traps.
///
/// Fails for a component with something in it that the pass does not know, or that cannot be fused without losing what
/// keeps parts apart; the error says what and where. The component itself is then as good as ever.
pub fn fuse(bytes: &[u8], loops: &Loops) -> Result<Vec<u8>> {
    let mut known = Findings::default();
    // Each run that is not the last finds out something that the next has to know, and there is only so much to find out.
    loop {
        let mut fuser = Fuser { known: known.clone(), loops: loops.clone(), ..Fuser::default() };
        let result = fuser.run(bytes);
        if !known.add(fuser.findings()) {
            result?;
            let fused = match fuser.parts_call {
                true => std::mem::take(&mut fuser.out).finish(),
                false => bytes.to_vec(),
            };
            return Ok(fused);
        }
    }
}

/// What one run finds out that the next has to know from its start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Findings {
    /// Resources of parts that the host gets to see: they stay in the component's own table.
    canonical: BTreeSet<ResourceId>,
    /// Resources of the host that several parts can name.
    shared: BTreeSet<ResourceId>,
    /// For resources of imports that a part serves: which they are.
    served: BTreeMap<ResourceId, loops::Served>,
    /// Parts that could call out while their realloc or post-return function runs, which they may not.
    guarded: BTreeSet<PartId>,
    /// Parts that have a module with exceptions.
    throwing: BTreeSet<PartId>,
}

impl Findings {
    /// Whether there was something new.
    fn add(&mut self, other: Findings) -> bool {
        let before = self.clone();
        self.canonical.extend(other.canonical);
        self.shared.extend(other.shared);
        self.served.extend(other.served);
        self.guarded.extend(other.guarded);
        self.throwing.extend(other.throwing);
        *self != before
    }
}

/// One run over the component.
#[derive(Default)]
struct Fuser<'a> {
    out: ComponentBuilder,
    model: model::Model<'a>,
    emitted: emit::Emitted,
    jobs: jobs::Jobs,
    loops: Loops,
    /// What the imports of loops have.
    looped: BTreeMap<&'a str, BTreeMap<&'a str, model::Entity>>,
    /// Parts that call back, or call parts that do.
    calling_back: BTreeSet<PartId>,
    known: Findings,
    found: Findings,
    /// How many parts there are so far. Those without core modules count, too.
    parts: PartId,
    /// How many core instances of parts there are so far.
    core_instances: usize,
    /// Core functions of the result that modules of parts have.
    of_modules: inward::Functions<'a>,
    /// Whether a part calls another.
    parts_call: bool,
    /// The parts that can name a resource of the host.
    users: BTreeMap<ResourceId, BTreeSet<PartId>>,
}

impl<'a> Fuser<'a> {
    fn run(&mut self, bytes: &'a [u8]) -> Result<()> {
        let same_as = self.known.served.iter().map(|(id, served)| (*id, served.resource));
        self.model.same_as = same_as.collect();
        let exports = self.evaluate(bytes, &None)?;
        self.close_loops(&exports)?;
        let serves = |name: &str| self.loops.values().any(|export| export == name);
        let (_, exports): (Vec<_>, Vec<_>) =
            exports.into_iter().partition(|(name, _)| serves(name));
        for (name, entity) in exports {
            let exported = self.emit(entity).with_context(|| format!("the export {name}"))?;
            self.out.export(name, exported.0, exported.1, None);
        }
        Ok(())
    }

    fn findings(&self) -> Findings {
        let mut found = self.found.clone();
        let shared = self.users.iter().filter(|(_, users)| users.len() > 1);
        found.shared.extend(shared.map(|(resource, _)| *resource));
        found
    }
}

#[cfg(test)]
mod tests;
