//! Stores that somebody else has made: nothing outside of one is touched, and looking into one costs little.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use composectl_plan::Digest;
use serde_json::json;

use crate::Place;

/// A place with a component and a store that names it.
fn with_store() -> Place {
    let place = Place::new();
    place.provider("a.wasm", 1);
    place.ok(&["blob", "put", "a.wasm", "--name", "a", "--store", "store"]);
    place
}

/// Everything that reads or changes a store.
const COMMANDS: [&[&str]; 6] = [
    &["blob", "ls"],
    &["blob", "verify"],
    &["blob", "gc", "--older-than", "0s"],
    &["blob", "put", "a.wasm", "--name", "b"],
    &["blob", "rm", "a"],
    &["blob", "get", "a", "-o", "got"],
];

#[test]
fn no_link_leads_out_of_a_store() {
    let place = with_store();
    place.ok(&["blob", "put", "a.wasm", "--name", "precious", "--store", "other"]);
    let before = place.ok(&["blob", "verify", "--store", "other"]);
    // A lock that would be made elsewhere, as root anywhere.
    fs::remove_file(place.path("store/.lock")).expect("ours");
    symlink("../anywhere", place.path("store/.lock")).expect("room");
    for words in [COMMANDS[2], COMMANDS[3], COMMANDS[4]] {
        let (_, stderr) = place.fails(125, words);
        assert!(stderr.contains(".lock: is a symbolic link"), "{words:?}: {stderr}");
    }
    assert!(!place.path("anywhere").exists());
    fs::remove_file(place.path("store/.lock")).expect("ours");
    // Blobs of another store, which collecting would remove.
    for part in ["blobs", "blobs/sha256"] {
        let aside = place.path("aside");
        fs::rename(place.path("store").join(part), &aside).expect("ours");
        symlink(place.path("other").join(part), place.path("store").join(part)).expect("room");
        for words in COMMANDS {
            let (_, stderr) = place.fails(125, words);
            assert!(stderr.contains(&format!("{part}: is a symbolic link")), "{words:?}: {stderr}");
        }
        fs::remove_file(place.path("store").join(part)).expect("ours");
        fs::rename(aside, place.path("store").join(part)).expect("ours");
    }
    // An index that is another's.
    fs::rename(place.path("store/index.json"), place.path("index")).expect("ours");
    symlink("../other/index.json", place.path("store/index.json")).expect("room");
    for words in [COMMANDS[0], COMMANDS[2], COMMANDS[3], COMMANDS[4], COMMANDS[5]] {
        let (_, stderr) = place.fails(125, words);
        assert!(stderr.contains("index.json: is a symbolic link"), "{words:?}: {stderr}");
    }
    fs::remove_file(place.path("store/index.json")).expect("ours");
    fs::rename(place.path("index"), place.path("store/index.json")).expect("ours");
    // A blob that is another's: it is none, and removing it removes the link.
    let digest = Digest::of(&fs::read(place.path("a.wasm")).expect("there"));
    let (blob, others) = (digest.hex(), place.path("other/blobs/sha256").join(digest.hex()));
    let blob = place.path("store/blobs/sha256").join(blob);
    fs::remove_file(&blob).expect("ours");
    symlink(&others, &blob).expect("room");
    let (_, stderr) = place.fails(125, COMMANDS[5]);
    assert!(stderr.contains("is a symbolic link"), "{stderr}");
    place.ok(&["blob", "rm", "a"]);
    place.ok(&["blob", "rm", &digest.to_string()]);
    assert!(!blob.is_symlink() && others.exists());
    assert_eq!(place.ok(&["blob", "verify", "--store", "other"]), before);
}

/// Runs composectl with 256 MiB for its data, and fails if it does not end by itself with `code`.
#[track_caller]
fn bounded(place: &Place, words: &[&str], code: i32) -> String {
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -d 262144 && exec \"$@\"", "sh"]);
    command.arg(env!("CARGO_BIN_EXE_composectl")).args(words).current_dir(place.path(""));
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let begin = Instant::now();
    let mut child = command.spawn().expect("sh starts");
    while child.try_wait().expect("ours").is_none() {
        if begin.elapsed() > Duration::from_secs(20) {
            child.kill().expect("ours");
            panic!("{words:?} goes on and on");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().expect("ended");
    let said = String::from_utf8([output.stdout, output.stderr].concat()).expect("UTF-8");
    assert_eq!(output.status.code(), Some(code), "{words:?}: {said}");
    said
}

/// A file of the store that holds zeroes, without room for them.
fn hole(place: &Place, hex: &str, size: u64) {
    let path = place.path("store/blobs/sha256").join(hex);
    fs::File::create(path).and_then(|file| file.set_len(size)).expect("a sparse file");
}

fn index(place: &Place, digests: impl Iterator<Item = String>) {
    let entry = |(number, digest): (usize, String)| {
        json!({"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": digest, "size": 1,
               "annotations": {"org.opencontainers.image.ref.name": format!("n{number}")}})
    };
    let manifests: Vec<_> = digests.enumerate().map(entry).collect();
    let text = json!({"schemaVersion": 2, "manifests": manifests}).to_string();
    place.write("store/index.json", text);
}

#[test]
fn a_hostile_index_costs_little() {
    let place = with_store();
    let hex = "a".repeat(64);
    // One large file, a thousand times: not even once.
    hole(&place, &hex, 1 << 30);
    index(&place, (0..1000).map(|_| format!("sha256:{hex}")));
    bounded(&place, &["blob", "ls"], 0);
    let said = bounded(&place, &["blob", "gc"], 125);
    assert!(said.contains("is larger than 4194304 bytes"), "{said}");
    bounded(&place, &["blob", "put", "a.wasm", "--name", "b"], 0);
    bounded(&place, &["blob", "rm", "n7"], 0);
    fs::remove_file(place.path("store/blobs/sha256").join(&hex)).expect("ours");
    // Many that are each as large as a manifest may be.
    let name = |number: usize| format!("{number:064x}");
    for number in 0..100 {
        hole(&place, &name(number), 4 << 20);
    }
    index(&place, (0..1000).map(|number| format!("sha256:{}", name(number % 100))));
    for words in [&["blob", "ls"][..], &["blob", "gc"], &["blob", "get", "n1"]] {
        let said = bounded(&place, words, 125);
        let expected = match words[1] {
            // Of a damaged manifest nobody knows what it keeps.
            "gc" => "its content has the digest",
            _ => "its manifests have more than 67108864 bytes together",
        };
        assert!(said.contains(expected), "{words:?}: {said}");
    }
    // An index without end.
    fs::remove_file(place.path("store/index.json")).expect("ours");
    let index = fs::File::create(place.path("store/index.json")).expect("room");
    index.set_len(1 << 40).expect("a sparse file");
    let said = bounded(&place, &["blob", "ls"], 125);
    assert!(said.contains("index.json: is larger than 4194304 bytes"), "{said}");
    place.write(
        "store/index.json",
        format!("{{\"schemaVersion\": 2, \"x\": [{}0]}}", "[],".repeat(1_000_000)),
    );
    bounded(&place, &["blob", "rm", "n1"], 127);
}
