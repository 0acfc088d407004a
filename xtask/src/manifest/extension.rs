//! `cpython-ext/_<name>_cap/pyforge-pkg.toml`: the Python side of a cap.
//!
//! The format is in use elsewhere (schema 0.1.0); 0.2.0 marks a manifest with our additions. What is read here is
//! checked against the manifest's own folder; what several manifests must agree on is in [`super::checks`].

use camino::{Utf8Path, Utf8PathBuf};

use super::cap::Linkage;
use super::capabilities::{self, Capability};
use super::contract::Contracts;
use super::diagnostics::{Diagnostics, Location, Spanned};
use super::document::{Document, Table};
use super::flags;
use super::names;
use super::provides::{self, Provided};
use super::vendor::{existing_file, paths, strings};
use super::wit::list_dir;
use super::world::{World, own_world};

pub const SCHEMA_1: &str = "tegmentum:pylon-pyforge/pkg@0.1.0";
pub const SCHEMA_2: &str = "tegmentum:pylon-pyforge/pkg@0.2.0";

/// The folder of `cpython-ext/` and of `caps/` that is none of them: what all of them share.
pub const COMMON: &str = "common";
/// The world of `cpython-ext/common`, whose WIT package no extension can have.
pub const COMMON_NAME: &str = "dynlink";

/// One extension. All paths are relative to the root of the checkout unless they say otherwise.
#[derive(Clone, Debug)]
pub struct Extension {
    /// `<name>` of the folder `_<name>_cap`, with dashes for underscores: its switch and its WIT package.
    pub name: String,
    pub dir: Utf8PathBuf,
    pub manifest: Utf8PathBuf,
    pub package: Package,
    /// None when it only overlays `Lib/`.
    pub module: Option<Module>,
    pub capabilities: Vec<Capability>,
    /// What it exports for its caps to call back.
    pub offered: Vec<Capability>,
    pub provides: Vec<Provided>,
    pub gating: Gating,
    pub wheel: Option<WheelComponent>,
    pub linkage: LinkageChoice,
    /// None when it is shim-only and has no WIT folder.
    pub world: Option<World>,
    /// The place of `package.name`, for complaints about the extension as a whole.
    pub location: Location,
}

impl Extension {
    /// Whether its caps can call `interface` (`ns:pkg/name@version`) back.
    pub fn offers(&self, interface: &str) -> bool {
        self.offered.iter().any(|offer| offer.id() == interface)
    }
}

/// `[package]`.
#[derive(Clone, Debug)]
pub struct Package {
    /// The extension as a unit, e.g. of a wheel.
    pub name: String,
    pub version: pep440_rs::Version,
    pub description: String,
    pub pattern: Pattern,
    pub license: Option<String>,
    pub author: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// A C extension over a capability, written `"A"`.
    Capability,
    /// Only files for `Lib/`.
    ShimOnly,
}

/// The C module of an extension.
#[derive(Clone, Debug)]
pub struct Module {
    /// The C symbol is `PyInit_<name>`.
    pub name: String,
    /// `c_file`, then `sources`.
    pub sources: Vec<Utf8PathBuf>,
    /// None when `c_file` is written by hand.
    pub generated: Option<GeneratedModule>,
    /// Files of CPython's own source that are compiled with it, relative to the root of that source.
    pub cpython_sources: Vec<Utf8PathBuf>,
    pub flags: Vec<String>,
    /// Whether importing the module, and what is over it, asks its caps for nothing.
    pub calls_nothing: bool,
    pub wit_dir: Utf8PathBuf,
    pub gen_dir: Utf8PathBuf,
    /// In `gen_dir`, as are the next three.
    pub gen_import_c: Utf8PathBuf,
    pub gen_import_h: Utf8PathBuf,
    pub gen_import_obj: Utf8PathBuf,
    /// Linked in place of the other two where the caps are resolved at run time.
    pub gen_dynlink_c: Utf8PathBuf,
    /// The link shim for `static`, generated beside the bindings.
    pub gen_static_c: Utf8PathBuf,
    /// MicroPython's module, where that is generated.
    pub gen_mp_c: Utf8PathBuf,
}

/// That `c_file` is what gen writes.
#[derive(Clone, Debug)]
pub struct GeneratedModule {
    /// Functions in it whose C is in `sources`: `NAME`, or `NAME(..) -> ..` for one that the contract does not have.
    pub by_hand: Vec<Spanned<String>>,
}

/// `[gating]`: the profiles that have the extension. Exclusion wins; no inclusion means all.
#[derive(Clone, Debug, Default)]
pub struct Gating {
    pub include: Vec<Spanned<String>>,
    pub exclude: Vec<Spanned<String>>,
}

