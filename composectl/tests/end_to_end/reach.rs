//! What lies beneath a granted folder, for programs, for core modules and for providers: nothing of the kernel's own, no
//! devices, nothing that is waited for, and nothing to be written where another grant says `:ro`.

use std::path::Path;
use std::process::Command;

use super::dynlink::{Plan, with_wasi};
use super::{Place, assert_says, code, stderr};

/// `error-code` of wasi:filesystem, plus 1.
const ACCESS: i32 = 1;
const UNSUPPORTED: i32 = 28;
const NOT_PERMITTED: i32 = 32;
/// `open-flags` and `descriptor-flags`.
const CREATE: u32 = 1;
const READ: u32 = 1;
const WRITE: u32 = 2;

/// Something to be opened beneath one of the granted folders.
#[derive(Clone, Copy)]
struct Open<'a> {
    folder: u32,
    path: &'a str,
    how: u32,
    flags: u32,
}

fn reading(path: &str) -> Open<'_> {
    Open { folder: 0, path, how: 0, flags: READ }
}

fn writing(path: &str) -> Open<'_> {
    Open { folder: 0, path, how: CREATE, flags: READ | WRITE }
}

impl Open<'_> {
    /// As an expression of guests: 0, or 1 and the code of the error.
    fn text(&self) -> String {
        let Self { folder, path, how, flags } = self;
        let bytes = path.bytes().enumerate();
        let stores = bytes.map(|(index, byte)| {
            format!("(i32.store8 (i32.const {}) (i32.const {byte}))", 512 + index)
        });
        format!(
            "{} (call $get-directories (i32.const 0))
            (call $open-at (i32.load offset={} (i32.load (i32.const 0))) (i32.const 1) (i32.const 512)
              (i32.const {}) (i32.const {how}) (i32.const {flags}) (i32.const 16))
            (if (result i32) (i32.load8_u (i32.const 16))
              (then (i32.add (i32.const 1) (i32.load8_u (i32.const 20)))) (else (i32.const 0)))",
            stores.collect::<String>(),
            12 * folder,
            path.len(),
        )
    }

    fn as_program(&self, place: &Place, flags: &[&str]) -> i32 {
        let guest = place.guest(&format!("(call $code {}) (i32.const 0)", self.block()));
        let flags = [&["--timeout", "60s"], flags].concat();
        let output = place.run(&flags, &guest, &[]);
        assert_eq!(stderr(&output), "", "{}", self.path);
        code(&output)
    }

    fn block(&self) -> String {
        format!("(block (result i32) {})", self.text())
    }

    fn as_provider(&self, place: &Place, dirs: &str) -> i32 {
        let mut plan = Plan::new(place);
        let grants = format!(
            r#", "limits": {{"time_ms": 20000}}, "grants": {{"dirs": [{dirs}], "net": ["127.0.0.1:1"]}}"#
        );
        plan.add_with("it", &with_wasi(&self.text()), &grants);
        let lines = plan.run(&["r", "it", "i", "m", "x"]);
        assert_eq!(lines[0], "resolved", "{lines:?}");
        i32::from(lines[1].as_bytes()[0]) - 48
    }
}

/// Below `/`, so without its slash.
fn below_root(path: &Path) -> String {
    path.to_str().expect("UTF-8").trim_start_matches('/').to_owned()
}

