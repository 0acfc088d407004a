//! From a name to a component that may be compiled: plan, store or source, digest, trust.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use file_sighting::Sighting;

use crate::deadline::Deadline;
use crate::digest::Digest;
use crate::error::{Code, Error, Result};
use crate::files::Noted;
use crate::grants::Grants;
use crate::limits::{FullRunLimits, ProviderLimits};
use crate::parse::is_id;
use crate::plan::{Component, Determinism, Plan, SignatureEntry};
use crate::signature::PlanSignatures;
use crate::source::{Fetch, NoFetch, Source, read_below};
use crate::store::{MAX_BLOB_BYTES, Store, io_error};
use crate::trust::{Trust, TrustNow};

/// Remembers beyond this process which files were verified, so that their content is not read again.
///
/// composectl's digest index is one. An implementation must only return what was put for exactly this sighting,
/// and must be writable by nobody but the user.
pub trait SeenBlobs: Send + Sync {
    /// The digest of the file of which `sighting` is to be seen now, if known.
    fn digest(&self, sighting: &Sighting) -> Option<Digest>;
    /// Notes that a file has the content `digest` for as long as `sighting` is to be seen of it.
    fn remember(&self, sighting: &Sighting, digest: &Digest);
}

/// A component that passed all checks of this crate.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// Its id in the plan.
    pub id: String,
    /// The SHA-256 of its bytes.
    pub digest: Digest,
    /// Its file in the store. Whoever compiles takes [`Resolver::bytes`] instead: the file may change.
    pub path: PathBuf,
    /// Its bytes, if they had to be read; verified.
    pub bytes: Option<Vec<u8>>,
    /// What it may touch, as in the plan ([`Component::grants`]); folders are absolute.
    pub grants: Option<Grants>,
    /// Its limits: the plan's or the default ones, narrowed by `policy.limits` and the host's policy.
    pub limits: ProviderLimits,
    /// The plan's `policy.determinism`.
    pub determinism: Determinism,
    /// When it has to be ready to run.
    pub deadline: Deadline,
}

/// What fetching, verifying and compiling a component may take at the least, however little time its calls have.
const LEAST_TIME: Duration = Duration::from_secs(1);

/// Resolves names of one plan.
pub struct Resolver {
    plan: Plan,
    /// The plan's file, which errors name.
    file: Option<PathBuf>,
    plan_signatures: Vec<SignatureEntry>,
    /// What `source` and `grants.dirs` are relative to.
    folder: PathBuf,
    store: Store,
    trust: Trust,
    fetch: Box<dyn Fetch>,
    /// Whether the user answers for what the plan grants.
    reviewed: bool,
    seen: Option<Box<dyn SeenBlobs>>,
    /// What this process has verified.
    verified: Mutex<HashMap<Digest, Sighting>>,
}

impl Resolver {
    /// A resolver of the plan in the file `path`. The plan and its `.sig` file are read once; trust in them is
    /// decided at every resolve.
    pub fn load(path: &Path, store: Store, trust: Trust) -> Result<Self> {
        let plan = Plan::load(path)?;
        let signatures = PlanSignatures::load(path)?.map_or_else(Vec::new, |signed| signed.entries);
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let resolver = Self::new(plan, signatures, folder, store, trust)?;
        Ok(Self { file: Some(path.to_owned()), ..resolver })
    }

    /// A resolver of `plan`, whose sources and folders are relative to `folder`.
    pub fn new(
        plan: Plan,
        plan_signatures: Vec<SignatureEntry>,
        folder: &Path,
        store: Store,
        trust: Trust,
    ) -> Result<Self> {
        let folder = std::path::absolute(folder).map_err(|error| io_error(folder, &error))?;
        let resolver = Self {
            plan,
            file: None,
            plan_signatures,
            folder,
            store,
            trust,
            fetch: Box::new(NoFetch),
            reviewed: false,
            seen: None,
            verified: Mutex::default(),
        };
        resolver.trust_now()?;
        Ok(resolver)
    }

    /// The same resolver, which fetches `oci:` sources with `fetch`.
    pub fn with_fetch(self, fetch: impl Fetch + 'static) -> Self {
        Self { fetch: Box::new(fetch), ..self }
    }

    /// The same resolver, which does not read files again that `seen` knows.
    pub fn with_seen(self, seen: impl SeenBlobs + 'static) -> Self {
        Self { seen: Some(Box::new(seen)), ..self }
    }

