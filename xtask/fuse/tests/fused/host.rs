//! The host's resources, used by two parts: each has numbers of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use wasmtime::component::{Linker, Resource, ResourceType};
use wasmtime::{Engine, StoreContextMut};

use super::{Report, Returned, Trapped, component, engine, fuse, run_with};

struct File;

/// Files are numbers. `closed` counts those that were.
fn linker(engine: &Engine) -> Linker<()> {
    let mut linker = Linker::new(engine);
    let closed = Arc::new(AtomicU32::new(0));
    let mut host = linker.instance("host").unwrap();
    let count = closed.clone();
    let close = move |_: StoreContextMut<()>, _| {
        count.fetch_add(1, Ordering::Relaxed);
        Ok(())
    };
    host.resource("file", ResourceType::host::<File>(), close).unwrap();
    host.func_wrap("open", |_, (n,): (u32,)| Ok((Resource::<File>::new_own(n),))).unwrap();
    host.func_wrap("read", |_, (file,): (Resource<File>,)| Ok((file.rep(),))).unwrap();
    host.func_wrap("name", |_, (file,): (Resource<File>,)| Ok((format!("file {}", file.rep()),)))
        .unwrap();
    host.func_wrap("sum", |_, (files,): (Vec<Resource<File>>,)| {
        Ok((files.iter().map(Resource::rep).sum::<u32>(),))
    })
    .unwrap();
    host.func_wrap("list", |_, ()| {
        let file = |n: u32| (format!("file {n}"), Resource::<File>::new_own(n));
        Ok(((20..23).map(file).collect::<Vec<_>>(),))
    })
    .unwrap();
    host.func_wrap("swallow", |_, (file,): (Resource<File>,)| Ok((file.rep(),))).unwrap();
    host.func_wrap("closed", move |_, ()| Ok((closed.load(Ordering::Relaxed),))).unwrap();
    linker
}

/// Name, type, core parameters and results as lowered.
const HOST: [(&str, &str, &str); 7] = [
    ("open", "(param \"n\" u32) (result (own $file))", "(param i32) (result i32)"),
    ("read", "(param \"f\" (borrow $file)) (result u32)", "(param i32) (result i32)"),
    ("name", "(param \"f\" (borrow $file)) (result string)", "(param i32 i32)"),
    ("sum", "(param \"f\" (list (borrow $file))) (result u32)", "(param i32 i32) (result i32)"),
    ("list", "(result (list (tuple string (own $file))))", "(param i32)"),
    ("swallow", "(param \"f\" (own $file)) (result u32)", "(param i32) (result i32)"),
    ("closed", "(result u32)", "(result i32)"),
];

/// Of the part beside the user.
const OTHER: [(&str, &str, &str); 4] = [
    ("steal", "(param \"n\" u32) (result u32)", "(param i32) (result i32)"),
    ("close", "(param \"n\" u32) (result u32)", "(param i32) (result i32)"),
    ("look", "(param \"f\" (borrow $file)) (result u32)", "(param i32) (result i32)"),
    ("keep", "(param \"f\" (own $file)) (result u32)", "(param i32) (result i32)"),
];

