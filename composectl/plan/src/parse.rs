//! Text to [`Plan`]; its policy is read by `parse_policy.rs`.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use crate::digest::Digest;
use crate::error::Code;
use crate::grants::{DirGrant, EnvGrant, Grants, NetGrant};
use crate::graph;
use crate::instant::Instant;
use crate::json::{self, Node, Problem, Reader};
use crate::limits::Limits;
use crate::parse_policy::read_policy;
use crate::plan::{
    Binding, Component, DEFAULT_ROOT, Determinism, ENDPOINT, Linkage, MAX_SIGNATURES, Plan,
    PlanPolicy, SignatureEntry, TrustMode,
};
use crate::source::Source;

/// Reads a plan, or says all that is wrong with it.
pub(crate) fn plan(text: &str) -> Result<Plan, Vec<Problem>> {
    let mut reader = Reader::new(text);
    let plan = json::parse(text, &mut reader).and_then(|value| {
        let node = Node { value: &value, path: String::new() };
        read_plan(&mut reader, text, &node)
    });
    match plan {
        Some(plan) if reader.problems.is_empty() => Ok(plan),
        _ => {
            let mut problems = reader.problems;
            problems.sort_by_key(|problem| (problem.line, problem.column));
            Err(problems)
        }
    }
}

fn read_plan<'a>(reader: &mut Reader<'a>, text: &str, node: &Node<'_, 'a>) -> Option<Plan> {
    let mut fields = reader.object(node)?;
    let version = fields.need(reader, "version");
    check_version(reader, version.as_ref());
    let name = fields.take("name");
    let revision = fields.take("revision");
    let root = fields.take("root");
    let components = fields.take("components");
    let bindings = fields.take("bindings");
    let linkage = fields.take("linkage");
    let policy = fields.take("policy");
    let secrets = fields.take("secrets");
    let exports = fields.take("explicit_exports");
    fields.finish(reader);

    let has_name = name.is_some();
    let name = name.and_then(|node| id(reader, &node)).map(str::to_owned);
    if let Some(node) = revision.as_ref().filter(|_| !has_name) {
        let message = "`revision` counts those of a plan that has a name: `name` is missing";
        reader.invalid(node, Code::PlanMissingField, message);
    }
    let revision = revision.and_then(|node| reader.integer(&node, REVISIONS));
    let has_root = root.is_some();
    let root_id = root.and_then(|node| id(reader, &node));
    let root = root_id.unwrap_or(DEFAULT_ROOT).to_owned();
    let policy = policy.map(|node| read_policy(reader, &node)).unwrap_or_default();
    let linkage = linkage.and_then(|node| {
        reader.word(&node, &[("static", Linkage::Static), ("runtime", Linkage::Runtime)])
    });
    if let Some(secrets) = secrets
        && let Some(first) = reader.array(&secrets).first()
    {
        reader.invalid(first, Code::PlanInvalidSchema, "secrets are not supported").hint =
            Some("grant an environment variable instead: \"grants\": {\"env\": [\"NAME\"]}".into());
    }
    let explicit_exports = strings(reader, exports.as_ref());

    // Whether all ids are known by now: what refers to one that was misspelt elsewhere gets no second complaint.
    let listed = match &components {
        Some(node) => node.value.as_array().is_some(),
        None => reader.problems.is_empty(),
    };
    let component_nodes = components.map(|node| reader.array(&node)).unwrap_or_default();
    let Components { read, ids, all_have_ids } = read_components(reader, &component_nodes, &policy);
    let complete = listed && all_have_ids && (!has_root || root_id.is_some());
    let binding_nodes = bindings.map(|node| reader.array(&node)).unwrap_or_default();
    let mut read_bindings = Vec::new();
    for node in &binding_nodes {
        if let Some(binding) = read_binding(reader, node) {
            read_bindings.push((binding, node));
        }
    }
    let known = complete.then_some(&ids);
    graph::check(reader, &root, known, &read_bindings);
    Some(Plan {
        digest: Digest::of(text.as_bytes()),
        name,
        revision,
        root,
        components: read,
        bindings: read_bindings.into_iter().map(|(binding, _)| binding).collect(),
        linkage: linkage.unwrap_or_default(),
        policy,
        explicit_exports,
    })
}

struct Components {
    read: Vec<Component>,
    /// Those of components that are refused, too.
    ids: BTreeSet<String>,
    all_have_ids: bool,
}

