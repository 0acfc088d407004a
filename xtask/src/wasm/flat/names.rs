//! Names of functions and globals, and where in the file a function lies: for errors and for
//! finding the few functions that a pass knows by name.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::Range;

use anyhow::{Result, anyhow, bail};
use wasmparser::{KnownCustom, Name, NameMap, Parser, Payload, TypeRef};

/// What the name section says, and the ranges of the bodies.
#[derive(Clone, Debug, Default)]
pub struct Names {
    pub module: Option<String>,
    pub functions: BTreeMap<u32, String>,
    pub globals: BTreeMap<u32, String>,
    pub data: BTreeMap<u32, String>,
    /// Function index and range in the file of each body.
    bodies: Vec<(u32, Range<u64>)>,
}

impl Names {
    /// Reads as much as can be read: a file that is cut short or malformed has fewer names, which
    /// is what the error about it wants to print.
    pub fn scan(wasm: &[u8]) -> Self {
        let mut names = Names::default();
        let mut index = 0;
        for payload in Parser::new(0).parse_all(wasm).map_while(Result::ok) {
            match payload {
                Payload::ImportSection(section) => {
                    index += section
                        .into_imports()
                        .map_while(Result::ok)
                        .filter(|import| {
                            matches!(import.ty, TypeRef::Func(_) | TypeRef::FuncExact(_))
                        })
                        .fold(0, |count, _| count + 1);
                }
                Payload::CodeSectionEntry(body) => {
                    names.bodies.push((index, body.range()));
                    index += 1;
                }
                Payload::CustomSection(section) => {
                    if let KnownCustom::Name(subsections) = section.as_known() {
                        for name in subsections.into_iter().map_while(Result::ok) {
                            names.read(name);
                        }
                    }
                }
                _ => {}
            }
        }
        names
    }

    fn read(&mut self, name: Name) {
        let read = |map: NameMap| -> BTreeMap<u32, String> {
            let namings = map.into_iter().map_while(Result::ok);
            namings.map(|naming| (naming.index, naming.name.to_string())).collect()
        };
        match name {
            Name::Module { name, .. } => self.module = Some(name.to_string()),
            Name::Function(map) => self.functions = read(map),
            Name::Global(map) => self.globals = read(map),
            Name::Data(map) => self.data = read(map),
            _ => {}
        }
    }

    /// Function `index` for a reader: `gc_alloc (function 12)`.
    pub fn function(&self, index: u32) -> String {
        match self.functions.get(&index) {
            Some(name) => format!("{name} (function {index})"),
            None => format!("function {index}"),
        }
    }

    /// An error about the code at `offset` in function `index`.
    pub fn locate(&self, index: u32, offset: u64, what: impl Display) -> anyhow::Error {
        anyhow!("{}, offset {offset:#x}: {what}", self.function(index))
    }

    /// Makes an error of the parser or validator name the function that it is about, if any.
    pub fn explain(&self, error: &wasmparser::Error) -> anyhow::Error {
        let (offset, what) = (error.offset(), error.message());
        match self.bodies.iter().find(|(_, range)| range.contains(&offset)) {
            Some((index, _)) => self.locate(*index, offset, what),
            None => anyhow!("offset {offset:#x}: {what}"),
        }
    }

    /// The one function that is called `name`.
    pub fn find_function(&self, name: &str) -> Result<u32> {
        self.find(&self.functions, name, "function")
    }

    /// The one global that is called `name`.
    pub fn find_global(&self, name: &str) -> Result<u32> {
        self.find(&self.globals, name, "global")
    }

    fn find(&self, names: &BTreeMap<u32, String>, wanted: &str, kind: &str) -> Result<u32> {
        let found = names.iter().filter(|(_, name)| *name == wanted);
        let found: Vec<u32> = found.map(|(index, _)| *index).collect();
        match found[..] {
            [index] => Ok(index),
            [] if self.functions.is_empty() && self.globals.is_empty() => bail!(
                "the {kind} {wanted} cannot be found: the module has no names, link it unstripped"
            ),
            [] => bail!("no {kind} is called {wanted}"),
            _ => bail!("{} {kind}s are called {wanted}: {found:?}", found.len()),
        }
    }
}
