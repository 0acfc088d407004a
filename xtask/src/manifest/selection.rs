//! Which extensions and caps a build has: a profile, corrected by switches.

use std::collections::{BTreeMap, BTreeSet};

use super::cap::switch_name;
use super::diagnostics::Diagnostics;
use super::extension::Extension;
use super::profile::{Profile, ProfileCaps};
use super::{Cap, Workspace, names};

/// What goes into a build. Names are those of [`Workspace::caps`] and [`Workspace::extensions`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    pub profile: String,
    pub extensions: BTreeSet<String>,
    pub caps: BTreeMap<String, Reason>,
}

/// Why a cap is in a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The profile has it.
    Profile,
    /// A switch asked for it.
    Switch,
    /// This extension or cap imports what it exports.
    NeededBy(String),
}

/// A profile and the switches that correct it.
pub(super) struct Choice<'a> {
    pub profile: &'a Profile,
    pub switches: BTreeMap<String, bool>,
}

impl Choice<'_> {
    pub fn switched(&self, name: &str) -> Option<bool> {
        self.switches.get(name).copied()
    }

    /// Whether the profile names it, rather than having all.
    fn listed(&self, name: &str) -> bool {
        match &self.profile.caps {
            ProfileCaps::All => false,
            ProfileCaps::Only(caps) => caps.iter().any(|cap| cap.value == name),
        }
    }

    /// Whether the profile has all, but not this.
    fn excepted(&self, name: &str) -> bool {
        self.profile.except.iter().any(|except| except.value == name)
    }

    pub fn chosen(&self, name: &str) -> bool {
        let all = matches!(self.profile.caps, ProfileCaps::All) && !self.excepted(name);
        self.switched(name).unwrap_or_else(|| all || self.listed(name))
    }

    /// Whether an extension over `caps` is asked for, before any gating.
    fn wants(&self, extension: &Extension, caps: &[&Cap]) -> bool {
        self.switched(&extension.name).unwrap_or_else(|| {
            let taken_away = caps.iter().any(|cap| self.switched(&cap.name) == Some(false));
            let surface = if caps.is_empty() {
                self.chosen(&extension.name)
            } else {
                caps.iter().all(|cap| self.chosen(&cap.name))
            };
            !taken_away
                && !self.excepted(&extension.name)
                && (surface || self.listed(&extension.name))
        })
    }

    fn complain_of_gating(&self, name: &str, user: &Extension, diagnostics: &mut Diagnostics) {
        let (switch, profile) = (switch_name(name), &self.profile.name);
        let message = format!("{switch}=1 asks for what the profile `{profile}` excludes");
        let hint = format!("`[gating]` in {} says which profiles have it", user.manifest);
        diagnostics.usage(message, hint);
    }
}

