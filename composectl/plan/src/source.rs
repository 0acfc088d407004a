//! Where a blob can be had when the store lacks it: `components[].source` of a plan.

use std::path::{Component, Path, PathBuf};

use crate::deadline::Deadline;
use crate::digest::Digest;
use crate::error::{Code, Error, Result};
use crate::files::read_file;
use crate::store::MAX_BLOB_BYTES;

/// A source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file below the plan's folder, as a relative path with `/`.
    File(String),
    /// `oci:REGISTRY/REPOSITORY[:TAG][@sha256:..]`.
    Oci(OciReference),
}

/// What follows `oci:`. The digest is that of the manifest; the plan's own digest pins the component in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OciReference {
    /// Host name and optional port.
    pub registry: String,
    /// Path of the repository in the registry.
    pub repository: String,
    /// The tag.
    pub tag: Option<String>,
    /// The manifest's digest.
    pub digest: Option<Digest>,
}

impl Source {
    /// Reads a source. An `Err` says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(reference) = text.strip_prefix("oci:") {
            return OciReference::parse(reference).map(Self::Oci);
        }
        if let Some((scheme, _)) = text.split_once(':')
            && !scheme.is_empty()
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric())
        {
            return Err(format!(
                "`{scheme}:` is no kind of source; known are a relative file path and `oci:`"
            ));
        }
        if text.is_empty() || text.contains(['\0', '\\', ':']) || text.contains(char::is_control) {
            return Err("expected a relative file path with `/`, or `oci:REGISTRY/REPOSITORY[:TAG]@sha256:..`".to_owned());
        }
        for part in Path::new(text).components() {
            match part {
                Component::Normal(_) | Component::CurDir => {}
                Component::ParentDir => {
                    return Err("`..` leads out of the plan's folder".to_owned());
                }
                Component::RootDir | Component::Prefix(_) => {
                    return Err("an absolute path is not below the plan's folder".to_owned());
                }
            }
        }
        Ok(Self::File(text.to_owned()))
    }

    /// The text that [`Source::parse`] reads.
    pub fn text(&self) -> String {
        match self {
            Self::File(path) => path.clone(),
            Self::Oci(reference) => format!("oci:{}", reference.text()),
        }
    }

    /// Whether a file below `folder` has the component `digest`. Nothing can be said about a registry's before it is
    /// fetched.
    pub fn check(&self, folder: &Path, digest: &Digest) -> Result<()> {
        let Self::File(relative) = self else { return Ok(()) };
        let bytes = read_below(folder, relative, MAX_BLOB_BYTES)?.ok_or_else(|| {
            Error::new(
                Code::BlobNotFound,
                format_args!("it is not in the store, and its source `{relative}` does not exist"),
            )
        })?;
        let found = Digest::of(&bytes);
        if found == *digest {
            return Ok(());
        }
        Err(Error::new(
            Code::BlobDigestMismatch,
            format_args!("its source `{relative}` has the digest {found}, expected is {digest}"),
        ))
    }
}

/// Whether `text` is written like the host name and the port of a registry.
pub(crate) fn is_registry(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    !text.is_empty() && text.chars().all(allowed)
}

impl OciReference {
    /// Reads `REGISTRY/REPOSITORY[:TAG][@sha256:..]`. There is no default registry and no default tag.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => {
                (name, Some(digest.parse::<Digest>().map_err(|error| error.message)?))
            }
            None => (text, None),
        };
        let (registry, path) =
            name.split_once('/').ok_or("expected REGISTRY/REPOSITORY: the registry is missing")?;
        let (repository, tag) = match path.split_once(':') {
            Some((repository, tag)) => (repository, Some(tag)),
            None => (path, None),
        };
        if !is_registry(registry) {
            return Err(format!("`{registry}` is no registry (host name and optional port)"));
        }
        let lower = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let is_part = |part: &str| {
            part.bytes().all(|byte| lower(byte) || matches!(byte, b'.' | b'_' | b'-'))
                && part.bytes().next().is_some_and(lower)
                && part.bytes().last().is_some_and(lower)
        };
        if !repository.split('/').all(is_part) {
            return Err(format!(
                "`{repository}` is no repository (lower-case letters, digits, `.`, `_`, `-`, `/`)"
            ));
        }
        if let Some(tag) = tag {
            let tag_byte =
                |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
            if tag.is_empty()
                || tag.len() > 128
                || tag.starts_with(['.', '-'])
                || !tag.bytes().all(tag_byte)
            {
                return Err(format!("`{tag}` is no tag"));
            }
        }
        if tag.is_none() && digest.is_none() {
            return Err("neither a tag nor a digest says which version is meant".to_owned());
        }
        Ok(Self {
            registry: registry.to_owned(),
            repository: repository.to_owned(),
            tag: tag.map(str::to_owned),
            digest,
        })
    }

    /// The text that [`OciReference::parse`] reads.
    pub fn text(&self) -> String {
        let tag = self.tag.as_ref().map(|tag| format!(":{tag}")).unwrap_or_default();
        let digest = self.digest.map(|digest| format!("@{digest}")).unwrap_or_default();
        format!("{}/{}{tag}{digest}", self.registry, self.repository)
    }
}

