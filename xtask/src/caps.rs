//! The wasm side of a cap: objects and vendor libraries, linked to a core module, encoded as a component that
//! exports the contract.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use camino::Utf8PathBuf;

use crate::bindings::stem;
use crate::compile::{Compile, Content, Library, OUR_WARNINGS, Place};
use crate::component::{self, ImportPolicy};
use crate::cxx::{self, Cxx};
use crate::extracted;
use crate::fold::FoldedCap;
use crate::graph::{Artifact, Context, Inputs, Step, Work};
use crate::libc;
use crate::link_code;
use crate::manifest::{CONSUMER, Cap, Language, Wasi, Workspace, is_cxx, is_host_interface};
use crate::rust;
use crate::toolchain::{Target, Toolchain};
use crate::vendored::vendored;
use crate::wasm::{inspect, shuffles, snapshot, strip};

/// One cap's component, `<name>.wasm`, or its provider.
#[derive(Clone, Debug)]
pub struct CapComponent {
    pub name: String,
    toolchain: Toolchain,
    wasi: Wasi,
    /// What its world imports.
    contracts: Vec<String>,
    objects: Vec<Compile>,
    libraries: Vec<Library>,
    /// The objects that carry its worlds.
    component_types: Vec<Place>,
    /// Of the linker, besides those of all caps.
    flags: Vec<String>,
    names: Names,
}

/// Whether a component tells what its functions are called. Names in C++ take more room than the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Names {
    Kept,
    LeftOut,
}

/// The steps for a cap's component.
pub fn component(
    cx: &Context,
    toolchain: &Toolchain,
    workspace: &Workspace,
    cap: &Cap,
) -> Result<CapComponent> {
    let code = cap_code(cx, toolchain, workspace, cap, Target::Wasip2, Face::Contract)?;
    let object = format!("{}_component_type.o", stem(&cap.world.name));
    Ok(CapComponent {
        name: cap.name.clone(),
        toolchain: toolchain.clone(),
        wasi: cap.wasi.clone(),
        contracts: contracts(cap),
        objects: code.objects,
        libraries: code.libraries,
        component_types: vec![Place::checkout(cap.gen_dir.join(object).as_std_path())],
        flags: flags(cap),
        names: code.names,
    })
}

/// The steps for a cap's provider, `<name>.provider.wasm`: the same code behind `compose:dynlink/endpoint`.
pub fn provider(
    cx: &Context,
    toolchain: &Toolchain,
    workspace: &Workspace,
    cap: &Cap,
) -> Result<CapComponent> {
    let code = cap_code(cx, toolchain, workspace, cap, Target::Wasip2, Face::Endpoint)?;
    Ok(CapComponent {
        name: format!("{}.provider", cap.name),
        toolchain: toolchain.clone(),
        wasi: cap.wasi.clone(),
        contracts: vec![CONSUMER.to_owned()],
        objects: code.objects,
        libraries: code.libraries,
        component_types: vec![Place::Checkout(link_code::provider_world())],
        flags: flags(cap),
        names: code.names,
    })
}

