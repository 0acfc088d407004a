//! From names in generated C back to what a contract calls so.

use std::collections::BTreeMap;

use heck::{ToShoutySnakeCase as _, ToSnakeCase as _};
use wit_bindgen_c::{CTypeNameInfo, c_func_name, gen_type_name, to_c_ident};
use wit_parser::{
    Docs, Function, FunctionKind, LiveTypes, Resolve, Span, Stability, Type, TypeDefKind, TypeId,
    WorldItem, WorldKey,
};

use super::checked::World;
use super::reserved;
use crate::manifest::wit::Places;
use crate::manifest::{Diagnostics, Location};

/// Something that a contract names or that stems from it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// `the function `f``
    pub what: String,
    pub location: Location,
    /// Whether the contract's author chose the name.
    pub named: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Parameter,
    Member,
}

/// What a world's names in C stem from.
#[derive(Default)]
pub struct Origins {
    /// Whole names at file scope, with those that only some of a type's kind have.
    exact: BTreeMap<String, Vec<Origin>>,
    functions: BTreeMap<String, Vec<Origin>>,
    /// Beginnings of names.
    stems: BTreeMap<String, Origin>,
    /// Parameters, fields and cases, by the function or type that they are part of and by their own name.
    inner: BTreeMap<(String, String), (Place, Origin)>,
    /// Where all else stems from.
    whole: Location,
}

impl Origins {
    /// Adds the names of a world. The header of a second one is read beside the first one's.
    pub fn add(&mut self, world: &World) {
        let World { resolve, id, places } = *world;
        let world = &resolve.worlds[id];
        if self.whole == Location::default() {
            self.whole = places.of(resolve, world.span);
        }
        let mut names = Names { resolve, places, world: &world.name, origins: self };
        for (in_import, items) in [(true, &world.imports), (false, &world.exports)] {
            for (key, item) in items {
                names.item(in_import, key, item);
            }
        }
    }

    /// What may be called `name` at file scope.
    pub fn exact(&self, name: &str) -> &[Origin] {
        self.exact.get(wasm_name(name)).map_or(&[], Vec::as_slice)
    }

    /// What `name` at file scope stems from, if that can be told.
    pub fn nearest(&self, name: &str) -> Option<&Origin> {
        let name = wasm_name(name);
        let stem_of = |name: &str| {
            let ends = name.match_indices('_').map(|(at, _)| at).chain([name.len()]).rev();
            ends.into_iter().find_map(|end| self.stems.get(&name[..end]))
        };
        let exact = self.exact.get(name).and_then(|origins| origins.first());
        // Shims have words before a name: `copy_`, `encode_`.
        let starts = name.match_indices('_').map(|(at, _)| at + 1);
        exact.or_else(|| [0].into_iter().chain(starts).find_map(|start| stem_of(&name[start..])))
    }

    /// The parameter, field or case that is called `name` in the function or type `of`.
    pub fn inner(&self, of: &str, name: &str) -> Option<&Origin> {
        let name = name.strip_prefix("maybe_").unwrap_or(name);
        self.inner.get(&(wasm_name(of).to_owned(), name.to_owned())).map(|(_, origin)| origin)
    }

    pub fn whole(&self) -> &Location {
        &self.whole
    }

    /// Records what a generator would panic on: functions of one name, and names that are words of C.
    pub fn check(&self, diagnostics: &mut Diagnostics) {
        for (name, origins) in &self.functions {
            if let [first, .., last] = origins.as_slice() {
                one_name(name, last, first, diagnostics);
            }
        }
        for ((_, name), (place, origin)) in &self.inner {
            let meaning = match place {
                Place::Parameter => reserved::meaning_of_variable(name),
                Place::Member => reserved::meaning(name),
            };
            if let Some(meaning) = meaning {
                taken(name, origin, meaning, diagnostics);
            }
        }
    }
}

/// Two things have one name.
pub fn one_name(name: &str, one: &Origin, other: &Origin, diagnostics: &mut Diagnostics) {
    // One of the extension's and of the cap's side will do.
    let name = name.trim_start_matches("exports_").trim_start_matches("EXPORTS_");
    let message = format!("{} and {} have one name in C: `{name}`", one.what, other.what);
    let hint = format!("rename one of them; the other is at {}", other.location);
    diagnostics.error(&one.location, message, hint);
}

