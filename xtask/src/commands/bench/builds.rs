//! How long builds take: with nothing to do, after an edit, after a switch, and from an empty cache.

use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::Bench;
use super::measure::{self, Sample};
use super::table::{Row, Target, Unit};
use crate::checkout;
use crate::commands::Session;
use crate::commands::copy::Checkout;

const ROUNDS: usize = 3;

fn row(name: &str, what: &str, ours: Sample, target: f64, note: String) -> Row {
    Row {
        name: name.to_owned(),
        what: what.to_owned(),
        unit: Unit::Seconds,
        ours: ours.into(),
        reference: None,
        target: Target::AtMost(target),
        note,
    }
}

/// `compose` with nothing to do. cargo's own start comes before xtask's process, so that is what is timed.
pub fn nothing_to_do(bench: &Bench) -> Result<Vec<Row>> {
    let copy = bench.copy()?;
    let [ours] = measure::interleaved(5, 4, [&|| copy.xtask(&["compose"])])?;
    let note = format!(
        "the whole xtask process, which begins where cargo's own start ends; median {:.0} ms",
        ours.median() * 1e3
    );
    Ok(vec![row("compose-nothing", "compose with nothing to do", ours, 0.15, note)])
}

/// A file in C of each side of a cap, edited so that its code changes.
pub fn edits(bench: &Bench) -> Result<Vec<Row>> {
    let (session, copy) = (bench.session, bench.copy()?);
    let component = session.workspace()?.cap("zlib")?.sources.first();
    let component = component.context("the zlib cap has no source")?.as_str();
    let extension = extension_source(session, "zlib")?;
    let sides = [
        ("edit-cap", "edit a cap's C file -> pylon.wasm", component),
        ("edit-extension", "edit an extension's C file -> pylon.wasm", extension),
    ];
    let mut rows = Vec::new();
    for (name, what, source) in sides {
        let (code, comment) = edit(copy, Path::new(source))?;
        let note = format!(
            "{source}{}; an edit that changes no code: {:.2} s",
            cpu(&code),
            comment.best()
        );
        rows.push(row(name, what, code, 4.0, note));
    }
    Ok(rows)
}

/// For a note. A build that uses all processors takes less of the clock's time than of theirs.
pub(super) fn cpu(sample: &Sample) -> String {
    sample.cpu.map_or(String::new(), |cpu| format!("; processor time {cpu:.2} s"))
}

/// The first source file in the checkout of an extension.
fn extension_source<'a>(session: &'a Session, name: &str) -> Result<&'a str> {
    let extensions = &session.workspace()?.extensions;
    extensions
        .iter()
        .find(|extension| extension.name == name)
        .and_then(|extension| {
            let module = extension.module.as_ref()?;
            module.sources.iter().find(|source| !source.starts_with(&module.gen_dir))
        })
        .map(|source| source.as_str())
        .with_context(|| format!("the {name} extension has no source"))
}

/// Changes the code of all functions in a C file into what no build has seen.
pub(super) fn change_code(copy: &Checkout, file: &Path) -> Result<()> {
    let body = "\n{\n";
    let number = nonce()?;
    let changed =
        format!("{body}    volatile unsigned bench_{number} = {number}u; (void)bench_{number};\n");
    copy.edit(file, |text| text.replace(body, &changed))
}

fn change_comment(copy: &Checkout, file: &Path) -> Result<()> {
    let comment = format!("\n/* {} */\n", nonce()?);
    copy.edit(file, |text| text + &comment)
}

/// What `compose` takes after edits that change code, and after edits that change a comment.
fn edit(copy: &Checkout, file: &Path) -> Result<(Sample, Sample)> {
    let mut code = Sample::default();
    let mut comment = Sample::default();
    let (_, mut before) = copy.compose(&[])?;
    for _ in 0..ROUNDS {
        change_code(copy, file)?;
        let (timed, after) = copy.compose(&[])?;
        ensure!(
            after["sha256"] != before["sha256"],
            "an edit of {} changed nothing",
            file.display()
        );
        code.push(timed);
        change_comment(copy, file)?;
        let (timed, again) = copy.compose(&[])?;
        ensure!(again["sha256"] == after["sha256"], "a comment in {} changed code", file.display());
        comment.push(timed);
        before = after;
    }
    Ok((code, comment))
}

