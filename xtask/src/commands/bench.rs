//! `cargo xtask bench`.
use anyhow::Result;
use super::Session;
use crate::cli;
pub fn run(_: &Session, _: &cli::Bench) -> Result<()> { anyhow::bail!("not yet") }
