//! What becomes of a wheel with native code, which nothing here can load.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::normalized;
use crate::manifest::Workspace;

/// Which packages do without their native code, and what serves in place of which.
#[derive(Default)]
pub struct Native {
    without: BTreeMap<String, String>,
    serves: BTreeMap<String, String>,
    provided: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    serves: BTreeMap<String, String>,
    without: BTreeMap<String, String>,
}

impl Native {
    /// The list of the checkout, with the modules that extensions provide under a package's own name.
    pub fn load(workspace: &Workspace) -> Result<Native> {
        let file: File =
            toml_edit::de::from_str(include_str!("native.toml")).context("native.toml")?;
        let normal = |map: BTreeMap<String, String>| -> BTreeMap<String, String> {
            map.into_iter().map(|(name, text)| (normalized(&name), text)).collect()
        };
        let mut provided = BTreeMap::new();
        for extension in &workspace.extensions {
            for each in &extension.provides {
                let text = format!("the cap `{}`: `import {}`", extension.name, each.module);
                provided.insert(normalized(&each.module), text);
            }
        }
        Ok(Native { without: normal(file.without), serves: normal(file.serves), provided })
    }

    /// Whether the name of a wheel says that there is native code in it.
    pub fn is_wheel(file: &str) -> bool {
        !file.ends_with("-any.whl")
    }

    /// Whether a file of a wheel is native code.
    pub fn is_file(name: &str) -> bool {
        let ends = [".so", ".pyd", ".dll", ".dylib"].iter().any(|ending| name.ends_with(ending));
        ends || name.contains(".so.")
    }

    /// Whether a package serves without its native code.
    pub fn can_be_left_out(&self, package: &str) -> bool {
        self.without.contains_key(package)
    }

    /// The cap that has the modules of a package under the same names.
    pub fn provided(&self, package: &str) -> Option<&str> {
        self.provided.get(package).map(String::as_str)
    }

    /// What to do in place of a package.
    pub fn hint(&self, package: &str) -> String {
        match self.provided.get(package).or_else(|| self.serves.get(package)) {
            Some(what) => format!("in its place there is {what}; leave it out of --with"),
            None => "no cap has it; an older version may do without: NAME<VERSION".to_owned(),
        }
    }
}
