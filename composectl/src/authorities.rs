//! `--ca`: the certificates that a guest believes, in a folder that it is granted.
//!
//! OpenSSL of a guest looks into [`FOLDER`]: for one file with all certificates, which is read as soon as a context is made, or
//! for one file a certificate, by the hash of its subject, of which a handshake reads those that it needs. Where the system
//! has the latter, that is granted.
//!
//! On this machine they are elsewhere, beside what is no guest's business, and often links into other folders. So they are
//! copied into a folder of pylon's cache that holds nothing else, and that folder is granted, read-only.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use composectl_plan::{DirGrant, Opening, Stamp, open};
use openssl_probe::ProbeResult;

use crate::compiled_cache::cache_root;
use crate::digest_index::HexDigest;
use crate::private_folder::PrivateFolder;

/// Where a guest sees the folder: what is `OPENSSLDIR` for it.
pub const FOLDER: &str = "/etc/ssl";
/// What is called there how: the file with all, and the folder of those that have their hashes' names.
const FILE: &str = "cert.pem";
const HASHED: &str = "certs";
/// What names them on a machine: a file, folders.
pub const VARIABLES: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];
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
        let host = match self {
            Self::None => return Ok(None),
            Self::System => of_system()?,
            Self::File(path) => with_file(path)?,
        };
        Ok(Some(DirGrant { host, guest: FOLDER.to_owned(), read_only: true }))
    }
}

/// A folder with what this machine's programs believe. `SSL_CERT_FILE` and `SSL_CERT_DIR` say where that is, as everywhere.
fn of_system() -> Result<PathBuf, String> {
    let ProbeResult { cert_file, cert_dir } = openssl_probe::probe();
    if std::env::var_os(VARIABLES[0]).is_none() {
        for folder in cert_dir {
            if let Some(granted) = with_hashed(&folder)? {
                return Ok(granted);
            }
        }
    }
    let nowhere =
        "this machine has no certificates where they usually are (SSL_CERT_FILE names them)";
    with_file(&cert_file.ok_or(nowhere)?)
}

/// A folder that holds what the file holds now: one for each file, so that nothing is left of what it held before.
fn with_file(path: &Path) -> Result<PathBuf, String> {
    let pem = read(path)?;
    if has_private_key(&pem) {
        let hint = "give a file of certificates only";
        return Err(format!(
            "{}: a private key is in it, which the guest could read: {hint}",
            path.display()
        ));
    }
    if !contains(&pem, b"CERTIFICATE-----") {
        return Err(format!("{}: there is no certificate in it (PEM)", path.display()));
    }
    let from = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let folder = PrivateFolder::open(&ours()?, key(&from, "").as_str())?;
    let held = folder.open_file(FILE).and_then(|file| all_of(&file));
    if held.is_ok_and(|held| held == pem) {
        return Ok(folder.path().to_owned());
    }
    let written = folder.write(FILE, &pem);
    written.map_err(|error| format!("{}: {error}", folder.path().display()))?;
    Ok(folder.path().to_owned())
}

/// A folder with the files of `from` that have hashes for names, if there are any. Whatever changes such a folder, of a
/// system, renames what is in it, and so changes the folder's own time: as long as that is the same, so is the copy.
fn with_hashed(from: &Path) -> Result<Option<PathBuf>, String> {
    let failed = |error: io::Error| format!("{}: {error}", from.display());
    let about = open(from, Opening::Folder).and_then(|folder| folder.metadata()).map_err(failed)?;
    let stamp = serde_json::to_string(&Stamp::of(&about)).map_err(|error| error.to_string())?;
    let key = key(from, &stamp);
    let whole = format!("{}.whole", key.as_str());
    let all = PrivateFolder::open(&cache_root()?, OURS)?;
    let granted = all.path().join(key.as_str());
    if all.open_file(&whole).is_ok() {
        return Ok(Some(granted));
    }
    let names = std::fs::read_dir(from).map_err(failed)?.flatten();
    let names = names.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names = names.filter(|name| is_hashed(name)).peekable();
    if names.peek().is_none() {
        return Ok(None);
    }
    let copy = PrivateFolder::open(&granted, HASHED)?;
    for name in names {
        // A link may lead nowhere.
        let Ok(pem) = read(&from.join(&name)) else { continue };
        if has_private_key(&pem) {
            continue;
        }
        copy.write(&name, &pem).map_err(|error| format!("{}: {error}", copy.path().display()))?;
    }
    all.write(&whole, b"").map_err(|error| format!("{}: {error}", all.path().display()))?;
    Ok(Some(granted))
}

/// The folder of the cache that holds them all.
const OURS: &str = "authorities";

fn ours() -> Result<PathBuf, String> {
    Ok(cache_root()?.join(OURS))
}

/// The name of the copy of what lies there, as it is at that time.
fn key(from: &Path, time: &str) -> HexDigest {
    HexDigest::of(&[from.as_os_str().as_encoded_bytes(), time.as_bytes()].join(&0))
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

fn has_private_key(pem: &[u8]) -> bool {
    contains(pem, b"PRIVATE KEY-----")
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
