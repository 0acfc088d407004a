//! The headers that MicroPython's own build generates: the interned strings (qstrs), modules and root pointers that
//! its C files register, and its version.
//!
//! Each C file is preprocessed by a step of its own ([`Registered`]), which keeps what the file registers, and one
//! step ([`Headers`]) makes headers of all that. As long as a file registers the same, the headers stay the same, and
//! that file alone is compiled again. What else there is to know is in MicroPython's own scripts, which are run as
//! they are: `py/makemoduledefs.py`, `py/make_root_pointers.py`, `py/makeqstrdata.py`.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context as _, Result, bail};

use super::Base;
use crate::compile::{Compile, Place};
use crate::graph::{Artifact, Context, Inputs, Step, Work};
use crate::scripts::Interpreter;

/// What a preprocessed C file registers. Lines of MicroPython's own intermediate files: `Q(name)`,
/// `MP_REGISTER_MODULE(..);`, `MP_REGISTER_ROOT_POINTER(..);`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Registrations {
    qstrs: BTreeSet<String>,
    modules: BTreeSet<String>,
    root_pointers: BTreeSet<String>,
}

const QSTR: &str = "MP_QSTR_";
const MODULES: &[&str] =
    &["MP_REGISTER_MODULE(", "MP_REGISTER_EXTENSIBLE_MODULE(", "MP_REGISTER_MODULE_DELEGATION("];
const ROOT_POINTER: &str = "MP_REGISTER_ROOT_POINTER(";

impl Registrations {
    /// Finds in the output of the preprocessor what `py/makeqstrdefs.py` would. A registration stands on one line.
    fn find(preprocessed: &str) -> Registrations {
        let mut found = Registrations::default();
        // Lines of `#` say where the others come from.
        for line in preprocessed.lines().filter(|line| !line.starts_with('#')) {
            for (at, _) in line.match_indices(QSTR) {
                let rest = &line[at + QSTR.len()..];
                let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
                let name = &rest[..end.unwrap_or(rest.len())];
                if !name.is_empty() {
                    found.qstrs.insert(format!("Q({name})"));
                }
            }
            for registration in MODULES.iter().flat_map(|name| calls(line, name)) {
                if registration.contains(',') {
                    found.modules.insert(registration.to_owned());
                }
            }
            found.root_pointers.extend(calls(line, ROOT_POINTER).map(str::to_owned));
        }
        found
    }

    fn add(&mut self, lines: &str) -> Result<()> {
        for line in lines.lines() {
            let kind = match line {
                qstr if qstr.starts_with("Q(") => &mut self.qstrs,
                pointer if pointer.starts_with(ROOT_POINTER) => &mut self.root_pointers,
                module if MODULES.iter().any(|name| module.starts_with(name)) => &mut self.modules,
                other => bail!("nobody registers {other:?}"),
            };
            kind.insert(line.to_owned());
        }
        Ok(())
    }

    fn lines(&self) -> String {
        let all = self.qstrs.iter().chain(&self.modules).chain(&self.root_pointers);
        all.map(|line| format!("{line}\n")).collect()
    }
}

/// Each `name..);` in `line`; `name` ends in the opening parenthesis.
fn calls<'l>(line: &'l str, name: &str) -> impl Iterator<Item = &'l str> {
    line.match_indices(name).filter_map(|(at, _)| {
        let call = &line[at..];
        Some(&call[..call.find(");")? + 2])
    })
}

/// What one C file registers: `registered`, a line each, sorted.
#[derive(Clone, Debug)]
struct Registered(Compile);

impl Step for Registered {
    const KIND: &'static str = "qstrs";
    const VERSION: u32 = 2;

    fn label(&self) -> String {
        self.0.label()
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        self.0.input(cx, inputs)
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let preprocessed = preprocess(cx, work, &self.0)?;
        let found = Registrations::find(&preprocessed);
        Ok(fs::write(work.out().join("registered"), found.lines())?)
    }
}

