//! Packages for a run: which lock file says them, and whether it has to be made first.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::{Session, usage};
use crate::cpython;
use crate::graph::Digest;
use crate::packages::{self, Lock, Locked, Native, Requirement, Site};

/// The lock file of a script, beside it; of what is no file of this machine, one for each set of requirements.
pub fn lock_of(session: &Session, script: Option<&Path>, wanted: &[Requirement]) -> PathBuf {
    let stem = |path: &Path| path.file_stem()?.to_str().map(|stem| stem.replace('.', "_"));
    if let Some(path) = script.filter(|path| path.is_file())
        && let Some(stem) = stem(path)
    {
        return path.with_file_name(format!("pylock.{stem}.toml"));
    }
    let mut names: Vec<_> = wanted.iter().map(Requirement::to_string).collect();
    names.sort();
    let digest = Digest::of(names.join("\n")).to_string();
    session.root().join(format!("target/pylon/packages/pylock.{}.toml", &digest[..12]))
}

/// Installs what `wanted` are and need, as `file` locks it, and returns the folder; all that it locks if nothing is wanted.
/// What the file lacks is resolved and written into it first, with what it has left as it is unless `upgrade`.
pub fn site(
    session: &Session,
    wanted: &[Requirement],
    file: &Path,
    upgrade: bool,
) -> Result<PathBuf> {
    let lock = match file.is_file() {
        true => Lock::read(file)?,
        false if wanted.is_empty() => {
            return Err(usage(format!(
                "there is no lock file {}\nhint: --with says what it is to lock",
                file.display()
            )));
        }
        false => Lock::default(),
    };
    let missing = match lock.closure(wanted) {
        Ok(_) if upgrade => Some("--upgrade is given".to_owned()),
        closure => closure.err(),
    };
    let lock = match &missing {
        None => lock,
        Some(why) => {
            renewed(session, wanted, file, if upgrade { Lock::default() } else { lock }, why)?
        }
    };
    let packages = lock.closure(wanted).map_err(usage)?;
    let native = match packages.iter().any(|package| Native::is_wheel(&package.wheel)) {
        true => Native::load(session.workspace()?)?,
        false => Native::default(),
    };
    let site = Site::of(&native, &python(session)?, &packages, wanted).map_err(usage)?;
    if missing.is_some() {
        lock.write(file)?;
        session.note(&format!("note: {} locks what is needed", file.display()));
    }
    Ok(session.context()?.ensure_files(&site)?.dir)
}

/// The version of CPython whose packages they are.
pub fn python(session: &Session) -> Result<String> {
    Ok(cpython::choose(session.context()?, session.workspace()?)?.version)
}

/// Resolves what `lock` lacks, and writes all of it.
fn renewed(
    session: &Session,
    wanted: &[Requirement],
    file: &Path,
    mut lock: Lock,
    why: &str,
) -> Result<Lock> {
    let shown = file.display();
    if session.global.locked {
        return Err(usage(format!("--locked is given, but {shown} would change: {why}")));
    }
    if session.global.offline {
        bail!(
            "--offline is given, but {shown} does not lock what is wanted: {why}\n\
             hint: run the same command once without --offline"
        );
    }
    lock.packages.retain(|name, _| wanted.iter().all(|wanted| wanted.name != *name));
    let mut all = wanted.to_vec();
    all.extend(roots(&lock));
    packages::resolve(&python(session)?, &all, &lock)
}

/// Those of a lock that no other one needs.
fn roots(lock: &Lock) -> Vec<Requirement> {
    let needed =
        |name: &String| lock.packages.values().any(|user| user.dependencies.contains(name));
    let roots = lock.packages.values().filter(|package| !needed(&package.name));
    roots.filter_map(|package| exactly(package).parse().ok()).collect()
}

fn exactly(package: &Locked) -> String {
    let extras: Vec<_> = package.extras.iter().map(String::as_str).collect();
    format!("{}[{}]=={}", package.name, extras.join(","), package.version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_do_not_need_is_asked_for_again_as_it_was() {
        let locked = |name: &str, needs: &[&str], extras: &[&str]| Locked {
            name: name.to_owned(),
            version: "1.0".to_owned(),
            wheel: format!("{name}-1.0-py3-none-any.whl"),
            sha256: Digest::of(b""),
            dependencies: needs.iter().map(|&each| each.to_owned()).collect(),
            extras: extras.iter().map(|&each| each.to_owned()).collect(),
        };
        let mut lock = Lock::default();
        for package in [locked("a", &["b"], &["x", "y"]), locked("b", &[], &[])] {
            lock.packages.insert(package.name.clone(), package);
        }
        let roots: Vec<_> = roots(&lock).iter().map(Requirement::to_string).collect();
        assert_eq!(roots, ["a[x,y]==1.0"]);
    }
}
