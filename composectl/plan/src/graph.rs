//! Who may resolve whom.
//!
//! The root may resolve every component, unless bindings of the root say otherwise: then only what they name. A
//! provider may resolve only what a binding with its `consumer_id` names.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Code, Error, Result};
use crate::json::{Node, Reader, shortened};
use crate::plan::{Binding, CAPABILITY_RESOLVE, Component, Linkage, Plan};

/// Checks that bindings name known components, give a name to one provider only, and have no cycle. `known` are the
/// components' ids; `None`: some could not be read, so that nothing can be said about unknown ones.
pub(crate) fn check<'a>(
    reader: &mut Reader<'a>,
    root: &str,
    known: Option<&BTreeSet<String>>,
    bindings: &[(Binding, &Node<'_, 'a>)],
) {
    let is_unknown = |id: &str| known.is_some_and(|known| !known.contains(id));
    let mut names = BTreeSet::new();
    let mut edges: BTreeMap<&str, Vec<(&str, usize)>> = BTreeMap::new();
    for (index, (binding, node)) in bindings.iter().enumerate() {
        if reader.is_full() {
            return;
        }
        let consumer = binding.consumer_id.as_deref().unwrap_or(root);
        let mut refuse = |message: String, id: &str| {
            let known: Vec<&str> = known.into_iter().flatten().map(String::as_str).collect();
            let hint =
                crate::json::nearest(id, &known).map(|near| format!("did you mean `{near}`?"));
            let hint = hint.filter(|_| !id.is_empty());
            reader.invalid(node, Code::PlanInvalidGraph, &message).hint = hint;
        };
        if consumer != root && is_unknown(consumer) {
            refuse(format!("the consumer `{consumer}` is not among the components"), consumer);
        }
        if is_unknown(&binding.provider_id) {
            let provider = &binding.provider_id;
            refuse(format!("the provider `{provider}` is not among the components"), provider);
        }
        if !names.insert((consumer, binding.import_name.as_str())) {
            let name = &binding.import_name;
            refuse(format!("a second binding gives `{name}` to `{consumer}`"), "");
        }
        edges.entry(consumer).or_default().push((&binding.provider_id, index));
    }
    if let Some((cycle, index)) = find_cycle(&edges) {
        let message = format!("providers need each other: {}", cycle.join(" -> "));
        reader.invalid(bindings[index].1, Code::PlanCycleDetected, &message);
    }
}

/// A cycle as a path whose ends are the same, and the binding that closes it.
fn find_cycle(edges: &BTreeMap<&str, Vec<(&str, usize)>>) -> Option<(Vec<String>, usize)> {
    let mut done: BTreeSet<&str> = BTreeSet::new();
    for start in edges.keys() {
        // Depth first without recursion: a plan may be as deep as it is long.
        let mut path: Vec<(&str, usize)> = vec![(start, 0)];
        let mut on_path: BTreeSet<&str> = BTreeSet::from([*start]);
        while let Some((node, next)) = path.last_mut() {
            let node = *node;
            let edge = edges.get(node).and_then(|targets| targets.get(*next)).copied();
            *next += 1;
            match edge {
                Some((target, index)) if on_path.contains(target) => {
                    let from = path.iter().position(|(node, _)| *node == target).unwrap_or(0);
                    let mut cycle: Vec<String> =
                        path[from..].iter().map(|(node, _)| (*node).to_owned()).collect();
                    cycle.push(target.to_owned());
                    return Some((cycle, index));
                }
                Some((target, _)) if !done.contains(target) => {
                    on_path.insert(target);
                    path.push((target, 0));
                }
                Some(_) => {}
                None => {
                    done.insert(node);
                    on_path.remove(node);
                    path.pop();
                }
            }
        }
    }
    None
}

impl Plan {
    /// The component that `consumer` (`None`: the root) gets when it asks for `name`.
    ///
    /// `emit-link-error` if there is none of that name, `exec-capability-denied` if it is not the consumer's to
    /// have or the plan lets nobody resolve.
    pub fn lookup(&self, consumer: Option<&str>, name: &str) -> Result<&Component> {
        self.check_may_resolve()?;
        let mut bindings = self.bindings_of(consumer).peekable();
        let open = self.is_root(consumer) && bindings.peek().is_none();
        let id = match bindings.find(|binding| binding.import_name == name) {
            Some(binding) => &binding.provider_id,
            None if open => name,
            None if self.component(name).is_some() => return Err(self.not_bound(consumer, name)),
            None => return Err(self.not_in_plan(name)),
        };
        // The root itself is never a provider.
        self.component(id)
            .filter(|found| found.id != self.root)
            .ok_or_else(|| self.not_in_plan(name))
    }

    /// The component with `digest` that `consumer` may resolve; errors as those of [`Plan::lookup`].
    pub fn lookup_digest(
        &self,
        consumer: Option<&str>,
        digest: &crate::Digest,
    ) -> Result<&Component> {
        self.check_may_resolve()?;
        let open = self.is_root(consumer) && self.bindings_of(consumer).next().is_none();
        let of_digest = || {
            let all = self.components.iter();
            all.filter(|component| component.digest == *digest && component.id != self.root)
        };
        let bound = |component: &&Component| {
            open || self.bindings_of(consumer).any(|binding| binding.provider_id == component.id)
        };
        match (of_digest().find(bound), of_digest().next()) {
            (Some(component), _) => Ok(component),
            (None, Some(component)) => Err(self.not_bound(consumer, &component.id)),
            (None, None) => {
                Err(Error::new(Code::EmitLinkError, format_args!("{digest} is not in the plan")))
            }
        }
    }

    /// Whether the component `id`, as a consumer, may resolve anything at all.
    pub fn may_resolve(&self, id: &str) -> bool {
        self.check_may_resolve().is_ok() && self.bindings_of(Some(id)).next().is_some()
    }

    fn check_may_resolve(&self) -> Result<()> {
        if self.linkage == Linkage::Static {
            return Err(Error::new(
                Code::ExecCapabilityDenied,
                "the plan's linkage is `static`: nothing is resolved at run time",
            )
            .with_context("linkage"));
        }
        self.check_capability(CAPABILITY_RESOLVE)
    }

    fn is_root(&self, consumer: Option<&str>) -> bool {
        consumer.is_none_or(|consumer| consumer == self.root)
    }

    fn bindings_of<'p>(&'p self, consumer: Option<&'p str>) -> impl Iterator<Item = &'p Binding> {
        let wanted = consumer.unwrap_or(&self.root);
        self.bindings
            .iter()
            .filter(move |binding| binding.consumer_id.as_ref().unwrap_or(&self.root) == wanted)
    }

    fn not_in_plan(&self, name: &str) -> Error {
        let shown = shortened(name, 100);
        let error = Error::new(Code::EmitLinkError, format_args!("`{shown}` is not in the plan"));
        let ids: Vec<&str> =
            self.components.iter().map(|component| component.id.as_str()).collect();
        match crate::json::nearest(name, &ids) {
            Some(near) => error.with_context(format_args!("did you mean `{near}`?")),
            None => error,
        }
    }

    fn not_bound(&self, consumer: Option<&str>, name: &str) -> Error {
        let consumer = consumer.unwrap_or(&self.root);
        Error::new(
            Code::ExecCapabilityDenied,
            format_args!("no binding of the plan lets `{consumer}` resolve `{name}`"),
        )
        .with_context(format_args!(
            "bindings: {{\"consumer_id\": \"{consumer}\", \"import_name\": \"{name}\", \"provider_id\": \"{name}\"}}"
        ))
    }
}
