//! The graph of a composition: who gets what from whom, in which order, and what is wrong with it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use anyhow::{Context, Result, anyhow, bail};
use wac_graph::types::{ItemKind, SubtypeChecker, Type, are_semver_compatible};
use wac_graph::{CompositionGraph, EncodeOptions, PackageId};

use super::wit::{self, Side, View};
use super::{Options, Part, types_of};
use crate::component::ImportPolicy;
use crate::wasm::validate;

/// The name among `offered` that serves `wanted`: itself, else the newest compatible version.
pub fn best_match<'a>(offered: impl Iterator<Item = &'a str>, wanted: &str) -> Option<&'a str> {
    let version = |name: &str| {
        name.split_once('@').and_then(|(_, version)| semver::Version::parse(version).ok())
    };
    offered
        .filter(|name| are_semver_compatible(name, wanted))
        .max_by_key(|name| (*name == wanted, version(name)))
}

/// An import of one part and the export of another that it gets.
#[derive(Clone)]
struct Edge {
    import: String,
    provider: usize,
    export: String,
}

/// The parts of a composition and how they are connected. The last part is the socket.
#[derive(Clone)]
pub struct Wiring<'a> {
    parts: &'a [Part],
    graph: CompositionGraph,
    packages: Vec<PackageId>,
    /// What each part imports from others.
    edges: Vec<Vec<Edge>>,
    /// What each part imports and no other part exports.
    left_over: Vec<Vec<String>>,
    /// Which caps export an interface, by name.
    exporters: BTreeMap<String, Vec<usize>>,
}

