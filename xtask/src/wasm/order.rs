//! Putting functions that run together next to each other. Engines lay native code out in the order of the functions, and
//! what a program touches is mapped by the kernel in pieces of 16 pages.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow, ensure};
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{CodeSection, FunctionSection, Module, NameMap, NameSection};
use wasmparser::{
    CodeSectionReader, FunctionSectionReader, KnownCustom, Name, NameSectionReader, Parser,
    Payload, TypeRef,
};

use super::inspect::{self, Kind};

/// The core module `core`, with the functions that `names` has in front of all others and in the order of `names`. Several may
/// have one name; a name that none has does not matter. The rest keeps its order.
///
/// Nothing but indices changes. Names of locals and labels go.
pub fn first(core: &[u8], names: &[&str]) -> Result<Vec<u8>> {
    let kind = inspect::check_header(core)?;
    ensure!(kind == Kind::Module, "functions are put in order in a core module, not in a {kind}");
    let mut order = Order::of(core, names)?;
    let mut module = Module::new();
    order.parse_core_module(&mut module, Parser::new(0), core).map_err(|error| match error {
        reencode::Error::ParseError(error) => inspect::parse_error(error),
        other => anyhow!("cannot be encoded: {other}"),
    })?;
    Ok(module.finish())
}

/// How many functions, from the first that `core` defines on, have one of `names`.
pub fn in_front(core: &[u8], names: &[&str]) -> Result<usize> {
    let order = Order::of(core, names)?;
    Ok(order
        .places
        .iter()
        .zip(0..)
        .take_while(|&(&place, at)| place == at)
        .count()
        .min(order.named))
}

/// Where each function goes.
struct Order {
    /// How many are imported. Those stay.
    imported: u32,
    /// The defined functions in their new order, each by its old place among the defined ones.
    places: Vec<usize>,
    /// The new index of each defined function.
    indices: Vec<u32>,
    /// How many have one of the names.
    named: usize,
}

impl Order {
    fn of(core: &[u8], names: &[&str]) -> Result<Order> {
        let ranks: BTreeMap<&str, usize> = names.iter().copied().zip(0..).collect();
        let (mut imported, mut defined) = (0, 0);
        let mut ranked: BTreeMap<u32, usize> = BTreeMap::new();
        for payload in Parser::new(0).parse_all(core) {
            match payload.map_err(inspect::parse_error)? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let ty = import.map_err(inspect::parse_error)?.ty;
                        imported += u32::from(matches!(ty, TypeRef::Func(_)));
                    }
                }
                Payload::FunctionSection(section) => defined = section.count(),
                Payload::CustomSection(section) => {
                    let KnownCustom::Name(section) = section.as_known() else { continue };
                    for (index, name) in function_names(section).map_err(inspect::parse_error)? {
                        if let Some(&rank) = ranks.get(name).filter(|_| index >= imported) {
                            ranked.insert(index, rank);
                        }
                    }
                }
                _ => {}
            }
        }
        let mut places: Vec<usize> = (0..defined as usize).collect();
        // Stable, and what has no rank comes last.
        places.sort_by_key(|&place| {
            ranked.get(&(imported + place as u32)).copied().unwrap_or(usize::MAX)
        });
        let mut indices = vec![0; places.len()];
        for (new, &old) in (imported..).zip(&places) {
            indices[old] = new;
        }
        Ok(Order { imported, places, indices, named: ranked.len() })
    }

    /// The new index of the function that had the index `old`.
    fn index(&self, old: u32) -> Option<u32> {
        match old.checked_sub(self.imported) {
            Some(place) => self.indices.get(place as usize).copied(),
            None => Some(old),
        }
    }
}

type Encoded<T> = Result<T, reencode::Error<&'static str>>;

impl Reencode for Order {
    type Error = &'static str;

