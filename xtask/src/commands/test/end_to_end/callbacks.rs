//! A cap that calls back into Python, in a copy of the checkout with `tests/callbacks` over it. As a user adds a cap: its
//! bindings are generated there.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use super::Ended;
use crate::commands::copy::Checkout;
use crate::commands::test::programs;
use crate::commands::test::subject::Subject;
use crate::commands::test::suite::{Counts, Test};

const FOLDER: &str = "tests/callbacks";

pub fn test<'a>(subject: &'a Subject<'a>) -> Test<'a> {
    Test::new("callbacks into Python", move || {
        subject.built()?;
        let cx = subject.session.context()?;
        let copy = Checkout::copy(subject.session.root(), Some(cx.cache_root()))?;
        copy.add(&subject.session.root().join(FOLDER))?;
        Ended::of(&mut copy.xtask(&["gen", "--quiet"]))?.succeeded()?;
        not_available(subject, &composed(&copy, &["--no-fuse"])?)?;
        suite(subject, &composed(&copy, &[])?)
    })
}

fn composed(copy: &Checkout, flags: &[&str]) -> Result<PathBuf> {
    let output = copy.scratch().join("out.wasm");
    copy.compose(&[flags, &["-o", &output.display().to_string()]].concat())?;
    Ok(output)
}

fn suite(subject: &Subject, pylon: &Path) -> Result<Counts> {
    let mut command = subject.composectl()?;
    let tests = subject.session.root().join(FOLDER);
    command.args(["--dir", &format!("{}::/tests:ro", tests.display())]);
    programs::verdict(&command.arg(pylon).args(["--", "/tests/test_callbacks.py"]).output()?)
}

/// Where nothing is fused the cap is there and what it would call back is not.
fn not_available(subject: &Subject, pylon: &Path) -> Result<()> {
    let code = "import probe_sort\n\
        print(probe_sort.sorted([1], None))\n\
        try:\n    probe_sort.sorted([2, 1], min)\n\
        except RuntimeError as error:\n    print(error)";
    let said = Ended::of(subject.composectl()?.arg(pylon).args(["--", "-c", code]))?;
    let expected = "[1]\nthe sort was given up\n";
    ensure!(said.succeeded()? == expected, "expected\n{expected}but:\n{}", said.all());
    Ok(())
}
