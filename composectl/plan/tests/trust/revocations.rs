//! What is revoked stays revoked, however it is written.

use super::*;

#[test]
fn revoked_blobs_are_refused_in_every_mode() {
    let host = Host::new();
    Revocations::add(&host.keyring(), &format!("blob {}", Digest::of(b"zlib")), "has a hole")
        .expect("room");
    for mode in [r#"{"mode": "digest"}"#, SIGNED] {
        let found = verdict(&host, mode, vec![signed(&host.key, None)]);
        assert_eq!(found, Err(Code::TrustVerificationFailed));
    }
}

#[test]
fn no_revocation_is_lost_when_many_are_made_at_once() {
    let host = Host::new();
    let keyring = host.keyring();
    std::thread::scope(|scope| {
        for number in 0..16 {
            let keyring = &keyring;
            scope.spawn(move || {
                Revocations::add(keyring, &format!("key {number:016x}"), "").expect("room");
            });
        }
    });
    assert_eq!(Revocations::load(&keyring).expect("sound").keys.len(), 16);
}

/// Whatever stands behind a line's end that is none would be part of a comment, and revoke nothing.
#[test]
fn no_line_end_hides_a_revocation() {
    let entry = format!("blob {}", Digest::of(b"zlib"));
    let good = format!("revision 3\n# list\n{entry} # why\n\tkey 0123456789abcdef\n");
    let revoked = Revocations::parse(&good).expect("a list");
    assert_eq!((revoked.blobs.len(), revoked.keys.len(), revoked.revision), (1, 1, Some(3)));
    for odd in
        ["\r", "\r\n", "\u{b}", "\u{c}", "\u{1c}", "\u{85}", "\u{2028}", "\u{2029}", "\0", "\u{1b}"]
    {
        let error = Revocations::parse(&format!("# list{odd}{entry}\n")).expect_err("odd");
        assert!(error.starts_with("line 1: `\\"), "{odd:?}: {error}");
    }
    for text in ["revision", "revision -1", "revision 1\nrevision 2", "revision 1 2", "revision x"]
    {
        assert!(Revocations::parse(text).is_err(), "{text}");
    }
    // As a header of a key.
    let key = SigningKey::generate().expect("random numbers").public("", Some(NOW));
    let hidden = key.text().expect("works").replace("name: \n", "name: x\r");
    assert!(hidden.contains("\rexpires: ") && Key::parse(&hidden).is_err(), "{hidden}");
}

#[test]
fn a_revoked_plan_is_revoked_in_every_spelling() {
    let host = Host::new();
    let plan = plan(&component(vec![]), "{}");
    let text =
        new_plan(&[component(vec![])]).replace("\n", " \n ").replace("\"id\"", "\"i\\u0064\"");
    let respelt = Plan::parse(&text).expect("valid");
    assert_ne!(plan.digest, respelt.digest);
    assert_eq!(plan.content_digest(), respelt.content_digest());
    let entry = format!("plan {}", plan.content_digest());
    Revocations::add(&host.keyring(), &entry, "").expect("room");
    let trust = host.trust();
    for plan in [&plan, &respelt] {
        let error = trust.at(NOW).expect("readable").check_plan(plan, &[]).expect_err("revoked");
        assert_eq!(error.code, Code::TrustVerificationFailed);
    }
}
