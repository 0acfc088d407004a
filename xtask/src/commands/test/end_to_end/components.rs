//! Providers that are made of components: a file of the user's, and a cap that imports another one.

use std::fs;
use std::process::Command;

use anyhow::{Result, ensure};
use serde_json::json;
use wit_component::StringEncoding;

use super::super::subject::Subject;
use super::super::suite::Test;
use super::choices::part;
use super::{Bench, Ended, copied};
use crate::commands::compose::as_tested;
use crate::component;

/// As `crc32c_by_hand.wat` says.
const BY_HAND: &[u8] = include_bytes!("../../../../../tests/end-to-end/crc32c_by_hand.wasm");
/// With a cap that imports crc32c.
pub(super) const IMPORTING: &str = "tests/importing";

pub fn tests<'a>(subject: &'a Subject<'a>) -> Vec<Test<'a>> {
    vec![
        Test::simple("a provider can be made of a cap's own component", move || {
            own(&Bench::new(subject)?)
        }),
        Test::simple("a provider can be made of a component that is written by hand", move || {
            by_hand(&Bench::new(subject)?)
        }),
        Test::simple("no provider is made of what does not implement the contract", move || {
            refused(&Bench::new(subject)?)
        }),
        Test::simple("a cap may import another one, whatever its linkage", move || {
            importing(subject)
        }),
    ]
}

/// `xtask dynlink` with these arguments, into a plan and a store in the folder.
fn dynlink(bench: &Bench, args: &[&str]) -> Result<Ended> {
    let mut xtask = Command::new(bench.path("xtask"));
    xtask.args(["dynlink", "--json", "--quiet", "--plan", "plan.json", "--store", "store"]);
    Ended::of(
        as_tested(&mut xtask, bench.subject.session.root())
            .args(args)
            .current_dir(bench.folder.path()),
    )
}

/// Python in what was composed, with that plan.
fn python(bench: &Bench, code: &str) -> Result<Ended> {
    let mut command = bench.subject.composectl()?;
    command.arg("--plan").arg(bench.path("plan.json")).arg("--store").arg(bench.path("store"));
    Ended::of(command.arg(bench.path("out.wasm")).args(["--", "-c", code]))
}

/// zlib: resources, records, options, and streams that are copied and dropped.
fn own(bench: &Bench) -> Result<()> {
    bench.compose(&["--link", "zlib=dynlink"], &[])?.succeeded()?;
    let component = format!("zlib={}", part(bench, "zlib.wasm")?);
    let code = "import gzip, zlib\n\
        text = bytes(range(256)) * 400\n\
        whole = zlib.compressobj(zdict=b'dictionary')\n\
        half = whole.compress(text[:50000])\n\
        twin = whole.copy()\n\
        packed = [half + each.compress(text[50000:]) + each.flush() for each in (whole, twin)]\n\
        out = [zlib.decompressobj(zdict=b'dictionary').decompress(each) == text for each in packed]\n\
        try:\n    zlib.decompress(b'no stream')\n\
        except zlib.error as error:\n    print(error)\n\
        for turn in range(2000):\n    zlib.decompressobj(zdict=b'dictionary').copy()\n\
        print(out, gzip.decompress(gzip.compress(text)) == text, zlib.crc32(b'123456789'))";
    let expected = "Error -3 while decompressing data: incorrect header check\n\
        [True, True] True 3421780262\n";
    for flags in [&[][..], &["--no-fuse"]] {
        let said = dynlink(bench, &[&["--component", &component], flags].concat())?.json()?;
        let providers = said["providers"].as_array().map_or(0, Vec::len);
        ensure!(providers == 1 && said["providers"][0]["name"] == "zlib", "{said}");
        let printed = python(bench, code)?;
        ensure!(printed.succeeded()? == expected, "{flags:?}: {}", printed.all());
    }
    Ok(())
}

