//! How fast Python and its caps run, each against its native counterpart.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use super::Bench;
use super::measure::{self, Sample};
use super::table::{Figure, Row, Target, Unit};
use crate::cli;
use crate::commands::copy::Checkout;
use crate::commands::native_python::NativePython;

/// What the figures are of.
pub struct Programs {
    /// A copy, since the user's may be built anew any time.
    pub composectl: PathBuf,
    pub pylon: PathBuf,
    pub cache_dir: PathBuf,
    pub native: NativePython,
}

impl Programs {
    fn composectl(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.composectl);
        command.args(args).env("PYLON_CACHE_DIR", &self.cache_dir);
        command
    }

    /// The same for another pylon.wasm.
    pub fn of(&self, pylon: PathBuf) -> Programs {
        let Programs { composectl, cache_dir, native, .. } = self;
        let (composectl, cache_dir) = (composectl.clone(), cache_dir.clone());
        Programs { composectl, pylon, cache_dir, native: native.clone() }
    }

    /// Compiles pylon.wasm ahead, as the figures ask for.
    pub fn precompile(&self) -> Result<()> {
        measure::run(self.composectl(&["precompile"]).arg(&self.pylon)).map(drop)
    }

    /// Python in wasm, with `flags` for composectl.
    pub fn pylon(&self, flags: &[&str], args: &[&str]) -> Command {
        self.run(&self.pylon, flags, args)
    }

    /// The same of another pylon.wasm.
    pub fn run(&self, pylon: &Path, flags: &[&str], args: &[&str]) -> Command {
        let mut command = self.composectl(&["run"]);
        command.args(flags).arg(pylon).arg("--").args(args);
        command
    }
}

/// Whole processes: start, a line of Python, end.
pub fn processes(bench: &Bench) -> Result<Vec<Row>> {
    let programs = bench.programs()?;
    let cases = [
        ("process-pass", "pass", 0.35),
        ("process-imports", "import asyncio, json, dataclasses, typing, re", 0.25),
    ];
    let mut rows = Vec::new();
    for (name, code, target) in cases {
        let ours = || programs.pylon(&[], &["-c", code]);
        let reference = || programs.native.command(code);
        let [ours, reference] = measure::interleaved(10, 5, [&ours, &reference])?;
        let cpu = |sample: &Sample| sample.cpu.unwrap_or(f64::NAN) * 1e3;
        let mut note = format!(
            "against {}; processor time {:.1} and {:.1} ms, medians {:.1} and {:.1} ms",
            programs.native.version,
            cpu(&ours),
            cpu(&reference),
            ours.median() * 1e3,
            reference.median() * 1e3,
        );
        if code == "pass" && !programs.native.others.is_empty() {
            note += &format!("; others: {}", programs.native.others.join(", "));
        }
        rows.push(Row {
            name: name.to_owned(),
            what: format!("process -c '{code}'"),
            unit: Unit::Seconds,
            ours: ours.into(),
            reference: Some(reference.into()),
            target: Target::Ratio(target),
            note,
        });
    }
    Ok(rows)
}

/// What `bench/crc32c_speed.py` and `bench/crc32c_native.c` print.
#[derive(Deserialize)]
struct Crc32cRun {
    crc32c: u32,
    seconds: Vec<f64>,
}

