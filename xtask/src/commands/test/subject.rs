//! What is tested: pylon.wasm with every cap, out of the step engine, and composectl to run it; or the same with its
//! caps as providers in a plan, or folded into Python; or micropython.wasm. Built when the first test needs it;
//! `target/pylon` and the user's switches have no part in it, but that `WITH_<CAP>=0` leaves out what is large.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context as _, Result, anyhow, ensure};

use crate::cli::{self, Setting};
use crate::commands::dynlink::{self, Place, Wanted};
use crate::commands::{Session, compose};
use crate::composectl::{self, CargoOptions};
use crate::cpython;
use crate::manifest::{Extension, Linkage, switch_name};
use crate::pylon::{Pylon, Recipe};

pub struct Subject<'a> {
    pub session: &'a Session,
    runtime: cli::Runtime,
    /// How the caps are linked.
    linkage: Linkage,
    /// Whether CPython's own test modules are in it.
    test_modules: bool,
    built: OnceLock<Result<Built, String>>,
}

/// Where the subject is.
pub struct Built {
    pub composectl: PathBuf,
    pub pylon: PathBuf,
    /// `(file name, path)` of the interpreter and each cap's component.
    pub parts: Vec<(String, PathBuf)>,
    /// The plan and the store of a dynlinked subject, in a folder that goes with it.
    providers: Option<(Place, tempfile::TempDir)>,
}

impl<'a> Subject<'a> {
    pub fn new(session: &'a Session) -> Subject<'a> {
        Subject {
            session,
            runtime: cli::Runtime::CPython,
            linkage: Linkage::Embed,
            test_modules: false,
            built: OnceLock::new(),
        }
    }

    /// With CPython's own test modules in C, which no other one has.
    pub fn with_test_modules(session: &'a Session) -> Subject<'a> {
        Subject { test_modules: true, ..Subject::new(session) }
    }

    /// With all that can be resolved at run time resolved then.
    pub fn dynlinked(session: &'a Session) -> Subject<'a> {
        Subject { linkage: Linkage::Dynlink, ..Subject::new(session) }
    }

    /// With all that can be folded into Python folded in.
    pub fn folded(session: &'a Session) -> Subject<'a> {
        Subject { linkage: Linkage::Static, ..Subject::new(session) }
    }

    /// MicroPython as a component, with every cap that it has glue for.
    pub fn micropython(session: &'a Session) -> Subject<'a> {
        Subject { runtime: cli::Runtime::MicroPython, ..Subject::new(session) }
    }

    pub fn linkage(&self) -> Linkage {
        self.linkage
    }

    /// Told behind the name of a test that runs for several subjects.
    pub fn variant(&self) -> &'static str {
        match self.linkage {
            Linkage::Embed => "",
            Linkage::Dynlink => " (dynlink)",
            Linkage::Static => " (static)",
        }
    }

    /// What `cargo xtask compose` builds with the switches of large caps, and of no others, that the environment has.
    /// What is large is a provider or left out.
    fn recipe(&self) -> Result<Recipe> {
        let workspace = self.session.workspace()?;
        let large: Vec<_> = workspace.large().map(|cap| switch_name(&cap.name)).collect();
        let environment = || std::env::vars().filter(|(name, _)| large.contains(name));
        let mut args = cli::Compose { runtime: self.runtime, ..cli::Compose::default() };
        if self.linkage != Linkage::Dynlink && self.runtime == cli::Runtime::CPython {
            args.settings.extend(large.iter().map(|name| Setting::With(name.clone(), false)));
        }
        if self.linkage == Linkage::Dynlink {
            let by_hand = workspace.extensions.iter().filter(|e| !e.linkage.providers.is_empty());
            let on = |extension: &Extension| Setting::With(switch_name(&extension.name), true);
            args.settings.extend(by_hand.map(on));
        }
        if self.linkage != Linkage::Embed {
            // What is left out cannot be linked.
            let chosen = compose::recipe(workspace, &args, environment())?.selection.caps;
            let caps = workspace.caps.iter().filter(|cap| cap.modes.contains(&self.linkage));
            let caps = caps.filter(|cap| chosen.contains_key(&cap.name));
            args.link.extend(caps.map(|cap| (cap.name.clone(), self.linkage)));
        }
        let recipe = compose::recipe(workspace, &args, environment())?;
        Ok(Recipe { test_modules: self.test_modules, ..recipe })
    }

    /// The CPython of it.
    pub fn python(&self) -> Result<cpython::Chosen> {
        cpython::choose(self.session.context()?, self.session.workspace()?)
    }

    /// The extensions whose tests this subject is for.
    pub fn extensions(&self) -> Result<Vec<&Extension>> {
        let recipe = self.recipe()?;
        let linked = |extension: &&Extension| {
            let name = &extension.name;
            recipe.selection.extensions.contains(name)
                && match self.linkage {
                    Linkage::Embed => true,
                    mode if recipe.linkages.mode(extension) == mode => true,
                    mode => mode == Linkage::Dynlink && !extension.linkage.providers.is_empty(),
                }
        };
        Ok(self.session.workspace()?.extensions.iter().filter(linked).collect())
    }

    /// Builds on the first call; who comes meanwhile waits.
    pub fn built(&self) -> Result<&Built> {
        let built = self.built.get_or_init(|| self.build().map_err(|error| format!("{error:#}")));
        built.as_ref().map_err(|error| anyhow!("{error}"))
    }

    fn build(&self) -> Result<Built> {
        let cx = self.session.context()?;
        let recipe = self.recipe()?;
        let pylon = Pylon::new(cx, self.session.workspace()?, &recipe)?;
        let options = CargoOptions { quiet: true, ..self.session.cargo_options() };
        let built = Built {
            pylon: cx.ensure_files(&pylon)?.path(pylon.file_name()),
            parts: pylon.parts(cx)?,
            providers: self.providers(&recipe)?,
            composectl: composectl::build(options)?,
        };
        // So that no test's time has it in.
        let output = Command::new(&built.composectl)
            .arg("precompile")
            .arg(&built.pylon)
            .output()
            .context("cannot start composectl")?;
        let text = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "composectl cannot compile {}: {text}", pylon.file_name());
        Ok(built)
    }

    fn providers(&self, recipe: &Recipe) -> Result<Option<(Place, tempfile::TempDir)>> {
        if self.linkage != Linkage::Dynlink {
            return Ok(None);
        }
        let folder = tempfile::tempdir()?;
        let place =
            Place { plan: folder.path().join("plan.json"), store: folder.path().join("store") };
        dynlink::publish(self.session, &Wanted::of(recipe), &place, None)?;
        Ok(Some((place, folder)))
    }

    /// The plan and the store of a dynlinked subject.
    pub fn place(&self) -> Result<&Place> {
        let providers = self.built()?.providers.as_ref();
        Ok(&providers.context("invariant: asked of a dynlinked subject only")?.0)
    }

    /// `composectl run`, still without grants, the file and arguments.
    pub fn composectl(&self) -> Result<Command> {
        let built = self.built()?;
        let mut command = Command::new(&built.composectl);
        command.arg("run");
        if let Some((place, _)) = &built.providers {
            command.args(place.flags());
        }
        Ok(command)
    }
}
