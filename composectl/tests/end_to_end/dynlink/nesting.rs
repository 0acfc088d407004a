//! Providers that resolve providers: a tree of stores.

use super::{ECHO, Plan, Provider, assert_error, provider};
use crate::{Place, code, stderr};

/// Resolves `next`, passes its own call on to it and gives back what came of that.
const FORWARD: &str = r#"
    (call $resolve (i32.const 400) (i32.const 4) (i32.const 0))
    (if (i32.load8_u (i32.const 0)) (then (return (i32.const 0))))
    (i32.store (i32.const 416) (i32.load (i32.const 4)))
    (call $invoke (i32.load (i32.const 416)) (local.get $method) (local.get $method-length)
      (local.get $payload) (local.get $length) (i32.const 0))
    (call $drop (i32.load (i32.const 416)))
    (i32.const 0)"#;

/// A provider that passes its calls on to `next`.
pub fn forward() -> Provider<'static> {
    Provider { resolves: true, beside: r#"(data (i32.const 400) "next")"#, ..provider(FORWARD) }
}

/// A provider that recurses almost to the end of its stack, there asks if it may, and calls `next`.
pub fn deep(beside: &str, asks: bool) -> Vec<u8> {
    let body = r#"(call $deep (i32.const 9000) (local.get $method) (local.get $method-length)
                    (local.get $payload) (local.get $length))"#;
    Provider { resolves: true, beside, asks, ..provider(body) }.wasm()
}

/// What stands beside it; `bottom`: what it does before it calls.
pub fn deep_beside(bottom: &str) -> String {
    format!(
        r#"(data (i32.const 400) "next")
           (func $deep (param $n i32) (param $method i32) (param $method-length i32) (param $payload i32)
             (param $length i32) (result i32)
             (if (result i32) (local.get $n)
               (then (i32.add (i32.const 0) (call $deep (i32.sub (local.get $n) (i32.const 1))
                 (local.get $method) (local.get $method-length) (local.get $payload) (local.get $length))))
               (else {bottom} {FORWARD})))"#
    )
}

/// A provider that recurses for ever.
pub fn bottomless() -> Vec<u8> {
    let beside =
        "(func $fall (param i32) (result i32) (i32.add (i32.const 1) (call $fall (local.get 0))))";
    let body = "(call $fall (i32.const 0)) drop (call $ok (i32.const 0) (i32.const 0))";
    Provider { beside, ..provider(body) }.wasm()
}

#[test]
fn a_provider_may_resolve_what_the_plan_binds_to_it() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    plan.add("echo", ECHO).add_with("outer", &forward().wasm(), "").bind("outer", "next", "echo");
    assert_eq!(
        plan.run(&["r", "outer", "i", "m", "deep", "i", "m", "er"]),
        ["resolved", "deep", "er"]
    );
    let said = stderr(&plan.run_with(&["--trace"], &["r", "outer", "i", "m", "deep"]));
    for part in [
        "trace:     resolve echo ",
        "trace:     invoke echo m: 4 -> 4",
        "trace:   invoke outer m: 4 -> 4",
    ] {
        assert!(said.contains(part), "lacks `{part}`:\n{said}");
    }
}

#[test]
fn a_provider_without_a_binding_may_not_import_the_linker() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    plan.add("echo", ECHO).add_with("outer", &forward().wasm(), "");
    let lines = plan.run(&["r", "outer", "r", "echo", "i", "m", "x"]);
    assert_error(
        &lines[0],
        "exec-capability-denied",
        &["`outer`", "compose:dynlink/linker@0.1.0", "consumer_id"],
    );
    assert_eq!(lines[1..], ["resolved", "x"]);
}

#[test]
fn a_provider_may_not_resolve_what_is_bound_to_another() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    plan.add("echo", ECHO).add_with("outer", &forward().wasm(), "").bind("outer", "other", "echo");
    let lines = plan.run(&["r", "outer", "i", "m", "x", "r", "echo"]);
    assert_eq!((&lines[0][..], &lines[2][..]), ("resolved", "resolved"));
    assert_error(&lines[1], "emit-link-error", &["next"]);
}

