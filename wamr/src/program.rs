//! What a program is started with.

use std::ffi::{CString, OsStr};
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use crate::Error;

/// The smallest heap that WAMR's allocator manages.
const SMALLEST_HEAP: u32 = 1024;

/// Arguments, environment, folders and sizes of a WASI program. Nothing of this process is passed on but for the
/// standard streams.
#[derive(Clone, Debug)]
pub struct Program {
    pub(crate) args: Vec<CString>,
    /// `NAME=VALUE`.
    pub(crate) env: Vec<CString>,
    pub(crate) hosts: Vec<CString>,
    /// The names of `hosts` for the guest.
    pub(crate) guests: Vec<CString>,
    pub(crate) stack_size: u32,
    pub(crate) heap_size: u32,
    pub(crate) untyped_streams: bool,
}

impl Default for Program {
    fn default() -> Program {
        Program {
            args: Vec::new(),
            env: Vec::new(),
            hosts: Vec::new(),
            guests: Vec::new(),
            stack_size: Program::STACK_SIZE,
            heap_size: Program::HEAP_SIZE,
            untyped_streams: false,
        }
    }
}

impl Program {
    /// Bytes of stack unless said otherwise: as today's iwasm.
    pub const STACK_SIZE: u32 = 64 << 10;
    /// Bytes of heap unless said otherwise: as iwasm.
    pub const HEAP_SIZE: u32 = 16 << 10;

    pub fn new() -> Program {
        Program::default()
    }

    /// One more argument; the first is the program's name.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Result<Program, Error> {
        self.args.push(c_string(arg.as_ref())?);
        Ok(self)
    }

    /// One more environment variable. Of two with one name the guest sees both.
    pub fn env(
        mut self,
        name: impl AsRef<OsStr>,
        value: impl AsRef<OsStr>,
    ) -> Result<Program, Error> {
        let mut text = name.as_ref().to_owned();
        text.push("=");
        text.push(value);
        self.env.push(c_string(&text)?);
        Ok(self)
    }

    /// Grants a folder of this machine, under the name `guest`. Fails if it is no folder.
    pub fn dir(
        mut self,
        host: impl AsRef<Path>,
        guest: impl AsRef<OsStr>,
    ) -> Result<Program, Error> {
        let host = host.as_ref();
        let error = |source| Error::Dir { path: host.to_owned(), source };
        if !fs::metadata(host).map_err(error)?.is_dir() {
            return Err(error(io::ErrorKind::NotADirectory.into()));
        }
        self.hosts.push(c_string(host.as_os_str())?);
        self.guests.push(c_string(guest.as_ref())?);
        Ok(self)
    }

    /// Bytes for the frames and operands of wasm functions. Deeper calls are the trap `stack overflow`.
    pub fn stack_size(mut self, bytes: u32) -> Program {
        self.stack_size = bytes;
        self
    }

    /// Bytes that WAMR puts into the linear memory for itself. WASI programs need none, but this WAMR does not
    /// start WASI without: less than 1024 is 1024.
    pub fn heap_size(mut self, bytes: u32) -> Program {
        self.heap_size = bytes.max(SMALLEST_HEAP);
        self
    }

    /// Tells nothing of what the standard streams are in the states of their descriptors, as WAMR 2.4 does: for tests
    /// of programs that want to know.
    pub fn untyped_streams(mut self) -> Program {
        self.untyped_streams = true;
        self
    }
}

fn c_string(text: &OsStr) -> Result<CString, Error> {
    CString::new(text.as_bytes()).map_err(|_| Error::ZeroByte(text.to_owned()))
}
