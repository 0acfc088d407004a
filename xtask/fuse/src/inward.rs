//! What is known of the core modules of parts: what they export, and which functions of theirs provably stay inside,
//! whatever they are given.
//!
//! A part must not call out while its realloc or post-return function runs. Most cannot: allocators call nothing but
//! themselves. Where their code shows it, nothing has to be checked at run time when the part does call out.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use wasmparser::{
    CompositeInnerType, ExternalKind, FunctionBody, Operator, Parser, Payload, TypeRef,
};

use crate::adapter::CoreIndex;

/// Core functions that modules of parts export, by their index in the result.
#[derive(Default)]
pub struct Functions<'a> {
    modules: BTreeMap<CoreIndex, &'a [u8]>,
    exports: BTreeMap<CoreIndex, (CoreIndex, &'a str)>,
    memories: BTreeMap<CoreIndex, CoreIndex>,
    known: BTreeMap<(*const u8, &'a str), bool>,
    plain: BTreeMap<(CoreIndex, &'static str), bool>,
}

impl<'a> Functions<'a> {
    /// A core instance is that of a module.
    pub fn instance(&mut self, instance: CoreIndex, module: &'a [u8]) {
        self.modules.insert(instance, module);
    }

    /// A core function is what a core instance exports.
    pub fn alias(&mut self, instance: CoreIndex, name: &'a str, function: CoreIndex) {
        self.exports.insert(function, (instance, name));
    }

    /// A core memory is of a core instance.
    pub fn memory(&mut self, instance: CoreIndex, memory: CoreIndex) {
        self.memories.insert(memory, instance);
    }

    /// The core instance that a memory is of, if its module exports a function of that name without parameters and results.
    pub fn exports(&mut self, memory: CoreIndex, name: &'static str) -> Result<Option<CoreIndex>> {
        let Some(&instance) = self.memories.get(&memory) else { return Ok(None) };
        let Some(module) = self.modules.get(&instance) else { return Ok(None) };
        let plain = match self.plain.get(&(instance, name)) {
            Some(plain) => *plain,
            None => exports_plain(module, name)?,
        };
        self.plain.insert((instance, name), plain);
        Ok(plain.then_some(instance))
    }

    /// Whether it is shown that a core function calls nothing outside of its module. Of what is no module's nothing is.
    pub fn stays_inside(&mut self, function: CoreIndex) -> Result<bool> {
        let Some((instance, name)) = self.exports.get(&function) else { return Ok(false) };
        let Some(module) = self.modules.get(instance) else { return Ok(false) };
        let key = (module.as_ptr(), *name);
        if let Some(known) = self.known.get(&key) {
            return Ok(*known);
        }
        let stays = Module::read(module)?.stays_inside(name)?;
        self.known.insert(key, stays);
        Ok(stays)
    }
}

/// Whether a core module exports a function of its own of that name that takes and returns nothing.
fn exports_plain(module: &[u8], name: &str) -> Result<bool> {
    let (mut types, mut functions) = (Vec::new(), Vec::new());
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::TypeSection(section) => {
                for group in section {
                    types.extend(group?.into_types().map(|ty| match ty.composite_type.inner {
                        CompositeInnerType::Func(ty) => {
                            ty.params().is_empty() && ty.results().is_empty()
                        }
                        _ => false,
                    }));
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    if let TypeRef::Func(_) | TypeRef::FuncExact(_) = import?.ty {
                        functions.push(false);
                    }
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    functions.push(types.get(ty? as usize).copied().unwrap_or(false));
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    if export.kind == ExternalKind::Func && export.name == name {
                        return Ok(functions.get(export.index as usize).copied().unwrap_or(false));
                    }
                }
            }
            // What is exported is known before the code.
            Payload::CodeSectionStart { .. } => break,
            _ => {}
        }
    }
    Ok(false)
}

/// What matters of a core module.
#[derive(Default)]
struct Module<'a> {
    imported: u32,
    exports: BTreeMap<&'a str, u32>,
    bodies: Vec<FunctionBody<'a>>,
}

impl<'a> Module<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self> {
        let mut module = Module::default();
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        if let TypeRef::Func(_) | TypeRef::FuncExact(_) = import?.ty {
                            module.imported += 1;
                        }
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        if let ExternalKind::Func | ExternalKind::FuncExact = export.kind {
                            module.exports.insert(export.name, export.index);
                        }
                    }
                }
                Payload::CodeSectionEntry(body) => module.bodies.push(body),
                _ => {}
            }
        }
        Ok(module)
    }

    fn stays_inside(&self, export: &str) -> Result<bool> {
        let first = self.exports.get(export).context("an export that is not there")?;
        let mut seen = BTreeSet::from([*first]);
        let mut waiting = vec![*first];
        while let Some(function) = waiting.pop() {
            let Some(index) = function.checked_sub(self.imported) else { return Ok(false) };
            let body = self.bodies.get(index as usize).context("a function without a body")?;
            for operator in body.get_operators_reader()? {
                match reached_by(&operator?) {
                    Reached::Nothing => {}
                    Reached::Function(callee) if seen.insert(callee) => waiting.push(callee),
                    Reached::Function(_) => {}
                    Reached::Anything => return Ok(false),
                }
            }
        }
        Ok(true)
    }
}

/// Where an instruction leads, other than on.
enum Reached {
    Nothing,
    Function(u32),
    Anything,
}

fn reached_by(operator: &Operator) -> Reached {
    match *operator {
        Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
            Reached::Function(function_index)
        }
        Operator::CallIndirect { .. }
        | Operator::ReturnCallIndirect { .. }
        | Operator::CallRef { .. }
        | Operator::ReturnCallRef { .. }
        | Operator::ContNew { .. }
        | Operator::Resume { .. }
        | Operator::ResumeThrow { .. }
        | Operator::ResumeThrowRef { .. }
        | Operator::Suspend { .. }
        | Operator::Switch { .. } => Reached::Anything,
        _ => Reached::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stays_inside(functions: &str) -> bool {
        let module = format!(
            "(module (type $none (func)) (import \"\" \"out\" (func $out)) (table 1 funcref)
                (memory 1) {functions})"
        );
        let module = wat::parse_str(module).unwrap();
        let mut known = Functions::default();
        known.instance(3, &module);
        known.alias(3, "f", 7);
        known.stays_inside(7).unwrap()
    }

    #[test]
    fn what_calls_only_what_stays_inside_does_so_too() {
        assert!(stays_inside("(func (export \"f\") (drop (memory.grow (i32.const 1))))"));
        assert!(stays_inside("(func $f (export \"f\") call $g) (func $g return_call $f)"));
    }

    #[test]
    fn what_may_reach_an_import_does_not() {
        assert!(!stays_inside("(func (export \"f\") call $g) (func $g return_call $out)"));
        assert!(!stays_inside("(export \"f\" (func $out))"));
        assert!(!stays_inside(
            "(func (export \"f\") call $g) (func $g call $h) (func $h call $out)"
        ));
    }

    #[test]
    fn what_calls_by_a_value_may_reach_anything() {
        assert!(!stays_inside("(func (export \"f\") (call_indirect (type $none) (i32.const 0)))"));
        assert!(!stays_inside(
            "(func (export \"f\") (return_call_indirect (type $none) (i32.const 0)))"
        ));
        assert!(!stays_inside("(func (export \"f\") (call_ref $none (ref.null $none)))"));
    }

    #[test]
    fn nothing_is_known_of_what_is_no_modules() {
        assert!(!Functions::default().stays_inside(0).unwrap());
    }
}
