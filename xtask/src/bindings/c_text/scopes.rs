//! Names within a function: parameters, variables, and which of them hide others.

use super::tokens::Token::{self, Mark, Word};
use super::tokens::word;

/// Words that a statement begins with and a declaration does not.
const STATEMENTS: &[&str] = &[
    "break", "case", "continue", "default", "do", "else", "for", "goto", "if", "return", "sizeof",
    "switch", "while",
];
/// Words before a type's name.
const QUALIFIERS: &[&str] =
    &["const", "enum", "extern", "inline", "static", "struct", "union", "volatile", "_Noreturn"];

/// The names that are visible in a function.
pub struct Scopes<'a> {
    parameters: Vec<&'a str>,
    /// The blocks around, outermost first.
    open: Vec<Vec<&'a str>>,
    /// Parameters and variables, in order.
    pub all: Vec<&'a str>,
    /// Those that hide a parameter or meet another one, and those that are called as functions are.
    pub ambiguous: Vec<&'a str>,
}

impl<'a> Scopes<'a> {
    pub fn new(parameters: Vec<&'a str>) -> Self {
        let twice = |at: &usize| parameters[..*at].contains(&parameters[*at]);
        let ambiguous = (0..parameters.len()).filter(twice).map(|at| parameters[at]).collect();
        Scopes { all: parameters.clone(), parameters, open: vec![Vec::new()], ambiguous }
    }

    fn sees(&self, name: &str) -> bool {
        self.parameters.iter().chain(self.open.iter().flatten()).any(|other| *other == name)
    }

    /// A variable may hide one of a block around. A parameter that it hides was meant to be seen there. What a `for`
    /// declares ends with the loop.
    fn declare(&mut self, name: &'a str, of_a_loop: bool) {
        let block = self.open.last_mut().expect("invariant: the outermost block stays");
        if self.parameters.contains(&name) || block.contains(&name) {
            self.ambiguous.push(name);
        }
        self.all.push(name);
        if !of_a_loop {
            block.push(name);
        }
    }

    /// Reads a body, without its own braces.
    pub fn walk(&mut self, body: &[Token<'a>]) {
        let mut begins = true;
        for (at, token) in body.iter().enumerate() {
            if begins && let Some(name) = local(&body[at..]) {
                let of_a_loop = at >= 2 && body[at - 2] == Word("for");
                self.declare(name, of_a_loop);
            }
            let after_member = at > 0 && matches!(body[at - 1], Mark('.' | '>'));
            if let (Word(name), Some(Mark('('))) = (token, body.get(at + 1))
                && !after_member
                && self.sees(name)
            {
                self.ambiguous.push(name);
            }
            match token {
                Mark('{') => self.open.push(Vec::new()),
                Mark('}') if self.open.len() > 1 => drop(self.open.pop()),
                _ => {}
            }
            begins = match token {
                Mark('{' | '}' | ';' | ':') | Word("else") => true,
                Mark('(') => at > 0 && body[at - 1] == Word("for"),
                _ => false,
            };
        }
    }
}

/// The name in `type name =`, `type *name;` and their like at the beginning of a statement.
fn local<'a>(statement: &[Token<'a>]) -> Option<&'a str> {
    let mut rest = statement;
    while let [Word(word), after @ ..] = rest
        && QUALIFIERS.contains(word)
    {
        rest = after;
    }
    match rest {
        [Word(first), after @ ..] if !STATEMENTS.contains(first) => rest = after,
        _ => return None,
    }
    while let [Mark('*'), after @ ..] = rest {
        rest = after;
    }
    match rest {
        [Word(name), Mark('=' | ';' | '[' | ','), ..] => Some(name),
        _ => None,
    }
}

/// The name of a parameter, where it has one besides its type.
pub fn parameter<'a>(tokens: &[Token<'a>]) -> Option<&'a str> {
    let words: Vec<_> =
        tokens.iter().filter_map(word).filter(|word| !QUALIFIERS.contains(word)).collect();
    match words[..] {
        [_, .., name] => Some(name),
        _ => None,
    }
}
