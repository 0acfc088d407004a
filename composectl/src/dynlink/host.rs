//! From a name to a provider's instance: plan, trust, digest, import list, code, Store, in this order.
//!
//! Everything here is made when the first guest resolves something: a run that resolves nothing pays for none of it.
//! What was verified and linked once in this process is kept, but whether it may be used is asked anew each time.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use composectl_plan::{Code, Deadline, Digest, Resolved};
use composectl_wasm::surface::Surface;
use wasmtime::Engine;
use wasmtime::component::{Component, InstancePre, Linker};

use super::descriptors;
use super::error::LinkError;
use super::failure::brief;
use super::linker;
use super::plan::RunPlan;
use super::provider::{Parts, Provider, ProviderState, untimed};
use super::questions;
use super::stacks::Stacks;
use super::surface::{Allowed, asks};
use super::ticker::Ticker;
use super::trace::Trace;
use super::waits;
use crate::compiled_cache::Key;
use crate::compiler::Fault;
use crate::component::Job;
use crate::connections;
use crate::digest_index::HexDigest;
use crate::engine::{self, Role};
use crate::files;
use crate::grants;
use crate::network;
use crate::report::Reporter;
use crate::totals::Totals;

/// What a guest asks for.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'a> {
    Id(&'a str),
    /// The 32 bytes of a SHA-256, or what a guest takes for that.
    Digest(&'a [u8]),
}

/// How the code of a provider was come by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It was used in this process before.
    Memory,
    /// It was compiled before.
    Cache,
    /// It was compiled now.
    Compiled,
}

impl How {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Cache => "cache",
            Self::Compiled => "compiled",
        }
    }
}

/// What all guests of a run share.
pub struct Host {
    plan: Option<RunPlan>,
    /// Why nobody may invoke what was resolved, if so.
    denied: Option<LinkError>,
    reporter: Reporter,
    trace: Option<Trace>,
    runtime: OnceLock<Runtime>,
    untimed: OnceLock<Runtime>,
    live: AtomicU64,
    totals: Arc<Totals>,
}

/// What providers run on: those with a bound of time, or those without.
struct Runtime {
    role: Role,
    engine: Engine,
    ticker: Arc<Ticker>,
    plain: Linker<ProviderState>,
    /// With WASI, which takes longer to set up.
    with_wasi: OnceLock<Linker<ProviderState>>,
    /// By id.
    ready: Mutex<BTreeMap<String, Ready>>,
}

/// Code that was used in this process before.
struct Ready {
    digest: Digest,
    linked: Linked,
}

/// The code of a provider, linked.
#[derive(Clone)]
struct Linked {
    code: InstancePre<ProviderState>,
    /// Whether it may ask its consumer.
    asks: bool,
}

/// Counts a live instance.
pub struct Live(Arc<Host>);

