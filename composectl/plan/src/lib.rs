//! What a plan says, where blobs lie and whom to trust: from a name to the bytes that may be compiled.
//!
//! ```text
//! Plan::load ─┐
//! Store::open ┼─> Resolver::new ─> .resolve(consumer, name) ─> Resolved { digest, path, grants, limits }
//! Trust::load ┘
//! ```
//!
//! No code of a guest runs here, nothing is compiled, and nothing touches the network except through the
//! [`Fetch`] that the caller supplies. The formats are described in `docs/reference/plan.md`.

// Tests open what they made themselves.
#![cfg_attr(test, allow(clippy::disallowed_methods))]

mod content;
mod deadline;
mod digest;
mod edit;
mod error;
mod files;
mod grants;
mod graph;
mod index;
mod instant;
mod json;
mod keys;
mod layout;
mod limits;
mod memory;
mod owners;
mod parse;
mod parse_policy;
mod plan;
mod policy;
mod resolver;
mod signature;
mod source;
mod store;
mod trust;

pub use deadline::Deadline;
pub use digest::Digest;
pub use edit::{new_plan, remove_component, set_component};
pub use error::{Code, Error, Result};
pub use file_sighting::{Sighting, Stamp};
pub use files::{
    Noted, Opening, open, read_bounded, read_file, read_noted, read_opened, write_atomically,
};
pub use grants::{DirGrant, EnvGrant, Grants, NetGrant};
pub use index::{Contents, Index};
pub use instant::Instant;
pub use json::{Problem, problem_of, shortened};
pub use keys::{Key, Keyring, Revocations, SigningKey, is_key_id, one_line};
pub use layout::{Artifact, ComponentInfo, GcReport, Named};
pub use limits::{FullRunLimits, Limits, ProviderLimits, RunLimits};
pub use memory::Memory;
pub use owners::check_owners;
pub use parse::is_id;
pub use plan::{
    Binding, CAPABILITY_INVOKE, CAPABILITY_RESOLVE, Capability, Component, DEFAULT_ROOT,
    Determinism, ENDPOINT, Linkage, MAX_PLAN_BYTES, MAX_SIGNATURES, Plan, PlanPolicy, PlanTrust,
    SignatureEntry, TrustMode,
};
pub use policy::{Forbidden, HostPolicy};
pub use resolver::{Resolved, Resolver, SeenBlobs};
pub use signature::{PlanSignatures, plan_message, provider_message, signature_path};
pub use source::{Fetch, NoFetch, OciReference, Source};
pub use store::{MAX_BLOB_BYTES, Store};
pub use trust::{Trust, TrustFiles, TrustNow, Voucher};
