//! Who may provide: signatures, keys, expiry, revocation. What the crate composectl-plan promises, seen by a program.

use std::path::Path;
use std::time::{Duration, SystemTime};

use composectl_plan::{
    Component, Digest, Instant, Keyring, Limits, Revocations, SignatureEntry, SigningKey,
};

use super::{ECHO, Plan, Running, assert_error, consumer, lines, provider};
use crate::{Place, assert_says, code, stdout};

const SIGNED: &str = r#"{"trust": {"mode": "signed"}}"#;

fn key() -> SigningKey {
    SigningKey::generate().expect("random numbers")
}

fn trusts(place: &Place, key: &SigningKey, expires: Option<Instant>) {
    Keyring::add(&place.path("keyring"), &key.public("tests", expires)).expect("can write");
}

/// The fields of a plan's entry for a component called `name` with this content, signed.
fn signed_as(key: &SigningKey, name: &str, wasm: &[u8], expires: Option<Instant>) -> String {
    let component = Component {
        id: name.to_owned(),
        digest: Digest::of(wasm),
        source: None,
        grants: None,
        limits: Limits::default(),
        signatures: Vec::new(),
    };
    let entry = SignatureEntry::of_component(key, &component, expires);
    let expires = expires.map(|expires| format!(r#", "expires": "{expires}""#)).unwrap_or_default();
    let (key, signature) = (&entry.key, entry.signature_text());
    format!(r#", "signatures": [{{"key": "{key}", "signature": "{signature}"{expires}}}]"#)
}

fn past() -> Instant {
    Instant::of(SystemTime::now() - Duration::from_secs(60))
}

fn future() -> Instant {
    Instant::of(SystemTime::now() + Duration::from_secs(3600))
}

/// Runs `r bad`, `r good`, where both have been added, with the place's keyring.
#[track_caller]
fn refused(plan: &Plan<'_>, place: &Place, expected: &str, parts: &[&str]) {
    let keyring = place.path("keyring");
    let flags = ["--keyring", keyring.to_str().expect("UTF-8")];
    let lines = lines(&plan.run_with(&flags, &["r", "bad", "r", "good", "i", "m", "x"]));
    assert_error(&lines[0], expected, &[&["`bad`"], parts].concat());
    assert_eq!(lines[1..], ["resolved", "x"]);
}

/// A plan that demands signatures, with a good provider whose signature is good.
fn signed_plan<'p>(place: &'p Place, key: &SigningKey) -> Plan<'p> {
    trusts(place, key, None);
    let wasm = provider(ECHO).wasm();
    let mut plan = Plan::new(place);
    plan.policy(SIGNED).add_with("good", &wasm, &signed_as(key, "good", &wasm, Some(future())));
    plan
}

#[test]
fn an_unsigned_provider_is_refused() {
    let (place, key) = (Place::new(), key());
    let mut plan = signed_plan(&place, &key);
    plan.add("bad", ECHO);
    refused(&plan, &place, "trust-untrusted-source", &["not signed"]);
}

#[test]
fn a_wrong_signature_is_refused() {
    let (place, good) = (Place::new(), key());
    let mut plan = signed_plan(&place, &good);
    // By another key, under this one's id.
    let wasm = provider(ECHO).wasm();
    let wrong = signed_as(&key(), "bad", &wasm, None);
    let wrong = wrong.replace(wrong.split('"').nth(5).expect("the key"), &good.id());
    plan.add_with("bad", &wasm, &wrong);
    refused(&plan, &place, "trust-signature-invalid", &[&good.id()]);
}

#[test]
fn a_signature_by_an_unknown_key_is_refused() {
    let (place, good) = (Place::new(), key());
    let mut plan = signed_plan(&place, &good);
    let (unknown, wasm) = (key(), provider(ECHO).wasm());
    plan.add_with("bad", &wasm, &signed_as(&unknown, "bad", &wasm, None));
    refused(&plan, &place, "trust-untrusted-source", &[&unknown.id()]);
}

#[test]
fn a_signature_of_one_name_does_not_serve_another() {
    let (place, key) = (Place::new(), key());
    let mut plan = signed_plan(&place, &key);
    let wasm = provider(ECHO).wasm();
    plan.add_with("bad", &wasm, &signed_as(&key, "good", &wasm, Some(future())));
    refused(&plan, &place, "trust-signature-invalid", &[]);
    // Also when the good one, which has the same bytes, was used in this process before.
    let keyring = place.path("keyring");
    let flags = ["--keyring", keyring.to_str().expect("UTF-8")];
    let lines = lines(&plan.run_with(&flags, &["r", "good", "r", "bad"]));
    assert_eq!(lines[0], "resolved");
    assert_error(&lines[1], "trust-signature-invalid", &["`bad`"]);
}

#[test]
fn a_signature_of_one_content_does_not_serve_another() {
    let (place, key) = (Place::new(), key());
    let mut plan = signed_plan(&place, &key);
    let signature = signed_as(&key, "bad", &provider(ECHO).wasm(), None);
    plan.add_with("bad", &provider("(call $fail)").wasm(), &signature);
    refused(&plan, &place, "trust-signature-invalid", &[]);
}

#[test]
fn an_expired_signature_or_key_is_refused() {
    let (place, good, old) = (Place::new(), key(), key());
    let mut plan = signed_plan(&place, &good);
    let wasm = provider(ECHO).wasm();
    plan.add_with("bad", &wasm, &signed_as(&good, "bad", &wasm, Some(past())));
    refused(&plan, &place, "trust-verification-failed", &["expired"]);
    trusts(&place, &old, Some(past()));
    plan.add_with("bad", &wasm, &signed_as(&old, "bad", &wasm, None));
    refused(&plan, &place, "trust-verification-failed", &["expired"]);
}

#[test]
fn a_revoked_key_or_blob_is_refused() {
    let (place, good, bad) = (Place::new(), key(), key());
    let mut plan = signed_plan(&place, &good);
    trusts(&place, &bad, None);
    let wasm = provider(ECHO).wasm();
    plan.add_with("bad", &wasm, &signed_as(&bad, "bad", &wasm, None));
    revoke(&place, &format!("key {}", bad.id()));
    refused(&plan, &place, "trust-verification-failed", &["revoked"]);

    let wasm = provider("(call $fail)").wasm();
    plan.add_with("bad", &wasm, &signed_as(&good, "bad", &wasm, None));
    revoke(&place, &format!("blob {}", Digest::of(&wasm)));
    refused(&plan, &place, "trust-verification-failed", &["revoked"]);
}

fn revoke(place: &Place, entry: &str) {
    Revocations::add(&place.path("keyring"), entry, "by a test").expect("can write");
}

#[test]
fn what_is_cached_does_not_outlive_its_trust() {
    let (place, key) = (Place::new(), key());
    let plan = signed_plan(&place, &key);
    let path = plan.write();
    let consumer = consumer(&place);
    let keyring = place.path("keyring");
    let flags =
        ["--plan", path.to_str().expect("UTF-8"), "--keyring", keyring.to_str().expect("UTF-8")];
    // Compiled, loaded and linked in this process, and used over and over.
    let commands =
        ["r", "good", "l", "1000", "good", "l", "100000000", "good", "s", "0", "i", "m", "lives"];
    let mut running = Running::start(&mut place.run_command(&flags, &consumer, &commands));
    assert_eq!(running.line().as_deref(), Some("resolved"));
    running.line().expect("a thousand times it was used");
    revoke(&place, &format!("key {}", key.id()));
    let lines = running.end();
    assert_error(&lines[0], "trust-verification-failed", &["revoked"]);
    // An instance that was resolved before goes on: trust is asked for at each resolve.
    assert_eq!(lines[1], "lives");
}

#[test]
fn a_hosts_policy_only_narrows() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    plan.add("good", ECHO);
    std::fs::create_dir(place.path("keyring")).expect("room");
    let policy = |text: &str| place.file("policy.json", text.as_bytes());
    let run = |commands: &[&str]| {
        plan.run_with(&["--policy", "policy.json", "--keyring", "keyring"], commands)
    };
    policy(r#"{"version": "1"}"#);
    assert_eq!(lines(&run(&["r", "good"])), ["resolved"]);
    policy(r#"{"version": "1", "trust": {"mode": "signed"}}"#);
    assert_error(&lines(&run(&["r", "good"]))[0], "trust-untrusted-source", &["not signed"]);
    policy(r#"{"version": "1", "limits": {"payload_bytes": 4, "live_instances": 1}}"#);
    let said = lines(&run(&["r", "good", "i", "m", "12345", "r", "good"]));
    assert_error(&said[1], "invalid-input", &["payload_bytes"]);
    assert_error(&said[2], "exec-resource-exhausted", &["live_instances"]);
    policy(&format!(
        r#"{{"version": "1", "trust": {{"plans": ["{}"]}}}}"#,
        Digest::of(b"another plan")
    ));
    let output = run(&["r", "good"]);
    assert_eq!((code(&output), stdout(&output).as_str()), (125, ""));
    assert_says(&output, &["trust-untrusted-source"]);
    policy("{");
    let output = run(&["r", "good"]);
    assert_eq!((code(&output), stdout(&output).as_str()), (125, ""));
    std::fs::remove_file(place.path("policy.json")).expect("was there");
    let output = run(&["r", "good"]);
    assert_eq!(
        (code(&output), stdout(&output).as_str()),
        (125, ""),
        "a policy that was named must exist"
    );
    assert!(!Path::new("keyring").exists());
    std::fs::write(place.path("policy.json"), r#"{"version": "1"}"#).expect("room");
    assert_eq!(lines(&run(&["r", "good"])), ["resolved"]);
    std::fs::remove_dir(place.path("keyring")).expect("ours");
    let output = run(&["r", "good"]);
    assert_eq!((code(&output), stdout(&output).as_str()), (125, ""));
    assert_says(&output, &["keyring", "trust-verification-failed", "hint: composectl trust add "]);
}

#[test]
fn a_revoked_plan_is_not_used() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    plan.add("good", ECHO);
    let text = std::fs::read(plan.write()).expect("written");
    revoke(&place, &format!("plan {}", Digest::of(&text)));
    let output = plan.run_with(&["--keyring", "keyring"], &["r", "good"]);
    assert_eq!((code(&output), stdout(&output).as_str()), (125, ""));
    assert_says(&output, &["revoked", "trust-verification-failed"]);
}
