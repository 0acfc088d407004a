//! `vendor/<lib>/vendor.toml`: how a third-party library is compiled, as data.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::diagnostics::{Diagnostics, Location, Spanned};
use super::document::{Document, Table};
use super::flags;
use super::language::{self, LANGUAGES_OF_LIBRARIES, Language};
use super::names;
use super::packed::{self, Packed};
use super::source::{self, Listing, Source};
use super::wit::list_dir;

pub const SCHEMA: &str = "pylon:vendor@0.1.0";

/// Recipe for one library.
#[derive(Clone, Debug)]
pub struct VendorRecipe {
    /// The folder's name.
    pub name: String,
    /// `vendor/<name>`, relative to the root.
    pub dir: Utf8PathBuf,
    pub manifest: Utf8PathBuf,
    /// The library's own version, for people; the pin is the crate's in `vendor/Cargo.lock`.
    pub version: String,
    pub license: String,
    pub source: Source,
    /// Folder of the sources inside of what `source` is; all paths of `build` are relative to it.
    pub source_root: Utf8PathBuf,
    /// The folders that have to be there inside of what `source` is: that one, and those of headers.
    pub folders: Vec<Spanned<Utf8PathBuf>>,
    pub kind: BuildKind,
    /// Sources that have flags of their own.
    pub flagged: Vec<Flagged>,
    pub language: Language,
    /// For every target.
    pub build: BuildFlags,
    /// Target triple -> what it adds to `build`.
    pub targets: BTreeMap<String, BuildFlags>,
    pub check: Option<VersionCheck>,
}

/// How a library becomes an archive.
#[derive(Clone, Debug)]
pub enum BuildKind {
    /// Each source file is compiled to one object.
    Objects(Objects),
    /// By a build system of its own.
    Configure(Configure),
}

/// Which files are compiled.
#[derive(Clone, Debug)]
pub struct Objects {
    /// Below `source_root`.
    pub files: SourceFiles,
    /// Of other crates.
    pub more: Vec<MoreSources>,
    /// What the library itself lists besides.
    pub listing: Option<Listing>,
    /// Below `vendor/<name>`.
    pub own_sources: Vec<Utf8PathBuf>,
    /// Headers below `vendor/<name>` that are read before each source; those of the C++ library before each of its users', too.
    pub prefix: Vec<Utf8PathBuf>,
    /// Include folders below `source_root`, for the library itself only.
    pub private_include: Vec<Utf8PathBuf>,
    /// The library that this one is a part of: it is compiled with that one's headers and defines.
    pub part_of: Option<Spanned<String>>,
}

impl VendorRecipe {
    /// The library that this one is a part of.
    pub fn part_of(&self) -> Option<&Spanned<String>> {
        match &self.kind {
            BuildKind::Objects(objects) => objects.part_of.as_ref(),
            BuildKind::Configure(_) => None,
        }
    }
}

/// Source files below a folder. Which of them a pattern means, the sources tell.
#[derive(Clone, Debug, Default)]
pub struct SourceFiles {
    /// Paths, and patterns.
    pub sources: Vec<Spanned<String>>,
    /// Those of them that are not meant.
    pub except: Vec<Spanned<String>>,
}

/// `[[flagged]]`: what some of the library's sources are compiled with behind all other flags.
#[derive(Clone, Debug)]
pub struct Flagged {
    /// Patterns. Which sources they mean, those tell.
    pub sources: Vec<Spanned<String>>,
    pub flags: Vec<String>,
}

/// `[[more]]`: sources that another crate has of the library.
#[derive(Clone, Debug)]
pub struct MoreSources {
    /// In `vendor/Cargo.lock`.
    pub name: Spanned<String>,
    /// The folder in it that all paths are below.
    pub root: Utf8PathBuf,
    pub files: SourceFiles,
    /// Also for those who use the library.
    pub include: Vec<Utf8PathBuf>,
}

/// A script that configures, and `make`: both run in a copy of the sources.
#[derive(Clone, Debug)]
pub struct Configure {
    /// What runs the script: `sh` or `perl`.
    pub interpreter: &'static str,
    /// Relative to `source_root`, as all paths below but `files`.
    pub script: Utf8PathBuf,
    pub arguments: Vec<String>,
    /// Files below `vendor/<name>` that are put beside the script.
    pub files: Vec<Utf8PathBuf>,
    /// What `make` makes first: everything that neither the compiler nor the archiver writes.
    pub prepare: Vec<String>,
    pub targets: Vec<String>,
    /// What was made, in the order in which a linker takes it.
    pub archives: Vec<Utf8PathBuf>,
}

