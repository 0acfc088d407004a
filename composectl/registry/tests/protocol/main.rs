//! Pull and push against registries that are honest, broken or hostile.

// Tests open what they made themselves.
#![allow(clippy::disallowed_methods)]

mod hostile;
#[path = "../../../foreign/tests/replay/memory.rs"]
mod memory;
mod pushing;
mod server;

use std::path::Path;
use std::time::{Duration, Instant};

use composectl_plan::{Code, ComponentInfo, Deadline, Digest, Error, Fetch, OciReference, Store};
use composectl_registry::{Limits, OciFetch, Options, Pulled, Reach};
use server::{Answer, Asked, Server, Shelf, ok, status};

const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0, or so it seems";

/// Time is given for a busy machine.
fn options() -> Options {
    let limits = Limits {
        document_bytes: 4096,
        blob_bytes: 64 << 10,
        request: Duration::from_secs(60),
        redirects: 3,
        ..Options::default().limits
    };
    Options { plain_http: None, limits, ..Options::default() }
}

/// Of somebody who has little time, to ask a registry that would take all of it.
fn hurried() -> Options {
    let limits = Limits {
        stall: Duration::from_millis(400),
        request: Duration::from_millis(1500),
        ..options().limits
    };
    Options { limits, ..options() }
}

fn pull(reference: &OciReference, store: &Store) -> Result<Pulled, Error> {
    pull_with(reference, store, &options())
}

fn pull_with(reference: &OciReference, store: &Store, options: &Options) -> Result<Pulled, Error> {
    composectl_registry::pull(reference, store, options, |bytes| {
        if bytes.starts_with(b"\0asm\x0d\0\x01\0") {
            return Ok(ComponentInfo::default());
        }
        Err(Error::new(Code::InvalidInput, "this is no component"))
    })
}

fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() { folders.push(path) } else { found.push(path.display().to_string()) }
        }
    }
    found
}

/// Pulls `demo:1.0` from a registry that answers so, and expects an error that leaves nothing in the store.
fn refused(
    handler: impl Fn(&Shelf, &Asked) -> Answer + Send + Sync + 'static,
) -> (Code, String, Server) {
    refused_as(":1.0", &options(), handler)
}

fn refused_as(
    version: &str,
    options: &Options,
    handler: impl Fn(&Shelf, &Asked) -> Answer + Send + Sync + 'static,
) -> (Code, String, Server) {
    let shelf = Shelf::new(COMPONENT);
    let server = Server::start(move |asked| handler(&shelf, asked));
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path().join("store"));
    let reference = server.reference(version);
    let error = pull_with(&reference, &store, options).expect_err("it must be refused");
    assert_eq!(files(folder.path()), [""; 0], "a failed pull leaves nothing: {error}");
    (error.code, error.message, server)
}

fn is_blob(asked: &Asked, shelf: &Shelf) -> bool {
    asked.path.ends_with(&shelf.digest().to_string())
}

fn is_manifest(asked: &Asked) -> bool {
    asked.path.contains("/manifests/")
}

#[test]
fn a_component_is_pulled_by_tag_and_then_by_its_digest() {
    let shelf = Shelf::new(COMPONENT);
    let (digest, manifest) = (shelf.digest(), shelf.manifest_digest());
    let server = Server::start(move |asked| shelf.answer(asked));
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path());
    let pulled = pull(&server.reference(":1.0"), &store).unwrap();
    assert_eq!(pulled.pinned.text(), format!("{}/caps/demo@{manifest}", server.address));
    assert_eq!(
        (pulled.digest, pulled.size, pulled.fetched),
        (digest, COMPONENT.len() as u64, true)
    );
    assert_eq!(store.get(&digest).unwrap(), COMPONENT);
    let names = store.names().unwrap();
    assert_eq!((names.len(), names[0].component), (1, Some(digest)));
    assert_eq!(names[0].name, server.reference(":1.0").text());

    let again = pull(&pulled.pinned, &store).unwrap();
    assert!(!again.fetched && again.digest == digest);
    let fetch = OciFetch::new(options());
    let fetched = fetch.fetch(&pulled.pinned, &digest, false, Deadline::NEVER).unwrap();
    assert_eq!(fetched, COMPONENT);
}

#[test]
fn a_damaged_blob_in_the_store_is_fetched_again() {
    let shelf = Shelf::new(COMPONENT);
    let digest = shelf.digest();
    let server = Server::start(move |asked| shelf.answer(asked));
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path());
    let path = store.path(&digest);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, "damaged").unwrap();
    assert!(pull(&server.reference(":1.0"), &store).unwrap().fetched);
    assert_eq!(store.get(&digest).unwrap(), COMPONENT);
}

