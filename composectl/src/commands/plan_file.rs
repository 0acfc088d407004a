//! Plans as the subcommands are given them and write them, and whom to trust about them.

use std::path::{Path, PathBuf};

use clap::Args;
use composectl_plan::{Code, Error, Result, Store, TrustFiles, write_atomically};

/// A plan and the store that goes with it.
#[derive(Args, Debug)]
pub struct PlanFile {
    /// The plan
    #[arg(value_name = "PLAN")]
    pub plan: PathBuf,

    /// The blob store (default: $PYLON_STORE, else `store` beside the plan)
    #[arg(long, value_name = "DIR")]
    pub store: Option<PathBuf>,
}

impl PlanFile {
    /// The store.
    pub fn store(&self) -> Store {
        Store::open(Store::folder(self.store.as_deref(), Some(&self.plan)))
    }
}

/// Whom this host trusts.
#[derive(Args, Debug)]
pub struct TrustFlags {
    /// The host's policy (default: policy.json in $XDG_CONFIG_HOME/pylon or ~/.config/pylon, if there)
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,

    /// The folder of trusted keys (default: keyring in $XDG_CONFIG_HOME/pylon or ~/.config/pylon)
    #[arg(long, value_name = "DIR")]
    pub keyring: Option<PathBuf>,
}

impl TrustFlags {
    /// The files that are meant.
    pub fn files(&self) -> TrustFiles {
        TrustFiles::of_user().or_given(self.policy.clone(), self.keyring.clone())
    }
}

/// Writes the plan's text.
pub fn write_plan(path: &Path, text: &str) -> Result<()> {
    write_atomically(path, text.as_bytes(), 0o644).map_err(|error| {
        Error::new(Code::InvalidInput, format_args!("{}: {error}", path.display()))
    })
}
