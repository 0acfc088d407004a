//! The step engine: build work as values that [`Context::ensure`] each other, after the model of rustc's
//! bootstrap. A step declares its inputs; the digest of them is its key; the cache knows which keys have been
//! made. Nothing here knows what a compiler or a cap is.

mod asked;
mod cache;
mod context;
mod digest;
mod entry;
mod failure;
mod files;
mod found;
mod inputs;
mod making;
mod names;
mod pieces;
mod process;
mod report;
mod trust;
mod unused;
mod work;

use std::fmt;

use anyhow::Result;

pub use cache::{Artifact, DAY, Stamp, prepare as prepare_cache, write_atomic};
pub use context::{Context, Finished, Options, Planned};
pub use digest::{Digest, DigestBuilder};
pub use inputs::Inputs;
pub use pieces::Pieces;
pub use process::{Process, quote};
pub use report::{Color, Report, Verbosity};
pub use trust::create_private;
pub use unused::remove_unused;
pub use work::Work;

/// One unit of build work with a result that can be kept.
///
/// Two steps that print the same with `{:?}` are the same step: it is done once a run.
pub trait Step: fmt::Debug + Clone + Send + Sync + 'static {
    /// What kind of work it is, as the reporter shows it: `compile`, `link`, `fetch`.
    const KIND: &'static str;
    /// Raised whenever `run` makes something else of the same inputs.
    const VERSION: u32;

    /// What it works on, as the reporter shows it: `caps/zlib/src/zlib_cap.c`.
    fn label(&self) -> String;

    /// Declares everything that the output depends on, and ensures the steps that come before.
    ///
    /// **Invariant**: what is not declared here must not change the output. In a dry run an artifact may not
    /// be there yet, so this may use an artifact's digest but not read its files.
    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()>;

    /// Makes the output in the empty folder `work.out()`.
    fn run(&self, cx: &Context, work: &Work) -> Result<()>;
}

#[cfg(test)]
mod tests;
