//! `composectl plan`.

use std::fs;
use std::process::Command;

use crate::Place;

#[test]
fn set_makes_a_plan_that_is_valid_and_complete() {
    let place = Place::new();
    place.provider("zlib.wasm", 1);
    place.provider("crc32c.wasm", 2);
    let printed = place.ok(&["plan", "set", "plan.json", "zlib=zlib.wasm", "crc32c=crc32c.wasm"]);
    let digests: Vec<&str> = printed.lines().map(|line| &line[..71]).collect();
    assert_eq!(
        place.read("plan.json"),
        format!(
            "{{\n  \"version\": \"1\",\n  \"components\": [\n    {{\"id\": \"crc32c\", \"digest\": \"{}\"}},\n    \
             {{\"id\": \"zlib\", \"digest\": \"{}\"}}\n  ]\n}}\n",
            digests[1], digests[0]
        )
    );
    let shown = place.ok(&["plan", "validate", "--deep", "plan.json"]);
    assert!(shown.starts_with("plan.json: valid, 2 components, sha256:"), "{shown}");
    let (_, listed) = place.json(&["blob", "ls"]);
    let names: Vec<_> =
        listed["blobs"].as_array().expect("an array").iter().map(|blob| &blob["names"]).collect();
    assert!(names.contains(&&serde_json::json!(["zlib"])), "{names:?}");
}

#[test]
fn set_again_touches_one_line_and_one_blob() {
    let place = Place::new();
    for (number, id) in ["a", "b", "c", "d"].iter().enumerate() {
        place.provider(&format!("{id}.wasm"), u32::try_from(number).expect("small"));
        place.ok(&["plan", "set", "plan.json", &format!("{id}={id}.wasm")]);
    }
    let before = place.read("plan.json");
    let blobs =
        |place: &Place| fs::read_dir(place.path("store/blobs/sha256")).expect("there").count();
    let count = blobs(&place);
    place.ok(&["plan", "set", "plan.json", "b=b.wasm"]);
    assert_eq!(place.read("plan.json"), before);
    assert_eq!(blobs(&place), count);
    place.provider("b.wasm", 77);
    place.ok(&["plan", "set", "plan.json", "b=b.wasm"]);
    let after = place.read("plan.json");
    let changed: Vec<_> =
        before.lines().zip(after.lines()).filter(|(old, new)| old != new).collect();
    assert_eq!(changed.len(), 1, "{changed:?}");
    assert!(changed[0].1.contains("\"b\""));
    // The component, its config and its manifest.
    assert_eq!(blobs(&place), count + 3);
}

#[test]
fn set_keeps_what_it_is_not_told_to_change() {
    let place = Place::new();
    place.provider("zlib.wasm", 1);
    place.ok(&["trust", "keygen", "key"]);
    let set = |more: &[&str]| {
        let words: Vec<&str> =
            ["plan", "set", "plan.json", "zlib=zlib.wasm"].iter().chain(more).copied().collect();
        let (code, value) = place.json(&words);
        assert_eq!(code, 0, "{value}");
        value["components"][0].clone()
    };
    let full = set(&[
        "--grant",
        "dir=data::/d:ro",
        "--grant",
        "env=LANG",
        "--grant",
        "net=192.0.2.7:443",
        "--limit",
        "memory_bytes=1M",
        "--limit",
        "time_ms=50",
        "--source",
        "zlib.wasm",
        "--sign",
        "key",
        "--expires",
        "2100-01-01",
    ]);
    assert_eq!(
        full["grants"],
        serde_json::json!({"dirs": ["data::/d:ro"], "env": ["LANG"], "net": ["192.0.2.7:443"]})
    );
    assert_eq!(full["limits"], serde_json::json!({"memory_bytes": 1 << 20, "time_ms": 50}));
    assert_eq!(full["signatures"][0]["expires"], "2100-01-01T00:00:00Z");
    assert_eq!(set(&[]), full);
    let limited = set(&["--limit", "time_ms=default"]);
    assert_eq!(limited["limits"], serde_json::json!({"memory_bytes": 1 << 20}));
    assert_eq!(limited["grants"], full["grants"]);
    let granted = set(&["--grant", "wasi"]);
    assert_eq!(granted["grants"], serde_json::json!({"dirs": [], "env": [], "net": []}));
    assert_eq!(set(&["--grant", "none"])["grants"], serde_json::Value::Null);
    // Other bytes: what was about the old ones goes.
    place.provider("zlib.wasm", 2);
    let other = set(&[]);
    assert_eq!(other["limits"], limited["limits"]);
    assert_eq!(
        (&other["source"], &other["signatures"]),
        (&serde_json::Value::Null, &serde_json::json!([]))
    );
}

