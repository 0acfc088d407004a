//! What the passes over a *flat* core module share. Flat: one core module that is a whole program
//! (MicroPython with its caps folded in), as opposed to a component.
//!
//! * [`Module`] is the module read once: types, functions, names, and every body as operators.
//! * [`calls`] says which functions may reach which, through direct and indirect calls.
//! * [`leaves`] are functions of which the builder declares that they reach nothing dangerous;
//!   [`linkmap`] finds those of a whole library.
//! * [`features`] says what may stand in such a module, before and after the passes.
//! * [`rewrite`] writes a module with other bodies.
//!
//! The passes are [`lower_eh`](super::lower_eh) and [`spill_roots`](super::spill_roots);
//! [`prepare`] runs everything in the order in which it is sound.

pub mod body;
pub mod calls;
pub mod features;
pub mod leaves;
pub mod linkmap;
pub mod names;
pub mod rewrite;

use std::borrow::Cow;
use std::collections::BTreeSet;

use anyhow::{Context, Result, anyhow, bail};
use wasmparser::{
    ElementItems, ExternalKind, FuncType, GlobalType, Operator, Parser, Payload, TypeRef,
};

use super::{inspect, lower_eh, spill_roots};
pub use body::Body;
use features::Dialect;
pub use leaves::{Declared, FunctionRef, Gate};
use names::Names;

/// A flat core module, read and validated.
#[derive(Debug)]
pub struct Module<'a> {
    /// The bytes it was read from.
    pub wasm: &'a [u8],
    pub names: Names,
    pub types: Vec<FuncType>,
    /// The type index of each function, imported ones first.
    pub functions: Vec<u32>,
    pub imported_functions: u32,
    /// The types of all globals, imported ones first.
    pub globals: Vec<GlobalType>,
    /// The type index of each tag; imported tags are refused.
    pub tags: Vec<u32>,
    /// Functions that some element segment mentions: what an indirect call may reach.
    pub in_table: BTreeSet<u32>,
    /// What is exported: kind and index.
    pub exports: Vec<(ExternalKind, u32)>,
    pub start: Option<u32>,
    /// The bodies of the functions that are defined here, in order.
    pub bodies: Vec<Body<'a>>,
}

impl<'a> Module<'a> {
    /// Reads and validates `wasm`, which must be a core module in `dialect`.
    ///
    /// Fails on anything else; when the fault lies in a function, the error names it and the offset
    /// in the file. Since everything is validated here, the passes may rely on balanced blocks,
    /// existing labels and a typed operand stack.
    pub fn read(wasm: &'a [u8], dialect: Dialect) -> Result<Self> {
        match inspect::check_header(wasm)? {
            inspect::Kind::Module => {}
            inspect::Kind::Component => bail!("this is a component, not a core module"),
        }
        let names = Names::scan(wasm);
        dialect.check(wasm, &names)?;
        let mut module = Module {
            wasm,
            names,
            types: Vec::new(),
            functions: Vec::new(),
            imported_functions: 0,
            globals: Vec::new(),
            tags: Vec::new(),
            in_table: BTreeSet::new(),
            exports: Vec::new(),
            start: None,
            bodies: Vec::new(),
        };
        for payload in Parser::new(0).parse_all(wasm) {
            module.read_section(payload.map_err(inspect::parse_error)?)?;
        }
        Ok(module)
    }

