//! A library by a build system of its own: a script that configures, and `make`, in a copy of the sources.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use fs_err as fs;

use crate::compile::COMMON_FLAGS;
use crate::graph::{Artifact, Context, Inputs, Process, Step, Work, quote};
use crate::manifest::{BuildFlags, Configure, VendorRecipe};
use crate::plain_names::{self, PlainNames};
use crate::sources::copy_tree;
use crate::toolchain::{Target, Toolchain, walk};

/// The compiler as build systems are told of it: by a name that is the same everywhere, since some compile in how they were
/// called.
const COMPILER: &str = "pylon-cc";

/// `lib<name>.a`, all archives in one, and the headers of the include folders.
///
/// Only what is made after `prepare` is kept when a build is interrupted: the compiler and the archiver give a file its
/// name when it is whole, scripts that print one do not.
#[derive(Clone, Debug)]
pub struct Configured {
    pub name: String,
    pub target: Target,
    pub include: Vec<PathBuf>,
    toolchain: Toolchain,
    source: Artifact,
    root: PathBuf,
    /// Of the checkout.
    dir: PathBuf,
    configure: Configure,
    /// What the build system is told to compile with.
    flags: Vec<String>,
}

impl Configured {
    pub fn of(
        toolchain: &Toolchain,
        recipe: &VendorRecipe,
        configure: &Configure,
        builds: &[&BuildFlags],
        target: Target,
        source: &Artifact,
    ) -> Configured {
        let defines = builds.iter().flat_map(|build| &build.defines);
        let flags = builds.iter().flat_map(|build| &build.flags);
        let include = builds.iter().flat_map(|build| &build.include);
        Configured {
            name: recipe.name.clone(),
            target,
            include: include.map(|path| path.as_std_path().to_owned()).collect(),
            toolchain: toolchain.clone(),
            source: source.clone(),
            root: recipe.source_root.as_std_path().to_owned(),
            dir: recipe.dir.as_std_path().to_owned(),
            configure: configure.clone(),
            flags: flags.cloned().chain(defines.map(|define| format!("-D{define}"))).collect(),
        }
    }

    /// The archive in the output.
    pub fn archive(&self) -> String {
        format!("lib{}.a", self.name)
    }
}

impl Step for Configured {
    const KIND: &'static str = "configure";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        format!("{} ({})", self.name, self.target.triple())
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        let Configure { interpreter, script, arguments, files, prepare, targets, archives } =
            &self.configure;
        self.toolchain.input(inputs);
        inputs.artifact("source", &self.source);
        inputs.text("root", self.root.display().to_string());
        inputs.text("target", self.target.triple());
        inputs.text("script", format!("{interpreter} {script}"));
        inputs.list("argument", arguments);
        inputs.list("prepare", prepare);
        inputs.list("make", targets);
        inputs.list("archive", archives.iter().map(|path| path.as_str()));
        inputs.list("include", self.include.iter().map(|path| path.display().to_string()));
        inputs.list(
            "flag",
            COMMON_FLAGS.iter().copied().chain(self.flags.iter().map(String::as_str)),
        );
        files.iter().try_for_each(|file| inputs.file(&cx.root().join(&self.dir).join(file)))
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let folder = work.resumed()?;
        let names = PlainNames::new()?;
        // Neither scripts nor make quote paths. What such a name gets into is not there for another run.
        let plain = plain_names::is_plain(&folder);
        let folder = if plain { folder } else { names.link("build", &folder)? };
        let tools = names.link("tools", &work.scratch()?)?;
        self.write_compiler(&tools.join(COMPILER), &folder)?;
        let build = Build { tools, sources: folder.join("src") };
        let prepared = folder.join("prepared");
        if !plain || !prepared.is_file() {
            self.prepare(cx, work, &build)?;
            fs::write(&prepared, "")?;
        }
        self.compile(work, &build)?;
        self.collect(work, &build)?;
        let foreign = [&folder, &fs::canonicalize(&folder)?, self.toolchain.root(), cx.root()];
        no_traces(work.out(), &foreign.map(Path::to_owned))
    }
}

/// Where a build happens.
struct Build {
    tools: PathBuf,
    sources: PathBuf,
}

