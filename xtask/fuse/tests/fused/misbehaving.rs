//! Guests that break the canonical ABI: what traps composed traps fused, and what is normalized is the same.

use super::guests::{Contract, Function, Guest, Returns, call};
use super::{Report, component, engine, fuse, run};

const fn value(
    name: &'static str,
    ty: &'static str,
    params: usize,
    body: &'static str,
) -> Function {
    Function { name, ty, params, returns: Returns::Value, body }
}

const fn area(name: &'static str, ty: &'static str, params: usize, body: &'static str) -> Function {
    Function { name, ty, params, returns: Returns::Area, body }
}

/// (pointer, length) as they came.
const PAIR: &str = "(i32.store (i32.const 1024) (local.get 0)) (i32.store (i32.const 1028) (local.get 1)) (i32.const 1024)";
const FIRST: &str = "(local.get 0)";
const SECOND: &str = "(local.get 1)";
const LOAD: &str = "(i32.load (local.get 0))";

const CONTRACT: Contract = Contract {
    resources: &["thing", "other"],
    types: &[
        ("color", "(enum \"red\" \"green\" \"blue\")"),
        ("perms", "(flags \"a\" \"b\" \"c\")"),
        ("choice", "(variant (case \"none\") (case \"number\" u32) (case \"text\" string))"),
        ("padded", "(record (field \"a\" u32) (field \"b\" u64) (field \"c\" u8))"),
        ("mixed", "(record (field \"a\" u32) (field \"b\" u64) (field \"c\" bool))"),
    ],
    functions: &[
        value(
            "[constructor]thing",
            "(param \"n\" u32) (result (own $thing))",
            1,
            "(call $new-thing (local.get 0))",
        ),
        value("[method]thing.value", "(param \"self\" (borrow $thing)) (result u32)", 1, FIRST),
        value(
            "[static]thing.eat",
            "(param \"t\" (own $thing)) (result u32)",
            1,
            "(call $rep-thing (local.get 0)) (call $drop-thing (local.get 0))",
        ),
        value(
            "[static]thing.both",
            "(param \"a\" (borrow $thing)) (param \"b\" (own $thing)) (result u32)",
            2,
            "(call $drop-thing (local.get 1)) (local.get 0)",
        ),
        value(
            "[static]thing.both2",
            "(param \"b\" (own $thing)) (param \"a\" (borrow $thing)) (result u32)",
            2,
            "(call $drop-thing (local.get 0)) (local.get 1)",
        ),
        value(
            "[static]thing.two",
            "(param \"a\" (borrow $thing)) (param \"b\" (borrow $thing)) (result u32)",
            2,
            "(i32.add (local.get 0) (local.get 1))",
        ),
        value(
            "[static]thing.many",
            "(param \"a\" (list (borrow $thing))) (param \"b\" (own $thing)) (result u32)",
            3,
            "(call $drop-thing (local.get 2)) (i32.load (local.get 0))",
        ),
        value("dropped", "(result u32)", 0, "(global.get $dropped)"),
        value("[constructor]other", "(result (own $other))", 0, "(call $new-other (i32.const 77))"),
        value("[method]other.peek", "(param \"self\" (borrow $other)) (result u32)", 1, FIRST),
        value("str", "(param \"s\" string) (result u32)", 2, SECOND),
        value("words", "(param \"l\" (list u32)) (result u32)", 2, SECOND),
        value("nested", "(param \"l\" (list string)) (result u32)", 2, SECOND),
        value("col", "(param \"c\" $color) (result u32)", 1, FIRST),
        value("per", "(param \"p\" $perms) (result u32)", 1, FIRST),
        value("cho", "(param \"v\" $choice) (result u32)", 3, FIRST),
        value(
            "opt",
            "(param \"o\" (option u32)) (result u32)",
            2,
            "(i32.add (i32.mul (local.get 0) (i32.const 100)) (local.get 1))",
        ),
        value("chr", "(param \"c\" char) (result u32)", 1, FIRST),
        value("boo", "(param \"b\" bool) (result u32)", 1, FIRST),
        value("byte", "(param \"x\" u8) (result u32)", 1, FIRST),
        value("sbyte", "(param \"x\" s8) (result u32)", 1, FIRST),
        value("short", "(param \"x\" u16) (result u32)", 1, FIRST),
        value("sshort", "(param \"x\" s16) (result u32)", 1, FIRST),
        value("bools", "(param \"l\" (list bool)) (result u32)", 2, LOAD),
        value(
            "last-bool",
            "(param \"l\" (list bool)) (result u32)",
            2,
            "(i32.load8_u (i32.add (local.get 0) (i32.sub (local.get 1) (i32.const 1))))",
        ),
        value("colors", "(param \"l\" (list $color)) (result u32)", 2, LOAD),
        value("permits", "(param \"l\" (list $perms)) (result u32)", 2, LOAD),
        value("chars", "(param \"l\" (list char)) (result u32)", 2, LOAD),
        value(
            "records",
            "(param \"l\" (list $padded)) (result u32)",
            2,
            "(i32.add (i32.load (local.get 0)) (i32.load8_u offset=16 (local.get 0)))",
        ),
        value(
            "mixtures",
            "(param \"l\" (list $mixed)) (result u32)",
            2,
            "(i32.add (i32.load (local.get 0)) (i32.load8_u offset=16 (local.get 0)))",
        ),
        // What lies in the padding of all.
        value(
            "padding",
            "(param \"l\" (list $padded)) (result u32)",
            2,
            "(local $all i32)
            (local.set 1 (i32.add (local.get 0) (i32.mul (local.get 1) (i32.const 24))))
            (loop $next
                (local.set $all (i32.or (local.get $all) (i32.or
                    (i32.load offset=4 (local.get 0))
                    (i32.shr_u (i32.load offset=16 (local.get 0)) (i32.const 8)))))
                (local.set $all (i32.or (local.get $all) (i32.load offset=20 (local.get 0))))
                (br_if $next (i32.lt_u
                    (local.tee 0 (i32.add (local.get 0) (i32.const 24))) (local.get 1))))
            (local.get $all)",
        ),
        area("rstr", "(param \"p\" u32) (param \"n\" u32) (result string)", 2, PAIR),
        value("rcol", "(param \"x\" u32) (result $color)", 1, FIRST),
        value("rchr", "(param \"x\" u32) (result char)", 1, FIRST),
        value("rboo", "(param \"x\" u32) (result bool)", 1, FIRST),
        value("rbyte", "(param \"x\" u32) (result u8)", 1, FIRST),
        value("rthing", "(param \"x\" u32) (result (own $thing))", 1, FIRST),
        area("rlist", "(param \"p\" u32) (param \"n\" u32) (result (list u32))", 2, PAIR),
    ],
};

