//! What the header that wit-bindgen-c writes for a world declares: types, functions, resources and helpers, in the
//! header's order. Everything else in this crate asks a [`Header`] and never the `Resolve` for a C name.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use wit_parser::{
    Handle, InterfaceId, LiveTypes, Resolve, Span, Type, TypeDefKind, TypeId, WorldId, WorldItem,
    WorldKey,
};

use crate::Side;
use crate::codec::Role;
use crate::function::Function;
use crate::names;
use crate::refusal::Refusal;
use crate::support;
use crate::ways::Way;

/// Which half of a contract a header is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// The consumer's: its functions are called by an extension.
    Import,
    /// The provider's: its functions are defined by a cap.
    Export,
}

impl Direction {
    /// What the header is for first; the other thing is for interfaces that go the other way.
    pub fn role(self) -> Role {
        match self {
            Direction::Import => Role::Call,
            Direction::Export => Role::Handler,
        }
    }
}

/// A generated header.
pub struct Header {
    pub resolve: Resolve,
    /// The world's name in C, which is also the header's: `zlib_import`.
    pub world: String,
    pub direction: Direction,
    /// In the world's order. Those that only lend types to others have no functions and no resources.
    pub interfaces: Vec<Interface>,
    /// Every type of which the header has a definition, in its order.
    pub types: Vec<TypeId>,
    /// Whether the header has `<world>_string_t` and its helpers.
    pub has_strings: bool,
    pub(crate) c_names: BTreeMap<TypeId, String>,
    short_names: BTreeMap<TypeId, String>,
    declared_frees: BTreeSet<TypeId>,
    /// The interface that a type is named after; none for those that are named after the world.
    pub(crate) homes: BTreeMap<TypeId, InterfaceId>,
    /// Names that this header declares as another one does, each with the one that it is to have.
    pub(crate) renames: BTreeMap<String, String>,
    pub(crate) renamed_interfaces: BTreeSet<InterfaceId>,
    defined: BTreeSet<String>,
}

/// An interface of the world.
pub struct Interface {
    pub id: InterfaceId,
    /// `zlib:compression/streams@0.2.0`
    pub wit: String,
    /// `streams`
    pub name: String,
    /// What its items begin with in C.
    pub prefix: String,
    pub way: Way,
    pub functions: Vec<Function>,
    pub resources: Vec<Resource>,
}

/// A resource that the interface defines.
pub struct Resource {
    pub id: TypeId,
    /// `deflater`
    pub name: String,
    /// `<interface prefix>_deflater`: its helpers begin with this.
    pub c_name: String,
    /// The C type of an own handle.
    pub own: String,
    /// The C type of a borrow: a handle on the import side, a pointer to the cap's struct on the export side.
    pub borrow: String,
}

impl Header {
    /// The header of a world that an extension imports. What it exports are callbacks.
    ///
    /// Fails where the world has what no shim can carry.
    pub fn import(side: &Side) -> Result<Self> {
        Self::new(side, Direction::Import)
    }

    /// The header of a world that a cap exports. What it imports, for more than types, are callbacks.
    ///
    /// Fails where the world has what no shim can carry.
    pub fn export(side: &Side) -> Result<Self> {
        Self::new(side, Direction::Export)
    }

    fn new(side: &Side, direction: Direction) -> Result<Self> {
        let world = &side.resolve.worlds[side.world].name;
        Self::read(side, direction).with_context(|| format!("world `{world}`"))
    }

    fn read(side: &Side, direction: Direction) -> Result<Self> {
        let mut resolve = side.resolve.clone();
        // As wit-bindgen does, so that a type is told apart by the side that it is on.
        resolve.generate_nominal_type_ids(side.world);
        let mut header = Self {
            world: names::snake(&resolve.worlds[side.world].name),
            direction,
            interfaces: Vec::new(),
            types: Vec::new(),
            has_strings: false,
            c_names: BTreeMap::new(),
            short_names: BTreeMap::new(),
            declared_frees: BTreeSet::new(),
            homes: BTreeMap::new(),
            renames: BTreeMap::new(),
            renamed_interfaces: BTreeSet::new(),
            defined: BTreeSet::new(),
            resolve,
        };
        header.add_items(side.world, Direction::Import)?;
        header.add_items(side.world, Direction::Export)?;
        header.check_ways()?;
        Ok(header)
    }

