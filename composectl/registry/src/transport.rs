//! HTTP as registries are allowed to make us speak it: TLS unless the user said otherwise, a bound on every answer,
//! no step back from TLS by a redirect, and the credentials for nobody but the registry.

use std::io::Read;
use std::net::IpAddr;
use std::sync::Arc;

use composectl_plan::{Code, Error, Result, shortened};
use ureq::Agent;
use ureq::http::{Method, Request, Response, Uri, header};
use ureq::tls::{RootCerts, TlsConfig};

use crate::options::{Limits, Options};

/// An answer, and the place that gave it.
pub struct Answer {
    pub url: Uri,
    pub response: Response<ureq::Body>,
}

/// A request without its place.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    pub method: &'a Method,
    pub headers: &'a [(&'a str, &'a str)],
    pub body: Option<&'a [u8]>,
}

/// Sends single requests.
#[derive(Debug)]
pub struct Transport {
    agent: Agent,
    limits: Limits,
}

impl Transport {
    /// A transport within the options' limits. It trusts the certificates that the system trusts
    /// (`SSL_CERT_FILE` and `SSL_CERT_DIR` override them), and takes proxies from the environment.
    pub fn new(options: &Options) -> Self {
        let limits = options.limits.clone();
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            // Followed by us, one by one.
            .max_redirects(0)
            .user_agent(concat!("composectl/", env!("CARGO_PKG_VERSION")))
            .timeout_global(Some(limits.request))
            .timeout_resolve(Some(limits.connect))
            .timeout_connect(Some(limits.connect))
            .timeout_per_read(Some(limits.stall))
            .timeout_per_write(Some(limits.stall))
            .build();
        Self { agent: config.new_agent(), limits }
    }

    /// One request to one place, without following anything.
    pub fn send(&self, url: &Uri, query: Query<'_>, authorization: Option<&str>) -> Result<Answer> {
        let mut request = Request::builder().method(query.method).uri(url.clone());
        for (name, value) in query.headers {
            request = request.header(*name, *value);
        }
        if let Some(value) = authorization {
            request = request.header(header::AUTHORIZATION, value);
        }
        let fault = |error: ureq::Error| io_error(url, &error);
        let malformed = |_| {
            // The text may hold a token; it is not shown.
            Error::new(Code::InvalidInput, format_args!("no request can be made to {}", place(url)))
        };
        let response = match query.body {
            Some(body) => self.run(url, request.body(body).map_err(malformed)?),
            None => self.run(url, request.body(()).map_err(malformed)?),
        };
        Ok(Answer { url: url.clone(), response: response.map_err(fault)? })
    }

    fn run(
        &self,
        url: &Uri,
        request: Request<impl ureq::AsSendBody>,
    ) -> Result<Response<ureq::Body>, ureq::Error> {
        if is_loopback(url) {
            // A proxy of the environment would look for the registry on its own machine.
            let request = self.agent.configure_request(request).proxy(None).build();
            return self.agent.run(request);
        }
        self.agent.run(request)
    }

    /// Where a redirect or an upload location leads, if it may.
    pub fn target(&self, from: &Uri, location: &str) -> Result<Uri> {
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
            Some("http") if is_secure(from) => {
                Err(refuse("that is a step back from https to http"))
            }
            Some("http") if same_origin(from, &to) || (is_loopback(from) && is_loopback(&to)) => {
                Ok(to)
            }
            Some("http") => Err(refuse("another host is not asked without https")),
            _ => Err(refuse("only http and https are spoken")),
        }
    }

    /// The body of an answer; an error beyond `most` bytes.
    pub fn read(&self, answer: Answer, most: u64, what: &str) -> Result<Vec<u8>> {
        let Answer { url, response } = answer;
        let too_large = || {
            Error::new(
                Code::ExecResourceExhausted,
                format_args!("{what} from {} is larger than {most} bytes", place(&url)),
            )
        };
        let announced = content_length(&response);
        if announced.is_some_and(|length| length > most) {
            return Err(too_large());
        }
        let mut bytes = Vec::new();
        let mut body = response.into_body().into_reader().take(most.saturating_add(1));
        body.read_to_end(&mut bytes).map_err(|error| {
            Error::new(
                Code::BlobIoError,
                format_args!(
                    "{what} from {} broke off after {} bytes: {}",
                    place(&url),
                    bytes.len(),
                    describe(&ureq::Error::from(error))
                ),
            )
        })?;
        if bytes.len() as u64 > most { Err(too_large()) } else { Ok(bytes) }
    }

    /// The bounds that hold.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }
}

/// What the answer says about the length of its body.
pub fn content_length(response: &Response<ureq::Body>) -> Option<u64> {
    response.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// A header's text.
pub fn header_text<'a>(response: &'a Response<ureq::Body>, name: &str) -> Option<&'a str> {
    response.headers().get(name)?.to_str().ok()
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

fn io_error(url: &Uri, error: &ureq::Error) -> Error {
    let fault = Error::new(
        Code::BlobIoError,
        format_args!("cannot talk to {}: {}", place(url), describe(error)),
    );
    match error {
        ureq::Error::Rustls(_) if is_secure(url) => fault.with_context(
            "the system's certificates decide whom to trust; SSL_CERT_FILE names others, and --plain-http \
             does without TLS",
        ),
        ureq::Error::HostNotFound => fault.with_context(
            "a reference begins with the registry's host name, for example registry.test:5000/caps/zlib:1.0",
        ),
        _ => fault,
    }
}

fn describe(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(_) => "it took too long".to_owned(),
        ureq::Error::HostNotFound => "there is no such host".to_owned(),
        ureq::Error::Io(error) => shortened(&error.to_string(), 200),
        ureq::Error::Rustls(error) => shortened(&format!("TLS: {error}"), 200),
        error => shortened(&error.to_string(), 200),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leads(from: &str, to: &str) -> Result<String> {
        let transport = Transport::new(&Options::default());
        transport.target(&from.parse().expect("an address"), to).map(|url| url.to_string())
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
