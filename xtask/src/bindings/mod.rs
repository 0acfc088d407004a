//! WIT to C: wit-bindgen-c as a library. The generated files are checked in; the first line of each says what
//! wrote it and from which contract, so that a stale one is found without generating anything.
//!
//! A contract that has no bindings in C is refused with its place before anything is written. `limits` refuses what no
//! generator knows, `origins` names that a generator panics on, `clashes` reads with `c_text` what was generated and
//! refuses names that meet there; `comments` keeps doc comments from becoming code, `contain` is the net below. `checked`
//! has the order of it; `linked` looks at what several worlds have in one module. `listed` has all of the checkout,
//! `checked_in` compares and writes their files. The extension module of a world, where a manifest asks for one, is the crate
//! `python-modules`'.

mod c_text;
mod checked;
mod checked_in;
mod clashes;
mod comments;
mod contain;
mod limits;
pub mod linked;
mod listed;
mod origins;
mod python_module;
mod reserved;
mod rust;
mod rust_names;
pub mod stubs;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Result, bail};
use link_shims::{CFile, Refusal};
use wit_parser::{Resolve, WorldId};

pub use self::checked::World;
use self::checked::shim_generator;
pub use self::checked_in::Stale;
use self::contain::contain;
pub use self::listed::{UnknownName, all};
use self::python_module::PythonModule;
pub use self::rust::{RUNTIME as RUST_RUNTIME, rust_bindings};
use crate::manifest::wit::Places;
use crate::manifest::{Diagnostics, Linkage, Location, ResolvedWorld};

/// The version of wit-bindgen-c that Cargo.toml pins.
const GENERATOR: &str = "wit-bindgen-c 0.63.0";
/// Our own crates.
const SHIM_GENERATOR: &str = "link-shims";
const MODULE_GENERATOR: &str = "python-modules";

/// A world whose bindings are checked in.
pub struct Bindings {
    /// What the user calls it: `zlib`, `command` and `attention` for the interpreters' own worlds, `dynlink` and `provider` for those of
    /// `cpython-ext/common` and `caps/common`.
    pub name: String,
    /// `extension`, `cap`, `runtime`, or `common` for what all extensions or all caps share.
    pub side: &'static str,
    /// Folder of the generated files, relative to the checkout.
    pub dir: PathBuf,
    world: String,
    contract_digest: String,
    resolve: Resolve,
    id: WorldId,
    places: Places,
    shims: Shims,
    module: Option<PythonModule>,
    micropython: Option<(PythonModule, BTreeMap<String, u64>)>,
}

/// The shims that are generated beside the bindings.
enum Shims {
    None,
    /// Those of a consumer: interface -> the names of the providers that serve it or ask for it, and the worlds of all of
    /// them.
    Consumer {
        providers: BTreeMap<String, Vec<String>>,
        caps: Vec<ResolvedWorld>,
        /// The worlds of further caps, which those import from.
        imported: Vec<ResolvedWorld>,
        /// Modes that the manifests list.
        modes: Vec<Linkage>,
    },
    /// That of the provider of this name and version.
    Provider {
        name: String,
        version: String,
        modes: Vec<Linkage>,
        /// Whether it is written in Rust.
        rust: bool,
        /// Whether it is tested in native processes: then there is what bindings give it there.
        native: bool,
    },
}

