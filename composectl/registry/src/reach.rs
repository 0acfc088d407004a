//! Which addresses are asked at all. A plan's author, and a registry that leads on, could otherwise have this machine
//! ask what only it can reach: its own services, its neighbours, the metadata server of a cloud.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::atomic::{AtomicBool, Ordering};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// How far requests may reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// Public addresses only.
    Public,
    /// The registry may have any address, as the user has named it. Where it leads to must be public, unless it is not
    /// public itself.
    #[default]
    Registry,
}

/// What the refusal of an address is known by.
const PRIVATE: &str = "its address is not public";

/// Whether an error of the transport is such a refusal.
pub fn is_refusal(error: &ureq::Error) -> bool {
    matches!(error, ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::PermissionDenied
        && error.to_string().contains(PRIVATE))
}

/// Looks names up, and refuses those whose addresses are out of reach. What it returns is what is connected to: a
/// name cannot mean something else afterwards.
pub struct Guard {
    reach: Reach,
    /// The host that the user or a plan has named.
    registry: String,
    /// Whether that one turned out to have a private address, as it may.
    is_private: AtomicBool,
    names: DefaultResolver,
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Guard({:?}, {})", self.reach, self.registry)
    }
}

impl Guard {
    /// A guard for requests to the host `registry`.
    pub fn new(reach: Reach, registry: &str) -> Self {
        let registry = registry.to_ascii_lowercase();
        Self {
            reach,
            registry,
            is_private: AtomicBool::new(false),
            names: DefaultResolver::default(),
        }
    }

    /// Whether the host may have the address.
    fn admits(&self, host: &str, address: IpAddr) -> bool {
        if is_public(address) {
            return true;
        }
        if self.reach == Reach::Registry && host.eq_ignore_ascii_case(&self.registry) {
            self.is_private.store(true, Ordering::Relaxed);
        }
        self.is_private.load(Ordering::Relaxed)
    }
}

impl Resolver for Guard {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.names.resolve(uri, config, timeout)?;
        // The user's own proxy may be anywhere; it looks up what is asked of it.
        if config.proxy().is_some_and(|proxy| proxy.uri() == uri) {
            return Ok(found);
        }
        let host = uri.host().unwrap_or_default();
        if found.iter().all(|address| self.admits(host, address.ip())) {
            return Ok(found);
        }
        Err(ureq::Error::Io(std::io::Error::new(std::io::ErrorKind::PermissionDenied, PRIVATE)))
    }
}

/// Whether the address is one of the internet's: not of this machine, of its networks, or of none.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || a == 0
        // Shared by the customers of a provider; protocol assignments; benchmarks; reserved and broadcast.
        || (a == 100 && b & 0xc0 == 64)
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && b & 0xfe == 18)
        || a >= 240;
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        // Addresses of version 4 in those of version 6: mapped and compatible, translated, 6to4.
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] => v4(high, low),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low),
        [0x2002, high, low, ..] => v4(high, low),
        // All that is assigned for the internet (2000::/3), without Teredo, benchmarks, ORCHID and documentation.
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_of_the_internet_is_not_public() {
        for address in [
            "127.0.0.1",
            "127.9.9.9",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.127.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::7f00:1",
            "64:ff9b::a00:1",
            "2002:a00:1::1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "2001::1",
            "2001:db8::1",
            "fec0::1",
        ] {
            assert!(!is_public(address.parse().expect(address)), "{address}");
        }
        for address in [
            "1.1.1.1",
            "100.63.0.1",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "198.17.0.1",
            "198.20.0.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450::1",
            "2001:4860::8888",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
        ] {
            assert!(is_public(address.parse().expect(address)), "{address}");
        }
    }

    #[test]
    fn only_the_named_registry_may_be_private_and_lead_to_what_is() {
        let (public, private): (IpAddr, IpAddr) =
            ("1.1.1.1".parse().expect("one"), "10.0.0.1".parse().expect("one"));
        let guard = Guard::new(Reach::Public, "registry.test");
        assert!(guard.admits("registry.test", public) && guard.admits("cdn.test", public));
        assert!(!guard.admits("registry.test", private) && !guard.admits("cdn.test", private));
        let guard = Guard::new(Reach::Registry, "Registry.test");
        assert!(guard.admits("registry.test", public));
        assert!(!guard.admits("cdn.test", private), "a public registry leads to a private place");
        assert!(guard.admits("registry.test", private));
        assert!(guard.admits("cdn.test", private));
    }
}
