//! The OCI distribution protocol, as far as one artifact needs it
//! (<https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md>).

use std::sync::Mutex;

use composectl_plan::{Code, Digest, Error, OciReference, Result, shortened};
use ureq::http::{Method, StatusCode, Uri};

use crate::answers::said;
use crate::auth::{self, Access};
use crate::location::{self, is_loopback, same_origin};
use crate::manifest::{self, Descriptor, Named};
use crate::options::Options;
use crate::transport::{Answer, Query, Transport, content_length, header_text};

/// One repository of one registry.
#[derive(Debug)]
pub struct Client {
    transport: Transport,
    registry: String,
    repository: String,
    base: Uri,
    access: Access,
    authorization: Mutex<Option<String>>,
}

/// The digest of a manifest, and what it names.
#[derive(Clone, Debug)]
pub struct Fetched {
    pub digest: Digest,
    pub artifact: Named,
}

impl Client {
    /// A client for the reference's repository. Nothing is sent yet.
    pub fn new(reference: &OciReference, access: Access, options: &Options) -> Result<Self> {
        let registry = &reference.registry;
        let (server, repository) = server_of(registry, &reference.repository);
        let invalid = || {
            Error::new(
                Code::InvalidInput,
                format_args!(
                    "`{registry}` is no registry: expected a host name and an optional port"
                ),
            )
        };
        let address =
            |scheme: &str| format!("{scheme}://{server}/").parse::<Uri>().map_err(|_| invalid());
        let plain = address("http")?;
        let host = plain.host().unwrap_or_default();
        let understood = match plain.port_u16() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        if host.is_empty() || understood != server {
            return Err(invalid());
        }
        let insecure = options.plain_http.unwrap_or_else(|| is_loopback(&plain));
        Ok(Self {
            transport: Transport::new(options, host),
            registry: registry.clone(),
            repository,
            base: if insecure { plain } else { address("https")? },
            access,
            authorization: Mutex::new(None),
        })
    }

