//! What a plan says, as JSON with its defaults filled in, and the digest of that: two plans with one content digest
//! say the same, whatever their spelling.

use serde_json::{Map, Value, json};

use crate::digest::Digest;
use crate::plan::{Binding, Component, Determinism, Linkage, Plan, SignatureEntry};

impl Plan {
    /// The SHA-256 of what the plan says: of its canonical JSON (as RFC 8785 writes it: keys sorted, no space) with
    /// defaults filled in, without signatures, and with everything sorted whose order has no meaning.
    pub fn content_digest(&self) -> Digest {
        let mut text = String::new();
        canonical(&self.content(), &mut text);
        Digest::of(text.as_bytes())
    }

    /// All that the plan says, but for signatures.
    pub fn content(&self) -> Value {
        let sorted = |mut values: Vec<Value>, key: fn(&Value) -> String| {
            values.sort_by_cached_key(key);
            values
        };
        let components = self.components.iter().map(Component::content).collect();
        let bindings = self.bindings.iter().map(|binding| self.binding(binding)).collect();
        json!({
            "version": "1",
            "name": self.name,
            "revision": self.revision,
            "root": self.root,
            "linkage": match self.linkage {
                Linkage::Static => "static",
                Linkage::Runtime => "runtime",
            },
            "components": sorted(components, |component| component["id"].to_string()),
            "bindings": sorted(bindings, Value::to_string),
            "policy": self.policy_content(),
            "explicit_exports": sorted(self.explicit_exports.iter().map(|name| json!(name)).collect(), Value::to_string),
        })
    }

    fn binding(&self, binding: &Binding) -> Value {
        json!({
            "consumer_id": binding.consumer_id.as_ref().unwrap_or(&self.root),
            "import_name": binding.import_name,
            "provider_id": binding.provider_id,
            "export_name": binding.export_name,
        })
    }

    /// The parts of the plan's policy.
    fn policy_content(&self) -> Value {
        let policy = &self.policy;
        let determinism = match policy.determinism {
            Determinism::Strict => "strict",
            Determinism::Audit => "audit",
            Determinism::Relaxed => "relaxed",
        };
        let mut limits = map(policy.run.set());
        let bounds = [
            ("cpu_ms", policy.most.time_ms),
            ("memory_bytes", policy.most.memory_bytes),
            ("io_ops", policy.io_ops),
        ];
        limits.extend(
            bounds.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))),
        );
        let capabilities = policy.capabilities.as_ref().map(|listed| {
            let mut listed: Vec<_> =
                listed.iter().map(|capability| (&capability.name, capability.required)).collect();
            listed.sort();
            let shown = listed.into_iter().map(|(name, required)| {
                let level = if required { "required" } else { "optional" };
                json!({"name": name, "level": level})
            });
            shown.collect::<Vec<Value>>()
        });
        let keys = policy.trust.keys.clone().map(|mut keys| {
            keys.sort();
            keys
        });
        json!({
            "determinism": determinism,
            "capabilities": capabilities,
            "limits": limits,
            "trust": {"mode": policy.trust.mode.as_str(), "keys": keys},
        })
    }
}

impl Component {
    /// All that the plan says about the component, but for signatures.
    pub fn content(&self) -> Value {
        json!({
            "id": self.id,
            "digest": self.digest.to_string(),
            "source": self.source.as_ref().map(|source| source.text()),
            "grants": self.grants_content(),
            "limits": map(self.limits.set()),
        })
    }

    /// The SHA-256 of what the component may do: its grants and limits, as [`Plan::content_digest`] writes them.
    pub(crate) fn allowance_digest(&self) -> Digest {
        let allowance =
            json!({ "grants": self.grants_content(), "limits": map(self.limits.set()) });
        let mut text = String::new();
        canonical(&allowance, &mut text);
        Digest::of(text.as_bytes())
    }