fn read_components<'a>(
    reader: &mut Reader<'a>,
    nodes: &[Node<'_, 'a>],
    policy: &PlanPolicy,
) -> Components {
    let mut components = Components { read: Vec::new(), ids: BTreeSet::new(), all_have_ids: true };
    for node in nodes {
        let component = read_component(reader, node, policy);
        // A component that is refused for another reason has its id nevertheless.
        match plain_id(node) {
            Some(id) if component.is_none() => {
                components.ids.insert(id.to_owned());
            }
            Some(_) => {}
            None => components.all_have_ids = false,
        }
        let Some(component) = component else { continue };
        if !components.ids.insert(component.id.clone()) {
            let at = Node { value: node.value, path: node.path.clone() };
            let message = format!("a second component has the id `{}`", component.id);
            reader.invalid(&at, Code::PlanInvalidGraph, &message);
            continue;
        }
        components.read.push(component);
    }
    components
}

/// What `revision` may be; larger numbers are not the same to all that read JSON.
pub(crate) const REVISIONS: RangeInclusive<u64> = 1..=(1 << 53) - 1;

/// The id of a component's entry, if it can be read.
fn plain_id<'v>(node: &Node<'v, '_>) -> Option<&'v str> {
    let properties = &node.value.as_object()?.properties;
    let property = properties.iter().find(|property| property.name.as_str() == "id")?;
    property.value.as_string_lit().map(|literal| literal.value.as_ref()).filter(|id| is_id(id))
}

/// Files with another version may mean anything; this is version 1.
pub(crate) fn check_version<'a>(reader: &mut Reader<'a>, node: Option<&Node<'_, 'a>>) {
    let Some(node) = node else { return };
    if let Some(version) = reader.string(node)
        && version != "1"
    {
        let message = format!("version `{version}` is not known; known is `1`");
        reader.invalid(node, Code::PlanInvalidSchema, &message);
    }
}

/// An id: 1 to 200 of `A-Z a-z 0-9 . _ - / : @ +`, first a letter or digit, no part of which is `..`.
pub fn is_id(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/:@+".contains(&byte);
    (1..=200).contains(&text.len())
        && text.bytes().all(allowed)
        && text.as_bytes()[0].is_ascii_alphanumeric()
        && !text.split('/').any(|part| part == ".." || part == "." || part.is_empty())
}

fn id<'v, 'a>(reader: &mut Reader<'a>, node: &Node<'v, 'a>) -> Option<&'v str> {
    let text = reader.string(node)?;
    if is_id(text) {
        return Some(text);
    }
    let problem = reader.invalid(node, Code::PlanInvalidSchema, &format!("{text:?} is no id"));
    problem.hint = Some(
        "an id has 1 to 200 of A-Z a-z 0-9 . _ - / : @ + and begins with a letter or digit".into(),
    );
    None
}

fn strings<'a>(reader: &mut Reader<'a>, node: Option<&Node<'_, 'a>>) -> Vec<String> {
    let Some(node) = node else { return Vec::new() };
    let nodes = reader.array(node);
    nodes.iter().filter_map(|node| reader.string(node).map(str::to_owned)).collect()
}

fn read_component<'a>(
    reader: &mut Reader<'a>,
    node: &Node<'_, 'a>,
    policy: &PlanPolicy,
) -> Option<Component> {
    let mut fields = reader.object(node)?;
    let id_node = fields.need(reader, "id");
    let digest_node = fields.need(reader, "digest");
    let source = fields.take("source");
    let grants_node = fields.take("grants");
    let limits = fields.take("limits");
    let signatures = fields.take("signatures");
    fields.finish(reader);

    let source = source.filter(|node| !is_null(node)).and_then(|node| {
        let text = reader.string(&node)?;
        Source::parse(text)
            .map_err(|reason| {
                let message = format!("`{text}` is no source: {reason}");
                reader.invalid(&node, Code::PlanInvalidSchema, &message);
            })
            .ok()
    });
    let grants = grants_node.as_ref().map(|node| read_grants(reader, node));
    if let (Some(node), Some(grants)) = (&grants_node, &grants) {
        check_grants(reader, node, grants, policy);
    }
    let limits = limits.map(|node| read_limits(reader, &node)).unwrap_or_default();
    let signatures = signatures.map(|node| read_signatures(reader, &node)).unwrap_or_default();
    let id = id_node.and_then(|node| id(reader, &node))?.to_owned();
    let digest = digest_node.and_then(|node| read_digest(reader, &node))?;
    Some(Component { id, digest, source, grants, limits, signatures })
}

