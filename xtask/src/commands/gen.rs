//! `cargo xtask gen`: the checked-in C bindings of contracts. `--check` takes the same way and compares.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::json;

use super::{Failure, Session, usage};
use crate::bindings::{Bindings, linked};
use crate::manifest::Diagnostics;
use crate::{bindings, cli};

pub fn run(session: &Session, args: &cli::Gen) -> Result<()> {
    let all = bindings::all(session.workspace()?, &args.names)
        .map_err(|error| if error.is::<bindings::UnknownName>() { usage(error) } else { error })?;
    let root = session.root();
    let generated = generate(&all)?;
    let each = || all.iter().zip(&generated);
    if args.check || session.global.dry_run {
        let mut differences = Vec::new();
        let mut stale = Vec::new();
        for (bindings, files) in each() {
            let found = bindings.differences(root, files)?;
            if !found.is_empty() && !stale.contains(&bindings.name) {
                stale.push(bindings.name.clone());
            }
            differences.extend(found);
        }
        if differences.is_empty() {
            session.result(
                json!({ "stale": [] }),
                &format!("the bindings of {} worlds are fresh", all.len()),
            )?;
            return Ok(());
        }
        let text =
            format!("{}\nhint: run `cargo xtask gen {}`", differences.join("\n"), stale.join(" "));
        return Err(Failure::Checkout(text).into());
    }
    let mut changed = Vec::new();
    for (bindings, files) in each() {
        if bindings.write(root, files)? {
            changed.push(format!("{} ({})", bindings.name, bindings.side));
        }
    }
    let line = match changed.as_slice() {
        [] => format!("the bindings of {} worlds were fresh", all.len()),
        changed => format!("generated: {}", changed.join(", ")),
    };
    session.result(json!({ "generated": changed }), &line)
}

/// The files of all worlds, before any is written. Fails with all that is wrong in their contracts.
fn generate(all: &[Bindings]) -> Result<Vec<BTreeMap<String, Vec<u8>>>> {
    let (mut generated, mut wrong) = (Vec::new(), Diagnostics::default());
    for bindings in all {
        match bindings.generate().map_err(anyhow::Error::downcast::<Diagnostics>) {
            Ok(files) => generated.push(files),
            Err(Ok(diagnostics)) => wrong.append(diagnostics),
            Err(Err(other)) => return Err(other),
        }
    }
    if !wrong.has_errors() {
        linked::check(all, &generated, &mut wrong);
    }
    Ok(wrong.into_result(Some(generated))?)
}
