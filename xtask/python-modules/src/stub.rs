//! `<module>.pyi`: the module's types, for people and type checkers.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use link_shims::function::Return;
use wit_parser::{Handle, Type, TypeDefKind, TypeId};

use crate::by_hand::ByHand;
use crate::function::Convention;
use crate::names;
use crate::surface::{Answers, Class, Function, Kind, Named, Surface};

/// Whether a value goes into a call or comes out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Going {
    In,
    Out,
}

/// The whole file.
pub fn write(surface: &Surface) -> String {
    let mut stub = Stub { surface, used: BTreeSet::new() };
    let mut body = String::new();
    if surface.has_errors() {
        stub.error(&mut body);
    }
    for named in &surface.types {
        stub.named(&mut body, named);
    }
    for class in &surface.classes {
        stub.class(&mut body, class);
    }
    for function in &surface.functions {
        stub.function(&mut body, function, "");
    }
    for answers in &surface.answers {
        stub.answers(&mut body, answers);
    }
    for by_hand in surface.additional_of(None) {
        stub.additional(&mut body, by_hand, "");
    }
    let imports = stub.imports();
    if imports.is_empty() { body } else { format!("{imports}\n{body}") }
}

/// What is imported when it is used, and from where.
const IMPORTS: &[(&str, &str)] = &[
    ("Any", "typing"),
    ("Buffer", "collections.abc"),
    ("Final", "typing"),
    ("Iterable", "collections.abc"),
    ("Literal", "typing"),
    ("Protocol", "typing"),
    ("Self", "typing"),
    ("final", "typing"),
    ("structseq", "_typeshed"),
];

struct Stub<'a> {
    surface: &'a Surface<'a>,
    used: BTreeSet<&'static str>,
}

