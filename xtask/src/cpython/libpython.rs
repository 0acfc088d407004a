//! `libpython3.13.a` by CPython's own configure and make, without a Python on the machine: configure is content
//! with a stub that tells a version, and `_freeze_module` is built for wasm too and run there.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use fs_err as fs;

use crate::component;
use crate::composectl;
use crate::graph::{Artifact, Context, Inputs, Process, Step, Work};
use crate::plain_names::PlainNames;
use crate::sources::copy_tree;
use crate::toolchain::Toolchain;

/// CPython, compiled: `lib/libpython3.13.a` and the three libraries it bundles, `include/pyconfig.h`, and the
/// `Makefile`, from which the sysconfig module has its variables.
#[derive(Clone, Debug)]
pub struct Libpython {
    pub toolchain: Toolchain,
    pub source: Artifact,
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
];

/// No debug information and no assertions; speed over size. CPython's `-fno-strict-overflow` also lets pointers wrap, and then
/// no offset can be part of a load or a store: that half is taken back.
const OPT: &str = "-DNDEBUG -O2 -g0 -Wall -fno-wrapv-pointer";

impl Step for Libpython {
    const KIND: &'static str = "cpython";
    const VERSION: u32 = 2;

    fn label(&self) -> String {
        "libpython".to_owned()
    }

    fn inputs(&self, _: &Context, inputs: &mut Inputs) -> Result<()> {
        self.toolchain.input(inputs);
        inputs.artifact("cpython", &self.source);
        inputs.list("configure", CONFIGURE);
        inputs.text("OPT", OPT);
        Ok(())
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        // Neither configure nor make quotes paths.
        let names = PlainNames::new()?;
        let scratch = names.link("scratch", &work.scratch()?)?;
        let sdk = names.link("sdk", self.toolchain.root())?;
        let folders = Folders { build: scratch.join("build"), source: scratch.join("src"), sdk };
        let Folders { build, source, .. } = &folders;
        // A copy, since make writes frozen modules beside the sources.
        copy_tree(&self.source.dir, source)?;
        fs::create_dir_all(build)?;
        // A relative path keeps where this was built out of the result.
        symlink("../src", build.join("src"))?;
        script(&build.join("build-python"), "echo 3.13\n")?;
        self.process(work, &folders, Path::new("./src/configure"))
            .args(CONFIGURE)
            .arg(format!("--with-build-python={}", build.join("build-python").display()))
            .run()?;
        self.make(work, &folders).arg("Programs/_freeze_module").run()?;
        self.wrap_freeze_module(cx, work, build)?;
        let freeze = build.join("freeze-module");
        self.make(work, &folders)
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

impl Libpython {
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
