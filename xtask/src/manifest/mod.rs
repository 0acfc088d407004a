//! The manifests and contracts of a checkout as types, cross-checked.
//!
//! **Architecture invariant:** this module knows files and what they must agree on. It knows nothing of building:
//! no tool, no cache, no artifact.
//!
//! [`Workspace::load`] reads everything and reports every error at once, each with file, line, column and a hint.
//! docs/reference/manifest.md is the reference of the formats.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

pub mod cap;
pub mod capabilities;
mod checks;
mod contract;
pub mod diagnostics;
pub mod document;
pub mod extension;
mod flags;
pub mod language;
pub mod linkage;
pub mod micropython;
pub mod names;
mod packed;
pub mod profile;
pub mod provider;
pub mod provides;
mod rust;
pub mod selection;
pub mod source;
mod static_caps;
pub mod table;
#[cfg(test)]
mod tests;
pub mod vendor;
pub mod wit;
pub mod world;

pub use cap::{Cap, Linkage, Wasi, switch_name};
pub use checks::is_host_interface;
pub use diagnostics::{Diagnostic, Diagnostics, Location, Severity, Spanned};
pub use extension::{Extension, Module, Pattern};
pub use language::{Language, is_cxx};
pub use linkage::{CONSUMER, LINKER, Linkages};
pub use micropython::MicroPythonGlue;
pub use packed::Packed;
pub use profile::{Profile, ProfileCaps};
pub use rust::RustCrate;
pub use selection::{Reason, Selection};
pub use source::{Listing, Package, PackageForm, Source};
pub use vendor::{
    BuildFlags, BuildKind, Configure, Flagged, MoreSources, Objects, SourceFiles, Stated,
    VendorRecipe,
};
pub use wit::WitFolder as Contract;
pub use world::{ResolvedWorld, World};

/// Everything that manifests say about a checkout. All lists are sorted by name; all paths are relative to `root`.
#[derive(Clone, Debug)]
pub struct Workspace {
    pub root: Utf8PathBuf,
    pub contracts: Vec<Contract>,
    pub extensions: Vec<Extension>,
    pub caps: Vec<Cap>,
    pub vendors: Vec<VendorRecipe>,
    pub profiles: BTreeMap<String, Profile>,
    /// The version of CPython that the user names; no manifest does.
    pub python: Option<String>,
    /// Whether CPython is compiled with a profile; no manifest says so either.
    pub guided: bool,
    /// What is not wrong but worth a look, e.g. a contract's item with a treacherous name.
    pub notes: Diagnostics,
}

impl Workspace {
    /// Reads and checks the checkout in `root`. Fails with all errors, sorted by place.
    pub fn load(root: &Utf8Path) -> Result<Workspace, Diagnostics> {
        let mut found = Diagnostics::default();
        let contracts = contract::load(root, &mut found);
        // What could not be read must not be missed by the checks of those who refer to it.
        let mut complete = checks::Complete::default();
        let extensions = checked(&mut found, &mut complete.extensions, |found| {
            extension::load(root, &contracts, found)
        });
        let caps =
            checked(&mut found, &mut complete.caps, |found| cap::load(root, &contracts, found));
        let vendors = checked(&mut found, &mut complete.vendors, |found| vendor::load(root, found));
        let profiles =
            checked(&mut found, &mut complete.profiles, |found| profile::load(root, found));
        let root = root.to_owned();
        let notes = Diagnostics::default();
        let mut workspace = Workspace {
            root,
            contracts: contracts.list,
            extensions,
            caps,
            vendors,
            profiles,
            python: None,
            guided: true,
            notes,
        };
        workspace.fill_in_modes();
        workspace.fill_in_glue();
        checks::run(&workspace, complete, &mut found);
        let (errors, notes) = found.split();
        if errors.is_empty() { Ok(Workspace { notes, ..workspace }) } else { Err(errors) }
    }

    /// An extension that lists no modes can be linked in all that its caps have.
    fn fill_in_modes(&mut self) {
        let modes_of = |extension: &Extension| {
            let caps = self.caps_of(extension);
            let modes = Linkage::ALL.iter().map(|(_, mode)| *mode);
            let mut modes: Vec<_> =
                modes.filter(|mode| caps.iter().all(|cap| cap.modes.contains(mode))).collect();
            if caps.is_empty() {
                modes = vec![extension.linkage.default];
            }
            let location = &extension.location;
            modes.into_iter().map(|value| Spanned { value, location: location.clone() }).collect()
        };
        let modes: Vec<Vec<_>> = self.extensions.iter().map(modes_of).collect();
        for (extension, modes) in self.extensions.iter_mut().zip(modes) {
            let linkage = &mut extension.linkage;
            if !linkage.modes.is_empty() {
                continue;
            }
            // Embedded unless it says otherwise; caps may be for run time only.
            if !linkage.is_said
                && !modes.iter().any(|mode| mode.value == linkage.default)
                && let Some(first) = modes.first()
            {
                linkage.default = first.value;
            }
            linkage.modes = modes;
        }
    }

