//! From here into a registry.

use composectl_plan::{Artifact, Code, ComponentInfo, Digest, Error, OciReference, Result};

use crate::auth::Access;
use crate::client::{Client, unversioned};
use crate::options::Options;

/// What a push left in the registry.
#[derive(Clone, Debug)]
pub struct Pushed {
    /// The reference with the manifest's digest instead of a tag.
    pub pinned: OciReference,
    /// The component.
    pub digest: Digest,
    /// Bytes of the component.
    pub size: u64,
    /// Whether the component was sent; otherwise the registry had it.
    pub sent: bool,
}

/// Stores `component` in the registry under the reference's tag. The tag is moved last, when all that it names is
/// there. The same component gives the same manifest.
pub fn push(
    reference: &OciReference,
    component: &[u8],
    info: &ComponentInfo,
    options: &Options,
) -> Result<Pushed> {
    let tag = match (&reference.tag, reference.digest) {
        (Some(tag), None) => tag,
        (None, None) => return Err(unversioned()),
        (_, Some(_)) => {
            return Err(Error::new(
                Code::InvalidInput,
                "a push goes to a tag; which digest it gets is its result",
            )
            .with_context("leave `@sha256:..` out"));
        }
    };
    let artifact = Artifact::of(component, info)?;
    let client = Client::new(reference, Access::Push, options)?;
    let sent = client.put_blob(component)?;
    client.put_blob(&artifact.config)?;
    let digest = client.put_manifest(&artifact.manifest, tag)?;
    Ok(Pushed {
        pinned: OciReference { tag: None, digest: Some(digest), ..reference.clone() },
        digest: Digest::of(component),
        size: component.len() as u64,
        sent,
    })
}
