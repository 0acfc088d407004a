//! What a crate's build script says of the C that it compiles, by the text of it: the script itself is never run.

/// Paths and macros in a build script, as it has them. What stands under a condition is left out: it is for other machines.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// C and C++ files.
    pub files: Vec<String>,
    pub include: Vec<String>,
    /// `NAME` or `NAME=value`.
    pub defines: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Mark(char),
}

pub fn read(text: &str) -> Script {
    let tokens = unconditional(tokens(text));
    let mut script = Script::default();
    for token in &tokens {
        if let Token::Text(path) = token
            && [".c", ".cc", ".cpp", ".cxx"].iter().any(|end| path.ends_with(end))
        {
            script.files.push(path.clone());
        }
    }
    for (at, token) in tokens.iter().enumerate() {
        let Token::Word(word) = token else { continue };
        let is_method = at > 0 && tokens[at - 1] == Token::Mark('.');
        if !is_method || tokens.get(at + 1) != Some(&Token::Mark('(')) {
            continue;
        }
        let arguments = arguments(&tokens[at + 1..]);
        let texts = arguments.iter().filter_map(|token| match token {
            Token::Text(text) => Some(text.clone()),
            _ => None,
        });
        match word.as_str() {
            "include" | "includes" => script.include.extend(texts),
            "define" => script.defines.extend(define(&texts.collect::<Vec<_>>(), arguments)),
            _ => {}
        }
    }
    script
}

fn define(texts: &[String], arguments: &[Token]) -> Option<String> {
    let nothing = Token::Word("None".to_owned());
    match texts {
        [name] if arguments.contains(&nothing) => Some(name.clone()),
        [name, value] => Some(format!("{name}={value}")),
        _ => None,
    }
}

/// What is in the brackets that `tokens` begin with.
fn arguments(tokens: &[Token]) -> &[Token] {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Mark('(') => depth += 1,
            Token::Mark(')') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &tokens[1..at];
        }
    }
    &[]
}

/// Without the blocks of `if`, `else`, `match` and loops.
fn unconditional(tokens: Vec<Token>) -> Vec<Token> {
    let mut kept = Vec::new();
    let mut tokens = tokens.into_iter();
    while let Some(token) = tokens.next() {
        let conditional = matches!(&token, Token::Word(word)
            if ["if", "else", "match", "while", "for"].contains(&word.as_str()));
        if !conditional {
            kept.push(token);
            continue;
        }
        let mut depth = 0;
        for token in tokens.by_ref() {
            match token {
                Token::Mark('{') => depth += 1,
                Token::Mark('}') => depth -= 1,
                _ => {}
            }
            if depth == 0 && token == Token::Mark('}') {
                break;
            }
        }
    }
    kept
}

/// Enough of Rust's: words, texts, and other characters one by one.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if rest.starts_with("//") {
            rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
        } else if rest.starts_with("/*") {
            rest = rest.split_once("*/").map_or("", |(_, rest)| rest);
        } else if first == '"' {
            let (text, after) = quoted(&rest[1..]);
            tokens.push(Token::Text(text));
            rest = after;
        } else if first == '\'' {
            // A character, of which only the quotation mark matters; or a lifetime.
            let skipped = ["'\"'", "'\\\"'"].iter().find(|quote| rest.starts_with(**quote));
            rest = &rest[skipped.map_or(1, |quote| quote.len())..];
        } else if first.is_alphanumeric() || first == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            tokens.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        } else {
            if !first.is_whitespace() {
                tokens.push(Token::Mark(first));
            }
            rest = &rest[first.len_utf8()..];
        }
    }
    tokens
}

/// A text whose opening mark is gone, and what comes after it.
fn quoted(rest: &str) -> (String, &str) {
    let mut text = String::new();
    let mut characters = rest.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return (text, &rest[at + 1..]),
            '\\' => text.extend(characters.next().map(|(_, c)| c)),
            c => text.push(c),
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compiled_unconditionally_is_read() {
        let script = read(
            r#"
            fn main() {
                // .file("comment.c")
                let mut build = cc::Build::new();
                build.files(&["lib/a.c", "lib/b.c"]).file("lib/c.c").include("lib/include");
                if cfg!(feature = "x") && !is("{") {
                    build.define("X", None).include("other");
                    if let Some(y) = z { build.file("y.c"); }
                } else {
                    build.file("else.c");
                }
                build.define("QUIET", None).define("LEVEL", "3").define("OF", value).define("S", Some("t"));
                println!("cargo:rerun-if-changed=lib");
                build.compile("a");
            }"#,
        );
        let strings = |list: &[&str]| list.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        let expected = Script {
            files: strings(&["lib/a.c", "lib/b.c", "lib/c.c"]),
            include: strings(&["lib/include"]),
            defines: strings(&["QUIET", "LEVEL=3", "S=t"]),
        };
        assert_eq!(script, expected);
    }
}
