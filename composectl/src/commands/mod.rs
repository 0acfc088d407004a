//! The subcommands besides `run`, `precompile` and `completions`: a file each, which also declares its flags.

pub mod blob;
pub mod doctor;
pub mod inspect;
mod located;
pub mod output;
pub mod plan;
pub mod pull;
pub mod push;
pub mod trust;

/// Exit code of a command that asks a question (`plan validate`, `plan diff`, `blob verify`, ..) for the answer no.
pub const NO: u8 = 1;
