//! Providers whose `source` is a registry: fetched at the first resolve, verified, kept.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use composectl_plan::{Artifact, ComponentInfo, Digest};

use super::{ECHO, Plan, assert_error, consumer, lines, provider};
use crate::Place;

/// A registry on loopback that has `component` as `demo:1`, and counts what it is asked for.
struct Registry {
    source: String,
    asked: Arc<AtomicUsize>,
}

impl Registry {
    fn with(component: Vec<u8>) -> Registry {
        let Artifact { config, manifest } =
            Artifact::of(&component, &ComponentInfo::default()).expect("documents");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        let source = format!(r#", "source": "oci:{address}/demo@{}""#, Digest::of(&manifest));
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&asked);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                counter.fetch_add(1, Ordering::SeqCst);
                let mut head = BufReader::new(&stream).lines().map_while(Result::ok);
                let path = head.next().unwrap_or_default();
                // The rest of the head is read, so that closing does not reset the connection.
                let _ = head.find(String::is_empty);
                let body = [&manifest, &config, &component]
                    .into_iter()
                    .find(|body| path.contains(&Digest::of(body).to_string()));
                let (status, body) = body.map_or((404, &[][..]), |body| (200, body));
                let length = body.len();
                let head = format!(
                    "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
                );
                let _ = stream.write_all(&[head.as_bytes(), body].concat());
            }
        });
        Registry { source, asked }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// A plan with the provider `far`, which the store lacks and `registry` may have.
fn plan<'p>(place: &'p Place, registry: &Registry) -> Plan<'p> {
    let mut plan = Plan::new(place);
    plan.add_with("far", &provider(ECHO).wasm(), &registry.source);
    std::fs::remove_file(plan.blob_of("far")).expect("it was put");
    plan
}

#[test]
fn a_provider_is_fetched_once_and_kept() {
    let place = Place::new();
    let wasm = provider(ECHO).wasm();
    let registry = Registry::with(wasm.clone());
    let plan = plan(&place, &registry);
    assert_eq!(plan.run(&["r", "far", "i", "m", "x"]), ["resolved", "x"]);
    assert_eq!(std::fs::read(plan.blob_of("far")).expect("kept"), wasm);
    let asked = registry.asked();
    assert!(asked > 0);
    assert_eq!(plan.run(&["r", "far", "i", "m", "y"]), ["resolved", "y"]);
    assert_eq!(registry.asked(), asked, "the store has it");
}

#[test]
fn another_component_than_the_plans_is_refused() {
    let place = Place::new();
    let registry = Registry::with(provider("(unreachable)").wasm());
    let plan = plan(&place, &registry);
    assert_error(&plan.run(&["r", "far"])[0], "blob-digest-mismatch", &["expected"]);
    assert!(!plan.blob_of("far").exists());
}

#[test]
fn a_registry_that_is_gone_is_an_error_value() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    // A port that was free a moment ago may be anybody's.
    let source = r#", "source": "oci:127.0.0.1:1/demo:1""#;
    plan.add_with("far", &provider(ECHO).wasm(), source);
    std::fs::remove_file(plan.blob_of("far")).expect("it was put");
    let lines = plan.run(&["r", "far"]);
    assert_error(&lines[0], "blob-io-error", &["cannot talk to http://127.0.0.1"]);
}

#[test]
fn a_host_that_forbids_registries_asks_none() {
    let place = Place::new();
    let registry = Registry::with(provider(ECHO).wasm());
    let plan = plan(&place, &registry);
    let policy = place.file("policy.json", br#"{"version": "1", "forbid": ["source.oci"]}"#);
    let flags = ["--policy", policy.to_str().expect("UTF-8")];
    let lines = lines(&plan.run_with(&flags, &["r", "far"]));
    assert_error(&lines[0], "trust-untrusted-source", &[]);
    assert_eq!(registry.asked(), 0);
}

/// A plan could have this machine ask what only it can reach.
#[test]
fn a_plan_cannot_reach_into_private_networks() {
    let place = Place::new();
    let registry = Registry::with(provider(ECHO).wasm());
    let path = plan(&place, &registry).write();
    let run = |flags: &[&str]| {
        let fixed = ["--plan", path.to_str().expect("UTF-8")];
        lines(&place.run(&[&fixed, flags].concat(), &consumer(&place), &["r", "far"]))[0].clone()
    };
    assert_error(&run(&[]), "trust-untrusted-source", &["127.0.0.1", "its address is not public"]);
    assert_eq!(registry.asked(), 0);
    // Other names of this machine.
    for host in ["localhost", "127.1", "0x7f000001", "2130706433", "[::1]", "[::ffff:127.0.0.1]"] {
        let text = std::fs::read_to_string(&path).expect("written").replace("127.0.0.1", host);
        let other = place.file("other.json", text.as_bytes());
        let flags = ["--plan", other.to_str().expect("UTF-8")];
        let line = &lines(&place.run(&flags, &consumer(&place), &["r", "far"]))[0];
        assert!(!line.starts_with("resolved"), "{host}: {line}");
        assert_eq!(registry.asked(), 0, "{host}: {line}");
    }
    // A host's policy that lists it, and no other.
    let listed = |registries: &str| {
        let text = format!(r#"{{"version": "1", "registries": {registries}}}"#);
        place.file("policy.json", text.as_bytes());
        run(&["--policy", "policy.json"])
    };
    for registries in [r#"["registry.test"]"#, "[]", r#"["127.0.0.1:1"]"#] {
        assert_error(
            &listed(registries),
            "trust-untrusted-source",
            &["does not list the registry"],
        );
    }
    assert_eq!(registry.asked(), 0);
    assert_eq!(listed(r#"["127.0.0.1"]"#), "resolved");
    assert!(registry.asked() > 0);
}
