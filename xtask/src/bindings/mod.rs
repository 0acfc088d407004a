//! WIT to C: wit-bindgen-c as a library. The generated files are checked in; the first line of each says what
//! wrote it and from which contract, so that a stale one is found without generating anything.
//!
//! A contract that has no bindings in C is refused with its place before anything is written. `limits` refuses what no
//! generator knows, `origins` names that a generator panics on, `clashes` reads with `c_text` what was generated and
//! refuses names that meet there; `comments` keeps doc comments from becoming code, `contain` is the net below. `checked`
//! has the order of it; `linked` looks at what several worlds have in one module. The extension module of a world, where a
//! manifest asks for one, is the crate `python-modules`'.

mod c_text;
mod checked;
mod clashes;
mod comments;
mod contain;
mod limits;
pub mod linked;
mod origins;
mod python_module;
mod reserved;
mod rust;
mod rust_names;
pub mod stubs;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use link_shims::{CFile, Refusal};
use wit_parser::{Resolve, WorldId, WorldKey};

pub use self::checked::World;
use self::checked::shim_generator;
use self::contain::contain;
use self::python_module::PythonModule;
pub use self::rust::{RUNTIME as RUST_RUNTIME, rust_bindings};
use crate::graph::{DigestBuilder, write_atomic};
use crate::libc;
use crate::manifest::names::nearest_hint;
use crate::manifest::wit::Places;
use crate::manifest::{Cap, Diagnostics, Extension, Linkage, Location, ResolvedWorld, Workspace};

/// The version of wit-bindgen-c that Cargo.toml pins.
const GENERATOR: &str = "wit-bindgen-c 0.63.0";
/// Our own crates.
const SHIM_GENERATOR: &str = "link-shims";
const MODULE_GENERATOR: &str = "python-modules";

/// In a cap's folder: who includes `<world>_native.c`.
const NATIVE_TESTS: &str = "tests/bindings_native.c";

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

/// A name that no world goes by.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UnknownName(String);

/// Checked-in bindings of another contract than the one in `wit/`.
#[derive(Debug, thiserror::Error)]
#[error(
    "{}:1: the bindings were not generated from the contract as it is now\nhint: run `cargo xtask gen {name}`",
    path.display()
)]
pub struct Stale {
    path: PathBuf,
    name: String,
}

/// `zlib-import` to `zlib_import`, as wit-bindgen-c names its files.
pub fn stem(world: &str) -> String {
    world.replace('-', "_")
}

/// Every world of the checkout, those of `only` if any are named.
///
/// Fails where a name in `only` is neither a cap's nor an extension's nor one of ours.
pub fn all(workspace: &Workspace, only: &[String]) -> Result<Vec<Bindings>> {
    let mut all = Vec::new();
    for (folder, world) in
        [(libc::COMMAND, libc::COMMAND_WORLD), (libc::ATTENTION, libc::ATTENTION_WORLD)]
    {
        all.push(runtime(workspace.root.as_std_path(), folder, world)?);
    }
    all.extend(common(workspace)?);
    for extension in &workspace.extensions {
        all.extend(of_extension(workspace, extension)?);
    }
    for cap in &workspace.caps {
        all.push(of_cap(workspace, cap)?);
    }
    for name in only {
        if !all.iter().any(|bindings| bindings.name == *name) {
            let names: BTreeSet<_> = all.iter().map(|bindings| bindings.name.as_str()).collect();
            let hint = nearest_hint(name, "caps and extensions", names);
            return Err(UnknownName(format!(
                "there is no cap or extension `{name}`\nhint: {hint}"
            ))
            .into());
        }
    }
    if !only.is_empty() {
        all.retain(|bindings| only.contains(&bindings.name));
    }
    Ok(all)
}

