//! What this user has seen before, so that trust does not go back: who can serve an old plan or an old list of
//! revocations could otherwise bring back what was withdrawn since (the rule of The Update Framework, 5.3.5).
//!
//! ```text
//! STATE/seen.json   the newest revision of every plan by its name, and of every keyring's list by its folder
//! ```
//!
//! STATE is `$PYLON_STATE_DIR`, else `pylon` in `$XDG_STATE_HOME` or `~/.local/state`. It belongs to the user: neither
//! a plan nor a store can reset it.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Code, Error, Result};
use crate::files::{Opening, open, read_bounded, write_atomically};
use crate::keys::Revocations;
use crate::owners::check_owners;
use crate::plan::Plan;

/// Thousands of plans; more is damage.
const MAX_BYTES: u64 = 4 << 20;
const FILE: &str = "seen.json";
/// What `PYLON_STATE_DIR` says where nothing outlives a run.
const NONE: &str = "none";

/// Where it is kept what was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Memory {
    /// In this folder, which is made when there is something to keep.
    Folder(PathBuf),
    /// Nowhere: the user has said so.
    #[default]
    Nowhere,
    /// Nobody has said where.
    Unknown,
}

/// The content of `seen.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Seen {
    version: u32,
    #[serde(default)]
    plans: BTreeMap<String, SeenPlan>,
    #[serde(default)]
    revocations: BTreeMap<String, u64>,
}

/// The newest revision of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeenPlan {
    revision: u64,
    /// The digest of its content.
    content: String,
    /// Whether a trusted key vouched for it. One for which nobody does has no say about those.
    signed: bool,
}

impl Memory {
    /// The folder of this user.
    pub fn of_user() -> Self {
        let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        if let Some(given) = variable("PYLON_STATE_DIR") {
            return if given == NONE { Self::Nowhere } else { Self::Folder(given.into()) };
        }
        let absolute =
            |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let state =
            absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")));
        state.map_or(Self::Unknown, |state| Self::Folder(state.join("pylon")))
    }

    /// `trust-verification-failed` if a newer revision of this plan was seen, or this one with another content;
    /// otherwise keeps that this one was seen. A plan without a revision can be told from none.
    pub(crate) fn check_plan(&self, plan: &Plan, signed: bool) -> Result<()> {
        let (Some(name), Some(revision)) = (&plan.name, plan.revision) else { return Ok(()) };
        let content = plan.content_digest().to_string();
        let this = SeenPlan { revision, content, signed };
        self.change(|seen| {
            if let Some(known) = seen.plans.get(name).filter(|known| known.signed || !signed) {
                compare(name, known, &this)?;
                if known.signed && !signed {
                    return Ok(false);
                }
            }
            Ok(seen.plans.insert(name.clone(), this.clone()).as_ref() != Some(&this))
        })
    }

    /// `trust-verification-failed` if a newer revision of this keyring's list of revocations was seen; otherwise keeps
    /// that this one was seen.
    pub(crate) fn check_list(&self, keyring: &Path, revision: Option<u64>) -> Result<()> {
        // A list that counts nothing can only be older than one that does, and where that would be written is known.
        if revision.is_none() && !matches!(self, Self::Folder(_)) {
            return Ok(());
        }
        let key = list_key(keyring)?;
        self.change(|seen| {
            let newest = seen.revocations.get(&key).copied().unwrap_or(0);
            let this = revision.unwrap_or(0);
            if this < newest {
                return Err(failed(format_args!(
                    "keyring {}: its list of revocations went back to revision {this}; revision {newest} was seen",
                    keyring.display()
                ))
                .with_context(format_args!(
                    "bring the newer list back; if it is lost, composectl trust forget --keyring {} accepts this one",
                    keyring.display()
                )));
            }
            Ok(this > newest && seen.revocations.insert(key.clone(), this) != Some(this))
        })
    }

    /// Keeps that the list of this keyring has come to this revision, if it is to be kept anywhere.
    pub fn saw_list(&self, keyring: &Path, revoked: &Revocations) -> Result<()> {
        match self {
            Self::Unknown => Ok(()),
            _ => self.check_list(keyring, revoked.revision),
        }
    }

    /// Forgets the newest revision of the plan called `name`; `false` if none was seen.
    pub fn forget_plan(&self, name: &str) -> Result<bool> {
        let mut known = false;
        self.change(|seen| {
            known = seen.plans.remove(name).is_some();
            Ok(known)
        })?;
        Ok(known)
    }

