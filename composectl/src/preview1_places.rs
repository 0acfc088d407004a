//! Where the paths of a core module lead: a folder that stands in for the one that was given, and a name.

use std::collections::BTreeMap;

use rustix::io::Errno;
use wasmtime::component::{Resource, ResourceTable};
use wasmtime::{Caller, Extern};
use wasmtime_wasi::filesystem::{Descriptor, Dir};
use wasmtime_wasi::p1::WasiP1Ctx;
use wasmtime_wasi::p1::types::Errno as Code;
use wasmtime_wasi::p1::wasi_snapshot_preview1::{self as wasi, WasiSnapshotPreview1 as _};
use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;
use wasmtime_wasi::{FsPerms, WasiView as _};
use wiggle::GuestMemory;

use crate::beneath::{Beneath, Place};
use crate::files::at_once;
use crate::preview1::Guest;

/// The entries of the table that are a guest's folders, by the numbers that it knows; none before they were asked for.
pub type Folders = Option<BTreeMap<i32, u32>>;

/// The number of the first granted folder: behind the standard streams.
const FIRST_FOLDER: i32 = 3;
/// Longer paths are none for the kernel.
pub const LONGEST_PATH: usize = 4096;
/// What wasmtime-wasi may copy for one call.
const FUEL: usize = 1 << 20;
/// The right to read, and that a folder is wanted.
pub const READ: i64 = 1 << 1;
pub const DIRECTORY: i32 = 2;

/// What a function returns: the number of its error, 0 for none.
pub type Answer = wasmtime::Result<i32>;
/// A text in the guest's memory: where, and how long.
pub type Text = (i32, i32);

/// Why a call does nothing: what the guest is told, or what ends it.
pub enum Refused {
    Code(Code),
    Trap(wasmtime::Error),
}

pub type Result<T> = std::result::Result<T, Refused>;

impl<E: Into<wasmtime::Error>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Trap(error.into())
    }
}

/// An error of the system's, in the words of `paths.rs`.
pub fn refused(error: Errno) -> Refused {
    Refused::Code(match error {
        Errno::XDEV => Code::Perm,
        error => Code::from(ErrorCode::from(std::io::Error::from(error))),
    })
}

pub fn told(result: Result<i32>) -> Answer {
    match result {
        Ok(code) => Ok(code),
        Err(Refused::Code(code)) => Ok(i32::from(u16::from(code))),
        Err(Refused::Trap(error)) => Err(error),
    }
}

/// The guest's folders. Those that were granted have numbers in the order of their entries.
pub fn folders(guest: &mut Guest) -> wasmtime::Result<&mut BTreeMap<i32, u32>> {
    if guest.folders.is_none() {
        // Nothing has this number; but the table is filled before that is found out.
        at_once(wasi::fd_close(&mut guest.wasi, &mut GuestMemory::Unshared(&mut []), -1))?;
        let table = guest.wasi.ctx().table;
        let is_folder = |entry: &u32| {
            let entry = Resource::<Descriptor>::new_borrow(*entry);
            matches!(table.get(&entry), Ok(Descriptor::Dir(_)))
        };
        // Before them come the streams.
        let entries = (0..).take(guest.granted + 16).filter(is_folder);
        guest.folders = Some((FIRST_FOLDER..).zip(entries).collect());
    }
    guest.folders.as_mut().ok_or_else(|| wasmtime::Error::msg("the folders are not known"))
}

/// The folder that has this number, and its entry.
pub fn folder(guest: &mut Guest, fd: i32) -> Result<(u32, Dir)> {
    let entry = *folders(guest)?.get(&fd).ok_or(Refused::Code(Code::Badf))?;
    match guest.wasi.ctx().table.get(&Resource::<Descriptor>::new_borrow(entry))? {
        Descriptor::Dir(folder) => Ok((entry, folder.clone())),
        Descriptor::File(_) => Err(Refused::Code(Code::Notdir)),
    }
}

