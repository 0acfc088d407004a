//! `docs/reference/plan.schema.json`: written from the code's own tables, and held against the parser from both
//! sides. `UPDATE_EXPECT=1` writes it.

// Tests open what they made themselves.
#![allow(clippy::disallowed_methods)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use composectl_plan::{ENDPOINT, Limits, MAX_SIGNATURES, Plan, RunLimits};
use serde_json::{Map, Value, json};

/// An object whose keys are all known.
fn object(required: &[&str], properties: Value) -> Value {
    json!({"type": "object", "required": required, "additionalProperties": false, "properties": properties})
}

fn or_null(schema: Value) -> Value {
    json!({"anyOf": [schema, {"type": "null"}]})
}

fn limits(ranges: &[(&str, std::ops::RangeInclusive<u64>)]) -> Map<String, Value> {
    let limit = |(name, range): &(&str, std::ops::RangeInclusive<u64>)| {
        let schema = json!({"type": "integer", "minimum": range.start(), "maximum": range.end()});
        ((*name).to_owned(), schema)
    };
    ranges.iter().map(limit).collect()
}

fn schema() -> Value {
    let provider_limits = limits(Limits::RANGES);
    let mut policy_limits = limits(RunLimits::RANGES);
    policy_limits.insert("cpu_ms".to_owned(), or_null(provider_limits["time_ms"].clone()));
    policy_limits
        .insert("memory_bytes".to_owned(), or_null(provider_limits["memory_bytes"].clone()));
    policy_limits.insert("io_ops".to_owned(), or_null(json!({"type": "integer", "minimum": 0})));
    let strings = json!({"type": "array", "items": {"type": "string"}});
    let reference = |name: &str| json!({"$ref": format!("#/$defs/{name}")});
    let list = |name: &str| json!({"type": "array", "items": reference(name)});
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "pylon plan, version 1",
        "description": "What composectl reads. Beyond this schema: ids are unique, bindings name known components and have no cycle, nothing is granted with determinism `strict` or io_ops. See plan.md.",
        "type": "object",
        "required": ["version"],
        "additionalProperties": false,
        "dependentRequired": {"revision": ["name"]},
        "properties": {
            "version": {"const": "1"},
            "name": reference("id"),
            "revision": {"type": "integer", "minimum": 1, "maximum": (1_u64 << 53) - 1},
            "root": reference("id"),
            "components": list("component"),
            "bindings": list("binding"),
            "linkage": {"enum": ["static", "runtime"], "default": "runtime"},
            "policy": reference("policy"),
            "secrets": {"type": "array", "maxItems": 0},
            "explicit_exports": strings,
        },
        "$defs": {
            "id": {
                "type": "string",
                "maxLength": 200,
                "pattern": "^[A-Za-z0-9][A-Za-z0-9._:@+-]*(/([A-Za-z0-9_:@+-]|\\.[A-Za-z0-9_:@+-]|\\.\\.[A-Za-z0-9._:@+-])[A-Za-z0-9._:@+-]*)*$",
            },
            "digest": {
                "anyOf": [
                    {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"},
                    {"type": "array", "minItems": 32, "maxItems": 32, "items": {"type": "integer", "minimum": 0, "maximum": 255}},
                ],
            },
            "key": {"type": "string", "pattern": "^[0-9a-f]{16}$"},
            "source": {
                "type": "string",
                "description": "A path below the plan's folder, or oci:REGISTRY/REPOSITORY[:TAG][@sha256:HEX].",
                "anyOf": [
                    {"pattern": "^oci:[A-Za-z0-9.:\\[\\]-]+/[a-z0-9]([a-z0-9._/-]*[a-z0-9])?(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}(@sha256:[0-9a-f]{64})?|@sha256:[0-9a-f]{64})$"},
                    {"pattern": "^[^/\\\\:\\u0000-\\u001f\\u007f-\\u009f][^\\\\:\\u0000-\\u001f\\u007f-\\u009f]*$", "not": {"pattern": "(^|/)\\.\\.(/|$)"}},
                ],
            },
            "component": object(&["id", "digest"], json!({
                "id": reference("id"),
                "digest": reference("digest"),
                "source": or_null(reference("source")),
                "grants": object(&[], json!({"dirs": strings, "env": strings, "net": strings})),
                "limits": object(&[], Value::Object(provider_limits)),
                "signatures": {"type": "array", "maxItems": MAX_SIGNATURES, "items": reference("signature")},
            })),
            "signature": object(&["key", "signature"], json!({
                "key": reference("key"),
                "signature": {"type": "string", "pattern": "^ed25519:[0-9a-f]{128}$"},
                "expires": or_null(json!({"type": "string", "format": "date-time", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]"})),
            })),
            "binding": object(&["import_name", "provider_id"], json!({
                "consumer_id": or_null(reference("id")),
                "import_name": {"type": "string", "minLength": 1},
                "provider_id": reference("id"),
                "export_name": {"type": "string", "minLength": 1, "default": ENDPOINT},
            })),
            "policy": object(&[], json!({
                "determinism": {"enum": ["strict", "audit", "relaxed"], "default": "relaxed"},
                "capabilities": list("capability"),
                "limits": object(&[], Value::Object(policy_limits)),
                "trust": object(&[], json!({
                    "mode": {"enum": ["digest", "signed"], "default": "digest"},
                    "keys": list("key"),
                })),
            })),
            "capability": {
                "anyOf": [
                    object(&["name"], json!({
                        "name": {"enum": ["dynlink:resolve", "dynlink:invoke"]},
                        "level": {"enum": ["required", "optional"], "default": "required"},
                    })),
                    object(&["name", "level"], json!({
                        "name": {"type": "string", "minLength": 1},
                        "level": {"const": "optional"},
                    })),
                ],
            },
        },
    })
}

fn docs() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/plan.schema.json")
}

