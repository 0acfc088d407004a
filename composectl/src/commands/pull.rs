//! `composectl pull`: a component from a registry into the store.

use std::path::{Path, PathBuf};

use clap::Args;
use composectl_plan::{Component, Limits, Plan, Result, Source, Store, set_component};
use composectl_registry::{Pulled, Reach};
use serde_json::json;

use super::inspect::component_info;
use super::output;
use super::plan_file::write_plan;
use super::registry::{Transport, reference, summary};
use crate::exit::Outcome;
use crate::report::Reporter;

/// `composectl pull`.
#[derive(Args, Debug)]
#[command(
    long_about = "Fetch a component from an OCI registry into the store, verified.\n\nREF is REGISTRY/REPOSITORY:TAG, \
                  or REGISTRY/REPOSITORY@sha256:HEX with the digest of a manifest, which always means the same \
                  component. Printed is the reference pinned that way, and the component's own digest.\n\nExit codes: \
                  0, 127 (the registry has no such thing), 125 (anything else).",
    after_help = "Examples:\n  composectl pull localhost:5000/caps/zlib:1.3\n  composectl pull --json \
                  registry.test/caps/zlib@sha256:.."
)]
pub struct PullArgs {
    /// What to fetch
    #[arg(value_name = "REF")]
    pub reference: String,

    /// The blob store (default: $PYLON_STORE, else `store` beside the plan or in this folder)
    #[arg(long, value_name = "DIR")]
    pub store: Option<PathBuf>,

    /// Pin the component in this plan: its digest, and the registry as its source
    #[arg(long, value_name = "FILE", requires = "id")]
    pub plan: Option<PathBuf>,

    /// The id that the component has, or gets, in the plan
    #[arg(long, value_name = "ID", requires = "plan")]
    pub id: Option<String>,

    #[command(flatten)]
    pub transport: Transport,

    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// Pulls.
pub fn run(args: &PullArgs, reporter: Reporter) -> Outcome {
    let pulled = pull(args, reporter).map_err(|error| output::failure(error, args.json))?;
    let Pulled { pinned, digest, size, fetched } = pulled;
    let source = Source::Oci(pinned.clone()).text();
    if args.json {
        output::json(&json!({
            "reference": args.reference,
            "pinned": pinned.text(),
            "source": source,
            "digest": digest.to_string(),
            "size": size,
            "fetched": fetched,
        }))?;
        return Ok(0);
    }
    let note = if fetched { "" } else { ", was in the store" };
    output::lines(summary(&pinned, &digest, size, note))?;
    Ok(0)
}

fn pull(args: &PullArgs, reporter: Reporter) -> Result<Pulled> {
    let reference = reference(&args.reference)?;
    let store = Store::open(Store::folder(args.store.as_deref(), args.plan.as_deref()));
    let pulled = reporter.slow(&format!("fetching {}", reference.text()), || {
        composectl_registry::pull(
            &reference,
            &store,
            &args.transport.options(Reach::Registry),
            |bytes| component_info(&reference.text(), bytes),
        )
    })?;
    if let (Some(plan), Some(id)) = (&args.plan, &args.id) {
        pin(plan, id, &pulled)?;
    }
    Ok(pulled)
}

/// Writes digest and source into the plan, which stays as it is otherwise.
fn pin(path: &Path, id: &str, pulled: &Pulled) -> Result<()> {
    let text = Plan::read_text(path)?;
    let old = Plan::parse_file(&text, path)?.component(id).cloned();
    let mut component = old.unwrap_or_else(|| Component {
        id: id.to_owned(),
        digest: pulled.digest,
        source: None,
        grants: None,
        limits: Limits::default(),
        signatures: Vec::new(),
    });
    if component.digest != pulled.digest {
        // They were made for another component.
        component.signatures.clear();
    }
    component.digest = pulled.digest;
    component.source = Some(Source::Oci(pulled.pinned.clone()));
    let text = set_component(&text, &component)?;
    write_plan(path, &text)
}
