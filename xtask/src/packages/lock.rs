//! Lock files as PEP 751 has them: `pylock.toml`. A wheel is named by its file and its hash. Where it comes from is not
//! said: pip is asked for what has that hash.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::str::FromStr as _;

use anyhow::{Context as _, Result, bail};
use pep440_rs::Version;
use serde::Deserialize;

use super::requirement::Requirement;
use super::{Native, normalized};
use crate::graph::{Digest, write_atomic};

const VERSION: &str = "1.0";
/// What is locked is for one Python, whoever locks.
const ENVIRONMENT: &str = "sys_platform == 'wasi'";

/// The packages of a lock by their normalized names.
#[derive(Clone, Debug, Default)]
pub struct Lock {
    pub packages: BTreeMap<String, Locked>,
}

/// One wheel.
#[derive(Clone, Debug)]
pub struct Locked {
    pub name: String,
    pub version: String,
    /// The name of its file.
    pub wheel: String,
    pub sha256: Digest,
    pub dependencies: BTreeSet<String>,
    /// Those whose dependencies are among `dependencies`.
    pub extras: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct File {
    lock_version: String,
    #[serde(default)]
    packages: Vec<Package>,
}

/// A table of `[[packages]]`: what is not read here says where a package comes from, or what else could be installed.
#[derive(Deserialize)]
struct Package {
    name: String,
    version: Option<String>,
    marker: Option<String>,
    #[serde(default)]
    dependencies: Vec<Dependency>,
    #[serde(default)]
    wheels: Vec<Wheel>,
    #[serde(default)]
    tool: Tool,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
}

#[derive(Deserialize)]
struct Wheel {
    name: Option<String>,
    url: Option<String>,
    path: Option<String>,
    hashes: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
struct Tool {
    #[serde(default)]
    pylon: Pylon,
}

#[derive(Default, Deserialize)]
struct Pylon {
    #[serde(default)]
    extras: Vec<String>,
}

impl Wheel {
    /// The name of its file: the last part of where it is, where it is not said.
    fn file(&self) -> Option<&str> {
        let place = self.url.as_deref().or(self.path.as_deref());
        self.name.as_deref().or_else(|| place?.rsplit('/').next())
    }
}

impl Package {
    /// Fails where it is not one wheel with a hash, whatever the machine.
    fn locked(self) -> Result<Locked> {
        let name = normalized(&self.name);
        if let Some(marker) = self.marker {
            bail!("`{name}` has a marker ({marker}), which is not read here");
        }
        // What has no native code serves everywhere, and comes first.
        let is_native = |wheel: &&Wheel| wheel.file().is_none_or(Native::is_wheel);
        let Some(wheel) = self.wheels.iter().min_by_key(is_native) else {
            bail!("`{name}` has no wheel");
        };
        let (Some(version), Some(file)) = (self.version, wheel.file()) else {
            bail!("`{name}` has no version, or a wheel without a name");
        };
        if Version::from_str(&version).is_err() || file.split('-').count() < 5 {
            bail!("`{name}` has a version or a wheel whose name is none: {version}, {file}");
        }
        let Some(sha256) = wheel.hashes.get("sha256").and_then(|hex| Digest::parse(hex)) else {
            bail!("`{name}` has no sha256");
        };
        let (file, extras) = (file.to_owned(), self.tool.pylon.extras);
        let dependencies = self.dependencies.iter().map(|each| normalized(&each.name)).collect();
        let extras = extras.iter().map(|extra| normalized(extra)).collect();
        Ok(Locked { name, version, wheel: file, sha256, dependencies, extras })
    }
}

impl Lock {
    /// Reads a lock file.
    pub fn read(path: &Path) -> Result<Lock> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        Lock::parse(&text)
            .with_context(|| format!("{} is no lock file that serves", path.display()))
    }

    fn parse(text: &str) -> Result<Lock> {
        let file: File = toml_edit::de::from_str(text)?;
        if file.lock_version != VERSION {
            bail!("its lock-version is {}, not {VERSION}", file.lock_version);
        }
        let mut packages = BTreeMap::new();
        for package in file.packages {
            let package = package.locked()?;
            let name = package.name.clone();
            if packages.insert(name.clone(), package).is_some() {
                bail!("`{name}` is there twice");
            }
        }
        Ok(Lock { packages })
    }