/// What a compiler is given.
#[derive(Clone, Debug, Default)]
pub struct BuildFlags {
    /// Include folders below `source_root`, also for those who use the library.
    pub include: Vec<Utf8PathBuf>,
    /// Include folders below `vendor/<name>`, searched first.
    pub own_include: Vec<Utf8PathBuf>,
    /// `NAME` or `NAME=value`.
    pub defines: Vec<String>,
    pub flags: Vec<String>,
    /// Of C++ alone.
    pub cxx_flags: Vec<String>,
}

/// Where the sources state their version, which must equal the recipe's `version`.
#[derive(Clone, Debug)]
pub struct VersionCheck {
    pub header: Spanned<Utf8PathBuf>,
    /// Where the recipe says its version.
    pub version: Location,
    pub stated: Stated,
}

/// How a header states a version.
#[derive(Clone, Debug)]
pub enum Stated {
    /// A macro that is a string.
    Text(String),
    /// Macros that are its numbers.
    Numbers(Vec<String>),
    /// A macro that has them all.
    Packed(Packed),
}

/// The targets that a recipe may have extra flags for.
pub const TARGETS: &[&str] = &["wasm32-wasip1", "wasm32-wasip2"];

/// Reads every `vendor/*/vendor.toml`. Folders without one hold something else.
pub fn load(root: &Utf8Path, diagnostics: &mut Diagnostics) -> Vec<VendorRecipe> {
    let vendor = Utf8Path::new("vendor");
    if !root.join(vendor).exists() {
        return Vec::new();
    }
    let entries = list_dir(root, vendor).unwrap_or_else(|errors| {
        diagnostics.append(errors);
        Vec::new()
    });
    let crates = pinned_crates(root, diagnostics);
    let mut recipes = Vec::new();
    for (name, is_dir) in entries {
        let dir = vendor.join(&name);
        let manifest = dir.join("vendor.toml");
        if !is_dir || !root.join(&manifest).exists() {
            continue;
        }
        match Document::read(root, &manifest) {
            Ok(document) => {
                let recipe = read(root, &document, name, dir);
                diagnostics.append(document.finish());
                recipes.extend(recipe);
            }
            Err(errors) => diagnostics.append(errors),
        }
    }
    for recipe in &recipes {
        check_crate(recipe, &crates, diagnostics);
    }
    recipes
}

fn read(
    root: &Utf8Path,
    document: &Document,
    name: String,
    dir: Utf8PathBuf,
) -> Option<VendorRecipe> {
    let top = document.root();
    top.required_schema(&[(SCHEMA, ())]);
    let vendor = top.required_table("vendor")?;
    folder_name(&vendor, &name);
    let version = vendor.required_shaped("version", names::one_line);
    let license = vendor.required_shaped("license", names::license);

    let source = top.required_table("source");
    let (source, source_root) = source.as_ref().map_or((None, None), source::read);

    let build = top.required_table("build")?;
    let language = build.optional_choice("language", LANGUAGES_OF_LIBRARIES);
    let language = language.map_or(Language::C, |language| language.value);
    let more = top.tables("more").iter().filter_map(|more| more_sources(more, language)).collect();
    let flagged: Vec<_> = top.tables("flagged").iter().map(flagged).collect();
    let kind = kind(root, &dir, &build, language, more, &flagged);
    let mut include = Vec::new();
    let common = flags(root, &dir, &build, &mut include);
    let mut targets = BTreeMap::new();
    for target in TARGETS {
        if let Some(table) = build.optional_table(target) {
            targets.insert((*target).to_owned(), flags(root, &dir, &table, &mut include));
        }
    }
    let check = top.optional_table("check");
    let check = check.and_then(|check| version_check(&check, version.as_ref()));
    let root_folder = source_root.as_ref().map_or_else(Utf8PathBuf::new, |root| folder(root));
    let below_root = |path: Spanned<String>| path.map(|path| root_folder.join(folder(&path)));
    let include = match kind {
        // What a build system has headers in it may make itself.
        Some(BuildKind::Configure(_)) => Vec::new(),
        _ => include.into_iter().map(below_root).collect(),
    };
    let root_itself = source_root.map(|root| root.map(|_| root_folder.clone()));
    let folders = root_itself.into_iter().chain(include).collect();
    Some(VendorRecipe {
        manifest: dir.join("vendor.toml"),
        name,
        dir,
        version: version?.value,
        license: license?.value,
        source: source?,
        source_root: root_folder,
        folders,
        kind: kind?,
        flagged,
        language,
        build: common,
        targets,
        check,
    })
}

