//! Keys and signatures in files.

use super::*;

#[test]
fn keys_survive_their_files() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("key");
    let key = SigningKey::generate().expect("random numbers");
    key.save(&file).expect("room");
    assert_eq!(fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o600);
    assert!(key.save(&file).is_err(), "an existing file is not overwritten");
    let again = SigningKey::load(&file).expect("a key");
    assert_eq!(again.id(), key.id());
    let public = key.public("a name", Some(NOW));
    let text = public.text().expect("works");
    assert_eq!(Key::parse(&text), Ok(public.clone()));
    assert!(public.verifies(b"x", &again.sign(b"x")));
    assert!(!public.verifies(b"y", &again.sign(b"x")));
}

#[test]
fn openssl_reads_and_writes_the_same_files() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let openssl = |args: &[&str]| {
        let output = Command::new("openssl").args(args).current_dir(folder.path()).output();
        let output = output.expect("openssl is installed");
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let ours = SigningKey::generate().expect("random numbers");
    ours.save(&folder.path().join("ours")).expect("room");
    let theirs = String::from_utf8(openssl(&["pkey", "-in", "ours", "-pubout"])).expect("PEM");
    assert_eq!(Key::parse(&theirs).expect("a key").id, ours.id());
    fs::write(folder.path().join("ours.pub"), ours.public("n", Some(NOW)).text().expect("works"))
        .expect("room");
    openssl(&["pkey", "-pubin", "-in", "ours.pub", "-noout"]);
    openssl(&["genpkey", "-algorithm", "ed25519", "-out", "theirs"]);
    let key = SigningKey::load(&folder.path().join("theirs")).expect("a key");
    fs::write(folder.path().join("message"), b"message").expect("room");
    openssl(&[
        "pkeyutl",
        "-sign",
        "-rawin",
        "-inkey",
        "theirs",
        "-in",
        "message",
        "-out",
        "signature",
    ]);
    assert_eq!(fs::read(folder.path().join("signature")).expect("there"), key.sign(b"message"));
}

#[test]
fn what_is_no_key_is_refused() {
    let key = SigningKey::generate().expect("random numbers").public("", None);
    let text = key.text().expect("works");
    for (name, text) in [
        ("empty", String::new()),
        ("private", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n".to_owned()),
        ("truncated", text[..text.len() / 2].to_owned()),
        ("unknown header", format!("owner: me\n{text}")),
        ("expiry that is no time", format!("expires: never\n{text}")),
        // The point of order 1: every signature would do.
        (
            "weak",
            "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n-----END PUBLIC KEY-----\n"
                .to_owned(),
        ),
    ] {
        assert!(Key::parse(&text).is_err(), "{name}");
    }
}

#[test]
fn signatures_of_plans_survive_their_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let plan = folder.path().join("plan.json");
    assert_eq!(PlanSignatures::load(&plan), Ok(None));
    let key = SigningKey::generate().expect("random numbers");
    let digest = Digest::of(b"plan");
    let entries = vec![
        SignatureEntry::of_plan(&key, &digest, None),
        SignatureEntry::of_plan(&key, &digest, Some(NOW)),
    ];
    let signatures = PlanSignatures { plan: digest, entries };
    signatures.save(&plan).expect("room");
    assert_eq!(PlanSignatures::load(&plan), Ok(Some(signatures)));
    fs::write(folder.path().join("plan.json.sig"), r#"{"version": "1", "signatures": []}"#)
        .expect("room");
    let error = PlanSignatures::load(&plan).expect_err("the plan's digest is missing");
    assert!(error.message.contains("plan.json.sig:1:1"), "{error}");
}
