//! The plan of a run: where its files lie, and what it says about the program itself.

use std::path::Path;
use std::sync::Arc;

use composectl_plan::{
    Code, Digest, Error, FullRunLimits, Resolver, SeenBlobs, Sighting, Store, Trust, TrustFiles,
};
use composectl_registry::{OciFetch, Options, Reach};

use crate::cli::RunArgs;
use crate::compiled_cache::LazyCache;
use crate::digest_index::HexDigest;
use crate::engine;
use crate::exit::{FAILED, Failure, NOT_FOUND};
use crate::report::Reporter;

/// What the native stack needs for each level of providers, besides what the provider's own code may use.
const STACK_PER_LEVEL: usize = 256 << 10;

/// A plan that was read, with everything needed to resolve its names.
pub struct RunPlan {
    pub resolver: Resolver,
    pub limits: FullRunLimits,
    /// Shared with the resolver, which looks up known blobs in it.
    pub cache: Arc<LazyCache>,
}

impl RunPlan {
    /// The plan that the flags name, if they name one.
    pub fn open(args: &RunArgs, reporter: Reporter) -> Result<Option<Self>, Failure> {
        let Some(path) = &args.plan else { return Ok(None) };
        let store = Store::open(Store::folder(args.store.as_deref(), Some(path)));
        let trust =
            Trust::load(TrustFiles::of_user().or_given(args.policy.clone(), args.keyring.clone()))?;
        let cache = LazyCache::new(reporter);
        let resolver = Resolver::load(path, store, trust)?
            .with_seen(Known(Arc::clone(&cache)))
            .with_fetch(OciFetch::new(Options {
                reach: if args.allow_private_registries { Reach::Registry } else { Reach::Public },
                ..Options::default()
            }));
        let found = &resolver.plan().digest;
        if let Some(expected) = &args.plan_digest
            && expected != found
        {
            return Err(Failure::new(
                FAILED,
                format_args!(
                    "{} has the digest {found}, not the expected {expected}",
                    path.display()
                ),
            ));
        }
        // A digest names one plan, old or not; what else is believed must not go back.
        if args.plan_digest.is_none() {
            resolver.check_revision()?;
        }
        let is_reviewed = args.allow_unsigned_grants || args.plan_digest.is_some();
        let resolver = if is_reviewed { resolver.reviewed() } else { resolver };
        let limits = resolver.run_limits()?;
        Ok(Some(Self { resolver, limits, cache }))
    }

    /// How much more native stack a run with this plan may need.
    pub fn stack(&self) -> usize {
        let levels = usize::try_from(self.limits.depth).unwrap_or(usize::MAX);
        levels.saturating_mul(engine::PROVIDER_STACK + STACK_PER_LEVEL)
    }

    /// Fails unless the program, whose bytes have `digest`, may be run with this plan.
    pub fn check_root(&self, path: &Path, digest: &HexDigest) -> Result<(), Failure> {
        let digest = digest.to_digest()?;
        self.resolver.check_root_digest(&digest).map_err(|error| {
            Failure::from(Error {
                message: format!("{}: {}", path.display(), error.message),
                ..error
            })
        })
    }
}

/// The digest index of the cache, for the resolver.
struct Known(Arc<LazyCache>);

impl SeenBlobs for Known {
    fn digest(&self, sighting: &Sighting) -> Option<Digest> {
        self.0.get()?.index().get(sighting)?.to_digest().ok()
    }

    fn remember(&self, sighting: &Sighting, digest: &Digest) {
        let Some(cache) = self.0.get() else { return };
        if let Err(error) = cache.index().put(sighting, &HexDigest::from(digest)) {
            cache.reporter().detail(|| format!("{digest} is not remembered as verified: {error}"));
        }
    }
}

/// What went wrong with a plan or its trust, as the end of a run that has not begun.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let code = if error.code == Code::BlobNotFound { NOT_FOUND } else { FAILED };
        // That the input is invalid is what every message without a code says.
        let failure = match error.code {
            Code::InvalidInput => Self::new(code, &error.message),
            _ => Self::new(code, format_args!("{} ({})", error.message, error.code)),
        };
        match error.context {
            Some(context) => failure.with_hint(context),
            None => failure,
        }
    }
}
