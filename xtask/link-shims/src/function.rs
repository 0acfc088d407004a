//! A function of the contract: how it is named, how its parameters are passed and its result is returned in C.

use wit_parser::{Span, Type, TypeDefKind};

use crate::header::Header;
use crate::names;

/// A function of an interface, or of a resource of the interface.
pub struct Function {
    pub c_name: String,
    /// What dynlink calls it: `streams.deflater.step`.
    pub method: String,
    /// What generated code calls it: `streams_method_deflater_step`.
    pub short: String,
    /// Its line in WIT, for comments.
    pub wit: String,
    pub parameters: Vec<Parameter>,
    /// What WIT says that it returns.
    pub result: Option<Type>,
    pub returns: Return,
    /// Where the contract has it.
    pub span: Span,
}

/// A parameter.
pub struct Parameter {
    /// The name in WIT.
    pub wit: String,
    /// The name in C. An optional's is prefixed with `maybe_` in signatures.
    pub name: String,
    pub ty: Type,
    pub pass: Pass,
}

/// How a parameter is passed in C.
#[derive(Clone, Copy, PartialEq)]
pub enum Pass {
    Value,
    /// A pointer to it.
    Pointer,
    /// An option: a pointer to the payload, or NULL.
    Maybe(Type),
}

/// How a result is returned in C.
pub enum Return {
    Nothing,
    Value(Type),
    /// Through `ret`.
    Pointer(Type),
    /// An option: `bool` says whether there is a payload in `ret`.
    Maybe(Type),
    /// A result: `bool` says whether `ret` or `err` was written.
    Either(Option<Type>, Option<Type>),
}

impl Function {
    /// The types of its parameters and its result.
    pub fn types(&self) -> impl Iterator<Item = &Type> {
        self.parameters.iter().map(|parameter| &parameter.ty).chain(&self.result)
    }

    /// Reads a function of the interface that is named so and whose items in C begin with `prefix`.
    pub fn new(
        header: &Header,
        function: &wit_parser::Function,
        interface: &str,
        prefix: &str,
    ) -> Self {
        // `[method]deflater.step` without its first word.
        let name = function.name.rsplit(']').next().unwrap_or(&function.name);
        let parameters: Vec<_> = function
            .params
            .iter()
            .map(|parameter| Parameter {
                wit: parameter.name.clone(),
                name: names::identifier(&parameter.name),
                ty: parameter.ty,
                pass: pass(header, &parameter.ty),
            })
            .collect();
        let arguments: Vec<_> = function
            .params
            .iter()
            .map(|parameter| {
                format!("{}: {}", parameter.name, names::wit_name(&header.resolve, &parameter.ty))
            })
            .collect();
        let method = format!("{interface}.{name}");
        let mut wit = format!("{method}({})", arguments.join(", "));
        if let Some(ty) = &function.result {
            wit.push_str(&format!(" -> {}", names::wit_name(&header.resolve, ty)));
        }
        Self {
            c_name: format!("{prefix}_{}", names::function(&function.name)),
            method,
            short: format!("{}_{}", names::snake(interface), names::function(&function.name)),
            wit,
            parameters,
            result: function.result,
            returns: returns(header, function.result),
            span: function.span,
        }
    }
}

/// How a parameter of a type is passed.
fn pass(header: &Header, ty: &Type) -> Pass {
    if let Type::Id(id) = ty
        && let TypeDefKind::Option(payload) = &header.resolve.types[*id].kind
    {
        return Pass::Maybe(*payload);
    }
    match header.resolved(ty) {
        Type::String => Pass::Pointer,
        Type::Id(id) => match header.resolve.types[id].kind {
            TypeDefKind::Enum(_) | TypeDefKind::Flags(_) | TypeDefKind::Handle(_) => Pass::Value,
            _ => Pass::Pointer,
        },
        _ => Pass::Value,
    }
}

/// How a result is returned.
fn returns(header: &Header, result: Option<Type>) -> Return {
    let Some(ty) = result else { return Return::Nothing };
    match header.resolved(&ty) {
        Type::String => Return::Pointer(ty),
        Type::Id(id) => match &header.resolve.types[id].kind {
            TypeDefKind::Enum(_) | TypeDefKind::Flags(_) | TypeDefKind::Handle(_) => {
                Return::Value(ty)
            }
            TypeDefKind::Option(payload) => Return::Maybe(*payload),
            TypeDefKind::Result(result) => Return::Either(result.ok, result.err),
            _ => Return::Pointer(ty),
        },
        _ => Return::Value(ty),
    }
}
