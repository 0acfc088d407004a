//! Makes up contracts, valid ones mostly, of few names that are near to each other and to what generators write.

use std::collections::BTreeSet;
use std::fmt::Write as _;

/// A sequence of numbers that a seed determines (xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn pick<'a>(&mut self, items: &[&'a str]) -> &'a str {
        items[self.below(items.len())]
    }
}

const PACKAGES: &[&str] = &[
    "tw:api",
    "tw:api",
    "tw:api",
    "demo:text",
    "exports:a",
    "encode:api",
    "link:write",
    "copy:copy",
    "a:b",
];
const INTERFACES: &[&str] = &["api", "a", "b", "a-b", "b-a", "types", "list", "own", "borrow-a"];

/// Names that seldom meet anything.
const PLAIN: &[&str] = &[
    "alpha", "beta", "gamma", "delta", "kind", "size", "name", "mode", "data", "item", "level",
    "read", "write", "open", "close", "flush", "count", "text", "value-of", "first-of", "x", "y",
    "z", "k1", "k2", "k3",
];
/// Names that meet others, helpers, variables of generated functions and words of C, in families that are near to each
/// other.
const NASTY: &[&[&str]] = &[
    &[
        "foo",
        "foo-free",
        "foo-new",
        "foo-rep",
        "foo-drop-own",
        "foo-drop-borrow",
        "foo-destructor",
        "foo-t",
    ],
    &[
        "foo",
        "bar",
        "own-foo",
        "borrow-foo",
        "foo-bar",
        "method-foo-bar",
        "static-foo-bar",
        "constructor-foo",
    ],
    &[
        "u8-t",
        "list-u8",
        "option-u8",
        "result-u8-string",
        "tuple2-u8-u8",
        "list-string",
        "string",
        "list-x",
        "x",
    ],
    &["a", "b", "a-b", "b-c", "A-C", "c", "b-t", "a-b-c"],
    &[
        "x", "maybe-x", "copied-x", "ret", "RET", "ret-area", "err", "self", "arg", "payload",
        "ptr", "len",
    ],
    &[
        "call", "result", "provider", "free", "memcpy", "malloc", "abort", "handle-a", "value",
        "reader", "writer", "i",
    ],
    &[
        "int", "INT", "bool", "size-t", "uint32-t", "restrict", "errno", "NULL", "union", "stdin",
        "class", "typeof",
    ],
    &["val", "tag", "is-some", "is-err", "ok", "f0", "f1", "base", "index", "bits", "to", "from"],
];
const PRIMITIVES: &[&str] = &[
    "u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64", "f32", "f64", "bool", "char", "string",
    "string",
];
const DOCS: &[&str] = &[
    "Plain words.",
    "C:\\tmp\\",
    "ends in a blank \\ ",
    "what??/",
    "*/ int x; /*",
    "a { b",
    "} c",
    "\"unclosed",
    "'",
    "#define x y",
    "// twice",
    "\u{2028}é \u{200b}",
    "%s %n \\n",
    "_Pragma(\"once\")",
];

/// What was made up.
pub struct Contract {
    pub text: String,
    /// There is nothing in it that could be refused.
    pub harmless: bool,
}

/// The contract of `seed`.
pub fn contract(seed: u64) -> Contract {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    // Some contracts have plain names only, which is what most are like, and some nasty ones only.
    let family = NASTY[random.below(NASTY.len())];
    let nasty = [0, 6, 2, 1][random.below(4)];
    let package = random.pick(PACKAGES);
    let mut text = format!("package {package}@0.1.0;\n");
    let mut taken = BTreeSet::new();
    let mut written: Vec<Written> = Vec::new();
    let mut odd = false;
    for _ in 0..1 + random.below(3) {
        let name = random.pick(INTERFACES);
        if taken.insert(name) {
            let own = Written { name, types: Vec::new(), resources: Vec::new() };
            let mut author = Author {
                random: &mut random,
                nasty,
                family,
                text: &mut text,
                taken: BTreeSet::new(),
                own,
                others: &written,
                odd: &mut odd,
            };
            author.interface();
            let own = author.own;
            written.push(own);
        }
    }
    // Names of several interfaces may meet, whatever they are.
    let harmless = nasty == 0 && written.len() == 1 && !odd;
    Contract { text, harmless }
}

