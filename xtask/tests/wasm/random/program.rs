//! A small language with exceptions and garbage-collected objects, and programs made up in it.
//!
//! It has what the passes care about, in the shape of WebAssembly: blocks with results, loops,
//! branches out of several blocks, `try` with all kinds of handlers, direct and indirect calls,
//! recursion; and pointers in locals, on the operand stack, in objects and two in one `i64`.
//! Every program ends: each call and each round of a loop uses fuel, and a function returns zero
//! when there is none left.

/// The types: a number, a pointer to an object or null (both `i32`), two pointers in an `i64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    Number,
    Pointer,
    Pair,
}

#[derive(Clone, Debug)]
pub struct Function {
    pub parameters: Vec<Type>,
    pub result: Option<Type>,
    /// Parameters first.
    pub locals: Vec<Type>,
    pub body: Vec<Node>,
}

/// A program; it begins with function 0, which takes nothing and returns a number.
#[derive(Clone, Debug)]
pub struct Program {
    pub functions: Vec<Function>,
    pub fuel: i32,
}

#[derive(Clone, Copy, Debug)]
pub enum Operation {
    Add,
    Sub,
    Mul,
    Xor,
    Less,
}

/// Operations that change no pointer to an object: add, subtract, `or` 0; clear the lowest bits.
#[derive(Clone, Copy, Debug)]
pub enum Identity {
    Add,
    Sub,
    Or,
    Align,
}

/// What handles the exceptions of a `try`.
#[derive(Clone, Debug)]
pub enum Handler {
    /// Assigns the payload to a local.
    Catch(u32, Vec<Node>),
    CatchAll(Vec<Node>),
    Delegate(u32),
    None,
}

/// An expression, or a statement if it has no value. In a list of nodes only the last may have one.
/// Depths count the blocks, loops, ifs and tries around, as in WebAssembly.
#[derive(Clone, Debug)]
pub enum Node {
    Number(i32),
    /// The pointer, or the pair of pointers, to nothing.
    Null(Type),
    Get(u32),
    Set(u32, Box<Node>),
    Tee(u32, Box<Node>),
    Drop(Box<Node>),
    Calculate(Operation, Box<Node>, Box<Node>),
    Select(Box<Node>, Box<Node>, Box<Node>),
    /// Allocates an object, which collects garbage before.
    Allocate,
    /// Field 0 or 1 of an object.
    Load(u32, Box<Node>),
    LoadPair(Box<Node>),
    /// The same pointer, computed by an operation that does not change it.
    Same(Identity, Box<Node>),
    Store(u32, Box<Node>, Box<Node>),
    Pack(Box<Node>, Box<Node>),
    Low(Box<Node>),
    High(Box<Node>),
    /// Low and high part of a pair exchanged.
    Swap(Box<Node>),
    /// Tells the host that the object is in use.
    Use(Box<Node>),
    Log(Box<Node>),
    Call(usize, Vec<Node>),
    /// A call of the same function through the table.
    CallIndirect(usize, Vec<Node>),
    Block(Option<Type>, Vec<Node>),
    Loop(Option<Type>, Vec<Node>),
    If(Option<Type>, Box<Node>, Vec<Node>, Vec<Node>),
    Try(Option<Type>, Vec<Node>, Handler),
    Throw(Box<Node>),
    Branch(u32, Option<Box<Node>>),
    BranchIf(u32, Box<Node>),
    BranchTable(Vec<u32>, u32, Box<Node>),
    Return(Option<Box<Node>>),
}
