//! What a call from one part of pylon.wasm into another costs, by the kind of what is passed, fused, against composed; what a
//! call back costs, and what fusing does. The programs are `bench/linkage/crossings` and `callback`.

use std::fs;
use std::time::Instant;

use anyhow::Result;

use super::Bench;
use super::links::{Guest, figure};
use super::measure::Sample;
use super::table::{Row, Target, Unit};
use crate::cli;
use crate::commands::compose::recipe;
use crate::commands::linkage_case::Mode;
use crate::compose;
use crate::pylon::Pylon;

/// A name, what it is, and what it may cost in nanoseconds, or, without that, no more than composed.
type Kind = (&'static str, &'static str, Option<f64>);

const KINDS: [Kind; 13] = [
    ("scalars", "8 scalars", Some(5.0)),
    ("take-0", "list<u8> of 0", Some(6.0)),
    ("take-64", "list<u8> of 64, malloc and free included", None),
    ("take-1k", "list<u8> of 1 KiB, malloc and free included", None),
    ("take-1m", "list<u8> of 1 MiB", Some(25e3)),
    ("land-64", "list<u8> of 64 for which the callee has a place", Some(9.0)),
    ("land-1k", "list<u8> of 1 KiB for which the callee has a place", Some(15.0)),
    ("give-64", "a result of list<u8> of 64", None),
    ("take-text", "string of 64", None),
    ("take-bools", "list<bool> of 1,024", None),
    ("take-entries", "list of 10 records with a string", None),
    ("method", "a method on a borrow", Some(7.0)),
    ("make-and-drop", "constructor and drop", Some(16.0)),
];

const ROUNDS: usize = 5;

pub fn rows(bench: &Bench) -> Result<Vec<Row>> {
    let programs = bench.programs()?;
    let sides = [Mode::Fused, Mode::Embed].map(|mode| Guest::build(bench, "crossings", mode));
    let [fused, composed] = sides;
    let (fused, composed) = (fused?, composed?);
    let (mut ours, mut references) = (Vec::new(), Vec::new());
    // In turns, so that what disturbs the machine for a while disturbs both.
    for _ in 0..ROUNDS {
        ours.extend(fused.runs(programs, 1)?);
        references.extend(composed.runs(programs, 1)?);
    }
    let row = |(name, what, most): Kind| -> Result<Row> {
        Ok(Row {
            name: format!("links-{name}"),
            what: what.to_owned(),
            unit: Unit::Seconds,
            ours: figure(&ours, name)?,
            reference: Some(figure(&references, name)?),
            target: most.map_or(Target::Ratio(1.0), |most| Target::AtMost(most * 1e-9)),
            note: "against composed; from C to C, and but for land-* the callee's malloc and free included".to_owned(),
        })
    };
    let mut rows: Vec<Row> = KINDS.into_iter().map(row).collect::<Result<_>>()?;
    rows.push(callback(bench)?);
    Ok(rows)
}

/// Composed, nobody can call back.
fn callback(bench: &Bench) -> Result<Row> {
    let runs = Guest::build(bench, "callback", Mode::Fused)?.runs(bench.programs()?, ROUNDS)?;
    Ok(Row {
        name: "links-callback".to_owned(),
        what: "a call back, with numbers".to_owned(),
        unit: Unit::Seconds,
        ours: figure(&runs, "callback")?,
        reference: None,
        target: Target::AtMost(8e-9),
        note: "from a cap's C to its user's C; composed it is impossible".to_owned(),
    })
}

/// In this process, which is compiled as `cargo xtask` is.
pub fn fusing(bench: &Bench) -> Result<Vec<Row>> {
    let (cx, workspace) = (bench.session.context()?, bench.session.workspace()?);
    let args = cli::Compose { no_fuse: true, ..cli::Compose::default() };
    let recipe = recipe(workspace, &args, std::iter::empty())?;
    let composed = cx.ensure_files(&Pylon::new(cx, workspace, &recipe)?)?.path("pylon.wasm");
    let composed = fs::read(composed)?;
    let mut sample = Sample::default();
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        compose::fuse(&composed, &fuse::Loops::new(), true)?;
        sample.wall.push(begun.elapsed().as_secs_f64());
    }
    Ok(vec![Row {
        name: "fusing".to_owned(),
        what: "fusing pylon.wasm, all caps, validation included".to_owned(),
        unit: Unit::Seconds,
        ours: sample.into(),
        reference: None,
        target: Target::AtMost(60e-3),
        note: String::new(),
    }])
}