impl Gating {
    /// Whether a build with `profile` may have the extension.
    pub fn admits(&self, profile: &str) -> bool {
        let names = |list: &[Spanned<String>]| list.iter().any(|name| name.value == profile);
        !names(&self.exclude) && (self.include.is_empty() || names(&self.include))
    }
}

/// `[wheel.component]`.
#[derive(Clone, Debug)]
pub struct WheelComponent {
    pub artifact: Option<String>,
    pub wit_world: Option<String>,
}

/// `[linkage]`: how its caps may be linked, and how they are when nobody says otherwise.
#[derive(Clone, Debug)]
pub struct LinkageChoice {
    pub default: Linkage,
    /// Whether the manifest says the default.
    pub(super) is_said: bool,
    /// Empty where the manifest says nothing: loading fills in those of all its caps.
    pub modes: Vec<Spanned<Linkage>>,
    /// Caps that its C resolves by name through the linker, beside those whose contracts it imports.
    pub providers: Vec<Spanned<String>>,
}

/// Reads every folder of `cpython-ext/`, sorted by name. One without a manifest is an error.
pub fn load(
    root: &Utf8Path,
    contracts: &Contracts,
    diagnostics: &mut Diagnostics,
) -> Vec<Extension> {
    let extensions = Utf8Path::new("cpython-ext");
    if !root.join(extensions).exists() {
        return Vec::new();
    }
    let entries = list_dir(root, extensions).unwrap_or_else(|errors| {
        diagnostics.append(errors);
        Vec::new()
    });
    let mut loaded = Vec::new();
    for (folder, _) in entries.into_iter().filter(|(name, is_dir)| *is_dir && name != COMMON) {
        let dir = extensions.join(&folder);
        let manifest = dir.join("pyforge-pkg.toml");
        if !root.join(&manifest).exists() {
            let hint = "docs/reference/manifest.md shows one; a folder of cpython-ext/ is always an extension";
            diagnostics.error(
                &Location::whole(&dir),
                format!("{dir} has no pyforge-pkg.toml"),
                hint,
            );
            continue;
        }
        match Document::read(root, &manifest) {
            Ok(document) => {
                let extension = read(root, &document, &folder, contracts, diagnostics);
                diagnostics.append(document.finish());
                loaded.extend(extension);
            }
            Err(errors) => diagnostics.append(errors),
        }
    }
    loaded
}

fn read(
    root: &Utf8Path,
    document: &Document,
    folder: &str,
    contracts: &Contracts,
    diagnostics: &mut Diagnostics,
) -> Option<Extension> {
    let dir = Utf8Path::new("cpython-ext").join(folder);
    let top = document.root();
    let schema = top.required_schema(&[(SCHEMA_1, 1), (SCHEMA_2, 2)]);
    // With an unknown schema, the keys are read as the newest one has them.
    let schema = schema.map_or(2, |schema| schema.value);
    let package_table = top.required_table("package");
    let extension_table = match schema {
        1 => top.required_table("extension"),
        _ => Some(top.table_or_empty("extension")),
    };
    let short = extension_table.as_ref().and_then(|table| short_name(table, folder, schema));
    let package =
        package_table.as_ref().and_then(|table| read_package(table, short.as_deref(), schema));
    let pattern = package.as_ref().map_or(Pattern::Capability, |package| package.pattern);
    let module = extension_table.as_ref().and_then(|table| {
        let place = Folder { root, dir: &dir, name: folder, short: short.as_deref() };
        read_module(&place, table, schema, pattern)
    });
    let mut capabilities = capabilities::read(&top, pattern, schema);
    if let Some(table) = top.optional_table("capabilities") {
        additions_need_schema_2(&table, "offered", schema);
    }
    let surface = module.as_ref().map(|module| module.name.as_str());
    let defaults = package.as_ref().filter(|_| schema > 1);
    let provides = provides::read(root, &dir, &top, surface, pattern, defaults);
    let gating = top.optional_table("gating").map(|gating| Gating {
        include: gating.optional_list("include_forges"),
        exclude: gating.optional_list("exclude_forges"),
    });
    let wheel = top.optional_table("wheel").and_then(|wheel| {
        let component = wheel.optional_table("component")?;
        Some(WheelComponent {
            artifact: component
                .optional_shaped("artifact", names::relative_path)
                .map(|path| path.value),
            wit_world: component.optional_str("wit_world").map(|world| world.value),
        })
    });
    let linkage = read_linkage(&top, schema);

    let short = short?;
    let wit_dir = module.as_ref().map_or_else(|| dir.join("wit"), |module| module.wit_dir.clone());
    let world = if pattern == Pattern::Capability || root.join(&wit_dir).exists() {
        let name = format!("{short}-import");
        match own_world(root, &wit_dir, &format!("pylon-ext:{short}"), (&name, None), contracts) {
            Ok(world) => Some(world),
            Err(errors) => {
                diagnostics.append(errors);
                return None;
            }
        }
    } else {
        None
    };
    capabilities.complete_from(world.as_ref());
    capabilities::check(document, &capabilities, world.as_ref(), &dir);
    if pattern == Pattern::Capability && module.is_none() {
        return None;
    }
    let package_table = package_table?;
    Some(Extension {
        location: package_table.key_location("name").unwrap_or_else(|| package_table.location()),
        name: short,
        manifest: document.file().to_owned(),
        dir,
        package: package?,
        module: module.filter(|_| pattern == Pattern::Capability),
        capabilities: capabilities.required,
        offered: capabilities.offered,
        provides,
        gating: gating.unwrap_or_default(),
        wheel,
        linkage,
        world,
    })
}

