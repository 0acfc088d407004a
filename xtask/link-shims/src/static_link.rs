//! `<world>_static.c`: an extension's imports as plain calls of the caps in the same module.
//!
//! The types of both sides differ in name only. Arguments are copied, since the callee owns them; results are the same
//! memory on both sides and are handed over.

use anyhow::{Context as _, Result, bail};
use wit_parser::{Type, TypeDefKind};

use crate::codec::Codec;
use crate::copies::{Copies, Sides};
use crate::function::{Function, Pass, Return};
use crate::header::{Header, Interface, Resource};
use crate::place::Place;
use crate::refusal::Refusal;
use crate::shape::{compatible, shape};
use crate::text::Text;
use crate::{CFile, Side, helpers, signature};

/// Generates the shim between an extension's world and the worlds of the caps that serve it. A cap's interface serves
/// an import of the same name and a compatible version.
///
/// Fails where a world has what a shim cannot carry, where no cap or more than one serves an import, and where the two
/// sides disagree about a type.
pub fn static_link(import: &Side, exports: &[Side]) -> Result<CFile> {
    let import = Header::import(import)?;
    let exports = exports.iter().map(Header::export).collect::<Result<Vec<_>>>()?;
    let mut shim = Shim { import: &import, copies: Copies::default() };
    let text = shim.write(&exports).with_context(|| format!("world `{}`", import.world))?;
    Ok(CFile { name: format!("{}_static.c", import.world), text })
}

struct Shim<'a> {
    import: &'a Header,
    copies: Copies,
}

impl<'a> Shim<'a> {
    fn write(&mut self, exports: &'a [Header]) -> Result<String> {
        let mut asserts = Text::default();
        let mut functions = Text::default();
        check_headers(exports)?;
        for interface in &self.import.interfaces {
            let Some((header, export)) = server(exports, interface)? else { continue };
            self.pair(&mut asserts, interface, header, export)?;
            for function in &interface.functions {
                self.write_function(&mut functions, function, header, export)?;
            }
            for resource in &interface.resources {
                self.write_import_resource(&mut functions, interface, resource, header, export)?;
            }
        }
        for header in exports {
            for resource in header.served().flat_map(|interface| &interface.resources) {
                write_export_resource(&mut functions, header, resource);
            }
        }
        for header in [self.import].into_iter().chain(exports) {
            let mut codec = Codec::new(header);
            let helpers = helpers::write(&mut codec);
            functions.append(codec.finish());
            functions.append(helpers);
        }
        let mut text = Text::default();
        let caps: Vec<_> = exports.iter().map(|header| format!("{}.h", header.world)).collect();
        text.comment(format!(
            "Static link: what {}.h declares, as plain calls of what {} declares, and the helpers of all of them. A handle \
             is the pointer to the resource's representation. Callees own their arguments, so they get copies; results \
             are handed over. Not for link-time optimisation: only that the calls cannot be seen through makes one \
             side's struct readable as the other's.",
            self.import.world,
            caps.join(", ")
        ));
        text.line(format!("#include \"{}.h\"", self.import.world));
        for header in exports {
            text.line(format!("#include \"{}.h\"", header.world));
        }
        text.line("#include <stdlib.h>");
        text.line("#include <string.h>");
        text.gap();
        text.line("_Static_assert(sizeof(void *) == 4, \"a handle holds a pointer\");");
        text.append(asserts);
        text.gap();
        let mut headers = [self.import].into_iter().chain(exports);
        if !self.copies.is_empty() || headers.any(|header| header.has_strings) {
            helpers::memory(&mut text);
        }
        text.append(std::mem::take(&mut self.copies).finish());
        text.append(functions);
        Ok(text.finish())
    }

    /// Asserts that the interface's types are laid out alike on both sides, after checking that they are the same.
    fn pair(
        &self,
        asserts: &mut Text,
        import: &Interface,
        header: &Header,
        export: &Interface,
    ) -> Result<()> {
        let types = &self.import.resolve.interfaces[import.id].types;
        let others = &header.resolve.interfaces[export.id].types;
        for (name, id) in types {
            let at = format!("`{}`: type `{name}`", import.wit);
            let other =
                others.get(name).with_context(|| format!("{at}: `{}` has none", export.wit))?;
            let (ours, theirs) = (Type::Id(*id), Type::Id(*other));
            if shape(self.import, &ours, true) != shape(header, &theirs, true) {
                let text =
                    format!("{at}: not the same in `{}` of world `{}`", export.wit, header.world);
                let span = self.import.resolve.types[*id].span;
                return Err(Refusal::at(&self.import.resolve, span, text));
            }
            if let TypeDefKind::Resource = self.import.resolve.types[*id].kind {
                continue;
            }
            if self.import.kind(&ours).is_some_and(|kind| matches!(kind, TypeDefKind::Resource)) {
                continue;
            }
            let (ours, theirs) = (self.import.c_type(&ours), header.c_type(&theirs));
            asserts.list(
                "_Static_assert",
                &[format!("sizeof({ours}) == sizeof({theirs})"), format!("\"{name}\"")],
                ";",
            );
        }
        Ok(())
    }

