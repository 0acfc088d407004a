//! What an adapter module gets from outside: functions of parts and of the host, the handle tables, memories, and the flags
//! of parts that earlier adapter modules have.

use wasm_encoder::ValType;

use crate::abi::Signature;

/// A component of the composition, in the order in which they are evaluated. [`HOST`] is nobody's.
pub type PartId = u32;

/// Who defines the resources of imports.
pub const HOST: PartId = 0;

/// An index in a core index space of the result.
pub type CoreIndex = u32;

/// A function that an adapter calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Import {
    Core(CoreIndex),
    Handles(HandleOp),
    /// Empties the buffer between parts and the host.
    ResetBuffer,
    /// The buffer's realloc.
    GrowBuffer,
}

/// A memory that an adapter reads or writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Memory {
    Core(CoreIndex),
    /// Between parts and the host.
    Buffer,
}

/// A function of the handles module; `handles.wat` says what each does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HandleOp {
    Room,
    New,
    Rep,
    Peek,
    Move,
    Take,
    Lend,
    LendRep,
    Mark,
    Unlend,
    Borrows,
    Drop,
}

impl HandleOp {
    /// Under which the handles module exports it.
    pub fn name(self) -> &'static str {
        match self {
            HandleOp::Room => "room",
            HandleOp::New => "new",
            HandleOp::Rep => "rep",
            HandleOp::Peek => "peek",
            HandleOp::Move => "move",
            HandleOp::Take => "take",
            HandleOp::Lend => "lend",
            HandleOp::LendRep => "lend-rep",
            HandleOp::Mark => "mark",
            HandleOp::Unlend => "unlend",
            HandleOp::Borrows => "borrows",
            HandleOp::Drop => "drop",
        }
    }

    pub fn signature(self) -> Signature {
        let (params, results): (usize, &[ValType]) = match self {
            HandleOp::New | HandleOp::Rep | HandleOp::Peek | HandleOp::Take | HandleOp::LendRep => {
                (2, &[ValType::I32])
            }
            HandleOp::Move | HandleOp::Lend => (3, &[ValType::I32]),
            HandleOp::Room | HandleOp::Mark | HandleOp::Borrows => (0, &[ValType::I32]),
            HandleOp::Unlend => (1, &[]),
            HandleOp::Drop => (2, &[ValType::I64]),
        };
        (vec![ValType::I32; params], results.to_vec())
    }
}
