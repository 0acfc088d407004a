//! `cargo xtask gen`: which contracts have bindings in C, and what is said of those that have none.
//!
//! * [`cases`]: a contract a file, and what `gen` says about it. `UPDATE_EXPECT=1 cargo test -p xtask --test contracts`
//!   writes that anew.
//! * [`random`]: made-up contracts are refused with a place, or what is generated compiles.
//!   `PYLON_RANDOM_CONTRACTS` says how many, 60 if it is not set.

mod author;
mod cases;
mod checkout;
mod compiler;
mod random;
