//! The contracts in `wit/`, copies of them elsewhere, and what in them is legal but will hurt.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use wit_parser::TypeDefKind;

use super::checks::is_host_interface;
use super::diagnostics::{Diagnostics, Location};
use super::wit::{WitFolder, list_dir};

/// The contracts of a checkout.
pub struct Contracts {
    /// Sorted by package.
    pub list: Vec<WitFolder>,
    /// Whether every folder of `wit/` could be read. If not, a package that is not in `list` may still be there.
    pub complete: bool,
}

/// Reads every folder of `wit/` as one contract. A missing `wit/` is no contracts.
pub fn load(root: &Utf8Path, diagnostics: &mut Diagnostics) -> Contracts {
    let mut found = Diagnostics::default();
    let list = load_all(root, &mut found);
    let complete = !found.has_errors();
    diagnostics.append(found);
    Contracts { list, complete }
}

fn load_all(root: &Utf8Path, diagnostics: &mut Diagnostics) -> Vec<WitFolder> {
    let mut contracts: BTreeMap<_, WitFolder> = BTreeMap::new();
    if !root.join("wit").exists() {
        return Vec::new();
    }
    let entries = list_dir(root, Utf8Path::new("wit")).unwrap_or_else(|errors| {
        diagnostics.append(errors);
        Vec::new()
    });
    for (name, is_dir) in entries {
        let dir = Utf8Path::new("wit").join(&name);
        if !is_dir {
            if name.ends_with(".wit") {
                let hint = format!("move it to wit/<package>/{name}: each package has a folder");
                diagnostics.error(
                    &Location::whole(&dir),
                    format!("{dir} is in no package's folder"),
                    hint,
                );
            }
            continue;
        }
        let folder = match WitFolder::read(root, &dir) {
            Ok(folder) => folder,
            Err(errors) => {
                diagnostics.append(errors);
                continue;
            }
        };
        if let "pylon-ext" | "pylon-cap" = folder.package.namespace.as_str() {
            let message = format!("the contract `{}` is in a namespace of worlds", folder.package);
            let hint = "`pylon-ext` is for cpython-ext/*/wit, `pylon-cap` for caps/*/wit";
            diagnostics.error(&folder.package_location(), message, hint);
        }
        if folder.package.version.is_none() {
            let message = format!("the contract `{}` has no version", folder.package);
            let hint = format!(
                "write `package {}@0.1.0;`: manifests name the version that they need",
                folder.package
            );
            diagnostics.error(&folder.package_location(), message, hint);
        }
        if let Some(other) = contracts.get(&folder.package) {
            let message =
                format!("the package `{}` is also in {}", folder.package, other.package_location());
            diagnostics.error(
                &folder.package_location(),
                message,
                "each package has one folder; remove one of the two",
            );
            continue;
        }
        // The names of an interface of the host are not ours to choose.
        if !is_host_interface(&folder.package.to_string()) {
            lint(&folder, diagnostics);
        }
        contracts.insert(folder.package.clone(), folder);
    }
    contracts.into_values().collect()
}

/// Compares every copy of a contract in `wit_dir/deps` with the one in `wit/`, byte by byte. Copies are not needed
/// here; other tools that read the folder may want them.
pub fn check_copies(
    root: &Utf8Path,
    wit_dir: &Utf8Path,
    contracts: &[WitFolder],
    diagnostics: &mut Diagnostics,
) {
    let deps = wit_dir.join("deps");
    if !root.join(&deps).exists() {
        return;
    }
    let entries = list_dir(root, &deps).unwrap_or_else(|errors| {
        diagnostics.append(errors);
        Vec::new()
    });
    for (name, is_dir) in entries {
        let path = deps.join(&name);
        let copy = match (is_dir, name.ends_with(".wit")) {
            (true, _) => WitFolder::read(root, &path),
            (false, true) => WitFolder::parse(root, &deps, vec![path.clone()]),
            (false, false) => {
                let message = format!("{path} is not a copy of a contract that can be compared");
                diagnostics.error(
                    &Location::whole(&path),
                    message,
                    format!("remove it: `rm {path}`"),
                );
                continue;
            }
        };
        match copy {
            Ok(copy) => check_copy(&copy, &path, contracts, diagnostics),
            Err(errors) => diagnostics.append(errors),
        }
    }
}