fn read_package(table: &Table<'_>, short: Option<&str>, schema: u32) -> Option<Package> {
    let usual = short.filter(|_| schema > 1).map(|short| format!("{short}-cap"));
    let name = table.shaped_or("name", usual, names::kebab_case);
    let version =
        table.required_parsed("version", "a version as PEP 440 has them, like `1.2.0`", |text| {
            text.parse::<pep440_rs::Version>()
        });
    let description = table.required_shaped("description", names::one_line);
    let patterns = &[("A", Pattern::Capability), ("shim-only", Pattern::ShimOnly)];
    let pattern = match schema {
        1 => table.required_choice("pattern", patterns)?.value,
        _ => table.optional_choice("pattern", patterns).map_or(Pattern::Capability, |it| it.value),
    };
    let license = table.optional_shaped("license", names::one_line);
    let author = table.optional_shaped("author", names::one_line);
    Some(Package {
        name: name?.value,
        version: version?.value,
        description: description?.value,
        pattern,
        license: license.map(|license| license.value),
        author: author.map(|author| author.value),
    })
}

/// `zlib` of `_zlib_cap`; also checks `srcdir`.
fn short_name(table: &Table<'_>, folder: &str, schema: u32) -> Option<String> {
    let srcdir = match schema {
        1 => table.required_str("srcdir"),
        _ => table.optional_str("srcdir"),
    };
    if let Some(srcdir) = srcdir
        && srcdir.value != folder
    {
        let message = format!("`srcdir` is `{}`, but the folder is {folder}", srcdir.value);
        table.error(
            &srcdir.location,
            message,
            format!("write `srcdir = \"{folder}\"`, or rename the folder"),
        );
    }
    let short = folder
        .strip_prefix('_')
        .and_then(|name| name.strip_suffix("_cap"))
        .map(|name| name.replace('_', "-"));
    let short = short.filter(|short| names::kebab_case(short).is_ok());
    if short.is_none() {
        let message = format!("the folder's name `{folder}` is not of the form `_<name>_cap`");
        table.error(&table.location(), message, "e.g. `_zlib_cap`, in lower case: the WIT package and the switch take their name from it");
    }
    if short.as_deref() == Some(COMMON_NAME) {
        let message = format!("an extension cannot be called `{COMMON_NAME}`");
        let hint = format!("`pylon-ext:{COMMON_NAME}` is the package of cpython-ext/{COMMON}");
        table.error(&table.location(), message, hint);
    }
    short
}

/// Where an extension is, and what it is called there.
struct Folder<'a> {
    root: &'a Utf8Path,
    /// Relative to the root.
    dir: &'a Utf8Path,
    /// `_zlib_cap`.
    name: &'a str,
    /// `zlib`, if the name has its form.
    short: Option<&'a str>,
}

