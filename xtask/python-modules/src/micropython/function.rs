//! A function of MicroPython's module, a method or a constructor: arguments, the call, the result.
//!
//! What is refused raises before anything is called. Results are ended by `struct glue_result` whatever becomes of them.

use link_shims::function::{Pass, Return};
use link_shims::place::Place;
use link_shims::text::Text;
use wit_parser::{Handle, Type, TypeDefKind};

use super::from_objects::Reading;
use super::type_variable;
use crate::function::Convention;
use crate::surface::{Function, Kind, Parameter, Surface};
use crate::values::Values;

/// When an argument is read: what may run Python code comes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    Value,
    /// Bytes, which could change then.
    Bytes,
    /// An object could give its handle away then.
    Handle,
}

/// The variable of the object that Python calls.
pub fn object_variable(surface: &Surface, function: &Function) -> String {
    match function.by_hand {
        true => super::by_hand_object(surface, &function.called),
        false => format!("object_{}", function.c.short),
    }
}

/// The macro that makes that object of the C function, without its beginning `MP_DEFINE_CONST_FUN_OBJ_`, and what stands
/// between the two.
pub fn object_kind(function: &Function) -> (&'static str, &'static str) {
    let own = function.kind == Kind::Method;
    match function.convention() {
        Convention::NoArguments if own => ("1", ""),
        Convention::NoArguments => ("0", ""),
        Convention::OneArgument if own => ("2", ""),
        Convention::OneArgument => ("1", ""),
        Convention::Keywords if own => ("KW", "1, "),
        Convention::Keywords => ("KW", "0, "),
        Convention::Vectorcall => unreachable!("invariant: a class is no method"),
    }
}

/// The C function behind a function; of those by hand only a constructor has to have one.
pub fn c_name(surface: &Surface, function: &Function) -> String {
    match function.by_hand {
        true => format!("{}_mp_{}_make_new", surface.header.world, function.called),
        false => format!("call_{}", function.c.short),
    }
}

pub fn parameters(function: &Function) -> Vec<String> {
    let own = function.kind == Kind::Method;
    let list: &[&str] = match function.convention() {
        Convention::NoArguments if own => &["mp_obj_t self"],
        Convention::NoArguments => &[],
        Convention::OneArgument if own => &["mp_obj_t self", "mp_obj_t argument"],
        Convention::OneArgument => &["mp_obj_t argument"],
        Convention::Keywords => &["size_t count", "const mp_obj_t *given", "mp_map_t *keywords"],
        Convention::Vectorcall => &[
            "const mp_obj_type_t *type",
            "size_t count",
            "size_t keywords",
            "const mp_obj_t *given",
        ],
    };
    list.iter().map(|one| (*one).to_owned()).collect()
}

/// The variable of an object that is made of a value with memory or handles.
const MADE: &str = "object";

/// Writes the C function, and the object of one that is no constructor.
pub fn write(text: &mut Text, values: &mut Values, function: &Function) {
    let mut body = Body {
        values,
        function,
        variables: Vec::new(),
        reads: Vec::new(),
        passed: Vec::new(),
        needs_held: false,
    };
    body.arguments();
    body.finish(text);
    if function.kind == Kind::Constructor {
        text.gap();
        return;
    }
    let object = object_variable(values.surface, function);
    let (kind, between) = object_kind(function);
    let name = c_name(values.surface, function);
    text.line(format!("static MP_DEFINE_CONST_FUN_OBJ_{kind}({object}, {between}{name});"));
    text.gap();
}

/// A function that is being put together.
struct Body<'a, 'b> {
    values: &'b mut Values<'a>,
    function: &'b Function<'b>,
    /// Variables, in order.
    variables: Vec<String>,
    /// Statements, with whether braces are around them.
    reads: Vec<(Turn, Read)>,
    /// The arguments of the call.
    passed: Vec<String>,
    needs_held: bool,
}

enum Read {
    Always(String),
    /// Unless the object is None.
    Maybe {
        object: String,
        read: String,
        then: String,
    },
}

impl Body<'_, '_> {
    fn arguments(&mut self) {
        let function = self.function;
        for (i, parameter) in function.parameters.iter().enumerate() {
            self.argument(i, parameter);
        }
        self.reads.sort_by_key(|(turn, _)| *turn);
        if function.kind == Kind::Method {
            let this = &function.c.parameters[0];
            let c_type = self.values.header().c_type(&this.ty);
            self.variables.push(format!("{c_type} own;"));
            self.passed.insert(0, "own".to_owned());
        }
    }

