//! `tests/linkage/<case>/`: contract tests. A folder a case: `test.wit` with the worlds `consumer` and `cap`,
//! `consumer.c` (a program that calls the contract and prints), `provider.c` (its implementation), `expected.txt`.
//! Each is built in every linkage mode out of the same two sources and must print the same, and so once more with
//! `provider.rs` where there is one. `case.toml` is for what
//! cannot be run in every mode: `modes` names those that it can, and with `handwritten = true` provider.c answers the
//! methods of the endpoint itself, without a shim. `UPDATE_EXPECT=1` writes `expected.txt` from what the first mode
//! prints: embed, in which there is no code of ours between the two sides.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, OnceLock};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use serde::Deserialize;

use super::suite::Test;
use crate::commands::linkage_case::{self, Mode, Provider};
use crate::commands::{Session, cache_dir};
use crate::composectl::{self, CargoOptions};
use crate::graph::{Context, Options, Report};
use crate::toolchain::Toolchain;

const FOLDER: &str = "tests/linkage";

/// `case.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Settings {
    /// The first is the one that `expected.txt` is from.
    modes: Vec<Mode>,
    handwritten: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        let modes = vec![Mode::Embed, Mode::Fused, Mode::Dynlink, Mode::Relay, Mode::Static];
        Settings { modes, handwritten: false }
    }
}

impl Settings {
    fn load(case: &Path) -> Result<Settings> {
        let path = case.join("case.toml");
        if !path.is_file() {
            return Ok(Settings::default());
        }
        Settings::parse(&fs::read_to_string(path)?)
    }

    fn parse(text: &str) -> Result<Settings> {
        let settings: Settings = toml_edit::de::from_str(text)?;
        ensure!(!settings.modes.is_empty(), "modes: there must be one");
        let only_dynlink = settings.modes == [Mode::Dynlink];
        ensure!(only_dynlink || !settings.handwritten, "handwritten: in dynlink mode only");
        Ok(settings)
    }

    fn provider(&self) -> Provider {
        if self.handwritten { Provider::Handwritten } else { Provider::C }
    }
}

/// What all cases share.
struct Bench<'a> {
    session: &'a Session,
    /// One of its own, in which a case that does not build is no reason to stop building others.
    cx: Context,
}

impl Drop for Bench<'_> {
    fn drop(&mut self) {
        self.cx.finish();
    }
}

struct Case<'a> {
    bench: Arc<Bench<'a>>,
    name: String,
    settings: Settings,
    expected: OnceLock<Result<String, String>>,
}

pub fn tests(session: &Session) -> Result<Vec<Test<'_>>> {
    let folder = session.root().join(FOLDER);
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {FOLDER}"))? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    let options = Options { keep_going: true, ..session.context()?.options().clone() };
    let report = Report::new(session.global.verbosity(), session.global.color);
    let cx = Context::new(session.root(), &cache_dir()?, options, report)?;
    let bench = Arc::new(Bench { session, cx });
    let mut tests = Vec::new();
    for name in names {
        let settings = Settings::load(&folder.join(&name))
            .with_context(|| format!("{FOLDER}/{name}/case.toml"))?;
        let modes = settings.modes.clone();
        let in_rust = folder.join(&name).join("provider.rs").is_file();
        let bench = bench.clone();
        let case = Arc::new(Case { bench, name, settings, expected: OnceLock::new() });
        for mode in &modes {
            let (case, mode) = (case.clone(), *mode);
            let name = format!("{} ({mode})", case.name);
            tests.push(Test::simple(name, move || case.check(mode, case.settings.provider())));
        }
        for mode in modes.into_iter().filter(|_| in_rust) {
            let case = case.clone();
            let name = format!("{} ({mode}, Rust)", case.name);
            tests.push(Test::simple(name, move || case.check(mode, Provider::Rust)));
        }
    }
    Ok(tests)
}

impl Case<'_> {
    fn check(&self, mode: Mode, provider: Provider) -> Result<()> {
        let expected = self.expected()?;
        let printed = self.run(mode, provider)?;
        if printed != *expected {
            bail!("{}", diffy::create_patch(expected, &printed));
        }
        Ok(())
    }

    /// The text of `expected.txt`. Where it is to be written, the first test to ask does so.
    fn expected(&self) -> Result<&String> {
        let path = self.bench.session.root().join(FOLDER).join(&self.name).join("expected.txt");
        let expected = self.expected.get_or_init(|| {
            let bless = std::env::var("UPDATE_EXPECT").is_ok_and(|value| value == "1");
            let text = match bless {
                true => {
                    self.run(self.settings.modes[0], self.settings.provider()).and_then(|text| {
                        fs::write(&path, &text)?;
                        Ok(text)
                    })
                }
                false => fs::read_to_string(&path)
                    .with_context(|| format!("cannot read {}", path.display())),
            };
            text.map_err(|error| format!("{error:#}"))
        });
        expected.as_ref().map_err(|error| anyhow!("{error}"))
    }

    /// Builds the case and runs it; returns what it prints. That it ends well and has nothing to complain about is
    /// part of every case.
    fn run(&self, mode: Mode, provider: Provider) -> Result<String> {
        let Bench { session, cx } = &*self.bench;
        let toolchain = Toolchain::ensure(cx)?;
        let folder = format!("{FOLDER}/{}", self.name);
        let program = linkage_case::program(cx, &toolchain, &folder, mode, provider)?;
        let options = CargoOptions { quiet: true, ..session.cargo_options() };
        let composectl = composectl::build(options)?;
        let work = tempfile::tempdir()?;
        let [plan, store] = ["plan.json", "store"].map(|name| work.path().join(name));
        // The user's own policy has no part in it.
        let start = || {
            let mut command = Command::new(&composectl);
            command.env("XDG_CONFIG_HOME", work.path());
            command
        };
        let mut command = start();
        command.args(["run", "--timeout", "2m"]);
        if let Some(provider) = &program.provider {
            let named = [(linkage_case::PROVIDER, provider.as_path())];
            let mut set = composectl::plan_set(&composectl, &plan, &store, named);
            composectl::succeed(set.env("XDG_CONFIG_HOME", work.path()))?;
            command.arg("--plan").arg(plan).arg("--store").arg(store);
        }
        let output = command.arg(&program.component).output().context("cannot start composectl")?;
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() || !output.stderr.is_empty() {
            let errors = String::from_utf8_lossy(&output.stderr);
            bail!("it ended with {}\n{errors}it printed:\n{printed}", output.status);
        }
        Ok(printed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_runs_in_every_mode_unless_it_says_otherwise() {
        let modes = |text: &str| Settings::parse(text).unwrap().modes;
        assert_eq!(modes(""), [Mode::Embed, Mode::Fused, Mode::Dynlink, Mode::Relay, Mode::Static]);
        assert_eq!(modes("modes = [\"dynlink\"]\nhandwritten = true"), [Mode::Dynlink]);
    }

    #[test]
    fn settings_that_cannot_be_are_errors() {
        for text in [
            "modes = []",
            "modes = [\"emded\"]",
            "mode = [\"embed\"]",
            "handwritten = true",
            "modes = [\"embed\", \"dynlink\"]\nhandwritten = true",
        ] {
            assert!(Settings::parse(text).is_err(), "{text}");
        }
    }
}
