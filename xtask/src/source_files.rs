//! Which files of a library's sources a recipe means: its paths and patterns, looked up where the sources are.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};

use crate::graph::Artifact;
use crate::manifest::names::nearest;
use crate::manifest::{Diagnostics, Flagged, SourceFiles, Spanned};

/// Whether the sources have to be there to know the files.
pub fn has_patterns(files: &SourceFiles) -> bool {
    files.sources.iter().any(|path| path.contains('*'))
}

/// The files below `root` of `source`, in the order of the recipe, each once. `of` is what the sources come from, for messages.
///
/// Fails with [`Diagnostics`] for a path or a pattern that there is no file of.
pub fn files(
    files: &SourceFiles,
    source: &Artifact,
    root: &Utf8Path,
    of: &str,
) -> Result<Vec<Utf8PathBuf>> {
    if source.digest.is_none() {
        let plain = files.sources.iter().filter(|path| !path.contains('*'));
        return Ok(plain.map(|path| Utf8PathBuf::from(&path.value)).collect());
    }
    meant(files, &below(&source.dir.join(root))?, of).map_err(Into::into)
}

/// What `files` means of `all`.
fn meant(
    files: &SourceFiles,
    all: &[Utf8PathBuf],
    of: &str,
) -> Result<Vec<Utf8PathBuf>, Diagnostics> {
    let mut diagnostics = Diagnostics::default();
    let mut found: Vec<Utf8PathBuf> = Vec::new();
    for pattern in &files.sources {
        found.extend(of_pattern(pattern, all, of, &mut diagnostics));
    }
    for pattern in &files.except {
        let except: Vec<_> = of_pattern(pattern, &found, of, &mut diagnostics);
        found.retain(|file| !except.contains(file));
    }
    let mut seen = BTreeSet::new();
    found.retain(|file| seen.insert(file.clone()));
    diagnostics.into_result(Some(found))
}

/// The flags of their own that some of `all` files have. `of` is what they come from, for messages.
///
/// Fails with [`Diagnostics`] for a pattern that there is no file of.
pub fn own_flags(
    flagged: &[Flagged],
    all: &[Utf8PathBuf],
    of: &str,
) -> Result<BTreeMap<Utf8PathBuf, Vec<String>>, Diagnostics> {
    let mut diagnostics = Diagnostics::default();
    let mut flags: BTreeMap<Utf8PathBuf, Vec<String>> = BTreeMap::new();
    for flagged in flagged {
        for pattern in &flagged.sources {
            for file in of_pattern(pattern, all, of, &mut diagnostics) {
                flags.entry(file).or_default().extend(flagged.flags.iter().cloned());
            }
        }
    }
    diagnostics.into_result(Some(flags))
}

fn of_pattern(
    pattern: &Spanned<String>,
    all: &[Utf8PathBuf],
    of: &str,
    diagnostics: &mut Diagnostics,
) -> Vec<Utf8PathBuf> {
    let is_meant = |file: &&Utf8PathBuf| matches(&pattern.value, file.as_str());
    let found: Vec<_> = all.iter().filter(is_meant).cloned().collect();
    if found.is_empty() {
        let near = nearest(&pattern.value, all.iter().map(|file| file.as_str()));
        let hint = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "the path is relative to `root` of the sources".to_owned(),
        };
        diagnostics.error(
            &pattern.location,
            format!("the sources of {of} have no file `{}`", pattern.value),
            hint,
        );
    }
    found
}

/// Whether a path is one that a pattern means.
fn matches(pattern: &str, path: &str) -> bool {
    let (first, rest) = pattern.split_once('/').map_or((pattern, None), |(a, b)| (a, Some(b)));
    let (folder, below) = path.split_once('/').map_or((path, None), |(a, b)| (a, Some(b)));
    match (first, rest, below) {
        ("**", Some(rest), below) => {
            matches(rest, path) || below.is_some_and(|below| matches(pattern, below))
        }
        (_, None, None) => matches_name(first, folder),
        (_, Some(rest), Some(below)) => matches_name(first, folder) && matches(rest, below),
        _ => false,
    }
}

fn matches_name(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, rest)) => name.strip_prefix(start).is_some_and(|name| {
            let ends = name.char_indices().map(|(at, _)| at).chain([name.len()]);
            ends.into_iter().any(|at| matches_name(rest, &name[at..]))
        }),
    }
}

