//! Python modules into the image: the manifests say which ([`Manifest`]), mpy-cross compiles them to byte code, and
//! MicroPython's `tools/mpy-tool.py` writes that as C ([`Frozen`]), with the qstrs that the image has not.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::cross;
use super::modules::{self, Module, Modules};
use super::{Base, RUNTIME};
use crate::compile::{Compile, Place};
use crate::composectl::Composectl;
use crate::graph::{Artifact, Context, Inputs, Step, Work};
use crate::scripts::Interpreter;

/// Byte code as C, to be compiled: the port's own modules, those of the settings, and the `facades` of caps. `headers` are those
/// of the program that it becomes a part of.
pub(super) fn frozen(
    cx: &Context,
    base: &Base,
    python: &Interpreter,
    headers: &Artifact,
    facades: Vec<Module>,
) -> Result<Compile> {
    let modules = &base.settings.modules;
    let manifest = Manifest {
        source: base.source.clone(),
        python: python.clone(),
        users: modules.manifest.clone(),
    };
    let (listed, mpy_cross) =
        cx.join(|cx| cx.ensure(&manifest), |cx| cx.ensure(&cross::mpy_cross(cx, base, python)?))?;
    let content = cx.ensure(&Frozen {
        files: modules.files.iter().cloned().chain(facades).collect(),
        listed,
        mpy_cross,
        source: base.source.clone(),
        python: python.clone(),
        headers: headers.clone(),
    })?;
    let source = Place::output("frozen", &content, "frozen_content.c");
    let mut compile = base.compile(source, &[], &base.settings.level, &["-w"]);
    compile.include.push(Place::output("genhdr", headers, ""));
    Ok(compile)
}

/// What manifests freeze: `modules.json`, see `list_manifest.py`, and the sources in `modules/`.
#[derive(Clone, Debug)]
struct Manifest {
    source: Artifact,
    python: Interpreter,
    /// The manifest of a user, after the port's own.
    users: Option<PathBuf>,
}

const LIST_MANIFEST: &str = "list_manifest.py";
const PORTS_MANIFEST: &str = "manifest.py";

impl Manifest {
    /// The folder of the user's manifest and the Python files below it, which are all that the manifest sees.
    fn users_files(&self) -> Result<Option<(&Path, Vec<PathBuf>)>> {
        let Some(folder) = self.users.as_deref().and_then(Path::parent) else { return Ok(None) };
        Ok(Some((folder, modules::below(folder)?)))
    }
}

impl Step for Manifest {
    const KIND: &'static str = "manifest";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        let users = self.users.as_ref().and_then(|path| path.file_name());
        users.map_or(format!("{RUNTIME}/{PORTS_MANIFEST}"), |name| name.display().to_string())
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        inputs.artifact("micropython", &self.source);
        self.python.input(inputs);
        for file in [LIST_MANIFEST, PORTS_MANIFEST] {
            inputs.file(&cx.root().join(RUNTIME).join(file))?;
        }
        if let (Some(manifest), Some((folder, files))) = (&self.users, self.users_files()?) {
            inputs.text("manifest", name(manifest));
            for file in files {
                inputs.file_as(&file.display().to_string(), &folder.join(&file))?;
            }
        }
        Ok(())
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let runtime = cx.root().join(RUNTIME);
        let ports = work.scratch()?.join("port");
        copy(&runtime, &ports, &[LIST_MANIFEST.into(), PORTS_MANIFEST.into()])?;
        let mut python = self.python.start(cx, work)?;
        python.mount(&self.source.dir, "/micropython");
        python.mount(&ports, "/port");
        let mut args = ["--micropython", "/micropython", "--port", "/port", "--output", "/out"]
            .map(str::to_owned)
            .to_vec();
        let mut manifests = vec![format!("/port/{PORTS_MANIFEST}")];
        if let (Some(manifest), Some((folder, files))) = (&self.users, self.users_files()?) {
            let users = work.scratch()?.join("users");
            copy(folder, &users, &files)?;
            // Under its own name, which messages then show.
            python.mount(&users, &folder.display().to_string());
            args.extend(["--board".to_owned(), folder.display().to_string()]);
            manifests.push(manifest.display().to_string());
        }
        let args: Vec<_> = args.iter().chain(&manifests).map(String::as_str).collect();
        python.run(&format!("/port/{LIST_MANIFEST}"), &args)?;
        Ok(())
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().display().to_string()
}

fn copy(from: &Path, to: &Path, files: &[PathBuf]) -> Result<()> {
    for file in files {
        copy_file(&from.join(file), &to.join(file))?;
    }
    Ok(())
}

fn copy_file(from: &Path, to: &Path) -> Result<()> {
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::copy(from, to).with_context(|| format!("cannot copy {}", from.display()))?;
    Ok(())
}

/// Modules as C: `frozen_content.c`.
#[derive(Clone, Debug)]
struct Frozen {
    /// Of a user's folders, and of caps.
    files: Vec<Module>,
    /// Of the manifests.
    listed: Artifact,
    mpy_cross: Artifact,
    source: Artifact,
    python: Interpreter,
    headers: Artifact,
}

/// So large that it hardly ever collects; memory that it does not touch costs nothing.
const HEAP: &str = "heapsize=64m";

