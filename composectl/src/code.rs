//! Compiled code as it comes out of the cache: of components, and of core modules of WASI preview 1.

use std::path::Path;

use wasmparser::Parser;
use wasmtime::component::Component;
use wasmtime::{Engine, Module, Precompiled, Result};

/// What wasmtime makes of compiled code.
pub trait Code: Sized {
    /// Takes the code over.
    ///
    /// # Safety
    ///
    /// The bytes are what this composectl's engine compiled.
    unsafe fn from_bytes(engine: &Engine, code: &[u8]) -> Result<Self>;

    /// Maps the code of a file.
    ///
    /// # Safety
    ///
    /// The file is what this composectl's engine compiled, and nobody changes it.
    unsafe fn from_file(engine: &Engine, path: &Path) -> Result<Self>;
}

impl Code for Component {
    unsafe fn from_bytes(engine: &Engine, code: &[u8]) -> Result<Self> {
        // SAFETY: the caller's promise.
        unsafe { Component::deserialize(engine, code) }
    }

    unsafe fn from_file(engine: &Engine, path: &Path) -> Result<Self> {
        // SAFETY: the caller's promise.
        unsafe { Component::deserialize_file(engine, path) }
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

    unsafe fn from_file(engine: &Engine, path: &Path) -> Result<Self> {
        // SAFETY: the caller's promise.
        unsafe {
            match Engine::detect_precompiled_file(path)? {
                Some(Precompiled::Module) => {
                    Module::deserialize_file(engine, path).map(Self::Module)
                }
                _ => Component::deserialize_file(engine, path).map(Self::Component),
            }
        }
    }
}
