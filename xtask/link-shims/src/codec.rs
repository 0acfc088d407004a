//! The functions between a header's types and CBOR: one encoder, one decoder and where the header has none one `*_free`
//! a type, each written when it is first needed and before its first use.
//!
//! `encode` and `decode` add the two directions. Which value becomes what: docs/reference/dynlink-cbor.md.

use std::collections::BTreeSet;

use wit_parser::{Handle, Type, TypeDefKind, TypeId};

use crate::header::Header;
use crate::place::Place;
use crate::text::Text;
use crate::ways::Way;

/// Writes codecs for the types of one header.
pub struct Codec<'a> {
    pub header: &'a Header,
    pub(crate) text: Text,
    written: BTreeSet<String>,
}

/// What code does with the values that it writes and reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// A consumer calls its provider.
    Call,
    /// Either side answers.
    Handler,
    /// A relay answers, by what it imports. The handles that it has of that are the representations of its own.
    Relay,
    /// A provider asks its consumer.
    Question,
}

impl Role {
    /// The struct of a call.
    pub fn call_type(self) -> &'static str {
        match self {
            Role::Call => "struct link_call",
            Role::Handler | Role::Relay => "struct endpoint_call",
            Role::Question => "struct endpoint_question",
        }
    }

    /// The variable of one.
    pub fn variable(self) -> &'static str {
        match self {
            Role::Call | Role::Handler | Role::Relay => "call",
            Role::Question => "question",
        }
    }

    /// Which way the interfaces go whose functions are called, or answered.
    pub fn way(self) -> Way {
        match self {
            Role::Call | Role::Relay | Role::Question => Way::Out,
            Role::Handler => Way::In,
        }
    }
}

/// How the code at hand gets at the call and its two streams.
pub struct Scope {
    pub role: Role,
    /// A pointer to the call.
    pub call: String,
    /// A pointer to the `cbor_writer`.
    pub writer: String,
    /// A pointer to the `cbor_reader`.
    pub reader: String,
}

impl Scope {
    /// Where the call is a local variable.
    pub fn local(role: Role) -> Self {
        let call = role.variable();
        Self {
            role,
            call: format!("&{call}"),
            writer: format!("&{call}.arguments"),
            reader: format!("&{call}.reply"),
        }
    }

    /// Where the call is a parameter.
    pub fn parameter(role: Role) -> Self {
        let call = role.variable();
        let (writer, reader) = match role {
            Role::Call | Role::Question => ("arguments", "reply"),
            Role::Handler | Role::Relay => ("reply", "arguments"),
        };
        Self {
            role,
            call: call.into(),
            writer: format!("&{call}->{writer}"),
            reader: format!("&{call}->{reader}"),
        }
    }

    /// Where there are streams only.
    fn streams(role: Role) -> Self {
        Self { role, call: String::new(), writer: "writer".into(), reader: "reader".into() }
    }
}

/// An integer or float type that lists carry as a typed array: the tag's name in cbor.h.
pub fn typed_array(item: &Type) -> Option<&'static str> {
    Some(match item {
        Type::U16 => "CBOR_U16",
        Type::U32 => "CBOR_U32",
        Type::U64 => "CBOR_U64",
        Type::S8 => "CBOR_S8",
        Type::S16 => "CBOR_S16",
        Type::S32 => "CBOR_S32",
        Type::S64 => "CBOR_S64",
        Type::F32 => "CBOR_F32",
        Type::F64 => "CBOR_F64",
        _ => return None,
    })
}

impl<'a> Codec<'a> {
    pub fn new(header: &'a Header) -> Self {
        Self { header, text: Text::default(), written: BTreeSet::new() }
    }

    /// The functions that were needed.
    pub fn finish(self) -> Text {
        self.text
    }

    /// True the first time that it is asked about a function.
    pub(crate) fn begin(&mut self, function: &str) -> bool {
        self.written.insert(function.to_owned())
    }

    /// The scope inside the codec function of a type, and the parameter that makes it.
    pub(crate) fn inside(&self, ty: &Type, stream: &str, role: Role) -> (Scope, String) {
        match self.header.holds_handles(ty) {
            true => (Scope::parameter(role), format!("{} *{}", role.call_type(), role.variable())),
            false => (Scope::streams(role), format!("struct cbor_{stream} *{stream}")),
        }
    }

