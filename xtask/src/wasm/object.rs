//! What the data of a relocatable object refers to: function pointers with the types of their functions, and
//! pointers to other data. (Format: WebAssembly tool conventions, Linking.md.)

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use anyhow::{Context, Result, anyhow};
use wasmparser::{
    CompositeInnerType, FuncType, KnownCustom, Linking, Parser, Payload, RelocationEntry,
    RelocationType, SymbolInfo, TypeRef,
};

use super::inspect;

/// A named piece of data.
#[derive(Clone, Debug)]
pub struct Data {
    pub name: String,
    pub bytes: Vec<u8>,
    /// What lies at an offset once the object is linked, in place of the bytes there.
    pub references: BTreeMap<usize, Reference>,
}

/// A pointer in data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    Function {
        name: String,
        ty: Signature,
    },
    /// The name of the data; how far into it is left out.
    Data(String),
}

/// The type of a function, as an indirect call checks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature(FuncType);

impl Signature {
    pub fn new(ty: FuncType) -> Signature {
        Signature(ty)
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |types: &[wasmparser::ValType]| {
            types.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        };
        write!(f, "({}) -> ({})", list(self.0.params()), list(self.0.results()))
    }
}

/// The data that `object` defines, with what it refers to.
pub fn data(object: &[u8]) -> Result<Vec<Data>> {
    let module = Module::read(object)?;
    let mut references = BTreeMap::new();
    for entry in &module.relocations {
        if let Some(reference) = module.reference(entry)? {
            references.insert(module.data_start + entry.offset as usize, reference);
        }
    }
    let mut found = Vec::new();
    for symbol in &module.symbols {
        let &SymbolInfo::Data { name, symbol: Some(place), .. } = symbol else { continue };
        let Some(segment) = module.segments.get(place.index as usize) else { continue };
        let start = segment.start + place.offset as usize;
        let range = start..start + place.size as usize;
        let bytes = object.get(range.clone()).context("a data symbol runs past the file's end")?;
        let inside = references.range(range).map(|(at, to)| (at - start, to.clone()));
        found.push(Data {
            name: name.to_owned(),
            bytes: bytes.to_vec(),
            references: inside.collect(),
        });
    }
    Ok(found)
}

/// The parts of an object that its data is understood by.
#[derive(Default)]
struct Module<'a> {
    types: Vec<FuncType>,
    /// Type and name by index; what is defined has its name in the symbol.
    functions: Vec<(u32, Option<&'a str>)>,
    symbols: Vec<SymbolInfo<'a>>,
    /// Where the data section's contents begin, and those of each segment, in the file.
    data_start: usize,
    segments: Vec<Range<usize>>,
    /// Those of the data section.
    relocations: Vec<RelocationEntry>,
}

impl<'a> Module<'a> {
    fn read(object: &'a [u8]) -> Result<Module<'a>> {
        inspect::check_header(object)?;
        let mut module = Module::default();
        for payload in Parser::new(0).parse_all(object) {
            module.section(payload.map_err(inspect::parse_error)?).map_err(|error| match error
                .downcast()
            {
                Ok(error) => inspect::parse_error(error),
                Err(error) => error,
            })?;
        }
        Ok(module)
    }

    fn section(&mut self, payload: Payload<'a>) -> Result<()> {
        match payload {
            Payload::TypeSection(section) => {
                for group in section {
                    for ty in group?.into_types() {
                        let CompositeInnerType::Func(ty) = ty.composite_type.inner else {
                            return Err(anyhow!("a type that is no function's"));
                        };
                        self.types.push(ty);
                    }
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    if let TypeRef::Func(ty) = import.ty {
                        self.functions.push((ty, Some(import.name)));
                    }
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    self.functions.push((ty?, None));
                }
            }
            Payload::DataSection(section) => {
                self.data_start = usize::try_from(section.range().start)?;
                for data in section {
                    let data = data?;
                    let end = usize::try_from(data.range.end)?;
                    self.segments.push(end - data.data.len()..end);
                }
            }
            Payload::CustomSection(section) => match section.as_known() {
                KnownCustom::Linking(linking) => {
                    for part in linking.subsections() {
                        if let Linking::SymbolTable(symbols) = part? {
                            self.symbols = symbols.into_iter().collect::<Result<_, _>>()?;
                        }
                    }
                }
                KnownCustom::Reloc(relocations) if section.name() == "reloc.DATA" => {
                    self.relocations =
                        relocations.entries().into_iter().collect::<Result<_, _>>()?;
                }
                _ => {}
            },
            _ => {}
        }
        Ok(())
    }

    fn reference(&self, entry: &RelocationEntry) -> Result<Option<Reference>> {
        let symbol = self.symbols.get(entry.index as usize).context("a relocation of no symbol")?;
        Ok(match (entry.ty, symbol) {
            (RelocationType::TableIndexI32, SymbolInfo::Func { index, name, .. }) => {
                let function = self.functions.get(*index as usize);
                let &(ty, import) = function.context("a symbol of no function")?;
                let ty = self.types.get(ty as usize).context("a function without a type")?;
                let name = name.or(import).unwrap_or("a function without a name").to_owned();
                Some(Reference::Function { name, ty: Signature(ty.clone()) })
            }
            (RelocationType::MemoryAddrI32, SymbolInfo::Data { name, .. }) => {
                Some(Reference::Data((*name).to_owned()))
            }
            _ => None,
        })
    }
}
