//! A cap defines a resource; between it and the user stands a part that gets handles of it without defining it.

use super::{Report, Returned, Trapped, component, engine, fuse, run};

const API: &str = "(import \"api\" (instance $api
    (export \"thing\" (type $thing (sub resource)))
    (export \"[constructor]thing\" (func (param \"n\" u32) (result (own $thing))))
    (export \"[method]thing.value\" (func (param \"self\" (borrow $thing)) (result u32)))))
    (alias export $api \"thing\" (type $thing))
    (core func $value' (canon lower (func $api \"[method]thing.value\")))
    (core func $make' (canon lower (func $api \"[constructor]thing\")))
    (core func $drop' (canon resource.drop $thing))";

const API_CORE: &str = "(import \"api\" \"value\" (func $value (param i32) (result i32)))
    (import \"api\" \"make\" (func $make (param i32) (result i32)))
    (import \"api\" \"drop\" (func $drop (param i32)))";

const API_GIVEN: &str = "(export \"value\" (func $value')) (export \"make\" (func $make')) (export \"drop\" (func $drop'))";

/// The functions of the part between: name, parameters, results.
const MIDDLE: [(&str, &str, &str); 5] = [
    ("look", "(param \"t\" (borrow $thing)) (result u32)", "(param i32) (result i32)"),
    ("forget", "(param \"t\" (borrow $thing)) (result u32)", "(param i32) (result i32)"),
    ("keep", "(param \"t\" (own $thing)) (result u32)", "(param i32) (result i32)"),
    ("steal", "(param \"n\" u32) (result u32)", "(param i32) (result i32)"),
    ("give", "(result (own $thing))", "(result i32)"),
];

fn cap() -> &'static str {
    "(component $Cap
        (core module $libc
            (global $dropped (export \"dropped\") (mut i32) (i32.const 0))
            (func (export \"drop\") (param i32)
                (global.set $dropped (i32.add (global.get $dropped) (i32.const 1000)))))
        (core instance $libc (instantiate $libc))
        (alias core export $libc \"drop\" (core func $drop))
        (type $thing' (resource (rep i32) (dtor (core func $drop))))
        (export $thing \"thing\" (type $thing'))
        (core func $new (canon resource.new $thing'))
        (core module $main
            (import \"libc\" \"dropped\" (global $dropped (mut i32)))
            (import \"libc\" \"new\" (func $new (param i32) (result i32)))
            (func (export \"make\") (param i32) (result i32) (call $new (local.get 0)))
            (func (export \"value\") (param i32) (result i32)
                (i32.add (local.get 0) (global.get $dropped))))
        (alias core export $libc \"dropped\" (core global $dropped))
        (core instance $main (instantiate $main (with \"libc\" (instance
            (export \"dropped\" (global $dropped)) (export \"new\" (func $new))))))
        (func (export \"[constructor]thing\") (param \"n\" u32) (result (own $thing))
            (canon lift (core func $main \"make\")))
        (func (export \"[method]thing.value\") (param \"self\" (borrow $thing)) (result u32)
            (canon lift (core func $main \"value\"))))"
}

fn middle(look: &str) -> String {
    let lifts = MIDDLE.map(|(name, ty, _)| {
        format!("(func (export \"{name}\") {ty} (canon lift (core func $main \"{name}\")))")
    });
    format!(
        "(component $Middle {API}
            (core module $main {API_CORE}
                (func (export \"look\") (param i32) (result i32) (local $r i32) {look})
                (func (export \"forget\") (param i32) (result i32)
                    (call $drop (local.get 0)) (i32.const 0))
                (func (export \"keep\") (param i32) (result i32)
                    (call $value (local.get 0)) (call $drop (local.get 0)))
                (func (export \"steal\") (param i32) (result i32) (call $value (local.get 0)))
                (func (export \"give\") (result i32) (call $make (i32.const 40))))
            (core instance $main (instantiate $main (with \"api\" (instance {API_GIVEN}))))
            (export $shown \"thing\" (type $thing))
            {})",
        lifts.concat()
    )
}

fn user(body: &str) -> String {
    let exports = MIDDLE.map(|(name, ty, _)| format!("(export \"{name}\" (func {ty}))")).concat();
    let lowers = MIDDLE
        .map(|(name, ..)| format!("(core func ${name}' (canon lower (func $middle \"{name}\")))"));
    let given = MIDDLE.map(|(name, ..)| format!("(export \"{name}\" (func ${name}'))")).concat();
    let imports = MIDDLE
        .map(|(name, _, core)| format!("(import \"middle\" \"{name}\" (func ${name} {core}))"));
    let outer = "(alias outer $User $thing (type $thing'))
        (export \"thing\" (type $thing (eq $thing')))";
    format!(
        "(component $User {API}
            (import \"middle\" (instance $middle {outer} {exports}))
            {lowers}
            (core module $main {API_CORE} {imports}
                (func (export \"run\") (result i32) (local $h i32) (local $r i32)
                    (local.set $h (call $make (i32.const 7))) {body}))
            (core instance $main (instantiate $main
                (with \"api\" (instance {API_GIVEN})) (with \"middle\" (instance {given}))))
            (func (export \"run\") (result u32) (canon lift (core func $main \"run\"))))",
        lowers = lowers.concat(),
        imports = imports.concat(),
    )
}

fn composed(look: &str, body: &str) -> String {
    format!(
        "(component {} {} {}
            (instance $cap (instantiate $Cap))
            (instance $middle (instantiate $Middle (with \"api\" (instance $cap))))
            (instance $user (instantiate $User
                (with \"api\" (instance $cap)) (with \"middle\" (instance $middle))))
            (export \"run\" (func $user \"run\")))",
        cap(),
        middle(look),
        user(body)
    )
}

#[test]
fn handles_of_a_third_part_end_as_they_do_composed() {
    let good =
        "(local.set $r (call $value (local.get 0))) (call $drop (local.get 0)) (local.get $r)";
    let look = "(call $look (local.get $h))";
    let looked = |rest: &str| format!("(drop {look}) {rest}");
    let value = "(call $value (local.get $h))";
    let cases = [
        ("a borrow", good, look.to_owned(), Returned(7)),
        ("a borrow, twice", good, looked(look), Returned(7)),
        ("a borrow that is not dropped", "(call $value (local.get 0))", look.to_owned(), Trapped),
        (
            "a borrow, then use and drop",
            good,
            looked(&format!("{value} (call $drop (local.get $h))")),
            Returned(7),
        ),
        (
            "a borrow that is dropped twice",
            "(call $drop (local.get 0)) (call $drop (local.get 0)) (i32.const 1)",
            look.to_owned(),
            Trapped,
        ),
        (
            "a borrow by its number after the call",
            good,
            "(drop (call $forget (local.get $h))) (call $steal (i32.const 2))".to_owned(),
            Trapped,
        ),
        ("an own handle", good, "(call $keep (local.get $h))".to_owned(), Returned(7)),
        (
            "an own handle, then used",
            good,
            format!("(drop (call $keep (local.get $h))) {value}"),
            Trapped,
        ),
        (
            "made by the part between",
            good,
            "(local.set $h (call $give)) (local.set $r (call $value (local.get $h)))
                (call $drop (local.get $h))
                (i32.add (local.get $r) (call $value (call $make (i32.const 1))))"
                .to_owned(),
            Returned(1041),
        ),
        ("the user's handle, forged", good, "(call $steal (local.get $h))".to_owned(), Trapped),
        ("number 2, forged", good, "(call $steal (i32.const 2))".to_owned(), Trapped),
        (
            "the user's handle, dropped by another",
            "(call $drop (i32.const 1)) (call $drop (local.get 0)) (i32.const 1)",
            look.to_owned(),
            Trapped,
        ),
        (
            "a handle of its own beside the borrow",
            "(call $drop (call $make (i32.const 3))) (call $drop (local.get 0)) (i32.const 4)",
            look.to_owned(),
            Returned(4),
        ),
    ];
    let engine = engine();
    let mut report = Report::default();
    for (name, look, body, expected) in cases {
        let composed = component(&composed(look, &body));
        let fused = fuse(&composed);
        report.expect(name, expected, run(&engine, &composed), run(&engine, &fused));
    }
    report.finish();
}
