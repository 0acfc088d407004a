//! What generators write for a world, and whether it is C.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use heck::ToSnakeCase as _;
use link_shims::Side;
use wit_bindgen_core::Files;
use wit_parser::{Resolve, TypeDefKind, WorldId};

use super::c_text::CText;
use super::clashes::Unit;
use super::contain::contain;
use super::origins::Origins;
use super::{comments, limits, stem};
use crate::manifest::wit::Places;
use crate::manifest::{Diagnostics, Linkage, Location, ResolvedWorld};

/// What shims include beside the bindings' headers.
const LINK_H: &str = include_str!("../../../cpython-ext/common/link.h");
const ENDPOINT_H: &str = include_str!("../../../caps/common/endpoint.h");
/// What native tests include.
const HANDLES_H: &str = include_str!("../../../caps/common/tests/handles_native.h");
const CBOR_H: &str = include_str!("../../../cpython-ext/common/cbor.h");
/// What extension modules include beside them.
const ARGUMENTS_H: &str = include_str!("../../../cpython-ext/common/arguments_python.h");
const VALUES_H: &str = include_str!("../../../cpython-ext/common/values_python.h");
const ANSWERS_H: &str = include_str!("../../../cpython-ext/common/answers_python.h");
const CALLBACK_H: &str = include_str!("../../../cpython-ext/common/callback_python.h");
/// What MicroPython's include.
const GLUE_H: &str = include_str!("../../../caps/common/mp/glue.h");
const GLUE_ARGUMENTS_H: &str = include_str!("../../../caps/common/mp/arguments.h");
const GLUE_VALUES_H: &str = include_str!("../../../caps/common/mp/values.h");

/// A world that bindings are made of.
#[derive(Clone, Copy)]
pub struct World<'a> {
    pub resolve: &'a Resolve,
    pub id: WorldId,
    pub places: &'a Places,
}

impl<'a> World<'a> {
    pub fn of(resolved: &'a ResolvedWorld) -> Self {
        World { resolve: &resolved.resolve, id: resolved.world, places: &resolved.places }
    }

