//! One instance of a provider: a component in a Store of its own.
//!
//! Whatever it does, its caller gets a value back. A trap, a time-out or an exceeded bound ends the instance: its
//! memory is given back at once, and every later call answers with the same error. The next resolve makes a fresh one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use composectl_plan::{Code, ProviderLimits};
use composectl_wasm::surface::ENDPOINT;
use wasmtime::component::{Func, InstancePre, ResourceTable, TypedFunc};
use wasmtime::{Store, Trap, WasmBacktrace};
use wasmtime_wasi::{I32Exit, WasiCtx, WasiCtxView, WasiView};

use super::descriptors::Share;
use super::error::LinkError;
use super::host::{Host, Live};
use super::limits::Limiter;
use super::linker::{HasScope, Scope};
use super::ticker::Ticker;
use super::trace::Trace;
use crate::beneath::Fences;
use crate::grants::Granted;
use crate::paths::HasFences;
use crate::random;

/// What `handle` returns.
pub type Reply = Result<Vec<u8>, LinkError>;
type Handle<'a> = TypedFunc<(&'a str, &'a [u8]), (Reply,)>;

/// Handles, streams and other resources of the host's that one provider may hold.
const MAX_RESOURCES: usize = 4096;
/// What a call may carry out of a provider at the least, so that small bounds on replies leave room for an error
/// record and for WASI calls.
const LEAST_TRANSFER: usize = 1 << 20;
/// Frames of a trap's trace that are named.
const NAMED_FRAMES: usize = 8;

/// What a provider's store holds.
pub struct ProviderState {
    scope: Scope,
    wasi: Option<WasiCtx>,
    fences: Fences,
    limiter: Limiter,
    descriptors: Share,
    ticker: Arc<Ticker>,
}

impl ProviderState {
    /// The resources that it holds.
    pub fn table(&mut self) -> &mut ResourceTable {
        &mut self.scope.table
    }

    /// How long its present call may still take.
    pub fn time_left(&self) -> Duration {
        self.ticker.until(self.scope.deadline)
    }
}

impl HasScope for ProviderState {
    fn scope(&mut self) -> &mut Scope {
        &mut self.scope
    }
}

impl HasFences for ProviderState {
    fn fences(&self) -> &Fences {
        &self.fences
    }

    fn may_open(&mut self) -> bool {
        self.descriptors.take(&mut self.scope.table)
    }
}

impl WasiView for ProviderState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let wasi = self.wasi.as_mut().expect("invariant: linked with WASI only if granted");
        WasiCtxView { ctx: wasi, table: &mut self.scope.table }
    }
}

/// What an instance is made of.
pub struct Parts<'a> {
    pub id: Arc<str>,
    pub code: &'a InstancePre<ProviderState>,
    pub granted: Option<Granted>,
    pub limits: ProviderLimits,
    pub live: Live,
    pub ticker: Arc<Ticker>,
}

/// A provider's instance.
pub struct Provider {
    id: Arc<str>,
    depth: u32,
    life: Life,
    ticker: Arc<Ticker>,
    trace: Option<Trace>,
    /// Counts it among the live instances for as long as its handle exists.
    _live: Live,
}

enum Life {
    Alive { store: Store<ProviderState>, handle: Func },
    Ended(LinkError),
}

