//! What a cap says that is written in Rust: `[component] language = "rust"`. Its folder is a crate.

use camino::Utf8Path;

use super::cap::WASI;
use super::document::Table;
use super::language::Language;
use super::names;
use super::world::World;

/// A cap whose folder is a crate.
#[derive(Clone, Debug)]
pub struct RustCrate {
    /// What the target has beyond what all engines have: `simd128`.
    pub target_features: Vec<String>,
}

/// What a crate must have, and how to make it.
const FILES: &[(&str, &str)] = &[
    ("Cargo.toml", "the folder of a cap in Rust is a crate; docs/add-a-cap.md shows one"),
    ("Cargo.lock", "`cargo generate-lockfile` in the folder makes one; it is checked in"),
    ("src/lib.rs", "the crate is a library; docs/add-a-cap.md shows one"),
];

/// What a crate says in its own way, or cannot say.
const KEYS_OF_C: &[(&str, &str)] = &[
    ("sources", "cargo knows which files belong to the crate"),
    ("include", "a crate has no headers"),
    ("defines", "a crate has `[features]`, in its Cargo.toml"),
    ("cxx_flags", "a crate is Rust alone"),
    ("flags", "a crate has `[profile.release]`, in its Cargo.toml; see also `target_features`"),
    ("stack_size", "a crate has the stack that rustc gives a program"),
    ("vendor", "a crate has `[dependencies]`, in its Cargo.toml"),
];

/// The crate of a cap; `None` for one in C, which has none of these keys.
pub(super) fn read(
    root: &Utf8Path,
    dir: &Utf8Path,
    top: &Table<'_>,
    cap: &Table<'_>,
    component: &Table<'_>,
    language: Language,
) -> Option<RustCrate> {
    if language != Language::Rust {
        let message = "`target_features` is for a cap in Rust";
        component.forbid("target_features", message, "in C, it is one of the `flags`");
        return None;
    }
    for (key, hint) in KEYS_OF_C {
        component.forbid(key, &format!("`{key}` is for a cap in C"), hint);
    }
    top.forbid("micropython", "a cap in Rust has no `[micropython]`", "what it names is C");
    cap.forbid(WASI, "a cap in Rust has no WASI", "its target is wasm32-unknown-unknown");
    for (file, hint) in FILES {
        let path = dir.join(file);
        if !root.join(&path).is_file() {
            top.error(&component.location(), format!("there is no file {path}"), *hint);
        }
    }
    let features = component.optional_shaped_list("target_features", names::target_feature);
    let target_features = features.into_iter().map(|feature| feature.value).collect();
    Some(RustCrate { target_features })
}

/// A world that a cap in Rust cannot have.
pub(super) fn check_world(table: &Table<'_>, world: &World) {
    if let Some(import) = world.imports.first() {
        let message = format!("a cap in Rust can only export, but it imports `{import}`");
        table.error(&world.location, message, "do without the import, or write the cap in C");
    }
}
