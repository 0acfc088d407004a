//! Caps in Rust: a crate to a static library, which is then linked like a C library of the cap's. Cargo builds a copy of
//! the crate in the step's own folder, with the crates that the lock file names and nothing of the user's settings.

mod compiler;
mod crates;
mod debian;
mod rustc;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use camino::Utf8Path;

pub use compiler::{Compiler, is_there};
pub use crates::{LicensedCrate, licensed_crates, packages};
pub use rustc::{Rustc, TARGET};

use crate::bindings::RUST_RUNTIME;
use crate::graph::{Artifact, Context, Inputs, Step, Work};
use crate::manifest::{Cap, Workspace};
use crates::Crates;

/// The static library of a crate, `lib.a`.
#[derive(Clone, Debug)]
pub struct CargoLibrary {
    name: String,
    /// Where in the copy the crate is.
    folder: String,
    /// The copy: path -> what is there.
    files: Vec<(String, Source)>,
    target_features: Vec<String>,
    crates: Option<Crates>,
    compiler: Compiler,
}

/// Where a file of the crate comes from.
#[derive(Clone, Debug)]
pub enum Source {
    /// The checkout.
    File(PathBuf),
    /// Another step.
    Output(Artifact, PathBuf),
    Text(String),
}

/// The step for a cap's crate.
///
/// Fails where this machine's Rust cannot compile it.
pub fn library(cx: &Context, cap: &Cap) -> Result<CargoLibrary> {
    let target_features = cap.rust.as_ref().map(|rust| rust.target_features.clone());
    let mut files = Vec::new();
    for path in crate_files(cx.root(), &cap.dir)? {
        let name = path.to_str().with_context(|| format!("{} is not UTF-8", path.display()))?;
        files.push((name.to_owned(), Source::File(path.clone())));
    }
    let crates = Crates::of(cx.root(), cap.dir.as_std_path())?;
    let target_features = target_features.unwrap_or_default();
    CargoLibrary::new(cx, &cap.name, cap.dir.as_str(), files, target_features, crates)
}

/// Gets what the caps in Rust need, so that they are built without the network.
pub fn provision(cx: &Context, workspace: &Workspace) -> Result<()> {
    let caps = workspace.caps.iter().filter(|cap| cap.rust.is_some());
    let folders: Vec<_> = caps.map(|cap| cap.dir.as_std_path()).collect();
    if folders.is_empty() {
        return Ok(());
    }
    Compiler::choose(cx)?.provide(cx)?;
    let crates = folders.into_iter().map(|folder| Crates::of(cx.root(), folder));
    let crates: Vec<_> = crates.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect();
    cx.ensure_all(&crates).map(drop)
}

/// What belongs to the crate in a cap's folder: all but what is for others.
fn crate_files(root: &Path, dir: &Utf8Path) -> Result<Vec<PathBuf>> {
    const FOR_OTHERS: &[&str] = &["cap.toml", "target", "tests", "wit"];
    let folder = root.join(dir);
    let mut files = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {dir}"))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if FOR_OTHERS.contains(&name.as_str()) || name.starts_with('.') {
            continue;
        }
        match entry.path().is_dir() {
            true => files.extend(crate::toolchain::walk(&entry.path())?),
            false => files.push(entry.path()),
        }
    }
    // What is generated in C is linked, and not read by cargo.
    let generated = folder.join("gen");
    let is_rust = |file: &Path| file.extension().is_some_and(|extension| extension == "rs");
    files.retain(|file| !file.starts_with(&generated) || is_rust(file));
    files.sort();
    Ok(files.iter().filter_map(|file| Some(file.strip_prefix(root).ok()?.to_owned())).collect())
}

impl CargoLibrary {
    /// A crate in `folder` of a tree of `files`, to which what bindings include is added.
    pub fn new(
        cx: &Context,
        name: &str,
        folder: &str,
        mut files: Vec<(String, Source)>,
        target_features: Vec<String>,
        crates: Option<Crates>,
    ) -> Result<CargoLibrary> {
        let compiler = Compiler::choose(cx)?;
        files.push((RUST_RUNTIME.to_owned(), Source::File(RUST_RUNTIME.into())));
        let (name, folder) = (name.to_owned(), folder.to_owned());
        Ok(CargoLibrary { name, folder, files, target_features, crates, compiler })
    }

    /// Flags of rustc, but for those with paths.
    fn flags(&self) -> impl Iterator<Item = String> {
        self.target_features.iter().map(|feature| format!("-Ctarget-feature=+{feature}"))
    }

