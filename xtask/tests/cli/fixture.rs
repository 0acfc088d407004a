//! The checkout with two caps. Snapshots are taken of it, so that a cap that is added changes none of them.

use std::fs;
use std::path::Path;

/// What the folders keep in which a cap has files.
const KEPT: &[(&str, &[&str])] = &[
    ("caps", &["common", "crc32c", "zlib"]),
    ("cpython-ext", &["common", "_crc32c_cap", "_crc32c_dynlink_cap", "_zlib_cap"]),
    ("vendor", &["Cargo.toml", "Cargo.lock", "lz4", "src", "toolchain.toml", "unused", "zlib"]),
    ("wit", &["compose-dynlink", "crc32c", "zlib-compression"]),
];

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Makes it, of copies, since links out of a checkout are refused.
pub fn make(fixture: &Path) {
    copy(root(), fixture, &|name| !["target", ".git"].contains(&name) && kept_of(name).is_none());
    for (name, kept) in KEPT {
        copy(&root().join(name), &fixture.join(name), &|name| kept.contains(&name));
    }
}

fn kept_of(name: &str) -> Option<&'static [&'static str]> {
    KEPT.iter().find(|(folder, _)| *folder == name).map(|(_, kept)| *kept)
}

fn copy(from: &Path, to: &Path, wanted: &dyn Fn(&str) -> bool) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let (from, to) = (from.join(&name), to.join(&name));
        if !wanted(&name) {
        } else if from.is_dir() {
            copy(&from, &to, &|_| true);
        } else {
            fs::copy(&from, &to).unwrap();
        }
    }
}
