//! The network as a guest may use it: the addresses of `--net` and of a plan's `grants.net`, and looking up names.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

use composectl_plan::NetGrant;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::p2::bindings::sockets::ip_name_lookup::{Host as _, ResolveAddressStream};
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, Network};
use wasmtime_wasi::sockets::{SocketAddrUse, WasiSocketsView as _};

use crate::exit::{FAILED, Failure};
use crate::paths::HasFences;

/// The addresses a guest may talk to.
#[derive(Clone, Debug, Default, PartialEq)]
struct AllowedAddresses {
    everything: bool,
    names: bool,
    listed: BTreeSet<(IpAddr, Option<u16>)>,
}

impl AllowedAddresses {
    /// Looks up host names. Names are looked up now and not at each use: what was granted is what the name
    /// meant when the user typed it.
    fn resolve(grants: &[NetGrant], flag: &str) -> Result<Self, Failure> {
        let mut allowed = Self::default();
        for grant in grants {
            match grant {
                NetGrant::Everything => (allowed.everything, allowed.names) = (true, true),
                NetGrant::Address(address, port) => {
                    allowed.listed.insert((address.to_canonical(), *port));
                }
                NetGrant::Name(name, port) => {
                    let found =
                        (name.as_str(), port.unwrap_or(0)).to_socket_addrs().map_err(|error| {
                            Failure::new(
                                FAILED,
                                format_args!("{flag}{name}: cannot look up the name: {error}"),
                            )
                            .with_hint("give an address instead of the name")
                        })?;
                    allowed.names = true;
                    allowed
                        .listed
                        .extend(found.map(|address| (address.ip().to_canonical(), *port)));
                }
            }
        }
        Ok(allowed)
    }

    fn allow(&self, address: SocketAddr, used_for: SocketAddrUse) -> bool {
        let ip = address.ip().to_canonical();
        if self.everything
            || self.listed.contains(&(ip, None))
            || self.listed.contains(&(ip, Some(address.port())))
        {
            return true;
        }
        match used_for {
            // Who calls is not known beforehand; that the guest listens there was checked.
            SocketAddrUse::TcpAccept => true,
            // Every outgoing connection and datagram needs a local address, and takes any; nothing can be
            // listened for or received there unless that is allowed on its own.
            SocketAddrUse::TcpBind | SocketAddrUse::UdpBind => {
                ip.is_unspecified() && address.port() == 0
            }
            _ => false,
        }
    }
}

/// Grants these addresses to a guest; says whether it may look up names.
pub fn grant(grants: &[NetGrant], flag: &str, wasi: &mut WasiCtxBuilder) -> Result<bool, Failure> {
    // Without any of these calls TCP, UDP and name lookup are all denied.
    if grants.is_empty() {
        wasi.allow_tcp(false).allow_udp(false).allow_ip_name_lookup(false);
        return Ok(false);
    }
    let allowed = AllowedAddresses::resolve(grants, flag)?;
    let names = allowed.names;
    // Which names is decided below.
    wasi.allow_tcp(true).allow_udp(true).allow_ip_name_lookup(true);
    wasi.socket_addr_check(move |address, used_for| {
        let allow = allowed.allow(address, used_for);
        Box::pin(async move { allow })
    });
    Ok(names)
}

/// Has a guest that may not look up names look up addresses nevertheless, which asks nobody: programs pass what they
/// are given to the same function, be it a name or an address.
pub fn add_to_linker<T: HasFences + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    linker.instance("wasi:sockets/ip-name-lookup@0.2.12")?.func_wrap(
        "resolve-addresses",
        |mut store: StoreContextMut<T>, (network, name): (Resource<Network>, String)| {
            let data = store.data_mut();
            if name.parse::<IpAddr>().is_err() && !data.fences().looks_up_names() {
                return Ok((Err(ErrorCode::PermanentResolverFailure),));
            }
            type Found = Resource<ResolveAddressStream>;
            let found: Result<Found, _> = data.sockets().resolve_addresses(network, name);
            Ok((match found {
                Ok(found) => Ok(found),
                Err(error) => Err(error.downcast()?),
            },))
        },
    )?;
    linker.allow_shadowing(false);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_addresses_are_allowed() {
        let grants = [NetGrant::parse("192.0.2.7:443"), NetGrant::parse("127.0.0.1")]
            .map(|grant| grant.expect("valid"));
        let allowed = AllowedAddresses::resolve(&grants, "--net=").expect("nothing to look up");
        let check =
            |address: &str, used_for| allowed.allow(address.parse().expect("an address"), used_for);
        assert!(check("192.0.2.7:443", SocketAddrUse::TcpConnect));
        assert!(check("[::ffff:192.0.2.7]:443", SocketAddrUse::TcpConnect));
        assert!(!check("192.0.2.7:80", SocketAddrUse::TcpConnect));
        assert!(!check("192.0.2.8:443", SocketAddrUse::UdpSend));
        assert!(check("127.0.0.1:8080", SocketAddrUse::TcpListen));
        assert!(check("0.0.0.0:0", SocketAddrUse::TcpBind));
        assert!(!check("0.0.0.0:80", SocketAddrUse::TcpBind));
        assert!(!check("0.0.0.0:40000", SocketAddrUse::TcpListen));
        assert!(!check("203.0.113.1:53", SocketAddrUse::UdpReceive));
        assert!(!allowed.names);
    }

    #[test]
    fn addresses_of_version_6_are_addresses() {
        let grants = [NetGrant::parse("[::1]:80"), NetGrant::parse("2001:db8::1")]
            .map(|grant| grant.expect("valid"));
        let allowed = AllowedAddresses::resolve(&grants, "--net=").expect("nothing to look up");
        let check =
            |address: &str, used_for| allowed.allow(address.parse().expect("an address"), used_for);
        assert!(check("[::1]:80", SocketAddrUse::TcpConnect));
        assert!(!check("[::1]:81", SocketAddrUse::TcpConnect));
        assert!(check("[2001:db8::1]:9", SocketAddrUse::UdpSend));
        assert!(check("[::]:0", SocketAddrUse::TcpBind));
        assert!(!check("[::]:80", SocketAddrUse::TcpListen));
        assert!(!check("127.0.0.1:80", SocketAddrUse::TcpConnect));
        assert!(!allowed.names);
    }
}
