//! What exactly is signed.

use std::path::{Path, PathBuf};

use crate::digest::Digest;
use crate::error::{Code, Error, Result};
use crate::instant::Instant;
use crate::json::{self, Node, Problem, Reader};
use crate::keys::SigningKey;
use crate::parse;
use crate::plan::{Component, SignatureEntry};

/// The bytes that the signature of a component is about: `"pylon-provider-v2\0" name "\0" digest allowance` and, if the
/// signature expires, the time in seconds since 1970 as 8 bytes, most significant first. `digest` are the 32 bytes
/// of the component's, `allowance` those of the digest of its grants and limits. A name contains no NUL, so no two
/// statements have the same bytes.
pub fn provider_message(component: &Component, expires: Option<Instant>) -> Vec<u8> {
    let mut message = b"pylon-provider-v2\0".to_vec();
    message.extend_from_slice(component.id.as_bytes());
    message.push(0);
    message.extend_from_slice(&component.digest.0);
    message.extend_from_slice(&component.allowance_digest().0);
    message.extend(expires.iter().flat_map(|expires| expires.0.to_be_bytes()));
    message
}

/// The bytes that the signature of a plan is about: `"pylon-plan-v1\0" digest` and the expiry as for components.
pub fn plan_message(digest: &Digest, expires: Option<Instant>) -> Vec<u8> {
    let mut message = b"pylon-plan-v1\0".to_vec();
    message.extend_from_slice(&digest.0);
    message.extend(expires.iter().flat_map(|expires| expires.0.to_be_bytes()));
    message
}

/// Where the signatures of the plan at `plan` lie: the same name with `.sig` behind.
pub fn signature_path(plan: &Path) -> PathBuf {
    let mut name = plan.as_os_str().to_owned();
    name.push(".sig");
    name.into()
}

impl SignatureEntry {
    /// Signs a component, with all that it may do.
    pub fn of_component(key: &SigningKey, component: &Component, expires: Option<Instant>) -> Self {
        let signature = key.sign(&provider_message(component, expires));
        Self { key: key.id(), signature, expires }
    }

    /// Signs a plan.
    pub fn of_plan(key: &SigningKey, digest: &Digest, expires: Option<Instant>) -> Self {
        Self { key: key.id(), signature: key.sign(&plan_message(digest, expires)), expires }
    }

    /// The signature as files write it.
    pub fn signature_text(&self) -> String {
        format!("ed25519:{}", hex::encode(self.signature))
    }
}

/// The signatures of a plan, which lie beside it in a file of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanSignatures {
    /// The digest of the plan's text that was signed.
    pub plan: Digest,
    /// The signatures.
    pub entries: Vec<SignatureEntry>,
}

impl PlanSignatures {
    /// Reads the signatures of the plan at `plan`; none if there is no such file.
    pub fn load(plan: &Path) -> Result<Option<Self>> {
        let path = signature_path(plan);
        if path.symlink_metadata().is_err() {
            return Ok(None);
        }
        let text = json::read_text(&path, "signatures", 1 << 20)?;
        Self::parse(&text).map(Some).map_err(|problem| problem.error(Some(&path)))
    }

    /// Reads `{"version": "1", "plan": "sha256:..", "signatures": [..]}`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let mut reader = Reader::new(text);
        let parsed = json::parse(text, &mut reader).and_then(|value| {
            let mut fields = reader.object(&Node { value: &value, path: String::new() })?;
            let version = fields.need(&mut reader, "version");
            let plan = fields.need(&mut reader, "plan");
            let signatures = fields.need(&mut reader, "signatures");
            fields.finish(&mut reader);
            parse::check_version(&mut reader, version.as_ref());
            let plan = plan.and_then(|node| parse::read_digest(&mut reader, &node));
            let entries = signatures.map(|node| parse::read_signatures(&mut reader, &node));
            Some(Self { plan: plan?, entries: entries? })
        });
        match (reader.problems.into_iter().next(), parsed) {
            (Some(problem), _) => Err(problem),
            (None, Some(signatures)) => Ok(signatures),
            // Nothing is missing without a complaint; were it, nothing is signed.
            (None, None) => Ok(Self { plan: Digest::of(b""), entries: Vec::new() }),
        }
    }

    /// The text that [`PlanSignatures::parse`] reads.
    pub fn text(&self) -> String {
        let entries: Vec<String> = self
            .entries
            .iter()
            .map(|entry| format!("\n    {}", crate::edit::signature(entry)))
            .collect();
        format!(
            "{{\n  \"version\": \"1\",\n  \"plan\": \"{}\",\n  \"signatures\": [{}\n  ]\n}}\n",
            self.plan,
            entries.join(",")
        )
    }

    /// Writes the file beside the plan at `plan`.
    pub fn save(&self, plan: &Path) -> Result<()> {
        let path = signature_path(plan);
        crate::files::write_atomically(&path, self.text().as_bytes(), 0o644).map_err(|error| {
            Error::new(Code::InvalidInput, format_args!("{}: {error}", path.display()))
        })
    }
}