    fn argument(&mut self, i: usize, parameter: &Parameter) {
        let header = self.values.header();
        let name = format!("arg_{}", parameter.c.name);
        let object = match self.function.convention() {
            Convention::OneArgument => "argument".to_owned(),
            _ => format!("values[{i}].u_obj"),
        };
        let reading = Reading { held: "&held", name: format!("\"{}\"", parameter.name) };
        let (ty, address) = match &parameter.c.pass {
            Pass::Maybe(payload) => (*payload, format!("maybe_{name}")),
            Pass::Pointer => (parameter.c.ty, format!("&{name}")),
            Pass::Value => (parameter.c.ty, name.clone()),
        };
        self.passed.push(address);
        let place = Place::of(name.clone());
        let (turn, read) = match header.kind(&ty) {
            Some(TypeDefKind::List(item)) if header.resolved(item) == Type::U8 => {
                let (data, length) = (place.get("ptr"), place.get("len"));
                let read =
                    format!("glue_held_bytes_in_place(&held, {object}, &{data}, &{length});");
                (Turn::Bytes, read)
            }
            Some(TypeDefKind::Handle(Handle::Own(_) | Handle::Borrow(_))) => {
                (Turn::Handle, self.values.read_object(&ty, &object, &place, &reading))
            }
            _ => (Turn::Value, self.values.read_object(&ty, &object, &place, &reading)),
        };
        self.needs_held |= self.values.object_is_held(&ty);
        self.variables.push(format!("{} {name};", header.c_type(&ty)));
        let read = match &parameter.c.pass {
            Pass::Maybe(payload) => {
                self.variables.push(format!("{} *maybe_{name} = NULL;", header.c_type(payload)));
                Read::Maybe { object, read, then: format!("maybe_{name} = &{name};") }
            }
            _ => Read::Always(read),
        };
        self.reads.push((turn, read));
    }

    fn finish(mut self, text: &mut Text) {
        let function = self.function;
        let surface = self.values.surface;
        let mut out = Text::default();
        let returns = "static mp_obj_t";
        out.function(returns, &c_name(surface, function), &parameters(function));
        let parsed = self.parse(&mut out);
        if self.needs_held {
            out.line("struct glue_held held = {0};");
        }
        self.variables.iter().for_each(|variable| out.line(variable));
        out.gap();
        if let Some(parsed) = parsed {
            out.statement(parsed);
        }
        for (_, read) in std::mem::take(&mut self.reads) {
            match read {
                Read::Always(read) => out.statement(read),
                Read::Maybe { object, read, then } => {
                    out.open(format!("if ({object} != mp_const_none) {{"));
                    out.statement(read);
                    out.line(then);
                    out.close("}");
                }
            }
        }
        if function.kind == Kind::Method {
            let this = &function.c.parameters[0];
            let handle = match self.values.header().kind(&this.ty) {
                Some(TypeDefKind::Handle(handle)) => handle,
                _ => unreachable!("invariant: a method's first parameter is its object"),
            };
            let id = self.values.header().resource(handle).1.id;
            let class = type_variable(surface, id);
            let object = match function.convention() {
                Convention::Keywords => "given[0]",
                _ => "self",
            };
            out.statement(match self.needs_held {
                true => format!("glue_held_self(&held, {object}, &{class}, &own.__handle);"),
                false => format!("own.__handle = glue_resource_self({object}, &{class});"),
            });
        }
        if self.needs_held {
            out.line("glue_held_give(&held);");
        }
        self.call(&mut out);
        out.close("}");
        text.append(out);
    }

