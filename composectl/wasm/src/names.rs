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

/// Hides names from a compiler: the sections that hold them are renamed, so that no offset changes.
pub fn hide(wasm: &mut [u8]) {
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
        wasm[start] = b'-';
    }
}

/// A place in the code of a file: an offset, and the index of the function there where that is not known by the offset,
/// but is that of another function of the same module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub offset: u64,
    pub function: Option<u32>,
}

/// The functions at `places` of the file. A damaged file has fewer names.
pub fn at(wasm: &[u8], places: &[Place]) -> BTreeMap<Place, Named> {
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
                    module.read(payload, places);
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
    /// Which of the places are which function.
    inside: BTreeMap<u32, Vec<Place>>,
    named: BTreeMap<Place, Named>,
}

impl Module {
    fn read(&mut self, payload: Payload<'_>, places: &[Place]) {
        match payload {
            Payload::ImportSection(section) => {
                for import in section.into_imports().map_while(Result::ok) {
                    let function = matches!(import.ty, TypeRef::Func(_) | TypeRef::FuncExact(_));
                    self.functions += u32::from(function);
                }
            }
            Payload::CodeSectionEntry(body) => {
                let range = body.range();
                for place in places.iter().filter(|place| range.contains(&place.offset)) {
                    let function = place.function.unwrap_or(self.functions);
                    self.inside.entry(function).or_default().push(*place);
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
                for place in self.inside.values().flatten() {
                    self.named.entry(*place).or_default().module = Some(name.to_owned());
                }
            }
            Name::Function(names) => {
                for naming in names.into_iter().map_while(Result::ok) {
                    for place in self.inside.get(&naming.index).into_iter().flatten() {
                        let named = self.named.entry(*place).or_default();
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

    fn place(offset: u64) -> Place {
        Place { offset, function: None }
    }

    fn named(wasm: &[u8]) -> Vec<(Option<String>, Option<String>)> {
        // The first instruction of each body, which follows its count of locals.
        let bodies = Parser::new(0).parse_all(wasm).filter_map(|payload| match payload.unwrap() {
            Payload::CodeSectionEntry(body) => Some(body.range().start + 1),
            _ => None,
        });
        let places: Vec<_> = bodies.map(place).collect();
        let found = at(wasm, &places);
        let of = |place| found.get(place).cloned().unwrap_or_default();
        places.iter().map(of).map(|named| (named.module, named.function)).collect()
    }

    #[test]
    fn offsets_find_their_module_and_function() {
        let wasm = wat::parse_str(WASM).unwrap();
        let pair = |module: &str, function: &str| (Some(module.into()), Some(function.into()));
        assert_eq!(
            named(&wasm),
            [pair("first", "one"), pair("first", "two"), pair("second", "three")]
        );
        assert!(at(&wasm, &[0, 7, u64::MAX].map(place)).is_empty());
    }

    #[test]
    fn a_function_is_found_beside_another_one() {
        let wasm = wat::parse_str(WASM).unwrap();
        let mut bodies = Parser::new(0).parse_all(&wasm).map(Result::unwrap);
        let first = bodies.find_map(|payload| match payload {
            Payload::CodeSectionEntry(body) => Some(body.range().start + 1),
            _ => None,
        });
        let beside = Place { offset: first.unwrap(), function: Some(2) };
        let found = at(&wasm, &[beside]);
        assert_eq!(found[&beside].function.as_deref(), Some("two"));
    }

    #[test]
    fn hidden_names_are_gone_and_nothing_moves() {
        let wasm = wat::parse_str(WASM).unwrap();
        let mut hidden = wasm.clone();
        hide(&mut hidden);
        assert_eq!(named(&hidden), vec![(None, None); 3]);
        wasmparser::Validator::new().validate_all(&hidden).unwrap();
    }

    #[test]
    fn damaged_files_have_fewer_names() {
        let wasm = wat::parse_str(WASM).unwrap();
        for end in 0..wasm.len() {
            at(&wasm[..end], &[20, 40, 60].map(place));
            hide(&mut wasm[..end].to_vec());
        }
    }
}
