//! How functions and components are called in traps and messages.

use wasmparser::{Parser, Payload};

/// `zlib:compression/streams#deflater.step` for the export `[method]deflater.step` of `zlib:compression/streams@0.2.1`.
pub fn function(interface: &str, function: &str) -> String {
    let interface = interface.split('@').next().unwrap_or(interface);
    let function = match function.strip_prefix("[constructor]") {
        Some(resource) => format!("{resource}.constructor"),
        None => {
            let plain = function.strip_prefix("[method]");
            plain.or_else(|| function.strip_prefix("[static]")).unwrap_or(function).to_owned()
        }
    };
    format!("{interface}#{function}")
}

/// `the component that exports zlib:compression/streams@0.2.1`
pub fn component(bytes: &[u8]) -> String {
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload {
            Ok(Payload::Version { .. }) => depth += 1,
            Ok(Payload::End(_)) => depth -= 1,
            Ok(Payload::ComponentExportSection(section)) if depth == 1 => {
                if let Some(Ok(export)) = section.into_iter().next() {
                    return format!("the component that exports {}", export.name.name);
                }
            }
            Err(_) => break,
            _ => {}
        }
    }
    "a component without exports".to_owned()
}

/// The name of an enum's variant: `ThreadYield` of `ThreadYield { cancellable: true }`.
pub fn debug_name(value: &impl std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    text.split([' ', '(', '{']).next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_named_as_in_wit_without_the_version() {
        assert_eq!(function("a:b/c@0.2.1", "[method]d.step"), "a:b/c#d.step");
        assert_eq!(function("a:b/c", "[static]d.make"), "a:b/c#d.make");
        assert_eq!(function("a:b/c", "[constructor]d"), "a:b/c#d.constructor");
        assert_eq!(function("a:b/c", "plain"), "a:b/c#plain");
    }
}
