//! `composectl trust`.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::Place;

/// A place with a plan of two components, a key `key`, and its public half in the keyring; the key's id.
fn prepared() -> (Place, String) {
    let place = Place::new();
    place.provider("a.wasm", 1);
    place.provider("b.wasm", 2);
    place.ok(&["plan", "set", "plan.json", "a=a.wasm", "b=b.wasm"]);
    let id = place.ok(&["trust", "keygen", "key", "--name", "tests"]).trim().to_owned();
    place.ok(&["trust", "add", "key.pub"]);
    (place, id)
}

#[test]
fn sign_and_verify_go_together() {
    let (place, id) = prepared();
    place.ok(&["trust", "verify", "plan.json"]);
    let verify = ["trust", "verify", "--signed", "plan.json"];
    let (stdout, _) = place.fails(1, &verify);
    assert!(
        stdout.contains("a: not trusted: `a` is not signed [trust-untrusted-source]"),
        "{stdout}"
    );
    place.ok(&["trust", "sign", "--key", "key", "plan.json", "a"]);
    place.fails(1, &verify);
    place.ok(&["trust", "verify", "--signed", "plan.json", "a"]);
    place.ok(&["trust", "sign", "--key", "key", "--expires", "1h", "plan.json"]);
    assert_eq!(place.ok(&verify), "the plan: trusted\na: trusted\nb: trusted\n");
    assert_eq!(place.read("plan.json").matches(&id).count(), 2);
    // The signature of one under the name of the other.
    let swapped = place.read("plan.json").replace("\"id\": \"a\"", "\"id\": \"x\"");
    place.write("swapped.json", swapped);
    let (code, value) = place.json(&["trust", "verify", "--signed", "swapped.json"]);
    assert_eq!((code, &value["trusted"]), (1, &false.into()));
    assert_eq!(value["checked"][1]["code"], "trust-signature-invalid");
}

#[test]
fn expired_and_revoked_is_not_trusted() {
    let (place, id) = prepared();
    place.ok(&["trust", "sign", "--key", "key", "--expires", "2001-01-01", "plan.json"]);
    let verify = ["trust", "verify", "--signed", "plan.json"];
    let (stdout, _) = place.fails(1, &verify);
    assert!(stdout.contains("expired at 2001-01-01T00:00:00Z"), "{stdout}");
    place.ok(&["trust", "sign", "--key", "key", "plan.json"]);
    place.ok(&verify);
    assert_eq!(
        place.ok(&["trust", "revoke", &id, "--reason", "lost\nkey ffffffffffffffff"]),
        format!("revoked key {id}\n")
    );
    let list = place.read("config/pylon/keyring/revoked");
    assert_eq!(list, format!("revision 1\nkey {id} # lost key ffffffffffffffff\n"));
    let (stdout, _) = place.fails(1, &verify);
    assert!(stdout.contains("which is revoked [trust-verification-failed]"), "{stdout}");
    let (_, stderr) = place.fails(125, &["trust", "add", "key.pub"]);
    assert!(
        stderr.contains("is revoked") && stderr.contains("hint: take the line `key "),
        "{stderr}"
    );
    let listed = place.ok(&["trust", "ls"]);
    assert_eq!(listed, format!("{id}  revoked  never                 tests\n"));
}

