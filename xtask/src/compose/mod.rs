//! Composition: the Python component (the socket) and the caps that it needs become one component.
//!
//! `wac plug` would do for one cap, but it leaves a cap out without a word when its type doesn't
//! match, and it does not connect caps to each other. So we build the graph ourselves, on the same
//! library (wac-graph), and say what is wrong in terms of caps, switches and WIT. The composition is then fused, if that is
//! wanted, which changes nothing but what a call between parts costs.

mod partly;
mod stub;
mod wiring;
mod wit;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use anyhow::{Context, Result, ensure};
use wac_graph::types::{Package, SubtypeChecker, Types};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, Resolve, WorldId};

use crate::component;
use crate::wasm::inspect::{self, Kind};
use crate::wasm::validate;
use wiring::{Wiring, best_match};
use wit::{Side, View};

/// A component that goes into a composition.
#[derive(Clone, Debug)]
pub struct Part {
    /// How messages call it: the cap's name, or `python`.
    pub name: String,
    /// The component.
    pub bytes: Vec<u8>,
    /// What the user sets to leave it out or put it in, such as `WITH_ZLIB`.
    pub switch: Option<String>,
}

/// How to compose.
#[derive(Clone, Debug)]
pub struct Options {
    /// Validate the whole result. Off, only its types and wiring are validated and not the code,
    /// which the parts' makers validated: half of the time (72 ms of 144 for CPython).
    pub validate: bool,
    /// Fuse the composition: its parts' core modules side by side in one component, joined by generated adapters. What
    /// cannot be fused stays composed, with a note.
    pub fuse: bool,
    /// Imports that may be left over, for the host to provide: interfaces, or prefixes that end in
    /// `:` or `/`.
    pub allowed_imports: Vec<String>,
    /// For the hint at a missing cap: the switch of the cap that exports an interface, for every
    /// cap there is.
    pub known_exporters: BTreeMap<String, String>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            validate: true,
            fuse: false,
            allowed_imports: vec!["wasi:".to_string()],
            known_exporters: BTreeMap::new(),
        }
    }
}

/// The result of [`compose`].
#[derive(Clone, Debug)]
pub struct Composition {
    /// The composed component.
    pub bytes: Vec<u8>,
    /// What it imports, sorted.
    pub imports: Vec<String>,
    /// The caps that went in, providers before their users.
    pub caps: Vec<String>,
    /// What the user may want to know, such as a cap that nothing needs.
    pub notes: Vec<String>,
    /// With callbacks: the component that answers them where they are not available.
    pub stub: Option<Vec<u8>>,
}

/// Composes `socket` with `caps`: every import of a part is connected to the cap that exports it,
/// in the same version if there is one and else in the newest semver-compatible one. Caps may use
/// caps. Each is instantiated once; the exports of the result are those of the socket.
///
/// The result is the same for any order of `caps`. Errors name the parts: two exporters of one
/// interface, a circle of caps, a type mismatch (with both signatures in WIT), and imports that
/// are left over and not allowed.
///
/// What a part imports and no cap but the socket exports is a callback. A fused composition has it, of another one it is
/// no part: there a [`stub`] answers, with a note, and the socket's export is none of the whole.
pub fn compose(socket: Part, mut caps: Vec<Part>, options: &Options) -> Result<Composition> {
    caps.sort_by(|a, b| a.name.cmp(&b.name));
    let mut parts = caps;
    parts.push(socket);
    let mut names = BTreeSet::new();
    for part in &parts {
        ensure!(names.insert(&part.name), "two parts are called `{}`", part.name);
    }
    let mut wiring = Wiring::new(&parts)?;
    wiring.connect()?;
    let order = wiring.order()?;
    wiring.check_types(&order)?;
    let mut notes = wiring.unneeded(&order);
    wiring.check_left_over(&order, options, &mut notes)?;
    let caps = order[..order.len() - 1].iter().map(|&index| parts[index].name.clone()).collect();
    let offered = wiring.offered(&order, options);
    let composed = wiring.clone().encode(&order, options.validate, &[])?;
    let loops = loops(&composed, &offered)?;
    let fused = match options.fuse {
        true => fused(&composed, &parts, &order, &wiring, &loops, options, &mut notes)?,
        false => Fused::Apart { composed: composed.clone(), parts },
    };
    let stub = stub_for(&composed, loops.keys())?;
    let bytes = match fused {
        Fused::Whole(bytes) => bytes,
        Fused::Apart { composed, parts } => {
            without_callbacks(composed, parts, &loops, options.validate, &mut notes)?
        }
    };
    let imports = imports(&bytes)?.into_iter().collect();
    Ok(Composition { bytes, imports, caps, notes, stub })
}

/// What fusing came to.
enum Fused {
    Whole(Vec<u8>),
    /// These were composed.
    Apart {
        composed: Vec<u8>,
        parts: Vec<Part>,
    },
}

/// Fuses the whole, else what can be fused of it, and notes what cannot.
fn fused(
    composed: &[u8],
    parts: &[Part],
    order: &[usize],
    wiring: &Wiring,
    loops: &fuse::Loops,
    options: &Options,
    notes: &mut Vec<String>,
) -> Result<Fused> {
    let error = match fuse(composed, loops, options.validate) {
        Ok(fused) => return Ok(Fused::Whole(fused)),
        Err(error) => error,
    };
    let Some(partly) = partly::fuse_partly(parts, order, wiring, loops)? else {
        notes.push(format!("composed and not fused: {error:#}"));
        return Ok(Fused::Apart { composed: composed.to_vec(), parts: parts.to_vec() });
    };
    notes.extend(partly.notes);
    let composed = encoded(&partly.parts, options.validate, &[])?;
    Ok(Fused::Apart { composed, parts: partly.parts })
}

