//! Names that meet in generated C. What was generated is read, not the rules by which it was: whatever a generator
//! declares is seen, also where it comes to a name in a way that nobody here knows of.

use std::collections::{BTreeMap, BTreeSet};

use super::c_text::{CText, Declaration, Kind};
use super::origins::{Origins, one_name, taken};
use super::reserved;
use crate::manifest::Diagnostics;

/// Texts that a compiler sees as one: headers, then a source file.
pub struct Unit<'a> {
    /// Generated from the contract.
    pub generated: Vec<&'a CText<'a>>,
    /// Headers that the generated files include.
    pub included: Vec<&'a CText<'a>>,
}

impl Unit<'_> {
    /// Records an error for each name that C would refuse or, worse, take for something else.
    pub fn check(&self, origins: &Origins, diagnostics: &mut Diagnostics) {
        self.file_scope(origins, diagnostics);
        let types = self.types();
        for declaration in self.generated.iter().flat_map(|text| &text.declarations) {
            inner_names(declaration, &types, origins, diagnostics);
        }
    }

    fn types(&self) -> BTreeSet<&str> {
        let all = self.generated.iter().chain(&self.included).flat_map(|text| &text.declarations);
        all.filter(|one| one.kind == Kind::Type).map(|one| one.name).collect()
    }

    fn file_scope(&self, origins: &Origins, diagnostics: &mut Diagnostics) {
        // The name spaces of C: ordinary names and tags. Macros come before both.
        let mut kinds: BTreeMap<(bool, &str), Vec<Kind>> = BTreeMap::new();
        let mut macros: BTreeMap<&str, usize> = BTreeMap::new();
        for text in self.generated.iter().chain(&self.included) {
            for Declaration { name, kind, .. } in &text.declarations {
                kinds.entry((*kind == Kind::Tag, name)).or_default().push(*kind);
            }
            for name in &text.macros {
                *macros.entry(name).or_default() += 1;
            }
        }
        let once = |kinds: &[Kind]| {
            use Kind::{Declared, Defined};
            matches!(kinds, [_] | [Declared, Defined] | [Defined, Declared])
        };
        let twice = |name: &str| {
            let declared = [false, true].map(|tag| kinds.get(&(tag, name)));
            macros.get(name).is_some_and(|count| *count > 1)
                || declared.iter().flatten().any(|kinds| !once(kinds) || macros.contains_key(name))
        };
        let used: BTreeSet<&str> = self.all(|text| &text.words);
        let defined: BTreeSet<&str> = self.all(|text| &text.macros);
        let declared = self.generated.iter().flat_map(|text| &text.declarations);
        let declared: BTreeSet<&str> = declared.map(|one| one.name).collect();
        // Where two types meet, so do their helpers, which says nothing new.
        let mut told = BTreeSet::new();
        let (types, others): (Vec<_>, Vec<_>) =
            (&declared | &defined).into_iter().partition(|name| name.ends_with("_t"));
        for name in types.into_iter().chain(others) {
            let met_here = twice(name) || (defined.contains(name) && used.contains(name));
            let places: Vec<_> =
                origins.exact(name).iter().map(|origin| &origin.location).collect();
            if met_here && (places.len() < 2 || told.insert(places)) {
                met(name, origins, diagnostics);
            }
        }
        for name in declared {
            if let (Some(meaning), Some(origin)) =
                (reserved::meaning_of_variable(name), origins.nearest(name))
            {
                taken(name, origin, meaning, diagnostics);
            }
        }
    }

    /// The names that `of` tells of each generated text.
    fn all<'t, I>(&'t self, of: impl Fn(&'t CText<'t>) -> I) -> BTreeSet<&'t str>
    where
        I: IntoIterator<Item = &'t &'t str>,
    {
        self.generated.iter().flat_map(|text| of(text)).copied().collect()
    }
}

/// Tells of a name at file scope that stands for two things.
fn met(name: &str, origins: &Origins, diagnostics: &mut Diagnostics) {
    let exact = origins.exact(name);
    let one = exact.iter().rfind(|origin| origin.named).or(exact.last());
    let other = exact.iter().find(|origin| Some(*origin) != one);
    match one.zip(other) {
        Some((one, other)) => one_name(name, one, other, diagnostics),
        None => match origins.nearest(name) {
            Some(origin) => taken(name, origin, "a name of generated code itself", diagnostics),
            None => {
                let message = format!("generated code has two things of the name `{name}`");
                let hint = "rename what the name stems from; if that is nothing of yours, please report it";
                diagnostics.error(origins.whole(), message, hint);
            }
        },
    }
}

/// Tells of members, parameters and variables that are something else where they stand.
fn inner_names(
    declaration: &Declaration,
    types: &BTreeSet<&str>,
    origins: &Origins,
    diagnostics: &mut Diagnostics,
) {
    let Declaration { name: of, kind, inner, ambiguous } = declaration;
    let member = matches!(kind, Kind::Type | Kind::Tag);
    for name in inner {
        let meaning = match member {
            true => reserved::meaning(name),
            false if types.contains(name) => Some("a type in generated code"),
            // That a shim's own variable is called `ret` is no clash.
            false => {
                reserved::meaning_of_variable(name).filter(|_| origins.inner(of, name).is_some())
            }
        };
        let meaning = match meaning {
            None if ambiguous.contains(name) => "another name of generated code there",
            None => continue,
            Some(meaning) => meaning,
        };
        match origins.inner(of, name).or_else(|| origins.nearest(of)) {
            Some(origin) => taken(name, origin, meaning, diagnostics),
            None => met(of, origins, diagnostics),
        }
    }
}