#[test]
fn a_plan_gets_the_component_that_it_names_or_nothing() {
    let shelf = Shelf::new(COMPONENT);
    let layer = shelf.digest().to_string();
    let server = Server::start(move |asked| shelf.answer(asked));
    let fetch = OciFetch::new(options());
    let reference = server.reference(":1.0");
    let error = fetch.fetch(&reference, &Digest::of(b"other"), false, Deadline::NEVER).unwrap_err();
    assert_eq!(error.code, Code::BlobDigestMismatch);
    assert!(!server.asked().iter().any(|asked| asked.path.ends_with(&layer)), "not even fetched");
}

#[test]
fn a_version_that_is_not_there_is_not_found() {
    let (code, text, _) = refused(|_, _| status(404));
    assert_eq!(code, Code::BlobNotFound);
    assert!(text.contains("/caps/demo:1.0"), "{text}");
    let (code, ..) = refused(
        |shelf, asked| if is_blob(asked, shelf) { status(404) } else { shelf.answer(asked) },
    );
    assert_eq!(code, Code::BlobNotFound);
}

#[test]
fn another_manifest_than_the_pinned_one_is_a_mismatch() {
    let pinned = format!("@{}", Digest::of(b"what the user pinned"));
    let (code, ..) = refused_as(&pinned, &options(), |shelf, _| ok(shelf.manifest.clone()));
    assert_eq!(code, Code::BlobDigestMismatch);
    let (code, ..) = refused(|shelf, asked| {
        let header = ("Docker-Content-Digest", Digest::of(b"other").to_string());
        if is_manifest(asked) {
            Answer::Plain(200, vec![header], shelf.manifest.clone().into_bytes())
        } else {
            shelf.answer(asked)
        }
    });
    assert_eq!(code, Code::BlobDigestMismatch);
}

#[test]
fn a_manifest_of_something_else_is_refused() {
    let changed = |from: &'static str, to: &'static str| {
        refused(move |shelf, asked| {
            if is_manifest(asked) {
                ok(shelf.manifest.replace(from, to))
            } else {
                shelf.answer(asked)
            }
        })
    };
    for (from, to, part) in [
        ("application/wasm", "application/vnd.oci.image.layer.v1.tar+gzip", "its layer is of type"),
        ("vnd.wasm.config.v0+json", "vnd.oci.image.config.v1+json", "its config is of type"),
        (
            "\"layers\":[{",
            "\"layers\":[{\"mediaType\":\"application/wasm\",\"digest\":\"sha256:x\",\"size\":1},{",
            "2 layers",
        ),
        ("{\"schemaVersion\":2", "{\"manifests\":[],\"schemaVersion\":2", "index"),
        ("{\"schemaVersion\":2", "\u{1b}]0;owned\u{7}", "no manifest"),
    ] {
        let (code, text, _) = changed(from, to);
        assert_eq!(code, Code::InvalidInput, "{text}");
        assert!(text.contains(part) && !text.contains('\u{1b}'), "{text}");
    }
}

#[test]
fn a_manifest_without_end_is_bounded() {
    let head = |length: &str| format!("HTTP/1.1 200 X\r\n{length}\r\n").into_bytes();
    for (name, length) in [("announced", "Content-Length: 100000000\r\n"), ("not announced", "")] {
        let head = head(length);
        let (code, text, _) = refused(move |_, _| Answer::Endless(head.clone()));
        assert_eq!(code, Code::ExecResourceExhausted, "{name}: {text}");
    }
    let chunks = b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n".to_vec();
    let (code, text, _) = refused(move |_, _| Answer::Endless(chunks.clone()));
    assert_eq!(code, Code::ExecResourceExhausted, "{text}");
    let headers = b"HTTP/1.1 200 X\r\nX: ".to_vec();
    let (code, text, _) = refused(move |_, _| Answer::Endless(headers.clone()));
    assert_eq!(code, Code::BlobIoError, "{text}");
}

#[test]
fn other_bytes_than_promised_are_a_mismatch() {
    let with = |change: fn(&mut Vec<u8>)| {
        refused(move |shelf, asked| {
            let mut bytes = shelf.component.clone();
            change(&mut bytes);
            if is_blob(asked, shelf) { ok(bytes) } else { shelf.answer(asked) }
        })
    };
    for change in [
        |bytes: &mut Vec<u8>| bytes[9] ^= 1,
        |bytes: &mut Vec<u8>| bytes.push(0),
        |bytes: &mut Vec<u8>| bytes.truncate(5),
        |bytes: &mut Vec<u8>| bytes.clear(),
    ] {
        let (code, text, _) = with(change);
        assert_eq!(code, Code::BlobDigestMismatch, "{text}");
    }
    // Without a length, more than promised shows only when it comes.
    let (code, text, _) = refused(|shelf, asked| {
        let head = b"HTTP/1.1 200 X\r\n\r\n".to_vec();
        if is_blob(asked, shelf) { Answer::Endless(head) } else { shelf.answer(asked) }
    });
    assert_eq!(code, Code::BlobDigestMismatch, "{text}");
}