impl Provider {
    /// Instantiates the component, `depth` levels below the program, and lets it know its session. `deadline` is
    /// the tick at which the caller's own time is over.
    pub fn start(
        host: &Arc<Host>,
        parts: Parts<'_>,
        depth: u32,
        deadline: u64,
    ) -> Result<Self, LinkError> {
        let Parts { id, code, granted, limits, live, ticker } = parts;
        let mut table = ResourceTable::new();
        table.set_max_capacity(MAX_RESOURCES);
        let scope = Scope::new(Arc::clone(host), Some(Arc::clone(&id)), depth, table);
        let limiter = Limiter::new(limits, Arc::clone(host.totals()));
        let (wasi, fences, folders) = match granted {
            Some(Granted { mut wasi, fences, folders }) => (Some(wasi.build()), fences, folders),
            None => (None, Fences::default(), 0),
        };
        let descriptors = Share::new(limits.descriptors, folders);
        let ticker_ = Arc::clone(&ticker);
        let state = ProviderState { scope, wasi, fences, limiter, descriptors, ticker: ticker_ };
        let mut store = Store::new(code.engine(), state);
        store.limiter(|state| &mut state.limiter);
        store.epoch_deadline_trap();
        store.set_hostcall_fuel(most_transferred(&limits));
        store.set_max_component_handles(MAX_RESOURCES);
        begin_call(&mut store, &ticker, deadline)
            .map_err(|()| LinkError::new(Code::ExecTimeout, "the caller's own time is over"))?;
        let running = ticker.running();
        let instance = code.instantiate(&mut store).map_err(|error| {
            failure(&mut store, &error, &format!("provider `{id}` at its start"))
        })?;
        drop(running);
        let endpoint = instance.get_export_index(&mut store, None, ENDPOINT);
        let handle = endpoint
            .and_then(|endpoint| instance.get_export_index(&mut store, Some(&endpoint), "handle"));
        let handle = handle.and_then(|handle| instance.get_func(&mut store, handle));
        let missing = |what: String| {
            LinkError::new(Code::ExecMissingExport, format_args!("provider `{id}` {what}"))
        };
        let handle =
            handle.ok_or_else(|| missing(format!("does not export `handle` of {ENDPOINT}")))?;
        handle
            .typed::<(&str, &[u8]), (Reply,)>(&store)
            .map_err(|error| missing(format!("has a `handle` of another type: {error:#}")))?;
        let life = Life::Alive { store, handle };
        let trace = host.trace();
        let mut provider = Self { id, depth, life, ticker, trace, _live: live };
        provider.open_session(deadline)?;
        Ok(provider)
    }

