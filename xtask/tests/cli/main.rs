//! The command line as users type it: a case is a command, and what it prints and how it ends. Nothing here
//! builds or fetches: each command either needs no build, is a dry run against an empty cache, or is refused.
//!
//! `UPDATE_EXPECT=1 cargo test -p xtask --test cli` writes the expected output anew.

mod fixture;

use std::path::Path;
use std::process::Command;

use expect_test::expect_file;

/// Runs `cargo xtask <args>` with an empty cache and a bare environment on the fixture; returns all that can be seen
/// of it.
fn xtask_with(args: &[&str], environment: &[(&str, &str)]) -> String {
    thread_local! {
        static FIXTURE: tempfile::TempDir = tempfile::tempdir().unwrap();
    }
    FIXTURE.with(|scratch| {
        let checkout = scratch.path().join("checkout");
        if !checkout.exists() {
            fixture::make(&checkout);
        }
        xtask_on(&checkout, args, environment)
    })
}

fn xtask_on(checkout: &Path, args: &[&str], environment: &[(&str, &str)]) -> String {
    let cache = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(args)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", cache.path())
        .env("PYLON_CACHE_DIR", cache.path())
        .env("PYLON_CHECKOUT", checkout)
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let variables: String =
        environment.iter().map(|(name, value)| format!("{name}={value} ")).collect();
    let text = format!(
        "$ {variables}cargo xtask {}\n{}{}[exit code {}]\n",
        args.join(" "),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
        output.status.code().unwrap(),
    );
    text.replace(&checkout.display().to_string(), "<checkout>")
        .replace(&fixture::root().display().to_string(), "<checkout>")
        .replace(&cache.path().display().to_string(), "<cache>")
}

fn xtask(args: &[&str]) -> String {
    xtask_with(args, &[])
}

/// The plan of a command; sorted, since steps that do not depend on each other have no order.
fn plan(args: &[&str]) -> String {
    let text = xtask(&[args, &["--dry-run"]].concat());
    let (mut steps, rest): (Vec<_>, Vec<_>) = text.lines().partition(|line| line.starts_with(' '));
    steps.sort_unstable();
    format!("{}\n{}\n{}\n", rest[0], steps.join("\n"), rest[1..].join("\n"))
}

/// The same, with MicroPython's own files counted instead of named.
fn plan_of_image(args: &[&str]) -> String {
    let text = plan(args);
    let upstream = |line: &&str| line.contains(" micropython/");
    let count = |kind: &str| {
        text.lines().filter(upstream).filter(|line| line.trim_start().starts_with(kind)).count()
    };
    let rest: String =
        text.lines().filter(|line| !upstream(line)).map(|line| format!("{line}\n")).collect();
    let (qstrs, compiled) = (count("qstrs"), count("compile"));
    format!("{rest}of which {qstrs} qstrs micropython/.., {compiled} compile micropython/..\n")
}

#[test]
fn plans_of_images() {
    for (name, args) in [
        ("static-mp", &["static-mp"][..]),
        ("static-mp-without-caps", &["static-mp", "WITH_ZLIB=0", "WITH_CRC32C=0"]),
        ("compose-micropython", &["compose", "--runtime", "micropython"]),
        (
            "compose-micropython-without-zlib",
            &["compose", "--runtime", "micropython", "WITH_ZLIB=0"],
        ),
    ] {
        expect_file![format!("plan-{name}.txt")].assert_eq(&plan_of_image(args));
    }
    // As the documentation has it typed.
    for args in [&["static-mp", "-Os"][..], &["static-mp", "--target", "wamr", "-O2", "-j1"]] {
        assert_eq!(plan(args).lines().count(), plan(&["static-mp"]).lines().count());
    }
    assert!(plan(&["static-mp", "--target", "generic"]).contains("link micropython-generic.wasm"));
    assert!(plan(&["static-mp", "--micropython", "1.26.1"]).contains("unpack MicroPython 1.26.1"));
}

