//! Typed getters over one table of an open TOML file. Each that finds something wrong records it in the document and
//! answers as if the key was absent.

use std::collections::BTreeSet;
use std::ops::Range;

use toml_edit::{Item, TableLike, Value};

use super::diagnostics::{Location, Spanned};
use super::document::{Document, child_tables, join, place};
use super::names::{self, Shape};

/// A table of an open [`Document`], in any of TOML's notations.
pub struct Table<'a> {
    pub(super) document: &'a Document,
    pub(super) table: &'a dyn TableLike,
    /// Header, or the braces of an inline table.
    pub(super) span: Range<usize>,
    pub(super) path: String,
    /// As it is written: `[path]` or `[[path]]`; empty at the top.
    pub(super) header: String,
}

impl<'a> Table<'a> {
    /// Where the table begins; what a missing key is blamed on.
    pub fn location(&self) -> Location {
        self.document.location(Some(self.span.clone()))
    }

    /// Where `key` is written; None when it is absent.
    pub fn key_location(&self, key: &str) -> Option<Location> {
        let key = self.table.key(key)?;
        Some(self.document.location(key.span()))
    }

    /// Records an error of the caller's own at `location`.
    pub fn error(&self, location: &Location, message: impl Into<String>, hint: impl Into<String>) {
        self.document.error(location, message, hint);
    }

    /// Records a note of the caller's own at `location`.
    pub fn note(&self, location: &Location, message: impl Into<String>, hint: impl Into<String>) {
        self.document.note(location, message, hint);
    }

    /// Whether the table has `key`; complains if not. `expected` completes "it takes ..".
    pub fn require(&self, key: &str, expected: &str) -> bool {
        self.ask(key);
        if self.table.get(key).is_none() {
            let message = format!("the key `{key}` is missing{}", place(&self.header));
            self.error(&self.location(), message, format!("it takes {expected}"));
        }
        self.table.get(key).is_some()
    }

    /// The top-level key `schema`, which must be one of `known`.
    pub fn required_schema<T: Copy>(&self, known: &[(&str, T)]) -> Option<Spanned<T>> {
        let names: Vec<String> = known.iter().map(|(name, _)| format!("`{name}`")).collect();
        let names = names.join(", ");
        self.require("schema", &format!("one of {names}"));
        let schema = self.optional_str("schema")?;
        match known.iter().find(|(name, _)| *name == schema.value) {
            Some((_, value)) => Some(Spanned { value: *value, location: schema.location }),
            None => {
                let message = format!("unknown schema `{}`", schema.value);
                self.error(&schema.location, message, format!("known schemas: {names}"));
                None
            }
        }
    }

    /// A string that must be there.
    pub fn required_str(&self, key: &str) -> Option<Spanned<String>> {
        self.require(key, "a string");
        self.optional_str(key)
    }

    pub fn optional_str(&self, key: &str) -> Option<Spanned<String>> {
        self.value(key, "a string", |value| value.as_str().map(str::to_owned))
    }

    /// A string that must be there and have a shape, e.g. [`names::kebab_case`].
    pub fn required_shaped(&self, key: &str, shape: Shape) -> Option<Spanned<String>> {
        self.require(key, "a string");
        self.optional_shaped(key, shape)
    }

    pub fn optional_shaped(&self, key: &str, shape: Shape) -> Option<Spanned<String>> {
        self.shaped(key, self.optional_str(key)?, shape)
    }

    /// A string that has a shape and, where it is absent, is `default`; without one it must be there.
    pub fn shaped_or(
        &self,
        key: &str,
        default: Option<String>,
        shape: Shape,
    ) -> Option<Spanned<String>> {
        match default {
            Some(value) if !self.has(key) => Some(Spanned { value, location: self.location() }),
            Some(_) => self.optional_shaped(key, shape),
            None => self.required_shaped(key, shape),
        }
    }

