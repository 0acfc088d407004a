//! `<world>_dynlink.c`: an extension's imports, each of them a call of a provider through cpython-ext/common/link.h.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use wit_parser::{Handle, Type, TypeDefKind};

use crate::codec::{Codec, Scope};
use crate::function::{Function, Pass, Return};
use crate::header::{Header, Interface};
use crate::place::Place;
use crate::refusal::Refusal;
use crate::text::Text;
use crate::{CFile, Side, helpers, names, signature};

/// Generates the shim of an extension's world. `provider_of` tells which provider serves an interface
/// (`ns:package/interface@1.2.3`), as the plan knows it.
///
/// Fails where the world has what a shim cannot carry, and where `provider_of` does.
pub fn dynlink(import: &Side, provider_of: &dyn Fn(&str) -> Result<String>) -> Result<CFile> {
    let header = Header::import(import)?;
    let shim =
        Shim::new(&header, provider_of).with_context(|| format!("world `{}`", header.world))?;
    Ok(CFile { name: format!("{}_dynlink.c", header.world), text: shim.write() })
}

struct Shim<'a> {
    header: &'a Header,
    /// Provider to the interfaces that it serves.
    providers: BTreeMap<String, Vec<&'a Interface>>,
}

impl<'a> Shim<'a> {
    fn new(header: &'a Header, provider_of: &dyn Fn(&str) -> Result<String>) -> Result<Self> {
        header.check_unique_names()?;
        let mut providers: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for interface in header.served() {
            let provider =
                provider_of(&interface.wit).with_context(|| format!("`{}`", interface.wit))?;
            providers.entry(provider).or_default().push(interface);
        }
        let shim = Self { header, providers };
        for interface in header.served() {
            for function in &interface.functions {
                shim.check_handles(interface, function)?;
            }
        }
        Ok(shim)
    }

    /// The provider that serves an interface.
    fn provider(&self, interface: &Interface) -> &str {
        let serves =
            |interfaces: &Vec<&Interface>| interfaces.iter().any(|other| other.id == interface.id);
        let found = self.providers.iter().find(|(_, interfaces)| serves(interfaces));
        found.expect("invariant: each served interface has a provider").0
    }

    /// A handle means something to the provider that made it, and to no other.
    fn check_handles(&self, interface: &Interface, function: &Function) -> Result<()> {
        let types =
            function.parameters.iter().map(|parameter| &parameter.ty).chain(&function.result);
        for handle in types.flat_map(|ty| self.handles(ty)) {
            let (owner, resource) = self.header.resource(&handle);
            let (here, there) = (self.provider(interface), self.provider(owner));
            if here != there {
                let text = format!(
                    "`{}`: a handle of `{}` is the provider `{there}`'s and cannot be passed to the provider `{here}`",
                    function.method, resource.name
                );
                return Err(Refusal::at(&self.header.resolve, function.span, text));
            }
        }
        Ok(())
    }

    fn handles(&self, ty: &Type) -> Vec<Handle> {
        let Type::Id(id) = ty else { return Vec::new() };
        match &self.header.resolve.types[*id].kind {
            TypeDefKind::Handle(handle) => vec![*handle],
            _ => self.header.members(*id).iter().flat_map(|member| self.handles(member)).collect(),
        }
    }

    fn write(&self) -> String {
        let header = self.header;
        let mut codec = Codec::new(header);
        let mut functions = Text::default();
        for interface in &header.interfaces {
            for function in &interface.functions {
                self.write_function(&mut functions, &mut codec, interface, function);
            }
            self.write_resources(&mut functions, interface);
        }
        let helpers = helpers::write(&mut codec);

        let mut text = Text::default();
        text.comment(format!(
            "Link shim for dynlink: what {}.h declares, as calls of a provider. A call that fails leaves an error \
             pending (link_failed()) and returns zeros. Arguments stay the caller's; results are the caller's, from \
             malloc.",
            header.world
        ));
        text.line(format!("#include \"{}.h\"", header.world));
        text.line("#include <stdlib.h>");
        text.line("#include <string.h>");
        text.line("#include \"link.h\"");
        text.gap();
        if header.has_strings {
            helpers::memory(&mut text);
        }
        self.write_providers(&mut text);
        text.append(codec.finish());
        text.append(functions);
        text.append(helpers);
        text.finish()
    }

    fn write_providers(&self, text: &mut Text) {
        for (provider, interfaces) in &self.providers {
            let variable = variable(provider);
            let mut ids: Vec<_> =
                interfaces.iter().map(|interface| format!("\"{}\"", interface.wit)).collect();
            ids.push("NULL".to_owned());
            text.list_in_braces(
                &format!("static const char *const {variable}_interfaces[] = "),
                &ids,
                ";",
            );
            let members =
                [format!(".id = \"{provider}\""), format!(".interfaces = {variable}_interfaces")];
            text.list_in_braces(
                &format!("static struct link_provider {variable} = "),
                &members,
                ";",
            );
            text.gap();
        }
        text.comment(
            "Resolves what this world imports. Idempotent. False: the caller frees the error.",
        );
        let open = format!("{}_open", self.header.world);
        let parameter = "struct link_error *error".to_owned();
        text.line(format!("bool {open}({parameter});"));
        text.gap();
        text.function("bool", &open, &[parameter]);
        let opened: Vec<_> = self
            .providers
            .keys()
            .map(|provider| format!("link_open(&{}, error)", variable(provider)))
            .collect();
        match opened.is_empty() {
            true => {
                text.line("(void)error;");
                text.line("return true;");
            }
            false => text.conjunction("return ", &opened, ";"),
        }
        text.end();
    }

