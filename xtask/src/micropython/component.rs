//! MicroPython with the bindings of contracts to a component, which imports what the image has folded in: the socket
//! that the caps' components are composed with.
//!
//! **What an import may call.** The passes take imports for functions that call nothing
//! ([`crate::wasm::flat::calls`]). An import of a component may call two things while it runs: `cabi_realloc`, by which
//! the host makes room for what the import returns, and, fused with a cap that calls back, what glue offers that. They are
//! leaves, declared and checked: they never collect, so that no value need be visible to the collector across an import,
//! and never raise, so that no exception is pending where an import returns. What `cabi_realloc` returns lies in C's heap,
//! which the collector neither scans nor frees, and belongs to the glue. Bindings are leaves for the same reason: they
//! call imports and C's heap. That nothing else is exported is checked, too.

use std::fs;

use anyhow::{Context as _, Result, bail};

use super::Glued;
use super::link::{Linked, Parts};
use crate::component::{self, ImportPolicy};
use crate::graph::{Context, Inputs, Step, Work};
use crate::wasm::{inspect, strip};

/// MicroPython as a component, `micropython.wasm`. It imports WASI and the contracts of its caps.
#[derive(Clone, Debug)]
pub struct MicroPythonComponent {
    parts: Parts,
    version: String,
}

/// The entry of `runtimes/common/command`. All other exported functions are called while an import runs.
const ENTRY: &str = "wasi:cli/run@0.2.0#run";

/// What the core module exports in any case.
const EXPORTS: &[&str] = &["memory", ENTRY, "cabi_realloc"];

impl MicroPythonComponent {
    pub(super) fn new(parts: Parts, version: String) -> MicroPythonComponent {
        MicroPythonComponent { parts, version }
    }

    /// Of MicroPython.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The interfaces that the glue of caps calls.
    fn contracts(&self) -> impl Iterator<Item = &String> {
        self.parts.caps.iter().flat_map(|cap: &Glued| &cap.imports)
    }

    /// The interfaces that caps call back.
    fn offered(&self) -> impl Iterator<Item = &String> {
        self.parts.caps.iter().flat_map(|cap: &Glued| &cap.offers)
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
        inputs.list("offer", self.offered());
        self.parts.inputs(cx, inputs)
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        // The entry is our own.
        let start = ["--no-entry".into()];
        let Linked { wasm: core, report, .. } =
            self.parts.link(cx, work, &start, |name| name != ENTRY)?;
        work.log(&format!("{report:?}"));
        check_exports(&core, &self.offered().map(String::as_str).collect::<Vec<_>>())?;
        let encoded = component::encode(&core, None).context("MicroPython is no component")?;
        let also = self.contracts().cloned().collect();
        component::check_imports(&encoded, &ImportPolicy { wasi: true, also })?;
        let stripped = strip::strip(&encoded, strip::Keep::Nothing)?;
        Ok(fs::write(work.out().join("micropython.wasm"), stripped)?)
    }
}

/// Fails where the core module exports more than it has to, and the functions of the interfaces `offered` with what frees
/// their results.
fn check_exports(core: &[u8], offered: &[&str]) -> Result<()> {
    let known = |name: &str| {
        let interface = name.strip_prefix("cabi_post_").unwrap_or(name).split_once('#');
        EXPORTS.contains(&name) || interface.is_some_and(|(it, _)| offered.contains(&it))
    };
    let exports = inspect::interface(core)?.exports;
    match exports.iter().find(|export| !known(&export.name)) {
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
            let core = wat::parse_str(format!("(module (func $f) {exports})")).unwrap();
            check_exports(&core, &["a:b/order@1.0.0"])
        };
        exports(&["cabi_realloc", "wasi:cli/run@0.2.0#run"]).unwrap();
        exports(&["a:b/order@1.0.0#less", "cabi_post_a:b/order@1.0.0#less"]).unwrap();
        let error = exports(&["cabi_realloc", "a:b/c@1.0.0#f"]).unwrap_err().to_string();
        assert!(error.contains("exports `a:b/c@1.0.0#f`"), "{error}");
    }
}
