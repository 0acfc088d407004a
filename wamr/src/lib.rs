//! WAMR's fast interpreter, compiled from its own sources (of 2020-12, see `build.rs`), for running WASI programs of
//! preview 1: what a device with WAMR runs is tested with WAMR.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let program = pylon_wamr::Program::new()
//!     .arg("micropython")?
//!     .arg("script.py")?
//!     .dir(".", ".")?
//!     .stack_size(1 << 20);
//! let mut runtime = pylon_wamr::Runtime::start()?;
//! let mut module = runtime.load(std::fs::read("micropython-wamr.wasm")?)?;
//! match module.instantiate(&program)?.run()? {
//!     pylon_wamr::Ended::Exit(code) => println!("exit code {code}"),
//!     pylon_wamr::Ended::Trap(reason) => println!("trap: {reason}"),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The loader is of 2020 and written for modules that come from compilers: this is no sandbox for modules that somebody
//! made to break out of it.

#![deny(unsafe_code)]

// C on the other side: the only files with `unsafe`.
#[allow(unsafe_code)]
mod engine;
mod program;
#[allow(unsafe_code)]
mod wasi;

pub use engine::{Instance, Module, Runtime};
pub use program::Program;

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It returned from `_start` (0) or called `proc_exit` with this code.
    Exit(u32),
    /// WAMR stopped it: `unreachable`, `out of bounds memory access`, `stack overflow`, ..
    Trap(String),
}

/// Why a program did not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// WAMR keeps its state in globals.
    #[error("there is a WAMR in this process already")]
    InUse,
    #[error("WAMR cannot be initialized")]
    Init,
    /// The file is no module, or uses what WAMR does not have. The text is WAMR's.
    #[error("{0}")]
    Load(String),
    /// Too little memory, data that does not fit, or the module's start function trapped. The text is WAMR's.
    #[error("{0}")]
    Instantiate(String),
    #[error(
        "the module is no WASI command: it exports no function `_start` without parameters and results"
    )]
    NoStart,
    #[error("no memory for a stack of {0} bytes")]
    Stack(u32),
    #[error("{0:?} has a zero byte in it")]
    ZeroByte(std::ffi::OsString),
    #[error("cannot grant {path:?}: {source}")]
    Dir { path: std::path::PathBuf, source: std::io::Error },
}
