//! What `pull`, `push` and `plan lock` say to registries and of them.

use clap::Args;
use composectl_plan::{Code, Digest, Error, OciReference, Result};
use composectl_registry::{Options, Reach};

use super::output;

/// How registries are talked to.
#[derive(Args, Debug)]
pub struct Transport {
    /// HTTP without TLS; without this flag, registries on this machine only (loopback)
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub plain_http: Option<bool>,
}

impl Transport {
    /// The options that these flags stand for.
    pub fn options(&self, reach: Reach) -> Options {
        Options { plain_http: self.plain_http, reach, ..Options::default() }
    }
}

/// Reads a reference.
pub fn reference(text: &str) -> Result<OciReference> {
    // As a plan writes it.
    let bare = text.strip_prefix("oci:").unwrap_or(text);
    OciReference::parse(bare).map_err(|error| {
        Error::new(Code::InvalidInput, format_args!("`{text}` is no reference: {error}"))
            .with_context("expected is REGISTRY/REPOSITORY:TAG or REGISTRY/REPOSITORY@sha256:..")
    })
}

/// What was pulled or pushed, for people.
pub fn summary(pinned: &OciReference, digest: &Digest, size: u64, note: &str) -> [String; 3] {
    let (pinned, size) = (pinned.text(), output::bytes(size.into()));
    [format!("pinned  {pinned}"), format!("digest  {digest}"), format!("size    {size}{note}")]
}
