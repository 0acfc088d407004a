//! Names of worlds that are linked into one module: all extensions are, and all caps of a static image.

use std::collections::BTreeMap;

use super::c_text::{CText, Kind};
use super::origins::{Origin, Origins, one_name};
use super::{Bindings, stem};
use crate::manifest::Diagnostics;

/// Records an error for each name that the headers of two worlds of one side declare for two things. `generated` are
/// the files of `all`.
pub fn check(
    all: &[Bindings],
    generated: &[BTreeMap<String, Vec<u8>>],
    diagnostics: &mut Diagnostics,
) {
    let mut declared: BTreeMap<(&str, String), Origin> = BTreeMap::new();
    let linked = |(bindings, _): &(&Bindings, _)| matches!(bindings.side, "extension" | "cap");
    for (bindings, files) in all.iter().zip(generated).filter(linked) {
        let header = files.get(&format!("{}.h", stem(&bindings.world)));
        let header = header.map(|bytes| String::from_utf8_lossy(bytes)).unwrap_or_default();
        let mut origins = Origins::default();
        origins.add(&bindings.world());
        for one in CText::read(&header).declarations {
            let (Kind::Declared, Some(origin)) = (one.kind, origins.nearest(one.name)) else {
                continue;
            };
            match declared.get(&(bindings.side, one.name.to_owned())) {
                // Two worlds may import one interface.
                Some(other) if other.location == origin.location => {}
                Some(other) => one_name(one.name, origin, other, diagnostics),
                None => drop(declared.insert((bindings.side, one.name.to_owned()), origin.clone())),
            }
        }
    }
}
