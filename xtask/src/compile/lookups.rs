//! What a compiler read, and what it looked for and did not find: both are inputs. clang tells the former only.
//!
//! The names below every folder that it searches are declared or recorded, so a header that comes into being changes
//! the key wherever it could be found. That leaves names that lead out of the folder or that a list of names leaves
//! out: those with a component that begins with a dot. They are read from the text of all files that were read, and
//! the path that each would have in each searched folder is recorded.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use anyhow::{Result, bail};
use fs_err as fs;

use super::{Compile, Place, depfile};
use crate::graph::{Context, Work};

/// Records the lookups of a compiler that ran for `compile` and wrote `depfile`.
///
/// Fails for a file outside of the checkout and of the step's artifacts, and for directives of the assembler that
/// read files: nobody tells which.
pub fn record(compile: &Compile, cx: &Context, work: &Work, depfile: &Path) -> Result<()> {
    let source = match &compile.source {
        Place::Checkout(path) => path.clone(),
        Place::Output { artifact, path, .. } => artifact.dir.join(path),
    };
    // There is none of an assembler file that is not preprocessed.
    let read = if depfile.exists() {
        depfile::dependencies(&fs::read(depfile)?)
    } else {
        vec![source.clone()]
    };
    let theirs = Artifacts::of(compile);
    let mut folders: BTreeSet<PathBuf> = compile.searched(cx).collect();
    let mut dotted = dotted_in_defines(&compile.flags);
    for path in read {
        let place = cx.root().join(&path);
        let mentions = if theirs.contain(&place) {
            Mentions::of_artifact(&place)?
        } else {
            if path != source {
                work.discovered(&path)?;
            }
            // The quoted name of a header is first looked for beside who includes it.
            let folder = place.parent().unwrap_or(&place);
            if !folders.iter().any(|known| folder.starts_with(known)) {
                work.searched(folder)?;
            }
            folders.insert(folder.to_owned());
            let mentions = Mentions::of(&fs::read(&place)?);
            if let Some((line, name)) = mentions.absolute.first() {
                bail!(
                    "{}:{line}: {} is an absolute path, which is another one on another machine\n\
                     hint: name a header by its path below an include folder",
                    path.display(),
                    name.display()
                );
            }
            Arc::new(mentions)
        };
        if let Some((line, directive)) = mentions.assembler {
            bail!(
                "{}:{line}: `{directive}` reads a file that no build can watch\n\
                 hint: let C read it, with #embed or #include",
                path.display()
            );
        }
        dotted.extend(mentions.dotted.iter().cloned());
    }
    // A macro may carry a name from one file to another.
    for folder in &folders {
        dotted.iter().for_each(|name| work.looked_for(&folder.join(name)));
    }
    Ok(())
}

fn dotted_in_defines(flags: &[String]) -> BTreeSet<PathBuf> {
    let defines = flags.iter().filter_map(|flag| flag.strip_prefix("-D"));
    defines.flat_map(|define| Mentions::of(format!("#define {define}").as_bytes()).dotted).collect()
}

/// The folders whose files are declared by their digest.
struct Artifacts(Vec<PathBuf>);

impl Artifacts {
    fn of(compile: &Compile) -> Artifacts {
        let outputs = compile.places().filter_map(|place| match place {
            Place::Output { artifact, .. } => Some(artifact.dir.as_path()),
            Place::Checkout(_) => None,
        });
        let folders = outputs.chain([compile.toolchain.root()]);
        // clang resolves the links on the way to its own headers.
        Artifacts(
            folders
                .flat_map(|dir| [Some(dir.to_owned()), dir.canonicalize().ok()])
                .flatten()
                .collect(),
        )
    }

    fn contain(&self, path: &Path) -> bool {
        self.0.iter().any(|folder| path.starts_with(folder))
    }
}

/// What the text of a file may make a compiler look for, whatever its conditions say.
#[derive(Debug, Default, PartialEq)]
struct Mentions {
    /// Names with a component that begins with a dot, in directives.
    dotted: BTreeSet<PathBuf>,
    /// Absolute names in directives that read files, by their lines.
    absolute: Vec<(usize, PathBuf)>,
    /// The first directive of the assembler that reads a file.
    assembler: Option<(usize, &'static str)>,
}

/// Files of artifacts do not change, and many of them are read for each source.
static OF_ARTIFACTS: Mutex<BTreeMap<PathBuf, Arc<Mentions>>> = Mutex::new(BTreeMap::new());

impl Mentions {
    fn of_artifact(path: &Path) -> Result<Arc<Mentions>> {
        let known = || OF_ARTIFACTS.lock().expect("invariant: no panic while the table is held");
        if let Some(mentions) = known().get(path) {
            return Ok(mentions.clone());
        }
        let mentions = Arc::new(Mentions::of(&fs::read(path)?));
        known().insert(path.to_owned(), mentions.clone());
        Ok(mentions)
    }

