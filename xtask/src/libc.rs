//! Our functions in place of wasi-libc's, for wasm32-wasip2: `runtimes/common/libc` for every program, and of them
//! `runtimes/common/memory` for every cap, too; `runtimes/common/search` for CPython and caps in C++; `caps/common/libc` for caps without WASI; and what stands in place of
//! its crt1.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::compile::{Compile, OUR_WARNINGS, Place, sources};
use crate::graph::Context;
use crate::toolchain::{Target, Toolchain};

/// Relative to the checkout. Who includes its headers names it.
pub const FOLDER: &str = "runtimes/common/libc";

/// Whoever includes `landing.h` names it.
pub const MEMORY: &str = "runtimes/common/memory";

/// The entry of every program, and its world. Whoever includes `entry.h` names it.
pub const COMMAND: &str = "runtimes/common/command";
pub const COMMAND_WORLD: &str = "command";

/// What a program lends its host, and its world. Whoever includes `attention.h` names it.
pub const ATTENTION: &str = "runtimes/common/attention";
pub const ATTENTION_WORLD: &str = "attention";

/// What lets a library print into memory, assert and exit in a component that imports nothing.
const WITHOUT_WASI: &str = "caps/common/libc";

/// Archives of wasi-libc, in the order in which they are searched, for a component without WASI: its printf has no
/// error message to write to standard error, since it can print everything.
pub const ARCHIVES_WITHOUT_WASI: &[&str] = &["-lc-printscan-long-double", "-lc", "-lm"];
pub const ARCHIVES: &[&str] = &["-lc", "-lm"];

/// Flags of the linker that put [`memory`] in libc's place.
pub const MEMORY_FLAGS: &[&str] = &["--wrap=free", "--wrap=realloc"];

/// Functions that share an archive member with others, so that the linker has to wrap them. All else replaces whole
/// members: an object that comes before the archive.
const WRAPPED: &[&str] = &[
    "getaddrinfo",
    "gethostbyaddr",
    "gethostbyname",
    "getnameinfo",
    "hstrerror",
    "__wasilibc_map_socket_error",
    "chmod",
    "fchmod",
    "fchmodat",
    "fpathconf",
    "fstatvfs",
    "ioctl",
    "link",
    "mkdir",
    "mkdirat",
    "open",
    "openat",
    "pathconf",
    "rename",
    "rmdir",
    "statvfs",
    "sysconf",
];

pub fn objects(cx: &Context, toolchain: &Toolchain) -> Result<Vec<Compile>> {
    let files = sources(cx, Path::new(FOLDER))?;
    let objects = files.iter().map(|file| compile(toolchain, file));
    Ok(objects.chain([memory(toolchain)]).collect())
}

/// The entry, and the bindings of its world. No part of libc: it calls the program.
pub fn entry(toolchain: &Toolchain) -> [Compile; 2] {
    let of = |file: &str| compile(toolchain, Path::new(COMMAND).join(file).as_ref());
    let bindings = of("gen/command.c");
    [of("entry.c"), Compile { flags: vec!["-w".into(), "-O2".into()], ..bindings }]
}

/// What lets the host tell a program of signals and of the terminal, and the bindings of its world.
pub fn attention(toolchain: &Toolchain) -> [Compile; 2] {
    let of = |file: &str| {
        let mut compile = compile(toolchain, Path::new(ATTENTION).join(file).as_ref());
        compile.include.push(Place::checkout(FOLDER));
        compile
    };
    let bindings = of("gen/attention.c");
    [of("attention.c"), Compile { flags: vec!["-w".into(), "-O2".into()], ..bindings }]
}

/// That it does.
pub fn attention_type() -> PathBuf {
    Path::new(ATTENTION).join("gen/attention_component_type.o")
}

/// What [`entry`] asks of the host, beyond what libc's own objects declare.
pub fn component_type() -> PathBuf {
    Path::new(COMMAND).join("gen/command_component_type.o")
}

/// For a component without WASI.
pub fn without_wasi(cx: &Context, toolchain: &Toolchain) -> Result<Vec<Compile>> {
    Ok(sources(cx, Path::new(WITHOUT_WASI))?.iter().map(|file| compile(toolchain, file)).collect())
}

/// The memory of what is handed over between components; linked with [`MEMORY_FLAGS`].
pub fn memory(toolchain: &Toolchain) -> Compile {
    compile(toolchain, format!("{MEMORY}/cabi_realloc.c").as_ref())
}

/// What finds and compares bytes by SIMD.
pub fn search(toolchain: &Toolchain) -> Compile {
    compile(toolchain, "runtimes/common/search/memory_search.c".as_ref())
}

/// The same as [`memory`] for caps in a core module of WASI preview 1, where nothing crosses but what link shims copy.
pub fn memory_of_image(toolchain: &Toolchain) -> Compile {
    let mut compile = Compile { target: Target::Wasip1, ..memory(toolchain) };
    compile.flags.push("-DNOT_A_COMPONENT".to_owned());
    compile
}

fn compile(toolchain: &Toolchain, file: &Path) -> Compile {
    Compile {
        toolchain: toolchain.clone(),
        target: Target::Wasip2,
        source: Place::checkout(file),
        include: vec![Place::checkout(MEMORY)],
        flags: OUR_WARNINGS
            .iter()
            .chain(&["-O2", "-D_GNU_SOURCE"])
            .map(|flag| flag.to_string())
            .collect(),
    }
}

/// Flags of the linker for [`objects`].
pub fn wraps() -> impl Iterator<Item = String> {
    let wrapped = WRAPPED.iter().map(|name| format!("--wrap={name}"));
    wrapped.chain(MEMORY_FLAGS.iter().map(|flag| flag.to_string()))
}
