//! Folders of WIT files: read, parsed, digested, and with the places of things in them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest, Sha256};
use wit_parser::{
    AstItem, PackageName, Resolve, SourceMap, Span, UnresolvedPackageGroup, WorldKey,
};

use super::diagnostics::{Diagnostics, Location};

/// One WIT package as it stands in a folder: parsed, its references to other packages not yet followed.
#[derive(Clone, Debug)]
pub struct WitFolder {
    /// Relative to the root of the checkout.
    pub dir: Utf8PathBuf,
    pub package: PackageName,
    /// The package's files, relative to the root, with their text (line ends as in Unix).
    pub files: BTreeMap<Utf8PathBuf, String>,
    pub(super) group: UnresolvedPackageGroup,
}

/// Whether nothing in WIT can be called so, unless a `%` stands before it.
pub fn is_keyword(name: &str) -> bool {
    let text = format!("package a:a;\ninterface i {{ resource {name}; }}");
    UnresolvedPackageGroup::parse("", &text).is_err()
}

impl WitFolder {
    /// Parses all `*.wit` files of `root/dir` (subfolders are not looked into) as one package.
    pub fn read(root: &Utf8Path, dir: &Utf8Path) -> Result<WitFolder, Diagnostics> {
        let mut paths = Vec::new();
        for (name, is_dir) in list_dir(root, dir)? {
            if !is_dir && name.ends_with(".wit") {
                paths.push(dir.join(name));
            }
        }
        if paths.is_empty() {
            let mut diagnostics = Diagnostics::default();
            diagnostics.error(&Location::whole(dir), format!("no .wit file in {dir}"), "");
            return Err(diagnostics);
        }
        WitFolder::parse(root, dir, paths)
    }

    /// Parses the files `paths` (relative to `root`) as one package that belongs to `dir`.
    pub fn parse(
        root: &Utf8Path,
        dir: &Utf8Path,
        paths: Vec<Utf8PathBuf>,
    ) -> Result<WitFolder, Diagnostics> {
        let mut diagnostics = Diagnostics::default();
        let mut files = BTreeMap::new();
        let mut map = SourceMap::new();
        for path in paths {
            match std::fs::read_to_string(root.join(&path)) {
                Ok(text) => {
                    let text = text.replace("\r\n", "\n");
                    map.push_str(path.as_str(), text.as_str());
                    files.insert(path, text);
                }
                Err(error) => diagnostics.error(
                    &Location::whole(&path),
                    format!("cannot read {path}: {error}"),
                    "",
                ),
            }
        }
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        match map.parse() {
            Ok(group) if group.nested.is_empty() => Ok(WitFolder {
                dir: dir.to_owned(),
                package: group.main.name.clone(),
                files,
                group,
            }),
            Ok(group) => {
                let location = files.iter().next().map(|(path, text)| package_location(path, text));
                let message =
                    format!("the package `{}` has a package nested in it", group.main.name);
                diagnostics.error(
                    &location.unwrap_or_default(),
                    message,
                    "give each package a folder of its own",
                );
                Err(diagnostics)
            }
            Err((map, error)) => {
                let location = locate(&map, &files, error.kind().span())
                    .unwrap_or_else(|| Location::whole(dir));
                let text = error.kind().to_string();
                let (message, hint) = text.split_once('\n').unwrap_or((&text, ""));
                diagnostics.error(
                    &location,
                    format!("not valid WIT: {message}"),
                    hint.replace('\n', ", "),
                );
                Err(diagnostics)
            }
        }
    }

    /// Where the package names itself.
    pub fn package_location(&self) -> Location {
        let declared = self.files.iter().map(|(path, text)| package_location(path, text));
        declared
            .max_by_key(|location| location.line > 0)
            .unwrap_or_else(|| Location::whole(&self.dir))
    }

    /// Where `span` of this package is.
    pub fn location(&self, span: Span) -> Location {
        locate(&self.group.source_map, &self.files, span).unwrap_or_else(|| self.package_location())
    }

    /// The packages that this one names.
    pub(super) fn references(&self) -> impl Iterator<Item = &PackageName> {
        self.group.main.foreign_deps.keys()
    }

    /// Names of the package's own interfaces as the component model writes them, `ns:pkg/name@version`.
    pub fn interfaces(&self) -> Vec<String> {
        // Interfaces of other packages stand in the same arena, without a name.
        let names = self
            .group
            .main
            .interfaces
            .iter()
            .filter_map(|(_, interface)| interface.name.as_deref());
        names.map(|name| self.package.interface_id(name)).collect()
    }

    /// The world's imports as the file writes them, or None when it includes another world: then the text alone
    /// does not tell what was meant.
    pub(super) fn written_imports(&self, world: &str) -> Option<BTreeSet<String>> {
        let main = &self.group.main;
        let (_, world) = main.worlds.iter().find(|(_, candidate)| candidate.name == world)?;
        if !world.includes.is_empty() {
            return None;
        }
        let foreign = |wanted| {
            main.foreign_deps.iter().find_map(|(package, items)| {
                let (name, _) =
                    items.iter().find(|(_, (item, _))| *item == AstItem::Interface(wanted))?;
                Some(package.interface_id(name))
            })
        };
        let name = |key: &WorldKey| match key {
            WorldKey::Name(name) => Some(name.clone()),
            WorldKey::Interface(id) => {
                let own = main.interfaces.get(*id).and_then(|interface| interface.name.as_deref());
                own.map(|name| self.package.interface_id(name)).or_else(|| foreign(*id))
            }
        };
        world.imports.keys().map(name).collect()
    }

