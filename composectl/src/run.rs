//! `composectl run`: one guest, from the command line to its exit code. It is a component, or a core module
//! (`preview1.rs`).
//!
//! All is synchronous. The guest's stack must be large enough whatever `ulimit -s` says: wasmtime turns recursion
//! beyond `GUEST_STACK` into a trap only if the native stack is larger than that. So the main thread's limit is
//! raised, and the guest runs there: a process of one thread starts sooner. Where the limit cannot be raised, or
//! where the main thread has to be the watchdog of `--timeout`, the guest gets a thread of its own. Signals are left
//! alone, so that Ctrl-C or a SIGTERM ends this process as it would end any other, unless the guest wants to be told of
//! Ctrl-C (`attention.rs`).

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use composectl_plan::{Deadline, FullRunLimits};
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{AsContextMut, Engine, Module, Store};
use wasmtime_wasi::p2::bindings::sync::{Command, CommandPre};
use wasmtime_wasi::{I32Exit, WasiCtx, WasiCtxView, WasiView};

use crate::attention;
use crate::beneath::Fences;
use crate::cli::RunArgs;
use crate::code::Program;
use crate::compiled_cache::LazyCache;
use crate::component::{self, Content, Found, Job, PATIENCE};
use crate::connections;
use crate::digest_index::HexDigest;
use crate::dynlink::{self, HasScope, Host, RunPlan, Scope};
use crate::engine::{self, Role};
use crate::exit::{self, CANNOT_RUN, FAILED, Failure, Outcome, TIMEOUT};
use crate::files;
use crate::grants::{self, Granted};
use crate::heap;
use crate::limits::{MemoryLimit, Timeout, most_handles};
use crate::network;
use crate::paths::HasFences;
use crate::preview1;
use crate::report::Reporter;
use crate::totals::Totals;
use crate::trap::{self, Source};

/// What a guest's store holds.
struct Guest {
    wasi: WasiCtx,
    fences: Fences,
    scope: Scope,
    memory: MemoryLimit,
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.scope.table }
    }
}

impl HasFences for Guest {
    fn fences(&self) -> &Fences {
        &self.fences
    }
}

impl HasScope for Guest {
    fn scope(&mut self) -> &mut Scope {
        &mut self.scope
    }
}

/// How far a run has come, for `--timeout`, which counts from the guest's start.
enum Stage {
    Compiling,
    Started,
}

/// What may pass before the guest starts, besides compiling, and compiling. Both are bounded otherwise; these bounds are
/// for what is not, such as a stderr that nobody reads.
const LONGEST_START: Duration = Duration::from_secs(10);
const LONGEST_COMPILING: Duration = Duration::from_secs(600);

/// Runs the guest and ends the process with its outcome, or at the time-out.
pub fn run(args: RunArgs, reporter: Reporter) -> Outcome {
    heap::use_one();
    require_descriptors()?;
    let environment = grants::environment(&args, reporter)?;
    let plan = RunPlan::open(&args, reporter)?;
    keep_helper_threads_few();
    let timeout = args.timeout;
    let stack =
        args.max_wasm_stack.0 + engine::HOST_STACK + plan.as_ref().map_or(0, RunPlan::stack);
    let (stage, stages) = mpsc::channel();
    if timeout.is_none() && raise_stack_limit(stack) {
        let outcome = run_guest(&args, plan, &environment, reporter, &stage);
        exit::finish(outcome, reporter)
    }
    let guest = thread::Builder::new().name("guest".to_owned()).stack_size(stack);
    let guest = guest
        .spawn(move || {
            let outcome = run_guest(&args, plan, &environment, reporter, &stage);
            // From here and not from the main thread: waking it up would only take time.
            exit::finish(outcome, reporter)
        })
        .map_err(|error| {
            Failure::new(
                FAILED,
                format_args!("cannot start a thread with a stack of {} MiB: {error}", stack >> 20),
            )
        })?;

    if let Some(Timeout(timeout)) = timeout
        && is_late(timeout, &stages)
    {
        return Err(Failure::new(
            TIMEOUT,
            format_args!("the guest was ended after {timeout:?} (--timeout)"),
        ));
    }
    // The thread ends the process; it comes back only by a panic, whose message is on stderr already.
    let _ = guest.join();
    Err(Failure::new(FAILED, "composectl itself failed; this is a bug in it"))
}

