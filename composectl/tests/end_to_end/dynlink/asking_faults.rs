//! What goes wrong while a provider asks: it or its consumer fails, takes its time, or is gone.

use super::asking::{asker, with_asker};
use super::nesting::{bottomless, deep, deep_beside};
use super::{ECHO, Plan, Provider, answerer, assert_error, lines, measured, provider};
use crate::{Place, code, stderr};

#[test]
fn what_ends_a_provider_after_an_answer_is_an_error_value_that_stays() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    plan.add_with(
        "asker",
        &asker().wasm(),
        r#", "limits": {"time_ms": 200, "memory_bytes": 20000000}"#,
    );
    plan.compile();
    for (method, expected, what) in [
        ("t", "exec-trap", "unreachable"),
        ("s", "exec-timeout", "time_ms"),
        ("d", "exec-resource-exhausted", "recursed too deep"),
        ("g", "exec-resource-exhausted", "memory_bytes"),
    ] {
        let lines = plan.ask(&[
            "r", "asker", "c", method, "x", "y", "1", "y", "2", "c", "E", "x", "i", "E", "x", "x",
            "r", "asker", "c", "a", "x", "y", "1",
        ]);
        assert_error(&lines[2], expected, &["`asker`", what]);
        assert_eq!(lines[3..6], [&lines[2][..]; 3]);
        assert_eq!(lines[6..], ["resolved", "asks|a|x", "done|1"]);
    }
}

#[test]
fn what_ends_a_provider_in_an_inner_call_ends_the_outer_ones() {
    let place = Place::new();
    let plan = with_asker(&place);
    for inner in [["c", "T", "x"], ["i", "T", "x"]] {
        let commands =
            [&["r", "asker", "c", "a", "1", "c", "b", "2"], &inner[..], &["y", "x", "y", "x"]];
        let lines = plan.ask(&commands.concat());
        assert_error(&lines[3], "exec-trap", &["unreachable"]);
        assert_eq!(lines[4..], [&lines[3][..]; 2]);
    }
    // Returning while the consumer waits for an inner reply.
    let lines = plan.ask(&["r", "asker", "c", "O", "1", "c", "E", "2", "y", "x"]);
    assert_error(&lines[2], "exec-trap", &["returned from `O`", "1 calls inside"]);
    assert_eq!(lines[3], lines[2]);
}

#[test]
fn a_provider_that_waits_can_be_dropped_or_left() {
    let place = Place::new();
    let plan = with_asker(&place);
    let lines = plan.ask(&[
        "r", "asker", "c", "a", "1", "c", "a", "2", "x", "r", "asker", "c", "a", "3", "y", "three",
        "c", "a", "4",
    ]);
    let expected =
        ["resolved", "asks|a|1", "asks|a|2", "resolved", "asks|a|3", "done|three", "asks|a|4"];
    assert_eq!(lines, expected);
}

#[test]
fn dropping_ten_thousand_that_wait_keeps_memory_flat() {
    let place = Place::new();
    let plan = with_asker(&place);
    let program = answerer(&place);
    lines(&plan.run_by(&program, &[], &["r", "asker"]));
    let run = |count| measured(&plan, &program, &["f", count, "asker"]).1;
    let (few, many) = (run("500"), run("10000"));
    assert!(many < few + (4 << 20), "{few} bytes after 500, {many} after 10000");
}

