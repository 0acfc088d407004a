//! What a component's items are while it is evaluated: things instead of indices.

use std::collections::BTreeMap;
use std::rc::Rc;

use anyhow::{Context, Result, bail, ensure};
use wasmparser::{
    ComponentDefinedType, ComponentFuncType, ComponentType, InstanceTypeDeclaration,
    PrimitiveValType,
};

use crate::abi::{self, FuncType, ResourceId};
use crate::adapter::{CoreIndex, PartId};

pub type TypeId = usize;
pub type FuncId = usize;
pub type InstanceId = usize;
pub type ComponentId = usize;
pub type ModuleId = usize;

/// Something with a component-level index.
#[derive(Clone, Copy, Debug)]
pub enum Entity {
    Func(FuncId),
    Type(TypeId),
    Instance(InstanceId),
    Component(ComponentId),
    Module(ModuleId),
}

/// A type where a value is meant.
#[derive(Clone, Copy, Debug)]
pub enum ValueType {
    Primitive(PrimitiveValType),
    Defined(TypeId),
}

/// A type.
#[derive(Clone, Debug)]
pub enum Type<'a> {
    Primitive(PrimitiveValType),
    Record(Vec<(&'a str, ValueType)>),
    Variant(Vec<(&'a str, Option<ValueType>)>),
    List(ValueType),
    Tuple(Vec<ValueType>),
    Flags(Vec<&'a str>),
    Enum(Vec<&'a str>),
    Option(ValueType),
    Result(Option<ValueType>, Option<ValueType>),
    Own(TypeId),
    Borrow(TypeId),
    Func {
        params: Vec<(&'a str, ValueType)>,
        result: Option<ValueType>,
    },
    /// Its declarations and the types that they may refer to by an outer alias.
    Instance {
        declarations: Rc<[InstanceTypeDeclaration<'a>]>,
        outer: Rc<Vec<TypeId>>,
    },
    Resource(ResourceId),
    /// What an instance of the host exports as `name`.
    OfHost {
        instance: InstanceId,
        name: &'a str,
        same_as: TypeId,
    },
    /// Nobody needs it so far.
    Unknown(&'static str),
}

/// A resource type.
#[derive(Clone, Debug)]
pub enum Resource {
    /// Of an import.
    Host,
    /// Of an import that a part serves, of which is not known yet.
    Looped,
    /// Defined by a part.
    Local { part: PartId, destructor: Option<CoreIndex> },
}

/// The canonical options, with indices of the result.
#[derive(Clone, Debug, Default)]
pub struct CanonicalOptions {
    pub memory: Option<CoreIndex>,
    pub realloc: Option<CoreIndex>,
    pub post_return: Option<CoreIndex>,
}

/// A component-level function.
#[derive(Clone, Debug)]
pub enum Func<'a> {
    /// What an instance of the host exports.
    OfHost {
        instance: InstanceId,
        name: &'a str,
        ty: TypeId,
    },
    /// An import by itself; its index in the result.
    Import {
        index: u32,
        ty: TypeId,
    },
    Lifted {
        core: CoreIndex,
        options: CanonicalOptions,
        ty: TypeId,
        part: PartId,
    },
    /// What the outermost component imports and a part of it will export.
    Looped {
        import: &'a str,
        name: &'a str,
        ty: TypeId,
    },
}

/// A component-level instance: names of things.
#[derive(Clone, Debug)]
pub struct Instance<'a> {
    pub exports: BTreeMap<&'a str, Entity>,
    pub origin: Origin<'a>,
}

/// Where an instance is from.
#[derive(Clone, Debug)]
pub enum Origin<'a> {
    /// Imported; its index in the result.
    Host(u32),
    /// Of a component without core instances, with these arguments.
    Instantiated(ComponentId, Vec<(&'a str, Entity)>),
    /// Of things that exist.
    Bag,
}

/// Everything that has been found, by number. Numbers are the same in each run over the same component.
#[derive(Default)]
pub struct Model<'a> {
    pub types: Vec<Type<'a>>,
    pub resources: Vec<Resource>,
    pub funcs: Vec<Func<'a>>,
    pub instances: Vec<Instance<'a>>,
    pub components: Vec<&'a [u8]>,
    pub modules: Vec<&'a [u8]>,
    /// Resources of imports that a part serves, and which of a part's each is.
    pub same_as: BTreeMap<ResourceId, ResourceId>,
    /// `zlib:compression/streams#deflater.step`: under which a part exports a function.
    pub func_names: BTreeMap<FuncId, String>,
}

impl<'a> Model<'a> {
    pub fn add_type(&mut self, ty: Type<'a>) -> TypeId {
        self.types.push(ty);
        self.types.len() - 1
    }

    pub fn add_func(&mut self, func: Func<'a>) -> FuncId {
        self.funcs.push(func);
        self.funcs.len() - 1
    }

    pub fn add_instance(&mut self, instance: Instance<'a>) -> InstanceId {
        self.instances.push(instance);
        self.instances.len() - 1
    }

    pub fn add_resource(&mut self, resource: Resource) -> Result<TypeId> {
        self.resources.push(resource);
        let count = self.resources.len();
        ensure!(count <= crate::adapter::MAX_RESOURCES, "more than {count} resource types");
        Ok(self.add_type(Type::Resource(count - 1)))
    }

    /// Behind the names that an instance of the host gave it.
    fn peel(&self, mut ty: TypeId) -> TypeId {
        while let Type::OfHost { same_as, .. } = &self.types[ty] {
            ty = *same_as;
        }
        ty
    }

    /// The resource that this type is.
    pub fn resource(&self, ty: TypeId) -> Result<ResourceId> {
        match &self.types[self.peel(ty)] {
            Type::Resource(id) => Ok(*self.same_as.get(id).unwrap_or(id)),
            _ => bail!("a handle of what is no resource"),
        }
    }

    /// The function's type as the canonical ABI sees it.
    pub fn func_type(&self, ty: TypeId) -> Result<FuncType> {
        let Type::Func { params, result } = &self.types[ty] else { bail!("no function type") };
        let params = params.iter().map(|(_, ty)| self.value_type(*ty)).collect::<Result<_>>()?;
        let result = result.map(|ty| self.value_type(ty)).transpose()?;
        Ok(FuncType { params, result })
    }

    fn value_type(&self, ty: ValueType) -> Result<abi::Type> {
        let id = match ty {
            ValueType::Primitive(primitive) => return primitive_type(primitive),
            ValueType::Defined(id) => self.peel(id),
        };
        let maybe = |ty: Option<ValueType>| ty.map(|ty| self.value_type(ty)).transpose();
        Ok(match &self.types[id] {
            Type::Primitive(primitive) => primitive_type(*primitive)?,
            Type::Record(fields) => {
                let fields = fields.iter().map(|(_, ty)| self.value_type(*ty));
                abi::Type::Record(fields.collect::<Result<_>>()?)
            }
            Type::Tuple(fields) => {
                let fields = fields.iter().map(|ty| self.value_type(*ty));
                abi::Type::Record(fields.collect::<Result<_>>()?)
            }
            Type::Variant(cases) => {
                let cases = cases.iter().map(|(_, ty)| maybe(*ty));
                abi::Type::Variant(cases.collect::<Result<_>>()?)
            }
            Type::List(element) => abi::Type::List(Box::new(self.value_type(*element)?)),
            Type::Flags(names) => abi::Type::Flags(names.len() as u32),
            Type::Enum(names) => abi::Type::Variant(vec![None; names.len()]),
            Type::Option(ty) => abi::Type::Variant(vec![None, Some(self.value_type(*ty)?)]),
            Type::Result(ok, err) => abi::Type::Variant(vec![maybe(*ok)?, maybe(*err)?]),
            Type::Own(ty) => abi::Type::Own(self.resource(*ty)?),
            Type::Borrow(ty) => abi::Type::Borrow(self.resource(*ty)?),
            Type::Unknown(what) => bail!("it passes {what}"),
            Type::Func { .. } | Type::Instance { .. } | Type::Resource(_) | Type::OfHost { .. } => {
                bail!("a value of what is no type of values")
            }
        })
    }

    /// How messages call a resource.
    pub fn resource_name(&self, id: ResourceId) -> String {
        let named = self.instances.iter().flat_map(|instance| &instance.exports);
        let named = named.filter_map(|(name, entity)| match entity {
            Entity::Type(ty) => Some((name, *ty)),
            _ => None,
        });
        let mut named = named.filter(|(_, ty)| self.resource(*ty).ok() == Some(id));
        named.next().map_or_else(|| "?".to_owned(), |(name, _)| (*name).to_owned())
    }
}

fn primitive_type(primitive: PrimitiveValType) -> Result<abi::Type> {
    Ok(match primitive {
        PrimitiveValType::Bool => abi::Type::Bool,
        PrimitiveValType::S8 => abi::Type::S8,
        PrimitiveValType::U8 => abi::Type::U8,
        PrimitiveValType::S16 => abi::Type::S16,
        PrimitiveValType::U16 => abi::Type::U16,
        PrimitiveValType::S32 => abi::Type::S32,
        PrimitiveValType::U32 => abi::Type::U32,
        PrimitiveValType::S64 => abi::Type::S64,
        PrimitiveValType::U64 => abi::Type::U64,
        PrimitiveValType::F32 => abi::Type::F32,
        PrimitiveValType::F64 => abi::Type::F64,
        PrimitiveValType::Char => abi::Type::Char,
        PrimitiveValType::String => abi::Type::String,
        PrimitiveValType::ErrorContext => bail!("it passes an error-context"),
    })
}

/// A type as it is written, in a scope with these types.
pub fn read_type<'a>(ty: ComponentType<'a>, scope: &Rc<Vec<TypeId>>) -> Result<Type<'a>> {
    Ok(match ty {
        ComponentType::Defined(defined) => read_defined(defined, scope),
        ComponentType::Func(func) => read_func(func, scope),
        ComponentType::Instance(declarations) => {
            Type::Instance { declarations: declarations.into(), outer: scope.clone() }
        }
        ComponentType::Component(_) => Type::Unknown("a component type"),
        ComponentType::Resource { .. } => bail!("a resource where none can be defined"),
    })
}

fn read_func<'a>(func: ComponentFuncType<'a>, scope: &[TypeId]) -> Type<'a> {
    if func.async_ {
        return Type::Unknown("an async function");
    }
    Type::Func {
        params: func.params.iter().map(|&(name, ty)| (name, read_value(ty, scope))).collect(),
        result: func.result.map(|ty| read_value(ty, scope)),
    }
}

fn read_defined<'a>(ty: ComponentDefinedType<'a>, scope: &[TypeId]) -> Type<'a> {
    let value = |ty| read_value(ty, scope);
    match ty {
        ComponentDefinedType::Primitive(primitive) => Type::Primitive(primitive),
        ComponentDefinedType::Record(fields) => {
            Type::Record(fields.iter().map(|&(name, ty)| (name, value(ty))).collect())
        }
        ComponentDefinedType::Variant(cases) => {
            Type::Variant(cases.iter().map(|case| (case.name, case.ty.map(value))).collect())
        }
        ComponentDefinedType::List(element) => Type::List(value(element)),
        ComponentDefinedType::Tuple(types) => {
            Type::Tuple(types.iter().map(|&ty| value(ty)).collect())
        }
        ComponentDefinedType::Flags(names) => Type::Flags(names.to_vec()),
        ComponentDefinedType::Enum(names) => Type::Enum(names.to_vec()),
        ComponentDefinedType::Option(ty) => Type::Option(value(ty)),
        ComponentDefinedType::Result { ok, err } => Type::Result(ok.map(value), err.map(value)),
        ComponentDefinedType::Own(id) => Type::Own(scope[id as usize]),
        ComponentDefinedType::Borrow(id) => Type::Borrow(scope[id as usize]),
        ComponentDefinedType::Map(..) => Type::Unknown("a map"),
        ComponentDefinedType::FixedLengthList(..) => Type::Unknown("a list of fixed length"),
        ComponentDefinedType::Future(_) => Type::Unknown("a future"),
        ComponentDefinedType::Stream(_) => Type::Unknown("a stream"),
    }
}

fn read_value(ty: wasmparser::ComponentValType, scope: &[TypeId]) -> ValueType {
    match ty {
        wasmparser::ComponentValType::Primitive(primitive) => ValueType::Primitive(primitive),
        wasmparser::ComponentValType::Type(id) => ValueType::Defined(scope[id as usize]),
    }
}

/// The item of an index space.
pub fn item<T: Copy>(space: &[T], index: u32) -> Result<T> {
    space.get(index as usize).copied().context("an index out of bounds")
}
