//! Making the names of a relocatable object its own, or ones that yield, so that it can be linked with objects that have the
//! same ones.
//! (Format: WebAssembly tool conventions, Linking.md.)

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use wasmparser::{
    ComdatSymbolKind, KnownCustom, Linking, LinkingSectionReader, Parser, Payload, SymbolFlags,
    SymbolInfo,
};

use super::inspect;

/// Makes every function and every piece of data local that `object` defines, but for those whose name is `public`. What it
/// only refers to stays as it is; so does what C++ defines in many files and the linker keeps once (COMDAT).
///
/// Fails on what is no relocatable object.
pub fn localize(object: &[u8], public: impl Fn(&str) -> bool) -> Result<Vec<u8>> {
    bind(object, SymbolFlags::BINDING_LOCAL, |name, _| !public(name))
}

/// Makes the functions and the data that `object` defines with a name that is `yielding` weak: those of another object are taken
/// in their place, and what is exported under their names is exported once.
///
/// Fails on what is no relocatable object.
pub fn weaken(object: &[u8], yielding: impl Fn(&str) -> bool) -> Result<Vec<u8>> {
    bind(object, SymbolFlags::BINDING_WEAK, |name, flags| {
        !flags.contains(SymbolFlags::BINDING_LOCAL) && yielding(name)
    })
}

fn bind(
    object: &[u8],
    binding: SymbolFlags,
    chosen: impl Fn(&str, SymbolFlags) -> bool,
) -> Result<Vec<u8>> {
    inspect::check_header(object)?;
    let mut linking = None;
    for payload in Parser::new(0).parse_all(object) {
        if let Payload::CustomSection(section) = payload.map_err(inspect::parse_error)?
            && let KnownCustom::Linking(reader) = section.as_known()
        {
            linking = Some(reader);
        }
    }
    let linking = linking.context("no symbols: it is no relocatable object")?;
    let both = SymbolFlags::BINDING_WEAK | SymbolFlags::BINDING_LOCAL;
    let mut written = object.to_vec();
    for at in found(&linking, chosen).map_err(inspect::parse_error)? {
        let byte = written.get_mut(at).context("a symbol lies past the file's end")?;
        // Both are in the first byte of the flags, whatever others there are.
        *byte &= !(both.bits() as u8);
        *byte |= binding.bits() as u8;
    }
    Ok(written)
}

