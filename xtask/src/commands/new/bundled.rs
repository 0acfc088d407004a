//! What a crate has of the C library that it bundles, and the recipe that follows from it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;

use super::build_script::{self, Script};
use crate::manifest::{Packed, is_cxx};
use crate::source_files::below;

/// Folders of a library that are not the library.
const OTHER: &[&str] = &[
    "bench",
    "benchmark",
    "benchmarks",
    "contrib",
    "doc",
    "docs",
    "example",
    "examples",
    "fuzz",
    "ossfuzz",
    "programs",
    "script",
    "scripts",
    "test",
    "tests",
    "tools",
    "win32",
];

/// What a crate has of a library.
#[derive(Debug)]
pub struct Found {
    root: Utf8PathBuf,
    /// Paths and patterns below it.
    sources: Vec<String>,
    include: Vec<String>,
    defines: Vec<String>,
    is_cxx: bool,
    pub version: String,
    pub license: String,
    /// Lines of `[check]`.
    check: Option<String>,
}

#[derive(Deserialize)]
struct Manifest {
    package: Package,
}

#[derive(Deserialize)]
struct Package {
    version: String,
    license: Option<String>,
}

impl Found {
    pub fn of(dir: &Path, library: &str) -> Result<Found> {
        let manifest = fs::read_to_string(dir.join("Cargo.toml")).context("Cargo.toml")?;
        let Manifest { package } = toml_edit::de::from_str(&manifest).context("Cargo.toml")?;
        let files = below(dir)?;
        let script = fs::read_to_string(dir.join("build.rs")).unwrap_or_default();
        let Script { files: named, include, defines } = build_script::read(&script);
        let exists = |path: &&Utf8PathBuf| files.contains(path);
        let named: Vec<_> = named.iter().map(|path| plain(path)).collect();
        let mut sources: BTreeSet<_> = named.iter().filter(exists).cloned().collect();
        if sources.is_empty() {
            sources.extend(files.iter().filter(|file| is_library_source(file)).cloned());
        }
        if sources.is_empty() {
            bail!(
                "it bundles no C\nhint: --vendor is for crates that do, most of which are called `<library>-sys`"
            );
        }
        let include: Vec<_> =
            include.iter().map(|path| plain(path)).filter(|path| dir.join(path).is_dir()).collect();
        let root = common_folder(sources.iter().map(|file| folder(file)).chain(include.clone()));
        let below_root = |path: &Utf8Path| shown(path.strip_prefix(&root).unwrap_or(path));
        let include = match include.is_empty() {
            true => header_folders(&files, &root, &sources),
            false => include,
        };
        let of_crate = of_library(&package.version);
        let stated = version(dir, &files, &root, library, &of_crate);
        let (version, check) = match stated {
            Some((version, check)) => (version, Some(check)),
            None => (of_crate, None),
        };
        Ok(Found {
            is_cxx: sources.iter().any(|file| is_cxx(file)),
            sources: patterns(&sources, &files, &root),
            include: include.iter().map(|path| below_root(path)).collect(),
            defines,
            version,
            license: license(dir, &root)
                .or(package.license)
                .context("it says nothing of its licence")?,
            check,
            root,
        })
    }

    pub fn recipe(&self, crate_name: &str, name: &str) -> String {
        let list = |items: &[String]| {
            let items: Vec<_> = items.iter().map(|item| format!("{item:?}")).collect();
            match items.join(", ") {
                line if line.len() < 90 => format!("[{line}]"),
                _ => format!("[\n    {},\n]", items.join(",\n    ")),
            }
        };
        // Of the crate, where no header of the library has it.
        let what = if self.check.is_some() { "licence is" } else { "version and the licence are" };
        let mut text = format!(
            "schema = \"pylon:vendor@0.1.0\"\n\n# By what the crate says: the {what} to be the library's.\n\
             [vendor]\nname = \"{name}\"\nversion = \"{}\"\nlicense = \"{}\"\n\n[source]\ncrate = \"{crate_name}\"\n",
            self.version, self.license
        );
        if !self.root.as_str().is_empty() {
            text += &format!("root = \"{}\"\n", self.root);
        }
        text += "\n[build]\n";
        if self.is_cxx {
            text += "language = \"c++\"\n";
        }
        text += &format!("sources = {}\n", list(&self.sources));
        text += &format!("include = {}\n", list(&self.include));
        if !self.defines.is_empty() {
            text += &format!("defines = {}\n", list(&self.defines));
        }
        text += "flags = [\"-O3\"]\n";
        if let Some(check) = &self.check {
            text += &format!("\n[check]\n{check}");
        }
        text
    }
}

