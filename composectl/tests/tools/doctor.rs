//! `composectl doctor`.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use super::{Ended, User};

fn check<'a>(json: &'a Value, name: &str) -> &'a Value {
    let checks = json["checks"].as_array().expect("checks");
    checks.iter().find(|check| check["name"] == name).expect(name)
}

fn doctor(user: &User) -> Ended {
    user.run(&["doctor", "--json"])
}

#[test]
fn a_new_user_is_well() {
    let user = User::new();
    let ended = doctor(&user);
    let json = ended.json();
    assert_eq!(ended.code, Some(0), "{json:#}");
    for name in ["processor", "address space", "compiled code", "store", "keyring", "policy"] {
        assert_eq!(check(&json, name)["status"], "ok", "{json:#}");
    }
    let left: Vec<_> = fs::read_dir(user.path(".cache/pylon/compiled")).expect("made").collect();
    assert!(left.iter().flatten().all(|entry| entry.path().extension().is_none()), "{left:?}");

    let text = user.run(&["doctor"]);
    assert!(text.stdout.starts_with("ok   processor"), "{}", text.stdout);
    assert_eq!(text.stderr, "");
}

#[test]
fn a_cache_that_others_can_read_is_a_warning() {
    let user = User::new();
    let folder = user.path(".cache/pylon/compiled");
    fs::create_dir_all(&folder).unwrap();
    fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
    let ended = doctor(&user);
    let json = ended.json();
    assert_eq!((ended.code, json["status"].as_str()), (Some(0), Some("warn")), "{json:#}");
    assert_eq!(check(&json, "cache")["status"], "warn");
    assert!(check(&json, "cache")["hint"].is_string());
}

#[test]
fn what_says_whom_to_trust_is_read_and_guarded() {
    let user = User::new();
    let policy = user.write(".config/pylon/policy.json", "{");
    let ended = doctor(&user);
    assert_eq!(ended.code, Some(1));
    assert_eq!(check(&ended.json(), "policy")["status"], "fail");

    fs::write(&policy, "{}").unwrap();
    fs::set_permissions(&policy, Permissions::from_mode(0o666)).unwrap();
    let json = doctor(&user).json();
    assert!(
        check(&json, "policy")["found"].as_str().unwrap().contains("written by every user"),
        "{json:#}"
    );

    user.write(".config/pylon/keyring/x.pem", "no key");
    let json = doctor(&user).json();
    assert_eq!(check(&json, "keyring")["status"], "fail");

    let ended = user.run(&["doctor", "--json", "--policy", "missing.json"]);
    assert_eq!(check(&ended.json(), "policy")["status"], "fail");
}

#[test]
fn a_store_that_is_none_fails() {
    let user = User::new();
    user.write("file", "");
    let ended = user.run(&["doctor", "--json", "--store", "file"]);
    assert_eq!(ended.code, Some(1));
    assert_eq!(check(&ended.json(), "store")["status"], "fail");
    user.write("damaged/index.json", "[");
    let ended = user.run(&["doctor", "--json", "--store", "damaged"]);
    assert_eq!(check(&ended.json(), "store")["status"], "fail", "{}", ended.stdout);
}

#[test]
fn too_few_addresses_fail() {
    let user = User::new();
    let doctor = user.command(&["doctor", "--json"]);
    let mut limited = std::process::Command::new("sh");
    limited.arg("-c").arg("ulimit -v 3000000 && exec \"$@\"").arg("sh");
    limited.arg(doctor.get_program()).args(doctor.get_args()).env("HOME", user.path(""));
    let ended = Ended::of(limited.output().expect("sh starts"));
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert_eq!(check(&ended.json(), "address space")["status"], "fail");
}