const DATA: &str = r#"
    (data (i32.const 16) "abc\ff") (data (i32.const 32) "\e2\82\ac") (data (i32.const 48) "\ed\a0\80")
    (data (i32.const 64) "\c0\80") (data (i32.const 80) "\f4\90\80\80") (data (i32.const 96) "\02\00\05\01")
    (data (i32.const 112) "\10\00\00\00\03\00\00\00\20\00\00\00\03\00\00\00")
    (data (i32.const 128) "\10\00\00\00\03\00\00\00\10\00\00\00\04\00\00\00")
    (data (i32.const 160) "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\80")
    (data (i32.const 256) "\01\00\02\00\01\00\02\00\01\00\02\00\01\00\02\00\01\00\02\00\01\00\02\00\01\00\02\00\01\00\02\07")
    (data (i32.const 320) "a\00\00\00\ff\ff\10\00\ff\d7\00\00\00\e0\00\00\00\d8\00\00\00\00\11\00\ff\df\00\00")
    (data (i32.const 384) "\07\00\00\00\ff\ff\ff\ff\08\00\00\00\00\00\00\00\09\ff\ff\ff\ff\ff\ff\ff")"#;

/// At 4096, bytes that are all set.
fn data() -> String {
    format!("{DATA} (data (i32.const 4096) \"{}\")", r"\ff".repeat(120))
}

