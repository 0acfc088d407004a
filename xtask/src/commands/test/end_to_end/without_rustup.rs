//! A machine whose Rust has no standard library for wasm, and no rustup to add it: Debian's packages are taken, and where they cannot
//! be had, the error names both ways, and all but caps in Rust is built.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use super::dynlink::{ALL, Providers};
use super::{Bench, Ended, copied};
use crate::commands::copy::Checkout;
use crate::commands::test::subject::Subject;
use crate::commands::test::suite::Test;
use crate::toolchain::{Pins, Role};

const CAP: &str = "blake3";

pub fn tests<'a>(subject: &'a Subject<'a>, full: bool) -> Vec<Test<'a>> {
    let mut tests =
        vec![Test::simple("without Rust for wasm the rest is built", move || refused(subject))];
    if full {
        let test =
            Test::simple("a cap in Rust is compiled by Debian's", move || by_debian(subject));
        tests.push(test);
    }
    tests
}

/// A rustc that works and is nobody's: its sysroot has no targets.
fn rustc(copy: &Checkout) -> Result<PathBuf> {
    let (program, sysroot) = (copy.scratch().join("rustc"), copy.scratch().join("sysroot"));
    fs::create_dir_all(&sysroot)?;
    let text = format!(
        "#!/bin/sh\ncase \"$*\" in\n\"--print sysroot\") echo '{}' ;;\n*) exec rustc \"$@\" ;;\nesac\n",
        sysroot.display()
    );
    fs::write(&program, text)?;
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
    Ok(program)
}

fn refused(subject: &Subject) -> Result<()> {
    subject.built()?;
    let copy = copied::checkout(subject)?;
    let rustc = rustc(&copy)?;
    copy.edit(Path::new("vendor/toolchain.toml"), |text| {
        let (before, after) = text.split_once("role = \"rust\"").unwrap_or((&text, ""));
        format!(
            "{before}role = \"rust\"{}",
            after.replacen(" },", ", runs-on = [\"elsewhere\"] },", 1)
        )
    })?;
    let said = Ended::of(copy.xtask(&["dynlink", CAP]).env("RUSTC", &rustc))?;
    let ways = [
        "rustup target add",
        "libstd-rust-dev-wasm32",
        "no version of rustc is pinned",
        "WITH_<CAP>=0",
    ];
    said.refused(1, &ways)?;
    let other = ["dynlink", "crc32c", "--quiet"];
    Ended::of(copy.xtask(&other).env("RUSTC", &rustc))?.succeeded()?;
    Ok(())
}

fn by_debian(subject: &Subject) -> Result<()> {
    if let Some(why) = Pins::load(subject.session.root())?.unavailable(Role::Rust) {
        subject.session.note(&format!("not tested: {why}"));
        return Ok(());
    }
    let bench = Bench::new(subject)?;
    bench.compose(ALL, &[])?.succeeded()?;
    let copy = copied::checkout(subject)?;
    let providers = Providers::new(&bench);
    let own = providers.publish(&mut copy.xtask(&[]), CAP, &[])?;
    let digest = providers.publish(copy.xtask(&[]).env("RUSTC", rustc(&copy)?), CAP, &[])?;
    ensure!(digest != own, "the same bytes by two compilers, or by one");
    let mut command = subject.composectl()?;
    let code = "import blake3; print(blake3.blake3(b'abc').hexdigest())";
    command.args(providers.flags()).arg(bench.path("out.wasm")).args(["--", "-c", code]);
    let ended = Ended::of(&mut command)?;
    let expected = "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85\n";
    ensure!(ended.succeeded()? == expected, "{}", ended.all());
    Ok(())
}
