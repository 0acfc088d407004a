//! Rules of the repository, as tests instead of pages that nobody reads.

use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Every file that git tracks, with its text; files that are not text are left out.
fn tracked() -> Vec<(PathBuf, String)> {
    let output = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "these tests need a git checkout");
    let names = String::from_utf8(output.stdout).unwrap();
    let files = names.split_terminator('\0').map(PathBuf::from);
    files
        .filter_map(|file| Some((file.clone(), std::fs::read_to_string(root().join(&file)).ok()?)))
        .collect()
}

fn violations(files: &[(PathBuf, String)], rule: impl Fn(&Path, &str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for (file, text) in files {
        for (index, line) in text.lines().enumerate() {
            if rule(file, line) {
                found.push(format!("{}:{}: {}", file.display(), index + 1, line.trim()));
            }
        }
    }
    found
}

/// Sources come by the ordinary package clients, which know their hosts.
#[test]
fn no_file_names_a_registry_host() {
    // Taken apart, so that this file does not break its own rule.
    let hosts = [["debian", ".org"], ["crates", ".io"], ["pypi", ".org"], ["npmjs", ".org"]]
        .map(|host| host.concat());
    let lock = |file: &Path| file.extension().is_some_and(|extension| extension == "lock");
    let found = violations(&tracked(), |file, line| {
        !lock(file) && hosts.iter().any(|host| line.contains(host))
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Artifacts must not depend on where they were built, and neither must the tree.
#[test]
fn no_file_names_a_folder_of_somebodys_machine() {
    let folders = ["home", "Users", "root", "work"].map(|name| format!("/{name}/"));
    let found = violations(&tracked(), |_, line| {
        folders.iter().any(|folder| {
            // Within a longer path or a URL it is something else.
            line.match_indices(folder.as_str()).any(|(at, _)| {
                !line[..at].ends_with(|c: char| c.is_alphanumeric() || "_.-$}".contains(c))
            })
        })
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// What a build fetches or makes does not belong into the tree: only the bindings' object files are binary, modules that
/// stand beside their text, and the garbage that tests feed to the tools.
#[test]
fn the_only_binaries_are_small_and_our_own() {
    let output = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output().unwrap();
    let names = String::from_utf8(output.stdout).unwrap();
    for name in names.split_terminator('\0') {
        let bytes = std::fs::read(root().join(name)).unwrap_or_default();
        if std::str::from_utf8(&bytes).is_err() || bytes.contains(&0) {
            let generated = name.contains("/gen/") && name.ends_with("_component_type.o");
            let text = root().join(name).with_extension("wat");
            let assembled = name.ends_with(".wasm") && text.is_file();
            let garbage = ["xtask/tests/", "composectl/fuzz/corpus/"];
            let garbage = garbage.iter().any(|folder| name.starts_with(folder));
            assert!(generated || assembled || garbage, "{name} is binary");
            assert!(bytes.len() < 16 << 10, "{name} is large");
        }
    }
}

/// `xtask` is compiled by everyone who builds pylon, and composectl alone carries the engine.
#[test]
fn the_build_system_does_not_depend_on_the_runtime() {
    let manifest =
        |name: &str| std::fs::read_to_string(root().join(name).join("Cargo.toml")).unwrap();
    assert!(!manifest("xtask").contains("\nwasmtime"));
    assert!(!manifest("composectl").contains("xtask"));
}

#[test]
fn every_relative_link_of_the_docs_leads_to_a_file() {
    for (file, text) in tracked() {
        if file.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") || target.contains(' ') {
                continue;
            }
            let path = root().join(file.parent().unwrap()).join(target);
            assert!(path.exists(), "{} links to {link}, which is not there", file.display());
        }
    }
}

/// What a cap in Rust is linked with, and what only its lock file names: either way it was looked at.
#[test]
fn the_crates_of_caps_are_listed_with_their_licences() {
    let licences = std::fs::read_to_string(root().join("LICENSE.md")).unwrap();
    let locks = tracked().into_iter().filter(|(file, _)| file.ends_with("Cargo.lock"));
    let locks: Vec<_> = locks.filter(|(file, _)| file.starts_with("caps")).collect();
    assert!(!locks.is_empty());
    for (file, text) in locks {
        let own = file.parent().unwrap().file_name().unwrap().to_str().unwrap();
        let names =
            text.lines().filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
        for name in names.filter(|name| *name != format!("{own}-cap")) {
            assert!(licences.contains(&format!("`{name}`")), "{}: {name}", file.display());
        }
    }
}
