//! What tests do in a copy of the checkout: bring caps into it, and run what was made there.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::Ended;
use crate::commands::copy::Checkout;
use crate::commands::test::programs;
use crate::commands::test::subject::Subject;
use crate::commands::test::suite::Counts;

/// A copy, with what the user's cache has.
pub fn checkout(subject: &Subject) -> Result<Checkout> {
    let cx = subject.session.context()?;
    Checkout::copy(subject.session.root(), Some(cx.cache_root()))
}

/// A copy with these folders of the checkout over it, as a user adds caps: their bindings are generated there.
pub fn with_caps(subject: &Subject, folders: &[&str]) -> Result<Checkout> {
    subject.built()?;
    let copy = checkout(subject)?;
    for folder in folders {
        copy.add(&subject.session.root().join(folder))?;
    }
    Ended::of(&mut copy.xtask(&["gen", "--quiet"]))?.succeeded()?;
    Ok(copy)
}

/// composectl with what was composed last.
pub fn composectl(subject: &Subject, copy: &Checkout, flags: &[&str]) -> Result<Command> {
    let folder = copy.root().join("target/pylon");
    let mut command = subject.composectl()?;
    if folder.join("plan.json").is_file() {
        command.arg("--plan").arg(folder.join("plan.json"));
        command.arg("--store").arg(folder.join("store"));
    }
    command.args(flags).arg(folder.join("pylon.wasm")).arg("--");
    Ok(command)
}

/// Runs a file of unittest in that, which is granted its folder. `program`: its name and its arguments.
pub fn suite(
    subject: &Subject,
    copy: &Checkout,
    flags: &[&str],
    folder: &Path,
    program: &[&str],
) -> Result<Counts> {
    let mount = format!("{}::/tests:ro", folder.display());
    let mut command = composectl(subject, copy, &[flags, &["--dir", &mount]].concat())?;
    let (name, arguments) = program.split_first().expect("invariant: there is a file");
    programs::verdict(&command.arg(format!("/tests/{name}")).args(arguments).output()?)
}

/// MicroPython's image without caps that take long to compile and are not asked for.
pub fn small_image(copy: &Checkout) -> Result<PathBuf> {
    let image = copy.scratch().join("mp.wasm");
    let made = [
        "static-mp",
        "--quiet",
        "WITH_SQLITE=0",
        "WITH_ZLIB=0",
        "-o",
        &image.display().to_string(),
    ];
    Ended::of(&mut copy.xtask(&made))?.succeeded()?;
    Ok(image)
}
