//! MicroPython with the bindings of contracts to a component, which imports what the image has folded in: the socket
//! that the caps' components are composed with.
//!
//! **What an import may call.** The passes take imports for functions that call nothing
//! ([`crate::wasm::flat::calls`]). An import of a component may call one thing while it runs: `cabi_realloc`, by which
//! the host makes room for what the import returns. (Who calls an instance again that has not returned traps, by the
//! component model's own rule.) It is a leaf, declared and checked: it never collects, so that no value need be visible
//! to the collector across an import, and never raises, so that no exception is pending where an import returns. What
//! it returns lies in C's heap, which the collector neither scans nor frees, and belongs to the glue. Bindings are
//! leaves for the same reason: they call imports and C's heap. That nothing else is exported is checked, too.

use std::fs;

use anyhow::{Context as _, Result, bail};

use super::Glued;
use super::link::{Linked, Parts};
use crate::component::{self, ImportPolicy};
use crate::graph::{Context, Inputs, Step, Work};
use crate::wasm::flat::FunctionRef;
use crate::wasm::{inspect, strip};

/// MicroPython as a component, `micropython.wasm`. It imports WASI and the contracts of its caps.
#[derive(Clone, Debug)]
pub struct MicroPythonComponent {
    parts: Parts,
}

/// What the host calls while an import runs.
const REALLOC: &str = "cabi_realloc";

/// What the core module exports: its memory, the entry of `runtimes/common/command`, and [`REALLOC`].
const EXPORTS: &[&str] = &["memory", "wasi:cli/run@0.2.0#run", REALLOC];

impl MicroPythonComponent {
    pub(super) fn new(parts: Parts) -> MicroPythonComponent {
        MicroPythonComponent { parts }
    }

    /// The interfaces that the glue of caps calls.
    fn contracts(&self) -> impl Iterator<Item = &String> {
        self.parts.caps.iter().flat_map(|cap: &Glued| &cap.imports)
    }
}

impl Step for MicroPythonComponent {
    const KIND: &'static str = "component";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        "micropython.wasm".to_owned()
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        inputs.list("contract", self.contracts());
        self.parts.inputs(cx, inputs)
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        // The entry is our own.
        let start = ["--no-entry".into()];
        let leaves = [FunctionRef::Name(REALLOC)];
        let Linked { wasm: core, report, .. } = self.parts.link(cx, work, &start, &leaves)?;
        work.log(&format!("{report:?}"));
        check_exports(&core)?;
        let encoded = component::encode(&core, None).context("MicroPython is no component")?;
        let also = self.contracts().cloned().collect();
        component::check_imports(&encoded, &ImportPolicy { wasi: true, also })?;
        let stripped = strip::strip(&encoded, strip::Keep::Nothing)?;
        Ok(fs::write(work.out().join("micropython.wasm"), stripped)?)
    }
}

fn check_exports(core: &[u8]) -> Result<()> {
    let exports = inspect::interface(core)?.exports;
    match exports.iter().find(|export| !EXPORTS.contains(&export.name.as_str())) {
        Some(export) => bail!(
            "MicroPython's core module exports `{}`, and whether that may be called while an import runs nobody knows",
            export.name
        ),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_called_while_an_import_runs_is_refused() {
        let exports = |names: &[&str]| {
            let exports: String =
                names.iter().map(|name| format!("(export \"{name}\" (func $f))")).collect();
            check_exports(&wat::parse_str(format!("(module (func $f) {exports})")).unwrap())
        };
        exports(&["cabi_realloc", "wasi:cli/run@0.2.0#run"]).unwrap();
        let error = exports(&["cabi_realloc", "a:b/c@1.0.0#f"]).unwrap_err().to_string();
        assert!(error.contains("exports `a:b/c@1.0.0#f`"), "{error}");
    }
}
