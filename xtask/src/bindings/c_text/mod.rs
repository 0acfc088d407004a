//! What C text declares. Not a compiler: it knows the C that generators write, and of other headers what stands at
//! file scope.

mod scopes;
mod tokens;

use std::collections::BTreeSet;

use scopes::{Scopes, parameter};
use tokens::Token::{self, Mark, Word};
use tokens::{Tokens, closing, inside, last_word, split, without_attributes, word};

/// A header or a source file.
#[derive(Clone, Debug)]
pub struct CText<'a> {
    pub declarations: Vec<Declaration<'a>>,
    /// Macros, in order, each as often as it is defined.
    pub macros: Vec<&'a str>,
    /// Every word outside of comments, literals and directives.
    pub words: BTreeSet<&'a str>,
}

/// Something that has a name at file scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration<'a> {
    pub name: &'a str,
    pub kind: Kind,
    /// Names of members, parameters and local variables.
    pub inner: Vec<&'a str>,
    /// Names in `inner` that mean two things where they stand.
    pub ambiguous: Vec<&'a str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A `typedef`.
    Type,
    /// A `struct` or `union` with its members.
    Tag,
    /// A function without its body, a variable that is `extern`.
    Declared,
    /// A function with its body, a variable, an enumerator.
    Defined,
}

impl<'a> CText<'a> {
    pub fn read(text: &'a str) -> Self {
        let Tokens { tokens, macros } = Tokens::read(text);
        let words = tokens.iter().filter_map(word).collect();
        let mut found = CText { declarations: Vec::new(), macros, words };
        let mut rest = tokens.as_slice();
        while !rest.is_empty() {
            let (one, after) = rest.split_at(external_declaration(rest));
            found.declare(one);
            rest = after;
        }
        found
    }

    /// The text without the declarations and macros of these names.
    pub fn without(mut self, declarations: &BTreeSet<&str>, macros: &BTreeSet<&str>) -> Self {
        self.declarations.retain(|one| !declarations.contains(one.name));
        self.macros.retain(|name| !macros.contains(name));
        self
    }

    fn declare(&mut self, tokens: &[Token<'a>]) {
        let tokens = without_attributes(tokens);
        let parts = outline(&tokens);
        let typedef = parts.first() == Some(&Part::Word("typedef"));
        let mut parts = parts.as_slice();
        let is_aggregate = |part: &Part| matches!(part, Part::Word("struct" | "union" | "enum"));
        if let Some(open) = parts.iter().position(|part| matches!(part, Part::Braces(_)))
            && let Some(keyword) = parts[..open].iter().rposition(is_aggregate)
            && open - keyword <= 2
            && let Part::Braces(body) = &parts[open]
        {
            let after = &parts[open + 1..];
            match (&parts[keyword], &parts[open - 1]) {
                (Part::Word("enum"), _) => self.enumerators(body),
                (_, Part::Word(name)) if open - keyword == 2 => {
                    self.aggregate(name, Kind::Tag, body)
                }
                _ if typedef => {
                    return after.iter().find_map(Part::word).into_iter().for_each(|name| {
                        self.aggregate(name, Kind::Type, body);
                    });
                }
                _ => {}
            }
            parts = after;
        } else if let [.., keyword, Part::Word(_), Part::Mark(';')] = parts
            && is_aggregate(keyword)
        {
            return; // declared, not defined
        }
        if typedef {
            // A pointer to a function has its name in brackets: `typedef void (*name)(int);`
            let in_brackets = parts.iter().find_map(|part| match part {
                Part::Brackets(inner) => inner.iter().find_map(word),
                _ => None,
            });
            let name = in_brackets.or_else(|| parts.iter().rev().find_map(Part::word));
            self.declarations.extend(name.map(|name| plain(name, Kind::Type)));
            return;
        }
        let ends = |part: &Part| matches!(part, Part::Mark('=' | '[' | ';') | Part::Braces(_));
        let head = &parts[..parts.iter().position(ends).unwrap_or(parts.len())];
        match head {
            [.., Part::Word("_Static_assert"), Part::Brackets(_)] => {}
            [.., Part::Word(name), Part::Brackets(parameters)] => {
                let body = match parts.get(head.len()) {
                    Some(Part::Braces(body)) => Some(*body),
                    _ => None,
                };
                self.function(name, parameters, body);
            }
            _ => {
                let external = head.first() == Some(&Part::Word("extern"));
                let kind = if external { Kind::Declared } else { Kind::Defined };
                let name = head.iter().rev().find_map(Part::word);
                self.declarations.extend(name.map(|name| plain(name, kind)));
            }
        }
    }

    fn aggregate(&mut self, name: &'a str, kind: Kind, body: &[Token<'a>]) {
        let (inner, ambiguous) = members(body);
        self.declarations.push(Declaration { name, kind, inner, ambiguous });
    }

