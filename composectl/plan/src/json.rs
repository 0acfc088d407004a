//! Reading JSON with positions: every complaint names line, column and path of the key or value it is about,
//! and all complaints of a file come at once.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::path::Path;

use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use crate::error::{Code, Error, Result};
use crate::files::read_bounded;

/// A file with more problems than this is told of the first ones only.
const MAX_PROBLEMS: usize = 100;

/// Something that is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind of problem it is.
    pub code: Code,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Where in the document, for example `components[2].digest`; empty for the whole.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub hint: Option<String>,
}

impl fmt::Display for Problem {
    /// `line:column: path: message`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: ", self.line, self.column)?;
        if !self.path.is_empty() {
            write!(formatter, "{}: ", self.path)?;
        }
        formatter.write_str(&self.message)
    }
}

impl Problem {
    /// The problem as an error of its own; its text begins with the file, if one is known.
    pub fn error(self, file: Option<&Path>) -> Error {
        let message = match file {
            Some(file) => format!("{}:{self}", file.display()),
            None => self.to_string(),
        };
        Error { code: self.code, message, context: self.hint }
    }
}

/// The text of a file of at most `most` bytes; `kind` is what errors call it.
pub(crate) fn read_text(path: &Path, kind: &str, most: u64) -> Result<String> {
    utf8(read_bytes(path, kind, most)?).map_err(|problem| {
        let error = problem.error(Some(path));
        if kind == "plan" { error } else { Error { code: Code::InvalidInput, ..error } }
    })
}

/// The text in `bytes`, or where it ceases to be UTF-8.
pub(crate) fn utf8(bytes: Vec<u8>) -> Result<String, Problem> {
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let valid = String::from_utf8_lossy(valid);
        let line_start = valid.rfind('\n').map_or(0, |newline| newline + 1);
        Problem {
            code: Code::PlanInvalidSchema,
            line: valid.matches('\n').count() + 1,
            column: valid[line_start..].chars().count() + 1,
            path: String::new(),
            message: "no UTF-8".to_owned(),
            hint: None,
        }
    })
}

/// The content of a file of at most `most` bytes; `kind` is what errors call it.
pub(crate) fn read_bytes(path: &Path, kind: &str, most: u64) -> Result<Vec<u8>> {
    let failed = |error: &dyn fmt::Display| {
        Error::new(Code::InvalidInput, format_args!("{kind} {}: {error}", path.display()))
    };
    read_bounded(path, most).map_err(|error| match (error.kind(), kind) {
        (std::io::ErrorKind::NotFound, "plan") => failed(&"there is no such file")
            .with_context(format_args!("composectl plan set {} ID=FILE makes it", path.display())),
        (std::io::ErrorKind::NotFound, "key") => failed(&"there is no such file")
            .with_context("composectl trust keygen FILE makes a key"),
        _ => failed(&error),
    })
}

/// Parses strict JSON (RFC 8259: no comments, no trailing commas). The depth is bounded.
pub(crate) fn parse<'a>(text: &'a str, reader: &mut Reader<'a>) -> Option<Value<'a>> {
    // serde_json has the better messages and does not recurse here; the other parser keeps positions, and refuses
    // what is more than 512 levels deep.
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text) {
        let full = error.to_string();
        let message = full.rsplit_once(" at line ").map_or(full.as_str(), |(message, _)| message);
        reader.problems.push(Problem {
            code: Code::PlanInvalidSchema,
            line: error.line().max(1),
            column: error.column().max(1),
            path: String::new(),
            message: format!("no JSON: {message}"),
            hint: None,
        });
        return None;
    }
    let strict = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    match parse_to_ast(text, &CollectOptions::default(), &strict) {
        Ok(parsed) if parsed.value.is_some() => parsed.value,
        Ok(_) => {
            reader.problem(Code::PlanInvalidSchema, 0, "", "no JSON: the file is empty");
            None
        }
        Err(error) => {
            let message = format!("no JSON: {}", error.kind());
            reader.problem(Code::PlanInvalidSchema, error.range().start, "", &message);
            None
        }
    }
}

