//! Stores and caches that are damaged, missing, full, or used by many at once.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Stdio;

use super::{ECHO, Plan, Running, assert_error, consumer, hex, lines, provider, run_measured};
use crate::{Place, code, stderr, stdout};

/// What `r echo` says when the blob of `echo` has been damaged by `damage`, before and after it was compiled.
#[track_caller]
fn with_damaged_blob(damage: impl Fn(&PathBuf), expected: &str, parts: &[&str]) {
    for compiled_before in [false, true] {
        let place = Place::new();
        let mut plan = Plan::new(&place);
        plan.add("echo", ECHO).add("good", "(call $fail)");
        if compiled_before {
            assert_eq!(plan.run(&["r", "echo"]), ["resolved"]);
        }
        damage(&plan.blob_of("echo"));
        let (lines, most) = run_measured(&plan, &["r", "echo", "r", "good", "i", "m", "x"]);
        assert!(most < 400 << 20, "{most} bytes");
        assert_error(&lines[0], expected, parts);
        assert_eq!(lines[1..], ["resolved", "its-own-code|its message|its context"]);
    }
}

#[test]
fn a_corrupt_blob_is_not_used() {
    with_damaged_blob(
        |path| {
            let mut bytes = fs::read(path).expect("is there");
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(path, bytes).expect("can write");
        },
        "blob-digest-mismatch",
        &["sha256:"],
    );
}

#[test]
fn a_truncated_blob_is_not_used() {
    let truncate = |path: &PathBuf| {
        let bytes = fs::read(path).expect("is there");
        fs::write(path, &bytes[..bytes.len() / 2]).expect("can write");
    };
    with_damaged_blob(truncate, "blob-digest-mismatch", &[]);
    with_damaged_blob(|path| fs::write(path, b"").expect("can write"), "blob-digest-mismatch", &[]);
}

#[test]
fn a_swapped_blob_is_not_used() {
    // A good provider, but not the one that the plan names.
    let other = provider("(call $fail)").wasm();
    with_damaged_blob(
        |path| fs::write(path, &other).expect("can write"),
        "blob-digest-mismatch",
        &[&hex(&other)],
    );
}

#[test]
fn a_missing_blob_is_named() {
    with_damaged_blob(
        |path| fs::remove_file(path).expect("was there"),
        "blob-not-found",
        &["sha256:"],
    );
}

#[test]
fn an_oversized_blob_is_not_read() {
    with_damaged_blob(
        |path| {
            let file = fs::OpenOptions::new().write(true).open(path).expect("is there");
            // Without content: a hole.
            file.set_len(3 << 30).expect("the file system knows holes");
        },
        "blob-io-error",
        &[],
    );
}

#[test]
fn what_is_no_file_is_not_waited_for() {
    let as_folder = |path: &PathBuf| {
        fs::remove_file(path).expect("was there");
        fs::create_dir(path).expect("can make");
    };
    with_damaged_blob(as_folder, "blob-io-error", &[]);
    let as_pipe = |path: &PathBuf| {
        fs::remove_file(path).expect("was there");
        let path = std::ffi::CString::new(path.to_str().expect("UTF-8")).expect("no zero in it");
        // SAFETY: the path is a C string.
        assert_eq!(unsafe { libc::mkfifo(path.as_ptr(), 0o600) }, 0);
    };
    with_damaged_blob(as_pipe, "blob-io-error", &[]);
}

#[test]
fn a_blob_that_changes_while_a_program_runs_is_not_used_again() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    plan.add("echo", ECHO);
    let path = plan.write();
    let consumer = consumer(&place);
    let flags = ["--plan", path.to_str().expect("UTF-8")];
    let commands = ["l", "1000", "echo", "l", "100000000", "echo", "r", "echo"];
    let mut running = Running::start(&mut place.run_command(&flags, &consumer, &commands));
    running.line().expect("a thousand times it was used");
    fs::write(plan.blob_of("echo"), provider("(call $fail)").wasm()).expect("can write");
    let lines = running.end();
    assert_error(&lines[0], "blob-digest-mismatch", &[]);
    assert_error(&lines[1], "blob-digest-mismatch", &[]);
}