    /// Declares what arguments are sorted into; the statement that does it.
    fn parse(&self, text: &mut Text) -> Option<String> {
        let function = self.function;
        let convention = function.convention();
        if convention == Convention::Vectorcall {
            text.line("(void)type;");
        }
        if function.parameters.is_empty() && convention == Convention::Vectorcall {
            text.line("(void)given;");
            return Some("mp_arg_check_num(count, keywords, 0, 0, false);".to_owned());
        }
        if !matches!(convention, Convention::Keywords | Convention::Vectorcall) {
            return None;
        }
        text.open("static const mp_arg_t allowed[] = {");
        for parameter in &function.parameters {
            let (flags, default) = match parameter.optional {
                true => ("MP_ARG_OBJ", "{.u_rom_obj = MP_ROM_NONE}"),
                false => ("MP_ARG_REQUIRED | MP_ARG_OBJ", "{0}"),
            };
            text.line(format!("{{MP_QSTR_{}, {flags}, {default}}},", parameter.name));
        }
        text.close("};");
        let count = function.parameters.len();
        text.line(format!("mp_arg_val_t values[{count}];"));
        Some(match (convention, function.kind) {
            (Convention::Vectorcall, _) => {
                format!(
                    "mp_arg_parse_all_kw_array(count, keywords, given, {count}, allowed, values);"
                )
            }
            (_, Kind::Method) => {
                format!(
                    "mp_arg_parse_all(count - 1, given + 1, keywords, {count}, allowed, values);"
                )
            }
            _ => format!("mp_arg_parse_all(count, given, keywords, {count}, allowed, values);"),
        })
    }

    /// Whether what is called may ask, and what the answer raised is raised when the call is over.
    fn may_ask(&self) -> bool {
        !self.values.surface.answers.is_empty()
    }

    fn end_of_call(&self, text: &mut Text) {
        if self.may_ask() {
            text.line("glue_call_end(&call);");
        }
    }

    /// Calls, and makes an object of the result.
    fn call(&mut self, text: &mut Text) {
        let function = self.function;
        let header = self.values.header();
        let c_name = &function.c.c_name;
        let mut passed = self.passed.clone();
        if self.may_ask() {
            text.line("struct glue_call call;");
            text.line("glue_call_begin(&call);");
        }
        match &function.c.returns {
            Return::Nothing => {
                text.list(c_name, &passed, ";");
                self.end_of_call(text);
                text.line("return mp_const_none;");
            }
            Return::Value(ty) => {
                let returned = format!("{} returned = {c_name}", header.c_type(ty));
                text.list(&returned, &passed, ";");
                self.result(text, ty);
            }
            Return::Pointer(ty) => {
                text.line(format!("{} returned;", header.c_type(ty)));
                passed.push("&returned".to_owned());
                text.list(c_name, &passed, ";");
                self.result(text, ty);
            }
            Return::Maybe(ty) => {
                text.line(format!("{} returned;", header.c_type(ty)));
                passed.push("&returned".to_owned());
                text.list(&format!("bool some = {c_name}"), &passed, ";");
                match self.may_ask() {
                    true => {
                        text.open("if (!some) {");
                        self.end_of_call(text);
                        text.line("return mp_const_none;");
                        text.close("}");
                    }
                    false => text.under("if (!some)", "return mp_const_none;"),
                }
                self.result(text, ty);
            }
            Return::Either(ok, err) => {
                for (ty, name) in [(ok, "returned"), (err, "problem")] {
                    let Some(ty) = ty else { continue };
                    text.line(format!("{} {name};", header.c_type(ty)));
                    passed.push(format!("&{name}"));
                }
                text.list(&format!("bool good = {c_name}"), &passed, ";");
                let mut raise = Text::deep(2);
                let problem = match err {
                    Some(err) => self.made(&mut raise, err, "problem"),
                    None => {
                        self.end_of_call(&mut raise);
                        "mp_const_none".to_owned()
                    }
                };
                let braces = problem == MADE || self.may_ask();
                raise.statement(format!("glue_raise(&{}, {problem});", super::error_variable()));
                text.line(if braces { "if (!good) {" } else { "if (!good)" });
                text.append(raise);
                if braces {
                    text.line("}");
                }
                match ok {
                    Some(ok) => self.result(text, ok),
                    None => {
                        self.end_of_call(text);
                        text.line("return mp_const_none;");
                    }
                }
            }
        }
    }

    /// Returns the object that is made of `returned`.
    fn result(&mut self, text: &mut Text, ty: &Type) {
        let made = self.made(text, ty, "returned");
        text.statement(format!("return {made};"));
    }

    /// The object that is made of a variable, which is ended: an expression.
    fn made(&mut self, text: &mut Text, ty: &Type, variable: &str) -> String {
        let made = self.values.object(ty, &Place::of(variable));
        let Some(end) = self.values.end_function(ty) else {
            self.end_of_call(text);
            return made;
        };
        text.line("struct glue_result result;");
        text.line(format!("glue_result_begin(&result, {end}, &{variable});"));
        self.end_of_call(text);
        text.statement(format!("mp_obj_t object = {made};"));
        text.line("glue_result_end();");
        MADE.to_owned()
    }
}