#[test]
fn plans() {
    for (name, args) in [
        ("compose", &["compose"][..]),
        ("compose-lean", &["compose", "--profile", "lean"]),
        ("compose-without-zlib", &["compose", "WITH_ZLIB=0"]),
        ("compose-no-snapshot", &["compose", "--no-snapshot"]),
        ("compose-zlib-dynlinked", &["compose", "--link", "zlib=dynlink"]),
        ("compose-zlib-folded", &["compose", "--link", "zlib=static"]),
        ("build-zlib", &["build", "zlib"]),
        ("dynlink", &["dynlink"]),
        ("dynlink-crc32c", &["dynlink", "crc32c"]),
        ("dynlink-component", &["dynlink", "--component", "crc32c=Cargo.toml"]),
        (
            "compose-component-dynlinked",
            &["compose", "WITH_ZLIB=0", "--link=crc32c=dynlink", "--component=crc32c=Cargo.toml"],
        ),
        ("vendor", &["vendor"]),
        ("setup", &["setup"]),
    ] {
        expect_file![format!("plan-{name}.txt")].assert_eq(&plan(args));
    }
}

#[test]
fn refusals() {
    for (name, args) in [
        ("unknown-switch", &["compose", "WITH_ZLBI=0"][..]),
        ("malformed-switch", &["compose", "ZLIB=off"]),
        ("unknown-profile", &["compose", "--profile", "fulll"]),
        ("unknown-cap", &["build", "zlob"]),
        ("unknown-vendor-library", &["vendor", "zlibb"]),
        ("unknown-world", &["gen", "crc32"]),
        ("missing-component-file", &["compose", "--component", "zlib=nowhere.wasm"]),
        (
            "component-of-an-excluded-cap",
            &["compose", "WITH_ZLIB=0", "--component", "zlib=Cargo.toml"],
        ),
        ("unknown-linkage", &["compose", "--link", "zlib=dynamic"]),
        ("malformed-linkage", &["compose", "--link", "zlib"]),
        ("linkage-of-an-unknown-cap", &["compose", "--link", "zlob=dynlink"]),
        ("linkage-of-an-excluded-cap", &["compose", "WITH_ZLIB=0", "LINK_ZLIB=dynlink"]),
        ("component-of-an-unknown-cap", &["dynlink", "--component", "zlob=Cargo.toml"]),
        ("missing-component-of-a-provider", &["dynlink", "--component", "zlib=nowhere.wasm"]),
        (
            "component-of-a-folded-cap",
            &["compose", "LINK_ZLIB=static", "--component", "zlib=Cargo.toml"],
        ),
        ("static-linkage-of-an-excluded-cap", &["compose", "WITH_ZLIB=0", "--link", "zlib=static"]),
        ("unknown-provider", &["dynlink", "zlob"]),
        ("unknown-runtime", &["compose", "--runtime", "pypy"]),
        (
            "dynlink-of-micropython",
            &["compose", "--runtime", "micropython", "--link", "zlib=dynlink"],
        ),
        (
            "static-linkage-of-micropython",
            &["compose", "--runtime", "micropython", "LINK_ZLIB=static"],
        ),
        (
            "extension-of-micropython",
            &["compose", "--runtime", "micropython", "WITH_CRC32C_DYNLINK=1"],
        ),
        ("snapshot-of-micropython", &["compose", "--runtime", "micropython", "--no-snapshot"]),
        ("freeze-into-cpython", &["compose", "--freeze", "tests/cli/freeze/good"]),
        (
            "freeze-of-no-folder-composed",
            &["compose", "--runtime", "micropython", "--freeze", "nowhere"],
        ),
        (
            "unknown-version-of-micropython",
            &["compose", "--runtime", "micropython", "--micropython", "9.9"],
        ),
        (
            "component-of-an-excluded-cap-of-micropython",
            &[
                "compose",
                "--runtime",
                "micropython",
                "WITH_ZLIB=0",
                "--component",
                "zlib=Cargo.toml",
            ],
        ),
        ("unknown-target", &["static-mp", "--target", "wamrr"]),
        ("unknown-micropython", &["static-mp", "--micropython", "1.2"]),
        ("unknown-optimization", &["static-mp", "-Ofast"]),
        ("unknown-cap-of-an-image", &["static-mp", "WITH_ZLBI=0"]),
        ("freeze-of-no-folder", &["static-mp", "--freeze", "nowhere"]),
        ("freeze-without-modules", &["static-mp", "--freeze", "tests/cli/freeze/no-modules"]),
        (
            "freeze-of-a-name-that-is-none",
            &["static-mp", "--freeze", "tests/cli/freeze/not-importable"],
        ),
        ("freeze-of-a-package-itself", &["static-mp", "--freeze", "tests/cli/freeze/package"]),
        ("freeze-of-a-module-twice", &["static-mp", "--freeze", "tests/cli/freeze/twice"]),
        ("freeze-of-one-name-in-c", &["static-mp", "--freeze", "tests/cli/freeze/same-name-in-c"]),
        (
            "freeze-of-a-folder-twice",
            &[
                "static-mp",
                "--freeze",
                "tests/cli/freeze/good",
                "--freeze",
                "tests/cli/freeze/good",
            ],
        ),
        ("missing-manifest", &["static-mp", "--manifest", "nowhere.py"]),
        (
            "manifest-that-is-none",
            &["static-mp", "--manifest", "tests/cli/freeze/no-modules/readme.txt"],
        ),
        ("offline-and-nothing-cached", &["build", "crc32c", "--offline", "--quiet"]),
        ("unknown-command", &["compse"]),
        (
            "requirement-that-is-an-address",
            &["run", "--with", "a @ https://h/a.whl", "--", "-c", "1"],
        ),
        ("requirement-without-a-version", &["run", "--with", "a==", "--", "-c", "1"]),
        ("upgrade-of-nothing", &["run", "--upgrade", "--", "-c", "1"]),
        ("no-jobs", &["list", "-j0"]),
        ("nothing-to-explain", &["explain", "no such step"]),
    ] {
        expect_file![format!("refuse-{name}.txt")].assert_eq(&xtask(args));
    }
}

