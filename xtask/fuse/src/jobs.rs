//! Functions of adapter modules, from the time when they are first named to the module that has them.
//!
//! They wait, and become one module when the first of them is needed: what they call exists by then, since it existed when
//! they were named.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use wasm_encoder::{ExportKind, ModuleArg};

use crate::Fuser;
use crate::abi::{ResourceId, Signature};
use crate::adapter::{self, CoreIndex, HOST, HandleOp, Import, Job, Memory, PartId, Promise, Task};

/// `handles.wat`, assembled.
pub const HANDLES: &[u8] = include_bytes!("handles.wasm");
/// `buffer.wat`, assembled.
pub const BUFFER: &[u8] = include_bytes!("buffer.wasm");

/// A core function of the result, or one that an adapter module will have.
#[derive(Clone, Copy, Debug)]
pub enum CoreFunc {
    Made(CoreIndex),
    /// The number of its job.
    Pending(usize),
}

/// A slot of an adapter module's table that has to be filled.
pub struct Promised {
    pub table: CoreIndex,
    pub promise: Promise,
    pub signature: Signature,
}

/// All jobs, and what adapter modules share.
#[derive(Default)]
pub struct Jobs {
    jobs: Vec<Job>,
    /// A function is made once.
    numbers: BTreeMap<Job, usize>,
    /// Of the jobs whose modules are made.
    made: BTreeMap<usize, CoreIndex>,
    /// The globals that say whether a part may call out.
    flags: BTreeMap<PartId, CoreIndex>,
    handles: Option<CoreIndex>,
    buffer: Option<CoreIndex>,
    /// What was promised: the table, the slot in it, what has to be there and its signature.
    pub promised: Vec<Promised>,
    /// Exports of these, and of parts' instances.
    aliases: BTreeMap<(CoreIndex, &'static str), CoreIndex>,
}

impl Fuser<'_> {
    /// Whether one of these parts has exceptions, which must not get out of it.
    pub(crate) fn can_throw(&self, parts: &[PartId]) -> bool {
        parts.iter().any(|part| self.known.throwing.contains(part))
    }

    pub(crate) fn job(&mut self, task: Task, name: Option<String>, parts: &[PartId]) -> CoreFunc {
        let barrier = self.can_throw(parts);
        let job = Job { task, name, barrier };
        let jobs = &mut self.jobs;
        let next = jobs.jobs.len();
        let number = *jobs.numbers.entry(job.clone()).or_insert(next);
        if number == next {
            jobs.jobs.push(job);
        }
        CoreFunc::Pending(number)
    }

    /// Its index in the result.
    pub(crate) fn core_func(&mut self, func: CoreFunc) -> Result<CoreIndex> {
        let number = match func {
            CoreFunc::Made(index) => return Ok(index),
            CoreFunc::Pending(number) => number,
        };
        if !self.jobs.made.contains_key(&number) {
            self.make_waiting()?;
        }
        self.jobs.made.get(&number).copied().context("invariant: all that waited are made")
    }

    /// Makes one module of all functions that wait.
    fn make_waiting(&mut self) -> Result<()> {
        let first = self.jobs.made.len();
        let waiting = self.jobs.jobs[first..].to_vec();
        let definers = |resource: ResourceId| {
            let definer = self.definer(resource);
            if definer != HOST && self.known.canonical.contains(&resource) {
                bail!(
                    "the resource `{}` is exported by the whole and used between its parts",
                    self.model.resource_name(resource)
                );
            }
            Ok(definer)
        };
        let adapter = adapter::build(&waiting, &definers, &self.known.guarded, &self.jobs.flags)?;
        let mut items = Vec::new();
        for (at, memory) in adapter.memories.iter().enumerate() {
            let index = match memory {
                Memory::Core(index) => *index,
                Memory::Buffer => self.buffer("memory", ExportKind::Memory),
            };
            items.push((format!("m{at}"), ExportKind::Memory, index));
        }
        for (at, import) in adapter.functions.iter().enumerate() {
            let index = match import {
                Import::Core(index) => *index,
                Import::Handles(op) => self.handles(*op),
                Import::ResetBuffer => self.buffer("reset", ExportKind::Func),
                Import::GrowBuffer => self.buffer("realloc", ExportKind::Func),
            };
            items.push((format!("f{at}"), ExportKind::Func, index));
        }
        for part in &adapter.flags {
            items.push((format!("g{part}"), ExportKind::Global, self.jobs.flags[part]));
        }
        let instance = self.instantiate(&adapter.module, &items);
        for part in adapter.new_flags {
            let name = format!("g{part}");
            let flag = self.out.core_alias_export(None, instance, &name, ExportKind::Global);
            self.jobs.flags.insert(part, flag);
        }
        for at in 0..waiting.len() {
            let name = at.to_string();
            let func = self.out.core_alias_export(None, instance, &name, ExportKind::Func);
            self.jobs.made.insert(first + at, func);
        }
        if adapter.slots > 0 {
            let table = self.out.core_alias_export(None, instance, "t", ExportKind::Table);
            self.jobs.promised.extend(waiting.into_iter().filter_map(|job| match job.task {
                Task::Later { promise, signature } => Some(Promised { table, promise, signature }),
                _ => None,
            }));
        }
        Ok(())
    }

    /// Instantiates a module of ours, whose imports are all of the module "".
    pub(crate) fn instantiate(
        &mut self,
        module: &[u8],
        items: &[(String, ExportKind, CoreIndex)],
    ) -> CoreIndex {
        let module = self.out.core_module_raw(None, module);
        let mut args = Vec::new();
        if !items.is_empty() {
            let items = items.iter().map(|(name, kind, index)| (name.as_str(), *kind, *index));
            let items: Vec<_> = items.collect();
            args.push(("", ModuleArg::Instance(self.out.core_instantiate_exports(None, items))));
        }
        self.out.core_instantiate(None, module, args)
    }

    fn handles(&mut self, op: HandleOp) -> CoreIndex {
        let instance = match self.jobs.handles {
            Some(instance) => instance,
            None => self.instantiate(HANDLES, &[]),
        };
        self.jobs.handles = Some(instance);
        self.export_of(instance, op.name(), ExportKind::Func)
    }

    pub(crate) fn buffer(&mut self, name: &'static str, kind: ExportKind) -> CoreIndex {
        let instance = match self.jobs.buffer {
            Some(instance) => instance,
            None => self.instantiate(BUFFER, &[]),
        };
        self.jobs.buffer = Some(instance);
        self.export_of(instance, name, kind)
    }

    pub(crate) fn export_of(
        &mut self,
        instance: CoreIndex,
        name: &'static str,
        kind: ExportKind,
    ) -> CoreIndex {
        let out = &mut self.out;
        let alias = || out.core_alias_export(None, instance, name, kind);
        *self.jobs.aliases.entry((instance, name)).or_insert_with(alias)
    }
}
