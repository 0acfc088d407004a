//! What a binary offers and wants: names and kinds at its top level, what is nested in it.

use std::ops::Range;

use anyhow::{Context, Result, anyhow, bail};
use wasmparser::{ComponentExternalKind, Encoding, Parser, Payload, TypeRef};

/// The two kinds of WebAssembly binary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A core module.
    Module,
    /// A component.
    Component,
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Kind::Module => "core module",
            Kind::Component => "component",
        })
    }
}

/// One import or export.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Item {
    /// The name. For an import of a core module it is `module name`, with a space between.
    pub name: String,
    /// `func`, `memory`, `instance`, ...
    pub kind: &'static str,
}

/// The outside of a binary, as [`interface`] finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    pub kind: Kind,
    /// Top-level imports in the order of the binary.
    pub imports: Vec<Item>,
    /// Top-level exports in the order of the binary.
    pub exports: Vec<Item>,
    /// Sizes in bytes of the core modules anywhere inside a component, in order.
    pub modules: Vec<u64>,
    /// Sizes in bytes of the components anywhere inside a component, in order.
    pub components: Vec<u64>,
}

/// Whether the core module `core` has exceptions of its own.
pub fn has_tags(core: &[u8]) -> Result<bool> {
    for payload in Parser::new(0).parse_all(core) {
        if let Payload::TagSection(_) = payload.map_err(parse_error)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The functions that a core module exports: names and indices.
pub fn exported_functions(core: &[u8]) -> Result<Vec<(&str, u32)>> {
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(core) {
        if let Payload::ExportSection(section) = payload.map_err(parse_error)? {
            for export in section {
                let export = export.map_err(parse_error)?;
                if export.kind == wasmparser::ExternalKind::Func {
                    found.push((export.name, export.index));
                }
            }
        }
    }
    Ok(found)
}

/// Reads the imports and exports of a core module or a component.
///
/// Walks the whole binary, so it also fails on truncated bytes; it does not validate code.
pub fn interface(wasm: &[u8]) -> Result<Interface> {
    let mut found = Interface {
        kind: check_header(wasm)?,
        imports: Vec::new(),
        exports: Vec::new(),
        modules: Vec::new(),
        components: Vec::new(),
    };
    let mut depth = 0u32;
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.map_err(parse_error)? {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ModuleSection { unchecked_range, .. } => {
                found.modules.push(unchecked_range.end - unchecked_range.start);
            }
            Payload::ComponentSection { unchecked_range, .. } => {
                found.components.push(unchecked_range.end - unchecked_range.start);
            }
            Payload::ImportSection(section) if depth == 1 => {
                for import in section.into_imports() {
                    let import = import.map_err(parse_error)?;
                    let kind = match import.ty {
                        TypeRef::Func(_) | TypeRef::FuncExact(_) => "func",
                        TypeRef::Table(_) => "table",
                        TypeRef::Memory(_) => "memory",
                        TypeRef::Global(_) => "global",
                        TypeRef::Tag(_) => "tag",
                    };
                    found
                        .imports
                        .push(Item { name: format!("{} {}", import.module, import.name), kind });
                }
            }
            Payload::ExportSection(section) if depth == 1 => {
                for export in section {
                    let export = export.map_err(parse_error)?;
                    let kind = match export.kind {
                        wasmparser::ExternalKind::Func | wasmparser::ExternalKind::FuncExact => {
                            "func"
                        }
                        wasmparser::ExternalKind::Table => "table",
                        wasmparser::ExternalKind::Memory => "memory",
                        wasmparser::ExternalKind::Global => "global",
                        wasmparser::ExternalKind::Tag => "tag",
                    };
                    found.exports.push(Item { name: export.name.to_string(), kind });
                }
            }
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section {
                    let import = import.map_err(parse_error)?;
                    let kind = component_kind(import.ty.kind());
                    found.imports.push(Item { name: import.name.name.to_string(), kind });
                }
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                for export in section {
                    let export = export.map_err(parse_error)?;
                    let kind = component_kind(export.kind);
                    found.exports.push(Item { name: export.name.name.to_string(), kind });
                }
            }
            _ => {}
        }
    }
    Ok(found)
}

/// The core modules anywhere inside a component, in order, as bytes.
pub fn core_modules(wasm: &[u8]) -> Result<Vec<&[u8]>> {
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::ModuleSection { unchecked_range, .. } = payload.map_err(parse_error)? {
            found.push(slice(wasm, unchecked_range)?);
        }
    }
    Ok(found)
}

