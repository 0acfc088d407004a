use std::fs;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;
use std::time::Duration;

use super::{Place, assert_says, code, stderr};

/// A guest that exits with this code, so that tests see whose code ran.
fn exits_with(place: &Place, exit: u8) -> PathBuf {
    place.guest(&format!("(call $code (i32.const {exit})) (i32.const 0)"))
}

/// The files of the cache with this extension.
fn entries(place: &Place, extension: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(place.cache())
        .into_iter()
        .flatten()
        .map(|entry| entry.expect("can list").path());
    let mut found: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|e| e == extension)).collect();
    found.sort();
    found
}

fn entry(place: &Place) -> PathBuf {
    let found = entries(place, "cwasm");
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].clone()
}

#[track_caller]
fn runs(place: &Place, guest: &std::path::Path, expected: i32) -> String {
    let output = place.run(&[], guest, &[]);
    assert_eq!(code(&output), expected, "{}", stderr(&output));
    stderr(&output)
}

/// Runs the guest and tells whether it had to be compiled. (Inodes do not tell: a new file may get a removed
/// one's.)
#[track_caller]
fn compiles(place: &Place, guest: &std::path::Path, expected: i32) -> bool {
    let output = place.run(&["-v"], guest, &[]);
    assert_eq!(code(&output), expected, "{}", stderr(&output));
    stderr(&output).contains("composectl: compiled ")
}

#[test]
fn code_is_compiled_once_and_kept_private() {
    let place = Place::new();
    let guest = exits_with(&place, 5);
    assert!(compiles(&place, &guest, 5));
    assert_eq!(fs::metadata(place.cache()).expect("made").permissions().mode() & 0o777, 0o700);
    assert_eq!(fs::metadata(entry(&place)).expect("made").permissions().mode() & 0o777, 0o600);
    assert!(!compiles(&place, &guest, 5));
    assert_eq!(entries(&place, "lock"), Vec::<PathBuf>::new());
}

#[test]
fn precompile_fills_the_cache() {
    let place = Place::new();
    let guest = exits_with(&place, 5);
    for expected in ["guest.wasm compiled (", "guest.wasm was compiled before ("] {
        let output =
            place.composectl(["precompile".as_ref(), guest.as_os_str()]).output().expect("starts");
        assert_eq!(code(&output), 0);
        assert_says(&output, &[expected]);
    }
    assert!(!compiles(&place, &guest, 5));
}

#[test]
fn precompile_goes_on_after_what_is_no_component() {
    let place = Place::new();
    let guest = exits_with(&place, 5);
    let text = place.file("text", b"text");
    let words = ["precompile".as_ref(), "nowhere".as_ref(), text.as_os_str(), guest.as_os_str()];
    let output = place.composectl(words).output().expect("starts");
    assert_eq!(code(&output), 127);
    let expected =
        ["nowhere: there is no such file", "is not WebAssembly", "guest.wasm compiled ("];
    assert_says(&output, &expected);
    assert!(!crate::stderr(&output).contains("flags"), "{}", crate::stderr(&output));
    let output = place.composectl(words).arg("--json").output().expect("starts");
    assert_eq!(code(&output), 127);
    let shown: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(shown["files"][2]["compiled"], false, "{shown}");
    assert!(shown["files"][0]["error"].is_string(), "{shown}");
}

#[test]
fn other_content_under_the_same_name_is_never_run_with_old_code() {
    let place = Place::new();
    for exit in [5, 6, 5, 7] {
        let guest = exits_with(&place, exit);
        runs(&place, &guest, i32::from(exit));
        runs(&place, &guest, i32::from(exit));
    }
    assert_eq!(entries(&place, "cwasm").len(), 3);
}

#[test]
fn the_digest_index_does_not_outlive_a_change() {
    let place = Place::on_disk();
    let guest = exits_with(&place, 5);
    let index = || fs::read_dir(place.cache().join("index")).map_or(0, Iterator::count);
    runs(&place, &guest, 5);
    let age = fs::metadata(&guest).and_then(|file| file.modified()).expect("exists").elapsed();
    if age.is_ok_and(|age| age < Duration::from_secs(2)) {
        assert_eq!(index(), 0, "the file was written a moment ago");
    }
    std::thread::sleep(Duration::from_millis(2100));
    runs(&place, &guest, 5);
    assert_eq!(index(), 1);
    // Without the right to read the file only the index can know what it holds; but that changes ctime, and so
    // does what follows: same inode, same size, same mtime, other content.
    let old = fs::metadata(&guest).expect("exists");
    let other = wat::parse_str(super::GUEST.replace(
        "BODY",
        "(func (export \"run\") (result i32) (call $code (i32.const 6)) (i32.const 0))",
    ));
    let other = other.expect("well-formed");
    assert_eq!(other.len() as u64, old.len());
    fs::write(&guest, other).expect("can write");
    let file = fs::OpenOptions::new().write(true).open(&guest).expect("exists");
    file.set_modified(old.modified().expect("has one")).expect("can set");
    assert_eq!(fs::metadata(&guest).expect("exists").ino(), old.ino());
    runs(&place, &guest, 6);
}

