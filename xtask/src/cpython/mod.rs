//! CPython as a component. libpython is built once, by CPython's own configure and make ([`libpython`]); after
//! that no make runs again: the standard library is frozen by the interpreter itself ([`freeze`]), and adding or
//! removing an extension is a link, a snapshot and an encoding ([`link`]). `runtimes/cpython` has our side in C.

mod authorities;
mod freeze;
mod function_types;
mod libpython;
mod link;
mod native;
mod profile;
mod test_modules;
mod version;

use std::path::Path;

use anyhow::Result;
use camino::Utf8PathBuf;

use crate::caps;
use crate::compile::{self, Compile, OUR_WARNINGS, Place};
use crate::fold::{OfferingExtension, YieldingObject};
use crate::graph::{Artifact, Context};
use crate::libc;
use crate::link_code;
use crate::manifest::{Extension, Linkage, Linkages, Module, Workspace};
use crate::scripts::Interpreter;
use crate::toolchain::{Target, Toolchain};
use crate::vendored::{Vendored, vendored};

pub use link::PythonComponent;
pub use native::{NativeCpython, Tuning};
pub use version::{Chosen, Pin, choose, settle};

/// Our glue, relative to the checkout.
const RUNTIME: &str = "runtimes/cpython";

/// The functions that a start runs, a name a line, in the checkout.
pub const START_ORDER: &str = "runtimes/cpython/start-order.txt";

/// What everything that is compiled against CPython needs.
#[derive(Clone, Debug)]
struct Base {
    toolchain: Toolchain,
    version: String,
    source: Artifact,
    libpython: Artifact,
    /// Packs frozen modules in the bootstrap interpreter and unpacks them in every one.
    lz4: Vendored,
}

impl Base {
    fn ensure(cx: &Context, toolchain: &Toolchain, workspace: &Workspace) -> Result<Base> {
        let lz4 = vendored(cx, toolchain, workspace, workspace.vendor("lz4")?, Target::Wasip2)?;
        let chosen = choose(cx, workspace)?;
        let source = cx.ensure(&chosen.tree())?;
        let of = |libpython| Base {
            toolchain: toolchain.clone(),
            version: chosen.version.clone(),
            source: source.clone(),
            libpython,
            lz4: lz4.clone(),
        };
        let libpython = match workspace.guided {
            true => profile::libpython(cx, toolchain, &source, of)?,
            false => profile::plain(cx, toolchain, &source)?,
        };
        Ok(of(libpython))
    }

    /// The interpreter that runs the scripts of the build.
    fn bootstrap(&self, cx: &Context) -> Result<Interpreter> {
        let program = cx.ensure(&link::bootstrap(cx, self)?)?;
        Ok(Interpreter { program, source: self.source.clone() })
    }

    /// Include folders of a file that is built into the interpreter.
    fn include(&self) -> Vec<Place> {
        let source = |path: &str| Place::output("cpython", &self.source, path);
        vec![
            source("Include"),
            source("Include/internal"),
            source("Include/internal/mimalloc"),
            Place::output("libpython", &self.libpython, "include"),
        ]
    }

    fn compile(&self, source: Place, include: Vec<Place>, flags: &[&str]) -> Compile {
        Compile {
            toolchain: self.toolchain.clone(),
            target: Target::Wasip2,
            source,
            include: include.into_iter().chain(self.include()).collect(),
            flags: [
                &[
                    "-O2",
                    "-D_WASI_EMULATED_SIGNAL",
                    "-D_WASI_EMULATED_GETPID",
                    "-D_WASI_EMULATED_PROCESS_CLOCKS",
                ],
                flags,
            ]
            .concat()
            .iter()
            .map(|flag| flag.to_string())
            .collect(),
        }
    }

