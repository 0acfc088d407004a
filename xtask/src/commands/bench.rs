//! `cargo xtask bench`.
use super::Session;
use crate::cli;
use anyhow::Result;
pub fn run(_: &Session, _: &cli::Bench) -> Result<()> {
    anyhow::bail!("not yet")
}
