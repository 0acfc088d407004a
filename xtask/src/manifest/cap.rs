//! `caps/<n>/cap.toml`: the component that serves a contract.

use camino::{Utf8Path, Utf8PathBuf};
use semver::Version;

use super::checks::is_host_interface;
use super::contract::Contracts;
use super::diagnostics::{Diagnostics, Location, Spanned};
use super::document::{Document, Table};
use super::extension::COMMON;
use super::flags;
use super::language::{self, LANGUAGES_OF_CAPS, Language, is_cxx};
use super::micropython::{self, MicroPythonGlue};
use super::names;
use super::provider::{self, Provider};
use super::rust::{self, RustCrate};
use super::vendor::{existing_file, existing_folder, folder_name, paths, strings};
use super::wit::list_dir;
use super::world::{World, own_world};

pub const SCHEMA: &str = "pylon:cap@0.1.0";

/// The world of `caps/common`, whose WIT package no cap can have.
pub const COMMON_NAME: &str = "provider";

/// The key of `[cap]` that lets a component import `wasi:*`.
pub(super) const WASI: &str = "wasi";

/// What `stack_size` may be, in bytes. A provider's own stack, of the engine, is 1 MiB.
const STACK_SIZES: std::ops::RangeInclusive<u32> = 64 << 10..=16 << 20;

/// How a cap can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Linkage {
    /// Composed into pylon.wasm.
    Embed,
    /// A provider, resolved at run time.
    Dynlink,
    /// Its C folded into a core module.
    Static,
}

impl Linkage {
    /// All modes by their names in manifests.
    pub const ALL: &[(&str, Linkage)] =
        &[("embed", Linkage::Embed), ("dynlink", Linkage::Dynlink), ("static", Linkage::Static)];

    /// As manifests write it.
    pub fn name(self) -> &'static str {
        match self {
            Linkage::Embed => "embed",
            Linkage::Dynlink => "dynlink",
            Linkage::Static => "static",
        }
    }
}

/// What of WASI a cap's component may import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wasi {
    Nothing,
    /// Interfaces whose names begin so: `wasi:random/`.
    Only(Vec<String>),
    All,
}

/// What `wasi` lists where it is a list, and the packages.
const WASI_PACKAGES: &[(&str, &str)] = &[("clocks", "wasi:clocks/"), ("random", "wasi:random/")];

fn wasi(cap: &Table<'_>) -> Wasi {
    if cap.is_list(WASI) {
        let packages = cap.optional_choices(WASI, WASI_PACKAGES);
        return Wasi::Only(packages.into_iter().map(|package| package.value.to_owned()).collect());
    }
    match cap.optional_bool(WASI) {
        Some(wasi) if wasi.value => Wasi::All,
        _ => Wasi::Nothing,
    }
}

/// One cap. All paths are relative to the root of the checkout.
#[derive(Clone, Debug)]
pub struct Cap {
    /// The folder's name; the switch is `WITH_<NAME>`, see [`switch_name`].
    pub name: String,
    pub dir: Utf8PathBuf,
    pub manifest: Utf8PathBuf,
    pub version: Version,
    pub description: String,
    pub license: String,
    /// The modes that it may be linked in, sorted.
    pub modes: Vec<Linkage>,
    /// What its component may import, besides other contracts.
    pub wasi: Wasi,
    /// Whether building it takes minutes, so that tests of building do without.
    pub large: bool,
    /// Where it is written in Rust; then `sources` and what goes with them are empty.
    pub rust: Option<RustCrate>,
    pub sources: Vec<Utf8PathBuf>,
    /// Include folders, beside its `gen/`.
    pub include: Vec<Utf8PathBuf>,
    pub language: Language,
    pub defines: Vec<String>,
    pub flags: Vec<String>,
    /// Of its sources in C++ alone.
    pub cxx_flags: Vec<String>,
    /// Bytes of its component's stack, where it needs more than the linker gives.
    pub stack_size: Option<u32>,
    pub provider: Provider,
    /// Names of the vendor recipes that it is linked with.
    pub vendor: Vec<Spanned<String>>,
    /// Of a cap with glue, `modes` has [`Linkage::Static`].
    pub micropython: Option<MicroPythonGlue>,
    pub wit_dir: Utf8PathBuf,
    /// Where generated bindings are checked in.
    pub gen_dir: Utf8PathBuf,
    pub world: World,
    /// The place of its name, for complaints about the cap as a whole.
    pub location: Location,
}

