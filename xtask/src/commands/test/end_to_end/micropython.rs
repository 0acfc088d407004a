//! Caps that import another cap and that call back, in MicroPython, in a copy of the checkout with `tests/importing` and
//! `tests/callbacks` over it.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};

use super::{Ended, callbacks, components, copied};
use crate::commands::copy::Checkout;
use crate::commands::test::micropython::engine::{Engine, Grants};
use crate::commands::test::subject::Subject;
use crate::commands::test::suite::Test;

const LEAN: &[&str] = &[
    "--runtime",
    "micropython",
    "--profile",
    "lean",
    "WITH_PROBE_SORT=1",
    "WITH_PROBE_SEAL=1",
    "WITH_PROBE_ASKING=1",
];

/// A collection at every allocation.
const STRESS: &[&str] = &["-X", "gcstress", "-X", "heapmax=1m"];

/// Who is asked answers in Python, through a generated module.
const ASKING: &str = "mp_asking.py";

pub fn test<'a>(subject: &'a Subject<'a>) -> Test<'a> {
    Test::simple("caps of MicroPython may import another one and call back", move || {
        let copy = copied::with_caps(subject, &[callbacks::FOLDER, components::IMPORTING])?;
        image(subject, &copy)?;
        component(&copy)?;
        refused(&copy)
    })
}

/// What both caps do, the same in an image and in a component.
fn program(copy: &Checkout) -> Result<String> {
    let sealed = "import probe_seal\n\
        assert probe_seal.seal(b'123456789') == b'123456789\\x83\\x92\\x06\\xe3'\n";
    Ok(sealed.to_owned() + &fs::read_to_string(copy.root().join("mp_callbacks.py"))?)
}

fn image(subject: &Subject, copy: &Checkout) -> Result<()> {
    let image = copy.scratch().join("mp.wasm");
    let made = ["static-mp", "--quiet", "WITH_ZLIB=0", "-o", &image.display().to_string()];
    Ended::of(&mut copy.xtask(&made))?.succeeded()?;
    for engine in [Engine::wamr(subject.session)?, Engine::composectl(subject.session)?] {
        on_engine(&copy.root(), &engine, &image, &["-c", &program(copy)?])?;
        on_engine(&copy.root(), &engine, &image, &[ASKING])?;
    }
    let composectl = Engine::composectl(subject.session)?;
    on_engine(&copy.root(), &composectl, &image, &[STRESS, &[ASKING, "2"]].concat())
}

/// Runs a program that says OK at its end, in a folder that it sees. What programs share is in the checkout's `tests`.
pub(super) fn on_engine(
    folder: &Path,
    engine: &Engine,
    image: &Path,
    program: &[&str],
) -> Result<()> {
    let grants = Grants { folders: &[OsStr::new(".")], ..Grants::default() };
    let mut run = engine.command(image, &grants);
    let ended = Ended::of(run.current_dir(folder).args(program))?;
    ensure!(ended.succeeded()? == "OK\n", "{}: {}", engine.name(), ended.all());
    Ok(())
}

/// The same in the component that was composed.
pub(super) fn in_component(copy: &Checkout, program: &[&str]) -> Result<()> {
    let run = ["run", "--runtime", "micropython", "--dir", ".", "--"];
    let ended = Ended::of(copy.xtask(&run).args(program))?;
    ensure!(ended.succeeded()? == "OK\n", "{}", ended.all());
    Ok(())
}

fn component(copy: &Checkout) -> Result<()> {
    let run = |code: &str| {
        let run = ["run", "--runtime", "micropython", "--", "-c", code];
        Ended::of(&mut copy.xtask(&run))
    };
    copy.compose(LEAN)?;
    in_component(copy, &["-c", &program(copy)?])?;
    in_component(copy, &[ASKING])?;
    run("import crc32c")?.refused(1, &["ImportError"])?;

    copy.compose(&[LEAN, &["--no-fuse"]].concat())?;
    let given_up = "import probe_sort\n\
        print(probe_sort.sorted(b'a', 0))\n\
        try:\n    probe_sort.sorted(b'ba', 9)\n\
        except RuntimeError as error:\n    print(error)";
    let ended = run(given_up)?;
    let expected = "b'a'\nthe sort was given up\n";
    ensure!(ended.succeeded()? == expected, "expected\n{expected}but:\n{}", ended.all());
    Ok(())
}

/// A callback that makes an object, in front of the frames of a cap, which hide from the collector what they hold.
fn refused(copy: &Checkout) -> Result<()> {
    copy.edit(Path::new("caps/probe-sort/mp/modprobe_sort.c"), |text| {
        text.replace("sort.left--;", "mp_obj_new_bytes(sort.bytes, sort.left--);")
    })?;
    let texts =
        ["`exports_probe_sort_order_precedes`, which a cap calls back", "neither raise nor make"];
    for command in [&["static-mp", "WITH_ZLIB=0"][..], &[&["compose"], LEAN].concat()] {
        Ended::of(&mut copy.xtask(command))?.refused(1, &texts)?;
    }
    Ok(())
}
