//! `<world>_module.c`.

use link_shims::header::Resource;
use link_shims::text::Text;
use wit_parser::TypeDefKind;

use crate::surface::{Class, Function, Kind, Named, Surface};
use crate::values::Values;
use crate::{answers, docs, function, names};

/// The whole file.
pub fn write(surface: &Surface) -> String {
    let header = surface.header;
    let mut values = Values::new(surface);
    let mut functions = Text::default();
    for function in surface.all_functions() {
        if function.kind != Kind::Constructor {
            function::write_doc(&mut functions, surface, function);
        }
        if !function.by_hand {
            function::write(&mut functions, &mut values, function);
        }
    }
    for answers in &surface.answers {
        answers::write_setter(&mut functions, answers);
        (0..answers.functions.len())
            .for_each(|i| answers::write(&mut functions, &mut values, answers, i));
    }
    let has_state = !members(surface).is_empty();

    let mut text = Text::default();
    text.comment(format!(
        "The module `{}`: what {}.h declares, for Python. docs/reference/python-modules.md has the mapping.",
        surface.module.name, header.world
    ));
    includes(&mut text, surface);
    if has_state {
        write_state(&mut text, surface);
    }
    text.append(values.finish());
    for class in &surface.classes {
        write_dealloc(&mut text, surface, class);
    }
    text.append(functions);
    for class in &surface.classes {
        write_class(&mut text, surface, class);
    }
    for named in &surface.types {
        write_type(&mut text, surface, named);
    }
    if surface.has_errors() {
        write_error(&mut text, surface);
    }
    write_methods(&mut text, surface);
    if has_state {
        write_exec(&mut text, surface);
    }
    write_definition(&mut text, surface, has_state);
    text.finish()
}

fn includes(text: &mut Text, surface: &Surface) {
    if !surface.answers.is_empty() {
        text.line("#include \"answers_python.h\"");
    }
    text.line("#include \"arguments_python.h\"");
    text.line("#include \"link_python.h\"");
    text.line("#include \"values_python.h\"");
    text.line(format!("#include \"{}.h\"", surface.header.world));
    if surface.module.has_header() {
        text.line(format!("#include \"{}_module.h\"", surface.header.world));
    }
    text.gap();
}

/// The members of the state: C type, name, and how many.
fn members(surface: &Surface) -> Vec<(&'static str, String, Option<usize>)> {
    let header = surface.header;
    let mut members = Vec::new();
    if surface.has_errors() {
        members.push(("PyTypeObject *", "error".to_owned(), None));
    }
    for class in &surface.classes {
        members.push(("PyTypeObject *", header.short_name(class.resource.id).to_owned(), None));
    }
    for named in &surface.types {
        let short = header.short_name(named.id);
        members.push(("PyTypeObject *", short.to_owned(), None));
        if let TypeDefKind::Enum(cases) = &header.resolve.types[named.id].kind {
            members.push(("PyObject *", format!("{short}_members"), Some(cases.cases.len())));
        }
    }
    for answers in &surface.answers {
        members.push(("PyObject *", answers::object(answers), None));
        members.push(("PyObject *", answers::methods(answers), Some(answers.functions.len())));
    }
    members
}

fn write_state(text: &mut Text, surface: &Surface) {
    text.open("struct state {");
    for (ty, name, count) in members(surface) {
        let count = count.map(|count| format!("[{count}]")).unwrap_or_default();
        text.line(format!("{ty}{name}{count};"));
    }
    text.close("};");
    text.gap();
    if !surface.answers.is_empty() {
        text.comment("Of the module that was imported last: what calls back finds it here.");
        text.line("static struct state *current;");
        text.gap();
    }
}

fn write_dealloc(text: &mut Text, surface: &Surface, class: &Class) {
    let Resource { c_name, own, id, .. } = class.resource;
    let name = format!("dealloc_{}", surface.header.short_name(*id));
    text.function("static void", &name, &["PyObject *self".to_owned()]);
    text.line("int32_t handle = resource_end(self);");
    text.gap();
    text.under("if (handle != 0)", format!("{c_name}_drop_own(({own}){{handle}});"));
    text.line("resource_free(self);");
    text.end();
}

