//! The stamp of a file: what the file system changes whenever the file's content changes.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// Identity, size and times of a file.
///
/// Two equal stamps mean equal content, if the file was at rest when the first was taken ([`Stamp::settled`]):
/// any write sets the change time (ctime) to now, and no program can set it back. Moving another file to the
/// place changes device or inode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    pub device: u64,
    pub inode: u64,
    pub size: u64,
    mtime_ns: i128,
    ctime_ns: i128,
}

/// File times are as coarse as the kernel's tick (1 to 10 ms), and up to two seconds on some file systems.
const COARSEST_CLOCK: Duration = Duration::from_secs(2);

impl Stamp {
    /// The stamp in `metadata`.
    pub fn of(metadata: &Metadata) -> Self {
        let nanoseconds =
            |seconds: i64, rest: i64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            mtime_ns: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            ctime_ns: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// Whether the file had been at rest long enough before `now` that a later write must show in the stamp.
    /// A file written a moment ago may be written again within the same tick of the clock.
    pub fn settled(&self, now: SystemTime) -> bool {
        let Ok(now) = now.duration_since(UNIX_EPOCH) else { return false };
        let newest = self.mtime_ns.max(self.ctime_ns);
        i128::try_from(now.as_nanos())
            .is_ok_and(|now| now - newest > COARSEST_CLOCK.as_nanos() as i128)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rewriting_with_the_same_size_and_mtime_changes_the_stamp() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), b"one").expect("can write");
        let before = std::fs::metadata(file.path()).expect("it exists");
        std::thread::sleep(Duration::from_millis(30));
        std::fs::write(file.path(), b"two").expect("can write");
        file.as_file()
            .set_modified(before.modified().expect("has one"))
            .expect("can set mtime back");
        let after = std::fs::metadata(file.path()).expect("it exists");
        assert_eq!(before.modified().ok(), after.modified().ok());
        assert_ne!(Stamp::of(&before), Stamp::of(&after));
    }

    #[test]
    fn a_file_just_written_is_not_settled() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        let stamp = Stamp::of(&file.as_file().metadata().expect("it exists"));
        assert!(!stamp.settled(SystemTime::now()));
        assert!(stamp.settled(SystemTime::now() + Duration::from_secs(3)));
    }
}
