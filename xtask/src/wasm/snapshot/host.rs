//! The world that a guest sees while it is pre-initialised.
//!
//! | import (any 0.2.x) | answer |
//! |---|---|
//! | `wasi:cli/environment` | no variables, no arguments, no working folder |
//! | `wasi:filesystem/preopens` `get-directories` | none |
//! | `wasi:clocks/wall-clock` | 1970-01-01 00:00:00, resolution 0 |
//! | `wasi:clocks/monotonic-clock` `now`, `resolution` | 1 ns |
//! | `wasi:clocks/monotonic-clock` `subscribe-*`, `wasi:io/poll` | a pollable that is ready |
//! | `wasi:random/*` | zeros. A guest that seeds from them must seed again when it resumes |
//! | `wasi:cli/stdout`, `stderr`, `wasi:io/streams` output | captured: shown if the run fails |
//! | `wasi:cli/terminal-*` | no terminal |
//! | `wasi:cli/exit` | ends the run: an error |
//! | `[resource-drop]*` | done |
//! | anything else | an error that names it |

use std::collections::BTreeMap;

use anyhow::anyhow;
use wasmi::{
    Caller, CompilationMode, Config, Engine, Error, Extern, ExternType, Func, FuncType, Instance,
    Memory, Module, Store, Val,
};

/// What a guest may call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum World {
    /// The imports in the table above.
    #[default]
    Constant,
    /// Nothing.
    Silent,
}

/// What a finished run left behind.
pub struct State {
    /// The whole linear memory; its length is a multiple of the page size.
    pub memory: Vec<u8>,
    /// The final value of each global asked for, by its index.
    pub globals: BTreeMap<u32, Val>,
}

/// Why a run failed, and what the guest said before.
pub struct Failure {
    reason: String,
    written: Vec<u8>,
}

impl Failure {
    /// The error for the user. `stack` holds the guest's active functions, innermost first.
    pub fn describe(&self, entry: &str, stack: &[String]) -> anyhow::Error {
        use std::fmt::Write;
        let mut text = format!("pre-initialisation (`{entry}`) failed: {}", self.reason);
        let written = String::from_utf8_lossy(&self.written);
        if !written.trim().is_empty() {
            text.push_str("\n  it wrote:");
            written.trim_end().lines().for_each(|line| _ = write!(text, "\n    {line}"));
        }
        if !stack.is_empty() {
            text.push_str("\n  call stack, innermost first:");
            stack.iter().for_each(|frame| _ = write!(text, "\n    {frame}"));
        }
        anyhow!(text)
    }
}

/// The guest's side of the host: handles that it holds, text that it wrote.
#[derive(Default)]
struct Guest {
    world: World,
    /// Open handles and what they are of.
    handles: BTreeMap<i32, &'static str>,
    last_handle: i32,
    written: Vec<u8>,
}

impl Guest {
    fn open(&mut self, what: &'static str) -> Val {
        self.last_handle += 1;
        self.handles.insert(self.last_handle, what);
        Val::I32(self.last_handle)
    }
}

/// The interpreter, set up for programs of CPython's size. Most of their functions are not called
/// before `main`, so they are validated and translated at their first call (CPython: 35 ms of 1 s).
pub fn engine() -> Engine {
    let mut config = Config::default();
    config
        .set_max_recursion_depth(MAX_DEPTH)
        .set_max_stack_height(64 << 20)
        .ignore_custom_sections(true)
        .compilation_mode(CompilationMode::Lazy);
    Engine::new(&config)
}

/// The deepest call stack that the guest gets.
pub const MAX_DEPTH: usize = 20_000;

/// How much of what the guest writes is kept for the error.
const MAX_WRITTEN: usize = 1 << 16;

/// The name under which [`super::bake::expose`] exports the global `index`.
pub fn global_export(index: u32) -> String {
    format!("pylon:snapshot/global-{index}")
}

