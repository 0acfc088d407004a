//! How wasmtime's notes about compiled code are written: place, type and source of each function, names, types. They are
//! decoded at each start, whatever of the code runs then ([ADR 0051](../../../docs/adr/0051-what-openssl-costs-a-start.md)).
//!
//! wasmtime has the crate postcard for it, which writes numbers in as few bytes as they need and reads them byte by byte. This crate
//! stands in its place, with what wasmtime calls of it, and writes each number in as many bytes as its type has: reading one
//! is a load. What is written by one is not read by the other; `composectl/src/engine.rs` has a number for it in the names of the cache.
//!
//! | | |
//! |---|---|
//! | numbers, `char` | all their bytes, the lowest first |
//! | `bool`, whether there is an option | a byte |
//! | the variant of an enum | a byte |
//! | texts, bytes, sequences, maps | their length in four bytes, and what they consist of |
//! | structures, tuples | what they consist of |

mod de;
mod ser;

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why something cannot be written or read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Problem);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Problem {
    /// The bytes end before it does.
    CutOff,
    /// It is longer, or has more variants, than can be written.
    TooLarge,
    /// Bytes that mean nothing, such as text that is not UTF-8.
    Meaningless,
    /// What serde's types say.
    Other(String),
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match &self.0 {
            Problem::CutOff => "the bytes end too early",
            Problem::TooLarge => "too large to be written",
            Problem::Meaningless => "bytes that mean nothing",
            Problem::Other(text) => text,
        })
    }
}

impl std::error::Error for Error {}

impl serde::ser::Error for Error {
    fn custom<T: fmt::Display>(text: T) -> Self {
        Self(Problem::Other(text.to_string()))
    }
}

impl serde::de::Error for Error {
    fn custom<T: fmt::Display>(text: T) -> Self {
        Self(Problem::Other(text.to_string()))
    }
}

/// The bytes of a value.
pub fn to_allocvec<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, Error> {
    let mut writer = ser::Writer::default();
    value.serialize(&mut writer)?;
    Ok(writer.written)
}

/// The value that `bytes` begin with.
pub fn from_bytes<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Error> {
    T::deserialize(&mut de::Reader { rest: bytes })
}

#[cfg(test)]
mod tests;
