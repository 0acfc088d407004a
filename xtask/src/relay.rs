//! A provider of any component: a relay, which imports a cap's contract and exports `compose:dynlink/endpoint`, composed
//! with whatever exports the contract, and with the caps that this one imports.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::PathBuf;

use anyhow::Result;
use link_shims::Side;

use crate::bindings::World;
use crate::cap_source::{self, CapSource};
use crate::caps::{self, CapComponent};
use crate::compose::{self, Part};
use crate::graph::{Context, Inputs, Step, Work};
use crate::manifest::{CONSUMER, Cap, LINKER, ResolvedWorld, Workspace};
use crate::toolchain::Toolchain;

/// What the files of a relay's bindings begin with.
const STEM: &str = "relay";

/// wit-bindgen's files and the shim of a world that imports what a cap exports.
#[derive(Clone)]
struct Bindings {
    cap: String,
    /// File name to content. It takes milliseconds, and what it makes is the step's input: so that a generator that
    /// changes is a step that changes.
    files: BTreeMap<String, Vec<u8>>,
}

impl fmt::Debug for Bindings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.label())
    }
}

impl Bindings {
    fn new(workspace: &Workspace, cap: &Cap) -> Result<Bindings> {
        let resolved = mirrored(workspace, cap)?;
        let world = World::of(&resolved);
        // What is in it has been checked with the cap's own world.
        let mut files = world.bindings()?;
        let side = Side { resolve: &resolved.resolve, world: resolved.world };
        let shim = link_shims::relay(&side, &cap.name, &cap.version.to_string())?;
        files.insert(shim.name, shim.text.into_bytes());
        Ok(Bindings { cap: cap.name.clone(), files })
    }
}

/// A world that imports what the cap's world exports.
fn mirrored(workspace: &Workspace, cap: &Cap) -> Result<ResolvedWorld> {
    let mut resolved = workspace.resolve_world(&cap.world)?;
    let imports = cap.world.exports.iter().map(|interface| format!("    import {interface};\n"));
    let text =
        format!("package pylon-relay:cap;\n\nworld {STEM} {{\n{}}}\n", imports.collect::<String>());
    let package = resolved.resolve.push_str("relay.wit", &text)?;
    resolved.world = resolved.resolve.select_world(&[package], Some(STEM))?;
    Ok(resolved)
}

impl Step for Bindings {
    const KIND: &'static str = "generate";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        format!("{} relay bindings", self.cap)
    }

    fn inputs(&self, _: &Context, inputs: &mut Inputs) -> Result<()> {
        for (name, bytes) in &self.files {
            inputs.bytes(name, bytes);
        }
        Ok(())
    }

    fn run(&self, _: &Context, work: &Work) -> Result<()> {
        for (name, bytes) in &self.files {
            fs::write(work.out().join(name), bytes)?;
        }
        Ok(())
    }
}

/// A relay composed with a cap's component and those of the caps that it imports, `<cap>.provider.wasm`, with `notes.txt`,
/// a line each.
#[derive(Clone, Debug)]
pub struct Relayed {
    cap: String,
    relay: CapComponent,
    caps: Vec<CapSource>,
    fuse: bool,
}

/// The steps for a provider that is made of components. `replaced` has files of the user's, by cap.
pub fn provider(
    cx: &Context,
    toolchain: &Toolchain,
    workspace: &Workspace,
    cap: &Cap,
    replaced: &BTreeMap<String, PathBuf>,
    fuse: bool,
) -> Result<Relayed> {
    let bindings = cx.ensure(&Bindings::new(workspace, cap)?)?;
    let relay = caps::relay(cx, toolchain, cap, &bindings, STEM)?;
    let names = workspace.with_imported(cap);
    let caps = cap_source::all(cx, toolchain, workspace, &names, replaced)?;
    Ok(Relayed { cap: cap.name.clone(), relay, caps, fuse })
}

impl Relayed {
    /// Of the provider.
    pub fn file_name(&self) -> String {
        format!("{}.provider.wasm", self.cap)
    }
}

impl Step for Relayed {
    const KIND: &'static str = "compose";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        self.file_name()
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        inputs.text("fuse", format!("{} {}", self.fuse, fuse::VERSION));
        let (relay, built) =
            cx.join(|cx| cx.ensure(&self.relay), |cx| cap_source::ensure(cx, &self.caps))?;
        inputs.artifact("relay", &relay);
        cap_source::declare(inputs, &self.caps, built)
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let part = |cap: &CapSource| {
            Ok(Part { name: cap.name().to_owned(), bytes: cap.read(cx)?, switch: None })
        };
        let caps = self.caps.iter().map(part).collect::<Result<_>>()?;
        let relay = cx.ensure(&self.relay)?.path(&format!("{}.wasm", self.relay.name));
        let relay = Part { name: "the relay".to_owned(), bytes: fs::read(relay)?, switch: None };
        let mut options = compose::Options { fuse: self.fuse, ..compose::Options::default() };
        // What else there is for providers, if their plan grants it.
        options.allowed_imports.extend([CONSUMER, LINKER].map(str::to_owned));
        let composition = compose::compose(relay, caps, &options)?;
        fs::write(work.out().join(self.file_name()), composition.bytes)?;
        Ok(fs::write(work.out().join("notes.txt"), composition.notes.join("\n"))?)
    }
}
