//! The whole: an interpreter, and the chosen caps' components composed with it. The caps are the same files whoever
//! imports them: CPython in pylon.wasm, MicroPython in micropython.wasm.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use wasm_encoder::{ComponentSection as _, ProducersField, ProducersSection};

use crate::bindings;
use crate::cap_source::{self, CapSource};
use crate::compose::{self, Part};
use crate::cpython::{self, PythonComponent};
use crate::graph::{Artifact, Context, Inputs, Step, Work};
use crate::manifest::{
    Cap, Extension, LINKER, Linkages, Reason, Selection, Workspace, switch_name,
};
use crate::micropython::{self, MicroPythonComponent};
use crate::report;
use crate::toolchain::Toolchain;

/// Which interpreter, and how to build it.
#[derive(Clone, Debug)]
pub enum Runtime {
    CPython {
        snapshot: bool,
        /// A file of certificates that becomes part of the program.
        authorities: Option<PathBuf>,
    },
    MicroPython(micropython::Settings),
}

/// How to build a pylon.wasm or a micropython.wasm.
#[derive(Clone, Debug)]
pub struct Recipe {
    pub runtime: Runtime,
    pub selection: Selection,
    pub linkages: Linkages,
    /// Cap of the selection -> a component of the user's that takes its place.
    pub replaced: BTreeMap<String, PathBuf>,
    pub validate: bool,
    /// Whether the composition is fused.
    pub fuse: bool,
    /// Whether CPython's own test modules in C are in Python.
    pub test_modules: bool,
}

/// The interpreter's component, which imports what the caps export.
#[derive(Clone, Debug)]
enum Socket {
    CPython(Box<PythonComponent>),
    MicroPython(Box<MicroPythonComponent>),
}

impl Socket {
    fn ensure(&self, cx: &Context) -> Result<Artifact> {
        match self {
            Socket::CPython(component) => cx.ensure(&**component),
            Socket::MicroPython(component) => cx.ensure(&**component),
        }
    }

    /// In messages; the file in the artifact is `<name>.wasm`.
    fn name(&self) -> &'static str {
        match self {
            Socket::CPython(_) => "python",
            Socket::MicroPython(_) => "micropython",
        }
    }

    fn file(&self, cx: &Context) -> Result<PathBuf> {
        let artifact = match self {
            Socket::CPython(component) => cx.ensure_files(&**component),
            Socket::MicroPython(component) => cx.ensure_files(&**component),
        };
        Ok(artifact?.path(&format!("{}.wasm", self.name())))
    }
}

/// A part for whoever composes the others without fusing them.
pub const NO_CALLBACKS: &str = "no-callbacks.wasm";

/// The composition, under its [file name](Pylon::file_name), with `caps.txt`, `imports.txt` and `notes.txt`, a line
/// each.
#[derive(Clone, Debug)]
pub struct Pylon {
    socket: Socket,
    caps: Vec<CapSource>,
    validate: bool,
    fuse: bool,
    /// Whether the host provides the linker.
    linker: bool,
    /// Interface -> the switch of the cap that exports it, for all caps of the checkout.
    known_exporters: BTreeMap<String, String>,
}

impl Pylon {
    /// The steps for `recipe`.
    ///
    /// Fails when bindings are stale.
    pub fn new(cx: &Context, workspace: &Workspace, recipe: &Recipe) -> Result<Pylon> {
        check_bindings(workspace, &[])?;
        let toolchain = Toolchain::ensure(cx)?;
        let (embedded, replaced) = (&recipe.linkages.embedded, &recipe.replaced);
        let (socket, caps) = cx.join(
            |cx| socket(cx, &toolchain, workspace, recipe),
            |cx| {
                let caps = cap_source::all(cx, &toolchain, workspace, embedded, replaced)?;
                // They compile while CPython is configured, which takes one processor.
                cap_source::ensure(cx, &caps)?;
                Ok(caps)
            },
        )?;
        let exported = |cap: &Cap| {
            let switch = switch_name(&cap.name);
            cap.world.exports.iter().map(move |id| (id.clone(), switch.clone())).collect::<Vec<_>>()
        };
        let known_exporters = workspace.caps.iter().flat_map(exported).collect();
        let linker = recipe.linkages.linker;
        let Recipe { validate, fuse, .. } = *recipe;
        Ok(Pylon { socket, caps, validate, fuse, linker, known_exporters })
    }

    /// The interpreter's name and version: `CPython`, `3.13.5`.
    pub fn interpreter(&self) -> (&'static str, &str) {
        match &self.socket {
            Socket::CPython(component) => ("CPython", component.version()),
            Socket::MicroPython(component) => ("MicroPython", component.version()),
        }
    }

