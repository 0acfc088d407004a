//! TLS: what a program pays for it that uses none, and what one does that does. Ciphers, hashes and handshakes are declared by the
//! extension (`bench.toml`).

use anyhow::Result;

use super::Bench;
use super::files::over_one_connection;
use super::measure;
use super::table::{Row, Target, Unit};

const CERTIFICATES: &str = "cpython-ext/_openssl_cap/tests/certificates";
const DEFAULT_CONTEXT: &str = "import ssl; ssl.create_default_context()";

/// Whole processes: a context that believes whom the machine does.
pub fn processes(bench: &Bench) -> Result<Vec<Row>> {
    let programs = bench.programs()?;
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
    Ok(vec![context])
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
