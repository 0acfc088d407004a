//! Waiting in the host, for providers: it ends with the time of the call.
//!
//! The epoch stops a guest that computes. One that waits for a clock, a socket or a pipe does so in a function of
//! `wasi:io`; here are those that block, each with one more thing to wait for: the end of the call's time.

use std::time::Duration;

use wasmtime::component::{Linker, Resource, ResourceTable};
use wasmtime::{StoreContextMut, Trap};
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::bindings::sync::io::poll::{Host as _, HostPollable};
use wasmtime_wasi::p2::bindings::sync::io::streams::{
    Host as _, HostInputStream, HostOutputStream, StreamError,
};
use wasmtime_wasi::p2::{
    DynInputStream, DynOutputStream, DynPollable, Pollable, StreamResult, subscribe,
};

use super::provider::ProviderState;

type Store<'s> = StoreContextMut<'s, ProviderState>;
type Input = Resource<DynInputStream>;
type Output = Resource<DynOutputStream>;
/// A stream's answer, as it goes to the guest.
type Answer<T> = wasmtime::Result<(Result<T, StreamError>,)>;

/// The most that one call may write, by the interface's text.
const MOST_WRITTEN: usize = 4096;

/// Replaces what blocks in a linker that has WASI.
pub fn bound(linker: &mut Linker<ProviderState>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    let mut poll = linker.instance("wasi:io/poll@0.2.12")?;
    poll.func_wrap("[method]pollable.block", |mut store: Store<'_>, (pollable,)| {
        wait(&mut store, vec![pollable]).map(|_| ())
    })?;
    poll.func_wrap("poll", |mut store: Store<'_>, (pollables,)| {
        Ok((wait(&mut store, pollables)?,))
    })?;

    let mut streams = linker.instance("wasi:io/streams@0.2.12")?;
    streams.func_wrap(
        "[method]input-stream.blocking-read",
        |mut store: Store<'_>, (input, length): (Input, u64)| {
            wait_for_input(&mut store, &input)?;
            let read = HostInputStream::read(table(&mut store), input, length);
            answer(&mut store, read)
        },
    )?;
    streams.func_wrap(
        "[method]input-stream.blocking-skip",
        |mut store: Store<'_>, (input, length): (Input, u64)| {
            wait_for_input(&mut store, &input)?;
            let skipped = HostInputStream::skip(table(&mut store), input, length);
            answer(&mut store, skipped)
        },
    )?;
    streams.func_wrap(
        "[method]output-stream.blocking-write-and-flush",
        |mut store: Store<'_>, (output, bytes): (Output, Vec<u8>)| {
            write_and_flush(&mut store, &output, bytes)
        },
    )?;
    streams.func_wrap(
        "[method]output-stream.blocking-write-zeroes-and-flush",
        |mut store: Store<'_>, (output, length): (Output, u64)| {
            let length = usize::try_from(length).unwrap_or(usize::MAX).min(MOST_WRITTEN + 1);
            write_and_flush(&mut store, &output, vec![0; length])
        },
    )?;
    streams
        .func_wrap("[method]output-stream.blocking-flush", |mut store: Store<'_>, (output,)| {
            flush(&mut store, &output)
        })?;
    streams.func_wrap(
        "[method]output-stream.blocking-splice",
        |mut store: Store<'_>, (output, input, length): (Output, Input, u64)| {
            wait_for_input(&mut store, &input)?;
            wait_for_output(&mut store, &output)?;
            let spliced = HostOutputStream::splice(table(&mut store), output, input, length);
            answer(&mut store, spliced)
        },
    )?;
    linker.allow_shadowing(false);
    Ok(())
}

/// As the interface's text describes it in terms of its other functions.
fn write_and_flush(store: &mut Store<'_>, output: &Output, mut bytes: Vec<u8>) -> Answer<()> {
    if bytes.len() > MOST_WRITTEN {
        return Err(wasmtime::Error::msg("more than 4096 bytes at once for a blocking write"));
    }
    while !bytes.is_empty() {
        wait_for_output(store, output)?;
        let room = match HostOutputStream::check_write(table(store), again(output)) {
            Ok(room) => usize::try_from(room).unwrap_or(usize::MAX).min(bytes.len()),
            Err(error) => return answer(store, Err(error)),
        };
        let rest = bytes.split_off(room);
        if let Err(error) = HostOutputStream::write(table(store), again(output), bytes) {
            return answer(store, Err(error));
        }
        bytes = rest;
    }
    flush(store, output)
}

fn flush(store: &mut Store<'_>, output: &Output) -> Answer<()> {
    let flushed = HostOutputStream::flush(table(store), again(output));
    if flushed.is_ok() {
        wait_for_output(store, output)?;
    }
    let checked = flushed
        .and_then(|()| HostOutputStream::check_write(table(store), again(output)))
        .map(|_| ());
    answer(store, checked)
}

fn answer<T>(store: &mut Store<'_>, result: StreamResult<T>) -> Answer<T> {
    Ok((match result {
        Ok(value) => Ok(value),
        Err(error) => Err(table(store).convert_stream_error(error)?),
    },))
}

fn wait_for_input(store: &mut Store<'_>, input: &Input) -> wasmtime::Result<()> {
    let ready = HostInputStream::subscribe(table(store), again(input))?;
    wait_once(store, ready)
}

fn wait_for_output(store: &mut Store<'_>, output: &Output) -> wasmtime::Result<()> {
    let ready = HostOutputStream::subscribe(table(store), again(output))?;
    wait_once(store, ready)
}

fn wait_once(store: &mut Store<'_>, ready: Resource<DynPollable>) -> wasmtime::Result<()> {
    let done = wait(store, vec![again(&ready)]);
    HostPollable::drop(table(store), ready)?;
    done.map(|_| ())
}

/// Another name for the same entry of the table; functions of the host's take them by value.
fn again<T: 'static>(resource: &Resource<T>) -> Resource<T> {
    Resource::new_borrow(resource.rep())
}

fn table<'s>(store: &'s mut Store<'_>) -> &'s mut ResourceTable {
    store.data_mut().table()
}

/// Which of `pollables` are ready, as soon as one is; the trap of a time-out if none is in time.
fn wait(
    store: &mut Store<'_>,
    mut pollables: Vec<Resource<DynPollable>>,
) -> wasmtime::Result<Vec<u32>> {
    if pollables.is_empty() {
        return table(store).poll(pollables);
    }
    let end = EndOfTime(store.data().time_left());
    let end = table(store).push(end)?;
    let end = subscribe(table(store), end)?;
    let last = u32::try_from(pollables.len())?;
    pollables.push(again(&end));
    let ready = table(store).poll(pollables);
    HostPollable::drop(table(store), end)?;
    let ready: Vec<u32> = ready?.into_iter().filter(|index| *index != last).collect();
    if ready.is_empty() { Err(Trap::Interrupt.into()) } else { Ok(ready) }
}

/// Ready when this much time has passed.
struct EndOfTime(Duration);

#[async_trait]
impl Pollable for EndOfTime {
    async fn ready(&mut self) {
        tokio::time::sleep(self.0).await;
    }
}