    fn add_items(&mut self, world: WorldId, direction: Direction) -> Result<()> {
        let world = &self.resolve.worlds[world];
        let items = if direction == Direction::Import { &world.imports } else { &world.exports };
        let exports: Vec<_> =
            world.exports.keys().map(|key| self.resolve.name_world_key(key)).collect();
        for (key, item) in items.clone() {
            let name = self.resolve.name_world_key(&key);
            let span = item.span();
            let way = match direction {
                Direction::Export => Way::In,
                Direction::Import if exports.contains(&name) => Way::Loop,
                Direction::Import => Way::Out,
            };
            match (key, item) {
                (WorldKey::Interface(_), WorldItem::Interface { id, .. }) => {
                    self.add_interface(id, name, way)?
                }
                (WorldKey::Name(_), WorldItem::Interface { .. }) => {
                    return Err(self.refusal(span, format!(
                        "`{name}` is an interface without a name of its own; define it in a package"
                    )));
                }
                (_, WorldItem::Function(_)) => {
                    return Err(self.refusal(
                        span,
                        format!("function `{name}` is the world's own; put it in an interface"),
                    ));
                }
                (_, WorldItem::Type { .. }) => {
                    return Err(self.refusal(
                        span,
                        format!("type `{name}` is the world's own; put it in an interface"),
                    ));
                }
            }
        }
        Ok(())
    }

    pub(crate) fn refusal(&self, span: Span, text: String) -> anyhow::Error {
        Refusal::at(&self.resolve, span, text)
    }

    fn add_interface(&mut self, id: InterfaceId, wit: String, way: Way) -> Result<()> {
        support::check_interface(&self.resolve, id, &wit)?;
        let prefix = names::interface(&self.resolve, id, way == Way::In);
        let name = self.resolve.interfaces[id]
            .name
            .clone()
            .context("invariant: a keyed interface has a name")?;
        let mut live = LiveTypes::default();
        live.add_interface(&self.resolve, id);
        for ty in live.iter() {
            self.add_type(ty, id, &prefix, &name);
        }
        let interface = &self.resolve.interfaces[id];
        let resources: Vec<_> = interface
            .types
            .iter()
            .filter(|(_, ty)| matches!(self.resolve.types[**ty].kind, TypeDefKind::Resource))
            .map(|(name, ty)| {
                let snake = names::snake(name);
                Resource {
                    id: *ty,
                    name: name.clone(),
                    c_name: format!("{prefix}_{snake}"),
                    own: format!("{prefix}_own_{snake}_t"),
                    borrow: format!("{prefix}_borrow_{snake}_t"),
                }
            })
            .collect();
        let functions: Vec<_> = interface
            .functions
            .values()
            .map(|function| Function::new(self, function, &name, &prefix))
            .collect();
        self.has_strings |= functions.iter().any(|function| {
            let parameters = function.parameters.iter().map(|parameter| &parameter.ty);
            parameters.chain(&function.result).any(|ty| *ty == Type::String)
        });
        self.interfaces.push(Interface { id, wit, name, prefix, way, functions, resources });
        Ok(())
    }

    /// The handles in values of a type.
    pub fn handles(&self, ty: &Type) -> Vec<Handle> {
        let Type::Id(id) = ty else { return Vec::new() };
        match &self.resolve.types[*id].kind {
            TypeDefKind::Handle(handle) => vec![*handle],
            _ => self.members(*id).iter().flat_map(|member| self.handles(member)).collect(),
        }
    }