/// The source of `compile` as the preprocessor leaves it, with names of qstrs and registrations in it.
fn preprocess(cx: &Context, work: &Work, compile: &Compile) -> Result<String> {
    let file = work.scratch()?.join("x.i");
    compile.clang(cx, work, &["-E", "-P", "-DNO_QSTR"], &file)?;
    // Somebody's name in a string may be in another encoding; nothing that is looked for is.
    Ok(String::from_utf8_lossy(&fs::read(file)?).into_owned())
}

/// `genhdr/`: `qstrdefs.generated.h`, `moduledefs.h`, `root_pointers.h`, which MicroPython includes, and
/// `qstrdefs.preprocessed.h`, which says which qstrs there are to who freezes modules.
#[derive(Clone, Debug)]
struct Headers {
    /// How `py/qstrdefs.h` would be compiled: the qstrs that no file registers.
    qstrdefs: Compile,
    /// All C files that are linked and may register something.
    files: Vec<Compile>,
    /// MicroPython's tree.
    source: Artifact,
    python: Interpreter,
}

/// Makes the headers of a program of which `files` are all C files that may register something, and lets those
/// include them. Returns the folder with `genhdr/`.
pub(super) fn add(
    cx: &Context,
    base: &Base,
    python: &Interpreter,
    files: &mut [&mut Compile],
) -> Result<Artifact> {
    let headers = cx.ensure(&Headers {
        qstrdefs: base.upstream("py/qstrdefs.h"),
        files: files.iter().map(|file| (**file).clone()).collect(),
        source: base.source.clone(),
        python: python.clone(),
    })?;
    for file in files {
        file.include.push(Place::output("genhdr", &headers, ""));
    }
    Ok(headers)
}

impl Headers {
    fn registered(&self) -> Vec<Registered> {
        self.files.iter().cloned().map(Registered).collect()
    }
}

impl Step for Headers {
    const KIND: &'static str = "generate";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        format!("genhdr ({})", self.qstrdefs.target.triple())
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        inputs.artifact("micropython", &self.source);
        self.python.input(inputs);
        self.qstrdefs.input(cx, inputs)?;
        let registered = self.registered();
        for (file, artifact) in registered.iter().zip(cx.ensure_all(&registered)?) {
            inputs.artifact(&file.label(), &artifact);
        }
        Ok(())
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let mut all = Registrations::default();
        for artifact in cx.ensure_all(&self.registered())? {
            all.add(&fs::read_to_string(artifact.path("registered"))?)?;
        }
        let genhdr = work.out().join("genhdr");
        fs::create_dir_all(&genhdr)?;
        let collected = work.scratch()?.join("collected");
        fs::create_dir_all(&collected)?;
        let write = |name: &str, lines: &BTreeSet<String>| {
            let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
            fs::write(collected.join(name), text)
        };
        write("modules", &all.modules)?;
        write("root_pointers", &all.root_pointers)?;
        let qstrs = self.qstrs(cx, work, &all.qstrs)?;
        fs::write(genhdr.join("qstrdefs.preprocessed.h"), qstrs)?;
        let mut python = self.python.start(cx, work)?;
        python.mount(&self.source.path("py"), "/py");
        python.mount(&collected, "/collected");
        for (script, input, header) in [
            ("makemoduledefs.py", "/collected/modules", "moduledefs.h"),
            ("make_root_pointers.py", "/collected/root_pointers", "root_pointers.h"),
            ("makeqstrdata.py", "/out/genhdr/qstrdefs.preprocessed.h", "qstrdefs.generated.h"),
        ] {
            fs::write(genhdr.join(header), python.run(&format!("/py/{script}"), &[input])?)?;
        }
        Ok(())
    }
}

impl Headers {
    /// The qstrs of `py/qstrdefs.h`, which has conditions, and `registered`.
    fn qstrs(&self, cx: &Context, work: &Work, registered: &BTreeSet<String>) -> Result<String> {
        let path = self.source.path("py/qstrdefs.h");
        let own =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        // In quotes, since a qstr may have the name of a macro.
        let lines = own.lines().chain(registered.iter().map(String::as_str));
        let quoted: String = lines
            .map(|line| match line.starts_with("Q(") && line.ends_with(')') {
                true => format!("\"{line}\"\n"),
                false => format!("{line}\n"),
            })
            .collect();
        let dir = work.scratch()?.join("qstrs");
        fs::create_dir_all(&dir)?;
        fs::write(dir.join("qstrdefs.c"), quoted)?;
        let dir = Artifact { dir, digest: None };
        let source = Place::output("qstrs", &dir, "qstrdefs.c");
        let text = preprocess(cx, work, &Compile { source, ..self.qstrdefs.clone() })?;
        let unquoted = text.lines().map(|line| match line.strip_prefix("\"Q(") {
            Some(rest) => format!("Q({}\n", rest.trim_end_matches('"')),
            None => format!("{line}\n"),
        });
        // What is left of headers are declarations of C.
        Ok(unquoted.filter(|line| line.starts_with('Q')).collect())
    }
}

