//! The stamp of a file: what the file system changes whenever the file's content changes, and when that may be believed.
//!
//! A stamp alone is not enough. Two file systems that are mounted one after the other on one device may have files with
//! equal stamps (images that are built reproducibly do). And who has a page of a file mapped and dirty changes it without
//! any time changing. So what is remembered is a [`Sighting`], and only of a file that [`Sighting::to_remember`] admits.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::{AtFlags, CWD, FileType, StatVfsMountFlags, Statx, StatxFlags};
use serde::{Deserialize, Serialize};

/// Identity, size and times of a file.
///
/// Two equal stamps of one file system mean equal content, if the file was at rest when the first was taken
/// ([`Stamp::settled`]) and no page of it was mapped and dirty: any other write sets the change time (ctime) to now, and
/// no program can set it back. Moving another file to the place changes device or inode.
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

    fn of_statx(seen: &Statx) -> Self {
        let nanoseconds = |time: rustix::fs::StatxTimestamp| {
            i128::from(time.tv_sec) * 1_000_000_000 + i128::from(time.tv_nsec)
        };
        Self {
            device: rustix::fs::makedev(seen.stx_dev_major, seen.stx_dev_minor),
            inode: seen.stx_ino,
            size: seen.stx_size,
            mtime_ns: nanoseconds(seen.stx_mtime),
            ctime_ns: nanoseconds(seen.stx_ctime),
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

/// A stamp, and in which mount of which boot it was seen. Two equal ones mean equal content, if the first was given by
/// [`Sighting::to_remember`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// What was seen.
    pub stamp: Stamp,
    /// The kernel's number of the mount.
    pub mount: u64,
    /// Mounts are numbered anew by each boot.
    pub boot: u128,
}

impl Sighting {
    /// What is to be seen of the file at `path`; nothing if it is no file or the kernel cannot tell its mount from others.
    pub fn at(path: &Path) -> io::Result<Option<Self>> {
        let seen = rustix::fs::statx(CWD, path, AtFlags::empty(), WANTED)?;
        Ok(Self::of_statx(&seen))
    }

    /// The same of an open file.
    pub fn of(file: &File) -> io::Result<Option<Self>> {
        let seen = rustix::fs::statx(file, "", AtFlags::EMPTY_PATH, WANTED)?;
        Ok(Self::of_statx(&seen))
    }

    /// The same of a file that is about to be read, if every later change of it must show: no page of it is dirty any
    /// more, its file system notes writes through mappings, and it has been at rest.
    pub fn to_remember(file: &File) -> Option<Self> {
        if !notes_every_write(file) {
            return None;
        }
        let seen = rustix::fs::statx(file, "", AtFlags::EMPTY_PATH, WANTED).ok()?;
        if !is_unique(seen.stx_mask) && is_read_only(file) {
            return None;
        }
        let sighting = Self::of_statx(&seen)?;
        sighting.stamp.settled(SystemTime::now()).then_some(sighting)
    }

    fn of_statx(seen: &Statx) -> Option<Self> {
        if FileType::from_raw_mode(seen.stx_mode.into()) != FileType::RegularFile {
            return None;
        }
        let mount = mount(seen.stx_mask, seen.stx_mnt_id, seen.stx_dev_major)?;
        Some(Self { stamp: Stamp::of_statx(seen), mount, boot: boot()? })
    }
}

/// A number of the mount that no other mount of this boot has (Linux 6.8). Named here, since rustix does not.
const UNIQUE_MOUNT: StatxFlags = StatxFlags::from_bits_retain(libc::STATX_MNT_ID_UNIQUE);
const WANTED: StatxFlags = StatxFlags::BASIC_STATS.union(StatxFlags::MNT_ID).union(UNIQUE_MOUNT);

fn is_unique(answered: u32) -> bool {
    StatxFlags::from_bits_retain(answered).contains(UNIQUE_MOUNT)
}

/// What tells the mount from others. Older kernels use a number again when its mount is gone. There a file of a loop
/// device, whose image may be exchanged, is not told apart, and one of a read-only mount is not remembered.
fn mount(answered: u32, id: u64, device_major: u32) -> Option<u64> {
    const LOOP: u32 = 7;
    let any = StatxFlags::from_bits_retain(answered).contains(StatxFlags::MNT_ID);
    (is_unique(answered) || any && device_major != LOOP).then_some(id)
}

fn is_read_only(file: &File) -> bool {
    rustix::fs::fstatvfs(file)
        .map_or(true, |about| about.f_flag.contains(StatVfsMountFlags::RDONLY))
}

/// Which boot this is; nothing where the kernel does not say.
fn boot() -> Option<u128> {
    static BOOT: OnceLock<Option<u128>> = OnceLock::new();
    *BOOT.get_or_init(|| {
        let mut text = [0; 36];
        File::open("/proc/sys/kernel/random/boot_id").ok()?.read_exact(&mut text).ok()?;
        u128::from_str_radix(&str::from_utf8(&text).ok()?.replace('-', ""), 16).ok()
    })
}

/// Whether every write from now on changes the file's times, also one through a mapping that exists already.
///
/// Local file systems on a disk protect a clean page against writing, and change the times when that protection is met;
/// so all pages have to be written back. Asking where the blocks lie, with the flag to sync, does that for the very file
/// on the disk, also beneath an overlay (whose own fsync may do nothing), and fails where there are no blocks: tmpfs, which
/// never changes times for mappings, and most of what is shared with other machines.
fn notes_every_write(file: &File) -> bool {
    const EXT: u64 = 0xef53;
    const XFS: u64 = 0x5846_5342;
    const BTRFS: u64 = 0x9123_683e;
    const F2FS: u64 = 0xf2f5_2010;
    const OVERLAY: u64 = 0x794c_7630;
    let kind = rustix::fs::fstatfs(file).map(|about| about.f_type as u64);
    kind.is_ok_and(|kind| [EXT, XFS, BTRFS, F2FS, OVERLAY].contains(&kind)) && write_back(file)
}

/// `struct fiemap` of linux/fiemap.h, without room for extents.
#[repr(C)]
struct Fiemap {
    start: u64,
    length: u64,
    flags: u32,
    mapped_extents: u32,
    extent_count: u32,
    reserved: u32,
}

fn write_back(file: &File) -> bool {
    /// `_IOWR('f', 11, struct fiemap)`.
    const FS_IOC_FIEMAP: libc::Ioctl = 0xc020_660b;
    const FIEMAP_FLAG_SYNC: u32 = 1;
    let mut request = Fiemap {
        start: 0,
        length: u64::MAX,
        flags: FIEMAP_FLAG_SYNC,
        mapped_extents: 0,
        extent_count: 0,
        reserved: 0,
    };
    // SAFETY: the request has the layout that the kernel expects; with no room for extents it writes only into it.
    unsafe { libc::ioctl(file.as_raw_fd(), FS_IOC_FIEMAP, &raw mut request) == 0 }
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
        let metadata = file.as_file().metadata().expect("it exists");
        let (stamp, written) = (Stamp::of(&metadata), metadata.modified().expect("has one"));
        assert!(!stamp.settled(written + Duration::from_secs(1)));
        assert!(stamp.settled(written + Duration::from_secs(3)));
    }

    #[test]
    fn a_mount_counts_only_if_it_can_be_told_from_others() {
        let (unique, reused) = (UNIQUE_MOUNT.bits(), StatxFlags::MNT_ID.bits());
        assert_eq!(mount(unique, 5, 7), Some(5));
        assert_eq!(mount(reused, 5, 8), Some(5));
        assert_eq!(mount(reused, 5, 7), None, "the image of a loop device may be exchanged");
        assert_eq!(mount(StatxFlags::BASIC_STATS.bits(), 5, 8), None);
    }
}
