//! `<world>_static.c`: an extension's imports as plain calls of the caps in the same module, and what the caps import as
//! plain calls of the extension.
//!
//! An interface that both sides import has the same names in both headers, which mean the same. Its functions are defined
//! once; to let a file have both headers, the second one is included with other names for its types.
//!
//! What a cap imports of another cap may be in several files, since each who is over one of the two has it: it is weak there,
//! and does the same in all.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail};
use wit_parser::{Type, TypeDefKind};

use crate::codec::Codec;
use crate::copies::{Copies, Handles};
use crate::forward::Forward;
use crate::header::{Header, Interface, Resource};
use crate::refusal::Refusal;
use crate::shape::{compatible, shape};
use crate::text::Text;
use crate::ways::Way;
use crate::{CFile, Side, helpers};

/// Generates the shim between an extension's world and the worlds of the caps that serve it. A cap's interface serves
/// an import of the same name and a compatible version. `imported` are the worlds of further caps, which those in `exports`
/// import from.
///
/// Fails where a world has what a shim cannot carry, where no cap or more than one serves an import, and where the two
/// sides disagree about a type.
pub fn static_link(import: &Side, exports: &[Side], imported: &[Side]) -> Result<CFile> {
    let mut headers = vec![Header::import(import)?];
    for export in exports.iter().chain(imported) {
        headers.push(Header::export(export)?);
    }
    let world = headers[0].world.clone();
    let text =
        write(&mut headers, 1 + exports.len()).with_context(|| format!("world `{world}`"))?;
    Ok(CFile { name: format!("{world}_static.c"), text })
}

/// The shim of headers of which the first one is the extension's, and those from `own` on are of caps that caps import from.
fn write(headers: &mut [Header], own: usize) -> Result<String> {
    share(headers)?;
    let (headers, others) = (&*headers, &headers[own..]);
    let is_other = |header: &Header| others.iter().any(|other| std::ptr::eq(other, header));
    let mut asserts = Text::default();
    let mut ours = Text::default();
    let mut shared = Text::default();
    let mut copies = Copies::default();
    for header in headers {
        let mut forward = Forward { import: header, handles: Handles::Pointers, copies };
        for interface in header.interfaces.iter().filter(|interface| interface.way != Way::In) {
            let Some((callee, export)) = server(headers, interface)? else { continue };
            pair(&mut asserts, header, interface, callee, export)?;
            if header.is_renamed(interface) {
                continue;
            }
            let mine = std::ptr::eq(header, &headers[0]) || !is_other(callee);
            let functions = if mine { &mut ours } else { &mut shared };
            for function in &interface.functions {
                forward.write(functions, function, callee, export)?;
            }
            for resource in &interface.resources {
                write_import_resource(functions, interface, resource, callee, export)?;
            }
        }
        copies = forward.copies;
    }
    for header in headers {
        let functions = if is_other(header) { &mut shared } else { &mut ours };
        for resource in header.going(Way::In).flat_map(|interface| &interface.resources) {
            write_export_resource(functions, header, resource);
        }
    }
    for header in headers {
        let functions = if is_other(header) { &mut shared } else { &mut ours };
        let mut codec = Codec::new(header);
        let helpers = helpers::write(&mut codec);
        functions.append(codec.finish());
        functions.append(helpers);
    }
    let mut text = Text::default();
    let caps: Vec<_> = headers[1..].iter().map(|header| format!("{}.h", header.world)).collect();
    text.comment(format!(
        "Static link: what {}.h declares, as plain calls of what {} declares, and the helpers of all of them. A handle \
         is the pointer to the resource's representation. Callees own their arguments, so they get copies; results \
         are handed over. Not for link-time optimisation: only that the calls cannot be seen through makes one \
         side's struct readable as the other's.",
        headers[0].world,
        caps.join(", ")
    ));
    for header in headers {
        header.include(&mut text);
    }
    text.line("#include <stdlib.h>");
    text.line("#include <string.h>");
    text.gap();
    text.line("_Static_assert(sizeof(void *) == 4, \"a handle holds a pointer\");");
    text.append(asserts);
    text.gap();
    for function in shared.functions() {
        text.line(format!("#pragma weak {function}"));
    }
    text.gap();
    if !copies.is_empty() || headers.iter().any(|header| header.has_strings) {
        helpers::memory(&mut text);
    }
    text.append(copies.finish());
    text.append(ours);
    text.append(shared);
    Ok(text.finish())
}

