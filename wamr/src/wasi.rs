//! Those functions of WASI preview 1 that WAMR of 2020 has wrong. Ours take their places in WAMR's own table, before
//! modules are linked to it; later WAMRs have mended them, too.
//!
//! | function | what is wrong with WAMR's |
//! |---|---|
//! | `proc_exit` | drops the exit code |
//! | `environ_get`, `environ_sizes_get` | the list is allocated by the number of *arguments*: more variables overrun it |
//! | `fd_prestat_get`, `fd_prestat_dir_name` | folders have the host's names only |
//! | `fd_filestat_get`, `path_filestat_get` | the record is that of `wasi_unstable`: a file's size is seen as its time |
//! | `poll_oneoff` | the same: the timeout is taken from the precision, so that nothing ever sleeps |
//!
//! `fd_fdstat_get` is right, but can be told to answer as today's WAMR does ([`Program::untyped_streams`]).

use std::cell::Cell;
use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr;

use crate::Program;
use crate::engine::Handle;

#[repr(C)]
struct NativeSymbol {
    symbol: *const c_char,
    func_ptr: *mut c_void,
    signature: *const c_char,
    attachment: *mut c_void,
}

/// The first member of WAMR's `WASIContext`.
#[repr(C)]
struct WasiContext {
    fd_table: *mut c_void,
}

unsafe extern "C" {
    /// The table of WASI functions. It is no constant: WAMR sorts it.
    fn get_libc_wasi_export_apis(symbols: *mut *mut NativeSymbol) -> u32;
    fn wasm_runtime_set_exception(instance: *mut Handle, exception: *const c_char);
    fn wasm_runtime_get_custom_data(instance: *mut Handle) -> *mut c_void;
    fn wasm_runtime_get_module_inst(exec_env: *mut Handle) -> *mut Handle;
    fn wasm_runtime_get_wasi_ctx(instance: *mut Handle) -> *mut WasiContext;
    fn wasm_runtime_validate_native_addr(instance: *mut Handle, at: *mut c_void, size: u32)
    -> bool;
    fn wasm_runtime_addr_native_to_app(instance: *mut Handle, at: *mut c_void) -> u32;
    fn wasmtime_ssp_fd_fdstat_get(fds: *mut c_void, fd: u32, to: *mut Fdstat) -> u16;
    fn wasmtime_ssp_fd_filestat_get(fds: *mut c_void, fd: u32, to: *mut OldFilestat) -> u16;
    fn wasmtime_ssp_path_filestat_get(
        fds: *mut c_void,
        fd: u32,
        flags: u32,
        path: *const u8,
        len: usize,
        to: *mut OldFilestat,
    ) -> u16;
    fn wasmtime_ssp_poll_oneoff(
        fds: *mut c_void,
        subscriptions: *const OldSubscription,
        events: *mut Event,
        count: usize,
        happened: *mut usize,
    ) -> u16;
}

/// What our functions know of an instance.
#[derive(Debug)]
pub(crate) struct Host {
    exit: Cell<Option<u32>>,
    env: Vec<CString>,
    guests: Vec<CString>,
    untyped_streams: bool,
}

impl Host {
    pub(crate) fn new(program: &Program) -> Host {
        let Program { env, guests, untyped_streams, .. } = program;
        let (env, guests) = (env.clone(), guests.clone());
        Host { exit: Cell::new(None), env, guests, untyped_streams: *untyped_streams }
    }

    /// That of `proc_exit`; 0 if it was not called.
    pub(crate) fn exit_code(&self) -> u32 {
        self.exit.get().unwrap_or(0)
    }

    /// WAMR opens the folders in their order, from descriptor 3 on, and does not let the guest close them.
    fn folder(&self, fd: u32) -> Option<&CStr> {
        let index = usize::try_from(fd).ok()?.checked_sub(3)?;
        self.guests.get(index).map(CString::as_c_str)
    }
}

/// Error codes of WASI preview 1.
mod errno {
    pub const SUCCESS: u32 = 0;
    pub const BADF: u32 = 8;
    pub const FAULT: u32 = 21;
    pub const INVAL: u32 = 28;
}

