//! `index.json` of a store: the names of its providers, so that OCI tools find them, and what to keep.
//!
//! Every name has an image manifest of the kind that the CNCF describes for WebAssembly: a config of type
//! `application/vnd.wasm.config.v0+json` and one layer of type `application/wasm`, which is the component.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use serde::Serialize;

use crate::digest::Digest;
use crate::error::{Code, Error, Result};
use crate::files::{Opening, TEMPORARY_PREFIX, open, read_opened, write_atomically};
use crate::index::{Contents, Descriptor, Index, LAYER_TYPE};
use crate::store::{Store, io_error};

/// What registries accept of a manifest, and what is read here of one and of `index.json`.
const MAX_MANIFEST_BYTES: u64 = 4 << 20;
/// What all manifests that an index names may have together: those of a hundred thousand components.
const MAX_MANIFESTS_BYTES: u64 = 64 << 20;

const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG_TYPE: &str = "application/vnd.wasm.config.v0+json";

/// What a component imports and exports; part of its config.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ComponentInfo {
    /// Names of imports.
    pub imports: Vec<String>,
    /// Names of exports.
    pub exports: Vec<String>,
}

/// The documents that make a component an OCI artifact. The same component gives the same bytes, on any day and on
/// any machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// The configuration, JSON.
    pub config: Vec<u8>,
    /// The image manifest, JSON.
    pub manifest: Vec<u8>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Config<'a> {
    created: &'a str,
    architecture: &'a str,
    os: &'a str,
    layer_digests: [String; 1],
    component: ConfigComponent<'a>,
}

#[derive(Serialize)]
struct ConfigComponent<'a> {
    exports: &'a [String],
    imports: &'a [String],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest<'a> {
    schema_version: u32,
    media_type: &'a str,
    config: Descriptor,
    layers: [Descriptor; 1],
}

impl Artifact {
    /// The documents of `component`.
    pub fn of(component: &[u8], info: &ComponentInfo) -> Result<Self> {
        let layer = Descriptor::new(LAYER_TYPE, component);
        let config = to_json(&Config {
            // A time is demanded; that of the build would make two artifacts of one component.
            created: "1970-01-01T00:00:00Z",
            architecture: "wasm",
            os: "wasip2",
            layer_digests: [layer.digest.clone()],
            component: ConfigComponent { exports: &info.exports, imports: &info.imports },
        })?;
        let manifest = to_json(&Manifest {
            schema_version: 2,
            media_type: MANIFEST_TYPE,
            config: Descriptor::new(CONFIG_TYPE, &config),
            layers: [layer],
        })?;
        Ok(Self { config, manifest })
    }
}

fn to_json(value: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(value)
        .map_err(|error| Error::new(Code::InternalError, format_args!("artifact: {error}")))
}

/// A name in `index.json`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The name.
    pub name: String,
    /// The digest of its manifest.
    pub manifest: Digest,
    /// The digest of the component, if the manifest is one of a component and can be read.
    pub component: Option<Digest>,
}

/// What garbage collection did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GcReport {
    /// Blobs that were removed (or would be), with their sizes in bytes.
    pub removed: Vec<(Digest, u64)>,
    /// Blobs that nothing names but that are too young.
    pub young: Vec<(Digest, u64)>,
    /// How many blobs are named and stay.
    pub kept: usize,
    /// Files left behind by killed processes that were removed (or would be).
    pub leftovers: usize,
}

impl Store {
    /// Gives the component `digest`, which is in the store, the name `name`; a name means one component, and the
    /// last call counts.
    pub fn set_name(&self, name: &str, digest: &Digest, info: &ComponentInfo) -> Result<()> {
        let component = self.get(digest)?;
        self.create()?;
        // From here on no collection comes between the blobs and the entry that keeps them.
        let lock = self.lock()?;
        if !self.has(digest) {
            self.put(&component)?;
        }
        let Artifact { config, manifest } = Artifact::of(&component, info)?;
        self.put(&config)?;
        self.put(&manifest)?;
        let entry = Descriptor::new(MANIFEST_TYPE, &manifest).named(name);
        self.change_index(&lock, |index| {
            index.manifests.retain(|entry| entry.name() != Some(name));
            let at = index.manifests.partition_point(|entry| entry.name() < Some(name));
            index.manifests.insert(at, entry);
        })
    }

