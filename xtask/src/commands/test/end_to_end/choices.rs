//! Which caps are in a composition, and whose.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use wit_component::StringEncoding;
use wit_parser::{LiftLowerAbi, ManglingAndAbi};

use super::super::subject::Subject;
use super::super::suite::Test;
use super::{Bench, Ended, copied};
use crate::component;

pub fn tests<'a>(subject: &'a Subject<'a>) -> Vec<Test<'a>> {
    vec![
        Test::simple("a cap that is off cannot be imported, and the library copes", move || {
            excluded(&Bench::new(subject)?)
        }),
        Test::simple("arguments win over the environment", move || {
            arguments_win(&Bench::new(subject)?)
        }),
        Test::simple("a cap can be folded into Python, by a switch or a profile", move || {
            folded(&Bench::new(subject)?)
        }),
        Test::simple("a cap's component can be replaced by a file", move || {
            replaced(&Bench::new(subject)?)
        }),
        Test::simple("a file that is no component of the cap is refused", move || {
            refused(&Bench::new(subject)?)
        }),
        Test::simple("certificates can be part of the program", move || {
            with_authorities(&Bench::new(subject)?)
        }),
        Test::simple("an import that is left over names the switch", move || {
            left_over(&Bench::new(subject)?)
        }),
    ]
}

fn excluded(bench: &Bench) -> Result<()> {
    let said = bench.compose(&["WITH_ZLIB=0"], &[])?.json()?;
    ensure!(said["caps"] == json!(bench.caps_without(&["zlib"])?), "the caps are {}", said["caps"]);
    let printed = bench.script("without_zlib.py", &[])?;
    ensure!(printed.succeeded()? == "0xe3069283\n", "{}", printed.all());
    bench.compose(&["WITH_ZSTD=0"], &[])?.succeeded()?;
    bench.script("without_zstd.py", &[])?.succeeded()?;
    bench.compose(&["--profile", "lean"], &[])?.succeeded()?;
    bench.python(&["-c", "import crc32c"])?.refused(1, &["ModuleNotFoundError"])
}

/// They are believed where the host grants no others, and a private key is not taken in.
fn with_authorities(bench: &Bench) -> Result<()> {
    let root = bench.subject.session.root();
    let given = root.join("cpython-ext/_openssl_cap/tests/certificates");
    let file = |name: &str| given.join(name).display().to_string();
    bench.compose(&["--ca", &file("ca.pem")], &[])?.succeeded()?;
    let code = "import ssl\nprint(ssl.get_default_verify_paths().cafile, open('/etc/ssl/cert.pem').read().count('BEGIN'))\n\
        print(ssl.create_default_context().get_ca_certs()[0]['subject'][-1][0][1])";
    let believes = |flags: &[&str]| -> Result<String> {
        let mut command = bench.subject.composectl()?;
        command.args(flags).arg(bench.path("out.wasm")).args(["--", "-c", code]);
        Ok(Ended::of(&mut command)?.succeeded()?.to_owned())
    };
    ensure!(believes(&[])? == "/etc/ssl/cert.pem 1\nauthority\n", "{}", believes(&[])?);
    let other = file("root.pem");
    let said = believes(&["--ca", &other])?;
    ensure!(said == "/etc/ssl/cert.pem 1\nroot\n", "the host's do not come first: {said}");
    bench.compose(&["--ca", &file("server.pem")], &[])?.refused(1, &["line 1: a private key"])?;
    bench.compose(&["--ca", &file("make.sh")], &[])?.refused(1, &["it has no certificate"])
}

fn arguments_win(bench: &Bench) -> Result<()> {
    for (args, value, with) in [
        (&[][..], "0", false),
        (&["WITH_ZLIB=1"], "0", true),
        (&["WITH_ZLIB=0"], "1", false),
        (&["--profile", "lean"], "1", true),
    ] {
        let said = bench.compose(args, &[("WITH_ZLIB", value)])?.json()?;
        let caps = said["caps"].as_array().context("no caps in the JSON")?;
        ensure!(
            caps.iter().any(|cap| cap == "zlib") == with,
            "WITH_ZLIB={value} in the environment and arguments {args:?} gave {caps:?}"
        );
    }
    Ok(())
}

