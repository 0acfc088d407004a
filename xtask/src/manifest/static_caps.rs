//! Which caps MicroPython has: folded into its image, or composed with its component.

use std::collections::{BTreeMap, BTreeSet};

use super::profile;
use super::selection::{Choice, Reason, Selection};
use super::{Cap, Diagnostics, Linkage, Linkages, Workspace, switch_name};

impl Workspace {
    /// The caps with `[micropython]` that are for images, in the order of their names, but for those that `switches` (name of a cap
    /// or extension -> on or off) switch off; and those that these import from.
    ///
    /// Names in `switches` may be written as in `WITH_<NAME>`. Errors: an unknown name (with the nearest one), what
    /// is switched on and is no cap with `[micropython]`, and what is switched off although one that is in imports from it.
    pub fn static_caps(&self, switches: &BTreeMap<String, bool>) -> Result<Vec<&Cap>, Diagnostics> {
        let mut diagnostics = Diagnostics::default();
        let switches = self.known_switches(switches, &mut diagnostics);
        self.refuse_without_glue(&switches, &mut diagnostics);
        self.refuse_in_image(&switches, &mut diagnostics);
        let chosen =
            |cap: &Cap| cap.is_for_images() && switches.get(&cap.name).copied().unwrap_or(true);
        let selection = self.with_glue(profile::DEFAULT, &switches, &chosen, &mut diagnostics);
        let caps = self.caps.iter().filter(|cap| selection.caps.contains_key(&cap.name)).collect();
        diagnostics.into_result(Some(caps))
    }

    /// What MicroPython as a component has of the profile `profile`, corrected by `switches`, as
    /// [`selection`](Self::selection) has it for CPython: no extensions, and of the caps those with `[micropython]`, and what
    /// these import from.
    ///
    /// Errors: as for [`static_caps`](Self::static_caps), and an unknown profile.
    pub fn micropython_selection(
        &self,
        profile: &str,
        switches: &BTreeMap<String, bool>,
    ) -> Result<Selection, Diagnostics> {
        let profile = self.profile(profile)?;
        let mut diagnostics = Diagnostics::default();
        let switches = self.known_switches(switches, &mut diagnostics);
        self.refuse_without_glue(&switches, &mut diagnostics);
        let choice = Choice { profile, switches };
        let chosen = |cap: &Cap| choice.chosen(&cap.name);
        let selection = self.with_glue(&profile.name, &choice.switches, &chosen, &mut diagnostics);
        diagnostics.into_result(Some(selection))
    }

    /// The caps with `[micropython]` that are `chosen`, and what these import from.
    fn with_glue(
        &self,
        profile: &str,
        switches: &BTreeMap<String, bool>,
        chosen: &dyn Fn(&Cap) -> bool,
        diagnostics: &mut Diagnostics,
    ) -> Selection {
        let caps = self.caps.iter().filter(|cap| cap.micropython.is_some() && chosen(cap));
        let caps = caps.map(|cap| {
            let switched = switches.contains_key(&cap.name);
            (cap.name.clone(), if switched { Reason::Switch } else { Reason::Profile })
        });
        let mut selection = Selection {
            profile: profile.to_owned(),
            extensions: BTreeSet::new(),
            caps: caps.collect(),
        };
        self.add_needed(&mut selection, switches, diagnostics);
        selection
    }

    /// The linkage of a selection for MicroPython as a component: all caps are embedded.
    ///
    /// Errors: as for [`linkages`](Self::linkages), and another mode in `chosen`.
    pub fn micropython_linkages(
        &self,
        selection: &Selection,
        chosen: &BTreeMap<String, Linkage>,
    ) -> Result<Linkages, Diagnostics> {
        let mut diagnostics = Diagnostics::default();
        let chosen = self.known_choices(selection, chosen, &mut diagnostics);
        for (name, mode) in chosen.iter().filter(|(_, mode)| **mode != Linkage::Embed) {
            let why = match mode {
                Linkage::Static => "`cargo xtask static-mp` folds them in",
                _ => "their glue cannot raise a call's failure",
            };
            let mode = mode.name();
            let message = format!(
                "`{name}` is to be linked as `{mode}`, but the caps of micropython.wasm are embedded: {why}"
            );
            let variable = switch_name(name).replacen("WITH_", "LINK_", 1);
            let hint = format!("leave out --link {name}={mode}, or {variable}={mode}");
            diagnostics.usage(message, hint);
        }
        let embedded = selection.caps.keys().cloned().collect();
        diagnostics.into_result(Some(Linkages { embedded, ..Linkages::default() }))
    }

