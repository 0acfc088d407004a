#[rustfmt::skip]
#[path = "../gen/cap.rs"]
mod bindings;

use bindings::exports::test::variants::api::{
    Colour, Guest, Many, Nine, Number, Rights, Shape, Word,
};

struct Cap;
bindings::export!(Cap);

impl Guest for Cap {
    fn next_colour(colour: Colour) -> Colour {
        match colour {
            Colour::Red => Colour::Green,
            Colour::Green => Colour::Blue,
            Colour::Blue => Colour::Red,
        }
    }

    fn invert(rights: Rights) -> Rights {
        let all = Rights::READ | Rights::WRITE | Rights::EXECUTE;
        Rights::from_bits_retain(rights.bits() ^ all.bits())
    }

    fn invert_nine(nine: Nine) -> Nine {
        Nine::from_bits_retain(nine.bits() ^ 0x1ff)
    }

    fn invert_many(many: Many) -> Many {
        Many::from_bits_retain(!many.bits())
    }

    fn describe(shape: Shape) -> String {
        match shape {
            Shape::Nothing => "nothing".to_owned(),
            Shape::Circle(radius) => format!("circle of quarters: {}", radius * 4.0),
            Shape::Label(label) => format!("label: {label}"),
            Shape::Polygon(corners) => format!("polygon of corners: {}", corners.len()),
            Shape::Coloured(colour) => format!("colour: {}", colour as u8),
        }
    }

    /// A shape of each case, and an empty polygon.
    fn shapes() -> Vec<Shape> {
        vec![
            Shape::Nothing,
            Shape::Circle(0.1),
            Shape::Label("caf\u{e9}".to_owned()),
            Shape::Polygon(vec![(-0.0, 0.1), (1e-300, -2.0)]),
            Shape::Polygon(Vec::new()),
            Shape::Coloured(Colour::Green),
        ]
    }

    fn negate(number: Number) -> Number {
        match number {
            Number::Single(number) => Number::Single(-number),
            Number::Double(number) => Number::Double(-number),
            Number::Small(number) => Number::Small(number.wrapping_neg()),
            Number::Large(number) => Number::Large(-number),
        }
    }

    fn twice(word: Word) -> Word {
        match word {
            Word::Single(word) => Word::Single(word * 2.0),
            Word::Small(word) => Word::Small(word * 2),
        }
    }

    fn maybe_double(value: Option<u32>) -> Option<u32> {
        value?.checked_mul(2)
    }

    fn nested(value: Option<Option<u32>>) -> Option<Option<u32>> {
        value
    }

    fn greet(name: Option<String>) -> Option<String> {
        Some(format!("hello {}", name?))
    }

    fn divide(dividend: i32, divisor: i32) -> Result<i32, String> {
        match divisor {
            0 => Err("division by zero".to_owned()),
            _ => dividend.checked_div(divisor).ok_or(String::new()),
        }
    }

    fn check(ok: bool) -> Result<(), ()> {
        ok.then_some(()).ok_or(())
    }

    fn only_ok(ok: bool) -> Result<String, ()> {
        ok.then(|| "fine".to_owned()).ok_or(())
    }

    fn only_err(ok: bool) -> Result<(), Colour> {
        ok.then_some(()).ok_or(Colour::Blue)
    }

    fn flip(value: Result<u32, String>) -> Result<String, u32> {
        match value {
            Ok(number) => Err(number),
            Err(text) => Ok(text),
        }
    }
}
