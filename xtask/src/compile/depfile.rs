//! The rule for make that clang writes (`-MD`): which files it read.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

/// The files after the colon of the rule, spelled as clang spells them.
pub fn dependencies(rule: &[u8]) -> Vec<PathBuf> {
    let colon = rule.windows(2).position(|pair| pair[0] == b':' && pair[1].is_ascii_whitespace());
    let mut letters =
        rule[colon.map_or(rule.len(), |colon| colon + 1)..].iter().copied().peekable();
    let mut files = Vec::new();
    let mut name = Vec::new();
    while let Some(letter) = letters.next() {
        match (letter, letters.peek()) {
            // A rule goes on in the next line.
            (b'\\', Some(b'\n')) => {}
            // What make would take for something else: a separator, a comment, a variable.
            (b'\\', Some(&escaped @ (b' ' | b'#'))) | (b'$', Some(&escaped @ b'$')) => {
                name.push(escaped);
                letters.next();
            }
            _ if letter.is_ascii_whitespace() => end(&mut name, &mut files),
            _ => name.push(letter),
        }
    }
    end(&mut name, &mut files);
    files
}

fn end(name: &mut Vec<u8>, files: &mut Vec<PathBuf>) {
    if !name.is_empty() {
        files.push(OsString::from_vec(std::mem::take(name)).into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(rule: &str) -> Vec<String> {
        dependencies(rule.as_bytes()).iter().map(|path| path.display().to_string()).collect()
    }

    #[test]
    fn names_are_as_the_compiler_spells_them() {
        let rule = "x.o: a.c src/../gen/b.h \\\n  ./c.h /d:e.h\n";
        assert_eq!(names(rule), ["a.c", "src/../gen/b.h", "./c.h", "/d:e.h"]);
        assert_eq!(names("x.o:\n"), [] as [&str; 0]);
        assert_eq!(names(""), [] as [&str; 0]);
    }

    #[test]
    fn what_make_would_take_for_something_else_is_escaped() {
        let rule = "/o'brien\\ ltd/x.o: with\\ space.h $$a\\#b.h back\\slash.h ünï.h\n";
        assert_eq!(names(rule), ["with space.h", "$a#b.h", "back\\slash.h", "ünï.h"]);
    }
}
