//! What a WebAssembly file says about itself, and what a guest's memory says about the Python program in it.
//!
//! **Security invariant:** both are foreign. Nothing here compiles or runs anything, each read is checked, and what is
//! written about a file is bounded by more than the file itself.

pub mod anatomy;
pub mod names;
pub mod python_frames;
pub mod surface;
mod wit;
