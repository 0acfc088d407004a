//! What a user decides about talking to registries, and the bounds that nobody decides.

use std::time::Duration;

use composectl_plan::MAX_BLOB_BYTES;

use crate::reach::Reach;

/// How registries are talked to.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// HTTP without TLS: `None` for registries on this machine only (loopback), `Some(true)` for any,
    /// `Some(false)` for none.
    pub plain_http: Option<bool>,
    /// How far requests may reach.
    pub reach: Reach,
    /// What a registry may cost.
    pub limits: Limits,
}

/// What a registry may cost at most. Beyond it a pull or push is an error.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of a manifest, of a configuration, of a token. The distribution specification has registries accept
    /// manifests up to 4 MiB.
    pub document_bytes: u64,
    /// Bytes of a component.
    pub blob_bytes: u64,
    /// For a connection to stand, TLS included.
    pub connect: Duration,
    /// Between two signs of life of the other side.
    pub stall: Duration,
    /// For one request from its start to the last byte of its answer.
    pub request: Duration,
    /// Redirects in a row.
    pub redirects: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            document_bytes: 4 << 20,
            blob_bytes: MAX_BLOB_BYTES,
            connect: Duration::from_secs(15),
            stall: Duration::from_secs(30),
            request: Duration::from_secs(15 * 60),
            redirects: 5,
        }
    }
}
