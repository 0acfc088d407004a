//! Source archives of interpreters, pinned by sha256, from whichever provider has them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use serde::Deserialize;

use crate::graph::{Context, Digest, Inputs, Step, Work};
use crate::toolchain::{SourcePackage, debian};

/// A source archive (`.tar.xz`) and where it can be had, from a pin file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Archive {
    pub name: String,
    pub version: String,
    pub sha256: Digest,
    /// An environment variable that may name a local copy of it.
    pub local: String,
    /// Debian source packages that carry it, in order of preference.
    pub debian: Vec<SourcePackage>,
}

/// Reads the pin file `path` of the checkout at `root`.
pub fn read_pin<P>(root: &Path, path: &str, parse: fn(&str) -> Result<P>) -> Result<P> {
    let path = root.join(path);
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    parse(&text).with_context(|| path.display().to_string())
}

/// Checks what every pin file has.
pub fn check_pin(schema: &str, known: &str, archives: &[Archive]) -> Result<()> {
    if schema != known {
        bail!("unknown schema \"{schema}\"\nhint: this xtask knows \"{known}\"");
    }
    if archives.is_empty() {
        bail!("it names no archive\nhint: add an [[archive]]");
    }
    Ok(())
}

/// The archive of `version` among those that the file `pin` has.
///
/// Fails for one that is not there; the error lists those that are.
pub fn of_version<'a>(archives: &'a [Archive], version: &str, pin: &str) -> Result<&'a Archive> {
    let found = archives.iter().find(|archive| archive.version == version);
    found.with_context(|| {
        let name = archives.first().map_or("the version", |archive| &archive.name);
        let known: Vec<_> = archives.iter().map(|archive| &*archive.version).collect();
        format!("{name} {version} is not pinned\nhint: {pin} has {}", known.join(", "))
    })
}

/// The file in the output of the steps here.
pub const FILE: &str = "archive.tar.xz";

impl Archive {
    /// The file that the variable names.
    pub fn local_file(&self) -> Option<PathBuf> {
        std::env::var_os(&self.local).filter(|path| !path.is_empty()).map(PathBuf::from)
    }

    /// Brings it to the file `to`, verified. The error says what was tried.
    fn fetch(&self, cx: &Context, work: &Work, to: &Path) -> Result<()> {
        if let Some(path) = self.local_file() {
            debian::verify(&path, self.sha256)
                .with_context(|| format!("{} names it", self.local))?;
            fs::copy(path, to)?;
            return Ok(());
        }
        let mut errors = Vec::new();
        for source in &self.debian {
            match debian::fetch_source(cx, work, source) {
                Ok(file) => {
                    debian::verify(&file, self.sha256)?;
                    fs::rename(file, to)?;
                    return Ok(());
                }
                Err(error) => errors.push(format!("{error:#}")),
            }
        }
        bail!("the sources of {} {} cannot be had: {}", self.name, self.version, errors.join("; "))
    }
}

impl Step for Archive {
    const KIND: &'static str = "fetch";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        format!("{} {} sources", self.name, self.version)
    }

    fn inputs(&self, _: &Context, inputs: &mut Inputs) -> Result<()> {
        inputs.text("sha256", self.sha256.to_string());
        Ok(())
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        self.fetch(cx, work, &work.out().join(FILE)).map_err(|error| {
            anyhow!(
                "{error:#}\nhint: set {} to the path of the archive with sha256 {}",
                self.local,
                self.sha256
            )
        })
    }
}

/// The first of several archives that can be had. Which that was stays in the cache with it: builds of one machine agree,
/// whatever its mirrors have by then.
#[derive(Clone, Debug)]
pub struct FirstArchive {
    /// Of one program, in order of preference; at least one.
    pub archives: Vec<Archive>,
}

/// What [`FirstArchive`] found.
pub struct Found {
    pub version: String,
    /// Why none of those before it was taken; empty for the first.
    pub reasons: String,
}

impl FirstArchive {
    const VERSION_FILE: &str = "version.txt";
    const REASONS_FILE: &str = "reasons.txt";

    /// Of the output, in `folder`.
    pub fn found(folder: &Path) -> Result<Found> {
        let read = |name: &str| {
            fs::read_to_string(folder.join(name)).with_context(|| format!("cannot read {name}"))
        };
        Ok(Found { version: read(Self::VERSION_FILE)?, reasons: read(Self::REASONS_FILE)? })
    }
}

impl Step for FirstArchive {
    const KIND: &'static str = "fetch";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        format!("{} sources", self.archives.first().map_or("", |archive| &archive.name))
    }

    fn inputs(&self, _: &Context, inputs: &mut Inputs) -> Result<()> {
        inputs.list("sha256", self.archives.iter().map(|archive| archive.sha256.to_string()));
        Ok(())
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let to = work.out().join(FILE);
        let found = first(&self.archives, |archive| archive.fetch(cx, work, &to))?;
        fs::write(work.out().join(Self::VERSION_FILE), found.version)?;
        Ok(fs::write(work.out().join(Self::REASONS_FILE), found.reasons)?)
    }
}

/// The first that `fetch` brings.
fn first(archives: &[Archive], mut fetch: impl FnMut(&Archive) -> Result<()>) -> Result<Found> {
    let mut reasons = Vec::new();
    for archive in archives {
        match fetch(archive) {
            Ok(()) => {
                return Ok(Found { version: archive.version.clone(), reasons: reasons.join("; ") });
            }
            // Of what a client says only the first line: it can be pages.
            Err(error) => {
                let text = format!("{error:#}");
                reasons.push(text.lines().next().unwrap_or_default().to_owned());
            }
        }
    }
    let digest = |archive: &Archive| format!("{} ({})", archive.sha256, archive.version);
    let digests: Vec<_> = archives.iter().map(digest).collect();
    let local = archives.first().map_or("", |archive| &archive.local);
    bail!(
        "{}\nhint: set {local} to the path of an archive with sha256 {}",
        reasons.join("; "),
        digests.join(" or ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(version: &str) -> Archive {
        Archive {
            name: "Demo".to_owned(),
            version: version.to_owned(),
            sha256: Digest::of(version),
            local: "DEMO_ARCHIVE".to_owned(),
            debian: Vec::new(),
        }
    }

    #[test]
    fn the_first_that_can_be_had_is_taken_and_the_reasons_are_kept() {
        let archives = [archive("3"), archive("2"), archive("1")];
        let found = first(&archives, |_| Ok(())).unwrap();
        assert_eq!((&*found.version, &*found.reasons), ("3", ""));
        let found = first(&archives, |archive| match &*archive.version {
            "3" => bail!("it has no 3 any more\na page of text"),
            _ => Ok(()),
        });
        let found = found.unwrap();
        assert_eq!((&*found.version, &*found.reasons), ("2", "it has no 3 any more"));
    }

    #[test]
    fn where_none_can_be_had_the_error_has_all_reasons_and_digests() {
        let archives = [archive("2"), archive("1")];
        let fetch = |archive: &Archive| -> Result<()> { bail!("no {}", archive.version) };
        let Err(error) = first(&archives, fetch) else { panic!("there is none") };
        let error = format!("{error:#}");
        assert!(error.starts_with("no 2; no 1\nhint: set DEMO_ARCHIVE"), "{error}");
        for archive in archives {
            assert!(error.contains(&archive.sha256.to_string()), "{error}");
        }
    }
}