/// Renames what two headers declare, in the later one: an interface that both import. It has the functions of the first
/// one then, which are defined once.
///
/// Fails where that has not all of them.
fn share(headers: &mut [Header]) -> Result<()> {
    let mut functions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut frees = BTreeSet::new();
    for header in headers {
        let world = header.world.clone();
        let imports = header.interfaces.iter().filter(|interface| interface.way != Way::In);
        let imports: Vec<_> = imports
            .map(|interface| {
                let names = interface.functions.iter().map(|function| function.c_name.clone());
                (interface.id, interface.wit.clone(), interface.prefix.clone(), names.collect())
            })
            .collect();
        for (id, wit, prefix, names) in imports {
            let names: Vec<String> = names;
            let Some(known) = functions.get(&prefix) else {
                functions.insert(prefix, names);
                continue;
            };
            if let Some(unknown) = names.iter().find(|name| !known.contains(name)) {
                bail!(
                    "`{wit}` of world `{world}` has `{unknown}`, which another world that imports it has not; let both \
                     import the same version"
                );
            }
            header.rename(id, &frees);
        }
        frees.extend(header.frees());
    }
    Ok(())
}

/// Asserts that the interface's types are laid out alike on both sides, after checking that they are the same.
fn pair(
    asserts: &mut Text,
    importer: &Header,
    import: &Interface,
    header: &Header,
    export: &Interface,
) -> Result<()> {
    let types = &importer.resolve.interfaces[import.id].types;
    let others = &header.resolve.interfaces[export.id].types;
    for (name, id) in types {
        let at = format!("`{}`: type `{name}`", import.wit);
        let other = others.get(name).with_context(|| format!("{at}: `{}` has none", export.wit))?;
        let (ours, theirs) = (Type::Id(*id), Type::Id(*other));
        if shape(importer, &ours, true) != shape(header, &theirs, true) {
            let text =
                format!("{at}: not the same in `{}` of world `{}`", export.wit, header.world);
            let span = importer.resolve.types[*id].span;
            return Err(Refusal::at(&importer.resolve, span, text));
        }
        if let TypeDefKind::Resource = importer.resolve.types[*id].kind {
            continue;
        }
        if importer.kind(&ours).is_some_and(|kind| matches!(kind, TypeDefKind::Resource)) {
            continue;
        }
        let (ours, theirs) = (importer.c_type(&ours), header.c_type(&theirs));
        asserts.list(
            "_Static_assert",
            &[format!("sizeof({ours}) == sizeof({theirs})"), format!("\"{name}\"")],
            ";",
        );
    }
    Ok(())
}

fn write_import_resource(
    text: &mut Text,
    interface: &Interface,
    resource: &Resource,
    header: &Header,
    export: &Interface,
) -> Result<()> {
    let served = export.resources.iter().find(|other| other.name == resource.name);
    let served =
        served.with_context(|| format!("`{}` has no resource `{}`", export.wit, resource.name))?;
    let own = &resource.own;
    let representation = header.c_type(&Type::Id(served.id));
    text.function("void", &format!("{}_drop_own", resource.c_name), &[format!("{own} handle")]);
    text.list(
        &format!("{}_destructor", served.c_name),
        &[format!("({representation} *)(intptr_t)handle.__handle")],
        ";",
    );
    text.end();
    helpers::borrows(text, interface, resource);
    Ok(())
}

/// The one export that serves an import. `None` where there is none, for an interface that only lends its types.
fn server<'a>(
    headers: &'a [Header],
    import: &Interface,
) -> Result<Option<(&'a Header, &'a Interface)>> {
    let mut found = headers
        .iter()
        .flat_map(|header| header.interfaces.iter().map(move |interface| (header, interface)))
        .filter(|(_, export)| export.way == Way::In && compatible(&export.wit, &import.wit));
    match (found.next(), found.next()) {
        (Some(first), None) => Ok(Some(first)),
        (Some((first, _)), Some((other, _))) => {
            bail!(
                "`{}` is exported by both world `{}` and world `{}`",
                import.wit,
                first.world,
                other.world
            )
        }
        (None, _) if import.functions.is_empty() && import.resources.is_empty() => Ok(None),
        (None, _) => bail!("no cap exports `{}`", import.wit),
    }
}

/// What the canonical ABI's intrinsics do for a cap, with representations as handles.
fn write_export_resource(text: &mut Text, header: &Header, resource: &Resource) {
    let (own, c_name) = (&resource.own, &resource.c_name);
    let representation = header.c_type(&Type::Id(resource.id));
    text.function(own, &format!("{c_name}_new"), &[format!("{representation} *rep")]);
    text.line(format!("return ({own}){{(int32_t)(intptr_t)rep}};"));
    text.end();
    text.function(
        &format!("{representation} *"),
        &format!("{c_name}_rep"),
        &[format!("{own} handle")],
    );
    text.line(format!("return ({representation} *)(intptr_t)handle.__handle;"));
    text.end();
    text.function("void", &format!("{c_name}_drop_own"), &[format!("{own} handle")]);
    text.line(format!("{c_name}_destructor({c_name}_rep(handle));"));
    text.end();
}
