//! Components from and to OCI registries.
//!
//! [`pull`] and [`push`] move one component between a registry and a store; [`OciFetch`] serves plans whose
//! components name a registry as their source. All is synchronous.
//!
//! **Security invariant:** a registry is not trusted. What it sends is bounded in size and time, and is stored only
//! after its digest was found to be the one asked for; a pull that fails leaves nothing behind. What the digests are
//! worth is for plans and signatures to say, not for this crate.

pub mod answers;
mod auth;
mod client;
pub mod location;
pub mod manifest;
mod options;
mod pull;
mod push;
mod reach;
mod transport;

pub use options::{Limits, Options};
pub use pull::{OciFetch, Pulled, pull};
pub use push::{Pushed, push};
pub use reach::Reach;
