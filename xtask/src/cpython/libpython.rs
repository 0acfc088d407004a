//! `libpython3.13.a` by CPython's own configure and make, without a Python on the machine: configure is content
//! with a stub that tells a version, and `_freeze_module` is built for wasm too and run there.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use fs_err as fs;

use super::profile;
use crate::component;
use crate::composectl;
use crate::graph::{Artifact, Context, Inputs, Process, Step, Work};
use crate::plain_names::PlainNames;
use crate::sources::copy_tree;
use crate::toolchain::Toolchain;

/// CPython, compiled: `lib/libpython3.13.a` and the three libraries it bundles, `include/pyconfig.h`, and the
/// `Makefile`, from which the sysconfig module has its variables; if it counts, also what configure found.
#[derive(Clone, Debug)]
pub struct Libpython {
    pub toolchain: Toolchain,
    pub source: Artifact,
    pub code: Code,
}

/// How it is compiled.
#[derive(Clone, Debug)]
pub enum Code {
    /// For nothing in particular.
    Plain,
    /// It counts how often each part of it runs. `runtime` has the object with what it calls.
    Counting { runtime: Artifact },
    /// For what a profile says that is frequent. `configured` is another one, whose answers configure need not find again.
    Profiled { profile: Artifact, configured: Artifact },
}

/// The archives that a program links, in order.
pub const ARCHIVES: &[&str] =
    &["libpython3.13.a", "libmpdec.a", "libexpat.a", "libHacl_Hash_SHA2.a"];

const CONFIGURE: &[&str] = &[
    "-C",
    "--host=wasm32-wasip2",
    "--build=x86_64-pc-linux-gnu",
    "--prefix=/",
    "--disable-test-modules",
    "--with-ensurepip=no",
    "--with-doc-strings",
    "--disable-shared",
    "--with-pymalloc",
    "--without-mimalloc",
    // Elsewhere the default. Configure thinks that here words have to be aligned.
    "--with-hash-algorithm=siphash13",
];

/// No debug information and no assertions. CPython's `-fno-strict-overflow` also lets pointers wrap, and then
/// no offset can be part of a load or a store: that half is taken back.
const OPT: &str = "-DNDEBUG -O2 -g0 -Wall -fno-wrapv-pointer";

/// Names of functions as text and room for values that is asked for when there are some: `runtimes/cpython/profile` reads the one
/// and gives the other. What is inlined before anything is counted depends on the level: with another one than below clang finds the
/// counts of the evaluation loop to be of another function.
const COUNTING: &[&str] = &[
    "-O3",
    "-fprofile-generate",
    "-mllvm -enable-name-compression=false",
    "-mllvm -vp-static-alloc=false",
];

/// Only with a profile is -O3 faster than -O2. It has only functions that ran; clang would tell of each of the others.
const PROFILED: &[&str] = &[
    "-O3",
    "-fprofile-use=libpython.profdata",
    "-Wno-backend-plugin",
    "-Wno-profile-instr-unprofiled",
    "-Wno-profile-instr-missing",
];

/// What is compiled as without a profile, and not counted either. The evaluation loop: Cranelift makes slower code of it as clang lays it
/// out by counts. What makes trees of objects of syntax trees and back: it calls itself for each level, and its frames grow by what
/// is inlined.
const UNGUIDED: &str = "Python/ceval.o Python/Python-ast.o";

/// What configure found, with names for folders.
const CONFIG_CACHE: &str = "config.cache";

impl Step for Libpython {
    const KIND: &'static str = "cpython";
    const VERSION: u32 = 2;

    fn label(&self) -> String {
        match self.code {
            Code::Counting { .. } => "libpython that counts".to_owned(),
            Code::Plain | Code::Profiled { .. } => "libpython".to_owned(),
        }
    }

