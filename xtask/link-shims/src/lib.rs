//! WIT to the C that links a contract's two sides without the component model between them.
//!
//! The header that wit-bindgen-c generates for a world is the one API; which `.c` file is linked decides how a call
//! travels. wit-bindgen-c writes the file for composed components; this crate writes the others, against the same
//! headers, from the same `Resolve`:
//!
//! * [`dynlink()`]: `<world>_dynlink.c`, an extension's imports as calls of a provider over compose:dynlink;
//! * [`endpoint()`]: `<world>_endpoint.c`, a cap's exports as methods of such a provider;
//! * [`relay()`]: the same of what is imported, for a provider that is composed with whatever exports the contract;
//! * [`static_link()`]: `<world>_static.c`, an extension's imports as plain calls of a cap in the same module.
//!
//! A cap in Rust has one more, in all modes: [`rust()`], `<world>_rust.c`, what its header declares as its own, as calls of
//! what wit-bindgen-rust writes. One that is tested in native processes has [`native()`], `<world>_native.c`: what bindings give a cap.
//!
//! Each file defines every function that its header declares and that is not the cap's own, helpers included.
//! Ownership is the same in all modes, and as wit-bindgen-c has it: an importing caller keeps its arguments and frees
//! its results with the header's `*_free`, an exporting callee owns its arguments.
//!
//! How it is built: `names` has wit-bindgen-c's naming rules; `support` refuses what cannot be linked, and a `refusal` tells where it is; `header` is
//! what a generated header declares and the only thing that the rest asks, `function` and `signature` are its functions;
//! `codec` with `encode` and `decode` writes the C functions between types and CBOR, `copies` those from one side's types
//! to the other's (`shape` tells whether both sides mean the same), `helpers` those that headers declare; `describe` the
//! contract as data, for consumers that have no shim; `place` and
//! `text` put C together. One module a file that is generated: `dynlink`, `endpoint`, `static_link`, `rust` (with `flat`).
//!
//! What is public besides is for `python-modules`, which writes C against the same headers.
//!
//! The same input gives the same text. Nothing here reads or writes files.

mod calls;
pub mod codec;
mod copies;
mod decode;
mod describe;
mod dynlink;
mod encode;
mod endpoint;
mod flat;
mod forward;
pub mod function;
mod handlers;
pub mod header;
mod helpers;
pub mod names;
mod native;
pub mod place;
mod refusal;
mod rename;
mod rust;
mod shape;
pub mod signature;
mod static_link;
mod support;
pub mod text;
mod unavailable;
pub mod ways;

use wit_parser::{Resolve, WorldId};

pub use dynlink::dynlink;
pub use endpoint::{endpoint, relay};
pub use names::wit_name;
pub use native::native;
pub use refusal::Refusal;
pub use rust::{RUST_PREFIX, RustResource, rust, rust_resources};
pub use static_link::static_link;

/// One side of a contract: a world that imports it, or one that exports it.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    /// What wit-bindgen-c is given, too.
    pub resolve: &'a Resolve,
    pub world: WorldId,
}

/// A generated file.
#[derive(Debug)]
pub struct CFile {
    /// Its name, without a folder.
    pub name: String,
    pub text: String,
}
