//! Saying in WIT how two components disagree about an interface.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use wit_component::{DecodedWasm, OutputToString, WitPrinter};
use wit_parser::WorldItem;

/// From which side of a component's world an interface is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Imports,
    Exports,
}

/// One component's view of an interface.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// What to call the component.
    pub name: &'a str,
    pub component: &'a [u8],
    pub side: Side,
    /// The import's or export's name, `ns:pkg/interface@version`.
    pub interface: &'a str,
}

/// The items of `wanted` that `offered` lacks or has otherwise, each as both have it, in WIT.
///
/// What `offered` has on top is no difference. Empty if the texts are the same (they may still
/// differ in a type that another interface defines) or if a component cannot be read as WIT.
pub fn differences(wanted: View<'_>, offered: View<'_>) -> String {
    use std::fmt::Write;
    let (Ok(wanted_items), Ok(offered_items)) = (items(wanted), items(offered)) else {
        return String::new();
    };
    let differing: Vec<&String> = wanted_items
        .keys()
        .filter(|key| wanted_items.get(*key) != offered_items.get(*key))
        .collect();
    if differing.is_empty() {
        return String::new();
    }
    let mut text = String::new();
    for (view, items) in [(wanted, &wanted_items), (offered, &offered_items)] {
        let verb = match view.side {
            Side::Imports => "imports",
            Side::Exports => "exports",
        };
        _ = write!(text, "\n  {} {verb} {}:", view.name, view.interface);
        for key in &differing {
            match items.get(*key) {
                Some(item) => item.lines().for_each(|line| _ = write!(text, "\n    {line}")),
                None => _ = write!(text, "\n    (no {key})"),
            }
        }
    }
    text
}

/// The items of an interface as WIT text, by what identifies them: `update`, `record options`,
/// `resource stream`, `stream.push`.
fn items(view: View<'_>) -> Result<BTreeMap<String, String>> {
    let DecodedWasm::Component(resolve, world) = wit_component::decode(view.component)? else {
        bail!("it is a WIT package");
    };
    let world = &resolve.worlds[world];
    let externs = match view.side {
        Side::Imports => &world.imports,
        Side::Exports => &world.exports,
    };
    let interface = externs
        .iter()
        .find(|(key, _)| resolve.name_world_key(key) == view.interface)
        .and_then(|(_, item)| match item {
            WorldItem::Interface { id, .. } => Some(*id),
            WorldItem::Function(_) | WorldItem::Type { .. } => None,
        })
        .context("it has no such interface")?;
    let mut printer = WitPrinter::<OutputToString>::default();
    printer.emit_docs(false).print_interface(&resolve, interface)?;
    Ok(split(&printer.output.to_string()))
}

/// Cuts the printed body of an interface into its items. A resource is cut into its methods as
/// well, so that one changed method does not bring the whole resource into a message.
fn split(body: &str) -> BTreeMap<String, String> {
    let mut items = BTreeMap::new();
    let mut resource = String::new();
    let mut open: Option<(String, String)> = None;
    for line in body.lines() {
        let bare = line.trim();
        if let Some((_, text)) = &mut open {
            text.push('\n');
            text.push_str(line);
            if bare == "}"
                && let Some((key, text)) = open.take()
            {
                items.insert(key, text);
            }
        } else if bare.is_empty() || bare == "}" {
            resource.clear();
        } else if let Some(name) =
            bare.strip_prefix("resource ").and_then(|rest| rest.strip_suffix(" {"))
        {
            resource = name.to_string();
            items.insert(format!("resource {name}"), format!("resource {name};"));
        } else if !resource.is_empty() {
            let name = bare.split([':', '(']).next().unwrap_or(bare);
            items.insert(format!("{resource}.{name}"), format!("{resource}.{bare}"));
        } else if bare.ends_with('{') {
            open = Some((bare.trim_end_matches(" {").to_string(), bare.to_string()));
        } else {
            items.insert(key_of(bare), bare.to_string());
        }
    }
    items
}

/// `update` of `update: func(..);`, `type id` of `type id = u32;`, all of `use types.{error};`.
fn key_of(line: &str) -> String {
    let end = if line.starts_with("use ") {
        line.len()
    } else {
        line.find([':', '=', ';']).unwrap_or(line.len())
    };
    line[..end].trim().to_string()
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn interface_body_is_cut_into_items_and_methods() {
        let body = "use types.{error};\n\ntype id = u32;\n\nrecord options {\n  level: u8,\n  bits: s8,\n}\n\n\
            resource stream {\n  constructor(o: options);\n  push: func(data: list<u8>) -> list<u8>;\n}\n\n\
            resource empty;\n\nupdate: func(crc: u32) -> u32;\n";
        let items = split(body);
        let keys: Vec<&str> = items.keys().map(String::as_str).collect();
        assert_eq!(
            keys,
            [
                "record options",
                "resource empty",
                "resource stream",
                "stream.constructor",
                "stream.push",
                "type id",
                "update",
                "use types.{error};",
            ]
        );
        assert_eq!(items["record options"], "record options {\n  level: u8,\n  bits: s8,\n}");
        assert_eq!(items["stream.push"], "stream.push: func(data: list<u8>) -> list<u8>;");
    }
}
