//! From a name to a component: what is given to whom, and what is refused with which code.

// Tests open what they made themselves.
#![allow(clippy::disallowed_methods)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use composectl_plan::{
    Code, Deadline, Digest, Error, Fetch, Keyring, Memory, OciReference, Plan, Resolver,
    Revocations, SeenBlobs, Sighting, SignatureEntry, SigningKey, Store, Trust, TrustFiles,
};

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// On a disk: in memory (tmpfs) nothing that was seen of a file is remembered.
    fn on_disk() -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"));
        Self { folder: folder.expect("a temporary folder") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn store(&self) -> Store {
        Store::open(self.path("store"))
    }

    fn files(&self) -> TrustFiles {
        TrustFiles {
            policy: Some(self.path("policy.json")),
            policy_needed: false,
            keyring_needed: false,
            keyring: Some(self.path("keyring")),
            memory: Memory::Nowhere,
        }
    }

    /// A resolver of a plan with these components (each a JSON object without braces) and other top-level keys.
    fn resolver(&self, components: &[String], rest: &str) -> Resolver {
        let components: Vec<String> =
            components.iter().map(|fields| format!("{{{fields}}}")).collect();
        let text =
            format!("{{\"version\": \"1\", \"components\": [{}]{rest}}}", components.join(","));
        fs::write(self.path("plan.json"), text).expect("room");
        let trust = Trust::load(self.files()).expect("readable");
        Resolver::load(&self.path("plan.json"), self.store(), trust).expect("a valid plan")
    }
}

fn entry(id: &str, content: &[u8]) -> String {
    format!("\"id\": \"{id}\", \"digest\": \"{}\"", Digest::of(content))
}

fn code<T>(result: Result<T, Error>) -> Code {
    match result {
        Ok(_) => panic!("must be refused"),
        Err(error) => error.code,
    }
}

#[test]
fn a_component_of_the_store_is_resolved() {
    let place = Place::new();
    place.store().put(b"zlib").expect("room");
    let resolver = place.resolver(&[entry("zlib", b"zlib")], "");
    let found = resolver.resolve(None, "zlib", Deadline::NEVER).expect("there");
    assert_eq!((found.id.as_str(), found.digest), ("zlib", Digest::of(b"zlib")));
    assert_eq!(found.bytes.as_deref(), Some(b"zlib".as_slice()));
    assert_eq!(resolver.bytes(&found).expect("there"), b"zlib");
    assert_eq!(found.grants, None);
    let by_digest =
        resolver.resolve_digest(None, &Digest::of(b"zlib").0, Deadline::NEVER).expect("there");
    assert_eq!(by_digest.id, "zlib");
    assert_eq!(code(resolver.resolve(None, "zlob", Deadline::NEVER)), Code::EmitLinkError);
    assert_eq!(
        code(resolver.resolve_digest(None, &Digest::of(b"x").0, Deadline::NEVER)),
        Code::EmitLinkError
    );
    assert_eq!(
        code(resolver.resolve_digest(None, &[0; 20], Deadline::NEVER)),
        Code::EmitInvalidDigest
    );
    assert_eq!(
        code(resolver.resolve(Some("zlib"), "zlib", Deadline::NEVER)),
        Code::ExecCapabilityDenied
    );
}