    /// A string that must be there and that `parse` turns into a `T`. `expected` completes "expected ..".
    pub fn required_parsed<T, E: std::fmt::Display>(
        &self,
        key: &str,
        expected: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<Spanned<T>> {
        let text = self.required_str(key)?;
        match parse(&text) {
            Ok(value) => Some(Spanned { value, location: text.location }),
            Err(error) => {
                let message = format!("`{key}` is `{}`: expected {expected}", text.value);
                self.error(&text.location, message, first_line(&error.to_string()));
                None
            }
        }
    }

    /// A string that must be there and be one of `choices`.
    pub fn required_choice<T: Copy>(&self, key: &str, choices: &[(&str, T)]) -> Option<Spanned<T>> {
        self.require(key, "a string");
        self.optional_choice(key, choices)
    }

    pub fn optional_choice<T: Copy>(&self, key: &str, choices: &[(&str, T)]) -> Option<Spanned<T>> {
        self.chosen(key, self.optional_str(key)?, choices)
    }

    pub fn optional_bool(&self, key: &str) -> Option<Spanned<bool>> {
        self.value(key, "true or false", Value::as_bool)
    }

    pub fn optional_int(&self, key: &str) -> Option<Spanned<i64>> {
        self.value(key, "an integer", Value::as_integer)
    }

    pub fn required_int(&self, key: &str) -> Option<Spanned<i64>> {
        self.require(key, "an integer");
        self.optional_int(key)
    }

    /// A number that must be there, whole or not.
    pub fn required_number(&self, key: &str) -> Option<Spanned<f64>> {
        self.require(key, "a number");
        self.optional_number(key)
    }

    /// A number, whole or not.
    pub fn optional_number(&self, key: &str) -> Option<Spanned<f64>> {
        let whole = |value: &Value| value.as_integer().map(|value| value as f64);
        self.value(key, "a number", |value| value.as_float().or_else(|| whole(value)))
    }

    /// A list of strings that must be there and have at least one element.
    pub fn required_list(&self, key: &str) -> Vec<Spanned<String>> {
        self.require(key, "a list of strings");
        let list = self.optional_list(key);
        let is_empty_array =
            self.table.get(key).and_then(Item::as_array).is_some_and(toml_edit::Array::is_empty);
        if let (true, Some(location)) = (is_empty_array, self.key_location(key)) {
            self.error(&location, format!("`{key}` is empty"), "it needs at least one element");
        }
        list
    }

    /// A list of strings; absent is empty.
    pub fn optional_list(&self, key: &str) -> Vec<Spanned<String>> {
        let expected = "a list of strings";
        let elements = self.value(key, expected, |value| value.as_array().cloned());
        let mut list = Vec::new();
        for element in elements.iter().flat_map(|elements| elements.iter()) {
            let location = self.document.location(element.span());
            match element.as_str() {
                Some(text) => list.push(Spanned { value: text.to_owned(), location }),
                None => self.error(
                    &location,
                    format!("`{key}` holds {}", describe(element)),
                    format!("expected {expected}"),
                ),
            }
        }
        let mut seen = BTreeSet::new();
        for element in &list {
            if !seen.insert(&element.value) {
                self.error(
                    &element.location,
                    format!("`{}` is in `{key}` twice", element.value),
                    "",
                );
            }
        }
        list
    }

    /// A list of strings of one shape; absent is empty.
    pub fn optional_shaped_list(&self, key: &str, shape: Shape) -> Vec<Spanned<String>> {
        self.optional_list(key)
            .into_iter()
            .filter_map(|element| self.shaped(key, element, shape))
            .collect()
    }

    /// As [`Table::required_list`], of strings of one shape.
    pub fn required_shaped_list(&self, key: &str, shape: Shape) -> Vec<Spanned<String>> {
        self.required_list(key)
            .into_iter()
            .filter_map(|element| self.shaped(key, element, shape))
            .collect()
    }

    /// A list out of `choices`; absent is empty.
    pub fn optional_choices<T: Copy>(&self, key: &str, choices: &[(&str, T)]) -> Vec<Spanned<T>> {
        self.optional_list(key)
            .into_iter()
            .filter_map(|element| self.chosen(key, element, choices))
            .collect()
    }

    /// A list out of `choices` that must be there and have at least one element.
    pub fn required_choices<T: Copy>(&self, key: &str, choices: &[(&str, T)]) -> Vec<Spanned<T>> {
        let list = self.required_list(key);
        list.into_iter().filter_map(|element| self.chosen(key, element, choices)).collect()
    }

    /// A table that must be there.
    pub fn required_table(&self, key: &str) -> Option<Table<'a>> {
        self.ask(key);
        if self.table.get(key).is_none() {
            let message = format!("the table `[{}]` is missing", join(&self.path, key));
            self.error(
                &self.location(),
                message,
                "docs/reference/manifest.md lists every table and key",
            );
        }
        self.optional_table(key)
    }

