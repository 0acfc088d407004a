//! The C that stands between the two sides of a link at run time, besides the shims that `gen` writes: what all consumers
//! share (`cpython-ext/common`) and what all providers share (`caps/common`).

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::compile::{Compile, OUR_WARNINGS, Place, sources};
use crate::graph::Context;
use crate::toolchain::{Target, Toolchain};

/// CBOR, the linker and link errors, for consumers. Providers take what is [`PROVIDERS_TOO`] from here.
pub const CONSUMER: &str = "cpython-ext/common";
/// The endpoint, for providers. Consumers that are asked take what is [`CONSUMERS_TOO`] from here.
pub const PROVIDER: &str = "caps/common";

/// How the consumers' files end that are about Python.
const PYTHON: &str = "_python.c";

/// What those of them begin with that call the linker whatever is in the interpreter: `pylon.resolve` and `pylon.load`.
const OF_THE_LINKER: &[&str] = &["linker_", "loaded_"];

/// What the files of each side that the other one is linked with, too, begin with: CBOR and handles of the other side's
/// resources; how calls are answered, and handles of one's own.
const PROVIDERS_TOO: &[&str] = &["cbor", "link_handles"];
const CONSUMERS_TOO: &[&str] =
    &["endpoint_dispatch", "endpoint_error", "endpoint_handles", "endpoint_tokens"];

/// A call passes a dozen small functions of several files, which the linker is to see as one program.
const LINK_TIME_OPTIMIZED: &str = "-flto";

/// `warnings`, and what all code of a link is compiled with.
pub fn flags(warnings: &[&'static str]) -> Vec<&'static str> {
    [warnings, &[LINK_TIME_OPTIMIZED]].concat()
}

/// Where the headers of both sides are.
pub fn include() -> [Place; 2] {
    [CONSUMER, PROVIDER].map(Place::checkout)
}

/// The object that carries the consumers' world.
pub fn consumer_world() -> PathBuf {
    format!("{CONSUMER}/gen/dynlink_import_component_type.o").into()
}

/// The object that carries the providers' world.
pub fn provider_world() -> PathBuf {
    format!("{PROVIDER}/gen/provider_component_type.o").into()
}

/// The consumers' files that include `Python.h`; `linker` says whether the interpreter imports it.
pub fn python(cx: &Context, linker: bool) -> Result<Vec<PathBuf>> {
    let mut files = sources(cx, CONSUMER)?;
    files.retain(|file| is_python(file) && (linker || !begins_with(file, OF_THE_LINKER)));
    Ok(files)
}

fn is_python(file: &Path) -> bool {
    file.to_string_lossy().ends_with(PYTHON)
}

/// What every consumer is linked with, but for [`python`].
pub fn consumer(cx: &Context, toolchain: &Toolchain, target: Target) -> Result<Vec<Compile>> {
    let mut files = sources(cx, CONSUMER)?;
    files.retain(|file| !is_python(file));
    files.extend(named(sources(cx, PROVIDER)?, CONSUMERS_TOO));
    Ok(objects(toolchain, target, files, format!("{CONSUMER}/gen/dynlink_import.c")))
}

/// What every provider is linked with.
pub fn provider(cx: &Context, toolchain: &Toolchain, target: Target) -> Result<Vec<Compile>> {
    let mut files = sources(cx, PROVIDER)?;
    files.extend(named(sources(cx, CONSUMER)?, PROVIDERS_TOO));
    Ok(objects(toolchain, target, files, format!("{PROVIDER}/gen/provider.c")))
}

/// The files that begin with one of `names`.
fn named<'a>(files: Vec<PathBuf>, names: &'a [&str]) -> impl Iterator<Item = PathBuf> + 'a {
    files.into_iter().filter(|file| begins_with(file, names))
}

fn begins_with(file: &Path, names: &[&str]) -> bool {
    let file = file.file_name().unwrap_or_default().as_encoded_bytes();
    names.iter().any(|name| file.starts_with(name.as_bytes()))
}

/// The same objects whoever links them.
fn objects(
    toolchain: &Toolchain,
    target: Target,
    files: Vec<PathBuf>,
    bindings: String,
) -> Vec<Compile> {
    let generated = [CONSUMER, PROVIDER].map(|side| Place::checkout(format!("{side}/gen")));
    let compile = |file: PathBuf, warnings: &[&'static str]| Compile {
        toolchain: toolchain.clone(),
        target,
        source: Place::Checkout(file),
        include: include().into_iter().chain(generated.clone()).collect(),
        flags: ["-O2"].into_iter().chain(flags(warnings)).map(str::to_owned).collect(),
    };
    let files = files.into_iter().map(|file| compile(file, OUR_WARNINGS));
    // wit-bindgen's output is not written to our warnings.
    files.chain([compile(bindings.into(), &["-w"])]).collect()
}