impl Step for Frozen {
    const KIND: &'static str = "freeze";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        "micropython modules".to_owned()
    }

    fn inputs(&self, _: &Context, inputs: &mut Inputs) -> Result<()> {
        inputs.artifact("manifest", &self.listed);
        inputs.artifact("mpy-cross", &self.mpy_cross);
        inputs.artifact("micropython", &self.source);
        inputs.artifact("genhdr", &self.headers);
        self.python.input(inputs);
        inputs.text("heap", HEAP);
        for file in &self.files {
            inputs.file_as(&file.name, &std::path::absolute(&file.from)?)?;
        }
        Ok(())
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let listed = fs::read_to_string(self.listed.path("modules.json"))?;
        let users = Modules { manifest: None, files: self.files.clone() };
        let all = users.with(&listed)?;
        let moduledefs = fs::read_to_string(self.headers.path("genhdr/moduledefs.h"))?;
        modules::check_built_in(&all, &moduledefs)?;
        let content = work.out().join("frozen_content.c");
        if all.is_empty() {
            return Ok(fs::write(content, NOTHING)?);
        }

        let (sources, compiled) = (work.scratch()?.join("modules"), work.scratch()?.join("mpy"));
        for module in &all {
            let from = match self.files.contains(module) {
                true => module.from.clone(),
                false => self.listed.path("modules").join(&module.name),
            };
            copy_file(&from, &sources.join(&module.name))?;
        }
        let composectl = Composectl::ensure(cx, work)?;
        let mut names = Vec::new();
        for module in &all {
            names.push(self.compile(&composectl, work, module, &sources, &compiled)?);
        }
        let mut python = self.python.start(cx, work)?;
        python.mount(&self.source.dir, "/micropython");
        python.mount(&self.headers.dir, "/headers");
        python.mount(&compiled, "/mpy");
        let qstrs = "/headers/genhdr/qstrdefs.preprocessed.h";
        let names = names.iter().map(|name| format!("/mpy/{name}")).collect::<Vec<_>>();
        let args = ["-f", "-q", qstrs, "-mlongint-impl=mpz"];
        let args: Vec<_> = args.into_iter().chain(names.iter().map(String::as_str)).collect();
        Ok(fs::write(content, python.run("/micropython/tools/mpy-tool.py", &args)?)?)
    }
}

impl Frozen {
    /// Compiles one module; returns its name below `compiled`.
    fn compile(
        &self,
        composectl: &Composectl,
        work: &Work,
        module: &Module,
        sources: &Path,
        compiled: &Path,
    ) -> Result<String> {
        let name = format!("{}.mpy", module.name.trim_end_matches(".py"));
        if let Some(parent) = compiled.join(&name).parent() {
            fs::create_dir_all(parent)?;
        }
        let command = composectl
            .process(work)
            .args(["run", "--dir", &format!("{}::/:ro", sources.display())])
            .args(["--dir", &format!("{}::/mpy", compiled.display())])
            .arg(self.mpy_cross.path("mpy-cross.wasm"))
            .args(["--", "-X", HEAP, "-s", &module.name, "-o", &format!("/mpy/{name}")])
            .args(module.level.map(|level| format!("-O{level}")))
            .arg(&module.name);
        let output = command.output()?;
        if !output.status.success() {
            bail!("{}", complaint(&module.from, &String::from_utf8_lossy(&output.stderr)));
        }
        Ok(name)
    }
}

/// What is wrong with a module, by what mpy-cross says: `file:line: SyntaxError: ..` where that is known.
fn complaint(from: &Path, said: &str) -> String {
    let line = said.lines().find_map(|line| {
        let (_, rest) = line.trim_start().strip_prefix("File \"")?.split_once("\", line ")?;
        rest.split(',').next()?.trim().parse::<u32>().ok()
    });
    let what = said.trim().lines().next_back().unwrap_or("mpy-cross fails and says nothing");
    match line {
        Some(line) => format!("{}:{line}: {what}", from.display()),
        None => format!("{}: {what}", from.display()),
    }
}

/// For an image without frozen modules.
const NOTHING: &str = r#"// Written by cargo xtask: no modules.
#include "py/emitglue.h"

extern const qstr_pool_t mp_qstr_const_pool;
const qstr_pool_t mp_qstr_frozen_const_pool = {
    .prev = &mp_qstr_const_pool,
    .total_prev_len = MP_QSTRnumber_of,
};
const char mp_frozen_names[] = "";
const mp_frozen_module_t *const mp_frozen_mpy_content[] = {NULL};
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compilers_complaint_names_file_and_line() {
        let said = "Traceback (most recent call last):\n  File \"pkg/x.py\", line 2\nSyntaxError: invalid syntax\n";
        let from = Path::new("app/pkg/x.py");
        assert_eq!(complaint(from, said), "app/pkg/x.py:2: SyntaxError: invalid syntax");
        let said = "Traceback (most recent call last):\n  File \"pkg/x.py\", line 2, in f\nSyntaxError: no\n";
        assert_eq!(complaint(from, said), "app/pkg/x.py:2: SyntaxError: no");
        assert_eq!(complaint(from, "MemoryError:\n"), "app/pkg/x.py: MemoryError:");
        assert_eq!(complaint(from, ""), "app/pkg/x.py: mpy-cross fails and says nothing");
    }
}
