//! An engine that runs legacy exceptions: V8, where `node` is installed.

use std::path::Path;
use std::process::Command;

/// What V8 says about the modules in `folder`: a line for each export without parameters of each
/// `*.wasm`, `<file> <export>() = <result> [<trace>]`, sorted by file. Nothing, with a note on
/// stderr, if there is no such engine here.
pub fn run_folder(folder: &Path) -> Option<String> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wasm/engine.mjs");
    let output = match Command::new("node").arg(script).arg(folder).output() {
        Ok(output) => output,
        Err(error) => {
            eprintln!("skipped, no node: {error}");
            return None;
        }
    };
    let text = String::from_utf8(output.stdout).expect("the script prints text");
    if output.status.code() == Some(3) {
        eprintln!("skipped: {text}");
        return None;
    }
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(text)
}