    /// Names a type, as wit-bindgen-c's `define_live_types` does.
    fn add_type(&mut self, id: TypeId, home: InterfaceId, prefix: &str, interface: &str) {
        if self.c_names.contains_key(&id) {
            return;
        }
        let definition = &self.resolve.types[id];
        let shared = definition.name.is_none() && self.is_primitive(&Type::Id(id));
        let namespace = if shared { &self.world } else { prefix };
        let type_name = names::type_name(&self.resolve, &Type::Id(id));
        let c_name = format!("{namespace}_{type_name}_t");
        let short =
            if shared { type_name } else { format!("{}_{type_name}", names::snake(interface)) };
        let taken = self
            .short_names
            .iter()
            .any(|(other, name)| *name == short && self.c_names[other] != c_name);
        let unique = c_name.strip_suffix("_t").unwrap_or(&c_name);
        if !shared {
            self.homes.insert(id, home);
        }
        self.short_names.insert(id, if taken { unique.to_owned() } else { short });
        self.c_names.insert(id, c_name.clone());
        if shared && self.defined.contains(&c_name) {
            // Two packages with the same shape. The second definition has no `*_free` in wit-bindgen-c's books.
            return;
        }
        match definition.kind {
            TypeDefKind::Handle(_) => return,
            _ => self.defined.insert(c_name),
        };
        self.has_strings |= self.members(id).contains(&Type::String);
        self.types.push(id);
        let frees = match &self.resolve.types[id].kind {
            TypeDefKind::List(_)
            | TypeDefKind::Variant(_)
            | TypeDefKind::Option(_)
            | TypeDefKind::Result(_) => true,
            TypeDefKind::Record(_) | TypeDefKind::Tuple(_) | TypeDefKind::Type(_) => {
                self.members(id).iter().any(|member| match member {
                    Type::Id(member) => self.declared_frees.contains(member),
                    member => *member == Type::String,
                })
            }
            _ => false,
        };
        if frees {
            self.declared_frees.insert(id);
        }
    }

    /// Whether a type is made of primitives only, so that it is named after the world and shared by its interfaces.
    fn is_primitive(&self, ty: &Type) -> bool {
        let Type::Id(id) = ty else { return true };
        let definition = &self.resolve.types[*id];
        definition.name.is_none()
            && match &definition.kind {
                TypeDefKind::List(_)
                | TypeDefKind::Option(_)
                | TypeDefKind::Tuple(_)
                | TypeDefKind::Type(_) => {
                    self.members(*id).iter().all(|member| self.is_primitive(member))
                }
                _ => false,
            }
    }

    /// The types that a type directly holds.
    pub fn members(&self, id: TypeId) -> Vec<Type> {
        match &self.resolve.types[id].kind {
            TypeDefKind::Record(record) => record.fields.iter().map(|field| field.ty).collect(),
            TypeDefKind::Tuple(tuple) => tuple.types.clone(),
            TypeDefKind::Variant(variant) => {
                variant.cases.iter().filter_map(|case| case.ty).collect()
            }
            TypeDefKind::Option(ty) | TypeDefKind::List(ty) | TypeDefKind::Type(ty) => vec![*ty],
            TypeDefKind::Result(result) => result.ok.into_iter().chain(result.err).collect(),
            _ => Vec::new(),
        }
    }

    /// The type behind aliases: never an anonymous or named `type a = b`.
    pub fn resolved(&self, ty: &Type) -> Type {
        match ty {
            Type::Id(id) => match &self.resolve.types[*id].kind {
                TypeDefKind::Type(target) => self.resolved(target),
                _ => *ty,
            },
            ty => *ty,
        }
    }

    /// The definition behind aliases; `None` for a primitive.
    pub fn kind(&self, ty: &Type) -> Option<&TypeDefKind> {
        match self.resolved(ty) {
            Type::Id(id) => Some(&self.resolve.types[id].kind),
            _ => None,
        }
    }