/// A value and where it stands in the document.
#[derive(Clone, Debug)]
pub(crate) struct Node<'v, 'a> {
    pub value: &'v Value<'a>,
    pub path: String,
}

impl Node<'_, '_> {
    /// Offset of its first byte.
    pub fn start(&self) -> usize {
        self.value.range().start
    }

    /// What it is, for messages.
    fn kind(&self) -> &'static str {
        match self.value {
            Value::StringLit(_) => "a string",
            Value::NumberLit(_) => "a number",
            Value::BooleanLit(_) => "a boolean",
            Value::Object(_) => "an object",
            Value::Array(_) => "an array",
            Value::NullKeyword(_) => "null",
        }
    }
}

/// Collects the problems of one text.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    text: &'a str,
    pub problems: Vec<Problem>,
    /// Stands for all problems beyond the last.
    ignored: Option<Problem>,
}

impl<'a> Reader<'a> {
    /// A reader of `text` without problems.
    pub fn new(text: &'a str) -> Self {
        Self { text, problems: Vec::new(), ignored: None }
    }

    /// Whether enough problems were found; more would help nobody.
    pub fn is_full(&self) -> bool {
        self.problems.len() >= MAX_PROBLEMS
    }

    /// Notes a problem at the byte `offset`.
    pub fn problem(
        &mut self,
        code: Code,
        offset: usize,
        path: &str,
        message: &str,
    ) -> &mut Problem {
        if self.is_full() {
            return self.ignored.get_or_insert_with(|| Problem {
                code,
                line: 1,
                column: 1,
                path: String::new(),
                message: String::new(),
                hint: None,
            });
        }
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let index = self.problems.len();
        self.problems.push(Problem {
            code,
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            path: shortened(path, 500),
            message: shortened(message, 500),
            hint: None,
        });
        &mut self.problems[index]
    }

    /// Notes a problem of a value.
    pub fn invalid(&mut self, node: &Node, code: Code, message: &str) -> &mut Problem {
        self.problem(code, node.start(), &node.path, message)
    }

    fn wrong_type(&mut self, node: &Node, expected: &str) {
        let message = format!("expected {expected}, found {}", node.kind());
        self.invalid(node, Code::PlanInvalidSchema, &message);
    }

    /// A string.
    pub fn string<'v>(&mut self, node: &Node<'v, 'a>) -> Option<&'v str> {
        match node.value {
            Value::StringLit(literal) => Some(&literal.value),
            _ => {
                self.wrong_type(node, "a string");
                None
            }
        }
    }

    /// An unsigned integer within `range`, written without fraction or exponent.
    pub fn integer(&mut self, node: &Node<'_, 'a>, range: RangeInclusive<u64>) -> Option<u64> {
        let Value::NumberLit(literal) = node.value else {
            self.wrong_type(node, "a number");
            return None;
        };
        match literal.value.parse::<u64>() {
            Ok(value) if range.contains(&value) => Some(value),
            _ => {
                let message = format!(
                    "{} is no whole number from {} to {}",
                    literal.value,
                    range.start(),
                    range.end()
                );
                self.invalid(node, Code::PlanInvalidSchema, &message);
                None
            }
        }
    }

    /// A boolean; `false` if it is none, which is a problem.
    pub fn boolean(&mut self, node: &Node<'_, 'a>) -> bool {
        if let Value::BooleanLit(literal) = node.value {
            return literal.value;
        }
        self.wrong_type(node, "a boolean");
        false
    }

