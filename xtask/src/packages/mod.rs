//! Packages of PyPI for a run: pip of this machine resolves them, a lock file (PEP 751) pins them by hash, and steps of the
//! engine fetch, check and unpack them into one folder that Python sees as its site-packages.

mod lock;
mod native;
mod requirement;
mod resolve;
mod site;
mod source;
mod wheel;

pub use lock::{Lock, Locked};
pub use native::Native;
pub use requirement::Requirement;
pub use resolve::resolve;
pub use site::Site;
pub use source::Source;

/// A name as registries compare it (PEP 503): `Foo__bar.baz` is `foo-bar-baz`.
fn normalized(name: &str) -> String {
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    parts.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}
