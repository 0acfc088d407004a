//! Runtime dynlink: `compose:dynlink`, the way in which a guest resolves providers by name and calls them.
//!
//! `linker.rs` has the host functions, `host.rs` the way from a name to an instance, `provider.rs` the instance. A provider
//! may ask who called it: `questions.rs` has what is handed over, `asking.rs` the calls, `stacks.rs` what they run on.
//! What protects the caller and the machine: `surface.rs` (what a provider may import), `limits.rs` (memory),
//! `ticker.rs` and `waits.rs` (time).

mod asking;
mod descriptors;
mod error;
mod failure;
mod host;
mod limits;
mod linker;
mod plan;
mod provider;
mod questions;
mod stacks;
mod surface;
mod ticker;
mod trace;
mod waits;

pub use host::Host;
pub use linker::{HasScope, Scope, add_to_linker};
pub use plan::RunPlan;
#[cfg(test)]
pub use stacks::Stacks;