    /// The cap `name`, or an error with the nearest name.
    pub fn cap(&self, name: &str) -> Result<&Cap, Diagnostics> {
        find(name, "cap", "caps", &self.caps, |cap| &cap.name)
    }

    /// The extension `name`, given as its folder (`_zlib_cap`) or in short (`zlib`).
    pub fn extension(&self, name: &str) -> Result<&Extension, Diagnostics> {
        let short = name
            .strip_prefix('_')
            .and_then(|name| name.strip_suffix("_cap"))
            .map(|name| name.replace('_', "-"));
        find(
            short.as_deref().unwrap_or(name),
            "extension",
            "extensions",
            &self.extensions,
            |extension| &extension.name,
        )
    }

    /// The vendor recipe `name`.
    pub fn vendor(&self, name: &str) -> Result<&VendorRecipe, Diagnostics> {
        find(name, "vendor library", "vendor libraries", &self.vendors, |vendor| &vendor.name)
    }

    /// The profile `name`.
    pub fn profile(&self, name: &str) -> Result<&Profile, Diagnostics> {
        self.profiles.get(name).ok_or_else(|| {
            let hint =
                names::nearest_hint(name, "profiles", self.profiles.keys().map(String::as_str));
            let mut diagnostics = Diagnostics::default();
            diagnostics.usage(format!("unknown profile `{name}`"), hint);
            diagnostics
        })
    }

    /// The cap that exports `interface` (`ns:pkg/name@version`). Unique, as loading has checked.
    pub fn exporter(&self, interface: &str) -> Option<&Cap> {
        self.caps.iter().find(|cap| cap.world.exports.contains(interface))
    }

    /// The caps that `extension` needs itself, sorted by name. Empty when it imports nothing or only from the host.
    pub fn caps_of(&self, extension: &Extension) -> Vec<&Cap> {
        let imports = extension.world.iter().flat_map(|world| &world.imports);
        let caps: BTreeMap<&str, &Cap> = imports
            .filter_map(|import| self.exporter(import))
            .map(|cap| (cap.name.as_str(), cap))
            .collect();
        caps.into_values().collect()
    }

    /// The caps whose interfaces `cap` imports, sorted by name.
    pub fn imports_of(&self, cap: &Cap) -> Vec<&Cap> {
        let exporters = cap.world.imports.iter().filter_map(|import| self.exporter(import));
        exporters
            .map(|exporter| (exporter.name.as_str(), exporter))
            .collect::<BTreeMap<_, _>>()
            .into_values()
            .collect()
    }

    /// The caps whose building takes minutes.
    pub fn large(&self) -> impl Iterator<Item = &Cap> {
        self.caps.iter().filter(|cap| cap.large)
    }

    /// The interfaces that `cap` imports and no cap exports: its extension offers them.
    pub fn callbacks_of<'a>(&self, cap: &'a Cap) -> Vec<&'a str> {
        let imports = cap.world.imports.iter().map(String::as_str);
        imports
            .filter(|import| !checks::is_host_interface(import) && self.exporter(import).is_none())
            .collect()
    }

    /// All names that `WITH_<NAME>` can switch: caps, and extensions that have no cap of their name.
    pub fn switches(&self) -> BTreeSet<&str> {
        let extensions = self.extensions.iter().map(|extension| extension.name.as_str());
        self.caps.iter().map(|cap| cap.name.as_str()).chain(extensions).collect()
    }

    /// Resolves the world that `cpython-ext/common` or `caps/common` binds for all. `name` is the world's.
    pub fn common_world(&self, side: &str, name: &str) -> Result<ResolvedWorld, Diagnostics> {
        let dir = Utf8Path::new(side).join(extension::COMMON).join("wit");
        let folder = Contract::read(&self.root, &dir)?;
        world::resolve_world(&folder, name, &self.contracts)
    }

    /// Resolves a world of an extension or cap once more, for who needs its types.
    ///
    /// `world` is one of this workspace; an error means that the files have changed since it was loaded.
    pub fn resolve_world(&self, world: &World) -> Result<ResolvedWorld, Diagnostics> {
        let folder = Contract::read(&self.root, &world.dir)?;
        world::resolve_world(&folder, &world.name, &self.contracts)
    }
}

/// What `load` reads, with its complaints in `found`; `complete` tells whether there were none.
fn checked<T>(
    found: &mut Diagnostics,
    complete: &mut bool,
    load: impl FnOnce(&mut Diagnostics) -> T,
) -> T {
    let mut own = Diagnostics::default();
    let loaded = load(&mut own);
    *complete = !own.has_errors();
    found.append(own);
    loaded
}

fn find<'a, T>(
    name: &str,
    kind: &str,
    kinds: &str,
    list: &'a [T],
    name_of: impl Fn(&T) -> &String,
) -> Result<&'a T, Diagnostics> {
    list.iter().find(|item| name_of(item) == name).ok_or_else(|| {
        let hint = names::nearest_hint(name, kinds, list.iter().map(|item| name_of(item).as_str()));
        let mut diagnostics = Diagnostics::default();
        diagnostics.usage(format!("unknown {kind} `{name}`"), hint);
        diagnostics
    })
}
