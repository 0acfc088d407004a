//! What a new cap and its resources may be called.

use anyhow::Result;

use super::files::{Names, Resource};
use crate::cli::{Language, New};
use crate::commands::usage;
use crate::manifest::{Workspace, micropython, names, wit};

/// Folders, worlds and namespaces that are something else already.
const SPOKEN_FOR: &[&str] = &[
    "attention",
    "command",
    "compose",
    "dynlink",
    "provider",
    "pylon",
    "pylon-cap",
    "pylon-ext",
    "wasi",
];

/// Modules of CPython's library, whose place a facade would take.
pub const STANDARD_LIBRARY: &str = include_str!("standard_library.txt");

/// Names in the contract of a new cap, and in its facade.
const IN_THE_FILES: &[&str] =
    &["checksum", "create", "empty", "empty-error", "no-memory", "problem", "update", "value"];

/// Types, traits and variants in its crate.
const IN_THE_CRATE: &[&str] = &["Cap", "Cell", "Err", "Guest", "Ok", "Problem", "Self", "Vec"];

/// The names that were given, if they can be a new cap's.
pub fn named(workspace: &Workspace, args: &New) -> Result<Names> {
    let name = &args.name;
    well_formed("cap", name)?;
    let caps = workspace.caps.iter().map(|cap| &cap.name);
    let extensions = workspace.extensions.iter().map(|extension| &extension.name);
    if caps.chain(extensions).any(|taken| taken == name) {
        return Err(usage(format!("there is a cap or an extension `{name}` already")));
    }
    let names = Names::new(name, &args.resources);
    if names::identifier(&names.ident).is_err() {
        return Err(refused("cap", name, "Python has a keyword of that name"));
    }
    if SPOKEN_FOR.contains(&name.as_str()) {
        return Err(refused("cap", name, "that is something else already"));
    }
    if STANDARD_LIBRARY.split_whitespace().any(|module| module == names.ident) {
        let why = "the standard library has a module of that name, whose place its own would take";
        return Err(refused("cap", name, why));
    }
    let is_micropythons = args.r#static && args.language == Language::C;
    if is_micropythons && micropython::OWN_MODULES.contains(&names.ident.as_str()) {
        let why = "MicroPython has a module of that name, which would hide its own; without --static it can";
        return Err(refused("cap", name, why));
    }
    for (at, resource) in names.resources.iter().enumerate() {
        let before = &names.resources[..at];
        fits(resource, before, args.language)?;
    }
    Ok(names)
}

/// Whether a resource's names are its own, in all that is written.
fn fits(resource: &Resource, before: &[Resource], language: Language) -> Result<()> {
    let Resource { name, class, .. } = resource;
    well_formed("resource", name)?;
    if before.iter().any(|other| other.name == *name) {
        return Err(usage(format!("the resource `{name}` is given twice")));
    }
    if names::identifier(class).is_err() {
        return Err(refused("resource", name, "Python has a keyword of its class's name"));
    }
    if IN_THE_FILES.contains(&name.as_str()) {
        let why =
            "the contract that is written has that name already; call it so in there, afterwards";
        return Err(refused("resource", name, why));
    }
    if language == Language::Rust {
        let taken =
            before.iter().flat_map(types).chain(IN_THE_CRATE.iter().map(|it| (*it).to_owned()));
        if let Some(taken) =
            taken.collect::<Vec<_>>().iter().find(|it| types(resource).contains(it))
        {
            let why = format!("the crate that is written has a type `{taken}` already");
            return Err(refused("resource", name, &why));
        }
    }
    Ok(())
}

/// What a resource is called in a crate: its handle, the trait and what implements that.
fn types(resource: &Resource) -> [String; 3] {
    let class = &resource.class;
    [class.clone(), format!("Guest{class}"), format!("{class}State")]
}

fn well_formed(what: &str, name: &str) -> Result<()> {
    names::kebab_case(name).map_err(|expected| {
        usage(format!("`{name}` cannot be a {what}'s name\nhint: expected {expected}"))
    })?;
    match wit::is_keyword(name) {
        true => Err(refused(what, name, "WIT has a keyword of that name")),
        false => Ok(()),
    }
}

fn refused(what: &str, name: &str, why: &str) -> anyhow::Error {
    usage(format!("`{name}` cannot be a {what}'s name: {why}\nhint: choose another name"))
}