impl Drop for Live {
    fn drop(&mut self) {
        self.0.live.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Host {
    /// The host of one run. Without a plan nothing can be resolved.
    pub fn new(
        plan: Option<RunPlan>,
        totals: Arc<Totals>,
        trace: bool,
        reporter: Reporter,
    ) -> Arc<Self> {
        let denied = plan.as_ref().and_then(|plan| plan.resolver.plan().check_invoke().err());
        Arc::new(Self {
            plan,
            denied: denied.map(LinkError::from),
            reporter,
            trace: trace.then(|| Trace::new(reporter)),
            runtime: OnceLock::new(),
            untimed: OnceLock::new(),
            live: AtomicU64::new(0),
            totals,
        })
    }

    /// The trace, if one is wanted.
    pub fn trace(&self) -> Option<Trace> {
        self.trace
    }

    /// What all guests may have together.
    pub fn totals(&self) -> &Arc<Totals> {
        &self.totals
    }

    /// Why nobody may invoke what was resolved, if so.
    pub fn denied(&self) -> Option<&LinkError> {
        self.denied.as_ref()
    }

    /// Makes a fresh instance of what `consumer` (none: the program) wants, `depth` levels below the program.
    pub fn resolve(
        self: &Arc<Self>,
        consumer: Option<&str>,
        wanted: Wanted<'_>,
        depth: u32,
        deadline: u64,
    ) -> Result<Provider, LinkError> {
        let begin = Instant::now();
        let result = self.make(consumer, wanted, depth, deadline);
        if let (Some(trace), Err(error)) = (self.trace, &result) {
            let name = match wanted {
                Wanted::Id(id) => brief(id),
                Wanted::Digest(bytes) => Digest::from_slice(bytes).map_or_else(
                    |_| format!("a digest of {} bytes", bytes.len()),
                    |digest| digest.to_string(),
                ),
            };
            trace.refused(depth, &name, error, begin);
        }
        result
    }

    fn make(
        self: &Arc<Self>,
        consumer: Option<&str>,
        wanted: Wanted<'_>,
        depth: u32,
        deadline: u64,
    ) -> Result<Provider, LinkError> {
        let begin = Instant::now();
        let plan = self.plan.as_ref().ok_or_else(|| {
            LinkError::new(
                Code::PlanMissingField,
                "nothing can be resolved: this run has no plan (composectl run --plan FILE)",
            )
        })?;
        if u64::from(depth) > plan.limits.depth {
            return Err(LinkError::new(
                Code::ExecResourceExhausted,
                format_args!("providers may nest {} deep (depth)", plan.limits.depth),
            ));
        }
        let live = self.count(plan.limits.live_instances)?;
        let time = self.deadline(deadline);
        let resolved = match wanted {
            Wanted::Id(id) => plan.resolver.resolve(consumer, id, time),
            Wanted::Digest(digest) => plan.resolver.resolve_digest(consumer, digest, time),
        }?;
        let runtime = match untimed(&resolved.limits, deadline) {
            true => Runtime::of(&self.untimed, Role::Untimed, plan)?,
            false => Runtime::of(&self.runtime, Role::Provider, plan)?,
        };
        let (linked, how) = self.code(plan, runtime, &resolved)?;
        let granted =
            resolved.grants.as_ref().map(grants::for_provider).transpose().map_err(|failure| {
                // A grant that cannot be given, for example a folder that does not exist.
                in_provider(
                    &resolved.id,
                    LinkError::new(Code::ExecCapabilityDenied, failure.message),
                )
            })?;
        let have_code = begin.elapsed();
        let parts = Parts {
            id: resolved.id.as_str().into(),
            code: &linked.code,
            granted,
            limits: resolved.limits,
            live,
            ticker: Arc::clone(&runtime.ticker),
            asks: linked.asks,
            nested: usize::try_from(plan.limits.depth).unwrap_or(usize::MAX),
        };
        let provider = Provider::instantiate(self, parts, depth, deadline)?;
        if let Some(trace) = self.trace {
            let instance = begin.elapsed() - have_code;
            trace.resolved(depth, &resolved.id, &resolved.digest, how, have_code, instance);
        }
        Ok(provider)
    }

    /// The tick `deadline` as a time. A program has none; who has one runs, and so does the ticker.
    fn deadline(&self, deadline: u64) -> Deadline {
        let runtime = self.runtime.get().filter(|_| deadline != u64::MAX);
        runtime.map_or(Deadline::NEVER, |runtime| Deadline::after(runtime.ticker.until(deadline)))
    }

    /// Counts one more instance, if there may be one more.
    fn count(self: &Arc<Self>, most: u64) -> Result<Live, LinkError> {
        let before = self.live.fetch_add(1, Ordering::Relaxed);
        // Counts down again when it is dropped, also by the error.
        let live = Live(Arc::clone(self));
        if before >= most {
            return Err(LinkError::new(
                Code::ExecResourceExhausted,
                format_args!("{before} instances are alive, which is the most (live_instances)"),
            )
            .with_context("drop instances that are no longer needed"));
        }
        Ok(live)
    }

    /// The code of a provider, linked. Its digest and trust were checked; its imports are granted, or this fails.
    fn code(
        &self,
        plan: &RunPlan,
        runtime: &Runtime,
        resolved: &Resolved,
    ) -> Result<(Linked, How), LinkError> {
        if let Some(ready) = runtime.ready().get(&resolved.id)
            && ready.digest == resolved.digest
        {
            return Ok((ready.linked.clone(), How::Memory));
        }
        let named = |error| in_provider(&resolved.id, error);
        let allowed = Allowed {
            grants: resolved.grants.as_ref(),
            may_resolve: plan.resolver.plan().may_resolve(&resolved.id),
        };
        let cache = plan.cache.get();
        let digest = HexDigest::from(&resolved.digest);
        let key = Key::new(&digest, &runtime.engine);
        let (component, surface, how) =
            match cache.and_then(|cache| cache.load(&runtime.engine, &key)) {
                Some(component) => {
                    let surface = surface(&runtime.engine, &component);
                    allowed.check(&surface).map_err(named)?;
                    (component, surface, How::Cache)
                }
                None => {
                    let bytes = plan.resolver.bytes(resolved)?;
                    let surface = allowed.check_bytes(&bytes).map_err(named)?;
                    let job = Job {
                        name: &resolved.id,
                        bytes: &bytes,
                        digest: &digest,
                        role: runtime.role,
                        deadline: resolved.deadline,
                        patience: resolved.deadline,
                    };
                    let compiled = job.code(&runtime.engine, cache, self.reporter);
                    match compiled.map_err(|fault| named(not_compiled(&fault)))? {
                        (component, true) => (component, surface, How::Compiled),
                        (component, false) => (component, surface, How::Cache),
                    }
                }
            };
        let linker = runtime.linker(resolved.grants.is_some())?;
        let code = linker.instantiate_pre(&component).map_err(|error| {
            let error =
                LinkError::new(Code::EmitLinkError, format_args!("cannot be linked: {error:#}"));
            named(error)
        })?;
        let linked = Linked { code, asks: asks(&surface) };
        let ready = Ready { digest: resolved.digest, linked: linked.clone() };
        runtime.ready().insert(resolved.id.clone(), ready);
        Ok((linked, how))
    }
}

impl Runtime {
    /// What is in `slot`, made at the first use.
    fn of<'a>(
        slot: &'a OnceLock<Runtime>,
        role: Role,
        plan: &RunPlan,
    ) -> Result<&'a Runtime, LinkError> {
        if let Some(runtime) = slot.get() {
            return Ok(runtime);
        }
        keep_large_blocks();
        let engine = engine::for_providers(role, plan.stack(), Arc::new(Stacks::default()))?;
        let ticker = Ticker::start(&engine).map_err(|error| {
            LinkError::new(Code::InternalError, format_args!("cannot start a thread: {error}"))
        })?;
        let mut plain = Linker::new(&engine);
        linker::add_to_linker(&mut plain)
            .and_then(|()| questions::add_to_linker(&mut plain))
            .map_err(internal)?;
        let (ticker, with_wasi, ready) = (Arc::new(ticker), OnceLock::new(), Mutex::default());
        let runtime = Runtime { role, engine, ticker, plain, with_wasi, ready };
        Ok(slot.get_or_init(|| runtime))
    }

