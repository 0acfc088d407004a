//! Providers that misbehave. Each gives its caller the documented code, and nothing else changes.

use std::time::{Duration, Instant};

use super::{ECHO, Plan, Provider, assert_error, hex, provider, run_measured};
use crate::{Place, code, stdout};

/// Resolves `bad`, calls it twice, and then does the same with a good provider and with `bad` again.
#[track_caller]
fn attack(wasm: &[u8], fields: &str, expected: &str, parts: &[&str]) {
    let place = Place::new();
    let plan = good_and_bad(&place, wasm, fields);
    let lines = plan.run(&[
        "r", "good", "r", "bad", "i", "method", "x", "i", "method", "x", "s", "0", "i", "m",
        "lives", "r", "bad", "i", "method", "x",
    ]);
    assert_eq!(lines.len(), 7, "{lines:?}");
    assert_eq!(lines[..2], ["resolved"; 2]);
    assert_error(&lines[2], expected, parts);
    assert_eq!(lines[3], lines[2], "the instance has ended");
    assert_eq!(lines[4], "lives");
    assert_eq!(lines[5], "resolved", "the next resolve gives a fresh one");
    assert_eq!(lines[6], lines[2]);
}

/// As [`attack`], by a provider that cannot even be resolved.
#[track_caller]
fn attack_at_start(wasm: &[u8], fields: &str, expected: &str, parts: &[&str]) {
    let place = Place::new();
    let plan = good_and_bad(&place, wasm, fields);
    let lines = plan.run(&["r", "bad", "r", "good", "i", "m", "lives", "r", "bad"]);
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert_error(&lines[0], expected, parts);
    assert_eq!(lines[1..3], ["resolved", "lives"]);
    assert_eq!(lines[3], lines[0]);
}

/// A plan of a good provider, and of `bad` with these fields.
fn good_and_bad<'a>(place: &'a Place, wasm: &[u8], fields: &str) -> Plan<'a> {
    let mut plan = Plan::new(place);
    plan.add("good", ECHO).add_with("bad", wasm, fields);
    // So that it is not compiling what takes the time.
    if fields == SHORT {
        plan.compile();
    }
    plan
}

const SHORT: &str = r#", "limits": {"time_ms": 100}"#;

#[test]
fn a_trap_is_an_error_value_that_says_where() {
    let body = "(call $inner) unreachable";
    let trap = Provider { beside: "(func $inner unreachable)", ..provider(body) };
    attack(
        &trap.wasm(),
        "",
        "exec-trap",
        &["`bad`", "`method`", "unreachable", "in inner < handle"],
    );
}

#[test]
fn every_kind_of_trap_is_an_error_value() {
    for (body, reason) in [
        ("(i32.load (i32.const -4))", "out of bounds memory access"),
        ("(i32.div_u (i32.const 1) (i32.const 0))", "integer divide by zero"),
        ("(i32.trunc_f32_s (f32.const nan))", "invalid conversion to integer"),
    ] {
        attack(&provider(body).wasm(), "", "exec-trap", &[reason]);
    }
}

#[test]
fn a_provider_that_spins_is_stopped_at_its_time_limit() {
    let begin = Instant::now();
    attack(&provider("(loop (br 0)) unreachable").wasm(), SHORT, "exec-timeout", &["time_ms: 100"]);
    let took = begin.elapsed();
    assert!(took >= Duration::from_millis(200) && took < Duration::from_secs(20), "{took:?}");
}

/// The most that a plan can say: no clock.
const UNTIMED: &str = r#", "limits": {"time_ms": 86400000}"#;

#[test]
fn a_provider_with_all_the_time_there_is_ends_as_any_other() {
    attack(&provider("unreachable").wasm(), UNTIMED, "exec-trap", &["`method`", "unreachable"]);
}

#[test]
fn a_policy_of_the_host_has_its_time_measured() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    let spins = provider("(loop (br 0)) unreachable").wasm();
    plan.add_with("bad", &spins, UNTIMED).policy(r#"{"limits": {"cpu_ms": 100}}"#);
    plan.compile();
    let lines = plan.run(&["r", "bad", "i", "method", "x"]);
    assert_error(&lines[1], "exec-timeout", &["time_ms: 100"]);
}

