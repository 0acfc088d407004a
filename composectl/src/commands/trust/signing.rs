//! Signatures of a plan's components, and what they are worth now.

use std::path::PathBuf;

use clap::Args;
use composectl_plan::{
    Code, Component, Error, Instant, Plan, PlanSignatures, Result, SignatureEntry, Trust,
    TrustMode, set_component,
};
use serde_json::{Value, json};

use crate::commands::keys::signing_key;
use crate::commands::plan_file::{TrustFlags, write_plan};
use crate::commands::times::parse_expiry;
use crate::commands::{NO, output};
use crate::exit::Outcome;
use crate::report::Reporter;

#[derive(Args, Debug)]
#[command(
    long_about = "Sign name and digest of components of a plan; the signatures go into the plan. Without IDs: all \
                  components. A signature that the key made before is replaced. (`plan lock --sign` signs the plan \
                  itself.)\n\nExit codes: 0, 125."
)]
pub struct SignArgs {
    /// The private key's file
    #[arg(long, value_name = "KEY")]
    key: PathBuf,

    /// When the signatures expire: 2027-01-31, a time in RFC 3339, or from now on 90d, 12h
    #[arg(long, value_name = "WHEN", value_parser = parse_expiry)]
    expires: Option<Instant>,

    /// The plan
    #[arg(value_name = "PLAN")]
    plan: PathBuf,

    /// Ids of components (default: all)
    #[arg(value_name = "ID")]
    ids: Vec<String>,

    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args, Debug)]
#[command(
    long_about = "Say whether a plan and its components are trusted now, as a run would decide.\n\nWith --signed \
                  signatures are demanded even where plan and policy do not.\n\nExit codes: 0 (all are), 1 (something is \
                  not), 125 (the plan is not valid, a file cannot be read)."
)]
pub struct VerifyArgs {
    /// The plan
    #[arg(value_name = "PLAN")]
    plan: PathBuf,

    /// Ids of components (default: all)
    #[arg(value_name = "ID")]
    ids: Vec<String>,

    /// Demand signatures
    #[arg(long)]
    signed: bool,

    #[command(flatten)]
    files: TrustFlags,

    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

pub fn sign(args: &SignArgs, reporter: Reporter) -> Outcome {
    let signed = sign_components(args, reporter);
    let signed = signed.map_err(|error| output::failure(error, args.json))?;
    if args.json {
        let plan = args.plan.display().to_string();
        output::json(&json!({ "plan": plan, "signed": signed }))?;
    }
    Ok(0)
}

/// Signs; the ids of what was signed.
fn sign_components(args: &SignArgs, reporter: Reporter) -> Result<Vec<String>> {
    let key = signing_key(&args.key, args.expires, reporter)?;
    let mut signed = Vec::new();
    let mut text = Plan::read_text(&args.plan)?;
    let plan = Plan::parse_file(&text, &args.plan)?;
    for component in chosen(&plan, &args.ids)? {
        let mut component = component.clone();
        let signature = SignatureEntry::of_component(&key, &component, args.expires);
        component.signatures.retain(|entry| entry.key != signature.key);
        component.signatures.push(signature);
        text = set_component(&text, &component)?;
        signed.push(component.id);
    }
    write_plan(&args.plan, &text)?;
    Ok(signed)
}

/// The components with these ids; all if none is given.
fn chosen<'p>(plan: &'p Plan, ids: &[String]) -> Result<Vec<&'p Component>> {
    if ids.is_empty() {
        return Ok(plan.components.iter().collect());
    }
    let find = |id: &String| {
        plan.component(id).ok_or_else(|| {
            Error::new(Code::InvalidInput, format_args!("`{id}` is not in the plan"))
                .with_context("composectl plan show PLAN lists its components")
        })
    };
    ids.iter().map(find).collect()
}

pub fn verify(args: &VerifyArgs) -> Outcome {
    let check = || -> Result<Vec<(String, Option<Error>)>> {
        let mut plan = Plan::load(&args.plan)?;
        if args.signed {
            plan.policy.trust.mode = TrustMode::Signed;
        }
        let trust = Trust::load(args.files.files())?;
        let signed = PlanSignatures::load(&args.plan)?;
        let signatures = signed.map_or_else(Vec::new, |signed| signed.entries);
        let trust = trust.now()?;
        let mut checked = vec![("the plan".to_owned(), trust.check_plan(&plan, &signatures).err())];
        for component in chosen(&plan, &args.ids)? {
            checked.push((component.id.clone(), trust.check_component(&plan, component).err()));
        }
        Ok(checked)
    };
    let checked = check().map_err(|error| output::failure(error, args.json))?;
    let trusted = checked.iter().all(|(_, error)| error.is_none());
    if args.json {
        let shown: Vec<Value> = checked
            .iter()
            .map(|(what, error)| {
                json!({
                    "what": what,
                    "trusted": error.is_none(),
                    "code": error.as_ref().map(|error| error.code.as_str()),
                    "message": error.as_ref().map(|error| error.message.clone()),
                })
            })
            .collect();
        output::json(&json!({ "trusted": trusted, "checked": shown }))?;
    } else {
        let lines: Vec<String> = checked
            .iter()
            .map(|(what, error)| match error {
                None => format!("{what}: trusted"),
                Some(error) => format!("{what}: not trusted: {} [{}]", error.message, error.code),
            })
            .collect();
        output::lines(lines)?;
    }
    Ok(if trusted { 0 } else { NO })
}