    pub fn side(&self) -> Side<'a> {
        Side { resolve: self.resolve, world: self.id }
    }

    fn name(&self) -> &'a str {
        &self.resolve.worlds[self.id].name
    }

    /// What the world's names in C stem from. Fails where there is something that generators cannot make C of.
    pub fn origins(&self) -> Result<Origins, Diagnostics> {
        let mut diagnostics = Diagnostics::default();
        limits::check(self.resolve, self.id, self.places, &mut diagnostics);
        // Naming what is nested without end takes as long.
        diagnostics.into_result(Some(()))?;
        let mut diagnostics = Diagnostics::default();
        let mut origins = Origins::default();
        origins.add(self);
        origins.check(&mut diagnostics);
        diagnostics.into_result(Some(origins))
    }

    /// What wit-bindgen-c writes, name to content. To be called when [`World::origins`] went well.
    pub fn bindings(&self) -> Result<BTreeMap<String, Vec<u8>>> {
        let made = contain(|| -> Result<Files> {
            let mut files = Files::default();
            let mut resolve = self.resolve.clone();
            comments::make_safe(&mut resolve);
            wit_bindgen_c::Opts::default().build().generate(&mut resolve, self.id, &mut files)?;
            Ok(files)
        });
        let files = made.map_err(|panic| self.failed("wit-bindgen-c", &panic))??;
        let files = files.iter().map(|(name, bytes)| (name.to_owned(), bytes.to_owned()));
        Ok(files.map(|(name, bytes)| self.with_destructors(name, bytes)).collect())
    }

    /// wit-bindgen-c exports the destructor of `mac-context` as that of `mac_context`, which nobody calls.
    fn with_destructors(&self, name: String, bytes: Vec<u8>) -> (String, Vec<u8>) {
        let Ok(mut text) = String::from_utf8(bytes.clone()) else { return (name, bytes) };
        let resources = self.resolve.types.iter().map(|(_, ty)| ty);
        let resources = resources.filter(|ty| matches!(ty.kind, TypeDefKind::Resource));
        for resource in resources.filter_map(|ty| ty.name.as_ref()) {
            let written = format!("#[dtor]{}\")", resource.to_snake_case());
            text = text.replace(&written, &format!("#[dtor]{resource}\")"));
        }
        (name, text.into_bytes())
    }

    /// That a generator panicked on this world.
    pub fn failed(&self, generator: &str, panic: &str) -> Diagnostics {
        let panic = panic.lines().next().unwrap_or_default();
        let message =
            format!("{generator} cannot make bindings of the world `{}`: {panic}", self.name());
        let hint = "that should have been refused with its own place: please report it";
        let mut diagnostics = Diagnostics::default();
        diagnostics.error(&self.place(), message, hint);
        diagnostics
    }

    /// Where the world is.
    pub fn place(&self) -> Location {
        self.places.of(self.resolve, self.resolve.worlds[self.id].span)
    }

    /// Fails where names meet in what a compiler reads at once: each source file with the headers that it includes. `files`
    /// are name to generator and text; `caps` are the worlds whose headers `<world>_static.c` includes.
    pub fn check_names(
        &self,
        files: &BTreeMap<String, (&str, String)>,
        mut origins: Origins,
        caps: &[World],
    ) -> Result<()> {
        let mut diagnostics = Diagnostics::default();
        let world = stem(self.name());
        let plain: Vec<_> =
            files.iter().map(|(name, (_, text))| (name, without_macros(text))).collect();
        let texts: BTreeMap<&str, CText> =
            plain.iter().map(|(name, text)| (name.as_str(), CText::read(text))).collect();
        let file = |ending: &str| texts.get(format!("{world}{ending}").as_str());
        let [link, endpoint, cbor] = [LINK_H, ENDPOINT_H, CBOR_H].map(CText::read);
        let [arguments, values] = [ARGUMENTS_H, VALUES_H].map(CText::read);
        let [answers, callback] = [ANSWERS_H, CALLBACK_H].map(CText::read);
        let [glue, glue_arguments, glue_values] =
            [GLUE_H, GLUE_ARGUMENTS_H, GLUE_VALUES_H].map(CText::read);
        let handles = CText::read(HANDLES_H);
        let header = file(".h");
        for (ending, included) in [
            (".c", vec![]),
            ("_dynlink.c", vec![&link, &cbor]),
            ("_endpoint.c", vec![&endpoint, &cbor]),
            ("_native.c", vec![&handles]),
            ("_module.c", vec![&link, &arguments, &values, &answers, &callback]),
            ("_mp.c", vec![&glue, &glue_arguments, &glue_values]),
        ] {
            if let Some(source) = file(ending) {
                let generated = header.into_iter().chain([source]).collect();
                Unit { generated, included }.check(&origins, &mut diagnostics);
            }
        }
        if let Some(source) = file("_static.c") {
            let mut headers = Vec::new();
            for cap in caps {
                origins.add(cap);
                let mut bindings = cap.bindings()?;
                let header =
                    bindings.remove(&format!("{}.h", stem(cap.name()))).unwrap_or_default();
                headers.push(String::from_utf8(header)?);
            }
            // What both sides import is in both headers. The shim includes the later one with other names for it, and
            // constants may be defined twice alike.
            let renamed: BTreeSet<_> = source.macros.iter().copied().collect();
            let constants = header.iter().flat_map(|text| &text.macros).copied().collect();
            let shared = |text| CText::read(text).without(&renamed, &constants);
            let headers: Vec<_> = headers.iter().map(|text| shared(text)).collect();
            let source = source.clone().without(&BTreeSet::new(), &renamed);
            let generated = header.into_iter().chain(&headers).chain([&source]).collect();
            Unit { generated, included: Vec::new() }.check(&origins, &mut diagnostics);
        }
        Ok(diagnostics.into_result(Some(()))?)
    }
}

/// The name of what makes the shims of a mode, for messages.
pub fn shim_generator(mode: Linkage) -> String {
    format!("link-shims ({})", mode.name())
}

/// A text without what MicroPython's macros define: that looks like functions of the macros' names.
fn without_macros(text: &str) -> String {
    let mut inside = false;
    let mut plain = String::new();
    for line in text.lines() {
        let start = line.strip_prefix("static ").unwrap_or(line);
        inside |= start.starts_with("MP_") || start.starts_with("GLUE_");
        if !inside {
            plain.push_str(line);
        }
        plain.push('\n');
        inside &= !line.ends_with(';');
    }
    plain
}
