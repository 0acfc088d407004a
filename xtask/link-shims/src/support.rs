//! What cannot be linked, refused with its name and its place before any C is written.

use anyhow::Result;
use wit_parser::{
    Function, FunctionKind, Handle, InterfaceId, Resolve, Span, Type, TypeDefKind, TypeId,
};

use crate::names;
use crate::refusal::Refusal;

/// Fails where an interface has something that link shims cannot carry.
pub fn check_interface(resolve: &Resolve, id: InterfaceId, wit: &str) -> Result<()> {
    let interface = &resolve.interfaces[id];
    for (name, ty) in &interface.types {
        check_definition(resolve, *ty, &format!("`{wit}`: type `{name}`"))?;
    }
    for function in interface.functions.values() {
        check_function(resolve, function, wit)?;
    }
    Ok(())
}

fn check_function(resolve: &Resolve, function: &Function, wit: &str) -> Result<()> {
    let at = format!("`{wit}`: function `{}`", function.name);
    let refuse = |what: &str| Err(Refusal::at(resolve, function.span, format!("{at}: {what}")));
    match function.kind {
        FunctionKind::Freestanding
        | FunctionKind::Method(_)
        | FunctionKind::Static(_)
        | FunctionKind::Constructor(_) => {}
        FunctionKind::AsyncFreestanding
        | FunctionKind::AsyncMethod(_)
        | FunctionKind::AsyncStatic(_) => {
            return refuse("an async function cannot be linked by a shim");
        }
        _ => return refuse("a getter or setter cannot be linked by a shim"),
    }
    for parameter in &function.params {
        let at = format!("{at}: parameter `{}`", parameter.name);
        check_type(resolve, &parameter.ty, &at, parameter.span)?;
    }
    match &function.result {
        Some(ty) => check_type(resolve, ty, &format!("{at}: result"), function.span),
        None => Ok(()),
    }
}

/// `span` is for a type without a place of its own.
fn check_type(resolve: &Resolve, ty: &Type, at: &str, span: Span) -> Result<()> {
    match ty {
        Type::ErrorContext => {
            let text = format!("{at}: `error-context` cannot be linked by a shim");
            Err(Refusal::at(resolve, span, text))
        }
        // A named type is checked where it is defined.
        Type::Id(id) if resolve.types[*id].name.is_none() => check_definition(resolve, *id, at),
        _ => Ok(()),
    }
}

fn check_definition(resolve: &Resolve, id: TypeId, at: &str) -> Result<()> {
    let definition = &resolve.types[id];
    let span = definition.span;
    let refuse = |what: String| Err(Refusal::at(resolve, span, format!("{at}: {what}")));
    let check = |ty: &Type| check_type(resolve, ty, at, span);
    match &definition.kind {
        TypeDefKind::Resource | TypeDefKind::Enum(_) => Ok(()),
        TypeDefKind::Flags(flags) if flags.flags.len() > 64 => {
            refuse(format!("{} flags; a shim carries at most 64", flags.flags.len()))
        }
        TypeDefKind::Flags(_) => Ok(()),
        TypeDefKind::Handle(Handle::Own(_) | Handle::Borrow(_)) if definition.name.is_some() => {
            let what = "a name of its own for a handle; write the handle where it is used";
            refuse(what.to_owned())
        }
        TypeDefKind::Handle(_) => Ok(()),
        TypeDefKind::Record(record) => record.fields.iter().try_for_each(|field| {
            let at = format!("{at}: field `{}`", field.name);
            check_type(resolve, &field.ty, &at, field.span)
        }),
        TypeDefKind::Tuple(tuple) => tuple.types.iter().try_for_each(check),
        TypeDefKind::Variant(variant) => variant.cases.iter().try_for_each(|case| match &case.ty {
            Some(payload) => {
                let at = format!("{at}: case `{}`", case.name);
                check_type(resolve, payload, &at, case.span)
            }
            None => Ok(()),
        }),
        TypeDefKind::Option(payload) => check(payload),
        TypeDefKind::Result(result) => result.ok.iter().chain(&result.err).try_for_each(check),
        TypeDefKind::List(item) => check(item),
        TypeDefKind::Type(target) => check(target),
        TypeDefKind::Map(..)
        | TypeDefKind::FixedLengthList(..)
        | TypeDefKind::Future(_)
        | TypeDefKind::Stream(_)
        | TypeDefKind::Unknown => {
            let name = names::wit_name(resolve, &Type::Id(id));
            let kind = definition.kind.as_str();
            refuse(format!("`{name}`: a {kind} cannot be linked by a shim"))
        }
    }
}
