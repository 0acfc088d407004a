//! MicroPython with caps: folded in, one flat core module of WASI preview 1, which WAMR runs as well as wasmtime does
//! ([`image()`]); or imported, a component that is composed with the caps' components as CPython is ([`component()`]).
//!
//! No make runs. Every C file, MicroPython's ([`pin`]), the port's (`runtimes/micropython/src`) and the glue of caps,
//! is a step of its own; so is what it registers, of which [`headers`] are generated that all of them include;
//! [`freeze`] turns Python modules to byte code; [`link`] links, and runs the passes of [`crate::wasm`] over the result.
//!
//! **Architecture invariant**: what MicroPython calls is compiled for setjmp. What caps and their libraries are made of
//! is not, and is the same object in every runtime: it stands behind the shim `<world>_static.c` or the bindings
//! `<world>.c`, and calls back only what reaches neither the collector nor a throw. The glue in front is the same file in
//! either case.

mod check;
mod component;
mod cross;
mod freeze;
mod headers;
mod image;
mod link;
mod modules;
mod pin;

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::caps;
use crate::compile::{self, Compile, OUR_WARNINGS, Place};
use crate::cpython;
use crate::fold::FoldedCap;
use crate::graph::{Artifact, Context};
use crate::libc;
use crate::link_code;
use crate::manifest::{Cap, Workspace};
use crate::sources::SourceTree;
use crate::toolchain::{Target, Toolchain};

pub use component::MicroPythonComponent;
pub use image::{CapSize, Image};
pub use modules::Modules;
pub use pin::Pin;

/// Our port, relative to the checkout.
pub const RUNTIME: &str = "runtimes/micropython";

/// What the glue of all caps shares.
const GLUE: &str = "caps/common/mp";

/// What an image is to run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Engine {
    /// WAMR's interpreters, from the release of 2020 on
    Wamr,
    /// WAMR's ahead-of-time compiler, wamrc
    WamrAot,
    /// wasmtime
    Wasmtime,
    /// Any engine with WASI preview 1
    Generic,
}

impl Engine {
    /// As the command line and the names of images have it.
    pub fn name(self) -> &'static str {
        match self {
            Engine::Wamr => "wamr",
            Engine::WamrAot => "wamr-aot",
            Engine::Wasmtime => "wasmtime",
            Engine::Generic => "generic",
        }
    }
}

/// How to build MicroPython.
#[derive(Clone, Debug)]
pub struct Settings {
    /// A pinned version; the default one if there is none.
    pub version: Option<String>,
    /// Of optimization, as clang's `-O` has it: `s`, `2`.
    pub level: String,
    /// What is frozen besides the port's own modules.
    pub modules: Modules,
    /// Whether the collector sees all that the program holds. Off, a program may crash: for measuring what it costs.
    pub spill_roots: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            version: None,
            level: "2".to_owned(),
            modules: Modules::default(),
            spill_roots: true,
        }
    }
}

/// The tree that builds take of `version`, or of the default one.
pub fn source_tree(cx: &Context, version: Option<&str>) -> Result<SourceTree> {
    Pin::tree(cx, Pin::load(cx.root())?.archive(version)?)
}

/// setjmp as LLVM's legacy exceptions, which `wasm::lower_eh` reads.
const SETJMP: &[&str] = &["-mllvm", "-wasm-enable-sjlj", "-mllvm", "-wasm-use-legacy-eh=true"];

/// What everything that is compiled against MicroPython needs. Another program of its sources has another port.
#[derive(Clone, Debug)]
struct Base {
    toolchain: Toolchain,
    target: Target,
    /// The folder with `mpconfigport.h`, relative to the checkout.
    port: String,
    sources: pin::Sources,
    settings: Settings,
    source: Artifact,
    /// `genhdr/mpversion.h`.
    version: Artifact,
}

impl Base {
    fn ensure(
        cx: &Context,
        toolchain: &Toolchain,
        target: Target,
        settings: &Settings,
    ) -> Result<Base> {
        let pin = Pin::load(cx.root())?;
        let archive = pin.archive(settings.version.as_deref())?;
        Ok(Base {
            toolchain: toolchain.clone(),
            target,
            port: format!("{RUNTIME}/src"),
            settings: settings.clone(),
            source: cx.ensure(&Pin::tree(cx, archive)?)?,
            version: cx.ensure(&headers::Version(archive.version.clone()))?,
            sources: pin.sources,
        })
    }

