//! `composectl blob`: the store of components.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use composectl_plan::{
    Code, ComponentInfo, Digest, Error, MAX_BLOB_BYTES, Named, Plan, Result, Store, is_id,
    read_file, write_atomically,
};
use serde_json::{Value, json};

use super::inspect::component_info;
use super::times::parse_age;
use super::{NO, output};
use crate::exit::{FAILED, Failure, Outcome};
use crate::report::Reporter;

/// `composectl blob`.
#[derive(Args, Debug)]
#[command(
    about = "Put components into the store, get them, look after them",
    long_about = "Put components into the store, get them, look after them.\n\nThe store is an OCI image layout: \
                  DIR/blobs/sha256/<hex> and DIR/index.json with a name for each provider, so that other OCI tools can \
                  read it.",
    after_help = "Examples:\n  composectl blob put zlib.wasm --name zlib\n  composectl blob get zlib -o copy.wasm\n  \
                  composectl blob gc --plan plan.json",
    arg_required_else_help = true
)]
pub struct BlobArgs {
    #[command(subcommand)]
    command: BlobCommand,
}

// `about` in the attribute: a doc comment here would hide the `long_about` of the arguments.
#[derive(Subcommand, Debug)]
enum BlobCommand {
    #[command(about = "Store files")]
    Put(PutArgs),
    #[command(about = "Write a blob, verified, to standard output or a file")]
    Get(GetArgs),
    #[command(about = "List blobs")]
    Ls(LsArgs),
    #[command(about = "Read blobs and compare them with their digests")]
    Verify(VerifyArgs),
    #[command(about = "Remove the blobs that nothing names")]
    Gc(GcArgs),
    #[command(about = "Remove names or blobs")]
    Rm(RmArgs),
}

/// Which store, and in what form to answer.
#[derive(Args, Debug)]
struct Common {
    /// The blob store (default: $PYLON_STORE, else `store` in this folder)
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,

    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

impl Common {
    fn store(&self) -> Store {
        Store::open(Store::folder(self.store.as_deref(), None))
    }

    /// The store to look into; one that was named must be there.
    fn existing(&self) -> Result<Store> {
        let store = self.store();
        let root = store.root();
        if self.store.is_some() && !root.join("oci-layout").exists() && !root.join("blobs").exists()
        {
            return Err(Error::new(
                Code::InvalidInput,
                format_args!("{}: there is no store", root.display()),
            )
            .with_context(format_args!(
                "composectl blob put FILE --store {} makes one",
                root.display()
            )));
        }
        Ok(store)
    }
}

#[derive(Args, Debug)]
#[command(
    long_about = "Store files; print the digest of each.\n\nA blob that is there already is left alone, a damaged one is \
                  replaced.\n\nExit codes: 0, 127 (no such file), 125 (anything else)."
)]
struct PutArgs {
    /// Files
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// Give the blob this name in index.json (one FILE, a component)
    #[arg(long, value_name = "NAME")]
    name: Option<String>,

    #[command(flatten)]
    common: Common,
}

#[derive(Args, Debug)]
#[command(
    long_about = "Write a blob to standard output or a file. Nothing is written unless the content has the digest.\n\n\
                  Exit codes: 0, 127 (not in the store), 125 (damaged, anything else)."
)]
struct GetArgs {
    /// A digest or a name
    #[arg(value_name = "DIGEST|NAME")]
    what: String,

    /// The file to write
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Print digest and size as JSON (with -o)
    #[arg(long, requires = "output")]
    json: bool,

    /// The blob store (default: $PYLON_STORE, else `store` in this folder)
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
}

#[derive(Args, Debug)]
#[command(
    long_about = "List blobs: digest, bytes, names.\n\nExit codes: 0, 125 (the store cannot be read)."
)]
struct LsArgs {
    #[command(flatten)]
    common: Common,
}

#[derive(Args, Debug)]
#[command(
    long_about = "Read blobs and compare them with their digests; print those that are missing or damaged.\n\nExit \
                  codes: 0 (all are sound), 1 (some are not), 125 (anything else)."
)]
struct VerifyArgs {
    /// Digests or names (default: all)
    #[arg(value_name = "DIGEST|NAME")]
    what: Vec<String>,

    #[command(flatten)]
    common: Common,
}

#[derive(Args, Debug)]
#[command(
    long_about = "Remove the blobs that neither index.json nor one of the plans names, and what killed processes left.\n\n\
                  Young blobs stay: another process may be about to name them.\n\nExit codes: 0, 125."
)]
struct GcArgs {
    /// A plan whose components stay. May be repeated
    #[arg(long, value_name = "FILE")]
    plan: Vec<PathBuf>,

    /// How long a blob must have been there: 90d, 1h, 30m, 0s
    #[arg(long, value_name = "DURATION", value_parser = parse_age, default_value = "1h")]
    older_than: Duration,

    /// Say what would be removed, remove nothing
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    common: Common,
}

