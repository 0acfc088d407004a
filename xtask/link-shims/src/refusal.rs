//! Errors that know their place in the contract.

use std::fmt;
use std::ops::Range;

use wit_parser::{Resolve, Span};

/// Something that cannot be linked, and where it is written. The cause of an error, below its contexts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The file as the `Resolve` has it, and the bytes in it.
    pub place: Option<(String, Range<usize>)>,
    text: String,
}

impl Refusal {
    /// An error for what stands at `span`.
    pub fn at(resolve: &Resolve, span: Span, text: String) -> anyhow::Error {
        let found = resolve.source_map.resolve_span(span);
        let place = found.map(|found| (found.path.to_owned(), found.range));
        Refusal { place, text }.into()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Refusal {}