#[test]
fn bindings_decide_what_a_provider_may_resolve() {
    let place = Place::new();
    let contents: [(&str, &[u8]); 3] = [("a", b"a"), ("b", b"b"), ("c", b"c")];
    for (_, content) in contents {
        place.store().put(content).expect("room");
    }
    let components = contents.map(|(id, content)| entry(id, content));
    let bindings =
        r#", "bindings": [{"consumer_id": "a", "import_name": "dep", "provider_id": "b"}]"#;
    let resolver = place.resolver(&components, bindings);
    assert_eq!(resolver.resolve(Some("a"), "dep", Deadline::NEVER).expect("bound").id, "b");
    assert_eq!(
        resolver.resolve_digest(Some("a"), &Digest::of(b"b").0, Deadline::NEVER).expect("bound").id,
        "b"
    );
    // By its import name only, and nothing else.
    assert_eq!(code(resolver.resolve(Some("a"), "b", Deadline::NEVER)), Code::ExecCapabilityDenied);
    assert_eq!(code(resolver.resolve(Some("a"), "c", Deadline::NEVER)), Code::ExecCapabilityDenied);
    assert_eq!(
        code(resolver.resolve_digest(Some("a"), &Digest::of(b"c").0, Deadline::NEVER)),
        Code::ExecCapabilityDenied
    );
    assert_eq!(code(resolver.resolve(Some("b"), "a", Deadline::NEVER)), Code::ExecCapabilityDenied);
    // The root has no bindings, so all are open to it, by their ids.
    for id in ["a", "b", "c"] {
        resolver.resolve(None, id, Deadline::NEVER).expect("open");
    }
    assert_eq!(code(resolver.resolve(None, "dep", Deadline::NEVER)), Code::EmitLinkError);
    assert!(resolver.plan().may_resolve("a") && !resolver.plan().may_resolve("b"));

    let bindings = r#", "bindings": [{"import_name": "x", "provider_id": "a"}]"#;
    let resolver = place.resolver(&components, bindings);
    assert_eq!(resolver.resolve(None, "x", Deadline::NEVER).expect("bound").id, "a");
    assert_eq!(code(resolver.resolve(None, "a", Deadline::NEVER)), Code::ExecCapabilityDenied);
    assert_eq!(code(resolver.resolve(None, "y", Deadline::NEVER)), Code::EmitLinkError);
    assert_eq!(
        code(resolver.resolve_digest(None, &Digest::of(b"b").0, Deadline::NEVER)),
        Code::ExecCapabilityDenied
    );
}

#[test]
fn capabilities_that_a_plan_does_not_list_are_denied() {
    let place = Place::new();
    place.store().put(b"zlib").expect("room");
    let with = |names: &[&str]| {
        let listed: Vec<String> =
            names.iter().map(|name| format!("{{\"name\": \"{name}\"}}")).collect();
        let policy = format!(", \"policy\": {{\"capabilities\": [{}]}}", listed.join(","));
        place.resolver(&[entry("zlib", b"zlib")], &policy)
    };
    let both = with(&["dynlink:resolve", "dynlink:invoke"]);
    both.resolve(None, "zlib", Deadline::NEVER).expect("listed");
    both.plan().check_invoke().expect("listed");
    let resolve_only = with(&["dynlink:resolve"]);
    resolve_only.resolve(None, "zlib", Deadline::NEVER).expect("listed");
    assert_eq!(code(resolve_only.plan().check_invoke()), Code::ExecCapabilityDenied);
    let invoke_only = with(&["dynlink:invoke"]);
    assert_eq!(
        code(invoke_only.resolve(None, "zlib", Deadline::NEVER)),
        Code::ExecCapabilityDenied
    );
    assert_eq!(code(with(&[]).resolve(None, "zlib", Deadline::NEVER)), Code::ExecCapabilityDenied);
    let linked = place.resolver(&[entry("zlib", b"zlib")], ", \"linkage\": \"static\"");
    assert_eq!(code(linked.resolve(None, "zlib", Deadline::NEVER)), Code::ExecCapabilityDenied);
}

#[test]
fn a_damaged_or_missing_blob_is_refused_at_every_resolve() {
    let place = Place::new();
    let store = place.store();
    let digest = store.put(b"zlib").expect("room");
    let resolver = place.resolver(&[entry("zlib", b"zlib")], "");
    // Also after the file has come to rest and its stamp is believed.
    for rest in [Duration::ZERO, Duration::from_millis(2_200)] {
        std::thread::sleep(rest);
        resolver.resolve(None, "zlib", Deadline::NEVER).expect("sound");
        resolver.resolve(None, "zlib", Deadline::NEVER).expect("sound");
        fs::set_permissions(store.path(&digest), fs::Permissions::from_mode(0o644)).expect("ours");
        for content in [b"Zlib".as_slice(), b"zl", b""] {
            fs::write(store.path(&digest), content).expect("ours");
            assert_eq!(
                code(resolver.resolve(None, "zlib", Deadline::NEVER)),
                Code::BlobDigestMismatch
            );
        }
        fs::remove_file(store.path(&digest)).expect("ours");
        assert_eq!(code(resolver.resolve(None, "zlib", Deadline::NEVER)), Code::BlobNotFound);
        store.put(b"zlib").expect("room");
    }
}

