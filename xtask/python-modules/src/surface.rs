//! What a module has: the functions, classes and values of the interfaces that a world imports, by their names in Python.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use link_shims::Refusal;
use link_shims::function::{self as c, Pass};
use link_shims::header::{Header, Interface, Resource};
use link_shims::names::wit_name;
use link_shims::ways::Way;
use wit_parser::{FunctionKind, InterfaceId, Span, Type, TypeDefKind, TypeId, TypeOwner};

use crate::by_hand::ByHand;
use crate::function::Convention;
use crate::{Module, names};

/// Everything that a module has.
pub struct Surface<'a> {
    pub header: &'a Header,
    pub module: &'a Module<'a>,
    /// Of interfaces, in the contract's order.
    pub functions: Vec<Function<'a>>,
    pub classes: Vec<Class<'a>>,
    /// Records, enums and flags.
    pub types: Vec<Named<'a>>,
    /// Docs of the interfaces.
    pub docs: Vec<&'a str>,
    /// What the world exports.
    pub answers: Vec<Answers<'a>>,
    /// What it exports and C beside the module's answers.
    answered_by_hand: BTreeSet<InterfaceId>,
}

/// An interface that calls back.
pub struct Answers<'a> {
    /// The class of objects that answer, in the stub.
    pub class: String,
    /// The same in names of C and of functions.
    pub variable: String,
    pub docs: &'a str,
    pub functions: Vec<Function<'a>>,
    pub span: Span,
}

/// A resource.
pub struct Class<'a> {
    pub resource: &'a Resource,
    pub name: String,
    pub docs: &'a str,
    pub constructor: Option<Function<'a>>,
    /// Static ones, too.
    pub methods: Vec<Function<'a>>,
}

/// A type that the module has a class for.
pub struct Named<'a> {
    pub id: TypeId,
    pub name: String,
    pub docs: &'a str,
}

/// What a function belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Free,
    Constructor,
    Method,
    Static,
}

/// A function or a method.
pub struct Function<'a> {
    pub c: &'a c::Function,
    pub kind: Kind,
    pub name: String,
    /// With its class: `Deflater.step`.
    pub called: String,
    pub docs: &'a str,
    /// Without `self`.
    pub parameters: Vec<Parameter<'a>>,
    pub by_hand: bool,
}

/// A parameter.
pub struct Parameter<'a> {
    pub c: &'a c::Parameter,
    pub name: String,
    /// Whether it may be left out, and is None then.
    pub optional: bool,
}

impl Function<'_> {
    /// How Python calls its C.
    pub fn convention(&self) -> Convention {
        match (self.kind, self.parameters.as_slice()) {
            (Kind::Constructor, _) => Convention::Vectorcall,
            (_, []) => Convention::NoArguments,
            (_, [only]) if !only.optional => Convention::OneArgument,
            _ => Convention::Keywords,
        }
    }
}

impl<'a> Surface<'a> {
    /// Fails where the world has what has no mapping, or two things of one name.
    pub fn new(header: &'a Header, module: &'a Module<'a>) -> Result<Self> {
        let mut surface = Self {
            header,
            module,
            functions: Vec::new(),
            classes: Vec::new(),
            types: Vec::new(),
            docs: Vec::new(),
            answers: Vec::new(),
            answered_by_hand: BTreeSet::new(),
        };
        for interface in &header.interfaces {
            surface.add_interface(interface)?;
        }
        surface.add_types()?;
        surface.check_values()?;
        surface.check_names()?;
        surface.check_by_hand()?;
        Ok(surface)
    }

    pub fn refusal(&self, span: Span, text: String) -> anyhow::Error {
        Refusal::at(&self.header.resolve, span, text)
    }

    fn add_interface(&mut self, interface: &'a Interface) -> Result<()> {
        let resolve = &self.header.resolve;
        let wit = &resolve.interfaces[interface.id];
        if interface.functions.is_empty() && interface.resources.is_empty() {
            if interface.way == Way::Out {
                self.docs.extend(wit.docs.contents.as_deref());
            }
            return Ok(());
        }
        match interface.way {
            Way::Out => {}
            Way::In
                if self.module.by_hand.iter().any(|by_hand| by_hand.answers(&interface.wit)) =>
            {
                self.answered_by_hand.insert(interface.id);
                return Ok(());
            }
            Way::In => return self.add_answers(interface),
            Way::Loop => {
                let text = format!("`{}`: what is called both ways has no mapping", interface.wit);
                return Err(self.refusal(wit.span, text));
            }
        }
        self.docs.extend(wit.docs.contents.as_deref());
        for resource in &interface.resources {
            self.classes.push(Class {
                resource,
                name: names::class(&resource.name),
                docs: docs(&resolve.types[resource.id].docs),
                constructor: None,
                methods: Vec::new(),
            });
        }
        for (c, function) in interface.functions.iter().zip(wit.functions.values()) {
            self.add_function(c, function);
        }
        Ok(())
    }

