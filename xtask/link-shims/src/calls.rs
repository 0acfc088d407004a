//! Calls of the other side: what a header declares as imported, by link.h where a consumer calls its provider, and by
//! endpoint.h where a provider asks its consumer.

use wit_parser::Type;

use crate::codec::{Codec, Role, Scope};
use crate::function::{Function, Pass, Return};
use crate::header::{Interface, Resource};
use crate::place::Place;
use crate::text::Text;
use crate::{helpers, signature, unavailable};

/// Who is called.
pub enum Callee {
    /// The provider with this variable.
    Provider(String),
    /// The consumer of the call that is being answered.
    Consumer,
}

impl Callee {
    fn role(&self) -> Role {
        match self {
            Callee::Provider(_) => Role::Call,
            Callee::Consumer => Role::Question,
        }
    }

    /// What the functions of a call begin with.
    fn prefix(&self) -> &'static str {
        match self {
            Callee::Provider(_) => "link",
            Callee::Consumer => "endpoint_question",
        }
    }

    fn begin(&self, function: &Function) -> String {
        let (method, count) = (&function.method, function.parameters.len());
        match self {
            Callee::Provider(provider) => {
                format!("link_begin(&call, &{provider}, LINK_METHOD(\"{method}\"), {count});")
            }
            Callee::Consumer => format!(
                "endpoint_question_begin(&question, ENDPOINT_QUESTION(\"{method}\"), {count});"
            ),
        }
    }

    fn drop_own(&self) -> String {
        match self {
            Callee::Provider(provider) => format!("link_drop(&{provider}, handle.__handle);"),
            Callee::Consumer => "endpoint_drop_foreign(handle.__handle);".to_owned(),
        }
    }
}

/// Defines the functions and resources of an interface.
pub fn write(text: &mut Text, codec: &mut Codec, interface: &Interface, callee: &Callee) {
    for function in &interface.functions {
        write_function(text, codec, function, callee);
    }
    for resource in &interface.resources {
        write_resource(text, interface, resource, callee);
    }
}

fn write_function(text: &mut Text, codec: &mut Codec, function: &Function, callee: &Callee) {
    let header = codec.header;
    let scope = Scope::local(callee.role());
    let call = callee.role().variable();
    let prefix = callee.prefix();
    text.comment(&function.wit);
    let parameters = signature::parameters(header, function);
    text.function(&signature::returned(header, function), &function.c_name, &parameters);
    text.line(format!("{} {call};", callee.role().call_type()));
    let result =
        function.result.map(|ty| (ty, declare_result(text, codec, &ty, &function.returns)));
    text.gap();
    if let (Some((_, place)), false) = (&result, matches!(function.returns, Return::Value(_))) {
        text.line(zero(place));
    }
    text.statement(callee.begin(function));
    write_arguments(text, codec, function, &scope);
    text.open(format!("if ({prefix}_send(&{call}))"));
    match &result {
        Some((ty, place)) => text.line(format!("{};", codec.decode(ty, place, &scope))),
        None => text.line(format!("cbor_read_null({});", scope.reader)),
    }
    text.outdent();
    match callee {
        Callee::Provider(_) => write_failure(text, codec, function, &result),
        Callee::Consumer => unavailable::write(text, codec, function, &result),
    }
    write_return(text, &function.returns);
    text.end();
}

/// The end of a call of a provider: where it failed, zeros are returned.
fn write_failure(
    text: &mut Text,
    codec: &mut Codec,
    function: &Function,
    result: &Option<(Type, Place)>,
) {
    let Some((ty, place)) = result else {
        text.line("link_end(&call);");
        return;
    };
    text.open("if (!link_end(&call)) {");
    if let Some(free) = codec.free(ty, place) {
        text.statement(free);
    }
    match &function.returns {
        Return::Value(ty) if codec.header.holds_handles(ty) => text.line("result.__handle = 0;"),
        Return::Value(ty) => text.line(format!("result = {};", codec.header.zero(ty))),
        Return::Either(..) => {
            text.line(zero(place));
            text.line("result.is_err = true;");
        }
        _ => text.line(zero(place)),
    }
    text.close("}");
}

/// Declares what the reply is decoded into, unless it is the caller's own.
fn declare_result(text: &mut Text, codec: &Codec, ty: &Type, returns: &Return) -> Place {
    let c_type = codec.header.c_type(ty);
    match returns {
        Return::Pointer(_) => Place::at("ret"),
        Return::Value(_) => {
            text.line(format!("{c_type} result = {};", codec.header.zero(ty)));
            Place::of("result")
        }
        _ => {
            text.line(format!("{c_type} result;"));
            Place::of("result")
        }
    }
}

fn write_arguments(text: &mut Text, codec: &mut Codec, function: &Function, scope: &Scope) {
    for parameter in &function.parameters {
        let place = signature::argument(parameter);
        match &parameter.pass {
            Pass::Value | Pass::Pointer => {
                text.statement(codec.encode(&parameter.ty, &place, scope))
            }
            Pass::Maybe(payload) => {
                let pointer = signature::variable(parameter);
                let writer = &scope.writer;
                text.line(format!("cbor_write_array({writer}, {pointer} != NULL ? 1 : 0);"));
                text.under(format!("if ({pointer} != NULL)"), codec.encode(payload, &place, scope));
            }
        }
    }
}

fn write_resource(text: &mut Text, interface: &Interface, resource: &Resource, callee: &Callee) {
    let own = &resource.own;
    text.function("void", &format!("{}_drop_own", resource.c_name), &[format!("{own} handle")]);
    text.line(callee.drop_own());
    text.end();
    helpers::borrows(text, interface, resource);
}

/// The end of a function: what was decoded, in the way that the signature returns it.
fn write_return(text: &mut Text, returns: &Return) {
    match returns {
        Return::Nothing | Return::Pointer(_) => {}
        Return::Value(_) => text.line("return result;"),
        Return::Maybe(_) => {
            text.line("*ret = result.val;");
            text.line("return result.is_some;");
        }
        Return::Either(ok, err) => {
            match (ok, err) {
                (Some(_), Some(_)) => {
                    text.under("if (result.is_err)", "*err = result.val.err;");
                    text.under("else", "*ret = result.val.ok;");
                }
                (Some(_), None) => text.under("if (!result.is_err)", "*ret = result.val.ok;"),
                (None, Some(_)) => text.under("if (result.is_err)", "*err = result.val.err;"),
                (None, None) => {}
            }
            text.line("return !result.is_err;");
        }
    }
}

/// The statement that makes a value all zeros.
pub fn zero(place: &Place) -> String {
    format!("memset({}, 0, sizeof {});", place.address(), place.value())
}
