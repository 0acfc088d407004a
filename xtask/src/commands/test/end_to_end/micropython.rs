//! Caps that import another cap and that call back, in MicroPython, in a copy of the checkout with `tests/importing` and
//! `tests/callbacks` over it.

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
const STRESS: &[&str] = &["-X", "gcstress", "-X", "heapmax=1m", "-c"];

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
        let mut run = engine.command(&image, &Grants::default());
        let ended = Ended::of(run.args(["-c", &program(copy)?]))?;
        ensure!(ended.succeeded()? == "OK\n", "{}: {}", engine.name(), ended.all());
        let mut run = engine.command(&image, &Grants::default());
        let ended = Ended::of(run.args(["-c", &asking(copy)?]))?;
        ensure!(ended.succeeded()? == "OK\n", "{}: {}", engine.name(), ended.all());
    }
    let mut run = Engine::composectl(subject.session)?.command(&image, &Grants::default());
    let ended = Ended::of(run.args(STRESS).args([&asking(copy)?, "2"]))?;
    ensure!(ended.succeeded()? == "OK\n", "{}", ended.all());
    Ok(())
}

/// Answered by Python, through a generated module.
fn asking(copy: &Checkout) -> Result<String> {
    Ok(fs::read_to_string(copy.root().join("mp_asking.py"))?)
}

fn component(copy: &Checkout) -> Result<()> {
    let run = |code: &str| {
        let run = ["run", "--runtime", "micropython", "--", "-c", code];
        Ended::of(&mut copy.xtask(&run))
    };
    copy.compose(LEAN)?;
    let ended = run(&program(copy)?)?;
    ensure!(ended.succeeded()? == "OK\n", "{}", ended.all());
    let ended = run(&asking(copy)?)?;
    ensure!(ended.succeeded()? == "OK\n", "{}", ended.all());
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