fn host_import() -> String {
    let functions = HOST.map(|(name, ty, _)| format!("(export \"{name}\" (func {ty}))")).concat();
    format!(
        "(import \"host\" (instance $host (export \"file\" (type $file (sub resource))) {functions}))
        (alias export $host \"file\" (type $file))"
    )
}

/// A part with a memory, the host's functions and a `main` with these functions.
fn part(name: &str, more: [&str; 4], functions: &str, lifts: &str) -> String {
    let lowers = HOST.map(|(name, ..)| {
        format!(
            "(core func ${name}' (canon lower (func $host \"{name}\")
                (memory $memory) (realloc (core func $realloc))))"
        )
    });
    let given = HOST.map(|(name, ..)| format!("(export \"{name}\" (func ${name}'))")).concat();
    let imports = HOST
        .map(|(name, _, core)| format!("(import \"host\" \"{name}\" (func ${name} {core}))"))
        .concat();
    let [import, lower, take, give] = more;
    format!(
        "(component {name} {host} {import}
            (core module $libc
                (memory (export \"memory\") 1)
                (global $end (mut i32) (i32.const 8192))
                (func (export \"realloc\") (param i32 i32 i32 i32) (result i32)
                    (global.set $end (i32.add (i32.const 64) (global.get $end)))
                    (global.get $end)))
            (core instance $libc (instantiate $libc))
            (alias core export $libc \"memory\" (core memory $memory))
            (alias core export $libc \"realloc\" (core func $realloc))
            {lowers} {lower}
            (core func $drop' (canon resource.drop $file))
            (core module $main
                {imports} {take}
                (import \"host\" \"drop\" (func $drop (param i32)))
                (import \"libc\" \"memory\" (memory 1))
                {functions})
            (core instance $main (instantiate $main
                (with \"libc\" (instance $libc))
                (with \"host\" (instance {given} (export \"drop\" (func $drop')))) {give}))
            {lifts})",
        host = host_import(),
        lowers = lowers.concat(),
    )
}

fn other() -> String {
    let lifts = OTHER.map(|(name, ty, _)| {
        format!("(func (export \"{name}\") {ty} (canon lift (core func $main \"{name}\")))")
    });
    part(
        "$Other",
        [""; 4],
        "(func (export \"steal\") (param i32) (result i32) (call $read (local.get 0)))
        (func (export \"close\") (param i32) (result i32) (call $drop (local.get 0)) (i32.const 0))
        (func (export \"look\") (param i32) (result i32)
            (call $read (local.get 0)) (call $drop (local.get 0)))
        (func (export \"keep\") (param i32) (result i32)
            (call $read (local.get 0)) (call $drop (local.get 0)))",
        &lifts.concat(),
    )
}

fn composed(body: &str) -> String {
    let exports = OTHER.map(|(name, ty, _)| format!("(export \"{name}\" (func {ty}))")).concat();
    let import = format!(
        "(import \"other\" (instance $other
            (alias outer $User $file (type $file'))
            (export \"file\" (type $file (eq $file'))) {exports}))"
    );
    let lower = OTHER
        .map(|(name, ..)| format!("(core func ${name}' (canon lower (func $other \"{name}\")))"))
        .concat();
    let take = OTHER
        .map(|(name, _, core)| format!("(import \"other\" \"{name}\" (func ${name} {core}))"))
        .concat();
    let given = OTHER.map(|(name, ..)| format!("(export \"{name}\" (func ${name}'))")).concat();
    let give = format!("(with \"other\" (instance {given}))");
    let run = format!(
        "(func (export \"run\") (result i32) (local $h i32) (local $r i32)
            (local.set $h (call $open (i32.const 7))) {body})"
    );
    let user = part(
        "$User",
        [&import, &lower, &take, &give],
        &run,
        "(func (export \"run\") (result u32) (canon lift (core func $main \"run\")))",
    );
    let other = other().replacen(
        "(core module $libc",
        "(export $shown \"file\" (type $file)) (core module $libc",
        1,
    );
    format!(
        "(component {} {other} {user}
            (instance $other (instantiate $Other (with \"host\" (instance $host))))
            (instance $user (instantiate $User
                (with \"host\" (instance $host)) (with \"other\" (instance $other))))
            (export \"run\" (func $user \"run\")))",
        host_import()
    )
}

#[test]
fn handles_of_the_host_end_as_they_do_composed() {
    let h = "(local.get $h)";
    let files = "(i32.store (i32.const 64) (local.get $h))";
    let cases = [
        ("used", "(call $read (local.get $h))".to_owned(), Returned(7)),
        (
            "its name, which the host writes",
            "(call $name (local.get $h) (i32.const 64))
                (i32.load8_u offset=5 (i32.load (i32.const 64)))"
                .to_owned(),
            Returned('7'.into()),
        ),
        ("a number that never was", "(call $read (i32.const 9))".to_owned(), Trapped),
        ("another's number", format!("(call $steal {h})"), Trapped),
        (
            "another's number, once there was one",
            format!("(drop (call $look {h})) (call $steal {h})"),
            Trapped,
        ),
        ("any number of another's", "(call $steal (i32.const 1))".to_owned(), Trapped),
        ("another closes it", format!("(call $close {h})"), Trapped),
        ("lent to another", format!("(call $look {h})"), Returned(7)),
        (
            "lent to another, then used",
            format!("(drop (call $look {h})) (call $read {h})"),
            Returned(7),
        ),
        ("given to another", format!("(call $keep {h})"), Returned(7)),
        (
            "given to another, closed there",
            format!("(drop (call $keep {h})) (call $closed)"),
            Returned(1),
        ),
        (
            "given to another, then used",
            format!("(drop (call $keep {h})) (call $read {h})"),
            Trapped,
        ),
        (
            "a list of two",
            format!(
                "{files} (i32.store offset=4 (i32.const 64) (call $open (i32.const 8)))
                (call $sum (i32.const 64) (i32.const 2))"
            ),
            Returned(15),
        ),
        (
            "a list with a forged one",
            format!(
                "{files} (i32.store offset=4 (i32.const 64) (i32.const 77))
                (call $sum (i32.const 64) (i32.const 2))"
            ),
            Trapped,
        ),
        ("a list out of bounds", "(call $sum (i32.const 65532) (i32.const 2))".to_owned(), Trapped),
        (
            "made by the host in a list with strings",
            "(call $list (i32.const 64))
                (call $read (i32.load offset=20 (i32.load (i32.const 64))))"
                .to_owned(),
            Returned(21),
        ),
        ("given back", format!("(call $swallow {h})"), Returned(7)),
        ("given back, then used", format!("(drop (call $swallow {h})) (call $read {h})"), Trapped),
        ("closed", format!("(call $drop {h}) (call $closed)"), Returned(1)),
        ("closed twice", format!("(call $drop {h}) (call $drop {h}) (i32.const 1)"), Trapped),
    ];
    let engine = engine();
    let mut report = Report::default();
    for (name, body, expected) in cases {
        let composed = component(&composed(&body));
        let fused = fuse(&composed);
        let [composed, fused] =
            [composed, fused].map(|bytes| run_with(&engine, &bytes, &linker(&engine)));
        report.expect(name, expected, composed, fused);
    }
    report.finish();
}
