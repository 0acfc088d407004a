//! Objects to C values. What a reader makes stays the objects' or is held by `struct held` until the call is over, so a
//! reader that fails frees nothing.

use link_shims::place::Place;
use link_shims::text::Text;
use wit_parser::{Handle, Type, TypeDefKind, TypeId};

use crate::docs::escaped;
use crate::members::{self, Case, Member};
use crate::values::Values;

/// How a reader gets at what it needs.
pub struct Reading {
    /// A pointer to the `struct held`.
    pub held: String,
    /// The parameter's name, an expression.
    pub name: String,
}

impl Values<'_> {
    /// The expression that reads an object: true when it did.
    pub fn read(&mut self, ty: &Type, object: &str, place: &Place, reading: &Reading) -> String {
        let name = &reading.name;
        match self.header().resolved(ty) {
            Type::String => {
                let (data, length) = (place.get("ptr"), place.get("len"));
                if self.texts_are_held() {
                    let held = &reading.held;
                    return format!("held_text({held}, {object}, {name}, &{data}, &{length})");
                }
                format!("argument_text({object}, {name}, &{data}, &{length})")
            }
            Type::ErrorContext => unreachable!("invariant: refused by link-shims"),
            Type::Id(id) => self.read_definition(id, object, place, reading),
            scalar => {
                let wit = link_shims::wit_name(&self.header().resolve, &scalar);
                format!("argument_{wit}({object}, {name}, {})", place.address())
            }
        }
    }

    fn read_definition(
        &mut self,
        id: TypeId,
        object: &str,
        place: &Place,
        reading: &Reading,
    ) -> String {
        let Reading { held, name } = reading;
        let kind = self.kind(id);
        match &kind {
            TypeDefKind::Handle(handle) => {
                let class = &self.state_of_handle(handle);
                let (verb, handle) = match handle {
                    Handle::Own(_) => ("own", place.get("__handle")),
                    Handle::Borrow(_) => ("borrow", place.get("__handle")),
                };
                return format!("held_{verb}({held}, {object}, {name}, {class}, &{handle})");
            }
            TypeDefKind::List(item) if self.header().resolved(item) == Type::U8 => {
                let (data, length) = (place.get("ptr"), place.get("len"));
                return format!("held_bytes({held}, {object}, &{data}, &{length})");
            }
            _ => {}
        }
        let function = format!("from_{}", self.header().short_name(id));
        if self.begin(&function) {
            self.write_reader(&function, id, &kind);
        }
        let ty = Type::Id(id);
        let mut arguments = Vec::new();
        arguments.extend(self.reading_needs_held(&ty).then(|| held.clone()));
        arguments.extend(self.reading_needs_state(&ty).then(|| "state".to_owned()));
        arguments.extend([object.to_owned(), name.clone(), place.address()]);
        format!("{function}({})", arguments.join(", "))
    }

    /// Whether reading takes memory, buffers or handles until the call is over.
    pub fn reading_needs_held(&self, ty: &Type) -> bool {
        let id = match self.header().resolved(ty) {
            Type::Id(id) => id,
            ty => return ty == Type::String && self.texts_are_held(),
        };
        matches!(self.kind(id), TypeDefKind::List(_) | TypeDefKind::Handle(_))
            || self.header().members(id).iter().any(|member| self.reading_needs_held(member))
    }

    /// Whether a text may have to outlive its object: an answer's.
    fn texts_are_held(&self) -> bool {
        !self.surface.answers.is_empty()
    }

    /// Whether reading takes classes of the module.
    pub fn reading_needs_state(&self, ty: &Type) -> bool {
        self.header().holds_handles(ty)
    }

    fn write_reader(&mut self, function: &str, id: TypeId, kind: &TypeDefKind) {
        let ty = Type::Id(id);
        let mut text = Text::default();
        let mut parameters = Vec::new();
        parameters.extend(self.reading_needs_held(&ty).then(|| "struct held *held".to_owned()));
        parameters.extend(self.reading_needs_state(&ty).then(|| "struct state *state".to_owned()));
        let value = format!("{} *value", self.header().c_type(&ty));
        parameters.extend(["PyObject *object".to_owned(), "const char *name".to_owned(), value]);
        text.comment(link_shims::wit_name(&self.header().resolve, &ty));
        text.function("static bool", function, &parameters);
        self.write_reader_body(&mut text, id, kind);
        text.end();
        self.text.append(text);
    }

    fn write_reader_body(&mut self, text: &mut Text, id: TypeId, kind: &TypeDefKind) {
        let value = Place::at("value");
        let reading = Reading { held: "held".to_owned(), name: "name".to_owned() };
        match kind {
            TypeDefKind::Record(record) => {
                let class = self.surface.type_name(id);
                self.read_tuple(text, &class, &members::of_record(record));
            }
            TypeDefKind::Tuple(tuple) => self.read_tuple(text, "", &members::of_tuple(tuple)),
            TypeDefKind::List(item) => {
                text.line("PyObject *items = held_items(held, object, name);");
                text.gap();
                text.under("if (items == NULL)", "return false;");
                text.line("value->len = (size_t)PyTuple_GET_SIZE(items);");
                text.line("value->ptr = held_memory(held, value->len, sizeof *value->ptr);");
                text.line("bool read = value->ptr != NULL;");
                text.open("for (size_t i = 0; read && i < value->len; i++)");
                let element = Place::of("value->ptr[i]");
                let object = "PyTuple_GET_ITEM(items, (Py_ssize_t)i)";
                let read = self.read(item, object, &element, &reading);
                text.statement(format!("read = {read};"));
                text.outdent();
                text.line("return read;");
            }
            TypeDefKind::Option(payload) => {
                let read = self.read(payload, "object", &value.member("val"), &reading);
                if !read.contains("name") {
                    text.line("(void)name;");
                }
                text.line("value->is_some = object != Py_None;");
                text.line(format!("return !value->is_some || {read};"));
            }
            TypeDefKind::Enum(cases) => {
                let class = self.surface.type_name(id);
                text.line("uint32_t number;");
                text.gap();
                let count = cases.cases.len();
                let read = format!("argument_case(object, name, \"{class}\", {count}, &number)");
                text.under(format!("if (!{read})"), "return false;");
                text.line(format!("*value = ({})number;", self.header().c_type(&Type::Id(id))));
                text.line("return true;");
            }
            TypeDefKind::Flags(flags) => {
                let class = self.surface.type_name(id);
                text.line("uint32_t bits;");
                text.gap();
                let mask = u32::MAX >> (32 - flags.flags.len().clamp(1, 32));
                let read = format!("argument_flags(object, name, \"{class}\", {mask:#x}u, &bits)");
                text.under(format!("if (!{read})"), "return false;");
                text.line(format!("*value = ({})bits;", self.header().c_type(&Type::Id(id))));
                text.line("return true;");
            }
            TypeDefKind::Variant(variant) => {
                self.read_cases(text, "value->tag = tag;", &members::of_variant(variant));
            }
            TypeDefKind::Result(result) => {
                let cases = members::of_result(result);
                self.read_cases(text, "value->is_err = tag == 1;", &cases);
            }
            _ => unreachable!("invariant: other kinds are read where they are used"),
        }
    }

    /// `class`: of a record, in messages.
    fn read_tuple(&mut self, text: &mut Text, class: &str, members: &[Member]) {
        let count = members.len();
        let mut operands = vec![format!("argument_tuple(object, name, \"{class}\", {count})")];
        for (i, member) in members.iter().enumerate() {
            let reading = Reading { held: "held".to_owned(), name: member.called(class) };
            let object = format!("PyTuple_GET_ITEM(object, {i})");
            let place = Place::at("value").member(&member.c_name);
            operands.push(self.read(&member.ty, &object, &place, &reading));
        }
        text.conjunction("return ", &operands, ";");
    }

    fn read_cases(&mut self, text: &mut Text, assign: &str, cases: &[Case]) {
        let tags = cases.iter().map(|case| format!("\"{}\"", escaped(&case.tag)));
        let tags: Vec<_> = tags.collect();
        text.list_in_braces("static const char *const tags[] = ", &tags, ";");
        text.line("PyObject *payload;");
        text.line("uint8_t tag;");
        text.gap();
        let count = cases.len();
        text.under(
            format!("if (!argument_variant(object, name, tags, {count}, &tag, &payload))"),
            "return false;",
        );
        text.line(assign);
        text.line("switch (tag) {");
        let value = Place::at("value").member("val");
        for (i, case) in cases.iter().enumerate() {
            let Some(ty) = &case.ty else { continue };
            let reading = Reading { held: "held".to_owned(), name: "tags[tag]".to_owned() };
            let read = self.read(ty, "payload", &value.member(&case.member), &reading);
            text.open(format!("case {i}:"));
            text.statement(format!("return {read};"));
            text.outdent();
        }
        text.line("default:");
        text.line("    return argument_nothing(payload, tags[tag]);");
        text.line("}");
    }
}
