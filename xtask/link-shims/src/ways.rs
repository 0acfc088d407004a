//! Which way calls go: what a world imports and exports, beside what it is there for.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use wit_parser::Handle;

use crate::header::{Direction, Header, Interface, Resource};

/// Who implements an interface.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// An import: the other side.
    Out,
    /// An export: this one.
    In,
    /// An import that the world exports, too: this one, for itself.
    Loop,
}

impl Header {
    /// The interfaces that have something to call, and go that way.
    pub fn going(&self, way: Way) -> impl Iterator<Item = &Interface> {
        self.interfaces.iter().filter(move |interface| {
            let empty = interface.functions.is_empty() && interface.resources.is_empty();
            interface.way == way && !empty
        })
    }

    /// Fails where two interfaces that go one way have the same last name: their methods could not be told apart.
    pub fn check_unique_names(&self) -> Result<()> {
        [Way::Out, Way::In].into_iter().try_for_each(|way| self.check_unique_names_of(way))
    }

    fn check_unique_names_of(&self, way: Way) -> Result<()> {
        let mut names = BTreeMap::new();
        for interface in self.going(way) {
            if let Some(other) = names.insert(&interface.name, &interface.wit) {
                bail!(
                    "`{other}` and `{}` have the same last name; methods are named after it, so one world can have \
                     only one of them",
                    interface.wit
                );
            }
        }
        Ok(())
    }

    /// Fails where the two directions do not part: where callbacks speak of what the cap serves.
    pub(crate) fn check_ways(&self) -> Result<()> {
        if self.direction == Direction::Export
            && let Some(interface) = self.going(Way::Loop).next()
        {
            bail!(
                "`{}` is both imported and exported; what calls back cannot use what the cap exports",
                interface.wit
            );
        }
        for interface in self.interfaces.iter().filter(|interface| interface.way == Way::In) {
            for function in &interface.functions {
                let handles = function.types().flat_map(|ty| self.handles(ty));
                for handle in handles.filter(|_| self.direction == Direction::Import) {
                    let (owner, resource) = self.resource(&handle);
                    if owner.way == Way::Out {
                        return Err(self.refusal(function.span, format!(
                            "`{}`: a handle of `{}` is the provider's; what calls back cannot have it",
                            function.method, resource.name
                        )));
                    }
                }
            }
        }
        Ok(())
    }

    /// The resource behind a handle, as this side implements it; `None` where the other side does.
    pub fn own_resource(&self, handle: &Handle) -> Option<&Resource> {
        let (owner, resource) = self.resource(handle);
        match owner.way {
            Way::Out => None,
            Way::In => Some(resource),
            Way::Loop => self.own(owner).resources.iter().find(|own| own.name == resource.name),
        }
    }

    /// The export that implements an import which is a loop.
    pub fn own(&self, interface: &Interface) -> &Interface {
        let mut exports = self.interfaces.iter().filter(|other| other.way == Way::In);
        let own = exports.find(|other| other.wit == interface.wit);
        own.expect("invariant: what is a loop is exported")
    }
}