fn cases() -> Vec<(&'static str, String)> {
    let thing = || call("[constructor]thing", &["5"]);
    let other = || call("[constructor]other", &[]);
    let value = |handle: &str| call("[method]thing.value", &[handle]);
    let kept = |rest: String| format!("(local.set $h {}) {rest}", thing());
    let h = "(local.get $h)";
    let eat = |handle: &str| call("[static]thing.eat", &[handle]);
    let drop = |handle: &str| call("drop-thing", &[handle]);
    let area = |name: &str, pointer: &str, length: &str| {
        format!("{} (i32.load (i32.const 2052))", call(name, &[pointer, length, "2048"]))
    };
    let one = |call: String| format!("{call} (i32.const 1)");
    let borrows = |second: &str| {
        format!("(i32.store (i32.const 2000) {h}) (i32.store (i32.const 2004) {second})")
    };
    let many = |count: &str, own: &str| call("[static]thing.many", &["2000", count, own]);
    vec![
        ("string", call("str", &["16", "3"])),
        ("string, not UTF-8", call("str", &["16", "4"])),
        ("string, euro", call("str", &["32", "3"])),
        ("string, cut off", call("str", &["32", "2"])),
        ("string, surrogate", call("str", &["48", "3"])),
        ("string, overlong", call("str", &["64", "2"])),
        ("string, above 10ffff", call("str", &["80", "4"])),
        ("string, wrong at 56", call("str", &["160", "57"])),
        ("string, 56 bytes", call("str", &["160", "56"])),
        ("string, out of bounds", call("str", &["262140", "10"])),
        ("string, length -1", call("str", &["16", "-1"])),
        ("string, empty and out of bounds", call("str", &["262145", "0"])),
        ("string, empty at the end", call("str", &["262144", "0"])),
        ("string, length 2^31", call("str", &["0", "-2147483648"])),
        ("list", call("words", &["16", "3"])),
        ("list, misaligned", call("words", &["17", "1"])),
        ("list, misaligned and empty", call("words", &["17", "0"])),
        ("list, out of bounds", call("words", &["262140", "2"])),
        ("list, bytes overflow", call("words", &["16", "1073741825"])),
        ("list, nearly all of 4 GiB", call("words", &["16", "1073741823"])),
        ("list, empty and out of bounds", call("words", &["262148", "0"])),
        ("list, empty at the end", call("words", &["262144", "0"])),
        ("list, empty at 0", call("words", &["0", "0"])),
        ("list, empty at -4", call("words", &["-4", "0"])),
        ("nested", call("nested", &["112", "2"])),
        ("nested, not UTF-8", call("nested", &["128", "2"])),
        ("nested, out of bounds", call("nested", &["262136", "2"])),
        ("nested, bytes overflow", call("nested", &["112", "536870913"])),
        ("nested, address wraps", call("nested", &["-8", "2"])),
        ("nested, empty and out of bounds", call("nested", &["262148", "0"])),
        ("nested, misaligned", call("nested", &["114", "1"])),
        ("enum", call("col", &["2"])),
        ("enum, no such case", call("col", &["3"])),
        ("enum, -1", call("col", &["-1"])),
        ("flags, unnamed bits", call("per", &["255"])),
        ("variant, no such case", call("cho", &["3", "0", "0"])),
        ("variant, text not UTF-8", call("cho", &["2", "16", "4"])),
        ("variant, number", call("cho", &["1", "7", "9"])),
        ("option, no such case", call("opt", &["2", "5"])),
        ("option, none with a value", call("opt", &["0", "5"])),
        ("option, some", call("opt", &["1", "5"])),
        ("char, first surrogate", call("chr", &["55296"])),
        ("char, last surrogate", call("chr", &["57343"])),
        ("char, behind surrogates", call("chr", &["57344"])),
        ("char, 110000", call("chr", &["1114112"])),
        ("char, 10ffff", call("chr", &["1114111"])),
        ("char, -1", call("chr", &["-1"])),
        ("bool, 2", call("boo", &["2"])),
        ("bool, 256", call("boo", &["256"])),
        ("u8, wide", call("byte", &["511"])),
        ("s8, wide", call("sbyte", &["511"])),
        ("s8, 80", call("sbyte", &["128"])),
        ("u16, wide", call("short", &["131071"])),
        ("s16, wide", call("sshort", &["98304"])),
        ("list of bools", call("bools", &["96", "4"])),
        ("list of 20 bools", call("bools", &["256", "20"])),
        ("list of 32 bools, the last one", call("last-bool", &["256", "32"])),
        ("list of 31 bools, the last one", call("last-bool", &["256", "31"])),
        ("list of bools, empty and out of bounds", call("bools", &["262145", "0"])),
        ("list of enums", call("colors", &["256", "4"])),
        ("list of 31 enums", call("colors", &["256", "31"])),
        ("list of 32 enums, the last one wrong", call("colors", &["256", "32"])),
        ("list of enums, one wrong", call("colors", &["96", "4"])),
        ("list of flags", call("permits", &["96", "4"])),
        ("list of 20 flags", call("permits", &["384", "20"])),
        ("list of chars", call("chars", &["320", "4"])),
        ("list of chars, a surrogate", call("chars", &["320", "5"])),
        ("list of chars, a surrogate in a step", call("chars", &["328", "4"])),
        ("list of chars, too large", call("chars", &["340", "1"])),
        ("list of chars, the last surrogate", call("chars", &["344", "1"])),
        ("list of chars, out of bounds", call("chars", &["262140", "4"])),
        ("list of records", call("records", &["384", "1"])),
        ("list of 3 records", call("records", &["4096", "3"])),
        ("list of records and bools", call("mixtures", &["384", "1"])),
        ("padding of a record", call("padding", &["384", "1"])),
        ("padding of 2 records", call("padding", &["4096", "2"])),
        ("padding of 5 records", call("padding", &["4096", "5"])),
        ("list of records, misaligned", call("records", &["388", "1"])),
        ("list of records, out of bounds", call("records", &["262136", "1"])),
        ("result string", area("rstr", "16", "3")),
        ("result string, not UTF-8", area("rstr", "16", "4")),
        ("result string, out of bounds", area("rstr", "262140", "10")),
        ("result enum, no such case", call("rcol", &["5"])),
        ("result char, surrogate", call("rchr", &["55552"])),
        ("result bool, 7", call("rboo", &["7"])),
        ("result u8, wide", call("rbyte", &["4660"])),
        ("result list", area("rlist", "16", "2")),
        ("result list, misaligned", area("rlist", "18", "1")),
        ("result, to a misaligned place", one(call("rstr", &["16", "3", "2049"]))),
        ("result, out of bounds", one(call("rstr", &["16", "3", "262144"]))),
        ("result, own of nothing", call("rthing", &["33"])),
        ("result, own 0", call("rthing", &["0"])),
        ("thing", value(&thing())),
        ("thing 0", value("0")),
        ("thing that never was", value("99")),
        ("thing -1", value("-1")),
        ("other as thing", value(&other())),
        ("other as thing, moved", eat(&other())),
        ("thing as other", call("[method]other.peek", &[&thing()])),
        ("moved, then used", kept(format!("(drop {}) {}", eat(h), value(h)))),
        ("moved", eat(&thing())),
        ("moved twice", kept(format!("(drop {}) {}", eat(h), eat(h)))),
        ("moved, and destroyed", format!("(drop {}) {}", eat(&thing()), call("dropped", &[]))),
        ("dropped", format!("{} {}", drop(&thing()), call("dropped", &[]))),
        ("dropped twice", kept(format!("{} {} (i32.const 1)", drop(h), drop(h)))),
        ("dropped as another", one(call("drop-other", &[&thing()]))),
        ("dropped, then used", kept(format!("{} {}", drop(h), value(h)))),
        ("lent and moved", kept(call("[static]thing.both", &[h, h]))),
        ("moved and lent", kept(call("[static]thing.both2", &[h, h]))),
        ("lent twice", kept(call("[static]thing.two", &[h, h]))),
        ("one lent, one moved", kept(call("[static]thing.both", &[&thing(), h]))),
        (
            "lent, then used",
            kept(format!("(drop {}) {}", call("[static]thing.both", &[h, &thing()]), value(h))),
        ),
        ("list of borrows, one moved", kept(format!("{} {}", borrows(h), many("1", h)))),
        (
            "list of borrows, another moved",
            kept(format!(
                "{} (drop {}) {} (i32.const 3)",
                borrows(h),
                many("2", &thing()),
                drop(h)
            )),
        ),
        (
            "list of borrows, one dead",
            kept(format!("{} {}", borrows("(i32.const 77)"), many("2", h))),
        ),
        ("the number of another", kept(format!("{} (drop {}) {}", drop(h), other(), value(h)))),
    ]
}

