//! Functions that a header declares as imported, as plain calls of exported ones in the same module.
//!
//! The types of both sides differ in name only. Arguments are copied, since the callee owns them; results are the same
//! memory on both sides and are handed over.

use anyhow::{Context as _, Result, bail};

use crate::copies::{Copies, Handles, Sides};
use crate::function::{Function, Pass, Return};
use crate::header::{Header, Interface};
use crate::place::Place;
use crate::refusal::Refusal;
use crate::shape::shape;
use crate::signature;
use crate::text::Text;

pub struct Forward<'a> {
    pub import: &'a Header,
    pub handles: Handles,
    pub copies: Copies,
}

impl Forward<'_> {
    /// Defines an import as a call of the export `export` of `header`.
    ///
    /// Fails where that has no such function.
    pub fn write(
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
            function.types().map(|ty| shape(header, ty, false)).collect()
        };
        if types(self.import, function) != types(header, served) {
            let text =
                format!("{}: not the same in `{}` of world `{}`", at(), export.wit, header.world);
            return Err(Refusal::at(&self.import.resolve, function.span, text));
        }
        text.comment(&function.wit);
        let parameters = signature::parameters(self.import, function);
        text.function(&signature::returned(self.import, function), &function.c_name, &parameters);
        let sides = Sides { import: self.import, export: header, handles: self.handles };
        let mut arguments = Vec::new();
        let mut copies = Vec::new();
        for (ours, theirs) in function.parameters.iter().zip(&served.parameters) {
            let name = signature::variable(ours);
            let (from, to) = match ours.pass {
                Pass::Value => {
                    arguments.push(sides.value(&ours.ty, &theirs.ty, &name));
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
}