    /// Takes a name away; `false` if there is none. The blobs stay until garbage collection.
    pub fn remove_name(&self, name: &str) -> Result<bool> {
        self.create()?;
        let mut removed = false;
        self.change_index(&self.lock()?, |index| {
            let before = index.manifests.len();
            index.manifests.retain(|entry| entry.name() != Some(name));
            removed = index.manifests.len() < before;
        })?;
        Ok(removed)
    }

    /// The names in the store, in the order of `index.json`.
    pub fn names(&self) -> Result<Vec<Named>> {
        let index = self.read_index()?;
        let mut manifests = Manifests::of(self);
        let mut known: BTreeMap<Digest, Option<Digest>> = BTreeMap::new();
        let mut names = Vec::new();
        for (name, manifest) in index.names() {
            let component = match known.get(&manifest) {
                Some(component) => *component,
                None => {
                    let component = match manifests.read(&manifest) {
                        Ok(bytes) => Contents::of(&bytes).component,
                        Err(error) if manifests.are_too_many() => return Err(error),
                        Err(_) => None,
                    };
                    *known.entry(manifest).or_insert(component)
                }
            };
            names.push(Named { name: name.to_owned(), manifest, component });
        }
        Ok(names)
    }

    /// The blobs in the store with their sizes in bytes, sorted; not verified.
    pub fn blobs_list(&self) -> Result<Vec<(Digest, u64)>> {
        self.check_parts()?;
        let folder = self.blobs();
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(io_error(&folder, &error)),
        };
        let mut blobs = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| io_error(&folder, &error))?;
            let name = entry.file_name();
            let digest = name.to_str().and_then(|hex| format!("sha256:{hex}").parse().ok());
            // Whatever disappears meanwhile is not there.
            if let (Some(digest), Ok(metadata)) = (digest, entry.metadata())
                && !metadata.is_symlink()
            {
                blobs.push((digest, metadata.len()));
            }
        }
        blobs.sort();
        Ok(blobs)
    }

    /// Removes a blob; `false` if it is not there.
    pub fn remove(&self, digest: &Digest) -> Result<bool> {
        self.check_parts()?;
        let path = self.path(digest);
        match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(self.write_error(&path, &error)),
        }
    }

    /// Removes the blobs that neither `keep` nor `index.json` names and that are older than `age` (another process
    /// may be about to name a young one). With `dry_run` nothing is removed.
    pub fn gc(&self, keep: &BTreeSet<Digest>, age: Duration, dry_run: bool) -> Result<GcReport> {
        let mut report = GcReport::default();
        self.check_parts()?;
        if !self.blobs().exists() {
            return Ok(report);
        }
        let _lock = self.lock()?;
        let mut keep = keep.clone();
        let mut manifests = Manifests::of(self);
        for entry in self.read_index()?.manifests {
            if let Ok(digest) = entry.digest.parse() {
                manifests.reach(digest, &mut keep, 0)?;
            }
        }
        let is_old = |path: &PathBuf| {
            let modified = path.symlink_metadata().and_then(|metadata| metadata.modified()).ok();
            modified.is_some_and(|modified| {
                SystemTime::now().duration_since(modified).unwrap_or_default() >= age
            })
        };
        for (digest, size) in self.blobs_list()? {
            if keep.contains(&digest) {
                report.kept += 1;
            } else if !is_old(&self.path(&digest)) {
                report.young.push((digest, size));
            } else {
                if !dry_run {
                    self.remove(&digest)?;
                }
                report.removed.push((digest, size));
            }
        }
        for folder in [self.blobs(), self.root().to_owned()] {
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                let is_temporary =
                    entry.file_name().as_encoded_bytes().starts_with(TEMPORARY_PREFIX.as_bytes());
                if is_temporary && is_old(&entry.path()) {
                    if !dry_run {
                        let _ = fs::remove_file(entry.path());
                    }
                    report.leftovers += 1;
                }
            }
        }
        Ok(report)
    }

    fn index_path(&self) -> PathBuf {
        self.root().join("index.json")
    }

    fn read_index(&self) -> Result<Index> {
        self.check_parts()?;
        let path = self.index_path();
        if path.symlink_metadata().is_err_and(|error| error.kind() == ErrorKind::NotFound) {
            return Ok(Index::default());
        }
        let damaged = |reason: &dyn std::fmt::Display| {
            Error::new(Code::BlobIoError, format_args!("{}: {reason}", path.display()))
        };
        let bytes = open(&path, Opening::ReadNoLink)
            .and_then(|file| read_opened(&file, MAX_MANIFEST_BYTES))
            .map_err(|error| damaged(&error))?;
        let text = std::str::from_utf8(&bytes).map_err(|error| damaged(&error))?;
        Index::parse(text).map_err(|error| damaged(&error))
    }

    /// Changes `index.json`, which the lock's holder alone may do.
    fn change_index(&self, _lock: &Lock, change: impl FnOnce(&mut Index)) -> Result<()> {
        let path = self.index_path();
        let mut index = self.read_index()?;
        let before = index.clone();
        change(&mut index);
        if path.exists() && before == index {
            return Ok(());
        }
        let text = index.text().map_err(|error| {
            Error::new(Code::InternalError, format_args!("index.json: {error}"))
        })?;
        write_atomically(&path, text.as_bytes(), 0o644)
            .map_err(|error| self.write_error(&path, &error))
    }

    /// Held while `index.json` is changed or blobs are collected; the kernel releases it when its holder dies.
    fn lock(&self) -> Result<Lock> {
        let path = self.root().join(".lock");
        let file = open(&path, Opening::Lock(0o666));
        let file = file.map_err(|error| self.write_error(&path, &error))?;
        file.lock().map_err(|error| self.write_error(&path, &error))?;
        Ok(Lock(file))
    }
}