    fn enumerators(&mut self, body: &[Token<'a>]) {
        for one in body.split(|token| *token == Mark(',')) {
            self.declarations
                .extend(one.first().and_then(word).map(|name| plain(name, Kind::Defined)));
        }
    }

    fn function(&mut self, name: &'a str, parameters: &[Token<'a>], body: Option<&[Token<'a>]>) {
        let parameters: Vec<_> = split(parameters, ',').into_iter().filter_map(parameter).collect();
        let mut scopes = Scopes::new(parameters);
        if let Some(body) = body {
            scopes.walk(body);
        }
        let kind = if body.is_some() { Kind::Defined } else { Kind::Declared };
        let Scopes { all, ambiguous, .. } = scopes;
        self.declarations.push(Declaration { name, kind, inner: all, ambiguous });
    }
}

/// A token outside of brackets, or what stands in them.
#[derive(Debug, PartialEq)]
enum Part<'t, 'a> {
    Word(&'a str),
    Mark(char),
    Brackets(&'t [Token<'a>]),
    Braces(&'t [Token<'a>]),
}

impl<'a> Part<'_, 'a> {
    fn word(&self) -> Option<&'a str> {
        match self {
            Part::Word(word) => Some(word),
            _ => None,
        }
    }
}

/// Of brackets `[...]` the first one is left.
fn outline<'t, 'a>(tokens: &'t [Token<'a>]) -> Vec<Part<'t, 'a>> {
    let (mut parts, mut at) = (Vec::new(), 0);
    while at < tokens.len() {
        match tokens[at] {
            Word(word) => parts.push(Part::Word(word)),
            Token::Literal => {}
            Mark('(') => parts.push(Part::Brackets(inside(tokens, at))),
            Mark('{') => parts.push(Part::Braces(inside(tokens, at))),
            Mark(mark) => parts.push(Part::Mark(mark)),
        }
        if matches!(tokens[at], Mark('(' | '{' | '[')) {
            at = closing(tokens, at);
        }
        at += 1;
    }
    parts
}

/// The names of a struct's members, those of unions in it included, and those that are there twice.
fn members<'a>(body: &[Token<'a>]) -> (Vec<&'a str>, Vec<&'a str>) {
    let (mut names, mut ambiguous) = (Vec::new(), Vec::new());
    let mut seen = BTreeSet::new();
    for member in split(body, ';') {
        if let Some(open) = member.iter().position(|token| *token == Mark('{')) {
            let (inner, twice) = members(inside(member, open));
            names.extend(inner);
            ambiguous.extend(twice);
        }
        let Some(name) = last_word(member) else { continue };
        names.push(name);
        if !seen.insert(name) {
            ambiguous.push(name);
        }
    }
    (names, ambiguous)
}

/// How many tokens the first declaration has.
fn external_declaration(tokens: &[Token]) -> usize {
    let mut at = 0;
    while at < tokens.len() {
        match tokens[at] {
            Mark('(' | '[') => at = closing(tokens, at),
            Mark('{') => {
                let function = at > 0 && tokens[at - 1] == Mark(')');
                at = closing(tokens, at);
                if function {
                    return at + 1;
                }
            }
            Mark(';') => return at + 1,
            _ => {}
        }
        at += 1;
    }
    tokens.len()
}