#[test]
fn set_refuses_what_is_no_provider_or_no_name() {
    let place = Place::new();
    place.provider("zlib.wasm", 1);
    place.write("text.wasm", "text");
    place.write("text.wat", "(component)");
    place.write("core.wasm", wat::parse_str("(module)").expect("a module"));
    place.component("other.wasm", "(component)");
    for (code, entry) in [
        (127, "zlib=nowhere.wasm"),
        (127, "zlib=sha256:0000000000000000000000000000000000000000000000000000000000000000"),
        (125, "zlib=text.wasm"),
        (125, "zlib=core.wasm"),
        (125, "zlib=text.wat"),
        (125, "zlib=sha256:00"),
        (125, "../zlib=zlib.wasm"),
        (125, "zlib"),
        (125, "zlib="),
    ] {
        let (_, stderr) = place.fails(code, &["plan", "set", "plan.json", entry]);
        assert!(stderr.contains("error: "), "{entry}: {stderr}");
        assert!(!place.path("plan.json").exists(), "{entry}");
    }
    for words in [
        &["plan", "set", "plan.json", "zlib=text.wat"][..],
        &["push", "text.wat", "127.0.0.1:1/zlib:1"],
    ] {
        let (_, stderr) = place.fails(125, words);
        assert!(
            stderr.starts_with("composectl: error: text.wat: this is not WebAssembly\n"),
            "{stderr}"
        );
        assert!(stderr.contains("hint: ") && stderr.contains("wasm-tools parse"), "{stderr}");
        assert_eq!(stderr.lines().count(), 2, "{stderr}");
    }
    for flag in [
        ["--grant", "everything"],
        ["--grant", "net=a b"],
        ["--limit", "time=1"],
        ["--limit", "time_ms=0"],
    ] {
        place.fails(125, &["plan", "set", "plan.json", "zlib=zlib.wasm", flag[0], flag[1]]);
    }
    let output = place.composectl(&["plan", "set", "plan.json", "other=other.wasm"]);
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("no provider"), "{output:?}");
}

#[test]
fn an_invalid_plan_is_not_touched() {
    let place = Place::new();
    place.provider("zlib.wasm", 1);
    let text = "{\"version\": \"1\", \"componets\": []}\n";
    place.write("plan.json", text);
    let (_, stderr) = place.fails(125, &["plan", "set", "plan.json", "zlib=zlib.wasm"]);
    assert!(stderr.contains("plan.json:1:18: componets: unknown key"), "{stderr}");
    assert!(stderr.contains("hint: did you mean `components`?"), "{stderr}");
    assert_eq!(place.read("plan.json"), text);
}

#[test]
fn validate_names_every_problem_with_its_place() {
    let place = Place::new();
    place.write(
        "plan.json",
        "{\n  \"version\": \"1\",\n  \"root\": \"..\",\n  \"linkage\": \"runtim\"\n}\n",
    );
    let (stdout, _) = place.fails(1, &["plan", "validate", "plan.json"]);
    let lines: Vec<&str> = stdout.lines().collect();
    assert!(lines[0].starts_with("plan.json:3:11: root: "), "{stdout}");
    assert!(lines[2].starts_with("plan.json:4:14: linkage: "), "{stdout}");
    assert_eq!(lines[3], "hint: did you mean `runtime`?");
    let (code, value) = place.json(&["plan", "validate", "plan.json"]);
    assert_eq!((code, &value["valid"]), (1, &false.into()));
    assert_eq!(value["problems"][1]["line"], 4);
    assert_eq!(value["problems"][1]["column"], 14);
    assert_eq!(value["problems"][1]["code"], "plan-invalid-schema");
    let (_, stderr) = place.fails(125, &["plan", "validate", "nowhere.json"]);
    assert!(stderr.contains("plan nowhere.json: there is no such file\n"), "{stderr}");
    assert!(stderr.contains("hint: composectl plan set nowhere.json"), "{stderr}");
    place.write("plan.json", b"{\n  \"version\": \"1\",\n  \"root\": \"\xff\"\n}\n");
    let (stdout, _) = place.fails(1, &["plan", "validate", "plan.json"]);
    assert_eq!(stdout, "plan.json:3:12: no UTF-8 [plan-invalid-schema]\n");
}

