//! Tokens of C, and what stands between brackets.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    Word(&'a str),
    Mark(char),
    Literal,
}

use Token::{Mark, Word};

/// The tokens of a text without those of directives, of which there are the names of macros.
#[derive(Default)]
pub struct Tokens<'a> {
    pub tokens: Vec<Token<'a>>,
    pub macros: Vec<&'a str>,
}

impl<'a> Tokens<'a> {
    pub fn read(text: &'a str) -> Self {
        let mut read = Tokens::default();
        // How many conditions are open since `#ifdef __cplusplus`, whose lines are no C.
        let mut foreign = 0;
        let mut rest = text;
        let mut line_begins = true;
        while let Some(first) = rest.chars().next() {
            let length = match first {
                '\n' => {
                    line_begins = true;
                    rest = &rest[1..];
                    continue;
                }
                '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
                '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
                '#' if line_begins => {
                    let length = logical_line(rest);
                    read.directive(&rest[..length], &mut foreign);
                    length
                }
                '"' | '\'' => literal(rest, first),
                c if c.is_whitespace() => c.len_utf8(),
                c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
                c => c.len_utf8(),
            };
            let (token, after) = rest.split_at(length);
            line_begins = line_begins && (first.is_whitespace() || token.starts_with("/*"));
            rest = after;
            if foreign > 0
                || first.is_whitespace()
                || first == '#'
                || token.starts_with("//")
                || token.starts_with("/*")
            {
                continue;
            }
            read.tokens.push(match first {
                '"' | '\'' | '0'..='9' => Token::Literal,
                c if is_word(c) => Word(token),
                c => Mark(c),
            });
        }
        read
    }

    fn directive(&mut self, line: &'a str, foreign: &mut usize) {
        let line = line[1..].trim_start();
        match (line, *foreign) {
            ("ifdef __cplusplus", 0) => *foreign = 1,
            (line, 1..) if line.starts_with("if") => *foreign += 1,
            (line, 1..) if line.starts_with("endif") => *foreign -= 1,
            (line, 0) => {
                if let Some(definition) = line.strip_prefix("define ") {
                    let name = definition.trim_start();
                    self.macros.push(&name[..name.find(|c| !is_word(c)).unwrap_or(name.len())]);
                }
            }
            _ => {}
        }
    }
}

/// Where the bracket at `open` closes, or the last token.
pub fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token {
            Mark('(' | '[' | '{') => depth += 1,
            Mark(')' | ']' | '}') if depth == 1 => return at,
            Mark(')' | ']' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    tokens.len() - 1
}

/// What stands in the bracket at `open`.
pub fn inside<'t, 'a>(tokens: &'t [Token<'a>], open: usize) -> &'t [Token<'a>] {
    &tokens[open + 1..closing(tokens, open).max(open + 1)]
}

/// Splits at marks outside of brackets.
pub fn split<'t, 'a>(tokens: &'t [Token<'a>], mark: char) -> Vec<&'t [Token<'a>]> {
    let (mut parts, mut from, mut at) = (Vec::new(), 0, 0);
    while at < tokens.len() {
        match tokens[at] {
            Mark('(' | '[' | '{') => at = closing(tokens, at),
            Mark(c) if c == mark => {
                parts.push(&tokens[from..at]);
                from = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    parts.push(&tokens[from..]);
    parts
}

pub fn without_attributes<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let mut kept = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at] == Word("__attribute__") && at + 1 < tokens.len() {
            at = closing(tokens, at + 1) + 1;
        } else {
            kept.push(tokens[at]);
            at += 1;
        }
    }
    kept
}

/// The last word outside of brackets.
pub fn last_word<'a>(tokens: &[Token<'a>]) -> Option<&'a str> {
    let end = tokens.iter().rposition(|token| *token == Mark('}')).unwrap_or(0);
    let name = tokens[end..].split(|token| *token == Mark('[')).next()?;
    name.iter().rev().find_map(word)
}

pub fn word<'a>(token: &Token<'a>) -> Option<&'a str> {
    match token {
        Word(word) => Some(word),
        _ => None,
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// How long a directive is, with the lines that continue it.
fn logical_line(text: &str) -> usize {
    let mut length = 0;
    for line in text.split_inclusive('\n') {
        length += line.len();
        if !line.trim_end_matches('\n').ends_with('\\') {
            break;
        }
    }
    text[..length].trim_end_matches('\n').len()
}

fn literal(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}
