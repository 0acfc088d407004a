//! Plans and lists that were seen are not replaced by older ones.

use super::*;

/// A plan of this name and revision, with one component; `spelling` makes its content another.
fn revision(name: &str, number: u64, spelling: &str) -> Plan {
    let fields = format!("\"version\": \"1\", \"name\": \"{name}\", \"revision\": {number}");
    let text = new_plan(&[Component { id: spelling.to_owned(), ..component(vec![]) }]);
    Plan::parse(&text.replace("\"version\": \"1\"", &fields)).expect("valid")
}

#[test]
fn plans_do_not_go_back() {
    let host = Host::new();
    let state = host.folder.path().join("state");
    let files = TrustFiles { memory: Memory::Folder(state.clone()), ..host.files() };
    let check = |plan: &Plan, signed: bool| {
        let trust = Trust::load(files.clone())?;
        let now = trust.at(NOW)?;
        let entry = SignatureEntry::of_plan(&host.key, &plan.digest, None);
        let voucher =
            now.check_plan(plan, if signed { std::slice::from_ref(&entry) } else { &[] })?;
        assert_eq!(voucher == Voucher::Key, signed);
        now.check_revision(plan, &voucher)
    };
    let refused = |plan: &Plan, signed: bool, part: &str| {
        let error = check(plan, signed).expect_err("an older one");
        assert_eq!(error.code, Code::TrustVerificationFailed);
        assert!(error.message.contains(part), "{error}");
        assert!(error.context.unwrap_or_default().contains("composectl trust forget app"));
    };
    let old = "went back to revision 1; revision 2 was seen";
    assert_eq!(check(&revision("app", 1, "a"), true), Ok(()));
    assert_eq!(check(&revision("app", 2, "a"), true), Ok(()));
    assert_eq!(check(&revision("app", 2, "a"), true), Ok(()), "the same again");
    refused(&revision("app", 1, "a"), true, old);
    refused(&revision("app", 1, "a"), false, old);
    refused(&revision("app", 2, "b"), true, "has another content than revision 2 had");
    assert_eq!(check(&revision("other", 1, "a"), true), Ok(()), "another plan");
    // What nobody has signed has no say about what somebody has.
    assert_eq!(check(&revision("app", 9, "a"), false), Ok(()));
    assert_eq!(check(&revision("app", 3, "a"), true), Ok(()));
    assert_eq!(check(&revision("unsigned", 9, "a"), false), Ok(()));
    assert!(check(&revision("unsigned", 8, "a"), false).is_err());
    assert_eq!(check(&revision("unsigned", 1, "a"), true), Ok(()));
    // A plan that the policy lists is meant as it is.
    let listed = revision("app", 1, "a");
    let policy = format!(r#"{{"version": "1", "trust": {{"plans": ["{}"]}}}}"#, listed.digest);
    host.policy(&policy);
    let trust = Trust::load(files.clone()).expect("all can be read");
    let now = trust.at(NOW).expect("all can be read");
    let voucher = now.check_plan(&listed, &[]).expect("listed");
    assert_eq!((now.check_revision(&listed, &voucher), voucher), (Ok(()), Voucher::Policy));
    fs::remove_file(host.folder.path().join("policy.json")).expect("ours");
    // Only the user takes it back.
    assert_eq!(files.memory.forget_plan("app"), Ok(true));
    assert_eq!(files.memory.forget_plan("app"), Ok(false));
    assert_eq!(check(&revision("app", 1, "a"), true), Ok(()));
    // What was seen is not believed when others could have written it, nor ignored when it is damaged.
    let seen = state.join("seen.json");
    open_up(&seen, 0o666);
    assert!(check(&revision("app", 1, "a"), true).is_err());
    open_up(&seen, 0o600);
    fs::write(&seen, "{").expect("ours");
    assert!(check(&revision("app", 1, "a"), true).is_err());
    // Where nothing can be kept, that is said, unless the user has.
    for (memory, expected) in [(Memory::Unknown, false), (Memory::Nowhere, true)] {
        let plan = revision("app", 1, "a");
        let trust = Trust::load(TrustFiles { memory, ..host.files() }).expect("all can be read");
        let now = trust.at(NOW).expect("all can be read");
        let voucher = now.check_plan(&plan, &[]).expect("nothing forbids it");
        assert_eq!(now.check_revision(&plan, &voucher).is_ok(), expected);
    }
}

#[test]
fn lists_of_revocations_do_not_go_back() {
    let host = Host::new();
    let memory = Memory::Folder(host.folder.path().join("state"));
    let files = TrustFiles { memory: memory.clone(), ..host.files() };
    let list = Revocations::path(&host.keyring());
    for number in 1..=2 {
        Revocations::add(&host.keyring(), &format!("key {number:016x}"), "").expect("room");
    }
    let newer = fs::read_to_string(&list).expect("there");
    assert!(newer.starts_with("revision 2\n"), "{newer}");
    let running = Trust::load(files.clone()).expect("the newest");
    let older = newer.replace("revision 2", "revision 1");
    for text in [Some(older.as_str()), Some("key 0000000000000001\n"), None] {
        match text {
            Some(text) => fs::write(&list, text).expect("ours"),
            None => fs::remove_file(&list).expect("ours"),
        }
        for found in [Trust::load(files.clone()).map(|_| ()), running.now().map(|_| ())] {
            let error = found.expect_err("an older one");
            assert_eq!(error.code, Code::TrustVerificationFailed);
            assert!(error.message.contains("revision 2 was seen"), "{error}");
            assert!(error.context.unwrap_or_default().contains("composectl trust forget"));
        }
    }
    fs::write(&list, &newer).expect("ours");
    Trust::load(files.clone()).expect("the newest");
    fs::write(&list, &older).expect("ours");
    assert_eq!(memory.forget_list(&host.keyring()), Ok(true));
    Trust::load(files).expect("the user has said so");
}
