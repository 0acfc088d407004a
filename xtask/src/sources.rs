//! Third-party sources: fetched, verified, cached; never in the tree. C libraries come out of the `-sys` crates
//! that bundle them, by `vendor/Cargo.lock`; interpreters come as source [archives](crate::archives).

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use serde::Deserialize;

use crate::archives;
use crate::graph::{Artifact, Context, Inputs, Step, Work};
use crate::manifest::{Source, VendorRecipe};
use crate::pypi::FetchedPackage;

/// The sources of a vendor library, for who names them as an input.
pub fn of_recipe(cx: &Context, recipe: &VendorRecipe) -> Result<Artifact> {
    match Fetched::of(recipe) {
        Fetched::Crate(step) => cx.ensure(&step),
        Fetched::Archive(step) => cx.ensure(&step),
        Fetched::Package(step) => cx.ensure(&step),
    }
}

/// The same for who reads them.
pub fn files_of_recipe(cx: &Context, recipe: &VendorRecipe) -> Result<Artifact> {
    match Fetched::of(recipe) {
        Fetched::Crate(step) => cx.ensure_files(&step),
        Fetched::Archive(step) => cx.ensure_files(&step),
        Fetched::Package(step) => cx.ensure_files(&step),
    }
}

/// The step that brings a library's sources.
enum Fetched {
    Crate(Crate),
    Archive(CrateArchive),
    Package(FetchedPackage),
}

impl Fetched {
    fn of(recipe: &VendorRecipe) -> Fetched {
        let of_crate = |name: &str| Crate { name: name.to_owned() };
        match &recipe.source {
            Source::Crate { name, archive: None } => Fetched::Crate(of_crate(name)),
            Source::Crate { name, archive: Some(path) } => Fetched::Archive(CrateArchive {
                of: of_crate(name),
                path: path.as_std_path().to_owned(),
            }),
            Source::Package(of) => Fetched::Package(FetchedPackage { of: of.clone() }),
        }
    }
}

/// A crate of `vendor/Cargo.lock`, unpacked.
#[derive(Clone, Debug)]
pub struct Crate {
    pub name: String,
}

#[derive(Deserialize)]
struct Lockfile {
    package: Vec<LockedPackage>,
}

/// A package in a lock file of cargo's.
#[derive(Deserialize)]
pub struct LockedPackage {
    pub name: String,
    pub version: String,
    /// None for a package that is where its manifest is.
    pub source: Option<String>,
    pub checksum: Option<String>,
}

/// All packages in the lock file `path`.
pub fn locked_packages(path: &Path) -> Result<Vec<LockedPackage>> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let lock: Lockfile =
        toml_edit::de::from_str(&text).with_context(|| path.display().to_string())?;
    Ok(lock.package)
}

impl Crate {
    /// The version and checksum in `vendor/Cargo.lock`.
    fn locked(&self, root: &Path) -> Result<(String, String)> {
        let packages = locked_packages(&root.join("vendor/Cargo.lock"))?;
        let mut found = packages.into_iter().filter(|package| package.name == self.name);
        match (found.next(), found.next()) {
            (Some(LockedPackage { version, checksum: Some(sum), .. }), None) => Ok((version, sum)),
            (Some(_), Some(_)) => bail!("vendor/Cargo.lock has more than one {}", self.name),
            _ => bail!(
                "vendor/Cargo.lock has no {}\nhint: add it to vendor/Cargo.toml and run `cargo fetch --manifest-path vendor/Cargo.toml`",
                self.name
            ),
        }
    }
}

impl Step for Crate {
    const KIND: &'static str = "fetch";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        format!("crate {}", self.name)
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        let (version, checksum) = self.locked(cx.root())?;
        inputs.text("version", version);
        inputs.text("checksum", checksum);
        Ok(())
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let cargo = |verb: &str| {
            let process = work.process(&cargo).network().arg(verb).arg("--locked");
            process.arg("--manifest-path").arg(cx.root().join("vendor/Cargo.toml"))
        };
        let offline =
            || cargo("metadata").args(["--offline", "--format-version", "1"]).quiet().run();
        // Cargo may have it already; only then does --offline not matter.
        let metadata = match offline() {
            Ok(metadata) => metadata,
            Err(_) => {
                work.network(&format!("the crate {}", self.name))?;
                cargo("fetch").run()?;
                offline()?
            }
        };
        let manifest = manifest_path(&metadata, &self.name)?;
        let dir =
            manifest.parent().ok_or_else(|| anyhow!("cargo names no folder for {}", self.name))?;
        copy_tree(dir, work.out())
    }
}

/// An archive (`.tar.gz`) in a crate, unpacked.
#[derive(Clone, Debug)]
struct CrateArchive {
    of: Crate,
    path: PathBuf,
}

impl Step for CrateArchive {
    const KIND: &'static str = "unpack";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        format!("{} of crate {}", self.path.display(), self.of.name)
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        inputs.text("path", self.path.display().to_string());
        inputs.artifact("crate", &cx.ensure(&self.of)?);
        Ok(())
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let path = cx.ensure(&self.of)?.dir.join(&self.path);
        let file = fs::File::open(&path)
            .with_context(|| format!("the crate {} has no such archive", self.of.name))?;
        unpack(flate2::read::GzDecoder::new(std::io::BufReader::new(file)), 0, work.out())
    }
}

fn manifest_path(metadata: &str, name: &str) -> Result<PathBuf> {
    let metadata: serde_json::Value =
        serde_json::from_str(metadata).context("cargo metadata is no JSON")?;
    let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let package = packages.iter().find(|package| package["name"] == name);
    let path = package.and_then(|package| package["manifest_path"].as_str());
    Ok(path.ok_or_else(|| anyhow!("cargo metadata has no {name}"))?.into())
}

