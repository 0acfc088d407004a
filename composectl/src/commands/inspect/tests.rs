//! What `inspect` says, of small files.

use super::*;

/// A provider that needs a clock, with a consumer's import and parts inside.
const PROVIDER: &str = r#"
(component $demo
  (import "wasi:clocks/wall-clock@0.2.0" (instance
    (type $datetime-t (record (field "seconds" u64) (field "nanoseconds" u32)))
    (export "datetime" (type $datetime (eq $datetime-t)))
    (export "now" (func (result $datetime)))))
  (import "compose:dynlink/linker@0.1.0" (instance $linker
    (export "instance" (type $instance (sub resource)))
    (type $error-t (record (field "code" string) (field "context" (option string))))
    (export "error" (type $error (eq $error-t)))
    (export "[constructor]instance" (func (param "id" string) (result (own $instance))))
    (export "[method]instance.invoke" (func (param "self" (borrow $instance)) (param "method" string)
      (result (result (list u8) (error $error)))))
    (export "[static]instance.all" (func (result (list (own $instance)))))))
  (core module $main
    (import "env" "f" (func))
    (memory (export "memory") 2 16)
    (func (export "handle") (param i32) (result i32) local.get 0)
    (func $more)
    (@custom "producers" "\00"))
  (core module (memory i64 1))
  (component $inner (core module (memory 1)))
  (type $status (enum "good" "bad"))
  (type $shape (variant (case "round" f32) (case "none")))
  (type $bits (flags "a" "b"))
  (instance $endpoint
    (export "shape" (type $shape))
    (export "bits" (type $bits))
    (export "status" (type $status)))
  (export "compose:dynlink/endpoint@0.1.0" (instance $endpoint))
  (export "alone" (core module $main))
  (@custom "note" "\1b[2J"))
"#;

const MODULE: &str = r#"
(module $tiny
  (import "env" "table" (table 1 funcref))
  (import "env" "memory" (memory 1 1 shared))
  (import "wasi_snapshot_preview1" "fd_close" (func (param i32) (result i32)))
  (global (export "g") i32 (i32.const 1))
  (func (export "both") (param i64 f32) (result i32 i32) i32.const 0 i32.const 0)
  (export "again" (func 0)))
"#;

fn rendered(wat: &str, all: bool) -> String {
    let bytes = wat::parse_str(wat).expect("valid text");
    let findings = findings("demo.wasm", "sha256:..", &bytes).expect("valid");
    text::render(&findings, all).join("\n")
}

#[test]
fn a_component_is_told_with_what_it_needs_offers_and_holds() {
    let expected = "\
file    demo.wasm
name    demo
kind    component: a provider (may be named in a plan); resolves providers at run time
digest  sha256:..
size    718 bytes
wasi    0.2.0: clocks

imports
  wasi:clocks/wall-clock@0.2.0             1 function
  compose:dynlink/linker@0.1.0
    resource instance
    record error { code: string, context: option<string> }
    instance: constructor(id: string)
    instance.invoke: func(method: string) -> result<list<u8>, error>
    instance.all: static func() -> list<instance>

exports
  compose:dynlink/endpoint@0.1.0
    variant shape { round(f32), none }
    flags bits { a, b }
    enum status { good, bad }
  alone: core module

parts
  module 0 main                                  109 bytes  2 functions
    memory 128 KiB to 1 MiB
  module 1                                        13 bytes  0 functions
    memory 64 KiB or more, 64-bit
  component 2 inner                               48 bytes
    module 0                                      13 bytes  0 functions
      memory 64 KiB or more

custom sections
  note                               4 bytes
  component-name                    76 bytes";
    assert_eq!(rendered(PROVIDER, false), expected);
}