/// Where in the file the flags are of the symbols that are `chosen`.
fn found(
    linking: &LinkingSectionReader,
    chosen: impl Fn(&str, SymbolFlags) -> bool,
) -> wasmparser::Result<Vec<usize>> {
    let mut shared = BTreeSet::new();
    let mut found = Vec::new();
    for part in linking.subsections() {
        match part? {
            Linking::ComdatInfo(groups) => {
                for group in groups {
                    for member in group?.symbols {
                        let member = member?;
                        shared.insert((member.kind == ComdatSymbolKind::Data, member.index));
                    }
                }
            }
            Linking::SymbolTable(symbols) => {
                for symbol in symbols.into_iter_with_offsets() {
                    let (at, symbol) = symbol?;
                    // A byte for the kind stands in front of the flags.
                    let flags_at = at as usize + 1;
                    match symbol {
                        SymbolInfo::Func { flags, index, name: Some(name) }
                            if !flags.contains(SymbolFlags::UNDEFINED) && chosen(name, flags) =>
                        {
                            found.push((flags_at, (false, index)));
                        }
                        SymbolInfo::Data { flags, name, symbol: Some(data) }
                            if chosen(name, flags) =>
                        {
                            found.push((flags_at, (true, data.index)));
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    found.retain(|(_, what)| !shared.contains(what));
    Ok(found.into_iter().map(|(at, _)| at).collect())
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{
        CodeSection, ConstExpr, CustomSection, DataSection, DataSymbolDefinition, EntityType,
        Function, FunctionSection, ImportSection, LinkingSection, MemoryType, Module, SymbolTable,
        TypeSection,
    };

    use super::*;

    const UNDEFINED: u32 = SymbolTable::WASM_SYM_UNDEFINED;
    const HIDDEN: u32 = SymbolTable::WASM_SYM_VISIBILITY_HIDDEN;
    const WEAK: u32 = SymbolTable::WASM_SYM_BINDING_WEAK;
    const LOCAL: u32 = SymbolTable::WASM_SYM_BINDING_LOCAL;
    const NO_STRIP: u32 = SymbolTable::WASM_SYM_NO_STRIP;

    fn object(symbols: &SymbolTable) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut imports = ImportSection::new();
        let memory = MemoryType {
            minimum: 1,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        };
        imports.import("env", "__linear_memory", memory);
        imports.import("env", "malloc", EntityType::Function(0));
        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        for _ in 0..3 {
            functions.function(0);
            let mut empty = Function::new([]);
            empty.instructions().end();
            code.function(&empty);
        }
        let mut data = DataSection::new();
        data.active(0, &ConstExpr::i32_const(0), [1, 2, 3, 4]);
        let mut linking = LinkingSection::new();
        linking.symbol_table(symbols);
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions).section(&code);
        module.section(&data).section(&linking);
        module.finish()
    }

    fn flags(object: &[u8]) -> Vec<(String, u32)> {
        let mut found = Vec::new();
        for payload in Parser::new(0).parse_all(object) {
            let Payload::CustomSection(section) = payload.unwrap() else { continue };
            let KnownCustom::Linking(linking) = section.as_known() else { continue };
            for part in linking.subsections() {
                let Linking::SymbolTable(symbols) = part.unwrap() else { continue };
                for symbol in symbols {
                    let (name, flags) = match symbol.unwrap() {
                        SymbolInfo::Func { flags, name, .. } => (name.unwrap_or("import"), flags),
                        SymbolInfo::Data { flags, name, .. } => (name, flags),
                        other => panic!("{other:?}"),
                    };
                    found.push((name.to_owned(), flags.bits()));
                }
            }
        }
        found
    }

    #[test]
    fn what_is_defined_is_local_unless_it_is_public() {
        let table = DataSymbolDefinition { index: 0, offset: 0, size: 4 };
        let mut symbols = SymbolTable::new();
        symbols.function(UNDEFINED, 0, None);
        symbols.function(HIDDEN, 1, Some("inflate"));
        symbols.function(0, 2, Some("exports_api_f"));
        symbols.function(WEAK | NO_STRIP, 3, Some("hook"));
        symbols.data(0, "table", Some(table));
        symbols.data(UNDEFINED, "environ", None);
        let before = object(&symbols);
        let after = localize(&before, |name| name.starts_with("exports_")).unwrap();
        assert_eq!(before.len(), after.len());
        let expected = [
            ("import", UNDEFINED),
            ("inflate", HIDDEN | LOCAL),
            ("exports_api_f", 0),
            ("hook", LOCAL | NO_STRIP),
            ("table", LOCAL),
            ("environ", UNDEFINED),
        ];
        assert_eq!(flags(&after), expected.map(|(name, flags)| (name.to_owned(), flags)));
    }

    #[test]
    fn what_yields_is_weak_unless_it_is_local() {
        let mut symbols = SymbolTable::new();
        symbols.function(UNDEFINED, 0, None);
        symbols.function(HIDDEN | NO_STRIP, 1, Some("exports_api_f"));
        symbols.function(LOCAL, 2, Some("exports_api_own"));
        symbols.function(0, 3, Some("hook"));
        let after = weaken(&object(&symbols), |name| name.starts_with("exports_api_")).unwrap();
        let expected = [
            ("import", UNDEFINED),
            ("exports_api_f", HIDDEN | NO_STRIP | WEAK),
            ("exports_api_own", LOCAL),
            ("hook", 0),
        ];
        assert_eq!(flags(&after), expected.map(|(name, flags)| (name.to_owned(), flags)));
    }

    #[test]
    fn what_the_linker_keeps_once_stays_as_it_is() {
        let mut symbols = SymbolTable::new();
        symbols.function(WEAK, 1, Some("inline"));
        symbols.function(0, 2, Some("own"));
        let plain = object(&symbols);
        // Id, size, the name and its length; the version; sub-sections.
        let name = plain.windows(7).position(|bytes| bytes == b"linking").unwrap();
        let (end, symbols) = (name - 3, &plain[name + 8..]);
        // The sub-section of groups: one, `inline`, without flags, of one function, the one with index 1.
        let groups = [&[7, 12, 1, 6][..], b"inline", &[0, 1, 1, 1]].concat();
        let linking = [&[2], &groups[..], symbols].concat();
        let mut module = Module::new();
        module.section(&CustomSection { name: "linking".into(), data: linking.into() });
        let header = Module::new().finish().len();
        let with_group = [&plain[..end], &module.finish()[header..]].concat();
        let after = localize(&with_group, |_| false).unwrap();
        let expected = [("inline", WEAK), ("own", LOCAL)];
        assert_eq!(flags(&after), expected.map(|(name, flags)| (name.to_owned(), flags)));
    }

    #[test]
    fn a_module_without_symbols_is_refused() {
        let error = localize(&Module::new().finish(), |_| true).unwrap_err();
        assert_eq!(error.to_string(), "no symbols: it is no relocatable object");
        localize(b"\0asm", |_| true).unwrap_err();
    }
}
