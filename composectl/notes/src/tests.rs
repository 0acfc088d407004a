use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Error, Problem, from_bytes, to_allocvec};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Place {
    start: u32,
    length: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Index(u32);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Unit;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Kind {
    None,
    One(Index),
    Two(u8, i64),
    Named { place: Place, name: Option<String> },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct All<'a> {
    numbers: (u8, i8, u16, i16, u32, i32, u64, i64, u128, i128, usize),
    floats: (f32, f64),
    flag: bool,
    letter: char,
    borrowed: &'a str,
    text: String,
    bytes: Vec<u8>,
    kinds: Vec<Kind>,
    places: Box<[Place]>,
    by_name: BTreeMap<String, Index>,
    array: [u16; 3],
    nothing: (),
    unit: Unit,
    maybe: Option<Option<u32>>,
    range: std::ops::Range<u64>,
}

fn all() -> All<'static> {
    All {
        numbers: (1, -1, 0x1234, -2, u32::MAX, i32::MIN, 1 << 60, -3, u128::MAX, i128::MIN, 7),
        floats: (1.5, -0.0),
        flag: true,
        letter: '\u{1f40d}',
        borrowed: "borrowed",
        text: "text \u{e9}".to_owned(),
        bytes: vec![0, 255],
        kinds: vec![
            Kind::None,
            Kind::One(Index(u32::MAX)),
            Kind::Two(3, -4),
            Kind::Named { place: Place { start: 5, length: 6 }, name: Some(String::new()) },
        ],
        places: vec![Place::default(); 3].into(),
        by_name: [("a".to_owned(), Index(1)), ("b".to_owned(), Index(2))].into(),
        array: [1, 2, 3],
        nothing: (),
        unit: Unit,
        maybe: Some(None),
        range: 1..u64::MAX,
    }
}

#[test]
fn what_was_written_is_read() {
    let bytes = to_allocvec(&all()).expect("can be written");
    assert_eq!(from_bytes::<All<'_>>(&bytes), Ok(all()));
}

#[test]
fn numbers_have_the_width_of_their_type() {
    let kinds = (Kind::One(Index(0x0102_0304)), Place { start: 1, length: 2 }, Some(5u16), "ab");
    let bytes = to_allocvec(&kinds).expect("can be written");
    assert_eq!(bytes, [1, 4, 3, 2, 1, 1, 0, 0, 0, 2, 0, 0, 0, 1, 5, 0, 2, 0, 0, 0, b'a', b'b']);
}

#[test]
fn what_is_cut_off_anywhere_is_an_error() {
    let bytes = to_allocvec(&all()).expect("can be written");
    for end in 0..bytes.len() {
        assert!(from_bytes::<All<'_>>(&bytes[..end]).is_err(), "{end}");
    }
}

#[test]
fn a_length_beyond_the_bytes_takes_no_memory() {
    let bytes = [0xff; 8];
    assert_eq!(from_bytes::<Vec<u64>>(&bytes), Err(Error(Problem::CutOff)));
    assert_eq!(from_bytes::<String>(&bytes), Err(Error(Problem::CutOff)));
}

#[test]
fn what_means_nothing_is_an_error() {
    let meaningless = Error(Problem::Meaningless);
    assert_eq!(from_bytes::<bool>(&[2]), Err(meaningless.clone()));
    assert_eq!(from_bytes::<Option<u8>>(&[2, 0]), Err(meaningless.clone()));
    assert_eq!(from_bytes::<&str>(&[1, 0, 0, 0, 0xff]), Err(meaningless.clone()));
    assert_eq!(from_bytes::<char>(&0xd800u32.to_le_bytes()), Err(meaningless));
    assert!(from_bytes::<Kind>(&[4, 0, 0, 0, 0]).is_err());
}