    pub fn optional_table(&self, key: &str) -> Option<Table<'a>> {
        self.ask(key);
        let item = self.table.get(key)?;
        match item.as_table_like() {
            Some(table) => Some(self.child(key, table, item.span(), false)),
            None => {
                self.wrong_type(key, item, "a table");
                None
            }
        }
    }

    /// For a table in which no key needs to be.
    pub fn table_or_empty(&self, key: &str) -> Table<'a> {
        self.optional_table(key).unwrap_or_else(|| {
            let empty = self.document.empty();
            Table { span: self.span.clone(), ..self.child(key, empty, None, false) }
        })
    }

    /// The elements of an array of tables, `[[key]]` or `key = [{..}]`; absent is empty.
    pub fn tables(&self, key: &str) -> Vec<Table<'a>> {
        self.ask(key);
        let Some(item) = self.table.get(key) else { return Vec::new() };
        let is_array = match item {
            Item::ArrayOfTables(_) => true,
            Item::Value(Value::Array(array)) => array.iter().all(Value::is_inline_table),
            _ => false,
        };
        if !is_array {
            self.wrong_type(key, item, "an array of tables");
            return Vec::new();
        }
        let spans: Vec<_> = match item {
            Item::ArrayOfTables(array) => array.iter().map(toml_edit::Table::span).collect(),
            Item::Value(Value::Array(array)) => array.iter().map(Value::span).collect(),
            _ => Vec::new(),
        };
        child_tables(item)
            .into_iter()
            .zip(spans)
            .map(|(table, span)| self.child(key, table, span, true))
            .collect()
    }

    /// All tables of this one by their names, for `[profile.<name>]`; any name is known.
    pub fn named_tables(&self) -> Vec<(Spanned<String>, Table<'a>)> {
        let names: Vec<&str> = self.table.iter().map(|(name, _)| name).collect();
        let named = |name: &str| {
            let table = self.optional_table(name)?;
            let location = self.key_location(name)?;
            Some((Spanned { value: name.to_owned(), location }, table))
        };
        names.into_iter().filter_map(named).collect()
    }

    /// The names of all keys, without asking for any.
    pub fn names(&self) -> Vec<String> {
        self.table.iter().map(|(name, _)| name.to_owned()).collect()
    }

    /// Whether the table has `key`, which is one that it may have.
    pub fn has(&self, key: &str) -> bool {
        self.ask(key);
        self.table.contains_key(key)
    }

    /// Whether `key` is a string, for keys that take a word or a list.
    pub fn is_str(&self, key: &str) -> bool {
        self.table.get(key).is_some_and(Item::is_str)
    }

    /// Whether `key` is a list, for keys that take a list or something else.
    pub fn is_list(&self, key: &str) -> bool {
        self.table.get(key).is_some_and(Item::is_array)
    }

    /// Complains when the table has `key`, which is known but out of place here.
    pub fn forbid(&self, key: &str, message: &str, hint: &str) {
        self.ask(key);
        if let Some(location) = self.key_location(key) {
            self.error(&location, message, hint);
        }
    }

    fn ask(&self, key: &str) {
        self.document.ask(&self.path, key);
    }

    fn child(
        &self,
        key: &str,
        table: &'a dyn TableLike,
        span: Option<Range<usize>>,
        element: bool,
    ) -> Table<'a> {
        // A table that exists only through `[parent.child]` headers has no place of its own.
        let key_span = || self.table.key(key).and_then(toml_edit::Key::span);
        let span = span.filter(|span| !span.is_empty()).or_else(key_span).unwrap_or(0..0);
        let path = join(&self.path, key);
        let header = if element { format!("[[{path}]]") } else { format!("[{path}]") };
        self.document.open(&path, &header);
        Table { document: self.document, table, span, path, header }
    }

    fn value<T>(
        &self,
        key: &str,
        expected: &str,
        get: impl Fn(&Value) -> Option<T>,
    ) -> Option<Spanned<T>> {
        self.ask(key);
        let item = self.table.get(key)?;
        let value = item.as_value().and_then(get);
        if value.is_none() {
            self.wrong_type(key, item, expected);
        }
        Some(Spanned { value: value?, location: self.document.location(item.span()) })
    }

    fn shaped(&self, key: &str, text: Spanned<String>, shape: Shape) -> Option<Spanned<String>> {
        match shape(&text) {
            Ok(()) => Some(text),
            Err(expected) => {
                self.error(
                    &text.location,
                    format!("`{}` does not suit `{key}`", names::printable(&text)),
                    format!("expected {expected}"),
                );
                None
            }
        }
    }

    fn chosen<T: Copy>(
        &self,
        key: &str,
        text: Spanned<String>,
        choices: &[(&str, T)],
    ) -> Option<Spanned<T>> {
        if let Some((_, choice)) = choices.iter().find(|(name, _)| *name == text.value) {
            return Some(Spanned { value: *choice, location: text.location });
        }
        let names = choices.iter().map(|(name, _)| *name);
        let hint = names::nearest_hint(&text, "values", names);
        self.error(&text.location, format!("unknown value `{}` for `{key}`", text.value), hint);
        None
    }

    fn wrong_type(&self, key: &str, item: &Item, expected: &str) {
        let location = self.document.location(item.span());
        let found = match item {
            Item::Value(value) => describe(value),
            Item::ArrayOfTables(_) => "an array of tables",
            Item::Table(_) | Item::None => "a table",
        };
        self.error(&location, format!("`{key}` is {found}"), format!("expected {expected}"));
    }
}

fn describe(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a string",
        Value::Integer(_) => "an integer",
        Value::Float(_) => "a float",
        Value::Boolean(_) => "a boolean",
        Value::Datetime(_) => "a date",
        Value::Array(_) => "an array",
        Value::InlineTable(_) => "a table",
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
