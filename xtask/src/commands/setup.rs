//! `cargo xtask setup`: the toolchain and the sources, so that everything after works without the network.

use anyhow::Result;
use serde_json::json;

use super::Session;
use crate::sources::Crate;
use crate::toolchain::Toolchain;
use crate::{cpython, micropython, rust};

pub fn run(session: &Session) -> Result<()> {
    let cx = session.context()?;
    let workspace = session.workspace()?;
    let crates: Vec<_> = workspace
        .vendors
        .iter()
        .map(|recipe| Crate { name: recipe.crate_name.value.clone() })
        .collect();
    let trees = [cpython::source_tree(cx.root())?, micropython::source_tree(cx, None)?];
    let (toolchain, _) = cx.join(Toolchain::ensure, |cx| {
        cx.ensure_all(&trees)?;
        cx.ensure_all(&crates)?;
        rust::provision(cx, workspace)
    })?;
    if session.planned()? {
        return Ok(());
    }
    let sdk = toolchain.root().display().to_string();
    session.result(json!({ "sdk": sdk, "steps": session.steps()? }), &format!("toolchain: {sdk}"))
}