    /// Names of the package's worlds.
    pub(super) fn world_names(&self) -> Vec<&str> {
        // Worlds of other packages that are included stand in the same arena, without a name.
        let names = self.group.main.worlds.iter().map(|(_, world)| world.name.as_str());
        names.filter(|name| !name.is_empty()).collect()
    }

    /// Names of the package's own interfaces.
    pub(super) fn interface_names(&self) -> Vec<&str> {
        self.group
            .main
            .interfaces
            .iter()
            .filter_map(|(_, interface)| interface.name.as_deref())
            .collect()
    }

    /// The first mention of another package in the files; wit-parser keeps the place of it to itself.
    pub(super) fn mention_of(&self, package: &PackageName) -> Location {
        let name = format!("{}:{}/", package.namespace, package.name);
        let version =
            package.version.as_ref().map(|version| format!("@{version}")).unwrap_or_default();
        for (path, text) in &self.files {
            for (at, _) in text.match_indices(&name) {
                let mention = text[at..]
                    .split(|c: char| c.is_whitespace() || ";{,.".contains(c) && c != '.')
                    .next();
                let mention = mention.unwrap_or_default();
                let end = match version.is_empty() {
                    true => (!mention.contains('@')).then_some(mention.len()),
                    false => mention.find(&version).map(|found| found + version.len()),
                };
                if let Some(end) = end {
                    return Location::of_span(path, text, at..at + end);
                }
            }
        }
        self.package_location()
    }
}

/// Where the things of a resolved world are written.
#[derive(Clone, Debug)]
pub struct Places {
    files: BTreeMap<Utf8PathBuf, String>,
    /// The place of what has none.
    whole: Location,
}

impl Places {
    /// In `files`, relative to the root, with their texts.
    pub fn new(files: BTreeMap<Utf8PathBuf, String>, whole: Location) -> Places {
        Places { files, whole }
    }

    /// Where `span` of `resolve` is.
    pub fn of(&self, resolve: &Resolve, span: Span) -> Location {
        locate(&resolve.source_map, &self.files, span).unwrap_or_else(|| self.whole.clone())
    }

    /// The bytes `range` of the file `path`.
    pub fn in_file(&self, path: &str, range: Range<usize>) -> Location {
        let path = Utf8Path::new(path);
        match self.files.get(path) {
            Some(text) => Location::of_span(path, text, range),
            None => self.whole.clone(),
        }
    }
}

/// sha256 in hex over packages: each with its name and the names and texts of its files. Where the folder stands
/// does not count.
pub fn digest<'a>(folders: impl Iterator<Item = &'a WitFolder>) -> String {
    let mut hasher = Sha256::new();
    let mut feed = |bytes: &[u8]| {
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    for folder in folders {
        feed(folder.package.to_string().as_bytes());
        feed(&(folder.files.len() as u64).to_le_bytes());
        for (path, text) in &folder.files {
            feed(path.file_name().unwrap_or_default().as_bytes());
            feed(text.as_bytes());
        }
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Where `span` is, if `map` and `files` know.
pub(super) fn locate(
    map: &SourceMap,
    files: &BTreeMap<Utf8PathBuf, String>,
    span: Span,
) -> Option<Location> {
    let found = map.resolve_span(span)?;
    let path = Utf8Path::new(found.path);
    Some(Location::of_span(path, files.get(path)?, found.range))
}

/// The name in the file's `package` line, or the file as a whole.
fn package_location(path: &Utf8Path, text: &str) -> Location {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if let Some(name) = line.strip_prefix("package ") {
            let end = name.find([';', '{']).unwrap_or(name.trim_end().len());
            let start = at + "package ".len();
            return Location::of_span(path, text, start..start + end);
        }
        at += line.len();
    }
    Location::whole(path)
}

/// Names in `root/dir`, sorted, each with whether it is a folder. Hidden ones are left out.
pub fn list_dir(root: &Utf8Path, dir: &Utf8Path) -> Result<Vec<(String, bool)>, Diagnostics> {
    let read = || -> std::io::Result<Vec<(String, bool)>> {
        let mut names = Vec::new();
        for entry in root.join(dir).read_dir_utf8()? {
            let entry = entry?;
            if !entry.file_name().starts_with('.') {
                names.push((entry.file_name().to_owned(), entry.path().is_dir()));
            }
        }
        names.sort();
        Ok(names)
    };
    read().map_err(|error| {
        let mut diagnostics = Diagnostics::default();
        diagnostics.error(
            &Location::whole(dir),
            format!("cannot read the folder {dir}: {error}"),
            "",
        );
        diagnostics
    })
}
