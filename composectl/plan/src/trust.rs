//! Whether a plan and its components are trusted now.
//!
//! Trust is decided at every resolve and never remembered: the keyring, the list of revocations and the host's
//! policy are read again whenever their stamps have changed, and expiry is compared with the clock. What is kept
//! is only that a signature fits its key and message, which cannot change.

use std::collections::HashSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use file_sighting::Stamp;

use crate::digest::Digest;
use crate::error::{Code, Error, Result};
use crate::grants::Grants;
use crate::instant::Instant;
use crate::keys::{Key, Keyring, Revocations, key_files};
use crate::memory::Memory;
use crate::owners::check_owners;
use crate::plan::{Component, Plan, SignatureEntry, TrustMode};
use crate::policy::HostPolicy;
use crate::signature::{plan_message, provider_message};

/// Where a host says whom it trusts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustFiles {
    /// The policy file; `None`: no policy.
    pub policy: Option<PathBuf>,
    /// Whether it is an error that the policy file does not exist.
    pub policy_needed: bool,
    /// The keyring folder; `None`: no keys.
    pub keyring: Option<PathBuf>,
    /// Whether it is an error that the keyring folder does not exist: without it nothing is revoked.
    pub keyring_needed: bool,
    /// Where it is kept which revisions of plans and lists were seen.
    pub memory: Memory,
}

impl TrustFiles {
    /// `policy.json` and the folder `keyring` in `$XDG_CONFIG_HOME/pylon` or `~/.config/pylon`.
    pub fn of_user() -> Self {
        let folder = |name: &str| {
            std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute())
        };
        let config =
            folder("XDG_CONFIG_HOME").or_else(|| folder("HOME").map(|home| home.join(".config")));
        let config = config.map(|config| config.join("pylon"));
        Self {
            policy: config.as_ref().map(|config| config.join("policy.json")),
            policy_needed: false,
            keyring: config.as_ref().map(|config| config.join("keyring")),
            keyring_needed: false,
            memory: Memory::of_user(),
        }
    }

    /// These files, with those given instead (`--policy`, `--keyring`), which must exist.
    pub fn or_given(self, policy: Option<PathBuf>, keyring: Option<PathBuf>) -> Self {
        Self {
            policy_needed: policy.is_some() || self.policy_needed,
            policy: policy.or(self.policy),
            keyring_needed: keyring.is_some() || self.keyring_needed,
            keyring: keyring.or(self.keyring),
            memory: self.memory,
        }
    }

    /// That a key is not in the keyring, and how it gets there.
    fn lacks_key(&self) -> String {
        match &self.keyring {
            Some(folder) => {
                let folder = folder.display();
                let flag = if self.keyring_needed {
                    format!(" --keyring {folder}")
                } else {
                    String::new()
                };
                format!("is not in the keyring {folder} (composectl trust add FILE.pub{flag})")
            }
            None => "is in no keyring: there is none (--keyring DIR)".to_owned(),
        }
    }

    /// Reads the files, and says which stamps they had before.
    fn load(&self) -> Result<(State, Vec<Watched>)> {
        let mut watched: Vec<Watched> = self.policy.iter().map(|path| watch(path)).collect();
        if let Some(folder) = &self.keyring {
            if self.keyring_needed || !is_absent(folder) {
                Keyring::need(folder)?;
            }
            // The folder's stamp changes when a file comes or goes, each file's when it is written to.
            watched.push(watch(folder));
            watched.push(watch(&Revocations::path(folder)));
            watched.extend(key_files(folder)?.iter().map(|path| watch(path)));
        }
        for (path, _) in &watched {
            check_owners(path)?;
        }
        let policy = match &self.policy {
            Some(path) if self.policy_needed || !is_absent(path) => HostPolicy::load(path)?,
            _ => HostPolicy::default(),
        };
        let keyring =
            self.keyring.as_deref().map_or_else(|| Ok(Keyring::default()), Keyring::load)?;
        if let Some(folder) = &self.keyring {
            self.memory.check_list(folder, keyring.revoked.revision)?;
        }
        Ok((State { policy, keyring }, watched))
    }
}

/// A path, and the stamp of what is there; `Ok(None)`: nothing.
type Watched = (PathBuf, Result<Option<Stamp>, ErrorKind>);

fn watch(path: &Path) -> Watched {
    (path.to_owned(), stamp(path))
}

fn stamp(path: &Path) -> Result<Option<Stamp>, ErrorKind> {
    // A link that leads nowhere was meant to be there, too.
    match std::fs::metadata(path).or_else(|_| path.symlink_metadata()) {
        Ok(metadata) => Ok(Some(Stamp::of(&metadata))),
        Err(error) if says_absent(error.kind()) => Ok(None),
        Err(error) => Err(error.kind()),
    }
}

/// Whether nothing is there for certain. What cannot be looked at may be there, and forbid something.
fn is_absent(path: &Path) -> bool {
    stamp(path) == Ok(None)
}

