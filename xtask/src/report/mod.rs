//! `compose --report FILE`: where the bytes of a composition come from, as a treemap or as figures.

mod treemap;

use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};
use wasmparser::{KnownCustom, Name, Parser, Payload};

use crate::graph::write_atomic;
use crate::wasm::inspect;
use crate::wasm::link_map::Place;

/// Bytes under a name, and what they are made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Size {
    pub name: String,
    pub bytes: u64,
    /// Largest first; together at most `bytes`.
    pub parts: Vec<Size>,
}

/// How many bytes of the interpreter's code and data came from which source, before anything ran.
pub type Linked = Vec<(Place, String, u64)>;

/// The name of what stands between parts: adapters, tables of handles, shims of components.
const JOINTS: &str = "between the parts";

impl Size {
    fn leaf(name: impl Into<String>, bytes: u64) -> Size {
        Size { name: name.into(), bytes, parts: Vec::new() }
    }

    /// All of `parts`, largest first.
    fn sum(name: impl Into<String>, parts: impl IntoIterator<Item = Size>) -> Size {
        let mut parts: Vec<_> = parts.into_iter().filter(|part| part.bytes > 0).collect();
        parts.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.name.cmp(&b.name)));
        Size { name: name.into(), bytes: parts.iter().map(|part| part.bytes).sum(), parts }
    }

    pub fn json(&self) -> Value {
        let parts: Vec<_> = self.parts.iter().map(Size::json).collect();
        json!({ "name": self.name, "bytes": self.bytes, "parts": parts })
    }
}

/// Writes the report that the name of `file` asks for: `.svg` or `.json`.
pub fn write(file: &Path, size: &Size) -> Result<()> {
    let text = match file.extension() {
        Some(extension) if extension == "svg" => treemap::svg(size),
        _ => format!("{:#}\n", size.json()),
    };
    write_atomic(file, text.as_bytes())
}

/// Takes a composition apart by its core modules, and its interpreter by what was linked into it.
pub fn of_composition(name: &str, wasm: &[u8], interpreter: &str, linked: &Linked) -> Result<Size> {
    let mut modules = Vec::new();
    let mut joints = 0;
    for module in modules_of(wasm)? {
        match &module.name {
            Some(name) if name == interpreter => modules.push(module.interpreter(linked)),
            Some(name) if !name.starts_with("fuse-") => modules.push(module.size()),
            _ => joints += module.bytes(),
        }
    }
    let inside: u64 = modules.iter().map(|module| module.bytes).sum::<u64>() + joints;
    let types = (wasm.len() as u64).saturating_sub(inside);
    let rest = [Size::leaf(JOINTS, joints), Size::leaf("types and wiring", types)];
    Ok(Size::sum(name, modules.into_iter().chain(rest)))
}

/// A core module by its sections, in bytes.
#[derive(Default)]
struct Module {
    name: Option<String>,
    code: u64,
    data: u64,
    names: u64,
    other: u64,
}

impl Module {
    fn bytes(&self) -> u64 {
        self.code + self.data + self.names + self.other
    }

    fn label(&self) -> &str {
        self.name.as_deref().unwrap_or("unnamed")
    }

    fn rest(&self) -> [Size; 2] {
        [Size::leaf("names of functions", self.names), Size::leaf("types, tables", self.other)]
    }

    fn size(&self) -> Size {
        let parts = [Size::leaf("code", self.code), Size::leaf("data", self.data)];
        Size::sum(self.label(), parts.into_iter().chain(self.rest()))
    }

    /// An initialized interpreter has more data than was linked: its heap.
    fn interpreter(&self, linked: &Linked) -> Size {
        let of = |place: Place| {
            let entries = linked.iter().filter(move |(at, ..)| *at == place);
            entries.map(|(_, source, bytes)| Size::leaf(source, *bytes))
        };
        let whole = |name: &str, parts: Size, bytes: u64, rest: &str| {
            let rest = Size::leaf(rest, bytes.saturating_sub(parts.bytes));
            Size { bytes, ..Size::sum(name, parts.parts.into_iter().chain([rest])) }
        };
        let code = whole("code", Size::sum("code", of(Place::Code)), self.code, "links");
        let data = whole("data", Size::sum("data", of(Place::Data)), self.data, "initialized heap");
        Size::sum(self.label(), [code, data].into_iter().chain(self.rest()))
    }
}

fn modules_of(wasm: &[u8]) -> Result<Vec<Module>> {
    let mut found: Vec<Module> = Vec::new();
    // Whether each binary that is open is a core module.
    let mut open = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.map_err(inspect::parse_error)?;
        if let Payload::Version { encoding, .. } = payload {
            open.push(encoding == wasmparser::Encoding::Module);
            if open.last() == Some(&true) {
                found.push(Module { other: 8, ..Module::default() });
            }
            continue;
        }
        let inside = open.last() == Some(&true);
        if let Payload::End(_) = payload {
            open.pop();
        }
        let Some(module) = found.last_mut().filter(|_| inside) else { continue };
        let Some((_, range)) = payload.as_section() else { continue };
        let bytes = range.end - range.start;
        match &payload {
            Payload::CodeSectionStart { .. } => module.code += bytes,
            Payload::DataSection(_) => module.data += bytes,
            Payload::CustomSection(section) => {
                module.names += bytes;
                if let KnownCustom::Name(names) = section.as_known() {
                    module.name = names.into_iter().flatten().find_map(|name| match name {
                        Name::Module { name, .. } => Some(name.to_owned()),
                        _ => None,
                    });
                }
            }
            _ => module.other += bytes,
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(name: &str, data: usize) -> String {
        format!(
            r#"(core module ${name} (memory 1) (func (export "f")) (data (i32.const 0) "{}"))"#,
            "x".repeat(data)
        )
    }

    #[test]
    fn a_composition_is_the_sum_of_its_parts() {
        let text = format!(
            "(component {} (component {} (core module)))",
            module("python", 900),
            module("zlib", 300)
        );
        let wasm = wat::parse_str(&text).unwrap();
        let linked = vec![(Place::Data, "frozen.c".to_owned(), 500)];
        let size = of_composition("pylon.wasm", &wasm, "python", &linked).unwrap();
        assert_eq!(size.bytes, wasm.len() as u64);
        let names: Vec<_> = size.parts.iter().map(|part| part.name.as_str()).collect();
        assert_eq!(names[..2], ["python", "zlib"]);
        assert!(names.contains(&JOINTS));
        let data = size.parts[0].parts.iter().find(|part| part.name == "data").unwrap();
        assert_eq!(data.parts[0], Size::leaf("frozen.c", 500));
        assert_eq!(data.parts[1].name, "initialized heap");
        assert_eq!(data.parts.iter().map(|part| part.bytes).sum::<u64>(), data.bytes);
    }

    #[test]
    fn what_is_no_webassembly_is_an_error() {
        assert!(of_composition("x", b"\0asm", "python", &Vec::new()).is_err());
    }
}
