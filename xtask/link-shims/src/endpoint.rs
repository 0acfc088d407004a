//! `<world>_endpoint.c`: a cap's exports as methods of a provider, for caps/common/endpoint.h to dispatch; its imports, of
//! which its consumer is asked.

use anyhow::{Context as _, Result, bail};

use crate::calls::{self, Callee};
use crate::codec::Codec;
use crate::header::Header;
use crate::text::Text;
use crate::ways::Way;
use crate::{CFile, Side, handlers, helpers};

/// Generates the provider's half of a cap's world. `name` and `version` are what the provider's manifest says.
///
/// Fails where the world has what a shim cannot carry.
pub fn endpoint(export: &Side, name: &str, version: &str) -> Result<CFile> {
    let header = Header::export(export)?;
    header.check_unique_names().with_context(|| format!("world `{}`", header.world))?;
    for text in [name, version] {
        if text.is_empty() || !text.chars().all(|c| c.is_ascii_alphanumeric() || ".-+_".contains(c))
        {
            bail!("`{text}` is not the name or version of a provider");
        }
    }
    Ok(CFile { name: format!("{}_endpoint.c", header.world), text: write(&header, name, version) })
}

fn write(header: &Header, name: &str, version: &str) -> String {
    let mut codec = Codec::new(header);
    let mut functions = handlers::write(&mut codec);
    for interface in header.going(Way::Out) {
        calls::write(&mut functions, &mut codec, interface, &Callee::Consumer);
    }
    let helpers = helpers::write(&mut codec);

    let mut text = Text::default();
    text.comment(format!(
        "Link shim for dynlink: what {}.h declares, served as methods. A handler decodes all of its arguments before it \
         calls; the function then owns them. Results are encoded and freed here.",
        header.world
    ));
    if header.going(Way::Out).next().is_some() {
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
    if header.has_strings {
        helpers::memory(&mut text);
    }
    handlers::resources(&mut text, header);
    text.append(codec.finish());
    text.append(functions);
    text.append(helpers);
    write_contract(&mut text, header, name, version);
    text.finish()
}

fn write_contract(text: &mut Text, header: &Header, name: &str, version: &str) {
    let served = || header.going(Way::In);
    let mut ids: Vec<_> = served().map(|interface| format!("\"{}\"", interface.wit)).collect();
    ids.push("NULL".to_owned());
    text.list_in_braces("static const char *const interfaces[] = ", &ids, ";");
    text.gap();
    let table = format!("{{{}}}", handlers::table(text, "methods", served()).join(", "));
    let members = [format!("\"{name}\""), format!("\"{version}\""), "interfaces".to_owned(), table];
    text.list_in_braces("const struct endpoint_contract endpoint_contract = ", &members, ";");
}
