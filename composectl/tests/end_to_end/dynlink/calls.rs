//! What a provider and its caller can rely on.

use super::{ECHO, Plan, assert_error, consumer, hex, lines, provider};
use crate::{Place, assert_says, code, stderr, stdout};

#[test]
fn a_provider_is_resolved_by_name_and_called() {
    let place = Place::new();
    let lines = Plan::new(&place)
        .add("echo", ECHO)
        .run(&["r", "echo", "i", "any", "hello", "i", "any", ""]);
    assert_eq!(lines, ["resolved", "hello", ""]);
}

#[test]
fn a_provider_is_resolved_by_digest() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    plan.add("echo", ECHO);
    let digest = hex(&provider(ECHO).wasm());
    let other = hex(b"something else");
    let lines = plan.run(&["d", &digest, "i", "any", "hello", "d", &other, "d", "00ff", "d", ""]);
    assert_eq!(lines[..2], ["resolved", "hello"]);
    assert_error(&lines[2], "emit-link-error", &[&other, "not in the plan"]);
    assert_error(&lines[3], "emit-invalid-digest", &["32 bytes, this one 2"]);
    assert_error(&lines[4], "emit-invalid-digest", &["32 bytes, this one 0"]);
}

#[test]
fn a_providers_own_error_arrives_unchanged() {
    let place = Place::new();
    let lines = Plan::new(&place)
        .add("fails", "(call $fail)")
        .run(&["r", "fails", "i", "any", "x", "i", "any", "x"]);
    let own = "its-own-code|its message|its context";
    assert_eq!(lines, ["resolved", own, own]);
}

#[test]
fn each_resolve_gives_an_instance_of_its_own() {
    let place = Place::new();
    // Counts its calls.
    let counter = r#"(i32.store8 (i32.const 256) (i32.add (i32.load8_u (i32.const 256)) (i32.const 1)))
                     (i32.store8 (i32.const 260) (i32.add (i32.load8_u (i32.const 256)) (i32.const 48)))
                     (call $ok (i32.const 260) (i32.const 1))"#;
    let lines = Plan::new(&place).add("counter", counter).run(&[
        "r", "counter", "i", "m", "", "i", "m", "", "r", "counter", "i", "m", "", "s", "0", "i",
        "m", "", "x", "s", "1", "i", "m", "",
    ]);
    assert_eq!(lines, ["resolved", "1", "2", "resolved", "1", "3", "2"]);
}

#[test]
fn a_session_seed_of_16_bytes_comes_first_and_is_random() {
    let place = Place::new();
    // Keeps what `session` got (its payload lies at the first address that `realloc` gave out after the method).
    let mut seeded = provider("(call $ok (i32.const 300) (i32.const 18))");
    seeded.session = r#"(block (result i32)
        (memory.copy (i32.const 300) (local.get 2) (local.get 3))
        (if (i32.ne (local.get 3) (i32.const 18)) (then unreachable))
        (if (i32.ne (i32.load16_u (i32.const 300)) (i32.const 0x5081)) (then unreachable))
        ;; Shown as letters.
        (i64.store (i32.const 300) (i64.or (i64.const 0x4040404040404040)
          (i64.and (i64.const 0x1f1f1f1f1f1f1f1f) (i64.load (i32.const 302)))))
        (call $ok (i32.const 0) (i32.const 0)))"#;
    seeded.body = "(call $ok (i32.const 300) (i32.const 8))";
    let wasm = seeded.wasm();
    let lines = Plan::new(&place)
        .add_with("seeded", &wasm, "")
        .run(&["r", "seeded", "i", "m", "", "r", "seeded", "i", "m", ""]);
    assert_eq!((&lines[0][..], &lines[2][..]), ("resolved", "resolved"));
    assert_eq!(lines[1].len(), 8);
    assert_ne!(lines[1], lines[3]);
}

#[test]
fn a_provider_that_cannot_take_its_session_is_not_used() {
    let place = Place::new();
    let mut wrong = provider(ECHO);
    wrong.session = "(call $fail)";
    let wasm = wrong.wasm();
    let lines = Plan::new(&place).add_with("wrong", &wasm, "").run(&["r", "wrong"]);
    assert_error(&lines[0], "its-own-code", &["its message"]);
}

#[test]
fn without_a_plan_resolving_is_an_error_and_not_a_failed_start() {
    let place = Place::new();
    let output = place.run(&[], &consumer(&place), &["r", "echo"]);
    let lines = lines(&output);
    assert_error(
        &lines[0],
        "plan-missing-field",
        &["this run has no plan (composectl run --plan FILE)"],
    );
    let output = place.run(&[], &consumer(&place), &[]);
    assert_eq!((code(&output), stdout(&output).as_str(), stderr(&output).as_str()), (0, "", ""));
}

#[test]
fn a_name_that_the_plan_lacks_is_an_error() {
    let place = Place::new();
    let lines = Plan::new(&place)
        .add("echo", ECHO)
        .run(&["r", "ecko", "r", "", "r", "../../x", "r", "echo"]);
    for line in &lines[..3] {
        assert_error(line, "emit-link-error", &["plan.json", "composectl plan set "]);
    }
    assert!(lines[0].contains("ecko"), "{}", lines[0]);
    assert_eq!(lines[3], "resolved");
}

