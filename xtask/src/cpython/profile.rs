//! libpython as fast as it gets: compiled with a profile, which an interpreter that counts what runs has made
//! ([ADR 0043](../../../docs/adr/0043-a-profile-of-cpython.md)). `runtimes/cpython/profile` has what it runs.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use zip::write::SimpleFileOptions;

use super::libpython::{Code, Libpython};
use super::{Base, RUNTIME, link};
use crate::compile::{Compile, OUR_WARNINGS, Place};
use crate::graph::{Artifact, Context, Inputs, Step, Work};
use crate::scripts::Interpreter;
use crate::toolchain::{Target, Toolchain, walk};

/// Below our glue: the code that counts, and the programs that are counted.
const FOLDER: &str = "profile";

/// The output of [`Profile`].
pub(super) const FILE: &str = "libpython.profdata";

/// libpython of `source` as it is without a profile.
pub(super) fn plain(cx: &Context, toolchain: &Toolchain, source: &Artifact) -> Result<Artifact> {
    let (toolchain, source) = (toolchain.clone(), source.clone());
    cx.ensure(&Libpython { toolchain, source, code: Code::Plain })
}

/// libpython of `source`, profiled. `base` makes the rest of an interpreter of a libpython.
pub(super) fn libpython(
    cx: &Context,
    toolchain: &Toolchain,
    source: &Artifact,
    base: impl Fn(Artifact) -> Base,
) -> Result<Artifact> {
    let of = |code: Code| {
        let (toolchain, source) = (toolchain.clone(), source.clone());
        cx.ensure(&Libpython { toolchain, source, code })
    };
    let counting = of(Code::Counting { runtime: cx.ensure(&runtime(toolchain))? })?;
    let base = base(counting.clone());
    let program = cx.ensure(&link::with_glue(cx, &base, "counting", FOLDER)?)?;
    let interpreter = Interpreter { program, source: source.clone() };
    let profile = cx.ensure(&Profile { interpreter })?;
    of(Code::Profiled { profile, configured: counting })
}

/// What code that counts calls, for programs that are linked before there is a libpython.
fn runtime(toolchain: &Toolchain) -> Compile {
    Compile {
        toolchain: toolchain.clone(),
        target: Target::Wasip2,
        source: Place::checkout(format!("{RUNTIME}/{FOLDER}/counting.c")),
        include: Vec::new(),
        flags: OUR_WARNINGS.iter().chain(&["-O2"]).map(|flag| flag.to_string()).collect(),
    }
}

/// What was counted while the training ran, [`FILE`].
#[derive(Clone, Debug)]
struct Profile {
    interpreter: Interpreter,
}

impl Step for Profile {
    const KIND: &'static str = "profile";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        "libpython".to_owned()
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        self.interpreter.input(inputs);
        let mut files: Vec<PathBuf> = walk(&cx.root().join(RUNTIME).join(FOLDER))?;
        files.retain(|file| file.extension().is_some_and(|extension| extension == "py"));
        files.sort();
        files.iter().try_for_each(|file| inputs.file(file))
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let library = self.interpreter.source.path("Lib");
        let folder = work.scratch()?.join("training");
        fs::create_dir_all(&folder)?;
        pack(&[&library, &cx.root().join(RUNTIME).join(FOLDER)], &folder.join("training.zip"))?;
        let mut scripts = self.interpreter.start_without_library(cx, work)?;
        scripts.mount(&folder, "/training");
        scripts.mount(&library, "/sources");
        scripts.set("PYTHONPATH", "/training/training.zip");
        let said = scripts.run("-Pm", &["train", &format!("/out/{FILE}")])?;
        work.log(&said);
        Ok(())
    }
}

/// Folders of the library that no training imports from.
const LEFT_OUT: &[&str] = &["test", "idlelib", "ensurepip", "tkinter", "turtledemo"];

/// All modules below the folders as one archive. A file system lists a folder in an order of its own, which has a part in where
/// objects lie in memory, and so in what is counted: an archive has one order.
fn pack(folders: &[&Path], to: &Path) -> Result<()> {
    let mut modules = BTreeMap::new();
    for folder in folders {
        for file in walk(folder)? {
            let name = file.strip_prefix(folder)?.to_str().context("a name is not UTF-8")?;
            let left_out = LEFT_OUT.iter().any(|first| name.split('/').next() == Some(first));
            if name.ends_with(".py") && !left_out {
                modules.insert(name.to_owned(), file.clone());
            }
        }
    }
    let mut archive = zip::ZipWriter::new(fs::File::create(to)?);
    let options = SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Stored)
        .last_modified_time(zip::DateTime::default());
    for (name, file) in modules {
        archive.start_file(name, options)?;
        archive.write_all(&fs::read(file)?)?;
    }
    archive.finish()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_has_modules_in_the_order_of_their_names_whatever_was_written_first() {
        let packed = |names: &[&str]| {
            let dir = tempfile::tempdir().unwrap();
            for name in names {
                let file = dir.path().join("lib").join(name);
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, name).unwrap();
            }
            let to = dir.path().join("a.zip");
            pack(&[&dir.path().join("lib")], &to).unwrap();
            fs::read(to).unwrap()
        };
        let one = packed(&["b.py", "a/c.py", "test/x.py", "a/data.txt"]);
        assert_eq!(one, packed(&["a/data.txt", "a/c.py", "b.py"]));
        let archive = zip::ZipArchive::new(std::io::Cursor::new(one)).unwrap();
        let names = archive.file_names().map(|name| name.unwrap().into_owned());
        assert_eq!(names.collect::<Vec<_>>(), ["a/c.py", "b.py"]);
    }
}
