//! `pylon-wamr` as users type it, on real WAMR, with programs in WebAssembly text.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// What the programs below import. `$out` writes memory to standard output.
const WASI: &str = r#"
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "environ_get" (func $env (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "environ_sizes_get" (func $env_sizes (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_prestat_get" (func $prestat (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_prestat_dir_name" (func $dir_name (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_open"
        (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_fdstat_get" (func $fdstat (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_filestat_get" (func $fd_stat (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_filestat_get"
        (func $path_stat (param i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func $out (param $at i32) (param $len i32)
        (i32.store (i32.const 0) (local.get $at))
        (i32.store (i32.const 4) (local.get $len))
        (call $check (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
    ;; The last address; WAMR's heap makes memory larger than declared.
    (func $end (result i32) (i32.sub (i32.mul (memory.size) (i32.const 0x10000)) (i32.const 1)))
    (func $check (param $errno i32)
        (if (local.get $errno) (then (call $exit (local.get $errno)))))
"#;

/// Writes all arguments, each with a zero byte behind it.
const ARGS: &str = r#"(func (export "_start")
    (call $check (call $args_sizes (i32.const 16) (i32.const 20)))
    (call $check (call $args (i32.const 1024) (i32.const 4096)))
    ;; The first argument lies where the list says.
    (call $out (i32.load (i32.const 1024)) (i32.load (i32.const 20))))"#;

/// Writes all variables, each with a zero byte behind it; from the address of the second, if there are two.
const ENV: &str = r#"(func (export "_start")
    (call $check (call $env_sizes (i32.const 16) (i32.const 20)))
    (call $check (call $env (i32.const 1024) (i32.const 4096)))
    (call $out (i32.const 4096) (i32.load (i32.const 20)))
    (if (i32.ge_u (i32.load (i32.const 16)) (i32.const 2))
        (then (call $out (i32.load (i32.const 1028)) (i32.const 1)))))"#;

/// Writes the names of descriptors 3, 4, .. until there is none, then the first bytes of `x` in descriptor 3.
const DIRS: &str = r#"(data (i32.const 512) "x")
    (func (export "_start") (local $fd i32)
    (local.set $fd (i32.const 3))
    (block $end
        (loop $next
            (br_if $end (call $prestat (local.get $fd) (i32.const 16)))
            (call $check (call $dir_name (local.get $fd) (i32.const 1024) (i32.load (i32.const 20))))
            (call $out (i32.const 1024) (i32.load (i32.const 20)))
            (call $out (i32.const 100) (i32.const 1))
            (local.set $fd (i32.add (local.get $fd) (i32.const 1)))
            (br $next)))
    (call $check (call $open (i32.const 3) (i32.const 0) (i32.const 512) (i32.const 1) (i32.const 0)
        (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 24)))
    (i32.store (i32.const 0) (i32.const 2048))
    (i32.store (i32.const 4) (i32.const 64))
    (call $check (call $read (i32.load (i32.const 24)) (i32.const 0) (i32.const 1) (i32.const 28)))
    (call $out (i32.const 2048) (i32.load (i32.const 28))))"#;

/// Calls itself 1000 times, with ten values on the operand stack each.
const DEEP: &str = r#"(func $deep (param $n i32) (result i32)
        (i32.const 42) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5)
        (i32.const 6) (i32.const 7) (i32.const 8) (i32.const 9)
        (if (result i32) (local.get $n)
            (then (call $deep (i32.sub (local.get $n) (i32.const 1))))
            (else (i32.const 0)))
        (drop) (drop) (drop) (drop) (drop) (drop) (drop) (drop) (drop))
    (func (export "_start") (call $exit (call $deep (i32.const 1000))))"#;

struct Run {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// A folder with programs.
struct Programs(TempDir);

impl Programs {
    fn new() -> Programs {
        Programs(tempfile::tempdir().expect("a folder for the test"))
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, bytes).expect("a file for the test");
        path
    }

    /// A WASI program with this body.
    fn wasi(&self, body: &str) -> PathBuf {
        self.module(&format!("{WASI}{body}"))
    }

    fn module(&self, body: &str) -> PathBuf {
        let bytes = wat::parse_str(format!("(module {body})")).expect("the test's module");
        self.file("program.wasm", &bytes)
    }
}

fn run<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_pylon-wamr"))
        .args(args)
        .stdin(Stdio::null())
        .output()
        .expect("pylon-wamr starts");
    Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

#[test]
fn exit_code_is_the_programs() {
    let programs = Programs::new();
    for code in [0, 1, 7, 255] {
        let exit = programs.wasi(&format!(
            r#"(func (export "_start") (call $exit (i32.const {code})) unreachable)"#
        ));
        let run = run([&exit]);
        assert_eq!(run.code, Some(code), "{}", run.stderr);
        assert_eq!(run.stderr, "");
    }
    let returns = programs.wasi(r#"(func (export "_start"))"#);
    assert_eq!(run([&returns]).code, Some(0));
}

#[test]
fn arguments_are_passed_with_the_file_as_typed_in_front() {
    let programs = Programs::new();
    let file = programs.wasi(ARGS);
    let run = run([
        file.as_os_str(),
        "-c".as_ref(),
        "--".as_ref(),
        "--help".as_ref(),
        "".as_ref(),
        "ü".as_ref(),
    ]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(run.stdout, format!("{}\0-c\0--\0--help\0\0ü\0", file.display()));
}

#[test]
fn arguments_need_not_be_utf_8() {
    let programs = Programs::new();
    let file = programs.wasi(ARGS);
    let output = Command::new(env!("CARGO_BIN_EXE_pylon-wamr"))
        .arg(&file)
        .arg(OsStr::from_bytes(b"\xff"))
        .output()
        .expect("pylon-wamr starts");
    assert!(output.stdout.ends_with(b"\0\xff\0"));
}

#[test]
fn environment_is_what_was_granted_and_nothing_else() {
    let programs = Programs::new();
    let file = programs.wasi(ENV);
    let nothing = run([&file]);
    assert_eq!((nothing.code, nothing.stdout.as_str()), (Some(0), ""));

    // Many more variables than arguments: WAMR's own list would be too short.
    let names: Vec<String> = (0..300).map(|n| format!("V{n}={}", n * n)).collect();
    let flags = names.iter().map(|text| format!("--env={text}"));
    let many = run(flags.chain([file.display().to_string()]));
    let expected: String = names.iter().map(|text| format!("{text}\0")).collect();
    assert_eq!(many.code, Some(0), "{}", many.stderr);
    assert_eq!(many.stdout, expected + "V");
}

#[test]
fn folders_have_the_names_that_were_given() {
    let programs = Programs::new();
    let file = programs.wasi(DIRS);
    programs.file("x", b"content");
    let dir = programs.0.path().display().to_string();
    let file = file.display().to_string();

    let same = run([format!("--dir={dir}"), file.clone()]);
    assert_eq!(same.code, Some(0), "{}", same.stderr);
    assert_eq!(same.stdout, format!("{dir}\0content"));

    let mapped =
        run([format!("--map-dir=/data::{dir}"), "--map-dir=a b::/".to_owned(), file.clone()]);
    assert_eq!(mapped.code, Some(0), "{}", mapped.stderr);
    assert_eq!(mapped.stdout, "/data\0a b\0content");

    // Without a folder descriptor 3 does not exist: EBADF of path_open.
    assert_eq!(run([file]).code, Some(8));
}

#[test]
fn standard_streams_can_be_of_unknown_type() {
    let programs = Programs::new();
    let dir = format!("--dir={}", programs.0.path().display());
    // 50 times the file type of folder 3, plus 10 times that of standard input, plus 1 for the rights of WAMR 2.4.
    let file = programs.wasi(
        r#"(func (export "_start")
            (call $check (call $fdstat (i32.const 0) (i32.const 1024)))
            (call $check (call $fdstat (i32.const 3) (i32.const 2048)))
            (i32.mul (i32.load8_u (i32.const 2048)) (i32.const 50))
            (i32.add (i32.mul (i32.load8_u (i32.const 1024)) (i32.const 10)))
            (i32.add (i64.eq (i64.load (i32.const 1032)) (i64.const 0x82000c2)))
            (call $exit))"#,
    );
    let file = file.display().to_string();
    assert_eq!(run([&dir, &file]).code, Some(3 * 50 + 2 * 10));
    assert_eq!(run(["--untyped-streams", &dir, &file]).code, Some(3 * 50 + 1));
}

#[test]
fn size_and_type_of_files_stand_where_preview_1_has_them() {
    let programs = Programs::new();
    programs.file("x", &[0; 77]);
    let dir = format!("--dir={}", programs.0.path().display());
    // The size of `x`, by its path (flags, path, record), plus 50 times the file type of folder 3.
    let file = programs.wasi(
        r#"(data (i32.const 512) "x")
        (func (export "_start")
            (call $check (call $path_stat (i32.const 3) (i32.const 0) (i32.const 512) (i32.const 1) (i32.const 1024)))
            (call $check (call $fd_stat (i32.const 3) (i32.const 2048)))
            (i32.mul (i32.load8_u (i32.const 2064)) (i32.const 50))
            (i32.add (i32.load (i32.const 1056)))
            (call $exit))"#,
    );
    let run = run([dir, file.display().to_string()]);
    assert_eq!(run.code, Some(3 * 50 + 77), "{}", run.stderr);
}

/// A record of preview 1 for `$poll`: a clock (1, monotonic) and its timeout in milliseconds.
fn sleep(at: u32, milliseconds: u64) -> String {
    format!(
        "(i64.store (i32.const {at}) (i64.const 0x1234))
        (i32.store8 (i32.const {}) (i32.const 0))
        (i32.store (i32.const {}) (i32.const 1))
        (i64.store (i32.const {}) (i64.const {}))",
        at + 8,
        at + 16,
        at + 24,
        milliseconds * 1_000_000
    )
}

#[test]
fn sleeping_takes_the_time_it_was_told() {
    let programs = Programs::new();
    let sleep = sleep(256, 150);
    let file = programs.wasi(&format!(
        r#"(func (export "_start")
            {sleep}
            (call $check (call $poll (i32.const 256) (i32.const 1024) (i32.const 1) (i32.const 2048)))
            ;; One event, with our number.
            (i32.add (i32.load (i32.const 2048)) (i64.eq (i64.load (i32.const 1024)) (i64.const 0x1234)))
            (call $exit))"#
    ));
    let begun = Instant::now();
    assert_eq!(run([&file]).code, Some(2));
    let taken = begun.elapsed();
    assert!(taken >= Duration::from_millis(150) && taken < Duration::from_secs(10), "{taken:?}");
}

#[test]
fn input_that_is_there_comes_before_the_timeout() {
    let programs = Programs::new();
    let sleep = sleep(256, 60_000);
    // A minute, or standard input: at its end at once. The exit code is the event's type, fd_read (1).
    let file = programs.wasi(&format!(
        r#"(func (export "_start")
            {sleep}
            (i64.store (i32.const 304) (i64.const 0x77))
            (i32.store8 (i32.const 312) (i32.const 1))
            (i32.store (i32.const 320) (i32.const 0))
            (call $check (call $poll (i32.const 256) (i32.const 1024) (i32.const 2) (i32.const 2048)))
            (if (i32.or (i32.ne (i32.load (i32.const 2048)) (i32.const 1)) (i32.ne (i32.load (i32.const 1024)) (i32.const 0x77)))
                (then unreachable))
            (call $exit (i32.load8_u (i32.const 1034))))"#
    ));
    let run = run([&file]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    // Lists that end behind memory are a trap, no subscriptions EINVAL.
    let beyond = programs.wasi(
        r#"(func (export "_start") (drop (call $poll (i32.const 0) (i32.const 0) (i32.const 0x10000000) (i32.const 0))))"#,
    );
    assert_eq!(self::run([&beyond]).code, Some(134));
    let none = programs.wasi(
        r#"(func (export "_start") (call $exit (call $poll (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))))"#,
    );
    assert_eq!(self::run([&none]).code, Some(28));
}

#[test]
fn folders_that_are_none_are_errors() {
    let programs = Programs::new();
    let file = programs.wasi(DIRS).display().to_string();
    let missing = run(["--dir=/nonexistent-folder", &file]);
    assert_eq!(missing.code, Some(125));
    assert_eq!(
        missing.stderr,
        "pylon-wamr: cannot grant \"/nonexistent-folder\": No such file or directory (os error 2)\n"
    );
    let no_folder = run([format!("--map-dir=/a::{file}"), file.clone()]);
    assert_eq!(no_folder.code, Some(125));
    assert_eq!(no_folder.stderr, format!("pylon-wamr: cannot grant {file:?}: not a directory\n"));
}

#[test]
fn traps_are_134_and_say_why() {
    let programs = Programs::new();
    let cases = [
        ("unreachable", "unreachable"),
        ("(drop (i32.load (i32.const 0x100000)))", "out of bounds memory access"),
        ("(drop (i32.div_s (i32.const 1) (i32.const 0)))", "integer divide by zero"),
        // Addresses that the program passes to WASI are checked, also by our functions.
        ("(drop (call $env_sizes (call $end) (i32.const 0)))", "out of bounds memory access"),
        ("(drop (call $env_sizes (i32.const -8) (i32.const 0)))", "out of bounds memory access"),
    ];
    for (body, reason) in cases {
        let file = programs.wasi(&format!(r#"(func (export "_start") {body})"#));
        let run = run([&file]);
        assert_eq!(run.code, Some(134), "{body}");
        assert_eq!(run.stderr, format!("pylon-wamr: trap: {reason}\n"));
        assert_eq!(run.stdout, "");
    }
}

#[test]
fn names_of_folders_and_variables_do_not_go_beyond_memory() {
    let programs = Programs::new();
    let dir = programs.0.path().display().to_string();
    // A list at the end of memory: one variable fits, its text does not.
    let env =
        programs.wasi(r#"(func (export "_start") (drop (call $env (i32.const 8) (call $end))))"#);
    let env = run(["--env=NAME=VALUE".to_owned(), env.display().to_string()]);
    assert_eq!(env.code, Some(134));
    // A buffer that is too short for the name: EINVAL.
    let name =
        programs.wasi(r#"(func (export "_start") (call $exit (call $dir_name (i32.const 3) (i32.const 8) (i32.const 1))))"#);
    let name = run([format!("--map-dir=/data::{dir}"), name.display().to_string()]);
    assert_eq!(name.code, Some(28));
}

#[test]
fn deep_recursion_is_a_trap_that_more_stack_mends() {
    let programs = Programs::new();
    let file = programs.wasi(DEEP).display().to_string();
    let small = run(["--stack-size=16384", &file]);
    assert_eq!(small.code, Some(134));
    assert_eq!(
        small.stderr,
        "pylon-wamr: trap: stack overflow\npylon-wamr: hint: --stack-size=BYTES gives more than 16384\n"
    );
    let large = run(["--stack-size=1048576", &file]);
    assert_eq!(large.code, Some(42), "{}", large.stderr);
}

#[test]
fn a_heap_of_nothing_is_the_smallest_that_works() {
    let programs = Programs::new();
    let file = programs.wasi(ARGS).display().to_string();
    let run = run(["--heap-size=0", &file]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(run.stdout, format!("{file}\0"));
}

#[test]
fn what_images_use_works() {
    let programs = Programs::new();
    // Bulk memory, sign extension, saturating conversion, growing memory: 1 for each that is right.
    let file = programs.wasi(
        r#"(func (export "_start")
            (memory.fill (i32.const 100) (i32.const 0x80) (i32.const 2))
            (memory.copy (i32.const 200) (i32.const 101) (i32.const 1))
            (i32.eq (i32.load (i32.const 200)) (i32.const 0x80))
            (i32.eq (i32.extend8_s (i32.const 0x80)) (i32.const -128))
            (i32.add)
            (i32.eq (i32.trunc_sat_f64_s (f64.const inf)) (i32.const 0x7fffffff))
            (i32.add)
            (i32.ge_s (memory.grow (i32.const 100)) (i32.const 1))
            (i32.add)
            (i32.store (i32.const 6500000) (i32.const 5))
            (i32.eq (i32.load (i32.const 6500000)) (i32.const 5))
            (i32.add)
            (call $exit))"#,
    );
    let run = run([&file]);
    assert_eq!(run.code, Some(5), "{}", run.stderr);
}

#[test]
fn files_that_cannot_run_are_126() {
    let programs = Programs::new();
    let component = wat::parse_str("(component)").expect("the test's component");
    let exceptions =
        wat::parse_str(r#"(module (tag) (func (export "_start")))"#).expect("the test's module");
    let mut truncated =
        wat::parse_str(format!("(module {WASI}{ARGS})")).expect("the test's module");
    truncated.truncate(truncated.len() / 2);
    let cases: [(&[u8], &str); 5] = [
        (b"", "WASM module load failed: unexpected end"),
        (b"print('hello')\n", "WASM module load failed: magic header not detected"),
        (&component, "WASM module load failed: unknown binary version"),
        (&exceptions, "WASM module load failed: invalid section id"),
        (&truncated, "WASM module load failed: unexpected end"),
    ];
    for (bytes, reason) in cases {
        let file = programs.file("bad.wasm", bytes);
        let run = run([&file]);
        assert_eq!(run.code, Some(126), "{reason}");
        assert_eq!(run.stderr, format!("pylon-wamr: {}: {reason}\n", file.display()));
    }
    let library = programs.wasi(r#"(func (export "other"))"#);
    let library = run([&library]);
    assert_eq!(library.code, Some(126));
    assert!(library.stderr.contains("exports no function `_start`"), "{}", library.stderr);
    let missing = run(["/nonexistent.wasm"]);
    assert_eq!(missing.code, Some(127));
    assert_eq!(
        missing.stderr,
        "pylon-wamr: cannot read /nonexistent.wasm: No such file or directory (os error 2)\n"
    );
}

#[test]
fn unknown_imports_are_warned_of_and_trap_when_called() {
    let programs = Programs::new();
    let file = programs
        .module(r#"(import "host" "missing" (func $missing)) (memory (export "memory") 1) (func (export "_start") (call $missing))"#)
        .display()
        .to_string();
    let warned = run([&file]);
    assert_eq!(warned.code, Some(134));
    assert_eq!(warned.stdout, "");
    assert!(
        warned.stderr.contains("failed to link import function (host, missing)"),
        "{}",
        warned.stderr
    );
    let silent = run(["-v=0", &file]);
    assert_eq!(silent.code, Some(134));
    assert_eq!(
        silent.stderr,
        "pylon-wamr: trap: failed to call unlinked import function (host, missing)\n"
    );
}

#[test]
fn wrong_usage_is_125_and_help_is_0() {
    for flags in [
        &[][..],
        &["--dir"],
        &["--env=X", "x"],
        &["--map-dir=/x", "x"],
        &["--stack-size=1M", "x"],
        &["--no", "x"],
    ] {
        assert_eq!(run(flags).code, Some(125), "{flags:?}");
    }
    let help = run(["--help"]);
    assert_eq!(help.code, Some(0));
    assert!(help.stdout.contains("Exit codes:"));
}
