//! A source distribution, fetched by its hash and unpacked: it has what a wheel leaves out, such as a package's own tests.

use std::str::FromStr;

use anyhow::{Context as _, Result};
use flate2::read::GzDecoder;
use fs_err as fs;

use crate::graph::{Context, Digest, Inputs, Step, Work};
use crate::sources;
use crate::toolchain::debian;

/// pip from within: by itself it would run what it fetches.
const SCRIPT: &str = include_str!("source.py");

/// Written `NAME==VERSION sha256:HEX`.
#[derive(Clone, Debug)]
pub struct Source {
    name: String,
    version: String,
    sha256: Digest,
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Source, String> {
        let parts = text.split_once(" sha256:").and_then(|(package, digest)| {
            let (name, version) = package.split_once("==")?;
            let sha256 = Digest::parse(digest)?;
            Some(Source { name: name.to_owned(), version: version.to_owned(), sha256 })
        });
        parts.ok_or_else(|| format!("{text:?} is not NAME==VERSION sha256:HEX"))
    }
}

impl Step for Source {
    const KIND: &'static str = "fetch";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        format!("source of {} {}", self.name, self.version)
    }

    fn inputs(&self, _: &Context, inputs: &mut Inputs) -> Result<()> {
        inputs.text("source with sha256", self.sha256.to_string());
        Ok(())
    }

    fn run(&self, _: &Context, work: &Work) -> Result<()> {
        let what = format!("the source distribution of {} {}", self.name, self.version);
        work.network(&what)?;
        let file = work.scratch()?.join("source.tar.gz");
        let python = work.process("python3").network().args(["-c", SCRIPT]);
        let python = python.args([&self.name, &self.version]).arg(&file);
        python.run().with_context(|| format!("pip cannot fetch {what}"))?;
        debian::verify(&file, self.sha256)?;
        sources::unpack(GzDecoder::new(fs::File::open(&file)?), 1, work.out())
            .with_context(|| format!("cannot unpack {what}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_has_a_version_and_a_hash() {
        let hash = "76114b6a5414714e6c70e5fa5c4781b301b590f6951b5da39c8cc60c21382ba1";
        let source: Source = format!("a-b==1.0 sha256:{hash}").parse().unwrap();
        assert_eq!(source.label(), "source of a-b 1.0");
        for wrong in ["a-b", "a-b==1.0", "a-b sha256:76", "a-b==1.0 sha256:76"] {
            let error = wrong.parse::<Source>().unwrap_err();
            assert_eq!(error, format!("{wrong:?} is not NAME==VERSION sha256:HEX"));
        }
    }
}
