//! What calls back: the functions that a world exports, each answered by a method of an object of the program's.
//!
//! The contract has no exceptions, so what a method raises is kept for the call in the middle of which it was raised, and the
//! cap gets zeros, or an error of zeros, if the function has errors. The module's own exception is the contract's error, and
//! goes to the cap.

use link_shims::function::{Pass, Return};
use link_shims::place::Place;
use link_shims::signature;
use link_shims::text::Text;
use wit_parser::Type;

use crate::from_python::Reading;
use crate::surface::{Answers, Function, Parameter};
use crate::values::Values;
use crate::{docs, function};

/// What the module's state calls the object that answers.
pub fn object(answers: &Answers) -> String {
    format!("{}_answerer", answers.variable)
}

/// And its methods.
pub fn methods(answers: &Answers) -> String {
    format!("{}_methods", answers.variable)
}

/// The function of the module that sets them.
pub fn setter(answers: &Answers) -> String {
    format!("answer_{}", answers.variable)
}

/// Writes that function, with its docstring.
pub fn write_setter(text: &mut Text, answers: &Answers) {
    let name = setter(answers);
    let functions = answers.functions.iter();
    let called: Vec<_> = functions.clone().map(|one| function::call_line(one)).collect();
    let mut doc = format!(
        "Has what calls back answered by methods of an object, {}; by nobody if it is None. Returns what answered before.",
        called.join(", ")
    );
    if !answers.docs.trim().is_empty() {
        doc.push_str(&format!("\n\n{}", answers.docs.trim()));
    }
    for one in functions.clone().filter(|one| !one.docs.trim().is_empty()) {
        doc.push_str(&format!("\n\n{}: {}", function::call_line(one), one.docs.trim()));
    }
    let signature = format!("{name}($module, answers, /)");
    docs::define(text, &format!("doc_{name}"), Some(&signature), &doc);
    let parameters = ["PyObject *self", "PyObject *argument"].map(str::to_owned);
    text.function("static PyObject *", &name, &parameters);
    let names: Vec<_> = functions.map(|one| format!("\"{}\"", one.name)).collect();
    text.list_in_braces("static const char *const names[] = ", &names, ";");
    text.line("struct state *state = PyModule_GetState(self);");
    text.gap();
    let arguments = [
        format!("&state->{}", object(answers)),
        "argument".to_owned(),
        "names".to_owned(),
        format!("state->{}", methods(answers)),
        names.len().to_string(),
    ];
    text.list("return answers_set", &arguments, ";");
    text.end();
}

/// Writes the function that the cap calls.
pub fn write(text: &mut Text, values: &mut Values, answers: &Answers, index: usize) {
    let function = &answers.functions[index];
    text.comment(&function.c.wit);
    let header = values.header();
    text.function(
        &signature::returned(header, function.c),
        &function.c.c_name,
        &parameters(values, function),
    );
    text.line("struct state *state = current;");
    let count = function.parameters.len();
    if count > 0 {
        text.line(format!("PyObject *given[{count}] = {{NULL}};"));
    }
    if let Return::Value(ty) = &function.c.returns {
        text.line(format!("{} returned = {};", header.c_type(ty), header.zero(ty)));
    }
    text.line("bool good = false;");
    if is_fallible(function) {
        text.line("bool told = false; // that, or an error of the contract");
    }
    text.gap();
    text.open("if (callback_enter()) {");
    ask(text, values, answers, index);
    understand(text, values, function);
    text.line("callback_leave();");
    text.close("}");
    for parameter in &function.parameters {
        free(text, values, parameter);
    }
    match &function.c.returns {
        Return::Nothing => text.line("(void)good;"),
        Return::Value(_) => text.line("return returned;"),
        Return::Pointer(_) => text.under("if (!good)", "memset(ret, 0, sizeof *ret);"),
        Return::Maybe(_) => text.line("return good;"),
        Return::Either(_, err) => {
            if err.is_some() {
                text.under("if (!told)", "memset(err, 0, sizeof *err);");
            }
            text.line("return good;");
        }
    }
    text.end();
}

/// Whether the function has errors.
pub fn is_fallible(function: &Function) -> bool {
    matches!(function.c.returns, Return::Either(..))
}

/// As the header has them, under names that nothing of the body has.
pub fn parameters(values: &Values, function: &Function) -> Vec<String> {
    let header = values.header();
    let mut parameters: Vec<_> = function
        .parameters
        .iter()
        .map(|parameter| {
            let name = variable(parameter);
            match &parameter.c.pass {
                Pass::Value => format!("{} {name}", header.c_type(&parameter.c.ty)),
                Pass::Pointer => format!("{} *{name}", header.c_type(&parameter.c.ty)),
                Pass::Maybe(payload) => format!("{} *{name}", header.c_type(payload)),
            }
        })
        .collect();
    let results = signature::parameters(header, function.c).split_off(parameters.len());
    parameters.extend(results);
    parameters
}