impl Cap {
    /// Whether MicroPython's image has it folded in, unless it is switched off.
    pub fn is_for_images(&self) -> bool {
        self.micropython.as_ref().is_some_and(|glue| glue.in_image)
    }
}

/// The name of the switch of a cap or extension, e.g. `WITH_CRC32C_DYNLINK`.
pub fn switch_name(name: &str) -> String {
    format!("WITH_{}", name.to_uppercase().replace('-', "_"))
}

/// Those of a cap that lists none. `static` takes C that can live beside an interpreter's.
const USUAL_MODES: [Linkage; 2] = [Linkage::Embed, Linkage::Dynlink];

/// Reads every folder of `caps/`, sorted by name. One without a `cap.toml` is an error.
pub fn load(root: &Utf8Path, contracts: &Contracts, diagnostics: &mut Diagnostics) -> Vec<Cap> {
    let caps = Utf8Path::new("caps");
    if !root.join(caps).exists() {
        return Vec::new();
    }
    let entries = list_dir(root, caps).unwrap_or_else(|errors| {
        diagnostics.append(errors);
        Vec::new()
    });
    let mut loaded = Vec::new();
    for (name, _) in entries.into_iter().filter(|(name, is_dir)| *is_dir && name != COMMON) {
        let dir = caps.join(&name);
        let manifest = dir.join("cap.toml");
        if !root.join(&manifest).exists() {
            let hint = "docs/reference/manifest.md shows one; a folder of caps/ is always a cap";
            diagnostics.error(&Location::whole(&dir), format!("{dir} has no cap.toml"), hint);
            continue;
        }
        match Document::read(root, &manifest) {
            Ok(document) => {
                let cap = read(root, &document, name, dir, contracts, diagnostics);
                diagnostics.append(document.finish());
                loaded.extend(cap);
            }
            Err(errors) => diagnostics.append(errors),
        }
    }
    loaded
}

fn read(
    root: &Utf8Path,
    document: &Document,
    name: String,
    dir: Utf8PathBuf,
    contracts: &Contracts,
    diagnostics: &mut Diagnostics,
) -> Option<Cap> {
    let top = document.root();
    top.required_schema(&[(SCHEMA, ())]);
    let (cap, component) = (top.required_table("cap")?, top.table_or_empty("component"));
    folder_name(&cap, &name);
    if let Err(expected) = names::kebab_case(&name) {
        let message = format!("the folder's name `{name}` cannot be a WIT package's");
        document.error(&cap.location(), message, format!("expected {expected}"));
    }
    if name == COMMON_NAME {
        let hint = format!("`pylon-cap:{COMMON_NAME}` is the package of caps/{COMMON}");
        document.error(&cap.location(), format!("a cap cannot be called `{COMMON_NAME}`"), hint);
    }
    let version = cap.required_parsed("version", "a semantic version like `1.2.0`", Version::parse);
    let description = cap.required_shaped("description", names::one_line);
    let license = cap.required_shaped("license", names::license);
    let listed = match cap.has("modes") {
        true => cap.required_choices("modes", Linkage::ALL),
        false => USUAL_MODES.map(|value| Spanned { value, location: cap.location() }).into(),
    };
    let mut modes: Vec<Linkage> = listed.iter().map(|mode| mode.value).collect();
    modes.sort_unstable();
    let wasi = wasi(&cap);
    let large = cap.optional_bool("large").is_some_and(|large| large.value);

    let language = component.optional_choice("language", LANGUAGES_OF_CAPS);
    let language = language.map_or(Language::C, |language| language.value);
    let rust = rust::read(root, &dir, &top, &cap, &component, language);
    let sources = match rust {
        Some(_) => Vec::new(),
        None => match component.has("sources") {
            true => component.required_shaped_list("sources", names::source_file),
            false => files_of(language, root, &dir, &component),
        },
    };
    if rust.is_none() {
        language::check_sources(&component, language, sources.iter());
    }
    for path in &sources {
        existing_file(root, &dir, &component, path);
    }
    let include = component.optional_shaped_list("include", names::relative_folder);
    for path in &include {
        existing_folder(root, &dir, &component, path);
    }
    let defines = strings(component.optional_shaped_list("defines", names::define));
    let flags = strings(component.optional_shaped_list("flags", flags::flag));
    let cxx_flags = strings(component.optional_shaped_list("cxx_flags", flags::flag));
    let stack_size = stack_size(&component);
    let vendor = component.optional_list("vendor");
    let is_c = rust.is_none();
    let provider = provider::read(root, &dir, &top, &modes, is_c);
    let micropython = if is_c { micropython::read(root, &dir, &top, &cap, &listed) } else { None };

    let wit_dir = dir.join("wit");
    let world = component.shaped_or("world", Some(format!("{name}-cap")), names::kebab_case)?;
    if world.value == COMMON_NAME {
        let message = format!("the world cannot be called `{COMMON_NAME}`");
        let hint = "that of caps/common is, and C names begin with the world's";
        document.error(&world.location, message, hint);
    }
    let named = (world.as_str(), Some(&world.location));
    let world = match own_world(root, &wit_dir, &format!("pylon-cap:{name}"), named, contracts) {
        Ok(world) => world,
        Err(errors) => {
            diagnostics.append(errors);
            return None;
        }
    };
    check_world(&world, wasi != Wasi::Nothing, document);
    micropython::check_world(&component, &world, &listed);
    if rust.is_some() {
        rust::check_world(&component, &world);
    }
    Some(Cap {
        manifest: dir.join("cap.toml"),
        location: cap.key_location("name").unwrap_or_else(|| cap.location()),
        gen_dir: dir.join("gen"),
        sources: paths(sources).into_iter().map(|path| dir.join(path)).collect(),
        include: paths(include).into_iter().map(|path| dir.join(path)).collect(),
        name,
        dir,
        version: version?.value,
        description: description?.value,
        license: license?.value,
        modes,
        wasi,
        large,
        rust,
        language,
        defines,
        flags,
        cxx_flags,
        stack_size,
        provider,
        vendor,
        micropython,
        wit_dir,
        world,
    })
}