/// Instantiates `module` (which runs its start function), calls `entry` and reads the state.
pub fn run(
    engine: &Engine,
    module: &Module,
    entry: &str,
    globals: &[u32],
    world: World,
) -> Result<State, Failure> {
    let mut store = Store::new(engine, Guest { world, ..Guest::default() });
    run_in(&mut store, module, entry, globals).map_err(|reason| Failure {
        reason,
        written: std::mem::take(&mut store.data_mut().written),
    })
}

fn run_in(
    store: &mut Store<Guest>,
    module: &Module,
    entry: &str,
    globals: &[u32],
) -> Result<State, String> {
    let (instance, message) =
        start(store, module, entry).map_err(|(_, error)| error.to_string())?;
    let missing = |what: &str| format!("invariant: {what} is exported");
    let memory = instance.get_memory(&*store, "memory").ok_or_else(|| missing("memory"))?;
    if message != 0 {
        return Err(text_at(memory.data(&*store), message));
    }
    let open: Vec<&str> = store.data().handles.values().copied().collect();
    if !open.is_empty() {
        return Err(format!("it ended with open handles: {}", open.join(", ")));
    }
    let mut state = State { memory: memory.data(&*store).to_vec(), globals: BTreeMap::new() };
    for &index in globals {
        let name = global_export(index);
        let global = instance.get_global(&*store, &name).ok_or_else(|| missing(&name))?;
        state.globals.insert(index, global.get(&*store));
    }
    Ok(state)
}

/// Like [`run`], for a module that is known to fail: returns the memory `trace` as the failing call
/// left it. `None` if no call failed (the run ended in a state that cannot be baked), or if it was
/// the start function: wasmi gives no access to an instance that did not start.
pub fn trace_of_failure(
    engine: &Engine,
    module: &Module,
    entry: &str,
    trace: &str,
    world: World,
) -> Option<Vec<u8>> {
    let mut store = Store::new(engine, Guest { world, ..Guest::default() });
    let Err((Some(instance), _)) = start(&mut store, module, entry) else { return None };
    Some(instance.get_memory(&store, trace)?.data(&store).to_vec())
}

/// Instantiates and calls `entry`; returns the instance and what the call returned. An error after
/// instantiation comes with the instance.
fn start(
    store: &mut Store<Guest>,
    module: &Module,
    entry: &str,
) -> Result<(Instance, u32), (Option<Instance>, Error)> {
    let mut imports = Vec::new();
    for import in module.imports() {
        let ExternType::Func(ty) = import.ty() else {
            let name = format!("{} {}", import.module(), import.name());
            return Err((None, Error::new(format!("it imports `{name}`, which is no function"))));
        };
        imports.push(Extern::Func(stub(store, import.module(), import.name(), ty)));
    }
    let instance = Instance::new(&mut *store, module, &imports).map_err(|error| (None, error))?;
    let call = if let Ok(function) = instance.get_typed_func::<(), ()>(&*store, entry) {
        function.call(&mut *store, ()).map(|()| 0)
    } else if let Ok(function) = instance.get_typed_func::<(), u32>(&*store, entry) {
        function.call(&mut *store, ())
    } else {
        let reason = "it takes parameters, or returns something else than one i32";
        return Err((None, Error::new(reason)));
    };
    match call {
        Ok(message) => Ok((instance, message)),
        Err(error) => Err((Some(instance), error)),
    }
}

/// The NUL-terminated text at `at`, to its end or 64 KiB.
fn text_at(memory: &[u8], at: u32) -> String {
    let text = memory.get(at as usize..).unwrap_or_default();
    let text = &text[..text.len().min(1 << 16)];
    let end = text.iter().position(|&byte| byte == 0).unwrap_or(text.len());
    match end {
        0 => format!("it returned {at}, which is no text"),
        _ => String::from_utf8_lossy(&text[..end]).trim_end().to_string(),
    }
}

