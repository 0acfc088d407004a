//! File systems that are no part of a granted folder: those that the kernel makes up, and devices.

use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::sync::OnceLock;

use rustix::fs::{fstat, fstatfs};
use rustix::io::Result;

/// Whether what was opened lies in a file system that tells of the machine, its processes or devices, or rules them.
pub fn is_special(file: impl AsFd) -> Result<bool> {
    Ok(is_of_kernel(&file)? || Some(fstat(&file)?.st_dev) == devices())
}

/// The device of the file system that is mounted at `/dev`. It says that it is a tmpfs, on most machines.
fn devices() -> Option<u64> {
    static DEVICES: OnceLock<Option<u64>> = OnceLock::new();
    *DEVICES.get_or_init(|| {
        let device = |path| std::fs::metadata(path).ok().map(|metadata| metadata.dev());
        device("/dev").filter(|devices| Some(*devices) != device("/"))
    })
}

/// Whether the file system is made by the kernel as it is read: procfs, sysfs, cgroups and their like.
pub fn is_of_kernel(file: impl AsFd) -> Result<bool> {
    let status = fstatfs(file)?;
    // The type has the size of a word of the processor, the numbers that of 32 bits.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "as magic.h has them"
    )]
    let magic = status.f_type as u32;
    // They have no blocks. So have some that hold files, and one that came to have some is of the kernel nevertheless.
    let holds_nothing = status.f_blocks == 0 && !HOLD_FILES.contains(&magic);
    Ok(holds_nothing || OF_KERNEL.contains(&magic))
}

/// File systems for files, with numbers of `statfs(2)`, that may say that they have no blocks.
const HOLD_FILES: [u32; 14] = [
    0x0102_1994, // tmpfs
    0x8584_58f6, // ramfs
    0x794c_7630, // overlayfs
    0x6573_5546, // FUSE, virtiofs
    0x0102_1997, // 9p
    0x6969,      // NFS
    0xff53_4d42, // CIFS
    0xfe53_4d42, // SMB 2
    0x00c3_6400, // Ceph
    0x5346_414f, // AFS
    0x6b41_4653, // kAFS
    0x7375_7245, // Coda
    0xf15f,      // eCryptfs
    0x0187,      // autofs: what it mounts is looked at for itself
];

/// File systems of the kernel's own, by the same numbers.
const OF_KERNEL: [u32; 25] = [
    0x9fa0,      // procfs
    0x6265_6572, // sysfs
    0x1cd1,      // devpts
    0x1980_0202, // mqueue
    0x6462_6720, // debugfs
    0x7472_6163, // tracefs
    0x0027_e0eb, // cgroup
    0x6367_7270, // cgroup 2
    0x7363_6673, // securityfs
    0xcafe_4a11, // bpf
    0xf97c_ff8c, // SELinux
    0x4341_5d53, // Smack
    0x5a3c_69f0, // AppArmor
    0x6165_676c, // pstore
    0xde5e_81e4, // efivarfs
    0x6265_6570, // configfs
    0x4249_4e4d, // binfmt_misc
    0x6e73_6673, // nsfs
    0x5049_4446, // pidfs
    0x6573_5543, // FUSE's connections
    0x6759_6969, // rpc_pipefs
    0x6e66_7364, // nfsd
    0x0765_5821, // resctrl
    0x9584_58f6, // hugetlbfs
    0x6c6f_6f70, // binder
];
