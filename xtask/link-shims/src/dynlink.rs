//! `<world>_dynlink.c`: an extension's imports, each of them a call of a provider through cpython-ext/common/link.h; its
//! exports, which providers ask for.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};

use crate::calls::{self, Callee};
use crate::codec::{Codec, Role};
use crate::copies::{Copies, Handles};
use crate::forward::Forward;
use crate::function::Function;
use crate::header::{Header, Interface, Resource};
use crate::refusal::Refusal;
use crate::text::Text;
use crate::ways::Way;
use crate::{CFile, Side, handlers, helpers, names};

/// Generates the shim of an extension's world. `provider_of` tells which provider serves an import
/// (`ns:package/interface@1.2.3`), as the plan knows it, and which one asks for an export.
///
/// Fails where the world has what a shim cannot carry, and where `provider_of` does.
pub fn dynlink(import: &Side, provider_of: &dyn Fn(&str) -> Result<String>) -> Result<CFile> {
    let header = Header::import(import)?;
    let context = || format!("world `{}`", header.world);
    let shim = Shim::new(&header, provider_of).with_context(context)?;
    let text = shim.write().with_context(context)?;
    Ok(CFile { name: format!("{}_dynlink.c", header.world), text })
}

/// What there is between the extension and one provider.
#[derive(Default)]
struct Provider<'a> {
    serves: Vec<&'a Interface>,
    asks: Vec<&'a Interface>,
}

struct Shim<'a> {
    header: &'a Header,
    providers: BTreeMap<String, Provider<'a>>,
}

impl<'a> Shim<'a> {
    fn new(header: &'a Header, provider_of: &dyn Fn(&str) -> Result<String>) -> Result<Self> {
        header.check_unique_names()?;
        let mut providers: BTreeMap<_, Provider> = BTreeMap::new();
        for interface in header.going(Way::Out).chain(header.going(Way::In)) {
            let provider =
                provider_of(&interface.wit).with_context(|| format!("`{}`", interface.wit))?;
            let provider = providers.entry(provider).or_default();
            match interface.way {
                Way::In => provider.asks.push(interface),
                Way::Out | Way::Loop => provider.serves.push(interface),
            }
        }
        let shim = Self { header, providers };
        for interface in header.going(Way::Out).chain(header.going(Way::In)) {
            for function in &interface.functions {
                shim.check_handles(interface, function)?;
            }
        }
        Ok(shim)
    }

    /// The provider that serves an interface, or asks for it.
    fn provider(&self, interface: &Interface) -> &str {
        let interface =
            if interface.way == Way::Loop { self.header.own(interface) } else { interface };
        let has = |provider: &Provider| {
            let mut interfaces = provider.serves.iter().chain(&provider.asks);
            interfaces.any(|other| other.id == interface.id)
        };
        let found = self.providers.iter().find(|(_, provider)| has(provider));
        found.expect("invariant: each interface has a provider").0
    }

