//! `[provider]` of `caps/<n>/cap.toml`: what a cap's provider has beyond its component.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::cap::Linkage;
use super::document::Table;
use super::names;
use super::vendor::{existing_file, paths};

/// What a cap says of its provider.
#[derive(Clone, Debug, Default)]
pub struct Provider {
    /// More files: methods that are no function of a contract.
    pub sources: Vec<Utf8PathBuf>,
    /// What it may use where it needs more than a plan gives by itself, by the names that plans have for it.
    pub limits: BTreeMap<&'static str, u64>,
}

/// Limits of a component in a plan.
const LIMITS: &[&str] = &["memory_bytes", "time_ms", "payload_bytes"];

/// Reads the table, which only a cap that can be a provider has. Files are for one in C.
pub(super) fn read(
    root: &Utf8Path,
    dir: &Utf8Path,
    top: &Table<'_>,
    modes: &[Linkage],
    is_c: bool,
) -> Provider {
    let Some(table) = top.optional_table("provider") else { return Provider::default() };
    if !modes.contains(&Linkage::Dynlink) {
        let message = "a cap without the mode `dynlink` has no provider";
        top.error(&table.location(), message, "add \"dynlink\" to `modes`, or remove this");
    }
    let limits = table.optional_table("limits");
    let sources = match (is_c, &limits) {
        (false, _) => {
            table.forbid(
                "sources",
                "a cap in Rust has no files in C",
                "write a function of the contract",
            );
            Vec::new()
        }
        (true, Some(_)) => table.optional_shaped_list("sources", names::source_file),
        (true, None) => table.required_shaped_list("sources", names::source_file),
    };
    for path in &sources {
        existing_file(root, dir, &table, path);
    }
    let limits = limits.iter().flat_map(|limits| {
        LIMITS.iter().filter_map(|name| {
            let limit = limits.optional_int(name)?;
            let value = u64::try_from(limit.value).ok().filter(|value| *value > 0);
            if value.is_none() {
                let message = format!("`{name}` cannot be {}", limit.value);
                limits.error(&limit.location, message, "expected a number above 0");
            }
            Some((*name, value?))
        })
    });
    Provider {
        limits: limits.collect(),
        sources: paths(sources).into_iter().map(|path| dir.join(path)).collect(),
    }
}
