//! The end of TCP connections. To close one takes no time, as elsewhere, whatever its peer reads.
//!
//! What a guest sends is with the system when there is room for it. For the last piece, at most 64 KiB, there may be none: that
//! is how wasmtime-wasi finds out, and it goes on sending in a task. It also makes whoever closes the connection wait until the
//! peer has read enough. Here that task is left to itself; when the program has ended, so do those that are not done a while
//! later. The system's own buffer has no such end.

use std::collections::VecDeque;
use std::mem;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource, ResourceTable};
use wasmtime_wasi::p2::bindings::sync::sockets::network::ErrorCode;
use wasmtime_wasi::p2::bindings::sync::sockets::tcp::{HostTcpSocket as _, TcpSocket};
use wasmtime_wasi::p2::{
    DynInputStream, DynOutputStream, OutputStream, Pollable, StreamError, StreamResult,
};
use wasmtime_wasi::runtime::{AbortOnDropJoinHandle, in_tokio, poll_noop, spawn};
use wasmtime_wasi::sockets::WasiSocketsView;
use wasmtime_wasi::{WasiView, async_trait};

use crate::report::Reporter;

/// How long the process stays for what the program sent and the system could not yet take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The most connections that are being closed at once, which bounds what is kept for them. One more, and the first is given up.
const MOST: usize = 128;

/// Whether there was a connection at all.
static USED: AtomicBool = AtomicBool::new(false);
/// Those that are being closed, first come first.
static CLOSING: Mutex<VecDeque<AbortOnDropJoinHandle<()>>> = Mutex::new(VecDeque::new());

type Input = Resource<DynInputStream>;
type Output = Resource<DynOutputStream>;
type Answer<T> = wasmtime::Result<(Result<T, ErrorCode>,)>;

/// Replaces what makes connections in a linker that has WASI.
pub fn add_to_linker<T: WasiView + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    let mut tcp = linker.instance("wasi:sockets/tcp@0.2.12")?;
    tcp.func_wrap(
        "[method]tcp-socket.finish-connect",
        |mut store: StoreContextMut<'_, T>,
         (socket,): (Resource<TcpSocket>,)|
         -> Answer<(Input, Output)> {
            let again = Resource::new_borrow(socket.rep());
            let made = match store.data_mut().sockets().finish_connect(again) {
                Ok((input, output)) => {
                    Ok((input, own(store.data_mut().ctx().table, output, &socket)?))
                }
                Err(error) => Err(error.downcast()?),
            };
            Ok((made,))
        },
    )?;
    tcp.func_wrap(
        "[method]tcp-socket.accept",
        |mut store: StoreContextMut<'_, T>,
         (listener,): (Resource<TcpSocket>,)|
         -> Answer<(Resource<TcpSocket>, Input, Output)> {
            let made = match store.data_mut().sockets().accept(listener) {
                Ok((socket, input, output)) => {
                    let output = own(store.data_mut().ctx().table, output, &socket)?;
                    Ok((socket, input, output))
                }
                Err(error) => Err(error.downcast()?),
            };
            Ok((made,))
        },
    )?;
    linker.allow_shadowing(false);
    Ok(())
}

/// The same stream of `socket`'s as one that is ours.
fn own(
    table: &mut ResourceTable,
    output: Output,
    socket: &Resource<TcpSocket>,
) -> wasmtime::Result<Output> {
    USED.store(true, Ordering::Relaxed);
    let connection: DynOutputStream = Box::new(Connection(Some(table.delete(output)?)));
    Ok(table.push_child(connection, socket)?)
}

/// What is sent to a peer; nothing when it is closed.
struct Connection(Option<DynOutputStream>);

impl Connection {
    fn open(&mut self) -> StreamResult<&mut DynOutputStream> {
        self.0.as_mut().ok_or(StreamError::Closed)
    }
}

#[async_trait]
impl OutputStream for Connection {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.open()?.write(bytes)
    }

    fn flush(&mut self) -> StreamResult<()> {
        self.open()?.flush()
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        self.open()?.check_write()
    }
}

#[async_trait]
impl Pollable for Connection {
    async fn ready(&mut self) {
        if let Some(stream) = &mut self.0 {
            stream.ready().await;
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let Some(mut stream) = self.0.take() else { return };
        let is_sent = poll_noop(pin!(stream.ready())).is_some();
        if !is_sent {
            close(spawn(async move { stream.ready().await }));
        }
    }
}

fn close(sending: AbortOnDropJoinHandle<()>) {
    let mut closing = CLOSING.lock().unwrap_or_else(PoisonError::into_inner);
    closing.retain(|other| !other.is_finished());
    if closing.len() >= MOST {
        closing.pop_front();
    }
    closing.push_back(sending);
}

/// Closes what a guest that has ended left open.
pub fn close_all(table: &mut ResourceTable) {
    if !USED.load(Ordering::Relaxed) {
        return;
    }
    for entry in table.iter_mut() {
        if let Some(stream) = entry.downcast_mut::<DynOutputStream>() {
            *stream = Box::new(Connection(None));
        }
    }
}

/// Waits for what is still to be sent, before the process ends.
pub fn send_rest(reporter: Reporter) {
    if !USED.load(Ordering::Relaxed) {
        return;
    }
    let closing = mem::take(&mut *CLOSING.lock().unwrap_or_else(PoisonError::into_inner));
    let all = async {
        for sending in closing {
            sending.await;
        }
    };
    if in_tokio(async { tokio::time::timeout(PATIENCE, all).await }).is_err() {
        reporter.warn("a peer has not read what the program sent last; it is lost");
    }
}
