//! Whether libc's descriptors are laid out as `runtimes/common/libc/descriptors.h` has them. libc promises nothing about
//! them, and functions of ours in a table of another order would be called for others.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, Result, bail};
use wasmparser::{KnownCustom, Linking, Parser, Payload, RelocationType, SymbolInfo};

use super::{FITTING_SDK, Target, Toolchain};
use crate::graph::Work;

/// The operations of a descriptor, in the order of `descriptor_vtable_t`.
const OPERATIONS: &[&str] = &[
    "free",
    "get_read_stream",
    "get_write_stream",
    "set_blocking",
    "fstat",
    "get_file",
    "seek",
    "close_streams",
    "fcntl_getfl",
    "fcntl_setfl",
    "isatty",
    "accept4",
    "bind",
    "connect",
    "getsockname",
    "getpeername",
    "listen",
    "recvfrom",
    "sendto",
    "shutdown",
    "getsockopt",
    "setsockopt",
    "poll_register",
    "poll_finish",
];

/// Kinds of descriptors, each the member `KIND.c.obj` of libc with functions `KIND_OPERATION`. Together they have all
/// operations but `isatty`.
const KINDS: &[&str] = &["file", "tcp", "udp"];

pub(super) fn check(work: &Work, sdk: &Toolchain) -> Result<()> {
    let archive = sdk.library_dir(Target::Wasip2).join("libc.a");
    let dir = work.scratch()?;
    let members = KINDS.iter().map(|kind| format!("{kind}.c.obj"));
    sdk.tool(work, "llvm-ar").arg("x").arg(archive).args(members).current_dir(&dir).run()?;
    for kind in KINDS {
        let object = fs::read(dir.join(format!("{kind}.c.obj")))?;
        let found = slots(&object, kind)
            .with_context(|| format!("cannot read {kind}.c.obj of this SDK's libc"))?;
        compare(kind, &found)?;
    }
    Ok(())
}

/// The operations that an object's one table of functions has, by their slot.
fn slots(object: &[u8], kind: &str) -> Result<BTreeMap<u32, String>> {
    let mut functions = BTreeMap::new();
    let mut uses = BTreeMap::new();
    for payload in Parser::new(0).parse_all(object) {
        let Payload::CustomSection(section) = payload? else { continue };
        match section.as_known() {
            KnownCustom::Linking(linking) => {
                for part in linking {
                    let Linking::SymbolTable(symbols) = part? else { continue };
                    for (index, symbol) in symbols.into_iter().enumerate() {
                        if let SymbolInfo::Func { name: Some(name), .. } = symbol? {
                            functions.insert(index as u32, name.to_owned());
                        }
                    }
                }
            }
            KnownCustom::Reloc(relocations) if section.name() == "reloc.DATA" => {
                for entry in relocations.entries() {
                    let entry = entry?;
                    if entry.ty == RelocationType::TableIndexI32 {
                        uses.insert(entry.offset, entry.index);
                    }
                }
            }
            _ => {}
        }
    }
    let Some((&first, _)) = uses.first_key_value() else { return Ok(BTreeMap::new()) };
    Ok(uses
        .into_iter()
        .filter_map(|(offset, function)| {
            let name = functions.get(&function)?.strip_prefix(kind)?.strip_prefix('_')?;
            Some(((offset - first) / 4, name.to_owned()))
        })
        .collect())
}

fn compare(kind: &str, found: &BTreeMap<u32, String>) -> Result<()> {
    let known = |(slot, name): &(&u32, &String)| {
        OPERATIONS.get(**slot as usize).is_some_and(|known| known == name)
    };
    match found.iter().find(|entry| !known(entry)) {
        None if !found.is_empty() => Ok(()),
        wrong => bail!(
            "this SDK's libc lays out its descriptors ({kind}) in another way than runtimes/common/libc knows: {}\n\
             hint: the SDK that serves is {FITTING_SDK}",
            match wrong {
                Some((slot, name)) => format!("operation {slot} is {name}"),
                None => "there is no table of operations".to_owned(),
            },
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(names: &[(u32, &str)]) -> BTreeMap<u32, String> {
        names.iter().map(|(slot, name)| (*slot, (*name).to_owned())).collect()
    }

    #[test]
    fn the_layout_that_we_know_is_taken() {
        compare("tcp", &found(&[(0, "free"), (7, "close_streams"), (23, "poll_finish")])).unwrap();
    }

    #[test]
    fn another_layout_is_refused_with_what_serves() {
        let error = compare("tcp", &found(&[(0, "free"), (7, "fcntl_getfl")])).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("operation 7 is fcntl_getfl"), "{text}");
        assert!(text.contains("hint: the SDK that serves is wasi-sdk 33"), "{text}");
        assert!(compare("tcp", &found(&[(24, "dup")])).is_err());
        assert!(compare("tcp", &found(&[])).is_err());
    }
}
