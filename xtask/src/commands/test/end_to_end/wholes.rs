//! What comes out, at real work and in other tools' hands.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, ensure};
use object::read::elf::ElfFile64;
use object::{Endianness, Object as _, ObjectSection as _};
use wac_graph::{CompositionGraph, EncodeOptions};
use wac_types::Package;

use super::super::subject::Subject;
use super::super::suite::Test;
use super::{Bench, Ended};
use crate::cpython::START_ORDER;
use crate::pylon::NO_CALLBACKS;
use crate::toolchain::walk;
use crate::wasm::{inspect, order};

/// What build.rs of composectl has its linker take.
const HOST_START_ORDER: &str = "composectl/start.ld";

pub fn tests<'a>(subject: &'a Subject<'a>) -> Vec<Test<'a>> {
    vec![
        Test::simple("the stock plug of wac composes the parts too", move || {
            plugged(&Bench::new(subject)?)
        }),
        Test::simple("what a start runs lies together", move || start_order(&Bench::new(subject)?)),
        Test::simple("what a start runs of composectl lies together", move || {
            host_start_order(&Bench::new(subject)?)
        }),
        Test::simple("random numbers of OpenSSL are each run's own", move || {
            random_numbers(&Bench::new(subject)?)
        }),
        Test::simple("CPython's Lib through tarfile and gzip and back is the same", move || {
            library_packed_and_unpacked(&Bench::new(subject)?)
        }),
    ]
}

/// As docs/reference/xtask.md has it: the caps, then the stub of what they call back.
fn plugged(bench: &Bench) -> Result<()> {
    let parts = &bench.subject.built()?.parts;
    let (sockets, caps): (Vec<_>, Vec<_>) = parts
        .iter()
        .filter(|(name, _)| name != NO_CALLBACKS)
        .partition(|(name, _)| name == "python.wasm");
    let python = sockets.first().context("there is no python.wasm")?;
    let caps: Vec<_> = caps.iter().map(|(_, path)| path.as_path()).collect();
    let path = bench.path("plugged.wasm");
    fs::write(&path, plug(&python.1, &caps)?)?;
    if let Some((_, stub)) = parts.iter().find(|(name, _)| name == NO_CALLBACKS) {
        let whole = plug(&path, &[stub])?;
        fs::write(&path, whole)?;
    }
    let code = "import zlib, crc32c; print(zlib.crc32(b'123456789'), \
                crc32c.crc32c(b'123456789'), zlib.decompress(zlib.compress(b'x' * 99999)) == b'x' * 99999)";
    let printed = bench.python_of(&path, &["-c", code])?;
    ensure!(printed.succeeded()? == "3421780262 3808858755 True\n", "{}", printed.all());
    let code =
        "import sqlite3; print(sqlite3.connect(':memory:').execute('select 6 * 7').fetchone())";
    let printed = bench.python_of(&path, &["-c", code])?;
    ensure!(printed.succeeded()? == "(42,)\n", "{}", printed.all());
    Ok(())
}

/// What `wac plug` makes of these files.
fn plug(socket: &Path, plugs: &[&Path]) -> Result<Vec<u8>> {
    let mut graph = CompositionGraph::new();
    let mut register = |path: &Path| -> Result<_> {
        let name = path.file_stem().context("a part has no name")?.to_string_lossy();
        let package = Package::from_file(&format!("part:{name}"), None, path, graph.types_mut())?;
        Ok(graph.register_package(package)?)
    };
    let socket = register(socket)?;
    let plugs = plugs.iter().map(|path| register(path)).collect::<Result<Vec<_>>>()?;
    wac_graph::plug(&mut graph, plugs, socket).map_err(|error| anyhow!("plug: {error:?}"))?;
    graph.encode(EncodeOptions::default()).map_err(|error| anyhow!("{error:?}"))
}

