//! What a link costs: calls from C in each linkage mode, calls from Python, and the first use of a provider. The
//! programs are in `bench/linkage/`, built as the contract tests are.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::Bench;
use super::measure::{self, Sample};
use super::resolving::{Resolving, flags, linked, publish};
use super::runs::Programs;
use super::table::{Figure, Row, Target, Unit};
use crate::commands::linkage_case::{self, Mode, Program, Provider};
use crate::manifest::Linkage;
use crate::toolchain::Toolchain;

/// What a guest printed: names and nanoseconds.
pub(super) type Told = BTreeMap<String, f64>;

/// A program of `bench/linkage`, and where its plan and store are.
pub(super) struct Guest {
    program: Program,
    folder: PathBuf,
}

impl Guest {
    pub(super) fn build(bench: &Bench, case: &str, mode: Mode) -> Result<Guest> {
        let cx = bench.session.context()?;
        let toolchain = Toolchain::ensure(cx)?;
        let case = format!("bench/linkage/{case}");
        let program = linkage_case::program(cx, &toolchain, &case, mode, Provider::C)?;
        let folder = bench.copy()?.scratch().join(format!("{case}-{mode}"));
        fs::create_dir_all(&folder)?;
        if let Some(provider) = &program.provider {
            publish(bench.programs()?, &folder, linkage_case::PROVIDER, provider)?;
        }
        Ok(Guest { program, folder })
    }

    /// Runs it with the compiled code of `cache`.
    fn run(&self, programs: &Programs, cache: &Path) -> Result<Told> {
        let mut command = Command::new(&programs.composectl);
        command.env("PYLON_CACHE_DIR", cache).env("XDG_CONFIG_HOME", &self.folder).arg("run");
        if self.program.provider.is_some() {
            command.args(flags(&self.folder));
        }
        let said = measure::run(command.arg(&self.program.component))?;
        let pairs = said.lines().filter_map(|line| line.split_once(' '));
        pairs.map(|(name, figure)| Ok((name.to_owned(), figure.parse()?))).collect()
    }

    /// `count` runs, the code of which is compiled before.
    pub(super) fn runs(&self, programs: &Programs, count: usize) -> Result<Vec<Told>> {
        self.run(programs, &programs.cache_dir)?;
        (0..count).map(|_| self.run(programs, &programs.cache_dir)).collect()
    }
}

/// The best of what the runs told of `name`, in seconds.
pub(super) fn figure(runs: &[Told], name: &str) -> Result<Figure> {
    let wall: Option<Vec<f64>> =
        runs.iter().map(|run| run.get(name).map(|nanoseconds| nanoseconds * 1e-9)).collect();
    let wall = wall.with_context(|| format!("a guest told nothing of {name}"))?;
    Ok(Sample { wall, cpu: None }.into())
}

fn row(name: &str, what: &str, ours: Figure, target: Target, note: String) -> Row {
    Row {
        name: format!("dynlink-{name}"),
        what: what.to_owned(),
        unit: Unit::Seconds,
        ours,
        reference: None,
        target,
        note,
    }
}

/// Calls from C.
pub fn calls(bench: &Bench) -> Result<Vec<Row>> {
    let programs = bench.programs()?;
    let linked = Guest::build(bench, "dynlink", Mode::Dynlink)?.runs(programs, 6)?;
    let mut modes = Vec::new();
    for mode in [Mode::Static, Mode::Fused, Mode::Dynlink] {
        modes.push((mode, Guest::build(bench, "calls", mode)?.runs(programs, 4)?));
    }
    let in_each_mode = |name: &str| -> Result<String> {
        let shown: Result<Vec<_>> = modes
            .iter()
            .map(|(mode, runs)| Ok(format!("{mode} {:.1} ns", figure(runs, name)?.value * 1e9)))
            .collect();
        Ok(format!("in each mode: {}", shown?.join(", ")))
    };
    let raw = figure(&linked, "raw-64-bytes")?;
    let (echo, copy) = (figure(&linked, "echo-mebibyte")?, figure(&linked, "copy-mebibyte")?);
    let echo = format!(
        "the provider does nothing with it; one that sends it back: {:.0} us, of them {:.0} its own copy",
        echo.value * 1e6,
        copy.value * 1e6
    );
    let asking = Guest::build(bench, "asking", Mode::Dynlink)?.runs(programs, 6)?;
    let (_, embedded) = &modes[1];
    let generated = row(
        "generated",
        "the same, generated",
        figure(&linked, "generated-64-bytes")?,
        Target::Ratio(1.10),
        in_each_mode("sum-64-bytes")?,
    );
    Ok(vec![
        row(
            "raw",
            "invoke, 64 bytes, raw",
            raw.clone(),
            Target::AtMost(800e-9),
            "from C in the guest, the provider's work included".to_owned(),
        ),
        Row { reference: Some(raw), ..generated },
        row(
            "mebibyte",
            "invoke, payload of 1 MiB, raw",
            figure(&linked, "take-mebibyte")?,
            Target::AtMost(120e-6),
            echo,
        ),
        row(
            "resolve",
            "resolve and drop, of 10,000",
            figure(&linked, "resolve-and-drop")?,
            Target::AtMost(60e-6),
            "that memory stays flat is a test of composectl's".to_owned(),
        ),
        row(
            "embed-scalars",
            "embed: 8 scalar arguments",
            figure(embedded, "sum-8-scalars")?,
            Target::AtMost(30e-9),
            in_each_mode("sum-8-scalars")?,
        ),
        row(
            "callback",
            "a provider asks, 64 bytes there and back",
            figure(&asking, "callback")?,
            Target::AtMost(1.5e-6),
            "by hand on both sides, from C to C".to_owned(),
        ),
    ])
}

