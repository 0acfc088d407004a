//! `composectl plan`: looks at plans and changes them.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use composectl_plan::{Store, TrustFiles};

use crate::exit::Outcome;
use crate::report::Reporter;

mod diff;
mod lock;
mod set;
mod show;
mod validate;

pub use lock::write_plan;

/// `composectl plan`.
#[derive(Args, Debug)]
#[command(
    about = "Look at plans and change them",
    long_about = "Look at plans and change them.\n\nA plan says which component stands behind which name, by its digest, \
                  and what it may do.",
    after_help = "Examples:\n  composectl plan set plan.json zlib=zlib.wasm\n  composectl plan validate plan.json\n  \
                  composectl run --plan plan.json pylon.wasm -- -c 'import zlib'",
    arg_required_else_help = true
)]
pub struct PlanArgs {
    #[command(subcommand)]
    command: PlanCommand,
}

// `about` in the attribute: a doc comment here would hide the `long_about` of the arguments.
#[derive(Subcommand, Debug)]
enum PlanCommand {
    #[command(about = "Say whether a plan is valid, and what is wrong with it")]
    Validate(validate::ValidateArgs),
    #[command(about = "Show what a plan says, and what follows from it")]
    Show(show::ShowArgs),
    #[command(about = "Compare two plans")]
    Diff(diff::DiffArgs),
    #[command(about = "Pin what a plan leaves open, and print or sign its digest")]
    Lock(lock::LockArgs),
    #[command(about = "Store components and write their entries into a plan")]
    Set(set::SetArgs),
    #[command(about = "Remove components from a plan")]
    Rm(set::RmArgs),
}

/// Does what the subcommand says.
pub fn run(args: &PlanArgs, reporter: Reporter) -> Outcome {
    match &args.command {
        PlanCommand::Validate(args) => validate::run(args),
        PlanCommand::Show(args) => show::run(args),
        PlanCommand::Diff(args) => diff::run(args),
        PlanCommand::Lock(args) => lock::run(args, reporter),
        PlanCommand::Set(args) => set::run(args, reporter),
        PlanCommand::Rm(args) => set::remove(args),
    }
}

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
pub struct TrustArgs {
    /// The host's policy (default: policy.json in $XDG_CONFIG_HOME/pylon or ~/.config/pylon, if there)
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,

    /// The folder of trusted keys (default: keyring in $XDG_CONFIG_HOME/pylon or ~/.config/pylon)
    #[arg(long, value_name = "DIR")]
    pub keyring: Option<PathBuf>,
}

impl TrustArgs {
    /// The files that are meant.
    pub fn files(&self) -> TrustFiles {
        TrustFiles::of_user().or_given(self.policy.clone(), self.keyring.clone())
    }
}
