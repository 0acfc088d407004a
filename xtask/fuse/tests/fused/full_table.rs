//! There is no room for handles any more, and no memory for it: the call does not take place, and its caller finds out.

use wasmtime::component::{Component, Linker};
use wasmtime::{Store, StoreLimits, StoreLimitsBuilder};

use super::{Outcome, Returned, Trapped, component, engine, fuse};

/// A page of the table has so many entries.
const ENTRIES: u32 = 65536 / 16;

const CAP: &str = "(component $Cap
    (type $thing' (resource (rep i32)))
    (export $thing \"thing\" (type $thing'))
    (core func $new (canon resource.new $thing'))
    (core module $main
        (import \"\" \"new\" (func $new (param i32) (result i32)))
        (memory (export \"memory\") 1)
        (func (export \"plain\") (result i32) (call $new (i32.const 7)))
        (func (export \"maybe\") (result i32)
            (i32.store8 (i32.const 16) (i32.const 1))
            (i32.store (i32.const 20) (call $new (i32.const 7)))
            (i32.const 16))
        (func (export \"sure\") (result i32)
            (i32.store8 (i32.const 16) (i32.const 0))
            (i32.store (i32.const 20) (call $new (i32.const 7)))
            (i32.const 16))
        (func (export \"value\") (param i32) (result i32) (local.get 0)))
    (core instance $main (instantiate $main (with \"\" (instance (export \"new\" (func $new))))))
    (func (export \"plain\") (result (own $thing)) (canon lift (core func $main \"plain\")))
    (func (export \"maybe\") (result (option (own $thing)))
        (canon lift (core func $main \"maybe\") (memory (core memory $main \"memory\"))))
    (func (export \"sure\") (result (result (own $thing) (error u32)))
        (canon lift (core func $main \"sure\") (memory (core memory $main \"memory\"))))
    (func (export \"value\") (param \"t\" (borrow $thing)) (result u32)
        (canon lift (core func $main \"value\"))))";

/// Of the user: what `$told` is 1 by, if there is such a function.
const TOLD: &str = "(func (export \"pylon-no-memory\") (global.set $told (i32.const 1)))";

/// A part that makes handles by `$plain` and `$maybe`, whose result is at 8.
fn outcome(no_memory: &str, body: &str) -> Outcome {
    let text = format!(
        "(component {CAP}
            (component $User
                (import \"api\" (instance $api
                    (export \"thing\" (type $thing (sub resource)))
                    (export \"plain\" (func (result (own $thing))))
                    (export \"maybe\" (func (result (option (own $thing)))))
                    (export \"sure\" (func (result (result (own $thing) (error u32)))))
                    (export \"value\" (func (param \"t\" (borrow $thing)) (result u32)))))
                (alias export $api \"thing\" (type $thing))
                (core module $libc
                    (memory (export \"memory\") 1)
                    (global $told (export \"told\") (mut i32) (i32.const 0))
                    {no_memory})
                (core instance $libc (instantiate $libc))
                (core func $plain (canon lower (func $api \"plain\")))
                (core func $maybe (canon lower (func $api \"maybe\") (memory (core memory $libc \"memory\"))))
                (core func $sure (canon lower (func $api \"sure\") (memory (core memory $libc \"memory\"))))
                (core func $value (canon lower (func $api \"value\")))
                (core func $drop (canon resource.drop $thing))
                (core module $main
                    (import \"libc\" \"memory\" (memory 1))
                    (import \"libc\" \"told\" (global $told (mut i32)))
                    (import \"api\" \"plain\" (func $plain (result i32)))
                    (import \"api\" \"maybe\" (func $maybe (param i32)))
                    (import \"api\" \"sure\" (func $sure (param i32)))
                    (import \"api\" \"value\" (func $value (param i32) (result i32)))
                    (import \"api\" \"drop\" (func $drop (param i32)))
                    (func (export \"run\") (result i32) (local $made i32) (local $h i32) {body}))
                (core instance $main (instantiate $main
                    (with \"libc\" (instance $libc))
                    (with \"api\" (instance (export \"plain\" (func $plain)) (export \"maybe\" (func $maybe))
                        (export \"sure\" (func $sure))
                        (export \"value\" (func $value)) (export \"drop\" (func $drop))))))
                (func (export \"run\") (result u32) (canon lift (core func $main \"run\"))))
            (instance $cap (instantiate $Cap))
            (instance $user (instantiate $User (with \"api\" (instance $cap))))
            (export \"run\" (func $user \"run\")))"
    );
    let engine = engine();
    let component = Component::new(&engine, fuse(&component(&text))).unwrap();
    let mut store: Store<StoreLimits> =
        Store::new(&engine, StoreLimitsBuilder::new().memory_size(1 << 16).build());
    store.limiter(|limits| limits);
    let instance = Linker::new(&engine).instantiate(&mut store, &component).unwrap();
    let run = instance.get_typed_func::<(), (u32,)>(&mut store, "run").unwrap();
    match run.call(&mut store, ()) {
        Ok((value,)) => Returned(value),
        Err(_) => Trapped,
    }
}

/// Makes handles by `$maybe` until the result is none.
const UNTIL_NONE: &str = "(block $full (loop $next
    (i64.store (i32.const 8) (i64.const -1))
    (call $maybe (i32.const 8))
    (br_if $full (i32.eqz (i32.load8_u (i32.const 8))))
    (local.set $made (i32.add (local.get $made) (i32.const 1)))
    (br $next)))";

#[test]
fn who_can_be_told_is_told_and_gets_zeros() {
    let told = format!(
        "{UNTIL_NONE}
        (if (i32.eqz (global.get $told)) (then (return (i32.const 1))))
        (if (i64.ne (i64.load (i32.const 8)) (i64.const 0)) (then (return (i32.const 2))))
        (local.get $made)"
    );
    assert_eq!(outcome(TOLD, &told), Returned(ENTRIES - 64));
}

#[test]
fn who_would_get_a_handle_or_an_error_gets_an_error() {
    let error = "(block $full (loop $next
        (i64.store (i32.const 8) (i64.const -1))
        (call $sure (i32.const 8))
        (br_if $full (i32.load8_u (i32.const 8)))
        (local.set $made (i32.add (local.get $made) (i32.const 1)))
        (br $next)))
        (if (i32.eqz (global.get $told)) (then (return (i32.const 1))))
        (if (i64.ne (i64.load (i32.const 8)) (i64.const 1)) (then (return (i32.const 2))))
        (local.get $made)";
    assert_eq!(outcome(TOLD, error), Returned(ENTRIES - 64));
}

#[test]
fn a_function_that_gives_nothing_but_a_handle_gives_none() {
    let none = "(block $full (loop $next
        (br_if $full (i32.eqz (call $plain)))
        (local.set $made (i32.add (local.get $made) (i32.const 1)))
        (br $next)))
        (local.get $made)";
    assert_eq!(outcome("", none), Returned(ENTRIES - 64));
}

#[test]
fn there_is_room_again_when_handles_are_gone() {
    let again = format!(
        "{UNTIL_NONE}
        (loop $next
            (local.set $h (i32.add (local.get $h) (i32.const 1)))
            (call $drop (local.get $h))
            (br_if $next (i32.lt_u (local.get $h) (i32.const 100))))
        (local.set $made (i32.const 0))
        {UNTIL_NONE}
        (i32.add (i32.mul (local.get $made) (i32.const 10)) (call $value (i32.const 200)))"
    );
    assert_eq!(outcome(TOLD, &again), Returned(100 * 10 + 7));
}

#[test]
fn who_cannot_be_told_traps() {
    let made = format!("{UNTIL_NONE} (local.get $made)");
    assert_eq!(outcome("", &made), Trapped);
    let other = "(func (export \"pylon-no-memory\") (param i32) (global.set $told (i32.const 1)))";
    assert_eq!(outcome(other, &made), Trapped);
}