#[test]
fn deep_validation_looks_at_blobs_and_trust() {
    let place = Place::new();
    place.provider("zlib.wasm", 1);
    place.ok(&["plan", "set", "plan.json", "zlib=zlib.wasm"]);
    place.ok(&["plan", "validate", "--deep", "plan.json"]);
    let (_, shown) = place.json(&["plan", "show", "plan.json"]);
    let digest = shown["components"][0]["digest"].as_str().expect("text").to_owned();
    let blob = place.path("store/blobs/sha256").join(&digest[7..]);
    fs::remove_file(&blob).expect("there");
    place.ok(&["plan", "validate", "plan.json"]);
    let codes = |value: &serde_json::Value| {
        let problems = value["problems"].as_array().expect("an array").clone();
        problems
            .iter()
            .map(|problem| problem["code"].as_str().expect("text").to_owned())
            .collect::<Vec<_>>()
    };
    let (code, value) = place.json(&["plan", "validate", "--deep", "plan.json"]);
    assert_eq!((code, codes(&value)), (1, vec!["blob-not-found".to_owned()]));
    place.write(&format!("store/blobs/sha256/{}", &digest[7..]), "damaged");
    place.ok(&["trust", "revoke", &digest]);
    let (code, value) = place.json(&["plan", "validate", "--deep", "plan.json"]);
    assert_eq!(code, 1);
    assert_eq!(codes(&value), ["blob-digest-mismatch", "trust-verification-failed"]);
}

#[test]
fn deep_validation_notes_what_a_source_has() {
    let place = Place::new();
    place.provider("zlib.wasm", 1);
    place.ok(&["plan", "set", "plan.json", "zlib=zlib.wasm", "--source", "zlib.wasm"]);
    let deep = ["plan", "validate", "--deep", "--store", "none", "plan.json"];
    let stdout = place.ok(&deep);
    assert!(stdout.contains("zlib: not in the store; will be fetched from zlib.wasm"), "{stdout}");
    let (code, value) = place.json(&deep);
    assert_eq!((code, value["notes"].as_array().map(Vec::len)), (0, Some(1)));
    place.provider("zlib.wasm", 2);
    let (stdout, _) = place.fails(1, &deep);
    assert!(stdout.contains("[blob-digest-mismatch]"), "{stdout}");
    fs::remove_file(place.path("zlib.wasm")).expect("ours");
    let (stdout, _) = place.fails(1, &deep);
    assert!(stdout.contains("its source `zlib.wasm` does not exist [blob-not-found]"), "{stdout}");
}

#[test]
fn show_fills_in_defaults() {
    let place = Place::new();
    place.write(
        "plan.json",
        format!(
            "{{\"version\": \"1\", \"components\": [{{\"id\": \"a\", \"digest\": {:?}}}]}}",
            [7; 32]
        ),
    );
    let (code, value) = place.json(&["plan", "show", "plan.json"]);
    assert_eq!(code, 0);
    assert_eq!((&value["linkage"], &value["root"]), (&"runtime".into(), &"root".into()));
    assert_eq!(value["components"][0]["digest"], format!("sha256:{}", "07".repeat(32)));
    assert_eq!(value["components"][0]["in_store"], false);
    let text = place.ok(&["plan", "show", "plan.json"]);
    assert!(
        text.contains("(not in the store)") && text.contains("`root` may resolve every component"),
        "{text}"
    );
    place.write("plan.json", "{}");
    let (code, value) = place.json(&["plan", "show", "plan.json"]);
    assert_eq!((code, &value["error"]["code"]), (125, &"plan-missing-field".into()));
}

#[test]
fn diff_compares_what_plans_say() {
    let place = Place::new();
    place.provider("zlib.wasm", 1);
    place.ok(&["plan", "set", "a.json", "zlib=zlib.wasm", "crc32c=zlib.wasm"]);
    let respelt = place.read("a.json").replace('\n', " ");
    place.write("b.json", respelt);
    assert_eq!(place.ok(&["plan", "diff", "a.json", "b.json"]), "");
    place.provider("zlib.wasm", 2);
    place.ok(&["plan", "set", "b.json", "zlib=zlib.wasm", "new=zlib.wasm", "--limit", "time_ms=7"]);
    place.ok(&["plan", "rm", "b.json", "crc32c"]);
    let (stdout, _) = place.fails(1, &["plan", "diff", "a.json", "b.json"]);
    let starts: Vec<&str> =
        stdout.lines().map(|line| line.split(':').next().unwrap_or_default()).collect();
    assert_eq!(starts, ["- crc32c", "+ new", "~ zlib.digest", "+ zlib.limits.time_ms"], "{stdout}");
    let (code, value) = place.json(&["plan", "diff", "a.json", "b.json"]);
    assert_eq!((code, &value["equal"]), (1, &false.into()));
    assert_eq!(value["differences"].as_array().map(Vec::len), Some(4));
}

