//! `composectl plan`: looks at plans and changes them.

use clap::{Args, Subcommand};

use crate::exit::Outcome;
use crate::report::Reporter;

mod diff;
mod lock;
mod set;
mod show;
mod validate;

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
