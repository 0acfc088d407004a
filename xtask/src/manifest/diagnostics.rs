//! What is wrong in a checkout, told so that the reader can mend it: place, offending line, hint.
//!
//! Loading never stops at the first error. Everything that reads a file pushes into [`Diagnostics`] and goes on
//! with what it has, so one run shows one whole list.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::{Deref, Range};

use camino::{Utf8Path, Utf8PathBuf};

use super::names;

/// How bad a finding is. A note never fails a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Error,
    Note,
}

/// A place in a file, together with the line to show. Owns its text, so that values read from a manifest can
/// keep their place after the file is closed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Location {
    /// Relative to the root of the checkout.
    pub file: Utf8PathBuf,
    /// From 1; 0 when the finding is about the file or folder as a whole.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// How many characters the caret marks, at least 1.
    pub width: usize,
    /// The offending line without its end.
    pub text: String,
}

impl Location {
    /// A whole file or folder, e.g. one that is missing.
    pub fn whole(file: impl Into<Utf8PathBuf>) -> Location {
        Location { file: file.into(), ..Location::default() }
    }

    /// The bytes `span` of `text`, which are the contents of `file`. A span over several lines marks its first.
    pub fn of_span(file: &Utf8Path, text: &str, span: Range<usize>) -> Location {
        let start = floor_char_boundary(text, span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let end = floor_char_boundary(text, span.end).clamp(start, line_end);
        Location {
            file: file.to_owned(),
            line: text[..line_start].matches('\n').count() + 1,
            column: text[line_start..start].chars().count() + 1,
            width: text[start..end].trim_end().chars().count().max(1),
            text: text[line_start..line_end].trim_end().to_owned(),
        }
    }
}

/// `str::floor_char_boundary` for the compilers that lack it; also clamps to the text's length.
fn floor_char_boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}", self.file),
            line => write!(f, "{}:{line}:{}", self.file, self.column),
        }
    }
}

/// A value and where it was written. Dereferences to the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    pub value: T,
    pub location: Location,
}

impl<T> Spanned<T> {
    /// The same place with another value, e.g. the parsed form of a string.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned { value: change(self.value), location: self.location }
    }
}

impl<T> Deref for Spanned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub severity: Severity,
    /// A lower-case fragment that names the thing.
    pub message: String,
    /// None for what the user typed on the command line.
    pub location: Option<Location>,
    /// What to do.
    pub hint: Option<String>,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Note => "note",
        };
        writeln!(f, "{severity}: {}", self.message)?;
        if let Some(location) = &self.location {
            if location.line == 0 {
                writeln!(f, " --> {location}")?;
            } else {
                let line = location.line.to_string();
                let gutter = " ".repeat(line.len());
                // Tabs are kept, so that the caret stands below its text whatever a tab's width is.
                let kept = location.text.chars().take(location.column - 1);
                let indent: String = kept.map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
                writeln!(f, "{gutter}--> {location}")?;
                writeln!(f, "{gutter} |")?;
                writeln!(f, "{line} | {}", names::printable(&location.text))?;
                writeln!(f, "{gutter} | {indent}{}", "^".repeat(location.width))?;
            }
        }
        match &self.hint {
            Some(hint) => writeln!(f, "hint: {hint}"),
            None => Ok(()),
        }
    }
}

/// A list of findings; as an error, the text of all of them. Plain text, no colour.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    /// Records an error at `location`; `hint` says what to do and may be empty when the message says it all.
    pub fn error(
        &mut self,
        location: &Location,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.push(Severity::Error, Some(location.clone()), message.into(), hint.into());
    }

    /// Records a note: something to look at that is not wrong.
    pub fn note(
        &mut self,
        location: &Location,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.push(Severity::Note, Some(location.clone()), message.into(), hint.into());
    }

    /// Records an error in what the user typed.
    pub fn usage(&mut self, message: impl Into<String>, hint: impl Into<String>) {
        self.push(Severity::Error, None, message.into(), hint.into());
    }

    fn push(
        &mut self,
        severity: Severity,
        location: Option<Location>,
        message: String,
        hint: String,
    ) {
        let hint = Some(hint).filter(|hint| !hint.is_empty());
        self.list.push(Diagnostic { severity, message, location, hint });
    }

    /// Takes over all findings of `other`.
    pub fn append(&mut self, mut other: Diagnostics) {
        self.list.append(&mut other.list);
    }

    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Splits into errors and notes, each in the order of file, line and column and without repetitions.
    pub fn split(self) -> (Diagnostics, Diagnostics) {
        let mut list = self.list;
        list.sort_by(|a, b| (&a.location, &a.message).cmp(&(&b.location, &b.message)));
        let mut seen = BTreeSet::new();
        list.retain(|diagnostic| {
            seen.insert((diagnostic.location.clone(), diagnostic.message.clone()))
        });
        let (errors, notes) =
            list.into_iter().partition(|diagnostic| diagnostic.severity == Severity::Error);
        (Diagnostics { list: errors }, Diagnostics { list: notes })
    }

    /// `value` if nothing failed; else the sorted errors. A missing value without an error is a bug of a reader.
    pub fn into_result<T>(self, value: Option<T>) -> Result<T, Diagnostics> {
        let (mut errors, _) = self.split();
        match value {
            Some(value) if errors.is_empty() => Ok(value),
            Some(_) => Err(errors),
            None => {
                if errors.is_empty() {
                    errors.usage(
                        "a reader gave neither a value nor an error",
                        "this is a bug of xtask, please report it",
                    );
                }
                Err(errors)
            }
        }
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.list.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{diagnostic}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn shown(text: &str, span: Range<usize>) -> String {
        let mut diagnostics = Diagnostics::default();
        let location = Location::of_span(Utf8Path::new("a.toml"), text, span);
        diagnostics.error(&location, "it is wrong", "mend it");
        diagnostics.to_string()
    }

    #[test]
    fn caret_stands_below_its_text_behind_tabs_and_wide_letters() {
        expect![[r#"
            error: it is wrong
             --> a.toml:2:6
              |
            2 | 	é = 'ü'
              | 	    ^^^
            hint: mend it
        "#]]
        .assert_eq(&shown("x = 1\n\té = 'ü'\n", 12..16));
    }

    #[test]
    fn spans_over_lines_past_the_end_or_inside_a_letter_do_no_harm() {
        assert!(shown("a = '''\nb'''\n", 4..12).contains("1 | a = '''\n  |     ^^^\n"));
        assert!(shown("a", 7..9).contains("1 | a\n  |  ^\n"));
        assert!(shown("é", 1..2).contains("1 | é\n  | ^\n"));
        assert!(shown("", 0..0).contains("a.toml:1:1"));
    }

    #[test]
    fn errors_come_sorted_and_once() {
        let mut diagnostics = Diagnostics::default();
        for file in ["b", "a", "b"] {
            diagnostics.error(&Location::whole(file), "gone", "");
            diagnostics.note(&Location::whole(file), "odd", "");
        }
        let (errors, notes) = diagnostics.split();
        assert_eq!(errors.to_string(), "error: gone\n --> a\n\nerror: gone\n --> b\n");
        assert_eq!(notes.iter().count(), 2);
    }
}
