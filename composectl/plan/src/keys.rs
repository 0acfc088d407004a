//! Keys: how they are written, the folder of those that are trusted, and the list of what no longer is.
//!
//! ```text
//! KEYRING/<key id>.pem   headers `name:` and `expires:`, then a PEM `PUBLIC KEY` (RFC 8410)
//! KEYRING/revoked        one `key ID`, `blob sha256:..` or `plan sha256:..` a line, and `revision N`; `#` begins a
//!                        comment
//! ```
//!
//! Keys are Ed25519. A key's id is the first 16 hex digits of the SHA-256 of its 32 bytes. OpenSSL reads and
//! writes both kinds of files (`openssl genpkey -algorithm ed25519`, `openssl pkey -pubin`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use ed25519_dalek::Signer;
use ed25519_dalek::VerifyingKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{
    DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey, KeypairBytes,
};

use crate::digest::Digest;
use crate::error::{Code, Error, Result};
use crate::files::{Opening, open, write_atomically};
use crate::instant::Instant;
use crate::owners::check_owners;

/// Whether `text` is written like a key id.
pub fn is_key_id(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn id_of(key: &VerifyingKey) -> String {
    Digest::of(key.as_bytes()).hex()[..16].to_owned()
}

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its id.
    pub id: String,
    /// Whose it is; for people only.
    pub name: String,
    /// Until when signatures of it count.
    pub expires: Option<Instant>,
    key: VerifyingKey,
}

impl Key {
    /// Reads the text of a key file.
    pub fn parse(text: &str) -> Result<Self, String> {
        let begin = text.find("-----BEGIN PUBLIC KEY-----").ok_or(
            if text.contains("PRIVATE KEY-----") {
                "this is a private key; the public one is wanted"
            } else {
                "no `-----BEGIN PUBLIC KEY-----` in it"
            },
        )?;
        let (headers, pem) = text.split_at(begin);
        let (mut name, mut expires) = (String::new(), None);
        for line in headers.lines().map(str::trim).filter(|line| !line.is_empty()) {
            // A header that a reader takes for the end of another would not be seen.
            if line.contains(is_odd) {
                return Err(format!("`{line}`: a header has no control characters"));
            }
            match line.split_once(':').map(|(header, value)| (header, value.trim())) {
                Some(("name", value)) => name = crate::json::shortened(value, 100),
                Some(("expires", value)) => expires = Some(Instant::parse(value)?),
                _ => {
                    return Err(format!("`{line}` is no header; known are `name:` and `expires:`"));
                }
            }
        }
        let key = VerifyingKey::from_public_key_pem(pem.trim_end())
            .map_err(|error| format!("no Ed25519 public key: {error}"))?;
        if key.is_weak() {
            return Err("the key is weak: anything verifies with it".to_owned());
        }
        Ok(Self { id: id_of(&key), name, expires, key })
    }

    /// Reads a key file.
    pub fn load(path: &Path) -> Result<Self> {
        let text = crate::json::read_text(path, "key", 64 << 10)?;
        Self::parse(&text).map_err(|reason| {
            Error::new(Code::InvalidInput, format_args!("{}: {reason}", path.display()))
        })
    }

    /// The text that [`Key::parse`] reads.
    pub fn text(&self) -> Result<String> {
        let pem = self.key.to_public_key_pem(LineEnding::LF).map_err(|error| {
            Error::new(Code::InternalError, format_args!("public key: {error}"))
        })?;
        let expires =
            self.expires.map(|expires| format!("expires: {expires}\n")).unwrap_or_default();
        Ok(format!("name: {}\n{expires}{pem}", self.name))
    }

    /// Its 32 bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.key.as_bytes()
    }

    /// Whether `signature` is this key's signature of `message`. Expiry is another question.
    pub fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        self.key.verify_strict(message, &signature).is_ok()
    }
}

