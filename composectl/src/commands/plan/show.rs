//! `composectl plan show`.

use clap::Args;
use composectl_plan::{Component, Determinism, Grants, Linkage, Plan, SignatureEntry, Store};
use serde_json::{Map, Value, json};

use super::PlanFile;
use crate::commands::output;
use crate::exit::Outcome;

/// `composectl plan show`.
#[derive(Args, Debug)]
#[command(
    long_about = "Show what a plan says, and what follows from it: its own digest, every component and whether the \
                  store has it, who may resolve whom.\n\nThe store is only asked whether it has a file; `plan validate \
                  --deep` verifies.\n\nExit codes: 0, 125 (the plan is not valid or cannot be read)."
)]
pub struct ShowArgs {
    #[command(flatten)]
    file: PlanFile,

    /// Print all of the plan as JSON, with defaults filled in
    #[arg(long)]
    json: bool,
}

/// Shows.
pub fn run(args: &ShowArgs) -> Outcome {
    let plan = Plan::load(&args.file.plan).map_err(|error| output::failure(error, args.json))?;
    let store = args.file.store();
    if args.json {
        output::json(&plan_json(&plan, Some(&store)))?;
    } else {
        output::lines(lines(&plan, &store))?;
    }
    Ok(0)
}

fn lines(plan: &Plan, store: &Store) -> Vec<String> {
    let mut lines = vec![
        format!("plan     {}", plan.digest),
        format!("trust    {}", trust_text(plan)),
        format!("linkage  {}", linkage(plan.linkage)),
        format!("root     {}", plan.root),
    ];
    for component in &plan.components {
        let absent = if store.has(&component.digest) { "" } else { "  (not in the store)" };
        lines.push(String::new());
        lines.push(format!("{}{absent}", component.id));
        lines.push(format!("  digest      {}", component.digest));
        if let Some(source) = &component.source {
            lines.push(format!("  source      {}", source.text()));
        }
        lines.push(format!("  grants      {}", grants_text(component.grants.as_ref())));
        for (name, value) in component.limits.set() {
            lines.push(format!("  limit       {name} {}", output::grouped(value.into())));
        }
        for entry in &component.signatures {
            let expires =
                entry.expires.map(|expires| format!(" until {expires}")).unwrap_or_default();
            lines.push(format!("  signed by   {}{expires}", entry.key));
        }
        let resolves: Vec<&str> = names_of(plan, &component.id);
        if !resolves.is_empty() {
            lines.push(format!("  resolves    {}", resolves.join(", ")));
        }
    }
    let root = names_of(plan, &plan.root);
    lines.push(String::new());
    lines.push(match root.as_slice() {
        [] => format!("`{}` may resolve every component", plan.root),
        names => format!("`{}` may resolve {}", plan.root, names.join(", ")),
    });
    lines
}

/// The names that bindings give to a consumer.
fn names_of<'p>(plan: &'p Plan, consumer: &str) -> Vec<&'p str> {
    plan.bindings
        .iter()
        .filter(|binding| binding.consumer_id.as_ref().unwrap_or(&plan.root) == consumer)
        .map(|binding| binding.import_name.as_str())
        .collect()
}

fn trust_text(plan: &Plan) -> String {
    let trust = &plan.policy.trust;
    match &trust.keys {
        Some(keys) => format!("{} (keys {})", trust.mode.as_str(), keys.join(", ")),
        None => trust.mode.as_str().to_owned(),
    }
}

fn grants_text(grants: Option<&Grants>) -> String {
    let Some(grants) = grants else { return "none".to_owned() };
    let dirs = grants.dirs.iter().map(|grant| format!("dir {}", grant.text()));
    let env = grants.env.iter().map(|grant| format!("env {}", grant.text()));
    let net = grants.net.iter().map(|address| format!("net {address}"));
    let all: Vec<String> = dirs.chain(env).chain(net).collect();
    if all.is_empty() { "clocks and random numbers".to_owned() } else { all.join(", ") }
}

fn linkage(linkage: Linkage) -> &'static str {
    match linkage {
        Linkage::Static => "static",
        Linkage::Runtime => "runtime",
    }
}

/// All of a plan, with defaults filled in; with whether the store has each component, if a store is given.
pub fn plan_json(plan: &Plan, store: Option<&Store>) -> Value {
    let components: Vec<Value> = plan
        .components
        .iter()
        .map(|component| {
            let mut shown = component_json(component);
            if let Some(store) = store {
                shown["in_store"] = store.has(&component.digest).into();
            }
            shown
        })
        .collect();
    let bindings: Vec<Value> = plan
        .bindings
        .iter()
        .map(|binding| {
            json!({
                "consumer_id": binding.consumer_id.as_ref().unwrap_or(&plan.root),
                "import_name": binding.import_name,
                "provider_id": binding.provider_id,
                "export_name": binding.export_name,
            })
        })
        .collect();
    json!({
        "version": "1",
        "digest": plan.digest.to_string(),
        "root": plan.root,
        "linkage": linkage(plan.linkage),
        "components": components,
        "bindings": bindings,
        "policy": policy_json(plan),
        "explicit_exports": plan.explicit_exports,
    })
}

/// The parts of a plan's policy.
pub fn policy_json(plan: &Plan) -> Value {
    let policy = &plan.policy;
    let determinism = match policy.determinism {
        Determinism::Strict => "strict",
        Determinism::Audit => "audit",
        Determinism::Relaxed => "relaxed",
    };
    let mut limits: Map<String, Value> =
        policy.run.set().map(|(name, value)| (name.to_owned(), value.into())).collect();
    let bounds = [
        ("cpu_ms", policy.most.time_ms),
        ("memory_bytes", policy.most.memory_bytes),
        ("io_ops", policy.io_ops),
    ];
    for (name, value) in bounds {
        if let Some(value) = value {
            limits.insert(name.to_owned(), value.into());
        }
    }
    let capabilities = policy.capabilities.as_ref().map(|listed| {
        let shown = listed.iter().map(|capability| {
            let level = if capability.required { "required" } else { "optional" };
            json!({"name": capability.name, "level": level})
        });
        shown.collect::<Vec<Value>>()
    });
    json!({
        "determinism": determinism,
        "capabilities": capabilities,
        "limits": limits,
        "trust": {"mode": policy.trust.mode.as_str(), "keys": policy.trust.keys},
    })
}

/// One component.
pub fn component_json(component: &Component) -> Value {
    let limits: Map<String, Value> =
        component.limits.set().map(|(name, value)| (name.to_owned(), value.into())).collect();
    json!({
        "id": component.id,
        "digest": component.digest.to_string(),
        "source": component.source.as_ref().map(|source| source.text()),
        "grants": component.grants.as_ref().map(|grants| json!({
            "dirs": grants.dirs.iter().map(|grant| grant.text()).collect::<Vec<_>>(),
            "env": grants.env.iter().map(|grant| grant.text()).collect::<Vec<_>>(),
            "net": grants.net,
        })),
        "limits": limits,
        "signatures": component.signatures.iter().map(signature_json).collect::<Vec<_>>(),
    })
}

/// One signature.
pub fn signature_json(entry: &SignatureEntry) -> Value {
    json!({
        "key": entry.key,
        "signature": entry.signature_text(),
        "expires": entry.expires.map(|expires| expires.to_string()),
    })
}
