//! A cap does not know who calls it: pylon.wasm and micropython.wasm are composed with the same component files, and
//! caps print the same in both. MicroPython's own programs run as a component, too, as they do as an image.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use super::micropython::engine::{self, Engine, Grants, Kind};
use super::micropython::programs::{self, Program, file_name, scripts};
use super::micropython::{caps, starts as mp_starts};
use super::starts;
use super::subject::Subject;
use super::suite::{Counts, Test};
use crate::cli::{Compose, Runtime, Setting};
use crate::commands::compose;
use crate::graph::Digest;
use crate::manifest::{Cap, switch_name};
use crate::pylon::{NO_CALLBACKS, Pylon};
use crate::wasm::inspect;

const TIMEOUT: Duration = Duration::from_secs(300);

/// `pylon` and `micropython` have all caps; `micropython` is the component.
pub fn tests<'a>(pylon: &'a Subject<'a>, micropython: &'a Subject<'a>) -> Result<Vec<Test<'a>>> {
    let root = pylon.session.root();
    let mut tests = vec![
        Test::simple("caps are the same components", move || same_caps(pylon, micropython)),
        Test::simple("imports are WASI's", move || wasi_only(&micropython.built()?.pylon)),
    ];
    for cap in pylon.session.workspace()?.caps.iter().filter(|cap| cap.micropython.is_some()) {
        let folder = format!("caps/{}/mp/tests", cap.name);
        for script in scripts(&root.join(&folder), "test_")? {
            let name = format!("{folder}/{}", file_name(&script));
            tests.push(Test::new(name, move || {
                let expected = caps::cpython(pylon, &script)?;
                prints(micropython, &script, |printed| printed == expected)
            }));
        }
        for script in scripts(&root.join(&folder), "mp_")? {
            let name = format!("{folder}/{}", file_name(&script));
            let ok = |printed: &str| printed.lines().last() == Some("OK");
            tests.push(Test::new(name, move || prints(micropython, &script, ok)));
        }
    }
    for script in scripts(&root.join(programs::FOLDER), "")? {
        let expected = script.with_extension("exp");
        if expected.is_file() {
            let name = format!("{}/{}", programs::FOLDER, file_name(&script));
            tests.push(Test::new(name, move || {
                let expected = fs::read_to_string(&expected)?;
                prints(micropython, &script, |printed| printed == expected)
            }));
        }
    }
    for start in starts::load(root, mp_starts::FILE)? {
        tests.push(Test::new(format!("start {}", start.name), move || {
            on_each_engine(micropython, |engine, component| {
                start.check(|work| Ok(mp_starts::command(component, engine, &start, work)))
            })
        }));
    }
    // Each is a build of its own; the image is tested without each cap.
    if let Some(cap) = pylon.session.workspace()?.caps.iter().find(|c| c.micropython.is_some()) {
        tests.push(Test::simple(format!("without {}", cap.name), move || {
            left_out(micropython, cap)
        }));
    }
    Ok(tests)
}

/// Every cap of micropython.wasm is, to the byte, that of pylon.wasm, and its core modules are in both.
fn same_caps(pylon: &Subject, micropython: &Subject) -> Result<()> {
    let (cpython, micropython) = (pylon.built()?, micropython.built()?);
    // The stub in place of callbacks is in neither.
    let caps = micropython.parts.iter().skip(1).filter(|(name, _)| name != NO_CALLBACKS);
    ensure!(caps.clone().count() > 0, "micropython.wasm has no caps");
    let wholes = [fs::read(&cpython.pylon)?, fs::read(&micropython.pylon)?];
    for (name, path) in caps {
        let bytes = fs::read(path)?;
        let other = cpython.parts.iter().find(|(part, _)| part == name);
        let (_, other) = other.with_context(|| format!("pylon.wasm has no {name}"))?;
        let [ours, theirs] = [Digest::of(&bytes), Digest::of(&fs::read(other)?)];
        ensure!(ours == theirs, "{name} is {ours} in micropython.wasm and {theirs} in pylon.wasm");
        for (whole, file) in wholes.iter().zip(["pylon.wasm", "micropython.wasm"]) {
            for module in inspect::core_modules(&bytes)? {
                let found = whole.windows(module.len()).any(|window| window == module);
                ensure!(found, "a module of {name} is not, byte for byte, in {file}");
            }
        }
    }
    Ok(())
}

fn wasi_only(component: &Path) -> Result<()> {
    let imports = inspect::interface(&fs::read(component)?)?.imports;
    match imports.iter().find(|import| !import.name.starts_with("wasi:")) {
        Some(import) => bail!("it imports {}", import.name),
        None => Ok(()),
    }
}

/// Runs `test` by composectl and by the wasmtime that PATH has; each counts.
fn on_each_engine(
    micropython: &Subject,
    test: impl Fn(&Engine, &Path) -> Result<()>,
) -> Result<Counts> {
    let component = &micropython.built()?.pylon;
    let mut engines = Engine::stock();
    engines.retain(|engine| engine.kind == Kind::Wasmtime);
    engines.push(Engine::composectl(micropython.session)?);
    Ok(programs::on_each(engines.iter(), |engine| test(engine, component)))
}

fn prints(micropython: &Subject, script: &Path, is_right: impl Fn(&str) -> bool) -> Result<Counts> {
    on_each_engine(micropython, |engine, component| {
        let printed = Program::read(script)?.run(engine, component)?;
        ensure!(!printed.is_empty() && is_right(&printed), "it printed\n{printed}");
        Ok(())
    })
}

/// Without a cap its modules cannot be imported, those of all others can, and its component is not there.
fn left_out(micropython: &Subject, cap: &Cap) -> Result<()> {
    let session = micropython.session;
    let (cx, workspace) = (session.context()?, session.workspace()?);
    let settings = vec![Setting::With(switch_name(&cap.name), false)];
    let args = Compose { runtime: Runtime::MicroPython, settings, ..Compose::default() };
    let step = Pylon::new(cx, workspace, &compose::recipe(workspace, &args, std::iter::empty())?)?;
    let component = cx.ensure_files(&step)?.path(step.file_name());
    let file = format!("{}.wasm", cap.name);
    ensure!(step.parts(cx)?.iter().all(|(part, _)| *part != file), "{file} is a part of it");
    let engine = Engine::composectl(session)?;
    for other in &workspace.caps {
        for module in other.micropython.iter().flat_map(|glue| &glue.modules) {
            let code = format!(
                "try:\n    import {0}\n    print('imported')\nexcept ImportError as error:\n    print(error)",
                module.value
            );
            let mut command = engine.command(&component, &Grants::default());
            let output = engine::output(command.args(["-c", &code]), b"", TIMEOUT)?;
            let expected = match other.name == cap.name {
                true => format!("no module named '{}'\n", module.value),
                false => "imported\n".to_owned(),
            };
            ensure!(output.stdout == expected.as_bytes(), "{code}\nprinted {output:?}");
        }
    }
    Ok(())
}