#[test]
fn a_provider_that_recurses_is_stopped() {
    let endless = Provider {
        beside: "(func $down (param i32) (result i32) (i32.add (i32.const 1) (call $down (local.get 0))))",
        ..provider("(call $down (i32.const 0))")
    };
    attack(&endless.wasm(), "", "exec-resource-exhausted", &["recursed too deep"]);
}

#[test]
fn a_provider_that_allocates_without_end_gets_no_more_and_is_named_for_it() {
    // What a C library does when malloc fails, at the latest.
    let body =
        r#"(loop (br_if 0 (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable"#;
    let fields = r#", "limits": {"memory_bytes": 16777216}"#;
    attack(
        &provider(body).wasm(),
        fields,
        "exec-resource-exhausted",
        &["16777216 bytes (memory_bytes)"],
    );
}

#[test]
fn a_provider_that_copes_with_failed_growth_lives_on() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    plan.add_with(
        "copes",
        &provider(&format!("(drop (memory.grow (i32.const 65000))) {ECHO}")).wasm(),
        r#", "limits": {"memory_bytes": 16777216}"#,
    );
    assert_eq!(plan.run(&["r", "copes", "i", "m", "a", "i", "m", "b"]), ["resolved", "a", "b"]);
}

#[test]
fn memories_too_large_from_the_start_are_refused() {
    let large = Provider { memory: "1000", ..provider(ECHO) };
    let fields = r#", "limits": {"memory_bytes": 16777216}"#;
    attack_at_start(&large.wasm(), fields, "exec-resource-exhausted", &["`bad`", "memory_bytes"]);
}

#[test]
fn tables_memories_and_instances_are_bounded() {
    let one = |content: &str| {
        let mut text = format!("(core module $part {content})");
        text.push_str(&"(core instance (instantiate $part))".repeat(6));
        Provider { imports: &text, ..provider(ECHO) }.wasm()
    };
    attack_at_start(&one("(memory 1)"), "", "exec-resource-exhausted", &["memor"]);
    let fields = r#", "limits": {"tables": 5}"#;
    attack_at_start(&one("(table 1 funcref)"), fields, "exec-resource-exhausted", &["table"]);
    let fields = r#", "limits": {"instances": 5}"#;
    attack_at_start(&one(""), fields, "exec-resource-exhausted", &["instance"]);
    let fields = r#", "limits": {"table_elements": 1000}"#;
    attack_at_start(&one("(table 1001 funcref)"), fields, "exec-resource-exhausted", &["table"]);
}

#[test]
fn a_huge_reply_is_an_error_and_is_not_copied() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    // All of a memory of 1 GiB.
    let huge =
        Provider { memory: "16384", ..provider("(call $ok (i32.const 0) (i32.const 1073741824))") };
    plan.add("good", ECHO).add_with(
        "bad",
        &huge.wasm(),
        r#", "limits": {"memory_bytes": 2147483648}"#,
    );
    let commands =
        ["r", "good", "r", "bad", "n", "m", "", "n", "m", "", "s", "0", "i", "m", "lives"];
    let (lines, most) = run_measured(&plan, &commands);
    assert_error(&lines[2], "exec-resource-exhausted", &["payload_bytes"]);
    assert_eq!(lines[3], lines[2]);
    assert_eq!(lines[4], "lives");
    assert!(most < 400 << 20, "{most} bytes");
}

#[test]
fn a_reply_just_above_its_limit_is_an_error() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    plan.add_with(
        "it",
        &provider("(call $ok (i32.const 0) (i32.const 1001))").wasm(),
        r#", "limits": {"payload_bytes": 1000}"#,
    );
    plan.add_with(
        "ok",
        &provider("(call $ok (i32.const 0) (i32.const 1000))").wasm(),
        r#", "limits": {"payload_bytes": 1000}"#,
    );
    let lines = plan.run(&["r", "it", "n", "m", "", "r", "ok", "n", "m", ""]);
    assert_error(&lines[1], "exec-resource-exhausted", &["1001 bytes", "1000 (payload_bytes)"]);
    assert_eq!(lines[2..], ["resolved", "1000"]);
}

