//! How the caps of a build are linked: what was asked for, or else what the extensions prefer.

use std::collections::{BTreeMap, BTreeSet};

use super::cap::{Linkage, switch_name};
use super::checks::is_host_interface;
use super::diagnostics::Diagnostics;
use super::profile::ProfileLinkage;
use super::selection::Reason;
use super::{Cap, Extension, Selection, Workspace, names};

/// The interface by which a program resolves providers.
pub const LINKER: &str = "compose:dynlink/linker@0.1.1";

/// The interface by which a provider asks who calls it; whoever runs providers has it for all of them.
pub const CONSUMER: &str = "compose:dynlink/consumer@0.1.1";

/// The linkage of a build. Names are those of [`Workspace::caps`] and [`Workspace::extensions`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Linkages {
    /// How the caps of each extension are linked that has any.
    pub modes: BTreeMap<String, Linkage>,
    /// Caps that go into the composition.
    pub embedded: BTreeSet<String>,
    /// Caps that the extensions resolve at run time: a plan has to have them.
    pub providers: BTreeSet<String>,
    /// Caps whose C goes into the interpreter's core module.
    pub folded: BTreeSet<String>,
    /// Whether pylon.wasm imports [`LINKER`].
    pub linker: bool,
}

impl Linkages {
    /// The mode of an extension's caps; one without caps links nothing, whatever the mode.
    pub fn mode(&self, extension: &Extension) -> Linkage {
        self.modes.get(&extension.name).copied().unwrap_or(Linkage::Embed)
    }
}

/// A linkage by its name, or an error that has the known ones.
pub fn parse_mode(name: &str) -> Result<Linkage, String> {
    let mode = Linkage::ALL.iter().find(|(known, _)| *known == name).map(|(_, mode)| *mode);
    mode.ok_or_else(|| {
        let known: Vec<_> = Linkage::ALL.iter().map(|(name, _)| *name).collect();
        format!("unknown linkage `{name}`: it is one of {}", known.join(", "))
    })
}

impl Workspace {
    /// The linkage of a selection, with `chosen` (name of a cap -> mode) over what its profile says, and that over the
    /// defaults of its extensions.
    ///
    /// * All caps of one extension are linked in one mode.
    /// * A cap is embedded when an extension or an embedded cap in the build takes it so. A cap that nothing uses is
    ///   embedded unless it is chosen to be dynlinked.
    ///
    /// Names in `chosen` may be written as in `LINK_<NAME>`. Errors: an unknown cap, one that is not in the build, a
    /// mode that the cap or its extension does not list, an extension with caps in different modes, two
    /// extensions over one interface, whose bindings would define the same C functions, and a cap that is to be folded
    /// for two extensions, or for none.
    pub fn linkages(
        &self,
        selection: &Selection,
        chosen: &BTreeMap<String, Linkage>,
    ) -> Result<Linkages, Diagnostics> {
        let mut diagnostics = Diagnostics::default();
        let mut chosen = self.known_choices(selection, chosen, &mut diagnostics);
        let extensions = self.extensions.iter().filter(|e| selection.extensions.contains(&e.name));
        let extensions: Vec<&Extension> = extensions.collect();
        if let Some(profile) = self.profiles.get(&selection.profile) {
            self.choose_as(&profile.linkage, selection, &extensions, &mut chosen);
        }
        let mut linkages = Linkages::default();
        let mut used = BTreeSet::new();
        for extension in &extensions {
            let caps = self.caps_of(extension);
            used.extend(caps.iter().map(|cap| cap.name.clone()));
            let names = caps.iter().map(|cap| cap.name.clone());
            if let Some(mode) = self.mode(extension, &caps, &chosen, &mut diagnostics) {
                linkages.modes.insert(extension.name.clone(), mode);
                match mode {
                    Linkage::Embed => linkages.embedded.extend(names),
                    Linkage::Dynlink => linkages.providers.extend(names),
                    Linkage::Static => {
                        self.folded_once(extension, &linkages, &caps, &mut diagnostics);
                        linkages.folded.extend(names);
                    }
                }
            }
            linkages.providers.extend(extension.linkage.providers.iter().map(|n| n.value.clone()));
            let imports = extension.world.iter().flat_map(|world| &world.all_imports);
            linkages.linker |= imports.into_iter().any(|import| import == LINKER);
        }
        self.fold_imported(&extensions, &mut linkages, &mut diagnostics);
        linkages.linker |= linkages.modes.values().any(|mode| *mode == Linkage::Dynlink);
        let needed = |reason: &Reason| matches!(reason, Reason::NeededBy(_));
        for (name, reason) in selection.caps.iter().filter(|(name, _)| !used.contains(*name)) {
            // Where who needs it is embedded, it is added below; a provider brings its own.
            if needed(reason) && !chosen.contains_key(name) {
                continue;
            }
            match chosen.get(name).copied().unwrap_or(Linkage::Embed) {
                Linkage::Embed => _ = linkages.embedded.insert(name.clone()),
                Linkage::Dynlink => _ = linkages.providers.insert(name.clone()),
                Linkage::Static if linkages.folded.contains(name) => {}
                Linkage::Static => {
                    let message = format!(
                        "`{name}` is to be folded in, but no extension of this build calls it"
                    );
                    let hint = format!("link it as `embed`, or set {}=0", switch_name(name));
                    diagnostics.usage(message, hint);
                }
            }
        }
        self.add_imported(&mut linkages.embedded);
        bound_once(&extensions, &mut diagnostics);
        self.offered_once(&extensions, &linkages, &mut diagnostics);
        diagnostics.into_result(Some(linkages))
    }

