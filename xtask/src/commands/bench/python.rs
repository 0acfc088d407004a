//! How fast Python itself runs, against native builds of the same CPython: whole programs, and small things one by one.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::Bench;
use super::measure;
use super::table::{Figure, Row, Target, Unit};
use crate::cpython::{self, NativeCpython, Tuning};
use crate::toolchain::Toolchain;

/// Turns of all sides. The best of all counts for each benchmark.
const ROUNDS: usize = 5;

/// How many of the slowest are told.
const TOLD: usize = 8;

/// Benchmark -> best seconds.
type Times = BTreeMap<String, f64>;

/// The native builds.
const REFERENCES: [Tuning; 2] = [Tuning::Plain, Tuning::Guided];

/// What a script of `bench/python` takes.
struct Measured {
    ours: Times,
    /// In the order of [`REFERENCES`].
    references: [Times; 2],
}

/// Ours, and one of the others.
struct Compared<'a> {
    ours: &'a Times,
    reference: &'a Times,
}

pub fn rows(bench: &Bench) -> Result<Vec<Row>> {
    let natives = natives(bench)?;
    let programs = take_turns(bench, &natives, "programs.py")?;
    let small = take_turns(bench, &natives, "small.py")?;
    let [programs, guided_programs] = programs.compared();
    let [small, guided_small] = small.compared();
    let row = |name: &str, what: String, [ours, reference]: [f64; 2], target, note: String| Row {
        name: name.to_owned(),
        what,
        unit: Unit::Seconds,
        ours: Figure { value: ours, sample: None },
        reference: Some(Figure { value: reference, sample: None }),
        target,
        note,
    };
    let of_means = |name: &str, what: &str, compared: &Compared, target, note| {
        let what = format!("{} {what}, geometric mean", compared.ours.len());
        row(name, what, compared.means(), target, note)
    };
    let (worst, _) = small.slowest().into_iter().next().context("nothing was measured")?;
    let whole = |compared: &Compared| compared.told(usize::MAX);
    let few = |compared: &Compared| compared.told(TOLD);
    Ok(vec![
        of_means(
            "python-programs",
            "programs",
            &programs,
            Target::Ratio(1.5),
            format!("against -O3: {}", whole(&programs)),
        ),
        of_means(
            "python-programs-guided",
            "programs",
            &guided_programs,
            Target::Ratio(2.0),
            format!("against PGO and LTO: {}", whole(&guided_programs)),
        ),
        of_means(
            "python-small",
            "small things",
            &small,
            Target::Ratio(1.5),
            "against -O3".to_owned(),
        ),
        of_means(
            "python-small-guided",
            "small things",
            &guided_small,
            Target::Told,
            format!("against PGO and LTO: {}", few(&guided_small)),
        ),
        row(
            "python-worst",
            format!("the worst of them, {worst}"),
            [small.ours[&worst], small.reference[&worst]],
            Target::Ratio(3.0),
            format!("against -O3: {}", few(&small)),
        ),
    ])
}

/// CPython for this machine, of the version that pylon.wasm is, as [`REFERENCES`] has it. The first time takes minutes.
fn natives(bench: &Bench) -> Result<[PathBuf; 2]> {
    let cx = bench.session.context()?;
    let source = cx.ensure(&cpython::choose(cx, bench.session.workspace()?)?.published())?;
    let toolchain = Toolchain::ensure(cx)?;
    let built = |tuning| -> Result<PathBuf> {
        let step = NativeCpython { toolchain: toolchain.clone(), source: source.clone(), tuning };
        Ok(cx.ensure_files(&step)?.path(NativeCpython::PROGRAM))
    };
    let [plain, guided] = REFERENCES.map(built);
    Ok([plain?, guided?])
}

fn take_turns(bench: &Bench, natives: &[PathBuf; 2], script: &str) -> Result<Measured> {
    let programs = bench.programs()?;
    let folder = bench.session.root().join("bench/python");
    let mount = format!("{}::/bench:ro", folder.display());
    let (mut ours, mut references) = (Times::new(), [Times::new(), Times::new()]);
    for _ in 0..ROUNDS {
        let in_wasm = programs.pylon(&["--dir", &mount], &[&format!("/bench/{script}")]);
        run(in_wasm, &mut ours)?;
        for (program, times) in natives.iter().zip(&mut references) {
            let mut natively = Command::new(program);
            natively.arg("-I").arg(folder.join(script));
            run(natively, times)?;
        }
    }
    let alike = |times: &Times| times.keys().eq(ours.keys());
    ensure!(
        !ours.is_empty() && references.iter().all(alike),
        "the sides of {script} did not run the same"
    );
    Ok(Measured { ours, references })
}

/// Runs the script once and keeps what is better than before.
fn run(mut command: Command, times: &mut Times) -> Result<()> {
    let said = measure::run(&mut command)?;
    let run: Times = serde_json::from_str(&said).context("the script printed no JSON")?;
    for (name, seconds) in run {
        let best = times.entry(name).or_insert(f64::INFINITY);
        *best = best.min(seconds);
    }
    Ok(())
}

impl Measured {
    /// In the order of [`REFERENCES`].
    fn compared(&self) -> [Compared<'_>; 2] {
        self.references.each_ref().map(|reference| Compared { ours: &self.ours, reference })
    }
}

impl Compared<'_> {
    /// Geometric means of both sides.
    fn means(&self) -> [f64; 2] {
        [mean(self.ours.values()), mean(self.reference.values())]
    }

    /// Benchmarks with their ratios, the slowest first.
    fn slowest(&self) -> Vec<(String, f64)> {
        let ratio =
            |(name, seconds): (&String, &f64)| (name.clone(), seconds / self.reference[name]);
        let mut ratios: Vec<_> = self.ours.iter().map(ratio).collect();
        ratios.sort_by(|a, b| b.1.total_cmp(&a.1));
        ratios
    }

    /// The `count` slowest.
    fn told(&self, count: usize) -> String {
        let slowest = self.slowest().into_iter().take(count);
        let told: Vec<_> = slowest.map(|(name, ratio)| format!("{name} {ratio:.2}")).collect();
        told.join(", ")
    }
}

/// The geometric mean.
fn mean<'a>(values: impl ExactSizeIterator<Item = &'a f64>) -> f64 {
    let count = values.len() as f64;
    (values.map(|value| value.ln()).sum::<f64>() / count).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slowest_come_first_and_the_mean_is_geometric() {
        let times = |pairs: &[(&str, f64)]| {
            pairs.iter().map(|(name, seconds)| (name.to_string(), *seconds)).collect()
        };
        let ours = times(&[("a", 2.0), ("b", 9.0), ("c", 1.0)]);
        let reference = times(&[("a", 1.0), ("b", 3.0), ("c", 2.0)]);
        let compared = Compared { ours: &ours, reference: &reference };
        assert_eq!(compared.told(2), "b 3.00, a 2.00");
        assert!((mean([2.0, 8.0].iter()) - 4.0).abs() < 1e-9);
    }
}
