//! The same module for MicroPython: `<world>_mp.c`, against the same header and `caps/common/mp`.
//!
//! Its exceptions jump past whatever a function holds, and it has no reference counts, so the C is another one: arguments are
//! read before anything of a cap is held, and what a result holds is ended by who catches the jump.

mod answers;
mod from_objects;
mod function;
mod to_objects;

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use link_shims::CFile;
use link_shims::header::Resource;
use link_shims::text::Text;
use wit_parser::{TypeDefKind, TypeId};

use crate::names;
use crate::surface::{Class, Function, Kind, Named, Surface};
use crate::values::Values;

/// What a handle of a class stands for where nobody has said it: bytes.
const USUAL_SIZE: u64 = 4096;

/// The files of the module. `sizes` is how many bytes of the cap's memory a handle of each class stands for, some.
///
/// Fails where the world has what MicroPython has no mapping for.
pub fn files(surface: &Surface, sizes: &BTreeMap<String, u64>) -> Result<Vec<CFile>> {
    let unknown = |name: &&String| !surface.classes.iter().any(|class| class.name == **name);
    if let Some(unknown) = sizes.keys().find(unknown) {
        bail!("`handles`: the module has no class `{unknown}`");
    }
    let name = |ending: &str| format!("{}_mp.{ending}", surface.header.world);
    let mut files = vec![CFile { name: name("c"), text: write(surface, sizes) }];
    if surface.module.has_header() {
        files.push(CFile { name: name("h"), text: header(surface) });
    }
    Ok(files)
}

fn write(surface: &Surface, sizes: &BTreeMap<String, u64>) -> String {
    let header = surface.header;
    let mut values = Values::new(surface);
    let mut functions = Text::default();
    for function in surface.all_functions().filter(|function| !function.by_hand) {
        functions.comment(&function.c.wit);
        function::write(&mut functions, &mut values, function);
    }
    for answers in &surface.answers {
        (0..answers.functions.len())
            .for_each(|i| answers::write(&mut functions, &mut values, answers, i));
        answers::write_setter(&mut functions, surface, answers);
    }

    let mut text = Text::default();
    text.comment(format!(
        "The module `{}` of MicroPython: what {}.h declares. docs/reference/python-modules.md has the mapping.",
        surface.module.name, header.world
    ));
    includes(&mut text, surface);
    for class in &surface.classes {
        declare(&mut text, surface, class.resource.id);
    }
    for named in &surface.types {
        declare(&mut text, surface, named.id);
    }
    if surface.has_errors() {
        text.line(format!("static const mp_obj_type_t {};", error_variable()));
    }
    text.gap();
    surface.types.iter().for_each(|named| write_type(&mut text, surface, named));
    if surface.has_errors() {
        let name = surface.error_name();
        text.line(format!("static GLUE_ERROR({}, MP_QSTR_{name});", error_variable()));
        text.gap();
    }
    text.append(values.finish());
    text.append(functions);
    surface.classes.iter().for_each(|class| write_class(&mut text, surface, class, sizes));
    write_module(&mut text, surface);
    text.finish()
}

/// `<world>_mp.h`: what the C beside it defines, and what that may use.
fn header(surface: &Surface) -> String {
    let world = &surface.header.world;
    let mut text = Text::default();
    text.comment(format!("What the C beside {world}_mp.c defines, and the classes of that."));
    let guard = format!("PYLON_{}_MP_H", world.to_uppercase());
    text.line(format!("#ifndef {guard}"));
    text.line(format!("#define {guard}"));
    text.gap();
    text.line("#include \"arguments.h\"");
    text.line("#include \"glue.h\"");
    text.line("#include \"values.h\"");
    text.line(format!("#include \"{world}.h\""));
    text.gap();
    for class in &surface.classes {
        let variable = type_variable(surface, class.resource.id);
        text.line(format!("extern const mp_obj_type_t {variable};"));
    }
    text.gap();
    for function in surface.all_functions().filter(|function| function.by_hand) {
        text.comment(&function.called);
        if function.kind == Kind::Constructor {
            let name = function::c_name(surface, function);
            text.list(&format!("mp_obj_t {name}"), &function::parameters(function), ";");
        } else {
            let (kind, _) = function::object_kind(function);
            let object = by_hand_object(surface, &function.called);
            text.line(format!("MP_DECLARE_CONST_FUN_OBJ_{kind}({object});"));
        }
        text.gap();
    }
    for function in surface.additional() {
        let signature = function.signature.as_deref().unwrap_or_default();
        text.comment(format!("{}{signature}", function.name));
        let object = by_hand_object(surface, &function.name);
        text.line(format!("MP_DECLARE_CONST_FUN_OBJ_KW({object});"));
        text.gap();
    }
    text.line("#endif");
    text.finish()
}

