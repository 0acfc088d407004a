//! Caps that `new` has made, in C and in Rust, in a copy of the checkout: they work in every mode as they stand, and the
//! tests of what was there before still pass beside them.

use anyhow::{Context as _, Result, ensure};

use super::Ended;
use super::callbacks::composectl;
use crate::commands::copy::Checkout;
use crate::commands::test::programs;
use crate::commands::test::subject::Subject;
use crate::commands::test::suite::{Counts, Test};

const MAKE: &[&str] =
    &["new", "my-sum", "--resource", "running-sum", "--resource", "part", "--static"];
const MAKE_IN_RUST: &[&str] =
    &["new", "my-rust-sum", "--language", "rust", "--resource", "running-sum", "--static"];
const MODES: &[&[&str]] = &[
    &[],
    &["--link", "my-sum=dynlink", "--link", "my-rust-sum=dynlink"],
    &["--link", "my-sum=static", "--link", "my-rust-sum=static"],
];

/// What counts caps, or lists them.
const BESIDE_IT: &[&str] = &["the linker is imported", "a switch", "a cap can be folded"];

pub fn test<'a>(subject: &'a Subject<'a>) -> Test<'a> {
    Test::new("a cap that new has made", move || {
        subject.built()?;
        let cx = subject.session.context()?;
        let copy = Checkout::copy(subject.session.root(), Some(cx.cache_root()))?;
        refusals(&copy)?;
        for make in [MAKE, MAKE_IN_RUST] {
            let said = Ended::of(&mut copy.xtask(&[make, &["--json"]].concat()))?.json()?;
            for path in said["created"].as_array().context("no paths in the JSON")? {
                let path = copy.root().join(path.as_str().unwrap_or_default());
                ensure!(path.is_file(), "{} was not made", path.display());
            }
        }
        Ended::of(&mut copy.xtask(&["gen", "--check"]))?.succeeded()?;
        Ended::of(&mut copy.xtask(MAKE))?
            .refused(2, &["there is a cap or an extension `my-sum` already"])?;
        let mut counts = Counts::default();
        for flags in MODES {
            copy.compose(flags)?;
            for cap in ["my_sum", "my_rust_sum"] {
                let counted = its_tests(subject, &copy, cap);
                counts.add(&counted.with_context(|| format!("{cap}, {flags:?}"))?);
            }
        }
        let beside = Ended::of(&mut copy.xtask(&[&["test"], BESIDE_IT].concat()))?;
        ensure!(beside.succeeded()?.contains(" 0 failed"), "{}", beside.all());
        Ok(counts)
    })
}

fn its_tests(subject: &Subject, copy: &Checkout, cap: &str) -> Result<Counts> {
    let folder = copy.root().join(format!("cpython-ext/_{cap}_cap/tests"));
    let mount = format!("{}::/tests:ro", folder.display());
    let flags = ["--max-memory", "96M", "--dir", &mount];
    let mut command = composectl(subject, copy, &flags)?;
    programs::verdict(&command.arg(format!("/tests/test_{cap}_cap.py")).output()?)
}

/// Nothing is left of what was refused.
fn refusals(copy: &Checkout) -> Result<()> {
    let before = Ended::of(&mut copy.xtask(&["list"]))?.succeeded()?.to_owned();
    for (args, text) in [
        (&["My-Sum"][..], "`My-Sum` cannot be a cap's name"),
        (&["zlib"], "there is a cap or an extension `zlib` already"),
        (&["my-sum", "--resource", "a_b"], "`a_b` cannot be a resource's name"),
        (&["my-sum", "--resource", "a", "--resource", "a"], "the resource `a` is given twice"),
        (&["common"], "caps/common is there already"),
    ] {
        Ended::of(&mut copy.xtask(&[&["new"], args].concat()))?.refused(2, &[text])?;
    }
    // `problem` is in the contract already: what is generated from it is refused, after files were written.
    let refused = Ended::of(&mut copy.xtask(&["new", "my-sum", "--resource", "problem"]))?;
    ensure!(refused.code == Some(3), "{}", refused.all());
    let left = [
        "wit/my-sum",
        "caps/my-sum",
        "cpython-ext/_my_sum_cap",
        "docs/reference/contract-my-sum.md",
    ];
    for path in left.map(|path| copy.root().join(path)) {
        ensure!(!path.exists(), "{} was left", path.display());
    }
    let after = Ended::of(&mut copy.xtask(&["list"]))?;
    ensure!(after.succeeded()? == before, "{}", after.all());
    Ok(())
}
