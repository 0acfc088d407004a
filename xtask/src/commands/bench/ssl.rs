//! TLS: what a program pays for it that uses none, and what one does that does. Ciphers, hashes and handshakes are declared by the
//! extension (`bench.toml`).

use anyhow::Result;

use super::Bench;
use super::files::over_one_connection;
use super::measure;
use super::runs::Programs;
use super::table::{Row, Target, Unit};
use crate::cli::{Compose, Setting};
use crate::manifest::switch_name;

const CAP: &str = "openssl";
const CERTIFICATES: &str = "cpython-ext/_openssl_cap/tests/certificates";
const DEFAULT_CONTEXT: &str = "import ssl; ssl.create_default_context()";

/// Whole processes: nothing, in a pylon.wasm with the cap and in one without; a context that believes whom the machine does.
pub fn processes(bench: &Bench) -> Result<Vec<Row>> {
    let programs = bench.programs()?;
    let without = Setting::With(switch_name(CAP), false);
    let args = Compose { settings: vec![without], ..Compose::default() };
    let pylon = bench.composed(&args)?;
    let pylon = bench.session.context()?.ensure_files(&pylon)?.path(pylon.file_name());
    let lean = Programs {
        composectl: programs.composectl.clone(),
        pylon,
        cache_dir: programs.cache_dir.clone(),
        native: programs.native.clone(),
    };
    lean.precompile()?;
    let pass = ["-c", "pass"];
    let [ours, reference] =
        measure::interleaved(10, 5, [&|| programs.pylon(&[], &pass), &|| lean.pylon(&[], &pass)])?;
    let start = Row {
        name: "ssl-start".to_owned(),
        what: "process -c 'pass', with the cap and without".to_owned(),
        unit: Unit::Seconds,
        ours: ours.into(),
        reference: Some(reference.into()),
        target: Target::Ratio(1.05),
        note: "both in pylon.wasm".to_owned(),
    };
    let ours = || programs.pylon(&["--ca", "system"], &["-c", DEFAULT_CONTEXT]);
    let reference = || programs.native.command(DEFAULT_CONTEXT);
    let [ours, reference] = measure::interleaved(10, 5, [&ours, &reference])?;
    let context = Row {
        name: "ssl-host-context".to_owned(),
        what: format!("process -c '{DEFAULT_CONTEXT}'"),
        unit: Unit::Seconds,
        ours: ours.into(),
        reference: Some(reference.into()),
        target: Target::AtMost(0.025),
        note: format!("by this machine's store; against {}", programs.native.version),
    };
    Ok(vec![start, context])
}

/// Requests over one connection with TLS.
pub fn session(bench: &Bench) -> Result<Vec<Row>> {
    let certificates = bench.session.root().join(CERTIFICATES);
    let ([ours, reference], note) = over_one_connection(bench, Some(&certificates))?;
    Ok(vec![Row {
        name: "ssl-session".to_owned(),
        what: "100 requests over one Session with TLS".to_owned(),
        unit: Unit::Seconds,
        ours: ours.into(),
        reference: Some(reference.into()),
        target: Target::Ratio(2.0),
        note,
    }])
}
