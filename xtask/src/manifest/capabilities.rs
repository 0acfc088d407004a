//! `[[capabilities.required]]`: what an extension needs, which must be what its world imports.

use camino::Utf8Path;
use semver::Version;

use super::diagnostics::Location;
use super::document::{Document, Table};
use super::extension::Pattern;
use super::names;
use super::world::World;

/// One `[[capabilities.required]]`.
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

/// All `[[capabilities.required]]`, and whether each could be read.
pub(super) fn read(top: &Table<'_>, pattern: Pattern) -> (Vec<Capability>, bool) {
    let capabilities = top.optional_table("capabilities");
    let required = capabilities.iter().flat_map(|table| table.tables("required"));
    let read = |table: Table<'_>| {
        let interface =
            table.required_parsed("interface", "`namespace:package/interface`", |text| {
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
    };
    let entries: Vec<_> = required.collect();
    if entries.is_empty() && pattern == Pattern::Capability {
        let location = capabilities.map_or_else(|| top.location(), |table| table.location());
        let hint = "name what the world in wit/ imports, or write `pattern = \"shim-only\"`";
        top.error(&location, "an extension of pattern A has no `[[capabilities.required]]`", hint);
        return (Vec::new(), false);
    }
    let count = entries.len();
    let capabilities: Vec<Capability> = entries.into_iter().filter_map(read).collect();
    let complete = capabilities.len() == count;
    (capabilities, complete)
}

/// Both ways: what the manifest requires is imported, and what is imported is required. `complete` tells whether all
/// of what the manifest requires could be read.
pub(super) fn check(
    document: &Document,
    capabilities: &[Capability],
    complete: bool,
    world: Option<&World>,
    dir: &Utf8Path,
) {
    check_required(document, capabilities, world, dir);
    if let Some(world) = world {
        check_imports(document, complete.then_some(capabilities), world);
    }
}

/// One way: what the manifest requires is imported.
fn check_required(
    document: &Document,
    capabilities: &[Capability],
    world: Option<&World>,
    dir: &Utf8Path,
) {
    for (index, capability) in capabilities.iter().enumerate() {
        let id = capability.id();
        if capabilities[..index].iter().any(|other| other.interface == capability.interface) {
            document.error(
                &capability.location,
                format!("`{}` is required twice", capability.interface),
                "",
            );
            continue;
        }
        let imports = world.map(|world| &world.all_imports);
        if imports.is_some_and(|imports| imports.contains(&id)) {
            continue;
        }
        let same = |import: &&String| import.split('@').next() == Some(&capability.interface);
        let hint = match (world, imports.and_then(|imports| imports.iter().find(same))) {
            (_, Some(import)) => format!("the world imports `{import}`"),
            (Some(world), None) => {
                format!("write `import {id};` in the world `{}`, or remove the entry", world.name)
            }
            (None, None) => format!("there is no world in {dir}/wit; remove the entry"),
        };
        document.error(
            &capability.location,
            format!("no world of the extension imports `{id}`"),
            hint,
        );
    }
}

/// The other way: what is imported is required. `capabilities` is None when some could not be read.
fn check_imports(document: &Document, capabilities: Option<&[Capability]>, world: &World) {
    for import in world.imports.iter().filter(|_| capabilities.is_some()) {
        let (interface, version) = import.split_once('@').unwrap_or((import, ""));
        // A version that differs has been reported at the manifest's entry.
        if !capabilities.into_iter().flatten().any(|capability| capability.interface == interface) {
            let message = format!(
                "the world `{}` imports `{import}`, which the manifest does not require",
                world.name
            );
            let hint = format!(
                "add to {}: [[capabilities.required]] with interface = \"{interface}\" and version = \"{version}\"",
                document.file()
            );
            document.error(&world.location, message, hint);
        }
    }
    for item in world.loose_items.iter().chain(&world.exports) {
        let message =
            format!("the world `{}` has `{item}`, which is no imported interface", world.name);
        document.error(
            &world.location,
            message,
            "an extension's world imports interfaces of contracts and nothing else",
        );
    }
}
