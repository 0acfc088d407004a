//! `composectl plan lock`.

use std::path::{Path, PathBuf};

use clap::Args;
use composectl_plan::{
    Code, Error, Instant, Plan, PlanSignatures, Result, SignatureEntry, Source, set_component,
};
use composectl_registry::Reach;
use serde_json::json;

use crate::commands::inspect::component_info;
use crate::commands::keys::signing_key;
use crate::commands::output;
use crate::commands::plan_file::{PlanFile, write_plan};
use crate::commands::registry::Transport;
use crate::commands::times::parse_expiry;
use crate::exit::Outcome;
use crate::report::Reporter;

/// `composectl plan lock`.
#[derive(Args, Debug)]
#[command(
    long_about = "Pin what a plan leaves open, and print or sign its digest.\n\nA `source` that names a registry by tag \
                  gets the digest of the manifest that the tag means now; the component in it must be the plan's \
                  (`pull --plan` takes another one). Then the plan's own digest is printed: it is what a host's \
                  policy lists (trust.plans) and what `run --plan-digest` takes.\n\nWith --sign the digest is signed \
                  and the signature written beside the plan, in PLAN.sig; signatures there that are about another \
                  text of the plan are dropped.\n\nExit codes: 0, 1 (--check only: something is open), 127 (not \
                  found), 125 (anything else).",
    after_help = "Examples:\n  composectl plan lock plan.json\n  composectl plan lock --sign release.key --expires 365d \
                  plan.json"
)]
pub struct LockArgs {
    #[command(flatten)]
    file: PlanFile,

    /// Sign the plan with this private key
    #[arg(long, value_name = "KEY", conflicts_with = "check")]
    sign: Option<PathBuf>,

    /// When the signature expires: 2027-01-31, a time in RFC 3339, or from now on 90d, 12h
    #[arg(long, value_name = "WHEN", value_parser = parse_expiry, requires = "sign")]
    expires: Option<Instant>,

    /// Change nothing; fail if something is open
    #[arg(long)]
    check: bool,

    /// Let the plan's sources name registries that have private addresses, this machine's included
    #[arg(long)]
    allow_private_registries: bool,

    #[command(flatten)]
    transport: Transport,

    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// Locks.
pub fn run(args: &LockArgs, reporter: Reporter) -> Outcome {
    let as_failure = |error| output::failure(error, args.json);
    let path = &args.file.plan;
    let text = Plan::read_text(path).map_err(as_failure)?;
    let open = open_sources(&Plan::parse_file(&text, path).map_err(as_failure)?);
    if args.check && !open.is_empty() {
        if args.json {
            output::json(&json!({ "locked": false, "open": open }))?;
        } else {
            output::line(&format!("{}: sources by tag: {}", path.display(), open.join(", ")))?;
        }
        return Ok(crate::commands::NO);
    }
    let plan = if open.is_empty() { Plan::parse(&text) } else { pin(args, text, &open, reporter) };
    let plan = plan.map_err(as_failure)?;
    let signatures = match &args.sign {
        Some(key) => sign(args, &plan, key, reporter).map_err(as_failure)?,
        None => Vec::new(),
    };
    if args.json {
        let signatures: Vec<_> = signatures.iter().map(SignatureEntry::content).collect();
        let digest = plan.digest.to_string();
        output::json(
            &json!({ "locked": true, "digest": digest, "pinned": open, "signatures": signatures }),
        )?;
    } else {
        for id in &open {
            reporter.say(&format!("pinned the source of `{id}`"));
        }
        output::line(&format!("{}  {}", plan.digest, path.display()))?;
    }
    Ok(0)
}

/// The ids of components whose registry source has no digest.
fn open_sources(plan: &Plan) -> Vec<String> {
    let is_open = |source: &Option<Source>| matches!(source, Some(Source::Oci(reference)) if reference.digest.is_none());
    let components = plan.components.iter().filter(|component| is_open(&component.source));
    components.map(|component| component.id.clone()).collect()
}

/// Pins the sources of `open` and writes the plan.
fn pin(args: &LockArgs, mut text: String, open: &[String], reporter: Reporter) -> Result<Plan> {
    let plan = Plan::parse(&text)?;
    let store = args.file.store();
    let reach = if args.allow_private_registries { Reach::Registry } else { Reach::Public };
    for id in open {
        let Some(mut component) = plan.component(id).cloned() else { continue };
        let Some(Source::Oci(reference)) = &component.source else { continue };
        let pulled = reporter.slow(&format!("fetching {}", reference.text()), || {
            composectl_registry::pull(reference, &store, &args.transport.options(reach), |bytes| {
                component_info(&reference.text(), bytes)
            })
        })?;
        if pulled.digest != component.digest {
            return Err(Error::new(
                Code::BlobDigestMismatch,
                format_args!(
                    "`{id}`: {} means {} now, the plan has {}",
                    reference.text(),
                    pulled.digest,
                    component.digest
                ),
            )
            .with_context(format_args!(
                "composectl pull --plan {} --id {id} {} takes the new one",
                args.file.plan.display(),
                reference.text()
            )));
        }
        component.source = Some(Source::Oci(pulled.pinned));
        text = set_component(&text, &component)?;
    }
    write_plan(&args.file.plan, &text)?;
    Plan::parse(&text)
}

/// Signs the plan and writes its `.sig` file.
fn sign(
    args: &LockArgs,
    plan: &Plan,
    key: &Path,
    reporter: Reporter,
) -> Result<Vec<SignatureEntry>> {
    let path = &args.file.plan;
    let key = signing_key(key, args.expires, reporter)?;
    let entry = SignatureEntry::of_plan(&key, &plan.digest, args.expires);
    // Signatures of another text are of no use any more.
    let old = PlanSignatures::load(path)?.filter(|old| old.plan == plan.digest);
    let mut entries = old.map_or_else(Vec::new, |old| old.entries);
    entries.retain(|other| other.key != entry.key);
    entries.push(entry);
    entries.sort_by(|a, b| a.key.cmp(&b.key));
    let signatures = PlanSignatures { plan: plan.digest, entries };
    signatures.save(path)?;
    Ok(signatures.entries)
}
