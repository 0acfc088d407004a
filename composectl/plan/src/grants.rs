//! What a provider may touch: folders, environment variables, network addresses. Nothing unless granted.
//!
//! The texts are those of `composectl run`'s flags `--dir`, `--env` and `--net`.

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

/// Checks `*`, `ADDR` or `ADDR:PORT` for form; names are looked up by who grants.
pub fn check_net(text: &str) -> Result<(), String> {
    use std::net::{IpAddr, SocketAddr};
    let bare = text.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(text);
    if text == "*" || text.parse::<SocketAddr>().is_ok() || bare.parse::<IpAddr>().is_ok() {
        return Ok(());
    }
    let (name, port) = text.split_once(':').map_or((text, None), |(name, port)| (name, Some(port)));
    if let Some(port) = port
        && port.parse::<u16>().is_err()
    {
        return Err(format!("`{port}` is no port (0 to 65535)"));
    }
    let is_name_char = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    if name.is_empty() || !name.chars().all(is_name_char) {
        return Err(
            "expected `*`, an address or a host name, for example 192.0.2.7:443 or [::1]:8080"
                .to_owned(),
        );
    }
    Ok(())
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
            assert_eq!(check_net(text), Ok(()), "{text}");
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
        for text in ["", ":80", "a:b", "a:70000", "1.2.3.4/8", "a b", "[::1"] {
            assert!(check_net(text).is_err(), "{text:?}");
        }
    }
}
