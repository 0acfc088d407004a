//! A function of the module, a method or a constructor: arguments, the call, the result.
//!
//! Every call is followed by the question whether the link failed. What was read is released on every path, since there is
//! one.

use link_shims::function::{Pass, Return};
use link_shims::place::Place;
use link_shims::text::Text;
use wit_parser::{Handle, Type, TypeDefKind};

use crate::docs;
use crate::from_python::Reading;
use crate::surface::{Function, Kind, Parameter, Surface};
use crate::values::Values;

/// How Python calls C.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Convention {
    NoArguments,
    /// Positional only.
    OneArgument,
    Keywords,
    /// A class.
    Vectorcall,
}

impl Convention {
    /// The parameters of a definition.
    pub fn parameters(self) -> Vec<String> {
        let rest: &[&str] = match self {
            Convention::NoArguments => &["PyObject *Py_UNUSED(nothing)"],
            Convention::OneArgument => &["PyObject *argument"],
            Convention::Keywords => {
                &["PyObject *const *given", "Py_ssize_t count", "PyObject *keywords"]
            }
            Convention::Vectorcall => {
                &["PyObject *const *given", "size_t flagged", "PyObject *keywords"]
            }
        };
        [&["PyObject *self"], rest].concat().into_iter().map(str::to_owned).collect()
    }

    /// The flags of its PyMethodDef.
    pub fn flags(self) -> &'static str {
        match self {
            Convention::NoArguments => "METH_NOARGS",
            Convention::OneArgument => "METH_O",
            Convention::Keywords => "METH_FASTCALL | METH_KEYWORDS",
            Convention::Vectorcall => unreachable!("invariant: a class is no method"),
        }
    }
}

/// The C function behind a function.
pub fn c_name(surface: &Surface, function: &Function) -> String {
    match function.by_hand {
        true => surface.by_hand_name(&function.called),
        false => format!("call_{}", function.c.short),
    }
}

/// The variable of its docstring.
pub fn doc_name(function: &Function) -> String {
    format!("doc_{}", function.c.short)
}

/// `step($self, input, max_output)`
pub fn text_signature(function: &Function) -> String {
    let own = match function.kind {
        Kind::Free => Some("$module"),
        Kind::Method => Some("$self"),
        Kind::Static => Some("$type"),
        Kind::Constructor => None,
    };
    let parameters = function.parameters.iter().map(|parameter| match parameter.optional {
        true => format!("{}=None", parameter.name),
        false => parameter.name.clone(),
    });
    let mut parameters: Vec<_> = own.map(str::to_owned).into_iter().chain(parameters).collect();
    if matches!(function.convention(), Convention::OneArgument | Convention::NoArguments) {
        parameters.push("/".to_owned());
    }
    let name = function.called.rsplit('.').next().unwrap_or_default();
    format!("{name}({})", parameters.join(", "))
}

/// `step(input, max_output)`
pub fn call_line(function: &Function) -> String {
    let parameters: Vec<_> = function.parameters.iter().map(|one| one.name.as_str()).collect();
    format!("{}({})", function.name, parameters.join(", "))
}

/// The docstring.
pub fn write_doc(text: &mut Text, surface: &Surface, function: &Function) {
    let mut doc = function.docs.trim().to_owned();
    if matches!(function.c.returns, Return::Either(..)) {
        if !doc.is_empty() {
            doc.push_str("\n\n");
        }
        doc.push_str(&format!("Raises {}.", surface.error_name()));
    }
    docs::define(text, &doc_name(function), Some(&text_signature(function)), &doc);
}

/// Writes the C function.
pub fn write(text: &mut Text, values: &mut Values, function: &Function) {
    let mut body = Body::new(values, function);
    body.arguments();
    body.call();
    body.finish(text);
}

/// A function that is being put together.
struct Body<'a, 'b> {
    values: &'b mut Values<'a>,
    function: &'b Function<'b>,
    /// Variables, in order.
    variables: Vec<String>,
    /// What has to be true for the call, in order.
    conditions: Vec<String>,
    /// The arguments of the call.
    passed: Vec<String>,
    /// Statements: the call and the result.
    call: Text,
    /// Statements behind it.
    releases: Vec<String>,
    needs_state: bool,
    needs_held: bool,
}

impl<'a, 'b> Body<'a, 'b> {
    fn new(values: &'b mut Values<'a>, function: &'b Function<'b>) -> Self {
        Self {
            values,
            function,
            variables: Vec::new(),
            conditions: Vec::new(),
            passed: Vec::new(),
            call: Text::default(),
            releases: Vec::new(),
            needs_state: false,
            needs_held: false,
        }
    }

