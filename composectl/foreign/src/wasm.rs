//! WebAssembly files, and the memory of a guest that trapped.

use composectl_wasm::anatomy::{self, Extern, Kind};
use composectl_wasm::names::{self, Place};
use composectl_wasm::python_frames;
use composectl_wasm::surface::{self, Surface};

pub fn file(bytes: &[u8]) {
    let surface = Surface::of(bytes);
    let kinds = surface::kinds(bytes);
    assert!(surface.is_ok() || !kinds.program && !kinds.provider);
    if let Ok(anatomy) = anatomy::of(bytes)
        && anatomy.whole.kind == Kind::Component
    {
        // Who decides what a component may import sees what is shown of it.
        let surface = surface.expect("what is valid has a surface");
        let names = |externs: &[Extern]| -> Vec<String> {
            externs.iter().map(|external| external.name.clone()).collect()
        };
        assert_eq!(names(&anatomy.imports), surface.imports);
        assert_eq!(names(&anatomy.exports), surface.exports);
    }
    let mut hidden = bytes.to_vec();
    names::hide(&mut hidden);
    let length = bytes.len() as u64;
    let places = [0, length / 3, length / 2].map(|offset| Place { offset, function: None });
    assert!(names::at(bytes, &places).len() <= places.len());
    let nameless = names::at(&hidden, &places);
    assert!(nameless.values().all(|named| named.function.is_none() && named.module.is_none()));
}

pub fn python_memory(bytes: &[u8]) {
    let frames = python_frames::innermost(bytes, 8);
    assert!(frames.len() <= 8);
    for frame in frames {
        assert!(frame.file.chars().count() <= 200 && frame.function.chars().count() <= 200);
    }
}