    /// Writes the copy of the crate.
    fn stage(&self, cx: &Context, tree: &Path) -> Result<()> {
        for (name, source) in &self.files {
            let to = tree.join(name);
            fs::create_dir_all(to.parent().context("invariant: it is below the tree")?)?;
            let from = match source {
                Source::Text(text) => {
                    fs::write(to, text)?;
                    continue;
                }
                Source::File(path) => cx.root().join(path),
                Source::Output(artifact, path) => artifact.dir.join(path),
            };
            fs::copy(&from, to).with_context(|| format!("cannot copy {}", from.display()))?;
        }
        Ok(())
    }
}

/// What the release profile has for every cap, whatever its Cargo.toml says: one object that is the same everywhere.
const PROFILE: &[(&str, &str)] = &[
    ("CARGO_INCREMENTAL", "0"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1"),
    ("CARGO_PROFILE_RELEASE_DEBUG", "false"),
    ("CARGO_PROFILE_RELEASE_INCREMENTAL", "false"),
    ("CARGO_PROFILE_RELEASE_LTO", "fat"),
    ("CARGO_PROFILE_RELEASE_PANIC", "abort"),
];

impl Step for CargoLibrary {
    const KIND: &'static str = "cargo";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        format!("{} ({TARGET})", self.name)
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        self.compiler.input(cx, inputs)?;
        inputs.text("folder", &self.folder);
        inputs.list("flag", self.flags());
        inputs.list("profile", PROFILE.iter().map(|(name, value)| format!("{name}={value}")));
        for (name, source) in &self.files {
            inputs.text("place", name);
            match source {
                Source::File(path) => inputs.file(&cx.root().join(path))?,
                Source::Output(artifact, path) => {
                    inputs.artifact(&path.display().to_string(), artifact)
                }
                Source::Text(text) => inputs.bytes(name, text),
            }
        }
        if let Some(crates) = &self.crates {
            inputs.artifact("crates", &cx.ensure(crates)?);
        }
        Ok(())
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let rustc = self.compiler.rustc(cx)?;
        let scratch = work.scratch()?;
        let [tree, home, target] = ["tree", "home", "target"].map(|name| scratch.join(name));
        self.stage(cx, &tree)?;
        fs::create_dir(&home)?;
        let mut renamed = vec![(tree.clone(), "/pylon".to_owned()), rustc.sources()];
        renamed.push((target.clone(), "/target".to_owned()));
        if let Some(crates) = &self.crates {
            let crates = cx.ensure(crates)?.dir;
            fs::write(home.join("config.toml"), vendored(&crates)?)?;
            renamed.push((crates, "/crates".to_owned()));
        }
        let renamed = renamed
            .iter()
            .map(|(path, name)| format!("--remap-path-prefix={}={name}", path.display()));
        let flags: Vec<_> = renamed.chain(self.flags()).collect();
        let mut cargo = work
            .process(rustc.cargo())
            // Settings of folders above the working one would be read: there are none above this.
            .current_dir("/")
            .share_jobs()
            .env("CARGO_HOME", &home)
            .env("RUSTC", rustc.rustc())
            .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
        for (name, value) in PROFILE {
            cargo = cargo.env(name, value);
        }
        cargo
            .args(["rustc", "--release", "--lib", "--crate-type", "staticlib", "--target", TARGET])
            .args(["--offline", "--locked", "--color", "never", "--manifest-path"])
            .arg(tree.join(&self.folder).join("Cargo.toml"))
            .arg("--target-dir")
            .arg(&target)
            .run()?;
        let made = only_archive(&target.join(TARGET).join("release"))?;
        fs::copy(made, work.out().join(LIBRARY)).map(drop).context("cannot copy the library")
    }
}

/// Cargo's settings for a build out of what was vendored into a folder.
fn vendored(folder: &Path) -> Result<String> {
    let folder = folder.to_str().with_context(|| format!("{} is not UTF-8", folder.display()))?;
    let folder = toml_edit::Value::from(folder);
    Ok(format!(
        "[source.crates-io]\nreplace-with = \"vendored\"\n\n[source.vendored]\ndirectory = {folder}\n"
    ))
}

/// The file name of every such library.
pub const LIBRARY: &str = "lib.a";

fn only_archive(folder: &Path) -> Result<PathBuf> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut paths = entries.flatten().map(|entry| entry.path());
    paths
        .find(|path| path.extension().is_some_and(|extension| extension == "a"))
        .ok_or_else(|| anyhow!("cargo made no static library"))
}
