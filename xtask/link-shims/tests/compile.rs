//! The shims of a contract with everything in it, against wit-bindgen-c's own headers: they compile without a warning and
//! define all that the headers declare.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use support::{Compiler, Contract};

/// Every contract that is tested here, its golden ones too.
const CONTRACTS: &[&str] = &[
    "everything",
    "golden/bytes",
    "golden/callbacks",
    "golden/records",
    "golden/resources",
    "golden/results",
];

/// The functions that a header declares: `name` of `type name(...);`.
fn declared(header: &str) -> BTreeSet<String> {
    header
        .lines()
        .filter(|line| line.ends_with(");") && !line.starts_with("//"))
        .filter_map(|line| Some(line.split_once('(')?.0.rsplit([' ', '*']).next()?.to_owned()))
        .collect()
}

/// The functions that an object file defines for others.
fn defined(object: &Path) -> Result<BTreeSet<String>> {
    let text = support::run(
        std::process::Command::new("nm").args(["--defined-only", "--extern-only"]).arg(object),
    )?;
    Ok(text
        .lines()
        .filter_map(|line| line.rsplit_once(' ').map(|(_, name)| name.to_owned()))
        .collect())
}

/// What a side itself defines: what it exports to the other one, and its destructors.
fn is_its_own(name: &str, import: &BTreeSet<String>) -> bool {
    let Some(name) = name.strip_prefix("exports_") else { return false };
    let helper = ["_free", "_drop_own", "_new", "_rep"].iter().any(|end| name.ends_with(end));
    name.ends_with("_destructor") || (!helper && import.contains(name))
}

#[test]
fn shims_compile_and_define_what_the_headers_declare() -> Result<()> {
    for case in CONTRACTS {
        let dir = support::out(&format!("compile/{case}"))?;
        let contract = Contract::parse(&support::tests().join(case).join("test.wit"))?;
        contract.bindings(&dir)?;
        contract.write(&dir)?;
        let stem = case.rsplit('/').next().context("a case has a name")?;
        let declared = |header: &str| -> Result<BTreeSet<String>> {
            Ok(declared(&fs::read_to_string(dir.join(format!("{stem}_{header}.h")))?))
        };
        let (import, export) = (declared("import")?, declared("cap")?);
        let names = import.union(&export).cloned().collect();
        let defined_by_shims = |names: &BTreeSet<String>, other: &BTreeSet<String>| {
            names.iter().filter(|name| !is_its_own(name, other)).cloned().collect()
        };
        let all: BTreeSet<String> = defined_by_shims(&names, &names);
        let import: BTreeSet<String> = defined_by_shims(&import, &export);
        let export: BTreeSet<String> = defined_by_shims(&export, &import);
        assert!(import.len() > 5 && !export.is_empty(), "{case}: {import:?} {export:?}");

        let compiler = Compiler::new(&dir);
        let mut shims = vec![
            (format!("{stem}_import_dynlink"), import),
            (format!("{stem}_cap_endpoint"), export),
            (format!("{stem}_import_static"), all),
        ];
        if contract.relayed.is_some() {
            // It is linked with wit-bindgen's own file.
            let relay = contract.relay()?.name.trim_end_matches(".c").to_owned();
            shims.push((relay, BTreeSet::new()));
        }
        for (file, wanted) in shims {
            let object = match file.ends_with("_static") {
                true if !cfg!(target_arch = "x86_64") => continue,
                true => compiler.object_for_32_bits(&file)?,
                false => compiler.object(&file)?,
            };
            let missing: Vec<_> = wanted.difference(&defined(&object)?).cloned().collect();
            assert!(missing.is_empty(), "{case}: {file}.c does not define {missing:?}");
        }
    }
    Ok(())
}

#[test]
fn the_calls_of_rust_define_what_the_header_leaves_to_a_cap() -> Result<()> {
    for case in CONTRACTS.iter().filter(|case| **case != "golden/callbacks") {
        let dir = support::out(&format!("rust/{case}"))?;
        let contract = Contract::parse(&support::tests().join(case).join("test.wit"))?;
        let Ok(file) = contract.rust() else { continue };
        contract.bindings(&dir)?;
        fs::write(dir.join(&file.name), &file.text)?;
        let stem = case.rsplit('/').next().context("a case has a name")?;
        let header = |side: &str| fs::read_to_string(dir.join(format!("{stem}_{side}.h")));
        let import = declared(&header("import")?);
        for name in declared(&header("cap")?).iter().filter(|name| is_its_own(name, &import)) {
            assert!(file.text.contains(&format!("\n{name}(")), "{case}: {name} is not defined");
        }
        if cfg!(target_arch = "x86_64") {
            Compiler::new(&dir).check_for_32_bits(&format!("{stem}_cap_rust"))?;
        }
    }
    Ok(())
}
