//! libpython, our glue and the extensions to one core module; its snapshot; its component.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::{Base, Linking, RUNTIME, START_ORDER, function_types, libpython};
use crate::bindings::stem;
use crate::compile::{Compile, Place};
use crate::component;
use crate::fold::{FoldedCap, OfferingExtension, YieldingObject};
use crate::graph::{Artifact, Context, Inputs, Step, Work};
use crate::libc;
use crate::link_code;
use crate::manifest::Linkage;
use crate::manifest::extension::Module;
use crate::report::Linked;
use crate::toolchain::Target;
use crate::wasm::{link_map, order, snapshot, strip};

/// Everything that is linked into one interpreter.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    /// `python`, `bootstrap` or `counting`, as the reporter calls it.
    pub name: &'static str,
    pub base: Base,
    pub objects: Vec<Compile>,
    /// Caps that are linked into the interpreter.
    pub folded: Vec<FoldedCap>,
    /// Extensions that offer what another one offers, too.
    pub offering: Vec<OfferingExtension>,
    /// Objects of extensions for which another one answers some interfaces, too.
    pub yielding: Vec<YieldingObject>,
    /// Objects of the checkout that carry worlds.
    pub component_types: Vec<PathBuf>,
}

/// Functions of CPython that our glue (`unpack.c`) stands in for.
const WRAPPED: &[&str] = &["PyMarshal_ReadObjectFromString"];

/// The libraries of wasi-libc that CPython needs.
const LIBRARIES: &[&str] = &[
    "-ldl",
    "-lwasi-emulated-signal",
    "-lwasi-emulated-getpid",
    "-lwasi-emulated-process-clocks",
    "-lm",
    "-lc",
];

const LINK_FLAGS: &[&str] = &[
    "-m",
    "wasm32",
    "--no-entry",
    "--stack-first",
    "--strip-debug",
    "--gc-sections",
    "-O2",
    "--compress-relocations",
];

/// How an object begins that is optimized when it is linked.
const BITCODE: &[u8] = b"BC\xc0\xde";

const STACK_SIZE: u32 = 8 << 20;
const INITIAL_MEMORY: u32 = 20 << 20;

/// The core module, `core.wasm`, and what each source brought to it, [`SIZES`].
#[derive(Clone, Debug)]
struct Core(Parts);

impl Step for Core {
    const KIND: &'static str = "link";
    const VERSION: u32 = 4;

    fn label(&self) -> String {
        format!("{} core module", self.0.name)
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        self.0.base.toolchain.input(inputs);
        inputs.artifact("libpython", &self.0.base.libpython);
        inputs.list("flag", LINK_FLAGS);
        inputs.list("wrap", WRAPPED);
        inputs.list("wrap of libc", libc::wraps());
        inputs.list("library", LIBRARIES);
        inputs.list("memory", [STACK_SIZE.to_string(), INITIAL_MEMORY.to_string()]);
        for (compile, object) in self.0.objects.iter().zip(cx.ensure_all(&self.0.objects)?) {
            inputs.artifact(&compile.label(), &object);
        }
        for (cap, object) in self.0.folded.iter().zip(cx.ensure_all(&self.0.folded)?) {
            inputs.artifact(&cap.label(), &object);
        }
        for (extension, object) in self.0.offering.iter().zip(cx.ensure_all(&self.0.offering)?) {
            inputs.artifact(&extension.label(), &object);
        }
        for (yielding, object) in self.0.yielding.iter().zip(cx.ensure_all(&self.0.yielding)?) {
            inputs.artifact(&yielding.label(), &object);
        }
        let lz4 = &self.0.base.lz4.library;
        inputs.artifact(&lz4.label(), &cx.ensure(lz4)?);
        self.0.component_types.iter().try_for_each(|path| inputs.file(&cx.root().join(path)))
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let Base { toolchain, libpython, lz4, .. } = &self.0.base;
        self.check_function_types(cx)?;
        let map = work.scratch()?.join("link.map");
        let mut link = toolchain
            .tool(work, "wasm-ld")
            .args(LINK_FLAGS)
            .args(["-z", &format!("stack-size={STACK_SIZE}")])
            .arg(format!("--initial-memory={INITIAL_MEMORY}"))
            .args(WRAPPED.iter().map(|name| format!("--wrap={name}")))
            .args(libc::wraps())
            .arg(format!("-L{}", toolchain.library_dir(Target::Wasip2).display()));
        let folded = cx.ensure_all(&self.0.folded)?;
        let offering = cx.ensure_all(&self.0.offering)?;
        let yielding = cx.ensure_all(&self.0.yielding)?;
        let objects = cx.ensure_all(&self.0.objects)?;
        for object in objects.iter().chain(&folded).chain(&offering).chain(&yielding) {
            link = link.arg(object.path("x.o"));
        }
        link = link.args(self.0.component_types.iter().map(|path| cx.root().join(path)));
        link.arg(cx.ensure(&lz4.library)?.path(&format!("lib{}.a", lz4.library.name)))
            .args(libpython::ARCHIVES.iter().map(|name| libpython.path("lib").join(name)))
            .args(LIBRARIES)
            .arg(toolchain.builtins()?)
            .arg(format!("-soname={}", self.0.name))
            .arg(format!("-Map={}", map.display()))
            .arg("-o")
            .arg(work.out().join("core.wasm"))
            .run()?;
        let sizes = self.sizes_by_source(cx, &fs::read_to_string(map)?)?;
        Ok(fs::write(work.out().join(SIZES), serde_json::to_vec(&sizes)?)?)
    }
}

