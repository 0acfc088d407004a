//! Which Python modules are frozen under which names: the port's, those of a user's `--manifest`, and those of the
//! folders that `--freeze` names.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use crate::manifest::{Extension, Workspace};

/// What a user has frozen, besides what the port's manifest says.
#[derive(Clone, Debug, Default)]
pub struct Modules {
    /// A manifest.py, with links resolved.
    pub(super) manifest: Option<PathBuf>,
    /// Of the folders, by name.
    pub(super) files: Vec<Module>,
}

/// A Python file that is frozen.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Module {
    /// As MicroPython sees it: `pkg/x.py`.
    pub name: String,
    /// The file it comes from: for a message, and in a user's folder the file itself.
    pub from: PathBuf,
    /// Of optimization, `mpy-cross -O`.
    pub level: Option<u8>,
}

impl Modules {
    /// Of `--manifest` and each `--freeze`: every `.py` file below the folder under its name there. Hidden folders and
    /// `__pycache__` are left out, links to folders are not followed.
    ///
    /// Fails if a file or folder is not there, a folder has no module, or a file in it cannot be one.
    pub fn new(manifest: Option<&Path>, folders: &[PathBuf]) -> Result<Modules> {
        let manifest = manifest.map(existing_manifest).transpose()?;
        let mut files = Vec::new();
        for folder in folders {
            let found = below(folder)?;
            if found.is_empty() {
                bail!("--freeze {}: there is no .py file in it", folder.display());
            }
            for file in found {
                let name = slashed(&file)?;
                check_name(&name)
                    .with_context(|| folder.join(&file).display().to_string())
                    .map_err(|error| anyhow::anyhow!("{error:#}"))?;
                files.push(Module { name, from: folder.join(&file), level: None });
            }
        }
        once(&files)?;
        files.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Modules { manifest, files })
    }

    /// The modules of the manifests, which `listed` (JSON) names, and those of the folders, by name.
    ///
    /// Fails on a name that is none, and where two files would be the same module.
    pub(super) fn with(&self, listed: &str) -> Result<Vec<Module>> {
        let mut all: Vec<Module> = serde_json::from_str(listed).context("the list of modules")?;
        for module in &all {
            check_name(&module.name).with_context(|| module.from.display().to_string())?;
        }
        all.extend_from_slice(&self.files);
        once(&all)?;
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(all)
    }
}

/// The Python files over an extension's module, under their names there.
pub(super) fn facades(workspace: &Workspace, extension: &Extension) -> Result<Vec<Module>> {
    let mut facades = Vec::new();
    for shim in extension.provides.iter().filter_map(|provided| provided.shim.as_ref()) {
        let name = shim.dest.value.strip_prefix("Lib").unwrap_or(&shim.dest.value);
        let from = workspace.root.join(&shim.source).into_std_path_buf();
        if from.is_file() {
            facades.push(Module { name: name.to_string(), from, level: None });
            continue;
        }
        for file in below(&from)? {
            let name = format!("{name}/{}", slashed(&file)?);
            facades.push(Module { name, from: from.join(file), level: None });
        }
    }
    Ok(facades)
}

fn existing_manifest(path: &Path) -> Result<PathBuf> {
    if !path.is_file() {
        bail!("--manifest {}: there is no such file", path.display());
    }
    if path.extension().is_none_or(|extension| extension != "py") {
        bail!("--manifest {}: a manifest is a .py file", path.display());
    }
    path.canonicalize().with_context(|| format!("--manifest {}", path.display()))
}

