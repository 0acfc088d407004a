//! Loops: what the outermost component imports and one of its parts serves, so that parts can call back.
//!
//! A function of such an import is wanted before the part exists that has it. So it goes through a slot of a table, which a
//! module without code fills when all parts are there. Resources of such an import are the part's, which is known from the
//! second run on: the first one finds out which.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use wasm_encoder::ExportKind;

use crate::Fuser;
use crate::abi::{ResourceId, Signature};
use crate::adapter::{self, CoreIndex, PartId, Promise, Task};
use crate::jobs::{CoreFunc, Promised};
use crate::model::{Entity, Func, FuncId, Resource, Type};

/// A resource of an import that a part serves: which of which part's it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Served {
    pub resource: ResourceId,
    pub part: PartId,
}

impl<'a> Fuser<'a> {
    /// All parts are there: what was promised gets into its slots. `exports` are those of the outermost component.
    pub(crate) fn close_loops(&mut self, exports: &[(&'a str, Entity)]) -> Result<()> {
        self.find_resources(exports)?;
        let mut tables: BTreeMap<CoreIndex, Vec<(CoreFunc, Signature)>> = BTreeMap::new();
        for Promised { table, promise, signature } in std::mem::take(&mut self.jobs.promised) {
            let func = match promise {
                Promise::Drop { part, resource } => self.drop_served(part, resource)?,
                Promise::Call { func, caller } => {
                    let served = self.served(exports, func)?;
                    self.call(caller, served)?
                }
            };
            tables.entry(table).or_default().push((func, signature));
        }
        for (table, slots) in tables {
            self.fill(table, &slots)?;
        }
        Ok(())
    }

    /// A function by which `part` drops handles of a resource that another part defines.
    fn drop_served(&mut self, part: PartId, resource: ResourceId) -> Result<CoreFunc> {
        let Resource::Local { part: definer, destructor } = self.model.resources[resource] else {
            bail!("invariant: the next run knows more")
        };
        let name = format!("{}.drop", self.model.resource_name(resource));
        let task = Task::ResourceDrop { part, resource, destructor };
        Ok(self.job(task, Some(name), &[part, definer]))
    }

    fn fill(&mut self, table: CoreIndex, slots: &[(CoreFunc, Signature)]) -> Result<()> {
        let mut items = vec![("t".to_owned(), ExportKind::Table, table)];
        for (at, (func, _)) in slots.iter().enumerate() {
            items.push((at.to_string(), ExportKind::Func, self.core_func(*func)?));
        }
        let signatures: Vec<_> = slots.iter().map(|(_, signature)| signature.clone()).collect();
        self.instantiate(&adapter::filler(&signatures), &items);
        Ok(())
    }

    /// Which resources of parts those of the loops are.
    fn find_resources(&mut self, exports: &[(&'a str, Entity)]) -> Result<()> {
        for (import, wanted) in self.looped.clone() {
            for (name, entity) in wanted {
                let Entity::Type(ty) = entity else { continue };
                let Type::Resource(resource) = self.model.types[ty] else { continue };
                let Entity::Type(served) = self.export_for(exports, import, name)? else {
                    bail!("what serves `{name}` of `{import}` is no type")
                };
                let resource_of_part = self.model.resource(served)?;
                let part = self.definer(resource_of_part);
                let found = Served { resource: resource_of_part, part };
                self.found.served.insert(resource, found);
            }
        }
        Ok(())
    }

    /// The function of a part that serves a function of a loop's import.
    fn served(&self, exports: &[(&'a str, Entity)], func: FuncId) -> Result<FuncId> {
        let Func::Looped { import, name, ty } = self.model.funcs[func] else {
            bail!("invariant: only loops promise calls")
        };
        let Entity::Func(served) = self.export_for(exports, import, name)? else {
            bail!("what serves `{name}` of `{import}` is no function")
        };
        if let Func::Lifted { ty: served_type, .. } = self.model.funcs[served] {
            let (wanted, given) = (self.model.func_type(ty)?, self.model.func_type(served_type)?);
            ensure!(wanted == given, "what serves `{name}` of `{import}` has another type");
        }
        Ok(served)
    }

    /// What serves `name` of the import of a loop.
    fn export_for(
        &self,
        exports: &[(&'a str, Entity)],
        import: &str,
        name: &str,
    ) -> Result<Entity> {
        let export = &self.loops[import];
        let instance = exports.iter().find_map(|(name, entity)| match entity {
            Entity::Instance(instance) if name == export => Some(*instance),
            _ => None,
        });
        let instance = instance.with_context(|| format!("no part exports `{export}`"))?;
        let found = self.model.instances[instance].exports.get(name).copied();
        found.with_context(|| format!("`{export}` has no `{name}`"))
    }
}
