//! The passes over flat core modules: `xtask::wasm::{lower_eh, spill_roots, flat}`.
//!
//! * [`corpus`]: small modules and what becomes of them, a file a case.
//! * [`random`]: generated programs do the same before and after.
//!
//! Where `node` (17 or newer) is installed, its V8 runs the programs before the passes, too; without it,
//! what V8 did with the generated ones is known from a file.
//! `PYLON_RANDOM_PROGRAMS` says how many programs, 200 if it is not set.
//! `UPDATE_EXPECT=1 cargo test -p xtask --test wasm` writes the expected output anew.

mod corpus;
mod engine;
mod print;
mod random;
