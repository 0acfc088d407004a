//! Removing what an artifact carries but no engine needs: names, producers, debug information.

use anyhow::{Result, ensure};
use wasm_encoder::{
    Component, ComponentSectionId, CustomSection, Encode, Module, NameMap, NameSection, Section,
};
use wasmparser::{Encoding, KnownCustom, Name, NameSectionReader, Parser, Payload};

use super::inspect;

/// Which custom sections survive [`strip`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// None.
    Nothing,
    /// The names of modules and functions, by which traces are read: for a finished component.
    FunctionNames,
    /// `component-type*`, from which `wit-component` learns the world: for a core module that is
    /// still to become a component.
    ComponentType,
}

/// Drops the custom sections of `wasm`, a core module or a component, at every nesting level.
///
/// Everything else is copied byte for byte, so code offsets inside sections don't move. Fails on
/// bytes that are no WebAssembly binary.
pub fn strip(wasm: &[u8], keep: Keep) -> Result<Vec<u8>> {
    inspect::check_header(wasm)?;
    // The binaries around the one being read, innermost last, each as far as it is written.
    let mut outer: Vec<Vec<u8>> = Vec::new();
    let mut current: Vec<u8> = Vec::with_capacity(wasm.len());
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.map_err(inspect::parse_error)?;
        match &payload {
            Payload::Version { encoding, .. } => current.extend_from_slice(match encoding {
                Encoding::Component => &Component::HEADER,
                Encoding::Module => &Module::HEADER,
            }),
            // The nested binary follows as payloads of its own; `End` closes it.
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => {
                outer.push(std::mem::take(&mut current));
            }
            Payload::End(_) => {
                let Some(mut parent) = outer.pop() else { break };
                let id = if current.starts_with(&Component::HEADER) {
                    ComponentSectionId::Component
                } else {
                    ComponentSectionId::CoreModule
                };
                parent.push(id as u8);
                current.encode(&mut parent);
                current = parent;
            }
            Payload::CustomSection(section) => match (keep, section.as_known()) {
                (Keep::FunctionNames, KnownCustom::Name(names)) => {
                    function_names(names)?.append_to(&mut current);
                }
                (Keep::ComponentType, _) if section.name().starts_with("component-type") => {
                    let section =
                        CustomSection { name: section.name().into(), data: section.data().into() };
                    section.append_to(&mut current);
                }
                _ => {}
            },
            other => {
                if let Some((id, range)) = other.as_section() {
                    let contents = inspect::slice(wasm, range)?;
                    current.push(id);
                    contents.encode(&mut current);
                }
            }
        }
    }
    ensure!(outer.is_empty(), "a nested binary has no end");
    Ok(current)
}

/// A name section without locals, types, data and the like.
fn function_names(section: NameSectionReader<'_>) -> Result<NameSection> {
    let mut kept = NameSection::new();
    for name in section {
        match name.map_err(inspect::parse_error)? {
            Name::Module { name, .. } => kept.module(name),
            Name::Function(functions) => {
                let mut names = NameMap::new();
                for naming in functions {
                    let naming = naming.map_err(inspect::parse_error)?;
                    names.append(naming.index, naming.name);
                }
                kept.functions(&names);
            }
            _ => {}
        }
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Vec<u8> {
        wat::parse_str(text).expect("test input")
    }

    fn customs(wasm: &[u8]) -> Vec<String> {
        Parser::new(0)
            .parse_all(wasm)
            .filter_map(|payload| match payload.expect("stripped output parses") {
                Payload::CustomSection(section) => Some(section.name().to_string()),
                _ => None,
            })
            .collect()
    }

    const CORE: &str = r#"(module $named
        (@custom "component-type:demo" "\01\02")
        (@custom ".debug_info" "xyz")
        (func $f (export "f") (result i32) i32.const 7))"#;

    #[test]
    fn core_module_loses_every_custom_section() {
        let wasm = parse(CORE);
        assert_eq!(customs(&wasm), ["component-type:demo", ".debug_info", "name"]);
        let stripped = strip(&wasm, Keep::Nothing).unwrap();
        assert_eq!(customs(&stripped), [""; 0]);
        wasmparser::validate(&stripped).unwrap();
    }

    #[test]
    fn component_type_is_kept_when_asked() {
        let stripped = strip(&parse(CORE), Keep::ComponentType).unwrap();
        assert_eq!(customs(&stripped), ["component-type:demo"]);
    }

    #[test]
    fn names_of_functions_are_kept_when_asked() {
        let wasm = parse(
            r#"(component $outer (core module $m (@custom "junk" "a") (global $g i32 (i32.const 1))
                (func $f (param $local i32))))"#,
        );
        let stripped = strip(&wasm, Keep::FunctionNames).unwrap();
        assert_eq!(customs(&stripped), ["name"]);
        let has = |name: &str| stripped.windows(name.len()).any(|bytes| bytes == name.as_bytes());
        assert!(has("f") && !has("local") && !has("junk") && !has("outer"));
        wasmparser::validate(&stripped).unwrap();
        assert_eq!(strip(&stripped, Keep::FunctionNames).unwrap(), stripped);
    }

    #[test]
    fn nested_modules_and_components_are_stripped_too() {
        let wasm = parse(
            r#"(component $outer
                (core module $m (@custom "junk" "a") (func $inner (export "f")))
                (component $c (core module $n (func $deep (export "g"))) (core instance $n (instantiate $n)))
                (core instance $i (instantiate $m))
                (instance $ci (instantiate $c)))"#,
        );
        assert!(customs(&wasm).len() >= 4);
        let stripped = strip(&wasm, Keep::Nothing).unwrap();
        assert_eq!(customs(&stripped), [""; 0]);
        wasmparser::validate(&stripped).unwrap();
        assert!(stripped.len() < wasm.len());
        assert_eq!(strip(&stripped, Keep::Nothing).unwrap(), stripped);
    }

    #[test]
    fn garbage_and_truncation_are_refused() {
        for bytes in [&b""[..], b"\0as", b"PK\x03\x04rubbish"] {
            assert!(strip(bytes, Keep::Nothing).is_err());
        }
        let wasm = parse(CORE);
        assert!(strip(&wasm[..wasm.len() - 3], Keep::Nothing).is_err());
    }
}
