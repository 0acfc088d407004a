//! C values to objects, and what becomes of the values afterwards.
//!
//! A writer takes over handles: it sets those to 0 that have become objects. What is left, after a failure, is dropped.

use link_shims::place::Place;
use link_shims::text::Text;
use wit_parser::{Handle, Type, TypeDefKind, TypeId};

use crate::members::{self, Case, Member};
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
                self.write_items(&mut text, &made, &members::of_record(record));
            }
            TypeDefKind::Tuple(tuple) => {
                let members = members::of_tuple(tuple);
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
                self.write_cases(&mut text, "value->tag", &members::of_variant(variant));
            }
            TypeDefKind::Result(result) => {
                let cases = members::of_result(result);
                self.write_cases(&mut text, "(int)value->is_err", &cases);
            }
            _ => unreachable!("invariant: other kinds are written where they are used"),
        }
        text.end();
        self.text.append(text);
    }

    fn write_items(&mut self, text: &mut Text, made: &str, members: &[Member]) {
        text.line(format!("PyObject *items = {made};"));
        text.gap();
        let mut operands = vec!["items != NULL".to_owned()];
        for (i, member) in members.iter().enumerate() {
            let item = self.write(&member.ty, &Place::at("value").member(&member.c_name));
            operands.push(format!("value_set(items, {i}, {item})"));
        }
        text.conjunction("if (", &operands, ")");
        text.line("    return items;");
        text.line("Py_XDECREF(items);");
        text.line("return NULL;");
    }

    fn write_cases(&mut self, text: &mut Text, tag: &str, cases: &[Case]) {
        text.line(format!("switch ({tag}) {{"));
        let value = Place::at("value").member("val");
        for (i, Case { tag, member, ty }) in cases.iter().enumerate() {
            let payload = match ty {
                Some(ty) => self.write(ty, &value.member(member)),
                None => "Py_NewRef(Py_None)".to_owned(),
            };
            text.open(format!("case {i}:"));
            text.statement(format!("return value_variant(\"{tag}\", {payload});"));
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
                self.write_drop_of_items(&mut text, &members::of_record(record));
            }
            TypeDefKind::Tuple(tuple) => {
                self.write_drop_of_items(&mut text, &members::of_tuple(tuple));
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
                let tests = (0..).map(|i| format!("value->tag == {i}"));
                self.write_drop_of_cases(&mut text, tests, &members::of_variant(variant));
            }
            TypeDefKind::Result(result) => {
                let tests = ["!value->is_err", "value->is_err"].map(str::to_owned);
                self.write_drop_of_cases(&mut text, tests, &members::of_result(result));
            }
            _ => unreachable!("invariant: other kinds hold no handles"),
        }
        text.end();
        self.text.append(text);
    }

    fn write_drop_of_items(&mut self, text: &mut Text, members: &[Member]) {
        for member in members {
            let place = Place::at("value").member(&member.c_name);
            self.drops(&member.ty, &place).into_iter().for_each(|drop| text.line(drop));
        }
    }

    /// `tests`: for each case, what is true where it is the one.
    fn write_drop_of_cases(
        &mut self,
        text: &mut Text,
        tests: impl IntoIterator<Item = String>,
        cases: &[Case],
    ) {
        let value = Place::at("value").member("val");
        for (case, test) in cases.iter().zip(tests) {
            let drop = case.ty.and_then(|ty| self.drops(&ty, &value.member(&case.member)));
            drop.into_iter().for_each(|drop| text.under(format!("if ({test})"), drop));
        }
    }
}