/// Refuses grants that the plan's own policy rules out.
fn check_grants<'a>(
    reader: &mut Reader<'a>,
    node: &Node<'_, 'a>,
    grants: &Grants,
    policy: &PlanPolicy,
) {
    if policy.determinism == Determinism::Strict {
        let message = "with `policy.determinism` `strict` nothing can be granted";
        reader.invalid(node, Code::PlanInvalidSchema, message).hint =
            Some("even `{}` lets a provider see clocks and random numbers".into());
    }
    if policy.io_ops.is_some() && !grants.is_empty() {
        let message = "with `policy.limits.io_ops` no folder, variable or address can be granted";
        reader.invalid(node, Code::PlanInvalidSchema, message).hint = Some(
            "I/O operations are not counted; without grants a provider does none, whatever the limit".into(),
        );
    }
}

pub(crate) fn is_null(node: &Node) -> bool {
    matches!(node.value, jsonc_parser::ast::Value::NullKeyword(_))
}

/// `sha256:<hex>`, or 32 unsigned integers below 256.
pub(crate) fn read_digest<'a>(reader: &mut Reader<'a>, node: &Node<'_, 'a>) -> Option<Digest> {
    use jsonc_parser::ast::Value;
    match node.value {
        Value::StringLit(text) => text
            .value
            .parse()
            .map_err(|error: crate::Error| {
                reader.invalid(node, error.code, &error.message).hint = error.context;
            })
            .ok(),
        Value::Array(_) => {
            let elements = reader.array(node);
            if elements.len() != 32 {
                let message = format!("a digest has 32 bytes, this one {}", elements.len());
                reader.invalid(node, Code::EmitInvalidDigest, &message);
                return None;
            }
            let mut bytes = [0; 32];
            for (byte, element) in bytes.iter_mut().zip(&elements) {
                let Value::NumberLit(literal) = element.value else {
                    let message = "a byte of a digest is a number from 0 to 255";
                    reader.invalid(element, Code::EmitInvalidDigest, message);
                    return None;
                };
                let Ok(value) = literal.value.parse::<u8>() else {
                    let message = format!("{} is no byte (0 to 255)", literal.value);
                    reader.invalid(element, Code::EmitInvalidDigest, &message);
                    return None;
                };
                *byte = value;
            }
            Some(Digest(bytes))
        }
        _ => {
            let message = "a digest is \"sha256:<hex>\" or an array of 32 bytes";
            reader.invalid(node, Code::EmitInvalidDigest, message);
            None
        }
    }
}

fn read_grants<'a>(reader: &mut Reader<'a>, node: &Node<'_, 'a>) -> Grants {
    let mut grants = Grants::default();
    let Some(mut fields) = reader.object(node) else { return grants };
    let dirs = fields.take("dirs");
    let env = fields.take("env");
    let net = fields.take("net");
    fields.finish(reader);
    each(reader, dirs, |text| DirGrant::parse(text).map(|grant| grants.dirs.push(grant)));
    each(reader, env, |text| EnvGrant::parse(text).map(|grant| grants.env.push(grant)));
    each(reader, net, |text| NetGrant::parse(text).map(|_| grants.net.push(text.to_owned())));
    grants
}

/// Calls `read` with each string of an array, and notes what it refuses.
fn each<'a>(
    reader: &mut Reader<'a>,
    node: Option<Node<'_, 'a>>,
    mut read: impl FnMut(&str) -> Result<(), String>,
) {
    let nodes = node.map(|node| reader.array(&node)).unwrap_or_default();
    for node in nodes {
        let Some(text) = reader.string(&node) else { continue };
        if let Err(reason) = read(text) {
            reader.invalid(&node, Code::PlanInvalidSchema, &reason);
        }
    }
}

/// The limits of a provider; also used for the maxima in a host's policy.
pub(crate) fn read_limits<'a>(reader: &mut Reader<'a>, node: &Node<'_, 'a>) -> Limits {
    let mut limits = Limits::default();
    let Some(mut fields) = reader.object(node) else { return limits };
    for (name, range) in Limits::RANGES {
        if let Some(node) = fields.take(name)
            && let Some(slot) = limits.get_mut(name)
        {
            *slot = reader.integer(&node, range.clone());
        }
    }
    fields.finish(reader);
    limits
}