    fn write_function(
        &mut self,
        text: &mut Text,
        function: &Function,
        header: &Header,
        export: &Interface,
    ) -> Result<()> {
        let at = || format!("`{}`", function.method);
        let served = export.functions.iter().find(|other| other.method == function.method);
        let served =
            served.with_context(|| format!("{}: `{}` has no such function", at(), export.wit))?;
        let types = |header: &Header, function: &Function| -> Vec<String> {
            let parameters = function.parameters.iter().map(|parameter| &parameter.ty);
            parameters.chain(&function.result).map(|ty| shape(header, ty, false)).collect()
        };
        if types(self.import, function) != types(header, served) {
            let text =
                format!("{}: not the same in `{}` of world `{}`", at(), export.wit, header.world);
            return Err(Refusal::at(&self.import.resolve, function.span, text));
        }
        text.comment(&function.wit);
        let parameters = signature::parameters(self.import, function);
        text.function(&signature::returned(self.import, function), &function.c_name, &parameters);
        let mut arguments = Vec::new();
        let mut copies = Vec::new();
        for (ours, theirs) in function.parameters.iter().zip(&served.parameters) {
            let name = signature::variable(ours);
            let (from, to) = match ours.pass {
                Pass::Value => {
                    arguments.push(value(self.import, &ours.ty, header, &theirs.ty, &name));
                    continue;
                }
                Pass::Pointer => (ours.ty, theirs.ty),
                Pass::Maybe(payload) => match theirs.pass {
                    Pass::Maybe(other) => (payload, other),
                    _ => bail!("{}: `{}` is an option on one side only", at(), ours.wit),
                },
            };
            let copy = format!("copied_{}", ours.name);
            text.line(format!("{} {copy};", header.c_type(&to)));
            let sides = Sides { import: self.import, export: header };
            let carry = self.copies.carry(sides, (from, to), &Place::of(&copy), &Place::at(&name));
            match ours.pass {
                Pass::Maybe(_) => {
                    copies.push((Some(name.clone()), carry));
                    arguments.push(format!("{name} != NULL ? &{copy} : NULL"));
                }
                _ => {
                    copies.push((None, carry));
                    arguments.push(format!("&{copy}"));
                }
            }
        }
        if !copies.is_empty() {
            text.gap();
        }
        for (condition, copy) in copies {
            match condition {
                Some(name) => text.under(format!("if ({name} != NULL)"), copy),
                None => text.statement(copy),
            }
        }
        self.write_call(text, function, &served.c_name, arguments);
        text.end();
        Ok(())
    }

    /// The call. Results are written where the caller wants them, as the callee's types.
    fn write_call(
        &self,
        text: &mut Text,
        function: &Function,
        callee: &str,
        mut arguments: Vec<String>,
    ) {
        match &function.returns {
            Return::Nothing | Return::Value(_) => {}
            Return::Pointer(_) | Return::Maybe(_) => arguments.push("(void *)ret".to_owned()),
            Return::Either(ok, err) => {
                arguments.extend(ok.map(|_| "(void *)ret".to_owned()));
                arguments.extend(err.map(|_| "(void *)err".to_owned()));
            }
        }
        match &function.returns {
            Return::Nothing | Return::Pointer(_) => text.list(callee, &arguments, ";"),
            Return::Value(ty) if self.import.holds_handles(ty) => {
                text.list(
                    &format!("return ({}){{{}", self.import.c_type(ty), callee),
                    &arguments,
                    ".__handle};",
                );
            }
            _ => text.list(&format!("return {}", callee), &arguments, ";"),
        }
    }

    fn write_import_resource(
        &self,
        text: &mut Text,
        interface: &Interface,
        resource: &Resource,
        header: &Header,
        export: &Interface,
    ) -> Result<()> {
        let served = export.resources.iter().find(|other| other.name == resource.name);
        let served = served
            .with_context(|| format!("`{}` has no resource `{}`", export.wit, resource.name))?;
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
}

/// Fails where the cap's header would define the same C types as the extension's.
fn check_headers(exports: &[Header]) -> Result<()> {
    for header in exports {
        if let Some(interface) = header.interfaces.iter().find(|interface| !interface.exported) {
            let (wit, world) = (&interface.wit, &header.world);
            bail!(
                "`{wit}` lends its types to world `{world}`, which does not export it; both headers define them then"
            );
        }
    }
    Ok(())
}

/// The one export that serves an import. `None` where there is none, for an interface that only lends its types.
fn server<'a>(
    exports: &'a [Header],
    import: &Interface,
) -> Result<Option<(&'a Header, &'a Interface)>> {
    let mut found = exports
        .iter()
        .flat_map(|header| header.interfaces.iter().map(move |interface| (header, interface)))
        .filter(|(_, interface)| compatible(&interface.wit, &import.wit));
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

/// An argument that is passed by value, as the other side's type.
fn value(import: &Header, ours: &Type, export: &Header, theirs: &Type, name: &str) -> String {
    match import.kind(ours) {
        Some(TypeDefKind::Handle(wit_parser::Handle::Own(_))) => {
            format!("({}){{{name}.__handle}}", export.c_type(theirs))
        }
        Some(TypeDefKind::Handle(wit_parser::Handle::Borrow(_))) => {
            format!("({})(intptr_t){name}.__handle", export.c_type(theirs))
        }
        _ => name.to_owned(),
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
