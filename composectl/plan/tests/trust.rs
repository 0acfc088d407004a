//! Whom to trust: every way to be signed or not, at every time.

// Tests open what they made themselves.
#![allow(clippy::disallowed_methods)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use composectl_plan::{
    Code, Component, Digest, Instant, Key, Keyring, Limits, Plan, PlanSignatures, Revocations,
    SignatureEntry, SigningKey, Trust, TrustFiles, new_plan,
};

const NOW: Instant = Instant(1_800_000_000);
const EARLIER: Instant = Instant(NOW.0 - 10);
const LATER: Instant = Instant(NOW.0 + 10);

/// A host's configuration folder, and a key whose public half is in the keyring.
struct Host {
    folder: tempfile::TempDir,
    key: SigningKey,
}

impl Host {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let key = SigningKey::generate().expect("random numbers");
        let host = Self { folder, key };
        host.add(&host.key.public("release", None));
        host
    }

    fn keyring(&self) -> PathBuf {
        self.folder.path().join("keyring")
    }

    fn add(&self, key: &Key) {
        Keyring::add(&self.keyring(), key).expect("room");
    }

    fn policy(&self, text: &str) {
        fs::write(self.folder.path().join("policy.json"), text).expect("room");
    }

    fn files(&self) -> TrustFiles {
        TrustFiles {
            policy: Some(self.folder.path().join("policy.json")),
            policy_needed: false,
            keyring_needed: false,
            keyring: Some(self.keyring()),
        }
    }

    fn trust(&self) -> Trust {
        Trust::load(self.files()).expect("all can be read")
    }
}

fn component(signatures: Vec<SignatureEntry>) -> Component {
    Component {
        id: "zlib".to_owned(),
        digest: Digest::of(b"zlib"),
        source: None,
        grants: None,
        limits: Limits::default(),
        signatures,
    }
}

/// A plan with this component and this `policy.trust`.
fn plan(component: &Component, trust: &str) -> Plan {
    let text = new_plan(std::slice::from_ref(component));
    let policy = format!("\"version\": \"1\",\n  \"policy\": {{\"trust\": {trust}}}");
    Plan::parse(&text.replace("\"version\": \"1\"", &policy)).expect("valid")
}

/// What becomes of the component of a plan of this trust.
fn verdict(host: &Host, trust: &str, signatures: Vec<SignatureEntry>) -> Result<(), Code> {
    let component = component(signatures);
    let plan = plan(&component, trust);
    let trust = host.trust();
    let now = trust.at(NOW).expect("all can be read");
    now.check_component(&plan, &plan.components[0]).map_err(|error| error.code)
}

fn signed(key: &SigningKey, expires: Option<Instant>) -> SignatureEntry {
    SignatureEntry::of_component(key, "zlib", &Digest::of(b"zlib"), expires)
}

const SIGNED: &str = r#"{"mode": "signed"}"#;

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
    let other_name = SignatureEntry::of_component(&host.key, "zlib2", &Digest::of(b"zlib"), None);
    let other_digest = SignatureEntry::of_component(&host.key, "zlib", &Digest::of(b"old"), None);
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
fn revoked_blobs_are_refused_in_every_mode() {
    let host = Host::new();
    Revocations::add(&host.keyring(), &format!("blob {}", Digest::of(b"zlib")), "has a hole")
        .expect("room");
    for mode in [r#"{"mode": "digest"}"#, SIGNED] {
        let found = verdict(&host, mode, vec![signed(&host.key, None)]);
        assert_eq!(found, Err(Code::TrustVerificationFailed));
    }
}

