//! The blob store: an OCI image layout on disk.
//!
//! ```text
//! DIR/oci-layout           {"imageLayoutVersion":"1.0.0"}
//! DIR/index.json           a manifest for every named provider (layout.rs)
//! DIR/blobs/sha256/<hex>   0444; the name is the SHA-256 of the content
//! ```
//!
//! A blob is written under a temporary name in the same folder, synced and renamed: it is whole or not there,
//! and two processes that write one blob at once both succeed. It is verified whenever it is read.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::digest::Digest;
use crate::error::{Code, Error, Result};
use crate::files::{Noted, Opening, blob_error, open, read_noted, temporary_beside};

/// Larger blobs are neither stored nor read, and larger programs not run.
pub const MAX_BLOB_BYTES: u64 = 128 << 20;

/// A store.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
}

impl Store {
    /// The store in the folder `root`, which need not exist; nothing is created before something is put.
    pub fn open(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Which folder is the store: `given`, else `$PYLON_STORE`, else `store` beside the plan (without a plan: in
    /// the current folder).
    pub fn folder(given: Option<&Path>, plan: Option<&Path>) -> PathBuf {
        let variable = std::env::var_os("PYLON_STORE").filter(|value| !value.is_empty());
        given.map(Path::to_owned).or_else(|| variable.map(PathBuf::from)).unwrap_or_else(|| {
            let beside = plan.and_then(Path::parent).unwrap_or(Path::new(""));
            beside.join("store")
        })
    }

    /// The store's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the blob lies, or would lie.
    pub fn path(&self, digest: &Digest) -> PathBuf {
        self.blobs().join(digest.hex())
    }

    /// The folder of the blobs.
    pub(crate) fn blobs(&self) -> PathBuf {
        self.root.join("blobs/sha256")
    }

    /// The blob's content, verified. `blob-not-found`, `blob-digest-mismatch` (the file was damaged or replaced),
    /// `blob-io-error`.
    pub fn get(&self, digest: &Digest) -> Result<Vec<u8>> {
        self.get_at_most(digest, MAX_BLOB_BYTES)
    }

    /// As [`Store::get`], of a blob of at most `most` bytes.
    pub(crate) fn get_at_most(&self, digest: &Digest, most: u64) -> Result<Vec<u8>> {
        self.get_noted(digest, most).map(|noted| noted.bytes)
    }

    /// As [`Store::get_at_most`], with what is to be seen of the file for as long as it has this content.
    pub(crate) fn get_noted(&self, digest: &Digest, most: u64) -> Result<Noted> {
        self.check_parts()?;
        let path = self.path(digest);
        let read = open(&path, Opening::ReadNoLink).and_then(|file| read_noted(&file, most));
        let noted = read.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => self.not_found(digest),
            _ => blob_error(&path, &error),
        })?;
        let found = Digest::of(&noted.bytes);
        if found != *digest {
            return Err(self.mismatch(digest, &found));
        }
        Ok(noted)
    }

    /// Whether there is a file for the blob; says nothing about its content.
    pub fn has(&self, digest: &Digest) -> bool {
        fs::metadata(self.path(digest)).is_ok_and(|metadata| metadata.is_file())
    }

    /// Stores `bytes` and says under which digest. A blob that is there already and sound is left alone; a
    /// damaged one is replaced.
    pub fn put(&self, bytes: &[u8]) -> Result<Digest> {
        let digest = Digest::of(bytes);
        if bytes.len() as u64 > MAX_BLOB_BYTES {
            return Err(Error::new(
                Code::BlobIoError,
                format_args!("a blob has at most {MAX_BLOB_BYTES} bytes, this one {}", bytes.len()),
            ));
        }
        if self.get(&digest).is_ok() {
            return Ok(digest);
        }
        self.create()?;
        let path = self.path(&digest);
        self.write_blob(&path, bytes).map_err(|error| self.write_error(&path, &error))?;
        Ok(digest)
    }

    /// As [`Store::put`], but only if the bytes have the digest `expected`; `blob-digest-mismatch` otherwise, and
    /// nothing is stored.
    pub fn put_expected(&self, bytes: &[u8], expected: &Digest, origin: &str) -> Result<()> {
        let found = Digest::of(bytes);
        if found != *expected {
            return Err(Error::new(
                Code::BlobDigestMismatch,
                format_args!("{origin} has the digest {found}, expected is {expected}"),
            ));
        }
        self.put(bytes).map(|_| ())
    }

    fn write_blob(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut temporary = temporary_beside(path)?;
        temporary.write_all(bytes)?;
        temporary.as_file().set_permissions(fs::Permissions::from_mode(0o444))?;
        temporary.as_file().sync_all()?;
        temporary.persist(path)?;
        Ok(())
    }

    /// `blob-io-error` if a part of the store is a symbolic link: what is done in a store is done nowhere else.
    pub(crate) fn check_parts(&self) -> Result<()> {
        for part in ["blobs", "blobs/sha256"] {
            let path = self.root.join(part);
            if path.is_symlink() {
                return Err(Error::new(
                    Code::BlobIoError,
                    format_args!(
                        "{}: is a symbolic link, which is not followed out of a store",
                        path.display()
                    ),
                )
                .with_context("name the store that it leads to"));
            }
        }
        Ok(())
    }

    /// Makes the folders and the file `oci-layout`.
    pub(crate) fn create(&self) -> Result<()> {
        self.check_parts()?;
        let blobs = self.blobs();
        fs::create_dir_all(&blobs).map_err(|error| self.write_error(&blobs, &error))?;
        let marker = self.root.join("oci-layout");
        if !marker.exists() {
            let text = b"{\"imageLayoutVersion\":\"1.0.0\"}\n";
            crate::files::write_atomically(&marker, text, 0o644)
                .map_err(|error| self.write_error(&marker, &error))?;
        }
        Ok(())
    }

    pub(crate) fn not_found(&self, digest: &Digest) -> Error {
        Error::new(
            Code::BlobNotFound,
            format_args!("{digest} is not in the store {}", self.root.display()),
        )
        .with_context(
            "composectl blob put FILE stores a component, composectl pull REF fetches one",
        )
    }

    pub(crate) fn mismatch(&self, digest: &Digest, found: &Digest) -> Error {
        Error::new(
            Code::BlobDigestMismatch,
            format_args!("{}: its content has the digest {found}", self.path(digest).display()),
        )
        .with_context("the file was damaged or replaced; remove it and put the blob again")
    }

    /// An error of writing, with what can be done about it.
    pub(crate) fn write_error(&self, path: &Path, error: &io::Error) -> Error {
        let full = Error::new(Code::BlobIoError, format_args!("{}: {error}", path.display()));
        match error.kind() {
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => full
                .with_context(format_args!("the store {} cannot be written", self.root.display())),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                full.with_context(format_args!(
                    "no room is left; `composectl blob gc --store {}` removes what nothing names",
                    self.root.display()
                ))
            }
            _ => full,
        }
    }
}

/// An error of reading.
pub(crate) fn io_error(path: &Path, error: &io::Error) -> Error {
    Error::new(Code::BlobIoError, format_args!("{}: {error}", path.display()))
}
