//! What a provider may touch: nothing of WASI unless granted, and then no more than granted.

use super::{ECHO, Plan, Provider, assert_error, provider};
use crate::{Place, code, stderr, stdout};

/// A provider whose `handle` runs `BODY` of `guest.wat`'s program, with everything that it imports from WASI, and
/// answers with the byte that it leaves.
pub fn with_wasi(body: &str) -> Vec<u8> {
    let guest = crate::GUEST;
    let end = guest.find("  (func $run (result (result))").expect("the guest has a run");
    let program = format!(
        r#"(func $body (result i32) {body})
           (func (export "run") (param i32 i32 i32 i32) (result i32)
             (if (i32.eq (local.get 1) (i32.const 7)) (then
               (i32.store (i32.const 2048) (i32.const 0)) (i32.store (i32.const 2052) (i32.const 2048))
               (i32.store (i32.const 2056) (i32.const 0)) (return (i32.const 2048))))
             (i32.store8 (i32.const 2064) (i32.add (i32.const 48) (i32.and (i32.const 63) (call $body))))
             (i32.store (i32.const 2048) (i32.const 0))
             (i32.store (i32.const 2052) (i32.const 2064))
             (i32.store (i32.const 2056) (i32.const 1))
             (i32.const 2048))"#
    );
    let shim =
        super::PROVIDER.find("  (type $error (record").expect("the provider has its endpoint");
    let endpoint = super::PROVIDER[shim..]
        .replace("(post-return (core func $instance \"done\"))", "")
        .replace("(core func $instance \"handle\")", "(core func $instance \"run\")")
        .replace("(type $error (record", "(type $link-error (record")
        .replace("(error $error)))\n    (canon", "(error $link-error)))\n    (canon")
        .replace("(with \"error\" (type $error))", "(with \"error\" (type $link-error))")
        .replace("EXPORT", "compose:dynlink/endpoint@0.1.0");
    let text = format!("{}{endpoint}", guest[..end].replace("BODY", &program));
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_granted_folder_can_be_used_and_no_other() {
    let place = Place::new();
    std::fs::create_dir(place.path("data")).expect("can make");
    let mut plan = Plan::new(&place);
    let wasm = with_wasi("(call $create)");
    plan.add_with("it", &wasm, r#", "grants": {"dirs": ["data::/d"], "net": ["127.0.0.1:1"]}"#);
    assert_eq!(plan.run(&["r", "it", "i", "m", "x"]), ["resolved", "0"]);
    assert!(place.path("data/f").exists());

    std::fs::remove_file(place.path("data/f")).expect("was there");
    plan.add_with("it", &wasm, r#", "grants": {"dirs": ["data::/d:ro"], "net": ["127.0.0.1:1"]}"#);
    let lines = plan.run(&["r", "it", "i", "m", "x"]);
    assert!(lines[0] == "resolved" && lines[1] != "0", "{lines:?}");
    assert!(!place.path("data/f").exists());

    plan.add_with("it", &wasm, "");
    assert_error(&plan.run(&["r", "it"])[0], "exec-capability-denied", &["wasi:", "grants"]);

    plan.add_with("it", &wasm, r#", "grants": {"dirs": ["nowhere"], "net": ["127.0.0.1:1"]}"#);
    assert_error(&plan.run(&["r", "it"])[0], "exec-capability-denied", &["`it`", "nowhere"]);
}

#[test]
fn an_empty_grant_admits_clocks_but_no_sockets() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    let imports = r#"(import "wasi:clocks/monotonic-clock@0.2.0" (instance (export "now" (func (result u64)))))"#;
    let clock = Provider { imports, ..provider(ECHO) }.wasm();
    plan.add_with("clock", &clock, r#", "grants": {}"#);
    plan.add_with("sockets", &with_wasi("(i32.const 0)"), r#", "grants": {}"#);
    let lines = plan.run(&["r", "clock", "i", "m", "x", "r", "sockets"]);
    assert_eq!(lines[..2], ["resolved", "x"]);
    assert_error(&lines[2], "exec-capability-denied", &["wasi:sockets/", "grants.net"]);
    plan.add_with("clock", &clock, "");
    assert_error(
        &plan.run(&["r", "clock"])[0],
        "exec-capability-denied",
        &["wasi:clocks/", "grants"],
    );
}

#[test]
fn the_programs_grants_are_not_the_providers() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    let wasm = with_wasi("(call $create)");
    plan.add_with("it", &wasm, r#", "grants": {"net": ["127.0.0.1:1"]}"#);
    let output = plan.run_with(&["--allow-all"], &["r", "it", "i", "m", "x"]);
    // $create says 100 if there is no folder: 36 in six bits, and 48.
    assert_eq!(
        (code(&output), stdout(&output)),
        (0, "resolved\nT\n".to_owned()),
        "{}",
        stderr(&output)
    );
    assert!(!place.path("f").exists());
}

#[test]
fn a_providers_output_is_thrown_away_and_its_exit_ends_only_itself() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    plan.add_with(
        "talks",
        &with_wasi("(call $write (i32.const 0) (i32.const 64))"),
        r#", "grants": {"net": ["*"]}"#,
    );
    plan.add_with(
        "exits",
        &with_wasi("(call $code (i32.const 7)) unreachable"),
        r#", "grants": {"net": ["*"]}"#,
    );
    let lines = plan
        .run(&["r", "talks", "i", "m", "x", "r", "exits", "i", "m", "x", "s", "0", "i", "m", "x"]);
    assert_eq!(lines[..2], ["resolved", "0"]);
    assert_error(&lines[3], "exec-trap", &["exit code 7"]);
    assert_eq!(lines[4], "0");
}

#[test]
fn strict_determinism_excludes_wasi() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    let wasm = with_wasi("(i32.const 5)");
    plan.add_with("it", &wasm, r#", "grants": {"net": ["*"]}"#);
    assert_eq!(plan.run(&["r", "it", "i", "m", "x"]), ["resolved", "5"]);
    plan.policy(r#"{"determinism": "strict"}"#);
    let output = plan.run_with(&[], &["r", "it"]);
    assert_eq!((code(&output), stdout(&output).as_str()), (125, ""));
    crate::assert_says(&output, &["grants", "strict"]);
    plan.add_with("it", &wasm, "");
    assert_error(&plan.run(&["r", "it"])[0], "exec-capability-denied", &["wasi:"]);
}

#[test]
fn a_provider_that_waits_in_the_host_is_stopped_at_its_time_limit() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    let imports = r#"
        (import "wasi:io/poll@0.2.0" (instance $poll
          (export "pollable" (type $pollable (sub resource)))
          (export "[method]pollable.block" (func (param "self" (borrow $pollable))))))
        (alias export $poll "pollable" (type $pollable))
        (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
          (alias outer 1 $pollable (type $outer))
          (export "pollable" (type $own-pollable (eq $outer)))
          (export "subscribe-duration" (func (param "when" u64) (result (own $own-pollable))))))
        (core func $subscribe (canon lower (func $clock "subscribe-duration")))
        (core func $block (canon lower (func $poll "[method]pollable.block")))"#;
    let beside = r#"
        (import "clock" "subscribe" (func $subscribe (param i64) (result i32)))
        (import "clock" "block" (func $block (param i32)))"#;
    let body = |nanoseconds: &str| {
        format!("(call $block (call $subscribe (i64.const {nanoseconds}))) {ECHO}")
    };
    let waits = |nanoseconds: &str| {
        let with = r#"(with "clock" (instance (export "subscribe" (func $subscribe)) (export "block" (func $block))))"#;
        Provider { imports, core_imports: beside, with, ..provider(&body(nanoseconds)) }.wasm()
    };
    let fields = r#", "grants": {}, "limits": {"time_ms": 300}"#;
    plan.add_with("short", &waits("20000000"), fields).add_with(
        "long",
        &waits("3600000000000"),
        fields,
    );
    plan.compile();
    let begin = std::time::Instant::now();
    let lines = plan
        .run(&["r", "short", "i", "m", "x", "r", "long", "i", "m", "x", "s", "0", "i", "m", "y"]);
    assert_eq!(lines[..3], ["resolved", "x", "resolved"]);
    assert_error(&lines[3], "exec-timeout", &["`long`", "time_ms: 300"]);
    assert_eq!(lines[4], "y");
    assert!(begin.elapsed() < std::time::Duration::from_secs(20));
}

/// A provider that opens `data/f` again and again, and says how often it could.
fn opener() -> Vec<u8> {
    with_wasi(
        "(local $n i32)
        (call $get-directories (i32.const 0))
        (block $full (loop $more
          (call $open-at (i32.load (i32.load (i32.const 0))) (i32.const 0) (i32.const 32) (i32.const 1)
            (i32.const 0) (i32.const 1) (i32.const 16))
          (br_if $full (i32.load8_u (i32.const 16)))
          (local.set $n (i32.add (local.get $n) (i32.const 1)))
          (br_if $more (i32.lt_u (local.get $n) (i32.const 63)))))
        (local.get $n)",
    )
}

#[test]
fn a_provider_has_no_more_than_its_share_of_descriptors() {
    let place = Place::new();
    std::fs::create_dir(place.path("data")).expect("can make");
    std::fs::write(place.path("data/f"), "x").expect("room");
    let mut plan = Plan::new(&place);
    let grants = r#"{"dirs": ["data::/d:ro"], "net": ["127.0.0.1:1"]}"#;
    let fields = format!(r#", "limits": {{"descriptors": 10}}, "grants": {grants}"#);
    plan.add_with("it", &opener(), &fields);
    // The granted folder is one of them.
    assert_eq!(plan.run(&["r", "it", "i", "m", "x"]), ["resolved", "9"]);

    plan.add_with("it", &opener(), &format!(r#", "grants": {grants}"#));
    assert_eq!(plan.run(&["r", "it", "i", "m", "x"]), ["resolved", "o"], "63");
    let path = plan.write();
    let script =
        "ulimit -n 64; exec \"$0\" run --plan \"$1\" --allow-unsigned-grants \"$2\" -- r it i m x";
    let mut command = std::process::Command::new("sh");
    command.args(["-c", script, env!("CARGO_BIN_EXE_composectl")]).arg(&path);
    command.arg(super::consumer(&place)).env("PYLON_CACHE_DIR", place.path("cache"));
    let opened = super::lines(&command.output().expect("starts"));
    let count = opened[1].as_bytes()[0] - b'0';
    assert!((5..32).contains(&count), "half of them are its callers': {count}");
}

#[test]
fn the_program_and_its_providers_have_a_bound_together() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    plan.add("echo", ECHO);
    // The consumer has 4 MiB, each provider 128 KiB.
    let path = plan.write();
    let path = path.to_str().expect("UTF-8");
    let words = ["a", "echo"];
    let lines = |flags: &[&str]| {
        let flags = [&["--plan", path], flags].concat();
        super::lines(&place.run(&flags, &super::consumer(&place), &words))
    };
    let with_flag = lines(&["--max-total-memory", "6M"]);
    let count: u32 = with_flag[0].parse().expect("a number");
    assert!((4..=16).contains(&count), "{with_flag:?}");
    assert_error(&with_flag[1], "exec-resource-exhausted", &["total_memory_bytes", "6291456"]);

    plan.policy(r#"{"limits": {"total_memory_bytes": 6291456}}"#);
    let with_plan = plan.run(&words);
    assert_eq!(with_plan, with_flag);
    // What is dropped is given back.
    assert_eq!(plan.run(&["l", "100", "echo"]).len(), 1);
}
