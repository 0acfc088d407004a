//! `pylon.load` of providers that no pylon.wasm has seen: one in Rust that is made afterwards, in a copy of the checkout with
//! `tests/loading` over it, and some whose descriptions are damaged.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, Result, ensure};

use super::dynlink::{ALL, Providers};
use super::{Bench, Ended, copied};
use crate::commands::test::programs;
use crate::commands::test::subject::Subject;
use crate::commands::test::suite::{Counts, Test};

const FOLDER: &str = "tests/loading";
const CAP: &str = "probe-loading";

/// How a description begins: a map of four, of which the first is `types`.
const BEGINNING: &[u8] = b"\xa4\x65types";

/// How many bytes of one are changed, and to what they may be.
const DAMAGED: usize = 24;
const DAMAGES: &[fn(u8) -> u8] =
    &[|byte| byte ^ 1, |byte| byte ^ 0x20, |byte| byte ^ 0x80, |_| 0xff];

pub fn tests<'a>(subject: &'a Subject<'a>) -> Vec<Test<'a>> {
    vec![
        Test::new("a provider in Rust that is newer than pylon.wasm", move || newer(subject)),
        Test::simple("a damaged description is a module or an error", move || {
            damaged(&Bench::new(subject)?)
        }),
    ]
}

fn newer(subject: &Subject) -> Result<Counts> {
    let bench = Bench::new(subject)?;
    bench.compose(ALL, &[])?.succeeded()?;
    let copy = copied::with_caps(subject, &[FOLDER])?;
    let providers = Providers::new(&bench);
    let digest = providers.publish(&mut copy.xtask(&[]), CAP, &[])?;
    let digest = format!("sha256:{digest}");
    providers.set(&[(CAP, digest.clone())], &[])?;
    // One of its functions never ends. All else has the time that a busy machine takes to compile it, and to run it.
    providers.set(&[("hurried", digest)], &["time_ms=2000"])?;
    let tests = format!("{}::/tests:ro", subject.session.root().join(FOLDER).display());
    let mut command = subject.composectl()?;
    command.args(providers.flags()).args(["--dir", &tests]).arg(bench.path("out.wasm"));
    programs::verdict(&command.args(["--", "/tests/test_loading.py"]).output()?)
}

fn damaged(bench: &Bench) -> Result<()> {
    bench.compose(ALL, &[])?.succeeded()?;
    let providers = Providers::new(bench);
    let digest = providers.publish_own("crc32c", &[])?;
    let sound = fs::read(providers.store.join("blobs/sha256").join(&digest))?;
    let at = find(&sound, BEGINNING).context("the provider has no description")?;
    let mut files = BTreeMap::new();
    for i in 0..DAMAGED {
        for (j, damage) in DAMAGES.iter().enumerate() {
            let mut bytes = sound.clone();
            // The beginning, and then what is further and further apart.
            let place = at + i + i * i / 4;
            bytes[place] = damage(bytes[place]);
            files.insert(format!("damaged-{i}-{j}"), bytes);
        }
    }
    let names: Vec<String> = files.keys().cloned().collect();
    files.insert("without".to_owned(), replaced(&sound, b"describe", b"descripe"));
    let mut entries = Vec::new();
    for (name, bytes) in &files {
        let path = bench.path(&format!("{name}.wasm"));
        fs::write(&path, bytes)?;
        entries.push((name.as_str(), path.display().to_string()));
    }
    providers.set(&entries, &[])?;
    providers.set(&[("narrow", format!("sha256:{digest}"))], &["payload_bytes=64"])?;
    let scripts = bench.subject.session.root().join("tests/end-to-end");
    let mut command = bench.subject.composectl()?;
    command.args(providers.flags()).arg("--dir").arg(format!("{}::/tests:ro", scripts.display()));
    command.arg(bench.path("out.wasm")).args(["--", "/tests/damaged_descriptions.py"]);
    let said = Ended::of(command.args(names))?;
    let expected = "loaded refused\n\
        without not-implemented the provider carries no description of its contract (without)\n";
    let said_of_it = said.succeeded()?;
    ensure!(said_of_it.starts_with(expected), "expected\n{expected}but:\n{}", said.all());
    ensure!(said_of_it.contains("\nnarrow exec-resource-exhausted "), "{}", said.all());
    ensure!(said_of_it.ends_with("\n0xe3069283\n"), "{}", said.all());
    Ok(())
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

/// With all that is `old` made `new`, which is as long.
fn replaced(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    while let Some(at) = find(&bytes, old) {
        bytes[at..at + old.len()].copy_from_slice(new);
    }
    bytes
}
