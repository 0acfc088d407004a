//! mpy-cross, MicroPython's own compiler to byte code, as a component that composectl runs: no compiler of the host has
//! a part in what is frozen. It is built as the image is, of the same tree, by its own `mpconfigport.h`.

use std::fs;

use anyhow::{Context as _, Result};

use super::pin::Sources;
use super::{Base, RUNTIME, Settings, headers};
use crate::compile::Compile;
use crate::component;
use crate::graph::{Context, Inputs, Step, Work};
use crate::scripts::Interpreter;
use crate::toolchain::{Target, Toolchain};
use crate::wasm::{flat, spill_roots, strip};

/// mpy-cross, `mpy-cross.wasm`.
#[derive(Clone, Debug)]
pub(super) struct MpyCross {
    toolchain: Toolchain,
    objects: Vec<Compile>,
}

/// Its files beside those of `py/`.
const FILES: &[&str] =
    &["mpy-cross/main.c", "mpy-cross/gccollect.c", "shared/runtime/gchelper_generic.c"];

const LINK_FLAGS: &[&str] =
    &["-m", "wasm32", "--gc-sections", "--strip-debug", "--stack-first", "-O2"];

const STACK_SIZE: u32 = 1 << 20;

const LIBRARIES: &[&str] = &["-lsetjmp", "-lm", "-lc"];

/// It collects when its heap is full, as MicroPython does.
const ROOTS: spill_roots::Options =
    spill_roots::Options { collector: "gc_collect", stack_check: None };

/// The step that makes mpy-cross of the tree of `image`.
pub(super) fn mpy_cross(cx: &Context, image: &Base, python: &Interpreter) -> Result<MpyCross> {
    let core = image.sources.files.iter().filter(|file| file.starts_with("py/"));
    let files = core.cloned().chain(FILES.iter().map(|file| file.to_string())).collect();
    let flags = vec!["-std=gnu11".to_owned()];
    let base = Base {
        target: Target::Wasip2,
        port: format!("{RUNTIME}/mpy-cross"),
        sources: Sources { files, flags, speed: Vec::new() },
        settings: Settings { level: "s".to_owned(), ..image.settings.clone() },
        ..image.clone()
    };
    let mut objects: Vec<Compile> =
        base.sources.files.iter().map(|file| base.upstream(file)).collect();
    headers::add(cx, &base, python, &mut objects.iter_mut().collect::<Vec<_>>())?;
    Ok(MpyCross { toolchain: base.toolchain, objects })
}

impl Step for MpyCross {
    const KIND: &'static str = "component";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        "mpy-cross.wasm".to_owned()
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        self.toolchain.input(inputs);
        inputs.list("flag", LINK_FLAGS);
        inputs.list("library", LIBRARIES);
        inputs.text("stack", STACK_SIZE.to_string());
        inputs.text("roots", format!("{ROOTS:?}"));
        for (compile, object) in self.objects.iter().zip(cx.ensure_all(&self.objects)?) {
            inputs.artifact(&compile.label(), &object);
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
            .args(["-z", &format!("stack-size={STACK_SIZE}")])
            .arg(library_dir.join("crt1-command.o"));
        for object in cx.ensure_all(&self.objects)? {
            link = link.arg(object.path("x.o"));
        }
        link.arg(format!("-L{}", library_dir.display()))
            .args(LIBRARIES)
            .arg(self.toolchain.builtins()?)
            .arg("-o")
            .arg(&core)
            .run()?;
        // wasmtime has no setjmp as LLVM makes it, and the collector does not see what lies in wasm locals.
        let options = flat::Options { declared: flat::Declared::default(), roots: Some(ROOTS) };
        let (core, report) = flat::prepare(&fs::read(core)?, &options)?;
        work.log(&format!("{report:?}"));
        let encoded = component::encode(&core, None).context("mpy-cross is no component")?;
        let stripped = strip::strip(&encoded, strip::Keep::Nothing)?;
        Ok(fs::write(work.out().join("mpy-cross.wasm"), stripped)?)
    }
}
