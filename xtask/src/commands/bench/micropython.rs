//! MicroPython's image: its size, what the passes cost, and how it runs on WAMR and on wasmtime.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use super::Bench;
use super::builds::{change_code, cpu};
use super::measure::{self, Sample, interleaved};
use super::table::{Figure, Row, Target, Unit};
use crate::commands::Session;
use crate::graph::{Artifact, Context, Inputs, Step, Work};
use crate::manifest::Cap;
use crate::micropython::{self, Engine, Settings};
use crate::toolchain::Toolchain;
use crate::{cargo::CargoOptions, wamr};

/// Prints its time, as [`Loop`].
const LOOP: &str = "micropython_speed.py";

fn row(name: &str, what: &str, unit: Unit, ours: Figure, target: Target) -> Row {
    Row {
        name: format!("mp-{name}"),
        what: what.to_owned(),
        unit,
        ours,
        reference: None,
        target,
        note: String::new(),
    }
}

/// An image with `caps` folded in.
fn image(session: &Session, caps: &[&Cap], settings: &Settings) -> Result<PathBuf> {
    let (cx, workspace) = (session.context()?, session.workspace()?);
    let toolchain = Toolchain::ensure(cx)?;
    let image = micropython::image(cx, &toolchain, workspace, caps, settings, Engine::Wamr)?;
    Ok(cx.ensure_files(&image)?.path("image.wasm"))
}

fn sized(name: &str, what: &str, bytes: f64, most: f64) -> Row {
    row(name, what, Unit::Bytes, Figure { value: bytes, sample: None }, Target::AtMost(most))
}

/// Sizes of images.
pub fn sizes(bench: &Bench) -> Result<Vec<Row>> {
    let session = bench.session;
    let bytes = |caps: &[&Cap], level: &str| -> Result<f64> {
        let settings = Settings { level: level.to_owned(), ..Settings::default() };
        Ok(fs::metadata(image(session, caps, &settings)?)?.len() as f64)
    };
    let workspace = session.workspace()?;
    let caps = [workspace.cap("crc32c")?, workspace.cap("zlib")?];
    let base = bytes(&[], "2")?;
    Ok(vec![
        sized("size-small", "image without caps, -Os", bytes(&[], "s")?, 460e3),
        sized("size", "image without caps", base, 530e3),
        sized("size-caps", "what crc32c and zlib add to it", bytes(&caps, "2")? - base, 90e3),
    ])
}

/// What `bench/micropython_speed.py` prints.
#[derive(Deserialize)]
struct Loop {
    seconds: f64,
    checksum: u64,
}

/// A way to run MicroPython: the command that ends where MicroPython's own arguments begin.
type Runner<'a> = &'a dyn Fn() -> Command;

/// Runs the loop on each side in turns.
fn loops<const N: usize>(count: u32, turns: usize, sides: [Runner; N]) -> Result<[Sample; N]> {
    let mut samples = [const { Sample { wall: Vec::new(), cpu: None } }; N];
    let mut checksums = Vec::new();
    for turn in 0..=turns {
        for (side, sample) in sides.iter().zip(&mut samples) {
            let said = measure::run(side().arg(LOOP).arg(count.to_string()))?;
            let told: Loop = serde_json::from_str(&said).context("the loop printed no JSON")?;
            checksums.push(told.checksum);
            // The first run may compile.
            if turn > 0 {
                sample.wall.push(told.seconds);
            }
        }
    }
    ensure!(
        checksums.iter().all(|sum| *sum == checksums[0]),
        "the sides computed different things"
    );
    Ok(samples)
}

fn on_wamr(program: &Path, image: &Path, folder: &Path) -> Command {
    let mut command = wamr::command(program, ["--dir=."], image);
    command.current_dir(folder);
    command
}

fn wamr_program(session: &Session) -> Result<PathBuf> {
    let global = &session.global;
    wamr::build(CargoOptions {
        quiet: global.quiet,
        offline: global.offline,
        locked: global.locked,
    })
}

/// The loop on WAMR, with and without the roots spilled. (Exceptions are lowered in both: WAMR has none.)
pub fn passes(bench: &Bench) -> Result<Vec<Row>> {
    let session = bench.session;
    let program = wamr_program(session)?;
    let folder = session.root().join("bench");
    let on = image(session, &[], &Settings::default())?;
    let off = image(session, &[], &Settings { spill_roots: false, ..Settings::default() })?;
    let grown = fs::metadata(&on)?.len() as f64 / fs::metadata(&off)?.len() as f64;
    // A heap that holds all that the loop allocates: the first collection would be the reference's end.
    let side = |image: &Path| {
        let mut command = on_wamr(&program, image, &folder);
        command.args(["-X", "heapsize=16m"]);
        command
    };
    let [with, without] = loops(300, 8, [&|| side(&on), &|| side(&off)])?;
    let what = "a loop on WAMR, roots spilled or not";
    let row = row("passes", what, Unit::Seconds, with.into(), Target::Ratio(1.20));
    let note = format!("the reference could not collect: it traps when it does. Size {grown:.2}x");
    Ok(vec![Row { reference: Some(without.into()), note, ..row }])
}

