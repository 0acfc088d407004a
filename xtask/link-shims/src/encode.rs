//! Values to CBOR. Encoders cannot fail: a writer remembers its first failure, and whoever opened it looks once.

use wit_parser::{Case, Handle, Result_, Type, TypeDefKind};

use crate::codec::{Codec, Role, Scope, typed_array};
use crate::names;
use crate::place::Place;
use crate::text::Text;

impl Codec<'_> {
    /// The statement that writes a value.
    pub fn encode(&mut self, ty: &Type, place: &Place, scope: &Scope) -> String {
        let writer = &scope.writer;
        let value = place.value();
        match self.header.resolved(ty) {
            Type::Bool => format!("cbor_write_bool({writer}, {value});"),
            Type::U8 | Type::U16 | Type::U32 | Type::U64 | Type::Char => {
                format!("cbor_write_unsigned({writer}, {value});")
            }
            Type::S8 | Type::S16 | Type::S32 | Type::S64 => {
                format!("cbor_write_signed({writer}, {value});")
            }
            Type::F32 | Type::F64 => format!("cbor_write_float({writer}, {value});"),
            Type::String => {
                format!("cbor_write_text({writer}, {}, {});", place.get("ptr"), place.get("len"))
            }
            Type::ErrorContext => unreachable!("invariant: refused by `support`"),
            Type::Id(_) => self.encode_definition(ty, place, scope),
        }
    }

    fn encode_definition(&mut self, ty: &Type, place: &Place, scope: &Scope) -> String {
        let writer = &scope.writer;
        let (id, kind) = self.definition(ty);
        match &kind {
            TypeDefKind::Enum(_) | TypeDefKind::Flags(_) => {
                return format!("cbor_write_unsigned({writer}, {});", place.value());
            }
            TypeDefKind::Handle(handle) => return self.encode_handle(handle, place, scope),
            TypeDefKind::List(item) => {
                let item = self.header.resolved(item);
                let (data, length) = (place.get("ptr"), place.get("len"));
                if item == Type::U8 {
                    return format!("cbor_write_bytes({writer}, {data}, {length});");
                }
                if let Some(tag) = typed_array(&item) {
                    return format!(
                        "cbor_write_typed_array({writer}, {tag}, {data}, {length}, sizeof *{data});"
                    );
                }
            }
            _ => {}
        }
        let function = self.function("encode", id, scope.role);
        if self.begin(&function) {
            self.write_encoder(&function, Type::Id(id), &kind, scope.role);
        }
        let stream = if self.header.holds_handles(ty) { &scope.call } else { writer };
        format!("{function}({stream}, {});", place.address())
    }

    fn encode_handle(&self, handle: &Handle, place: &Place, scope: &Scope) -> String {
        let (call, value) = (&scope.call, place.get("__handle"));
        let owned = matches!(handle, Handle::Own(_));
        let function = match (self.own_resource(handle, scope.role), scope.role, owned) {
            (Some(resource), role, owned) => {
                let function = match (role, owned) {
                    (Role::Handler | Role::Relay, _) => "endpoint_write_own",
                    (_, true) => "link_give",
                    (_, false) => "link_lend",
                };
                let value = match role {
                    Role::Relay => format!("endpoint_new(&{resource}, (void *)(intptr_t){value})"),
                    _ => value,
                };
                return format!("{function}({call}, &{resource}, {value});");
            }
            (None, Role::Call, true) => "link_write_own",
            (None, Role::Call, false) => "link_write_borrow",
            (None, Role::Handler | Role::Relay, _) => "endpoint_write_foreign_own",
            (None, Role::Question, true) => "endpoint_question_own",
            (None, Role::Question, false) => "endpoint_question_borrow",
        };
        format!("{function}({call}, {value});")
    }

    fn write_encoder(&mut self, function: &str, ty: Type, kind: &TypeDefKind, role: Role) {
        let mut text = Text::default();
        let (scope, parameter) = self.inside(&ty, "writer", role);
        let value = Place::at("value");
        text.comment(names::wit_name(&self.header.resolve, &ty));
        text.function(
            "static void",
            function,
            &[parameter, format!("const {} *value", self.header.c_type(&ty))],
        );
        let writer = &scope.writer;
        match kind {
            TypeDefKind::Record(record) => {
                text.line(format!("cbor_write_array({writer}, {});", record.fields.len()));
                for field in &record.fields {
                    text.statement(self.encode(
                        &field.ty,
                        &value.member(&names::identifier(&field.name)),
                        &scope,
                    ));
                }
            }
            TypeDefKind::Tuple(tuple) => {
                text.line(format!("cbor_write_array({writer}, {});", tuple.types.len()));
                for (i, item) in tuple.types.iter().enumerate() {
                    text.statement(self.encode(item, &value.member(&format!("f{i}")), &scope));
                }
            }
            TypeDefKind::List(item) => {
                text.line(format!("cbor_write_array({writer}, value->len);"));
                let element = self.encode(item, &Place::of("value->ptr[i]"), &scope);
                text.under("for (size_t i = 0; i < value->len; i++)", element);
            }
            TypeDefKind::Option(payload) => {
                text.line(format!("cbor_write_array({writer}, value->is_some ? 1 : 0);"));
                text.under(
                    "if (value->is_some)",
                    self.encode(payload, &value.member("val"), &scope),
                );
            }
            TypeDefKind::Variant(variant) => self.encode_variant(&mut text, &variant.cases, &scope),
            TypeDefKind::Result(result) => self.encode_result(&mut text, result, &scope),
            _ => unreachable!("invariant: other kinds are encoded where they are used"),
        }
        text.end();
        self.text.append(text);
    }

    fn encode_result(&mut self, text: &mut Text, result: &Result_, scope: &Scope) {
        let writer = &scope.writer;
        let value = Place::at("value").member("val");
        let length = match (result.ok, result.err) {
            (Some(_), Some(_)) => "2",
            (Some(_), None) => "value->is_err ? 1 : 2",
            (None, Some(_)) => "value->is_err ? 2 : 1",
            (None, None) => "1",
        };
        text.line(format!("cbor_write_array({writer}, {length});"));
        text.line(format!("cbor_write_unsigned({writer}, value->is_err ? 1 : 0);"));
        let mut encode =
            |payload: Type, member| self.encode(&payload, &value.member(member), scope);
        match (result.ok, result.err) {
            (Some(ok), Some(err)) => {
                text.under("if (value->is_err)", encode(err, "err"));
                text.under("else", encode(ok, "ok"));
            }
            (Some(ok), None) => text.under("if (!value->is_err)", encode(ok, "ok")),
            (None, Some(err)) => text.under("if (value->is_err)", encode(err, "err")),
            (None, None) => {}
        }
    }

    fn encode_variant(&mut self, text: &mut Text, cases: &[Case], scope: &Scope) {
        let writer = &scope.writer;
        let value = Place::at("value").member("val");
        let payloads = cases.iter().filter(|case| case.ty.is_some()).count();
        if payloads == 0 {
            text.line(format!("cbor_write_array({writer}, 1);"));
        } else if payloads == cases.len() {
            text.line(format!("cbor_write_array({writer}, 2);"));
        } else {
            let flags: Vec<_> = cases.iter().map(|case| case.ty.is_some().to_string()).collect();
            text.list_in_braces("static const bool has_payload[] = ", &flags, ";");
            text.gap();
            let known = format!("value->tag < {} && has_payload[value->tag]", cases.len());
            text.line(format!("cbor_write_array({writer}, {known} ? 2 : 1);"));
        }
        text.line(format!("cbor_write_unsigned({writer}, value->tag);"));
        if payloads == 0 {
            return;
        }
        text.line("switch (value->tag) {");
        for (i, case) in cases.iter().enumerate() {
            let Some(ty) = &case.ty else { continue };
            text.open(format!("case {i}:"));
            text.statement(self.encode(ty, &value.member(&names::identifier(&case.name)), scope));
            text.line("break;");
            text.outdent();
        }
        text.open("default:");
        text.line("break;");
        text.outdent();
        text.line("}");
    }
}