#[test]
fn instances_that_ask_take_little_memory() {
    let place = Place::new();
    let mut plan = with_asker(&place);
    plan.policy(r#"{"limits": {"live_instances": 400}}"#);
    let program = answerer(&place);
    lines(&plan.run_by(&program, &[], &["r", "asker", "r", "echo"]));
    let (_, plain) = measured(&plan, &program, &["a", "echo"]);
    let (_, asking) = measured(&plan, &program, &["a", "asker"]);
    // A stack of each, of which few pages were touched, wherever there are huge ones.
    assert!(asking < plain + 400 * (64 << 10), "{plain} bytes, {asking} of those that ask");
}

#[test]
fn the_time_of_a_consumer_is_not_that_of_its_provider() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    plan.add_with("asker", &asker().wasm(), r#", "limits": {"time_ms": 300}"#);
    plan.compile();
    let lines = plan.ask(&[
        "r", "asker", "c", "a", "x", "w", "700", "c", "b", "y", "w", "400", "y", "1", "y", "2",
        "c", "s", "x", "w", "700", "y", "1",
    ]);
    assert_eq!(lines[1..6], ["asks|a|x", "asks|b|y", "done|1", "done|2", "asks|s|x"]);
    assert_error(&lines[6], "exec-timeout", &["time_ms: 300"]);
}

#[test]
fn a_provider_that_asks_for_ever_is_stopped_at_its_time_limit() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    plan.add_with("asker", &asker().wasm(), r#", "limits": {"time_ms": 200}"#);
    plan.compile();
    let lines = plan.ask(&["r", "asker", "k", "m", "x", "r", "asker", "i", "E", "x"]);
    assert!(lines[1].parse::<u64>().expect("a number") > 1, "{lines:?}");
    assert_error(&lines[2], "exec-timeout", &["time_ms: 200"]);
    assert_eq!(lines[3..], ["resolved", "x"]);
}

#[test]
fn every_level_below_one_that_asks_may_use_its_whole_stack() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    let (plain, asking) = (deep_beside(""), deep_beside(""));
    let asks_first = deep_beside(
        r#"(drop (call $converse (local.get $method) (local.get $method-length) (local.get $payload)
             (local.get $length)))"#,
    );
    let (plain, asking) = (deep(&plain, false), deep(&asking, true));
    let first = deep(&asks_first, true);
    plan.policy(r#"{"limits": {"depth": 64}}"#);
    plan.add_with("p1", &first, "").add_with("p64", &bottomless(), "");
    for level in 1..64 {
        plan.bind(&format!("p{level}"), "next", &format!("p{}", level + 1));
    }
    // All below on the first one's stack; all on stacks of their own; and by turns.
    for kinds in [[&plain, &plain], [&asking, &asking], [&plain, &asking]] {
        for level in 2..64 {
            plan.add_with(&format!("p{level}"), kinds[level % 2], "");
        }
        for flags in [&[][..], &["--timeout", "1h"]] {
            let commands = ["r", "p1", "c", "m", "x", "y", "1", "r", "p64"];
            let output = plan.run_by(&answerer(&place), flags, &commands);
            assert_eq!(code(&output), 0, "{}", stderr(&output));
            let lines = lines(&output);
            assert_eq!(lines[1], "asks|m|x");
            assert_error(&lines[2], "exec-resource-exhausted", &["`p64`", "recursed too deep"]);
            assert_eq!(lines[3], "resolved");
        }
    }
}

#[test]
fn calls_inside_of_each_other_share_the_stack_of_their_provider() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    // Each takes a third of it.
    let body = r#"(call $deep (i32.const 32000) (local.get $method) (local.get $method-length)
                    (local.get $payload) (local.get $length))"#;
    let beside = r#"(func $deep (param $n i32) (param $method i32) (param $method-length i32) (param $payload i32)
             (param $length i32) (result i32)
             (if (result i32) (local.get $n)
               (then (i32.add (i32.const 0) (call $deep (i32.sub (local.get $n) (i32.const 1))
                 (local.get $method) (local.get $method-length) (local.get $payload) (local.get $length))))
               (else (drop (call $converse (local.get $method) (local.get $method-length)
                 (local.get $payload) (local.get $length))) (call $answered))))"#;
    plan.add_with("deep", &Provider { asks: true, beside, ..provider(body) }.wasm(), "");
    plan.add("echo", ECHO);
    let mut commands = vec!["r", "deep"];
    commands.extend(["c", "a", "x"].repeat(6));
    commands.extend(["x", "r", "echo", "i", "m", "x"]);
    let lines = plan.ask(&commands);
    assert_eq!(lines[1..3], ["asks|a|x"; 2]);
    assert_error(&lines[6], "exec-resource-exhausted", &["recursed too deep"]);
    assert_eq!(lines[7..], ["resolved", "x"]);
}
