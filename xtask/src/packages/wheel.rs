//! A wheel, fetched by its hash and unpacked.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use fs_err as fs;

use super::{Locked, Native};
use crate::graph::{Context, Digest, Inputs, Step, Work};
use crate::pypi;
use crate::toolchain::debian;

/// What a wheel puts into site-packages.
#[derive(Clone, Debug)]
pub struct Wheel {
    pub name: String,
    pub version: String,
    /// The name of its file.
    pub file: String,
    pub sha256: Digest,
    /// Whether its native code is left out, and not an error.
    pub without_native: bool,
    /// The Python that it is for: `3.13`.
    pub python: String,
}

impl Wheel {
    pub fn of(package: &Locked, without_native: bool, python: &str) -> Wheel {
        let Locked { name, version, wheel, sha256, .. } = package.clone();
        Wheel { name, version, file: wheel, sha256, without_native, python: python.to_owned() }
    }

    /// The flags by which pip finds a wheel of this name on any machine.
    fn tags(&self) -> Vec<&str> {
        let stem = self.file.trim_end_matches(".whl");
        let mut parts = stem.rsplit('-');
        let (platforms, abi, python) = (parts.next(), parts.next(), parts.next());
        let implementation = match python {
            Some(tag) if tag.starts_with("cp") => "cp",
            _ => "py",
        };
        let mut tags = vec!["--python-version", &self.python, "--implementation", implementation];
        tags.extend(["--abi", abi.unwrap_or("none")]);
        for platform in platforms.unwrap_or("any").split('.') {
            tags.extend(["--platform", platform]);
        }
        tags
    }

    /// Where a file of the wheel goes; none for what has no place among modules: scripts, headers, data.
    fn place(path: &Path) -> Option<PathBuf> {
        let mut parts = path.components();
        let first = parts.next()?.as_os_str().to_str()?;
        if !first.ends_with(".data") {
            return Some(path.to_owned());
        }
        match parts.next()?.as_os_str().to_str()? {
            "purelib" | "platlib" => Some(parts.as_path().to_owned()),
            _ => None,
        }
    }
}

impl Step for Wheel {
    const KIND: &'static str = "fetch";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        format!("package {} {}", self.name, self.version)
    }

    fn inputs(&self, _: &Context, inputs: &mut Inputs) -> Result<()> {
        inputs.text("sha256", self.sha256.to_string());
        inputs.text("native code", if self.without_native { "left out" } else { "an error" });
        Ok(())
    }

    fn run(&self, _: &Context, work: &Work) -> Result<()> {
        let Wheel { name, version, sha256, .. } = self;
        let package = format!("{name}=={version}");
        let file = pypi::download(work, &package, &sha256.to_string(), &self.tags())
            .with_context(|| format!("pip cannot fetch {}", self.file))?;
        debian::verify(&file, *sha256)?;
        let mut archive = zip::ZipArchive::new(fs::File::open(&file)?)
            .with_context(|| format!("cannot read {}", self.file))?;
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index)?;
            let Some(path) = entry.enclosed_name() else {
                bail!("{} has an entry that leads out of it", self.file);
            };
            let Some(place) = Wheel::place(&path).filter(|_| entry.is_file()) else { continue };
            if Native::is_file(&place.to_string_lossy()) {
                if self.without_native {
                    continue;
                }
                bail!("{} has native code in it: {}", self.file, path.display());
            }
            let to = work.out().join(&place);
            fs::create_dir_all(to.parent().unwrap_or(work.out()))?;
            io::copy(&mut entry, &mut fs::File::create(&to)?)
                .with_context(|| format!("cannot unpack {}", path.display()))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_have_a_place_and_programs_have_none() {
        let place = |path: &str| Wheel::place(Path::new(path));
        assert_eq!(place("a/b.py"), Some("a/b.py".into()));
        assert_eq!(place("a-1.data/purelib/a/b.py"), Some("a/b.py".into()));
        assert_eq!(place("a-1.data/scripts/a"), None);
    }

    #[test]
    fn pip_is_asked_for_the_wheel_that_is_locked() {
        let wheel = |file: &str| Wheel {
            name: "x".to_owned(),
            version: "1".to_owned(),
            file: file.to_owned(),
            sha256: Digest::of(b""),
            without_native: false,
            python: "3.13".to_owned(),
        };
        let tags = |file: &str| wheel(file).tags().join(" ");
        assert_eq!(
            tags("x_y-1.0-py2.py3-none-any.whl"),
            "--python-version 3.13 --implementation py --abi none --platform any"
        );
        assert_eq!(
            tags("x-1-2-cp39-abi3-manylinux2014_x86_64.manylinux_2_17_x86_64.whl"),
            "--python-version 3.13 --implementation cp --abi abi3 --platform manylinux2014_x86_64 \
             --platform manylinux_2_17_x86_64"
        );
    }
}