/// `genhdr/mpversion.h`. It stands apart, since files include it that the other headers are made of.
#[derive(Clone, Debug)]
pub(super) struct Version(pub String);

/// The day of the fixed `SOURCE_DATE_EPOCH` of all steps. MicroPython's banner shows it.
const BUILD_DATE: &str = "2025-06-11";

impl Step for Version {
    const KIND: &'static str = "generate";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        "mpversion.h".to_owned()
    }

    fn inputs(&self, _: &Context, inputs: &mut Inputs) -> Result<()> {
        inputs.text("version", &self.0);
        inputs.text("date", BUILD_DATE);
        Ok(())
    }

    fn run(&self, _: &Context, work: &Work) -> Result<()> {
        let genhdr = work.out().join("genhdr");
        fs::create_dir_all(&genhdr)?;
        let text = format!(
            "#define MICROPY_GIT_TAG \"v{}\"\n\
             #define MICROPY_GIT_HASH \"<no hash>\"\n\
             #define MICROPY_BUILD_DATE \"{BUILD_DATE}\"\n",
            self.0
        );
        Ok(fs::write(genhdr.join("mpversion.h"), text)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(preprocessed: &str) -> Vec<String> {
        Registrations::find(preprocessed).lines().lines().map(str::to_owned).collect()
    }

    #[test]
    fn registrations_are_found_sorted_and_once() {
        let text = "\
# 1 \"MP_QSTR_of_a_path/x.c\"
static const x = { MP_ROM_QSTR(MP_QSTR_update), MP_ROM_QSTR(MP_QSTR___name__) };
  f(MP_QSTR_update, MP_QSTR_a1); MP_REGISTER_ROOT_POINTER(mp_obj_t list[3]);
MP_REGISTER_MODULE(MP_QSTR_crc32c, crc32c_module); MP_REGISTER_EXTENSIBLE_MODULE(MP_QSTR_os, os_module);
MP_REGISTER_MODULE_DELEGATION(os_module, &os_attr);
";
        assert_eq!(
            lines(text),
            [
                "Q(__name__)",
                "Q(a1)",
                "Q(crc32c)",
                "Q(os)",
                "Q(update)",
                "MP_REGISTER_EXTENSIBLE_MODULE(MP_QSTR_os, os_module);",
                "MP_REGISTER_MODULE(MP_QSTR_crc32c, crc32c_module);",
                "MP_REGISTER_MODULE_DELEGATION(os_module, &os_attr);",
                "MP_REGISTER_ROOT_POINTER(mp_obj_t list[3]);",
            ]
        );
    }

    #[test]
    fn the_order_and_number_of_uses_do_not_show() {
        assert_eq!(lines("MP_QSTR_a MP_QSTR_b\n"), lines("MP_QSTR_b;\n\n MP_QSTR_a MP_QSTR_a\n"));
    }

    #[test]
    fn what_is_no_registration_is_left_alone() {
        let text = "MP_QSTR_ MP_REGISTER_MODULE(x); MP_REGISTER_ROOT_POINTER(no end\nNMP_QSTR\n";
        assert_eq!(lines(text), [""; 0]);
    }

    #[test]
    fn registrations_come_back_from_their_lines() {
        let found = Registrations::find("MP_QSTR_a; MP_REGISTER_ROOT_POINTER(int x);");
        let mut back = Registrations::default();
        back.add(&found.lines()).unwrap();
        assert_eq!(back, found);
        assert!(back.add("int main(void);\n").is_err());
    }
}
