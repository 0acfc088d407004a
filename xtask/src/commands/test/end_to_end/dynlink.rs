//! Caps that are resolved at run time: without a plan, with another provider, after a provider has changed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::super::subject::Subject;
use super::super::suite::Test;
use super::{Bench, Ended, copied};
use crate::commands::compose::as_tested;

/// Everything that can be, resolved at run time.
pub(super) const ALL: &[&str] = &["--profile", "dynlink"];
const LINKER: &str = "compose:dynlink/linker@0.1.1";

pub fn tests<'a>(subject: &'a Subject<'a>) -> Vec<Test<'a>> {
    vec![
        Test::simple("the linker is imported only where a cap is dynlinked", move || {
            imports(&Bench::new(subject)?)
        }),
        Test::simple("without a plan it is the import that fails, with the code", move || {
            without_plan(&Bench::new(subject)?)
        }),
        Test::simple("another digest in the plan is another provider", move || {
            swapped(&Bench::new(subject)?)
        }),
        Test::simple("dynlink --sign signs what it has built", move || {
            signed(&Bench::new(subject)?)
        }),
        Test::simple(
            "bz2, lzma, zlib and zstd raise what comes of a provider, with the code",
            move || link_errors(&Bench::new(subject)?),
        ),
        Test::simple("sqlite3 outlives its provider, and so does what was committed", move || {
            stopped_in_a_transaction(&Bench::new(subject)?)
        }),
        Test::simple("a provider without memory says so and lives on", move || {
            provider_without_memory(&Bench::new(subject)?)
        }),
        Test::simple("compose and run need no more than the linkage", move || {
            compose_and_run(subject)
        }),
    ]
}

fn imports(bench: &Bench) -> Result<()> {
    let (all, without_zlib) = (bench.caps_without(&[])?, bench.caps_without(&["zlib"])?);
    for (args, environment, linker, caps) in [
        (&[][..], &[][..], false, &all),
        (&["--link", "zlib=dynlink"], &[], true, &without_zlib),
        (&[], &[("LINK_ZLIB", "dynlink")], true, &without_zlib),
        (&["LINK_ZLIB=embed"], &[("LINK_ZLIB", "dynlink")], false, &all),
        (&["WITH_CRC32C_DYNLINK=1"], &[], true, &all),
        (ALL, &[], true, &Vec::new()),
    ] {
        let said = bench.compose(args, environment)?.json()?;
        let imports = said["imports"].as_array().context("no imports in the JSON")?;
        let others: Vec<_> =
            imports.iter().filter_map(Value::as_str).filter(|i| !i.starts_with("wasi:")).collect();
        let expected: &[_] = if linker { &[LINKER] } else { &[] };
        ensure!(others == expected, "{args:?} {environment:?} gave the imports {others:?}");
        ensure!(said["caps"] == serde_json::json!(caps), "{args:?} gave the caps {}", said["caps"]);
    }
    Ok(())
}

fn without_plan(bench: &Bench) -> Result<()> {
    bench.compose(ALL, &[])?.succeeded()?;
    let said = bench.script("without_plan.py", &[])?;
    let failed = |module: &str, extension: &str| {
        format!("{module} {extension} ImportError plan-missing-field True True\nFalse\n")
    };
    let expected = failed("zlib", "zlib")
        + &failed("crc32c", "_crc32c_cap")
        + &failed("crc32c_dynlink", "crc32c_dynlink")
        + "None TarFile\n";
    ensure!(said.succeeded()? == expected, "expected\n{expected}but:\n{}", said.all());
    Ok(())
}

/// A plan and a store in a folder.
pub(super) struct Providers<'a> {
    pub(super) bench: &'a Bench<'a>,
    pub(super) plan: PathBuf,
    pub(super) store: PathBuf,
}

