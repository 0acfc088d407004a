//! Consumer and provider of tests/everything in one native program under the address and undefined behaviour sanitizers:
//! every value travels there and back, then again with every message cut short at each byte and with each bit flipped.

mod support;

use std::fs;
use std::process::Command;

use anyhow::Result;
use support::{Compiler, Contract};

#[test]
fn values_survive_and_spoilt_messages_are_refused_without_a_leak() -> Result<()> {
    let dir = support::out("round-trip")?;
    let sources = support::tests().join("everything");
    let contract = Contract::parse(&sources.join("test.wit"))?;
    contract.bindings(&dir)?;
    contract.write(&dir)?;

    let (link, endpoint) =
        (support::root().join("cpython-ext/common"), support::root().join("caps/common"));
    let program = dir.join("everything");
    let compiler = || {
        let mut compiler = Compiler::new(&dir).command();
        compiler.args(["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]);
        compiler.arg("-isystem").arg(link.join("gen")).arg("-isystem").arg(endpoint.join("gen"));
        compiler.arg("-I").arg(&sources);
        compiler
    };
    // What both sides import has the same names in both, which mean another thing in each.
    let cap = dir.join("cap_side.o");
    let files = [sources.join("cap.c"), dir.join("everything_cap_endpoint.c")];
    support::run(compiler().args(["-r", "-nostdlib", "-o"]).arg(&cap).args(files))?;
    let mut localize = Command::new("objcopy");
    localize.args(["--wildcard", "--localize-symbol=test_everything_asking_*"]).arg(&cap);
    support::run(&mut localize)?;

    let mut compiler = compiler();
    compiler.arg("-o").arg(&program).arg(&cap).arg(dir.join("everything_import_dynlink.c"));
    compiler
        .args(["calls.c", "check.c", "loopback.c", "questions.c"].map(|name| sources.join(name)));
    for (dir, prefix) in [(&link, "cbor"), (&endpoint, "endpoint")] {
        for entry in fs::read_dir(dir)? {
            let name = entry?.file_name().into_string().unwrap();
            if name.starts_with(prefix) && name.ends_with(".c") {
                compiler.arg(dir.join(name));
            }
        }
    }
    // link_call.c is the loopback's part.
    let files = ["link.c", "link_answer.c", "link_error.c", "link_handles.c"];
    compiler.args(files.map(|name| link.join(name))).arg("-lm");
    support::run(&mut compiler)?;

    let printed = support::run(&mut Command::new(&program))?;
    let spoilt: u32 = printed.split(' ').next().unwrap_or_default().parse()?;
    assert!(spoilt > 10_000, "{printed}");
    Ok(())
}
