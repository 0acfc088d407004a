//! Small modules and what becomes of them.
//!
//! A case is `<pass>/<case>.wat`; next to it, `<case>.txt` has the output as text and what its
//! exports without parameters return when they are called, or the error. A first line
//! `;; leaves: a b` in the module declares leaves, one `;; asking: a` those that may call back, through `glue_gate`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use expect_test::expect_file;
use wasm_encoder::{
    CodeSection, Function, FunctionSection, Module, RefType, TableSection, TableType, TypeSection,
};
use wasmi::TrapCode::UnreachableCodeReached;
use xtask::wasm::flat::features::Dialect;
use xtask::wasm::flat::names::Names;
use xtask::wasm::flat::{self, Declared, FunctionRef, Gate};
use xtask::wasm::{lower_eh, spill_roots};

use crate::{engine, print};

type Pass = fn(&[u8], Declared) -> anyhow::Result<Vec<u8>>;

const NOTHING: Declared = Declared { leaves: &[], gate: None, asking: &[] };
const GATE: Gate = Gate { function: "glue_gate", depth: "glue_gate_depth" };

/// The cases of `pass`, sorted.
fn cases(pass: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wasm").join(pass);
    let mut cases: Vec<PathBuf> =
        folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.retain(|path| path.extension().is_some_and(|extension| extension == "wat"));
    cases.sort();
    assert!(!cases.is_empty(), "no case in {}", folder.display());
    cases
}

fn check(pass: &str, run: Pass) {
    for case in cases(pass) {
        let source = std::fs::read_to_string(&case).unwrap();
        let named = |what: &str| -> Vec<FunctionRef> {
            let lines = source.lines().filter_map(|line| line.strip_prefix(what));
            lines.flat_map(|names| names.split(' ')).map(FunctionRef::Name).collect()
        };
        let (leaves, asking) = (named(";; leaves: "), named(";; asking: "));
        let gate = (!asking.is_empty()).then_some(GATE);
        let declared = Declared { leaves: &leaves, gate, asking: &asking };
        let wasm = wat::parse_str(&source).unwrap_or_else(|e| panic!("{}: {e}", case.display()));
        let text = match run(&wasm, declared) {
            Ok(output) => {
                let again = run(&wasm, declared).expect("it worked before");
                assert_eq!(output, again, "{}: the output varies", case.display());
                print::print(&output) + &results(&output)
            }
            Err(error) => format!("error: {error:#}\n"),
        };
        expect_file![case.with_extension("txt")].assert_eq(&text);
    }
}

/// What each export returns that takes nothing, each called in a new instance.
fn results(wasm: &[u8]) -> String {
    let engine = wasmi::Engine::default();
    let module = wasmi::Module::new(&engine, wasm).unwrap();
    let mut text = String::new();
    for export in module.exports() {
        let Some(ty) = export.ty().func().filter(|ty| ty.params().is_empty()) else { continue };
        let mut store = wasmi::Store::new(&engine, ());
        let mut linker = wasmi::Linker::new(&engine);
        for import in module.imports() {
            let ty = import.ty().func().expect("cases import functions only").clone();
            let answer =
                move |_: wasmi::Caller<()>, _: &[wasmi::Val], results: &mut [wasmi::Val]| {
                    results.fill(wasmi::Val::I32(7));
                    Ok(())
                };
            linker.func_new(import.module(), import.name(), ty, answer).unwrap();
        }
        let instance = linker.instantiate_and_start(&mut store, &module).unwrap();
        let function = instance.get_func(&store, export.name()).unwrap();
        let mut results: Vec<wasmi::Val> =
            ty.results().iter().map(|ty| wasmi::Val::default(*ty)).collect();
        let outcome = match (function.call(&mut store, &[], &mut results), results.first()) {
            (Ok(()), Some(wasmi::Val::I32(value))) => value.to_string(),
            (Ok(()), Some(wasmi::Val::I64(value))) => value.to_string(),
            (Ok(()), Some(wasmi::Val::F64(value))) => f64::from(*value).to_string(),
            (Ok(()), other) => panic!("{}: {other:?} is not handled here", export.name()),
            (Err(error), _) if error.as_trap_code() == Some(UnreachableCodeReached) => {
                "trap".to_string()
            }
            (Err(error), _) => panic!("{}: {error}", export.name()),
        };
        text += &format!("{}() = {outcome}\n", export.name());
    }
    text
}

fn roots(wasm: &[u8]) -> spill_roots::Options<'static> {
    let checks = wasm.windows(15).any(|bytes| bytes == b"mp_cstack_check");
    let stack_check = checks.then_some(("mp_cstack_check", 512));
    spill_roots::Options { collector: "gc_collect", stack_check }
}

#[test]
fn lower_eh() {
    check("lower_eh", |wasm, declared| Ok(lower_eh::run(wasm, declared)?.0));
}

#[test]
fn spill_roots() {
    check("spill_roots", |wasm, declared| Ok(spill_roots::run(wasm, declared, &roots(wasm))?.0));
}

