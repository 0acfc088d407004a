//! Nothing that composectl opens is waited for: a pipe in its place would be, for whoever writes into it.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use super::Place;

const KEY_FILE: &str = "keyring/aaaaaaaaaaaaaaaa.pem";

/// A place with all that composectl reads: a plan of one provider, a store, a folder of keys.
fn place() -> Place {
    let place = Place::new();
    place.provider("p.wasm", 1);
    place.component("program.wasm", "(component)");
    place.ok(&["blob", "put", "p.wasm", "--name", "p"]);
    place.ok(&["plan", "set", "plan.json", "p=p.wasm"]);
    place.ok(&["trust", "keygen", "key"]);
    std::fs::create_dir(place.path("keyring")).expect("room");
    place
}

/// Makes a pipe where a file was.
fn as_pipe(path: &Path) {
    let _ = std::fs::remove_file(path);
    let made = Command::new("mkfifo").arg(path).status().expect("mkfifo is there");
    assert!(made.success());
}

/// Runs composectl, and fails if it does not end.
fn ended(place: &Place, words: &[&str]) -> Output {
    let mut command = place.command(words);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    let begin = Instant::now();
    while child.try_wait().expect("ours").is_none() {
        if begin.elapsed() > Duration::from_secs(60) {
            child.kill().expect("ours");
            panic!("{words:?} waits");
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    child.wait_with_output().expect("ended")
}

#[test]
fn a_pipe_in_the_place_of_a_file_is_named_and_not_waited_for() {
    let run: &[&str] = &["run", "--plan", "plan.json", "--keyring", "keyring", "program.wasm"];
    let with_policy: &[&str] =
        &["run", "--plan", "plan.json", "--policy", "policy.json", "program.wasm"];
    let cases: &[(&str, &[&str])] = &[
        ("plan.json.sig", run),
        ("keyring/revoked", run),
        (KEY_FILE, run),
        (KEY_FILE, &["trust", "ls", "--keyring", "keyring"]),
        ("keyring/revoked", &["trust", "revoke", "aaaaaaaaaaaaaaaa", "--keyring", "keyring"]),
        ("policy.json", with_policy),
        ("plan.json", run),
        ("plan.json", &["plan", "show", "plan.json"]),
        ("plan.json", &["plan", "validate", "plan.json"]),
        ("plan.json", &["plan", "set", "plan.json", "q=p.wasm"]),
        ("store/index.json", &["blob", "ls"]),
        ("store/index.json", &["blob", "gc"]),
        ("store/.lock", &["blob", "gc"]),
        ("store/.lock", &["blob", "put", "p.wasm", "--name", "q"]),
        ("key", &["plan", "lock", "--sign", "key", "plan.json"]),
        ("key.pub", &["trust", "add", "key.pub", "--keyring", "keyring"]),
        ("program.wasm", &["run", "program.wasm"]),
        ("program.wasm", &["precompile", "program.wasm"]),
        ("program.wasm", &["inspect", "program.wasm"]),
        ("p.wasm", &["blob", "put", "p.wasm"]),
        ("p.wasm", &["push", "p.wasm", "127.0.0.1:1/x:1"]),
    ];
    for (file, words) in cases {
        let place = place();
        as_pipe(&place.path(file));
        let output = ended(&place, words);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{file} {words:?}: {output:?}");
        assert!(said.contains(file) && said.contains("no regular file"), "{words:?}: {said}");
    }
}

#[test]
fn a_device_or_an_endless_hole_is_not_read() {
    let place = place();
    std::fs::File::create(place.path("hole")).expect("room").set_len(8 << 40).expect("sparse");
    for file in ["/dev/zero", "hole"] {
        for words in [&["run", file][..], &["precompile", file], &["inspect", file]] {
            let output = ended(&place, words);
            let said = String::from_utf8_lossy(&output.stderr);
            assert!([Some(125), Some(126)].contains(&output.status.code()), "{output:?}");
            assert!(said.contains(file), "{words:?}: {said}");
        }
    }
}
