//! C tests in native processes, where sanitizers see each byte: every `run.sh` below a cap's or an extension's
//! `tests`, and those of what they share. It is given a folder for its output and the source folders of the vendor libraries it tests against.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use camino::Utf8Path;

use super::suite::{Counts, Test};
use crate::commands::Session;
use crate::libc;
use crate::link_code;
use crate::manifest::Cap;
use crate::sources;

const SANITIZERS: &str = "-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all";

pub fn tests(session: &Session) -> Result<Vec<Test<'_>>> {
    let workspace = session.workspace()?;
    let caps = workspace.caps.iter().map(|cap| (&cap.dir, "tests/run.sh", vec![cap]));
    let extensions = workspace
        .extensions
        .iter()
        .map(|extension| (&extension.dir, "tests/native/run.sh", workspace.caps_of(extension)));
    let scripts = caps.chain(extensions).map(|(dir, script, caps)| (dir.join(script), caps));
    let common = [link_code::CONSUMER, link_code::PROVIDER, libc::MEMORY];
    let common = common.map(|dir| (Utf8Path::new(dir).join("tests/run.sh"), Vec::new()));
    let mut tests = Vec::new();
    for (script, caps) in scripts.chain(common) {
        if workspace.root.join(&script).is_file() {
            let name = script.to_string();
            tests.push(Test::new(name, move || run(session, script.as_std_path(), &caps)));
        }
    }
    Ok(tests)
}

fn run(session: &Session, script: &Path, caps: &[&Cap]) -> Result<Counts> {
    let folder = tempfile::tempdir()?;
    let mut sources = Vec::new();
    for cap in caps {
        for vendor in &cap.vendor {
            sources.push(source_folder(session, vendor)?);
        }
    }
    let mut command = Command::new("sh");
    command.current_dir(session.root()).arg(script).arg(folder.path().join("out")).args(sources);
    match sanitizers(folder.path())? {
        true => command.env("CFLAGS", SANITIZERS),
        false => command.env("CFLAGS", "-O1 -g"),
    };
    let output = command.output().context("cannot start sh")?;
    let text = [output.stdout, output.stderr].concat();
    Ok(match output.status.success() {
        true => Counts::passed(1),
        false => Counts::failed(format!("{}\n{}", output.status, String::from_utf8_lossy(&text))),
    })
}

fn source_folder(session: &Session, vendor: &str) -> Result<PathBuf> {
    let recipe = session.workspace()?.vendor(vendor)?;
    let fetched = sources::files_of_recipe(session.context()?, recipe)?;
    Ok(fetched.dir.join(&recipe.source_root))
}

/// Whether the machine's compiler has the sanitizers, with leak checks. Without a compiler nothing is tested: an
/// error.
fn sanitizers(folder: &Path) -> Result<bool> {
    let source = folder.join("probe.c");
    let program = folder.join("probe");
    std::fs::write(&source, "int main(void) { return 0; }\n")?;
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let compile = |flags: &str| -> Result<bool> {
        let output = Command::new("sh")
            .args(["-c", &format!("{compiler} {flags} \"$1\" -o \"$2\""), "sh"])
            .args([&source, &program])
            .output()
            .context("cannot start sh")?;
        Ok(output.status.success())
    };
    if compile(SANITIZERS)? {
        // Where ptrace is forbidden the leak checker ends the program with an error.
        return Ok(Command::new(&program).output()?.status.success());
    }
    if !compile("")? {
        bail!("`{compiler}` compiles nothing\nhint: install a C compiler, or name one by CC");
    }
    Ok(false)
}
