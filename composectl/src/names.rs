//! Names of functions, for traces. Compiled code has none: each start would pay for them, few runs trap. They are read
//! from the .wasm file when there is a trace to be shown.

use std::collections::BTreeMap;

use wasmparser::{KnownCustom, Name, Parser, Payload, TypeRef};

/// A function, as far as the file names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    pub module: Option<String>,
    pub function: Option<String>,
}

/// The same WebAssembly with names that a compiler does not see: the sections that hold them are renamed, so that no
/// offset changes.
pub fn hidden(wasm: &[u8]) -> Vec<u8> {
    let mut hidden = wasm.to_vec();
    let mut starts = Vec::new();
    for payload in Parser::new(0).parse_all(wasm).map_while(Result::ok) {
        if let Payload::CustomSection(section) = payload
            && matches!(section.name(), "name" | "component-name")
            && let Ok(data) = usize::try_from(section.data_offset())
        {
            starts.push(data - section.name().len());
        }
    }
    for start in starts {
        hidden[start] = b'-';
    }
    hidden
}

/// The functions that the instructions at `offsets` of the file belong to. A damaged file has fewer names.
pub fn at(wasm: &[u8], offsets: &[u64]) -> BTreeMap<u64, Named> {
    let mut found = BTreeMap::new();
    // The modules around the one being read, innermost last.
    let mut open: Vec<Module> = Vec::new();
    for payload in Parser::new(0).parse_all(wasm).map_while(Result::ok) {
        match payload {
            Payload::Version { .. } => open.push(Module::default()),
            Payload::End(_) => {
                if let Some(module) = open.pop() {
                    found.extend(module.named);
                }
            }
            payload => {
                if let Some(module) = open.last_mut() {
                    module.read(payload, offsets);
                }
            }
        }
    }
    found
}

/// One module on the way through the file. Its names follow its code.
#[derive(Default)]
struct Module {
    functions: u32,
    /// Which of the offsets are in which function.
    inside: BTreeMap<u32, Vec<u64>>,
    named: BTreeMap<u64, Named>,
}

impl Module {
    fn read(&mut self, payload: Payload<'_>, offsets: &[u64]) {
        match payload {
            Payload::ImportSection(section) => {
                for import in section.into_imports().map_while(Result::ok) {
                    let function = matches!(import.ty, TypeRef::Func(_) | TypeRef::FuncExact(_));
                    self.functions += u32::from(function);
                }
            }
            Payload::CodeSectionEntry(body) => {
                let range = body.range();
                let inside = offsets.iter().copied().filter(|offset| range.contains(offset));
                let inside: Vec<_> = inside.collect();
                if !inside.is_empty() {
                    self.inside.insert(self.functions, inside);
                }
                self.functions += 1;
            }
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(names) = section.as_known() {
                    names.into_iter().map_while(Result::ok).for_each(|name| self.name(name));
                }
            }
            _ => {}
        }
    }

    fn name(&mut self, name: Name<'_>) {
        match name {
            Name::Module { name, .. } => {
                for offset in self.inside.values().flatten() {
                    self.named.entry(*offset).or_default().module = Some(name.to_owned());
                }
            }
            Name::Function(names) => {
                for naming in names.into_iter().map_while(Result::ok) {
                    for offset in self.inside.get(&naming.index).into_iter().flatten() {
                        let named = self.named.entry(*offset).or_default();
                        named.function = Some(naming.name.to_owned());
                    }
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WASM: &str = r#"(component
        (core module $first (import "a" "b" (func)) (func $one nop) (func $two nop nop))
        (core module $second (func $three nop)))"#;

    fn named(wasm: &[u8]) -> Vec<(Option<String>, Option<String>)> {
        // The first instruction of each body, which follows its count of locals.
        let bodies = Parser::new(0).parse_all(wasm).filter_map(|payload| match payload.unwrap() {
            Payload::CodeSectionEntry(body) => Some(body.range().start + 1),
            _ => None,
        });
        let offsets: Vec<_> = bodies.collect();
        let found = at(wasm, &offsets);
        let of = |offset| found.get(offset).cloned().unwrap_or_default();
        offsets.iter().map(of).map(|named| (named.module, named.function)).collect()
    }

    #[test]
    fn offsets_find_their_module_and_function() {
        let wasm = wat::parse_str(WASM).unwrap();
        let pair = |module: &str, function: &str| (Some(module.into()), Some(function.into()));
        assert_eq!(
            named(&wasm),
            [pair("first", "one"), pair("first", "two"), pair("second", "three")]
        );
        assert!(at(&wasm, &[0, 7, u64::MAX]).is_empty());
    }

    #[test]
    fn hidden_names_are_gone_and_nothing_moves() {
        let wasm = wat::parse_str(WASM).unwrap();
        let hidden = super::hidden(&wasm);
        assert_eq!(hidden.len(), wasm.len());
        assert_eq!(named(&hidden), vec![(None, None); 3]);
        wasmparser::Validator::new().validate_all(&hidden).unwrap();
    }

    #[test]
    fn damaged_files_have_fewer_names() {
        let wasm = wat::parse_str(WASM).unwrap();
        for end in 0..wasm.len() {
            at(&wasm[..end], &[20, 40, 60]);
            hidden(&wasm[..end]);
        }
    }
}
