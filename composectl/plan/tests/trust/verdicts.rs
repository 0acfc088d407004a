//! Who is trusted with what: by signatures, by digests, by policy, at every time.

use super::*;

#[test]
fn every_way_to_be_signed_has_its_code() {
    let host = Host::new();
    let stranger = SigningKey::generate().expect("random numbers");
    let expired = SigningKey::generate().expect("random numbers");
    host.add(&expired.public("expired", Some(NOW)));
    let expiring = SigningKey::generate().expect("random numbers");
    host.add(&expiring.public("expiring", Some(LATER)));
    let revoked = SigningKey::generate().expect("random numbers");
    host.add(&revoked.public("revoked", None));
    Revocations::add(&host.keyring(), &format!("key {}", revoked.id()), "").expect("room");

    let good = || signed(&host.key, None);
    let mut forged = good();
    forged.signature[5] ^= 1;
    let mut other_key = signed(&stranger, None);
    other_key.key = host.key.id();
    let of = |other: Component| SignatureEntry::of_component(&host.key, &other, None);
    let other_name = of(Component { id: "zlib2".to_owned(), ..component(vec![]) });
    let other_digest = of(Component { digest: Digest::of(b"old"), ..component(vec![]) });
    let other_grants = of(Component { grants: Some(Grants::default()), ..component(vec![]) });
    let limits = Limits { time_ms: Some(1), ..Limits::default() };
    let other_limits = of(Component { limits, ..component(vec![]) });
    let mut prolonged = signed(&host.key, Some(EARLIER));
    prolonged.expires = Some(LATER);
    let mut made_eternal = signed(&host.key, Some(EARLIER));
    made_eternal.expires = None;
    let of_plan = SignatureEntry::of_plan(&host.key, &Digest::of(b"zlib"), None);

    let invalid = Err(Code::TrustSignatureInvalid);
    let failed = Err(Code::TrustVerificationFailed);
    let untrusted = Err(Code::TrustUntrustedSource);
    let cases: Vec<(&str, Vec<SignatureEntry>, Result<(), Code>)> = vec![
        ("good", vec![good()], Ok(())),
        ("good, expires later", vec![signed(&host.key, Some(LATER))], Ok(())),
        ("key expires later", vec![signed(&expiring, None)], Ok(())),
        ("unsigned", vec![], untrusted),
        ("unknown key", vec![signed(&stranger, None)], untrusted),
        ("forged", vec![forged.clone()], invalid),
        ("made by another key", vec![other_key], invalid),
        ("made for another name", vec![other_name], invalid),
        ("made for another digest", vec![other_digest], invalid),
        ("made for other grants", vec![other_grants], invalid),
        ("made for other limits", vec![other_limits], invalid),
        ("made for a plan", vec![of_plan], invalid),
        ("expires now", vec![signed(&host.key, Some(NOW))], failed),
        ("expired", vec![signed(&host.key, Some(EARLIER))], failed),
        ("expiry prolonged by hand", vec![prolonged], invalid),
        ("expiry taken out by hand", vec![made_eternal], invalid),
        ("key expired", vec![signed(&expired, None)], failed),
        ("key revoked", vec![signed(&revoked, None)], failed),
        ("one of several is good", vec![forged.clone(), signed(&stranger, None), good()], Ok(())),
        (
            "revoked says more than unknown",
            vec![signed(&stranger, None), signed(&revoked, None)],
            failed,
        ),
        ("forged says more than unknown", vec![signed(&stranger, None), forged], invalid),
    ];
    for (name, signatures, expected) in cases {
        assert_eq!(verdict(&host, SIGNED, signatures.clone()), expected, "{name}");
        // What the plan's digests vouch for needs no signature.
        assert_eq!(verdict(&host, r#"{"mode": "digest"}"#, signatures), Ok(()), "{name}");
    }
}

#[test]
fn plan_and_policy_narrow_the_keys() {
    let host = Host::new();
    let other = SigningKey::generate().expect("random numbers");
    host.add(&other.public("other", None));
    let by = |key: &SigningKey| vec![signed(key, None)];
    let only = |key: &SigningKey| format!(r#"{{"mode": "signed", "keys": ["{}"]}}"#, key.id());
    let untrusted = Err(Code::TrustUntrustedSource);
    assert_eq!(verdict(&host, &only(&host.key), by(&host.key)), Ok(()));
    assert_eq!(verdict(&host, &only(&host.key), by(&other)), untrusted);
    assert_eq!(verdict(&host, r#"{"mode": "signed", "keys": []}"#, by(&host.key)), untrusted);
    host.policy(&format!(r#"{{"version": "1", "trust": {{"keys": ["{}"]}}}}"#, other.id()));
    assert_eq!(verdict(&host, SIGNED, by(&other)), Ok(()));
    assert_eq!(verdict(&host, SIGNED, by(&host.key)), untrusted);
    assert_eq!(verdict(&host, &only(&host.key), by(&host.key)), untrusted);
    assert_eq!(verdict(&host, &only(&host.key), by(&other)), untrusted);
}

#[test]
fn policy_can_demand_signatures_but_not_waive_them() {
    let host = Host::new();
    host.policy(r#"{"version": "1", "trust": {"mode": "signed"}}"#);
    assert_eq!(verdict(&host, r#"{"mode": "digest"}"#, vec![]), Err(Code::TrustUntrustedSource));
    assert_eq!(verdict(&host, r#"{"mode": "digest"}"#, vec![signed(&host.key, None)]), Ok(()));
    host.policy(r#"{"version": "1", "trust": {"mode": "digest"}}"#);
    assert_eq!(verdict(&host, SIGNED, vec![]), Err(Code::TrustUntrustedSource));
}

#[test]
fn plans_are_pinned_by_digest_or_signature() {
    let host = Host::new();
    let content = plan(&component(vec![]), "{}");
    let plan = content.digest;
    let by = |key: &SigningKey, expires| vec![SignatureEntry::of_plan(key, &plan, expires)];
    let stranger = SigningKey::generate().expect("random numbers");
    let check = |signatures: &[SignatureEntry]| {
        let trust = host.trust();
        let now = trust.at(NOW).expect("all can be read");
        now.check_plan(&content, signatures).map(|_| ()).map_err(|error| error.code)
    };
    assert_eq!(check(&[]), Ok(()));
    let untrusted = Err(Code::TrustUntrustedSource);

    host.policy(&format!(r#"{{"version": "1", "trust": {{"plans": ["{plan}"]}}}}"#));
    assert_eq!(check(&[]), Ok(()));
    host.policy(&format!(
        r#"{{"version": "1", "trust": {{"plans": ["{}"]}}}}"#,
        Digest::of(b"other")
    ));
    assert_eq!(check(&by(&host.key, None)), untrusted);
    host.policy(r#"{"version": "1", "trust": {"plans": []}}"#);
    assert_eq!(check(&[]), untrusted);

    host.policy(r#"{"version": "1", "trust": {"signed_plans": true}}"#);
    assert_eq!(check(&[]), untrusted);
    assert_eq!(check(&by(&host.key, Some(LATER))), Ok(()));
    assert_eq!(check(&by(&stranger, None)), untrusted);
    assert_eq!(check(&by(&host.key, Some(EARLIER))), Err(Code::TrustVerificationFailed));
    let other = SignatureEntry::of_plan(&host.key, &Digest::of(b"other"), None);
    assert_eq!(check(&[other]), Err(Code::TrustSignatureInvalid));
    let of_component = Component { digest: plan, ..component(vec![]) };
    let of_component = SignatureEntry::of_component(&host.key, &of_component, None);
    assert_eq!(check(&[of_component]), Err(Code::TrustSignatureInvalid));

    host.policy(&format!(
        r#"{{"version": "1", "trust": {{"signed_plans": true, "plans": ["{plan}"]}}}}"#
    ));
    assert_eq!(check(&[]), Ok(()));
    Revocations::add(&host.keyring(), &format!("plan {plan}"), "").expect("room");
    assert_eq!(check(&by(&host.key, None)), Err(Code::TrustVerificationFailed));
}

/// Trust is not remembered: each change counts at the next question, to the same `Trust`, at once and also after
/// the files have come to rest (when their stamps are believed).
#[test]
fn what_changes_counts_at_the_next_question() {
    let host = Host::new();
    let component = component(vec![signed(&host.key, None)]);
    let plan = plan(&component, SIGNED);
    let trust = host.trust();
    let check = || {
        let now = trust.at(NOW).map_err(|error| error.code)?;
        now.check_component(&plan, &component).map_err(|error| error.code)
    };
    let key_path = Keyring::key_path(&host.keyring(), &host.key.id());
    for rest in [Duration::ZERO, Duration::from_millis(2_200)] {
        std::thread::sleep(rest);
        assert_eq!(check(), Ok(()));
        assert_eq!(check(), Ok(()));
        let text = fs::read_to_string(&key_path).expect("there");
        Keyring::remove(&host.keyring(), &host.key.id()).expect("ours");
        assert_eq!(check(), Err(Code::TrustUntrustedSource));
        host.add(&host.key.public("release", Some(EARLIER)));
        assert_eq!(check(), Err(Code::TrustVerificationFailed));
        std::thread::sleep(rest);
        assert_eq!(check(), Err(Code::TrustVerificationFailed));
        // Written in place, not renamed.
        fs::write(&key_path, &text).expect("ours");
        assert_eq!(check(), Ok(()));
        std::thread::sleep(rest);
        assert_eq!(check(), Ok(()));
        host.policy(r#"{"version": "1", "trust": {"keys": []}}"#);
        assert_eq!(check(), Err(Code::TrustUntrustedSource));
        std::thread::sleep(rest);
        fs::remove_file(host.folder.path().join("policy.json")).expect("ours");
        assert_eq!(check(), Ok(()));
        Revocations::add(&host.keyring(), &format!("key {}", host.key.id()), "").expect("room");
        assert_eq!(check(), Err(Code::TrustVerificationFailed));
        std::thread::sleep(rest);
        fs::remove_file(Revocations::path(&host.keyring())).expect("ours");
    }
}

#[test]
fn policies_are_read_strictly() {
    use composectl_plan::{Forbidden, HostPolicy};
    let full = format!(
        r#"{{"version": "1",
            "trust": {{"mode": "signed", "keys": ["0123456789abcdef"], "plans": ["{}"], "signed_plans": true}},
            "limits": {{"memory_bytes": 65536, "time_ms": 10, "depth": 2, "live_instances": 3}},
            "forbid": ["grants.net", "source.oci"]}}"#,
        Digest::of(b"")
    );
    let policy = HostPolicy::parse(&full).expect("valid");
    assert_eq!(policy.forbid, [Forbidden::GrantNet, Forbidden::SourceOci]);
    assert_eq!((policy.most.memory_bytes, policy.most_run.depth), (Some(65536), Some(2)));
    for (text, path) in [
        (r#"{}"#, ""),
        (r#"{"version": "1", "forbid": ["net"]}"#, "forbid[0]"),
        (r#"{"version": "1", "limits": {"time_ms": 0}}"#, "limits.time_ms"),
        (r#"{"version": "1", "limits": {"time": 1}}"#, "limits.time"),
        (r#"{"version": "1", "trust": {"signed_plans": 1}}"#, "trust.signed_plans"),
        (r#"{"version": "1", "trust": {"plans": ["x"]}}"#, "trust.plans[0]"),
        (r#"{"version": "1", "components": []}"#, "components"),
    ] {
        let problems = HostPolicy::parse(text).expect_err(text);
        assert_eq!(problems[0].path, path, "{text}: {}", problems[0]);
    }
}

#[test]
fn what_signatures_cost_is_bounded() {
    let host = Host::new();
    let wrong = |number: u8| SignatureEntry { signature: [number; 64], ..signed(&host.key, None) };
    let mut signatures: Vec<_> = (1..64).map(wrong).collect();
    signatures.push(signed(&host.key, None));
    assert_eq!(verdict(&host, SIGNED, signatures.clone()), Ok(()));
    signatures.push(wrong(64));
    let text = new_plan(&[component(signatures.clone())]);
    let error = Plan::parse(&text).expect_err("too many");
    assert_eq!(error.code, Code::PlanInvalidSchema);
    assert!(error.message.contains("65 signatures; at most 64 are read"), "{error}");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let plan = folder.path().join("plan.json");
    PlanSignatures { plan: Digest::of(b""), entries: signatures }.save(&plan).expect("room");
    let error = PlanSignatures::load(&plan).expect_err("too many");
    assert!(error.message.contains("65 signatures; at most 64 are read"), "{error}");
}