#[test]
fn lock_prints_and_signs_the_plans_digest() {
    let place = Place::new();
    place.provider("zlib.wasm", 1);
    place.ok(&["plan", "set", "plan.json", "zlib=zlib.wasm"]);
    place.ok(&["trust", "keygen", "key"]);
    place.ok(&["trust", "keygen", "key2"]);
    let printed = place.ok(&["plan", "lock", "plan.json"]);
    let (_, shown) = place.json(&["plan", "show", "plan.json"]);
    assert_eq!(printed, format!("{}  plan.json\n", shown["digest"].as_str().expect("text")));
    assert!(!place.path("plan.json.sig").exists());
    place.ok(&["plan", "lock", "--sign", "key", "plan.json"]);
    let (_, locked) = place.json(&["plan", "lock", "--sign", "key2", "plan.json"]);
    assert_eq!(locked["signatures"].as_array().map(Vec::len), Some(2));
    // Another text: old signatures are of no use.
    place.ok(&["plan", "set", "plan.json", "zlib=zlib.wasm", "--limit", "time_ms=7"]);
    let (_, locked) = place.json(&["plan", "lock", "--sign", "key2", "plan.json"]);
    assert_eq!(locked["signatures"].as_array().map(Vec::len), Some(1));
    place.ok(&["plan", "lock", "--check", "plan.json"]);
}

#[test]
fn lock_needs_the_registry_of_an_open_source() {
    let place = Place::new();
    place.provider("zlib.wasm", 1);
    place.ok(&[
        "plan",
        "set",
        "plan.json",
        "zlib=zlib.wasm",
        "--source",
        "oci:127.0.0.1:1/zlib:1.0",
    ]);
    let before = place.read("plan.json");
    let (stdout, _) = place.fails(1, &["plan", "lock", "--check", "plan.json"]);
    assert!(stdout.contains("zlib"), "{stdout}");
    let (_, stderr) = place.fails(125, &["plan", "lock", "plan.json"]);
    assert!(stderr.contains("127.0.0.1:1"), "{stderr}");
    assert_eq!(place.read("plan.json"), before);
}

#[test]
fn rm_refuses_what_a_binding_needs() {
    let place = Place::new();
    place.provider("zlib.wasm", 1);
    place.ok(&["plan", "set", "plan.json", "zlib=zlib.wasm", "crc32c=zlib.wasm"]);
    let bound = place.read("plan.json").replace(
        "\"version\": \"1\"",
        "\"version\": \"1\",\n  \"bindings\": [{\"import_name\": \"zlib\", \"provider_id\": \"zlib\"}]",
    );
    place.write("plan.json", &bound);
    let (_, stderr) = place.fails(125, &["plan", "rm", "plan.json", "zlib"]);
    assert!(stderr.contains("plan-invalid-graph"), "{stderr}");
    assert_eq!(place.read("plan.json"), bound);
    place.ok(&["plan", "rm", "plan.json", "crc32c"]);
    assert!(!place.read("plan.json").contains("crc32c"));
    let (code, value) = place.json(&["plan", "rm", "plan.json", "crc32c"]);
    assert_eq!((code, &value["error"]["code"]), (125, &"invalid-input".into()));
}

/// Each binding was looked for among all, for each component: 20 seconds for this plan.
#[test]
fn long_plans_are_shown_in_no_time() {
    const LENGTH: usize = 60_000;
    let place = Place::new();
    let digest = format!("sha256:{}", "07".repeat(32));
    let components = (0..LENGTH).map(|n| format!(r#"{{"id": "c{n}", "digest": "{digest}"}}"#));
    let bindings = (1..LENGTH).map(|n| {
        format!(r#"{{"consumer_id": "c{}", "import_name": "i", "provider_id": "c{n}"}}"#, n - 1)
    });
    let join = |items: &mut dyn Iterator<Item = String>| items.collect::<Vec<_>>().join(",\n");
    let (components, bindings) = (join(&mut { components }), join(&mut { bindings }));
    let text =
        format!(r#"{{"version": "1", "components": [{components}], "bindings": [{bindings}]}}"#);
    place.write("plan.json", text);
    // Of processor time, which a busy machine does not make longer.
    let command = place.command(&["plan", "show", "plan.json"]);
    let mut bounded = Command::new("/bin/sh");
    bounded.args(["-c", "ulimit -t 10; exec \"$@\"", "sh"]).arg(command.get_program());
    let output = bounded.args(command.get_args()).current_dir(place.path("")).output();
    let output = output.expect("sh starts");
    assert!(output.status.success(), "{}: {:?}", output.status, output.stderr);
    let shown = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(shown.lines().filter(|line| *line == "  resolves    i").count(), LENGTH - 1);
}
