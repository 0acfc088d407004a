//! The map that the linker writes (`wasm-ld -Map`): which object each function and each piece of data came from.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// Which section of the module bytes are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Place {
    Code,
    Data,
}

/// What one object brought: a function, or a section of data that takes room in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'m> {
    pub place: Place,
    /// As the linker was told it, a member of an archive as `libc.a(malloc.o)`; `<internal>` is the linker's own.
    pub object: &'m str,
    /// Of a function or section, in the object.
    pub name: &'m str,
    /// In the module, in bytes.
    pub offset: u64,
    /// In bytes.
    pub size: u64,
}

/// Reads the code and data of `map`: lines of address, offset, size (all hexadecimal) and `object:(name)`, each
/// followed by a line for every symbol there, without an object.
pub fn entries(map: &str) -> Result<Vec<Entry<'_>>> {
    let mut entries = Vec::new();
    let mut place = None;
    for (number, line) in (1..).zip(map.lines()) {
        let Some([_, offset, size, what]) = columns(line) else { continue };
        // Sections are not indented, what is in them is.
        if !what.starts_with(' ') {
            place = match what {
                "CODE" => Some(Place::Code),
                segment if segment == "DATA" || segment.starts_with('.') => Some(Place::Data),
                _ => None,
            };
            continue;
        }
        let hexadecimal = |text: &str| {
            u64::from_str_radix(text, 16).with_context(|| format!("line {number} of the link map"))
        };
        if let Some(place) = place
            && let Some((object, name)) = what.trim_start().rsplit_once(":(")
            && let Some(name) = name.strip_suffix(')')
            // Zeros take no room in the file.
            && !name.starts_with(".bss")
        {
            let (offset, size) = (hexadecimal(offset)?, hexadecimal(size)?);
            entries.push(Entry { place, object, name, offset, size });
        }
    }
    Ok(entries)
}

/// Sums the bytes of `entries` by what `key` says of their objects; what it says nothing of is left out.
pub fn sums<'m, K: Ord>(
    entries: &[Entry<'m>],
    key: impl Fn(&Entry<'m>) -> Option<K>,
) -> BTreeMap<K, u64> {
    let mut sums = BTreeMap::new();
    for entry in entries {
        if let Some(key) = key(entry) {
            *sums.entry(key).or_default() += entry.size;
        }
    }
    sums
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
      10       40       10 .data
      10       42        5         main file.o:(.data)
      15       47        c         <internal>:(.rodata)
      30       40      640 .bss
      30        0      640         main file.o:(.bss.table)
       -       60       4d CUSTOM(name)
";

    #[test]
    fn what_takes_room_is_listed_in_order() {
        let entries = entries(MAP).unwrap();
        let listed: Vec<_> =
            entries.iter().map(|it| (it.place, it.object, it.name, it.offset, it.size)).collect();
        assert_eq!(
            listed,
            [
                (Place::Code, "main file.o", "first", 0x1e, 3),
                (Place::Code, "/lib/libz.a(inflate.o)", "second", 0x21, 5),
                (Place::Code, "main file.o", "third", 0x26, 3),
                (Place::Data, "main file.o", ".data", 0x42, 5),
                (Place::Data, "<internal>", ".rodata", 0x47, 12),
            ]
        );
        let sums = sums(&entries, |it| it.object.ends_with('o').then_some(it.object));
        assert_eq!(sums, BTreeMap::from([("main file.o", 11)]));
    }

    #[test]
    fn a_number_that_is_none_is_an_error_with_its_line() {
        let error = entries(&MAP.replace("       26        3", "       26        x")).unwrap_err();
        assert_eq!(error.to_string(), "line 10 of the link map");
    }
}