#[test]
fn a_plan_may_forbid_to_resolve_or_to_invoke() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    plan.add("echo", ECHO);
    plan.policy(r#"{"capabilities": [{"name": "dynlink:resolve", "level": "required"}]}"#);
    let lines = plan.run(&["r", "echo", "i", "m", "x"]);
    assert_eq!(lines[0], "resolved");
    assert_error(&lines[1], "exec-capability-denied", &["dynlink:invoke"]);
    plan.policy(r#"{"capabilities": []}"#);
    assert_error(&plan.run(&["r", "echo"])[0], "exec-capability-denied", &["dynlink:resolve"]);
}

#[test]
fn the_root_is_run_from_the_store_or_must_be_the_file() {
    let place = Place::new();
    let wasm = std::fs::read(consumer(&place)).expect("written");
    let mut plan = Plan::new(&place);
    plan.add("echo", ECHO).add_with("app", &wasm, "").root = Some("app".to_owned());
    let path = plan.write();
    let run = |words: &[&str]| {
        let mut command = place.composectl(["run", "--plan"]);
        command.arg(&path).args(words).output().expect("starts")
    };
    let expected = ["resolved", "hi"];
    assert_eq!(lines(&run(&["--", "r", "echo", "i", "m", "hi"])), expected);
    assert_eq!(lines(&run(&["consumer.wasm", "r", "echo", "i", "m", "hi"])), expected);
    assert_eq!(lines(&run(&[])), Vec::<String>::new());

    place.file("other.wasm", &provider(ECHO).wasm());
    let output = run(&["other.wasm"]);
    assert_eq!(code(&output), 125);
    assert_says(
        &output,
        &[
            "other.wasm",
            "the plan's root `app`",
            "blob-digest-mismatch",
            "hint: composectl plan set ",
        ],
    );

    std::fs::remove_file(plan.blob_of("app")).expect("was there");
    let output = run(&["--", "r", "echo"]);
    assert_eq!(code(&output), 127);
    assert_says(&output, &["root `app`", "is not in the store", "hint: "]);
}

#[test]
fn a_plan_that_is_not_the_expected_one_is_not_used() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    plan.add("echo", ECHO);
    let digest = format!("sha256:{}", hex(&std::fs::read(plan.write()).expect("written")));
    assert_eq!(lines(&plan.run_with(&["--plan-digest", &digest], &["r", "echo"])), ["resolved"]);
    let other = format!("sha256:{}", hex(b"another plan"));
    let output = plan.run_with(&["--plan-digest", &other], &["r", "echo"]);
    assert_eq!((code(&output), stdout(&output).as_str()), (125, ""));
    assert_says(&output, &["plan.json has the digest", &other]);
}

#[test]
fn plans_that_cannot_be_used_end_the_run_before_it_begins() {
    let place = Place::new();
    let consumer = consumer(&place);
    let run = |plan: &str| place.run(&["--plan", plan], &consumer, &["r", "echo"]);
    place.file("broken.json", b"{\"version\": \"1\", \"componentz\": []}");
    let output = run("broken.json");
    assert_eq!(code(&output), 125);
    assert_says(&output, &["broken.json:1", "componentz"]);
    let output = run("missing.json");
    assert!([125, 127].contains(&code(&output)));
    assert_says(&output, &["missing.json"]);
    for flag in ["--store", "--policy", "--keyring", "--plan-digest"] {
        assert_eq!(code(&place.run(&[flag, "x"], &consumer, &[])), 125, "{flag} without --plan");
    }
}

#[test]
fn trace_tells_each_resolve_and_call() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    plan.add("echo", ECHO).add("trap", "unreachable");
    let output = plan.run_with(
        &["--trace"],
        &[
            "r", "echo", "i", "shout", "hello", "r", "trap", "i", "any", "x", "r", "none", "r",
            "echo",
        ],
    );
    assert_eq!(code(&output), 0);
    let said = stderr(&output);
    let trace: Vec<_> =
        said.lines().filter_map(|line| line.strip_prefix("composectl: trace: ")).collect();
    assert_eq!(trace.len(), said.lines().count(), "{said}");
    let digest = &hex(&provider(ECHO).wasm())[..12];
    let expected = [
        format!("  resolve echo sha256:{digest} compiled: code "),
        "  invoke echo shout: 5 -> 5, ".to_owned(),
        "  resolve trap sha256:".to_owned(),
        "  invoke trap any: 1 -> exec-trap, ".to_owned(),
        "  resolve none: emit-link-error: ".to_owned(),
        format!("  resolve echo sha256:{digest} memory: code "),
    ];
    assert_eq!(trace.len(), expected.len(), "{said}");
    for (line, expected) in trace.iter().zip(&expected) {
        assert!(line.starts_with(expected), "{line} is not {expected}");
    }
    let again = plan.run_with(&["--trace"], &["r", "echo"]);
    assert_says(&again, &[&format!("resolve echo sha256:{digest} cache: code ")]);
}

#[test]
fn swapping_a_provider_by_the_plan_alone_changes_what_it_does() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    plan.add("it", ECHO);
    assert_eq!(plan.run(&["r", "it", "i", "m", "x"]), ["resolved", "x"]);
    plan.add("it", "(call $fail)");
    assert_eq!(plan.run(&["r", "it", "i", "m", "x"])[1], "its-own-code|its message|its context");
}
