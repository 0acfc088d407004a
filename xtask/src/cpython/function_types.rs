//! Function pointers that CPython will call with another type than they have. Elsewhere that works by luck; in wasm an
//! indirect call of the wrong type is a trap, and C's casts keep the compiler from seeing it. The tables that hold
//! such pointers have shapes that can be told apart in an object's data, so each object is checked before it is linked.
//!
//! Pointers that a program stores while it runs are not seen.

mod calls;

use std::collections::BTreeSet;
use std::fmt::Write;

use anyhow::{Context as _, Result, bail};
use calls::{
    Field, LAST_MODULE_SLOT, LAST_SLOT, MODULE_SLOTS, SUITES, Shape, TYPE_FIELDS, TYPE_SLOTS,
    method, returns, void,
};
use object::read::archive::ArchiveFile;

use crate::wasm::object::{Data, Reference, data};

/// Fails if a table of `object` holds a function of the wrong type; names all of them.
pub fn check(name: &str, object: &[u8]) -> Result<()> {
    let found = inspect(object).with_context(|| format!("cannot read {name}"))?;
    refuse(name, &found.wrong)
}

/// [`check`] for each object of CPython's own library, which has tables of all kinds: one that is not found is one
/// whose shape is not known here any more.
pub fn check_libpython(name: &str, archive: &[u8]) -> Result<()> {
    let members = ArchiveFile::parse(archive).with_context(|| format!("cannot read {name}"))?;
    let mut missing = Kind::ALL.to_vec();
    for member in members.members() {
        let member = member.with_context(|| format!("cannot read {name}"))?;
        let member_name = String::from_utf8_lossy(member.name());
        let object = member.data(archive).with_context(|| format!("cannot read {name}"))?;
        let found =
            inspect(object).with_context(|| format!("cannot read {name}({member_name})"))?;
        refuse(&format!("{name}({member_name})"), &found.wrong)?;
        missing.retain(|kind| !found.kinds.contains(kind));
    }
    if !missing.is_empty() {
        bail!(
            "{name} has no tables of these kinds: {missing:?}\nhint: has their layout changed? {} tells them apart",
            file!()
        );
    }
    Ok(())
}

fn refuse(name: &str, wrong: &[String]) -> Result<()> {
    if wrong.is_empty() {
        return Ok(());
    }
    let mut text = format!("{name} has functions of types that Python does not call them with:");
    for line in wrong {
        let _ = write!(text, "\n  {line}");
    }
    bail!(
        "{text}\nhint: give the function the parameters and the result that its table asks for; a cast only hides it"
    )
}

/// What an object has.
#[derive(Default)]
struct Found {
    kinds: BTreeSet<Kind>,
    /// One line for each pointer that would trap when it is called.
    wrong: Vec<String>,
}

fn inspect(object: &[u8]) -> Result<Found> {
    let all = data(object)?;
    let mut found = Found::default();
    for data in &all {
        let Some((kind, pointers)) = pointers(data, &all) else { continue };
        found.kinds.insert(kind);
        for Pointer { at, what, shapes } in pointers {
            let Some(Reference::Function { name, ty }) = data.references.get(&at) else { continue };
            if !shapes.iter().any(|shape| shape.signature() == *ty) {
                let expected: Vec<_> =
                    shapes.iter().map(|shape| shape.signature().to_string()).collect();
                let table = &data.name;
                found.wrong.push(format!(
                    "{table}: {what} is called as {}, but {name} is {ty}",
                    expected.join(" or ")
                ));
            }
        }
    }
    Ok(found)
}

/// What a table is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Methods,
    Attributes,
    Slots,
    Module,
    Type,
    /// What a type object refers to: `PyNumberMethods` and the like.
    Suite,
}

impl Kind {
    const ALL: [Kind; 6] =
        [Kind::Methods, Kind::Attributes, Kind::Slots, Kind::Module, Kind::Type, Kind::Suite];
}

/// Where a table has a function pointer, what it is to Python, and how it may be called.
struct Pointer {
    at: usize,
    what: String,
    shapes: Vec<Shape>,
}

const WORD: usize = 4;

/// The function pointers of `data`, if it is a table that is known.
fn pointers(data: &Data, all: &[Data]) -> Option<(Kind, Vec<Pointer>)> {
    let table = Table(data);
    Kind::ALL.into_iter().find_map(|kind| {
        let pointers = match kind {
            Kind::Methods => table.methods(),
            Kind::Attributes => table.getsets(),
            Kind::Slots => table.slots(),
            Kind::Module => table.module(),
            Kind::Type => table.type_object(),
            Kind::Suite => table.suite(all),
        };
        pointers.map(|pointers| (kind, pointers))
    })
}

struct Table<'a>(&'a Data);

