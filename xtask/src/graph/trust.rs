//! Whether a folder of the cache may be believed: what lies in it is linked into results, and programs are run out of
//! it. The rule is that of sshd's StrictModes, and of composectl's own cache: nobody but its user, or root, could have
//! put anything there.

use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use fs_err as fs;

/// Write permission for the group or for all.
const OTHERS_WRITE: u32 = 0o022;
/// In a folder with this bit nobody can exchange what is another's.
const STICKY: u32 = 0o1000;

/// Creates `folder`, and what is missing above it, for this user alone.
pub fn create_private(folder: &Path) -> Result<()> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.with_context(|| {
        format!("cannot create the folder {} (PYLON_CACHE_DIR names another)", folder.display())
    })
}

/// Fails unless `folder` is a folder of this user, no link, in which nobody else can write.
pub fn check_own(folder: &Path) -> Result<()> {
    let meta = fs::symlink_metadata(folder)?;
    let user = rustix::process::geteuid().as_raw();
    if !meta.is_dir() {
        bail!(
            "the cache's {} is no folder\nhint: remove it, or set PYLON_CACHE_DIR",
            folder.display()
        );
    }
    if meta.uid() != user {
        bail!(
            "the cache's folder {} belongs to user {}, and this is user {user}\n\
             hint: remove it, or set PYLON_CACHE_DIR to a folder of your own",
            folder.display(),
            meta.uid()
        );
    }
    if meta.mode() & OTHERS_WRITE != 0 {
        bail!(
            "others can write to the cache's folder {}\n\
             hint: remove it, or `chmod go-w` it if nobody else has written there",
            folder.display()
        );
    }
    Ok(())
}

/// Fails if another user can exchange `folder`: each folder above it has to belong to this user or to root, and not be
/// writable by others, unless it is sticky.
pub fn check_parents(folder: &Path) -> Result<()> {
    let real = fs::canonicalize(folder)?;
    let user = rustix::process::geteuid().as_raw();
    for parent in real.ancestors().skip(1) {
        let meta = fs::metadata(parent)?;
        let foreign = ![0, user].contains(&meta.uid());
        let open = meta.mode() & OTHERS_WRITE != 0 && meta.mode() & STICKY == 0;
        if foreign || open {
            let problem =
                if foreign { "belongs to another user" } else { "can be written to by others" };
            bail!(
                "the cache {} lies in {}, which {problem}\n\
                 hint: set PYLON_CACHE_DIR to a folder that only you can exchange",
                folder.display(),
                parent.display()
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn error(result: Result<()>) -> String {
        format!("{:#}", result.unwrap_err())
    }

    #[test]
    fn a_folder_that_others_can_write_to_or_exchange_is_not_believed() {
        let dir = tempfile::tempdir().unwrap();
        let parent = dir.path().join("parent");
        let cache = parent.join("cache");
        create_private(&cache).unwrap();
        let mode = |path: &Path, mode| {
            fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        assert_eq!(fs::metadata(&cache).unwrap().mode() & 0o777, 0o700);
        check_own(&cache).unwrap();
        check_parents(&cache).unwrap();

        mode(&cache, 0o770);
        assert!(error(check_own(&cache)).contains("others can write"));
        mode(&cache, 0o755);
        check_own(&cache).unwrap();

        mode(&parent, 0o777);
        assert!(error(check_parents(&cache)).contains("can be written to by others"));
        mode(&parent, 0o1777);
        check_parents(&cache).unwrap();

        std::os::unix::fs::symlink(&cache, dir.path().join("link")).unwrap();
        assert!(error(check_own(&dir.path().join("link"))).contains("is no folder"));
    }
}
