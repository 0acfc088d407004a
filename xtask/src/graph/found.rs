//! What a step turns out to depend on while it runs, besides what it declared.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use fs_err as fs;
use serde::{Deserialize, Serialize};

/// Something of the checkout; paths are relative to it and spelled as the compiler spells them, so that the kernel
/// resolves them as it did for the compiler: a link may be turned, and `..` behind a link is not the folder before it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Found {
    /// A file that was read, or looked for in vain: its content, or that there is none.
    File(String),
    /// The names below a folder that was searched.
    Names(String),
}

impl Found {
    /// `path`, absolute or relative to the checkout at `root`, for a key: relative to the checkout.
    ///
    /// Fails for a file outside of the checkout, and names where it really is.
    pub fn spelled(root: &Path, path: &Path) -> Result<String> {
        let place = root.join(path);
        let real = fs::canonicalize(&place).ok();
        let inside = real
            .as_ref()
            .is_none_or(|real| fs::canonicalize(root).is_ok_and(|root| real.starts_with(root)));
        let relative = place.strip_prefix(root);
        match (relative, real) {
            (Ok(relative), _) if inside => Ok(relative
                .to_str()
                .with_context(|| {
                    format!("{} is not a UTF-8 name\nhint: give it another", relative.display())
                })?
                .to_owned()),
            (_, real) => bail!(
                "{} is outside of the checkout{}\n\
                 hint: what changes there would not be seen; copy it into the checkout, or make a recipe for it in vendor/",
                path.display(),
                real.map_or(String::new(), |real| format!(": it is {}", real.display()))
            ),
        }
    }

    pub fn path(&self, root: &Path) -> PathBuf {
        match self {
            Found::File(path) | Found::Names(path) => root.join(path),
        }
    }

    /// For `explain`, and part of the key.
    pub fn label(&self) -> String {
        match self {
            Found::File(path) => format!("file {path}"),
            Found::Names(path) => format!("names below {path}"),
        }
    }
}
