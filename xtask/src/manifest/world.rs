//! Worlds of extensions and caps, resolved against the contracts of the checkout.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use wit_parser::{PackageId, PackageName, Resolve, ResolveErrorKind, WorldId, WorldItem, WorldKey};

use super::contract::{self, Contracts};
use super::diagnostics::{Diagnostics, Location};
use super::names;
use super::wit::{Places, WitFolder, digest, locate};

/// A world of an extension or of a cap.
#[derive(Clone, Debug)]
pub struct World {
    pub package: PackageName,
    /// In kebab case, as WIT has it.
    pub name: String,
    /// The folder of its WIT files, relative to the root.
    pub dir: Utf8PathBuf,
    pub location: Location,
    /// Interfaces (`ns:pkg/name@version`) that the world's text imports.
    pub imports: BTreeSet<String>,
    /// `imports` and those that they use in turn.
    pub all_imports: BTreeSet<String>,
    pub exports: BTreeSet<String>,
    /// Functions and types that the world imports or exports outside of any interface.
    pub loose_items: BTreeSet<String>,
    /// Every package of `wit/` that the world needs, sorted.
    pub contracts: Vec<PackageName>,
    /// sha256 in hex over the text of the world's package and of `contracts`.
    pub contract_digest: String,
}

/// What a binding generator needs: a world and everything that it refers to in one [`Resolve`].
#[derive(Debug)]
pub struct ResolvedWorld {
    pub resolve: Resolve,
    pub package: PackageId,
    pub world: WorldId,
    pub info: World,
    pub places: Places,
}

/// Resolves the world `name` of `folder` against `contracts`.
///
/// Fails when a package is not among the contracts, when an item is not in its package, or when there is no such
/// world; places are those of the file that has the reference.
pub fn resolve_world(
    folder: &WitFolder,
    name: &str,
    contracts: &[WitFolder],
) -> Result<ResolvedWorld, Diagnostics> {
    let mut diagnostics = Diagnostics::default();
    let Some(needed) = needed_contracts(folder, contracts, &mut diagnostics) else {
        return Err(diagnostics);
    };
    let files = needed.iter().flat_map(|contract| &contract.files).chain(&folder.files);
    let files: BTreeMap<_, _> = files.map(|(path, text)| (path.clone(), text.clone())).collect();
    let mut resolve = Resolve::new();
    let groups = needed.iter().map(|contract| contract.group.clone()).collect();
    let package = resolve.push_groups(folder.group.clone(), groups).map_err(|error| {
        let mut diagnostics = Diagnostics::default();
        let location = locate(&resolve.source_map, &files, error.kind().span());
        let message = match error.kind() {
            ResolveErrorKind::InterfaceNotFound { requested, package, .. } => {
                format!("the package `{package}` has no interface `{requested}`")
            }
            ResolveErrorKind::WorldNotFound { requested, package, .. } => {
                format!("the package `{package}` has no world `{requested}`")
            }
            kind => kind.to_string().replace('\n', " "),
        };
        let hint = match error.kind() {
            ResolveErrorKind::InterfaceNotFound { requested, package, .. } => {
                let of_package = contracts.iter().find(|contract| contract.package == *package);
                let known = of_package.map(WitFolder::interface_names).unwrap_or_default();
                names::nearest_hint(requested, "interfaces", known)
            }
            _ => String::new(),
        };
        diagnostics.error(&location.unwrap_or_else(|| folder.package_location()), message, hint);
        diagnostics
    })?;
    let Some(world) = resolve.packages[package].worlds.get(name).copied() else {
        let known = resolve.packages[package].worlds.keys().map(String::as_str);
        let hint = names::nearest_hint(name, "worlds", known);
        diagnostics.error(
            &folder.package_location(),
            format!("the package `{}` has no world `{name}`", folder.package),
            hint,
        );
        return Err(diagnostics);
    };
    let info = describe_world(folder, &resolve, world, &needed);
    let places = Places::new(files, info.location.clone());
    Ok(ResolvedWorld { resolve, package, world, info, places })
}