/// Signatures, of a component or of a plan.
pub(crate) fn read_signatures<'a>(
    reader: &mut Reader<'a>,
    node: &Node<'_, 'a>,
) -> Vec<SignatureEntry> {
    let nodes = reader.array(node);
    if let Some(first) = nodes.get(MAX_SIGNATURES) {
        let message = format!("{} signatures; at most {MAX_SIGNATURES} are read", nodes.len());
        reader.invalid(first, Code::PlanInvalidSchema, &message);
        return Vec::new();
    }
    nodes.iter().filter_map(|node| read_signature(reader, node)).collect()
}

fn read_signature<'a>(reader: &mut Reader<'a>, node: &Node<'_, 'a>) -> Option<SignatureEntry> {
    let mut fields = reader.object(node)?;
    let key = fields.need(reader, "key");
    let signature = fields.need(reader, "signature");
    let expires = fields.take("expires");
    fields.finish(reader);
    let expires = match expires.filter(|node| !is_null(node)) {
        // An expiry that cannot be read must not become none.
        Some(node) => Some(instant(reader, &node)?),
        None => None,
    };
    let key = key.and_then(|node| key_id(reader, &node))?;
    let signature_node = signature?;
    let text = reader.string(&signature_node)?;
    let mut bytes = [0; 64];
    let read = text.strip_prefix("ed25519:").map(|hex| hex::decode_to_slice(hex, &mut bytes));
    if !matches!(read, Some(Ok(()))) || text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        let message = "a signature is written ed25519:<128 lower-case hex digits>";
        reader.invalid(&signature_node, Code::TrustSignatureInvalid, message);
        return None;
    }
    Some(SignatureEntry { key, signature: bytes, expires })
}

fn instant<'a>(reader: &mut Reader<'a>, node: &Node<'_, 'a>) -> Option<Instant> {
    let text = reader.string(node)?;
    Instant::parse(text)
        .map_err(|message| {
            reader.invalid(node, Code::PlanInvalidSchema, &message);
        })
        .ok()
}

fn key_id<'a>(reader: &mut Reader<'a>, node: &Node<'_, 'a>) -> Option<String> {
    let text = reader.string(node)?;
    if crate::keys::is_key_id(text) {
        return Some(text.to_owned());
    }
    let message = format!("`{text}` is no key id (16 lower-case hex digits)");
    reader.invalid(node, Code::PlanInvalidSchema, &message);
    None
}

/// An array of key ids.
pub(crate) fn read_key_ids<'a>(reader: &mut Reader<'a>, node: &Node<'_, 'a>) -> Vec<String> {
    let nodes = reader.array(node);
    nodes.iter().filter_map(|node| key_id(reader, node)).collect()
}

/// An array of digests.
pub(crate) fn read_digests<'a>(reader: &mut Reader<'a>, node: &Node<'_, 'a>) -> Vec<Digest> {
    let nodes = reader.array(node);
    nodes.iter().filter_map(|node| read_digest(reader, node)).collect()
}

/// A trust mode.
pub(crate) fn read_trust_mode<'a>(
    reader: &mut Reader<'a>,
    node: &Node<'_, 'a>,
) -> Option<TrustMode> {
    reader.word(node, &[("digest", TrustMode::Digest), ("signed", TrustMode::Signed)])
}

fn read_binding<'a>(reader: &mut Reader<'a>, node: &Node<'_, 'a>) -> Option<Binding> {
    let mut fields = reader.object(node)?;
    let consumer = fields.take("consumer_id");
    let import = fields.need(reader, "import_name");
    let provider = fields.need(reader, "provider_id");
    let export = fields.take("export_name");
    fields.finish(reader);
    let consumer_id = match consumer.filter(|node| !is_null(node)) {
        Some(node) => Some(id(reader, &node)?.to_owned()),
        None => None,
    };
    let export_name = match export {
        Some(node) => name(reader, &node)?.to_owned(),
        None => ENDPOINT.to_owned(),
    };
    let import_name = import.and_then(|node| name(reader, &node))?.to_owned();
    let provider_id = provider.and_then(|node| id(reader, &node))?.to_owned();
    Some(Binding { consumer_id, import_name, provider_id, export_name })
}

/// The name of an import or export: any text that is not empty.
pub(crate) fn name<'v, 'a>(reader: &mut Reader<'a>, node: &Node<'v, 'a>) -> Option<&'v str> {
    let text = reader.string(node)?;
    if text.is_empty() {
        reader.invalid(node, Code::PlanInvalidSchema, "the name is empty");
        return None;
    }
    Some(text)
}
