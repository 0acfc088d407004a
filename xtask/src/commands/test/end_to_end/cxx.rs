//! A cap in C++, in a copy of the checkout with `tests/cxx` over it, composed and resolved at run time.

use anyhow::{Context as _, Result};

use super::copied;
use crate::commands::test::subject::Subject;
use crate::commands::test::suite::{Counts, Test};

const FOLDER: &str = "tests/cxx";

/// Flags of `compose`, and what the tests are told.
const MODES: &[(&[&str], &str)] = &[
    (&["WITH_DUCKDB=0"], "embed"),
    (&["WITH_DUCKDB=0", "--link", "probe-cxx=dynlink"], "dynlink"),
];

pub fn test<'a>(subject: &'a Subject<'a>) -> Test<'a> {
    Test::new("a cap in C++", move || in_each_mode(subject))
}

fn in_each_mode(subject: &Subject) -> Result<Counts> {
    let copy = copied::with_caps(subject, &[FOLDER])?;
    let folder = subject.session.root().join(FOLDER);
    let mut counts = Counts::default();
    for (flags, mode) in MODES {
        copy.compose(flags)?;
        let memory = ["--max-memory", "128M"];
        let counted = copied::suite(subject, &copy, &memory, &folder, &["test_cxx.py", *mode]);
        counts.add(&counted.with_context(|| format!("{flags:?}"))?);
    }
    Ok(counts)
}