/// A path as manifests have it: without `./` and a slash at the end.
fn plain(path: &str) -> Utf8PathBuf {
    path.split('/').filter(|part| !part.is_empty() && *part != ".").collect()
}

fn folder(file: &Utf8Path) -> Utf8PathBuf {
    file.parent().map(Utf8Path::to_owned).unwrap_or_default()
}

fn shown(path: &Utf8Path) -> String {
    if path.as_str().is_empty() { ".".to_owned() } else { path.to_string() }
}

fn is_library_source(file: &Utf8Path) -> bool {
    file.extension() == Some("c")
        && !file.components().any(|part| OTHER.contains(&part.as_str().to_lowercase().as_str()))
}

fn common_folder(folders: impl Iterator<Item = Utf8PathBuf>) -> Utf8PathBuf {
    let common = |a: Utf8PathBuf, b: Utf8PathBuf| -> Utf8PathBuf {
        a.components().zip(b.components()).take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
    };
    folders.reduce(common).unwrap_or_default()
}

/// Where headers are that a build script does not name: beside the sources, and in folders called `include`.
fn header_folders(
    files: &[Utf8PathBuf],
    root: &Utf8Path,
    sources: &BTreeSet<Utf8PathBuf>,
) -> Vec<Utf8PathBuf> {
    let beside: BTreeSet<_> = sources.iter().map(|file| folder(file)).collect();
    let headers = files.iter().filter(|file| file.extension() == Some("h"));
    let folders = headers.map(|file| folder(file)).filter(|folder| folder.starts_with(root));
    let meant = |folder: &Utf8PathBuf| {
        beside.contains(folder) || folder.as_path() == root || folder.file_name() == Some("include")
    };
    folders.filter(meant).collect::<BTreeSet<_>>().into_iter().collect()
}

/// A pattern for each folder all of whose C files are meant, and the paths of the others.
fn patterns(
    sources: &BTreeSet<Utf8PathBuf>,
    files: &[Utf8PathBuf],
    root: &Utf8Path,
) -> Vec<String> {
    let mut by_folder: BTreeMap<Utf8PathBuf, Vec<&Utf8PathBuf>> = BTreeMap::new();
    for source in sources {
        by_folder.entry(folder(source)).or_default().push(source);
    }
    let mut patterns = Vec::new();
    for (of, meant) in by_folder {
        let below_root = |path: &Utf8Path| path.strip_prefix(root).unwrap_or(path).to_string();
        let is_c = |file: &&Utf8PathBuf| file.extension() == Some("c");
        let all = files.iter().filter(|file| folder(file) == of).filter(is_c).count();
        match meant.len() > 1 && meant.iter().all(is_c) && meant.len() == all {
            true => patterns.push(below_root(&of.join("*.c"))),
            false => patterns.extend(meant.iter().map(|file| below_root(file))),
        }
    }
    patterns
}

