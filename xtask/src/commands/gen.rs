//! `cargo xtask gen`: the checked-in C bindings of contracts. `--check` takes the same way and compares.

use anyhow::Result;
use serde_json::json;

use super::{Failure, Session, usage};
use crate::{bindings, cli};

pub fn run(session: &Session, args: &cli::Gen) -> Result<()> {
    let all = bindings::all(session.workspace()?, &args.names)
        .map_err(|error| if error.is::<bindings::UnknownName>() { usage(error) } else { error })?;
    let root = session.root();
    if args.check || session.global.dry_run {
        let mut differences = Vec::new();
        let mut stale = Vec::new();
        for bindings in &all {
            let found = bindings.differences(root, &bindings.generate()?)?;
            if !found.is_empty() && !stale.contains(&bindings.name) {
                stale.push(bindings.name.clone());
            }
            differences.extend(found);
        }
        if differences.is_empty() {
            session.result(
                json!({ "stale": [] }),
                &format!("the bindings of {} worlds are fresh", all.len()),
            );
            return Ok(());
        }
        let text =
            format!("{}\nhint: run `cargo xtask gen {}`", differences.join("\n"), stale.join(" "));
        return Err(Failure::Checkout(text).into());
    }
    let mut changed = Vec::new();
    for bindings in &all {
        if bindings.write(root)? {
            changed.push(format!("{} ({})", bindings.name, bindings.side));
        }
    }
    let line = match changed.as_slice() {
        [] => format!("the bindings of {} worlds were fresh", all.len()),
        changed => format!("generated: {}", changed.join(", ")),
    };
    session.result(json!({ "generated": changed }), &line);
    Ok(())
}
