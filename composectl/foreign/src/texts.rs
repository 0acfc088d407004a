//! Lines and words: keys, revocations, grants, sources, references, times.

use std::fmt::Debug;

use composectl_plan::{
    DirGrant, EnvGrant, Instant, Key, NetGrant, OciReference, Revocations, Source,
};

pub fn key(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(key) = Key::parse(text) {
        let printed = key.text().expect("a key can be printed");
        assert_eq!(Key::parse(&printed), Ok(key), "{printed}");
    }
}

pub fn revocations(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let revoked = match Revocations::parse(text) {
        Ok(revoked) => revoked,
        Err(why) => {
            let line = why.strip_prefix("line ").and_then(|rest| rest.split(':').next());
            let line: usize = line.and_then(|line| line.parse().ok()).expect("errors have a line");
            assert!((1..=text.lines().count()).contains(&line), "{why}");
            return;
        }
    };
    let keys = revoked.keys.iter().map(|key| format!("key {key}\n"));
    let blobs = revoked.blobs.iter().map(|blob| format!("blob {blob}\n"));
    let plans = revoked.plans.iter().map(|plan| format!("plan {plan}\n"));
    let revision = revoked.revision.iter().map(|revision| format!("revision {revision}\n"));
    let printed: String = keys.chain(blobs).chain(plans).chain(revision).collect();
    assert_eq!(Revocations::parse(&printed).as_ref(), Ok(&revoked));
    // Whatever stands before it, a line more is an entry more.
    let more = format!("{text}\nkey 0123456789abcdef\n");
    assert!(Revocations::parse(&more).is_ok_and(|more| more.keys.contains("0123456789abcdef")));
}

/// What was read is read again from what it prints.
fn reads_back<T: PartialEq + Debug>(
    text: &str,
    parse: impl Fn(&str) -> Result<T, String>,
    print: impl Fn(&T) -> String,
) {
    if let Ok(value) = parse(text) {
        let printed = print(&value);
        assert_eq!(parse(&printed).as_ref(), Ok(&value), "{text:?} is printed as {printed:?}");
    }
}

/// The words of plans and of the command line.
pub fn texts(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    reads_back(text, DirGrant::parse, DirGrant::text);
    reads_back(text, EnvGrant::parse, EnvGrant::text);
    reads_back(text, Source::parse, Source::text);
    reads_back(text, OciReference::parse, OciReference::text);
    reads_back(text, Instant::parse, Instant::to_string);
    reads_back(text, |text| NetGrant::parse(text).map(|_| text.to_owned()), String::clone);
    if let Ok(grant) = DirGrant::parse(text) {
        assert!(!grant.guest.split('/').any(|part| part == ".."), "{grant:?}");
    }
}
