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
        let bytes: Vec<u8> = (0..hex.len() / 2)
            .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).expect("hex"))
            .collect();
        let (mut text, mut again) = (String::new(), Vec::new());
        let mut decoder = Decoder::from(bytes.as_slice());
        transcribe(&mut decoder, &mut text, &mut Encoder::from(&mut again));
        assert_eq!(text, expected, "{line}");
        assert_eq!(decoder.offset(), bytes.len(), "{line}");
        if !text.contains("float'") {
            assert_eq!(again, bytes, "{line}");
        }
        items += 1;
    }
    assert!(items > 100);
}
