//! A function's signature in C, as the header declares it.

use crate::function::{Function, Parameter, Pass, Return};
use crate::header::Header;
use crate::place::Place;

/// Names that the bodies of generated functions use. A parameter of such a name has a `_` after it in the definition,
/// which C does not mind.
const LOCALS: &[&str] = &["call", "free", "memcpy", "memset", "provider", "question", "result"];
const PREFIXES: &[&str] = &[
    "cbor_",
    "copied_",
    "copy_",
    "decode_",
    "encode_",
    "endpoint_",
    "exports_",
    "handle_",
    "link_",
    "lower_",
    "lowered_",
    "provider_",
    "resource_",
    "rust_",
];

/// The type that the function returns in C.
pub fn returned(header: &Header, function: &Function) -> String {
    match &function.returns {
        Return::Nothing | Return::Pointer(_) => "void".to_owned(),
        Return::Value(ty) => header.c_type(ty),
        Return::Maybe(_) | Return::Either(..) => "bool".to_owned(),
    }
}

/// The parameters of a definition, with those through which results are returned.
pub fn parameters(header: &Header, function: &Function) -> Vec<String> {
    let mut parameters: Vec<_> = function
        .parameters
        .iter()
        .map(|parameter| {
            let name = variable(parameter);
            match &parameter.pass {
                Pass::Value => format!("{} {name}", header.c_type(&parameter.ty)),
                Pass::Pointer => format!("{} *{name}", header.c_type(&parameter.ty)),
                Pass::Maybe(payload) => format!("{} *{name}", header.c_type(payload)),
            }
        })
        .collect();
    match &function.returns {
        Return::Nothing | Return::Value(_) => {}
        Return::Pointer(ty) | Return::Maybe(ty) => {
            parameters.push(format!("{} *ret", header.c_type(ty)))
        }
        Return::Either(ok, err) => {
            parameters.extend(ok.map(|ok| format!("{} *ret", header.c_type(&ok))));
            parameters.extend(err.map(|err| format!("{} *err", header.c_type(&err))));
        }
    }
    parameters
}

/// The parameter as a variable of the function's body.
pub fn variable(parameter: &Parameter) -> String {
    match parameter.pass {
        Pass::Maybe(_) => unclashing(&format!("maybe_{}", parameter.name)),
        _ => unclashing(&parameter.name),
    }
}

/// The parameter's own name as a variable of the function's body.
pub fn unclashing(name: &str) -> String {
    let clashes = LOCALS.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    if clashes { format!("{name}_") } else { name.to_owned() }
}

/// Where an argument lies. For an option: its payload, if there is one.
pub fn argument(parameter: &Parameter) -> Place {
    match parameter.pass {
        Pass::Value => Place::of(variable(parameter)),
        Pass::Pointer | Pass::Maybe(_) => Place::at(variable(parameter)),
    }
}