    fn inputs(&self, _: &Context, inputs: &mut Inputs) -> Result<()> {
        self.toolchain.input(inputs);
        inputs.artifact("cpython", &self.source);
        inputs.list("configure", CONFIGURE);
        inputs.text("OPT", OPT);
        match &self.code {
            Code::Plain => {}
            Code::Counting { runtime } => {
                inputs.list("flag", COUNTING);
                inputs.text("without", UNGUIDED);
                inputs.artifact("runtime", runtime);
            }
            Code::Profiled { profile, configured } => {
                inputs.list("flag", PROFILED);
                inputs.text("without", UNGUIDED);
                inputs.artifact("profile", profile);
                inputs.artifact("configured", configured);
            }
        }
        Ok(())
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        // Neither configure nor make quotes paths.
        let names = PlainNames::new()?;
        let scratch = names.link("scratch", &work.scratch()?)?;
        let sdk = names.link("sdk", self.toolchain.root())?;
        let folders = Folders { build: scratch.join("build"), source: scratch.join("src"), sdk };
        let flags = self.flags().join(" ");
        let mut variables = vec![format!("CFLAGS_NODIST=$(if $(filter {UNGUIDED},$@),,{flags})")];
        let Folders { build, source, .. } = &folders;
        // A copy, since make writes frozen modules beside the sources.
        copy_tree(&self.source.dir, source)?;
        fs::create_dir_all(build)?;
        // A relative path keeps where this was built out of the result.
        symlink("../src", build.join("src"))?;
        script(&build.join("build-python"), "echo 3.13\n")?;
        match &self.code {
            Code::Plain => {}
            Code::Counting { runtime } => {
                let runtime = names.link("counting", &runtime.dir)?.join("x.o");
                variables.push(format!("SYSLIBS=$(LIBM) $(LIBC) {}", runtime.display()));
            }
            Code::Profiled { profile, configured } => {
                fs::copy(profile.path(profile::FILE), build.join(profile::FILE))?;
                let cache = fs::read_to_string(configured.path(CONFIG_CACHE))?;
                fs::write(build.join(CONFIG_CACHE), folders.written_out(cache))?;
            }
        }
        self.process(work, &folders, Path::new("./src/configure"))
            .args(CONFIGURE)
            .arg(format!("--with-build-python={}", build.join("build-python").display()))
            .run()?;
        self.make(work, &folders).args(&variables).arg("Programs/_freeze_module").run()?;
        self.wrap_freeze_module(cx, work, build)?;
        let freeze = build.join("freeze-module");
        self.make(work, &folders)
            .args(&variables)
            .args([
                "FREEZE_MODULE_DEPS=",
                "FREEZE_MODULE_BOOTSTRAP_DEPS=",
                "PYTHON_FOR_REGEN=/bin/false",
            ])
            .arg(format!("FREEZE_MODULE={}", freeze.display()))
            .arg(format!("FREEZE_MODULE_BOOTSTRAP={}", freeze.display()))
            .arg("libpython3.13.a")
            .run()?;
        self.collect(work, &folders)
    }
}

/// By plain names.
struct Folders {
    build: PathBuf,
    source: PathBuf,
    sdk: PathBuf,
}

impl Folders {
    /// Names of ours in a text of configure's, and what stands for them in an output.
    fn names(&self) -> [(String, &'static str); 3] {
        let Folders { build, source, sdk } = self;
        [(build, "@BUILD@"), (source, "@SOURCE@"), (sdk, "@SDK@")]
            .map(|(path, name)| (path.display().to_string(), name))
    }

    fn written_out(&self, text: String) -> String {
        self.names().iter().fold(text, |text, (path, name)| text.replace(name, path))
    }

    fn written_short(&self, text: String) -> String {
        self.names().iter().fold(text, |text, (path, name)| text.replace(path, name))
    }
}

impl Libpython {
    fn flags(&self) -> &'static [&'static str] {
        match self.code {
            Code::Plain => &[],
            Code::Counting { .. } => COUNTING,
            Code::Profiled { .. } => PROFILED,
        }
    }

