use std::os::unix::ffi::OsStrExt;

use super::{Place, assert_says, code, stderr, stdout};

#[test]
fn a_missing_file_is_127() {
    let place = Place::new();
    let output = place.run(&[], &place.path("pylon.wasm"), &[]);
    assert_eq!(code(&output), 127);
    assert_says(&output, &["pylon.wasm: there is no such file", "hint: "]);
}

#[test]
fn files_that_are_no_components_are_named_for_what_they_are() {
    let place = Place::new();
    let component = std::fs::read(place.guest("(i32.const 0)")).expect("just written");
    for (name, content, expected) in [
        ("empty.wasm", &b""[..], "empty.wasm is empty"),
        ("script.py", b"print(1)", "script.py is not WebAssembly"),
        ("text.wasm", b" (component)", "text.wasm looks like WebAssembly text"),
        ("code.cwasm", b"\x7fELF\x02\x01", "code.cwasm is native or precompiled code"),
        ("half.wasm", &component[..component.len() / 2], "half.wasm is not a valid component"),
        ("stub.wasm", &component[..7], "stub.wasm is not WebAssembly"),
    ] {
        let file = place.file(name, content);
        for command in ["run", "precompile"] {
            let output =
                place.composectl([command.as_ref(), file.as_os_str()]).output().expect("starts");
            assert_eq!(code(&output), 126, "{command} {name}: {}", stderr(&output));
            assert_says(&output, &[expected, "hint: "]);
        }
    }
    let output = place.run(&[], place.folder.path(), &[]);
    assert_eq!(code(&output), 126);
    assert_says(&output, &["is a folder, not a component"]);
}

#[test]
fn an_import_that_nobody_serves_is_named() {
    let place = Place::new();
    let guest = place.component(
        r#"(component
             (import "zlib:compression/deflate@0.2.0" (instance (export "f" (func))))
             (core module $m (func (export "run") (result i32) (i32.const 0)))
             (core instance $i (instantiate $m))
             (func $run (result (result)) (canon lift (core func $i "run")))
             (instance $r (export "run" (func $run)))
             (export "wasi:cli/run@0.2.0" (instance $r)))"#,
    );
    let output = place.run(&[], &guest, &[]);
    assert_eq!(code(&output), 126);
    assert_says(
        &output,
        &[
            "guest.wasm imports what composectl does not provide: zlib:compression/deflate@0.2.0",
            "hint: ",
        ],
    );
}

#[test]
fn a_wasi_interface_that_is_not_offered_is_named() {
    let place = Place::new();
    let guest = place
        .component(r#"(component (import "wasi:nn/tensor@0.2.0" (instance (export "f" (func)))))"#);
    let output = place.run(&[], &guest, &[]);
    assert_eq!(code(&output), 126);
    assert_says(&output, &["wasi:nn/tensor@0.2.0"]);
}

#[test]
fn a_component_without_run_is_refused() {
    let place = Place::new();
    let output = place.run(&[], &place.component("(component)"), &[]);
    assert_eq!(code(&output), 126);
    assert_says(&output, &["guest.wasm has nothing to run", "wasi:cli/run"]);
}

#[test]
fn wrong_usage_is_125_and_suggests() {
    let place = Place::new();
    for (args, expected) in [
        (&["run", "--dirs", ".", "x.wasm"][..], "--dir"),
        (&["run"], "<FILE>"),
        (&["run", "--timeout", "soon", "x.wasm"], "for example 30s"),
        (&["run", "--max-memory", "1X", "x.wasm"], "unknown unit `X`"),
        (&["run", "--env", "=1", "x.wasm"], "name of the variable"),
        (&["run", "--net=a b", "x.wasm"], "expected an address"),
        (&["run", "--dir", "a::", "x.wasm"], "name for the guest is missing"),
        (&["rum", "x.wasm"], "run"),
        (&[], "Usage"),
    ] {
        let output = place.composectl(args).output().expect("starts");
        assert_eq!(code(&output), 125, "{args:?}: {}", stderr(&output));
        assert_says(&output, &[expected]);
    }
}

#[test]
fn an_argument_that_is_not_utf8_is_refused_by_its_number() {
    let place = Place::new();
    let guest = place.guest("(i32.const 0)");
    let mut command = place.run_command(&[], &guest, &["good"]);
    let output = command.arg(std::ffi::OsStr::from_bytes(b"\xff")).output().expect("starts");
    assert_eq!(code(&output), 125);
    assert_says(&output, &["argument 2", "not UTF-8"]);
}

#[test]
fn help_teaches_and_ends_with_0() {
    let place = Place::new();
    for (args, parts) in [
        (&["--help"][..], &["Examples:", "composectl run pylon.wasm"][..]),
        (&["help", "run"], &["Exit codes:", "134", "--dir", "--net", "/corpus:ro"]),
        (&["precompile", "--help"], &["cache"]),
    ] {
        let output = place.composectl(args).output().expect("starts");
        assert_eq!(code(&output), 0);
        for part in parts {
            assert!(stdout(&output).contains(part), "{args:?} lacks {part}:\n{}", stdout(&output));
        }
    }
}

#[test]
fn completions_are_printed_for_each_shell() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = place.composectl(["completions", shell]).output().expect("starts");
        assert_eq!(code(&output), 0);
        assert!(stdout(&output).contains("max-memory"), "{shell}");
    }
}
