//! `<world>_endpoint.c`: a cap's exports as methods of a provider, for caps/common/endpoint.h to dispatch; its imports, of
//! which its consumer is asked. Or a relay, which serves what it imports.

use anyhow::{Context as _, Result, bail};

use crate::calls::{self, Callee};
use crate::codec::{Codec, Role};
use crate::header::Header;
use crate::text::Text;
use crate::ways::Way;
use crate::{CFile, Side, describe, handlers, helpers};

/// Generates the provider's half of a cap's world. `name` and `version` are what the provider's manifest says.
///
/// Fails where the world has what a shim cannot carry.
pub fn endpoint(export: &Side, name: &str, version: &str) -> Result<CFile> {
    file(&Header::export(export)?, Role::Handler, name, version)
}

/// Generates the relay of a world that imports: a provider whose methods are calls of what it imports. It is linked with
/// wit-bindgen's own file, and composed with whatever exports the contract.
///
/// Fails where the world exports something, and where it has what a shim cannot carry.
pub fn relay(import: &Side, name: &str, version: &str) -> Result<CFile> {
    let header = Header::import(import)?;
    if let Some(interface) = header.interfaces.iter().find(|interface| interface.way != Way::Out) {
        let (world, interface) = (&header.world, &interface.wit);
        bail!(
            "world `{world}`: it exports `{interface}`, but nobody is called back from behind a relay"
        );
    }
    file(&header, Role::Relay, name, version)
}

fn file(header: &Header, role: Role, name: &str, version: &str) -> Result<CFile> {
    header.check_unique_names().with_context(|| format!("world `{}`", header.world))?;
    for text in [name, version] {
        if text.is_empty() || !text.chars().all(|c| c.is_ascii_alphanumeric() || ".-+_".contains(c))
        {
            bail!("`{text}` is not the name or version of a provider");
        }
    }
    let text = write(header, role, name, version);
    Ok(CFile { name: format!("{}_endpoint.c", header.world), text })
}

fn write(header: &Header, role: Role, name: &str, version: &str) -> String {
    let mut codec = Codec::new(header);
    let mut functions = handlers::write(&mut codec, role);
    let asked = role == Role::Handler && header.going(Way::Out).next().is_some();
    if asked {
        for interface in header.going(Way::Out) {
            calls::write(&mut functions, &mut codec, interface, &Callee::Consumer);
        }
    }
    // wit-bindgen's own file has them for a relay.
    let helpers = match role {
        Role::Relay => Text::default(),
        _ => helpers::write(&mut codec),
    };

    let mut text = Text::default();
    let owner = match role {
        Role::Relay => "what they hold is freed here, but for handles, which are passed on",
        _ => "the function then owns them",
    };
    text.comment(format!(
        "Link shim for dynlink: what {}.h declares, served as methods. A handler decodes all of its arguments before it \
         calls; {owner}. Results are encoded and freed here.",
        header.world
    ));
    if asked {
        text.comment(
            "What the header imports is asked of the consumer. Where that comes to nothing, a function that can fail \
             does, and any other one traps.",
        );
    }
    text.line(format!("#include \"{}.h\"", header.world));
    text.line("#include <stdlib.h>");
    text.line("#include <string.h>");
    text.line("#include \"endpoint.h\"");
    text.gap();
    if header.has_strings && role != Role::Relay {
        helpers::memory(&mut text);
    }
    handlers::resources(&mut text, header, role);
    text.append(codec.finish());
    text.append(functions);
    text.append(helpers);
    describe::write(&mut text, header, role);
    write_contract(&mut text, header, role, name, version);
    text.finish()
}

fn write_contract(text: &mut Text, header: &Header, role: Role, name: &str, version: &str) {
    let served = || header.going(role.way());
    let mut ids: Vec<_> = served().map(|interface| format!("\"{}\"", interface.wit)).collect();
    ids.push("NULL".to_owned());
    text.list_in_braces("static const char *const interfaces[] = ", &ids, ";");
    text.gap();
    let table = format!("{{{}}}", handlers::table(text, "methods", served()).join(", "));
    let members = [format!("\"{name}\""), format!("\"{version}\""), "interfaces".to_owned(), table];
    text.list_in_braces("const struct endpoint_contract endpoint_contract = ", &members, ";");
}