#[test]
fn a_read_only_store_serves_and_stays_as_it_is() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    plan.add("echo", ECHO);
    let blobs = place.path("store/blobs/sha256");
    for folder in [&blobs, &place.path("store/blobs"), &place.path("store")] {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o555)).expect("ours");
    }
    assert_eq!(plan.run(&["r", "echo", "i", "m", "x"]), ["resolved", "x"]);
    assert_eq!(fs::read_dir(&blobs).expect("is there").count(), 1);
    assert_eq!(fs::read_dir(place.path("store")).expect("is there").count(), 1);
    for folder in [place.path("store"), place.path("store/blobs"), blobs] {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).expect("ours");
    }
}

/// A plan whose provider lies beside it as `echo.wasm`, and not in the store.
fn with_source(place: &Place) -> Plan<'_> {
    let wasm = provider(ECHO).wasm();
    place.file("echo.wasm", &wasm);
    let mut plan = Plan::new(place);
    plan.add_with("echo", &wasm, r#", "source": "echo.wasm""#);
    fs::remove_dir_all(place.path("store")).expect("was there");
    plan
}

#[test]
fn a_blob_from_its_source_is_stored() {
    let place = Place::new();
    let plan = with_source(&place);
    assert_eq!(plan.run(&["r", "echo", "i", "m", "x"]), ["resolved", "x"]);
    let stored = plan.blob_of("echo");
    assert_eq!(fs::read(&stored).expect("stored"), provider(ECHO).wasm());
    fs::remove_file(place.path("echo.wasm")).expect("was there");
    assert_eq!(plan.run(&["r", "echo"]), ["resolved"]);
}

#[test]
fn a_source_with_other_content_is_neither_stored_nor_used() {
    let place = Place::new();
    let plan = with_source(&place);
    place.file("echo.wasm", &provider("(call $fail)").wasm());
    let lines = plan.run(&["r", "echo"]);
    assert_error(&lines[0], "blob-digest-mismatch", &["echo.wasm"]);
    assert!(!plan.blob_of("echo").exists());
}

#[test]
fn a_store_that_cannot_be_written_is_an_error_value() {
    let place = Place::new();
    let plan = with_source(&place);
    place.file("store", b"a file where the folder should be");
    let lines = plan.run(&["r", "echo"]);
    assert_error(&lines[0], "blob-io-error", &["store"]);
}

#[test]
fn a_full_store_is_an_error_value_and_nothing_half_written_stays() {
    let place = Place::new();
    // More than the limit below allows to write: 4096 bytes.
    let beside = format!("(data (i32.const 1000) \"{}\")", "x".repeat(8000));
    let padded = super::Provider { beside: &beside, ..provider(ECHO) };
    let wasm = padded.wasm();
    place.file("echo.wasm", &wasm);
    let mut plan = Plan::new(&place);
    plan.add_with("echo", &wasm, r#", "source": "echo.wasm""#);
    fs::remove_dir_all(place.path("store")).expect("was there");
    // Compiled beforehand, so that only the store is too full.
    let consumer = consumer(&place);
    assert_eq!(code(&place.run(&[], &consumer, &[])), 0);
    let path = plan.write();
    let command =
        place.run_command(&["--plan", path.to_str().expect("UTF-8")], &consumer, &["r", "echo"]);
    let mut shell = std::process::Command::new("/bin/sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$@\"", "sh"]);
    shell.arg(command.get_program()).args(command.get_args()).current_dir(place.folder.path());
    let output = shell.env("PYLON_CACHE_DIR", place.path("cache")).output().expect("sh starts");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_error(&stdout(&output), "blob-io-error", &["store"]);
    let left: Vec<_> =
        fs::read_dir(place.path("store/blobs/sha256")).into_iter().flatten().collect();
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(plan.run(&["r", "echo"]), ["resolved"]);
}