    /// Of the composition.
    pub fn file_name(&self) -> &'static str {
        match self.socket {
            Socket::CPython(_) => "pylon.wasm",
            Socket::MicroPython(_) => "micropython.wasm",
        }
    }

    /// What each source brought to the interpreter.
    pub fn linked(&self, cx: &Context) -> Result<report::Linked> {
        match &self.socket {
            Socket::CPython(component) => component.linked(cx),
            // Its linker's map is of a module that was changed much before it became a component.
            Socket::MicroPython(_) => Ok(report::Linked::new()),
        }
    }

    /// Where the bytes of the composition `wasm` come from.
    pub fn report(&self, cx: &Context, wasm: &[u8]) -> Result<report::Size> {
        let linked = self.linked(cx)?;
        report::of_composition(self.file_name(), wasm, self.socket.name(), &linked)
    }

    /// `(file name, path)` of the parts, to be left beside the result; the interpreter comes first, the stub for
    /// callbacks last, if there are any.
    pub fn parts(&self, cx: &Context) -> Result<Vec<(String, PathBuf)>> {
        let socket = match self.socket {
            Socket::CPython(_) => "python.wasm",
            Socket::MicroPython(_) => "micropython.socket.wasm",
        };
        let mut parts = vec![(socket.to_owned(), self.socket.file(cx)?)];
        for cap in &self.caps {
            parts.push((format!("{}.wasm", cap.name()), cap.file(cx)?));
        }
        let stub = cx.ensure_files(self)?.path(NO_CALLBACKS);
        if stub.is_file() {
            parts.push((NO_CALLBACKS.to_owned(), stub));
        }
        Ok(parts)
    }
}

fn socket(
    cx: &Context,
    toolchain: &Toolchain,
    workspace: &Workspace,
    recipe: &Recipe,
) -> Result<Socket> {
    match &recipe.runtime {
        Runtime::CPython { snapshot, authorities } => {
            let chosen =
                |extension: &&Extension| recipe.selection.extensions.contains(&extension.name);
            let extensions: Vec<_> = workspace.extensions.iter().filter(chosen).collect();
            let authorities = authorities.as_deref();
            let linking = cpython::Linking {
                extensions,
                linkages: &recipe.linkages,
                authorities,
                test_modules: recipe.test_modules,
            };
            let python = cpython::python(cx, toolchain, workspace, &linking, *snapshot)?;
            Ok(Socket::CPython(Box::new(python)))
        }
        Runtime::MicroPython(settings) => {
            // One that another cap imports from is in the composition, and not in Python.
            let chosen = |cap: &&Cap| match recipe.selection.caps.get(&cap.name) {
                None | Some(Reason::NeededBy(_)) => false,
                Some(Reason::Profile | Reason::Switch) => true,
            };
            let caps: Vec<_> = workspace.caps.iter().filter(chosen).collect();
            let micropython = micropython::component(cx, toolchain, workspace, &caps, settings)?;
            Ok(Socket::MicroPython(Box::new(micropython)))
        }
    }
}

/// Stale bindings would compile and then not fit. Of the caps and extensions that are named, or of all.
pub fn check_bindings(workspace: &Workspace, names: &[String]) -> Result<()> {
    let root = workspace.root.as_std_path();
    bindings::all(workspace, names)?.iter().try_for_each(|bindings| bindings.check_fresh(root))
}

impl Pylon {
    /// Says in the file which Python it is (`composectl inspect`).
    fn producers(&self) -> ProducersSection {
        let (name, version) = self.interpreter();
        let mut language = ProducersField::new();
        language.value(name, version);
        let mut producers = ProducersSection::new();
        producers.field("language", &language);
        producers
    }
}

impl Step for Pylon {
    const KIND: &'static str = "compose";
    const VERSION: u32 = 5;

    fn label(&self) -> String {
        self.file_name().to_owned()
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        inputs.text("validate", self.validate.to_string());
        inputs.text("fuse", format!("{} {}", self.fuse, fuse::VERSION));
        inputs.text("linker", self.linker.to_string());
        let (name, version) = self.interpreter();
        inputs.text("interpreter", format!("{name} {version}"));
        let (socket, built) =
            cx.join(|cx| self.socket.ensure(cx), |cx| cap_source::ensure(cx, &self.caps))?;
        inputs.artifact(self.socket.name(), &socket);
        cap_source::declare(inputs, &self.caps, built)
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let part = |name: &str, bytes, switch| Part { name: name.to_owned(), bytes, switch };
        let path = self.socket.file(cx)?;
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let socket = part(self.socket.name(), bytes, None);
        let cap =
            |cap: &CapSource| Ok(part(cap.name(), cap.read(cx)?, Some(switch_name(cap.name()))));
        let caps = self.caps.iter().map(cap).collect::<Result<_>>()?;
        let mut options = compose::Options {
            validate: self.validate,
            fuse: self.fuse,
            known_exporters: self.known_exporters.clone(),
            ..compose::Options::default()
        };
        if self.linker {
            options.allowed_imports.push(LINKER.to_owned());
        }
        let mut composition = compose::compose(socket, caps, &options)?;
        self.producers().append_to_component(&mut composition.bytes);
        fs::write(work.out().join(self.file_name()), composition.bytes)?;
        if let Some(stub) = composition.stub {
            fs::write(work.out().join(NO_CALLBACKS), stub)?;
        }
        fs::write(work.out().join("caps.txt"), composition.caps.join("\n"))?;
        fs::write(work.out().join("imports.txt"), composition.imports.join("\n"))?;
        Ok(fs::write(work.out().join("notes.txt"), composition.notes.join("\n"))?)
    }
}
