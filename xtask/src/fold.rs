//! The code of a cap, or of an extension, as one object, to be linked into the core module of who calls it.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::compile::{Compile, Library};
use crate::graph::{Context, Inputs, Step, Work};
use crate::toolchain::{Target, Toolchain};
use crate::wasm::localize;

/// `x.o`: a cap's own objects, and what they need of its vendor libraries. Of its names only those of the contract can be
/// seen from outside, as if it were a component. So whom it is linked with may have the same library, in another version, or
/// something else of one name.
#[derive(Clone, Debug)]
pub struct FoldedCap {
    pub name: String,
    pub toolchain: Toolchain,
    pub target: Target,
    pub objects: Vec<Compile>,
    pub libraries: Vec<Library>,
}

/// What wit-bindgen-c has the names of exported functions begin with.
const EXPORTED: &str = "exports_";

const LINK_FLAGS: &[&str] = &["-m", "wasm32", "--relocatable", "--strip-debug"];

impl Step for FoldedCap {
    const KIND: &'static str = "fold";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        format!("{} ({})", self.name, self.target.triple())
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        self.toolchain.input(inputs);
        inputs.list("flag", LINK_FLAGS);
        let (objects, libraries) =
            cx.join(|cx| cx.ensure_all(&self.objects), |cx| cx.ensure_all(&self.libraries))?;
        for (index, artifact) in objects.iter().chain(&libraries).enumerate() {
            inputs.artifact(&index.to_string(), artifact);
        }
        Ok(())
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let mut files = objects(cx, &self.objects)?;
        for (library, archive) in self.libraries.iter().zip(cx.ensure_all(&self.libraries)?) {
            files.push(archive.path(&format!("lib{}.a", library.name)));
        }
        put_together(work, &self.toolchain, files, |name| name.starts_with(EXPORTED))
            .with_context(|| format!("the objects of the cap `{}`, put together", self.name))
    }
}

/// `x.o`: an extension's objects. What it offers its caps to call back cannot be seen from outside, so that another one can
/// offer the same interface, each with functions of its own behind it.
#[derive(Clone, Debug)]
pub struct OfferingExtension {
    pub name: String,
    pub toolchain: Toolchain,
    pub objects: Vec<Compile>,
}

impl Step for OfferingExtension {
    const KIND: &'static str = "fold";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        format!("extension {}", self.name)
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        self.toolchain.input(inputs);
        inputs.list("flag", LINK_FLAGS);
        for (index, artifact) in cx.ensure_all(&self.objects)?.iter().enumerate() {
            inputs.artifact(&index.to_string(), artifact);
        }
        Ok(())
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let files = objects(cx, &self.objects)?;
        put_together(work, &self.toolchain, files, |name| !name.starts_with(EXPORTED))
            .with_context(|| format!("the objects of the extension `{}`, put together", self.name))
    }
}

/// `x.o`: an object of an extension that offers what another one offers, too, which answers for both.
#[derive(Clone, Debug)]
pub struct YieldingObject {
    pub object: Compile,
    /// What the other one answers, by id.
    pub interfaces: Vec<String>,
}

impl Step for YieldingObject {
    const KIND: &'static str = "fold";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        format!("{} without {}", self.object.shown(), self.interfaces.join(", "))
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        inputs.list("interface", &self.interfaces);
        inputs.artifact("object", &cx.ensure(&self.object)?);
        Ok(())
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let object = fs::read(cx.ensure(&self.object)?.path("x.o"))?;
        let names: Vec<_> = self.interfaces.iter().map(|id| names_of(id)).collect();
        let of_them = |name: &str| {
            let name = name.strip_prefix("__wasm_export_").unwrap_or(name);
            names.iter().any(|names| name.starts_with(names))
        };
        let yielding = localize::weaken(&object, of_them)
            .with_context(|| format!("{} cannot yield", self.object.shown()))?;
        Ok(fs::write(work.out().join("x.o"), yielding)?)
    }
}

/// What wit-bindgen-c has the names of an exported interface begin with.
fn names_of(interface: &str) -> String {
    let id = interface.split('@').next().unwrap_or(interface);
    format!("{EXPORTED}{}_", id.replace([':', '/', '-'], "_"))
}

fn objects(cx: &Context, objects: &[Compile]) -> Result<Vec<PathBuf>> {
    Ok(cx.ensure_all(objects)?.iter().map(|object| object.path("x.o")).collect())
}

/// Makes `x.o` of `files`, with the names that are `public` and no others.
fn put_together(
    work: &Work,
    toolchain: &Toolchain,
    files: Vec<PathBuf>,
    public: impl Fn(&str) -> bool,
) -> Result<()> {
    let whole = work.scratch()?.join("whole.o");
    let link = toolchain.tool(work, "wasm-ld").args(LINK_FLAGS).args(files);
    link.arg("-o").arg(&whole).run()?;
    let own = localize::localize(&fs::read(whole)?, public)?;
    Ok(fs::write(work.out().join("x.o"), own)?)
}
