//! Whom to trust: a story a file. This one has what they share.

// Tests open what they made themselves.
#![allow(clippy::disallowed_methods)]

mod files_of_keys;
mod going_back;
mod revocations;
mod unreadable;
mod verdicts;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use composectl_plan::{
    Code, Component, Digest, Grants, Instant, Key, Keyring, Limits, Memory, Plan, PlanSignatures,
    Revocations, SignatureEntry, SigningKey, Trust, TrustFiles, Voucher, new_plan,
};

const NOW: Instant = Instant(1_800_000_000);
const EARLIER: Instant = Instant(NOW.0 - 10);
const LATER: Instant = Instant(NOW.0 + 10);

/// A host's configuration folder, and a key whose public half is in the keyring.
struct Host {
    folder: tempfile::TempDir,
    key: SigningKey,
}

impl Host {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let key = SigningKey::generate().expect("random numbers");
        let host = Self { folder, key };
        host.add(&host.key.public("release", None));
        host
    }

    fn keyring(&self) -> PathBuf {
        self.folder.path().join("keyring")
    }

    fn add(&self, key: &Key) {
        Keyring::add(&self.keyring(), key).expect("room");
    }

    fn policy(&self, text: &str) {
        fs::write(self.folder.path().join("policy.json"), text).expect("room");
    }

    fn files(&self) -> TrustFiles {
        TrustFiles {
            policy: Some(self.folder.path().join("policy.json")),
            policy_needed: false,
            keyring_needed: false,
            keyring: Some(self.keyring()),
            memory: Memory::Nowhere,
        }
    }

    fn trust(&self) -> Trust {
        Trust::load(self.files()).expect("all can be read")
    }
}

fn component(signatures: Vec<SignatureEntry>) -> Component {
    Component {
        id: "zlib".to_owned(),
        digest: Digest::of(b"zlib"),
        source: None,
        grants: None,
        limits: Limits::default(),
        signatures,
    }
}

/// A plan with this component and this `policy.trust`.
fn plan(component: &Component, trust: &str) -> Plan {
    let text = new_plan(std::slice::from_ref(component));
    let policy = format!("\"version\": \"1\",\n  \"policy\": {{\"trust\": {trust}}}");
    Plan::parse(&text.replace("\"version\": \"1\"", &policy)).expect("valid")
}

/// What becomes of the component of a plan of this trust.
fn verdict(host: &Host, trust: &str, signatures: Vec<SignatureEntry>) -> Result<(), Code> {
    let component = component(signatures);
    let plan = plan(&component, trust);
    let trust = host.trust();
    let now = trust.at(NOW).expect("all can be read");
    now.check_component(&plan, &plan.components[0]).map_err(|error| error.code)
}

fn signed(key: &SigningKey, expires: Option<Instant>) -> SignatureEntry {
    SignatureEntry::of_component(key, &component(vec![]), expires)
}

const SIGNED: &str = r#"{"mode": "signed"}"#;

fn open_up(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("ours");
}
