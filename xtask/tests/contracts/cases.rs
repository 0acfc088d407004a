//! A file a contract. `refused/*.wit` have what `gen` says beside them; `accepted/*.wit` compile.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use expect_test::{expect, expect_file};

use crate::checkout::{CONTRACT, Checkout, NAME, interfaces, repository};
use crate::compiler::Compiler;

fn contracts(folder: &str) -> Vec<PathBuf> {
    let folder = repository().join("xtask/tests/contracts").join(folder);
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|end| end == "wit")).collect();
    paths.sort();
    assert!(!paths.is_empty());
    paths
}

/// Runs `cargo xtask gen` in a checkout of the contract; returns what it says and its exit code.
fn generate(checkout: &Checkout, contract: &Path) -> (String, i32) {
    checkout.set_contract(&fs::read_to_string(contract).unwrap());
    run(checkout, &[NAME])
}

fn run(checkout: &Checkout, names: &[&str]) -> (String, i32) {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("gen")
        .args(names)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", checkout.root())
        .env("PYLON_CHECKOUT", checkout.root())
        .output()
        .unwrap();
    let text =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    (text, output.status.code().unwrap())
}

fn generated(checkout: &Checkout) -> Vec<PathBuf> {
    let folders = ["cpython-ext/_demo_cap/gen", "caps/demo/gen"];
    let files = folders.iter().flat_map(|folder| fs::read_dir(checkout.root().join(folder)));
    files.flatten().map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn refused_before_anything_is_written() {
    for contract in contracts("refused") {
        let checkout = Checkout::new();
        let (said, code) = generate(&checkout, &contract);
        assert_eq!(code, 3, "{}: {said}", contract.display());
        assert!(said.contains(&format!("--> {CONTRACT}:")), "{}: {said}", contract.display());
        assert_eq!(generated(&checkout), Vec::<PathBuf>::new(), "{}", contract.display());
        expect_file![contract.with_extension("txt")].assert_eq(&said);
    }
}

/// Those of the contract tests, which run what is generated, are accepted as well.
#[test]
fn accepted_and_compiled() {
    let compiler = Compiler::find();
    let folders = fs::read_dir(repository().join("tests/linkage")).unwrap();
    let of_linkage = folders.map(|folder| folder.unwrap().path().join("test.wit"));
    let of_linkage = of_linkage.filter(|path| path.exists());
    for contract in contracts("accepted").into_iter().chain(of_linkage) {
        let checkout = Checkout::new();
        let (said, code) = generate(&checkout, &contract);
        assert_eq!(code, 0, "{}: {said}", contract.display());
        if let Some(compiler) = &compiler {
            let files = generated(&checkout);
            let errors = compiler.errors(&files, &[checkout.root().join("caps/demo/gen")]);
            assert_eq!(errors, "", "{}", contract.display());
        }
    }
}

/// What has two names in C and one in Rust.
#[test]
fn names_that_meet_in_rust_are_refused_to_a_cap_in_rust() {
    let contract = "package tw:api@0.1.0;\ninterface api {\n    \
                    resource foo { constructor(); new: func(); }\n    record guest-foo { a: u32 }\n}\n";
    let checkout = Checkout::new();
    checkout.set_contract(contract);
    assert_eq!(run(&checkout, &[NAME]).1, 0, "in C they are fine");
    checkout.write(
        "caps/demo/cap.toml",
        "schema = \"pylon:cap@0.1.0\"\n[cap]\nversion = \"0.1.0\"\ndescription = \"A cap\"\nlicense = \"MIT\"\n\
         [component]\nlanguage = \"rust\"\n",
    );
    for file in ["Cargo.toml", "Cargo.lock", "src/lib.rs"] {
        checkout.write(&format!("caps/demo/{file}"), "");
    }
    let (said, code) = run(&checkout, &[NAME]);
    assert_eq!(code, 3, "{said}");
    expect![[r#"
        error: the function `[method]foo.new` and the constructor of its resource have one name in Rust: `new`
         --> wit/contract/contract.wit:3:35
          |
        3 |     resource foo { constructor(); new: func(); }
          |                                   ^^^
        hint: rename one of them

        error: the record `guest-foo` and the trait of the resource `foo` have one name in Rust: `GuestFoo`
         --> wit/contract/contract.wit:4:12
          |
        4 |     record guest-foo { a: u32 }
          |            ^^^^^^^^^
        hint: rename one of them
    "#]].assert_eq(&said);
}

/// All extensions are one module, in which each function has one name.
#[test]
fn two_extensions_that_meet_are_refused() {
    let contract =
        "package tw:api@0.1.0;\ninterface a { b-c: func(); }\ninterface a-b { c: func(); }\n";
    let checkout = Checkout::new();
    checkout.write(CONTRACT, contract);
    let interfaces = interfaces(contract);
    checkout.add_sides(NAME, &interfaces[..1]);
    checkout.add_sides("more", &interfaces[1..]);
    let (said, code) = run(&checkout, &[]);
    assert_eq!(code, 3, "{said}");
    assert_eq!(generated(&checkout), Vec::<PathBuf>::new());
    expect![[r#"
        error: the function `c` and the function `b-c` have one name in C: `tw_api_a_b_c`
         --> wit/contract/contract.wit:3:17
          |
        3 | interface a-b { c: func(); }
          |                 ^
        hint: rename one of them; the other is at wit/contract/contract.wit:2:15
    "#]]
    .assert_eq(&said);
    assert_eq!(run(&checkout, &[NAME]).1, 0, "each by itself is fine");
}
