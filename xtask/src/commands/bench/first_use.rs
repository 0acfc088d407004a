//! What a cap is beside its calls: what its first use adds to a process, and how large it is.

use std::fs;
use std::process::Command;

use anyhow::Result;

use super::Bench;
use super::measure::{self, Sample};
use super::resolving::Resolving;
use super::table::{Figure, Row, Target, Unit};
use crate::caps;
use crate::manifest::document::Table;
use crate::manifest::names;
use crate::toolchain::Toolchain;

/// `[first_use]` of a `bench.toml`: a program, and how many seconds it may take beyond one that does nothing.
pub(super) struct FirstUse {
    pub name: String,
    what: String,
    code: String,
    at_most: f64,
}

impl FirstUse {
    pub(super) fn read(table: &Table<'_>) -> Option<FirstUse> {
        let name = table.required_shaped("name", names::kebab_case);
        let what = table.required_shaped("what", names::one_line);
        let code = table.required_shaped("code", names::one_line);
        let at_most = table.required_number("at_most");
        Some(FirstUse {
            name: name?.value,
            what: what?.value,
            code: code?.value,
            at_most: at_most?.value,
        })
    }

    /// In a pylon.wasm that has the cap, and in one that resolves it.
    pub(super) fn measure(&self, bench: &Bench, resolving: &Resolving) -> Result<Vec<Row>> {
        let programs = bench.programs()?;
        let embed = |code: &str| programs.pylon(&[], &["-c", code]);
        let dynlink = |code: &str| resolving.command(programs, &[], &["-c", code]);
        let rows = [
            self.row(self.name.clone(), &embed)?,
            self.row(format!("{}-dynlink", self.name), &dynlink)?,
        ];
        Ok(rows.into())
    }

    fn row(&self, name: String, process: &dyn Fn(&str) -> Command) -> Result<Row> {
        let sides: [measure::Side; 2] = [&|| process(&self.code), &|| process("pass")];
        let [used, nothing] = measure::interleaved(10, 5, sides)?;
        let cpu = |sample: &Sample| sample.cpu.unwrap_or(f64::NAN) * 1e3;
        let note = format!(
            "{:.2} ms, and {:.2} ms of `-c pass`; medians {:.2} and {:.2} ms, processor time {:.1} and {:.1} ms",
            used.best() * 1e3,
            nothing.best() * 1e3,
            used.median() * 1e3,
            nothing.median() * 1e3,
            cpu(&used),
            cpu(&nothing),
        );
        Ok(Row {
            name,
            what: self.what.clone(),
            unit: Unit::Seconds,
            ours: Figure { value: used.best() - nothing.best(), sample: None },
            reference: None,
            target: Target::AtMost(self.at_most),
            note,
        })
    }
}

/// `[component]` of a `bench.toml`: how large the component of the cap may be.
pub(super) struct ComponentSize {
    pub name: String,
    at_most: f64,
}

impl ComponentSize {
    pub(super) fn read(table: &Table<'_>) -> Option<ComponentSize> {
        let name = table.required_shaped("name", names::kebab_case);
        let at_most = table.required_number("at_most");
        Some(ComponentSize { name: name?.value, at_most: at_most?.value })
    }

    pub(super) fn measure(&self, bench: &Bench, cap: &str) -> Result<Row> {
        let (cx, workspace) = (bench.session.context()?, bench.session.workspace()?);
        let step = caps::component(cx, &Toolchain::ensure(cx)?, workspace, workspace.cap(cap)?)?;
        let file = cx.ensure_files(&step)?.path(&format!("{cap}.wasm"));
        Ok(Row {
            name: self.name.clone(),
            what: format!("the component {cap}.wasm"),
            unit: Unit::Bytes,
            ours: Figure::size(fs::metadata(file)?.len() as usize),
            reference: None,
            target: Target::AtMost(self.at_most),
            note: String::new(),
        })
    }
}
