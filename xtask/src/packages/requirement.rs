//! What `--with` takes: a package's name, extras and versions, as PEP 508 writes them.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use pep440_rs::VersionSpecifiers;

use super::normalized;

/// `requests[socks]>=2,<3`.
#[derive(Clone, Debug)]
pub struct Requirement {
    text: String,
    /// Normalized.
    pub name: String,
    pub extras: BTreeSet<String>,
    pub versions: VersionSpecifiers,
}

impl FromStr for Requirement {
    type Err = String;

    /// Addresses, paths and markers are refused: a lock could not pin them, or they would say nothing here.
    fn from_str(text: &str) -> Result<Requirement, String> {
        let form = |why: &str| {
            Err(format!("`{text}` {why}; say NAME, NAME[EXTRA], NAME==VERSION or NAME>=A,<B"))
        };
        let trimmed = text.trim();
        if trimmed.contains(['@', '/', '\\', ';']) {
            return form("is an address, a path or has a marker");
        }
        let end = trimmed.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)));
        let (name, rest) = trimmed.split_at(end.unwrap_or(trimmed.len()));
        let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        if !edge(name.chars().next()) || !edge(name.chars().next_back()) {
            return form("has no package's name in front");
        }
        let rest = rest.trim_start();
        let (extras, rest) = match rest.strip_prefix('[').map(|rest| rest.split_once(']')) {
            None => ("", rest),
            Some(Some(parts)) => parts,
            Some(None) => return form("has a `[` without `]`"),
        };
        let extras = extras.split(',').map(str::trim).filter(|extra| !extra.is_empty());
        let Ok(versions) = VersionSpecifiers::from_str(rest.trim()) else {
            return form(&format!("has `{}` where versions should be", rest.trim()));
        };
        Ok(Requirement {
            text: trimmed.to_owned(),
            name: normalized(name),
            extras: extras.map(normalized).collect(),
            versions,
        })
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_extras_and_versions_are_read() {
        let plain: Requirement = "Jinja2".parse().unwrap();
        assert_eq!(
            (plain.name.as_str(), plain.extras.len(), plain.versions.len()),
            ("jinja2", 0, 0)
        );
        let full: Requirement = " foo.Bar__x [ B_b, a ] >=2, <3 ".parse().unwrap();
        assert_eq!((full.name.as_str(), full.versions.len()), ("foo-bar-x", 2));
        assert_eq!(full.extras.into_iter().collect::<Vec<_>>(), ["a", "b-b"]);
        let pinned: Requirement = "attrs==24.2".parse().unwrap();
        assert!(pinned.versions.contains(&"24.2.0".parse().unwrap()));
    }

    #[test]
    fn what_is_no_requirement_is_refused_with_the_forms_that_are() {
        for wrong in [
            "",
            "-r",
            "./x",
            "x @ y",
            "x; python_version > '3'",
            "x[a",
            "x = 1",
            "x==",
            "x 1",
            "--net",
        ] {
            let said = wrong.parse::<Requirement>().unwrap_err();
            assert!(said.contains("NAME==VERSION"), "{wrong}: {said}");
        }
    }
}
