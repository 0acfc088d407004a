#[rustfmt::skip]
#[path = "../gen/cap.rs"]
mod bindings;

use std::cell::Cell;

use bindings::exports::test::scalars::api::Guest;

thread_local! {
    static CALLS: Cell<u32> = const { Cell::new(0) };
}

struct Cap;
bindings::export!(Cap);

#[allow(clippy::too_many_arguments, reason = "that is what is tested")]
impl Guest for Cap {
    fn not(value: bool) -> bool {
        !value
    }

    fn next_u8(value: u8) -> u8 {
        value.wrapping_add(1)
    }

    fn next_u16(value: u16) -> u16 {
        value.wrapping_add(1)
    }

    fn next_u32(value: u32) -> u32 {
        value.wrapping_add(1)
    }

    fn next_u64(value: u64) -> u64 {
        value.wrapping_add(1)
    }

    fn negate_s8(value: i8) -> i8 {
        value.wrapping_neg()
    }

    fn negate_s16(value: i16) -> i16 {
        value.wrapping_neg()
    }

    fn negate_s32(value: i32) -> i32 {
        value.wrapping_neg()
    }

    fn negate_s64(value: i64) -> i64 {
        value.wrapping_neg()
    }

    fn halve_f32(value: f32) -> f32 {
        value / 2.0
    }

    fn halve_f64(value: f64) -> f64 {
        value / 2.0
    }

    /// The scalar value after it: from U+10FFFF to U+0000, and over the surrogates.
    fn next_char(value: char) -> char {
        (value..=char::MAX).nth(1).unwrap_or_default()
    }

    fn sum8(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32, g: u32, h: u32) -> u32 {
        [a, b, c, d, e, f, g, h].into_iter().fold(0, u32::wrapping_add)
    }

    /// Weights the arguments with 1, 3, 9, .., so that each place counts.
    fn sum18(
        a: u8,
        b: u16,
        c: u32,
        d: u64,
        e: i8,
        f: i16,
        g: i32,
        h: i64,
        i: f32,
        j: f64,
        k: char,
        l: bool,
        m: u32,
        n: u32,
        o: u32,
        p: u32,
        q: u32,
        r: u32,
    ) -> f64 {
        let first = [a.into(), b.into(), c.into(), d as f64, e.into(), f.into(), g.into()];
        let second = [h as f64, i.into(), j, u32::from(k).into(), u32::from(l).into(), m.into()];
        let third = [n.into(), o.into(), p.into(), q.into(), r.into()];
        let values = first.into_iter().chain(second).chain(third);
        values.rev().fold(0.0, |sum, value: f64| sum * 3.0 + value)
    }

    fn count() {
        CALLS.set(CALLS.get() + 1);
    }

    fn counted() -> u32 {
        CALLS.get()
    }
}
