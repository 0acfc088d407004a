//! `<world>_endpoint.c`: a cap's exports as methods of a provider, for caps/common/endpoint.h to dispatch.

use anyhow::{Context as _, Result, bail};
use wit_parser::Type;

use crate::codec::{Codec, Scope};
use crate::decode::in_field;
use crate::function::{Function, Parameter, Pass, Return};
use crate::header::{Header, Interface, Resource};
use crate::place::Place;
use crate::text::Text;
use crate::{CFile, Side, helpers, signature};

/// Generates the provider's half of a cap's world. `name` and `version` are what the provider's manifest says.
///
/// Fails where the world has what a shim cannot carry.
pub fn endpoint(export: &Side, name: &str, version: &str) -> Result<CFile> {
    let header = Header::export(export)?;
    header.check_unique_names().with_context(|| format!("world `{}`", header.world))?;
    for text in [name, version] {
        if text.is_empty() || !text.chars().all(|c| c.is_ascii_alphanumeric() || ".-+_".contains(c))
        {
            bail!("`{text}` is not the name or version of a provider");
        }
    }
    Ok(CFile { name: format!("{}_endpoint.c", header.world), text: write(&header, name, version) })
}

fn write(header: &Header, name: &str, version: &str) -> String {
    let mut codec = Codec::new(header);
    let mut handlers = Text::default();
    for interface in header.served() {
        for function in &interface.functions {
            write_handler(&mut handlers, &mut codec, function);
        }
    }
    let helpers = helpers::write(&mut codec);

    let mut text = Text::default();
    text.comment(format!(
        "Link shim for dynlink: what {}.h declares, served as methods. A handler decodes all of its arguments before it \
         calls; the function then owns them. Results are encoded and freed here.",
        header.world
    ));
    text.line(format!("#include \"{}.h\"", header.world));
    text.line("#include <stdlib.h>");
    text.line("#include <string.h>");
    text.line("#include \"endpoint.h\"");
    text.gap();
    if header.has_strings {
        helpers::memory(&mut text);
    }
    for interface in header.served() {
        for resource in &interface.resources {
            write_resource(&mut text, header, interface, resource);
        }
    }
    text.append(codec.finish());
    text.append(handlers);
    text.append(helpers);
    write_contract(&mut text, header, name, version);
    text.finish()
}

fn write_resource(text: &mut Text, header: &Header, interface: &Interface, resource: &Resource) {
    let (short, variable) = (header.short_name(resource.id), header.resource_variable(resource));
    let (c_type, own, c_name) =
        (header.c_type(&Type::Id(resource.id)), &resource.own, &resource.c_name);
    text.function("static void", &format!("destroy_{short}"), &["void *representation".to_owned()]);
    text.line(format!("{c_name}_destructor(representation);"));
    text.end();
    let members = [format!("\"{}.{}\"", interface.name, resource.name), format!("destroy_{short}")];
    text.list_in_braces(
        &format!("static const struct endpoint_resource {variable} = "),
        &members,
        ";",
    );
    text.gap();
    text.function(own, &format!("{c_name}_new"), &[format!("{c_type} *rep")]);
    text.line(format!("return ({own}){{endpoint_new(&{variable}, rep)}};"));
    text.end();
    text.function(&format!("{c_type} *"), &format!("{c_name}_rep"), &[format!("{own} handle")]);
    text.line(format!("return endpoint_rep(&{variable}, handle.__handle);"));
    text.end();
    text.function("void", &format!("{c_name}_drop_own"), &[format!("{own} handle")]);
    text.line(format!("endpoint_drop(&{variable}, handle.__handle);"));
    text.end();
}

fn write_handler(text: &mut Text, codec: &mut Codec, function: &Function) {
    let header = codec.header;
    let scope = Scope::parameter(header.direction);
    text.comment(&function.wit);
    text.function("static bool", &handler(function), &["struct endpoint_call *call".to_owned()]);
    for parameter in &function.parameters {
        let zero = header.zero(&parameter.ty);
        text.line(format!("{} {} = {zero};", header.c_type(&parameter.ty), local(parameter)));
    }
    declare_results(text, header, function);
    text.gap();

    let mut steps = vec![format!("endpoint_begin(call, {})", function.parameters.len())];
    for parameter in &function.parameters {
        let read = codec.decode(&parameter.ty, &Place::of(local(parameter)), &scope);
        steps.push(in_field(&read, &scope.reader, &parameter.wit));
    }
    steps.push("endpoint_accept(call)".to_owned());
    let refused: Vec<_> = function
        .parameters
        .iter()
        .filter_map(|parameter| codec.free(&parameter.ty, &Place::of(local(parameter))))
        .collect();
    // `if (!(a && b)) {` with the operands aligned.
    text.conjunction("if (!(", &steps, if refused.is_empty() { "))" } else { ")) {" });
    text.indent();
    for free in &refused {
        text.statement(free);
    }
    text.line("return false;");
    match refused.is_empty() {
        true => text.outdent(),
        false => text.close("}"),
    }
    write_call(text, codec, function, &scope);
    text.line("return true;");
    text.end();
}

