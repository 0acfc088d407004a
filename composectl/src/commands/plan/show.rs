//! `composectl plan show`.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use composectl_plan::{Component, Digest, Grants, Linkage, Plan, SignatureEntry};
use serde_json::Value;

use crate::commands::output;
use crate::commands::plan_file::PlanFile;
use crate::exit::Outcome;

/// `composectl plan show`.
#[derive(Args, Debug)]
#[command(
    long_about = "Show what a plan says, and what follows from it: its own digest and that of its content, every component and whether the \
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
    // A store that cannot be looked into has nothing.
    let stored = args.file.store().blobs_list().unwrap_or_default();
    let stored = stored.into_iter().map(|(digest, _)| digest).collect();
    if args.json {
        output::json(&plan_json(&plan, Some(&stored)))?;
    } else {
        output::lines(lines(&plan, &stored))?;
    }
    Ok(0)
}

fn lines(plan: &Plan, stored: &BTreeSet<Digest>) -> Vec<String> {
    let resolves = resolves(plan);
    let names_of = |consumer: &str| resolves.get(consumer).map_or(&[][..], Vec::as_slice);
    let mut lines = vec![
        format!("plan     {}", plan.digest),
        format!("content  {}", plan.content_digest()),
        format!("trust    {}", trust_text(plan)),
        format!("linkage  {}", linkage(plan.linkage)),
        format!("root     {}", plan.root),
    ];
    if let Some(name) = &plan.name {
        let revision = plan.revision.map(|revision| format!(", revision {revision}"));
        lines.push(format!("name     {name}{}", revision.unwrap_or_default()));
    }
    for component in &plan.components {
        let absent = if stored.contains(&component.digest) { "" } else { "  (not in the store)" };
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
        let names = names_of(&component.id);
        if !names.is_empty() {
            lines.push(format!("  resolves    {}", names.join(", ")));
        }
    }
    lines.push(String::new());
    lines.push(match names_of(&plan.root) {
        [] => format!("`{}` may resolve every component", plan.root),
        names => format!("`{}` may resolve {}", plan.root, names.join(", ")),
    });
    lines
}

/// The names that bindings give to each consumer.
fn resolves(plan: &Plan) -> BTreeMap<&str, Vec<&str>> {
    let mut names: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for binding in &plan.bindings {
        let consumer = binding.consumer_id.as_ref().unwrap_or(&plan.root);
        names.entry(consumer).or_default().push(&binding.import_name);
    }
    names
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

/// All of a plan, with defaults filled in; with whether the store has each component, if it is known what it has.
pub fn plan_json(plan: &Plan, stored: Option<&BTreeSet<Digest>>) -> Value {
    let mut shown = plan.content();
    shown["digest"] = plan.digest.to_string().into();
    shown["content_digest"] = plan.content_digest().to_string().into();
    let components = plan.components.iter().map(|component| {
        let mut shown = component_json(component);
        if let Some(stored) = stored {
            shown["in_store"] = stored.contains(&component.digest).into();
        }
        shown
    });
    shown["components"] = components.collect();
    shown
}

/// One component.
pub fn component_json(component: &Component) -> Value {
    let mut shown = component.content();
    shown["signatures"] = component.signatures.iter().map(SignatureEntry::content).collect();
    shown
}