/// From `new` to an import: a cap that nobody has built, in a copy in which all else is.
pub fn new_cap(bench: &Bench) -> Result<Vec<Row>> {
    let copy = bench.copy()?;
    let composectl = &bench.programs()?.composectl;
    let mut ours = Sample::default();
    for _ in 0..ROUNDS {
        let name = format!("bench{}", nonce()?);
        let program = format!("import {name}; print({name}.checksum(b'abc'))");
        let mut run = Command::new(composectl);
        run.arg("run")
            .arg(copy.root().join("target/pylon/pylon.wasm"))
            .args(["--", "-c", &program]);
        let (new, _) = measure::timed(&mut copy.xtask(&["new", &name, "--resource", "part"]))?;
        let (composed, _) = copy.compose(&[])?;
        let (imported, said) = measure::timed(&mut run)?;
        ensure!(said == "294\n", "the new cap said {said:?}");
        ours.push(new + composed + imported);
    }
    let note = "`new`, `compose` and the first run, which compiles pylon.wasm".to_owned();
    Ok(vec![row("caps-new", "from `new` to the import of the new cap", ours, 10.0, note)])
}

/// A number that no build has seen.
fn nonce() -> Result<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos() as u64 & 0x7fff_ffff)
}

/// A cap switched off and on again: for the first time with everything else cached, and from then on.
pub fn switches(bench: &Bench) -> Result<Vec<Row>> {
    let (session, copy) = (bench.session, bench.copy()?);
    let other = extension_source(session, "crc32c")?;
    let mut first = Sample::default();
    let mut again = Sample::default();
    for _ in 0..ROUNDS {
        // With another extension that no build has seen, nothing that is linked with it is in the cache.
        change_code(copy, Path::new(other))?;
        let (_, with) = copy.compose(&[])?;
        let (timed, without) = copy.compose(&["WITH_ZLIB=0"])?;
        ensure!(without["sha256"] != with["sha256"], "WITH_ZLIB=0 changed nothing");
        first.push(timed);
        for (args, expected) in [(&["WITH_ZLIB=1"], &with), (&["WITH_ZLIB=0"], &without)] {
            let (timed, said) = copy.compose(args)?;
            ensure!(said["sha256"] == expected["sha256"], "a switch back built something else");
            again.push(timed);
        }
        copy.compose(&[])?;
    }
    let note = format!(
        "an interpreter is linked, initialized and encoded, all else is cached{}",
        cpu(&first)
    );
    Ok(vec![
        row("switch-first", "WITH_ZLIB=1 -> 0, never built so", first, 3.0, note),
        row("switch-again", "WITH_ZLIB=0 <-> 1, built so before", again, 3.0, String::new()),
    ])
}

/// From an empty cache and a checkout without `target/`. Takes a quarter of an hour.
pub fn cold(bench: &Bench) -> Result<Vec<Row>> {
    let session = bench.session;
    let copy = Checkout::copy(session.root(), None)?;
    let program = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let cargo = |args: &[&str]| -> Result<(f64, String)> {
        session.note(&format!("cold: cargo {}", args.join(" ")));
        let mut command = Command::new(&program);
        command.args(args).current_dir(copy.root()).env_remove("CARGO_TARGET_DIR");
        command.env_remove(checkout::VARIABLE);
        copy.settle(&mut command);
        let (timed, said) = measure::timed(&mut command)?;
        Ok((timed.wall, said))
    };
    let (xtask, _) = cargo(&["build", "--locked", "--package", "xtask"])?;
    let (composectl, _) = cargo(&["build", "--locked", "--release", "--package", "composectl"])?;
    let (compose, said) = cargo(&["xtask", "compose", "--json", "--quiet"])?;
    let said: Value = serde_json::from_str(&said).context("compose printed no JSON")?;
    let mut steps: Vec<_> = said["steps"]["steps"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|step| {
            let text = |key: &str| step[key].as_str().unwrap_or_default().to_owned();
            (step["seconds"].as_f64().unwrap_or_default(), text("kind"), text("label"))
        })
        .collect();
    steps.sort_by(|a, b| b.0.total_cmp(&a.0));
    let longest: Vec<_> = steps
        .iter()
        .take(8)
        .map(|(seconds, kind, label)| format!("{kind} {label} {seconds:.0} s"))
        .collect();
    let one = |seconds: f64| Sample { wall: vec![seconds], cpu: None };
    Ok(vec![
        row(
            "cold",
            "compose from an empty cache",
            one(xtask + composectl + compose),
            25.0 * 60.0,
            format!(
                "of it compiling xtask {xtask:.0} s, composectl {composectl:.0} s; crates that cargo has are not fetched again"
            ),
        ),
        row(
            "cold-work",
            "of it all but compiling xtask and composectl",
            one(compose),
            8.0 * 60.0,
            format!("longest: {}", longest.join(", ")),
        ),
    ])
}