impl Providers<'_> {
    pub(super) fn new<'b>(bench: &'b Bench<'b>) -> Providers<'b> {
        Providers { bench, plan: bench.path("plan.json"), store: bench.path("store") }
    }

    /// `xtask dynlink CAP` of a checkout, into this plan and this store; the digest.
    pub(super) fn publish(&self, xtask: &mut Command, cap: &str, flags: &[&str]) -> Result<String> {
        xtask.args(["dynlink", cap, "--json", "--quiet", "--plan"]).arg(&self.plan);
        let said = Ended::of(xtask.arg("--store").arg(&self.store).args(flags))?.json()?;
        let digest = said["providers"][0]["sha256"].as_str().context("no digest in the JSON")?;
        Ok(digest.to_owned())
    }

    /// The same of the checkout under test.
    pub(super) fn publish_own(&self, cap: &str, flags: &[&str]) -> Result<String> {
        let mut xtask = Command::new(self.bench.path("xtask"));
        let root = self.bench.subject.session.root();
        as_tested(&mut xtask, root).current_dir(self.bench.folder.path());
        self.publish(&mut xtask, cap, flags)
    }

    /// A script in a pylon.wasm whose caps are all providers with this limit. They are compiled before, since that takes of their time.
    fn limited(&self, limit: &str, script: &str, flags: &[&str]) -> Result<Ended> {
        self.bench.compose(ALL, &[])?.succeeded()?;
        for cap in self.bench.caps_without(&[])? {
            let digest = self.publish_own(&cap, &[])?;
            self.set(&[(&cap, format!("sha256:{digest}"))], &[limit])?;
            let mut compile = Command::new(&self.bench.subject.built()?.composectl);
            compile.arg("precompile").arg(self.store.join("blobs/sha256").join(digest));
            Ended::of(&mut compile)?.succeeded()?;
        }
        let own = self.flags();
        self.bench.script(script, &[&[&*own[0], &*own[1]], flags].concat())
    }

    /// Puts components, or digests, into the plan.
    pub(super) fn set(&self, entries: &[(&str, String)], limits: &[&str]) -> Result<()> {
        let mut set = Command::new(&self.bench.subject.built()?.composectl);
        set.args(["plan", "set"]).arg(&self.plan).arg("--store").arg(&self.store);
        set.args(entries.iter().map(|(name, what)| format!("{name}={what}")));
        set.args(limits.iter().flat_map(|limit| ["--limit", limit]));
        Ended::of(&mut set)?.succeeded()?;
        Ok(())
    }

    /// For composectl.
    pub(super) fn flags(&self) -> [String; 2] {
        let place = [("--plan", &self.plan), ("--store", &self.store)];
        place.map(|(flag, path)| format!("{flag}={}", path.display()))
    }

    fn plan(&self) -> Result<String> {
        fs::read_to_string(&self.plan).context("cannot read the plan")
    }

    /// Names of the blobs with when they were written.
    fn blobs(&self) -> Result<BTreeSet<(String, std::time::SystemTime)>> {
        let entries = fs::read_dir(self.store.join("blobs/sha256")).context("no blobs")?;
        let blob = |entry: std::io::Result<fs::DirEntry>| {
            let entry = entry?;
            Ok((entry.file_name().to_string_lossy().into_owned(), entry.metadata()?.modified()?))
        };
        entries.map(blob).collect()
    }

    /// What `crc32c_dynlink` computes of the check vector.
    fn computed(&self) -> Result<String> {
        let mut command = self.bench.subject.composectl()?;
        command.arg("--plan").arg(&self.plan).arg("--store").arg(&self.store);
        let code = "import crc32c_dynlink as c; print(hex(c.crc32c(b'123456789')))";
        let ended = Ended::of(command.arg(self.bench.path("out.wasm")).args(["--", "-c", code]))?;
        Ok(ended.succeeded()?.trim().to_owned())
    }
}

