use std::os::unix::fs::symlink;

use super::{Place, assert_says, code, stderr, stdout};

/// Bodies that end with the result of a call as exit code.
const CREATE: &str = "(call $code (call $create)) (i32.const 0)";
const SOCKET: &str = "(call $code (call $socket)) (i32.const 0)";
/// `error-code` of the interfaces, plus 1.
const NOT_PERMITTED: i32 = 32;
const READ_ONLY: i32 = 34;
const ACCESS_DENIED: i32 = 2;

#[test]
fn nothing_is_granted_by_default() {
    let place = Place::new();
    let guest = place.guest("(call $environment) (call $list) (call $cwd) (i32.const 0)");
    let output = place.run_command(&[], &guest, &[]).env("SECRET", "1").output().expect("starts");
    assert_eq!((code(&output), stdout(&output).as_str()), (0, ""), "{}", stderr(&output));
    assert_eq!(code(&place.run(&[], &place.guest(SOCKET), &[])), ACCESS_DENIED);
}

#[test]
fn a_granted_folder_can_be_written_unless_read_only() {
    let place = Place::new();
    let guest = place.guest(CREATE);
    std::fs::create_dir(place.path("d")).expect("can make a folder");
    let created = place.path("d/f");
    let output = place.run(&["--dir", "d:ro"], &guest, &[]);
    assert!([NOT_PERMITTED, READ_ONLY].contains(&code(&output)), "{output:?}");
    assert!(!created.exists());
    assert_eq!(code(&place.run(&["--dir", "d"], &guest, &[])), 0);
    assert!(created.exists());
    std::fs::remove_file(&created).expect("can remove");
    assert_eq!(code(&place.run(&["--dir", "d::/other/name"], &guest, &[])), 0);
    assert!(created.exists());
}

#[test]
fn a_link_does_not_lead_out_of_a_granted_folder() {
    let place = Place::new();
    std::fs::create_dir(place.path("d")).expect("can make a folder");
    let outside = place.path("outside");
    symlink(&outside, place.path("d/f")).expect("can link");
    let output = place.run(&["--dir", "d"], &place.guest(CREATE), &[]);
    assert_ne!(code(&output), 0);
    assert!(!outside.exists());
}

#[test]
fn folders_have_the_names_they_are_given_and_the_guest_starts_among_them() {
    let place = Place::new();
    std::fs::create_dir_all(place.path("a/b")).expect("can make folders");
    let guest = place.guest("(call $list) (call $cwd) (i32.const 0)");
    let names = |flags: &[&str]| stdout(&place.run(flags, &guest, &[]));
    assert_eq!(names(&["--dir", "."]), ".\n/\n");
    assert_eq!(names(&["--dir", "a/", "--dir", "a/b::/x:ro"]), "a\n/x\n");
    assert_eq!(names(&["--dir", ".::/home"]), "/home\n/home\n");
    let here = place.folder.path().canonicalize().expect("exists");
    assert_eq!(names(&["--allow-all", "--ca", "none"]), format!("/\n{}\n", here.display()));
}

#[test]
fn a_folder_that_cannot_be_granted_is_an_error_before_the_guest_runs() {
    let place = Place::new();
    let guest = place.guest("(drop (call $write (i32.const 32) (i32.const 1))) (i32.const 0)");
    place.file("file", b"");
    for (flags, expected) in [
        (&["--dir", "nowhere"][..], "--dir nowhere: there is no such folder"),
        (&["--dir", "file"], "--dir file: is no folder"),
        (&["--dir", ".::/x", "--dir", "/::/x"], "two folders are granted as /x"),
        (&["--dir", ".", "--dir", "/"], "two folders are granted as /"),
    ] {
        let output = place.run(flags, &guest, &[]);
        assert_eq!((code(&output), stdout(&output).as_str()), (125, ""), "{flags:?}");
        assert_says(&output, &[expected]);
    }
}

