//! A contract with C on both sides, in a folder: `test.wit` with the worlds `consumer` and `cap`, `consumer.c` (a
//! program), `provider.c` (its implementation) or `provider.rs` (the same in Rust). The steps that build it in each linkage mode: bindings and shims, objects,
//! core modules, components. The contract tests (`tests/linkage`) and the benchmarks of links (`bench/linkage`) are such.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use link_shims::{CFile, Side};
use serde::Deserialize;
use wit_bindgen_core::Files;
use wit_parser::{Resolve, WorldId};

use crate::bindings::rust_bindings;
use crate::compile::{Compile, Content, Library, OUR_WARNINGS, Place};
use crate::component::{self, ImportPolicy};
use crate::compose::{self, Part};
use crate::graph::{Artifact, Context, Inputs, Step, Work};
use crate::libc;
use crate::link_code;
use crate::manifest::CONSUMER;
use crate::rust::{CargoLibrary, Source};
use crate::toolchain::{Target, Toolchain};

/// How the two sides of a case are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    Embed,
    /// Embed, and then fused.
    Fused,
    Dynlink,
    /// Dynlink, and the provider is the cap's component behind a relay.
    Relay,
    Static,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Mode::Embed => "embed",
            Mode::Fused => "fused",
            Mode::Dynlink => "dynlink",
            Mode::Relay => "relay",
            Mode::Static => "static",
        })
    }
}

/// How the provider is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    C,
    /// In C, and without a shim.
    Handwritten,
    Rust,
}

/// What is run.
pub struct Program {
    pub component: PathBuf,
    /// Where the consumer resolves one.
    pub provider: Option<PathBuf>,
}

/// The provider's name in the plan.
pub const PROVIDER: &str = "provider";

const LINK_FLAGS: &[&str] =
    &["-m", "wasm32", "--gc-sections", "--strip-debug", "--stack-first", "-z", "stack-size=262144"];

/// Builds the case in the folder `case` of the checkout.
pub fn program(
    cx: &Context,
    toolchain: &Toolchain,
    case: &str,
    mode: Mode,
    provider: Provider,
) -> Result<Program> {
    let rust = provider == Provider::Rust;
    let generated = cx.ensure_files(&Generated { case: case.to_owned(), rust })?;
    let case = Case { cx, toolchain, case, generated: &generated, provider };
    let (component, provider) = match mode {
        Mode::Embed | Mode::Fused => {
            let fuse = mode == Mode::Fused;
            let embedded = Embedded { consumer: case.consumer(), cap: case.cap()?, fuse };
            (component(cx, &embedded)?, None)
        }
        Mode::Dynlink => {
            let provider = component(cx, &case.provider()?)?;
            (component(cx, &case.dynlinked()?)?, Some(provider))
        }
        Mode::Relay => {
            let provider = Embedded { consumer: case.relay()?, cap: case.cap()?, fuse: true };
            (component(cx, &case.dynlinked()?)?, Some(component(cx, &provider)?))
        }
        Mode::Static => (component(cx, &case.folded()?)?, None),
    };
    Ok(Program { component, provider })
}

/// The file name of every component here.
const COMPONENT: &str = "x.wasm";

fn component(cx: &Context, step: &impl Step) -> Result<PathBuf> {
    Ok(cx.ensure_files(step)?.path(COMPONENT))
}

struct Case<'a> {
    cx: &'a Context,
    toolchain: &'a Toolchain,
    case: &'a str,
    generated: &'a Artifact,
    provider: Provider,
}

/// The manifest and the lock file of a provider in Rust.
const MANIFEST: &str = "[package]\nname = \"case\"\nversion = \"0.0.0\"\nedition = \"2024\"\n";
const LOCK: &str = "version = 4\n\n[[package]]\nname = \"case\"\nversion = \"0.0.0\"\n";

