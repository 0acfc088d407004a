//! How fast Python itself runs, against the machine's CPython: whole programs, and small things one by one.

use std::collections::BTreeMap;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::Bench;
use super::measure;
use super::table::{Figure, Row, Target, Unit};

/// Turns of both sides. The best of all counts for each benchmark.
const ROUNDS: usize = 5;

/// How many of the slowest are told.
const TOLD: usize = 8;

/// Benchmark -> best seconds.
type Times = BTreeMap<String, f64>;

/// Both sides of a script of `bench/python`.
struct Compared {
    ours: Times,
    reference: Times,
}

pub fn rows(bench: &Bench) -> Result<Vec<Row>> {
    let programs = compare(bench, "programs.py")?;
    let small = compare(bench, "small.py")?;
    let (worst, _) = small.slowest().into_iter().next().context("nothing was measured")?;
    let row = |name: &str, what: String, ours: f64, reference: f64, target, note| Row {
        name: name.to_owned(),
        what,
        unit: Unit::Seconds,
        ours: Figure { value: ours, sample: None },
        reference: Some(Figure { value: reference, sample: None }),
        target: Target::Ratio(target),
        note,
    };
    Ok(vec![
        row(
            "python-programs",
            format!("{} programs, geometric mean", programs.ours.len()),
            mean(programs.ours.values()),
            mean(programs.reference.values()),
            1.5,
            programs.told(usize::MAX),
        ),
        row(
            "python-small",
            format!("{} small things, geometric mean", small.ours.len()),
            mean(small.ours.values()),
            mean(small.reference.values()),
            1.5,
            format!("against {}", bench.programs()?.native.version),
        ),
        row(
            "python-worst",
            format!("the worst of them, {worst}"),
            small.ours[&worst],
            small.reference[&worst],
            3.0,
            small.told(TOLD),
        ),
    ])
}

fn compare(bench: &Bench, script: &str) -> Result<Compared> {
    let programs = bench.programs()?;
    let folder = bench.session.root().join("bench/python");
    let mount = format!("{}::/bench:ro", folder.display());
    let (mut ours, mut reference) = (Times::new(), Times::new());
    for _ in 0..ROUNDS {
        let in_wasm = programs.pylon(&["--dir", &mount], &[&format!("/bench/{script}")]);
        let mut natively = Command::new(&programs.native.program);
        natively.arg("-I").arg(folder.join(script));
        for (mut command, times) in [(in_wasm, &mut ours), (natively, &mut reference)] {
            let said = measure::run(&mut command)?;
            let run: Times = serde_json::from_str(&said).context("the script printed no JSON")?;
            for (name, seconds) in run {
                let best = times.entry(name).or_insert(f64::INFINITY);
                *best = best.min(seconds);
            }
        }
    }
    ensure!(
        !ours.is_empty() && ours.keys().eq(reference.keys()),
        "the sides of {script} did not run the same"
    );
    Ok(Compared { ours, reference })
}

impl Compared {
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
        let compared = Compared {
            ours: times(&[("a", 2.0), ("b", 9.0), ("c", 1.0)]),
            reference: times(&[("a", 1.0), ("b", 3.0), ("c", 2.0)]),
        };
        assert_eq!(compared.told(2), "b 3.00, a 2.00");
        assert!((mean([2.0, 8.0].iter()) - 4.0).abs() < 1e-9);
    }
}