impl Configured {
    /// The sources, configured, with all that is made before anything is compiled.
    fn prepare(&self, cx: &Context, work: &Work, build: &Build) -> Result<()> {
        if build.sources.exists() {
            fs::remove_dir_all(&build.sources)?;
        }
        copy_tree(&self.source.dir.join(&self.root), &build.sources)?;
        for file in &self.configure.files {
            let name = file.file_name().expect("invariant: the path of a file");
            fs::copy(cx.root().join(&self.dir).join(file), build.sources.join(name))?;
        }
        let interpreter = self.configure.interpreter;
        ensure!(
            on_path(interpreter),
            "{interpreter} is not found, which configures {}\nhint: install it; `cargo xtask doctor` says what else is missing",
            self.name
        );
        self.process(work, build, Path::new(interpreter))
            .arg(&self.configure.script)
            .args(&self.configure.arguments)
            .watch(|_| {})?;
        if self.configure.prepare.is_empty() {
            return Ok(());
        }
        self.make(work, build).args(&self.configure.prepare).watch(|_| {})
    }

    fn compile(&self, work: &Work, build: &Build) -> Result<()> {
        let left = self.make(work, build).arg("-n").args(&self.configure.targets).quiet().run()?;
        let left = left.lines().filter(|line| compiles(line)).count();
        let mut done = 0;
        self.make(work, build).share_jobs().args(&self.configure.targets).watch(|line| {
            if compiles(line) {
                done += 1;
                work.progress(done, left);
            }
        })
    }

    fn collect(&self, work: &Work, build: &Build) -> Result<()> {
        let archives = self.configure.archives.iter();
        let archives: Vec<_> = archives.map(|path| build.sources.join(path)).collect();
        for archive in &archives {
            ensure!(archive.is_file(), "make made no {}", archive.display());
        }
        // Not replaced but added: two members may have one name.
        let ar = self.toolchain.tool(work, "llvm-ar").arg("qcsDL");
        ar.arg(work.out().join(self.archive())).args(archives).run()?;
        for folder in &self.include {
            let from = build.sources.join(folder);
            for file in walk(&from)
                .with_context(|| format!("there is no include folder of {}", self.name))?
            {
                if file.extension().is_some_and(|extension| extension == "h") {
                    let to = work.out().join(file.strip_prefix(&build.sources)?);
                    fs::create_dir_all(to.parent().expect("invariant: a file is in a folder"))?;
                    fs::copy(file, to)?;
                }
            }
        }
        Ok(())
    }

    fn process<'a>(&self, work: &'a Work<'_>, build: &Build, program: &Path) -> Process<'a> {
        let path = std::env::var("PATH").unwrap_or_default();
        let sdk = self.toolchain.root().join("bin");
        let process = work.process(program).current_dir(&build.sources);
        self.toolchain
            .environment(process)
            .env("PWD", &build.sources)
            .env("PATH", format!("{}:{}:{path}", build.tools.display(), sdk.display()))
            .env("CC", COMPILER)
            .env("AR", "llvm-ar")
            .env("RANLIB", "llvm-ranlib")
            .env("CFLAGS", self.flags.join(" "))
    }

    fn make<'a>(&self, work: &'a Work<'_>, build: &Build) -> Process<'a> {
        self.process(work, build, &self.toolchain.make())
    }

    /// A script that is the cross compiler, with what every object is compiled with.
    fn write_compiler(&self, path: &Path, folder: &Path) -> Result<()> {
        let sdk = self.toolchain.root();
        let mut words = vec![
            sdk.join("bin/clang").display().to_string(),
            format!("--target={}", self.target.triple()),
            format!("--sysroot={}", self.toolchain.sysroot().display()),
            format!("-ffile-prefix-map={}=sdk", sdk.display()),
            format!("-ffile-prefix-map={}=.", folder.join("src").display()),
        ];
        words.extend(COMMON_FLAGS.iter().map(|flag| flag.to_string()));
        let words: Vec<_> = words.iter().map(|word| quote(word.as_ref())).collect();
        fs::write(path, format!("#!/bin/sh\nexec {} \"$@\"\n", words.join(" ")))?;
        Ok(fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))?)
    }
}

/// Whether a line of `make` has the compiler make an object.
fn compiles(line: &str) -> bool {
    let words: Vec<_> = line.split_whitespace().collect();
    words.contains(&COMPILER) && words.contains(&"-c")
}

/// Whether `program` can be run.
pub fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Fails if a file below `out` has the name of one of `folders` in it: elsewhere it would be another file.
fn no_traces(out: &Path, folders: &[PathBuf]) -> Result<()> {
    let folders: BTreeSet<_> = folders.iter().map(|folder| folder.as_os_str()).collect();
    for file in walk(out)? {
        let content = fs::read(&file)?;
        for folder in &folders {
            let name = folder.as_encoded_bytes();
            if content.windows(name.len()).any(|window| window == name) {
                bail!(
                    "{} has the name of a folder of this machine in it, {}\n\
                     hint: an option of its build system may leave it out, or `-ffile-prefix-map` in `flags`",
                    file.strip_prefix(out).unwrap_or(&file).display(),
                    folder.display()
                );
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
