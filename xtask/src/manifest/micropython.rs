//! `[micropython]` of a `cap.toml`: the glue by which MicroPython imports a cap that is folded into its image.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::cap::{Cap, Linkage};
use super::checks::{Unique, is_host_interface};
use super::diagnostics::{Diagnostics, Location, Spanned};
use super::document::Table;
use super::extension::Extension;
use super::vendor::{existing_file, paths};
use super::world::World;
use super::{Workspace, names};

/// Modules that MicroPython has itself and that a cap cannot replace: of two built-in modules of one name, one would
/// never be found.
pub const OWN_MODULES: &[&str] = &[
    "__main__",
    "_asyncio",
    "array",
    "asyncio",
    "binascii",
    "builtins",
    "cmath",
    "collections",
    "deflate",
    "errno",
    "framebuf",
    "gc",
    "hashlib",
    "heapq",
    "io",
    "json",
    "math",
    "micropython",
    "os",
    "platform",
    "random",
    "re",
    "select",
    "struct",
    "sys",
    "time",
    "uasyncio",
    "uctypes",
    "vfs",
    "websocket",
];

/// How MicroPython reaches a cap.
#[derive(Clone, Debug)]
pub struct MicroPythonGlue {
    /// What can be imported. Of a generated module, once a workspace is loaded: that and the facades over it.
    pub modules: Vec<Spanned<String>>,
    /// The folder of the extension whose generated bindings the glue is written against, e.g. `_zlib_cap`.
    /// Once a workspace is loaded, [`Workspace::extension`] finds it, it has a module, and it is over this cap alone.
    pub extension: Spanned<String>,
    /// C files, relative to the root of the checkout; those by hand, if the module is generated.
    pub sources: Vec<Utf8PathBuf>,
    /// None where the modules are written by hand.
    pub generated: Option<GeneratedGlue>,
    /// Whether it is folded into the image; else it is composed with the component only.
    pub in_image: bool,
}

/// That gen writes the module of the extension.
#[derive(Clone, Debug)]
pub struct GeneratedGlue {
    /// Functions of it whose C is in `sources`, as Python calls them.
    pub by_hand: Vec<Spanned<String>>,
    /// How many bytes of the cap's memory a handle of a class stands for.
    pub handles: BTreeMap<String, u64>,
}

/// The table of a cap with `modes`, one of which is `static` then. `cap` is the table `[cap]`.
pub(super) fn read(
    root: &Utf8Path,
    dir: &Utf8Path,
    top: &Table<'_>,
    cap: &Table<'_>,
    modes: &[Spanned<Linkage>],
) -> Option<MicroPythonGlue> {
    let table = top.optional_table("micropython")?;
    if !modes.iter().any(|mode| mode.value == Linkage::Static) && cap.has("modes") {
        let message = "a cap without the mode `static` has no glue for MicroPython";
        top.error(&table.location(), message, "add \"static\" to `modes`, or remove this");
    }
    let generated = (!table.has("modules")).then(|| GeneratedGlue {
        by_hand: table.optional_shaped_list("by_hand", names::by_hand),
        handles: handles(&table),
    });
    let modules = table.optional_shaped_list("modules", names::identifier);
    if generated.is_none() {
        for key in ["by_hand", "handles"] {
            let message = format!("`{key}` is for a module that gen writes, and these are by hand");
            table.forbid(key, &message, "let gen write it: leave `modules` out");
        }
    }
    for module in modules.iter().filter(|module| OWN_MODULES.contains(&module.as_str())) {
        table.error(&module.location, is_its_own(module), OTHER_NAME);
    }
    let extension = table.required_str("extension");
    let sources = match generated {
        Some(_) => table.optional_shaped_list("sources", names::c_file),
        None => table.required_shaped_list("sources", names::c_file),
    };
    for path in &sources {
        existing_file(root, dir, &table, path);
    }
    let sources = paths(sources).into_iter().map(|path| dir.join(path)).collect();
    let in_image = table.optional_bool("image").is_none_or(|image| image.value);
    Some(MicroPythonGlue { modules, extension: extension?, sources, generated, in_image })
}

fn handles(table: &Table<'_>) -> BTreeMap<String, u64> {
    let Some(handles) = table.optional_table("handles") else { return BTreeMap::new() };
    let mut sizes = BTreeMap::new();
    for name in handles.names() {
        let Some(size) = handles.required_int(&name) else { continue };
        match u32::try_from(size.value) {
            Ok(value) => {
                sizes.insert(name, value.into());
            }
            Err(_) => handles.error(
                &size.location,
                format!("`{name}` is no number of bytes"),
                "say how much of the cap's memory a handle stands for, about",
            ),
        }
    }
    sizes
}