    /// Every C file of a folder of our glue.
    fn glue(&self, cx: &Context, folder: &str) -> Result<Vec<Compile>> {
        let files = compile::sources(cx, Path::new(RUNTIME).join(folder))?;
        let runtime = format!("{RUNTIME}/src");
        let ours = [&runtime, libc::FOLDER, libc::COMMAND, libc::ATTENTION].map(Place::checkout);
        let include = [&ours[..], &self.lz4.include].concat();
        let defines = self.lz4.defines.iter().map(String::as_str);
        let flags: Vec<_> = OUR_WARNINGS.iter().copied().chain(defines).collect();
        Ok(files
            .into_iter()
            .map(|file| self.compile(Place::checkout(file), include.clone(), &flags))
            .collect())
    }

    /// The program's own part: main, snapshot, and our part of libc.
    fn program(&self, cx: &Context, name: &'static str) -> Result<link::Parts> {
        let mut objects = self.glue(cx, "src")?;
        objects.extend(libc::objects(cx, &self.toolchain)?);
        objects.push(libc::search(&self.toolchain));
        objects.extend(libc::entry(&self.toolchain));
        objects.extend(libc::attention(&self.toolchain));
        let component_types = vec![libc::component_type(), libc::attention_type()];
        let (folded, offering, yielding) = Default::default();
        let base = self.clone();
        Ok(link::Parts { name, base, objects, folded, offering, yielding, component_types })
    }
}

/// The bootstrap interpreter, which needs no extension, for scripts of whatever is built.
pub fn bootstrap(
    cx: &Context,
    toolchain: &Toolchain,
    workspace: &Workspace,
) -> Result<Interpreter> {
    Base::ensure(cx, toolchain, workspace)?.bootstrap(cx)
}

/// What an interpreter is linked with, and how.
#[derive(Debug)]
pub struct Linking<'a> {
    /// In the order of the interpreter's table.
    pub extensions: Vec<&'a Extension>,
    pub linkages: &'a Linkages,
    /// A file of certificates that becomes part of the program.
    pub authorities: Option<&'a Path>,
    /// Whether CPython's own test modules are built in.
    pub test_modules: bool,
}

impl Linking<'_> {
    /// Whether the caps of `extension` are resolved at run time, and another one offers its caps the same interface as it.
    fn offers_what_another_does(&self, extension: &Extension) -> bool {
        let others = || self.extensions.iter().filter(|other| other.name != extension.name);
        let shared = |id: &str| others().any(|other| other.offers(id));
        self.linkages.mode(extension) == Linkage::Dynlink
            && extension.offered.iter().any(|offer| shared(&offer.id()))
    }

    /// What another extension answers for `extension`, both being composed: the first of them does. Their caps find an interface by
    /// its name, and a contract is the same whoever fulfils it.
    fn answered_by_another(&self, extension: &Extension) -> Vec<String> {
        let embedded = |other: &&&Extension| self.linkages.mode(other) == Linkage::Embed;
        let before = self.extensions.iter().take_while(|other| other.name != extension.name);
        let before: Vec<_> = before.filter(embedded).collect();
        let ids = extension.offered.iter().map(|offer| offer.id());
        match self.linkages.mode(extension) {
            Linkage::Embed => ids.filter(|id| before.iter().any(|it| it.offers(id))).collect(),
            Linkage::Dynlink | Linkage::Static => Vec::new(),
        }
    }
}