    /// The same resolver, for a plan whose grants the user answers for, whoever has signed it.
    pub fn reviewed(self) -> Self {
        Self { reviewed: true, ..self }
    }

    /// That the plan is no older revision than one that was seen before ([`TrustNow::check_revision`]).
    pub fn check_revision(&self) -> Result<()> {
        let trust = self.trust.now()?;
        let voucher = trust.check_plan(&self.plan, &self.plan_signatures)?;
        trust.check_revision(&self.plan, &voucher)
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The limits of the run, narrowed by the host's policy.
    pub fn run_limits(&self) -> Result<FullRunLimits> {
        let trust = self.trust.now()?;
        let wanted = FullRunLimits::default().overridden(&self.plan.policy.run);
        Ok(wanted.at_most(&trust.policy().most_run))
    }

    /// The program of the plan: its root, which passed the checks that everything that is resolved passes.
    pub fn root(&self) -> Result<Resolved> {
        let root = &self.plan.root;
        let component = self.plan.component(root).ok_or_else(|| {
            Error::new(
                Code::InvalidInput,
                format_args!("FILE is missing, and the plan has no component `{root}` to run"),
            )
            .with_context("composectl run --plan PLAN FILE -- ARGS")
        })?;
        self.finish(component, &self.trust_now()?, Deadline::NEVER).map_err(|error| Error {
            message: format!("the plan's root `{root}`: {}", error.message),
            ..error
        })
    }

    /// Fails if the root is among the plan's components and is not trusted: then its file need not be read.
    pub fn check_root_trust(&self) -> Result<()> {
        match self.plan.component(&self.plan.root) {
            Some(root) => self.trust_now()?.check_component(&self.plan, root),
            None => Ok(()),
        }
    }

    /// Whether the file that is run may be the root of this plan: if the root is among the plan's components, it
    /// has their digest. `blob-digest-mismatch` otherwise.
    pub fn check_root_digest(&self, digest: &Digest) -> Result<()> {
        let Some(root) = self.plan.component(&self.plan.root) else { return Ok(()) };
        if root.digest == *digest {
            return Ok(());
        }
        Err(Error::new(
            Code::BlobDigestMismatch,
            format_args!(
                "the file to run has the digest {digest}, the plan's root `{}` {}",
                root.id, root.digest
            ),
        )
        .with_context(format_args!(
            "composectl plan set {} {}=FILE puts it into the plan; composectl run --plan PLAN without FILE runs the \
             plan's root",
            self.file.as_deref().unwrap_or(Path::new("PLAN")).display(),
            root.id
        )))
    }

    /// What `consumer` (a component's id; `None`: the root) gets when it asks for `name`.
    ///
    /// Errors: `emit-link-error` (not in the plan), `exec-capability-denied` (not the consumer's to have, or
    /// granted what the host forbids), `blob-*`, `trust-*`, `exec-timeout` (at the deadline, or when its own `time_ms` are
    /// over; a second at the least).
    pub fn resolve(
        &self,
        consumer: Option<&str>,
        name: &str,
        deadline: Deadline,
    ) -> Result<Resolved> {
        let trust = self.trust_now()?;
        let entry = if is_id(name) { format!("{name}=FILE") } else { "ID=FILE".to_owned() };
        let found = self.plan.lookup(consumer, name);
        let found = found.map_err(|error| self.mended(error, &entry))?;
        self.finish(found, &trust, self.deadline(found, &trust, deadline))
    }

    /// As [`Resolver::resolve`] by the 32 bytes of a digest; `emit-invalid-digest` if they are not 32.
    pub fn resolve_digest(
        &self,
        consumer: Option<&str>,
        digest: &[u8],
        deadline: Deadline,
    ) -> Result<Resolved> {
        let trust = self.trust_now()?;
        let digest = Digest::from_slice(digest)?;
        let found = self.plan.lookup_digest(consumer, &digest);
        let found = found.map_err(|error| self.mended(error, &format!("ID={digest}")))?;
        self.finish(found, &trust, self.deadline(found, &trust, deadline))
    }

    /// The error, which says in its text, since programs show that only, how what is not in the plan gets there.
    fn mended(&self, error: Error, entry: &str) -> Error {
        match &self.file {
            Some(file) if error.code == Code::EmitLinkError => Error {
                message: format!(
                    "{}: composectl plan set {} {entry} adds it",
                    error.message,
                    file.display()
                ),
                ..error
            },
            _ => error,
        }
    }

    /// The verified bytes of a resolved component; they are what may be compiled.
    pub fn bytes(&self, resolved: &Resolved) -> Result<Vec<u8>> {
        match &resolved.bytes {
            Some(bytes) => Ok(bytes.clone()),
            None => self.store.get(&resolved.digest),
        }
    }

    /// Trust as it stands now, if the plan is trusted at all.
    fn trust_now(&self) -> Result<TrustNow<'_>> {
        let trust = self.trust.now()?;
        trust.check_plan(&self.plan, &self.plan_signatures)?;
        Ok(trust)
    }