fn says_absent(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// What the files said.
#[derive(Debug, PartialEq, Eq)]
struct State {
    policy: HostPolicy,
    keyring: Keyring,
}

#[derive(Debug)]
struct Cached {
    state: Arc<State>,
    watched: Vec<Watched>,
    /// Whether equal stamps prove that nothing has changed since.
    settled: bool,
}

impl Cached {
    fn is_current(&self) -> bool {
        self.settled && self.watched.iter().all(|(path, old)| stamp(path) == *old)
    }
}

/// Whom this host trusts.
#[derive(Debug)]
pub struct Trust {
    files: TrustFiles,
    cached: Mutex<Option<Cached>>,
    /// Digests of key, message and signature that fit.
    fitting: Mutex<HashSet<Digest>>,
}

impl Trust {
    /// Reads the files. `trust-verification-failed` if one of them cannot be read, could be changed by others, or is
    /// older than what was seen before.
    pub fn load(files: TrustFiles) -> Result<Self> {
        let trust = Self { files, cached: Mutex::new(None), fitting: Mutex::new(HashSet::new()) };
        trust.state()?;
        Ok(trust)
    }

    /// Trust as it stands now. Not to be kept.
    pub fn now(&self) -> Result<TrustNow<'_>> {
        self.at(Instant::now())
    }

    /// Trust as the files have it now, at the time `at`.
    pub fn at(&self, at: Instant) -> Result<TrustNow<'_>> {
        Ok(TrustNow { trust: self, state: self.state()?, at })
    }

    fn state(&self) -> Result<Arc<State>> {
        let mut cached = lock(&self.cached);
        if let Some(cached) = cached.as_ref()
            && cached.is_current()
        {
            return Ok(Arc::clone(&cached.state));
        }
        // What was taken from the files before they changed does not outlive a failure to read them.
        *cached = None;
        let now = SystemTime::now();
        let (state, watched) = self.files.load()?;
        let settled = watched.iter().all(|(_, stamp)| {
            stamp.is_ok_and(|stamp| stamp.is_none_or(|stamp| stamp.settled(now)))
        });
        let state = Arc::new(state);
        *cached = Some(Cached { state: Arc::clone(&state), watched, settled });
        Ok(state)
    }
}

/// Who answers for what a plan grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Voucher {
    /// A key that this host trusts has signed the plan: this one, and all that it ever signed.
    Key,
    /// The host's policy lists this very plan.
    Policy,
    /// Nobody, as the error says.
    Nobody(Error),
}

/// Whom this host trusts at one moment.
#[derive(Debug)]
pub struct TrustNow<'t> {
    trust: &'t Trust,
    state: Arc<State>,
    at: Instant,
}

