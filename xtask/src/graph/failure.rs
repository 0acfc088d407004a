//! How steps fail, and how one error is made of several.

use std::sync::Arc;

use anyhow::anyhow;

/// The first error of a step, shared by all that depend on it.
#[derive(Clone)]
pub struct Failed(pub Arc<anyhow::Error>);

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:#}", self.0)
    }
}

impl std::fmt::Debug for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl std::error::Error for Failed {}

/// Something changed under a step that ran: what came out belongs to no key.
#[derive(Debug, thiserror::Error)]
#[error("{0} kept changing while it was built")]
pub struct Changed(pub String);

#[derive(Debug, thiserror::Error)]
#[error("not started, since another step had failed")]
pub struct NotStarted;

/// One error out of several: each step's once, and what was merely not started left out.
pub fn combine(errors: Vec<anyhow::Error>) -> anyhow::Error {
    let mut texts: Vec<String> = Vec::new();
    let mut first = None;
    for error in errors {
        if error.is::<NotStarted>()
            || error.downcast_ref::<Failed>().is_some_and(|f| f.0.is::<NotStarted>())
        {
            first.get_or_insert(error);
            continue;
        }
        let text = format!("{error:#}");
        if !texts.contains(&text) {
            if texts.is_empty() {
                first = Some(error);
            }
            texts.push(text);
        }
    }
    match (texts.len(), first) {
        (0 | 1, Some(error)) => error,
        _ => anyhow!(texts.join("\n\n")),
    }
}
