//! `runtimes/micropython/tests/*.py`: programs of ours, each with the output that it must have beside it (`*.exp`), on
//! every engine. Lines at the top of a program say how it is run:
//!
//! * `# args: -X heapmax=2m`: MicroPython's flags in front of the file
//! * `# memory: 24M`: bound of the whole memory, on engines that have one: what leaks outside of the heap shows
//! * `# beside: ../other/module.py`: what it imports, from the program's folder on
//! * `# engine: wasmtime`: the one engine that it is run on, for what takes others too long

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use super::super::suite::{Counts, Test};
use super::engine::{self, Engine, Grants};
use super::subject::Subject;

pub const FOLDER: &str = "runtimes/micropython/tests";
/// A guard: one of them takes an interpreter a minute, and a busy machine three.
const TIMEOUT: Duration = Duration::from_secs(20 * 60);

pub fn tests<'a>(subject: &'a Subject<'a>) -> Result<Vec<Test<'a>>> {
    let folder = subject.session.root().join(FOLDER);
    let programs = scripts(&folder, "")?.into_iter();
    // Others are what upstream's tests import.
    let programs = programs.filter(|path| path.with_extension("exp").is_file());
    let test = |path: PathBuf| {
        let name = format!("{FOLDER}/{}", file_name(&path));
        Test::new(name, move || {
            let program = Program::read(&path)?;
            let engines = subject.built()?.engines().filter(|engine| program.is_for(engine));
            Ok(on_each(engines, |engine| run(subject, engine, &program)))
        })
    };
    Ok(programs.map(test).collect())
}

/// Runs `test` on every engine; each counts.
pub fn on_each_engine(subject: &Subject, test: impl Fn(&Engine) -> Result<()>) -> Result<Counts> {
    Ok(on_each(subject.built()?.engines(), test))
}

/// Runs `test` on each of some engines.
pub fn on_each<'e>(
    engines: impl Iterator<Item = &'e Engine>,
    test: impl Fn(&Engine) -> Result<()>,
) -> Counts {
    let mut counts = Counts::default();
    for engine in engines {
        match test(engine) {
            Ok(()) => counts.passed += 1,
            Err(error) => {
                counts.failed += 1;
                counts.output += &format!("on {}: {error:#}\n", engine.name());
            }
        }
    }
    counts
}

fn run(subject: &Subject, engine: &Engine, program: &Program) -> Result<()> {
    let printed = program.run(engine, &subject.built()?.image)?;
    let expected = fs::read_to_string(program.path.with_extension("exp"))?;
    ensure!(printed == expected, "it printed\n{printed}and should have printed\n{expected}");
    Ok(())
}

/// A script and how it is run.
pub struct Program {
    path: PathBuf,
    args: Vec<String>,
    memory: Option<String>,
    engine: Option<String>,
    beside: Vec<PathBuf>,
}

impl Program {
    pub fn read(path: &Path) -> Result<Program> {
        let text = fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
        let top = text.lines().take_while(|line| line.starts_with('#'));
        let (path, args) = (path.to_owned(), Vec::new());
        let mut program = Program { path, args, memory: None, engine: None, beside: Vec::new() };
        for line in top {
            if let Some(args) = line.strip_prefix("# args: ") {
                program.args = args.split_whitespace().map(str::to_owned).collect();
            } else if let Some(memory) = line.strip_prefix("# memory: ") {
                program.memory = Some(memory.trim().to_owned());
            } else if let Some(module) = line.strip_prefix("# beside: ") {
                program.beside.push(program.path.with_file_name(module.trim()));
            } else if let Some(engine) = line.strip_prefix("# engine: ") {
                program.engine = Some(engine.trim().to_owned());
            }
        }
        Ok(program)
    }

    fn is_for(&self, engine: &Engine) -> bool {
        self.engine.as_ref().is_none_or(|name| name == engine.name())
    }

    /// Runs it in a folder of its own, which it may write to. What it prints; fails unless it ends well and prints
    /// nothing to standard error.
    pub fn run(&self, engine: &Engine, image: &Path) -> Result<String> {
        let work = tempfile::tempdir()?;
        let name = file_name(&self.path);
        fs::copy(&self.path, work.path().join(&name))?;
        for module in &self.beside {
            fs::copy(module, work.path().join(file_name(module)))
                .with_context(|| format!("{}", module.display()))?;
        }
        let memory = self.memory.as_deref();
        let grants = Grants { folders: &[OsStr::new(".")], memory, ..Grants::default() };
        let mut command = engine.command(image, &grants);
        command.args(&self.args).arg(name).current_dir(work.path());
        let output = engine::output(&mut command, b"", TIMEOUT)?;
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        let stderr = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success() && stderr.is_empty(),
            "it ended with {}\n{stdout}{stderr}",
            output.status
        );
        Ok(stdout)
    }
}

/// The `.py` files of a folder whose names begin with `prefix`, sorted; none if there is no folder.
pub fn scripts(folder: &Path, prefix: &str) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let mut paths: Vec<_> = paths.collect::<Result<_>>()?;
    paths.retain(|path| {
        let name = file_name(path);
        name.starts_with(prefix) && name.ends_with(".py")
    });
    paths.sort();
    Ok(paths)
}

pub fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_at_the_top_say_how_a_program_is_run() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.py");
        fs::write(
            &path,
            "# args: -X heapmax=2m -O\n# memory: 4M\n# engine: iwasm\n# beside: ../b.py\nimport gc\n# args: late\n",
        )
        .unwrap();
        let program = Program::read(&path).unwrap();
        assert_eq!(program.args, ["-X", "heapmax=2m", "-O"]);
        assert_eq!(program.memory.as_deref(), Some("4M"));
        assert_eq!(program.engine.as_deref(), Some("iwasm"));
        assert_eq!(program.beside, [folder.path().join("../b.py")]);
    }
}
