//! Core module to component, with `wit-component` in process, and the rule on what a component may
//! import.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use anyhow::{Context, Result, bail, ensure};
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
    WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wit_component::{ComponentEncoder, DecodedWasm};
use wit_parser::{TypeDefKind, WorldItem};

use crate::wasm::inspect::{self, Item, Kind};

/// Which adapter turns the `wasi_snapshot_preview1` calls of a core module into WASI 0.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adapter {
    /// For a program: it exports `wasi:cli/run`.
    Command,
    /// For a library, such as a cap.
    Reactor,
}

/// Makes a component of the core module `core`, by the worlds in its `component-type*` sections.
///
/// An adapter that `core` has no use for is left out of the result. Without one, a module that
/// calls `wasi_snapshot_preview1` is an error that names each function and what in C calls it. The
/// result is validated.
pub fn encode(core: &[u8], wasi_adapter: Option<Adapter>) -> Result<Vec<u8>> {
    let interface = inspect::interface(core)?;
    ensure!(
        interface.kind == Kind::Module,
        "it is a {} already, not a core module",
        interface.kind
    );
    if wasi_adapter.is_none() {
        let preview1: Vec<&Item> =
            interface.imports.iter().filter(|item| is_preview1(item)).collect();
        if !preview1.is_empty() {
            bail!("{}", built_without_wasi(preview1.into_iter()));
        }
    }
    let mut encoder = ComponentEncoder::default();
    encoder
        .validate(true)
        .module(core)
        .context("reading the component-type sections of the core module")?;
    if let Some(adapter) = wasi_adapter {
        let bytes = match adapter {
            Adapter::Command => WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
            Adapter::Reactor => WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
        };
        encoder
            .adapter(WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, bytes)
            .context("adding the WASI adapter")?;
    }
    encoder.encode().context("encoding the component")
}

fn is_preview1(item: &Item) -> bool {
    item.name
        .strip_prefix(WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME)
        .is_some_and(|rest| rest.starts_with(' '))
}

/// What a component may import. The default is nothing at all.
#[derive(Clone, Debug, Default)]
pub struct ImportPolicy {
    /// `wasi:*`: the manifest says `wasi = true`.
    pub wasi: bool,
    /// Further interfaces: `ns:pkg/name@1.2.3` exactly, or `ns:pkg/` and `ns:` for all that begin so.
    pub also: Vec<String>,
}

impl ImportPolicy {
    /// May a component import `name`?
    pub fn allows(&self, name: &str) -> bool {
        (self.wasi && name.starts_with("wasi:"))
            || self.also.iter().any(|allowed| match allowed.ends_with(['/', ':']) {
                true => name.starts_with(allowed),
                false => name == allowed,
            })
    }
}

/// Fails if `component` imports anything that `allowed` does not cover, naming every such import
/// and, for WASI, what in C brings it in.
pub fn check_imports(component: &[u8], allowed: &ImportPolicy) -> Result<()> {
    let interface = inspect::interface(component)?;
    ensure!(interface.kind == Kind::Component, "it is a {}, not a component", interface.kind);
    let refused: Vec<&Item> =
        interface.imports.iter().filter(|item| !allowed.allows(&item.name)).collect();
    let (wasi, other): (Vec<&Item>, Vec<&Item>) =
        refused.into_iter().partition(|item| item.name.starts_with("wasi:"));
    let mut text = String::new();
    if !wasi.is_empty() {
        text = built_without_wasi(wasi.into_iter());
    }
    if !other.is_empty() {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str("it imports what it is not meant to:");
        let only_types = interfaces_of_types(component);
        for item in other {
            _ = write!(text, "\n  {} ({})", item.name, item.kind);
            if only_types.contains(&item.name) {
                text.push_str(": it holds types only; export it from the world as well");
            }
        }
    }
    if text.is_empty() { Ok(()) } else { bail!(text) }
}

/// The imported interfaces of `component` that have neither functions nor resources. Empty if it
/// cannot be read as WIT: this is for a hint.
fn interfaces_of_types(component: &[u8]) -> BTreeSet<String> {
    let Ok(DecodedWasm::Component(resolve, world)) = wit_component::decode(component) else {
        return BTreeSet::new();
    };
    let only_types = |item: &WorldItem| match item {
        WorldItem::Interface { id, .. } => {
            let interface = &resolve.interfaces[*id];
            let mut types = interface.types.values();
            interface.functions.is_empty()
                && types.all(|id| !matches!(resolve.types[*id].kind, TypeDefKind::Resource))
        }
        WorldItem::Function(_) | WorldItem::Type { .. } => false,
    };
    let imports = resolve.worlds[world].imports.iter();
    imports
        .filter(|(_, item)| only_types(item))
        .map(|(key, _)| resolve.name_world_key(key))
        .collect()
}