    /// The codec function of a type: `encode_streams_progress`. Handles are another thing in each role, of which a relay has
    /// one only.
    pub(crate) fn function(&self, verb: &str, id: TypeId, role: Role) -> String {
        let own = role == self.header.direction.role();
        let suffix = match role {
            _ if own || !self.header.holds_handles(&Type::Id(id)) => "",
            Role::Relay => "",
            Role::Question => "_in_question",
            Role::Call | Role::Handler => "_in_answer",
        };
        format!("{verb}_{}{suffix}", self.header.short_name(id))
    }

    /// The variable that describes a handle's resource to endpoint.h; `None` where the resource is the other side's.
    pub(crate) fn own_resource(&self, handle: &Handle, role: Role) -> Option<String> {
        let resource = match role {
            // It has described what it passes on.
            Role::Relay => self.header.resource(handle).1,
            _ => self.header.own_resource(handle)?,
        };
        Some(self.header.resource_variable(resource))
    }

    /// The definition behind a type that is not a primitive.
    pub(crate) fn definition(&self, ty: &Type) -> (TypeId, TypeDefKind) {
        match self.header.resolved(ty) {
            Type::Id(id) => (id, self.header.resolve.types[id].kind.clone()),
            _ => unreachable!("invariant: primitives need no codec"),
        }
    }

    /// The statement that frees what a value holds; `None` where it cannot hold anything.
    pub fn free(&mut self, ty: &Type, place: &Place) -> Option<String> {
        if !self.header.owns_memory(ty) {
            return None;
        }
        let function = self.header.free_function(ty);
        if let Type::Id(id) = ty
            && !self.header.declares_free(*id)
            && self.begin(&function)
        {
            let text = self.free_definition(*id, "static void");
            self.text.append(text);
        }
        Some(format!("{function}({});", place.address()))
    }

    /// The definition of a type's `*_free`.
    pub fn free_definition(&mut self, id: TypeId, returns: &str) -> Text {
        let ty = Type::Id(id);
        let mut text = Text::default();
        let parameter = format!("{} *ptr", self.header.c_type(&ty));
        text.function(returns, &self.header.free_function(&ty), &[parameter]);
        if self.header.owns_memory(&ty) {
            self.free_body(&mut text, id);
        } else {
            text.line("(void)ptr; // holds nothing");
        }
        text.end();
        text
    }

    fn free_body(&mut self, text: &mut Text, id: TypeId) {
        let value = Place::at("ptr");
        match self.header.resolve.types[id].kind.clone() {
            TypeDefKind::Type(target) => text.line(self.free(&target, &value).unwrap_or_default()),
            TypeDefKind::Record(record) => {
                for field in &record.fields {
                    let member = value.member(&crate::names::identifier(&field.name));
                    self.free_line(text, &field.ty, &member);
                }
            }
            TypeDefKind::Tuple(tuple) => {
                for (i, item) in tuple.types.iter().enumerate() {
                    self.free_line(text, item, &value.member(&format!("f{i}")));
                }
            }
            TypeDefKind::List(item) => {
                let element = self.free(&item, &Place::of("ptr->ptr[i]"));
                if let Some(element) = element {
                    text.under("for (size_t i = 0; i < ptr->len; i++)", element);
                }
                text.under("if (ptr->len > 0)", "free(ptr->ptr);");
            }
            TypeDefKind::Variant(variant) => {
                text.line("switch (ptr->tag) {");
                for (i, case) in variant.cases.iter().enumerate() {
                    let Some(ty) = case.ty else { continue };
                    let member = value.member("val").member(&crate::names::identifier(&case.name));
                    let Some(free) = self.free(&ty, &member) else { continue };
                    text.open(format!("case {i}:"));
                    text.line(free);
                    text.line("break;");
                    text.outdent();
                }
                text.open("default:");
                text.line("break;");
                text.outdent();
                text.line("}");
            }
            TypeDefKind::Option(payload) => {
                let free = self.free(&payload, &value.member("val")).unwrap_or_default();
                text.under("if (ptr->is_some)", free);
            }
            TypeDefKind::Result(result) => {
                for (test, payload, member) in
                    [("ptr->is_err", result.err, "err"), ("!ptr->is_err", result.ok, "ok")]
                {
                    let Some(payload) = payload else { continue };
                    let Some(free) = self.free(&payload, &value.member("val").member(member))
                    else {
                        continue;
                    };
                    text.under(format!("if ({test})"), free);
                }
            }
            _ => {}
        }
    }

    fn free_line(&mut self, text: &mut Text, ty: &Type, place: &Place) {
        if let Some(free) = self.free(ty, place) {
            text.line(free);
        }
    }
}
