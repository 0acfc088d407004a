//! While its realloc or post-return function runs a part may not call out, whoever called it.

use wasmtime::component::Linker;

use super::guests::{Contract, Function, Guest, Returns, call};
use super::{Outcome, Report, Returned, Trapped, component, engine, fuse, run, run_with};

const CONTRACT: Contract = Contract {
    resources: &["thing"],
    types: &[],
    functions: &[
        Function {
            name: "plain",
            ty: "(param \"x\" u32) (result u32)",
            params: 1,
            returns: Returns::Value,
            body: "(local.get 0)",
        },
        Function {
            name: "[constructor]thing",
            ty: "(result (own $thing))",
            params: 0,
            returns: Returns::Value,
            body: "(call $new-thing (i32.const 7))",
        },
        Function {
            name: "hold",
            ty: "(result u32)",
            params: 0,
            returns: Returns::Value,
            body: "(call $new-thing (i32.const 7))",
        },
        Function {
            name: "take",
            ty: "(param \"s\" string) (result u32)",
            params: 2,
            returns: Returns::Value,
            body: "(local.get 1)",
        },
        Function {
            name: "give",
            ty: "(result string)",
            params: 0,
            returns: Returns::Area,
            body: "(i32.store (i32.const 1024) (i32.const 16)) (i32.store (i32.const 1028) (i32.const 3))
                (i32.const 1024)",
        },
    ],
};

/// Calls `$table` 0, once.
const ESCAPE: &str = "(call_indirect (type $escape) (i32.const 0))";

fn data() -> String {
    "(data (i32.const 16) \"abc\")".to_owned()
}

fn both(cap: &Guest, user: &Guest, body: &str) -> [Outcome; 2] {
    let engine = engine();
    let composed = component(&CONTRACT.composed(cap, user, body));
    [run(&engine, &composed), run(&engine, &fuse(&composed))]
}

#[test]
fn a_caller_that_allocates_may_not_call_out() {
    let cap = Guest { data: data(), ..Guest::default() };
    let mut report = Report::default();
    let give = format!("{} (i32.load (i32.const 2052))", call("give", &["2048"]));
    for (escape, expected) in [
        ("", Returned(3)),
        ("(drop (call $plain (i32.const 1)))", Trapped),
        ("(drop (call $-constructor-thing))", Trapped),
        ("(call $drop-thing (i32.const 1))", Trapped),
    ] {
        let user =
            Guest { realloc: ESCAPE.to_owned(), escape: escape.to_owned(), ..Guest::default() };
        // A handle that could be dropped.
        let body = format!("(drop {}) {give}", call("[constructor]thing", &[]));
        let [composed, fused] = both(&cap, &user, &body);
        report.expect(escape, expected, composed, fused);
    }
    report.finish();
}

#[test]
fn a_callee_that_allocates_or_cleans_up_may_not_use_its_handles() {
    let user = Guest { data: data(), ..Guest::default() };
    let mut report = Report::default();
    // The cap holds one, and its number is 1.
    let hold = |rest: &str| format!("(drop {}) {rest}", call("hold", &[]));
    let take = call("take", &["16", "3"]);
    let give = format!("{} (i32.load (i32.const 2052))", call("give", &["2048"]));
    for (escape, expected) in [
        ("", Returned(3)),
        ("(drop (call $rep-thing (i32.const 1)))", Returned(3)),
        ("(drop (call $new-thing (i32.const 1)))", Trapped),
        ("(call $drop-thing (i32.const 1))", Trapped),
    ] {
        let escape = escape.to_owned();
        let guest = Guest { escape: escape.clone(), data: data(), ..Guest::default() };
        let allocates = Guest { realloc: ESCAPE.to_owned(), ..guest.clone() };
        let [composed, fused] = both(&allocates, &user, &hold(&take));
        report.expect(&format!("{escape} in realloc"), expected.clone(), composed, fused);
        let cleans_up = Guest { post_return: ESCAPE.to_owned(), ..guest };
        // The canonical ABI wants it; the engine's own adapters are laxer here.
        let [_, fused] = both(&cleans_up, &user, &hold(&give));
        report.check(&format!("{escape} in post-return"), expected, fused);
    }
    report.finish();
}

