//! WIT to Python modules: what a world imports, as an extension module of CPython and its stub.
//!
//! [`module()`] writes, against the header that wit-bindgen-c makes of the world and against `cpython-ext/common`:
//!
//! * `<world>_module.c`: the whole extension module;
//! * `<world>_module.h`: what is written by hand beside it, where there is something;
//! * `<module>.pyi`: its stub.
//!
//! [`micropython()`] writes the same module for MicroPython, against the same header and `caps/common/mp`: `<world>_mp.c` and
//! `<world>_mp.h`.
//!
//! What becomes what: docs/reference/python-modules.md. How it is built: `names` has what Python calls things; `surface` is
//! what the module has, and refuses what has no Python value; `from_python` writes the functions from objects to C values,
//! `to_python` those back; `function` a function of the module or a method, `answers` what calls back; `module` puts the file together, `stub` the other
//! one. The C is in the shape of link-shims', whose `header` tells every C name.
//!
//! The same input gives the same text. Nothing here reads or writes files.

mod answers;
mod by_hand;
mod docs;
mod from_python;
mod function;
mod members;
mod micropython;
mod module;
mod names;
mod stub;
mod surface;
mod to_python;
mod values;

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use link_shims::header::Header;
use link_shims::{CFile, Side};

pub use by_hand::ByHand;
use surface::Surface;

/// What the manifest says about a module.
#[derive(Clone, Copy, Debug)]
pub struct Module<'a> {
    /// What `import` calls it.
    pub name: &'a str,
    /// One line.
    pub description: &'a str,
    /// Functions of it that are written by hand.
    pub by_hand: &'a [ByHand],
}

impl Module<'_> {
    /// Whether there is a header of what is written by hand: the bindings' own has what calls back.
    fn has_header(&self) -> bool {
        self.by_hand.iter().any(|by_hand| !by_hand.is_interface())
    }
}

/// Generates the module of an extension's world.
///
/// Fails where the world has what has no mapping, with a [`link_shims::Refusal`] where that has a place.
pub fn module(import: &Side, module: &Module) -> Result<Vec<CFile>> {
    let header = Header::import(import)?;
    let context = || format!("world `{}`", header.world);
    let surface = Surface::new(&header, module).with_context(context)?;
    let name = |ending: &str| format!("{}_module.{ending}", header.world);
    let mut files = vec![CFile { name: name("c"), text: module::write(&surface) }];
    if module.has_header() {
        files.push(CFile { name: name("h"), text: by_hand::header(&surface) });
    }
    files.push(CFile { name: format!("{}.pyi", module.name), text: stub::write(&surface) });
    Ok(files)
}

/// Generates MicroPython's module of an extension's world. `module` has what is by hand there; `sizes` is how many bytes of the
/// cap's memory a handle of each class stands for.
///
/// Fails as [`module()`] does.
pub fn micropython(
    import: &Side,
    module: &Module,
    sizes: &BTreeMap<String, u64>,
) -> Result<Vec<CFile>> {
    let header = Header::import(import)?;
    let context = || format!("world `{}`", header.world);
    let surface = Surface::new(&header, module).with_context(context)?;
    micropython::files(&surface, sizes).with_context(context)
}