impl Workspace {
    /// What can be imported of generated modules: the extension's own, and the facades over it.
    pub(super) fn fill_in_glue(&mut self) {
        let modules_of = |cap: &Cap| {
            let glue = cap.micropython.as_ref().filter(|glue| glue.generated.is_some())?;
            let extension = self.extension(&glue.extension).ok()?;
            let own = extension.module.iter().map(|module| module.name.clone());
            let facades = extension.provides.iter().filter(|provided| provided.shim.is_some());
            let names = own.chain(facades.map(|provided| provided.module.clone()));
            let location = &glue.extension.location;
            let spanned = |value| Spanned { value, location: location.clone() };
            Some(names.map(spanned).collect::<Vec<_>>())
        };
        let modules: Vec<_> = self.caps.iter().map(modules_of).collect();
        for (cap, modules) in self.caps.iter_mut().zip(modules) {
            if let (Some(glue), Some(modules)) = (&mut cap.micropython, modules) {
                glue.modules = modules;
            }
        }
    }
}

/// A world that a folded cap cannot have: one that imports something of the host's. (What it imports of other caps is
/// looked at where all are known: see `checks`.)
pub(super) fn check_world(table: &Table<'_>, world: &World, modes: &[Spanned<Linkage>]) {
    let folded = modes.iter().any(|mode| mode.value == Linkage::Static);
    let import = world.imports.iter().find(|import| is_host_interface(import));
    if let (true, Some(import)) = (folded, import) {
        let message = format!("a folded cap stands alone, but the cap imports `{import}`");
        table.error(&world.location, message, "take \"static\" out of `modes` in cap.toml");
    }
}

const OTHER_NAME: &str = "of two built-in modules of one name, one is never found: choose another";

fn is_its_own(module: &str) -> String {
    format!("the module `{module}` is one of MicroPython's own")
}

/// What the glue of all caps must agree on: each module is there once.
pub(super) fn unique_modules(workspace: &Workspace, diagnostics: &mut Diagnostics) {
    let mut modules = Unique::new("the module", "a module is built into MicroPython once");
    for glue in workspace.caps.iter().filter_map(|cap| cap.micropython.as_ref()) {
        for module in &glue.modules {
            // What a table lists has been looked at.
            if glue.generated.is_some() && OWN_MODULES.contains(&module.as_str()) {
                diagnostics.error(&module.location, is_its_own(module), OTHER_NAME);
            }
            modules.insert(module.value.clone(), &module.location, diagnostics);
        }
    }
}

/// The extension that the glue names: there, with bindings, and over this cap alone.
pub(super) fn known_extensions(workspace: &Workspace, diagnostics: &mut Diagnostics) {
    for cap in &workspace.caps {
        let Some(glue) = &cap.micropython else { continue };
        let folder =
            |extension: &Extension| extension.dir.file_name().unwrap_or_default().to_owned();
        let named = &glue.extension;
        let found = workspace.extensions.iter().find(|e| folder(e) == named.value);
        let Some(extension) = found else {
            let known: Vec<_> = workspace.extensions.iter().map(folder).collect();
            let hint = names::nearest_hint(named, "extensions", known.iter().map(String::as_str));
            diagnostics.error(&named.location, format!("no extension `{}`", named.value), hint);
            continue;
        };
        check_binding(workspace, cap, extension, &named.location, diagnostics);
    }
}

fn check_binding(
    workspace: &Workspace,
    cap: &Cap,
    extension: &Extension,
    location: &Location,
    diagnostics: &mut Diagnostics,
) {
    let folder = extension.dir.file_name().unwrap_or_default();
    let bound = workspace.caps_of(extension);
    if extension.module.is_none() || !bound.iter().any(|bound| bound.name == cap.name) {
        let binds = |other: &&Extension| {
            other.module.is_some()
                && workspace.caps_of(other).iter().any(|bound| bound.name == cap.name)
        };
        let known: Vec<_> = workspace.extensions.iter().filter(binds).collect();
        let hint = match known.first() {
            Some(other) => {
                format!("write `extension = \"{}\"`", other.dir.file_name().unwrap_or_default())
            }
            None => format!(
                "none does yet: make an extension whose world imports what `{}` exports",
                cap.name
            ),
        };
        let message = format!("the extension `{folder}` does not bind the cap `{}`", cap.name);
        diagnostics.error(location, message, hint);
        return;
    }
    let imports = || extension.world.iter().flat_map(|world| &world.imports);
    // What nobody exports has been reported with the extension.
    let foreign = imports().find(|import| {
        let exporter = workspace.exporter(import);
        is_host_interface(import) || exporter.is_some_and(|other| other.name != cap.name)
    });
    if let Some(import) = foreign {
        let message = format!(
            "the extension `{folder}` binds `{import}`, too, but glue needs bindings of its own cap alone"
        );
        let hint = format!(
            "make an extension whose world imports what `{}` exports and nothing else",
            cap.name
        );
        diagnostics.error(location, message, hint);
    }
}