#[test]
fn an_error_inside_passes_through_and_the_outer_one_lives_on() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    plan.add(
        "next",
        "(if (i32.eq (local.get $length) (i32.const 1)) (then unreachable)) (call $fail)",
    );
    plan.add_with("outer", &forward().wasm(), "").bind("outer", "next", "next");
    let lines = plan.run(&["r", "outer", "i", "m", "x", "i", "m", "xx"]);
    assert_error(&lines[1], "exec-trap", &["`next`", "unreachable"]);
    assert_eq!(lines[2], "its-own-code|its message|its context");
}

#[test]
fn nesting_is_bounded_and_unwinds_as_an_error() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    let wasm = forward().wasm();
    for level in 1..=9 {
        plan.add_with(&format!("p{level}"), &wasm, "");
        plan.bind(&format!("p{level}"), "next", &format!("p{}", level + 1));
    }
    plan.add("p10", ECHO);
    let lines =
        plan.run(&["r", "p1", "i", "m", "x", "r", "p3", "i", "m", "x", "r", "p10", "i", "m", "y"]);
    assert_error(&lines[1], "exec-resource-exhausted", &["8 deep"]);
    assert_eq!(lines[2..], ["resolved", "x", "resolved", "y"]);
    // All of them use all of their stack.
    plan.policy(r#"{"limits": {"depth": 12}}"#);
    let lines = plan.run(&["r", "p1", "i", "m", "x"]);
    assert_eq!(lines, ["resolved", "x"]);
}

#[test]
fn every_level_may_use_its_whole_stack() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    let wasm = deep(&deep_beside(""), false);
    for level in 1..=31 {
        plan.add_with(&format!("p{level}"), &wasm, "");
        plan.bind(&format!("p{level}"), "next", &format!("p{}", level + 1));
    }
    plan.add_with("p32", &bottomless(), "");
    plan.policy(r#"{"limits": {"depth": 32}}"#);
    for flags in [&[][..], &["--timeout", "1h"]] {
        let output = plan.run_with(flags, &["r", "p1", "i", "m", "x"]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let lines = super::lines(&output);
        assert_error(&lines[1], "exec-resource-exhausted", &["`p32`", "recursed too deep"]);
    }
}

#[test]
fn instances_alive_at_once_are_bounded() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    plan.add("echo", ECHO).policy(r#"{"limits": {"live_instances": 5}}"#);
    let lines = plan.run(&["a", "echo", "s", "0", "r", "echo"]);
    assert_eq!(lines[0], "5");
    assert_error(&lines[1], "exec-resource-exhausted", &["live_instances"]);
    assert_error(&lines[2], "exec-resource-exhausted", &["live_instances"]);
    let lines = plan.run(&[
        "r", "echo", "r", "echo", "r", "echo", "r", "echo", "r", "echo", "x", "r", "echo", "r",
        "echo",
    ]);
    assert_eq!(lines[..6], ["resolved"; 6]);
    assert_error(&lines[6], "exec-resource-exhausted", &[]);
}

#[test]
fn an_inner_providers_time_ends_with_its_callers() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    plan.add_with("outer", &forward().wasm(), r#", "limits": {"time_ms": 200}"#)
        .bind("outer", "next", "next");
    let begin = std::time::Instant::now();
    // Its own limit is 30 seconds, or none.
    for fields in ["", r#", "limits": {"time_ms": 86400000}"#] {
        plan.add_with("next", &provider("(loop (br 0)) unreachable").wasm(), fields);
        plan.compile();
        let lines = plan.run(&["r", "outer", "i", "m", "x", "r", "outer"]);
        assert_eq!(lines.len(), 3);
        assert_error(&lines[1], "exec-timeout", &[]);
        assert_eq!(lines[2], "resolved");
    }
    assert!(begin.elapsed() < std::time::Duration::from_secs(20));
}
