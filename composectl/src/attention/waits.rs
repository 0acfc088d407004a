//! Waiting that a signal ends: `poll` then comes back with an empty list, and `block` at once.

use std::os::fd::OwnedFd;
use std::sync::OnceLock;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::WasiView;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::bindings::sync::io::poll::{Host as _, HostPollable};
use wasmtime_wasi::p2::{DynPollable, Pollable, subscribe};

use super::{duplicate, settle, take_wake, wake};

/// Replaces what waits in a linker that has WASI.
pub fn add_to_linker<T: WasiView + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    let mut poll = linker.instance("wasi:io/poll@0.2.12")?;
    poll.func_wrap("[method]pollable.block", |mut store: StoreContextMut<'_, T>, (pollable,)| {
        wait(&mut store, vec![pollable]).map(|_| ())
    })?;
    poll.func_wrap("poll", |mut store: StoreContextMut<'_, T>, (pollables,)| {
        Ok((wait(&mut store, pollables)?,))
    })?;
    linker.allow_shadowing(false);
    Ok(())
}

/// Which of `pollables` are ready, as soon as one is; none if a signal came first.
fn wait<T: WasiView>(
    store: &mut StoreContextMut<'_, T>,
    mut pollables: Vec<Resource<DynPollable>>,
) -> wasmtime::Result<Vec<u32>> {
    settle();
    let table = store.data_mut().ctx().table;
    if pollables.is_empty() || wake().is_none() {
        return table.poll(pollables);
    }
    let signal = table.push(Signal)?;
    let signal = subscribe(table, signal)?;
    let last = u32::try_from(pollables.len())?;
    pollables.push(Resource::new_borrow(signal.rep()));
    let ready = table.poll(pollables);
    HostPollable::drop(table, signal)?;
    Ok(ready?.into_iter().filter(|index| *index != last).collect())
}

/// Ready when a signal has come since the last time.
struct Signal;

#[async_trait]
impl Pollable for Signal {
    async fn ready(&mut self) {
        // One for the process, so that a wait costs no call to register it.
        static WAKE: OnceLock<Option<AsyncFd<OwnedFd>>> = OnceLock::new();
        let registered = || {
            let fd = duplicate(wake()?).ok()?;
            // SAFETY: the descriptor is its own, and is kept as long as it is registered.
            unsafe { AsyncFd::register_with_interest(fd, Interest::READABLE) }.ok()
        };
        let Some(fd) = WAKE.get_or_init(registered) else {
            return std::future::pending().await;
        };
        loop {
            let Ok(mut ready) = fd.readable().await else {
                return std::future::pending().await;
            };
            if take_wake() {
                return;
            }
            ready.clear_ready();
        }
    }
}
