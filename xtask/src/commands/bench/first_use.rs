//! What a cap is beside its calls: what it costs who does not use it, what its first use adds to a process, and how large it is.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use anyhow::Result;

use super::Bench;
use super::measure::{self, Sample};
use super::resolving::Resolving;
use super::runs::gzipped;
use super::table::{Figure, Row, Target, Unit};
use crate::caps;
use crate::cli::{Compose, Setting};
use crate::manifest::document::Table;
use crate::manifest::{names, switch_name};
use crate::toolchain::Toolchain;

/// `[start]` of a `bench.toml`: how much slower a process may start that has the cap and does not use it.
pub(super) struct Start {
    pub name: String,
    at_most: f64,
}

impl Start {
    pub(super) fn read(table: &Table<'_>) -> Option<Start> {
        let name = table.required_shaped("name", names::kebab_case);
        let at_most = table.required_number("at_most");
        Some(Start { name: name?.value, at_most: at_most?.value })
    }

    /// In pylon.wasm, and in one without the caps.
    pub(super) fn measure(&self, bench: &Bench, caps: &BTreeSet<String>) -> Result<Row> {
        let programs = bench.programs()?;
        let settings = caps.iter().map(|cap| Setting::With(switch_name(cap), false)).collect();
        let pylon = bench.composed(&Compose { settings, ..Compose::default() })?;
        let pylon = bench.session.context()?.ensure_files(&pylon)?.path(pylon.file_name());
        let without = programs.of(pylon);
        without.precompile()?;
        let pass = ["-c", "pass"];
        let sides: [measure::Side; 2] =
            [&|| programs.pylon(&[], &pass), &|| without.pylon(&[], &pass)];
        let [ours, reference] = measure::interleaved(10, 5, sides)?;
        Ok(Row {
            name: self.name.clone(),
            what: "process -c 'pass', with the cap and without".to_owned(),
            unit: Unit::Seconds,
            ours: ours.into(),
            reference: Some(reference.into()),
            target: Target::Ratio(self.at_most),
            note: "both in pylon.wasm".to_owned(),
        })
    }
}

/// `[first_use]` of a `bench.toml`: a program, and how many seconds it may take beyond one that does nothing, or in all.
pub(super) struct FirstUse {
    pub name: String,
    what: String,
    code: String,
    at_most: f64,
    in_all: bool,
}

impl FirstUse {
    pub(super) fn read(table: &Table<'_>) -> Option<FirstUse> {
        let name = table.required_shaped("name", names::kebab_case);
        let what = table.required_shaped("what", names::one_line);
        let code = table.required_shaped("code", names::one_line);
        let at_most = table.required_number("at_most");
        let in_all = table.optional_bool("in_all").is_some_and(|in_all| in_all.value);
        Some(FirstUse {
            name: name?.value,
            what: what?.value,
            code: code?.value,
            at_most: at_most?.value,
            in_all,
        })
    }

    /// In the pylon.wasm that resolves the cap by default.
    pub(super) fn resolved(&self, bench: &Bench, resolving: &Resolving) -> Result<Vec<Row>> {
        let programs = bench.programs()?;
        let process = |code: &str| resolving.command(programs, &[], &["-c", code]);
        Ok(vec![self.row(self.name.clone(), &process)?])
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
            ours: match self.in_all {
                true => used.into(),
                false => Figure { value: used.best() - nothing.best(), sample: None },
            },
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
    at_most_gzip: Option<f64>,
}

impl ComponentSize {
    pub(super) fn read(table: &Table<'_>) -> Option<ComponentSize> {
        let name = table.required_shaped("name", names::kebab_case);
        let at_most = table.required_number("at_most");
        let at_most_gzip = table.optional_number("at_most_gzip").map(|number| number.value);
        Some(ComponentSize { name: name?.value, at_most: at_most?.value, at_most_gzip })
    }

    pub(super) fn names(&self) -> Vec<String> {
        let packed = self.at_most_gzip.map(|_| format!("{}-gzip", self.name));
        [self.name.clone()].into_iter().chain(packed).collect()
    }

    pub(super) fn measure(&self, bench: &Bench, cap: &str) -> Result<Vec<Row>> {
        let (cx, workspace) = (bench.session.context()?, bench.session.workspace()?);
        let step = caps::component(cx, &Toolchain::ensure(cx)?, workspace, workspace.cap(cap)?)?;
        let file = cx.ensure_files(&step)?.path(&format!("{cap}.wasm"));
        let row = |name: &str, what: String, bytes, at_most| Row {
            name: name.to_owned(),
            what,
            unit: Unit::Bytes,
            ours: Figure::size(bytes),
            reference: None,
            target: Target::AtMost(at_most),
            note: String::new(),
        };
        let bytes = fs::metadata(&file)?.len() as usize;
        let mut rows =
            vec![row(&self.name, format!("the component {cap}.wasm"), bytes, self.at_most)];
        if let Some(at_most) = self.at_most_gzip {
            let packed = gzipped(bench.programs()?, &file)?;
            let name = format!("{}-gzip", self.name);
            rows.push(row(&name, format!("{cap}.wasm, gzip -9"), packed, at_most));
        }
        Ok(rows)
    }
}
