//! Whether two sides of a contract mean the same.

use wit_parser::{Type, TypeDefKind};

use crate::header::Header;
use crate::names;

/// Whether an export's version can serve an import's, as components are composed: the same one, or one with the same
/// leftmost number that is not zero. What an older one lacks shows when the functions are compared.
pub fn compatible(export: &str, import: &str) -> bool {
    if export == import {
        return true;
    }
    let (Some((name, export)), Some((other, import))) =
        (export.split_once('@'), import.split_once('@'))
    else {
        return false;
    };
    let numbers = |version: &str| -> Option<Vec<u64>> {
        version.split('.').map(|part| part.parse().ok()).collect()
    };
    let (Some(export), Some(import)) = (numbers(export), numbers(import)) else { return false };
    let track = import.iter().position(|number| *number != 0).unwrap_or(import.len());
    name == other && export.len() == import.len() && export.get(..=track) == import.get(..=track)
}

/// All that the layout of a type depends on, with the names that its values have. `open`: look behind a name.
pub fn shape(header: &Header, ty: &Type, open: bool) -> String {
    let Type::Id(id) = ty else { return names::wit_name(&header.resolve, ty) };
    let definition = &header.resolve.types[*id];
    if definition.name.is_some() && !open {
        return names::wit_name(&header.resolve, ty);
    }
    let members: Vec<_> =
        header.members(*id).iter().map(|member| shape(header, member, false)).collect();
    let labels: Vec<&str> = match &definition.kind {
        TypeDefKind::Record(record) => {
            record.fields.iter().map(|field| field.name.as_str()).collect()
        }
        TypeDefKind::Variant(variant) => {
            variant.cases.iter().map(|case| case.name.as_str()).collect()
        }
        TypeDefKind::Enum(enum_) => enum_.cases.iter().map(|case| case.name.as_str()).collect(),
        TypeDefKind::Flags(flags) => flags.flags.iter().map(|flag| flag.name.as_str()).collect(),
        TypeDefKind::Handle(_) => return names::wit_name(&header.resolve, ty),
        _ => Vec::new(),
    };
    let payloads = match &definition.kind {
        TypeDefKind::Variant(variant) => {
            variant.cases.iter().map(|case| case.ty.is_some()).collect()
        }
        TypeDefKind::Result(result) => vec![result.ok.is_some(), result.err.is_some()],
        _ => Vec::new(),
    };
    // Not `{members:?}`: quotes in quotes double with each level.
    let members = members.join(", ");
    format!("{} {labels:?} {payloads:?} [{members}]", definition.kind.as_str())
}