/// Copies a folder with everything below it.
pub fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    for file in crate::toolchain::walk(from)? {
        let target = to.join(file.strip_prefix(from).expect("invariant: walked from there"));
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(&file, &target).with_context(|| format!("cannot copy {}", file.display()))?;
    }
    Ok(())
}

/// A program's sources: an archive unpacked without its top folder, with our patches applied.
#[derive(Clone, Debug)]
pub struct SourceTree {
    pub name: String,
    pub version: String,
    /// What has [`archives::FILE`].
    pub archive: Artifact,
    /// Folder of the checkout with `*.patch` files, applied in the order of their names. `*@VERSION.patch` is
    /// for that version alone. None for the sources as they are published.
    pub patches: Option<String>,
}

impl SourceTree {
    fn patches(&self, cx: &Context) -> Result<Vec<PathBuf>> {
        let Some(folder) = &self.patches else { return Ok(Vec::new()) };
        let mut patches = crate::toolchain::walk(&cx.root().join(folder))?;
        patches.retain(|path| is_patch_for(&self.version, path));
        patches.sort();
        Ok(patches)
    }
}

impl Step for SourceTree {
    const KIND: &'static str = "unpack";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        format!("{} {}", self.name, self.version)
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        inputs.artifact("archive", &self.archive);
        self.patches(cx)?.iter().try_for_each(|patch| inputs.file(patch))
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let file = fs::File::open(self.archive.path(archives::FILE))?;
        unpack(liblzma::read::XzDecoder::new(std::io::BufReader::new(file)), 1, work.out())?;
        for patch in self.patches(cx)? {
            let text = fs::read_to_string(&patch)?;
            apply(&text, work.out())
                .with_context(|| format!("cannot apply {}", patch.display()))?;
        }
        Ok(())
    }
}

fn is_patch_for(version: &str, path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let stem = name.strip_suffix(".patch");
    stem.is_some_and(|stem| stem.split_once('@').is_none_or(|(_, of)| of == version))
}

/// Leaves out the first `leading` folders of each path.
pub fn unpack(archive: impl std::io::Read, leading: usize, to: &Path) -> Result<()> {
    unpack_wanted(archive, leading, to, |_| true)
}

/// The same for those paths that are `wanted`, as they are without the folders.
pub fn unpack_wanted(
    archive: impl std::io::Read,
    leading: usize,
    to: &Path,
    wanted: impl Fn(&Path) -> bool,
) -> Result<()> {
    let mut archive = tar::Archive::new(archive);
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = entry.path()?.into_owned();
        let below: PathBuf = path.components().skip(leading).collect();
        if below.as_os_str().is_empty() || !wanted(&below) {
            continue;
        }
        if !below.components().all(|part| matches!(part, std::path::Component::Normal(_))) {
            bail!("the archive has an entry {} that leads out of its folder", path.display());
        }
        let target = to.join(below);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        entry.unpack(&target).with_context(|| format!("cannot unpack {}", path.display()))?;
    }
    Ok(())
}

/// Applies a patch of one or more files, each with an `a/` and a `b/` name. Text before the first `--- ` is
/// the patch's reason.
fn apply(text: &str, tree: &Path) -> Result<()> {
    let mut files: Vec<String> = Vec::new();
    for line in text.lines() {
        if line.starts_with("--- a/") {
            files.push(String::new());
        }
        if let Some(file) = files.last_mut() {
            file.push_str(line);
            file.push('\n');
        }
    }
    if files.is_empty() {
        bail!("it changes no file");
    }
    for file in files {
        let patch = diffy::Patch::from_str(&file)?;
        let name = patch.modified().and_then(|name| name.strip_prefix("b/"));
        let path = tree.join(name.ok_or_else(|| anyhow!("a file of it has no b/ name"))?);
        let original =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        fs::write(&path, diffy::apply(&original, &patch)?)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_of_two_files_is_applied_and_a_stale_one_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("one"), "a\nb\nc\n").unwrap();
        fs::write(dir.path().join("two"), "x\n").unwrap();
        let patch = "Why: a reason.\n\n--- a/one\n+++ b/one\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n\
                     --- a/two\n+++ b/two\n@@ -1 +1 @@\n-x\n+y\n";
        apply(patch, dir.path()).unwrap();
        assert_eq!(fs::read_to_string(dir.path().join("one")).unwrap(), "a\nB\nc\n");
        assert_eq!(fs::read_to_string(dir.path().join("two")).unwrap(), "y\n");
        assert!(apply(patch, dir.path()).is_err());
        assert!(apply("no file here", dir.path()).is_err());
    }

    #[test]
    fn a_patch_may_be_for_one_version() {
        let names =
            ["0001-all.patch", "0002-one@1.25.0.patch", "0002-one@1.26.1.patch", "README.md"];
        let served: Vec<_> =
            names.iter().filter(|name| is_patch_for("1.26.1", Path::new(name))).collect();
        assert_eq!(served, [&names[0], &names[2]]);
    }

    #[test]
    fn an_entry_that_leads_out_of_the_archive_is_refused() {
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.as_gnu_mut().unwrap().name[..11].copy_from_slice(b"top/../evil");
        header.set_size(0);
        header.set_cksum();
        builder.append(&header, std::io::empty()).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let error = unpack(&builder.into_inner().unwrap()[..], 1, dir.path()).unwrap_err();
        assert!(error.to_string().contains("leads out of its folder"), "{error}");
    }
}
