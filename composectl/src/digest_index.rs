//! The digest index: which content a file had when it was last read, so that starting a guest neither reads
//! nor hashes its 18 MB again.
//!
//! One small file for each component file, `compiled/index/<device>-<inode>`, holds the component's stamp
//! (`stamp.rs`) and its SHA-256. The digest is believed only if the stamp is exactly the one of the file now. An
//! entry is written only if the file was at rest when it was read; so the first runs within two seconds of a
//! build hash each time, and later ones do not.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use composectl_plan::{Stamp, read_bounded};

/// SHA-256 in lower-case hex.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HexDigest(String);

impl HexDigest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(composectl_plan::Digest::of(bytes).hex())
    }

    /// The text of a digest.
    pub fn from(digest: &composectl_plan::Digest) -> Self {
        Self(digest.hex())
    }

    /// The digest whose text this is.
    pub fn to_digest(&self) -> Result<composectl_plan::Digest, composectl_plan::Error> {
        format!("sha256:{}", self.0).parse()
    }

    /// The 64 hex digits. What came from a file is checked by [`HexDigest::is_valid`] first.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the text of a SHA-256 and nothing else; it becomes part of file names.
    fn is_valid(&self) -> bool {
        self.0.len() == 64 && self.0.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    }
}

/// Entries have some 200.
pub const MAX_ENTRY_BYTES: u64 = 4096;

#[derive(Serialize, Deserialize)]
struct Entry {
    stamp: Stamp,
    sha256: HexDigest,
}

/// The index in a cache folder that is already known to be private.
#[derive(Debug)]
pub struct DigestIndex {
    folder: PathBuf,
}

impl DigestIndex {
    /// The index in `folder`, which need not exist.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The digest of the file that has `stamp` now, if known.
    pub fn get(&self, stamp: &Stamp) -> Option<HexDigest> {
        let bytes = read_bounded(&self.entry_path(stamp), MAX_ENTRY_BYTES).ok()?;
        let entry: Entry = serde_json::from_slice(&bytes).ok()?;
        (entry.stamp == *stamp && entry.sha256.is_valid()).then_some(entry.sha256)
    }

    /// Remembers that the file with `stamp` had the content `digest` when it was read at `read_at`.
    pub fn put(&self, stamp: &Stamp, digest: &HexDigest, read_at: SystemTime) -> io::Result<()> {
        if !stamp.settled(read_at) {
            return Ok(());
        }
        fs::create_dir_all(&self.folder)?;
        let entry = Entry { stamp: *stamp, sha256: digest.clone() };
        write_atomically(&self.folder, &self.entry_path(stamp), &serde_json::to_vec(&entry)?)
    }

    /// Where the index lies.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn entry_path(&self, stamp: &Stamp) -> PathBuf {
        self.folder.join(format!("{:x}-{:x}", stamp.device, stamp.inode))
    }
}

/// Writes a small file so that a reader sees the old content or the new one, nothing between.
pub fn write_atomically(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = tempfile::NamedTempFile::new_in(folder)?;
    fs::write(temporary.path(), bytes)?;
    temporary.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn stamp_of(path: &Path) -> Stamp {
        Stamp::of(&fs::metadata(path).expect("it exists"))
    }

    #[test]
    fn changed_content_is_never_answered_with_the_old_digest() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("f");
        let index = DigestIndex::new(folder.path().join("index"));
        fs::write(&file, b"one").expect("can write");
        let later = SystemTime::now() + Duration::from_secs(3);
        index.put(&stamp_of(&file), &HexDigest::of(b"one"), later).expect("can store");
        assert_eq!(index.get(&stamp_of(&file)), Some(HexDigest::of(b"one")));
        std::thread::sleep(Duration::from_millis(30));
        fs::write(&file, b"two").expect("can write");
        assert_eq!(index.get(&stamp_of(&file)), None);
    }

    #[test]
    fn a_file_just_written_is_not_remembered() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("f");
        let index = DigestIndex::new(folder.path().join("index"));
        fs::write(&file, b"one").expect("can write");
        index
            .put(&stamp_of(&file), &HexDigest::of(b"one"), SystemTime::now())
            .expect("not an error");
        assert_eq!(index.get(&stamp_of(&file)), None);
    }

    #[test]
    fn a_damaged_entry_is_no_answer() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("f");
        let index = DigestIndex::new(folder.path().join("index"));
        fs::write(&file, b"one").expect("can write");
        let stamp = stamp_of(&file);
        let later = SystemTime::now() + Duration::from_secs(3);
        index.put(&stamp, &HexDigest("../../../x".to_owned()), later).expect("can store");
        assert_eq!(index.get(&stamp), None);
        fs::write(index.entry_path(&stamp), b"{").expect("can write");
        assert_eq!(index.get(&stamp), None);
    }
}
