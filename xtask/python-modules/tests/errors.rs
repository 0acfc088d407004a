//! What has no mapping is refused, with its place.

mod support;

use expect_test::{Expect, expect};
use link_shims::Refusal;
use python_modules::ByHand;

/// The error of a contract of one interface with the given items, and the text at its place.
fn refused(items: &str, by_hand: &[&str], expected: Expect) {
    let text = format!(
        "package a:b@1.0.0; world demo-import {{ import api; }} interface api {{ {items} }}"
    );
    let by_hand: Vec<_> = by_hand.iter().map(|text| ByHand::parse(text)).collect();
    let error = support::module_of(&text, &by_hand).expect_err("refused");
    let place = error.downcast_ref::<Refusal>().and_then(|refusal| refusal.place.clone());
    let place = place.map_or("no place", |(_, range)| &text[range]);
    expected.assert_eq(&format!("{error:#}\nat: {place}"));
}

#[test]
fn an_option_of_an_option() {
    refused(
        "f: func(value: u8, maybe: option<option<u8>>);",
        &[],
        expect![[r#"
        world `demo_import`: `api.f`: parameter `maybe`: `option<option<u8>>`: None would be two values of it
        at: option"#]],
    );
    refused(
        "record r { deep: list<option<option<u8>>> } f: func() -> r;",
        &[],
        expect![[r#"
        world `demo_import`: `api.f`: result: `option<option<u8>>`: None would be two values of it
        at: option"#]],
    );
    refused(
        "type maybe = option<u8>; f: func() -> tuple<option<maybe>>;",
        &[],
        expect![[r#"
        world `demo_import`: `api.f`: result: `option<maybe>`: None would be two values of it
        at: option"#]],
    );
}

#[test]
fn two_things_of_one_name() {
    refused(
        "resource demo-error; f: func() -> result;",
        &[],
        expect![[r#"
        world `demo_import`: the resource `demo-error` and the exception of the module are both `DemoError` in Python
        at: demo-error"#]],
    );
    refused(
        "f: func();",
        &["f() -> None"],
        expect![[r#"
        world `demo_import`: `f` in `by_hand` and `api.f` are both `f` in Python
        at: no place"#]],
    );
}

#[test]
fn two_interfaces_of_one_name() {
    let text = "package a:b@1.0.0; world demo-import { import one; import two; }
        interface one { record flush-mode { a: u8 } f: func() -> flush-mode; g: func(); }
        interface two { resource flush-mode; }";
    let error = support::module_of(text, &[]).expect_err("refused");
    expect!["world `demo_import`: the record `flush-mode` and the resource `flush-mode` are both `FlushMode` in Python"].assert_eq(&format!("{error:#}"));
    let text = text.replace("resource flush-mode;", "g: func();");
    let error = support::module_of(&text, &[]).expect_err("refused");
    expect!["world `demo_import`: `two.g` and `one.g` are both `g` in Python"]
        .assert_eq(&format!("{error:#}"));
}

#[test]
fn what_is_by_hand_and_nowhere() {
    refused(
        "f: func();",
        &["g"],
        expect![[r#"
        world `demo_import`: `by_hand`: the contract has no function that Python calls `g`; one of your own is written with its signature, `g(data: Buffer) -> int`
        at: no place"#]],
    );
}

#[test]
fn what_is_by_hand_in_no_class() {
    refused(
        "f: func();",
        &["Adder.fast() -> int"],
        expect![[r#"
        world `demo_import`: `by_hand`: the contract has no resource that Python calls `Adder`
        at: no place"#]],
    );
    refused(
        "resource adder { add: func(); }",
        &["Adder.add() -> None"],
        expect![[r#"
        world `demo_import`: `Adder.add` in `by_hand` and `api.adder.add` are both `Adder.add` in Python
        at: no place"#]],
    );
}

#[test]
fn resources_that_call_back() {
    let text = "package a:b@1.0.0; world demo-import { import api; export order; }
        interface api { f: func(); } interface order { resource file { size: func() -> u64; } }";
    let error = support::module_of(text, &[]).expect_err("refused");
    expect!["world `demo_import`: `file`: a resource of what calls back has no mapping"]
        .assert_eq(&format!("{error:#}"));
}

#[test]
fn what_calls_back_under_a_name_that_is_taken() {
    let text = "package a:b@1.0.0; world demo-import { import api; export order; }
        interface api { answer-order: func(); } interface order { precedes: func() -> bool; }";
    let error = support::module_of(text, &[]).expect_err("refused");
    expect![[r#"world `demo_import`: what calls back, `order`, and `api.answer-order` are both `answer_order` in Python"#]]
        .assert_eq(&format!("{error:#}"));
}