    fn finish(
        &self,
        component: &Component,
        trust: &TrustNow,
        deadline: Deadline,
    ) -> Result<Resolved> {
        // Nothing is read or fetched that could not be used.
        trust.check_component(&self.plan, component)?;
        let mut grants = component.grants.clone();
        if let Some(grants) = &grants {
            trust.policy().check_grants(&component.id, grants)?;
            // What the program gets is the user's to say, by flags.
            if !self.reviewed && component.id != self.plan.root {
                let voucher = trust.check_plan(&self.plan, &self.plan_signatures)?;
                trust.check_vouched(&self.plan, component, &voucher)?;
            }
        }
        for dir in grants.iter_mut().flat_map(|grants| &mut grants.dirs) {
            dir.host = self.folder.join(&dir.host);
        }
        let bytes = match self.verify(&component.digest) {
            Err(error) if error.code == Code::BlobNotFound && component.source.is_some() => {
                Some(self.obtain(component, trust, error, deadline)?)
            }
            verified => verified?,
        };
        deadline.check(format_args!("`{}`", component.id))?;
        Ok(Resolved {
            id: component.id.clone(),
            digest: component.digest,
            path: self.store.path(&component.digest),
            bytes,
            grants,
            limits: self.limits(component, trust),
            determinism: self.plan.policy.determinism,
            deadline,
        })
    }

    fn limits(&self, component: &Component, trust: &TrustNow) -> ProviderLimits {
        ProviderLimits::default()
            .overridden(&component.limits)
            .at_most(&self.plan.policy.most)
            .at_most(&trust.policy().most)
    }

    /// When a provider has to be ready whose caller's time is over at `callers`.
    fn deadline(&self, component: &Component, trust: &TrustNow, callers: Deadline) -> Deadline {
        let own = Duration::from_millis(self.limits(component, trust).time_ms);
        callers.or_sooner(Deadline::after(own.max(LEAST_TIME)))
    }

    /// Verifies the blob in the store: by what is to be seen of it if it was verified before, else by reading it.
    fn verify(&self, digest: &Digest) -> Result<Option<Vec<u8>>> {
        let verified = || self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        // Whatever is wrong with the file, reading it says so.
        if let Ok(Some(sighting)) = Sighting::at(&self.store.path(digest)) {
            if verified().get(digest) == Some(&sighting) {
                return Ok(None);
            }
            if self.seen.as_ref().and_then(|seen| seen.digest(&sighting)) == Some(*digest) {
                verified().insert(*digest, sighting);
                return Ok(None);
            }
        }
        let Noted { bytes, sighting } = self.store.get_noted(digest, MAX_BLOB_BYTES)?;
        if let Some(sighting) = sighting {
            verified().insert(*digest, sighting);
            if let Some(seen) = &self.seen {
                seen.remember(&sighting, digest);
            }
        }
        Ok(Some(bytes))
    }

    /// Gets a component that the store lacks from its source, verifies and stores it.
    fn obtain(
        &self,
        component: &Component,
        trust: &TrustNow,
        missing: Error,
        deadline: Deadline,
    ) -> Result<Vec<u8>> {
        let Some(source) = &component.source else { return Err(missing) };
        trust.policy().check_source(source)?;
        deadline.check(format_args!("`{}`", component.id))?;
        let bytes = match source {
            Source::File(relative) => {
                let read = read_below(&self.folder, relative, MAX_BLOB_BYTES)?;
                read.ok_or_else(|| {
                    let message =
                        format!("{}, and its source `{relative}` does not exist", missing.message);
                    Error::new(Code::BlobNotFound, message)
                })?
            }
            Source::Oci(reference) => {
                let named = trust.policy().names_registry(&reference.registry);
                self.fetch.fetch(reference, &component.digest, named, deadline)?
            }
        };
        let origin = format!("`{}` from {}", component.id, source.text());
        self.store.put_expected(&bytes, &component.digest, &origin)?;
        Ok(bytes)
    }
}