/// All files below a folder, sorted, without hidden ones.
pub fn below(folder: &Path) -> Result<Vec<Utf8PathBuf>> {
    let mut files = Vec::new();
    let mut inside = vec![Utf8PathBuf::new()];
    while let Some(dir) = inside.pop() {
        let path = folder.join(&dir);
        let entries =
            fs::read_dir(&path).with_context(|| format!("cannot read {}", path.display()));
        for entry in entries? {
            let entry = entry?;
            // What is no Unicode, no recipe can name.
            let Ok(name) = entry.file_name().into_string() else { continue };
            if name.starts_with('.') {
                continue;
            }
            match entry.file_type()?.is_dir() {
                true => inside.push(dir.join(name)),
                false => files.push(dir.join(name)),
            }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Location;

    fn meant_of(sources: &[&str], except: &[&str]) -> Result<Vec<String>, String> {
        let all = ["a.c", "lib/a.c", "lib/b.c", "lib/test_b.c"].map(Utf8PathBuf::from);
        let spanned = |list: &[&str]| {
            let location = Location::whole("vendor/tiny/vendor.toml");
            let spanned =
                |value: &&str| Spanned { value: (*value).to_owned(), location: location.clone() };
            list.iter().map(spanned).collect()
        };
        let files = SourceFiles { sources: spanned(sources), except: spanned(except) };
        match meant(&files, &all, "tiny") {
            Ok(files) => Ok(files.into_iter().map(|file| file.to_string()).collect()),
            Err(errors) => Err(errors.to_string()),
        }
    }

    #[test]
    fn files_are_meant_once_and_in_the_order_of_the_recipe() {
        let files = meant_of(&["lib/b.c", "lib/*.c", "a.c"], &["lib/test_*.c"]).unwrap();
        assert_eq!(files, ["lib/b.c", "lib/a.c", "a.c"]);
    }

    #[test]
    fn what_there_is_no_file_of_is_an_error_with_its_place() {
        let error = meant_of(&["lib/c.c", "old/*.c"], &["x.c"]).unwrap_err();
        for text in [
            "the sources of tiny have no file `lib/c.c`",
            "did you mean `lib/a.c`?",
            "the sources of tiny have no file `old/*.c`",
            "no file `x.c`",
            "vendor/tiny/vendor.toml",
        ] {
            assert!(error.contains(text), "{error}");
        }
    }

    #[test]
    fn a_file_has_the_flags_of_all_patterns_that_mean_it() {
        let flagged = |pattern: &str, flag: &str| {
            let location = Location::whole("vendor/tiny/vendor.toml");
            let sources = vec![Spanned { value: pattern.to_owned(), location }];
            Flagged { sources, flags: vec![flag.to_owned()] }
        };
        let all = ["a.c", "lib/a.c", "lib/b.c"].map(Utf8PathBuf::from);
        let flags = own_flags(&[flagged("lib/*.c", "-O2"), flagged("lib/b.c", "-w")], &all, "tiny");
        let flags = flags.unwrap();
        assert_eq!(flags.keys().collect::<Vec<_>>(), ["lib/a.c", "lib/b.c"]);
        assert_eq!(flags[Utf8Path::new("lib/b.c")], ["-O2", "-w"]);
        let error = own_flags(&[flagged("lib/c.c", "-O2")], &all, "tiny").unwrap_err().to_string();
        assert!(error.contains("the sources of tiny have no file `lib/c.c`"), "{error}");
    }

    #[test]
    fn a_star_is_a_part_of_a_name_and_two_are_folders() {
        for (pattern, path) in [
            ("a.c", "a.c"),
            ("*.c", "a.c"),
            ("lib/*.c", "lib/a.c"),
            ("*/a*z.c", "lib/abcz.c"),
            ("**/*.c", "a.c"),
            ("**/*.c", "x/y/a.c"),
            ("x/**/a.c", "x/a.c"),
            ("x/**/a.c", "x/y/z/a.c"),
        ] {
            assert!(matches(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in [
            ("*.c", "lib/a.c"),
            ("lib/*.c", "a.c"),
            ("*.c", "a.cc"),
            ("a*a.c", "a.c"),
            ("x/**/a.c", "y/a.c"),
        ] {
            assert!(!matches(pattern, path), "{pattern} {path}");
        }
    }
}
