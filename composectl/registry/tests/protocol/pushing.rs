//! Push.

use std::collections::BTreeMap;
use std::sync::Mutex;

use composectl_plan::{Code, ComponentInfo, Digest, Store};
use composectl_registry::push;

use crate::server::{Answer, Asked, Server, ok, status};
use crate::{COMPONENT, options, pull};

/// A registry that keeps what it gets. `lie`: what it says that it stored the manifest as.
fn shelf(lie: Option<&'static str>) -> Server {
    let kept: Mutex<BTreeMap<String, Vec<u8>>> = Mutex::default();
    Server::start(move |asked: &Asked| {
        let mut kept = kept.lock().expect("no panic");
        let (path, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
        match (asked.method.as_str(), path) {
            ("GET" | "HEAD", path) => {
                kept.get(path).map_or_else(|| status(404), |bytes| ok(bytes.clone()))
            }
            ("POST", "/v2/caps/demo/blobs/uploads/") => {
                let place = "/upload/1?state=a%2Fb".to_owned();
                Answer::Plain(202, vec![("Location", place)], vec![])
            }
            ("PUT", "/upload/1") => {
                let digest = query.strip_prefix("state=a%2Fb&digest=").expect("the place's query");
                assert_eq!(digest, Digest::of(&asked.body).to_string());
                kept.insert(format!("/v2/caps/demo/blobs/{digest}"), asked.body.clone());
                status(201)
            }
            ("PUT", "/v2/caps/demo/manifests/1.0") => {
                let digest = Digest::of(&asked.body).to_string();
                for name in ["1.0", &digest] {
                    kept.insert(format!("/v2/caps/demo/manifests/{name}"), asked.body.clone());
                }
                let said = lie.map_or(digest, str::to_owned);
                Answer::Plain(201, vec![("Docker-Content-Digest", said)], vec![])
            }
            _ => status(405),
        }
    })
}

fn info() -> ComponentInfo {
    let exports = vec!["compose:dynlink/endpoint@0.1.0".to_owned()];
    ComponentInfo { exports, imports: vec![] }
}

#[test]
fn what_is_pushed_is_pulled() {
    let server = shelf(None);
    let reference = server.reference(":1.0");
    let pushed = push(&reference, COMPONENT, &info(), &options()).unwrap();
    assert!(pushed.sent);
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path());
    let pulled = pull(&reference, &store).unwrap();
    assert_eq!((&pulled.pinned, pulled.digest), (&pushed.pinned, pushed.digest));
    assert_eq!(store.get(&pulled.digest).unwrap(), COMPONENT);
    assert_eq!(pull(&pushed.pinned, &store).unwrap().digest, pushed.digest);

    let again = push(&reference, COMPONENT, &info(), &options()).unwrap();
    assert!(!again.sent && again.pinned == pushed.pinned, "the same bytes, the same manifest");
}

#[test]
fn a_push_goes_to_a_tag() {
    let server = shelf(None);
    let mut reference = server.reference(":1.0");
    reference.digest = Some(Digest::of(b""));
    let error = push(&reference, COMPONENT, &info(), &options()).unwrap_err();
    assert_eq!(error.code, Code::InvalidInput);
    (reference.digest, reference.tag) = (None, None);
    let error = push(&reference, COMPONENT, &info(), &options()).unwrap_err();
    assert_eq!(error.code, Code::InvalidInput);
    assert!(server.asked().is_empty());
}

#[test]
fn a_registry_that_stores_something_else_is_caught() {
    let server = shelf(Some("sha256:0"));
    let error = push(&server.reference(":1.0"), COMPONENT, &info(), &options()).unwrap_err();
    assert_eq!(error.code, Code::BlobDigestMismatch, "{error}");
}

#[test]
fn a_registry_that_takes_nothing_is_an_error() {
    for (code, part) in
        [(403, "refuses access"), (405, "405"), (202, "names no place"), (413, "413")]
    {
        let server = Server::start(
            move |asked| {
                if asked.method == "HEAD" { status(404) } else { status(code) }
            },
        );
        let error = push(&server.reference(":1.0"), COMPONENT, &info(), &options()).unwrap_err();
        assert_eq!(error.code, Code::BlobIoError, "{error}");
        assert!(error.message.contains(part), "{error}");
        assert!(!server.asked().iter().any(|asked| asked.method == "PUT"));
    }
    // A component goes to the registry's own place, or nowhere that could read it on the way.
    let server = Server::start(|asked| match asked.method.as_str() {
        "HEAD" => status(404),
        _ => Answer::Plain(202, vec![("Location", "http://upload.test/x".to_owned())], vec![]),
    });
    let error = push(&server.reference(":1.0"), COMPONENT, &info(), &options()).unwrap_err();
    assert_eq!(error.code, Code::TrustUntrustedSource, "{error}");
}
