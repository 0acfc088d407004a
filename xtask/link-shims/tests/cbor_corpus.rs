//! The golden corpus of `cpython-ext/common/tests/corpus`, read back by a second implementation of CBOR: what the C
//! accepts means the same to others, and the heads that others write are the ones that the C insists on.

use std::fmt::Write as _;
use std::path::Path;

use ciborium_ll::{Decoder, Encoder, Header, simple};

/// Prints one item in diagnostic notation, as the corpus's README.md has it, and encodes it again.
fn transcribe(
    decoder: &mut Decoder<&[u8]>,
    text: &mut String,
    encoder: &mut Encoder<&mut Vec<u8>>,
) {
    let header = decoder.pull().expect("a head");
    match header {
        // A float's width is the writer's choice, which `Header` does not tell.
        Header::Float(value) => {
            let bits = if value.is_nan() { 0x7ff8_0000_0000_0000 } else { value.to_bits() };
            write!(text, "float'{bits:016x}'").expect("invariant: a String takes all text");
        }
        Header::Bytes(_) | Header::Text(_) => {}
        _ => encoder.push(header).expect("invariant: a Vec takes all bytes"),
    }
    match header {
        Header::Positive(value) => *text += &value.to_string(),
        Header::Negative(value) => *text += &(-1 - i128::from(value)).to_string(),
        Header::Float(_) => {}
        Header::Simple(simple::FALSE) => *text += "false",
        Header::Simple(simple::TRUE) => *text += "true",
        Header::Simple(simple::NULL) => *text += "null",
        Header::Simple(simple::UNDEFINED) => *text += "undefined",
        Header::Bytes(Some(length)) => {
            let mut bytes = Vec::new();
            let mut segments = decoder.bytes(Some(length));
            let mut room = [0; 64];
            while let Some(mut segment) = segments.pull().expect("a byte string") {
                while let Some(chunk) = segment.pull(&mut room).expect("its bytes") {
                    bytes.extend_from_slice(chunk);
                }
            }
            encoder.bytes(&bytes, None).expect("invariant: a Vec takes all bytes");
            *text += "h'";
            bytes.iter().for_each(|byte| write!(text, "{byte:02x}").expect("invariant: as above"));
            *text += "'";
        }
        Header::Text(Some(length)) => {
            let mut string = String::new();
            let mut segments = decoder.text(Some(length));
            let mut room = [0; 64];
            while let Some(mut segment) = segments.pull().expect("text") {
                while let Some(chunk) = segment.pull(&mut room).expect("its characters") {
                    string += chunk;
                }
            }
            encoder.text(&string, None).expect("invariant: a Vec takes all bytes");
            *text += "\"";
            for c in string.chars() {
                match c {
                    '"' | '\\' => text.extend(['\\', c]),
                    c if c.is_control() => {
                        write!(text, "\\u{:04x}", u32::from(c)).expect("invariant: as above")
                    }
                    c => text.push(c),
                }
            }
            *text += "\"";
        }
        Header::Array(Some(count)) => {
            *text += "[";
            for index in 0..count {
                *text += if index > 0 { ", " } else { "" };
                transcribe(decoder, text, encoder);
            }
            *text += "]";
        }
        Header::Map(Some(count)) => {
            *text += "{";
            for index in 0..count {
                *text += if index > 0 { ", " } else { "" };
                transcribe(decoder, text, encoder);
                *text += ": ";
                transcribe(decoder, text, encoder);
            }
            *text += "}";
        }
        Header::Tag(tag) => {
            write!(text, "{tag}(").expect("invariant: as above");
            transcribe(decoder, text, encoder);
            *text += ")";
        }
        other => panic!("{other:?} is not deterministic"),
    }
}

#[test]
fn second_implementation_reads_the_corpus() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../cpython-ext/common/tests/corpus/accepted.txt");
    let corpus = std::fs::read_to_string(path).expect("the corpus");
    let mut items = 0;
    for line in corpus.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (hex, expected) = line.split_once(' ').expect("hex and notation");
        assert_eq!(read_back(hex), expected, "{line}");
        items += 1;
    }
    assert!(items > 100);
}

/// Reads one item in hex; returns it in diagnostic notation. Encoded again, it must be the same.
fn read_back(hex: &str) -> String {
    let bytes: Vec<u8> = (0..hex.len() / 2)
        .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).expect("hex"))
        .collect();
    let (mut text, mut again) = (String::new(), Vec::new());
    let mut decoder = Decoder::from(bytes.as_slice());
    transcribe(&mut decoder, &mut text, &mut Encoder::from(&mut again));
    assert_eq!(decoder.offset(), bytes.len(), "{hex}");
    if !text.contains("float'") {
        assert_eq!(again, bytes, "{hex}");
    }
    text
}

/// The table of docs/reference/dynlink-cbor.md, of which others write providers.
#[test]
fn the_examples_of_the_documentation_are_what_they_say() {
    let page = include_str!("../../../docs/reference/dynlink-cbor.md");
    let examples: Vec<_> = page
        .lines()
        .filter(|line| line.starts_with("| "))
        .flat_map(|line| line.split(" = `").skip(1))
        .filter_map(|rest| rest.split('`').next())
        .filter(|hex| hex.len() % 2 == 0 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .map(|hex| format!("{hex} {}", read_back(hex)))
        .collect();
    expect_test::expect![[r#"
        f5 true
        1903e8 1000
        21 -2
        fb3ff8000000000000 float'3ff8000000000000'
        18e9 233
        62c3a9 "é"
        420102 h'0102'
        d845420100 69(h'0100')
        816161 ["a"]
        820102 [1, 2]
        80 []
        8103 [3]
        02 2
        820107 [1, 7]
        8100 [0]
        820007 [0, 7]
        8101 [1]
        05 5"#]]
    .assert_eq(&examples.join("\n"));
}
