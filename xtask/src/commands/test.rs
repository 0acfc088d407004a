//! `cargo xtask test`.
use super::Session;
use crate::cli;
use anyhow::Result;
pub fn run(_: &Session, _: &cli::Test) -> Result<()> {
    anyhow::bail!("not yet")
}