/// Puts ours into WAMR's table.
///
/// # Safety
/// Nobody else uses WAMR at the same time.
pub(crate) unsafe fn replace_functions() {
    let ours: [(&CStr, *mut c_void); 9] = [
        (c"proc_exit", proc_exit as *mut c_void),
        (c"environ_get", environ_get as *mut c_void),
        (c"environ_sizes_get", environ_sizes_get as *mut c_void),
        (c"fd_prestat_get", fd_prestat_get as *mut c_void),
        (c"fd_prestat_dir_name", fd_prestat_dir_name as *mut c_void),
        (c"fd_fdstat_get", fd_fdstat_get as *mut c_void),
        (c"fd_filestat_get", fd_filestat_get as *mut c_void),
        (c"path_filestat_get", path_filestat_get as *mut c_void),
        (c"poll_oneoff", poll_oneoff as *mut c_void),
    ];
    let mut table = ptr::null_mut();
    // SAFETY: WAMR says where its table is and how many entries it has, and they live for ever.
    let table = unsafe {
        let count = get_libc_wasi_export_apis(&mut table);
        std::slice::from_raw_parts_mut(table, count as usize)
    };
    for symbol in table {
        // SAFETY: names in the table are C strings.
        let name = unsafe { CStr::from_ptr(symbol.symbol) };
        if let Some((_, function)) = ours.iter().find(|(known, _)| *known == name) {
            symbol.func_ptr = *function;
        }
    }
}

/// The instance that called one of our functions.
struct Caller<'a> {
    instance: *mut Handle,
    /// None while the module's start section runs.
    host: Option<&'a Host>,
}

impl Caller<'_> {
    /// # Safety
    /// `exec_env` is what WAMR passed to a native function, and this is not kept beyond that function.
    unsafe fn of(exec_env: *mut Handle) -> Self {
        // SAFETY: `custom_data` is null or the instance's `Host`, which lives as long as the instance.
        unsafe {
            let instance = wasm_runtime_get_module_inst(exec_env);
            let host = wasm_runtime_get_custom_data(instance).cast::<Host>().as_ref();
            Caller { instance, host }
        }
    }

    /// WAMR's open files. None if it has none, as a module without memory.
    fn fds(&self) -> Option<*mut c_void> {
        // SAFETY: the instance is alive, and so is its context; null if it has none.
        let context = unsafe { wasm_runtime_get_wasi_ctx(self.instance).as_ref() }?;
        (!context.fd_table.is_null()).then_some(context.fd_table)
    }

    /// Whether that many bytes are the guest's memory; if not it traps when the function returns.
    fn owns(&self, at: *mut u8, len: usize) -> bool {
        // More than 32 bits is more than any memory.
        let len = u32::try_from(len).unwrap_or(u32::MAX);
        // SAFETY: compares addresses.
        len == 0 || unsafe { wasm_runtime_validate_native_addr(self.instance, at.cast(), len) }
    }

    /// Copies bytes into the guest's memory.
    fn write(&self, bytes: &[u8], to: *mut u8) -> u32 {
        if !self.owns(to, bytes.len()) {
            return errno::FAULT;
        }
        // SAFETY: the place has just been checked, and no reference to the guest's memory exists.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len()) };
        errno::SUCCESS
    }

    /// Copies bytes out of the guest's memory.
    fn read(&self, from: *mut u8, len: usize) -> Result<Vec<u8>, u32> {
        if !self.owns(from, len) {
            return Err(errno::FAULT);
        }
        let mut bytes = vec![0; len];
        // SAFETY: as for `write`.
        unsafe { ptr::copy_nonoverlapping(from, bytes.as_mut_ptr(), len) };
        Ok(bytes)
    }

    fn env(&self) -> &[CString] {
        self.host.map(|host| host.env.as_slice()).unwrap_or_default()
    }
}

/// Ends a function at the first code that is not 0.
macro_rules! check {
    ($code:expr) => {
        match u32::from($code) {
            errno::SUCCESS => {}
            code => return code,
        }
    };
}

// The functions below are called by WAMR with the parameters that the module passed. Pointers (`*` in a signature) are
// native addresses of which WAMR has checked that they lie in the guest's memory, for one byte, or, where the length is
// passed behind it (`*~`), for all of it. That is what their SAFETY comments mean by "WAMR's parameters".

/// Signature `(i)`. Ends the guest by the exception that WAMR itself uses for that, and takes away afterwards.
unsafe extern "C" fn proc_exit(exec_env: *mut Handle, code: u32) {
    // SAFETY: WAMR's parameters.
    let caller = unsafe { Caller::of(exec_env) };
    if let Some(host) = caller.host {
        host.exit.set(Some(code));
    }
    // SAFETY: the instance is alive; the text is copied.
    unsafe { wasm_runtime_set_exception(caller.instance, c"wasi proc exit".as_ptr()) };
}

