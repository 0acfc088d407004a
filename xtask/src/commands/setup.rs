//! `cargo xtask setup`: the toolchain and the sources, so that everything after works without the network.

use anyhow::Result;
use serde_json::json;

use super::Session;
use crate::toolchain::Toolchain;
use crate::{cpython, micropython, rust, sources};

pub fn run(session: &Session) -> Result<()> {
    let cx = session.context()?;
    let workspace = session.workspace()?;
    let trees = [cpython::choose(cx, workspace)?.tree(), micropython::source_tree(cx, None)?];
    let (toolchain, _) = cx.join(Toolchain::ensure, |cx| {
        cx.ensure_all(&trees)?;
        cx.parallel(&workspace.vendors, sources::of_recipe)?;
        rust::provision(cx, workspace)
    })?;
    if session.planned()? {
        return Ok(());
    }
    let sdk = toolchain.root().display().to_string();
    session.result(json!({ "sdk": sdk, "steps": session.steps()? }), &format!("toolchain: {sdk}"))
}
