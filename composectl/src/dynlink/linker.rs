//! The host functions of `compose:dynlink/linker`, for the program and for providers alike.
//!
//! Payloads are not copied into the host: the provider's `handle` gets its copy straight from the caller's memory.
//!
//! An instance belongs to the resource table of who resolved it, and each has a Store of its own. So the instances
//! of a run are a tree: nobody can be called by two or call into who is calling, which only answers what it is asked
//! (`questions.rs`), and dropping a handle frees all that hangs on it.

use std::sync::Arc;

use composectl_plan::Code;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource, ResourceTable, ResourceType, WasmList, WasmStr};

use super::error::{LinkError, Step};
use super::host::{Host, Wanted};
use super::provider::{Provider, Reply};
use super::surface::LINKER;

/// What the linker knows of the guest that calls it.
pub struct Scope {
    host: Arc<Host>,
    /// The guest's id in the plan; none for the program.
    consumer: Option<Arc<str>>,
    depth: u32,
    /// The tick at which the time of the guest's present call is over.
    pub deadline: u64,
    /// The instances that it holds, besides the resources of WASI.
    pub table: ResourceTable,
}

impl Scope {
    /// The scope of a guest `depth` levels below the program.
    pub fn new(
        host: Arc<Host>,
        consumer: Option<Arc<str>>,
        depth: u32,
        table: ResourceTable,
    ) -> Self {
        Self { host, consumer, depth, deadline: u64::MAX, table }
    }

    fn resolve(&mut self, wanted: Wanted<'_>) -> Result<Resource<Instance>, LinkError> {
        let provider =
            self.host.resolve(self.consumer.as_deref(), wanted, self.depth + 1, self.deadline)?;
        self.table.push(Instance(Some(Box::new(provider)))).map_err(|error| {
            LinkError::new(Code::ExecResourceExhausted, format_args!("too many handles: {error}"))
        })
    }
}

/// A store's data that has a [`Scope`].
pub trait HasScope: 'static {
    /// The scope.
    fn scope(&mut self) -> &mut Scope;
}

/// The resource `instance`; empty while a call is on its way.
pub struct Instance(Option<Box<Provider>>);

/// Adds the interface to a linker.
pub fn add_to_linker<T: HasScope>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    let mut interface = linker.instance(LINKER)?;
    interface.resource(
        "instance",
        ResourceType::host::<Instance>(),
        |mut store, representation| {
            let handle = Resource::<Instance>::new_own(representation);
            store.data_mut().scope().table.delete(handle)?;
            Ok(())
        },
    )?;
    interface.func_wrap(
        "resolve-by-id",
        |mut store: StoreContextMut<'_, T>, (id,): (WasmStr,)| {
            let id = id.to_str(&store)?.into_owned();
            Ok((store.data_mut().scope().resolve(Wanted::Id(&id)),))
        },
    )?;
    interface.func_wrap(
        "resolve-by-digest",
        |mut store: StoreContextMut<'_, T>, (digest,): (WasmList<u8>,)| {
            // One byte more than a digest has is enough to see that it is none.
            let bytes = digest.as_le_slice(&store);
            let bytes = bytes[..bytes.len().min(33)].to_vec();
            Ok((store.data_mut().scope().resolve(Wanted::Digest(&bytes)),))
        },
    )?;
    interface.func_wrap("[method]instance.invoke", invoke)?;
    interface.func_wrap("[method]instance.start", start)?;
    interface.func_wrap("[method]instance.resume", resume)
}

type Call = (Resource<Instance>, WasmStr, WasmList<u8>);
type Answer = (Resource<Instance>, Result<WasmList<u8>, LinkError>);

fn invoke<T: HasScope>(
    mut store: StoreContextMut<'_, T>,
    (handle, method, payload): Call,
) -> wasmtime::Result<(Reply,)> {
    with_provider(&mut store, &handle, |store, provider, deadline| {
        let method = method.to_str(store)?;
        Ok(provider.invoke(deadline, &method, payload.as_le_slice(store)))
    })
}

fn start<T: HasScope>(
    mut store: StoreContextMut<'_, T>,
    (handle, method, payload): Call,
) -> wasmtime::Result<(Step,)> {
    with_provider(&mut store, &handle, |store, provider, deadline| {
        let method = method.to_str(store)?;
        Ok(provider.start(deadline, &method, payload.as_le_slice(store)))
    })
}

fn resume<T: HasScope>(
    mut store: StoreContextMut<'_, T>,
    (handle, answer): Answer,
) -> wasmtime::Result<(Step,)> {
    with_provider(&mut store, &handle, |store, provider, deadline| {
        let answer = answer.as_ref().map(|answer| answer.as_le_slice(store));
        Ok(provider.resume(deadline, answer.map_err(Clone::clone)))
    })
}

/// Has an instance work, which is taken out of the table meanwhile, so that its caller's memory can be read.
fn with_provider<T: HasScope, R>(
    store: &mut StoreContextMut<'_, T>,
    handle: &Resource<Instance>,
    work: impl FnOnce(
        &StoreContextMut<'_, T>,
        &mut Provider,
        u64,
    ) -> wasmtime::Result<Result<R, LinkError>>,
) -> wasmtime::Result<(Result<R, LinkError>,)> {
    let scope = store.data_mut().scope();
    let deadline = scope.deadline;
    if let Some(error) = scope.host.denied() {
        return Ok((Err(error.clone()),));
    }
    let Some(mut provider) = scope.table.get_mut(handle)?.0.take() else {
        let error = LinkError::new(Code::InternalError, "the instance is being called already");
        return Ok((Err(error),));
    };
    let result = work(store, &mut provider, deadline);
    store.data_mut().scope().table.get_mut(handle)?.0 = Some(provider);
    Ok((result?,))
}
