//! TOML files read key by key, every complaint with its place.
//!
//! [`Document`] remembers which keys were asked for; [`Document::finish`] reports all others as unknown and suggests
//! the nearest of those that the reader knows. Nothing has to be listed twice for that. A getter that finds
//! something wrong records it and answers as if the key was absent, so that reading goes on.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use camino::{Utf8Path, Utf8PathBuf};
use toml_edit::{Item, TableLike, Value};

use super::diagnostics::{Diagnostics, Location};
use super::names;
pub use super::table::Table;

/// An open TOML file.
pub struct Document {
    /// Relative to the root of the checkout, for messages.
    file: Utf8PathBuf,
    text: String,
    root: toml_edit::Table,
    /// In place of tables that are not there and need not be.
    empty: toml_edit::Table,
    /// Path of a table (elements of an array of tables share one) -> its header and the keys that its readers know.
    asked: RefCell<BTreeMap<String, (String, BTreeSet<String>)>>,
    diagnostics: RefCell<Diagnostics>,
}

impl Document {
    /// Reads `root/file`. Fails when it cannot be read or is not TOML; the error has line and column.
    pub fn read(root: &Utf8Path, file: &Utf8Path) -> Result<Document, Diagnostics> {
        let text = std::fs::read_to_string(root.join(file)).map_err(|error| {
            let mut diagnostics = Diagnostics::default();
            diagnostics.error(&Location::whole(file), format!("cannot read {file}: {error}"), "");
            diagnostics
        })?;
        Document::parse(file, text)
    }

    /// As [`Document::read`], of a text that came from `file`.
    pub fn parse(file: &Utf8Path, text: String) -> Result<Document, Diagnostics> {
        let parsed = toml_edit::Document::parse(text.as_str()).map(toml_edit::Document::into_table);
        let root = parsed.map_err(|error| {
            let mut diagnostics = Diagnostics::default();
            let location = match error.span() {
                Some(span) => Location::of_span(file, &text, span),
                None => Location::whole(file),
            };
            // toml_edit tells some errors in two lines: what is wrong, then what would be right.
            let (message, hint) = error.message().split_once('\n').unwrap_or((error.message(), ""));
            diagnostics.error(
                &location,
                format!("not valid TOML: {message}"),
                hint.replace('\n', ", "),
            );
            diagnostics
        })?;
        Ok(Document {
            file: file.to_owned(),
            text,
            root,
            empty: toml_edit::Table::new(),
            asked: RefCell::default(),
            diagnostics: RefCell::default(),
        })
    }

    /// The path as given, relative to the root of the checkout.
    pub fn file(&self) -> &Utf8Path {
        &self.file
    }

    /// The table of all keys that stand outside of a `[header]`, and of all headers.
    pub fn root(&self) -> Table<'_> {
        // What is missing at the top is blamed on the first line that says something.
        let mut at = 0;
        for line in self.text.split_inclusive('\n') {
            if !line.trim().is_empty() && !line.starts_with('#') {
                break;
            }
            at += line.len();
        }
        let at = if at == self.text.len() { 0 } else { at };
        Table {
            document: self,
            table: &self.root,
            span: at..at,
            path: String::new(),
            header: String::new(),
        }
    }

    pub(super) fn empty(&self) -> &dyn TableLike {
        &self.empty
    }

    /// Records an error of the caller's own at `location`.
    pub fn error(&self, location: &Location, message: impl Into<String>, hint: impl Into<String>) {
        self.diagnostics.borrow_mut().error(location, message, hint);
    }

    /// Records a note of the caller's own at `location`.
    pub fn note(&self, location: &Location, message: impl Into<String>, hint: impl Into<String>) {
        self.diagnostics.borrow_mut().note(location, message, hint);
    }

    /// Ends the reading: everything that was recorded, and every key that nobody asked for.
    pub fn finish(self) -> Diagnostics {
        self.report_unknown_keys(&self.root, "");
        self.diagnostics.into_inner()
    }

    /// A reader opened the table `path`, which is written as `header`.
    pub(super) fn open(&self, path: &str, header: &str) {
        let mut asked = self.asked.borrow_mut();
        asked.entry(path.to_owned()).or_default().0 = header.to_owned();
    }

    /// A reader of the table `path` knows `key`.
    pub(super) fn ask(&self, path: &str, key: &str) {
        self.asked.borrow_mut().entry(path.to_owned()).or_default().1.insert(key.to_owned());
    }

    /// The place of `span` in this file.
    pub(super) fn location(&self, span: Option<Range<usize>>) -> Location {
        Location::of_span(&self.file, &self.text, span.unwrap_or(0..0))
    }

    fn report_unknown_keys(&self, table: &dyn TableLike, path: &str) {
        let asked = self.asked.borrow();
        // A table that was never opened, e.g. below a value of the wrong type, has been complained about already.
        let Some((header, known)) = asked.get(path) else { return };
        for (key, item) in table.iter() {
            if !known.contains(key) {
                let span = table.key(key).and_then(toml_edit::Key::span);
                let known = known.iter().map(String::as_str);
                let hint = names::nearest_hint(key, "keys", known);
                self.error(
                    &self.location(span),
                    format!("unknown key `{key}`{}", place(header)),
                    hint,
                );
                continue;
            }
            for child in child_tables(item) {
                self.report_unknown_keys(child, &join(path, key));
            }
        }
    }
}