/// Also: what a changed provider touches.
fn swapped(bench: &Bench) -> Result<()> {
    let before = bench.compose(ALL, &[])?.json()?["sha256"].clone();
    let providers = Providers::new(bench);
    providers.publish_own("crc32c", &[])?;
    let (plan, blobs) = (providers.plan()?, providers.blobs()?);
    ensure!(providers.computed()? == "0xe3069283", "it computed {}", providers.computed()?);
    // Nothing has changed: nothing is touched.
    providers.publish_own("crc32c", &[])?;
    ensure!(providers.plan()? == plan && providers.blobs()? == blobs, "it was not left alone");

    let copy = copied::checkout(bench.subject)?;
    copy.edit(Path::new("caps/crc32c/src/crc32c_provider.c"), |text| {
        text.replace("crc32c_update(0, ", "~crc32c_update(0, ")
    })?;
    providers.publish(&mut copy.xtask(&[]), "crc32c", &[])?;
    let changed = providers.plan()?;
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let (old, new) = (lines(&plan), lines(&changed));
    ensure!(old.len() == new.len(), "the plan was\n{plan}\nand is\n{changed}");
    let differing = old.iter().zip(&new).filter(|(old, new)| old != new).count();
    ensure!(differing == 1, "{differing} lines differ: the plan was\n{plan}\nand is\n{changed}");
    let now = providers.blobs()?;
    ensure!(blobs.is_subset(&now), "blobs were touched: {blobs:?} became {now:?}");
    // The others are the documents of the OCI layout.
    let component = |name: &str| -> Result<bool> {
        Ok(fs::read(providers.store.join("blobs/sha256").join(name))?.starts_with(b"\0asm"))
    };
    let mut more = 0;
    for (name, _) in now.difference(&blobs) {
        more += usize::from(component(name)?);
    }
    ensure!(more == 1, "{more} components were added: {blobs:?} became {now:?}");
    ensure!(providers.computed()? == "0x1cf96d7c", "it computed {}", providers.computed()?);
    // Nor does the change of a provider make another pylon.wasm.
    let output = copy.scratch().join("out.wasm");
    let (_, said) = copy.compose(&[ALL, &["-o", &output.display().to_string()]].concat())?;
    ensure!(said["sha256"] == before, "pylon.wasm was {before} and is {}", said["sha256"]);

    // The plan alone decides.
    fs::write(&providers.plan, &plan)?;
    ensure!(providers.computed()? == "0xe3069283", "it computed {}", providers.computed()?);
    fs::write(&providers.plan, &changed)?;
    ensure!(providers.computed()? == "0x1cf96d7c", "it computed {}", providers.computed()?);
    Ok(())
}

fn signed(bench: &Bench) -> Result<()> {
    let providers = Providers::new(bench);
    let composectl = |args: &[&str]| -> Result<Ended> {
        let mut command = Command::new(&bench.subject.built()?.composectl);
        Ended::of(command.args(args).current_dir(bench.folder.path()))
    };
    composectl(&["trust", "keygen", "test.key"])?.succeeded()?;
    composectl(&["trust", "add", "test.key.pub", "--keyring", "keyring"])?.succeeded()?;
    let verify =
        || composectl(&["trust", "verify", "plan.json", "--signed", "--keyring", "keyring"]);
    providers.publish_own("crc32c", &[])?;
    let unsigned = verify()?;
    ensure!(unsigned.code != Some(0), "it was trusted unsigned:\n{}", unsigned.all());
    providers.publish_own("crc32c", &["--sign", "test.key"])?;
    verify()?.succeeded()?;
    Ok(())
}