/// Waits for the guest's end, and says whether its time was over first.
fn is_late(timeout: Duration, stages: &Receiver<Stage>) -> bool {
    let mut before = LONGEST_START;
    loop {
        before = match stages.recv_timeout(timeout.saturating_add(before)) {
            Ok(Stage::Compiling) => LONGEST_COMPILING,
            Ok(Stage::Started) => Duration::ZERO,
            Err(RecvTimeoutError::Timeout) => return true,
            Err(RecvTimeoutError::Disconnected) => return false,
        };
    }
}

/// Fails where too few files can be opened: what waits for clocks and sockets beneath WASI panics without its own.
fn require_descriptors() -> Result<(), Failure> {
    let spare = || io::stderr().as_fd().try_clone_to_owned();
    let spares: io::Result<Vec<OwnedFd>> =
        std::iter::repeat_with(spare).take(SPARE_DESCRIPTORS).collect();
    spares.map(drop).map_err(|error| {
        Failure::new(
            FAILED,
            format_args!(
                "a run opens {SPARE_DESCRIPTORS} files of its own: {error} (see `ulimit -n`)"
            ),
        )
    })
}

/// What a run needs besides the standard streams and the guest's own files.
const SPARE_DESCRIPTORS: usize = 8;

/// Lets the main thread's stack grow as far as a guest may need; false if the limit is fixed below that.
///
/// The kernel looks at the limit when the stack grows, and keeps at least 128 MiB of addresses below it free.
fn raise_stack_limit(stack: usize) -> bool {
    let wanted = 2 * stack as libc::rlim_t;
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: both calls get a valid structure.
    unsafe {
        if libc::getrlimit(libc::RLIMIT_STACK, &mut limit) != 0 {
            return false;
        }
        if limit.rlim_cur >= wanted {
            return true;
        }
        limit.rlim_cur = wanted;
        limit.rlim_max >= wanted && libc::setrlimit(libc::RLIMIT_STACK, &limit) == 0
    }
}

/// The WASI implementation starts a pool of helper threads when a guest first waits for something. One does
/// for one guest; the default is one for each processor. To be called when the environment for the guest has
/// been read.
fn keep_helper_threads_few() {
    // SAFETY: called before any other thread exists.
    unsafe { std::env::set_var("TOKIO_WORKER_THREADS", "1") };
}

/// A guest whose code is there, on its way to its start.
struct Run<'a> {
    args: &'a RunArgs,
    path: &'a Path,
    digest: &'a HexDigest,
    engine: &'a Engine,
    reporter: Reporter,
    stage: &'a Sender<Stage>,
    begin: Instant,
    have_engine: Duration,
    have_code: Duration,
}

/// Everything from the file to the guest's end, on one thread: doing parts of it at once on two costs more than
/// it saves, since each change of the address space then has to be told to the other processor.
fn run_guest(
    args: &RunArgs,
    plan: Option<RunPlan>,
    environment: &BTreeMap<String, String>,
    reporter: Reporter,
    stage: &Sender<Stage>,
) -> Outcome {
    let begin = Instant::now();
    let (path, guest_args) = args.split();
    let root = match (&path, &plan) {
        (Some(_), _) => None,
        (None, Some(plan)) => Some(plan.resolver.root()?),
        (None, None) => return Err(Failure::new(FAILED, "FILE is missing: what is to be run?")),
    };
    let path = path.or_else(|| root.as_ref().map(|root| root.path.clone())).unwrap_or_default();
    let granted =
        grants::for_program(args, &argv0(args, &path), guest_args, environment, reporter)?;
    // The granted folders took some.
    require_descriptors()?;
    let engine = engine::for_program(args.max_wasm_stack.0)?;
    let have_engine = begin.elapsed();
    let cache = plan.as_ref().map_or_else(|| LazyCache::new(reporter), |plan| plan.cache.clone());
    let cache = cache.get();
    let found = match (&plan, &root) {
        (Some(plan), Some(root)) => component::find_root(&plan.resolver, root, &engine, cache)?,
        (plan, _) => {
            if let Some(plan) = plan {
                plan.resolver.check_root_trust()?;
            }
            let check = |digest: &HexDigest| {
                plan.as_ref().map_or(Ok(()), |plan| plan.check_root(&path, digest))
            };
            component::find(&path, Role::Program, &engine, cache, reporter, check)?
        }
    };
    let Found { digest, content } = found;
    let code = match content {
        Content::Code(code) => code,
        Content::Bytes(bytes) => {
            let _ = stage.send(Stage::Compiling);
            let patience = args.timeout.map_or(PATIENCE, |timeout| timeout.0.min(PATIENCE));
            let job = Job {
                name: &path.display().to_string(),
                bytes: &bytes,
                digest: &digest,
                role: Role::Program,
                deadline: Deadline::after(LONGEST_COMPILING),
                patience: Deadline::after(patience),
            };
            let made = job.code(&engine, cache, reporter);
            made.map_err(|fault| component::not_compiled(&path, &fault))?.0
        }
    };
    let have_code = begin.elapsed();
    let (path, digest, engine) = (&*path, &digest, &engine);
    let run = Run { args, path, digest, engine, reporter, stage, begin, have_engine, have_code };
    let outcome = match &code {
        Program::Component(component) => run.component(component, plan, granted),
        Program::Module(module) => run.module(module, plan.is_some(), granted),
    };
    std::mem::forget(code);
    outcome
}

