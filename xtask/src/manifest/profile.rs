//! `profiles.toml`: named choices of caps.

use std::collections::BTreeMap;

use camino::Utf8Path;

use super::cap::Linkage;
use super::diagnostics::{Diagnostics, Location, Spanned};
use super::document::{Document, Table};
use super::names;

pub const SCHEMA: &str = "pylon:profiles@0.1.0";
/// Where they are, relative to the root of the checkout.
pub const FILE: &str = "profiles.toml";
/// The profile of a build that names none.
pub const DEFAULT: &str = "full";

/// One `[profile.<name>]`.
#[derive(Clone, Debug)]
pub struct Profile {
    pub name: String,
    pub description: String,
    pub caps: ProfileCaps,
    /// What it does not have although it has all.
    pub except: Vec<Spanned<String>>,
    pub linkage: ProfileLinkage,
    /// Whether what is built is also validated; off for quick rounds.
    pub validate: bool,
    pub location: Location,
}

/// What a profile has unless a switch says otherwise.
#[derive(Clone, Debug)]
pub enum ProfileCaps {
    All,
    /// Names of caps, or of extensions without a cap of that name.
    Only(Vec<Spanned<String>>),
}

/// How a profile links caps otherwise than their extensions prefer.
#[derive(Clone, Debug, Default)]
pub struct ProfileLinkage {
    /// Every cap that can be.
    pub every: Option<Linkage>,
    /// These caps. Of those that a build does not have nothing is said.
    pub caps: Vec<(Spanned<String>, Linkage)>,
}

/// Reads `profiles.toml`. Names of caps are checked in [`super::checks`].
pub fn load(root: &Utf8Path, diagnostics: &mut Diagnostics) -> BTreeMap<String, Profile> {
    let file = Utf8Path::new(FILE);
    if !root.join(file).exists() {
        let hint = "docs/reference/manifest.md shows one";
        diagnostics.error(&Location::whole(file), format!("the checkout has no {FILE}"), hint);
        return BTreeMap::new();
    }
    let document = match Document::read(root, file) {
        Ok(document) => document,
        Err(errors) => {
            diagnostics.append(errors);
            return BTreeMap::new();
        }
    };
    let top = document.root();
    top.required_schema(&[(SCHEMA, ())]);
    let mut profiles = BTreeMap::new();
    if let Some(table) = top.required_table("profile") {
        for (name, table) in table.named_tables() {
            if let Err(expected) = names::kebab_case(&name) {
                document.error(
                    &name.location,
                    format!("`{}` cannot be a profile's name", name.value),
                    format!("expected {expected}"),
                );
            }
            if let Some(profile) = read(&name, &table) {
                profiles.insert(name.value, profile);
            }
        }
        if !table.has(DEFAULT) {
            document.error(
                &table.location(),
                format!("there is no profile `{DEFAULT}`"),
                "it is what a build without `--profile` takes",
            );
        }
    }
    diagnostics.append(document.finish());
    profiles
}

fn read(name: &Spanned<String>, table: &Table<'_>) -> Option<Profile> {
    let description = table.required_shaped("description", names::one_line);
    let caps = read_caps(table);
    let except = table.optional_list("except");
    if let (Some(ProfileCaps::Only(_)), Some(first)) = (&caps, except.first()) {
        let hint = "take the names out of `caps`";
        table.error(&first.location, "`except` goes with `caps = \"all\"` only", hint);
    }
    let validate = table.optional_bool("validate");
    Some(Profile {
        name: name.value.clone(),
        description: description?.value,
        caps: caps?,
        except,
        linkage: read_linkage(table),
        validate: validate.is_none_or(|validate| validate.value),
        location: name.location.clone(),
    })
}

fn read_linkage(table: &Table<'_>) -> ProfileLinkage {
    if table.is_str("linkage") {
        let every = table.optional_choice("linkage", Linkage::ALL).map(|mode| mode.value);
        return ProfileLinkage { every, caps: Vec::new() };
    }
    let Some(linkage) = table.optional_table("linkage") else { return ProfileLinkage::default() };
    let mode = |name: String| {
        let mode = linkage.optional_choice(&name, Linkage::ALL)?.value;
        let location = linkage.key_location(&name)?;
        Some((Spanned { value: name, location }, mode))
    };
    let caps = linkage.names().into_iter().filter_map(mode).collect();
    ProfileLinkage { every: None, caps }
}

fn read_caps(table: &Table<'_>) -> Option<ProfileCaps> {
    if table.is_str("caps") {
        return table.required_choice("caps", &[("all", ())]).map(|_| ProfileCaps::All);
    }
    if !table.require("caps", "\"all\" or a list of caps") {
        return None;
    }
    Some(ProfileCaps::Only(table.optional_list("caps")))
}