#[test]
fn what_is_no_component_is_not_stored() {
    let shelf = Shelf::new(b"#!/bin/sh");
    let server = Server::start(move |asked| shelf.answer(asked));
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path());
    let error = pull(&server.reference(":1.0"), &store).unwrap_err();
    assert_eq!(error.code, Code::InvalidInput);
    assert_eq!(files(folder.path()), [""; 0]);
}

#[test]
fn a_component_that_breaks_off_is_an_error_of_reading() {
    for head in ["", "Content-Length: LENGTH\r\n"] {
        let (code, text, _) = refused(move |shelf, asked| {
            let head = head.replace("LENGTH", &shelf.component.len().to_string());
            let mut bytes = format!("HTTP/1.1 200 X\r\n{head}\r\n").into_bytes();
            bytes.extend(&shelf.component[..10]);
            if is_blob(asked, shelf) { Answer::Raw(bytes) } else { shelf.answer(asked) }
        });
        assert_eq!(code, Code::BlobIoError, "{text}");
        assert!(text.contains("broke off after 10"), "{text}");
    }
}

#[test]
fn a_component_that_is_too_large_is_not_even_asked_for() {
    let (code, text, server) = refused(|shelf, asked| {
        let size = format!("\"size\":{}}}]", shelf.component.len());
        let manifest = shelf.manifest.replace(&size, "\"size\":9999999999}]");
        if is_manifest(asked) { ok(manifest) } else { shelf.answer(asked) }
    });
    assert_eq!(code, Code::ExecResourceExhausted, "{text}");
    let layer = Digest::of(COMPONENT).to_string();
    assert!(!server.asked().iter().any(|asked| asked.path.ends_with(&layer)));
}

#[test]
fn a_registry_that_stalls_or_drips_does_not_hold_us() {
    let begin = Instant::now();
    let head = b"HTTP/1.1 200 X\r\nContent-Length: 1000\r\n\r\n".to_vec();
    let (slow, fast) = (Duration::from_secs(60), Duration::from_millis(50));
    let refused = |head: Vec<u8>, bytes: usize, pause: Duration| {
        let drip = move |_: &Shelf, _: &Asked| Answer::Drip(head.clone(), vec![b' '; bytes], pause);
        let (code, text, _) = refused_as(":1.0", &hurried(), drip);
        assert_eq!(code, Code::BlobIoError, "{text}");
        assert!(text.contains("too long"), "{text}");
    };
    refused(head.clone(), 2, slow);
    refused(head, 1000, fast);
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
}

/// Who prints them escapes them (`composectl/src/shown.rs`).
#[test]
fn faults_of_the_registry_are_told_in_its_words() {
    let said = r#"{"errors":[{"code":"UNKNOWN","message":"disk \u001b[31mfull"}]}"#;
    let (code, text, _) = refused(move |_, _| Answer::Plain(500, vec![], said.into()));
    assert_eq!(code, Code::BlobIoError);
    assert!(text.contains("500") && text.contains("disk \u{1b}[31mfull"), "{text}");
    for garbage in [&b""[..], b"garbage\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\x16\x03\x01\0\0"] {
        let (code, text, _) = refused(move |_, _| Answer::Raw(garbage.to_vec()));
        assert_eq!(code, Code::BlobIoError, "{text}");
    }
}

