//! Which functions came from which object file, by the map that the linker writes (`wasm-ld -Map`):
//! how a library as a whole is declared to be of [leaves](super::leaves).

use anyhow::{Result, ensure};

use super::features::Dialect;
use super::{Body, Module};
use crate::wasm::link_map::{Entry, Place};

/// The indices of the functions of `wasm` whose object file `wanted` accepts, by what the map of the link that wrote
/// `wasm` lists.
///
/// The map lists functions without their indices. It must therefore be the map of this very file,
/// and is checked to be: as many functions, and each ends where the map says.
pub fn functions_of(wasm: &[u8], map: &[Entry], wanted: impl Fn(&str) -> bool) -> Result<Vec<u32>> {
    let module = Module::read(wasm, Dialect::Exceptions)?;
    let placed: Vec<_> = map.iter().filter(|entry| entry.place == Place::Code).collect();
    ensure!(
        placed.len() == module.bodies.len(),
        "the link map has {} functions, the module {}",
        placed.len(),
        module.bodies.len()
    );
    let mut found = Vec::new();
    // The linker leaves the header of the code section out of account.
    let end = |placed: &Entry| placed.offset + placed.size;
    let header = |placed: &Entry, body: &Body| body.end.checked_sub(end(placed));
    let expected = placed.first().zip(module.bodies.first()).map(|(p, b)| header(p, b));
    for (placed, body) in placed.iter().zip(&module.bodies) {
        ensure!(
            Some(header(placed, body)) == expected,
            "the link map is of another file: {} ends at {:#x} in the map, {} at {:#x}",
            placed.name,
            end(placed),
            module.names.function(body.function),
            body.end
        );
        if wanted(placed.object) {
            found.push(body.function);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wasm::link_map::entries;

    /// A module and its map; `shift` moves what the map says of the second function.
    fn module_and_map(shift: u64) -> (Vec<u8>, String) {
        let wasm = wat::parse_str("(module (func) (func nop) (func))").unwrap();
        let module = Module::read(&wasm, Dialect::Plain).unwrap();
        let mut map = String::from("  -  0  0 CODE\n");
        for (body, object) in module.bodies.iter().zip(["a.o", "libz.a(b.o)", "a.o"]) {
            let shift = if object == "a.o" { 0 } else { shift };
            map += &format!("  -  {:x}  2         {object}:(f)\n", body.end - 4 + shift);
        }
        (wasm, map)
    }

    #[test]
    fn functions_of_an_archive_are_found() {
        let (wasm, map) = module_and_map(0);
        assert_eq!(
            functions_of(&wasm, &entries(&map).unwrap(), |object| object.starts_with("libz.a"))
                .unwrap(),
            [1]
        );
        assert_eq!(
            functions_of(&wasm, &entries(&map).unwrap(), |object| object == "a.o").unwrap(),
            [0, 2]
        );
    }

    #[test]
    fn map_of_another_file_is_refused() {
        let (wasm, map) = module_and_map(1);
        let error = functions_of(&wasm, &entries(&map).unwrap(), |_| true).unwrap_err().to_string();
        assert!(error.starts_with("the link map is of another file: f ends at 0x"), "{error}");
        assert!(error.contains(", function 1 at 0x"), "{error}");
        let error = functions_of(&wasm, &[], |_| true).unwrap_err().to_string();
        assert_eq!(error, "the link map has 0 functions, the module 3");
    }
}
