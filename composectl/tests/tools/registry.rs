//! `composectl pull` and `push`: what is refused before a registry is asked, and how it is told.

use std::net::TcpListener;

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
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let reference = format!("127.0.0.1:{port}/caps/demo:1");
    let ended = user.run(&["pull", "--json", &reference]);
    assert_eq!(ended.code, Some(125));
    assert_eq!(ended.json()["error"]["code"], "blob-io-error");
    assert!(
        ended.stderr.contains("composectl: error: cannot talk to http://127.0.0.1"),
        "{}",
        ended.stderr
    );
    assert!(!user.path("store").exists());
}
