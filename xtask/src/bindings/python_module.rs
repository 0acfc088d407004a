//! What the manifests say of the modules that are generated.

use std::collections::BTreeMap;

use python_modules::ByHand;

use crate::manifest::{Extension, Location, Workspace};

/// The extension module that is generated beside the bindings, or MicroPython's.
pub struct PythonModule {
    pub name: String,
    pub description: String,
    pub by_hand: Vec<ByHand>,
    /// What the manifest says of it.
    pub location: Location,
}

impl PythonModule {
    /// None where the extension's C is written by hand.
    pub fn of(extension: &Extension) -> Option<Self> {
        let module = extension.module.as_ref()?;
        let by_hand = module.generated.as_ref()?.by_hand.iter();
        Some(Self {
            name: module.name.clone(),
            description: extension.package.description.clone(),
            by_hand: by_hand.map(|text| ByHand::parse(&text.value)).collect(),
            location: extension.location.clone(),
        })
    }

    /// MicroPython's, if the glue of a cap has it generated, and the sizes of handles.
    pub fn of_micropython(
        workspace: &Workspace,
        extension: &Extension,
    ) -> Option<(Self, BTreeMap<String, u64>)> {
        let module = extension.module.as_ref()?;
        let folder = extension.dir.file_name()?;
        let glue = workspace.caps.iter().filter_map(|cap| cap.micropython.as_ref());
        let mut glue = glue.filter(|glue| glue.extension.value == folder);
        let (glue, generated) = glue.find_map(|glue| Some((glue, glue.generated.as_ref()?)))?;
        // What the contract does not have has its signature in the extension's manifest.
        let known = module.generated.iter().flat_map(|generated| &generated.by_hand);
        let known: Vec<_> = known.map(|text| ByHand::parse(&text.value)).collect();
        let by_hand =
            generated.by_hand.iter().map(|text| ByHand::parse(&text.value)).map(|one| {
                known.iter().find(|known| known.name == one.name).cloned().unwrap_or(one)
            });
        let this = Self {
            name: module.name.clone(),
            description: extension.package.description.clone(),
            by_hand: by_hand.collect(),
            location: glue.extension.location.clone(),
        };
        Some((this, generated.handles.clone()))
    }
}