/// A private key.
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// A new key from the system's random numbers.
    pub fn generate() -> Result<Self> {
        use rand_core::RngCore;
        let mut seed = [0; 32];
        rand_core::OsRng.try_fill_bytes(&mut seed).map_err(|error| {
            Error::new(Code::InternalError, format_args!("no random numbers: {error}"))
        })?;
        Ok(Self(ed25519_dalek::SigningKey::from_bytes(&seed)))
    }

    /// Reads a PEM `PRIVATE KEY` file (PKCS#8) that nobody else can read.
    pub fn load(path: &Path) -> Result<Self> {
        let text = crate::json::read_text(path, "key", 64 << 10)?;
        let key = ed25519_dalek::SigningKey::from_pkcs8_pem(text.trim()).map_err(|error| {
            Error::new(
                Code::InvalidInput,
                format_args!("{}: no Ed25519 private key: {error}", path.display()),
            )
            .with_context("composectl trust keygen FILE makes one")
        })?;
        check_private(path)?;
        Ok(Self(key))
    }

    /// Writes the key to a new file that only its owner can read. An existing file is not overwritten.
    pub fn save(&self, path: &Path) -> Result<()> {
        use std::io::Write;
        let failed = |error: &dyn std::fmt::Display| {
            Error::new(Code::InvalidInput, format_args!("{}: {error}", path.display()))
        };
        // Without the public half, which is the older form: OpenSSL refuses the newer one.
        let key = KeypairBytes { secret_key: self.0.to_bytes(), public_key: None };
        let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(|error| failed(&error))?;
        let mut file = open(path, Opening::New(0o600)).map_err(|error| failed(&error))?;
        file.write_all(pem.as_bytes())
            .and_then(|()| file.sync_all())
            .inspect_err(|_| drop(fs::remove_file(path)))
            .map_err(|error| failed(&error))
    }

    /// The public half.
    pub fn public(&self, name: &str, expires: Option<Instant>) -> Key {
        let key = self.0.verifying_key();
        Key { id: id_of(&key), name: one_line(name), expires, key }
    }

    /// The key's id.
    pub fn id(&self) -> String {
        id_of(&self.0.verifying_key())
    }

    /// Signs `message`.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "SigningKey({})", self.id())
    }
}

/// Fails unless the private key in `path` is this user's, or root's, alone, as ssh demands of its keys.
fn check_private(path: &Path) -> Result<()> {
    // Whatever cannot be looked at cannot be read either, which is said then.
    let Ok(found) = fs::metadata(path) else { return Ok(()) };
    let shown = path.display();
    if found.is_file() && found.mode() & 0o077 != 0 {
        return Err(Error::new(
            Code::TrustVerificationFailed,
            format_args!("{shown}: other users can read or write this private key"),
        )
        .with_context(format_args!(
            "chmod 600 {shown}; if others have had access to it, revoke it and make a new one"
        )));
    }
    check_owners(path)
}

/// A name or a reason of people's, which stays on the line that it is written to.
pub fn one_line(text: &str) -> String {
    text.replace(is_odd, " ")
}

/// Whether a line that has this character could look like two, or like another one.
fn is_odd(c: char) -> bool {
    c != '\t' && (c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))
}

/// The keys that a host trusts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keyring {
    /// By id.
    pub keys: BTreeMap<String, Key>,
    /// What is not trusted any more.
    pub revoked: Revocations,
}

impl Keyring {
    /// The keys in `folder`, none if it does not exist. A file that cannot be read is an error: a key that is
    /// missing would only make things fail, a revocation that is missing would make them succeed.
    pub fn load(folder: &Path) -> Result<Self> {
        let mut keyring = Self::default();
        for path in key_files(folder)? {
            let text = read_keyring_file(&path)?;
            let key = Key::parse(&text).map_err(|reason| keyring_error(&path, &reason))?;
            let expected = format!("{}.pem", key.id);
            if path.file_name().is_none_or(|name| *name != *expected) {
                let reason = format!("holds the key {}; its name must be {expected}", key.id);
                return Err(keyring_error(&path, &reason));
            }
            keyring.keys.insert(key.id.clone(), key);
        }
        keyring.revoked = Revocations::load(folder)?;
        Ok(keyring)
    }

    /// Fails unless `folder` is there. Without this check, a path that was mistyped would mean that nothing is
    /// revoked.
    pub fn need(folder: &Path) -> Result<()> {
        match fs::metadata(folder) {
            Ok(metadata) if metadata.is_dir() => Ok(()),
            Ok(_) => Err(keyring_error(folder, &"is no folder")),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Err(keyring_error(folder, &"there is no such folder").with_context(format_args!(
                    "composectl trust add FILE.pub --keyring {} makes it; composectl trust keygen FILE makes a key",
                    folder.display()
                )))
            }
            Err(error) => Err(keyring_error(folder, &error)),
        }
    }

    /// Where `folder` has the key `id`.
    pub fn key_path(folder: &Path, id: &str) -> PathBuf {
        folder.join(format!("{id}.pem"))
    }

    /// Adds a key to the folder, or replaces the one with its id.
    pub fn add(folder: &Path, key: &Key) -> Result<()> {
        create_keyring(folder)?;
        let path = Self::key_path(folder, &key.id);
        write_atomically(&path, key.text()?.as_bytes(), 0o644)
            .map_err(|error| keyring_error(&path, &error))
    }

    /// Removes the key `id` from the folder; `false` if it is not there.
    pub fn remove(folder: &Path, id: &str) -> Result<bool> {
        let path = Self::key_path(folder, id);
        match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(keyring_error(&path, &error)),
        }
    }
}

