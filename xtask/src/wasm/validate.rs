//! Whether bytes are a valid component.

use anyhow::Result;
use wasmparser::{Parser, Validator, WasmFeatures};

/// Validates types and wiring, and if `code` says so the code of the core modules too.
pub fn component(bytes: &[u8], code: bool) -> Result<()> {
    let mut validator = Validator::new_with_features(WasmFeatures::all());
    if code {
        validator.validate_all(bytes)?;
        return Ok(());
    }
    for payload in Parser::new(0).parse_all(bytes) {
        validator.payload(&payload?)?;
    }
    Ok(())
}
