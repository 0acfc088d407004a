//! Certificates of authorities that become part of the program: `compose --ca FILE`. They are at `/etc/ssl/cert.pem`, where OpenSSL
//! looks for them, unless the host grants a folder there.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

use crate::graph::{Artifact, Context, Inputs, Step, Work};

/// What the program sees, below `/`; what the cap calls its default (`_ssl/_numbers.py`).
pub(super) const PLACE: &str = "etc/ssl/cert.pem";
/// The file in the artifact.
pub(super) const FILE: &str = "cert.pem";

/// More are no certificates of authorities, as composectl has it.
const MOST_BYTES: u64 = 16 << 20;

#[derive(Clone, Debug)]
struct Authorities {
    file: PathBuf,
}

/// `file`'s certificates, checked, and nothing else that is in it.
pub(super) fn of(cx: &Context, file: &Path) -> Result<Artifact> {
    cx.ensure(&Authorities { file: file.to_owned() })
}

impl Step for Authorities {
    const KIND: &'static str = "collect";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        "certificates of authorities".to_owned()
    }

    fn inputs(&self, _: &Context, inputs: &mut Inputs) -> Result<()> {
        let known = fs::metadata(&self.file)
            .with_context(|| format!("--ca: cannot read {}", self.file.display()))?;
        let shown = self.file.display();
        ensure!(known.is_file(), "--ca: {shown} is no file");
        ensure!(known.len() <= MOST_BYTES, "--ca: {shown} is larger than {MOST_BYTES} bytes");
        inputs.file_as("certificates", &self.file)
    }

    fn run(&self, _: &Context, work: &Work) -> Result<()> {
        let text = fs::read(&self.file)?;
        let text = String::from_utf8_lossy(&text);
        let pem = certificates(&text).with_context(|| format!("--ca {}", self.file.display()))?;
        fs::write(work.out().join(FILE), pem)?;
        Ok(())
    }
}

/// The certificates of a PEM text, each as it is there. What is between them is left out; what must not be told, or is not
/// whole, is an error.
fn certificates(text: &str) -> Result<String> {
    const HINT: &str = "hint: it is PEM that is read, certificates from `-----BEGIN CERTIFICATE-----` to their end";
    let mut pem = String::new();
    let mut open: Option<(usize, &str)> = None;
    for (index, line) in text.lines().enumerate() {
        let (number, line) = (index + 1, line.trim_end());
        if let Some(kind) = line.strip_prefix("-----BEGIN ").and_then(|l| l.strip_suffix("-----")) {
            if kind.contains("PRIVATE KEY") {
                bail!(
                    "line {number}: a private key, which everybody who has pylon.wasm could read\n\
                     hint: give a file of certificates only"
                );
            }
            if let Some((begun, _)) = open {
                bail!("line {begun}: what begins there does not end before line {number}");
            }
            open = Some((number, kind));
        }
        if let Some((begun, "CERTIFICATE")) = open {
            let is_code = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
            ensure!(
                line.starts_with("-----") || line.chars().all(is_code),
                "line {number}: no base64, in the certificate of line {begun}"
            );
            pem += line;
            pem.push('\n');
        }
        if line.starts_with("-----END ") {
            open = None;
        }
    }
    if let Some((begun, kind)) = open {
        bail!("line {begun}: the {} does not end", kind.to_lowercase());
    }
    ensure!(!pem.is_empty(), "it has no certificate\n{HINT}");
    Ok(pem)
}

#[cfg(test)]
mod tests {
    use super::certificates;

    const ONE: &str = "-----BEGIN CERTIFICATE-----\nMIIB\nuj==\n-----END CERTIFICATE-----\n";
    const OTHER: &str = "-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----\n";

    #[test]
    fn certificates_are_kept_and_words_between_them_are_not() {
        let text = format!("# Our own\n{ONE}\nAnother: \n{}", OTHER.replace('\n', "\r\n"));
        assert_eq!(certificates(&text).unwrap(), format!("{ONE}{OTHER}"));
        let list = "-----BEGIN X509 CRL-----\nMII\n-----END X509 CRL-----\n";
        assert_eq!(certificates(&format!("{list}{ONE}")).unwrap(), ONE);
    }

    #[test]
    fn what_is_no_bundle_is_refused_with_its_line() {
        let refused = |text: &str, why: &str| {
            let said = certificates(text).unwrap_err().to_string();
            assert!(said.contains(why), "{said}");
        };
        refused("", "it has no certificate");
        refused("\0\u{1}DER", "it has no certificate");
        refused(&format!("{ONE}-----BEGIN EC PRIVATE KEY-----\nMHc\n"), "line 5: a private key");
        refused("-----BEGIN CERTIFICATE-----\nMIIB\n", "line 1: the certificate does not end");
        refused(&ONE.replace("MIIB", "MI IB"), "line 2: no base64, in the certificate of line 1");
        refused(&format!("-----BEGIN CERTIFICATE-----\n{ONE}"), "does not end before line 2");
    }
}
