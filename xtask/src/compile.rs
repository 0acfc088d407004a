//! C sources to objects and archives for wasm32-wasip1 and -wasip2.

mod depfile;
mod lookups;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::configured::Configured;
use crate::graph::{Artifact, Context, Inputs, Pieces, Step, Work};
use crate::rust::{self, CargoLibrary};
use crate::toolchain::{Target, Toolchain};

/// A file or folder that a compiler reads.
#[derive(Clone, Debug)]
pub enum Place {
    /// Below the checkout.
    Checkout(PathBuf),
    /// Below another step's output; the name stands for the output in what is compiled.
    Output { name: String, artifact: Artifact, path: PathBuf },
}

impl Place {
    pub fn checkout(path: impl Into<PathBuf>) -> Place {
        Place::Checkout(path.into())
    }

    pub fn output(name: &str, artifact: &Artifact, path: impl Into<PathBuf>) -> Place {
        Place::Output { name: name.to_owned(), artifact: artifact.clone(), path: path.into() }
    }

    /// The path for the command line; the compiler runs in the checkout.
    fn argument(&self) -> PathBuf {
        match self {
            Place::Checkout(path) => path.clone(),
            Place::Output { artifact, path, .. } => artifact.dir.join(path),
        }
    }

    /// The path as messages and keys show it.
    fn shown(&self) -> String {
        match self {
            Place::Checkout(path) => path.display().to_string(),
            Place::Output { name, path, .. } => format!("{name}/{}", path.display()),
        }
    }
}

/// One C file to one object, `x.o`.
#[derive(Clone, Debug)]
pub struct Compile {
    pub toolchain: Toolchain,
    pub target: Target,
    pub source: Place,
    /// Include folders, in order. Headers in the checkout become inputs as the compiler reads them.
    pub include: Vec<Place>,
    pub flags: Vec<String>,
}

/// What every object is compiled with: no debug information (it would carry paths), no time of a file, and sections
/// that the linker can leave out one by one.
pub(crate) const COMMON_FLAGS: &[&str] = &[
    "-g0",
    "-ffunction-sections",
    "-fdata-sections",
    "-fno-ident",
    "-fdiagnostics-color=never",
    "-Wno-builtin-macro-redefined",
    "-D__TIMESTAMP__=\"redacted\"",
];

/// For the files of this repository.
pub const OUR_WARNINGS: &[&str] = &["-std=c11", "-Wall", "-Wextra", "-Werror"];

impl Compile {
    fn places(&self) -> impl Iterator<Item = &Place> {
        std::iter::once(&self.source).chain(&self.include)
    }

    /// The source as messages show it.
    pub(crate) fn shown(&self) -> String {
        self.source.shown()
    }

    /// The folders of the checkout in which the compiler looks for what the source includes.
    fn searched<'a>(&'a self, cx: &'a Context) -> impl Iterator<Item = PathBuf> + 'a {
        let folder = |place: &Place| match place {
            Place::Checkout(path) => Some(cx.root().join(path)),
            Place::Output { .. } => None,
        };
        let own = folder(&self.source).and_then(|source| Some(source.parent()?.to_owned()));
        let flags = self.flags.iter().filter_map(|flag| flag.strip_prefix("-I"));
        let flags = flags.map(|path| cx.root().join(path));
        own.into_iter().chain(self.include.iter().filter_map(folder)).chain(flags)
    }

    /// Declares everything that the compiler reads, but for headers of the checkout.
    pub(crate) fn input(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        self.toolchain.input(inputs);
        inputs.text("target", self.target.triple());
        inputs.list(
            "flag",
            COMMON_FLAGS.iter().copied().chain(self.flags.iter().map(String::as_str)),
        );
        for place in self.places() {
            inputs.text("place", place.shown());
            if let Place::Output { name, artifact, .. } = place {
                inputs.artifact(name, artifact);
            }
        }
        for folder in self.searched(cx) {
            inputs.names(&folder)?;
        }
        match &self.source {
            Place::Checkout(path) => inputs.file(&cx.root().join(path)),
            Place::Output { .. } => Ok(()),
        }
    }