/// The object that C beside the module defines for what Python calls so.
fn by_hand_object(surface: &Surface, called: &str) -> String {
    format!("{}_mp_{}_obj", surface.header.world, called.replace('.', "_"))
}

/// The variable of a class.
fn type_variable(surface: &Surface, id: TypeId) -> String {
    let is_resource = surface.classes.iter().any(|class| class.resource.id == id);
    match surface.module.has_header() && is_resource {
        true => format!("{}_mp_{}", surface.header.world, surface.type_name(id)),
        false => format!("type_{}", surface.header.short_name(id)),
    }
}

/// The variable of the exception.
fn error_variable() -> &'static str {
    "type_of_error"
}

fn includes(text: &mut Text, surface: &Surface) {
    if !surface.answers.is_empty() {
        text.line("#include <string.h>");
        text.gap();
    }
    text.line("#include \"py/objlist.h\"");
    text.line("#include \"py/runtime.h\"");
    text.gap();
    if !surface.answers.is_empty() {
        text.line("#include \"answers.h\"");
    }
    text.line("#include \"arguments.h\"");
    text.line("#include \"glue.h\"");
    text.line("#include \"values.h\"");
    text.line(format!("#include \"{}.h\"", surface.header.world));
    if surface.module.has_header() {
        text.line(format!("#include \"{}_mp.h\"", surface.header.world));
    }
    text.gap();
}

/// `static `, unless C beside the module may use the class.
fn storage(variable: &str) -> &'static str {
    if variable.starts_with("type_") { "static " } else { "" }
}

fn declare(text: &mut Text, surface: &Surface, id: TypeId) {
    let variable = type_variable(surface, id);
    if storage(&variable) == "static " {
        text.line(format!("static const mp_obj_type_t {variable};"));
    }
}

/// A table of names and objects, and the dict of it: `table_x`, `dict_x`.
fn write_dict(text: &mut Text, short: &str, entries: &[(String, String)]) {
    text.open(format!("static const mp_rom_map_elem_t table_{short}[] = {{"));
    for (name, object) in entries {
        text.line(format!("{{MP_ROM_QSTR(MP_QSTR_{name}), {object}}},"));
    }
    text.close("};");
    text.line(format!("static MP_DEFINE_CONST_DICT(dict_{short}, table_{short});"));
}

fn write_type(text: &mut Text, surface: &Surface, named: &Named) {
    let short = surface.header.short_name(named.id);
    let variable = type_variable(surface, named.id);
    let class = &named.name;
    match &surface.header.resolve.types[named.id].kind {
        TypeDefKind::Record(record) => {
            let fields = record.fields.iter();
            let fields: Vec<_> =
                fields.map(|field| format!("MP_QSTR_{}", names::field(&field.name))).collect();
            text.list_in_braces(&format!("static const qstr names_{short}[] = "), &fields, ";");
            text.line(format!(
                "static const struct glue_record record_{short} = {{{}, names_{short}}};",
                fields.len()
            ));
            text.line(format!("static GLUE_RECORD({variable}, MP_QSTR_{class}, &record_{short});"));
        }
        TypeDefKind::Enum(cases) => {
            text.open(format!("static const struct glue_case cases_{short}[] = {{"));
            let names = cases.cases.iter().map(|case| names::constant(&case.name));
            let names: Vec<_> = names.collect();
            for (i, name) in names.iter().enumerate() {
                text.line(format!("{{{{&{variable}}}, {i}, MP_QSTR_{name}}},"));
            }
            text.close("};");
            text.line(format!(
                "static const struct glue_cases enum_{short} = {{cases_{short}, {}}};",
                names.len()
            ));
            let entries = names.into_iter().enumerate();
            let entries =
                entries.map(|(i, name)| (name, format!("MP_ROM_PTR(&cases_{short}[{i}])")));
            write_dict(text, short, &entries.collect::<Vec<_>>());
            text.line(format!(
                "static GLUE_ENUM({variable}, MP_QSTR_{class}, &enum_{short}, &dict_{short});"
            ));
        }
        TypeDefKind::Flags(flags) => {
            let entries = flags.flags.iter().enumerate().map(|(i, flag)| {
                // A small int has 31 bits, and one of them for the sign.
                let bit = match i < 30 {
                    true => format!("MP_ROM_INT({:#x})", 1u32 << i),
                    false => format!("MP_ROM_PTR(&flag_{short}_{i})"),
                };
                (names::constant(&flag.name), bit)
            });
            let entries: Vec<_> = entries.collect();
            for i in 30..flags.flags.len() {
                text.line(format!(
                    "static const mpz_dig_t digits_{short}_{i}[] = {{0, {:#x}}};",
                    1u32 << (i - 16)
                ));
                text.line(format!(
                    "static const mp_obj_int_t flag_{short}_{i} = {{{{&mp_type_int}}, {{.fixed_dig = 1, .alloc = 2, .len = 2, .dig = (mpz_dig_t *)digits_{short}_{i}}}}};"
                ));
            }
            write_dict(text, short, &entries);
            text.line(format!("static GLUE_FLAGS({variable}, MP_QSTR_{class}, &dict_{short});"));
        }
        _ => unreachable!("invariant: only these have a class"),
    }
    text.gap();
}

