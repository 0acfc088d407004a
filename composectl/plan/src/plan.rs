//! What a plan says. `docs/reference/plan.md` is the description of the format, `parse.rs` reads it,
//! `edit.rs` changes it.

use std::path::Path;

use crate::digest::Digest;
use crate::error::{Code, Error, Result};
use crate::grants::Grants;
use crate::instant::Instant;
use crate::json::Problem;
use crate::limits::{Limits, RunLimits};
use crate::parse;
use crate::source::Source;

/// The root's id in a plan that does not say one.
pub const DEFAULT_ROOT: &str = "root";
/// What a provider exports, and the `export_name` of a binding that does not say one.
pub const ENDPOINT: &str = "compose:dynlink/endpoint@0.1.0";
/// Longer plans are not read.
pub const MAX_PLAN_BYTES: u64 = 16 << 20;

/// More signatures of one thing are not looked at: verifying takes time.
pub const MAX_SIGNATURES: usize = 64;

/// A plan that passed all checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The SHA-256 of the text that this plan was read from; it is what pins and signatures of plans are about.
    pub digest: Digest,
    /// What the plan is called through all of its revisions.
    pub name: Option<String>,
    /// Counts the revisions of the plan of this name: a host that has seen one takes no older one any more.
    pub revision: Option<u64>,
    /// The id of the root, the component that is run. It may be one of `components`.
    pub root: String,
    /// In the order of the file; ids are unique.
    pub components: Vec<Component>,
    /// In the order of the file; all of their ids are known, and they have no cycle.
    pub bindings: Vec<Binding>,
    /// When components are linked.
    pub linkage: Linkage,
    /// What the plan allows and demands.
    pub policy: PlanPolicy,
    /// Names that a statically linked composition exports. Nothing at run time depends on them.
    pub explicit_exports: Vec<String>,
}

/// One entry of `components`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// The name that consumers resolve.
    pub id: String,
    /// The SHA-256 of the component's bytes.
    pub digest: Digest,
    /// Where it can be had when the store lacks it.
    pub source: Option<Source>,
    /// What it may touch. `None`: it may import nothing of WASI; empty: it may, but sees no folder, no variable
    /// and no network, only clocks and random numbers.
    pub grants: Option<Grants>,
    /// Its limits, where they are not the default ones.
    pub limits: Limits,
    /// Signatures of its name, digest, grants and limits.
    pub signatures: Vec<SignatureEntry>,
}

/// A signature in a plan or in a plan's `.sig` file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureEntry {
    /// The id of the key that made it.
    pub key: String,
    /// The Ed25519 signature.
    pub signature: [u8; 64],
    /// Until when it holds; part of what is signed.
    pub expires: Option<Instant>,
}

/// One entry of `bindings`: a consumer that asks for `import_name` gets `provider_id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The consumer; `None` is the root, and so is the root's id.
    pub consumer_id: Option<String>,
    /// What the consumer asks for.
    pub import_name: String,
    /// What it gets.
    pub provider_id: String,
    /// The interface of the provider that is meant.
    pub export_name: String,
}

/// When components are linked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Linkage {
    /// Beforehand: nothing is resolved at run time.
    Static,
    /// When a consumer resolves.
    #[default]
    Runtime,
}

/// How much a provider's results may depend on this machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Determinism {
    /// Not at all: a provider that is granted something, or imports WASI, is refused.
    Strict,
    /// As `relaxed`; a mark for who reads the plan.
    Audit,
    /// As far as grants reach.
    #[default]
    Relaxed,
}

/// `policy` of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanPolicy {
    /// How much a provider's results may depend on this machine.
    pub determinism: Determinism,
    /// Capabilities, `None` where the plan does not list any.
    pub capabilities: Option<Vec<Capability>>,
    /// `cpu_ms`, `memory_bytes`: the most that any provider's limits may be.
    pub most: Limits,
    /// `io_ops`. Not counted; a plan that has it cannot grant anything, so that providers do no I/O at all.
    pub io_ops: Option<u64>,
    /// `depth`, `live_instances`.
    pub run: RunLimits,
    /// Whom to trust.
    pub trust: PlanTrust,
}

