//! Where a registry leads: redirects, upload locations, token servers. Never a step back from TLS, and without TLS to
//! nobody else.

use std::net::IpAddr;

use composectl_plan::{Code, Error, Result, shortened};
pub use ureq::http::Uri;

/// Where a redirect or an upload location leads, if it may.
pub fn target(from: &Uri, location: &str) -> Result<Uri> {
    let base = format!("{}://{}", from.scheme_str().unwrap_or_default(), authority(from));
    let absolute = if location.starts_with("//") {
        format!("{}:{location}", from.scheme_str().unwrap_or_default())
    } else if location.starts_with('/') {
        format!("{base}{location}")
    } else {
        location.to_owned()
    };
    let refuse = |why: &str| {
        let shown = shortened(location, 200);
        Error::new(
            Code::TrustUntrustedSource,
            format_args!("{} leads on to `{shown}`: {why}", place(from)),
        )
    };
    let to: Uri = absolute.parse().map_err(|_| refuse("this is no address"))?;
    if to.authority().is_none_or(|authority| authority.as_str().contains('@')) {
        return Err(refuse("this is no address of a host"));
    }
    match to.scheme_str() {
        Some("https") => Ok(to),
        Some("http") if is_secure(from) => Err(refuse("that is a step back from https to http")),
        Some("http") if same_origin(from, &to) || (is_loopback(from) && is_loopback(&to)) => Ok(to),
        Some("http") => Err(refuse("another host is not asked without https")),
        _ => Err(refuse("only http and https are spoken")),
    }
}

/// `scheme://host:port`, for messages.
pub fn place(url: &Uri) -> String {
    format!("{}://{}", url.scheme_str().unwrap_or("?"), authority(url))
}

fn authority(url: &Uri) -> &str {
    url.authority().map(|authority| authority.as_str()).unwrap_or_default()
}

/// Whether TLS guards what is sent there.
pub fn is_secure(url: &Uri) -> bool {
    url.scheme_str() == Some("https")
}

/// Whether both are the same server.
pub fn same_origin(a: &Uri, b: &Uri) -> bool {
    let port = |url: &Uri| url.port_u16().unwrap_or(if is_secure(url) { 443 } else { 80 });
    a.scheme_str() == b.scheme_str()
        && a.host().unwrap_or_default().eq_ignore_ascii_case(b.host().unwrap_or_default())
        && port(a) == port(b)
}

/// Whether the address is this machine's own, which nobody else listens to.
pub fn is_loopback(url: &Uri) -> bool {
    let host = url.host().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leads(from: &str, to: &str) -> Result<String> {
        target(&from.parse().expect("an address"), to).map(|url| url.to_string())
    }

    #[test]
    fn redirects_never_lead_away_from_tls() {
        let secure = "https://registry.test/v2/a/blobs/x";
        assert_eq!(leads(secure, "https://cdn.test/x").unwrap(), "https://cdn.test/x");
        assert_eq!(leads(secure, "/y?z=1").unwrap(), "https://registry.test/y?z=1");
        assert_eq!(leads(secure, "//cdn.test/x").unwrap(), "https://cdn.test/x");
        for bad in [
            "http://registry.test/x",
            "http://127.0.0.1/x",
            "ftp://a/x",
            "file:///etc/passwd",
            "x y",
            "",
            "https://u:p@a/x",
        ] {
            let error = leads(secure, bad).expect_err(bad);
            assert_eq!(error.code, Code::TrustUntrustedSource, "{bad}");
        }
    }

    #[test]
    fn without_tls_only_the_same_host_or_this_machine_is_asked() {
        let plain = "http://127.0.0.1:5000/v2/a/blobs/x";
        for good in [
            "/x",
            "http://127.0.0.1:5000/x",
            "http://localhost:1/x",
            "http://[::1]:1/x",
            "https://cdn.test/x",
        ] {
            assert!(leads(plain, good).is_ok(), "{good}");
        }
        for bad in ["http://cdn.test/x", "http://127.0.0.1.cdn.test/x", "http://10.0.0.1/x"] {
            assert_eq!(leads(plain, bad).expect_err(bad).code, Code::TrustUntrustedSource, "{bad}");
        }
        assert!(leads("http://registry.test/a", "http://127.0.0.1/x").is_err());
    }
}