/// A page that is mapped and dirty is written to without any time of the file changing.
#[test]
fn a_program_that_is_changed_through_a_dirty_page_is_not_run_with_old_code() {
    let place = Place::on_disk();
    let guest = exits_with(&place, 5);
    let old = fs::read(&guest).expect("written");
    let new = fs::read(exits_with(&place, 6)).expect("written");
    fs::write(&guest, &old).expect("ours");
    let file = fs::OpenOptions::new().read(true).write(true).open(&guest).expect("ours");
    file.sync_all().expect("on a disk");
    // SAFETY: a fresh mapping of the file, which keeps its size.
    let mapped = unsafe {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let (at, file) = (std::ptr::null_mut(), file.as_raw_fd());
        let mapped = libc::mmap(at, old.len(), protection, libc::MAP_SHARED, file, 0);
        assert_ne!(mapped, libc::MAP_FAILED);
        std::slice::from_raw_parts_mut(mapped.cast::<u8>(), old.len())
    };
    mapped.copy_from_slice(&old);
    std::thread::sleep(Duration::from_millis(2100));
    runs(&place, &guest, 5);
    assert_eq!(fs::read_dir(place.cache().join("index")).expect("made").count(), 1);
    mapped.copy_from_slice(&new);
    runs(&place, &guest, 6);
}

#[test]
fn a_cache_below_a_folder_that_others_can_write_to_is_not_used() {
    let place = Place::new();
    let guest = exits_with(&place, 5);
    runs(&place, &guest, 5);
    let parent = place.path("cache");
    for mode in [0o777, 0o775] {
        fs::set_permissions(&parent, fs::Permissions::from_mode(mode)).expect("ours");
        assert!(compiles(&place, &guest, 5));
        let said = runs(&place, &guest, 5);
        let expected = format!("compiled code is not kept: {} can be written", parent.display());
        assert!(said.contains(&expected), "{said}");
    }
    // In a sticky folder nobody can exchange what is another's.
    fs::set_permissions(&parent, fs::Permissions::from_mode(0o1777)).expect("ours");
    assert!(!compiles(&place, &guest, 5));
}

#[test]
fn a_truncated_entry_is_compiled_anew() {
    let place = Place::new();
    let guest = exits_with(&place, 5);
    runs(&place, &guest, 5);
    let file = entry(&place);
    let length = fs::metadata(&file).expect("made").len();
    for keep in [0, 10, length / 2, length - 1] {
        fs::OpenOptions::new()
            .write(true)
            .open(&file)
            .expect("ours")
            .set_len(keep)
            .expect("can truncate");
        assert_eq!(runs(&place, &guest, 5), "");
        assert_eq!(
            fs::metadata(entry(&place)).expect("made anew").len(),
            length,
            "after truncating to {keep}"
        );
    }
}

#[test]
fn a_poisoned_entry_is_not_run() {
    let place = Place::new();
    // The valid code of one component under the name of another: wasmtime itself would run it.
    runs(&place, &exits_with(&place, 66), 66);
    let poison = fs::read(entry(&place)).expect("made");
    fs::remove_dir_all(place.cache()).expect("can remove");
    let guest = exits_with(&place, 5);
    runs(&place, &guest, 5);
    let file = entry(&place);
    let good = fs::read(&file).expect("made");
    assert_eq!(poison.len(), good.len());

    fs::write(&file, &poison).expect("can write");
    assert_eq!(runs(&place, &guest, 5), "");
    assert_eq!(fs::read(entry(&place)).expect("made anew"), good);

    // A single byte, and the time of modification set back.
    let modified = fs::metadata(&file).expect("exists").modified().expect("has one");
    let mut bytes = good.clone();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, &bytes).expect("can write");
    fs::OpenOptions::new()
        .write(true)
        .open(&file)
        .expect("ours")
        .set_modified(modified)
        .expect("can set");
    assert_eq!(runs(&place, &guest, 5), "");
    assert_eq!(fs::read(entry(&place)).expect("made anew"), good);
}

#[test]
fn an_entry_that_was_only_copied_is_kept() {
    let place = Place::new();
    let guest = exits_with(&place, 5);
    runs(&place, &guest, 5);
    let file = entry(&place);
    let copy = place.path("copy");
    fs::copy(&file, &copy).expect("can copy");
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o600)).expect("ours");
    fs::rename(&copy, &file).expect("can rename");
    assert!(!compiles(&place, &guest, 5), "its content is the one that was written");
    assert!(!compiles(&place, &guest, 5));
}

#[test]
fn an_entry_without_its_seal_or_with_a_damaged_one_is_compiled_anew() {
    let place = Place::new();
    let guest = exits_with(&place, 5);
    runs(&place, &guest, 5);
    let seal = entries(&place, "json").remove(0);
    fs::write(&seal, b"{").expect("can write");
    assert!(compiles(&place, &guest, 5));
    fs::remove_file(&seal).expect("can remove");
    assert!(compiles(&place, &guest, 5));
    assert!(!compiles(&place, &guest, 5));
}

