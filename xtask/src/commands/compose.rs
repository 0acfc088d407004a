//! `cargo xtask compose`: everything that pylon.wasm (or micropython.wasm) needs, and pylon.wasm.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use camino::Utf8Path;
use serde_json::json;

use super::dynlink::{self, Place, Wanted};
use super::{NAMED_PYTHON, PYTHON_VARIABLE, Session, components, static_mp, usage};
use crate::cli;
use crate::graph::{Context, Digest, write_atomic};
use crate::manifest::{Linkage, Workspace, switch_name};
use crate::pylon::{NO_CALLBACKS, Pylon, Recipe, Runtime};
use crate::report;

pub fn run(session: &Session, args: &cli::Compose) -> Result<()> {
    let built = compose(session, args)?;
    if session.planned()? {
        return Ok(());
    }
    let Built { output, installed, python, caps, providers, folded, imports } = built;
    let shown = output.strip_prefix(session.root()).unwrap_or(&output);
    let names =
        |names: &[String]| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let mut text = format!(
        "{}  {} bytes  sha256:{}\npython: {python}\ncaps: {}",
        shown.display(),
        installed.bytes,
        installed.digest,
        names(&caps),
    );
    for (linked, caps) in [("resolved at run time", &providers), ("folded into Python", &folded)] {
        if !caps.is_empty() {
            text += &format!("\n{linked}: {}", names(caps));
        }
    }
    let json = json!({
        "artifact": output,
        "bytes": installed.bytes,
        "sha256": installed.digest,
        "python": python,
        "caps": caps,
        "providers": providers,
        "folded": folded,
        "imports": imports,
        "steps": session.steps()?,
    });
    session.result(json, &text)
}

/// What [`compose`] left behind.
pub struct Built {
    pub output: PathBuf,
    pub installed: Installed,
    /// `CPython 3.13.5`
    pub python: String,
    /// Caps that went into it.
    pub caps: Vec<String>,
    /// Caps that it resolves at run time.
    pub providers: Vec<String>,
    /// Caps whose C is in Python's own core module.
    pub folded: Vec<String>,
    pub imports: Vec<String>,
}

/// Builds pylon.wasm and installs it where the user wants it; in its usual place, with its parts beside it. In a
/// dry run nothing is installed.
pub fn compose(session: &Session, args: &cli::Compose) -> Result<Built> {
    let cx = session.context()?;
    let workspace = session.workspace()?;
    let mut written = args.output.iter().chain(&args.report);
    if let Some(folder) = written.find(|path| path.is_dir()) {
        return Err(usage(format!("{} is a folder\nhint: name the file", folder.display())));
    }
    let recipe = recipe(workspace, args, std::env::vars())?;
    let pylon = Pylon::new(cx, workspace, &recipe)?;
    let (name, version) = pylon.interpreter();
    let python = format!("{name} {version}");
    let artifact = cx.ensure_files(&pylon)?;
    if args.output.is_none() && session.global.dry_run {
        dynlink::providers(session, &Wanted::of(&recipe))?;
    }
    let folder = session.root().join("target/pylon");
    let output = match &args.output {
        Some(output) => std::path::absolute(output)?,
        None => folder.join(pylon.file_name()),
    };
    let caps: Vec<_> = recipe.linkages.embedded.iter().cloned().collect();
    if artifact.digest.is_none() || session.global.dry_run {
        let installed = Installed { digest: Digest::of(""), bytes: 0 };
        let (providers, folded, imports) = Default::default();
        return Ok(Built { output, installed, python, caps, providers, folded, imports });
    }
    if args.output.is_none() {
        // An earlier build's parts, which this one does not have.
        let _ = fs::remove_file(folder.join(NO_CALLBACKS));
        for (name, path) in pylon.parts(cx)? {
            install(cx, &path, &folder.join(name))?;
        }
        if args.runtime == cli::Runtime::CPython {
            for cap in workspace.caps.iter().filter(|cap| !caps.contains(&cap.name)) {
                let _ = fs::remove_file(folder.join(format!("{}.wasm", cap.name)));
            }
        }
    }
    let providers = &recipe.linkages.providers;
    if args.output.is_none() && !providers.is_empty() {
        dynlink::publish(session, &Wanted::of(&recipe), &Place::beside_pylon(session), None)?;
    }
    let installed = install(cx, &artifact.path(pylon.file_name()), &output)?;
    if let Some(file) = &args.report {
        let wasm = fs::read(artifact.path(pylon.file_name()))?;
        report::write(file, &pylon.report(cx, &wasm)?)?;
    }
    let lines = |name: &str| -> Result<Vec<String>> {
        let text = fs::read_to_string(artifact.path(name))?;
        Ok(text.lines().map(str::to_owned).collect())
    };
    lines("notes.txt")?.iter().for_each(|note| session.note(&format!("note: {note}")));
    let mut caps = lines("caps.txt")?;
    caps.sort();
    let providers = providers.iter().cloned().collect();
    let folded = recipe.linkages.folded.iter().cloned().collect();
    let imports = lines("imports.txt")?;
    Ok(Built { output, installed, python, caps, providers, folded, imports })
}

