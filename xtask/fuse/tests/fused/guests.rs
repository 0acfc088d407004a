//! Hand-written components: a cap behind the contract `api`, and a user of it whose `run` is the case.

use std::fmt::Write;

/// Where a result is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Returns {
    /// An i32.
    Value,
    /// In memory.
    Area,
}

/// A function of the contract, whose core parameters are i32s.
pub struct Function {
    pub name: &'static str,
    /// As in a component's text; types of the contract are `$name`.
    pub ty: &'static str,
    pub params: usize,
    pub returns: Returns,
    /// Of the cap.
    pub body: &'static str,
}

/// A contract, and the cap behind it.
pub struct Contract {
    /// Resources: their representation is an i32, and the sum of those destroyed is in the cap's global `$dropped`.
    pub resources: &'static [&'static str],
    /// `(name, type)`
    pub types: &'static [(&'static str, &'static str)],
    pub functions: &'static [Function],
}

/// What differs from guest to guest.
#[derive(Clone, Default)]
pub struct Guest {
    /// The start of the body of `realloc`. `$table` 0 is `escape`.
    pub realloc: String,
    /// The start of the body of post-return functions.
    pub post_return: String,
    /// What it does where it must not call out.
    pub escape: String,
    /// Data segments.
    pub data: String,
}

/// What a realloc does that never frees: `$end` is where free memory begins.
#[macro_export]
macro_rules! bump {
    () => {
        "(global.set $end (i32.and
            (i32.add (global.get $end) (i32.sub (local.get 2) (i32.const 1)))
            (i32.sub (i32.const 0) (local.get 2))))
        (global.get $end)
        (global.set $end (i32.add (global.get $end) (local.get 3)))"
    };
}