impl Table<'_> {
    fn size(&self) -> usize {
        self.0.bytes.len()
    }

    /// The number at `at`; none where a pointer will be.
    fn number(&self, at: usize) -> Option<u32> {
        let bytes = self.0.bytes.get(at..at + WORD)?;
        let plain = !self.0.references.contains_key(&at);
        plain.then(|| u32::from_le_bytes(bytes.try_into().expect("invariant: four bytes")))
    }

    fn is_function(&self, at: usize) -> bool {
        matches!(self.0.references.get(&at), Some(Reference::Function { .. }))
    }

    fn is_data(&self, at: usize) -> bool {
        matches!(self.0.references.get(&at), Some(Reference::Data(_)))
    }

    fn is_null(&self, at: usize) -> bool {
        self.number(at) == Some(0)
    }

    /// The entries of `size` bytes up to one that is all zero, or up to the end.
    fn entries(&self, size: usize) -> Option<Vec<usize>> {
        if self.size() == 0 || !self.size().is_multiple_of(size) {
            return None;
        }
        let starts = (0..self.size()).step_by(size);
        let ended = |start: &usize| (*start..start + size).step_by(WORD).all(|at| self.is_null(at));
        Some(starts.take_while(|start| !ended(start)).collect())
    }

    /// `PyMethodDef`: name, function, flags, documentation.
    fn methods(&self) -> Option<Vec<Pointer>> {
        let entries = self.entries(4 * WORD)?;
        let shape = |start: usize| {
            let [name, function, flags, doc] = [0, 1, 2, 3].map(|word| start + word * WORD);
            let fits = self.is_data(name)
                && self.is_function(function)
                && (self.is_data(doc) || self.is_null(doc));
            let shape = method(self.number(flags)?)?;
            let what = format!("method {} ({})", (start / (4 * WORD)) + 1, shape.0);
            fits.then(|| Pointer { at: function, what, shapes: vec![shape.1] })
        };
        non_empty(entries.into_iter().map(shape).collect::<Option<_>>()?)
    }

    /// `PyGetSetDef`: name, getter, setter, documentation, closure.
    fn getsets(&self) -> Option<Vec<Pointer>> {
        let mut found = Vec::new();
        for start in self.entries(5 * WORD)? {
            let [name, get, set, doc] = [0, 1, 2, 3].map(|word| start + word * WORD);
            let accessor = |at: usize| self.is_function(at) || self.is_null(at);
            let fits = self.is_data(name)
                && accessor(get)
                && accessor(set)
                && (self.is_data(doc) || self.is_null(doc));
            if !fits {
                return None;
            }
            let number = start / (5 * WORD) + 1;
            let pointer = |at, kind: &str, shape| Pointer {
                at,
                what: format!("{kind} of attribute {number}"),
                shapes: vec![shape],
            };
            found.extend([pointer(get, "getter", returns(2)), pointer(set, "setter", returns(3))]);
        }
        non_empty(found)
    }

    /// `PyType_Slot` and `PyModuleDef_Slot`: number, value. Both count from 1.
    fn slots(&self) -> Option<Vec<Pointer>> {
        let entries = self.entries(2 * WORD)?;
        let numbers: Vec<_> =
            entries.iter().map(|&start| self.number(start)).collect::<Option<_>>()?;
        if !numbers.iter().all(|&number| (1..=LAST_SLOT).contains(&number)) {
            return None;
        }
        let maybe_module = numbers.iter().all(|&number| number <= LAST_MODULE_SLOT);
        let mut found = Vec::new();
        for (start, number) in entries.into_iter().zip(numbers) {
            let slots = TYPE_SLOTS.iter().filter(|slot| slot.0 == number);
            let module = MODULE_SLOTS.iter().filter(|slot| maybe_module && slot.0 == number);
            let slots: Vec<_> = slots.chain(module).collect();
            let names: Vec<_> = slots.iter().map(|slot| slot.1).collect();
            let shapes: Vec<_> = slots.iter().map(|slot| slot.2).collect();
            if !shapes.is_empty() {
                found.push(Pointer { at: start + WORD, what: names.join(" or "), shapes });
            }
        }
        non_empty(found)
    }

    /// `PyModuleDef`, by its size and the name in it.
    fn module(&self) -> Option<Vec<Pointer>> {
        const SIZE: usize = 13 * WORD;
        const NAME: usize = 5 * WORD;
        if self.size() != SIZE || !self.is_data(NAME) {
            return None;
        }
        self.fields(&[
            ("m_traverse", 10, returns(3)),
            ("m_clear", 11, returns(1)),
            ("m_free", 12, void(1)),
        ])
    }

    /// `PyTypeObject`, by its size and the name in it.
    fn type_object(&self) -> Option<Vec<Pointer>> {
        const SIZE: usize = 52 * WORD;
        const NAME: usize = 3 * WORD;
        if self.size() != SIZE || !self.is_data(NAME) {
            return None;
        }
        self.fields(TYPE_FIELDS)
    }

    /// What a type object refers to: `PyNumberMethods` and the like.
    fn suite(&self, all: &[Data]) -> Option<Vec<Pointer>> {
        let is = |size: usize, word: usize| {
            let refers = |data: &Data| {
                Table(data).type_object().is_some()
                    && data.references.get(&(word * WORD))
                        == Some(&Reference::Data(self.0.name.clone()))
            };
            self.size() == size * WORD && all.iter().any(refers)
        };
        let (_, fields) = SUITES.iter().find(|(suite, _)| is(suite.size, suite.word))?;
        self.fields(fields)
    }

    /// The fields; none if there is a function elsewhere.
    fn fields(&self, fields: &[Field]) -> Option<Vec<Pointer>> {
        let pointer = |&(name, word, shape): &Field| Pointer {
            at: word * WORD,
            what: name.to_owned(),
            shapes: vec![shape],
        };
        let known = |at: &usize| fields.iter().any(|field| field.1 * WORD == *at);
        let functions = || self.0.references.keys().filter(|at| self.is_function(**at));
        functions().all(known).then(|| fields.iter().map(pointer).collect())
    }
}

fn non_empty(pointers: Vec<Pointer>) -> Option<Vec<Pointer>> {
    (!pointers.is_empty()).then_some(pointers)
}

#[cfg(test)]
mod tests;