#[test]
fn redirects_are_followed_without_the_token_and_not_for_ever() {
    let elsewhere = {
        let shelf = Shelf::new(COMPONENT);
        Server::start(move |_| ok(shelf.component.clone()))
    };
    let target = format!("http://{}/data", elsewhere.address);
    let shelf = Shelf::new(COMPONENT);
    let server = Server::start(move |asked| {
        if asked.path.starts_with("/token") {
            return ok(r#"{"token":"secret"}"#);
        }
        if asked.headers.get("authorization").map(String::as_str) != Some("Bearer secret") {
            let challenge =
                format!("Bearer realm=\"http://{}/token\",service=\"x\"", asked.headers["host"]);
            return Answer::Plain(401, vec![("WWW-Authenticate", challenge)], vec![]);
        }
        if is_blob(asked, &shelf) {
            return Answer::Plain(307, vec![("Location", target.clone())], vec![]);
        }
        shelf.answer(asked)
    });
    let folder = tempfile::tempdir().unwrap();
    pull(&server.reference(":1.0"), &Store::open(folder.path())).unwrap();
    let asked = elsewhere.asked();
    assert_eq!(asked.len(), 1);
    assert!(!asked[0].headers.contains_key("authorization"), "{asked:?}");
    let token = server.asked().into_iter().find(|asked| asked.path.starts_with("/token")).unwrap();
    assert_eq!(token.path, "/token?service=x&scope=repository%3Acaps%2Fdemo%3Apull");

    let (code, text, server) =
        refused(|_, asked| Answer::Plain(302, vec![("Location", asked.path.clone())], vec![]));
    assert_eq!(code, Code::BlobIoError, "{text}");
    assert_eq!(server.asked().len(), 4);
}

#[test]
fn redirects_to_other_hosts_without_tls_are_refused() {
    for to in
        ["http://registry.test/x", "http://10.0.0.1/x", "ftp://127.0.0.1/x", "http://u@127.0.0.1/x"]
    {
        let (code, text, _) =
            refused(move |_, _| Answer::Plain(302, vec![("Location", to.to_owned())], vec![]));
        assert_eq!(code, Code::TrustUntrustedSource, "{text}");
    }
}

#[test]
fn a_registry_that_wants_to_know_who_asks_is_told_nothing_unknown() {
    let challenge = |value: &'static str| {
        refused(move |_, _| {
            Answer::Plain(401, vec![("WWW-Authenticate", value.to_owned())], vec![])
        })
    };
    for (value, part) in [
        ("Basic realm=\"x\"", "docker's configuration knows none"),
        ("Negotiate", "in a way that is not known here"),
        ("Bearer service=\"x\"", "no server to get a token from"),
    ] {
        let (code, text, _) = challenge(value);
        assert_eq!(code, Code::BlobIoError, "{text}");
        assert!(text.contains(part), "{text}");
    }
    let (code, text, _) = challenge("Bearer realm=\"http://tokens.test/\"");
    assert_eq!(code, Code::TrustUntrustedSource, "{text}");
    for token in ["{}", "{\"token\":\"\"}", "{\"token\":\"a\\nb\"}", "x"] {
        let (_, text, server) = refused(move |_, asked| {
            if asked.path.starts_with("/token") {
                return ok(token);
            }
            let realm = format!("Bearer realm=\"http://{}/token\"", asked.headers["host"]);
            Answer::Plain(401, vec![("WWW-Authenticate", realm)], vec![])
        });
        assert!(server.asked().len() <= 3, "{text}");
    }
}

#[test]
fn another_machine_is_not_asked_without_tls() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path());
    // Plain HTTP is what speaks there; TLS is what we speak, unless told otherwise.
    let server = Server::start(|_| status(404));
    let strict = Options { plain_http: Some(false), ..hurried() };
    let error = pull_with(&server.reference(":1.0"), &store, &strict).unwrap_err();
    assert_eq!(error.code, Code::BlobIoError, "{error}");
    assert!(server.asked().is_empty(), "nothing readable was sent");
}

#[test]
fn registries_are_hosts() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path());
    for registry in ["a:b", "a:1:2", "[", "[::1", ":5000", "a:99999"] {
        let reference = OciReference {
            registry: registry.to_owned(),
            repository: "caps/demo".to_owned(),
            tag: Some("1.0".to_owned()),
            digest: None,
        };
        let error = pull(&reference, &store).expect_err(registry);
        assert_eq!(error.code, Code::InvalidInput, "{registry}: {error}");
    }
}

/// Plans name registries: those of this machine and its networks are asked only if the host's policy lists them.
#[test]
fn a_registry_with_a_private_address_is_not_asked_for_a_plan() {
    let shelf = Shelf::new(COMPONENT);
    let digest = shelf.digest();
    let server = Server::start(move |asked| shelf.answer(asked));
    let fetch = OciFetch::new(Options { reach: Reach::Public, ..options() });
    let error = fetch
        .fetch(&server.reference(":1.0"), &digest, false, Deadline::NEVER)
        .expect_err("private");
    assert_eq!(error.code, Code::TrustUntrustedSource);
    assert!(error.message.contains("its address is not public"), "{error}");
    assert!(error.context.unwrap_or_default().contains("--allow-private-registries"));
    let fetched = fetch.fetch(&server.reference(":1.0"), &digest, true, Deadline::NEVER);
    assert_eq!(fetched.expect("listed"), COMPONENT);
}
