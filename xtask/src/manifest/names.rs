//! The shapes of names, versions, licences and paths, and the nearest known name to a mistyped one.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

/// The candidate that `word` was probably meant to be: at most a third of its letters wrong, ties to the first. Words of
/// one or two letters are near to nothing else.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = match word.chars().count() {
        0..=2 => 0,
        length => (length / 3).max(1),
    };
    let distance = |candidate: &str| {
        strsim::damerau_levenshtein(&word.to_lowercase(), &candidate.to_lowercase())
    };
    candidates
        .into_iter()
        .map(|candidate| (distance(candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The hint for an unknown name: the nearest one, or the list of what is known. `what` is the plural of the kind.
pub fn nearest_hint<'a>(
    word: &str,
    what: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> String {
    let mut candidates: Vec<&str> = candidates.into_iter().collect();
    candidates.sort_unstable();
    match nearest(word, candidates.iter().copied()) {
        Some(candidate) => format!("did you mean `{candidate}`?"),
        None if candidates.is_empty() => format!("there are no {what}"),
        None => format!("known {what}: {}", candidates.join(", ")),
    }
}

/// A check of a string's shape: what it should have been, or nothing when it is well formed.
pub type Shape = fn(&str) -> Result<(), &'static str>;

/// Lower-case words of letters and digits, each starting with a letter, joined by single dashes.
pub fn kebab_case(name: &str) -> Result<(), &'static str> {
    let word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    if name.split('-').all(word) {
        Ok(())
    } else {
        Err("lower-case words joined by dashes, like `zlib-cap`")
    }
}

/// A C identifier that Python can import.
pub fn identifier(name: &str) -> Result<(), &'static str> {
    let well_formed = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !well_formed {
        return Err("a C identifier: letters, digits and underscores, not starting with a digit");
    }
    if PYTHON_KEYWORDS.contains(&name) {
        Err("a name that Python can import, not one of its keywords")
    } else {
        Ok(())
    }
}

/// Identifiers joined by dots.
pub fn dotted_identifier(name: &str) -> Result<(), &'static str> {
    match name.split('.').all(|part| identifier(part).is_ok()) {
        true => Ok(()),
        false => Err("an importable name: identifiers joined by dots"),
    }
}

/// A function of a generated module that is written by hand: `combine`, `Hasher.update`, or with its signature in Python
/// `crc32c(data: Buffer, value: int = 0) -> int`.
pub fn by_hand(text: &str) -> Result<(), &'static str> {
    const EXPECTED: &str = "a function of the module, like `combine` or `Hasher.update`, one of your own with its \
                            signature, like `crc32c(data: Buffer) -> int` or `Hasher.shown() -> str`, or an interface \
                            that calls back, without its version, like `pylon:lend/files`";
    // A signature may have a slash, too.
    if let Some((package, interface)) = text.split_once('/').filter(|_| !text.contains('(')) {
        let words = package.split(':').chain([interface]);
        let named =
            package.split(':').count() == 2 && words.into_iter().all(|it| kebab_case(it).is_ok());
        return if named { Ok(()) } else { Err(EXPECTED) };
    }
    let (name, signature) = text.split_at(text.find('(').unwrap_or(text.len()));
    let called = name.split('.').count() <= 2 && dotted_identifier(name).is_ok();
    let named = match signature.is_empty() {
        true => called,
        // Of a method it says nothing of the object.
        false => {
            let own = signature[1..].trim_start().split([',', ')', ':', ' ']).next();
            let is_method = name.contains('.');
            called
                && signature.contains(") -> ")
                && one_line(text).is_ok()
                && !(is_method && own == Some("self"))
        }
    };
    if named { Ok(()) } else { Err(EXPECTED) }
}

/// One line of text that says something.
pub fn one_line(text: &str) -> Result<(), &'static str> {
    let line = !text.trim().is_empty() && !text.contains(['\n', '\r']);
    if line { Ok(()) } else { Err("one line of text") }
}

