//! `composectl doctor`: whether this machine and this user's folders are as runs need them.

mod checks;

use std::path::PathBuf;

use clap::Args;
use composectl_plan::TrustFiles;
use serde::Serialize;
use serde_json::json;

use super::output;
use crate::exit::Outcome;
use crate::report::Reporter;

/// `composectl doctor`.
#[derive(Args, Debug)]
#[command(
    long_about = "Check what runs need of this machine and of this user's folders: the cache of compiled code, the \
                  store, the keyring and the host's policy, stack and address space, the processor.\n\nExit codes: 0 \
                  (all is well, or there are warnings only), 1 (something failed), 125 (the checks could not be made)."
)]
pub struct DoctorArgs {
    /// The blob store (default: $PYLON_STORE, else `store` in this folder)
    #[arg(long, value_name = "DIR")]
    pub store: Option<PathBuf>,

    /// The host's trust policy (default: policy.json in ~/.config/pylon)
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,

    /// The folder of the keys that are trusted (default: keyring in ~/.config/pylon)
    #[arg(long, value_name = "DIR")]
    pub keyring: Option<PathBuf>,

    /// Print the findings as JSON
    #[arg(long)]
    pub json: bool,
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// As it should be.
    Ok,
    /// Works, but worse than it could.
    Warn,
    /// Something will not work.
    Fail,
}

/// What a check found.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    pub name: &'static str,
    pub status: Status,
    pub found: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Finding {
    fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, status: Status::Ok, found: found.into(), hint: None }
    }

    fn warn(name: &'static str, found: impl Into<String>, hint: impl Into<String>) -> Self {
        let hint = Some(hint.into());
        Self { name, status: Status::Warn, found: found.into(), hint }
    }

    fn fail(name: &'static str, found: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { status: Status::Fail, ..Self::warn(name, found, hint) }
    }
}

/// Checks everything and says what was found.
pub fn run(args: &DoctorArgs, reporter: Reporter) -> Outcome {
    let trust = TrustFiles::of_user().or_given(args.policy.clone(), args.keyring.clone());
    let findings = [
        checks::processor(),
        checks::address_space(),
        checks::stack(),
        checks::cache_folder(reporter),
        checks::compiled_code(reporter),
        checks::store(args.store.as_deref()),
        checks::keyring(&trust),
        checks::policy(&trust),
    ];
    let worst = findings.iter().map(|finding| finding.status).max().unwrap_or(Status::Ok);
    if args.json {
        output::json(&json!({
            "version": env!("CARGO_PKG_VERSION"),
            "status": worst,
            "checks": findings,
        }))?;
    } else {
        output::lines(render(&findings))?;
    }
    Ok(u8::from(worst == Status::Fail))
}

fn render(findings: &[Finding]) -> Vec<String> {
    let mut lines = Vec::new();
    for Finding { name, status, found, hint } in findings {
        let status = match status {
            Status::Ok => "ok",
            Status::Warn => "warn",
            Status::Fail => "FAIL",
        };
        lines.push(format!("{status:<5}{name:<15}{found}"));
        lines.extend(hint.iter().map(|hint| format!("     hint: {hint}")));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_lines_and_hints_have_their_own() {
        let findings = [
            Finding::ok("processor", "x86_64"),
            Finding::warn("stack", "1 MiB", "ulimit -s"),
            Finding::fail("store", "gone", "make it"),
        ];
        let expected = "\
ok   processor      x86_64
warn stack          1 MiB
     hint: ulimit -s
FAIL store          gone
     hint: make it";
        assert_eq!(render(&findings).join("\n"), expected);
    }
}