/// The C files in `src/`, and those in C++ of a cap in that: what a cap is made of that does not say it.
fn files_of(
    language: Language,
    root: &Utf8Path,
    dir: &Utf8Path,
    table: &Table<'_>,
) -> Vec<Spanned<String>> {
    let entries = list_dir(root, &dir.join("src")).unwrap_or_default();
    let is_source = |name: &str| {
        name.ends_with(".c") || language == Language::Cxx && is_cxx(Utf8Path::new(name))
    };
    let files = entries.into_iter().filter(|(name, is_dir)| !is_dir && is_source(name));
    let files: Vec<_> = files
        .map(|(name, _)| Spanned { value: format!("src/{name}"), location: table.location() })
        .collect();
    if files.is_empty() {
        let hint = format!("write C in {dir}/src, or say `language = \"rust\"`");
        table.error(&table.location(), "the cap has no source files", hint);
    }
    files
}

/// `stack_size`, of which the linker wants whole frames.
fn stack_size(component: &Table<'_>) -> Option<u32> {
    let bytes = component.optional_int("stack_size")?;
    let size =
        u32::try_from(bytes.value).ok().filter(|size| STACK_SIZES.contains(size) && size % 16 == 0);
    if size.is_none() {
        let message = format!("`stack_size` cannot be {}", bytes.value);
        component.error(
            &bytes.location,
            message,
            "expected bytes, from 65536 to 16777216, in steps of 16",
        );
    }
    size
}

fn check_world(world: &World, wasi: bool, document: &Document) {
    if world.exports.is_empty() {
        let message = format!("the world `{}` exports no interface", world.name);
        document.error(&world.location, message, "a cap exports interfaces of a contract in wit/");
    }
    for interface in &world.exports {
        if is_host_interface(interface) {
            let message = format!("the world `{}` exports `{interface}`", world.name);
            let hint = "a cap exports contracts; what providers export is generated from them";
            document.error(&world.location, message, hint);
        } else if !world
            .contracts
            .iter()
            .any(|package| package.interface_id(interface_name(interface)) == *interface)
        {
            let message =
                format!("the world `{}` exports `{interface}`, which is no contract", world.name);
            document.error(
                &world.location,
                message,
                "define the interface in a package of wit/ and export it from there",
            );
        }
    }
    for item in &world.loose_items {
        let message = format!("the world `{}` has `{item}` outside of any interface", world.name);
        document.error(
            &world.location,
            message,
            "only interfaces of contracts can be imported and exported",
        );
    }
    for interface in
        world.all_imports.iter().filter(|interface| interface.starts_with("wasi:") && !wasi)
    {
        let message = format!(
            "the world `{}` imports `{interface}`, but the cap is without WASI",
            world.name
        );
        document.error(
            &world.location,
            message,
            "write `wasi = true` in `[cap]`, or do without the import",
        );
    }
}

/// `name` of `ns:pkg/name@version`.
pub(super) fn interface_name(interface: &str) -> &str {
    let name = interface.split_once('/').map_or(interface, |(_, name)| name);
    name.split_once('@').map_or(name, |(name, _)| name)
}
