//! Whom to trust: every way to be signed or not, at every time.

// Tests open what they made themselves.
#![allow(clippy::disallowed_methods)]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use composectl_plan::{
    Code, Component, Digest, Grants, Instant, Key, Keyring, Limits, Memory, Plan, PlanSignatures,
    Revocations, SignatureEntry, SigningKey, Trust, TrustFiles, Voucher, new_plan,
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
            memory: Memory::Nowhere,
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
    SignatureEntry::of_component(key, &component(vec![]), expires)
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

fn open_up(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("ours");
}

#[test]
fn what_cannot_be_read_is_not_trusted() {
    type Spoil = fn(&Host);
    let ways: [(&str, Spoil); 16] = [
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
        ("keyring that everybody can write", |host| open_up(&host.keyring(), 0o777)),
        ("keyring that its group can write", |host| open_up(&host.keyring(), 0o770)),
        ("keyring in a folder that its group can write", |host| open_up(host.folder.path(), 0o770)),
        ("keyring in a folder that everybody can write", |host| open_up(host.folder.path(), 0o777)),
        ("key that its group can write", |host| {
            open_up(&Keyring::key_path(&host.keyring(), &host.key.id()), 0o664);
        }),
        ("policy that its group can write", |host| {
            host.policy(r#"{"version": "1"}"#);
            open_up(&host.folder.path().join("policy.json"), 0o664);
        }),
        ("revocations whose lines end otherwise", |host| {
            let list = format!("# a list\rkey {}\r", host.key.id());
            fs::write(host.keyring().join("revoked"), list).expect("room");
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

/// Another user's keyring or policy, though nobody else can write it. Only root can make one of somebody else's; what an
/// ordinary user is told is in `owners.rs`.
#[test]
fn what_belongs_to_another_user_is_not_trusted() {
    let host = Host::new();
    host.policy(r#"{"version": "1"}"#);
    let key = Keyring::key_path(&host.keyring(), &host.key.id());
    for path in [key, host.keyring(), host.files().policy.expect("named")] {
        if std::os::unix::fs::chown(&path, Some(65534), None).is_err() {
            assert_ne!(fs::metadata("/proc/self").expect("there").uid(), 0, "root may");
            return;
        }
        let error = Trust::load(host.files()).expect_err("another user's");
        assert_eq!(error.code, Code::TrustVerificationFailed);
        assert!(error.message.contains("belongs to the user 65534"), "{error}");
        std::os::unix::fs::chown(&path, Some(0), None).expect("root may");
    }
    Trust::load(host.files()).expect("all is root's again");
}

#[test]
fn a_private_key_that_others_can_read_is_not_used() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("key");
    SigningKey::generate().expect("random numbers").save(&file).expect("room");
    for mode in [0o640, 0o604, 0o620, 0o602, 0o666] {
        open_up(&file, mode);
        let error = SigningKey::load(&file).expect_err("others can use it");
        assert_eq!(error.code, Code::TrustVerificationFailed, "{mode:o}");
        assert!(error.context.unwrap_or_default().contains("chmod 600"), "{mode:o}");
    }
    open_up(&file, 0o400);
    SigningKey::load(&file).expect("nobody else can");
    open_up(folder.path(), 0o777);
    let error = SigningKey::load(&file).expect_err("others could exchange it");
    assert!(error.message.contains("can be written by every user"), "{error}");
}

/// Whatever stands behind a line's end that is none would be part of a comment, and revoke nothing.
#[test]
fn no_line_end_hides_a_revocation() {
    let entry = format!("blob {}", Digest::of(b"zlib"));
    let good = format!("revision 3\n# list\n{entry} # why\n\tkey 0123456789abcdef\n");
    let revoked = Revocations::parse(&good).expect("a list");
    assert_eq!((revoked.blobs.len(), revoked.keys.len(), revoked.revision), (1, 1, Some(3)));
    for odd in
        ["\r", "\r\n", "\u{b}", "\u{c}", "\u{1c}", "\u{85}", "\u{2028}", "\u{2029}", "\0", "\u{1b}"]
    {
        let error = Revocations::parse(&format!("# list{odd}{entry}\n")).expect_err("odd");
        assert!(error.starts_with("line 1: `\\"), "{odd:?}: {error}");
    }
    for text in ["revision", "revision -1", "revision 1\nrevision 2", "revision 1 2", "revision x"]
    {
        assert!(Revocations::parse(text).is_err(), "{text}");
    }
    // As a header of a key.
    let key = SigningKey::generate().expect("random numbers").public("", Some(NOW));
    let hidden = key.text().expect("works").replace("name: \n", "name: x\r");
    assert!(hidden.contains("\rexpires: ") && Key::parse(&hidden).is_err(), "{hidden}");
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

#[test]
fn a_revoked_plan_is_revoked_in_every_spelling() {
    let host = Host::new();
    let plan = plan(&component(vec![]), "{}");
    let text =
        new_plan(&[component(vec![])]).replace("\n", " \n ").replace("\"id\"", "\"i\\u0064\"");
    let respelt = Plan::parse(&text).expect("valid");
    assert_ne!(plan.digest, respelt.digest);
    assert_eq!(plan.content_digest(), respelt.content_digest());
    let entry = format!("plan {}", plan.content_digest());
    Revocations::add(&host.keyring(), &entry, "").expect("room");
    let trust = host.trust();
    for plan in [&plan, &respelt] {
        let error = trust.at(NOW).expect("readable").check_plan(plan, &[]).expect_err("revoked");
        assert_eq!(error.code, Code::TrustVerificationFailed);
    }
}

/// A plan of this name and revision, with one component; `spelling` makes its content another.
fn revision(name: &str, number: u64, spelling: &str) -> Plan {
    let fields = format!("\"version\": \"1\", \"name\": \"{name}\", \"revision\": {number}");
    let text = new_plan(&[Component { id: spelling.to_owned(), ..component(vec![]) }]);
    Plan::parse(&text.replace("\"version\": \"1\"", &fields)).expect("valid")
}

#[test]
fn plans_do_not_go_back() {
    let host = Host::new();
    let state = host.folder.path().join("state");
    let files = TrustFiles { memory: Memory::Folder(state.clone()), ..host.files() };
    let check = |plan: &Plan, signed: bool| {
        let trust = Trust::load(files.clone())?;
        let now = trust.at(NOW)?;
        let entry = SignatureEntry::of_plan(&host.key, &plan.digest, None);
        let voucher =
            now.check_plan(plan, if signed { std::slice::from_ref(&entry) } else { &[] })?;
        assert_eq!(voucher == Voucher::Key, signed);
        now.check_revision(plan, &voucher)
    };
    let refused = |plan: &Plan, signed: bool, part: &str| {
        let error = check(plan, signed).expect_err("an older one");
        assert_eq!(error.code, Code::TrustVerificationFailed);
        assert!(error.message.contains(part), "{error}");
        assert!(error.context.unwrap_or_default().contains("composectl trust forget app"));
    };
    let old = "went back to revision 1; revision 2 was seen";
    assert_eq!(check(&revision("app", 1, "a"), true), Ok(()));
    assert_eq!(check(&revision("app", 2, "a"), true), Ok(()));
    assert_eq!(check(&revision("app", 2, "a"), true), Ok(()), "the same again");
    refused(&revision("app", 1, "a"), true, old);
    refused(&revision("app", 1, "a"), false, old);
    refused(&revision("app", 2, "b"), true, "has another content than revision 2 had");
    assert_eq!(check(&revision("other", 1, "a"), true), Ok(()), "another plan");
    // What nobody has signed has no say about what somebody has.
    assert_eq!(check(&revision("app", 9, "a"), false), Ok(()));
    assert_eq!(check(&revision("app", 3, "a"), true), Ok(()));
    assert_eq!(check(&revision("unsigned", 9, "a"), false), Ok(()));
    assert!(check(&revision("unsigned", 8, "a"), false).is_err());
    assert_eq!(check(&revision("unsigned", 1, "a"), true), Ok(()));
    // A plan that the policy lists is meant as it is.
    let listed = revision("app", 1, "a");
    let policy = format!(r#"{{"version": "1", "trust": {{"plans": ["{}"]}}}}"#, listed.digest);
    host.policy(&policy);
    let trust = Trust::load(files.clone()).expect("all can be read");
    let now = trust.at(NOW).expect("all can be read");
    let voucher = now.check_plan(&listed, &[]).expect("listed");
    assert_eq!((now.check_revision(&listed, &voucher), voucher), (Ok(()), Voucher::Policy));
    fs::remove_file(host.folder.path().join("policy.json")).expect("ours");
    // Only the user takes it back.
    assert_eq!(files.memory.forget_plan("app"), Ok(true));
    assert_eq!(files.memory.forget_plan("app"), Ok(false));
    assert_eq!(check(&revision("app", 1, "a"), true), Ok(()));
    // What was seen is not believed when others could have written it, nor ignored when it is damaged.
    let seen = state.join("seen.json");
    open_up(&seen, 0o666);
    assert!(check(&revision("app", 1, "a"), true).is_err());
    open_up(&seen, 0o600);
    fs::write(&seen, "{").expect("ours");
    assert!(check(&revision("app", 1, "a"), true).is_err());
    // Where nothing can be kept, that is said, unless the user has.
    for (memory, expected) in [(Memory::Unknown, false), (Memory::Nowhere, true)] {
        let plan = revision("app", 1, "a");
        let trust = Trust::load(TrustFiles { memory, ..host.files() }).expect("all can be read");
        let now = trust.at(NOW).expect("all can be read");
        let voucher = now.check_plan(&plan, &[]).expect("nothing forbids it");
        assert_eq!(now.check_revision(&plan, &voucher).is_ok(), expected);
    }
}

#[test]
fn lists_of_revocations_do_not_go_back() {
    let host = Host::new();
    let memory = Memory::Folder(host.folder.path().join("state"));
    let files = TrustFiles { memory: memory.clone(), ..host.files() };
    let list = Revocations::path(&host.keyring());
    for number in 1..=2 {
        Revocations::add(&host.keyring(), &format!("key {number:016x}"), "").expect("room");
    }
    let newer = fs::read_to_string(&list).expect("there");
    assert!(newer.starts_with("revision 2\n"), "{newer}");
    let running = Trust::load(files.clone()).expect("the newest");
    let older = newer.replace("revision 2", "revision 1");
    for text in [Some(older.as_str()), Some("key 0000000000000001\n"), None] {
        match text {
            Some(text) => fs::write(&list, text).expect("ours"),
            None => fs::remove_file(&list).expect("ours"),
        }
        for found in [Trust::load(files.clone()).map(|_| ()), running.now().map(|_| ())] {
            let error = found.expect_err("an older one");
            assert_eq!(error.code, Code::TrustVerificationFailed);
            assert!(error.message.contains("revision 2 was seen"), "{error}");
            assert!(error.context.unwrap_or_default().contains("composectl trust forget"));
        }
    }
    fs::write(&list, &newer).expect("ours");
    Trust::load(files.clone()).expect("the newest");
    fs::write(&list, &older).expect("ours");
    assert_eq!(memory.forget_list(&host.keyring()), Ok(true));
    Trust::load(files).expect("the user has said so");
}
