//! The canonical definitions: what becomes of functions that parts lower, and of the built-ins of resources.

use anyhow::{Result, bail};
use wasm_encoder::{ExportKind, ValType};

use crate::Fuser;
use crate::abi::{ResourceId, Signature};
use crate::adapter::{Call, CoreIndex, End, HOST, Import, Memory, PartId, Promise, Task};
use crate::jobs::CoreFunc;
use crate::model::{CanonicalOptions, Func, FuncId, Resource, TypeId};

/// What a module of a consumer exports, `func()`, that can say of a call that memory was full (`cpython-ext/common/link_error.c`).
const NO_MEMORY: &str = "pylon-no-memory";

/// No part has this number.
pub const NOBODY: PartId = PartId::MAX;

impl Fuser<'_> {
    /// A function for `part` to call.
    pub(crate) fn lower(
        &mut self,
        part: PartId,
        func: FuncId,
        options: CanonicalOptions,
    ) -> Result<CoreFunc> {
        match self.model.funcs[func].clone() {
            Func::OfHost { ty, .. } | Func::Import { ty, .. } => {
                self.lower_of_host(part, func, ty, options)
            }
            Func::Lifted { part: callee, .. } => {
                if self.calling_back.contains(&callee) {
                    self.calling_back.insert(part);
                }
                let caller = self.caller(part, &options)?;
                self.call(caller, func)
            }
            Func::Looped { ty, .. } => {
                self.calling_back.insert(part);
                let signature = self.model.func_type(ty)?.lowered();
                let promise = Promise::Call { func, caller: self.caller(part, &options)? };
                let name = self.func_name(func);
                Ok(self.job(Task::Later { promise, signature }, Some(name), &[]))
            }
        }
    }

    /// A function by which `caller` calls what a part lifted.
    pub(crate) fn call(&mut self, caller: End, func: FuncId) -> Result<CoreFunc> {
        let Func::Lifted { core, options, ty, part } = self.model.funcs[func].clone() else {
            bail!("`{}` is no function of a part", self.func_name(func))
        };
        let ty = self.model.func_type(ty)?;
        for resource in ty.resources() {
            self.note_user(resource, caller.part);
            self.note_user(resource, part);
        }
        self.parts_call = true;
        let parts = [caller.part, part];
        let guarded = self.known.guarded.contains(&caller.part);
        let as_it_is = ty.passes_as_it_is() && options.post_return.is_none();
        if as_it_is && !guarded && !self.can_throw(&parts) {
            return Ok(CoreFunc::Made(core));
        }
        let name = self.func_name(func);
        let comes_back = self.calling_back.contains(&part);
        let (callee, post_return) = (end(part, &options), options.post_return);
        let task = Task::Call(Call { ty, caller, callee, core, post_return, comes_back });
        Ok(self.job(task, Some(name), &parts))
    }

    fn lower_of_host(
        &mut self,
        part: PartId,
        func: FuncId,
        ty: TypeId,
        options: CanonicalOptions,
    ) -> Result<CoreFunc> {
        let name = self.func_name(func);
        let ty = self.model.func_type(ty)?;
        let resources = ty.resources();
        resources.iter().for_each(|resource| self.note_user(*resource, part));
        let index = self.emit_func(func)?;
        if !resources.iter().any(|resource| self.known.shared.contains(resource)) {
            let core = self.out.lower_func(None, index, options.encode());
            let signature = ty.lowered();
            return Ok(self.call_host(part, core, signature));
        }
        // Numbers of handles are the part's own, so they are exchanged where the part cannot write.
        let callee = CanonicalOptions {
            memory: Some(self.buffer("memory", ExportKind::Memory)),
            realloc: Some(self.buffer("realloc", ExportKind::Func)),
            post_return: None,
        };
        let core = self.out.lower_func(None, index, callee.encode());
        let callee = End {
            part: HOST,
            memory: Some(Memory::Buffer),
            realloc: Some(Import::GrowBuffer),
            no_memory: None,
        };
        let caller = end(part, &options);
        let (post_return, comes_back) = (None, false);
        let task = Task::Call(Call { ty, caller, callee, core, post_return, comes_back });
        Ok(self.job(task, Some(name), &[]))
    }

    /// The end of a call where a part calls.
    fn caller(&mut self, part: PartId, options: &CanonicalOptions) -> Result<End> {
        let instance = match options.memory {
            Some(memory) => self.of_modules.exports(memory, NO_MEMORY)?,
            None => None,
        };
        let no_memory = instance
            .map(|instance| Import::Core(self.export_of(instance, NO_MEMORY, ExportKind::Func)));
        Ok(End { no_memory, ..end(part, options) })
    }

    pub(crate) fn func_name(&self, func: FuncId) -> String {
        self.model.func_names.get(&func).cloned().unwrap_or_else(|| format!("function {func}"))
    }

    fn resource_job_name(&self, resource: ResourceId, what: &str) -> String {
        format!("{}.{what}", self.model.resource_name(resource))
    }

    /// A part can name the resource, so it could name others' handles.
    fn note_user(&mut self, resource: ResourceId, part: PartId) {
        if let Some(Resource::Host) = self.model.resources.get(resource) {
            self.users.entry(resource).or_default().insert(part);
        }
    }

    pub(crate) fn resource_new(&mut self, part: PartId, ty: TypeId) -> Result<CoreFunc> {
        let resource = self.model.resource(ty)?;
        if self.stays_canonical(resource, part)? {
            let ty = self.emit_type(ty)?;
            let core = self.out.resource_new(ty);
            return Ok(self.call_host(part, core, i32s(1, 1)));
        }
        let name = self.resource_job_name(resource, "new");
        Ok(self.job(Task::ResourceNew { part, resource }, Some(name), &[]))
    }

    pub(crate) fn resource_rep(&mut self, part: PartId, ty: TypeId) -> Result<CoreFunc> {
        let resource = self.model.resource(ty)?;
        if self.stays_canonical(resource, part)? {
            let ty = self.emit_type(ty)?;
            return Ok(CoreFunc::Made(self.out.resource_rep(ty)));
        }
        let name = self.resource_job_name(resource, "rep");
        Ok(self.job(Task::ResourceRep { part, resource }, Some(name), &[]))
    }

    pub(crate) fn resource_drop(&mut self, part: PartId, ty: TypeId) -> Result<CoreFunc> {
        let resource = self.model.resource(ty)?;
        self.note_user(resource, part);
        let name = self.resource_job_name(resource, "drop");
        let (definer, destructor) = match self.model.resources.get(resource) {
            Some(Resource::Local { part: definer, destructor }) => (*definer, *destructor),
            Some(Resource::Host) => {
                let ty = self.emit_type(ty)?;
                (HOST, Some(self.out.resource_drop(ty)))
            }
            Some(Resource::Looped) | None => {
                // Its destructor is in a part that does not exist yet.
                let promise = Promise::Drop { part, resource };
                let task = Task::Later { promise, signature: i32s(1, 0) };
                return Ok(self.job(task, Some(name), &[]));
            }
        };
        if self.stays_canonical(resource, part)? {
            let core = match (definer, destructor) {
                (HOST, Some(core)) => core,
                _ => {
                    let ty = self.emit_type(ty)?;
                    self.out.resource_drop(ty)
                }
            };
            return Ok(self.call_host(part, core, i32s(1, 0)));
        }
        let task = Task::ResourceDrop { part, resource, destructor };
        Ok(self.job(task, Some(name), &[part, definer]))
    }

    /// Who defines a resource. [`NOBODY`] in a run that has yet to find out.
    pub(crate) fn definer(&self, resource: ResourceId) -> PartId {
        match self.model.resources.get(resource) {
            Some(Resource::Host) => HOST,
            Some(Resource::Local { part, .. }) => *part,
            Some(Resource::Looped) => NOBODY,
            None => {
                let served = self.known.served.values().find(|served| served.resource == resource);
                served.map_or(NOBODY, |served| served.part)
            }
        }
    }

    /// A function of the host for a part, with nothing to convert.
    fn call_host(&mut self, part: PartId, core: CoreIndex, signature: Signature) -> CoreFunc {
        if !self.known.guarded.contains(&part) {
            return CoreFunc::Made(core);
        }
        self.job(Task::CallHost { part, core, signature }, None, &[])
    }

    /// Whether handles of a resource, which `part` has, are in the table of the whole component: the host's if one part
    /// alone uses them, and those that the host gets to see.
    fn stays_canonical(&self, resource: ResourceId, part: PartId) -> Result<bool> {
        let definer = self.definer(resource);
        if definer == HOST {
            return Ok(!self.known.shared.contains(&resource));
        }
        let canonical = self.known.canonical.contains(&resource);
        if canonical && part != definer {
            let name = self.model.resource_name(resource);
            bail!("the resource `{name}` is exported by the whole and used between its parts");
        }
        Ok(canonical)
    }

    /// The options of a function that the host calls: its realloc and post-return may not call out.
    pub(crate) fn entered(
        &mut self,
        part: PartId,
        func: FuncId,
        ty: TypeId,
        options: &CanonicalOptions,
    ) -> Result<CanonicalOptions> {
        let ty = self.model.func_type(ty)?;
        ty.resources().iter().for_each(|resource| self.note_user(*resource, part));
        let shared = ty.resources().into_iter().find(|id| self.known.shared.contains(id));
        if let Some(resource) = shared {
            let name = self.model.resource_name(resource);
            bail!("the host's resource `{name}` is passed to an export and used by several parts");
        }
        let mut enter = |core: Option<CoreIndex>, what: &str, signature: Signature| {
            let Some(core) = core else { return Ok(None) };
            if !self.known.guarded.contains(&part) {
                return Ok(Some(core));
            }
            let name = format!("{what} of {}", self.func_name(func));
            let job = self.job(Task::Enter { part, core, signature }, Some(name), &[]);
            self.core_func(job).map(Some)
        };
        Ok(CanonicalOptions {
            memory: options.memory,
            realloc: enter(options.realloc, "realloc", i32s(4, 1))?,
            post_return: enter(options.post_return, "post-return", (ty.lifted().1, Vec::new()))?,
        })
    }
}

fn i32s(params: usize, results: usize) -> Signature {
    (vec![ValType::I32; params], vec![ValType::I32; results])
}

/// One end of a call between parts.
fn end(part: PartId, options: &CanonicalOptions) -> End {
    End {
        part,
        memory: options.memory.map(Memory::Core),
        realloc: options.realloc.map(Import::Core),
        no_memory: None,
    }
}
