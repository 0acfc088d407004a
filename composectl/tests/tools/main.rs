//! `inspect`, `doctor`, `pull` and `push` as users type them. Pull and push against a real registry are part of
//! `cargo xtask test registry`, broken registries of `composectl/registry/tests`.

// Tests open what they made themselves.
#![allow(clippy::disallowed_methods)]

mod doctor;
mod inspect;
mod registry;

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A user with folders of their own.
struct User {
    folder: TempDir,
}

/// How a command ended.
struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl User {
    fn new() -> User {
        User { folder: tempfile::tempdir().expect("a folder") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("below the folder")).expect("can create");
        std::fs::write(&path, content).expect("can write");
        path
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_composectl"));
        command.args(args).current_dir(self.folder.path());
        // Nothing of whoever runs the tests: no cache, no store, no credentials.
        command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", self.folder.path());
        command
    }

    fn run(&self, args: &[&str]) -> Ended {
        Ended::of(self.command(args).output().expect("composectl starts"))
    }
}

impl Ended {
    fn of(output: Output) -> Ended {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        let code = output.status.code();
        Ended { code, stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}{}", self.stdout, self.stderr))
    }
}

/// A component that exports `compose:dynlink/endpoint@0.1.0`, with nothing in it.
fn provider() -> Vec<u8> {
    wat::parse_str(
        r#"(component
            (instance $nothing)
            (export "compose:dynlink/endpoint@0.1.0" (instance $nothing)))"#,
    )
    .expect("valid text")
}

/// `sha256:<hex>`.
fn digest(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    let hex: String = sha2::Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect();
    format!("sha256:{hex}")
}
