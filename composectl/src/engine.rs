//! The wasmtime engine: every setting that decides how guests are compiled and run.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use wasmtime::{Config, Engine, StackCreator, WasmBacktraceDetails};

use crate::exit::{FAILED, Failure};

/// How deep a guest may recurse unless told otherwise, in bytes of native stack. CPython's own limits on WASI (recursion, parser
/// depth) are made for this much; with less, deep recursion would trap instead of raising RecursionError.
pub const GUEST_STACK: usize = 8 << 20;

/// What host functions get below the guest's deepest frame. wasmtime checks only the guest's own use, so this
/// must be there on top: the sum is the stack of the guest's thread (`run.rs`), whatever `ulimit -s` says.
pub const HOST_STACK: usize = 2 << 20;

/// How deep a provider may recurse, in bytes of native stack: as deep as a program, for the same libraries. DuckDB's plans of
/// nested queries took a MiB with 240 of them. Each nesting level of providers takes this much and its host functions' share
/// below the guest's deepest frame; only what was touched is memory.
pub const PROVIDER_STACK: usize = 8 << 20;

/// What an engine runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The program: it may run as long as it likes, and `--timeout` ends the process.
    Program,
    /// Providers: code that checks the epoch in every loop and function, so that it can be stopped and its
    /// caller goes on.
    Provider,
    /// Providers without a bound of time: code that checks nothing, and is as fast as a program's.
    Untimed,
}

impl Role {
    fn stack(self) -> usize {
        match self {
            Role::Program => GUEST_STACK,
            Role::Provider | Role::Untimed => PROVIDER_STACK,
        }
    }
}

/// The engine that runs guests. It cannot compile: setting the compiler up takes time that a start from the
/// cache does not need.
pub fn runtime(role: Role) -> Result<Engine, Failure> {
    build(role, role.stack(), false)
}

/// The engine that runs a program which may recurse that deep, in bytes of native stack. The code is the same for all
/// depths.
pub fn for_program(stack: usize) -> Result<Engine, Failure> {
    build(Role::Program, stack, false)
}

/// The engine that runs providers below which others run on the same native stack, with that much of it in bytes. Those
/// that ask their consumer run on stacks from `stacks`. The code is the same for all sizes.
pub fn for_providers(
    role: Role,
    below: usize,
    stacks: Arc<dyn StackCreator>,
) -> Result<Engine, Failure> {
    let mut config = config(role, PROVIDER_STACK, false);
    config.async_stack_size(PROVIDER_STACK + HOST_STACK + below).with_host_stack(stacks);
    engine(&config)
}

/// The engine that compiles guests, for [`runtime`] to run.
pub fn compiler(role: Role) -> Result<Engine, Failure> {
    build(role, role.stack(), true)
}

fn build(role: Role, stack: usize, with_compiler: bool) -> Result<Engine, Failure> {
    engine(&config(role, stack, with_compiler))
}

fn config(role: Role, stack: usize, with_compiler: bool) -> Config {
    let mut config = Config::new();
    config
        .enable_compiler(with_compiler)
        .epoch_interruption(role == Role::Provider)
        .max_wasm_stack(stack)
        // Used by providers that ask (`for_providers`), but wasmtime always insists that it is the larger one.
        .async_stack_size(stack + HOST_STACK)
        .concurrency_support(false)
        // Exceptions of C++ (ADR 0037) are objects of the collector's. Guests are given it for nothing else.
        .wasm_exceptions(true)
        .wasm_gc(false)
        .wasm_function_references(false)
        // Nobody unwinds through guest frames; registering the tables of 20 MB of code is start-up time.
        .native_unwind_info(false)
        // What is shown of a trap: composectl looks into the memory that it leaves (`trap.rs`).
        .coredump_on_trap(role == Role::Program)
        // Traces name functions. Files and lines would need debug information that release builds have not,
        // and the environment must not decide (the default looks at a variable).
        .wasm_backtrace_details(WasmBacktraceDetails::Disable)
        // A snapshot with preloaded modules is larger than the default of 16 MiB. As one image it is mapped
        // from the cache file, copy on write; else it would be copied at every start.
        .memory_guaranteed_dense_image_size(256 << 20);
    config
}

fn engine(config: &Config) -> Result<Engine, Failure> {
    Engine::new(config).map_err(|error| {
        Failure::new(FAILED, format_args!("cannot set up the engine for this machine: {error:#}"))
    })
}

/// Raised when wasmtime's notes about compiled code are written in another way (`composectl/notes`).
const NOTES: u32 = 1;

/// A number for what decides whether compiled code fits [`runtime`]: wasmtime's version, the settings above and [`NOTES`].
/// (The processor's features wasmtime checks itself when it loads code.) It separates cache entries that could
/// both be valid and protects nothing, so a fast hash will do; with the standard library's default keys it is
/// the same in every process of one build of composectl.
pub fn compatibility(engine: &Engine) -> u64 {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    NOTES.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compatibility_is_the_same_for_the_same_engine_settings() {
        let first = runtime(Role::Program).expect("an engine");
        let second = runtime(Role::Program).expect("an engine");
        assert_eq!(compatibility(&first), compatibility(&second));
    }

    #[test]
    fn code_is_the_same_whatever_the_stack() {
        let large = runtime(Role::Program).expect("an engine");
        let small = for_program(512 << 10).expect("an engine");
        assert_eq!(compatibility(&large), compatibility(&small));
    }

    #[test]
    fn code_is_the_same_whatever_runs_below_a_provider() {
        for role in [Role::Provider, Role::Untimed] {
            let plain = runtime(role).expect("an engine");
            let stacks = Arc::new(crate::dynlink::Stacks::default());
            let deep = for_providers(role, 64 << 20, stacks).expect("an engine");
            assert_eq!(compatibility(&plain), compatibility(&deep));
        }
    }

    #[test]
    fn code_for_programs_does_not_fit_providers() {
        let program = runtime(Role::Program).expect("an engine");
        let provider = runtime(Role::Provider).expect("an engine");
        let untimed = runtime(Role::Untimed).expect("an engine");
        assert_ne!(compatibility(&program), compatibility(&provider));
        assert_ne!(compatibility(&untimed), compatibility(&provider));
    }
}
