//! The guest's stdin, stdout and stderr: straight system calls on descriptors 0, 1 and 2.
//!
//! wasmtime-wasi has streams of its own. These differ where a program at the end of a pipe notices:
//!
//! * Output has no buffer in this process: what a guest wrote is with the kernel when its write returns, so
//!   nothing is lost however the process ends, and nothing is split at line ends.
//! * A write may be a mebibyte instead of 64 KiB, so large prints take fewer round trips.
//! * Input is read by the guest's own thread when the guest reads, instead of by a helper thread ahead of time.
//!   What the guest has not read is left for the next process. Ctrl-D on a terminal ends one read, not all.
//! * A descriptor that another process has made non-blocking is waited for instead of failing with EAGAIN.
//!
//! A reader that went away is seen as a closed stream, EPIPE for the guest, BrokenPipeError in Python.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use wasmtime_wasi::cli::{IsTerminal, StdinStream, StdoutStream};
use wasmtime_wasi::p2::{InputStream, OutputStream, Pollable, StreamError, StreamResult};
use wasmtime_wasi::runtime::{AbortOnDropJoinHandle, spawn_blocking};
use wasmtime_wasi::{WasiCtxBuilder, async_trait};

use crate::attention;

/// The most that one read or write moves; bounds what a guest can make the host allocate.
const LARGEST_TRANSFER: usize = 1 << 20;

/// Gives the guest this process's stdin, stdout and stderr.
pub fn inherit(wasi: &mut WasiCtxBuilder) {
    wasi.stdin(Stdin).stdout(Output(1)).stderr(Output(2));
}

/// Runs a system call again for as long as a signal interrupts it or the descriptor is not ready.
fn until_done(fd: i32, events: i16, mut call: impl FnMut() -> isize) -> io::Result<usize> {
    attention::settle();
    loop {
        if let Ok(count) = usize::try_from(call()) {
            return Ok(count);
        }
        let error = io::Error::last_os_error();
        match error.kind() {
            io::ErrorKind::Interrupted => {}
            io::ErrorKind::WouldBlock => {
                wait(fd, events, -1);
            }
            _ => return Err(error),
        }
    }
}

/// Whether the descriptor is ready within `milliseconds` (-1: however long it takes). Errors count as ready:
/// the read or write that follows says what is wrong.
fn wait(fd: i32, events: i16, milliseconds: i32) -> bool {
    let mut descriptor = libc::pollfd { fd, events, revents: 0 };
    loop {
        // SAFETY: one valid pollfd is passed, and its count.
        match unsafe { libc::poll(&raw mut descriptor, 1, milliseconds) } {
            0 => return false,
            -1 if io::Error::last_os_error().kind() == io::ErrorKind::Interrupted => {}
            _ => return true,
        }
    }
}

/// Reads at most `size` bytes from stdin, waiting for the first; none at the end of input.
fn read_stdin(size: usize) -> io::Result<Bytes> {
    let mut buffer = BytesMut::zeroed(size.clamp(1, LARGEST_TRANSFER));
    // SAFETY: the pointer and length are those of `buffer`.
    let count = until_done(0, libc::POLLIN, || unsafe {
        libc::read(0, buffer.as_mut_ptr().cast(), buffer.len())
    })?;
    buffer.truncate(count);
    Ok(buffer.freeze())
}

/// Writes all of `bytes`.
fn write_all(fd: i32, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        // SAFETY: the pointer and length are those of `bytes`.
        let count = until_done(fd, libc::POLLOUT, || unsafe {
            libc::write(fd, bytes.as_ptr().cast(), bytes.len())
        })?;
        bytes = &bytes[count..];
    }
    Ok(())
}

fn is_terminal(fd: i32) -> bool {
    // SAFETY: isatty takes any number.
    unsafe { libc::isatty(fd) == 1 }
}

/// Descriptor 0.
struct Stdin;

impl IsTerminal for Stdin {
    fn is_terminal(&self) -> bool {
        is_terminal(0)
    }
}

impl StdinStream for Stdin {
    fn p2_stream(&self) -> Box<dyn InputStream> {
        Box::new(Input { waiting: None })
    }

    fn async_stream(&self) -> Box<dyn AsyncRead + Send + Sync> {
        Box::new(Self)
    }
}

/// For WASI 0.3, which is not offered; correct nevertheless, if blocking.
impl AsyncRead for Stdin {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Poll::Ready(read_stdin(buffer.remaining()).map(|bytes| buffer.put_slice(&bytes)))
    }
}

/// A guest's handle to stdin.
struct Input {
    /// A helper that waits for input, left over from a poll that something else ended. Kept, so that a guest
    /// that polls in a loop has one of them and not one more each time.
    waiting: Option<AbortOnDropJoinHandle<()>>,
}

#[async_trait]
impl InputStream for Input {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        if size == 0 || !wait(0, libc::POLLIN, 0) {
            return Ok(Bytes::new());
        }
        end_of_input_is_closed(read_stdin(size))
    }

    async fn blocking_read(&mut self, size: usize) -> StreamResult<Bytes> {
        if size == 0 {
            return Ok(Bytes::new());
        }
        end_of_input_is_closed(read_stdin(size))
    }
}

fn end_of_input_is_closed(read: io::Result<Bytes>) -> StreamResult<Bytes> {
    match read {
        Ok(bytes) if bytes.is_empty() => Err(StreamError::Closed),
        Ok(bytes) => Ok(bytes),
        Err(error) => Err(StreamError::LastOperationFailed(error.into())),
    }
}

#[async_trait]
impl Pollable for Input {
    async fn ready(&mut self) {
        attention::settle();
        // A helper of an earlier poll may have seen what the guest has read since.
        while !wait(0, libc::POLLIN, 0) {
            let waiting = self.waiting.get_or_insert_with(|| {
                spawn_blocking(|| {
                    wait(0, libc::POLLIN, -1);
                })
            });
            waiting.await;
            self.waiting = None;
        }
    }
}

/// Descriptor 1 or 2.
#[derive(Clone, Copy)]
struct Output(i32);

impl IsTerminal for Output {
    fn is_terminal(&self) -> bool {
        is_terminal(self.0)
    }
}

impl StdoutStream for Output {
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(*self)
    }

    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(*self)
    }
}

/// For WASI 0.3, as above.
impl AsyncWrite for Output {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(write_all(self.0, bytes).map(|()| bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[async_trait]
impl OutputStream for Output {
    /// Waits for a slow reader, where the interface would rather have a buffer: the guest could do nothing
    /// else meanwhile, and a buffer could be lost.
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        write_all(self.0, &bytes).map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => StreamError::Closed,
            _ => StreamError::LastOperationFailed(error.into()),
        })
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(LARGEST_TRANSFER)
    }
}

#[async_trait]
impl Pollable for Output {
    async fn ready(&mut self) {}
}
