use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{Place, assert_says, code, stderr};

#[test]
fn a_guest_that_spins_is_ended_at_the_timeout() {
    let place = Place::new();
    let guest = place.guest("(loop (br 0)) (i32.const 0)");
    let begin = Instant::now();
    let output = place.run(&["--timeout", "300ms"], &guest, &[]);
    assert_eq!(code(&output), 124);
    assert_says(&output, &["ended after 300ms", "--timeout"]);
    assert!(
        begin.elapsed() >= Duration::from_millis(300) && begin.elapsed() < Duration::from_secs(20)
    );
}

#[test]
fn a_guest_that_waits_for_input_is_ended_too() {
    let place = Place::new();
    let guest = place.guest("(drop (call $read (i64.const 1))) (i32.const 0)");
    let mut child = place
        .run_command(&["--timeout", "0.2"], &guest, &[])
        .stdin(Stdio::piped())
        .spawn()
        .expect("starts");
    let stdin = child.stdin.take();
    assert_eq!(child.wait().expect("ends").code(), Some(124));
    drop(stdin);
}

/// What is said then would wait for the same reader.
#[test]
fn a_guest_is_ended_when_stderr_is_full_and_nobody_reads_it() {
    let place = Place::new();
    let guest = place
        .guest("(loop (drop (call $write (i32.const 0) (i32.const 4096))) (br 0)) (i32.const 0)");
    let (_nobody_reads, full) = std::io::pipe().expect("a pipe");
    let mut command = place.run_command(&["--timeout", "300ms"], &guest, &[]);
    let output = command.stdout(full.try_clone().expect("a copy")).stderr(full);
    let begin = Instant::now();
    assert_eq!(output.spawn().expect("starts").wait().expect("ends").code(), Some(124));
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
}

#[test]
fn a_guest_that_ends_in_time_keeps_its_code() {
    let place = Place::new();
    let output = place.run(
        &["--timeout", "1h"],
        &place.guest("(call $code (i32.const 7)) (i32.const 0)"),
        &[],
    );
    assert_eq!(code(&output), 7, "{}", stderr(&output));
}

#[test]
fn growth_beyond_the_bound_fails_in_the_guest() {
    let place = Place::new();
    // 64 MiB more; exit code 1 if that failed.
    let guest = place
        .guest("(call $code (i32.eq (memory.grow (i32.const 1024)) (i32.const -1))) (i32.const 0)");
    assert_eq!(code(&place.run(&[], &guest, &[])), 0);
    assert_eq!(code(&place.run(&["--max-memory", "65M"], &guest, &[])), 0);
    assert_eq!(code(&place.run(&["--max-memory", "64M"], &guest, &[])), 1);
}

#[test]
fn all_memories_of_the_guest_count() {
    let place = Place::new();
    // 1 MiB beside the 256 KiB that guest.wat has.
    let other = "(core module $other (memory 16)) (core instance (instantiate $other)) (core module $program";
    let text = super::GUEST.replace("BODY", "(func (export \"run\") (result i32) (i32.const 0))");
    let guest = place.component(&text.replace("(core module $program", other));
    assert_eq!(code(&place.run(&["--max-memory", "1280K"], &guest, &[])), 0);
    let output = place.run(&["--max-memory", "1279K"], &guest, &[]);
    assert_eq!(code(&output), 125);
    assert_says(
        &output,
        &["needs 1310720 bytes of memory to start", "--max-memory allows 1309696"],
    );
}

#[test]
fn too_few_descriptors_are_an_error_and_no_panic() {
    let place = Place::new();
    let guest = place.guest("(i32.const 0)");
    assert_eq!(code(&place.run(&[], &guest, &[])), 0);
    for limit in 4..10 {
        let mut command = Command::new("sh");
        let script = format!("ulimit -n {limit}; exec \"$0\" run \"$1\"");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_composectl")]).arg(&guest);
        let output = command.env("PYLON_CACHE_DIR", place.path("cache")).output().unwrap();
        assert_eq!(code(&output), 125, "ulimit -n {limit}: {output:?}");
        assert_says(&output, &["ulimit -n"]);
    }
}

#[test]
fn tables_count_as_memory() {
    let place = Place::new();
    // 80 MB for a table; exit code 1 if that failed.
    let guest = place.component(
        r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (memory (export "memory") 1) (table $t 0 funcref)
            (func (export "_start")
              (call $exit (i32.eq (table.grow $t (ref.null func) (i32.const 10000000)) (i32.const -1)))))"#,
    );
    assert_eq!(code(&place.run(&[], &guest, &[])), 0);
    assert_eq!(code(&place.run(&["--max-memory", "81M"], &guest, &[])), 0);
    assert_eq!(code(&place.run(&["--max-memory", "70M"], &guest, &[])), 1);
    assert_eq!(code(&place.run(&["--max-total-memory", "70M"], &guest, &[])), 1);
}

#[test]
fn memory_has_a_bound_without_any_flag() {
    let place = Place::new();
    let large = "(core module $other (memory 33000)) (core instance (instantiate $other)) (core instance (instantiate $other)) (core module $program";
    let text = super::GUEST.replace("BODY", "(func (export \"run\") (result i32) (i32.const 0))");
    let guest = place.component(&text.replace("(core module $program", large));
    let output = place.run(&[], &guest, &[]);
    assert_eq!(code(&output), 125);
    assert_says(&output, &["bytes of memory to start", "--max-memory allows 4294967296"]);
    assert_eq!(code(&place.run(&["--max-memory", "6G"], &guest, &[])), 0);
    let output = place.run(&["--max-memory", "6G", "--max-total-memory", "4G"], &guest, &[]);
    assert_eq!(code(&output), 125);
    assert_says(&output, &["all guests may have 4294967296 (--max-total-memory)"]);
}

#[test]
fn many_folders_leave_what_a_run_needs_or_are_an_error() {
    let place = Place::new();
    let guest = place.guest("(i32.const 0)");
    let folders: Vec<String> = (0..12).map(|number| format!("--dir .::/{number}")).collect();
    for limit in [16, 20, 24] {
        let script = format!("ulimit -n {limit}; exec \"$0\" run {} \"$1\"", folders.join(" "));
        let mut command = Command::new("sh");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_composectl")]).arg(&guest);
        let output = command.env("PYLON_CACHE_DIR", place.path("cache")).output().unwrap();
        assert!([0, 125].contains(&code(&output)), "ulimit -n {limit}: {output:?}");
    }
}
