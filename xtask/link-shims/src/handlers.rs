//! Calls of the other side, answered: what a header declares as exported, as handlers and resources for
//! caps/common/endpoint.h. For providers, and for consumers that are asked. And what a header declares as imported, for
//! relays.

use wit_parser::Type;

use crate::codec::{Codec, Role, Scope};
use crate::decode::in_field;
use crate::function::{Function, Parameter, Pass, Return};
use crate::header::{Header, Interface, Resource};
use crate::place::Place;
use crate::signature;
use crate::text::Text;

/// Writes the handlers of what is answered in that role.
pub fn write(codec: &mut Codec, role: Role) -> Text {
    let mut text = Text::default();
    for interface in codec.header.going(role.way()) {
        for function in &interface.functions {
            write_handler(&mut text, codec, function, role);
        }
    }
    text
}

/// Defines the resources of it.
pub fn resources(text: &mut Text, header: &Header, role: Role) {
    for interface in header.going(role.way()) {
        for resource in &interface.resources {
            match role {
                Role::Relay => write_resource_passed_on(text, header, interface, resource),
                _ => write_resource(text, header, interface, resource),
            }
        }
    }
}

/// Defines the table of the methods of some interfaces, and returns the members of the `struct endpoint_methods` for it.
pub fn table<'a>(
    text: &mut Text,
    name: &str,
    interfaces: impl Iterator<Item = &'a Interface>,
) -> [String; 2] {
    let mut methods: Vec<_> = interfaces.flat_map(|interface| &interface.functions).collect();
    if methods.is_empty() {
        return ["NULL", "0"].map(str::to_owned);
    }
    methods.sort_by_key(|function| (function.method.len(), function.method.as_bytes()));
    text.comment("Sorted by length, then by bytes.");
    text.open(format!("static const struct endpoint_method {name}[] = {{"));
    for function in methods {
        text.line(format!("ENDPOINT_METHOD(\"{}\", {}),", function.method, handler(function)));
    }
    text.close("};");
    text.gap();
    [name.to_owned(), format!("sizeof {name} / sizeof *{name}")]
}

fn write_resource(text: &mut Text, header: &Header, interface: &Interface, resource: &Resource) {
    let variable = header.resource_variable(resource);
    let (c_type, own, c_name) =
        (header.c_type(&Type::Id(resource.id)), &resource.own, &resource.c_name);
    let destructor = format!("{c_name}_destructor(representation);");
    write_description(text, header, interface, resource, &destructor);
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

/// A resource whose representations are the relay's own handles of it.
fn write_resource_passed_on(
    text: &mut Text,
    header: &Header,
    interface: &Interface,
    resource: &Resource,
) {
    let Resource { own, c_name, .. } = resource;
    let destructor = format!("{c_name}_drop_own(({own}){{(int32_t)(intptr_t)representation}});");
    write_description(text, header, interface, resource, &destructor);
}

/// What endpoint.h is to know of a resource.
fn write_description(
    text: &mut Text,
    header: &Header,
    interface: &Interface,
    resource: &Resource,
    destructor: &str,
) {
    let (short, variable) = (header.short_name(resource.id), header.resource_variable(resource));
    text.function("static void", &format!("destroy_{short}"), &["void *representation".to_owned()]);
    text.line(destructor);
    text.end();
    let members = [format!("\"{}.{}\"", interface.name, resource.name), format!("destroy_{short}")];
    text.list_in_braces(
        &format!("static const struct endpoint_resource {variable} = "),
        &members,
        ";",
    );
    text.gap();
}

fn write_handler(text: &mut Text, codec: &mut Codec, function: &Function, role: Role) {
    let header = codec.header;
    let scope = Scope::parameter(role);
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
    // Who calls an import keeps its arguments.
    if role == Role::Relay {
        refused.iter().for_each(|free| text.statement(free));
    }
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
    if owned && scope.role == Role::Handler {
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

/// The function that answers a method: `handle_streams_method_deflater_step`.
fn handler(function: &Function) -> String {
    format!("handle_{}", function.short)
}

/// The variable of an argument.
fn local(parameter: &Parameter) -> String {
    signature::unclashing(&parameter.name)
}
