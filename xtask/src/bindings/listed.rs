//! Which bindings there are: those of every world of the checkout.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use wit_parser::{Resolve, WorldKey};

use super::python_module::PythonModule;
use super::{Bindings, Shims};
use crate::graph::DigestBuilder;
use crate::libc;
use crate::manifest::names::nearest_hint;
use crate::manifest::wit::Places;
use crate::manifest::{Cap, Extension, Linkage, Location, ResolvedWorld, Workspace};

/// In a cap's folder: who includes `<world>_native.c`.
const NATIVE_TESTS: &str = "tests/bindings_native.c";

/// A name that no world goes by.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UnknownName(String);

/// Every world of the checkout, those of `only` if any are named.
///
/// Fails where a name in `only` is neither a cap's nor an extension's nor one of ours.
pub fn all(workspace: &Workspace, only: &[String]) -> Result<Vec<Bindings>> {
    let mut all = Vec::new();
    for (folder, world) in
        [(libc::COMMAND, libc::COMMAND_WORLD), (libc::ATTENTION, libc::ATTENTION_WORLD)]
    {
        all.push(runtime(workspace.root.as_std_path(), folder, world)?);
    }
    all.extend(common(workspace)?);
    for extension in &workspace.extensions {
        all.extend(of_extension(workspace, extension)?);
    }
    for cap in &workspace.caps {
        all.push(of_cap(workspace, cap)?);
    }
    for name in only {
        if !all.iter().any(|bindings| bindings.name == *name) {
            let names: BTreeSet<_> = all.iter().map(|bindings| bindings.name.as_str()).collect();
            let hint = nearest_hint(name, "caps and extensions", names);
            return Err(UnknownName(format!(
                "there is no cap or extension `{name}`\nhint: {hint}"
            ))
            .into());
        }
    }
    if !only.is_empty() {
        all.retain(|bindings| only.contains(&bindings.name));
    }
    Ok(all)
}

/// Of an extension that has a module over a world.
fn of_extension(workspace: &Workspace, extension: &Extension) -> Result<Option<Bindings>> {
    let (Some(module), Some(world)) = (&extension.module, &extension.world) else {
        return Ok(None);
    };
    let mut resolved = workspace.resolve_world(world)?;
    leave_out_what_is_bound_once(&mut resolved);
    let caps = workspace.caps_of(extension);
    let worlds = |caps: &[&Cap]| -> Result<Vec<_>> {
        caps.iter().map(|cap| Ok(workspace.resolve_world(&cap.world)?)).collect()
    };
    let mut providers: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for import in &world.all_imports {
        let exporter = workspace.exporter(import).map(|cap| cap.name.clone());
        providers.entry(import.clone()).or_default().extend(exporter);
    }
    for cap in &caps {
        for interface in workspace.callbacks_of(cap) {
            providers.entry(interface.to_owned()).or_default().push(cap.name.clone());
        }
    }
    Ok(Some(Bindings {
        shims: Shims::Consumer {
            providers,
            caps: worlds(&caps)?,
            imported: worlds(&workspace.imported_by(&caps))?,
            modes: extension_modes(workspace, extension),
        },
        module: PythonModule::of(extension),
        micropython: PythonModule::of_micropython(workspace, extension),
        name: extension.name.clone(),
        side: "extension",
        dir: module.gen_dir.clone().into(),
        world: world.name.clone(),
        contract_digest: world.contract_digest.clone(),
        resolve: resolved.resolve,
        id: resolved.world,
        places: resolved.places,
    }))
}

fn of_cap(workspace: &Workspace, cap: &Cap) -> Result<Bindings> {
    let resolved = workspace.resolve_world(&cap.world)?;
    // What imports other caps is a provider behind a relay, whose shim is made when it is built.
    let shims = match workspace.imports_of(cap).is_empty() {
        true => Shims::Provider {
            name: cap.name.clone(),
            version: cap.version.to_string(),
            modes: cap.modes.clone(),
            rust: cap.rust.is_some(),
            native: workspace.root.join(&cap.dir).join(NATIVE_TESTS).is_file(),
        },
        false => Shims::None,
    };
    Ok(Bindings {
        shims,
        module: None,
        micropython: None,
        name: cap.name.clone(),
        side: "cap",
        dir: cap.gen_dir.clone().into(),
        world: cap.world.name.clone(),
        contract_digest: cap.world.contract_digest.clone(),
        resolve: resolved.resolve,
        id: resolved.world,
        places: resolved.places,
    })
}

/// A world of the interpreters' own.
fn runtime(root: &Path, folder: &str, world: &str) -> Result<Bindings> {
    let wit = root.join(folder).join("wit");
    let mut resolve = Resolve::new();
    let (package, sources) = resolve.push_path(&wit)?;
    let id = resolve.select_world(&[package], Some(world))?;
    let mut digest = DigestBuilder::default();
    let mut paths: Vec<_> = sources.paths().collect();
    paths.sort();
    for path in paths {
        digest.push(fs::read(path).with_context(|| format!("cannot read {}", path.display()))?);
    }
    Ok(Bindings {
        shims: Shims::None,
        module: None,
        micropython: None,
        name: world.to_owned(),
        side: "runtime",
        dir: Path::new(folder).join("gen"),
        world: world.to_owned(),
        contract_digest: digest.finish().to_string(),
        resolve,
        id,
        places: Places::new(BTreeMap::new(), Location::whole(format!("{folder}/wit"))),
    })
}

/// The modes that an extension may be linked in; static, if all its caps can be.
fn extension_modes(workspace: &Workspace, extension: &Extension) -> Vec<Linkage> {
    let mut modes: Vec<_> = extension.linkage.modes.iter().map(|mode| mode.value).collect();
    modes.push(extension.linkage.default);
    if workspace.caps_of(extension).iter().all(|cap| cap.modes.contains(&Linkage::Static)) {
        modes.push(Linkage::Static);
    }
    modes
}

/// Takes `compose:dynlink` out of a world: two bindings of one interface cannot be linked, and that one has its
/// binding in `cpython-ext/common`. A world that imports nothing else has bindings with nothing in them.
fn leave_out_what_is_bound_once(resolved: &mut ResolvedWorld) {
    let ResolvedWorld { resolve, world, .. } = resolved;
    let ours = |key: &WorldKey| resolve.name_world_key(key).starts_with("compose:dynlink/");
    let keys: Vec<_> =
        resolve.worlds[*world].imports.keys().filter(|key| ours(key)).cloned().collect();
    for key in keys {
        resolve.worlds[*world].imports.shift_remove(&key);
    }
}

/// The worlds of `compose:dynlink`, each bound once for all extensions, or for all caps.
fn common(workspace: &Workspace) -> Result<Vec<Bindings>> {
    let worlds = [("cpython-ext", "dynlink", "dynlink-import"), ("caps", "provider", "provider")];
    let mut all = Vec::new();
    for (side, name, world) in worlds {
        let folder = Path::new(side).join("common");
        let resolved = workspace.common_world(side, world)?;
        all.push(Bindings {
            shims: Shims::None,
            module: None,
            micropython: None,
            name: name.to_owned(),
            side: "common",
            dir: folder.join("gen"),
            world: world.to_owned(),
            contract_digest: resolved.info.contract_digest,
            resolve: resolved.resolve,
            id: resolved.world,
            places: resolved.places,
        });
    }
    Ok(all)
}