/// The tables that `item` is or holds: a table of either notation, or all elements of an array of tables.
pub(super) fn child_tables(item: &Item) -> Vec<&dyn TableLike> {
    match item {
        Item::ArrayOfTables(array) => array.iter().map(|table| table as &dyn TableLike).collect(),
        Item::Value(Value::Array(array)) => array
            .iter()
            .filter_map(Value::as_inline_table)
            .map(|table| table as &dyn TableLike)
            .collect(),
        item => item.as_table_like().into_iter().collect(),
    }
}

/// Where a key is, for messages; the keys at the top are in no table that has a name.
pub(super) fn place(header: &str) -> String {
    if header.is_empty() { String::new() } else { format!(" in `{header}`") }
}

/// The path of the table `key` in the table `path`.
pub(super) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    const TEXT: &str = r#"
# a pin file
schema = "x@1"
size = "12"

[[package]]
name = "clang"
pins = [{ suite = "sid", sha = "ab" }, { suit = "trixie" }]

[extra]
anything = 1
"#;

    /// The way that a pin file is read: every getter once, then `finish`.
    #[test]
    fn complaints_of_all_getters_and_unknown_keys_come_together() {
        let document =
            Document::parse(Utf8Path::new("pins.toml"), TEXT.to_owned()).expect("is TOML");
        let top = document.root();
        assert_eq!(top.required_schema(&[("x@1", 1)]).map(|schema| schema.value), Some(1));
        assert!(top.required_int("size").is_none());
        assert!(top.optional_bool("absent").is_none());
        for package in top.tables("package") {
            assert_eq!(package.required_str("name").as_deref().map(String::as_str), Some("clang"));
            for pin in package.tables("pins") {
                pin.required_str("suite");
                pin.optional_str("sha");
            }
        }
        let errors = document.finish().into_result(Some(())).expect_err("has errors");
        expect![[r#"
            error: `size` is a string
             --> pins.toml:4:8
              |
            4 | size = "12"
              |        ^^^^
            hint: expected an integer

            error: the key `suite` is missing in `[[package.pins]]`
             --> pins.toml:8:40
              |
            8 | pins = [{ suite = "sid", sha = "ab" }, { suit = "trixie" }]
              |                                        ^^^^^^^^^^^^^^^^^^^
            hint: it takes a string

            error: unknown key `suit` in `[[package.pins]]`
             --> pins.toml:8:42
              |
            8 | pins = [{ suite = "sid", sha = "ab" }, { suit = "trixie" }]
              |                                          ^^^^
            hint: did you mean `suite`?

            error: unknown key `extra`
              --> pins.toml:10:2
               |
            10 | [extra]
               |  ^^^^^
            hint: known keys: absent, package, schema, size
        "#]]
        .assert_eq(&errors.to_string());
    }
}