    /// Adds to `chosen` what a profile says of caps of which nothing is chosen.
    fn choose_as(
        &self,
        linkage: &ProfileLinkage,
        selection: &Selection,
        extensions: &[&Extension],
        chosen: &mut BTreeMap<String, Linkage>,
    ) {
        for (name, mode) in &linkage.caps {
            if selection.caps.contains_key(&name.value) {
                chosen.entry(name.value.clone()).or_insert(*mode);
            }
        }
        let Some(every) = linkage.every else { return };
        for cap in self.caps.iter().filter(|cap| selection.caps.contains_key(&cap.name)) {
            let users = extensions
                .iter()
                .filter(|extension| self.caps_of(extension).iter().any(|of| of.name == cap.name));
            let can = |extension: &&Extension| {
                extension.linkage.modes.iter().any(|mode| mode.value == every)
                    && self.caps_of(extension).iter().all(|cap| cap.modes.contains(&every))
            };
            if cap.modes.contains(&every) && users.into_iter().all(can) {
                chosen.entry(cap.name.clone()).or_insert(every);
            }
        }
    }

    /// The mode of an extension's caps; None if it has none.
    fn mode(
        &self,
        extension: &Extension,
        caps: &[&Cap],
        chosen: &BTreeMap<String, Linkage>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Linkage> {
        let of = |cap: &&Cap| chosen.get(&cap.name).copied().unwrap_or(extension.linkage.default);
        let mode = of(caps.first()?);
        if let Some(other) = caps.iter().find(|cap| of(cap) != mode) {
            let first = &caps[0].name;
            let message = format!(
                "the extension `{}` is over `{first}` ({}) and `{}` ({}), but all its caps are linked in one mode",
                extension.name,
                mode.name(),
                other.name,
                of(other).name()
            );
            diagnostics.usage(message, format!("add `--link {}={}`", other.name, mode.name()));
        }
        let listed = &extension.linkage.modes;
        let caps_can = caps.iter().all(|cap| cap.modes.contains(&mode));
        if caps_can && !listed.iter().any(|listed| listed.value == mode) {
            let message =
                format!("the extension `{}` cannot be linked as `{}`", extension.name, mode.name());
            let hint = format!("`[linkage] modes` in {} lists how it can be", extension.manifest);
            diagnostics.usage(message, hint);
        }
        for cap in caps.iter().filter(|cap| !cap.modes.contains(&mode)) {
            let modes: Vec<_> = cap.modes.iter().map(|mode| mode.name()).collect();
            let message = format!("the cap `{}` cannot be linked as `{}`", cap.name, mode.name());
            diagnostics
                .usage(message, format!("{} has the modes {}", cap.manifest, modes.join(", ")));
        }
        Some(mode)
    }

    /// Complains of caps that another extension of `linkages` has folded in: the C of each is linked once.
    fn folded_once(
        &self,
        extension: &Extension,
        linkages: &Linkages,
        caps: &[&Cap],
        diagnostics: &mut Diagnostics,
    ) {
        for cap in caps.iter().filter(|cap| linkages.folded.contains(&cap.name)) {
            let first = self.extensions.iter().find(|other| {
                linkages.modes.get(&other.name) == Some(&Linkage::Static)
                    && self.caps_of(other).iter().any(|of_it| of_it.name == cap.name)
            });
            let message = format!(
                "the extensions `{}` and `{}` are both over `{}`, which can be folded in once only",
                first.map_or("", |first| &first.name),
                extension.name,
                cap.name
            );
            diagnostics.usage(message, format!("set {}=0", switch_name(&extension.name)));
        }
    }

    /// Complains of two extensions that offer one interface, of which one is folded together with its caps: these call it by its
    /// name, which is there once. (Of those that are composed the first answers for all.)
    fn offered_once(
        &self,
        extensions: &[&Extension],
        linkages: &Linkages,
        diagnostics: &mut Diagnostics,
    ) {
        let mut first: BTreeMap<String, &Extension> = BTreeMap::new();
        let found = |extension: &&&Extension| linkages.mode(extension) != Linkage::Dynlink;
        for extension in extensions.iter().filter(found) {
            for offer in &extension.offered {
                let Some(other) = first.insert(offer.id(), extension) else { continue };
                let folded = |it| linkages.mode(it) == Linkage::Static;
                if !folded(extension) && !folded(other) {
                    continue;
                }
                let message = format!(
                    "the extensions `{}` and `{}` both offer `{}`, and one of them is folded together with its caps",
                    other.name,
                    extension.name,
                    offer.id()
                );
                let caps = self.caps_of(extension);
                let links = caps.iter().map(|cap| format!("--link {}=dynlink", cap.name));
                let hint = format!("add `{}`", links.collect::<Vec<_>>().join(" "));
                diagnostics.usage(message, hint);
                break;
            }
        }
    }

    /// Adds to what is folded, transitively, the caps that it imports from. Complains of those that an extension is over in
    /// another mode: in one module there is one function of a name.
    fn fold_imported(
        &self,
        extensions: &[&Extension],
        linkages: &mut Linkages,
        diagnostics: &mut Diagnostics,
    ) {
        let folded: Vec<&Cap> =
            self.caps.iter().filter(|cap| linkages.folded.contains(&cap.name)).collect();
        for cap in self.imported_by(&folded) {
            let over = extensions
                .iter()
                .find(|extension| self.caps_of(extension).iter().any(|it| it.name == cap.name));
            if let Some(mode) = over.and_then(|extension| linkages.modes.get(&extension.name)) {
                let importer = folded.iter().find(|it| self.with_imported(it).contains(&cap.name));
                let message = format!(
                    "`{}` is to be folded in with what it imports, but `{}` is linked as `{}`",
                    importer.map_or("", |importer| &importer.name),
                    cap.name,
                    mode.name()
                );
                diagnostics.usage(message, format!("add `--link {}=static`", cap.name));
            }
            linkages.folded.insert(cap.name.clone());
        }
    }

    /// `chosen` by the names that caps have.
    pub(super) fn known_choices(
        &self,
        selection: &Selection,
        chosen: &BTreeMap<String, Linkage>,
        diagnostics: &mut Diagnostics,
    ) -> BTreeMap<String, Linkage> {
        let mut by_name = BTreeMap::new();
        for (written, mode) in chosen {
            let bare = written.strip_prefix("LINK_").unwrap_or(written);
            let bare = bare.to_lowercase().replace('_', "-");
            match self.caps.iter().find(|cap| cap.name == bare) {
                Some(cap) if selection.caps.contains_key(&cap.name) => {
                    by_name.insert(cap.name.clone(), *mode);
                }
                Some(cap) => {
                    let message = format!(
                        "`{}` is to be linked as `{}`, but it is not in this build",
                        cap.name,
                        mode.name()
                    );
                    diagnostics.usage(message, format!("set {}=1", switch_name(&cap.name)));
                }
                None => {
                    let known = self.caps.iter().map(|cap| cap.name.as_str());
                    let hint = names::nearest_hint(&bare, "caps", known);
                    diagnostics.usage(format!("unknown cap `{bare}`"), hint);
                }
            }
        }
        by_name
    }

    /// The cap and, transitively, those that it imports from.
    pub fn with_imported(&self, cap: &Cap) -> BTreeSet<String> {
        let mut caps = BTreeSet::from([cap.name.clone()]);
        self.add_imported(&mut caps);
        caps
    }

    /// The caps that those in `caps` import from, transitively, without these.
    pub fn imported_by(&self, caps: &[&Cap]) -> Vec<&Cap> {
        let own: BTreeSet<String> = caps.iter().map(|cap| cap.name.clone()).collect();
        let mut all = own.clone();
        self.add_imported(&mut all);
        self.caps.iter().filter(|cap| all.contains(&cap.name) && !own.contains(&cap.name)).collect()
    }

    /// Which of [`Workspace::with_imported`] calls back, and what; the first one.
    pub(super) fn calls_back(&self, cap: &Cap) -> Option<(&Cap, &str)> {
        let names = self.with_imported(cap);
        let mut caps = self.caps.iter().filter(|cap| names.contains(&cap.name));
        caps.find_map(|cap| Some((cap, self.callbacks_of(cap).first().copied()?)))
    }

    /// Adds, transitively, the caps that those in `caps` import from: a component's imports are always embedded.
    fn add_imported(&self, caps: &mut BTreeSet<String>) {
        let mut pending: Vec<String> = caps.iter().cloned().collect();
        while let Some(name) = pending.pop() {
            let cap = self.caps.iter().find(|cap| cap.name == name);
            for needed in cap.into_iter().flat_map(|cap| self.imports_of(cap)) {
                if caps.insert(needed.name.clone()) {
                    pending.push(needed.name.clone());
                }
            }
        }
    }
}

/// Complains of two extensions that bind one interface of a cap.
fn bound_once(extensions: &[&Extension], diagnostics: &mut Diagnostics) {
    let mut first: BTreeMap<&str, &Extension> = BTreeMap::new();
    for extension in extensions {
        let imports = extension.world.iter().flat_map(|world| &world.all_imports);
        for import in imports.filter(|import| !is_host_interface(import)) {
            if let Some(other) = first.insert(import, extension)
                && other.name != extension.name
            {
                let message = format!(
                    "the extensions `{}` and `{}` both bind `{import}`, which can be linked once only",
                    other.name, extension.name
                );
                diagnostics.usage(message, format!("set {}=0", switch_name(&extension.name)));
                break;
            }
        }
    }
}