#[test]
fn the_schema_in_the_docs_is_the_one_of_the_code() {
    let mut text = serde_json::to_string_pretty(&schema()).expect("JSON");
    text.push('\n');
    expect_test::expect_file![docs()].assert_eq(&text);
}

/// Faults that a schema of this kind cannot express; everything else it refuses as the parser does.
const BEYOND: [&str; 20] = [
    "binding-duplicate",
    "binding-duplicate-root-by-id",
    "binding-unknown-consumer",
    "binding-unknown-provider",
    "cycle-of-one",
    "cycle-of-three-behind-root",
    "cycle-of-two",
    "cycle-through-root",
    "grants-dir-malformed",
    "grants-env-malformed",
    "grants-net-malformed",
    "grants-with-io-ops",
    "grants-with-strict",
    "id-duplicate",
    "json-duplicate-key",
    // Not JSON for the parser, which a validator never gets to see, or JSON for one and not for the other.
    "json-deep",
    "json-lone-surrogate",
    // A number with an exponent may be an integer for a schema; a plan has none.
    "limits-exponent",
    "signature-expiry-malformed",
    "source-oci-parent",
];

#[test]
fn schema_and_parser_agree_on_every_case() {
    let schema = schema();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plans");
    let mut beyond = BTreeSet::from(BEYOND);
    let mut checked = 0;
    for entry in fs::read_dir(folder).expect("the cases are there") {
        let case = entry.expect("readable").path();
        let name = case.file_name().expect("a name").to_string_lossy().into_owned();
        let text = fs::read_to_string(case.join("plan.json")).expect("there");
        let Ok(value) = serde_json::from_str::<Value>(&text) else {
            assert!(Plan::check(&text).is_err(), "{name}");
            beyond.remove(name.as_str());
            continue;
        };
        let refused = refusal(&schema, &schema, &value);
        if beyond.remove(name.as_str()) {
            continue;
        }
        assert_eq!(Plan::check(&text).is_ok(), refused.is_none(), "{name}: {refused:?}");
        checked += 1;
    }
    assert!(beyond.is_empty(), "no such cases: {beyond:?}");
    assert!(checked > 60, "{checked}");
}

/// The parser names the keys that it knows when it meets one that it does not; the schema has the same.
#[test]
fn schema_and_parser_know_the_same_keys() {
    let schema = schema();
    let defs = &schema["$defs"];
    let component = &defs["component"]["properties"];
    let policy = &defs["policy"]["properties"];
    let places = [
        ("", &schema["properties"]),
        ("components[0]", component),
        ("components[0].grants", &component["grants"]["properties"]),
        ("components[0].limits", &component["limits"]["properties"]),
        ("components[0].signatures[0]", &defs["signature"]["properties"]),
        ("bindings[0]", &defs["binding"]["properties"]),
        ("policy", policy),
        ("policy.capabilities[0]", &defs["capability"]["anyOf"][0]["properties"]),
        ("policy.limits", &policy["limits"]["properties"]),
        ("policy.trust", &policy["trust"]["properties"]),
    ];
    let text = include_str!("plans/key-unknown-everywhere/plan.json");
    let problems = Plan::check(text).expect_err("unknown keys");
    assert_eq!(problems.len(), places.len());
    for (place, properties) in places {
        let path = if place.is_empty() { "x".to_owned() } else { format!("{place}.x") };
        let problem = problems.iter().find(|problem| problem.path == path).expect(&path);
        let hint = problem.hint.as_deref().expect("a hint");
        let known: BTreeSet<&str> =
            hint.strip_prefix("known here: ").expect("keys").split(", ").collect();
        let listed: BTreeSet<&str> =
            properties.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(known, listed, "{place}");
    }
}

