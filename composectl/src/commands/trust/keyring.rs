//! Keys, the keyring and its revocations.

use std::path::{Path, PathBuf};

use clap::Args;
use composectl_plan::{
    Code, Digest, Error, Instant, Key, Keyring, Memory, Plan, Result, Revocations, SigningKey,
    TrustFiles, is_id, is_key_id, one_line, write_atomically,
};
use serde_json::{Value, json};

use crate::commands::keys::with_suffix;
use crate::commands::output;
use crate::commands::times::parse_expiry;
use crate::exit::Outcome;

#[derive(Args, Debug)]
#[command(
    long_about = "Make a key: FILE (private, readable by you only) and FILE.pub. Existing files are not overwritten. \
                  Prints the key's id.\n\nExit codes: 0, 125."
)]
pub struct KeygenArgs {
    /// The private key's file
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Whose key it is, for people
    #[arg(long, value_name = "NAME", default_value = "")]
    name: String,

    /// When its signatures stop to count: 2027-01-31, a time in RFC 3339, or from now on 90d, 12h
    #[arg(long, value_name = "WHEN", value_parser = parse_expiry)]
    expires: Option<Instant>,

    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args, Debug)]
pub struct KeyringFlag {
    /// The folder of trusted keys (default: keyring in $XDG_CONFIG_HOME/pylon or ~/.config/pylon)
    #[arg(long, value_name = "DIR")]
    keyring: Option<PathBuf>,
}

impl KeyringFlag {
    fn folder(&self) -> Result<PathBuf> {
        let files = TrustFiles::of_user().or_given(None, self.keyring.clone());
        files.keyring.ok_or_else(|| {
            Error::new(
                Code::InvalidInput,
                "neither XDG_CONFIG_HOME nor HOME says where the keyring is",
            )
            .with_context("--keyring DIR names it")
        })
    }
}

#[derive(Args, Debug)]
#[command(
    long_about = "Add public keys to the keyring; a key that is there is replaced.\n\nExit codes: 0, 125 (not a public key, \
                  revoked, ...)."
)]
pub struct AddArgs {
    /// Public key files (`keygen` writes FILE.pub)
    #[arg(value_name = "FILE.pub", required = true)]
    files: Vec<PathBuf>,

    /// Call it so, instead of what the file says
    #[arg(long, value_name = "NAME")]
    name: Option<String>,

    /// When its signatures stop to count, instead of what the file says
    #[arg(long, value_name = "WHEN", value_parser = parse_expiry)]
    expires: Option<Instant>,

    #[command(flatten)]
    keyring: KeyringFlag,

    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args, Debug)]
#[command(
    long_about = "List the keyring: id, state, expiry, name; then what is revoked.\n\nExit codes: 0, 125."
)]
pub struct LsArgs {
    #[command(flatten)]
    keyring: KeyringFlag,

    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args, Debug)]
#[command(long_about = "Remove keys from the keyring.\n\nExit codes: 0, 127 (no such key), 125.")]
pub struct RmArgs {
    /// Ids of keys
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,

    #[command(flatten)]
    keyring: KeyringFlag,

    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args, Debug)]
#[command(
    long_about = "Trust a key, a component or a plan never more, whoever signed it. The list is the file `revoked` in the \
                  keyring; a line that is taken out of it by hand counts no longer.\n\nA plan that is named by its \
                  file is revoked in every spelling (its content digest), one that is named by `sha256:..` in the \
                  text or with the content that has this digest.\n\nExit codes: 0, 125."
)]
pub struct RevokeArgs {
    /// The id of a key, the digest of a component, or (with --plan) the digest or file of a plan
    #[arg(value_name = "WHAT")]
    what: String,

    /// WHAT is a plan
    #[arg(long)]
    plan: bool,

    /// Why, for people
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,

    #[command(flatten)]
    keyring: KeyringFlag,

    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args, Debug)]