    fn of(text: &[u8]) -> Mentions {
        let mut mentions = Mentions::default();
        for (line, text) in logical_lines(text) {
            if mentions.assembler.is_none() {
                mentions.assembler = assembler_directive(&text).map(|directive| (line, directive));
            }
            let text = text.trim_ascii();
            let has = |word: &[u8]| text.windows(word.len()).any(|part| part == word);
            let reads = has(b"include") || has(b"embed") || has(b"import");
            if !text.starts_with(b"#") || !(reads || has(b"define")) {
                continue;
            }
            for name in names(text) {
                if name.starts_with(b"/") && reads {
                    mentions.absolute.push((line, path(name)));
                } else if name.split(|byte| *byte == b'/').any(|part| part.starts_with(b".")) {
                    mentions.dotted.insert(path(name));
                }
            }
        }
        mentions
    }
}

fn path(name: &[u8]) -> PathBuf {
    OsStr::from_bytes(name).into()
}

/// What may name a file in a directive: what is between quotes or angle brackets, and elsewhere, for macros that make a
/// string of their argument, each word with a slash.
fn names(directive: &[u8]) -> impl Iterator<Item = &[u8]> {
    let parts = || directive.split(|byte| b"\"<>".contains(byte));
    let words = parts().step_by(2).flat_map(|part| part.split(|byte| b"(), \t".contains(byte)));
    parts().skip(1).chain(words.filter(|word| word.contains(&b'/')))
}

/// A directive of the assembler that reads a file. Its name may stand in a string of C, its operand in another one.
fn assembler_directive(line: &[u8]) -> Option<&'static str> {
    let line = line.to_ascii_lowercase();
    let after = |word: &[u8]| {
        let at = line.windows(word.len()).position(|part| part == word)?;
        Some(line[at + word.len()..].trim_ascii_start().to_owned())
    };
    let ends_word = |rest: &[u8]| {
        !rest.first().is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    };
    if after(b".incbin").is_some_and(|rest| ends_word(&rest)) {
        return Some(".incbin");
    }
    let quoted = |rest: Vec<u8>| rest.starts_with(b"\"") || rest.starts_with(b"\\\"");
    after(b".include").is_some_and(quoted).then_some(".include")
}

/// The lines of a source with their numbers: continued ones joined, comments left out.
fn logical_lines(text: &[u8]) -> Vec<(usize, Vec<u8>)> {
    #[derive(Clone, Copy, PartialEq)]
    enum In {
        Code,
        Quotes(u8),
        Comment,
        LineComment,
    }
    let mut lines = Vec::new();
    let (mut first, mut number, mut line) = (1, 1, Vec::new());
    let mut state = In::Code;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let continued = [&b"\\\n"[..], b"\\\r\n"].into_iter().find(|end| rest.starts_with(end));
        if let Some(end) = continued {
            number += 1;
            at += end.len();
            continue;
        }
        at += 1;
        match (state, rest[0]) {
            (In::Comment, b'\n') => number += 1,
            (_, b'\n') => {
                lines.push((first, std::mem::take(&mut line)));
                number += 1;
                first = number;
                state = In::Code;
            }
            (In::Comment, b'*') if rest.starts_with(b"*/") => {
                at += 1;
                line.push(b' ');
                state = In::Code;
            }
            (In::Comment | In::LineComment, _) => {}
            (In::Code, b'/') if rest.starts_with(b"/*") => {
                at += 1;
                state = In::Comment;
            }
            (In::Code, b'/') if rest.starts_with(b"//") => state = In::LineComment,
            (In::Quotes(_), b'\\') => {
                line.extend(&rest[..rest.len().min(2)]);
                at += 1;
            }
            (In::Quotes(quote), byte) if byte == quote => {
                line.push(byte);
                state = In::Code;
            }
            (In::Code, quote @ (b'"' | b'\'')) => {
                line.push(quote);
                state = In::Quotes(quote);
            }
            (_, byte) => line.push(byte),
        }
    }
    lines.push((first, line));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dotted(text: &str) -> Vec<String> {
        Mentions::of(text.as_bytes()).dotted.iter().map(|name| name.display().to_string()).collect()
    }

    #[test]
    fn names_that_lead_out_of_a_folder_are_found_in_any_directive() {
        assert_eq!(dotted("#include \"../a b.h\"\n# include <x/../b.h>"), ["../a b.h", "x/../b.h"]);
        assert_eq!(dotted("#if defined X && \\\n __has_include(\"../c.h\")"), ["../c.h"]);
        assert_eq!(dotted("#define UP(x) STRING(../x)\n#embed <.d>"), ["../x", ".d"]);
        assert_eq!(
            dotted("#include \"a.h\" // \"../b.h\"\n/*\n#include \"../c.h\"\n*/"),
            [] as [&str; 0]
        );
        assert_eq!(dotted("char *s = \"../a\"; // it's\n#include \"./b.h\""), ["./b.h"]);
    }

    #[test]
    fn absolute_names_and_files_of_the_assembler_have_their_lines() {
        let mentions = Mentions::of(b"\n#include \"/x/y.h\"\n#define NULL_DEVICE \"/dev/null\"\n");
        assert_eq!(mentions.absolute, [(2, "/x/y.h".into())]);
        let assembler = |text: &str| Mentions::of(text.as_bytes()).assembler;
        assert_eq!(
            assembler("/* .incbin */\n__asm__(\"\\n.IncBin \\\"\" F \"\\\"\");"),
            Some((2, ".incbin"))
        );
        assert_eq!(assembler("  .include \"x.s\"\n"), Some((1, ".include")));
        assert_eq!(assembler("x.include(y); x.incbins();"), None);
    }
}
