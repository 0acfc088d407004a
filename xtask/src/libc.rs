//! Our functions in place of wasi-libc's, `runtimes/common/libc`, for every program of wasm32-wasip2.

use std::path::Path;

use anyhow::Result;

use crate::compile::{self, Compile, OUR_WARNINGS, Place};
use crate::graph::Context;
use crate::toolchain::{Target, Toolchain};

/// Relative to the checkout. Who includes its headers names it.
pub const FOLDER: &str = "runtimes/common/libc";

/// Functions that share an archive member with others, so that the linker has to wrap them. All else replaces whole
/// members: an object that comes before the archive.
pub const WRAPPED: &[&str] =
    &["getaddrinfo", "__wasilibc_map_socket_error", "link", "rename", "rmdir"];

pub fn objects(cx: &Context, toolchain: &Toolchain) -> Result<Vec<Compile>> {
    let files = compile::sources(cx, Path::new(FOLDER))?;
    Ok(files
        .into_iter()
        .map(|file| Compile {
            toolchain: toolchain.clone(),
            target: Target::Wasip2,
            source: Place::checkout(file),
            include: Vec::new(),
            flags: OUR_WARNINGS
                .iter()
                .chain(&["-O2", "-D_GNU_SOURCE"])
                .map(|flag| flag.to_string())
                .collect(),
        })
        .collect())
}

/// What tells the linker of [`WRAPPED`].
pub fn wraps() -> impl Iterator<Item = String> {
    WRAPPED.iter().map(|name| format!("--wrap={name}"))
}
