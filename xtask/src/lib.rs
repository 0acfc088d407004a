//! The build system of pylon as a library, so that its tests can use it; `main.rs` is the program.
//! Arrows run one way: commands -> kinds of work -> `graph` -> `manifest`.

// They panic where nobody reads; `output` does not.
#![deny(clippy::print_stdout, clippy::print_stderr)]

pub mod archives;
pub mod bindings;
mod cap_source;
pub mod caps;
pub mod cargo;
pub mod checkout;
pub mod cli;
pub mod commands;
pub mod compile;
pub mod component;
pub mod compose;
pub mod composectl;
mod configured;
pub mod cpython;
mod cxx;
mod extracted;
mod fold;
pub mod graph;
pub mod libc;
mod link_code;
mod listing;
pub mod manifest;
pub mod micropython;
pub mod output;
pub mod packages;
mod plain_names;
pub mod pylon;
mod pypi;
mod relay;
mod report;
pub mod rust;
pub mod scripts;
pub mod source_files;
pub mod sources;
pub mod toolchain;
mod vendored;
pub mod wamr;
pub mod wasm;
