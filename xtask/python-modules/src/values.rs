//! The functions between the types of a header and Python's objects, each written when it is first needed and before its
//! first use. `from_python` and `to_python` add the two directions.

use std::collections::BTreeSet;

use link_shims::codec::Codec;
use link_shims::header::Header;
use link_shims::text::Text;
use wit_parser::{Handle, TypeDefKind, TypeId};

use crate::surface::Surface;

/// Writes conversions for the types of one module.
pub struct Values<'a> {
    pub surface: &'a Surface<'a>,
    /// Writes the `*_free` that the header does not declare.
    pub codec: Codec<'a>,
    pub text: Text,
    written: BTreeSet<String>,
}

impl<'a> Values<'a> {
    pub fn new(surface: &'a Surface<'a>) -> Self {
        Self {
            surface,
            codec: Codec::new(surface.header),
            text: Text::default(),
            written: BTreeSet::new(),
        }
    }

    pub fn header(&self) -> &'a Header {
        self.surface.header
    }

    /// The functions that were needed.
    pub fn finish(self) -> Text {
        let mut text = self.codec.finish();
        text.append(self.text);
        text
    }

    /// True the first time that it is asked about a function.
    pub(crate) fn begin(&mut self, function: &str) -> bool {
        self.written.insert(function.to_owned())
    }

    pub(crate) fn kind(&self, id: TypeId) -> TypeDefKind {
        self.header().resolve.types[id].kind.clone()
    }

    /// The class of a handle's resource.
    pub(crate) fn state_of_handle(&self, handle: &Handle) -> String {
        let resource = self.header().resource(handle).1;
        format!("state->{}", self.header().short_name(resource.id))
    }
}