    fn process<'a>(&self, work: &'a Work<'_>, folders: &Folders, program: &Path) -> Process<'a> {
        let Folders { build, source, sdk } = folders;
        let path = std::env::var("PATH").unwrap_or_default();
        let map = |from: &Path, to: &str| format!("-ffile-prefix-map={}={to}", from.display());
        let maps = [map(build, "."), map(source, "./src"), map(sdk, "sdk")].join(" ");
        let sysroot = sdk.join("share/wasi-sysroot");
        let clang = format!("clang --target=wasm32-wasip2 --sysroot={}", sysroot.display());
        let process = work.process(program).current_dir(build);
        self.toolchain
            .environment(process)
            // The kernel knows the folder by its own name only; tools believe this one if it leads there.
            .env("PWD", build)
            .env("PATH", format!("{}:{path}", sdk.join("bin").display()))
            .env("PYTHONHASHSEED", "0")
            .env("CONFIG_SITE", "./src/Tools/wasm/config.site-wasm32-wasi")
            .env("PKG_CONFIG", "/bin/false")
            .env("CC", &clang)
            .env("CPP", format!("{clang} -E"))
            // Compiles nothing, but its name gets into sysconfig, and machines have different ones.
            .env("CXX", clang.replacen("clang", "clang++", 1))
            .env("AR", "llvm-ar")
            .env("RANLIB", "llvm-ranlib")
            .env("OPT", OPT)
            .env("LDFLAGS", "-fuse-ld=lld")
            .env("CFLAGS", maps)
    }

    fn make<'a>(&self, work: &'a Work<'_>, folders: &Folders) -> Process<'a> {
        self.process(work, folders, &self.toolchain.make()).share_jobs()
    }

    /// Makes `freeze-module` in the build folder: the wasm program behind the name that make calls.
    fn wrap_freeze_module(&self, cx: &Context, work: &Work, build: &Path) -> Result<()> {
        let core = fs::read(build.join("Programs/_freeze_module"))?;
        let component = build.join("freeze-module.wasm");
        fs::write(
            &component,
            component::encode(&core, None).context("cannot encode _freeze_module")?,
        )?;
        let composectl = composectl::Composectl::ensure(cx, work)?;
        // Before make runs many of it at once.
        composectl.process(work).arg("precompile").arg(&component).run()?;
        let line = format!(
            "exec {} run --dir \"$PWD/src::/src\" --dir \"$PWD::/\" {} -- \"$@\"\n",
            composectl.shell_words(),
            component.display()
        );
        script(&build.join("freeze-module"), &line)
    }

    fn collect(&self, work: &Work, folders: &Folders) -> Result<()> {
        let Folders { build, source, sdk } = folders;
        let out = work.out();
        for dir in ["lib", "include"] {
            fs::create_dir_all(out.join(dir))?;
        }
        let archives = [
            "libpython3.13.a",
            "Modules/_decimal/libmpdec/libmpdec.a",
            "Modules/expat/libexpat.a",
            "Modules/_hacl/libHacl_Hash_SHA2.a",
        ];
        for (from, name) in archives.iter().zip(ARCHIVES) {
            fs::copy(build.join(from), out.join("lib").join(name))
                .with_context(|| format!("make made no {from}"))?;
        }
        fs::copy(build.join("pyconfig.h"), out.join("include/pyconfig.h"))?;
        if let Code::Counting { .. } = self.code {
            let cache = fs::read_to_string(build.join(CONFIG_CACHE))?;
            fs::write(out.join(CONFIG_CACHE), folders.written_short(cache))?;
        }
        let makefile =
            fs::read_to_string(build.join("Makefile")).context("configure made no Makefile")?;
        // Where this machine has its folders is nobody's business.
        let makefile = makefile
            .replace(&build.display().to_string(), ".")
            .replace(&source.display().to_string(), "./src")
            .replace(&sdk.display().to_string(), "sdk");
        Ok(fs::write(out.join("Makefile"), makefile)?)
    }
}

fn script(path: &Path, body: &str) -> Result<()> {
    fs::write(path, format!("#!/bin/sh\n{body}"))?;
    Ok(fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))?)
}
