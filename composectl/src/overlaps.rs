//! Folders that are granted twice, or one within the other: where they overlap, the stricter grant counts.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, Mode, OFlags, StatxFlags, fstat, openat, statx};

use crate::beneath::Fences;

/// A folder as it was granted.
pub struct Folder<'a> {
    pub host: &'a Path,
    pub file: &'a File,
    pub read_only: bool,
}

/// Whether each of the folders is read-only, and what keeps those so that lie in others.
pub fn settle(folders: &[Folder<'_>]) -> io::Result<(Vec<bool>, Fences)> {
    let read_only = folders.iter().filter(|folder| folder.read_only);
    let fenced = read_only.clone().map(|folder| identity(folder.file));
    let fenced: Vec<_> = fenced.collect::<io::Result<_>>()?;
    let mut settled = Vec::with_capacity(folders.len());
    let mut overlap = false;
    for folder in folders {
        let strict = folder.read_only || lies_in_one_of(folder.file, &fenced)?;
        overlap |= !strict && read_only.clone().any(|other| may_contain(folder, other));
        settled.push(strict);
    }
    Ok((settled, Fences::new(fenced, overlap)))
}

/// Device and inode, whatever the path to it.
fn identity(folder: impl AsFd) -> io::Result<(u64, u64)> {
    let status = fstat(folder)?;
    Ok((status.st_dev, status.st_ino))
}

/// Whether the folder is one of these, or lies in one.
fn lies_in_one_of(folder: &File, these: &[(u64, u64)]) -> io::Result<bool> {
    if these.is_empty() {
        return Ok(false);
    }
    let mut at: OwnedFd = folder.try_clone()?.into();
    let mut last = None;
    loop {
        let here = identity(&at)?;
        if these.contains(&here) {
            return Ok(true);
        }
        // The root is the folder above itself.
        if last == Some(here) {
            return Ok(false);
        }
        last = Some(here);
        let above = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        at = openat(&at, "..", above, Mode::empty())?;
    }
}

/// Whether `inner` may be met below `outer`: by its name, or because it is mounted at another place, too.
fn may_contain(outer: &Folder<'_>, inner: &Folder<'_>) -> bool {
    let by_name = match (outer.host.canonicalize(), inner.host.canonicalize()) {
        (Ok(outer), Ok(inner)) => inner.starts_with(outer),
        _ => true,
    };
    let device = |folder: &Folder<'_>| identity(folder.file).ok().map(|(device, _)| device);
    let mounted_elsewhere = || match (mount(outer.file), mount(inner.file)) {
        (Some(outer), Some(inner)) => outer != inner,
        _ => true,
    };
    by_name || (device(outer) == device(inner) && mounted_elsewhere())
}

/// The number of the mount; Linux tells it since 5.8.
fn mount(folder: &File) -> Option<u64> {
    let status = statx(folder, "", AtFlags::EMPTY_PATH, StatxFlags::MNT_ID).ok()?;
    StatxFlags::from_bits_retain(status.stx_mask)
        .contains(StatxFlags::MNT_ID)
        .then_some(status.stx_mnt_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stricter_grant_counts_for_a_folder_and_what_lies_in_it() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(path("a/b/c")).expect("room");
        std::fs::create_dir(path("d")).expect("room");
        std::os::unix::fs::symlink("a/b", path("link")).expect("room");
        let settle = |grants: &[(&str, bool)]| {
            let paths: Vec<_> = grants.iter().map(|(name, _)| path(name)).collect();
            let files: Vec<_> = paths.iter().map(|path| File::open(path).expect("there")).collect();
            let folders = grants.iter().zip(&paths).zip(&files);
            let folders: Vec<_> = folders
                .map(|(((_, read_only), host), file)| Folder { host, file, read_only: *read_only })
                .collect();
            let (settled, fences) = settle(&folders).expect("can be looked at");
            (settled, fences.overlap())
        };
        assert_eq!(settle(&[("a", false), ("d", true)]), (vec![false, true], false));
        assert_eq!(settle(&[("a", false), ("a", true)]), (vec![true, true], false));
        assert_eq!(settle(&[("a", true), ("a/b/c", false)]), (vec![true, true], false));
        assert_eq!(settle(&[("a/b", true), ("link", false)]), (vec![true, true], false));
        assert_eq!(settle(&[("link", true), ("a/b/c", false)]), (vec![true, true], false));
        assert_eq!(settle(&[("a", false), ("a/b", true)]), (vec![false, true], true));
        assert_eq!(settle(&[("a", false), ("link", true)]), (vec![false, true], true));
    }
}
