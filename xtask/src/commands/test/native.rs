//! C tests in native processes, where sanitizers see each byte: every `run.sh` below a cap's or an extension's
//! `tests`, and those of what they share. It is given a folder for its output and the source folders of the vendor libraries it tests against;
//! those that it has compiled by `build_library.sh` are there, compiled once for all.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use camino::Utf8Path;

use super::native_library::{NativeLibrary, compiler};
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
    let flags = if sanitizers(folder.path())? { SANITIZERS } else { "-O1 -g" };
    let libraries = folder.path().join("libraries");
    fs::create_dir(&libraries)?;
    // Of those that the script has compiled by another one.
    let takes_libraries =
        fs::read_to_string(session.root().join(script))?.contains("build_library.sh");
    let mut sources = Vec::new();
    for vendor in caps.iter().flat_map(|cap| &cap.vendor) {
        let cx = session.context()?;
        let recipe = session.workspace()?.vendor(vendor)?;
        let source = sources::files_of_recipe(cx, recipe)?;
        sources.push(source.dir.join(&recipe.source_root));
        if takes_libraries {
            let flags = flags.to_owned();
            let library = NativeLibrary { recipe: recipe.clone(), source, flags };
            let name = format!("{}.a", recipe.name);
            fs::copy(cx.ensure_files(&library)?.path(&name), libraries.join(&name))?;
        }
    }
    let mut command = Command::new("sh");
    command.current_dir(session.root()).arg(script).arg(folder.path().join("out")).args(sources);
    command.env("CFLAGS", flags).env("PYLON_NATIVE", &libraries);
    let output = command.output().context("cannot start sh")?;
    let text = [output.stdout, output.stderr].concat();
    Ok(match output.status.success() {
        true => Counts::passed(1),
        false => Counts::failed(format!("{}\n{}", output.status, String::from_utf8_lossy(&text))),
    })
}

/// Whether the machine's compiler has the sanitizers, with leak checks. Without a compiler nothing is tested: an
/// error.
fn sanitizers(folder: &Path) -> Result<bool> {
    let source = folder.join("probe.c");
    let program = folder.join("probe");
    fs::write(&source, "int main(void) { return 0; }\n")?;
    let compiler = compiler();
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
