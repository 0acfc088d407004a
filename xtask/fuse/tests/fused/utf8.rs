//! The check of strings against Rust's own.

use wasmtime::{Engine, Instance, Memory, Module, Store, TypedFunc};

use super::random::Random;

/// Where strings are put, off the alignment of the steps.
const AT: usize = 8;

struct Check {
    store: Store<()>,
    memory: Memory,
    check: TypedFunc<(u32, u32), ()>,
}

impl Check {
    fn new() -> Check {
        let text = include_str!("../../src/utf8.wat");
        let text = text.replace("(memory 1)", "(memory (export \"memory\") 1)");
        let text = text.replace("(func (param $at", "(func (export \"check\") (param $at");
        let engine = Engine::default();
        let module = Module::new(&engine, wat::parse_str(text).unwrap()).unwrap();
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[]).unwrap();
        let memory = instance.get_memory(&mut store, "memory").unwrap();
        let check = instance.get_typed_func(&mut store, "check").unwrap();
        Check { store, memory, check }
    }

    fn accepts(&mut self, bytes: &[u8]) -> bool {
        let data = self.memory.data_mut(&mut self.store);
        // What is around it must not matter.
        data[..AT + bytes.len() + 64].fill(0xff);
        data[AT..AT + bytes.len()].copy_from_slice(bytes);
        self.check.call(&mut self.store, (AT as u32, bytes.len() as u32)).is_ok()
    }

    fn compare(&mut self, bytes: &[u8]) -> bool {
        let valid = std::str::from_utf8(bytes).is_ok();
        assert_eq!(self.accepts(bytes), valid, "{bytes:x?}");
        valid
    }
}

const CHARS: [&str; 11] = [
    "a",
    "\u{e4}",
    "\u{7ff}",
    "\u{800}",
    "\u{20ac}",
    "\u{d7ff}",
    "\u{e000}",
    "\u{ffff}",
    "\u{10000}",
    "\u{10ffff}",
    "\u{1f600}",
];

fn text(random: &mut Random) -> Vec<u8> {
    let often = random.pick(&[1, 10, 20]);
    let mut text = String::new();
    let char = |random: &mut Random| match random.below(20) < often {
        true => random.pick(&CHARS),
        false => "x",
    };
    (0..random.below(90)).for_each(|_| text.push_str(char(random)));
    let [before, behind] = [(); 2].map(|()| random.pick(&[0, 0, 64]) + random.below(80));
    format!("{}{text}{}", "y".repeat(before), "z".repeat(behind)).into_bytes()
}

fn damaged(random: &mut Random, mut bytes: Vec<u8>) -> Vec<u8> {
    const BYTES: [u8; 10] = [0x80, 0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xf0, 0xf4, 0xf5, 0xff];
    if bytes.is_empty() {
        return bytes;
    }
    let at = random.below(bytes.len());
    match random.below(4) {
        0 => bytes[at] = random.below(256) as u8,
        1 => bytes.truncate(at),
        2 => _ = bytes.remove(at),
        _ => bytes.insert(at, random.pick(&BYTES)),
    }
    bytes
}

#[test]
fn random_strings_are_taken_as_rust_takes_them() {
    let (mut check, mut random) = (Check::new(), Random::new(1));
    let mut valid = 0;
    for _ in 0..8000 {
        let text = text(&mut random);
        assert!(check.compare(&text));
        for _ in 0..3 {
            let damaged = damaged(&mut random, text.clone());
            valid += usize::from(check.compare(&damaged));
        }
    }
    assert!((1000..20_000).contains(&valid), "{valid} of the damaged strings are valid");
}

#[test]
fn every_start_of_a_character_is_taken_as_rust_takes_it_at_every_seam() {
    let mut check = Check::new();
    for before in [0, 13, 14, 15, 16, 31, 61, 62, 63, 64, 79] {
        for first in 0x80..=0xff {
            for second in [0, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0] {
                for behind in [0, 1, 2, 70] {
                    let mut bytes = vec![b'x'; before];
                    bytes.extend([first, second, 0x80, 0x80]);
                    bytes.truncate(before + 1 + behind.min(3));
                    bytes.extend(vec![b'x'; behind.saturating_sub(3)]);
                    check.compare(&bytes);
                }
            }
        }
    }
}

#[test]
fn what_is_out_of_bounds_traps() {
    let mut check = Check::new();
    for (at, length) in [(65536, 1), (65530, 7), (0, 65537), (u32::MAX, 1), (16, u32::MAX)] {
        assert!(check.check.call(&mut check.store, (at, length)).is_err(), "{at} {length}");
    }
}
