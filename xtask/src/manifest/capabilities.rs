//! `[capabilities]`: what an extension requires, which its world imports, and what it offers to the caps behind that for
//! calling back, which its world exports.

use std::collections::BTreeSet;

use camino::Utf8Path;
use semver::Version;

use super::checks::is_host_interface;
use super::diagnostics::Location;
use super::document::{Document, Table};
use super::extension::Pattern;
use super::names;
use super::world::World;

/// One `[[capabilities.required]]` or `[[capabilities.offered]]`.
#[derive(Clone, Debug)]
pub struct Capability {
    /// `ns:pkg/name`.
    pub interface: String,
    pub version: Version,
    pub location: Location,
}

impl Capability {
    /// As WIT names it, `ns:pkg/name@version`.
    pub fn id(&self) -> String {
        format!("{}@{}", self.interface, self.version)
    }
}

/// All of `[capabilities]`.
pub(super) struct Capabilities {
    pub required: Vec<Capability>,
    /// What the extension exports for its caps to call back.
    pub offered: Vec<Capability>,
    /// Whether each entry could be read.
    complete: bool,
    /// Whether the manifest names none, so that the world says it alone.
    of_world: bool,
}

impl Capabilities {
    /// Takes what the world's text writes, where the manifest leaves it to that.
    pub fn complete_from(&mut self, world: Option<&World>) {
        let Some(world) = world.filter(|_| self.of_world) else { return };
        let all = |ids: &BTreeSet<String>| {
            ids.iter().filter_map(|id| of_id(id, &world.location)).collect()
        };
        (self.required, self.offered) = (all(&world.imports), all(&world.exports));
    }
}

/// That of `ns:pkg/name@version`.
fn of_id(id: &str, location: &Location) -> Option<Capability> {
    let (interface, version) = id.split_once('@')?;
    Some(Capability {
        interface: interface.to_owned(),
        version: Version::parse(version).ok()?,
        location: location.clone(),
    })
}

pub(super) fn read(top: &Table<'_>, pattern: Pattern, schema: u32) -> Capabilities {
    let capabilities = top.optional_table("capabilities");
    let entries = |key| capabilities.iter().flat_map(|table| table.tables(key)).collect::<Vec<_>>();
    let (required, offered) = (entries("required"), entries("offered"));
    let mut complete = true;
    let of_world = schema > 1 && pattern == Pattern::Capability && capabilities.is_none();
    if required.is_empty() && pattern == Pattern::Capability && !of_world {
        let location = capabilities.as_ref().map_or_else(|| top.location(), Table::location);
        let hint = "name what the world in wit/ imports, or write `pattern = \"shim-only\"`";
        top.error(&location, "an extension of pattern A has no `[[capabilities.required]]`", hint);
        complete = false;
    }
    let mut read = |tables: Vec<Table<'_>>| {
        let count = tables.len();
        let entries: Vec<Capability> = tables.iter().filter_map(read_one).collect();
        complete &= entries.len() == count;
        entries
    };
    let (required, offered) = (read(required), read(offered));
    Capabilities { required, offered, complete, of_world }
}

fn read_one(table: &Table<'_>) -> Option<Capability> {
    let interface = table.required_parsed("interface", "`namespace:package/interface`", |text| {
        let parts = text
            .split_once(':')
            .and_then(|(namespace, rest)| Some((namespace, rest.split_once('/')?)));
        match parts {
            Some((namespace, (package, name)))
                if [namespace, package, name]
                    .into_iter()
                    .all(|part| names::kebab_case(part).is_ok()) =>
            {
                Ok(text.to_owned())
            }
            _ if text.contains('@') => Err("the version has a key of its own, `version`"),
            _ => Err("each part is lower-case words joined by dashes"),
        }
    });
    let version =
        table.required_parsed("version", "a semantic version like `0.2.0`", Version::parse);
    let interface = interface?;
    Some(Capability {
        location: interface.location,
        interface: interface.value,
        version: version?.value,
    })
}

/// One direction of a world, and the words for it.
struct Direction<'a> {
    /// The key of the manifest.
    key: &'static str,
    does: &'static str,
    /// What the world's text writes.
    written: &'a BTreeSet<String>,
    /// And what that brings along, which may be named or not.
    all: &'a BTreeSet<String>,
}

impl<'a> Direction<'a> {
    fn required(world: &'a World) -> Direction<'a> {
        let (written, all) = (&world.imports, &world.all_imports);
        Direction { key: "required", does: "import", written, all }
    }

    fn offered(world: &'a World) -> Direction<'a> {
        Direction { key: "offered", does: "export", written: &world.exports, all: &world.exports }
    }
}

/// Both ways, for both directions: what the manifest requires is imported, and what is imported is required; what it
/// offers is exported, and what is exported is offered.
pub(super) fn check(
    document: &Document,
    capabilities: &Capabilities,
    world: Option<&World>,
    dir: &Utf8Path,
) {
    let Some(world) = world else {
        for (does, entries) in
            [("imports", &capabilities.required), ("exports", &capabilities.offered)]
        {
            for capability in entries {
                let message = format!("no world of the extension {does} `{}`", capability.id());
                let hint = format!("there is no world in {dir}/wit; remove the entry");
                document.error(&capability.location, message, hint);
            }
        }
        return;
    };
    for (direction, entries) in [
        (Direction::required(world), &capabilities.required),
        (Direction::offered(world), &capabilities.offered),
    ] {
        check_entries(document, entries, world, &direction);
        if capabilities.complete {
            check_world(document, entries, world, &direction);
        }
    }
    for interface in world.exports.iter().filter(|interface| is_host_interface(interface)) {
        let message = format!("the world `{}` exports `{interface}`", world.name);
        document.error(&world.location, message, "an extension offers contracts to its caps only");
    }
    for item in &world.loose_items {
        let message = format!("the world `{}` has `{item}`, which is no interface", world.name);
        let hint = "an extension's world has interfaces of contracts and nothing else";
        document.error(&world.location, message, hint);
    }
}

/// One way: what the manifest names is in the world.
fn check_entries(
    document: &Document,
    entries: &[Capability],
    world: &World,
    Direction { key, does, all, .. }: &Direction<'_>,
) {
    for (index, capability) in entries.iter().enumerate() {
        let id = capability.id();
        if entries[..index].iter().any(|other| other.interface == capability.interface) {
            let message = format!("`{}` is {key} twice", capability.interface);
            document.error(&capability.location, message, "");
            continue;
        }
        if all.contains(&id) {
            continue;
        }
        let same = |name: &&String| name.split('@').next() == Some(&capability.interface);
        let hint = match all.iter().find(same) {
            Some(other) => format!("the world {does}s `{other}`"),
            None => {
                format!("write `{does} {id};` in the world `{}`, or remove the entry", world.name)
            }
        };
        let message = format!("no world of the extension {does}s `{id}`");
        document.error(&capability.location, message, hint);
    }
}

/// The other way: what is in the world is named.
fn check_world(
    document: &Document,
    entries: &[Capability],
    world: &World,
    Direction { key, does, written, .. }: &Direction<'_>,
) {
    for name in *written {
        let (interface, version) = name.split_once('@').unwrap_or((name, ""));
        // A version that differs has been reported at the manifest's entry.
        if entries.iter().any(|capability| capability.interface == interface) {
            continue;
        }
        let message = format!("the world `{}` {does}s `{name}`, which is not {key}", world.name);
        let hint = format!(
            "add to {}: [[capabilities.{key}]] with interface = \"{interface}\" and version = \"{version}\"",
            document.file()
        );
        document.error(&world.location, message, hint);
    }
}