    fn ready(&self) -> MutexGuard<'_, BTreeMap<String, Ready>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn linker(&self, wasi: bool) -> Result<&Linker<ProviderState>, LinkError> {
        if !wasi {
            return Ok(&self.plain);
        }
        if let Some(linker) = self.with_wasi.get() {
            return Ok(linker);
        }
        let mut linker = self.plain.clone();
        wasmtime_wasi::p2::add_to_linker_sync(&mut linker)
            .and_then(|()| files::add_to_linker(&mut linker))
            .and_then(|()| network::add_to_linker(&mut linker))
            .and_then(|()| connections::add_to_linker(&mut linker))
            .and_then(|()| waits::bound(&mut linker))
            .and_then(|()| descriptors::bound(&mut linker))
            .map_err(internal)?;
        Ok(self.with_wasi.get_or_init(|| linker))
    }
}

fn in_provider(id: &str, mut error: LinkError) -> LinkError {
    error.message = format!("provider `{id}` {}", error.message);
    error
}

fn not_compiled(fault: &Fault) -> LinkError {
    let code = match fault {
        Fault::Invalid(_) => Code::EmitLinkError,
        Fault::TooCostly(_) => Code::ExecResourceExhausted,
        Fault::Late => Code::ExecTimeout,
        Fault::Broken(_) => Code::InternalError,
    };
    LinkError::new(code, fault)
}

fn internal(error: wasmtime::Error) -> LinkError {
    LinkError::new(Code::InternalError, format_args!("cannot set up providers: {error:#}"))
}

/// The surface of a component that is compiled already.
fn surface(engine: &Engine, component: &Component) -> Surface {
    let ty = component.component_type();
    Surface {
        imports: ty.imports(engine).map(|(name, _)| name.to_owned()).collect(),
        exports: ty.exports(engine).map(|(name, _)| name.to_owned()).collect(),
    }
}

/// Has malloc keep blocks of the size of large replies, instead of giving them back to the kernel and asking for
/// fresh pages, each of which costs a fault, at the next call.
fn keep_large_blocks() {
    #[cfg(target_env = "gnu")]
    // SAFETY: mallopt may be called at any time, here with parameters that glibc documents.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, 32 << 20);
        libc::mallopt(libc::M_TRIM_THRESHOLD, 64 << 20);
    }
}
