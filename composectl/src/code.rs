//! Compiled code as it comes out of the cache: of components, and of core modules of WASI preview 1.

use std::fs::File;
use std::ops::Range;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use wasmparser::Parser;
use wasmtime::component::Component;
use wasmtime::{Engine, Module, Precompiled, Result};

use crate::heap;

/// What wasmtime makes of compiled code.
pub trait Code: Sized {
    /// Takes the code over.
    ///
    /// # Safety
    ///
    /// The bytes are what this composectl's engine compiled.
    unsafe fn from_bytes(engine: &Engine, code: &[u8]) -> Result<Self>;

    /// Maps the code of a file: of this very descriptor, whatever has its name by now.
    ///
    /// # Safety
    ///
    /// The file is what this composectl's engine compiled, and nobody changes it.
    unsafe fn from_file(engine: &Engine, file: &File) -> Result<Self>;
}

/// A name of the open file for what takes names only: wasmtime maps modules by descriptor, but components by name.
fn name_of(file: &File) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()))
}

/// What kind of code a file holds. `Engine::detect_precompiled_file` says so as well, and reads the symbols of all functions
/// first, which is a megabyte for pylon.wasm. The answer stands in the header, so that is asked alone, as of a file that
/// has neither segments nor sections.
fn kind_of(file: &File) -> Result<Option<Precompiled>> {
    const ELF_HEADER: usize = 64;
    const OFFSETS_OF_TABLES: Range<usize> = 32..48;
    let mut header = [0; ELF_HEADER];
    file.read_exact_at(&mut header, 0)?;
    header[OFFSETS_OF_TABLES].fill(0);
    Ok(Engine::detect_precompiled(&header))
}

impl Code for Component {
    unsafe fn from_bytes(engine: &Engine, code: &[u8]) -> Result<Self> {
        // SAFETY: the caller's promise.
        unsafe { Component::deserialize(engine, code) }
    }

    unsafe fn from_file(engine: &Engine, file: &File) -> Result<Self> {
        // SAFETY: the caller's promise.
        unsafe { Component::deserialize_file(engine, name_of(file)) }
    }
}

/// What `composectl run` runs.
pub enum Program {
    /// A command of WASI 0.2.
    Component(Component),
    /// A command of WASI preview 1.
    Module(Module),
}

impl Program {
    /// Compiles WebAssembly to what [`Code`] takes over. Here, and only here, is decided which kind it is; compiled
    /// code knows it.
    pub fn compile(compiler: &Engine, bytes: &[u8]) -> Result<Vec<u8>> {
        if Parser::is_core_wasm(bytes) {
            compiler.precompile_module(bytes)
        } else {
            compiler.precompile_component(bytes)
        }
    }
}

impl Code for Program {
    unsafe fn from_bytes(engine: &Engine, code: &[u8]) -> Result<Self> {
        // SAFETY: the caller's promise.
        unsafe {
            match Engine::detect_precompiled(code) {
                Some(Precompiled::Module) => Module::deserialize(engine, code).map(Self::Module),
                _ => Component::deserialize(engine, code).map(Self::Component),
            }
        }
    }

    unsafe fn from_file(engine: &Engine, file: &File) -> Result<Self> {
        let path = &name_of(file);
        heap::prepare_for(file.metadata()?.len());
        // SAFETY: the caller's promise.
        unsafe {
            match kind_of(file)? {
                Some(Precompiled::Module) => {
                    Module::deserialize_file(engine, path).map(Self::Module)
                }
                _ => Component::deserialize_file(engine, path).map(Self::Component),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::engine::{self, Role};

    /// Whatever takes the name of a file after it was opened and checked.
    #[test]
    fn what_was_opened_is_what_is_mapped() {
        let compiler = engine::compiler(Role::Program).expect("an engine");
        let engine = engine::runtime(Role::Program).expect("an engine");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("code");
        for form in [
            r#"(module (func (export "NAME")))"#,
            r#"(component (core module $part) (export "NAME" (core module $part)))"#,
        ] {
            let compiled = |name: &str| {
                let wasm = wat::parse_str(form.replace("NAME", name)).expect("well-formed");
                Program::compile(&compiler, &wasm).expect("compiles")
            };
            fs::write(&path, compiled("ours")).expect("room");
            let file = File::open(&path).expect("there");
            let other = folder.path().join("other");
            fs::write(&other, compiled("another")).expect("room");
            fs::rename(&other, &path).expect("ours");
            // SAFETY: both files are code compiled here, and stay as they are.
            let program = unsafe { Program::from_file(&engine, &file) }.expect("loads");
            let ours = match program {
                Program::Module(module) => module.get_export("ours").is_some(),
                Program::Component(component) => component.get_export_index(None, "ours").is_some(),
            };
            assert!(ours, "{form}");
        }
    }
}