    fn grants_content(&self) -> Value {
        self.grants.as_ref().map_or(Value::Null, |grants| {
            json!({
                "dirs": grants.dirs.iter().map(|grant| grant.text()).collect::<Vec<_>>(),
                "env": grants.env.iter().map(|grant| grant.text()).collect::<Vec<_>>(),
                "net": grants.net,
            })
        })
    }
}

impl SignatureEntry {
    /// The signature as plans write it.
    pub fn content(&self) -> Value {
        json!({
            "key": self.key,
            "signature": self.signature_text(),
            "expires": self.expires.map(|expires| expires.to_string()),
        })
    }
}

fn map<'n>(values: impl Iterator<Item = (&'n str, u64)>) -> Map<String, Value> {
    values.map(|(name, value)| (name.to_owned(), value.into())).collect()
}

/// Appends the value's canonical text. Numbers are whole; they are written in full.
fn canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            text.push('{');
            for (index, (name, value)) in fields.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                canonical(value, text);
            }
            text.push('}');
        }
        Value::Array(values) => {
            text.push('[');
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                canonical(value, text);
            }
            text.push(']');
        }
        simple => text.push_str(&simple.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(text: &str) -> Digest {
        Plan::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).content_digest()
    }

    #[test]
    fn a_content_has_one_text() {
        let mut text = String::new();
        let value = json!({"b": [1, null, true], "a": {"é": "\u{1f}\"\\/", "A": ""}, "\u{fb33}": 1, "😀": 2});
        canonical(&value, &mut text);
        // As the example of RFC 8785, 3.2.3, has it: by UTF-16 units.
        assert_eq!(
            text,
            "{\"a\":{\"A\":\"\",\"é\":\"\\u001f\\\"\\\\/\"},\"b\":[1,null,true],\"😀\":2,\"\u{fb33}\":1}"
        );
    }

    #[test]
    fn spelling_does_not_matter_and_content_does() {
        let (a, b) = (Digest::of(b"a"), Digest::of(b"b"));
        let bytes: Vec<String> = a.0.iter().map(u8::to_string).collect();
        let plan = format!(
            r#"{{"version": "1", "components": [{{"id": "a", "digest": "{a}", "grants": {{"net": ["*"]}}}}, {{"id": "b", "digest": "{b}"}}]}}"#
        );
        let respelt = format!(
            "{{\"linkage\": \"runtime\",\n\t\"root\": \"ro\\u006ft\", \"bindings\": [], \"policy\": {{}}, \"components\": [{{\"digest\": \"{b}\", \"source\": null,
             \"id\": \"b\"}}, {{\"limits\": {{}}, \"grants\": {{\"env\": [], \"net\": [\"*\"]}}, \"digest\": [{}], \"id\": \"a\",
             \"signatures\": [{{\"key\": \"{}\", \"signature\": \"ed25519:{}\"}}]}}], \"version\": \"1\"}}",
            bytes.join(", "),
            "0".repeat(16),
            "0".repeat(128)
        );
        assert_eq!(digest(&plan), digest(&respelt));
        for (old, new) in [
            (r#""net": ["*"]"#, r#""net": []"#),
            (r#", "grants": {"net": ["*"]}"#, ""),
            (r#""version": "1""#, r#""version": "1", "name": "a", "revision": 1"#),
            (r#""version": "1""#, r#""version": "1", "root": "b""#),
            (r#""version": "1""#, r#""version": "1", "explicit_exports": ["e"]"#),
            (r#""version": "1""#, r#""version": "1", "policy": {"limits": {"depth": 3}}"#),
            (r#""grants": "#, r#""limits": {"time_ms": 1}, "grants": "#),
            (r#""grants": "#, r#""source": "a.wasm", "grants": "#),
        ] {
            let other = plan.replace(old, new);
            assert_ne!(other, plan);
            assert_ne!(digest(&plan), digest(&other), "{other}");
        }
    }
}
