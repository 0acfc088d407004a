//! What cannot be read, or what others could write, is not trusted.

use super::*;

#[test]
fn what_cannot_be_read_is_not_trusted() {
    type Spoil = fn(&Host);
    let ways: [(&str, Spoil); 16] = [
        ("policy is no JSON", |host| host.policy("{")),
        ("policy of another version", |host| host.policy(r#"{"version": "2"}"#)),
        ("policy with an unknown mode", |host| {
            host.policy(r#"{"version": "1", "trust": {"mode": "none"}}"#);
        }),
        ("policy with a misspelt key", |host| {
            host.policy(r#"{"version": "1", "trust": {"plan": []}}"#);
        }),
        ("policy behind a link that leads nowhere", |host| {
            std::os::unix::fs::symlink("nowhere.json", host.files().policy.expect("named"))
                .expect("room");
        }),
        ("revocations with a line that means nothing", |host| {
            fs::write(host.keyring().join("revoked"), "key lost\n").expect("room");
        }),
        ("revocations that are a folder", |host| {
            fs::create_dir(host.keyring().join("revoked")).expect("room");
        }),
        ("key file without a key", |host| {
            fs::write(host.keyring().join("x.pem"), "name: x\n").expect("room");
        }),
        ("key file under the name of another key", |host| {
            let key = Keyring::key_path(&host.keyring(), &host.key.id());
            fs::copy(&key, Keyring::key_path(&host.keyring(), "0123456789abcdef")).expect("room");
        }),
        ("keyring that everybody can write", |host| open_up(&host.keyring(), 0o777)),
        ("keyring that its group can write", |host| open_up(&host.keyring(), 0o770)),
        ("keyring in a folder that its group can write", |host| open_up(host.folder.path(), 0o770)),
        ("keyring in a folder that everybody can write", |host| open_up(host.folder.path(), 0o777)),
        ("key that its group can write", |host| {
            open_up(&Keyring::key_path(&host.keyring(), &host.key.id()), 0o664);
        }),
        ("policy that its group can write", |host| {
            host.policy(r#"{"version": "1"}"#);
            open_up(&host.folder.path().join("policy.json"), 0o664);
        }),
        ("revocations whose lines end otherwise", |host| {
            let list = format!("# a list\rkey {}\r", host.key.id());
            fs::write(host.keyring().join("revoked"), list).expect("room");
        }),
    ];
    for (name, spoil) in ways {
        let host = Host::new();
        let running = host.trust();
        spoil(&host);
        let error = Trust::load(host.files()).expect_err(name);
        assert_eq!(error.code, Code::TrustVerificationFailed, "{name}: {error}");
        let error = running.now().map(|_| ()).expect_err(name);
        assert_eq!(error.code, Code::TrustVerificationFailed, "{name}: {error}");
    }
    let host = Host::new();
    let missing = TrustFiles { policy_needed: true, ..host.files() };
    assert!(Trust::load(missing).is_err(), "a policy that was asked for must be there");

    // Without its keyring a host would revoke nothing.
    let named = TrustFiles { keyring_needed: true, ..host.files() };
    let running = Trust::load(named.clone()).expect("it is there");
    let missing = || {
        for found in [Trust::load(named.clone()).map(|_| ()), running.now().map(|_| ())] {
            let error = found.expect_err("a keyring that was named must be there");
            assert_eq!(error.code, Code::TrustVerificationFailed, "{error}");
            assert!(error.message.contains("keyring"), "{error}");
            let hint = error.context.unwrap_or_default();
            assert!(hint.contains("composectl trust add FILE.pub"), "{hint}");
        }
    };
    fs::rename(host.keyring(), host.folder.path().join("moved")).expect("ours");
    missing();
    Trust::load(host.files()).expect("the default one may be absent");
    std::os::unix::fs::symlink("nowhere", host.keyring()).expect("room");
    missing();
    assert!(Trust::load(host.files()).is_err(), "a link to nowhere is no absence");
    fs::remove_file(host.keyring()).expect("ours");
    fs::write(host.keyring(), "").expect("room");
    assert!(Trust::load(named).is_err(), "a file is no keyring");
}

/// A user may not look into the folder, or a link leads in a circle: there may be a policy that forbids something.
#[test]
fn a_policy_that_cannot_be_looked_at_is_not_no_policy() {
    let host = Host::new();
    let folder = host.files().policy.expect("named").with_file_name("circle");
    let files = TrustFiles { policy: Some(folder.join("policy.json")), ..host.files() };
    let running = Trust::load(files.clone()).expect("there is no policy");
    std::os::unix::fs::symlink("circle", &folder).expect("room");
    let error = Trust::load(files).expect_err("refused");
    assert_eq!(error.code, Code::TrustVerificationFailed, "{error}");
    assert!(running.now().is_err());
}

/// Another user's keyring or policy, though nobody else can write it. Only root can make one of somebody else's; what an
/// ordinary user is told is in `owners.rs`.
#[test]
fn what_belongs_to_another_user_is_not_trusted() {
    let host = Host::new();
    host.policy(r#"{"version": "1"}"#);
    let key = Keyring::key_path(&host.keyring(), &host.key.id());
    for path in [key, host.keyring(), host.files().policy.expect("named")] {
        if std::os::unix::fs::chown(&path, Some(65534), None).is_err() {
            assert_ne!(fs::metadata("/proc/self").expect("there").uid(), 0, "root may");
            return;
        }
        let error = Trust::load(host.files()).expect_err("another user's");
        assert_eq!(error.code, Code::TrustVerificationFailed);
        assert!(error.message.contains("belongs to the user 65534"), "{error}");
        std::os::unix::fs::chown(&path, Some(0), None).expect("root may");
    }
    Trust::load(host.files()).expect("all is root's again");
}

#[test]
fn a_private_key_that_others_can_read_is_not_used() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("key");
    SigningKey::generate().expect("random numbers").save(&file).expect("room");
    for mode in [0o640, 0o604, 0o620, 0o602, 0o666] {
        open_up(&file, mode);
        let error = SigningKey::load(&file).expect_err("others can use it");
        assert_eq!(error.code, Code::TrustVerificationFailed, "{mode:o}");
        assert!(error.context.unwrap_or_default().contains("chmod 600"), "{mode:o}");
    }
    open_up(&file, 0o400);
    SigningKey::load(&file).expect("nobody else can");
    open_up(folder.path(), 0o777);
    let error = SigningKey::load(&file).expect_err("others could exchange it");
    assert!(error.message.contains("can be written by every user"), "{error}");
}
