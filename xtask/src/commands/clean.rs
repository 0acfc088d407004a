//! `cargo xtask clean`: removes target/pylon, with `--cache` also what all checkouts share; or of that what was long not used.

use std::fs;
use std::io::ErrorKind;

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use super::{Session, cache_dir};
use crate::cli;
use crate::graph::{DAY, remove_unused};

pub fn run(session: &Session, args: &cli::Clean) -> Result<()> {
    if let Some(days) = args.unused_for {
        return of_the_cache(session, days);
    }
    let mut dirs = vec![session.root().join("target/pylon")];
    if args.cache {
        // Only what xtask and composectl made there: the folder itself is the user's.
        dirs.extend(
            ["v1", "compiled"]
                .map(|part| cache_dir().map(|dir| dir.join(part)))
                .into_iter()
                .collect::<Result<Vec<_>>>()?,
        );
    }
    let mut removed = Vec::new();
    for dir in dirs {
        if session.global.dry_run {
            if dir.exists() {
                removed.push(dir);
            }
            continue;
        }
        match fs::remove_dir_all(&dir) {
            Ok(()) => removed.push(dir),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => {
                return Err(error).with_context(|| format!("cannot remove {}", dir.display()));
            }
        }
    }
    let lines: Vec<_> = removed.iter().map(|dir| dir.display().to_string()).collect();
    let text = if lines.is_empty() { "there was nothing".to_owned() } else { lines.join("\n") };
    session.result(json!({ "removed": lines }), &text)
}

fn of_the_cache(session: &Session, days: u64) -> Result<()> {
    let cache = cache_dir()?;
    let Some(removed) =
        remove_unused(&cache, DAY.saturating_mul(days as u32), session.global.dry_run)?
    else {
        bail!(
            "the cache {} is in use by another `cargo xtask`\nhint: nothing was removed; try again when it has ended",
            cache.display()
        );
    };
    let done = if session.global.dry_run { "would be removed" } else { "removed" };
    let text = format!(
        "{done}: {} outputs of steps, {:.2} GB, which no command used for {days} days",
        removed.outputs,
        removed.bytes as f64 / 1e9
    );
    session.result(json!({ "outputs": removed.outputs, "bytes": removed.bytes }), &text)
}
