//! Made-up contracts: each is refused as an error in it should be, or all that is generated compiles.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use xtask::bindings;
use xtask::manifest::{Diagnostics, Workspace};

use crate::author;
use crate::checkout::{Checkout, NAME};
use crate::compiler::Compiler;

/// How many contracts are compiled at a time.
const CHUNK: usize = 25;

#[test]
fn refused_with_a_place_or_compiled() {
    let count = std::env::var("PYLON_RANDOM_CONTRACTS").ok();
    let count: u64 =
        count.map_or(60, |count| count.parse().expect("PYLON_RANDOM_CONTRACTS is a number"));
    let (compiler, checkout) = (Compiler::find(), Checkout::new());
    let (mut accepted, mut refused) = (0, 0);
    let seeds: Vec<u64> = (0..count).collect();
    for seeds in seeds.chunks(CHUNK) {
        let written = tempfile::tempdir().unwrap();
        let mut files = Vec::new();
        for seed in seeds {
            let contract = author::contract(*seed);
            let folder = written.path().join(format!("seed-{seed}"));
            match generate(&checkout, &contract.text, &folder) {
                Ok(generated) => {
                    accepted += 1;
                    files.extend(generated);
                }
                Err(error) => {
                    refused += 1;
                    let text = contract.text;
                    if let Err(why) = has_a_place(&error) {
                        panic!("seed {seed}: {why}\n{error:#}\n{text}");
                    }
                    assert!(!contract.harmless, "seed {seed} is refused\n{error:#}\n{text}");
                }
            }
        }
        if let Some(compiler) = &compiler {
            let said = compiler.errors(&files, &[]);
            if !said.is_empty() {
                let seed = said.split("seed-").nth(1).and_then(|rest| rest.split('/').next());
                let contract = seed.and_then(|seed| seed.parse().ok()).map(author::contract);
                panic!(
                    "what `gen` accepts does not compile\n{said}\n{}",
                    contract.map(|contract| contract.text).unwrap_or_default()
                );
            }
        }
    }
    // The contracts are worth trying.
    assert!(accepted * 8 > count && refused * 8 > count, "{accepted} accepted, {refused} refused");
}

/// A name that C's own headers have is refused, or does no harm.
#[test]
fn names_of_headers_do_no_harm() {
    let Some(compiler) = Compiler::find() else { return };
    let (checkout, written) = (Checkout::new(), tempfile::tempdir().unwrap());
    let names = compiler.names_of_headers();
    assert!(names.contains("size_t") && names.contains("bool"), "{names:?}");
    let (mut files, mut refused) = (Vec::new(), 0);
    for name in &names {
        let wit = name.replace('_', "-");
        let contract = format!(
            "package a:b@0.1.0;\ninterface c {{\n  record r {{ %{wit}: u8, s: string }}\n  \
             f: func(%{wit}: u8, x: u32, y: list<u64>, z: r) -> list<string>;\n}}\n"
        );
        match generate(&checkout, &contract, &written.path().join(name)) {
            Ok(generated) => files.extend(generated),
            Err(error) => {
                refused += 1;
                has_a_place(&error).unwrap_or_else(|why| panic!("{name}: {why}\n{error:#}"));
            }
        }
    }
    assert_eq!(compiler.errors(&files, &[]), "");
    assert!(refused > 20, "{refused} of {names:?}");
}

/// Generates both sides' files into `folder`; returns their paths.
fn generate(checkout: &Checkout, contract: &str, folder: &Path) -> Result<Vec<PathBuf>> {
    checkout.set_contract(contract);
    let workspace = Workspace::load(checkout.utf8_root())?;
    let sides = bindings::all(&workspace, &[NAME.to_owned()])?;
    let generated = sides.iter().map(bindings::Bindings::generate).collect::<Result<Vec<_>>>()?;
    fs::create_dir_all(folder)?;
    let mut paths = Vec::new();
    for (name, content) in generated.into_iter().flatten() {
        paths.push(folder.join(name));
        fs::write(folder.join(paths.last().expect("there is one")), content)?;
    }
    Ok(paths)
}

/// Whether the error is what a user gets for a contract of theirs that is wrong.
fn has_a_place(error: &anyhow::Error) -> Result<()> {
    let Some(errors) = error.downcast_ref::<Diagnostics>() else { bail!("not about the contract") };
    for one in errors.iter() {
        match &one.location {
            Some(place) if place.line > 0 && place.file == crate::checkout::CONTRACT => {}
            _ => bail!("no place in the contract"),
        }
        if one.message.contains("cannot make bindings") {
            bail!("a generator panicked");
        }
        if one.hint.is_none() && !one.message.starts_with("not valid WIT") {
            bail!("no hint");
        }
    }
    if errors.is_empty() { bail!("no error at all") } else { Ok(()) }
}
