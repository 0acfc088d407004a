//! Adapter modules: core modules that carry values from one part's memory into another's.

mod call;
mod code;
mod imports;
mod lists;
mod module;
mod utf8;
mod values;

use anyhow::Result;

pub use imports::{CoreIndex, HOST, HandleOp, Import, Memory, PartId};
pub use module::{build, filler};
#[cfg(test)]
pub use utf8::WASM as UTF8_WASM;

use crate::abi::{FuncType, ResourceId, Signature};
use crate::model::FuncId;

/// How one end of a call sees its memory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct End {
    pub part: PartId,
    pub memory: Option<Memory>,
    pub realloc: Option<Import>,
    /// Of a caller: what is told that a call came to nothing since there is no room for its handles. It then gets zeros.
    pub no_memory: Option<Import>,
}

/// A call from one part to another, or to the host with handles that are ours.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    pub ty: FuncType,
    pub caller: End,
    pub callee: End,
    /// Of the callee: as it is given to `canon lift`, or as it comes from `canon lower` if the callee is the host.
    pub core: CoreIndex,
    pub post_return: Option<CoreIndex>,
    /// Whether the caller's code may run before the call returns, since the callee calls back.
    pub comes_back: bool,
}

/// What a function does that cannot be made yet: a part that it needs does not exist.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Promise {
    /// Calls a function of an import that a part serves.
    Call { func: FuncId, caller: End },
    /// Drops a handle of a resource of such an import.
    Drop { part: PartId, resource: ResourceId },
}

/// What a function of an adapter module is to do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Task {
    Call(Call),
    /// Calls the host for a part, with nothing to convert.
    CallHost {
        part: PartId,
        core: CoreIndex,
        signature: Signature,
    },
    /// A part's realloc or post-return function, which the host calls: meanwhile the part may not call out.
    Enter {
        part: PartId,
        core: CoreIndex,
        signature: Signature,
    },
    ResourceNew {
        part: PartId,
        resource: ResourceId,
    },
    ResourceRep {
        part: PartId,
        resource: ResourceId,
    },
    /// `destructor`: what is called with the representation of an own handle.
    ResourceDrop {
        part: PartId,
        resource: ResourceId,
        destructor: Option<CoreIndex>,
    },
    /// Calls what will be in a slot of the module's table.
    Later {
        promise: Promise,
        signature: Signature,
    },
}

/// A function of an adapter module to be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Job {
    pub task: Task,
    /// What a trap shows. Where nothing traps that was not called from here, none.
    pub name: Option<String>,
    /// A part on either side can throw: no exception may unwind through here.
    pub barrier: bool,
}

/// A resource that is in the handle tables: which number it has there, and who defines it.
pub type Definers<'a> = &'a dyn Fn(ResourceId) -> Result<PartId>;

/// The key of an own handle of `resource` that `part` holds.
fn key(part: PartId, resource: ResourceId) -> u32 {
    part << 16 | (resource as u32) << 1
}

/// Parts and resources must fit a [`key`].
pub const MAX_PARTS: u32 = u16::MAX as u32;
pub const MAX_RESOURCES: usize = (u16::MAX >> 1) as usize;