impl Case<'_> {
    fn compile(&self, source: Place, include: &[Place], flags: &[&str]) -> Compile {
        Compile {
            toolchain: self.toolchain.clone(),
            target: Target::Wasip2,
            source,
            include: include.to_vec(),
            flags: ["-O2"].iter().chain(flags).map(|flag| flag.to_string()).collect(),
        }
    }

    fn generated(&self, file: &str) -> Place {
        Place::output(&format!("{} bindings", self.case), self.generated, file)
    }

    /// A source of the case. It is written against nothing but bindings, unless the case is about dynlink.
    fn own(&self, file: &str, include: &[Place], flags: &[&str]) -> Compile {
        let mut folders = vec![Place::checkout("tests/linkage"), self.generated("")];
        folders.extend_from_slice(include);
        let flags = [OUR_WARNINGS, flags].concat();
        self.compile(Place::checkout(format!("{}/{file}", self.case)), &folders, &flags)
    }

    /// wit-bindgen's output, which is not written to our warnings.
    fn bindings(&self, file: &str) -> Compile {
        self.compile(self.generated(file), &[self.generated("")], &["-w"])
    }

    /// A shim: to our warnings, and against the case's own headers.
    fn shim(&self, file: &str, flags: &[&str]) -> Compile {
        let mut include = vec![self.generated("")];
        include.extend(link_code::include());
        self.compile(self.generated(file), &include, flags)
    }

    /// The implementation, whoever calls it.
    fn implementation(&self, include: &[Place]) -> Result<(Vec<Compile>, Vec<Library>)> {
        if self.provider != Provider::Rust {
            return Ok((vec![self.own("provider.c", include, &[])], Vec::new()));
        }
        let generated = Source::Output(self.generated.clone(), "cap.rs".into());
        let files = [
            ("Cargo.toml", Source::Text(MANIFEST.to_owned())),
            ("Cargo.lock", Source::Text(LOCK.to_owned())),
            ("src/lib.rs", Source::File(format!("{}/provider.rs", self.case).into())),
            ("gen/cap.rs", generated),
        ];
        let folder = "caps/case";
        let files = files.map(|(name, source)| (format!("{folder}/{name}"), source));
        let library =
            CargoLibrary::new(self.cx, self.case, folder, files.into(), Vec::new(), None)?;
        let library = Library { name: "case".to_owned(), content: Content::Crate(library) };
        Ok((vec![self.shim("cap_rust.c", OUR_WARNINGS)], vec![library]))
    }

    fn linked(
        &self,
        name: &str,
        start: Start,
        mut objects: Vec<Compile>,
        types: Vec<Place>,
    ) -> Linked {
        objects.push(libc::memory(self.toolchain));
        Linked {
            name: format!("{} {name}", self.case),
            toolchain: self.toolchain.clone(),
            start,
            objects,
            types,
            libraries: Vec::new(),
        }
    }

    /// The consumer by its bindings.
    fn consumer(&self) -> Linked {
        let objects = vec![self.own("consumer.c", &[], &[]), self.bindings("consumer.c")];
        let types = vec![self.generated("consumer_component_type.o")];
        self.linked("consumer", Start::Program, objects, types)
    }

    /// The implementation by its bindings.
    fn cap(&self) -> Result<Linked> {
        let (mut objects, libraries) = self.implementation(&[])?;
        objects.push(self.bindings("cap.c"));
        let types = vec![self.generated("cap_component_type.o")];
        Ok(Linked { libraries, ..self.linked("cap", Start::Library, objects, types) })
    }

    /// Both sides in one core module.
    fn folded(&self) -> Result<Linked> {
        let (mut objects, libraries) = self.implementation(&[])?;
        objects.push(self.own("consumer.c", &[], &[]));
        objects.push(self.shim("consumer_static.c", OUR_WARNINGS));
        Ok(Linked { libraries, ..self.linked("static", Start::Program, objects, Vec::new()) })
    }

    /// The consumer by the linker.
    fn dynlinked(&self) -> Result<Linked> {
        let common = link_code::include();
        let mut objects = vec![
            self.own("consumer.c", &common, &["-DLINKAGE_DYNLINK"]),
            self.shim("consumer_dynlink.c", &link_code::flags(OUR_WARNINGS)),
        ];
        objects.extend(link_code::consumer(self.cx, self.toolchain, Target::Wasip2)?);
        let world = Place::Checkout(link_code::consumer_world());
        Ok(self.linked("dynlink", Start::Program, objects, vec![world]))
    }

    /// The endpoint over the consumer's own bindings.
    fn relay(&self) -> Result<Linked> {
        let shim = self.shim("consumer_endpoint.c", &link_code::flags(OUR_WARNINGS));
        let mut objects = vec![shim, self.bindings("consumer.c")];
        objects.extend(link_code::provider(self.cx, self.toolchain, Target::Wasip2)?);
        let world = self.generated("consumer_component_type.o");
        let types = vec![world, Place::Checkout(link_code::provider_world())];
        Ok(self.linked("relay", Start::Library, objects, types))
    }

    /// The implementation by the endpoint.
    fn provider(&self) -> Result<Linked> {
        let (mut objects, libraries) = self.implementation(&link_code::include())?;
        if self.provider != Provider::Handwritten {
            objects.push(self.shim("cap_endpoint.c", &link_code::flags(OUR_WARNINGS)));
        }
        objects.extend(link_code::provider(self.cx, self.toolchain, Target::Wasip2)?);
        let world = vec![Place::Checkout(link_code::provider_world())];
        Ok(Linked { libraries, ..self.linked("provider", Start::Library, objects, world) })
    }
}

