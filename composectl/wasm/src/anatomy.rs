//! What a WebAssembly file is made of: read and validated (all but the code of functions), never compiled.

use std::collections::BTreeMap;

use serde::Serialize;
use wasmparser::component_types::ComponentEntityType;
use wasmparser::{
    ComponentExternalKind, Encoding, ExternalKind, KnownCustom, MemoryType, Name, Parser, Payload,
    ProducersSectionReader, TypeRef, ValidPayload, Validator, WasmFeatures,
};

use crate::wit::{Room, Writer};

/// How deep components may be nested in a file that is described.
const DEPTH: usize = 64;

/// A component or a core module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Component,
    CoreModule,
}

/// What a file, or a part of it, is made of.
#[derive(Debug, Serialize)]
pub struct Part {
    pub kind: Kind,
    /// The name that the file's debugging information gives it.
    pub name: Option<String>,
    /// Bytes.
    pub size: u64,
    /// Functions with code, in a core module.
    pub functions: u32,
    pub memories: Vec<Memory>,
    pub custom_sections: Vec<CustomSection>,
    /// Modules and components inside, in order.
    pub parts: Vec<Part>,
}

/// A linear memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Memory {
    /// Defined elsewhere.
    pub imported: bool,
    pub minimum_bytes: u128,
    /// `None`: as much as the address space holds.
    pub maximum_bytes: Option<u128>,
    /// Addresses have 64 bits.
    pub memory64: bool,
    pub shared: bool,
}

/// A section that does not matter for running.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CustomSection {
    pub name: String,
    /// Bytes.
    pub size: u64,
}

/// An import or an export of the file itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Extern {
    /// `wasi:cli/run@0.2.6`, `run`, or `module.field` of a core import.
    pub name: String,
    /// `interface`, `function`, `type`, `memory`, ..
    pub kind: &'static str,
    /// Types of an interface, as WIT.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
    /// Functions of an interface, as WIT.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<String>,
    /// What it is, where it is no interface.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}

/// A whole file.
#[derive(Debug, Serialize)]
pub struct Anatomy {
    #[serde(flatten)]
    pub whole: Part,
    /// What it says of what it was made of: `language`, `processed-by` or `sdk` -> name -> version. Nobody has checked it.
    pub producers: Producers,
    pub imports: Vec<Extern>,
    pub exports: Vec<Extern>,
}

/// The contents of a `producers` section.
pub type Producers = BTreeMap<String, BTreeMap<String, String>>;

/// Takes a file apart. An `Err` says what is wrong with it, and at which byte.
pub fn of(bytes: &[u8]) -> Result<Anatomy, String> {
    let mut validator = Validator::new_with_features(WasmFeatures::all());
    let mut open: Vec<Part> = Vec::new();
    let mut names = Names::default();
    let mut anatomy = None;
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.map_err(|error| error.to_string())?;
        match &payload {
            Payload::Version { encoding, range, .. } => {
                if open.len() == DEPTH {
                    return Err(format!("components are nested deeper than {DEPTH} levels"));
                }
                let kind = match encoding {
                    Encoding::Component => Kind::Component,
                    Encoding::Module => Kind::CoreModule,
                };
                // Until its end is known, the size holds where it begins.
                open.push(Part::new(kind, range.start));
            }
            Payload::End(_) => {}
            payload => {
                let depth = open.len();
                if let Some(part) = open.last_mut() {
                    describe(part, depth == 1, payload, &mut names)
                        .map_err(|error| error.to_string())?;
                }
            }
        }
        let end = match &payload {
            Payload::End(offset) => Some(*offset),
            _ => None,
        };
        let validated = validator.payload(&payload).map_err(|error| error.to_string())?;
        let (Some(end), Some(mut part)) = (end, end.and_then(|_| open.pop())) else { continue };
        part.size = end - part.size;
        match (open.last_mut(), validated) {
            (Some(parent), _) => parent.parts.push(part),
            (None, ValidPayload::End(types)) => {
                anatomy = Some(std::mem::take(&mut names).finish(part, types.as_ref()));
            }
            (None, _) => return Err("it has no end".to_owned()),
        }
    }
    anatomy.ok_or_else(|| "it has no end".to_owned())
}