/// Resolves the world `name` of `root/wit_dir`, whose package must be `package` (in any version), and checks copies of
/// contracts beside it. A name that the package has not is blamed on `named`, if the manifest wrote it.
pub(super) fn own_world(
    root: &Utf8Path,
    wit_dir: &Utf8Path,
    package: &str,
    (name, named): (&str, Option<&Location>),
    contracts: &Contracts,
) -> Result<World, Diagnostics> {
    let mut diagnostics = Diagnostics::default();
    if !root.join(wit_dir).is_dir() {
        let hint = format!("make {wit_dir}/world.wit with `package {package};` and `world {name}`");
        let place = named.cloned().unwrap_or_else(|| Location::whole(wit_dir));
        diagnostics.error(&place, format!("there is no folder {wit_dir}"), hint);
        return Err(diagnostics);
    }
    let folder = WitFolder::read(root, wit_dir)?;
    let found = format!("{}:{}", folder.package.namespace, folder.package.name);
    if found != package {
        let hint =
            format!("write `package {package};`: two worlds of one package cannot be told apart");
        let message = format!("the WIT package is `{found}`, not `{package}`");
        diagnostics.error(&folder.package_location(), message, hint);
    }
    if contracts.complete {
        contract::check_copies(root, wit_dir, &contracts.list, &mut diagnostics);
    } else if needed_contracts(&folder, &contracts.list, &mut Diagnostics::default()).is_none() {
        // What is missing is likely what has just been complained about.
        return Err(diagnostics);
    }
    let known = folder.world_names();
    if !known.contains(&name) {
        let message = format!("the package `{}` has no world `{name}`", folder.package);
        let place = named.cloned().unwrap_or_else(|| folder.package_location());
        diagnostics.error(&place, message, names::nearest_hint(name, "worlds", known));
        return Err(diagnostics);
    }
    match resolve_world(&folder, name, &contracts.list) {
        Ok(resolved) if !diagnostics.has_errors() => Ok(resolved.info),
        Ok(_) => Err(diagnostics),
        Err(errors) => {
            diagnostics.append(errors);
            Err(diagnostics)
        }
    }
}

/// All contracts that `folder` refers to, directly or through other contracts, sorted by package; None when one of
/// them is not among `contracts`.
fn needed_contracts<'a>(
    folder: &WitFolder,
    contracts: &'a [WitFolder],
    diagnostics: &mut Diagnostics,
) -> Option<Vec<&'a WitFolder>> {
    let mut needed: BTreeMap<&PackageName, &WitFolder> = BTreeMap::new();
    let (mut open, mut complete) = (vec![folder], true);
    while let Some(user) = open.pop() {
        for package in user.references() {
            if *package == folder.package || needed.contains_key(package) {
                continue;
            }
            match contracts.iter().find(|contract| contract.package == *package) {
                Some(contract) => {
                    needed.insert(&contract.package, contract);
                    open.push(contract);
                }
                None => {
                    complete = false;
                    let known: Vec<String> =
                        contracts.iter().map(|contract| contract.package.to_string()).collect();
                    let hint = names::nearest_hint(
                        &package.to_string(),
                        "contracts in wit/",
                        known.iter().map(String::as_str),
                    );
                    let location = user.mention_of(package);
                    diagnostics.error(&location, format!("no contract `{package}` in wit/"), hint);
                }
            }
        }
    }
    complete.then(|| needed.into_values().collect())
}

fn describe_world(
    folder: &WitFolder,
    resolve: &Resolve,
    id: WorldId,
    needed: &[&WitFolder],
) -> World {
    let world = &resolve.worlds[id];
    let mut loose_items = BTreeSet::new();
    let mut interfaces = |items: &mut dyn Iterator<Item = (&WorldKey, &WorldItem)>| {
        let mut interfaces = BTreeSet::new();
        for (key, item) in items {
            match item {
                WorldItem::Interface { .. } => {
                    interfaces.insert(resolve.name_world_key(key));
                }
                // A type that the world's text `use`s comes with the import of its interface.
                WorldItem::Type { .. } => {}
                WorldItem::Function(function) => {
                    loose_items.insert(function.name.clone());
                }
            }
        }
        interfaces
    };
    let all_imports = interfaces(&mut world.imports.iter());
    let exports = interfaces(&mut world.exports.iter());
    let imports = folder.written_imports(&world.name).map(|written| &written & &all_imports);
    World {
        package: folder.package.clone(),
        name: world.name.clone(),
        dir: folder.dir.clone(),
        location: locate(&resolve.source_map, &folder.files, world.span)
            .unwrap_or_else(|| folder.package_location()),
        imports: imports.unwrap_or_else(|| all_imports.clone()),
        all_imports,
        exports,
        loose_items,
        contracts: needed.iter().map(|contract| contract.package.clone()).collect(),
        contract_digest: digest(needed.iter().copied().chain([folder])),
    }
}
