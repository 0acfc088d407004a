//! The blob store under faults.

// Tests open what they made themselves.
#![allow(clippy::disallowed_methods)]

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use composectl_plan::{Artifact, Code, ComponentInfo, Digest, Store};

fn temporary() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn info() -> ComponentInfo {
    ComponentInfo { imports: vec![], exports: vec!["compose:dynlink/endpoint@0.1.0".to_owned()] }
}

/// Every file below a folder, as paths relative to it.
fn files(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).expect("readable") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let relative = path.strip_prefix(folder).expect("below it");
                found.insert(relative.to_string_lossy().into_owned());
            }
        }
    }
    found
}

/// Makes a file of the store writable and replaces its content.
fn damage(path: &Path, content: &[u8]) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).expect("ours");
    fs::write(path, content).expect("writable");
}

#[test]
fn what_is_put_can_be_got() {
    let folder = temporary();
    let store = Store::open(folder.path().join("store"));
    let digest = store.put(b"component").expect("room");
    assert_eq!(digest, Digest::of(b"component"));
    assert_eq!(store.get(&digest).expect("there"), b"component");
    assert_eq!(store.put(b"component"), Ok(digest));
    let expected: BTreeSet<String> =
        ["oci-layout".to_owned(), format!("blobs/sha256/{}", digest.hex())].into();
    assert_eq!(files(store.root()), expected);
    let mode = fs::metadata(store.path(&digest)).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o444);
    assert_eq!(
        fs::read(store.root().join("oci-layout")).expect("there"),
        b"{\"imageLayoutVersion\":\"1.0.0\"}\n"
    );
}

#[test]
fn an_absent_blob_and_an_absent_store_are_not_found() {
    let folder = temporary();
    let store = Store::open(folder.path().join("store"));
    let digest = Digest::of(b"component");
    assert_eq!(store.get(&digest).expect_err("no store").code, Code::BlobNotFound);
    store.put(b"other").expect("room");
    assert_eq!(store.get(&digest).expect_err("no blob").code, Code::BlobNotFound);
    assert!(!folder.path().join("store").join("index.json").exists());
}

#[test]
fn a_damaged_blob_is_refused_and_putting_it_mends_it() {
    let folder = temporary();
    let store = Store::open(folder.path());
    let digest = store.put(b"component").expect("room");
    for content in [b"Component".as_slice(), b"", b"comp", b"component and more"] {
        damage(&store.path(&digest), content);
        assert_eq!(store.get(&digest).expect_err("damaged").code, Code::BlobDigestMismatch);
    }
    let other = store.put(b"other").expect("room");
    fs::remove_file(store.path(&digest)).expect("ours");
    fs::copy(store.path(&other), store.path(&digest)).expect("swapped");
    assert_eq!(store.get(&digest).expect_err("swapped").code, Code::BlobDigestMismatch);
    store.put(b"component").expect("mended");
    assert_eq!(store.get(&digest).expect("sound"), b"component");
}

#[test]
fn bytes_that_are_not_what_was_expected_are_not_stored() {
    let folder = temporary();
    let store = Store::open(folder.path());
    let error = store.put_expected(b"x", &Digest::of(b"y"), "a test").expect_err("another digest");
    assert_eq!(error.code, Code::BlobDigestMismatch);
    assert!(error.message.contains("a test"));
    assert_eq!(files(folder.path()).len(), 0);
}

#[test]
fn what_is_no_file_is_an_error_and_is_not_waited_for() {
    let folder = temporary();
    let store = Store::open(folder.path());
    store.put(b"x").expect("room");
    let directory = Digest::of(b"directory");
    fs::create_dir(store.path(&directory)).expect("room");
    assert_eq!(store.get(&directory).expect_err("a folder").code, Code::BlobIoError);
    let pipe = Digest::of(b"pipe");
    let made = Command::new("mkfifo").arg(store.path(&pipe)).status().expect("mkfifo is there");
    assert!(made.success());
    assert_eq!(store.get(&pipe).expect_err("a pipe").code, Code::BlobIoError);
    let link = Digest::of(b"link");
    symlink(Digest::of(b"x").hex(), store.path(&link)).expect("room");
    assert_eq!(store.get(&link).expect_err("a link").code, Code::BlobIoError);
}

#[test]
fn an_oversized_blob_is_not_read_into_memory() {
    let folder = temporary();
    let store = Store::open(folder.path());
    let digest = store.put(b"x").expect("room");
    damage(&store.path(&digest), b"");
    // Sparse: no room is taken.
    let file = fs::OpenOptions::new().write(true).open(store.path(&digest)).expect("writable");
    file.set_len(1 << 40).expect("sparse files");
    let error = store.get(&digest).expect_err("too large");
    assert_eq!(error.code, Code::BlobIoError);
    assert!(error.message.contains("larger than"), "{}", error.message);
}

