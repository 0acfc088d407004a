//! Files that are whole or not there; and the one way in which files of this machine are opened.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use file_sighting::Sighting;

use crate::error::{Code, Error, Result};

/// What a file is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// To be read. A symbolic link is followed.
    Read,
    /// To be read. A symbolic link is refused.
    ReadNoLink,
    /// To be locked; made with these permissions if it is not there. A symbolic link is refused.
    Lock(u32),
    /// To be written; made with these permissions, and refused if anything is there.
    New(u32),
    /// A folder, to be locked.
    Folder,
}

/// Opens a file of this machine: a regular file, or for [`Opening::Folder`] a folder. Whatever else is there is an
/// error and never waited for (a pipe would be, for its other end). composectl opens files by no other function
/// (`composectl/clippy.toml`).
#[allow(clippy::disallowed_methods, reason = "this is the function")]
pub fn open(path: &Path, opening: Opening) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let flags = match opening {
        Opening::Read => options.read(true).custom_flags(NO_WAIT),
        Opening::ReadNoLink => options.read(true).custom_flags(NO_WAIT | libc::O_NOFOLLOW),
        Opening::Lock(mode) => {
            let options = options.write(true).create(true).truncate(false).mode(mode);
            options.custom_flags(NO_WAIT | libc::O_NOFOLLOW)
        }
        Opening::New(mode) => options.write(true).create_new(true).mode(mode),
        Opening::Folder => options.read(true).custom_flags(libc::O_DIRECTORY),
    };
    let file = flags.open(path).map_err(|error| match error.raw_os_error() {
        // A pipe or a socket that is opened to be written.
        Some(libc::ENXIO) => io::Error::other("is no regular file"),
        Some(libc::ELOOP) if opening != Opening::Read => {
            io::Error::other("is a symbolic link, which is not followed here")
        }
        _ => error,
    })?;
    let kind = file.metadata()?.file_type();
    if kind.is_file() || opening == Opening::Folder {
        return Ok(file);
    }
    let what = if kind.is_dir() {
        "a folder"
    } else if kind.is_fifo() {
        "a pipe"
    } else {
        "a device"
    };
    Err(io::Error::other(format!("is {what}, no regular file")))
}

/// Regular files do not know the first flag; no terminal becomes that of this process.
const NO_WAIT: i32 = libc::O_NONBLOCK | libc::O_NOCTTY;

/// The content of a regular file of at most `most` bytes.
pub fn read_bounded(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    read_opened(&open(path, Opening::Read)?, most)
}

/// The content of an opened file of at most `most` bytes.
pub fn read_opened(file: &File, most: u64) -> io::Result<Vec<u8>> {
    let too_large = || {
        let reason = format!("is larger than {most} bytes");
        io::Error::new(io::ErrorKind::FileTooLarge, reason)
    };
    let length = file.metadata()?.len();
    if length > most {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(usize::try_from(length).unwrap_or(usize::MAX).saturating_add(1))?;
    // It may grow while it is read.
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most { Err(too_large()) } else { Ok(bytes) }
}

/// What was read of a file, and how to see later that it is still the same.
#[derive(Debug)]
pub struct Noted {
    /// The content.
    pub bytes: Vec<u8>,
    /// As long as this is to be seen of the file, it has this content; nothing if that cannot be told.
    pub sighting: Option<Sighting>,
}

/// As [`read_opened`], and what is to be seen of the file.
pub fn read_noted(file: &File, most: u64) -> io::Result<Noted> {
    let before = Sighting::to_remember(file);
    let bytes = read_opened(file, most)?;
    // Only what was the same before and after counts.
    let sighting = before.filter(|before| Sighting::of(file).ok().flatten() == Some(*before));
    Ok(Noted { bytes, sighting })
}

/// [`read_bounded`] with the errors of blobs. `blob-not-found`: there is no such file; `blob-io-error`: it is larger,
/// no regular file, or cannot be read.
pub fn read_file(path: &Path, most: u64) -> Result<Vec<u8>> {
    read_bounded(path, most).map_err(|error| blob_error(path, &error))
}

/// The error of reading a blob.
pub(crate) fn blob_error(path: &Path, error: &io::Error) -> Error {
    let code = match error.kind() {
        io::ErrorKind::NotFound => Code::BlobNotFound,
        _ => Code::BlobIoError,
    };
    Error::new(code, format_args!("{}: {error}", path.display()))
}

/// Writes a file so that a reader, and whoever comes after a crash, sees the old content or the new one and
/// nothing between. `mode` are the permissions of a file that is new; an existing one keeps its own.
pub fn write_atomically(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let mode = fs::metadata(path).map_or(mode, |metadata| metadata.permissions().mode() & 0o7777);
    let mut temporary = temporary_beside(path)?;
    temporary.write_all(bytes)?;
    temporary.as_file().set_permissions(fs::Permissions::from_mode(mode))?;
    temporary.as_file().sync_all()?;
    temporary.persist(path)?;
    Ok(())
}

/// A temporary file in the folder of `path`, so that renaming it is one step. Removed when dropped.
pub(crate) fn temporary_beside(path: &Path) -> io::Result<tempfile::NamedTempFile> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    tempfile::Builder::new().prefix(TEMPORARY_PREFIX).tempfile_in(folder).map_err(plain)
}

