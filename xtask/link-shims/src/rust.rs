//! `<world>_rust.c`: what a cap's header declares as the cap's own, as calls of an implementation in Rust.
//!
//! wit-bindgen-rust writes functions of the canonical ABI. They are in the same module here, so an argument is lowered and
//! a result lifted without a copy: lists and strings are handed over as they are, and what a handle is says the file that
//! defines the header's other functions, in each linkage mode.

use anyhow::{Context as _, Result, bail};
use wit_parser::Type;
use wit_parser::abi::{AbiVariant, WasmSignature};

use crate::flat::{Flat, Lower, only_member};
use crate::function::{Function, Pass, Return};
use crate::header::{Header, Interface, Resource};
use crate::place::Place;
use crate::signature;
use crate::text::Text;
use crate::ways::Way;
use crate::{CFile, Side};

/// What the names of the implementation's functions begin with, for the linker; behind it they are the canonical ABI's.
pub const RUST_PREFIX: &str = "rust:";

/// Generates what calls the implementation of a cap's world.
///
/// Fails where the world has what a shim cannot carry, or imports functions.
pub fn rust(export: &Side) -> Result<CFile> {
    let header = Header::export(export)?;
    if let Some(interface) = header.going(Way::Out).next() {
        bail!("`{}` is imported; a cap in Rust can only export", interface.wit);
    }
    let text = write(&header).with_context(|| format!("world `{}`", header.world))?;
    Ok(CFile { name: format!("{}_rust.c", header.world), text })
}

/// A resource, as the canonical ABI and as the header know it.
pub struct RustResource {
    /// `zlib:compression/streams@0.2.0`
    pub interface: String,
    /// `deflater`
    pub name: String,
    /// What the names of its functions begin with in C.
    pub c_name: String,
}

/// The resources that a cap's world exports.
pub fn rust_resources(export: &Side) -> Result<Vec<RustResource>> {
    let header = Header::export(export)?;
    let of = |interface: &Interface| -> Vec<RustResource> {
        let known = |resource: &Resource| RustResource {
            interface: interface.wit.clone(),
            name: resource.name.clone(),
            c_name: resource.c_name.clone(),
        };
        interface.resources.iter().map(known).collect()
    };
    Ok(header.going(Way::In).flat_map(of).collect())
}

fn write(header: &Header) -> Result<String> {
    let mut functions = Text::default();
    for interface in header.going(Way::In) {
        let of_wit = &header.resolve.interfaces[interface.id].functions;
        for (function, wit) in interface.functions.iter().zip(of_wit.values()) {
            let signature = header.resolve.wasm_signature(AbiVariant::GuestExport, wit);
            let symbol = format!("{RUST_PREFIX}{}#{}", interface.wit, wit.name);
            write_function(&mut functions, header, function, &signature, &symbol);
        }
        for resource in &interface.resources {
            write_destructor(&mut functions, header, interface, resource);
        }
    }
    let mut text = Text::default();
    text.comment(format!(
        "What {}.h declares for a cap to define, as calls of its implementation in Rust, whose functions are those of the \
         canonical ABI. They own their arguments, and what they return is the caller's: both sides have one malloc().",
        header.world
    ));
    text.line(format!("#include \"{}.h\"", header.world));
    text.line("#include <string.h>");
    text.gap();
    text.line("_Static_assert(sizeof(void *) == 4, \"an address is an i32\");");
    text.line("void *cabi_realloc(void *memory, size_t old_size, size_t alignment, size_t size);");
    text.gap();
    write_bits(&mut text, &functions);
    text.append(functions);
    Ok(text.finish())
}

/// The bits of floating-point numbers, where a variant has other payloads, too.
fn write_bits(text: &mut Text, functions: &Text) {
    let both = [("float", "int32_t"), ("double", "int64_t")];
    for (float, bits) in both.iter().filter(|(it, _)| functions.mentions(&format!("lower_{it}("))) {
        let parameters = [format!("{float} value")];
        text.function(&format!("static inline {bits}"), &format!("lower_{float}"), &parameters);
        text.line(format!("{bits} bits;"));
        text.line("memcpy(&bits, &value, sizeof bits);");
        text.line("return bits;");
        text.end();
    }
}

/// Declares a function of the implementation under a name of C's.
fn declare(text: &mut Text, returns: &str, name: &str, parameters: &[String], symbol: &str) {
    let space = if returns.ends_with('*') { "" } else { " " };
    match parameters {
        [] => text.line(format!("{returns}{space}{name}(void)")),
        some => text.list(&format!("{returns}{space}{name}"), some, ""),
    }
    text.indent();
    text.line(format!("__asm__(\"{symbol}\");"));
    text.outdent();
    text.gap();
}

fn write_destructor(text: &mut Text, header: &Header, interface: &Interface, resource: &Resource) {
    let representation = header.c_type(&Type::Id(resource.id));
    let rust = format!("rust_{}_destructor", header.short_name(resource.id));
    let parameters = [format!("{representation} *rep")];
    let symbol = format!("{RUST_PREFIX}{}#[dtor]{}", interface.wit, resource.name);
    declare(text, "void", &rust, &parameters, &symbol);
    text.function("void", &format!("{}_destructor", resource.c_name), &parameters);
    text.line(format!("{rust}(rep);"));
    text.end();
}

