//! The artifact: one component in an OCI image manifest, as the CNCF's "Wasm OCI Artifact layout" describes it
//! (<https://tag-runtime.cncf.io/wgs/wasm/deliverables/wasm-oci-artifact/>).

use composectl_plan::{Code, Digest, Error, Result, problem_of, shortened};
use serde::Deserialize;

/// An OCI image manifest.
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// The configuration of such an artifact.
pub const CONFIG: &str = "application/vnd.wasm.config.v0+json";
/// Its only layer.
pub const LAYER: &str = "application/wasm";

/// Kinds of manifest that a registry may answer with: asking for all of them tells what there is instead.
pub const ACCEPT: &str = "application/vnd.oci.image.manifest.v1+json, \
                          application/vnd.oci.image.index.v1+json;q=0.5, \
                          application/vnd.docker.distribution.manifest.v2+json;q=0.5, \
                          application/vnd.docker.distribution.manifest.list.v2+json;q=0.5";

/// One blob that a manifest names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptor {
    pub digest: Digest,
    /// Bytes.
    pub size: u64,
}

/// What a manifest of one component names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub config: Descriptor,
    pub component: Descriptor,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawManifest {
    schema_version: u32,
    #[serde(default)]
    media_type: Option<String>,
    #[serde(default)]
    config: Option<RawDescriptor>,
    #[serde(default)]
    layers: Option<Vec<RawDescriptor>>,
    /// An index has this.
    #[serde(default)]
    manifests: Option<Vec<serde_json::Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawDescriptor {
    media_type: String,
    digest: String,
    size: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReadConfig {
    #[serde(default)]
    architecture: Option<String>,
    #[serde(default)]
    layer_digests: Option<Vec<String>>,
}

/// Reads a manifest; an error unless it is that of one component.
pub fn read(bytes: &[u8]) -> Result<Named> {
    let manifest: RawManifest = serde_json::from_slice(bytes)
        .map_err(|error| unusable(&format!("it is no manifest: {}", problem_of(&error))))?;
    if let Some(manifests) = &manifest.manifests {
        // With layers as well, two readers could see two different things (CVE-2021-41190).
        return Err(unusable(&format!("it is an index of {} manifests", manifests.len()))
            .with_context("name one of them by its digest: REGISTRY/REPOSITORY@sha256:.."));
    }
    if manifest.schema_version != 2 {
        return Err(unusable(&format!("its schemaVersion is {}, not 2", manifest.schema_version)));
    }
    if let Some(kind) = manifest.media_type.as_deref().filter(|kind| *kind != MANIFEST) {
        return Err(unusable(&format!(
            "its mediaType is {}, not {MANIFEST}",
            shortened(kind, 100)
        )));
    }
    let config = manifest.config.ok_or_else(|| unusable("it has no config"))?;
    let config = typed(&config, CONFIG, "config")?;
    let layers = manifest.layers.unwrap_or_default();
    let [layer] = layers.as_slice() else {
        return Err(unusable(&format!("it has {} layers, not one", layers.len())));
    };
    Ok(Named { config, component: typed(layer, LAYER, "layer")? })
}

fn typed(raw: &RawDescriptor, kind: &str, what: &str) -> Result<Descriptor> {
    if raw.media_type != kind {
        let found = shortened(&raw.media_type, 100);
        return Err(unusable(&format!("its {what} is of type {found}, not {kind}")));
    }
    let digest = raw.digest.parse().map_err(|_| {
        unusable(&format!(
            "its {what} has the digest `{}`, not sha256:<64 hex digits>",
            shortened(&raw.digest, 100)
        ))
    })?;
    Ok(Descriptor { digest, size: raw.size })
}

/// Fails unless the configuration speaks of the same component as the manifest.
pub fn check_config(bytes: &[u8], artifact: &Named) -> Result<()> {
    let config: ReadConfig = serde_json::from_slice(bytes).map_err(|error| {
        unusable(&format!("its config is not readable: {}", problem_of(&error)))
    })?;
    if let Some(other) = config.architecture.as_deref().filter(|name| *name != "wasm") {
        return Err(unusable(&format!("it is for {}, not for wasm", shortened(other, 60))));
    }
    let component = artifact.component.digest.to_string();
    match config.layer_digests.as_deref() {
        None => Ok(()),
        Some([digest]) if *digest == component => Ok(()),
        Some(_) => Err(unusable("its config and its manifest name different layers")),
    }
}

fn unusable(why: &str) -> Error {
    Error::new(Code::InvalidInput, format_args!("this is no artifact of one component: {why}"))
}

#[cfg(test)]
mod tests {
    use composectl_plan::{Artifact, ComponentInfo};

    use super::*;

    fn documents() -> Artifact {
        let exports = vec!["compose:dynlink/endpoint@0.1.0".to_owned()];
        Artifact::of(b"component", &ComponentInfo { exports, imports: vec![] }).unwrap()
    }

    #[test]
    fn what_is_pushed_is_read() {
        let documents = documents();
        let artifact = read(&documents.manifest).unwrap();
        assert_eq!(artifact.component.digest, Digest::of(b"component"));
        assert_eq!(artifact.component.size, 9);
        assert_eq!(artifact.config.digest, Digest::of(&documents.config));
        check_config(&documents.config, &artifact).unwrap();
    }

    #[test]
    fn documents_are_those_of_the_layout() {
        let documents = documents();
        let layer = Digest::of(b"component");
        let config = Digest::of(&documents.config);
        assert_eq!(
            String::from_utf8_lossy(&documents.config),
            format!(
                r#"{{"created":"1970-01-01T00:00:00Z","architecture":"wasm","os":"wasip2","layerDigests":["{layer}"],"component":{{"exports":["compose:dynlink/endpoint@0.1.0"],"imports":[]}}}}"#
            )
        );
        assert_eq!(
            String::from_utf8_lossy(&documents.manifest),
            format!(
                r#"{{"schemaVersion":2,"mediaType":"{MANIFEST}","config":{{"mediaType":"{CONFIG}","digest":"{config}","size":{}}},"layers":[{{"mediaType":"{LAYER}","digest":"{layer}","size":9}}]}}"#,
                documents.config.len()
            )
        );
    }

    #[test]
    fn other_manifests_are_refused_and_named() {
        let good = String::from_utf8(documents().manifest).unwrap();
        let layer = good.split("\"layers\":[").nth(1).unwrap().trim_end_matches("]}").to_owned();
        let cases = [
            (String::new(), "no manifest"),
            (good[..40].to_owned(), "no manifest"),
            ("[]".to_owned(), "no manifest"),
            (good.replace("\"schemaVersion\":2", "\"schemaVersion\":1"), "schemaVersion is 1"),
            (good.replace(MANIFEST, "application/x"), "mediaType is application/x"),
            (
                good.replace(CONFIG, "application/vnd.oci.image.config.v1+json"),
                "its config is of type",
            ),
            (good.replace(LAYER, "application/tar"), "its layer is of type application/tar"),
            (good.replace(&layer, ""), "0 layers"),
            (good.replace(&layer, &format!("{layer},{layer}")), "2 layers"),
            (good.replace("\"config\"", "\"other\""), "no config"),
            (good.replace("sha256:", "sha512:"), "has the digest `sha512:"),
            (good.replace("\"size\":9", "\"size\":-9"), "no manifest"),
            (good.replace("\"layers\"", "\"manifests\":[],\"layers\""), "index of 0"),
            (r#"{"schemaVersion":2,"manifests":[{}]}"#.to_owned(), "index of 1 manifests"),
        ];
        for (text, part) in cases {
            let error = read(text.as_bytes()).expect_err(part);
            assert_eq!(error.code, Code::InvalidInput);
            assert!(error.message.contains(part), "{part}: {error}");
        }
    }

    #[test]
    fn a_configuration_of_something_else_is_refused() {
        let artifact = read(&documents().manifest).unwrap();
        for text in [
            "",
            r#"{"architecture":"amd64"}"#,
            r#"{"layerDigests":[]}"#,
            r#"{"layerDigests":["x"]}"#,
        ] {
            assert!(check_config(text.as_bytes(), &artifact).is_err(), "{text}");
        }
    }
}
