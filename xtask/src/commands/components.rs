//! Components of the user's for caps: `--component`, or `<CAP>_COMPONENT_WASM` in the environment.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use anyhow::Result;

use super::usage;
use crate::manifest::{Workspace, switch_name};

/// Bytes of a component that takes a cap's place; composectl's store takes no more.
const MAX_COMPONENT: u64 = 1 << 30;

/// Cap -> file. Arguments win over the environment, of which names of no cap are ignored.
pub fn given(
    workspace: &Workspace,
    arguments: &[(String, PathBuf)],
    environment: impl Iterator<Item = (String, String)>,
) -> Result<BTreeMap<String, PathBuf>> {
    let mut given = BTreeMap::new();
    for (name, value) in environment.filter(|(_, value)| !value.is_empty()) {
        let Some(cap) = name.strip_suffix("_COMPONENT_WASM") else { continue };
        let switch = format!("WITH_{cap}");
        if let Some(known) = workspace.caps.iter().find(|known| switch_name(&known.name) == switch)
        {
            given.insert(known.name.clone(), std::path::absolute(value)?);
        }
    }
    for (cap, file) in arguments {
        workspace.cap(cap).map_err(usage)?;
        given.insert(cap.clone(), std::path::absolute(file)?);
    }
    Ok(given)
}

/// Fails where one is to be the provider of a cap that calls back: nobody is asked from behind a relay. And where one is no
/// file, or larger than any component. `providers`: the caps that are to be resolved at run time.
pub fn check(
    workspace: &Workspace,
    given: &BTreeMap<String, PathBuf>,
    providers: &BTreeSet<String>,
) -> Result<()> {
    for (name, path) in given {
        let called_back = workspace.callbacks_of(workspace.cap(name)?);
        if let (Some(interface), true) = (called_back.first(), providers.contains(name)) {
            return Err(usage(format!(
                "a component is given for the provider of `{name}`, which calls back `{interface}`\n\
                 hint: a provider that is made of components calls nobody back: link it as `embed`"
            )));
        }
        let file = path.metadata().ok().filter(fs::Metadata::is_file);
        let problem = match file {
            None => "is not a file".to_owned(),
            Some(file) if file.len() > MAX_COMPONENT => {
                format!("has {} bytes\nhint: {MAX_COMPONENT} are taken at most", file.len())
            }
            Some(_) => continue,
        };
        return Err(usage(format!("the component for `{name}`, {}, {problem}", path.display())));
    }
    Ok(())
}
