//! The tables of promises in `docs/reference/security.md` name tests; they exist.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

#[test]
fn every_promise_names_tests_that_exist() {
    let page = page();
    let mut known = BTreeSet::new();
    let root = root();
    let mut folders = vec![
        root.join("composectl/tests"),
        root.join("composectl/src"),
        root.join("composectl/plan"),
        root.join("composectl/registry"),
        root.join("composectl/wasm"),
        root.join("composectl/foreign"),
        root.join("sighting"),
        root.join("xtask/fuse/tests"),
    ];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of the repository").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                known.extend(tests_in(&std::fs::read_to_string(&path).expect("UTF-8")));
            }
        }
    }
    let mut promises = 0;
    for line in page.lines().filter(|line| line.starts_with("| ") && line.matches('|').count() == 5)
    {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        if cells[0] == "promise" {
            continue;
        }
        promises += 1;
        let named: Vec<_> = cells[3].split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "a promise without a test: {line}");
        for test in named {
            assert!(known.contains(test), "security.md names `{test}`, which is no test: {line}");
        }
    }
    assert!(promises >= 30, "the table has {promises} promises");
}

/// What the providers' own code promises is shown by programs over real links, and by tests of C.
#[test]
fn every_promise_of_providers_names_what_exists() {
    let (root, page) = (root(), page());
    let rows = page.lines().skip_while(|line| *line != "| attack | code | test |").skip(2);
    let mut promises = 0;
    for line in rows.take_while(|line| line.starts_with("| ")) {
        promises += 1;
        let cells: Vec<_> = line.trim_matches('|').split('|').collect();
        let named: Vec<_> = cells[2].split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "a promise without a test: {line}");
        for name in named {
            let path = root.join(name);
            // What the program in a folder must print; without it nothing is compared.
            let path = if path.is_dir() { path.join("expected.txt") } else { path };
            assert!(path.is_file(), "security.md names `{name}`, which is no test: {line}");
        }
    }
    assert!(promises >= 3, "the table has {promises} promises");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn page() -> String {
    std::fs::read_to_string(root().join("docs/reference/security.md")).expect("the page")
}

/// The names of the functions that follow a `#[test]`.
fn tests_in(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split("#[test]").skip(1).filter_map(|after| {
        let name = after.split("fn ").nth(1)?;
        Some(name.split('(').next()?.to_owned())
    })
}
