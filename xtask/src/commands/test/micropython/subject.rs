//! Images out of the step engine and the engines that run them, made when the first test needs them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::OnceLock;

use anyhow::{Result, anyhow};

use super::engine::Engine;
use crate::commands::Session;
use crate::graph::Artifact;
use crate::micropython::{self, Modules, Settings};
use crate::toolchain::Toolchain;

pub struct Subject<'a> {
    pub session: &'a Session,
    built: OnceLock<Result<Built, String>>,
}

pub struct Built {
    /// With every cap that can be folded in, as `cargo xtask static-mp` builds it in an environment without switches.
    pub image: PathBuf,
    /// MicroPython's sources, with our patches.
    pub tree: Artifact,
    pub version: String,
    pub wamr: Engine,
    pub composectl: Engine,
    /// What PATH has besides.
    stock: Vec<Engine>,
}

impl<'a> Subject<'a> {
    pub fn new(session: &'a Session) -> Subject<'a> {
        Subject { session, built: OnceLock::new() }
    }

    /// Builds on the first call; who comes meanwhile waits.
    pub fn built(&self) -> Result<&Built> {
        let built = self.built.get_or_init(|| self.build().map_err(|error| format!("{error:#}")));
        built.as_ref().map_err(|error| anyhow!("{error}"))
    }

    fn build(&self) -> Result<Built> {
        let cx = self.session.context()?;
        let tree = micropython::source_tree(cx, None)?;
        Ok(Built {
            image: self.image(&BTreeMap::new(), Modules::default())?,
            tree: cx.ensure_files(&tree)?,
            version: tree.version,
            wamr: Engine::wamr(self.session)?,
            composectl: Engine::composectl(self.session)?,
            stock: Engine::stock(),
        })
    }

    /// An image with these switches and frozen modules.
    pub fn image(&self, switches: &BTreeMap<String, bool>, modules: Modules) -> Result<PathBuf> {
        let cx = self.session.context()?;
        let workspace = self.session.workspace()?;
        let caps = workspace.static_caps(switches)?;
        let settings = Settings { modules, ..Settings::default() };
        let toolchain = Toolchain::ensure(cx)?;
        let engine = micropython::Engine::Wamr;
        let step = micropython::image(cx, &toolchain, workspace, &caps, &settings, engine)?;
        Ok(cx.ensure_files(&step)?.path("image.wasm"))
    }
}

impl Built {
    /// WAMR and wasmtime, ours and the machine's.
    pub fn engines(&self) -> impl Iterator<Item = &Engine> {
        [&self.wamr, &self.composectl].into_iter().chain(&self.stock)
    }
}
