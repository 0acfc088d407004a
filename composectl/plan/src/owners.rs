//! Whether only this user and root decide what a path means. sshd asks the same of its files (StrictModes): what
//! others can write, or put in the place of it, says nothing about whom this host trusts.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};

use crate::error::{Code, Error, Result};

/// More links than this on the way to a file lead in a circle, as for the kernel.
const MAX_LINKS: usize = 40;

/// `trust-verification-failed` unless `path`, all folders above it and all links on the way belong to this user or to
/// root, and nobody else can write them. A folder on the way may be one where everybody makes files but nobody
/// touches another's, such as `/tmp`. What does not exist is as good as what is ours: nobody else can make it.
pub fn check_owners(path: &Path) -> Result<()> {
    check_for(this_user(), path)
}

fn check_for(user: u32, path: &Path) -> Result<()> {
    let unreadable =
        |at: &Path, error: &io::Error| failed(format_args!("{}: {error}", at.display()));
    let absolute = std::path::absolute(path).map_err(|error| unreadable(path, &error))?;
    let mut to_go: VecDeque<OsString> = parts(&absolute);
    let mut here = PathBuf::from("/");
    let mut links = 0;
    check(user, &here, &metadata(&here)?, to_go.is_empty())?;
    while let Some(part) = to_go.pop_front() {
        if part == ".." {
            here.pop();
            continue;
        }
        here.push(part);
        let found = match here.symlink_metadata() {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(unreadable(&here, &error)),
        };
        if !found.is_symlink() {
            check(user, &here, &found, to_go.is_empty())?;
            continue;
        }
        check_owner(user, &here, &found)?;
        links += 1;
        let target = fs::read_link(&here).map_err(|error| unreadable(&here, &error))?;
        if links > MAX_LINKS {
            return Err(failed(format_args!("{}: too many symbolic links", path.display())));
        }
        here.pop();
        if target.is_absolute() {
            here = PathBuf::from("/");
        }
        for part in parts(&target).into_iter().rev() {
            to_go.push_front(part);
        }
    }
    Ok(())
}

fn parts(path: &Path) -> VecDeque<OsString> {
    let names = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some(OsString::from("..")),
        _ => None,
    });
    names.collect()
}

fn metadata(path: &Path) -> Result<Metadata> {
    path.symlink_metadata().map_err(|error| failed(format_args!("{}: {error}", path.display())))
}

fn check(user: u32, path: &Path, found: &Metadata, is_last: bool) -> Result<()> {
    check_owner(user, path, found)?;
    let mode = found.permissions().mode();
    let is_sticky = found.is_dir() && mode & 0o1000 != 0;
    if mode & 0o022 == 0 || (is_sticky && !is_last) {
        return Ok(());
    }
    let (whom, mend) = match mode & 0o002 {
        0 => ("its group", "g-w"),
        _ => ("every user", "go-w"),
    };
    Err(failed(format_args!("{} can be written by {whom}", path.display()))
        .with_context(format_args!("chmod {mend} {}", path.display())))
}

fn check_owner(user: u32, path: &Path, found: &Metadata) -> Result<()> {
    let owner = found.uid();
    if owner == 0 || owner == user {
        return Ok(());
    }
    Err(failed(format_args!(
        "{} belongs to the user {owner}, who is neither you nor root",
        path.display()
    ))
    .with_context("use a file or folder of your own, or chown it"))
}

/// The user whose files this process makes.
pub(crate) fn this_user() -> u32 {
    // SAFETY: reads a number of this process.
    unsafe { libc::geteuid() }
}

fn failed(message: std::fmt::Arguments<'_>) -> Error {
    Error::new(Code::TrustVerificationFailed, message)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{chown, symlink};

    use super::*;

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("ours");
    }

    /// `DIR/a/b/file`, all ours.
    fn place() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("a/b/file");
        fs::create_dir_all(file.parent().expect("has one")).expect("room");
        fs::write(&file, "").expect("room");
        for part in ["a", "a/b"] {
            mode(&folder.path().join(part), 0o755);
        }
        mode(&file, 0o644);
        (folder, file)
    }

    #[track_caller]
    fn refused(path: &Path, part: &str) {
        let error = check_owners(path).expect_err(part);
        assert_eq!(error.code, Code::TrustVerificationFailed);
        assert!(error.message.contains(part), "{error}");
    }

    #[test]
    fn what_others_can_write_is_not_believed() {
        let (folder, file) = place();
        assert_eq!(check_owners(&file), Ok(()));
        for (part, open, whom) in [
            ("a/b/file", 0o664, "its group"),
            ("a/b/file", 0o646, "every user"),
            ("a/b", 0o775, "its group"),
            ("a", 0o777, "every user"),
        ] {
            let path = folder.path().join(part);
            let before = fs::metadata(&path).expect("there").permissions();
            mode(&path, open);
            refused(&file, &format!("{part} can be written by {whom}"));
            fs::set_permissions(&path, before).expect("ours");
        }
        assert_eq!(check_owners(&file), Ok(()));
    }

    #[test]
    fn a_sticky_folder_is_a_way_but_no_end() {
        let (folder, file) = place();
        mode(&folder.path().join("a"), 0o1777);
        assert_eq!(check_owners(&file), Ok(()));
        refused(&folder.path().join("a"), "can be written by every user");
    }

    #[test]
    fn links_are_followed_and_their_ways_are_checked() {
        let (folder, file) = place();
        let (elsewhere, _) = place();
        symlink(&file, elsewhere.path().join("link")).expect("room");
        symlink("../link", elsewhere.path().join("a/to-link")).expect("room");
        let link = elsewhere.path().join("a/to-link");
        assert_eq!(check_owners(&link), Ok(()));
        mode(&folder.path().join("a/b"), 0o777);
        refused(&link, "a/b can be written by every user");
        mode(&folder.path().join("a/b"), 0o755);
        mode(&elsewhere.path().join("a"), 0o777);
        refused(&link, "a can be written by every user");
        symlink("round", elsewhere.path().join("round")).expect("room");
        refused(&elsewhere.path().join("round"), "too many symbolic links");
    }

    #[test]
    fn what_is_not_there_is_nobodys() {
        let (folder, _) = place();
        assert_eq!(check_owners(&folder.path().join("a/none/none")), Ok(()));
    }

    #[test]
    fn what_belongs_to_another_user_is_not_believed() {
        let (folder, file) = place();
        let us = this_user();
        if us != 0 {
            // Only root can give files away; to another user, these are another's.
            let error = check_for(us + 1, &file).expect_err("another user's");
            return assert!(
                error.message.contains(&format!("belongs to the user {us}")),
                "{error}"
            );
        }
        for part in ["a/b/file", "a/b", "a"] {
            let path = folder.path().join(part);
            chown(&path, Some(65534), None).expect("root may");
            refused(&file, &format!("{part} belongs to the user 65534"));
            chown(&path, Some(0), None).expect("root may");
        }
        symlink(&file, folder.path().join("link")).expect("room");
        std::os::unix::fs::lchown(folder.path().join("link"), Some(65534), None).expect("root may");
        refused(&folder.path().join("link"), "link belongs to the user 65534");
    }
}
