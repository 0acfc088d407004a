//! Who we are, where a registry asks: docker's configuration (`docker login`) and the token protocol of the
//! distribution specification.
//!
//! **Security invariant:** credentials and tokens are sent over TLS or to this machine only, tokens only to the
//! registry that asked for them, and neither ever reaches a message.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use composectl_plan::{Code, Error, Result, read_bounded, shortened};
use docker_credential::{CredentialRetrievalError, DockerCredential};
use serde::Deserialize;
use ureq::http::{Method, Uri};

use crate::answers::{Challenge, challenges_of, token};
use crate::location::{self, is_loopback, is_secure, place};
use crate::transport::{Answer, Query, Transport};

/// What is to be done with a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read.
    Pull,
    /// Read and write.
    Push,
}

/// The value of `Authorization` that answers a 401 of the registry.
pub fn authorization(
    transport: &Transport,
    refusal: &Answer,
    registry: &str,
    repository: &str,
    access: Access,
) -> Result<String> {
    let headers = refusal.response.headers().get_all("www-authenticate");
    let challenges: Vec<Challenge> =
        headers.iter().filter_map(|value| value.to_str().ok()).flat_map(challenges_of).collect();
    let url = &refusal.url;
    if let Some(challenge) = challenges.iter().find(|challenge| challenge.scheme == "bearer") {
        return bearer(transport, url, challenge, registry, repository, access);
    }
    if challenges.iter().any(|challenge| challenge.scheme == "basic") {
        require_private(url)?;
        return match credential(registry)? {
            Some(DockerCredential::UsernamePassword(user, password)) => Ok(basic(&user, &password)),
            Some(DockerCredential::IdentityToken(_)) => Err(Error::new(
                Code::BlobIoError,
                format_args!(
                    "{registry} wants a user and a password, and docker's configuration has a token for it"
                ),
            )),
            None => Err(unknown_user(registry)),
        };
    }
    Err(Error::new(
        Code::BlobIoError,
        format_args!("{} wants to know who asks, in a way that is not known here", place(url)),
    ))
}

/// Asks the registry's token server.
fn bearer(
    transport: &Transport,
    url: &Uri,
    challenge: &Challenge,
    registry: &str,
    repository: &str,
    access: Access,
) -> Result<String> {
    let realm = challenge.get("realm").ok_or_else(|| {
        Error::new(
            Code::BlobIoError,
            format_args!("{} names no server to get a token from", place(url)),
        )
    })?;
    let realm = location::target(url, realm)?;
    let actions = match access {
        Access::Pull => "pull",
        Access::Push => "pull,push",
    };
    // Never what the registry's own `scope` asks for: it might want a token for something else.
    let scope = format!("repository:{repository}:{actions}");
    let service = challenge.get("service").unwrap_or_default();
    let credential = credential(registry)?;
    if credential.is_some() {
        require_private(&realm)?;
    }
    let answer = match &credential {
        Some(DockerCredential::IdentityToken(token)) => {
            let form = form(&[
                ("grant_type", "refresh_token"),
                ("client_id", "composectl"),
                ("service", service),
                ("scope", &scope),
                ("refresh_token", token),
            ]);
            let headers = [("content-type", "application/x-www-form-urlencoded")];
            let query =
                Query { method: &Method::POST, headers: &headers, body: Some(form.as_bytes()) };
            transport.send(&realm, query, None)?
        }
        _ => {
            let separator = if realm.query().is_some() { '&' } else { '?' };
            let parameters = form(&[("service", service), ("scope", &scope)]);
            let asked = format!("{realm}{separator}{parameters}");
            let asked = asked.parse::<Uri>().map_err(|_| {
                Error::new(Code::BlobIoError, format_args!("{} is no server to ask", place(&realm)))
            })?;
            let known = match &credential {
                Some(DockerCredential::UsernamePassword(user, password)) => {
                    Some(basic(user, password))
                }
                _ => None,
            };
            let query = Query { method: &Method::GET, headers: &[], body: None };
            transport.send(&asked, query, known.as_deref())?
        }
    };
    let status = answer.response.status();
    if !status.is_success() {
        if credential.is_none() {
            return Err(unknown_user(registry));
        }
        return Err(refused(registry, &format!("its token server answers {status}")));
    }
    let bytes = transport.read(answer, transport.limits().document_bytes, "the token")?;
    let token = token(&bytes)
        .ok_or_else(|| refused(registry, "what its token server sent holds no token"))?;
    Ok(format!("Bearer {token}"))
}

