use expect_test::{Expect, expect};
use wasmi::{Engine, Linker, Module, Store};

use super::{snapshot, without_imports};
use crate::wasm::inspect;

fn parse(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

/// The snapshot of `text`, which must validate.
fn snapshot_of(text: &str) -> Vec<u8> {
    let wasm = snapshot(&parse(text), "pylon-preinit").unwrap();
    wasmparser::validate(&wasm).unwrap();
    wasm
}

fn check_error(text: &str, expected: Expect) {
    let error = snapshot(&parse(text), "pylon-preinit").unwrap_err();
    expected.assert_eq(&format!("{error:#}"));
}

/// Calls `export`, of no arguments, in a fresh instance.
fn call(wasm: &[u8], export: &str) -> i32 {
    let engine = Engine::default();
    let module = Module::new(&engine, wasm).unwrap();
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    for import in module.imports() {
        let ty = import.ty().func().unwrap().clone();
        linker.func_new(import.module(), import.name(), ty, |_, _, _| Ok(())).unwrap();
    }
    let instance = linker.instantiate_and_start(&mut store, &module).unwrap();
    instance.get_typed_func::<(), i32>(&store, export).unwrap().call(&mut store, ()).unwrap()
}

/// The bytes of all data segments.
fn data_size(wasm: &[u8]) -> usize {
    let mut size = 0;
    for payload in wasmparser::Parser::new(0).parse_all(wasm) {
        if let wasmparser::Payload::DataSection(section) = payload.unwrap() {
            size += section.into_iter().map(|data| data.unwrap().data.len()).sum::<usize>();
        }
    }
    size
}

const COUNTER: &str = r#"(module
    (memory (export "memory") 1)
    (data (i32.const 16) "\05\00\00\00kept")
    (func (export "pylon-preinit") (i32.store (i32.const 16) (i32.const 41)))
    (func (export "next") (result i32)
        (i32.store (i32.const 16) (i32.add (i32.load (i32.const 16)) (i32.const 1)))
        (i32.load (i32.const 16)))
    (func (export "text") (result i32) (i32.load (i32.const 20))))"#;

#[test]
fn memory_written_by_the_run_is_baked() {
    let wasm = snapshot_of(COUNTER);
    assert_eq!(call(&wasm, "next"), 42);
    assert_eq!(call(&wasm, "text"), i32::from_le_bytes(*b"kept"));
}

#[test]
fn entry_is_no_longer_exported_and_the_rest_is() {
    let names: Vec<String> = inspect::interface(&snapshot_of(COUNTER))
        .unwrap()
        .exports
        .into_iter()
        .map(|item| item.name)
        .collect();
    assert_eq!(names, ["memory", "next", "text"]);
}

#[test]
fn two_runs_give_the_same_bytes() {
    assert_eq!(snapshot_of(COUNTER), snapshot_of(COUNTER));
}

#[test]
fn module_without_data_gets_a_data_section() {
    let wasm = snapshot_of(
        r#"(module (memory (export "memory") 1)
            (@custom "component-type:x" (after last) "y")
            (func (export "pylon-preinit") (i32.store (i32.const 65532) (i32.const 7)))
            (func (export "get") (result i32) (i32.load (i32.const 65532))))"#,
    );
    assert_eq!(call(&wasm, "get"), 7);
}

#[test]
fn memory_that_grew_stays_grown_and_its_zeros_cost_nothing() {
    let wasm = snapshot_of(
        r#"(module (memory (export "memory") 1 100)
            (func (export "pylon-preinit")
                (drop (memory.grow (i32.const 49)))
                (i32.store8 (i32.const 3276799) (i32.const 9)))
            (func (export "pages") (result i32) (memory.size))
            (func (export "last") (result i32) (i32.load8_u (i32.const 3276799))))"#,
    );
    assert_eq!((call(&wasm, "pages"), call(&wasm, "last")), (50, 9));
    assert_eq!(data_size(&wasm), 1);
    assert!(wasm.len() < 200, "{} bytes", wasm.len());
}