    /// Reads the arguments. Handles come last, and `self` last of all: what is read before may run Python code.
    fn arguments(&mut self) {
        let function = self.function;
        let own = usize::from(function.kind == Kind::Method);
        let mut handles = Vec::new();
        for (i, parameter) in function.parameters.iter().enumerate() {
            let condition = self.argument(i, parameter);
            match self.values.header().kind(&parameter.c.ty) {
                Some(TypeDefKind::Handle(Handle::Own(_))) => handles.insert(0, condition),
                Some(TypeDefKind::Handle(Handle::Borrow(_))) => handles.push(condition),
                _ => self.conditions.push(condition),
            }
        }
        self.conditions.append(&mut handles);
        if own == 1 {
            let this = &function.c.parameters[0];
            let c_type = self.values.header().c_type(&this.ty);
            self.variables.push(format!("{c_type} own;"));
            self.conditions.push("resource_self(self, &own.__handle)".to_owned());
            self.passed.insert(0, "own".to_owned());
        }
    }

    /// Declares the variable of an argument; the condition that reads it.
    fn argument(&mut self, i: usize, parameter: &Parameter) -> String {
        let header = self.values.header();
        let name = format!("arg_{}", parameter.c.name);
        let mut object = match self.function.convention() {
            Convention::OneArgument => "argument".to_owned(),
            _ => format!("values[{i}]"),
        };
        if parameter.optional {
            object = format!("argument_or_none({object})");
        }
        let reading = Reading {
            held: "&held".to_owned(),
            name: match self.function.convention() {
                Convention::OneArgument => format!("\"{}\"", parameter.name),
                _ => format!("names[{i}]"),
            },
        };
        let (ty, address) = match &parameter.c.pass {
            Pass::Maybe(payload) => (*payload, format!("maybe_{name}")),
            Pass::Pointer => (parameter.c.ty, format!("&{name}")),
            Pass::Value => (parameter.c.ty, name.clone()),
        };
        self.passed.push(address);
        self.variables.push(format!("{} {name};", header.c_type(&ty)));
        self.needs_state |= self.values.reading_needs_state(&ty);
        let place = Place::of(name.clone());
        if let Pass::Maybe(payload) = &parameter.c.pass {
            self.variables.push(format!("{} *maybe_{name} = NULL;", header.c_type(payload)));
            self.needs_held |= self.values.reading_needs_held(payload);
            let read = self.values.read(payload, &object, &place, &reading);
            return format!("{object} == Py_None || ({read} && (maybe_{name} = &{name}))");
        }
        if let Some(TypeDefKind::List(item)) = header.kind(&ty)
            && header.resolved(item) == Type::U8
        {
            // The usual case, without memory.
            let buffer = format!("buffer_{}", parameter.c.name);
            self.variables.push(format!("Py_buffer {buffer} = {{0}};"));
            self.releases.push(format!("PyBuffer_Release(&{buffer});"));
            return format!("argument_bytes({object}, &{buffer}, &{name}.ptr, &{name}.len)");
        }
        if let Some(TypeDefKind::Handle(handle @ Handle::Borrow(_))) = header.kind(&ty) {
            let class = self.values.state_of_handle(handle);
            return format!(
                "resource_borrow({object}, {}, {class}, &{name}.__handle)",
                reading.name
            );
        }
        self.needs_held |= self.values.reading_needs_held(&ty);
        self.values.read(&ty, &object, &place, &reading)
    }

