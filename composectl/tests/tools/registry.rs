//! `composectl pull` and `push`: what is refused before a registry is asked, and how it is told.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use composectl_plan::{Artifact, ComponentInfo, Digest};

use super::{User, provider};

#[test]
fn references_are_strict() {
    let user = User::new();
    user.write("provider.wasm", provider());
    for reference in [
        "zlib",
        "zlib:1.0",
        "registry.test/zlib",
        "registry.test/Zlib:1",
        "http://registry.test/a:1",
        "",
    ] {
        for args in [&["pull", reference] as &[&str], &["push", "provider.wasm", reference]] {
            let ended = user.run(args);
            assert_eq!(ended.code, Some(125), "{args:?}: {}", ended.stderr);
            assert!(ended.stderr.contains("hint: "), "{args:?}: {}", ended.stderr);
        }
    }
    assert!(!user.path("store").exists());
}

#[test]
fn only_components_are_pushed() {
    let user = User::new();
    user.write("module.wasm", b"\0asm\x01\0\0\0");
    user.write("text.wasm", "text");
    user.write("damaged.wasm", b"\0asm\x0d\0\x01\0\xff");
    for (file, part) in [
        ("module.wasm", "core module"),
        ("text.wasm", "text.wasm: this is not WebAssembly"),
        ("damaged.wasm", "damaged.wasm: this is no valid component: "),
        ("none.wasm", "no such file"),
    ] {
        let ended = user.run(&["push", "--json", file, "127.0.0.1:1/caps/demo:1"]);
        assert!(ended.stderr.contains(part), "{}", ended.stderr);
        assert_eq!(ended.stderr.lines().count(), 2, "{}", ended.stderr);
        assert!(ended.json()["error"]["code"].is_string());
    }
}

#[test]
fn a_registry_that_is_not_there_is_an_error() {
    let user = User::new();
    // A port that was free a moment ago may be anybody's.
    let ended = user.run(&["pull", "--json", "127.0.0.1:1/caps/demo:1"]);
    assert_eq!(ended.code, Some(125));
    assert_eq!(ended.json()["error"]["code"], "blob-io-error");
    assert!(
        ended.stderr.contains("composectl: error: cannot talk to http://127.0.0.1"),
        "{}",
        ended.stderr
    );
    assert!(!user.path("store").exists());
}

/// A registry on loopback with `demo:1`, which wants a token that anybody gets, or a user and a password.
fn registry(component: Vec<u8>, anybody: bool) -> String {
    let Artifact { config, manifest } =
        Artifact::of(&component, &ComponentInfo::default()).expect("documents");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound").to_string();
    let asks = match anybody {
        true => format!("Bearer realm=\"http://{address}/token\",service=\"x\""),
        false => "Basic realm=\"x\"".to_owned(),
    };
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut head = BufReader::new(&stream).lines().map_while(Result::ok);
            let path = head.next().unwrap_or_default();
            let rest: Vec<String> =
                head.take_while(|line| !line.is_empty()).map(|line| line.to_lowercase()).collect();
            let known = rest.iter().any(|line| line == "authorization: bearer t");
            let blob = [&manifest, &config, &component]
                .into_iter()
                .find(|body| path.contains(&Digest::of(body).to_string()));
            let (status, body) = match blob {
                _ if path.contains("/token?") => (200, &br#"{"token": "t"}"#[..]),
                _ if !known => (401, &[][..]),
                _ if path.contains("/manifests/1 ") => (200, &manifest[..]),
                Some(body) => (200, &body[..]),
                None => (404, &[][..]),
            };
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status} X\r\nConnection: close\r\nWWW-Authenticate: {asks}\r\nContent-Length: {length}\r\n\r\n"
            );
            let _ = stream.write_all(&[head.as_bytes(), body].concat());
        }
    });
    address
}

#[test]
fn a_missing_credential_helper_is_named_and_does_not_stop_who_needs_none() {
    for (config, helper) in [
        (r#"{"credsStore": "none-such"}"#.to_owned(), "docker-credential-none-such"),
        (r#"{"credHelpers": {"ADDRESS": "lost"}}"#.to_owned(), "docker-credential-lost"),
    ] {
        let user = User::new();
        let pull = |anybody: bool| {
            let address = registry(provider(), anybody);
            user.write(".docker/config.json", config.replace("ADDRESS", &address));
            user.run(&["pull", "--json", &format!("{address}/demo:1")])
        };
        let ended = pull(true);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert_eq!(ended.json()["digest"], super::digest(&provider()));
        let ended = pull(false);
        assert_eq!(ended.code, Some(125), "{}", ended.stderr);
        assert!(ended.stderr.contains("refuses access"), "{}", ended.stderr);
        assert!(
            ended.stderr.contains(&format!("`{helper}`, which is not in PATH")),
            "{}",
            ended.stderr
        );
    }
}
