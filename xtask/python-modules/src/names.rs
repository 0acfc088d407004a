//! What Python calls things.

use heck::{ToShoutySnakeCase as _, ToSnakeCase as _, ToUpperCamelCase as _};

const KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
    "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while",
    "with", "yield",
];

/// A function, a parameter, a field: `max-output` to `max_output`, `from` to `from_`.
pub fn variable(name: &str) -> String {
    escaped(name.to_snake_case())
}

/// A field of a record, which is an attribute of a struct sequence, beside three of every struct sequence.
pub fn field(name: &str) -> String {
    let name = variable(name);
    match name.as_str() {
        "n_fields" | "n_sequence_fields" | "n_unnamed_fields" => name + "_",
        _ => name,
    }
}

/// A resource, a record, an enum: `flush-mode` to `FlushMode`.
pub fn class(name: &str) -> String {
    escaped(name.to_upper_camel_case())
}

/// A case of an enum, a flag: `data-error` to `DATA_ERROR`.
pub fn constant(name: &str) -> String {
    name.to_shouty_snake_case()
}

/// A case of a variant, which is a str: `data-error` to `data_error`.
pub fn tag(name: &str) -> String {
    name.to_snake_case()
}

fn escaped(name: String) -> String {
    if KEYWORDS.contains(&name.as_str()) { name + "_" } else { name }
}
