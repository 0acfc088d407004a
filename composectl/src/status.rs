//! What WASI tells of a file, by one question to the system, and of which file it is.
//!
//! wasmtime-wasi tells the time of a file's birth as that of its last change of status; here it is the latter, as
//! programs know it.

use std::fs::{File, Metadata};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt as _;

use rustix::fs::{AtFlags, FileType, Statx, StatxAttributes, StatxFlags, makedev, statx};
use rustix::io::Result;
use wasmtime_wasi::filesystem::Descriptor;
use wasmtime_wasi::p2::bindings::clocks::wall_clock::Datetime;
use wasmtime_wasi::p2::bindings::filesystem::types::{
    DescriptorStat, DescriptorType, MetadataHashValue,
};

/// Seconds since 1970 and nanoseconds.
type Time = (i64, i64);

/// The status of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    mode: u32,
    links: u64,
    size: u64,
    accessed: Time,
    modified: Time,
    changed: Time,
    /// Which file it is: its device and number.
    file: (u64, u64),
}

impl Status {
    pub fn of(file: &File) -> std::io::Result<Self> {
        Ok(Self::from(&file.metadata()?))
    }

    pub fn of_descriptor(descriptor: &Descriptor) -> std::io::Result<Self> {
        match descriptor {
            Descriptor::File(file) => Self::of(&file.file),
            Descriptor::Dir(folder) => Self::of(&folder.dir),
        }
    }

    /// Of what has this name in the folder, a link included; none if something is mounted there, or nobody knows
    /// whether it is. Linux tells it since 5.8.
    pub fn at(folder: impl AsFd, name: &str) -> Result<Option<Self>> {
        let flags = AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT;
        let status = statx(folder, name, flags, StatxFlags::BASIC_STATS)?;
        let known = status.stx_attributes_mask.contains(StatxAttributes::MOUNT_ROOT)
            && StatxFlags::from_bits_retain(status.stx_mask).contains(StatxFlags::BASIC_STATS);
        let mounted = status.stx_attributes.contains(StatxAttributes::MOUNT_ROOT);
        Ok((known && !mounted).then(|| Self::from(&status)))
    }

    pub fn told(&self) -> DescriptorStat {
        DescriptorStat {
            type_: kind(FileType::from_raw_mode(self.mode)),
            link_count: self.links,
            size: self.size,
            data_access_timestamp: datetime(self.accessed),
            data_modification_timestamp: datetime(self.modified),
            status_change_timestamp: datetime(self.changed),
        }
    }

    /// The same for the same file, however it is asked for.
    pub fn identity(&self) -> MetadataHashValue {
        let hash = |identity: (u64, u64)| {
            let mut hasher = DefaultHasher::new();
            identity.hash(&mut hasher);
            hasher.finish()
        };
        let (device, number) = self.file;
        MetadataHashValue { lower: hash((device, number)), upper: hash((number, device)) }
    }
}

impl From<&Metadata> for Status {
    fn from(status: &Metadata) -> Self {
        Self {
            mode: status.mode(),
            links: status.nlink(),
            size: status.size(),
            accessed: (status.atime(), status.atime_nsec()),
            modified: (status.mtime(), status.mtime_nsec()),
            changed: (status.ctime(), status.ctime_nsec()),
            file: (status.dev(), status.ino()),
        }
    }
}

impl From<&Statx> for Status {
    fn from(status: &Statx) -> Self {
        Self {
            mode: status.stx_mode.into(),
            links: status.stx_nlink.into(),
            size: status.stx_size,
            accessed: (status.stx_atime.tv_sec, status.stx_atime.tv_nsec.into()),
            modified: (status.stx_mtime.tv_sec, status.stx_mtime.tv_nsec.into()),
            changed: (status.stx_ctime.tv_sec, status.stx_ctime.tv_nsec.into()),
            file: (makedev(status.stx_dev_major, status.stx_dev_minor), status.stx_ino),
        }
    }
}

/// WASI's name for a type of file.
pub fn kind(of: FileType) -> DescriptorType {
    match of {
        FileType::RegularFile => DescriptorType::RegularFile,
        FileType::Directory => DescriptorType::Directory,
        FileType::Symlink => DescriptorType::SymbolicLink,
        FileType::Fifo => DescriptorType::Fifo,
        FileType::Socket => DescriptorType::Socket,
        FileType::CharacterDevice => DescriptorType::CharacterDevice,
        FileType::BlockDevice => DescriptorType::BlockDevice,
        FileType::Unknown => DescriptorType::Unknown,
    }
}

/// None before 1970, which WASI cannot tell.
fn datetime((seconds, nanoseconds): Time) -> Option<Datetime> {
    Some(Datetime { seconds: seconds.try_into().ok()?, nanoseconds: nanoseconds.try_into().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_the_same_by_name_and_by_descriptor() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), "three").unwrap();
        let opened = |name| File::open(folder.path().join(name)).unwrap();
        let by_descriptor = Status::of(&opened("file")).unwrap();
        let by_name = Status::at(opened("."), "file").unwrap();
        assert!(by_name.is_none_or(|by_name| by_name == by_descriptor));
        let told = by_descriptor.told();
        assert_eq!((told.type_, told.size, told.link_count), (DescriptorType::RegularFile, 5, 1));

        std::fs::write(folder.path().join("other"), "three").unwrap();
        let other = Status::of(&opened("other")).unwrap();
        let numbers = |status: Status| (status.identity().lower, status.identity().upper);
        assert_ne!(numbers(other), numbers(by_descriptor));
    }

    #[test]
    fn where_something_is_mounted_must_be_looked_at() {
        assert_eq!(Status::at(File::open("/").unwrap(), "proc"), Ok(None));
    }

    #[test]
    fn times_before_1970_are_not_told() {
        assert!(datetime((-1, 0)).is_none());
        assert_eq!(datetime((1, 2)).map(|time| (time.seconds, time.nanoseconds)), Some((1, 2)));
    }
}
