//! What a guest may touch: folders, environment variables, network addresses. Nothing unless granted.
//!
//! Text from the command line becomes a grant here, once; `for_program` turns all grants into the guest's WASI
//! context. Whatever cannot be granted is an error before anything of the guest runs.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::Path;

use composectl_plan::{DirGrant, EnvGrant, Grants};
use wasmtime_wasi::sockets::SocketAddrUse;
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder};

use crate::cli::RunArgs;
use crate::exit::{FAILED, Failure};
use crate::report::Reporter;
use crate::stdio;

/// One element of `--net[=ADDR[:PORT],...]`.
#[derive(Clone, Debug, PartialEq)]
pub enum NetGrant {
    Everything,
    Address(IpAddr, Option<u16>),
    Name(String, Option<u16>),
}

impl NetGrant {
    /// Reads one element; names are looked up later.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == "*" {
            return Ok(Self::Everything);
        }
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Ok(Self::Address(address.ip(), Some(address.port())));
        }
        let bare = text.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(text);
        if let Ok(address) = bare.parse::<IpAddr>() {
            return Ok(Self::Address(address, None));
        }
        let (name, port) = match text.split_once(':') {
            Some((name, port)) => {
                let port = port.parse().map_err(|_| format!("`{port}` is no port (0 to 65535)"))?;
                (name, Some(port))
            }
            None => (text, None),
        };
        let is_name_char = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        if name.is_empty() || !name.chars().all(is_name_char) {
            return Err(
                "expected an address or a host name, for example 192.0.2.7:443 or [::1]:8080"
                    .to_owned(),
            );
        }
        Ok(Self::Name(name.to_owned(), port))
    }
}

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

/// The guest's WASI context, from the flags, its `argv0`, its arguments and its environment.
pub fn for_program(
    args: &RunArgs,
    argv0: &str,
    guest_args: &[OsString],
    environment: &BTreeMap<String, String>,
) -> Result<WasiCtxBuilder, Failure> {
    let mut wasi = WasiCtxBuilder::new();
    // The guest is the only thing that this thread does: file operations need not be sent to another one.
    wasi.allow_blocking_current_thread(true);
    stdio::inherit(&mut wasi);
    wasi.arg(argv0);
    for (index, arg) in guest_args.iter().enumerate() {
        let arg = arg.to_str().ok_or_else(|| {
            Failure::new(
                FAILED,
                format_args!(
                    "argument {} ({arg:?}) is not UTF-8, which is all that WASI can pass on",
                    index + 1
                ),
            )
        })?;
        wasi.arg(arg);
    }
    for (name, value) in environment {
        wasi.env(name, value);
    }
    let mut dirs = args.dir.clone();
    let mut net = args.net.clone();
    if args.allow_all {
        dirs.push(DirGrant { host: "/".into(), guest: "/".to_owned(), read_only: false });
        net.push(NetGrant::Everything);
    }
    grant_dirs(&dirs, "--dir ", &mut wasi)?;
    if let Some(cwd) = std::env::current_dir().ok().and_then(|cwd| guest_cwd(&dirs, &cwd)) {
        wasi.initial_cwd(cwd);
    }
    grant_network(&net, "--net=", &mut wasi)?;
    Ok(wasi)
}

/// Builds a provider's WASI context: what the plan grants it and no more. It has no arguments and starts in its
/// root; its stdin is empty, and what it writes to stdout and stderr is thrown away.
pub fn for_provider(grants: &Grants) -> Result<WasiCtx, Failure> {
    let mut wasi = WasiCtxBuilder::new();
    // Its caller waits for it on this thread.
    wasi.allow_blocking_current_thread(true);
    for grant in &grants.env {
        if let Some(value) = env_value(grant, "grants.env: ")? {
            wasi.env(&grant.name, &value);
        }
    }
    grant_dirs(&grants.dirs, "grants.dirs: ", &mut wasi)?;
    let net = grants.net.iter().map(|text| NetGrant::parse(text));
    let net = net
        .collect::<Result<Vec<_>, _>>()
        .map_err(|problem| Failure::new(FAILED, format_args!("grants.net: {problem}")))?;
    grant_network(&net, "grants.net: ", &mut wasi)?;
    Ok(wasi.build())
}

