//! What an image has to be like, so that the engines run it: checked on what was made, not believed of what made it.

use std::fmt::Write;

use anyhow::{Result, bail, ensure};
use wasmparser::Operator;

use super::Engine;
use crate::wasm::flat::Module;
use crate::wasm::flat::features::Dialect;
use crate::wasm::inspect;

/// The functions of WASI preview 1 that every engine has: WAMR since 2020, wasmtime. (It lacks WAMR's `proc_raise`.)
const PREVIEW1: &[&str] = &[
    "args_get",
    "args_sizes_get",
    "clock_res_get",
    "clock_time_get",
    "environ_get",
    "environ_sizes_get",
    "fd_advise",
    "fd_allocate",
    "fd_close",
    "fd_datasync",
    "fd_fdstat_get",
    "fd_fdstat_set_flags",
    "fd_fdstat_set_rights",
    "fd_filestat_get",
    "fd_filestat_set_size",
    "fd_filestat_set_times",
    "fd_pread",
    "fd_prestat_dir_name",
    "fd_prestat_get",
    "fd_pwrite",
    "fd_read",
    "fd_readdir",
    "fd_renumber",
    "fd_seek",
    "fd_sync",
    "fd_tell",
    "fd_write",
    "path_create_directory",
    "path_filestat_get",
    "path_filestat_set_times",
    "path_link",
    "path_open",
    "path_readlink",
    "path_remove_directory",
    "path_rename",
    "path_symlink",
    "path_unlink_file",
    "poll_oneoff",
    "proc_exit",
    "random_get",
    "sched_yield",
    "sock_recv",
    "sock_send",
    "sock_shutdown",
];

/// Fails unless `wasm` runs on `engine`: a core module of the plain dialect without instructions that copy tables,
/// which imports functions of [`PREVIEW1`] and exports `memory` and `_start`. For wamrc also without a start function,
/// which it would compile and nobody call.
pub(super) fn image(wasm: &[u8], engine: Engine) -> Result<()> {
    outside(wasm)?;
    let module = Module::read(wasm, Dialect::Plain)?;
    for body in &module.bodies {
        // They are part of bulk-memory, but not of WAMR's.
        let copies_table = |op: &Operator| {
            matches!(
                op,
                Operator::TableInit { .. } | Operator::TableCopy { .. } | Operator::ElemDrop { .. }
            )
        };
        if let Some(at) = body.ops.iter().position(copies_table) {
            return Err(module.refuse(body, at, "it copies a table, which WAMR cannot"));
        }
    }
    ensure!(
        engine != Engine::WamrAot || module.start.is_none(),
        "the image has a start function, which compiled by wamrc is never called"
    );
    Ok(())
}

fn outside(wasm: &[u8]) -> Result<()> {
    let interface = inspect::interface(wasm)?;
    let known = |name: &str| {
        let function = name.strip_prefix("wasi_snapshot_preview1 ");
        function.is_some_and(|function| PREVIEW1.contains(&function))
    };
    let mut refused = String::new();
    for import in interface.imports.iter().filter(|import| !known(&import.name)) {
        _ = write!(refused, "\n  {} ({})", import.name, import.kind);
    }
    if !refused.is_empty() {
        bail!("the image imports what not every engine has:{refused}");
    }
    let exports: Vec<_> = interface.exports.iter().map(|item| (&*item.name, item.kind)).collect();
    for wanted in [("memory", "memory"), ("_start", "func")] {
        ensure!(exports.contains(&wanted), "the image exports no {} `{}`", wanted.1, wanted.0);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str, engine: Engine) -> String {
        format!("{:#}", image(&wat::parse_str(text).unwrap(), engine).unwrap_err())
    }

    const EXPORTS: &str = r#"(memory (export "memory") 1) (func $s (export "_start"))"#;

    #[test]
    fn a_command_of_preview1_passes_for_every_engine() {
        let text = format!(
            r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i32))) {EXPORTS})"#
        );
        let wasm = wat::parse_str(text).unwrap();
        for engine in [Engine::Wamr, Engine::WamrAot, Engine::Wasmtime, Engine::Generic] {
            image(&wasm, engine).unwrap();
        }
    }

    #[test]
    fn imports_that_some_engine_lacks_are_named() {
        let text = format!(
            r#"(module (import "env" "f" (func))
                (import "wasi_snapshot_preview1" "sock_accept" (func)) {EXPORTS})"#
        );
        let error = error(&text, Engine::Generic);
        assert!(error.contains("env f (func)"), "{error}");
        assert!(error.contains("sock_accept"), "{error}");
    }

    #[test]
    fn what_every_engine_looks_for_must_be_exported() {
        let no_start = error(r#"(module (memory (export "memory") 1))"#, Engine::Wamr);
        assert!(no_start.contains("no func `_start`"), "{no_start}");
        assert!(error(r#"(module (func (export "_start")))"#, Engine::Wamr).contains("`memory`"));
    }

    #[test]
    fn instructions_that_wamr_lacks_are_refused_with_their_function() {
        let text = format!(
            "(module {EXPORTS} (table 1 funcref) (elem func $s)
                (func (table.init 0 (i32.const 0) (i32.const 0) (i32.const 0))))"
        );
        let error = error(&text, Engine::Wamr);
        assert!(error.contains("function 1") && error.contains("copies a table"), "{error}");
    }

    #[test]
    fn wamrc_wants_no_start_function() {
        let text = format!("(module {EXPORTS} (start $s))");
        image(&wat::parse_str(&text).unwrap(), Engine::Wamr).unwrap();
        assert!(error(&text, Engine::WamrAot).contains("start function"));
    }
}