    /// Runs the compiler with `mode` (`-c`, `-E`), which says what of the source it writes to `to`. Reports what of
    /// the checkout it read, and what it looked for in vain.
    pub(crate) fn clang(&self, cx: &Context, work: &Work, mode: &[&str], to: &Path) -> Result<()> {
        let depfile = work.scratch()?.join("x.d");
        let mut clang = self
            .toolchain
            .tool(work, "clang")
            .current_dir(cx.root())
            .arg(format!("--target={}", self.target.triple()))
            .arg(format!("--sysroot={}", self.toolchain.sysroot().display()))
            .arg(format!("-ffile-prefix-map={}=sdk", self.toolchain.root().display()))
            .arg(format!("-ffile-prefix-map={}=.", cx.root().display()))
            .args(COMMON_FLAGS)
            .args(&self.flags);
        for place in self.places() {
            if let Place::Output { name, artifact, .. } = place {
                clang = clang.arg(format!("-ffile-prefix-map={}={name}", artifact.dir.display()));
            }
        }
        for place in &self.include {
            // Warnings are for our own headers.
            let flag = if matches!(place, Place::Checkout(_)) { "-I" } else { "-isystem" };
            clang = clang.arg(flag).arg(place.argument());
        }
        // Not -MMD: what a third-party header includes would be missing, such as our configuration of it.
        clang = clang.arg("-MD").arg("-MF").arg(&depfile).args(mode).arg(self.source.argument());
        clang.arg("-o").arg(to).run()?;
        lookups::record(self, cx, work, &depfile)
    }
}

impl Step for Compile {
    const KIND: &'static str = "compile";
    const VERSION: u32 = 3;

    fn label(&self) -> String {
        format!("{} ({})", self.shown(), self.target.triple())
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        self.input(cx, inputs)
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        self.clang(cx, work, &["-c"], &work.out().join("x.o"))
    }
}

/// An archive, `lib<name>.a`.
#[derive(Clone, Debug)]
pub struct Library {
    pub name: String,
    pub content: Content,
}

/// What is in an archive.
#[derive(Clone, Debug)]
pub enum Content {
    /// In this order.
    Objects(Vec<Compile>),
    /// What cargo makes of a crate.
    Crate(CargoLibrary),
    /// What a library's own build system makes.
    Configured(Box<Configured>),
}

impl Step for Library {
    const KIND: &'static str = "archive";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        let target = match &self.content {
            Content::Objects(objects) => objects.first().map(|object| object.target.triple()),
            Content::Crate(_) => Some(rust::TARGET),
            Content::Configured(configured) => Some(configured.target.triple()),
        };
        format!("lib{}.a ({})", self.name, target.unwrap_or("nothing"))
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        inputs.text("name", &self.name);
        match &self.content {
            Content::Objects(objects) => {
                let pieces = Pieces::new(cx.report(), &self.label(), objects.len());
                let ensure = |cx: &Context, object: &Compile| pieces.count(|| cx.ensure(object));
                for (compile, object) in objects.iter().zip(cx.parallel(objects, ensure)?) {
                    compile.toolchain.input(inputs);
                    inputs.artifact(&compile.source.shown(), &object);
                }
            }
            Content::Crate(library) => inputs.artifact("crate", &cx.ensure(library)?),
            Content::Configured(configured) => {
                inputs.artifact("configured", &cx.ensure(&**configured)?);
            }
        }
        Ok(())
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let archive = work.out().join(format!("lib{}.a", self.name));
        let objects = match &self.content {
            Content::Objects(objects) => objects,
            Content::Crate(library) => {
                fs::copy(cx.ensure(library)?.path(rust::LIBRARY), archive)?;
                return Ok(());
            }
            Content::Configured(configured) => {
                fs::copy(cx.ensure(&**configured)?.path(&configured.archive()), archive)?;
                return Ok(());
            }
        };
        let Some(first) = objects.first() else { bail!("there is nothing to put into it") };
        let dir = work.scratch()?;
        // Member names are content: they come from the sources' names, not from where the objects lie.
        let mut members = Vec::new();
        for (compile, object) in objects.iter().zip(cx.ensure_all(objects)?) {
            let member = compile.source.shown().replace('/', "-") + ".o";
            fs::copy(object.path("x.o"), dir.join(&member))?;
            members.push(member);
        }
        let ar = first.toolchain.tool(work, "llvm-ar").current_dir(&dir);
        ar.arg("rcsD").arg(archive).args(members).run()?;
        Ok(())
    }
}

/// The C files of a folder of the checkout, sorted, relative to the checkout. Subfolders are not looked into.
pub fn sources(cx: &Context, folder: impl AsRef<Path>) -> Result<Vec<PathBuf>> {
    let folder = folder.as_ref();
    let read = || -> std::io::Result<Vec<PathBuf>> {
        let entries = fs::read_dir(cx.root().join(folder))?;
        entries.map(|entry| Ok(folder.join(entry?.file_name()))).collect()
    };
    let mut files = read().with_context(|| format!("cannot read {}", folder.display()))?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "c"));
    files.sort();
    Ok(files)
}
