//! Doc comments of WIT as docstrings in C.

use link_shims::text::Text;

/// `static const char name[] = ..`: the signature that `inspect` reads, if there is one, and the text.
pub fn define(text: &mut Text, name: &str, signature: Option<&str>, doc: &str) {
    let mut lines = Vec::new();
    if let Some(signature) = signature {
        lines.extend([signature, "--", ""].map(str::to_owned));
    }
    // A signature ends in an empty line, whatever comes after it.
    let nothing = doc.trim().is_empty().then(String::new);
    lines.extend(doc.trim().lines().map(str::to_owned).chain(nothing));
    let last = lines.len().saturating_sub(1);
    text.line(format!("static const char {name}[] ="));
    text.indent();
    for (i, line) in lines.iter().enumerate() {
        let (end, close) = if i == last { ("", ";") } else { ("\\n", "") };
        text.line(format!("\"{}{end}\"{close}", escaped(line)));
    }
    if lines.is_empty() {
        text.line("\"\";");
    }
    text.outdent();
    text.gap();
}

/// A text as the content of a C string literal.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '"' | '\\' => escaped.extend(['\\', c]),
            // `??/` is a backslash in some C.
            '?' if escaped.ends_with('?') => escaped.push_str("\\?"),
            c if c.is_control() => {
                let mut bytes = [0; 4];
                let bytes = c.encode_utf8(&mut bytes).bytes();
                escaped.extend(bytes.map(|byte| format!("\\{byte:03o}")));
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// The same for a text of several lines, in one literal.
pub fn escaped_lines(text: &str) -> String {
    text.lines().map(escaped).collect::<Vec<_>>().join("\\n")
}
