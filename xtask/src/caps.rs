//! The wasm side of a cap: objects and vendor libraries, linked to a core module, encoded as a component that
//! exports the contract.

use std::fs;

use anyhow::{Context as _, Result};

use crate::compile::{self, Compile, Library, Place};
use crate::component::{self, ImportPolicy};
use crate::graph::{Context, Inputs, Step, Work};
use crate::manifest::{Cap, Workspace};
use crate::toolchain::{Target, Toolchain};
use crate::wasm::strip;

/// One cap's component, `<name>.wasm`.
#[derive(Clone, Debug)]
pub struct CapComponent {
    pub name: String,
    toolchain: Toolchain,
    wasi: bool,
    objects: Vec<Compile>,
    libraries: Vec<Library>,
    /// The object that carries the world.
    component_type: Place,
}

/// The steps for a cap's component.
pub fn component(
    cx: &Context,
    toolchain: &Toolchain,
    workspace: &Workspace,
    cap: &Cap,
) -> Result<CapComponent> {
    let code = compile::cap_code(cx, toolchain, workspace, cap, Target::Wasip2)?;
    let object = format!("{}_component_type.o", crate::bindings::stem(&cap.world.name));
    Ok(CapComponent {
        name: cap.name.clone(),
        toolchain: toolchain.clone(),
        wasi: cap.wasi,
        objects: code.objects,
        libraries: code.libraries,
        component_type: Place::checkout(cap.gen_dir.join(object).as_std_path()),
    })
}

const LINK_FLAGS: &[&str] =
    &["-m", "wasm32", "--gc-sections", "--strip-debug", "-O2", "--compress-relocations"];

impl Step for CapComponent {
    const KIND: &'static str = "component";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        format!("{}.wasm", self.name)
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        self.toolchain.input(inputs);
        inputs.text("name", &self.name);
        inputs.text("wasi", self.wasi.to_string());
        inputs.list("flag", LINK_FLAGS);
        let (objects, libraries) =
            cx.join(|cx| cx.ensure_all(&self.objects), |cx| cx.ensure_all(&self.libraries))?;
        for (index, artifact) in objects.iter().chain(&libraries).enumerate() {
            inputs.artifact(&index.to_string(), artifact);
        }
        if let Place::Checkout(path) = &self.component_type {
            inputs.file(&cx.root().join(path))?;
        }
        Ok(())
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let core = work.scratch()?.join("core.wasm");
        let library_dir = self.toolchain.library_dir(Target::Wasip2);
        let mut link = self
            .toolchain
            .tool(work, "wasm-ld")
            .args(LINK_FLAGS)
            // A library: its constructors run when the component is instantiated.
            .arg(library_dir.join("crt1-reactor.o"))
            .args(["--entry", "_initialize"]);
        for object in cx.ensure_all(&self.objects)? {
            link = link.arg(object.path("x.o"));
        }
        if let Place::Checkout(path) = &self.component_type {
            link = link.arg(cx.root().join(path));
        }
        for (library, archive) in self.libraries.iter().zip(cx.ensure_all(&self.libraries)?) {
            link = link.arg(archive.path(&format!("lib{}.a", library.name)));
        }
        link.arg(format!("-L{}", library_dir.display()))
            .args(["-lc", "-lm"])
            .arg(self.toolchain.builtins()?)
            .arg("-o")
            .arg(&core)
            .run()?;
        let policy = ImportPolicy { wasi: self.wasi, also: Vec::new() };
        let encoded = component::encode(&fs::read(core)?, None).with_context(|| {
            format!("the core module of `{}` is no component of its world", self.name)
        })?;
        component::check_imports(&encoded, &policy)
            .with_context(|| format!("cap `{}`", self.name))?;
        let stripped = strip::strip(&encoded, strip::Keep::Nothing)?;
        Ok(fs::write(work.out().join(format!("{}.wasm", self.name)), stripped)?)
    }
}
