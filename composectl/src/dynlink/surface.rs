//! What a provider imports and exports, read from its bytes before any of it is compiled.

use composectl_plan::{Code, Grants};
use wasmparser::{Parser, Payload};

use super::error::LinkError;

/// The interface through which guests resolve and call.
pub const LINKER: &str = "compose:dynlink/linker@0.1.0";
/// The interface that a provider exports.
pub const ENDPOINT: &str = "compose:dynlink/endpoint@0.1.0";

/// The names of a component's imports and exports.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Surface {
    pub imports: Vec<String>,
    pub exports: Vec<String>,
}

/// What a component may import.
#[derive(Clone, Copy, Debug)]
pub struct Allowed<'a> {
    /// The grants that the plan gives it; none, not even an empty one: nothing of WASI.
    pub grants: Option<&'a Grants>,
    /// Whether it may resolve providers itself.
    pub may_resolve: bool,
}

impl Surface {
    /// Reads the surface of the component in `bytes`, without looking at what is nested in it.
    pub fn of(bytes: &[u8]) -> Result<Self, LinkError> {
        let invalid = |what: &dyn std::fmt::Display| {
            LinkError::new(Code::EmitLinkError, format_args!("is no valid component: {what}"))
        };
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

    /// Whether a provider may have this surface; the error names what it may not have, or lacks.
    pub fn check(&self, allowed: Allowed<'_>) -> Result<(), LinkError> {
        // First: what is no provider needs no grants, but another place in the plan.
        if !self.is_provider() {
            return Err(LinkError::new(
                Code::ExecMissingExport,
                format_args!("is no provider: it does not export {ENDPOINT}"),
            ));
        }
        let denied: Vec<_> =
            self.imports.iter().map(String::as_str).filter(|name| !allowed.covers(name)).collect();
        if !denied.is_empty() {
            let error = LinkError::new(
                Code::ExecCapabilityDenied,
                format_args!("imports what it was not granted: {}", denied.join(", ")),
            );
            return Err(match hint(&denied) {
                Some(hint) => error.with_context(hint),
                None => error,
            });
        }
        Ok(())
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

impl Allowed<'_> {
    fn covers(self, import: &str) -> bool {
        let Some((package, interface)) = import.split_once('/') else { return false };
        match package {
            "compose:dynlink" => self.may_resolve && is_version_of(import, LINKER),
            // Where others define the error record. It holds types only.
            "sys:compose" => interface == "types@1.0.0",
            "wasi:cli" | "wasi:clocks" | "wasi:filesystem" | "wasi:io" | "wasi:random" => {
                self.grants.is_some()
            }
            "wasi:sockets" => self.grants.is_some_and(|grants| !grants.net.is_empty()),
            _ => false,
        }
    }
}

/// Whether `name` is `interface` in this or a later compatible version (`0.1.x`).
fn is_version_of(name: &str, interface: &str) -> bool {
    let Some((stem, _)) = interface.rsplit_once('.') else { return false };
    name.strip_prefix(stem)
        .and_then(|rest| rest.strip_prefix('.'))
        .is_some_and(|patch| !patch.is_empty() && patch.bytes().all(|byte| byte.is_ascii_digit()))
}

fn hint(denied: &[&str]) -> Option<&'static str> {
    let any = |start: &str| denied.iter().any(|name| name.starts_with(start));
    if any("wasi:sockets/") {
        Some("`grants.net` of the component in the plan grants addresses")
    } else if any("wasi:") {
        Some(
            "`grants` of the component in the plan (`{}` for clocks and random numbers only) admits WASI",
        )
    } else if any("compose:dynlink/") {
        Some("a binding in the plan whose consumer_id is this component lets it resolve")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surface(text: &str) -> Surface {
        Surface::of(&wat::parse_str(text).expect("well-formed")).expect("a component")
    }

    fn with_imports(imports: &[&str]) -> Surface {
        Surface {
            imports: imports.iter().map(ToString::to_string).collect(),
            exports: vec![ENDPOINT.to_owned()],
        }
    }

    #[test]
    fn only_the_outermost_component_counts() {
        let found = surface(
            r#"(component
                 (import "a:b/c@1.0.0" (instance))
                 (component (import "x" (func)) (export "y" (func 0)))
                 (core module (import "x" "y" (func)))
                 (instance $i)
                 (export "d:e/f@0.1.0" (instance $i)))"#,
        );
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
            assert!(Surface::of(bytes).expect_err("refused").is(Code::EmitLinkError));
        }
    }

    #[test]
    fn nothing_is_granted_by_default() {
        let nothing = Allowed { grants: None, may_resolve: false };
        assert_eq!(with_imports(&[]).check(nothing), Ok(()));
        for import in [
            "wasi:clocks/wall-clock@0.2.0",
            "wasi:cli/stdout@0.2.0",
            "wasi:filesystem/types@0.2.0",
            "wasi:sockets/tcp@0.2.0",
            "wasi:http/types@0.2.0",
            LINKER,
            "x",
            "a:b/c@1.0.0",
            "sys:compose/other@1.0.0",
        ] {
            let error = with_imports(&[import]).check(nothing).expect_err(import);
            assert!(error.is(Code::ExecCapabilityDenied) && error.message.contains(import));
        }
    }

    #[test]
    fn grants_admit_wasi_and_net_admits_sockets() {
        let none = Grants::default();
        let net = Grants { net: vec!["*".to_owned()], ..Grants::default() };
        let wasi = with_imports(&["wasi:clocks/wall-clock@0.2.0", "wasi:filesystem/types@0.2.3"]);
        let sockets = with_imports(&["wasi:sockets/tcp@0.2.0"]);
        let allowed = |grants| Allowed { grants: Some(grants), may_resolve: false };
        assert_eq!(wasi.check(allowed(&none)), Ok(()));
        assert!(sockets.check(allowed(&none)).is_err());
        assert_eq!(sockets.check(allowed(&net)), Ok(()));
        assert!(with_imports(&["wasi:http/types@0.2.0"]).check(allowed(&net)).is_err());
    }

    #[test]
    fn the_linker_is_for_who_may_resolve() {
        let allowed = Allowed { grants: None, may_resolve: true };
        assert_eq!(with_imports(&[LINKER]).check(allowed), Ok(()));
        assert_eq!(with_imports(&["compose:dynlink/linker@0.1.7"]).check(allowed), Ok(()));
        for other in [
            "compose:dynlink/linker@0.2.0",
            "compose:dynlink/linker",
            "compose:dynlink/admin@0.1.0",
        ] {
            assert!(with_imports(&[other]).check(allowed).is_err(), "{other}");
        }
    }

    #[test]
    fn a_component_without_the_endpoint_is_no_provider() {
        let nothing = Allowed { grants: None, may_resolve: false };
        // A program, whose imports are no reason to talk of grants.
        let program = r#"(component (import "wasi:cli/stdout@0.2.0" (instance)))"#;
        for text in ["(component)", program] {
            let error = surface(text).check(nothing).expect_err("refused");
            assert!(error.is(Code::ExecMissingExport), "{text}: {error:?}");
        }
    }
}