/// The object of a function, as tables have it.
fn object(surface: &Surface, function: &Function) -> String {
    match function.kind {
        Kind::Static => format!("MP_ROM_PTR(&static_{})", function.c.short),
        _ => format!("MP_ROM_PTR(&{})", function::object_variable(surface, function)),
    }
}

fn write_class(text: &mut Text, surface: &Surface, class: &Class, sizes: &BTreeMap<String, u64>) {
    let Resource { c_name, own, id, .. } = class.resource;
    let short = surface.header.short_name(*id);
    text.function("static void", &format!("drop_handle_{short}"), &["int32_t handle".to_owned()]);
    text.line(format!("{c_name}_drop_own(({own}){{handle}});"));
    text.end();
    let size = sizes.get(&class.name).copied().unwrap_or(USUAL_SIZE);
    text.line(format!(
        "static const struct glue_class class_{short} = {{drop_handle_{short}, {size}}};"
    ));
    for method in class.methods.iter().filter(|method| method.kind == Kind::Static) {
        let variable = function::object_variable(surface, method);
        text.line(format!(
            "static MP_DEFINE_CONST_STATICMETHOD_OBJ(static_{}, MP_ROM_PTR(&{variable}));",
            method.c.short
        ));
    }
    let methods = class.methods.iter();
    let mut entries: Vec<_> =
        methods.map(|method| (method.name.clone(), object(surface, method))).collect();
    entries.extend(additional(surface, Some(&class.name)));
    entries.push(("__del__".to_owned(), "MP_ROM_PTR(&glue_resource_del_obj)".to_owned()));
    write_dict(text, short, &entries);
    let variable = type_variable(surface, *id);
    let arguments = [
        variable.clone(),
        format!("MP_QSTR_{}", class.name),
        format!("&class_{short}"),
        format!("&dict_{short}"),
    ];
    let storage = storage(&variable);
    match &class.constructor {
        Some(constructor) => {
            let arguments = [&arguments[..], &[function::c_name(surface, constructor)]].concat();
            text.list(&format!("{storage}GLUE_RESOURCE_WITH_CONSTRUCTOR"), &arguments, ";");
        }
        None => text.list(&format!("{storage}GLUE_RESOURCE"), &arguments, ";"),
    }
    text.gap();
}

/// Entries of what the contract does not have, of a class or of the module.
fn additional<'a>(
    surface: &'a Surface,
    class: Option<&'a str>,
) -> impl Iterator<Item = (String, String)> + 'a {
    surface.additional_of(class).map(|one| {
        let object = by_hand_object(surface, &one.name);
        (one.place().1.to_owned(), format!("MP_ROM_PTR(&{object})"))
    })
}

fn write_module(text: &mut Text, surface: &Surface) {
    let name = surface.module.name;
    let class = |id| format!("MP_ROM_PTR(&{})", type_variable(surface, id));
    let mut entries = vec![("__name__".to_owned(), format!("MP_ROM_QSTR(MP_QSTR_{name})"))];
    if surface.has_errors() {
        entries.push((surface.error_name(), format!("MP_ROM_PTR(&{})", error_variable())));
    }
    let classes = surface.classes.iter();
    entries.extend(classes.map(|one| (one.name.clone(), class(one.resource.id))));
    entries.extend(surface.types.iter().map(|named| (named.name.clone(), class(named.id))));
    let functions = surface.functions.iter();
    entries.extend(functions.map(|one| (one.name.clone(), object(surface, one))));
    entries.extend(surface.answers.iter().map(|answers| {
        let name = crate::answers::setter(answers);
        let object = format!("MP_ROM_PTR(&{name}_obj)");
        (name, object)
    }));
    entries.extend(additional(surface, None));
    write_dict(text, "of_module", &entries);
    text.gap();
    text.open(format!("const mp_obj_module_t mp_module_{name} = {{"));
    text.line(".base = {&mp_type_module},");
    text.line(".globals = (mp_obj_dict_t *)&dict_of_module,");
    text.close("};");
    text.line(format!("MP_REGISTER_MODULE(MP_QSTR_{name}, mp_module_{name});"));
}