impl Shims {
    /// Endings of the files' names, behind the world's, with the mode that each is for.
    fn files(&self) -> &'static [(&'static str, Linkage)] {
        match self {
            Shims::None => &[],
            // It resolves providers by hand: there is nothing to generate from.
            Shims::Consumer { caps, .. } if caps.is_empty() => &[],
            Shims::Consumer { .. } => {
                &[("_dynlink.c", Linkage::Dynlink), ("_static.c", Linkage::Static)]
            }
            Shims::Provider { .. } => &[("_endpoint.c", Linkage::Dynlink)],
        }
    }

    /// The worlds of all caps that are folded into a consumer.
    fn caps(&self) -> Vec<World<'_>> {
        match self {
            Shims::Consumer { caps, imported, .. } => {
                caps.iter().chain(imported).map(World::of).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether the cap is written in Rust: then there are two files more, whatever the modes.
    fn is_rust(&self) -> bool {
        matches!(self, Shims::Provider { rust: true, .. })
    }

    fn is_native(&self) -> bool {
        matches!(self, Shims::Provider { native: true, .. })
    }

    /// Whether there has to be a shim for `mode`. Without that, a contract need not be one that shims can carry.
    fn need(&self, mode: Linkage) -> bool {
        match self {
            Shims::None => false,
            Shims::Consumer { modes, .. } | Shims::Provider { modes, .. } => modes.contains(&mode),
        }
    }
}

/// `zlib-import` to `zlib_import`, as wit-bindgen-c names its files.
pub fn stem(world: &str) -> String {
    world.replace('-', "_")
}

impl Bindings {
    /// The first line of each text file that `generator` made.
    fn first_line(&self, generator: &str) -> String {
        format!(
            "// Generated by `cargo xtask gen {}` with {generator} from contract sha256:{}. Do not edit.\n",
            self.name, self.contract_digest
        )
    }

    /// The shim for `mode`, without its first line.
    fn shim(&self, mode: Linkage) -> Result<CFile> {
        let side = self.world().side();
        match (&self.shims, mode) {
            (Shims::Consumer { providers, .. }, Linkage::Dynlink) => {
                link_shims::dynlink(&side, &|interface| match providers
                    .get(interface)
                    .map_or(&[][..], Vec::as_slice)
                {
                    [provider] => Ok(provider.clone()),
                    [] => bail!("no cap exports `{interface}`"),
                    [first, other, ..] => bail!(
                        "`{first}` and `{other}` both call it back; over dynlink only one can"
                    ),
                })
            }
            (Shims::Consumer { caps, imported, .. }, Linkage::Static) => {
                let [caps, imported] = [caps, imported].map(|worlds| {
                    worlds.iter().map(|cap| World::of(cap).side()).collect::<Vec<_>>()
                });
                link_shims::static_link(&side, &caps, &imported)
            }
            (Shims::Provider { name, version, .. }, Linkage::Dynlink) => {
                link_shims::endpoint(&side, name, version)
            }
            (_, mode) => bail!("internal error: there is no shim for {}", mode.name()),
        }
    }

    /// The files as they should be: name to content. Fails with [`Diagnostics`] where they would not be C.
    pub fn generate(&self) -> Result<BTreeMap<String, Vec<u8>>> {
        let world = self.world();
        let origins = world.origins()?;
        let mut generated = BTreeMap::new();
        let mut texts = BTreeMap::new();
        for (name, bytes) in world.bindings()? {
            if name.ends_with(".o") {
                generated.insert(name, bytes);
            } else {
                texts.insert(name, (GENERATOR, String::from_utf8(bytes)?));
            }
        }
        for (_, mode) in self.shims.files() {
            let shim = contain(|| self.shim(*mode))
                .map_err(|panic| world.failed(&shim_generator(*mode), &panic))?;
            match shim {
                Ok(CFile { name, text }) => {
                    texts.insert(name, (SHIM_GENERATOR, text));
                }
                Err(error) if self.shims.need(*mode) => return Err(self.refused(*mode, &error)),
                Err(_) => {}
            }
        }
        if self.shims.is_native() {
            let CFile { name, text } = contain(|| link_shims::native(&world.side()))
                .map_err(|panic| world.failed(SHIM_GENERATOR, &panic))??;
            texts.insert(name, (SHIM_GENERATOR, text));
        }
        let mut module = self.python_modules()?;
        let stub = module.pop_if(|file| file.name.ends_with(".pyi"));
        texts.extend(module.into_iter().map(|file| (file.name, (MODULE_GENERATOR, file.text))));
        world.check_names(&texts, origins, &self.shims.caps())?;
        if self.shims.is_rust() {
            rust_names::check(&world)?;
            // Its names are the header's, and others that no header has.
            let CFile { name, text } = contain(|| link_shims::rust(&world.side()))
                .map_err(|panic| world.failed(SHIM_GENERATOR, &panic))??;
            texts.insert(name, (SHIM_GENERATOR, text));
            let (name, text) = rust::bindings(&world)?;
            texts.insert(name, (rust::GENERATOR, text));
        }
        for (name, (generator, text)) in texts {
            generated.insert(name, (self.first_line(generator) + &text).into_bytes());
        }
        if let Some(CFile { name, text }) = stub {
            let first_line = self.first_line(MODULE_GENERATOR).replacen("//", "#", 1);
            generated.insert(name, (first_line + &text).into_bytes());
        }
        Ok(generated)
    }

    /// The files of the modules that are generated, the stub last, without their first lines.
    fn python_modules(&self) -> Result<Vec<CFile>> {
        let side = self.world().side();
        let mut files = Vec::new();
        if let Some((module, handles)) = &self.micropython {
            let hint = "change the contract, or write MicroPython's module by hand: `modules` and `sources` in cap.toml";
            files.extend(self.mapped(module, hint, |module| {
                python_modules::micropython(&side, module, handles)
            })?);
        }
        if let Some(module) = &self.module {
            let hint =
                "change the contract, or write the module by hand: `c_file` in pyforge-pkg.toml";
            files
                .extend(self.mapped(module, hint, |module| python_modules::module(&side, module))?);
        }
        Ok(files)
    }

    fn mapped(
        &self,
        module: &PythonModule,
        hint: &str,
        make: impl Fn(&python_modules::Module) -> Result<Vec<CFile>>,
    ) -> Result<Vec<CFile>> {
        let PythonModule { name, description, by_hand, location } = module;
        let made = contain(|| make(&python_modules::Module { name, description, by_hand }))
            .map_err(|panic| self.world().failed(MODULE_GENERATOR, &panic))?;
        made.map_err(|error| self.unmapped(&error, location, hint))
    }

    fn world(&self) -> World<'_> {
        World { resolve: &self.resolve, id: self.id, places: &self.places }
    }

    /// That a manifest lists a mode for which the contract has no shim.
    fn refused(&self, mode: Linkage, error: &anyhow::Error) -> anyhow::Error {
        let place = error.downcast_ref::<Refusal>().and_then(|refusal| refusal.place.clone());
        let location = match place {
            Some((path, range)) => self.places.in_file(&path, range),
            None => self.world().place(),
        };
        let message = format!("`{}` has no shim for {}: {error:#}", self.world, mode.name());
        let hint = format!("change the contract, or leave `{}` out of the modes", mode.name());
        let mut diagnostics = Diagnostics::default();
        diagnostics.error(&location, message, hint);
        diagnostics.into()
    }

    /// That the contract has something without a Python value.
    fn unmapped(&self, error: &anyhow::Error, module: &Location, hint: &str) -> anyhow::Error {
        let place = error.downcast_ref::<Refusal>().and_then(|refusal| refusal.place.clone());
        let location = match place {
            Some((path, range)) => self.places.in_file(&path, range),
            None => module.clone(),
        };
        let message = format!("`{}` has no generated module: {error:#}", self.world);
        let mut diagnostics = Diagnostics::default();
        diagnostics.error(&location, message, hint);
        diagnostics.into()
    }
}
