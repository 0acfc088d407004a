//! A provider's share of this process's descriptors: files, folders and sockets.
//!
//! A provider that takes all there are would keep its caller from opening its own files. So each has a bound of its own
//! (`descriptors`), and none gets one of the upper half of those that the system allows (`ulimit -n`): the system hands
//! out the lowest that is free, so whoever gets a high number is late.

use std::io;
use std::os::fd::{AsFd, AsRawFd};

use rustix::process::{Resource as Bound, getrlimit};
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource, ResourceTable};
use wasmtime_wasi::filesystem::Descriptor;
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, IpAddressFamily};
use wasmtime_wasi::p2::bindings::sockets::tcp::HostTcpSocket as _;
use wasmtime_wasi::p2::bindings::sockets::tcp_create_socket::Host as _;
use wasmtime_wasi::p2::bindings::sync::sockets::udp_create_socket::Host as _;
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, SocketResult, TcpSocket, UdpSocket};
use wasmtime_wasi::sockets::WasiSocketsView as _;

use super::provider::ProviderState;
use crate::paths::HasFences as _;

type Store<'s> = StoreContextMut<'s, ProviderState>;
type Answer<T> = wasmtime::Result<(Result<T, ErrorCode>,)>;

/// What one provider may have.
#[derive(Clone, Copy, Debug)]
pub struct Share {
    most: usize,
    /// At least as many as it has: what is closed is found out when the bound is met.
    counted: usize,
}

impl Share {
    /// A share of `most` descriptors, of which the granted folders are some.
    pub fn new(most: u64, granted: usize) -> Self {
        Self { most: usize::try_from(most).unwrap_or(usize::MAX), counted: granted }
    }

    /// Counts one more, which is about to be opened; false if there may be no more.
    pub fn take(&mut self, table: &mut ResourceTable) -> bool {
        if self.counted >= self.most {
            self.counted = table.iter_mut().filter(|entry| holds_one(*entry)).count();
        }
        if self.counted >= self.most || !is_in_lower_half() {
            return false;
        }
        self.counted += 1;
        true
    }
}

fn holds_one(entry: &(dyn std::any::Any + Send)) -> bool {
    entry.is::<Descriptor>() || entry.is::<TcpSocket>() || entry.is::<UdpSocket>()
}

/// Whether the next descriptor is one of the lower half.
fn is_in_lower_half() -> bool {
    let most = getrlimit(Bound::Nofile).current.unwrap_or(u64::MAX);
    let next = rustix::io::fcntl_dupfd_cloexec(io::stderr().as_fd(), 0);
    next.is_ok_and(|next| u64::try_from(next.as_raw_fd()).is_ok_and(|next| next < most / 2))
}

/// Bounds what makes sockets, in a linker that has WASI.
pub fn bound(linker: &mut Linker<ProviderState>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    linker.instance("wasi:sockets/tcp-create-socket@0.2.12")?.func_wrap(
        "create-tcp-socket",
        |mut store: Store<'_>, (family,): (IpAddressFamily,)| {
            answer(&mut store, |data| data.sockets().create_tcp_socket(family))
        },
    )?;
    linker.instance("wasi:sockets/udp-create-socket@0.2.12")?.func_wrap(
        "create-udp-socket",
        |mut store: Store<'_>, (family,): (IpAddressFamily,)| {
            answer(&mut store, |data| data.sockets().create_udp_socket(family))
        },
    )?;
    linker.instance("wasi:sockets/tcp@0.2.12")?.func_wrap(
        "[method]tcp-socket.accept",
        |mut store: Store<'_>, (socket,): (Resource<TcpSocket>,)| {
            type Accepted =
                (Resource<TcpSocket>, Resource<DynInputStream>, Resource<DynOutputStream>);
            let accepted: Answer<Accepted> =
                answer(&mut store, |data| data.sockets().accept(socket));
            accepted
        },
    )?;
    linker.allow_shadowing(false);
    Ok(())
}

fn answer<T>(
    store: &mut Store<'_>,
    work: impl FnOnce(&mut ProviderState) -> SocketResult<T>,
) -> Answer<T> {
    if !store.data_mut().may_open() {
        return Ok((Err(ErrorCode::NewSocketLimit),));
    }
    Ok((match work(store.data_mut()) {
        Ok(value) => Ok(value),
        Err(error) => Err(error.downcast()?),
    },))
}