/// The steps for a relay of the cap, `<name>.relay.wasm`: it imports what the cap exports, and exports
/// `compose:dynlink/endpoint`. `bindings` has the files of a world called `stem` that does so, and its shim.
pub fn relay(
    cx: &Context,
    toolchain: &Toolchain,
    cap: &Cap,
    bindings: &Artifact,
    stem: &str,
) -> Result<CapComponent> {
    let generated =
        |path: &str| Place::output(&format!("{} relay bindings", cap.name), bindings, path);
    let compile = |file: &str, warnings: &[&'static str]| Compile {
        toolchain: toolchain.clone(),
        target: Target::Wasip2,
        source: generated(file),
        include: [generated("")].into_iter().chain(link_code::include()).collect(),
        flags: ["-O2"].iter().chain(warnings).map(|flag| flag.to_string()).collect(),
    };
    let ours = link_code::flags(OUR_WARNINGS);
    let mut objects = vec![libc::memory(toolchain)];
    objects.push(compile(&format!("{}_endpoint.c", stem), &ours));
    // wit-bindgen's output is not written to our warnings.
    objects.push(compile(&format!("{}.c", stem), &["-w"]));
    objects.extend(link_code::provider(cx, toolchain, Target::Wasip2)?);
    let mut contracts: Vec<_> = cap.world.exports.iter().cloned().collect();
    contracts.push(CONSUMER.to_owned());
    let world = generated(&format!("{}_component_type.o", stem));
    Ok(CapComponent {
        name: format!("{}.relay", cap.name),
        toolchain: toolchain.clone(),
        wasi: Wasi::Nothing,
        contracts,
        objects,
        libraries: Vec::new(),
        component_types: vec![world, Place::Checkout(link_code::provider_world())],
        flags: Vec::new(),
        names: Names::Kept,
    })
}

/// What the world of `cap` imports, WASI aside.
fn contracts(cap: &Cap) -> Vec<String> {
    cap.world.all_imports.iter().filter(|name| !is_host_interface(name)).cloned().collect()
}

/// Crates expect the stack that rustc gives a program, and C may ask for one. It ends where the memory begins, so that an
/// overflow is a trap.
fn flags(cap: &Cap) -> Vec<String> {
    let size = if cap.rust.is_some() { Some(1 << 20) } else { cap.stack_size };
    match size {
        Some(size) => {
            vec!["--stack-first".to_owned(), "-z".to_owned(), format!("stack-size={size}")]
        }
        None => Vec::new(),
    }
}

const LINK_FLAGS: &[&str] =
    &["-m", "wasm32", "--gc-sections", "--strip-debug", "-O2", "--compress-relocations"];

impl Step for CapComponent {
    const KIND: &'static str = "component";
    const VERSION: u32 = 7;

    fn label(&self) -> String {
        format!("{}.wasm", self.name)
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        self.toolchain.input(inputs);
        inputs.text("name", &self.name);
        inputs.text("wasi", format!("{:?}", self.wasi));
        inputs.list("import", &self.contracts);
        if self.names == Names::LeftOut {
            inputs.text("names", "left out");
        }
        let own = self.flags.iter().map(String::as_str);
        let flags = LINK_FLAGS.iter().chain(libc::MEMORY_FLAGS).copied().chain(own);
        inputs.list("flag", flags.chain(self.archives().iter().copied()));
        let (objects, libraries) =
            cx.join(|cx| cx.ensure_all(&self.objects), |cx| cx.ensure_all(&self.libraries))?;
        for (index, artifact) in objects.iter().chain(&libraries).enumerate() {
            inputs.artifact(&index.to_string(), artifact);
        }
        for object in &self.component_types {
            match object {
                Place::Checkout(path) => inputs.file(&cx.root().join(path))?,
                Place::Output { name, artifact, .. } => inputs.artifact(name, artifact),
            }
        }
        Ok(())
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let core = work.scratch()?.join("core.wasm");
        let extracted = work.scratch()?.join("extracted.tsv");
        let library_dir = self.toolchain.library_dir(Target::Wasip2);
        let mut link = self
            .toolchain
            .tool(work, "wasm-ld")
            .args(LINK_FLAGS)
            .args(libc::MEMORY_FLAGS)
            .args(&self.flags)
            // A library: its constructors run before anything else.
            .arg(library_dir.join("crt1-reactor.o"))
            .args(["--entry", INITIALIZE]);
        for object in cx.ensure_all(&self.objects)? {
            link = link.arg(object.path("x.o"));
        }
        for object in &self.component_types {
            link = link.arg(match object {
                Place::Checkout(path) => cx.root().join(path),
                Place::Output { artifact, path, .. } => artifact.dir.join(path),
            });
        }
        for (library, archive) in self.libraries.iter().zip(cx.ensure_all(&self.libraries)?) {
            link = link.arg(archive.path(&format!("lib{}.a", library.name)));
        }
        link.arg(format!("-L{}", library_dir.display()))
            .args(self.archives())
            .arg(self.toolchain.builtins()?)
            .arg(format!("--why-extract={}", extracted.display()))
            .arg(format!("-soname={}", self.name))
            .arg("-o")
            .arg(&core)
            .run()?;
        let policy = self.policy();
        let core = shuffles::of_one_vector(&self.initialized(fs::read(core)?)?)?;
        let encoded = component::encode(&core, None).with_context(|| {
            format!("the core module of `{}` is no component of its world", self.name)
        })?;
        component::check_imports(&encoded, &policy)
            .or_else(|error| bail!("{error}{}", self.way_to_wasi(cx, &extracted)?))
            .with_context(|| format!("cap `{}`", self.name))?;
        let keep = match self.names {
            Names::Kept => strip::Keep::FunctionNames,
            Names::LeftOut => strip::Keep::Nothing,
        };
        let stripped = strip::strip(&encoded, keep)?;
        Ok(fs::write(work.out().join(format!("{}.wasm", self.name)), stripped)?)
    }
}

