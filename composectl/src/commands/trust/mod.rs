//! `composectl trust`: keys, signatures, and what is not trusted any more.

use std::time::Duration;

use clap::{Args, Subcommand};
use composectl_plan::Instant;

use crate::exit::Outcome;
use crate::report::Reporter;

mod keyring;
mod signing;

pub use signing::signing_key;

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

/// Reads a date, a time, or a duration from now on.
pub fn parse_expiry(text: &str) -> Result<Instant, String> {
    if let Ok(duration) = parse_age(text) {
        return Ok(Instant::now().after(duration));
    }
    let is_date =
        text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let full = if is_date { format!("{text}T00:00:00Z") } else { text.to_owned() };
    Instant::parse(&full).map_err(|_| {
        format!("`{text}` is no time; expected 2027-01-31, 2027-01-31T00:00:00Z, 90d or 12h")
    })
}

/// Reads a duration in whole seconds: `90d`, `12h`, `30m`, `0s`.
pub fn parse_age(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no duration; expected for example 90d, 12h, 30m or 0s");
    let seconds = match text.char_indices().next_back() {
        Some((at, 'd')) => (&text[..at], 24 * 3600),
        Some((at, 'h')) => (&text[..at], 3600),
        Some((at, 'm')) => (&text[..at], 60),
        Some((at, 's')) => (&text[..at], 1),
        _ => return Err(wrong()),
    };
    let (number, factor) = seconds;
    let number = number.parse::<u32>().map_err(|_| wrong())?;
    Ok(Duration::from_secs(u64::from(number) * factor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expiries_are_read() {
        assert_eq!(parse_expiry("2027-01-31"), Instant::parse("2027-01-31T00:00:00Z"));
        assert_eq!(
            parse_expiry("2027-01-31T12:00:00+02:00"),
            Instant::parse("2027-01-31T10:00:00Z")
        );
        assert_eq!(parse_age("90d"), Ok(Duration::from_secs(90 * 24 * 3600)));
        assert_eq!(parse_age("0s"), Ok(Duration::ZERO));
        for text in ["", "d", "90", "1.5h", "-1d", "2027-13-01", "soon", "\u{e9}"] {
            assert!(parse_expiry(text).is_err(), "{text}");
        }
    }
}
