//! What is told of a file is bounded, whatever the file says.

use std::fmt::Write;
use std::time::{Duration, Instant};

use composectl_wasm::anatomy::{self, Anatomy};

/// Longer texts would be told of a small file by who tells all.
const MOST: usize = 16 << 20;

fn told(wat: &str) -> Anatomy {
    let bytes = wat::parse_str(wat).expect("valid text");
    let begin = Instant::now();
    let anatomy = anatomy::of(&bytes).expect("valid");
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
    let externs = anatomy.imports.iter().chain(&anatomy.exports);
    let texts = externs.flat_map(|external| {
        external.types.iter().chain(&external.functions).chain(&external.signature)
    });
    let length: usize = texts.map(String::len).sum();
    assert!((1..MOST).contains(&length), "{length} bytes are told of {}", bytes.len());
    anatomy
}

#[test]
fn a_long_name_is_not_told_wherever_it_is_used() {
    let name = "long-".repeat(1000) + "name";
    let mut wat = format!(
        "(component (import \"a:b/c\" (instance (type $t (enum \"a\")) (export \"{name}\" (type $n (eq $t)))"
    );
    for function in 0..10_000 {
        let _ = write!(wat, "(export \"f{function}\" (func (param \"a\" $n)))");
    }
    wat += ")))";
    let functions = &told(&wat).imports[0].functions;
    assert_eq!(functions[0], format!("f0: func(a: {name})"));
    assert_eq!(functions.last().map(String::as_str), Some(".."));
}

#[test]
fn types_that_are_too_deep_are_refused() {
    let mut wat = "(component (type $t0 (list u8))".to_owned();
    for level in 1..20_000 {
        let _ = write!(wat, "(type $t{level} (list $t{}))", level - 1);
    }
    wat += ")";
    let error = anatomy::of(&wat::parse_str(wat).expect("valid text")).expect_err("too deep");
    assert!(error.contains("too deep"), "{error}");
}

#[test]
fn one_interface_imported_often_is_not_told_each_time() {
    let mut wat = "(component (type $i (instance ".to_owned();
    for function in 0..500 {
        let _ = write!(wat, "(export \"{}f{function}\" (func))", "long-".repeat(20));
    }
    wat += "))";
    for import in 0..500 {
        let _ = write!(wat, "(import \"a:b/i{import}\" (instance (type $i)))");
    }
    wat += ")";
    let anatomy = told(&wat);
    assert_eq!(anatomy.imports[0].functions.len(), 500);
    assert_eq!(anatomy.imports[499].functions, [".."]);
}