impl TrustNow<'_> {
    /// The host's policy.
    pub fn policy(&self) -> &HostPolicy {
        &self.state.policy
    }

    /// The keyring.
    pub fn keyring(&self) -> &Keyring {
        &self.state.keyring
    }

    /// Whether the plan may be used at all, and who answers for it: it is not revoked, by its text or by its content,
    /// and, where the policy pins plans, listed there or signed by a trusted key.
    pub fn check_plan(&self, plan: &Plan, signatures: &[SignatureEntry]) -> Result<Voucher> {
        let digest = &plan.digest;
        let revoked = &self.keyring().revoked.plans;
        if revoked.contains(digest)
            || (!revoked.is_empty() && revoked.contains(&plan.content_digest()))
        {
            return Err(failed(format_args!("the plan {digest} is revoked")));
        }
        let policy = self.policy();
        let listed = policy.plans.as_ref().map(|plans| plans.contains(digest));
        if listed == Some(true) {
            return Ok(Voucher::Policy);
        }
        if listed == Some(false) && !policy.signed_plans {
            return Err(Error::new(
                Code::TrustUntrustedSource,
                format_args!("the plan {digest} is not among those that the host's policy lists"),
            )
            .with_context(
                "add its digest to trust.plans of the policy, if the plan is what you expect",
            ));
        }
        let message = |entry: &SignatureEntry| plan_message(digest, entry.expires);
        let signed = self.check_signatures("the plan", signatures, &[&policy.keys], message);
        match signed {
            Ok(()) => Ok(Voucher::Key),
            Err(error) if !policy.signed_plans => Ok(Voucher::Nobody(error)),
            Err(error) => Err(match error.context {
                None => error.with_context("composectl plan lock --sign KEY PLAN signs it"),
                Some(_) => error,
            }),
        }
    }

    /// That the plan is no older revision than one that was seen before; keeps that this one was. A plan that the
    /// policy lists by its digest is meant as it is.
    pub fn check_revision(&self, plan: &Plan, voucher: &Voucher) -> Result<()> {
        match voucher {
            Voucher::Policy => Ok(()),
            _ => self.trust.files.memory.check_plan(plan, *voucher == Voucher::Key),
        }
    }

    /// Whether somebody answers for the folders, variables and addresses that the plan grants to the component: for
    /// the plan, or by a signature for the component. `exec-capability-denied` otherwise.
    pub fn check_vouched(
        &self,
        plan: &Plan,
        component: &Component,
        voucher: &Voucher,
    ) -> Result<()> {
        let Voucher::Nobody(reason) = voucher else { return Ok(()) };
        if component.grants.as_ref().is_none_or(Grants::is_empty)
            || self.check_signed(plan, component).is_ok()
        {
            return Ok(());
        }
        Err(Error::new(
            Code::ExecCapabilityDenied,
            format_args!(
                "the plan grants `{}` folders, variables or addresses, and nobody answers for that: {reason} \
                 (`composectl plan lock --sign KEY` signs a plan, `--plan-digest {}` takes this one, \
                 `--allow-unsigned-grants` any)",
                component.id, plan.digest
            ),
        ))
    }

    /// Whether the component may be used: it is not revoked and, in mode `signed`, signed by a trusted key.
    pub fn check_component(&self, plan: &Plan, component: &Component) -> Result<()> {
        let Component { id, digest, .. } = component;
        if self.keyring().revoked.blobs.contains(digest) {
            return Err(failed(format_args!("`{id}`: {digest} is revoked")));
        }
        if plan.policy.trust.mode.max(self.policy().mode) == TrustMode::Digest {
            return Ok(());
        }
        self.check_signed(plan, component)
    }

    fn check_signed(&self, plan: &Plan, component: &Component) -> Result<()> {
        let keys = [&self.policy().keys, &plan.policy.trust.keys];
        let message = |entry: &SignatureEntry| provider_message(component, entry.expires);
        let what = format!("`{}`", component.id);
        self.check_signatures(&what, &component.signatures, &keys, message)
    }

    /// Whether one of the signatures is good. If none is, the error is the one that says most.
    fn check_signatures(
        &self,
        what: &str,
        signatures: &[SignatureEntry],
        allowed: &[&Option<Vec<String>>],
        message: impl Fn(&SignatureEntry) -> Vec<u8>,
    ) -> Result<()> {
        let not_signed = format!("{what} is not signed");
        let mut reason = Error::new(Code::TrustUntrustedSource, not_signed);
        for (index, entry) in signatures.iter().enumerate() {
            match self.check_signature(what, entry, allowed, &message(entry)) {
                Ok(()) => return Ok(()),
                Err(error) if index == 0 || severity(error.code) > severity(reason.code) => {
                    reason = error;
                }
                Err(_) => {}
            }
        }
        Err(reason)
    }

    fn check_signature(
        &self,
        what: &str,
        entry: &SignatureEntry,
        allowed: &[&Option<Vec<String>>],
        message: &[u8],
    ) -> Result<()> {
        let SignatureEntry { key: id, signature, expires } = entry;
        if self.keyring().revoked.keys.contains(id) {
            return Err(failed(format_args!("{what} is signed by the key {id}, which is revoked")));
        }
        let untrusted = |reason: &str| {
            Error::new(
                Code::TrustUntrustedSource,
                format_args!("{what} is signed by the key {id}, which {reason}"),
            )
        };
        let Some(key) = self.keyring().keys.get(id) else {
            return Err(untrusted(&self.trust.files.lacks_key())
                .with_context("only if you trust whoever signed it"));
        };
        if allowed.iter().any(|keys| keys.as_ref().is_some_and(|keys| !keys.contains(id))) {
            return Err(untrusted("is not among those that the plan and the host's policy allow"));
        }
        if !self.trust.fits(key, message, signature) {
            return Err(Error::new(
                Code::TrustSignatureInvalid,
                format_args!("the signature of {what} by the key {id} is wrong"),
            )
            .with_context("it was made for another name, digest or expiry, for other grants or limits, or by another key"));
        }
        for (whose, expires) in [("signature of", *expires), ("key that signed", key.expires)] {
            if let Some(expires) = expires
                && self.at >= expires
            {
                let message = format!("the {whose} {what} expired at {expires} (key {id})");
                return Err(failed(message));
            }
        }
        Ok(())
    }
}

impl Trust {
    /// Whether the signature fits; computed once.
    fn fits(&self, key: &Key, message: &[u8], signature: &[u8; 64]) -> bool {
        let statement = Digest::of(&[key.bytes(), message, signature].concat());
        if lock(&self.fitting).contains(&statement) {
            return true;
        }
        let fits = key.verifies(message, signature);
        if fits {
            lock(&self.fitting).insert(statement);
        }
        fits
    }
}

fn failed(message: impl std::fmt::Display) -> Error {
    Error::new(Code::TrustVerificationFailed, message)
}

/// How much an error says about what went wrong.
fn severity(code: Code) -> u8 {
    match code {
        Code::TrustVerificationFailed => 2,
        Code::TrustSignatureInvalid => 1,
        _ => 0,
    }
}

/// Nothing here is left half-changed by a panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