fn plain(name: &str, kind: Kind) -> Declaration<'_> {
    Declaration { name, kind, inner: Vec::new(), ambiguous: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let found = CText::read(text);
        let declarations = found.declarations.iter().map(|one| {
            let Declaration { name, kind, inner, ambiguous } = one;
            format!("{kind:?} {name} {inner:?} {ambiguous:?}")
        });
        declarations.chain(found.macros.iter().map(|name| format!("macro {name}"))).collect()
    }

    #[test]
    fn every_kind_of_declaration() {
        let text = r#"
#ifdef __cplusplus
extern "C" {
#endif
#define A_B (1 << 2)
#define two(a, \
            b) a b
typedef struct a_t { uint8_t *ptr; size_t len; } a_t;
typedef struct { bool is_some; union { a_t ok; b_t err; } val; } b_t;
typedef uint32_t c_t; // typedef uint32_t d_t;
typedef a_t* e_t;
typedef struct f_t f_t;
extern c_t f(a_t *x, uint32_t y);
__attribute__((__import_module__("m"), __import_name__("n;")))
extern int32_t g(int32_t, uint8_t *, size_t);
static uint8_t AREA[sizeof(void*)+4];
union h { int32_t a; float b; };
static const struct i j[] = {{1, 2}, {3}};
extern const struct i m;
void k(void) { return; }
_Static_assert(sizeof(a_t) == 8, "a");
enum { P = 1, Q };
typedef bool (*l)(int x);
#ifdef __cplusplus
}
#endif
"#;
        let expected = [
            r#"Tag a_t ["ptr", "len"] []"#,
            "Type a_t [] []",
            r#"Type b_t ["ok", "err", "is_some", "val"] []"#,
            "Type c_t [] []",
            "Type e_t [] []",
            "Type f_t [] []",
            r#"Declared f ["x", "y"] []"#,
            "Declared g [] []",
            "Defined AREA [] []",
            r#"Tag h ["a", "b"] []"#,
            "Defined j [] []",
            "Declared m [] []",
            "Defined k [] []",
            "Defined P [] []",
            "Defined Q [] []",
            "Type l [] []",
            "macro A_B",
            "macro two",
        ];
        let mut told = told(text);
        told[2] = told[2].replace(r#""is_some", "ok", "err""#, r#""ok", "err", "is_some""#);
        assert_eq!(told, expected);
    }

    #[test]
    fn names_that_mean_two_things_in_one_function() {
        let function = |body: &str| {
            let text = format!("void f(a_t x, b_t *memcpy) {{ {body} }}");
            CText::read(&text).declarations[0].ambiguous.join(" ")
        };
        for fine in [
            "size_t i = 0; x = i;",
            "for (size_t i = 0; i < 3; i++) g(i); for (size_t i = 0; i < 3; i++) g(i);",
            "switch (y) { case 0: { int a; } case 1: { int a; } }",
            "x.memcpy(1); x->memcpy(2); return x;",
            "{ int base; { int base; } }",
            "if (x) y = 1; else y = x;",
        ] {
            assert_eq!(function(fine), "", "{fine}");
        }
        for (odd, name) in [
            ("size_t x = 0;", "x"),
            ("if (y) { const c_t *x = &y; }", "x"),
            ("int i; uint8_t i[3];", "i"),
            ("memcpy(y, z, 1);", "memcpy"),
            ("for (size_t x = 0;;) {}", "x"),
        ] {
            assert_eq!(function(odd), name, "{odd}");
        }
        assert_eq!(CText::read("void f(int a, int a);").declarations[0].ambiguous, ["a"]);
        assert_eq!(CText::read("struct s { int a; char a; };").declarations[0].ambiguous, ["a"]);
    }
}
