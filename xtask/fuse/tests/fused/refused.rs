//! Components that the pass does not know how to fuse: the error says what it met and where.

use fuse::Loops;

use super::component;
use super::guests::{Contract, Function, Guest, Returns, call};

const CONTRACT: Contract = Contract {
    resources: &["thing"],
    types: &[],
    functions: &[Function {
        name: "[constructor]thing",
        ty: "(result (own $thing))",
        params: 0,
        returns: Returns::Value,
        body: "(call $new-thing (i32.const 7))",
    }],
};

fn refusal(text: &str) -> String {
    format!("{:#}", fuse::fuse(&component(text), &Loops::new()).expect_err(text))
}

#[test]
fn what_is_not_known_is_named() {
    for (what, text) in [
        (
            "the component that exports f: it has a start function",
            "(component
                (component $A
                    (core module $m (func (export \"f\")))
                    (core instance $i (instantiate $m))
                    (func $f (canon lift (core func $i \"f\")))
                    (start $f)
                    (export \"f\" (func $f)))
                (instance $a (instantiate $A)))",
        ),
        (
            "a component without exports: it has core types of its own",
            "(component (component $A (core type (func))) (instance (instantiate $A)))",
        ),
        (
            "a component without exports: it refers to the component around it",
            "(component $R (core module $m)
                (component $A (alias outer $R $m (core module $n)))
                (instance (instantiate $A)))",
        ),
        (
            "a component without exports: it uses the canonical option CompactUTF16",
            "(component
                (component $A
                    (core module $m (memory (export \"m\") 1)
                        (func (export \"r\") (param i32 i32 i32 i32) (result i32) (i32.const 0))
                        (func (export \"f\") (param i32 i32)))
                    (core instance $i (instantiate $m))
                    (alias core export $i \"m\" (core memory $memory))
                    (alias core export $i \"r\" (core func $r))
                    (func (param \"s\" string) (canon lift (core func $i \"f\")
                        string-encoding=latin1+utf16 (memory $memory) (realloc (core func $r)))))
                (instance (instantiate $A)))",
        ),
    ] {
        assert_eq!(refusal(text), what);
    }
}

#[test]
fn a_resource_that_leaves_the_whole_and_passes_between_parts_is_named() {
    let guest = Guest::default();
    let composed = format!(
        "(component {} {}
            (instance $cap (instantiate $Cap))
            (instance $user (instantiate $User (with \"api\" (instance $cap))))
            (export \"api\" (instance $cap))
            (export \"run\" (func $user \"run\")))",
        CONTRACT.cap(&guest),
        CONTRACT.user(&guest, &call("[constructor]thing", &[])),
    );
    let what = "the resource `thing` is exported by the whole and used between its parts";
    assert!(refusal(&composed).ends_with(what), "{}", refusal(&composed));
}

#[test]
fn a_component_in_which_nothing_is_between_parts_stays_as_it_is() {
    let bytes = component(
        "(component
            (core module $m (func (export \"run\") (result i32) (i32.const 1)))
            (core instance $i (instantiate $m))
            (func (export \"run\") (result u32) (canon lift (core func $i \"run\"))))",
    );
    assert_eq!(fuse::fuse(&bytes, &Loops::new()).unwrap(), bytes);
}

#[test]
fn what_is_no_component_is_an_error() {
    for bytes in [&b""[..], b"\0asm", b"\0asm\x0d\0\x01\0\x04\x7f"] {
        assert!(fuse::fuse(bytes, &Loops::new()).is_err());
    }
    let module = wat::parse_str("(module)").unwrap();
    assert!(fuse::fuse(&module, &Loops::new()).is_err());
}
