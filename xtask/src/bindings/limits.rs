//! What no binding in C can be made of, however it is named: types and functions of other kinds, and types that are
//! nested too deep or unfold to too much.

use std::collections::BTreeMap;

use wit_parser::{
    Function, FunctionKind, Resolve, Span, Type, TypeDefKind, TypeId, WorldId, WorldItem,
};

use crate::manifest::Diagnostics;
use crate::manifest::wit::Places;

/// How deep types may be nested, names of types followed. Payloads of dynlink may be nested 64 levels deep, and an
/// option or a variant takes two.
pub const MAX_DEPTH: usize = 24;

/// How many types a type may consist of when each name in it is replaced by what it stands for: what a call takes in
/// generated code grows with it.
pub const MAX_SIZE: usize = 2000;

/// Records an error for each thing in what the world imports and exports that has no binding in C.
pub fn check(resolve: &Resolve, world: WorldId, places: &Places, diagnostics: &mut Diagnostics) {
    let mut limits = Limits { resolve, places, diagnostics, measures: BTreeMap::new() };
    let world = &resolve.worlds[world];
    for item in world.imports.values().chain(world.exports.values()) {
        match item {
            WorldItem::Interface { id, .. } => {
                let interface = &resolve.interfaces[*id];
                interface.types.values().for_each(|id| limits.definition(*id));
                interface.functions.values().for_each(|function| limits.function(function));
            }
            WorldItem::Function(function) => limits.function(function),
            WorldItem::Type { id, .. } => limits.definition(*id),
        }
    }
}

struct Limits<'a> {
    resolve: &'a Resolve,
    places: &'a Places,
    diagnostics: &'a mut Diagnostics,
    /// Those of types that are done.
    measures: BTreeMap<TypeId, Measure>,
}

#[derive(Clone, Copy)]
struct Measure {
    depth: usize,
    size: usize,
    /// It was refused already, or has something in it that was.
    refused: bool,
}

impl Limits<'_> {
    fn refuse(&mut self, span: Span, message: String, hint: &str) {
        self.diagnostics.error(&self.places.of(self.resolve, span), message, hint);
    }

    fn function(&mut self, function: &Function) {
        let name = function.item_name();
        match function.kind {
            FunctionKind::Freestanding
            | FunctionKind::Method(_)
            | FunctionKind::Static(_)
            | FunctionKind::Constructor(_) => {}
            FunctionKind::AsyncFreestanding
            | FunctionKind::AsyncMethod(_)
            | FunctionKind::AsyncStatic(_) => {
                let message =
                    format!("the function `{name}` is async, which bindings in C are not");
                self.refuse(function.span, message, "leave out `async`: calls are synchronous");
            }
            _ => {
                let message =
                    format!("`{name}` is a getter or setter, which bindings in C do not know");
                self.refuse(function.span, message, "write a function");
            }
        }
        for parameter in &function.params {
            self.used(&parameter.ty, parameter.span);
        }
        if let Some(ty) = &function.result {
            self.used(ty, function.span);
        }
    }

    /// A type where it is used; `span` is for one that has no place of its own.
    fn used(&mut self, ty: &Type, span: Span) {
        match ty {
            Type::ErrorContext => self.unsupported(span, "error-context"),
            Type::Id(id) => self.definition(*id),
            _ => {}
        }
    }

    fn unsupported(&mut self, span: Span, kind: &str) {
        let message = format!("there are no bindings in C for `{kind}`");
        let hint = "bindings have integers, floats, bool, char, string, records, variants, enums, flags, tuples, \
                    options, results, resources and lists of any length";
        self.refuse(span, message, hint);
    }

    /// Measures a type and all that it consists of, members first. Without recursion: a chain of names may be long.
    fn definition(&mut self, id: TypeId) {
        let mut open = vec![(id, false)];
        while let Some((id, members_done)) = open.pop() {
            if self.measures.contains_key(&id) {
                continue;
            }
            if members_done {
                self.measure(id);
                continue;
            }
            open.push((id, true));
            let ids = members(&self.resolve.types[id].kind).into_iter().filter_map(|ty| match ty {
                Type::Id(id) => Some((id, false)),
                _ => None,
            });
            open.extend(ids);
        }
    }

    fn measure(&mut self, id: TypeId) {
        let definition = &self.resolve.types[id];
        let members = members(&definition.kind);
        let mut measure = Measure { depth: 0, size: 1, refused: false };
        for member in &members {
            let Type::Id(member) = member else {
                measure.size = measure.size.saturating_add(1);
                continue;
            };
            let inner = self.measures[member];
            measure.depth = measure.depth.max(inner.depth);
            measure.size = measure.size.saturating_add(inner.size);
            measure.refused |= inner.refused;
        }
        measure.depth += usize::from(!matches!(definition.kind, TypeDefKind::Type(_)));
        if !measure.refused {
            measure.refused = self.refused(id, &members, measure);
        }
        self.measures.insert(id, measure);
    }

    /// Whether there is something wrong with a type of which all members are right.
    fn refused(
        &mut self,
        id: TypeId,
        members: &[Type],
        Measure { depth, size, .. }: Measure,
    ) -> bool {
        let definition = &self.resolve.types[id];
        let span = definition.span;
        let hint =
            "give handles, lists of simpler records, or bytes that both sides know how to read";
        match &definition.kind {
            TypeDefKind::FixedLengthList(..) => self.unsupported(span, "list<T, N>"),
            TypeDefKind::Map(..) => self.unsupported(span, "map<K, V>"),
            TypeDefKind::Future(_) => self.unsupported(span, "future"),
            TypeDefKind::Stream(_) => self.unsupported(span, "stream"),
            TypeDefKind::Unknown => self.unsupported(span, "unknown"),
            _ if members.contains(&Type::ErrorContext) => self.unsupported(span, "error-context"),
            TypeDefKind::Handle(_) if definition.name.is_some() => {
                let message =
                    "there are no bindings in C for a handle with a name of its own".to_owned();
                self.refuse(span, message, "write the handle where it is used");
            }
            _ if depth > MAX_DEPTH => {
                self.refuse(
                    span,
                    format!("types are nested here more than {MAX_DEPTH} levels deep"),
                    hint,
                );
            }
            _ if size > MAX_SIZE => {
                let message =
                    format!("this type consists of more than {MAX_SIZE} others, names followed");
                self.refuse(span, message, hint);
            }
            _ => return false,
        }
        true
    }
}

/// The types that a type directly consists of.
fn members(kind: &TypeDefKind) -> Vec<Type> {
    match kind {
        TypeDefKind::Record(record) => record.fields.iter().map(|field| field.ty).collect(),
        TypeDefKind::Tuple(tuple) => tuple.types.clone(),
        TypeDefKind::Variant(variant) => variant.cases.iter().filter_map(|case| case.ty).collect(),
        TypeDefKind::Result(result) => result.ok.into_iter().chain(result.err).collect(),
        TypeDefKind::Option(ty)
        | TypeDefKind::List(ty)
        | TypeDefKind::FixedLengthList(ty, _)
        | TypeDefKind::Future(Some(ty))
        | TypeDefKind::Stream(Some(ty))
        | TypeDefKind::Type(ty) => vec![*ty],
        TypeDefKind::Map(key, value) => vec![*key, *value],
        _ => Vec::new(),
    }
}
