//! What a cap or a library is written in: `language`.

use camino::Utf8Path;

use super::diagnostics::Spanned;
use super::document::Table;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    C,
    /// Some of it in C, if need be.
    Cxx,
    Rust,
}

pub const LANGUAGES_OF_CAPS: &[(&str, Language)] =
    &[("c", Language::C), ("c++", Language::Cxx), ("rust", Language::Rust)];

pub const LANGUAGES_OF_LIBRARIES: &[(&str, Language)] =
    &[("c", Language::C), ("c++", Language::Cxx)];

/// Whether the name of a source file is one that a compiler takes for C++.
pub fn is_cxx(source: &Utf8Path) -> bool {
    matches!(source.extension(), Some("cc" | "cpp" | "cxx"))
}

/// Complains of what is for C++, in a table that does not say that it is.
pub(super) fn check_sources<'a>(
    table: &Table<'_>,
    language: Language,
    sources: impl Iterator<Item = &'a Spanned<String>>,
) {
    if language == Language::Cxx {
        return;
    }
    let hint = "write `language = \"c++\"`";
    for source in sources.filter(|source| is_cxx(Utf8Path::new(&source.value))) {
        table.error(&source.location, format!("{} is C++", source.value), hint);
    }
    table.forbid("cxx_flags", "`cxx_flags` are for C++", hint);
}
