//! `composectl plan diff`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::Args;
use composectl_plan::Plan;
use serde_json::{Value, json};

use super::show::{component_json, plan_json};
use crate::commands::{NO, output};
use crate::exit::Outcome;

/// `composectl plan diff`.
#[derive(Args, Debug)]
#[command(
    long_about = "Compare what two plans say, whatever their spelling: components that came (+), went (-) or changed \
                  (~), and what else is different.\n\nExit codes: 0 (they say the same), 1 (they differ), 125 (one of \
                  them is not valid or cannot be read).",
    after_help = "Example:\n  composectl plan diff plan.json plan.new.json"
)]
pub struct DiffArgs {
    /// The plan before
    #[arg(value_name = "OLD")]
    old: PathBuf,

    /// The plan after
    #[arg(value_name = "NEW")]
    new: PathBuf,

    /// Print the differences as JSON
    #[arg(long)]
    json: bool,
}

/// Compares.
pub fn run(args: &DiffArgs) -> Outcome {
    let load = |path| Plan::load(path).map_err(|error| output::failure(error, args.json));
    let (old, new) = (load(&args.old)?, load(&args.new)?);
    let differences = differences(&old, &new);
    if args.json {
        let shown: Vec<Value> = differences
            .iter()
            .map(|Difference { path, old, new }| json!({"path": path, "old": old, "new": new}))
            .collect();
        output::json(&json!({ "equal": shown.is_empty(), "differences": shown }))?;
    } else {
        output::lines(differences.iter().map(Difference::text))?;
    }
    Ok(if differences.is_empty() { 0 } else { NO })
}

/// One difference; `null` on a side that lacks it.
struct Difference {
    path: String,
    old: Value,
    new: Value,
}

impl Difference {
    fn text(&self) -> String {
        let Self { path, old, new } = self;
        let short = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Object(fields) if fields.contains_key("digest") => {
                fields["digest"].as_str().unwrap_or_default().to_owned()
            }
            other => other.to_string(),
        };
        match (old, new) {
            (Value::Null, new) => format!("+ {path}: {}", short(new)),
            (old, Value::Null) => format!("- {path}: {}", short(old)),
            (old, new) => format!("~ {path}: {} -> {}", short(old), short(new)),
        }
    }
}

fn differences(old: &Plan, new: &Plan) -> Vec<Difference> {
    let mut found = Vec::new();
    let by_id = |plan: &Plan| -> BTreeMap<String, Value> {
        let components = plan.components.iter();
        components.map(|component| (component.id.clone(), component_json(component))).collect()
    };
    let (old_components, new_components) = (by_id(old), by_id(new));
    let ids: BTreeSet<&String> = old_components.keys().chain(new_components.keys()).collect();
    for id in ids {
        match (old_components.get(id), new_components.get(id)) {
            (Some(old), Some(new)) => fields(id, old, new, &mut found),
            (old, new) => found.push(Difference {
                path: id.clone(),
                old: old.cloned().unwrap_or_default(),
                new: new.cloned().unwrap_or_default(),
            }),
        }
    }
    let rest = |plan: &Plan| {
        let mut shown = plan_json(plan, None);
        if let Some(fields) = shown.as_object_mut() {
            fields.remove("components");
            fields.remove("digest");
            fields.remove("content_digest");
        }
        shown
    };
    fields("plan", &rest(old), &rest(new), &mut found);
    found
}

/// Adds the fields that differ, as deep as both sides have objects.
fn fields(path: &str, old: &Value, new: &Value, found: &mut Vec<Difference>) {
    if old == new {
        return;
    }
    match (old.as_object(), new.as_object()) {
        (Some(old), Some(new)) => {
            let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for name in names {
                let (old, new) =
                    (old.get(name).unwrap_or(&Value::Null), new.get(name).unwrap_or(&Value::Null));
                fields(&format!("{path}.{name}"), old, new, found);
            }
        }
        _ => found.push(Difference { path: path.to_owned(), old: old.clone(), new: new.clone() }),
    }
}
