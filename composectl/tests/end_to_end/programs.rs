//! What may not be run: it is an error at once, and nothing is compiled or kept.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use super::{Place, assert_says, code};

/// Makes the file a hole of this size.
fn hole(path: &Path, bytes: u64) {
    let file = fs::OpenOptions::new().write(true).truncate(true).create(true).open(path);
    file.and_then(|file| file.set_len(bytes)).expect("the file system knows holes");
}

/// Runs the command with at most 200 MiB of memory, for which it must not take long.
fn within_bounds(command: &Command) -> Output {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "ulimit -d 204800; exec \"$@\"", "sh"]).arg(command.get_program());
    shell.args(command.get_args()).env_clear();
    for (name, value) in command.get_envs() {
        shell.env(name, value.expect("set"));
    }
    if let Some(folder) = command.get_current_dir() {
        shell.current_dir(folder);
    }
    let begin = Instant::now();
    let output = shell.output().expect("sh starts");
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
    output
}

/// Fails if anything was compiled and kept.
#[track_caller]
fn nothing_kept(place: &Place) {
    let kept = fs::read_dir(place.cache()).into_iter().flatten().flatten();
    let kept: Vec<_> = kept.map(|entry| entry.file_name()).filter(|name| name != "index").collect();
    assert!(kept.is_empty(), "{kept:?}");
}

#[test]
fn a_program_that_is_a_hole_is_refused_at_once() {
    let place = Place::new();
    let path = place.path("hole.wasm");
    for bytes in [100 << 20, 3 << 30] {
        hole(&path, bytes);
        for words in [["run"], ["precompile"]] {
            let mut command = place.composectl(words);
            let output = within_bounds(command.arg(&path));
            assert_eq!(code(&output), 126);
            assert_says(&output, &["hole.wasm is not WebAssembly"]);
        }
    }
    nothing_kept(&place);
}

#[test]
fn a_program_that_begins_like_one_and_is_a_hole_is_refused_at_once() {
    let place = Place::new();
    let path = place.path("hole.wasm");
    for (bytes, said) in [
        (100 << 20, "hole.wasm is not a valid component"),
        (3 << 30, "is larger than 134217728 bytes"),
    ] {
        fs::write(&path, b"\0asm\x0d\0\x01\0").expect("room");
        let file = fs::OpenOptions::new().write(true).open(&path).expect("written");
        file.set_len(bytes).expect("the file system knows holes");
        let output = within_bounds(place.composectl(["run"]).arg(&path));
        assert_eq!(code(&output), 126);
        assert_says(&output, &["hole.wasm", said]);
    }
    nothing_kept(&place);
}

/// A plan whose root is this program, in the store; and the root's file there.
fn plan(place: &Place, root: &[u8]) -> (std::path::PathBuf, std::path::PathBuf) {
    let digest = composectl_plan::Digest::of(root);
    let path = place.path("store/blobs/sha256").join(digest.hex());
    fs::create_dir_all(path.parent().expect("has one")).expect("room");
    fs::write(&path, root).expect("room");
    let text = format!(
        r#"{{"version": "1", "root": "main", "components": [{{"id": "main", "digest": "{digest}"}}]}}"#
    );
    (place.file("plan.json", text.as_bytes()), path)
}

#[test]
fn a_root_that_is_not_what_the_plan_says_is_neither_compiled_nor_kept() {
    let place = Place::new();
    let good = fs::read(place.guest("(i32.const 0)")).expect("written");
    let other =
        fs::read(place.guest("(call $code (i32.const 66)) (i32.const 0)")).expect("written");
    let (plan, blob) = plan(&place, &good);
    fs::write(&blob, &other).expect("ours");
    let mut command = place.composectl(["run", "--plan"]);
    command.arg(&plan);
    let output = within_bounds(&command);
    assert_eq!(code(&output), 125);
    assert_says(&output, &["the plan's root `main`", "blob-digest-mismatch"]);
    nothing_kept(&place);
    for bytes in [3 << 30, (1 << 44) - 4096] {
        // What is not there is refused as well; not every file system has files of 16 TiB.
        let file = fs::OpenOptions::new().write(true).open(&blob).expect("ours");
        if file.set_len(bytes).is_ok() {
            let output = within_bounds(&command);
            assert_eq!(code(&output), 125);
            assert_says(&output, &["the plan's root `main`", "is larger than", "blob-io-error"]);
        }
    }
    nothing_kept(&place);
    // As FILE.
    let other = place.file("other.wasm", &other);
    let output = within_bounds(command.arg(&other));
    assert_eq!(code(&output), 125);
    assert_says(&output, &["other.wasm", "blob-digest-mismatch"]);
    nothing_kept(&place);
}

#[test]
fn a_revoked_root_is_neither_compiled_nor_kept() {
    let place = Place::new();
    let guest = place.guest("(i32.const 0)");
    let good = fs::read(&guest).expect("written");
    let (plan, _) = plan(&place, &good);
    let keyring = place.path("keyring");
    let entry = format!("blob {}", composectl_plan::Digest::of(&good));
    composectl_plan::Revocations::add(&keyring, &entry, "by a test").expect("room");
    let mut command = place.composectl(["run", "--plan"]);
    command.arg(&plan).arg("--keyring").arg(&keyring);
    for _ in ["from the store", "as FILE"] {
        let output = within_bounds(&command);
        assert_eq!(code(&output), 125);
        assert_says(&output, &["revoked", "trust-verification-failed"]);
        nothing_kept(&place);
        command.arg(&guest);
    }
}
