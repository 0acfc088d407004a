//! `cargo xtask setup`: the toolchain and the sources, so that everything after works without the network.

use anyhow::Result;
use serde_json::json;

use super::Session;
use crate::cpython;
use crate::sources::Crate;
use crate::toolchain::Toolchain;

pub fn run(session: &Session) -> Result<()> {
    let cx = session.context()?;
    let workspace = session.workspace()?;
    let crates: Vec<_> = workspace
        .vendors
        .iter()
        .map(|recipe| Crate { name: recipe.crate_name.value.clone() })
        .collect();
    let tree = cpython::source_tree(session.root())?;
    let (toolchain, _) = cx.join(Toolchain::ensure, |cx| {
        cx.ensure(&tree)?;
        cx.ensure_all(&crates)
    })?;
    if session.planned()? {
        return Ok(());
    }
    let sdk = toolchain.root().display().to_string();
    session.result(json!({ "sdk": sdk, "steps": session.steps()? }), &format!("toolchain: {sdk}"));
    Ok(())
}