/// The message for a module or component that was declared free of WASI and is not.
fn built_without_wasi<'a>(imports: impl Iterator<Item = &'a Item>) -> String {
    let mut text = String::from("built without wasi = true, but it imports:");
    // The reason is said once for all imports that share it.
    let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for item in imports {
        by_reason.entry(brought_in_by(&item.name)).or_default().push(&item.name);
    }
    for (reason, names) in by_reason {
        names.iter().for_each(|name| _ = write!(text, "\n  {name}"));
        if !reason.is_empty() {
            _ = write!(text, "\n    brought in by {reason}");
        }
    }
    text.push_str(
        "\n  remove those calls from the implementation, or say wasi = true in its cap.toml",
    );
    text
}

/// What in wasi-libc, or in C code that uses it, leads to the import `name`: a core import
/// (`wasi_snapshot_preview1 fd_write`) or an interface (`wasi:filesystem/types@0.2.0`). Empty if unknown.
fn brought_in_by(name: &str) -> &'static str {
    const FILES: &str = "files: fopen, open, stat, remove";
    const STDIO: &str = "streams: printf, fprintf, puts, perror";
    const CLOCK: &str = "the clock: time, clock_gettime, gettimeofday";
    const RANDOM: &str =
        "randomness: getentropy, arc4random, or malloc and hash seeds that use them";
    const ENVIRONMENT: &str = "the environment: getenv, environ, main's arguments";
    const EXIT: &str = "exit, _Exit, or a main function";
    const WAIT: &str = "waiting: sleep, nanosleep, poll, select";
    const SOCKETS: &str = "sockets: socket, connect, getaddrinfo";
    if let Some(function) = name.strip_prefix("wasi_snapshot_preview1 ") {
        return match function {
            "fd_write" | "fd_read" | "fd_seek" | "fd_close" | "fd_fdstat_get" => STDIO,
            "clock_time_get" | "clock_res_get" => CLOCK,
            "random_get" => RANDOM,
            "proc_exit" => EXIT,
            "poll_oneoff" | "sched_yield" => WAIT,
            _ if function.starts_with("environ_") || function.starts_with("args_") => ENVIRONMENT,
            _ if function.starts_with("sock_") => SOCKETS,
            _ if function.starts_with("fd_") || function.starts_with("path_") => FILES,
            _ => "",
        };
    }
    match name.split('@').next().unwrap_or(name) {
        "wasi:cli/environment" => ENVIRONMENT,
        "wasi:cli/exit" => EXIT,
        "wasi:io/poll" => WAIT,
        "wasi:cli/stdin" | "wasi:cli/stdout" | "wasi:cli/stderr" | "wasi:io/error"
        | "wasi:io/streams" => STDIO,
        other if other.starts_with("wasi:cli/terminal-") => STDIO,
        other if other.starts_with("wasi:filesystem/") => FILES,
        other if other.starts_with("wasi:clocks/") => CLOCK,
        other if other.starts_with("wasi:random/") => RANDOM,
        other if other.starts_with("wasi:sockets/") => SOCKETS,
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn core(text: &str) -> Vec<u8> {
        wat::parse_str(text).unwrap()
    }

    /// A core module that implements `world` of `wit`, as wit-bindgen and wasm-ld would leave it.
    fn core_of(wit: &str, world: &str) -> Vec<u8> {
        let mut resolve = wit_parser::Resolve::default();
        let package = resolve.push_str("test.wit", wit).unwrap();
        let world = resolve.select_world(&[package], Some(world)).unwrap();
        let abi = wit_parser::ManglingAndAbi::Legacy(wit_parser::LiftLowerAbi::Sync);
        let mut module = wit_component::dummy_module(&resolve, world, abi);
        let encoding = wit_component::StringEncoding::UTF8;
        wit_component::embed_component_metadata(&mut module, &resolve, world, encoding, false)
            .unwrap();
        module
    }

    const CRC: &str = "package demo:crc@0.1.0; interface types { enum error { odd } }
        interface checked { use types.{error}; run: func() -> result<u32, error>; }
        world half { export checked; }
        interface crc { update: func(data: list<u8>) -> u32; }
        world cap { export crc; } world ext { import crc; export run: func(); }";

    #[test]
    fn cap_without_wasi_imports_nothing() {
        let component = encode(&core_of(CRC, "cap"), None).unwrap();
        check_imports(&component, &ImportPolicy::default()).unwrap();
        let found = inspect::interface(&component).unwrap();
        assert_eq!(found.kind, Kind::Component);
        assert_eq!(found.exports[0].name, "demo:crc/crc@0.1.0");
    }

    #[test]
    fn unused_adapter_leaves_no_trace() {
        let core = core_of(CRC, "cap");
        assert_eq!(encode(&core, None).unwrap(), encode(&core, Some(Adapter::Reactor)).unwrap());
    }

    #[test]
    fn preview1_without_wasi_names_the_functions_and_their_cause() {
        let module = core(
            r#"(module
                (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
                (import "wasi_snapshot_preview1" "fd_close" (func (param i32) (result i32)))
                (import "wasi_snapshot_preview1" "clock_time_get" (func (param i32 i64 i32) (result i32)))
                (memory (export "memory") 1))"#,
        );
        expect![[r#"
            built without wasi = true, but it imports:
              wasi_snapshot_preview1 fd_write
              wasi_snapshot_preview1 fd_close
                brought in by streams: printf, fprintf, puts, perror
              wasi_snapshot_preview1 clock_time_get
                brought in by the clock: time, clock_gettime, gettimeofday
              remove those calls from the implementation, or say wasi = true in its cap.toml"#]]
        .assert_eq(&encode(&module, None).unwrap_err().to_string());
    }

    #[test]
    fn preview1_with_the_adapter_imports_wasi_only() {
        let mut module = core(
            r#"(module
                (import "wasi_snapshot_preview1" "random_get" (func $get (param i32 i32) (result i32)))
                (memory (export "memory") 1)
                (func (export "f") (drop (call $get (i32.const 0) (i32.const 8)))))"#,
        );
        let mut resolve = wit_parser::Resolve::default();
        let package =
            resolve.push_str("t.wit", "package t:t; world w { export f: func(); }").unwrap();
        let world = resolve.select_world(&[package], None).unwrap();
        let encoding = wit_component::StringEncoding::UTF8;
        wit_component::embed_component_metadata(&mut module, &resolve, world, encoding, false)
            .unwrap();
        let component = encode(&module, Some(Adapter::Reactor)).unwrap();
        let wasi = ImportPolicy { wasi: true, also: vec![] };
        check_imports(&component, &wasi).unwrap();
        let error = check_imports(&component, &ImportPolicy::default()).unwrap_err().to_string();
        assert!(error.contains("wasi:random/random@0.2"), "{error}");
        assert!(error.contains("getentropy"), "{error}");
    }

    #[test]
    fn import_that_is_not_declared_is_named() {
        let component = encode(&core_of(CRC, "ext"), None).unwrap();
        let wasi = ImportPolicy { wasi: true, also: vec![] };
        expect![[r#"
            it imports what it is not meant to:
              demo:crc/crc@0.1.0 (instance)"#]]
        .assert_eq(&check_imports(&component, &wasi).unwrap_err().to_string());
        for also in ["demo:crc/crc@0.1.0", "demo:crc/", "demo:"] {
            check_imports(&component, &ImportPolicy { wasi: false, also: vec![also.into()] })
                .unwrap();
        }
        let near = ImportPolicy { wasi: true, also: vec!["demo:crc/cr".into()] };
        assert!(check_imports(&component, &near).is_err());
    }

    #[test]
    fn import_of_types_says_what_to_do() {
        let component = encode(&core_of(CRC, "half"), None).unwrap();
        let error = check_imports(&component, &ImportPolicy::default()).unwrap_err();
        expect![[r#"
            it imports what it is not meant to:
              demo:crc/types@0.1.0 (instance): it holds types only; export it from the world as well"#]].assert_eq(&error.to_string());
    }

    #[test]
    fn wrong_kind_and_garbage_are_refused() {
        let component = encode(&core_of(CRC, "cap"), None).unwrap();
        let error = encode(&component, None).unwrap_err().to_string();
        assert_eq!(error, "it is a component already, not a core module");
        let error =
            check_imports(&core("(module)"), &ImportPolicy::default()).unwrap_err().to_string();
        assert_eq!(error, "it is a core module, not a component");
        assert!(encode(b"rubbish", None).is_err());
        let module = core_of(CRC, "cap");
        assert!(encode(&module[..module.len() / 2], None).is_err());
    }

    #[test]
    fn module_that_lacks_an_export_of_its_world_is_an_error() {
        let mut module = core("(module (memory (export \"memory\") 1))");
        let mut resolve = wit_parser::Resolve::default();
        let package = resolve.push_str("test.wit", CRC).unwrap();
        let world = resolve.select_world(&[package], Some("cap")).unwrap();
        let encoding = wit_component::StringEncoding::UTF8;
        wit_component::embed_component_metadata(&mut module, &resolve, world, encoding, false)
            .unwrap();
        let error = format!("{:#}", encode(&module, None).unwrap_err());
        assert!(error.contains("interface `demo:crc/crc@0.1.0` function `update`"), "{error}");
    }
}
