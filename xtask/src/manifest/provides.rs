//! `[[provides]]`: what an extension makes importable.

use camino::{Utf8Path, Utf8PathBuf};

use super::diagnostics::{Location, Spanned};
use super::document::Table;
use super::extension::{Package, Pattern};
use super::names;

/// One importable module.
#[derive(Clone, Debug)]
pub struct Provided {
    /// Dotted, as `import` takes it.
    pub module: String,
    pub purpose: String,
    pub version: String,
    /// None when the C module is the surface.
    pub shim: Option<Shim>,
    pub offload: Vec<Offload>,
    /// The place of `module`.
    pub location: Location,
}

/// A file or folder that is copied into the standard library.
#[derive(Clone, Debug)]
pub struct Shim {
    /// Relative to the root of the checkout.
    pub source: Utf8PathBuf,
    /// Below `Lib/`, with that prefix.
    pub dest: Spanned<Utf8PathBuf>,
}

/// A callable that may run elsewhere, for tools that care.
#[derive(Clone, Debug)]
pub struct Offload {
    pub callable: String,
    pub doc: Option<String>,
    pub codecs: Vec<String>,
}

/// Reads all `[[provides]]` of a manifest in `dir`. `surface` is the name of the C module; what an entry does not say, it has of
/// `package`, if that is given.
pub(super) fn read(
    root: &Utf8Path,
    dir: &Utf8Path,
    top: &Table<'_>,
    surface: Option<&str>,
    pattern: Pattern,
    package: Option<&Package>,
) -> Vec<Provided> {
    let entries = top.tables("provides");
    if entries.is_empty() && !top.has("provides") {
        top.error(
            &top.location(),
            "the extension provides no module",
            "add a `[[provides]]` with module, purpose and version",
        );
    }
    let read = |table| read_one(root, dir, table, surface, pattern, package);
    entries.iter().filter_map(read).collect()
}

fn read_one(
    root: &Utf8Path,
    dir: &Utf8Path,
    table: &Table<'_>,
    surface: Option<&str>,
    pattern: Pattern,
    package: Option<&Package>,
) -> Option<Provided> {
    let module = table.required_shaped("module", names::dotted_identifier);
    let text = |key, default| table.shaped_or(key, default, names::one_line);
    let purpose = text("purpose", package.map(|package| package.description.clone()));
    let version = text("version", package.map(|package| package.version.to_string()));
    let source = table.optional_shaped("shim", names::relative_path);
    let usual = source.as_ref().filter(|_| package.is_some());
    let dest = match usual.filter(|_| !table.has("dest")) {
        Some(source) => Some(source.clone().map(|source| format!("Lib/{source}"))),
        None => table.optional_str("dest"),
    };
    let offload = table.tables("offload").iter().filter_map(read_offload).collect();

    if let Some(source) = &source {
        check_shim(root, dir, table, source);
    }
    let dest = dest.and_then(|dest| checked_dest(table, dest));
    let has_dest = table.has("dest") || (package.is_some() && table.has("shim"));
    if table.has("shim") != has_dest {
        let (present, absent) = if table.has("shim") { ("shim", "dest") } else { ("dest", "shim") };
        let location = table.key_location(present).unwrap_or_else(|| table.location());
        let hint = format!(
            "add `{absent}`, or remove `{present}` when the C module itself is what is imported"
        );
        table.error(&location, format!("`{present}` without `{absent}`"), hint);
    } else if !table.has("shim")
        && let Some(module) = &module
    {
        match surface {
            _ if pattern == Pattern::ShimOnly => {
                let hint =
                    "add `shim` and `dest`: there is no C module that could be imported instead";
                table.error(
                    &module.location,
                    format!("`{}` has no shim in a shim-only extension", module.value),
                    hint,
                );
            }
            Some(surface) if surface != module.value => {
                let message =
                    format!("`{}` has no shim and is not the C module, `{surface}`", module.value);
                table.error(
                    &module.location,
                    message,
                    format!("write `module = \"{surface}\"`, or add `shim` and `dest`"),
                );
            }
            _ => {}
        }
    }
    if let (Some(module), Some(dest)) = (&module, &dest) {
        note_unfindable(table, module, dest);
    }
    let shim = match (source, dest) {
        (Some(source), Some(dest)) => Some(Shim { source: dir.join(source.value), dest }),
        _ => None,
    };
    let module = module?;
    Some(Provided {
        location: module.location,
        module: module.value,
        purpose: purpose?.value,
        version: version?.value,
        shim,
        offload,
    })
}

fn check_shim(root: &Utf8Path, dir: &Utf8Path, table: &Table<'_>, source: &Spanned<String>) {
    if root.join(dir).join(&source.value).is_dir() {
        let link = link_out_of(&root.join(dir), Utf8Path::new(&source.value));
        if let Some(link) = link {
            let message = format!("{} is a symbolic link out of {dir}", dir.join(link));
            table.error(&source.location, message, "put what it points to there");
        }
    } else {
        super::vendor::existing_file(root, dir, table, source);
    }
}

/// The first of `path` and all that is below it whose target is not below `folder`.
fn link_out_of(folder: &Utf8Path, path: &Utf8Path) -> Option<Utf8PathBuf> {
    if !names::stays_inside(folder, path) {
        return Some(path.to_owned());
    }
    let whole = folder.join(path);
    // A link to a folder that stays inside is not followed: what it points to is looked at where it stands.
    if !whole.is_dir() || (whole.is_symlink() && path.parent().is_some_and(|parent| parent != "")) {
        return None;
    }
    let entries = whole.read_dir_utf8().ok()?;
    entries.flatten().find_map(|entry| link_out_of(folder, &path.join(entry.file_name())))
}

/// Where a shim goes must stay below `Lib/`.
fn checked_dest(table: &Table<'_>, dest: Spanned<String>) -> Option<Spanned<Utf8PathBuf>> {
    let complaint = if names::relative_path(&dest).is_err() {
        Some("it must be a relative path with forward slashes and without `..`")
    } else if !dest.starts_with("Lib/") || dest.ends_with('/') {
        Some("it names a file or folder below `Lib/`, e.g. `Lib/zlib.py`")
    } else {
        None
    };
    match complaint {
        Some(hint) => {
            table.error(&dest.location, format!("`dest` is `{}`", dest.value), hint);
            None
        }
        None => Some(dest.map(Utf8PathBuf::from)),
    }
}

/// A facade may be meant to be found in another way, so this is only a note.
fn note_unfindable(table: &Table<'_>, module: &str, dest: &Spanned<Utf8PathBuf>) {
    let path = format!("Lib/{}", module.replace('.', "/"));
    if ![path.clone(), format!("{path}.py"), format!("{path}/__init__.py")]
        .contains(&dest.to_string())
    {
        let message = format!("`import {module}` does not look at `{}`", dest.value);
        table.note(&dest.location, message, format!("the usual place is `{path}.py`"));
    }
}

fn read_offload(table: &Table<'_>) -> Option<Offload> {
    let callable = table.required_shaped("callable", names::dotted_identifier);
    let doc = table.optional_str("doc").map(|doc| doc.value);
    let codecs = table.optional_list("codecs").into_iter().map(|codec| codec.value).collect();
    Some(Offload { callable: callable?.value, doc, codecs })
}
