//! What the result needs is emitted when it is first needed: types, functions, instances for the outside.

use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use wasm_encoder::reencode::{Reencode, ReencodeComponent};
use wasm_encoder::{
    CanonicalOption, ComponentExportKind, ComponentValType, PrimitiveValType, ValType,
};
use wasmparser::{ComponentAlias, InstanceTypeDeclaration};

use crate::Fuser;
use crate::model::{
    CanonicalOptions, ComponentId, Entity, Func, FuncId, InstanceId, ModuleId, Origin, Resource,
    Type, TypeId, ValueType, item,
};

/// Indices in the result.
#[derive(Default)]
pub struct Emitted {
    types: BTreeMap<TypeId, u32>,
    funcs: BTreeMap<FuncId, u32>,
    instances: BTreeMap<InstanceId, u32>,
    components: BTreeMap<ComponentId, u32>,
    /// By the address of its bytes: several instances share it.
    modules: BTreeMap<*const u8, u32>,
}

impl CanonicalOptions {
    pub fn encode(&self) -> Vec<CanonicalOption> {
        let mut encoded = Vec::new();
        if self.memory.is_some() {
            encoded.push(CanonicalOption::UTF8);
        }
        encoded.extend(self.memory.map(CanonicalOption::Memory));
        encoded.extend(self.realloc.map(CanonicalOption::Realloc));
        encoded.extend(self.post_return.map(CanonicalOption::PostReturn));
        encoded
    }
}

impl Fuser<'_> {
    pub(crate) fn emit(&mut self, entity: Entity) -> Result<(ComponentExportKind, u32)> {
        Ok(match entity {
            Entity::Func(id) => (ComponentExportKind::Func, self.emit_func(id)?),
            Entity::Type(id) => (ComponentExportKind::Type, self.emit_type(id)?),
            Entity::Instance(id) => (ComponentExportKind::Instance, self.emit_instance(id)?),
            Entity::Component(id) => (ComponentExportKind::Component, self.emit_component(id)),
            Entity::Module(id) => (ComponentExportKind::Module, self.emit_module(id)),
        })
    }

    pub(crate) fn emit_module(&mut self, id: ModuleId) -> u32 {
        let module = self.model.modules[id];
        let out = &mut self.out;
        let emit = || out.core_module_raw(None, module);
        *self.emitted.modules.entry(module.as_ptr()).or_insert_with(emit)
    }

    fn emit_component(&mut self, id: ComponentId) -> u32 {
        let component = self.model.components[id];
        let out = &mut self.out;
        let emit = || out.component_raw(None, component);
        *self.emitted.components.entry(id).or_insert_with(emit)
    }

    /// For an export of the whole. A component around names and types, as encoders make for exports, is kept: exported
    /// functions must have the exported types.
    fn emit_instance(&mut self, id: InstanceId) -> Result<u32> {
        if let Some(&index) = self.emitted.instances.get(&id) {
            return Ok(index);
        }
        let instance = self.model.instances[id].clone();
        let index = match instance.origin {
            Origin::Host(index) => index,
            Origin::Instantiated(component, arguments) => {
                let mut named = Vec::new();
                for (name, entity) in arguments {
                    let (kind, index) = self.emit(entity)?;
                    named.push((name, kind, index));
                }
                let component = self.emit_component(component);
                self.out.instantiate(None, component, named)
            }
            Origin::Bag => {
                let mut items = Vec::new();
                for (name, entity) in instance.exports {
                    let (kind, index) = self.emit(entity)?;
                    items.push((name, kind, index));
                }
                self.out.instantiate_exports(None, items)
            }
        };
        self.emitted.instances.insert(id, index);
        Ok(index)
    }

    pub(crate) fn emit_func(&mut self, id: FuncId) -> Result<u32> {
        if let Some(&index) = self.emitted.funcs.get(&id) {
            return Ok(index);
        }
        let index = match self.model.funcs[id].clone() {
            Func::OfHost { instance, name, .. } => {
                let instance = self.emit_instance(instance)?;
                self.out.alias_export(instance, name, ComponentExportKind::Func)
            }
            Func::Import { index, .. } => index,
            Func::Looped { .. } => {
                let name = self.model.func_names.get(&id).map_or("", String::as_str);
                bail!("`{name}` is called back and exported, too")
            }
            Func::Lifted { core, options, ty, part } => {
                let options = self.entered(part, id, ty, &options)?;
                let ty = self.emit_type(ty)?;
                self.out.lift_func(None, core, ty, options.encode())
            }
        };
        self.emitted.funcs.insert(id, index);
        Ok(index)
    }

    pub(crate) fn emit_type(&mut self, id: TypeId) -> Result<u32> {
        if let Some(&index) = self.emitted.types.get(&id) {
            return Ok(index);
        }
        let index = match self.model.types[id].clone() {
            Type::Func { params, result } => {
                let params = self.emit_named(params)?;
                let result = self.emit_optional(result)?;
                let (index, mut encoder) = self.out.type_function(None);
                encoder.params(params).result(result);
                index
            }
            Type::Instance { declarations, outer } => {
                self.emit_instance_type(&declarations, &outer)?
            }
            Type::Resource(resource) => match self.model.resources[resource] {
                Resource::Local { destructor, .. } => {
                    if !self.known.canonical.contains(&resource) {
                        self.found.canonical.insert(resource);
                    }
                    self.out.type_resource(None, ValType::I32, destructor)
                }
                Resource::Host => bail!("invariant: the host's types have the host's names"),
                Resource::Looped => {
                    let name = self.model.resource_name(resource);
                    bail!("the resource `{name}` passes between parts and the host")
                }
            },
            Type::OfHost { instance, name, .. } => {
                let instance = self.emit_instance(instance)?;
                self.out.alias_export(instance, name, ComponentExportKind::Type)
            }
            Type::Unknown(what) => bail!("it has {what}"),
            defined => self.emit_defined(defined)?,
        };
        self.emitted.types.insert(id, index);
        Ok(index)
    }

    /// What it refers to has to be there first.
    fn emit_defined(&mut self, ty: Type) -> Result<u32> {
        Ok(match ty {
            Type::Primitive(primitive) => {
                let (index, encoder) = self.out.type_defined(None);
                encoder.primitive(primitive_type(primitive));
                index
            }
            Type::Record(fields) => {
                let fields = self.emit_named(fields)?;
                let (index, encoder) = self.out.type_defined(None);
                encoder.record(fields);
                index
            }
            Type::Variant(cases) => {
                let cases = cases.into_iter();
                let cases = cases.map(|(name, ty)| Ok((name, self.emit_optional(ty)?)));
                let cases = cases.collect::<Result<Vec<_>>>()?;
                let (index, encoder) = self.out.type_defined(None);
                encoder.variant(cases);
                index
            }
            Type::List(element) => {
                let element = self.emit_value(element)?;
                let (index, encoder) = self.out.type_defined(None);
                encoder.list(element);
                index
            }
            Type::Tuple(types) => {
                let types = types.into_iter().map(|ty| self.emit_value(ty));
                let types = types.collect::<Result<Vec<_>>>()?;
                let (index, encoder) = self.out.type_defined(None);
                encoder.tuple(types);
                index
            }
            Type::Flags(names) => {
                let (index, encoder) = self.out.type_defined(None);
                encoder.flags(names);
                index
            }
            Type::Enum(names) => {
                let (index, encoder) = self.out.type_defined(None);
                encoder.enum_type(names);
                index
            }
            Type::Option(ty) => {
                let ty = self.emit_value(ty)?;
                let (index, encoder) = self.out.type_defined(None);
                encoder.option(ty);
                index
            }
            Type::Result(ok, err) => {
                let (ok, err) = (self.emit_optional(ok)?, self.emit_optional(err)?);
                let (index, encoder) = self.out.type_defined(None);
                encoder.result(ok, err);
                index
            }
            Type::Own(resource) => {
                let resource = self.emit_type(resource)?;
                let (index, encoder) = self.out.type_defined(None);
                encoder.own(resource);
                index
            }
            Type::Borrow(resource) => {
                let resource = self.emit_type(resource)?;
                let (index, encoder) = self.out.type_defined(None);
                encoder.borrow(resource);
                index
            }
            _ => bail!("invariant: no type of values"),
        })
    }

    fn emit_value(&mut self, ty: ValueType) -> Result<ComponentValType> {
        Ok(match ty {
            ValueType::Primitive(primitive) => {
                ComponentValType::Primitive(primitive_type(primitive))
            }
            ValueType::Defined(id) => ComponentValType::Type(self.emit_type(id)?),
        })
    }

    fn emit_optional(&mut self, ty: Option<ValueType>) -> Result<Option<ComponentValType>> {
        ty.map(|ty| self.emit_value(ty)).transpose()
    }

    fn emit_named<'n>(
        &mut self,
        list: Vec<(&'n str, ValueType)>,
    ) -> Result<Vec<(&'n str, ComponentValType)>> {
        list.into_iter().map(|(name, ty)| Ok((name, self.emit_value(ty)?))).collect()
    }

    fn emit_instance_type(
        &mut self,
        declarations: &[InstanceTypeDeclaration],
        outer: &[TypeId],
    ) -> Result<u32> {
        let mut indices = BTreeMap::new();
        for declaration in declarations {
            if let InstanceTypeDeclaration::Alias(ComponentAlias::Outer { index, .. }) = declaration
            {
                indices.insert(*index, self.emit_type(item(outer, *index)?)?);
            }
        }
        let ty = Renumber { depth: 0, outer: indices }
            .component_instance_type(declarations.into())
            .ok()
            .context("an import has a type that cannot be encoded")?;
        Ok(self.out.type_instance(None, &ty))
    }
}

