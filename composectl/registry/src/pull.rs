//! From a registry into a store.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use composectl_plan::{
    Code, ComponentInfo, Deadline, Digest, Error, Fetch, OciReference, Result, Store,
};

use crate::auth::Access;
use crate::client::{Client, Fetched};
use crate::manifest::{self, Named};
use crate::options::Options;
use crate::reach::Reach;

/// What a pull brought.
#[derive(Clone, Debug)]
pub struct Pulled {
    /// The reference with the manifest's digest instead of a tag: it always means the same bytes.
    pub pinned: OciReference,
    /// The component, in the store under this digest, and under the reference's text as its name.
    pub digest: Digest,
    /// Bytes of the component.
    pub size: u64,
    /// Whether the component was fetched; otherwise the store had it.
    pub fetched: bool,
}

/// Fetches the component that `reference` names and puts it into `store`, after everything was verified. A component
/// that the store has is not fetched again. `describe` says what a component imports and exports, or that it is none.
pub fn pull(
    reference: &OciReference,
    store: &Store,
    options: &Options,
    describe: impl Fn(&[u8]) -> Result<ComponentInfo>,
) -> Result<Pulled> {
    let client = Client::new(reference, Access::Pull, options)?;
    let Fetched { digest: manifest, artifact } = client.manifest(reference)?;
    let config = client.blob(&artifact.config, "the config", options.limits.document_bytes)?;
    manifest::check_config(&config, &artifact)?;
    let wanted = &artifact.component;
    // Reading verifies it. A damaged one is fetched, and replaced by `put`.
    let had = if store.has(&wanted.digest) { store.get(&wanted.digest).ok() } else { None };
    let fetched = had.is_none();
    let bytes = match had {
        Some(bytes) => bytes,
        None => component(&client, &artifact, options)?,
    };
    let info = describe(&bytes)?;
    if fetched {
        store.put(&bytes)?;
    }
    store.set_name(&reference.text(), &wanted.digest, &info)?;
    Ok(Pulled {
        pinned: OciReference { tag: None, digest: Some(manifest), ..reference.clone() },
        digest: wanted.digest,
        size: bytes.len() as u64,
        fetched,
    })
}

fn component(client: &Client, artifact: &Named, options: &Options) -> Result<Vec<u8>> {
    client.blob(&artifact.component, "the component", options.limits.blob_bytes)
}

/// Fetches what plans name as `oci:..`.
#[derive(Clone, Debug, Default)]
pub struct OciFetch {
    options: Options,
}

impl OciFetch {
    /// Fetches with these options.
    pub fn new(options: Options) -> Self {
        Self { options }
    }
}

impl Fetch for OciFetch {
    fn fetch(
        &self,
        reference: &OciReference,
        expected: &Digest,
        named_by_host: bool,
        deadline: Deadline,
    ) -> Result<Vec<u8>> {
        let mut options = self.options.clone();
        if named_by_host {
            options.reach = Reach::Registry;
        }
        let Some(left) = deadline.left() else { return fetch(reference, expected, &options) };
        options.limits.request = options.limits.request.min(left);
        // On a thread of its own, which is left behind at the deadline: looking up names, following redirects and asking
        // docker's helpers have no common clock.
        let (send, receive) = mpsc::channel();
        let (of_thread, expected) = (reference.clone(), *expected);
        let started = thread::Builder::new().name("fetch".to_owned()).spawn(move || {
            let _ = send.send(fetch(&of_thread, &expected, &options));
        });
        started.map_err(|error| {
            Error::new(Code::InternalError, format_args!("cannot start a thread: {error}"))
        })?;
        match receive.recv_timeout(left) {
            Ok(fetched) if fetched.is_ok() || deadline.left() != Some(Duration::ZERO) => fetched,
            // What else is wrong is wrong because the time is over.
            _ => Err(Deadline::missed(format_args!("fetching {}", reference.text())).with_context(
                format_args!("fetch it beforehand: composectl pull {}", reference.text()),
            )),
        }
    }
}

fn fetch(reference: &OciReference, expected: &Digest, options: &Options) -> Result<Vec<u8>> {
    let client = Client::new(reference, Access::Pull, options)?;
    let artifact = client.manifest(reference)?.artifact;
    let offered = artifact.component.digest;
    if offered != *expected {
        // Nothing more needs to be fetched to know.
        return Err(Error::new(
            Code::BlobDigestMismatch,
            format_args!("{} is the component {offered}, expected is {expected}", reference.text()),
        ));
    }
    component(&client, &artifact, options)
}