#[test]
fn mutable_globals_of_every_number_type_are_baked() {
    let wasm = snapshot_of(
        r#"(module (memory (export "memory") 1)
            (global $sp (mut i32) (i32.const 1024))
            (global $i64 (mut i64) (i64.const 0))
            (global $nan (mut f32) (f32.const 0))
            (global $f64 (mut f64) (f64.const 0))
            (global $constant i32 (i32.const 5))
            (func (export "pylon-preinit")
                (global.set $sp (i32.const -3))
                (global.set $i64 (i64.const 0x100000002))
                (global.set $nan (f32.const -nan:0x200001))
                (global.set $f64 (f64.const -0)))
            (func (export "sp") (result i32) (i32.add (global.get $sp) (global.get $constant)))
            (func (export "i64") (result i32) (i64.eq (global.get $i64) (i64.const 0x100000002)))
            (func (export "nan") (result i32) (i32.reinterpret_f32 (global.get $nan)))
            (func (export "f64") (result i32) (i64.lt_s (i64.reinterpret_f64 (global.get $f64)) (i64.const 0))))"#,
    );
    assert_eq!(call(&wasm, "sp"), 2);
    assert_eq!(call(&wasm, "i64"), 1);
    assert_eq!(call(&wasm, "nan") as u32, 0xffa0_0001);
    assert_eq!(call(&wasm, "f64"), 1);
}

#[test]
fn start_function_has_run_and_does_not_run_again() {
    let wasm = snapshot_of(
        r#"(module (memory (export "memory") 1)
            (func $add (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1))))
            (start $add)
            (func (export "pylon-preinit") (call $add))
            (func (export "get") (result i32) (i32.load (i32.const 0))))"#,
    );
    assert_eq!(call(&wasm, "get"), 2);
}

#[test]
fn passive_segments_keep_their_index_and_data_count() {
    let wasm = snapshot_of(
        r#"(module (memory (export "memory") 1)
            (data $a (i32.const 0) "a") (data $b (i32.const 1000) "b")
            (data $p "passive!") (data $c (i32.const 2000) "c")
            (func (export "pylon-preinit")
                (memory.fill (i32.const 0) (i32.const 0) (i32.const 4096))
                (memory.init $p (i32.const 100) (i32.const 0) (i32.const 4)))
            (func (export "get") (result i32)
                (memory.init $p (i32.const 104) (i32.const 4) (i32.const 4))
                (i32.add (i32.load (i32.const 100)) (i32.load (i32.const 104)))))"#,
    );
    let expected = i32::from_le_bytes(*b"pass").wrapping_add(i32::from_le_bytes(*b"ive!"));
    assert_eq!(call(&wasm, "get"), expected);
}

#[test]
fn tables_and_custom_sections_survive() {
    let wasm = snapshot_of(
        r#"(module
            (@custom "component-type:demo" "\01\02")
            (memory (export "memory") 1) (table 4 funcref) (elem (i32.const 1) $seven)
            (func $seven (result i32) (i32.const 7))
            (func (export "pylon-preinit"))
            (func (export "get") (result i32) (call_indirect (result i32) (i32.const 1))))"#,
    );
    assert_eq!(call(&wasm, "get"), 7);
    let kept = wasmparser::Parser::new(0).parse_all(&wasm).any(|payload| {
        matches!(payload.unwrap(), wasmparser::Payload::CustomSection(section)
            if section.name() == "component-type:demo" && section.data() == [1, 2])
    });
    assert!(kept);
}