#[derive(Args, Debug)]
#[command(
    long_about = "Remove names (the blobs stay until `blob gc`), or blobs by their digests.\n\nA blob that has a name is \
                  not removed; remove the name first.\n\nExit codes: 0, 127 (no such name or blob), 125."
)]
struct RmArgs {
    /// Digests or names
    #[arg(value_name = "DIGEST|NAME", required = true)]
    what: Vec<String>,

    #[command(flatten)]
    common: Common,
}

/// Does what the subcommand says.
pub fn run(args: &BlobArgs, reporter: Reporter) -> Outcome {
    match &args.command {
        BlobCommand::Put(args) => answer(&args.common, put(args)),
        BlobCommand::Get(args) => get(args),
        BlobCommand::Ls(args) => answer(&args.common, list(&args.common)),
        BlobCommand::Verify(args) => answer(&args.common, verify(args)),
        BlobCommand::Gc(args) => answer(&args.common, collect(args, reporter)),
        BlobCommand::Rm(args) => answer(&args.common, remove(args)),
    }
}

/// What a subcommand found: lines for people, JSON for programs, and the exit code.
struct Answer {
    lines: Vec<String>,
    json: Value,
    code: u8,
}

fn answer(common: &Common, result: Result<Answer>) -> Outcome {
    let answer = result.map_err(|error| output::failure(error, common.json))?;
    if common.json {
        output::json(&answer.json)?;
    } else {
        output::lines(answer.lines)?;
    }
    Ok(answer.code)
}

fn put(args: &PutArgs) -> Result<Answer> {
    let store = args.common.store();
    if let Some(name) = &args.name {
        if args.files.len() > 1 {
            return Err(Error::new(
                Code::InvalidInput,
                "--name gives a name to one file, not to several",
            ));
        }
        if !is_id(name) {
            return Err(Error::new(Code::InvalidInput, format_args!("`{name}` is no name"))
                .with_context("a name has 1 to 200 of A-Z a-z 0-9 . _ - / : @ + and begins with a letter or digit"));
        }
    }
    let (mut lines, mut blobs) = (Vec::new(), Vec::new());
    for file in &args.files {
        let bytes = read_file(file, MAX_BLOB_BYTES)?;
        let info = match &args.name {
            Some(_) => component_info(&file.display().to_string(), &bytes)?,
            None => ComponentInfo::default(),
        };
        let digest = store.put(&bytes)?;
        if let Some(name) = &args.name {
            store.set_name(name, &digest, &info)?;
        }
        lines.push(format!("{digest}  {}", file.display()));
        let file = file.display().to_string();
        blobs.push(json!({"digest": digest.to_string(), "size": bytes.len(), "file": file}));
    }
    Ok(Answer { lines, json: json!({ "blobs": blobs }), code: 0 })
}

/// The digest that is meant.
fn digest_of(store: &Store, names: &[Named], what: &str) -> Result<Digest> {
    if what.starts_with("sha256:") {
        return what.parse();
    }
    let named = names.iter().find(|named| named.name == what);
    let named = named.ok_or_else(|| no_name(store, what))?;
    named.component.ok_or_else(|| {
        Error::new(
            Code::BlobIoError,
            format_args!("`{what}` has no manifest of a component in the store"),
        )
    })
}

fn no_name(store: &Store, what: &str) -> Error {
    let error = Error::new(
        Code::BlobNotFound,
        format_args!("`{what}` is no name in the store {}", store.root().display()),
    );
    error.with_context("composectl blob ls lists digests and names")
}

fn get(args: &GetArgs) -> Outcome {
    let store = Store::open(Store::folder(args.store.as_deref(), None));
    let find = || {
        // By its digest a blob is found in any store, whatever its names are like.
        let by_digest = args.what.starts_with("sha256:");
        let names = if by_digest { Vec::new() } else { store.names()? };
        let digest = digest_of(&store, &names, &args.what)?;
        Ok((digest, store.get(&digest)?))
    };
    let found: Result<_> = find();
    let (digest, bytes) = found.map_err(|error| output::failure(error, args.json))?;
    if let Some(path) = &args.output {
        write_atomically(path, &bytes, 0o644)
            .map_err(|error| {
                Error::new(Code::BlobIoError, format_args!("{}: {error}", path.display()))
            })
            .map_err(|error| output::failure(error, args.json))?;
        if args.json {
            let file = path.display().to_string();
            output::json(
                &json!({"digest": digest.to_string(), "size": bytes.len(), "file": file}),
            )?;
        }
        return Ok(0);
    }
    let mut stdout = std::io::stdout();
    if stdout.is_terminal() {
        return Err(Failure::new(FAILED, "a component is not for a terminal")
            .with_hint("composectl blob get .. -o FILE, or redirect the output"));
    }
    let written = stdout.write_all(&bytes).and_then(|()| stdout.flush());
    written.map_err(|error| Failure::new(FAILED, format_args!("standard output: {error}")))?;
    Ok(0)
}