/// One entry of `policy.capabilities`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capability {
    /// For example `dynlink:resolve`.
    pub name: String,
    /// Whether the plan is of no use without it.
    pub required: bool,
}

/// `policy.trust` of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanTrust {
    /// What makes a component trusted.
    pub mode: TrustMode,
    /// The ids of the keys whose signatures count; `None`: all of the keyring.
    pub keys: Option<Vec<String>>,
}

/// What makes a component trusted. `Signed` demands all that `Digest` does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum TrustMode {
    /// That the plan has its digest.
    #[default]
    Digest,
    /// That also a trusted key has signed its name, digest, grants and limits.
    Signed,
}

impl TrustMode {
    /// The mode as files write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Digest => "digest",
            Self::Signed => "signed",
        }
    }
}

/// The capability without which a plan that lists capabilities lets nobody resolve.
pub const CAPABILITY_RESOLVE: &str = "dynlink:resolve";
/// The capability without which a plan that lists capabilities lets nobody invoke.
pub const CAPABILITY_INVOKE: &str = "dynlink:invoke";

impl Plan {
    /// Reads a plan. The error is the first problem, with line and column in its text; [`Plan::check`] has all.
    pub fn parse(text: &str) -> Result<Self> {
        Self::parse_of(text, None)
    }

    /// As [`Plan::parse`], of the text that the file `path` has; the error names the file.
    pub fn parse_file(text: &str, path: &Path) -> Result<Self> {
        Self::parse_of(text, Some(path))
    }

    fn parse_of(text: &str, path: Option<&Path>) -> Result<Self> {
        Self::check(text).map_err(|problems| {
            problems.into_iter().next().map_or_else(
                || Error::new(Code::InternalError, "a plan was refused without a reason"),
                |problem| problem.error(path),
            )
        })
    }

    /// Reads a plan, or says all that is wrong with it.
    pub fn check(text: &str) -> Result<Self, Vec<Problem>> {
        parse::plan(text)
    }

    /// As [`Plan::check`], of what a file has; it may be no text.
    pub fn check_bytes(bytes: Vec<u8>) -> Result<Self, Vec<Problem>> {
        crate::json::utf8(bytes)
            .map_err(|problem| vec![problem])
            .and_then(|text| Self::check(&text))
    }

    /// Reads a plan file. The error names the file.
    pub fn load(path: &Path) -> Result<Self> {
        Self::parse_file(&Self::read_text(path)?, path)
    }

    /// The content of a plan file.
    pub fn read_bytes(path: &Path) -> Result<Vec<u8>> {
        crate::json::read_bytes(path, "plan", MAX_PLAN_BYTES)
    }

    /// The text of a plan file.
    pub fn read_text(path: &Path) -> Result<String> {
        crate::json::read_text(path, "plan", MAX_PLAN_BYTES)
    }

    /// The component called `id`.
    pub fn component(&self, id: &str) -> Option<&Component> {
        self.components.iter().find(|component| component.id == id)
    }

    /// Whether the plan grants the capability `name`: it does not list capabilities, or lists this one.
    pub fn has_capability(&self, name: &str) -> bool {
        self.policy
            .capabilities
            .as_ref()
            .is_none_or(|listed| listed.iter().any(|capability| capability.name == name))
    }

    /// `exec-capability-denied` unless the plan lets consumers invoke what they have resolved.
    pub fn check_invoke(&self) -> Result<()> {
        self.check_capability(CAPABILITY_INVOKE)
    }

    /// `exec-capability-denied` unless the plan grants the capability.
    pub(crate) fn check_capability(&self, name: &str) -> Result<()> {
        if self.has_capability(name) {
            return Ok(());
        }
        Err(Error::new(
            Code::ExecCapabilityDenied,
            format_args!("the plan lists capabilities, and `{name}` is not among them"),
        )
        .with_context("policy.capabilities"))
    }
}
