//! What a cap gets for a question that came to nothing: an error of the function, if it can fail, else the end of the cap.
//!
//! The same as of the stub in a composition without callbacks (xtask/src/compose/stub.rs): an error has the reason in each
//! of its strings and the case `unavailable` in each enum and variant that has one, else the first case; numbers are 0,
//! lists empty, options none.

use wit_parser::{Type, TypeDefKind};

use crate::calls::zero;
use crate::codec::Codec;
use crate::function::{Function, Return};
use crate::names;
use crate::place::Place;
use crate::text::Text;

/// The case that says so.
const CASE: &str = "unavailable";

/// The end of a question, with `result` read or not.
pub fn write(
    text: &mut Text,
    codec: &mut Codec,
    function: &Function,
    result: &Option<(Type, Place)>,
) {
    let failed = "if (!endpoint_question_end(&question))";
    let unavailable = match (&function.returns, result) {
        (Return::Either(_, err), Some((ty, place))) => {
            let mut statements = Vec::new();
            let at = place.member("val").member("err");
            err.is_none_or(|err| error(codec, &err, &at, &mut statements).is_some())
                .then_some((ty, place, statements))
        }
        _ => None,
    };
    let Some((ty, place, statements)) = unavailable else {
        text.under(failed, "__builtin_trap();");
        return;
    };
    text.open(format!("{failed} {{"));
    if let Some(free) = codec.free(ty, place) {
        text.statement(free);
    }
    text.line(zero(place));
    text.line(format!("{} = true;", place.get("is_err")));
    for statement in statements {
        text.statement(statement);
    }
    text.close("}");
}

/// The statements that write the error where there are zeros. `None` if there can be none: a handle cannot be made up.
fn error(codec: &Codec, ty: &Type, place: &Place, statements: &mut Vec<String>) -> Option<()> {
    let header = codec.header;
    if header.resolved(ty) == Type::String {
        let (world, string) = (&header.world, place.address());
        statements
            .push(format!("{world}_string_dup_n({string}, question.why, question.why_length);"));
        return Some(());
    }
    match header.kind(ty) {
        None | Some(TypeDefKind::Flags(_) | TypeDefKind::Option(_) | TypeDefKind::List(_)) => {
            Some(())
        }
        Some(TypeDefKind::Record(record)) => record.fields.iter().try_for_each(|field| {
            error(codec, &field.ty, &place.member(&names::identifier(&field.name)), statements)
        }),
        Some(TypeDefKind::Tuple(tuple)) => {
            let mut items = tuple.types.iter().enumerate();
            items.try_for_each(|(i, ty)| {
                error(codec, ty, &place.member(&format!("f{i}")), statements)
            })
        }
        Some(TypeDefKind::Enum(cases)) => {
            let case = chosen(cases.cases.iter().map(|case| &case.name));
            statements.push(format!("{} = {case};", place.value()));
            Some(())
        }
        Some(TypeDefKind::Variant(variant)) => {
            let case = chosen(variant.cases.iter().map(|case| &case.name));
            statements.push(format!("{} = {case};", place.get("tag")));
            let case = &variant.cases[case];
            let payload = place.member("val").member(&names::identifier(&case.name));
            case.ty.as_ref().map_or(Some(()), |ty| error(codec, ty, &payload, statements))
        }
        Some(TypeDefKind::Result(result)) => {
            statements.push(format!("{} = true;", place.get("is_err")));
            let payload = place.member("val").member("err");
            result.err.as_ref().map_or(Some(()), |ty| error(codec, ty, &payload, statements))
        }
        Some(_) => None,
    }
}

/// The case that says so, or the first one.
fn chosen<'a>(mut names: impl Iterator<Item = &'a String>) -> usize {
    names.position(|name| name == CASE).unwrap_or_default()
}