/// The host function for one import.
fn stub(store: &mut Store<Guest>, module: &str, name: &str, ty: &FuncType) -> Func {
    // Only 0.2 has these signatures.
    let interface = match module.split_once('@') {
        Some((interface, version)) if version.starts_with("0.2.") => interface.to_string(),
        _ => String::new(),
    };
    let (module, name) = (module.to_string(), name.to_string());
    Func::new(store, ty.clone(), move |mut caller, args: &[Val], results: &mut [Val]| {
        let silent = caller.data().world == World::Silent;
        let mut call = Call { caller: &mut caller, args, results };
        let answered = if silent { None } else { answer(&mut call, &interface, &name)? };
        answered.ok_or_else(|| {
            Error::new(format!("it called `{module}` `{name}`, which has no answer at build time"))
        })
    })
}

/// Answers one call by the canonical ABI (lists and records through a return pointer, the last
/// argument). `None`: this import is not part of the world at build time.
fn answer(call: &mut Call<'_, '_>, interface: &str, name: &str) -> Result<Option<()>, Error> {
    if name.starts_with("[resource-drop]") && interface.starts_with("wasi:") {
        let handle = call.i32(0)?;
        call.caller.data_mut().handles.remove(&handle);
        return Ok(Some(()));
    }
    match (interface, name) {
        ("wasi:cli/environment", "get-environment" | "get-arguments")
        | ("wasi:filesystem/preopens", "get-directories") => call.give(&[0; 8])?,
        ("wasi:cli/environment", "initial-cwd" | "get-initial-cwd")
        | ("wasi:cli/terminal-stdin", "get-terminal-stdin")
        | ("wasi:cli/terminal-stdout", "get-terminal-stdout")
        | ("wasi:cli/terminal-stderr", "get-terminal-stderr") => call.give(&[0])?,
        ("wasi:clocks/wall-clock", "now" | "resolution") => call.give(&[0; 16])?,
        ("wasi:clocks/monotonic-clock", "now" | "resolution") => call.result(Val::I64(1))?,
        ("wasi:clocks/monotonic-clock", "subscribe-instant" | "subscribe-duration")
        | ("wasi:io/streams", "[method]output-stream.subscribe") => call.open("pollable")?,
        ("wasi:io/poll", "[method]pollable.ready") => call.result(Val::I32(1))?,
        ("wasi:io/poll", "[method]pollable.block") => {}
        ("wasi:io/poll", "poll") => {
            let ready: Vec<u8> = (0..call.u32(1)?).flat_map(u32::to_le_bytes).collect();
            call.give_list(&ready, 4)?;
        }
        ("wasi:random/random", "get-random-bytes")
        | ("wasi:random/insecure", "get-insecure-random-bytes") => {
            let length = call.i64(0)?;
            let length = usize::try_from(length).ok().filter(|&length| length <= 1 << 24);
            let length = length.ok_or_else(|| Error::new("it asked for too many random bytes"))?;
            call.give_list(&vec![0; length], 1)?;
        }
        ("wasi:random/random", "get-random-u64")
        | ("wasi:random/insecure", "get-insecure-random-u64") => call.result(Val::I64(0))?,
        ("wasi:random/insecure-seed", "insecure-seed" | "get-insecure-seed") => {
            call.give(&[0; 16])?
        }
        ("wasi:cli/stdout", "get-stdout") => call.open("stdout")?,
        ("wasi:cli/stderr", "get-stderr") => call.open("stderr")?,
        ("wasi:io/streams", "[method]output-stream.check-write") => {
            // result<u64, stream-error>: ok, with room for 64 KiB.
            let mut ok = [0; 16];
            ok[8..].copy_from_slice(&65536u64.to_le_bytes());
            call.give(&ok)?;
        }
        (
            "wasi:io/streams",
            "[method]output-stream.write" | "[method]output-stream.blocking-write-and-flush",
        ) => {
            let text = call.read(1)?;
            let written = &mut call.caller.data_mut().written;
            let room = MAX_WRITTEN.saturating_sub(written.len());
            written.extend_from_slice(&text[..text.len().min(room)]);
            call.give(&[0])?;
        }
        (
            "wasi:io/streams",
            "[method]output-stream.flush" | "[method]output-stream.blocking-flush",
        ) => {
            call.give(&[0])?;
        }
        ("wasi:cli/exit", "exit" | "exit-with-code") => {
            return Err(Error::new(format!("it called {name}({})", call.i32(0)?)));
        }
        _ => return Ok(None),
    }
    Ok(Some(()))
}

