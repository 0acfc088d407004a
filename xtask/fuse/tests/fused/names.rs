//! What a trap shows.

use wasmtime::Store;
use wasmtime::component::{Component, Linker};

use super::guests::{Contract, Function, Guest, Returns, call};
use super::{component, engine, fuse};

const CONTRACT: Contract = Contract {
    resources: &[],
    types: &[],
    functions: &[Function {
        name: "count",
        ty: "(param \"s\" string) (result u32)",
        params: 2,
        returns: Returns::Value,
        body: "(local.get 1)",
    }],
};

#[test]
fn a_trap_names_the_function_that_was_called() {
    let engine = engine();
    let guest = Guest { data: "(data (i32.const 16) \"\\ff\")".to_owned(), ..Guest::default() };
    let body = call("count", &["16", "1"]);
    let composed = format!(
        "(component {} {}
            (instance $inner (instantiate $Cap))
            (component $Shim {} (export \"test:names/api@1.0.0\" (instance $api)))
            (instance $cap (instantiate $Shim (with \"api\" (instance $inner))))
            (alias export $cap \"test:names/api@1.0.0\" (instance $api))
            (instance $user (instantiate $User (with \"api\" (instance $api))))
            (export \"run\" (func $user \"run\")))",
        CONTRACT.cap(&guest),
        CONTRACT.user(&guest, &body),
        CONTRACT.import("api"),
    );
    let component = Component::new(&engine, fuse(&component(&composed))).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &component).unwrap();
    let run = instance.get_typed_func::<(), (u32,)>(&mut store, "run").unwrap();
    let error = format!("{:?}", run.call(&mut store, ()).unwrap_err());
    assert!(error.contains("fuse-adapter!count"), "{error}");
    assert!(error.contains("fuse-adapter!check-utf8"), "{error}");
}