#[test]
fn a_source_file_is_fetched_verified_and_stored() {
    let place = Place::new();
    fs::create_dir(place.path("blobs")).expect("room");
    fs::write(place.path("blobs/zlib.wasm"), b"zlib").expect("room");
    let with_source =
        |source: &str| [format!("{}, \"source\": \"{source}\"", entry("zlib", b"zlib"))];
    let missing = place.resolver(&with_source("nowhere.wasm"), "");
    let error = missing.resolve(None, "zlib", Deadline::NEVER).expect_err("neither");
    assert_eq!(error.code, Code::BlobNotFound);
    assert!(error.message.contains("nowhere.wasm"), "{error}");
    fs::write(place.path("other.wasm"), b"other").expect("room");
    let other = place.resolver(&with_source("other.wasm"), "");
    assert_eq!(code(other.resolve(None, "zlib", Deadline::NEVER)), Code::BlobDigestMismatch);
    assert!(!place.path("store").exists(), "nothing was stored");

    place.path("policy.json");
    fs::write(place.path("policy.json"), r#"{"version": "1", "forbid": ["source.file"]}"#)
        .expect("room");
    let good = place.resolver(&with_source("blobs/zlib.wasm"), "");
    assert_eq!(code(good.resolve(None, "zlib", Deadline::NEVER)), Code::TrustUntrustedSource);
    fs::remove_file(place.path("policy.json")).expect("ours");
    let found = good.resolve(None, "zlib", Deadline::NEVER).expect("fetched");
    assert_eq!(found.bytes.as_deref(), Some(b"zlib".as_slice()));
    fs::remove_file(place.path("blobs/zlib.wasm")).expect("ours");
    good.resolve(None, "zlib", Deadline::NEVER).expect("stored");
}

#[test]
fn a_source_cannot_lead_out_of_the_plans_folder() {
    let outside = Place::new();
    fs::write(outside.path("zlib.wasm"), b"zlib").expect("room");
    let place = Place::new();
    symlink(outside.path("zlib.wasm"), place.path("link.wasm")).expect("room");
    symlink(outside.folder.path(), place.path("folder")).expect("room");
    symlink("real.wasm", place.path("inner.wasm")).expect("room");
    fs::write(place.path("real.wasm"), b"zlib").expect("room");
    for source in ["link.wasm", "folder/zlib.wasm"] {
        let component = format!("{}, \"source\": \"{source}\"", entry("zlib", b"zlib"));
        let resolver = place.resolver(&[component], "");
        assert_eq!(
            code(resolver.resolve(None, "zlib", Deadline::NEVER)),
            Code::TrustUntrustedSource,
            "{source}"
        );
    }
    let component = format!("{}, \"source\": \"store\"", entry("zlib", b"zlib"));
    fs::create_dir(place.path("store")).expect("room");
    assert_eq!(
        code(place.resolver(&[component], "").resolve(None, "zlib", Deadline::NEVER)),
        Code::BlobIoError
    );
    let component = format!("{}, \"source\": \"inner.wasm\"", entry("zlib", b"zlib"));
    place.resolver(&[component], "").resolve(None, "zlib", Deadline::NEVER).expect("stays inside");
}

/// Serves one content and counts.
#[derive(Clone, Default)]
struct Registry {
    content: Vec<u8>,
    asked: Arc<AtomicUsize>,
}

impl Fetch for Registry {
    fn fetch(&self, _: &OciReference, _: &Digest, _: bool, _: Deadline) -> Result<Vec<u8>, Error> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        Ok(self.content.clone())
    }
}