/// Signature `(**)i`.
unsafe extern "C" fn environ_sizes_get(
    exec_env: *mut Handle,
    count: *mut u8,
    size: *mut u8,
) -> u32 {
    // SAFETY: WAMR's parameters.
    let caller = unsafe { Caller::of(exec_env) };
    let bytes: usize = caller.env().iter().map(|entry| entry.as_bytes_with_nul().len()).sum();
    check!(caller.write(&(caller.env().len() as u32).to_le_bytes(), count));
    caller.write(&(bytes as u32).to_le_bytes(), size)
}

/// Signature `(**)i`. `list` has a place for the guest's address of each variable, `text` for the variables.
unsafe extern "C" fn environ_get(
    exec_env: *mut Handle,
    mut list: *mut u8,
    mut text: *mut u8,
) -> u32 {
    // SAFETY: WAMR's parameters.
    let caller = unsafe { Caller::of(exec_env) };
    for entry in caller.env() {
        // SAFETY: subtracts addresses.
        let address = unsafe { wasm_runtime_addr_native_to_app(caller.instance, text.cast()) };
        check!(caller.write(&address.to_le_bytes(), list));
        check!(caller.write(entry.as_bytes_with_nul(), text));
        list = list.wrapping_add(4);
        text = text.wrapping_add(entry.as_bytes_with_nul().len());
    }
    errno::SUCCESS
}

/// Signature `(i*)i`. Writes the record `{ tag: u8, name_len: u32 }`; tag 0 is a folder.
unsafe extern "C" fn fd_prestat_get(exec_env: *mut Handle, fd: u32, record: *mut u8) -> u32 {
    // SAFETY: WAMR's parameters.
    let caller = unsafe { Caller::of(exec_env) };
    let Some(name) = caller.host.and_then(|host| host.folder(fd)) else { return errno::BADF };
    let mut bytes = [0; 8];
    bytes[4..].copy_from_slice(&(name.count_bytes() as u32).to_le_bytes());
    caller.write(&bytes, record)
}

/// Signature `(i*~)i`. Writes the name without a zero byte.
unsafe extern "C" fn fd_prestat_dir_name(
    exec_env: *mut Handle,
    fd: u32,
    path: *mut u8,
    len: u32,
) -> u32 {
    // SAFETY: WAMR's parameters.
    let caller = unsafe { Caller::of(exec_env) };
    let Some(name) = caller.host.and_then(|host| host.folder(fd)) else { return errno::BADF };
    if name.count_bytes() > len as usize {
        return errno::INVAL;
    }
    caller.write(name.to_bytes(), path)
}

/// `fdstat`, the same in `wasi_unstable` and preview 1.
#[derive(Clone, Copy, Default)]
#[repr(C)]
struct Fdstat {
    filetype: u8,
    flags: u16,
    rights: u64,
    inheriting: u64,
}

impl Fdstat {
    /// What WAMR 2.4 says of each standard stream, a terminal or not: no type, and the rights to read, write, advise,
    /// look at the file and wait.
    const UNTYPED_STREAM: Fdstat =
        Fdstat { filetype: 0, flags: 0, rights: 0x820_00c2, inheriting: 0x820_00c2 };

    fn record(&self) -> [u8; 24] {
        let mut bytes = [0; 24];
        bytes[0] = self.filetype;
        bytes[2..4].copy_from_slice(&self.flags.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.rights.to_le_bytes());
        bytes[16..].copy_from_slice(&self.inheriting.to_le_bytes());
        bytes
    }
}

/// Signature `(i*)i`.
unsafe extern "C" fn fd_fdstat_get(exec_env: *mut Handle, fd: u32, to: *mut u8) -> u32 {
    // SAFETY: WAMR's parameters.
    let caller = unsafe { Caller::of(exec_env) };
    let Some(fds) = caller.fds() else { return errno::BADF };
    let mut fdstat = Fdstat::default();
    // SAFETY: the table is WAMR's, the record is of the type that the function writes.
    check!(unsafe { wasmtime_ssp_fd_fdstat_get(fds, fd, &mut fdstat) });
    if fd <= 2 && caller.host.is_some_and(|host| host.untyped_streams) {
        fdstat = Fdstat::UNTYPED_STREAM;
    }
    caller.write(&fdstat.record(), to)
}

/// `filestat` of `wasi_unstable`, which is what WAMR's own functions write.
#[derive(Clone, Copy, Default)]
#[repr(C)]
struct OldFilestat {
    device: u64,
    inode: u64,
    filetype: u8,
    links: u32,
    size: u64,
    /// Access, modification, status change.
    times: [u64; 3],
}

