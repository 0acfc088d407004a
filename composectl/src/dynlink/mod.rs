//! Runtime dynlink: `compose:dynlink`, the way in which a guest resolves providers by name and calls them.
//!
//! `linker.rs` has the host functions, `host.rs` the way from a name to an instance, `provider.rs` the instance.
//! What protects the caller and the machine: `surface.rs` (what a provider may import), `limits.rs` (memory),
//! `ticker.rs` and `waits.rs` (time).

mod descriptors;
mod error;
mod host;
mod limits;
mod linker;
mod plan;
mod provider;
mod surface;
mod ticker;
mod trace;
mod waits;

pub use host::Host;
pub use linker::{HasScope, Scope, add_to_linker};
pub use plan::RunPlan;