/// What a header of the library states, and the lines of `[check]` that say where. A macro with the library's name goes before
/// another one. How a number is packed nobody says: as it is when it is the version that the crate says.
fn version(
    dir: &Path,
    files: &[Utf8PathBuf],
    root: &Utf8Path,
    library: &str,
    of_crate: &str,
) -> Option<(String, String)> {
    let own = library.to_uppercase().replace('-', "_");
    let mut found = Vec::new();
    for file in files {
        if file.extension() != Some("h") || !file.starts_with(root) {
            continue;
        }
        let Ok(text) = fs::read_to_string(dir.join(file)) else { continue };
        let macros = macros(&text);
        let header = file.strip_prefix(root).unwrap_or(file);
        for (name, value) in &macros {
            let stated = match (value.strip_prefix('"'), name.strip_suffix("MAJOR")) {
                (Some(text), _) => {
                    let text = text.trim_end_matches('"');
                    is_version(text).then(|| (text.to_owned(), format!("define = \"{name}\"\n")))
                }
                (None, Some(start)) => numbers(&macros, start),
                (None, None) => packed(name, value, of_crate),
            };
            let Some((version, how)) = stated else { continue };
            let foreign =
                !own.split('_').any(|word| name.starts_with(word.trim_start_matches("LIB")))
                    && !name.starts_with(&own);
            let depth = header.components().count();
            let is_packed = how.starts_with("packed");
            found.push((
                foreign,
                is_packed,
                depth,
                version,
                format!("header = \"{header}\"\n{how}"),
            ));
        }
    }
    found.sort_by_key(|(foreign, is_packed, depth, ..)| (*foreign, *is_packed, *depth));
    found.into_iter().next().map(|(.., version, check)| (version, check))
}

/// Macros whose names have VERSION in them, with what is behind the name.
fn macros(text: &str) -> BTreeMap<String, String> {
    let mut macros = BTreeMap::new();
    for line in text.lines() {
        let Some(line) = line.trim_start().strip_prefix('#') else { continue };
        let mut words = line.split_whitespace();
        if let (Some("define"), Some(name), Some(value)) =
            (words.next(), words.next(), words.next())
            && name.contains("VERSION")
        {
            macros.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        }
    }
    macros
}

fn is_version(text: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    text.contains('.') && text.split('.').all(is_number)
}

/// `XXH_VERSION_MAJOR` and those that go with it.
fn numbers(macros: &BTreeMap<String, String>, start: &str) -> Option<(String, String)> {
    let last = ["PATCH", "RELEASE", "MICRO", "REVISION"].iter().map(|end| format!("{start}{end}"));
    let last = last.into_iter().find(|name| macros.contains_key(name));
    let names: Vec<_> =
        [format!("{start}MAJOR"), format!("{start}MINOR")].into_iter().chain(last).collect();
    let values: Option<Vec<_>> = names.iter().map(|name| macros.get(name).cloned()).collect();
    let version = values?.join(".");
    let names: Vec<_> = names.iter().map(|name| format!("\"{name}\"")).collect();
    is_version(&version).then(|| (version, format!("numbers = [{}]\n", names.join(", "))))
}

/// `0x1001000` and its like, where one of the usual ways to unpack it gives the crate's version.
fn packed(name: &str, value: &str, of_crate: &str) -> Option<(String, String)> {
    const USUAL: &[&str] = &["8.12.12", "8.8.8", "8.8.8.8", "4.4.4.4", "16.8.8", "8.8.16", "16.16"];
    let wanted = of_crate.split('.').count();
    let says = |bits: &&&str| {
        let version = Packed::new(name, bits).and_then(|packed| packed.version(value, wanted));
        version.as_deref() == Some(of_crate)
    };
    let bits = USUAL.iter().filter(|_| value.starts_with("0x")).find(says)?;
    Some((of_crate.to_owned(), format!("packed = \"{name}\"\nbits = \"{bits}\"\n")))
}

/// `1.10.0` of the crate's version `1.11.1+lz4-1.10.0`; else that.
fn of_library(version: &str) -> String {
    let (own, bundled) = version.split_once('+').unwrap_or((version, ""));
    let bundled = bundled.trim_start_matches(|c: char| !c.is_ascii_digit());
    let bundled = bundled.rsplit('-').next().unwrap_or_default();
    if is_version(bundled) { bundled.to_owned() } else { own.to_owned() }
}

