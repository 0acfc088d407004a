//! What several manifests must agree on.

use std::collections::BTreeMap;

use super::cap::{Linkage, switch_name};
use super::diagnostics::{Diagnostics, Location};
use super::extension::Extension;
use super::linkage::LINKER;
use super::micropython;
use super::names;
use super::profile::ProfileCaps;
use super::{Cap, Language, VendorRecipe, Workspace};

/// Namespaces of interfaces that whoever runs pylon.wasm provides.
const HOST_NAMESPACES: &[&str] = &["wasi:", "compose:"];

/// Whether the runtime, not a cap, provides `interface`.
pub fn is_host_interface(interface: &str) -> bool {
    HOST_NAMESPACES.iter().any(|namespace| interface.starts_with(namespace))
}

/// Which lists of a workspace have all that the checkout has. What is not in a list that is incomplete may still be
/// there, in a file that could not be read.
#[derive(Clone, Copy, Default)]
pub(super) struct Complete {
    pub extensions: bool,
    pub caps: bool,
    pub vendors: bool,
    pub profiles: bool,
}

/// Runs all checks for which enough could be read.
pub(super) fn run(workspace: &Workspace, complete: Complete, diagnostics: &mut Diagnostics) {
    unique_exports(workspace, diagnostics);
    unique_modules(workspace, diagnostics);
    micropython::unique_modules(workspace, diagnostics);
    unique_names(workspace, diagnostics);
    if complete.profiles {
        known_profiles(workspace, diagnostics);
    }
    if complete.vendors {
        known_vendors(workspace, diagnostics);
        cxx_is_not_folded(workspace, diagnostics);
    }
    if complete.caps && complete.extensions {
        known_caps(workspace, diagnostics);
        micropython::known_extensions(workspace, diagnostics);
    }
    if complete.caps {
        imports_have_exporters(workspace, diagnostics);
        if complete.extensions {
            callbacks_are_offered(workspace, diagnostics);
        }
        caps_that_import_caps(workspace, diagnostics);
        known_providers(workspace, diagnostics);
        linkage_modes(workspace, diagnostics);
    }
}

/// Records an error for the second holder of a key, naming the first.
pub(super) struct Unique<'a> {
    what: &'a str,
    hint: &'a str,
    first: BTreeMap<String, &'a Location>,
}

impl<'a> Unique<'a> {
    pub(super) fn new(what: &'a str, hint: &'a str) -> Self {
        Unique { what, hint, first: BTreeMap::new() }
    }

    pub(super) fn insert(
        &mut self,
        key: String,
        location: &'a Location,
        diagnostics: &mut Diagnostics,
    ) {
        match self.first.get(&key) {
            Some(first) => {
                diagnostics.error(
                    location,
                    format!("{} `{key}` is also that of {first}", self.what),
                    self.hint,
                );
            }
            None => {
                self.first.insert(key, location);
            }
        }
    }
}

fn unique_exports(workspace: &Workspace, diagnostics: &mut Diagnostics) {
    let mut exporters: BTreeMap<&String, &str> = BTreeMap::new();
    for cap in &workspace.caps {
        for interface in &cap.world.exports {
            if let Some(other) = exporters.insert(interface, &cap.name) {
                let message =
                    format!("the caps `{other}` and `{}` both export `{interface}`", cap.name);
                let hint =
                    "one cap serves an interface; try another implementation with `--component`";
                diagnostics.error(&cap.world.location, message, hint);
            }
        }
    }
}

fn unique_modules(workspace: &Workspace, diagnostics: &mut Diagnostics) {
    let mut modules = Unique::new("the module", "a module is provided by one extension, once");
    let mut files = Unique::new("the destination", "two shims cannot be one file");
    let mut symbols = Unique::new("the C module", "`PyInit_<module_name>` can be linked once only");
    for extension in &workspace.extensions {
        for provided in &extension.provides {
            modules.insert(provided.module.clone(), &provided.location, diagnostics);
            if let Some(shim) = &provided.shim {
                files.insert(shim.dest.to_string(), &shim.dest.location, diagnostics);
            }
        }
        if let Some(module) = &extension.module {
            symbols.insert(module.name.clone(), &extension.location, diagnostics);
        }
    }
}