#[test]
fn a_grant_of_everything_holds_no_processes_no_kernel_and_no_devices() {
    let place = Place::new();
    let file = place.file("file", b"1");
    let file = below_root(&file.canonicalize().expect("there"));
    let mut cases = vec![
        (reading("proc/self/environ"), ACCESS),
        (Open { flags: READ | WRITE, ..reading("proc/self/mem") }, ACCESS),
        (reading("proc/self/maps"), ACCESS),
        (reading("proc"), ACCESS),
        (reading("sys/kernel"), ACCESS),
        (reading("dev"), ACCESS),
        (writing("dev/new"), ACCESS),
        (reading("dev/null"), 0),
        (reading("dev/urandom"), 0),
        (reading(&file), 0),
    ];
    if Path::new("/dev/kmsg").exists() {
        cases.push((reading("dev/kmsg"), ACCESS));
    }
    for (open, expected) in cases {
        for flags in [&["--dir", "/"][..], &["--dir", "/:ro"], &["--allow-all"]] {
            let writes = open.how != 0 || open.flags & WRITE != 0;
            let expected = if writes && flags.contains(&"/:ro") { NOT_PERMITTED } else { expected };
            assert_eq!(open.as_program(&place, flags), expected, "{flags:?} {}", open.path);
        }
        assert_eq!(open.as_provider(&place, r#""/::/host""#), expected, "{}", open.path);
    }
}

#[test]
fn what_is_no_folder_of_files_needs_a_flag_of_its_own() {
    let place = Place::new();
    let guest = place.guest("(i32.const 0)");
    for folder in ["/proc", "/proc/self", "/sys", "/dev"] {
        let output = place.run(&["--dir", folder], &guest, &[]);
        assert_eq!(code(&output), 125, "{folder}");
        assert_says(&output, &[folder, "not a folder of files", "--system-dir"]);
    }
    let output = place.run(&["--system-dir", "."], &guest, &[]);
    assert_eq!(code(&output), 125);
    assert_says(&output, &["--system-dir .", "--dir grants"]);
    let environ = reading("self/environ");
    assert_eq!(environ.as_program(&place, &["--system-dir", "/proc:ro"]), 0);

    let mut plan = Plan::new(&place);
    plan.add_with(
        "it",
        &with_wasi("(i32.const 0)"),
        r#", "grants": {"dirs": ["/proc/self::/p"], "net": ["127.0.0.1:1"]}"#,
    );
    let lines = plan.run(&["r", "it"]);
    assert!(lines[0].starts_with("exec-capability-denied|"), "{lines:?}");
    assert!(lines[0].contains("/proc/self"), "{lines:?}");
}

#[test]
fn a_pipe_in_a_granted_folder_is_not_opened_and_not_waited_for() {
    let place = Place::new();
    std::fs::create_dir(place.path("data")).expect("room");
    let made =
        Command::new("mkfifo").arg(place.path("data/pipe")).status().expect("mkfifo is there");
    assert!(made.success());
    for open in [reading("pipe"), writing("pipe"), Open { how: 0, ..writing("pipe") }] {
        assert_eq!(open.as_program(&place, &["--dir", "data"]), UNSUPPORTED);
        assert_eq!(open.as_provider(&place, r#""data::/d""#), UNSUPPORTED);
    }
}

#[test]
fn what_is_read_only_stays_so_wherever_it_is_seen() {
    let place = Place::new();
    std::fs::create_dir_all(place.path("data/inner/deep")).expect("room");
    std::os::unix::fs::symlink("data/inner", place.path("link")).expect("room");
    let first = Open { folder: 0, ..writing("new") };
    let deep = Open { folder: 0, ..writing("inner/deep/new") };
    let cases: &[(&[&str], Open<'_>)] = &[
        (&["data::/w", "data::/r:ro"], first),
        (&["data::/w", "link::/r:ro"], deep),
        (&["data::/w", "data/inner::/r:ro"], deep),
        (&["data/inner/deep::/w", "data::/r:ro"], first),
        (&["link::/w", "data/inner::/r:ro"], first),
    ];
    for (dirs, open) in cases {
        let flags: Vec<&str> = dirs.iter().flat_map(|dir| ["--dir", dir]).collect();
        assert_eq!(open.as_program(&place, &flags), NOT_PERMITTED, "{dirs:?}");
        let quoted: Vec<String> = dirs.iter().map(|dir| format!("\"{dir}\"")).collect();
        assert_eq!(open.as_provider(&place, &quoted.join(", ")), NOT_PERMITTED, "{dirs:?}");
    }
    assert_eq!(
        Command::new("find")
            .arg(place.path("data"))
            .args(["-type", "f"])
            .output()
            .expect("find")
            .stdout,
        b""
    );
    let outside = Open { folder: 0, ..writing("new") };
    let flags = ["--dir", "data::/w", "--dir", "data/inner::/r:ro"];
    assert_eq!(outside.as_program(&place, &flags), 0, "the rest may be written");
}

/// A program of preview 1 whose `_start` is this; `$open path-at length oflags rights` opens beneath folder 3.
fn module(place: &Place, data: &str, start: &str) -> std::path::PathBuf {
    place.component(&format!(
        r#"(module
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (import "wasi_snapshot_preview1" "path_open"
          (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_renumber" (func $renumber (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "path_filestat_get"
          (func $stat (param i32 i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "path_filestat_set_times"
          (func $times (param i32 i32 i32 i32 i64 i64 i32) (result i32)))
        (import "wasi_snapshot_preview1" "path_readlink"
          (func $readlink (param i32 i32 i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "path_create_directory" (func $mkdir (param i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "path_remove_directory" (func $rmdir (param i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "path_unlink_file" (func $unlink (param i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "path_symlink"
          (func $symlink (param i32 i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "path_rename"
          (func $rename (param i32 i32 i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "path_link"
          (func $link (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 1024) "{data}")
        (func $open (param $at i32) (param $length i32) (param $how i32) (param $rights i64) (result i32)
          (call $path_open (i32.const 3) (i32.const 1) (local.get $at) (local.get $length) (local.get $how)
            (local.get $rights) (local.get $rights) (i32.const 0) (i32.const 64)))
        (func $try (param $step i32) (param $code i32)
          (if (local.get $code)
            (then (call $exit (i32.add (i32.mul (local.get $step) (i32.const 100)) (local.get $code))))))
        (func (export "_start") {start}))"#
    ))
}

/// Errors of preview 1.
const P1_ACCESS: i32 = 2;
const P1_NOT_SUPPORTED: i32 = 58;
const P1_NOT_PERMITTED: i32 = 63;

#[test]
fn core_modules_are_kept_out_as_components_are() {
    let place = Place::new();
    std::fs::create_dir_all(place.path("data/inner/deep")).expect("room");
    std::fs::write(place.path("data/file"), "1").expect("room");
    let made =
        Command::new("mkfifo").arg(place.path("data/pipe")).status().expect("mkfifo is there");
    assert!(made.success());
    std::os::unix::fs::symlink("../data/inner", place.path("data/link")).expect("room");
    let data = place.path("data").canonicalize().expect("there");
    let file = below_root(&data.join("file"));
    let (read, write) = (2, 2 | 64);
    let nested: &[&str] = &["--dir", "data", "--dir", "data/inner::/r:ro"];
    let cases: &[(&str, i32, i32, &[&str], i32)] = &[
        ("proc/self/environ", 0, read, &["--dir", "/"], P1_ACCESS),
        ("proc/self/mem", 0, write, &["--allow-all"], P1_ACCESS),
        ("proc", 0, read, &["--dir", "/:ro"], P1_ACCESS),
        ("sys/kernel", 0, read, &["--dir", "/"], P1_ACCESS),
        ("dev", 0, read, &["--dir", "/"], P1_ACCESS),
        ("dev/null", 0, write, &["--dir", "/"], 0),
        (&file, 0, read, &["--dir", "/"], 0),
        ("pipe", 0, read, &["--dir", "data"], P1_NOT_SUPPORTED),
        ("pipe", 0, write, &["--dir", "data"], P1_NOT_SUPPORTED),
        ("../data/file", 0, read, &["--dir", "data"], P1_NOT_PERMITTED),
        ("inner/deep/../../file", 0, write, &["--dir", "data"], 0),
        ("link/deep", 0, read, &["--dir", "data"], P1_NOT_PERMITTED),
        ("inner/new", 1, write, &["--dir", "data:ro"], P1_NOT_PERMITTED),
        ("inner/deep/new", 1, write, nested, P1_NOT_PERMITTED),
        ("inner/deep", 0, read, nested, 0),
        ("new", 1, write, nested, 0),
    ];
    for (path, how, rights, flags, expected) in cases {
        let start = format!(
            "(call $exit (call $open (i32.const 1024) (i32.const {}) (i32.const {how}) (i64.const {rights})))",
            path.len()
        );
        let output = place.run(flags, &module(&place, path, &start), &[]);
        assert_eq!(code(&output), *expected, "{path} {flags:?}: {}", stderr(&output));
    }
}

#[test]
fn core_modules_do_all_with_paths_that_they_did() {
    let place = Place::new();
    std::fs::create_dir_all(place.path("one/a")).expect("room");
    std::fs::create_dir(place.path("two")).expect("room");
    // At 1024: a/b, at 1028: a/f, at 1032: a/b/g, at 1040: h, at 1042: l, at 1044: l/g, at 1048: ../x, at 1053: b/g
    let data = "a/b_a/f_a/b/g___h_l_l/g_../x_b/g";
    let at = |from: i32, length: i32| format!("(i32.const {from}) (i32.const {length})");
    let (ab, af, abg, h, l, lg, up, bg) = (
        at(1024, 3),
        at(1028, 3),
        at(1032, 5),
        at(1040, 1),
        at(1042, 1),
        at(1044, 3),
        at(1048, 4),
        at(1053, 3),
    );
    let steps = [
        format!("(call $mkdir (i32.const 3) {ab})"),
        format!("(call $open {af} (i32.const 5) (i64.const 66))"),
        // "hi" would be at 1024: the first two bytes of the data.
        "(i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 2))
         (call $write (i32.load (i32.const 64)) (i32.const 0) (i32.const 1) (i32.const 8))"
            .to_owned(),
        "(call $close (i32.load (i32.const 64)))".to_owned(),
        format!("(call $rename (i32.const 3) {af} (i32.const 3) {abg})"),
        format!("(call $symlink {ab} (i32.const 3) {l})"),
        format!("(call $stat (i32.const 3) (i32.const 1) {lg} (i32.const 128))"),
        // The size is 2.
        "(i32.ne (i32.load (i32.const 160)) (i32.const 2))".to_owned(),
        format!(
            "(call $times (i32.const 3) (i32.const 1) {lg} (i64.const 0) (i64.const 1000000000) (i32.const 4))"
        ),
        format!("(call $link (i32.const 3) (i32.const 0) {lg} (i32.const 4) {h})"),
        format!("(call $readlink (i32.const 3) {l} (i32.const 256) (i32.const 2) (i32.const 320))"),
        "(i32.ne (i32.load (i32.const 320)) (i32.const 2))".to_owned(),
        "(i32.ne (i32.load16_u (i32.const 256)) (i32.load16_u (i32.const 1024)))".to_owned(),
        // A folder that was opened is one to begin at, under another number, too.
        format!("(call $open {} (i32.const 2) (i64.const 2))", at(1024, 1)),
        "(call $renumber (i32.load (i32.const 64)) (i32.const 4))".to_owned(),
        format!("(call $stat (i32.const 4) (i32.const 1) {bg} (i32.const 128))"),
        format!(
            "(i32.ne (call $stat (i32.const 4) (i32.const 1) {up} (i32.const 128)) (i32.const 63))"
        ),
        format!("(call $unlink (i32.const 3) {lg})"),
        format!("(call $unlink (i32.const 3) {l})"),
        format!("(call $rmdir (i32.const 3) {ab})"),
    ];
    let steps = steps.iter().enumerate().map(|(number, step)| match step.rsplit_once("\n") {
        Some((before, call)) => format!("{before} (call $try (i32.const {number}) {call})"),
        None => format!("(call $try (i32.const {number}) {step})"),
    });
    let guest = module(&place, data, &steps.collect::<Vec<_>>().join("\n"));
    let output = place.run(&["--dir", "one", "--dir", "two"], &guest, &[]);
    assert_eq!(code(&output), 0, "100 * step + error, modulo 256: {}", stderr(&output));
    assert_eq!(std::fs::read_to_string(place.path("two/h")).expect("linked"), "a/");
    let modified = std::fs::metadata(place.path("two/h")).and_then(|metadata| metadata.modified());
    let since = modified.expect("has one").duration_since(std::time::UNIX_EPOCH).expect("later");
    assert_eq!(since.as_secs(), 1);
    assert_eq!(std::fs::read_dir(place.path("one/a")).expect("there").count(), 0);
}