#[test]
fn an_entry_that_others_can_write_or_that_is_a_link_is_not_used() {
    let place = Place::new();
    let guest = exits_with(&place, 5);
    runs(&place, &guest, 5);
    let file = entry(&place);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o622)).expect("ours");
    assert!(compiles(&place, &guest, 5));
    assert_eq!(fs::metadata(&file).expect("made anew").permissions().mode() & 0o777, 0o600);

    let elsewhere = place.path("elsewhere");
    fs::rename(&file, &elsewhere).expect("can rename");
    std::os::unix::fs::symlink(&elsewhere, &file).expect("can link");
    assert!(compiles(&place, &guest, 5));
    assert!(!fs::symlink_metadata(&file).expect("made anew").is_symlink());
}

#[test]
fn a_cache_open_to_others_is_not_used() {
    let place = Place::new();
    let guest = exits_with(&place, 5);
    runs(&place, &guest, 5);
    for mode in [0o770, 0o777, 0o701] {
        fs::set_permissions(place.cache(), fs::Permissions::from_mode(mode)).expect("ours");
        let said = runs(&place, &guest, 5);
        assert!(
            said.contains("warning: compiled code is not kept")
                && said.contains("open to other users"),
            "{said}"
        );
    }
}

#[test]
fn a_cache_that_cannot_be_made_is_a_warning() {
    let place = Place::new();
    let guest = exits_with(&place, 5);
    place.file("cache", b"a file where the folder should be");
    let said = runs(&place, &guest, 5);
    assert!(
        said.contains("warning: compiled code is not kept: ") && said.contains("Not a directory"),
        "{said}"
    );
    let output =
        place.run_command(&[], &guest, &[]).env_remove("PYLON_CACHE_DIR").output().expect("starts");
    assert_eq!(code(&output), 5);
    assert_says(
        &output,
        &["warning", "neither PYLON_CACHE_DIR nor XDG_CACHE_HOME nor HOME is set"],
    );
}

#[test]
fn a_full_disk_is_a_warning() {
    let place = Place::new();
    let guest = exits_with(&place, 5);
    // The kernel's own limit on file sizes stands in for a full disk; its signal is ignored as a shell can do.
    let command = place.run_command(&[], &guest, &[]);
    let mut shell = std::process::Command::new("/bin/sh");
    shell
        .args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$@\"", "sh"])
        .arg(command.get_program())
        .args(command.get_args());
    let output = shell.env("PYLON_CACHE_DIR", place.path("cache")).output().expect("sh starts");
    assert_eq!(code(&output), 5, "{}", stderr(&output));
    assert_says(&output, &["warning: compiled code is not kept"]);
    let left: Vec<_> = fs::read_dir(place.cache()).expect("made").collect();
    assert!(left.is_empty(), "a failed write left {left:?}");
    assert_eq!(runs(&place, &guest, 5), "");
}

#[test]
fn processes_that_start_at_once_all_succeed_and_leave_one_entry() {
    let place = Place::new();
    let guest = exits_with(&place, 5);
    let start = || {
        place
            .run_command(&[], &guest, &[])
            .stderr(std::process::Stdio::piped())
            .spawn()
            .expect("starts")
    };
    let children: Vec<_> = (0..8).map(|_| start()).collect();
    for child in children {
        let output = child.wait_with_output().expect("ends");
        assert_eq!((code(&output), stderr(&output).as_str()), (5, ""));
    }
    entry(&place);
    assert_eq!(entries(&place, "lock"), Vec::<PathBuf>::new());
}

#[test]
fn a_process_killed_while_compiling_leaves_nothing_that_hurts() {
    let place = Place::new();
    let guest = exits_with(&place, 5);
    for pause in [0, 2, 5, 10, 20, 40] {
        let _ = fs::remove_dir_all(place.cache());
        let mut child = place.run_command(&[], &guest, &[]).spawn().expect("starts");
        std::thread::sleep(Duration::from_millis(pause));
        let _ = child.kill();
        child.wait().expect("ends");
        assert_eq!(runs(&place, &guest, 5), "");
    }
}

#[test]
fn xdg_and_home_are_the_defaults() {
    let place = Place::new();
    let guest = exits_with(&place, 5);
    for (name, folder) in [("XDG_CACHE_HOME", "xdg/pylon"), ("HOME", "home/.cache/pylon")] {
        let value = place.path(folder.split('/').next().expect("has parts"));
        let mut command = place.run_command(&[], &guest, &[]);
        let output =
            command.env_remove("PYLON_CACHE_DIR").env(name, &value).output().expect("starts");
        assert_eq!((code(&output), stderr(&output).as_str()), (5, ""));
        assert!(place.path(folder).join("compiled").is_dir());
    }
}
