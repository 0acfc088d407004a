//! The machine's own CPython, which figures and differential tests compare with.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::bench::measure;

/// A real interpreter, not one of the scripts that version managers put before it.
#[derive(Clone)]
pub struct NativePython {
    pub program: PathBuf,
    /// Such as `CPython 3.13.0 with zlib 1.2.13`.
    pub version: String,
    /// The others that were found, with the time that `pass` takes them.
    pub others: Vec<String>,
}

impl NativePython {
    /// The one that `PYTHON` names. Else one of the version that pylon.wasm is (`3.13.5`), up to the last number,
    /// since each version starts differently; else, and among several, the one that starts fastest: a figure says
    /// nothing if the reference is held up by what happens to be installed for it.
    pub fn find(version: &str) -> Result<NativePython> {
        let (minor, _) = version.rsplit_once('.').unwrap_or((version, ""));
        let set = std::env::var("PYTHON").ok().filter(|name| !name.is_empty());
        let names = match set {
            Some(name) => vec![name],
            None => [format!("python{minor}"), "python3".into(), "/usr/bin/python3".into()]
                .into_iter()
                .chain(installed_by_pyenv(minor))
                .collect(),
        };
        let mut found: Vec<(f64, NativePython)> = Vec::new();
        for name in names {
            let Ok(python) = NativePython::of(&name) else { continue };
            if found.iter().all(|(_, other)| other.program != python.program) {
                let [sample] = measure::interleaved(1, 5, [&|| python.command("pass")])?;
                found.push((sample.best(), python));
            }
        }
        found.sort_by(|(a_seconds, a), (b_seconds, b)| {
            let other = |python: &NativePython| !python.is_alike(version);
            other(a).cmp(&other(b)).then(a_seconds.total_cmp(b_seconds))
        });
        let others = found.iter().skip(1);
        let others = others
            .map(|(seconds, python)| format!("{} {:.1} ms", python.version, seconds * 1e3))
            .collect();
        match found.into_iter().next() {
            Some((_, python)) => Ok(NativePython { others, ..python }),
            None => bail!(
                "there is no native python3 with zlib to compare with\nhint: PYTHON names one"
            ),
        }
    }

    fn of(name: &str) -> Result<NativePython> {
        let code = "import sys, zlib; print(sys.executable); \
                    print(sys.version.split()[0], 'with zlib', zlib.ZLIB_RUNTIME_VERSION)";
        let said = measure::run(Command::new(name).args(["-c", code]))?;
        let mut lines = said.lines();
        let (Some(program), Some(version)) = (lines.next(), lines.next()) else {
            bail!("{name} does not say what it is");
        };
        Ok(NativePython {
            program: program.into(),
            version: format!("CPython {version}"),
            others: Vec::new(),
        })
    }

    /// Whether it is `version` (`3.13.5`), up to the last number.
    pub fn is_alike(&self, version: &str) -> bool {
        let minor = version.rsplit_once('.').map_or(version, |(minor, _)| minor);
        self.version.starts_with(&format!("CPython {minor}."))
    }

    /// Puts a package of PyPI, named with its version, and nothing that it needs, into `folder`.
    pub fn install(&self, package: &str, folder: &Path) -> Result<()> {
        let mut install = Command::new(&self.program);
        install.args(["-m", "pip", "install", "--quiet", "--no-deps", "--target"]);
        install.arg(folder).arg(package);
        measure::run(&mut install).with_context(|| format!("pip cannot fetch {package}")).map(drop)
    }

    pub fn command(&self, code: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["-c", code]);
        command
    }
}

/// Interpreters of `minor` that pyenv has installed, whichever it has switched on.
fn installed_by_pyenv(minor: &str) -> Vec<String> {
    let root = std::env::var_os("PYENV_ROOT").map(PathBuf::from);
    let root = root.or_else(|| std::env::home_dir().map(|home| home.join(".pyenv")));
    let versions = root.and_then(|root| std::fs::read_dir(root.join("versions")).ok());
    let folders = versions.into_iter().flatten().flatten().map(|entry| entry.path());
    let alike = folders.filter(|folder| {
        folder
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with(&format!("{minor}.")))
    });
    alike.map(|folder| folder.join("bin/python3").display().to_string()).collect()
}