impl Stub<'_> {
    fn imports(&self) -> String {
        let modules: BTreeSet<_> = IMPORTS.iter().map(|(_, module)| *module).collect();
        let mut text = String::new();
        for module in modules {
            let names =
                IMPORTS.iter().filter(|(name, of)| *of == module && self.used.contains(name));
            let names: Vec<_> = names.map(|(name, _)| *name).collect();
            if !names.is_empty() {
                let _ = writeln!(text, "from {module} import {}", names.join(", "));
            }
        }
        text
    }

    fn uses(&mut self, name: &'static str) -> &'static str {
        self.used.insert(name);
        name
    }

    fn error(&mut self, text: &mut String) {
        let mut types = BTreeSet::new();
        for function in self.surface.both_ways() {
            if let Return::Either(_, err) = &function.c.returns {
                types
                    .insert(err.map_or_else(|| "None".to_owned(), |err| self.ty(&err, Going::Out)));
            }
        }
        let types: Vec<_> = types.into_iter().collect();
        let _ = writeln!(text, "class {}(Exception):", self.surface.error_name());
        let _ =
            writeln!(text, "    @property\n    def value(self) -> {}: ...\n", types.join(" | "));
    }

    fn named(&mut self, text: &mut String, named: &Named) {
        let name = &named.name;
        let header = self.surface.header;
        self.uses("final");
        let _ = writeln!(text, "@final");
        match &header.resolve.types[named.id].kind {
            TypeDefKind::Record(record) => {
                let types = record.fields.iter().map(|field| self.ty(&field.ty, Going::Out));
                let types: Vec<_> = types.collect();
                let (structseq, any) = (self.uses("structseq"), self.uses("Any"));
                let all = types.join(", ");
                let _ = writeln!(text, "class {name}({structseq}[{any}], tuple[{all}]):");
                for (field, ty) in record.fields.iter().zip(types) {
                    let field = names::field(&field.name);
                    // Methods of every tuple.
                    let ignored = match field.as_str() {
                        "count" | "index" => "  # type: ignore[override]",
                        _ => "",
                    };
                    let _ = writeln!(
                        text,
                        "    @property\n    def {field}(self) -> {ty}: ...{ignored}"
                    );
                }
            }
            TypeDefKind::Enum(cases) => {
                self.uses("Final");
                let _ = writeln!(text, "class {name}(int):");
                for case in &cases.cases {
                    let _ = writeln!(text, "    {}: Final[{name}]", names::constant(&case.name));
                }
                let _ = writeln!(text, "    def __new__(cls, value: int, /) -> {name}: ...");
            }
            TypeDefKind::Flags(flags) => {
                self.uses("Final");
                let _ = writeln!(text, "class {name}:");
                for (i, flag) in flags.flags.iter().enumerate() {
                    let value = 1_u64 << i;
                    let _ =
                        writeln!(text, "    {}: Final = {value:#x}", names::constant(&flag.name));
                }
            }
            _ => unreachable!("invariant: only these have a class"),
        }
        text.push('\n');
    }

    fn class(&mut self, text: &mut String, class: &Class) {
        self.uses("final");
        let _ = writeln!(text, "@final\nclass {}:", class.name);
        let additional: Vec<_> = self.surface.additional_of(Some(&class.name)).collect();
        match &class.constructor {
            Some(constructor) => self.function(text, constructor, "    "),
            None if class.methods.is_empty() && additional.is_empty() => text.push_str("    ...\n"),
            None => {}
        }
        for method in &class.methods {
            self.function(text, method, "    ");
        }
        for by_hand in additional {
            self.additional(text, by_hand, "    ");
        }
        text.push('\n');
    }

    /// What the contract does not have. A method's signature says nothing of `self`.
    fn additional(&mut self, text: &mut String, by_hand: &ByHand, indent: &str) {
        let signature = by_hand.signature.as_deref().unwrap_or_default();
        let (class, name) = by_hand.place();
        let own = match (class, signature.starts_with("()")) {
            (None, _) => "",
            (Some(_), true) => "self",
            (Some(_), false) => "self, ",
        };
        let rest = signature.strip_prefix('(').unwrap_or(signature);
        let _ = writeln!(text, "{indent}def {name}({own}{rest}: ...");
        for (name, _) in IMPORTS {
            if signature.split(|c: char| !c.is_alphanumeric()).any(|word| word == *name) {
                self.used.insert(name);
            }
        }
    }

    fn function(&mut self, text: &mut String, function: &Function, indent: &str) {
        let own = match function.kind {
            Kind::Free => None,
            Kind::Method => Some("self"),
            Kind::Static | Kind::Constructor => Some("cls"),
        };
        let mut parameters: Vec<_> = own.map(str::to_owned).into_iter().collect();
        for parameter in &function.parameters {
            let ty = self.ty(&parameter.c.ty, Going::In);
            let default = if parameter.optional { " = None" } else { "" };
            parameters.push(format!("{}: {ty}{default}", parameter.name));
        }
        if function.convention() == Convention::OneArgument {
            parameters.push("/".to_owned());
        }
        let name = match function.kind {
            Kind::Constructor => "__new__",
            _ => function.name.as_str(),
        };
        let result = match (&function.c.returns, function.kind) {
            (_, Kind::Constructor) => self.uses("Self").to_owned(),
            (Return::Nothing | Return::Either(None, _), _) => "None".to_owned(),
            (Return::Either(Some(ok), _), _) => self.ty(ok, Going::Out),
            (Return::Maybe(ty), _) => format!("{} | None", self.ty(ty, Going::Out)),
            (Return::Value(ty) | Return::Pointer(ty), _) => self.ty(ty, Going::Out),
        };
        if function.kind == Kind::Static {
            let _ = writeln!(text, "{indent}@classmethod");
        }
        let _ = writeln!(text, "{indent}def {name}({}) -> {result}: ...", parameters.join(", "));
    }

    /// The class of who answers, and the function that says who that is.
    fn answers(&mut self, text: &mut String, answers: &Answers) {
        let (class, name) = (&answers.class, crate::answers::setter(answers));
        let blank = if text.is_empty() { "" } else { "\n" };
        let _ = writeln!(text, "{blank}class {class}({}):", self.uses("Protocol"));
        for function in &answers.functions {
            let mut parameters = vec!["self".to_owned()];
            for parameter in &function.parameters {
                let ty = self.ty(&parameter.c.ty, Going::Out);
                parameters.push(format!("{}: {ty}", parameter.name));
            }
            parameters.push("/".to_owned());
            let result = match &function.c.returns {
                Return::Nothing | Return::Either(None, _) => "object".to_owned(),
                Return::Either(Some(ty), _) | Return::Value(ty) | Return::Pointer(ty) => {
                    self.ty(ty, Going::In)
                }
                Return::Maybe(ty) => format!("{} | None", self.ty(ty, Going::In)),
            };
            let parameters = parameters.join(", ");
            let _ = writeln!(text, "    def {}({parameters}) -> {result}: ...", function.name);
        }
        let _ = writeln!(text, "\ndef {name}(answers: {class} | None, /) -> {class} | None: ...");
    }

    fn ty(&mut self, ty: &Type, going: Going) -> String {
        match self.surface.header.resolved(ty) {
            Type::Bool => "bool".to_owned(),
            Type::F32 | Type::F64 => "float".to_owned(),
            Type::Char | Type::String => "str".to_owned(),
            Type::Id(id) => self.definition(id, going),
            _ => "int".to_owned(),
        }
    }

    fn payload(&mut self, ty: Option<Type>, going: Going) -> String {
        ty.map_or_else(|| "None".to_owned(), |ty| self.ty(&ty, going))
    }

    fn tuple(&mut self, types: &[Type], going: Going) -> String {
        let types: Vec<_> = types.iter().map(|ty| self.ty(ty, going)).collect();
        format!("tuple[{}]", types.join(", "))
    }

    fn case(&mut self, tag: &str, ty: Option<Type>, going: Going) -> String {
        let payload = self.payload(ty, going);
        format!("tuple[{}[\"{tag}\"], {payload}]", self.uses("Literal"))
    }

    fn definition(&mut self, id: TypeId, going: Going) -> String {
        let header = self.surface.header;
        match &header.resolve.types[id].kind {
            TypeDefKind::Handle(handle @ (Handle::Own(_) | Handle::Borrow(_))) => {
                self.surface.class(header.resource(handle).1.id).name.clone()
            }
            TypeDefKind::Record(record) if going == Going::In => {
                let types: Vec<_> = record.fields.iter().map(|field| field.ty).collect();
                self.tuple(&types, going)
            }
            TypeDefKind::Enum(_) | TypeDefKind::Flags(_) if going == Going::In => "int".to_owned(),
            TypeDefKind::Flags(_) => "int".to_owned(),
            TypeDefKind::Record(_) | TypeDefKind::Enum(_) => self.surface.type_name(id),
            TypeDefKind::Tuple(tuple) => self.tuple(&tuple.types, going),
            TypeDefKind::Option(payload) => format!("{} | None", self.ty(payload, going)),
            TypeDefKind::List(item) if header.resolved(item) == Type::U8 => match going {
                Going::In => self.uses("Buffer").to_owned(),
                Going::Out => "bytes".to_owned(),
            },
            TypeDefKind::List(item) => {
                let list = if going == Going::In { self.uses("Iterable") } else { "list" };
                format!("{list}[{}]", self.ty(item, going))
            }
            TypeDefKind::Variant(variant) => {
                let cases = variant.cases.iter();
                let cases: Vec<_> =
                    cases.map(|case| self.case(&names::tag(&case.name), case.ty, going)).collect();
                cases.join(" | ")
            }
            TypeDefKind::Result(result) => {
                let cases = [("ok", result.ok), ("err", result.err)];
                cases.map(|(tag, ty)| self.case(tag, ty, going)).join(" | ")
            }
            _ => unreachable!("invariant: refused by link-shims"),
        }
    }
}