#[test]
fn a_recipe_that_new_keeps_is_named_with_what_it_compiles() {
    let said = xtask(&["new", "squeeze", "--vendor", "lz4-sys", "--dry-run"]);
    assert!(said.contains("vendor/lz4/vendor.toml was there already"), "{said}");
    assert!(said.contains("it compiles lz4.c, lz4hc.c\nhint: "), "{said}");
    assert!(
        !xtask(&["new", "squeeze", "--vendor", "brotlic-sys", "--dry-run"]).contains("already")
    );
}

#[test]
fn a_switch_in_the_environment_counts_and_an_argument_wins() {
    let zlib = |text: &str| text.contains("zlib.wasm");
    assert!(!zlib(&xtask_with(&["compose", "--dry-run"], &[("WITH_ZLIB", "0")])));
    assert!(zlib(&xtask_with(&["compose", "--dry-run", "WITH_ZLIB=1"], &[("WITH_ZLIB", "0")])));
    expect_file!["refuse-unknown-switch-in-the-environment.txt"]
        .assert_eq(&xtask_with(&["compose"], &[("WITH_CRC32", "1")]));
    expect_file!["refuse-malformed-switch-in-the-environment.txt"]
        .assert_eq(&xtask_with(&["compose"], &[("WITH_ZLIB", "no")]));
}

#[test]
fn a_linkage_in_the_environment_counts_and_an_argument_wins() {
    let dry = ["compose", "--dry-run"];
    let shim = |text: &str| text.contains("zlib_import_dynlink.c");
    assert!(shim(&xtask_with(&dry, &[("LINK_ZLIB", "dynlink")])));
    assert!(
        xtask_with(&dry, &[("LINK_ZLIB", "static")])
            .contains("zlib_import_static.c (wasm32-wasip2)")
    );
    for argument in [&["LINK_ZLIB=embed"][..], &["--link", "zlib=embed"]] {
        let args = [&dry[..], argument].concat();
        assert!(!shim(&xtask_with(&args, &[("LINK_ZLIB", "dynlink")])));
    }
    expect_file!["refuse-unknown-linkage-in-the-environment.txt"]
        .assert_eq(&xtask_with(&["compose"], &[("LINK_ZLIB", "dynamic")]));
    expect_file!["refuse-linkage-of-an-unknown-cap-in-the-environment.txt"]
        .assert_eq(&xtask_with(&["compose"], &[("LINK_CRC32", "dynlink")]));
}

#[test]
fn an_sdk_that_lacks_something_is_refused() {
    let empty = tempfile::tempdir().unwrap();
    let path = empty.path().to_str().unwrap();
    let text = xtask_with(&["build", "crc32c"], &[("WASI_SDK_PATH", path)]);
    expect_file!["refuse-empty-sdk.txt"].assert_eq(&text.replace(path, "<sdk>"));
}

#[test]
fn bindings_are_fresh() {
    let text = xtask_on(fixture::root(), &["gen", "--check"], &[]);
    assert!(text.contains("[exit code 0]"), "{text}");
}

#[test]
fn json_is_json() {
    for args in [
        &["list", "--json"][..],
        &["compose", "--dry-run", "--json"],
        &["compose", "WITH_X=1", "--json"],
    ] {
        let text = xtask_on(fixture::root(), args, &[]);
        let json = text.split_once('\n').unwrap().1.rsplit_once("[exit").unwrap().0;
        serde_json::from_str::<serde_json::Value>(json)
            .unwrap_or_else(|error| panic!("{error}: {json}"));
    }
}

