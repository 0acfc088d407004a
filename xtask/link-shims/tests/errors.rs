//! What cannot be linked is refused, with its name and its place.

mod support;

use anyhow::Result;
use expect_test::{Expect, expect};
use support::Contract;

fn refused<T: std::fmt::Debug>(result: Result<T>, expected: Expect) {
    expected.assert_eq(&format!("{:#}", result.expect_err("refused")));
}

/// A contract of one interface `api` with the given items.
fn api(items: &str) -> Contract {
    let text = format!(
        "package a:b@1.0.0;
         world one {{ import api; }}
         world two {{ export api; }}
         interface api {{ {items} }}"
    );
    Contract::from_text(&text).expect("WIT")
}

fn worlds(import: &str, export: &str, rest: &str) -> Contract {
    let text =
        format!("package a:b@1.0.0; world one {{ {import} }} world two {{ {export} }} {rest}");
    Contract::from_text(&text).expect("WIT")
}

#[test]
fn futures_and_streams() {
    refused(
        api("f: func(x: list<future<u32>>);").dynlink(),
        expect![
            "world `one`: `a:b/api@1.0.0`: function `f`: parameter `x`: `future<u32>`: a future cannot be linked by a shim"
        ],
    );
    refused(
        api("record r { field: stream<u8> }").endpoint(),
        expect![
            "world `two`: `a:b/api@1.0.0`: type `r`: field `field`: `stream<u8>`: a stream cannot be linked by a shim"
        ],
    );
    refused(
        api("f: async func();").static_link(),
        expect![
            "world `one`: `a:b/api@1.0.0`: function `f`: an async function cannot be linked by a shim"
        ],
    );
}

#[test]
fn types_of_the_future() {
    refused(
        api("f: func() -> list<u8, 4>;").endpoint(),
        expect![
            "world `two`: `a:b/api@1.0.0`: function `f`: result: `list<u8, 4>`: a fixed-length list cannot be linked by a shim"
        ],
    );
    refused(
        api("f: func() -> option<map<string, u8>>;").dynlink(),
        expect![
            "world `one`: `a:b/api@1.0.0`: function `f`: result: `map<string, u8>`: a map cannot be linked by a shim"
        ],
    );
    refused(
        api("variant v { bad(error-context) }").dynlink(),
        expect![
            "world `one`: `a:b/api@1.0.0`: type `v`: case `bad`: `error-context` cannot be linked by a shim"
        ],
    );
    refused(
        api("resource r; type mine = own<r>;").dynlink(),
        expect![
            "world `one`: `a:b/api@1.0.0`: type `mine`: a name of its own for a handle; write the handle where it is used"
        ],
    );
}

#[test]
fn items_of_the_world_itself() {
    let types = "interface types { type t = u8; }";
    refused(
        worlds("import f: func();", "export f: func();", "").dynlink(),
        expect!["world `one`: function `f` is the world's own; put it in an interface"],
    );
    refused(
        worlds("import f: func();", "export f: func();", "").endpoint(),
        expect!["world `two`: function `f` is the world's own; put it in an interface"],
    );
    refused(
        worlds("use types.{t};", "", types).dynlink(),
        expect!["world `one`: type `t` is the world's own; put it in an interface"],
    );
    refused(
        worlds("resource r;", "", "").dynlink(),
        expect!["world `one`: type `r` is the world's own; put it in an interface"],
    );
    refused(
        worlds("import api: interface { f: func(); }", "", "").dynlink(),
        expect![
            "world `one`: `api` is an interface without a name of its own; define it in a package"
        ],
    );
}

/// What calls back, and what it may speak of.
#[test]
fn callbacks_that_speak_of_what_the_cap_serves() {
    let types = |cb: &str| {
        format!("interface api {{ resource thing; f: func(); }} interface cb {{ {cb} }}")
    };
    let plain = worlds("import api; export cb;", "import cb; export api;", &types("g: func();"));
    plain.dynlink().expect("they go their ways");
    plain.endpoint().expect("they go their ways");
    plain.static_link().expect("they go their ways");
    let uses = types("use api.{thing}; g: func(it: borrow<thing>);");
    let contract = worlds("import api; export cb;", "import cb; export api;", &uses);
    refused(
        contract.dynlink(),
        expect![
            "world `one`: `cb.g`: a handle of `thing` is the provider's; what calls back cannot have it"
        ],
    );
    refused(
        contract.endpoint(),
        expect![
            "world `two`: `a:b/api@1.0.0` is both imported and exported; what calls back cannot use what the cap exports"
        ],
    );
    refused(
        contract.static_link(),
        expect![
            "world `one`: `cb.g`: a handle of `thing` is the provider's; what calls back cannot have it"
        ],
    );
}

#[test]
fn relays_that_call_back() {
    let contract = worlds(
        "import api; export cb;",
        "import cb; export api;",
        "interface api { f: func(); } interface cb { g: func(); }",
    );
    refused(
        contract.relay(),
        expect![
            "world `one`: it exports `a:b/cb@1.0.0`, but nobody is called back from behind a relay"
        ],
    );
}

