//! Caps in the image. `caps/<cap>/mp/tests/test_*.py` print the same on MicroPython as on pylon.wasm's CPython;
//! `mp_*.py` are for MicroPython alone and end with a line `OK`. What is left out, or frozen in, is tested, too.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use super::super::subject::Subject as Pylon;
use super::super::suite::Test;
use super::engine::{self, Grants};
use super::programs::{Program, file_name, on_each_engine, scripts};
use super::subject::Subject;
use crate::manifest::Cap;
use crate::micropython::Modules;

const TIMEOUT: Duration = Duration::from_secs(300);

pub fn tests<'a>(subject: &'a Subject<'a>, pylon: &'a Pylon<'a>) -> Result<Vec<Test<'a>>> {
    let workspace = subject.session.workspace()?;
    let caps = workspace.caps.iter().filter(|cap| cap.is_for_images());
    let mut tests = Vec::new();
    for cap in caps {
        let folder = format!("caps/{}/mp/tests", cap.name);
        let path = subject.session.root().join(&folder);
        for script in scripts(&path, "test_")? {
            let name = format!("{folder}/{}", file_name(&script));
            tests.push(Test::new(name, move || {
                let expected = cpython(pylon, &script)?;
                on_each_engine(subject, |engine| same(subject, engine, &script, &expected))
            }));
        }
        for script in scripts(&path, "mp_")? {
            let name = format!("{folder}/{}", file_name(&script));
            tests.push(Test::new(name, move || {
                on_each_engine(subject, |engine| ends_with_ok(subject, engine, &script))
            }));
        }
    }
    // One of them: whatever is left out, all files are compiled again.
    if let Some(cap) = workspace.caps.iter().find(|cap| cap.is_for_images()) {
        let name = format!("image without {}", cap.name);
        tests.push(Test::simple(name, move || left_out(subject, cap)));
    }
    tests.push(Test::simple("image with frozen modules", move || frozen(subject)));
    Ok(tests)
}

/// What CPython prints.
pub fn cpython(pylon: &Pylon, script: &Path) -> Result<String> {
    let work = tempfile::tempdir()?;
    let name = file_name(script);
    fs::copy(script, work.path().join(&name))?;
    let mut command = pylon.composectl()?;
    command.args(["--dir", &format!("{}::/tests", work.path().display())]);
    command.arg(&pylon.built()?.pylon).args(["--", &format!("/tests/{name}")]);
    let output = engine::output(&mut command, b"", TIMEOUT)?;
    ensure!(output.status.success(), "CPython: {output:?}");
    Ok(String::from_utf8(output.stdout)?)
}

fn same(subject: &Subject, engine: &engine::Engine, script: &Path, expected: &str) -> Result<()> {
    let printed = Program::read(script)?.run(engine, &subject.built()?.image)?;
    ensure!(!expected.is_empty(), "it prints nothing that could be compared");
    ensure!(printed == expected, "it printed\n{printed}and CPython\n{expected}");
    Ok(())
}

fn ends_with_ok(subject: &Subject, engine: &engine::Engine, script: &Path) -> Result<()> {
    let printed = Program::read(script)?.run(engine, &subject.built()?.image)?;
    ensure!(printed.lines().last() == Some("OK"), "its last line is not OK:\n{printed}");
    Ok(())
}

/// Without a cap its modules cannot be imported; those of all others can.
fn left_out(subject: &Subject, cap: &Cap) -> Result<()> {
    let image = subject.image(&BTreeMap::from([(cap.name.clone(), false)]), Modules::default())?;
    for other in subject.session.workspace()?.caps.iter().filter(|cap| cap.is_for_images()) {
        let modules = other.micropython.iter().flat_map(|glue| &glue.modules);
        for module in modules.map(|module| module.as_str()) {
            let code = format!(
                "try:\n    import {module}\n    print('imported')\n\
                 except ImportError as error:\n    print(error)"
            );
            let printed = python(subject, &image, &["-c", &code])?;
            let expected = match other.name == cap.name {
                true => format!("no module named '{module}'\n"),
                false => "imported\n".to_owned(),
            };
            ensure!(printed == expected, "importing {module} without {}: {printed}", cap.name);
        }
    }
    Ok(())
}

/// Modules of a folder are in the image under their names there, and need no folder at run time.
fn frozen(subject: &Subject) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let write = |name: &str, text: &str| -> Result<()> {
        let path: PathBuf = folder.path().join(name);
        fs::create_dir_all(path.parent().context("it has a folder")?)?;
        Ok(fs::write(path, text)?)
    };
    write("single.py", "VALUE = 1.5\ndef function(a, *, b=2):\n    return a * b\n")?;
    write("package/__init__.py", "from .part import NAME\n")?;
    write("package/part.py", "NAME = __name__\n")?;
    write("package/__main__.py", "import sys\nprint('main of', __name__, sys.argv[1:])\n")?;
    let modules = Modules::new(None, &[folder.path().to_owned()])?;
    let image = subject.image(&BTreeMap::new(), modules)?;
    drop(folder);
    let code = "import asyncio, single, package\n\
                print(single.VALUE, single.function(3), single.function(3, b=4), package.NAME)\n\
                try:\n    single.function()\nexcept TypeError as error:\n    print('TypeError')";
    let printed = python(subject, &image, &["-c", code])?;
    ensure!(printed == "1.5 6 12 package.part\nTypeError\n", "it printed {printed}");
    let printed = python(subject, &image, &["-m", "package", "x"])?;
    ensure!(printed == "main of __main__ ['x']\n", "python -m printed {printed}");
    Ok(())
}

/// What `image` prints on WAMR, without any grant.
fn python(subject: &Subject, image: &Path, args: &[&str]) -> Result<String> {
    let mut command: Command = subject.built()?.wamr.command(image, &Grants::default());
    let output = engine::output(command.args(args), b"", TIMEOUT)?;
    ensure!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    Ok(String::from_utf8(output.stdout)?)
}
