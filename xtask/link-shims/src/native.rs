//! `<world>_native.c`: what a cap's header declares and bindings define, for a cap that is tested in a native process: helpers, and
//! resource handles, which are those of `caps/common/tests`.

use anyhow::Result;
use wit_parser::Type;

use crate::codec::Codec;
use crate::header::{Header, Resource};
use crate::text::Text;
use crate::ways::Way;
use crate::{CFile, Side, helpers};

/// Generates it for a cap's world.
///
/// Fails where the world has what no shim can carry.
pub fn native(export: &Side) -> Result<CFile> {
    let header = Header::export(export)?;
    let mut functions = Text::default();
    for resource in header.going(Way::In).flat_map(|interface| &interface.resources) {
        write_resource(&mut functions, &header, resource);
    }
    let mut codec = Codec::new(&header);
    let helpers = helpers::write(&mut codec);
    let mut text = Text::default();
    text.comment(format!(
        "For native tests: what {0}.c defines of {0}.h, but for the way into a component.",
        header.world
    ));
    text.line(format!("#include \"{}.h\"", header.world));
    text.line("#include \"handles_native.h\"");
    text.line("#include <stdlib.h>");
    text.line("#include <string.h>");
    text.gap();
    if header.has_strings {
        helpers::memory(&mut text);
    }
    text.append(functions);
    text.append(codec.finish());
    text.append(helpers);
    Ok(CFile { name: format!("{}_native.c", header.world), text: text.finish() })
}

fn write_resource(text: &mut Text, header: &Header, resource: &Resource) {
    let (own, c_name) = (&resource.own, &resource.c_name);
    let representation = header.c_type(&Type::Id(resource.id));
    text.function(own, &format!("{c_name}_new"), &[format!("{representation} *rep")]);
    text.line(format!("return ({own}){{new_handle(rep)}};"));
    text.end();
    let pointer = format!("{representation} *");
    text.function(&pointer, &format!("{c_name}_rep"), &[format!("{own} handle")]);
    text.line("return representation_of(handle.__handle);");
    text.end();
    text.function("void", &format!("{c_name}_drop_own"), &[format!("{own} handle")]);
    text.line(format!("{c_name}_destructor(drop_handle(handle.__handle));"));
    text.end();
}
