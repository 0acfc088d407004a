//! A cap's code as one object, to be linked into the core module of who calls it.

use std::fs;

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
        let whole = work.scratch()?.join("whole.o");
        let mut link = self.toolchain.tool(work, "wasm-ld").args(LINK_FLAGS);
        for object in cx.ensure_all(&self.objects)? {
            link = link.arg(object.path("x.o"));
        }
        for (library, archive) in self.libraries.iter().zip(cx.ensure_all(&self.libraries)?) {
            link = link.arg(archive.path(&format!("lib{}.a", library.name)));
        }
        link.arg("-o").arg(&whole).run()?;
        let own = localize::localize(&fs::read(whole)?, |name| name.starts_with(EXPORTED))
            .with_context(|| format!("the objects of the cap `{}`, put together", self.name))?;
        Ok(fs::write(work.out().join("x.o"), own)?)
    }
}
