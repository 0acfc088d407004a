//! Which functions came from which object file, by the map that the linker writes (`wasm-ld -Map`):
//! how a library as a whole is declared to be of [leaves](super::leaves).

use anyhow::{Context, Result, ensure};

use super::features::Dialect;
use super::{Body, Module};

/// The indices of the functions of `wasm` whose object file `wanted` accepts, by the map `map` of
/// the link that wrote `wasm`. Objects are named as the linker was told them, members of an archive
/// as `libc.a(malloc.o)`.
///
/// The map lists functions without their indices. It must therefore be the map of this very file,
/// and is checked to be: as many functions, and each ends where the map says.
pub fn functions_of(wasm: &[u8], map: &str, wanted: impl Fn(&str) -> bool) -> Result<Vec<u32>> {
    let module = Module::read(wasm, Dialect::Exceptions)?;
    let placed = functions(map)?;
    ensure!(
        placed.len() == module.bodies.len(),
        "the link map has {} functions, the module {}",
        placed.len(),
        module.bodies.len()
    );
    let mut found = Vec::new();
    // The linker leaves the header of the code section out of account.
    let header = |placed: &Placed, body: &Body| body.end.checked_sub(placed.end);
    let expected = placed.first().zip(module.bodies.first()).map(|(p, b)| header(p, b));
    for (placed, body) in placed.iter().zip(&module.bodies) {
        ensure!(
            Some(header(placed, body)) == expected,
            "the link map is of another file: {} ends at {:#x} in the map, {} at {:#x}",
            placed.function,
            placed.end,
            module.names.function(body.function),
            body.end
        );
        if wanted(placed.object) {
            found.push(body.function);
        }
    }
    Ok(found)
}

/// A function as the map has it.
#[derive(Debug, PartialEq, Eq)]
struct Placed<'m> {
    object: &'m str,
    function: &'m str,
    /// The offset in the file after it.
    end: u64,
}

/// Reads the code section of `map`: lines of address, offset, size (both hexadecimal) and
/// `object:(function)`, each followed by a line for every symbol there, without an object.
fn functions(map: &str) -> Result<Vec<Placed<'_>>> {
    let mut placed = Vec::new();
    let mut in_code = false;
    for (number, line) in (1..).zip(map.lines()) {
        let Some([_, offset, size, what]) = columns(line) else { continue };
        // Sections are not indented, what is in them is.
        if !what.starts_with(' ') {
            in_code = what == "CODE";
            continue;
        }
        if !in_code {
            continue;
        }
        let hexadecimal = |text: &str| {
            u64::from_str_radix(text, 16).with_context(|| format!("line {number} of the link map"))
        };
        if let Some((object, function)) = what.trim_start().rsplit_once(":(")
            && let Some(function) = function.strip_suffix(')')
        {
            let end = hexadecimal(offset)? + hexadecimal(size)?;
            placed.push(Placed { object, function, end });
        }
    }
    Ok(placed)
}

/// The first three words of `line` and the rest of it, after one space.
fn columns(line: &str) -> Option<[&str; 4]> {
    let (address, rest) = line.trim_start().split_once(' ')?;
    let (offset, rest) = rest.trim_start().split_once(' ')?;
    let (size, rest) = rest.trim_start().split_once(' ')?;
    Some([address, offset, size, rest])
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAP: &str = "    Addr      Off     Size Out     In      Symbol
       -        8       15 TYPE
       0        0        0         __stack_pointer
       -       1c       10 CODE
       -       1e        3         main file.o:(first)
       -       1e        3                 first
       -       1e        3                 DATA
       -       21        5         /lib/libz.a(inflate.o):(second)
       -       21        5                 second
       -       26        3         main file.o:(third)
       -       40       10 DATA
      10       42        5         main file.o:(.data)
";

    #[test]
    fn functions_are_listed_in_order() {
        let placed = functions(MAP).unwrap();
        let listed: Vec<_> = placed.iter().map(|p| (p.object, p.function, p.end)).collect();
        assert_eq!(
            listed,
            [
                ("main file.o", "first", 0x21),
                ("/lib/libz.a(inflate.o)", "second", 0x26),
                ("main file.o", "third", 0x29),
            ]
        );
    }

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
        assert_eq!(functions_of(&wasm, &map, |object| object.starts_with("libz.a")).unwrap(), [1]);
        assert_eq!(functions_of(&wasm, &map, |object| object == "a.o").unwrap(), [0, 2]);
    }

    #[test]
    fn map_of_another_file_is_refused() {
        let (wasm, map) = module_and_map(1);
        let error = functions_of(&wasm, &map, |_| true).unwrap_err().to_string();
        assert!(error.starts_with("the link map is of another file: f ends at 0x"), "{error}");
        assert!(error.contains(", function 1 at 0x"), "{error}");
        let error = functions_of(&wasm, "", |_| true).unwrap_err().to_string();
        assert_eq!(error, "the link map has 0 functions, the module 3");
    }
}
