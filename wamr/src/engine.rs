//! WAMR's C interface (`core/iwasm/include/wasm_export.h`) behind types that cannot be used wrongly: a module lives
//! within its runtime, an instance within its module, and there is one runtime at a time.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::marker::PhantomData;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::wasi::{self, Host};
use crate::{Ended, Error, Program};

/// WAMR's handles, which only WAMR looks into.
pub(crate) type Handle = c_void;

unsafe extern "C" {
    fn wasm_runtime_init() -> bool;
    fn wasm_runtime_destroy();
    fn wasm_runtime_load(buf: *mut u8, size: u32, error: *mut c_char, len: u32) -> *mut Handle;
    fn wasm_runtime_unload(module: *mut Handle);
    fn wasm_runtime_set_wasi_args(
        module: *mut Handle,
        dirs: *const *const c_char,
        dir_count: u32,
        map_dirs: *const *const c_char,
        map_dir_count: u32,
        env: *const *const c_char,
        env_count: u32,
        argv: *const *const c_char,
        argc: c_int,
    );
    fn wasm_runtime_instantiate(
        module: *mut Handle,
        stack_size: u32,
        heap_size: u32,
        error: *mut c_char,
        len: u32,
    ) -> *mut Handle;
    fn wasm_runtime_deinstantiate(instance: *mut Handle);
    fn wasm_runtime_lookup_wasi_start_function(instance: *mut Handle) -> *mut Handle;
    fn wasm_runtime_create_exec_env(instance: *mut Handle, stack_size: u32) -> *mut Handle;
    fn wasm_runtime_destroy_exec_env(exec_env: *mut Handle);
    fn wasm_runtime_call_wasm(
        exec_env: *mut Handle,
        function: *mut Handle,
        argc: u32,
        argv: *mut u32,
    ) -> bool;
    fn wasm_runtime_get_exception(instance: *mut Handle) -> *const c_char;
    fn wasm_runtime_set_custom_data(instance: *mut Handle, data: *mut c_void);
    fn bh_log_set_verbose_level(level: u32);
}

static IN_USE: AtomicBool = AtomicBool::new(false);

/// WAMR, initialized. There is at most one in a process, and it stays on its thread.
#[derive(Debug)]
pub struct Runtime {
    _not_send: PhantomData<*mut ()>,
}

/// A module that WAMR has read, checked and translated.
#[derive(Debug)]
pub struct Module<'r> {
    handle: NonNull<Handle>,
    /// WAMR's names point into these bytes, and it writes to them.
    _bytes: Vec<u8>,
    _runtime: PhantomData<&'r mut Runtime>,
}

/// A module with its memory, ready to run.
#[derive(Debug)]
pub struct Instance<'m> {
    handle: NonNull<Handle>,
    /// Our WASI functions find it by WAMR's `custom_data`.
    host: Box<Host>,
    stack_size: u32,
    _module: PhantomData<&'m mut ()>,
}

impl Runtime {
    /// Initializes WAMR. Fails while another one lives.
    pub fn start() -> Result<Runtime, Error> {
        if IN_USE.swap(true, Ordering::Acquire) {
            return Err(Error::InUse);
        }
        // SAFETY: `IN_USE` makes this the only use of WAMR's globals; the functions put into the table have the
        // C signatures that the table's own signature strings say.
        unsafe {
            wasi::replace_functions();
            if !wasm_runtime_init() {
                IN_USE.store(false, Ordering::Release);
                return Err(Error::Init);
            }
        }
        Ok(Runtime { _not_send: PhantomData })
    }

    /// How much WAMR says on standard error: 0 nothing, 1 errors, 2 warnings (so it starts), up to 5.
    pub fn set_log_level(&mut self, level: u32) {
        // SAFETY: sets a number.
        unsafe { bh_log_set_verbose_level(level) }
    }

    /// Reads a module. Imports that WAMR does not have are a warning, and a trap when they are called.
    pub fn load(&mut self, mut bytes: Vec<u8>) -> Result<Module<'_>, Error> {
        let size = u32::try_from(bytes.len())
            .map_err(|_| Error::Load("the module has 4 GiB or more".to_owned()))?;
        let mut error = ErrorText::default();
        // SAFETY: the buffer has `size` bytes, and stays where it is as long as the module lives.
        let handle = unsafe {
            wasm_runtime_load(bytes.as_mut_ptr(), size, error.as_mut_ptr(), ErrorText::LEN)
        };
        let handle = NonNull::new(handle).ok_or_else(|| Error::Load(error.text()))?;
        Ok(Module { handle, _bytes: bytes, _runtime: PhantomData })
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        // SAFETY: modules and instances borrow the runtime, so there are none any more.
        unsafe { wasm_runtime_destroy() }
        IN_USE.store(false, Ordering::Release);
    }
}

