//! The text of a store's `index.json`, and what manifests name, as far as a store wants to know it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::digest::Digest;
use crate::json::problem_of;

const INDEX_TYPE: &str = "application/vnd.oci.image.index.v1+json";
const NAME_ANNOTATION: &str = "org.opencontainers.image.ref.name";
/// The type of a component among a manifest's layers.
pub(crate) const LAYER_TYPE: &str = "application/wasm";

/// `index.json`. Fields that are not ours are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Index {
    #[serde(rename = "schemaVersion")]
    schema_version: u32,
    #[serde(rename = "mediaType", default = "index_type")]
    media_type: String,
    #[serde(default)]
    pub(crate) manifests: Vec<Descriptor>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

fn index_type() -> String {
    INDEX_TYPE.to_owned()
}

impl Default for Index {
    /// An index of nothing.
    fn default() -> Self {
        Self {
            schema_version: 2,
            media_type: index_type(),
            manifests: Vec::new(),
            rest: Map::new(),
        }
    }
}

impl Index {
    /// Reads `index.json`. An `Err` says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let index: Self = serde_json::from_str(text).map_err(|error| problem_of(&error))?;
        if index.schema_version != 2 {
            return Err(format!("schemaVersion {} is not known", index.schema_version));
        }
        Ok(index)
    }

    /// The text that [`Index::parse`] reads.
    pub fn text(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }

    /// The names in the index, with the digests of their manifests.
    pub fn names(&self) -> impl Iterator<Item = (&str, Digest)> {
        self.manifests.iter().filter_map(|entry| Some((entry.name()?, entry.digest.parse().ok()?)))
    }
}

/// An entry of `index.json`. Fields that are not ours are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Descriptor {
    #[serde(rename = "mediaType")]
    media_type: String,
    pub digest: String,
    size: u64,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    annotations: Map<String, Value>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Descriptor {
    /// The entry for what consists of `bytes`.
    pub fn new(media_type: &str, bytes: &[u8]) -> Self {
        Self {
            media_type: media_type.to_owned(),
            digest: Digest::of(bytes).to_string(),
            size: bytes.len() as u64,
            annotations: Map::new(),
            rest: Map::new(),
        }
    }

    /// The entry with a name.
    pub fn named(mut self, name: &str) -> Self {
        self.annotations.insert(NAME_ANNOTATION.to_owned(), name.into());
        self
    }

    /// The name.
    pub fn name(&self) -> Option<&str> {
        self.annotations.get(NAME_ANNOTATION)?.as_str()
    }
}

/// What a document in a store names. One that is no manifest and no index names nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// The component: the first layer of its type.
    pub component: Option<Digest>,
    /// The configuration and all layers.
    pub blobs: Vec<Digest>,
    /// What an index names, which may name more.
    pub manifests: Vec<Digest>,
}

impl Contents {
    /// What the document names.
    pub fn of(document: &[u8]) -> Self {
        let Ok(document) = serde_json::from_slice::<Value>(document) else {
            return Self::default();
        };
        let digest = |named: &Value| named["digest"].as_str()?.parse::<Digest>().ok();
        let list = |name: &str| document[name].as_array().into_iter().flatten();
        let component = list("layers").find(|layer| layer["mediaType"] == LAYER_TYPE);
        Self {
            component: component.and_then(digest),
            blobs: [&document["config"]]
                .into_iter()
                .chain(list("layers"))
                .filter_map(digest)
                .collect(),
            manifests: list("manifests").filter_map(digest).collect(),
        }
    }
}