/// The imports that a wasip2 libc calls while Python starts.
const WASI: &str = r#"
    (import "wasi:cli/environment@0.2.0" "get-environment" (func $env (param i32)))
    (import "wasi:clocks/wall-clock@0.2.3" "now" (func $wall (param i32)))
    (import "wasi:clocks/monotonic-clock@0.2.0" "now" (func $mono (result i64)))
    (import "wasi:clocks/monotonic-clock@0.2.0" "subscribe-duration" (func $sleep (param i64) (result i32)))
    (import "wasi:io/poll@0.2.0" "poll" (func $poll (param i32 i32 i32)))
    (import "wasi:io/poll@0.2.0" "[resource-drop]pollable" (func $drop (param i32)))
    (import "wasi:random/random@0.2.0" "get-random-bytes" (func $random (param i64 i32)))
    (import "wasi:cli/stderr@0.2.0" "get-stderr" (func $stderr (result i32)))
    (import "wasi:io/streams@0.2.0" "[method]output-stream.blocking-write-and-flush"
        (func $write (param i32 i32 i32 i32)))
    (import "wasi:io/streams@0.2.0" "[resource-drop]output-stream" (func $close (param i32)))
    (import "wasi:cli/exit@0.2.0" "exit" (func $exit (param i32)))
    (import "wasi:filesystem/types@0.2.0" "[method]descriptor.stat" (func $stat (param i32 i32)))
    (memory (export "memory") 1)
    (global $heap (mut i32) (i32.const 4096))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
        (global.get $heap) (global.set $heap (i32.add (global.get $heap) (local.get 3))))
"#;

#[test]
fn clock_environment_and_random_are_constant() {
    let wasm = snapshot_of(&format!(
        r#"(module {WASI}
            (func (export "pylon-preinit")
                (memory.fill (i32.const 0) (i32.const 0xff) (i32.const 256))
                (call $env (i32.const 0)) (call $wall (i32.const 16))
                (i64.store (i32.const 32) (call $mono))
                (call $random (i64.const 8) (i32.const 40))
                (i32.store (i32.const 48) (call $sleep (i64.const 1000000)))
                (call $poll (i32.const 48) (i32.const 1) (i32.const 56))
                (call $drop (i32.load (i32.const 48))))
            (func (export "environment") (result i32) (i32.load (i32.const 4)))
            (func (export "wall") (result i32) (i32.load (i32.const 16)))
            (func (export "mono") (result i32) (i32.load (i32.const 32)))
            (func (export "random") (result i32) (i32.load (i32.load (i32.const 40))))
            (func (export "ready") (result i32) (i32.load (i32.const 60))))"#
    ));
    let read = |export| call(&wasm, export);
    assert_eq!(
        (read("environment"), read("wall"), read("mono"), read("random"), read("ready")),
        (0, 0, 1, 0, 1)
    );
}