fn unique_names(workspace: &Workspace, diagnostics: &mut Diagnostics) {
    let mut packages = Unique::new("the package name", "each extension is a unit of its own");
    for extension in &workspace.extensions {
        packages.insert(extension.package.name.clone(), &extension.location, diagnostics);
    }
    // An extension and a cap of one name share a switch on purpose; two caps cannot.
    let mut switches = Unique::new("the switch", "rename one of the folders");
    for cap in &workspace.caps {
        switches.insert(switch_name(&cap.name), &cap.location, diagnostics);
    }
    let mut worlds =
        Unique::new("the world", "two worlds of one name and package cannot be told apart");
    let extensions = workspace.extensions.iter().filter_map(|extension| extension.world.as_ref());
    for world in extensions.chain(workspace.caps.iter().map(|cap| &cap.world)) {
        worlds.insert(
            format!("{}:{}/{}", world.package.namespace, world.package.name, world.name),
            &world.location,
            diagnostics,
        );
    }
}

/// Names in `[gating]`.
fn known_profiles(workspace: &Workspace, diagnostics: &mut Diagnostics) {
    let profiles = || workspace.profiles.keys().map(String::as_str);
    for extension in &workspace.extensions {
        for name in extension.gating.include.iter().chain(&extension.gating.exclude) {
            if !workspace.profiles.contains_key(&name.value) {
                let hint = names::nearest_hint(name, "profiles", profiles());
                diagnostics.error(
                    &name.location,
                    format!("unknown profile `{}`", name.value),
                    hint,
                );
            }
        }
    }
}

/// Names in a cap's `vendor`, and in a recipe's `part_of`, which names no part.
fn known_vendors(workspace: &Workspace, diagnostics: &mut Diagnostics) {
    let find = |name: &str| workspace.vendors.iter().find(|vendor| vendor.name == name);
    for recipe in &workspace.vendors {
        let Some(name) = recipe.part_of() else { continue };
        if find(name).is_some_and(|whole| whole.part_of().is_some()) {
            let message = format!("`{}` is a part itself", name.value);
            diagnostics.error(&name.location, message, "name a library that stands alone");
        }
    }
    let parts = workspace.vendors.iter().filter_map(VendorRecipe::part_of);
    let used = workspace.caps.iter().flat_map(|cap| &cap.vendor);
    for name in used.chain(parts).filter(|name| find(name).is_none()) {
        let known = workspace.vendors.iter().map(|vendor| vendor.name.as_str());
        let hint = names::nearest_hint(name, "libraries in vendor/", known);
        let message = format!("no recipe vendor/{}/vendor.toml", name.value);
        diagnostics.error(&name.location, message, hint);
    }
}

/// C++ has a library of its own, with exceptions that no interpreter's module has.
fn cxx_is_not_folded(workspace: &Workspace, diagnostics: &mut Diagnostics) {
    for cap in workspace.caps.iter().filter(|cap| cap.modes.contains(&Linkage::Static)) {
        let recipes = cap.vendor.iter().filter_map(|name| workspace.vendor(&name.value).ok());
        let library = recipes.into_iter().find(|recipe| recipe.language == Language::Cxx);
        let what = match library {
            Some(recipe) => format!("its library `{}` is C++", recipe.name),
            None if cap.language == Language::Cxx => "it is C++".to_owned(),
            None => continue,
        };
        let message = format!("the cap `{}` cannot be linked as `static`: {what}", cap.name);
        diagnostics.error(&cap.location, message, "take \"static\" out of `modes` in cap.toml");
    }
}