fn version_check(check: &Table<'_>, version: Option<&Spanned<String>>) -> Option<VersionCheck> {
    let header = check.required_shaped("header", names::relative_path);
    let message = "a version is stated once";
    let stated = if check.has("numbers") {
        for other in ["define", "packed"] {
            check.forbid(other, message, &format!("remove `{other}` or `numbers`"));
        }
        Some(Stated::Numbers(strings(check.required_shaped_list("numbers", names::define))))
    } else if check.has("packed") {
        check.forbid("define", message, "remove `define` or `packed`");
        let define = check.required_shaped("packed", names::define);
        let bits = check.required_shaped("bits", packed::bits);
        Packed::new(&define?.value, &bits?.value).map(Stated::Packed)
    } else {
        check.required_shaped("define", names::define).map(|define| Stated::Text(define.value))
    };
    let version = version?.location.clone();
    Some(VersionCheck { header: header?.map(Utf8PathBuf::from), version, stated: stated? })
}

/// `name` of `table` must be the folder's.
pub(super) fn folder_name(table: &Table<'_>, folder: &str) {
    if let Some(name) = table.optional_str("name")
        && name.value != folder
    {
        let message = format!("the name `{}` is not the folder's", name.value);
        table.error(
            &name.location,
            message,
            format!("write `name = \"{folder}\"`, or rename the folder"),
        );
    }
}

fn kind(
    root: &Utf8Path,
    dir: &Utf8Path,
    build: &Table<'_>,
    language: Language,
    more: Vec<MoreSources>,
    flagged: &[Flagged],
) -> Option<BuildKind> {
    let configured = build.optional_choice("kind", &[("objects", false), ("configure", true)]);
    if !configured.is_some_and(|kind| kind.value) {
        return Some(BuildKind::Objects(objects(root, dir, build, language, more)));
    }
    if let Some(more) = more.first() {
        let message = "a build system of its own has its sources from one crate";
        build.error(&more.name.location, message, "remove `[[more]]`, or list `sources`");
    }
    if let Some(pattern) = flagged.iter().find_map(|flagged| flagged.sources.first()) {
        let message = "a build system of its own has one set of flags";
        build.error(&pattern.location, message, "remove `[[flagged]]`, or list `sources`");
    }
    let interpreter = build.optional_choice("interpreter", &[("sh", "sh"), ("perl", "perl")]);
    let script = build.required_shaped("script", names::relative_path);
    let files = build.optional_shaped_list("files", names::relative_path);
    for path in &files {
        existing_file(root, dir, build, path);
    }
    Some(BuildKind::Configure(Configure {
        interpreter: interpreter.map_or("sh", |interpreter| interpreter.value),
        arguments: strings(build.optional_shaped_list("arguments", names::one_line)),
        files: paths(files),
        prepare: strings(build.optional_shaped_list("prepare", names::make_target)),
        targets: strings(build.required_shaped_list("targets", names::make_target)),
        archives: paths(build.required_shaped_list("archives", names::relative_path)),
        script: script?.value.into(),
    }))
}

fn more_sources(more: &Table<'_>, language: Language) -> Option<MoreSources> {
    let name = more.required_str("crate");
    let root = more.optional_shaped("root", names::relative_folder);
    let files = source_files(more, language, true);
    let include = paths(more.optional_shaped_list("include", names::relative_folder));
    let root = root.map_or_else(Utf8PathBuf::new, |root| folder(&root));
    Some(MoreSources { name: name?, root, files, include })
}

fn flagged(table: &Table<'_>) -> Flagged {
    Flagged {
        sources: table.required_shaped_list("sources", names::source_pattern),
        flags: strings(table.required_shaped_list("flags", flags::flag)),
    }
}

/// `sources` and `except` of a table; whether the first is required.
fn source_files(table: &Table<'_>, language: Language, required: bool) -> SourceFiles {
    let sources = match required {
        true => table.required_shaped_list("sources", names::source_pattern),
        false => table.optional_shaped_list("sources", names::source_pattern),
    };
    language::check_sources(table, language, sources.iter());
    let except = table.optional_shaped_list("except", names::source_pattern);
    SourceFiles { sources, except }
}

fn objects(
    root: &Utf8Path,
    dir: &Utf8Path,
    build: &Table<'_>,
    language: Language,
    more: Vec<MoreSources>,
) -> Objects {
    let listing = source::listing(build);
    let files = source_files(build, language, listing.is_none());
    let own_sources = build.optional_shaped_list("own_sources", names::source_file);
    let prefix = build.optional_shaped_list("prefix", names::relative_path);
    for path in own_sources.iter().chain(&prefix) {
        existing_file(root, dir, build, path);
    }
    language::check_sources(build, language, own_sources.iter());
    Objects {
        files,
        more,
        listing,
        own_sources: paths(own_sources),
        prefix: paths(prefix),
        private_include: paths(
            build.optional_shaped_list("private_include", names::relative_folder),
        ),
        part_of: build.optional_str("part_of"),
    }
}

