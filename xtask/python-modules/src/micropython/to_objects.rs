//! C values to MicroPython's objects: expressions, which raise without memory. `struct glue_result` ends a value that was made
//! an object of, or would have been.

use link_shims::place::Place;
use link_shims::text::Text;
use wit_parser::{Type, TypeDefKind, TypeId};

use super::type_variable;
use crate::members::{self, Case, Member};
use crate::values::Values;

impl Values<'_> {
    /// The expression that makes an object of a value.
    pub fn object(&mut self, ty: &Type, place: &Place) -> String {
        let value = place.value();
        match self.header().resolved(ty) {
            Type::Bool => format!("mp_obj_new_bool({value})"),
            Type::U8 | Type::S8 | Type::U16 | Type::S16 => format!("MP_OBJ_NEW_SMALL_INT({value})"),
            Type::S32 => format!("mp_obj_new_int({value})"),
            Type::U32 => format!("mp_obj_new_int_from_uint({value})"),
            Type::U64 => format!("mp_obj_new_int_from_ull({value})"),
            Type::S64 => format!("mp_obj_new_int_from_ll({value})"),
            Type::F32 | Type::F64 => format!("mp_obj_new_float({value})"),
            Type::Char => format!("glue_char({value})"),
            Type::String => {
                let (data, length) = (place.get("ptr"), place.get("len"));
                format!("glue_text({data}, {length})")
            }
            Type::ErrorContext => unreachable!("invariant: refused by link-shims"),
            Type::Id(id) => self.object_of(id, place),
        }
    }

    fn object_of(&mut self, id: TypeId, place: &Place) -> String {
        let kind = self.kind(id);
        let value = place.value();
        match &kind {
            TypeDefKind::Handle(handle) => {
                let class = type_variable(self.surface, self.header().resource(handle).1.id);
                return format!("glue_resource_new(&{class}, &{})", place.get("__handle"));
            }
            TypeDefKind::List(item) if self.header().resolved(item) == Type::U8 => {
                let (data, length) = (place.get("ptr"), place.get("len"));
                return format!("mp_obj_new_bytes({data}, {length})");
            }
            TypeDefKind::Enum(_) => {
                return format!("glue_case(&enum_{}, {value})", self.header().short_name(id));
            }
            TypeDefKind::Flags(_) => return format!("mp_obj_new_int_from_uint({value})"),
            _ => {}
        }
        let function = format!("to_{}", self.header().short_name(id));
        if self.begin(&function) {
            self.write_object_writer(&function, id, &kind);
        }
        format!("{function}({})", place.address())
    }

    fn write_object_writer(&mut self, function: &str, id: TypeId, kind: &TypeDefKind) {
        let ty = Type::Id(id);
        let mut text = Text::default();
        let parameter = format!("{} *value", self.header().c_type(&ty));
        text.comment(link_shims::wit_name(&self.header().resolve, &ty));
        text.function("static mp_obj_t", function, &[parameter]);
        let value = Place::at("value");
        match kind {
            TypeDefKind::Record(record) => {
                self.collect_items(&mut text, &members::of_record(record));
                let class = type_variable(self.surface, id);
                text.line(format!("return glue_record_new(&{class}, items);"));
            }
            TypeDefKind::Tuple(tuple) => {
                let members = members::of_tuple(tuple);
                self.collect_items(&mut text, &members);
                text.line(format!("return mp_obj_new_tuple({}, items);", members.len()));
            }
            TypeDefKind::List(item) => {
                text.line(
                    "mp_obj_list_t *list = MP_OBJ_TO_PTR(mp_obj_new_list(value->len, NULL));",
                );
                text.gap();
                let item = self.object(item, &Place::of("value->ptr[i]"));
                text.under(
                    "for (size_t i = 0; i < value->len; i++)",
                    format!("list->items[i] = {item};"),
                );
                text.line("return MP_OBJ_FROM_PTR(list);");
            }
            TypeDefKind::Option(payload) => {
                text.under("if (!value->is_some)", "return mp_const_none;");
                let payload = self.object(payload, &value.member("val"));
                text.statement(format!("return {payload};"));
            }
            TypeDefKind::Variant(variant) => {
                self.object_of_case(&mut text, "value->tag", &members::of_variant(variant));
            }
            TypeDefKind::Result(result) => {
                let cases = members::of_result(result);
                self.object_of_case(&mut text, "(int)value->is_err", &cases);
            }
            _ => unreachable!("invariant: other kinds are written where they are used"),
        }
        text.end();
        self.text.append(text);
    }

    fn collect_items(&mut self, text: &mut Text, members: &[Member]) {
        let items = members
            .iter()
            .map(|member| self.object(&member.ty, &Place::at("value").member(&member.c_name)))
            .collect::<Vec<_>>();
        text.open("mp_obj_t items[] = {");
        items.iter().for_each(|item| text.line(format!("{item},")));
        text.close("};");
    }

    fn object_of_case(&mut self, text: &mut Text, tag: &str, cases: &[Case]) {
        text.line(format!("switch ({tag}) {{"));
        let value = Place::at("value").member("val");
        for (i, Case { tag, member, ty }) in cases.iter().enumerate() {
            let payload = match ty {
                Some(ty) => self.object(ty, &value.member(member)),
                None => "mp_const_none".to_owned(),
            };
            text.open(format!("case {i}:"));
            text.statement(format!("return glue_variant(MP_QSTR_{tag}, {payload});"));
            text.outdent();
        }
        text.line("default:");
        text.line("    glue_raise_unknown();");
        text.line("}");
    }

    /// The function that ends a value, for `struct glue_result`; none where there is nothing to end.
    pub fn end_function(&mut self, ty: &Type) -> Option<String> {
        let header = self.header();
        let name = match header.resolved(ty) {
            Type::String => "string",
            Type::Id(id) => match self.kind(id) {
                TypeDefKind::Handle(handle) => header.short_name(header.resource(&handle).1.id),
                _ => header.short_name(id),
            },
            _ => return None,
        };
        let function = format!("end_{name}");
        let ends = self.end(ty, &Place::at("it"));
        if ends.is_empty() {
            return None;
        }
        if self.begin(&function) {
            let mut text = Text::default();
            text.function("static void", &function, &["void *value".to_owned()]);
            text.line(format!("{} *it = value;", header.c_type(ty)));
            text.gap();
            ends.iter().for_each(|end| text.line(end));
            text.end();
            self.text.append(text);
        }
        Some(function)
    }
}
