//! The whole: python.wasm and the chosen caps' components, composed into pylon.wasm.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use camino::Utf8Path;

use crate::bindings;
use crate::caps::{self, CapComponent};
use crate::compose::{self, Part};
use crate::cpython::{self, PythonComponent};
use crate::graph::{Context, Inputs, Step, Work};
use crate::manifest::{Extension, LINKER, Linkages, Selection, Workspace, switch_name};
use crate::toolchain::Toolchain;

/// How to build a pylon.wasm.
#[derive(Clone, Debug)]
pub struct Recipe {
    pub selection: Selection,
    pub linkages: Linkages,
    /// Cap of the selection -> a component of the user's that takes its place.
    pub replaced: BTreeMap<String, PathBuf>,
    pub snapshot: bool,
    pub validate: bool,
}

/// Where a cap's component comes from.
#[derive(Clone, Debug)]
enum CapSource {
    Built(Box<CapComponent>),
    File { name: String, path: PathBuf },
}

impl CapSource {
    fn name(&self) -> &str {
        match self {
            CapSource::Built(component) => &component.name,
            CapSource::File { name, .. } => name,
        }
    }

    fn file(&self, cx: &Context) -> Result<PathBuf> {
        match self {
            CapSource::Built(component) => {
                Ok(cx.ensure(&**component)?.path(&format!("{}.wasm", component.name)))
            }
            CapSource::File { path, .. } => Ok(path.clone()),
        }
    }
}

/// The composition, `pylon.wasm`, with `caps.txt`, `imports.txt` and `notes.txt`, a line each.
#[derive(Clone, Debug)]
pub struct Pylon {
    python: PythonComponent,
    caps: Vec<CapSource>,
    validate: bool,
    /// Whether the host provides the linker.
    linker: bool,
    /// Interface -> the switch of the cap that exports it, for all caps of the checkout.
    known_exporters: BTreeMap<String, String>,
}

impl Pylon {
    /// The steps for `recipe`.
    ///
    /// Fails when bindings are stale.
    pub fn new(cx: &Context, workspace: &Workspace, recipe: &Recipe) -> Result<Pylon> {
        check_bindings(workspace)?;
        let toolchain = Toolchain::ensure(cx)?;
        let (python, caps) = cx.join(
            |cx| python(cx, &toolchain, workspace, recipe),
            |cx| cap_sources(cx, &toolchain, workspace, recipe),
        )?;
        let exported = |cap: &crate::manifest::Cap| {
            let switch = switch_name(&cap.name);
            cap.world.exports.iter().map(move |id| (id.clone(), switch.clone())).collect::<Vec<_>>()
        };
        let known_exporters = workspace.caps.iter().flat_map(exported).collect();
        let linker = recipe.linkages.linker;
        Ok(Pylon { python, caps, validate: recipe.validate, linker, known_exporters })
    }

    /// `(file name, path)` of the parts, to be left beside the result.
    pub fn parts(&self, cx: &Context) -> Result<Vec<(String, PathBuf)>> {
        let mut parts =
            vec![("python.wasm".to_owned(), cx.ensure(&self.python)?.path("python.wasm"))];
        for cap in &self.caps {
            parts.push((format!("{}.wasm", cap.name()), cap.file(cx)?));
        }
        Ok(parts)
    }
}

fn python(
    cx: &Context,
    toolchain: &Toolchain,
    workspace: &Workspace,
    recipe: &Recipe,
) -> Result<PythonComponent> {
    let chosen = |extension: &&Extension| recipe.selection.extensions.contains(&extension.name);
    let extensions: Vec<_> = workspace.extensions.iter().filter(chosen).collect();
    let linking = cpython::Linking { extensions, linkages: &recipe.linkages };
    cpython::python(cx, toolchain, workspace, &linking, recipe.snapshot)
}

fn cap_sources(
    cx: &Context,
    toolchain: &Toolchain,
    workspace: &Workspace,
    recipe: &Recipe,
) -> Result<Vec<CapSource>> {
    let mut sources = Vec::new();
    for name in &recipe.linkages.embedded {
        sources.push(match recipe.replaced.get(name) {
            Some(path) => CapSource::File { name: name.clone(), path: path.clone() },
            None => CapSource::Built(Box::new(caps::component(
                cx,
                toolchain,
                workspace,
                workspace.cap(name)?,
            )?)),
        });
    }
    Ok(sources)
}

/// Stale bindings would compile and then not fit.
pub fn check_bindings(workspace: &Workspace) -> Result<()> {
    let root = workspace.root.as_std_path();
    bindings::all(workspace, &[])?.iter().try_for_each(|bindings| bindings.check_fresh(root))
}

impl Step for Pylon {
    const KIND: &'static str = "compose";
    const VERSION: u32 = 2;

    fn label(&self) -> String {
        "pylon.wasm".to_owned()
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        inputs.text("validate", self.validate.to_string());
        inputs.text("linker", self.linker.to_string());
        let (python, built) = cx.join(
            |cx| cx.ensure(&self.python),
            |cx| {
                cx.parallel(&self.caps, |cx, cap| match cap {
                    CapSource::Built(component) => Ok(Some(cx.ensure(&**component)?)),
                    CapSource::File { .. } => Ok(None),
                })
            },
        )?;
        inputs.artifact("python", &python);
        for (cap, artifact) in self.caps.iter().zip(built) {
            match (cap, artifact) {
                (CapSource::File { name, path }, _) => {
                    inputs.file_as(&format!("{name}.wasm"), path)?
                }
                (_, Some(artifact)) => inputs.artifact(cap.name(), &artifact),
                (_, None) => {}
            }
        }
        Ok(())
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let part = |name: &str, path: &Path, switch: Option<String>| -> Result<Part> {
            let bytes =
                fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
            Ok(Part { name: name.to_owned(), bytes, switch })
        };
        let python = part("python", &cx.ensure(&self.python)?.path("python.wasm"), None)?;
        let mut caps = Vec::new();
        for cap in &self.caps {
            let part = part(cap.name(), &cap.file(cx)?, Some(switch_name(cap.name())))?;
            if let CapSource::File { name, path } = cap {
                check_replacement(cx, name, &part.bytes)
                    .with_context(|| path.display().to_string())?;
            }
            caps.push(part);
        }
        let mut options = compose::Options {
            validate: self.validate,
            known_exporters: self.known_exporters.clone(),
            ..compose::Options::default()
        };
        if self.linker {
            options.allowed_imports.push(LINKER.to_owned());
        }
        let composition = compose::compose(python, caps, &options)?;
        fs::write(work.out().join("pylon.wasm"), composition.bytes)?;
        fs::write(work.out().join("caps.txt"), composition.caps.join("\n"))?;
        fs::write(work.out().join("imports.txt"), composition.imports.join("\n"))?;
        Ok(fs::write(work.out().join("notes.txt"), composition.notes.join("\n"))?)
    }
}

/// A component of the user's must export what the cap's contract says, before it is wired to anything.
fn check_replacement(cx: &Context, name: &str, component: &[u8]) -> Result<()> {
    let root = Utf8Path::from_path(cx.root()).context("the checkout's path is not UTF-8")?;
    let workspace = Workspace::load(root)?;
    let resolved = workspace.resolve_world(&workspace.cap(name)?.world)?;
    compose::check_implements(name, component, &resolved.resolve, resolved.world)
}
