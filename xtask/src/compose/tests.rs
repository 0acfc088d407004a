//! Composition by example: a folder a case in `tests/graphs/`.
//!
//! A case has `socket.wit` (or `.wat`), any number of `cap-<name>.wit|.wat|.bin`, and optionally
//! `options.txt` with lines `allow PREFIX`, `known INTERFACE SWITCH` and `fuse`. Of a `.wit` file a
//! component is made whose functions trap. The case's golden file is `result.txt` or `error.txt`;
//! `UPDATE_EXPECT=1` writes it.

use std::fmt::Write;

use camino::{Utf8Path, Utf8PathBuf};
use expect_test::{expect, expect_file};
use wac_graph::{CompositionGraph, EncodeOptions};
use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentInstance, Parser, Payload, WasmFeatures,
};
use wit_component::WitPrinter;

use super::*;

fn cases_folder() -> Utf8PathBuf {
    let root = std::env::var("PYLON_XTASK_DIR").unwrap_or(env!("CARGO_MANIFEST_DIR").to_string());
    Utf8PathBuf::from(root).join("tests/graphs")
}

fn parse_wit(text: &str) -> (Resolve, WorldId) {
    let mut resolve = Resolve::default();
    let package =
        resolve.push_str("test.wit", text).unwrap_or_else(|error| panic!("{error:#}\n{text}"));
    let world = resolve.select_world(&[package], None).unwrap();
    (resolve, world)
}

fn component_of(wit: &str) -> Vec<u8> {
    let (resolve, world) = parse_wit(wit);
    reference_component(&resolve, world).unwrap()
}

fn load(path: &Utf8Path) -> Vec<u8> {
    match path.extension() {
        Some("wit") => component_of(&std::fs::read_to_string(path).unwrap()),
        Some("wat") => wat::parse_file(path).unwrap(),
        _ => std::fs::read(path).unwrap(),
    }
}

struct Case {
    folder: Utf8PathBuf,
    socket: Part,
    caps: Vec<Part>,
    options: Options,
}

fn read_case(folder: Utf8PathBuf) -> Case {
    let mut files: Vec<Utf8PathBuf> =
        folder.read_dir_utf8().unwrap().map(|entry| entry.unwrap().into_path()).collect();
    files.sort();
    let mut options = Options::default();
    let mut socket = None;
    let mut caps = Vec::new();
    for file in files {
        match file.file_stem() {
            Some("result" | "error") => {}
            Some("options") => {
                for line in std::fs::read_to_string(&file).unwrap().lines() {
                    match line.split(' ').collect::<Vec<_>>()[..] {
                        ["fuse"] => options.fuse = true,
                        ["allow", prefix] => options.allowed_imports.push(prefix.to_string()),
                        ["known", interface, switch] => {
                            options
                                .known_exporters
                                .insert(interface.to_string(), switch.to_string());
                        }
                        _ => panic!("{file}: {line}"),
                    }
                }
            }
            Some("socket") => {
                socket =
                    Some(Part { name: "python".to_string(), bytes: load(&file), switch: None });
            }
            stem => {
                let name = stem.and_then(|stem| stem.strip_prefix("cap-"));
                let name = name.unwrap_or_else(|| panic!("{file} has no part in a case"));
                let switch = Some(format!("WITH_{}", name.to_uppercase()));
                caps.push(Part { name: name.to_string(), bytes: load(&file), switch });
            }
        }
    }
    Case { socket: socket.expect("a socket"), caps, options, folder }
}

fn cases() -> Vec<Case> {
    let mut folders: Vec<Utf8PathBuf> =
        cases_folder().read_dir_utf8().unwrap().map(|entry| entry.unwrap().into_path()).collect();
    folders.sort();
    folders.into_iter().map(read_case).collect()
}

/// The result in words: what it imports and exports, and how its parts are wired.
fn describe(composition: &Composition, case: &Case) -> String {
    let mut text = String::new();
    composition.notes.iter().for_each(|note| _ = writeln!(text, "note: {note}"));
    let parts = Parser::new(0).parse_all(&composition.bytes);
    let composed = parts.flatten().any(|part| matches!(part, Payload::ComponentSection { .. }));
    match composed {
        true => text.push_str(&wiring_of(&composition.bytes, case)),
        false => text.push_str("fused into one component\n"),
    }
    let decoded = wit_component::decode(&composition.bytes).unwrap();
    let mut printer: WitPrinter = WitPrinter::default();
    printer.print(decoded.resolve(), decoded.package(), &[]).unwrap();
    _ = write!(text, "\n{}", printer.output);
    text
}