    /// A handle means something to one provider, which has made it or gets it, and to no other.
    fn check_handles(&self, interface: &Interface, function: &Function) -> Result<()> {
        for handle in function.types().flat_map(|ty| self.header.handles(ty)) {
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

    fn write(&self) -> Result<String> {
        let header = self.header;
        let asked = header.going(Way::In).next().is_some();
        let mut codec = Codec::new(header);
        let mut functions = Text::default();
        let mut forward =
            Forward { import: header, handles: Handles::Entries, copies: Copies::default() };
        for interface in header.going(Way::Out) {
            let provider = variable(self.provider(interface));
            calls::write(&mut functions, &mut codec, interface, &Callee::Provider(provider));
        }
        for interface in header.going(Way::Loop) {
            write_loop(&mut functions, header, interface, &mut forward)?;
        }
        functions.append(handlers::write(&mut codec, Role::Handler));
        let helpers = helpers::write(&mut codec);

        let mut text = Text::default();
        text.comment(format!(
            "Link shim for dynlink: what {}.h declares, as calls of a provider. A call that fails leaves an error \
             pending (link_failed()) and returns zeros. Arguments stay the caller's; results are the caller's, from \
             malloc.",
            header.world
        ));
        if asked {
            text.comment(
                "What the header exports is what the provider may ask for. A handler decodes all of its arguments before \
                 it calls; the function then owns them.",
            );
        }
        text.line(format!("#include \"{}.h\"", header.world));
        text.line("#include <stdlib.h>");
        text.line("#include <string.h>");
        if asked {
            text.line("#include \"endpoint.h\"");
        }
        text.line("#include \"link.h\"");
        text.gap();
        if header.has_strings || !forward.copies.is_empty() {
            helpers::memory(&mut text);
        }
        self.write_providers(&mut text);
        handlers::resources(&mut text, header, Role::Handler);
        text.append(codec.finish());
        text.append(forward.copies.finish());
        text.append(functions);
        self.write_answers(&mut text);
        text.append(helpers);
        Ok(text.finish())
    }

    fn write_providers(&self, text: &mut Text) {
        for (name, provider) in &self.providers {
            let variable = variable(name);
            let serves = provider.serves.iter();
            let mut ids: Vec<_> =
                serves.map(|interface| format!("\"{}\"", interface.wit)).collect();
            ids.push("NULL".to_owned());
            text.list_in_braces(
                &format!("static const char *const {variable}_interfaces[] = "),
                &ids,
                ";",
            );
            let mut members =
                vec![format!(".id = \"{name}\""), format!(".interfaces = {variable}_interfaces")];
            if !provider.asks.is_empty() {
                text.list(&format!("static bool answer_{variable}"), &answerer(), ";");
                members.push(format!(".answerer = answer_{variable}"));
                members.push(".ended = link_reclaim".to_owned());
            }
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

    /// What answers each provider that asks.
    fn write_answers(&self, text: &mut Text) {
        for (name, provider) in &self.providers {
            if provider.asks.is_empty() {
                continue;
            }
            let variable = variable(name);
            let table =
                handlers::table(text, &format!("{variable}_asks"), provider.asks.iter().copied());
            let head = format!("static const struct endpoint_methods {variable}_answers = ");
            text.list_in_braces(&head, &table, ";");
            text.gap();
            let parameters = answerer();
            text.function("static bool", &format!("answer_{variable}"), &parameters);
            text.line("(void)context;");
            let answers = [format!("&{variable}"), format!("&{variable}_answers")];
            let words = parameters
                .iter()
                .skip(1)
                .filter_map(|parameter| parameter.rsplit([' ', '*']).next().map(str::to_owned));
            let arguments: Vec<_> = answers.into_iter().chain(words).collect();
            text.list("return link_answer", &arguments, ";");
            text.end();
        }
    }
}

/// The parameters of a link_answerer.
fn answerer() -> [String; 8] {
    [
        "void *context",
        "const char *method",
        "size_t method_length",
        "const uint8_t *payload",
        "size_t payload_length",
        "uint8_t **answer",
        "size_t *answer_length",
        "struct link_error *error",
    ]
    .map(str::to_owned)
}

/// Defines what the world imports and exports as calls of itself.
fn write_loop(
    text: &mut Text,
    header: &Header,
    interface: &Interface,
    forward: &mut Forward,
) -> Result<()> {
    let own = header.own(interface);
    for function in &interface.functions {
        forward.write(text, function, header, own)?;
    }
    for (resource, own) in interface.resources.iter().zip(&own.resources) {
        write_own_resource(text, header, interface, resource, own);
    }
    Ok(())
}

fn write_own_resource(
    text: &mut Text,
    header: &Header,
    interface: &Interface,
    resource: &Resource,
    own: &Resource,
) {
    let handle = format!("{} handle", resource.own);
    text.function("void", &format!("{}_drop_own", resource.c_name), &[handle]);
    text.line(format!("link_drop_own(&{}, handle.__handle);", header.resource_variable(own)));
    text.end();
    helpers::borrows(text, interface, resource);
}

/// The variable of a provider: `provider_zlib`.
fn variable(provider: &str) -> String {
    format!("provider_{}", names::snake(provider))
}