/// An SPDX licence expression by its form: identifiers joined by `AND`, `OR`, `WITH`, and brackets.
pub fn license(text: &str) -> Result<(), &'static str> {
    const EXPECTED: &str = "an SPDX expression, like `MIT OR Apache-2.0`";
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let (mut depth, mut wants_operand) = (0usize, true);
    for token in spaced.split_whitespace() {
        match token {
            "(" if wants_operand => depth += 1,
            ")" if !wants_operand && depth > 0 => depth -= 1,
            "AND" | "OR" | "WITH" if !wants_operand => wants_operand = true,
            "(" | ")" | "AND" | "OR" | "WITH" => return Err(EXPECTED),
            name if wants_operand
                && name.chars().all(|c| c.is_ascii_alphanumeric() || "-.+:".contains(c)) =>
            {
                wants_operand = false;
            }
            _ => return Err(EXPECTED),
        }
    }
    if depth == 0 && !wants_operand { Ok(()) } else { Err(EXPECTED) }
}

/// What `make` can be told to make, and takes neither for an option nor for a variable.
pub fn make_target(name: &str) -> Result<(), &'static str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./+".contains(c);
    let target = !name.is_empty() && !name.starts_with('-') && name.chars().all(plain);
    if target { Ok(()) } else { Err("a target of make: letters, digits and `-_./+`") }
}

/// A path below its folder: relative, normal, no `..`, forward slashes.
pub fn relative_path(path: &str) -> Result<(), &'static str> {
    let inside =
        Utf8Path::new(path).components().all(|part| matches!(part, Utf8Component::Normal(_)));
    if path.contains(char::is_control) {
        return Err("a path without control characters");
    }
    // A drive letter or a backslash is a path of one kind of machine only.
    if inside && !path.is_empty() && !path.contains(['\\', ':', '*', '?']) {
        Ok(())
    } else {
        Err("a relative path inside its folder: forward slashes, no `..`, no wildcards")
    }
}

/// A file that a C or C++ compiler takes, below its folder.
pub fn source_file(path: &str) -> Result<(), &'static str> {
    relative_path(path)?;
    match Utf8Path::new(path).extension() {
        Some("c" | "cc" | "cpp" | "cxx" | "s" | "S") => Ok(()),
        _ => Err("a source file: .c, .cc, .cpp, .cxx, .s or .S"),
    }
}

/// A source file, or several: `*` is any part of a name, `**` any folders.
pub fn source_pattern(pattern: &str) -> Result<(), &'static str> {
    const EXPECTED: &str =
        "a source file, or several: `*` is any part of a name, `**` any number of folders";
    if pattern.split('/').any(|part| part.contains("**") && part != "**") {
        return Err(EXPECTED);
    }
    source_file(&pattern.replace('*', "x")).map_err(|_| EXPECTED)
}

/// A `.tar.gz`, below its folder.
pub fn tar_gz(path: &str) -> Result<(), &'static str> {
    relative_path(path)?;
    if path.ends_with(".tar.gz") { Ok(()) } else { Err("an archive: .tar.gz") }
}

/// The name of a package of PyPI.
pub fn python_package(name: &str) -> Result<(), &'static str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let named = name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(plain);
    if named { Ok(()) } else { Err("the name of a package of PyPI") }
}

/// A digest as `sha256sum` prints it.
pub fn sha256(text: &str) -> Result<(), &'static str> {
    let digits = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    let digest = text.len() == 64 && text.chars().all(digits);
    if digest { Ok(()) } else { Err("64 hex digits in lower case") }
}

/// A file in C, below its folder.
pub fn c_file(path: &str) -> Result<(), &'static str> {
    relative_path(path)?;
    match Utf8Path::new(path).extension() {
        Some("c") => Ok(()),
        _ => Err("a file in C: .c"),
    }
}

