//! What calls back, in MicroPython: the functions that a world exports, each answered by a method of an object of the program's.
//!
//! The cap's frames are of C, past which nothing may jump and in which the collector finds nothing. So a function that is called
//! back hands what it was given, as it is, to a function behind the gate of `answers.h`, which makes objects of it, calls the
//! method and reads the answer.

use link_shims::function::{Pass, Return};
use link_shims::place::Place;
use link_shims::signature;
use link_shims::text::Text;
use wit_parser::Type;

use super::error_variable;
use super::from_objects::Reading;
use crate::answers::{is_fallible, parameters, setter, variable};
use crate::surface::{Answers, Function, Parameter, Surface};
use crate::values::Values;

/// The root of the collector's that has the object that answers and its methods.
fn root(surface: &Surface, answers: &Answers) -> String {
    format!("{}_answers_{}", surface.header.world, answers.variable)
}

/// Writes the function of the module that says who answers, and the object of it.
pub fn write_setter(text: &mut Text, surface: &Surface, answers: &Answers) {
    let (name, root) = (setter(answers), root(surface, answers));
    let names: Vec<_> =
        answers.functions.iter().map(|one| format!("MP_QSTR_{}", one.name)).collect();
    let count = names.len();
    text.line(format!("MP_REGISTER_ROOT_POINTER(mp_obj_t {root}[{}]);", count + 1));
    text.gap();
    text.function("static mp_obj_t", &name, &["mp_obj_t answers".to_owned()]);
    text.list_in_braces("static const qstr names[] = ", &names, ";");
    text.gap();
    text.statement(format!(
        "return glue_answers_set(MP_STATE_VM({root}), answers, names, {count});"
    ));
    text.end();
    text.line(format!("static MP_DEFINE_CONST_FUN_OBJ_1({name}_obj, {name});"));
    text.gap();
}

/// Writes the function that the cap calls, behind what it needs.
pub fn write(text: &mut Text, values: &mut Values, answers: &Answers, index: usize) {
    let function = &answers.functions[index];
    text.comment(&function.c.wit);
    write_question(text, values, function);
    write_ask(text, values, answers, function);
    if let Return::Either(_, Some(err)) = &function.c.returns {
        write_tell(text, values, function, err);
    }
    let header = values.header();
    let returned = signature::returned(header, function.c);
    text.function(&returned, &function.c.c_name, &parameters(values, function));
    let mut given: Vec<_> = function.parameters.iter().map(variable).collect();
    given.extend(results(function).iter().map(|(name, _)| (*name).to_owned()));
    match &function.c.returns {
        Return::Value(ty) => given.push(header.zero(ty).to_owned()),
        Return::Maybe(_) => given.push("false".to_owned()),
        _ => {}
    }
    if reads(function) {
        given.push("MP_OBJ_NULL".to_owned());
    }
    if given.is_empty() {
        given.push("0".to_owned());
    }
    text.list_in_braces(&format!("struct {} it = ", question(function)), &given, ";");
    let object = format!("MP_STATE_VM({})[{}]", root(values.surface, answers), index + 1);
    let ask = format!("ask_{}", function.c.short);
    if is_fallible(function) {
        text.line("bool told;");
        let tell = match &function.c.returns {
            Return::Either(_, Some(_)) => format!("tell_{}", function.c.short),
            _ => "NULL".to_owned(),
        };
        let error = format!("&{}", error_variable());
        text.gap();
        let arguments = [&ask, "&it", &object, &error, &tell, "&told"].map(str::to_owned);
        text.list("bool good = glue_ask_or_tell", &arguments, ";");
    } else {
        text.gap();
        let good = match function.c.returns {
            Return::Nothing => "glue_ask",
            _ => "bool good = glue_ask",
        };
        text.list(good, &[ask, "&it".to_owned(), object], ";");
    }
    for parameter in &function.parameters {
        free(text, values, parameter);
    }
    match &function.c.returns {
        Return::Nothing => {}
        Return::Value(ty) => {
            text.line(format!("return good ? it.returned : {};", header.zero(ty)));
        }
        Return::Pointer(_) => text.under("if (!good)", "memset(ret, 0, sizeof *ret);"),
        Return::Maybe(_) => text.line("return good && it.some;"),
        Return::Either(_, err) => {
            if err.is_some() {
                text.under("if (!good && !told)", "memset(err, 0, sizeof *err);");
            }
            text.line("return good;");
        }
    }
    text.end();
}

/// The struct of what a function is given and returns.
fn question(function: &Function) -> String {
    format!("question_{}", function.c.short)
}

/// Whether an answer or an error is read, which only this keeps from the collector: readers have pointers into objects.
fn reads(function: &Function) -> bool {
    !matches!(function.c.returns, Return::Nothing | Return::Either(None, None))
}

/// Where the header wants results, and their types.
fn results<'a>(function: &'a Function) -> Vec<(&'static str, &'a Type)> {
    match &function.c.returns {
        Return::Nothing | Return::Value(_) => Vec::new(),
        Return::Pointer(ty) | Return::Maybe(ty) => vec![("ret", ty)],
        Return::Either(ok, err) => {
            let named = [("ret", ok.as_ref()), ("err", err.as_ref())];
            named.into_iter().filter_map(|(name, ty)| Some((name, ty?))).collect()
        }
    }
}

