//! The host's policy: what this machine's owner demands of every plan. It can only narrow what a plan says.

use std::path::Path;

use crate::digest::Digest;
use crate::error::{Code, Error, Result};
use crate::grants::Grants;
use crate::json::{self, Node, Problem, Reader};
use crate::limits::{Limits, RunLimits};
use crate::parse;
use crate::plan::TrustMode;
use crate::source::{OciReference, Source, is_registry};

/// A host's policy; the default one demands nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostPolicy {
    /// The least that makes a component trusted: with `Signed` a plan of mode `digest` is treated as `signed`.
    pub mode: TrustMode,
    /// The only keys whose signatures count; `None`: all of the keyring.
    pub keys: Option<Vec<String>>,
    /// The only plans that may be used, by the digest of their text; `None`: all.
    pub plans: Option<Vec<Digest>>,
    /// Plans must be listed in `plans` or be signed.
    pub signed_plans: bool,
    /// The most that a provider's limits may be.
    pub most: Limits,
    /// The most that a run's limits may be.
    pub most_run: RunLimits,
    /// The only registries that a `source` may name, `HOST` or `HOST:PORT`; `None`: all that have a public address.
    pub registries: Option<Vec<String>>,
    /// What no plan may use.
    pub forbid: Vec<Forbidden>,
}

/// Something that a host's policy forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forbidden {
    /// Anything of WASI.
    Grants,
    /// Folders.
    GrantDirs,
    /// Environment variables.
    GrantEnv,
    /// The network.
    GrantNet,
    /// Files beside the plan.
    SourceFile,
    /// Registries.
    SourceOci,
}

const FORBIDDEN: [(&str, Forbidden); 6] = [
    ("grants", Forbidden::Grants),
    ("grants.dirs", Forbidden::GrantDirs),
    ("grants.env", Forbidden::GrantEnv),
    ("grants.net", Forbidden::GrantNet),
    ("source.file", Forbidden::SourceFile),
    ("source.oci", Forbidden::SourceOci),
];

impl HostPolicy {
    /// Reads a policy, or says all that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        let mut reader = Reader::new(text);
        let mut policy = Self::default();
        if let Some(value) = json::parse(text, &mut reader) {
            read(&mut reader, &Node { value: &value, path: String::new() }, &mut policy);
        }
        if reader.problems.is_empty() { Ok(policy) } else { Err(reader.problems) }
    }

    /// Reads a policy file. One that cannot be read is an error (`trust-verification-failed`), not no policy.
    pub fn load(path: &Path) -> Result<Self> {
        let as_trust = |error: Error| Error { code: Code::TrustVerificationFailed, ..error };
        let text = json::read_text(path, "policy", 1 << 20).map_err(as_trust)?;
        Self::parse(&text).map_err(|problems| {
            let first = problems.into_iter().next().map(|problem| problem.error(Some(path)));
            let unknown =
                || Error::new(Code::InternalError, "a policy was refused without a reason");
            as_trust(first.unwrap_or_else(unknown))
        })
    }

    /// `exec-capability-denied` if something is granted that this policy forbids.
    pub fn check_grants(&self, id: &str, grants: &Grants) -> Result<()> {
        let used = [
            (Forbidden::Grants, true),
            (Forbidden::GrantDirs, !grants.dirs.is_empty()),
            (Forbidden::GrantEnv, !grants.env.is_empty()),
            (Forbidden::GrantNet, !grants.net.is_empty()),
        ];
        for (forbidden, used) in used {
            if used && self.forbid.contains(&forbidden) {
                return Err(Error::new(
                    Code::ExecCapabilityDenied,
                    format_args!(
                        "the host's policy forbids `{}`, which the plan gives to `{id}`",
                        name(forbidden)
                    ),
                ));
            }
        }
        Ok(())
    }

    /// `trust-untrusted-source` if this policy forbids to fetch from `source`.
    pub fn check_source(&self, source: &Source) -> Result<()> {
        let forbidden = match source {
            Source::File(_) => Forbidden::SourceFile,
            Source::Oci(_) => Forbidden::SourceOci,
        };
        if self.forbid.contains(&forbidden) {
            return Err(Error::new(
                Code::TrustUntrustedSource,
                format_args!("the host's policy forbids `{}`: {}", name(forbidden), source.text()),
            )
            .with_context("put the blob into the store beforehand: composectl blob put FILE"));
        }
        if let Source::Oci(OciReference { registry, .. }) = source
            && self.registries.is_some()
            && !self.names_registry(registry)
        {
            return Err(Error::new(
                Code::TrustUntrustedSource,
                format_args!(
                    "the host's policy does not list the registry `{registry}`: {}",
                    source.text()
                ),
            )
            .with_context("`registries` of the policy lists those that plans may fetch from"));
        }
        Ok(())
    }

    /// Whether this policy lists the registry, `HOST` or `HOST:PORT`; then it may also have a private address.
    pub fn names_registry(&self, registry: &str) -> bool {
        let host = match registry.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => registry,
        };
        let is_meant = |listed: &String| {
            listed.eq_ignore_ascii_case(registry) || listed.eq_ignore_ascii_case(host)
        };
        self.registries.as_ref().is_some_and(|listed| listed.iter().any(is_meant))
    }
}

