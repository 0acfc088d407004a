//! What cannot be linked, refused with its name and its place before any C is written.

use anyhow::{Result, bail};
use wit_parser::{Function, FunctionKind, Handle, InterfaceId, Resolve, Type, TypeDefKind, TypeId};

use crate::names;

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
    match function.kind {
        FunctionKind::Freestanding
        | FunctionKind::Method(_)
        | FunctionKind::Static(_)
        | FunctionKind::Constructor(_) => {}
        FunctionKind::AsyncFreestanding
        | FunctionKind::AsyncMethod(_)
        | FunctionKind::AsyncStatic(_) => {
            bail!("{at}: an async function cannot be linked by a shim")
        }
        _ => bail!("{at}: a getter or setter cannot be linked by a shim"),
    }
    for parameter in &function.params {
        check_type(resolve, &parameter.ty, &format!("{at}: parameter `{}`", parameter.name))?;
    }
    match &function.result {
        Some(ty) => check_type(resolve, ty, &format!("{at}: result")),
        None => Ok(()),
    }
}

fn check_type(resolve: &Resolve, ty: &Type, at: &str) -> Result<()> {
    match ty {
        Type::ErrorContext => bail!("{at}: `error-context` cannot be linked by a shim"),
        // A named type is checked where it is defined.
        Type::Id(id) if resolve.types[*id].name.is_none() => check_definition(resolve, *id, at),
        _ => Ok(()),
    }
}

fn check_definition(resolve: &Resolve, id: TypeId, at: &str) -> Result<()> {
    let definition = &resolve.types[id];
    let refuse = || -> Result<()> {
        let name = names::wit_name(resolve, &Type::Id(id));
        let kind = definition.kind.as_str();
        bail!("{at}: `{name}`: a {kind} cannot be linked by a shim")
    };
    match &definition.kind {
        TypeDefKind::Resource | TypeDefKind::Enum(_) => Ok(()),
        TypeDefKind::Flags(flags) if flags.flags.len() > 64 => {
            bail!("{at}: {} flags; a shim carries at most 64", flags.flags.len())
        }
        TypeDefKind::Flags(_) => Ok(()),
        TypeDefKind::Handle(Handle::Own(_) | Handle::Borrow(_)) if definition.name.is_some() => {
            bail!("{at}: a name of its own for a handle; write the handle where it is used")
        }
        TypeDefKind::Handle(_) => Ok(()),
        TypeDefKind::Record(record) => {
            let mut fields = record.fields.iter();
            fields.try_for_each(|field| {
                check_type(resolve, &field.ty, &format!("{at}: field `{}`", field.name))
            })
        }
        TypeDefKind::Tuple(tuple) => {
            tuple.types.iter().try_for_each(|item| check_type(resolve, item, at))
        }
        TypeDefKind::Variant(variant) => variant.cases.iter().try_for_each(|case| match &case.ty {
            Some(payload) => check_type(resolve, payload, &format!("{at}: case `{}`", case.name)),
            None => Ok(()),
        }),
        TypeDefKind::Option(payload) => check_type(resolve, payload, at),
        TypeDefKind::Result(result) => result
            .ok
            .iter()
            .chain(&result.err)
            .try_for_each(|payload| check_type(resolve, payload, at)),
        TypeDefKind::List(item) => check_type(resolve, item, at),
        TypeDefKind::Type(target) => check_type(resolve, target, at),
        TypeDefKind::Map(..)
        | TypeDefKind::FixedLengthList(..)
        | TypeDefKind::Future(_)
        | TypeDefKind::Stream(_)
        | TypeDefKind::Unknown => refuse(),
    }
}
