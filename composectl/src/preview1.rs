//! A guest that is a core module of WASI preview 1, as small engines run it: it imports functions of
//! `wasi_snapshot_preview1` and exports `_start` and its memory. Grants, bounds, the cache and exit codes are those of
//! components. It cannot resolve providers.

use std::path::Path;

use wasmtime::{Engine, InstancePre, Linker, Module, Store};
use wasmtime_wasi::I32Exit;
use wasmtime_wasi::p1::{self, WasiP1Ctx};

use crate::beneath::Fences;
use crate::exit::{CANNOT_RUN, FAILED, Failure};
use crate::grants::Granted;
use crate::limits::MemoryLimit;
use crate::preview1_paths;
use crate::preview1_places::Folders;

pub const WASI: &str = "wasi_snapshot_preview1";

/// What such a guest's store holds.
pub struct Guest {
    pub wasi: WasiP1Ctx,
    pub fences: Fences,
    /// How many folders were granted.
    pub granted: usize,
    pub folders: Folders,
    pub memory: MemoryLimit,
}

impl Guest {
    /// A guest before its start.
    pub fn new(granted: Granted, memory: MemoryLimit) -> Self {
        let Granted { mut wasi, fences, folders: granted } = granted;
        Self { wasi: wasi.build_p1(), fences, granted, folders: None, memory }
    }
}

/// Connects the module's imports with what the host offers; `store` is the one that it will run in.
pub fn link(
    path: &Path,
    engine: &Engine,
    module: &Module,
    store: &mut Store<Guest>,
) -> Result<InstancePre<Guest>, Failure> {
    let name = path.display();
    if module.get_export("_start").is_none() {
        let failure = Failure::new(
            CANNOT_RUN,
            format_args!("{name} has nothing to run: it does not export _start"),
        );
        return Err(failure.with_hint(
            "it is a core module; those that are programs of WASI preview 1 export _start",
        ));
    }
    let linker = linker(engine).map_err(|error| {
        Failure::new(FAILED, format_args!("cannot set up the host's functions: {error:#}"))
    })?;
    linker.instantiate_pre(module).map_err(|error| {
        let unknown: Vec<_> = module
            .imports()
            .filter(|import| linker.get(&mut *store, import.module(), import.name()).is_err())
            .map(|import| format!("{}.{}", import.module(), import.name()))
            .collect();
        let what = match unknown.as_slice() {
            [] => format!("{name} wants other types than composectl provides: {error:#}"),
            names => {
                format!("{name} imports what composectl does not provide: {}", names.join(", "))
            }
        };
        Failure::new(CANNOT_RUN, what)
            .with_hint(format!("a core module gets WASI preview 1 ({WASI}) and nothing else"))
    })
}

/// WASI preview 1. wasmtime's own `proc_exit` takes codes below 126 only; a program's may be any byte.
fn linker(engine: &Engine) -> wasmtime::Result<Linker<Guest>> {
    let mut linker = Linker::new(engine);
    p1::add_to_linker_sync(&mut linker, |guest: &mut Guest| &mut guest.wasi)?;
    linker.allow_shadowing(true);
    preview1_paths::add_to_linker(&mut linker)?;
    linker.func_wrap(WASI, "proc_exit", |code: i32| -> wasmtime::Result<()> {
        Err(I32Exit(code & 0xff).into())
    })?;
    Ok(linker)
}
