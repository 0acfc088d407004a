//! HTTP as registries are allowed to make us speak it: TLS unless the user said otherwise, a bound on every answer,
//! no step back from TLS by a redirect, and the credentials for nobody but the registry.

use std::io::Read;
use std::sync::Arc;

use composectl_plan::{Code, Error, Result, shortened};
use ureq::Agent;
use ureq::http::{Method, Request, Response, Uri, header};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::unversioned::transport::DefaultConnector;

use crate::location::{is_loopback, is_secure, place};
use crate::options::{Limits, Options};
use crate::reach::{self, Guard};

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
    ///
    /// `registry` is the host that was named; where it leads to may be another ([`Options::reach`]).
    pub fn new(options: &Options, registry: &str) -> Self {
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
        let guard = Guard::new(options.reach, registry);
        Self { agent: Agent::with_parts(config, DefaultConnector::default(), guard), limits }
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

fn io_error(url: &Uri, error: &ureq::Error) -> Error {
    if reach::is_refusal(error) {
        return Error::new(
            Code::TrustUntrustedSource,
            format_args!("{} is not asked: its address is not public", place(url)),
        )
        .with_context(
            "--allow-private-registries lets plans name such registries, and so does the host's policy (`registries`)",
        );
    }
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