    fn read_section(&mut self, payload: Payload<'a>) -> Result<()> {
        let malformed = inspect::parse_error;
        match payload {
            Payload::TypeSection(section) => {
                for ty in section.into_iter_err_on_gc_types() {
                    self.types.push(ty.map_err(malformed)?);
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import.map_err(malformed)?;
                    match import.ty {
                        TypeRef::Func(ty) | TypeRef::FuncExact(ty) => {
                            self.functions.push(ty);
                            self.imported_functions += 1;
                        }
                        TypeRef::Global(ty) => self.globals.push(ty),
                        TypeRef::Memory(_) => {}
                        // Another module could put any function into it, or catch what we throw.
                        TypeRef::Table(_) => bail!("the module imports a table: {}", import.name),
                        TypeRef::Tag(_) => bail!("the module imports a tag: {}", import.name),
                    }
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    self.functions.push(ty.map_err(malformed)?);
                }
            }
            Payload::GlobalSection(section) => {
                for global in section {
                    self.globals.push(global.map_err(malformed)?.ty);
                }
            }
            Payload::TagSection(section) => {
                for tag in section {
                    self.tags.push(tag.map_err(malformed)?.func_type_idx);
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export.map_err(malformed)?;
                    self.exports.push((export.kind, export.index));
                }
            }
            Payload::StartSection { func, .. } => self.start = Some(func),
            Payload::ElementSection(section) => {
                for segment in section {
                    match segment.map_err(malformed)?.items {
                        ElementItems::Functions(functions) => {
                            for function in functions {
                                self.in_table.insert(function.map_err(malformed)?);
                            }
                        }
                        ElementItems::Expressions(_, items) => {
                            for item in items {
                                for op in item.map_err(malformed)?.get_operators_reader() {
                                    if let Operator::RefFunc { function_index } =
                                        op.map_err(malformed)?
                                    {
                                        self.in_table.insert(function_index);
                                    }
                                }
                            }
                        }
                    }
                }
            }
            Payload::CodeSectionEntry(code) => {
                let index = self.imported_functions + u32::try_from(self.bodies.len())?;
                let ty = self.function_type(index)?;
                let body = Body::read(index, ty, &code)
                    .map_err(malformed)
                    .with_context(|| self.names.function(index))?;
                self.bodies.push(body);
            }
            _ => {}
        }
        Ok(())
    }

    /// The type of function `index`.
    pub fn function_type(&self, index: u32) -> Result<&FuncType> {
        let ty = self.functions.get(index as usize);
        ty.and_then(|ty| self.types.get(*ty as usize))
            .ok_or_else(|| anyhow!("there is no function {index}"))
    }

    /// The one function that the name section calls `name`.
    pub fn find_function(&self, name: &str) -> Result<u32> {
        let index = self.names.find_function(name)?;
        self.function_type(index).with_context(|| format!("the name section has {name}"))?;
        Ok(index)
    }

    /// The one global that the name section calls `name`, and its type.
    pub fn find_global(&self, name: &str) -> Result<(u32, GlobalType)> {
        let index = self.names.find_global(name)?;
        let ty = self.globals.get(index as usize);
        let ty = ty.ok_or_else(|| anyhow!("there is no global {index}, which is called {name}"))?;
        Ok((index, *ty))
    }

    /// The body of function `index`, unless it is imported.
    pub fn body(&self, index: u32) -> Option<&Body<'a>> {
        self.bodies.get(index.checked_sub(self.imported_functions)? as usize)
    }

    /// An error about operator `at` of `body`: names the function and the offset in the file.
    pub fn refuse(&self, body: &Body, at: usize, what: impl std::fmt::Display) -> anyhow::Error {
        self.names.locate(body.function, body.offsets[at], what)
    }

    /// The index that the next new global gets.
    pub fn next_global(&self) -> Result<u32> {
        Ok(u32::try_from(self.globals.len())?)
    }
}

/// What [`prepare`] is to do.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    /// Functions that neither throw nor reach the collector, whatever the types of their indirect
    /// calls suggest, but by the gate. See [`leaves`] on how this is checked.
    pub declared: Declared<'a>,
    /// The collector, if the program has one.
    pub roots: Option<spill_roots::Options<'a>>,
}

/// What [`prepare`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub leaves: leaves::Report,
    pub exceptions: lower_eh::Report,
    pub roots: spill_roots::Report,
}

/// Guards the leaves, lowers exceptions, and spills roots if `options` names a collector; the result
/// is checked to be of the [plain dialect](Dialect::Plain), which every engine runs.
///
/// The order matters: leaf guards need the throws still there, and roots are spilled where control
/// flow is final.
pub fn prepare(wasm: &[u8], options: &Options) -> Result<(Vec<u8>, Report)> {
    let mut report = Report::default();
    let mut wasm = Cow::Borrowed(wasm);
    if !options.declared.leaves.is_empty() {
        let collector = options.roots.as_ref().map(|roots| roots.collector);
        let (guarded, done) =
            leaves::guard(&wasm, options.declared, collector).context("guarding leaf functions")?;
        (wasm, report.leaves) = (Cow::Owned(guarded), done);
    }
    let (mut wasm, done) = lower_eh::run(&wasm, options.declared).context("lowering exceptions")?;
    report.exceptions = done;
    if let Some(roots) = &options.roots {
        (wasm, report.roots) =
            spill_roots::run(&wasm, options.declared, roots).context("spilling GC roots")?;
    }
    Ok((wasm, report))
}
