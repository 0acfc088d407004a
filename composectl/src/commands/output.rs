//! Results of commands, on standard output. Everything else is said on standard error (`report.rs`).

use std::io::Write;

use composectl_plan::Error;
use serde::Serialize;
use serde_json::json;

use crate::exit::{FAILED, Failure};
use crate::shown;

/// Prints a line.
pub fn line(text: &str) -> Result<(), Failure> {
    lines([text])
}

/// Prints lines; nothing, if there are none.
pub fn lines<T: AsRef<str>>(lines: impl IntoIterator<Item = T>) -> Result<(), Failure> {
    let mut text = String::new();
    for line in lines {
        text.push_str(&shown::line(line.as_ref()));
        text.push('\n');
    }
    write(&text)
}

/// Prints JSON, indented.
pub fn json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::new(FAILED, format_args!("cannot write JSON: {error}")))?;
    write(&(shown::json(text) + "\n"))
}

/// The failure for an error, which `--json` also prints: `{"error": {"code", "message", "context"}}`.
pub fn failure(error: Error, as_json: bool) -> Failure {
    if as_json {
        let Error { code, message, context } = &error;
        let shown = json!({"code": code.as_str(), "message": message, "context": context});
        // The failure is on its way to standard error in any case.
        let _ = json(&json!({ "error": shown }));
    }
    error.into()
}

fn write(text: &str) -> Result<(), Failure> {
    let result = std::io::stdout().write_all(text.as_bytes());
    match result {
        // Whoever read the output has seen enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        result => result.map_err(|error| {
            Failure::new(FAILED, format_args!("cannot write to standard output: {error}"))
        }),
    }
}

/// A number of bytes as people read it, and exactly: `1.2 MiB (1,258,291 bytes)`.
pub fn bytes(count: u128) -> String {
    let exact = format!("{} byte{}", grouped(count), if count == 1 { "" } else { "s" });
    if count < 1024 { exact } else { format!("{} ({exact})", rounded(count)) }
}

/// A number of bytes in the unit that fits: `640 KiB`, `1.2 MiB`.
pub fn rounded(count: u128) -> String {
    let mut unit = "bytes";
    let mut value = count as f64;
    for next in ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = next;
    }
    let text = if unit == "bytes" || value >= 99.95 || value.fract() == 0.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.1}")
    };
    format!("{text} {unit}")
}

/// A number with its digits in groups of three.
pub fn grouped(count: u128) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_readable_and_exact() {
        for (count, text) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (1023, "1,023 bytes"),
            (1024, "1 KiB (1,024 bytes)"),
            (20_971_520, "20 MiB (20,971,520 bytes)"),
            (34_234_567, "32.6 MiB (34,234,567 bytes)"),
            (1 << 32, "4 GiB (4,294,967,296 bytes)"),
        ] {
            assert_eq!(bytes(count), text);
        }
    }
}