fn name(forbidden: Forbidden) -> &'static str {
    FORBIDDEN.iter().find(|(_, known)| *known == forbidden).map_or("", |(name, _)| name)
}

fn read<'a>(reader: &mut Reader<'a>, node: &Node<'_, 'a>, policy: &mut HostPolicy) {
    let Some(mut fields) = reader.object(node) else { return };
    let version = fields.need(reader, "version");
    let trust = fields.take("trust");
    let limits = fields.take("limits");
    let registries = fields.take("registries");
    let forbid = fields.take("forbid");
    fields.finish(reader);
    parse::check_version(reader, version.as_ref());
    if let Some(node) = trust {
        read_trust(reader, &node, policy);
    }
    if let Some(node) = limits
        && let Some(mut fields) = reader.object(&node)
    {
        for (name, range) in Limits::RANGES {
            if let Some(node) = fields.take(name)
                && let Some(slot) = policy.most.get_mut(name)
            {
                *slot = reader.integer(&node, range.clone());
            }
        }
        for (name, range) in RunLimits::RANGES {
            if let Some(node) = fields.take(name)
                && let Some(slot) = policy.most_run.get_mut(name)
            {
                *slot = reader.integer(&node, range.clone());
            }
        }
        fields.finish(reader);
    }
    policy.registries = registries.map(|node| {
        let nodes = reader.array(&node);
        nodes.iter().filter_map(|node| read_registry(reader, node)).collect()
    });
    if let Some(node) = forbid {
        let nodes = reader.array(&node);
        policy.forbid = nodes.iter().filter_map(|node| reader.word(node, &FORBIDDEN)).collect();
    }
}

fn read_registry<'a>(reader: &mut Reader<'a>, node: &Node<'_, 'a>) -> Option<String> {
    let text = reader.string(node)?;
    if is_registry(text) {
        return Some(text.to_owned());
    }
    let message = format!("`{text}` is no registry (host name and optional port)");
    reader.invalid(node, Code::PlanInvalidSchema, &message);
    None
}

fn read_trust<'a>(reader: &mut Reader<'a>, node: &Node<'_, 'a>, policy: &mut HostPolicy) {
    let Some(mut fields) = reader.object(node) else { return };
    let mode = fields.take("mode");
    let keys = fields.take("keys");
    let plans = fields.take("plans");
    let signed_plans = fields.take("signed_plans");
    fields.finish(reader);
    if let Some(node) = mode {
        policy.mode = parse::read_trust_mode(reader, &node).unwrap_or(TrustMode::Signed);
    }
    policy.keys = keys.map(|node| parse::read_key_ids(reader, &node));
    policy.plans = plans.map(|node| parse::read_digests(reader, &node));
    policy.signed_plans = signed_plans.is_some_and(|node| reader.boolean(&node));
}