#[test]
fn what_a_file_was_made_by_is_told_if_it_can_be_read() {
    // One field, `language`, with one value.
    let section = r#"(component (@custom "producers" "\01\08language\01\07CPython\073.13.15"))"#;
    let text = rendered(section, false);
    assert!(text.contains("\nmade by CPython 3.13.15\n"), "{text}");
    let bytes = wat::parse_str(section).expect("valid text");
    let json = serde_json::to_value(findings("demo.wasm", "sha256:..", &bytes).expect("valid"));
    assert_eq!(json.expect("JSON")["producers"]["language"]["CPython"], "3.13.15");
    let cut = section.replace("\\073.13.15", "\\7f3.13.15");
    let text = rendered(&cut, false);
    assert!(!text.contains("made by"), "{text}");
}

#[test]
fn a_core_module_is_told_with_its_signatures() {
    let expected = "\
file    demo.wasm
name    tiny
kind    core module of WASI preview 1
digest  sha256:..
size    147 bytes

imports
  env.table: table
  env.memory: memory
  wasi_snapshot_preview1.fd_close: (func (param i32) (result i32))

exports
  g: global
  both: (func (param i64 f32) (result i32 i32))
  again: (func (param i32) (result i32))

module
  1 function
  memory 64 KiB, fixed, shared, imported

custom sections
  name                               7 bytes";
    assert_eq!(rendered(MODULE, false), expected);
}

#[test]
fn a_program_of_wasi_preview_1_is_a_command() {
    let program = r#"(module
        (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
        (func (export "_start")))"#;
    let text = rendered(program, false);
    let kind = "\nkind    core module of WASI preview 1: a command (`composectl run`)\n";
    assert!(text.contains(kind), "{text}");
    let library = rendered(r#"(module (global (export "_start") i32 (i32.const 0)))"#, false);
    assert!(library.contains("\nkind    core module\n"), "{library}");
}

#[test]
fn functions_of_wasi_are_told_when_asked() {
    let text = rendered(PROVIDER, true);
    assert!(text.contains("\n    record datetime { seconds: u64, nanoseconds: u32 }\n"), "{text}");
    assert!(text.contains("\n    now: func() -> datetime\n"), "{text}");
}

#[test]
fn every_truncated_or_damaged_file_is_an_error_or_described() {
    let bytes = wat::parse_str(PROVIDER).expect("valid text");
    for length in 0..bytes.len() {
        // At the end of a section a component is whole.
        if let Ok(findings) = findings("f", "d", &bytes[..length]) {
            assert!(findings.anatomy.whole.size == length as u64, "{length} bytes");
        }
    }
    for index in 8..bytes.len() {
        for bit in [1, 0x80] {
            let mut damaged = bytes.clone();
            damaged[index] ^= bit;
            if let Ok(findings) = findings("f", "d", &damaged) {
                assert!(!text::render(&findings, true).is_empty(), "byte {index}");
            }
        }
    }
}

#[test]
fn deep_nesting_is_an_error() {
    let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
    for _ in 0..100 {
        let mut outer = b"\0asm\x0d\0\x01\0\x04".to_vec();
        let mut length = bytes.len();
        while length >= 0x80 {
            outer.push((length & 0x7f) as u8 | 0x80);
            length >>= 7;
        }
        outer.push(length as u8);
        outer.extend(bytes);
        bytes = outer;
    }
    let error = findings("f", "d", &bytes).expect_err("too deep");
    assert!(error.contains("nested"), "{error}");
}

#[test]
fn what_an_artifact_says_are_the_names() {
    let bytes = wat::parse_str(PROVIDER).expect("valid text");
    let info = component_info("x.wasm", &bytes).expect("a component");
    assert_eq!(info.imports, ["wasi:clocks/wall-clock@0.2.0", "compose:dynlink/linker@0.1.0"]);
    assert_eq!(info.exports, ["compose:dynlink/endpoint@0.1.0", "alone"]);
    let module = wat::parse_str(MODULE).expect("valid text");
    assert!(component_info("x.wasm", &module).is_err());
}