    /// How a file is compiled that includes MicroPython's headers, the generated ones aside.
    fn compile(
        &self,
        source: Place,
        own_include: &[Place],
        level: &str,
        flags: &[&str],
    ) -> Compile {
        let folders = [
            Place::checkout(&self.port),
            Place::output("micropython", &self.source, ""),
            Place::output("version", &self.version, ""),
        ];
        let ours = flags.iter().chain(SETJMP).chain(&["-DNDEBUG"]).map(|flag| flag.to_string());
        Compile {
            toolchain: self.toolchain.clone(),
            target: self.target,
            source,
            include: own_include.iter().cloned().chain(folders).collect(),
            flags: ours.chain([format!("-O{level}")]).chain(self.sources.flags.clone()).collect(),
        }
    }

    /// A file of MicroPython's tree.
    fn upstream(&self, file: &str) -> Compile {
        let level = match self.settings.level.as_str() {
            "s" | "z" | "2" if self.sources.speed.iter().any(|fast| fast == file) => "3",
            level => level,
        };
        self.compile(Place::output("micropython", &self.source, file), &[], level, &["-w"])
    }

    /// A file of ours: the port's, or the glue of a cap.
    fn ours(&self, file: PathBuf, include: &[Place]) -> Compile {
        self.compile(Place::Checkout(file), include, &self.settings.level, OUR_WARNINGS)
    }

    /// A file of the checkout that knows nothing of MicroPython.
    fn plain(&self, file: &Path, include: Vec<Place>, warnings: &[&str]) -> Compile {
        Compile {
            toolchain: self.toolchain.clone(),
            target: self.target,
            source: Place::checkout(file),
            include,
            flags: warnings.iter().chain(&["-O2"]).map(|flag| flag.to_string()).collect(),
        }
    }
}

/// What stands behind the glue of a cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Behind {
    /// The cap itself, in the same core module.
    Cap,
    /// Its contract, which a component imports.
    Contract,
}

/// One cap of a program: its glue, and what stands behind that.
#[derive(Clone, Debug)]
struct Glued {
    name: String,
    /// Compiled like MicroPython.
    glue: Vec<Compile>,
    /// Python over a generated module.
    facades: Vec<modules::Module>,
    /// The shim or the bindings.
    objects: Vec<Compile>,
    /// The cap itself, if it is here.
    folded: Option<FoldedCap>,
    /// Interfaces of the contract that a component imports, and the object that carries their types.
    imports: Vec<String>,
    /// Interfaces that the glue has for the cap to call back, which a component exports.
    offers: Vec<String>,
    component_type: Option<PathBuf>,
}

fn glued(
    cx: &Context,
    base: &Base,
    workspace: &Workspace,
    cap: &Cap,
    behind: Behind,
) -> Result<Option<Glued>> {
    let Some(glue) = &cap.micropython else {
        return match behind {
            Behind::Cap => Ok(Some(imported(cx, base, workspace, cap)?)),
            Behind::Contract => Ok(None),
        };
    };
    let extension = workspace.extension(&glue.extension)?;
    let (Some(module), Some(world)) = (&extension.module, &extension.world) else {
        return Ok(None);
    };
    let bindings = Place::checkout(module.gen_dir.as_std_path());
    // What extensions of CPython share over libc, such as files that are lent, is for glue, too.
    let folders = [bindings.clone(), Place::checkout(GLUE), Place::checkout(link_code::CONSUMER)];
    let glue_is_generated = glue.generated.is_some();
    let generated = glue_is_generated.then_some(&module.gen_mp_c);
    let sources = generated.into_iter().chain(&glue.sources);
    let glue = sources.map(|file| base.ours(file.into(), &folders)).collect();
    let facades = match glue_is_generated {
        true => modules::facades(workspace, extension)?,
        false => Vec::new(),
    };
    let name = cap.name.clone();
    Ok(Some(match behind {
        Behind::Cap => {
            let mut include = vec![bindings];
            let caps = [cap].into_iter().chain(workspace.imported_by(&[cap]));
            include.extend(caps.map(|cap| Place::checkout(cap.gen_dir.as_std_path())));
            let shim = base.plain(module.gen_static_c.as_std_path(), include, OUR_WARNINGS);
            Glued {
                name,
                glue,
                facades,
                objects: vec![shim],
                folded: Some(caps::folded(cx, &base.toolchain, workspace, cap, base.target)?),
                imports: Vec::new(),
                offers: world.exports.iter().cloned().collect(),
                component_type: None,
            }
        }
        // wit-bindgen's output is not written to our warnings.
        Behind::Contract => Glued {
            name,
            glue,
            facades,
            objects: vec![base.plain(module.gen_import_c.as_std_path(), vec![bindings], &["-w"])],
            folded: None,
            imports: world.all_imports.iter().cloned().collect(),
            offers: world.exports.iter().cloned().collect(),
            component_type: Some(module.gen_import_obj.clone().into()),
        },
    }))
}

