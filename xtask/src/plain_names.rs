//! Names without odd characters for folders whose own names have some: CPython's configure and make take a space in a
//! path for the end of it.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// A private folder of links, gone when dropped.
pub struct PlainNames(tempfile::TempDir);

impl PlainNames {
    /// Fails if no folder for temporary files has a plain name itself.
    pub fn new() -> Result<PlainNames> {
        let folders = [std::env::temp_dir(), "/tmp".into(), "/var/tmp".into()];
        let Some(folder) = folders.into_iter().find(|folder| is_plain(folder) && folder.is_dir())
        else {
            bail!(
                "no folder for temporary files has a plain name\n\
                 hint: set TMPDIR to a folder whose path has only letters, digits and `-_./` in it"
            );
        };
        let folder = tempfile::Builder::new()
            .prefix("pylon-")
            .tempdir_in(&folder)
            .with_context(|| format!("cannot create a folder in {}", folder.display()))?;
        Ok(PlainNames(folder))
    }

    /// Another path to `folder`.
    pub fn link(&self, name: &str, folder: &Path) -> Result<PathBuf> {
        let link = self.0.path().join(name);
        symlink(folder, &link).with_context(|| format!("cannot create {}", link.display()))?;
        Ok(link)
    }
}

/// Whether no tool takes a part of the path for something else.
pub fn is_plain(path: &Path) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    path.is_absolute() && path.to_str().is_some_and(|path| path.chars().all(plain))
}

/// Fails for a folder to build in or to keep results in that tools cannot be told of, whatever quotes are used.
pub fn check(what: &str, folder: &Path) -> Result<()> {
    let reserved = |c: char| c.is_control() || "=:".contains(c);
    match folder.to_str() {
        Some(path) if !path.contains(reserved) => Ok(()),
        _ => bail!(
            "{what} is {}: the compiler cannot be told of a path with `=`, `:`, control characters or bytes that are not UTF-8\n\
             hint: give it another name",
            folder.to_string_lossy().escape_debug()
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    #[test]
    fn a_folder_with_any_name_has_a_plain_one() {
        let dir = tempfile::tempdir().unwrap();
        let odd = dir.path().join("o'brien \"ltd\" $x & (ü)");
        std::fs::create_dir(&odd).unwrap();
        std::fs::write(odd.join("file"), "text").unwrap();
        let names = PlainNames::new().unwrap();
        let link = names.link("odd", &odd).unwrap();
        assert!(is_plain(&link), "{}", link.display());
        assert_eq!(std::fs::read(link.join("file")).unwrap(), b"text");
        check("it", &odd).unwrap();
    }

    #[test]
    fn a_path_that_no_tool_can_be_told_of_is_refused() {
        for bad in [&b"/a=b"[..], b"/a:b", b"/a\nb", b"/a\xff"] {
            let error = check("the cache", Path::new(OsStr::from_bytes(bad))).unwrap_err();
            assert!(error.to_string().contains("hint:"), "{error}");
        }
    }
}