#[test]
fn a_payload_above_the_limit_is_an_error_that_the_provider_survives() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    plan.add_with("it", &provider(ECHO).wasm(), r#", "limits": {"payload_bytes": 100000}"#);
    let lines = plan.run(&[
        "r",
        "it",
        "z",
        "m",
        "100001",
        "z",
        "m",
        "100000",
        "z",
        "m",
        "2000000000",
        "i",
        "m",
        "x",
    ]);
    assert_error(&lines[1], "invalid-input", &["100001 bytes", "100000 (payload_bytes)"]);
    assert_eq!(lines[2], "100000");
    assert_error(&lines[3], "invalid-input", &["2000000000 bytes"]);
    assert_eq!(lines[4], "x");
}

#[test]
fn a_reply_that_lies_about_its_place_or_length_is_an_error() {
    for body in [
        "(call $ok (i32.const 0) (i32.const 131073))",
        "(call $ok (i32.const 0) (i32.const -1))",
        "(call $ok (i32.const -8) (i32.const 16))",
        "(call $ok (i32.const 131072) (i32.const 1))",
        // The result itself.
        "(i32.const -4)",
        "(i32.const 1)",
        "(i32.const 131060)",
        // No such case.
        "(i32.store8 (i32.const 0) (i32.const 2)) (i32.const 0)",
        // The error's texts.
        "(drop (call $fail)) (i32.store (i32.const 8) (i32.const -1)) (i32.const 0)",
        "(drop (call $fail)) (i32.store (i32.const 4) (i32.const 131071)) (i32.const 0)",
        "(drop (call $fail)) (i32.store8 (i32.const 160) (i32.const 0xff)) (i32.const 0)",
        "(drop (call $fail)) (i32.store8 (i32.const 20) (i32.const 7)) (i32.const 0)",
    ] {
        let place = Place::new();
        let lines = Plan::new(&place)
            .add("bad", body)
            .add("good", ECHO)
            .run(&["r", "bad", "i", "m", "x", "i", "m", "x", "r", "good", "i", "m", "lives"]);
        let known = ["exec-trap|", "exec-resource-exhausted|"];
        assert!(known.iter().any(|code| lines[1].starts_with(code)), "{body}: {}", lines[1]);
        assert_eq!(lines[2], lines[1], "{body}");
        assert_eq!(lines[3..], ["resolved", "lives"], "{body}");
    }
}

#[test]
fn a_provider_cannot_call_back_into_its_caller() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    // `next` is what called it: it gets a fresh instance of that, whose memory is its own.
    let body = r#"
        (i32.store8 (i32.const 600) (i32.add (i32.load8_u (i32.const 600)) (i32.const 1)))
        (call $resolve (i32.const 400) (i32.const 4) (i32.const 0))
        (if (i32.load8_u (i32.const 0)) (then (return (i32.const 0))))
        (i32.store (i32.const 416) (i32.load (i32.const 4)))
        (call $invoke (i32.load (i32.const 416)) (local.get $method) (local.get $method-length)
          (local.get $payload) (local.get $length) (i32.const 0))
        (if (i32.ne (i32.load8_u (i32.const 600)) (i32.const 1)) (then unreachable))
        (i32.const 0)"#;
    let it =
        Provider { resolves: true, beside: r#"(data (i32.const 400) "next")"#, ..provider(body) };
    let wasm = it.wasm();
    plan.add_with("a", &wasm, "").add_with("b", &wasm, "").add("c", ECHO);
    plan.bind("a", "next", "b").bind("b", "next", "c");
    assert_eq!(plan.run(&["r", "a", "i", "m", "x"]), ["resolved", "x"]);
    // A cycle is not even a plan.
    plan.bind("c", "next", "a");
    let output = plan.run_with(&[], &["r", "a"]);
    assert_eq!((code(&output), stdout(&output).as_str()), (125, ""));
    crate::assert_says(&output, &["plan-cycle-detected"]);
}