/// Each instantiation at the top level with where its arguments come from. Parts are recognised by
/// their bytes, so this also shows that they went in unchanged; others are of `compose`'s own making.
fn wiring_of(wasm: &[u8], case: &Case) -> String {
    let mut text = String::new();
    let mut components: Vec<String> = Vec::new();
    let mut instances: Vec<String> = Vec::new();
    let mut functions: Vec<String> = Vec::new();
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.unwrap();
        match payload {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentSection { unchecked_range: range, .. } if depth == 1 => {
                let bytes = &wasm[range.start as usize..range.end as usize];
                let part = case.caps.iter().chain([&case.socket]).find(|part| part.bytes == bytes);
                components.push(part.map_or("(made)", |part| &part.name).to_owned());
            }
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section {
                    let import = import.unwrap();
                    if import.ty.kind() == ComponentExternalKind::Instance {
                        instances.push(format!("host {}", import.name.name));
                    }
                }
            }
            Payload::ComponentAliasSection(section) if depth == 1 => {
                for alias in section {
                    if let ComponentAlias::InstanceExport { kind, instance_index, name } =
                        alias.unwrap()
                    {
                        let source = format!("{} {name}", instances[instance_index as usize]);
                        match kind {
                            ComponentExternalKind::Instance => instances.push(source),
                            ComponentExternalKind::Func => functions.push(source),
                            _ => {}
                        }
                    }
                }
            }
            Payload::ComponentInstanceSection(section) if depth == 1 => {
                for instance in section {
                    let ComponentInstance::Instantiate { component_index, args } =
                        instance.unwrap()
                    else {
                        panic!("no instances of exports are expected");
                    };
                    let name = components[component_index as usize].clone();
                    _ = writeln!(text, "instance {name}");
                    for arg in args.iter().filter(|arg| arg.kind == ComponentExternalKind::Instance)
                    {
                        _ = writeln!(text, "  {} <- {}", arg.name, instances[arg.index as usize]);
                    }
                    instances.push(name);
                }
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                for export in section {
                    let export = export.unwrap();
                    let source = match export.kind {
                        ComponentExternalKind::Func => functions[export.index as usize].clone(),
                        ComponentExternalKind::Instance => instances[export.index as usize].clone(),
                        _ => continue,
                    };
                    _ = writeln!(text, "export {} <- {source}", export.name.name);
                }
            }
            _ => {}
        }
    }
    text
}

#[test]
fn graphs() {
    let mut failing = 0;
    let cases = cases();
    for case in &cases {
        let compose = |caps: &[Part], validate: bool| {
            let options = Options { validate, ..case.options.clone() };
            compose(case.socket.clone(), caps.to_vec(), &options)
        };
        let result = compose(&case.caps, true);
        let [result_file, error_file] =
            ["result.txt", "error.txt"].map(|name| case.folder.join(name));
        let (text, golden, stale) = match &result {
            Ok(composition) => (describe(composition, case), result_file, error_file),
            Err(error) => (format!("{error:#}\n"), error_file, result_file),
        };
        failing += usize::from(result.is_err());
        if stale.exists() && std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::remove_file(&stale).unwrap();
        }
        expect_file![golden.as_std_path()].assert_eq(&text);
        assert!(!stale.exists(), "{} has two golden files", case.folder);

        // Neither the order of the caps nor the depth of validation may show.
        let mut caps = case.caps.clone();
        for _ in 0..case.caps.len().max(1) {
            caps.rotate_left(usize::from(!case.caps.is_empty()));
            let reversed: Vec<Part> = caps.iter().rev().cloned().collect();
            for (caps, validate) in [(&caps, true), (&reversed, true), (&caps, false)] {
                match (&result, compose(caps, validate)) {
                    (Ok(first), Ok(again)) => {
                        assert!(first.bytes == again.bytes, "{}: other bytes", case.folder);
                        assert_eq!((&first.notes, &first.caps), (&again.notes, &again.caps));
                    }
                    (Err(first), Err(again)) => {
                        assert_eq!(format!("{first:#}"), format!("{again:#}"))
                    }
                    _ => panic!("{}: the order decides", case.folder),
                }
            }
        }
    }
    assert!(failing * 2 > cases.len(), "failing cases should outnumber passing ones");
}

/// What `wac plug` makes of the same parts.
fn stock_plug(case: &Case) -> Vec<u8> {
    let mut graph = CompositionGraph::new();
    let mut register = |part: &Part| {
        let name = format!("test:{}", part.name);
        let package =
            Package::from_bytes(&name, None, part.bytes.clone(), graph.types_mut()).unwrap();
        graph.register_package(package).unwrap()
    };
    let socket = register(&case.socket);
    let plugs = case.caps.iter().map(&mut register).collect();
    wac_graph::plug(&mut graph, plugs, socket).unwrap();
    graph
        .encode(EncodeOptions { define_components: true, validate: true, processor: None })
        .unwrap()
}