#[test]
fn packages_are_granted_where_python_looks_for_them_and_can_be_read_only() {
    let place = Place::new();
    std::fs::create_dir(place.path("p")).expect("can make a folder");
    let guest = place.guest("(call $list) (call $cwd) (i32.const 0)");
    let output = place.run(&["--site", "p"], &guest, &[]);
    assert_eq!(stdout(&output), "/lib/python3.13/site-packages\n", "{}", stderr(&output));
    // Standing in it starts nobody there.
    let output = place.run(&["--site", "."], &guest, &[]);
    assert_eq!(stdout(&output), "/lib/python3.13/site-packages\n", "{}", stderr(&output));
    let output = place.run(&["--site", "p"], &place.guest(CREATE), &[]);
    assert!([NOT_PERMITTED, READ_ONLY].contains(&code(&output)), "{output:?}");
    place.file("f", b"");
    for (flags, said) in [
        (&["--site", "absent"][..], "--site absent: there is no such folder"),
        (&["--site", "f"], "--site f: is no folder"),
        (&["--site", "/proc"], "--site /proc: this is part of procfs"),
        (
            &["--site", "p", "--dir", ".::/lib/python3.13/site-packages"],
            "two folders are granted as",
        ),
        (&["--site", "p", "--site", "p"], "cannot be used multiple times"),
    ] {
        let output = place.run(flags, &guest, &[]);
        assert_eq!(code(&output), 125);
        assert_says(&output, &[said]);
    }
}

/// What stands for a certificate, for composectl, which does not decode them.
const CERTIFICATE: &[u8] = b"-----BEGIN CERTIFICATE-----\n";

const PRIVATE_KEY: &[u8] = b"-----BEGIN EC PRIVATE KEY-----\n";