    fn add_answers(&mut self, interface: &'a Interface) -> Result<()> {
        let wit = &self.header.resolve.interfaces[interface.id];
        if let Some(resource) = interface.resources.first() {
            let text = format!("`{}`: a resource of what calls back has no mapping", resource.name);
            return Err(self.refusal(self.header.resolve.types[resource.id].span, text));
        }
        let class = names::class(&interface.name);
        let functions = interface.functions.iter().zip(wit.functions.values());
        let functions: Vec<_> = functions
            .map(|(c, function)| {
                let name = names::variable(function.item_name());
                let parameters = c.parameters.iter().map(|c| Parameter {
                    c,
                    name: names::variable(&c.wit),
                    optional: false,
                });
                Function {
                    c,
                    kind: Kind::Free,
                    called: format!("{class}.{name}"),
                    name,
                    docs: docs(&function.docs),
                    parameters: parameters.collect(),
                    by_hand: false,
                }
            })
            .collect();
        for function in &functions {
            if function.c.types().any(|ty| self.header.holds_handles(ty)) {
                let text =
                    format!("`{}`: a handle has no mapping where it calls back", function.c.method);
                return Err(self.refusal(function.c.span, text));
            }
        }
        self.answers.push(Answers {
            variable: names::variable(&interface.name),
            class,
            docs: wit.docs.contents.as_deref().unwrap_or_default(),
            functions,
            span: wit.span,
        });
        Ok(())
    }

    fn add_function(&mut self, c: &'a c::Function, function: &'a wit_parser::Function) {
        let (kind, class) = match &function.kind {
            FunctionKind::Method(id) => (Kind::Method, Some(*id)),
            FunctionKind::Static(id) => (Kind::Static, Some(*id)),
            FunctionKind::Constructor(id) => (Kind::Constructor, Some(*id)),
            _ => (Kind::Free, None),
        };
        let class = class.map(|id| {
            let found = self.classes.iter_mut().find(|class| class.resource.id == id);
            found.expect("invariant: a method is one of a resource of its interface")
        });
        let name = names::variable(function.item_name());
        let called = match (&class, kind) {
            (Some(class), Kind::Constructor) => class.name.clone(),
            (Some(class), _) => format!("{}.{name}", class.name),
            (None, _) => name.clone(),
        };
        let own = usize::from(kind == Kind::Method);
        let parameters = &c.parameters[own..];
        let options = parameters.iter().rev().take_while(|parameter| {
            matches!(self.header.kind(&parameter.ty), Some(TypeDefKind::Option(_)))
        });
        let required = parameters.len() - options.count();
        let parameters = parameters
            .iter()
            .enumerate()
            .map(|(i, c)| Parameter { c, name: names::variable(&c.wit), optional: i >= required })
            .collect();
        let by_hand = self.module.by_hand.iter().any(|by_hand| by_hand.name == called);
        let function =
            Function { c, kind, name, called, docs: docs(&function.docs), parameters, by_hand };
        match class {
            Some(class) if kind == Kind::Constructor => class.constructor = Some(function),
            Some(class) => class.methods.push(function),
            None => self.functions.push(function),
        }
    }

    fn add_types(&mut self) -> Result<()> {
        let used = self.used();
        for id in &self.header.types {
            let definition = &self.header.resolve.types[*id];
            if let TypeOwner::Interface(owner) = &definition.owner
                && self.answered_by_hand.contains(owner)
                && !used.contains(id)
            {
                continue;
            }
            let (Some(name), TypeDefKind::Record(_) | TypeDefKind::Enum(_) | TypeDefKind::Flags(_)) =
                (&definition.name, &definition.kind)
            else {
                continue;
            };
            let name = names::class(name);
            self.types.push(Named { id: *id, name, docs: docs(&definition.docs) });
        }
        Ok(())
    }

    /// The types of all values that come and go.
    fn used(&self) -> BTreeSet<TypeId> {
        let mut used = BTreeSet::new();
        let functions = self.both_ways().map(|function| function.c);
        let mut pending: Vec<Type> =
            functions.flat_map(|c| c.types().copied().collect::<Vec<_>>()).collect();
        while let Some(ty) = pending.pop() {
            if let Type::Id(id) = self.header.resolved(&ty)
                && used.insert(id)
            {
                pending.extend(self.header.members(id));
            }
        }
        used
    }