/// Names in a profile's `caps` and `except`, and in its `linkage`, whose modes must be the caps'.
fn known_caps(workspace: &Workspace, diagnostics: &mut Diagnostics) {
    for profile in workspace.profiles.values() {
        let listed: &[_] = match &profile.caps {
            ProfileCaps::Only(caps) => caps,
            ProfileCaps::All => &[],
        };
        for name in listed.iter().chain(&profile.except) {
            if !workspace.switches().contains(&name.value.as_str()) {
                let hint = names::nearest_hint(name, "caps", workspace.switches());
                diagnostics.error(&name.location, format!("unknown cap `{}`", name.value), hint);
            }
        }
        for (name, mode) in &profile.linkage.caps {
            let (message, hint) = match workspace.caps.iter().find(|cap| cap.name == name.value) {
                Some(cap) if cap.modes.contains(mode) => continue,
                Some(cap) => lacks_mode(cap, *mode),
                None => {
                    let known = workspace.caps.iter().map(|cap| cap.name.as_str());
                    let hint = names::nearest_hint(name, "caps", known);
                    (format!("unknown cap `{}`", name.value), hint)
                }
            };
            diagnostics.error(&name.location, message, hint);
        }
    }
}

fn imports_have_exporters(workspace: &Workspace, diagnostics: &mut Diagnostics) {
    let exported =
        || workspace.caps.iter().flat_map(|cap| cap.world.exports.iter().map(String::as_str));
    for extension in &workspace.extensions {
        let imports = extension.world.as_ref().map(|world| &world.all_imports);
        for capability in &extension.capabilities {
            let id = capability.id();
            // What is required and not imported has been reported with the manifest.
            let imported = imports.is_some_and(|imports| imports.contains(&id));
            if imported && !is_host_interface(&id) && workspace.exporter(&id).is_none() {
                let hint = names::nearest_hint(&id, "interfaces exported by caps/", exported());
                let message = format!("no cap exports `{id}`");
                diagnostics.error(&capability.location, message, hint);
            }
        }
    }
}

/// A folded cap calls only what can be folded with it, and what calls nobody back: that is for who is over it to answer. A
/// provider calls others from behind a relay, where these are composed with it: nobody is called back from there, and no
/// method by hand is reached.
fn caps_that_import_caps(workspace: &Workspace, diagnostics: &mut Diagnostics) {
    for cap in &workspace.caps {
        let exported = |import: &&String| workspace.exporter(import).is_some();
        let Some(import) = cap.world.imports.iter().find(exported) else { continue };
        let location = &cap.world.location;
        if cap.modes.contains(&Linkage::Static) {
            folded_with_imported(workspace, cap, diagnostics);
        }
        if !cap.modes.contains(&Linkage::Dynlink) {
            continue;
        }
        if !cap.provider.sources.is_empty() {
            let message =
                format!("a cap with `[provider]` stands alone, but the cap imports `{import}`");
            let hint = "take `[provider]`, or \"dynlink\" of `modes`, out of cap.toml";
            diagnostics.error(location, message, hint);
        }
        if let Some((other, interface)) = workspace.calls_back(cap) {
            let message = format!(
                "a provider that is made of several caps calls nobody back, but the cap imports `{import}`, and \
                 `{}` calls back `{interface}`",
                other.name
            );
            let hint = "take \"dynlink\" out of `modes` in cap.toml";
            diagnostics.error(location, message, hint);
        }
    }
}

/// What a cap calls back is offered by each extension that uses it, and what is offered is called back.
fn folded_with_imported(workspace: &Workspace, cap: &Cap, diagnostics: &mut Diagnostics) {
    let hint = "take \"static\" out of `modes` in cap.toml";
    for other in workspace.imported_by(&[cap]) {
        let why = match workspace.callbacks_of(other).first() {
            Some(interface) => format!("calls back `{interface}`"),
            None if !other.modes.contains(&Linkage::Static) => "cannot be folded".to_owned(),
            None => continue,
        };
        let message = format!(
            "a folded cap is linked with those that it imports from, but `{}` {why}",
            other.name
        );
        diagnostics.error(&cap.world.location, message, hint);
    }
}