/// `folders` gets the include folders of the sources.
fn flags(
    root: &Utf8Path,
    dir: &Utf8Path,
    table: &Table<'_>,
    folders: &mut Vec<Spanned<String>>,
) -> BuildFlags {
    let include = table.optional_shaped_list("include", names::relative_folder);
    folders.extend(include.iter().cloned());
    let own_include = table.optional_shaped_list("own_include", names::relative_folder);
    for path in &own_include {
        existing_folder(root, dir, table, path);
    }
    BuildFlags {
        include: paths(include),
        own_include: paths(own_include),
        defines: strings(table.optional_shaped_list("defines", names::define)),
        flags: strings(table.optional_shaped_list("flags", flags::flag)),
        cxx_flags: strings(table.optional_shaped_list("cxx_flags", flags::flag)),
    }
}

/// Complains when `dir/path` is no folder.
pub(super) fn existing_folder(
    root: &Utf8Path,
    dir: &Utf8Path,
    table: &Table<'_>,
    path: &Spanned<String>,
) {
    let whole = dir.join(folder(path));
    if !root.join(&whole).is_dir() {
        table.error(
            &path.location,
            format!("there is no folder {whole}"),
            "the path is relative to the manifest's folder",
        );
    }
}

/// Complains when `dir/path` is no file, or a link out of `dir`.
pub(super) fn existing_file(
    root: &Utf8Path,
    dir: &Utf8Path,
    table: &Table<'_>,
    path: &Spanned<String>,
) {
    let whole = dir.join(&path.value);
    if !root.join(&whole).is_file() {
        let parent = whole.parent().unwrap_or(dir);
        let siblings = list_dir(root, parent).unwrap_or_default();
        let nearest = names::nearest(
            whole.file_name().unwrap_or_default(),
            siblings.iter().map(|(name, _)| name.as_str()),
        );
        let hint = match nearest {
            Some(name) => format!("did you mean `{name}`?"),
            None => "the path is relative to the manifest's folder".to_owned(),
        };
        table.error(&path.location, format!("there is no file {whole}"), hint);
    } else if !names::stays_inside(&root.join(dir), Utf8Path::new(&path.value)) {
        table.error(
            &path.location,
            format!("{whole} is a symbolic link out of {dir}"),
            "put the file itself there",
        );
    }
}

pub(super) fn paths(list: Vec<Spanned<String>>) -> Vec<Utf8PathBuf> {
    list.into_iter().map(|path| folder(&path)).collect()
}

pub(super) fn strings(list: Vec<Spanned<String>>) -> Vec<String> {
    list.into_iter().map(|text| text.value).collect()
}

/// A path with `.` for the folder itself as one that can be joined.
fn folder(path: &str) -> Utf8PathBuf {
    if path == "." { Utf8PathBuf::new() } else { path.into() }
}

/// The dependencies in `vendor/Cargo.toml`; None when it could not be read, which has been complained about.
fn pinned_crates(root: &Utf8Path, diagnostics: &mut Diagnostics) -> Option<Vec<String>> {
    let path = Utf8Path::new("vendor/Cargo.toml");
    if !root.join(path).exists() {
        return Some(Vec::new());
    }
    match Document::read(root, path) {
        Ok(document) => {
            // Only cargo knows which other keys may stand there.
            let dependencies = document.root().optional_table("dependencies");
            Some(dependencies.map(|table| table.names()).unwrap_or_default())
        }
        Err(errors) => {
            diagnostics.append(errors);
            None
        }
    }
}

fn check_crate(recipe: &VendorRecipe, crates: &Option<Vec<String>>, diagnostics: &mut Diagnostics) {
    let Some(crates) = crates else { return };
    let first = match &recipe.source {
        Source::Crate { name, .. } => Some(name),
        Source::Package(_) => None,
    };
    let more = match &recipe.kind {
        BuildKind::Objects(objects) => &objects.more[..],
        BuildKind::Configure(_) => &[],
    };
    let missing = |name: &&Spanned<String>| !crates.contains(&name.value);
    for name in first.into_iter().chain(more.iter().map(|more| &more.name)).filter(missing) {
        let message = format!("the crate `{}` is not pinned in vendor/Cargo.toml", name.value);
        let nearest = names::nearest(name, crates.iter().map(String::as_str));
        let hint = match nearest {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("run `cargo add --manifest-path vendor/Cargo.toml {}`", name.value),
        };
        diagnostics.error(&name.location, message, hint);
    }
}