/// How `cargo xtask <args>` ends when it prints to `stdout`, and what it says.
fn ended(args: &[&str], stdout: impl Into<std::process::Stdio>) -> (Option<i32>, String) {
    let cache = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(args).env("PYLON_CACHE_DIR", cache.path()).stdout(stdout);
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_reader_that_has_gone_is_no_error_and_a_full_device_is_one() {
    let printing: &[&[&str]] = &[
        &["list"],
        &["list", "--json"],
        &["compose", "--dry-run"],
        &["completions", "bash"],
        &["--help"],
        &["--version"],
        &["help", "compose"],
    ];
    for args in printing {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        assert_eq!(ended(args, writer), (Some(0), String::new()), "{args:?}");
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let (code, said) = ended(args, full);
        assert_eq!(code, Some(1), "{args:?}: {said}");
        assert!(
            said.contains("cannot write to standard output: No space left"),
            "{args:?}: {said}"
        );
    }
}

#[test]
fn nobody_need_listen_to_what_is_said() {
    for to in ["/dev/full", "/dev/null"] {
        let to = std::fs::File::options().write(true).open(to).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        let ended = command.args(["build", "no-such-cap"]).stderr(to).output().unwrap();
        assert_eq!(ended.status.code(), Some(2));
    }
}

#[test]
fn too_few_descriptors_are_an_error_and_no_panic() {
    let commands = ["list", "compose --dry-run", "compose --offline", "doctor", "gen --check"];
    for limit in 4..24 {
        // The last two take seconds.
        for command in &commands[..if limit % 4 == 0 { 5 } else { 3 }] {
            let cache = tempfile::tempdir().unwrap();
            let script = format!("ulimit -n {limit}; exec \"$0\" {command}");
            let mut shell = Command::new("sh");
            shell.args(["-c", &script, env!("CARGO_BIN_EXE_xtask")]);
            let ended = shell.env("PYLON_CACHE_DIR", cache.path()).output().unwrap();
            let said = String::from_utf8_lossy(&ended.stderr);
            assert!(!said.contains("panicked"), "ulimit -n {limit}: {command}: {said}");
            assert!(matches!(ended.status.code(), Some(0..=3)), "{limit}: {command}: {ended:?}");
        }
    }
}

#[test]
fn a_cache_that_others_can_write_to_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let parent = tempfile::tempdir().unwrap();
    let cache = parent.path().join("o'brien ltd");
    let doctor = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        let ended = command.arg("doctor").env("PYLON_CACHE_DIR", &cache).output().unwrap();
        String::from_utf8(ended.stdout).unwrap()
    };
    assert!(doctor().contains("ok    cache\n"), "{}", doctor());
    let open = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    for (path, closed) in
        [(cache.clone(), 0o700), (cache.join("v1/steps"), 0o700), (parent.path().into(), 0o700)]
    {
        open(&path, 0o777);
        let said = doctor();
        assert!(said.contains("WRONG cache: ") && said.contains("hint:"), "{said}");
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        let ended =
            command.args(["build", "--dry-run"]).env("PYLON_CACHE_DIR", &cache).output().unwrap();
        assert_eq!(ended.status.code(), Some(1), "{ended:?}");
        open(&path, closed);
    }
    assert!(doctor().contains("ok    cache\n"), "{}", doctor());
}

#[test]
fn a_folder_that_no_tool_can_be_told_of_is_one_clear_error() {
    let parent = tempfile::tempdir().unwrap();
    for name in ["a=b", "a:b", "a\nb"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.args(["build", "--dry-run"]).env("PYLON_CACHE_DIR", parent.path().join(name));
        let ended = command.output().unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(1), "{said}");
        assert!(said.contains("hint: give it another name"), "{said}");
        assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 0);
    }
}

#[test]
fn a_component_as_large_as_a_disk_is_not_read() {
    let dir = tempfile::tempdir().unwrap();
    let hole = dir.path().join("hole.wasm");
    std::fs::File::create(&hole).unwrap().set_len(1 << 42).unwrap();
    let component = format!("zlib={}", hole.display());
    let said = xtask(&["compose", "--dry-run", "--component", &component]);
    assert!(said.contains("has 4398046511104 bytes") && said.contains("[exit code 2]"), "{said}");
}