#[test]
fn plans_are_pinned_by_digest_or_signature() {
    let host = Host::new();
    let plan = Digest::of(b"plan");
    let by = |key: &SigningKey, expires| vec![SignatureEntry::of_plan(key, &plan, expires)];
    let stranger = SigningKey::generate().expect("random numbers");
    let check = |signatures: &[SignatureEntry]| {
        let trust = host.trust();
        let now = trust.at(NOW).expect("all can be read");
        now.check_plan(&plan, signatures).map_err(|error| error.code)
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
    let of_component = SignatureEntry::of_component(&host.key, "", &plan, None);
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
fn what_cannot_be_read_is_not_trusted() {
    type Spoil = fn(&Host);
    let ways: [(&str, Spoil); 10] = [
        ("policy is no JSON", |host| host.policy("{")),
        ("policy of another version", |host| host.policy(r#"{"version": "2"}"#)),
        ("policy with an unknown mode", |host| {
            host.policy(r#"{"version": "1", "trust": {"mode": "none"}}"#);
        }),
        ("policy with a misspelt key", |host| {
            host.policy(r#"{"version": "1", "trust": {"plan": []}}"#);
        }),
        ("policy behind a link that leads nowhere", |host| {
            std::os::unix::fs::symlink("nowhere.json", host.files().policy.expect("named"))
                .expect("room");
        }),
        ("revocations with a line that means nothing", |host| {
            fs::write(host.keyring().join("revoked"), "key lost\n").expect("room");
        }),
        ("revocations that are a folder", |host| {
            fs::create_dir(host.keyring().join("revoked")).expect("room");
        }),
        ("key file without a key", |host| {
            fs::write(host.keyring().join("x.pem"), "name: x\n").expect("room");
        }),
        ("key file under the name of another key", |host| {
            let key = Keyring::key_path(&host.keyring(), &host.key.id());
            fs::copy(&key, Keyring::key_path(&host.keyring(), "0123456789abcdef")).expect("room");
        }),
        ("keyring that everybody can write", |host| {
            fs::set_permissions(host.keyring(), fs::Permissions::from_mode(0o777)).expect("ours");
        }),
    ];
    for (name, spoil) in ways {
        let host = Host::new();
        let running = host.trust();
        spoil(&host);
        let error = Trust::load(host.files()).expect_err(name);
        assert_eq!(error.code, Code::TrustVerificationFailed, "{name}: {error}");
        let error = running.now().map(|_| ()).expect_err(name);
        assert_eq!(error.code, Code::TrustVerificationFailed, "{name}: {error}");
    }
    let host = Host::new();
    let missing = TrustFiles { policy_needed: true, ..host.files() };
    assert!(Trust::load(missing).is_err(), "a policy that was asked for must be there");

    // Without its keyring a host would revoke nothing.
    let named = TrustFiles { keyring_needed: true, ..host.files() };
    let running = Trust::load(named.clone()).expect("it is there");
    let missing = || {
        for found in [Trust::load(named.clone()).map(|_| ()), running.now().map(|_| ())] {
            let error = found.expect_err("a keyring that was named must be there");
            assert_eq!(error.code, Code::TrustVerificationFailed, "{error}");
            assert!(error.message.contains("keyring"), "{error}");
            let hint = error.context.unwrap_or_default();
            assert!(hint.contains("composectl trust add FILE.pub"), "{hint}");
        }
    };
    fs::rename(host.keyring(), host.folder.path().join("moved")).expect("ours");
    missing();
    Trust::load(host.files()).expect("the default one may be absent");
    std::os::unix::fs::symlink("nowhere", host.keyring()).expect("room");
    missing();
    assert!(Trust::load(host.files()).is_err(), "a link to nowhere is no absence");
    fs::remove_file(host.keyring()).expect("ours");
    fs::write(host.keyring(), "").expect("room");
    assert!(Trust::load(named).is_err(), "a file is no keyring");
}

/// A user may not look into the folder, or a link leads in a circle: there may be a policy that forbids something.
#[test]
fn a_policy_that_cannot_be_looked_at_is_not_no_policy() {
    let host = Host::new();
    let folder = host.files().policy.expect("named").with_file_name("circle");
    let files = TrustFiles { policy: Some(folder.join("policy.json")), ..host.files() };
    let running = Trust::load(files.clone()).expect("there is no policy");
    std::os::unix::fs::symlink("circle", &folder).expect("room");
    let error = Trust::load(files).expect_err("refused");
    assert_eq!(error.code, Code::TrustVerificationFailed, "{error}");
    assert!(running.now().is_err());
}

#[test]
fn no_revocation_is_lost_when_many_are_made_at_once() {
    let host = Host::new();
    let keyring = host.keyring();
    std::thread::scope(|scope| {
        for number in 0..16 {
            let keyring = &keyring;
            scope.spawn(move || {
                Revocations::add(keyring, &format!("key {number:016x}"), "").expect("room");
            });
        }
    });
    assert_eq!(Revocations::load(&keyring).expect("sound").keys.len(), 16);
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
fn keys_survive_their_files() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("key");
    let key = SigningKey::generate().expect("random numbers");
    key.save(&file).expect("room");
    assert_eq!(fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o600);
    assert!(key.save(&file).is_err(), "an existing file is not overwritten");
    let again = SigningKey::load(&file).expect("a key");
    assert_eq!(again.id(), key.id());
    let public = key.public("a name", Some(NOW));
    let text = public.text().expect("works");
    assert_eq!(Key::parse(&text), Ok(public.clone()));
    assert!(public.verifies(b"x", &again.sign(b"x")));
    assert!(!public.verifies(b"y", &again.sign(b"x")));
}

#[test]
fn openssl_reads_and_writes_the_same_files() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let openssl = |args: &[&str]| {
        let output = Command::new("openssl").args(args).current_dir(folder.path()).output();
        let output = output.expect("openssl is installed");
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let ours = SigningKey::generate().expect("random numbers");
    ours.save(&folder.path().join("ours")).expect("room");
    let theirs = String::from_utf8(openssl(&["pkey", "-in", "ours", "-pubout"])).expect("PEM");
    assert_eq!(Key::parse(&theirs).expect("a key").id, ours.id());
    fs::write(folder.path().join("ours.pub"), ours.public("n", Some(NOW)).text().expect("works"))
        .expect("room");
    openssl(&["pkey", "-pubin", "-in", "ours.pub", "-noout"]);
    openssl(&["genpkey", "-algorithm", "ed25519", "-out", "theirs"]);
    let key = SigningKey::load(&folder.path().join("theirs")).expect("a key");
    fs::write(folder.path().join("message"), b"message").expect("room");
    openssl(&[
        "pkeyutl",
        "-sign",
        "-rawin",
        "-inkey",
        "theirs",
        "-in",
        "message",
        "-out",
        "signature",
    ]);
    assert_eq!(fs::read(folder.path().join("signature")).expect("there"), key.sign(b"message"));
}

#[test]
fn what_is_no_key_is_refused() {
    let key = SigningKey::generate().expect("random numbers").public("", None);
    let text = key.text().expect("works");
    for (name, text) in [
        ("empty", String::new()),
        ("private", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n".to_owned()),
        ("truncated", text[..text.len() / 2].to_owned()),
        ("unknown header", format!("owner: me\n{text}")),
        ("expiry that is no time", format!("expires: never\n{text}")),
        // The point of order 1: every signature would do.
        (
            "weak",
            "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n-----END PUBLIC KEY-----\n"
                .to_owned(),
        ),
    ] {
        assert!(Key::parse(&text).is_err(), "{name}");
    }
}

#[test]
fn signatures_of_plans_survive_their_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let plan = folder.path().join("plan.json");
    assert_eq!(PlanSignatures::load(&plan), Ok(None));
    let key = SigningKey::generate().expect("random numbers");
    let digest = Digest::of(b"plan");
    let entries = vec![
        SignatureEntry::of_plan(&key, &digest, None),
        SignatureEntry::of_plan(&key, &digest, Some(NOW)),
    ];
    let signatures = PlanSignatures { plan: digest, entries };
    signatures.save(&plan).expect("room");
    assert_eq!(PlanSignatures::load(&plan), Ok(Some(signatures)));
    fs::write(folder.path().join("plan.json.sig"), r#"{"version": "1", "signatures": []}"#)
        .expect("room");
    let error = PlanSignatures::load(&plan).expect_err("the plan's digest is missing");
    assert!(error.message.contains("plan.json.sig:1:1"), "{error}");
}