fn component_kind(kind: ComponentExternalKind) -> &'static str {
    match kind {
        ComponentExternalKind::Module => "core module",
        ComponentExternalKind::Func => "func",
        ComponentExternalKind::Value => "value",
        ComponentExternalKind::Type => "type",
        ComponentExternalKind::Instance => "instance",
        ComponentExternalKind::Component => "component",
    }
}

/// Says whether `wasm` begins like a core module or a component; anything else is an error that
/// says what it looks like instead.
pub fn check_header(wasm: &[u8]) -> Result<Kind> {
    if wasm.is_empty() {
        bail!("not a WebAssembly binary: it is empty");
    }
    match Parser::new(0).parse_all(wasm).next() {
        Some(Ok(Payload::Version { encoding: Encoding::Module, .. })) => Ok(Kind::Module),
        Some(Ok(Payload::Version { encoding: Encoding::Component, .. })) => Ok(Kind::Component),
        _ if wasm.starts_with(b"(module") || wasm.starts_with(b"(component") => {
            bail!("not a WebAssembly binary: it is the text format (.wat)")
        }
        _ if wasm.starts_with(b"\0asm") => {
            bail!("not a WebAssembly binary that this build knows: unknown version or cut short")
        }
        _ => {
            let head: Vec<String> = wasm.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
            bail!(
                "not a WebAssembly binary: it starts with {}, not with 00 61 73 6d",
                head.join(" ")
            )
        }
    }
}

/// A parse error, with the truncated file as the usual suspect spelled out.
pub(crate) fn parse_error(error: wasmparser::Error) -> anyhow::Error {
    let offset = error.offset();
    if error.message().contains("unexpected end") {
        return anyhow!("the binary is cut short: {} (at offset {offset:#x})", error.message());
    }
    anyhow!("malformed binary: {} (at offset {offset:#x})", error.message())
}

/// The bytes of `range`, which a parser of `wasm` reported.
pub(super) fn slice(wasm: &[u8], range: Range<u64>) -> Result<&[u8]> {
    let (start, end) = (usize::try_from(range.start)?, usize::try_from(range.end)?);
    wasm.get(start..end).context("the binary is cut short: a section runs past its end")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(items: &[Item]) -> Vec<String> {
        items.iter().map(|item| format!("{}: {}", item.name, item.kind)).collect()
    }

    #[test]
    fn core_module_lists_imports_and_exports() {
        let wasm = wat::parse_str(
            r#"(module (import "env" "f" (func)) (import "env" "g" (global i32))
                (memory (export "memory") 1) (func (export "run")))"#,
        )
        .unwrap();
        let found = interface(&wasm).unwrap();
        assert_eq!(found.kind, Kind::Module);
        assert_eq!(names(&found.imports), ["env f: func", "env g: global"]);
        assert_eq!(names(&found.exports), ["memory: memory", "run: func"]);
    }

    #[test]
    fn component_lists_its_top_level_only_and_counts_what_is_nested() {
        let wasm = wat::parse_str(
            r#"(component
                (import "a:b/c@1.0.0" (instance (export "f" (func))))
                (core module $m (import "x" "y" (func)) (func (export "hidden")))
                (component (core module) (import "inner" (func)))
                (export "d" (core module $m)))"#,
        )
        .unwrap();
        let found = interface(&wasm).unwrap();
        assert_eq!(found.kind, Kind::Component);
        assert_eq!(names(&found.imports), ["a:b/c@1.0.0: instance"]);
        assert_eq!(names(&found.exports), ["d: core module"]);
        assert_eq!((found.modules.len(), found.components.len()), (2, 1));
        let sizes: Vec<u64> =
            core_modules(&wasm).unwrap().iter().map(|module| module.len() as u64).collect();
        assert_eq!(sizes, found.modules);
    }

    #[test]
    fn what_is_no_binary_is_named() {
        let message = |bytes: &[u8]| interface(bytes).unwrap_err().to_string();
        assert_eq!(message(b""), "not a WebAssembly binary: it is empty");
        assert!(message(b"(module)").contains("text format"));
        assert!(message(b"\x7fELF\x02\x01\x01\x00").contains("starts with 7f 45 4c 46"));
        assert!(message(b"\0asm\x01").contains("cut short"));
        let wasm = wat::parse_str("(module (func (export \"f\")))").unwrap();
        assert!(message(&wasm[..wasm.len() - 2]).contains("cut short"));
    }
}