impl<'a> Wiring<'a> {
    pub fn new(parts: &'a [Part]) -> Result<Wiring<'a>> {
        let mut graph = CompositionGraph::new();
        let mut packages = Vec::new();
        for part in parts {
            let package = types_of(&part.name, &part.bytes, graph.types_mut())?;
            packages.push(graph.register_package(package)?);
        }
        let edges = parts.iter().map(|_| Vec::new()).collect();
        let left_over = parts.iter().map(|_| Vec::new()).collect();
        Ok(Wiring { parts, graph, packages, edges, left_over, exporters: BTreeMap::new() })
    }

    fn socket(&self) -> usize {
        self.parts.len() - 1
    }

    fn imports(&self, part: usize) -> Vec<(String, ItemKind)> {
        let world = &self.graph.types()[self.graph[self.packages[part]].ty()];
        world.imports.iter().map(|(name, kind)| (name.clone(), *kind)).collect()
    }

    fn exports(&self, part: usize) -> Vec<(String, ItemKind)> {
        let world = &self.graph.types()[self.graph[self.packages[part]].ty()];
        world.exports.iter().map(|(name, kind)| (name.clone(), *kind)).collect()
    }

    /// Finds the exporter of every import. Two exporters of what nobody imports are no conflict.
    pub fn connect(&mut self) -> Result<()> {
        for part in 0..self.socket() {
            for (export, _) in self.exports(part) {
                self.exporters.entry(export).or_default().push(part);
            }
        }
        for part in 0..self.parts.len() {
            for (import, kind) in self.imports(part) {
                let export = best_match(self.exporters.keys().map(String::as_str), &import);
                let Some((export, providers)) =
                    export.and_then(|name| self.exporters.get_key_value(name))
                else {
                    self.left_over[part].push(import);
                    continue;
                };
                let only_types = self.only_types(kind);
                if providers.len() > 1 && !only_types {
                    let who: Vec<String> =
                        providers.iter().map(|&provider| self.with_switch(provider)).collect();
                    let who = who.join(" and ");
                    bail!("`{export}` is exported by both {who}: switch one of them off");
                }
                // Plain types are the same whoever exports them, so the first will do, and a world
                // may import the types that it exports itself.
                let provider = providers[0];
                if provider == part && only_types {
                    self.left_over[part].push(import);
                    continue;
                }
                self.edges[part].push(Edge { import, provider, export: export.clone() });
            }
        }
        Ok(())
    }

    /// Checks that each part in `order` gets what it imports by type as well as by name.
    pub fn check_types(&self, order: &[usize]) -> Result<()> {
        for &part in order {
            for edge in &self.edges[part] {
                self.check_edge(part, edge)?;
            }
            for import in &self.left_over[part] {
                if let Some(export) = self.offers(import) {
                    let edge = Edge { import: import.clone(), provider: self.socket(), export };
                    self.check_edge(part, &edge)?;
                }
            }
        }
        Ok(())
    }

    fn check_edge(&self, part: usize, edge: &Edge) -> Result<()> {
        let kind = |items: Vec<(String, ItemKind)>, name: &str| {
            items.into_iter().find(|(item, _)| item == name).map(|(_, kind)| kind)
        };
        let wanted = kind(self.imports(part), &edge.import);
        let offered = kind(self.exports(edge.provider), &edge.export);
        let (Some(wanted), Some(offered)) = (wanted, offered) else { return Ok(()) };
        let types = self.graph.types();
        let mut cache = Default::default();
        SubtypeChecker::new(&mut cache).is_subtype(offered, types, wanted, types).map_err(|error| {
            let [user, provider] = [&self.parts[part], &self.parts[edge.provider]];
            let differences = wit::differences(
                View {
                    name: &user.name,
                    component: &user.bytes,
                    side: Side::Imports,
                    interface: &edge.import,
                },
                View {
                    name: &provider.name,
                    component: &provider.bytes,
                    side: Side::Exports,
                    interface: &edge.export,
                },
            );
            let (user, provider, export) = (&user.name, &provider.name, &edge.export);
            anyhow!("`{provider}` exports `{export}`, but not as `{user}` imports it: {error:#}{differences}")
        })
    }

    /// The parts that the socket needs, each after what it imports from, the socket last.
    pub fn order(&self) -> Result<Vec<usize>> {
        let mut order = Vec::new();
        self.visit(self.socket(), &mut Vec::new(), &mut BTreeSet::new(), &mut order)?;
        Ok(order)
    }

    /// Depth first. `path` holds the edges from the socket to `part`, as (user, index of its edge).
    fn visit(
        &self,
        part: usize,
        path: &mut Vec<(usize, usize)>,
        done: &mut BTreeSet<usize>,
        order: &mut Vec<usize>,
    ) -> Result<()> {
        if done.contains(&part) {
            return Ok(());
        }
        if let Some(start) = path.iter().position(|(user, _)| *user == part) {
            return Err(self.circle(&path[start..]));
        }
        for (index, edge) in self.edges[part].iter().enumerate() {
            path.push((part, index));
            self.visit(edge.provider, path, done, order)?;
            path.pop();
        }
        done.insert(part);
        order.push(part);
        Ok(())
    }

    fn circle(&self, path: &[(usize, usize)]) -> anyhow::Error {
        let name = |part: usize| self.parts[part].name.as_str();
        let mut names: Vec<&str> = path.iter().map(|(user, _)| name(*user)).collect();
        names.extend(names.first().copied());
        let mut text = format!("caps depend on each other in a circle: {}", names.join(" -> "));
        for (user, edge) in path {
            let edge = &self.edges[*user][*edge];
            _ = write!(
                text,
                "\n  {} imports {} from {}",
                name(*user),
                edge.import,
                name(edge.provider)
            );
        }
        anyhow!(text)
    }

    pub fn imports_from(&self, user: usize, provider: usize) -> bool {
        self.edges[user].iter().any(|edge| edge.provider == provider)
    }

    pub fn unneeded(&self, order: &[usize]) -> Vec<String> {
        (0..self.parts.len())
            .filter(|part| !order.contains(part))
            .map(|part| format!("{} is needed by nothing: left out", self.with_switch(part)))
            .collect()
    }

    /// Refuses the imports that nobody provides, except those that the host does or needn't.
    pub fn check_left_over(
        &self,
        order: &[usize],
        options: &Options,
        notes: &mut Vec<String>,
    ) -> Result<()> {
        let allowed = ImportPolicy { wasi: false, also: options.allowed_imports.clone() };
        let mut users: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for &part in order {
            for (import, kind) in self.imports(part) {
                let Some(import) = self.left_over[part].iter().find(|name| **name == import) else {
                    continue;
                };
                if allowed.allows(import) || self.offers(import).is_some() {
                    continue;
                }
                if self.only_types(kind) {
                    notes.push(format!("`{import}` stays an import: it holds types only"));
                    continue;
                }
                users.entry(import).or_default().push(&self.parts[part].name);
            }
        }
        notes.sort();
        notes.dedup();
        if users.is_empty() {
            return Ok(());
        }
        let mut text = String::from("nothing provides what is imported:");
        for (import, users) in users {
            _ = write!(text, "\n  {import}, imported by {}", users.join(", "));
            let known = best_match(options.known_exporters.keys().map(String::as_str), import);
            if let Some(switch) = known.and_then(|name| options.known_exporters.get(name)) {
                _ = write!(text, ": switch it on with {switch}=1");
            } else if let Some((other, part)) = self.other_version(import) {
                let name = &self.parts[part].name;
                _ = write!(text, ": `{name}` exports it in an incompatible version, {other}");
            } else {
                text.push_str(": no known cap exports it");
            }
        }
        bail!(text)
    }

    /// An exporter of `import` in a version that does not fit.
    fn other_version(&self, import: &str) -> Option<(&str, usize)> {
        let base = |name: &str| name.split('@').next().map(str::to_string);
        self.exporters
            .iter()
            .find(|(export, _)| base(export) == base(import))
            .and_then(|(export, parts)| Some((export.as_str(), *parts.first()?)))
    }

    /// Is it an interface that consists of plain types? Nobody has to provide it at run time.
    fn only_types(&self, kind: ItemKind) -> bool {
        let ItemKind::Instance(interface) = kind else { return false };
        let exports = &self.graph.types()[interface].exports;
        exports.values().all(|item| matches!(item, ItemKind::Type(Type::Value(_))))
    }

    /// The export of the socket that serves what another part, or itself, imports and no cap exports.
    fn offers(&self, import: &str) -> Option<String> {
        let exports = self.exports(self.socket());
        best_match(exports.iter().map(|(name, _)| name.as_str()), import).map(str::to_owned)
    }

    /// What the socket exports for parts in `order` to call back.
    pub fn offered(&self, order: &[usize], options: &Options) -> BTreeSet<String> {
        let allowed = ImportPolicy { wasi: false, also: options.allowed_imports.clone() };
        let left_over = order.iter().flat_map(|&part| &self.left_over[part]);
        left_over
            .filter(|name| !allowed.allows(name))
            .filter_map(|name| self.offers(name))
            .collect()
    }

    /// The composition. Exports of the socket are its exports, but for those in `inner`.
    pub fn encode(mut self, order: &[usize], validate: bool, inner: &[&str]) -> Result<Vec<u8>> {
        let mut instances = BTreeMap::new();
        for &part in order {
            let instance = self.graph.instantiate(self.packages[part]);
            for edge in &self.edges[part] {
                let provider = instances.get(&edge.provider).copied();
                let provider = provider.context("invariant: providers come before their users")?;
                let export = self.graph.alias_instance_export(provider, &edge.export)?;
                self.graph.set_instantiation_argument(instance, &edge.import, export)?;
            }
            instances.insert(part, instance);
        }
        let socket = instances[&self.socket()];
        let exports = self.exports(self.socket()).into_iter();
        for (export, _) in exports.filter(|(name, _)| !inner.contains(&name.as_str())) {
            let item = self.graph.alias_instance_export(socket, &export)?;
            self.graph.export(item, &export)?;
        }
        let bytes = self
            .graph
            .encode(EncodeOptions { define_components: true, validate: false, processor: None })
            .context("encoding the composition")?;
        validate::component(&bytes, validate).context("validating the composition")?;
        Ok(bytes)
    }

    /// A part for a message: `zlib` (WITH_ZLIB).
    fn with_switch(&self, part: usize) -> String {
        let part = &self.parts[part];
        match &part.switch {
            Some(switch) => format!("`{}` ({switch})", part.name),
            None => format!("`{}`", part.name),
        }
    }
}