/// What crt1-reactor.o defines: it runs the constructors.
const INITIALIZE: &str = "_initialize";

impl CapComponent {
    /// The core module as its constructors leave it, so that no start has to run them and no page is written by them. Those of a
    /// cap with all of WASI may ask the host, and the interpreter that runs them here knows no exceptions.
    fn initialized(&self, core: Vec<u8>) -> Result<Vec<u8>> {
        if self.wasi == Wasi::All || inspect::has_tags(&core)? {
            return Ok(core);
        }
        snapshot::without_imports(&core, INITIALIZE)
            .with_context(|| format!("cannot initialize `{}` ahead of time", self.name))
    }

    /// Archives of wasi-libc.
    fn archives(&self) -> &'static [&'static str] {
        if self.wasi == Wasi::All { libc::ARCHIVES } else { libc::ARCHIVES_WITHOUT_WASI }
    }

    fn policy(&self) -> ImportPolicy {
        let mut also = self.contracts.clone();
        if let Wasi::Only(packages) = &self.wasi {
            also.extend(packages.iter().cloned());
        }
        ImportPolicy { wasi: self.wasi == Wasi::All, also }
    }

    /// A line on which of the cap's files came to need WASI, and how, if the linker's listing tells.
    fn way_to_wasi(&self, cx: &Context, listing: &Path) -> Result<String> {
        let Some(way) = extracted::way_to_wasi(&fs::read_to_string(listing)?) else {
            return Ok(String::new());
        };
        let objects = self.objects.iter().zip(cx.ensure_all(&self.objects)?);
        let source = objects
            .into_iter()
            .find(|(_, artifact)| Path::new(&way.from) == artifact.path("x.o"))
            .map(|(object, _)| object.shown());
        let from = source.unwrap_or_else(|| {
            let name = Path::new(&way.from).file_name();
            name.map_or_else(String::new, |name| name.to_string_lossy().into_owned())
        });
        Ok(format!("\n  the first to need it: {from}, by {}", way.symbols.join(" -> ")))
    }
}

/// The objects of a cap's own sources and bindings, and its vendor libraries.
struct CapCode {
    objects: Vec<Compile>,
    libraries: Vec<Library>,
    names: Names,
}

/// The step for a cap's code that is linked into the core module of who calls it, behind `<world>_static.c`.
pub fn folded(
    cx: &Context,
    toolchain: &Toolchain,
    workspace: &Workspace,
    cap: &Cap,
    target: Target,
) -> Result<FoldedCap> {
    let code = cap_code(cx, toolchain, workspace, cap, target, Face::Folded)?;
    Ok(FoldedCap {
        name: cap.name.clone(),
        toolchain: toolchain.clone(),
        target,
        objects: code.objects,
        libraries: code.libraries,
    })
}

