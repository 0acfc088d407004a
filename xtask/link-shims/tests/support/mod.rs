//! What the tests share: a contract in one WIT file, its headers from wit-bindgen-c, its shims, and a C compiler.

#![allow(dead_code, reason = "each test uses a part")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use link_shims::{CFile, Side};
use wit_parser::{Resolve, WorldId};

/// A contract: the file's first world imports it, the second one exports it. The third one is a relay's, which calls nobody
/// back; without a third one it is the first one, unless that does.
pub struct Contract {
    pub resolve: Resolve,
    pub import: WorldId,
    pub cap: WorldId,
    pub relayed: Option<WorldId>,
}

impl Contract {
    pub fn parse(path: &Path) -> Result<Self> {
        Self::from_text(&fs::read_to_string(path)?)
    }

    pub fn from_text(text: &str) -> Result<Self> {
        let mut resolve = Resolve::new();
        let package = resolve.push_str("test.wit", text)?;
        let mut worlds = resolve.packages[package].worlds.values();
        let import = *worlds.next().context("no world")?;
        let cap = *worlds.next().context("no second world")?;
        let alike = resolve.worlds[import].exports.is_empty().then_some(import);
        let relayed = worlds.next().copied().or(alike);
        Ok(Self { resolve, import, cap, relayed })
    }

    pub fn side(&self, world: WorldId) -> Side<'_> {
        Side { resolve: &self.resolve, world }
    }

    pub fn dynlink(&self) -> Result<CFile> {
        link_shims::dynlink(&self.side(self.import), &|_| Ok("cap".to_owned()))
    }

    pub fn endpoint(&self) -> Result<CFile> {
        link_shims::endpoint(&self.side(self.cap), "cap", "0.1.0")
    }

    pub fn relay(&self) -> Result<CFile> {
        link_shims::relay(&self.side(self.relayed.unwrap_or(self.import)), "cap", "0.1.0")
    }

    pub fn static_link(&self) -> Result<CFile> {
        link_shims::static_link(&self.side(self.import), &[self.side(self.cap)], &[])
    }

    pub fn rust(&self) -> Result<CFile> {
        link_shims::rust(&self.side(self.cap))
    }

    pub fn shims(&self) -> Result<Vec<CFile>> {
        let mut shims = vec![self.dynlink()?, self.endpoint()?, self.static_link()?];
        if self.relayed.is_some() {
            shims.push(self.relay()?);
        }
        Ok(shims)
    }

    /// Writes the headers and `.c` files of wit-bindgen-c.
    pub fn bindings(&self, dir: &Path) -> Result<()> {
        for world in [self.import, self.cap].into_iter().chain(self.relayed) {
            let mut files = wit_bindgen_core::Files::default();
            let options = wit_bindgen_c::Opts { no_object_file: true, ..Default::default() };
            options.build().generate(&mut self.resolve.clone(), world, &mut files)?;
            for (name, bytes) in files.iter() {
                fs::write(dir.join(name), bytes)?;
            }
        }
        Ok(())
    }

    /// Writes the shims.
    pub fn write(&self, dir: &Path) -> Result<()> {
        for file in self.shims()? {
            fs::write(dir.join(&file.name), &file.text)?;
        }
        Ok(())
    }
}

/// A C compiler with the include folders of a generated file in `dir`. `$CC` or `cc`.
pub struct Compiler<'a> {
    dir: &'a Path,
}

impl<'a> Compiler<'a> {
    pub fn new(dir: &'a Path) -> Self {
        Self { dir }
    }

    /// The compiler with its warnings and include folders.
    pub fn command(&self) -> Command {
        let mut command = Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()));
        command.args(["-std=c11", "-Wall", "-Wextra", "-Wmissing-prototypes", "-Werror"]);
        for include in [self.dir, &root().join("cpython-ext/common"), &root().join("caps/common")] {
            command.arg("-I").arg(include);
        }
        command
    }

    /// Compiles `<name>.c`.
    pub fn object(&self, name: &str) -> Result<PathBuf> {
        let object = self.dir.join(format!("{name}.o"));
        run(self
            .command()
            .args(["-O2", "-c"])
            .arg(self.dir.join(format!("{name}.c")))
            .arg("-o")
            .arg(&object))?;
        Ok(object)
    }

    /// Compiles `<name>.c` for a machine with pointers of 32 bits, of which no C library need be installed.
    pub fn object_for_32_bits(&self, name: &str) -> Result<PathBuf> {
        let object = self.dir.join(format!("{name}.o"));
        run(self.for_32_bits(name)?.arg("-c").arg("-o").arg(&object))?;
        Ok(object)
    }

    /// Only reads `<name>.c`, likewise.
    pub fn check_for_32_bits(&self, name: &str) -> Result<()> {
        run(self.for_32_bits(name)?.arg("-fsyntax-only")).map(drop)
    }

    fn for_32_bits(&self, name: &str) -> Result<Command> {
        let library = self.dir.join("library");
        fs::create_dir_all(&library)?;
        fs::write(
            library.join("stdlib.h"),
            "#include <stddef.h>\nvoid *malloc(size_t);\nvoid *realloc(void *, size_t);\nvoid free(void *);\n_Noreturn void abort(void);\n",
        )?;
        fs::write(
            library.join("string.h"),
            "#include <stddef.h>\nvoid *memcpy(void *, const void *, size_t);\nsize_t strlen(const char *);\n",
        )?;
        let source = self.dir.join(format!("{name}.c"));
        let mut command = self.command();
        command.args(["-m32", "-ffreestanding", "-O2", "-I"]).arg(&library).arg(source);
        Ok(command)
    }
}

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The folder of the tests.
pub fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// A folder below the target folder for what a test makes.
pub fn out(name: &str) -> Result<PathBuf> {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("link-shims").join(name);
    fs::create_dir_all(&dir)?;
    Ok(dir)
}

/// Runs a program and fails with what it printed.
pub fn run(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    if !output.status.success() {
        bail!("{command:?}: {}\n{text}", output.status);
    }
    Ok(text)
}
