//! What a provider answers to `describe` (docs/reference/dynlink-cbor.md): the contract as one CBOR item, from which a
//! program that has never seen it makes a module.

use std::collections::BTreeMap;

use wit_parser::{Docs, FunctionKind, Handle, Type, TypeDefKind, TypeId};

use crate::codec::Role;
use crate::header::{Header, Interface};
use crate::names;
use crate::text::Text;
use crate::ways::Way;

/// Of the format; with what is asked, the second.
const VERSION: usize = 1;
const VERSION_OF_QUESTIONS: usize = 2;

/// Writes `endpoint_description` for what a side serves.
pub fn write(text: &mut Text, header: &Header, role: Role) {
    text.line("static const char description[] =");
    text.indent();
    let lines: Vec<_> = pieces(header, role).iter().flat_map(|piece| literals(piece)).collect();
    for (i, line) in lines.iter().enumerate() {
        let end = if i + 1 == lines.len() { ";" } else { "" };
        text.line(format!("\"{line}\"{end}"));
    }
    text.outdent();
    text.gap();
    text.line(
        "const struct endpoint_description endpoint_description = {description, sizeof description - 1};",
    );
    text.gap();
}

/// The item, cut where a reader would.
fn pieces(header: &Header, role: Role) -> Vec<Vec<u8>> {
    let asked: Vec<_> = match role {
        Role::Handler => header.going(Way::Out).collect(),
        _ => Vec::new(),
    };
    let mut types = Types { header, entries: Vec::new(), known: BTreeMap::new() };
    let mut interfaces = Vec::new();
    // Who passes resources where it calls back cannot be called without a module that was made for it.
    let has_module = !asked.iter().any(|interface| has_resources(header, interface));
    let served: Vec<_> = header.going(role.way()).take_while(|_| has_module).collect();
    for interface in &served {
        interfaces.extend(types.interface(interface));
    }
    let is_asked = has_module && !asked.is_empty();
    let version = if is_asked { VERSION_OF_QUESTIONS } else { VERSION };
    let mut callbacks = vec![[string("callbacks"), head(4, asked.len())].concat()];
    for interface in &asked {
        match has_module {
            true => callbacks.extend(types.interface(interface)),
            false => callbacks.push(string(&interface.wit)),
        }
    }
    let mut pieces = vec![[head(5, 4), string("types"), head(4, types.entries.len())].concat()];
    pieces.extend(types.entries);
    let version = [string("version"), head(0, version)].concat();
    let served = [string("interfaces"), head(4, served.len())].concat();
    match is_asked {
        true => pieces.extend([vec![version], callbacks, vec![served]].concat()),
        false => pieces.push([version, callbacks.concat(), served].concat()),
    }
    pieces.extend(interfaces);
    pieces
}

/// Whether an interface has resources, or passes any.
fn has_resources(header: &Header, interface: &Interface) -> bool {
    let mut types = interface.functions.iter().flat_map(|function| function.types());
    !interface.resources.is_empty() || types.any(|ty| header.holds_handles(ty))
}

/// The types that are spoken of. An entry only has indices of those before it.
struct Types<'a> {
    header: &'a Header,
    entries: Vec<Vec<u8>>,
    /// What tells a type from others, and where it is.
    known: BTreeMap<Identity, usize>,
}

/// Two types of the same shape and no name are one.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Identity {
    Named(TypeId),
    Shape(Vec<u8>),
}