#[test]
fn stock_plug_gives_a_component_of_the_same_interface() {
    for name in
        ["simple", "resources", "semver-compatible", "wasi-merge", "unneeded", "dynlink-allowed"]
    {
        let case = read_case(cases_folder().join(name));
        let ours = compose(case.socket.clone(), case.caps.clone(), &case.options).unwrap();
        let stock = stock_plug(&case);
        wasmparser::Validator::new_with_features(WasmFeatures::all()).validate_all(&stock).unwrap();
        let sorted = |mut items: Vec<inspect::Item>| {
            items.sort();
            items
        };
        let [ours, stock] = [&ours.bytes, &stock].map(|bytes| inspect::interface(bytes).unwrap());
        assert_eq!(sorted(ours.imports), sorted(stock.imports), "{name}");
        assert_eq!(sorted(ours.exports), sorted(stock.exports), "{name}");
    }
}

const CONTRACT: &str = "package demo:zlib@0.2.0;
    interface codec {
        record options { level: u8 }
        deflate: func(data: list<u8>, o: options) -> list<u8>;
        inflate: func(data: list<u8>) -> list<u8>;
    }
    interface check { crc: func(data: list<u8>) -> u32; }
    world cap { export codec; export check; }";

fn implements(component: &[u8]) -> Result<()> {
    let (resolve, world) = parse_wit(CONTRACT);
    check_implements("my-zlib.wasm", component, &resolve, world)
}

#[test]
fn component_of_the_contract_implements_it() {
    implements(&component_of(CONTRACT)).unwrap();
}

#[test]
fn component_may_export_more_import_what_it_likes_and_be_newer() {
    let more = CONTRACT
        .replace("@0.2.0", "@0.2.7")
        .replace("-> u32;", "-> u32; adler: func() -> u32;")
        .replace(
            "world cap {",
            "interface log { put: func(s: string); } world cap { import log; export extra: func();",
        );
    implements(&component_of(&more)).unwrap();
}

#[test]
fn component_that_differs_from_the_contract_is_shown_in_wit() {
    let other = CONTRACT
        .replace("level: u8", "level: s8")
        .replace("inflate: func(data: list<u8>)", "inflate: func(data: string)");
    expect![[r#"
        `my-zlib.wasm` does not implement the contract:
          mismatched type for export `options`: mismatched type for record field `level`: expected u8, found s8
          the contract exports demo:zlib/codec@0.2.0:
            inflate: func(data: list<u8>) -> list<u8>;
            record options {
              level: u8,
            }
          my-zlib.wasm exports demo:zlib/codec@0.2.0:
            inflate: func(data: string) -> list<u8>;
            record options {
              level: s8,
            }"#]].assert_eq(&implements(&component_of(&other)).unwrap_err().to_string());
}

#[test]
fn component_that_lacks_an_interface_is_told_what_it_has() {
    let other = CONTRACT.replace("export check;", "export run: func();");
    expect![[r#"
        `my-zlib.wasm` does not implement the contract:
          it does not export demo:zlib/check@0.2.0
          what it exports: run, demo:zlib/codec@0.2.0"#]]
    .assert_eq(&implements(&component_of(&other)).unwrap_err().to_string());
}

#[test]
fn component_of_an_incompatible_version_is_refused() {
    let other = CONTRACT.replace("@0.2.0", "@0.3.0");
    expect![[r#"
        `my-zlib.wasm` does not implement the contract:
          it does not export demo:zlib/codec@0.2.0
          it does not export demo:zlib/check@0.2.0
          what it exports: demo:zlib/codec@0.3.0, demo:zlib/check@0.3.0"#]]
    .assert_eq(&implements(&component_of(&other)).unwrap_err().to_string());
}

#[test]
fn replacement_that_is_no_component_is_refused() {
    let errors: Vec<String> =
        [&b"\x89PNG\r\n\x1a\n"[..], &wat::parse_str("(module)").unwrap(), b"\0asm\x0d\0\x01\0\x07"]
            .iter()
            .map(|bytes| format!("{:#}", implements(bytes).unwrap_err()))
            .collect();
    expect![[r#"
        `my-zlib.wasm`: not a WebAssembly binary: it starts with 89 50 4e 47 0d 0a 1a 0a, not with 00 61 73 6d
        `my-zlib.wasm` is a core module, not a component
        reading the component `my-zlib.wasm`: unexpected end-of-file (at offset 0x9)"#]].assert_eq(&errors.join("\n"));
}

#[test]
fn best_match_prefers_the_exact_then_the_newest_version() {
    let offered = ["a:b/c@1.2.0", "a:b/c@1.10.0", "a:b/c@2.0.0", "a:b/d@1.2.0", "plain"];
    let find = |wanted| best_match(offered.into_iter(), wanted);
    assert_eq!(find("a:b/c@1.2.0"), Some("a:b/c@1.2.0"));
    assert_eq!(find("a:b/c@1.1.0"), Some("a:b/c@1.10.0"));
    assert_eq!(find("a:b/c@3.0.0"), None);
    assert_eq!(find("a:b/c"), None);
    assert_eq!(find("plain"), Some("plain"));
}