    /// The manifest that the reference's digest or, without one, its tag names.
    pub fn manifest(&self, reference: &OciReference) -> Result<Fetched> {
        let named = match (&reference.digest, &reference.tag) {
            (Some(digest), _) => digest.to_string(),
            (None, Some(tag)) => tag.clone(),
            (None, None) => return Err(unversioned()),
        };
        let url = self.url(&format!("manifests/{named}"))?;
        let headers = [("accept", manifest::ACCEPT)];
        let answer =
            self.ask(url, Query { method: &Method::GET, headers: &headers, body: None })?;
        match answer.response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => {
                return Err(Error::new(
                    Code::BlobNotFound,
                    format_args!("there is no {}", reference.text()),
                ));
            }
            _ => return Err(self.unexpected(answer, "asked for a manifest")),
        }
        let announced = header_text(&answer.response, "docker-content-digest").map(str::to_owned);
        let most = self.transport.limits().document_bytes;
        let bytes = self.transport.read(answer, most, "the manifest")?;
        let digest = Digest::of(&bytes);
        // By tag the registry's word is all there is; by digest the reference's.
        let promised = match reference.digest {
            Some(digest) => Some(digest.to_string()),
            None => announced,
        };
        if let Some(promised) = promised.filter(|promised| *promised != digest.to_string()) {
            return Err(Error::new(
                Code::BlobDigestMismatch,
                format_args!(
                    "{} sent a manifest with the digest {digest} for {}",
                    self.registry,
                    shortened(&promised, 80)
                ),
            ));
        }
        let artifact = manifest::read(&bytes).map_err(|error| Error {
            message: format!("{}: {}", reference.text(), error.message),
            ..error
        })?;
        Ok(Fetched { digest, artifact })
    }

    /// A blob, verified: exactly the bytes that the descriptor names.
    pub fn blob(&self, descriptor: &Descriptor, what: &str, most: u64) -> Result<Vec<u8>> {
        if descriptor.size > most {
            return Err(Error::new(
                Code::ExecResourceExhausted,
                format_args!("{what} has {} bytes; at most {most} are fetched", descriptor.size),
            ));
        }
        let url = self.url(&format!("blobs/{}", descriptor.digest))?;
        let answer = self.ask(url, Query { method: &Method::GET, headers: &[], body: None })?;
        match answer.response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => {
                return Err(Error::new(
                    Code::BlobNotFound,
                    format_args!("{} has no blob {}", self.registry, descriptor.digest),
                ));
            }
            _ => return Err(self.unexpected(answer, "asked for a blob")),
        }
        let mismatch = |found: String| {
            Error::new(
                Code::BlobDigestMismatch,
                format_args!("{} sent {found} for {what} {}", self.registry, descriptor.digest),
            )
        };
        if let Some(length) = content_length(&answer.response)
            && length != descriptor.size
        {
            return Err(mismatch(format!("{length} bytes instead of {}", descriptor.size)));
        }
        let bytes = match self.transport.read(answer, descriptor.size, what) {
            Err(error) if error.code == Code::ExecResourceExhausted => {
                return Err(mismatch(format!("more than the {} bytes promised", descriptor.size)));
            }
            read => read?,
        };
        if (bytes.len() as u64) < descriptor.size {
            return Err(Error::new(
                Code::BlobIoError,
                format_args!(
                    "{what} from {} broke off after {} of {} bytes",
                    self.registry,
                    bytes.len(),
                    descriptor.size
                ),
            ));
        }
        let digest = Digest::of(&bytes);
        if digest != descriptor.digest {
            return Err(mismatch(format!("bytes with the digest {digest}")));
        }
        Ok(bytes)
    }

    /// Stores a blob, unless the registry has it; whether it was sent.
    pub fn put_blob(&self, bytes: &[u8]) -> Result<bool> {
        let digest = Digest::of(bytes);
        let url = self.url(&format!("blobs/{digest}"))?;
        let head = self.ask(url, Query { method: &Method::HEAD, headers: &[], body: None })?;
        if head.response.status() == StatusCode::OK {
            return Ok(false);
        }
        let url = self.url("blobs/uploads/")?;
        let answer =
            self.ask(url, Query { method: &Method::POST, headers: &[], body: Some(b"") })?;
        if answer.response.status() != StatusCode::ACCEPTED {
            return Err(self.unexpected(answer, "asked to take a blob"));
        }
        let Some(location) = header_text(&answer.response, "location") else {
            return Err(self.unexpected(answer, "asked to take a blob (it names no place)"));
        };
        let place = location::target(&answer.url, location)?;
        let separator = if place.query().is_some() { '&' } else { '?' };
        let place = format!("{place}{separator}digest={digest}").parse::<Uri>().map_err(|_| {
            Error::new(
                Code::BlobIoError,
                format_args!("{} names an impossible place to send a blob to", self.registry),
            )
        })?;
        let headers = [("content-type", "application/octet-stream")];
        let query = Query { method: &Method::PUT, headers: &headers, body: Some(bytes) };
        let answer = self.ask(place, query)?;
        if answer.response.status() != StatusCode::CREATED {
            return Err(self.unexpected(answer, "sent a blob"));
        }
        Ok(true)
    }

    /// Stores a manifest under a tag; its digest.
    pub fn put_manifest(&self, bytes: &[u8], tag: &str) -> Result<Digest> {
        let digest = Digest::of(bytes);
        let url = self.url(&format!("manifests/{tag}"))?;
        let headers = [("content-type", manifest::MANIFEST)];
        let query = Query { method: &Method::PUT, headers: &headers, body: Some(bytes) };
        let answer = self.ask(url, query)?;
        if answer.response.status() != StatusCode::CREATED {
            return Err(self.unexpected(answer, "sent the manifest"));
        }
        match header_text(&answer.response, "docker-content-digest") {
            Some(stored) if stored != digest.to_string() => Err(Error::new(
                Code::BlobDigestMismatch,
                format_args!(
                    "{} stored the manifest {digest} as {}",
                    self.registry,
                    shortened(stored, 80)
                ),
            )),
            _ => Ok(digest),
        }
    }

    fn url(&self, rest: &str) -> Result<Uri> {
        let text = format!("{}v2/{}/{rest}", self.base, self.repository);
        text.parse().map_err(|_| {
            Error::new(Code::InvalidInput, format_args!("`{}` is no repository", self.repository))
        })
    }

    /// Sends a request; answers the registry's question who asks, and follows redirects of what is only read.
    fn ask(&self, url: Uri, query: Query<'_>) -> Result<Answer> {
        let follow = query.body.is_none();
        let (mut url, mut hops, mut asked) = (url, 0, false);
        loop {
            let ours = same_origin(&url, &self.base);
            let known = if ours { self.authorization() } else { None };
            let answer = self.transport.send(&url, query, known.as_deref())?;
            match answer.response.status() {
                StatusCode::UNAUTHORIZED if ours && !asked => {
                    let found = auth::authorization(
                        &self.transport,
                        &answer,
                        &self.registry,
                        &self.repository,
                        self.access,
                    )?;
                    asked = true;
                    *self.authorization.lock().unwrap_or_else(|poison| poison.into_inner()) =
                        Some(found);
                }
                status if follow && status.is_redirection() => {
                    hops += 1;
                    if hops > self.transport.limits().redirects {
                        return Err(self.unexpected(answer, "asked, led on and on"));
                    }
                    let Some(location) = header_text(&answer.response, "location") else {
                        return Err(self.unexpected(answer, "asked (it names no place)"));
                    };
                    url = location::target(&url, location)?;
                }
                _ => return Ok(answer),
            }
        }
    }

    fn authorization(&self) -> Option<String> {
        self.authorization.lock().unwrap_or_else(|poison| poison.into_inner()).clone()
    }

    /// An answer that is none of those that the protocol has for success.
    fn unexpected(&self, answer: Answer, when: &str) -> Error {
        let status = answer.response.status();
        let said = self.said(answer);
        let said = if said.is_empty() { String::new() } else { format!(": {said}") };
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                auth::refused(&self.registry, &format!("when {when} it answers {status}{said}"))
            }
            _ => Error::new(
                Code::BlobIoError,
                format_args!("{} answers {status} when {when}{said}", self.registry),
            ),
        }
    }

    /// The error that a registry put into words, if it did.
    fn said(&self, answer: Answer) -> String {
        match self.transport.read(answer, 64 << 10, "the error") {
            Ok(bytes) => said(&bytes),
            Err(_) => String::new(),
        }
    }
}

