//! `cargo xtask clean`: removes target/pylon, and with `--cache` what all checkouts share.

use std::fs;
use std::io::ErrorKind;

use anyhow::{Context as _, Result};
use serde_json::json;

use super::{Session, cache_dir};
use crate::cli;

pub fn run(session: &Session, args: &cli::Clean) -> Result<()> {
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