#[command(
    long_about = "Forget the newest revision that was seen of a plan, or of the keyring's list of revocations, so that an \
                  older one is taken again: the next that is seen.\n\nWhat was seen is kept in seen.json in \
                  $PYLON_STATE_DIR, else in $XDG_STATE_HOME/pylon or ~/.local/state/pylon.\n\nExit codes: 0, 127 \
                  (none was seen), 125."
)]
pub struct ForgetArgs {
    /// The `name` of a plan (without it: the list of revocations)
    #[arg(value_name = "NAME")]
    name: Option<String>,

    #[command(flatten)]
    keyring: KeyringFlag,

    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

pub fn forget(args: &ForgetArgs) -> Outcome {
    forget_one(args).map_err(|error| output::failure(error, args.json))?;
    if args.json {
        output::json(&json!({ "forgotten": args.name.as_deref().unwrap_or("revoked") }))?;
    }
    Ok(0)
}

fn forget_one(args: &ForgetArgs) -> Result<()> {
    let memory = Memory::of_user();
    let (known, what) = match &args.name {
        Some(name) if is_id(name) => (memory.forget_plan(name)?, format!("the plan `{name}`")),
        Some(name) => {
            return Err(Error::new(
                Code::InvalidInput,
                format_args!("`{name}` is no name of a plan"),
            ));
        }
        None => {
            let folder = args.keyring.folder()?;
            let what = format!("the revocations of the keyring {}", folder.display());
            (memory.forget_list(&folder)?, what)
        }
    };
    if known {
        return Ok(());
    }
    Err(Error::new(Code::BlobNotFound, format_args!("no revision of {what} was seen")))
}

pub fn keygen(args: &KeygenArgs) -> Outcome {
    let public_file = with_suffix(&args.file, ".pub");
    let make = || -> Result<Key> {
        if public_file.symlink_metadata().is_ok() {
            let message = format!("{} exists and is not overwritten", public_file.display());
            return Err(Error::new(Code::InvalidInput, message));
        }
        let key = SigningKey::generate()?;
        let public = key.public(&args.name, args.expires);
        key.save(&args.file)?;
        write_atomically(&public_file, public.text()?.as_bytes(), 0o644).map_err(|error| {
            Error::new(Code::InvalidInput, format_args!("{}: {error}", public_file.display()))
        })?;
        Ok(public)
    };
    let key = make().map_err(|error| output::failure(error, args.json))?;
    if args.json {
        output::json(&json!({
            "id": key.id,
            "private": args.file.display().to_string(),
            "public": public_file.display().to_string(),
            "expires": key.expires.map(|expires| expires.to_string()),
        }))?;
    } else {
        output::line(&key.id)?;
    }
    Ok(0)
}

pub fn add(args: &AddArgs) -> Outcome {
    let ids = add_keys(args).map_err(|error| output::failure(error, args.json))?;
    if args.json {
        output::json(&json!({ "added": ids }))?;
    } else {
        output::lines(ids)?;
    }
    Ok(0)
}

fn add_keys(args: &AddArgs) -> Result<Vec<String>> {
    let folder = args.keyring.folder()?;
    let revoked = Revocations::load(&folder)?;
    let mut ids = Vec::new();
    for file in &args.files {
        let mut key = Key::load(file)?;
        if revoked.keys.contains(&key.id) {
            return Err(Error::new(
                Code::InvalidInput,
                format_args!("the key {} is revoked", key.id),
            )
            .with_context(format_args!(
                "take the line `key {}` out of {}, if it is to be trusted again",
                key.id,
                Revocations::path(&folder).display()
            )));
        }
        if let Some(name) = &args.name {
            key.name = one_line(name);
        }
        key.expires = args.expires.or(key.expires);
        Keyring::add(&folder, &key)?;
        ids.push(key.id);
    }
    Ok(ids)
}

pub fn list(args: &LsArgs) -> Outcome {
    let read = || {
        let folder = args.keyring.folder()?;
        if args.keyring.keyring.is_some() {
            Keyring::need(&folder)?;
        }
        Keyring::load(&folder)
    };
    let keyring = read().map_err(|error| output::failure(error, args.json))?;
    let now = Instant::now();
    let state = |key: &Key| {
        if keyring.revoked.keys.contains(&key.id) {
            "revoked"
        } else if key.expires.is_some_and(|expires| now >= expires) {
            "expired"
        } else {
            "trusted"
        }
    };
    let Revocations { keys, blobs, plans, revision } = &keyring.revoked;
    if args.json {
        let shown: Vec<Value> = keyring
            .keys
            .values()
            .map(|key| {
                let expires = key.expires.map(|expires| expires.to_string());
                json!({"id": key.id, "name": key.name, "state": state(key), "expires": expires})
            })
            .collect();
        let digests = |set: &std::collections::BTreeSet<Digest>| {
            set.iter().map(Digest::to_string).collect::<Vec<_>>()
        };
        output::json(&json!({
            "keys": shown,
            "revoked": {"keys": keys, "blobs": digests(blobs), "plans": digests(plans), "revision": revision},
        }))?;
        return Ok(0);
    }
    let mut lines: Vec<String> = keyring
        .keys
        .values()
        .map(|key| {
            let expires = key.expires.map_or("never".to_owned(), |expires| expires.to_string());
            format!("{}  {:7}  {expires:20}  {}", key.id, state(key), key.name)
                .trim_end()
                .to_owned()
        })
        .collect();
    let unknown = keys.iter().filter(|id| !keyring.keys.contains_key(*id));
    lines.extend(unknown.map(|id| format!("{id}  revoked")));
    lines.extend(blobs.iter().map(|digest| format!("blob {digest}  revoked")));
    lines.extend(plans.iter().map(|digest| format!("plan {digest}  revoked")));
    output::lines(lines)?;
    Ok(0)
}

pub fn remove(args: &RmArgs) -> Outcome {
    remove_keys(args).map_err(|error| output::failure(error, args.json))?;
    if args.json {
        output::json(&json!({ "removed": args.ids }))?;
    }
    Ok(0)
}

fn remove_keys(args: &RmArgs) -> Result<()> {
    let folder = args.keyring.folder()?;
    for id in &args.ids {
        if !is_key_id(id) {
            return Err(Error::new(
                Code::InvalidInput,
                format_args!("`{id}` is no key id (16 hex digits)"),
            ));
        }
        if !Keyring::remove(&folder, id)? {
            let message = format!("the key {id} is not in the keyring {}", folder.display());
            return Err(Error::new(Code::BlobNotFound, message)
                .with_context("composectl trust ls lists the keys"));
        }
    }
    Ok(())
}

pub fn revoke(args: &RevokeArgs) -> Outcome {
    let entry = revoke_one(args).map_err(|error| output::failure(error, args.json))?;
    if args.json {
        output::json(&json!({ "revoked": entry }))?;
    } else {
        output::line(&format!("revoked {entry}"))?;
    }
    Ok(0)
}

/// The line that was added.
fn revoke_one(args: &RevokeArgs) -> Result<String> {
    let what = &args.what;
    let entry = if args.plan {
        let digest = match what.parse::<Digest>() {
            Ok(digest) => digest,
            // However it is spelt.
            Err(_) => Plan::load(Path::new(what))?.content_digest(),
        };
        format!("plan {digest}")
    } else if is_key_id(what) {
        format!("key {what}")
    } else if let Ok(digest) = what.parse::<Digest>() {
        format!("blob {digest}")
    } else {
        return Err(Error::new(
            Code::InvalidInput,
            format_args!("`{what}` is neither a key id nor a digest"),
        )
        .with_context(
            "a key id has 16 hex digits, a digest is sha256:<64 hex digits>; plans need --plan",
        ));
    };
    let folder = args.keyring.folder()?;
    let revoked = Revocations::add(&folder, &entry, &args.reason)?;
    Memory::of_user().saw_list(&folder, &revoked)?;
    Ok(entry)
}