/// An entry of a method table.
fn write_method(text: &mut Text, surface: &Surface, one: &Function) {
    let convention = one.convention();
    let class = if one.kind == Kind::Static { " | METH_CLASS" } else { "" };
    let cast = match convention {
        function::Convention::Keywords => "(PyCFunction)(void (*)(void))",
        _ => "",
    };
    let (c_name, doc) = (function::c_name(surface, one), function::doc_name(one));
    let flags = format!("{}{class}", convention.flags());
    let entry = [format!("\"{}\"", one.name), format!("{cast}{c_name}"), flags, doc];
    text.list_in_braces("", &entry, ",");
}

fn write_class(text: &mut Text, surface: &Surface, class: &Class) {
    let c_name = surface.header.short_name(class.resource.id);
    let signature = class.constructor.as_ref().map(function::text_signature);
    docs::define(text, &format!("doc_{c_name}"), signature.as_deref(), &class_doc(class));
    text.open(format!("static PyMethodDef methods_{c_name}[] = {{"));
    for one in &class.methods {
        write_method(text, surface, one);
    }
    write_additional(text, surface, Some(&class.name));
    text.line("{NULL, NULL, 0, NULL},");
    text.close("};");
    text.gap();
    let slots = [
        format!("Py_tp_dealloc, dealloc_{c_name}"),
        "Py_tp_traverse, resource_traverse".to_owned(),
        format!("Py_tp_methods, methods_{c_name}"),
    ];
    let members = [
        format!(".name = \"{}.{}\",", surface.module.name, class.name),
        ".basicsize = sizeof(struct resource),".to_owned(),
        ".flags = RESOURCE_FLAGS,".to_owned(),
    ];
    write_spec(text, c_name, &slots, &members);
}

/// `slots_x`, which end with `doc_x`, and `spec_x` of them.
fn write_spec(text: &mut Text, c_name: &str, slots: &[String], members: &[String]) {
    text.open(format!("static PyType_Slot slots_{c_name}[] = {{"));
    slots.iter().for_each(|slot| text.line(format!("{{{slot}}},")));
    text.line(format!("{{Py_tp_doc, (char *)doc_{c_name}}},"));
    text.line("{0, NULL},");
    text.close("};");
    text.gap();
    text.open(format!("static PyType_Spec spec_{c_name} = {{"));
    members.iter().for_each(|member| text.line(member));
    text.line(format!(".slots = slots_{c_name},"));
    text.close("};");
    text.gap();
}

