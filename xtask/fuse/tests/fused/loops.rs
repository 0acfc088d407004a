//! Parts that call back: what the cap imports, its user exports. There is nothing to compare with: composed, it cannot be.

use fuse::Loops;
use wasmtime::Store;
use wasmtime::component::{Component, Linker};

use super::{Outcome, Report, Returned, Trapped, component, engine, fuse_with, run};

/// `visitor` is the user's, `api` the cap's. A visitor is a number.
const VISITORS: &str = "(instance $cb
    (export \"visitor\" (type $visitor (sub resource)))
    (export \"make\" (func (param \"n\" u32) (result (own $visitor))))
    (export \"[method]visitor.visit\" (func (param \"self\" (borrow $visitor)) (param \"n\" u32) (result u32)))
    (export \"ended\" (func (result u32))))";

const API: &str = "(export \"plain\" (func (param \"n\" u32) (result u32)))
    (export \"lend\" (func (param \"v\" (borrow $v)) (param \"n\" u32) (result u32)))
    (export \"give\" (func (param \"v\" (own $v)) (result u32)))
    (export \"take\" (func (param \"n\" u32) (result (own $v))))";

const CB_CORE: &str = "(import \"cb\" \"make\" (func $make (param i32) (result i32)))
    (import \"cb\" \"visit\" (func $visit (param i32 i32) (result i32)))
    (import \"cb\" \"ended\" (func $ended (result i32)))
    (import \"cb\" \"drop\" (func $drop (param i32)))";

const CB_LOWER: &str = "(alias export $cb \"visitor\" (type $v'))
    (core func $make (canon lower (func $cb \"make\")))
    (core func $visit (canon lower (func $cb \"[method]visitor.visit\")))
    (core func $ended (canon lower (func $cb \"ended\")))
    (core func $drop (canon resource.drop $v'))";

const CB_GIVEN: &str =
    "(with \"cb\" (instance (export \"make\" (func $make)) (export \"visit\" (func $visit))
    (export \"ended\" (func $ended)) (export \"drop\" (func $drop))))";

/// `start`: what the cap does when it is instantiated. `method`: what a visitor does that is visited, with the
/// representation and a number; `body`: what the user runs.
fn composed(start: &str, method: &str, body: &str) -> Vec<u8> {
    component(&format!(
        "(component $Root
        (import \"cb\" {VISITORS})
        (component $Cap
            (import \"cb\" {VISITORS})
            {CB_LOWER}
            (core module $m {CB_CORE}
                (func $start {start})
                (start $start)
                (func (export \"plain\") (param i32) (result i32)
                    (i32.add (i32.const 1) (call $visit (call $make (i32.const 10)) (local.get 0))))
                (func (export \"lend\") (param i32 i32) (result i32) (local $r i32)
                    (local.set $r (call $visit (local.get 0) (local.get 1)))
                    (call $drop (local.get 0)) (local.get $r))
                (func (export \"give\") (param i32) (result i32)
                    (drop (call $visit (local.get 0) (i32.const 1)))
                    (call $drop (local.get 0)) (call $ended))
                (func (export \"take\") (param i32) (result i32) (call $make (local.get 0))))
            (core instance $i (instantiate $m {CB_GIVEN}))
            (export $v \"visitor\" (type $v'))
            (func (export \"plain\") (param \"n\" u32) (result u32) (canon lift (core func $i \"plain\")))
            (func (export \"lend\") (param \"v\" (borrow $v)) (param \"n\" u32) (result u32)
                (canon lift (core func $i \"lend\")))
            (func (export \"give\") (param \"v\" (own $v)) (result u32) (canon lift (core func $i \"give\")))
            (func (export \"take\") (param \"n\" u32) (result (own $v)) (canon lift (core func $i \"take\"))))
        (component $User
            (import \"cb\" {VISITORS})
            {CB_LOWER}
            (import \"api\" (instance $api
                (alias outer $User $v' (type $v''))
                (export \"visitor\" (type $v (eq $v'')))
                {API}))
            (core func $plain (canon lower (func $api \"plain\")))
            (core func $lend (canon lower (func $api \"lend\")))
            (core func $give (canon lower (func $api \"give\")))
            (core func $take (canon lower (func $api \"take\")))
            (core module $libc
                (global $ended (export \"ended\") (mut i32) (i32.const 0))
                (func (export \"end\") (param i32)
                    (global.set $ended (i32.add (global.get $ended) (local.get 0)))))
            (core instance $libc (instantiate $libc))
            (alias core export $libc \"end\" (core func $end))
            (alias core export $libc \"ended\" (core global $ended'))
            (type $mine (resource (rep i32) (dtor (core func $end))))
            (core func $new (canon resource.new $mine))
            (core module $m {CB_CORE}
                (import \"own\" \"new\" (func $new (param i32) (result i32)))
                (import \"own\" \"ended\" (global $ended' (mut i32)))
                (import \"api\" \"plain\" (func $plain (param i32) (result i32)))
                (import \"api\" \"lend\" (func $lend (param i32 i32) (result i32)))
                (import \"api\" \"give\" (func $give (param i32) (result i32)))
                (import \"api\" \"take\" (func $take (param i32) (result i32)))
                (global $kept (mut i32) (i32.const 0))
                (func (export \"make'\") (param i32) (result i32) (call $new (local.get 0)))
                (func (export \"visit'\") (param i32 i32) (result i32) {method})
                (func (export \"ended'\") (result i32) (global.get $ended'))
                (func (export \"run\") (result i32) {body}))
            (core instance $i (instantiate $m {CB_GIVEN}
                (with \"own\" (instance (export \"new\" (func $new)) (export \"ended\" (global $ended'))))
                (with \"api\" (instance (export \"plain\" (func $plain)) (export \"lend\" (func $lend))
                    (export \"give\" (func $give)) (export \"take\" (func $take))))))
            (func $make' (param \"n\" u32) (result (own $mine)) (canon lift (core func $i \"make'\")))
            (func $visit' (param \"self\" (borrow $mine)) (param \"n\" u32) (result u32)
                (canon lift (core func $i \"visit'\")))
            (func $ended'' (result u32) (canon lift (core func $i \"ended'\")))
            (component $Shim
                (import \"visitor\" (type $visitor (sub resource)))
                (import \"make\" (func $make (param \"n\" u32) (result (own $visitor))))
                (import \"visit\" (func $visit (param \"self\" (borrow $visitor)) (param \"n\" u32) (result u32)))
                (import \"ended\" (func $ended (result u32)))
                (export $shown \"visitor\" (type $visitor))
                (export \"make\" (func $make) (func (param \"n\" u32) (result (own $shown))))
                (export \"[method]visitor.visit\" (func $visit)
                    (func (param \"self\" (borrow $shown)) (param \"n\" u32) (result u32)))
                (export \"ended\" (func $ended)))
            (instance $served (instantiate $Shim
                (with \"visitor\" (type $mine)) (with \"make\" (func $make')) (with \"visit\" (func $visit'))
                (with \"ended\" (func $ended''))))
            (export \"cb\" (instance $served))
            (func (export \"run\") (result u32) (canon lift (core func $i \"run\"))))
        (instance $cap (instantiate $Cap (with \"cb\" (instance $cb))))
        (instance $user (instantiate $User (with \"cb\" (instance $cb)) (with \"api\" (instance $cap))))
        (alias export $user \"cb\" (instance $served))
        (export \"cb'\" (instance $served))
        (export \"run\" (func $user \"run\")))"
    ))
}

fn loops() -> Loops {
    Loops::from([("cb".to_owned(), "cb'".to_owned())])
}

const ADD: &str = "(i32.add (local.get 0) (local.get 1))";

#[test]
fn a_cap_calls_back_with_numbers_and_resources_either_way() {
    let lend = "(call $lend (call $make (i32.const 7)) (i32.const 5))";
    let cases: [(&str, &str, &str, Outcome); 8] = [
        ("numbers", ADD, "(call $plain (i32.const 4))", Returned(15)),
        ("lent", ADD, lend, Returned(12)),
        ("given, ended there", ADD, "(call $give (call $make (i32.const 7)))", Returned(7)),
        ("made there", ADD, "(call $visit (call $take (i32.const 3)) (i32.const 1))", Returned(4)),
        (
            "into the cap again",
            "(if (result i32) (local.get 1)
                (then (call $plain (i32.sub (local.get 1) (i32.const 1)))) (else (local.get 0)))",
            "(call $plain (i32.const 1000))",
            Returned(1011),
        ),
        ("a trap", "(unreachable)", "(call $plain (i32.const 4))", Trapped),
        (
            "what is lent ends during the call",
            "(call $drop (global.get $kept)) (i32.const 1)",
            "(global.set $kept (call $make (i32.const 7)))
                (call $lend (global.get $kept) (i32.const 1))",
            Trapped,
        ),
        (
            "another ends during the call",
            "(call $drop (global.get $kept)) (call $ended)",
            "(global.set $kept (call $make (i32.const 9)))
                (call $lend (call $make (i32.const 7)) (i32.const 1))",
            Returned(9),
        ),
    ];
    let engine = engine();
    let mut report = Report::default();
    for (name, method, body, expected) in cases {
        let fused = fuse_with(&composed("", method, body), &loops());
        report.check(name, expected, run(&engine, &fused));
    }
    report.finish();
}

#[test]
fn whoever_calls_back_too_early_traps_with_the_reason() {
    let early = "(drop (call $make (i32.const 1)))";
    let fused = fuse_with(&composed(early, ADD, "(i32.const 1)"), &loops());
    let engine = engine();
    let component = Component::new(&engine, &fused).unwrap();
    let error = Linker::new(&engine).instantiate(&mut Store::new(&engine, ()), &component);
    let error = format!("{:?}", error.err().unwrap());
    assert!(error.contains("called-back-before-all-parts-are-instantiated"), "{error}");
    assert!(error.contains("cb#make"), "{error}");
}

#[test]
fn imports_and_exports_of_loops_are_gone() {
    let fused = fuse_with(&composed("", ADD, "(i32.const 1)"), &loops());
    let engine = engine();
    let ty = Component::new(&engine, &fused).unwrap().component_type();
    assert_eq!(ty.imports(&engine).len(), 0);
    let exports: Vec<_> = ty.exports(&engine).map(|(name, _)| name.to_owned()).collect();
    assert_eq!(exports, ["run"]);
}

#[test]
fn a_loop_that_no_part_closes_is_an_error() {
    let composed = composed("", ADD, "(i32.const 1)");
    let nowhere = Loops::from([("cb".to_owned(), "elsewhere".to_owned())]);
    let error = format!("{:#}", fuse::fuse(&composed, &nowhere).unwrap_err());
    assert_eq!(error, "no part exports `elsewhere`");
}