    /// Forgets the newest revision of the keyring's list; `false` if none was seen.
    pub fn forget_list(&self, keyring: &Path) -> Result<bool> {
        let key = list_key(keyring)?;
        let mut known = false;
        self.change(|seen| {
            known = seen.revocations.remove(&key).is_some();
            Ok(known)
        })?;
        Ok(known)
    }

    /// Reads what was seen, and writes it if `change` says that it has changed it.
    fn change(&self, mut change: impl FnMut(&mut Seen) -> Result<bool>) -> Result<()> {
        let folder = match self {
            Self::Folder(folder) => folder,
            Self::Nowhere => return change(&mut Seen::default()).map(drop),
            Self::Unknown => {
                return Err(failed(format_args!(
                    "neither PYLON_STATE_DIR, XDG_STATE_HOME nor HOME says where to keep which revisions were seen"
                ))
                .with_context(NO_STATE));
            }
        };
        // Nothing is written, nor locked, where nothing changes: the folder may be read-only.
        if !change(&mut read(folder)?)? {
            return Ok(());
        }
        let unwritable = |error: std::io::Error| {
            failed(format_args!(
                "{}: cannot keep which revisions were seen: {error}",
                folder.display()
            ))
            .with_context(NO_STATE)
        };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unwritable)?;
        check_owners(folder)?;
        let lock = open(folder, Opening::Folder).map_err(unwritable)?;
        lock.lock().map_err(unwritable)?;
        let mut seen = read(folder)?;
        if !change(&mut seen)? {
            return Ok(());
        }
        seen.version = 1;
        let mut text = serde_json::to_vec_pretty(&seen)
            .map_err(|error| Error::new(Code::InternalError, format_args!("{FILE}: {error}")))?;
        text.push(b'\n');
        write_atomically(&folder.join(FILE), &text, 0o600).map_err(unwritable)
    }
}

const NO_STATE: &str = "PYLON_STATE_DIR names a folder that is kept from run to run, or is `none` where there is none: then \
                        nothing tells an old plan from a new one";

fn compare(name: &str, known: &SeenPlan, this: &SeenPlan) -> Result<()> {
    let hint = format!("if that is meant, composectl trust forget {name} accepts this one");
    if this.revision < known.revision {
        return Err(failed(format_args!(
            "the plan `{name}` went back to revision {}; revision {} was seen",
            this.revision, known.revision
        ))
        .with_context(hint));
    }
    if this.revision == known.revision && this.content != known.content {
        return Err(failed(format_args!(
            "the plan `{name}` has another content than revision {} had when it was seen",
            this.revision
        ))
        .with_context(format_args!("whoever changes a plan raises its `revision`; {hint}")));
    }
    Ok(())
}

/// What is kept in `folder`.
fn read(folder: &Path) -> Result<Seen> {
    let path = folder.join(FILE);
    let damaged = |reason: &dyn std::fmt::Display| {
        failed(format_args!("{}: {reason}", path.display()))
            .with_context("it says which revisions were seen; without it, old ones are taken again")
    };
    let bytes = match read_bounded(&path, MAX_BYTES) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Seen::default()),
        Err(error) => return Err(damaged(&error)),
    };
    check_owners(&path)?;
    let seen: Seen = serde_json::from_slice(&bytes).map_err(|error| damaged(&error))?;
    if seen.version != 1 {
        return Err(damaged(&format_args!("version {} is not known", seen.version)));
    }
    Ok(seen)
}

/// What a keyring is called: its folder, however it was named.
fn list_key(keyring: &Path) -> Result<String> {
    let absolute = std::path::absolute(keyring)
        .map_err(|error| failed(format_args!("{}: {error}", keyring.display())))?;
    // A folder that is gone is called what it was called when it was there.
    let above = |path: &Path| Some(path.parent()?.canonicalize().ok()?.join(path.file_name()?));
    let absolute = absolute.canonicalize().ok().or_else(|| above(&absolute)).unwrap_or(absolute);
    // Two names that are no text do not become one.
    Ok(absolute.to_str().map_or_else(|| format!("{absolute:?}"), str::to_owned))
}

fn failed(message: std::fmt::Arguments<'_>) -> Error {
    Error::new(Code::TrustVerificationFailed, message)
}