fn check_copy(
    copy: &WitFolder,
    path: &Utf8Path,
    contracts: &[WitFolder],
    diagnostics: &mut Diagnostics,
) {
    let remove = format!("rm -r {path}");
    let Some(contract) = contracts.iter().find(|contract| contract.package == copy.package) else {
        let message = format!("{path} has the package `{}`, which is not in wit/", copy.package);
        let hint =
            format!("contracts are changed in wit/ only: move it there, or remove it: `{remove}`");
        diagnostics.error(&copy.package_location(), message, hint);
        return;
    };
    let by_name = |folder: &WitFolder| -> BTreeMap<String, (Utf8PathBuf, String)> {
        let named = |(path, text): (&Utf8PathBuf, &String)| {
            (path.file_name().unwrap_or_default().to_owned(), (path.clone(), text.clone()))
        };
        folder.files.iter().map(named).collect()
    };
    let (originals, copies) = (by_name(contract), by_name(copy));
    // A copy that is one file may have any name, e.g. the package's.
    let single = originals.len() == 1 && copies.len() == 1;
    for (name, (copy_path, copy_text)) in &copies {
        let original = if single { originals.values().next() } else { originals.get(name) };
        match original {
            Some((original_path, original_text)) => {
                if let Some(location) = first_difference(copy_path, copy_text, original_text) {
                    let message = format!("{copy_path} has drifted from {original_path}");
                    let hint = format!("run `cp {original_path} {copy_path}`");
                    diagnostics.error(&location, message, hint);
                }
            }
            None => {
                let message =
                    format!("{copy_path} is not a file of the contract in {}", contract.dir);
                diagnostics.error(
                    &Location::whole(copy_path),
                    message,
                    format!("run `rm {copy_path}`"),
                );
            }
        }
    }
    for (name, (original_path, _)) in originals.iter().filter(|_| !single) {
        if !copies.contains_key(name) {
            let message = format!("{path} is a copy of {} without {name}", contract.dir);
            diagnostics.error(
                &Location::whole(path),
                message,
                format!("run `cp {original_path} {path}/`"),
            );
        }
    }
}

/// The first line of `copy` that `original` has not in that place.
fn first_difference(path: &Utf8Path, copy: &str, original: &str) -> Option<Location> {
    if copy == original {
        return None;
    }
    let same =
        copy.lines().zip(original.lines()).take_while(|(copy, original)| copy == original).count();
    let start: usize = copy.split_inclusive('\n').take(same).map(str::len).sum();
    let line = copy[start..].lines().next().unwrap_or_default();
    let indent = line.len() - line.trim_start().len();
    Some(Location::of_span(path, copy, start + indent..start + line.len()))
}

/// Words that WIT accepts as names only behind `%`, or that read as something else than they are.
const TREACHEROUS: &[&str] = &["stream", "error", "own", "future", "borrow"];

/// Names that are words of WIT itself: they need a `%` wherever they are written.
const WIT_KEYWORDS: &[&str] = &[
    "as",
    "async",
    "bool",
    "borrow",
    "char",
    "constructor",
    "enum",
    "export",
    "f32",
    "f64",
    "flags",
    "from",
    "func",
    "future",
    "import",
    "include",
    "interface",
    "list",
    "option",
    "own",
    "package",
    "record",
    "resource",
    "result",
    "s16",
    "s32",
    "s64",
    "s8",
    "static",
    "stream",
    "string",
    "tuple",
    "type",
    "u16",
    "u32",
    "u64",
    "u8",
    "use",
    "variant",
    "with",
    "world",
];

/// Names that the C bindings must spell differently, so that C and WIT no longer agree.
const C_KEYWORDS: &[&str] = &[
    "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else",
    "enum", "extern", "float", "for", "goto", "if", "inline", "int", "long", "register", "return",
    "short", "signed", "sizeof", "static", "struct", "switch", "typedef", "union", "unsigned",
    "void", "volatile", "while",
];

/// Notes names in a contract that work and yet make it hard to use from C or to read.
fn lint(contract: &WitFolder, diagnostics: &mut Diagnostics) {
    let main = &contract.group.main;
    let mut note = |span, kind: &str, name: &str, is_item: bool| {
        let why = if is_item && TREACHEROUS.contains(&name) {
            "is easily taken for the built-in of that name"
        } else if WIT_KEYWORDS.contains(&name) {
            "is a keyword of WIT and needs a `%`"
        } else if C_KEYWORDS.contains(&name) {
            "is a keyword of C and is spelled differently in the bindings"
        } else {
            return;
        };
        let location = contract.location(span);
        diagnostics.note(
            &location,
            format!("the {kind} `{name}` {why}"),
            "choose another name before anyone uses it",
        );
    };
    for (_, interface) in main.interfaces.iter() {
        let Some(name) = &interface.name else { continue };
        note(interface.span, "interface", name, false);
        for function in interface.functions.values() {
            let name = function.item_name();
            // The constructor's own name is the resource's.
            if !matches!(function.kind, wit_parser::FunctionKind::Constructor(_)) {
                note(function.span, "function", name, true);
            }
            for param in &function.params {
                note(param.span, "parameter", &param.name, false);
            }
        }
    }
    for (_, definition) in main.types.iter() {
        let Some(name) = &definition.name else { continue };
        // What another package defines is that package's to mend.
        if !matches!(definition.kind, TypeDefKind::Unknown | TypeDefKind::Type(_)) {
            note(definition.span, "type", name, true);
        }
        if let TypeDefKind::Record(record) = &definition.kind {
            for field in &record.fields {
                note(field.span, "field", &field.name, false);
            }
        }
    }
}
