//! Caps that call back into Python, one whose extension is written by hand and one whose is generated, in a copy of the checkout with `tests/callbacks` over it, linked in every mode. As a
//! user adds a cap: its bindings are generated there.

use anyhow::{Context as _, Result, ensure};

use super::{Ended, copied};
use crate::commands::copy::Checkout;
use crate::commands::test::subject::Subject;
use crate::commands::test::suite::{Counts, Test};

pub(super) const FOLDER: &str = "tests/callbacks";

/// How the cap is linked, and with which flags.
const MODES: &[&[&str]] = &[
    &[],
    &["--link", "probe-sort=dynlink", "--link", "probe-asking=dynlink"],
    &["--link", "probe-sort=static", "--link", "probe-asking=static"],
];
const SUITES: &[&str] = &["test_callbacks.py", "test_asking.py"];

pub fn test<'a>(subject: &'a Subject<'a>) -> Test<'a> {
    Test::new("callbacks into Python", move || {
        let copy = copied::with_caps(subject, &[FOLDER])?;
        copy.compose(&["--no-fuse"])?;
        not_available(subject, &copy)?;
        let mut counts = Counts::default();
        for flags in MODES {
            copy.compose(flags)?;
            for name in SUITES {
                let counted = suite(subject, &copy, &[name]);
                counts.add(&counted.with_context(|| format!("{name}, {flags:?}"))?);
            }
        }
        not_relayed(&copy)?;
        Ended::of(&mut copy.xtask(&["dynlink", "probe-asking", "--quiet"]))?.succeeded()?;
        copy.compose(&["--profile", "dynlink", "WITH_PROBE_ASKING=0", "WITH_PROBE_SORT=0"])?;
        counts.add(&suite(subject, &copy, &["test_asking.py", "load"]).context("loaded")?);
        Ok(counts)
    })
}

/// `program`: the file and its arguments.
fn suite(subject: &Subject, copy: &Checkout, program: &[&str]) -> Result<Counts> {
    copied::suite(subject, copy, &[], &subject.session.root().join(FOLDER), program)
}

/// Behind a relay, which a component of the user's would be, the cap could not call back.
fn not_relayed(copy: &Checkout) -> Result<()> {
    let given = ["dynlink", "--component", "probe-sort=Cargo.toml"];
    let texts = ["the provider of `probe-sort`, which calls back `probe:sort/order@0.1.0`"];
    Ended::of(&mut copy.xtask(&given))?.refused(2, &texts)
}

/// Where nothing is fused the cap is there and what it would call back is not.
fn not_available(subject: &Subject, copy: &Checkout) -> Result<()> {
    let code = "import probe_sort\n\
        print(probe_sort.sorted([1], None))\n\
        try:\n    probe_sort.sorted([2, 1], min)\n\
        except RuntimeError as error:\n    print(error)";
    let said = Ended::of(copied::composectl(subject, copy, &[])?.args(["-c", code]))?;
    let expected = "[1]\nthe sort was given up\n";
    ensure!(said.succeeded()? == expected, "expected\n{expected}but:\n{}", said.all());
    Ok(())
}