/// The guest's environment: sorted, every name once.
pub fn environment(
    args: &RunArgs,
    reporter: Reporter,
) -> Result<BTreeMap<String, String>, Failure> {
    let mut environment = BTreeMap::new();
    if args.inherit_env || args.allow_all {
        for (name, value) in std::env::vars_os() {
            match (name.to_str(), value.to_str()) {
                (Some(name), Some(value)) => {
                    drop(environment.insert(name.to_owned(), value.to_owned()))
                }
                _ => reporter.detail(|| {
                    format!("environment variable {name:?} is not UTF-8 and was left out")
                }),
            }
        }
    }
    for grant in &args.env {
        let Some(value) = env_value(grant, "--env ")? else { continue };
        environment.insert(grant.name.clone(), value);
    }
    Ok(environment)
}

/// The value of a granted variable; none if it is to be passed on and not set here. Messages begin with `flag`.
fn env_value(grant: &EnvGrant, flag: &str) -> Result<Option<String>, Failure> {
    match (&grant.value, std::env::var(&grant.name)) {
        (Some(value), _) => Ok(Some(value.clone())),
        (None, Ok(value)) => Ok(Some(value)),
        (None, Err(std::env::VarError::NotPresent)) => Ok(None),
        (None, Err(error @ std::env::VarError::NotUnicode(_))) => {
            Err(Failure::new(FAILED, format_args!("{flag}{}: {error}", grant.name)))
        }
    }
}

/// Opens the granted folders. Messages begin with `flag`.
fn grant_dirs(dirs: &[DirGrant], flag: &str, wasi: &mut WasiCtxBuilder) -> Result<(), Failure> {
    let mut seen = BTreeSet::new();
    for dir in dirs {
        // `.`, `/` and `./` are one place for a guest: it resolves relative paths against its root.
        if !seen.insert(absolute_guest_path(&dir.guest)) {
            return Err(Failure::new(
                FAILED,
                format_args!("two folders are granted as {}", dir.guest),
            )
            .with_hint(format!("give them different names: {flag}HOST::GUEST")));
        }
        let permissions = if dir.read_only { FsPerms::ReadOnly } else { FsPerms::ReadWrite };
        wasi.preopened_dir(&dir.host, &dir.guest, permissions)
            .map_err(|error| dir_failure(&dir.host, flag, &error))?;
    }
    Ok(())
}

fn dir_failure(host: &Path, flag: &str, error: &wasmtime::Error) -> Failure {
    let reason = match std::fs::metadata(host) {
        Ok(metadata) if !metadata.is_dir() => "is no folder".to_owned(),
        Err(io) if io.kind() == std::io::ErrorKind::NotFound => {
            "there is no such folder".to_owned()
        }
        Err(io) => io.to_string(),
        Ok(_) => format!("{error:#}"),
    };
    Failure::new(FAILED, format_args!("{flag}{}: {reason}", host.display()))
}

/// `GUEST` as the guest itself sees it: relative names start at its root.
fn absolute_guest_path(guest: &str) -> String {
    let parts: Vec<_> = guest.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    format!("/{}", parts.join("/"))
}

/// Where the guest starts: where we stand, seen through the closest granted folder around it, if any.
fn guest_cwd(dirs: &[DirGrant], cwd: &Path) -> Option<String> {
    let candidates = dirs.iter().filter_map(|dir| {
        let host = dir.host.canonicalize().ok()?;
        let rest = cwd.strip_prefix(&host).ok()?.to_str()?;
        let guest = absolute_guest_path(&format!("{}/{rest}", dir.guest));
        Some((host.as_os_str().len(), guest))
    });
    candidates.max().map(|(_, guest)| guest)
}