    /// What a type is called in C.
    pub fn c_type(&self, ty: &Type) -> String {
        let name = match ty {
            Type::Bool => "bool",
            Type::U8 => "uint8_t",
            Type::S8 => "int8_t",
            Type::U16 => "uint16_t",
            Type::S16 => "int16_t",
            Type::U32 | Type::Char => "uint32_t",
            Type::S32 => "int32_t",
            Type::U64 => "uint64_t",
            Type::S64 => "int64_t",
            Type::F32 => "float",
            Type::F64 => "double",
            Type::String => return format!("{}_string_t", self.world),
            Type::ErrorContext => unreachable!("invariant: refused by `support`"),
            Type::Id(id) => return self.renamed(&self.c_names[id]),
        };
        name.to_owned()
    }

    /// What the type is called in the names of generated functions: `streams_progress`, `list_u64`. Unique.
    pub fn short_name(&self, id: TypeId) -> &str {
        &self.short_names[&id]
    }

    /// The variable that describes a resource to endpoint.h: `resource_streams_deflater`.
    pub fn resource_variable(&self, resource: &Resource) -> String {
        format!("resource_{}", self.short_name(resource.id))
    }

    /// What a variable of the type is initialised with so that it can be freed.
    pub fn zero(&self, ty: &Type) -> &'static str {
        match (self.resolved(ty), self.kind(ty)) {
            (Type::Bool, _) => "false",
            (_, Some(TypeDefKind::Enum(_) | TypeDefKind::Flags(_))) => "0",
            (_, Some(TypeDefKind::Handle(handle @ Handle::Borrow(_))))
                if self.resource(handle).0.way == Way::In =>
            {
                "NULL"
            }
            (Type::String, _) | (_, Some(_)) => "{0}",
            _ => "0",
        }
    }

    /// Whether values of the type may hold memory to free.
    pub fn owns_memory(&self, ty: &Type) -> bool {
        match ty {
            Type::String => true,
            Type::Id(id) => {
                matches!(self.resolve.types[*id].kind, TypeDefKind::List(_))
                    || self.members(*id).iter().any(|member| self.owns_memory(member))
            }
            _ => false,
        }
    }

    /// Whether values of the type may hold handles, own or borrowed.
    pub fn holds_handles(&self, ty: &Type) -> bool {
        match ty {
            Type::Id(id) => {
                matches!(self.resolve.types[*id].kind, TypeDefKind::Handle(_))
                    || self.members(*id).iter().any(|member| self.holds_handles(member))
            }
            _ => false,
        }
    }

    /// The `*_free` function for values of the type, whether or not the header declares it.
    pub fn free_function(&self, ty: &Type) -> String {
        let c_type = match ty {
            Type::Id(id) => self.c_names[id].clone(),
            _ => self.c_type(ty),
        };
        self.renamed(&format!("{}_free", c_type.strip_suffix("_t").unwrap_or(&c_type)))
    }

    /// What this file calls a name of the header.
    fn renamed(&self, name: &str) -> String {
        self.renames.get(name).map_or(name, String::as_str).to_owned()
    }

    /// Whether the header declares the type's `*_free`.
    pub fn declares_free(&self, id: TypeId) -> bool {
        self.declared_frees.contains(&id)
            || self.types.iter().any(|other| {
                self.declared_frees.contains(other)
                    && self.c_names.get(other) == self.c_names.get(&id)
            })
    }

    /// The resource behind a handle: its interface and itself.
    pub fn resource(&self, handle: &Handle) -> (&Interface, &Resource) {
        let (Handle::Own(id) | Handle::Borrow(id)) = handle;
        let Type::Id(id) = self.resolved(&Type::Id(*id)) else {
            unreachable!("invariant: a handle is one of a resource")
        };
        self.interfaces
            .iter()
            .find_map(|interface| {
                Some((interface, interface.resources.iter().find(|resource| resource.id == id)?))
            })
            .expect("invariant: a resource's interface is part of the world")
    }
}
