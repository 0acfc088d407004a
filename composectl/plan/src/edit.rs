//! Changing a plan's text: one component is one line, and only the line of what changed is touched.

use jsonc_parser::ast::{Array, Object, Value};
use jsonc_parser::common::Ranged;

use crate::error::{Code, Error, Result};
use crate::json::{self, Reader};
use crate::parse::REVISIONS;
use crate::plan::{Component, Plan, SignatureEntry};

/// The text of a new plan with these components, sorted by id.
pub fn new_plan(components: &[Component]) -> String {
    let mut sorted: Vec<&Component> = components.iter().collect();
    sorted.sort_by(|a, b| a.id.cmp(&b.id));
    let lines: Vec<String> = sorted.iter().map(|entry| format!("\n    {}", line(entry))).collect();
    let end = if lines.is_empty() { "" } else { "\n  " };
    format!("{{\n  \"version\": \"1\",\n  \"components\": [{}{end}]\n}}\n", lines.join(","))
}

/// The plan's text with the entry of `component`: in the place of the one with its id, else where the order of
/// ids puts it. The result is a valid plan.
pub fn set_component(text: &str, component: &Component) -> Result<String> {
    edit(text, |root| {
        let new = line(component);
        let Some(array) = components(root) else {
            let (at, comma) = match root.properties.last() {
                Some(last) => (last.range.end, ","),
                None => (root.range.start + 1, ""),
            };
            return Ok((at..at, format!("{comma}\n  \"components\": [\n    {new}\n  ]")));
        };
        if let Some(index) = position(array, &component.id) {
            return Ok((range(&array.elements[index]), new));
        }
        let after = array.elements.iter().position(|entry| id(entry) > Some(component.id.as_str()));
        Ok(match (after, array.elements.last()) {
            (Some(next), _) => {
                let at = range(&array.elements[next]).start;
                (at..at, format!("{new},{}", line_start(text, at)))
            }
            (None, Some(last)) => {
                let last = range(last);
                (last.end..last.end, format!(",{}{new}", line_start(text, last.start)))
            }
            (None, None) => (array.range.start..array.range.end, format!("[\n    {new}\n  ]")),
        })
    })
}

/// The plan's text without the component `id`. The result is a valid plan: no binding may name the component.
pub fn remove_component(text: &str, wanted: &str) -> Result<String> {
    edit(text, |root| {
        let found = components(root).and_then(|array| Some((array, position(array, wanted)?)));
        let (array, index) = found.ok_or_else(|| {
            Error::new(Code::InvalidInput, format_args!("`{wanted}` is not in the plan"))
                .with_context("composectl plan show PLAN lists its components")
        })?;
        let this = range(&array.elements[index]);
        let cut = match (index.checked_sub(1), array.elements.get(index + 1)) {
            (_, Some(next)) => this.start..range(next).start,
            (Some(previous), None) => range(&array.elements[previous]).end..this.end,
            (None, None) => return Ok((array.range.start..array.range.end, "[]".to_owned())),
        };
        Ok((cut, String::new()))
    })
}

type Change = (std::ops::Range<usize>, String);

/// Applies one change to a valid plan, counts its revision up, if it has one, and checks that it stays a plan.
fn edit(text: &str, change: impl FnOnce(&Object) -> Result<Change>) -> Result<String> {
    Plan::parse(text)?;
    let mut reader = Reader::new(text);
    let value = json::parse(text, &mut reader);
    let Some(Value::Object(root)) = &value else {
        return Err(Error::new(Code::InternalError, "a valid plan is no object"));
    };
    let (range, new) = change(root)?;
    if text[range.clone()] == new {
        return Ok(text.to_owned());
    }
    let mut changes = vec![(range, new)];
    changes.extend(next_revision(root));
    // From behind, so that what is yet to be changed stays where it is.
    changes.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    let mut edited = text.to_owned();
    for (range, new) in changes {
        edited.replace_range(range, &new);
    }
    Plan::parse(&edited)?;
    Ok(edited)
}

/// The change that counts the plan's revision up.
fn next_revision(root: &Object) -> Option<Change> {
    let property = root.properties.iter().find(|property| property.name.as_str() == "revision")?;
    let number: u64 = property.value.as_number_lit()?.value.parse().ok()?;
    let next = Some(number + 1).filter(|next| REVISIONS.contains(next))?;
    Some((range(&property.value), next.to_string()))
}

fn components<'r, 'a>(root: &'r Object<'a>) -> Option<&'r Array<'a>> {
    root.properties
        .iter()
        .find(|property| property.name.as_str() == "components")
        .and_then(|property| property.value.as_array())
}

fn id<'r>(entry: &'r Value) -> Option<&'r str> {
    let properties = &entry.as_object()?.properties;
    let property = properties.iter().find(|property| property.name.as_str() == "id")?;
    property.value.as_string_lit().map(|literal| literal.value.as_ref())
}

fn position(array: &Array, wanted: &str) -> Option<usize> {
    array.elements.iter().position(|entry| id(entry) == Some(wanted))
}

fn range(value: &Value) -> std::ops::Range<usize> {
    let range = value.range();
    range.start..range.end
}

/// What separates entries: a new line with the indentation of the entry at `offset`, if that begins its line, else
/// a space.
fn line_start(text: &str, offset: usize) -> String {
    let before = &text[..offset];
    let indentation = &before[before.rfind('\n').map_or(0, |newline| newline + 1)..];
    if before.contains('\n') && indentation.trim().is_empty() {
        format!("\n{indentation}")
    } else {
        " ".to_owned()
    }
}

/// A component as one line of JSON.
pub fn line(component: &Component) -> String {
    let mut fields = vec![
        format!("\"id\": {}", quote(&component.id)),
        format!("\"digest\": \"{}\"", component.digest),
    ];
    if let Some(source) = &component.source {
        fields.push(format!("\"source\": {}", quote(&source.text())));
    }
    if let Some(grants) = &component.grants {
        let lists = [
            ("dirs", grants.dirs.iter().map(|grant| grant.text()).collect::<Vec<_>>()),
            ("env", grants.env.iter().map(|grant| grant.text()).collect()),
            ("net", grants.net.clone()),
        ];
        let lists = lists.iter().filter(|(_, texts)| !texts.is_empty()).map(|(name, texts)| {
            let texts: Vec<String> = texts.iter().map(|text| quote(text)).collect();
            format!("\"{name}\": [{}]", texts.join(", "))
        });
        fields.push(format!("\"grants\": {{{}}}", lists.collect::<Vec<_>>().join(", ")));
    }
    let limits: Vec<String> =
        component.limits.set().map(|(name, value)| format!("\"{name}\": {value}")).collect();
    if !limits.is_empty() {
        fields.push(format!("\"limits\": {{{}}}", limits.join(", ")));
    }
    if !component.signatures.is_empty() {
        let signatures: Vec<String> = component.signatures.iter().map(signature).collect();
        fields.push(format!("\"signatures\": [{}]", signatures.join(", ")));
    }
    format!("{{{}}}", fields.join(", "))
}

/// A signature as JSON.
pub(crate) fn signature(entry: &SignatureEntry) -> String {
    let expires =
        entry.expires.map(|expires| format!(", \"expires\": \"{expires}\"")).unwrap_or_default();
    let SignatureEntry { key, .. } = entry;
    format!("{{\"key\": \"{key}\", \"signature\": \"{}\"{expires}}}", entry.signature_text())
}

fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