fn list(common: &Common) -> Result<Answer> {
    let store = common.existing()?;
    let names = store.names()?;
    let manifests: BTreeSet<Digest> = names.iter().map(|named| named.manifest).collect();
    let mut names_of: BTreeMap<Digest, Vec<&str>> = BTreeMap::new();
    for named in &names {
        if let Some(component) = named.component {
            names_of.entry(component).or_default().push(&named.name);
        }
    }
    let (mut lines, mut blobs) = (Vec::new(), Vec::new());
    for (digest, size) in store.blobs_list()? {
        let is_manifest = manifests.contains(&digest);
        let names = names_of.get(&digest).map_or(&[][..], Vec::as_slice);
        let note = if is_manifest { "(manifest)".to_owned() } else { names.join(", ") };
        lines.push(
            format!("{digest}  {:>13}  {note}", output::grouped(size.into())).trim_end().to_owned(),
        );
        blobs.push(json!({
            "digest": digest.to_string(), "size": size, "names": names, "manifest": is_manifest,
        }));
    }
    Ok(Answer { lines, json: json!({ "blobs": blobs }), code: 0 })
}

fn verify(args: &VerifyArgs) -> Result<Answer> {
    let store = args.common.existing()?;
    let digests: Vec<Digest> = if args.what.is_empty() {
        store.blobs_list()?.into_iter().map(|(digest, _)| digest).collect()
    } else {
        let names = store.names()?;
        args.what.iter().map(|what| digest_of(&store, &names, what)).collect::<Result<_>>()?
    };
    let (mut lines, mut blobs) = (Vec::new(), Vec::new());
    for digest in &digests {
        let error = store.get(digest).err();
        if let Some(error) = &error {
            lines.push(format!("{digest}: {} [{}]", error.message, error.code));
        }
        blobs.push(json!({
            "digest": digest.to_string(),
            "sound": error.is_none(),
            "code": error.as_ref().map(|error| error.code.as_str()),
            "message": error.as_ref().map(|error| error.message.clone()),
        }));
    }
    let code = if lines.is_empty() { 0 } else { NO };
    if lines.is_empty() {
        let plural = if digests.len() == 1 { "" } else { "s" };
        lines.push(format!("{} blob{plural} verified", digests.len()));
    }
    Ok(Answer { lines, json: json!({ "sound": code == 0, "blobs": blobs }), code })
}

fn collect(args: &GcArgs, reporter: Reporter) -> Result<Answer> {
    let mut keep = BTreeSet::new();
    for plan in &args.plan {
        keep.extend(Plan::load(plan)?.components.iter().map(|component| component.digest));
    }
    let report = args.common.store().gc(&keep, args.older_than, args.dry_run)?;
    let lines = report
        .removed
        .iter()
        .map(|(digest, size)| format!("{digest}  {:>13}", output::grouped((*size).into())))
        .collect();
    if !args.common.json {
        let total: u64 = report.removed.iter().map(|(_, size)| size).sum();
        let verb = if args.dry_run { "would remove" } else { "removed" };
        reporter.say(&format!(
            "{verb} {} blobs, {}; kept {}",
            report.removed.len(),
            output::bytes(total.into()),
            report.kept
        ));
        if !report.young.is_empty() {
            reporter.say(&format!(
                "{} that nothing names are too young (--older-than)",
                report.young.len()
            ));
        }
    }
    let shown = |blobs: &[(Digest, u64)]| -> Vec<Value> {
        blobs
            .iter()
            .map(|(digest, size)| json!({"digest": digest.to_string(), "size": size}))
            .collect()
    };
    let json = json!({
        "dry_run": args.dry_run,
        "removed": shown(&report.removed),
        "young": shown(&report.young),
        "kept": report.kept,
        "leftovers": report.leftovers,
    });
    Ok(Answer { lines, json, code: 0 })
}

fn remove(args: &RmArgs) -> Result<Answer> {
    let store = args.common.store();
    let names = store.names()?;
    for what in &args.what {
        if !what.starts_with("sha256:") {
            if !store.remove_name(what)? {
                return Err(no_name(&store, what));
            }
            continue;
        }
        let digest: Digest = what.parse()?;
        let is_named = |named: &&Named| {
            (named.component == Some(digest) || named.manifest == digest)
                && !args.what.contains(&named.name)
        };
        let named = names.iter().find(is_named);
        if let Some(named) = named {
            return Err(Error::new(
                Code::InvalidInput,
                format_args!("{digest} has the name `{}`", named.name),
            )
            .with_context(format_args!("composectl blob rm {} removes the name", named.name)));
        }
        if !store.remove(&digest)? {
            let missing = format!("{digest} is not in the store {}", store.root().display());
            return Err(Error::new(Code::BlobNotFound, missing)
                .with_context("composectl blob ls lists digests and names"));
        }
    }
    Ok(Answer { lines: Vec::new(), json: json!({ "removed": args.what }), code: 0 })
}
