//! `--ca`: the certificates that a guest believes, as a file in a folder that it is granted.
//!
//! OpenSSL of a guest looks for [`NAME`] in [`FOLDER`]. On this machine they are elsewhere (`system`), beside what is
//! no guest's business, and often links into other folders. So the file is copied into a folder of pylon's cache that holds
//! nothing else, one for each place that it is copied from, and that folder is granted, read-only.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use composectl_plan::{DirGrant, Opening, open};
use openssl_probe::ProbeResult;

use crate::compiled_cache::cache_root;
use crate::digest_index::HexDigest;
use crate::private_folder::PrivateFolder;

/// Where a guest sees the folder: what is `OPENSSLDIR` for it.
pub const FOLDER: &str = "/etc/ssl";
/// What the file is called there.
const NAME: &str = "cert.pem";
/// More are no certificates of authorities.
const MOST_BYTES: u64 = 16 << 20;

/// Whose certificates a guest believes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authorities {
    /// Those that programs of this machine believe.
    System,
    /// Those in a file, in PEM form.
    File(PathBuf),
    /// Nobody's.
    None,
}

impl Authorities {
    /// Reads `system|FILE|none`.
    pub fn parse(text: OsString) -> Self {
        match text.to_str() {
            Some("system") => Self::System,
            Some("none") => Self::None,
            _ => Self::File(text.into()),
        }
    }

    /// The folder to be granted, if there is one.
    pub fn grant(&self) -> Result<Option<DirGrant>, String> {
        let (from, pem) = match self {
            Self::None => return Ok(None),
            Self::System => of_system(openssl_probe::probe())?,
            Self::File(path) => (path.clone(), read(path)?),
        };
        if !contains(&pem, b"-----BEGIN ") {
            return Err(format!("{}: there is no certificate in it (PEM)", from.display()));
        }
        let from = std::path::absolute(&from).unwrap_or(from);
        let name = HexDigest::of(from.as_os_str().as_encoded_bytes());
        let folder = PrivateFolder::open(&cache_root()?.join("authorities"), name.as_str())?;
        let write = |folder: &PrivateFolder| match holds(folder, &pem) {
            true => Ok(()),
            false => folder.write(NAME, &pem),
        };
        write(&folder).map_err(|error| format!("{}: {error}", folder.path().display()))?;
        let host = folder.path().to_owned();
        Ok(Some(DirGrant { host, guest: FOLDER.to_owned(), read_only: true }))
    }
}

/// Whether the file is there, and is what it is to be.
fn holds(folder: &PrivateFolder, pem: &[u8]) -> bool {
    let content = folder.open_file(NAME).and_then(|file| all_of(&file));
    content.is_ok_and(|content| content == pem)
}

/// Where the system's are, and they. `SSL_CERT_FILE` and `SSL_CERT_DIR` say where, as they do for all programs.
fn of_system(
    ProbeResult { cert_file, cert_dir }: ProbeResult,
) -> Result<(PathBuf, Vec<u8>), String> {
    if let Some(file) = cert_file {
        let pem = read(&file)?;
        return Ok((file, pem));
    }
    let Some(folder) = cert_dir.into_iter().next() else {
        return Err(
            "this machine has no certificates where they usually are (SSL_CERT_FILE names them)"
                .to_owned(),
        );
    };
    let mut names: Vec<_> = std::fs::read_dir(&folder)
        .map_err(|error| format!("{}: {error}", folder.display()))?
        .flatten()
        .map(|entry| entry.file_name())
        .filter(|name| is_hashed(&name.to_string_lossy()))
        .collect();
    names.sort();
    let mut pem = Vec::new();
    for name in names {
        pem.append(&mut read(&folder.join(name))?);
        pem.push(b'\n');
    }
    Ok((folder, pem))
}

/// Whether OpenSSL would look into a file of that name: the hash of a subject, and a number.
fn is_hashed(name: &str) -> bool {
    let Some((hash, number)) = name.split_once('.') else { return false };
    let all = |text: &str, is: fn(&u8) -> bool| !text.is_empty() && text.as_bytes().iter().all(is);
    hash.len() == 8 && all(hash, u8::is_ascii_hexdigit) && all(number, u8::is_ascii_digit)
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let file = open(path, Opening::Read);
    file.and_then(|file| all_of(&file)).map_err(|error| format!("{}: {error}", path.display()))
}

fn all_of(file: &File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(256 << 10);
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(io::Error::other("too large"));
    }
    Ok(bytes)
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
