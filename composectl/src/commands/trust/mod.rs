//! `composectl trust`: keys, signatures, and what is not trusted any more.

use clap::{Args, Subcommand};

use crate::exit::Outcome;
use crate::report::Reporter;

mod keyring;
mod signing;

/// `composectl trust`.
#[derive(Args, Debug)]
#[command(
    about = "Make keys, sign, and say whom to trust",
    long_about = "Make keys, sign, and say whom to trust.\n\nKeys are Ed25519, in PEM files that OpenSSL reads, too. Trusted \
                  public keys lie in the keyring, a folder with one file a key. Trust is looked at whenever a provider is \
                  resolved: after `revoke` the next resolve fails, also in programs that run.",
    after_help = "Examples:\n  composectl trust keygen release.key --name release --expires 365d\n  composectl trust add \
                  release.key.pub\n  composectl trust sign --key release.key plan.json\n  composectl trust verify \
                  plan.json\n  composectl trust revoke 0123456789abcdef --reason 'laptop lost'",
    arg_required_else_help = true
)]
pub struct TrustArgs {
    #[command(subcommand)]
    command: TrustCommand,
}

// `about` in the attribute: a doc comment here would hide the `long_about` of the arguments.
#[derive(Subcommand, Debug)]
enum TrustCommand {
    #[command(about = "Make a key: FILE (private) and FILE.pub")]
    Keygen(keyring::KeygenArgs),
    #[command(about = "Sign components of a plan")]
    Sign(signing::SignArgs),
    #[command(about = "Say whether a plan and its components are trusted now")]
    Verify(signing::VerifyArgs),
    #[command(about = "Add public keys to the keyring")]
    Add(keyring::AddArgs),
    #[command(about = "List the keyring")]
    Ls(keyring::LsArgs),
    #[command(about = "Remove keys from the keyring")]
    Rm(keyring::RmArgs),
    #[command(about = "Trust a key, a component or a plan never more")]
    Revoke(keyring::RevokeArgs),
    #[command(about = "Take an older plan or list of revocations again")]
    Forget(keyring::ForgetArgs),
}

/// Does what the subcommand says.
pub fn run(args: &TrustArgs, reporter: Reporter) -> Outcome {
    match &args.command {
        TrustCommand::Keygen(args) => keyring::keygen(args),
        TrustCommand::Sign(args) => signing::sign(args, reporter),
        TrustCommand::Verify(args) => signing::verify(args),
        TrustCommand::Add(args) => keyring::add(args),
        TrustCommand::Ls(args) => keyring::list(args),
        TrustCommand::Rm(args) => keyring::remove(args),
        TrustCommand::Revoke(args) => keyring::revoke(args),
        TrustCommand::Forget(args) => keyring::forget(args),
    }
}
