//! The tests that sit with the Rust code, by cargo.

use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::suite::{Counts, Test};
use crate::commands::Session;

/// What is tested with a program, in the profile that it is built in: what composectl is measured and used in is also what is
/// tested, and wasmtime is compiled once, for the tests of `fuse`, too.
const WITH: [(&str, &str); 2] = [
    ("xtask", "--package xtask --package link-shims"),
    (
        "composectl",
        "--release --package composectl --package composectl-plan --package composectl-registry --package composectl-wasm \
         --package composectl-foreign --package postcard --package file-sighting --package fuse",
    ),
];

pub fn tests(session: &Session) -> Vec<Test<'_>> {
    WITH.map(|(name, flags)| Test::new(name, move || run(session, flags))).into()
}

fn run(session: &Session, flags: &str) -> Result<Counts> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(session.root()).args(["test", "--locked", "--no-fail-fast"]);
    command.args(flags.split(' '));
    if session.global.offline {
        command.arg("--offline");
    }
    // What cargo set for xtask, and the user's switches, are not the tests'.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_")
            || text.starts_with("CARGO_MANIFEST")
            || text.starts_with("WITH_")
        {
            command.env_remove(&name);
        }
    }
    let output = command.output().context("cannot start cargo")?;
    let stdout = String::from_utf8_lossy(&output.stdout);
    let mut counts = counts(&stdout)?;
    counts.output = format!("{stdout}{}", String::from_utf8_lossy(&output.stderr));
    match (output.status.success(), counts.passed + counts.failed) {
        (true, 0) => bail!("cargo found no tests:\n{}", counts.output),
        // It did not compile, or a test program died.
        (false, _) if counts.failed == 0 => counts.failed = 1,
        _ => {}
    }
    Ok(counts)
}

/// The sum over the lines `test result: ok. 3 passed; 0 failed; 1 ignored; ..` of cargo's test programs.
fn counts(output: &str) -> Result<Counts> {
    let mut counts = Counts::default();
    for line in output.lines().filter_map(|line| line.strip_prefix("test result: ")) {
        let of = |what: &str| -> Result<usize> {
            let before = line.split(what).next().unwrap_or_default().trim_end();
            let number = before.rsplit(' ').next().unwrap_or_default();
            number.parse().with_context(|| format!("cargo says: {line}"))
        };
        counts.passed += of("passed;")?;
        counts.failed += of("failed;")?;
        counts.skipped += of("ignored;")?;
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::checkout;

    /// Packages with their features, as cargo would compile them.
    fn compiled(dependencies: &str, packages: &str) -> BTreeSet<String> {
        let mut tree = Command::new(env!("CARGO"));
        tree.current_dir(checkout::own().unwrap());
        tree.args(["tree", "--offline", "--locked", "--prefix=none", "--format={p} {f}"]);
        tree.args(["--edges", dependencies]).args(packages.split(' '));
        let output = tree.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| line.trim_end_matches(" (*)").to_owned()).collect()
    }

    /// What differed would be compiled twice, and another program put into the place of the one that tests start.
    #[test]
    fn programs_have_the_features_of_their_tests() {
        for (program, flags) in WITH {
            let built = compiled("normal,build", &format!("--package {program}"));
            let tested = compiled("normal,build,dev", flags.trim_start_matches("--release "));
            let other: Vec<_> = built.difference(&tested).collect();
            assert!(
                other.is_empty(),
                "without the dependencies of tests, {program} is built of {other:?}"
            );
        }
    }

    #[test]
    fn the_results_of_all_test_programs_are_added() {
        let output = "test a ... ok\n\
            test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s\n\
            test result: FAILED. 5 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1s\n";
        let counts = counts(output).unwrap();
        assert_eq!((counts.passed, counts.failed, counts.skipped), (8, 2, 1));
    }
}
