//! The list that a library has of its own files: what `[build.list]` names.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context as _, Result, bail, ensure};
use camino::Utf8PathBuf;

use crate::graph::Artifact;
use crate::manifest::{Listing, VendorRecipe, names};

/// What is listed, sorted. Paths are relative to the folder of the sources.
#[derive(Debug, Default)]
pub struct Listed {
    pub sources: BTreeSet<Utf8PathBuf>,
    pub include: BTreeSet<Utf8PathBuf>,
}

/// Reads the list in `source`; nothing of sources that are not made yet.
pub fn read(recipe: &VendorRecipe, listing: &Listing, source: &Artifact) -> Result<Listed> {
    if source.digest.is_none() {
        return Ok(Listed::default());
    }
    let path = source.dir.join(&recipe.source_root).join(&listing.file);
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    parse(listing, &text).with_context(|| format!("{}: {}", recipe.manifest, listing.file))
}

fn parse(listing: &Listing, text: &str) -> Result<Listed> {
    let json: serde_json::Value = serde_json::from_str(text).context("it is no JSON")?;
    let mut sources = paths(&json, &listing.sources)?;
    for except in &listing.except {
        ensure!(sources.remove(except), "it does not list {except}, which `except` names");
    }
    if let Some(other) = sources.iter().find(|file| names::source_file(file.as_str()).is_err()) {
        bail!("it lists {other}, which is no source file");
    }
    let include = paths(&json, &listing.include)?;
    let include = include.iter().map(|folder| listing.include_root.join(folder)).collect();
    Ok(Listed { sources, include })
}

/// The strings at `places`, keys joined by dots.
fn paths(json: &serde_json::Value, places: &[String]) -> Result<BTreeSet<Utf8PathBuf>> {
    let mut all = BTreeSet::new();
    for place in places {
        let found = place.split('.').try_fold(json, |value, key| value.get(key));
        let list = found.and_then(|value| value.as_array());
        for path in list.with_context(|| format!("it has no list at `{place}`"))? {
            let path = path.as_str().filter(|path| names::relative_path(path).is_ok());
            let path = path.with_context(|| format!("`{place}` lists what is no path in it"))?;
            all.insert(Utf8PathBuf::from(path));
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{
        "base": {"files": ["b.cpp", "a.cpp", "odd.cpp"], "folders": ["include"]},
        "more": {"files": ["a.cpp", "c.cpp"]},
        "bad": {"up": ["../x.cpp"], "text": ["notes.txt"]}
    }"#;

    fn listing(sources: &[&str], except: &[&str]) -> Listing {
        Listing {
            file: "list.json".into(),
            sources: sources.iter().map(|place| place.to_string()).collect(),
            include: vec!["base.folders".into()],
            include_root: "top".into(),
            except: except.iter().map(Utf8PathBuf::from).collect(),
        }
    }

    #[test]
    fn lists_are_one_sorted_list_without_what_is_excepted() {
        let listed = parse(&listing(&["base.files", "more.files"], &["odd.cpp"]), JSON).unwrap();
        assert_eq!(Vec::from_iter(listed.sources), ["a.cpp", "b.cpp", "c.cpp"]);
        assert_eq!(Vec::from_iter(listed.include), ["top/include"]);
    }

    #[test]
    fn what_is_not_as_the_recipe_says_is_an_error() {
        let error = |listing: &Listing| format!("{:#}", parse(listing, JSON).unwrap_err());
        assert!(error(&listing(&["base.folder"], &[])).contains("no list at `base.folder`"));
        assert!(error(&listing(&["base.files"], &["x.cpp"])).contains("does not list x.cpp"));
        assert!(error(&listing(&["bad.up"], &[])).contains("no path in it"));
        assert!(error(&listing(&["bad.text"], &[])).contains("notes.txt, which is no source"));
    }
}
