//! Core modules of WASI preview 1: the same grants, bounds, cache and exit codes as components.

use std::path::PathBuf;

use super::{Place, assert_says, code, stderr, stdout};

/// What the programs import; `$out` writes memory to stdout.
const WASI: &str = r#"
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "environ_get" (func $env (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "environ_sizes_get" (func $env_sizes (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_prestat_get" (func $prestat (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_prestat_dir_name" (func $dir_name (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_create_directory" (func $mkdir (param i32 i32 i32) (result i32)))
    (memory (export "memory") 4)
    (func $out (param $at i32) (param $len i32)
        (i32.store (i32.const 0) (local.get $at))
        (i32.store (i32.const 4) (local.get $len))
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
"#;

/// A module with this `_start`.
fn module(place: &Place, start: &str) -> PathBuf {
    place.component(&format!(r#"(module $program {WASI} (func $start (export "_start") {start}))"#))
}

#[test]
fn every_code_of_the_guest_arrives() {
    let place = Place::new();
    // One module for all codes: it exits with the number of its arguments behind its name.
    let guest = module(
        &place,
        "(drop (call $args_sizes (i32.const 16) (i32.const 20)))
        (call $exit (i32.sub (i32.load (i32.const 16)) (i32.const 1)))",
    );
    for expected in [0, 1, 2, 125, 126, 200, 255] {
        let args = vec!["x"; expected];
        let output = place.run(&[], &guest, &args);
        assert_eq!(code(&output), expected as i32, "{}", stderr(&output));
        assert_eq!(stderr(&output), "");
    }
    assert_eq!(code(&place.run(&[], &module(&place, ""), &[])), 0);
    assert_eq!(code(&place.run(&[], &module(&place, "(call $exit (i32.const -1))"), &[])), 255);
}

#[test]
fn arguments_and_environment_are_those_of_components() {
    let place = Place::new();
    let guest = module(
        &place,
        "(drop (call $args_sizes (i32.const 16) (i32.const 20)))
        (drop (call $args (i32.const 1024) (i32.const 4096)))
        (call $out (i32.const 4096) (i32.load (i32.const 20)))
        (drop (call $env_sizes (i32.const 16) (i32.const 20)))
        (drop (call $env (i32.const 1024) (i32.const 4096)))
        (call $out (i32.const 4096) (i32.load (i32.const 20)))",
    );
    let output = place.run(&["--env", "A=b", "--env", "C=d"], &guest, &["-c", "--"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(stdout(&output), "guest.wasm\0-c\0--\0A=b\0C=d\0");
    assert_eq!(stdout(&place.run(&["--argv0", "mp"], &guest, &[])), "mp\0");
}

#[test]
fn folders_are_those_granted_and_read_only_ones_stay_so() {
    let place = Place::new();
    // The name of folder 3, then the error code of making `d` in it.
    let guest = module(
        &place,
        r#"(if (call $prestat (i32.const 3) (i32.const 16)) (then (call $exit (i32.const 99))))
        (drop (call $dir_name (i32.const 3) (i32.const 1024) (i32.load (i32.const 20))))
        (call $out (i32.const 1024) (i32.load (i32.const 20)))
        (i32.store8 (i32.const 512) (i32.const 100))
        (call $exit (call $mkdir (i32.const 3) (i32.const 512) (i32.const 1)))"#,
    );
    assert_eq!(code(&place.run(&[], &guest, &[])), 99);
    std::fs::create_dir(place.path("data")).expect("can make folders");
    let read_only = place.run(&["--dir", "data::/data:ro"], &guest, &[]);
    assert_eq!((code(&read_only), stdout(&read_only)), (63, "/data".to_owned()), "EPERM");
    assert!(!place.path("data/d").exists());
    assert_eq!(code(&place.run(&["--dir", "data"], &guest, &[])), 0);
    assert!(place.path("data/d").is_dir());
}

#[test]
fn a_trap_is_134_and_says_what_and_where() {
    let place = Place::new();
    let output = place.run(&[], &module(&place, "unreachable"), &[]);
    assert_eq!(code(&output), 134);
    assert_says(&output, &["guest.wasm trapped", "unreachable", "program!start", "hint: "]);
}

#[test]
fn time_and_memory_are_bounded() {
    let place = Place::new();
    let output = place.run(&["--timeout", "200ms"], &module(&place, "(loop (br 0))"), &[]);
    assert_eq!(code(&output), 124, "{}", stderr(&output));
    // 64 MiB more; exit code 1 if that failed. The module has 256 KiB.
    let grows =
        module(&place, "(call $exit (i32.eq (memory.grow (i32.const 1024)) (i32.const -1)))");
    assert_eq!(code(&place.run(&["--max-memory", "65M"], &grows, &[])), 0);
    assert_eq!(code(&place.run(&["--max-memory", "64M"], &grows, &[])), 1);
    let output = place.run(&["--max-memory", "200K"], &grows, &[]);
    assert_eq!(code(&output), 125);
    assert_says(&output, &["needs 262144 bytes of memory to start", "--max-memory allows 204800"]);
}

#[test]
fn code_is_compiled_once_and_also_beforehand() {
    let place = Place::new();
    let guest = module(&place, "(call $exit (i32.const 5))");
    let output = place.composectl(["precompile".as_ref(), guest.as_os_str()]).output();
    let output = output.expect("composectl starts");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    for _ in 0..2 {
        let output = place.run(&["-v"], &guest, &[]);
        assert_eq!(code(&output), 5);
        assert!(!stderr(&output).contains("composectl: compiled "), "{}", stderr(&output));
    }
}

#[test]
fn what_cannot_run_says_why() {
    let place = Place::new();
    let library = place.component(r#"(module (func (export "f")))"#);
    let output = place.run(&[], &library, &[]);
    assert_eq!(code(&output), 126);
    assert_says(&output, &["guest.wasm has nothing to run: it does not export _start", "hint: "]);

    let foreign = place.component(
        r#"(module
            (import "env" "f" (func))
            (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
            (import "wasi_snapshot_preview1" "sock_open" (func))
            (func (export "_start")))"#,
    );
    let output = place.run(&[], &foreign, &[]);
    assert_eq!(code(&output), 126);
    assert_says(
        &output,
        &[
            "imports what composectl does not provide: env.f, wasi_snapshot_preview1.sock_open\n",
            "hint: ",
        ],
    );

    let other_type = place.component(
        r#"(module (import "wasi_snapshot_preview1" "sched_yield" (func)) (func (export "_start")))"#,
    );
    let output = place.run(&[], &other_type, &[]);
    assert_eq!(code(&output), 126);
    assert_says(&output, &["wants other types than composectl provides", "sched_yield"]);

    let start = place.component(r#"(module (func (export "_start") (param i32)))"#);
    let output = place.run(&[], &start, &[]);
    assert_eq!(code(&output), 126);
    assert_says(&output, &["has no _start to be called"]);

    let mut truncated = wat::parse_str("(module (memory 1) (func nop))").expect("well-formed");
    truncated.pop();
    let output = place.run(&[], &place.file("half.wasm", &truncated), &[]);
    assert_eq!(code(&output), 126);
    assert_says(&output, &["half.wasm is not a valid core module", "hint: "]);
}

#[test]
fn a_plan_is_refused() {
    let place = Place::new();
    let guest = module(&place, "");
    place.file("plan.json", br#"{"version": "1", "components": []}"#);
    let output = place.run(&["--plan", "plan.json"], &guest, &[]);
    assert_eq!(code(&output), 126, "{}", stderr(&output));
    assert_says(
        &output,
        &["guest.wasm is a core module, which cannot resolve providers", "hint: "],
    );
}

#[test]
fn the_stack_is_as_deep_as_it_was_told() {
    let place = Place::new();
    // 10,000 nested calls: more than 16 KiB and less than 8 MiB, the default.
    let guest = place.component(&format!(
        r#"(module {WASI}
            (func $down (param i32) (result i32)
                (if (result i32) (local.get 0)
                    (then (i32.add (i32.const 1) (call $down (i32.sub (local.get 0) (i32.const 1)))))
                    (else (i32.const 0))))
            (func (export "_start")
                (call $exit (i32.ne (call $down (i32.const 10000)) (i32.const 10000)))))"#
    ));
    assert_eq!(code(&place.run(&[], &guest, &[])), 0);
    let output = place.run(&["--max-wasm-stack", "16K"], &guest, &[]);
    assert_eq!(code(&output), 134);
    assert_says(&output, &["call stack exhausted"]);
    assert_eq!(code(&place.run(&["--max-wasm-stack", "4M", "--timeout", "1m"], &guest, &[])), 0);
    for wrong in ["8K", "1G", "much"] {
        assert_eq!(code(&place.run(&["--max-wasm-stack", wrong], &guest, &[])), 125, "{wrong}");
    }
}