fn write_question(text: &mut Text, values: &Values, function: &Function) {
    let header = values.header();
    text.open(format!("struct {} {{", question(function)));
    let mut members = Vec::new();
    for parameter in &function.parameters {
        let (ty, star) = match &parameter.c.pass {
            Pass::Value => (header.c_type(&parameter.c.ty), ""),
            Pass::Pointer => (header.c_type(&parameter.c.ty), "*"),
            Pass::Maybe(payload) => (header.c_type(payload), "*"),
        };
        members.push(format!("{ty} {star}{};", variable(parameter)));
    }
    members.extend(
        results(function).iter().map(|(name, ty)| format!("{} *{name};", header.c_type(ty))),
    );
    match &function.c.returns {
        Return::Value(ty) => members.push(format!("{} returned;", header.c_type(ty))),
        Return::Maybe(_) => members.push("bool some;".to_owned()),
        _ => {}
    }
    if reads(function) {
        members.push("mp_obj_t object; // for the collector, while it is read".to_owned());
    }
    if members.is_empty() {
        members.push("char nothing;".to_owned());
    }
    members.iter().for_each(|member| text.line(member));
    text.close("};");
    text.gap();
}

/// Behind the gate: makes objects of what was given, calls the method, reads the answer.
fn write_ask(text: &mut Text, values: &mut Values, answers: &Answers, function: &Function) {
    let count = function.parameters.len();
    let mut body = Text::deep(1);
    let mut made = Vec::new();
    for (i, parameter) in function.parameters.iter().enumerate() {
        let name = format!("it->{}", variable(parameter));
        let object = match &parameter.c.pass {
            Pass::Value => values.object(&parameter.c.ty, &Place::of(&name)),
            Pass::Pointer => values.object(&parameter.c.ty, &Place::at(&name)),
            Pass::Maybe(payload) => {
                let object = values.object(payload, &Place::at(&name));
                format!("{name} == NULL ? mp_const_none : {object}")
            }
        };
        made.push(format!("given[{i}] = {object};"));
    }
    if count > 0 {
        body.line(format!("mp_obj_t given[{count}];"));
        body.gap();
    }
    made.iter().for_each(|made| body.statement(made));
    let given = if count > 0 { "given" } else { "NULL" };
    let call = format!(
        "glue_answer_of(method, \"{}.{}\", {count}, {given});",
        answers.variable, function.name
    );
    match &function.c.returns {
        Return::Nothing | Return::Either(None, _) => body.statement(call),
        Return::Value(ty) => {
            body.statement(format!("it->object = {call}"));
            read(&mut body, values, function, ty, "it->object", &Place::of("it->returned"));
        }
        Return::Pointer(ty) | Return::Either(Some(ty), _) => {
            body.statement(format!("it->object = {call}"));
            read(&mut body, values, function, ty, "it->object", &Place::at("it->ret"));
        }
        Return::Maybe(ty) => {
            body.statement(format!("it->object = {call}"));
            body.gap();
            body.under("if (it->object == mp_const_none)", "return;");
            read(&mut body, values, function, ty, "it->object", &Place::at("it->ret"));
            body.line("it->some = true;");
        }
    }
    begin(text, "ask", function, "method");
    let uses_it = body.mentions("it->");
    text.line(match uses_it {
        true => format!("struct {} *it = question;", question(function)),
        false => "(void)question;".to_owned(),
    });
    text.append(body);
    text.end();
}

/// Behind the gate: reads the value of the module's exception.
fn write_tell(text: &mut Text, values: &mut Values, function: &Function, err: &Type) {
    begin(text, "tell", function, "problem");
    text.line(format!("struct {} *it = question;", question(function)));
    text.gap();
    text.line("it->object = problem;");
    read(text, values, function, err, "it->object", &Place::at("it->err"));
    text.end();
}

fn begin(text: &mut Text, verb: &str, function: &Function, object: &str) {
    let parameters = ["void *question".to_owned(), format!("mp_obj_t {object}")];
    text.function("static void", &format!("{verb}_{}", function.c.short), &parameters);
}

/// Reads an object into what becomes the cap's, which frees it.
fn read(
    text: &mut Text,
    values: &mut Values,
    function: &Function,
    ty: &Type,
    object: &str,
    place: &Place,
) {
    let name = format!("\"the answer of {}\"", function.called);
    let read = values.read_object(ty, object, place, &Reading { held: "&held", name });
    if !values.object_is_held(ty) {
        text.statement(read);
        return;
    }
    text.line("struct glue_answer whole;");
    text.line("struct glue_held held = {.answer = &whole};");
    text.gap();
    text.line("glue_answer_begin(&whole);");
    text.statement(read);
    text.line("glue_answer_end();");
}

/// Arguments are the callee's.
fn free(text: &mut Text, values: &mut Values, parameter: &Parameter) {
    let name = variable(parameter);
    match &parameter.c.pass {
        Pass::Value => {}
        Pass::Pointer => {
            let ends = values.end(&parameter.c.ty, &Place::at(name));
            ends.iter().for_each(|end| text.line(end));
        }
        Pass::Maybe(payload) => {
            for end in values.end(payload, &Place::at(&name)) {
                text.under(format!("if ({name} != NULL)"), end);
            }
        }
    }
}