/// Gets blobs from elsewhere; the binary supplies it, so that this crate needs no network code.
pub trait Fetch: Send + Sync {
    /// The component that `reference` stands for; `exec-timeout` at the deadline. What is returned is verified against
    /// `expected` by the caller. `named_by_host`: the host's policy lists the registry, which may then have a private
    /// address.
    fn fetch(
        &self,
        reference: &OciReference,
        expected: &Digest,
        named_by_host: bool,
        deadline: Deadline,
    ) -> Result<Vec<u8>>;
}

/// Fetches nothing: every reference is an error.
#[derive(Clone, Copy, Debug)]
pub struct NoFetch;

impl Fetch for NoFetch {
    fn fetch(
        &self,
        reference: &OciReference,
        expected: &Digest,
        _: bool,
        _: Deadline,
    ) -> Result<Vec<u8>> {
        Err(Error::new(
            Code::BlobNotFound,
            format_args!(
                "{expected} is not in the store, and nothing is fetched from registries here"
            ),
        )
        .with_context(format_args!("fetch it beforehand: composectl pull {}", reference.text())))
    }
}

/// The bytes of the file `relative` below `folder`, which no symbolic link may lead out of. `Ok(None)`: there
/// is no such file.
pub fn read_below(folder: &Path, relative: &str, most: u64) -> Result<Option<Vec<u8>>> {
    let path = folder.join(relative);
    let io = |path: &Path, error: std::io::Error| {
        Error::new(Code::BlobIoError, format_args!("{}: {error}", path.display()))
    };
    let folder = folder.canonicalize().map_err(|error| io(folder, error))?;
    let real: PathBuf = match path.canonicalize() {
        Ok(real) => real,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io(&path, error)),
    };
    if !real.starts_with(&folder) {
        return Err(Error::new(
            Code::TrustUntrustedSource,
            format_args!(
                "source `{relative}` leads out of the plan's folder through a symbolic link"
            ),
        ));
    }
    read_file(&real, most).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_read_back() {
        let digest = Digest::of(b"");
        for text in [
            "zlib.wasm".to_owned(),
            "blobs/zlib.wasm".to_owned(),
            "./zlib.wasm".to_owned(),
            "oci:localhost:5000/caps/zlib:1.0".to_owned(),
            format!("oci:registry.test/caps/zlib@{digest}"),
            format!("oci:registry.test/caps/zlib:1.0@{digest}"),
        ] {
            assert_eq!(Source::parse(&text).expect(&text).text(), text);
        }
    }

    #[test]
    fn only_files_up_to_the_bound_are_read() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("a"), b"1234").expect("room");
        std::fs::create_dir(folder.path().join("b")).expect("room");
        let read = |name, most| read_below(folder.path(), name, most).map_err(|error| error.code);
        assert_eq!(read("a", 4), Ok(Some(b"1234".to_vec())));
        assert_eq!(read("a", 3), Err(Code::BlobIoError));
        assert_eq!(read("b", 4), Err(Code::BlobIoError));
        assert_eq!(read("c", 4), Ok(None));
    }

    #[test]
    fn what_leads_elsewhere_is_no_source() {
        for text in [
            "",
            "/etc/passwd",
            "../x",
            "a/../../x",
            "a/..",
            "https://x.test/a",
            "a-b:c",
            "file:a",
            "a\\b",
            "a\nb",
            "a\u{9b}b",
            "a\0b",
            "oci:",
            "oci:zlib",
            "oci:r.test/zlib",
            "oci:r.test/Zlib:1",
            "oci:r.test/zlib:",
            "oci:r.test/zlib:-1",
            "oci:r.test/zlib@sha256:00",
            "oci:r.test//zlib:1",
            "oci:r.test/../zlib:1",
            "oci:r test/z:1",
        ] {
            assert!(Source::parse(text).is_err(), "{text:?}");
        }
    }
}