fn declare_results(text: &mut Text, header: &Header, function: &Function) {
    match &function.returns {
        Return::Nothing | Return::Value(_) => {}
        Return::Pointer(ty) | Return::Maybe(ty) => text.line(format!("{} ret;", header.c_type(ty))),
        Return::Either(ok, err) => {
            for (ty, name) in [(ok, "ret"), (err, "err")] {
                if let Some(ty) = ty {
                    text.line(format!("{} {name};", header.c_type(ty)));
                }
            }
        }
    }
}

/// The call, the encoding of its result and the end of what it returned.
fn write_call(text: &mut Text, codec: &mut Codec, function: &Function, scope: &Scope) {
    let mut arguments: Vec<_> = function
        .parameters
        .iter()
        .map(|parameter| {
            let name = local(parameter);
            match parameter.pass {
                Pass::Value => name,
                Pass::Pointer => format!("&{name}"),
                Pass::Maybe(_) => format!("{name}.is_some ? &{name}.val : NULL"),
            }
        })
        .collect();
    let writer = &scope.writer;
    let owned = function.parameters.iter().any(|parameter| codec.header.owns_memory(&parameter.ty));
    if owned {
        text.comment("The function owns its arguments from here.");
    }
    let ret = Place::of("ret");
    match &function.returns {
        Return::Nothing => {
            text.list(&function.c_name, &arguments, ";");
            text.line(format!("cbor_write_null({writer});"));
        }
        Return::Value(ty) => {
            let head = format!("{} ret = {}", codec.header.c_type(ty), function.c_name);
            text.list(&head, &arguments, ";");
            text.statement(codec.encode(ty, &ret, scope));
        }
        Return::Pointer(ty) => {
            arguments.push("&ret".to_owned());
            text.list(&function.c_name, &arguments, ";");
            write_result(text, codec, ty, &ret, scope);
        }
        Return::Maybe(ty) => {
            arguments.push("&ret".to_owned());
            text.list(&format!("if ({}", function.c_name), &arguments, ") {");
            text.indent();
            text.line(format!("cbor_write_array({writer}, 1);"));
            write_result(text, codec, ty, &ret, scope);
            text.divide("} else {");
            text.line(format!("cbor_write_array({writer}, 0);"));
            text.close("}");
        }
        Return::Either(ok, err) => {
            arguments.extend(ok.map(|_| "&ret".to_owned()));
            arguments.extend(err.map(|_| "&err".to_owned()));
            text.list(&format!("if ({}", function.c_name), &arguments, ") {");
            text.indent();
            write_case(text, codec, 0, ok, &ret, scope);
            text.divide("} else {");
            write_case(text, codec, 1, err, &Place::of("err"), scope);
            text.close("}");
        }
    }
}

fn write_case(
    text: &mut Text,
    codec: &mut Codec,
    index: u32,
    ty: &Option<Type>,
    place: &Place,
    scope: &Scope,
) {
    let writer = &scope.writer;
    text.line(format!("cbor_write_array({writer}, {});", if ty.is_some() { 2 } else { 1 }));
    text.line(format!("cbor_write_unsigned({writer}, {index});"));
    if let Some(ty) = ty {
        write_result(text, codec, ty, place, scope);
    }
}

fn write_result(text: &mut Text, codec: &mut Codec, ty: &Type, place: &Place, scope: &Scope) {
    text.statement(codec.encode(ty, place, scope));
    if let Some(free) = codec.free(ty, place) {
        text.statement(free);
    }
}

fn write_contract(text: &mut Text, header: &Header, name: &str, version: &str) {
    let mut ids: Vec<_> =
        header.served().map(|interface| format!("\"{}\"", interface.wit)).collect();
    ids.push("NULL".to_owned());
    text.list_in_braces("static const char *const interfaces[] = ", &ids, ";");
    text.gap();
    let mut methods: Vec<_> = header.served().flat_map(|interface| &interface.functions).collect();
    methods.sort_by_key(|function| (function.method.len(), function.method.as_bytes()));
    let table = match methods.is_empty() {
        true => "{NULL, 0}".to_owned(),
        false => {
            text.comment("Sorted by length, then by bytes.");
            text.open("static const struct endpoint_method methods[] = {");
            for function in methods {
                let method = &function.method;
                text.line(format!("ENDPOINT_METHOD(\"{method}\", {}),", handler(function)));
            }
            text.close("};");
            text.gap();
            "{methods, sizeof methods / sizeof *methods}".to_owned()
        }
    };
    let members = [format!("\"{name}\""), format!("\"{version}\""), "interfaces".to_owned(), table];
    text.list_in_braces("const struct endpoint_contract endpoint_contract = ", &members, ";");
}

/// The function that answers a method: `handle_streams_method_deflater_step`.
fn handler(function: &Function) -> String {
    format!("handle_{}", function.short)
}

/// The variable of an argument.
fn local(parameter: &Parameter) -> String {
    signature::unclashing(&parameter.name)
}
