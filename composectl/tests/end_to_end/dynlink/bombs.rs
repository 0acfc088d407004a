//! Providers that are hard to come by: to fetch, or to compile. Nobody waits for them longer than there is time for.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use super::nesting::forward;
use super::{ECHO, Plan, assert_error, provider};
use crate::Place;
use crate::compiling::{many_functions, section, slow};

/// A provider with this core module in it: a section of its own at the end.
fn with_module(wasm: &[u8]) -> Vec<u8> {
    const CORE_MODULE: u8 = 1;
    [provider(ECHO).wasm(), section(CORE_MODULE, wasm)].concat()
}

/// The lines of a run that must not take long.
#[track_caller]
fn soon(plan: &Plan<'_>, commands: &[&str]) -> Vec<String> {
    let begin = Instant::now();
    let lines = plan.run(commands);
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
    lines
}

#[test]
fn a_provider_that_is_slow_to_compile_does_not_hold_up_its_caller() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    let slow = with_module(&slow());
    plan.add("good", ECHO).add_with("slow", &slow, r#", "limits": {"time_ms": 1000}"#);
    let lines = soon(&plan, &["r", "slow", "r", "good", "i", "m", "lives"]);
    assert_error(&lines[0], "exec-timeout", &["`slow`", "longer to compile", "precompile"]);
    assert_eq!(lines[1..], ["resolved", "lives"]);
}

#[test]
fn a_provider_may_not_wait_for_compiling_beyond_its_own_time() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    plan.add("good", ECHO);
    plan.add_with("outer", &forward().wasm(), r#", "limits": {"time_ms": 1000}"#);
    plan.compile();
    plan.add_with("slow", &with_module(&slow()), "");
    plan.bind("outer", "next", "slow");
    let lines = soon(&plan, &["r", "outer", "i", "m", "x", "r", "good", "i", "m", "lives"]);
    assert_eq!(lines[0], "resolved");
    assert_error(&lines[1], "exec-timeout", &[]);
    assert_eq!(lines[2..], ["resolved", "lives"]);
}

#[test]
fn a_provider_that_takes_much_to_compile_is_refused() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    plan.add("good", ECHO)
        .add_with("many", &with_module(&many_functions(250_001, 0)), "")
        .add_with("large", &with_module(&many_functions(200_000, 0)), "");
    let lines = soon(&plan, &["r", "many", "r", "large", "r", "good", "i", "m", "lives"]);
    assert_error(&lines[0], "exec-resource-exhausted", &["`many`", "more than 250000 functions"]);
    assert_error(&lines[1], "exec-resource-exhausted", &["`large`", "MiB of memory"]);
    assert_eq!(lines[2..], ["resolved", "lives"]);
}

#[test]
fn a_registry_that_takes_its_time_does_not_hold_up_the_caller() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 1000]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
            while stream.write_all(b" ").is_ok() {
                std::thread::sleep(Duration::from_millis(300));
            }
        }
    });
    let place = Place::new();
    let mut plan = Plan::new(&place);
    let source = format!(r#", "limits": {{"time_ms": 500}}, "source": "oci:{address}/demo:1""#);
    plan.add("good", ECHO).add_with("far", &provider("(call $fail)").wasm(), &source);
    std::fs::remove_file(plan.blob_of("far")).expect("it was put");
    let lines = soon(&plan, &["r", "far", "r", "good", "i", "m", "lives"]);
    assert_error(&lines[0], "exec-timeout", &["fetching", "composectl pull"]);
    assert_eq!(lines[1..], ["resolved", "lives"]);
}
