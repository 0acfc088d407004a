//! A pylon.wasm that has some caps resolved at run time, beside the one that has them in it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use super::Bench;
use super::runs::Programs;
use crate::cli;
use crate::commands::compose;
use crate::commands::dynlink::{self, Place, Wanted};
use crate::composectl;
use crate::manifest::Linkage;
use crate::pylon::Pylon;

pub(super) struct Resolving {
    pylon: PathBuf,
    /// With the plan and the store.
    folder: PathBuf,
    /// Of composectl, with native code.
    cache_dir: PathBuf,
}

impl Resolving {
    pub(super) fn build(bench: &Bench, caps: &BTreeSet<String>) -> Result<Resolving> {
        let names: Vec<&str> = caps.iter().map(String::as_str).collect();
        let folder = bench.copy()?.scratch().join(format!("resolving-{}", names.join("-")));
        fs::create_dir_all(&folder)?;
        for (name, provider) in dynlink::providers(bench.session, &Wanted::own(caps))? {
            publish(bench.programs()?, &folder, &name, &provider)?;
        }
        let cache_dir = bench.programs()?.cache_dir.clone();
        Ok(Resolving { pylon: linked(bench, caps, Linkage::Dynlink)?, folder, cache_dir })
    }

    /// pylon.wasm as `compose` makes it, for caps that it resolves, with the plan that `compose` would write. Native code is in the
    /// user's cache, where `compose` has put it: of what is resolved by default it takes a minute to make.
    pub(super) fn by_default(bench: &Bench, caps: &BTreeSet<String>) -> Result<Resolving> {
        let folder = bench.copy()?.scratch().join("by-default");
        let place = Place { plan: folder.join("plan.json"), store: folder.join("store") };
        dynlink::publish(bench.session, &Wanted::own(caps), &place, None)?;
        let pylon = bench.pylon()?.clone();
        let cache = bench.session.context()?.cache_root();
        let cache_dir = cache.parent().context("the cache is in no folder")?.to_owned();
        let programs = bench.programs()?;
        let mut precompile = Command::new(&programs.composectl);
        precompile.arg("precompile").arg(&pylon).env("PYLON_CACHE_DIR", &cache_dir);
        composectl::succeed(&mut precompile)?;
        Ok(Resolving { pylon, folder, cache_dir })
    }

    /// Runs it, with `grants` for composectl.
    pub(super) fn command(&self, programs: &Programs, grants: &[&str], args: &[&str]) -> Command {
        let mut command = Command::new(&programs.composectl);
        command.env("PYLON_CACHE_DIR", &self.cache_dir).env("XDG_CONFIG_HOME", &self.folder);
        command.arg("run").args(flags(&self.folder)).args(grants);
        command.arg(&self.pylon).arg("--").args(args);
        command
    }
}

/// A pylon.wasm in which some caps are linked otherwise than by default.
pub(super) fn linked(bench: &Bench, caps: &BTreeSet<String>, linkage: Linkage) -> Result<PathBuf> {
    let (cx, workspace) = (bench.session.context()?, bench.session.workspace()?);
    let link = caps.iter().map(|cap| (cap.clone(), linkage)).collect();
    let args = cli::Compose { link, ..cli::Compose::default() };
    let recipe = compose::recipe(workspace, &args, std::iter::empty())?;
    Ok(cx.ensure_files(&Pylon::new(cx, workspace, &recipe)?)?.path("pylon.wasm"))
}

/// Puts a provider into the plan and the store of `folder`.
pub(super) fn publish(
    programs: &Programs,
    folder: &Path,
    name: &str,
    provider: &Path,
) -> Result<()> {
    let [_, plan, _, store] = flags(folder);
    let named = [(name, provider)];
    let mut set = composectl::plan_set(&programs.composectl, plan.as_ref(), store.as_ref(), named);
    composectl::succeed(set.env("XDG_CONFIG_HOME", folder))
}

/// What tells composectl of them.
pub(super) fn flags(folder: &Path) -> [PathBuf; 4] {
    ["--plan".into(), folder.join("plan.json"), "--store".into(), folder.join("store")]
}
