//! CBOR to values. Input is hostile: a decoder returns false at the first thing that is not what the type says, after
//! noting it in the reader, and each level on the way out prepends its field or index to the path.
//!
//! What is decoded into is all zeros before, and what is half decoded can be freed with the type's `*_free`: counts and
//! tags are only ever set together with zeroed or decoded content. So decoders free nothing; the one place that holds
//! the whole value does.

use wit_parser::{Handle, Int, Type, TypeDefKind};

use crate::codec::{Codec, Role, Scope, typed_array};
use crate::names;
use crate::place::Place;
use crate::text::Text;

impl Codec<'_> {
    /// The expression that reads a value: true when it did.
    pub fn decode(&mut self, ty: &Type, place: &Place, scope: &Scope) -> String {
        let reader = &scope.reader;
        match self.header.resolved(ty) {
            Type::String => {
                let (data, length) = (place.get("ptr"), place.get("len"));
                format!("cbor_read_text({reader}, &{data}, &{length})")
            }
            Type::ErrorContext => unreachable!("invariant: refused by `support`"),
            Type::Id(_) => self.decode_definition(ty, place, scope),
            scalar => {
                let wit = names::wit_name(&self.header.resolve, &scalar);
                format!("cbor_read_{wit}({reader}, {})", place.address())
            }
        }
    }

    fn decode_definition(&mut self, ty: &Type, place: &Place, scope: &Scope) -> String {
        let (call, reader) = (&scope.call, &scope.reader);
        let (id, kind) = self.definition(ty);
        match &kind {
            TypeDefKind::Handle(handle) => {
                if let Some(read) = self.decode_handle(handle, place, scope) {
                    return read;
                }
            }
            TypeDefKind::List(item) => {
                let item = self.header.resolved(item);
                let (data, length) = (place.get("ptr"), place.get("len"));
                if item == Type::U8 {
                    return format!("cbor_read_bytes({reader}, &{data}, &{length})");
                }
                if let Some(tag) = typed_array(&item) {
                    return format!(
                        "cbor_read_typed_array({reader}, {tag}, sizeof *{data}, &{data}, &{length})"
                    );
                }
            }
            _ => {}
        }
        let function = self.function("decode", id, scope.role);
        if self.begin(&function) {
            self.write_decoder(&function, Type::Id(id), &kind, scope.role);
        }
        let stream = if self.header.holds_handles(ty) { call } else { reader };
        format!("{function}({stream}, {})", place.address())
    }

    /// `None` for a borrow of what is this side's, which takes more than an expression.
    fn decode_handle(&self, handle: &Handle, place: &Place, scope: &Scope) -> Option<String> {
        let owned = matches!(handle, Handle::Own(_));
        let (call, value) = (&scope.call, place.get("__handle"));
        let function = match (self.own_resource(handle, scope.role), scope.role, owned) {
            (Some(_), _, false) => return None,
            (Some(resource), role, true) => {
                let function = match role {
                    Role::Handler => "endpoint_read_own",
                    Role::Relay => "endpoint_read_passed_on",
                    Role::Call | Role::Question => "link_take_back",
                };
                return Some(format!("{function}({call}, &{resource}, &{value})"));
            }
            (None, Role::Call, _) => "link_read_own",
            (None, Role::Handler | Role::Relay, true) => "endpoint_read_foreign_own",
            (None, Role::Handler | Role::Relay, false) => "endpoint_read_foreign_borrow",
            (None, Role::Question, _) => "endpoint_question_read_own",
        };
        Some(format!("{function}({call}, &{value})"))
    }

    fn write_decoder(&mut self, function: &str, ty: Type, kind: &TypeDefKind, role: Role) {
        let mut text = Text::default();
        let (scope, parameter) = self.inside(&ty, "reader", role);
        let value = Place::at("value");
        let reader = &scope.reader;
        text.comment(names::wit_name(&self.header.resolve, &ty));
        text.function(
            "static bool",
            function,
            &[parameter, format!("{} *value", self.header.c_type(&ty))],
        );
        match kind {
            TypeDefKind::Record(record) => {
                let fields = record.fields.iter();
                let fields = fields
                    .map(|field| {
                        let member = value.member(&names::identifier(&field.name));
                        in_field(&self.decode(&field.ty, &member, &scope), reader, &field.name)
                    })
                    .collect();
                decode_items(&mut text, reader, fields);
            }
            TypeDefKind::Tuple(tuple) => {
                let items = tuple.types.iter().enumerate();
                let items = items
                    .map(|(i, ty)| {
                        let read = self.decode(ty, &value.member(&format!("f{i}")), &scope);
                        format!("{read} || cbor_in_item({reader}, {i})")
                    })
                    .collect();
                decode_items(&mut text, reader, items);
            }
            TypeDefKind::List(item) => {
                text.under(format!("if (!cbor_read_list({reader}, sizeof *value->ptr, &value->ptr, &value->len))"), "return false;");
                text.open("for (size_t i = 0; i < value->len; i++) {");
                let read = self.decode(item, &Place::of("value->ptr[i]"), &scope);
                text.under(format!("if (!{read})"), format!("return cbor_in_item({reader}, i);"));
                text.close("}");
                text.line("return true;");
            }
            TypeDefKind::Option(payload) => {
                text.line("bool is_some = false;");
                text.gap();
                text.under(format!("if (!cbor_read_option({reader}, &is_some))"), "return false;");
                text.line("value->is_some = is_some;");
                let read = self.decode(payload, &value.member("val"), &scope);
                text.line(format!("return !is_some || {read};"));
            }
            TypeDefKind::Variant(variant) => {
                let cases = variant.cases.iter();
                let cases =
                    cases.map(|case| (case.name.as_str(), names::identifier(&case.name), case.ty));
                let cases: Vec<_> = cases.collect();
                let assign = format!("value->tag = ({})index;", int_type(variant.tag()));
                self.decode_cases(&mut text, &assign, &cases, &scope);
            }
            TypeDefKind::Result(result) => {
                let case = |member: &'static str, ty| (member, member.to_owned(), ty);
                let cases = [case("ok", result.ok), case("err", result.err)];
                self.decode_cases(&mut text, "value->is_err = index == 1;", &cases, &scope);
            }
            TypeDefKind::Enum(enum_) => {
                let read = format!("cbor_read_enum({reader}, {}, &index)", enum_.cases.len());
                decode_number(&mut text, "uint32_t", "index", &read, &self.header.c_type(&ty));
            }
            TypeDefKind::Flags(flags) => {
                let read = format!("cbor_read_flags({reader}, {}, &bits)", flags.flags.len());
                decode_number(&mut text, "uint64_t", "bits", &read, &self.header.c_type(&ty));
            }
            TypeDefKind::Handle(handle) => {
                let resource = self.own_resource(handle, role);
                let resource = resource.expect("invariant: others are decoded where they are used");
                text.line("void *representation = NULL;");
                text.gap();
                text.under(
                    format!("if (!endpoint_read_borrow(call, &{resource}, &representation))"),
                    "return false;",
                );
                text.line(match role {
                    Role::Relay => "value->__handle = (int32_t)(intptr_t)representation;",
                    _ => "*value = representation;",
                });
                text.line("return true;");
            }
            _ => unreachable!("invariant: other kinds are decoded where they are used"),
        }
        text.end();
        self.text.append(text);
    }

    /// `cases`: each one's name, member of the union, and type.
    fn decode_cases(
        &mut self,
        text: &mut Text,
        assign: &str,
        cases: &[(&str, String, Option<Type>)],
        scope: &Scope,
    ) {
        let reader = &scope.reader;
        let value = Place::at("value").member("val");
        let flags: Vec<_> = cases.iter().map(|(.., ty)| ty.is_some().to_string()).collect();
        text.list_in_braces("static const bool has_payload[] = ", &flags, ";");
        text.line("uint32_t index = 0;");
        text.gap();
        text.under(
            format!("if (!cbor_read_variant({reader}, {}, has_payload, &index))", cases.len()),
            "return false;",
        );
        text.line(assign);
        if cases.iter().all(|(.., ty)| ty.is_none()) {
            text.line("return true;");
            return;
        }
        // A union's other members need not be zero after `{0}`; what is half decoded must be safe to free.
        if cases.iter().filter_map(|(.., ty)| *ty).any(|ty| self.header.owns_memory(&ty)) {
            text.line("memset(&value->val, 0, sizeof value->val);");
        }
        text.line("switch (index) {");
        for (i, (name, member, ty)) in cases.iter().enumerate() {
            let Some(ty) = ty else { continue };
            let read = self.decode(ty, &value.member(member), scope);
            text.open(format!("case {i}:"));
            text.conjunction("return ", &[in_field(&read, reader, name)], ";");
            text.outdent();
        }
        text.line("default:");
        text.line("    return true;");
        text.line("}");
    }
}

/// The rest of a decoder of what is an array of `items`, the expressions that read them.
fn decode_items(text: &mut Text, reader: &str, items: Vec<String>) {
    let head = format!("cbor_read_tuple({reader}, {})", items.len());
    text.conjunction("return ", &[vec![head], items].concat(), ";");
}

/// The rest of a decoder of what is a number: `read` puts it into a variable `name`.
fn decode_number(text: &mut Text, ty: &str, name: &str, read: &str, c_type: &str) {
    text.line(format!("{ty} {name} = 0;"));
    text.gap();
    text.under(format!("if (!{read})"), "return false;");
    text.line(format!("*value = ({c_type}){name};"));
    text.line("return true;");
}

/// `read`, or the name prepended to the problem's path.
pub fn in_field(read: &str, reader: &str, name: &str) -> String {
    format!("{read} || cbor_in_field({reader}, \"{name}\")")
}

fn int_type(int: Int) -> &'static str {
    match int {
        Int::U8 => "uint8_t",
        Int::U16 => "uint16_t",
        Int::U32 => "uint32_t",
        Int::U64 => "uint64_t",
    }
}
