//! `composectl plan set` and `composectl plan rm`.

use std::path::PathBuf;

use clap::Args;
use composectl_plan::{
    Component, Digest, DirGrant, ENDPOINT, EnvGrant, Grants, Instant, Limits, MAX_BLOB_BYTES,
    NetGrant, Plan, Result, SignatureEntry, SigningKey, Source, Store, new_plan, read_file,
    remove_component, set_component,
};
use serde_json::json;

use super::show::component_json;
use crate::commands::inspect::component_info;
use crate::commands::keys::signing_key;
use crate::commands::output;
use crate::commands::plan_file::{PlanFile, write_plan};
use crate::commands::times::parse_expiry;
use crate::exit::Outcome;
use crate::report::Reporter;

/// `composectl plan set`.
#[derive(Args, Debug)]
#[command(
    long_about = "Store components and write their entries into a plan, which is created if need be.\n\nOnly the line of \
                  a component that changes is touched. An entry that is there keeps its grants and limits unless the \
                  flags say otherwise; when its digest changes, its source goes, and when anything about it changes, \
                  the signatures by other keys do. The `revision` of a plan that has one is counted up. Each component also gets its id as its name in the store.\n\nExit codes: 0, \
                  127 (no such file or blob), 125 (anything else).",
    after_help = "Examples:\n  composectl plan set plan.json zlib=zlib.wasm sqlite=sqlite.wasm\n  composectl plan set \
                  plan.json zlib=zlib.wasm --sign release.key --expires 365d\n  composectl plan set plan.json \
                  sqlite=sqlite.wasm --grant dir=data::/data --limit memory_bytes=1G"
)]
pub struct SetArgs {
    #[command(flatten)]
    file: PlanFile,

    /// A component file, or the digest of a blob that is in the store
    #[arg(value_name = "ID=FILE|ID=sha256:..", required = true, value_parser = Entry::parse)]
    entries: Vec<Entry>,

    /// Where the component can be had, too: a path below the plan's folder, or oci:REGISTRY/REPOSITORY[:TAG][@sha256:..]
    #[arg(long, value_name = "SOURCE", value_parser = Source::parse)]
    source: Option<Source>,

    /// Grant something, instead of what is granted now: wasi (clocks and random numbers), dir=HOST[::GUEST][:ro],
    /// env=NAME[=VALUE], net=*|ADDR[:PORT]; none takes all away. May be repeated
    #[arg(long, value_name = "GRANT", value_parser = GrantFlag::parse)]
    grant: Vec<GrantFlag>,

    /// Set a limit: memory_bytes, time_ms, payload_bytes, instances, memories, tables, table_elements or
    /// descriptors; NAME=default takes it away. May be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = LimitFlag::parse)]
    limit: Vec<LimitFlag>,

    /// Sign name, digest, grants and limits with this private key
    #[arg(long, value_name = "KEY")]
    sign: Option<PathBuf>,

    /// When the signature expires: 2027-01-31, a time in RFC 3339, or from now on 90d, 12h
    #[arg(long, value_name = "WHEN", value_parser = parse_expiry, requires = "sign")]
    expires: Option<Instant>,

    /// Print the entries as JSON
    #[arg(long)]
    json: bool,
}

/// `composectl plan rm`.
#[derive(Args, Debug)]
#[command(
    long_about = "Remove components from a plan. Their blobs stay in the store until `blob gc`.\n\nExit codes: 0, 125 (no \
                  such id, a binding names it, ...)."
)]
pub struct RmArgs {
    /// The plan
    #[arg(value_name = "PLAN")]
    plan: PathBuf,

    /// Ids
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,

    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// `ID=FILE` or `ID=sha256:..`.
#[derive(Clone, Debug)]
struct Entry {
    id: String,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    File(PathBuf),
    Blob(Digest),
}

impl Entry {
    fn parse(text: &str) -> Result<Self, String> {
        let (id, what) = text.split_once('=').ok_or("expected ID=FILE or ID=sha256:..")?;
        if !composectl_plan::is_id(id) {
            return Err(format!(
                "`{id}` is no id (A-Z a-z 0-9 . _ - / : @ +, first a letter or digit)"
            ));
        }
        let what = if what.starts_with("sha256:") {
            What::Blob(what.parse::<Digest>().map_err(|error| error.message)?)
        } else if what.is_empty() {
            return Err("the file is missing after `=`".to_owned());
        } else {
            What::File(what.into())
        };
        Ok(Self { id: id.to_owned(), what })
    }
}

/// A value of `--grant`.
#[derive(Clone, Debug)]
enum GrantFlag {
    None,
    Wasi,
    Dir(DirGrant),
    Env(EnvGrant),
    Net(String),
}

impl GrantFlag {
    fn parse(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some(("dir", grant)) => DirGrant::parse(grant).map(Self::Dir),
            Some(("env", grant)) => EnvGrant::parse(grant).map(Self::Env),
            Some(("net", address)) => {
                NetGrant::parse(address).map(|_| Self::Net(address.to_owned()))
            }
            None if text == "none" => Ok(Self::None),
            None if text == "wasi" => Ok(Self::Wasi),
            _ => Err("expected none, wasi, dir=.., env=.. or net=..".to_owned()),
        }
    }
}

/// A value of `--limit`; `None` stands for the default.
#[derive(Clone, Debug)]
struct LimitFlag {
    name: &'static str,
    value: Option<u64>,
}

