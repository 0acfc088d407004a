//! What a change compiles again: what depends on it, nothing else.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::super::suite::Test;
use super::subject::Subject;
use crate::commands::copy::Checkout;

const GLUE: &str = "caps/crc32c/mp/crc32c_by_hand.c";
const PORT: &str = "runtimes/micropython/src/mphalport.h";
const CAP: &str = "caps/crc32c/src/crc32c.c";

pub fn test<'a>(subject: &'a Subject<'a>) -> Test<'a> {
    Test::simple("a change compiles what depends on it", move || changes(subject))
}

fn changes(subject: &Subject) -> Result<()> {
    // So that the copy finds everything in the cache, unless somebody has edited a file since.
    subject.built()?;
    let session = subject.session;
    let copy = Checkout::copy(session.root(), Some(session.context()?.cache_root()))?;
    build(&copy)?;
    expect(&copy, "nothing", &[])?;

    let (qstrs, glue) = (format!("qstrs {GLUE}"), format!("compile {GLUE}"));
    let (cap, link) = (format!("compile {CAP}"), "link micropython-wamr.wasm".to_owned());
    copy.edit(Path::new(GLUE), |text| format!("/* A comment. */\n{text}"))?;
    expect(&copy, "a comment", &[&qstrs, &glue])?;
    copy.edit(Path::new(GLUE), |text| text + &function("in_glue", "1"))?;
    expect(&copy, "code of the glue", &[&qstrs, &glue, &link])?;
    copy.edit(Path::new(CAP), |text| text + &function("in_cap", "2"))?;
    // Its names are its own: it is one object before it is linked.
    let fold = "fold crc32c".to_owned();
    expect(&copy, "code of the cap", &[&cap, &fold, &link])?;

    // Upstream's files read it through a header of upstream's.
    copy.edit(Path::new(PORT), |text| format!("// A comment.\n{text}"))?;
    let ran = build(&copy)?;
    ensure!(ran.contains("compile micropython/extmod/modtime.c"), "{PORT}: only {ran:?} ran");
    ensure!(!ran.contains("compile micropython/py/vm.c"), "{PORT}: {ran:?} ran");

    let qstr = "(int) MP_QSTR_a_name_that_nobody_has";
    copy.edit(Path::new(GLUE), |text| text + &function("with_qstr", qstr))?;
    let ran = build(&copy)?;
    for step in ["generate genhdr", "compile micropython/py/qstr.c", &glue, &link] {
        ensure!(ran.contains(step), "a new qstr: {step} did not run, but {ran:?}");
    }
    ensure!(!ran.contains(&cap), "a new qstr: {cap} ran, which has no part in it");
    let qstrs: Vec<_> = ran.iter().filter(|step| step.starts_with("qstrs")).collect();
    ensure!(qstrs.len() == 1, "a new qstr: {qstrs:?} ran, and one file has changed");
    Ok(())
}

/// A C function that nobody calls.
fn function(name: &str, value: &str) -> String {
    format!(
        "\nint {name}(int value);\nint\n{name}(int value)\n{{\n    return value + {value};\n}}\n"
    )
}

fn expect(copy: &Checkout, change: &str, steps: &[&String]) -> Result<()> {
    let ran = build(copy)?;
    let expected = steps.iter().map(|step| step.to_string()).collect();
    ensure!(ran == expected, "{change}: {ran:?} ran, and {expected:?} should have");
    Ok(())
}

/// Makes the image; returns the steps that ran, without their targets.
fn build(copy: &Checkout) -> Result<BTreeSet<String>> {
    let output = copy.xtask(&["static-mp", "--json", "--quiet"]).output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let said: Value = serde_json::from_str(&said).with_context(|| format!("{output:?}"))?;
    let steps = said["steps"]["steps"].as_array().with_context(|| format!("{said:#}"))?;
    let ran = steps.iter().filter(|step| step["cached"] == false);
    let name =
        |step: &Value| Some(format!("{} {}", step["kind"].as_str()?, step["label"].as_str()?));
    Ok(ran.filter_map(name).map(|name| name.replace(" (wasm32-wasip1)", "")).collect())
}
