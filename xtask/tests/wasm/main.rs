//! The passes over flat core modules: `xtask::wasm::{lower_eh, spill_roots, flat}`.
//!
//! * [`corpus`]: small modules and what becomes of them, a file a case.
//! * [`random`]: generated programs do the same before and after.
//!
//! `PYLON_RANDOM_PROGRAMS` says how many programs, 200 if it is not set.
//! `UPDATE_EXPECT=1 cargo test -p xtask --test wasm` writes the expected output anew.

mod corpus;
mod engine;
mod print;
mod random;