/// Takes from a command what the user set for builds, as [`recipe`] reads it, and switches off what is large of
/// the checkout at `root`, for tests and measurements that build again and again.
pub fn as_tested<'a>(command: &'a mut Command, root: &Path) -> &'a mut Command {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("WITH_")
            || text.starts_with("LINK_")
            || text.ends_with("_COMPONENT_WASM")
        {
            command.env_remove(name);
        }
    }
    if let Some(version) = NAMED_PYTHON.get() {
        command.env(PYTHON_VARIABLE, version);
    }
    // Of a checkout that cannot be read the command itself has to tell.
    let workspace = Utf8Path::from_path(root).and_then(|root| Workspace::load(root).ok());
    for cap in workspace.iter().flat_map(Workspace::large) {
        command.env(switch_name(&cap.name), "0");
    }
    command
}

/// Arguments and environment (arguments win) to a recipe.
pub fn recipe(
    workspace: &Workspace,
    args: &cli::Compose,
    environment: impl Iterator<Item = (String, String)>,
) -> Result<Recipe> {
    let mut switches: BTreeMap<String, bool> = BTreeMap::new();
    let mut links: BTreeMap<String, Linkage> = BTreeMap::new();
    let environment: Vec<_> = environment.collect();
    let replaced = components::given(workspace, &args.component, environment.iter().cloned())?;
    for (name, value) in environment {
        if name.starts_with("WITH_") {
            let (name, on) = cli::parse_switch(&format!("{name}={value}"))
                .map_err(|error| usage(format!("the environment has {name}={value}: {error}")))?;
            switches.insert(name, on);
        } else if name.starts_with("LINK_") {
            match cli::parse_setting(&format!("{name}={value}")) {
                Ok(cli::Setting::Link(name, mode)) => _ = links.insert(link_name(&name), mode),
                Ok(cli::Setting::With(..)) => {}
                Err(error) => {
                    return Err(usage(format!("the environment has {name}={value}: {error}")));
                }
            }
        }
    }
    for setting in &args.settings {
        match setting.clone() {
            cli::Setting::With(name, on) => _ = switches.insert(name, on),
            cli::Setting::Link(name, mode) => _ = links.insert(link_name(&name), mode),
        }
    }
    links.extend(args.link.iter().map(|(name, mode)| (link_name(name), *mode)));
    let runtime = runtime(workspace, args)?;
    let selection = match runtime {
        Runtime::CPython { .. } => workspace.selection(&args.profile, &switches),
        Runtime::MicroPython(_) => workspace.micropython_selection(&args.profile, &switches),
    };
    let selection = selection.map_err(usage)?;
    let linkages = match runtime {
        Runtime::CPython { .. } => workspace.linkages(&selection, &links),
        Runtime::MicroPython(_) => workspace.micropython_linkages(&selection, &links),
    };
    let linkages = linkages.map_err(usage)?;
    for name in replaced.keys() {
        if !selection.caps.contains_key(name) {
            return Err(usage(format!(
                "a component is given for `{name}`, which is not in this build\nhint: set {}=1",
                switch_name(name)
            )));
        }
        if linkages.folded.contains(name) {
            return Err(usage(format!(
                "a component is given for `{name}`, which is linked as `static`\n\
                 hint: only C can be folded in: link it as `embed` or `dynlink`"
            )));
        }
    }
    components::check(workspace, &replaced, &linkages.providers)?;
    Ok(Recipe {
        runtime,
        selection,
        linkages,
        replaced,
        validate: workspace.profile(&args.profile)?.validate,
        fuse: !args.no_fuse,
        test_modules: false,
    })
}

/// Which Python is to be built, and how. A flag that is for the other one is an error.
fn runtime(workspace: &Workspace, args: &cli::Compose) -> Result<Runtime> {
    match args.runtime {
        cli::Runtime::CPython if args.micropython != cli::MicroPython::default() => Err(usage(
            "-O, --freeze, --manifest and --micropython are for MicroPython\nhint: add --runtime micropython",
        )),
        cli::Runtime::CPython => {
            let authorities = args.ca.as_ref().map(std::path::absolute).transpose()?;
            Ok(Runtime::CPython { snapshot: !args.no_snapshot, authorities })
        }
        cli::Runtime::MicroPython if args.ca.is_some() => {
            Err(usage("--ca is for CPython: MicroPython's `ssl` is given certificates as bytes"))
        }
        cli::Runtime::MicroPython if args.no_snapshot => Err(usage(
            "--no-snapshot is for CPython: MicroPython is never initialized ahead of time",
        )),
        cli::Runtime::MicroPython => {
            let settings = static_mp::settings(workspace.root.as_std_path(), &args.micropython)?;
            Ok(Runtime::MicroPython(settings))
        }
    }
}

/// The one spelling of a cap's name in a linkage: `zlib` of `LINK_ZLIB`.
fn link_name(written: &str) -> String {
    written.strip_prefix("LINK_").unwrap_or(written).to_lowercase().replace('_', "-")
}

/// A file that was put where the user looks for it.
pub struct Installed {
    pub digest: Digest,
    pub bytes: u64,
}

/// Copies `from` to `to` unless it is there already. A reader sees the old file or the new one.
pub fn install(cx: &Context, from: &Path, to: &Path) -> Result<Installed> {
    let digest = cx.digest_of_file(from)?;
    if !to.is_file() || cx.digest_of_file(to)? != digest {
        write_atomic(
            to,
            &fs::read(from).with_context(|| format!("cannot read {}", from.display()))?,
        )?;
    }
    Ok(Installed { digest, bytes: fs::metadata(to)?.len() })
}