/// The step that makes `python.wasm` with the extensions of `linking`.
pub fn python(
    cx: &Context,
    toolchain: &Toolchain,
    workspace: &Workspace,
    linking: &Linking,
    snapshot: bool,
) -> Result<PythonComponent> {
    let base = Base::ensure(cx, toolchain, workspace)?;
    let mut parts = base.program(cx, "python")?;
    let extensions = &linking.extensions;
    let (stdlib, facades) =
        cx.join(|cx| freeze::stdlib(cx, &base), |cx| freeze::facades(cx, &base, linking))?;
    let (tests, test_names) = match linking.test_modules {
        true => test_modules::objects(&base)?,
        false => Default::default(),
    };
    parts.objects.extend(stdlib.into_iter().chain(facades).chain(tests));
    let inittab = link::inittab(cx, &base, linking, test_names)?;
    parts.objects.extend([freeze::zones(cx, &base)?, inittab]);
    if linking.linkages.linker || extensions.iter().any(|extension| extension.module.is_some()) {
        // In all modes: extensions ask it whether a call failed. What is not called is not linked, and then the
        // linker is not imported either.
        parts.objects.extend(link_code::consumer(cx, toolchain, Target::Wasip2)?);
        for file in link_code::python(cx, linking.linkages.linker)? {
            let include = link_code::include().to_vec();
            let flags = link_code::flags(OUR_WARNINGS);
            parts.objects.push(base.compile(Place::checkout(file), include, &flags));
        }
        parts.component_types.push(link_code::consumer_world());
    }
    for extension in extensions {
        let Some(module) = &extension.module else { continue };
        let objects = module_objects(cx, &base, workspace, linking, extension, module, &mut parts)?;
        let interfaces = linking.answered_by_another(extension);
        if !interfaces.is_empty() {
            let yielding = |object| YieldingObject { object, interfaces: interfaces.clone() };
            parts.yielding.extend(objects.into_iter().map(yielding));
        } else if linking.offers_what_another_does(extension) {
            let (name, toolchain) = (extension.name.clone(), toolchain.clone());
            parts.offering.push(OfferingExtension { name, toolchain, objects });
        } else {
            parts.objects.extend(objects);
        }
    }
    Ok(PythonComponent::new(parts, snapshot))
}

/// The objects of an extension's module. What else its mode wants goes into `parts`.
fn module_objects(
    cx: &Context,
    base: &Base,
    workspace: &Workspace,
    linking: &Linking,
    extension: &Extension,
    module: &Module,
    parts: &mut link::Parts,
) -> Result<Vec<Compile>> {
    let include = || {
        vec![
            Place::checkout(extension.dir.as_std_path()),
            Place::checkout(module.gen_dir.as_std_path()),
            Place::checkout(link_code::CONSUMER),
        ]
    };
    let mut objects = Vec::new();
    let flags: Vec<_> = module.flags.iter().map(String::as_str).collect();
    let ours = [OUR_WARNINGS, &flags].concat();
    for source in &module.sources {
        objects.push(base.compile(Place::checkout(source.as_std_path()), include(), &ours));
    }
    for source in &module.cpython_sources {
        let place = Place::output("cpython", &base.source, source.as_std_path());
        let flags = [&["-w", "-DNDEBUG", "-DPy_BUILD_CORE_BUILTIN"], flags.as_slice()].concat();
        objects.push(base.compile(place, include(), &flags));
    }
    let shim = |path: &Utf8PathBuf| Place::checkout(path.as_std_path());
    match linking.linkages.mode(extension) {
        Linkage::Embed => {
            let bindings = shim(&module.gen_import_c);
            objects.push(base.compile(bindings, include(), &["-w"]));
            parts.component_types.push(module.gen_import_obj.clone().into());
        }
        Linkage::Dynlink => {
            // Objects that are put together cannot be optimized with others any more.
            let flags = match linking.offers_what_another_does(extension) {
                true => OUR_WARNINGS.to_vec(),
                false => link_code::flags(OUR_WARNINGS),
            };
            let mut include = include();
            // Whoever is asked answers as a provider does.
            include.push(Place::checkout(link_code::PROVIDER));
            objects.push(base.compile(shim(&module.gen_dynlink_c), include, &flags));
        }
        Linkage::Static => {
            let mut include = include();
            let own = workspace.caps_of(extension);
            for cap in own.iter().copied().chain(workspace.imported_by(&own)) {
                include.push(Place::checkout(cap.gen_dir.as_std_path()));
                if parts.folded.iter().all(|folded| folded.name != cap.name) {
                    let folded = caps::folded(cx, &base.toolchain, workspace, cap, Target::Wasip2)?;
                    parts.folded.push(folded);
                }
            }
            let shim = shim(&module.gen_static_c);
            objects.push(base.compile(shim, include, OUR_WARNINGS));
        }
    }
    Ok(objects)
}
