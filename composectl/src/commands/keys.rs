//! Private keys that the subcommands sign with.

use std::path::{Path, PathBuf};

use composectl_plan::{Instant, Key, Keyring, Result, SigningKey, TrustFiles};

use crate::report::Reporter;

/// The key in `file`, for signatures that expire at `expires`. Warns if they will not count: the key has expired, by
/// its public file or the keyring, or they have.
pub fn signing_key(
    file: &Path,
    expires: Option<Instant>,
    reporter: Reporter,
) -> Result<SigningKey> {
    let key = SigningKey::load(file)?;
    let now = Instant::now();
    let keyring = TrustFiles::of_user().keyring;
    let files = [
        Some(with_suffix(file, ".pub")),
        keyring.map(|folder| Keyring::key_path(&folder, &key.id())),
    ];
    let known = files.into_iter().flatten().filter_map(|file| Some((Key::load(&file).ok()?, file)));
    for (public, file) in known.filter(|(public, _)| public.id == key.id()) {
        if let Some(expires) = public.expires.filter(|expires| now >= *expires) {
            reporter.warn(&format!(
                "the key {} expired at {expires} ({}): its signatures do not count",
                public.id,
                file.display()
            ));
        }
    }
    if let Some(expires) = expires.filter(|expires| now >= *expires) {
        reporter.warn(&format!("signatures that expired at {expires} do not count (--expires)"));
    }
    Ok(key)
}

/// The path with `suffix` behind its name.
pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
