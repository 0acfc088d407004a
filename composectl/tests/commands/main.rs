//! `composectl plan`, `blob` and `trust` as users call them: output, exit codes, and what is left on disk.

// Tests open what they made themselves.
#![allow(clippy::disallowed_methods)]

mod blob;
mod foreign;
mod hostile_store;
mod pipes;
mod plan;
mod trust;

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A folder of its own for each test; nothing outside of it is read or written.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).expect("room");
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("there")
    }

    /// A component that is a provider by its exports; `number` makes its bytes different from others'.
    fn provider(&self, name: &str, number: u32) {
        self.component(
            name,
            &format!(
                "(component (core module (global i32 (i32.const {number})))
                   (instance $i) (export \"compose:dynlink/endpoint@0.1.0\" (instance $i)))"
            ),
        );
    }

    fn component(&self, name: &str, text: &str) {
        self.write(name, wat::parse_str(text).expect("the test's component is well-formed"));
    }

    /// Runs composectl with these words.
    fn composectl(&self, words: &[&str]) -> Output {
        self.command(words).output().expect("composectl starts")
    }

    /// composectl with these words.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_composectl"));
        command.args(words).current_dir(self.folder.path()).env_clear().stdin(Stdio::null());
        command
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("PYLON_CACHE_DIR", self.path("cache"))
            .env("PYLON_STATE_DIR", self.path("state"));
        command
    }

    /// Runs composectl, which must succeed; its standard output.
    fn ok(&self, words: &[&str]) -> String {
        let output = self.composectl(words);
        assert!(output.status.success(), "{words:?}: {output:?}");
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// Runs composectl, which must end with `code`; its standard output and error.
    fn fails(&self, code: i32, words: &[&str]) -> (String, String) {
        let output = self.composectl(words);
        assert_eq!(output.status.code(), Some(code), "{words:?}: {output:?}");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        (text(output.stdout), text(output.stderr))
    }

    /// Runs composectl with `--json` behind; the code and what it printed.
    fn json(&self, words: &[&str]) -> (i32, Value) {
        let words: Vec<&str> = words.iter().copied().chain(["--json"]).collect();
        let output = self.composectl(&words);
        let value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{words:?}: {error}: {output:?}"));
        (output.status.code().expect("no signal"), value)
    }
}

#[test]
fn every_verb_explains_itself() {
    let place = Place::new();
    let verbs = [
        ("plan", vec!["validate", "show", "diff", "lock", "set", "rm"]),
        ("blob", vec!["put", "get", "ls", "verify", "gc", "rm"]),
        ("trust", vec!["keygen", "sign", "verify", "add", "ls", "rm", "revoke", "forget"]),
    ];
    for (group, verbs) in verbs {
        assert!(place.ok(&[group, "--help"]).contains("Example"), "{group}");
        for verb in verbs {
            let help = place.ok(&[group, verb, "--help"]);
            assert!(help.contains("Exit codes: 0"), "{group} {verb}: {help}");
        }
        let (_, stderr) = place.fails(125, &[group, "no-such-verb"]);
        assert!(stderr.contains("no-such-verb"), "{stderr}");
    }
}
