//! One instance of a provider: a component in a Store of its own.
//!
//! Whatever it does, its caller gets a value back. A trap, a time-out or an exceeded bound ends the instance: its
//! memory is given back at once, and every later call answers with the same error. The next resolve makes a fresh one.

use std::sync::Arc;
use std::time::Duration;

use composectl_plan::{Code, ProviderLimits};
use composectl_wasm::surface::ENDPOINT;
use wasmtime::Store;
use wasmtime::component::{Func, InstancePre, ResourceTable, TypedFunc};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use super::asking::{self, Running};
use super::descriptors::Share;
use super::error::{LinkError, Outcome, Step};
use super::failure::{failure, most_transferred, outcome};
use super::host::{Host, Live};
use super::limits::Limiter;
use super::linker::{HasScope, Scope};
use super::questions::Desk;
use super::ticker::Ticker;
use super::trace::{Noted, Trace};
use crate::beneath::Fences;
use crate::grants::Granted;
use crate::paths::HasFences;
use crate::random;

/// What `handle` returns.
pub type Reply = Result<Vec<u8>, LinkError>;
pub(super) type Handle<'a> = TypedFunc<(&'a str, &'a [u8]), (Reply,)>;

/// Handles, streams and other resources of the host's that one provider may hold.
const MAX_RESOURCES: usize = 4096;

/// What a provider's store holds.
pub struct ProviderState {
    scope: Scope,
    wasi: Option<WasiCtx>,
    fences: Fences,
    limiter: Limiter,
    descriptors: Share,
    ticker: Arc<Ticker>,
    /// There if it may ask.
    desk: Option<Desk>,
}

impl ProviderState {
    /// Its bounds.
    pub fn limits(&self) -> &ProviderLimits {
        self.limiter.limits()
    }

    /// What it was refused in its present call, in words.
    pub fn refused(&self) -> Option<String> {
        self.limiter.refused()
    }

    /// Where it asks its consumer.
    pub fn desk(&self) -> Option<Desk> {
        self.desk.clone()
    }

    /// How many ticks its present call may still take.
    pub fn ticks_left(&self) -> u64 {
        self.scope.deadline.saturating_sub(self.ticker.now())
    }

    /// Its present call goes on: it may take `ticks` from now on, if it ends before `deadline`. How many there are.
    pub fn go_on(&mut self, ticks: u64, deadline: u64) -> u64 {
        let now = self.ticker.now();
        self.scope.deadline = now.saturating_add(ticks).min(deadline);
        self.scope.deadline.saturating_sub(now)
    }

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
    /// Whether it may ask its consumer.
    pub asks: bool,
    /// How many of its calls may be open inside of each other.
    pub nested: usize,
}

/// A provider's instance.
pub struct Provider {
    pub(super) id: Arc<str>,
    pub(super) depth: u32,
    pub(super) life: Life,
    pub(super) handle: Func,
    /// There if it may ask.
    desk: Option<Desk>,
    pub(super) nested: usize,
    pub(super) payload_bytes: u64,
    pub(super) ticker: Arc<Ticker>,
    pub(super) trace: Option<Trace>,
    /// The calls and questions that are open, for the trace.
    pub(super) noted: Vec<Noted>,
    /// Counts it among the live instances for as long as its handle exists.
    _live: Live,
}

pub(super) enum Life {
    Alive(Store<ProviderState>),
    /// It has asked something and waits for the answer.
    Waiting(Running),
    /// Only while a call that may wait goes on.
    Runs,
    Ended(LinkError),
}

