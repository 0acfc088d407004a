//! What a provider may import: what the plan grants it, looked at before any of it is compiled.

use composectl_plan::{Code, Grants};
use composectl_wasm::surface::{ENDPOINT, Surface, is_version_of};

use super::error::LinkError;

/// The interface through which guests resolve and call.
pub const LINKER: &str = "compose:dynlink/linker@0.1.1";

/// The interface through which a provider asks who called it.
pub const CONSUMER: &str = "compose:dynlink/consumer@0.1.1";

/// Whether a component with this surface may ask its consumer.
pub fn asks(surface: &Surface) -> bool {
    surface.imports.iter().any(|name| is_version_of(name, CONSUMER))
}

/// What a component may import.
#[derive(Clone, Copy, Debug)]
pub struct Allowed<'a> {
    /// The grants that the plan gives it; none, not even an empty one: nothing of WASI.
    pub grants: Option<&'a Grants>,
    /// Whether it may resolve providers itself.
    pub may_resolve: bool,
}

impl Allowed<'_> {
    /// As [`Allowed::check`], of the component in `bytes`, whose surface this returns.
    pub fn check_bytes(self, bytes: &[u8]) -> Result<Surface, LinkError> {
        let surface =
            Surface::of(bytes).map_err(|what| LinkError::new(Code::EmitLinkError, what))?;
        self.check(&surface)?;
        Ok(surface)
    }

    /// Whether a provider may have this surface; the error names what it may not have, or lacks.
    pub fn check(self, surface: &Surface) -> Result<(), LinkError> {
        // First: what is no provider needs no grants, but another place in the plan.
        if !surface.is_provider() {
            return Err(LinkError::new(
                Code::ExecMissingExport,
                format_args!("is no provider: it does not export {ENDPOINT}"),
            ));
        }
        let denied: Vec<_> =
            surface.imports.iter().map(String::as_str).filter(|name| !self.covers(name)).collect();
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

    fn covers(self, import: &str) -> bool {
        let Some((package, interface)) = import.split_once('/') else { return false };
        match package {
            // Gets nothing but answers, and only in calls whose caller gives some.
            "compose:dynlink" if is_version_of(import, CONSUMER) => true,
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
    fn nothing_is_granted_by_default() {
        let nothing = Allowed { grants: None, may_resolve: false };
        assert_eq!(nothing.check(&with_imports(&[])), Ok(()));
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
            let error = nothing.check(&with_imports(&[import])).expect_err(import);
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
        assert_eq!(allowed(&none).check(&wasi), Ok(()));
        assert!(allowed(&none).check(&sockets).is_err());
        assert_eq!(allowed(&net).check(&sockets), Ok(()));
        assert!(allowed(&net).check(&with_imports(&["wasi:http/types@0.2.0"])).is_err());
    }

    #[test]
    fn the_linker_is_for_who_may_resolve() {
        let allowed = Allowed { grants: None, may_resolve: true };
        assert_eq!(allowed.check(&with_imports(&[LINKER])), Ok(()));
        assert_eq!(allowed.check(&with_imports(&["compose:dynlink/linker@0.1.7"])), Ok(()));
        for other in [
            "compose:dynlink/linker@0.2.0",
            "compose:dynlink/linker",
            "compose:dynlink/admin@0.1.0",
        ] {
            assert!(allowed.check(&with_imports(&[other])).is_err(), "{other}");
        }
    }

    #[test]
    fn asking_the_consumer_is_for_everybody() {
        let nothing = Allowed { grants: None, may_resolve: false };
        let asking = with_imports(&[CONSUMER]);
        assert_eq!(nothing.check(&asking), Ok(()));
        assert!(asks(&asking));
        for other in ["compose:dynlink/consumer@0.2.0", LINKER, "a:b/consumer@0.1.1"] {
            assert!(!asks(&with_imports(&[other])), "{other}");
            assert!(nothing.check(&with_imports(&[other])).is_err(), "{other}");
        }
    }

    #[test]
    fn a_component_without_the_endpoint_is_no_provider() {
        let nothing = Allowed { grants: None, may_resolve: false };
        // A program, whose imports are no reason to talk of grants.
        let program = r#"(component (import "wasi:cli/stdout@0.2.0" (instance)))"#;
        for text in ["(component)", program] {
            let error = nothing.check(&surface(text)).expect_err("refused");
            assert!(error.is(Code::ExecMissingExport), "{text}: {error:?}");
        }
    }
}
