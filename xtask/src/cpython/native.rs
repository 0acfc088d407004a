//! CPython for the machine itself, of the same sources without our patches: what the speed of ours is compared with.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use fs_err as fs;

use crate::graph::{Artifact, Context, Inputs, Process, Step, Work};
use crate::plain_names::PlainNames;
use crate::sources::copy_tree;
use crate::toolchain::Toolchain;

/// Built by the machine's compiler and `make`, in folders of CPython's own: [`NativeCpython::PROGRAM`] finds its library by
/// where it is itself.
#[derive(Clone, Debug)]
pub struct NativeCpython {
    /// Has GNU make, which the machine need not have.
    pub toolchain: Toolchain,
    pub source: Artifact,
    pub tuning: Tuning,
}

/// How it is compiled.
#[derive(Clone, Copy, Debug)]
pub enum Tuning {
    /// As CPython's configure does if nothing is asked for: by -O3.
    Plain,
    /// As distributions do: with the profile of CPython's own tests, and optimized as a whole.
    Guided,
}

/// The machine's compiler. Configure profiles with one whose name it knows alone, and says nothing otherwise.
const COMPILER: &str = "gcc";

impl NativeCpython {
    /// Relative to the output.
    pub const PROGRAM: &'static str = "bin/python3.13";

    fn configure(&self) -> &'static [&'static str] {
        match self.tuning {
            Tuning::Plain => &["--prefix=/", "--disable-test-modules"],
            Tuning::Guided => {
                &["--prefix=/", "--disable-test-modules", "--enable-optimizations", "--with-lto"]
            }
        }
    }
}

impl Step for NativeCpython {
    const KIND: &'static str = "native-cpython";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        match self.tuning {
            Tuning::Plain => "CPython for this machine, -O3".to_owned(),
            Tuning::Guided => "CPython for this machine, PGO and LTO (minutes)".to_owned(),
        }
    }

    fn inputs(&self, _: &Context, inputs: &mut Inputs) -> Result<()> {
        let version = std::process::Command::new(COMPILER).arg("--version").output();
        let version = version.with_context(|| {
            format!("there is no {COMPILER}\nhint: install a C compiler, such as Debian's gcc")
        })?;
        inputs.text("compiler", String::from_utf8_lossy(&version.stdout));
        inputs.text("machine", std::env::consts::ARCH);
        inputs.artifact("cpython", &self.source);
        inputs.list("configure", self.configure());
        Ok(())
    }

    fn run(&self, _: &Context, work: &Work) -> Result<()> {
        // Neither configure nor make quotes paths.
        let names = PlainNames::new()?;
        let build = names.link("build", &work.scratch()?)?;
        let install = build.join("install");
        copy_tree(&self.source.dir, &build.join("src"))?;
        let process = |program: PathBuf| -> Process {
            let process = work.process(program).current_dir(build.join("src"));
            self.toolchain.environment(process).env("CC", COMPILER)
        };
        process("./configure".into()).args(self.configure()).run()?;
        let makefile = fs::read_to_string(build.join("src/Makefile"))?;
        let guided = makefile.contains("-flto");
        ensure!(
            guided == matches!(self.tuning, Tuning::Guided),
            "configure does not know {COMPILER}, and left its options out"
        );
        process(self.toolchain.make()).share_jobs().run()?;
        process(self.toolchain.make())
            .arg(format!("DESTDIR={}", install.display()))
            .args(["altbininstall", "libinstall", "sharedinstall"])
            .run()?;
        for part in ["bin", "lib"] {
            fs::rename(install.join(part), work.out().join(part))?;
        }
        Ok(())
    }
}