    fn function_index(&mut self, old: u32) -> Encoded<u32> {
        self.index(old).ok_or(reencode::Error::UserError("it names a function that is not there"))
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Encoded<()> {
        let types = section.into_iter().collect::<wasmparser::Result<Vec<u32>>>()?;
        self.places.iter().for_each(|&place| {
            functions.function(types[place]);
        });
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> Encoded<()> {
        let bodies = section.into_iter().collect::<wasmparser::Result<Vec<_>>>()?;
        if bodies.len() != self.places.len() {
            return Err(reencode::Error::UserError("it has functions without code"));
        }
        for at in 0..bodies.len() {
            let body = bodies[self.places[at]].clone();
            self.parse_function_body(code, body)?;
        }
        Ok(())
    }

    fn custom_name_section(&mut self, section: NameSectionReader<'_>) -> Encoded<NameSection> {
        let mut kept = NameSection::new();
        for part in section.clone() {
            if let Name::Module { name, .. } = part? {
                kept.module(name);
            }
        }
        // A name section is sorted.
        let names: BTreeMap<u32, &str> = function_names(section)?
            .into_iter()
            .filter_map(|(old, name)| Some((self.index(old)?, name)))
            .collect();
        let mut functions = NameMap::new();
        names.into_iter().for_each(|(index, name)| functions.append(index, name));
        kept.functions(&functions);
        Ok(kept)
    }
}

fn function_names(section: NameSectionReader<'_>) -> wasmparser::Result<Vec<(u32, &str)>> {
    let mut found = Vec::new();
    for part in section {
        if let Name::Function(functions) = part? {
            for naming in functions {
                let naming = naming?;
                found.push((naming.index, naming.name));
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CORE: &str = r#"(module $named
        (import "host" "log" (func $log (param i32)))
        (type $answer (func (result i32)))
        (table 3 funcref)
        (elem (i32.const 0) $two $log $one)
        (global $last funcref (ref.func $three))
        (func $one (export "one") (result i32) i32.const 1)
        (func $two (export "two") (result i32) (local $unused i64) call $one i32.const 1 i32.add)
        (func $three (export "three") (result i32)
            i32.const 0 call_indirect (type $answer) call $one i32.add)
        (func $run (call $log (call $three)))
        (start $run))"#;

    fn names(wasm: &[u8]) -> Vec<(u32, String)> {
        let mut found = Vec::new();
        for payload in Parser::new(0).parse_all(wasm) {
            if let Payload::CustomSection(section) = payload.unwrap()
                && let KnownCustom::Name(section) = section.as_known()
            {
                let names = function_names(section).unwrap();
                found.extend(names.into_iter().map(|(index, name)| (index, name.to_owned())));
            }
        }
        found
    }

    /// What the start function logs, and what `one`, `two` and `three` give.
    fn run(wasm: &[u8]) -> Vec<i32> {
        let engine = wasmi::Engine::default();
        let module = wasmi::Module::new(&engine, wasm).unwrap();
        let mut store = wasmi::Store::new(&engine, Vec::new());
        let mut linker = wasmi::Linker::new(&engine);
        let log =
            |mut caller: wasmi::Caller<'_, Vec<i32>>, value: i32| caller.data_mut().push(value);
        linker.func_wrap("host", "log", log).unwrap();
        let instance = linker.instantiate_and_start(&mut store, &module).unwrap();
        let answers = ["one", "two", "three"].map(|name| {
            let function = instance.get_typed_func::<(), i32>(&store, name).unwrap();
            function.call(&mut store, ()).unwrap()
        });
        let mut all = std::mem::take(store.data_mut());
        all.extend(answers);
        all
    }

    #[test]
    fn named_functions_come_first_and_all_means_the_same() {
        let wasm = wat::parse_str(CORE).unwrap();
        let ordered = first(&wasm, &["run", "nobody", "two"]).unwrap();
        wasmparser::validate(&ordered).unwrap();
        let expected = [(0, "log"), (1, "run"), (2, "two"), (3, "one"), (4, "three")];
        let front = |wasm: &[u8]| in_front(wasm, &["run", "nobody", "two"]).unwrap();
        assert_eq!((front(&wasm), front(&ordered)), (0, 2));
        assert_eq!(names(&ordered), expected.map(|(index, name)| (index, name.to_owned())));
        assert_eq!(run(&wasm), [3, 1, 2, 3]);
        assert_eq!(run(&ordered), [3, 1, 2, 3]);
    }

    #[test]
    fn without_names_nothing_moves() {
        let wasm = wat::parse_str(CORE).unwrap();
        assert_eq!(names(&first(&wasm, &[]).unwrap()), names(&wasm));
        assert_eq!(run(&first(&wasm, &[]).unwrap()), run(&wasm));
    }

    #[test]
    fn functions_of_one_name_stay_together() {
        let text = r#"(module (func $a) (func $b) (func $c (@name "b")) (func $d))"#;
        let ordered = first(&wat::parse_str(text).unwrap(), &["b"]).unwrap();
        let expected = [(0, "b"), (1, "b"), (2, "a"), (3, "d")];
        assert_eq!(names(&ordered), expected.map(|(index, name)| (index, name.to_owned())));
    }

    #[test]
    fn what_is_no_core_module_is_refused() {
        let component = wat::parse_str("(component)").unwrap();
        let error = first(&component, &[]).unwrap_err().to_string();
        assert_eq!(error, "functions are put in order in a core module, not in a component");
        let wasm = wat::parse_str(CORE).unwrap();
        assert!(first(&wasm[..wasm.len() / 2], &["one"]).is_err());
        assert!(first(b"rubbish", &[]).is_err());
    }
}
