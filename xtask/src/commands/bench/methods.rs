//! What a call of a generated method costs, against the same method written by hand beside it: `bench/method`, over a copy of the
//! checkout.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};

use super::Bench;
use super::measure::{self, Sample};
use super::table::{Row, Target, Unit};
use crate::commands::copy::Checkout;

const FOLDER: &str = "bench/method";

/// One process, in which both take turns.
pub fn rows(bench: &Bench) -> Result<Vec<Row>> {
    let root = bench.session.root();
    let programs = bench.programs()?;
    let copy = Checkout::copy(root, Some(bench.session.context()?.cache_root()))?;
    copy.add(&root.join(FOLDER))?;
    measure::run(&mut copy.xtask(&["gen", "--quiet"]))?;
    copy.compose(&["--profile", "lean", "WITH_PROBE_METHOD=1"])?;
    let pylon = copy.root().join("target/pylon/pylon.wasm");
    let scripts = format!("{}::/method:ro", root.join(FOLDER).display());
    let mut command = programs.run(&pylon, &["--dir", &scripts], &["/method/method.py"]);
    let said = measure::run(&mut command)?;
    let mut seconds: BTreeMap<String, Vec<f64>> =
        serde_json::from_str(&said).context("method.py printed no JSON")?;
    let mut sample = |side: &str| -> Result<Sample> {
        let wall = seconds.remove(side).with_context(|| format!("method.py told no {side}"))?;
        Ok(Sample { wall, cpu: None })
    };
    Ok(vec![Row {
        name: "caps-method".to_owned(),
        what: "a generated method call with two ints".to_owned(),
        unit: Unit::Seconds,
        ours: sample("generated")?.into(),
        reference: Some(sample("by_hand")?.into()),
        target: Target::Ratio(1.1),
        note: "against the same method, written by hand".to_owned(),
    }])
}