    /// Gives the provider 16 random bytes, of which it makes handles that nobody can guess. One that has no use
    /// for them answers `not-implemented`; any other error ends it before it could hand out handles that can be guessed.
    fn open_session(&mut self, deadline: u64) -> Result<(), LinkError> {
        // CBOR: an array of one byte string of 16.
        let mut payload = [0; 18];
        payload[..2].copy_from_slice(&[0x81, 0x50]);
        random::fill(&mut payload[2..]).map_err(|error| {
            LinkError::new(Code::InternalError, format_args!("no random numbers: {error}"))
        })?;
        match self.call(deadline, "session", &payload) {
            Ok(_) => Ok(()),
            Err(error) if error.is(Code::NotImplemented) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Calls `handle(method, payload)`, for as long as its own time and the caller's (until `deadline`) allow.
    pub fn invoke(&mut self, deadline: u64, method: &str, payload: &[u8]) -> Reply {
        if let Life::Alive { store, .. } = &self.life
            && payload.len() as u64 > store.data().limiter.limits().payload_bytes
        {
            return Err(LinkError::new(
                Code::InvalidInput,
                format_args!(
                    "a payload of {} bytes; provider `{}` takes {} (payload_bytes)",
                    payload.len(),
                    self.id,
                    store.data().limiter.limits().payload_bytes
                ),
            ));
        }
        let Some(trace) = self.trace else { return self.call(deadline, method, payload) };
        let begin = Instant::now();
        let reply = self.call(deadline, method, payload);
        trace.invoked(self.depth, &self.id, &brief(method), payload.len(), &reply, begin);
        reply
    }

    fn call(&mut self, deadline: u64, method: &str, payload: &[u8]) -> Reply {
        let (store, handle) = match &mut self.life {
            Life::Alive { store, handle } => (store, handle),
            Life::Ended(error) => return Err(error.clone()),
        };
        let most = store.data().limiter.limits().payload_bytes;
        if begin_call(store, &self.ticker, deadline).is_err() {
            return Err(LinkError::new(Code::ExecTimeout, "the caller's own time is over"));
        }
        // SAFETY: `start` has checked that this store's function has this type; `Life` keeps both together. The typed
        // function cannot be kept instead: its type names the lifetimes of one call's arguments.
        let typed = unsafe { Handle::new_unchecked(*handle) };
        let running = self.ticker.running();
        let result = typed.call(&mut *store, (method, payload));
        drop(running);
        let error = match result {
            Ok((Ok(reply),)) if reply.len() as u64 <= most => return Ok(reply),
            Ok((Err(error),)) => return Err(error),
            Ok((Ok(reply),)) => too_long(&self.id, Some(reply.len()), most),
            Err(error) => {
                let what = format!("provider `{}` in `{}`", self.id, brief(method));
                failure(store, &error, &what)
            }
        };
        self.life = Life::Ended(error.clone());
        Err(error)
    }
}

/// Sets the store's deadline for one call; an error if the caller has no time left.
fn begin_call(store: &mut Store<ProviderState>, ticker: &Ticker, deadline: u64) -> Result<(), ()> {
    let state = store.data_mut();
    let time = Duration::from_millis(state.limiter.limits().time_ms);
    let now = ticker.now();
    let until = ticker.after(time).min(deadline);
    if until <= now {
        return Err(());
    }
    state.scope.deadline = until;
    state.limiter.forget();
    store.set_epoch_deadline(until - now);
    Ok(())
}

/// How many bytes a provider may hand to the host in one go.
fn most_transferred(limits: &ProviderLimits) -> usize {
    usize::try_from(limits.payload_bytes).unwrap_or(usize::MAX).max(LEAST_TRANSFER)
}

fn too_long(id: &str, length: Option<usize>, most: u64) -> LinkError {
    let length = length.map_or_else(String::new, |length| format!(" of {length} bytes"));
    LinkError::new(
        Code::ExecResourceExhausted,
        format_args!("a reply{length} of provider `{id}`, which may give {most} (payload_bytes)"),
    )
}

/// What the failure of a call into a guest means for the caller. `what` names the guest and what it was at.
fn failure(store: &mut Store<ProviderState>, error: &wasmtime::Error, what: &str) -> LinkError {
    let state = store.data();
    let limits = state.limiter.limits();
    let frames = frames(error);
    let exhausted = |why: &str| {
        LinkError::new(Code::ExecResourceExhausted, format_args!("{what} {why}{frames}"))
    };
    match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => {
            return LinkError::new(
                Code::ExecTimeout,
                format_args!(
                    "{what} was stopped: its time (time_ms: {}) or its caller's is over{frames}",
                    limits.time_ms
                ),
            );
        }
        Some(Trap::StackOverflow) => return exhausted("recursed too deep"),
        _ => {}
    }
    if let Some(wanted) = state.limiter.refused() {
        return exhausted(&format!("wanted {wanted} and gave up"));
    }
    let reason = match (error.downcast_ref::<Trap>(), error.downcast_ref::<I32Exit>()) {
        (Some(trap), _) => {
            let text = trap.to_string();
            text.strip_prefix("wasm trap: ").unwrap_or(&text).to_owned()
        }
        (None, Some(exit)) => format!("it ended itself with exit code {}", exit.0),
        (None, None) => {
            let causes = error.chain().map(ToString::to_string);
            let causes: Vec<_> =
                causes.filter(|text| !text.starts_with("error while executing at wasm")).collect();
            let text = causes.join(": ");
            // wasmtime has no types for these two.
            if text.contains("fuel allocated for hostcalls") {
                return exhausted(&format!(
                    "gave more than {} bytes at once (payload_bytes)",
                    most_transferred(limits)
                ));
            }
            if text.contains("resource limit exceeded") {
                return exhausted(&format!("has more parts than it may have: {text}"));
            }
            text
        }
    };
    LinkError::new(Code::ExecTrap, format_args!("{what} trapped: {reason}{frames}"))
}

/// The innermost functions of a trap's trace, as far as they have names.
fn frames(error: &wasmtime::Error) -> String {
    let Some(trace) = error.downcast_ref::<WasmBacktrace>() else { return String::new() };
    let names: Vec<_> =
        trace.frames().iter().filter_map(|frame| frame.func_name()).take(NAMED_FRAMES).collect();
    if names.is_empty() { String::new() } else { format!(" (in {})", names.join(" < ")) }
}

/// A text of a guest's for a message: not too long.
pub fn brief(text: &str) -> String {
    match text.char_indices().nth(64) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
