//! `cargo xtask dynlink`: the providers of caps, in a store and in a plan, ready to be resolved.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::json;

use super::{Session, components, usage};
use crate::graph::Digest;
use crate::manifest::{Cap, Linkage, Wasi};
use crate::pylon::Recipe;
use crate::toolchain::Toolchain;
use crate::{caps, cli, composectl, relay};

pub fn run(session: &Session, args: &cli::Dynlink) -> Result<()> {
    let workspace = session.workspace()?;
    let can = |cap: &&Cap| cap.modes.contains(&Linkage::Dynlink);
    let mut names = BTreeSet::new();
    for name in args.names.iter().chain(args.component.iter().map(|(name, _)| name)) {
        let cap = workspace.cap(name).map_err(usage)?;
        if !can(&cap) {
            return Err(usage(format!(
                "the cap `{name}` has no provider\nhint: add \"dynlink\" to `modes` in {}",
                cap.manifest
            )));
        }
        names.insert(name.clone());
    }
    if names.is_empty() {
        names.extend(workspace.caps.iter().filter(can).map(|cap| cap.name.clone()));
    }
    if names.is_empty() {
        return Err(usage("no cap of this checkout has the mode `dynlink`"));
    }
    let beside = Place::beside_pylon(session);
    let place = Place {
        plan: args.plan.as_ref().map_or(Ok(beside.plan), std::path::absolute)?,
        store: args.store.as_ref().map_or(Ok(beside.store), std::path::absolute)?,
    };
    let mut replaced = components::given(workspace, &args.component, std::env::vars())?;
    replaced.retain(|name, _| names.contains(name));
    components::check(workspace, &replaced, &names)?;
    let wanted = Wanted { names: &names, replaced: &replaced, fuse: !args.no_fuse };
    let published = match session.global.dry_run {
        true => providers(session, &wanted).map(|_| Vec::new())?,
        false => publish(session, &wanted, &place, args.sign.as_deref())?,
    };
    if session.planned()? {
        return Ok(());
    }
    let mut lines = String::new();
    let mut json = Vec::new();
    for Published { name, digest, bytes } in &published {
        lines += &format!("{name}  {bytes} bytes  sha256:{digest}\n");
        json.push(json!({ "name": name, "bytes": bytes, "sha256": digest }));
    }
    let shown =
        |path: &Path| path.strip_prefix(session.root()).unwrap_or(path).display().to_string();
    lines += &format!("plan: {}\nstore: {}\n", shown(&place.plan), shown(&place.store));
    let json = json!({
        "plan": place.plan,
        "store": place.store,
        "providers": json,
        "steps": session.steps()?,
    });
    session.result(json, &lines)
}

/// Where providers are put.
pub struct Place {
    pub plan: PathBuf,
    pub store: PathBuf,
}

impl Place {
    /// Where `compose` leaves them, and `run` finds them.
    pub fn beside_pylon(session: &Session) -> Place {
        let folder = session.root().join("target/pylon");
        Place { plan: folder.join("plan.json"), store: folder.join("store") }
    }

    /// For composectl.
    pub fn flags(&self) -> [&OsStr; 4] {
        ["--plan".as_ref(), self.plan.as_ref(), "--store".as_ref(), self.store.as_ref()]
    }
}

/// A provider that a plan has.
pub struct Published {
    pub name: String,
    pub digest: Digest,
    pub bytes: u64,
}

/// Which providers are to be built, and of what.
pub struct Wanted<'a> {
    /// Caps.
    pub names: &'a BTreeSet<String>,
    /// Cap -> a component of the user's that its provider is made of.
    pub replaced: &'a BTreeMap<String, PathBuf>,
    /// Whether what is made of these is fused.
    pub fuse: bool,
}

