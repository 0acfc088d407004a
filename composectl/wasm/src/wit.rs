//! The types of a component's imports and exports, written as WIT.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};

use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentDefinedType, ComponentDefinedTypeId, ComponentEntityType,
    ComponentFuncTypeId, ComponentInstanceTypeId, ComponentValType, ResourceId,
};
use wasmparser::types::TypesRef;

/// How much is written about one file. Names are long, and what has one can be used many times: a small file could be
/// told in gigabytes. (Validation bounds how many parts all types have, and how deep they are.)
const MOST_TEXT: usize = 4 << 20;
/// What stands for what is not written any more.
const LEFT_OUT: &str = "..";

/// What may still be written about a file, in bytes.
pub struct Room(Cell<usize>);

impl Room {
    /// Room for one file.
    pub fn new() -> Self {
        Self(Cell::new(MOST_TEXT))
    }

    /// What `write` writes, which takes room; something short if there is none left.
    pub fn take(&self, write: impl FnOnce() -> String) -> String {
        if self.is_full() {
            return LEFT_OUT.to_owned();
        }
        let text = write();
        self.0.set(self.0.get().saturating_sub(text.len()));
        text
    }

    fn is_full(&self) -> bool {
        self.0.get() == 0
    }
}

/// Writes types; knows how the interfaces name them.
pub struct Writer<'a> {
    types: TypesRef<'a>,
    room: &'a Room,
    known: HashSet<ComponentInstanceTypeId>,
    defined: HashMap<ComponentDefinedTypeId, String>,
    resources: HashMap<ResourceId, String>,
}

impl<'a> Writer<'a> {
    /// A writer without names.
    pub fn new(types: TypesRef<'a>, room: &'a Room) -> Self {
        Self {
            types,
            room,
            known: HashSet::new(),
            defined: HashMap::new(),
            resources: HashMap::new(),
        }
    }

    /// Learns the names that an import or export gives to types.
    pub fn learn(&mut self, name: &str, entity: ComponentEntityType) {
        match entity {
            ComponentEntityType::Type { created: ComponentAnyTypeId::Defined(id), .. } => {
                self.defined.insert(id, name.to_owned());
            }
            ComponentEntityType::Type { created: ComponentAnyTypeId::Resource(id), .. } => {
                self.resources.entry(id.resource()).or_insert_with(|| name.to_owned());
            }
            ComponentEntityType::Instance(id) if self.known.insert(id) => {
                let types = self.types;
                for (name, item) in &types[id].exports {
                    self.learn(name, item.ty);
                }
            }
            _ => {}
        }
    }

    /// What an interface holds, an item a line; types first.
    pub fn interface(&self, id: ComponentInstanceTypeId) -> Interface {
        let exports = &self.types[id].exports;
        let mut interface = Interface::default();
        for (name, item) in exports {
            if self.room.is_full() {
                interface.functions.push(LEFT_OUT.to_owned());
                break;
            }
            let list = match item.ty {
                ComponentEntityType::Func(_) => &mut interface.functions,
                _ => &mut interface.types,
            };
            list.push(self.item(name, item.ty));
        }
        interface
    }

    /// One import or export that is no interface, as a line.
    pub fn item(&self, name: &str, entity: ComponentEntityType) -> String {
        self.room.take(|| match entity {
            ComponentEntityType::Func(id) => self.function(name, id),
            ComponentEntityType::Type { created, .. } => self.definition(name, created),
            ComponentEntityType::Value(ty) => format!("{name}: {}", self.value(ty)),
            ComponentEntityType::Module(_) => format!("{name}: core module"),
            ComponentEntityType::Component(_) => format!("{name}: component"),
            ComponentEntityType::Instance(_) => format!("{name}: interface"),
        })
    }

    fn function(&self, name: &str, id: ComponentFuncTypeId) -> String {
        let ty = &self.types[id];
        // A method's resource is in its name.
        let skip = usize::from(name.starts_with("[method]"));
        let params: Vec<_> = ty
            .params
            .iter()
            .skip(skip)
            .map(|(name, ty)| format!("{name}: {}", self.value(*ty)))
            .collect();
        let params = params.join(", ");
        let asynchronous = if ty.async_ { "async " } else { "" };
        let result = match ty.result {
            Some(ty) => format!(" -> {}", self.value(ty)),
            None => String::new(),
        };
        if let Some(resource) = name.strip_prefix("[constructor]") {
            return format!("{resource}: constructor({params})");
        }
        if let Some(name) = name.strip_prefix("[method]") {
            return format!("{name}: {asynchronous}func({params}){result}");
        }
        if let Some(name) = name.strip_prefix("[static]") {
            return format!("{name}: static {asynchronous}func({params}){result}");
        }
        format!("{name}: {asynchronous}func({params}){result}")
    }