impl Part {
    fn new(kind: Kind, start: u64) -> Self {
        Self {
            kind,
            name: None,
            size: start,
            functions: 0,
            memories: Vec::new(),
            custom_sections: Vec::new(),
            parts: Vec::new(),
        }
    }
}

/// Imports and exports of the outermost part, until their types are known.
#[derive(Default)]
struct Names {
    imports: Vec<(String, &'static str, Option<String>)>,
    exports: Vec<(String, &'static str, Option<String>)>,
    function_types: Vec<u32>,
    exported_functions: Vec<(usize, u32)>,
    imported_functions: Vec<(usize, u32)>,
    producers: Producers,
}

/// Takes note of what a section says.
fn describe(
    part: &mut Part,
    outermost: bool,
    payload: &Payload<'_>,
    names: &mut Names,
) -> wasmparser::Result<()> {
    match payload {
        Payload::MemorySection(section) => {
            for memory in section.clone() {
                part.memories.push(Memory::new(memory?, false));
            }
        }
        Payload::FunctionSection(section) => {
            part.functions = section.count();
            if outermost {
                for index in section.clone() {
                    names.function_types.push(index?);
                }
            }
        }
        Payload::ImportSection(section) => {
            for import in section.clone().into_imports() {
                let import = import?;
                if let TypeRef::Memory(memory) = import.ty {
                    part.memories.push(Memory::new(memory, true));
                }
                if outermost {
                    names.core_import(&import);
                }
            }
        }
        Payload::ExportSection(section) if outermost => {
            for export in section.clone() {
                let export = export?;
                let kind = core_kind(export.kind);
                if export.kind == ExternalKind::Func {
                    names.exported_functions.push((names.exports.len(), export.index));
                }
                names.exports.push((export.name.to_owned(), kind, None));
            }
        }
        Payload::ComponentImportSection(section) if outermost => {
            for import in section.clone() {
                let import = import?;
                let kind = component_kind(import.ty.kind());
                names.imports.push((import.name.name.to_owned(), kind, None));
            }
        }
        Payload::ComponentExportSection(section) if outermost => {
            for export in section.clone() {
                let export = export?;
                let kind = component_kind(export.kind);
                names.exports.push((export.name.name.to_owned(), kind, None));
            }
        }
        Payload::CustomSection(section) => {
            part.custom_sections.push(CustomSection {
                name: section.name().to_owned(),
                size: section.data().len() as u64,
            });
            part.name = part.name.take().or_else(|| debug_name(&section.as_known()));
            if outermost && let KnownCustom::Producers(fields) = section.as_known() {
                names.producers.extend(producers(fields).unwrap_or_default());
            }
        }
        _ => {}
    }
    Ok(())
}

/// The name in a `name` or `component-name` section. One that cannot be read is no name: it does not matter for
/// running.
fn debug_name(section: &KnownCustom<'_>) -> Option<String> {
    match section {
        KnownCustom::Name(names) => names.clone().into_iter().find_map(|name| match name {
            Ok(Name::Module { name, .. }) => Some(name.to_owned()),
            _ => None,
        }),
        KnownCustom::ComponentName(names) => {
            names.clone().into_iter().find_map(|name| match name {
                Ok(wasmparser::ComponentName::Component { name, .. }) => Some(name.to_owned()),
                _ => None,
            })
        }
        _ => None,
    }
}

/// One that cannot be read says nothing.
fn producers(section: ProducersSectionReader<'_>) -> wasmparser::Result<Producers> {
    let mut producers = Producers::new();
    for field in section {
        let field = field?;
        let values = producers.entry(field.name.to_owned()).or_default();
        for value in field.values {
            let value = value?;
            values.insert(value.name.to_owned(), value.version.to_owned());
        }
    }
    Ok(producers)
}

impl Names {
    fn core_import(&mut self, import: &wasmparser::Import<'_>) {
        let name = format!("{}.{}", import.module, import.name);
        let kind = match import.ty {
            TypeRef::Func(index) | TypeRef::FuncExact(index) => {
                self.imported_functions.push((self.imports.len(), index));
                "function"
            }
            TypeRef::Table(_) => "table",
            TypeRef::Memory(_) => "memory",
            TypeRef::Global(_) => "global",
            TypeRef::Tag(_) => "tag",
        };
        self.imports.push((name, kind, None));
    }

    /// Everything about the file, its types being known.
    fn finish(mut self, whole: Part, types: wasmparser::types::TypesRef<'_>) -> Anatomy {
        if whole.kind == Kind::CoreModule {
            self.core_signatures(types);
        }
        let room = Room::new();
        let mut writer = Writer::new(types, &room);
        let of_imports = |name: &str| types.component_item_for_import(name).map(|item| item.ty);
        let of_exports = |name: &str| types.component_item_for_export(name).map(|item| item.ty);
        for (names, entity) in [
            (&self.imports, &of_imports as &dyn Fn(&str) -> Option<ComponentEntityType>),
            (&self.exports, &of_exports),
        ] {
            for (name, _, _) in names {
                if whole.kind == Kind::Component
                    && let Some(entity) = entity(name)
                {
                    writer.learn(name, entity);
                }
            }
        }
        let external = |(name, kind, signature): (String, _, _),
                        entity: Option<ComponentEntityType>| {
            let mut external =
                Extern { name, kind, types: Vec::new(), functions: Vec::new(), signature };
            match entity {
                Some(ComponentEntityType::Instance(id)) => {
                    let interface = writer.interface(id);
                    (external.types, external.functions) = (interface.types, interface.functions);
                }
                Some(entity) => external.signature = Some(writer.item(&external.name, entity)),
                None => {}
            }
            external
        };
        let is_component = whole.kind == Kind::Component;
        let imports = self.imports.into_iter().map(|item| {
            let entity = if is_component { of_imports(&item.0) } else { None };
            external(item, entity)
        });
        let imports = imports.collect();
        let exports = self.exports.into_iter().map(|item| {
            let entity = if is_component { of_exports(&item.0) } else { None };
            external(item, entity)
        });
        let exports = exports.collect();
        Anatomy { whole, producers: self.producers, imports, exports }
    }

    /// Gives functions of a core module their types, in the notation of `wasm-tools print`.
    fn core_signatures(&mut self, types: wasmparser::types::TypesRef<'_>) {
        let imported: Vec<u32> = self.imported_functions.iter().map(|(_, ty)| *ty).collect();
        let text = |name: &str, ty: u32| -> Option<String> {
            if ty >= types.core_type_count_in_module() {
                return None;
            }
            let ty = &types[types.core_type_at_in_module(ty)];
            match &ty.composite_type.inner {
                wasmparser::CompositeInnerType::Func(ty) => Some(format!("{name}: {ty}")),
                _ => None,
            }
        };
        for (import, ty) in &self.imported_functions {
            let (name, _, signature) = &mut self.imports[*import];
            *signature = text(name, *ty);
        }
        for (export, function) in &self.exported_functions {
            let ty = imported.iter().chain(&self.function_types).nth(*function as usize);
            let (name, _, signature) = &mut self.exports[*export];
            *signature = ty.and_then(|ty| text(name, *ty));
        }
    }
}

impl Memory {
    fn new(ty: MemoryType, imported: bool) -> Self {
        let page = 1u128 << ty.page_size_log2.unwrap_or(16);
        Self {
            imported,
            minimum_bytes: u128::from(ty.initial) * page,
            maximum_bytes: ty.maximum.map(|pages| u128::from(pages) * page),
            memory64: ty.memory64,
            shared: ty.shared,
        }
    }
}

fn core_kind(kind: ExternalKind) -> &'static str {
    match kind {
        ExternalKind::Func | ExternalKind::FuncExact => "function",
        ExternalKind::Table => "table",
        ExternalKind::Memory => "memory",
        ExternalKind::Global => "global",
        ExternalKind::Tag => "tag",
    }
}

fn component_kind(kind: ComponentExternalKind) -> &'static str {
    match kind {
        ComponentExternalKind::Instance => "interface",
        ComponentExternalKind::Func => "function",
        ComponentExternalKind::Type => "type",
        ComponentExternalKind::Module => "core-module",
        ComponentExternalKind::Component => "component",
        ComponentExternalKind::Value => "value",
    }
}
