//! How text looks on a terminal or in a log, whoever wrote it.
//!
//! Names, paths, messages of registries and texts of guests are foreign: a plan's author would like a carriage return
//! or a bidirectional override to hide what the plan grants. So nothing is escaped where texts are put together, and
//! everything where they leave: in `report.rs`, `commands/output.rs` and where an error value goes to a guest.
//!
//! What a guest itself writes to its standard streams is its own and passes through.

use std::borrow::Cow;
use std::fmt::Write;

/// The text as one line: controls, format characters, separators and all else that has no shape of its own become
/// escapes such as `\n` or `\u{202e}`.
pub fn line(text: &str) -> Cow<'_, str> {
    if text.chars().all(has_shape) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if has_shape(c) { shown.push(c) } else { shown.extend(c.escape_default()) }
    }
    Cow::Owned(shown)
}

/// JSON text, which means the same as before: what has no shape stands in strings only, but for line feeds.
pub fn json(text: String) -> String {
    if text.chars().all(|c| c == '\n' || has_shape(c)) {
        return text;
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if c == '\n' || has_shape(c) {
            shown.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing to a string does not fail.
            let _ = write!(shown, "\\u{unit:04x}");
        }
    }
    shown
}

/// Whether a terminal shows the character as itself and does nothing else. The standard library knows the categories
/// of Unicode, for its own escapes; quotes and backslashes, which it escapes, too, are shown.
fn has_shape(c: char) -> bool {
    if c.is_ascii() {
        return matches!(c, ' '..='~');
    }
    // Behind a letter, marks that combine with it are as good as letters.
    let mut behind_a_letter = [b'a', 0, 0, 0, 0];
    let length = 1 + c.encode_utf8(&mut behind_a_letter[1..]).len();
    let text = std::str::from_utf8(&behind_a_letter[..length]);
    text.is_ok_and(|text| text.escape_debug().eq(text.chars()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Controls (C0, DEL, C1), format characters with the bidirectional ones, separators, tags, what is unassigned.
    const SHAPELESS: &str = "\0\t\n\r\u{1b}\u{7f}\u{80}\u{9b}\u{a0}\u{ad}\u{61c}\u{200b}\u{200d}\u{200e}\u{200f}\
                             \u{2028}\u{2029}\u{202a}\u{202e}\u{2060}\u{2066}\u{2069}\u{feff}\u{fff9}\u{e000}\
                             \u{e0001}\u{e007f}\u{10ffff}";

    #[test]
    fn what_has_no_shape_is_escaped() {
        for c in SHAPELESS.chars() {
            let text = format!("a{c}b");
            let shown = line(&text);
            assert!(shown.starts_with("a\\") && shown.is_ascii(), "{shown}");
        }
        assert_eq!(line("a\r\u{1b}[2K\u{202e}\n"), "a\\r\\u{1b}[2K\\u{202e}\\n");
    }

    #[test]
    fn all_else_stays() {
        for text in
            ["", "plan.json: `a` \"b\" C:\\d", "Z\u{fc}rich e\u{301}", "日本語 Ελληνικά עברית 🙂"]
        {
            assert!(matches!(line(text), Cow::Borrowed(same) if same == text), "{text}");
            assert_eq!(json(text.to_owned()), text);
        }
    }

    #[test]
    fn json_stays_json_and_says_the_same() {
        let value = serde_json::json!({ "a": SHAPELESS, SHAPELESS: ["x", "\u{1f642}"] });
        let text = json(serde_json::to_string_pretty(&value).expect("a value"));
        assert!(text.chars().all(|c| c == '\n' || has_shape(c)), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).expect("JSON"), value);
    }
}
