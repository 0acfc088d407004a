//! Every path by both ways, and what no path leads to.

use std::ffi::CString;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;

use super::*;

fn mkfifo(path: &Path) {
    let path = CString::new(path.as_os_str().as_bytes()).expect("no NUL in it");
    // SAFETY: a string that ends with NUL.
    assert_eq!(unsafe { libc::mkfifo(path.as_ptr(), 0o600) }, 0);
}

/// A folder with one of each.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name);
    fs::create_dir_all(path("in/a/b")).expect("room");
    fs::write(path("outside"), "outside").expect("room");
    fs::write(path("in/file"), "file").expect("room");
    fs::write(path("in/a/b/deep"), "deep").expect("room");
    for (target, link) in [
        ("file", "in/to_file"),
        ("a/b", "in/to_folder"),
        ("../../file", "in/a/b/up"),
        ("to_file", "in/twice"),
        ("nowhere", "in/dangling"),
        ("loop", "in/loop"),
        ("../outside", "in/escape"),
        ("a/../../outside", "in/escape_later"),
        ("/etc/passwd", "in/absolute"),
        ("pipe", "in/to_pipe"),
    ] {
        symlink(target, path(link)).expect("room");
    }
    mkfifo(&path("in/pipe"));
    folder
}

const PATHS: [&str; 40] = [
    "",
    ".",
    "./",
    "..",
    "/",
    "file",
    "file/",
    "./file",
    "file/..",
    "file/x",
    "a",
    "a/",
    "a/.",
    "a/..",
    "a/../file",
    "a/b/deep",
    "a/b/../../file",
    "a//b///deep",
    "a/b/up",
    "a/b/up/",
    "to_file",
    "to_file/",
    "to_folder",
    "to_folder/",
    "to_folder/deep",
    "to_folder/../b",
    "twice",
    "dangling",
    "dangling/",
    "loop",
    "escape",
    "escape_later",
    "absolute",
    "../outside",
    "a/../../outside",
    "nowhere",
    "nowhere/",
    "nowhere/x",
    "pipe",
    "to_pipe",
];

/// A walk gives what the kernel gives, so that a folder with fences, or an old kernel, is as any other.
#[test]
fn walking_finds_what_the_kernel_finds() {
    let folder = folder();
    let root = File::open(folder.path().join("in")).expect("there");
    let none = Fences::default();
    let overlap = Fences::new(Vec::new(), true);
    let direct = Beneath { folder: &root, writable: true, fences: &none };
    let walked = Beneath { folder: &root, writable: true, fences: &overlap };
    let identity = |found: Result<OwnedFd>| {
        found.map(|found| fstat(found).map(|status| (status.st_ino, kind(&status))).expect("open"))
    };
    for path in PATHS {
        for follow in [true, false] {
            let found = identity(direct.find(path, follow));
            assert_eq!(identity(walked.find(path, follow)), found, "find {path:?} {follow}");
            for flags in [OFlags::RDONLY, OFlags::RDWR, OFlags::DIRECTORY] {
                let open = |beneath: &Beneath<'_>| {
                    identity(beneath.open(path, follow, flags).map(|opened| opened.file))
                };
                assert_eq!(open(&walked), open(&direct), "open {path:?} {follow} {flags:?}");
            }
        }
    }
}

#[test]
fn files_are_made_where_a_path_leads_and_nowhere_else() {
    for fences in [Fences::default(), Fences::new(Vec::new(), true)] {
        let folder = folder();
        let root = File::open(folder.path().join("in")).expect("there");
        let beneath = Beneath { folder: &root, writable: true, fences: &fences };
        let make = |path: &str| {
            beneath.open(path, true, OFlags::WRONLY | OFlags::CREATE).map(|opened| opened.writable)
        };
        for path in ["new", "a/new", "dangling", "a/b/../new2", "to_folder/new"] {
            assert_eq!(make(path), Ok(true), "{path}");
        }
        for name in ["new", "a/new", "nowhere", "a/new2", "a/b/new"] {
            assert!(folder.path().join("in").join(name).is_file(), "{name}");
        }
        for (path, error) in [
            ("../new", Errno::XDEV),
            ("a/../../new", Errno::XDEV),
            ("escape", Errno::XDEV),
            ("absolute", Errno::XDEV),
            ("nowhere2/new", Errno::NOENT),
            ("a", Errno::ISDIR),
            ("pipe", Errno::NOTSUP),
        ] {
            assert_eq!(make(path), Err(error), "{path}");
        }
        assert_eq!(fs::read_to_string(folder.path().join("outside")).expect("there"), "outside");
        assert!(!folder.path().join("new").exists());
    }
}