#[test]
fn what_was_not_granted_is_refused_before_anything_is_compiled() {
    for import in [
        r#"(import "wasi:clocks/wall-clock@0.2.0" (instance))"#,
        r#"(import "wasi:filesystem/preopens@0.2.0" (instance))"#,
        r#"(import "wasi:sockets/tcp@0.2.0" (instance))"#,
        r#"(import "some:other/thing@1.0.0" (instance))"#,
        r#"(import "plain" (func))"#,
    ] {
        let place = Place::new();
        let mut plan = Plan::new(&place);
        let wasm = Provider { imports: import, ..provider(ECHO) }.wasm();
        plan.add("good", ECHO).add_with("bad", &wasm, "");
        let name = import.split('"').nth(1).expect("has a name");
        let lines = plan.run(&["r", "bad", "r", "good", "i", "m", "lives"]);
        assert_error(&lines[0], "exec-capability-denied", &["`bad`", name]);
        assert_eq!(lines[1..], ["resolved", "lives"]);
        let compiled = std::fs::read_dir(place.cache()).expect("made").flatten();
        let digest = hex(&wasm);
        assert!(
            !compiled
                .into_iter()
                .any(|entry| entry.file_name().to_string_lossy().starts_with(&digest)),
            "{name}: it was compiled"
        );
    }
}

#[test]
fn what_is_no_provider_is_refused() {
    let other = Provider { export: "some:other/endpoint@0.1.0", ..provider(ECHO) }.wasm();
    attack_at_start(&other, "", "exec-missing-export", &["compose:dynlink/endpoint@0.1.0"]);
    let later = Provider { export: "compose:dynlink/endpoint@0.2.0", ..provider(ECHO) }.wasm();
    attack_at_start(&later, "", "exec-missing-export", &[]);
    let typed = wat::parse_str(
        r#"(component (core module $m (func (export "f"))) (core instance $i (instantiate $m))
             (func $f (canon lift (core func $i "f"))) (instance $e (export "handle" (func $f)))
             (export "compose:dynlink/endpoint@0.1.0" (instance $e)))"#,
    );
    attack_at_start(&typed.expect("well-formed"), "", "exec-missing-export", &["another type"]);
    let empty = wat::parse_str(
        r#"(component (instance $e) (export "compose:dynlink/endpoint@0.1.0" (instance $e)))"#,
    );
    attack_at_start(&empty.expect("well-formed"), "", "exec-missing-export", &["handle"]);
    attack_at_start(b"no component at all", "", "emit-link-error", &["`bad`"]);
    let core = wat::parse_str("(module)").expect("well-formed");
    attack_at_start(&core, "", "emit-link-error", &["`bad`"]);
}

#[test]
fn a_start_function_that_misbehaves_is_an_error() {
    let start = |body: &str| {
        let beside = format!("(func $begin {body}) (start $begin)");
        Provider { beside: &beside, ..provider(ECHO) }.wasm()
    };
    attack_at_start(&start("unreachable"), "", "exec-trap", &["`bad` at its start", "unreachable"]);
    attack_at_start(&start("(loop (br 0))"), SHORT, "exec-timeout", &["at its start"]);
    attack_at_start(&start("(call $begin)"), "", "exec-resource-exhausted", &["recursed too deep"]);
}

#[test]
fn a_session_that_misbehaves_is_an_error() {
    let session = |body: &'static str| Provider { session: body, ..provider(ECHO) }.wasm();
    attack_at_start(&session("unreachable"), "", "exec-trap", &["`session`"]);
    attack_at_start(&session("(loop (br 0)) unreachable"), SHORT, "exec-timeout", &["`session`"]);
}

#[test]
fn texts_of_guests_cannot_break_a_trace_line() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    plan.add("echo", ECHO);
    let output =
        plan.run_with(&["--trace"], &["r", "echo", "i", "a\nb\x1b[31m", "x", "r", "no\nne"]);
    let said = crate::stderr(&output);
    assert!(said.contains("invoke echo a\\nb\\u{1b}[31m: 1 -> 1"), "{said}");
    assert!(said.lines().all(|line| line.starts_with("composectl: trace: ")), "{said}");
}

/// An error value is composectl's text; a guest that prints it, as Python does, prints what the plan's author wrote.
#[test]
fn what_an_error_value_quotes_is_escaped() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    let fields = r#", "grants": {"dirs": ["no\r\u001b[2K\u202efolder"]}"#;
    plan.add_with("bad", &provider(ECHO).wasm(), fields);
    let lines = plan.run(&["r", "bad", "r", "x\r\x1b[2K"]);
    assert_error(&lines[0], "exec-capability-denied", &["no\\r\\u{1b}[2K\\u{202e}folder"]);
    assert_error(&lines[1], "emit-link-error", &["`x\\r\\u{1b}[2K`"]);
}