    /// One of a few words.
    pub fn word<T: Copy>(&mut self, node: &Node<'_, 'a>, words: &[(&str, T)]) -> Option<T> {
        let text = self.string(node)?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(*value);
        }
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let hint = nearest(text, &known).map(|word| format!("did you mean `{word}`?"));
        let known: Vec<String> = known.iter().map(|word| format!("`{word}`")).collect();
        let message = format!("`{text}` is none of {}", known.join(", "));
        self.invalid(node, Code::PlanInvalidSchema, &message).hint = hint;
        None
    }

    /// The elements of an array.
    pub fn array<'v>(&mut self, node: &Node<'v, 'a>) -> Vec<Node<'v, 'a>> {
        let Value::Array(array) = node.value else {
            self.wrong_type(node, "an array");
            return Vec::new();
        };
        let element = |(index, value)| Node { value, path: format!("{}[{index}]", node.path) };
        array.elements.iter().enumerate().map(element).collect()
    }

    /// The fields of an object.
    pub fn object<'v>(&mut self, node: &Node<'v, 'a>) -> Option<Fields<'v, 'a>> {
        let Value::Object(object) = node.value else {
            self.wrong_type(node, "an object");
            return None;
        };
        let mut found: BTreeMap<&'v str, Node<'v, 'a>> = BTreeMap::new();
        for property in &object.properties {
            let name = property.name.as_str();
            let path = join(&node.path, name);
            if found.contains_key(name) {
                let message = format!("`{name}` is there twice");
                self.problem(Code::PlanInvalidSchema, property.range.start, &path, &message);
                continue;
            }
            found.insert(name, Node { value: &property.value, path });
        }
        Some(Fields { object, path: node.path.clone(), found, known: Vec::new() })
    }
}

/// The fields of an object, taken one by one; those that nobody took are unknown.
#[derive(Debug)]
pub(crate) struct Fields<'v, 'a> {
    object: &'v Object<'a>,
    path: String,
    found: BTreeMap<&'v str, Node<'v, 'a>>,
    known: Vec<&'static str>,
}

impl<'v, 'a> Fields<'v, 'a> {
    /// The field `name`, if it is there.
    pub fn take(&mut self, name: &'static str) -> Option<Node<'v, 'a>> {
        self.known.push(name);
        self.found.remove(name)
    }

    /// The field `name`; its absence is a problem of the object.
    pub fn need(&mut self, reader: &mut Reader<'a>, name: &'static str) -> Option<Node<'v, 'a>> {
        let node = self.take(name);
        if node.is_none() {
            let message = format!("`{name}` is missing");
            reader.problem(Code::PlanMissingField, self.object.range.start, &self.path, &message);
        }
        node
    }

    /// Notes the fields that were not asked for.
    pub fn finish(self, reader: &mut Reader<'a>) {
        for property in &self.object.properties {
            let name = property.name.as_str();
            let Some(node) = self.found.get(name) else { continue };
            if !std::ptr::eq(node.value, &property.value) {
                continue;
            }
            let message = format!("unknown key `{name}`");
            let hint = match nearest(name, &self.known) {
                Some(known) => format!("did you mean `{known}`?"),
                None => format!("known here: {}", self.known.join(", ")),
            };
            let problem =
                reader.problem(Code::PlanInvalidSchema, property.range.start, &node.path, &message);
            problem.hint = Some(hint);
        }
    }
}

/// The path of a field; names that are no identifiers are quoted.
fn join(path: &str, name: &str) -> String {
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    match (path.is_empty(), plain) {
        (true, true) => name.to_owned(),
        (false, true) => format!("{path}.{name}"),
        (_, false) => format!("{path}[{name:?}]"),
    }
}

/// Foreign text for a message: its first `most` characters. Who prints the message escapes what a terminal would act on.
pub fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}..", &text[..end]),
        None => text.to_owned(),
    }
}

/// What is wrong with foreign JSON, and where; what it quotes is shortened.
pub fn problem_of(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    match text.strip_suffix(&place) {
        Some(what) => format!("{}{place}", shortened(what, 200)),
        None => shortened(&text, 200),
    }
}

/// The known word that `word` most likely was meant to be.
pub(crate) fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    if word.len() > 100 {
        return None;
    }
    let distances = known.iter().map(|known| (strsim::damerau_levenshtein(word, known), *known));
    let (distance, nearest) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= nearest.len().max(3) / 3).then_some(nearest)
}
