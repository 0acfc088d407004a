//! Files that are whole or not there.

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use crate::error::{Code, Error, Result};

/// The content of a file of at most `most` bytes. `blob-not-found`: there is none; `blob-io-error`: it is larger, no
/// file (a pipe would be waited for), or cannot be read.
pub fn read_file(path: &Path, most: u64) -> Result<Vec<u8>> {
    let failed = |reason: &dyn std::fmt::Display| {
        Error::new(Code::BlobIoError, format_args!("{}: {reason}", path.display()))
    };
    // Opening a pipe would otherwise wait for its other end.
    let opened = fs::OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path);
    let file = opened.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Error { code: Code::BlobNotFound, ..failed(&error) },
        _ => failed(&error),
    })?;
    let metadata = file.metadata().map_err(|error| failed(&error))?;
    if !metadata.is_file() {
        return Err(failed(&"is no file"));
    }
    let too_large = || failed(&format_args!("is larger than {most} bytes"));
    if metadata.len() > most {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    // It may grow while it is read.
    file.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    if bytes.len() as u64 > most { Err(too_large()) } else { Ok(bytes) }
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