/// A cap that only other caps import from: its code, which the shim of one of these forwards to.
fn imported(cx: &Context, base: &Base, workspace: &Workspace, cap: &Cap) -> Result<Glued> {
    Ok(Glued {
        name: cap.name.clone(),
        glue: Vec::new(),
        facades: Vec::new(),
        objects: Vec::new(),
        folded: Some(caps::folded(cx, &base.toolchain, workspace, cap, base.target)?),
        imports: Vec::new(),
        offers: Vec::new(),
        component_type: None,
    })
}

/// What every MicroPython with `caps` is linked of.
fn parts(
    cx: &Context,
    base: &Base,
    workspace: &Workspace,
    caps: &[&Cap],
    behind: Behind,
) -> Result<link::Parts> {
    let glued = cx.parallel(caps, |cx, cap| glued(cx, base, workspace, cap, behind))?;
    let mut glued: Vec<Glued> = glued.into_iter().flatten().collect();
    let mut objects: Vec<Compile> =
        base.sources.files.iter().map(|file| base.upstream(file)).collect();
    let port = compile::sources(cx, format!("{RUNTIME}/src"))?;
    objects.extend(port.into_iter().map(|file| base.ours(file, &[])));
    if !glued.is_empty() {
        let shared = compile::sources(cx, GLUE)?;
        objects.extend(shared.into_iter().map(|file| base.ours(file, &[])));
    }

    let python = cpython::bootstrap(cx, &base.toolchain, workspace)?;
    let glue = glued.iter_mut().flat_map(|cap| cap.glue.iter_mut());
    let mut files: Vec<&mut Compile> = objects.iter_mut().chain(glue).collect();
    let headers = headers::add(cx, base, &python, &mut files)?;
    let facades = glued.iter().flat_map(|cap| cap.facades.clone()).collect();
    objects.push(freeze::frozen(cx, base, &python, &headers, facades)?);
    Ok(link::Parts {
        toolchain: base.toolchain.clone(),
        target: base.target,
        spill_roots: base.settings.spill_roots,
        objects,
        libc: Vec::new(),
        wraps: Vec::new(),
        component_types: glued.iter().filter_map(|cap| cap.component_type.clone()).collect(),
        caps: glued,
    })
}

/// The step that makes MicroPython's image with `caps` folded in.
pub fn image(
    cx: &Context,
    toolchain: &Toolchain,
    workspace: &Workspace,
    caps: &[&Cap],
    settings: &Settings,
    engine: Engine,
) -> Result<Image> {
    let base = Base::ensure(cx, toolchain, Target::Wasip1, settings)?;
    let mut parts = parts(cx, &base, workspace, caps, Behind::Cap)?;
    // Glue asks for memory before it calls. A cap that calls back does not.
    if parts.caps.iter().any(|cap| !cap.offers.is_empty()) {
        parts.libc = vec![libc::memory_of_image(toolchain)];
        parts.wraps = libc::MEMORY_FLAGS.iter().map(|flag| flag.to_string()).collect();
    }
    Ok(Image::new(engine, parts))
}

/// The step that makes MicroPython as a component, importing the contracts of `caps`.
pub fn component(
    cx: &Context,
    toolchain: &Toolchain,
    workspace: &Workspace,
    caps: &[&Cap],
    settings: &Settings,
) -> Result<MicroPythonComponent> {
    let base = Base::ensure(cx, toolchain, Target::Wasip2, settings)?;
    let mut parts = parts(cx, &base, workspace, caps, Behind::Contract)?;
    for file in compile::sources(cx, format!("{RUNTIME}/component"))? {
        let include = vec![Place::checkout(libc::COMMAND)];
        parts.objects.push(base.plain(&file, include, OUR_WARNINGS));
    }
    parts.objects.extend(libc::entry(toolchain));
    parts.component_types.push(libc::component_type());
    parts.libc = libc::objects(cx, toolchain)?;
    parts.wraps = libc::wraps().collect();
    let version = Pin::load(cx.root())?.archive(settings.version.as_deref())?.version.clone();
    Ok(MicroPythonComponent::new(parts, version))
}