#[test]
fn a_store_that_cannot_be_written_says_so_and_stays_as_it_is() {
    let folder = temporary();
    let store = Store::open(folder.path());
    let digest = store.put(b"x").expect("room");
    let before = files(folder.path());
    let blobs = folder.path().join("blobs/sha256");
    // Root writes anyway, so a file in the place of the folder stands for the fault that always happens.
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
    if is_root {
        let blocked = Store::open(folder.path().join("oci-layout"));
        let error = blocked.put(b"y").expect_err("a file is in the way");
        assert_eq!(error.code, Code::BlobIoError);
    } else {
        fs::set_permissions(&blobs, fs::Permissions::from_mode(0o555)).expect("ours");
        let error = store.put(b"y").expect_err("read-only");
        assert_eq!(error.code, Code::BlobIoError);
        assert!(error.context.is_some_and(|context| context.contains("cannot be written")));
        fs::set_permissions(&blobs, fs::Permissions::from_mode(0o755)).expect("ours");
    }
    assert_eq!(files(folder.path()), before);
    // What is there already needs no writing.
    assert_eq!(store.put(b"x"), Ok(digest));
}

/// The limit on the size of files stands for a disk that is full: the write fails in the middle.
#[test]
fn a_write_that_fails_in_the_middle_leaves_nothing() {
    const CHILD: &str = "PYLON_TEST_FULL_STORE";
    if let Some(root) = std::env::var_os(CHILD) {
        let store = Store::open(root);
        let error = store.put(&vec![7; 1 << 20]).expect_err("no room");
        assert_eq!(error.code, Code::BlobIoError);
        return;
    }
    let folder = temporary();
    Store::open(folder.path()).put(b"x").expect("room");
    let before = files(folder.path());
    let test = std::env::current_exe().expect("this test");
    let status = Command::new("bash")
        .args(["-c", "trap '' XFSZ; ulimit -f 64; exec \"$0\" --exact a_write_that_fails_in_the_middle_leaves_nothing"])
        .arg(test)
        .env(CHILD, folder.path())
        .status()
        .expect("bash is there");
    assert!(status.success());
    assert_eq!(files(folder.path()), before);
}

#[test]
fn many_writers_of_one_store_do_not_disturb_each_other() {
    let folder = temporary();
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let folder = folder.path();
            scope.spawn(move || {
                let store = Store::open(folder);
                for turn in 0..20 {
                    let bytes = vec![turn; 50_000];
                    let digest = store.put(&bytes).expect("room");
                    assert_eq!(store.get(&digest).expect("whole at all times"), bytes);
                    store.set_name(&format!("writer{writer}"), &digest, &info()).expect("room");
                }
            });
        }
    });
    let store = Store::open(folder.path());
    let names: Vec<String> =
        store.names().expect("readable").into_iter().map(|named| named.name).collect();
    assert_eq!(names, (0..8).map(|writer| format!("writer{writer}")).collect::<Vec<_>>());
    assert!(!files(folder.path()).iter().any(|file| file.contains(".tmp-")));
}

#[test]
fn a_killed_writer_leaves_a_store_that_works() {
    let folder = temporary();
    let store = Store::open(folder.path());
    store.put(b"x").expect("room");
    let mut left = fs::File::create(folder.path().join("blobs/sha256/.tmp-dead")).expect("room");
    left.write_all(b"half").expect("room");
    let digest = store.put(b"y").expect("room");
    assert_eq!(store.get(&digest).expect("there"), b"y");
    assert_eq!(store.blobs_list().expect("readable").len(), 2);
    let report = store.gc(&BTreeSet::from([digest]), Duration::ZERO, false).expect("works");
    assert_eq!((report.removed.len(), report.kept, report.leftovers), (1, 1, 1));
    assert!(!folder.path().join("blobs/sha256/.tmp-dead").exists());
}

#[test]
fn names_are_an_oci_index() {
    let folder = temporary();
    let store = Store::open(folder.path());
    let digest = store.put(b"component").expect("room");
    store.set_name("zlib", &digest, &info()).expect("room");
    store.set_name("crc32c", &digest, &info()).expect("room");
    store.set_name("zlib", &digest, &info()).expect("room");
    let index = fs::read_to_string(folder.path().join("index.json")).expect("there");
    let index: serde_json::Value = serde_json::from_str(&index).expect("JSON");
    assert_eq!(index["schemaVersion"], 2);
    let manifests = index["manifests"].as_array().expect("an array");
    let names: Vec<_> = manifests
        .iter()
        .map(|entry| entry["annotations"]["org.opencontainers.image.ref.name"].as_str())
        .collect();
    assert_eq!(names, [Some("crc32c"), Some("zlib")]);
    let manifest: Digest =
        manifests[0]["digest"].as_str().expect("text").parse().expect("a digest");
    let manifest = store.get(&manifest).expect("there");
    assert_eq!(manifest.len() as u64, manifests[0]["size"].as_u64().expect("a number"));
    let Artifact { config, manifest: again } = Artifact::of(b"component", &info()).expect("works");
    assert_eq!(manifest, again);
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).expect("JSON");
    assert_eq!(manifest["mediaType"], "application/vnd.oci.image.manifest.v1+json");
    assert_eq!(manifest["config"]["mediaType"], "application/vnd.wasm.config.v0+json");
    assert_eq!(manifest["config"]["digest"], Digest::of(&config).to_string());
    assert_eq!(manifest["layers"][0]["mediaType"], "application/wasm");
    assert_eq!(manifest["layers"][0]["digest"], digest.to_string());
    assert_eq!(manifest["layers"][0]["size"], 9);
}