/// The imports of a composition that its socket exports, import to export. `offered`: what the socket exports for callbacks.
fn loops(composed: &[u8], offered: &BTreeSet<String>) -> Result<fuse::Loops> {
    let imports = imports(composed)?.into_iter();
    let export = |import: &String| best_match(offered.iter().map(String::as_str), import);
    Ok(imports.filter_map(|import| Some((import.clone(), export(&import)?.to_owned()))).collect())
}

/// The names of what a component imports.
fn imports(component: &[u8]) -> Result<BTreeSet<String>> {
    Ok(inspect::interface(component)?.imports.into_iter().map(|import| import.name).collect())
}

/// What answers `imports` of a composition where its socket cannot; None for no imports.
fn stub_for<'a>(
    composed: &[u8],
    imports: impl Iterator<Item = &'a String>,
) -> Result<Option<Vec<u8>>> {
    let imports: Vec<String> = imports.cloned().collect();
    let stub = (!imports.is_empty()).then(|| stub::stub(composed, &imports));
    stub.transpose().context("making a stub for callbacks")
}

/// Composes `parts`, the socket last, with a stub for what of `loops` they would have called back. `composed`: the same
/// without it.
fn without_callbacks(
    composed: Vec<u8>,
    parts: Vec<Part>,
    loops: &fuse::Loops,
    validate: bool,
    notes: &mut Vec<String>,
) -> Result<Vec<u8>> {
    let mut left = imports(&composed)?;
    left.retain(|import| loops.contains_key(import));
    let Some(bytes) = stub_for(&composed, left.iter())? else { return Ok(composed) };
    notes
        .extend(left.iter().map(|import| {
            format!("`{import}` is not available: only what is fused can call back")
        }));
    let stub = Part { name: "the stub for callbacks".to_owned(), bytes, switch: None };
    let parts: Vec<Part> = [stub].into_iter().chain(parts).collect();
    let inner: Vec<&str> = left.iter().map(|import| loops[import].as_str()).collect();
    encoded(&parts, validate, &inner)
}

/// Composes the parts, the socket last, whose exports in `inner` are none of the whole.
fn encoded(parts: &[Part], validate: bool, inner: &[&str]) -> Result<Vec<u8>> {
    let mut wiring = Wiring::new(parts)?;
    wiring.connect()?;
    let order = wiring.order()?;
    wiring.check_types(&order)?;
    wiring.encode(&order, validate, inner)
}

/// Fuses a composition, and validates the result as the composition was.
pub fn fuse(composed: &[u8], loops: &fuse::Loops, validate: bool) -> Result<Vec<u8>> {
    let fused = fuse::fuse(composed, loops)?;
    validate::component(&fused, validate).context("what was made of it is not valid")?;
    Ok(fused)
}

/// Checks that `component`, called `name` in messages, exports at least what `world` of `resolve`
/// exports, in the same or a semver-compatible version. For a cap's component that the user
/// replaces by a file. What it imports is [`component::check_imports`]'s to judge.
pub fn check_implements(
    name: &str,
    component: &[u8],
    resolve: &Resolve,
    world: WorldId,
) -> Result<()> {
    let contract = "the contract";
    let reference = reference_component(resolve, world).context("encoding the contract")?;
    let parts = [(contract, &reference[..]), (name, component)];
    let mut types = Types::default();
    let mut exports = Vec::new();
    for (name, bytes) in parts {
        exports.push(types_of(name, bytes, &mut types)?);
    }
    let [wanted, offered] = [&types[exports[0].ty()].exports, &types[exports[1].ty()].exports];
    let mut problems = String::new();
    let mut missing = false;
    for (wanted_name, wanted_type) in wanted {
        let Some(offered_name) = best_match(offered.keys().map(String::as_str), wanted_name) else {
            missing = true;
            _ = write!(problems, "\n  it does not export {wanted_name}");
            continue;
        };
        let mut cache = Default::default();
        let check = SubtypeChecker::new(&mut cache).is_subtype(
            offered[offered_name],
            &types,
            *wanted_type,
            &types,
        );
        if let Err(error) = check {
            _ = write!(problems, "\n  {error:#}");
            problems.push_str(&wit::differences(
                View {
                    name: contract,
                    component: &reference,
                    side: Side::Exports,
                    interface: wanted_name,
                },
                View { name, component, side: Side::Exports, interface: offered_name },
            ));
        }
    }
    if missing {
        let others: Vec<&str> = offered.keys().map(String::as_str).collect();
        let others = if others.is_empty() { "nothing".to_string() } else { others.join(", ") };
        _ = write!(problems, "\n  what it exports: {others}");
    }
    ensure!(problems.is_empty(), "`{name}` does not implement the contract:{problems}");
    Ok(())
}

/// A component of that world with nothing behind its functions: the world's type as bytes.
fn reference_component(resolve: &Resolve, world: WorldId) -> Result<Vec<u8>> {
    let mut module =
        wit_component::dummy_module(resolve, world, ManglingAndAbi::Legacy(LiftLowerAbi::Sync));
    let encoding = wit_component::StringEncoding::UTF8;
    wit_component::embed_component_metadata(&mut module, resolve, world, encoding, false)?;
    component::encode(&module, None)
}

/// Reads the type of a part, after checking that it is a component at all.
fn types_of(name: &str, bytes: &[u8], types: &mut Types) -> Result<Package> {
    let kind = inspect::check_header(bytes).with_context(|| format!("`{name}`"))?;
    ensure!(kind == Kind::Component, "`{name}` is a {kind}, not a component");
    Package::from_bytes(&format!("part:{name}"), None, bytes, types)
        .with_context(|| format!("reading the component `{name}`"))
}

#[cfg(test)]
mod tests;
