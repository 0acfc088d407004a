//! Copies of arguments from one side's types to the other's, for callees that own them.
//!
//! Both sides' types have the same layout, so a value is carried over with `memcpy`; where a type owns memory, a function
//! for that type then copies what the value points to, level by level.

use std::collections::BTreeMap;

use wit_parser::{Handle, Type, TypeDefKind};

use crate::header::Header;
use crate::names;
use crate::place::Place;
use crate::text::Text;
use crate::ways::Way;

/// The functions that copy what values point to.
#[derive(Default)]
pub struct Copies {
    text: Text,
    /// The C types of both sides to the function.
    written: BTreeMap<(String, String), String>,
}

/// What the number of a handle is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Handles {
    /// The pointer to the representation.
    Pointers,
    /// An entry of endpoint.h's table.
    Entries,
}

/// The headers of caller and callee.
#[derive(Clone, Copy)]
pub struct Sides<'a> {
    pub import: &'a Header,
    pub export: &'a Header,
    pub handles: Handles,
}

impl Sides<'_> {
    /// A value that is no struct, or a handle, as the other side's type.
    pub fn value(&self, ours: &Type, theirs: &Type, name: &str) -> String {
        let Some(TypeDefKind::Handle(_)) = self.import.kind(ours) else { return name.to_owned() };
        let c_type = self.export.c_type(theirs);
        match (self.representation_of(theirs), self.handles) {
            (None, _) => format!("({c_type}){{{name}.__handle}}"),
            (Some(_), Handles::Pointers) => format!("({c_type})(intptr_t){name}.__handle"),
            (Some(resource), Handles::Entries) => {
                format!("endpoint_rep(&{resource}, {name}.__handle)")
            }
        }
    }

    /// The resource of which a callee gets the representation for a handle.
    fn representation_of(&self, theirs: &Type) -> Option<String> {
        match self.export.kind(theirs) {
            Some(TypeDefKind::Handle(handle @ Handle::Borrow(_))) => {
                let (owner, resource) = self.export.resource(handle);
                (owner.way == Way::In).then(|| self.export.resource_variable(resource))
            }
            _ => None,
        }
    }

    /// Whether the callee's value is more than the caller's bytes.
    fn differs(&self, (ours, theirs): &Pair) -> bool {
        let handles = || self.export.handles(theirs);
        let borrows = || handles().iter().any(|handle| matches!(handle, Handle::Borrow(_)));
        self.import.owns_memory(ours) || (self.handles == Handles::Entries && borrows())
    }
}

/// One type, as both sides know it.
pub type Pair = (Type, Type);

impl Copies {
    /// Whether none was needed.
    pub fn is_empty(&self) -> bool {
        self.written.is_empty()
    }

    /// The functions that were needed, each before its first use.
    pub fn finish(self) -> Text {
        let mut text = Text::default();
        if !self.is_empty() {
            text.comment("Memory like that of an argument which crossed a component's boundary.");
            let parameters =
                ["const void *from", "size_t size", "size_t alignment"].map(str::to_owned);
            text.function("static void *", "copy_memory", &parameters);
            text.line("void *to = cabi_realloc(NULL, 0, alignment, size);");
            text.gap();
            text.under("if (size > 0)", "memcpy(to, from, size);");
            text.line("return to;");
            text.end();
        }
        text.append(self.text);
        text
    }

    /// The statement that makes `to`, on the export side, a value of its own like `from` on the import side.
    pub fn carry(&mut self, sides: Sides, pair: Pair, to: &Place, from: &Place) -> String {
        if !sides.differs(&pair) {
            return format!("memcpy({}, {}, sizeof {});", to.address(), from.address(), to.value());
        }
        let function = self.function(sides, pair);
        format!("{function}({}, {});", to.address(), from.address())
    }