/// The right to change a store.
struct Lock(#[expect(dead_code, reason = "held, not used")] fs::File);

/// Reads manifests of a store: none that is larger than one may be, and not more than all together may be.
struct Manifests<'s> {
    store: &'s Store,
    /// Bytes of those that were read.
    total: u64,
}

impl<'s> Manifests<'s> {
    fn of(store: &'s Store) -> Self {
        Self { store, total: 0 }
    }

    fn are_too_many(&self) -> bool {
        self.total > MAX_MANIFESTS_BYTES
    }

    fn read(&mut self, digest: &Digest) -> Result<Vec<u8>> {
        let size = self.store.path(digest).symlink_metadata().map_or(0, |found| found.len());
        // One that is too large is refused without being read.
        self.total += if size > MAX_MANIFEST_BYTES { 0 } else { size };
        if self.are_too_many() {
            return Err(Error::new(
                Code::BlobIoError,
                format_args!(
                    "{}: its manifests have more than {MAX_MANIFESTS_BYTES} bytes together",
                    self.store.root().display()
                ),
            ));
        }
        self.store.get_at_most(digest, MAX_MANIFEST_BYTES)
    }

    /// Adds all that a manifest or index names, and itself. What cannot be read names nothing more.
    fn reach(&mut self, digest: Digest, found: &mut BTreeSet<Digest>, depth: usize) -> Result<()> {
        if depth > 8 || !found.insert(digest) {
            return Ok(());
        }
        let bytes = match self.read(&digest) {
            Ok(bytes) => bytes,
            Err(error) if error.code == Code::BlobNotFound => return Ok(()),
            // A manifest that cannot be read now may name blobs; nothing is removed on a guess.
            Err(error) => return Err(error),
        };
        let contents = Contents::of(&bytes);
        found.extend(contents.blobs);
        for nested in contents.manifests {
            self.reach(nested, found, depth + 1)?;
        }
        Ok(())
    }
}
