//! Compiles WAMR (the C sources that the crate `wamr-sys` bundles, pinned in `vendor/Cargo.lock`) with its fast
//! interpreter. `wamr-sys` itself is not built: it needs cmake and libclang, and its bindings do not compile any more.
//!
//! Cargo brings the sources: without `--offline` only if they are not on this machine yet. `CARGO_NET_OFFLINE=true`
//! forbids that.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, anyhow, bail};

/// Include folders below `core`.
const INCLUDES: &[&str] = &[
    "iwasm/common",
    "iwasm/include",
    "iwasm/interpreter",
    "iwasm/libraries/libc-builtin",
    "iwasm/libraries/libc-wasi/sandboxed-system-primitives/include",
    "iwasm/libraries/libc-wasi/sandboxed-system-primitives/src",
    "shared/mem-alloc",
    "shared/platform/include",
    "shared/platform/linux",
    "shared/utils",
    "shared/utils/uncommon",
];

/// Files below `core`, but for the one that depends on the processor and for `shared/platform/linux/platform_init.c`,
/// whose place `src/platform.c` takes.
const SOURCES: &[&str] = &[
    "iwasm/common/wasm_exec_env.c",
    "iwasm/common/wasm_memory.c",
    "iwasm/common/wasm_native.c",
    "iwasm/common/wasm_runtime_common.c",
    "iwasm/common/wasm_shared_memory.c",
    "iwasm/interpreter/wasm_interp_fast.c",
    "iwasm/interpreter/wasm_loader.c",
    "iwasm/interpreter/wasm_runtime.c",
    "iwasm/libraries/libc-builtin/libc_builtin_wrapper.c",
    "iwasm/libraries/libc-wasi/libc_wasi_wrapper.c",
    "iwasm/libraries/libc-wasi/sandboxed-system-primitives/src/posix.c",
    "iwasm/libraries/libc-wasi/sandboxed-system-primitives/src/random.c",
    "iwasm/libraries/libc-wasi/sandboxed-system-primitives/src/str.c",
    "shared/mem-alloc/ems/ems_alloc.c",
    "shared/mem-alloc/ems/ems_hmu.c",
    "shared/mem-alloc/ems/ems_kfc.c",
    "shared/mem-alloc/mem_alloc.c",
    "shared/platform/common/posix/posix_malloc.c",
    "shared/platform/common/posix/posix_memmap.c",
    "shared/platform/common/posix/posix_thread.c",
    "shared/platform/common/posix/posix_time.c",
    "shared/utils/bh_assert.c",
    "shared/utils/bh_common.c",
    "shared/utils/bh_hashmap.c",
    "shared/utils/bh_list.c",
    "shared/utils/bh_log.c",
    "shared/utils/bh_queue.c",
    "shared/utils/bh_vector.c",
    "shared/utils/runtime_timer.c",
];

/// What WAMR's cmake files would define for an interpreter of WASI programs.
const DEFINES: &[(&str, Option<&str>)] = &[
    ("BH_PLATFORM_LINUX", None),
    ("BH_MALLOC", Some("wasm_runtime_malloc")),
    ("BH_FREE", Some("wasm_runtime_free")),
    ("WASM_ENABLE_BULK_MEMORY", Some("1")),
    ("WASM_ENABLE_FAST_INTERP", Some("1")),
    ("WASM_ENABLE_INTERP", Some("1")),
    // Does not link without, though only modules that are no WASI programs import it.
    ("WASM_ENABLE_LIBC_BUILTIN", Some("1")),
    ("WASM_ENABLE_LIBC_WASI", Some("1")),
    ("WASM_ENABLE_MINI_LOADER", Some("0")),
    ("WASM_ENABLE_MULTI_MODULE", Some("0")),
    ("WASM_ENABLE_SHARED_MEMORY", Some("0")),
];

/// Of gcc, which inlines less by itself.
const INLINE: &[&str] = &[
    "-finline-limit=2000",
    "--param=max-inline-insns-auto=400",
    "--param=inline-unit-growth=400",
    "--param=large-function-growth=2000",
];

fn main() -> Result<()> {
    let manifest = Path::new("../vendor/Cargo.toml");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/platform.c");
    println!("cargo::rerun-if-changed=../vendor/Cargo.lock");

    let core = sources(manifest)?.join("wasm-micro-runtime/core");
    let (define, trampoline) = processor()?;
    let mut build = cc::Build::new();
    build.std("gnu99").opt_level(3).define(define, None).define("NDEBUG", None);
    for (name, value) in DEFINES {
        build.define(name, *value);
    }
    build.includes(INCLUDES.iter().map(|path| core.join(path)));

    // Our file keeps to the warnings of our files; theirs are none of our business.
    let mut own = build.clone();
    own.file("src/platform.c").extra_warnings(true).warnings_into_errors(true);
    own.compile("wamr_platform");
    build.files(SOURCES.iter().map(|path| core.join(path)));
    // The loader is many small functions that call each other for each instruction: a fifth of a start-up.
    for flag in INLINE {
        build.flag_if_supported(flag);
    }
    build.file(core.join("iwasm/common/arch").join(trampoline)).warnings(false);
    build.try_compile("wamr").context("cannot compile WAMR")?;
    // What it needs of the platform: the linker wants it behind the archives.
    println!("cargo::rustc-link-lib=m");
    println!("cargo::rustc-link-lib=pthread");
    Ok(())
}

/// The define that names the processor, and the file that calls native functions on it.
fn processor() -> Result<(&'static str, &'static str)> {
    let target = |part: &str| env::var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default();
    let (os, arch) = (target("OS"), target("ARCH"));
    match (os.as_str(), arch.as_str()) {
        ("linux", "x86_64") => Ok(("BUILD_TARGET_X86_64", "invokeNative_em64.s")),
        ("linux", "aarch64") => Ok(("BUILD_TARGET_AARCH64", "invokeNative_aarch64.s")),
        _ => bail!("pylon-wamr is made for Linux on x86_64 and aarch64, not for {os} on {arch}"),
    }
}

/// The folder of the crate `wamr-sys`.
fn sources(manifest: &Path) -> Result<PathBuf> {
    let metadata = match cargo(manifest, &["metadata", "--offline", "--format-version=1"]) {
        Ok(metadata) => metadata,
        Err(_) => {
            cargo(manifest, &["fetch"]).context(
                "cannot fetch the sources of WAMR (the crate `wamr-sys`); `cargo fetch --locked \
                 --manifest-path vendor/Cargo.toml` does, once, with a network",
            )?;
            cargo(manifest, &["metadata", "--offline", "--format-version=1"])?
        }
    };
    let metadata: serde_json::Value =
        serde_json::from_str(&metadata).context("cargo metadata is no JSON")?;
    let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let package = packages.iter().find(|package| package["name"] == "wamr-sys");
    let path = package
        .and_then(|package| package["manifest_path"].as_str())
        .ok_or_else(|| anyhow!("{} does not pin wamr-sys", manifest.display()))?;
    Ok(Path::new(path).parent().context("cargo names no folder for wamr-sys")?.to_owned())
}

/// Runs cargo on the pins; returns what it printed.
fn cargo(manifest: &Path, args: &[&str]) -> Result<String> {
    let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(program)
        .args(args)
        .arg("--locked")
        .arg("--manifest-path")
        .arg(manifest)
        .output()
        .context("cannot start cargo")?;
    if !output.status.success() {
        bail!("cargo {}: {}", args[0], String::from_utf8_lossy(&output.stderr).trim());
    }
    String::from_utf8(output.stdout).context("cargo's output is not UTF-8")
}