impl Module<'_> {
    /// Makes an instance: memory, tables, open folders. The module's start section, if it has one, runs.
    pub fn instantiate(&mut self, program: &Program) -> Result<Instance<'_>, Error> {
        let args: Vec<*const c_char> = program.args.iter().map(|arg| arg.as_ptr()).collect();
        let hosts: Vec<*const c_char> = program.hosts.iter().map(|dir| dir.as_ptr()).collect();
        let mut error = ErrorText::default();
        // SAFETY: the lists and their strings live until instantiation is over, which is when WAMR copies them. The
        // counts are those of the lists; they came from a command line or a program, never 2^31 of them.
        let handle = unsafe {
            let module = self.handle.as_ptr();
            let (nothing, dirs) = (ptr::null(), hosts.len() as u32);
            let (argv, argc) = (args.as_ptr(), args.len() as c_int);
            let hosts = hosts.as_ptr();
            wasm_runtime_set_wasi_args(module, hosts, dirs, nothing, 0, nothing, 0, argv, argc);
            let Program { stack_size, heap_size, .. } = *program;
            wasm_runtime_instantiate(
                module,
                stack_size,
                heap_size,
                error.as_mut_ptr(),
                ErrorText::LEN,
            )
        };
        let handle = NonNull::new(handle).ok_or_else(|| Error::Instantiate(error.text()))?;
        let host = Box::new(Host::new(program));
        // SAFETY: the box lives as long as the instance, and does not move.
        unsafe {
            wasm_runtime_set_custom_data(handle.as_ptr(), ptr::from_ref(&*host).cast_mut().cast());
        }
        Ok(Instance { handle, host, stack_size: program.stack_size, _module: PhantomData })
    }
}

impl Drop for Module<'_> {
    fn drop(&mut self) {
        // SAFETY: instances borrow the module, so there are none any more.
        unsafe { wasm_runtime_unload(self.handle.as_ptr()) }
    }
}

impl Instance<'_> {
    /// Calls `_start`, once.
    pub fn run(self) -> Result<Ended, Error> {
        let instance = self.handle.as_ptr();
        // SAFETY: `instance` is alive; `_start` has no parameters and no results (WAMR checks that when it looks it
        // up); the exec env is freed once, after its last use.
        unsafe {
            let start = wasm_runtime_lookup_wasi_start_function(instance);
            if start.is_null() {
                return Err(Error::NoStart);
            }
            let exec_env = wasm_runtime_create_exec_env(instance, self.stack_size);
            if exec_env.is_null() {
                return Err(Error::Stack(self.stack_size));
            }
            wasm_runtime_call_wasm(exec_env, start, 0, ptr::null_mut());
            wasm_runtime_destroy_exec_env(exec_env);
            let exception = wasm_runtime_get_exception(instance);
            Ok(if exception.is_null() {
                Ended::Exit(self.host.exit_code())
            } else {
                let text = CStr::from_ptr(exception).to_string_lossy();
                Ended::Trap(text.trim_start_matches("Exception: ").to_owned())
            })
        }
    }
}

impl Drop for Instance<'_> {
    fn drop(&mut self) {
        // SAFETY: it came from `wasm_runtime_instantiate` and is freed here only.
        unsafe { wasm_runtime_deinstantiate(self.handle.as_ptr()) }
    }
}

/// A buffer that WAMR writes an error's text to.
struct ErrorText([c_char; ErrorText::LEN as usize]);

impl Default for ErrorText {
    fn default() -> ErrorText {
        ErrorText([0; ErrorText::LEN as usize])
    }
}

impl ErrorText {
    const LEN: u32 = 256;

    fn as_mut_ptr(&mut self) -> *mut c_char {
        self.0.as_mut_ptr()
    }

    fn text(&self) -> String {
        let bytes: Vec<u8> =
            self.0.iter().take_while(|&&byte| byte != 0).map(|&byte| byte as u8).collect();
        String::from_utf8_lossy(&bytes).trim_end().to_owned()
    }
}
