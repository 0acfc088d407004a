//! The digest index: which content a file had when it was last read, so that starting a guest neither reads
//! nor hashes its 15 MB again.
//!
//! One small file for each component file, `compiled/index/<device>-<inode>-<mount>`, holds what was to be seen of the
//! component file (a [`Sighting`]) and its SHA-256. The digest is believed only if exactly that is to be seen now, and an
//! entry is written only for what [`Sighting::to_remember`] admits; so the first runs within two seconds of a build hash
//! each time, and later ones do not.

use std::io;

use composectl_plan::Sighting;
use serde::{Deserialize, Serialize};

use crate::private_folder::PrivateFolder;

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

#[derive(Serialize, Deserialize)]
struct Entry {
    sighting: Sighting,
    sha256: HexDigest,
}

/// The folder of the index in that of the cache.
pub const FOLDER: &str = "index";

/// The index in a cache folder.
#[derive(Clone, Copy, Debug)]
pub struct DigestIndex<'a> {
    folder: &'a PrivateFolder,
}

impl<'a> DigestIndex<'a> {
    /// The index in `folder`.
    pub fn new(folder: &'a PrivateFolder) -> Self {
        Self { folder }
    }

    /// The digest of the file of which `sighting` is to be seen now, if known.
    pub fn get(&self, sighting: &Sighting) -> Option<HexDigest> {
        let bytes = self.folder.read(&entry_name(sighting)).ok()?;
        let entry: Entry = serde_json::from_slice(&bytes).ok()?;
        (entry.sighting == *sighting && entry.sha256.is_valid()).then_some(entry.sha256)
    }

    /// Remembers that a file has the content `digest` for as long as `sighting` is to be seen of it.
    pub fn put(&self, sighting: &Sighting, digest: &HexDigest) -> io::Result<()> {
        self.folder.make_folder(FOLDER)?;
        let entry = Entry { sighting: *sighting, sha256: digest.clone() };
        self.folder.write(&entry_name(sighting), &serde_json::to_vec(&entry)?)
    }
}

fn entry_name(Sighting { stamp, mount, .. }: &Sighting) -> String {
    format!("{FOLDER}/{:x}-{:x}-{mount:x}", stamp.device, stamp.inode)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::path::Path;

    use super::*;

    fn seen(path: &Path) -> Sighting {
        let file = File::open(path).expect("it exists");
        Sighting::of(&file).expect("can be looked at").expect("a file of a known mount")
    }

    #[test]
    fn changed_content_is_never_answered_with_the_old_digest() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let folder = PrivateFolder::open(place.path(), "compiled").expect("private");
        let index = DigestIndex::new(&folder);
        let file = place.path().join("f");
        fs::write(&file, b"one").expect("can write");
        index.put(&seen(&file), &HexDigest::of(b"one")).expect("can store");
        assert_eq!(index.get(&seen(&file)), Some(HexDigest::of(b"one")));
        std::thread::sleep(std::time::Duration::from_millis(30));
        fs::write(&file, b"two").expect("can write");
        assert_eq!(index.get(&seen(&file)), None);
    }

    #[test]
    fn what_was_seen_in_another_mount_is_no_answer() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let folder = PrivateFolder::open(place.path(), "compiled").expect("private");
        let index = DigestIndex::new(&folder);
        let file = place.path().join("f");
        fs::write(&file, b"one").expect("can write");
        let here = seen(&file);
        index.put(&here, &HexDigest::of(b"one")).expect("can store");
        assert_eq!(index.get(&Sighting { mount: here.mount + 1, ..here }), None);
    }

    #[test]
    fn a_damaged_entry_is_no_answer() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let folder = PrivateFolder::open(place.path(), "compiled").expect("private");
        let index = DigestIndex::new(&folder);
        let file = place.path().join("f");
        fs::write(&file, b"one").expect("can write");
        let sighting = seen(&file);
        index.put(&sighting, &HexDigest("../../../x".to_owned())).expect("can store");
        assert_eq!(index.get(&sighting), None);
        folder.write(&entry_name(&sighting), b"{").expect("can write");
        assert_eq!(index.get(&sighting), None);
    }
}
