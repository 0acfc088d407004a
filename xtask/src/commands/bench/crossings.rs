//! What a call from one part of pylon.wasm into another costs, by the kind of what is passed: fused, against composed.
//! The program is `bench/linkage/crossings`.

use anyhow::Result;

use super::Bench;
use super::links::{Guest, figure};
use super::table::{Row, Target, Unit};
use crate::commands::linkage_case::Mode;

/// A name, what it is, and what it may cost in nanoseconds, or, without that, no more than composed.
type Kind = (&'static str, &'static str, Option<f64>);

const KINDS: [Kind; 11] = [
    ("scalars", "8 scalars", Some(5.0)),
    ("take-0", "list<u8> of 0", Some(6.0)),
    ("take-64", "list<u8> of 64", Some(9.0)),
    ("take-1k", "list<u8> of 1 KiB", Some(15.0)),
    ("take-1m", "list<u8> of 1 MiB", Some(25e3)),
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
            note: "against composed; from C to C, the callee's malloc and free included".to_owned(),
        })
    };
    KINDS.into_iter().map(row).collect()
}