/// The error when a registry will not let the user in.
pub fn refused(registry: &str, why: &str) -> Error {
    let error = Error::new(Code::BlobIoError, format_args!("{registry} refuses access: {why}"));
    match missing_helper(registry) {
        Some(helper) => error.with_context(format_args!(
            "docker's configuration has credentials for it with `{helper}`, which is not in PATH: nobody's were sent"
        )),
        None => error.with_context(format_args!("`docker login {registry}` stores who you are")),
    }
}

fn unknown_user(registry: &str) -> Error {
    refused(registry, "it wants a user, and docker's configuration knows none for it")
}

/// What docker's configuration has for the registry.
fn credential(registry: &str) -> Result<Option<DockerCredential>> {
    let unusable = |why: String| {
        Err(Error::new(
            Code::BlobIoError,
            format_args!("docker's configuration has unusable credentials for {registry}: {why}"),
        )
        .with_context("it is $DOCKER_CONFIG/config.json or ~/.docker/config.json"))
    };
    let Some(path) = configuration() else { return Ok(None) };
    let configuration = match read_bounded(&path, MOST_CONFIGURATION) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return unusable(error.to_string()),
        Ok(bytes) => bytes,
    };
    let server = server_key(registry);
    match docker_credential::get_credential_from_reader(&*configuration, server) {
        Ok(credential) => Ok(Some(credential)),
        Err(CredentialRetrievalError::NoCredentialConfigured) => Ok(None),
        // What helpers say, in docker's own words, when they have nothing for a server.
        Err(CredentialRetrievalError::HelperFailure { stdout, .. })
            if stdout.contains("credentials not found") =>
        {
            Ok(None)
        }
        // Its output may be the credentials.
        Err(CredentialRetrievalError::HelperFailure { helper, .. }) => {
            unusable(format!("the helper `{}` failed", shortened(&helper, 60)))
        }
        // Without it the registry is asked as nobody, which is enough for what is public.
        Err(CredentialRetrievalError::HelperCommunicationError)
            if missing_helper(registry).is_some() =>
        {
            Ok(None)
        }
        Err(error) => unusable(shortened(&error.to_string(), 100)),
    }
}

/// Whether the registry is docker's own, by one of its names.
pub fn is_docker_hub(registry: &str) -> bool {
    ["docker.io", "index.docker.io"].iter().any(|name| registry.eq_ignore_ascii_case(name))
}

/// What docker's configuration calls a registry.
fn server_key(registry: &str) -> &str {
    if is_docker_hub(registry) { "https://index.docker.io/v1/" } else { registry }
}

/// The program that docker's configuration has the registry's credentials with, if there is no such program.
fn missing_helper(registry: &str) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Helpers {
        #[serde(default)]
        cred_helpers: BTreeMap<String, String>,
        creds_store: Option<String>,
    }
    let bytes = read_bounded(&configuration()?, MOST_CONFIGURATION).ok()?;
    let Helpers { mut cred_helpers, creds_store } = serde_json::from_slice(&bytes).ok()?;
    let name = cred_helpers.remove(server_key(registry)).or(creds_store)?;
    let program = format!("docker-credential-{name}");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_there = std::env::split_paths(&path).any(|folder| folder.join(&program).is_file());
    (!is_there).then(|| shortened(&program, 80))
}

const MOST_CONFIGURATION: u64 = 16 << 20;

/// Where docker keeps its configuration.
fn configuration() -> Option<PathBuf> {
    let own = std::env::var_os("DOCKER_CONFIG").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".docker"));
    own.or_else(home).map(|folder| folder.join("config.json"))
}

/// Fails where others could read along.
fn require_private(url: &Uri) -> Result<()> {
    if is_secure(url) || is_loopback(url) {
        return Ok(());
    }
    Err(Error::new(
        Code::TrustUntrustedSource,
        format_args!("{} wants credentials, which are not sent without TLS", place(url)),
    ))
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// `application/x-www-form-urlencoded`.
fn form(fields: &[(&str, &str)]) -> String {
    let encode = |text: &str| -> String {
        let byte = |byte: u8| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        };
        text.bytes().map(byte).collect()
    };
    let field = |(name, value): &(&str, &str)| format!("{name}={}", encode(value));
    fields.iter().map(field).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_encoded() {
        assert_eq!(form(&[("a", "b c&d=\u{e9}"), ("e", "")]), "a=b%20c%26d%3D%C3%A9&e=");
    }
}