/// Why `value` does not fit, for the part of JSON Schema that our schema uses; another keyword is an error of this
/// test.
fn refusal(root: &Value, schema: &Value, value: &Value) -> Option<String> {
    for (keyword, wanted) in schema.as_object().expect("a schema is an object") {
        let refused = match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" | "default" | "format" => None,
            "additionalProperties" | "required" | "properties" if !value.is_object() => None,
            "$ref" => {
                let pointer =
                    wanted.as_str().and_then(|text| text.strip_prefix('#')).expect("local");
                refusal(root, root.pointer(pointer).expect("there"), value)
            }
            "type" => {
                (!has_type(value, wanted.as_str().expect("text"))).then(|| format!("no {wanted}"))
            }
            "const" => (value != wanted).then(|| format!("not {wanted}")),
            "enum" => (!wanted.as_array().expect("list").contains(value))
                .then(|| format!("none of {wanted}")),
            "anyOf" => {
                let mut each = wanted.as_array().expect("list").iter();
                (!each.any(|schema| refusal(root, schema, value).is_none()))
                    .then(|| "nothing fits".to_owned())
            }
            "not" => refusal(root, wanted, value).is_none().then(|| format!("fits {wanted}")),
            "required" => {
                let names = wanted.as_array().expect("list").iter();
                let mut missing =
                    names.filter(|name| value.get(name.as_str().expect("text")).is_none());
                missing.next().map(|name| format!("{name} is missing"))
            }
            "properties" => {
                wanted.as_object().expect("object").iter().find_map(|(name, schema)| {
                    let reason = refusal(root, schema, value.get(name)?)?;
                    Some(format!("{name}: {reason}"))
                })
            }
            "dependentRequired" => {
                let mut rules = wanted.as_object().expect("object").iter();
                let lacks = |name: &Value| value.get(name.as_str().expect("text")).is_none();
                let broken = rules.find(|(name, needed)| {
                    value.get(name.as_str()).is_some()
                        && needed.as_array().expect("list").iter().any(lacks)
                });
                broken.map(|(name, needed)| format!("{name} without {needed}"))
            }
            "additionalProperties" => {
                assert_eq!(wanted, &Value::Bool(false));
                let mut names = value.as_object()?.keys();
                names.find(|name| schema["properties"].get(name.as_str()).is_none()).cloned()
            }
            "items" => {
                value.as_array().into_iter().flatten().find_map(|item| refusal(root, wanted, item))
            }
            "minItems" | "maxItems" => {
                value.as_array().and_then(|items| bound(keyword, wanted, items.len() as u64))
            }
            "minLength" | "maxLength" => {
                value.as_str().and_then(|text| bound(keyword, wanted, text.chars().count() as u64))
            }
            "minimum" | "maximum" => match value.as_u64() {
                Some(number) => bound(keyword, wanted, number),
                None => value.is_number().then(|| "out of range".to_owned()),
            },
            "pattern" => value.as_str().and_then(|text| {
                let pattern =
                    regex_lite::Regex::new(&wanted.as_str().expect("text").replace("\\u00", "\\x"));
                (!pattern.expect("a pattern").is_match(text))
                    .then(|| format!("{text:?} is not like {wanted}"))
            }),
            other => panic!("this test does not know the keyword {other}"),
        };
        if refused.is_some() {
            return refused;
        }
    }
    None
}

fn bound(keyword: &str, wanted: &Value, found: u64) -> Option<String> {
    let wanted = wanted.as_u64().expect("a number");
    let fits = if keyword.starts_with("min") { found >= wanted } else { found <= wanted };
    (!fits).then(|| format!("{found}: {keyword} is {wanted}"))
}

fn has_type(value: &Value, wanted: &str) -> bool {
    match wanted {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "null" => value.is_null(),
        "integer" => value.is_u64() || value.is_i64(),
        other => panic!("this test does not know the type {other}"),
    }
}