/// How a cap is reached from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Face {
    /// By the bindings of its world.
    Contract,
    /// By `compose:dynlink/endpoint`.
    Endpoint,
    /// By nobody outside.
    Folded,
}

/// The steps that compile a cap for `target`. Its own sources are the same objects whatever its face.
fn cap_code(
    cx: &Context,
    toolchain: &Toolchain,
    workspace: &Workspace,
    cap: &Cap,
    target: Target,
    face: Face,
) -> Result<CapCode> {
    let mut include = vec![Place::checkout(cap.gen_dir.as_std_path())];
    include.extend(cap.include.iter().map(|path| Place::checkout(path.as_std_path())));
    let mut flags: Vec<String> = cap.flags.iter().map(|flag| flag.to_string()).collect();
    flags.extend(cap.defines.iter().map(|define| format!("-D{define}")));
    let mut libraries = Vec::new();
    let mut has_cxx = cap.language == Language::Cxx;
    for name in &cap.vendor {
        let recipe = workspace.vendor(name)?;
        has_cxx |= recipe.language == Language::Cxx;
        let vendored = vendored(cx, toolchain, workspace, recipe, target)?;
        include.extend(vendored.include);
        flags.extend(vendored.defines);
        libraries.push(vendored.library);
    }
    let mut cxx = None;
    if has_cxx {
        let (users, library) = Cxx::ensure(cx, toolchain, workspace, target)?;
        libraries.push(library);
        cxx = Some(users);
    }
    let compile = |path: PathBuf, more: &[Place], warnings: &[&str]| Compile {
        toolchain: toolchain.clone(),
        target,
        source: Place::Checkout(path),
        include: include.iter().chain(more).cloned().collect(),
        flags: warnings.iter().map(|flag| flag.to_string()).chain(flags.clone()).collect(),
    };
    let own = |source: &Utf8PathBuf| match cxx.as_ref().filter(|_| is_cxx(source)) {
        None => compile(source.into(), &[], OUR_WARNINGS),
        Some(cxx) => cxx.apply(compile(source.into(), &[], cxx::OUR_WARNINGS), &cap.cxx_flags),
    };
    let mut objects: Vec<_> = cap.sources.iter().map(own).collect();
    if face != Face::Folded {
        objects.push(libc::memory(toolchain));
        if has_cxx {
            objects.push(libc::search(toolchain));
        }
        if cap.wasi != Wasi::All {
            objects.extend(libc::without_wasi(cx, toolchain)?);
        }
    }
    let stem = stem(&cap.world.name);
    if cap.rust.is_some() {
        let calls = cap.gen_dir.join(format!("{stem}_rust.c"));
        objects.push(compile(calls.into(), &[], &[OUR_WARNINGS, &["-O2"]].concat()));
        let content = Content::Crate(rust::library(cx, cap)?);
        libraries.push(Library { name: format!("{}_rust", cap.name), content });
    }
    // wit-bindgen's output is not written to our warnings.
    match face {
        Face::Contract => {
            let bindings = cap.gen_dir.join(format!("{stem}.c"));
            objects.push(compile(bindings.into(), &[], &["-w"]));
        }
        Face::Endpoint => {
            let folders = link_code::include();
            let mut ours = vec![cap.gen_dir.join(format!("{stem}_endpoint.c"))];
            ours.extend_from_slice(&cap.provider.sources);
            let flags = link_code::flags(OUR_WARNINGS);
            let ours = ours.into_iter().map(|file| compile(file.into(), &folders, &flags));
            objects.extend(ours);
            objects.extend(link_code::provider(cx, toolchain, target)?);
        }
        Face::Folded => {}
    }
    let names = if has_cxx { Names::LeftOut } else { Names::Kept };
    Ok(CapCode { objects, libraries, names })
}