fn callbacks_are_offered(workspace: &Workspace, diagnostics: &mut Diagnostics) {
    for cap in &workspace.caps {
        let uses = |user: &&Extension| workspace.caps_of(user).iter().any(|it| it.name == cap.name);
        for interface in workspace.callbacks_of(cap) {
            let users: Vec<_> = workspace.extensions.iter().filter(uses).collect();
            for user in users.iter().filter(|user| !user.offers(interface)) {
                let message = format!(
                    "the cap `{}` calls back `{interface}`, which the extension `{}` does not offer",
                    cap.name, user.name
                );
                let hint = format!(
                    "write `export {interface};` in its world, and a [[capabilities.offered]] for it in {}",
                    user.manifest
                );
                diagnostics.error(&user.location, message, hint);
            }
            if users.is_empty() && !workspace.extensions.iter().any(|it| it.offers(interface)) {
                let message = format!("no cap exports `{interface}`, and no extension offers it");
                let exported = workspace.caps.iter().flat_map(|cap| &cap.world.exports);
                let known = exported.map(String::as_str);
                let hint = names::nearest_hint(interface, "interfaces exported by caps/", known);
                diagnostics.error(&cap.world.location, message, hint);
            }
        }
    }
    for extension in &workspace.extensions {
        let used = workspace.caps_of(extension);
        for offer in &extension.offered {
            let id = offer.id();
            let (message, hint) = match workspace.exporter(&id) {
                Some(cap) => {
                    let message =
                        format!("the cap `{}` exports `{id}`: nobody calls it back", cap.name);
                    (message, "remove the offer")
                }
                None if used.iter().any(|cap| cap.world.imports.contains(&id)) => continue,
                None => {
                    let message = format!("no cap that the extension uses imports `{id}`");
                    (message, "write the import in the cap's world, or remove the offer")
                }
            };
            diagnostics.error(&offer.location, message, hint);
        }
    }
}

/// Names in `[linkage] providers`.
fn known_providers(workspace: &Workspace, diagnostics: &mut Diagnostics) {
    for extension in &workspace.extensions {
        for name in &extension.linkage.providers {
            match workspace.caps.iter().find(|cap| cap.name == name.value) {
                Some(cap) if cap.modes.contains(&Linkage::Dynlink) => {}
                Some(cap) => {
                    let message = format!("the cap `{}` has no provider", cap.name);
                    let hint = format!("add \"dynlink\" to `modes` in {}", cap.manifest);
                    diagnostics.error(&name.location, message, hint);
                }
                None => {
                    let known = workspace.caps.iter().map(|cap| cap.name.as_str());
                    let hint = names::nearest_hint(name, "caps", known);
                    diagnostics.error(
                        &name.location,
                        format!("unknown cap `{}`", name.value),
                        hint,
                    );
                }
            }
        }
        let linker = |world: &super::World| world.all_imports.contains(LINKER);
        if let Some(first) = extension.linkage.providers.first()
            && !extension.world.as_ref().is_some_and(linker)
        {
            let message = format!("the world of the extension does not import `{LINKER}`");
            let hint = format!("write `import {LINKER};` in it, or remove `providers`");
            diagnostics.error(&first.location, message, hint);
        }
    }
}

/// A mode that an extension offers must be one of each cap that it uses.
fn linkage_modes(workspace: &Workspace, diagnostics: &mut Diagnostics) {
    for extension in &workspace.extensions {
        for cap in workspace.caps_of(extension) {
            for mode in &extension.linkage.modes {
                if !cap.modes.contains(&mode.value) {
                    let (message, hint) = lacks_mode(cap, mode.value);
                    diagnostics.error(&mode.location, message, hint);
                }
            }
        }
    }
}

/// Message and hint for a mode that is offered or chosen, and that the cap does not have.
fn lacks_mode(cap: &Cap, mode: Linkage) -> (String, String) {
    (
        format!("the cap `{}` cannot be linked as `{}`", cap.name, mode.name()),
        format!("add the mode to `modes` in {}, or remove it here", cap.manifest),
    )
}