/// What V8 says about the cases before the pass is what wasmi says afterwards.
#[test]
fn an_engine_with_exceptions_agrees() {
    let folder = tempfile::tempdir().unwrap();
    let mut expected = String::new();
    for case in cases("lower_eh") {
        let wasm = wat::parse_file(&case).unwrap();
        if let Ok((lowered, _)) = lower_eh::run(&wasm, NOTHING) {
            let file = case.with_extension("wasm");
            let file = file.file_name().unwrap().to_str().unwrap();
            std::fs::write(folder.path().join(file), &wasm).unwrap();
            for line in results(&lowered).lines() {
                let line = line.replace("= trap", "= uncaught");
                expected += &format!("{file} {line} []\n");
            }
        }
    }
    if let Some(observed) = engine::run_folder(folder.path()) {
        let sorted = |text: &str| text.lines().map(str::to_string).collect::<BTreeSet<_>>();
        assert_eq!(sorted(&expected), sorted(&observed));
    }
}

/// All passes together, with leaves.
#[test]
fn leaves() {
    check("leaves", |wasm, declared| {
        let options = flat::Options { declared, roots: Some(roots(wasm)) };
        Ok(flat::prepare(wasm, &options)?.0)
    });
}

#[test]
fn host_may_call_again_after_an_uncaught_exception() {
    let source = r#"(module
        (tag $t)
        (func $throw (param i32) (if (local.get 0) (then (throw $t))))
        (func (export "run") (param i32) (result i32) (call $throw (local.get 0)) (i32.const 3)))"#;
    let (wasm, _) = lower_eh::run(&wat::parse_str(source).unwrap(), NOTHING).unwrap();
    let engine = wasmi::Engine::default();
    let module = wasmi::Module::new(&engine, wasm).unwrap();
    let mut store = wasmi::Store::new(&engine, ());
    let instance = wasmi::Instance::new(&mut store, &module, &[]).unwrap();
    let run = instance.get_typed_func::<i32, i32>(&store, "run").unwrap();
    let error = run.call(&mut store, 1).unwrap_err();
    assert_eq!(error.as_trap_code(), Some(UnreachableCodeReached));
    assert_eq!(run.call(&mut store, 0).unwrap(), 3);
}

/// Whatever a file holds, the passes end with a result or an error.
#[test]
fn no_malformed_module_makes_a_pass_panic() {
    for case in ["lower_eh", "spill_roots", "leaves"].into_iter().flat_map(cases) {
        let wasm = wat::parse_file(&case).unwrap();
        let leaves = [FunctionRef::Name("leaf")];
        let leaf = Declared { leaves: &leaves, ..NOTHING };
        let run = |wasm: &[u8]| {
            for declared in [leaf, Declared { gate: Some(GATE), asking: &leaves, ..leaf }, NOTHING]
            {
                let options = flat::Options { declared, roots: Some(roots(wasm)) };
                // The outcome does not matter.
                let _ = flat::prepare(wasm, &options);
            }
        };
        for at in 0..wasm.len() {
            run(&wasm[..at]);
            for value in [wasm[at].wrapping_add(1), wasm[at] ^ 0x80, 0x0b] {
                let mut changed = wasm.clone();
                changed[at] = value;
                run(&changed);
            }
        }
    }
}

#[test]
fn errors_of_truncated_modules_say_so() {
    let wasm = wat::parse_str("(module (func $f (drop (i32.const 1))))").unwrap();
    let error = format!("{:#}", lower_eh::run(&wasm[..wasm.len() - 20], NOTHING).unwrap_err());
    assert!(error.starts_with("the binary is cut short: "), "{error}");
    let error = format!("{:#}", lower_eh::run(b"(module)", NOTHING).unwrap_err());
    assert!(error.contains("text format"), "{error}");
}

/// The linker writes a table index of five bytes, which old engines refuse.
#[test]
fn table_index_of_indirect_calls_is_one_byte() {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    let mut functions = FunctionSection::new();
    functions.function(0);
    let mut tables = TableSection::new();
    tables.table(TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: 1,
        maximum: None,
        shared: false,
    });
    let mut call = Function::new([]);
    call.instructions().i32_const(0);
    call.raw([0x11, 0x80, 0x80, 0x80, 0x80, 0x00, 0x80, 0x80, 0x80, 0x80, 0x00, 0x0b]);
    let mut code = CodeSection::new();
    code.function(&call);
    let mut module = Module::new();
    let wasm = module.section(&types).section(&functions).section(&tables).section(&code);
    let wasm = wasm.clone().finish();

    let names = Names::scan(&wasm);
    let error = Dialect::Plain.check(&wasm, &names).unwrap_err().to_string();
    assert_eq!(error, "function 0, offset 0x1f: the table index of call_indirect is not one byte");
    let (lowered, _) = lower_eh::run(&wasm, NOTHING).unwrap();
    Dialect::Plain.check(&lowered, &names).unwrap();
}