/// A part that imports the host's functions, beside a cap, and exports `run` and a function that takes a string.
fn with_host(cap: &str, realloc: &str, escape: &str, body: &str) -> String {
    format!(
        "(component
            (import \"host\" (instance $host
                (export \"ping\" (func (result u32)))
                (export \"give\" (func (result string)))))
            {cap}
            (component $User
                (import \"host\" (instance $host
                    (export \"ping\" (func (result u32)))
                    (export \"give\" (func (result string)))))
                {api}
                (core module $libc
                    (memory (export \"memory\") 1)
                    (table $table (export \"table\") 1 funcref)
                    (type $escape (func))
                    (func (export \"realloc\") (param i32 i32 i32 i32) (result i32)
                        {realloc} (i32.const 8192)))
                (core instance $libc (instantiate $libc))
                (alias core export $libc \"memory\" (core memory $memory))
                (alias core export $libc \"realloc\" (core func $realloc))
                (core func $ping (canon lower (func $host \"ping\")))
                (core func $give (canon lower (func $host \"give\")
                    (memory $memory) (realloc (core func $realloc))))
                (core func $plain (canon lower (func $api \"plain\")))
                (core func $words (canon lower (func $api \"give\")
                    (memory $memory) (realloc (core func $realloc))))
                (core module $main
                    (import \"host\" \"ping\" (func $ping (result i32)))
                    (import \"host\" \"give\" (func $give (param i32)))
                    (import \"api\" \"plain\" (func $plain (param i32) (result i32)))
                    (import \"api\" \"give\" (func $words (param i32)))
                    (import \"libc\" \"memory\" (memory 1))
                    (import \"libc\" \"table\" (table 1 funcref))
                    (elem (i32.const 0) func $escape)
                    (func $escape {escape})
                    (func (export \"run\") (result i32) {body})
                    (func (export \"take\") (param i32 i32) (result i32) (local.get 1)))
                (core instance $main (instantiate $main
                    (with \"libc\" (instance $libc))
                    (with \"host\" (instance (export \"ping\" (func $ping)) (export \"give\" (func $give))))
                    (with \"api\" (instance
                        (export \"plain\" (func $plain)) (export \"give\" (func $words))))))
                (func (export \"run\") (result u32) (canon lift (core func $main \"run\")))
                (func (export \"take\") (param \"s\" string) (result u32)
                    (canon lift (core func $main \"take\") (memory $memory) (realloc (core func $realloc)))))
            (instance $cap (instantiate $Cap))
            (instance $user (instantiate $User
                (with \"host\" (instance $host)) (with \"api\" (instance $cap))))
            (export \"run\" (func $user \"run\"))
            (export \"take\" (func $user \"take\")))",
        api = CONTRACT.import("api")
    )
}

#[test]
fn neither_may_it_call_the_host_nor_be_called_by_the_host_and_call_a_part() {
    let engine = engine();
    let mut linker = Linker::new(&engine);
    let mut host = linker.instance("host").unwrap();
    host.func_wrap("ping", |_, ()| Ok((5u32,))).unwrap();
    host.func_wrap("give", |_, ()| Ok(("abcd".to_owned(),))).unwrap();
    let cap = CONTRACT.cap(&Guest { data: data(), ..Guest::default() });
    let mut report = Report::default();
    let (ping, plain) = ("(drop (call $ping))", "(drop (call $plain (i32.const 1)))");
    let from_host = "(call $give (i32.const 64)) (i32.load (i32.const 68))";
    let from_part = "(call $words (i32.const 64)) (i32.load (i32.const 68))";
    for (name, escape, body, expected) in [
        ("the host's string", "", from_host, Returned(4)),
        ("the host's string, calls a part", plain, from_host, Trapped),
        ("the host's string, calls the host", ping, from_host, Trapped),
        ("a part's string", "", from_part, Returned(3)),
        ("a part's string, calls the host", ping, from_part, Trapped),
        ("a part's string, calls a part", plain, from_part, Trapped),
        ("outside of an allocator", plain, "(call $ping)", Returned(5)),
    ] {
        let composed = component(&with_host(&cap, ESCAPE, escape, body));
        let fused = fuse(&composed);
        let [composed, fused] = [composed, fused].map(|bytes| run_with(&engine, &bytes, &linker));
        report.expect(name, expected, composed, fused);
    }
    report.finish();
}

#[test]
fn an_export_whose_argument_is_allocated_may_not_call_out_meanwhile() {
    let engine = engine();
    let mut linker = Linker::new(&engine);
    let mut host = linker.instance("host").unwrap();
    host.func_wrap("ping", |_, ()| Ok((5u32,))).unwrap();
    host.func_wrap("give", |_, ()| Ok(("abcd".to_owned(),))).unwrap();
    let cap = CONTRACT.cap(&Guest::default());
    for (escape, works) in [("", true), ("(drop (call $plain (i32.const 1)))", false)] {
        let composed = component(&with_host(&cap, ESCAPE, escape, "(i32.const 0)"));
        for bytes in [fuse(&composed), composed] {
            let component = wasmtime::component::Component::new(&engine, bytes).unwrap();
            let mut store = wasmtime::Store::new(&engine, ());
            let instance = linker.instantiate(&mut store, &component).unwrap();
            let take = instance.get_typed_func::<(&str,), (u32,)>(&mut store, "take").unwrap();
            assert_eq!(take.call(&mut store, ("hello",)).is_ok(), works, "{escape}");
        }
    }
}

/// How many modules of functions there are that stand between parts.
fn adapters(fused: &[u8]) -> usize {
    String::from_utf8_lossy(fused).matches("fuse-adapter").count()
}

#[test]
fn numbers_are_passed_without_an_adapter_unless_the_caller_could_call_out_meanwhile() {
    let engine = engine();
    let contract = Contract { resources: &[], types: &[], functions: &CONTRACT.functions[..1] };
    let cap = Guest::default();
    for (realloc, expected) in [("", 0), (ESCAPE, 1)] {
        let user = Guest { realloc: realloc.to_owned(), ..Guest::default() };
        let fused = fuse(&component(&contract.composed(&cap, &user, &call("plain", &["5"]))));
        assert_eq!(run(&engine, &fused), Returned(5));
        assert_eq!(adapters(&fused), expected, "{realloc}");
    }
}