/// The loop on wasmtime, and on MicroPython's unix port.
pub fn native(bench: &Bench) -> Result<Vec<Row>> {
    let (session, programs) = (bench.session, bench.programs()?);
    let cx = session.context()?;
    let unix = cx.ensure_files(&UnixPort::of(cx)?)?.path("micropython");
    let folder = session.root().join("bench");
    let image = image(session, &[], &Settings::default())?;
    let ours = || {
        let mut command = Command::new(&programs.composectl);
        command.env("PYLON_CACHE_DIR", &programs.cache_dir).current_dir(&folder);
        command.args(["run", "--dir", "."]).arg(&image).arg("--");
        command
    };
    let theirs = || {
        let mut command = Command::new(&unix);
        command.current_dir(&folder);
        command
    };
    let [ours, theirs] = loops(3000, 8, [&ours, &theirs])?;
    let row = row("native", "the loop on wasmtime", Unit::Seconds, ours.into(), Target::Ratio(2.0));
    let note = "the reference is MicroPython's unix port, standard variant, of the same sources by the machine's cc";
    Ok(vec![Row { reference: Some(theirs.into()), note: note.to_owned(), ..row }])
}

/// Starting and ending: `-c pass`.
pub fn starts(bench: &Bench) -> Result<Vec<Row>> {
    let (session, programs) = (bench.session, bench.programs()?);
    let program = wamr_program(session)?;
    let image = image(session, &[], &Settings::default())?;
    let on_wamr = || {
        let mut command = wamr::command(&program, [], &image);
        command.args(["-c", "pass"]);
        command
    };
    let on_wasmtime = || {
        let mut command = Command::new(&programs.composectl);
        command.env("PYLON_CACHE_DIR", &programs.cache_dir).arg("run").arg(&image);
        command.args(["--", "-c", "pass"]);
        command
    };
    let [wamr, wasmtime] = interleaved(5, 20, [&on_wamr, &on_wasmtime])?;
    let started = |name: &str, engine: &str, sample: Sample, most: f64| {
        let what = format!("`-c pass` on {engine}, processor time");
        let note = format!("wall time {:.2} ms at best", sample.best() * 1e3);
        let value = sample.cpu.unwrap_or(f64::INFINITY);
        let ours = Figure { value, sample: Some(sample) };
        Row { note, ..row(name, &what, Unit::Seconds, ours, Target::AtMost(most)) }
    };
    Ok(vec![
        started("start-wamr", "WAMR, its fast interpreter", wamr, 15e-3),
        started("start-wasmtime", "wasmtime, compiled before", wasmtime, 4e-3),
    ])
}

/// `static-mp` after an edit of a cap's C file, all else cached.
pub fn edit(bench: &Bench) -> Result<Vec<Row>> {
    let (session, copy) = (bench.session, bench.copy()?);
    let source = session.workspace()?.cap("crc32c")?.sources.first();
    let source = source.context("the crc32c cap has no source")?.as_std_path();
    let build = || copy.xtask(&["static-mp", "--quiet"]);
    measure::run(&mut build())?;
    let mut sample = Sample::default();
    for _ in 0..3 {
        change_code(copy, source)?;
        let (timed, _) = measure::timed(&mut build())?;
        sample.push(timed);
    }
    let note = format!("{}{}", source.display(), cpu(&sample));
    let what = "static-mp after an edit of a cap's C file";
    let row = row("edit-cap", what, Unit::Seconds, sample.into(), Target::AtMost(3.0));
    Ok(vec![Row { note, ..row }])
}

/// MicroPython's unix port, by its own Makefile and the machine's compiler and Python: `micropython`.
#[derive(Clone, Debug)]
struct UnixPort {
    source: Artifact,
    toolchain: Toolchain,
}

/// Off is what needs a library that a machine may lack, and what freezes modules that the archive lacks.
const UNIX_PORT: &[&str] = &[
    "VARIANT=standard",
    "MICROPY_PY_BTREE=0",
    "MICROPY_PY_FFI=0",
    "MICROPY_PY_SSL=0",
    "FROZEN_MANIFEST=",
    // Nothing is frozen, so no compiler is needed.
    "MICROPY_MPYCROSS=true",
    "MICROPY_MPYCROSS_DEPENDENCY=",
];

impl UnixPort {
    fn of(cx: &Context) -> Result<UnixPort> {
        let source = cx.ensure(&micropython::source_tree(cx, None)?)?;
        Ok(UnixPort { source, toolchain: Toolchain::ensure(cx)? })
    }
}

impl Step for UnixPort {
    const KIND: &'static str = "native";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        "MicroPython's unix port".to_owned()
    }

    fn inputs(&self, _: &Context, inputs: &mut Inputs) -> Result<()> {
        // The machine's compiler is not known here: a figure is of what was made first.
        inputs.artifact("micropython", &self.source);
        inputs.list("make", UNIX_PORT);
        Ok(())
    }

    fn run(&self, _: &Context, work: &Work) -> Result<()> {
        let build = work.scratch()?.join("build");
        let make = work.process(self.toolchain.make()).share_jobs();
        // An artifact is never written to.
        let make =
            make.env("PYTHONDONTWRITEBYTECODE", "1").arg(format!("BUILD={}", build.display()));
        make.arg("-C").arg(self.source.path("ports/unix")).args(UNIX_PORT).run()?;
        fs::copy(build.join("micropython"), work.out().join("micropython"))?;
        Ok(())
    }
}