/// Nine in ten of the functions that the list has are there, and in front. Else it is time to write it anew.
fn start_order(bench: &Bench) -> Result<()> {
    let built = bench.subject.built()?;
    let python = built.parts.iter().find(|(name, _)| name == "python.wasm");
    let python = fs::read(&python.context("there is no python.wasm")?.1)?;
    let cores = inspect::core_modules(&python)?;
    let core = cores.into_iter().max_by_key(|core| core.len()).context("it has no core module")?;
    let list = fs::read_to_string(bench.subject.session.root().join(START_ORDER))?;
    let names: Vec<_> = list.lines().filter(|line| !line.starts_with('#')).collect();
    let (front, all) = (order::in_front(core, &names)?, names.len());
    ensure!(front * 10 > all * 9, "{front} of {all} are in front: see bench/start_order.py");
    Ok(())
}

/// Four in five of the bytes of code that the list stood for are in front in composectl. Else most of its names are of what is
/// no longer there, and it is time to write it anew.
fn host_start_order(bench: &Bench) -> Result<()> {
    if !cfg!(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64")) {
        return Ok(());
    }
    let list = fs::read_to_string(bench.subject.session.root().join(HOST_START_ORDER))?;
    let said = list.split_once("They had ").and_then(|(_, rest)| rest.split_once(" bytes"));
    let then: u64 = said.context("the list does not say how much it stands for")?.0.parse()?;
    let program = fs::read(&bench.subject.built()?.composectl)?;
    let program = ElfFile64::<Endianness>::parse(&*program)?;
    let front = program.section_by_name(".text.start");
    let front = front.context("composectl was linked without the list")?.size();
    ensure!(
        front * 5 > then * 4,
        "{front} bytes are in front, of {then}: see bench/start_order.py"
    );
    Ok(())
}

/// Nothing of its generator is in what is run, nor in the compiled code, which the second run takes from the cache.
fn random_numbers(bench: &Bench) -> Result<()> {
    let pylon = bench.subject.built()?.pylon.clone();
    let code = "import ssl, secrets; print(ssl.RAND_bytes(16).hex(), secrets.token_hex())";
    let mut seen = BTreeSet::new();
    for _ in 0..3 {
        let printed = bench.python_of(&pylon, &["-c", code])?;
        seen.extend(printed.succeeded()?.split_whitespace().map(str::to_owned));
    }
    ensure!(seen.len() == 6, "runs have numbers in common: {seen:?}");
    Ok(())
}

fn library_packed_and_unpacked(bench: &Bench) -> Result<()> {
    let cx = bench.subject.session.context()?;
    let library = cx.ensure_files(&bench.subject.python()?.tree())?.path("Lib");
    let work = bench.path("work");
    fs::create_dir(&work)?;
    let library_mount = format!("{}::/lib/python3.13:ro", library.display());
    let work_mount = format!("{}::/data", work.display());
    let mounts = ["--dir", &library_mount, "--dir", &work_mount];
    bench.script_of(&bench.subject.built()?.pylon, "pack_and_unpack.py", &mounts)?.succeeded()?;
    let (before, after) = (files(&library)?, files(&work.join("lib"))?);
    ensure!(before.len() > 1000, "Lib has {} files only", before.len());
    for (name, path) in &before {
        let copy = after.get(name).with_context(|| format!("{} is gone", name.display()))?;
        ensure!(fs::read(path)? == fs::read(copy)?, "{} has changed", name.display());
    }
    ensure!(before.len() == after.len(), "{} files became {}", before.len(), after.len());
    // Not by our own code alone: the machine's Python reads the archive that ours wrote.
    let check =
        "import sys, tarfile; print(len([m for m in tarfile.open(sys.argv[1]) if m.isfile()]))";
    let archive = work.join("lib.tar.gz");
    let native = Ended::of(std::process::Command::new("python3").args(["-c", check]).arg(archive))?;
    ensure!(native.succeeded()?.trim() == before.len().to_string(), "{}", native.all());
    Ok(())
}

fn files(folder: &Path) -> Result<BTreeMap<PathBuf, PathBuf>> {
    let files = walk(folder)?.into_iter();
    files.map(|path| Ok((path.strip_prefix(folder)?.to_owned(), path))).collect()
}