fn class_doc(class: &Class) -> String {
    let constructor = class.constructor.as_ref().map_or("", |constructor| constructor.docs);
    let parts = [class.docs.trim(), constructor.trim()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}

fn write_type(text: &mut Text, surface: &Surface, named: &Named) {
    let header = surface.header;
    let short = header.short_name(named.id);
    let name = format!(".name = \"{}.{}\",", surface.module.name, named.name);
    match &header.resolve.types[named.id].kind {
        TypeDefKind::Record(record) => {
            docs::define(text, &format!("doc_{short}"), None, named.docs);
            text.open(format!("static PyStructSequence_Field fields_{short}[] = {{"));
            for field in &record.fields {
                let attribute = names::field(&field.name);
                let doc = field.docs.contents.as_deref().map(|doc| docs::escaped_lines(doc.trim()));
                let doc =
                    doc.map_or_else(|| "NULL".to_owned(), |doc| format!("PyDoc_STR(\"{doc}\")"));
                text.line(format!("{{\"{attribute}\", {doc}}},"));
            }
            text.line("{NULL, NULL},");
            text.close("};");
            text.gap();
            text.open(format!("static PyStructSequence_Desc desc_{short} = {{"));
            text.line(name);
            text.line(format!(".doc = doc_{short},"));
            text.line(format!(".fields = fields_{short},"));
            text.line(format!(".n_in_sequence = {},", record.fields.len()));
            text.close("};");
            text.gap();
        }
        TypeDefKind::Enum(cases) => {
            let cases: Vec<_> = cases.cases.iter().map(|case| (&case.name, &case.docs)).collect();
            write_names(text, short, named, &cases);
            let slots = [
                "Py_tp_new, enumeration_new",
                "Py_tp_repr, enumeration_repr",
                "Py_tp_traverse, enumeration_traverse",
            ];
            let members = [name, ".flags = ENUMERATION_FLAGS,".to_owned()];
            write_spec(text, short, &slots.map(str::to_owned), &members);
        }
        TypeDefKind::Flags(flags) => {
            let flags: Vec<_> = flags.flags.iter().map(|flag| (&flag.name, &flag.docs)).collect();
            write_names(text, short, named, &flags);
            write_spec(text, short, &[], &[name, ".flags = FLAGS_FLAGS,".to_owned()]);
        }
        _ => unreachable!("invariant: only these have a class"),
    }
}

/// `doc_x` and `names_x` of an enum's cases, or of flags.
fn write_names(
    text: &mut Text,
    short: &str,
    named: &Named,
    cases: &[(&String, &wit_parser::Docs)],
) {
    docs::define(text, &format!("doc_{short}"), None, &doc_with_cases(named.docs, cases));
    let names = cases.iter().map(|(name, _)| format!("\"{}\"", names::constant(name)));
    let names: Vec<_> = names.collect();
    text.list_in_braces(&format!("static const char *const names_{short}[] = "), &names, ";");
    text.gap();
}

/// A docstring with a line for each case that has a comment.
fn doc_with_cases(doc: &str, cases: &[(&String, &wit_parser::Docs)]) -> String {
    let mut doc = doc.trim().to_owned();
    for (i, (name, docs)) in cases.iter().enumerate() {
        let name = names::constant(name);
        let said = docs.contents.as_deref().unwrap_or_default().trim().replace('\n', "\n  ");
        doc.push_str(if i == 0 && !doc.is_empty() {
            "\n\n"
        } else if i > 0 {
            "\n"
        } else {
            ""
        });
        doc.push_str(&match said.is_empty() {
            true => format!("* {name}"),
            false => format!("* {name}: {said}"),
        });
    }
    doc
}

fn write_error(text: &mut Text, surface: &Surface) {
    let doc = "A function of the contract returned an error, which is `value`.";
    docs::define(text, "doc_of_error", None, doc);
    text.open("static PyGetSetDef attributes_of_error[] = {");
    text.line("{\"value\", problem_value, NULL, PyDoc_STR(\"The error.\"), NULL},");
    text.line("{NULL, NULL, NULL, NULL, NULL},");
    text.close("};");
    text.gap();
    let members = [
        format!(".name = \"{}.{}\",", surface.module.name, surface.error_name()),
        ".flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,".to_owned(),
    ];
    write_spec(text, "of_error", &["Py_tp_getset, attributes_of_error".to_owned()], &members);
}

fn write_methods(text: &mut Text, surface: &Surface) {
    text.open("static PyMethodDef methods[] = {");
    for one in &surface.functions {
        write_method(text, surface, one);
    }
    for answers in &surface.answers {
        let name = answers::setter(answers);
        text.line(format!("{{\"{name}\", {name}, METH_O, doc_{name}}},"));
    }
    write_additional(text, surface, None);
    text.line("{NULL, NULL, 0, NULL},");
    text.close("};");
    text.gap();
}

/// Entries of what the contract does not have, of a class or of the module.
fn write_additional(text: &mut Text, surface: &Surface, class: Option<&str>) {
    for by_hand in surface.additional_of(class) {
        let name = surface.by_hand_name(&by_hand.name);
        let flags = function::Convention::Keywords.flags();
        let cast = "(PyCFunction)(void (*)(void))";
        let entry = [
            format!("\"{}\"", by_hand.place().1),
            format!("{cast}{name}"),
            flags.to_owned(),
            format!("{name}_doc"),
        ];
        text.list_in_braces("", &entry, ",");
    }
}

fn write_exec(text: &mut Text, surface: &Surface) {
    let header = surface.header;
    text.function("static int", "module_exec", &["PyObject *module".to_owned()]);
    text.line("struct state *state = PyModule_GetState(module);");
    text.gap();
    let mut conditions = Vec::new();
    let mut after = Vec::new();
    if surface.has_errors() {
        conditions.push(
            "type_add(module, &state->error, &spec_of_error, (PyTypeObject *)PyExc_Exception)"
                .to_owned(),
        );
    }
    for class in &surface.classes {
        let member = header.short_name(class.resource.id);
        conditions.push(format!("type_add(module, &state->{member}, &spec_{member}, NULL)"));
        if let Some(constructor) = &class.constructor {
            let call = function::c_name(surface, constructor);
            after.push(format!("state->{member}->tp_vectorcall = {call};"));
        }
    }
    for named in &surface.types {
        let short = header.short_name(named.id);
        conditions.push(match &header.resolve.types[named.id].kind {
            TypeDefKind::Record(_) => {
                format!("record_add(module, &state->{short}, &desc_{short})")
            }
            TypeDefKind::Enum(cases) => format!(
                "enumeration_add(module, &state->{short}, &spec_{short}, names_{short}, {}, state->{short}_members)",
                cases.cases.len()
            ),
            TypeDefKind::Flags(flags) => format!(
                "flags_add(module, &state->{short}, &spec_{short}, names_{short}, {})",
                flags.flags.len()
            ),
            _ => unreachable!("invariant: only these have a class"),
        });
    }
    if !surface.answers.is_empty() {
        after.push("current = state;".to_owned());
        conditions.is_empty().then(|| conditions.push("true".to_owned()));
    }
    text.conjunction("bool added = ", &conditions, ";");
    if !after.is_empty() {
        text.gap();
        text.under("if (!added)", "return -1;");
        after.iter().for_each(|line| text.line(line));
        text.line("return 0;");
    } else {
        text.line("return added ? 0 : -1;");
    }
    text.end();

    for (verb, name, parameters) in [
        ("Py_VISIT", "module_traverse", vec!["PyObject *module", "visitproc visit", "void *arg"]),
        ("Py_CLEAR", "module_clear", vec!["PyObject *module"]),
    ] {
        let parameters: Vec<_> = parameters.into_iter().map(str::to_owned).collect();
        text.function("static int", name, &parameters);
        text.line("struct state *state = PyModule_GetState(module);");
        text.gap();
        for (_, member, count) in members(surface) {
            match count {
                Some(count) => text.under(
                    format!("for (size_t i = 0; i < {count}; i++)"),
                    format!("{verb}(state->{member}[i]);"),
                ),
                None => text.line(format!("{verb}(state->{member});")),
            }
        }
        text.line("return 0;");
        text.end();
    }
    text.function("static void", "module_free", &["void *module".to_owned()]);
    if !surface.answers.is_empty() {
        text.under("if (current == PyModule_GetState(module))", "current = NULL;");
    }
    text.line("module_clear(module);");
    text.end();
}

fn write_definition(text: &mut Text, surface: &Surface, has_state: bool) {
    let name = surface.module.name;
    text.open("static PyModuleDef_Slot slots[] = {");
    if has_state {
        text.line("{Py_mod_exec, module_exec},");
    }
    // Whom a call back is for, only one interpreter can know.
    let (interpreters, gil) = match surface.answers.is_empty() {
        true => ("Py_MOD_PER_INTERPRETER_GIL_SUPPORTED", "Py_MOD_GIL_NOT_USED"),
        false => ("Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED", "Py_MOD_GIL_USED"),
    };
    text.line(format!("{{Py_mod_multiple_interpreters, {interpreters}}},"));
    text.line(format!("{{Py_mod_gil, {gil}}},"));
    text.line("{0, NULL},");
    text.close("};");
    text.gap();
    let mut parts = vec![surface.module.description];
    parts.extend(surface.docs.iter().map(|doc| doc.trim()));
    docs::define(text, "doc_of_module", None, &parts.join("\n\n"));
    text.open("static struct PyModuleDef definition = {");
    text.line(".m_base = PyModuleDef_HEAD_INIT,");
    text.line(format!(".m_name = \"{name}\","));
    text.line(".m_doc = doc_of_module,");
    text.line(".m_methods = methods,");
    text.line(".m_slots = slots,");
    if has_state {
        text.line(".m_size = sizeof(struct state),");
        text.line(".m_traverse = module_traverse,");
        text.line(".m_clear = module_clear,");
        text.line(".m_free = module_free,");
    }
    text.close("};");
    text.gap();
    text.line("PyMODINIT_FUNC");
    text.line(format!("PyInit_{name}(void)"));
    text.open("{");
    text.line("return PyModuleDef_Init(&definition);");
    text.end();
}