#[test]
fn guests_that_break_the_abi_end_as_they_do_composed() {
    let engine = engine();
    let guest = Guest { data: data(), ..Guest::default() };
    let mut report = Report::default();
    for (name, body) in cases() {
        let composed = component(&CONTRACT.composed(&guest, &guest, &body));
        report.check(name, run(&engine, &composed), run(&engine, &fuse(&composed)));
    }
    report.finish();
}

#[test]
fn an_allocator_that_lies_ends_as_it_does_composed() {
    let engine = engine();
    let good = Guest { data: data(), ..Guest::default() };
    let mut report = Report::default();
    for lie in ["65537", "262140", "262145", "-8", "-1"] {
        let bad = Guest { realloc: format!("(return (i32.const {lie}))"), ..good.clone() };
        let list = format!("{} (i32.load (i32.const 2052))", call("rlist", &["16", "4", "2048"]));
        for (name, cap, user, body) in [
            ("words", &bad, &good, call("words", &["16", "4"])),
            ("an empty list", &bad, &good, call("words", &["16", "0"])),
            ("bools", &bad, &good, call("bools", &["16", "4"])),
            ("no bools", &bad, &good, call("bools", &["16", "0"])),
            ("a string", &bad, &good, call("str", &["16", "3"])),
            ("strings", &bad, &good, call("nested", &["112", "2"])),
            ("no strings", &bad, &good, call("nested", &["112", "0"])),
            ("a result", &good, &bad, list),
        ] {
            let composed = component(&CONTRACT.composed(cap, user, &body));
            let name = format!("{name}, allocated at {lie}");
            report.check(&name, run(&engine, &composed), run(&engine, &fuse(&composed)));
        }
    }
    report.finish();
}