/// Where the certificates of runs in this place lie: one folder for each file that they came from.
fn authorities(place: &Place) -> Vec<std::path::PathBuf> {
    let folders = std::fs::read_dir(place.path("cache/authorities"));
    folders.into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

#[test]
fn certificates_are_granted_with_the_network_or_by_name() {
    let place = Place::new();
    let guest = place.guest("(call $list) (i32.const 0)");
    let store = place.file("store.pem", CERTIFICATE);
    std::fs::create_dir(place.path("own")).expect("can make a folder");
    for (flags, expected) in [
        (&[][..], ""),
        (&["--net"], "/etc/ssl\n"),
        (&["--net=127.0.0.1"], "/etc/ssl\n"),
        (&["--allow-all"], "/\n/etc/ssl\n"),
        (&["--net", "--ca", "none"], ""),
        (&["--ca", "system"], "/etc/ssl\n"),
        (&["--ca", "store.pem"], "/etc/ssl\n"),
        (&["--net", "--dir", "own::/etc/ssl"], "/etc/ssl\n"),
    ] {
        let mut command = place.run_command(flags, &guest, &[]);
        let output = command.env("SSL_CERT_FILE", &store).output().expect("starts");
        assert_eq!((code(&output), stdout(&output).as_str()), (0, expected), "{flags:?}");
    }
}

#[test]
fn a_folder_of_certificates_holds_them_as_they_are_now_and_nothing_else() {
    let place = Place::new();
    let list = place.guest("(i32.const 0)");
    let granted = |flags: &[&str], variable: &str, value: &str| {
        let mut command = place.run_command(flags, &list, &[]);
        let output = command.env(variable, place.path(value)).output().expect("starts");
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let folders = authorities(&place);
        assert_eq!(folders.len(), 1, "{folders:?}");
        let files = std::fs::read_dir(&folders[0]).expect("there").flatten();
        let names: Vec<_> = files.map(|file| file.file_name()).collect();
        assert_eq!(names, ["cert.pem"]);
        let content = std::fs::read(folders[0].join("cert.pem")).expect("there");
        std::fs::remove_dir_all(place.path("cache/authorities")).expect("ours");
        content
    };
    place.file("store.pem", CERTIFICATE);
    assert_eq!(granted(&["--ca", "store.pem"], "UNUSED", ""), CERTIFICATE);
    assert_eq!(granted(&["--ca", "system"], "SSL_CERT_FILE", "store.pem"), CERTIFICATE);
    let renewed = [CERTIFICATE, b"another"].concat();
    place.run(&["--ca", "store.pem"], &list, &[]);
    place.file("store.pem", &renewed);
    assert_eq!(granted(&["--ca", "store.pem"], "UNUSED", ""), renewed);
}

#[test]
fn of_a_folder_of_certificates_those_are_granted_that_can_be_found_by_name() {
    let place = Place::new();
    let guest = place.guest("(call $list) (i32.const 0)");
    std::fs::create_dir(place.path("store")).expect("can make a folder");
    place.file("outside.pem", CERTIFICATE);
    place.file("store/private.key", b"key");
    place.file("store/1b775a30.0", &[CERTIFICATE, PRIVATE_KEY].concat());
    symlink(place.path("outside.pem"), place.path("store/0a775a30.0")).expect("can link");
    symlink(place.path("nowhere"), place.path("store/0a775a30.1")).expect("can link");
    let granted = || {
        let mut command = place.run_command(&["--net"], &guest, &[]);
        let output = command.env("SSL_CERT_DIR", place.path("store")).output().expect("starts");
        assert_eq!((code(&output), stdout(&output).as_str()), (0, "/etc/ssl\n"));
        authorities(&place).into_iter().filter(|path| path.is_dir()).collect::<Vec<_>>()
    };
    let folders = granted();
    assert_eq!(folders.len(), 1, "{folders:?}");
    let first = &folders[0];
    let names = |folder: &std::path::Path| {
        let files = std::fs::read_dir(folder).expect("there").flatten();
        let mut names: Vec<_> = files.map(|file| file.file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names(first), ["certs"]);
    assert_eq!(names(&first.join("certs")), ["0a775a30.0"]);
    assert_eq!(std::fs::read(first.join("certs/0a775a30.0")).expect("there"), CERTIFICATE);
    assert_eq!(granted().len(), 1, "nothing has changed");
    place.file("store/9d04f354.0", CERTIFICATE);
    let second: Vec<_> = granted().into_iter().filter(|folder| folder != first).collect();
    assert_eq!(names(&second[0].join("certs")), ["0a775a30.0", "9d04f354.0"]);
}

#[test]
fn what_names_certificates_on_this_machine_is_not_inherited_beside_them() {
    let place = Place::new();
    let guest = place.guest("(call $environment) (i32.const 0)");
    let store = place.file("store.pem", CERTIFICATE).display().to_string();
    let named = format!("SSL_CERT_FILE\n{store}\n");
    for (flags, expected) in [
        (&["--inherit-env"][..], &*named),
        (&["--inherit-env", "--net"], ""),
        (&["--inherit-env", "--ca", "store.pem"], ""),
        (&["--allow-all"], ""),
        (&["--allow-all", "--ca", "none"], &named),
        (&["--net", "--env", "SSL_CERT_FILE"], &named),
        (&["--allow-all", "--env", "SSL_CERT_DIR=/mine"], "SSL_CERT_DIR\n/mine\n"),
    ] {
        let mut command = place.run_command(flags, &guest, &[]);
        let output = command.env("SSL_CERT_FILE", &store).output().expect("starts");
        let mut seen = String::new();
        for pair in stdout(&output).lines().collect::<Vec<_>>().chunks(2) {
            if pair[0].starts_with("SSL_") {
                seen += &format!("{}\n{}\n", pair[0], pair[1]);
            }
        }
        assert_eq!((code(&output), seen.as_str()), (0, expected), "{flags:?}");
    }
}

#[test]
fn certificates_can_be_read_only() {
    let place = Place::new();
    place.file("store.pem", CERTIFICATE);
    let output = place.run(&["--ca", "store.pem"], &place.guest(CREATE), &[]);
    assert!([NOT_PERMITTED, READ_ONLY].contains(&code(&output)), "{output:?}");
}

#[test]
fn certificates_that_cannot_be_granted_are_an_error_before_the_guest_runs() {
    let place = Place::new();
    let guest = place.guest("(drop (call $write (i32.const 32) (i32.const 1))) (i32.const 0)");
    place.file("text", b"no certificate");
    place.file("store.pem", CERTIFICATE);
    place.file("server.pem", &[PRIVATE_KEY, CERTIFICATE].concat());
    place.file("parameters.pem", b"-----BEGIN DH PARAMETERS-----\n");
    for (flags, expected) in [
        (&["--ca", "nowhere"][..], "--ca: nowhere: No such file"),
        (&["--ca", "text"], "--ca: text: there is no certificate in it"),
        (&["--ca", "parameters.pem"], "--ca: parameters.pem: there is no certificate in it"),
        (&["--ca", "server.pem"], "--ca: server.pem: a private key is in it"),
        (&["--ca", "store.pem", "--dir", ".::etc/ssl"], "different names: --dir HOST::GUEST"),
        (&["--ca", "."], "--ca: .: "),
        (&["--ca", "store.pem", "--dir", ".::/etc/ssl"], "two folders are granted as /etc/ssl"),
    ] {
        let output = place.run(flags, &guest, &[]);
        assert_eq!((code(&output), stdout(&output).as_str()), (125, ""), "{flags:?}");
        assert_says(&output, &[expected]);
    }
}

#[test]
fn only_the_granted_environment_is_seen() {
    let place = Place::new();
    let guest = place.guest("(call $environment) (i32.const 0)");
    let environment = |flags: &[&str]| {
        let mut command = place.run_command(flags, &guest, &[]);
        let output = command
            .env_remove("PYLON_CACHE_DIR")
            .env_remove("PYLON_STATE_DIR")
            .env("HOME", place.folder.path())
            .env("B", "host")
            .output();
        stdout(&output.expect("starts"))
    };
    assert_eq!(
        environment(&["--env", "A=1=2", "--env", "B", "--env", "UNSET"]),
        "A\n1=2\nB\nhost\n"
    );
    assert_eq!(environment(&["--env", "A=1", "--env", "A=2"]), "A\n2\n");
    let home = place.folder.path().display();
    assert_eq!(environment(&["--inherit-env"]), format!("B\nhost\nHOME\n{home}\n"));
    assert_eq!(
        environment(&["--inherit-env", "--env", "B=mine", "--env", "HOME="]),
        "B\nmine\nHOME\n\n"
    );
}

#[test]
fn the_network_is_open_only_if_granted() {
    let place = Place::new();
    let guest = place.guest(SOCKET);
    for (flags, expected) in [
        (&[][..], ACCESS_DENIED),
        (&["--net"], 0),
        (&["--net=127.0.0.1:80,[::1]"], 0),
        (&["--allow-all"], 0),
    ] {
        let output = place.run(flags, &guest, &[]);
        assert_eq!(code(&output), expected, "{flags:?}: {}", stderr(&output));
    }
}

#[test]
fn the_guest_sees_its_file_name_and_its_arguments() {
    let place = Place::new();
    let guest = place.guest("(call $arguments) (i32.const 0)");
    assert_eq!(
        stdout(&place.run(&[], &guest, &["-c", "--dir", "--", ""])),
        "guest.wasm\n-c\n--dir\n--\n\n"
    );
    assert_eq!(stdout(&place.run(&["--argv0", "python"], &guest, &["ä"])), "python\nä\n");
    let without_separator =
        place.composectl(["run", "guest.wasm", "-c", "--timeout"]).output().expect("starts");
    assert_eq!(stdout(&without_separator), "guest.wasm\n-c\n--timeout\n");
}

#[test]
fn numbers_in_old_spellings_are_no_hosts() {
    let place = Place::new();
    let guest = place.guest("(i32.const 0)");
    for host in
        ["0177.0.0.1", "010.0.0.1", "127.1", "0x7f.1", "2130706433", "8080", "127.0.0.1:+80"]
    {
        let output = place.run(&[&format!("--net={host}")], &guest, &[]);
        assert_eq!(code(&output), 125, "{host}");
        let plan = format!(
            r#"{{"version": "1", "components": [{{"id": "a", "digest": "sha256:{}", "grants": {{"net": ["{host}"]}}}}]}}"#,
            "0".repeat(64)
        );
        place.file("plan.json", plan.as_bytes());
        let output = place.run(&["--plan", "plan.json"], &guest, &[]);
        assert_eq!(code(&output), 125, "{host}");
        assert_says(&output, &["grants.net"]);
    }
}

/// Ends with 0, or 1 and the error of looking up its first argument.
const LOOKUP: &str = include_str!("lookup.wat");

#[test]
fn an_address_is_looked_up_without_a_grant_for_names() {
    let place = Place::new();
    let guest = place.component(LOOKUP);
    let look_up = |flag: &str, name: &str| code(&place.run(&[flag], &guest, &[name]));
    /// `permanent-resolver-failure`, plus 1.
    const NOT_GRANTED: i32 = 21;
    for address in ["127.0.0.1", "::1", "192.0.2.7"] {
        assert_eq!(look_up("--net=127.0.0.1", address), 0, "{address}");
        assert_eq!(look_up("--net=[::1]:80", address), 0, "{address}");
    }
    for name in ["localhost", "example.invalid", "127.1", "2130706433", "0x7f.1", ""] {
        assert_eq!(look_up("--net=127.0.0.1", name), NOT_GRANTED, "{name}");
    }
    assert_eq!(look_up("--net=localhost:1", "localhost"), 0);
    assert_eq!(look_up("--net", "localhost"), 0);
    assert_eq!(look_up("--dir=.", "127.0.0.1"), NOT_GRANTED, "no network at all");
}
