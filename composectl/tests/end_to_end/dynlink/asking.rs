//! Providers that ask their consumer in the middle of a call, and consumers that call them while they wait.

use super::{ASKER, ECHO, Plan, Provider, answerer, assert_error, lines, provider, section};
use crate::{Place, stderr};

/// A provider that asks its consumer what it is called with, and replies with the answer; what the capital letters and some
/// others do besides is in `asker.wat`.
pub fn asker() -> Provider<'static> {
    Provider {
        asks: true,
        export: "compose:dynlink/endpoint@0.1.1",
        ..provider(section(ASKER, "ASKER_BODY"))
    }
}

pub fn with_asker(place: &Place) -> Plan<'_> {
    let mut plan = Plan::new(place);
    plan.add_with("asker", &asker().wasm(), "").add("echo", ECHO);
    plan
}

const OWN: &str = "its-own-code|its message|its context";

#[test]
fn a_provider_asks_in_the_middle_of_a_call_and_gets_the_answer() {
    let place = Place::new();
    let plan = with_asker(&place);
    let asked = ["r", "asker", "c", "a", "x", "y", "1", "c", "b", "", "y", "", "i", "E", "z"];
    let expected = ["resolved", "asks|a|x", "done|1", "asks|b|", "done|", "z"];
    assert_eq!(plan.ask(&asked), expected);
    let mut untimed = Plan::new(&place);
    untimed.add_with("asker", &asker().wasm(), r#", "limits": {"time_ms": 86400000}"#);
    assert_eq!(untimed.ask(&asked), expected);
    // One that never asks is over at once.
    let lines = plan.ask(&["r", "echo", "c", "m", "x", "c", "m", "y", "y", "1"]);
    assert_eq!(lines[..3], ["resolved", "done|x", "done|y"]);
    assert_error(&lines[3], "invalid-input", &["`echo` has asked nothing"]);
}

/// More exceptions than there is room for at once: wasmtime collects them in the middle of the call.
#[test]
fn a_provider_throws_and_catches_as_often_as_it_likes() {
    let place = Place::new();
    let thrower = Provider {
        beside: "(tag $thrown (param i32))",
        body: "(local $left i32)
            (local.set $left (i32.const 100000))
            (loop $more
              (drop (block $caught (result i32)
                (try_table (catch $thrown $caught) (throw $thrown (local.get $left)))
                unreachable))
              (br_if $more (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
            (call $ok (local.get $payload) (local.get $length))",
        ..asker()
    };
    let mut plan = Plan::new(&place);
    plan.add_with("thrower", &thrower.wasm(), "");
    let lines = plan.ask(&["r", "thrower", "c", "m", "x", "c", "m", "y"]);
    assert_eq!(lines, ["resolved", "done|x", "done|y"]);
}

#[test]
fn questions_are_traced() {
    let place = Place::new();
    let plan = with_asker(&place);
    let commands = ["r", "asker", "c", "a", "x", "c", "bb", "y", "y", "123", "e"];
    let output = plan.run_by(&answerer(&place), &["--trace"], &commands);
    let said = stderr(&output);
    let traced: Vec<_> = said
        .lines()
        .skip_while(|line| !line.contains("resolve asker"))
        .skip(1)
        .map(|line| {
            line.rsplit_once(", ").expect("a time").0.trim_start_matches("composectl: trace: ")
        })
        .collect();
    let expected = [
        "  ask asker bb: 1 -> 3",
        "  invoke asker bb: 1 -> 3",
        "  ask asker a: 1 -> its-own-code",
        "  invoke asker a: 1 -> its-own-code",
    ];
    assert_eq!(traced.iter().map(|line| line.trim()).collect::<Vec<_>>(), expected.map(str::trim));
}

#[test]
fn an_answer_may_be_an_error_which_arrives_unchanged() {
    let place = Place::new();
    let lines =
        with_asker(&place).ask(&["r", "asker", "c", "a", "x", "e", "c", "a", "y", "y", "1"]);
    assert_eq!(lines, ["resolved", "asks|a|x", OWN, "asks|a|y", "done|1"]);
}

#[test]
fn an_answer_may_use_the_same_instance() {
    let place = Place::new();
    let plan = with_asker(&place);
    // Three deep, each asking in turn, and calls without and with questions at the bottom.
    let lines = plan.ask(&[
        "r", "asker", "c", "a", "1", "c", "b", "2", "c", "c", "3", "i", "E", "inner", "c", "E",
        "too", "i", "F", "", "c", "F", "", "y", "three", "c", "w", "4", "e", "y", "two", "y",
        "one", "i", "E", "x",
    ]);
    assert_eq!(
        lines,
        [
            "resolved",
            "asks|a|1",
            "asks|b|2",
            "asks|c|3",
            "inner",
            "done|too",
            OWN,
            OWN,
            "done|three",
            "asks|w|4",
            OWN,
            "done|two",
            "done|one",
            "x"
        ]
    );
}

#[test]
fn an_answer_may_use_another_instance_which_asks_in_turn() {
    let place = Place::new();
    let lines = with_asker(&place).ask(&[
        "r", "asker", "c", "a", "1", "r", "asker", "c", "b", "2", "r", "echo", "i", "m", "x", "s",
        "0", "y", "one", "s", "1", "y", "two",
    ]);
    let expected =
        ["resolved", "asks|a|1", "resolved", "asks|b|2", "resolved", "x", "done|one", "done|two"];
    assert_eq!(lines, expected);
}

#[test]
fn calls_of_one_instance_nest_as_deep_as_the_plan_allows() {
    let place = Place::new();
    let mut plan = with_asker(&place);
    let deeper = ["c", "a", "1", "c", "a", "2", "c", "a", "3", "c", "a", "4", "i", "E", "x"];
    let back = ["y", "3", "y", "2", "y", "1", "y", "0", "i", "E", "x"];
    plan.policy(r#"{"limits": {"depth": 3}}"#);
    let lines = plan.ask(&[&["r", "asker"], &deeper[..], &back].concat());
    assert_eq!(lines[1..4], ["asks|a|1", "asks|a|2", "asks|a|3"]);
    for line in &lines[4..6] {
        assert_error(line, "exec-busy", &["3 calls of provider `asker`", "depth"]);
    }
    assert_eq!(lines[6..9], ["done|3", "done|2", "done|1"]);
    assert_error(&lines[9], "invalid-input", &["asked nothing"]);
    assert_eq!(lines[10], "x");
    plan.policy(r#"{"limits": {"depth": 64}}"#);
    let commands =
        [&["r", "asker"][..], &["c", "a", "x"].repeat(64), &["y", "1"].repeat(64)].concat();
    let lines = plan.ask(&commands);
    assert_eq!((&lines[64][..], &lines[128][..], lines.len()), ("asks|a|x", "done|1", 129));
}

#[test]
fn where_nobody_answers_a_question_is_an_error() {
    let place = Place::new();
    let mut plan = with_asker(&place);
    let refused = "not-implemented|the consumer takes no questions in this call|";
    // A consumer of version 0.1.0, and one that could.
    let commands = ["r", "asker", "i", "a", "x", "i", "E", "x"];
    assert_eq!(plan.run(&commands), ["resolved", refused, "x"]);
    assert_eq!(plan.ask(&commands), ["resolved", refused, "x"]);
    let lines = plan.ask(&["r", "asker", "c", "a", "1", "i", "a", "2", "y", "one"]);
    assert_eq!(lines, ["resolved", "asks|a|1", refused, "done|one"]);
    // At its start and in `session`: traps unless it gets an error.
    let ask = r#"(call $ask (i32.const 160) (i32.const 3) (i32.const 160) (i32.const 3) (i32.const 64))
        (if (i32.eqz (i32.load8_u (i32.const 64))) (then unreachable))"#;
    let session = format!("(block (result i32) {ask} (call $ok (i32.const 300) (i32.const 0)))");
    let start = format!("(func $begin {ask}) (start $begin)");
    plan.add_with("it", &Provider { session: &session, beside: &start, ..asker() }.wasm(), "");
    assert_eq!(plan.ask(&["r", "it", "c", "a", "x", "y", "1"]), ["resolved", "asks|a|x", "done|1"]);
}

#[test]
fn a_reply_to_no_call_is_an_error() {
    let place = Place::new();
    let plan = with_asker(&place);
    let lines = plan.ask(&["r", "asker", "c", "R", "", "c", "a", "x", "y", "1"]);
    assert_error(&lines[1], "invalid-input", &["no call"]);
    assert_eq!(lines[2..], ["asks|a|x", "done|1"]);
}

#[test]
fn what_is_asked_and_answered_has_the_bounds_of_payloads() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    plan.add_with("asker", &asker().wasm(), r#", "limits": {"payload_bytes": 100}"#);
    let lines = plan.ask(&[
        "r", "asker", "q", "a", "101", "q", "E", "100", "c", "Q", "", "c", "a", "1", "q", "E",
        "101", "c", "L", "", "i", "L", "", "o", "100", "c", "b", "2", "o", "101", "c", "c", "3",
        "h", "77", "c", "w", "4", "h", "78",
    ]);
    assert_error(&lines[1], "invalid-input", &["a payload of 101 bytes", "takes 100"]);
    assert_eq!(lines[2].len(), "done|".len() + 100);
    assert_error(&lines[3], "invalid-input", &["a question of 101 bytes; 100"]);
    assert_eq!(lines[4], "asks|a|1");
    assert_error(&lines[5], "invalid-input", &["a payload of 101 bytes"]);
    for line in &lines[6..8] {
        assert_error(line, "internal-error", &["a reply of 101 bytes; 100"]);
    }
    assert_eq!(lines[8].len(), "done|".len() + 100);
    // What the provider gets in place of an answer that is too long; an error of 100 and of 101 bytes.
    assert_eq!(lines[9], "asks|b|2");
    assert_error(&lines[10], "invalid-input", &["an answer of 101 bytes", "takes 100"]);
    assert_eq!(lines[11], "asks|c|3");
    assert!(lines[12].starts_with("its-own-code|"), "{}", lines[12]);
    assert_eq!(lines[13], "asks|w|4");
    assert_error(&lines[14], "invalid-input", &["an answer of 101 bytes"]);
    // A question that is exactly as long as it may be.
    plan.add_with("asker", &asker().wasm(), r#", "limits": {"payload_bytes": 2097152}"#);
    let output =
        plan.run_by(&answerer(&place), &[], &["r", "asker", "q", "a", "2097152", "y", "1"]);
    let told = super::lines(&output);
    assert_eq!((told[1].len(), &told[2][..]), ("asks|a|".len() + (2 << 20), "done|1"));
}

#[test]
fn a_plan_that_forbids_to_invoke_forbids_to_start() {
    let place = Place::new();
    let mut plan = with_asker(&place);
    plan.policy(r#"{"capabilities": [{"name": "dynlink:resolve", "level": "required"}]}"#);
    let lines = plan.ask(&["r", "asker", "c", "a", "x", "y", "1"]);
    for line in &lines[1..] {
        assert_error(line, "exec-capability-denied", &["dynlink:invoke"]);
    }
}

#[test]
fn a_hundred_thousand_questions_keep_memory_flat() {
    let place = Place::new();
    let plan = with_asker(&place);
    let program = answerer(&place);
    lines(&plan.run_by(&program, &[], &["r", "asker"]));
    let run = |thousands: usize| {
        let (lines, most) =
            super::measured(&plan, &program, &["r", "asker", "k", "n", &"x".repeat(thousands)]);
        assert_eq!(lines[1..], [(1000 * thousands).to_string(), "done|x".to_owned()]);
        most
    };
    let (few, many) = (run(5), run(100));
    assert!(many < few + (1 << 20), "{few} bytes after 5,000, {many} after 100,000");
}