fn link_errors(bench: &Bench) -> Result<()> {
    let providers = Providers::new(bench);
    let said = providers.limited("payload_bytes=8192", "zlib_link_errors.py", &[])?;
    let mut expected = String::new();
    for (what, kind) in [
        ("compress", "zlib.error"),
        ("compressobj", "zlib.error"),
        ("decompress", "zlib.error"),
        ("decompressobj", "zlib.error"),
        ("_ZlibDecompressor", "zlib.error"),
        ("compressobj zdict", "pylon.LinkError"),
        ("decompressobj zdict", "zlib.error"),
        ("crc32", "pylon.LinkError"),
        ("adler32", "pylon.LinkError"),
    ] {
        expected += &format!("{what} {kind} invalid-input True\n");
    }
    expected += "True b'small'\n\
        Error -3 while decompressing data: incorrect header check False\n";
    ensure!(said.succeeded()? == expected, "expected\n{expected}but:\n{}", said.all());

    let bz2 = ["compress", "BZ2Compressor", "decompress", "BZ2Decompressor"];
    let lzma = ["compress", "LZMACompressor", "decompress", "LZMADecompressor", "properties"];
    let zstd = [
        "compress",
        "ZstdCompressor",
        "decompress",
        "ZstdDecompressor",
        "ZstdDict",
        "train_dict",
        "finalize_dict",
        "get_frame_size",
    ];
    for (script, calls, refusal) in [
        ("bz2_link_errors.py", &bz2[..], "Invalid data stream"),
        ("lzma_link_errors.py", &lzma[..], "Input format not supported by decoder"),
        (
            "zstd_link_errors.py",
            &zstd[..],
            "Unable to decompress Zstandard data: Unknown frame descriptor",
        ),
    ] {
        let said = providers.limited("payload_bytes=8192", script, &[])?;
        let mut expected = String::new();
        for what in calls {
            expected += &format!("{what} pylon.LinkError invalid-input True\n");
        }
        expected += &format!("b'small'\n{refusal} False\n");
        ensure!(said.succeeded()? == expected, "expected\n{expected}but:\n{}", said.all());
    }
    Ok(())
}

fn stopped_in_a_transaction(bench: &Bench) -> Result<()> {
    let data = bench.path("data");
    fs::create_dir(&data)?;
    let mount = format!("{}::/data", data.display());
    let said = Providers::new(bench).limited(
        "time_ms=2000",
        "sqlite_link_errors.py",
        &["--dir", &mount],
    )?;
    let expected = "endless pylon.LinkError exec-timeout\n\
        execute pylon.LinkError invalid-input\n\
        commit pylon.LinkError invalid-input\n\
        total_changes pylon.LinkError invalid-input\n\
        getlimit pylon.LinkError invalid-input\n\
        close gave None\n\
        the function is gone: True\n\
        rows gave [(1,)]\n\
        rows gave [(1,), (3,)]\n\
        check gave ('ok',)\n";
    ensure!(said.succeeded()? == expected, "{}", said.all());
    Ok(())
}

fn provider_without_memory(bench: &Bench) -> Result<()> {
    let said =
        Providers::new(bench).limited("memory_bytes=2M", "provider_without_memory.py", &[])?;
    let expected = "compute MemoryError\n\
        compute again 0xe3069283\n\
        dictionary MemoryError\n\
        the stream of before b'begun'\n\
        another b'whole'\n";
    ensure!(said.succeeded()? == expected, "expected\n{expected}but:\n{}", said.all());
    Ok(())
}

/// In a copy, since they write to `target/pylon`.
fn compose_and_run(subject: &Subject) -> Result<()> {
    subject.built()?;
    let copy = copied::checkout(subject)?;
    let run = |code: &str| Ended::of(&mut copy.xtask(&["run", "--", "-c", code]));
    let round_trip = "import zlib; print(zlib.decompress(zlib.compress(b'there and back')))";
    for args in [&["--link", "zlib=dynlink"][..], &[]] {
        copy.compose(args)?;
        let said = run(round_trip)?;
        ensure!(said.succeeded()? == "b'there and back'\n", "{args:?}: {}", said.all());
    }
    let plan = copy.root().join("target/pylon/plan.json");
    ensure!(plan.is_file(), "compose left no plan");
    copy.compose(&["--link", "zlib=dynlink"])?;
    fs::remove_file(plan)?;
    run("import zlib")?.refused(1, &["ImportError"])
}