impl OldFilestat {
    /// As preview 1 has it: the number of links takes eight bytes, and what follows begins at 32.
    fn record(&self) -> [u8; 64] {
        let OldFilestat { device, inode, filetype, links, size, times } = *self;
        let fields =
            [device, inode, filetype.into(), links.into(), size, times[0], times[1], times[2]];
        let mut bytes = [0; 64];
        for (place, field) in bytes.chunks_exact_mut(8).zip(fields) {
            place.copy_from_slice(&field.to_le_bytes());
        }
        bytes
    }
}

/// Signature `(i*)i`.
unsafe extern "C" fn fd_filestat_get(exec_env: *mut Handle, fd: u32, to: *mut u8) -> u32 {
    // SAFETY: WAMR's parameters.
    let caller = unsafe { Caller::of(exec_env) };
    let Some(fds) = caller.fds() else { return errno::BADF };
    let mut filestat = OldFilestat::default();
    // SAFETY: the table is WAMR's, the record is of the type that the function writes.
    check!(unsafe { wasmtime_ssp_fd_filestat_get(fds, fd, &mut filestat) });
    caller.write(&filestat.record(), to)
}

/// Signature `(ii*~*)i`.
unsafe extern "C" fn path_filestat_get(
    exec_env: *mut Handle,
    fd: u32,
    flags: u32,
    path: *mut u8,
    len: u32,
    to: *mut u8,
) -> u32 {
    // SAFETY: WAMR's parameters.
    let caller = unsafe { Caller::of(exec_env) };
    let Some(fds) = caller.fds() else { return errno::BADF };
    let mut filestat = OldFilestat::default();
    let len = len as usize;
    // SAFETY: as above; WAMR has checked all of the path.
    check!(unsafe { wasmtime_ssp_path_filestat_get(fds, fd, flags, path, len, &mut filestat) });
    caller.write(&filestat.record(), to)
}

/// `subscription` of `wasi_unstable`, which is what WAMR's own function reads.
#[repr(C)]
struct OldSubscription {
    userdata: u64,
    kind: u8,
    /// A file's descriptor; the identifier of a clock's timer, which preview 1 does not have.
    fd: u64,
    clock: u32,
    timeout: u64,
    precision: u64,
    flags: u16,
}

impl OldSubscription {
    const LEN: usize = 48;

    /// From a record of preview 1: eight bytes for each field.
    fn from_record(record: &[u8]) -> OldSubscription {
        let field = |index: usize| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&record[index * 8..index * 8 + 8]);
            u64::from_le_bytes(bytes)
        };
        OldSubscription {
            userdata: field(0),
            kind: field(1) as u8,
            fd: field(2) & u64::from(u32::MAX),
            clock: field(2) as u32,
            timeout: field(3),
            precision: field(4),
            flags: field(5) as u16,
        }
    }
}

/// `event`, the same in both.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
struct Event([u8; 32]);

/// Signature `(**i*)i`.
unsafe extern "C" fn poll_oneoff(
    exec_env: *mut Handle,
    subscriptions: *mut u8,
    events: *mut u8,
    count: u32,
    happened: *mut u8,
) -> u32 {
    // SAFETY: WAMR's parameters.
    let caller = unsafe { Caller::of(exec_env) };
    let Some(fds) = caller.fds() else { return errno::BADF };
    let count = count as usize;
    if count == 0 {
        return errno::INVAL;
    }
    let records = match caller.read(subscriptions, count.saturating_mul(OldSubscription::LEN)) {
        Ok(records) => records,
        Err(code) => return code,
    };
    let old: Vec<OldSubscription> =
        records.chunks_exact(OldSubscription::LEN).map(OldSubscription::from_record).collect();
    let mut found = vec![Event([0; 32]); count];
    let mut number = 0;
    // SAFETY: both lists have `count` entries; the function writes at most one event a subscription.
    check!(unsafe {
        wasmtime_ssp_poll_oneoff(fds, old.as_ptr(), found.as_mut_ptr(), count, &mut number)
    });
    let found: Vec<u8> = found.iter().take(number).flat_map(|event| event.0).collect();
    check!(caller.write(&found, events));
    caller.write(&(number as u32).to_le_bytes(), happened)
}

// What WAMR's C has for these (`wasmtime_ssp.h` asserts the same).
const _: () = {
    assert!(size_of::<Fdstat>() == 24 && std::mem::offset_of!(Fdstat, rights) == 8);
    assert!(size_of::<OldFilestat>() == 56 && std::mem::offset_of!(OldFilestat, links) == 20);
    assert!(size_of::<OldSubscription>() == 56);
    assert!(std::mem::offset_of!(OldSubscription, timeout) == 32);
    assert!(std::mem::offset_of!(OldSubscription, flags) == 48);
};
