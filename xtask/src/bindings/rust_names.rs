//! Names of a contract that meet in Rust: of types, of the traits and handles that stand for resources, and of the
//! functions of a trait.

use std::collections::BTreeMap;

use heck::ToUpperCamelCase as _;
use wit_parser::{Function, FunctionKind, Interface, Span, TypeDef, TypeDefKind, WorldItem};

use super::checked::World;
use crate::manifest::Diagnostics;

const HINT: &str = "rename one of them";

/// Fails with an error for each name of what the world exports that wit-bindgen-rust gives to two things.
pub fn check(world: &World) -> Result<(), Diagnostics> {
    let mut wrong = Diagnostics::default();
    let mut refuse = |span: Span, message: String, hint: &str| {
        wrong.error(&world.places.of(world.resolve, span), message, hint);
    };
    for item in world.resolve.worlds[world.id].exports.values() {
        let WorldItem::Interface { id, .. } = item else { continue };
        let interface = &world.resolve.interfaces[*id];
        let mut taken = BTreeMap::new();
        for (name, id) in &interface.types {
            let ty = &world.resolve.types[*id];
            for (rust, what) in names(name, ty) {
                if rust == "Self" {
                    refuse(
                        ty.span,
                        format!("{what} would be `Self` in Rust, a keyword"),
                        "rename it",
                    );
                } else if let Some(other) = taken.insert(rust.clone(), what.clone()) {
                    let message = format!("{what} and {other} have one name in Rust: `{rust}`");
                    refuse(ty.span, message, HINT);
                }
            }
        }
        for function in interface.functions.values().filter(|it| meets_constructor(it, interface)) {
            let name = &function.name;
            let message = format!(
                "the function `{name}` and the constructor of its resource have one name in Rust: `new`"
            );
            refuse(function.span, message, HINT);
        }
    }
    wrong.into_result(Some(()))
}

/// What a type is called, and what that is.
fn names(name: &str, ty: &TypeDef) -> Vec<(String, String)> {
    let class = name.to_upper_camel_case();
    let own = format!("the {} `{name}`", ty.kind.as_str());
    match ty.kind {
        TypeDefKind::Resource => vec![
            (format!("Guest{class}"), format!("the trait of the resource `{name}`")),
            (format!("{class}Borrow"), format!("what is lent of the resource `{name}`")),
            (class, own),
        ],
        _ => vec![(class, own)],
    }
}

fn meets_constructor(function: &Function, interface: &Interface) -> bool {
    let (FunctionKind::Method(resource) | FunctionKind::Static(resource)) = function.kind else {
        return false;
    };
    let constructs = |it: &Function| it.kind == FunctionKind::Constructor(resource);
    function.item_name() == "new" && interface.functions.values().any(constructs)
}
