//! The subcommands besides `run`, `precompile` and `completions`: a file each, which also declares its flags. None imports
//! from one that imports from it; what several share is in the modules that are private here.

pub mod blob;
pub mod doctor;
pub mod inspect;
mod keys;
mod located;
pub mod output;
pub mod plan;
mod plan_file;
pub mod pull;
pub mod push;
mod registry;
mod times;
pub mod trust;

/// Exit code of a command that asks a question (`plan validate`, `plan diff`, `blob verify`, ..) for the answer no.
pub const NO: u8 = 1;