impl Provider {
    /// Instantiates the component, `depth` levels below the program, and lets it know its session. `deadline` is
    /// the tick at which the caller's own time is over.
    pub fn instantiate(
        host: &Arc<Host>,
        parts: Parts<'_>,
        depth: u32,
        deadline: u64,
    ) -> Result<Self, LinkError> {
        let Parts { id, code, granted, limits, live, ticker, asks, nested } = parts;
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
        let desk = asks.then(Desk::default);
        let state = ProviderState {
            scope,
            wasi,
            fences,
            limiter,
            descriptors,
            ticker: ticker_,
            desk: desk.clone(),
        };
        let mut store = Store::new(code.engine(), state);
        store.limiter(|state| &mut state.limiter);
        store.epoch_deadline_trap();
        store.set_hostcall_fuel(most_transferred(&limits));
        store.set_max_component_handles(MAX_RESOURCES);
        begin_call(&mut store, &ticker, deadline)?;
        let running = ticker.running();
        let instance =
            if asks { asking::instantiate(code, &mut store) } else { code.instantiate(&mut store) };
        let instance = instance.map_err(|error| {
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
        let mut provider = Self {
            id,
            depth,
            life: Life::Alive(store),
            handle,
            desk,
            nested,
            payload_bytes: limits.payload_bytes,
            ticker,
            trace: host.trace(),
            noted: Vec::new(),
            _live: live,
        };
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
        match self.call(deadline, "session", &payload, false) {
            Ok(_) => Ok(()),
            Err(error) if error.is(Code::NotImplemented) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Calls `handle(method, payload)`, for as long as its own time and the caller's (until `deadline`) allow. The provider
    /// cannot ask in it.
    pub fn invoke(&mut self, deadline: u64, method: &str, payload: &[u8]) -> Reply {
        match self.begin(deadline, method, payload, false)? {
            Outcome::Done(reply) => Ok(reply),
            Outcome::Call(_) => {
                Err(LinkError::new(Code::InternalError, "a question where none is answered"))
            }
        }
    }

    /// Makes a call; of a provider that never asks on the stack of its caller.
    pub(super) fn call(
        &mut self,
        deadline: u64,
        method: &str,
        payload: &[u8],
        answers: bool,
    ) -> Step {
        if self.desk.is_some() {
            return self.converse(deadline, method, payload, answers);
        }
        let store = match &mut self.life {
            Life::Alive(store) => store,
            Life::Ended(error) => return Err(error.clone()),
            Life::Waiting(_) | Life::Runs => unreachable!("invariant: it never asks"),
        };
        begin_call(store, &self.ticker, deadline)?;
        // SAFETY: `instantiate` has checked that this store's function has this type; `Life` keeps both together. The
        // typed function cannot be kept instead: its type names the lifetimes of one call's arguments.
        let typed = unsafe { Handle::new_unchecked(self.handle) };
        let running = self.ticker.running();
        let result = typed.call(&mut *store, (method, payload));
        drop(running);
        match outcome(&self.id, self.payload_bytes, store, method, result) {
            Ok(reply) => reply.map(Outcome::Done),
            Err(error) => self.end(error),
        }
    }

    /// Ends the instance, whose Store is freed, with an error that stays.
    pub(super) fn end(&mut self, error: LinkError) -> Step {
        self.life = Life::Ended(error.clone());
        Err(error)
    }

    /// Fails if something is longer than what this provider is given.
    pub(super) fn check_length(&self, what: &str, length: usize) -> Result<(), LinkError> {
        if length as u64 <= self.payload_bytes {
            return Ok(());
        }
        Err(LinkError::new(
            Code::InvalidInput,
            format_args!(
                "{what} of {length} bytes; provider `{}` takes {} (payload_bytes)",
                self.id, self.payload_bytes
            ),
        ))
    }

    pub(super) fn desk(&self) -> &Desk {
        self.desk.as_ref().expect("invariant: it may ask")
    }
}

/// So many ticks never pass, and can be added to what has.
pub(super) const MOST_TICKS: u64 = u64::MAX / 2;

/// Whether a call may take as long as it likes: by the provider's own limits, and by its caller, who has until `deadline`.
pub(super) fn untimed(limits: &ProviderLimits, deadline: u64) -> bool {
    limits.is_untimed() && deadline == u64::MAX
}

/// Sets the store's deadline for one call; an error if the caller has no time left.
pub(super) fn begin_call(
    store: &mut Store<ProviderState>,
    ticker: &Ticker,
    deadline: u64,
) -> Result<(), LinkError> {
    let state = store.data_mut();
    let time = Duration::from_millis(state.limiter.limits().time_ms);
    let now = ticker.now();
    let until = match untimed(state.limiter.limits(), deadline) {
        true => deadline,
        false => ticker.after(time).min(deadline),
    };
    if until <= now {
        return Err(LinkError::new(Code::ExecTimeout, "the caller's own time is over"));
    }
    state.scope.deadline = until;
    state.limiter.forget();
    store.set_epoch_deadline((until - now).min(MOST_TICKS));
    Ok(())
}