#[test]
fn interfaces_of_the_same_last_name() {
    let packages =
        "package x:y { interface api { f: func(); } } package x:z { interface api { f: func(); } }";
    let contract =
        worlds("import x:y/api; import x:z/api;", "export x:y/api; export x:z/api;", packages);
    let message = "`x:y/api` and `x:z/api` have the same last name; methods are named after it, so one world can have only one of them";
    for result in [contract.dynlink(), contract.endpoint()] {
        let error = format!("{:#}", result.expect_err("refused"));
        assert!(error.ends_with(message), "{error}");
    }
    contract.static_link().expect("plain calls are not named after interfaces");
}

#[test]
fn handles_of_another_provider() {
    let contract = worlds(
        "import makers; import users;",
        "",
        "interface makers { resource thing; } interface users { use makers.{thing}; f: func(x: list<thing>); }",
    );
    let provider =
        |interface: &str| Ok(if interface.contains("makers") { "m" } else { "u" }.to_owned());
    refused(
        link_shims::dynlink(&contract.side(contract.import), &provider),
        expect![
            "world `one`: `users.f`: a handle of `thing` is the provider `m`'s and cannot be passed to the provider `u`"
        ],
    );
    refused(
        link_shims::dynlink(&contract.side(contract.import), &|_| {
            anyhow::bail!("no cap exports it")
        }),
        expect!["world `one`: `a:b/makers@1.0.0`: no cap exports it"],
    );
}

#[test]
fn static_links_that_do_not_fit() {
    let empty = "interface api { f: func(); } interface other { g: func(); }";
    refused(
        worlds("import api;", "export other;", empty).static_link(),
        expect!["world `one`: no cap exports `a:b/api@1.0.0`"],
    );
    let contract = worlds("import api;", "export api;", empty);
    let (import, cap) = (contract.side(contract.import), contract.side(contract.cap));
    refused(
        link_shims::static_link(&import, &[cap, cap], &[]),
        expect!["world `one`: `a:b/api@1.0.0` is exported by both world `two` and world `two`"],
    );
    let pair = |old: &str, new: &str| {
        let old = format!("package x:y@1.0.0 {{ interface api {{ {old} }} }}");
        let new = format!("package x:y@1.1.0 {{ interface api {{ {new} }} }}");
        worlds("import x:y/api@1.0.0;", "export x:y/api@1.1.0;", &format!("{old} {new}"))
    };
    pair("f: func(x: u8);", "f: func(x: u8); g: func();")
        .static_link()
        .expect("a later version may have more");
    refused(
        pair("f: func(x: u8);", "f: func(x: u16);").static_link(),
        expect!["world `one`: `api.f`: not the same in `x:y/api@1.1.0` of world `two`"],
    );
    refused(
        pair("f: func(); g: func();", "f: func();").static_link(),
        expect!["world `one`: `api.g`: `x:y/api@1.1.0` has no such function"],
    );
    refused(
        pair("enum e { a, b } f: func(e: e);", "enum e { b, a } f: func(e: e);").static_link(),
        expect![
            "world `one`: `x:y/api@1.0.0`: type `e`: not the same in `x:y/api@1.1.0` of world `two`"
        ],
    );
    let lends =
        "interface types { record t { x: u8 } } interface api { use types.{t}; f: func(x: t); }";
    worlds("import api;", "export api;", lends).static_link().expect("one of them is renamed");
    worlds("import api;", "export api;", lends).endpoint().expect("one header only");
    let resolve = worlds(
        "import x:y/cb@1.0.0; export x:y/cb@1.0.0;",
        "import x:y/cb@1.1.0;",
        "package x:y@1.0.0 { interface cb { f: func(); } } package x:y@1.1.0 { interface cb { f: func(); } }",
    );
    resolve.static_link().expect("two versions have two names in C");
    let side = |version: &str, functions: &str| {
        let package = format!("package x:y@{version} {{ interface cb {{ {functions} }} }}");
        let (out, cb) = ("import x:y/cb@", "export x:y/cb@");
        worlds(&format!("{out}{version}; {cb}{version};"), &format!("{out}{version};"), &package)
    };
    let (old, new) = (side("1.0.0", "f: func();"), side("1.1.0", "f: func(); g: func();"));
    let link = |import: &Contract, cap: &Contract| {
        link_shims::static_link(&import.side(import.import), &[cap.side(cap.cap)], &[])
    };
    link(&new, &old).expect("what is exported has all that is imported");
    refused(
        link(&old, &new),
        expect![
            "world `one`: `x:y/cb@1.1.0` of world `two` has `x_y_cb_g`, which another world that imports it has not; let both import the same version"
        ],
    );
}

#[test]
fn providers_without_a_proper_name() {
    let contract = api("f: func();");
    refused(
        link_shims::endpoint(&contract.side(contract.cap), "a \"cap\"", "1"),
        expect!["`a \"cap\"` is not the name or version of a provider"],
    );
}

/// Where work doubled with each level, this would not end.
#[test]
fn nesting_costs_no_more_than_its_depth() {
    let nested = |kind: &str, inner: &str| format!("{}{inner}{}", kind.repeat(60), ">".repeat(60));
    for ty in [nested("option<", "u8"), nested("list<", "string"), nested("result<_, ", "string")] {
        let contract = api(&format!("f: func(x: {ty}) -> {ty};"));
        contract.static_link().expect("both sides mean the same");
        contract.dynlink().expect("there is a provider");
        contract.endpoint().expect("there is an implementation");
    }
}