/// The error without the temporary file's name, which nobody has asked for.
fn plain(error: io::Error) -> io::Error {
    let text = error.to_string();
    match text.split_once(" at path ") {
        Some((what, _)) => io::Error::new(error.kind(), what),
        None => error,
    }
}

/// What the names of temporary files begin with; garbage collection removes old ones.
pub(crate) const TEMPORARY_PREFIX: &str = ".tmp-";

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CString;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::net::UnixListener;

    fn mkfifo(path: &Path) {
        let path = CString::new(path.as_os_str().as_bytes()).expect("no NUL in it");
        // SAFETY: a string that ends with NUL.
        assert_eq!(unsafe { libc::mkfifo(path.as_ptr(), 0o600) }, 0);
    }

    #[test]
    fn only_regular_files_are_opened_and_nothing_is_waited_for() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = |name: &str| folder.path().join(name);
        fs::write(path("file"), "1").expect("room");
        fs::create_dir(path("folder")).expect("room");
        mkfifo(&path("pipe"));
        let _listener = UnixListener::bind(path("socket")).expect("can bind");
        std::os::unix::fs::symlink("pipe", path("link")).expect("can link");
        for opening in [Opening::Read, Opening::ReadNoLink, Opening::Lock(0o600)] {
            assert!(open(&path("file"), opening).is_ok(), "{opening:?}");
            for name in ["folder", "pipe", "socket", "link"] {
                assert!(open(&path(name), opening).is_err(), "{name} {opening:?}");
            }
            assert!(open(Path::new("/dev/zero"), opening).is_err(), "{opening:?}");
        }
        let said = |name, opening| open(&path(name), opening).expect_err(name).to_string();
        assert_eq!(said("pipe", Opening::Read), "is a pipe, no regular file");
        assert_eq!(said("folder", Opening::Read), "is a folder, no regular file");
        assert_eq!(said("pipe", Opening::Lock(0o600)), "is no regular file");
        assert!(said("link", Opening::Lock(0o600)).starts_with("is a symbolic link"));
        assert!(open(&path("folder"), Opening::Folder).is_ok());
        assert!(open(&path("pipe"), Opening::Folder).is_err());
        assert!(open(&path("pipe"), Opening::New(0o600)).is_err());
    }

    #[test]
    fn a_link_to_nowhere_makes_no_lock() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (link, target) = (folder.path().join("lock"), folder.path().join("target"));
        std::os::unix::fs::symlink(&target, &link).expect("can link");
        assert!(open(&link, Opening::Lock(0o600)).is_err());
        assert!(!target.exists());
    }

    #[test]
    fn a_hole_of_many_terabytes_costs_nothing() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        file.as_file().set_len(8 << 40).expect("a sparse file");
        let error = read_bounded(file.path(), 1 << 30).expect_err("too large");
        assert_eq!(error.to_string(), "is larger than 1073741824 bytes");
    }
}
