//! `runtimes/micropython/micropython.toml`: which MicroPythons there are, and which of their files are built.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use super::RUNTIME;
use crate::archives::{self, Archive};
use crate::graph::Context;
use crate::sources::SourceTree;

const SCHEMA: &str = "pylon:micropython@0.1.0";

/// The pin file. All paths in it are relative to MicroPython's tree.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    schema: String,
    /// The first is what builds take unless another version is asked for.
    archive: Vec<Archive>,
    pub sources: Sources,
}

/// What of MicroPython's tree is compiled, and how.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sources {
    /// C files. They are named one by one, since a plan cannot look into a tree that is not fetched yet.
    pub files: Vec<String>,
    /// Those of them that are compiled for speed even where the rest is compiled for size.
    pub speed: Vec<String>,
    /// For these files and the port's, besides what xtask adds.
    pub flags: Vec<String>,
}

fn pin_file() -> String {
    format!("{RUNTIME}/micropython.toml")
}

impl Pin {
    /// Reads and checks the pin file of the checkout at `root`.
    pub fn load(root: &Path) -> Result<Pin> {
        archives::read_pin(root, &pin_file(), Pin::parse)
    }

    fn parse(text: &str) -> Result<Pin> {
        let pin: Pin = toml_edit::de::from_str(text)?;
        archives::check_pin(&pin.schema, SCHEMA, &pin.archive)?;
        if let Some(file) = pin.sources.speed.iter().find(|file| !pin.sources.files.contains(file))
        {
            bail!("`speed` names {file}, which `files` has not");
        }
        Ok(pin)
    }

    /// The archive of `version`, or the default one.
    ///
    /// Fails for a version that is not pinned; the error lists those that are.
    pub fn archive(&self, version: Option<&str>) -> Result<&Archive> {
        match version {
            Some(version) => archives::of_version(&self.archive, version, &pin_file()),
            None => self.archive.first().context("invariant: there is one"),
        }
    }

    /// The tree of `archive`, with our patches.
    pub fn tree(cx: &Context, archive: &Archive) -> Result<SourceTree> {
        Ok(SourceTree {
            name: archive.name.clone(),
            version: archive.version.clone(),
            archive: cx.ensure(archive)?,
            patches: Some(format!("{RUNTIME}/patches")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIN: &str = r#"
schema = "pylon:micropython@0.1.0"
[[archive]]
name = "MicroPython"
version = "1.25.0"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
local = "PYLON_MICROPYTHON_ARCHIVE"
debian = []
[sources]
files = ["py/vm.c", "py/gc.c"]
speed = ["py/vm.c"]
flags = []
"#;

    fn error(text: &str) -> String {
        format!("{:#}", Pin::parse(text).unwrap_err())
    }

    #[test]
    fn the_first_archive_is_the_default_and_an_unknown_version_lists_the_known_ones() {
        let pin = Pin::parse(PIN).unwrap();
        assert_eq!(pin.archive(None).unwrap().version, "1.25.0");
        assert_eq!(pin.archive(Some("1.25.0")).unwrap().version, "1.25.0");
        let error = format!("{:#}", pin.archive(Some("1.2")).unwrap_err());
        assert!(error.contains("MicroPython 1.2 is not pinned"), "{error}");
        assert!(error.contains("has 1.25.0"), "{error}");
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(error(&PIN.replace("0.1.0\"", "9.0.0\"")).contains("unknown schema"));
        let speed = error(&PIN.replace("speed = [\"py/vm.c\"]", "speed = [\"py/vmm.c\"]"));
        assert!(speed.contains("py/vmm.c"), "{speed}");
        let field = error(&PIN.replace("flags", "flagz"));
        assert!(field.contains("flagz") && field.contains("line"), "{field}");
    }
}