/// One call of an import, with its arguments decoded on demand.
struct Call<'a, 'c> {
    caller: &'a mut Caller<'c, Guest>,
    args: &'a [Val],
    results: &'a mut [Val],
}

impl Call<'_, '_> {
    fn i32(&self, index: usize) -> Result<i32, Error> {
        self.args.get(index).and_then(Val::i32).ok_or_else(unexpected_signature)
    }

    fn u32(&self, index: usize) -> Result<u32, Error> {
        self.i32(index).map(|value| value as u32)
    }

    fn i64(&self, index: usize) -> Result<i64, Error> {
        self.args.get(index).and_then(Val::i64).ok_or_else(unexpected_signature)
    }

    fn result(&mut self, value: Val) -> Result<(), Error> {
        match self.results {
            [result] if result.ty() == value.ty() => *result = value,
            _ => return Err(unexpected_signature()),
        }
        Ok(())
    }

    fn open(&mut self, what: &'static str) -> Result<(), Error> {
        let handle = self.caller.data_mut().open(what);
        self.result(handle)
    }

    fn memory(&self) -> Result<Memory, Error> {
        match self.caller.get_export("memory") {
            Some(Extern::Memory(memory)) => Ok(memory),
            _ => Err(Error::new("it exports no memory")),
        }
    }

    /// The bytes of the list whose pointer and length are the arguments `index` and `index + 1`.
    fn read(&self, index: usize) -> Result<Vec<u8>, Error> {
        let (start, length) = (self.u32(index)? as usize, self.u32(index + 1)? as usize);
        let memory = self.memory()?.data(&*self.caller);
        let bytes = start.checked_add(length).and_then(|end| memory.get(start..end));
        Ok(bytes.ok_or_else(|| Error::new("it passed a list outside of its memory"))?.to_vec())
    }

    fn write(&mut self, at: u32, bytes: &[u8]) -> Result<(), Error> {
        let memory = self.memory()?;
        memory
            .write(&mut *self.caller, at as usize, bytes)
            .map_err(|_| Error::new("it passed a pointer outside of its memory"))
    }

    /// Stores a result at the return pointer.
    fn give(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let last = self.args.len().checked_sub(1).ok_or_else(unexpected_signature)?;
        self.write(self.u32(last)?, bytes)
    }

    /// Allocates `bytes` in the guest and stores pointer and element count at the return pointer.
    fn give_list(&mut self, bytes: &[u8], element_size: u32) -> Result<(), Error> {
        let Some(Extern::Func(realloc)) = self.caller.get_export("cabi_realloc") else {
            return Err(Error::new("it exports no cabi_realloc"));
        };
        let length = u32::try_from(bytes.len()).map_err(|_| Error::new("a list is too long"))?;
        let at = realloc
            .typed::<(u32, u32, u32, u32), u32>(&*self.caller)?
            .call(&mut *self.caller, (0, 0, element_size, length))?;
        self.write(at, bytes)?;
        let mut list = [0; 8];
        list[..4].copy_from_slice(&at.to_le_bytes());
        list[4..].copy_from_slice(&(length / element_size).to_le_bytes());
        self.give(&list)
    }
}

fn unexpected_signature() -> Error {
    Error::new("an import has another signature than WASI 0.2 gives it")
}