    /// Calls, asks whether the link failed, and makes an object of the result.
    fn call(&mut self) {
        let function = self.function;
        let header = self.values.header();
        // In a function, and behind a condition if there is one.
        let alone = function.kind != Kind::Method
            && function.parameters.is_empty()
            && function.convention() != Convention::Vectorcall;
        let mut call = Text::deep(if alone { 1 } else { 2 });
        let mut passed = self.passed.clone();
        let answers = !self.values.surface.answers.is_empty();
        let failed = match answers {
            true => "result = answers_failed(&scope) ? NULL",
            false => "result = link_failed() ? link_raise()",
        };
        if answers {
            call.line("struct callback_scope scope;");
            call.line("callback_begin(&scope);");
        }
        match &function.c.returns {
            Return::Nothing => {
                call.statement(format!("{}({});", function.c.c_name, passed.join(", ")));
                call.line(format!("{failed} : Py_NewRef(Py_None);"));
            }
            Return::Value(ty) => {
                let returned = format!("{} returned = {}", header.c_type(ty), function.c.c_name);
                call.list(&returned, &passed, ";");
                self.result(&mut call, ty, failed);
            }
            Return::Pointer(ty) => {
                call.line(format!("{} returned;", header.c_type(ty)));
                passed.push("&returned".to_owned());
                call.list(&function.c.c_name, &passed, ";");
                self.result(&mut call, ty, failed);
            }
            Return::Maybe(ty) => {
                call.line(format!("{} returned;", header.c_type(ty)));
                passed.push("&returned".to_owned());
                call.list(&format!("bool some = {}", function.c.c_name), &passed, ";");
                call.open("if (some) {");
                self.result(&mut call, ty, failed);
                call.divide("} else {");
                call.line(format!("{failed} : Py_NewRef(Py_None);"));
                call.close("}");
            }
            Return::Either(ok, err) => {
                for (ty, name) in [(ok, "returned"), (err, "problem")] {
                    let Some(ty) = ty else { continue };
                    call.line(format!("{} {name};", header.c_type(ty)));
                    passed.push(format!("&{name}"));
                }
                call.list(&format!("bool good = {}", function.c.c_name), &passed, ";");
                if answers {
                    call.line("bool failed = answers_failed(&scope);");
                    call.open("if (good) {");
                } else {
                    call.open("if (link_failed()) {");
                    call.line("link_raise();");
                    call.divide("} else if (good) {");
                }
                match (ok, answers) {
                    (Some(ok), true) => self.result(&mut call, ok, "result = failed ? NULL"),
                    (None, true) => call.line("result = failed ? NULL : Py_NewRef(Py_None);"),
                    (Some(ok), false) => self.result(&mut call, ok, "result ="),
                    (None, false) => call.line("result = Py_NewRef(Py_None);"),
                }
                call.divide("} else {");
                let place = Place::of("problem");
                let problem = err.map(|err| self.values.write(&err, &place));
                let problem = problem.unwrap_or_else(|| "Py_NewRef(Py_None)".to_owned());
                self.needs_state = true;
                let raise = format!("raise_problem(state->error, {problem});");
                match answers {
                    true => call.under("if (!failed)", raise),
                    false => call.statement(raise),
                }
                if let Some(err) = err {
                    self.values.end(err, &place).iter().for_each(|end| call.line(end));
                }
                call.close("}");
            }
        }
        self.call = call;
    }

    /// `head` and the object that is made of `returned`, which then ends.
    fn result(&mut self, call: &mut Text, ty: &Type, head: &str) {
        let place = Place::of("returned");
        let made = self.values.write(ty, &place);
        self.needs_state |= self.values.writing_needs_state(ty);
        let colon = if head.ends_with('=') { "" } else { " :" };
        call.statement(format!("{head}{colon} {made};"));
        self.values.end(ty, &place).iter().for_each(|end| call.line(end));
    }

    fn finish(mut self, text: &mut Text) {
        let function = self.function;
        let convention = function.convention();
        let surface = self.values.surface;
        text.function("static PyObject *", &c_name(surface, function), &convention.parameters());
        let sorted = matches!(convention, Convention::Keywords | Convention::Vectorcall)
            && !function.parameters.is_empty();
        let count = match convention {
            Convention::Vectorcall => "PyVectorcall_NARGS(flagged)",
            _ => "count",
        };
        if sorted {
            self.write_signature(text);
            text.line(format!("PyObject *room[{}];", function.parameters.len()));
            text.line(format!(
                "PyObject *const *values = signature_sort(&signature, given, {count}, keywords, room);"
            ));
            self.conditions.insert(0, "values != NULL".to_owned());
        } else if convention == Convention::Vectorcall {
            self.conditions
                .insert(0, format!("signature_empty(\"{}\", {count}, keywords)", function.called));
            text.line("(void)given;");
        }
        if self.needs_state {
            text.line(format!("struct state *state = {};", state(function.kind)));
        } else if function.kind != Kind::Method {
            text.line("(void)self;");
        }
        if self.needs_held {
            text.line("struct held held = {0};");
            self.releases.push("held_end(&held);".to_owned());
        }
        self.variables.iter().for_each(|variable| text.line(variable));
        text.line("PyObject *result = NULL;");
        text.gap();
        let call = std::mem::take(&mut self.call);
        match self.conditions.as_slice() {
            [] => text.append(call),
            conditions => {
                text.conjunction("if (", conditions, ") {");
                text.indent();
                if self.needs_held {
                    text.line("held_give(&held);");
                }
                text.append(call);
                text.close("}");
            }
        }
        self.releases.iter().for_each(|release| text.line(release));
        text.line("return result;");
        text.end();
    }

    fn write_signature(&self, text: &mut Text) {
        let parameters = &self.function.parameters;
        let names: Vec<_> = parameters.iter().map(|one| format!("\"{}\"", one.name)).collect();
        text.list_in_braces("static const char *const names[] = ", &names, ";");
        let required = parameters.iter().filter(|parameter| !parameter.optional).count();
        text.line(format!(
            "static const struct signature signature = {{\"{}\", names, {}, {required}}};",
            self.function.called,
            parameters.len()
        ));
    }
}

/// The expression of the module's state.
fn state(kind: Kind) -> &'static str {
    match kind {
        Kind::Free => "PyModule_GetState(self)",
        Kind::Method => "PyType_GetModuleState(Py_TYPE(self))",
        Kind::Static | Kind::Constructor => "PyType_GetModuleState((PyTypeObject *)self)",
    }
}