/// The `.py` files below `folder`, relative to it, sorted.
pub(super) fn below(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        bail!("--freeze {}: there is no such folder", folder.display());
    }
    let mut files = Vec::new();
    let mut inside = vec![PathBuf::new()];
    while let Some(dir) = inside.pop() {
        let context = || format!("cannot read {}", folder.join(&dir).display());
        for entry in fs::read_dir(folder.join(&dir)).with_context(context)? {
            let entry = entry.with_context(context)?;
            let path = dir.join(entry.file_name());
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.file_type().with_context(context)?.is_dir() {
                if !name.starts_with('.') && name != "__pycache__" {
                    inside.push(path);
                }
            } else if name.ends_with(".py") && !name.starts_with('.') && entry.path().is_file() {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

fn slashed(path: &Path) -> Result<String> {
    let parts: Option<Vec<_>> = path.iter().map(|part| part.to_str()).collect();
    Ok(parts.with_context(|| format!("{} is not UTF-8", path.display()))?.join("/"))
}

/// Can the file `name` be imported?
fn check_name(name: &str) -> Result<()> {
    let Some(stem) = name.strip_suffix(".py") else { bail!("it is no .py file") };
    if stem == "__init__" {
        bail!(
            "a folder that is a package itself cannot be imported\nhint: name the folder that holds the package"
        );
    }
    for part in stem.split('/') {
        let mut letters = part.chars();
        let first =
            letters.next().is_some_and(|letter| letter.is_ascii_alphabetic() || letter == '_');
        if !first || !letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_') {
            bail!(
                "it cannot be imported: {part:?} is no name for a module\nhint: letters, digits and _ make a name"
            );
        }
    }
    Ok(())
}

/// Is each module there once? `a/b.py` and `a_b.py`, which mpy-tool.py gives one name in C, are not; neither are
/// `a.py` and `a/__init__.py`.
fn once(modules: &[Module]) -> Result<()> {
    let mut imported: BTreeMap<String, &Module> = BTreeMap::new();
    let mut compiled: BTreeMap<String, &Module> = BTreeMap::new();
    for module in modules {
        let (name, from) = (imported_name(&module.name), module.from.display());
        if let Some(other) = imported.insert(name.clone(), module) {
            bail!(
                "the module {name} is frozen twice: from {} and from {from}",
                other.from.display()
            );
        }
        if let Some(other) = compiled.insert(module.name.replace('/', "_"), module) {
            bail!(
                "{} and {} cannot both be frozen: MicroPython's mpy-tool.py gives them the same name\n\
                 hint: rename one of {} and {from}",
                other.name,
                module.name,
                other.from.display()
            );
        }
    }
    Ok(())
}

/// `pkg.x` for `pkg/x.py`, `pkg` for `pkg/__init__.py`.
fn imported_name(file: &str) -> String {
    let stem = file.strip_suffix(".py").unwrap_or(file);
    stem.strip_suffix("/__init__").unwrap_or(stem).replace('/', ".")
}

/// Fails if a module has the name of one that is built in: `import` would never look at it. `moduledefs` is MicroPython's
/// generated header; the modules that it calls extensible are looked for elsewhere first, so they may be replaced.
pub(super) fn check_built_in(modules: &[Module], moduledefs: &str) -> Result<()> {
    let built_in = built_in(moduledefs);
    for module in modules {
        let name = imported_name(&module.name);
        if built_in.contains(name.as_str()) {
            bail!(
                "{}: the module {name} is built in, so this one would never be imported\n\
                 hint: rename it; if a cap provides the module, WITH_<CAP>=0 leaves that out",
                module.from.display()
            );
        }
    }
    Ok(())
}

fn built_in(moduledefs: &str) -> BTreeSet<&str> {
    let listed: BTreeSet<&str> = moduledefs
        .lines()
        .skip_while(|line| !line.starts_with("#define MICROPY_REGISTERED_MODULES"))
        .take_while(|line| !line.starts_with("//"))
        .filter_map(|line| line.trim().strip_suffix('\\').map(str::trim))
        .collect();
    // `#define MODULE_DEF_ZLIB { MP_ROM_QSTR(MP_QSTR_zlib), .. }`: capitals do not tell the name.
    let defined = moduledefs.lines().filter_map(|line| {
        let (define, value) = line.strip_prefix("#define ")?.split_once(' ')?;
        let name = value.split_once("MP_QSTR_")?.1.split_once(')')?.0;
        listed.contains(define).then_some(name)
    });
    defined.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for file in files {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x = 1\n").unwrap();
        }
        dir
    }

    fn names(modules: &[Module]) -> Vec<&str> {
        modules.iter().map(|module| &*module.name).collect()
    }

    fn refusal(folders: &[&tempfile::TempDir]) -> String {
        let folders: Vec<_> = folders.iter().map(|dir| dir.path().to_owned()).collect();
        let error = Modules::new(None, &folders).unwrap_err().to_string();
        folders.iter().fold(error, |error, dir| error.replace(dir.to_str().unwrap(), "DIR"))
    }

    #[test]
    fn a_folder_gives_its_modules_and_packages() {
        let dir = folder(&[
            "main.py",
            "pkg/__init__.py",
            "pkg/_a1.py",
            "pkg/data.txt",
            ".hidden/x.py",
            "pkg/__pycache__/y.py",
            ".z.py",
        ]);
        let modules = Modules::new(None, &[dir.path().to_owned()]).unwrap();
        assert_eq!(names(&modules.files), ["main.py", "pkg/__init__.py", "pkg/_a1.py"]);
        assert_eq!(modules.files[0].from, dir.path().join("main.py"));
    }

    #[test]
    fn what_cannot_be_imported_is_refused() {
        let error = refusal(&[&folder(&["pkg/my-module.py"])]);
        assert!(
            error.starts_with("DIR/pkg/my-module.py: it cannot be imported: \"my-module\""),
            "{error}"
        );
        assert!(refusal(&[&folder(&["2x/a.py"])]).contains("\"2x\" is no name"), "digit");
        assert!(refusal(&[&folder(&["é.py"])]).contains("\"é\" is no name"), "letter");
        assert!(refusal(&[&folder(&["a.b.py"])]).contains("\"a.b\" is no name"), "dot");
        assert!(refusal(&[&folder(&["__init__.py"])]).contains("hint: name the folder that holds"));
    }

    #[test]
    fn a_folder_that_is_missing_or_empty_is_refused() {
        let dir = folder(&["readme.txt"]);
        assert_eq!(refusal(&[&dir]), "--freeze DIR: there is no .py file in it");
        let gone = dir.path().join("gone");
        let error = Modules::new(None, &[gone]).unwrap_err().to_string();
        assert!(error.ends_with("gone: there is no such folder"), "{error}");
        let file = dir.path().join("readme.txt");
        let error = Modules::new(Some(&file), &[]).unwrap_err().to_string();
        assert!(error.ends_with("a manifest is a .py file"), "{error}");
    }

    #[test]
    fn one_module_has_one_file() {
        let (one, two) = (folder(&["a.py"]), folder(&["a.py", "b.py"]));
        assert_eq!(
            refusal(&[&one, &two]),
            "the module a is frozen twice: from DIR/a.py and from DIR/a.py"
        );
        assert!(
            refusal(&[&folder(&["a.py", "a/__init__.py"])]).contains("module a is frozen twice")
        );
        assert!(refusal(&[&folder(&["a_b.py", "a/b.py"])]).contains("the same name"));
    }

    #[test]
    fn manifests_and_folders_are_merged() {
        let dir = folder(&["b.py"]);
        let modules = Modules::new(None, &[dir.path().to_owned()]).unwrap();
        let listed = r#"[{"name": "c.py", "from": "/m/c.py", "level": 3}, {"name": "a/x.py", "from": "/m/x.py", "level": null}]"#;
        let all = modules.with(listed).unwrap();
        assert_eq!(names(&all), ["a/x.py", "b.py", "c.py"]);
        assert_eq!(all[2].level, Some(3));

        let error =
            modules.with(r#"[{"name": "b.py", "from": "/m/b.py", "level": null}]"#).unwrap_err();
        assert!(
            error.to_string().contains("module b is frozen twice: from /m/b.py and"),
            "{error}"
        );
        let error =
            modules.with(r#"[{"name": "../b.py", "from": "/b.py", "level": null}]"#).unwrap_err();
        assert!(format!("{error:#}").contains("/b.py: it cannot be imported: \"..\""), "{error:#}");
        assert!(modules.with("[]").is_ok() && modules.with("{}").is_err());
    }

    const MODULEDEFS: &str = "\
#undef MODULE_DEF_OS
#define MODULE_DEF_OS { MP_ROM_QSTR(MP_QSTR_os), MP_ROM_PTR(&mp_module_os) },
#define MODULE_DEF_ZLIB { MP_ROM_QSTR(MP_QSTR_zlib), MP_ROM_PTR(&zlib_module) },

#define MICROPY_REGISTERED_MODULES \\
    MODULE_DEF_ZLIB \\
// MICROPY_REGISTERED_MODULES

#define MICROPY_REGISTERED_EXTENSIBLE_MODULES \\
    MODULE_DEF_OS \\
// MICROPY_REGISTERED_EXTENSIBLE_MODULES
";

    #[test]
    fn a_module_that_is_built_in_is_refused_unless_it_is_extensible() {
        let module = |name: &str| Module { name: name.into(), from: name.into(), level: None };
        for name in ["os.py", "pkg/zlib.py", "ZLIB.py", "other.py"] {
            check_built_in(&[module(name)], MODULEDEFS).unwrap();
        }
        for name in ["zlib.py", "zlib/__init__.py"] {
            let error = check_built_in(&[module(name)], MODULEDEFS).unwrap_err().to_string();
            assert!(error.contains("the module zlib is built in"), "{error}");
        }
    }
}