#[test]
fn processes_that_fill_one_store_and_one_cache_at_once_all_succeed() {
    let place = Place::new();
    let plan = with_source(&place);
    let path = plan.write();
    let consumer = consumer(&place);
    let flags = ["--plan", path.to_str().expect("UTF-8")];
    let start = || {
        let mut command = place.run_command(&flags, &consumer, &["r", "echo", "i", "m", "x"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts")
    };
    let children: Vec<_> = (0..8).map(|_| start()).collect();
    for child in children {
        assert_eq!(lines(&child.wait_with_output().expect("ends")), ["resolved", "x"]);
    }
    let stored: Vec<_> =
        fs::read_dir(place.path("store/blobs/sha256")).expect("made").flatten().collect();
    assert_eq!(stored.len(), 1, "{stored:?}");
    // The consumer's and the provider's.
    assert_eq!(entries(&place, "cwasm").len(), 2);
    assert_eq!(entries(&place, "json").len(), 2);
    assert_eq!(entries(&place, "lock"), Vec::<PathBuf>::new());
}

/// The files of the cache with this extension.
fn entries(place: &Place, extension: &str) -> Vec<PathBuf> {
    let files =
        fs::read_dir(place.cache()).into_iter().flatten().flatten().map(|entry| entry.path());
    files.filter(|path| path.extension().is_some_and(|e| e == extension)).collect()
}

/// The file of the cache that belongs to this component.
fn entry(place: &Place, wasm: &[u8], extension: &str) -> PathBuf {
    let digest = hex(wasm);
    let mut found = entries(place, extension);
    found.retain(|path| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&digest))
    });
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

#[test]
fn a_poisoned_cache_entry_is_never_executed() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    plan.add("echo", ECHO).add("other", "(call $fail)");
    assert_eq!(plan.run(&["r", "echo", "r", "other"]), ["resolved"; 2]);
    let (echo, other) = (provider(ECHO).wasm(), provider("(call $fail)").wasm());
    let file = entry(&place, &echo, "cwasm");
    let good = fs::read(&file).expect("made");
    let poison = fs::read(entry(&place, &other, "cwasm")).expect("made");
    let mut flipped = good.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    for content in [&poison[..], &flipped, &good[..good.len() / 2], b"", b"\x7fELF"] {
        fs::write(&file, content).expect("can write");
        let output = plan.run_with(&["-v"], &["r", "echo", "i", "m", "x"]);
        assert_eq!(stdout(&output), "resolved\nx\n", "{}", stderr(&output));
        assert!(stderr(&output).contains("compiling anew"), "{}", stderr(&output));
        assert_eq!(fs::read(&file).expect("made anew"), good);
    }
    // An entry without its seal was never finished.
    fs::write(&file, &poison).expect("can write");
    fs::remove_file(entry(&place, &echo, "json")).expect("was there");
    assert_eq!(plan.run(&["r", "echo", "i", "m", "x"]), ["resolved", "x"]);
}

#[test]
fn code_compiled_for_programs_is_not_used_for_providers() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    plan.add("echo", ECHO);
    plan.run(&["r", "echo"]);
    // Both roles have entries of their own.
    let consumer = fs::read(consumer(&place)).expect("written");
    let name =
        |path: PathBuf| path.file_stem().expect("has one").to_string_lossy()[65..].to_owned();
    let program = name(entry(&place, &consumer, "cwasm"));
    let provider = name(entry(&place, &provider(ECHO).wasm(), "cwasm"));
    assert_ne!(program, provider);
}

#[test]
fn precompile_spares_the_first_resolve_and_nothing_is_compiled_twice() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    plan.add("echo", ECHO);
    place.file("echo.wasm", &provider(ECHO).wasm());
    let output = place.composectl(["precompile", "echo.wasm"]).output().expect("starts");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    crate::assert_says(&output, &["echo.wasm compiled as a provider"]);
    for _ in 0..2 {
        let output = plan.run_with(&["--trace"], &["r", "echo"]);
        crate::assert_says(&output, &[" cache: code "]);
    }
    consumer(&place);
    let output =
        place.composectl(["precompile", "consumer.wasm", "echo.wasm"]).output().expect("starts");
    crate::assert_says(
        &output,
        &["consumer.wasm was compiled before (", "echo.wasm was compiled before as a provider"],
    );
}

#[test]
fn without_a_cache_all_works_too() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    plan.add("echo", ECHO);
    place.file("cache", b"a file where the folder should be");
    let output = plan.run_with(&[], &["r", "echo", "i", "m", "x", "r", "echo"]);
    assert_eq!((code(&output), stdout(&output).as_str()), (0, "resolved\nx\nresolved\n"));
    assert_eq!(stderr(&output).lines().count(), 1, "{}", stderr(&output));
}
