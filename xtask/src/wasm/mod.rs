//! Passes over WebAssembly bytes: in go bytes, out come bytes or facts.
//!
//! **Architecture invariant:** nothing in here knows about manifests, caps, folders or the step
//! engine. A pass is a function of its arguments, and the same input gives the same output.

pub mod flat;
pub mod inspect;
pub mod link_map;
pub mod localize;
pub mod lower_eh;
pub mod object;
pub mod order;
pub mod shuffles;
pub mod snapshot;
pub mod spill_roots;
pub mod strip;
pub mod validate;