/// A file of [`Linked`] in JSON.
const SIZES: &str = "sizes.json";

impl Core {
    /// The linker's map, with names that do not depend on where the files are.
    fn sizes_by_source(&self, cx: &Context, map: &str) -> Result<Linked> {
        let mut names = BTreeMap::new();
        for (compile, object) in self.0.objects.iter().zip(cx.ensure_all(&self.0.objects)?) {
            names.insert(object.path("x.o").display().to_string(), compile.shown());
        }
        for (cap, object) in self.0.folded.iter().zip(cx.ensure_all(&self.0.folded)?) {
            names.insert(object.path("x.o").display().to_string(), cap.label());
        }
        for (extension, object) in self.0.offering.iter().zip(cx.ensure_all(&self.0.offering)?) {
            names.insert(object.path("x.o").display().to_string(), extension.label());
        }
        for (yielding, object) in self.0.yielding.iter().zip(cx.ensure_all(&self.0.yielding)?) {
            names.insert(object.path("x.o").display().to_string(), yielding.object.shown());
        }
        let source = |object: &str| {
            let file = object.rsplit_once('/').map_or(object, |(_, file)| file);
            let member = file.strip_suffix(')').and_then(|file| file.split_once('('));
            match (names.get(object), member) {
                (Some(name), _) => name.clone(),
                (None, Some((archive, member))) => format!("{member} of {archive}"),
                (None, None) => file.to_owned(),
            }
        };
        let entries = link_map::entries(map)?;
        let sums = link_map::sums(&entries, |entry| Some((entry.place, source(entry.object))));
        Ok(sums.into_iter().map(|((place, source), bytes)| (place, source, bytes)).collect())
    }

    /// Every object that has tables for Python: ours, the extensions' and libpython's.
    fn check_function_types(&self, cx: &Context) -> Result<()> {
        let offering = self.0.offering.iter().flat_map(|extension| &extension.objects);
        let yielding = self.0.yielding.iter().map(|yielding| &yielding.object);
        for compile in self.0.objects.iter().chain(offering).chain(yielding) {
            // Code between the sides of a link is bitcode (`link_code.rs`). It has no tables for Python.
            let object = fs::read(cx.ensure(compile)?.path("x.o"))?;
            if !object.starts_with(BITCODE) {
                function_types::check(&compile.shown(), &object)?;
            }
        }
        let archive = fs::read(self.0.base.libpython.path("lib").join(libpython::ARCHIVES[0]))?;
        function_types::check_libpython("libpython", &archive)
    }
}

/// The core module with an initialized interpreter in its memory.
#[derive(Clone, Debug)]
struct Snapshot(Core);

impl Step for Snapshot {
    const KIND: &'static str = "snapshot";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        format!("{} core module", self.0.0.name)
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        inputs.artifact("core", &cx.ensure(&self.0)?);
        Ok(())
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let core = fs::read(cx.ensure(&self.0)?.path("core.wasm"))?;
        let baked = snapshot::snapshot(&core, "pylon-preinit")
            .context("cannot initialize CPython ahead of time")?;
        Ok(fs::write(work.out().join("core.wasm"), baked)?)
    }
}

/// CPython with its extensions as a component, `python.wasm`. It imports WASI and the contracts of the extensions.
#[derive(Clone, Debug)]
pub struct PythonComponent {
    core: Core,
    snapshot: bool,
}

impl PythonComponent {
    pub(super) fn new(parts: Parts, snapshot: bool) -> PythonComponent {
        PythonComponent { core: Core(parts), snapshot }
    }

    /// What each source brought to the core module.
    pub fn linked(&self, cx: &Context) -> Result<Linked> {
        let sizes = fs::read(cx.ensure_files(&self.core)?.path(SIZES))?;
        Ok(serde_json::from_slice(&sizes)?)
    }

    /// Of CPython.
    pub fn version(&self) -> &str {
        &self.core.0.base.version
    }

    fn module(&self, cx: &Context) -> Result<Artifact> {
        if self.snapshot { cx.ensure(&Snapshot(self.core.clone())) } else { cx.ensure(&self.core) }
    }
}

impl Step for PythonComponent {
    const KIND: &'static str = "component";
    const VERSION: u32 = 2;