/// The first use of a provider, with and without compiled code.
pub fn first_use(bench: &Bench) -> Result<Vec<Row>> {
    let programs = bench.programs()?;
    let guest = Guest::build(bench, "dynlink", Mode::Dynlink)?;
    let fresh = bench.copy()?.scratch().join("nothing-compiled");
    let cold = guest.run(programs, &fresh)?;
    let warm: Result<Vec<Told>> = (0..10).map(|_| guest.run(programs, &fresh)).collect();
    let provider = guest.program.provider.context("there is no provider")?;
    let size = format!("a provider of {} bytes", fs::metadata(provider)?.len());
    let (what, cold_what) = ("first use, compiled code cached", "first use, nothing cached");
    let cached = figure(&warm?, "first-use")?;
    Ok(vec![
        row("first-use", what, cached, Target::AtMost(0.5e-3), size.clone()),
        row("first-use-cold", cold_what, figure(&[cold], "first-use")?, Target::Told, size),
    ])
}

/// What `bench/crc32c_small.py` prints, in nanoseconds.
#[derive(Deserialize)]
struct Small {
    call: f64,
    #[serde(rename = "loop")]
    empty: f64,
}

/// `crc32c.crc32c(b)` of 64 bytes from Python, in each linkage mode.
pub fn python(bench: &Bench) -> Result<Vec<Row>> {
    let (session, programs) = (bench.session, bench.programs()?);
    let caps = ["crc32c".to_owned()].into();
    let (folded, resolving) =
        (linked(bench, &caps, Linkage::Static)?, Resolving::build(bench, &caps)?);
    let mount = format!("--dir={}::/bench:ro", session.root().join("bench").display());
    let (grants, args) = ([mount.as_str()], ["/bench/crc32c_small.py"]);
    let mut calls = [Vec::new(), Vec::new(), Vec::new()];
    for round in 0..6 {
        let sides = [
            programs.run(&folded, &grants, &args),
            programs.pylon(&grants, &args),
            resolving.command(programs, &grants, &args),
        ];
        for (mut command, calls) in sides.into_iter().zip(&mut calls) {
            let said = measure::run(&mut command)?;
            let told: Small = serde_json::from_str(&said).context("the script printed no JSON")?;
            // The first run compiles.
            if round > 0 {
                calls.push((told.call - told.empty) * 1e-9);
            }
        }
    }
    let [within, embed, dynlink] = calls.map(|wall| Figure::from(Sample { wall, cpu: None }));
    let share = |figure: &Figure| (figure.value - within.value) / figure.value * 100.0;
    let note = format!(
        "static {:.0} ns, embed {:.0} ns (the reference), dynlink {:.0} ns; the crossing's share of the call is \
         {:.0} % by embed and {:.0} % by dynlink",
        within.value * 1e9,
        embed.value * 1e9,
        dynlink.value * 1e9,
        share(&embed),
        share(&dynlink)
    );
    let ours = row("python", "crc32c.crc32c(64 bytes) from Python", dynlink, Target::Told, note);
    Ok(vec![Row { reference: Some(embed), ..ours }])
}