pub fn variable(parameter: &Parameter) -> String {
    format!("arg_{}", parameter.c.name)
}

fn place(parameter: &Parameter) -> Place {
    match parameter.c.pass {
        Pass::Value => Place::of(variable(parameter)),
        Pass::Pointer | Pass::Maybe(_) => Place::at(variable(parameter)),
    }
}

/// Makes objects of the arguments and calls the method.
fn ask(text: &mut Text, values: &mut Values, answers: &Answers, index: usize) {
    let function = &answers.functions[index];
    let count = function.parameters.len();
    let mut made = Vec::new();
    for (i, parameter) in function.parameters.iter().enumerate() {
        let object = match &parameter.c.pass {
            Pass::Maybe(payload) => {
                let written = values.write(payload, &place(parameter));
                format!("{} == NULL ? Py_NewRef(Py_None) : {written}", variable(parameter))
            }
            _ => values.write(&parameter.c.ty, &place(parameter)),
        };
        made.push(format!("(given[{i}] = {object}) != NULL"));
    }
    let given = if count > 0 { "given" } else { "NULL" };
    let called = format!("\"{}.{}\"", answers.variable, function.name);
    let call = format!(
        "answer = answers_call(state->{}[{index}], {called}, {given}, {count});",
        methods(answers)
    );
    text.line("PyObject *answer = NULL;");
    text.under("if (state == NULL)", format!("answers_missing({called});"));
    match made.as_slice() {
        [] => text.under("else", call),
        made => {
            text.conjunction("else if (", made, ")");
            text.indent();
            text.statement(call);
            text.outdent();
            text.line(format!("answers_drop(given, {count});"));
        }
    }
}

/// Reads the answer, or the error.
fn understand(text: &mut Text, values: &mut Values, function: &Function) {
    let name = format!("\"the answer of {}\"", function.called);
    let read = |text: &mut Text,
                values: &mut Values,
                ty: &Type,
                object: &str,
                place: &Place,
                flag: &str| {
        let reading = Reading { held: "&held".to_owned(), name: name.clone() };
        let read = values.read(ty, object, place, &reading);
        let needs_held = values.reading_needs_held(ty);
        if needs_held {
            text.line("struct held held = {.keeps = true};");
        }
        text.statement(format!("{flag} = {object} != NULL && {read};"));
        if needs_held {
            text.under(format!("if ({flag})"), "held_give(&held);");
            text.line("held_end(&held);");
        }
    };
    match &function.c.returns {
        Return::Nothing | Return::Either(None, _) => text.line("good = answer != NULL;"),
        Return::Value(ty) => read(text, values, ty, "answer", &Place::of("returned"), "good"),
        Return::Pointer(ty) | Return::Either(Some(ty), _) => {
            read(text, values, ty, "answer", &Place::at("ret"), "good");
        }
        Return::Maybe(ty) => {
            text.open("if (answer == NULL) {");
            text.line("callback_raise();");
            text.divide("} else if (answer != Py_None) {");
            read(text, values, ty, "answer", &Place::at("ret"), "good");
            text.under("if (!good)", "callback_raise();");
            text.close("}");
            text.line("Py_XDECREF(answer);");
            return;
        }
    }
    text.line("Py_XDECREF(answer);");
    let Return::Either(_, err) = &function.c.returns else {
        text.under("if (!good)", "callback_raise();");
        return;
    };
    text.line("told = good;");
    text.open("if (!good && state != NULL) {");
    text.line("PyObject *problem = answers_problem(state->error);");
    match err {
        Some(err) => read(text, values, err, "problem", &Place::at("err"), "told"),
        None => text.line("told = problem != NULL;"),
    }
    text.line("Py_XDECREF(problem);");
    text.close("}");
    text.under("if (!told)", "callback_raise();");
}

/// Arguments are the callee's.
fn free(text: &mut Text, values: &mut Values, parameter: &Parameter) {
    let place = place(parameter);
    match &parameter.c.pass {
        Pass::Maybe(payload) => {
            for end in values.end(payload, &place) {
                text.under(format!("if ({} != NULL)", variable(parameter)), end);
            }
        }
        _ => values.end(&parameter.c.ty, &place).iter().for_each(|end| text.line(end)),
    }
}