fn write_function(
    text: &mut Text,
    header: &Header,
    function: &Function,
    signature: &WasmSignature,
    symbol: &str,
) {
    let rust = format!("rust_{}", function.short);
    let returned = match (signature.retptr, signature.results.first()) {
        (true, _) => "const void *",
        (false, Some(ty)) => Flat::of(*ty).c_type(),
        (false, None) => "void",
    };
    let parameters: Vec<String> = match signature.indirect_params {
        true => vec!["void *".to_owned()],
        false => signature.params.iter().map(|ty| Flat::of(*ty).c_type().to_owned()).collect(),
    };
    declare(text, returned, &rust, &parameters, symbol);
    text.comment(&function.wit);
    let parameters = signature::parameters(header, function);
    text.function(&signature::returned(header, function), &function.c_name, &parameters);
    let arguments = match signature.indirect_params {
        true => write_memory(text, header, function),
        false => write_flat(text, header, function),
    };
    let call = format!("{rust}({})", arguments.join(", "));
    match signature.retptr {
        true => write_lifted(text, header, function, &call),
        false => write_returned(text, header, function, &call),
    }
    text.end();
}

/// Lowers the parameters to numbers; returns them.
fn write_flat(text: &mut Text, header: &Header, function: &Function) -> Vec<String> {
    let mut lower = Lower::new(header, text);
    let mut arguments = Vec::new();
    for parameter in &function.parameters {
        let name = signature::variable(parameter);
        arguments.extend(match parameter.pass {
            Pass::Value => lower.value(&parameter.ty, &Place::of(name)),
            Pass::Pointer => lower.value(&parameter.ty, &Place::at(name)),
            Pass::Maybe(payload) => {
                let some = format!("{name} != NULL");
                lower.cases(&some, vec![(format!("if ({some})"), payload, Place::at(name))])
            }
        });
    }
    arguments.into_iter().map(|number| number.expression).collect()
}

/// More parameters than there is room for as numbers: into memory that the callee frees.
fn write_memory(text: &mut Text, header: &Header, function: &Function) -> Vec<String> {
    text.open("struct {");
    for (index, parameter) in function.parameters.iter().enumerate() {
        match parameter.pass {
            Pass::Maybe(payload) => {
                let payload = header.c_type(&payload);
                text.line(format!("struct {{ bool is_some; {payload} val; }} m{index};"));
            }
            _ => text.line(format!("{} m{index};", header.c_type(&parameter.ty))),
        }
    }
    text.close("} *call = cabi_realloc(NULL, 0, 8, sizeof *call);");
    text.gap();
    for (index, parameter) in function.parameters.iter().enumerate() {
        let name = signature::variable(parameter);
        match parameter.pass {
            Pass::Value => text.line(format!("call->m{index} = {name};")),
            Pass::Pointer => text.line(format!("call->m{index} = *{name};")),
            Pass::Maybe(_) => {
                text.line(format!("call->m{index}.is_some = {name} != NULL;"));
                text.under(
                    format!("if ({name} != NULL)"),
                    format!("call->m{index}.val = *{name};"),
                );
            }
        }
    }
    vec!["call".to_owned()]
}

/// Returns what lies where the call says.
fn write_lifted(text: &mut Text, header: &Header, function: &Function, call: &str) {
    match &function.returns {
        Return::Maybe(payload) => {
            text.open("struct {");
            text.line("bool is_some;");
            text.line(format!("{} val;", header.c_type(payload)));
            text.close("} result;");
            text.statement(format!("memcpy(&result, {call}, sizeof result);"));
            text.under("if (result.is_some)", "*ret = result.val;");
            text.line("return result.is_some;");
        }
        Return::Either(ok, err) => {
            text.open("struct {");
            text.line("bool is_err;");
            text.open("union {");
            for (ty, name) in [(ok, "ok"), (err, "err")] {
                if let Some(ty) = ty {
                    text.line(format!("{} {name};", header.c_type(ty)));
                }
            }
            text.close("} val;");
            text.close("} result;");
            text.statement(format!("memcpy(&result, {call}, sizeof result);"));
            if ok.is_some() {
                text.under("if (!result.is_err)", "*ret = result.val.ok;");
            }
            if err.is_some() {
                text.under("if (result.is_err)", "*err = result.val.err;");
            }
            text.line("return !result.is_err;");
        }
        Return::Pointer(_) | Return::Value(_) | Return::Nothing => {
            text.line(format!("memcpy(ret, {call}, sizeof *ret);"));
        }
    }
}

/// Returns what is one number, or nothing.
fn write_returned(text: &mut Text, header: &Header, function: &Function, call: &str) {
    match &function.returns {
        Return::Nothing => text.line(format!("{call};")),
        Return::Value(ty) if header.holds_handles(ty) => {
            text.line(format!("return ({}){{{call}}};", header.c_type(ty)));
        }
        Return::Value(ty) => text.line(format!("return ({}){call};", header.c_type(ty))),
        Return::Pointer(ty) => {
            let member = only_member(header, ty, &Place::at("ret"));
            text.line(format!("{member} = {call};"));
        }
        Return::Maybe(_) => {
            unreachable!("invariant: an option with a payload is more than a number")
        }
        Return::Either(..) => text.line(format!("return {call} == 0;")),
    }
}
