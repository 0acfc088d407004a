//! `cargo xtask explain`: a step's inputs, and whether it would run.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use serde_json::json;

use super::Session;
use crate::cli::{self, Cli};

pub fn run(session: &Session, args: &cli::Explain) -> Result<()> {
    let cx = session.context()?;
    let workspace = session.workspace()?;
    let compose = match <Cli as clap::Parser>::parse_from(["cargo xtask", "compose"]).command {
        cli::Command::Compose(compose) => compose,
        _ => bail!("internal error: `compose` is no command"),
    };
    let recipe = super::compose::recipe(workspace, &compose, std::env::vars())?;
    let dry = super::Session::new(cli::Global { dry_run: true, ..session.global.clone() })?;
    let dry_cx = dry.context()?;
    let pylon = crate::pylon::Pylon::new(dry_cx, workspace, &recipe)?;
    dry_cx.ensure(&pylon)?;
    super::dynlink::providers(&dry, &super::dynlink::Wanted::of(&recipe))?;
    let wanted = |kind: &str, label: &str| format!("{kind} {label}").contains(&args.step);
    let planned: Vec<_> =
        dry_cx.planned().into_iter().filter(|step| wanted(step.kind, &step.label)).collect();
    let made: Vec<_> =
        dry_cx.finished().into_iter().filter(|step| wanted(step.kind, &step.label)).collect();
    if planned.is_empty() && made.is_empty() {
        let mut known: BTreeSet<_> = dry_cx.finished().iter().map(|step| step.kind).collect();
        known.extend(dry_cx.planned().iter().map(|step| step.kind));
        bail!(
            "no step of `compose` has `{}` in its name\nhint: kinds of steps are {}",
            args.step,
            known.into_iter().collect::<Vec<_>>().join(", ")
        );
    }
    let mut text = String::new();
    for step in &planned {
        text += &format!(
            "{} {}: would run, since an input of it changed or was never built\n",
            step.kind, step.label
        );
    }
    for step in &made {
        text += &format!(
            "{} {}: up to date ({:.1} s when it ran)\n",
            step.kind, step.label, step.seconds
        );
        text += &format!("  key {}\n  output {}\n", step.key, step.digest);
        for (label, value) in &step.inputs {
            text += &format!("  {label} = {value}\n");
        }
    }
    let inputs: Vec<_> = made
        .iter()
        .map(|step| json!({ "kind": step.kind, "label": step.label, "key": step.key, "inputs": step.inputs }))
        .collect();
    session.result(json!({ "would-run": planned, "up-to-date": inputs }), &text)?;
    cx.finish();
    Ok(())
}
