//! Which CPython: the versions that `runtimes/cpython/cpython.toml` pins, and the one of them that a build takes
//! ([ADR 0042](../../../docs/adr/0042-named-versions-of-cpython.md)).

use std::path::Path;
use std::sync::Once;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::RUNTIME;
use crate::archives::{self, Archive, FirstArchive};
use crate::graph::{Artifact, Context, Digest};
use crate::manifest::Workspace;
use crate::sources::SourceTree;

const SCHEMA: &str = "pylon:cpython@0.2.0";

/// The pin file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    schema: String,
    /// Newest first. The first that can be had is what builds take unless a version is named.
    archive: Vec<Archive>,
}

fn pin_file() -> String {
    format!("{RUNTIME}/cpython.toml")
}

impl Pin {
    /// Reads and checks the pin file of the checkout at `root`.
    pub fn load(root: &Path) -> Result<Pin> {
        archives::read_pin(root, &pin_file(), Pin::parse)
    }

    fn parse(text: &str) -> Result<Pin> {
        let pin: Pin = toml_edit::de::from_str(text)?;
        archives::check_pin(&pin.schema, SCHEMA, &pin.archive)?;
        Ok(pin)
    }

    /// The archive of `version`.
    ///
    /// Fails for a version that is not pinned; the error lists those that are.
    pub fn archive(&self, version: &str) -> Result<&Archive> {
        archives::of_version(&self.archive, version, &pin_file())
    }

    /// The archive with `digest`, which the user's variable names.
    fn of_digest(&self, digest: Digest, file: &Path) -> Result<&Archive> {
        let found = self.archive.iter().find(|archive| archive.sha256 == digest);
        found.with_context(|| {
            let pinned = |archive: &Archive| format!("{} ({})", archive.sha256, archive.version);
            let pinned: Vec<_> = self.archive.iter().map(pinned).collect();
            format!(
                "{} is no archive that is pinned: its sha256 is {digest}\n\
                 hint: {} has {}",
                file.display(),
                pin_file(),
                pinned.join(", ")
            )
        })
    }
}

/// The CPython that a build takes.
#[derive(Clone, Debug)]
pub struct Chosen {
    pub version: String,
    /// Why it is not the first of the list, if no version was named.
    pub instead: Option<String>,
    archive: Artifact,
}

impl Chosen {
    /// Whether its archive is here. What would be fetched in a dry run may turn out to be another one.
    pub fn is_here(&self) -> bool {
        self.archive.digest.is_some()
    }

    /// Its sources, with our patches.
    pub fn tree(&self) -> SourceTree {
        SourceTree { patches: Some(format!("{RUNTIME}/patches")), ..self.published() }
    }

    /// Its sources as they are published.
    pub fn published(&self) -> SourceTree {
        SourceTree {
            name: "CPython".to_owned(),
            version: self.version.clone(),
            archive: self.archive.clone(),
            patches: None,
        }
    }
}

/// The CPython that the user names, else the one whose archive `PYLON_CPYTHON_ARCHIVE` is, else the first that can be had;
/// if that is not the first of the list, a line says so, once a run.
pub fn choose(cx: &Context, workspace: &Workspace) -> Result<Chosen> {
    static SAID: Once = Once::new();
    let chosen = settle(cx, workspace)?;
    if let Some(reasons) = &chosen.instead {
        SAID.call_once(|| {
            let Chosen { version, .. } = &chosen;
            cx.report().note(&format!("note: this is CPython {version}, since {reasons}"));
        });
    }
    Ok(chosen)
}

/// The same, and nothing is said.
pub fn settle(cx: &Context, workspace: &Workspace) -> Result<Chosen> {
    let pin = Pin::load(cx.root())?;
    let first = pin.archive.first().context("invariant: there is one")?;
    let named = match (&workspace.python, first.local_file()) {
        (Some(version), _) => Some(pin.archive(version)?),
        (None, Some(file)) => {
            let digest = Digest::of_file(&file)
                .with_context(|| format!("{} names {}", first.local, file.display()))?;
            Some(pin.of_digest(digest, &file)?)
        }
        (None, None) => None,
    };
    if let Some(archive) = named {
        let version = archive.version.clone();
        return Ok(Chosen { version, instead: None, archive: cx.ensure(archive)? });
    }
    let step = FirstArchive { archives: pin.archive.clone() };
    let archive = cx.ensure_files(&step)?;
    if archive.digest.is_none() {
        return Ok(Chosen { version: first.version.clone(), instead: None, archive });
    }
    let found = FirstArchive::found(&archive.dir)?;
    let instead = Some(found.reasons).filter(|reasons| !reasons.is_empty());
    Ok(Chosen { version: found.version, instead, archive })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pin() -> Pin {
        let archive = |version: &str, digit: &str| {
            format!(
                "[[archive]]\nname = \"CPython\"\nversion = \"{version}\"\nsha256 = \"{}\"\n\
                 local = \"PYLON_CPYTHON_ARCHIVE\"\ndebian = []\n",
                digit.repeat(64)
            )
        };
        let archives = archive("3.13.15", "a") + &archive("3.13.5", "b");
        Pin::parse(&format!("schema = \"{SCHEMA}\"\n{archives}")).unwrap()
    }

    #[test]
    fn a_version_is_found_by_its_name_and_by_its_digest() {
        let pin = pin();
        assert_eq!(pin.archive("3.13.5").unwrap().version, "3.13.5");
        let digest = pin.archive[0].sha256;
        assert_eq!(pin.of_digest(digest, Path::new("x")).unwrap().version, "3.13.15");
    }

    #[test]
    fn what_is_not_pinned_lists_what_is() {
        let error = format!("{:#}", pin().archive("3.13.6").unwrap_err());
        assert!(error.contains("CPython 3.13.6 is not pinned"), "{error}");
        assert!(error.contains("has 3.13.15, 3.13.5"), "{error}");
        let error = pin().of_digest(Digest::of("?"), Path::new("own.tar.xz")).unwrap_err();
        let error = format!("{error:#}");
        assert!(error.contains("own.tar.xz is no archive that is pinned"), "{error}");
        assert!(error.contains("(3.13.15), bbbb"), "{error}");
    }

    #[test]
    fn the_checkout_pins_versions_from_new_to_old() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let pin = Pin::load(root).unwrap();
        let number = |archive: &Archive| semver::Version::parse(&archive.version).unwrap();
        assert!(pin.archive.is_sorted_by_key(|archive| std::cmp::Reverse(number(archive))));
        assert!(pin.archive.iter().all(|archive| archive.local == "PYLON_CPYTHON_ARCHIVE"));
    }
}