fn grant_network(
    grants: &[NetGrant],
    flag: &str,
    wasi: &mut WasiCtxBuilder,
) -> Result<(), Failure> {
    // Without any of these calls TCP, UDP and name lookup are all denied.
    if grants.is_empty() {
        wasi.allow_tcp(false).allow_udp(false).allow_ip_name_lookup(false);
        return Ok(());
    }
    let allowed = AllowedAddresses::resolve(grants, flag)?;
    wasi.allow_tcp(true).allow_udp(true).allow_ip_name_lookup(allowed.names);
    wasi.socket_addr_check(move |address, used_for| {
        let allow = allowed.allow(address, used_for);
        Box::pin(async move { allow })
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dir(host: &str, guest: &str, read_only: bool) -> DirGrant {
        DirGrant { host: host.into(), guest: guest.to_owned(), read_only }
    }

    #[test]
    fn dirs_are_read() {
        for (text, expected) in [
            (".", dir(".", ".", false)),
            ("/", dir("/", "/", false)),
            ("src/", dir("src/", "src", false)),
            ("src:ro", dir("src", "src", true)),
            ("a::/b", dir("a", "/b", false)),
            ("a::/b/:ro", dir("a", "/b", true)),
            ("..::/parent", dir("..", "/parent", false)),
            ("odd:name", dir("odd:name", "odd:name", false)),
        ] {
            assert_eq!(DirGrant::parse(text), Ok(expected), "{text}");
        }
        for text in ["", ":ro", "::/b", "a::", "a::b::c", "..", "a/../b", "a::/x/../y"] {
            assert!(DirGrant::parse(text).is_err(), "{text} must be refused");
        }
    }

    #[test]
    fn guest_starts_where_we_stand_if_it_can_see_it() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().canonicalize().expect("it exists");
        let inner = root.join("a/b");
        std::fs::create_dir_all(&inner).expect("can make folders");
        let root_text = root.to_str().expect("UTF-8");
        assert_eq!(guest_cwd(&[dir(root_text, "/r", false)], &inner), Some("/r/a/b".to_owned()));
        assert_eq!(guest_cwd(&[dir(root_text, ".", false)], &root), Some("/".to_owned()));
        assert_eq!(
            guest_cwd(&[dir("/", "/", false), dir(root_text, "/r", false)], &inner),
            Some("/r/a/b".to_owned())
        );
        assert_eq!(
            guest_cwd(&[dir("/", "/", false)], &inner),
            Some(inner.to_str().expect("UTF-8").to_owned())
        );
        assert_eq!(guest_cwd(&[dir(inner.to_str().expect("UTF-8"), "/i", false)], &root), None);
        assert_eq!(guest_cwd(&[], &root), None);
    }

    #[test]
    fn networks_are_read() {
        let v4 = "192.0.2.7".parse().expect("an address");
        let v6 = "::1".parse().expect("an address");
        for (text, expected) in [
            ("*", NetGrant::Everything),
            ("192.0.2.7", NetGrant::Address(v4, None)),
            ("192.0.2.7:443", NetGrant::Address(v4, Some(443))),
            ("::1", NetGrant::Address(v6, None)),
            ("[::1]", NetGrant::Address(v6, None)),
            ("[::1]:80", NetGrant::Address(v6, Some(80))),
            ("example.org", NetGrant::Name("example.org".to_owned(), None)),
            ("localhost:80", NetGrant::Name("localhost".to_owned(), Some(80))),
        ] {
            assert_eq!(NetGrant::parse(text), Ok(expected), "{text}");
        }
        for text in ["", ":80", "a:b", "a:70000", "1.2.3.4/8", "a b", "[::1"] {
            assert!(NetGrant::parse(text).is_err(), "{text} must be refused");
        }
    }

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
    fn environment_flags_are_read() {
        assert_eq!(
            EnvGrant::parse("A=b=c"),
            Ok(EnvGrant { name: "A".into(), value: Some("b=c".into()) })
        );
        assert_eq!(
            EnvGrant::parse("A="),
            Ok(EnvGrant { name: "A".into(), value: Some(String::new()) })
        );
        assert_eq!(EnvGrant::parse("A"), Ok(EnvGrant { name: "A".into(), value: None }));
        assert!(EnvGrant::parse("=b").is_err() && EnvGrant::parse("").is_err());
    }
}
