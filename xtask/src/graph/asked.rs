//! The steps of a run, and which of them asked for which.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use anyhow::{Result, anyhow};

use super::context::{Slot, lock};

/// A step's identity within a run: its kind and its `{:?}`. That of a library has those of all its sources in it, a
/// megabyte, so it is looked at once each time that somebody asks.
type Name = (&'static str, String);

/// What stands for it from then on.
pub(super) type Number = usize;

#[derive(Default)]
pub(super) struct Asked(Mutex<Tables>);

#[derive(Default)]
struct Tables {
    numbers: BTreeMap<Name, Number>,
    steps: Vec<Known>,
}

struct Known {
    label: String,
    slot: Arc<Slot>,
    /// What it asked for; acyclic.
    asked_for: BTreeSet<Number>,
}

impl Asked {
    /// Notes that `by` asks for the step of this name. Fails where that one waits for `by`, with the labels of all between.
    pub fn ask(
        &self,
        by: Option<Number>,
        name: Name,
        label: impl FnOnce() -> String,
    ) -> Result<(Number, Arc<Slot>)> {
        let mut tables = lock(&self.0);
        let number = match tables.numbers.get(&name) {
            Some(number) => *number,
            None => {
                let (label, number) = (format!("{} {}", name.0, label()), tables.steps.len());
                tables.steps.push(Known {
                    label,
                    slot: Arc::default(),
                    asked_for: BTreeSet::new(),
                });
                tables.numbers.insert(name, number);
                number
            }
        };
        if let Some(by) = by {
            if let Some(path) = path_between(&tables.steps, number, by, &mut BTreeSet::new()) {
                let labels = path.iter().chain([&number]).map(|n| tables.steps[*n].label.as_str());
                let labels = labels.collect::<Vec<_>>().join(" -> ");
                return Err(anyhow!("steps depend on each other in a circle: {labels}"));
            }
            tables.steps[by].asked_for.insert(number);
        }
        Ok((number, tables.steps[number].slot.clone()))
    }
}

/// `from .. to`, where each asked for the next, if there is such a path.
fn path_between(
    steps: &[Known],
    from: Number,
    to: Number,
    visited: &mut BTreeSet<Number>,
) -> Option<Vec<Number>> {
    if from == to {
        return Some(vec![to]);
    }
    if !visited.insert(from) {
        return None;
    }
    steps[from].asked_for.iter().find_map(|next| {
        let rest = path_between(steps, *next, to, visited)?;
        Some([vec![from], rest].concat())
    })
}