#[test]
fn refused_import_is_named_with_its_caller() {
    check_error(
        &format!(
            r#"(module {WASI}
                (func $open_config (call $stat (i32.const 3) (i32.const 0)))
                (func $init (call $harmless) (call $open_config))
                (func $harmless)
                (func (export "pylon-preinit") (call $init)))"#
        ),
        expect![[r#"
            pre-initialisation (`pylon-preinit`) failed: it called `wasi:filesystem/types@0.2.0` `[method]descriptor.stat`, which has no answer at build time
              call stack, innermost first:
                open_config
                init
                pylon-preinit"#]],
    );
}

#[test]
fn import_of_another_wasi_version_is_refused() {
    check_error(
        r#"(module (import "wasi:clocks/monotonic-clock@0.3.0" "now" (func $now (result i64)))
            (memory (export "memory") 1)
            (func (export "pylon-preinit") (drop (call $now))))"#,
        expect![[r#"
            pre-initialisation (`pylon-preinit`) failed: it called `wasi:clocks/monotonic-clock@0.3.0` `now`, which has no answer at build time
              call stack, innermost first:
                pylon-preinit"#]],
    );
}

#[test]
fn import_that_is_not_called_is_no_error() {
    snapshot_of(
        r#"(module (import "demo:crc/crc@0.1.0" "update" (func (param i32) (result i32)))
            (memory (export "memory") 1) (func (export "pylon-preinit")))"#,
    );
}

#[test]
fn trap_shows_what_was_written_and_where_it_was() {
    check_error(
        &format!(
            r#"(module {WASI}
                (data (i32.const 100) "Fatal Python error: no encodings\n")
                (func $say (call $write (call $stderr) (i32.const 100) (i32.const 33) (i32.const 0)))
                (func $abort (call $say) unreachable)
                (func $Py_Initialize (call_indirect (i32.const 0)))
                (table 1 funcref) (elem (i32.const 0) $abort)
                (func (export "pylon-preinit") (call $Py_Initialize)))"#
        ),
        expect![[r#"
            pre-initialisation (`pylon-preinit`) failed: wasm `unreachable` instruction executed
              it wrote:
                Fatal Python error: no encodings
              call stack, innermost first:
                abort
                Py_Initialize
                pylon-preinit"#]],
    );
}

#[test]
fn trap_without_names_shows_indices() {
    let wasm = parse(
        r#"(module (memory (export "memory") 1) (func $a unreachable)
            (func (export "pylon-preinit") (call $a)))"#,
    );
    let bare = crate::wasm::strip::strip(&wasm, crate::wasm::strip::Keep::Nothing).unwrap();
    let error = snapshot(&bare, "pylon-preinit").unwrap_err();
    expect![[r#"
        pre-initialisation (`pylon-preinit`) failed: wasm `unreachable` instruction executed
          call stack, innermost first:
            function 0 (no name section)
            pylon-preinit"#]]
    .assert_eq(&error.to_string());
}

#[test]
fn deep_stack_is_cut_in_the_message() {
    let text = r#"(module (memory (export "memory") 1) (func $again (call $again))
        (func (export "pylon-preinit") (call $again)))"#;
    let error = snapshot(&parse(text), "pylon-preinit").unwrap_err().to_string();
    assert!(error.contains("call stack exhausted"), "{error}");
    assert!(error.contains("\n    again\n    ... "), "{error}");
    assert!(error.lines().count() < 40);
}

#[test]
fn trap_in_the_start_function_is_reported() {
    check_error(
        r#"(module (memory (export "memory") 1) (func $boot unreachable) (start $boot)
            (func (export "pylon-preinit")))"#,
        expect![
            "pre-initialisation (`pylon-preinit`) failed: wasm `unreachable` instruction executed"
        ],
    );
}

#[test]
fn exit_is_an_error() {
    check_error(
        &format!(r#"(module {WASI} (func (export "pylon-preinit") (call $exit (i32.const 1))))"#),
        expect![[r#"
            pre-initialisation (`pylon-preinit`) failed: it called exit(1)
              call stack, innermost first:
                pylon-preinit"#]],
    );
}

#[test]
fn entry_may_return_zero_or_why_it_failed() {
    let module = |result: &str| {
        format!(
            r#"(module (memory (export "memory") 1) (data (i32.const 64) "no module named codecs\n\00rest")
                (func (export "pylon-preinit") (result i32) {result})
                (func (export "get") (result i32) (i32.load8_u (i32.const 64))))"#
        )
    };
    assert_eq!(call(&snapshot_of(&module("(i32.const 0)")), "get"), i32::from(b'n'));
    check_error(
        &module("(i32.const 64)"),
        expect!["pre-initialisation (`pylon-preinit`) failed: no module named codecs"],
    );
    check_error(
        &module("(i32.const -8)"),
        expect![
            "pre-initialisation (`pylon-preinit`) failed: it returned 4294967288, which is no text"
        ],
    );
}

#[test]
fn open_handles_at_the_end_are_an_error_with_what_was_written() {
    check_error(
        &format!(
            r#"(module {WASI} (data (i32.const 100) "warning: x\n")
                (func (export "pylon-preinit")
                    (call $write (call $stderr) (i32.const 100) (i32.const 11) (i32.const 0))))"#
        ),
        expect![[r#"
            pre-initialisation (`pylon-preinit`) failed: it ended with open handles: stderr
              it wrote:
                warning: x"#]],
    );
}

#[test]
fn stderr_that_is_closed_again_is_fine() {
    snapshot_of(&format!(
        r#"(module {WASI} (func (export "pylon-preinit") (local $h i32)
            (local.set $h (call $stderr))
            (call $write (local.get $h) (i32.const 100) (i32.const 11) (i32.const 0))
            (call $close (local.get $h))))"#
    ));
}

#[test]
fn pointer_outside_of_memory_is_an_error() {
    check_error(
        &format!(
            r#"(module {WASI} (func (export "pylon-preinit") (call $env (i32.const 65533))))"#
        ),
        expect![[r#"
            pre-initialisation (`pylon-preinit`) failed: it passed a pointer outside of its memory
              call stack, innermost first:
                pylon-preinit"#]],
    );
}

#[test]
fn what_cannot_be_baked_is_refused() {
    let cases = [
        r#"(module (memory (export "memory") 1) (func (export "start")))"#,
        r#"(module (memory 1) (func (export "pylon-preinit")))"#,
        r#"(module (func (export "pylon-preinit")))"#,
        r#"(module (memory (export "memory") 1) (memory 1) (func (export "pylon-preinit")))"#,
        r#"(module (memory (export "memory") i64 1) (func (export "pylon-preinit")))"#,
        r#"(module (import "env" "memory" (memory 1)) (func (export "pylon-preinit")))"#,
        r#"(module (import "env" "base" (global i32)) (memory (export "memory") 1) (func (export "pylon-preinit")))"#,
        r#"(module (memory (export "memory") 1) (global (mut funcref) (ref.null func)) (func (export "pylon-preinit")))"#,
        r#"(module (memory (export "memory") 1) (table 1 funcref)
            (func (export "pylon-preinit") (drop (table.grow (ref.null func) (i32.const 1)))))"#,
        r#"(module (memory (export "memory") 1) (func (export "pylon-preinit") (param i32)))"#,
        "(component)",
    ];
    let errors: Vec<String> = cases
        .iter()
        .map(|text| format!("{:#}", snapshot(&parse(text), "pylon-preinit").unwrap_err()))
        .collect();
    expect![[r#"
        the module does not export a function `pylon-preinit`
        the module does not export its memory as `memory`
        the module must define one memory, it defines 0
        the module must define one memory, it defines 2
        the module's memory is 64-bit, shared or of odd page size
        the module imports `env` `memory`, which is no function
        the module imports `env` `base`, which is no function
        mutable global 0 holds a reference, which no data can
        the module contains table.grow: tables that change cannot be baked
        pre-initialisation (`pylon-preinit`) failed: it takes parameters, or returns something else than one i32
        pre-initialisation needs a core module, not a component"#]].assert_eq(&errors.join("\n"));
}

#[test]
fn garbage_and_truncation_are_refused() {
    assert!(snapshot(b"", "pylon-preinit").is_err());
    assert!(snapshot(b"\x7fELF rubbish", "pylon-preinit").is_err());
    let wasm = parse(COUNTER);
    for length in 0..wasm.len() {
        // Cut between two sections it is still a binary, but one that lacks what it must have; cut
        // before the name section it is whole.
        if let Ok(result) = snapshot(&wasm[..length], "pylon-preinit") {
            wasmparser::validate(&result).unwrap();
        }
    }
}

#[test]
fn constructors_run_ahead_and_may_ask_nobody() {
    let library = |body: &str| {
        parse(&format!(
            r#"(module (import "wasi:random/random@0.2.6" "get-random-u64" (func $random (result i64)))
                (memory (export "memory") 1)
                (func (export "_initialize") {body})
                (func (export "value") (result i32) (i32.load (i32.const 8))))"#
        ))
    };
    let baked = without_imports(&library("i32.const 8 i32.const 7 i32.store"), "_initialize");
    let baked = baked.unwrap();
    wasmparser::validate(&baked).unwrap();
    assert_eq!(call(&baked, "value"), 7);
    let exports = inspect::exported_functions(&baked).unwrap();
    assert_eq!(exports.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["value"]);

    let asking = library("call $random drop");
    snapshot(&asking, "_initialize").unwrap();
    let error = without_imports(&asking, "_initialize").unwrap_err().to_string();
    let expected = "it called `wasi:random/random@0.2.6` `get-random-u64`";
    assert!(error.contains(expected), "{error}");
}
