//! Which checkout to work on.

use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow};

/// The variable that names another checkout to work on than xtask's own: for benchmarks and tests, which edit a
/// copy.
pub const VARIABLE: &str = "PYLON_CHECKOUT";

/// The checkout that this xtask is of.
///
/// Two checkouts with one target folder may take each other's program, so what cargo says now counts for more
/// than what it said when this was compiled.
pub fn own() -> Result<PathBuf> {
    let now = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let crate_dir = now.unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Ok(crate_dir.parent().ok_or_else(|| anyhow!("xtask has no checkout"))?.to_owned())
}

/// The checkout to work on.
pub fn to_work_on() -> Result<PathBuf> {
    match std::env::var_os(VARIABLE).filter(|path| !path.is_empty()) {
        Some(path) => std::path::absolute(path).with_context(|| format!("cannot use {VARIABLE}")),
        None => own(),
    }
}