    /// The function that copies a type which owns memory.
    fn function(&mut self, sides: Sides, (ours, theirs): Pair) -> String {
        let (our_type, their_type) = (sides.import.c_type(&ours), sides.export.c_type(&theirs));
        let key = (our_type.clone(), their_type.clone());
        if let Some(function) = self.written.get(&key) {
            return function.clone();
        }
        // Once: a type may be called `t` itself.
        let name = their_type.strip_prefix("exports_").unwrap_or(&their_type);
        let name = name.strip_suffix("_t").unwrap_or(name);
        // An anonymous type of this name may be copied from two worlds' own, of which one is this world.
        let taken = self.written.keys().filter(|(_, theirs)| *theirs == their_type).count();
        let function = match taken {
            0 => format!("copy_{name}"),
            _ => format!("copy_{name}_{}", taken + 1),
        };
        self.written.insert(key, function.clone());
        let mut text = Text::default();
        let parameters = [format!("{their_type} *to"), format!("const {our_type} *from")];
        text.function("static void", &function, &parameters);
        match (sides.import.kind(&ours).cloned(), sides.export.kind(&theirs).cloned()) {
            (Some(TypeDefKind::Handle(_)), Some(_)) => {
                text.line(format!("*to = {};", sides.value(&ours, &theirs, "(*from)")));
            }
            (Some(ours), Some(theirs)) => self.write_body(&mut text, sides, &ours, &theirs),
            _ => {
                text.line("to->ptr = copy_memory(from->ptr, from->len, 1);");
                text.line("to->len = from->len;");
            }
        }
        text.end();
        self.text.append(text);
        function
    }

    fn write_body(
        &mut self,
        text: &mut Text,
        sides: Sides,
        ours: &TypeDefKind,
        theirs: &TypeDefKind,
    ) {
        if let (TypeDefKind::List(ours), TypeDefKind::List(theirs)) = (ours, theirs) {
            let alignment = format!("_Alignof({})", sides.export.c_type(theirs));
            text.statement(format!(
                "to->ptr = copy_memory(from->ptr, from->len * sizeof *to->ptr, {alignment});"
            ));
            text.line("to->len = from->len;");
            if sides.differs(&(*ours, *theirs)) {
                let (to, from) = (Place::of("to->ptr[i]"), Place::of("from->ptr[i]"));
                let copy = self.carry(sides, (*ours, *theirs), &to, &from);
                text.under("for (size_t i = 0; i < from->len; i++)", copy);
            }
            return;
        }
        text.line("memcpy(to, from, sizeof *to);");
        for (condition, member, pair) in members(ours, theirs) {
            if !sides.differs(&pair) {
                continue; // copied with the whole
            }
            let (to, from) =
                (Place::of(format!("to->{member}")), Place::of(format!("from->{member}")));
            let copy = self.carry(sides, pair, &to, &from);
            match condition {
                Some(condition) => text.under(format!("if ({condition})"), copy),
                None => text.statement(copy),
            }
        }
    }
}

/// The members of a type that is no list: under which condition there is one, what it is called, its type.
fn members(ours: &TypeDefKind, theirs: &TypeDefKind) -> Vec<(Option<String>, String, Pair)> {
    match (ours, theirs) {
        (TypeDefKind::Record(ours), TypeDefKind::Record(theirs)) => {
            let fields = ours.fields.iter().zip(&theirs.fields);
            fields
                .map(|(ours, theirs)| (None, names::identifier(&ours.name), (ours.ty, theirs.ty)))
                .collect()
        }
        (TypeDefKind::Tuple(ours), TypeDefKind::Tuple(theirs)) => {
            let items = ours.types.iter().zip(&theirs.types).enumerate();
            items.map(|(i, (ours, theirs))| (None, format!("f{i}"), (*ours, *theirs))).collect()
        }
        (TypeDefKind::Option(ours), TypeDefKind::Option(theirs)) => {
            vec![(Some("from->is_some".to_owned()), "val".to_owned(), (*ours, *theirs))]
        }
        (TypeDefKind::Result(ours), TypeDefKind::Result(theirs)) => {
            let ok = ours.ok.zip(theirs.ok).map(|pair| ("!from->is_err", "val.ok", pair));
            let err = ours.err.zip(theirs.err).map(|pair| ("from->is_err", "val.err", pair));
            let payloads = ok.into_iter().chain(err);
            payloads.map(|(test, name, pair)| (Some(test.into()), name.into(), pair)).collect()
        }
        (TypeDefKind::Variant(ours), TypeDefKind::Variant(theirs)) => {
            let cases = ours.cases.iter().zip(&theirs.cases).enumerate();
            cases
                .filter_map(|(i, (ours, theirs))| {
                    let name = format!("val.{}", names::identifier(&ours.name));
                    Some((Some(format!("from->tag == {i}")), name, ours.ty.zip(theirs.ty)?))
                })
                .collect()
        }
        _ => {
            unreachable!("invariant: other kinds own no memory, and both sides have the same shape")
        }
    }
}