    /// Writes it as a whole.
    pub fn write(&self, path: &Path) -> Result<()> {
        write_atomic(path, self.text().as_bytes())
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// Sorted, so that the same packages are the same text.
    fn text(&self) -> String {
        let mut text = String::from(
            "# Made by `cargo xtask`. Wheels by their hashes: where they come from is what pip is set to.\n",
        );
        let _ = write!(
            text,
            "lock-version = \"{VERSION}\"\nenvironments = [\"{ENVIRONMENT}\"]\ncreated-by = \"pylon\"\n"
        );
        for package in self.packages.values() {
            let Locked { name, version, wheel, sha256, dependencies, extras } = package;
            let _ = write!(text, "\n[[packages]]\nname = \"{name}\"\nversion = \"{version}\"\n");
            if !dependencies.is_empty() {
                let each = dependencies.iter().map(|name| format!("{{ name = \"{name}\" }}"));
                let each = each.collect::<Vec<_>>().join(", ");
                let _ = writeln!(text, "dependencies = [{each}]");
            }
            let _ = writeln!(
                text,
                "wheels = [{{ name = \"{wheel}\", hashes = {{ sha256 = \"{sha256}\" }} }}]"
            );
            if !extras.is_empty() {
                let each = extras.iter().map(|extra| format!("\"{extra}\""));
                let each = each.collect::<Vec<_>>().join(", ");
                let _ = write!(text, "\n[packages.tool.pylon]\nextras = [{each}]\n");
            }
        }
        text
    }

    /// The packages that `wanted` need, all of them if nothing is wanted. `Err` says what the lock does not have.
    pub fn closure(&self, wanted: &[Requirement]) -> Result<Vec<&Locked>, String> {
        if wanted.is_empty() {
            return Ok(self.packages.values().collect());
        }
        let mut names = BTreeSet::new();
        let mut todo = Vec::new();
        for requirement in wanted {
            let Some(package) = self.packages.get(&requirement.name) else {
                return Err(format!("it does not have {}", requirement.name));
            };
            let version = Version::from_str(&package.version);
            if !version.is_ok_and(|version| requirement.versions.contains(&version)) {
                return Err(format!(
                    "it has {} {}, and {requirement} is wanted",
                    package.name, package.version
                ));
            }
            if let Some(extra) = requirement.extras.difference(&package.extras).next() {
                return Err(format!("it has {} without [{extra}]", package.name));
            }
            todo.push(&package.name);
        }
        while let Some(name) = todo.pop() {
            let Some(package) = self.packages.get(name) else {
                return Err(format!("it does not have {name}, which others need"));
            };
            if names.insert(name) {
                todo.extend(&package.dependencies);
            }
        }
        Ok(names.into_iter().map(|name| &self.packages[name]).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(digit: char) -> String {
        digit.to_string().repeat(64)
    }

    fn ours() -> String {
        let (a, b) = (hash('a'), hash('b'));
        format!(
            "lock-version = '1.0'\n\
             [[packages]]\nname = 'Foo'\nversion = '1.2'\ndependencies = [{{ name = 'b.c' }}]\n\
             wheels = [{{ name = 'foo-1.2-py3-none-any.whl', hashes = {{ sha256 = '{a}' }} }}]\n\
             [packages.tool.pylon]\nextras = ['x']\n\
             [[packages]]\nname = 'b-c'\nversion = '3'\n\
             wheels = [{{ name = 'b_c-3-py3-none-any.whl', hashes = {{ sha256 = '{b}' }} }}]\n"
        )
    }

    fn names(lock: &Lock, wanted: &[&str]) -> Result<Vec<String>, String> {
        let wanted: Vec<_> = wanted.iter().map(|text| text.parse().unwrap()).collect();
        let packages = lock.closure(&wanted)?;
        Ok(packages.iter().map(|package| package.name.clone()).collect())
    }

    #[test]
    fn what_is_written_is_read_as_it_was() {
        let lock = Lock::parse(&ours()).unwrap();
        let again = Lock::parse(&lock.text()).unwrap();
        assert_eq!(lock.text(), again.text());
        assert_eq!(names(&again, &[]).unwrap(), ["b-c", "foo"]);
    }

    #[test]
    fn packages_come_with_what_they_need_and_nothing_else() {
        let lock = Lock::parse(&ours()).unwrap();
        assert_eq!(names(&lock, &["b-c"]).unwrap(), ["b-c"]);
        assert_eq!(names(&lock, &["foo[x]>1"]).unwrap(), ["b-c", "foo"]);
    }

    #[test]
    fn what_a_lock_does_not_have_is_named() {
        let lock = Lock::parse(&ours()).unwrap();
        assert_eq!(names(&lock, &["d"]).unwrap_err(), "it does not have d");
        assert_eq!(names(&lock, &["foo[y]"]).unwrap_err(), "it has foo without [y]");
        assert_eq!(names(&lock, &["foo>2"]).unwrap_err(), "it has foo 1.2, and foo>2 is wanted");
        let mut lock = lock;
        lock.packages.remove("b-c");
        assert!(names(&lock, &["foo"]).unwrap_err().contains("b-c, which others need"));
    }

    #[test]
    fn locks_of_other_tools_serve_where_they_say_one_wheel() {
        let digest = hash('c');
        let lock = |rest: &str| {
            Lock::parse(&format!(
                "lock-version = '1.0'\ncreated-by = 'x'\n[[packages]]\nname = 'm'\nversion = '1'\n{rest}"
            ))
        };
        let wheel = |name: &str| {
            format!("{{ url = 'https://h/a/{name}', hashes = {{ sha256 = '{digest}' }} }}")
        };
        let both = format!(
            "wheels = [{}, {}]",
            wheel("m-1-cp313-cp313-manylinux2014_x86_64.whl"),
            wheel("m-1-py3-none-any.whl")
        );
        assert_eq!(lock(&both).unwrap().packages["m"].wheel, "m-1-py3-none-any.whl");
        for (rest, said) in [
            ("sdist = { url = 'https://h/m-1.tar.gz', hashes = { sha256 = 'd' } }", "no wheel"),
            ("marker = \"os_name == 'nt'\"", "has a marker"),
            ("wheels = [{ name = 'm-1-py3-none-any.whl', hashes = { md5 = 'd' } }]", "no sha256"),
            ("wheels = [{ name = 'm', hashes = { sha256 = 'd' } }]", "whose name is none"),
        ] {
            let error = format!("{:#}", lock(rest).unwrap_err());
            assert!(error.contains(said), "{error}");
        }
        assert!(Lock::parse("lock-version = '2.0'").is_err());
    }
}