/// The bindings and the link shims of a case's contract.
#[derive(Clone, Debug)]
struct Generated {
    case: String,
    /// Whether there are bindings for a provider in Rust, too.
    rust: bool,
}

impl Generated {
    /// File name to content. It takes milliseconds, and what it makes is the step's input: so that a generator that
    /// changes is a step that changes.
    fn files(&self, cx: &Context) -> Result<BTreeMap<String, Vec<u8>>> {
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_path(cx.root().join(&self.case).join("test.wit"))?;
        let consumer = resolve.select_world(&[package], Some("consumer"))?;
        let cap = resolve.select_world(&[package], Some("cap"))?;
        let mut files = BTreeMap::new();
        for world in [consumer, cap] {
            files.append(&mut bindings(&resolve, world)?);
        }
        let import = Side { resolve: &resolve, world: consumer };
        let export = Side { resolve: &resolve, world: cap };
        let mut shims: Vec<CFile> = vec![
            link_shims::dynlink(&import, &|_| Ok(PROVIDER.to_owned()))?,
            link_shims::endpoint(&export, PROVIDER, "0.1.0")?,
            link_shims::static_link(&import, &[export], &[])?,
        ];
        // Nobody is called back from behind a relay.
        if resolve.worlds[consumer].exports.is_empty() {
            shims.push(link_shims::relay(&import, PROVIDER, "0.1.0")?);
        }
        if self.rust {
            shims.push(link_shims::rust(&export)?);
            let (name, text) = rust_bindings(&export)?;
            files.insert(name, text.into_bytes());
        }
        files.extend(shims.into_iter().map(|shim| (shim.name, shim.text.into_bytes())));
        Ok(files)
    }
}

fn bindings(resolve: &Resolve, world: WorldId) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = Files::default();
    let mut resolve = resolve.clone();
    wit_bindgen_c::Opts::default().build().generate(&mut resolve, world, &mut files)?;
    Ok(files.iter().map(|(name, bytes)| (name.to_owned(), bytes.to_vec())).collect())
}

impl Step for Generated {
    const KIND: &'static str = "generate";
    const VERSION: u32 = 2;

    fn label(&self) -> String {
        format!("{} bindings", self.case)
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        inputs.file(&cx.root().join(&self.case).join("test.wit"))?;
        for (name, bytes) in self.files(cx)? {
            inputs.bytes(name, bytes);
        }
        Ok(())
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        for (name, bytes) in self.files(cx)? {
            fs::write(work.out().join(name), bytes)?;
        }
        Ok(())
    }
}

/// What a component is entered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    /// `main`. It may import WASI, and whatever is not there fails later.
    Program,
    /// Its exports. It imports nothing but what a provider asks by.
    Library,
}

/// Objects to a core module to a component.
#[derive(Clone, Debug)]
struct Linked {
    name: String,
    toolchain: Toolchain,
    start: Start,
    objects: Vec<Compile>,
    /// Objects that carry worlds.
    types: Vec<Place>,
    libraries: Vec<Library>,
}