impl Workspace {
    /// Applies `switches` (name of a cap or extension -> on or off) to the profile `profile`.
    ///
    /// * An extension is in when its gating admits it to the profile and it or all its caps were chosen, unless a
    ///   switch turns it or one of its caps off. Its own switch brings its caps along.
    /// * A cap is in when it was chosen and an extension that is in uses it, when a switch asks for it, and when
    ///   something that is in imports what it exports. A cap that no extension uses at all is in when chosen.
    ///
    /// Names in `switches` may be written as in `WITH_<NAME>`. Errors: an unknown name or profile (with the nearest
    /// one), a switch that asks for what the profile excludes, and a cap that is switched off although something
    /// that is in needs it.
    pub fn selection(
        &self,
        profile: &str,
        switches: &BTreeMap<String, bool>,
    ) -> Result<Selection, Diagnostics> {
        let profile = self.profile(profile)?;
        let mut diagnostics = Diagnostics::default();
        let switches = self.known_switches(switches, &mut diagnostics);
        let choice = Choice { profile, switches };
        let mut selection = Selection {
            profile: profile.name.clone(),
            extensions: BTreeSet::new(),
            caps: BTreeMap::new(),
        };
        for extension in &self.extensions {
            if !choice.wants(extension, &self.caps_of(extension)) {
                continue;
            }
            if extension.gating.admits(&profile.name) {
                selection.extensions.insert(extension.name.clone());
            } else if choice.switched(&extension.name) == Some(true) {
                choice.complain_of_gating(&extension.name, extension, &mut diagnostics);
            }
        }
        for cap in self.caps.iter().filter(|cap| choice.chosen(&cap.name)) {
            let uses =
                |user: &&Extension| self.caps_of(user).iter().any(|used| used.name == cap.name);
            let users: Vec<&Extension> = self.extensions.iter().filter(uses).collect();
            let used = users.iter().any(|user| selection.extensions.contains(&user.name));
            if choice.switched(&cap.name) == Some(true) {
                let gated = users.iter().all(|user| !user.gating.admits(&profile.name));
                if let (true, Some(user)) = (gated, users.first()) {
                    choice.complain_of_gating(&cap.name, user, &mut diagnostics);
                }
                selection.caps.insert(cap.name.clone(), Reason::Switch);
            } else if used || users.is_empty() {
                selection.caps.insert(cap.name.clone(), Reason::Profile);
            }
        }
        self.add_needed(&mut selection, &choice.switches, &mut diagnostics);
        diagnostics.into_result(Some(selection))
    }

    /// `switches` by the names that caps and extensions have.
    pub(super) fn known_switches(
        &self,
        switches: &BTreeMap<String, bool>,
        diagnostics: &mut Diagnostics,
    ) -> BTreeMap<String, bool> {
        let known = self.switches();
        let mut by_name = BTreeMap::new();
        for (written, on) in switches {
            let bare = written.strip_prefix("WITH_").unwrap_or(written).to_lowercase();
            match known.iter().find(|name| name.replace('-', "_") == bare.replace('-', "_")) {
                Some(name) => {
                    by_name.insert((*name).to_owned(), *on);
                }
                None => {
                    let hint = names::nearest_hint(&bare, "caps", known.iter().copied());
                    diagnostics.usage(format!("unknown cap `{bare}`"), hint);
                }
            }
        }
        by_name
    }

    /// Adds, transitively, the caps that the selected extensions and caps import from.
    pub(super) fn add_needed(
        &self,
        selection: &mut Selection,
        switches: &BTreeMap<String, bool>,
        diagnostics: &mut Diagnostics,
    ) {
        let names = |caps: Vec<&Cap>| -> Vec<String> {
            caps.into_iter().map(|cap| cap.name.clone()).collect()
        };
        // User and name of a cap that it needs.
        let mut pending: Vec<(String, String)> = Vec::new();
        for extension in self
            .extensions
            .iter()
            .filter(|extension| selection.extensions.contains(&extension.name))
        {
            let user = format!("the extension `{}`", extension.name);
            pending
                .extend(names(self.caps_of(extension)).into_iter().map(|cap| (user.clone(), cap)));
        }
        let needs = |cap: &Cap| -> Vec<(String, String)> {
            let user = format!("the cap `{}`", cap.name);
            names(self.imports_of(cap)).into_iter().map(|needed| (user.clone(), needed)).collect()
        };
        for cap in self.caps.iter().filter(|cap| selection.caps.contains_key(&cap.name)) {
            pending.extend(needs(cap));
        }
        while let Some((user, name)) = pending.pop() {
            if switches.get(&name) == Some(&false) {
                let message = format!("{}=0 takes away what {user} needs", switch_name(&name));
                diagnostics.usage(message, "switch that off too, or leave this one on");
                continue;
            }
            if selection.caps.contains_key(&name) {
                continue;
            }
            if let Some(cap) = self.caps.iter().find(|cap| cap.name == name) {
                pending.extend(needs(cap));
            }
            selection.caps.insert(name, Reason::NeededBy(user));
        }
    }
}
