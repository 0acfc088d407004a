#[rustfmt::skip]
#[path = "../gen/cap.rs"]
mod bindings;

use bindings::exports::test::records::api::{Guest, Person, Single};
use bindings::exports::test::records::shapes::Point;

struct Cap;
bindings::export!(Cap);

impl Guest for Cap {
    fn centre(corners: Vec<Point>) -> Point {
        let count = corners.len() as f64;
        let add =
            |sum: Point, at: &Point| Point { x: sum.x + at.x / count, y: sum.y + at.y / count };
        corners.iter().fold(Point { x: 0.0, y: 0.0 }, add)
    }

    fn older(person: Person, years: u8) -> Person {
        Person { age: person.age.wrapping_add(years), ..person }
    }

    fn swap((text, number): (String, u32)) -> (u32, String) {
        (number, text)
    }

    fn next(value: Single) -> Single {
        Single { only: value.only.wrapping_add(1) }
    }

    /// The first one of the oldest.
    fn oldest(people: Vec<Person>) -> Person {
        let older = |oldest: Person, other: Person| match other.age > oldest.age {
            true => other,
            false => oldest,
        };
        people.into_iter().reduce(older).expect("the list is not empty")
    }
}
