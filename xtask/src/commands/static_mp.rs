//! `cargo xtask static-mp`: MicroPython with caps folded in, as one core module.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::json;

use super::compose::{Installed, install};
use super::{Session, usage};
use crate::cli;
use crate::graph::Verbosity;
use crate::manifest::switch_name;
use crate::micropython::{self, CapSize, Image, Modules, Pin, Settings};
use crate::pylon::check_bindings;
use crate::toolchain::Toolchain;
use crate::wasm::inspect;

/// A cap that takes more than this, in bytes, is too large for what folding is meant for.
const LARGE_CAP: u64 = 1_200_000;

pub fn run(session: &Session, args: &cli::StaticMp) -> Result<()> {
    let Some(made) = make(session, args)? else { return Ok(()) };
    let caps: Vec<_> = made.caps.iter().map(|cap| cap.name.as_str()).collect();
    let text = format!(
        "{}  {} bytes  sha256:{}\ncaps: {}\nimports: {} functions of wasi_snapshot_preview1",
        made.output.strip_prefix(session.root()).unwrap_or(&made.output).display(),
        made.installed.bytes,
        made.installed.digest,
        if caps.is_empty() { "none".to_owned() } else { caps.join(", ") },
        made.imports.len(),
    );
    let cap = |cap: &CapSize| json!({ "name": cap.name, "bytes": cap.bytes });
    let json = json!({
        "artifact": made.output,
        "bytes": made.installed.bytes,
        "sha256": made.installed.digest,
        "target": args.target.name(),
        "caps": made.caps.iter().map(cap).collect::<Vec<_>>(),
        "imports": made.imports,
        "steps": session.steps()?,
    });
    session.result(json, &text)
}

/// An image that was made and put where the user wants it.
pub struct Made {
    pub output: PathBuf,
    pub installed: Installed,
    pub caps: Vec<CapSize>,
    /// `wasi_snapshot_preview1 NAME`.
    pub imports: Vec<String>,
}

/// Makes the image. A dry run prints its plan and makes none.
pub fn make(session: &Session, args: &cli::StaticMp) -> Result<Option<Made>> {
    let cx = session.context()?;
    let workspace = session.workspace()?;
    let settings = settings(session.root(), &args.micropython)?;
    let switches = switches(args, std::env::vars())?;
    let caps = workspace.static_caps(&switches).map_err(usage)?;
    check_bindings(workspace, &[])?;
    let toolchain = Toolchain::ensure(cx)?;
    let step = micropython::image(cx, &toolchain, workspace, &caps, &settings, args.target)?;
    let image = cx.ensure_files(&step)?;
    if session.planned()? {
        return Ok(None);
    }
    let caps = Image::cap_sizes(&image)?;
    large(&caps).iter().for_each(|warning| session.note(warning));
    if session.global.verbosity() >= Verbosity::Verbose {
        session.note(fs::read_to_string(image.path("report.txt"))?.trim_end());
    }
    let output = match &args.output {
        Some(output) => std::path::absolute(output)?,
        None => {
            let file = format!("micropython-{}.wasm", args.target.name());
            session.root().join("target/pylon").join(file)
        }
    };
    let made = image.path(if args.names { "named.wasm" } else { "image.wasm" });
    let installed = install(cx, &made, &output)?;
    let imports = inspect::interface(&fs::read(&made)?)?.imports;
    let imports = imports.into_iter().map(|import| import.name).collect();
    Ok(Some(Made { output, installed, caps, imports }))
}

/// How MicroPython is built, of the command line, which is checked.
pub fn settings(root: &Path, args: &cli::MicroPython) -> Result<Settings> {
    Pin::load(root)?.archive(args.version.as_deref()).map_err(usage)?;
    let default = Settings::default();
    Ok(Settings {
        version: args.version.clone(),
        level: args.level.clone().unwrap_or(default.level),
        modules: Modules::new(args.manifest.as_deref(), &args.freeze).map_err(usage)?,
        ..default
    })
}

/// A warning for each cap that is too large, none of which is refused.
fn large(caps: &[CapSize]) -> Vec<String> {
    let warning = |cap: &CapSize| {
        format!(
            "warning: the cap `{}` adds {} KB to the image, and folding is meant for small ones\n\
             hint: {}=0 leaves it out",
            cap.name,
            cap.bytes / 1000,
            switch_name(&cap.name)
        )
    };
    caps.iter().filter(|cap| cap.bytes > LARGE_CAP).map(warning).collect()
}

/// What the environment and the arguments say of caps; arguments win.
fn switches(
    args: &cli::StaticMp,
    environment: impl Iterator<Item = (String, String)>,
) -> Result<BTreeMap<String, bool>> {
    let mut switches = BTreeMap::new();
    for (name, value) in environment.filter(|(name, _)| name.starts_with("WITH_")) {
        let (name, on) = cli::parse_switch(&format!("{name}={value}"))
            .map_err(|error| usage(format!("the environment has {name}={value}: {error}")))?;
        switches.insert(name, on);
    }
    switches.extend(args.switches.iter().cloned());
    Ok(switches)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_cap_is_named_with_its_size_and_its_switch() {
        let cap = |name: &str, bytes| CapSize { name: name.to_owned(), bytes };
        let warnings = large(&[cap("small", LARGE_CAP), cap("sqlite", 1_234_567)]);
        let [warning] = &warnings[..] else { panic!("{warnings:?}") };
        assert!(warning.contains("`sqlite` adds 1234 KB"), "{warning}");
        assert!(warning.contains("WITH_SQLITE=0"), "{warning}");
    }

    #[test]
    fn an_argument_wins_over_the_environment_and_what_is_malformed_is_refused() {
        let environment = |value: &str| {
            [("WITH_ZLIB", value), ("OTHER", "x")].map(|(n, v)| (n.to_owned(), v.to_owned()))
        };
        let parsed = |args: &[&str], value: &str| {
            let args = [&["xtask", "static-mp"], args].concat();
            let cli = <cli::Cli as clap::Parser>::try_parse_from(args).unwrap();
            let cli::Command::StaticMp(args) = cli.command else { panic!("another command") };
            switches(&args, environment(value).into_iter())
        };
        let zlib = |on| BTreeMap::from([("WITH_ZLIB".to_owned(), on)]);
        assert_eq!(parsed(&[], "0").unwrap(), zlib(false));
        assert_eq!(parsed(&["WITH_ZLIB=1"], "0").unwrap(), zlib(true));
        assert!(parsed(&[], "off").unwrap_err().to_string().contains("WITH_ZLIB=off"));
    }

    #[test]
    fn levels_parse_as_clang_takes_them() {
        for (typed, level) in [("-Os", "s"), ("-O2", "2"), ("-Oz", "z")] {
            let cli = <cli::Cli as clap::Parser>::try_parse_from(["xtask", "static-mp", typed]);
            let cli::Command::StaticMp(args) = cli.unwrap().command else { panic!("{typed}") };
            assert_eq!(args.micropython.level.as_deref(), Some(level));
        }
    }
}
