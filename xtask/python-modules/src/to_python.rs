//! C values to objects, and what becomes of the values afterwards.
//!
//! A writer takes over handles: it sets those to 0 that have become objects. What is left, after a failure, is dropped.

use link_shims::names::identifier;
use link_shims::place::Place;
use link_shims::text::Text;
use wit_parser::{Handle, Type, TypeDefKind, TypeId};

use crate::names;
use crate::values::Values;

impl Values<'_> {
    /// The expression that makes an object of a value: a new reference, or NULL with an exception.
    pub fn write(&mut self, ty: &Type, place: &Place) -> String {
        let value = place.value();
        match self.header().resolved(ty) {
            Type::Bool => format!("PyBool_FromLong({value})"),
            Type::U8 | Type::S8 | Type::U16 | Type::S16 | Type::S32 => {
                format!("PyLong_FromLong({value})")
            }
            Type::U32 => format!("PyLong_FromUnsignedLong({value})"),
            Type::U64 => format!("PyLong_FromUnsignedLongLong({value})"),
            Type::S64 => format!("PyLong_FromLongLong({value})"),
            Type::F32 | Type::F64 => format!("PyFloat_FromDouble({value})"),
            Type::Char => format!("PyUnicode_FromOrdinal((int){value})"),
            Type::String => {
                let (data, length) = (place.get("ptr"), place.get("len"));
                format!("value_text({data}, {length})")
            }
            Type::ErrorContext => unreachable!("invariant: refused by link-shims"),
            Type::Id(id) => self.write_definition(id, place),
        }
    }

    fn write_definition(&mut self, id: TypeId, place: &Place) -> String {
        let kind = self.kind(id);
        let value = place.value();
        match &kind {
            TypeDefKind::Handle(handle) => {
                let class = self.state_of_handle(handle);
                return format!("resource_new({class}, &{})", place.get("__handle"));
            }
            TypeDefKind::List(item) if self.header().resolved(item) == Type::U8 => {
                let (data, length) = (place.get("ptr"), place.get("len"));
                return format!("value_bytes({data}, {length})");
            }
            TypeDefKind::Enum(cases) => {
                let members = format!("state->{}_members", self.header().short_name(id));
                return format!("enumeration_member({members}, {}, {value})", cases.cases.len());
            }
            TypeDefKind::Flags(_) => return format!("PyLong_FromUnsignedLong({value})"),
            _ => {}
        }
        let function = format!("to_{}", self.header().short_name(id));
        if self.begin(&function) {
            self.write_writer(&function, id, &kind);
        }
        let state = if self.writing_needs_state(&Type::Id(id)) { "state, " } else { "" };
        format!("{function}({state}{})", place.address())
    }

    /// Whether writing takes classes of the module.
    pub fn writing_needs_state(&self, ty: &Type) -> bool {
        let Type::Id(id) = self.header().resolved(ty) else { return false };
        let kind = self.kind(id);
        matches!(kind, TypeDefKind::Handle(_) | TypeDefKind::Enum(_) | TypeDefKind::Record(_))
            || self.header().members(id).iter().any(|member| self.writing_needs_state(member))
    }

    fn write_writer(&mut self, function: &str, id: TypeId, kind: &TypeDefKind) {
        let ty = Type::Id(id);
        let mut text = Text::default();
        let mut parameters = Vec::new();
        parameters.extend(self.writing_needs_state(&ty).then(|| "struct state *state".to_owned()));
        parameters.push(format!("{} *value", self.header().c_type(&ty)));
        text.comment(link_shims::wit_name(&self.header().resolve, &ty));
        text.function("static PyObject *", function, &parameters);
        let value = Place::at("value");
        match kind {
            TypeDefKind::Record(record) => {
                let made = format!("PyStructSequence_New(state->{})", self.header().short_name(id));
                let fields = record.fields.iter();
                let members: Vec<_> =
                    fields.map(|field| (field.ty, identifier(&field.name))).collect();
                self.write_items(&mut text, &made, &members);
            }
            TypeDefKind::Tuple(tuple) => {
                let members = tuple.types.iter().enumerate();
                let members: Vec<_> = members.map(|(i, ty)| (*ty, format!("f{i}"))).collect();
                let made = format!("PyTuple_New({})", members.len());
                self.write_items(&mut text, &made, &members);
            }
            TypeDefKind::List(item) => {
                text.line("PyObject *list = PyList_New((Py_ssize_t)value->len);");
                text.gap();
                text.open("for (size_t i = 0; list != NULL && i < value->len; i++) {");
                let item = self.write(item, &Place::of("value->ptr[i]"));
                text.statement(format!("PyObject *item = {item};"));
                text.under("if (item == NULL)", "Py_CLEAR(list);");
                text.under("else", "PyList_SET_ITEM(list, (Py_ssize_t)i, item);");
                text.close("}");
                text.line("return list;");
            }
            TypeDefKind::Option(payload) => {
                text.under("if (!value->is_some)", "Py_RETURN_NONE;");
                let payload = self.write(payload, &value.member("val"));
                text.statement(format!("return {payload};"));
            }
            TypeDefKind::Variant(variant) => {
                let cases = variant.cases.iter();
                let cases =
                    cases.map(|case| (names::tag(&case.name), identifier(&case.name), case.ty));
                let cases: Vec<_> = cases.collect();
                self.write_cases(&mut text, "value->tag", &cases);
            }
            TypeDefKind::Result(result) => {
                let case = |name: &str, ty| (name.to_owned(), name.to_owned(), ty);
                let cases = [case("ok", result.ok), case("err", result.err)];
                self.write_cases(&mut text, "(int)value->is_err", &cases);
            }
            _ => unreachable!("invariant: other kinds are written where they are used"),
        }
        text.end();
        self.text.append(text);
    }

    fn write_items(&mut self, text: &mut Text, made: &str, members: &[(Type, String)]) {
        text.line(format!("PyObject *items = {made};"));
        text.gap();
        let mut operands = vec!["items != NULL".to_owned()];
        for (i, (ty, member)) in members.iter().enumerate() {
            let item = self.write(ty, &Place::at("value").member(member));
            operands.push(format!("value_set(items, {i}, {item})"));
        }
        text.conjunction("if (", &operands, ")");
        text.line("    return items;");
        text.line("Py_XDECREF(items);");
        text.line("return NULL;");
    }

    fn write_cases(
        &mut self,
        text: &mut Text,
        tag: &str,
        cases: &[(String, String, Option<Type>)],
    ) {
        text.line(format!("switch ({tag}) {{"));
        for (i, (name, member, ty)) in cases.iter().enumerate() {
            let payload = match ty {
                Some(ty) => self.write(ty, &Place::at("value").member("val").member(member)),
                None => "Py_NewRef(Py_None)".to_owned(),
            };
            text.open(format!("case {i}:"));
            text.statement(format!("return value_variant(\"{name}\", {payload});"));
            text.outdent();
        }
        text.line("default:");
        text.line("    return value_unknown();");
        text.line("}");
    }

    /// What becomes of a result that was made an object: statements.
    pub fn end(&mut self, ty: &Type, place: &Place) -> Vec<String> {
        let drops = self.drops(ty, place);
        drops.into_iter().chain(self.codec.free(ty, place)).collect()
    }

    /// The statement that drops the handles which are left in a value; `None` where it cannot have any.
    fn drops(&mut self, ty: &Type, place: &Place) -> Option<String> {
        if !self.header().holds_handles(ty) {
            return None;
        }
        let Type::Id(id) = self.header().resolved(ty) else { return None };
        let kind = self.kind(id);
        let function = match &kind {
            TypeDefKind::Handle(Handle::Borrow(_)) => return None,
            TypeDefKind::Handle(handle @ Handle::Own(_)) => {
                let resource = self.header().resource(handle).1;
                format!("drop_{}", self.header().short_name(resource.id))
            }
            _ => format!("drop_{}", self.header().short_name(id)),
        };
        if self.begin(&function) {
            self.write_drop(&function, id, &kind);
        }
        Some(format!("{function}({});", place.address()))
    }

    fn write_drop(&mut self, function: &str, id: TypeId, kind: &TypeDefKind) {
        let mut text = Text::default();
        let parameter = format!("{} *value", self.header().c_type(&Type::Id(id)));
        text.comment("Drops what did not become an object.");
        text.function("static void", function, &[parameter]);
        let value = Place::at("value");
        match kind {
            TypeDefKind::Handle(handle) => {
                let resource = self.header().resource(handle).1;
                let drop = format!("{}_drop_own(*value);", resource.c_name);
                text.under("if (value->__handle != 0)", drop);
            }
            TypeDefKind::Record(record) => {
                for field in &record.fields {
                    let member = value.member(&identifier(&field.name));
                    lines(&mut text, self.drops(&field.ty, &member));
                }
            }
            TypeDefKind::Tuple(tuple) => {
                for (i, ty) in tuple.types.iter().enumerate() {
                    lines(&mut text, self.drops(ty, &value.member(&format!("f{i}"))));
                }
            }
            TypeDefKind::List(item) => {
                let drop = self.drops(item, &Place::of("value->ptr[i]"));
                text.under("for (size_t i = 0; i < value->len; i++)", drop.unwrap_or_default());
            }
            TypeDefKind::Option(payload) => {
                let drop = self.drops(payload, &value.member("val"));
                text.under("if (value->is_some)", drop.unwrap_or_default());
            }
            TypeDefKind::Variant(variant) => {
                for (i, case) in variant.cases.iter().enumerate() {
                    let member = value.member("val").member(&identifier(&case.name));
                    let drop = case.ty.and_then(|ty| self.drops(&ty, &member));
                    drop.into_iter()
                        .for_each(|drop| text.under(format!("if (value->tag == {i})"), drop));
                }
            }
            TypeDefKind::Result(result) => {
                for (test, ty, member) in
                    [("!value->is_err", result.ok, "ok"), ("value->is_err", result.err, "err")]
                {
                    let member = value.member("val").member(member);
                    let drop = ty.and_then(|ty| self.drops(&ty, &member));
                    drop.into_iter().for_each(|drop| text.under(format!("if ({test})"), drop));
                }
            }
            _ => unreachable!("invariant: other kinds hold no handles"),
        }
        text.end();
        self.text.append(text);
    }
}

fn lines(text: &mut Text, lines: impl IntoIterator<Item = String>) {
    lines.into_iter().for_each(|line| text.line(line));
}