/// The memory, its allocator, and a table for what the allocator may call.
fn libc(guest: &Guest, resources: &[&str]) -> String {
    let mut destructors = String::new();
    for resource in resources {
        _ = write!(
            destructors,
            "(func (export \"drop-{resource}\") (param i32)
                (global.set $dropped (i32.add (global.get $dropped) (local.get 0))))"
        );
    }
    let Guest { realloc, data, .. } = guest;
    let bump = bump!();
    format!(
        "(core module $libc
            (memory (export \"memory\") 4)
            (table $table (export \"table\") 1 funcref)
            (type $escape (func))
            (global $end (mut i32) (i32.const 65536))
            (global $dropped (export \"dropped\") (mut i32) (i32.const 0))
            {data}
            {destructors}
            (func (export \"realloc\") (param i32 i32 i32 i32) (result i32)
                {realloc}
                {bump}))
        (core instance $libc (instantiate $libc))
        (alias core export $libc \"memory\" (core memory $memory))
        (alias core export $libc \"realloc\" (core func $realloc))"
    )
}

fn core_params(count: usize) -> String {
    if count == 0 { String::new() } else { format!("(param{})", " i32".repeat(count)) }
}

/// `[method]thing.value` as an identifier.
pub fn id(name: &str) -> String {
    name.replace(['[', ']', '.'], "-")
}

impl Contract {
    /// The cap, as the component `$Cap`.
    pub fn cap(&self, guest: &Guest) -> String {
        let mut text = libc(guest, self.resources);
        let (mut imports, mut builtins) = (String::new(), String::new());
        for resource in self.resources {
            _ = write!(
                text,
                "(alias core export $libc \"drop-{resource}\" (core func $drop-{resource}))
                (type ${resource}' (resource (rep i32) (dtor (core func $drop-{resource}))))
                (export ${resource} \"{resource}\" (type ${resource}'))"
            );
            for (what, result) in [("new", "(result i32)"), ("rep", "(result i32)"), ("drop", "")] {
                _ = write!(
                    text,
                    "(core func ${what}-{resource}' (canon resource.{what} ${resource}'))"
                );
                _ = write!(
                    imports,
                    "(import \"resource\" \"{what}-{resource}\" (func ${what}-{resource} (param i32) {result}))"
                );
                _ = write!(builtins, "(export \"{what}-{resource}\" (func ${what}-{resource}'))");
            }
        }
        for (name, ty) in self.types {
            _ = write!(text, "(type ${name}' {ty}) (export ${name} \"{name}\" (type ${name}'))");
        }
        let (mut bodies, mut lifts) = (String::new(), String::new());
        for function in self.functions {
            let Function { name, ty, params, returns, body } = function;
            let params = core_params(*params);
            let (result, post, option) = match returns {
                Returns::Value => ("(result i32)", String::new(), String::new()),
                Returns::Area => (
                    "(result i32)",
                    format!("(func (export \"post-{name}\") (param i32) {})", guest.post_return),
                    format!("(post-return (core func $main \"post-{name}\"))"),
                ),
            };
            _ = write!(bodies, "(func (export \"{name}\") {params} {result} {body}) {post}");
            _ = write!(
                lifts,
                "(func (export \"{name}\") {ty} (canon lift (core func $main \"{name}\")
                    (memory $memory) (realloc (core func $realloc)) {option}))"
            );
        }
        let escape = &guest.escape;
        format!(
            "(component $Cap {text}
                (core module $main
                    {imports}
                    (import \"libc\" \"memory\" (memory 1))
                    (import \"libc\" \"table\" (table 1 funcref))
                    (import \"libc\" \"dropped\" (global $dropped (mut i32)))
                    (type $escape (func))
                    (elem (i32.const 0) func $escape)
                    (func $escape {escape})
                    {bodies})
                (core instance $main (instantiate $main
                    (with \"libc\" (instance $libc))
                    (with \"resource\" (instance {builtins}))))
                {lifts})"
        )
    }

    /// The type of an instance that is imported.
    pub fn import(&self, name: &str) -> String {
        let mut text = format!("(import \"{name}\" (instance ${name}");
        for resource in self.resources {
            _ = write!(text, "(export \"{resource}\" (type ${resource} (sub resource)))");
        }
        for (name, ty) in self.types {
            _ = write!(
                text,
                "(type ${name}' {ty}) (export \"{name}\" (type ${name} (eq ${name}')))"
            );
        }
        for Function { name, ty, .. } in self.functions {
            _ = write!(text, "(export \"{name}\" (func {ty}))");
        }
        text + "))"
    }

    /// What a user of the contract `api` has of it: `lowers` makes core functions, `exports` hands them over, `imports`
    /// takes them, as `$name` and `$drop-resource`.
    fn used(&self) -> [String; 3] {
        let [mut lowers, mut exports, mut imports] = [const { String::new() }; 3];
        for Function { name, params, returns, .. } in self.functions {
            let id = id(name);
            let (params, result) = match returns {
                Returns::Value => (*params, "(result i32)"),
                Returns::Area => (params + 1, ""),
            };
            _ = write!(
                lowers,
                "(core func ${id}' (canon lower (func $api \"{name}\")
                    (memory $memory) (realloc (core func $realloc))))"
            );
            _ = write!(exports, "(export \"{name}\" (func ${id}'))");
            let params = core_params(params);
            _ = write!(imports, "(import \"api\" \"{name}\" (func ${id} {params} {result}))");
        }
        for resource in self.resources {
            _ = write!(
                lowers,
                "(alias export $api \"{resource}\" (type ${resource}))
                (core func $drop-{resource}' (canon resource.drop ${resource}))"
            );
            _ = write!(exports, "(export \"drop-{resource}\" (func $drop-{resource}'))");
            _ = write!(
                imports,
                "(import \"api\" \"drop-{resource}\" (func $drop-{resource} (param i32)))"
            );
        }
        [lowers, exports, imports]
    }

    /// The user, as the component `$User`. `body` is that of `run`, with a local `$h` (and `$r`).
    pub fn user(&self, guest: &Guest, body: &str) -> String {
        let [lowers, exports, imports] = self.used();
        let (api, libc, escape) = (self.import("api"), libc(guest, &[]), &guest.escape);
        format!(
            "(component $User {api} {libc} {lowers}
                (core module $main
                    {imports}
                    (import \"libc\" \"memory\" (memory 1))
                    (import \"libc\" \"table\" (table 1 funcref))
                    (elem (i32.const 0) func $escape)
                    (func $escape {escape})
                    (func (export \"run\") (result i32) (local $h i32) (local $r i32) {body}))
                (core instance $main (instantiate $main
                    (with \"libc\" (instance $libc))
                    (with \"api\" (instance {exports}))))
                (func (export \"run\") (result u32) (canon lift (core func $main \"run\"))))"
        )
    }

    /// Cap and user, composed.
    pub fn composed(&self, cap: &Guest, user: &Guest, body: &str) -> String {
        format!(
            "(component {} {}
                (instance $cap (instantiate $Cap))
                (instance $user (instantiate $User (with \"api\" (instance $cap))))
                (export \"run\" (func $user \"run\")))",
            self.cap(cap),
            self.user(user, body)
        )
    }
}

/// A call of the contract's function, with constants or expressions.
pub fn call(name: &str, arguments: &[&str]) -> String {
    let arguments = arguments.iter().map(|argument| match argument.parse::<i64>() {
        Ok(number) => format!("(i32.const {number})"),
        Err(_) => (*argument).to_owned(),
    });
    format!("(call ${} {})", id(name), arguments.collect::<Vec<_>>().join(" "))
}
