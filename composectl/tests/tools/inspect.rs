//! `composectl inspect`.

use super::{User, digest, provider};

#[test]
fn a_file_is_described_as_text_and_as_json() {
    let user = User::new();
    user.write("provider.wasm", provider());
    let ended = user.run(&["inspect", "provider.wasm"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(
        ended.stdout.starts_with("file    provider.wasm\nkind    component: a provider"),
        "{}",
        ended.stdout
    );
    assert_eq!(ended.stderr, "");

    let json = user.run(&["inspect", "--json", "provider.wasm"]).json();
    assert_eq!(json["digest"], digest(&provider()));
    assert_eq!(json["kind"], "component");
    assert_eq!(
        json["roles"],
        serde_json::json!({"command": false, "provider": true, "consumer": false})
    );
    assert_eq!(json["exports"][0]["name"], "compose:dynlink/endpoint@0.1.0");
}

#[test]
fn a_component_is_found_by_digest_name_and_id() {
    let user = User::new();
    let digest = digest(&provider());
    let blob = format!("store/blobs/sha256/{}", &digest["sha256:".len()..]);
    user.write(&blob, provider());
    let plan =
        format!(r#"{{"version": "1", "components": [{{"id": "demo", "digest": "{digest}"}}]}}"#);
    user.write("plan.json", plan);
    for args in [
        &["inspect", "--json", &digest] as &[&str],
        &["inspect", "--json", "--plan", "plan.json", "demo"],
    ] {
        assert_eq!(user.run(args).json()["digest"], digest, "{args:?}");
    }
    let ended = user.run(&["inspect", "--plan", "plan.json", "other"]);
    assert_eq!(ended.code, Some(127), "{}", ended.stderr);
    // What the store has under the digest is something else.
    user.write(&blob, "other bytes");
    let ended = user.run(&["inspect", "--json", &digest]);
    assert_eq!(ended.code, Some(125));
    assert_eq!(ended.json()["error"]["code"], "blob-digest-mismatch");
}

#[test]
fn what_cannot_be_described_has_the_documented_code() {
    let user = User::new();
    user.write("empty.wasm", "");
    user.write("elf.wasm", "\x7fELF");
    user.write("text.wasm", "(component)");
    user.write("short.wasm", &provider()[..20]);
    for (file, code, part) in [
        ("empty.wasm", 126, "the file is empty"),
        ("elf.wasm", 126, "native or precompiled"),
        ("text.wasm", 126, "assemble it first"),
        ("short.wasm", 126, "unexpected end"),
        ("missing.wasm", 127, "no such file"),
        ("missing", 127, "no file and no name"),
        (".", 125, "is a folder, no regular file"),
        ("sha256:0", 125, "is no digest"),
    ] {
        let ended = user.run(&["inspect", file]);
        assert_eq!(ended.code, Some(code), "{file}: {}", ended.stderr);
        assert!(ended.stderr.contains(part), "{file}: {}", ended.stderr);
        assert_eq!(ended.stdout, "");
    }
}
