//! `composectl inspect`: what a WebAssembly file is made of, what it needs and what it offers.

mod text;

use std::collections::BTreeMap;

use clap::Args;
use composectl_plan::{Code, ComponentInfo, Error};
use composectl_wasm::anatomy::{self, Anatomy, Extern, Kind};
use serde::Serialize;

use super::located::{self, Places};
use super::output;
use crate::exit::{CANNOT_RUN, Failure, Outcome};

/// `composectl inspect`.
#[derive(Args, Debug)]
#[command(
    long_about = "Say what a WebAssembly file is made of: imports and exports with their functions, the components \
                  and modules inside, memories, sizes. Nothing is compiled or run.\n\nFILE is a file, a digest in the \
                  store, an id of --plan, or a name in the store.\n\nExit codes: 0, 126 (it is not valid \
                  WebAssembly), 127 (there is no such thing), 125 (anything else).",
    after_help = "Examples:\n  composectl inspect pylon.wasm\n  composectl inspect --json --plan pylon.plan.json zlib"
)]
pub struct InspectArgs {
    /// What to look into
    #[arg(value_name = "FILE")]
    pub file: String,

    #[command(flatten)]
    pub places: Places,

    /// Show the functions of WASI's interfaces, too
    #[arg(long)]
    pub all: bool,

    /// Print everything as JSON
    #[arg(long)]
    pub json: bool,
}

/// All that is known about a file.
#[derive(Debug, Serialize)]
pub struct Findings {
    /// As the user named it.
    pub file: String,
    pub digest: String,
    pub roles: Roles,
    /// Versions that are needed of WASI's packages (`cli`, `filesystem`, ..).
    pub wasi: BTreeMap<String, Vec<String>>,
    #[serde(flatten)]
    pub anatomy: Anatomy,
}

/// What a component can be used for.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Roles {
    /// `composectl run` can run it: it exports wasi:cli/run@0.2, or it is a core module that exports `_start`.
    pub command: bool,
    /// A plan may name it: it exports compose:dynlink/endpoint.
    pub provider: bool,
    /// It resolves providers at run time: it imports compose:dynlink/linker.
    pub consumer: bool,
}

/// Describes the file.
pub fn run(args: &InspectArgs) -> Outcome {
    let found = located::locate(&args.file, &args.places)
        .map_err(|error| output::failure(error, args.json))?;
    let findings =
        findings(&args.file, &found.digest.to_string(), &found.bytes).map_err(|why| {
            let failure = Failure::new(CANNOT_RUN, format_args!("{}: {why}", found.name));
            match hint(&found.bytes) {
                Some(hint) => failure.with_hint(hint),
                None => failure,
            }
        })?;
    if args.json {
        output::json(&findings)?;
    } else {
        output::lines(text::render(&findings, args.all))?;
    }
    Ok(0)
}

/// The names of what a component imports and exports, for its OCI artifact; an error, one line that begins with
/// `name`, if it is none.
pub fn component_info(name: &str, bytes: &[u8]) -> composectl_plan::Result<ComponentInfo> {
    let none = |why: &str| {
        let why = why.lines().next().unwrap_or_default();
        let error = Error::new(Code::InvalidInput, format_args!("{name}: {why}"));
        match hint(bytes) {
            Some(hint) => error.with_context(hint),
            None => {
                error.with_context("a component is wanted, such as a build for wasm32-wasip2 makes")
            }
        }
    };
    if !bytes.starts_with(b"\0asm") {
        return Err(none("this is not WebAssembly"));
    }
    let anatomy = anatomy::of(bytes)
        .map_err(|error| none(&format!("this is no valid component: {error}")))?;
    if anatomy.whole.kind != Kind::Component {
        return Err(none("this is a core module, not a component")
            .with_context("`wasm-tools component new` makes a component of it"));
    }
    let names = |externs: Vec<Extern>| externs.into_iter().map(|external| external.name).collect();
    Ok(ComponentInfo { imports: names(anatomy.imports), exports: names(anatomy.exports) })
}

fn findings(file: &str, digest: &str, bytes: &[u8]) -> Result<Findings, String> {
    if !bytes.starts_with(b"\0asm") {
        return Err("this is not WebAssembly".to_owned());
    }
    let anatomy = anatomy::of(bytes)?;
    let has = |externs: &[Extern], name: &str| {
        externs.iter().any(|external| {
            external.name.split('@').next() == Some(name) && external.kind == "interface"
        })
    };
    let runs = |external: &Extern| match anatomy.whole.kind {
        Kind::Component => external.name.starts_with("wasi:cli/run@0.2."),
        Kind::CoreModule => external.name == "_start" && external.kind == "function",
    };
    let roles = Roles {
        command: anatomy.exports.iter().any(runs),
        provider: has(&anatomy.exports, "compose:dynlink/endpoint"),
        consumer: has(&anatomy.imports, "compose:dynlink/linker"),
    };
    let mut wasi: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for external in &anatomy.imports {
        let Some(name) = external.name.strip_prefix("wasi:") else { continue };
        let (path, version) = name.split_once('@').unwrap_or((name, ""));
        let package = path.split('/').next().unwrap_or(path);
        let versions = wasi.entry(package.to_owned()).or_default();
        if !versions.iter().any(|known| known == version) {
            versions.push(version.to_owned());
        }
    }
    let file = file.to_owned();
    Ok(Findings { file, digest: digest.to_owned(), roles, wasi, anatomy })
}

fn hint(bytes: &[u8]) -> Option<&'static str> {
    if bytes.is_empty() {
        Some("the file is empty")
    } else if bytes.starts_with(b"\x7fELF") {
        Some("this is native or precompiled code; give the .wasm file")
    } else if bytes.trim_ascii_start().starts_with(b"(") {
        Some("this looks like WebAssembly text: assemble it first (`wasm-tools parse`)")
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