/// A name is something else already.
pub fn taken(name: &str, origin: &Origin, meaning: &str, diagnostics: &mut Diagnostics) {
    let message = format!("{} is `{name}` in C, which is {meaning}", origin.what);
    diagnostics.error(&origin.location, message, "choose another name");
}

/// Names of imports and exports of the core module begin with these.
fn wasm_name(name: &str) -> &str {
    let stripped =
        name.strip_prefix("__wasm_import_").or_else(|| name.strip_prefix("__wasm_export_"));
    stripped.unwrap_or(name)
}

/// Collects the names of one world.
struct Names<'a> {
    resolve: &'a Resolve,
    places: &'a Places,
    world: &'a str,
    origins: &'a mut Origins,
}

impl Names<'_> {
    fn item(&mut self, in_import: bool, key: &WorldKey, item: &WorldItem) {
        let mut live = LiveTypes::default();
        let prefix = match item {
            WorldItem::Interface { id, span, .. } => {
                let prefix = self.prefix(in_import, Some(key));
                let interface = &self.resolve.interfaces[*id];
                let what = format!("the interface `{}`", self.resolve.name_world_key(key));
                let span = if interface.span.is_known() { interface.span } else { *span };
                self.stem(&prefix, what, span);
                for id in interface.types.values() {
                    self.definition(&prefix, *id);
                }
                for function in interface.functions.values() {
                    self.function(&prefix, function);
                }
                live.add_interface(self.resolve, *id);
                prefix
            }
            WorldItem::Function(function) => {
                self.function(&self.prefix(in_import, None), function);
                live.add_func(self.resolve, function);
                self.world.to_snake_case()
            }
            WorldItem::Type { id, .. } => {
                let prefix = self.world.to_snake_case();
                self.definition(&prefix, *id);
                live.add_type_id(self.resolve, *id);
                prefix
            }
        };
        for id in live.iter().filter(|id| self.resolve.types[*id].name.is_none()) {
            self.unnamed(&prefix, id);
        }
    }

    /// What the names of an interface's items begin with; wit-bindgen-c tells it for functions only.
    fn prefix(&self, in_import: bool, key: Option<&WorldKey>) -> String {
        let function = Function {
            name: "f".to_owned(),
            kind: FunctionKind::Freestanding,
            params: Vec::new(),
            result: None,
            docs: Docs::default(),
            stability: Stability::default(),
            span: Span::default(),
            external_id: None,
        };
        let name =
            c_func_name(in_import, self.resolve, self.world, key, &function, &Default::default());
        name.strip_suffix("_f").unwrap_or(&name).to_owned()
    }

    fn origin(&self, what: String, span: Span) -> Origin {
        Origin { what, location: self.places.of(self.resolve, span), named: true }
    }

    fn stem(&mut self, stem: &str, what: String, span: Span) {
        let origin = self.origin(what, span);
        self.origins.stems.entry(stem.to_owned()).or_insert(origin);
    }

    fn exact(&mut self, name: String, what: String, span: Span) {
        let origin = self.origin(what, span);
        self.insert(name, origin);
    }

    fn insert(&mut self, name: String, origin: Origin) {
        let known = self.origins.exact.entry(name).or_default();
        if !known.contains(&origin) {
            known.push(origin);
        }
    }

    fn inner(&mut self, place: Place, (of, name): (&str, &str), what: String, span: Span) {
        let origin = self.origin(what, span);
        self.origins.inner.insert((of.to_owned(), to_c_ident(name)), (place, origin));
    }

    fn function(&mut self, prefix: &str, function: &Function) {
        let name = format!("{prefix}_{}", function.name.to_snake_case().replace('.', "_"));
        let what = format!("the function `{}`", function.name);
        for parameter in &function.params {
            let what = format!("the parameter `{}` of `{}`", parameter.name, function.name);
            // `self` stands where the method does.
            let span = if parameter.span.is_known() { parameter.span } else { function.span };
            self.inner(Place::Parameter, (&name, &parameter.name), what, span);
        }
        self.exact(name.clone(), what.clone(), function.span);
        self.stem(&name, what.clone(), function.span);
        let origin = self.origin(what, function.span);
        self.origins.functions.entry(name).or_default().push(origin);
    }

    fn definition(&mut self, prefix: &str, id: TypeId) {
        let definition = &self.resolve.types[id];
        let Some(name) = &definition.name else { return };
        let (kind, span) = (&definition.kind, definition.span);
        let what = format!("the {} `{name}`", kind_of(kind));
        let snake = name.to_snake_case();
        let stem = format!("{prefix}_{snake}");
        self.stem(&stem, what.clone(), span);
        let made = |helper: &str| format!("`{helper}` of {what}");
        match kind {
            TypeDefKind::Resource => {
                for handle in ["own", "borrow"] {
                    let stem = format!("{prefix}_{handle}_{snake}");
                    self.stem(&stem, what.clone(), span);
                    self.exact(format!("{stem}_t"), made(&format!("{handle}_*_t")), span);
                }
                self.exact(format!("{prefix}_borrow_{snake}"), made("borrow_*"), span);
                self.exact(format!("{stem}_t"), what.clone(), span);
                for helper in ["drop_own", "drop_borrow", "new", "rep", "destructor"] {
                    self.exact(format!("{stem}_{helper}"), made(&format!("*_{helper}")), span);
                }
            }
            _ => {
                self.exact(format!("{stem}_t"), what.clone(), span);
                self.exact(format!("{stem}_free"), made("*_free"), span);
            }
        }
        let (of, type_name) = (format!("{stem}_t"), name);
        let constant = |case: &str| {
            let words = [prefix, type_name, case].map(|name| name.to_shouty_snake_case());
            words.join("_")
        };
        let case = |case: &str| format!("the case `{case}` of `{type_name}`");
        match kind {
            TypeDefKind::Record(record) => {
                for field in &record.fields {
                    let what = format!("the field `{}` of `{type_name}`", field.name);
                    self.inner(Place::Member, (&of, &field.name), what, field.span);
                }
            }
            TypeDefKind::Variant(variant) => {
                for one in &variant.cases {
                    if one.ty.is_some() {
                        self.inner(Place::Member, (&of, &one.name), case(&one.name), one.span);
                    }
                    self.exact(constant(&one.name), case(&one.name), one.span);
                }
            }
            TypeDefKind::Enum(enum_) => {
                for one in &enum_.cases {
                    self.exact(constant(&one.name), case(&one.name), one.span);
                }
            }
            TypeDefKind::Flags(flags) => {
                for flag in &flags.flags {
                    let what = format!("the flag `{}` of `{type_name}`", flag.name);
                    self.exact(constant(&flag.name), what, flag.span);
                }
            }
            _ => {}
        }
    }

    /// A type that is named after what it is made of: `list_u8`.
    fn unnamed(&mut self, prefix: &str, id: TypeId) {
        let (info, name) = gen_type_name(self.resolve, id);
        let world = self.world.to_snake_case();
        let prefix = match info {
            CTypeNameInfo::Anonymous { is_prim: true } => &world,
            _ => prefix,
        };
        let span = self.resolve.types[id].span;
        let what = format!("the type `{}`", link_shims::wit_name(self.resolve, &Type::Id(id)));
        let stem = format!("{prefix}_{name}");
        self.stem(&stem, what.clone(), span);
        // Shared by interfaces, or a handle, which is the resource's.
        if self.origins.exact.contains_key(&format!("{stem}_t"))
            && (prefix == world || matches!(self.resolve.types[id].kind, TypeDefKind::Handle(_)))
        {
            return;
        }
        let origin = |what| Origin { named: false, ..self.origin(what, span) };
        let (own, free) = (origin(what.clone()), origin(format!("`*_free` of {what}")));
        self.insert(format!("{stem}_t"), own);
        self.insert(format!("{stem}_free"), free);
    }
}

/// What WIT calls a definition.
fn kind_of(kind: &TypeDefKind) -> &'static str {
    match kind {
        TypeDefKind::Type(_) => "type",
        other => other.as_str(),
    }
}