/// By the text of the licence beside the sources, or above them.
fn license(dir: &Path, root: &Utf8Path) -> Option<String> {
    let above = root.ancestors().filter(|folder| !folder.as_str().is_empty());
    for folder in above {
        for name in ["LICENSE", "LICENSE.txt", "LICENSE.md", "COPYING", "COPYING.txt"] {
            let Ok(text) = fs::read_to_string(dir.join(folder).join(name)) else { continue };
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
            let has = |part: &str| text.contains(part);
            let known = if has("apache license") && has("version 2.0") {
                "Apache-2.0"
            } else if has("permission is hereby granted, free of charge") {
                "MIT"
            } else if has("redistribution and use in source and binary forms") {
                if has("neither the name") { "BSD-3-Clause" } else { "BSD-2-Clause" }
            } else if has("this software is provided 'as-is'") && has("altered source versions") {
                "Zlib"
            } else {
                continue;
            };
            return Some(known.to_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crate_of(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        dir
    }

    const MANIFEST: &str =
        "[package]\nname = \"tiny-sys\"\nversion = \"3.1.0+tiny-1.2.3\"\nlicense = \"MIT\"\n";

    #[test]
    fn a_build_script_says_what_is_compiled() {
        let dir = crate_of(&[
            ("Cargo.toml", MANIFEST),
            (
                "build.rs",
                "fn main() { cc::Build::new().files([\"t/lib/a.c\", \"t/lib/b.c\", \"t/x/one.c\"])\
                .include(\"./t/include/\").define(\"TINY\", None).compile(\"t\"); }",
            ),
            ("t/lib/a.c", ""),
            ("t/lib/b.c", ""),
            ("t/x/one.c", ""),
            ("t/x/other.c", ""),
            ("t/LICENSE", "Permission is hereby granted, free of\ncharge, .."),
            (
                "t/include/tiny.h",
                "# define TINY_VERSION_MAJOR 1\n#define TINY_VERSION_MINOR 4 /* x */\n",
            ),
        ]);
        let text = Found::of(dir.path(), "tiny").unwrap().recipe("tiny-sys", "tiny");
        expect_test::expect![[r#"
            schema = "pylon:vendor@0.1.0"

            # By what the crate says: the licence is to be the library's.
            [vendor]
            name = "tiny"
            version = "1.4"
            license = "MIT"

            [source]
            crate = "tiny-sys"
            root = "t"

            [build]
            sources = ["lib/*.c", "x/one.c"]
            include = ["include"]
            defines = ["TINY"]
            flags = ["-O3"]

            [check]
            header = "include/tiny.h"
            numbers = ["TINY_VERSION_MAJOR", "TINY_VERSION_MINOR"]
        "#]]
        .assert_eq(&text);
    }

    #[test]
    fn a_packed_version_is_unpacked_as_the_crate_says_it() {
        let header = |value: &str| format!("#define TINY_VERSION {value} /* packed */\n");
        let check = |value: &str| {
            let files = [("Cargo.toml", MANIFEST), ("src/a.c", ""), ("src/a.h", &header(value))];
            Found::of(crate_of(&files).path(), "tiny").unwrap().check
        };
        let packed = |bits| {
            Some(format!("header = \"a.h\"\npacked = \"TINY_VERSION\"\nbits = \"{bits}\"\n"))
        };
        assert_eq!(check("0x1002003"), packed("8.12.12"));
        assert_eq!(check("0x00010203u"), packed("8.8.8"));
        assert_eq!(check("0x1230"), packed("4.4.4.4"));
        assert_eq!(check("0x1002004"), None);
        assert_eq!(check("10203"), None);
    }

    #[test]
    fn without_one_it_is_all_c_but_tests() {
        let dir = crate_of(&[
            ("Cargo.toml", MANIFEST),
            ("src/a.c", ""),
            ("src/a.h", "#define OTHER \"1.0\""),
            ("tests/t.c", ""),
            ("src/lib.rs", ""),
        ]);
        let found = Found::of(dir.path(), "tiny").unwrap();
        assert_eq!((found.sources, found.root.as_str()), (vec!["a.c".to_owned()], "src"));
        assert_eq!((found.include, found.version.as_str()), (vec![".".to_owned()], "1.2.3"));
        let dir = crate_of(&[("Cargo.toml", MANIFEST), ("src/lib.rs", "")]);
        let error = Found::of(dir.path(), "tiny").unwrap_err().to_string();
        assert!(error.contains("bundles no C"), "{error}");
    }
}