#[test]
fn plans_are_revoked_and_pinned() {
    let (place, _) = prepared();
    fs::create_dir_all(place.path("config/pylon")).expect("room");
    place.write("config/pylon/policy.json", r#"{"version": "1", "trust": {"signed_plans": true}}"#);
    let verify = ["trust", "verify", "plan.json"];
    let (stdout, _) = place.fails(1, &verify);
    assert!(
        stdout.contains("the plan: not trusted: the plan is not signed [trust-untrusted-source]"),
        "{stdout}"
    );
    place.ok(&["plan", "lock", "--sign", "key", "plan.json"]);
    place.ok(&verify);
    place.write("plan.json", place.read("plan.json") + "\n");
    let (stdout, _) = place.fails(1, &verify);
    assert!(stdout.contains("[trust-signature-invalid]"), "{stdout}");
    place.ok(&["plan", "lock", "--sign", "key", "plan.json"]);
    place.ok(&verify);
    place.ok(&["trust", "revoke", "--plan", "plan.json"]);
    let (stdout, _) = place.fails(1, &verify);
    assert!(stdout.contains("is revoked [trust-verification-failed]"), "{stdout}");
    // However it is spaced.
    place.write("plan.json", place.read("plan.json").replace(' ', ""));
    place.ok(&["plan", "lock", "--sign", "key", "plan.json"]);
    let (stdout, _) = place.fails(1, &verify);
    assert!(stdout.contains("is revoked [trust-verification-failed]"), "{stdout}");
}

#[test]
fn keys_are_private_and_never_overwritten() {
    let (place, id) = prepared();
    let mode = fs::metadata(place.path("key")).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let before = (place.read("key"), place.read("key.pub"));
    place.fails(125, &["trust", "keygen", "key"]);
    fs::remove_file(place.path("key")).expect("ours");
    place.fails(125, &["trust", "keygen", "key"]);
    assert!(!place.path("key").exists());
    assert_eq!(place.read("key.pub"), before.1);
    place.write("key", before.0);
    let sign = ["trust", "sign", "--key", "key", "plan.json"];
    fs::set_permissions(place.path("key"), fs::Permissions::from_mode(0o644)).expect("ours");
    let (_, stderr) = place.fails(125, &sign);
    assert!(
        stderr.contains("other users can read or write this private key")
            && stderr.contains("hint: chmod 600 key"),
        "{stderr}"
    );
    fs::set_permissions(place.path("key"), fs::Permissions::from_mode(0o600)).expect("ours");
    place.ok(&sign);
    let (_, stderr) = place.fails(125, &["trust", "add", "key"]);
    assert!(stderr.contains("private key"), "{stderr}");
    let (_, stderr) = place.fails(125, &["trust", "sign", "--key", "key.pub", "plan.json"]);
    assert!(stderr.contains("no Ed25519 private key"), "{stderr}");
    place.ok(&["trust", "rm", &id]);
    place.fails(127, &["trust", "rm", &id]);
    place.fails(125, &["trust", "rm", "../../plan"]);
    assert_eq!(place.ok(&["trust", "ls"]), "");
}

#[test]
fn keys_expire_and_policies_narrow() {
    let (place, id) = prepared();
    place.ok(&["trust", "sign", "--key", "key", "plan.json"]);
    place.ok(&["trust", "add", "key.pub", "--expires", "2001-01-01", "--name", "old"]);
    let (code, value) = place.json(&["trust", "ls"]);
    assert_eq!((code, &value["keys"][0]["state"]), (0, &"expired".into()));
    let (stdout, _) = place.fails(1, &["trust", "verify", "--signed", "plan.json"]);
    assert!(stdout.contains("the key that signed `a` expired"), "{stdout}");
    let signed = place.composectl(&["trust", "sign", "--key", "key", "plan.json"]);
    let warning = String::from_utf8_lossy(&signed.stderr).into_owned();
    assert!(signed.status.success() && warning.contains(&format!("warning: the key {id} expired")));
    place.ok(&["trust", "add", "key.pub"]);
    let old = ["--sign", "key", "--expires", "2001-01-01", "plan.json"];
    for (words, behind) in [(["plan", "lock"], &[][..]), (["plan", "set"], &["a=a.wasm"][..])] {
        let signed = place.composectl(&[&words, &old[..], behind].concat());
        let warning = String::from_utf8_lossy(&signed.stderr).into_owned();
        assert!(signed.status.success() && warning.contains("warning: signatures that expired at"));
    }
    place.ok(&["trust", "sign", "--key", "key", "plan.json"]);
    place.ok(&["trust", "verify", "--signed", "plan.json"]);
    place.write(
        "policy.json",
        r#"{"version": "1", "trust": {"mode": "signed", "keys": ["0123456789abcdef"]}}"#,
    );
    let (stdout, _) = place.fails(1, &["trust", "verify", "--policy", "policy.json", "plan.json"]);
    assert!(stdout.contains(&id) && stdout.contains("not among those"), "{stdout}");
    let (_, stderr) =
        place.fails(125, &["trust", "verify", "--policy", "nowhere.json", "plan.json"]);
    assert!(stderr.contains("nowhere.json"), "{stderr}");
    place.fails(125, &["trust", "revoke", "nonsense"]);
}

/// A keyring that was named but is not there would revoke nothing; what makes one may make it.
#[test]
fn a_named_keyring_must_exist() {
    let (place, id) = prepared();
    let readers: [&[&str]; 6] = [
        &["run", "--plan", "plan.json", "--keyring", "nowhere", "a.wasm"],
        &["plan", "validate", "--deep", "--keyring", "nowhere", "plan.json"],
        &["plan", "validate", "--keyring", "nowhere", "plan.json"],
        &["trust", "verify", "--keyring", "nowhere", "plan.json"],
        &["trust", "ls", "--keyring", "nowhere"],
        &["doctor", "--keyring", "nowhere"],
    ];
    for words in readers {
        let output = place.composectl(words);
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(!output.status.success(), "{words:?}: {said}");
        assert!(said.contains("keyring nowhere: there is no such folder"), "{words:?}: {said}");
        assert!(said.contains("hint: composectl trust add FILE.pub"), "{words:?}: {said}");
    }
    assert!(!place.path("nowhere").exists());
    place.ok(&["trust", "revoke", &id, "--keyring", "revoking"]);
    let (code, value) = place.json(&["trust", "add", "key.pub", "--keyring", "adding"]);
    assert_eq!((code, &value["added"][0]), (0, &id.as_str().into()));
    for keyring in ["revoking", "adding"] {
        place.ok(&["trust", "ls", "--keyring", keyring]);
    }
    let (code, value) = place.json(&["trust", "rm", &id, "--keyring", "adding"]);
    assert_eq!((code, &value["removed"][0]), (0, &id.as_str().into()));
    let (code, value) = place.json(&["trust", "revoke", &id]);
    assert_eq!((code, &value["revoked"]), (0, &format!("key {id}").into()));
    let (code, value) = place.json(&["trust", "sign", "--key", "key", "plan.json", "a"]);
    assert_eq!((code, &value["signed"]), (0, &serde_json::json!(["a"])));
}

#[test]
fn an_unknown_key_is_named_with_the_keyring_and_the_mend() {
    let (place, id) = prepared();
    place.ok(&["trust", "sign", "--key", "key", "plan.json"]);
    place.ok(&["trust", "rm", &id]);
    let (stdout, _) = place.fails(1, &["trust", "verify", "--signed", "plan.json"]);
    let keyring = place.path("config/pylon/keyring");
    let expected =
        format!("not in the keyring {} (composectl trust add FILE.pub)", keyring.display());
    assert!(stdout.contains(&expected), "{stdout}");
}

/// What is not signed over would be anybody's: grants and limits of a signed component are.
#[test]
fn signatures_cover_grants_and_limits() {
    let (place, _) = prepared();
    place.ok(&["plan", "set", "plan.json", "a=a.wasm", "--grant", "env=A", "--limit", "time_ms=7"]);
    place.ok(&["trust", "sign", "--key", "key", "plan.json"]);
    let verify = ["trust", "verify", "--signed", "plan.json"];
    place.ok(&verify);
    let good = place.read("plan.json");
    for (old, new) in [("[\"A\"]", "[\"B\"]"), ("\"time_ms\": 7", "\"time_ms\": 8")] {
        place.write("plan.json", good.replace(old, new));
        let (stdout, _) = place.fails(1, &verify);
        assert!(stdout.contains("a: not trusted") && stdout.contains("[trust-signature-invalid]"));
    }
    // Changing them drops the signatures that were about others.
    place.write("plan.json", &good);
    place.ok(&["plan", "set", "plan.json", "a=a.wasm", "--limit", "time_ms=9"]);
    let (stdout, _) = place.fails(1, &verify);
    assert!(stdout.contains("`a` is not signed") && stdout.contains("b: trusted"), "{stdout}");
}

#[test]
fn revisions_are_counted_and_forgotten() {
    let (place, id) = prepared();
    let named = place.read("plan.json").replace(
        "\"version\": \"1\"",
        "\"version\": \"1\",\n  \"name\": \"app\",\n  \"revision\": 41",
    );
    place.write("plan.json", named);
    place.ok(&["plan", "set", "plan.json", "a=a.wasm", "--limit", "time_ms=7"]);
    assert!(place.read("plan.json").contains("\"revision\": 42,\n"));
    place.ok(&["plan", "set", "plan.json", "a=a.wasm", "--limit", "time_ms=7"]);
    place.ok(&["plan", "rm", "plan.json", "b"]);
    assert!(place.read("plan.json").contains("\"revision\": 43,\n"));
    let shown = place.ok(&["plan", "show", "plan.json"]);
    assert!(shown.contains("name     app, revision 43\n"), "{shown}");
    let (_, shown) = place.json(&["plan", "show", "plan.json"]);
    assert_eq!((&shown["name"], &shown["revision"]), (&"app".into(), &43.into()));

    place.ok(&["trust", "revoke", &id]);
    let (_, listed) = place.json(&["trust", "ls"]);
    assert_eq!(listed["revoked"]["revision"], 1);
    let (_, stderr) = place.fails(127, &["trust", "forget", "app"]);
    assert!(stderr.contains("no revision of the plan `app` was seen"), "{stderr}");
    fs::remove_file(place.path("config/pylon/keyring/revoked")).expect("ours");
    let (_, stderr) = place.fails(125, &["trust", "verify", "plan.json"]);
    assert!(stderr.contains("went back to revision 0; revision 1 was seen"), "{stderr}");
    assert!(stderr.contains("hint: bring the newer list back"), "{stderr}");
    place.ok(&["trust", "forget"]);
    place.ok(&["trust", "verify", "plan.json"]);
    place.fails(127, &["trust", "forget"]);
    place.fails(125, &["trust", "forget", "../x"]);
}
