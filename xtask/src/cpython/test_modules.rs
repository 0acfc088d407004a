//! CPython's own test modules in C (`_testcapi` and the like), built in for a run of its tests and in nothing that is handed out.

use anyhow::{Context as _, Result};
use fs_err as fs;

use super::Base;
use crate::compile::{Compile, Place};

/// Those that can be built in. Others are for loading from a file (`_testmultiphase`, `_testsinglephase`, `_testimportmultiple`),
/// for reading another process (`_testexternalinspection`), or for libffi (`_ctypes_test`).
const NAMES: &[&str] = &[
    "_testbuffer",
    "_testcapi",
    "_testclinic",
    "_testclinic_limited",
    "_testinternalcapi",
    "_testlimitedcapi",
    "_xxtestfuzz",
    "xxlimited",
    "xxlimited_35",
    "xxsubtype",
];

/// Where CPython says what each module is made of.
const SETUP: &str = "Modules/Setup.stdlib.in";

/// The objects of all of them, and their names.
pub(super) fn objects(base: &Base) -> Result<(Vec<Compile>, &'static [&'static str])> {
    let setup = fs::read_to_string(base.source.path(SETUP))?;
    let mut objects = Vec::new();
    for name in NAMES {
        let sources = sources(&setup, name).with_context(|| format!("{SETUP} has no {name}"))?;
        for source in sources {
            let place = Place::output("cpython", &base.source, format!("Modules/{source}"));
            let flags = ["-w", "-DNDEBUG", "-DPy_BUILD_CORE_BUILTIN"];
            objects.push(base.compile(place, Vec::new(), &flags));
        }
    }
    Ok((objects, NAMES))
}

/// What a line `@CONDITION@NAME SOURCE ..` says.
fn sources<'a>(setup: &'a str, name: &str) -> Option<Vec<&'a str>> {
    setup.lines().find_map(|line| {
        let (_, rest) = line.strip_prefix('@')?.split_once('@')?;
        let mut words = rest.split_whitespace();
        (words.next() == Some(name)).then(|| words.collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_has_the_sources_of_its_line() {
        let setup = "# _testcapi\n@MODULE_A_TRUE@_testcapi a.c _testcapi/b.c\n@B@_testcapix c.c\n";
        assert_eq!(sources(setup, "_testcapi"), Some(vec!["a.c", "_testcapi/b.c"]));
        assert_eq!(sources(setup, "_test"), None);
    }
}