impl LimitFlag {
    fn parse(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
        let known = Limits::RANGES.iter().find(|(known, _)| *known == name);
        let (name, range) = known.ok_or_else(|| {
            let names: Vec<&str> = Limits::RANGES.iter().map(|(name, _)| *name).collect();
            format!("`{name}` is no limit; known are {}", names.join(", "))
        })?;
        if value == "default" {
            return Ok(Self { name, value: None });
        }
        let (digits, factor) = match value.char_indices().next_back() {
            Some((at, 'K')) => (&value[..at], 1 << 10),
            Some((at, 'M')) => (&value[..at], 1 << 20),
            Some((at, 'G')) => (&value[..at], 1 << 30),
            _ => (value, 1),
        };
        let number = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(factor));
        match number {
            Some(number) if range.contains(&number) => Ok(Self { name, value: Some(number) }),
            _ => Err(format!(
                "{name}: `{value}` is no whole number from {} to {} (K, M, G: times 1024)",
                range.start(),
                range.end()
            )),
        }
    }
}

/// Stores and writes.
pub fn run(args: &SetArgs, reporter: Reporter) -> Outcome {
    let written = set(args, reporter).map_err(|error| output::failure(error, args.json))?;
    if args.json {
        let shown: Vec<_> = written.iter().map(component_json).collect();
        output::json(
            &json!({ "plan": args.file.plan.display().to_string(), "components": shown }),
        )?;
    } else {
        let lines: Vec<String> = written
            .iter()
            .map(|component| format!("{}  {}", component.digest, component.id))
            .collect();
        output::lines(lines)?;
    }
    Ok(0)
}

fn set(args: &SetArgs, reporter: Reporter) -> Result<Vec<Component>> {
    let path = &args.file.plan;
    let store = args.file.store();
    let key =
        args.sign.as_deref().map(|key| signing_key(key, args.expires, reporter)).transpose()?;
    let mut text = match path.try_exists() {
        Ok(false) => new_plan(&[]),
        _ => Plan::read_text(path)?,
    };
    let before = Plan::parse_file(&text, path)?;
    let mut written = Vec::new();
    for entry in &args.entries {
        let digest = stored(&store, entry, reporter)?;
        let mut component = match before.component(&entry.id) {
            Some(old) => old.clone(),
            None => Component {
                id: entry.id.clone(),
                digest,
                source: None,
                grants: None,
                limits: Limits::default(),
                signatures: Vec::new(),
            },
        };
        if component.digest != digest {
            component.digest = digest;
            component.source = None;
            component.signatures.clear();
        }
        change(&mut component, args, key.as_ref());
        text = set_component(&text, &component)?;
        written.push(component);
    }
    // A plan that says the same is not written: its time and signatures stay.
    if path.try_exists().ok() != Some(true) || Plan::read_text(path)? != text {
        write_plan(path, &text)?;
    }
    Ok(written)
}

/// Puts what the entry means into the store and names it.
fn stored(store: &Store, entry: &Entry, reporter: Reporter) -> Result<Digest> {
    let bytes = match &entry.what {
        What::File(file) => read_file(file, MAX_BLOB_BYTES)?,
        What::Blob(digest) => store.get(digest)?,
    };
    let name = match &entry.what {
        What::File(file) => file.display().to_string(),
        What::Blob(digest) => digest.to_string(),
    };
    let info = component_info(&name, &bytes)?;
    let endpoint = ENDPOINT.split('@').next().unwrap_or(ENDPOINT);
    if !info.exports.iter().any(|name| name.split('@').next() == Some(endpoint)) {
        reporter.warn(&format!("`{}` does not export {ENDPOINT}: it is no provider", entry.id));
    }
    let digest = store.put(&bytes)?;
    store.set_name(&entry.id, &digest, &info)?;
    Ok(digest)
}

/// Applies the flags.
fn change(component: &mut Component, args: &SetArgs, key: Option<&SigningKey>) {
    let before = (component.grants.clone(), component.limits.clone());
    if let Some(source) = &args.source {
        component.source = Some(source.clone());
    }
    if !args.grant.is_empty() {
        component.grants = None;
    }
    for flag in &args.grant {
        if matches!(flag, GrantFlag::None) {
            component.grants = None;
            continue;
        }
        let grants = component.grants.get_or_insert_with(Grants::default);
        match flag {
            GrantFlag::Dir(grant) => grants.dirs.push(grant.clone()),
            GrantFlag::Env(grant) => grants.env.push(grant.clone()),
            GrantFlag::Net(address) => grants.net.push(address.clone()),
            GrantFlag::None | GrantFlag::Wasi => {}
        }
    }
    for flag in &args.limit {
        if let Some(slot) = component.limits.get_mut(flag.name) {
            *slot = flag.value;
        }
    }
    if before != (component.grants.clone(), component.limits.clone()) {
        component.signatures.clear();
    }
    if let Some(key) = key {
        let signature = SignatureEntry::of_component(key, component, args.expires);
        component.signatures.retain(|entry| entry.key != signature.key);
        component.signatures.push(signature);
    }
}

/// Removes components.
pub fn remove(args: &RmArgs) -> Outcome {
    let cut = || -> Result<()> {
        let mut text = Plan::read_text(&args.plan)?;
        for id in &args.ids {
            text = remove_component(&text, id)?;
        }
        write_plan(&args.plan, &text)
    };
    cut().map_err(|error| output::failure(error, args.json))?;
    if args.json {
        output::json(&json!({ "plan": args.plan.display().to_string(), "removed": args.ids }))?;
    }
    Ok(0)
}
