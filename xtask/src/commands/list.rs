//! `cargo xtask list`: what a checkout has, and what of it a profile takes.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde_json::{Value, json};

use super::{Session, usage};
use crate::cli;
use crate::manifest::{Cap, Extension, Linkage, Linkages, VendorRecipe, Workspace, switch_name};
use crate::rust::{self, LicensedCrate};

pub fn run(session: &Session, args: &cli::List) -> Result<()> {
    let workspace = session.workspace()?;
    let selection = workspace.selection(&args.profile, &BTreeMap::new()).map_err(usage)?;
    let linkages = workspace.linkages(&selection, &BTreeMap::new()).map_err(usage)?;
    let caps: Vec<_> = workspace
        .caps
        .iter()
        .map(|cap| Facts::of(session, cap, &linkages))
        .collect::<Result<_>>()?;
    if let Some(name) = &args.cap {
        let Some(facts) = caps.iter().find(|facts| facts.cap.name == *name) else {
            return Err(usage(format!(
                "there is no cap `{name}`\nhint: `cargo xtask list` has the names"
            )));
        };
        let crates = match facts.cap.rust {
            Some(_) => rust::licensed_crates(session.context()?, facts.cap.dir.as_std_path())?,
            None => Vec::new(),
        };
        let mut json = facts.json();
        json["crates"] = crates.iter().map(LicensedCrate::json).collect();
        return session.result(json, &facts.text(&crates));
    }
    let extensions: Vec<_> = without_cap_of_their_own(workspace)
        .map(|extension| Row {
            extension,
            caps: caps_of(workspace, extension),
            linked: linkages.modes.get(&extension.name).copied(),
        })
        .collect();
    let json = json!({
        "profile": args.profile,
        "caps": caps.iter().map(Facts::json).collect::<Vec<_>>(),
        "extensions": extensions.iter().map(Row::json).collect::<Vec<_>>(),
    });
    let description = &workspace.profile(&args.profile)?.description;
    let mut text = format!("profile {}: {description}\n\n", args.profile);
    text += &cap_table(&caps);
    if !extensions.is_empty() {
        text += "\nextensions without a cap of their name\n";
        text += &extension_table(&extensions);
    }
    text += "\nWITH_<CAP>=0|1 switches a cap or extension off or on, LINK_<CAP>=MODE links it otherwise; `list CAP` tells the rest.\n";
    session.result(json, &text)
}

/// A name where something is, else a dash.
fn or_dash(text: String) -> String {
    if text.is_empty() { "-".to_owned() } else { text }
}

fn name_of(linked: Option<Linkage>) -> String {
    or_dash(linked.map(|mode| mode.name().to_owned()).unwrap_or_default())
}

/// A cap with what is known of it beyond its manifest.
struct Facts<'a> {
    cap: &'a Cap,
    /// Of the component that the last build left, in bytes.
    bytes: Option<u64>,
    vendors: Vec<&'a VendorRecipe>,
    /// How many crates its lock file pins.
    crates: usize,
    /// Modules for CPython.
    modules: Vec<String>,
    /// How the profile links it, or None where it has it not.
    linked: Option<Linkage>,
}

