//! Every folder of `xtask/tests/manifests/` is a case: a checkout, or what is different from the one in `base/`.
//!
//! `absent.txt` lists files and folders of `base/` that the case does not have, `links.txt` symbolic links to make
//! (`path -> target`; in the repository they would mislead other tools), `switches.txt` a profile, switches to
//! select with, `link CAP=MODE`, and `runtime micropython`; `expected.txt` is what comes out.
//! `UPDATE_EXPECT=1 cargo test manifest` rewrites the latter.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};

use super::{Diagnostics, Linkage, Linkages, Workspace, linkage};

const OF_THE_TEST: &[&str] = &["absent.txt", "links.txt", "switches.txt", "expected.txt"];

fn cases() -> Utf8PathBuf {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/manifests")
}

/// Copies the tree `from` over `to`.
fn copy_tree(from: &Utf8Path, to: &Utf8Path, top: bool) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in from.read_dir_utf8()? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if top && OF_THE_TEST.contains(&entry.file_name()) {
            continue;
        } else if entry.file_type()?.is_dir() {
            copy_tree(entry.path(), &target, false)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn lines_of(file: &Utf8Path) -> Result<Vec<String>> {
    if !file.exists() {
        return Ok(Vec::new());
    }
    Ok(std::fs::read_to_string(file)?.lines().map(str::to_owned).collect())
}

/// Builds the case's checkout in a scratch folder and tells what loading it (and selecting from it) says.
fn outcome(case: &Utf8Path) -> Result<String> {
    let scratch = tempfile::tempdir()?;
    let root =
        Utf8Path::from_path(scratch.path()).context("the scratch folder's path is not UTF-8")?;
    copy_tree(&cases().join("base"), root, true)?;
    for path in lines_of(&case.join("absent.txt"))? {
        let path = root.join(path);
        if path.is_dir() { std::fs::remove_dir_all(path)? } else { std::fs::remove_file(path)? }
    }
    copy_tree(case, root, true)?;
    for line in lines_of(&case.join("links.txt"))? {
        let (path, target) =
            line.split_once(" -> ").context("links.txt: expected `path -> target`")?;
        #[cfg(unix)]
        std::os::unix::fs::symlink(target, root.join(path))?;
    }
    let workspace = match Workspace::load(root) {
        Ok(workspace) => workspace,
        Err(errors) => return Ok(errors.to_string()),
    };
    let switches = lines_of(&case.join("switches.txt"))?;
    match describe(&workspace, &switches) {
        Ok(text) => Ok(text),
        Err(errors) => Ok(errors.to_string()),
    }
}

fn describe(workspace: &Workspace, switches: &[String]) -> Result<String, Diagnostics> {
    let mut text = workspace.notes.to_string();
    let mut line = |what: &str, about: String| {
        writeln!(text, "{what} {about}").expect("invariant: a string grows")
    };
    for contract in &workspace.contracts {
        line("contract", format!("{} {:?}", contract.package, contract.interfaces()));
    }
    for cap in &workspace.caps {
        workspace.resolve_world(&cap.world)?;
        line("cap", format!("{} exports {:?}", cap.name, cap.world.exports));
        if let Some(glue) = &cap.micropython {
            let modules: Vec<_> = glue.modules.iter().map(|module| &module.value).collect();
            line(
                "glue",
                format!("{modules:?} over {} in {:?}", glue.extension.value, glue.sources),
            );
        }
    }
    for extension in &workspace.extensions {
        let caps: Vec<_> = workspace.caps_of(extension).into_iter().map(|cap| &cap.name).collect();
        let modules: Vec<_> = extension.provides.iter().map(|provided| &provided.module).collect();
        line("extension", format!("{} provides {modules:?} over {caps:?}", extension.name));
    }
    let profile = switches.iter().find_map(|line| line.strip_prefix("profile ")).unwrap_or("full");
    let micropython = switches.iter().any(|line| line == "runtime micropython");
    let links: BTreeMap<String, Linkage> = switches
        .iter()
        .filter_map(|line| line.strip_prefix("link ")?.split_once('='))
        .map(|(name, mode)| (name.to_owned(), linkage::parse_mode(mode).expect("a mode")))
        .collect();
    let switches: BTreeMap<String, bool> = switches
        .iter()
        .filter(|line| !line.starts_with("link "))
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value == "1"))
        .collect();
    let selection = match micropython {
        true => workspace.micropython_selection(profile, &switches)?,
        false => workspace.selection(profile, &switches)?,
    };
    line("selected", format!("{:?} {:?}", selection.extensions, selection.caps));
    let linkages = match micropython {
        true => workspace.micropython_linkages(&selection, &links)?,
        false => workspace.linkages(&selection, &links)?,
    };
    if linkages.linker || linkages.embedded.len() < selection.caps.len() {
        let Linkages { modes, embedded, providers, folded, linker } = linkages;
        let dynlinked = modes.iter().filter(|(_, mode)| **mode == Linkage::Dynlink);
        let dynlinked: BTreeSet<_> = dynlinked.map(|(name, _)| name).collect();
        let text = format!("{dynlinked:?}; embedded {embedded:?}; providers {providers:?}");
        line("dynlinked", format!("{text}; linker {linker}"));
        if !folded.is_empty() {
            line("folded", format!("{folded:?}"));
        }
    }
    Ok(text)
}

