//! MicroPython's objects to C values: statements, which raise where an object is refused.

use link_shims::place::Place;
use link_shims::text::Text;
use wit_parser::{Handle, Type, TypeDefKind, TypeId};

use super::type_variable;
use crate::docs::escaped;
use crate::members::{self, Case, Member};
use crate::values::Values;

/// How a reader gets at what it needs: expressions.
#[derive(Clone)]
pub struct Reading {
    /// A pointer to the `struct glue_held`.
    pub held: &'static str,
    /// The parameter's name.
    pub name: String,
}

impl Values<'_> {
    /// The statement that reads an object.
    pub fn read_object(
        &mut self,
        ty: &Type,
        object: &str,
        place: &Place,
        reading: &Reading,
    ) -> String {
        let Reading { held, name } = reading;
        match self.header().resolved(ty) {
            Type::String => {
                let (data, length) = (place.get("ptr"), place.get("len"));
                format!("glue_held_text({held}, {object}, {name}, &{data}, &{length});")
            }
            Type::ErrorContext => unreachable!("invariant: refused by link-shims"),
            Type::Id(id) => self.read_object_of(id, object, place, reading),
            scalar => {
                let wit = link_shims::wit_name(&self.header().resolve, &scalar);
                format!("glue_read_{wit}({object}, {name}, {});", place.address())
            }
        }
    }

    fn read_object_of(
        &mut self,
        id: TypeId,
        object: &str,
        place: &Place,
        reading: &Reading,
    ) -> String {
        let Reading { held, name } = reading;
        let kind = self.kind(id);
        let ty = Type::Id(id);
        match &kind {
            TypeDefKind::Handle(handle) => {
                let class = type_variable(self.surface, self.header().resource(handle).1.id);
                let (verb, handle) = match handle {
                    Handle::Own(_) => ("own", place.get("__handle")),
                    Handle::Borrow(_) => ("borrow", place.get("__handle")),
                };
                return format!("glue_held_{verb}({held}, {object}, {name}, &{class}, &{handle});");
            }
            TypeDefKind::List(item) if self.header().resolved(item) == Type::U8 => {
                let (data, length) = (place.get("ptr"), place.get("len"));
                return format!("glue_held_bytes({held}, {object}, &{data}, &{length});");
            }
            TypeDefKind::Enum(cases) => {
                let (class, count) = (self.surface.type_name(id), cases.cases.len());
                let (value, c_type) = (place.value(), self.header().c_type(&ty));
                return format!(
                    "{value} = ({c_type})glue_read_case({object}, {name}, \"{class}\", {count});"
                );
            }
            TypeDefKind::Flags(flags) => {
                let class = self.surface.type_name(id);
                let mask = u32::MAX >> (32 - flags.flags.len().clamp(1, 32));
                let (value, c_type) = (place.value(), self.header().c_type(&ty));
                return format!(
                    "{value} = ({c_type})glue_read_flags({object}, {name}, \"{class}\", {mask:#x}u);"
                );
            }
            _ => {}
        }
        let function = format!("from_{}", self.header().short_name(id));
        if self.begin(&function) {
            self.write_object_reader(&function, id, &kind);
        }
        let mut arguments = Vec::new();
        arguments.extend(self.object_is_held(&ty).then(|| (*held).to_owned()));
        arguments.extend([object.to_owned(), name.clone(), place.address()]);
        format!("{function}({});", arguments.join(", "))
    }

    /// Whether reading takes memory or handles until the call is over, or memory of who is called.
    pub fn object_is_held(&self, ty: &Type) -> bool {
        let id = match self.header().resolved(ty) {
            Type::Id(id) => id,
            ty => return ty == Type::String,
        };
        matches!(self.kind(id), TypeDefKind::List(_) | TypeDefKind::Handle(_))
            || self.header().members(id).iter().any(|member| self.object_is_held(member))
    }

    fn write_object_reader(&mut self, function: &str, id: TypeId, kind: &TypeDefKind) {
        let ty = Type::Id(id);
        let mut text = Text::default();
        let mut parameters = Vec::new();
        parameters.extend(self.object_is_held(&ty).then(|| "struct glue_held *held".to_owned()));
        let value = format!("{} *value", self.header().c_type(&ty));
        parameters.extend(["mp_obj_t object".to_owned(), "const char *name".to_owned(), value]);
        text.comment(link_shims::wit_name(&self.header().resolve, &ty));
        text.function("static void", function, &parameters);
        self.write_object_reader_body(&mut text, id, kind);
        text.end();
        self.text.append(text);
    }

    fn write_object_reader_body(&mut self, text: &mut Text, id: TypeId, kind: &TypeDefKind) {
        let value = Place::at("value");
        let reading = Reading { held: "held", name: "name".to_owned() };
        match kind {
            TypeDefKind::Record(record) => {
                let class = self.surface.type_name(id);
                self.read_items(text, &class, &members::of_record(record));
            }
            TypeDefKind::Tuple(tuple) => self.read_items(text, "", &members::of_tuple(tuple)),
            TypeDefKind::List(item) => {
                text.line(
                    "const mp_obj_t *items = glue_held_items(held, object, name, &value->len);",
                );
                text.gap();
                text.line("value->ptr = glue_held_memory(held, value->len, sizeof *value->ptr);");
                let element = Place::of("value->ptr[i]");
                let read = self.read_object(item, "items[i]", &element, &reading);
                text.under("for (size_t i = 0; i < value->len; i++)", read);
            }
            TypeDefKind::Option(payload) => {
                let read = self.read_object(payload, "object", &value.member("val"), &reading);
                if !read.contains("name") {
                    text.line("(void)name;");
                }
                text.line("value->is_some = object != mp_const_none;");
                text.under("if (value->is_some)", read);
            }
            TypeDefKind::Variant(variant) => {
                let cases = members::of_variant(variant);
                self.read_cases_of_object(text, "value->tag = tag;", &cases);
            }
            TypeDefKind::Result(result) => {
                let cases = members::of_result(result);
                self.read_cases_of_object(text, "value->is_err = tag == 1;", &cases);
            }
            _ => unreachable!("invariant: other kinds are read where they are used"),
        }
    }

    /// `class`: of a record, in messages.
    fn read_items(&mut self, text: &mut Text, class: &str, members: &[Member]) {
        let count = members.len();
        text.line(format!(
            "const mp_obj_t *items = glue_read_tuple(object, name, \"{class}\", {count});"
        ));
        text.gap();
        for (i, member) in members.iter().enumerate() {
            let reading = Reading { held: "held", name: member.called(class) };
            let place = Place::at("value").member(&member.c_name);
            text.statement(self.read_object(&member.ty, &format!("items[{i}]"), &place, &reading));
        }
    }

    fn read_cases_of_object(&mut self, text: &mut Text, assign: &str, cases: &[Case]) {
        let tags = cases.iter().map(|case| format!("\"{}\"", escaped(&case.tag)));
        let tags: Vec<_> = tags.collect();
        text.list_in_braces("static const char *const tags[] = ", &tags, ";");
        text.line("mp_obj_t payload;");
        text.line(format!(
            "uint8_t tag = glue_read_variant(object, name, tags, {}, &payload);",
            cases.len()
        ));
        text.gap();
        text.line(assign);
        text.line("switch (tag) {");
        let value = Place::at("value").member("val");
        for (i, case) in cases.iter().enumerate() {
            let Some(ty) = &case.ty else { continue };
            let reading = Reading { held: "held", name: "tags[tag]".to_owned() };
            let read = self.read_object(ty, "payload", &value.member(&case.member), &reading);
            text.open(format!("case {i}:"));
            text.statement(read);
            text.line("break;");
            text.outdent();
        }
        text.line("default:");
        text.line("    glue_read_nothing(payload, tags[tag]);");
        text.line("}");
    }
}
