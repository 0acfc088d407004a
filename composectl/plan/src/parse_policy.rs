//! The `policy` of a plan.

use crate::error::Code;
use crate::json::{Node, Reader};
use crate::limits::{Limits, RunLimits};
use crate::parse::{is_null, name, read_key_ids, read_trust_mode};
use crate::plan::{
    CAPABILITY_INVOKE, CAPABILITY_RESOLVE, Capability, Determinism, PlanPolicy, PlanTrust,
    TrustMode,
};

/// Reads it.
pub(crate) fn read_policy<'a>(reader: &mut Reader<'a>, node: &Node<'_, 'a>) -> PlanPolicy {
    let mut policy = PlanPolicy::default();
    let Some(mut fields) = reader.object(node) else { return policy };
    let determinism = fields.take("determinism");
    let capabilities = fields.take("capabilities");
    let limits = fields.take("limits");
    let trust = fields.take("trust");
    fields.finish(reader);
    if let Some(node) = determinism {
        let words = [
            ("strict", Determinism::Strict),
            ("audit", Determinism::Audit),
            ("relaxed", Determinism::Relaxed),
        ];
        policy.determinism = reader.word(&node, &words).unwrap_or_default();
    }
    if let Some(node) = capabilities {
        let nodes = reader.array(&node);
        let listed = nodes.iter().filter_map(|node| read_capability(reader, node)).collect();
        policy.capabilities = Some(listed);
    }
    if let Some(node) = limits {
        read_policy_limits(reader, &node, &mut policy);
    }
    if let Some(node) = trust {
        policy.trust = read_trust(reader, &node);
    }
    policy
}

fn read_capability<'a>(reader: &mut Reader<'a>, node: &Node<'_, 'a>) -> Option<Capability> {
    let mut fields = reader.object(node)?;
    let name_node = fields.need(reader, "name");
    let level = fields.take("level");
    fields.finish(reader);
    let level =
        level.and_then(|node| reader.word(&node, &[("required", true), ("optional", false)]));
    let required = level.unwrap_or(true);
    let name_node = name_node?;
    let name = name(reader, &name_node)?;
    if required && ![CAPABILITY_RESOLVE, CAPABILITY_INVOKE].contains(&name) {
        let message = format!("the required capability `{name}` cannot be given");
        reader.invalid(&name_node, Code::PlanInvalidSchema, &message).hint = Some(format!(
            "capabilities are `{CAPABILITY_RESOLVE}` and `{CAPABILITY_INVOKE}`; unknown ones may be `optional`"
        ));
        return None;
    }
    Some(Capability { name: name.to_owned(), required })
}

fn read_policy_limits<'a>(reader: &mut Reader<'a>, node: &Node<'_, 'a>, policy: &mut PlanPolicy) {
    let Some(mut fields) = reader.object(node) else { return };
    let range_of = |wanted: &str| {
        let found = Limits::RANGES.iter().find(|(name, _)| *name == wanted);
        found.map_or(0..=u64::MAX, |(_, range)| range.clone())
    };
    if let Some(node) = fields.take("cpu_ms").filter(|node| !is_null(node)) {
        policy.most.time_ms = reader.integer(&node, range_of("time_ms"));
    }
    if let Some(node) = fields.take("memory_bytes").filter(|node| !is_null(node)) {
        policy.most.memory_bytes = reader.integer(&node, range_of("memory_bytes"));
    }
    if let Some(node) = fields.take("io_ops").filter(|node| !is_null(node)) {
        policy.io_ops = reader.integer(&node, 0..=u64::MAX);
    }
    for (name, range) in RunLimits::RANGES {
        if let Some(node) = fields.take(name)
            && let Some(slot) = policy.run.get_mut(name)
        {
            *slot = reader.integer(&node, range.clone());
        }
    }
    fields.finish(reader);
}

fn read_trust<'a>(reader: &mut Reader<'a>, node: &Node<'_, 'a>) -> PlanTrust {
    let mut trust = PlanTrust::default();
    let Some(mut fields) = reader.object(node) else { return trust };
    let mode = fields.take("mode");
    let keys = fields.take("keys");
    fields.finish(reader);
    if let Some(node) = mode {
        trust.mode = read_trust_mode(reader, &node).unwrap_or(TrustMode::Signed);
    }
    trust.keys = keys.map(|node| read_key_ids(reader, &node));
    trust
}
