//! `composectl push`: a component into a registry.

use clap::Args;
use composectl_plan::Result;
use composectl_registry::Pushed;
use composectl_registry::Reach;
use serde_json::json;

use super::inspect::component_info;
use super::located::{self, Places};
use super::output;
use super::registry::{Transport, reference, summary};
use crate::exit::Outcome;
use crate::report::Reporter;

/// `composectl push`.
#[derive(Args, Debug)]
#[command(
    long_about = "Store a component in an OCI registry, as the CNCF's \"Wasm OCI Artifact layout\" describes \
                  it.\n\nCOMPONENT is a file, a digest in the store, an id of --plan, or a name in the store. REF is \
                  REGISTRY/REPOSITORY:TAG. Printed is the reference pinned by the digest of its manifest.\n\nWho you \
                  are is taken from docker's configuration (`docker login`).\n\nExit codes: 0, 127 (there is no such \
                  component), 125 (anything else).",
    after_help = "Examples:\n  composectl push zlib.wasm localhost:5000/caps/zlib:1.3\n  composectl push --plan \
                  pylon.plan.json zlib registry.test/caps/zlib:1.3"
)]
pub struct PushArgs {
    /// The component
    #[arg(value_name = "COMPONENT")]
    pub component: String,

    /// Where to store it
    #[arg(value_name = "REF")]
    pub reference: String,

    #[command(flatten)]
    pub places: Places,

    #[command(flatten)]
    pub transport: Transport,

    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// Pushes.
pub fn run(args: &PushArgs, reporter: Reporter) -> Outcome {
    let pushed = push(args, reporter).map_err(|error| output::failure(error, args.json))?;
    let Pushed { pinned, digest, size, sent } = pushed;
    if args.json {
        output::json(&json!({
            "reference": args.reference,
            "pinned": pinned.text(),
            "digest": digest.to_string(),
            "size": size,
            "sent": sent,
        }))?;
        return Ok(0);
    }
    let note = if sent { "" } else { ", the registry had it" };
    output::lines(summary(&pinned, &digest, size, note))?;
    Ok(0)
}

fn push(args: &PushArgs, reporter: Reporter) -> Result<Pushed> {
    let reference = reference(&args.reference)?;
    let found = located::locate(&args.component, &args.places)?;
    let info = component_info(&found.name, &found.bytes)?;
    reporter.slow(&format!("sending {} to {}", found.name, reference.text()), || {
        composectl_registry::push(
            &reference,
            &found.bytes,
            &info,
            &args.transport.options(Reach::Registry),
        )
    })
}