#[test]
fn a_registry_is_asked_once_and_not_believed() {
    let place = Place::new();
    let component = format!("{}, \"source\": \"oci:registry.test/zlib:1\"", entry("zlib", b"zlib"));
    let resolver = || place.resolver(std::slice::from_ref(&component), "");
    let error = resolver().resolve(None, "zlib", Deadline::NEVER).expect_err("nothing fetches");
    assert_eq!(error.code, Code::BlobNotFound);
    assert!(error.context.is_some_and(|context| context.contains("composectl pull")));
    let liar = Registry { content: b"evil".to_vec(), ..Registry::default() };
    assert_eq!(
        code(resolver().with_fetch(liar).resolve(None, "zlib", Deadline::NEVER)),
        Code::BlobDigestMismatch
    );
    let honest = Registry { content: b"zlib".to_vec(), ..Registry::default() };
    let fetching = resolver().with_fetch(honest.clone());
    fetching.resolve(None, "zlib", Deadline::NEVER).expect("fetched");
    fetching.resolve(None, "zlib", Deadline::NEVER).expect("stored");
    assert_eq!(honest.asked.load(Ordering::Relaxed), 1);
    // Nothing is fetched for a component that could not be used.
    Revocations::add(&place.path("keyring"), &format!("blob {}", Digest::of(b"zlib")), "")
        .expect("room");
    fs::remove_file(place.store().path(&Digest::of(b"zlib"))).expect("ours");
    assert_eq!(
        code(fetching.resolve(None, "zlib", Deadline::NEVER)),
        Code::TrustVerificationFailed
    );
    assert_eq!(honest.asked.load(Ordering::Relaxed), 1);
}