/// `relative_path`, or `.` for the folder itself.
pub fn relative_folder(path: &str) -> Result<(), &'static str> {
    if path == "." { Ok(()) } else { relative_path(path) }
}

/// A feature of a rustc target: `simd128`.
pub fn target_feature(text: &str) -> Result<(), &'static str> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let known = !text.is_empty() && !text.starts_with('-') && text.chars().all(plain);
    if known { Ok(()) } else { Err("the name of a target feature, like `simd128`, without `+`") }
}

/// A macro for the preprocessor: `NAME`, `NAME=value`.
pub fn define(text: &str) -> Result<(), &'static str> {
    let name = text.split_once('=').map_or(text, |(name, _)| name);
    let well_formed = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if well_formed { Ok(()) } else { Err("a macro as `NAME` or `NAME=value`, without `-D`") }
}

/// Text of a file for a message: nothing in it moves a terminal's cursor, hides or reorders the rest.
pub fn printable(text: &str) -> String {
    let hostile = |c: char| {
        c != '\t'
            && (c.is_control()
                || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
    };
    text.chars()
        .flat_map(|c| if hostile(c) { c.escape_unicode().collect::<Vec<_>>() } else { vec![c] })
        .collect()
}

/// The last link of `path` below `folder` must stay in `folder` after symbolic links are followed.
pub fn stays_inside(folder: &Utf8Path, path: &Utf8Path) -> bool {
    let real = |path: &Utf8Path| -> Option<Utf8PathBuf> { path.canonicalize_utf8().ok() };
    match (real(folder), real(&folder.join(path))) {
        (Some(folder), Some(path)) => path.starts_with(folder),
        _ => false,
    }
}

const PYTHON_KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
    "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while",
    "with", "yield",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_takes_small_slips_and_nothing_else() {
        let known = ["zlib", "crc32c", "sqlite", "a"];
        assert_eq!(nearest("zlb", known), Some("zlib"));
        assert_eq!(nearest("ZLIB", known), Some("zlib"));
        assert_eq!(nearest("sqilte", known), Some("sqlite"));
        assert_eq!(nearest("openssl", known), None);
        assert_eq!(nearest("b", known), None);
    }

    #[test]
    fn paths_stay_below_their_folder() {
        for good in ["a.c", "src/a.c", "a b.c", "..a/b"] {
            assert!(relative_path(good).is_ok(), "{good}");
        }
        for bad in [
            "", "/a", "../a", "a/../b", "a/..", "./..", "c:/a", "a\\b", "*.c", "a\nb.c", "a\u{1b}b",
        ] {
            assert!(relative_path(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        assert_eq!(printable("a\tb é"), "a\tb é");
        assert_eq!(printable("a\nb\u{1b}[2K\u{202e}"), "a\\u{a}b\\u{1b}[2K\\u{202e}");
    }

    #[test]
    fn licenses_are_spdx_expressions() {
        for good in
            ["MIT", "MIT OR Apache-2.0", "(MIT AND Zlib) OR GPL-2.0-or-later WITH x-y", "Zlib"]
        {
            assert!(license(good).is_ok(), "{good}");
        }
        for bad in ["", "MIT OR", "OR MIT", "MIT Apache", "(MIT", "MIT)", "MIT/Zlib", "()"] {
            assert!(license(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_of_packages_and_modules() {
        for good in ["zlib", "zlib-cap", "crc32c-x2"] {
            assert!(kebab_case(good).is_ok(), "{good}");
        }
        for bad in ["", "Zlib", "zlib_cap", "-a", "a-", "a--b", "2a", "a-2"] {
            assert!(kebab_case(bad).is_err(), "{bad}");
        }
        assert!(
            identifier("_zlib2").is_ok() && identifier("None").is_err() && identifier("é").is_err()
        );
        assert!(dotted_identifier("a.b").is_ok() && dotted_identifier("a..b").is_err());
        assert!(define("A_1=x y").is_ok() && define("1A").is_err() && define("").is_err());
    }
}
