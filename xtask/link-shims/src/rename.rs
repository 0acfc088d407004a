//! Two headers in one file: what both declare has another name in the later one.

use std::collections::BTreeSet;

use wit_parser::{InterfaceId, Type};

use crate::header::{Header, Interface};
use crate::names;
use crate::text::Text;

impl Header {
    /// Gives all that an imported interface declares names of this world's own: `cap_ns_package_interface_thing_t`.
    /// `known`: the `*_free` functions of the headers before.
    pub fn rename(&mut self, id: InterfaceId, known: &BTreeSet<String>) {
        self.renamed_interfaces.insert(id);
        let interface = self.interfaces.iter().find(|interface| interface.id == id);
        let interface = interface.expect("invariant: an interface of this header");
        let mut names: Vec<_> =
            interface.functions.iter().map(|function| function.c_name.clone()).collect();
        for resource in &interface.resources {
            names.extend([resource.own.clone(), resource.borrow.clone()]);
            names.extend(["own", "borrow"].map(|kind| format!("{}_drop_{kind}", resource.c_name)));
            names.push(format!("{}_borrow_{}", interface.prefix, names::snake(&resource.name)));
        }
        let homes = self.homes.iter().filter(|(_, home)| **home == id);
        let types: Vec<_> = homes.map(|(ty, _)| *ty).collect();
        names.extend(types.iter().map(|ty| self.c_names[ty].clone()));
        // What the other header has no `*_free` for, in wit-bindgen-c's books, is defined here.
        let frees = types.iter().filter(|ty| self.declares_free(**ty));
        let frees = frees.map(|ty| self.free_function(&Type::Id(*ty)));
        names.extend(frees.filter(|free| known.contains(free)));
        let renames =
            names.into_iter().map(|name| (name.clone(), format!("{}_{name}", self.world)));
        self.renames.extend(renames);
    }

    /// The `*_free` functions that the header declares.
    pub fn frees(&self) -> impl Iterator<Item = String> {
        let declared = self.types.iter().filter(|ty| self.declares_free(**ty));
        declared.map(|ty| self.free_function(&Type::Id(*ty)))
    }

    /// Whether an interface was renamed.
    pub fn is_renamed(&self, interface: &Interface) -> bool {
        self.renamed_interfaces.contains(&interface.id)
    }

    /// Includes the header.
    pub fn include(&self, text: &mut Text) {
        for (name, renamed) in &self.renames {
            text.line(format!("#define {name} {renamed}"));
        }
        text.line(format!("#include \"{}.h\"", self.world));
        for name in self.renames.keys() {
            text.line(format!("#undef {name}"));
        }
    }
}