/// Of an extension that has a module over a world.
fn of_extension(workspace: &Workspace, extension: &Extension) -> Result<Option<Bindings>> {
    let (Some(module), Some(world)) = (&extension.module, &extension.world) else {
        return Ok(None);
    };
    let mut resolved = workspace.resolve_world(world)?;
    leave_out_what_is_bound_once(&mut resolved);
    let caps = workspace.caps_of(extension);
    let worlds = |caps: &[&Cap]| -> Result<Vec<_>> {
        caps.iter().map(|cap| Ok(workspace.resolve_world(&cap.world)?)).collect()
    };
    let mut providers: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for import in &world.all_imports {
        let exporter = workspace.exporter(import).map(|cap| cap.name.clone());
        providers.entry(import.clone()).or_default().extend(exporter);
    }
    for cap in &caps {
        for interface in workspace.callbacks_of(cap) {
            providers.entry(interface.to_owned()).or_default().push(cap.name.clone());
        }
    }
    Ok(Some(Bindings {
        shims: Shims::Consumer {
            providers,
            caps: worlds(&caps)?,
            imported: worlds(&workspace.imported_by(&caps))?,
            modes: extension_modes(workspace, extension),
        },
        module: PythonModule::of(extension),
        micropython: PythonModule::of_micropython(workspace, extension),
        name: extension.name.clone(),
        side: "extension",
        dir: module.gen_dir.clone().into(),
        world: world.name.clone(),
        contract_digest: world.contract_digest.clone(),
        resolve: resolved.resolve,
        id: resolved.world,
        places: resolved.places,
    }))
}

fn of_cap(workspace: &Workspace, cap: &Cap) -> Result<Bindings> {
    let resolved = workspace.resolve_world(&cap.world)?;
    // What imports other caps is a provider behind a relay, whose shim is made when it is built.
    let shims = match workspace.imports_of(cap).is_empty() {
        true => Shims::Provider {
            name: cap.name.clone(),
            version: cap.version.to_string(),
            modes: cap.modes.clone(),
            rust: cap.rust.is_some(),
            native: workspace.root.join(&cap.dir).join(NATIVE_TESTS).is_file(),
        },
        false => Shims::None,
    };
    Ok(Bindings {
        shims,
        module: None,
        micropython: None,
        name: cap.name.clone(),
        side: "cap",
        dir: cap.gen_dir.clone().into(),
        world: cap.world.name.clone(),
        contract_digest: cap.world.contract_digest.clone(),
        resolve: resolved.resolve,
        id: resolved.world,
        places: resolved.places,
    })
}

/// A world of the interpreters' own.
fn runtime(root: &Path, folder: &str, world: &str) -> Result<Bindings> {
    let wit = root.join(folder).join("wit");
    let mut resolve = Resolve::new();
    let (package, sources) = resolve.push_path(&wit)?;
    let id = resolve.select_world(&[package], Some(world))?;
    let mut digest = DigestBuilder::default();
    let mut paths: Vec<_> = sources.paths().collect();
    paths.sort();
    for path in paths {
        digest.push(fs::read(path).with_context(|| format!("cannot read {}", path.display()))?);
    }
    Ok(Bindings {
        shims: Shims::None,
        module: None,
        micropython: None,
        name: world.to_owned(),
        side: "runtime",
        dir: Path::new(folder).join("gen"),
        world: world.to_owned(),
        contract_digest: digest.finish().to_string(),
        resolve,
        id,
        places: Places::new(BTreeMap::new(), Location::whole(format!("{folder}/wit"))),
    })
}

/// The modes that an extension may be linked in; static, if all its caps can be.
fn extension_modes(workspace: &Workspace, extension: &Extension) -> Vec<Linkage> {
    let mut modes: Vec<_> = extension.linkage.modes.iter().map(|mode| mode.value).collect();
    modes.push(extension.linkage.default);
    if workspace.caps_of(extension).iter().all(|cap| cap.modes.contains(&Linkage::Static)) {
        modes.push(Linkage::Static);
    }
    modes
}

/// Takes `compose:dynlink` out of a world: two bindings of one interface cannot be linked, and that one has its
/// binding in `cpython-ext/common`. A world that imports nothing else has bindings with nothing in them.
fn leave_out_what_is_bound_once(resolved: &mut ResolvedWorld) {
    let ResolvedWorld { resolve, world, .. } = resolved;
    let ours = |key: &WorldKey| resolve.name_world_key(key).starts_with("compose:dynlink/");
    let keys: Vec<_> =
        resolve.worlds[*world].imports.keys().filter(|key| ours(key)).cloned().collect();
    for key in keys {
        resolve.worlds[*world].imports.shift_remove(&key);
    }
}