impl Run<'_> {
    fn component(
        &self,
        component: &Component,
        plan: Option<RunPlan>,
        Granted { mut wasi, fences, .. }: Granted,
    ) -> Outcome {
        let linker = linker(self.engine)?;
        let command = link(self.path, &linker, component)?;
        let linked = self.begin.elapsed();

        let totals = self.totals(plan.as_ref());
        let host = Host::new(plan, Arc::clone(&totals), self.args.trace, self.reporter);
        let scope = Scope::new(host, None, 0, ResourceTable::new());
        let memory = MemoryLimit::new(self.args.max_memory, totals);
        let mut store =
            Store::new(self.engine, Guest { wasi: wasi.build(), fences, scope, memory });
        store.limiter(|guest| &mut guest.memory);
        store.set_max_component_handles(most_handles(self.args.max_memory));
        if self.args.plan.is_some() {
            // Payloads are bounded by what the provider takes, and by an error value; this bound would be a trap.
            store.set_hostcall_fuel(usize::MAX);
        }
        let _ = self.stage.send(Stage::Started);
        let started = command.instance_pre().instantiate(&mut store).and_then(|instance| {
            attention::lend(&mut store, &instance)?;
            Command::new(&mut store, &instance)
        });
        let command = started.map_err(|error| {
            let refused = store.data().memory.refused_at_start();
            self.not_started(refused, &error, &mut store)
        })?;
        self.note_start(linked);
        let result = command.wasi_cli_run().call_run(&mut store);
        self.note_end();
        let outcome = match result {
            Ok(Ok(())) => Ok(0),
            Ok(Err(())) => Ok(1),
            Err(error) => ended(self.source(), &error, &mut store),
        };
        connections::close_all(&mut store.data_mut().scope.table);
        // The process ends now. Taking gigabytes of address space apart first would only take time.
        std::mem::forget((store, command, linker));
        outcome
    }

    fn module(&self, module: &Module, has_plan: bool, granted: Granted) -> Outcome {
        if has_plan {
            let what = "is a core module, which cannot resolve providers";
            return Err(Failure::new(CANNOT_RUN, format_args!("{} {what}", self.path.display()))
                .with_hint("leave --plan out, or build it as a component"));
        }
        let memory = MemoryLimit::new(self.args.max_memory, self.totals(None));
        let guest = preview1::Guest::new(granted, memory);
        let mut store = Store::new(self.engine, guest);
        store.limiter(|guest| &mut guest.memory);
        let linked = preview1::link(self.path, self.engine, module, &mut store)?;
        let have_linked = self.begin.elapsed();
        let _ = self.stage.send(Stage::Started);
        let instance = linked.instantiate(&mut store);
        let instance = instance.map_err(|error| {
            let refused = store.data().memory.refused_at_start();
            self.not_started(refused, &error, &mut store)
        })?;
        let start = instance.get_typed_func::<(), ()>(&mut store, "_start").map_err(|error| {
            let name = self.path.display();
            Failure::new(CANNOT_RUN, format_args!("{name} has no _start to be called: {error:#}"))
        })?;
        self.note_start(have_linked);
        let result = start.call(&mut store, ());
        self.note_end();
        let outcome = match result {
            Ok(()) => Ok(0),
            Err(error) => ended(self.source(), &error, &mut store),
        };
        std::mem::forget((store, linked));
        outcome
    }

    /// How many bytes the program and all providers may have together.
    fn most_together(&self, plan: Option<&RunPlan>) -> u64 {
        let of_plan = plan.map_or(FullRunLimits::default(), |plan| plan.limits).total_memory_bytes;
        self.args.max_total_memory.map_or(of_plan, |size| size.0 as u64)
    }

    fn totals(&self, plan: Option<&RunPlan>) -> Arc<Totals> {
        Totals::new(self.most_together(plan))
    }

    /// Why there is no instance.
    fn not_started(
        &self,
        refused: Option<String>,
        error: &wasmtime::Error,
        store: impl AsContextMut,
    ) -> Failure {
        match refused {
            Some(needed) => {
                Failure::new(FAILED, format_args!("{} needs {needed}", self.path.display()))
            }
            None => start_failure(self.source(), error, store),
        }
    }

    fn source(&self) -> Source<'_> {
        Source { path: self.path, digest: self.digest }
    }

    /// Says how long it took to here; `linked` is when the imports were connected.
    fn note_start(&self, linked: Duration) {
        self.reporter.detail(|| {
            let now = self.begin.elapsed();
            format!(
                "started after {now:.2?} (code {:.2?}, linking {:.2?}, instance {:.2?})",
                self.have_code - self.have_engine,
                linked - self.have_code,
                now - linked
            )
        });
    }

    fn note_end(&self) {
        self.reporter.detail(|| format!("ended after {:.2?}", self.begin.elapsed()));
    }
}