/// Calls `work` with what resolves paths beneath the folder that has this number.
pub fn beneath<R>(
    guest: &mut Guest,
    fd: i32,
    work: impl FnOnce(Beneath<'_>) -> std::result::Result<R, Errno>,
) -> Result<(R, u32, Dir)> {
    let (entry, folder) = folder(guest, fd)?;
    let writable = folder.perms == FsPerms::ReadWrite;
    let done = work(Beneath { folder: &folder.dir, writable, fences: &guest.fences });
    Ok((done.map_err(refused)?, entry, folder))
}

/// A place in a folder of the guest's: the folder's entry, what stands in for it, if another one, and the name there.
pub struct At {
    pub entry: u32,
    pub folder: Option<Dir>,
    pub name: String,
}

pub fn place(guest: &mut Guest, fd: i32, path: &str, follow: bool) -> Result<At> {
    beneath(guest, fd, |beneath| beneath.place(path, follow)).map(at)
}

pub fn at((place, entry, dir): (Place, u32, Dir)) -> At {
    let Place { folder, name, writable } = place;
    let perms = if writable { FsPerms::ReadWrite } else { FsPerms::ReadOnly };
    let folder = folder.map(|folder| Dir::new(folder.into(), perms, dir.open_mode, true));
    At { entry, folder, name }
}

/// What a function is about: the name itself, or the status or the times of what has it; of what a link leads to, if so.
#[derive(Clone, Copy)]
pub enum What {
    Name,
    Status(bool),
    Times(bool),
}

/// Calls `work` with the number of a folder that is the one in which the path ends, and the name there.
pub fn at_place<R>(
    call: &mut Caller<'_, Guest>,
    fd: i32,
    path: Text,
    what: What,
    work: impl FnOnce(&mut WasiP1Ctx, i32, &str) -> wasmtime::Result<R>,
) -> Result<R> {
    let path = read(call, path)?;
    let guest = call.data_mut();
    let follow = matches!(what, What::Status(true) | What::Times(true));
    let at = place(guest, fd, &path, follow)?;
    match what {
        What::Name => {}
        // Something may be mounted at the name.
        What::Status(follow) => drop(beneath(guest, fd, |beneath| beneath.find(&path, follow))?),
        What::Times(follow) => {
            drop(beneath(guest, fd, |beneath| beneath.may_change(&path, follow))?);
        }
    }
    standing_in(&mut guest.wasi, at.entry, at.folder, |wasi| work(wasi, fd, &at.name))
}

/// [`at_place`] for two paths.
pub fn at_places(
    call: &mut Caller<'_, Guest>,
    [(fd, path), (other_fd, other_path)]: [(i32, Text); 2],
    work: impl FnOnce(&mut WasiP1Ctx, [(i32, &str); 2]) -> Answer,
) -> Result<i32> {
    let (path, other_path) = (read(call, path)?, read(call, other_path)?);
    let guest = call.data_mut();
    let at = place(guest, fd, &path, false)?;
    let other = place(guest, other_fd, &other_path, false)?;
    // Both may be beneath one folder; so the other gets a number of its own.
    let opened = standing_in(&mut guest.wasi, other.entry, other.folder, |wasi| {
        let (mut memory, place, end) = scratch(&["."], 4);
        let inside = &mut GuestMemory::Unshared(&mut memory);
        let rights = READ;
        let code = at_once(wasi::path_open(
            wasi, inside, other_fd, 0, place[0], 1, DIRECTORY, rights, rights, 0, end,
        ))?;
        Ok((code, number(&memory, end)))
    })?;
    let (0, number) = opened else { return Ok(opened.0) };
    let done = standing_in(&mut guest.wasi, at.entry, at.folder, |wasi| {
        work(wasi, [(fd, &at.name), (number, &other.name)])
    });
    let wasi = &mut guest.wasi;
    at_once(wasi::fd_close(wasi, &mut GuestMemory::Unshared(&mut []), number))?;
    done
}

/// Calls `work` while `folder`, if there is one, stands in for the one of this entry.
pub fn standing_in<R>(
    wasi: &mut WasiP1Ctx,
    entry: u32,
    folder: Option<Dir>,
    work: impl FnOnce(&mut WasiP1Ctx) -> wasmtime::Result<R>,
) -> Result<R> {
    wasi.set_hostcall_fuel(FUEL);
    let Some(folder) = folder else { return Ok(work(wasi)?) };
    let entry = Resource::<Descriptor>::new_borrow(entry);
    let own = std::mem::replace(wasi.ctx().table.get_mut(&entry)?, Descriptor::Dir(folder));
    let done = work(wasi);
    *wasi.ctx().table.get_mut(&entry)? = own;
    Ok(done?)
}

/// The entry that the table gives to what is pushed next.
pub fn next_entry(table: &mut ResourceTable) -> wasmtime::Result<u32> {
    let next = table.push(())?;
    let entry = next.rep();
    table.delete(next)?;
    Ok(entry)
}

/// A memory with these texts and room behind them; where each begins, and the room.
pub fn scratch(texts: &[&str], room: usize) -> (Vec<u8>, Vec<i32>, i32) {
    let mut memory = Vec::new();
    let mut at = Vec::new();
    for text in texts {
        at.push(length_of_bytes(&memory));
        memory.extend_from_slice(text.as_bytes());
    }
    memory.resize(memory.len().next_multiple_of(8), 0);
    let end = length_of_bytes(&memory);
    memory.resize(memory.len() + room, 0);
    (memory, at, end)
}

pub fn length_of(text: &str) -> i32 {
    length_of_bytes(text.as_bytes())
}

/// Nothing here is longer than a few paths.
pub fn length_of_bytes(bytes: &[u8]) -> i32 {
    i32::try_from(bytes.len()).unwrap_or(i32::MAX)
}

/// The number at this place of a memory.
pub fn number(memory: &[u8], at: i32) -> i32 {
    let at = usize::try_from(at).unwrap_or(usize::MAX);
    let bytes = memory.get(at..).and_then(|rest| rest.first_chunk());
    bytes.map_or(-1, |bytes| i32::from_le_bytes(*bytes))
}

/// A text of the guest's.
pub fn read(call: &mut Caller<'_, Guest>, (at, length): Text) -> Result<String> {
    let memory = memory(call)?;
    let (at, length) = (at.cast_unsigned() as usize, length.cast_unsigned() as usize);
    if length > LONGEST_PATH {
        return Err(Refused::Code(Code::Nametoolong));
    }
    let text = memory.data(&mut *call).get(at..at + length).ok_or(Refused::Code(Code::Fault))?;
    String::from_utf8(text.to_vec()).map_err(|_| Refused::Code(Code::Ilseq))
}

/// Writes an answer to the guest's memory, unless there was an error.
pub fn write(call: &mut Caller<'_, Guest>, at: i32, code: i32, bytes: &[u8]) -> Result<i32> {
    if code == 0 {
        memory(call)?
            .write(&mut *call, at.cast_unsigned() as usize, bytes)
            .map_err(|_| Refused::Code(Code::Fault))?;
    }
    Ok(code)
}

pub fn memory(call: &mut Caller<'_, Guest>) -> wasmtime::Result<wasmtime::Memory> {
    call.get_export("memory")
        .and_then(Extern::into_memory)
        .ok_or_else(|| wasmtime::Error::msg("missing required memory export"))
}