#[test]
fn limits_and_grants_are_narrowed_by_plan_and_host() {
    let place = Place::new();
    place.store().put(b"zlib").expect("room");
    let component = format!(
        "{}, \"limits\": {{\"memory_bytes\": 1000000000, \"time_ms\": 50}}, \"grants\": {{\"dirs\": [\"data::/d\"]}}",
        entry("zlib", b"zlib")
    );
    let policy = ", \"policy\": {\"limits\": {\"memory_bytes\": 100000000, \"depth\": 20}}";
    let resolver = place.resolver(&[component], policy);
    let refused = code(resolver.resolve(None, "zlib", Deadline::NEVER));
    assert_eq!(refused, Code::ExecCapabilityDenied, "nobody answers for the grants");
    let resolver = resolver.reviewed();
    let found = resolver.resolve(None, "zlib", Deadline::NEVER).expect("there");
    assert_eq!((found.limits.memory_bytes, found.limits.time_ms), (100_000_000, 50));
    assert_eq!(found.limits.payload_bytes, 64 << 20);
    let run = resolver.run_limits().expect("readable");
    assert_eq!((run.depth, run.live_instances), (20, 256));
    let dirs = found.grants.expect("granted").dirs;
    assert_eq!((dirs[0].host.clone(), dirs[0].guest.as_str()), (place.path("data"), "/d"));

    let narrow = r#"{"version": "1", "limits": {"memory_bytes": 70000, "time_ms": 1000, "instances": 5, "depth": 2}}"#;
    fs::write(place.path("policy.json"), narrow).expect("room");
    let found = resolver.resolve(None, "zlib", Deadline::NEVER).expect("there");
    assert_eq!(
        (found.limits.memory_bytes, found.limits.time_ms, found.limits.instances),
        (70_000, 50, 5)
    );
    assert_eq!(resolver.run_limits().expect("readable").depth, 2);
    for forbidden in ["grants", "grants.dirs"] {
        let policy = format!(r#"{{"version": "1", "forbid": ["{forbidden}"]}}"#);
        fs::write(place.path("policy.json"), policy).expect("room");
        assert_eq!(
            code(resolver.resolve(None, "zlib", Deadline::NEVER)),
            Code::ExecCapabilityDenied
        );
    }
    fs::write(place.path("policy.json"), r#"{"version": "1", "forbid": ["grants.net"]}"#)
        .expect("room");
    resolver.resolve(None, "zlib", Deadline::NEVER).expect("no network is granted");
}

#[test]
fn one_names_signature_does_not_serve_another_name() {
    let place = Place::new();
    place.store().put(b"zlib").expect("room");
    let key = SigningKey::generate().expect("random numbers");
    Keyring::add(&place.path("keyring"), &key.public("", None)).expect("room");
    let unsigned = place.resolver(&[entry("zlib", b"zlib")], "");
    let component = unsigned.plan().component("zlib").expect("there");
    let signature = SignatureEntry::of_component(&key, component, None);
    let signed = |id: &str| {
        format!(
            "{}, \"signatures\": [{{\"key\": \"{}\", \"signature\": \"{}\"}}]",
            entry(id, b"zlib"),
            signature.key,
            signature.signature_text()
        )
    };
    let policy = r#", "policy": {"trust": {"mode": "signed"}}"#;
    let resolver = place.resolver(&[signed("zlib"), signed("crypto")], policy);
    resolver.resolve(None, "zlib", Deadline::NEVER).expect("signed");
    // The same bytes, verified a moment ago.
    assert_eq!(
        code(resolver.resolve(None, "crypto", Deadline::NEVER)),
        Code::TrustSignatureInvalid
    );
    resolver.resolve(None, "zlib", Deadline::NEVER).expect("signed");
    Revocations::add(&place.path("keyring"), &format!("key {}", key.id()), "").expect("room");
    assert_eq!(
        code(resolver.resolve(None, "zlib", Deadline::NEVER)),
        Code::TrustVerificationFailed
    );
}

#[test]
fn the_root_is_what_the_plan_says() {
    let place = Place::new();
    let resolver = place.resolver(&[entry("app", b"app")], ", \"root\": \"app\"");
    resolver.check_root_digest(&Digest::of(b"app")).expect("its digest");
    assert_eq!(code(resolver.check_root_digest(&Digest::of(b"x"))), Code::BlobDigestMismatch);
    place.store().put(b"app").expect("room");
    assert_eq!(resolver.root().expect("there").digest, Digest::of(b"app"));
    // The root is no provider.
    assert_eq!(code(resolver.resolve(None, "app", Deadline::NEVER)), Code::EmitLinkError);
    assert_eq!(
        code(resolver.resolve_digest(None, &Digest::of(b"app").0, Deadline::NEVER)),
        Code::EmitLinkError
    );
    let open = place.resolver(&[entry("zlib", b"zlib")], "");
    open.check_root_digest(&Digest::of(b"anything")).expect("the plan does not say");
}

#[test]
fn a_plan_that_the_host_does_not_pin_resolves_nothing() {
    let place = Place::new();
    place.store().put(b"zlib").expect("room");
    let resolver = place.resolver(&[entry("zlib", b"zlib")], "");
    let digest = resolver.plan().digest;
    fs::write(place.path("policy.json"), r#"{"version": "1", "trust": {"plans": []}}"#)
        .expect("room");
    assert_eq!(code(resolver.resolve(None, "zlib", Deadline::NEVER)), Code::TrustUntrustedSource);
    let trust = Trust::load(place.files()).expect("readable");
    let plan = place.path("plan.json");
    assert_eq!(code(Resolver::load(&plan, place.store(), trust)), Code::TrustUntrustedSource);
    let listed = format!(r#"{{"version": "1", "trust": {{"plans": ["{digest}"]}}}}"#);
    fs::write(place.path("policy.json"), listed).expect("room");
    resolver.resolve(None, "zlib", Deadline::NEVER).expect("listed");
    assert_eq!(Plan::load(&plan).expect("valid").digest, digest);
}

/// An index in memory.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<(Sighting, Digest)>>>);

impl SeenBlobs for Seen {
    fn digest(&self, sighting: &Sighting) -> Option<Digest> {
        let seen = self.0.lock().expect("not poisoned");
        seen.iter().find(|(known, _)| known == sighting).map(|(_, digest)| *digest)
    }

    fn remember(&self, sighting: &Sighting, digest: &Digest) {
        assert!(sighting.stamp.settled(SystemTime::now()));
        self.0.lock().expect("not poisoned").push((*sighting, *digest));
    }
}

#[test]
fn what_was_verified_before_is_not_read_again() {
    let place = Place::on_disk();
    let digest = place.store().put(b"zlib").expect("room");
    std::thread::sleep(Duration::from_millis(2_200));
    let seen = Seen::default();
    let resolver = || place.resolver(&[entry("zlib", b"zlib")], "").with_seen(seen.clone());
    let first = resolver();
    assert!(first.resolve(None, "zlib", Deadline::NEVER).expect("there").bytes.is_some());
    assert!(first.resolve(None, "zlib", Deadline::NEVER).expect("there").bytes.is_none());
    let second = resolver().resolve(None, "zlib", Deadline::NEVER).expect("there");
    assert!(second.bytes.is_none());
    assert_eq!(resolver().bytes(&second).expect("there"), b"zlib");
    // An index that has another digest for the stamp proves nothing.
    seen.0.lock().expect("not poisoned")[0].1 = Digest::of(b"x");
    assert!(resolver().resolve(None, "zlib", Deadline::NEVER).expect("there").bytes.is_some());
    assert_eq!(seen.0.lock().expect("not poisoned").last().map(|(_, known)| *known), Some(digest));
}

#[test]
fn a_root_is_trusted_and_verified_before_it_is_given_out() {
    let place = Place::new();
    let digest = place.store().put(b"app").expect("room");
    let resolver = place.resolver(&[entry("app", b"app")], ", \"root\": \"app\"");
    Revocations::add(&place.path("keyring"), &format!("blob {digest}"), "").expect("room");
    assert_eq!(code(resolver.root()), Code::TrustVerificationFailed);
    assert_eq!(code(resolver.check_root_trust()), Code::TrustVerificationFailed);
    fs::remove_file(place.path("keyring/revoked")).expect("there");
    resolver.check_root_trust().expect("not revoked");
    let path = place.store().path(&digest);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("ours");
    fs::write(&path, b"App").expect("ours");
    assert_eq!(code(resolver.root()), Code::BlobDigestMismatch);
    // A hole is not read.
    fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .and_then(|file| file.set_len(1 << 40))
        .expect("ours");
    assert_eq!(code(resolver.root()), Code::BlobIoError);
    fs::remove_file(&path).expect("ours");
    assert_eq!(code(resolver.root()), Code::BlobNotFound);
    let without = place.resolver(&[entry("zlib", b"zlib")], "");
    assert_eq!(code(without.root()), Code::InvalidInput);
}

/// A page of a file that is mapped and dirty is written to without any time of the file changing.
#[test]
fn a_file_whose_pages_are_mapped_and_dirty_is_not_believed_to_be_the_same() {
    use std::os::fd::AsRawFd;
    let place = Place::on_disk();
    let store = place.store();
    let digest = store.put(b"zlib").expect("room");
    let path = store.path(&digest);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("ours");
    let file = fs::OpenOptions::new().read(true).write(true).open(&path).expect("ours");
    file.sync_all().expect("on a disk");
    // SAFETY: a fresh mapping of one page, of which the file's four bytes are used.
    let page = unsafe {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let at = std::ptr::null_mut();
        let page = libc::mmap(at, 4, protection, libc::MAP_SHARED, file.as_raw_fd(), 0);
        assert_ne!(page, libc::MAP_FAILED);
        page.cast::<u8>()
    };
    // SAFETY: within the file's four bytes.
    unsafe { page.write_volatile(b'z') };
    std::thread::sleep(Duration::from_millis(2_200));
    let seen = Seen::default();
    let resolver = place.resolver(&[entry("zlib", b"zlib")], "").with_seen(seen.clone());
    resolver.resolve(None, "zlib", Deadline::NEVER).expect("sound");
    assert_eq!(seen.0.lock().expect("not poisoned").len(), 1, "it was at rest");
    // SAFETY: as above.
    unsafe { page.write_volatile(b'Z') };
    assert_eq!(fs::read(&path).expect("ours"), b"Zlib");
    assert_eq!(code(resolver.resolve(None, "zlib", Deadline::NEVER)), Code::BlobDigestMismatch);
}

#[test]
fn nothing_of_a_file_in_memory_is_remembered() {
    let Ok(folder) = tempfile::tempdir_in("/dev/shm") else { return };
    let path = folder.path().join("f");
    fs::write(&path, b"content").expect("room");
    std::thread::sleep(Duration::from_millis(2_200));
    let file = fs::File::open(&path).expect("there");
    assert_eq!(Sighting::to_remember(&file), None);
}

#[test]
fn a_time_that_is_over_is_an_error_before_anything_is_fetched() {
    let place = Place::new();
    let component = format!("{}, \"source\": \"oci:registry.test/zlib:1\"", entry("zlib", b"zlib"));
    let registry = Registry { content: b"zlib".to_vec(), ..Registry::default() };
    let resolver = place.resolver(&[component], "").with_fetch(registry.clone());
    let over = Deadline::after(Duration::ZERO);
    assert_eq!(code(resolver.resolve(None, "zlib", over)), Code::ExecTimeout);
    assert_eq!(registry.asked.load(Ordering::Relaxed), 0);
    let found = resolver.resolve(None, "zlib", Deadline::NEVER).expect("there is time");
    assert!(found.deadline.left().expect("its own time_ms") <= Duration::from_secs(30));
}
