//! What a component imports and exports, read from its bytes before any of it is compiled.

use wasmparser::{Parser, Payload};

/// The interface that a provider exports.
pub const ENDPOINT: &str = "compose:dynlink/endpoint@0.1.0";

/// The names of a component's imports and exports.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Surface {
    pub imports: Vec<String>,
    pub exports: Vec<String>,
}

impl Surface {
    /// Reads the surface of the component in `bytes`, without looking at what is nested in it. An `Err` says what is
    /// wrong with it.
    pub fn of(bytes: &[u8]) -> Result<Self, String> {
        let invalid = |what: &dyn std::fmt::Display| format!("is no valid component: {what}");
        if !Parser::is_component(bytes) {
            return Err(invalid(&"it does not begin like one"));
        }
        let mut surface = Self::default();
        let mut depth = 0;
        for payload in Parser::new(0).parse_all(bytes) {
            match payload.map_err(|error| invalid(&error))? {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth -= 1,
                Payload::ComponentImportSection(section) if depth == 0 => {
                    for import in section {
                        let import = import.map_err(|error| invalid(&error))?;
                        surface.imports.push(import.name.name.to_owned());
                    }
                }
                Payload::ComponentExportSection(section) if depth == 0 => {
                    for export in section {
                        let export = export.map_err(|error| invalid(&error))?;
                        surface.exports.push(export.name.name.to_owned());
                    }
                }
                _ => {}
            }
        }
        Ok(surface)
    }

    /// Whether the component exports the endpoint.
    pub fn is_provider(&self) -> bool {
        self.exports.iter().any(|name| is_version_of(name, ENDPOINT))
    }
}

/// What a component can be run as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kinds {
    pub program: bool,
    pub provider: bool,
}

/// What the component in `bytes` can be run as; nothing if it is none.
pub fn kinds(bytes: &[u8]) -> Kinds {
    let Ok(surface) = Surface::of(bytes) else { return Kinds::default() };
    let program = surface.exports.iter().any(|name| name.starts_with("wasi:cli/run@0.2."));
    Kinds { program, provider: surface.is_provider() }
}

/// Whether `name` is `interface` in this or a later compatible version (`0.1.x`).
pub fn is_version_of(name: &str, interface: &str) -> bool {
    let Some((stem, _)) = interface.rsplit_once('.') else { return false };
    name.strip_prefix(stem)
        .and_then(|rest| rest.strip_prefix('.'))
        .is_some_and(|patch| !patch.is_empty() && patch.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_outermost_component_counts() {
        let text = r#"(component
                 (import "a:b/c@1.0.0" (instance))
                 (component (import "x" (func)) (export "y" (func 0)))
                 (core module (import "x" "y" (func)))
                 (instance $i)
                 (export "d:e/f@0.1.0" (instance $i)))"#;
        let found = Surface::of(&wat::parse_str(text).expect("well-formed")).expect("a component");
        let expected = Surface {
            imports: vec!["a:b/c@1.0.0".to_owned()],
            exports: vec!["d:e/f@0.1.0".to_owned()],
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_no_component_is_an_error() {
        let component =
            wat::parse_str("(component (core module (func) (func)))").expect("well-formed");
        for bytes in [&b""[..], b"\0asm\x01\0\0\0", &component[..component.len() - 3]] {
            assert!(Surface::of(bytes).expect_err("refused").contains("no valid component"));
        }
    }
}