impl<'a> Facts<'a> {
    fn of(session: &'a Session, cap: &'a Cap, linkages: &Linkages) -> Result<Facts<'a>> {
        let workspace = session.workspace()?;
        let component = session.root().join("target/pylon").join(format!("{}.wasm", cap.name));
        let users = workspace.extensions.iter().filter(|extension| {
            workspace.caps_of(extension).iter().any(|used| used.name == cap.name)
        });
        let has = |caps: &BTreeSet<String>| caps.contains(&cap.name);
        Ok(Facts {
            cap,
            bytes: std::fs::metadata(component).ok().map(|meta| meta.len()),
            vendors: cap.vendor.iter().filter_map(|name| workspace.vendor(name).ok()).collect(),
            crates: match cap.rust {
                Some(_) => rust::packages(session.root(), cap.dir.as_std_path())?.len(),
                None => 0,
            },
            modules: users.flat_map(modules).collect(),
            linked: [
                (Linkage::Embed, &linkages.embedded),
                (Linkage::Dynlink, &linkages.providers),
                (Linkage::Static, &linkages.folded),
            ]
            .into_iter()
            .find_map(|(mode, caps)| has(caps).then_some(mode)),
        })
    }

    fn size(&self) -> String {
        self.bytes
            .map_or_else(|| "not built".to_owned(), |bytes| format!("{:.1} KB", bytes as f64 / 1e3))
    }

    fn built_in(&self) -> Vec<&str> {
        let glue = self.cap.micropython.iter();
        glue.flat_map(|glue| &glue.modules).map(|module| module.as_str()).collect()
    }

    /// Libraries with their licences; of crates, only how many.
    fn vendor(&self) -> String {
        let libraries =
            self.vendors.iter().map(|it| format!("{} {} ({})", it.name, it.version, it.license));
        let crates = match self.crates {
            0 => None,
            number => Some(format!("{number} crates")),
        };
        or_dash(libraries.chain(crates).collect::<Vec<_>>().join(", "))
    }

    /// Everything, a line each.
    fn text(&self, crates: &[LicensedCrate]) -> String {
        let Cap { name, version, description, license, .. } = self.cap;
        let modes: Vec<_> = self.cap.modes.iter().map(|mode| mode.name()).collect();
        let mut rows = vec![
            ["cap".to_owned(), format!("{name} {version}")],
            ["is".to_owned(), description.clone()],
            ["licence".to_owned(), license.clone()],
            ["size".to_owned(), self.size()],
            ["linked".to_owned(), name_of(self.linked)],
            ["can be".to_owned(), modes.join(" ")],
            ["switch".to_owned(), switch_name(name)],
            ["python".to_owned(), or_dash(self.modules.join(" "))],
            ["micropython".to_owned(), or_dash(self.built_in().join(" "))],
        ];
        rows.extend(self.cap.world.exports.iter().map(|it| ["exports".to_owned(), it.to_string()]));
        rows.extend(self.vendors.iter().map(|it| {
            ["vendor".to_owned(), format!("{} {} ({})", it.name, it.version, it.license)]
        }));
        rows.extend(crates.iter().map(|it| {
            ["crate".to_owned(), format!("{} {} ({})", it.name, it.version, it.license)]
        }));
        table(&rows)
    }

    fn json(&self) -> Value {
        let cap = self.cap;
        json!({
            "name": cap.name,
            "description": cap.description,
            "version": cap.version.to_string(),
            "modes": cap.modes.iter().map(|mode| mode.name()).collect::<Vec<_>>(),
            "linked": self.linked.map(|mode| mode.name()),
            "bytes": self.bytes,
            "vendor": self.vendors.iter().map(|it| json!({ "name": it.name, "version": it.version, "license": it.license })).collect::<Vec<_>>(),
            "crates": self.crates,
            "license": cap.license,
            "modules": self.modules,
            "micropython": cap.micropython.as_ref().map(|glue| json!({
                "modules": self.built_in(),
                "extension": glue.extension.value,
                "sources": glue.sources.iter().map(|path| path.as_str()).collect::<Vec<_>>(),
            })),
            "switch": switch_name(&cap.name),
            "exports": cap.world.exports,
        })
    }
}

fn cap_table(caps: &[Facts]) -> String {
    let head =
        ["cap", "version", "size", "linked", "can be", "python", "micropython", "vendor (licence)"];
    let rows = caps.iter().map(|facts| {
        let modes: Vec<_> = facts.cap.modes.iter().map(|mode| mode.name()).collect();
        [
            facts.cap.name.clone(),
            facts.cap.version.to_string(),
            facts.size(),
            name_of(facts.linked),
            modes.join(" "),
            or_dash(facts.modules.join(" ")),
            or_dash(facts.built_in().join(" ")),
            facts.vendor(),
        ]
    });
    table(&[head.map(String::from)].into_iter().chain(rows).collect::<Vec<_>>())
}

/// An extension that [`cap_table`] does not tell of by itself.
struct Row<'a> {
    extension: &'a Extension,
    caps: Vec<String>,
    linked: Option<Linkage>,
}

impl Row<'_> {
    fn json(&self) -> Value {
        json!({
            "name": self.extension.name,
            "description": self.extension.package.description,
            "caps": self.caps,
            "linked": self.linked.map(|mode| mode.name()),
            "modules": modules(self.extension).collect::<Vec<_>>(),
            "switch": switch_name(&self.extension.name),
        })
    }
}

fn extension_table(extensions: &[Row]) -> String {
    let head = ["extension", "over caps", "linked", "python"];
    let rows = extensions.iter().map(|row| {
        [
            row.extension.name.clone(),
            or_dash(row.caps.join(" ")),
            name_of(row.linked),
            or_dash(modules(row.extension).collect::<Vec<_>>().join(" ")),
        ]
    });
    table(&[head.map(String::from)].into_iter().chain(rows).collect::<Vec<_>>())
}

/// An extension of a cap's name is the cap's own.
fn without_cap_of_their_own(workspace: &Workspace) -> impl Iterator<Item = &Extension> {
    let named = |name: &str| workspace.caps.iter().any(|cap| cap.name == name);
    workspace.extensions.iter().filter(move |extension| !named(&extension.name))
}

/// Those whose contracts it imports, and those that it resolves by name.
fn caps_of(workspace: &Workspace, extension: &Extension) -> Vec<String> {
    let imported = workspace.caps_of(extension).into_iter().map(|cap| cap.name.clone());
    imported.chain(extension.linkage.providers.iter().map(|name| name.value.clone())).collect()
}

fn modules(extension: &Extension) -> impl Iterator<Item = String> + '_ {
    extension.provides.iter().map(|provided| provided.module.clone())
}

/// Rows of equal length as columns.
fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let width =
        |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<_> = (0..N).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        text += cells.collect::<Vec<_>>().join("  ").trim_end();
        text.push('\n');
    }
    text
}
