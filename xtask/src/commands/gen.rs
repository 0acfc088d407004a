//! `cargo xtask gen`: the checked-in C bindings of contracts. `--check` takes the same way and compares.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, Result};
use camino::Utf8Path;
use serde_json::json;

use super::{Failure, Session, usage};
use crate::bindings::{Bindings, linked, stubs};
use crate::graph::write_atomic;
use crate::manifest::{Cap, Diagnostics, Workspace};
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
    let mut line = match changed.as_slice() {
        [] => format!("the bindings of {} worlds were fresh", all.len()),
        changed => format!("generated: {}", changed.join(", ")),
    };
    let mut stubs = Vec::new();
    if args.stubs {
        let named = |cap: &&Cap| args.names.is_empty() || args.names.contains(&cap.name);
        for cap in session.workspace()?.caps.iter().filter(named) {
            stubs.extend(append_stubs(&session.root, cap)?);
        }
        line += &stubs.iter().map(|stub| format!("\nstub: {stub}")).collect::<String>();
    }
    session.result(json!({ "generated": changed, "stubs": stubs }), &line)
}

/// Appends to the first C file of a cap what none of them defines; returns that as `FILE: FUNCTION`.
fn append_stubs(root: &Utf8Path, cap: &Cap) -> Result<Vec<String>> {
    let read = |path: &Utf8Path| {
        fs::read_to_string(root.join(path)).with_context(|| format!("cannot read {path}"))
    };
    let Some(first) = cap.sources.first() else { return Ok(Vec::new()) };
    let stem = bindings::stem(&cap.world.name);
    let generated = ["h", "c"].map(|ending| cap.gen_dir.join(format!("{stem}.{ending}")));
    let [header, bindings] = [read(&generated[0])?, read(&generated[1])?];
    let sources = cap.sources.iter().map(|source| read(source)).collect::<Result<Vec<_>>>()?;
    let missing = stubs::missing(&header, &bindings, &sources);
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    let text = missing.iter().fold(sources[0].clone(), |text, stub| text + "\n" + &stub.text);
    write_atomic(root.join(first).as_std_path(), text.as_bytes())?;
    Ok(missing.into_iter().map(|stub| format!("{first}: {}", stub.name)).collect())
}

/// Generates for a cap and the extension of its name. Returns the files, relative to the checkout.
pub fn write(workspace: &Workspace, name: &str) -> Result<Vec<String>> {
    let all = bindings::all(workspace, &[name.to_owned()])?;
    let mut paths = Vec::new();
    for (bindings, files) in all.iter().zip(generate(&all)?) {
        bindings.write(workspace.root.as_std_path(), &files)?;
        let path = |name: &String| bindings.dir.join(name).display().to_string();
        paths.extend(files.keys().map(path));
    }
    Ok(paths)
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