/// The server of a registry, and what it calls the repository. `docker.io` is what docker's own client makes of it:
/// another host, and repositories of one part are those of `library`.
fn server_of<'r>(registry: &'r str, repository: &str) -> (&'r str, String) {
    if !auth::is_docker_hub(registry) {
        return (registry, repository.to_owned());
    }
    let prefix = if repository.contains('/') { "" } else { "library/" };
    ("registry-1.docker.io", format!("{prefix}{repository}"))
}

/// The error for a reference that names no version.
pub fn unversioned() -> Error {
    Error::new(Code::InvalidInput, "neither a tag nor a digest says which version is meant")
        .with_context("add a tag: REGISTRY/REPOSITORY:TAG")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest_of(reference: &str) -> String {
        let reference = OciReference::parse(reference).expect(reference);
        let client = Client::new(&reference, Access::Pull, &Options::default()).expect("a client");
        client.url("manifests/1").expect("an address").to_string()
    }

    #[test]
    fn docker_hub_is_known_as_dockers_client_knows_it() {
        for name in ["docker.io", "index.docker.io", "Docker.io"] {
            assert_eq!(
                manifest_of(&format!("{name}/zlib:1")),
                "https://registry-1.docker.io/v2/library/zlib/manifests/1"
            );
            assert_eq!(
                manifest_of(&format!("{name}/caps/zlib:1")),
                "https://registry-1.docker.io/v2/caps/zlib/manifests/1"
            );
        }
        assert_eq!(
            manifest_of("registry.test/zlib:1"),
            "https://registry.test/v2/zlib/manifests/1"
        );
        assert_eq!(
            manifest_of("my.docker.io:5000/zlib:1"),
            "https://my.docker.io:5000/v2/zlib/manifests/1"
        );
    }
}