#[test]
fn an_index_of_other_tools_is_kept() {
    let folder = temporary();
    let store = Store::open(folder.path());
    let digest = store.put(b"component").expect("room");
    let foreign = r#"{"schemaVersion":2,"annotations":{"a":"b"},"manifests":[
        {"mediaType":"application/vnd.oci.image.index.v1+json","digest":"sha512:00","size":3,"platform":{"os":"linux"}}]}"#;
    fs::write(folder.path().join("index.json"), foreign).expect("room");
    store.set_name("zlib", &digest, &info()).expect("room");
    store.remove_name("zlib").expect("room");
    let after: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.path().join("index.json")).expect("there"))
            .expect("JSON");
    let mut before: serde_json::Value = serde_json::from_str(foreign).expect("JSON");
    before["mediaType"] = "application/vnd.oci.image.index.v1+json".into();
    assert_eq!(after, before);
}

#[test]
fn a_damaged_index_is_an_error_and_nothing_is_collected() {
    let folder = temporary();
    let store = Store::open(folder.path());
    let digest = store.put(b"component").expect("room");
    store.set_name("zlib", &digest, &info()).expect("room");
    for content in ["", "{", "[]", "{\"schemaVersion\":1,\"manifests\":[]}"] {
        fs::write(folder.path().join("index.json"), content).expect("room");
        assert_eq!(store.names().expect_err(content).code, Code::BlobIoError);
        assert!(store.set_name("x", &digest, &info()).is_err());
        let error = store.gc(&BTreeSet::new(), Duration::ZERO, false).expect_err(content);
        assert_eq!(error.code, Code::BlobIoError);
        assert_eq!(fs::read_to_string(folder.path().join("index.json")).expect("there"), content);
    }
    assert!(store.has(&digest));
}

#[test]
fn collection_keeps_what_is_named_or_young() {
    let folder = temporary();
    let store = Store::open(folder.path());
    let named = store.put(b"named").expect("room");
    let planned = store.put(b"planned").expect("room");
    let unnamed = store.put(b"unnamed").expect("room");
    store.set_name("zlib", &named, &info()).expect("room");
    let keep = BTreeSet::from([planned]);
    let hour = Duration::from_secs(3600);
    let report = store.gc(&keep, hour, false).expect("works");
    assert_eq!(report.removed, []);
    assert_eq!(report.young, [(unnamed, 7)]);
    let report = store.gc(&keep, Duration::ZERO, true).expect("works");
    assert_eq!(report.removed, [(unnamed, 7)]);
    assert!(store.has(&unnamed));
    // Two documents make the name.
    assert_eq!(report.kept, 4);
    store.gc(&keep, Duration::ZERO, false).expect("works");
    assert!(store.has(&named) && store.has(&planned) && !store.has(&unnamed));
    assert_eq!(store.names().expect("readable")[0].component, Some(named));
    assert!(store.remove_name("zlib").expect("writable"));
    assert!(!store.remove_name("zlib").expect("writable"));
    store.gc(&keep, Duration::ZERO, false).expect("works");
    assert_eq!(store.blobs_list().expect("readable"), [(planned, 7)]);
}

#[test]
fn a_damaged_manifest_stops_collection() {
    let folder = temporary();
    let store = Store::open(folder.path());
    let digest = store.put(b"component").expect("room");
    store.set_name("zlib", &digest, &info()).expect("room");
    let manifest = store.names().expect("readable")[0].manifest;
    damage(&store.path(&manifest), b"{}");
    let error =
        store.gc(&BTreeSet::new(), Duration::ZERO, false).expect_err("what it names is unknown");
    assert_eq!(error.code, Code::BlobDigestMismatch);
    assert!(store.has(&digest));
}

#[test]
fn what_gets_a_name_while_others_collect_stays() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = Store::open(folder.path().join("store"));
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                // It may find no store yet, or a file that is gone.
                let _ = store.gc(&BTreeSet::new(), Duration::ZERO, false);
                // Or hardly a blob lives until it is named.
                std::thread::sleep(Duration::from_micros(200));
            }
        });
        let mut named = 0;
        let mut lost = None;
        // How often it succeeds is the scheduler's; the bound is for a name that is never given.
        for _ in 0..100_000 {
            if named == 20 {
                break;
            }
            // A blob without a name may be collected, and so may its unfinished file.
            let Ok(digest) = store.put(b"component") else { continue };
            if store.set_name("a", &digest, &ComponentInfo::default()).is_ok() {
                named += 1;
                lost = lost.or(store.get(&digest).err());
                store.remove_name("a").expect("it has the name");
            }
        }
        ended.store(true, Ordering::Relaxed);
        assert_eq!(lost, None);
        assert_eq!(named, 20);
    });
}