/// What the guest sees as its own name.
fn argv0(args: &RunArgs, path: &Path) -> String {
    match &args.argv0 {
        Some(name) => name.clone(),
        // Without the folder: where the file lies on this machine is none of the guest's business, and
        // `usage: pylon.wasm [option] ...` is what a user expects.
        None => path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
    }
}

/// All that the host offers: WASI 0.2 and `compose:dynlink/linker`. This includes exit-with-code, which pylon.wasm
/// needs for sys.exit(n).
fn linker(engine: &Engine) -> Result<Linker<Guest>, Failure> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_sync(&mut linker)
        .and_then(|()| files::add_to_linker(&mut linker))
        .and_then(|()| network::add_to_linker(&mut linker))
        .and_then(|()| connections::add_to_linker(&mut linker))
        .and_then(|()| attention::add_to_linker(&mut linker))
        .and_then(|()| dynlink::add_to_linker(&mut linker))
        .map_err(|error| {
            Failure::new(FAILED, format_args!("cannot set up the host's functions: {error:#}"))
        })?;
    Ok(linker)
}

/// Connects the component's imports with what the host offers.
fn link(
    path: &Path,
    linker: &Linker<Guest>,
    component: &Component,
) -> Result<CommandPre<Guest>, Failure> {
    let instance = linker
        .instantiate_pre(component)
        .map_err(|error| import_failure(path, linker.engine(), component, &error))?;
    CommandPre::new(instance).map_err(|_| {
        Failure::new(
            CANNOT_RUN,
            format_args!("{} has nothing to run: it does not export wasi:cli/run", path.display()),
        )
        .with_hint("is it a library? pylon.wasm and other programs export wasi:cli/run@0.2")
    })
}

/// Says which imports nobody serves.
fn import_failure(
    path: &Path,
    engine: &Engine,
    component: &Component,
    error: &wasmtime::Error,
) -> Failure {
    let ty = component.component_type();
    let foreign: Vec<_> = ty
        .imports(engine)
        .map(|(name, _)| name)
        .filter(|name| !name.starts_with("wasi:"))
        .collect();
    let name = path.display();
    if foreign.is_empty() {
        return Failure::new(
            CANNOT_RUN,
            format_args!("{name} asks more of WASI than is offered here: {error:#}"),
        )
        .with_hint("composectl offers WASI 0.2 (cli, clocks, filesystem, io, random, sockets)");
    }
    Failure::new(
        CANNOT_RUN,
        format_args!("{name} imports what composectl does not provide: {}", foreign.join(", ")),
    )
    .with_hint(
        "compose the components that export these into it (`cargo xtask compose WITH_<CAP>=1`)",
    )
}

/// An error before the guest's `run` was called: a start function may trap or exit, too.
fn start_failure(source: Source<'_>, error: &wasmtime::Error, store: impl AsContextMut) -> Failure {
    if error.is::<wasmtime::Trap>() {
        return trap::failure(source, error, store);
    }
    let name = source.path.display();
    let failure =
        Failure::new(FAILED, format_args!("cannot start {name}: {}", trap::host_error(error)));
    if format!("{error:#}").contains("mmap") {
        failure.with_hint("every memory of a guest reserves 4 GiB of addresses (not of memory); does `ulimit -v` allow that?")
    } else {
        failure
    }
}

/// An error out of the guest's `run`: its exit, or a trap.
fn ended(source: Source<'_>, error: &wasmtime::Error, store: impl AsContextMut) -> Outcome {
    match error.downcast_ref::<I32Exit>() {
        // WASI's exit codes are bytes; the type is wider for older interfaces.
        Some(exit) => Ok(u8::try_from(exit.0).unwrap_or(1)),
        None => Err(trap::failure(source, error, store)),
    }
}
