//! Sources out of a package of PyPI: fetched by pip or named by the user, verified, and of it the folders that are needed.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::graph::{Context, Digest, Inputs, Step, Work};
use crate::manifest::{Package, PackageForm};
use crate::sources;
use crate::toolchain::debian;

/// Folders of a wheel, as they are in it, or of a source distribution, below its only folder.
#[derive(Clone, Debug)]
pub struct FetchedPackage {
    pub of: Package,
}

impl Step for FetchedPackage {
    const KIND: &'static str = "fetch";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        format!("{} {} {}", self.of.form.name(), self.of.name, self.of.version)
    }

    fn inputs(&self, _: &Context, inputs: &mut Inputs) -> Result<()> {
        inputs.text("sha256", &self.of.sha256);
        inputs.list("folder", self.of.folders.iter().map(|folder| folder.as_str()));
        Ok(())
    }

    fn run(&self, _: &Context, work: &Work) -> Result<()> {
        let Package { sha256, local, folders, form, .. } = &self.of;
        let pinned = Digest::parse(sha256).context("its sha256 is none")?;
        let file = named(local).map_or_else(|| self.fetch(work), Ok)?;
        debian::verify(&file, pinned)?;
        let wanted = |path: &Path| folders.iter().any(|folder| path.starts_with(folder));
        let open = fs::File::open(&file)?;
        match form {
            PackageForm::Wheel { .. } => unzip(open, work.out(), wanted),
            PackageForm::Source { .. } => {
                let archive = flate2::read::GzDecoder::new(std::io::BufReader::new(open));
                sources::unpack_wanted(archive, 1, work.out(), wanted)
            }
        }
        .with_context(|| format!("cannot read {}", file.display()))
    }
}

impl FetchedPackage {
    fn fetch(&self, work: &Work) -> Result<PathBuf> {
        let Package { name, version, sha256, local, form, .. } = &self.of;
        let package = format!("{name}=={version}");
        let fetched = match form {
            PackageForm::Wheel { platform } => {
                download(work, &package, sha256, &["--platform", platform])
            }
            PackageForm::Source { backend } => download_source(work, &package, sha256, backend),
        };
        fetched.with_context(|| {
            format!(
                "pip cannot fetch {name} {version}\n\
                 hint: pip is python3-pip of Debian; or set {local} to the path of the {} with sha256 {sha256}",
                form.name()
            )
        })
    }
}

fn unzip(file: fs::File, to: &Path, wanted: impl Fn(&Path) -> bool) -> Result<()> {
    let mut archive = zip::ZipArchive::new(file)?;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index)?;
        let Some(path) = entry.enclosed_name() else {
            bail!("the wheel has an entry that leads out of it");
        };
        if entry.is_dir() || !wanted(&path) {
            continue;
        }
        let to = to.join(&path);
        fs::create_dir_all(to.parent().expect("invariant: it was joined"))?;
        std::io::copy(&mut entry, &mut fs::File::create(&to)?)
            .with_context(|| format!("cannot unpack {}", path.display()))?;
    }
    Ok(())
}

/// Has pip fetch the wheel of `package` (`NAME==VERSION`) that has this sha256 and fits `tags`, flags of pip's.
pub fn download(work: &Work, package: &str, sha256: &str, tags: &[&str]) -> Result<PathBuf> {
    work.network(&format!("the wheel of {package}"))?;
    pip(work, package, sha256, None, &[&["--only-binary=:all:"], tags].concat(), "whl")
}

/// What pip is told instead of building a source distribution.
const BACKEND: &str = include_str!("pypi_backend.py");

/// Has pip fetch the source distribution of `package` that has this sha256. Nothing is built: pip only wants to hear the
/// metadata, from a module that stands in for `backend`.
fn download_source(work: &Work, package: &str, sha256: &str, backend: &str) -> Result<PathBuf> {
    work.network(&format!("the sources of {package}"))?;
    let modules = work.scratch()?.join("modules");
    let file = modules.join(format!("{}.py", backend.replace('.', "/")));
    fs::create_dir_all(file.parent().expect("invariant: it was joined"))?;
    fs::write(file, BACKEND)?;
    let flags = ["--no-binary=:all:", "--no-build-isolation"];
    pip(work, package, sha256, Some(&modules), &flags, "gz")
}

fn pip(
    work: &Work,
    package: &str,
    sha256: &str,
    modules: Option<&Path>,
    flags: &[&str],
    extension: &str,
) -> Result<PathBuf> {
    let dir = work.scratch()?;
    let wanted = dir.join("requirements.txt");
    fs::write(&wanted, format!("{package} --hash=sha256:{sha256}\n"))?;
    let mut pip = work.process("python3").network().args(["-m", "pip", "download", "--quiet"]);
    if let Some(modules) = modules {
        pip = pip.env("PYTHONPATH", modules);
    }
    let pip = pip.args(["--no-deps", "--no-cache-dir", "--require-hashes"]);
    pip.args(flags).arg("--dest").arg(&dir).arg("--requirement").arg(&wanted).run()?;
    only_file(&dir, extension)
}

/// The file that the user names.
fn named(local: &str) -> Option<PathBuf> {
    std::env::var_os(local).filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// Whether the user names a file, and it is there.
pub fn is_there(local: &str) -> bool {
    named(local).is_some_and(|path| path.is_file())
}

/// Whether the machine's Python has pip.
pub fn has_pip() -> bool {
    let mut pip = std::process::Command::new("python3");
    let output = pip.args(["-m", "pip", "--version"]).output();
    output.is_ok_and(|output| output.status.success())
}

fn only_file(dir: &Path, extension: &str) -> Result<PathBuf> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.extension().is_some_and(|found| found == extension) {
            return Ok(path);
        }
    }
    bail!("pip said that it fetched a file, but there is none")
}