/// An interface and what others can use of it.
struct Written {
    name: &'static str,
    types: Vec<String>,
    resources: Vec<String>,
}

/// Writes one interface.
struct Author<'a> {
    random: &'a mut Random,
    /// One name in so many is nasty; none for 0.
    nasty: usize,
    family: &'a [&'static str],
    text: &'a mut String,
    taken: BTreeSet<String>,
    own: Written,
    others: &'a [Written],
    /// Whether something was written that bindings do not have.
    odd: &'a mut bool,
}

impl Author<'_> {
    fn interface(&mut self) {
        self.docs();
        writeln!(self.text, "interface %{} {{", self.own.name).unwrap();
        if !self.others.is_empty() && self.random.one_in(2) {
            self.use_another();
        }
        for _ in 0..1 + self.random.below(8) {
            self.definition();
        }
        for _ in 0..1 + self.random.below(8) {
            let Some(name) = self.name() else { continue };
            self.docs();
            let signature = self.signature();
            let asynchronous = self.random.one_in(400);
            *self.odd |= asynchronous;
            writeln!(
                self.text,
                "  %{name}: {}func{signature};",
                if asynchronous { "async " } else { "" }
            )
            .unwrap();
        }
        self.text.push_str("}\n");
    }

    /// Takes a type or a resource over from an interface above, under a name of its own or the same.
    fn use_another(&mut self) {
        let other = &self.others[self.random.below(self.others.len())];
        let count = other.types.len() + other.resources.len();
        if count == 0 {
            return;
        }
        let at = self.random.below(count);
        let resource = at >= other.types.len();
        let from =
            if resource { &other.resources[at - other.types.len()] } else { &other.types[at] };
        let name = if self.random.one_in(2) { from.clone() } else { self.any_name() };
        self.taken.insert(name.to_lowercase());
        writeln!(self.text, "  use %{}.{{%{from} as %{name}}};", other.name).unwrap();
        if resource { &mut self.own.resources } else { &mut self.own.types }.push(name);
    }

    fn definition(&mut self) {
        let Some(name) = self.name() else { return };
        self.docs();
        let text = match self.random.below(6) {
            0 => format!(
                "record %{name} {{ {} }}",
                self.members(|author| format!(": {}", author.ty(2, false)))
            ),
            1 => format!("enum %{name} {{ {} }}", self.members(|_| String::new())),
            2 => format!("flags %{name} {{ {} }}", self.members(|_| String::new())),
            3 => {
                let payload = |author: &mut Self| match author.random.one_in(3) {
                    true => String::new(),
                    false => format!("({})", author.ty(2, false)),
                };
                format!("variant %{name} {{ {} }}", self.members(payload))
            }
            4 if !self.own.resources.is_empty() && self.random.one_in(3) => {
                let resource =
                    self.own.resources[self.random.below(self.own.resources.len())].clone();
                writeln!(self.text, "  type %{name} = %{resource};").unwrap();
                return self.own.resources.push(name);
            }
            4 => {
                let ty = self.ty(2, false);
                *self.odd |= ty.starts_with("own<");
                format!("type %{name} = {ty};")
            }
            _ => {
                self.resource(&name);
                return;
            }
        };
        writeln!(self.text, "  {text}").unwrap();
        self.own.types.push(name);
    }

    fn resource(&mut self, name: &str) {
        self.own.resources.push(name.to_owned());
        writeln!(self.text, "  resource %{name} {{").unwrap();
        if self.random.one_in(2) {
            let parameters = self.parameters();
            writeln!(self.text, "    constructor({parameters});").unwrap();
        }
        let mut taken = BTreeSet::new();
        for _ in 0..self.random.below(3) {
            let method = self.any_name();
            // A method cannot be called as its resource is.
            if !method.eq_ignore_ascii_case(name) && taken.insert(method.to_lowercase()) {
                self.docs();
                let kind = if self.random.one_in(3) { "static " } else { "" };
                let signature = self.signature();
                writeln!(self.text, "    %{method}: {kind}func{signature};").unwrap();
            }
        }
        self.text.push_str("  }\n");
    }

    fn signature(&mut self) -> String {
        let parameters = self.parameters();
        match self.random.one_in(4) {
            true => format!("({parameters})"),
            false => format!("({parameters}) -> {}", self.ty(3, false)),
        }
    }

    fn parameters(&mut self) -> String {
        let count = self.random.below(4);
        let mut taken = BTreeSet::new();
        let mut parameters = Vec::new();
        for _ in 0..count {
            let name = self.any_name();
            if taken.insert(name.to_lowercase()) {
                parameters.push(format!("%{name}: {}", self.ty(3, true)));
            }
        }
        parameters.join(", ")
    }

    fn members(&mut self, mut more: impl FnMut(&mut Self) -> String) -> String {
        let mut taken = BTreeSet::new();
        let mut members = Vec::new();
        for _ in 0..1 + self.random.below(4) {
            let name = self.any_name();
            if taken.insert(name.to_lowercase()) {
                let docs = if self.random.one_in(8) {
                    format!("/// {}\n", self.random.pick(DOCS))
                } else {
                    String::new()
                };
                members.push(format!("{docs}%{name}{}", more(self)));
            }
        }
        members.join(", ")
    }

    fn ty(&mut self, depth: usize, borrows: bool) -> String {
        if depth == 0 {
            return self.random.pick(PRIMITIVES).to_owned();
        }
        let inner = |author: &mut Self| author.ty(depth - 1, borrows);
        match self.random.below(16) {
            0 | 1 => format!("list<{}>", inner(self)),
            2 | 3 => format!("option<{}>", inner(self)),
            4 => match self.random.below(4) {
                0 => "result".to_owned(),
                1 => format!("result<{}>", inner(self)),
                2 => format!("result<_, {}>", inner(self)),
                _ => format!("result<{}, {}>", inner(self), inner(self)),
            },
            5 => format!("tuple<{}, {}>", inner(self), inner(self)),
            6..=9 if !self.own.types.is_empty() => {
                format!("%{}", self.own.types[self.random.below(self.own.types.len())])
            }
            10 | 11 if !self.own.resources.is_empty() => {
                let name = &self.own.resources[self.random.below(self.own.resources.len())];
                if borrows && self.random.one_in(2) {
                    format!("borrow<%{name}>")
                } else {
                    format!("own<%{name}>")
                }
            }
            12 if self.random.one_in(100) => {
                *self.odd = true;
                self.random
                    .pick(&[
                        "list<u32, 4>",
                        "error-context",
                        "stream<u8>",
                        "future",
                        "map<string, u8>",
                    ])
                    .to_owned()
            }
            _ => self.random.pick(PRIMITIVES).to_owned(),
        }
    }

    fn any_name(&mut self) -> String {
        let nasty = self.nasty > 0 && self.random.one_in(self.nasty);
        self.random.pick(if nasty { self.family } else { PLAIN }).to_owned()
    }

    /// A name that the interface does not have yet.
    fn name(&mut self) -> Option<String> {
        let name = self.any_name();
        self.taken.insert(name.to_lowercase()).then_some(name)
    }

    fn docs(&mut self) {
        if self.random.one_in(4) {
            let line = self.random.pick(DOCS);
            writeln!(self.text, "/// {line}").unwrap();
        }
    }
}