impl Step for Linked {
    const KIND: &'static str = "component";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        self.name.clone()
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        self.toolchain.input(inputs);
        inputs.text("start", format!("{:?}", self.start));
        inputs.list("flag", LINK_FLAGS.iter().chain(libc::MEMORY_FLAGS));
        for (index, object) in cx.ensure_all(&self.objects)?.iter().enumerate() {
            inputs.artifact(&index.to_string(), object);
        }
        for library in cx.ensure_all(&self.libraries)? {
            inputs.artifact("library", &library);
        }
        for object in &self.types {
            match object {
                Place::Checkout(path) => inputs.file(&cx.root().join(path))?,
                Place::Output { name, artifact, .. } => inputs.artifact(name, artifact),
            }
        }
        Ok(())
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let libraries = self.toolchain.library_dir(Target::Wasip2);
        let core = work.scratch()?.join("core.wasm");
        let mut link =
            self.toolchain.tool(work, "wasm-ld").args(LINK_FLAGS).args(libc::MEMORY_FLAGS);
        link = match self.start {
            Start::Program => link.arg(libraries.join("crt1-command.o")),
            Start::Library => {
                link.arg(libraries.join("crt1-reactor.o")).args(["--entry", "_initialize"])
            }
        };
        for object in cx.ensure_all(&self.objects)? {
            link = link.arg(object.path("x.o"));
        }
        for object in &self.types {
            link = link.arg(match object {
                Place::Checkout(path) => cx.root().join(path),
                Place::Output { artifact, path, .. } => artifact.dir.join(path),
            });
        }
        for (library, archive) in self.libraries.iter().zip(cx.ensure_all(&self.libraries)?) {
            link = link.arg(archive.path(&format!("lib{}.a", library.name)));
        }
        link.arg(format!("-L{}", libraries.display()))
            .args(["-lc", "-lm"])
            .arg(self.toolchain.builtins()?)
            .arg("-o")
            .arg(&core)
            .run()?;
        let component = component::encode(&fs::read(core)?, None)
            .with_context(|| format!("the core module of {} is no component", self.name))?;
        if self.start == Start::Library {
            // What it calls back, if it does, is of its contract.
            let also = [CONSUMER, "test:", "bench:"].map(str::to_owned).to_vec();
            let policy = ImportPolicy { wasi: false, also };
            component::check_imports(&component, &policy)?;
        }
        Ok(fs::write(work.out().join(COMPONENT), component)?)
    }
}

/// Both sides composed.
#[derive(Clone, Debug)]
struct Embedded {
    consumer: Linked,
    cap: Linked,
    fuse: bool,
}

impl Step for Embedded {
    const KIND: &'static str = "compose";
    const VERSION: u32 = 2;

    fn label(&self) -> String {
        let how = if self.fuse { "fused" } else { "composed" };
        format!("{}, {how} with its cap", self.consumer.name)
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        inputs.text("fuse", format!("{} {}", self.fuse, fuse::VERSION));
        inputs.artifact("consumer", &cx.ensure(&self.consumer)?);
        inputs.artifact("cap", &cx.ensure(&self.cap)?);
        Ok(())
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let part = |name: &str, linked: &Linked| -> Result<Part> {
            let bytes = fs::read(cx.ensure(linked)?.path(COMPONENT))?;
            Ok(Part { name: name.to_owned(), bytes, switch: None })
        };
        let (consumer, cap) = (part("consumer", &self.consumer)?, part("cap", &self.cap)?);
        let options = compose::Options { fuse: self.fuse, ..compose::Options::default() };
        let composed = compose::compose(consumer, vec![cap], &options)?;
        // Composed, nobody can call back: that is for a case to show.
        let expected = |note: &&String| !self.fuse && note.contains("only what is fused can");
        if let Some(note) = composed.notes.iter().find(|note| !expected(note)) {
            bail!("a note where there is nothing to note: {note}");
        }
        Ok(fs::write(work.out().join(COMPONENT), composed.bytes)?)
    }
}