fn read_module(
    &Folder { root, dir, name: folder_name, short }: &Folder<'_>,
    table: &Table<'_>,
    schema: u32,
    pattern: Pattern,
) -> Option<Module> {
    for key in ["sources", "cpython_sources", "flags", "by_hand", "calls_nothing"] {
        additions_need_schema_2(table, key, schema);
    }
    // A shim-only manifest may have these keys, but needs none of them; in schema 2 each has a default.
    let read = |key, default: &str, shape| match pattern {
        Pattern::Capability => {
            table.shaped_or(key, (schema > 1).then(|| default.to_owned()), shape)
        }
        Pattern::ShimOnly => table.optional_shaped(key, shape),
    };
    let more = table.optional_shaped_list("sources", names::source_file);
    let cpython_sources = table.optional_shaped_list("cpython_sources", names::source_file);
    let flags = strings(table.optional_shaped_list("flags", flags::flag));
    let folder = |key, default: &str| {
        let path = table.optional_shaped(key, names::relative_path);
        dir.join(path.map_or_else(|| default.to_owned(), |path| path.value))
    };
    let (wit_dir, gen_dir) = (folder("wit_dir", "wit"), folder("gen_dir", "gen"));
    let stem = format!("{}_import", short.unwrap_or_default().replace('-', "_"));
    let generated = |key, name: String| {
        if let Some(written) = read(key, &name, names::relative_path)
            && short.is_some()
            && written.value != name
        {
            let message =
                format!("`{key}` is `{}`, but what gen writes is `{name}`", written.value);
            table.error(&written.location, message, format!("write `{key} = \"{name}\"`"));
        }
        gen_dir.join(name)
    };
    let gen_import_c = generated("gen_import_c", format!("{stem}.c"));
    let gen_import_obj = generated("gen_import_obj", format!("{stem}_component_type.o"));
    let generated_c = gen_dir.join(format!("{stem}_module.c"));
    let usual = generated_c.strip_prefix(dir).unwrap_or(&generated_c).to_string();
    let name = read("module_name", folder_name, names::identifier);
    let c_file = read("c_file", &usual, names::source_file)?;
    let calls_nothing = table.optional_bool("calls_nothing");
    let by_hand = table.optional_shaped_list("by_hand", names::by_hand);
    let generated = generated_module(table, dir, &c_file, (&gen_dir, &generated_c), by_hand);
    for path in generated.is_none().then_some(&c_file).into_iter().chain(&more) {
        existing_file(root, dir, table, path);
    }
    let mut sources = vec![dir.join(c_file.value)];
    sources.extend(paths(more).into_iter().map(|path| dir.join(path)));
    Some(Module {
        name: name?.value,
        sources,
        generated,
        cpython_sources: paths(cpython_sources),
        calls_nothing: calls_nothing.is_some_and(|it| it.value),
        flags,
        wit_dir,
        gen_import_c,
        gen_import_h: gen_dir.join(format!("{stem}.h")),
        gen_import_obj,
        gen_dynlink_c: gen_dir.join(format!("{stem}_dynlink.c")),
        gen_static_c: gen_dir.join(format!("{stem}_static.c")),
        gen_mp_c: gen_dir.join(format!("{stem}_mp.c")),
        gen_dir,
    })
}

/// Whether `c_file` is the module that gen writes, which need not be there yet. `folder` is `gen_dir` and that file in it.
fn generated_module(
    table: &Table<'_>,
    dir: &Utf8Path,
    c_file: &Spanned<String>,
    (gen_dir, file): (&Utf8Path, &Utf8Path),
    by_hand: Vec<Spanned<String>>,
) -> Option<GeneratedModule> {
    let written = dir.join(&c_file.value);
    if written == file {
        return Some(GeneratedModule { by_hand });
    }
    let file = file.strip_prefix(dir).unwrap_or(file);
    if written.starts_with(gen_dir) {
        let message = format!("`c_file` is `{}`, but what gen writes is `{file}`", c_file.value);
        table.error(&c_file.location, message, format!("write `c_file = \"{file}\"`"));
    }
    let message = "`by_hand` is for a module that gen writes, and this `c_file` is written by hand";
    table.forbid("by_hand", message, &format!("let gen write it: `c_file = \"{file}\"`"));
    None
}

fn additions_need_schema_2(table: &Table<'_>, key: &str, schema: u32) {
    if schema < 2 {
        let message = format!("`{key}` is not part of schema {SCHEMA_1}");
        table.forbid(key, &message, &format!("raise the schema: `schema = \"{SCHEMA_2}\"`"));
    }
}

fn read_linkage(top: &Table<'_>, schema: u32) -> LinkageChoice {
    additions_need_schema_2(top, "linkage", schema);
    let table = top.optional_table("linkage");
    let default = table.as_ref().and_then(|table| table.optional_choice("default", Linkage::ALL));
    let modes = table
        .as_ref()
        .map(|table| table.optional_choices("modes", Linkage::ALL))
        .unwrap_or_default();
    let providers =
        table.as_ref().map(|table| table.optional_list("providers")).unwrap_or_default();
    if let Some(default) = &default
        && !modes.is_empty()
        && !modes.iter().any(|mode| mode.value == default.value)
    {
        let message = format!("the default `{}` is not one of `modes`", default.value.name());
        top.error(&default.location, message, "add it to `modes`, or choose another default");
    }
    let fallback = modes.first().map_or(Linkage::Embed, |mode| mode.value);
    let is_said = default.is_some();
    let default = default.map_or(fallback, |default| default.value);
    let modes = match schema {
        1 => vec![Spanned { value: default, location: top.location() }],
        _ => modes,
    };
    LinkageChoice { default, is_said, modes, providers }
}