impl Types<'_> {
    /// `[id, docs, [function, ..]]`
    fn interface(&mut self, interface: &Interface) -> Vec<Vec<u8>> {
        let wit = &self.header.resolve.interfaces[interface.id];
        for id in wit.types.values() {
            self.reference(&Type::Id(*id));
        }
        let functions = wit.functions.values();
        let start = [head(4, 3), string(&interface.wit), docs(&wit.docs), head(4, functions.len())];
        let functions = functions.map(|function| self.function(function));
        [start.concat()].into_iter().chain(functions).collect()
    }

    /// `[kind, name, resource, docs, [[parameter, type], ..], result]`
    fn function(&mut self, function: &wit_parser::Function) -> Vec<u8> {
        let (kind, resource) = match &function.kind {
            FunctionKind::Method(id) => ("method", Some(*id)),
            FunctionKind::Static(id) => ("static", Some(*id)),
            FunctionKind::Constructor(id) => ("constructor", Some(*id)),
            _ => ("function", None),
        };
        let own = usize::from(kind == "method");
        let parameters = function.params[own..].iter();
        let parameters: Vec<_> = parameters
            .map(|parameter| array(&[string(&parameter.name), self.reference(&parameter.ty)]))
            .collect();
        let name = if kind == "constructor" { "" } else { function.item_name() };
        array(&[
            string(kind),
            string(name),
            self.perhaps(resource.map(Type::Id)),
            docs(&function.docs),
            array(&parameters),
            self.perhaps(function.result),
        ])
    }

    /// A primitive's name, or the index of an entry.
    fn reference(&mut self, ty: &Type) -> Vec<u8> {
        match self.header.resolved(ty) {
            Type::Id(id) => head(0, self.index(id)),
            primitive => string(&names::wit_name(&self.header.resolve, &primitive)),
        }
    }

    /// The same, or null.
    fn perhaps(&mut self, ty: Option<Type>) -> Vec<u8> {
        ty.map_or_else(null, |ty| self.reference(&ty))
    }

    fn index(&mut self, id: TypeId) -> usize {
        let named = self.header.resolve.types[id].name.is_some();
        if let Some(index) = self.known.get(&Identity::Named(id)) {
            return *index;
        }
        let entry = self.entry(id);
        let shape = Identity::Shape(entry.clone());
        // A name stands for a type of its own, but for lists and the like, which have none in Python.
        let nominal = named && !is_structural(&self.header.resolve.types[id].kind);
        let known = if nominal { None } else { self.known.get(&shape).copied() };
        let index = known.unwrap_or(self.entries.len());
        if index == self.entries.len() {
            self.entries.push(entry);
        }
        self.known.insert(Identity::Named(id), index);
        if !nominal {
            self.known.insert(shape, index);
        }
        index
    }

    fn entry(&mut self, id: TypeId) -> Vec<u8> {
        // Apart from `self`, which grows meanwhile.
        let header = self.header;
        let definition = &header.resolve.types[id];
        let start = |kind: &str| {
            let name = definition.name.as_deref().unwrap_or_default();
            [string(kind), string(name), docs(&definition.docs)]
        };
        let named = |kind: &str, members: Vec<Vec<u8>>| {
            array(&[&start(kind)[..], &[array(&members)]].concat())
        };
        match &definition.kind {
            TypeDefKind::Resource => array(&start("resource")),
            TypeDefKind::Record(record) => {
                let field = |field: &wit_parser::Field| {
                    array(&[string(&field.name), self.reference(&field.ty), docs(&field.docs)])
                };
                named("record", record.fields.iter().map(field).collect())
            }
            TypeDefKind::Variant(variant) => {
                let case = |case: &wit_parser::Case| {
                    array(&[string(&case.name), self.perhaps(case.ty), docs(&case.docs)])
                };
                named("variant", variant.cases.iter().map(case).collect())
            }
            TypeDefKind::Enum(cases) => {
                let cases = cases.cases.iter();
                let cases = cases.map(|case| array(&[string(&case.name), docs(&case.docs)]));
                named("enum", cases.collect())
            }
            TypeDefKind::Flags(flags) => {
                let flags = flags.flags.iter();
                let flags = flags.map(|flag| array(&[string(&flag.name), docs(&flag.docs)]));
                named("flags", flags.collect())
            }
            TypeDefKind::List(item) => array(&[string("list"), self.reference(item)]),
            TypeDefKind::Option(payload) => array(&[string("option"), self.reference(payload)]),
            TypeDefKind::Tuple(tuple) => {
                let items: Vec<_> = tuple.types.iter().map(|item| self.reference(item)).collect();
                array(&[string("tuple"), array(&items)])
            }
            TypeDefKind::Result(result) => {
                array(&[string("result"), self.perhaps(result.ok), self.perhaps(result.err)])
            }
            TypeDefKind::Handle(handle) => {
                let (kind, Handle::Own(id) | Handle::Borrow(id)) = match handle {
                    Handle::Own(_) => ("own", handle),
                    Handle::Borrow(_) => ("borrow", handle),
                };
                array(&[string(kind), self.reference(&Type::Id(*id))])
            }
            _ => unreachable!("invariant: refused by `support`"),
        }
    }
}

/// Whether types of a kind are the same if what they are made of is.
fn is_structural(kind: &TypeDefKind) -> bool {
    !matches!(
        kind,
        TypeDefKind::Resource
            | TypeDefKind::Record(_)
            | TypeDefKind::Variant(_)
            | TypeDefKind::Enum(_)
            | TypeDefKind::Flags(_)
    )
}

/// The shortest head of an item.
fn head(major: u8, number: usize) -> Vec<u8> {
    let major = major << 5;
    match number {
        0..24 => vec![major | number as u8],
        24..0x100 => vec![major | 24, number as u8],
        0x100..0x1_0000 => [&[major | 25][..], &(number as u16).to_be_bytes()].concat(),
        _ => [&[major | 26][..], &(number as u32).to_be_bytes()].concat(),
    }
}

fn string(text: &str) -> Vec<u8> {
    [&head(3, text.len())[..], text.as_bytes()].concat()
}

fn docs(docs: &Docs) -> Vec<u8> {
    string(docs.contents.as_deref().unwrap_or_default().trim())
}

fn array(items: &[Vec<u8>]) -> Vec<u8> {
    [&head(4, items.len())[..], &items.concat()].concat()
}

fn null() -> Vec<u8> {
    vec![0xf6]
}

/// Bytes as the contents of string literals, a line each.
fn literals(bytes: &[u8]) -> Vec<String> {
    const WIDTH: usize = 110;
    let mut lines = vec![String::new()];
    for byte in bytes {
        if lines.last().is_some_and(|line| line.len() >= WIDTH) {
            lines.push(String::new());
        }
        let line = lines.last_mut().expect("invariant: there is one");
        match byte {
            b'"' | b'\\' => line.extend(['\\', char::from(*byte)]),
            // `??/` is a backslash in some C.
            b'?' if line.ends_with('?') => line.push_str("\\?"),
            b' '..=b'~' => line.push(char::from(*byte)),
            byte => line.push_str(&format!("\\{byte:03o}")),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_as_short_as_possible() {
        for (number, bytes) in [
            (0, &[0x80][..]),
            (23, &[0x97]),
            (24, &[0x98, 24]),
            (255, &[0x98, 255]),
            (256, &[0x99, 1, 0]),
            (65535, &[0x99, 255, 255]),
            (65536, &[0x9a, 0, 1, 0, 0]),
        ] {
            assert_eq!(head(4, number), bytes);
        }
    }

    #[test]
    fn literals_are_the_bytes() {
        assert_eq!(literals(b"a\x001\"\\??/\xc3\xa9"), ["a\\0001\\\"\\\\?\\?/\\303\\251"]);
        assert_eq!(literals(&[b'x'; 111]), ["x".repeat(110), "x".to_owned()]);
    }
}