/// Of a type of instances, only what refers to the component around it has other indices in the result.
struct Renumber {
    depth: u32,
    outer: BTreeMap<u32, u32>,
}

impl Reencode for Renumber {
    type Error = std::convert::Infallible;
}

impl ReencodeComponent for Renumber {
    fn push_depth(&mut self) {
        self.depth += 1;
    }

    fn pop_depth(&mut self) {
        self.depth -= 1;
    }

    fn outer_component_type_index(&mut self, count: u32, index: u32) -> u32 {
        // Outward is what reaches beyond the type itself, whether it has counted itself or not.
        match self.outer.get(&index) {
            Some(&outer) if count >= self.depth.max(1) => outer,
            _ => index,
        }
    }
}

fn primitive_type(primitive: wasmparser::PrimitiveValType) -> PrimitiveValType {
    use wasmparser::PrimitiveValType as P;
    match primitive {
        P::Bool => PrimitiveValType::Bool,
        P::S8 => PrimitiveValType::S8,
        P::U8 => PrimitiveValType::U8,
        P::S16 => PrimitiveValType::S16,
        P::U16 => PrimitiveValType::U16,
        P::S32 => PrimitiveValType::S32,
        P::U32 => PrimitiveValType::U32,
        P::S64 => PrimitiveValType::S64,
        P::U64 => PrimitiveValType::U64,
        P::F32 => PrimitiveValType::F32,
        P::F64 => PrimitiveValType::F64,
        P::Char => PrimitiveValType::Char,
        P::String => PrimitiveValType::String,
        P::ErrorContext => PrimitiveValType::ErrorContext,
    }
}