    /// Everything that has a C function, in the order of the file.
    pub fn all_functions(&self) -> impl Iterator<Item = &Function<'a>> {
        let classes = self.classes.iter();
        let methods = classes.flat_map(|class| class.constructor.iter().chain(&class.methods));
        methods.chain(&self.functions)
    }

    /// Functions and methods that the contract does not have.
    pub fn additional(&self) -> impl Iterator<Item = &'a ByHand> {
        self.module.by_hand.iter().filter(|by_hand| by_hand.signature.is_some())
    }

    /// Those of a class, or of the module.
    pub fn additional_of(&self, class: Option<&str>) -> impl Iterator<Item = &'a ByHand> {
        self.additional().filter(move |by_hand| by_hand.place().0 == class)
    }

    /// The C function behind what is called so and is written by hand.
    pub fn by_hand_name(&self, called: &str) -> String {
        format!("{}_module_{}", self.header.world, called.replace('.', "_"))
    }

    /// The class whose objects stand for a resource.
    pub fn class(&self, id: TypeId) -> &Class<'a> {
        let found = self.classes.iter().find(|class| class.resource.id == id);
        found.expect("invariant: every resource of an interface that goes out has a class")
    }

    /// What Python calls a type that has a name.
    pub fn type_name(&self, id: TypeId) -> String {
        names::class(self.header.resolve.types[id].name.as_deref().unwrap_or_default())
    }

    /// Whether a function of the module can raise an error of the contract.
    pub fn has_errors(&self) -> bool {
        self.both_ways().any(|function| matches!(function.c.returns, c::Return::Either(..)))
    }

    /// Everything that is called, and what calls back.
    pub fn both_ways(&self) -> impl Iterator<Item = &Function<'a>> {
        let answers = self.answers.iter().flat_map(|answers| &answers.functions);
        self.all_functions().chain(answers)
    }

    /// `Crc32cError` of the world `crc32c-import`.
    pub fn error_name(&self) -> String {
        let world = &self.header.world;
        names::class(world.strip_suffix("_import").unwrap_or(world)) + "Error"
    }

    /// Fails where a value could not be told from another one.
    fn check_values(&self) -> Result<()> {
        for function in self.both_ways() {
            for parameter in &function.c.parameters {
                let at = format!("`{}`: parameter `{}`", function.c.method, parameter.wit);
                self.check_value(&parameter.ty, &at, function.c.span)?;
                if let Pass::Maybe(payload) = &parameter.pass {
                    self.check_value(payload, &at, function.c.span)?;
                }
            }
            if let Some(result) = &function.c.result {
                let at = format!("`{}`: result", function.c.method);
                self.check_value(result, &at, function.c.span)?;
            }
        }
        Ok(())
    }

    /// `span` is for a type without a place of its own.
    fn check_value(&self, ty: &Type, at: &str, span: Span) -> Result<()> {
        let Type::Id(id) = self.header.resolved(ty) else { return Ok(()) };
        let definition = &self.header.resolve.types[id];
        let span = if definition.span.is_known() { definition.span } else { span };
        if let TypeDefKind::Option(payload) = &definition.kind
            && let Some(TypeDefKind::Option(_)) = self.header.kind(payload)
        {
            let name = wit_name(&self.header.resolve, ty);
            let text = format!("{at}: `{name}`: None would be two values of it");
            return Err(self.refusal(span, text));
        }
        self.header.members(id).iter().try_for_each(|member| self.check_value(member, at, span))
    }

    /// Fails where two things have one name.
    fn check_names(&self) -> Result<()> {
        let mut taken = BTreeMap::new();
        let resolve = &self.header.resolve;
        let mut take = |name: String, what: String, span: Span| match taken.get(&name) {
            Some(other) => {
                let text = format!("{what} and {other} are both `{name}` in Python");
                Err(self.refusal(span, text))
            }
            None => {
                taken.insert(name, what);
                Ok(())
            }
        };
        if self.has_errors() {
            take(self.error_name(), "the exception of the module".to_owned(), Span::default())?;
        }
        for class in &self.classes {
            let what = format!("the resource `{}`", class.resource.name);
            take(class.name.clone(), what, resolve.types[class.resource.id].span)?;
            for method in &class.methods {
                take(method.called.clone(), format!("`{}`", method.c.method), method.c.span)?;
            }
        }
        for named in &self.types {
            let definition = &resolve.types[named.id];
            let name = definition.name.as_deref().unwrap_or_default();
            let what = format!("the {} `{name}`", definition.kind.as_str());
            take(named.name.clone(), what, definition.span)?;
        }
        for function in &self.functions {
            take(function.name.clone(), format!("`{}`", function.c.method), function.c.span)?;
        }
        for answers in &self.answers {
            let what = format!("what calls back, `{}`,", answers.variable);
            take(crate::answers::setter(answers), what.clone(), answers.span)?;
            take(answers.class.clone(), what, answers.span)?;
        }
        for by_hand in self.additional() {
            let what = format!("`{}` in `by_hand`", by_hand.name);
            take(by_hand.name.clone(), what, Span::default())?;
        }
        Ok(())
    }

    /// Fails where what is said to be by hand is nothing of the contract and has no signature.
    fn check_by_hand(&self) -> Result<()> {
        for by_hand in self.module.by_hand {
            if let (Some(class), _) = by_hand.place()
                && !by_hand.is_interface()
                && !self.classes.iter().any(|one| one.name == class)
            {
                bail!("`by_hand`: the contract has no resource that Python calls `{class}`");
            }
            let known = self.all_functions().any(|function| function.called == by_hand.name)
                || self.header.interfaces.iter().any(|one| by_hand.answers(&one.wit));
            if !known && by_hand.signature.is_none() {
                bail!(
                    "`by_hand`: the contract has no function that Python calls `{0}`; one of your own is written \
                     with its signature, `{0}(data: Buffer) -> int`",
                    by_hand.name
                );
            }
        }
        Ok(())
    }
}

fn docs(docs: &wit_parser::Docs) -> &str {
    docs.contents.as_deref().unwrap_or_default()
}
