//! The index spaces of a component that is being evaluated.

use std::rc::Rc;

use anyhow::{Result, bail};
use wasmparser::{ComponentExternalKind, ExternalKind};

use crate::adapter::{CoreIndex, PartId};
use crate::jobs::CoreFunc;
use crate::model::{ComponentId, Entity, FuncId, InstanceId, ModuleId, TypeId, item};

#[derive(Default)]
pub struct Scope<'a> {
    pub part: PartId,
    /// Shared with the types of instances, which may refer to those before them.
    pub types: Rc<Vec<TypeId>>,
    pub funcs: Vec<FuncId>,
    pub instances: Vec<InstanceId>,
    pub components: Vec<ComponentId>,
    pub modules: Vec<ModuleId>,
    pub core_funcs: Vec<CoreFunc>,
    pub core_instances: Vec<CoreIndex>,
    memories: Vec<CoreIndex>,
    tables: Vec<CoreIndex>,
    globals: Vec<CoreIndex>,
    tags: Vec<CoreIndex>,
    pub exports: Vec<(&'a str, Entity)>,
}

impl Scope<'_> {
    /// Of a part in which nothing has been defined.
    pub fn new(part: PartId) -> Self {
        Scope { part, ..Self::default() }
    }

    pub fn push(&mut self, entity: Entity) {
        match entity {
            Entity::Func(id) => self.funcs.push(id),
            Entity::Type(id) => Rc::make_mut(&mut self.types).push(id),
            Entity::Instance(id) => self.instances.push(id),
            Entity::Component(id) => self.components.push(id),
            Entity::Module(id) => self.modules.push(id),
        }
    }

    pub fn get(&self, kind: ComponentExternalKind, index: u32) -> Result<Entity> {
        Ok(match kind {
            ComponentExternalKind::Func => Entity::Func(item(&self.funcs, index)?),
            ComponentExternalKind::Type => Entity::Type(item(&self.types, index)?),
            ComponentExternalKind::Instance => Entity::Instance(item(&self.instances, index)?),
            ComponentExternalKind::Component => Entity::Component(item(&self.components, index)?),
            ComponentExternalKind::Module => Entity::Module(item(&self.modules, index)?),
            ComponentExternalKind::Value => bail!("a component value"),
        })
    }

    pub fn push_core(&mut self, kind: ExternalKind, index: CoreIndex) {
        match kind {
            ExternalKind::Func | ExternalKind::FuncExact => {
                self.core_funcs.push(CoreFunc::Made(index));
            }
            ExternalKind::Memory => self.memories.push(index),
            ExternalKind::Table => self.tables.push(index),
            ExternalKind::Global => self.globals.push(index),
            ExternalKind::Tag => self.tags.push(index),
        }
    }

    /// A core item that is no function.
    pub fn get_core(&self, kind: ExternalKind, index: u32) -> Result<CoreIndex> {
        match kind {
            ExternalKind::Func | ExternalKind::FuncExact => {
                bail!("invariant: functions may be pending")
            }
            ExternalKind::Memory => item(&self.memories, index),
            ExternalKind::Table => item(&self.tables, index),
            ExternalKind::Global => item(&self.globals, index),
            ExternalKind::Tag => item(&self.tags, index),
        }
    }

    pub fn memory(&self, index: u32) -> Result<CoreIndex> {
        item(&self.memories, index)
    }
}