    fn refuse_in_image(&self, switches: &BTreeMap<String, bool>, diagnostics: &mut Diagnostics) {
        let on = |cap: &&Cap| switches.get(&cap.name).copied().unwrap_or(false);
        for cap in self.caps.iter().filter(on) {
            if cap.micropython.is_some() && !cap.is_for_images() {
                let name = &cap.name;
                let message = format!("the cap `{name}` is not for images of MicroPython");
                let hint = "`compose --runtime micropython` has it: the component";
                diagnostics.usage(message, hint);
            }
        }
    }

    fn refuse_without_glue(
        &self,
        switches: &BTreeMap<String, bool>,
        diagnostics: &mut Diagnostics,
    ) {
        for name in switches.iter().filter(|(_, on)| **on).map(|(name, _)| name) {
            match self.caps.iter().find(|cap| cap.name == *name) {
                Some(cap) if cap.micropython.is_some() => {}
                Some(cap) => {
                    let message = format!("MicroPython has no glue for the cap `{name}`");
                    let hint = format!(
                        "it takes the mode `static` and `[micropython]` in {}",
                        cap.manifest
                    );
                    diagnostics.usage(message, hint);
                }
                None => {
                    let message = format!("`{name}` is an extension of CPython, and no cap");
                    let hint = "MicroPython has caps with `[micropython]` in their cap.toml";
                    diagnostics.usage(message, hint);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::*;

    /// This checkout, with crc32c and zlib; crc32c has no glue.
    fn workspace() -> Workspace {
        let root = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let mut workspace = Workspace::load(root).unwrap();
        for cap in workspace.caps.iter_mut().filter(|cap| cap.name == "crc32c") {
            cap.micropython = None;
        }
        workspace
    }

    fn chosen(switches: &[(&str, bool)]) -> Result<Vec<String>, String> {
        let switches = switches.iter().map(|(name, on)| (name.to_string(), *on)).collect();
        let workspace = workspace();
        let caps = workspace.static_caps(&switches).map_err(|errors| errors.to_string())?;
        Ok(caps.iter().map(|cap| cap.name.clone()).collect())
    }

    #[test]
    fn caps_with_glue_are_in_unless_switched_off() {
        assert!(chosen(&[]).unwrap().contains(&"zlib".to_owned()));
        assert!(!chosen(&[]).unwrap().contains(&"crc32c".to_owned()));
        assert!(!chosen(&[("WITH_ZLIB", false)]).unwrap().contains(&"zlib".to_owned()));
        assert_eq!(chosen(&[("WITH_ZLIB", true)]), chosen(&[]));
    }

    #[test]
    fn a_cap_without_glue_is_refused_with_its_manifest() {
        let error = chosen(&[("WITH_CRC32C", true)]).unwrap_err();
        assert!(error.contains("no glue for the cap `crc32c`"), "{error}");
        assert!(error.contains("caps/crc32c/cap.toml"), "{error}");
        assert_eq!(chosen(&[("WITH_CRC32C", false)]), chosen(&[]));
    }

    #[test]
    fn a_cap_that_is_not_for_images_is_in_the_component_only() {
        assert!(!chosen(&[]).unwrap().contains(&"openssl".to_owned()));
        let error = chosen(&[("WITH_OPENSSL", true)]).unwrap_err();
        assert!(error.contains("`openssl` is not for images"), "{error}");
        let component = workspace().micropython_selection("full", &BTreeMap::new()).unwrap();
        assert!(component.caps.contains_key("openssl"));
    }

    #[test]
    fn an_unknown_name_gets_the_nearest_one() {
        let error = chosen(&[("WITH_ZLBI", false)]).unwrap_err();
        assert!(error.contains("did you mean `zlib`"), "{error}");
    }
}