/// The worlds of `compose:dynlink`, each bound once for all extensions, or for all caps.
fn common(workspace: &Workspace) -> Result<Vec<Bindings>> {
    let worlds = [("cpython-ext", "dynlink", "dynlink-import"), ("caps", "provider", "provider")];
    let mut all = Vec::new();
    for (side, name, world) in worlds {
        let folder = Path::new(side).join("common");
        let resolved = workspace.common_world(side, world)?;
        all.push(Bindings {
            shims: Shims::None,
            module: None,
            micropython: None,
            name: name.to_owned(),
            side: "common",
            dir: folder.join("gen"),
            world: world.to_owned(),
            contract_digest: resolved.info.contract_digest,
            resolve: resolved.resolve,
            id: resolved.world,
            places: resolved.places,
        });
    }
    Ok(all)
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

    /// What differs between the folder and `generated`, as `path: what`.
    pub fn differences(
        &self,
        root: &Path,
        generated: &BTreeMap<String, Vec<u8>>,
    ) -> Result<Vec<String>> {
        let dir = root.join(&self.dir);
        let mut differences = Vec::new();
        for (name, content) in generated {
            let what = match fs::read(dir.join(name)) {
                Ok(bytes) if bytes == *content => continue,
                Ok(_) => "is stale",
                Err(_) => "is missing",
            };
            differences.push(format!("{}/{name} {what}", self.dir.display()));
        }
        for stray in self.strays(root, generated)? {
            differences.push(format!("{} is not generated any more", stray.display()));
        }
        Ok(differences)
    }

    /// Files in the folder that nothing generates, relative to the checkout.
    fn strays(&self, root: &Path, generated: &BTreeMap<String, Vec<u8>>) -> Result<Vec<PathBuf>> {
        let dir = root.join(&self.dir);
        let mut strays = Vec::new();
        for entry in fs::read_dir(&dir).into_iter().flatten() {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if !generated.contains_key(&name) {
                strays.push(self.dir.join(name));
            }
        }
        strays.sort();
        Ok(strays)
    }

    /// Makes the folder what it should be; returns whether anything changed. Files that are right keep their times.
    pub fn write(&self, root: &Path, generated: &BTreeMap<String, Vec<u8>>) -> Result<bool> {
        let changed = !self.differences(root, generated)?.is_empty();
        for (name, content) in generated {
            let path = root.join(&self.dir).join(name);
            if fs::read(&path).ok().as_ref() != Some(content) {
                write_atomic(&path, content)?;
            }
        }
        for stray in self.strays(root, generated)? {
            fs::remove_file(root.join(stray))?;
        }
        Ok(changed)
    }

    /// Fails when a module is not what would be generated: of its contract, and of what the manifest says.
    fn check_modules_fresh(&self, root: &Path) -> Result<()> {
        let first_line = self.first_line(MODULE_GENERATOR);
        for CFile { name, text } in self.python_modules()? {
            let path = self.dir.join(name);
            let written = fs::read_to_string(root.join(&path)).unwrap_or_default();
            let right = match path.extension().is_some_and(|extension| extension == "pyi") {
                true => first_line.replacen("//", "#", 1) + &text,
                false => first_line.clone() + &text,
            };
            if written != right {
                return Err(Stale { path, name: self.name.clone() }.into());
            }
        }
        Ok(())
    }

    /// Fails when the checked-in files were made from another contract.
    pub fn check_fresh(&self, root: &Path) -> Result<()> {
        let fresh = |ending: &str, generator: &str, needed: bool| {
            let path = self.dir.join(format!("{}{ending}", stem(&self.world)));
            match fs::read_to_string(root.join(&path)) {
                Ok(text) if text.starts_with(&self.first_line(generator)) => Ok(()),
                Err(_) if !needed => Ok(()),
                _ => Err(Stale { path, name: self.name.clone() }),
            }
        };
        fresh(".h", GENERATOR, true)?;
        for (ending, mode) in self.shims.files() {
            fresh(ending, SHIM_GENERATOR, self.shims.need(*mode))?;
        }
        if self.shims.is_native() {
            fresh("_native.c", SHIM_GENERATOR, true)?;
        }
        if self.shims.is_rust() {
            fresh(".rs", rust::GENERATOR, true)?;
            fresh("_rust.c", SHIM_GENERATOR, true)?;
        }
        self.check_modules_fresh(root)
    }
}
