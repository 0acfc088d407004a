//! `composectl blob`.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::Place;

#[test]
fn put_get_ls_and_rm_go_together() {
    let place = Place::new();
    place.provider("zlib.wasm", 1);
    place.write("data", "some data");
    let printed = place.ok(&["blob", "put", "zlib.wasm", "--name", "zlib"]);
    let digest = printed.split("  ").next().expect("a digest").to_owned();
    assert_eq!(printed, format!("{digest}  zlib.wasm\n"));
    place.ok(&["blob", "put", "data", "zlib.wasm"]);
    for what in ["zlib", &digest] {
        place.ok(&["blob", "get", what, "-o", "copy.wasm"]);
        assert_eq!(
            fs::read(place.path("copy.wasm")).expect("there"),
            fs::read(place.path("zlib.wasm")).expect("there")
        );
    }
    let output = place.composectl(&["blob", "get", "zlib"]);
    assert_eq!(output.stdout, fs::read(place.path("zlib.wasm")).expect("there"));
    let (code, value) = place.json(&["blob", "get", "zlib", "-o", "copy.wasm"]);
    assert_eq!((code, &value["digest"]), (0, &digest.as_str().into()));
    let (_, stderr) = place.fails(125, &["blob", "get", "zlib", "-o", "nowhere/x"]);
    assert!(stderr.contains("nowhere/x: No such file") && !stderr.contains(".tmp"), "{stderr}");
    let listed = place.ok(&["blob", "ls"]);
    assert_eq!(listed.lines().count(), 4, "{listed}");
    assert!(
        listed.lines().any(|line| line.starts_with(&digest) && line.ends_with("  zlib")),
        "{listed}"
    );
    let (_, stderr) = place.fails(125, &["blob", "rm", &digest]);
    assert!(stderr.contains("hint: composectl blob rm zlib"), "{stderr}");
    place.ok(&["blob", "rm", "zlib"]);
    let (code, value) = place.json(&["blob", "rm", &digest]);
    assert_eq!((code, &value["removed"][0]), (0, &digest.as_str().into()));
    for words in [["get", "zlib"], ["get", &digest], ["rm", "zlib"], ["rm", &digest]] {
        let (_, stderr) = place.fails(127, &["blob", words[0], words[1]]);
        assert!(stderr.contains("blob-not-found") && stderr.contains("hint: "), "{stderr}");
    }
}

#[test]
fn put_refuses_what_it_cannot_name() {
    let place = Place::new();
    place.provider("zlib.wasm", 1);
    place.write("data", "some data");
    place.fails(127, &["blob", "put", "nowhere"]);
    place.fails(125, &["blob", "put", "data", "--name", "data"]);
    place.fails(125, &["blob", "put", "zlib.wasm", "--name", "../zlib"]);
    place.fails(125, &["blob", "put", "zlib.wasm", "data", "--name", "zlib"]);
    assert!(!place.path("store").exists());
}

#[test]
fn verify_finds_what_is_damaged_and_get_refuses_it() {
    let place = Place::new();
    place.provider("zlib.wasm", 1);
    place.ok(&["blob", "put", "zlib.wasm", "--name", "zlib"]);
    assert_eq!(place.ok(&["blob", "verify"]), "3 blobs verified\n");
    let (_, listed) = place.json(&["blob", "ls"]);
    let blobs = listed["blobs"].as_array().expect("an array");
    let named = blobs.iter().find(|blob| blob["names"][0] == "zlib").expect("named");
    let digest = named["digest"].as_str().expect("text");
    let path = place.path("store/blobs/sha256").join(&digest[7..]);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("ours");
    fs::write(&path, "damaged").expect("ours");
    let (stdout, _) = place.fails(1, &["blob", "verify"]);
    assert!(stdout.starts_with(digest) && stdout.contains("[blob-digest-mismatch]"), "{stdout}");
    place.fails(1, &["blob", "verify", "zlib"]);
    let (code, value) = place.json(&["blob", "verify"]);
    assert_eq!((code, &value["sound"]), (1, &false.into()));
    let (stdout, stderr) = place.fails(125, &["blob", "get", "zlib", "-o", "copy.wasm"]);
    assert!(stdout.is_empty() && stderr.contains("blob-digest-mismatch"), "{stderr}");
    assert!(!place.path("copy.wasm").exists());
    place.ok(&["blob", "put", "zlib.wasm"]);
    place.ok(&["blob", "verify"]);
}

#[test]
fn gc_keeps_names_plans_and_the_young() {
    let place = Place::new();
    place.provider("a.wasm", 1);
    place.provider("b.wasm", 2);
    place.write("c", "c");
    place.ok(&["plan", "set", "plan.json", "a=a.wasm"]);
    place.ok(&["blob", "put", "b.wasm", "--name", "b"]);
    place.ok(&["blob", "put", "c"]);
    place.ok(&["blob", "rm", "a"]);
    let removed = |words: &[&str]| {
        let (code, value) = place.json(words);
        assert_eq!(code, 0);
        value["removed"].as_array().map(Vec::len)
    };
    assert_eq!(removed(&["blob", "gc", "--plan", "plan.json"]), Some(0));
    let all = ["blob", "gc", "--older-than", "0s", "--plan", "plan.json"];
    // c, and the two documents of the name `a`.
    assert_eq!(removed(&[&all[..], &["--dry-run"]].concat()), Some(3));
    assert_eq!(removed(&all), Some(3));
    place.ok(&["plan", "validate", "--deep", "plan.json"]);
    assert_eq!(removed(&["blob", "gc", "--older-than", "0s"]), Some(1));
    place.ok(&["blob", "get", "b", "-o", "copy"]);
    place.write("plan.json", "{");
    place.fails(125, &all);
}

#[test]
fn the_store_is_named_by_flag_or_variable() {
    let place = Place::new();
    place.write("data", "some data");
    place.ok(&["blob", "put", "--store", "elsewhere", "data"]);
    assert!(place.path("elsewhere/oci-layout").exists() && !place.path("store").exists());
    assert_eq!(place.ok(&["blob", "ls"]), "");
    assert_eq!(place.ok(&["blob", "ls", "--store", "elsewhere"]).lines().count(), 1);
    fs::create_dir(place.path("other")).expect("room");
    for verb in ["ls", "verify"] {
        let (_, stderr) = place.fails(125, &["blob", verb, "--store", "other"]);
        assert!(stderr.contains("other: there is no store\n"), "{stderr}");
    }
}

/// A pipe nobody writes to would be waited for, an endless file read until memory is full.
#[test]
fn only_files_are_put() {
    let place = Place::new();
    place.provider("a.wasm", 1);
    let commands: [&[&str]; 2] = [&["blob", "put"], &["plan", "set", "plan.json"]];
    for command in commands {
        for (file, code) in [(".", 125), ("/dev/zero", 125), ("nowhere.wasm", 127)] {
            let word = if command[0] == "plan" { format!("a={file}") } else { file.to_owned() };
            let (_, stderr) = place.fails(code, &[command, &[word.as_str()]].concat());
            assert!(stderr.contains(&format!("{file}: ")), "{stderr}");
        }
    }
}
