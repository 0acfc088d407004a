//! What a provider may touch: folders, environment variables, network addresses. Nothing unless granted.
//!
//! The texts are those of `composectl run`'s flags `--dir`, `--env` and `--net`.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// The grants of one provider (`components[].grants` of a plan).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    /// Folders.
    pub dirs: Vec<DirGrant>,
    /// Environment variables.
    pub env: Vec<EnvGrant>,
    /// Network addresses: `*`, `ADDR` or `ADDR:PORT`; an address or a host name.
    pub net: Vec<String>,
}

impl Grants {
    /// Whether nothing is granted.
    pub fn is_empty(&self) -> bool {
        self.dirs.is_empty() && self.env.is_empty() && self.net.is_empty()
    }
}

/// `HOST[::GUEST][:ro]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirGrant {
    /// The folder of this machine; as the plan has it, that is relative to the plan's folder. The resolver makes
    /// it absolute.
    pub host: PathBuf,
    /// Its name for the guest.
    pub guest: String,
    /// Whether it may only be read.
    pub read_only: bool,
}

impl DirGrant {
    /// Reads `HOST[::GUEST][:ro]`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (paths, read_only) = match text.strip_suffix(":ro") {
            Some(paths) => (paths, true),
            None => (text, false),
        };
        let (host, guest) = paths.split_once("::").unwrap_or((paths, paths));
        if guest.contains("::") {
            return Err("`::` may stand there once only".to_owned());
        }
        if host.is_empty() || host.contains('\0') {
            return Err("the folder of this machine is missing".to_owned());
        }
        if guest.is_empty() || guest.contains('\0') {
            return Err("the name for the guest is missing after `::`".to_owned());
        }
        if guest.split('/').any(|part| part == "..") {
            return Err(format!(
                "`{guest}` is no name for the guest; say one, for example {host}::/data"
            ));
        }
        let trimmed = guest.trim_end_matches('/');
        let guest = if trimmed.is_empty() { "/" } else { trimmed };
        Ok(Self { host: host.into(), guest: guest.to_owned(), read_only })
    }

    /// The text that [`DirGrant::parse`] reads.
    pub fn text(&self) -> String {
        let host = self.host.display().to_string();
        let guest = if host == self.guest { String::new() } else { format!("::{}", self.guest) };
        let text = format!("{host}{guest}");
        match self.read_only {
            true => text + ":ro",
            // A name that really ends so.
            false if text.ends_with(":ro") => text + "/",
            false => text,
        }
    }
}

/// `NAME=VALUE`, or `NAME` for the value that composectl itself has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvGrant {
    /// The variable.
    pub name: String,
    /// Its value; `None`: the one of composectl's own environment, if set there.
    pub value: Option<String>,
}

impl EnvGrant {
    /// Reads `NAME[=VALUE]`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (text, None),
        };
        if name.is_empty() || text.contains('\0') {
            return Err("the name of the variable is missing".to_owned());
        }
        Ok(Self { name: name.to_owned(), value })
    }

    /// The text that [`EnvGrant::parse`] reads.
    pub fn text(&self) -> String {
        match &self.value {
            Some(value) => format!("{}={value}", self.name),
            None => self.name.clone(),
        }
    }
}

/// An address or a host name, and its port; none: every port. One element of `--net` and of `grants.net`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetGrant {
    /// `*`.
    Everything,
    /// An address.
    Address(IpAddr, Option<u16>),
    /// A host name, to be looked up by who grants.
    Name(String, Option<u16>),
}

impl NetGrant {
    /// Reads `*`, `ADDR` or `ADDR:PORT`.
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
            Some((name, port)) => (name, Some(read_port(port)?)),
            None => (text, None),
        };
        let is_name_char = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        if name.is_empty() || !name.chars().all(is_name_char) {
            return Err(
                "expected an address or a host name, for example 192.0.2.7:443 or [::1]:8080, or `*`"
                    .to_owned(),
            );
        }
        if ends_in_a_number(name) {
            return Err(format!(
                "`{name}` is no address: one has four numbers from 0 to 255, without zeros in front, for example \
                 127.0.0.1 or 127.0.0.1:8080"
            ));
        }
        Ok(Self::Name(name.to_owned(), port))
    }
}

fn read_port(text: &str) -> Result<u16, String> {
    let port = Some(text).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    port.and_then(|port| port.parse().ok())
        .ok_or_else(|| format!("`{text}` is no port (0 to 65535)"))
}

/// Whether browsers and resolvers take the name for an IPv4 address, in one of its old spellings: `127.1`, `0177.0.0.1`,
/// `0x7f.1`, `2130706433` (<https://url.spec.whatwg.org/#ends-in-a-number-checker>).
fn ends_in_a_number(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let last = name.rsplit('.').next().unwrap_or(name);
    let hexadecimal = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
    let is_hexadecimal =
        hexadecimal.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    is_hexadecimal || (!last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_read_back() {
        for text in
            ["data", "data::/d", "/x/y::/d:ro", "a:ro", "odd:name", "a::/b:ro:ro", "a::/b:ro/"]
        {
            assert_eq!(DirGrant::parse(text).expect(text).text(), text);
        }
        for text in ["A", "A=", "A=b=c"] {
            assert_eq!(EnvGrant::parse(text).expect(text).text(), text);
        }
        for text in ["*", "192.0.2.7", "192.0.2.7:443", "[::1]:80", "[::1]", "::1", "example.org:1"]
        {
            assert!(NetGrant::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_is_no_grant_is_refused() {
        for text in ["", ":ro", "::/b", "a::", "a::b::c", "..", "a/../b", "a::/x/../y", "a\0::b"] {
            assert!(DirGrant::parse(text).is_err(), "{text:?}");
        }
        for text in ["", "=b", "A=\0"] {
            assert!(EnvGrant::parse(text).is_err(), "{text:?}");
        }
        for text in ["", ":80", "a:b", "a:70000", "a:+80", "a:", "1.2.3.4/8", "a b", "[::1"] {
            assert!(NetGrant::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_is_read_as_an_address_elsewhere_is_no_name() {
        for text in [
            "0177.0.0.1",
            "010.0.0.1",
            "127.1",
            "127.0.1",
            "0x7f.1",
            "0x7F000001",
            "0x",
            "2130706433",
            "8080",
            "127.0.0.1.",
            "1.2.3.4.5",
            "256.1.1.1",
            "example.1",
            "example.0x1f",
            "127.0.0.1:+80",
            "127.1:80",
            "0:80",
        ] {
            assert!(NetGrant::parse(text).is_err(), "{text}");
        }
        for text in ["1.example", "127.0.0.1.example", "x8080", "0xg.org", "example.org."] {
            assert!(matches!(NetGrant::parse(text), Ok(NetGrant::Name(..))), "{text}");
        }
    }
}