/// In all else it is the same, and nothing of the cap's component is left.
fn folded(bench: &Bench) -> Result<()> {
    let uses = |text: &str| -> Result<bool> {
        let bytes = fs::read(bench.path("out.wasm"))?;
        Ok(bytes.windows(text.len()).any(|window| window == text.as_bytes()))
    };
    bench.compose(&["--no-fuse"], &[])?.succeeded()?;
    ensure!(uses("zlib:compression/streams")?, "a composition does not name its interfaces");
    let both = "import zlib, gzip, crc32c; print(gzip.decompress(gzip.compress(b'folded')), crc32c.crc32c(b'123456789'))";
    for (args, environment, folded) in [
        (&["--link", "zlib=static"][..], &[][..], &["zlib"][..]),
        (&["--no-fuse"], &[("LINK_ZLIB", "static")], &["zlib"]),
        (&["--no-snapshot", "LINK_ZLIB=static", "LINK_CRC32C=static"], &[], &["crc32c", "zlib"]),
    ] {
        let said = bench.compose(args, environment)?.json()?;
        let caps = bench.caps_without(folded)?;
        ensure!(said["caps"] == json!(caps), "{args:?}: the caps are {}", said["caps"]);
        ensure!(said["folded"] == json!(folded), "{args:?}: folded are {}", said["folded"]);
        ensure!(!uses("zlib:compression/streams")?, "{args:?}: there is something of a component");
        let printed = bench.python(&["-c", both])?;
        ensure!(printed.succeeded()? == "b'folded' 3808858755\n", "{}", printed.all());
    }
    bench.compose(&["WITH_CRC32C=0", "--link", "zlib=static"], &[])?.succeeded()?;
    bench.python(&["-c", "import zlib, crc32c"])?.refused(1, &["No module named 'crc32c'"])?;

    let copy = copied::checkout(bench.subject)?;
    copy.edit(Path::new("profiles.toml"), |text| {
        text.replace(
            "[profile.lean]",
            "[profile.full.linkage]\nzlib = \"static\"\n\n[profile.lean]",
        )
    })?;
    for (args, folded) in [(&[][..], json!(["zlib"])), (&["LINK_ZLIB=embed"], json!([]))] {
        let output = bench.path("out.wasm").display().to_string();
        let (_, said) = copy.compose(&[args, &["-o", &output]].concat())?;
        ensure!(said["folded"] == folded, "{args:?}: {}", said["folded"]);
        let printed = bench.python(&["-c", both])?;
        ensure!(printed.succeeded()? == "b'folded' 3808858755\n", "{}", printed.all());
    }
    Ok(())
}

pub(super) fn part(bench: &Bench, name: &str) -> Result<String> {
    let parts = &bench.subject.built()?.parts;
    let path = parts.iter().find(|(part, _)| part == name).map(|(_, path)| path);
    Ok(path.with_context(|| format!("there is no part {name}"))?.display().to_string())
}

fn replaced(bench: &Bench) -> Result<()> {
    let whole = bench.compose(&[], &[])?.json()?;
    // The cap's own component with one custom section more: another file that does the same.
    let mut bytes = fs::read(part(bench, "zlib.wasm")?)?;
    bytes.extend(b"\0\x05\x04mine");
    fs::write(bench.path("mine.wasm"), bytes)?;
    let mine = "mine.wasm";
    for (args, environment) in [
        (&["--component", "zlib=mine.wasm"][..], &[][..]),
        (&[], &[("ZLIB_COMPONENT_WASM", mine)]),
        (&["--component", "zlib=mine.wasm"], &[("ZLIB_COMPONENT_WASM", "absent.wasm")]),
    ] {
        let said = bench.compose(args, environment)?.json()?;
        ensure!(said["caps"] == whole["caps"], "the caps are {}", said["caps"]);
        let code = "import zlib; print(zlib.decompress(zlib.compress(b'mine')))";
        let printed = bench.python(&["-c", code])?;
        ensure!(printed.succeeded()? == "b'mine'\n", "{}", printed.all());
    }
    Ok(())
}

/// Also: a command that fails leaves what was there.
fn refused(bench: &Bench) -> Result<()> {
    bench.compose(&[], &[])?.succeeded()?;
    let before = fs::read(bench.path("out.wasm"))?;
    let cap = part(bench, "crc32c.wasm")?;
    fs::write(bench.path("garbage.wasm"), b"this is no wasm")?;
    fs::write(bench.path("cut.wasm"), &fs::read(part(bench, "zlib.wasm")?)?[..1000])?;
    fs::write(bench.path("empty.wasm"), b"")?;
    for (file, texts) in [
        (cap.as_str(), &["does not implement the contract", "zlib:compression/streams@0.3.0"][..]),
        ("garbage.wasm", &["garbage.wasm", "zlib"]),
        ("cut.wasm", &["cut.wasm", "zlib"]),
        ("empty.wasm", &["empty.wasm", "zlib"]),
        ("absent.wasm", &["absent.wasm", "is not a file"]),
    ] {
        let ended = bench.compose(&["--component", &format!("zlib={file}")], &[])?;
        // A file that is not there is a mistake on the command line.
        ended.refused(if file == "absent.wasm" { 2 } else { 1 }, texts)?;
        let after = fs::read(bench.path("out.wasm"))?;
        ensure!(before == after, "a command that failed changed its output:\n{}", ended.all());
    }
    Ok(())
}

/// A component for zlib that needs crc32c, in a composition without crc32c.
fn left_over(bench: &Bench) -> Result<()> {
    let workspace = bench.subject.session.workspace()?;
    let zlib = workspace.resolve_world(&workspace.cap("zlib")?.world)?;
    let crc32c = workspace.resolve_world(&workspace.cap("crc32c")?.world)?;
    let mut resolve = zlib.resolve;
    let world = resolve.merge(crc32c.resolve)?.map_world(crc32c.world, Default::default())?;
    let needed = resolve.worlds[world].exports.clone();
    resolve.worlds[zlib.world].imports.extend(needed);
    let abi = ManglingAndAbi::Legacy(LiftLowerAbi::Sync);
    let mut module = wit_component::dummy_module(&resolve, zlib.world, abi);
    let encoding = StringEncoding::UTF8;
    wit_component::embed_component_metadata(&mut module, &resolve, zlib.world, encoding, false)?;
    fs::write(bench.path("needy.wasm"), component::encode(&module, None)?)?;
    let args = ["WITH_CRC32C=0", "--component", "zlib=needy.wasm"];
    bench.compose(&args, &[])?.refused(1, &["crc32c:checksum/crc32c@0.2.0", "WITH_CRC32C=1"])
}