fn by_hand(bench: &Bench) -> Result<()> {
    let workspace = bench.subject.session.workspace()?;
    let world = workspace.resolve_world(&workspace.cap("crc32c")?.world)?;
    let mut module = BY_HAND.to_vec();
    let encoding = StringEncoding::UTF8;
    let (resolve, world) = (&world.resolve, world.world);
    wit_component::embed_component_metadata(&mut module, resolve, world, encoding, false)?;
    fs::write(bench.path("hand.wasm"), component::encode(&module, None)?)?;
    let code =
        "import crc32c; print(hex(crc32c.crc32c(b'123456789')), hex(crc32c.crc32c(bytes(99))))";

    bench.compose(&[], &[])?.succeeded()?;
    let expected = bench.python(&["-c", code])?.succeeded()?.to_owned();
    bench.compose(&["--link", "crc32c=dynlink"], &[])?.succeeded()?;
    dynlink(bench, &["--component", "crc32c=hand.wasm"])?.succeeded()?;
    let printed = python(bench, code)?;
    ensure!(printed.succeeded()? == expected, "expected {expected}but: {}", printed.all());
    // Its relay says what the contract is.
    let loading =
        "from pylon import load; print(hex(load('crc32c').update(value=0, data=b'123456789')))";
    let printed = python(bench, loading)?;
    ensure!(printed.succeeded()? == "0xe3069283\n", "{}", printed.all());

    // `compose` publishes it as well, in a folder of its own.
    let copy = copied::checkout(bench.subject)?;
    let given = format!("crc32c={}", bench.path("hand.wasm").display());
    copy.compose(&["--link", "crc32c=dynlink", "--component", &given])?;
    let printed = Ended::of(&mut copy.xtask(&["run", "--", "-c", code]))?;
    ensure!(printed.succeeded()? == expected, "expected {expected}but: {}", printed.all());
    Ok(())
}

/// Also: what failed leaves no plan.
fn refused(bench: &Bench) -> Result<()> {
    let other = part(bench, "crc32c.wasm")?;
    fs::write(bench.path("garbage.wasm"), b"this is no wasm")?;
    fs::write(bench.path("module.wasm"), BY_HAND)?;
    for (file, code, texts) in [
        (
            other.as_str(),
            1,
            &["does not implement the contract", "zlib:compression/streams@0.3.0"][..],
        ),
        ("garbage.wasm", 1, &["garbage.wasm", "zlib"]),
        ("module.wasm", 1, &["module.wasm", "zlib"]),
        ("absent.wasm", 2, &["absent.wasm", "is not a file"]),
    ] {
        dynlink(bench, &["--component", &format!("zlib={file}")])?.refused(code, texts)?;
    }
    ensure!(!bench.path("plan.json").exists(), "a command that failed left a plan");
    Ok(())
}

/// In a copy of the checkout with the cap in it.
fn importing(subject: &Subject) -> Result<()> {
    let copy = copied::with_caps(subject, &[IMPORTING])?;
    // The cap has names of its own that are Python's and crc32c's, too (`seal.c`).
    let code = "import sys, probe_seal\n\
        print(sys.version[:2], probe_seal.seal(b'123456789').hex())";
    // The extension of crc32c is out, but not what probe-seal needs.
    let alone = ["--profile", "lean", "WITH_PROBE_SEAL=1"];
    let both = [&alone[..], &["WITH_CRC32C=1"]].concat();
    for (flags, links, caps) in [
        (&both[..], &[][..], &["crc32c", "probe-seal"][..]),
        (&both, &["LINK_PROBE_SEAL=dynlink"], &["crc32c"]),
        (&both, &["LINK_PROBE_SEAL=static", "LINK_CRC32C=static"], &[]),
        (&alone, &[], &["crc32c", "probe-seal"]),
        (&alone, &["LINK_PROBE_SEAL=dynlink"], &[]),
        (&alone, &["LINK_PROBE_SEAL=static"], &[]),
    ] {
        let (_, said) = copy.compose(&[flags, links].concat())?;
        ensure!(said["caps"] == json!(caps), "{flags:?} {links:?}: the caps are {}", said["caps"]);
        let printed = Ended::of(&mut copy.xtask(&["run", "--", "-c", code]))?;
        let expected = "3. 313233343536373839839206e3\n";
        ensure!(printed.succeeded()? == expected, "{flags:?} {links:?}: {}", printed.all());
    }
    let folded = [&["compose"], &both[..], &["LINK_PROBE_SEAL=static"]].concat();
    let texts = ["`crc32c` is linked as `embed`", "add `--link crc32c=static`"];
    Ended::of(&mut copy.xtask(&folded))?.refused(2, &texts)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_module_by_hand_is_what_its_text_says() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/end-to-end");
        let bytes = wat::parse_file(folder.join("crc32c_by_hand.wat")).unwrap();
        if std::env::var("UPDATE_EXPECT").is_ok_and(|value| value == "1") {
            std::fs::write(folder.join("crc32c_by_hand.wasm"), &bytes).unwrap();
            return;
        }
        assert!(
            bytes == super::BY_HAND,
            "crc32c_by_hand.wasm is not what its text says; UPDATE_EXPECT=1 cargo test -p xtask by_hand mends it"
        );
    }
}