    fn label(&self) -> String {
        format!("{}.wasm", self.core.0.name)
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        if self.snapshot {
            inputs.file(&cx.root().join(START_ORDER))?;
        }
        inputs.artifact("core", &self.module(cx)?);
        Ok(())
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let mut core = fs::read(self.module(cx)?.path("core.wasm"))?;
        if self.snapshot {
            let list = fs::read_to_string(cx.root().join(START_ORDER))?;
            let names = list.lines().filter(|line| !line.starts_with('#'));
            core = order::first(&core, &names.collect::<Vec<_>>())?;
        }
        let encoded = component::encode(&core, None)?;
        Ok(fs::write(
            work.out().join("python.wasm"),
            strip::strip(&encoded, strip::Keep::FunctionNames)?,
        )?)
    }
}

/// An interpreter without frozen modules or extensions, which compiles those of all others.
pub(super) fn bootstrap(cx: &Context, base: &Base) -> Result<PythonComponent> {
    with_glue(cx, base, "bootstrap", "bootstrap")
}

/// One without frozen modules, with the tables and modules in a `folder` of our glue.
pub(super) fn with_glue(
    cx: &Context,
    base: &Base,
    name: &'static str,
    folder: &str,
) -> Result<PythonComponent> {
    let mut parts = base.program(cx, name)?;
    parts.objects.extend(base.glue(cx, folder)?);
    Ok(PythonComponent::new(parts, false))
}

/// A file with the given text.
#[derive(Clone, Debug)]
struct Generated {
    name: &'static str,
    text: String,
}

impl Step for Generated {
    const KIND: &'static str = "generate";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        self.name.to_owned()
    }

    fn inputs(&self, _: &Context, inputs: &mut Inputs) -> Result<()> {
        inputs.text("name", self.name);
        inputs.bytes("text", &self.text);
        Ok(())
    }

    fn run(&self, _: &Context, work: &Work) -> Result<()> {
        Ok(fs::write(work.out().join(self.name), &self.text)?)
    }
}

/// What `pylon.resolve` is made of (`cpython-ext/common/linker_python.c`), where there is a linker.
const LINKER_MODULE: &str = "_pylon_linker";

/// The table of the extensions' init functions, and of `tests`, modules of CPython's. Where caps are resolved at run time, that
/// happens first.
pub(super) fn inittab(
    cx: &Context,
    base: &Base,
    linking: &Linking,
    tests: &[&str],
) -> Result<Compile> {
    let mut text = "#include \"pylon.h\"\n#include \"link_python.h\"\n\n".to_owned();
    let mut table = String::new();
    if linking.linkages.linker {
        text += &format!("PyMODINIT_FUNC PyInit_{LINKER_MODULE}(void);\n");
        table += &format!("    {{\"{LINKER_MODULE}\", PyInit_{LINKER_MODULE}}},\n");
    }
    let mut silent = String::new();
    for extension in &linking.extensions {
        let Some(Module { name, calls_nothing, .. }) = &extension.module else { continue };
        text += &format!("PyMODINIT_FUNC PyInit_{name}(void);\n");
        if linking.linkages.mode(extension) == Linkage::Dynlink {
            text += &opening_init(name, &stem(&format!("{}-import", extension.name)));
            table += &format!("    {{\"{name}\", open_{name}}},\n");
        } else {
            table += &format!("    {{\"{name}\", PyInit_{name}}},\n");
            if *calls_nothing {
                let provided = extension.provides.iter().map(|provides| provides.module.as_str());
                let names: BTreeSet<_> = provided.chain([name.as_str()]).collect();
                silent.extend(names.iter().map(|name| format!("\"{name}\", ")));
            }
        }
    }
    for name in tests {
        text += &format!("PyMODINIT_FUNC PyInit_{name}(void);\n");
        table += &format!("    {{\"{name}\", PyInit_{name}}},\n");
    }
    text += &format!("\nstruct _inittab pylon_extensions[] = {{\n{table}    {{0, 0}},\n}};\n");
    text += &format!("const char *const pylon_silent[] = {{{silent}0}};\n");
    let artifact = cx.ensure(&Generated { name: "extensions.c", text })?;
    let source = Place::output("generated", &artifact, "extensions.c");
    let include =
        vec![Place::checkout(format!("{RUNTIME}/src")), Place::checkout(link_code::CONSUMER)];
    Ok(base.compile(source, include, &["-std=c11"]))
}

/// An init function that first resolves what the shims of `world` call, so that it is `import` that fails.
fn opening_init(module: &str, world: &str) -> String {
    format!(
        "bool {world}_open(struct link_error *error);\n\
         static PyObject *\n\
         open_{module}(void)\n\
         {{\n    \
             struct link_error error;\n    \
             if (!{world}_open(&error))\n        \
                 return link_raise_import_error(\"{module}\", &error);\n    \
             return PyInit_{module}();\n\
         }}\n"
    )
}
