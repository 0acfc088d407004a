//! `cargo xtask build`: the components of caps, into target/pylon/.

use anyhow::Result;
use serde_json::json;

use super::compose::install;
use super::{Session, usage};
use crate::toolchain::Toolchain;
use crate::{caps, cli, pylon};

pub fn run(session: &Session, args: &cli::Names) -> Result<()> {
    let cx = session.context()?;
    let workspace = session.workspace()?;
    let chosen = match args.names.as_slice() {
        [] => workspace.caps.iter().collect(),
        names => names
            .iter()
            .map(|name| workspace.cap(name).map_err(usage))
            .collect::<Result<Vec<_>>>()?,
    };
    pylon::check_bindings(workspace, &args.names)?;
    let toolchain = Toolchain::ensure(cx)?;
    let components =
        cx.parallel(&chosen, |cx, cap| caps::component(cx, &toolchain, workspace, cap))?;
    let artifacts = cx.parallel(&components, |cx, component| cx.ensure_files(component))?;
    if session.planned()? {
        return Ok(());
    }
    let mut built = Vec::new();
    let mut lines = String::new();
    for (component, artifact) in components.iter().zip(artifacts) {
        let file = format!("{}.wasm", component.name);
        let to = session.root().join("target/pylon").join(&file);
        let installed = install(cx, &artifact.path(&file), &to)?;
        lines += &format!(
            "target/pylon/{file}  {} bytes  sha256:{}\n",
            installed.bytes, installed.digest
        );
        built.push(json!({ "name": component.name, "path": to, "bytes": installed.bytes, "sha256": installed.digest }));
    }
    session.result(json!({ "components": built, "steps": session.steps()? }), &lines)
}
