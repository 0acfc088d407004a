//! What others wrote (plans, stores, components, file names) cannot steer a terminal, hide what is shown nor forge lines.

use std::process::Output;

use crate::Place;

/// Goes back to the line's begin, clears it, writes another, and hides what follows.
const HIDE: &str = "\r\u{1b}[2K  grants      none\u{1b}[8m";
/// Turns the rest of the line around.
const TURN: &str = "\u{202e}";
/// Begins a line of its own.
const FORGE: &str = "\u{2028}\n  grants      none";

fn as_json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Fails if what was printed has anything but lines of visible characters; the text of both streams.
#[track_caller]
fn visible(output: &Output) -> String {
    let text = String::from_utf8([&output.stdout[..], &output.stderr].concat()).expect("UTF-8");
    let is_bad = |c: &char| c.is_control() && *c != '\n' || "\u{202e}\u{2028}\u{9b}".contains(*c);
    assert_eq!(text.chars().find(is_bad), None, "{text:?}");
    text
}

/// A plan whose every free text is an attack.
fn hostile_plan(place: &Place) {
    let attack = format!("{HIDE}{TURN}{FORGE}");
    let text = |before: &str| as_json(&format!("{before}{attack}"));
    let entry = format!(
        r#"{{"id": "a", "digest": "sha256:{}", "source": {}, "grants": {{"dirs": ["/::/host", {}], "env": [{}], "net": ["*"]}}}}"#,
        "07".repeat(32),
        as_json(&format!("x{TURN}")),
        text("/etc"),
        text("A="),
    );
    let binding =
        format!(r#"{{"import_name": {}, "provider_id": "a", "export_name": {0}}}"#, text("i"));
    place.write(
        "plan.json",
        format!(
            r#"{{"version": "1", "components": [{entry}], "bindings": [{binding}], "explicit_exports": [{}]}}"#,
            text("e")
        ),
    );
}

#[test]
fn a_plan_cannot_hide_what_it_grants() {
    let place = Place::new();
    hostile_plan(&place);
    let shown = visible(&place.composectl(&["plan", "show", "plan.json"]));
    let grants: Vec<_> = shown.lines().filter(|line| line.starts_with("  grants ")).collect();
    assert_eq!(grants.len(), 1, "{shown}");
    assert!(grants[0].starts_with("  grants      dir /::/host, dir /etc\\r\\u{1b}[2K"), "{shown}");
    assert!(grants[0].ends_with("net *"), "{shown}");
    for words in [
        &["plan", "validate", "--deep", "plan.json"][..],
        &["plan", "lock", "plan.json"],
        &["plan", "rm", "plan.json", HIDE],
        &["trust", "verify", "--signed", "plan.json", HIDE],
        &["run", "--plan", "plan.json"],
    ] {
        visible(&place.composectl(words));
    }
    place.write("other.json", r#"{"version": "1"}"#);
    visible(&place.composectl(&["plan", "diff", "other.json", "plan.json"]));
    // What is no plan is complained about, at length.
    place.write("plan.json", format!(r#"{{"version": {0}, {0}: 1}}"#, as_json(HIDE)));
    visible(&place.composectl(&["plan", "validate", "plan.json"]));
}

#[test]
fn json_stays_json_and_says_the_same() {
    let place = Place::new();
    hostile_plan(&place);
    let words = ["plan", "show", "plan.json", "--json"];
    visible(&place.composectl(&words));
    let (_, shown) = place.json(&words[..3]);
    let attack = format!("{HIDE}{TURN}{FORGE}");
    assert_eq!(shown["components"][0]["grants"]["env"][0], format!("A={attack}"));
    assert_eq!(shown["bindings"][0]["import_name"], format!("i{attack}"));
}

#[test]
fn a_store_cannot_forge_lines() {
    let place = Place::new();
    place.provider("a.wasm", 1);
    place.ok(&["blob", "put", "a.wasm", "--name", "a"]);
    let index = place.read("store/index.json").replace(
        r#""org.opencontainers.image.ref.name": "a""#,
        &format!(
            r#""org.opencontainers.image.ref.name": {}"#,
            as_json(&format!("{HIDE}{TURN}{FORGE}"))
        ),
    );
    assert!(index.contains("[8m"), "{index}");
    place.write("store/index.json", index);
    let listed = visible(&place.composectl(&["blob", "ls"]));
    assert_eq!(listed.lines().filter(|line| line.starts_with("sha256:")).count(), 3, "{listed}");
    assert_eq!(listed.lines().count(), 3, "{listed}");
    let (_, value) = place.json(&["blob", "ls"]);
    let digest = value["blobs"].as_array().expect("blobs").iter().find_map(|blob| {
        (blob["names"].as_array()?.len() == 1).then(|| blob["digest"].as_str().expect("text"))
    });
    let refused = visible(&place.composectl(&["blob", "rm", digest.expect("named")]));
    assert!(refused.contains("has the name `\\r\\u{1b}[2K"), "{refused}");
    visible(&place.composectl(&["doctor", "--store", "store"]));
}

#[test]
fn components_and_file_names_cannot_write_to_the_terminal() {
    let place = Place::new();
    let name = format!("f{HIDE}{TURN}.wasm");
    place.write(&name, "\0asm but not really");
    let missing = format!("{HIDE}{TURN}");
    for words in [
        &["run", &name][..],
        &["run", &missing],
        &["inspect", &name],
        &["inspect", &missing],
        &["precompile", &name],
        &["blob", "put", &name],
        &["blob", "put", &name, "--name", "x"],
        &["blob", "verify", &missing],
        &["trust", "add", &name],
        &["push", &name, "127.0.0.1:1/a:1"],
        &["pull", &name],
        // Of file names that look like flags, clap complains itself.
        &["inspect", &format!("--{HIDE}{TURN}")],
        &["run", "--dir", &format!("{HIDE}::{TURN}::"), &name],
    ] {
        visible(&place.composectl(words));
    }
    // Names that a component itself has: of its imports, functions and sections.
    let hostile = HIDE.replace('\u{1b}', "\\1b").replace('\r', "\\0d") + "\\e2\\80\\ae\\0a";
    let module = format!(
        r#"(module (@custom "{hostile}" "x") (import "{hostile}" "{hostile}" (func)) (func (export "_start"))
             (memory (export "memory") 1))"#
    );
    place.component("imports.wasm", &module);
    let trapping = format!(
        r#"(module (func (export "_start") call 1) (func $x (@name "{hostile}") unreachable)
             (memory (export "memory") 1))"#
    );
    place.component("traps.wasm", &trapping);
    let said = visible(&place.composectl(&["run", "imports.wasm"]));
    assert!(said.contains("imports what composectl does not provide: \\r\\u{1b}[2K"), "{said}");
    let said = visible(&place.composectl(&["run", "traps.wasm"]));
    assert!(said.contains("!\\r\\u{1b}[2K  grants      none\\u{1b}[8m\\u{202e}\\n"), "{said}");
    for file in ["imports.wasm", "traps.wasm"] {
        visible(&place.composectl(&["inspect", file]));
        let (code, _) = place.json(&["inspect", file]);
        assert_eq!(code, 0);
    }
}
