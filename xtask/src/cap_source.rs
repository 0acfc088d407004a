//! Where a cap's component comes from: it is built, or it is a file of the user's.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use camino::Utf8Path;

use crate::caps::{self, CapComponent};
use crate::compose;
use crate::graph::{Artifact, Context, Inputs};
use crate::manifest::Workspace;
use crate::toolchain::Toolchain;

/// A cap that goes into a composition.
#[derive(Clone, Debug)]
pub enum CapSource {
    Built(Box<CapComponent>),
    File { name: String, path: PathBuf },
}

/// The sources of the caps `names`; `replaced` has files of the user's, by cap.
pub fn all(
    cx: &Context,
    toolchain: &Toolchain,
    workspace: &Workspace,
    names: &BTreeSet<String>,
    replaced: &BTreeMap<String, PathBuf>,
) -> Result<Vec<CapSource>> {
    let source = |name: &String| {
        Ok(match replaced.get(name) {
            Some(path) => CapSource::File { name: name.clone(), path: path.clone() },
            None => {
                let cap = workspace.cap(name)?;
                CapSource::Built(Box::new(caps::component(cx, toolchain, workspace, cap)?))
            }
        })
    };
    names.iter().map(source).collect()
}

/// Ensures what is built; for [`declare`].
pub fn ensure(cx: &Context, sources: &[CapSource]) -> Result<Vec<Option<Artifact>>> {
    cx.parallel(sources, |cx, source| match source {
        CapSource::Built(component) => Ok(Some(cx.ensure(&**component)?)),
        CapSource::File { .. } => Ok(None),
    })
}

/// Declares the components as inputs. `built` is what [`ensure`] returned.
pub fn declare(
    inputs: &mut Inputs,
    sources: &[CapSource],
    built: Vec<Option<Artifact>>,
) -> Result<()> {
    for (source, artifact) in sources.iter().zip(built) {
        match (source, artifact) {
            (CapSource::File { name, path }, _) => inputs.file_as(&format!("{name}.wasm"), path)?,
            (_, Some(artifact)) => inputs.artifact(source.name(), &artifact),
            (_, None) => {}
        }
    }
    Ok(())
}

impl CapSource {
    pub fn name(&self) -> &str {
        match self {
            CapSource::Built(component) => &component.name,
            CapSource::File { name, .. } => name,
        }
    }

    pub fn file(&self, cx: &Context) -> Result<PathBuf> {
        match self {
            CapSource::Built(component) => {
                Ok(cx.ensure_files(&**component)?.path(&format!("{}.wasm", component.name)))
            }
            CapSource::File { path, .. } => Ok(path.clone()),
        }
    }

    /// The component. One of the user's must export what the cap's contract says, before it is wired to anything.
    pub fn read(&self, cx: &Context) -> Result<Vec<u8>> {
        let path = self.file(cx)?;
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        if let CapSource::File { name, path } = self {
            check(cx, name, path, &bytes)?;
        }
        Ok(bytes)
    }
}

fn check(cx: &Context, cap: &str, path: &Path, component: &[u8]) -> Result<()> {
    let root = Utf8Path::from_path(cx.root()).context("the checkout's path is not UTF-8")?;
    let workspace = Workspace::load(root)?;
    let resolved = workspace.resolve_world(&workspace.cap(cap)?.world)?;
    compose::check_implements(cap, component, &resolved.resolve, resolved.world)
        .with_context(|| path.display().to_string())
}