    fn write_function(
        &self,
        text: &mut Text,
        codec: &mut Codec,
        interface: &Interface,
        function: &Function,
    ) {
        let header = self.header;
        text.comment(&function.wit);
        let parameters = signature::parameters(header, function);
        text.function(&signature::returned(header, function), &function.c_name, &parameters);
        text.line("struct link_call call;");
        let result =
            function.result.map(|ty| (ty, self.declare_result(text, &ty, &function.returns)));
        text.gap();
        if let (Some((_, place)), false) = (&result, matches!(function.returns, Return::Value(_))) {
            text.line(zero(place));
        }
        let provider = variable(self.provider(interface));
        let count = function.parameters.len();
        text.statement(format!(
            "link_begin(&call, &{provider}, LINK_METHOD(\"{}\"), {count});",
            function.method
        ));
        self.write_arguments(text, codec, function);
        text.open("if (link_send(&call))");
        let scope = Scope::local();
        match &result {
            Some((ty, place)) => text.line(format!("{};", codec.decode(ty, place, &scope))),
            None => text.line("cbor_read_null(&call.reply);"),
        }
        text.outdent();
        match &result {
            Some((ty, place)) => {
                text.open("if (!link_end(&call)) {");
                if let Some(free) = codec.free(ty, place) {
                    text.statement(free);
                }
                match &function.returns {
                    Return::Value(ty) if header.holds_handles(ty) => {
                        text.line("result.__handle = 0;")
                    }
                    Return::Value(ty) => text.line(format!("result = {};", header.zero(ty))),
                    Return::Either(..) => {
                        text.line(zero(place));
                        text.line("result.is_err = true;");
                    }
                    _ => text.line(zero(place)),
                }
                text.close("}");
                write_return(text, &function.returns);
            }
            None => text.line("link_end(&call);"),
        }
        text.end();
    }

    /// Declares what the reply is decoded into, unless it is the caller's own.
    fn declare_result(&self, text: &mut Text, ty: &Type, returns: &Return) -> Place {
        match returns {
            Return::Pointer(_) => Place::at("ret"),
            Return::Value(_) => {
                text.line(format!("{} result = {};", self.header.c_type(ty), self.header.zero(ty)));
                Place::of("result")
            }
            _ => {
                text.line(format!("{} result;", self.header.c_type(ty)));
                Place::of("result")
            }
        }
    }

    fn write_arguments(&self, text: &mut Text, codec: &mut Codec, function: &Function) {
        let scope = Scope::local();
        for parameter in &function.parameters {
            let place = signature::argument(parameter);
            match &parameter.pass {
                Pass::Value | Pass::Pointer => {
                    text.statement(codec.encode(&parameter.ty, &place, &scope))
                }
                Pass::Maybe(payload) => {
                    let pointer = signature::variable(parameter);
                    text.line(format!(
                        "cbor_write_array(&call.arguments, {pointer} != NULL ? 1 : 0);"
                    ));
                    text.under(
                        format!("if ({pointer} != NULL)"),
                        codec.encode(payload, &place, &scope),
                    );
                }
            }
        }
    }

    fn write_resources(&self, text: &mut Text, interface: &Interface) {
        for resource in &interface.resources {
            let provider = variable(self.provider(interface));
            let own = &resource.own;
            text.function(
                "void",
                &format!("{}_drop_own", resource.c_name),
                &[format!("{own} handle")],
            );
            text.line(format!("link_drop(&{provider}, handle.__handle);"));
            text.end();
            helpers::borrows(text, interface, resource);
        }
    }
}

/// The end of a function: what was decoded, in the way that the signature returns it.
fn write_return(text: &mut Text, returns: &Return) {
    match returns {
        Return::Nothing | Return::Pointer(_) => {}
        Return::Value(_) => text.line("return result;"),
        Return::Maybe(_) => {
            text.line("*ret = result.val;");
            text.line("return result.is_some;");
        }
        Return::Either(ok, err) => {
            match (ok, err) {
                (Some(_), Some(_)) => {
                    text.under("if (result.is_err)", "*err = result.val.err;");
                    text.under("else", "*ret = result.val.ok;");
                }
                (Some(_), None) => text.under("if (!result.is_err)", "*ret = result.val.ok;"),
                (None, Some(_)) => text.under("if (result.is_err)", "*err = result.val.err;"),
                (None, None) => {}
            }
            text.line("return !result.is_err;");
        }
    }
}

fn zero(place: &Place) -> String {
    format!("memset({}, 0, sizeof {});", place.address(), place.value())
}

/// The variable of a provider: `provider_zlib`.
fn variable(provider: &str) -> String {
    format!("provider_{}", names::snake(provider))
}
