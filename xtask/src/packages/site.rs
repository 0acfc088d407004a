//! The folder that a run sees as its site-packages.

use anyhow::Result;

use super::native::Native;
use super::wheel::Wheel;
use super::{Locked, Requirement};
use crate::graph::{Context, Inputs, Step, Work};
use crate::sources::copy_tree;

/// What wheels put into it, one after the other: of two files of one name the later one is there, as with pip.
#[derive(Clone, Debug)]
pub struct Site {
    wheels: Vec<Wheel>,
}

impl Step for Site {
    const KIND: &'static str = "install";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        match self.wheels.as_slice() {
            [wheel] => wheel.name.clone(),
            wheels => format!("{} packages", wheels.len()),
        }
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        let artifacts = cx.ensure_all(&self.wheels)?;
        for (wheel, artifact) in self.wheels.iter().zip(&artifacts) {
            inputs.artifact(&wheel.name, artifact);
        }
        Ok(())
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        for wheel in &self.wheels {
            copy_tree(&cx.ensure_files(wheel)?.dir, work.out())?;
        }
        Ok(())
    }
}

impl Site {
    /// Locked packages, for Python `python` (`3.13.5`). `wanted` are those that somebody asked for by name; of what they need,
    /// that is left out which a cap has under the same name.
    ///
    /// `Err` names native code that nothing does without, and what serves in its place.
    pub fn of(
        native: &Native,
        python: &str,
        packages: &[&Locked],
        wanted: &[Requirement],
    ) -> Result<Site, String> {
        let python = python.rsplit_once('.').map_or(python, |(minor, _)| minor);
        let asked_for = |package: &Locked| wanted.iter().any(|wanted| wanted.name == package.name);
        let (mut wheels, mut refused) = (Vec::new(), Vec::new());
        for package in packages {
            let is_native = Native::is_wheel(&package.wheel);
            if !is_native || native.can_be_left_out(&package.name) {
                wheels.push(Wheel::of(package, is_native, python));
            } else if asked_for(package) || native.provided(&package.name).is_none() {
                refused.push(*package);
            }
        }
        // What somebody named says more than what that one needs.
        if let Some(package) = refused.iter().max_by_key(|package| asked_for(package)) {
            return Err(refusal(native, package, packages));
        }
        Ok(Site { wheels })
    }
}

fn refusal(native: &Native, package: &Locked, packages: &[&Locked]) -> String {
    let Locked { name, version, wheel, .. } = package;
    let users: Vec<_> = packages
        .iter()
        .filter(|user| user.dependencies.contains(name))
        .map(|user| format!("{} {}", user.name, user.version))
        .collect();
    let needed = match users.is_empty() {
        true => String::new(),
        false => format!(", which {} needs,", users.join(" and ")),
    };
    format!(
        "{name} {version}{needed} has native code, which cannot be loaded here: {wheel}\nhint: {}",
        native.hint(name)
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::checkout;
    use crate::graph::Digest;
    use crate::manifest::Workspace;

    fn locked(name: &str, needs: &[&str]) -> Locked {
        Locked {
            name: name.to_owned(),
            version: "2.0".to_owned(),
            wheel: format!("{name}-2.0-cp313-cp313-manylinux2014_x86_64.whl"),
            sha256: Digest::of(b""),
            dependencies: needs.iter().map(|&need| need.to_owned()).collect(),
            extras: BTreeSet::new(),
        }
    }

    #[test]
    fn native_code_is_refused_with_what_serves_in_its_place() {
        let root = camino::Utf8PathBuf::from_path_buf(checkout::own().unwrap()).unwrap();
        let native = Native::load(&Workspace::load(&root).unwrap()).unwrap();
        for (name, serves) in [
            ("xxhash", "the cap `xxhash`: `import xxhash`"),
            ("blake3", "the cap `blake3`"),
            ("duckdb", "the cap `duckdb`"),
            ("backports-zstd", "the cap `zstd`: `import backports.zstd`"),
            ("zstandard", "compression.zstd"),
            ("cryptography", "pylon.crypto"),
            ("numpy", "no cap has it"),
        ] {
            let (package, user) = (locked(name, &[]), locked("user", &[name]));
            let said = refusal(&native, &package, &[&package, &user]);
            assert!(said.contains(serves), "{said}");
            let named = format!("{name} 2.0, which user 2.0 needs, has native code");
            assert!(said.contains(&named) && said.contains("cp313"), "{said}");
        }
        let names = |packages: &[&Locked], wanted: &[&str]| {
            let wanted: Vec<_> = wanted.iter().map(|name| name.parse().unwrap()).collect();
            let site = Site::of(&native, "3.13.5", packages, &wanted)?;
            Ok::<_, String>(site.wheels.into_iter().map(|wheel| wheel.name).collect::<Vec<_>>())
        };
        // Who needs a package gets the cap's; who asks for it is told.
        let (markupsafe, xxhash) = (locked("markupsafe", &[]), locked("xxhash", &[]));
        assert_eq!(names(&[&markupsafe, &xxhash], &["markupsafe"]).unwrap(), ["markupsafe"]);
        assert!(names(&[&xxhash], &["xxhash"]).is_err());
    }
}