impl<'a> Wanted<'a> {
    /// Those that a pylon.wasm resolves.
    pub fn of(recipe: &'a Recipe) -> Wanted<'a> {
        let Recipe { linkages, replaced, fuse, .. } = recipe;
        Wanted { names: &linkages.providers, replaced, fuse: *fuse }
    }

    /// The provider of each cap in `names`, of its own code.
    pub fn own(names: &'a BTreeSet<String>) -> Wanted<'a> {
        static NONE: BTreeMap<String, PathBuf> = BTreeMap::new();
        Wanted { names, replaced: &NONE, fuse: true }
    }
}

/// Builds providers; returns their files in the cache. A dry run only plans that.
pub fn providers(session: &Session, wanted: &Wanted) -> Result<Vec<(String, PathBuf)>> {
    let cx = session.context()?;
    let workspace = session.workspace()?;
    crate::pylon::check_bindings(workspace, &[])?;
    let caps =
        wanted.names.iter().map(|name| workspace.cap(name)).collect::<Result<Vec<_>, _>>()?;
    let toolchain = Toolchain::ensure(cx)?;
    let files = cx.parallel(&caps, |cx, cap| {
        let own = !wanted.replaced.contains_key(&cap.name) && workspace.imports_of(cap).is_empty();
        if own {
            let step = caps::provider(cx, &toolchain, workspace, cap)?;
            Ok(cx.ensure_files(&step)?.path(&format!("{}.wasm", step.name)))
        } else {
            let Wanted { replaced, fuse, .. } = *wanted;
            let step = relay::provider(cx, &toolchain, workspace, cap, replaced, fuse)?;
            let artifact = cx.ensure_files(&step)?;
            if artifact.digest.is_some() {
                let notes = std::fs::read_to_string(artifact.path("notes.txt"))?;
                notes.lines().for_each(|note| session.note(&format!("note: {note}")));
            }
            Ok(artifact.path(&step.file_name()))
        }
    })?;
    Ok(wanted.names.iter().cloned().zip(files).collect())
}

/// Builds providers and puts them into the store, their compiled code into composectl's cache,
/// and their digests into the plan, with what those need that need more than others: clocks and random numbers, limits. What is
/// there already stays as it is. With the key in the file `sign`, each line of
/// the plan is signed.
pub fn publish(
    session: &Session,
    wanted: &Wanted,
    place: &Place,
    sign: Option<&Path>,
) -> Result<Vec<Published>> {
    let built = providers(session, wanted)?;
    let program = composectl::build(session.cargo_options())?;
    if let Some(folder) = place.plan.parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let said = Said::in_plan(&place.plan)?;
    let mut alike: BTreeMap<Vec<String>, Vec<&(String, PathBuf)>> = BTreeMap::new();
    for entry in &built {
        alike.entry(said.lacking(session.workspace()?.cap(&entry.0)?)).or_default().push(entry);
    }
    for (flags, entries) in alike {
        let named = entries.iter().map(|(name, path)| (name.as_str(), path.as_path()));
        let mut set = composectl::plan_set(&program, &place.plan, &place.store, named);
        set.args(flags);
        if let Some(key) = sign {
            set.arg("--sign").arg(key);
        }
        composectl::succeed(&mut set)?;
    }
    let mut published = Vec::new();
    for (name, path) in built {
        let mut precompile = Command::new(&program);
        precompile.arg("precompile").arg(&path);
        let time = session.workspace()?.cap(&name)?.provider.limits.get("time_ms");
        if time == Some(&UNTIMED_MS) {
            precompile.arg("--untimed");
        }
        composectl::succeed(&mut precompile)?;
        let digest = session.context()?.digest_of_file(&path)?;
        let bytes = std::fs::metadata(&path)?.len();
        published.push(Published { name, digest, bytes });
    }
    Ok(published)
}

/// The time of a call that composectl does not measure.
const UNTIMED_MS: u64 = 86_400_000;

/// Of which components a plan says what they are granted, and what they may use; of a plan that is not there yet, of none.
#[derive(Default)]
struct Said {
    grants: BTreeSet<String>,
    limits: BTreeSet<String>,
}

impl Said {
    fn in_plan(plan: &Path) -> Result<Said> {
        let Ok(text) = std::fs::read_to_string(plan) else { return Ok(Said::default()) };
        let plan: serde_json::Value = serde_json::from_str(&text)
            .with_context(|| format!("cannot read {}", plan.display()))?;
        let having = |key: &str| {
            let components = plan["components"].as_array().into_iter().flatten();
            let having = components.filter(|entry| entry.get(key).is_some());
            having.filter_map(|entry| Some(entry["id"].as_str()?.to_owned())).collect()
        };
        Ok(Said { grants: having("grants"), limits: having("limits") })
    }

    /// The flags of `composectl plan set` for what the cap needs and the plan does not say yet. What it says is the user's.
    fn lacking(&self, cap: &Cap) -> Vec<String> {
        let mut flags = Vec::new();
        if cap.wasi != Wasi::Nothing && !self.grants.contains(&cap.name) {
            flags.extend(["--grant".to_owned(), "wasi".to_owned()]);
        }
        if !self.limits.contains(&cap.name) {
            let limits = cap.provider.limits.iter();
            flags.extend(
                limits.flat_map(|(name, value)| ["--limit".to_owned(), format!("{name}={value}")]),
            );
        }
        flags
    }
}