/// The `.pem` files of a folder, sorted.
pub(crate) fn key_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(keyring_error(folder, &error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| keyring_error(folder, &error))?.path();
        let hidden = path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
        if !hidden && path.extension().is_some_and(|extension| extension == "pem") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn create_keyring(folder: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| keyring_error(folder, &error))
}

/// Waits for other processes that change the folder; the kernel releases the lock when its holder ends.
fn lock_folder(folder: &Path) -> std::io::Result<fs::File> {
    let file = open(folder, Opening::Folder)?;
    file.lock()?;
    Ok(file)
}

fn read_keyring_file(path: &Path) -> Result<String> {
    crate::json::read_text(path, "keyring", 16 << 20)
        .map_err(|error| Error { code: Code::TrustVerificationFailed, ..error })
}

fn keyring_error(path: &Path, reason: &dyn std::fmt::Display) -> Error {
    Error::new(Code::TrustVerificationFailed, format_args!("keyring {}: {reason}", path.display()))
}

/// What is not trusted any more, whoever signed it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revocations {
    /// Ids of keys.
    pub keys: BTreeSet<String>,
    /// Digests of components.
    pub blobs: BTreeSet<Digest>,
    /// Digests of plans, of their text or of their content.
    pub plans: BTreeSet<Digest>,
    /// Counts the changes of the list: a host that has seen one takes no older one any more.
    pub revision: Option<u64>,
}

impl Revocations {
    /// Where a keyring folder has its list.
    pub fn path(folder: &Path) -> PathBuf {
        folder.join("revoked")
    }

    /// The list of a keyring folder, empty if there is none.
    pub fn load(folder: &Path) -> Result<Self> {
        let path = Self::path(folder);
        match fs::symlink_metadata(&path) {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => return Err(keyring_error(&path, &error)),
        }
        let text = read_keyring_file(&path)?;
        Self::parse(&text).map_err(|reason| keyring_error(&path, &reason))
    }

    /// Reads the text of a list.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut revoked = Self::default();
        for (index, line) in text.split('\n').enumerate() {
            // What is behind a carriage return would look like a line of its own, and be part of a comment.
            if let Some(odd) = line.chars().find(|c| is_odd(*c)) {
                return Err(format!(
                    "line {}: `{}` in it; lines end with a line feed alone",
                    index + 1,
                    odd.escape_default()
                ));
            }
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let words: Vec<&str> = line.split_whitespace().collect();
            // Whether it was there already does not matter.
            let _new = match words.as_slice() {
                ["key", id] if is_key_id(id) => revoked.keys.insert((*id).to_owned()),
                ["blob", digest] if let Ok(digest) = digest.parse() => revoked.blobs.insert(digest),
                ["plan", digest] if let Ok(digest) = digest.parse() => revoked.plans.insert(digest),
                ["revision", number]
                    if revoked.revision.is_none()
                        && let Ok(number) = number.parse::<u64>() =>
                {
                    revoked.revision.replace(number).is_none()
                }
                _ => {
                    return Err(format!(
                        "line {}: expected `key ID`, `blob sha256:..`, `plan sha256:..` or, once, `revision NUMBER`",
                        index + 1
                    ));
                }
            };
        }
        Ok(revoked)
    }

    /// Adds a line to the list of a keyring folder, and counts its revision up; `comment` says why, for people. Returns
    /// the list as it is now.
    pub fn add(folder: &Path, entry: &str, comment: &str) -> Result<Self> {
        create_keyring(folder)?;
        let path = Self::path(folder);
        // Held until the list is written: of two revocations at once, none may be lost.
        let _lock = lock_folder(folder).map_err(|error| keyring_error(folder, &error))?;
        // The list as it is must be readable before anything is added to it.
        let before = Self::load(folder)?;
        let text = if path.exists() { read_keyring_file(&path)? } else { String::new() };
        let is_revision = |line: &&str| line.split_whitespace().next() == Some("revision");
        let mut text: String =
            text.split_inclusive('\n').filter(|line| !is_revision(line)).collect();
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        let comment = one_line(comment);
        let comment = if comment.is_empty() { comment } else { format!(" # {comment}") };
        let revision = before.revision.unwrap_or(0).saturating_add(1);
        let text = format!("revision {revision}\n{text}{entry}{comment}\n");
        let after = Self::parse(&text).map_err(|reason| keyring_error(&path, &reason))?;
        write_atomically(&path, text.as_bytes(), 0o644)
            .map_err(|error| keyring_error(&path, &error))?;
        Ok(after)
    }
}