    fn definition(&self, name: &str, id: ComponentAnyTypeId) -> String {
        match id {
            ComponentAnyTypeId::Resource(_) => format!("resource {name}"),
            ComponentAnyTypeId::Defined(id) => match &self.types[id] {
                ComponentDefinedType::Record(_)
                | ComponentDefinedType::Variant(_)
                | ComponentDefinedType::Flags(_)
                | ComponentDefinedType::Enum(_) => {
                    let body = self.defined(id);
                    match body.split_once(' ') {
                        Some((kind, body)) => format!("{kind} {name} {body}"),
                        None => body,
                    }
                }
                _ => format!("type {name} = {}", self.defined(id)),
            },
            ComponentAnyTypeId::Func(_) => format!("type {name}: a function"),
            ComponentAnyTypeId::Instance(_) => format!("type {name}: an interface"),
            ComponentAnyTypeId::Component(_) => format!("type {name}: a component"),
        }
    }

    fn value(&self, ty: ComponentValType) -> String {
        match ty {
            ComponentValType::Primitive(primitive) => primitive.to_string(),
            ComponentValType::Type(id) => self.room.take(|| match self.defined.get(&id) {
                Some(name) => name.clone(),
                None => self.defined(id),
            }),
        }
    }

    fn maybe(&self, ty: Option<ComponentValType>) -> String {
        ty.map_or_else(|| "_".to_owned(), |ty| self.value(ty))
    }

    fn resource(&self, id: ResourceId) -> String {
        self.resources.get(&id).cloned().unwrap_or_else(|| "resource".to_owned())
    }

    /// A type spelled out. Named types inside of it are named.
    fn defined(&self, id: ComponentDefinedTypeId) -> String {
        match &self.types[id] {
            ComponentDefinedType::Primitive(primitive) => primitive.to_string(),
            ComponentDefinedType::Record(record) => {
                let field = |(name, ty): (&_, &ComponentValType)| -> String {
                    let name: &wasmparser::names::KebabString = name;
                    format!("{name}: {}", self.value(*ty))
                };
                format!("record {{ {} }}", join(record.fields.iter().map(field)))
            }
            ComponentDefinedType::Variant(variant) => {
                let cases = variant.cases.iter().map(|(name, case)| match case.ty {
                    Some(ty) => format!("{name}({})", self.value(ty)),
                    None => name.to_string(),
                });
                format!("variant {{ {} }}", join(cases))
            }
            ComponentDefinedType::Flags(names) => {
                format!("flags {{ {} }}", join(names.iter().map(ToString::to_string)))
            }
            ComponentDefinedType::Enum(names) => {
                format!("enum {{ {} }}", join(names.iter().map(ToString::to_string)))
            }
            ComponentDefinedType::List { element, .. } => format!("list<{}>", self.value(*element)),
            ComponentDefinedType::FixedLengthList { element, length, .. } => {
                format!("list<{}, {length}>", self.value(*element))
            }
            ComponentDefinedType::Map { key, value, .. } => {
                format!("map<{}, {}>", self.value(*key), self.value(*value))
            }
            ComponentDefinedType::Tuple(tuple) => {
                format!("tuple<{}>", join(tuple.types.iter().map(|ty| self.value(*ty))))
            }
            ComponentDefinedType::Option { ty, .. } => format!("option<{}>", self.value(*ty)),
            ComponentDefinedType::Result { ok: None, err: None, .. } => "result".to_owned(),
            ComponentDefinedType::Result { ok: Some(ok), err: None, .. } => {
                format!("result<{}>", self.value(*ok))
            }
            ComponentDefinedType::Result { ok, err, .. } => {
                format!("result<{}, {}>", self.maybe(*ok), self.maybe(*err))
            }
            ComponentDefinedType::Own(id) => self.resource(id.resource()),
            ComponentDefinedType::Borrow(id) => format!("borrow<{}>", self.resource(id.resource())),
            ComponentDefinedType::Future { ty, .. } => match ty {
                Some(ty) => format!("future<{}>", self.value(*ty)),
                None => "future".to_owned(),
            },
            ComponentDefinedType::Stream { ty, .. } => match ty {
                Some(ty) => format!("stream<{}>", self.value(*ty)),
                None => "stream".to_owned(),
            },
        }
    }
}

/// What an interface holds.
#[derive(Clone, Debug, Default)]
pub struct Interface {
    pub types: Vec<String>,
    pub functions: Vec<String>,
}

fn join(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}
