//! `composectl plan validate`.

use std::path::Path;

use clap::Args;
use composectl_plan::{Code, Error, Plan, PlanSignatures, Problem, Result, Trust};
use serde_json::{Value, json};

use crate::commands::plan_file::{PlanFile, TrustFlags};
use crate::commands::{NO, output};
use crate::exit::Outcome;

/// `composectl plan validate`.
#[derive(Args, Debug)]
#[command(
    long_about = "Say whether a plan is valid, and what is wrong with it: all problems at once, each with line, column \
                  and path.\n\nWith --deep, also whether every component is in the store, undamaged, and trusted now; one \
                  that is not in the store but has a usable source is only noted. Nothing is fetched.\n\nExit codes: 0 (valid), 1 (not valid), 125 (the file cannot be read, wrong usage).",
    after_help = "Examples:\n  composectl plan validate plan.json\n  composectl plan validate --deep --json plan.json"
)]
pub struct ValidateArgs {
    #[command(flatten)]
    file: PlanFile,

    /// Also look at the store and at signatures
    #[arg(long)]
    deep: bool,

    #[command(flatten)]
    trust: TrustFlags,

    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// Validates.
pub fn run(args: &ValidateArgs) -> Outcome {
    let path = &args.file.plan;
    // A keyring or policy that was named must be there, also where --deep does not ask it.
    if args.trust.keyring.is_some() || args.trust.policy.is_some() {
        Trust::load(args.trust.files()).map_err(|error| output::failure(error, args.json))?;
    }
    let bytes = Plan::read_bytes(path).map_err(|error| output::failure(error, args.json))?;
    let mut shown = json!({ "file": path.display().to_string() });
    let mut lines = Vec::new();
    let mut problems: Vec<Value> = Vec::new();
    let mut notes = Vec::new();
    match Plan::check_bytes(bytes) {
        Ok(plan) => {
            shown["digest"] = plan.digest.to_string().into();
            if args.deep {
                let found = deep(args, &plan).map_err(|error| output::failure(error, args.json))?;
                for (id, note) in found.notes {
                    lines.push(format!("{}: {id}: {note}", path.display()));
                    notes.push(json!({ "path": id, "message": note }));
                }
                for (id, error) in found.wrong {
                    lines.push(format!(
                        "{}: {id}: {} [{}]",
                        path.display(),
                        error.message,
                        error.code
                    ));
                    lines.extend(error.context.iter().map(|context| format!("hint: {context}")));
                    problems.push(json!({
                        "code": error.code.as_str(), "path": id, "message": error.message, "hint": error.context,
                    }));
                }
            }
            if problems.is_empty() {
                let count = plan.components.len();
                let plural = if count == 1 { "" } else { "s" };
                lines.push(format!(
                    "{}: valid, {count} component{plural}, {}",
                    path.display(),
                    plan.digest
                ));
            }
        }
        Err(found) => {
            for problem in found {
                lines.push(format!("{}:{problem} [{}]", path.display(), problem.code));
                lines.extend(problem.hint.iter().map(|hint| format!("hint: {hint}")));
                problems.push(problem_json(&problem));
            }
        }
    }
    let valid = problems.is_empty();
    if args.json {
        shown["valid"] = valid.into();
        shown["problems"] = problems.into();
        if args.deep {
            shown["notes"] = notes.into();
        }
        output::json(&shown)?;
    } else {
        output::lines(lines)?;
    }
    Ok(if valid { 0 } else { NO })
}

fn problem_json(problem: &Problem) -> Value {
    json!({
        "code": problem.code.as_str(),
        "line": problem.line,
        "column": problem.column,
        "path": problem.path,
        "message": problem.message,
        "hint": problem.hint,
    })
}

/// What [`deep`] found, by component.
#[derive(Default)]
struct Found {
    wrong: Vec<(String, Error)>,
    /// What is as it may be.
    notes: Vec<(String, String)>,
}

/// What is wrong with the plan's trust, blobs and signatures.
fn deep(args: &ValidateArgs, plan: &Plan) -> Result<Found> {
    let trust = Trust::load(args.trust.files())?;
    let trust = trust.now()?;
    let store = args.file.store();
    let Found { mut wrong, mut notes } = Found::default();
    let folder = args.file.plan.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let signed = PlanSignatures::load(&args.file.plan)?;
    let signatures = signed.map_or_else(Vec::new, |signed| signed.entries);
    if let Err(error) = trust.check_plan(plan, &signatures) {
        wrong.push(("plan".to_owned(), error));
    }
    for component in &plan.components {
        let blob = match (store.get(&component.digest), &component.source) {
            (Err(error), Some(source)) if error.code == Code::BlobNotFound => {
                let usable = trust
                    .policy()
                    .check_source(source)
                    .and_then(|()| source.check(folder, &component.digest));
                if usable.is_ok() {
                    let note = format!("not in the store; will be fetched from {}", source.text());
                    notes.push((component.id.clone(), note));
                }
                usable
            }
            (blob, _) => blob.map(|_| ()),
        };
        let trusted = trust.check_component(plan, component);
        let grants = component.grants.as_ref();
        let granted =
            grants.map_or(Ok(()), |grants| trust.policy().check_grants(&component.id, grants));
        wrong.extend(
            [blob, trusted, granted]
                .into_iter()
                .filter_map(Result::err)
                .map(|error| (component.id.clone(), error)),
        );
    }
    Ok(Found { wrong, notes })
}