#[test]
fn what_is_neither_file_nor_folder_is_not_opened_and_not_waited_for() {
    let folder = folder();
    let _listener = UnixListener::bind(folder.path().join("in/socket")).expect("can bind");
    let root = File::open(folder.path().join("in")).expect("there");
    for fences in [Fences::default(), Fences::new(Vec::new(), true)] {
        let beneath = Beneath { folder: &root, writable: true, fences: &fences };
        for path in ["pipe", "to_pipe", "socket"] {
            for flags in [OFlags::RDONLY, OFlags::WRONLY, OFlags::RDWR | OFlags::CREATE] {
                let opened = beneath.open(path, true, flags).map(|_| ());
                assert_eq!(opened, Err(Errno::NOTSUP), "{path} {flags:?}");
            }
            assert!(beneath.find(path, true).is_ok(), "its status is no secret");
        }
    }
}

#[test]
fn what_the_kernel_makes_is_not_beneath_a_folder() {
    let root = File::open("/").expect("there");
    let folder = tempfile::tempdir().expect("a temporary folder");
    symlink("../proc/self/environ", folder.path().join("link")).expect("room");
    let here = folder.path().to_str().expect("UTF-8").trim_start_matches('/').to_owned();
    for fences in [Fences::default(), Fences::new(Vec::new(), true)] {
        let beneath = Beneath { folder: &root, writable: true, fences: &fences };
        let read = |path: &str| beneath.open(path, true, OFlags::RDONLY).map(|_| ());
        for path in [
            "proc",
            "proc/",
            "proc/self/mem",
            "proc/self/environ",
            "proc/1/../self/environ",
            "proc/self/task",
            "sys",
            "sys/kernel",
            "dev",
        ] {
            assert_eq!(read(path), Err(Errno::ACCESS), "{path}");
            assert_eq!(beneath.find(path, true).map(|_| ()), Err(Errno::ACCESS), "{path}");
        }
        assert_eq!(beneath.status("proc", false), Err(Errno::ACCESS));
        assert_eq!(beneath.place("proc/self/cwd", false).map(|_| ()), Err(Errno::ACCESS));
        assert_eq!(beneath.place("proc/sys/kernel/hostname", true).map(|_| ()), Err(Errno::ACCESS));
        assert_eq!(beneath.place("dev/null", false).map(|_| ()), Err(Errno::ACCESS));
        assert_eq!(
            beneath.open("dev/new", true, OFlags::WRONLY | OFlags::CREATE).map(|_| ()),
            Err(Errno::ACCESS)
        );
        assert_eq!(read("dev/null"), Ok(()));
        assert_eq!(read("dev/zero"), Ok(()));
        if Path::new("/dev/tty").exists() {
            assert_eq!(read("dev/tty"), Err(Errno::ACCESS));
        }
        if Path::new("/dev/shm").is_dir() {
            assert_eq!(read("dev/shm"), Ok(()), "a file system for files");
        }
        assert_eq!(read(&format!("{here}/../{here}")), Err(Errno::NOENT));
        assert_eq!(read(&here), Ok(()));
        let depth = here.split('/').count();
        let link = folder.path().join("deep");
        symlink(format!("{}proc/self/environ", "../".repeat(depth)), link).expect("room");
        assert_eq!(read(&format!("{here}/deep")), Err(Errno::ACCESS));
        fs::remove_file(folder.path().join("deep")).expect("there");
    }
}

/// `--system-dir` names it.
#[test]
fn what_the_kernel_makes_is_beneath_itself() {
    let root = File::open("/proc").expect("there");
    assert_eq!(is_special(&root), Ok(true));
    let fences = Fences::default();
    let beneath = Beneath { folder: &root, writable: false, fences: &fences };
    assert!(
        beneath.open("self/environ", true, OFlags::RDONLY).is_ok()
            || beneath.open("1/comm", true, OFlags::RDONLY).is_ok()
    );
}

#[test]
fn a_folder_behind_a_fence_is_read_only_wherever_it_is_seen() {
    let folder = folder();
    let root = File::open(folder.path().join("in")).expect("there");
    let status = fstat(File::open(folder.path().join("in/a")).expect("there")).expect("open");
    let fences = Fences::new(vec![(status.st_dev, status.st_ino)], true);
    let beneath = Beneath { folder: &root, writable: true, fences: &fences };
    let write = OFlags::RDWR | OFlags::CREATE;
    for path in ["a/b/deep", "a/new", "to_folder/deep", "to_folder/../new", "./a/../a/b/deep"] {
        assert_eq!(beneath.open(path, true, write).map(|_| ()), Err(Errno::PERM), "{path}");
        assert!(!beneath.place(path, false).expect("there").writable, "{path}");
    }
    for path in ["a", "a/b", "to_folder", "a/b/deep"] {
        let opened = beneath.open(path, true, OFlags::RDONLY).expect(path);
        assert!(!opened.writable, "{path}");
    }
    for path in ["file", "a/b/up", "a/../file", "new"] {
        assert!(beneath.open(path, true, write).expect(path).writable, "{path}");
    }
    assert!(beneath.place("a", false).expect("there").writable, "its name is in the other folder");
    assert_eq!(beneath.may_change("a", true), Err(Errno::PERM), "its times are its own");
    assert_eq!(beneath.may_change("file", true), Ok(()));
}
