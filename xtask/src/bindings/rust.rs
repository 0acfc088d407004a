//! WIT to Rust, for caps in Rust: wit-bindgen-rust as a library. What it writes is meant for a component of its own; here
//! its functions are called by C in the same module (`<world>_rust.c`), which also has what it would import.

use anyhow::{Context as _, Result, ensure};
use link_shims::{RUST_PREFIX, RustResource, Side, rust_resources};
use wit_bindgen_core::{Files, WorldGenerator as _};

use super::checked::World;
use super::contain::contain;

/// The version of wit-bindgen-rust that Cargo.toml pins.
pub const GENERATOR: &str = "wit-bindgen-rust 0.63.0";

/// What a crate calls the module with its bindings, which refer to themselves.
const MODULE: &str = "crate::bindings";

/// Of the checkout; bindings include it, by a path relative to their own.
pub const RUNTIME: &str = "caps/common/rust/runtime.rs";

/// How a list begins that is lifted item by item; and that it ends no program, without memory.
const WITH_CAPACITY: &str = "_rt::Vec::with_capacity(";
const ROOM_FOR_ARGUMENT: &str = "crate::bindings::runtime::room_for_argument(";

/// The bindings of a world whose names were checked, `<world>.rs`, without their first line.
pub fn bindings(world: &World) -> Result<(String, String)> {
    contain(|| rust_bindings(&world.side())).map_err(|panic| world.failed(GENERATOR, &panic))?
}

/// The file's name and its text.
pub fn rust_bindings(world: &Side) -> Result<(String, String)> {
    let mut files = Files::default();
    let options = wit_bindgen_rust::Opts {
        generate_all: true,
        runtime_path: Some(format!("{MODULE}::runtime")),
        default_bindings_module: Some(MODULE.to_owned()),
        export_prefix: Some(RUST_PREFIX.to_owned()),
        // The module is a reactor: its constructors have run.
        disable_run_ctors_once_workaround: true,
        disable_custom_section_link_helpers: true,
        ..Default::default()
    };
    options.build().generate(&mut world.resolve.clone(), world.world, &mut files)?;
    let (name, text) = files.iter().next().context("wit-bindgen-rust wrote no file")?;
    Ok((name.to_owned(), linked(std::str::from_utf8(text)?, &rust_resources(world)?)?))
}

/// The text for who is called by C: handles are those of the C header, and the world is in another object.
///
/// Fails where something is left that only a component of its own has.
fn linked(text: &str, resources: &[RustResource]) -> Result<String> {
    let text = without_world(text);
    let mut linked = String::from(
        "//\n// For a crate's `src/lib.rs`: `#[path = \"../gen/<this file>\"] mod bindings;`, then implement the `Guest` traits and\n\
         // say `bindings::export!(..)`.\n\
         #[path = \"../../common/rust/runtime.rs\"]\npub mod runtime;\n\n",
    );
    let mut interface = None;
    for line in text.lines() {
        let trimmed = line.trim();
        if let Some(module) = within(trimmed, "#[link(wasm_import_module = \"[export]", "\")]") {
            interface = Some(module);
            continue;
        }
        if let (Some(module), Some(intrinsic)) =
            (interface, within(trimmed, "#[link_name = \"[resource-", "\"]"))
        {
            let symbol = symbol(resources, module, intrinsic)
                .with_context(|| format!("`{trimmed}` is of no resource that is exported"))?;
            linked += &format!("#[link_name = \"{symbol}\"]\n");
            interface = None;
            continue;
        }
        ensure!(!line.contains("wasm_import_module"), "it imports what C does not have: {trimmed}");
        linked += &line.trim_end().replace(WITH_CAPACITY, ROOM_FOR_ARGUMENT);
        linked.push('\n');
    }
    Ok(linked)
}

fn within<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.strip_prefix(before)?.strip_suffix(after)
}

/// The function of C for `new]deflater`.
fn symbol(resources: &[RustResource], interface: &str, intrinsic: &str) -> Option<String> {
    let (what, name) = intrinsic.split_once(']')?;
    let resource = resources.iter().find(|it| it.interface == interface && it.name == name)?;
    let function = match what {
        "new" | "rep" => what,
        "drop" => "drop_own",
        _ => return None,
    };
    Some(format!("{}_{function}", resource.c_name))
}

/// Without the last item, a section that carries the world.
fn without_world(text: &str) -> &str {
    let section = text.find("#[unsafe(link_section = \"component-type:");
    let item = section.and_then(|at| text[..at].rfind("#[cfg(target_arch = \"wasm32\")]"));
    item.map_or(text, |at| &text[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_are_those_of_the_header() {
        let text = "    #[link(wasm_import_module = \"[export]a:b/c@1.0.0\")]\n    unsafe extern \"C\" {\n      \
                    #[link_name = \"[resource-drop]d-e\"]\n      fn drop(_: i32, );\n    }\n\
                    #[cfg(target_arch = \"wasm32\")]\n#[unsafe(link_section = \"component-type:x\")]\nstatic X: u8 = 0;\n";
        let resources = [RustResource {
            interface: "a:b/c@1.0.0".to_owned(),
            name: "d-e".to_owned(),
            c_name: "exports_a_b_c_d_e".to_owned(),
        }];
        let made = linked(text, &resources).unwrap();
        assert!(made.contains("#[link_name = \"exports_a_b_c_d_e_drop_own\"]\n"), "{made}");
        assert!(!made.contains("wasm_import_module") && !made.contains("static X"), "{made}");
        let error = linked(text, &[]).err().unwrap().to_string();
        assert!(error.contains("is of no resource that is exported"), "{error}");
    }

    #[test]
    fn an_import_is_refused() {
        let text = "#[link(wasm_import_module = \"a:b/c@1.0.0\")]\n";
        assert!(
            linked(text, &[]).unwrap_err().to_string().contains("imports what C does not have")
        );
    }
}