/// `import crc32c` against the cap's own C file, compiled by the machine's compiler.
pub fn crc32c(bench: &Bench) -> Result<Vec<Row>> {
    let (session, programs) = (bench.session, bench.programs()?);
    let scratch = bench.copy()?.scratch();
    let scripts = session.root().join("bench");
    let cap = session.root().join("caps/crc32c/src");
    let native = scratch.join("crc32c_native");
    let compiler = native_compiler(scratch)?;
    let mut compile = compiler.to_command();
    compile.args(["-std=c11", "-I"]).arg(&cap);
    compile.arg(scripts.join("crc32c_native.c")).arg(cap.join("crc32c.c")).arg("-o").arg(&native);
    measure::run(&mut compile)?;

    let mount = format!("{}::/bench:ro", scripts.display());
    let mut runs: [Vec<Crc32cRun>; 2] = Default::default();
    for _ in 0..6 {
        let ours = programs.pylon(&["--dir", &mount], &["/bench/crc32c_speed.py"]);
        for (mut command, runs) in [ours, Command::new(&native)].into_iter().zip(&mut runs) {
            let said = measure::run(&mut command)?;
            runs.push(serde_json::from_str(&said).context("the script printed no JSON")?);
        }
    }
    let values = runs.iter().flatten().map(|run| run.crc32c).collect::<Vec<_>>();
    ensure!(values.windows(2).all(|two| two[0] == two[1]), "checksums differ: {values:08x?}");
    let [ours, reference] = runs.map(|runs| Sample {
        wall: runs.into_iter().flat_map(|run| run.seconds).collect(),
        cpu: None,
    });
    Ok(vec![Row {
        name: "crc32c".to_owned(),
        what: "crc32c, 64 MiB".to_owned(),
        unit: Unit::Seconds,
        ours: ours.into(),
        reference: Some(reference.into()),
        target: Target::Ratio(1.2),
        note: format!("against caps/crc32c/src/crc32c.c by {} -O3", compiler.path().display()),
    }])
}

/// The machine's C compiler, as a build script would have it.
fn native_compiler(scratch: &Path) -> Result<cc::Tool> {
    let host = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    cc::Build::new()
        .target(&host)
        .host(&host)
        .opt_level(3)
        .debug(false)
        .cargo_metadata(false)
        .out_dir(scratch)
        .try_get_compiler()
        .context("there is no native C compiler to compare with")
}

/// How many bytes a file has when it is packed.
pub(super) fn gzipped(programs: &Programs, file: &Path) -> Result<usize> {
    let code = "import gzip, sys; print(len(gzip.compress(open(sys.argv[1], 'rb').read(), 9)))";
    let said = measure::run(programs.native.command(code).arg(file))?;
    said.trim().parse().context("gzip gave no size")
}

/// The size of what users download.
pub fn sizes(bench: &Bench) -> Result<Vec<Row>> {
    let programs = bench.programs()?;
    let bytes = fs::metadata(&programs.pylon)?.len() as usize;
    let packed = gzipped(programs, &programs.pylon)?;
    Ok(vec![
        size("size", "pylon.wasm, all caps", bytes, Target::AtMost(18e6)),
        size("size-gzip", "pylon.wasm, all caps, gzip -9", packed, Target::AtMost(7e6)),
    ])
}

/// What of it is the library, by what it is for.
pub fn sizes_of_library(bench: &Bench) -> Result<Vec<Row>> {
    let pylon = bench.composed(&cli::Compose::default())?;
    let linked = pylon.linked(bench.session.context()?)?;
    let parts = [
        ("size-library", "of it the library's byte code, packed", "frozen_stdlib.c"),
        ("size-sources", "of it the library's sources, packed", "frozen_stdlib_sources.c"),
        ("size-zones", "of it the tz database, packed", "frozen_zones_sources.c"),
    ];
    let row = |(name, what, file): (&str, &str, &str)| {
        let of_file = linked.iter().filter(|(_, source, _)| source.ends_with(file));
        let bytes: u64 = of_file.map(|(.., bytes)| bytes).sum();
        ensure!(bytes > 0, "{file} brings nothing to python.wasm");
        Ok(size(name, what, bytes as usize, Target::Told))
    };
    parts.into_iter().map(row).collect()
}

fn size(name: &str, what: &str, bytes: usize, target: Target) -> Row {
    Row {
        name: name.to_owned(),
        what: what.to_owned(),
        unit: Unit::Bytes,
        ours: Figure::size(bytes),
        reference: None,
        target,
        note: String::new(),
    }
}

/// Copies what is to be measured, a pylon.wasm of CPython `version`, to where nobody builds it anew meanwhile.
pub fn programs(copy: &Checkout, pylon: PathBuf, version: &str) -> Result<Programs> {
    let built = crate::composectl::build(crate::composectl::CargoOptions {
        quiet: true,
        ..Default::default()
    })?;
    let composectl = copy.scratch().join("composectl");
    fs::copy(&built, &composectl).with_context(|| format!("cannot copy {}", built.display()))?;
    let native = NativePython::find(version)?;
    let programs = Programs { composectl, pylon, cache_dir: copy.cache_dir(), native };
    programs.precompile()?;
    Ok(programs)
}
