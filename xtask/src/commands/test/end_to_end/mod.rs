//! xtask as users type it: real commands, real files. What is refused before anything is built is tested in
//! `xtask/tests/cli.rs`, composition alone by `xtask/tests/graphs`.

mod builds;
mod callbacks;
mod choices;
mod components;
mod copied;
mod cxx;
mod dynlink;
mod edits;
mod interrupts;
mod kills;
mod libc;
mod loading;
mod locks;
mod mapping;
mod micropython;
mod new;
mod wholes;
mod without_rustup;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::subject::Subject;
use super::suite::Test;
use crate::commands::compose::as_tested;
use crate::commands::copy::copy_xtask;

/// `full`: with those that take many minutes.
pub fn tests<'a>(
    subject: &'a Subject<'a>,
    dynlinked: &'a Subject<'a>,
    full: bool,
) -> Result<Vec<Test<'a>>> {
    let mut tests = choices::tests(subject);
    tests.extend(dynlink::tests(subject));
    tests.extend(components::tests(subject));
    tests.push(micropython::test(subject));
    tests.extend(wholes::tests(subject));
    tests.push(callbacks::test(subject));
    tests.push(cxx::test(subject));
    tests.extend(kills::tests(subject, dynlinked, full)?);
    tests.extend(locks::tests(subject));
    tests.extend(interrupts::tests(subject, dynlinked)?);
    tests.push(libc::test(subject));
    tests.push(new::test(subject));
    if full {
        tests.push(new::vendored(subject));
    }
    tests.extend(mapping::tests(subject, full));
    tests.extend(loading::tests(subject));
    tests.extend(without_rustup::tests(subject, full));
    tests.push(edits::test(|| subject.session.context()));
    tests.extend(builds::tests(subject, full));
    Ok(tests)
}

/// A folder outside the checkout with the xtask that is running, to work on this checkout with the user's cache.
struct Bench<'a> {
    subject: &'a Subject<'a>,
    folder: tempfile::TempDir,
}

impl<'a> Bench<'a> {
    fn new(subject: &'a Subject<'a>) -> Result<Bench<'a>> {
        // Everything that the commands below take out of the cache.
        subject.built()?;
        let folder = tempfile::tempdir()?;
        copy_xtask(&folder.path().join("xtask"))?;
        Ok(Bench { subject, folder })
    }

    /// The caps of a pylon.wasm without large ones but for these, by name.
    fn caps_without(&self, left_out: &[&str]) -> Result<Vec<String>> {
        let caps = self.subject.session.workspace()?.caps.iter().filter(|cap| !cap.large);
        let names = caps.map(|cap| cap.name.clone());
        Ok(names.filter(|name| !left_out.contains(&name.as_str())).collect())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `cargo xtask compose -o out.wasm` in the folder, without switches of the user's, and without large caps.
    fn compose(&self, args: &[&str], environment: &[(&str, &str)]) -> Result<Ended> {
        let mut command = Command::new(self.path("xtask"));
        command.args(["compose", "-o", "out.wasm", "--json"]).args(args);
        as_tested(&mut command, self.subject.session.root()).envs(environment.iter().copied());
        Ended::of(command.current_dir(self.folder.path()))
    }

    /// Python in what was composed.
    fn python(&self, args: &[&str]) -> Result<Ended> {
        self.python_of(&self.path("out.wasm"), args)
    }

    /// A script of `tests/end-to-end` in what was composed.
    fn script(&self, name: &str, flags: &[&str]) -> Result<Ended> {
        self.script_of(&self.path("out.wasm"), name, flags)
    }

    fn script_of(&self, pylon: &Path, name: &str, flags: &[&str]) -> Result<Ended> {
        let scripts = self.subject.session.root().join("tests/end-to-end");
        let mut command = self.subject.composectl()?;
        command.args(["--dir", &format!("{}::/tests:ro", scripts.display())]).args(flags);
        Ended::of(command.arg(pylon).args(["--", &format!("/tests/{name}")]))
    }

    fn python_of(&self, pylon: &Path, args: &[&str]) -> Result<Ended> {
        Ended::of(self.subject.composectl()?.arg(pylon).arg("--").args(args))
    }
}

/// A program that ended, in any way.
struct Ended {
    shown: String,
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Ended {
    fn of(command: &mut Command) -> Result<Ended> {
        let shown = format!("{command:?}");
        let output = command.output().with_context(|| format!("cannot start {shown}"))?;
        Ok(Ended::new(shown, output))
    }

    fn new(shown: String, output: Output) -> Ended {
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        Ended {
            shown,
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    fn all(&self) -> String {
        let code = self.code.map_or("a signal".to_owned(), |code| format!("code {code}"));
        format!("{}\n{}{}it ended with {code}", self.shown, self.stdout, self.stderr)
    }

    /// It ended well; what it printed.
    fn succeeded(&self) -> Result<&str> {
        ensure!(self.code == Some(0), "it failed:\n{}", self.all());
        Ok(&self.stdout)
    }

    /// It ended well and printed JSON.
    fn json(&self) -> Result<Value> {
        serde_json::from_str(self.succeeded()?)
            .with_context(|| format!("not JSON:\n{}", self.all()))
    }

    /// It ended with this code and said all of `texts`.
    fn refused(&self, code: i32, texts: &[&str]) -> Result<()> {
        ensure!(self.code == Some(code), "it did not end with code {code}:\n{}", self.all());
        let said = format!("{}{}", self.stdout, self.stderr);
        for text in texts {
            // Messages may be broken into lines, and quotes be escaped by JSON.
            let plain = |text: &str| text.replace("\\n", " ").replace('\\', "");
            ensure!(plain(&said).contains(text), "it did not say `{text}`:\n{}", self.all());
        }
        Ok(())
    }
}
