//! Sources out of a wheel of PyPI: fetched by pip or named by the user, verified, and of it the folders that are needed.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::graph::{Context, Digest, Inputs, Step, Work};
use crate::manifest::Wheel;
use crate::toolchain::debian;

/// Folders of a wheel, as they are in it.
#[derive(Clone, Debug)]
pub struct FetchedWheel {
    pub wheel: Wheel,
}

impl Step for FetchedWheel {
    const KIND: &'static str = "fetch";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        format!("wheel {} {}", self.wheel.name, self.wheel.version)
    }

    fn inputs(&self, _: &Context, inputs: &mut Inputs) -> Result<()> {
        inputs.text("sha256", &self.wheel.sha256);
        inputs.list("folder", self.wheel.folders.iter().map(|folder| folder.as_str()));
        Ok(())
    }

    fn run(&self, _: &Context, work: &Work) -> Result<()> {
        let Wheel { sha256, local, folders, .. } = &self.wheel;
        let pinned = Digest::parse(sha256).context("its sha256 is none")?;
        let file = named(local).map_or_else(|| self.fetch(work), Ok)?;
        debian::verify(&file, pinned)?;
        let mut archive = zip::ZipArchive::new(fs::File::open(&file)?)
            .with_context(|| format!("cannot read {}", file.display()))?;
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index)?;
            let Some(path) = entry.enclosed_name() else {
                bail!("the wheel has an entry that leads out of it");
            };
            if entry.is_dir() || !folders.iter().any(|folder| path.starts_with(folder)) {
                continue;
            }
            let to = work.out().join(&path);
            fs::create_dir_all(to.parent().unwrap_or(work.out()))?;
            std::io::copy(&mut entry, &mut fs::File::create(&to)?)
                .with_context(|| format!("cannot unpack {}", path.display()))?;
        }
        Ok(())
    }
}

impl FetchedWheel {
    fn fetch(&self, work: &Work) -> Result<PathBuf> {
        let Wheel { name, version, platform, sha256, local, .. } = &self.wheel;
        download(work, &format!("{name}=={version}"), sha256, &["--platform", platform]).with_context(|| {
            format!(
                "pip cannot fetch {name} {version}\n\
                 hint: pip is python3-pip of Debian; or set {local} to the path of the wheel with sha256 {sha256}"
            )
        })
    }
}

/// Has pip fetch the wheel of `package` (`NAME==VERSION`) that has this sha256 and fits `tags`, flags of pip's.
pub fn download(work: &Work, package: &str, sha256: &str, tags: &[&str]) -> Result<PathBuf> {
    work.network(&format!("the wheel of {package}"))?;
    let dir = work.scratch()?;
    let wanted = dir.join("requirements.txt");
    fs::write(&wanted, format!("{package} --hash=sha256:{sha256}\n"))?;
    let pip = work.process("python3").network().args(["-m", "pip", "download", "--quiet"]);
    let pip = pip.args(["--no-deps", "--no-cache-dir", "--require-hashes", "--only-binary=:all:"]);
    pip.args(tags).arg("--dest").arg(&dir).arg("--requirement").arg(&wanted).run()?;
    only_wheel(&dir)
}

/// The wheel that the user names.
fn named(local: &str) -> Option<PathBuf> {
    std::env::var_os(local).filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// Whether the user names a wheel, and there is a file.
pub fn is_there(local: &str) -> bool {
    named(local).is_some_and(|path| path.is_file())
}

/// Whether the machine's Python has pip.
pub fn has_pip() -> bool {
    let mut pip = std::process::Command::new("python3");
    let output = pip.args(["-m", "pip", "--version"]).output();
    output.is_ok_and(|output| output.status.success())
}

fn only_wheel(dir: &Path) -> Result<PathBuf> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "whl") {
            return Ok(path);
        }
    }
    bail!("pip said that it fetched a wheel, but there is none")
}