#[test]
fn cases_say_what_is_expected() -> Result<()> {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let (mut failures, mut count, mut failing_cases) = (String::new(), 0, 0);
    for entry in cases().read_dir_utf8()? {
        let case = entry?.path().to_owned();
        let actual = outcome(&case).with_context(|| format!("in the case {case}"))?;
        let file = case.join("expected.txt");
        if update {
            std::fs::write(&file, &actual)?;
        }
        let expected = std::fs::read_to_string(&file).unwrap_or_default();
        count += 1;
        failing_cases += usize::from(expected.starts_with("error: "));
        if actual != expected {
            write!(failures, "== {case}\n-- expected\n{expected}\n-- actual\n{actual}\n")?;
        }
    }
    assert!(
        failures.is_empty(),
        "{failures}\n`UPDATE_EXPECT=1 cargo test manifest` accepts what is actual"
    );
    assert!(
        failing_cases * 2 > count,
        "{failing_cases} of {count} cases show an error; that should be most"
    );
    Ok(())
}

/// Digests must not depend on where a checkout is, and must depend on every contract that a world needs.
#[test]
fn contract_digest_follows_the_contract_and_nothing_else() -> Result<()> {
    let digests = |contract: Option<&str>| -> Result<Vec<String>> {
        let scratch = tempfile::tempdir()?;
        let root = Utf8Path::from_path(scratch.path())
            .context("the scratch folder's path is not UTF-8")?;
        copy_tree(&cases().join("base"), root, true)?;
        let file = root.join("wit/demo-text/text.wit");
        let text = std::fs::read_to_string(&file)?;
        if let Some(appended) = contract {
            std::fs::write(&file, text + appended)?;
        }
        std::fs::write(
            root.join("caps/demo/src/demo.c"),
            contract.unwrap_or("/* C does not count */"),
        )?;
        let workspace = Workspace::load(root)?;
        let worlds = workspace.extensions.iter().filter_map(|extension| extension.world.as_ref());
        let worlds = worlds.chain(workspace.caps.iter().map(|cap| &cap.world));
        Ok(worlds.map(|world| world.contract_digest.clone()).collect())
    };
    let (first, again, changed) =
        (digests(None)?, digests(None)?, digests(Some("\ninterface more {}\n"))?);
    assert_eq!(first, again);
    assert!(
        first.iter().zip(&changed).all(|(before, after)| before != after),
        "{first:?} {changed:?}"
    );
    Ok(())
}

/// A change of line ends on the way (git on Windows) is no drift.
#[test]
fn carriage_returns_in_a_copy_are_no_drift() -> Result<()> {
    let scratch = tempfile::tempdir()?;
    let root =
        Utf8Path::from_path(scratch.path()).context("the scratch folder's path is not UTF-8")?;
    copy_tree(&cases().join("base"), root, true)?;
    let text = std::fs::read_to_string(root.join("wit/demo-text/text.wit"))?;
    let deps = root.join("cpython-ext/_demo_cap/wit/deps");
    std::fs::create_dir_all(&deps)?;
    std::fs::write(deps.join("text.wit"), text.replace('\n', "\r\n"))?;
    Workspace::load(root)?;
    Ok(())
}

/// The first example of each kind in the reference, put together, is a checkout.
#[test]
fn examples_of_the_reference_load() -> Result<()> {
    let page = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/manifest.md");
    let page = std::fs::read_to_string(page)?;
    let examples: Vec<&str> = page
        .split("```toml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .filter(|example| example.starts_with("schema"))
        .collect();
    let files = [
        "cpython-ext/_demo_cap/pyforge-pkg.toml",
        "caps/demo/cap.toml",
        "vendor/tiny/vendor.toml",
        "profiles.toml",
    ];
    assert_eq!(examples.len(), files.len(), "one example for each of {files:?}");
    let scratch = tempfile::tempdir()?;
    let root =
        Utf8Path::from_path(scratch.path()).context("the scratch folder's path is not UTF-8")?;
    copy_tree(&cases().join("base"), root, true)?;
    for (file, example) in files.into_iter().zip(examples) {
        std::fs::write(root.join(file), example)?;
    }
    let workspace = Workspace::load(root)?;
    assert_eq!(workspace.notes.to_string(), "");
    Ok(())
}

/// The manifests that this test is built from.
#[test]
fn this_checkout_loads() -> Result<()> {
    let root = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let workspace = Workspace::load(&root)?;
    for profile in workspace.profiles.keys() {
        workspace.selection(profile, &BTreeMap::new())?;
    }
    Ok(())
}
