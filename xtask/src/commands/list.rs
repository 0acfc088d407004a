//! `cargo xtask list`: caps with their modes, sizes, vendor versions and licences.

use anyhow::Result;
use serde_json::json;

use super::Session;
use crate::manifest::switch_name;
use crate::rust;

pub fn run(session: &Session) -> Result<()> {
    let workspace = session.workspace()?;
    let mut rows = vec![
        [
            "cap",
            "version",
            "modes",
            "size",
            "vendor",
            "licences",
            "modules",
            "micropython",
            "switch",
        ]
        .map(String::from),
    ];
    let mut caps = Vec::new();
    for cap in &workspace.caps {
        let size = session.root().join("target/pylon").join(format!("{}.wasm", cap.name));
        let size = std::fs::metadata(size).ok().map(|meta| meta.len());
        let vendors: Vec<_> =
            cap.vendor.iter().filter_map(|name| workspace.vendor(name).ok()).collect();
        let mut vendor: Vec<_> =
            vendors.iter().map(|v| format!("{} {}", v.name, v.version)).collect();
        let crates = match cap.rust {
            Some(_) => rust::packages(session.root(), cap.dir.as_std_path())?,
            None => Vec::new(),
        };
        if !crates.is_empty() {
            vendor.push(format!("{} crates", crates.len()));
        }
        let mut licences = vec![cap.license.clone()];
        licences.extend(vendors.iter().map(|vendor| vendor.license.clone()));
        let modes: Vec<_> = cap.modes.iter().map(|mode| mode.name()).collect();
        let users = workspace.extensions.iter().filter(|extension| {
            workspace.caps_of(extension).iter().any(|used| used.name == cap.name)
        });
        let modules: Vec<_> = users
            .flat_map(|extension| extension.provides.iter().map(|p| p.module.clone()))
            .collect();
        let glue = cap.micropython.as_ref();
        let built_in: Vec<_> =
            glue.into_iter().flat_map(|glue| &glue.modules).map(|module| module.as_str()).collect();
        rows.push([
            cap.name.clone(),
            cap.version.to_string(),
            modes.join(" "),
            size.map_or_else(
                || "not built".to_owned(),
                |size| format!("{:.1} KB", size as f64 / 1e3),
            ),
            if vendor.is_empty() { "-".to_owned() } else { vendor.join(", ") },
            licences.join(", "),
            modules.join(", "),
            if built_in.is_empty() { "-".to_owned() } else { built_in.join(", ") },
            switch_name(&cap.name),
        ]);
        caps.push(json!({
            "name": cap.name,
            "description": cap.description,
            "version": cap.version.to_string(),
            "modes": modes,
            "bytes": size,
            "vendor": vendors.iter().map(|v| json!({ "name": v.name, "version": v.version, "license": v.license })).collect::<Vec<_>>(),
            "crates": crates.iter().map(|it| json!({ "name": it.name, "version": it.version })).collect::<Vec<_>>(),
            "license": cap.license,
            "modules": modules,
            "micropython": glue.map(|glue| json!({
                "modules": built_in,
                "extension": glue.extension.value,
                "sources": glue.sources.iter().map(|path| path.as_str()).collect::<Vec<_>>(),
            })),
            "switch": switch_name(&cap.name),
            "exports": cap.world.exports,
        }));
    }
    session.result(json!({ "caps": caps }), &table(&rows))
}

/// Rows of equal length as columns.
pub fn table<const N: usize>(rows: &[[String; N]]) -> String {
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
